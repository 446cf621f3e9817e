//! Bytes in: files, standard input and the network become whole lines, each knowing where it came from and where it ends.
//!
//! Three ways lead in, because they owe different things: [`Reading`] and [`read_file`] read what is there as fast as
//! `read(2)` gives it, [`Tailer`] follows files through rotation, truncation and restarts so that each line comes
//! exactly once, and [`receive`] takes what others send and acknowledges what is on disk. What a line means, which lines make
//! one event and when a position is durable is the business of those who take the lines.

pub mod agent;
mod content;
mod cutter;
mod error;
mod find;
mod follow;
mod generation;
mod once;
pub mod receive;
mod redact;
mod status;
mod task;
mod utf16;

pub use content::{PEEK, peek};
pub use cutter::{Buffers, CHUNK};
pub use error::Error;
pub use find::{Found, find};
pub use follow::{CatchUp, Follow, HeldFile, Hole, Jump, Lane, Offered, Pace, Sink, Tailer};
pub use generation::Generation;
pub use once::{FileSummary, ReadOnce, Reading, Starts, read_file};
pub use redact::Redaction;
pub use status::{FileState, FileStatus, SourceStatus};
pub use task::spawn_task;

/// The name this machine gives itself: the host of lines that do not name one.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
