//! Due times of schedules, each with what became of it.

use serde::{Deserialize, Serialize};

use super::Run;
use crate::Timestamp;

/// What was decided about a due time, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueDecision {
    /// A run was made in time.
    Run,
    /// A run was made although the time had passed.
    Late,
    /// Left out.
    Skipped,
    /// Passed while nothing could run.
    Missed,
    /// Passed while the schedule was paused.
    Paused,
}

impl DueDecision {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Late => "late",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
            Self::Paused => "paused",
        }
    }

    /// The decision of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Run, Self::Late, Self::Skipped, Self::Missed, Self::Paused].into_iter().find(|decision| decision.name() == name)
    }
}

/// What became of a due time, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueOutcome {
    /// Its run succeeded.
    Ran,
    /// Its run was started late, and succeeded.
    Late,
    /// It was left out.
    Skipped,
    /// It passed while nothing could run.
    Missed,
    /// It passed while the schedule was paused.
    Paused,
    /// It has not come yet.
    Due,
    /// Its run has not ended.
    Running,
    /// Its run failed or was cancelled.
    Failed,
}

/// What a change of the clock did to a due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DueShift {
    /// The local time does not exist; it runs at the end of the gap.
    #[serde(rename = "dst forward")]
    Forward,
    /// The local time exists twice; it runs at the first.
    #[serde(rename = "dst back")]
    Back,
}

impl DueShift {
    /// Its name in API and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "dst forward",
            Self::Back => "dst back",
        }
    }

    /// The shift of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Forward, Self::Back].into_iter().find(|shift| shift.name() == name)
    }
}

/// A due time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DueRow {
    /// The flow.
    pub flow: String,
    /// When it is or was due.
    pub due: Timestamp,
    /// What became of it.
    pub outcome: DueOutcome,
    /// Why: `overlap`, `down`, `paused`, `dst`, `age`, `policy`.
    pub reason: Option<String>,
    /// Its run.
    pub run: Option<Run>,
    /// What a change of the clock did to it.
    pub shift: Option<DueShift>,
}

impl DueRow {
    /// What a stored decision looks like, given where its run stands now.
    pub fn outcome_of(decision: DueDecision, run: Option<&Run>) -> DueOutcome {
        use super::Status::{Cancelled, Failed, Queued, Retrying, Running, Succeeded, TimedOut, Waiting};
        match (decision, run.map(|run| run.status)) {
            (DueDecision::Skipped, _) => DueOutcome::Skipped,
            (DueDecision::Missed, _) => DueOutcome::Missed,
            (DueDecision::Paused, _) => DueOutcome::Paused,
            (_, Some(Queued | Running | Waiting | Retrying)) => DueOutcome::Running,
            (_, Some(Failed | TimedOut | Cancelled)) => DueOutcome::Failed,
            (DueDecision::Run, Some(Succeeded) | None) => DueOutcome::Ran,
            (DueDecision::Late, Some(Succeeded) | None) => DueOutcome::Late,
        }
    }
}
