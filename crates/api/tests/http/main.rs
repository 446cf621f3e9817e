//! The API over real sockets and the embedded store: every endpoint, every refusal, slow clients, and the end.
//!
//! `world` builds a store with a known little history and serves it; `schema` checks each response against the
//! committed OpenAPI document. What stands behind [`magpie_api::Backend`] in a process is the binary's; here it is a
//! known state of the same types.

mod access;
mod client;
mod doors;
mod ends;
mod exports;
mod hostile;
mod pages;
mod runs;
mod runs_world;
mod scenarios;
mod schema;
mod streams;
mod uploads;
mod world;
