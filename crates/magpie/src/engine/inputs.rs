//! Which files are read as which source: what the command line says becomes sources of the configuration.
//!
//! Without a configuration each file is a source of its own, so that formats and counts are told per file, and its
//! module is named after it. With one, a file belongs to the source whose `include:` finds it, or to the one named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use magpie_collect::find;
use magpie_model::config::{Config, Input, Parse, Source, Written, unknown};

use crate::cli::ReadArgs;
use crate::error::{Error, Result};
use crate::settings;

/// The files to read, in order.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// One by one.
    pub(crate) files: Vec<InputFile>,
}

/// A file and what it is read as.
#[derive(Clone, Debug)]
pub(crate) struct InputFile {
    /// Where it is; `-` for standard input.
    pub(crate) path: PathBuf,
    /// Index of its source in the configuration.
    pub(crate) input: usize,
    /// Host that wrote it.
    pub(crate) host: Arc<str>,
    /// Longest line in bytes.
    pub(crate) max_line: usize,
    /// Bytes on disk; `None` of a stream.
    pub(crate) size: Option<u64>,
}

impl Inputs {
    /// Bytes of all files; `None` when a stream is among them.
    pub(crate) fn sizes(&self) -> Option<u64> {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// The configuration to read by, and the files of the command line as its sources.
pub(crate) fn resolve(files: &[PathBuf], args: &ReadArgs) -> Result<(Config, Inputs)> {
    let mut config = match &args.config {
        Some(path) => settings::load(path)?,
        None => Config::default(),
    };
    if let Some(zone) = &args.zone {
        config.zone.clone_from(zone);
    }
    let found = expand(files)?;
    let inputs = match &args.config {
        Some(_) if files.is_empty() => configured_files(&config)?,
        Some(_) => assign(&config, &found, args.source.as_deref())?,
        None => declare(&mut config, &found, args),
    };
    if inputs.files.is_empty() {
        return Err(Error::Usage("no file to read".to_owned()));
    }
    Ok((config, inputs))
}

/// Paths, patterns and folders as files. Each argument must lead to at least one.
fn expand(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in arguments {
        let pattern = if argument.is_dir() { argument.join("**/*") } else { argument.clone() };
        let found = find(&[pattern.to_string_lossy().into_owned()], &[]);
        if let Some(problem) = found.problems.into_iter().next() {
            return Err(problem.into());
        }
        files.extend(found.files.into_iter().filter(|file| !files.contains(file)).collect::<Vec<_>>());
    }
    Ok(files)
}

fn input_file(path: PathBuf, input: usize, source: &Source) -> InputFile {
    let host = source.host.clone().unwrap_or_else(magpie_collect::host_name).into();
    let size = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
    InputFile { path, input, host, max_line: source.max_line, size }
}

/// Every file of every source of the configuration.
fn configured_files(config: &Config) -> Result<Inputs> {
    let mut inputs = Inputs::default();
    for (input, source) in config.sources.iter().enumerate() {
        match &source.input {
            Input::Stdin => inputs.files.push(input_file(PathBuf::from("-"), input, source)),
            // Others send to these while `serve` runs; there is nothing to read here.
            Input::Otlp { .. } | Input::Syslog { .. } | Input::Http { .. } | Input::Agent => {}
            Input::File { include, exclude, .. } => {
                let found = find(include, exclude);
                if let Some(problem) = found.problems.into_iter().next() {
                    return Err(problem.into());
                }
                inputs.files.extend(found.files.into_iter().map(|path| input_file(path, input, source)));
            }
        }
    }
    Ok(inputs)
}

/// Files of the command line as those of configured sources.
fn assign(config: &Config, files: &[PathBuf], source: Option<&str>) -> Result<Inputs> {
    let names = || config.sources.iter().map(|source| source.name.as_str());
    let fixed = match (source, config.sources.len()) {
        (Some(name), _) => Some(
            config.sources.iter().position(|source| source.name == name).ok_or_else(|| Error::Usage(unknown("source", name, names())))?,
        ),
        (None, 1) => Some(0),
        (None, _) => None,
    };
    let mut inputs = Inputs::default();
    for path in files {
        let input = fixed.or_else(|| including(config, path)).ok_or_else(|| {
            let known: Vec<&str> = names().collect();
            Error::Usage(format!(
                "`{}` is in no source's `include:`; say which source it is with --source ({})",
                path.display(),
                known.join(", ")
            ))
        })?;
        inputs.files.push(input_file(path.clone(), input, &config.sources[input]));
    }
    Ok(inputs)
}

fn including(config: &Config, path: &Path) -> Option<usize> {
    let path = path.canonicalize().ok()?;
    config.sources.iter().position(|source| match &source.input {
        Input::File { include, exclude, .. } => {
            find(include, exclude).files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == path))
        }
        Input::Stdin | Input::Otlp { .. } | Input::Syslog { .. } | Input::Http { .. } | Input::Agent => false,
    })
}

/// Without a configuration: a source per file.
fn declare(config: &mut Config, files: &[PathBuf], args: &ReadArgs) -> Inputs {
    let parse = match (&args.format, &args.pattern) {
        (Some(format), _) => Parse::named(format),
        (None, Some(pattern)) => Parse::Pattern(Written { text: pattern.clone(), line: 0 }),
        _ => Parse::Auto,
    };
    let mut inputs = Inputs::default();
    for (input, path) in files.iter().enumerate() {
        let source = Source { name: path.display().to_string(), parse: parse.clone(), module: module_of(path), ..Source::default() };
        inputs.files.push(input_file(path.clone(), input, &source));
        config.sources.push(source);
    }
    inputs
}

/// Names that say what a log is, not whose.
const GENERIC: [&str; 12] =
    ["access", "error", "log", "logs", "server", "app", "application", "messages", "output", "stdout", "stderr", "current"];

/// The module that a file's path suggests: its name without endings, numbers of rotation and a pod's suffixes; the
/// folder's name when that says only what kind of log it is.
fn module_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    if name == "-" {
        return None;
    }
    let stem = stem_of(name);
    if !GENERIC.contains(&stem) && !stem.is_empty() {
        return Some(without_pod_suffix(stem).to_owned());
    }
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .and_then(|folder| folder.to_str())
        .filter(|folder| !["log", "logs", "tmp", "."].contains(folder));
    Some(folder.unwrap_or(stem).to_owned())
}

fn stem_of(name: &str) -> &str {
    let mut stem = name;
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        let is_ending = ["log", "txt", "gz", "zst", "json", "jsonl", "csv", "tsv", "out"].contains(&ending)
            || ending.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !is_ending || rest.is_empty() {
            break;
        }
        stem = rest;
    }
    for kind in ["access", "error"] {
        for separator in ['_', '-', '.'] {
            if let Some(module) = stem.strip_suffix(kind).and_then(|rest| rest.strip_suffix(separator)).filter(|module| !module.is_empty())
            {
                return module;
            }
        }
    }
    stem
}

/// `ts-order-service-866b6b5fb5-x7k2p` is a pod of `ts-order-service`.
fn without_pod_suffix(name: &str) -> &str {
    let Some((rest, pod)) = name.rsplit_once('-') else { return name };
    let Some((module, set)) = rest.rsplit_once('-') else { return name };
    let is_pod = pod.len() == 5 && pod.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_set = (6..=10).contains(&set.len()) && set.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase());
    if is_pod && is_set { module } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_suggests_its_module() {
        for (path, module) in [
            ("/var/log/nginx/access.log", "nginx"),
            ("/var/log/nginx/shop_access.log.2.gz", "shop"),
            ("access.log", "access"),
            ("/data/apache_logs", "apache_logs"),
            ("node-1/ts-order-service-866b6b5fb5-x7k2p.log", "ts-order-service"),
            ("search-2026-11-22.jsonl", "search-2026-11-22"),
        ] {
            assert_eq!(module_of(Path::new(path)).as_deref(), Some(module), "{path}");
        }
        assert_eq!(module_of(Path::new("-")), None);
    }
}
