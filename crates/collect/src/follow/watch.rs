//! The changing set of files of one source: what turns up, what leaves, and whose turn it is to be read.
//!
//! Each file is known by device and inode. It is new until it is clear what it is (`kinship`), then followed
//! (`followed`), then closed: idle while a pattern still finds it, else only a mark by which its copy or its compressed
//! form would be recognised. Nothing here waits or reads the clock but to measure how long looking into folders takes.

use std::collections::{HashMap, VecDeque};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use magpie_model::Timestamp;
use magpie_model::origin::{Chunk, Origin, Position};

use super::backlog::{Backlog, Caught, Hole};
use super::bell::Bell;
use super::followed::{Followed, Step, Way};
use super::kinship::{Candidate, Mark, Verdict};
use super::{Follow, strays};
use crate::content::{Content, is_packed, open};
use crate::cutter::{CHUNK, Piece};
use crate::find::{Patterns, Sighting, file_id};
use crate::generation::{FileId, Generation};
use crate::once::timestamp;
use crate::{Error, FileState, FileStatus, SourceStatus};

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

    // ---- the set of files ----

    /// Looks into the folders: what is new, what was renamed, what is gone.
    fn scan(&mut self, now: Instant) {
        if self.follow.once && self.next_scan.is_some() {
            return;
        }
        let began = Instant::now();
        if let Some(bell) = &mut self.bell {
            // Before looking, so that nothing comes between.
            self.patterns.folders(&mut |folder| bell.watch_folder(folder));
        }
        let mut files: HashMap<FileId, (PathBuf, Metadata)> = HashMap::new();
        let mut problems = Vec::new();
        self.patterns.each(&mut |sighting| match sighting {
            Sighting::File(path, metadata) => {
                let known = files.entry(file_id(&metadata));
                known.and_modify(|seen| seen.0 = path.clone().min(seen.0.clone())).or_insert((path, metadata));
            }
            Sighting::Stream(path) => problems.push(Error::NotAFile { path, what: "a stream" }),
            Sighting::Problem(error) => problems.push(error),
        });
        self.unreadable.clear();
        for error in problems {
            // A file that is not there yet, or between two rotations, is no problem.
            if !is_missing(&error) {
                self.complain(None, &error);
            }
        }
        self.part(&files, now);
        let mut found: Vec<_> = files.into_iter().collect();
        found.sort_by_cached_key(|(_, (path, metadata))| (metadata.modified().ok(), path.clone()));
        for (id, (path, metadata)) in found {
            self.meet(id, path, &metadata, now);
        }
        self.settle(now);
        self.at_end = false;
        self.close_gaps();
        self.adopt();
        for hole in self.backlog.given_up(now) {
            self.lose(hole);
        }
        self.publish();
        self.search(now);
        let rest = began.elapsed() * 20;
        self.earliest_scan = Some(now + self.follow.pace.poll.max(rest));
        self.next_scan = Some(now + self.follow.pace.scan.max(rest));
    }

    /// A range whose file was cut may be in another one that is known already: a copy that was recognised before the cut was noticed.
    fn adopt(&mut self) {
        let sought: Vec<(Generation, u64)> = self.backlog.sought_ends().collect();
        for (generation, end) in sought {
            let holder = self.entries.iter().find_map(|(id, entry)| match &entry.state {
                State::Reading(followed) if followed.generation() == generation => Some((Arc::clone(followed.file()), &entry.path)),
                State::Idle { mark: Some(mark), .. } if mark.generation == generation => {
                    let file = open(&entry.path).ok()?;
                    (file.metadata().map(|metadata| file_id(&metadata)).ok() == Some(*id)).then_some((file, &entry.path))
                }
                _ => None,
            });
            let Some((file, path)) = holder else { continue };
            // Of the very file that was cut nothing can be had, until it is noticed that it is another one now.
            let is_there = is_packed(&file) || file.metadata().is_ok_and(|metadata| metadata.len() >= end);
            if is_there && let Ok(origin) = self.origin_of(path, &file, generation) {
                self.backlog.claim(generation, &file, &Arc::new(origin));
            }
        }
    }

    /// Looks for files that a rotation moved out of the patterns' sight before they were read to their end: once after the
    /// start, and while a skipped range has no file.
    fn search(&mut self, now: Instant) {
        if self.follow.catch_up.is_none() {
            return;
        }
        let due = *self.next_search.get_or_insert(now + self.follow.pace.scan);
        if now < due {
            return;
        }
        self.next_search = Some(now + strays::EVERY);
        let at_start = !std::mem::replace(&mut self.searched, true);
        let marks = self.closed.iter().filter(|_| at_start).map(|mark| (mark.path.as_path(), mark.generation));
        for (id, path) in strays::find(marks.chain(self.backlog.sought()), |id| self.entries.contains_key(id)) {
            self.welcome(id, path, None, now);
            if let Some(Entry { state: State::New(candidate), .. }) = self.entries.get_mut(&id) {
                candidate.stray = true;
            }
        }
    }

    /// A file that a pattern finds.
    fn meet(&mut self, id: FileId, path: PathBuf, metadata: &Metadata, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return self.welcome(id, path, None, now);
        };
        entry.missing = None;
        if entry.path != path {
            entry.path = path.clone();
        }
        if let State::Idle { mark, size, modified } = &mut entry.state
            && (*size != metadata.len() || *modified != metadata.modified().ok())
        {
            let mark = mark.take();
            self.entries.remove(&id);
            self.order.retain(|other| *other != id);
            self.welcome(id, path, mark, now);
        }
    }

    /// Opens a file. `mark` is where it was left when it was closed; if it is another file by now, that shows later.
    fn welcome(&mut self, id: FileId, path: PathBuf, mark: Option<Mark>, now: Instant) {
        self.remember(mark);
        let file = match open(&path) {
            Ok(file) => file,
            Err(error) if is_missing(&error) => return,
            Err(error) => return self.complain(Some(path), &error),
        };
        // Between looking and opening another file may have taken the path: it is met at the next look.
        if file.metadata().map(|metadata| file_id(&metadata)).ok() != Some(id) {
            return;
        }
        let mut candidate = Candidate::new(file, id, now);
        candidate.was_there = self.follow.from_end && self.next_scan.is_none();
        self.entries.insert(id, Entry { path, state: State::New(candidate), missing: None, rest_until: now, error: None });
        self.order.push(id);
    }

    /// Notices which files no pattern finds any more.
    fn part(&mut self, files: &HashMap<FileId, (PathBuf, Metadata)>, now: Instant) {
        let gone: Vec<FileId> = self.entries.keys().filter(|id| !files.contains_key(id)).copied().collect();
        for id in gone {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            match &mut entry.state {
                State::Idle { mark, .. } => {
                    let mark = mark.take();
                    self.forget(id, mark);
                }
                State::New(_) | State::Reading(_) => {
                    entry.missing.get_or_insert(now);
                }
            }
        }
    }

    /// Closes a file that left.
    fn forget(&mut self, id: FileId, mark: Option<Mark>) {
        self.entries.remove(&id);
        self.order.retain(|other| *other != id);
        self.remember(mark);
    }

    /// Keeps the mark of closed content.
    fn remember(&mut self, mark: Option<Mark>) {
        self.closed.extend(mark);
        let surplus = self.closed.len().saturating_sub(self.most_closed);
        self.closed.drain(..surplus);
    }

    // ---- what is new ----

    /// Decides about new files: first those that are themselves what was read before, then copies, then new content.
    fn settle(&mut self, now: Instant) {
        self.next_settle = Some(now + self.follow.pace.poll);
        let is_new = |id: &FileId| matches!(self.entries.get(id), Some(Entry { state: State::New(_), .. }));
        let candidates: Vec<FileId> = self.order.iter().copied().filter(is_new).collect();
        let mut ready = Vec::new();
        for id in candidates {
            let Some(mut entry) = self.entries.remove(&id) else { continue };
            match self.recognise(&mut entry, now) {
                Ok(Some(Verdict::Wait)) => ready.push(id),
                Ok(_) => {}
                Err(error) => self.note(&mut entry, error),
            }
            self.entries.insert(id, entry);
        }
        for id in ready {
            let Some(mut entry) = self.entries.remove(&id) else { continue };
            if let Err(error) = self.decide(&mut entry, now) {
                self.note(&mut entry, error);
            }
            self.entries.insert(id, entry);
        }
        self.drop_empty(now);
    }

    /// Continues a file that was read before. `Wait` if it was not and there is something to judge by.
    fn recognise(&mut self, entry: &mut Entry, now: Instant) -> io::Result<Option<Verdict>> {
        let State::New(candidate) = &mut entry.state else { return Ok(None) };
        if !candidate.look(now)? {
            return Ok(None);
        }
        let same = if candidate.in_place { None } else { candidate.same_as(&self.closed) };
        match same {
            Some(index) => self.resume(entry, index, now).map(|()| Some(Verdict::Continue(index))),
            None => Ok(Some(Verdict::Wait)),
        }
    }

    fn decide(&mut self, entry: &mut Entry, now: Instant) -> io::Result<()> {
        let State::New(candidate) = &mut entry.state else { return Ok(()) };
        let head = candidate.head().clone();
        let open = self.entries.values().filter_map(|other| match &other.state {
            State::Reading(followed) if followed.generation().same_text(&head) => Some((followed.mark(&other.path), Some(&**followed))),
            State::Idle { mark: Some(mark), .. } if mark.generation.same_text(&head) => Some((mark.clone(), None)),
            _ => None,
        });
        match candidate.judge(&entry.path, &self.closed, open, now) {
            Verdict::Wait => Ok(()),
            Verdict::Continue(index) => self.resume(entry, index, now),
            Verdict::Known => {
                self.claim_from_copy(entry)?;
                Ok(())
            }
            Verdict::Begin if candidate.stray || candidate.is_packed() && candidate.was_there => {
                entry.state = leave_closed(candidate)?;
                Ok(())
            }
            Verdict::Begin => self.begin(entry, now),
        }
    }

    /// A copy of what was read already still serves what was skipped there.
    fn claim_from_copy(&mut self, entry: &mut Entry) -> io::Result<()> {
        let State::New(candidate) = &entry.state else { return Ok(()) };
        let held: Vec<Generation> =
            self.backlog.sought().map(|(_, generation)| generation).filter(|one| one.same_text(candidate.head())).collect();
        for generation in held {
            let origin = Arc::new(self.origin_of(&entry.path, &candidate.file, generation)?);
            self.backlog.claim(generation, &candidate.file, &origin);
        }
        entry.state = leave_closed(candidate)?;
        Ok(())
    }

    fn resume(&mut self, entry: &mut Entry, index: usize, now: Instant) -> io::Result<()> {
        let mark = self.closed[index].clone();
        self.start_reading(entry, mark, now)?;
        self.closed.remove(index);
        Ok(())
    }

    fn begin(&mut self, entry: &mut Entry, now: Instant) -> io::Result<()> {
        let State::New(candidate) = &entry.state else { return Ok(()) };
        let generation = Generation::new(candidate.id, candidate.head(), |generation| self.is_taken(generation));
        let offset = match () {
            () if self.at_end => last_line_end(&candidate.file)?,
            () if self.follow.own_first_line => behind_first_line(&candidate.file)?,
            () => behind_hole(candidate)?,
        };
        self.start_reading(entry, Mark { generation, offset, tail: Vec::new(), path: entry.path.clone() }, now)?;
        if let State::Reading(followed) = &entry.state
            && (self.at_end || self.follow.catch_up.is_some() && followed.handed_out() > 0)
        {
            // Nothing before this is to be read.
            let (origin, end) = (Arc::clone(followed.origin()), followed.handed_out());
            self.outbox.push_back(Chunk {
                origin,
                offset: 0,
                bytes: Vec::new(),
                cuts: Vec::new(),
                first_line: 0,
                end,
                entries: Vec::new(),
            });
        }
        Ok(())
    }

    fn start_reading(&mut self, entry: &mut Entry, mark: Mark, now: Instant) -> io::Result<()> {
        let State::New(candidate) = &entry.state else { return Ok(()) };
        let generation = mark.generation;
        let origin = self.origin_of(&entry.path, &candidate.file, generation)?;
        let Follow { max_line, chunk, starts, .. } = &self.follow;
        let way = Way { max_line: *max_line, chunk: *chunk, starts: starts.clone() };
        let followed = Followed::open(Arc::clone(&candidate.file), mark, origin, way, now)?;
        self.backlog.claim(generation, &candidate.file, followed.origin());
        entry.state = State::Reading(Box::new(followed));
        entry.rest_until = now;
        entry.error = None;
        Ok(())
    }

    fn origin_of(&self, path: &Path, file: &std::fs::File, generation: Generation) -> io::Result<Origin> {
        Ok(Origin {
            input: self.follow.input,
            host: Arc::clone(&self.follow.host),
            file: path.to_string_lossy().into(),
            generation: generation.0,
            modified: file.metadata()?.modified().map_or(Timestamp::EPOCH, timestamp),
            sender: None,
        })
    }

    fn is_taken(&self, generation: Generation) -> bool {
        let of = |entry: &Entry| match &entry.state {
            State::Reading(followed) => Some(followed.generation()),
            State::Idle { mark, .. } => mark.as_ref().map(|mark| mark.generation),
            State::New(_) => None,
        };
        self.entries.values().any(|entry| of(entry) == Some(generation)) || self.closed.iter().any(|mark| mark.generation == generation)
    }

    /// Forgets new files that left before they held anything, or that are copies whose original holds all of them.
    fn drop_empty(&mut self, now: Instant) {
        let linger = self.follow.pace.linger;
        let left = |entry: &Entry| match (&entry.state, entry.missing) {
            (State::New(candidate), Some(since)) => candidate.quiet_for(now) >= linger && now.saturating_duration_since(since) >= linger,
            _ => false,
        };
        let gone: Vec<FileId> = self.entries.iter().filter(|(_, entry)| left(entry)).map(|(id, _)| *id).collect();
        for id in gone {
            self.forget(id, None);
        }
    }

    // ---- what is read ----

    /// Takes one step in one file; true if there may be more to take.
    fn read(&mut self, id: FileId, now: Instant) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else { return false };
        let State::Reading(followed) = &mut entry.state else { return false };
        if now < entry.rest_until {
            return false;
        }
        if let Some(catch_up) = &self.follow.catch_up
            && self.backlog.has_room_for(followed.generation())
            && let Ok(Some((from, to))) = followed.jump(now, catch_up.jump)
        {
            self.backlog.add(Arc::clone(followed.origin()), Arc::clone(followed.file()), from, to);
        }
        match followed.step(now, self.follow.pace.unfinished) {
            Step::Piece(piece) => {
                entry.error = None;
                let origin = Arc::clone(followed.origin());
                self.hand_out(origin, piece);
                return true;
            }
            Step::More => return true,
            Step::Quiet if self.follow.once => {
                let (origin, rest) = (Arc::clone(followed.origin()), followed.rest());
                let mark = Some(followed.mark(&entry.path));
                entry.state = State::Idle { mark, size: followed.size(), modified: followed.modified() };
                if let Some(piece) = rest {
                    self.hand_out(origin, piece);
                }
            }
            Step::Quiet => {
                entry.rest_until = now + self.follow.pace.poll;
                self.retire(id, now);
            }
            Step::Ended => {
                let mark = followed.mark(&entry.path);
                entry.state = State::Idle { mark: Some(mark), size: followed.size(), modified: followed.modified() };
                entry.error = None;
            }
            Step::Replaced { lost, doubtful } => self.replace(id, lost, doubtful, now),
            Step::Failed(source) => {
                entry.rest_until = now + self.follow.pace.scan;
                let error = Error::Read { path: entry.path.clone(), offset: followed.handed_out(), source };
                entry.error = Some(error.chain());
                self.totals.last_error = Some(error.chain());
                self.retire(id, now);
            }
        }
        false
    }

    /// Closes a quiet file whose time has come: it left, or nothing has happened for long.
    fn retire(&mut self, id: FileId, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let State::Reading(followed) = &mut entry.state else { return };
        if let Some(since) = entry.missing {
            let waited = now.saturating_duration_since(since).min(followed.quiet_for(now));
            if waited < self.follow.pace.linger {
                return;
            }
            let origin = Arc::clone(followed.origin());
            let mark = followed.mark(&entry.path);
            let rest = followed.rest();
            self.forget(id, Some(mark));
            if let Some(piece) = rest {
                self.hand_out(origin, piece);
            }
        } else if followed.quiet_for(now) >= self.follow.pace.park && followed.holds_nothing() && entry.error.is_none() {
            let mark = followed.mark(&entry.path);
            entry.state = State::Idle { mark: Some(mark), size: followed.size(), modified: followed.modified() };
            if let Some(bell) = &mut self.bell {
                bell.watch_file_once(&entry.path);
            }
        }
    }

    /// The content was truncated, and perhaps written anew. Folders are looked into at once: there may be a copy.
    fn replace(&mut self, id: FileId, lost: u64, doubtful: bool, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let State::Reading(followed) = &mut entry.state else { return };
        let mark = followed.mark(&entry.path);
        let origin = Arc::clone(followed.origin());
        let generation = followed.generation();
        let rest = if doubtful { None } else { followed.rest() };
        let mut candidate = Candidate::new(Arc::clone(followed.file()), id, now);
        candidate.in_place = true;
        entry.state = State::New(candidate);
        self.remember(Some(mark));
        let rest = rest.map(|piece| self.chunk(origin, piece));
        self.gaps.push(Gap { generation, lost, rest });
        self.scan(now);
    }

    /// What was cut away and is in no copy is lost, but for the unfinished line in hand.
    fn close_gaps(&mut self) {
        for gap in std::mem::take(&mut self.gaps) {
            let Some(mark) = self.closed.iter().find(|mark| mark.generation == gap.generation) else { continue };
            if gap.lost > 0 {
                // The unfinished line in hand was read.
                let from = gap.rest.as_ref().map_or(mark.offset, |rest| rest.end);
                let file = mark.path.display().to_string();
                self.lose(Hole { generation: gap.generation.0, file, from, to: from + gap.lost });
            }
            if let Some(chunk) = gap.rest {
                self.count(&chunk);
                self.outbox.push_back(chunk);
            }
        }
    }

    /// Nobody will ever read this.
    fn lose(&mut self, hole: Hole) {
        self.totals.gaps += 1;
        self.totals.lost_bytes += hole.to - hole.from;
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.push(hole);
        let surplus = lost.len().saturating_sub(MOST_LOST);
        lost.drain(..surplus);
    }

    fn hand_out(&mut self, origin: Arc<Origin>, piece: Piece) {
        let chunk = self.chunk(origin, piece);
        self.count(&chunk);
        self.outbox.push_back(chunk);
    }

    fn chunk(&self, origin: Arc<Origin>, piece: Piece) -> Chunk {
        let Piece { mut bytes, cuts, offset, end } = piece;
        self.follow.redaction.mask(&mut bytes);
        Chunk { origin, offset, bytes, cuts, first_line: 0, end, entries: Vec::new() }
    }

    fn count(&mut self, chunk: &Chunk) {
        self.totals.bytes += chunk.end - chunk.offset;
        self.totals.cut_lines += chunk.cuts.len() as u64;
    }

    // ---- what is said ----

    fn complain(&mut self, path: Option<PathBuf>, error: &Error) {
        let text = error.chain();
        let path = path.unwrap_or_else(|| match error {
            Error::NotAFile { path, .. } | Error::Open { path, .. } | Error::Read { path, .. } | Error::List { path, .. } => path.clone(),
            Error::Pattern { pattern, .. } | Error::NoMatch { pattern } => PathBuf::from(pattern),
            Error::Start { source_name, .. } => PathBuf::from(source_name),
            _ => PathBuf::new(),
        });
        self.totals.last_error = Some(text.clone());
        self.unreadable.insert(path, text);
    }

    fn note(&mut self, entry: &mut Entry, source: io::Error) {
        let error = Error::Open { path: entry.path.clone(), source };
        entry.error = Some(error.chain());
        self.totals.last_error = Some(error.chain());
    }

    fn publish(&self) {
        let mut details: Vec<FileStatus> = self.entries.values().map(file_status).collect();
        details.extend(self.unreadable.iter().map(|(path, error)| unreadable_status(path, error)));
        details.sort_by(|one, other| one.path.cmp(&other.path));
        let status = SourceStatus {
            files: details.len(),
            open: self.entries.values().filter(|entry| !matches!(entry.state, State::Idle { .. })).count(),
            unreadable: details.iter().filter(|file| file.error.is_some()).count(),
            lag_bytes: details.iter().map(|file| file.lag_bytes).sum::<u64>() + self.backlog.bytes(),
            backlog_bytes: self.backlog.bytes(),
            details,
            ..self.totals.clone()
        };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

/// A file that is not read unless it changes.
fn leave_closed(candidate: &Candidate) -> io::Result<State> {
    let metadata = candidate.file.metadata()?;
    Ok(State::Idle { mark: None, size: metadata.len(), modified: metadata.modified().ok() })
}

fn mark_of(position: &Position) -> Mark {
    let Position { file, generation, offset, .. } = position;
    Mark { generation: Generation(*generation), offset: *offset, tail: Vec::new(), path: PathBuf::from(file) }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Open { source, .. } if source.kind() == io::ErrorKind::NotFound)
}

fn file_status(entry: &Entry) -> FileStatus {
    let path = entry.path.display().to_string();
    let error = entry.error.clone();
    let (state, generation, offset, size, lag_bytes) = match &entry.state {
        State::New(candidate) => (FileState::New, 0, 0, candidate.size, candidate.size),
        State::Reading(followed) => {
            let state = if entry.missing.is_some() { FileState::Leaving } else { FileState::Reading };
            (state, followed.generation().0, followed.handed_out(), followed.size(), followed.lag())
        }
        State::Idle { mark, size, .. } => {
            let (generation, offset) = mark.as_ref().map_or((0, 0), |mark| (mark.generation.0, mark.offset));
            (FileState::Idle, generation, offset, *size, 0)
        }
    };
    FileStatus { path, state, generation, offset, size, lag_bytes, error }
}

fn unreadable_status(path: &Path, error: &str) -> FileStatus {
    FileStatus {
        path: path.display().to_string(),
        state: FileState::Unreadable,
        generation: 0,
        offset: 0,
        size: 0,
        lag_bytes: 0,
        error: Some(error.to_owned()),
    }
}

/// Behind the first line of a file, which is there from its beginning.
fn behind_first_line(file: &std::fs::File) -> io::Result<u64> {
    let mut first = [0; 256];
    let length = file.read_at(&mut first, 0)?;
    Ok(memchr::memchr(b'\n', &first[..length]).map_or(0, |newline| newline as u64 + 1))
}

/// Where a file begins that starts with a hole: a writer that does not append goes on at its old offset after the file was
/// truncated, and what is before reads as NULs that nobody wrote.
fn behind_hole(candidate: &Candidate) -> io::Result<u64> {
    let mut first = [0; 1];
    if !candidate.in_place || candidate.file.read_at(&mut first, 0)? == 0 || first != [0] {
        return Ok(0);
    }
    let mut offset = rustix::fs::seek(&candidate.file, rustix::fs::SeekFrom::Data(0)).unwrap_or(0);
    let mut block = vec![0; 64 << 10];
    loop {
        let length = candidate.file.read_at(&mut block, offset)?;
        let written = block[..length].iter().position(|byte| *byte != 0);
        if let Some(at) = written {
            return Ok(offset + at as u64);
        }
        if length == 0 {
            return Ok(offset);
        }
        offset += length as u64;
    }
}

/// Just behind the last line end of a file: where it is entered at its end. The unfinished line there is read from its
/// start, unless it is longer than a chunk.
fn last_line_end(file: &Arc<std::fs::File>) -> io::Result<u64> {
    let mut content = Content::of_file(file)?;
    if !content.seekable {
        return io::copy(&mut content.reader, &mut io::sink());
    }
    plain_line_end(file)
}

/// The same of a file whose offsets are those on disk. Does not move the file's cursor.
pub(super) fn plain_line_end(file: &std::fs::File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(CHUNK as u64);
    let mut last = vec![0; (length - from) as usize];
    file.read_exact_at(&mut last, from)?;
    let line_end = memchr::memrchr(b'\n', &last).map(|newline| from + newline as u64 + 1);
    Ok(line_end.unwrap_or(if from == 0 { 0 } else { length }))
}
