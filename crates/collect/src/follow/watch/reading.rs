//! What is read: one step in a file and what comes of it, and the chunks that are made of it.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use magpie_model::origin::{Chunk, Origin};

use super::{Gap, MOST_LOST, State, Watch};
use crate::Error;
use crate::cutter::Piece;
use crate::follow::backlog::Hole;
use crate::follow::followed::Step;
use crate::follow::kinship::Candidate;
use crate::generation::FileId;

impl Watch {
    /// Takes one step in one file; true if there may be more to take.
    pub(super) fn read(&mut self, id: FileId, now: Instant) -> bool {
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
        let mut candidate = Candidate::new(Arc::clone(followed.file()), id, self.looks, now);
        candidate.in_place = true;
        entry.state = State::New(candidate);
        self.remember(Some(mark));
        let rest = rest.map(|piece| self.chunk(origin, piece));
        self.gaps.push(Gap { generation, lost, rest });
        self.scan(now);
    }

    /// What was cut away and is in no copy is lost, but for the unfinished line in hand.
    pub(super) fn close_gaps(&mut self) {
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
    pub(super) fn lose(&mut self, hole: Hole) {
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

    pub(super) fn chunk(&self, origin: Arc<Origin>, piece: Piece) -> Chunk {
        let Piece { mut bytes, cuts, offset, end } = piece;
        self.follow.redaction.mask(&mut bytes);
        Chunk { origin, offset, bytes, cuts, first_line: 0, end, events: Vec::new(), entries: Vec::new() }
    }

    pub(super) fn count(&mut self, chunk: &Chunk) {
        self.totals.bytes += chunk.end - chunk.offset;
        self.totals.cut_lines += chunk.cuts.len() as u64;
    }
}
