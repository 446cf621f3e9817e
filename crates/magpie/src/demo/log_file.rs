//! A log file as services write it: each event goes out with one write and is in the file when the call returns.
//! It renames itself when it has grown to its limit, keeping one older generation, so that a demo left running for a week
//! cannot fill the disk, and so that whoever follows the file meets a rotation as in real life. What a line looks like is not known here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Size in bytes at which a log is renamed to `<name>.1`.
pub(super) const ROTATE_AT: u64 = 8 * 1024 * 1024;

/// One log file, shared by all requests of a service.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    rotate_at: u64,
    current: Mutex<Current>,
    lost: AtomicU64,
}

#[derive(Debug)]
struct Current {
    file: File,
    size: u64,
}

impl LogFile {
    /// Opens `path` for appending and makes its directory if need be.
    pub(super) fn open(path: &Path) -> io::Result<LogFile> {
        LogFile::with_limit(path, ROTATE_AT)
    }

    fn with_limit(path: &Path, rotate_at: u64) -> io::Result<LogFile> {
        let in_context = |error: io::Error| io::Error::new(error.kind(), format!("could not open demo log `{}`: {error}", path.display()));
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(in_context)?;
        }
        Ok(LogFile {
            path: path.to_owned(),
            rotate_at,
            current: Mutex::new(Current::open(path).map_err(in_context)?),
            lost: AtomicU64::new(0),
        })
    }

    /// Appends one event, its newline included. An event may hold several lines (a stack trace); they stay together.
    ///
    /// The write is synchronous: it is a copy into the page cache of a few hundred bytes, cheaper than the
    /// channel and the task that would be needed to move it elsewhere.
    pub(super) fn append(&self, event: &str) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.size > 0 && current.size + event.len() as u64 > self.rotate_at {
            self.rotate(&mut current);
        }
        match current.file.write_all(event.as_bytes()) {
            Ok(()) => current.size += event.len() as u64,
            // A full disk must not stop a service; the loss is counted and told.
            Err(_) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Events that could not be written.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Keeps writing to the old file if the new one cannot be made: a log too long is better than none.
    fn rotate(&self, current: &mut Current) {
        let mut older = self.path.clone().into_os_string();
        older.push(".1");
        if fs::rename(&self.path, &older).is_ok() {
            match Current::open(&self.path) {
                Ok(next) => *current = next,
                Err(_) => current.size = 0,
            }
        }
    }
}

impl Current {
    fn open(path: &Path) -> io::Result<Current> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let size = file.metadata()?.len();
        Ok(Current { file, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_in_the_file_when_append_returns() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("host/service.log");
        let log = LogFile::open(&path).unwrap();
        log.append("first\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
        log.append("second\n\tat its cause\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\nsecond\n\tat its cause\n");
        assert_eq!(log.lost(), 0);
    }

    #[test]
    fn a_full_log_is_renamed_and_only_one_older_generation_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("service.log");
        let log = LogFile::with_limit(&path, 10).unwrap();
        for event in ["aaaaaa\n", "bbb\n", "cccccc\n", "dddddd\n"] {
            log.append(event);
        }
        // 7 + 4 bytes pass the limit of 10, so each event but `bbb` starts a generation of its own.
        assert_eq!(fs::read_to_string(&path).unwrap(), "dddddd\n");
        assert_eq!(fs::read_to_string(dir.path().join("service.log.1")).unwrap(), "cccccc\n");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_written_is_counted() {
        if !Path::new("/dev/full").exists() {
            eprintln!("skipped: this system has no /dev/full");
            return;
        }
        let log = LogFile::open(Path::new("/dev/full")).unwrap();
        log.append("lost\n");
        assert_eq!(log.lost(), 1);
    }
}
