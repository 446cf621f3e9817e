//! Recognises a file that turns up as one that is known already: renamed, copied before truncation, or compressed.
//!
//! A rename is seen by the inode. A copy or a compressed form has another inode: it is known by the first bytes (the
//! generation) and by the bytes just before where reading stopped, which in a log carry a time and so are as good as
//! unique. While the original is still followed, its copy waits: if the original is truncated or deleted before it was
//! read to its end, reading goes on in the copy, and nothing is lost; if not, the copy holds nothing new.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::followed::Followed;
use super::tail::TAIL;
use crate::content::{Content, is_undecided, read_up_to};
use crate::generation::{FileId, Generation, HEAD, Head};

/// A file that has not changed for this long is not being written by `cp` or `gzip` any more.
const SETTLED: Duration = Duration::from_secs(5);

/// A file that still grows after this long is no copy: `cp` would be done.
const INDEPENDENT: Duration = Duration::from_secs(60);

/// Content this long is recognised whatever its name; shorter content only in a file with a related name.
const TELLING: u64 = 256;

/// Where reading of some content stopped, and how to recognise it.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) generation: Generation,
    /// Up to where it was handed out.
    pub(super) offset: u64,
    /// The bytes before; empty if they are not known (after a restart).
    pub(super) tail: Vec<u8>,
    pub(super) path: PathBuf,
}

/// Whether a file holds marked content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// At least up to the mark.
    Yes,
    /// Not that much, so far.
    Short,
    /// Something else.
    No,
}

/// What to do with a file that turned up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It cannot be told yet.
    Wait,
    /// Go on behind the closed mark of this index.
    Continue(usize),
    /// All of it was read in another file.
    Known,
    /// It is new: begin.
    Begin,
}

/// A file that turned up and is not read yet. It is held open, so that it can be read even if it is deleted meanwhile.
pub(super) struct Candidate {
    pub(super) file: Arc<File>,
    pub(super) id: FileId,
    pub(super) size: u64,
    head: Head,
    /// How many first bytes tell one log from another: its first line, or [`TELLING`] of a longer one.
    telling: usize,
    /// Which look into the folders found it.
    found_by: u64,
    packed: bool,
    first_seen: Instant,
    changed: Instant,
    /// Generations that it is not, in the size it has.
    ruled_out: Vec<Generation>,
    /// The content that it was seen to be a copy of, or of the beginning of.
    copy_of: Option<Generation>,
    /// It took the place of truncated content: it is no copy of anything.
    pub(super) in_place: bool,
    /// It was there when a source started that reads only what is written from then on.
    pub(super) was_there: bool,
    /// No pattern finds it: it is read only if it holds what was being read before.
    pub(super) stray: bool,
}

impl Candidate {
    pub(super) fn new(file: Arc<File>, id: FileId, found_by: u64, now: Instant) -> Self {
        let head = Head::of(&[]);
        let ruled_out = Vec::new();
        Self {
            file,
            id,
            size: 0,
            head,
            telling: TELLING as usize,
            found_by,
            packed: false,
            first_seen: now,
            changed: now,
            ruled_out,
            copy_of: None,
            in_place: false,
            was_there: false,
            stray: false,
        }
    }

    /// How long it has been what it is.
    pub(super) fn quiet_for(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.changed)
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn is_packed(&self) -> bool {
        self.packed
    }

    /// Looks at its size and first bytes again; false if there is nothing to judge by.
    pub(super) fn look(&mut self, now: Instant) -> io::Result<bool> {
        let size = self.file.metadata()?.len();
        if size != self.size {
            self.size = size;
            self.changed = now;
            self.ruled_out.clear();
            self.copy_of = None;
        } else if self.head.len() > 0 {
            return Ok(true);
        }
        if size == 0 {
            return Ok(false);
        }
        let mut first = [0; 4];
        let length = self.file.read_at(&mut first, 0)?;
        if is_undecided(&first[..length]) && self.quiet_for(now) < SETTLED {
            return Ok(false);
        }
        let mut content = match Content::of_file(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && self.quiet_for(now) < SETTLED => return Ok(false),
            outcome => outcome?,
        };
        self.packed = content.packed;
        let (head, error) = read_up_to(&mut content.reader, HEAD);
        self.head = Head::of(&head);
        self.telling = memchr::memchr(b'\n', &head).map_or(TELLING as usize, |newline| newline + 1).min(TELLING as usize);
        match error {
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof && self.quiet_for(now) < SETTLED => Ok(!head.is_empty()),
            Some(error) if head.is_empty() => Err(error),
            _ => Ok(!head.is_empty()),
        }
    }

    /// Forgets what was seen of it.
    pub(super) fn look_anew(&mut self) {
        self.size = 0;
        self.head = Head::of(&[]);
    }

    /// Whether its beginning is like no other's: a generation of it can be told from that of the next file.
    pub(super) fn is_telling(&self) -> bool {
        self.head.len() >= self.telling
    }

    /// Whether it is the very file of one of the closed marks, by inode and content: after a restart.
    /// A compressed file is not unpacked for that: it is not written in place.
    pub(super) fn same_as(&self, closed: &[Mark]) -> Option<usize> {
        closed.iter().position(|mark| {
            mark.generation.same_file(self.id, &self.head) && (self.packed || matches!(holds(&self.file, mark), Ok(Holds::Yes)))
        })
    }

    /// Compares with closed and open content. `path` is its own, `looks` how often the folders were looked into.
    pub(super) fn judge<'a>(
        &mut self,
        path: &Path,
        looks: u64,
        closed: &[Mark],
        open: impl Iterator<Item = (Mark, Option<&'a Followed>)>,
        now: Instant,
    ) -> Verdict {
        if self.in_place {
            return Verdict::Begin;
        }
        let unsettled = self.quiet_for(now) < SETTLED;
        for (index, mark) in closed.iter().enumerate() {
            // After a restart only the beginning is known of what was read. It may be that of a file that a rotation moved
            // just now, and that the next look will find.
            let is_weak = mark.tail.is_empty();
            if is_weak && mark.generation.head_len() < self.telling {
                continue;
            }
            match self.compare(mark, path, None) {
                Holds::Yes if is_weak && looks == self.found_by => return Verdict::Wait,
                Holds::Yes => return Verdict::Continue(index),
                Holds::Short if self.copy_of == Some(mark.generation) => return Verdict::Known,
                Holds::Short if self.packed && unsettled => return Verdict::Wait,
                Holds::Short | Holds::No => {}
            }
        }
        let independent = now.saturating_duration_since(self.first_seen) > INDEPENDENT && unsettled && !self.packed;
        for (mark, followed) in open {
            match self.compare(&mark, path, followed) {
                Holds::Yes if !independent => return Verdict::Wait,
                Holds::Short if (unsettled || self.copy_of.is_some()) && !independent => return Verdict::Wait,
                _ => {}
            }
        }
        Verdict::Begin
    }

    /// Compares with one mark; `followed` is the file behind it, if that is open.
    fn compare(&mut self, mark: &Mark, path: &Path, followed: Option<&Followed>) -> Holds {
        if !mark.generation.same_text(&self.head) || self.ruled_out.contains(&mark.generation) {
            return Holds::No;
        }
        if mark.offset < TELLING && !are_related(path, &mark.path) {
            return Holds::No;
        }
        let outcome = match followed.filter(|followed| followed.is_seekable() && !self.packed) {
            Some(original) => copies(&self.file, self.size, original),
            None => holds(&self.file, mark),
        };
        let outcome = outcome.unwrap_or(if self.packed { Holds::Short } else { Holds::No });
        if followed.is_some_and(|original| original.is_intact().unwrap_or(false)) && outcome != Holds::No && !self.packed {
            self.copy_of = Some(mark.generation);
        }
        if outcome == Holds::No {
            self.ruled_out.push(mark.generation);
        }
        outcome
    }
}

/// Whether `file` holds the marked content.
fn holds(file: &Arc<File>, mark: &Mark) -> io::Result<Holds> {
    let mut content = Content::of_file(file)?;
    let known_from = mark.offset.saturating_sub(mark.tail.len() as u64);
    if content.seekable && file.metadata()?.len() < mark.offset {
        return Ok(Holds::Short);
    }
    let mut tail = vec![0; mark.tail.len()];
    let outcome = if content.seekable {
        file.read_exact_at(&mut tail, known_from)
    } else {
        content.enter(file, known_from).and_then(|()| content.reader.read_exact(&mut tail))
    };
    match outcome {
        Ok(()) => Ok(if tail == mark.tail { Holds::Yes } else { Holds::No }),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Holds::Short),
        Err(error) => Err(error),
    }
}

/// Whether `file` is a copy of what `original` holds on disk now, or the beginning of one.
fn copies(file: &File, size: u64, original: &Followed) -> io::Result<Holds> {
    let from = size.saturating_sub(TAIL as u64);
    let mut here = vec![0; (size - from) as usize];
    let mut there = here.clone();
    file.read_exact_at(&mut here, from)?;
    let equal = match original.file().read_exact_at(&mut there, from) {
        Ok(()) => here == there,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(error),
    };
    Ok(match () {
        // The original was truncated just now: that has to be noticed there before anything can be said here.
        () if !original.is_intact()? => Holds::Yes,
        () if !equal => Holds::No,
        () if size < original.handed_out() => Holds::Short,
        () => Holds::Yes,
    })
}

/// Whether the names could be those of one log and its rotated forms: `app.log`, `app.log.1`, `app-2026-11-22.log.gz`.
pub(super) fn are_related(one: &Path, other: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (one, other) = (name(one), name(other));
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let (short, long) = if one.len() <= other.len() { (stem(&one), other) } else { (stem(&other), one) };
    !short.is_empty() && long.starts_with(&short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_forms_have_related_names() {
        for (one, other, related) in [
            ("/log/app.log", "/log/app.log.1", true),
            ("/log/app.log.1", "/old/app.log.2.gz", true),
            ("/log/app.log", "/log/app-2026-11-22.log.gz", true),
            ("/log/app.log", "/log/access.log", false),
            ("/log/.log", "/log/access.log", false),
        ] {
            assert_eq!(are_related(Path::new(one), Path::new(other)), related, "{one} {other}");
            assert_eq!(are_related(Path::new(other), Path::new(one)), related, "{other} {one}");
        }
    }
}
