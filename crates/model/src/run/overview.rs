//! Figures over runs: how many, how they ended, how long they took.

use serde::{Deserialize, Serialize};

use super::{Run, RunKind};
use crate::Timestamp;

/// Figures over some runs. `succeeded + failed + cancelled` are those that have ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Triggered.
    pub runs: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Ended badly, or by their timeout.
    pub failed: u64,
    /// Ended by a person.
    pub cancelled: u64,
    /// Not ended.
    pub active: u64,
    /// Succeeded with the first attempt.
    pub first_try: u64,
    /// Succeeded after at least one retry.
    pub retried: u64,
    /// Retries that the policy made.
    pub retries: u64,
    /// In the failure inbox.
    pub open: u64,
    /// Average time of those that succeeded, in ms.
    pub avg_ms: Option<f64>,
    /// Time that 95 % of those that succeeded took at most, in ms.
    pub p95_ms: Option<f64>,
}

/// Figures of one day of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Start of the day.
    pub day: Timestamp,
    /// Ended well.
    pub succeeded: u64,
    /// Ended badly.
    pub failed: u64,
    /// Cancelled or not ended.
    pub other: u64,
}

/// Figures of one flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowTally {
    /// The flow.
    pub flow: String,
    /// Its application; empty for none.
    pub application: String,
    /// Whether Magpie runs it or watches it.
    pub kind: RunKind,
    /// The figures.
    #[serde(flatten)]
    pub tally: Tally,
    /// Its newest run, whatever the range.
    pub last: Option<Run>,
    /// Its last seven days, whatever the range.
    pub days: Vec<Day>,
    /// How long 95 % of its past successes took at most, in ms.
    pub usual_ms: Option<f64>,
}

/// One bar of the trend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrendBar {
    /// Start of the bar.
    pub bucket: Timestamp,
    /// Ended well.
    pub succeeded: u64,
    /// Of those that ended well, with their first attempt.
    pub first_try: u64,
    /// Ended badly.
    pub failed: u64,
    /// Cancelled or not ended.
    pub other: u64,
    /// Average time of those that succeeded, in ms.
    pub avg_ms: Option<f64>,
}

/// Runs of the failure inbox that failed alike: of the same flow, in the same step, with the same kind of error and status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// The one that failed last; what it failed with stands for all.
    pub newest: Run,
    /// How many there are.
    pub count: u64,
    /// When the first of them failed.
    pub first: Timestamp,
    /// When the last of them failed.
    pub last: Timestamp,
    /// When the oldest of them was triggered, by which lists go.
    pub since: Timestamp,
}

/// The failure inbox.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failures {
    /// What failed last stands first; no more than were asked for.
    pub groups: Vec<FailureGroup>,
    /// How many groups there are.
    pub total: u64,
    /// How many runs there are in all groups.
    pub runs: u64,
}

/// The overview of runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// All together.
    pub total: Tally,
    /// Each flow, by id.
    pub flows: Vec<FlowTally>,
    /// Over the range.
    pub trend: Vec<TrendBar>,
    /// What runs or waits now, oldest first, at most 50, whatever the range.
    pub running: Vec<Run>,
    /// How many run or wait now.
    pub running_total: u64,
    /// When the oldest of them was triggered.
    pub running_since: Option<Timestamp>,
    /// The failure inbox, whatever the range: at most 50 groups, what failed last first.
    pub open: Vec<FailureGroup>,
    /// How many groups there are in the failure inbox.
    pub open_groups: u64,
    /// How many stand in the failure inbox.
    pub open_total: u64,
    /// When the oldest of them was triggered.
    pub open_since: Option<Timestamp>,
    /// Applications of all flows.
    pub applications: Vec<String>,
    /// The application of the newest run.
    pub newest_application: Option<String>,
}
