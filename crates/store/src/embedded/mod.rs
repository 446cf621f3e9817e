//! Both traits on one machine: Parquet segments under a manifest, a write-ahead log, and SQLite.

pub mod columns;
pub mod disk;
pub mod lock;
pub mod manifest;
pub mod matcher;
pub mod part;
pub mod rollups;
pub mod segment;
pub mod text;
pub mod wal;
pub mod words;
