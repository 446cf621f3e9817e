//! Watched jobs: commands that others run, told by `magpie exec`. Their lines are run logs, their exit codes the status.
//!
//! A job is a run that nobody here works on: who runs it holds a lease by telling of it, and one that is silent for too long has
//! failed.

use std::sync::Arc;

use magpie_api::{JobAttempt, JobBegin, JobLine, JobLines, JobStream, RunRefusal};
use magpie_flows::retry::Policy;
use magpie_flows::run::state::{RunEvent, RunState};
use magpie_flows::run::{Ending, Fault, JobId, Standard};
use magpie_model::attention::ITSELF;
use magpie_model::query::TimeRange;
use magpie_model::run::{Attempt, DueDecision, FlowOrigin, FlowRow, Run, RunKind, ScheduleText, Shown, Status, Trigger, TriggerKind};
use magpie_model::time::MINUTE;
use magpie_model::{Severity, Signature, Timestamp};
use magpie_store::runs::{Admission, Advance, Cause, Change, FlowChange, HeldRun, Inserted, Lease, NewRun};
use serde_json::{Value, json};

use super::attempt::who;
use super::moves::{self, Plan};
use super::records::{Lines, Plain};
use super::shared::Shared;
use super::{expected, manage};
use crate::serve::now;

/// Silence after which a job is taken for dead, in ns.
const SILENCE: i64 = 5 * MINUTE;
/// Who holds the lease of a watched job.
const OWNER: &str = "exec";
/// Longest line that is kept, in bytes.
const LONGEST_LINE: usize = 64 << 10;

/// A job begins: told twice with one id, it is one run.
pub(super) fn begin(shared: &Arc<Shared>, begin: &JobBegin) -> Result<JobId, RunRefusal> {
    if let Some(job_id) = begin.job_id
        && shared.store.held(job_id).map_err(failed)?.is_some()
    {
        return Ok(job_id);
    }
    let job_id = begin.job_id.unwrap_or_else(|| JobId::new(begin.started, fastrand::u128(..)));
    make(shared, begin, job_id)?;
    let run = shared.store.held(job_id).map_err(failed)?.ok_or_else(|| RunRefusal::NoRun(job_id.to_string()))?.run;
    shared.changed(&run);
    say(shared, &run, begin.started, Severity::Info, "start", &format!("begun on {}: {}", begin.host, begin.command.join(" ")))?;
    Ok(job_id)
}

/// An attempt begins, lives or has ended. Told twice, nothing more happens.
pub(super) fn attempt(shared: &Arc<Shared>, job_id: JobId, told: JobAttempt) -> Result<Run, RunRefusal> {
    if told.status != Status::Running && !told.status.is_final() {
        let message = format!("an attempt is not `{}`; write running, succeeded, failed, cancelled or timed_out", told.status.name());
        return Err(RunRefusal::Wrong { member: "status".to_owned(), message });
    }
    let before = shared.store.held(job_id).map_err(failed)?.filter(|held| held.run.kind == RunKind::Job);
    let before = before.ok_or_else(|| RunRefusal::NoRun(job_id.to_string()))?.run;
    let is_known = before.status.is_final() || before.attempt > told.attempt;
    if is_known || (before.attempt == told.attempt && before.status == told.status && told.status != Status::Running) {
        return Ok(before);
    }
    let asked = told.clone();
    let advance: Advance =
        Arc::new(move |held: HeldRun| if asked.status == Status::Running { lives(held, &asked) } else { ended(held, &asked) });
    let Some(held) = shared.store.change(job_id, None, advance).map_err(failed)? else { return Ok(before) };
    shared.changed(&held.run);
    let is_new = before.attempt < told.attempt;
    match told.status {
        Status::Running if is_new => {
            say(shared, &held.run, told.started, Severity::Info, "start", &format!("attempt {} started", told.attempt))?;
        }
        Status::Running => {}
        _ => say_end(shared, &held.run, &told)?,
    }
    Ok(held.run)
}

fn say_end(shared: &Shared, run: &Run, told: &JobAttempt) -> Result<(), RunRefusal> {
    let (severity, what) = match told.status {
        Status::Succeeded => (Severity::Info, "succeeded"),
        Status::Cancelled => (Severity::Warn, "was cancelled"),
        Status::TimedOut => (Severity::Error, "timed out"),
        _ => (Severity::Error, "failed"),
    };
    let how = match (told.code, told.signal) {
        (Some(code), _) => format!(" with exit code {code}"),
        (None, Some(signal)) => format!(" by signal {signal}"),
        (None, None) => String::new(),
    };
    say(shared, run, told.ended.unwrap_or_else(now), severity, "end", &format!("attempt {} {what}{how}", told.attempt))
}

/// An attempt that began, or goes on.
fn lives(held: HeldRun, told: &JobAttempt) -> Option<Change> {
    let (number, started) = (told.attempt.max(1), told.started);
    let mut plan = Plan::of(&held);
    if plan.state.status.is_final() || plan.state.attempt > number {
        return None;
    }
    let is_new = plan.state.attempt < number;
    plan.state = RunState {
        status: Status::Running,
        attempt: number,
        retries: number - 1,
        due: None,
        started: plan.state.started.or(Some(started)),
        ..plan.state
    };
    plan.attempt_started = Some(started);
    let mut held = moves::written(held, &plan, started);
    held.lease = Some(lease());
    let attempt = Attempt { attempt: number, started, ended: None, status: Status::Running, fault: None };
    Some(Change { attempt: is_new.then_some(attempt), ..Change::to(held) })
}

fn lease() -> Lease {
    Lease { owner: OWNER.to_owned(), until: now().plus(SILENCE) }
}

fn make(shared: &Arc<Shared>, begin: &JobBegin, job_id: JobId) -> Result<(), RunRefusal> {
    if begin.flow.is_empty() || begin.flow.len() > 200 {
        let message = "a job needs a name of at most 200 characters, such as `nightly-backup`".to_owned();
        return Err(RunRefusal::Wrong { member: "flow".to_owned(), message });
    }
    let present = shared.store.flow(&begin.flow).map_err(failed)?;
    if present.as_ref().is_some_and(|row| row.kind == RunKind::Flow) {
        let message = format!("`{}` is a flow that Magpie runs; give the job another name", begin.flow);
        return Err(RunRefusal::Wrong { member: "flow".to_owned(), message });
    }
    let schedule = begin.schedule.as_ref().map(|told| expected::schedule(told, &shared.zone())).transpose()?;
    let row = registered(shared, begin, present, schedule)?;
    let decided = match shared.store.last_due(&begin.flow).map_err(failed)? {
        Some(due) => shared.store.due_rows(Some(&begin.flow), TimeRange { from: due, to: due.plus(1) }).map_err(failed)?.pop(),
        None => None,
    };
    let cause = expected::cause(&row, decided.as_ref(), begin.started);
    match insert(shared, begin, job_id, cause)? {
        // Somebody else has decided that due time meanwhile.
        Inserted::Settled => insert(shared, begin, job_id, Cause::None).map(drop),
        _ => Ok(()),
    }
}

/// The row of the job, changed where it is told otherwise than before.
fn registered(
    shared: &Arc<Shared>,
    begin: &JobBegin,
    present: Option<FlowRow>,
    schedule: Option<ScheduleText>,
) -> Result<FlowRow, RunRefusal> {
    let empty = FlowRow::new(&begin.flow, RunKind::Job, FlowOrigin::Exec, begin.started);
    let before = present.clone().unwrap_or_else(|| empty.clone());
    let (application, region, labels) = (begin.application.clone(), begin.region.clone(), begin.labels.clone());
    let mut wanted = FlowRow { application, region, labels, ..before.clone() };
    if let Some(schedule) = schedule {
        let is_same = before.schedule.as_ref().is_some_and(|old| (&old.text, &old.timezone) == (&schedule.text, &schedule.timezone));
        if !is_same {
            // What was due before it was told is nothing that was missed.
            (wanted.schedule, wanted.enabled_at) = (Some(schedule), begin.started);
        }
        wanted.grace_ms = begin.schedule.as_ref().and_then(|told| told.grace_ms);
    }
    if present.as_ref() == Some(&wanted) {
        return Ok(wanted);
    }
    let told = wanted.clone();
    let change = FlowChange {
        flow: begin.flow.clone(),
        row: Box::new(move |_| Ok(Some(told))),
        save: None,
        expected: None,
        publish: None,
        action: Some("watch job"),
        signature: Signature { by: ITSELF.to_owned(), at: begin.started, comment: String::new() },
    };
    manage::changed(shared, change).map_err(|error| RunRefusal::Failed(error.to_string()))?;
    Ok(wanted)
}

fn insert(shared: &Shared, begin: &JobBegin, job_id: JobId, cause: Cause) -> Result<Inserted, RunRefusal> {
    let (due, late) = match &cause {
        Cause::Due { due, decision, .. } => (Some(*due), *decision == DueDecision::Late),
        _ => (None, false),
    };
    let trigger = Trigger { kind: TriggerKind::Exec, by: Some(begin.host.clone()).filter(|host| !host.is_empty()), due };
    let run = Run {
        application: begin.application.clone(),
        region: begin.region.clone(),
        late,
        ..Run::triggered(job_id, &begin.flow, RunKind::Job, trigger, begin.started)
    };
    let input = json!({ "command": begin.command, "host": begin.host });
    let new = NewRun {
        held: HeldRun { run, state: Plan::triggered(begin.started).to_value(), due: None, lease: Some(lease()), cancel: None },
        labels: begin.labels.clone(),
        attempt: None,
        input: input.to_string().into_bytes(),
        shown: Shown { value: input, ..Shown::default() },
        admission: Admission::Always,
        cause,
        signature: None,
    };
    shared.store.insert(new).map_err(failed)
}

/// Lines of a job become run logs; also without lines it is a sign of life.
pub(super) fn lines(shared: &Arc<Shared>, job_id: JobId, told: &JobLines) -> Result<(), RunRefusal> {
    let alive: Advance = Arc::new(|mut held: HeldRun| {
        held.lease = Some(lease());
        (held.run.status == Status::Running).then(|| Change::to(held))
    });
    shared.store.change(job_id, Some(OWNER), alive).map_err(failed)?;
    let held = shared.store.held(job_id).map_err(failed)?.filter(|held| held.run.kind == RunKind::Job);
    let run = held.ok_or_else(|| RunRefusal::NoRun(job_id.to_string()))?.run;
    let (mut written, who, redactor) = (Lines::default(), who(&run), magpie_flows::run::Redactor::new(&Value::Null, LONGEST_LINE));
    for (number, line) in (told.first + 1..).zip(&told.lines) {
        let severity = line.severity.unwrap_or_else(|| severity_of(line));
        let message = redactor.text(&line.text);
        let plain = Plain {
            time: line.time,
            severity: severity.name(),
            component: "exec",
            operation: line.stream.name(),
            category: "output",
            message: &message,
        };
        written.add_numbered(&who, &job_id.to_string(), told.attempt, &plain, number);
    }
    if told.lost > 0 {
        let message = format!("{} lines were lost", told.lost);
        let time = told.lines.first().map_or_else(now, |line| line.time);
        let plain = Plain { time, severity: "warn", component: "exec", operation: "lost", category: "output", message: &message };
        written.add_plain(&who, &job_id.to_string(), told.attempt, &plain);
    }
    if shared.records.append_blocking(written) { Ok(()) } else { Err(RunRefusal::Failed("the run log has ended".to_owned())) }
}

/// How serious a line is that does not say it: by its first word that is a severity; else what the error output is for.
fn severity_of(line: &JobLine) -> Severity {
    let words = line.text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).take(6);
    let told = words.into_iter().find_map(|word| match word.to_ascii_lowercase().as_str() {
        "fatal" | "critical" | "panic" => Some(Severity::Fatal),
        "error" | "err" | "failed" => Some(Severity::Error),
        "warn" | "warning" => Some(Severity::Warn),
        "debug" => Some(Severity::Debug),
        "info" => Some(Severity::Info),
        _ => None,
    });
    told.unwrap_or(if line.stream == JobStream::Stderr { Severity::Warn } else { Severity::Info })
}

/// An attempt has ended; the job itself says whether it is tried again.
fn ended(held: HeldRun, end: &JobAttempt) -> Option<Change> {
    let mut plan = Plan::of(&held);
    if held.run.kind != RunKind::Job || plan.state.status.is_final() {
        return None;
    }
    let started = end.started;
    let ended = end.ended.unwrap_or_else(now);
    let fault = (end.status != Status::Succeeded).then(|| {
        let detail = end.detail.clone().unwrap_or_else(|| end.code.map_or("it failed".to_owned(), |code| format!("exit code {code}")));
        let standard = if end.status == Status::TimedOut { Standard::Timeout } else { Standard::Runtime };
        Fault::new(standard, detail)
    });
    let again = end.next_try.filter(|_| end.status != Status::Succeeded);
    plan.state.fault = fault.clone();
    plan.state.attempt = end.attempt;
    plan.state.started = plan.state.started.or(Some(started));
    plan.state.status = if again.is_some() { Status::Retrying } else { end.status };
    plan.state.due = None;
    let mut held = moves::written(held, &plan, ended);
    held.run.next_try = again;
    // Until its next attempt it has to give signs of life too.
    held.lease = again.map(|again| Lease { owner: OWNER.to_owned(), until: again.plus(SILENCE) });
    let attempt = Attempt { attempt: end.attempt, started, ended: Some(ended), status: end.status, fault: fault.as_ref().map(moves::note) };
    Some(Change { attempt: Some(attempt), ..Change::to(held) })
}

/// What becomes of a job that gives no sign of life.
pub(super) fn lost(held: HeldRun, policy: &Policy, time: Timestamp) -> Option<Change> {
    let fault = Fault::new(Standard::Runtime, "it has given no sign of life for 5 minutes: `magpie exec` or its host has ended");
    let never = Policy { max_retries: Some(0), ..*policy };
    let mut plan = Plan::of(&held);
    plan.state.status = Status::Running;
    let held = HeldRun { state: plan.to_value(), ..held };
    moves::moved(held, RunEvent::Ended(Ending::Failed(fault)), &never, time, 0.0)
}

/// A line of our own, at the time of what it tells: what a job tells may come much later, and stands among the lines of its command.
fn say(shared: &Shared, run: &Run, time: Timestamp, severity: Severity, operation: &str, message: &str) -> Result<(), RunRefusal> {
    let mut lines = Lines::default();
    let plain = Plain { time, severity: severity.name(), component: "exec", operation, category: "output", message };
    lines.add_plain(&who(run), &run.job_id.to_string(), run.attempt, &plain);
    if shared.records.append_blocking(lines) { Ok(()) } else { Err(RunRefusal::Failed("the run log has ended".to_owned())) }
}

fn failed(error: magpie_store::Error) -> RunRefusal {
    RunRefusal::Failed(error.to_string())
}
