//! What is still to be told of one run: a bounded file of JSON lines, in order, which outlives the process.
//!
//! It is locked while its writer lives, so that another `magpie exec` takes over only what was left behind. What was handed
//! over is not marked in the file: everything in it can be told twice. Where no file can be made, an unnamed one serves while we
//! live.
//!
//! When it is full, the oldest lines make room for new ones: why a command failed stands at the end of what it wrote.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use magpie_api::{JobAttempt, JobBegin, JobLines};
use magpie_model::run::JobId;
use serde::{Deserialize, Serialize};

/// Ending of the files, and of one that will take the place of another.
const ENDING: &str = "jsonl";
const BEING_WRITTEN: &str = "new";

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
    /// Bytes that stood before those of the file, so that a place stays one when the file begins anew.
    gone: u64,
    /// Lines that made room for later ones.
    lost: u64,
}

impl Spool {
    /// A new file in the folder; in memory of the system only where that cannot be.
    pub(super) fn open(folder: &Path, job_id: JobId, limit: u64) -> Self {
        let path = folder.join(format!("{job_id}.{ENDING}"));
        match create(folder, &path) {
            Ok(file) => Self { file: Some(file), path: Some(path), limit, written: 0, told: 0, gone: 0, lost: 0 },
            Err(error) => {
                super::warn(&format!("`{}` cannot be used ({error}): what cannot be handed over at once will be lost", folder.display()));
                Self { file: tempfile::tempfile().ok(), path: None, limit, written: 0, told: 0, gone: 0, lost: 0 }
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
        Ok(Some(Self { file: Some(file), path: Some(path.to_owned()), limit: 0, written, told: 0, gone: 0, lost: 0 }))
    }

    /// The files of a folder. What somebody who was killed did not finish writing is removed: the file it was made of is there.
    pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
        let with_ending = |wanted: &str| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
            entries.filter(|path| path.extension().is_some_and(|ending| ending == wanted)).collect()
        };
        for path in with_ending(BEING_WRITTEN) {
            if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(&path);
            }
        }
        let mut files = with_ending(ENDING);
        files.sort_by_cached_key(|path| (fs::metadata(path).map_or(0, |metadata| metadata.len()), path.clone()));
        files
    }

    /// Adds an entry; `false` when there is no room for lines, or nothing can be written. Beginnings and ends are small and few,
    /// and always find room.
    pub(super) fn push(&mut self, entry: &mut Entry) -> bool {
        let Some(mut line) = line_of(entry) else { return false };
        if let Entry::Lines(lines) = entry
            && self.waiting() + line.len() as u64 > self.limit
        {
            lines.lost += self.make_room(line.len() as u64).unwrap_or_default();
            line = line_of(entry).unwrap_or(line);
            if self.waiting() + line.len() as u64 > self.limit {
                return false;
            }
        }
        let Some(file) = &mut self.file else { return false };
        let written = file.seek(SeekFrom::Start(self.written)).and_then(|_| file.write_all(&line));
        if written.is_ok() {
            self.written += line.len() as u64;
        } else {
            // A piece of a line would make those after it unreadable.
            let _ = file.set_len(self.written);
        }
        written.is_ok()
    }

    fn waiting(&self) -> u64 {
        self.written - self.told
    }

    /// Lets go of the oldest lines that wait, for so many bytes and a quarter of the file at once, so that it is not written anew for each entry. The
    /// front stays, since it may be on its way. Gives how many lines went of which no later entry tells.
    fn make_room(&mut self, bytes: u64) -> io::Result<u64> {
        let wanted = bytes.max(self.limit / 4);
        let (mut at, mut freed, mut lost) = (self.told, 0, 0);
        let mut kept = self.line_at(at)?;
        at += kept.len() as u64;
        while at < self.written && (freed < wanted || lost > 0) {
            let line = self.line_at(at)?;
            at += line.len() as u64;
            match serde_json::from_slice(&line) {
                Ok(Entry::Lines(lines)) if freed < wanted => {
                    freed += line.len() as u64;
                    lost += lines.lost + lines.lines.len() as u64;
                    self.lost += lines.lines.len() as u64;
                }
                Ok(Entry::Lines(mut lines)) => {
                    lines.lost += std::mem::take(&mut lost);
                    kept.extend(line_of(&Entry::Lines(lines)).unwrap_or(line));
                }
                _ => kept.extend(line),
            }
        }
        if freed > 0 {
            self.rewrite(&kept, at)?;
        }
        Ok(lost)
    }

    /// Lets the file begin with these lines instead of all before a place. A new file is written and takes the place of the old
    /// one as a whole, so that whoever is killed meanwhile leaves one of the two.
    fn rewrite(&mut self, kept: &[u8], from: u64) -> io::Result<()> {
        let Some(old) = &mut self.file else { return Ok(()) };
        let beside = self.path.as_ref().map(|path| path.with_extension(BEING_WRITTEN));
        let mut new = match &beside {
            Some(path) => locked(OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?)?,
            None => tempfile::tempfile()?,
        };
        old.seek(SeekFrom::Start(from))?;
        let written = new.write_all(kept).and_then(|()| io::copy(&mut old.take(self.written - from), &mut new));
        let renamed = written.and_then(|copied| match (&beside, &self.path) {
            (Some(beside), Some(path)) => fs::rename(beside, path).map(|()| copied),
            _ => Ok(copied),
        });
        let copied = renamed.inspect_err(|_| drop(beside.as_ref().map(fs::remove_file)))?;
        self.file = Some(new);
        self.gone += self.told;
        (self.told, self.written) = (0, kept.len() as u64 + copied);
        Ok(())
    }

    fn line_at(&mut self, at: u64) -> io::Result<Vec<u8>> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(at))?;
        let mut line = Vec::new();
        match BufReader::new(file.take(self.written.saturating_sub(at))).read_until(b'\n', &mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line),
        }
    }

    /// The next entry to be told, and where the one after it begins; what cannot be read is left out.
    pub(super) fn next(&mut self) -> Option<(Entry, u64)> {
        let mut at = self.told;
        while at < self.written {
            let line = self.line_at(at).ok()?;
            at += line.len() as u64;
            if let Ok(entry) = serde_json::from_slice(&line) {
                return Some((entry, self.gone + at));
            }
        }
        None
    }

    /// Lines that made room for later ones.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Notes that everything before was told.
    pub(super) fn told(&mut self, at: u64) {
        self.told = at.saturating_sub(self.gone);
        if self.told == self.written && self.limit > 0 {
            // Nothing waits: the file may begin anew.
            if self.file.as_ref().is_some_and(|file| file.set_len(0).is_ok()) {
                self.gone += self.written;
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

fn line_of(entry: &Entry) -> Option<Vec<u8>> {
    let mut line = serde_json::to_vec(entry).ok()?;
    line.push(b'\n');
    Some(line)
}

fn create(folder: &Path, path: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    locked(OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?)
}

fn locked(file: File) -> io::Result<File> {
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
        assert!(spool.push(&mut lines(0, "a")) && spool.push(&mut lines(1, "b")));
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
        spool.push(&mut lines(0, "a"));
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
    fn a_full_spool_keeps_the_newest_lines_and_tells_how_many_went() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), job(), 700);
        let attempt = JobAttempt {
            attempt: 1,
            status: magpie_model::run::Status::Failed,
            started: Timestamp(0),
            ended: Some(Timestamp(1)),
            code: Some(1),
            signal: None,
            detail: Some("x".repeat(300)),
            next_try: None,
        };
        assert!(spool.push(&mut lines(0, "told")) && spool.push(&mut lines(1, "on its way")));
        let (_, told) = spool.next().unwrap();
        spool.told(told);
        let (on_its_way, after) = spool.next().unwrap();
        for nth in 2..60 {
            assert!(spool.push(&mut lines(nth, "more")));
        }
        // Ends always find room.
        assert!(spool.push(&mut Entry::Attempt(attempt.clone())));
        assert_eq!(spool.next().unwrap(), (on_its_way, after));
        spool.told(after);
        let (mut seen, mut lost) = (Vec::new(), 0);
        while let Some((entry, after)) = spool.next() {
            match entry {
                Entry::Lines(lines) => {
                    lost += lines.lost;
                    seen.push(lines.first);
                }
                entry => assert_eq!(entry, Entry::Attempt(attempt.clone())),
            }
            spool.told(after);
        }
        let kept = seen.len() as u64;
        assert_eq!(seen, (60 - kept..60).collect::<Vec<_>>());
        assert!(kept > 2 && lost == 58 - kept && spool.lost() == lost, "{kept} kept, {lost} lost");
        // What has no room alone is refused.
        assert!(!spool.push(&mut lines(60, &"c".repeat(700))) && spool.push(&mut lines(61, "d")));
    }

    #[test]
    fn a_file_that_is_being_written_anew_stays_its_writers_and_what_a_kill_left_of_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), job(), 2_000);
        for nth in 0..40 {
            assert!(spool.push(&mut lines(nth, "what a command wrote")), "{nth}");
        }
        assert!(spool.lost() > 0, "it was written anew");
        let path = spool.path().unwrap().to_owned();
        let half_written = path.with_extension(BEING_WRITTEN);
        fs::write(&half_written, "{").unwrap();
        assert_eq!(Spool::files(folder.path()), std::slice::from_ref(&path));
        assert!(!half_written.exists());
        assert!(Spool::take_over(&path).unwrap().is_none(), "its writer lives");
        drop(spool);
        let mut left = Spool::take_over(&path).unwrap().expect("its writer is gone");
        let mut last = None;
        while let Some((entry, after)) = left.next() {
            last = Some(entry);
            left.told(after);
        }
        assert_eq!(last, Some(lines(39, "what a command wrote")));
    }
}
