//! Where records, rollups, positions, alerts and runs are kept, behind three traits that know no HTTP and no parser.
//!
//! [`TelemetryStore`] keeps what the watched system said: much, append-only, read by time. [`StateStore`] keeps what
//! Magpie concluded: little, transactional, read by key. [`RunStore`] keeps flows, their runs and the queue of runs: also
//! transactional, and written all the time. `embedded` implements them on one machine; the same traits
//! over ClickHouse and PostgreSQL are a later step (design 10), and how records are made or judged is `pipeline`'s.

pub mod embedded;
mod error;
pub mod runs;
pub mod state;
#[cfg(test)]
mod suite;
pub mod telemetry;

pub use error::{Error, Result};
pub use runs::RunStore;
pub use state::{AlertQuery, Document, JudgeState, Judged, StateStore};
pub use telemetry::{
    Append, BASE, Compacted, Declared, Expired, LogEntry, LogPosition, SealReason, SegmentInfo, StoreStats, TelemetryStore, Unfolded,
};
