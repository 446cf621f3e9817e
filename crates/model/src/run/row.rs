//! One run: its row in lists, and what its own page shows beyond that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{JobId, Status, Trigger};
use crate::Timestamp;

/// Whether Magpie runs it, or watches it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// A flow that Magpie runs.
    #[default]
    Flow,
    /// A command that somebody else runs, told by `magpie exec`.
    Job,
}

impl RunKind {
    /// `flow` or `job`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Job => "job",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Flow, Self::Job].into_iter().find(|kind| kind.name() == name)
    }
}

/// A run as lists show it. Durations are in ms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id; also its trace id, without the dashes.
    pub job_id: JobId,
    /// Id of the flow.
    pub flow: String,
    /// Application of the flow; empty for none.
    pub application: String,
    /// Region of the flow; empty for none.
    pub region: String,
    /// `document.version` of the flow that runs; empty for a watched job.
    pub version: String,
    /// Which save of the flow's document runs; 0 for a watched job.
    pub revision: u64,
    /// Whether Magpie runs it or watches it.
    pub kind: RunKind,
    /// Where it stands.
    pub status: Status,
    /// The attempt that runs or ran last; 0 before the first.
    pub attempt: u32,
    /// What made it.
    pub trigger: Trigger,
    /// When it was triggered.
    pub queued: Timestamp,
    /// When its first attempt started.
    pub started: Option<Timestamp>,
    /// When it ended for good.
    pub ended: Option<Timestamp>,
    /// How long it had ended before people retried it: nobody worked on it then.
    #[serde(default)]
    pub idle_ms: f64,
    /// From the start of the first attempt to the end, without `idle_ms`.
    pub duration_ms: Option<f64>,
    /// When the next attempt is due.
    pub next_try: Option<Timestamp>,
    /// The step that runs, or that the last attempt ended in.
    pub step: Option<StepName>,
    /// What the last attempt failed with.
    pub fault: Option<FaultNote>,
    /// Whether it succeeded with its first attempt.
    pub first_try: bool,
    /// Attempts that were made by themselves after a failure.
    pub retries: u32,
    /// Whether a person retried it.
    pub by_hand: bool,
    /// Whether it stands in the failure inbox.
    pub open: bool,
    /// Why a person gave it up.
    pub waived: Option<Waiver>,
    /// An interrupted step that only a person may repeat.
    pub doubtful: Option<Doubt>,
    /// Whether it started later than its flow's grace time after its due time.
    pub late: bool,
    /// How long 95 % of the flow's past successes took at most.
    pub usual_ms: Option<f64>,
}

impl Run {
    /// One that was just triggered and that nothing has happened to: of no application, region, version or save.
    pub fn triggered(job_id: JobId, flow: &str, kind: RunKind, trigger: Trigger, queued: Timestamp) -> Self {
        Self {
            job_id,
            flow: flow.to_owned(),
            application: String::new(),
            region: String::new(),
            version: String::new(),
            revision: 0,
            kind,
            status: Status::Queued,
            attempt: 0,
            trigger,
            queued,
            started: None,
            ended: None,
            idle_ms: 0.0,
            duration_ms: None,
            next_try: None,
            step: None,
            fault: None,
            first_try: false,
            retries: 0,
            by_hand: false,
            open: false,
            waived: None,
            doubtful: None,
            late: false,
            usual_ms: None,
        }
    }
}

/// A step by pointer and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepName {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its name.
    pub name: String,
}

/// An error as it is shown: problem details, with the step that raised it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultNote {
    /// URI of the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short summary.
    pub title: Option<String>,
    /// What happened this time.
    pub detail: Option<String>,
    /// Status code.
    pub status: i64,
    /// Pointer of the step that raised it.
    pub pointer: String,
}

impl FaultNote {
    /// What happened, as far as the error says it: an error that a flow raises may have no more than its type.
    pub fn says(&self) -> &str {
        self.detail.as_deref().or(self.title.as_deref()).unwrap_or(&self.kind)
    }
}

/// Why a person gave up a failed run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Which execution of a step nobody knows the end of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Its pointer.
    pub pointer: String,
    /// Its iteration.
    pub iteration: String,
}

/// Data as it is shown: redacted, and cut when it is long.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The data; a text with the beginning of its JSON when it is too long.
    pub value: serde_json::Value,
    /// Whether its end is missing, or that of a text in it.
    pub cut: bool,
    /// Pointers of what was redacted.
    pub redacted: Vec<String>,
}

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended, or that it runs.
    pub status: Status,
    /// What it failed with.
    pub fault: Option<FaultNote>,
}

/// What the page of a run shows beyond its row.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDetail {
    /// The row.
    pub run: Run,
    /// Its input.
    pub input: Shown,
    /// Its output; null before it succeeded.
    pub output: Shown,
    /// Labels of the flow.
    pub labels: BTreeMap<String, String>,
    /// All attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Whether the whole input is still kept, so that it can be retried.
    pub kept: bool,
}

/// Where a run stands, for rows of its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Where it stands.
    pub status: Status,
    /// The attempt that runs or ran last.
    pub attempt: u32,
    /// How many attempts there were.
    pub attempts: u32,
}

/// A run whose earlier attempts are folded away, since a later one succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superseded {
    /// The run.
    pub job_id: JobId,
    /// The attempt that succeeded: records of those before it are left out.
    pub attempt: u32,
}
