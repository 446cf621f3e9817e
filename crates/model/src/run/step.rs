//! The steps of a run, keyed by pointer, iteration and attempt.

use serde::{Deserialize, Serialize};

use super::{FaultNote, Shown};
use crate::Timestamp;

/// How a step ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// It began, and nothing is known of its end.
    Running,
    /// It has an output.
    Succeeded,
    /// Its condition did not hold.
    Skipped,
    /// It raised an error.
    Failed,
    /// The attempt ended before it.
    Unreached,
}

impl StepStatus {
    /// Its name in API and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Unreached => "unreached",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Skipped, Self::Failed, Self::Unreached].into_iter().find(|status| status.name() == name)
    }
}

/// One execution of a step, as a timeline shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// JSON pointer of the task.
    pub pointer: String,
    /// Counters of the loops around it; empty outside of all.
    pub iteration: String,
    /// Attempt of the run.
    pub attempt: u32,
    /// Name of the task.
    pub name: String,
    /// Keyword of the task: `call`, `set` ...
    pub kind: String,
    /// How many steps it is in.
    pub depth: u32,
    /// Pointer of the step it is in.
    pub parent: Option<String>,
    /// How it ended.
    pub status: StepStatus,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How long it took, in ms.
    pub duration_ms: Option<f64>,
    /// What it did, such as `GET /orders`.
    pub operation: Option<String>,
    /// Host and port that it called.
    pub target: Option<String>,
    /// Module of that host, where it is known.
    pub target_module: Option<String>,
    /// The error it raised.
    pub fault: Option<FaultNote>,
}

/// What a step took and gave, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepData {
    /// Its input.
    pub input: Shown,
    /// Its output; null unless it succeeded.
    pub output: Shown,
    /// Its error; null unless it failed.
    pub error: serde_json::Value,
    /// The context after it, when it exported.
    pub context: Shown,
}
