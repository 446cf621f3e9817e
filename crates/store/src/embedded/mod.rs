//! Both traits on one machine: Parquet segments under a manifest, a write-ahead log, and SQLite.
//!
//! From the outside in: `store` implements [`TelemetryStore`](crate::TelemetryStore) over `open` (in memory) and `live`
//! (sealed) content; `seal`, `compact` and `recover` change what exists, always through `manifest`, where `positions` say how
//! far files are read; what that may have lost is kept `aside`; `answers` and `rollup_answers` read it, by `matcher`, `text` and `fold`; `segment`, `rollups`, `counts`
//! and `wal` know the files' forms (with `gather`, `sums`, and `chunk` over `coded`, `values`, `pages` and `bits`), `disk` the
//! file system. `sqlite` and `runs` keep state in a `database` each. Why Parquet and no database of its own is in design 9.

mod adhoc;
mod answers;
mod around;
mod aside;
#[cfg(test)]
mod aside_tests;
mod attention;
mod bits;
mod chunk;
mod coded;
mod columns;
mod compact;
mod counts;
mod database;
pub mod disk;
pub mod doctor;
#[cfg(test)]
mod failure_tests;
mod fold;
#[cfg(test)]
mod forgetful;
mod gather;
mod live;
mod lock;
mod manifest;
mod matcher;
mod open;
mod pages;
mod part;
mod positions;
mod recover;
mod refold;
#[cfg(test)]
mod refold_tests;
mod rollup_answers;
mod rollups;
mod row_tests;
mod runs;
mod seal;
mod segment;
mod sqlite;
mod store;
mod sums;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod wal;
mod words;

pub use runs::{SqliteRuns, TriggerSpool};
pub use sqlite::SqliteState;
pub use store::{EmbeddedTelemetry, Options};
