//! Due times of schedules, each with what became of it.

use serde::{Deserialize, Serialize};

use super::{Run, Status};
use crate::Timestamp;

/// Reason of a due time that passed because nobody told of a run: what comes after all still takes it.
pub const ABSENT: &str = "absent";

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
    /// Its run failed, and is tried again: by itself, or because a person said so.
    Retrying,
    /// Its run failed for good.
    Failed,
    /// A person ended its run.
    Cancelled,
}

impl DueOutcome {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Ran,
        Self::Late,
        Self::Skipped,
        Self::Missed,
        Self::Paused,
        Self::Due,
        Self::Running,
        Self::Retrying,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name in API and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Late => "late",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
            Self::Paused => "paused",
            Self::Due => "due",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// What a decision looks like, given where its run stands now and which attempt that is.
    pub fn of(decision: DueDecision, run: Option<(Status, u32)>) -> Self {
        match (decision, run) {
            (DueDecision::Skipped, _) => Self::Skipped,
            (DueDecision::Missed, _) => Self::Missed,
            (DueDecision::Paused, _) => Self::Paused,
            // What was tried before and waits or runs again has failed before.
            (_, Some((Status::Retrying, _) | (Status::Queued, 1..) | (Status::Running | Status::Waiting, 2..))) => Self::Retrying,
            (_, Some((Status::Queued | Status::Running | Status::Waiting, _))) => Self::Running,
            (_, Some((Status::Failed | Status::TimedOut, _))) => Self::Failed,
            (_, Some((Status::Cancelled, _))) => Self::Cancelled,
            (DueDecision::Run, Some((Status::Succeeded, _)) | None) => Self::Ran,
            (DueDecision::Late, Some((Status::Succeeded, _)) | None) => Self::Late,
        }
    }
}

/// How many due times of a flow, or runs that no due time made, began within a step of time and stand alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueTally {
    /// The flow.
    pub flow: String,
    /// Start of the step.
    pub at: Timestamp,
    /// What is counted.
    pub what: Counted,
    /// How many.
    pub count: u64,
}

/// What a [`DueTally`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Due times of which this became.
    Due(DueOutcome),
    /// Runs that no due time made, and that stand like this.
    Run(Status),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_due_time_follows_its_run() {
        for (decision, run, expected) in [
            (DueDecision::Run, Some((Status::Queued, 0)), "running"),
            (DueDecision::Run, Some((Status::Running, 1)), "running"),
            (DueDecision::Run, Some((Status::Retrying, 1)), "retrying"),
            (DueDecision::Run, Some((Status::Running, 2)), "retrying"),
            (DueDecision::Run, Some((Status::Failed, 3)), "failed"),
            // A person has retried it, and it waits for its turn.
            (DueDecision::Run, Some((Status::Queued, 3)), "retrying"),
            (DueDecision::Run, Some((Status::Succeeded, 4)), "ran"),
            (DueDecision::Late, Some((Status::Succeeded, 1)), "late"),
            (DueDecision::Late, Some((Status::TimedOut, 1)), "failed"),
            (DueDecision::Run, Some((Status::Cancelled, 1)), "cancelled"),
            (DueDecision::Missed, None, "missed"),
            (DueDecision::Skipped, None, "skipped"),
            (DueDecision::Paused, None, "paused"),
            // Its run is older than the retention.
            (DueDecision::Run, None, "ran"),
        ] {
            let outcome = DueOutcome::of(decision, run);
            assert_eq!(outcome.name(), expected, "{decision:?} {run:?}");
            assert_eq!(DueOutcome::from_name(expected), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), expected);
        }
    }
}
