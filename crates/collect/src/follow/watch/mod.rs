//! The changing set of files of one source: what turns up, what leaves, and whose turn it is to be read.
//!
//! Each file is known by device and inode. It is new until it is clear what it is (`kinship`), then followed
//! (`followed`), then closed: idle while a pattern still finds it, else only a mark by which its copy or its compressed
//! form would be recognised. Nothing here waits or reads the clock but to measure how long looking into folders takes.
//! This module says whose turn it is; `folders` finds files, `arrivals` decides what a new one is, `reading` takes steps in
//! them, `said` tells how they stand.

mod arrivals;
mod folders;
mod reading;
mod said;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use magpie_model::origin::{Chunk, Position};

pub(super) use arrivals::plain_line_end;

use super::backlog::{Backlog, Caught, Hole};
use super::bell::Bell;
use super::followed::Followed;
use super::kinship::{Candidate, Mark};
use super::{Follow, HeldFile};
use crate::find::Patterns;
use crate::generation::{FileId, Generation};
use crate::{Error, SourceStatus};

/// Marks of closed files that are remembered beyond the positions at start; the oldest go first.
const MARKS: usize = 4096;

/// What became of a chunk that was offered.
pub enum Offered {
    /// It was taken.
    Taken,
    /// There is no room now.
    Full(Chunk),
    /// Nobody takes chunks any more.
    Closed,
}

/// What a turn came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Something was read; there may be more.
    Busy,
    /// Nothing to do until the next poll.
    Quiet,
    /// The queue is full.
    Full,
    /// Nobody takes chunks any more.
    Closed,
    /// All was read that was to be read once.
    Done,
}

struct Entry {
    path: PathBuf,
    state: State,
    /// Since when no pattern finds it.
    missing: Option<Instant>,
    /// Not looked at before that.
    rest_until: Instant,
    error: Option<String>,
}

enum State {
    New(Candidate),
    Reading(Box<Followed>),
    /// Read to its end and closed. Without a mark if nothing of it was to be read: it was there before a source that
    /// begins at the end, or it is a copy.
    Idle {
        mark: Option<Mark>,
        size: u64,
        modified: Option<SystemTime>,
    },
}

/// Ranges remembered as lost until somebody asks; the oldest go first.
const MOST_LOST: usize = 1024;

/// Content that was cut away before it was read; a copy of it may still turn up.
struct Gap {
    generation: Generation,
    lost: u64,
    rest: Option<Chunk>,
}

pub(super) struct Watch {
    follow: Follow,
    patterns: Patterns,
    entries: HashMap<FileId, Entry>,
    /// Files in the order in which they are read: older ones first among those that were found together.
    order: Vec<FileId>,
    /// Whose turn it is.
    cursor: usize,
    closed: Vec<Mark>,
    most_closed: usize,
    unreadable: HashMap<PathBuf, String>,
    outbox: VecDeque<Chunk>,
    gaps: Vec<Gap>,
    next_scan: Option<Instant>,
    /// How often the folders were looked into.
    looks: u64,
    /// Looking into folders before that would take more than its share of the time.
    earliest_scan: Option<Instant>,
    /// What calls for a look before `next_scan`.
    pub(super) bell: Option<Bell>,
    next_settle: Option<Instant>,
    /// Files found now begin at their end.
    at_end: bool,
    totals: SourceStatus,
    published: Arc<Mutex<SourceStatus>>,
    pub(super) backlog: Backlog,
    /// A chunk of the backlog that found no room.
    waiting: Option<Chunk>,
    /// Whether it was looked beside the files of the start.
    searched: bool,
    /// Looking for what a rotation moved out of sight before that is too early.
    next_search: Option<Instant>,
    pub(super) lost: Arc<Mutex<Vec<Hole>>>,
}

impl Watch {
    pub(super) fn new(follow: Follow, positions: &[Position], published: Arc<Mutex<SourceStatus>>) -> Result<Self, Error> {
        let patterns = Patterns::new(&follow.include, &follow.exclude)?;
        let closed: Vec<Mark> = positions.iter().filter(|position| position.input == follow.name).map(mark_of).collect();
        let backlog = Backlog::new(follow.catch_up.as_ref().map_or(&[], |catch_up| &catch_up.holes));
        Ok(Self {
            at_end: follow.from_end && closed.is_empty(),
            most_closed: MARKS.max(closed.len() * 2),
            totals: SourceStatus { name: follow.name.clone(), ..SourceStatus::default() },
            closed,
            follow,
            patterns,
            entries: HashMap::new(),
            order: Vec::new(),
            cursor: 0,
            unreadable: HashMap::new(),
            outbox: VecDeque::new(),
            gaps: Vec::new(),
            next_scan: None,
            looks: 0,
            earliest_scan: None,
            bell: None,
            next_settle: None,
            published,
            backlog,
            waiting: None,
            next_search: None,
            searched: false,
            lost: Arc::default(),
        })
    }

    /// Looks at folders and files as far as their time has come, and hands out at most one chunk of each file.
    pub(super) fn turn(&mut self, now: Instant, send: &mut dyn FnMut(Chunk) -> Offered) -> Turn {
        if self.bell.as_mut().is_some_and(Bell::rang) {
            self.next_scan = self.next_scan.min(self.earliest_scan);
        }
        if self.next_scan.is_none_or(|due| now >= due) {
            self.scan(now);
        }
        if self.next_settle.is_none_or(|due| now >= due) {
            self.settle(now);
        }
        let mut turn = Turn::Quiet;
        match self.flush(send) {
            Turn::Quiet => {}
            Turn::Busy => turn = Turn::Busy,
            stuck => return stuck,
        }
        for _ in 0..self.order.len() {
            self.cursor = (self.cursor + 1) % self.order.len().max(1);
            let Some(id) = self.order.get(self.cursor).copied() else { break };
            if self.read(id, now) {
                turn = Turn::Busy;
            }
            match self.flush(send) {
                Turn::Quiet | Turn::Busy => {}
                stuck => return stuck,
            }
        }
        if self.follow.once && self.is_read() {
            self.publish();
            return Turn::Done;
        }
        turn
    }

    /// Hands out at most one chunk of what was skipped.
    pub(super) fn catch_up(&mut self, now: Instant, send: &mut dyn FnMut(Chunk) -> Offered) -> Turn {
        if self.waiting.is_none() {
            let Follow { chunk, max_line, starts, .. } = &self.follow;
            match self.backlog.step(*chunk, *max_line, starts.as_ref(), now) {
                Caught::Nothing => return Turn::Quiet,
                Caught::More => return Turn::Busy,
                Caught::Piece(origin, piece) => {
                    let chunk = self.chunk(origin, piece);
                    self.count(&chunk);
                    self.waiting = Some(chunk);
                }
            }
        }
        let Some(chunk) = self.waiting.take() else { return Turn::Quiet };
        match send(chunk) {
            Offered::Taken => Turn::Busy,
            Offered::Full(chunk) => {
                self.waiting = Some(chunk);
                Turn::Full
            }
            Offered::Closed => Turn::Closed,
        }
    }

    /// The files that may hold something that was not acknowledged yet: those that are open, and those of the backlog.
    pub(super) fn held(&self) -> Vec<HeldFile> {
        let open = self.entries.values().filter_map(|entry| match &entry.state {
            State::Reading(followed) => Some(HeldFile { path: entry.path.clone(), file: Arc::clone(followed.file()) }),
            State::New(candidate) => Some(HeldFile { path: entry.path.clone(), file: Arc::clone(&candidate.file) }),
            State::Idle { .. } => None,
        });
        open.chain(self.backlog.held()).collect()
    }

    /// Whether no file holds anything more.
    fn is_read(&self) -> bool {
        self.entries.values().all(|entry| match &entry.state {
            State::New(candidate) => candidate.size == 0 || entry.error.is_some(),
            State::Reading(_) => false,
            State::Idle { .. } => true,
        })
    }

    fn flush(&mut self, send: &mut dyn FnMut(Chunk) -> Offered) -> Turn {
        let mut turn = Turn::Quiet;
        self.totals.waiting = false;
        while let Some(chunk) = self.outbox.pop_front() {
            match send(chunk) {
                Offered::Taken => turn = Turn::Busy,
                Offered::Full(chunk) => {
                    self.outbox.push_front(chunk);
                    self.totals.waiting = true;
                    return Turn::Full;
                }
                Offered::Closed => return Turn::Closed,
            }
        }
        turn
    }
}

fn mark_of(position: &Position) -> Mark {
    let Position { file, generation, offset, .. } = position;
    Mark { generation: Generation(*generation), offset: *offset, tail: Vec::new(), path: PathBuf::from(file) }
}
