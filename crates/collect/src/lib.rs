//! Bytes in: files and standard input become chunks of whole lines, each knowing where it came from and where it ends.
//!
//! Two ways lead in, because they owe different things: [`read_file`] and [`read_once`] read what is there as fast as
//! `read(2)` gives it, and [`Tailer`] follows files through rotation, truncation and restarts so that each line comes
//! exactly once. What a line means, which lines make one event and when a position is durable is the business of those
//! who take the chunks; inputs over the network are to enter beside these two as modules of their own.

mod content;
mod cutter;
mod error;
mod find;
mod follow;
mod generation;
mod once;
mod status;
mod utf16;

pub use content::{PEEK, peek};
pub use cutter::{Buffers, CHUNK};
pub use error::Error;
pub use find::{Found, find};
pub use follow::{Follow, Pace, Tailer};
pub use generation::Generation;
pub use once::{FileSummary, Progress, ReadOnce, Starts, read_file, read_once};
pub use status::{FileState, FileStatus, SourceStatus};

/// The name this machine gives itself: the host of lines that do not name one.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
