//! What a followed source has to say about itself: for the API's `sources` and for `/metrics`.
//!
//! It is a copy made once per second, so that whoever asks never holds up the reading.

use serde::Serialize;

/// One source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// Name of the source.
    pub name: String,
    /// Files known to it, unreadable ones included.
    pub files: usize,
    /// Files held open.
    pub open: usize,
    /// Files that could not be read at the last try; each is tried again every second.
    pub unreadable: usize,
    /// Bytes handed out since start (decompressed; left-out parts of over-long lines included).
    pub bytes: u64,
    /// Bytes written to the files and not handed out yet; of compressed files, bytes on disk not read yet.
    pub lag_bytes: u64,
    /// The part of that which was skipped, and is read beside new lines.
    pub backlog_bytes: u64,
    /// Lines longer than the limit, since start.
    pub cut_lines: u64,
    /// Times that a file was truncated, or a part of it vanished, before it was read, since start.
    pub gaps: u64,
    /// Bytes that are known to be lost in those gaps; what was written and cut away between two looks is not known.
    pub lost_bytes: u64,
    /// Whether reading waits because the queue to the pipeline is full.
    pub waiting: bool,
    /// The last thing that went wrong, if anything has.
    pub last_error: Option<String>,
    /// Each file, by path.
    pub details: Vec<FileStatus>,
}

/// One file of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileStatus {
    /// Where it was last seen.
    pub path: String,
    /// What is done with it.
    pub state: FileState,
    /// `Origin::generation`; 0 while it is not known.
    pub generation: u64,
    /// Up to where it was handed out, in decompressed bytes.
    pub offset: u64,
    /// Bytes on disk.
    pub size: u64,
    /// As in [`SourceStatus::lag_bytes`].
    pub lag_bytes: u64,
    /// Why it cannot be read now.
    pub error: Option<String>,
}

/// What is done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Empty yet, or waiting until it is clear whether it is a copy of another file.
    New,
    /// Followed.
    Reading,
    /// No pattern finds it any more (deleted, moved away): read to its end, then closed.
    Leaving,
    /// Read to its end and closed; opened again when it changes.
    Idle,
    /// Could not be read.
    Unreadable,
}
