//! Finds the files that a source's patterns stand for.
//!
//! A pattern is a path, or a glob with `*`, `?`, `[…]` and `**` for any depth; `*` does not cross a `/`, and a hidden file
//! needs its dot written. A path that exists is taken as it is, even if it looks like a glob. Folders, devices and
//! sockets are left out of what a glob finds; a FIFO is taken only when it is named.

use std::collections::HashSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::Error;
use crate::content::special;
use crate::generation::FileId;

/// The path that stands for standard input.
pub(crate) const STDIN: &str = "-";

const OPTIONS: MatchOptions = MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// What patterns lead to.
#[derive(Debug, Default)]
pub struct Found {
    /// Files in order of their paths, each once however many links lead to it.
    pub files: Vec<PathBuf>,
    /// Patterns without a match, folders that cannot be listed, paths that are no files.
    pub problems: Vec<Error>,
}

/// The files of `include` that no pattern of `exclude` takes out.
pub fn find(include: &[String], exclude: &[String]) -> Found {
    let patterns = match Patterns::new(include, exclude) {
        Ok(patterns) => patterns,
        Err(error) => return Found { files: Vec::new(), problems: vec![error] },
    };
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for pattern in include {
        let before = found.files.len() + found.problems.len();
        let mut known = false;
        patterns.each_of(pattern, &mut |sighting| match sighting {
            Sighting::Stream(path) => found.files.push(path),
            Sighting::File(path, metadata) => {
                known = true;
                if seen.insert(file_id(&metadata)) {
                    found.files.push(path);
                }
            }
            Sighting::Problem(error) => found.problems.push(error),
        });
        if found.files.len() + found.problems.len() == before && !known {
            found.problems.push(Error::NoMatch { pattern: pattern.clone() });
        }
    }
    found
}

/// Something a pattern led to.
pub(crate) enum Sighting {
    /// A regular file, links followed.
    File(PathBuf, Metadata),
    /// Standard input or a FIFO.
    Stream(PathBuf),
    /// Something in the way.
    Problem(Error),
}

/// Checked patterns.
pub(crate) struct Patterns {
    include: Vec<String>,
    exclude: Vec<Pattern>,
}

impl Patterns {
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Self, Error> {
        for pattern in include {
            if !Path::new(pattern).exists() {
                compile(pattern)?;
            }
        }
        let exclude = exclude.iter().map(|pattern| compile(pattern)).collect::<Result<_, _>>()?;
        Ok(Self { include: include.to_vec(), exclude })
    }

    /// Everything there is now, as it is found; a file may be seen several times.
    pub(crate) fn each(&self, report: &mut dyn FnMut(Sighting)) {
        for pattern in &self.include {
            self.each_of(pattern, report);
        }
    }

    /// The folders in which something that a pattern finds may appear, as far as there are any now: those before each part
    /// of the pattern. For one that is not there yet, the folder in which it or its parent will appear.
    pub(crate) fn folders(&self, report: &mut dyn FnMut(&Path)) {
        for pattern in self.include.iter().filter(|pattern| *pattern != STDIN) {
            let is_glob = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
            let parts: Vec<Component<'_>> = Path::new(pattern).components().collect();
            let fixed = parts.iter().take(parts.len().saturating_sub(1)).take_while(|part| !is_glob(part)).count();
            let literal: PathBuf = parts[..fixed].iter().collect();
            let here = if literal.as_os_str().is_empty() { Path::new(".") } else { &literal };
            here.ancestors().find(|folder| folder.is_dir()).into_iter().for_each(&mut *report);
            for length in fixed + 1..parts.len() {
                let folders: PathBuf = parts[..length].iter().collect();
                let Ok(paths) = glob::glob_with(&folders.to_string_lossy(), OPTIONS) else { continue };
                paths.flatten().filter(|path| path.is_dir()).for_each(|path| report(&path));
            }
        }
    }

    fn each_of(&self, pattern: &str, report: &mut dyn FnMut(Sighting)) {
        if pattern == STDIN {
            return report(Sighting::Stream(PathBuf::from(STDIN)));
        }
        let path = Path::new(pattern);
        if std::fs::symlink_metadata(path).is_ok() {
            return self.look_at(path.to_owned(), true, report);
        }
        let Ok(paths) = glob::glob_with(pattern, OPTIONS) else { return };
        for entry in paths {
            match entry {
                Ok(path) => self.look_at(path, false, report),
                Err(error) => {
                    let path = error.path().to_owned();
                    report(Sighting::Problem(Error::List { path, source: error.into() }));
                }
            }
        }
    }

    fn look_at(&self, path: PathBuf, named: bool, report: &mut dyn FnMut(Sighting)) {
        if self.exclude.iter().any(|pattern| pattern.matches_path_with(&path, OPTIONS)) {
            return;
        }
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            // Gone between listing and looking, or a link that leads nowhere yet.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return,
            Err(source) => return report(Sighting::Problem(Error::Open { path, source })),
        };
        match special(&metadata) {
            None => report(Sighting::File(path, metadata)),
            Some("a FIFO" | "a device") if named => report(Sighting::Stream(path)),
            Some(what) if named => report(Sighting::Problem(Error::NotAFile { path, what })),
            Some(_) => {}
        }
    }
}

fn compile(pattern: &str) -> Result<Pattern, Error> {
    Pattern::new(pattern)
        .map_err(|error| Error::Pattern { pattern: pattern.to_owned(), reason: format!("{} at character {}", error.msg, error.pos + 1) })
}

pub(crate) fn file_id(metadata: &Metadata) -> FileId {
    FileId { device: metadata.dev(), inode: metadata.ino() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names found below a folder with a few files, links and folders.
    fn found(include: &[&str], exclude: &[&str]) -> (Vec<String>, usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir_all(root.join("deep/er.log")).expect("folders");
        for name in ["a.log", "b.log", "c.txt", "odd[1].log", ".hidden.log", "deep/er.log/d.log"] {
            std::fs::write(root.join(name), "x\n").expect("writes");
        }
        std::os::unix::fs::symlink("a.log", root.join("z.log")).expect("links");
        std::os::unix::fs::symlink("nowhere", root.join("dangling.log")).expect("links");
        let absolute = |patterns: &[&str]| patterns.iter().map(|name| format!("{}/{name}", root.display())).collect::<Vec<_>>();
        let found = find(&absolute(include), &absolute(exclude));
        let names = found.files.iter().map(|path| path.strip_prefix(root).expect("below the root").display().to_string()).collect();
        (names, found.problems.len())
    }

    #[test]
    fn folders_in_which_files_may_appear() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_path_buf();
        for name in ["pods/a/0", "pods/b"] {
            std::fs::create_dir_all(root.join(name)).expect("folders");
        }
        std::fs::write(root.join("pods/file"), "x").expect("writes");
        for (pattern, expected) in [
            ("app.log", vec![""]),
            ("*.log", vec![""]),
            ("pods/*/*.log", vec!["pods", "pods/a", "pods/b"]),
            ("pods/**/*.log", vec!["pods", "pods", "pods/a", "pods/a/0", "pods/b"]),
            ("not/there/yet/*.log", vec![""]),
        ] {
            let patterns = Patterns::new(&[format!("{}/{pattern}", root.display())], &[]).expect("compiles");
            let mut found = Vec::new();
            patterns.folders(&mut |folder| found.push(folder.to_path_buf()));
            found.sort();
            found.dedup();
            let mut expected: Vec<PathBuf> = expected.iter().map(|name| root.join(name).components().collect()).collect();
            expected.dedup();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_find_files_once() {
        for (include, exclude, names, problems) in [
            (vec!["a.log"], vec![], vec!["a.log"], 0),
            (vec!["*.log"], vec![], vec!["a.log", "b.log", "odd[1].log"], 0),
            (vec!["*.log"], vec!["b.*"], vec!["a.log", "odd[1].log"], 0),
            (vec!["**/*.log"], vec!["o*"], vec!["a.log", "b.log", "deep/er.log/d.log"], 0),
            (vec!["z.log", "a.log"], vec![], vec!["z.log"], 0),
            (vec!["odd[1].log"], vec![], vec!["odd[1].log"], 0),
            (vec!["missing.log", "m*"], vec![], vec![], 2),
            (vec!["deep"], vec![], vec![], 1),
            (vec!["a[.log"], vec![], vec![], 1),
        ] {
            let (found_names, found_problems) = found(&include, &exclude);
            assert_eq!(found_names, names, "{include:?} without {exclude:?}");
            assert_eq!(found_problems, problems, "{include:?}");
        }
    }
}
