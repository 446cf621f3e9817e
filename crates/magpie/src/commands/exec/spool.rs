//! What is still to be told of one run: a bounded file of JSON lines, in order, which outlives the process.
//!
//! It is locked while its writer lives, so that another `magpie exec` takes over only what was left behind. What was handed
//! over is not marked in the file: everything in it can be told twice. Where no file can be made, an unnamed one serves while we
//! live.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use magpie_api::{JobAttempt, JobBegin, JobLines};
use magpie_model::run::JobId;
use serde::{Deserialize, Serialize};

/// Ending of the files.
const ENDING: &str = "jsonl";

/// Something to be told of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// It begins.
    Begin(JobBegin),
    /// It wrote this.
    Lines(JobLines),
    /// So an attempt stands.
    Attempt(JobAttempt),
}

/// The file.
pub(super) struct Spool {
    file: Option<File>,
    path: Option<PathBuf>,
    limit: u64,
    written: u64,
    told: u64,
}

impl Spool {
    /// A new file in the folder; in memory of the system only where that cannot be.
    pub(super) fn open(folder: &Path, job_id: JobId, limit: u64) -> Self {
        let path = folder.join(format!("{job_id}.{ENDING}"));
        match create(folder, &path) {
            Ok(file) => Self { file: Some(file), path: Some(path), limit, written: 0, told: 0 },
            Err(error) => {
                super::warn(&format!("`{}` cannot be used ({error}): what cannot be handed over at once will be lost", folder.display()));
                Self { file: tempfile::tempfile().ok(), path: None, limit, written: 0, told: 0 }
            }
        }
    }

    /// A file that another process left behind; `None` while that lives.
    pub(super) fn take_over(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if file.try_lock().is_err() {
            return Ok(None);
        }
        let written = file.metadata()?.len();
        Ok(Some(Self { file: Some(file), path: Some(path.to_owned()), limit: 0, written, told: 0 }))
    }

    /// The files of a folder.
    pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|ending| ending == ENDING)).collect();
        files.sort_by_cached_key(|path| (fs::metadata(path).map_or(0, |metadata| metadata.len()), path.clone()));
        files
    }

    /// Adds an entry; `false` when there is no room for lines, or nothing can be written. Beginnings and ends are small and few,
    /// and always find room.
    pub(super) fn push(&mut self, entry: &Entry) -> bool {
        let (Some(file), Ok(mut line)) = (&mut self.file, serde_json::to_vec(entry)) else { return false };
        line.push(b'\n');
        let waiting = self.written - self.told + line.len() as u64;
        if matches!(entry, Entry::Lines(_)) && waiting > self.limit {
            return false;
        }
        let written = file.seek(SeekFrom::Start(self.written)).and_then(|_| file.write_all(&line));
        if written.is_ok() {
            self.written += line.len() as u64;
        } else {
            // A piece of a line would make those after it unreadable.
            let _ = file.set_len(self.written);
        }
        written.is_ok()
    }

    /// The next entry to be told, and where the one after it begins; what cannot be read is left out.
    pub(super) fn next(&mut self) -> Option<(Entry, u64)> {
        let file = self.file.as_mut()?;
        let mut at = self.told;
        while at < self.written {
            file.seek(SeekFrom::Start(at)).ok()?;
            let mut line = String::new();
            let read = BufReader::new(file.take(self.written - at)).read_line(&mut line).ok()?;
            if read == 0 {
                return None;
            }
            at += read as u64;
            if let Ok(entry) = serde_json::from_str(&line) {
                return Some((entry, at));
            }
        }
        None
    }

    /// Notes that everything before was told.
    pub(super) fn told(&mut self, at: u64) {
        self.told = at;
        if self.told == self.written && self.limit > 0 {
            // Nothing waits: the file may begin anew.
            if self.file.as_ref().is_some_and(|file| file.set_len(0).is_ok()) {
                (self.told, self.written) = (0, 0);
            }
        }
    }

    /// Whether everything is told.
    pub(super) fn is_empty(&self) -> bool {
        self.told >= self.written
    }

    /// Where what is left can be found; `None` when it is lost with us.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Removes the file, of which nothing is needed any more.
    pub(super) fn remove(&self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

fn create(folder: &Path, path: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    file.try_lock().map_err(io::Error::other)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_api::{JobLine, JobStream};
    use magpie_model::Timestamp;

    fn lines(first: u64, text: &str) -> Entry {
        let line = JobLine { time: Timestamp(0), severity: None, stream: JobStream::Stdout, text: text.to_owned() };
        Entry::Lines(JobLines { attempt: 1, first, lines: vec![line], lost: 0 })
    }

    fn job() -> JobId {
        JobId::new(Timestamp(0), 1)
    }

    #[test]
    fn entries_come_in_order_and_the_file_begins_anew_when_all_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), job(), 1 << 20);
        assert!(spool.push(&lines(0, "a")) && spool.push(&lines(1, "b")));
        for (nth, text) in ["a", "b"].into_iter().enumerate() {
            let (entry, after) = spool.next().unwrap();
            assert_eq!(entry, lines(nth as u64, text));
            spool.told(after);
        }
        assert!(spool.is_empty() && spool.next().is_none());
        assert_eq!(fs::metadata(spool.path().unwrap()).unwrap().len(), 0);
    }

    #[test]
    fn what_was_left_behind_is_taken_over_when_its_writer_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), job(), 1 << 20);
        spool.push(&lines(0, "a"));
        let path = Spool::files(folder.path()).pop().unwrap();
        assert!(Spool::take_over(&path).unwrap().is_none(), "its writer lives");
        drop(spool);
        // The writer may have died in the middle of a line.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"lin").unwrap();
        let mut left = Spool::take_over(&path).unwrap().unwrap();
        let (entry, after) = left.next().unwrap();
        assert_eq!(entry, lines(0, "a"));
        left.told(after);
        assert_eq!(left.next(), None);
    }

    #[test]
    fn a_full_spool_refuses_lines_and_still_takes_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), job(), 300);
        assert!(spool.push(&lines(0, "a")) && spool.push(&lines(1, "b")) && !spool.push(&lines(2, &"c".repeat(100))));
        let end = JobAttempt {
            attempt: 1,
            status: magpie_model::run::Status::Failed,
            started: Timestamp(0),
            ended: Some(Timestamp(1)),
            code: Some(1),
            signal: None,
            detail: Some("x".repeat(300)),
            next_try: None,
        };
        assert!(spool.push(&Entry::Attempt(end)));
    }
}
