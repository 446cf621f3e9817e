//! Making runs: one way for schedules, events, webhooks, people and retries of what could not be started.
//!
//! When a trigger is acknowledged, its run is on disk with its whole input. What cannot start now (the queue is full, the
//! published version cannot run) is a run all the same: it has failed its first attempt, and is tried again by itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use magpie_api::RunRefusal;
use magpie_flows::definition::Definition;
use magpie_flows::run::Redactor;
use magpie_flows::run::state::RunEvent;
use magpie_model::run::{FlowRow, JobId, OverlapRule, Run, RunKind, Trigger};
use magpie_model::{Signature, Timestamp};
use magpie_store::runs::{Admission, Cause, HeldRun, Inserted, NewRun};
use serde_json::Value;

use super::executor;
use super::moves::{self, Plan};
use super::shared::Shared;
use super::shown::shown;
use crate::serve::now;

/// How often a store that is away is asked again before a trigger is refused, and the pause between.
const AGAIN: (u32, Duration) = (5, Duration::from_millis(300));

/// A run that is wanted.
pub(super) struct Wanted {
    pub(super) row: FlowRow,
    /// A save other than the published one.
    pub(super) revision: Option<u64>,
    pub(super) input: Value,
    pub(super) trigger: Trigger,
    pub(super) cause: Cause,
    /// Whether it starts late.
    pub(super) late: bool,
    pub(super) signature: Option<Signature>,
}

/// What became of it.
pub(super) enum Made {
    Run(Box<Run>),
    Overlaps,
    Settled,
}

/// Makes a run. Blocks until it is on disk.
pub(super) fn make(shared: &Arc<Shared>, wanted: Wanted) -> Result<Made, RunRefusal> {
    let row = &wanted.row;
    if row.kind == RunKind::Job {
        return Err(RunRefusal::WatchedJob(row.flow.clone()));
    }
    let input = serde_json::to_vec(&wanted.input).map_err(|error| RunRefusal::Failed(error.to_string()))?;
    let limit = shared.config().max_input;
    if input.len() > limit {
        return Err(RunRefusal::TooLarge { bytes: input.len(), limit });
    }
    let time = now();
    let revision = wanted.revision.or(row.published);
    let definition = match revision {
        Some(revision) => shared.definitions.get(&row.flow, revision),
        None => Err(format!("flow `{}` has no published version", row.flow)),
    };
    let job_id = JobId::new(time, fastrand::u128(..));
    let mut held = queued(job_id, &wanted, definition.as_deref().ok(), revision.unwrap_or(0), time);
    let obstacle = definition.as_ref().err().cloned().or_else(|| full(shared));
    if let Some(reason) = obstacle {
        let policy = shared.policy(definition.as_deref().ok());
        held = could_not_start(held, reason, &policy, time);
    }
    let redactor = definition.as_deref().map_or_else(|_| Redactor::new(&Value::Null, 4_000), |it| shared.secrets().redactor(it));
    let new = NewRun {
        labels: row.labels.clone(),
        input,
        shown: shown(&redactor, &wanted.input),
        admission: admission(row),
        cause: wanted.cause,
        signature: wanted.signature,
        held,
    };
    let run = new.held.run.clone();
    match insert(shared, new)? {
        Inserted::Made { replaced } => {
            for replaced in replaced {
                let by = Signature { by: "magpie".to_owned(), at: time, comment: "replaced by the next run".to_owned() };
                if let Err(error) = executor::cancel(shared, replaced, by) {
                    tracing::error!(%error, job_id = %replaced, "a run that is replaced could not be cancelled");
                }
            }
            shared.changed(&run);
            shared.wake.notify_one();
            Ok(Made::Run(Box::new(run)))
        }
        Inserted::Overlaps => Ok(Made::Overlaps),
        Inserted::Settled => Ok(Made::Settled),
    }
}

/// Stores a run; a store that is briefly away is waited for.
fn insert(shared: &Shared, new: NewRun) -> Result<Inserted, RunRefusal> {
    let mut left = AGAIN.0;
    loop {
        match shared.store.insert(new.clone()) {
            Ok(inserted) => return Ok(inserted),
            Err(error) if left == 0 => return Err(RunRefusal::Failed(format!("the run could not be stored: {error}"))),
            Err(_) => {
                left -= 1;
                std::thread::sleep(AGAIN.1);
            }
        }
    }
}

/// Why nothing more can wait; `None` while there is room.
fn full(shared: &Shared) -> Option<String> {
    let limit = shared.config().queue;
    let queued = shared.queued.load(Ordering::Relaxed);
    (queued >= limit).then(|| format!("{queued} runs wait for their turn already (`flows.queue`)"))
}

fn could_not_start(held: HeldRun, reason: String, policy: &magpie_flows::retry::Policy, time: Timestamp) -> HeldRun {
    let before = held.clone();
    moves::moved(held, RunEvent::CouldNotStart(reason), policy, time, fastrand::f64()).map_or(before, |change| change.held)
}

fn admission(row: &FlowRow) -> Admission {
    match row.overlap {
        OverlapRule::Skip => Admission::Below(row.concurrency),
        OverlapRule::Replace => Admission::Replacing,
        OverlapRule::Queue | OverlapRule::Allow => Admission::Always,
    }
}

fn queued(job_id: JobId, wanted: &Wanted, definition: Option<&Definition>, revision: u64, time: Timestamp) -> HeldRun {
    let row = &wanted.row;
    let run = Run {
        application: row.application.clone(),
        region: row.region.clone(),
        version: definition.map_or_else(|| row.version.clone(), |definition| definition.document.version.clone()),
        revision,
        late: wanted.late,
        usual_ms: row.usual_ms,
        ..Run::triggered(job_id, &row.flow, RunKind::Flow, wanted.trigger.clone(), time)
    };
    HeldRun { run, state: Plan::triggered(time).to_value(), due: Some(time), lease: None, cancel: None }
}
