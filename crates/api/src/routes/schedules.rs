//! Schedules: what was due and what became of it, what is due next; paused and resumed.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::query::TimeRange;
use magpie_model::run::{
    Counted, DueOutcome, DueRow, FlowKind, FlowRow, JobId, Pause, Run, RunFilter, RunQuery, ScheduleText, Status, TriggerKind, WatchdogNote,
};
use magpie_model::time::{DAY, MINUTE};
use magpie_model::{Timestamp, UNKNOWN};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::flows::known;
use super::{get, write};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::moment::{hour, midnight};
use crate::params::{Parameter, Place, limit_parameter, range_parameters, unknown_name};
use crate::problem::Problem;
use crate::run_filters::{OUTCOMES, TRIGGERS, is_of_place, range_and_place, run_filter, zone_of, zone_parameter};
use crate::runs_backend::{FlowRefusal, ZoneChange};
use crate::shared::Shared;
use crate::signed::{Signed, signature};

const MOST_ROWS: usize = 5_000;
/// So many times that are to come are counted: more than a day has seconds.
pub const MOST_TO_COME: usize = 100_000;
const OTHERS: &str = "Whether runs that no due time made are told, too; without, they are when no `outcome` is asked for.";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let flow = || Parameter::text("flow", Place::Path, "The flow.");
    let outcomes = json!({"type": "string", "enum": OUTCOMES});
    vec![
        get("/api/v1/schedules", "listSchedules", "schedules", "Schedules", list)
            .told("Scheduled flows and jobs", "By name, with what became of the times in the range.")
            .with(range_and_place("Since midnight in `zone` without; `to` is the next midnight without.")),
        get("/api/v1/schedules/hours", "listScheduleHours", "schedules", "ScheduleHours", hours)
            .told(
                "The hours of flows and jobs",
                "For a calendar: of each flow with a schedule or with runs in the range, the hours in which something was due or ran, \
                 each with what became of it. Hours are those of `zone`.",
            )
            .with(range_and_place(
                "The last seven days without: since midnight in `zone` six days ago; `to` is the next midnight without.",
            )),
        get("/api/v1/schedules/{flow}/due", "listDueTimes", "schedules", "DueRows", due)
            .told("The due times of a schedule", "Newest first: past ones with their outcome, future ones as they are computed now.")
            .with([flow()])
            .with(range_parameters("Since midnight in `zone` without; `to` is the next midnight without."))
            .with([
                zone_parameter(),
                Parameter::new("outcome", Place::Repeated, "This became of it.", outcomes),
                Parameter::new("others", Place::Query, OTHERS, json!({"type": "boolean", "default": true})),
                limit_parameter(1_000, MOST_ROWS),
            ])
            .refuses(&[404, 409]),
        write(
            Role::Operator,
            Method::POST,
            "/api/v1/schedules/{flow}/pause",
            "pauseSchedule",
            "schedules",
            ("PauseSchedule", "Schedule"),
            pause,
        )
        .told("Pause a schedule", "Due times pass as `paused`; other triggers still start the flow.")
        .with([flow()])
        .may_be_empty()
        .refuses(&[404, 408, 409, 413, 415, 422]),
        write(
            Role::Operator,
            Method::POST,
            "/api/v1/schedules/{flow}/resume",
            "resumeSchedule",
            "schedules",
            ("SignedByAnybody", "Schedule"),
            resume,
        )
        .told("Resume a schedule", "From its next due time on; what passed meanwhile stays as it is.")
        .with([flow()])
        .may_be_empty()
        .refuses(&[404, 408, 409, 413, 415, 422]),
    ]
}

/// What became of the times of a range, in short: times whose run has not ended count as those that came, cancelled ones as failed.
#[derive(Default, Serialize)]
struct Counts {
    ran: u64,
    late: u64,
    failed: u64,
    missed: u64,
    skipped: u64,
    due: u64,
}

impl Counts {
    fn add(&mut self, outcome: DueOutcome) {
        *match outcome {
            DueOutcome::Ran | DueOutcome::Running | DueOutcome::Retrying => &mut self.ran,
            DueOutcome::Late => &mut self.late,
            DueOutcome::Failed | DueOutcome::Cancelled => &mut self.failed,
            DueOutcome::Missed => &mut self.missed,
            DueOutcome::Skipped | DueOutcome::Paused => &mut self.skipped,
            DueOutcome::Due => &mut self.due,
        } += 1;
    }
}

#[derive(Serialize)]
struct Schedule {
    flow: String,
    application: String,
    kind: FlowKind,
    enabled: bool,
    paused: Option<Pause>,
    next: Option<Timestamp>,
    schedule: ScheduleText,
    last: Option<DueRow>,
    counts: Counts,
    watchdog: Option<WatchdogNote>,
    transitions: Vec<ZoneChange>,
}

fn today(shared: &Shared, zone: &str) -> TimeRange {
    let now = shared.api.backend.now();
    TimeRange { from: midnight(now, zone, 0), to: midnight(now, zone, 1) }
}

fn list(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let range = run_filter(shared, call, today(shared, &zone_of(shared, call)?))?.range;
    let mut rows: BTreeMap<String, Vec<DueRow>> = BTreeMap::new();
    for row in runs.store.due_rows(None, range)? {
        rows.entry(row.flow.clone()).or_default().push(row);
    }
    let mut schedules = Vec::new();
    for flow in runs.store.flows()? {
        if is_of_place(&call.query, [&flow.region, &flow.application, &flow.version, &flow.flow]) {
            let decided = rows.remove(&flow.flow).unwrap_or_default();
            schedules.extend(shown(shared, flow, range, &decided)?);
        }
    }
    Reply::json(&json!({"schedules": schedules}))
}

/// A flow's schedule with what became of a range; `None` when it has none.
fn shown(shared: &Shared, flow: FlowRow, range: TimeRange, decided: &[DueRow]) -> Result<Option<Schedule>, Problem> {
    let runs = shared.runs()?;
    let Some(schedule) = flow.schedule else { return Ok(None) };
    let last = match runs.store.last_due(&flow.flow)? {
        Some(due) => runs.store.due_rows(Some(&flow.flow), TimeRange { from: due, to: due.plus(1) })?.pop(),
        None => None,
    };
    let mut counts = Counts::default();
    decided.iter().for_each(|row| counts.add(row.outcome));
    let is_active = flow.enabled && flow.paused.is_none();
    let to_come = runs.backend.due_times(&flow.flow, after(range, shared.api.backend.now()), MOST_TO_COME);
    counts.due += if is_active { to_come.due.len() as u64 } else { 0 };
    Ok(Some(Schedule {
        application: flow.application,
        kind: flow.kind,
        enabled: flow.enabled,
        paused: flow.paused,
        next: schedule.next.filter(|_| is_active),
        schedule,
        last,
        counts,
        watchdog: flow.watchdog,
        transitions: to_come.transitions,
        flow: flow.flow,
    }))
}

/// What happened within one hour.
#[derive(Serialize)]
struct Hour {
    /// Due times by what became of them.
    #[serde(flatten)]
    due: BTreeMap<&'static str, u64>,
    /// Runs that no due time made.
    others: Others,
}

#[derive(Default, Serialize)]
struct Others {
    succeeded: u64,
    failed: u64,
    other: u64,
}

impl Default for Hour {
    fn default() -> Self {
        Self { due: DueOutcome::ALL.map(|outcome| (outcome.name(), 0)).into(), others: Others::default() }
    }
}

impl Hour {
    fn add(&mut self, what: Counted, count: u64) {
        *match what {
            Counted::Due(outcome) => self.due.entry(outcome.name()).or_default(),
            Counted::Run(Status::Succeeded) => &mut self.others.succeeded,
            Counted::Run(Status::Failed | Status::TimedOut) => &mut self.others.failed,
            Counted::Run(_) => &mut self.others.other,
        } += count;
    }
}

/// Offsets of zones are whole quarters of an hour: hours of any zone are made of these.
const QUARTER: i64 = 15 * MINUTE;
/// Longest range in hours: a month with what leads to full weeks.
const LONGEST: i64 = 40 * DAY;

fn hours(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let (now, zone) = (shared.api.backend.now(), zone_of(shared, call)?);
    let week = TimeRange { from: midnight(now, &zone, -6), to: midnight(now, &zone, 1) };
    let range = run_filter(shared, call, week)?.range;
    if range.to.0.saturating_sub(range.from.0) > LONGEST {
        return Err(Problem::parameter("from", "that is more than 40 days of hours".to_owned(), "ask for a shorter range"));
    }
    let mut tallies: BTreeMap<String, BTreeMap<Timestamp, Hour>> = BTreeMap::new();
    for tally in runs.store.due_tallies(range, QUARTER)? {
        let hours = tallies.entry(tally.flow).or_default();
        hours.entry(hour(tally.at, &zone)).or_default().add(tally.what, tally.count);
    }
    let mut flows = Vec::new();
    for flow in runs.store.flows()? {
        let mut hours = tallies.remove(&flow.flow).unwrap_or_default();
        if !is_of_place(&call.query, [&flow.region, &flow.application, &flow.version, &flow.flow]) {
            continue;
        }
        let is_active = flow.schedule.is_some() && flow.enabled && flow.paused.is_none();
        let to_come = if is_active { runs.backend.due_times(&flow.flow, after(range, now), MOST_TO_COME).due } else { Vec::new() };
        for next in to_come {
            hours.entry(hour(next.due, &zone)).or_default().add(Counted::Due(DueOutcome::Due), 1);
        }
        if flow.schedule.is_some() || !hours.is_empty() {
            flows.push(FlowHours::of(flow, hours));
        }
    }
    Reply::json(&json!({"from": range.from, "to": range.to, "zone": zone, "flows": flows}))
}

#[derive(Serialize)]
struct FlowHours {
    flow: String,
    application: String,
    kind: FlowKind,
    hours: Vec<ShownHour>,
}

#[derive(Serialize)]
struct ShownHour {
    hour: Timestamp,
    #[serde(flatten)]
    counts: Hour,
}

impl FlowHours {
    fn of(flow: FlowRow, hours: BTreeMap<Timestamp, Hour>) -> Self {
        let hours = hours.into_iter().map(|(hour, counts)| ShownHour { hour, counts }).collect();
        Self { flow: flow.flow, application: flow.application, kind: flow.kind, hours }
    }
}

/// The part of a range that is still to come.
fn after(range: TimeRange, now: Timestamp) -> TimeRange {
    TimeRange { from: range.from.max(now), to: range.to.max(now) }
}

fn due(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, flow) = (shared.runs()?, scheduled(shared, call)?);
    let (now, zone) = (shared.api.backend.now(), zone_of(shared, call)?);
    let range = call.query.range(now, &zone, today(shared, &zone))?;
    let limit = call.query.limit(1_000, MOST_ROWS)?;
    let outcomes = outcomes(call)?;
    let mut rows = Vec::new();
    if flow.enabled && flow.paused.is_none() {
        let to_come = runs.backend.due_times(&flow.flow, after(range, now), limit + 1).due;
        rows.extend(to_come.into_iter().rev().map(|next| DueRow {
            flow: flow.flow.clone(),
            due: next.due,
            outcome: DueOutcome::Due,
            reason: None,
            run: None,
            shift: next.shift,
        }));
    }
    rows.extend(runs.store.due_rows(Some(&flow.flow), range)?);
    rows.retain(|row| outcomes.is_empty() || outcomes.contains(&row.outcome));
    let truncated = rows.len() > limit;
    rows.truncate(limit);
    let (others, more) = if asks_for_others(call, &outcomes)? { others(shared, &flow, range, &rows, limit)? } else { (Vec::new(), false) };
    Reply::json(&json!({"due": rows, "others": others, "truncated": truncated || more}))
}

fn asks_for_others(call: &Call, outcomes: &[DueOutcome]) -> Result<bool, Problem> {
    match call.query.one("others") {
        None => Ok(outcomes.is_empty()),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(unknown_name(StatusCode::BAD_REQUEST, "others", other, &["true", "false"])),
    }
}

/// The runs of a range that no due time made, and whether there are more.
fn others(shared: &Shared, flow: &FlowRow, range: TimeRange, rows: &[DueRow], limit: usize) -> Result<(Vec<Run>, bool), Problem> {
    let triggers = TRIGGERS.iter().filter_map(|name| TriggerKind::from_name(name)).filter(|kind| *kind != TriggerKind::Schedule);
    let filter = RunFilter { flows: vec![flow.flow.clone()], triggers: triggers.collect(), ..RunFilter::range(range) };
    let page = shared.runs()?.store.runs(&RunQuery { filter, limit, after: None })?;
    // A watched job that came takes a due time, though no schedule of ours started it.
    let planned: BTreeSet<JobId> = rows.iter().filter_map(|row| row.run.as_ref()).map(|run| run.job_id).collect();
    let others = page.runs.into_iter().filter(|run| !planned.contains(&run.job_id)).collect();
    Ok((others, page.next.is_some()))
}

fn outcomes(call: &Call) -> Result<Vec<DueOutcome>, Problem> {
    let read = |name: &str| DueOutcome::from_name(name).ok_or_else(|| unknown_name(StatusCode::BAD_REQUEST, "outcome", name, &OUTCOMES));
    call.query.all("outcome").map(read).collect()
}

/// The flow of the path, which must have a schedule.
fn scheduled(shared: &Shared, call: &Call) -> Result<FlowRow, Problem> {
    let name = call.query.path("flow");
    let flow = known(shared, name)?;
    if flow.schedule.is_none() { Err(FlowRefusal::NoSchedule(name.to_owned()).into()) } else { Ok(flow) }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PauseBody {
    reason: Option<String>,
    by: Option<String>,
}

fn pause(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let PauseBody { reason, by } = if call.body.is_empty() { PauseBody::default() } else { call.json()? };
    let signature = signature(shared, call, by.as_deref().unwrap_or(UNKNOWN), reason.as_deref().unwrap_or(""))?;
    one(shared, shared.runs()?.backend.pause(call.query.path("flow"), signature)?)
}

fn resume(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let signature = Signed::read(call)?.signature(shared, call)?;
    one(shared, shared.runs()?.backend.resume(call.query.path("flow"), signature)?)
}

fn one(shared: &Shared, flow: FlowRow) -> Result<Reply, Problem> {
    let (range, name) = (today(shared, &shared.api.backend.config().zone), flow.flow.clone());
    let decided = shared.runs()?.store.due_rows(Some(&name), range)?;
    match shown(shared, flow, range, &decided)? {
        Some(schedule) => Reply::json(&schedule),
        None => Err(FlowRefusal::NoSchedule(name).into()),
    }
}
