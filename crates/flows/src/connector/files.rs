//! `file.*` and `directory.*`: files within the directories that the configuration allows.
//!
//! A path is resolved with all its symbolic links before it is compared with the allowed directories. Writing goes to a
//! temporary file beside the target that then takes its name, so that a reader never sees half of it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use magpie_model::Timestamp;
use serde_json::{Value, json};

use super::{Connector, Context, Done, Failure, blocking, text};
use crate::definition::Effect;
use crate::run::BoxFuture;

/// Largest file that is read into a flow.
const MAX_BYTES: u64 = 16 << 20;
/// Most entries of a directory.
const MAX_ENTRIES: usize = 10_000;

pub(super) static FILE_READ: Connector = Connector {
    name: "file.read",
    summary: "Reads the file at `path` as `text` (default), `json` or `base64`.",
    required: &["path"],
    optional: &["as"],
    effect: Effect::Repeatable,
    work: |context, arguments| Box::pin(on_path(context, arguments, read)),
};
pub(super) static FILE_WRITE: Connector = Connector {
    name: "file.write",
    summary: "Replaces the file at `path` by `content` (text as it is, other values as JSON).",
    required: &["path", "content"],
    optional: &[],
    effect: Effect::Repeatable,
    work: |context, arguments| Box::pin(on_path(context, arguments, write)),
};
pub(super) static FILE_APPEND: Connector = Connector {
    name: "file.append",
    summary: "Appends `content` to the file at `path`.",
    required: &["path", "content"],
    optional: &[],
    effect: Effect::Once,
    work: |context, arguments| Box::pin(on_path(context, arguments, append)),
};
pub(super) static FILE_DELETE: Connector = Connector {
    name: "file.delete",
    summary: "Deletes the file at `path`; yields whether there was one.",
    required: &["path"],
    optional: &[],
    effect: Effect::Repeatable,
    work: |context, arguments| Box::pin(on_path(context, arguments, delete)),
};
pub(super) static FILE_MOVE: Connector = Connector {
    name: "file.move",
    summary: "Moves the file at `path` to `to`.",
    required: &["path", "to"],
    optional: &[],
    effect: Effect::Once,
    work: move_file,
};
pub(super) static DIRECTORY_LIST: Connector = Connector {
    name: "directory.list",
    summary: "Lists the directory at `path`: name, kind, bytes and time of change of each entry whose name ends with `suffix`.",
    required: &["path"],
    optional: &["suffix"],
    effect: Effect::Repeatable,
    work: |context, arguments| Box::pin(on_path(context, arguments, list)),
};
pub(super) static DIRECTORY_CREATE: Connector = Connector {
    name: "directory.create",
    summary: "Creates the directory at `path` unless it exists.",
    required: &["path"],
    optional: &[],
    effect: Effect::Repeatable,
    work: |context, arguments| Box::pin(on_path(context, arguments, create)),
};

type Work = fn(&Path, &Value) -> Result<Value, Failure>;

async fn on_path(context: Context<'_>, arguments: Value, work: Work) -> Result<Done, Failure> {
    let allowed = context.world.permissions.directories.clone();
    blocking(move || {
        let path = within(&allowed, text(&arguments, "path")?)?;
        work(&path, &arguments).map(Done::output)
    })
    .await
}

fn move_file(context: Context<'_>, arguments: Value) -> BoxFuture<'_, Result<Done, Failure>> {
    let allowed = context.world.permissions.directories.clone();
    Box::pin(blocking(move || {
        let from = within(&allowed, text(&arguments, "path")?)?;
        let to = within(&allowed, text(&arguments, "to")?)?;
        std::fs::rename(&from, &to).map_err(|error| failed("move", &from, &error))?;
        Ok(Done::output(json!({ "path": to })))
    }))
}

/// The path with its links resolved, if it lies in an allowed directory. The last part need not exist.
pub(super) fn within(allowed: &[PathBuf], path: &str) -> Result<PathBuf, Failure> {
    if allowed.is_empty() {
        return Err(Failure::denied("files are switched off; allow directories in the configuration under `flows.allow.directories`"));
    }
    let path = Path::new(path);
    if !path.is_absolute() {
        return Err(Failure::denied(format!("`{}` is not an absolute path", path.display())));
    }
    let resolved = match path.canonicalize() {
        Ok(resolved) => resolved,
        Err(_) if path.is_symlink() => return Err(Failure::denied(format!("`{}` is a link to nowhere", path.display()))),
        Err(_) => {
            let parent = path.parent().zip(path.file_name());
            let (parent, name) = parent.ok_or_else(|| Failure::denied(format!("`{}` names no file", path.display())))?;
            parent.canonicalize().map_err(|error| failed("find", parent, &error))?.join(name)
        }
    };
    let is_allowed = allowed.iter().filter_map(|root| root.canonicalize().ok()).any(|root| resolved.starts_with(root));
    if is_allowed {
        Ok(resolved)
    } else {
        Err(Failure::denied(format!("`{}` lies in no directory that the configuration allows", path.display())))
    }
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("could not {what} `{}`: {error}", path.display()))
}

fn read(path: &Path, arguments: &Value) -> Result<Value, Failure> {
    let file = std::fs::File::open(path).map_err(|error| failed("open", path, &error))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed("read", path, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::new(format!("`{}` has more than {} MiB", path.display(), MAX_BYTES >> 20)));
    }
    match arguments["as"].as_str().unwrap_or("text") {
        "base64" => Ok(STANDARD.encode(bytes).into()),
        "json" => serde_json::from_slice(&bytes).map_err(|error| Failure::new(format!("`{}` is not JSON: {error}", path.display()))),
        "text" => String::from_utf8(bytes)
            .map(Value::String)
            .map_err(|_| Failure::new(format!("`{}` is not UTF-8; read it as base64", path.display()))),
        other => Err(Failure::new(format!("`as: {other}` is not known; write text, json or base64"))),
    }
}

fn content(arguments: &Value) -> Vec<u8> {
    match &arguments["content"] {
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

fn write(path: &Path, arguments: &Value) -> Result<Value, Failure> {
    let content = content(arguments);
    let directory = path.parent().unwrap_or(path);
    let written = tempfile::NamedTempFile::new_in(directory).and_then(|mut file| {
        file.write_all(&content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map_err(|error| failed("write", path, &error))?;
    Ok(json!({ "path": path, "bytes": content.len() }))
}

fn append(path: &Path, arguments: &Value) -> Result<Value, Failure> {
    let content = content(arguments);
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(&content).and_then(|()| file.sync_all())).map_err(|error| failed("append to", path, &error))?;
    Ok(json!({ "path": path, "bytes": content.len() }))
}

fn delete(path: &Path, _: &Value) -> Result<Value, Failure> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(json!({ "path": path, "deleted": true })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(json!({ "path": path, "deleted": false })),
        Err(error) => Err(failed("delete", path, &error)),
    }
}

fn create(path: &Path, _: &Value) -> Result<Value, Failure> {
    std::fs::create_dir_all(path).map_err(|error| failed("create", path, &error))?;
    Ok(json!({ "path": path }))
}

fn list(path: &Path, arguments: &Value) -> Result<Value, Failure> {
    let suffix = arguments["suffix"].as_str().unwrap_or_default();
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| failed("list", path, &error))? {
        let entry = entry.map_err(|error| failed("list", path, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(suffix) {
            continue;
        }
        // An entry that went away in between is none.
        let Ok(metadata) = entry.metadata() else { continue };
        let kind = if metadata.is_dir() {
            "directory"
        } else if metadata.is_symlink() {
            "link"
        } else {
            "file"
        };
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let changed = changed.and_then(|since| i64::try_from(since.as_nanos()).ok()).map(|nanos| Timestamp(nanos).to_string());
        entries.push((name.clone(), json!({ "name": name, "kind": kind, "bytes": metadata.len(), "changed": changed })));
        if entries.len() > MAX_ENTRIES {
            return Err(Failure::new(format!("`{}` has more than {MAX_ENTRIES} entries", path.display())));
        }
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_directories_whatever_the_spelling() {
        let allowed = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), allowed.path().join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("new"), allowed.path().join("dangling")).unwrap();
        let roots = [allowed.path().to_path_buf()];
        let inside = |name: &str| format!("{}/{name}", allowed.path().display());
        assert!(within(&roots, &inside("new.txt")).is_ok());
        for path in [
            inside("../secret"),
            inside("link/secret"),
            inside("link/new"),
            inside("dangling"),
            format!("{}/secret", outside.path().display()),
            "relative".to_owned(),
            "/".to_owned(),
        ] {
            assert!(within(&roots, &path).is_err_and(|failure| failure.denied || path.contains("..")), "{path}");
        }
        assert!(within(&[], &inside("new.txt")).is_err_and(|failure| failure.denied));
    }

    #[test]
    fn a_file_is_written_read_listed_and_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        write(&path, &json!({"content": {"a": 1}})).unwrap();
        assert_eq!(read(&path, &json!({"as": "json"})).unwrap(), json!({"a": 1}));
        append(&path, &json!({"content": "\n"})).unwrap();
        assert_eq!(read(&path, &json!({})).unwrap(), "{\"a\":1}\n");
        assert_eq!(read(&path, &json!({"as": "base64"})).unwrap(), "eyJhIjoxfQo=");
        let listed = list(directory.path(), &json!({"suffix": ".json"})).unwrap();
        assert_eq!((&listed[0]["name"], &listed[0]["bytes"], &listed[0]["kind"]), (&json!("a.json"), &json!(8), &json!("file")));
        assert_eq!(list(directory.path(), &json!({"suffix": ".csv"})).unwrap(), json!([]));
        assert_eq!(delete(&path, &json!({})).unwrap()["deleted"], true);
        assert_eq!(delete(&path, &json!({})).unwrap()["deleted"], false);
    }
}
