//! The set of files: what a look into the folders finds, what was renamed, what is gone, and where a skipped range may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::{Entry, State, Watch};
use crate::Error;
use crate::content::{is_packed, open};
use crate::find::{Sighting, file_id};
use crate::follow::HeldFile;
use crate::follow::kinship::{Candidate, Mark};
use crate::follow::strays;
use crate::generation::{FileId, Generation};

impl Watch {
    /// Looks into the folders: what is new, what was renamed, what is gone.
    pub(super) fn scan(&mut self, now: Instant) {
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
        self.looks += 1;
        self.take_over(now);
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

    /// Goes on with the files that an earlier follower held open; those that a pattern still finds are met in a moment.
    fn take_over(&mut self, now: Instant) {
        for HeldFile { path, file } in std::mem::take(&mut self.follow.held) {
            let Ok(id) = file.metadata().map(|metadata| file_id(&metadata)) else { continue };
            if let Slot::Vacant(slot) = self.entries.entry(id) {
                let state = State::New(Candidate::new(file, id, self.looks, now));
                slot.insert(Entry { path, state, missing: None, rest_until: now, error: None });
                self.order.push(id);
            }
        }
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
        let mut candidate = Candidate::new(file, id, self.looks, now);
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
    pub(super) fn forget(&mut self, id: FileId, mark: Option<Mark>) {
        self.entries.remove(&id);
        self.order.retain(|other| *other != id);
        self.remember(mark);
    }

    /// Keeps the mark of closed content.
    pub(super) fn remember(&mut self, mark: Option<Mark>) {
        self.closed.extend(mark);
        let surplus = self.closed.len().saturating_sub(self.most_closed);
        self.closed.drain(..surplus);
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Open { source, .. } if source.kind() == io::ErrorKind::NotFound)
}
