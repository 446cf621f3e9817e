//! Where records, rollups, positions and alerts are kept, behind two traits that know no HTTP and no parser.
//!
//! [`TelemetryStore`] keeps what the watched system said: much, append-only, read by time. [`StateStore`] keeps what
//! Magpie concluded: little, transactional, read by key. `embedded` implements both on one machine; the same traits
//! over ClickHouse and PostgreSQL are a later step (design 10), and how records are made or judged is `pipeline`'s.

pub mod embedded;
mod error;
pub mod state;
#[cfg(test)]
mod suite;
pub mod telemetry;

pub use error::{Error, Result};
pub use state::{AlertQuery, Document, JudgeState, Judged, StateStore};
pub use telemetry::{
    Append, BASE, Compacted, Declared, Expired, LogEntry, LogPosition, SealReason, SegmentInfo, StoreStats, TelemetryStore, Unfolded,
};
