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
/// Most entries of a directory and those within it that are compared with a pattern.
const MAX_LOOKED_AT: usize = 1_000_000;
/// How many directories deep `**` looks.
const MAX_DEPTH: usize = 32;

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
    summary: "Lists the directory at `path`: name, kind, bytes and time of change of each entry whose name ends with `suffix` or fits `pattern` (`orders-*.csv`; `**/*.json` looks into directories too).",
    required: &["path"],
    optional: &["suffix", "pattern"],
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
    let pattern = match &arguments["pattern"] {
        Value::Null => None,
        pattern => Some(Pattern::read(pattern.as_str().unwrap_or_default()).map_err(|why| {
            Failure::new(format!("`pattern: {pattern}` {why}; write it as `orders-*.csv`, or `**/*.json` for all directories within"))
        })?),
    };
    let depth = pattern.as_ref().map_or(0, |pattern| pattern.depth);
    let mut entries = Vec::new();
    let mut open = vec![(path.to_path_buf(), String::new(), depth)];
    let mut looked_at = 0;
    while let Some((directory, before, depth)) = open.pop() {
        let found = match std::fs::read_dir(&directory) {
            // A directory within that went away in between is none.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !before.is_empty() => continue,
            found => found.map_err(|error| failed("list", &directory, &error))?,
        };
        for entry in found {
            let entry = entry.map_err(|error| failed("list", &directory, &error))?;
            looked_at += 1;
            if looked_at > MAX_LOOKED_AT || entries.len() > MAX_ENTRIES {
                let most = if looked_at > MAX_LOOKED_AT { MAX_LOOKED_AT } else { MAX_ENTRIES };
                return Err(Failure::new(format!("`{}` has more than {most} entries", path.display())));
            }
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            // An entry that went away in between is none. A link is not followed, so that none leads out of what is allowed.
            let Ok(metadata) = entry.metadata() else { continue };
            if depth > 0 && metadata.is_dir() {
                open.push((entry.path(), format!("{name}/"), depth - 1));
            }
            if name.ends_with(suffix) && pattern.as_ref().is_none_or(|pattern| pattern.fits(&name)) {
                entries.push((name.clone(), told(&name, &metadata)));
            }
        }
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn told(name: &str, metadata: &std::fs::Metadata) -> Value {
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => "directory",
        kind if kind.is_symlink() => "link",
        _ => "file",
    };
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let changed = changed.and_then(|since| i64::try_from(since.as_nanos()).ok()).map(|nanos| Timestamp(nanos).to_string());
    json!({ "name": name, "kind": kind, "bytes": metadata.len(), "changed": changed })
}

/// Which names of a directory are listed, by the rules of shells.
struct Pattern {
    pattern: glob::Pattern,
    /// How many directories deep a name that fits may lie.
    depth: usize,
}

impl Pattern {
    fn read(written: &str) -> Result<Self, String> {
        let parts: Vec<&str> = written.split('/').collect();
        if parts.iter().any(|part| ["", ".", ".."].contains(part)) {
            return Err("is no name within the directory".to_owned());
        }
        let pattern = glob::Pattern::new(written).map_err(|error| format!("is no pattern: {}", error.msg))?;
        Ok(Self { pattern, depth: if parts.contains(&"**") { MAX_DEPTH } else { parts.len() - 1 } })
    }

    /// A `*` stands neither for `/` nor for the `.` that hides a file.
    fn fits(&self, name: &str) -> bool {
        let options = glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
        self.pattern.matches_with(name, options)
    }
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

    #[test]
    fn a_pattern_lists_names_as_shells_do() {
        let directory = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("x.json"), "").unwrap();
        std::fs::create_dir_all(directory.path().join("in/deep")).unwrap();
        std::os::unix::fs::symlink(outside.path(), directory.path().join("link")).unwrap();
        for name in ["orders-1.csv", "orders-2.csv.part", "x.json", ".hidden.json", "in/x.json", "in/deep/x.json", "in/deep/orders-3.csv"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let listed = |pattern: &str| match list(directory.path(), &json!({"pattern": pattern})) {
            Ok(entries) => entries.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect::<Vec<_>>().join(" "),
            Err(failure) => failure.message,
        };
        for (pattern, names) in [
            ("orders-*.csv", "orders-1.csv"),
            ("orders-?.csv*", "orders-1.csv orders-2.csv.part"),
            ("[ox]*", "orders-1.csv orders-2.csv.part x.json"),
            ("*.json", "x.json"),
            ("**/x.json", "in/deep/x.json in/x.json x.json"),
            ("*/*.json", "in/x.json"),
            ("in/**/*.csv", "in/deep/orders-3.csv"),
            ("none-*", ""),
        ] {
            assert_eq!(listed(pattern), names, "{pattern}");
        }
        for (pattern, words) in
            [("../*", "is no name within"), ("/etc/*", "is no name within"), ("", "is no name within"), ("a[", "is no pattern")]
        {
            assert!(listed(pattern).contains(words), "{pattern}: {}", listed(pattern));
        }
    }
}
