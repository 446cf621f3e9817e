//! The trait for flows and runs: versions of documents, the queue, the journal of steps, due times, events, and what people did.
//!
//! The queue is a table (design 12). A run moves by [`RunStore::change`]: its present state is read, a function of the caller
//! says what comes after, and state, attempt, kept data and audit are written in the same transaction; [`RunStore::lease`] does
//! the same for the runs that are due. So the state machine stays in `flows`, and two processes on one database
//! never move a run at once. What a retry needs (the input, the ends of steps) is kept whole and encrypted; what is shown
//! was redacted and cut by the caller before it came here.

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::attention::AuditEntry;
use magpie_model::query::TimeRange;
use magpie_model::run::{
    Attempt, DueDecision, DueRow, DueShift, DueTally, Failures, FlowRow, FlowVersion, JobId, Overview, OverviewQuery, Run, RunDetail,
    RunFilter, RunPage, RunQuery, Shown, Standing, StepData, StepRow, StepStatus, Superseded,
};
use magpie_model::{Signature, Timestamp};
use serde_json::Value;

use crate::Result;

/// A run with what only its executor needs.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldRun {
    /// The row.
    pub run: Run,
    /// The executor's own state.
    pub state: Value,
    /// When it wants to be leased next; `None` while it runs and after its end.
    pub due: Option<Timestamp>,
    /// Who works on it, and until when.
    pub lease: Option<Lease>,
    /// Whether somebody asked to end it; who works on it looks here when it renews its lease.
    pub cancel: Option<Signature>,
}

/// Who works on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The executor; another word after each start of a process.
    pub owner: String,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

/// A run to be made.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its first state.
    pub held: HeldRun,
    /// Labels of its flow.
    pub labels: BTreeMap<String, String>,
    /// An attempt that it has failed already, since it could not be started.
    pub attempt: Option<Attempt>,
    /// The whole input.
    pub input: Vec<u8>,
    /// The input as it is shown.
    pub shown: Shown,
    /// Whether it may be made.
    pub admission: Admission,
    /// What is decided in the same transaction.
    pub cause: Cause,
    /// Who made it, when a person did.
    pub signature: Option<Signature>,
}

/// Whether a run may be made while others of its flow have not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Always.
    Always,
    /// Only while fewer than so many have not ended.
    Below(u32),
    /// Always, and those that have not ended are cancelled.
    Replacing,
}

/// What a new run settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing.
    None,
    /// A due time. If that is decided already, nothing is made; one that passed as [`magpie_model::run::ABSENT`] is still open.
    Due {
        /// The due time.
        due: Timestamp,
        /// In time or late.
        decision: DueDecision,
        /// Why.
        reason: Option<String>,
        /// What a change of the clock did to it.
        shift: Option<DueShift>,
    },
    /// Events up to this number. If these were consumed already, nothing is made.
    Events {
        /// Number of the last event.
        up_to: u64,
    },
}

/// What became of a new run.
#[derive(Clone, Debug, PartialEq)]
pub enum Inserted {
    /// It waits for its turn; these were asked to end.
    Made {
        /// Runs that it replaces.
        replaced: Vec<JobId>,
    },
    /// Others of its flow have not ended. A due time is noted as skipped.
    Overlaps,
    /// Its cause was settled before.
    Settled,
    /// A run of this id was made before; nothing is changed.
    Known,
}

/// What a change of a run writes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The run after.
    pub held: HeldRun,
    /// An attempt that began or ended.
    pub attempt: Option<Attempt>,
    /// Another input, whole and as it is shown.
    pub input: Option<(Vec<u8>, Shown)>,
    /// Its output as it is shown.
    pub output: Option<Shown>,
    /// Steps whose stored ends do not count any more: they run again.
    pub dropped: Vec<StepId>,
    /// What a person did.
    pub audit: Option<(String, Signature)>,
}

impl Change {
    /// Only another state.
    pub fn to(held: HeldRun) -> Self {
        Self { held, attempt: None, input: None, output: None, dropped: Vec::new(), audit: None }
    }
}

/// What a run is after what it is; `None` leaves it as it is.
pub type Advance = Arc<dyn Fn(HeldRun) -> Option<Change> + Send + Sync>;

/// Is called once, when a write is on disk or has failed; must not block.
pub type Done = Box<dyn FnOnce(Result<()>) + Send>;

/// Which execution of which step, in which attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId {
    /// Its pointer.
    pub pointer: String,
    /// Its iteration.
    pub iteration: String,
    /// Attempt of the run.
    pub attempt: u32,
}

/// A step that began or has ended.
#[derive(Clone, Debug)]
pub struct StepWrite {
    /// The run.
    pub job_id: JobId,
    /// Who writes it. Refused when the lease is somebody else's by now.
    pub owner: String,
    /// The step; its depth and parent are found when it is read.
    pub row: StepRow,
    /// What the executor needs to go on after it, whole.
    pub kept: Vec<u8>,
    /// Data as it is shown.
    pub data: StepData,
}

/// A stored step, for going on after an interruption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptStep {
    /// Which.
    pub id: StepId,
    /// How it ended.
    pub status: StepStatus,
    /// What the executor stored.
    pub kept: Vec<u8>,
}

/// What a flow's row is after what it is; an error refuses the change.
pub type RowChange = Box<dyn FnOnce(Option<FlowRow>) -> std::result::Result<Option<FlowRow>, String> + Send>;

/// A change of a flow.
pub struct FlowChange {
    /// The flow.
    pub flow: String,
    /// Says what the row is after what it is; an error refuses the change and is told to the caller.
    pub row: RowChange,
    /// A new save of its document: the source, and the version its author wrote. Its number is one more than the newest,
    /// whatever the row says, and is written into the row.
    pub save: Option<(String, String)>,
    /// The save that was changed, 0 for "does not exist yet"; refused when another change came first.
    pub expected: Option<u64>,
    /// Whether the save in question is published: the new one, or this one.
    pub publish: Option<Publish>,
    /// What was done, such as `save flow`, for the audit; `None` for what Magpie itself keeps on a row.
    pub action: Option<&'static str>,
    /// Who, when, why.
    pub signature: Signature,
}

/// Which save triggers use from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// The one that is saved with this change.
    New,
    /// One that exists.
    Revision(u64),
}

/// What became of a change of a flow.
#[derive(Clone, Debug, PartialEq)]
pub enum FlowChanged {
    /// It is stored; `None` when the flow is gone.
    Done(Option<Box<FlowRow>>),
    /// Another change came first.
    Conflict,
    /// The caller's function refused it.
    Refused(String),
}

/// A decision about a due time that makes no run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueNote {
    /// The flow.
    pub flow: String,
    /// The due time.
    pub due: Timestamp,
    /// What was decided.
    pub decision: DueDecision,
    /// Why.
    pub reason: Option<String>,
    /// What a change of the clock did to it.
    pub shift: Option<DueShift>,
}

/// A stored event.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its number, ascending.
    pub number: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// The CloudEvent.
    pub event: Value,
}

/// What the upkeep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs whose history is gone.
    pub runs: u64,
    /// Runs whose kept data is gone, since they need no retry.
    pub emptied: u64,
}

/// Storage of flows and runs. All but [`RunStore::write_step`] block until the answer is there or the change is on disk.
pub trait RunStore: Send + Sync {
    // Flows.

    /// All flows and watched jobs, by id, each with its newest run.
    fn flows(&self) -> Result<Vec<FlowRow>>;

    /// One of them.
    fn flow(&self, flow: &str) -> Result<Option<FlowRow>>;

    /// Changes one, all of it or nothing.
    fn change_flow(&self, change: FlowChange) -> Result<FlowChanged>;

    /// The saves of a flow, newest first.
    fn versions(&self, flow: &str) -> Result<Vec<FlowVersion>>;

    /// One save with its source.
    fn version(&self, flow: &str, revision: u64) -> Result<Option<(FlowVersion, String)>>;

    // The queue.

    /// Makes a run, if it may be made. Returns at once; `done` hears when it is on disk, and must not block.
    fn insert_soon(&self, run: NewRun, done: Box<dyn FnOnce(Result<Inserted>) + Send>);

    /// The same, waiting for it.
    fn insert(&self, run: NewRun) -> Result<Inserted> {
        let (told, heard) = std::sync::mpsc::sync_channel(1);
        // Who waits is there until it hears.
        self.insert_soon(run, Box::new(move |inserted| drop(told.send(inserted))));
        heard.recv().map_err(|_| crate::Error::Closed)?
    }

    /// Takes up to `limit` runs that are due and whose flow has room, or whose lease ran out, oldest first. For each
    /// `advance` says what it is then; what it gives without a lease is written too, and not given.
    fn lease(&self, now: Timestamp, limit: usize, advance: Advance) -> Result<Vec<HeldRun>>;

    /// How many runs wait for their turn.
    fn queued(&self) -> Result<u64>;

    /// The first moment after `after` at which a run is due.
    fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>>;

    /// Changes a run. With `owner`, only while the lease is theirs. Gives it as it is then; `None` when there is no such run, it
    /// is leased by others, or `advance` leaves it.
    fn change(&self, job_id: JobId, owner: Option<&str>, advance: Advance) -> Result<Option<HeldRun>>;

    /// Prolongs the leases of an owner on these runs. Gives those that are still theirs, with whether they are to be cancelled.
    fn renew(&self, owner: &str, until: Timestamp, jobs: &[JobId]) -> Result<Vec<(JobId, Option<Signature>)>>;

    /// Ends the leases of all owners whose names begin so: their process is gone. Gives how many.
    fn release(&self, instance: &str) -> Result<u64>;

    /// A run as its executor left it.
    fn held(&self, job_id: JobId) -> Result<Option<HeldRun>>;

    /// The whole input of a run; `None` when it is not kept any more.
    fn kept_input(&self, job_id: JobId) -> Result<Option<Vec<u8>>>;

    /// Stores that a step began or has ended. Returns at once; `done` hears when it is on disk.
    fn write_step(&self, step: StepWrite, done: Done);

    /// What is kept of the steps of a run and still counts, of each step the newest attempt.
    fn kept_steps(&self, job_id: JobId) -> Result<Vec<KeptStep>>;

    // Reading.

    /// Runs, newest first.
    fn runs(&self, query: &RunQuery) -> Result<RunPage>;

    /// The run of an id, or all whose ids end with these characters (at most 20).
    fn find(&self, job_id: &str) -> Result<Vec<JobId>>;

    /// One run.
    fn run(&self, job_id: JobId) -> Result<Option<RunDetail>>;

    /// All steps of a run, in the order in which they began.
    fn steps(&self, job_id: JobId) -> Result<Vec<StepRow>>;

    /// What a step took and gave.
    fn step_data(&self, job_id: JobId, step: &StepId) -> Result<Option<StepData>>;

    /// Figures.
    fn overview(&self, query: &OverviewQuery) -> Result<Overview>;

    /// The failure inbox by kinds of failures, what failed last first: at most `limit` groups of the runs that fit.
    fn failures(&self, filter: &RunFilter, limit: usize) -> Result<Failures>;

    /// Where some runs stand.
    fn standings(&self, jobs: &[JobId]) -> Result<BTreeMap<JobId, Standing>>;

    /// Runs that succeeded after failed attempts, and of which something happened in a range: records of their attempts before the
    /// one told are left out of lists and counts.
    fn superseded(&self, filter: &RunFilter) -> Result<Vec<Superseded>>;

    // Schedules.

    /// Decided due times of a range, newest first, of one flow or all.
    fn due_rows(&self, flow: Option<&str>, range: TimeRange) -> Result<Vec<DueRow>>;

    /// What became of the due times of a range, and how the runs of that range stand that no due time made: counted by flow and by
    /// steps of so many ns from the epoch. For lists that are too long to be read row by row.
    fn due_tallies(&self, range: TimeRange, step: i64) -> Result<Vec<DueTally>>;

    /// The latest due time of a flow that was decided.
    fn last_due(&self, flow: &str) -> Result<Option<Timestamp>>;

    /// Notes decisions that make no run; those that were decided before stay. Gives how many are new.
    fn note_due(&self, notes: Vec<DueNote>) -> Result<u64>;

    // Events.

    /// Stores an event, unless one of the same source and id was stored before. Gives its number, and whether it is new.
    fn put_event(&self, event: &Value, at: Timestamp) -> Result<(u64, bool)>;

    /// Events after a number, oldest first.
    fn events(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>>;

    /// Number of the last event before a moment.
    fn event_before(&self, at: Timestamp) -> Result<u64>;

    /// The last event that a flow's trigger consumed; `None` when it never had one.
    fn consumed(&self, flow: &str) -> Result<Option<u64>>;

    /// Notes that a flow's trigger begins after an event, unless it has begun before.
    fn begin_consuming(&self, flow: &str, after: u64) -> Result<u64>;

    // Upkeep.

    /// Works out anew how long the runs of each flow usually take.
    fn renew_usual(&self) -> Result<()>;

    /// Removes some of what nobody needs any more; called until nothing is left. That is: kept data of runs that succeeded or were waived; history, due times and events
    /// from before `before`, but for runs that have not ended or stand open.
    fn sweep(&self, before: Timestamp) -> Result<Swept>;

    /// What people changed, the newest first: of one subject if it is named, before an entry if its number is given.
    fn audit(&self, subject: Option<&str>, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>>;
}
