//! One attempt of a run, from its lease to what is written of its end.
//!
//! The attempt is a future that is dropped when the run is cancelled: calls close, processes end with their children. What it
//! needs of earlier attempts and of itself before an interruption comes from the journal.

use std::sync::Arc;
use std::time::Duration;

use magpie_flows::definition::Definition;
use magpie_flows::retry::Policy;
use magpie_flows::run::state::RunEvent;
use magpie_flows::run::{Begun, Ending, Fault, Finished, Limits, Order, Replay, Runner, Standard, World, carry_over};
use magpie_model::Timestamp;
use magpie_model::run::{Run, Status};
use magpie_store::runs::{Advance, Change, HeldRun, StepId};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::definitions::Published;
use super::events::RunEvents;
use super::journal::{Attempted, read_kept};
use super::moves::{self, Plan};
use super::records::{Lines, Plain, Who};
use super::shared::{Shared, Stop};
use super::shown::shown;
use super::slot::{PlacedJournal, RunClock, Slot};
use super::trigger::UNPUBLISHED;
use crate::serve::now;

/// Pause before a change that could not be written is tried again; it doubles up to the second.
const AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// Changes of status that may wait for the store.
const TURNS: usize = 64;

/// Makes an attempt of a leased run.
pub(super) async fn make(shared: &Arc<Shared>, held: HeldRun, permit: OwnedSemaphorePermit, mut stopped: mpsc::Receiver<Stop>) {
    let (preparing, run) = (Arc::clone(shared), held.run.clone());
    let prepared = tokio::task::spawn_blocking(move || prepare(&preparing, held)).await;
    let prepared = match prepared {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(NotReady::CannotStart(reason))) => return could_not_start(shared, &run, reason).await,
        // The lease runs out and the run is taken again.
        Ok(Err(NotReady::StoreAway(error))) => return tracing::error!(%error, job_id = %run.job_id, "a run could not be prepared"),
        Err(_) => return,
    };
    let run = prepared.held.run.clone();
    let (turns, mut turned) = mpsc::channel(TURNS);
    let slot = Slot::new(Arc::clone(&shared.places), permit, turns);
    let attempted = Arc::new(attempted(shared, &run, &prepared.definition));
    let begins = if prepared.goes_on { "goes on after an interruption" } else { "started" };
    log(&attempted, &run, "start", "info", &format!("attempt {} {begins}", run.attempt)).await;
    let world = world(shared, &prepared, &attempted, &slot);
    let policy = shared.policy(Some(&prepared.definition));
    let started = Plan::of(&prepared.held).attempt_started.unwrap_or_else(now);
    let order = Order {
        job: run.job_id,
        attempt: run.attempt,
        definition: Arc::clone(&prepared.definition),
        input: prepared.input,
        started,
        replay: prepared.replay,
        repeat_interrupted: prepared.repeat_interrupted,
    };
    let limit = policy.attempt_limit.map(|limit| started.plus(limit));
    let runner = Runner::new(world);
    let mut attempt = Box::pin(limited(runner.run(order), limit));
    let event = loop {
        tokio::select! {
            ending = &mut attempt => break RunEvent::Ended(ending),
            Some(turn) = turned.recv() => {
                // Nothing ends soon whose lines these would come with: until when a run waits would be told when it is over.
                if matches!(turn, RunEvent::Waits) {
                    attempted.records.append(attempted.take_lines()).await;
                }
                write(shared, &run, turn, &policy, None).await;
            }
            Some(stop) = stopped.recv() => match stop {
                Stop::Cancelled => break RunEvent::Cancel,
                Stop::Lost => {
                    drop(attempt);
                    return tracing::warn!(job_id = %run.job_id, "another process has taken the run over");
                }
            },
        }
    };
    // Dropped before its end is written: when a run is told to be cancelled, nothing of it works any more.
    drop(attempt);
    end(shared, &run, &attempted, event, &policy).await;
}

/// The attempt, ended by the policy's limit for one attempt.
async fn limited(attempt: impl Future<Output = Ending>, limit: Option<Timestamp>) -> Ending {
    let Some(limit) = limit else { return attempt.await };
    let left = Duration::from_nanos(limit.since(now()).max(0).unsigned_abs());
    tokio::time::timeout(left, attempt).await.unwrap_or_else(|_| {
        let detail = "the attempt took longer than `limit.attempt.duration` of its retry policy";
        Ending::TimedOut(Fault::new(Standard::Timeout, detail).at("/"))
    })
}

/// What an attempt needs.
struct Prepared {
    held: HeldRun,
    definition: Arc<Definition>,
    input: Value,
    replay: Replay,
    repeat_interrupted: bool,
    /// Whether steps of this attempt began before.
    goes_on: bool,
    /// When the step began that listened when the attempt was interrupted.
    listening_since: Option<u64>,
}

enum NotReady {
    CannotStart(String),
    StoreAway(magpie_store::Error),
}

impl From<magpie_store::Error> for NotReady {
    fn from(error: magpie_store::Error) -> Self {
        Self::StoreAway(error)
    }
}

/// Reads what the attempt goes on from; what an earlier attempt did and runs again is marked first.
fn prepare(shared: &Shared, held: HeldRun) -> Result<Prepared, NotReady> {
    let held = with_version(shared, held)?;
    let run = &held.run;
    let definition = shared.definitions.get(&run.flow, run.revision).map_err(NotReady::CannotStart)?;
    let input = shared.store.kept_input(run.job_id)?;
    let input = input.ok_or_else(|| NotReady::CannotStart("its input is not kept any more".to_owned()))?;
    let input: Value = serde_json::from_slice(&input).map_err(|error| NotReady::CannotStart(format!("its input is not JSON: {error}")))?;
    let plan = Plan::of(&held);
    let kept = shared.store.kept_steps(run.job_id)?;
    if kept.is_empty() {
        let replay = Replay::default();
        return Ok(Prepared { held, definition, input, replay, repeat_interrupted: false, goes_on: false, listening_since: None });
    }
    let (begun, finished) = read_kept(&kept);
    let attempts = begun.iter().map(|step| step.attempt).chain(finished.iter().map(|(_, step)| step.attempt));
    let goes_on = attempts.max() == Some(run.attempt);
    let finished = carried(shared, &held, &plan, finished)?;
    let begun: Vec<Begun> =
        begun.into_iter().filter(|step| step.attempt == run.attempt || !(step.repeatable || plan.repeat_interrupted)).collect();
    let listens = begun.iter().filter(|step| step.kind == "listen").map(|step| step.started).min();
    let listening_since = listens.map(|since| shared.store.event_before(since)).transpose()?;
    let repeat_interrupted = plan.repeat_interrupted;
    Ok(Prepared { replay: Replay::new(begun, finished), held, definition, input, repeat_interrupted, goes_on, listening_since })
}

/// A run that was triggered while nothing was published takes what is published now.
fn with_version(shared: &Shared, held: HeldRun) -> Result<HeldRun, NotReady> {
    if held.run.revision != UNPUBLISHED {
        return Ok(held);
    }
    let (job_id, flow) = (held.run.job_id, &held.run.flow);
    let row = shared.store.flow(flow)?.ok_or_else(|| NotReady::CannotStart(format!("there is no flow `{flow}` any more")))?;
    let definition = shared.definitions.published(&row).map_err(NotReady::CannotStart)?;
    let (revision, version) = (row.published.unwrap_or(UNPUBLISHED), definition.document.version.clone());
    let advance: Advance = Arc::new(move |mut held: HeldRun| {
        (held.run.revision, held.run.version) = (revision, version.clone());
        Some(Change::to(held))
    });
    Ok(shared.store.change(job_id, Some(&shared.owner), advance)?.unwrap_or(held))
}

/// The ended steps that this attempt takes over.
fn carried(shared: &Shared, held: &HeldRun, plan: &Plan, finished: Vec<(StepId, Finished)>) -> Result<Vec<Finished>, NotReady> {
    let ended: Vec<Finished> = finished.iter().map(|(_, step)| step.clone()).collect();
    let Some(from) = &plan.from else { return Ok(ended) };
    let newest = newest_of(&ended);
    let kept = carry_over(&newest, from, plan.state.fault.as_ref());
    let is_kept = |step: &Finished| kept.iter().any(|kept| kept.key == step.key && kept.attempt == step.attempt);
    let dropped: Vec<StepId> = finished.iter().filter(|(_, step)| !is_kept(step)).map(|(id, _)| id.clone()).collect();
    // From now on an interruption goes on from here.
    let advance: Advance = Arc::new(move |mut held: HeldRun| {
        let mut plan = Plan::of(&held);
        plan.from = None;
        held.state = plan.to_value();
        Some(Change { dropped: dropped.clone(), ..Change::to(held) })
    });
    shared.store.change(held.run.job_id, Some(&shared.owner), advance)?;
    Ok(kept)
}

/// Of each step the end in the newest attempt.
pub(super) fn newest_of(finished: &[Finished]) -> Vec<Finished> {
    let mut newest: Vec<Finished> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for step in finished {
        match places.get(&step.key) {
            Some(&at) => {
                let before: &mut Finished = &mut newest[at];
                if step.attempt >= before.attempt {
                    *before = step.clone();
                }
            }
            None => {
                places.insert(step.key.clone(), newest.len());
                newest.push(step.clone());
            }
        }
    }
    newest
}

fn attempted(shared: &Arc<Shared>, run: &Run, definition: &Definition) -> Attempted {
    Attempted::new(
        Arc::clone(&shared.store),
        Arc::clone(&shared.records),
        (run.job_id, shared.owner.clone()),
        who(run),
        shared.secrets().redactor(definition),
        Arc::clone(shared) as _,
    )
}

/// Who a run is in its lines.
pub(super) fn who(run: &Run) -> Who {
    Who {
        flow: run.flow.clone(),
        module: run.flow.clone(),
        application: run.application.clone(),
        region: run.region.clone(),
        version: run.version.clone(),
    }
}

fn world(shared: &Arc<Shared>, prepared: &Prepared, attempted: &Arc<Attempted>, slot: &Arc<Slot>) -> World {
    let events = RunEvents {
        events: Arc::clone(&shared.events),
        since: prepared.listening_since,
        heard: Arc::default(),
        slot: Some(Arc::clone(slot)),
    };
    World {
        http: shared.http() as _,
        processes: Arc::clone(&shared.processes) as _,
        clock: Arc::new(RunClock(Arc::clone(slot))),
        events: Arc::new(events),
        journal: Arc::new(PlacedJournal(Arc::clone(slot), Arc::clone(attempted) as _)),
        expressions: Arc::clone(&shared.expressions) as _,
        secrets: Arc::new(shared.secrets()),
        flows: Arc::new(Published(Arc::clone(&shared.definitions))),
        log: Arc::clone(attempted) as _,
        observer: Arc::clone(slot) as _,
        permissions: shared.permissions(),
        limits: Limits::default(),
    }
}

/// Writes what became of an attempt that could not be made.
async fn could_not_start(shared: &Arc<Shared>, run: &Run, reason: String) {
    let policy = shared.policy(None);
    let fault = Fault::new(Standard::Configuration, format!("it could not be started: {reason}"));
    let mut lines = Lines::default();
    let plain =
        Plain { time: now(), severity: "error", component: "run", operation: "start", category: "output", message: &fault.to_string() };
    lines.add_plain(&who(run), &run.job_id.to_string(), run.attempt, &plain);
    shared.records.append(lines).await;
    write(shared, run, RunEvent::Ended(Ending::Failed(fault)), &policy, None).await;
}

/// Writes how an attempt ended, after the last of its lines.
async fn end(shared: &Arc<Shared>, run: &Run, attempted: &Arc<Attempted>, event: RunEvent, policy: &Policy) {
    let output = match &event {
        RunEvent::Ended(Ending::Succeeded(output)) => Some(shown(&attempted.redactor, output)),
        _ => None,
    };
    let event = redacted(event, attempted);
    let (severity, message) = match &event {
        RunEvent::Ended(Ending::Succeeded(_)) => ("info", format!("attempt {} succeeded", run.attempt)),
        RunEvent::Ended(Ending::Failed(fault) | Ending::TimedOut(fault)) => ("error", format!("attempt {} failed: {fault}", run.attempt)),
        RunEvent::Ended(Ending::Doubtful(step)) => {
            ("error", format!("attempt {} was interrupted in {}, which may not be repeated by itself", run.attempt, step.pointer))
        }
        RunEvent::Ended(Ending::Suspended(error)) => ("warn", format!("attempt {} is suspended: {error}", run.attempt)),
        _ => ("warn", format!("attempt {} was cancelled", run.attempt)),
    };
    log(attempted, run, "end", severity, &message).await;
    write(shared, run, event, policy, output).await;
}

/// The same with errors that may be shown: a detail may quote what a step was given.
fn redacted(event: RunEvent, attempted: &Attempted) -> RunEvent {
    let shown = |mut fault: Fault| {
        fault.title = fault.title.map(|title| attempted.redactor.text(&title));
        fault.detail = fault.detail.map(|detail| attempted.redactor.text(&detail));
        fault
    };
    match event {
        RunEvent::Ended(Ending::Failed(fault)) => RunEvent::Ended(Ending::Failed(shown(fault))),
        RunEvent::Ended(Ending::TimedOut(fault)) => RunEvent::Ended(Ending::TimedOut(shown(fault))),
        other => other,
    }
}

async fn log(attempted: &Attempted, run: &Run, operation: &str, severity: &str, message: &str) {
    let mut lines = attempted.take_lines();
    let plain = Plain { time: now(), severity, component: "run", operation, category: "output", message };
    lines.add_plain(&attempted.who, &run.job_id.to_string(), run.attempt, &plain);
    attempted.records.append(lines).await;
}

/// Moves the run in the store, however long the store is away; nothing is written of a run that others hold.
async fn write(shared: &Arc<Shared>, run: &Run, event: RunEvent, policy: &Policy, output: Option<magpie_model::run::Shown>) {
    let (policy, job_id, mut pause) = (*policy, run.job_id, AGAIN.0);
    let advance: Advance = Arc::new(move |held: HeldRun| {
        let change = moves::ended(held, event.clone(), &policy, now(), fastrand::f64())?;
        Some(Change { output: output.clone(), ..change })
    });
    loop {
        let (writing, advance) = (Arc::clone(shared), Arc::clone(&advance));
        let written = tokio::task::spawn_blocking(move || writing.store.change(job_id, Some(&writing.owner), advance)).await;
        match written {
            Ok(Ok(held)) => {
                if let Some(held) = held {
                    if held.run.status == Status::Failed || held.run.status == Status::TimedOut {
                        tracing::warn!(%job_id, flow = %held.run.flow, "run failed");
                    }
                    shared.changed(&held.run);
                }
                return;
            }
            Ok(Err(error)) => {
                tracing::error!(%error, %job_id, "the end of an attempt could not be stored; it is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(AGAIN.1);
            }
            Err(_) => return,
        }
    }
}
