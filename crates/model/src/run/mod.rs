//! Runs as everybody sees them: flows, runs, attempts, steps, due times, and the figures over them.
//!
//! These are the nouns that the store keeps, the API shows and the executor moves. What a run does and what an event means
//! for it is told in `flows`; here is only what two crates must agree on. Names of members are those of the HTTP API.

mod due;
mod flow;
mod job_id;
mod overview;
mod query;
mod row;
mod status;
mod step;

pub use due::{ABSENT, Counted, DueDecision, DueOutcome, DueRow, DueShift, DueTally};
pub use flow::{
    FlowKind, FlowOrigin, FlowProblem, FlowRow, FlowVersion, OverlapRule, Pause, ScheduleKind, ScheduleText, TriggerPort, WatchdogNote,
    WatchdogReason,
};
pub use job_id::{JobId, NotAJobId};
pub use overview::{Day, FailureGroup, Failures, FlowTally, Overview, Tally, TrendBar};
pub use query::{FaultFilter, OverviewQuery, RunFilter, RunPage, RunQuery, SHORTEST_SUFFIX};
pub use row::{Attempt, Doubt, FaultNote, Run, RunDetail, RunKind, Shown, Standing, StepName, Superseded, Waiver};
pub use status::{Status, Trigger, TriggerKind};
pub use step::{StepData, StepRow, StepStatus, settle};
