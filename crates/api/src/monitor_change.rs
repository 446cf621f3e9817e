//! Monitors made over the API: what is asked of the process, and why it may refuse (design 13).
//!
//! Monitors of the file are read-only here. Those made over the API live as versions of documents of the kind
//! [`MONITOR`] in the state store; the process that has the configuration decides whether a change fits, stores it and
//! brings it into force.

use std::collections::BTreeMap;

use magpie_model::config::monitor_document::DocumentProblem;
use magpie_model::query::TimeRange;
use magpie_model::{Aggregate, Condition, Signature, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// The kind of documents that hold monitors.
pub const MONITOR: &str = "monitor";

/// A change of one monitor.
#[derive(Clone, Debug)]
pub struct MonitorChange {
    /// Name of the monitor.
    pub name: String,
    /// What it shall be, as it would stand in the configuration file; `None` deletes it.
    pub document: Option<Value>,
    /// The version that was changed, 0 for "does not exist yet"; refused when another change came first.
    pub expected: Option<u64>,
    /// Who, when and why.
    pub signature: Signature,
}

/// Why a change of a monitor is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MonitorRefusal {
    /// There is no such monitor.
    #[error("there is no monitor `{0}`")]
    Unknown(String),
    /// It is one of the file.
    #[error("monitor `{0}` is in the configuration file")]
    OfFile(String),
    /// It exists already.
    #[error("there is a monitor `{0}` already")]
    Exists(String),
    /// Somebody else changed it first.
    #[error("monitor `{0}` was changed by somebody else meanwhile")]
    Changed(String),
    /// There are too many.
    #[error("there are {0} monitors already that were made over the API")]
    TooMany(usize),
    /// The document is not a monitor.
    #[error("the monitor cannot be used as it is: {}", .0.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<DocumentProblem>),
    /// It could not be stored or brought into force; nothing is changed.
    #[error("{0}")]
    Failed(String),
}

/// Where back-filling a monitor from stored records stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BackfillState {
    /// Rows are being made.
    Running,
    /// All are made.
    Done,
    /// It could not go on, and will try again.
    Failed,
}

/// How far back-filling a monitor is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackfillReport {
    /// Where it stands.
    pub state: BackfillState,
    /// Time of the oldest record whose row is made.
    pub from: Timestamp,
    /// Time just after the newest.
    pub to: Timestamp,
    /// Records done.
    pub done: u64,
    /// Records in all.
    pub total: u64,
    /// Why it could not go on.
    pub error: Option<String>,
}

/// A monitor to try on the stored past.
#[derive(Clone, Debug)]
pub struct PreviewRequest {
    /// The monitor, as it would stand in the configuration file.
    pub document: Value,
    /// The past to try it on.
    pub range: TimeRange,
}

/// What a monitor's thresholds would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// Start of the first judged bucket.
    pub from: Timestamp,
    /// End of the last judged bucket.
    pub to: Timestamp,
    /// Number of judged buckets.
    pub buckets: u64,
    /// Share of lines behind the numbers, 0 to 1.
    pub complete: f64,
    /// Different combinations of the monitor's columns.
    pub combinations: u64,
    /// Records that the monitor took.
    pub records: u64,
    /// Each threshold, in the order of the monitor.
    pub thresholds: Vec<ThresholdPreview>,
    /// Whether less than what was asked for could be judged in time.
    pub truncated: bool,
    /// Whether records had to be folded again, because no stored rows tell what is judged.
    pub folded: bool,
}

/// What one threshold would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdPreview {
    /// As labels show it.
    pub title: String,
    /// The field, or `records`.
    pub field: String,
    /// The aggregation judged.
    pub aggregate: Option<Aggregate>,
    /// When it is exceeded.
    pub condition: Condition,
    /// How many alerts would have fired.
    pub fired: u64,
    /// How many of them had ended less than ten buckets before on the same combination.
    pub flaps: u64,
    /// The newest of those that fired.
    pub episodes: Vec<EpisodePreview>,
    /// Whether there are more.
    pub truncated: bool,
}

/// An alert that would have fired.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpisodePreview {
    /// Values of the combination.
    pub dimensions: BTreeMap<String, String>,
    /// Start of the first bucket in which the threshold was exceeded.
    pub since: Timestamp,
    /// When it would have begun to fire.
    pub fired: Timestamp,
    /// When it would have ended; `None` when it would fire still.
    pub resolved: Option<Timestamp>,
    /// The value furthest on the wrong side; `None` where there is none.
    pub peak: Option<f64>,
}
