//! The nouns of Magpie and its checked configuration: what every other crate talks about.
//!
//! Nothing here reads, waits or asks for the time: no async, no IO, no clock. A type is here when two crates
//! must agree on it; how records are made, folded, judged and kept is told in `pipeline` and `store`.

pub mod access;
pub mod agent_partial;
pub mod alert;
pub mod attention;
pub mod column;
pub mod completeness;
pub mod config;
pub mod dictionary;
pub mod distinct;
pub mod edge;
pub mod field;
pub mod graph;
pub mod origin;
pub mod partial;
pub mod query;
pub mod query_line;
pub mod ranges;
pub mod record;
pub mod rollup;
pub mod run;
pub mod severity;
pub mod sketch;
pub mod tier;
pub mod time;
pub mod told;

pub use alert::{Alert, AlertState, Condition, Threshold};
pub use attention::{Attention, Signature, Silence};
pub use column::{Column, Side};
pub use dictionary::Dictionary;
pub use field::{Aggregate, Decimal, FieldSpec};
pub use partial::{FieldPartial, Partial};
pub use record::{Kind, Record, Records};
pub use rollup::{Key, PartialRow, PartialTable};
pub use severity::Severity;
pub use sketch::Sketch;
pub use time::{Bucketing, Timestamp};
pub use told::{Code, Notice, Told};

/// What cannot be named: an address no `hosts:` entry knows, a module nobody declared.
pub const UNKNOWN: &str = "(unknown)";
/// A caller that is not part of the watched system.
pub const OUTSIDE: &str = "(outside)";
/// Where values beyond a ceiling are folded (design 7).
pub const OTHER: &str = "(other)";
/// The node of a side that a monitor leaves out.
pub const ALL: &str = "(all)";
