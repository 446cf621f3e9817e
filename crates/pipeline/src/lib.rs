//! The pure centre: raw lines → records → partials → alerts.
//!
//! Bytes come in as chunks and time comes in as an argument; nothing here reads a file, waits, or asks for the time, so
//! every rule is a table in a test. Reading is `collect`'s, keeping is `store`'s, wiring is the binary's.

pub mod aggregate;
pub mod judge;
pub mod normalise;
