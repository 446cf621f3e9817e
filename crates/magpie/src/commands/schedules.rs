//! `magpie schedules`: what was due and what became of it, what is due next; pausing, resuming, running now.

use std::io::Write;
use std::process::ExitCode;

use hyper::Method;
use magpie_model::run::{DueOutcome, DueRow};
use serde_json::{Value, json};

use super::asked::{Asked, add_which, moment, print, read, short};
use super::client::{Query, segment};
use super::flows::start;
use crate::cli::{SchedulesArgs, SchedulesCommand};
use crate::error::Result;
use crate::report::numbers;
use crate::report::paint::{Cell, Table, Tone};

/// Does what was asked.
pub(super) fn run(args: &SchedulesArgs) -> Result<ExitCode> {
    let asked = Asked::new(&args.ask);
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
        Cell::toned(&numbers::count(number), if is_bad { Tone::Firing } else { Tone::Normal })
    };
    let mut cells = vec![
        Cell::text(&word(&schedule["flow"])),
        Cell::text(&format!("{} {}", word(&schedule["schedule"]["text"]), word(&schedule["schedule"]["timezone"]))),
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
        let rows: Vec<DueRow> = read(&answer["due"], "the due times")?;
        let mut table =
            Table::new(&[("Due", false), ("outcome", false), ("why", false), ("ended", false), ("job id ends", false), ("clock", false)]);
        for row in &rows {
            table.row(vec![
                Cell::text(&numbers::moment(row.due)),
                Cell::toned(row.outcome.name(), tone(row.outcome)),
                Cell::text(row.reason.as_deref().unwrap_or("")),
                Cell::text(&moment(row.run.as_ref().and_then(|run| run.ended))),
                Cell::text(&row.run.as_ref().map_or_else(|| "-".to_owned(), |run| short(run.job_id))),
                Cell::text(row.shift.map_or("", |shift| shift.name())),
            ]);
        }
        print((!rows.is_empty()).then_some(table), "nothing was due", out)?;
        if answer["truncated"] == true {
            writeln!(out, "  more due times: shorten the range with --from and --to")?;
        }
        Ok(())
    })
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
