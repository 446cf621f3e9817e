//! `magpie schedules`: what was due and what became of it, what is due next; pausing, resuming, running now.

use std::io::Write;
use std::process::ExitCode;

use hyper::Method;
use magpie_api::MOST_TO_COME;
use magpie_model::Timestamp;
use magpie_model::run::{ABSENT, DueOutcome, DueRow, Run, ScheduleKind, ScheduleText};
use serde_json::{Value, json};

use super::asked::{self, Asked, add_which, length, moment, print, read, short, trigger, trouble};
use super::client::{Query, segment};
use super::flows::start;
use crate::cli::{SchedulesArgs, SchedulesCommand};
use crate::error::Result;
use crate::report::numbers;
use crate::report::paint::{Cell, Table, Tone};

/// Does what was asked.
pub(super) fn run(args: &SchedulesArgs) -> Result<ExitCode> {
    let asked = Asked::new(&args.ask)?;
    let path = |flow: &str, what: &str| format!("/api/v1/schedules/{}/{what}", segment(flow));
    match &args.what {
        SchedulesCommand::List { which } => {
            let mut query = Query::default();
            add_which(&mut query, which);
            list(&asked, &query)?;
        }
        SchedulesCommand::Due { flow, from, to, outcome } => {
            let mut query = Query::default();
            from.iter().for_each(|from| query.add("from", from));
            to.iter().for_each(|to| query.add("to", to));
            outcome.iter().for_each(|outcome| query.add("outcome", outcome));
            if to.is_none() && outcome.is_empty() {
                leave_out_what_is_to_come(&mut query);
            }
            due(&asked, &path(flow, "due"), &query)?;
        }
        SchedulesCommand::Pause { flow, reason } => {
            changed(&asked, flow, "paused", &path(flow, "pause"), json!({"reason": reason.as_deref().unwrap_or("")}))?;
        }
        SchedulesCommand::Resume { flow, comment } => {
            changed(&asked, flow, "resumed", &path(flow, "resume"), json!({"comment": comment.as_deref().unwrap_or("")}))?;
        }
        SchedulesCommand::Run { flow } => return start(&asked, flow, None, None, false),
    }
    Ok(ExitCode::SUCCESS)
}

/// What is still to come has nothing to tell, and would stand first. The end lies a little ahead: a job may have come early.
fn leave_out_what_is_to_come(query: &mut Query) {
    query.add("to", "now+1m");
    query.add("others", "true");
    DueOutcome::ALL.into_iter().filter(|outcome| *outcome != DueOutcome::Due).for_each(|outcome| query.add("outcome", outcome.name()));
}

fn list(asked: &Asked, query: &Query) -> Result<()> {
    let answer = asked.get("/api/v1/schedules", query)?;
    asked.show(&answer, |out| {
        let titles = [
            ("Flow", false),
            ("schedule", false),
            ("state", false),
            ("next", false),
            ("ran", true),
            ("late", true),
            ("failed", true),
            ("missed", true),
            ("skipped", true),
            ("due", true),
            ("what is wrong", false),
        ];
        let mut table = Table::new(&titles);
        let schedules = answer["schedules"].as_array().map_or(&[][..], Vec::as_slice);
        for schedule in schedules {
            table.row(row(schedule)?);
        }
        print((!schedules.is_empty()).then_some(table), "no schedules", out)
    })
}

/// A schedule as people say it; only the clock has a zone.
fn written(schedule: &ScheduleText) -> String {
    let text = &schedule.text;
    match schedule.kind {
        ScheduleKind::Cron => format!("{text} {}", schedule.timezone),
        ScheduleKind::Every => format!("every {text}"),
        ScheduleKind::After => format!("{text} after the last run"),
        ScheduleKind::On => format!("on {text}"),
    }
}

fn row(schedule: &Value) -> Result<Vec<Cell>> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let state = match schedule {
        _ if schedule["enabled"] == false => "disabled".to_owned(),
        _ if schedule["paused"].is_object() => format!("paused by {}", word(&schedule["paused"]["by"])),
        _ => "on".to_owned(),
    };
    let count = |name: &str| {
        let number = schedule["counts"][name].as_u64().unwrap_or_default();
        let is_bad = number > 0 && ["failed", "missed"].contains(&name);
        let more = if number >= MOST_TO_COME as u64 && name == "due" { "+" } else { "" };
        Cell::toned(&format!("{}{more}", numbers::count(number)), if is_bad { Tone::Firing } else { Tone::Normal })
    };
    let mut cells = vec![
        Cell::text(&word(&schedule["flow"])),
        Cell::text(&written(&read(&schedule["schedule"], "the schedule")?)),
        Cell::text(&state),
        Cell::text(&moment(read(&schedule["next"], "the next due time")?)),
    ];
    cells.extend(["ran", "late", "failed", "missed", "skipped", "due"].map(count));
    cells.push(Cell::toned(&word(&schedule["watchdog"]["text"]), Tone::Firing));
    Ok(cells)
}

fn due(asked: &Asked, path: &str, query: &Query) -> Result<()> {
    let answer = asked.get(path, query)?;
    asked.show(&answer, |out| {
        let due: Vec<DueRow> = read(&answer["due"], "the due times")?;
        let others: Vec<Run> = read(&answer["others"], "the runs beside them")?;
        let mut rows: Vec<(Timestamp, Vec<Cell>)> = due.iter().map(|row| (row.due, due_cells(row))).collect();
        rows.extend(others.iter().map(|run| (run.queued, other_cells(run))));
        rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let titles = [
            ("Due", false),
            ("outcome", false),
            ("status", false),
            ("started", false),
            ("ended", false),
            ("took", true),
            ("job id ends", false),
            ("why", false),
        ];
        let mut table = Table::new(&titles);
        let is_empty = rows.is_empty();
        rows.into_iter().for_each(|(_, cells)| table.row(cells));
        print((!is_empty).then_some(table), "nothing was due", out)?;
        if answer["truncated"] == true {
            writeln!(out, "  more due times: shorten the range with --from and --to")?;
        }
        Ok(())
    })
}

/// A due time, what became of it, its run if there is one, and why it came so.
fn due_cells(row: &DueRow) -> Vec<Cell> {
    let outcome = Cell::toned(row.outcome.name(), tone(row.outcome));
    let why = [row.reason.as_deref().map(reason), row.shift.map(|shift| shift.name())];
    let why = why.into_iter().flatten().map(str::to_owned).chain(row.run.as_ref().map(trouble).filter(|text| !text.is_empty()));
    cells(row.due, outcome, row.run.as_ref(), &why.collect::<Vec<_>>().join("; "))
}

/// A run that nobody had planned, with what started it.
fn other_cells(run: &Run) -> Vec<Cell> {
    cells(run.queued, Cell::toned(&trigger(run), Tone::Quiet), Some(run), &trouble(run))
}

fn cells(at: Timestamp, outcome: Cell, run: Option<&Run>, why: &str) -> Vec<Cell> {
    let none = || Cell::text("-");
    vec![
        Cell::text(&numbers::moment(at)),
        outcome,
        run.map_or_else(none, |run| Cell::toned(run.status.name(), asked::tone(run.status))),
        Cell::text(&moment(run.and_then(|run| run.started))),
        Cell::text(&moment(run.and_then(|run| run.ended))),
        Cell::text(&length(run.and_then(|run| run.duration_ms))),
        run.map_or_else(none, |run| Cell::text(&short(run.job_id))),
        Cell::text(why),
    ]
}

/// A reason in words; one that is not known, as the server says it.
fn reason(code: &str) -> &str {
    match code {
        "overlap" => "the run before was not over",
        "down" => "Magpie was not running, or the clock jumped",
        "paused" => "the schedule was paused",
        "dst" => "the clocks changed",
        "age" => "too old to be made up for",
        ABSENT => "the job did not come",
        other => other,
    }
}

fn tone(outcome: DueOutcome) -> Tone {
    match outcome {
        DueOutcome::Failed | DueOutcome::Missed => Tone::Firing,
        DueOutcome::Late | DueOutcome::Retrying | DueOutcome::Cancelled | DueOutcome::Skipped | DueOutcome::Paused => Tone::Pending,
        DueOutcome::Due => Tone::Quiet,
        DueOutcome::Running => Tone::Strong,
        DueOutcome::Ran => Tone::Normal,
    }
}

fn changed(asked: &Asked, flow: &str, what: &str, path: &str, body: Value) -> Result<()> {
    let answer = asked.write(Method::POST, path, body)?;
    asked.show(&answer, |out| {
        let next: Option<magpie_model::Timestamp> = read(&answer["next"], "the next due time")?;
        Ok(writeln!(out, "{flow} is {what}{}", next.map_or_else(String::new, |next| format!(", next {}", numbers::moment(next))))?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_told_as_people_say_them() {
        for (kind, text, expected) in [
            (ScheduleKind::Cron, "0 6 * * *", "0 6 * * * Europe/Berlin"),
            (ScheduleKind::Every, "5m", "every 5m"),
            (ScheduleKind::After, "3s", "3s after the last run"),
            (ScheduleKind::On, "com.shop.paid", "on com.shop.paid"),
        ] {
            let schedule = ScheduleText { kind, text: text.to_owned(), timezone: "Europe/Berlin".to_owned(), next: None };
            assert_eq!(written(&schedule), expected);
        }
    }
}
