//! Reads what is there now, once, as fast as the system gives it: for `report`, `parse` and piped input.
//!
//! A file is a sequence of chunks of about 256 KiB that many operators can take in turns; with [`ReadOnce::starts`] no event
//! is split between two of them. Whoever takes a chunk reads it, so it sets the pace, and memory is what is in its hands plus
//! one chunk. Following files is told by `follow`.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use magpie_model::Timestamp;
use magpie_model::origin::{Chunk, Origin};

use crate::Redaction;
use crate::content::{Content, open, read_up_to};
use crate::cutter::{Buffers, CHUNK, Cutter, Piece, StartsEvent};
use crate::find::{STDIN, file_id};
use crate::generation::{Generation, HEAD, Head};
use crate::{Error, host_name};

/// Tells whether a line (without its line end) starts an event.
pub type Starts = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// How to read.
#[derive(Clone)]
pub struct ReadOnce {
    /// Index of the source, for `Origin::input`.
    pub input: usize,
    /// Host of the lines, for `Origin::host`.
    pub host: Arc<str>,
    /// Longest line in bytes, its line end not counted; at least 16.
    pub max_line: usize,
    /// Whether to fill in `Chunk::first_line`.
    pub count_lines: bool,
    /// Where set, chunks end only before a line that starts an event (searched within 256 KiB from the chunk's end).
    pub starts: Option<Starts>,
    /// Hand out lines as soon as they arrive instead of waiting for a full chunk: for a pipe that is written slowly.
    /// Chunks then end at any line.
    pub prompt: bool,
    /// What is masked in each line.
    pub redaction: Arc<Redaction>,
    /// Set by anyone to end reading; noticed within 100 ms, also while a stream is silent.
    pub stop: Arc<AtomicBool>,
    /// Where the sink may give used buffers back.
    pub buffers: Buffers,
}

impl Default for ReadOnce {
    fn default() -> Self {
        Self {
            input: 0,
            host: host_name().into(),
            max_line: 1 << 20,
            count_lines: false,
            starts: None,
            prompt: false,
            redaction: Arc::default(),
            stop: Arc::default(),
            buffers: Buffers::default(),
        }
    }
}

/// What came of one file.
#[derive(Debug)]
pub struct FileSummary {
    /// As given.
    pub path: PathBuf,
    /// Bytes of its (decompressed) content that were handed out or left out of over-long lines.
    pub bytes: u64,
    /// Lines longer than the limit.
    pub cut_lines: u64,
    /// Why it was not read to its end.
    pub error: Option<Error>,
}

impl FileSummary {
    /// Of a file that could not be opened.
    pub fn unopened(path: &Path, error: Error) -> Self {
        Self { path: path.to_owned(), bytes: 0, cut_lines: 0, error: Some(error) }
    }
}

/// Reads one file, FIFO or (`-`) standard input to its end, until `sink` breaks or `options.stop` is set.
pub fn read_file(path: &Path, options: &ReadOnce, sink: &mut dyn FnMut(Chunk) -> ControlFlow<()>) -> FileSummary {
    match Reading::open(path, options.clone()) {
        Ok(mut reading) => {
            let _ = reading.try_for_each(sink);
            reading.summary()
        }
        Err(error) => FileSummary::unopened(path, error),
    }
}

/// One file, FIFO or (`-`) standard input on its way: its chunks up to the end, an error or a stop. What was read before an
/// error is handed out.
pub struct Reading {
    path: PathBuf,
    options: ReadOnce,
    content: Content,
    cutter: Cutter,
    origin: Arc<Origin>,
    /// Bytes to have in hand before they are cut.
    want: usize,
    next_line: u64,
    cut_lines: u64,
    ended: bool,
    error: Option<io::Error>,
}

impl Reading {
    /// Opens `path`.
    pub fn open(path: &Path, options: ReadOnce) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let (content, generation, modified) = match stream(path, &options).map_err(failed)? {
            Some(stream) => {
                let now = timestamp(SystemTime::now());
                (Content::of_stream(stream).map_err(failed)?, Generation::of_stream(now.0), now)
            }
            None => {
                let file = open(path)?;
                let metadata = file.metadata().map_err(failed)?;
                let (head, _) = read_up_to(&mut Content::of_file(&file).map_err(failed)?.reader, HEAD);
                let generation = Generation::new(file_id(&metadata), &Head::of(&head), |_| false);
                let modified = metadata.modified().map_or(Timestamp::EPOCH, timestamp);
                (Content::of_file(&file).map_err(failed)?, generation, modified)
            }
        };
        let origin = Origin::new(options.input, Arc::clone(&options.host), path.to_string_lossy().into(), generation.0, modified);
        Ok(Self {
            path: path.to_owned(),
            cutter: Cutter::new(content.start, options.max_line),
            options,
            content,
            origin: Arc::new(origin),
            want: CHUNK,
            next_line: 1,
            cut_lines: 0,
            ended: false,
            error: None,
        })
    }

    /// Where its chunks come from.
    pub fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// Bytes taken from disk so far (compressed ones, where the file is).
    pub fn taken(&self) -> u64 {
        self.content.taken.load(Ordering::Relaxed)
    }

    /// What came of it.
    pub fn summary(self) -> FileSummary {
        let Self { path, cutter, cut_lines, error, .. } = self;
        let error = error.map(|source| Error::Read { path: path.clone(), offset: cutter.read_offset(), source });
        FileSummary { path, bytes: cutter.handed_out(), cut_lines, error }
    }

    /// Reads until enough bytes are in hand, once only when prompt; false at the end.
    fn gather(&mut self) -> io::Result<bool> {
        while self.cutter.held() < self.want {
            if self.cutter.fill(&mut self.content.reader, self.want - self.cutter.held())? == 0 {
                return Ok(false);
            }
            if self.options.prompt || self.options.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(true)
    }

    /// Whole lines, if there are any in hand now.
    fn cut(&mut self) -> Option<Piece> {
        let starts = self.options.starts.as_deref().filter(|_| !self.options.prompt && !self.ended);
        let piece = self.cutter.piece(starts.map(|starts| starts as StartsEvent<'_>), Some(&self.options.buffers));
        // Where not even one line ended, the line goes on: read as much again.
        self.want = if piece.is_some() { CHUNK } else { self.cutter.held() + CHUNK };
        piece
    }

    fn chunk(&mut self, piece: Piece) -> Chunk {
        self.cut_lines += piece.cuts.len() as u64;
        let first_line = if self.options.count_lines { self.next_line } else { 0 };
        if self.options.count_lines {
            self.next_line += memchr::memchr_iter(b'\n', &piece.bytes).count() as u64;
        }
        let Piece { mut bytes, cuts, offset, end } = piece;
        self.options.redaction.mask(&mut bytes);
        Chunk { origin: Arc::clone(&self.origin), offset, bytes, cuts, first_line, end, events: Vec::new(), entries: Vec::new() }
    }
}

impl Iterator for Reading {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        while !self.ended {
            if self.options.stop.load(Ordering::Relaxed) {
                return None;
            }
            let outcome = self.gather();
            self.ended = !matches!(outcome, Ok(true));
            self.error = outcome.err();
            if let Some(piece) = self.cut() {
                return Some(self.chunk(piece));
            }
        }
        self.cutter.rest().map(|rest| self.chunk(rest))
    }
}

/// The stream behind `path`, if it is one.
fn stream(path: &Path, options: &ReadOnce) -> io::Result<Option<Waiting>> {
    let file = if path.as_os_str() == STDIN {
        File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else if std::fs::metadata(path)?.is_file() || path.is_dir() {
        return Ok(None);
    } else {
        File::open(path)?
    };
    Ok(Some(Waiting { file, stop: Arc::clone(&options.stop) }))
}

/// A stream whose reader can be told to stop while nothing comes.
struct Waiting {
    file: File,
    stop: Arc<AtomicBool>,
}

impl Read for Waiting {
    /// The end of the stream also when told to stop.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        while !self.stop.load(Ordering::Relaxed) {
            let mut wanted = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut wanted, Some(&PATIENCE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => match self.file.read(into) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return outcome,
                },
                Err(error) => return Err(error.into()),
            }
        }
        Ok(0)
    }
}

/// Nanoseconds since the epoch, as the file system or the clock says.
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    let nanos = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => Timestamp(nanos(after)),
        Err(before) => Timestamp(-nanos(before.duration())),
    }
}
