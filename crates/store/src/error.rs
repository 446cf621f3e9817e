//! What can go wrong in the store, and where.

use std::io;
use std::path::{Path, PathBuf};

/// Result of a store operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An operation of the store failed. Nothing that was acknowledged before is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("could not {doing} `{}`", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process works in the data directory.
    #[error("data directory `{}` is in use by {}; stop that process or choose another `data_dir`", path.display(), owner(*pid))]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// Process id of the owner, if it could be read.
        pid: Option<u32>,
    },
    /// A file was written by a newer Magpie.
    #[error("`{}` has format version {found}, this Magpie knows up to {known}: use the newer Magpie, or another `data_dir`", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known.
        known: u32,
    },
    /// A file is not what was written.
    #[error("`{}` is damaged: {what}; `magpie doctor --repair` keeps what is readable", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// A Parquet file could not be read or written.
    #[error("could not {doing} `{}`", path.display())]
    Parquet {
        /// What was attempted.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: parquet::errors::ParquetError,
    },
    /// The state database refused.
    #[error("could not {doing} in the state database")]
    Sqlite {
        /// What was attempted.
        doing: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
    /// The key of what is encrypted cannot be used.
    #[error("the key `{}` cannot be used: {why}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// Why not, and what to do.
        why: String,
    },
    /// As many triggers wait for the state database as may.
    #[error("{count} triggers with {bytes} bytes wait for the state database already")]
    Waiting {
        /// How many.
        count: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// A run is leased by another executor by now.
    #[error("another executor has taken the run over")]
    NotHeld,
    /// A question that has no answer, such as a rollup of a column its monitor does not have.
    #[error("{0}")]
    Query(String),
    /// The store was closed, or its writer ended after an earlier error.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// For `map_err` on Parquet operations.
    pub(crate) fn parquet(doing: &'static str, path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        move |source| Self::Parquet { doing, path: path.to_owned(), source }
    }

    /// For `map_err` on database operations.
    pub(crate) fn sqlite(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, source }
    }

    /// Runs a reader that may panic on a damaged file, and makes an error of that.
    ///
    /// The Parquet reader computes with numbers it finds in a file; with overflow checks a flipped bit then panics. Only
    /// reads go through here, which leave nothing half-changed behind.
    pub(crate) fn guarding<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err(Self::damaged(path, "its content does not fit its metadata")))
    }

    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }

    /// Whether the disk is full: the caller may make room and try again.
    pub fn is_full(&self) -> bool {
        let io = match self {
            Self::Io { source, .. } => Some(source),
            Self::Parquet { source: parquet::errors::ParquetError::External(source), .. } => source.downcast_ref(),
            _ => None,
        };
        io.is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::StorageFull)
    }
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
