//! The disk queue of inputs that cannot be read again: standard input, syslog, the journal.
//!
//! What comes in is appended to files that the ordinary follower reads, so that acknowledgement, ranges, both lanes and restarts
//! are the same as for any log file. Each file begins with a line of its own that makes it unlike all others; it is read past.
//! Files that a server has entirely are deleted. The queue has a bound: when it is full, whoever fills it waits (and its
//! sender waits with it), or, where nobody can be made to wait, drops and counts.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ledger::Ledger;
use crate::{Redaction, SourceStatus};

/// Largest file of a queue; smaller where the queue is small.
const SEGMENT: u64 = 8 << 20;
/// Files of a full queue, at least: each holds its room until a server has all of it, and what is on its way may be of several.
const LEAST_SEGMENTS: u64 = 32;

/// A queue on disk.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    rules: Mutex<Rules>,
    state: Mutex<State>,
}

/// What may change while it is in use.
#[derive(Clone, Debug)]
struct Rules {
    limit: u64,
    redaction: Arc<Redaction>,
}

#[derive(Debug)]
struct State {
    file: Option<File>,
    path: PathBuf,
    /// Bytes of the file that is written.
    written: u64,
    /// Bytes of all files.
    total: u64,
    next: u64,
    ends_line: bool,
    unsynced: bool,
}

impl Spool {
    /// Goes on with a queue, in a new file.
    pub(super) fn open(folder: &Path, limit: u64, redaction: Arc<Redaction>) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (mut total, mut next) = (0, 0);
        for path in segments(folder)? {
            total += std::fs::metadata(&path)?.len();
            next = next.max(number(&path) + 1);
        }
        let state = State { file: None, path: PathBuf::new(), written: 0, total, next, ends_line: true, unsynced: false };
        Ok(Self { folder: folder.to_owned(), rules: Mutex::new(Rules { limit, redaction }), state: Mutex::new(state) })
    }

    /// From now on with this bound and these masks.
    pub(super) fn change(&self, limit: u64, redaction: Arc<Redaction>) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = Rules { limit, redaction };
    }

    /// The pattern by which its files are followed.
    pub(super) fn pattern(&self) -> String {
        format!("{}/*.log", self.folder.display())
    }

    /// Appends bytes, masked; false if there is no room for them. What is masked is found in whole lines only.
    pub(super) fn append(&self, bytes: &[u8]) -> io::Result<bool> {
        let Rules { limit, redaction } = self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if redaction.is_empty() {
            return self.write(bytes, limit);
        }
        let mut masked = bytes.to_vec();
        redaction.mask(&mut masked);
        self.write(&masked, limit)
    }

    fn write(&self, bytes: &[u8], limit: u64) -> io::Result<bool> {
        let mut state = self.lock();
        if state.total + bytes.len() as u64 > limit {
            return Ok(false);
        }
        if state.file.is_none() || state.ends_line && state.written >= SEGMENT.min(limit / LEAST_SEGMENTS) {
            self.begin(&mut state)?;
        }
        let State { file: Some(file), written, .. } = &mut *state else { return Ok(false) };
        if let Err(error) = file.write_all(bytes) {
            // What is half there must not be read: a full disk then looks like a full queue.
            let _ = file.set_len(*written);
            return Err(error);
        }
        state.written += bytes.len() as u64;
        state.total += bytes.len() as u64;
        state.unsynced = true;
        if let Some(last) = bytes.last() {
            state.ends_line = *last == b'\n';
        }
        Ok(true)
    }

    fn begin(&self, state: &mut State) -> io::Result<()> {
        let path = self.folder.join(format!("{:012}.log", state.next));
        let fresh = path.with_extension("new");
        let mut file = OpenOptions::new().append(true).create(true).truncate(false).open(&fresh)?;
        file.set_len(0)?;
        let header = format!("#magpie-queue {:016x}{:016x}\n", fastrand::u64(..), fastrand::u64(..));
        file.write_all(header.as_bytes())?;
        std::fs::rename(&fresh, &path)?;
        if let Some(before) = state.file.replace(file) {
            before.sync_data()?;
        }
        File::open(&self.folder)?.sync_all()?;
        state.next += 1;
        state.path = path;
        state.written = header.len() as u64;
        state.total += state.written;
        Ok(())
    }

    /// Makes what was appended durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        let mut state = self.lock();
        if std::mem::take(&mut state.unsynced)
            && let Some(file) = &state.file
        {
            file.sync_data()?;
        }
        Ok(())
    }

    /// Deletes the files that a server has all of.
    pub(super) fn reap(&self, source: &str, followed: &SourceStatus, ledger: &Ledger) {
        for file in &followed.details {
            let path = Path::new(&file.path);
            let mut state = self.lock();
            if path != state.path
                && file.generation != 0
                && ledger.has_all(source, file.generation, file.size)
                && let Ok(metadata) = std::fs::metadata(path)
                && metadata.len() == file.size
                && std::fs::remove_file(path).is_ok()
            {
                state.total = state.total.saturating_sub(file.size);
            }
        }
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.lock().total
    }

    /// Its files, the newest first.
    pub(super) fn newest_first(&self) -> Vec<PathBuf> {
        let mut paths = segments(&self.folder).unwrap_or_default();
        paths.sort_by_key(|path| std::cmp::Reverse(number(path)));
        paths
    }

    /// Where something about it may be kept.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn segments(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    Ok(entries.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect())
}

fn number(path: &Path) -> u64 {
    path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileStatus;

    fn followed(spool: &Spool) -> SourceStatus {
        let details = spool.newest_first().into_iter().map(|path| FileStatus {
            size: std::fs::metadata(&path).unwrap().len(),
            generation: number(&path) + 1,
            path: path.display().to_string(),
            state: crate::FileState::Idle,
            offset: 0,
            lag_bytes: 0,
            error: None,
        });
        SourceStatus { details: details.collect(), ..SourceStatus::default() }
    }

    #[test]
    fn a_queue_is_bounded_and_shrinks_only_by_what_a_server_has() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        let spool = Spool::open(&folder.path().join("queue"), 32_000, Arc::default()).unwrap();
        let line = [b"x".repeat(99), b"\n".to_vec()].concat();
        let mut taken = 0;
        while spool.append(&line).unwrap() {
            taken += 1;
        }
        assert!((290..320).contains(&taken), "{taken} lines of 100 bytes, and a line of its own for each file");
        let files = spool.newest_first();
        assert!(files.len() > 5, "{files:?}");
        spool.reap("pipe", &followed(&spool), &ledger);
        assert_eq!(spool.newest_first(), files, "nobody has anything yet");
        ledger.cover("pipe", 1, "", 0, 1 << 20);
        ledger.cover("pipe", 2, "", 0, 500);
        ledger.cover("pipe", files.len() as u64, "", 0, 1 << 20);
        spool.reap("pipe", &followed(&spool), &ledger);
        assert_eq!(spool.newest_first(), files[..files.len() - 1], "one is whole, one is not, and the newest is being written");
        assert!(spool.append(&line).unwrap());
        let again = Spool::open(&folder.path().join("queue"), 32_000, Arc::default()).unwrap();
        assert_eq!(again.bytes(), spool.bytes());
    }

    #[test]
    fn files_are_unlike_each_other_and_end_with_lines() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 8_000, Arc::default()).unwrap();
        for _ in 0..30 {
            assert!(spool.append(&b"y".repeat(70)).unwrap() && spool.append(b"\n").unwrap());
        }
        let texts: Vec<String> = spool.newest_first().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert!(texts.len() > 1 && texts.iter().all(|text| text.ends_with('\n') && text.starts_with("#magpie-queue ")));
        let heads: std::collections::HashSet<&str> = texts.iter().map(|text| &text[..40]).collect();
        assert_eq!(heads.len(), texts.len());
    }
}
