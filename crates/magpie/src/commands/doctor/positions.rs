//! How far files were read, against the files that are there.
//!
//! A file that is shorter than its position, or gone, is what rotation leaves, and no damage to what is stored; but it is
//! also what a lost disk leaves, so it is told and a person may judge.

use std::collections::BTreeMap;
use std::io::{self, Write};

use magpie_model::origin::Position;
use serde_json::json;

use crate::report::numbers;

/// Files that are shown.
const SHOWN: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Positions {
    files: usize,
    told: Vec<String>,
}

/// Looks at every file that was read. Of a name that several files had, one that fits is enough.
pub(super) fn check(positions: &[Position]) -> Positions {
    let mut files: BTreeMap<&str, u64> = BTreeMap::new();
    for position in positions {
        let least = files.entry(&position.file).or_insert(u64::MAX);
        *least = position.offset.min(*least);
    }
    Positions { files: files.len(), told: files.iter().filter_map(|(file, offset)| oddity(file, *offset)).collect() }
}

fn oddity(file: &str, offset: u64) -> Option<String> {
    let packed = file.ends_with(".gz") || file.ends_with(".zst");
    match std::fs::metadata(file) {
        Ok(metadata) if !packed && metadata.len() < offset => Some(format!(
            "{file}: was read up to byte {offset}, and has {} now: truncated or rotated since, or bytes were lost",
            metadata.len()
        )),
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{file}: was read up to byte {offset}, and is gone")),
        Err(error) => Some(format!("{file}: was read up to byte {offset}, and cannot be looked at: {error}")),
    }
}

impl Positions {
    /// For `--json`.
    pub(super) fn json(&self) -> serde_json::Value {
        json!({"files": self.files, "told": self.told})
    }

    /// For people.
    pub(super) fn tell(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.told.is_empty() {
            return writeln!(out, "  positions of {} are within what is there", numbers::counted(self.files as u64, "file"));
        }
        self.told.iter().take(SHOWN).try_for_each(|line| writeln!(out, "  note    {line}"))?;
        match self.told.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            rest => writeln!(out, "  note    {}", numbers::counted(rest as u64, "more such file")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_gone_or_shorter_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        for (name, length) in [("whole.log", 10), ("short.log", 3), ("rotated.log", 5), ("packed.log.gz", 4)] {
            std::fs::write(path(name), vec![b'x'; length]).unwrap();
        }
        let at = |name: &str, generation, offset| Position { input: "a".into(), file: path(name), generation, offset };
        let positions = [
            at("whole.log", 1, 10),
            at("short.log", 2, 9),
            at("rotated.log", 3, 900),
            at("rotated.log", 4, 5),
            at("packed.log.gz", 5, 400),
            at("gone.log", 6, 7),
        ];
        let found = check(&positions);
        let told: Vec<&str> = found.told.iter().filter_map(|line| line.strip_prefix(&path(""))).collect();
        assert_eq!(found.files, 5);
        assert_eq!(
            told,
            [
                "gone.log: was read up to byte 7, and is gone",
                "short.log: was read up to byte 9, and has 3 now: truncated or rotated since, or bytes were lost",
            ]
        );
    }
}
