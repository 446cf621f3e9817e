//! The list of what exists: an append-only text file, one checksummed line per change.
//!
//! A file of a segment that no line names does not exist, so one fsynced append commits everything that belongs
//! together (design 2). A line is eight hex digits of CRC-32, a space and a JSON object: a person can read it, `grep`
//! it, and see what a crash left. An end that was not written to the last byte is cut; any other line that does not
//! fit its checksum is an error, since what it named was acknowledged.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use magpie_model::Timestamp;
use magpie_model::origin::{Covered, Position, Stream};
use serde::{Deserialize, Serialize};

use super::disk::{Disk, DiskFile};
use super::positions::Positions;
use super::store::SEGMENTS;
use crate::telemetry::{LogPosition, SegmentFile, SegmentInfo};
use crate::{Error, Result};

/// Version of the line format, written in the first line.
pub(super) const VERSION: u32 = 1;
/// Lines after which the file is rewritten as one.
const LINES_BEFORE_REWRITE: usize = 2_000;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    magpie_manifest: u32,
}

/// One change. Absent parts stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Change {
    /// Segments that exist from now on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<SegmentInfo>,
    /// Segments that no longer exist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<u64>,
    /// Numbers below this one were used for segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Log entries up to this one are in segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogPosition>,
    /// How far files are in segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<Position>,
    /// What of pushed streams is in segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Covered>,
    /// Pushed streams to forget.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Stream>,
    /// The file with pending halves of calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans: Option<SegmentFile>,
    /// Up to when every active source has been read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Timestamp>,
}

/// All changes together.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Segments by number.
    pub segments: BTreeMap<u64, SegmentInfo>,
    /// The next segment's number.
    pub next: u64,
    /// Log entries up to this one are in segments.
    pub log: LogPosition,
    /// How far files were read.
    pub positions: Positions,
    /// What of pushed streams is in segments.
    pub covered: HashMap<Stream, Covered>,
    /// The file with pending halves of calls.
    pub spans: Option<SegmentFile>,
    /// Up to when every active source has been read.
    pub watermark: Option<Timestamp>,
}

impl State {
    /// Applies a change.
    pub(super) fn apply(&mut self, change: &Change) {
        for id in &change.remove {
            self.segments.remove(id);
        }
        for segment in &change.add {
            self.next = self.next.max(segment.id + 1);
            self.segments.insert(segment.id, segment.clone());
        }
        self.next = self.next.max(change.next.unwrap_or(0));
        self.log = self.log.max(change.log.unwrap_or_default());
        self.positions.extend(&change.positions);
        for stream in &change.ended {
            self.covered.remove(stream);
        }
        self.covered.extend(change.covered.iter().map(|covered| (covered.stream.clone(), covered.clone())));
        if change.spans.is_some() {
            self.spans.clone_from(&change.spans);
        }
        self.watermark = change.watermark.or(self.watermark);
    }

    /// The change that makes this state of nothing.
    fn as_change(&self) -> Change {
        Change {
            add: self.segments.values().cloned().collect(),
            next: Some(self.next),
            log: Some(self.log),
            positions: self.positions.oldest_first(),
            covered: self.covered.values().cloned().collect(),
            spans: self.spans.clone(),
            watermark: self.watermark,
            ..Change::default()
        }
    }

    /// Names of all files that exist.
    pub(super) fn files(&self) -> impl Iterator<Item = &SegmentFile> {
        self.segments.values().flat_map(|segment| &segment.files).chain(&self.spans)
    }
}

/// The manifest, open for changes.
pub(super) struct Manifest {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    /// Bytes known to be good and durable.
    length: u64,
    lines: usize,
    /// An append failed and its remains may still be in the file.
    dirty: bool,
    /// A rewrite failed, so that the open file may no longer be the one of this name.
    replaced: bool,
    state: State,
}

impl Manifest {
    /// Opens the manifest of a data directory, or begins one. Also gives the bytes cut from a torn end.
    pub(super) fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<(Self, u64)> {
        let path = dir.join("MANIFEST");
        let names = disk.list(dir).map_err(Error::io("list", dir))?;
        if !names.iter().any(|(name, _)| name == "MANIFEST") {
            // What no manifest names does not exist and would be removed, so that one which is lost must not begin anew.
            if has_segments(&*disk, dir) {
                return Err(Error::damaged(&path, MISSING));
            }
            write_new(&*disk, &path, &State::default())?;
        }
        let bytes = disk.read(&path).map_err(Error::io("read", &path))?;
        let read = read_lines(&path, &bytes)?;
        let torn = bytes.len() as u64 - read.good;
        if torn > 0 {
            disk.truncate(&path, read.good).map_err(Error::io("cut the torn end of", &path))?;
        }
        let file = disk.append(&path).map_err(Error::io("open", &path))?;
        Ok((Self { disk, path, file, length: read.good, lines: read.lines, dirty: false, replaced: false, state: read.state }, torn))
    }

    /// Reads a manifest without changing anything; also gives the bytes of a torn end.
    pub(super) fn inspect(disk: &dyn Disk, dir: &Path) -> Result<(State, u64)> {
        let path = dir.join("MANIFEST");
        let bytes = disk.read(&path).map_err(Error::io("read", &path))?;
        let read = read_lines(&path, &bytes)?;
        Ok((read.state, bytes.len() as u64 - read.good))
    }

    /// What the lines that fit their checksums say, and which do not: for a repair, which must not trust the result to be whole.
    pub(super) fn salvage(disk: &dyn Disk, dir: &Path) -> Result<(State, Vec<String>)> {
        let path = dir.join("MANIFEST");
        let bytes = match disk.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((State::default(), vec![MISSING.to_owned()])),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let (mut state, mut damage, mut lines) = (State::default(), Vec::new(), 0);
        for (at, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            lines += 1;
            let json = line.strip_suffix(b"\n").and_then(checked);
            match json {
                Some(json) if at == 0 => header(&path, json)?,
                Some(json) => match serde_json::from_slice(json) {
                    Ok(change) => state.apply(&change),
                    Err(error) => damage.push(format!("line {}: {error}", at + 1)),
                },
                None => damage.push(format!("line {} does not fit its checksum", at + 1)),
            }
        }
        if lines == 0 {
            damage.push("it has no first line".to_owned());
        }
        Ok((state, damage))
    }

    /// Writes a manifest of what was salvaged. Numbers below `next` are of segments that it may not name any more.
    pub(super) fn begin_anew(disk: &dyn Disk, dir: &Path, mut state: State, next: u64) -> Result<()> {
        state.next = state.next.max(next);
        write_new(disk, &dir.join("MANIFEST"), &state).map(|_| ())
    }

    /// What exists.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Commits a change. After an error the change has not happened, and will not have happened after a restart either,
    /// unless even the undoing fails; files of the change must therefore stay until the next commit succeeds.
    pub(super) fn commit(&mut self, change: &Change) -> Result<()> {
        self.undo_failed_append()?;
        let line = line_of(change, &self.path)?;
        let written = self.file.write_all(&line).and_then(|()| self.file.flush()).and_then(|()| self.file.sync());
        if let Err(error) = written {
            self.dirty = true;
            // Tried at once, and again before the next commit: a line on disk would name files that do not exist.
            let _ = self.undo_failed_append();
            return Err(Error::io("append to", &self.path)(error));
        }
        self.length += line.len() as u64;
        self.lines += 1;
        self.state.apply(change);
        Ok(())
    }

    /// Whether a failed commit could not be undone yet.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Rewrites the file as one line when it has become long.
    pub(super) fn rewrite_if_long(&mut self) -> Result<()> {
        if self.lines < LINES_BEFORE_REWRITE {
            return Ok(());
        }
        self.rewrite()
    }

    fn rewrite(&mut self) -> Result<()> {
        // From here on the path may mean either file, until it is known to be the new one.
        self.replaced = true;
        write_new(&*self.disk, &self.path, &self.state)?;
        self.reopen()
    }

    fn reopen(&mut self) -> Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        self.disk.sync_dir(dir).map_err(Error::io("sync", dir))?;
        let bytes = self.disk.read(&self.path).map_err(Error::io("read", &self.path))?;
        let read = read_lines(&self.path, &bytes)?;
        self.file = self.disk.append(&self.path).map_err(Error::io("open", &self.path))?;
        (self.length, self.lines) = (read.good, read.lines);
        (self.dirty, self.replaced) = (read.good < bytes.len() as u64, false);
        Ok(())
    }

    fn undo_failed_append(&mut self) -> Result<()> {
        if self.replaced {
            self.reopen()?;
        }
        if self.dirty {
            self.disk.truncate(&self.path, self.length).map_err(Error::io("undo a failed append to", &self.path))?;
            self.file = self.disk.append(&self.path).map_err(Error::io("open", &self.path))?;
            self.dirty = false;
        }
        Ok(())
    }
}

/// What is wrong with a manifest that is not there.
const MISSING: &str = "it is missing, though there are segments";

/// Whether a data directory has segments.
fn has_segments(disk: &dyn Disk, dir: &Path) -> bool {
    disk.list(&dir.join(SEGMENTS)).is_ok_and(|files| files.iter().any(|(name, _)| name.ends_with(".parquet")))
}

fn header(path: &Path, json: &[u8]) -> Result<()> {
    let header: Header = serde_json::from_slice(json).map_err(|_| Error::damaged(path, "it does not begin as a manifest does"))?;
    if header.magpie_manifest > VERSION {
        return Err(Error::Newer { path: path.to_owned(), found: header.magpie_manifest, known: VERSION });
    }
    Ok(())
}

/// Writes a manifest beside the old one and puts it in its place; gives its length.
fn write_new(disk: &dyn Disk, path: &Path, state: &State) -> Result<u64> {
    let new = path.with_extension("new");
    let mut bytes = line_of(&Header { magpie_manifest: VERSION }, path)?;
    bytes.extend(line_of(&state.as_change(), path)?);
    let mut file = disk.create(&new).map_err(Error::io("create", &new))?;
    file.write_all(&bytes).and_then(|()| file.flush()).and_then(|()| file.sync()).map_err(Error::io("write", &new))?;
    disk.rename(&new, path).map_err(Error::io("replace", path))?;
    let dir = path.parent().unwrap_or(Path::new("."));
    disk.sync_dir(dir).map_err(Error::io("sync", dir))?;
    Ok(bytes.len() as u64)
}

fn line_of(value: &impl Serialize, path: &Path) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(value).map_err(|error| Error::damaged(path, error.to_string()))?;
    let mut line = format!("{:08x} ", crc32fast::hash(&json)).into_bytes();
    line.extend(json);
    line.push(b'\n');
    Ok(line)
}

struct ReadLines {
    state: State,
    good: u64,
    lines: usize,
}

fn read_lines(path: &Path, bytes: &[u8]) -> Result<ReadLines> {
    let mut read = ReadLines { state: State::default(), good: 0, lines: 0 };
    while (read.good as usize) < bytes.len() {
        let rest = &bytes[read.good as usize..];
        let Some(end) = rest.iter().position(|&byte| byte == b'\n') else { break };
        let line = &rest[..end];
        let last = read.good as usize + end + 1 == bytes.len();
        let Some(json) = checked(line) else {
            // A page that never reached the disk reads as zeros: that is a torn write, everything else is damage.
            if last && line.contains(&0) {
                break;
            }
            return Err(Error::damaged(path, format!("line {} does not fit its checksum", read.lines + 1)));
        };
        if read.good == 0 {
            header(path, json)?;
        } else {
            let change: Change =
                serde_json::from_slice(json).map_err(|error| Error::damaged(path, format!("line {}: {error}", read.lines + 1)))?;
            read.state.apply(&change);
            read.lines += 1;
        }
        read.good += end as u64 + 1;
    }
    if read.good == 0 {
        return Err(Error::damaged(path, "it has no first line"));
    }
    Ok(read)
}

fn checked(line: &[u8]) -> Option<&[u8]> {
    let (sum, json) = line.split_at_checked(8)?;
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    let json = json.strip_prefix(b" ")?;
    (crc32fast::hash(json) == sum).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::disk::RealDisk;

    fn change(id: u64) -> Change {
        let segment = SegmentInfo {
            id,
            rows: 1,
            bytes: 2,
            from: Timestamp(0),
            to: Timestamp(1),
            sealed: Timestamp(5),
            level: 0,
            files: vec![SegmentFile { name: format!("{id}.parquet"), bytes: 2, checksum: 3, metadata: None }],
            recipes: Vec::new(),
        };
        let position = Position { input: "a".into(), file: "b".into(), generation: 1, offset: id * 10 };
        let stream = |number: u64| Stream { input: "push".into(), agent: format!("agent-{number}"), generation: u64::MAX - number };
        let covered = Covered { stream: stream(id), ranges: vec![(0, id), (100, 200)].into(), touched: Timestamp(1) };
        let ended = id.checked_sub(2).map(stream).into_iter().collect();
        Change {
            add: vec![segment],
            positions: vec![position],
            covered: vec![covered],
            ended,
            log: Some(LogPosition(id)),
            ..Change::default()
        }
    }

    fn with_two_lines() -> (tempfile::TempDir, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let (mut manifest, _) = Manifest::open(Arc::new(RealDisk), dir.path()).unwrap();
        manifest.commit(&change(0)).unwrap();
        manifest.commit(&change(1)).unwrap();
        let bytes = std::fs::read(dir.path().join("MANIFEST")).unwrap();
        (dir, bytes)
    }

    fn reopened(dir: &Path, bytes: &[u8]) -> Result<(Vec<u64>, u64)> {
        std::fs::write(dir.join("MANIFEST"), bytes).unwrap();
        let (manifest, torn) = Manifest::open(Arc::new(RealDisk), dir)?;
        Ok((manifest.state().segments.keys().copied().collect(), torn))
    }

    #[test]
    fn what_was_committed_is_there_again() {
        let (dir, bytes) = with_two_lines();
        assert_eq!(reopened(dir.path(), &bytes).unwrap(), (vec![0, 1], 0));
        let (mut manifest, _) = Manifest::open(Arc::new(RealDisk), dir.path()).unwrap();
        manifest.commit(&Change { remove: vec![0], ..change(2) }).unwrap();
        manifest.rewrite().unwrap();
        manifest.commit(&change(3)).unwrap();
        let (again, _) = Manifest::open(Arc::new(RealDisk), dir.path()).unwrap();
        let state = again.state();
        assert_eq!(state.segments.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((state.log, state.next, state.positions.oldest_first().len()), (LogPosition(3), 4, 1));
        assert_eq!(state.positions.oldest_first()[0].offset, 30);
        let mut covered: Vec<(&str, Vec<(u64, u64)>)> =
            state.covered.values().map(|covered| (covered.stream.agent.as_str(), covered.ranges.clone().into())).collect();
        covered.sort();
        assert_eq!(covered, [("agent-2", vec![(0, 2), (100, 200)]), ("agent-3", vec![(0, 3), (100, 200)])]);
    }

    #[test]
    fn a_manifest_that_knows_no_streams_still_opens() {
        // As written by version 0.1 before senders could push.
        let old = "{\"positions\":[{\"input\":\"a\",\"file\":\"b\",\"generation\":1,\"offset\":7}],\"log\":3}";
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = line_of(&Header { magpie_manifest: VERSION }, dir.path()).unwrap();
        bytes.extend(format!("{:08x} {old}\n", crc32fast::hash(old.as_bytes())).bytes());
        std::fs::write(dir.path().join("MANIFEST"), bytes).unwrap();
        let (manifest, torn) = Manifest::open(Arc::new(RealDisk), dir.path()).unwrap();
        assert_eq!(
            (manifest.state().log, manifest.state().positions.oldest_first().len(), manifest.state().covered.len(), torn),
            (LogPosition(3), 1, 0, 0)
        );
    }

    #[test]
    fn a_torn_end_is_cut_wherever_it_tore() {
        let (dir, bytes) = with_two_lines();
        let last_line = bytes[..bytes.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
        for cut in last_line + 1..bytes.len() {
            assert_eq!(reopened(dir.path(), &bytes[..cut]).unwrap(), (vec![0], (cut - last_line) as u64), "cut at {cut}");
        }
        let mut unwritten = bytes.clone();
        unwritten[last_line + 20..last_line + 40].fill(0);
        assert_eq!(reopened(dir.path(), &unwritten).unwrap().0, [0]);
    }

    #[test]
    fn a_flipped_bit_is_an_error_and_never_a_lost_segment() {
        let (dir, bytes) = with_two_lines();
        for at in (0..bytes.len() - 1).step_by(7) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 4;
            assert!(reopened(dir.path(), &flipped).is_err(), "bit flipped in byte {at}");
        }
    }

    #[test]
    fn a_newer_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let line = line_of(&Header { magpie_manifest: VERSION + 1 }, dir.path()).unwrap();
        let refused = reopened(dir.path(), &line).unwrap_err();
        assert!(matches!(refused, Error::Newer { found, .. } if found == VERSION + 1));
    }
}
