//! Triggers that wait for the database: each a sealed file of its own beside it, on disk before whoever triggered is told yes.
//!
//! A database that is locked, read-only or damaged does not keep a small file from being written; one whose disk is full does, so some
//! room is set aside, and given up for these files when nothing else is left. The files are named by job id, so that they sort by time and
//! one that was taken over twice makes one run. What is in them is sealed like the inputs in the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use magpie_model::run::JobId;
use rustix::fs::{FallocateFlags, fallocate};

use super::vault::Vault;
use crate::{Error, Result};

/// Bytes that they may take together at most.
const MOST_BYTES: u64 = 256 << 20;
/// Room that is set aside, in bytes.
const RESERVE: u64 = 8 << 20;
/// Name of the file that holds it.
const RESERVE_FILE: &str = "reserve";
/// How the files of triggers end.
const KEPT: &str = "trigger";
/// Of those that cannot be read.
const UNREADABLE: &str = "unreadable";
/// Of those that are being written.
const DRAFT: &str = "draft";

/// Keeps triggers in files.
pub struct TriggerSpool {
    folder: PathBuf,
    vault: Vault,
}

impl TriggerSpool {
    /// Triggers that may wait at most.
    pub const MOST: usize = 1_000;

    /// Opens the folder beside the database of a directory, or makes it, and sets room aside.
    ///
    /// # Errors
    /// When the folder cannot be made, or the key of the directory cannot be used.
    pub fn open(dir: &Path) -> Result<Self> {
        let folder = dir.join("runs-waiting");
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let spool = Self { vault: Vault::open(dir)?, folder };
        spool.set_room_aside();
        Ok(spool)
    }

    /// Keeps what a run is made of. When it returns, it is on disk.
    ///
    /// # Errors
    /// When the disk refuses also this, or as many wait as may.
    pub fn put(&self, job_id: JobId, plain: &[u8]) -> Result<()> {
        let sealed = self.vault.seal_trigger(job_id, plain);
        let (count, bytes) = self.size().map_err(Error::io("look at", &self.folder))?;
        if count >= Self::MOST || bytes + sealed.len() as u64 > MOST_BYTES {
            return Err(Error::Waiting { count, bytes });
        }
        match self.write(job_id, &sealed) {
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                // What waits is worth more than the room for it.
                let _ = fs::remove_file(self.folder.join(RESERVE_FILE));
                self.write(job_id, &sealed)
            }
            written => written,
        }
        .map_err(Error::io("write a trigger into", &self.folder))
    }

    fn write(&self, job_id: JobId, sealed: &[u8]) -> io::Result<()> {
        let (draft, path) = (self.path(job_id, DRAFT), self.path(job_id, KEPT));
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(sealed)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.folder)?.sync_all()
        })();
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// The triggers that wait, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn waiting(&self) -> Result<Vec<JobId>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(Error::io("read", &self.folder))? {
            let path = entry.map_err(Error::io("read", &self.folder))?.path();
            let is_kept = path.extension().is_some_and(|extension| extension == KEPT);
            let job_id = path.file_stem().and_then(|stem| stem.to_str()?.parse::<JobId>().ok());
            found.extend(job_id.filter(|_| is_kept));
        }
        found.sort();
        Ok(found)
    }

    /// What was kept; `None` when it is gone.
    ///
    /// # Errors
    /// When it cannot be read or opened. It stays.
    pub fn get(&self, job_id: JobId) -> Result<Option<Vec<u8>>> {
        let path = self.path(job_id, KEPT);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => self.vault.open_trigger(job_id, &read.map_err(Error::io("read", &path))?).map(Some),
        }
    }

    /// Forgets a trigger whose run is in the database.
    ///
    /// # Errors
    /// When the disk refuses; then it is taken over once more, which changes nothing.
    pub fn remove(&self, job_id: JobId) -> Result<()> {
        self.take_away(job_id, |path| fs::remove_file(path))
    }

    /// Puts one aside that nobody can read, for whoever has the key.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_aside(&self, job_id: JobId) -> Result<()> {
        self.take_away(job_id, |path| fs::rename(path, self.path(job_id, UNREADABLE)))
    }

    fn take_away(&self, job_id: JobId, take: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        let path = self.path(job_id, KEPT);
        match take(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io("remove", &path)(error)),
            _ => {}
        }
        self.set_room_aside();
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(Error::io("sync", &self.folder))
    }

    /// Sets room aside, if there is any: without it, a full disk refuses triggers too.
    fn set_room_aside(&self) {
        let path = self.folder.join(RESERVE_FILE);
        if fs::metadata(&path).is_ok_and(|file| file.len() == RESERVE) {
            return;
        }
        let reserved = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let reserved = reserved.and_then(|file| Ok(fallocate(&file, FallocateFlags::empty(), 0, RESERVE)?));
        if reserved.is_err() {
            let _ = fs::remove_file(&path);
        }
    }

    /// How many wait, and how many bytes they have.
    fn size(&self) -> io::Result<(usize, u64)> {
        let (mut count, mut bytes) = (0, 0);
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == KEPT) {
                count += 1;
                bytes += entry.metadata().map_or(0, |file| file.len());
            }
        }
        Ok((count, bytes))
    }

    fn path(&self, job_id: JobId, ending: &str) -> PathBuf {
        self.folder.join(format!("{job_id}.{ending}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Timestamp;

    #[test]
    fn what_is_kept_is_sealed_survives_and_comes_back_oldest_first() {
        let dir = tempfile::tempdir().unwrap();
        let job = |number| JobId::new(Timestamp(0), number);
        let spool = TriggerSpool::open(dir.path()).unwrap();
        spool.put(job(2), b"card 4711").unwrap();
        spool.put(job(1), b"first").unwrap();
        spool.put(job(2), b"card 4712").unwrap();
        fs::write(dir.path().join("runs-waiting/half.draft"), "x").unwrap();
        drop(spool);
        let spool = TriggerSpool::open(dir.path()).unwrap();
        assert_eq!(spool.waiting().unwrap(), [job(1), job(2)]);
        assert_eq!(spool.get(job(2)).unwrap().as_deref(), Some(&b"card 4712"[..]));
        let file = fs::read(dir.path().join(format!("runs-waiting/{}.trigger", job(2)))).unwrap();
        assert!(!file.windows(4).any(|bytes| bytes == b"4712"), "it is sealed");
        spool.remove(job(1)).unwrap();
        spool.remove(job(1)).unwrap();
        assert_eq!((spool.get(job(1)).unwrap(), spool.waiting().unwrap()), (None, vec![job(2)]));
    }

    #[test]
    fn one_that_cannot_be_opened_is_told_and_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (spool, job) = (TriggerSpool::open(dir.path()).unwrap(), JobId::new(Timestamp(0), 1));
        fs::write(dir.path().join(format!("runs-waiting/{job}.trigger")), "not sealed").unwrap();
        assert!(spool.get(job).is_err());
        spool.put_aside(job).unwrap();
        assert_eq!(spool.waiting().unwrap(), []);
        assert!(dir.path().join(format!("runs-waiting/{job}.unreadable")).exists());
    }

    #[test]
    fn more_than_may_wait_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let spool = TriggerSpool::open(dir.path()).unwrap();
        for number in 0..TriggerSpool::MOST {
            fs::write(spool.path(JobId::new(Timestamp(0), number as u128), KEPT), "x").unwrap();
        }
        let refused = spool.put(JobId::new(Timestamp(1), 0), b"one more").unwrap_err();
        assert!(refused.to_string().contains("1000 triggers"), "{refused}");
    }
}
