//! Schedules: a reconciler that decides every due time that has come, so that each has a row with its outcome and reason.
//!
//! It looks at the last decided time of each flow and at the clock, and has no other memory: after a restart it decides what
//! passed meanwhile by the flow's policy. Of two Magpies on one database, the first one decides.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use magpie_flows::definition::Definition;
use magpie_flows::schedule::{Due, DueTime, Options, Outcome, Schedule, jitter, judge};
use magpie_model::attention::ITSELF;
use magpie_model::run::{DueDecision, FlowRow, RunKind, Trigger, TriggerKind};
use magpie_model::time::{SECOND, format_duration};
use magpie_model::{Signature, Timestamp};
use magpie_store::runs::{Cause, DueNote};
use serde_json::json;

use super::shared::Shared;
use super::trigger::{self, Wanted};
use super::{describe, manage};
use crate::serve::now;

/// How often schedules are looked at.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// Due times of one flow decided in one look.
const AT_ONCE: usize = 1_000;
/// A due time so long ago was not missed.
const TOLERANCE: i64 = 5 * SECOND;

/// One look at all schedules.
pub(super) fn look(shared: &Arc<Shared>) {
    let flows = match shared.store.flows() {
        Ok(flows) => flows,
        Err(error) => return tracing::error!(%error, "schedules cannot be read"),
    };
    let by_id = flows.iter().map(|row| (row.flow.clone(), row.clone())).collect();
    *shared.flows.write().unwrap_or_else(PoisonError::into_inner) = by_id;
    for row in flows.into_iter().filter(|row| row.kind == RunKind::Flow && row.schedule.is_some()) {
        let flow = row.flow.clone();
        if let Err(reason) = look_at(shared, row) {
            tracing::error!(flow, reason, "a schedule could not be followed");
        }
    }
}

fn look_at(shared: &Arc<Shared>, row: FlowRow) -> Result<(), String> {
    let Ok(definition) = shared.definitions.published(&row) else { return note_next(shared, &row, None) };
    if !row.enabled {
        return note_next(shared, &row, None);
    }
    let Some(schedule) = definition.schedule.as_ref() else { return Ok(()) };
    let options = Options::read(&definition.document.metadata).unwrap_or_default();
    let (time, zone) = (now(), describe::time_zone(&describe::zone_of(&definition, &shared.zone())));
    let decided = shared.store.last_due(&row.flow).map_err(|error| error.to_string())?;
    let after = decided.map_or(row.enabled_at, |decided| decided.max(row.enabled_at));
    let due: Vec<DueTime> = match schedule {
        Schedule::On(_) => return Ok(()),
        Schedule::After(pause) => {
            after_last_run(&row, *pause).filter(|&at| at <= time).map(|at| DueTime { at, shift: None }).into_iter().collect()
        }
        _ => schedule.between(after, time, &zone, row.enabled_at, AT_ONCE),
    };
    // Jitter moves the start, not the due time; what is not to start yet is decided with what comes after it.
    let come: Vec<DueTime> = due.into_iter().take_while(|due| due.at.plus(jitter(&row.flow, due.at, options.jitter)) <= time).collect();
    decide(shared, &row, &definition, &options, &come, time)?;
    let next = match schedule {
        Schedule::After(pause) => after_last_run(&row, *pause),
        _ => schedule.next(time, &zone, row.enabled_at, None).map(|due| due.at),
    };
    note_next(shared, &row, next.filter(|_| row.paused.is_none()))
}

/// When a flow is due that runs so long after its last run: at once for the first time.
fn after_last_run(row: &FlowRow, pause: i64) -> Option<Timestamp> {
    match &row.last_run {
        Some(run) if run.queued >= row.enabled_at => run.ended.map(|ended| ended.plus(pause)),
        _ => Some(row.enabled_at),
    }
}

/// Decides due times that have come.
fn decide(
    shared: &Arc<Shared>,
    row: &FlowRow,
    definition: &Definition,
    options: &Options,
    come: &[DueTime],
    time: Timestamp,
) -> Result<(), String> {
    let mut notes = Vec::new();
    let by_end = matches!(definition.schedule, Some(Schedule::After(_)));
    for Due { due, outcome } in judge(come, time, options, TOLERANCE.saturating_add(options.jitter)) {
        let note = |decision, reason: &str| DueNote {
            flow: row.flow.clone(),
            due: due.at,
            decision,
            reason: Some(reason.to_owned()),
            shift: describe::shift(&due),
        };
        if let Some(paused) = row.paused.as_ref().filter(|paused| paused.at <= due.at || by_end) {
            let _ = paused;
            notes.push(note(DueDecision::Paused, "paused"));
            continue;
        }
        match outcome {
            Outcome::Run => start(shared, row, &due, DueDecision::Run, due.shift.map(|_| "dst"), options, time)?,
            // What waits for the end of a run has no time of its own to miss.
            _ if by_end => start(shared, row, &due, DueDecision::Run, None, options, time)?,
            Outcome::RunLate => start(shared, row, &due, DueDecision::Late, Some("down"), options, time)?,
            Outcome::Missed => notes.push(note(DueDecision::Missed, "down")),
            Outcome::TooOld => notes.push(note(DueDecision::Missed, "age")),
            Outcome::SkippedOverlap => notes.push(note(DueDecision::Skipped, "overlap")),
            Outcome::Paused => notes.push(note(DueDecision::Paused, "paused")),
        }
    }
    if notes.is_empty() {
        return Ok(());
    }
    shared.store.note_due(notes).map(drop).map_err(|error| error.to_string())
}

fn start(
    shared: &Arc<Shared>,
    row: &FlowRow,
    due: &DueTime,
    decision: DueDecision,
    reason: Option<&str>,
    options: &Options,
    time: Timestamp,
) -> Result<(), String> {
    let wanted = Wanted {
        row: row.clone(),
        revision: None,
        input: json!({}),
        trigger: Trigger { kind: TriggerKind::Schedule, by: None, due: Some(due.at) },
        cause: Cause::Due { due: due.at, decision, reason: reason.map(str::to_owned), shift: describe::shift(due) },
        late: time.since(due.at) > options.grace,
        signature: None,
    };
    let late = time.since(due.at);
    if decision == DueDecision::Late {
        tracing::info!(flow = row.flow, late = format_duration(late), "a missed run is made");
    }
    trigger::make(shared, &wanted).map(drop).map_err(|error| error.to_string())
}

/// Keeps the next due time on the flow, for lists and the watchdog.
fn note_next(shared: &Arc<Shared>, row: &FlowRow, next: Option<Timestamp>) -> Result<(), String> {
    if row.schedule.as_ref().is_none_or(|schedule| schedule.next == next) {
        return Ok(());
    }
    let signature = Signature { by: ITSELF.to_owned(), at: now(), comment: String::new() };
    let noted = manage::note_row(shared, &row.flow, signature, move |row| {
        if let Some(schedule) = &mut row.schedule {
            schedule.next = next;
        }
    });
    noted.map_err(|error| error.to_string())
}
