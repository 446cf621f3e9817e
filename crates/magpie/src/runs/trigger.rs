//! Making runs: one way for schedules, events, webhooks, people and retries of what could not be started.
//!
//! When a trigger is acknowledged, its run is on disk with its whole input. What cannot start now (the queue is full, the
//! published version cannot run) is a run all the same: it has failed its first attempt, and is tried again by itself. While
//! the store itself is away, a trigger is kept beside it (`waiting`), and becomes such a run when the store is back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use magpie_api::RunRefusal;
use magpie_flows::definition::Definition;
use magpie_flows::run::Redactor;
use magpie_flows::run::state::RunEvent;
use magpie_model::run::{FlowRow, JobId, OverlapRule, Run, RunKind, Trigger};
use magpie_model::{Signature, Timestamp};
use magpie_store::runs::{Admission, Cause, HeldRun, Inserted, NewRun};
use serde_json::Value;

use super::attempt::who;
use super::moves::{self, Plan};
use super::records::{Lines, Plain};
use super::shared::Shared;
use super::shown::shown;
use super::{executor, waiting};
use crate::serve::now;

/// How long the store may take for a run before it counts as away. What it does later is done to a run that it knows.
const AWAY: Duration = Duration::from_secs(3);

/// Revision of a run that was triggered while nothing was published; its attempts take what is published by then.
pub(super) const UNPUBLISHED: u64 = 0;

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

/// Makes a run. Blocks until it is on disk, in the store or beside it.
pub(super) fn make(shared: &Arc<Shared>, wanted: &Wanted) -> Result<Made, RunRefusal> {
    if wanted.row.kind == RunKind::Job {
        return Err(RunRefusal::WatchedJob(wanted.row.flow.clone()));
    }
    let (bytes, limit) = (input_of(wanted)?.len(), shared.config().max_input);
    if bytes > limit {
        return Err(RunRefusal::TooLarge { bytes, limit });
    }
    let time = now();
    let told = Told { job_id: JobId::new(time, fastrand::u128(..)), time, away: None };
    match enter(shared, wanted, &told) {
        // Schedules and events are stored themselves: they come again.
        Err(RunRefusal::Away(reason)) if wanted.cause == Cause::None => {
            let told = Told { away: Some(reason), ..told };
            waiting::keep(shared, wanted, &told).map(|run| Made::Run(Box::new(run)))
        }
        made => made,
    }
}

/// When a run was asked for, and under which id.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) job_id: JobId,
    pub(super) time: Timestamp,
    /// Why the store could not take it then.
    pub(super) away: Option<String>,
}

/// Writes a run into the store; the same id twice is one run.
pub(super) fn enter(shared: &Arc<Shared>, wanted: &Wanted, told: &Told) -> Result<Made, RunRefusal> {
    let new = first(shared, wanted, told)?;
    let (run, obstacle) = (new.held.run.clone(), new.attempt.is_some());
    match insert(shared, new)? {
        Inserted::Made { replaced } => {
            for replaced in replaced {
                let by = Signature { by: "magpie".to_owned(), at: told.time, comment: "replaced by the next run".to_owned() };
                if let Err(error) = executor::cancel(shared, replaced, by) {
                    tracing::error!(%error, job_id = %replaced, "a run that is replaced could not be cancelled");
                }
            }
            if obstacle {
                say_obstacle(shared, &run);
            }
            shared.changed(&run);
            shared.wake.notify_one();
            Ok(Made::Run(Box::new(run)))
        }
        Inserted::Overlaps => Ok(Made::Overlaps),
        Inserted::Settled | Inserted::Known => Ok(Made::Settled),
    }
}

fn input_of(wanted: &Wanted) -> Result<Vec<u8>, RunRefusal> {
    serde_json::to_vec(&wanted.input).map_err(|error| RunRefusal::Failed(error.to_string()))
}

/// The run as it begins: queued, or with a first attempt that could not be made.
pub(super) fn first(shared: &Shared, wanted: &Wanted, told: &Told) -> Result<NewRun, RunRefusal> {
    let (row, time) = (&wanted.row, told.time);
    let revision = wanted.revision.or(row.published);
    let definition = match wanted.revision {
        Some(revision) => shared.definitions.get(&row.flow, revision),
        None => shared.definitions.published(row),
    };
    let mut held = queued(told.job_id, wanted, definition.as_deref().ok(), revision.unwrap_or(UNPUBLISHED), time);
    let mut attempt = None;
    let away = told.away.as_ref().map(|reason| format!("the store of runs was away: {reason}"));
    if let Some(reason) = away.or_else(|| definition.as_ref().err().cloned()).or_else(|| full(shared)) {
        let policy = shared.policy(definition.as_deref().ok());
        if let Some(change) = moves::moved(held.clone(), RunEvent::CouldNotStart(reason), &policy, time, fastrand::f64()) {
            (held, attempt) = (change.held, change.attempt);
        }
    }
    let redactor = definition.as_deref().map_or_else(|_| Redactor::new(&Value::Null, 4_000), |it| shared.secrets().redactor(it));
    Ok(NewRun {
        labels: row.labels.clone(),
        attempt,
        input: input_of(wanted)?,
        shown: shown(&redactor, &wanted.input),
        admission: admission(row, told.away.is_some()),
        cause: wanted.cause.clone(),
        signature: wanted.signature.clone(),
        held,
    })
}

/// Stores a run. A store that does not answer in time may still do it.
fn insert(shared: &Shared, new: NewRun) -> Result<Inserted, RunRefusal> {
    let (told, heard) = sync_channel(1);
    // Who does not wait any more asks again, and hears that the run is known.
    shared.store.insert_soon(new, Box::new(move |inserted| drop(told.send(inserted))));
    match heard.recv_timeout(AWAY) {
        Ok(Ok(inserted)) => Ok(inserted),
        Ok(Err(error)) => Err(RunRefusal::Away(crate::error::chain(&error))),
        Err(RecvTimeoutError::Timeout) => Err(RunRefusal::Away(format!("no answer within {} s", AWAY.as_secs()))),
        Err(RecvTimeoutError::Disconnected) => Err(RunRefusal::Away("it is closed".to_owned())),
    }
}

/// A line in the run's log, as every attempt has one. It does not wait for a disk that may be full.
fn say_obstacle(shared: &Shared, run: &Run) {
    let Some(detail) = run.fault.as_ref().and_then(|fault| fault.detail.as_deref()) else { return };
    let mut lines = Lines::default();
    let plain = Plain { time: run.queued, severity: "error", component: "run", operation: "start", category: "output", message: detail };
    lines.add_plain(&who(run), &run.job_id.to_string(), run.attempt, &plain);
    shared.records.append_without_waiting(lines);
}

/// Why nothing more can wait; `None` while there is room.
fn full(shared: &Shared) -> Option<String> {
    let limit = shared.config().queue;
    let queued = shared.queued.load(Ordering::Relaxed);
    (queued >= limit).then(|| format!("{queued} runs wait for their turn already (`flows.queue`)"))
}

/// What was acknowledged is not left out: a run that was kept waits for its turn instead.
fn admission(row: &FlowRow, acknowledged: bool) -> Admission {
    match row.overlap {
        OverlapRule::Skip if !acknowledged => Admission::Below(row.concurrency),
        OverlapRule::Skip => Admission::Always,
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
