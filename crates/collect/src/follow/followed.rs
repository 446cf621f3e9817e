//! One open file that is being read as it grows.
//!
//! Each step looks at the file once and takes at most one chunk from it, so that many files share a thread fairly.
//! Before anything that was read is handed out, the bytes that were handed out before it are compared with the file, or its
//! beginning where nothing was handed out yet: if they are gone, the file was truncated and written again, and what was read
//! belongs to another incarnation.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use magpie_model::origin::Origin;
use magpie_model::time;

use super::kinship::Mark;
use super::tail::Tail;
use super::{Jump, plain_line_end};
use crate::Starts;
use crate::content::Content;
use crate::cutter::{Buffers, Cutter, Piece};
use crate::generation::{Generation, Head};
use crate::once::timestamp;

/// Silence after which the last event is taken to be whole, where lines join.
const EVENT_SILENCE: Duration = Duration::from_millis(500);

/// Bytes of compressed content that are skipped in one step.
const SKIP: u64 = 4 << 20;

/// How long a compressed file that ended too early must be unchanged before it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What one look at a file gave.
pub(super) enum Step {
    /// Whole lines, or a line that was held for too long.
    Piece(Piece),
    /// Something was read, but no line ended yet.
    More,
    /// Nothing more to read now.
    Quiet,
    /// A compressed file has been read to its end.
    Ended,
    /// The content was replaced; so many bytes are known to have gone unread. What is held belongs to the old content,
    /// unless it is in doubt.
    Replaced { lost: u64, doubtful: bool },
    /// It cannot be read further now.
    Failed(io::Error),
}

/// How lines are cut.
#[derive(Clone)]
pub(super) struct Way {
    /// Longest line in bytes.
    pub(super) max_line: usize,
    /// Bytes of one step.
    pub(super) chunk: usize,
    /// Which lines start an event, where lines join.
    pub(super) starts: Option<Starts>,
    /// Where used buffers come back.
    pub(super) buffers: Buffers,
}

/// A file on its way.
pub(super) struct Followed {
    file: Arc<File>,
    content: Content,
    cutter: Cutter,
    way: Way,
    origin: Arc<Origin>,
    generation: Generation,
    tail: Tail,
    size: u64,
    modified: Option<SystemTime>,
    /// When it last changed.
    changed: Instant,
    /// Compressed data ended too early or was damaged when the file had this size.
    stuck_at: Option<u64>,
    /// Bytes to unpack and throw away before reading goes on.
    to_skip: u64,
    /// The error to report once the lines before it are handed out.
    trouble: Option<io::Error>,
    /// When it was last read to within reach of its end.
    near: Option<Instant>,
}

impl Followed {
    /// Continues behind `mark`. `None` if the file was truncated and written again since it was judged to be what is marked.
    pub(super) fn open(file: Arc<File>, mark: Mark, origin: Origin, way: Way, now: Instant) -> io::Result<Option<Self>> {
        let mut content = Content::of_file(&file)?;
        let start = content.start.max(mark.offset);
        if content.seekable && file.metadata()?.len() < start {
            return Ok(None);
        }
        let mut to_skip = 0;
        if content.packed {
            to_skip = start - content.start;
        } else {
            content.enter(&file, start)?;
        }
        let tail = if mark.tail.is_empty() && content.seekable { Tail::of(&file, start)? } else { Tail(mark.tail) };
        let metadata = file.metadata()?;
        let followed = Self {
            cutter: Cutter::new(start, way.max_line),
            way,
            content,
            generation: mark.generation,
            origin: Arc::new(origin),
            tail,
            size: metadata.len(),
            modified: None,
            changed: now,
            stuck_at: None,
            to_skip,
            trouble: None,
            near: None,
            file,
        };
        Ok(followed.begins_as_marked()?.then_some(followed))
    }

    pub(super) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    pub(super) fn is_seekable(&self) -> bool {
        self.content.seekable
    }

    pub(super) fn handed_out(&self) -> u64 {
        self.cutter.handed_out()
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// How long nothing has changed.
    pub(super) fn quiet_for(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.changed)
    }

    /// Whether everything that was read has been handed out.
    pub(super) fn holds_nothing(&self) -> bool {
        self.cutter.read_offset() == self.cutter.handed_out()
    }

    /// Bytes on disk that were not handed out.
    pub(super) fn lag(&self) -> u64 {
        let behind = if self.content.seekable { self.cutter.handed_out() } else { self.content.taken.load(Ordering::Relaxed) };
        self.size.saturating_sub(behind)
    }

    /// How to recognise it later, and where to go on.
    pub(super) fn mark(&self, path: &Path) -> Mark {
        Mark { generation: self.generation, offset: self.handed_out(), tail: self.tail.0.clone(), path: path.to_owned() }
    }

    /// Hands out the unfinished line, if there is one: nothing more will come.
    pub(super) fn rest(&mut self) -> Option<Piece> {
        self.cutter.rest().map(|piece| self.remember(piece))
    }

    /// Looks at the file once.
    pub(super) fn step(&mut self, now: Instant, unfinished: Duration) -> Step {
        let outcome = if self.content.packed { self.step_packed(now) } else { self.step_plain(now, unfinished) };
        outcome.unwrap_or_else(Step::Failed)
    }

    fn step_plain(&mut self, now: Instant, unfinished: Duration) -> io::Result<Step> {
        let unread = self.size.saturating_sub(self.position());
        let changed = self.notice_change(now)?;
        if self.size < self.position() {
            return Ok(Step::Replaced { lost: unread, doubtful: false });
        }
        let before = self.cutter.read_offset();
        if !self.content.seekable {
            self.gather(u64::MAX)?;
        } else if self.size > before {
            self.gather(self.size - before)?;
        }
        let grew = self.cutter.read_offset() > before;
        if (grew || changed) && !self.tail_is_intact()? {
            let held = self.cutter.read_offset() - self.cutter.handed_out();
            return Ok(Step::Replaced { lost: unread.max(held), doubtful: grew });
        }
        if grew && let Some(piece) = self.cut() {
            return Ok(Step::Piece(self.remember(piece)));
        }
        if self.size > self.position() {
            return Ok(Step::More);
        }
        if self.way.starts.is_some()
            && self.quiet_for(now) >= EVENT_SILENCE
            && let Some(piece) = self.cutter.piece(None, None)
        {
            return Ok(Step::Piece(self.remember(piece)));
        }
        if self.quiet_for(now) >= unfinished
            && let Some(piece) = self.rest()
        {
            return Ok(Step::Piece(piece));
        }
        Ok(Step::Quiet)
    }

    /// Whole lines, or whole events where lines join.
    fn cut(&mut self) -> Option<Piece> {
        let buffers = Some(&self.way.buffers);
        match &self.way.starts {
            Some(starts) => self.cutter.whole_events(&**starts, buffers),
            None => self.cutter.piece(None, buffers),
        }
    }

    /// Goes on at the end of a file that has been far behind for long, and gives the range that was skipped.
    pub(super) fn jump(&mut self, now: Instant, rule: Jump) -> io::Result<Option<(u64, u64)>> {
        // The size is asked for only now and then: the one that is known may be as old as the last step.
        if !self.content.seekable || self.near.is_some_and(|near| now.saturating_duration_since(near) < rule.after) {
            return Ok(None);
        }
        let from = self.handed_out();
        if self.file.metadata()?.len() < from + rule.bytes {
            self.near = Some(now);
            return Ok(None);
        }
        let to = plain_line_end(&self.file)?;
        if to < from + rule.bytes || !self.is_intact()? {
            return Ok(None);
        }
        self.content.enter(&self.file, to)?;
        self.tail = Tail::of(&self.file, to)?;
        self.cutter = Cutter::new(to, self.way.max_line);
        self.near = Some(now);
        Ok(Some((from, to)))
    }

    fn step_packed(&mut self, now: Instant) -> io::Result<Step> {
        self.notice_change(now)?;
        if let Some(error) = self.trouble.take() {
            self.stuck_at = Some(self.size);
            return Err(error);
        }
        if let Some(size) = self.stuck_at {
            if size == self.size || self.quiet_for(now) < RETRY {
                return Ok(Step::Quiet);
            }
            self.stuck_at = Some(self.size);
            self.start_over()?;
            self.stuck_at = None;
        }
        if self.to_skip > 0 {
            return self.skip();
        }
        let mut ended = false;
        match self.gather(u64::MAX) {
            Ok(at_end) => ended = at_end,
            Err(error) => self.trouble = Some(error),
        }
        if let Some(piece) = self.cutter.piece(None, None) {
            return Ok(Step::Piece(self.remember(piece)));
        }
        if !ended {
            return Ok(Step::More);
        }
        Ok(self.rest().map_or(Step::Ended, Step::Piece))
    }

    /// Unpacks again from the start, up to what was handed out.
    fn start_over(&mut self) -> io::Result<()> {
        let offset = self.cutter.handed_out();
        self.content = Content::of_file(&self.file)?;
        self.to_skip = offset.saturating_sub(self.content.start);
        self.cutter = Cutter::new(offset, self.way.max_line);
        Ok(())
    }

    /// Unpacks a part of what was handed out before. In parts, so that other files need not wait.
    fn skip(&mut self) -> io::Result<Step> {
        let part = self.to_skip.min(SKIP);
        match io::copy(&mut (&mut self.content.reader).take(part), &mut io::sink()) {
            Ok(skipped) if skipped == part => self.to_skip -= part,
            Ok(_) => self.trouble = Some(io::ErrorKind::UnexpectedEof.into()),
            Err(error) => self.trouble = Some(error),
        }
        Ok(Step::More)
    }

    /// Next byte on disk.
    fn position(&self) -> u64 {
        if self.content.seekable { self.cutter.read_offset() } else { self.content.taken.load(Ordering::Relaxed) }
    }

    fn notice_change(&mut self, now: Instant) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        let modified = metadata.modified().ok();
        let changed = self.size != metadata.len() || self.modified != modified;
        if changed {
            self.size = metadata.len();
            self.modified = modified;
            self.changed = now;
            self.keep_year(modified);
        }
        Ok(changed)
    }

    /// A file may be followed over the turn of a year: lines without year are completed by when it was last written.
    fn keep_year(&mut self, modified: Option<SystemTime>) {
        let Some(modified) = modified.map(timestamp) else { return };
        if modified.since(self.origin.modified) > time::DAY {
            self.origin = Arc::new(Origin { modified, ..(*self.origin).clone() });
        }
    }

    /// Reads up to a chunk; `expected` bytes are there. True at the end of file.
    fn gather(&mut self, expected: u64) -> io::Result<bool> {
        let mut left = usize::try_from(expected).unwrap_or(usize::MAX).min(self.way.chunk);
        while left > 0 {
            let read = self.cutter.fill(&mut self.content.reader, left)?;
            if read == 0 {
                return Ok(true);
            }
            left -= read;
        }
        Ok(false)
    }

    /// Whether what was handed out is still in the file.
    pub(super) fn is_intact(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() >= self.handed_out() && self.tail_is_intact()?)
    }

    /// Whether the bytes before what is held are still those that were handed out.
    fn tail_is_intact(&self) -> io::Result<bool> {
        match () {
            () if !self.content.seekable => Ok(true),
            () if self.tail.0.is_empty() => self.begins_as_marked(),
            () => self.tail.is_intact(&self.file, self.cutter.handed_out()),
        }
    }

    /// Whether the file begins with what its generation was made of.
    fn begins_as_marked(&self) -> io::Result<bool> {
        if !self.content.seekable {
            return Ok(true);
        }
        let mut first = vec![0; self.generation.head_len()];
        match self.file.read_exact_at(&mut first, self.content.start) {
            Ok(()) => Ok(self.generation.same_text(&Head::of(&first))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps the end of a piece for later recognition.
    fn remember(&mut self, piece: Piece) -> Piece {
        self.tail.remember(&piece);
        piece
    }
}
