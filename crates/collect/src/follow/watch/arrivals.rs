//! What is new: whether a file is one that was read before, a copy of one, or new content, and where its reading begins.
//!
//! `kinship` judges a single file; here is what follows from its verdict.

use std::cell::OnceCell;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use magpie_model::Timestamp;
use magpie_model::origin::{Chunk, Origin};

use super::{Entry, State, Watch};
use crate::content::{Content, is_packed};
use crate::follow::CHUNK;
use crate::follow::Follow;
use crate::follow::followed::{Followed, Way};
use crate::follow::kinship::{Candidate, Mark, Verdict, are_related};
use crate::generation::{FileId, Generation, Head};
use crate::once::timestamp;

/// Bytes that are read of how a file begins.
const HEAD: usize = 4 << 10;

impl Watch {
    /// Decides about new files: first those that are themselves what was read before, then copies, then new content.
    pub(super) fn settle(&mut self, now: Instant) {
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
        let anew = OnceCell::new();
        for id in ready {
            let Some(mut entry) = self.entries.remove(&id) else { continue };
            if let Err(error) = self.decide(&mut entry, &anew, now) {
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

    /// `anew` is asked for, and found out once, where a file would begin.
    fn decide(&mut self, entry: &mut Entry, anew: &OnceCell<Vec<Anew>>, now: Instant) -> io::Result<()> {
        let State::New(candidate) = &mut entry.state else { return Ok(()) };
        let head = candidate.head().clone();
        // Read once, nothing is looked for again.
        let looks = if self.follow.once { u64::MAX } else { self.looks };
        let open = self.entries.values().filter_map(|other| match &other.state {
            State::Reading(followed) if followed.generation().same_text(&head) => Some((followed.mark(&other.path), Some(&**followed))),
            State::Idle { mark: Some(mark), .. } if mark.generation.same_text(&head) => Some((mark.clone(), None)),
            _ => None,
        });
        match candidate.judge(&entry.path, looks, &self.closed, open, now) {
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
            // It may be the copy of what stands in a followed file by now: that has to be noticed there first.
            Verdict::Begin
                if !candidate.in_place && anew.get_or_init(|| self.written_anew()).iter().any(|anew| anew.may_be(&entry.path, &head)) =>
            {
                Ok(())
            }
            // Before its first line is whole, nothing could be handed out, and its beginning might be any file's.
            Verdict::Begin if !candidate.is_telling() && candidate.quiet_for(now) < self.follow.pace.linger && !self.follow.once => Ok(()),
            Verdict::Begin => self.begin(entry, now),
        }
    }

    /// Files that were truncated and written again, and are not read yet.
    fn written_anew(&self) -> Vec<Anew> {
        let anew = |entry: &Entry| match &entry.state {
            State::Reading(followed) if !followed.is_intact().unwrap_or(true) => Some(Anew { path: entry.path.clone(), head: None }),
            State::New(candidate) if candidate.in_place => Some(Anew { path: entry.path.clone(), head: Some(candidate.head().clone()) }),
            _ => None,
        };
        self.entries.values().filter_map(anew).collect()
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
        if self.start_reading(entry, mark, now)? {
            self.closed.remove(index);
        }
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
                events: Vec::new(),
                entries: Vec::new(),
            });
        }
        Ok(())
    }

    /// Reads on behind a mark; false if the file is not any more what it was judged to be: then it is judged again.
    fn start_reading(&mut self, entry: &mut Entry, mark: Mark, now: Instant) -> io::Result<bool> {
        let State::New(candidate) = &mut entry.state else { return Ok(false) };
        let generation = mark.generation;
        let origin = self.origin_of(&entry.path, &candidate.file, generation)?;
        let Follow { max_line, chunk, starts, buffers, .. } = &self.follow;
        let way = Way { max_line: *max_line, chunk: *chunk, starts: starts.clone(), buffers: buffers.clone() };
        let Some(followed) = Followed::open(Arc::clone(&candidate.file), mark, origin, way, now)? else {
            candidate.look_anew();
            return Ok(false);
        };
        self.backlog.claim(generation, &candidate.file, followed.origin());
        entry.state = State::Reading(Box::new(followed));
        entry.rest_until = now;
        entry.error = None;
        Ok(true)
    }

    pub(super) fn origin_of(&self, path: &Path, file: &std::fs::File, generation: Generation) -> io::Result<Origin> {
        let modified = file.metadata()?.modified().map_or(Timestamp::EPOCH, timestamp);
        let path = path.to_string_lossy().into();
        let origin = Origin::new(self.follow.input, Arc::clone(&self.follow.host), path, generation.0, modified);
        Ok(Origin { head: head_of(file)?, ..origin })
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
}

/// A file that was truncated and written again, and how it begins now, where that was looked at.
struct Anew {
    path: PathBuf,
    head: Option<Head>,
}

impl Anew {
    /// Whether what begins with `head` may be a copy of it.
    fn may_be(&self, path: &Path, head: &Head) -> bool {
        are_related(path, &self.path) && self.head.as_ref().is_none_or(|own| own.begins_alike(head))
    }
}

/// A file that is not read unless it changes.
fn leave_closed(candidate: &Candidate) -> io::Result<State> {
    let metadata = candidate.file.metadata()?;
    Ok(State::Idle { mark: None, size: metadata.len(), modified: metadata.modified().ok() })
}

/// The first lines of a file, where they are there as they are on disk: not of what is compressed.
fn head_of(file: &std::fs::File) -> io::Result<Arc<str>> {
    let mut first = vec![0; HEAD];
    let length = if is_packed(file) { 0 } else { file.read_at(&mut first, 0)? };
    let lines = memchr::memrchr(b'\n', &first[..length]).map_or(0, |end| end + 1);
    Ok(String::from_utf8_lossy(&first[..lines]).into())
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
pub(in crate::follow) fn plain_line_end(file: &std::fs::File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(CHUNK as u64);
    let mut last = vec![0; (length - from) as usize];
    file.read_exact_at(&mut last, from)?;
    let line_end = memchr::memrchr(b'\n', &last).map(|newline| from + newline as u64 + 1);
    Ok(line_end.unwrap_or(if from == 0 { 0 } else { length }))
}
