//! Follows the files of one source for as long as the process runs, so that each line comes exactly once.
//!
//! Files are looked at every 100 ms and folders every second. That works on network and overlay file systems, has no limit
//! on watches and no queue to overflow, and costs little (an `fstat` of 2,000 open files takes under a millisecond); so
//! inotify (`bell`) only calls for an earlier look into the folders. What is done with one file is told in `followed`, how a
//! file is recognised in `kinship`, and how the set of files changes in `watch`; all three take the time as an argument.
//! This module owns the thread. A source that is to show new lines soon also after an outage skips what waits, and reads that
//! beside them (`backlog`); what a rotation moved out of the patterns' sight is looked for (`strays`).
//!
//! The queue to the pipeline is bounded. While it is full nothing is read: the files themselves hold what waits, and
//! folders are still looked at, so that files which are rotated away meanwhile are kept open.

mod backlog;
#[cfg(test)]
mod backlog_tests;
mod bell;
mod followed;
mod kinship;
mod strays;
mod tail;
#[cfg(test)]
mod tests;
mod watch;

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use magpie_model::config::{Input, Source};
use magpie_model::origin::{Chunk, Position};

use crate::cutter::Buffers;
use crate::{Error, Redaction, SourceStatus, Starts, find, spawn_task};
pub use backlog::Hole;
use bell::Bell;
pub use watch::Offered;
use watch::plain_line_end;
use watch::{Turn, Watch};

/// Bytes of a chunk at most. What is behind is read in larger pieces than `once` does: each is handed on, kept and counted.
const CHUNK: usize = 1 << 20;

/// Which of two ways a chunk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// In the order of the file, from where reading started or went on.
    Fresh,
    /// What was skipped before.
    Backlog,
}

/// Takes chunks off a follower. Never waits: what cannot be taken now is offered again.
pub trait Sink: Send {
    /// Takes a chunk, or gives it back.
    fn offer(&mut self, lane: Lane, chunk: Chunk) -> Offered;
}

impl Sink for SyncSender<Chunk> {
    fn offer(&mut self, _: Lane, chunk: Chunk) -> Offered {
        match self.try_send(chunk) {
            Ok(()) => Offered::Taken,
            Err(TrySendError::Full(chunk)) => Offered::Full(chunk),
            Err(TrySendError::Disconnected(_)) => Offered::Closed,
        }
    }
}

/// When a follower that is behind skips what waits.
#[derive(Clone, Copy, Debug)]
pub struct Jump {
    /// It is so many bytes behind.
    pub bytes: u64,
    /// And has been for so long; at the start of following a file it counts as long behind.
    pub after: Duration,
}

/// For sources whose new lines are not to wait for old ones, and whose unread lines are not to be lost by a restart.
#[derive(Clone, Debug)]
pub struct CatchUp {
    /// When to skip.
    pub jump: Jump,
    /// What was skipped by an earlier process, and not read yet.
    pub holes: Vec<Hole>,
}

/// What to follow.
#[derive(Clone)]
pub struct Follow {
    /// Index of the source, for `Origin::input`.
    pub input: usize,
    /// Name of the source; positions of other names are not its business.
    pub name: String,
    /// Host of the lines, for `Origin::host`.
    pub host: Arc<str>,
    /// Patterns of paths to read.
    pub include: Vec<String>,
    /// Patterns of paths to leave out.
    pub exclude: Vec<String>,
    /// Begin at the end of the files that are there when the source is started for the first time, that is without any
    /// position. Files that appear later are read from their start; so are those that appeared while it was down, unless
    /// they are compressed and hold nothing of a file that was being read.
    pub from_end: bool,
    /// Read the files that are there to their end, and look no more.
    pub once: bool,
    /// Longest line in bytes, its line end not counted.
    pub max_line: usize,
    /// What is masked in each line.
    pub redaction: Arc<Redaction>,
    /// Bytes of a chunk, about.
    pub chunk: usize,
    /// Which lines start an event; chunks then end before one, where they can.
    pub starts: Option<Starts>,
    /// The first line of each file is its own mark and no line to read.
    pub own_first_line: bool,
    /// Read what waits beside what is new; in order when not set.
    pub catch_up: Option<CatchUp>,
    /// What an earlier follower of the source held open when it stopped.
    pub held: Vec<HeldFile>,
    /// Where whoever takes the chunks may give used buffers back.
    pub buffers: Buffers,
    /// How often to look, and how long to wait.
    pub pace: Pace,
}

impl Follow {
    /// As configured; `None` if the source is not files.
    pub fn new(input: usize, source: &Source, host: Arc<str>) -> Option<Self> {
        let Input::File { include, exclude, from_end, follow } = &source.input else { return None };
        Some(Self {
            input,
            name: source.name.clone(),
            host,
            include: include.clone(),
            exclude: exclude.clone(),
            from_end: *from_end,
            once: !*follow,
            max_line: source.max_line,
            redaction: Arc::default(),
            chunk: CHUNK,
            starts: None,
            own_first_line: false,
            catch_up: None,
            held: Vec::new(),
            buffers: Buffers::default(),
            pace: Pace::default(),
        })
    }
}

/// A file that a follower holds open, under the path where it was last seen. It may be gone from there: so the next follower
/// in the same process can read it to its end all the same.
#[derive(Clone, Debug)]
pub struct HeldFile {
    path: PathBuf,
    file: Arc<File>,
}

/// How often files are looked at, and how long they are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks at an open file that was quiet: 100 ms.
    pub poll: Duration,
    /// Between two looks into the folders: 1 s, longer where looking takes more than a twentieth of that; sooner, but never
    /// more than that part of the time, when inotify tells of something new.
    pub scan: Duration,
    /// How long a line without line end is held: 5 s. After that it is handed out as it is (some programs write the line
    /// end before the next line, and a dead one never writes it); should it go on after all, the rest is a line of its own.
    pub unfinished: Duration,
    /// How long a deleted or moved file is kept open after its last growth, since its writer may not know yet: 5 s.
    pub linger: Duration,
    /// How long a file is quiet before it is closed to spare its descriptor: 60 s. From then on growth is noticed by
    /// looking into the folder, or told by inotify.
    pub park: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(100),
            scan: Duration::from_secs(1),
            unfinished: Duration::from_secs(5),
            linger: Duration::from_secs(5),
            park: Duration::from_secs(60),
        }
    }
}

impl Follow {
    /// Warns of patterns that nothing matches: a mistake in one looks like a log that is not written yet.
    pub fn tell_absent(&self) {
        for problem in find(&self.include, &self.exclude).problems {
            tracing::warn!(source = %self.name, %problem, "nothing to read there yet; it is followed as soon as there is");
        }
    }
}

/// A running follower: one thread that owns all files of one source. Dropping it stops and joins the thread.
#[derive(Debug)]
pub struct Tailer {
    stop: Arc<AtomicBool>,
    status: Arc<Mutex<SourceStatus>>,
    lost: Arc<Mutex<Vec<Hole>>>,
    thread: Option<JoinHandle<Vec<HeldFile>>>,
}

impl Tailer {
    /// Shortest and longest sleep while the queue is full: what a freed place waits to be filled.
    const FULL_QUEUE: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(32)];

    /// Starts following into `chunks`, continuing from `positions`. Chunks of one origin come in order. A chunk without
    /// bytes carries a position only (where a file entered at its end begins). A chunk whose last line has no line end
    /// is the end of its file or a line that was held for too long.
    ///
    /// Raises this process's soft limit of open files to the hard one.
    pub fn start(follow: Follow, positions: &[Position], mut chunks: impl Sink + 'static) -> Result<Self, Error> {
        raise_file_limit();
        let name = follow.name.clone();
        let pace = follow.pace;
        let status = Arc::new(Mutex::new(SourceStatus { name: name.clone(), ..SourceStatus::default() }));
        let mut watch = Watch::new(follow, positions, Arc::clone(&status))?;
        watch.bell = Bell::new();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let lost = Arc::clone(&watch.lost);
        let run = move || {
            let mut full = Self::FULL_QUEUE[0];
            while !stopped.load(Ordering::Relaxed) {
                let fresh = watch.turn(Instant::now(), &mut |chunk| chunks.offer(Lane::Fresh, chunk));
                let old = watch.catch_up(Instant::now(), &mut |chunk| chunks.offer(Lane::Backlog, chunk));
                match (fresh, old) {
                    (Turn::Closed | Turn::Done, _) | (_, Turn::Closed) => break,
                    (Turn::Busy, _) | (_, Turn::Busy) => full = Self::FULL_QUEUE[0],
                    (Turn::Full, _) | (_, Turn::Full) => {
                        std::thread::park_timeout(full);
                        full = (full * 2).min(Self::FULL_QUEUE[1]);
                    }
                    _ => std::thread::park_timeout(pace.poll),
                }
            }
            watch.held()
        };
        let thread = spawn_task(format!("tail-{name}"), run).map_err(|source| Error::Start { source_name: name, source })?;
        Ok(Self { stop, status, lost, thread: Some(thread) })
    }

    /// How it stands, as of the last look into the folders.
    pub fn status(&self) -> SourceStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was cut away or deleted before it could be read, since this was last asked.
    pub fn take_lost(&self) -> Vec<Hole> {
        std::mem::take(&mut self.lost.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Stops after the chunk in hand and waits for the thread. What was read and not handed out yet is read again from
    /// its position next time. Gives the files that were not read to their end.
    pub fn stop(mut self) -> Vec<HeldFile> {
        self.end()
    }

    fn end(&mut self) -> Vec<HeldFile> {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return Vec::new() };
        thread.thread().unpark();
        thread.join().unwrap_or_default()
    }
}

impl Drop for Tailer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Lets as many files be open as the system allows this process; the default of 1,024 is fewer than one host's logs.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // Refused where the hard limit is beyond what the kernel allows: the old limit then stays, and files above it
        // show as unreadable.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
}
