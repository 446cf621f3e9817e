//! Both traits on one machine: Parquet segments under a manifest, a write-ahead log, and SQLite.
