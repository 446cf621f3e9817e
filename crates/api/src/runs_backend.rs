//! What the API asks of the process about flows and runs: everything that acts, and what needs a flow's definition.
//!
//! Stored things are asked of [`magpie_store::RunStore`]. Whoever makes these changes has them audited: each carries a
//! [`Signature`]. All methods are called from blocking threads, and return when the change is on disk.

use magpie_model::query::TimeRange;
use magpie_model::run::{DueShift, FlowRow, JobId, Run, Status, TriggerKind};
use magpie_model::{Notice, Signature, Timestamp, Told};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::watched_job::{JobAttempt, JobBegin, JobLines};

/// Flows and runs behind the API.
pub trait RunsBackend: Send + Sync + 'static {
    /// Tells what is wrong with a document, and what it would look like; stores nothing.
    fn validate(&self, source: &str) -> Validation;

    /// The JSON Schema of flows with the connectors of this installation, for completion.
    fn schema(&self) -> Value;

    /// Saves a document as a new version of its flow.
    fn save_flow(&self, save: FlowSave) -> Result<FlowRow, FlowRefusal>;

    /// Publishes a save, the newest without `revision`. When it cannot be, the one that is live stays.
    fn publish_flow(&self, flow: &str, revision: Option<u64>, signature: Signature) -> Result<FlowRow, FlowRefusal>;

    /// Enables or disables a flow; disabled, nothing starts it.
    fn enable_flow(&self, flow: &str, enabled: bool, signature: Signature) -> Result<FlowRow, FlowRefusal>;

    /// Deletes a flow that was made over the API. Its runs stay until retention.
    fn delete_flow(&self, flow: &str, signature: Signature) -> Result<(), FlowRefusal>;

    /// The steps of a save as a diagram; `None` when there is no such save or it cannot be read.
    fn diagram(&self, flow: &str, revision: u64) -> Option<Diagram>;

    /// What stands in the file of a flow that could not be published from it; `None` for all others.
    fn mistaken_source(&self, flow: &FlowRow) -> Option<String>;

    /// Starts a run. When it returns, the run is in the store, or kept beside it until the store is back.
    fn trigger(&self, request: TriggerRequest) -> Result<Run, RunRefusal>;

    /// Runs that were triggered while the store of runs was away, and that it does not have yet.
    fn waiting(&self) -> Vec<Run>;

    /// Takes an event; when it returns, the event is on disk.
    fn post_event(&self, event: Value) -> Result<EventTaken, RunRefusal>;

    /// What a retry would do.
    fn retry_preview(&self, job_id: JobId, from: &RetryFrom, version: RetryVersion) -> Result<RetryPreview, RunRefusal>;

    /// Retries a run that failed or was cancelled.
    fn retry(&self, job_id: JobId, request: RetryRequest) -> Result<Run, RunRefusal>;

    /// Ends a run, with its calls and processes.
    fn cancel(&self, job_id: JobId, signature: Signature) -> Result<Run, RunRefusal>;

    /// Takes a failed run out of the inbox, with a reason (`signature.comment`).
    fn waive(&self, job_id: JobId, signature: Signature) -> Result<Run, RunRefusal>;

    /// Pauses a schedule.
    fn pause(&self, flow: &str, signature: Signature) -> Result<FlowRow, FlowRefusal>;

    /// Resumes it. Times that passed meanwhile stay `paused`.
    fn resume(&self, flow: &str, signature: Signature) -> Result<FlowRow, FlowRefusal>;

    /// Future due times of a flow in a range, at most `limit`, and the changes of its zone in that time; nothing for a flow without
    /// a schedule by time.
    fn due_times(&self, flow: &str, range: TimeRange, limit: usize) -> DueTimes;

    /// A watched job begins. Told twice with one id, it is one run.
    fn begin_job(&self, job: JobBegin) -> Result<JobId, RunRefusal>;

    /// Lines that a watched job wrote, none of them told before. When it returns, they are on disk.
    fn job_lines(&self, job_id: JobId, lines: JobLines) -> Result<(), RunRefusal>;

    /// How an attempt of a watched job stands: it begins, lives, or has ended. Told twice, nothing more happens.
    fn job_attempt(&self, job_id: JobId, attempt: JobAttempt) -> Result<Run, RunRefusal>;
}

/// What is wrong with a document, and what it looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Validation {
    /// Whether it can be published.
    pub valid: bool,
    /// What is wrong, by line.
    pub problems: Vec<SourceProblem>,
    /// Id of its flow, when it could be read.
    pub flow: Option<String>,
    /// Its steps, when it could be read.
    pub diagram: Option<Diagram>,
    /// Its next due times.
    pub due: Vec<NextDue>,
    /// The next changes of its time zone.
    pub transitions: Vec<ZoneChange>,
}

/// A mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceProblem {
    /// Line, from 1; 0 for the whole.
    pub line: u32,
    /// Column, from 1, where it is known.
    pub column: Option<u32>,
    /// JSON pointer; empty for the whole.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
    /// Whether it cannot be saved as a flow at all, or can be saved and not published.
    pub severity: ProblemSeverity,
    /// The message without words, for other languages.
    #[serde(flatten)]
    pub told: Option<Told>,
}

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemSeverity {
    /// The document is not valid.
    Error,
    /// It is valid, and asks for what this Magpie does not do: it cannot be published.
    Unsupported,
}

/// A due time to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NextDue {
    /// When.
    pub due: Timestamp,
    /// What a change of the clock does to it.
    pub shift: Option<DueShift>,
}

/// A change of a time zone's offset, in seconds from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneChange {
    /// When.
    pub at: Timestamp,
    /// Offset before.
    pub before: i32,
    /// Offset after.
    pub after: i32,
}

/// Due times to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DueTimes {
    /// The times, oldest first.
    pub due: Vec<NextDue>,
    /// Changes of the zone.
    pub transitions: Vec<ZoneChange>,
}

/// The steps of a flow as nodes. `start` and `end` are nodes too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagram {
    /// In the order of the document.
    pub nodes: Vec<DiagramNode>,
    /// Where it goes on.
    pub edges: Vec<DiagramEdge>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagramNode {
    /// Its pointer, or `start`, `end`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its keyword, such as `call`; `start` and `end` for these.
    pub kind: String,
    /// The step it is in.
    pub parent: Option<String>,
}

/// From one step to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagramEdge {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// Name of the case or branch.
    pub label: Option<String>,
}

/// A document to be saved.
#[derive(Clone, Debug)]
pub struct FlowSave {
    /// The flow that is changed; its document must name the same. `None` makes one that must not exist yet.
    pub flow: Option<String>,
    /// The document.
    pub source: String,
    /// The save that was changed; refused when another came first.
    pub expected: Option<u64>,
    /// Whether it is published at once.
    pub publish: bool,
    /// Who, when, why.
    pub signature: Signature,
}

/// Why a change of a flow is refused. Nothing is changed, unless it says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowRefusal {
    /// There is no such flow.
    #[error("there is no flow `{0}`")]
    Unknown(String),
    /// There is no such save.
    #[error("flow `{flow}` has no revision {revision}")]
    NoRevision {
        /// The flow.
        flow: String,
        /// The save.
        revision: u64,
    },
    /// It exists already.
    #[error("there is a flow `{0}` already")]
    Exists(String),
    /// Somebody else changed it first.
    #[error("flow `{0}` was changed by somebody else meanwhile")]
    Changed(String),
    /// The document names another flow.
    #[error("the document is of the flow `{named}`, not `{flow}`")]
    OtherFlow {
        /// The flow to be changed.
        flow: String,
        /// The flow that the document names.
        named: String,
    },
    /// It comes from the watched folder.
    #[error("flow `{flow}` is the file `{file}`; change or delete it there")]
    OfFolder {
        /// The flow.
        flow: String,
        /// The file.
        file: String,
    },
    /// It is a watched job, which has no document.
    #[error("`{0}` is a watched job: it is run by others, and has no document")]
    WatchedJob(String),
    /// It has no schedule.
    #[error("flow `{0}` has no schedule")]
    NoSchedule(String),
    /// The document is not a flow, or not one that can be published.
    #[error("the flow cannot be used as it is: {}", .0.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<SourceProblem>),
    /// It could not be stored.
    #[error("{0}")]
    Failed(String),
}

/// A run to be started.
#[derive(Clone, Debug)]
pub struct TriggerRequest {
    /// The flow.
    pub flow: String,
    /// Its input.
    pub input: Value,
    /// A save other than the published one, for trying it.
    pub revision: Option<u64>,
    /// Manual or webhook.
    pub kind: TriggerKind,
    /// Who, when, why.
    pub signature: Signature,
}

/// Why something about a run is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunRefusal {
    /// There is no such flow.
    #[error("there is no flow `{0}`")]
    NoFlow(String),
    /// There is no such run.
    #[error("there is no run {0}")]
    NoRun(String),
    /// The flow is disabled.
    #[error("flow `{0}` is disabled")]
    Disabled(String),
    /// It is a watched job, which others run.
    #[error("`{0}` is a watched job: it is run by others")]
    WatchedJob(String),
    /// The input is larger than what is kept for a retry.
    #[error("the input has {bytes} bytes, more than the {limit} that are kept for a retry (`flows.max_input`)")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Others of the flow have not ended, and its `overlap` says `skip`.
    #[error("a run of `{0}` has not ended, and its `overlap` says `skip`")]
    Overlaps(String),
    /// The run's state does not allow it.
    #[error("a run that is {status} cannot {verb}", status = .status.name())]
    State {
        /// Where it stands.
        status: Status,
        /// What was asked.
        verb: &'static str,
    },
    /// It is to be retried, and has succeeded.
    #[error("run {0} has succeeded, so that there is nothing to retry")]
    Succeeded(String),
    /// What a retry needs is not kept any more.
    #[error("the input of run {0} is not kept any more; give one")]
    NotKept(String),
    /// An edited input still has something that is only shown as hidden.
    #[error("`{0}` of the input is `(hidden)`, which stands for a value that is not shown and cannot be put there")]
    Hidden(String),
    /// There is no such step in the run.
    #[error("run {job_id} has no step `{pointer}`")]
    NoStep {
        /// The run.
        job_id: String,
        /// The step.
        pointer: String,
    },
    /// The request itself is wrong.
    #[error("{member}: {message}")]
    Wrong {
        /// Which member.
        member: String,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// Neither the store of runs nor what keeps triggers beside it can be written. Nothing was started.
    #[error("the store of runs is away: {0}")]
    Away(String),
    /// It could not be stored.
    #[error("{0}")]
    Failed(String),
}

/// What became of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventTaken {
    /// Its id.
    pub event_id: String,
    /// Runs that it started so far.
    pub triggered: Vec<JobId>,
    /// How many flows and waiting runs heard it.
    pub heard: u64,
}

/// Where a retry goes on: `start`, `failed`, or the pointer of a step (with `@iteration` behind it for another than the first).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryFrom {
    /// From the beginning.
    Start,
    /// From the step that failed.
    Failed,
    /// From a step.
    Step {
        /// Its pointer.
        pointer: String,
        /// Its iteration.
        iteration: String,
    },
}

impl std::str::FromStr for RetryFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "start" => Ok(Self::Start),
            "failed" => Ok(Self::Failed),
            step if step.starts_with('/') => {
                let (pointer, iteration) = step.rsplit_once('@').unwrap_or((step, ""));
                Ok(Self::Step { pointer: pointer.to_owned(), iteration: iteration.to_owned() })
            }
            other => Err(format!("`{other}` is neither `start`, `failed` nor the pointer of a step, such as `/do/0/fetch`")),
        }
    }
}

/// Which version a retry runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetryVersion {
    /// The one that failed.
    #[default]
    Same,
    /// The published one.
    Newest,
}

/// A retry by hand.
#[derive(Clone, Debug)]
pub struct RetryRequest {
    /// Where it goes on.
    pub from: RetryFrom,
    /// Another input; then it goes on from the start.
    pub input: Option<Value>,
    /// Which version.
    pub version: RetryVersion,
    /// Who, when, why.
    pub signature: Signature,
}

/// What a retry would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RetryPreview {
    /// The steps that ended, in their order, and those that never began.
    pub steps: Vec<RetryStep>,
    /// What somebody should know before.
    pub warnings: Vec<Notice>,
    /// Ids of alerts that fire on what the failed step called.
    pub firing: Vec<String>,
}

/// A step of a retry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RetryStep {
    /// Its pointer.
    pub pointer: String,
    /// Its iteration.
    pub iteration: String,
    /// Its name.
    pub name: String,
    /// Whether it runs again.
    pub again: bool,
    /// Whether nobody knows if it has done its work.
    pub doubtful: bool,
    /// What doing it again does.
    pub effect: RetryEffect,
}

/// What repeating a step does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RetryEffect {
    /// Nothing.
    Pure,
    /// The same again.
    Repeatable,
    /// Perhaps something twice.
    Unsafe,
}
