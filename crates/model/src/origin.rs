//! Where bytes come from: what `collect` hands to `pipeline`, and how far it has been stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One incarnation of an input: a file between two rotations, or a stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Index of the configured source in `Config::sources`.
    pub input: usize,
    /// Host that wrote the lines.
    pub host: Arc<str>,
    /// Path of the file; `-` for standard input.
    pub file: Arc<str>,
    /// Tells this file from another one that had, or will have, the same path.
    pub generation: u64,
    /// When the file was last written (or the stream opened): completes times that lack a year or a date.
    pub modified: Timestamp,
}

/// Whole lines of one origin, in order.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Where the bytes come from.
    pub origin: Arc<Origin>,
    /// Offset of the first byte in the (decompressed) file.
    pub offset: u64,
    /// Lines with their line ends; the last one may lack it at the end of a file.
    pub bytes: Vec<u8>,
    /// Lines that were longer than the limit, as (start in `bytes`, bytes left out), ascending.
    pub cuts: Vec<Cut>,
    /// Number of the first line, from 1; 0 when nobody counts.
    pub first_line: u64,
    /// Offset in the (decompressed) file just after this chunk, left-out bytes included.
    pub end: u64,
}

/// A line that was longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the line starts in the chunk's bytes.
    pub at: usize,
    /// Bytes of the line that were left out.
    pub dropped: u64,
}

/// How far a file has been read into the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Name of the configured source.
    pub input: String,
    /// Path when last seen.
    pub file: String,
    /// Generation of the file.
    pub generation: u64,
    /// Bytes of its (decompressed) content that are in the store.
    pub offset: u64,
}
