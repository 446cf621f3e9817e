//! The watchdog: a schedule cannot stop silently. What should have come and did not, or runs too long, is an alert like any other.
//!
//! A reconciler over flows and runs that have not ended: what is wrong now is compared with the alerts that fire, and
//! the difference is written and told.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use magpie_flows::schedule::Options;
use magpie_model::alert::AlertSeverity;
use magpie_model::attention::ITSELF;
use magpie_model::query::TimeRange;
use magpie_model::run::{
    ABSENT, DueOutcome, DueRow, FlowRow, Run, RunFilter, RunKind, RunQuery, ScheduleKind, Status, WatchdogNote, WatchdogReason,
};
use magpie_model::time::{DAY, MILLISECOND, MINUTE, SECOND, format_duration};
use magpie_model::{Alert, AlertState, Condition, Signature, Timestamp};
use magpie_store::AlertQuery;

use super::manage;
use super::shared::Shared;
use crate::serve::now;

/// Monitor of these alerts.
pub(crate) const MONITOR: &str = "(flows)";
/// How often it looks.
pub(super) const LOOK: Duration = Duration::from_secs(5);
/// So many times the usual time is too long ...
const FAR_LONGER: f64 = 5.0;
/// ... but nothing that has worked for less, in ns.
const LEAST: i64 = 10 * MINUTE;
/// Runs that have not ended and are looked at.
const MOST: usize = 5_000;

/// Something that is wrong with a flow.
#[derive(Clone, Debug, PartialEq)]
struct Wrong {
    /// What is measured, in s: how long a run is overdue, works, or since when a due time was missed.
    field: &'static str,
    value: f64,
    limit: f64,
    note: WatchdogNote,
}

impl Wrong {
    /// `since` is what is measured, in ns; the text follows its note's time, not the clock, so that it stands still.
    fn new(field: &'static str, since: i64, limit: i64, (reason, at): (WatchdogReason, Timestamp), text: String) -> Self {
        let note = WatchdogNote { reason, at, limit_ms: limit as f64 / MILLISECOND as f64, text };
        Self { field, value: seconds(since), limit: seconds(limit), note }
    }
}

/// One look at all flows.
pub(super) fn look(shared: &Arc<Shared>) {
    if let Err(error) = look_at(shared) {
        tracing::error!(%error, "flows cannot be watched");
    }
}

fn look_at(shared: &Arc<Shared>) -> magpie_store::Result<()> {
    let (time, flows) = (now(), shared.store.flows()?);
    let active = RunFilter {
        statuses: vec![Status::Queued, Status::Running, Status::Waiting, Status::Retrying],
        ..RunFilter::range(TimeRange::ALL)
    };
    let active = shared.store.runs(&RunQuery { filter: active, limit: MOST, after: None })?.runs;
    let due = shared.store.due_rows(None, TimeRange { from: time.minus(DAY), to: time })?;
    let mut wrong: BTreeMap<(String, &'static str), (Wrong, String)> = BTreeMap::new();
    for row in &flows {
        let options = options_of(shared, row);
        let of_flow: Vec<&Run> = active.iter().filter(|run| run.flow == row.flow).collect();
        let last = due.iter().find(|due| due.flow == row.flow);
        for found in judge(row, &options, &of_flow, last, time) {
            wrong.insert((row.flow.clone(), found.field), (found, row.application.clone()));
        }
    }
    reconcile(shared, &wrong, time)?;
    for row in flows {
        let note = wrong.iter().find(|((flow, _), _)| *flow == row.flow).map(|(_, (found, _))| found.note.clone());
        if row.watchdog != note {
            let signature = Signature { by: ITSELF.to_owned(), at: time, comment: String::new() };
            if let Err(error) = manage::note_row(shared, &row.flow, signature, move |row| row.watchdog = note) {
                tracing::error!(%error, flow = row.flow, "what the watchdog says could not be noted");
            }
        }
    }
    Ok(())
}

fn options_of(shared: &Shared, row: &FlowRow) -> Options {
    let definition = shared.definitions.published(row).ok();
    definition.and_then(|definition| Options::read(&definition.document.metadata).ok()).unwrap_or_default()
}

/// What is wrong with one flow, given its runs that have not ended and its last decided due time.
fn judge(row: &FlowRow, options: &Options, active: &[&Run], last: Option<&DueRow>, time: Timestamp) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if row.enabled && row.paused.is_none() && row.kind == RunKind::Flow && row.published.is_some() {
        wrong.extend(overdue(row, options, active, time));
        wrong.extend(missed(last, time));
    }
    if row.enabled && row.paused.is_none() && row.kind == RunKind::Job && row.schedule.is_some() {
        wrong.extend(missed(last, time));
    }
    wrong.extend(too_long(row, options, active, time));
    wrong
}

/// A due time is past its grace, and nothing has started; or there is no due time at all.
fn overdue(row: &FlowRow, options: &Options, active: &[&Run], time: Timestamp) -> Option<Wrong> {
    let schedule = row.schedule.as_ref()?;
    let by_clock = matches!(schedule.kind, ScheduleKind::Cron | ScheduleKind::Every);
    if by_clock && schedule.next.is_none() {
        let (since, about) = (time.since(row.enabled_at), (WatchdogReason::NoNext, row.enabled_at));
        let text = "it is enabled and has no next due time".to_owned();
        return (since > options.grace).then(|| Wrong::new("overdue_s", since, options.grace, about, text));
    }
    let waiting = active.iter().filter(|run| run.started.is_none()).filter_map(|run| run.trigger.due).min();
    let undecided = schedule.next.filter(|_| by_clock).map(|next| next.plus(options.jitter));
    let due = waiting.into_iter().chain(undecided).min().filter(|due| time.since(*due) > options.grace)?;
    let text = format!("the run that was due at {} has not started", moment(due));
    Some(Wrong::new("overdue_s", time.since(due), options.grace, (WatchdogReason::NotStarted, due), text))
}

/// The last due time was missed, and none has run since.
fn missed(last: Option<&DueRow>, time: Timestamp) -> Option<Wrong> {
    let last = last.filter(|last| last.outcome == DueOutcome::Missed)?;
    let why = match last.reason.as_deref() {
        Some(ABSENT) => "the job did not come",
        Some("age") => "it was too old to be made up for",
        _ => "Magpie was not running, or the clock jumped",
    };
    let text = format!("the run that was due at {} was missed: {why}", moment(last.due));
    Some(Wrong::new("missed_s", time.since(last.due), 0, (WatchdogReason::Missed, last.due), text))
}

/// A run works for longer than it may, or far longer than usual. One that waits for its turn or a retry does not work.
fn too_long(row: &FlowRow, options: &Options, active: &[&Run], time: Timestamp) -> Option<Wrong> {
    let usual = row.usual_ms.map(|usual| (usual * FAR_LONGER * MILLISECOND as f64) as i64);
    let limit = options.longest.or(usual.map(|usual| usual.max(LEAST)))?;
    let running = active.iter().filter(|run| run.status == Status::Running);
    // While it stood failed, before a person retried it, nothing worked.
    let began = running.filter_map(|run| Some(run.started?.plus((run.idle_ms * MILLISECOND as f64) as i64))).min()?;
    let text = format!("a run that began at {} is still running; it may take {}", moment(began), format_duration(limit));
    (time.since(began) > limit).then(|| Wrong::new("running_s", time.since(began), limit, (WatchdogReason::TooLong, began), text))
}

/// A moment to the second.
fn moment(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - at.0 % SECOND)
}

fn seconds(nanos: i64) -> f64 {
    (nanos / MILLISECOND) as f64 / 1_000.0
}

/// Makes the alerts that fire those of what is wrong.
fn reconcile(shared: &Shared, wrong: &BTreeMap<(String, &'static str), (Wrong, String)>, time: Timestamp) -> magpie_store::Result<()> {
    let query = AlertQuery { monitor: Some(MONITOR.to_owned()), limit: usize::MAX, ..AlertQuery::now() };
    let firing = shared.state.alerts(&query)?;
    let mut changed = Vec::new();
    for ((flow, field), (found, application)) in wrong {
        let before = firing.iter().find(|alert| alert.field == *field && alert.dimensions.get("flow") == Some(flow));
        match before {
            None => changed.push(alert(flow, application, found, time)),
            // Written again now and then, so that its value is not old.
            Some(before) if time.since(before.judged) >= MINUTE => {
                changed.push(Alert { value: Some(found.value), judged: time, ..before.clone() });
            }
            Some(_) => {}
        }
    }
    for alert in firing {
        let flow = alert.dimensions.get("flow").cloned().unwrap_or_default();
        if !wrong.keys().any(|(wrong, field)| *wrong == flow && *field == alert.field) {
            changed.push(Alert { state: AlertState::Resolved, resolved: Some(time), judged: time, ..alert });
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    shared.state.put_alerts(&changed)?;
    for alert in changed {
        tracing::info!(flow = ?alert.dimensions.get("flow"), field = %alert.field, state = alert.state.name(), value = alert.value, "alert");
        shared.live.alert(Arc::new(alert));
    }
    Ok(())
}

fn alert(flow: &str, application: &str, found: &Wrong, time: Timestamp) -> Alert {
    let mut hasher = DefaultHasher::new();
    (flow, found.field, time.0).hash(&mut hasher);
    // A word that can be grouped by, silenced and told in any language; times of day are in the alert itself.
    let mut labels = BTreeMap::from([("reason".to_owned(), found.note.reason.name().to_owned())]);
    if !application.is_empty() {
        labels.insert("application".to_owned(), application.to_owned());
    }
    Alert {
        id: format!("{:016x}", hasher.finish()),
        monitor: MONITOR.to_owned(),
        dimensions: BTreeMap::from([("flow".to_owned(), flow.to_owned())]),
        field: found.field.to_owned(),
        aggregate: None,
        condition: Condition::Above(found.limit),
        state: AlertState::Firing,
        severity: AlertSeverity::Warning,
        labels,
        value: Some(found.value),
        no_data: false,
        since: time,
        fired: Some(time),
        resolved: None,
        judged: time,
        complete: 1.0,
        provisional: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::describe;
    use super::*;
    use magpie_flows::definition::Definition;
    use magpie_flows::run::JobId;
    use magpie_model::run::{DueShift, FlowOrigin, RunKind, Trigger, TriggerKind};

    const NOW: Timestamp = Timestamp(1_000 * MINUTE);

    fn row(schedule: &str, next: Option<i64>) -> FlowRow {
        let text = format!(
            "document: {{dsl: '1.0.3', namespace: a, name: b, version: '1.0.0'}}\nschedule: {schedule}\ndo: [{{x: {{set: {{a: 1}}}}}}]"
        );
        let mut row = describe::row(&Definition::read(&text).unwrap(), None, FlowOrigin::Api, None, "UTC", Timestamp(0));
        row.published = Some(1);
        row.schedule.as_mut().unwrap().next = next.map(|minutes| Timestamp(minutes * MINUTE));
        row
    }

    fn fields(row: &FlowRow, last: Option<DueOutcome>) -> Vec<&'static str> {
        let last = last.map(|outcome| DueRow {
            flow: "a.b".into(),
            due: NOW.minus(DAY / 2),
            outcome,
            reason: None,
            run: None,
            shift: None::<DueShift>,
        });
        judge(row, &Options::default(), &[], last.as_ref(), NOW).into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn a_run_did_not_work_while_it_waited_failed_for_a_person() {
        let (row, options) = (row("{cron: '* * * * *'}", Some(1_001)), Options { longest: Some(10 * MINUTE), ..Options::default() });
        let trigger = Trigger { kind: TriggerKind::Manual, by: None, due: None };
        let hour = NOW.minus(60 * MINUTE);
        let run = Run::triggered(JobId::new(hour, 0), "a.b", RunKind::Flow, trigger, hour);
        for (idle_ms, expected) in [(0.0, vec!["running_s"]), (3_540_000.0, vec![])] {
            let run = Run { status: Status::Running, started: Some(hour), idle_ms, ..run.clone() };
            let wrong: Vec<_> = judge(&row, &options, &[&run], None, NOW).into_iter().map(|wrong| wrong.field).collect();
            assert_eq!(wrong, expected, "idle for {idle_ms} ms");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_times_that_stand_still() {
        let (due, run) = (row("{cron: '* * * * *'}", Some(990)), |started| {
            let trigger = Trigger { kind: TriggerKind::Manual, by: None, due: None };
            let run = Run::triggered(JobId::new(started, 0), "a.b", RunKind::Flow, trigger, started);
            Run { status: Status::Running, started: Some(started), ..run }
        });
        let options = Options { longest: Some(30 * MINUTE), ..Options::default() };
        let run = run(NOW.minus(40 * MINUTE));
        for later in [0, 7 * SECOND] {
            let wrong = judge(&due, &options, &[&run], None, NOW.plus(later));
            let told: Vec<_> = wrong.iter().map(|wrong| (wrong.note.reason, wrong.note.text.as_str(), wrong.note.limit_ms)).collect();
            assert_eq!(
                told,
                [
                    (WatchdogReason::NotStarted, "the run that was due at 1970-01-01T16:30:00Z has not started", 300_000.0),
                    (WatchdogReason::TooLong, "a run that began at 1970-01-01T16:00:00Z is still running; it may take 30m", 1_800_000.0),
                ]
            );
        }
    }

    #[test]
    fn a_schedule_that_stops_is_told() {
        let cron = "{cron: '* * * * *'}";
        for (name, row, last, expected) in [
            ("all is well", row(cron, Some(1_001)), Some(DueOutcome::Ran), vec![]),
            ("within its grace", row(cron, Some(997)), None, vec![]),
            ("nobody decides", row(cron, Some(990)), None, vec!["overdue_s"]),
            ("no next time", row(cron, None), None, vec!["overdue_s"]),
            ("the last one was missed", row(cron, Some(1_001)), Some(DueOutcome::Missed), vec!["missed_s"]),
            ("events start it", row("{on: {one: {with: {type: x}}}}", None), None, vec![]),
            ("disabled", FlowRow { enabled: false, ..row(cron, None) }, None, vec![]),
            ("a draft", FlowRow { published: None, ..row(cron, None) }, None, vec![]),
        ] {
            assert_eq!(fields(&row, last), expected, "{name}");
        }
    }
}
