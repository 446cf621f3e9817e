//! Watched jobs that are expected: when the next run should come, which due time a run answers, and which were missed.
//!
//! `magpie exec --schedule` says when a job should run; nobody here starts it. A run that begins takes the latest due time that is
//! not decided; a due time that nothing has taken when its grace is over was missed, and the watchdog tells it. A run that comes
//! after all, and before the next due time, takes it as late.

use std::sync::Arc;

use jiff::tz::TimeZone;
use magpie_api::{JobSchedule, NextDue, RunRefusal, ZoneChange};
use magpie_flows::schedule::{Cron, DueTime, Schedule, transitions};
use magpie_model::attention::ITSELF;
use magpie_model::query::TimeRange;
use magpie_model::run::{ABSENT, DueDecision, DueOutcome, DueRow, FlowRow, RunKind, ScheduleKind, ScheduleText};
use magpie_model::time::{DAY, MILLISECOND, MINUTE};
use magpie_model::{Signature, Timestamp};
use magpie_store::runs::{Cause, DueNote};

use super::shared::Shared;
use super::{describe, manage};
use crate::serve::now;

/// How late a job may come when nobody says it, in ns.
const GRACE: i64 = 5 * MINUTE;
/// A cron daemon may be a little early by our clock: at most so long, in ns, and by this part of the time since the due time before.
const EARLY: (i64, i64) = (MINUTE, 10);
/// Due times of one job decided in one look.
const AT_ONCE: usize = 1_000;

/// The schedule that a job was told with, as its row keeps it.
pub(super) fn schedule(told: &JobSchedule, zone: &str) -> Result<ScheduleText, RunRefusal> {
    let wrong = |member: &str, message: String| RunRefusal::Wrong { member: format!("schedule.{member}"), message };
    Cron::parse(&told.cron).map_err(|error| wrong("cron", error.to_string()))?;
    let timezone = told.timezone.clone().unwrap_or_else(|| zone.to_owned());
    if TimeZone::get(&timezone).is_err() {
        return Err(wrong("timezone", format!("`{timezone}` is no time zone; write an IANA name such as Europe/Berlin")));
    }
    Ok(ScheduleText { kind: ScheduleKind::Cron, text: told.cron.clone(), timezone, next: None })
}

fn times(row: &FlowRow, after: Timestamp, until: Timestamp, limit: usize) -> Vec<DueTime> {
    let cron =
        row.schedule.as_ref().and_then(|schedule| Some((Cron::parse(&schedule.text).ok()?, describe::time_zone(&schedule.timezone))));
    let Some((cron, zone)) = cron else { return Vec::new() };
    Schedule::Cron(cron).between(after, until, &zone, row.enabled_at, limit)
}

fn grace(row: &FlowRow) -> i64 {
    row.grace_ms.map_or(GRACE, |ms| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(MILLISECOND))
}

/// What a run of a job that begins settles: the latest due time before it that no run has settled. A first run may be the
/// one that its schedule means, or come between.
pub(super) fn cause(row: &FlowRow, decided: Option<&DueRow>, started: Timestamp) -> Cause {
    let is_absent = |row: &DueRow| row.outcome == DueOutcome::Missed && row.reason.as_deref() == Some(ABSENT);
    let after = match decided {
        None => started.minus(grace(row)).minus(1),
        Some(last) if is_absent(last) => last.due.minus(1),
        Some(last) => last.due,
    };
    let mut come = times(row, after.max(started.minus(DAY)), started.plus(EARLY.0), AT_ONCE);
    let is_too_early = |come: &[DueTime]| {
        let (last, others) = come.split_last()?;
        let before = others.last().map(|due| due.at).or(decided.map(|row| row.due));
        let early = before.map_or(EARLY.0, |before| EARLY.0.min(last.at.since(before) / EARLY.1));
        Some(last.at.since(started) > early)
    };
    while is_too_early(&come) == Some(true) {
        come.pop();
    }
    let Some(due) = come.pop() else { return Cause::None };
    let is_late = started.since(due.at) > grace(row);
    let decision = if is_late { DueDecision::Late } else { DueDecision::Run };
    Cause::Due { due: due.at, decision, reason: is_late.then(|| "down".to_owned()), shift: describe::shift(&due) }
}

/// One look at all expected jobs.
pub(super) fn look(shared: &Arc<Shared>) {
    let flows = match shared.store.flows() {
        Ok(flows) => flows,
        Err(error) => return tracing::error!(%error, "expected jobs cannot be read"),
    };
    for row in flows.into_iter().filter(|row| row.kind == RunKind::Job && row.schedule.is_some()) {
        if let Err(error) = look_at(shared, &row) {
            tracing::error!(flow = row.flow, %error, "an expected job could not be followed");
        }
    }
}

fn look_at(shared: &Arc<Shared>, row: &FlowRow) -> Result<(), String> {
    let time = now();
    let decided = shared.store.last_due(&row.flow).map_err(|error| error.to_string())?;
    let notes = missed(row, decided, time);
    if !notes.is_empty() {
        shared.store.note_due(notes).map_err(|error| error.to_string())?;
    }
    let is_active = row.enabled && row.paused.is_none();
    let next = undecided(row, decided, time, time.plus(366 * DAY), 1).first().map(|due| due.at).filter(|_| is_active);
    if row.schedule.as_ref().is_some_and(|schedule| schedule.next != next) {
        let signature = Signature { by: ITSELF.to_owned(), at: time, comment: String::new() };
        let set = move |row: &mut FlowRow| row.schedule.iter_mut().for_each(|schedule| schedule.next = next);
        manage::note_row(shared, &row.flow, signature, set).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The due times of a range that no run has settled yet: one that came early has settled a time still to come.
fn undecided(row: &FlowRow, decided: Option<Timestamp>, after: Timestamp, until: Timestamp, limit: usize) -> Vec<DueTime> {
    times(row, decided.map_or(after, |decided| decided.max(after)), until, limit)
}

/// The due times whose grace is over and that no run has settled.
fn missed(row: &FlowRow, decided: Option<Timestamp>, time: Timestamp) -> Vec<DueNote> {
    let after = decided.map_or(row.enabled_at, |decided| decided.max(row.enabled_at));
    let over = times(row, after, time.minus(grace(row)), AT_ONCE);
    let (decision, reason) = match (row.enabled, &row.paused) {
        (true, None) => (DueDecision::Missed, ABSENT),
        _ => (DueDecision::Paused, "paused"),
    };
    let note = |due: DueTime| DueNote {
        flow: row.flow.clone(),
        due: due.at,
        decision,
        reason: Some(reason.to_owned()),
        shift: describe::shift(&due),
    };
    over.into_iter().map(note).collect()
}

/// The due times to come, and the changes of the zone; `decided` is the newest due time that a run has settled.
pub(super) fn to_come(row: &FlowRow, decided: Option<Timestamp>, range: TimeRange, limit: usize) -> (Vec<NextDue>, Vec<ZoneChange>) {
    let (from, until) = (range.from.minus(1), range.to.minus(1));
    let due = undecided(row, decided, from, until, limit);
    let due = due.iter().map(|due| NextDue { due: due.at, shift: describe::shift(due) }).collect();
    let zone = row.schedule.as_ref().map_or(TimeZone::UTC, |schedule| describe::time_zone(&schedule.timezone));
    let changes = transitions(&zone, from, 2).into_iter();
    (due, changes.map(|change| ZoneChange { at: change.at, before: change.before, after: change.after }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::run::FlowOrigin;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("2026-11-20T{text}Z")).unwrap()
    }

    fn row() -> FlowRow {
        let told = JobSchedule { cron: "0 3 * * *".into(), timezone: None, grace_ms: Some(600_000) };
        let schedule = Some(schedule(&told, "UTC").unwrap());
        FlowRow { schedule, grace_ms: Some(600_000), ..FlowRow::new("backup", RunKind::Job, FlowOrigin::Exec, at("01:00:00")) }
    }

    #[test]
    fn a_run_takes_the_due_time_it_was_started_for() {
        let decided = |due, outcome, reason: Option<&str>| {
            Some(DueRow { flow: "backup".into(), due, outcome, reason: reason.map(str::to_owned), run: None, shift: None })
        };
        let yesterday = decided(Timestamp::parse_rfc3339("2026-11-19T03:00:00Z").unwrap(), DueOutcome::Ran, None);
        let today = |outcome, reason| decided(at("03:00:00"), outcome, reason);
        for (name, decided, started, expected) in [
            ("in time", &yesterday, "03:00:02", Some(DueDecision::Run)),
            ("a little early by our clock", &yesterday, "02:59:30", Some(DueDecision::Run)),
            ("late", &yesterday, "03:30:00", Some(DueDecision::Late)),
            ("the first run ever, in time", &None, "03:04:00", Some(DueDecision::Run)),
            ("the first run ever, between", &None, "12:00:00", None),
            ("a second run for the same time", &today(DueOutcome::Ran, None), "03:20:00", None),
            ("late, after it was told as missed", &today(DueOutcome::Missed, Some(ABSENT)), "05:20:00", Some(DueDecision::Late)),
            ("after it passed while it was paused", &today(DueOutcome::Paused, Some("paused")), "05:20:00", None),
            ("long before", &yesterday, "02:00:00", None),
        ] {
            let found = match cause(&row(), decided.as_ref(), at(started)) {
                Cause::Due { due, decision, .. } => {
                    assert_eq!(due, at("03:00:00"), "{name}");
                    Some(decision)
                }
                _ => None,
            };
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_run_between_two_due_times_that_are_close_is_not_early_for_the_next_one() {
        let told = JobSchedule { cron: "* * * * *".into(), timezone: None, grace_ms: None };
        let row = FlowRow { schedule: Some(schedule(&told, "UTC").unwrap()), ..row() };
        let ran = |at| DueRow { flow: "backup".into(), due: at, outcome: DueOutcome::Ran, reason: None, run: None, shift: None };
        for (decided, started, expected) in
            [("03:00:00", "03:00:30", None), ("03:00:00", "03:00:57", Some("03:01:00")), ("03:00:00", "03:02:30", Some("03:02:00"))]
        {
            let due = match cause(&row, Some(&ran(at(decided))), at(started)) {
                Cause::Due { due, .. } => Some(due),
                _ => None,
            };
            assert_eq!(due, expected.map(at), "{started}");
        }
    }

    #[test]
    fn a_due_time_that_a_run_settled_early_is_not_still_to_come() {
        let range = TimeRange { from: at("02:59:30"), to: at("02:59:30").plus(2 * DAY) };
        let to_come = |decided| to_come(&row(), decided, range, 10).0.into_iter().map(|next| next.due).collect::<Vec<_>>();
        let (today, tomorrow) = (at("03:00:00"), at("03:00:00").plus(DAY));
        assert_eq!(to_come(Some(today.minus(DAY))), [today, tomorrow]);
        assert_eq!(to_come(Some(today)), [tomorrow]);
    }

    #[test]
    fn a_due_time_is_missed_when_its_grace_is_over_and_nothing_came() {
        for (name, decided, now, expected) in [
            ("within its grace", None, "03:09:59", 0),
            ("over", None, "03:10:00", 1),
            ("something came", Some(at("03:00:00")), "04:00:00", 0),
        ] {
            let notes = missed(&row(), decided, at(now));
            assert_eq!(notes.len(), expected, "{name}");
            assert!(notes.iter().all(|note| note.decision == DueDecision::Missed && note.due == at("03:00:00")), "{name}");
        }
        assert!(missed(&FlowRow { enabled_at: at("05:00:00"), ..row() }, None, at("06:00:00")).is_empty(), "before it was told");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for (cron, zone, member) in [("0 3 * *", None, "schedule.cron"), ("0 3 * * *", Some("Mars/Olympus"), "schedule.timezone")] {
            let told = JobSchedule { cron: cron.into(), timezone: zone.map(str::to_owned), grace_ms: None };
            assert!(matches!(schedule(&told, "UTC"), Err(RunRefusal::Wrong { member: named, .. }) if named == member));
        }
    }
}
