//! Follows the files of one source for as long as the process runs, so that each line comes exactly once.
//!
//! Files are looked at every 100 ms and folders every second. That works on network and overlay file systems, has no limit
//! on watches and no queue to overflow, and costs little (an `fstat` of 2,000 open files takes under a millisecond); so
//! inotify (`bell`) only calls for an earlier look into the folders. What is done with one file is told in `followed`, how a
//! file is recognised in `kinship`, and how the set of files changes in `watch`; all three take the time as an argument.
//! This module owns the thread.
//!
//! The queue to the pipeline is bounded. While it is full nothing is read: the files themselves hold what waits, and
//! folders are still looked at, so that files which are rotated away meanwhile are kept open.

mod bell;
mod followed;
mod kinship;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use magpie_model::config::{Input, Source};
use magpie_model::origin::{Chunk, Position};

use crate::Redaction;
use crate::{Error, SourceStatus};
use bell::Bell;
use watch::{Sent, Turn, Watch};

/// What to follow.
#[derive(Clone, Debug)]
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
            pace: Pace::default(),
        })
    }
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

/// A running follower: one thread that owns all files of one source. Dropping it stops and joins the thread.
#[derive(Debug)]
pub struct Tailer {
    stop: Arc<AtomicBool>,
    status: Arc<Mutex<SourceStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl Tailer {
    /// Longest sleep while the queue is full: what a freed place waits to be filled.
    const FULL_QUEUE: Duration = Duration::from_millis(2);

    /// Starts following into `chunks`, continuing from `positions`. Chunks of one origin come in order. A chunk without
    /// bytes carries a position only (where a file entered at its end begins). A chunk whose last line has no line end
    /// is the end of its file or a line that was held for too long.
    ///
    /// Raises this process's soft limit of open files to the hard one.
    pub fn start(follow: Follow, positions: &[Position], chunks: SyncSender<Chunk>) -> Result<Self, Error> {
        raise_file_limit();
        let name = follow.name.clone();
        let pace = follow.pace;
        let status = Arc::new(Mutex::new(SourceStatus { name: name.clone(), ..SourceStatus::default() }));
        let mut watch = Watch::new(follow, positions, Arc::clone(&status))?;
        watch.bell = Bell::new();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || {
            let mut send = |chunk| match chunks.try_send(chunk) {
                Ok(()) => Sent::Taken,
                Err(TrySendError::Full(chunk)) => Sent::Full(chunk),
                Err(TrySendError::Disconnected(_)) => Sent::Closed,
            };
            while !stopped.load(Ordering::Relaxed) {
                match watch.turn(Instant::now(), &mut send) {
                    Turn::Busy => {}
                    Turn::Quiet => std::thread::park_timeout(pace.poll),
                    Turn::Full => std::thread::park_timeout(Self::FULL_QUEUE),
                    Turn::Closed | Turn::Done => break,
                }
            }
        };
        let thread = Builder::new().name(format!("tail-{name}")).spawn(run).map_err(|source| Error::Start { source_name: name, source })?;
        Ok(Self { stop, status, thread: Some(thread) })
    }

    /// How it stands, as of the last look into the folders.
    pub fn status(&self) -> SourceStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops after the chunk in hand and waits for the thread. What was read and not handed out yet is read again from
    /// its position next time.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
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
