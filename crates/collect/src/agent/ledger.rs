//! What of each file is in the store: the agent's memory across restarts.
//!
//! A range of bytes is added when a server has acknowledged it, and only then; so positions are lists of ranges, since what was
//! written last may arrive before what waited. On disk it is a log of such ranges, each with a checksum: appending is cheap,
//! and a torn end is cut off at the next start, which costs at most that what it named is sent again (the server knows
//! what it has). That holds only if the next process knows the file by the same generation, which is made of as many first bytes
//! as there were at first sight: so a generation is on disk before any line of it is sent. A log that has grown is written anew beside the old one and takes its place by a rename.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use magpie_model::origin::Position;
use magpie_model::ranges::Ranges;
use serde::{Deserialize, Serialize};

use crate::Hole;

/// First bytes of the file; another version would have others.
const MAGIC: &[u8] = b"magpie-positions 1\n";

/// Files remembered at most; those that were not touched for longest go.
const MOST_FILES: usize = 16_384;

/// A log below this size is not worth writing anew.
const SMALL: u64 = 1 << 20;

/// One acknowledged range.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    source: String,
    generation: u64,
    file: String,
    from: u64,
    to: u64,
}

#[derive(Debug, Default)]
struct Known {
    file: String,
    covered: Ranges,
    /// Order of the last change, for forgetting.
    touched: u64,
    /// Whether the log names it.
    on_disk: bool,
}

impl Known {
    /// Just after the last byte that is acknowledged.
    fn end(&self) -> u64 {
        self.covered.iter().last().map_or(0, |range| range.end)
    }

    /// What is missing before that.
    fn holes(&self) -> Vec<Range<u64>> {
        self.covered.missing(0..self.end())
    }
}

/// Acknowledged ranges per source and file generation.
#[derive(Debug)]
pub(super) struct Ledger {
    folder: PathBuf,
    log: File,
    /// Bytes of the log that are whole and on disk.
    length: u64,
    /// Size beyond which it is written anew.
    rewrite_at: u64,
    known: HashMap<(String, u64), Known>,
    unsaved: BTreeMap<(String, u64), Ranges>,
    clock: u64,
}

impl Ledger {
    /// Reads what is there; a torn or damaged end is cut off.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut log = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join("positions"))?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)?;
        let mut ledger = Self {
            folder: folder.to_owned(),
            log,
            length: 0,
            rewrite_at: SMALL,
            known: HashMap::new(),
            unsaved: BTreeMap::new(),
            clock: 0,
        };
        if bytes.is_empty() || MAGIC.starts_with(&bytes) {
            ledger.rewrite()?;
            return Ok(ledger);
        }
        let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a file of positions that this version knows"));
        };
        while let Some((entry, after)) = unframe(rest) {
            ledger.note(&entry.source, entry.generation, &entry.file, entry.from, entry.to).on_disk = true;
            rest = after;
        }
        ledger.length = (bytes.len() - rest.len()) as u64;
        ledger.log.set_len(ledger.length)?;
        Ok(ledger)
    }

    /// A server has these bytes. Durable with the next [`Self::sync`].
    pub(super) fn cover(&mut self, source: &str, generation: u64, file: &str, from: u64, to: u64) {
        self.note(source, generation, file, from, to);
        self.unsaved.entry((source.to_owned(), generation)).or_default().insert(from..to);
    }

    /// Lines of this file are going to be sent; whether [`Self::sync`] has to come before.
    pub(super) fn meet(&mut self, source: &str, generation: u64, file: &str) -> bool {
        let key = (source.to_owned(), generation);
        if self.known.get(&key).is_some_and(|known| known.on_disk) {
            return false;
        }
        self.note(source, generation, file, 0, 0);
        self.unsaved.entry(key).or_default();
        true
    }

    fn note(&mut self, source: &str, generation: u64, file: &str, from: u64, to: u64) -> &mut Known {
        self.clock += 1;
        let known = self.known.entry((source.to_owned(), generation)).or_default();
        known.touched = self.clock;
        if from < to {
            known.covered.insert(from..to);
        }
        if known.file != file {
            file.clone_into(&mut known.file);
        }
        known
    }

    /// Makes what was covered durable. After an error everything is still to be saved.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for ((source, generation), ranges) in &self.unsaved {
            let file = self.known.get(&(source.clone(), *generation)).map_or("", |known| &known.file);
            for (from, to) in named(ranges) {
                frame(&Entry { source: source.clone(), generation: *generation, file: file.to_owned(), from, to }, &mut bytes);
            }
        }
        let written = self.log.write_all_at(&bytes, self.length).and_then(|()| self.log.sync_data());
        if let Err(error) = written {
            // The next try writes over what is half there.
            let _ = self.log.set_len(self.length);
            return Err(error);
        }
        self.length += bytes.len() as u64;
        for key in std::mem::take(&mut self.unsaved).into_keys() {
            if let Some(known) = self.known.get_mut(&key) {
                known.on_disk = true;
            }
        }
        if self.length > self.rewrite_at { self.rewrite() } else { Ok(()) }
    }

    /// Writes only what is known now, in the place of the log.
    fn rewrite(&mut self) -> io::Result<()> {
        self.forget();
        let mut bytes = MAGIC.to_vec();
        let mut known: Vec<_> = self.known.iter().collect();
        known.sort_by_key(|(_, known)| known.touched);
        for ((source, generation), known) in known {
            for (from, to) in named(&known.covered) {
                let entry = Entry { source: source.clone(), generation: *generation, file: known.file.clone(), from, to };
                frame(&entry, &mut bytes);
            }
        }
        let path = self.folder.join("positions.new");
        let mut log = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
        log.write_all(&bytes)?;
        log.sync_all()?;
        std::fs::rename(&path, self.folder.join("positions"))?;
        File::open(&self.folder)?.sync_all()?;
        log.seek(SeekFrom::Start(0))?;
        (self.log, self.length) = (log, bytes.len() as u64);
        self.rewrite_at = SMALL.max(self.length * 2);
        self.unsaved.clear();
        self.known.values_mut().for_each(|known| known.on_disk = true);
        Ok(())
    }

    fn forget(&mut self) {
        let surplus = self.known.len().saturating_sub(MOST_FILES);
        if surplus > 0 {
            let mut touched: Vec<u64> = self.known.values().map(|known| known.touched).collect();
            touched.sort_unstable();
            let oldest_kept = touched[surplus];
            self.known.retain(|_, known| known.touched >= oldest_kept);
        }
    }

    /// Where the files of a source are read on: behind the last acknowledged range.
    pub(super) fn positions(&self, source: &str) -> Vec<Position> {
        let mut positions: Vec<(u64, Position)> = self
            .of(source)
            .map(|(generation, known)| {
                let (input, file, offset) = (source.to_owned(), known.file.clone(), known.end());
                (known.touched, Position { input, file, generation, offset })
            })
            .collect();
        positions.sort_by_key(|(touched, _)| *touched);
        positions.into_iter().map(|(_, position)| position).collect()
    }

    /// What is missing before that.
    pub(super) fn holes(&self, source: &str) -> Vec<Hole> {
        let holes = self.of(source).flat_map(|(generation, known)| {
            known.holes().into_iter().map(move |hole| Hole { generation, file: known.file.clone(), from: hole.start, to: hole.end })
        });
        holes.collect()
    }

    /// Whether all of a file up to `length` is acknowledged.
    pub(super) fn has_all(&self, source: &str, generation: u64, length: u64) -> bool {
        self.known.get(&(source.to_owned(), generation)).is_some_and(|known| known.holes().is_empty() && known.end() >= length)
    }

    fn of<'a>(&'a self, source: &'a str) -> impl Iterator<Item = (u64, &'a Known)> {
        self.known.iter().filter(move |((name, _), _)| name == source).map(|((_, generation), known)| (*generation, known))
    }
}

/// Ranges as the log names them: an empty one for a file of which nothing is acknowledged.
fn named(ranges: &Ranges) -> Vec<(u64, u64)> {
    let named: Vec<(u64, u64)> = ranges.iter().map(|range| (range.start, range.end)).collect();
    if named.is_empty() { vec![(0, 0)] } else { named }
}

/// Length (4 bytes, little-endian), CRC-32 of the body (4 bytes), body.
fn frame(entry: &Entry, into: &mut Vec<u8>) {
    // An entry is plain numbers and texts: writing them to memory cannot fail.
    let body = postcard::to_allocvec(entry).unwrap_or_default();
    into.extend_from_slice(&(body.len() as u32).to_le_bytes());
    into.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    into.extend_from_slice(&body);
}

fn unframe(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    Some((postcard::from_bytes(body).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Generation, position and holes of a file.
    type Standing = (u64, u64, Vec<(u64, u64)>);

    fn covered(ledger: &Ledger) -> Vec<Standing> {
        let mut files: Vec<_> = ledger
            .positions("app")
            .into_iter()
            .map(|position| {
                let holes = ledger.holes("app").into_iter().filter(|hole| hole.generation == position.generation);
                (position.generation, position.offset, holes.map(|hole| (hole.from, hole.to)).collect())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn acknowledged_ranges_survive_and_the_rest_is_a_hole() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        ledger.cover("app", 7, "/log/a", 0, 10);
        ledger.cover("app", 7, "/log/a", 20, 30);
        ledger.cover("app", 8, "/log/b", 0, 5);
        ledger.cover("other", 7, "/log/a", 0, 99);
        ledger.sync().unwrap();
        ledger.cover("app", 8, "/log/b", 5, 9);
        let ledger = Ledger::open(folder.path()).unwrap();
        assert_eq!(covered(&ledger), [(7, 30, vec![(10, 20)]), (8, 5, vec![])], "what was not synced is not there");
        assert!(ledger.has_all("app", 8, 5) && !ledger.has_all("app", 7, 30) && !ledger.has_all("app", 9, 0));
    }

    #[test]
    fn a_file_of_which_nothing_is_acknowledged_is_known_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        assert!(ledger.meet("app", 7, "a.log"));
        assert!(ledger.meet("app", 7, "a.log"), "not on disk yet");
        ledger.sync().unwrap();
        assert!(!ledger.meet("app", 7, "a.log"));
        for _ in 0..2 {
            let mut ledger = Ledger::open(folder.path()).unwrap();
            assert_eq!(covered(&ledger), [(7, 0, vec![])]);
            assert!(!ledger.meet("app", 7, "a.log"));
            ledger.rewrite().unwrap();
        }
    }

    #[test]
    fn a_write_torn_at_any_byte_loses_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions");
        let mut ledger = Ledger::open(folder.path()).unwrap();
        ledger.cover("app", 7, "/log/a", 0, 10);
        ledger.sync().unwrap();
        let whole = std::fs::read(&path).unwrap().len();
        ledger.cover("app", 7, "/log/a", 10, 20);
        ledger.sync().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for length in whole..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let mut torn = Ledger::open(folder.path()).unwrap();
            assert_eq!(covered(&torn), [(7, 10, vec![])], "{length} bytes");
            torn.cover("app", 7, "/log/a", 10, 15);
            torn.sync().unwrap();
            assert_eq!(covered(&Ledger::open(folder.path()).unwrap()), [(7, 15, vec![])], "it goes on behind {length} bytes");
        }
        for length in 0..MAGIC.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(covered(&Ledger::open(folder.path()).unwrap()), [], "torn when it was made, after {length} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_ends_the_log_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions");
        let mut ledger = Ledger::open(folder.path()).unwrap();
        for step in 0..3 {
            ledger.cover("app", 7, "/log/a", step * 10, step * 10 + 10);
            ledger.sync().unwrap();
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 2;
        bytes[last] ^= 4;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(covered(&Ledger::open(folder.path()).unwrap()), [(7, 20, vec![])]);
    }

    #[test]
    fn a_grown_log_is_written_anew_with_the_same_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions");
        let mut ledger = Ledger::open(folder.path()).unwrap();
        ledger.rewrite_at = 2_000;
        for step in 0..200 {
            ledger.cover("app", step % 3, "/log/a", step * 10, step * 10 + 10);
            ledger.sync().unwrap();
        }
        let before = covered(&ledger);
        assert_eq!(covered(&Ledger::open(folder.path()).unwrap()), before);
        ledger.rewrite().unwrap();
        assert_eq!(covered(&Ledger::open(folder.path()).unwrap()), before);
        std::fs::write(&path, "something else entirely").unwrap();
        assert!(Ledger::open(folder.path()).is_err(), "what is not a log of positions is not overwritten");
    }
}
