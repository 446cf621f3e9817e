//! The write-ahead log: input that cannot be read again, on disk before it is acknowledged.
//!
//! Callers that come at the same time share one write and one fsync: the first becomes the writer of everything that
//! waits, the others wait for it. A group of entries is one checksummed frame, and the next group is written only after
//! this one is durable; so a bad frame with a good one after it is damage, and a bad frame at the end was never
//! acknowledged. A file that failed is never written again, because the kernel may have forgotten what it held.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use super::disk::{Disk, DiskFile};
use crate::telemetry::{LogEntry, LogPosition};
use crate::{Error, Result};

/// Version of the frame format, written in each file's header.
pub(super) const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"MAGPIELG";
/// Magic, version, first position, first position and length of the file before, CRC-32 of all that.
const HEADER: usize = 8 + 4 + 8 + 8 + 8 + 4;
/// Length of the body, CRC-32 of the rest, first position, number of entries.
const FRAME_HEADER: usize = 4 + 4 + 8 + 4;
/// Bytes after which a new file is begun, so that old ones can be removed.
const FILE_LIMIT: u64 = 16 << 20;
/// Bytes of a group: callers beyond it wait for the next.
const GROUP_LIMIT: usize = 256 << 20;

/// The log of one data directory.
pub(super) struct Wal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    shared: Mutex<Shared>,
    written: Condvar,
}

struct Shared {
    /// Finished files, oldest first, with the last position in each and their length.
    files: VecDeque<LogFile>,
    /// The file being written; taken out while a write is under way.
    current: Option<Current>,
    /// The newest file before the current one, for its successor's header.
    previous: Previous,
    waiting: Waiting,
    next: u64,
    writing: bool,
}

/// First position in a file, and the length up to which it counts.
#[derive(Clone, Copy, Default, PartialEq)]
struct Previous {
    first: u64,
    length: u64,
}

struct LogFile {
    path: PathBuf,
    last: u64,
    length: u64,
}

struct Current {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    first: u64,
    length: u64,
}

/// The group that the next write will take.
#[derive(Default)]
struct Waiting {
    body: Vec<u8>,
    first: u64,
    count: u32,
    outcome: Arc<OnceLock<Result<(), io::ErrorKind>>>,
}

impl Wal {
    /// Opens the log in `dir`; `sealed` is the last entry that segments contain. Also gives the bytes of a torn end.
    pub(super) fn open(disk: Arc<dyn Disk>, dir: &Path, sealed: LogPosition) -> Result<(Self, u64)> {
        let found = read_dir(&*disk, dir)?;
        let mut last = sealed.0;
        let mut files = VecDeque::new();
        let mut torn = 0;
        for file in &found {
            torn += file.torn;
            last = last.max(file.last);
            files.push_back(LogFile { path: file.path.clone(), last: file.last, length: file.good });
        }
        let previous = found.last().map_or(Previous::default(), |file| Previous { first: file.first, length: file.good });
        let shared = Shared { files, current: None, previous, waiting: Waiting::default(), next: last + 1, writing: false };
        Ok((Self { disk, dir: dir.to_owned(), shared: Mutex::new(shared), written: Condvar::new() }, torn))
    }

    /// Reads all files without changing anything; gives the bytes of a torn end.
    pub(super) fn inspect(disk: &dyn Disk, dir: &Path) -> Result<u64> {
        Ok(read_dir(disk, dir)?.iter().map(|file| file.torn).sum())
    }

    /// Writes entries and returns when they are durable; gives the position of the last one.
    pub(super) fn log(&self, entries: &[LogEntry]) -> Result<LogPosition> {
        let mut shared = self.lock();
        if entries.is_empty() {
            return Ok(LogPosition(shared.next - 1));
        }
        let size: usize = entries.iter().map(|entry| entry.input.len() + entry.body.len() + 8).sum();
        if size > GROUP_LIMIT {
            return Err(Error::Query(format!("{size} bytes are more than the log takes at once; send less than {GROUP_LIMIT}")));
        }
        while shared.waiting.count > 0 && shared.waiting.body.len() + size > GROUP_LIMIT {
            shared = self.write_or_wait(shared);
        }
        if shared.waiting.count == 0 {
            shared.waiting.first = shared.next;
        }
        entries.iter().for_each(|entry| encode(&mut shared.waiting.body, entry));
        shared.waiting.count += entries.len() as u32;
        shared.next += entries.len() as u64;
        let position = LogPosition(shared.next - 1);
        let outcome = Arc::clone(&shared.waiting.outcome);
        while outcome.get().is_none() {
            shared = self.write_or_wait(shared);
        }
        match outcome.get() {
            Some(Ok(())) => Ok(position),
            Some(Err(kind)) => Err(Error::io("append to the log in", &self.dir)((*kind).into())),
            None => Err(Error::Closed),
        }
    }

    /// Gives each entry after `sealed`, in order.
    pub(super) fn replay(&self, sealed: LogPosition, each: &mut dyn FnMut(LogPosition, LogEntry)) -> Result<()> {
        for file in read_dir(&*self.disk, &self.dir)? {
            let bytes = self.disk.read(&file.path).map_err(Error::io("read", &file.path))?;
            let mut at = HEADER;
            while at < file.good as usize {
                let Some(frame) = frame_at(&bytes, at) else { break };
                let mut body = frame.body;
                for position in frame.first..frame.first.saturating_add(frame.count.into()) {
                    let entry = decode(&mut body).ok_or_else(|| Error::damaged(&file.path, "a frame ends within an entry"))?;
                    if position > sealed.0 {
                        each(LogPosition(position), entry);
                    }
                }
                at += frame.length;
            }
        }
        Ok(())
    }

    /// Removes files whose entries are all in segments.
    pub(super) fn forget(&self, sealed: LogPosition) -> Result<()> {
        let mut shared = self.lock();
        while shared.files.front().is_some_and(|file| file.last <= sealed.0) {
            if let Some(file) = shared.files.front() {
                self.disk.remove(&file.path).map_err(Error::io("remove", &file.path))?;
            }
            shared.files.pop_front();
        }
        Ok(())
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        let shared = self.lock();
        shared.files.iter().map(|file| file.length).sum::<u64>() + shared.current.as_ref().map_or(0, |current| current.length)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_or_wait<'a>(&'a self, shared: MutexGuard<'a, Shared>) -> MutexGuard<'a, Shared> {
        if shared.writing {
            return self.written.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        self.write_waiting(shared)
    }

    /// Writes the waiting group; the lock is free meanwhile, so that the next group can gather.
    fn write_waiting<'a>(&'a self, mut shared: MutexGuard<'a, Shared>) -> MutexGuard<'a, Shared> {
        shared.writing = true;
        let group = std::mem::take(&mut shared.waiting);
        let current = shared.current.take();
        let previous = shared.previous;
        drop(shared);
        let written = self.write_group(&group, current, previous);
        let mut shared = self.lock();
        let last = group.first + u64::from(group.count) - 1;
        let outcome = match written {
            Ok(current) if current.length >= FILE_LIMIT => {
                retire(&mut shared, current, last);
                Ok(())
            }
            Ok(current) => {
                shared.current = Some(current);
                Ok(())
            }
            Err((error, current)) => {
                // What the file holds up to its good length counts; the next group begins another file.
                if let Some(current) = current {
                    retire(&mut shared, current, group.first - 1);
                }
                Err(error.kind())
            }
        };
        let _ = group.outcome.set(outcome);
        shared.writing = false;
        self.written.notify_all();
        shared
    }

    fn write_group(&self, group: &Waiting, current: Option<Current>, previous: Previous) -> Result<Current, (io::Error, Option<Current>)> {
        let mut current = match current {
            Some(current) => current,
            None => self.begin_file(group.first, previous).map_err(|error| (error, None))?,
        };
        let frame = frame_of(group);
        match current.file.write_all(&frame).and_then(|()| current.file.flush()).and_then(|()| current.file.sync()) {
            Ok(()) => {
                current.length += frame.len() as u64;
                Ok(current)
            }
            Err(error) => Err((error, Some(current))),
        }
    }

    fn begin_file(&self, first: u64, previous: Previous) -> io::Result<Current> {
        let path = self.dir.join(format!("{first:020}.log"));
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend(first.to_le_bytes());
        header.extend(previous.first.to_le_bytes());
        header.extend(previous.length.to_le_bytes());
        header.extend(crc32fast::hash(&header).to_le_bytes());
        let mut file = self.disk.create(&path)?;
        file.write_all(&header)?;
        file.sync()?;
        self.disk.sync_dir(&self.dir)?;
        Ok(Current { file, path, first, length: HEADER as u64 })
    }
}

fn retire(shared: &mut Shared, current: Current, last: u64) {
    shared.previous = Previous { first: current.first, length: current.length };
    shared.files.push_back(LogFile { path: current.path, last, length: current.length });
}

fn encode(body: &mut Vec<u8>, entry: &LogEntry) {
    body.extend((entry.input.len() as u32).to_le_bytes());
    body.extend(entry.input.as_bytes());
    body.extend((entry.body.len() as u32).to_le_bytes());
    body.extend(&entry.body);
}

fn decode(body: &mut &[u8]) -> Option<LogEntry> {
    let input = String::from_utf8(take_sized(body)?.to_vec()).ok()?;
    let body = take_sized(body)?.to_vec();
    Some(LogEntry { input, body })
}

fn take_sized<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (taken, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(taken)
}

fn frame_of(group: &Waiting) -> Vec<u8> {
    let mut checked = group.first.to_le_bytes().to_vec();
    checked.extend(group.count.to_le_bytes());
    checked.extend(&group.body);
    let mut frame = (group.body.len() as u32).to_le_bytes().to_vec();
    frame.extend(crc32fast::hash(&checked).to_le_bytes());
    frame.extend(checked);
    frame
}

struct Frame<'a> {
    first: u64,
    count: u32,
    body: &'a [u8],
    /// With its header.
    length: usize,
}

/// The frame at an offset, if it is whole and fits its checksum.
fn frame_at(bytes: &[u8], at: usize) -> Option<Frame<'_>> {
    let bytes = bytes.get(at..)?;
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| Some(u32::from_le_bytes(four.try_into().ok()?)));
    let length = FRAME_HEADER.checked_add(number(0)? as usize)?;
    let checked = bytes.get(8..length)?;
    if crc32fast::hash(checked) != number(4)? {
        return None;
    }
    let first = u64::from_le_bytes(*checked.first_chunk::<8>()?);
    Some(Frame { first, count: number(16)?, body: &checked[12..], length })
}

struct FoundFile {
    path: PathBuf,
    first: u64,
    previous: Previous,
    last: u64,
    good: u64,
    torn: u64,
    /// Where a frame is bad although a good one follows it.
    damaged_at: Option<u64>,
}

/// Reads which files there are and up to where each counts.
fn read_dir(disk: &dyn Disk, dir: &Path) -> Result<Vec<FoundFile>> {
    let mut names: Vec<String> = disk.list(dir).map_err(Error::io("list", dir))?.into_iter().map(|(name, _)| name).collect();
    names.retain(|name| name.ends_with(".log"));
    names.sort();
    let mut found: Vec<FoundFile> = Vec::new();
    for name in names {
        let path = dir.join(name);
        let bytes = disk.read(&path).map_err(Error::io("read", &path))?;
        let Some(file) = read_file(path, &bytes)? else { continue };
        if let Some(before) = found.last_mut().filter(|before| before.first == file.previous.first) {
            // Frames after this length were refused to their senders; frames before it were acknowledged.
            if before.good < file.previous.length {
                return Err(Error::damaged(&before.path, format!("the frame at byte {} does not fit its checksum", before.good)));
            }
            *before = reread_up_to(disk, before, file.previous.length)?;
        }
        found.push(file);
    }
    if let Some((file, at)) = found.iter().find_map(|file| Some((file, file.damaged_at?))) {
        return Err(Error::damaged(&file.path, format!("the frame at byte {at} does not fit its checksum")));
    }
    Ok(found)
}

fn reread_up_to(disk: &dyn Disk, file: &FoundFile, length: u64) -> Result<FoundFile> {
    let bytes = disk.read(&file.path).map_err(Error::io("read", &file.path))?;
    let kept = bytes.get(..length as usize).unwrap_or(&bytes);
    read_file(file.path.clone(), kept)?.ok_or_else(|| Error::damaged(&file.path, "its header is gone"))
}

/// `None` for a file whose header was never completed: nothing in it was acknowledged.
fn read_file(path: PathBuf, bytes: &[u8]) -> Result<Option<FoundFile>> {
    let number = |at: usize| bytes.get(at..at + 8).map_or(0, |eight| u64::from_le_bytes(eight.try_into().unwrap_or_default()));
    let header_fits = bytes.len() >= HEADER
        && bytes.starts_with(MAGIC)
        && crc32fast::hash(&bytes[..HEADER - 4]).to_le_bytes() == bytes[HEADER - 4..HEADER];
    if !header_fits {
        return if bytes.len() <= HEADER { Ok(None) } else { Err(Error::damaged(&path, "its header does not fit its checksum")) };
    }
    let version = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
    if version > VERSION {
        return Err(Error::Newer { path, found: version, known: VERSION });
    }
    let first = number(12);
    let previous = Previous { first: number(20), length: number(28) };
    let mut file = FoundFile { path, first, previous, last: first.saturating_sub(1), good: HEADER as u64, torn: 0, damaged_at: None };
    while let Some(frame) = frame_at(bytes, file.good as usize) {
        file.last = frame.first.saturating_add(frame.count.into()).saturating_sub(1);
        file.good += frame.length as u64;
    }
    file.torn = bytes.len() as u64 - file.good;
    let bad = file.good as usize;
    if let Some(length) = bytes.get(bad..bad + 4) {
        let next = bad + FRAME_HEADER + u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
        file.damaged_at = frame_at(bytes, next).map(|_| file.good);
    }
    Ok(Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::disk::RealDisk;

    fn entry(body: &str) -> LogEntry {
        LogEntry { input: "push".into(), body: body.into() }
    }

    fn open(dir: &Path, sealed: u64) -> Result<(Wal, u64)> {
        Wal::open(Arc::new(RealDisk), dir, LogPosition(sealed))
    }

    fn replayed(dir: &Path, sealed: u64) -> Result<Vec<(u64, String)>> {
        let (wal, _) = open(dir, sealed)?;
        let mut all = Vec::new();
        wal.replay(LogPosition(sealed), &mut |position, entry| {
            all.push((position.0, String::from_utf8(entry.body).unwrap()));
        })?;
        Ok(all)
    }

    fn only_file(dir: &Path) -> PathBuf {
        std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path()
    }

    #[test]
    fn acknowledged_entries_come_back_in_order_after_what_is_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let (wal, _) = open(dir.path(), 0).unwrap();
        assert_eq!(wal.log(&[entry("a"), entry("b")]).unwrap(), LogPosition(2));
        assert_eq!(wal.log(&[entry("c")]).unwrap(), LogPosition(3));
        drop(wal);
        assert_eq!(replayed(dir.path(), 1).unwrap(), [(2, "b".to_owned()), (3, "c".to_owned())]);
        let (again, _) = open(dir.path(), 1).unwrap();
        assert_eq!(again.log(&[entry("d")]).unwrap(), LogPosition(4));
        again.forget(LogPosition(3)).unwrap();
        drop(again);
        assert_eq!(replayed(dir.path(), 3).unwrap(), [(4, "d".to_owned())]);
    }

    #[test]
    fn numbers_go_on_after_every_file_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let (wal, _) = open(dir.path(), 41).unwrap();
        assert_eq!(wal.log(&[entry("a")]).unwrap(), LogPosition(42));
    }

    #[test]
    fn callers_at_the_same_time_share_writes() {
        let dir = tempfile::tempdir().unwrap();
        let (wal, _) = open(dir.path(), 0).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let wal = &wal;
                scope.spawn(move || (0..50).for_each(|n| _ = wal.log(&[entry(&format!("{thread}/{n}"))]).unwrap()));
            }
        });
        drop(wal);
        let all = replayed(dir.path(), 0).unwrap();
        assert_eq!(all.iter().map(|(position, _)| *position).collect::<Vec<_>>(), (1..=400).collect::<Vec<_>>());
        let of_one: Vec<&str> = all.iter().filter_map(|(_, body)| body.strip_prefix("3/")).collect();
        assert_eq!(of_one, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_torn_last_write_is_cut_and_what_was_acknowledged_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (wal, _) = open(dir.path(), 0).unwrap();
        wal.log(&[entry("kept")]).unwrap();
        let path = only_file(dir.path());
        let acknowledged = std::fs::metadata(&path).unwrap().len() as usize;
        wal.log(&[entry("torn")]).unwrap();
        drop(wal);
        let bytes = std::fs::read(&path).unwrap();
        for cut in acknowledged..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert_eq!(replayed(dir.path(), 0).unwrap(), [(1, "kept".to_owned())], "cut at {cut}");
        }
        let (again, torn) = open(dir.path(), 0).unwrap();
        assert_eq!(torn, (bytes.len() - acknowledged - 1) as u64);
        again.log(&[entry("next")]).unwrap();
        drop(again);
        assert_eq!(replayed(dir.path(), 0).unwrap(), [(1, "kept".to_owned()), (2, "next".to_owned())]);
    }

    #[test]
    fn a_flipped_bit_in_an_acknowledged_frame_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let (wal, _) = open(dir.path(), 0).unwrap();
        wal.log(&[entry("first")]).unwrap();
        wal.log(&[entry("second")]).unwrap();
        drop(wal);
        let path = only_file(dir.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEADER + FRAME_HEADER + 6] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(open(dir.path(), 0).map(|_| ()), Err(Error::Damaged { .. })));
    }
}
