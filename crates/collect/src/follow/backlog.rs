//! What was skipped so that new lines need not wait for old ones: ranges of files that are read later, beside the new lines.
//!
//! A follower that has fallen behind goes on at the end of its file, and what it skipped becomes a job here, with the file
//! held open: so it can be read however the file is renamed or deleted. If the file is truncated under it, or the process
//! starts anew, the range waits for a file that holds its content (`kinship` finds copies and renamed files), and what no
//! file holds after a while is lost, and said so. One job is read at a time, in the order in which they came.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use magpie_model::origin::Origin;

use super::HeldFile;
use super::tail::Tail;
use crate::Starts;
use crate::content::Content;
use crate::cutter::{Cutter, Piece};
use crate::generation::Generation;

/// How long a range waits for a file that holds it: as long as a copy may take to be recognised.
const PATIENCE: Duration = Duration::from_secs(65);

/// Jobs of one file at most; a follower that is behind again after so many goes on in order.
const MOST_JOBS: usize = 16;

/// Bytes of compressed content that are skipped in one step.
const SKIP: u64 = 4 << 20;

/// A part of a file that was not read, from one line's start to another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// `Origin::generation`.
    pub generation: u64,
    /// Path when last seen.
    pub file: String,
    /// Offset of its first byte.
    pub from: u64,
    /// Offset just after its last byte.
    pub to: u64,
}

struct Job {
    origin: Arc<Origin>,
    file: Arc<File>,
    from: u64,
    to: u64,
    reading: Option<Reading>,
}

struct Reading {
    content: Content,
    cutter: Cutter,
    tail: Tail,
    to_skip: u64,
}

struct Orphan {
    hole: Hole,
    since: Option<Instant>,
}

/// What one step in the backlog gave.
pub(super) enum Caught {
    /// Whole lines.
    Piece(Arc<Origin>, Piece),
    /// Something was done; there may be more.
    More,
    /// There is nothing to do.
    Nothing,
}

/// The skipped ranges of one source.
#[derive(Default)]
pub(super) struct Backlog {
    jobs: VecDeque<Job>,
    orphans: Vec<Orphan>,
}

impl Backlog {
    pub(super) fn new(holes: &[Hole]) -> Self {
        let orphans = holes.iter().filter(|hole| hole.from < hole.to).map(|hole| Orphan { hole: hole.clone(), since: None }).collect();
        Self { jobs: VecDeque::new(), orphans }
    }

    /// Bytes that wait here.
    pub(super) fn bytes(&self) -> u64 {
        let jobs: u64 = self.jobs.iter().map(|job| job.to.saturating_sub(job.position())).sum();
        jobs + self.orphans.iter().map(|orphan| orphan.hole.to - orphan.hole.from).sum::<u64>()
    }

    /// Whether one more range of this file may be skipped.
    pub(super) fn has_room_for(&self, generation: Generation) -> bool {
        self.jobs.iter().filter(|job| job.origin.generation == generation.0).count() < MOST_JOBS
    }

    /// Takes over what a follower skipped.
    pub(super) fn add(&mut self, origin: Arc<Origin>, file: Arc<File>, from: u64, to: u64) {
        self.jobs.push_back(Job { origin, file, from, to, reading: None });
    }

    /// The files that it holds open.
    pub(super) fn held(&self) -> impl Iterator<Item = HeldFile> {
        self.jobs.iter().map(|job| HeldFile { path: PathBuf::from(&*job.origin.file), file: Arc::clone(&job.file) })
    }

    /// Paths and generations of ranges that no open file holds.
    pub(super) fn sought(&self) -> impl Iterator<Item = (&Path, Generation)> {
        self.orphans.iter().map(|orphan| (Path::new(&orphan.hole.file), Generation(orphan.hole.generation)))
    }

    /// Generations of such ranges, with where they end.
    pub(super) fn sought_ends(&self) -> impl Iterator<Item = (Generation, u64)> {
        self.orphans.iter().map(|orphan| (Generation(orphan.hole.generation), orphan.hole.to))
    }

    /// A file turned up that holds the content of this generation: what waited for it is read from there.
    pub(super) fn claim(&mut self, generation: Generation, file: &Arc<File>, origin: &Arc<Origin>) {
        for orphan in self.orphans.extract_if(.., |orphan| orphan.hole.generation == generation.0) {
            self.jobs.push_back(Job {
                origin: Arc::clone(origin),
                file: Arc::clone(file),
                from: orphan.hole.from,
                to: orphan.hole.to,
                reading: None,
            });
        }
    }

    /// What waited too long for its file.
    pub(super) fn given_up(&mut self, now: Instant) -> Vec<Hole> {
        for orphan in &mut self.orphans {
            orphan.since.get_or_insert(now);
        }
        let is_over = |orphan: &mut Orphan| orphan.since.is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE);
        self.orphans.extract_if(.., is_over).map(|orphan| orphan.hole).collect()
    }

    /// Reads at most a chunk of the oldest job. A job whose file was cut, or cannot be read, waits for another one.
    pub(super) fn step(&mut self, chunk: usize, max_line: usize, starts: Option<&Starts>, now: Instant) -> Caught {
        let Some(job) = self.jobs.front_mut() else { return Caught::Nothing };
        match job.step(chunk, max_line, starts) {
            Ok(Some(piece)) => Caught::Piece(Arc::clone(&job.origin), piece),
            Ok(None) if job.position() >= job.to => {
                self.jobs.pop_front();
                Caught::More
            }
            Ok(None) => Caught::More,
            Err(_) => {
                self.orphan_first(now);
                Caught::More
            }
        }
    }

    fn orphan_first(&mut self, now: Instant) {
        let Some(job) = self.jobs.pop_front() else { return };
        let from = job.handed_out();
        let hole = Hole { generation: job.origin.generation, file: job.origin.file.to_string(), from, to: job.to };
        self.orphans.push(Orphan { hole, since: Some(now) });
    }
}

impl Job {
    /// Next byte to read.
    fn position(&self) -> u64 {
        self.reading.as_ref().map_or(self.from, |reading| reading.cutter.read_offset().max(self.from))
    }

    fn handed_out(&self) -> u64 {
        self.reading.as_ref().map_or(self.from, |reading| reading.cutter.handed_out().max(self.from))
    }

    /// Whole lines, or `None` when there are none yet or no more.
    fn step(&mut self, chunk: usize, max_line: usize, starts: Option<&Starts>) -> io::Result<Option<Piece>> {
        if self.reading.is_none() {
            self.reading = Some(Reading::open(&self.file, self.from, max_line)?);
        }
        let to = self.to;
        let Some(reading) = &mut self.reading else { return Ok(None) };
        if reading.to_skip > 0 {
            return reading.skip().map(|()| None);
        }
        let left = to.saturating_sub(reading.cutter.read_offset());
        if !reading.gather(usize::try_from(left).unwrap_or(usize::MAX).min(chunk))? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if reading.content.seekable && !reading.tail.is_intact(&self.file, reading.cutter.handed_out())? {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let at_end = reading.cutter.read_offset() >= to;
        let piece = match starts {
            Some(starts) if !at_end => reading.cutter.whole_events(&**starts, None),
            _ => reading.cutter.piece(None, None),
        };
        let piece = piece.or_else(|| if at_end { reading.cutter.rest() } else { None });
        if let Some(piece) = &piece {
            reading.tail.remember(piece);
        }
        Ok(piece)
    }
}

impl Reading {
    fn open(file: &Arc<File>, from: u64, max_line: usize) -> io::Result<Self> {
        let own = reopened(file)?;
        let mut content = Content::of_file(&own)?;
        let mut to_skip = 0;
        if content.seekable {
            content.enter(&own, from)?;
        } else {
            to_skip = from.saturating_sub(content.start);
        }
        let tail = if content.seekable { Tail::of(file, from)? } else { Tail::default() };
        Ok(Self { cutter: Cutter::new(from.max(content.start), max_line), content, tail, to_skip })
    }

    /// Unpacks a part of what is before the range, so that other files need not wait.
    fn skip(&mut self) -> io::Result<()> {
        let part = self.to_skip.min(SKIP);
        let skipped = io::copy(&mut io::Read::take(&mut self.content.reader, part), &mut io::sink())?;
        self.to_skip -= part;
        if skipped < part { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Reads `count` bytes; false if there are fewer.
    fn gather(&mut self, count: usize) -> io::Result<bool> {
        let mut left = count;
        while left > 0 {
            let read = self.cutter.fill(&mut self.content.reader, left)?;
            if read == 0 {
                return Ok(false);
            }
            left -= read;
        }
        Ok(true)
    }
}

/// The same file with a cursor of its own, so that the follower's is not moved.
fn reopened(file: &Arc<File>) -> io::Result<Arc<File>> {
    use std::os::fd::AsRawFd;
    let path: PathBuf = format!("/proc/self/fd/{}", file.as_raw_fd()).into();
    File::open(path).map(Arc::new)
}
