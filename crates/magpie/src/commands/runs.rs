//! `magpie runs`: runs of a running Magpie, what they logged, and what can be done about them.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::process::ExitCode;

use hyper::Method;
use magpie_model::run::{Attempt, FailureGroup, FaultNote, JobId, Run, RunKind, StepRow, Tally};
use serde_json::{Value, json};

use super::asked::{Asked, add_which, json_argument, length, moment, print, read, runs_table, tone, trouble};
use super::client::Query;
use super::event::EventForm;
use super::failures;
use super::output::Output;
use crate::cli::{RunsArgs, RunsCommand, WhichArgs};
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::report::paint::{Cell, Table, Tone};
use crate::stderr;

/// Most records that the API gives at once.
const PAGE: usize = 1_000;

/// Does what was asked.
pub(super) fn run(args: &RunsArgs) -> Result<ExitCode> {
    let asked = Asked::new(&args.ask)?;
    match &args.what {
        RunsCommand::List { which, status, trigger, open, limit, text } => {
            let mut query = Query::default();
            add_which(&mut query, which);
            status.iter().for_each(|status| query.add("status", status));
            trigger.iter().for_each(|trigger| query.add("trigger", trigger));
            text.iter().for_each(|text| query.add("q", text));
            if *open {
                query.add("open", "true");
            }
            query.add("limit", &limit.to_string());
            list(&asked, &query)?;
        }
        RunsCommand::Show { job_id } => show(&asked, asked.job_id(job_id)?)?,
        RunsCommand::Logs { job_id, which, severity, query, attempts, limit, follow } => {
            let mut asking = Query::default();
            severity.iter().for_each(|severity| asking.add("severity", severity));
            query.iter().for_each(|line| asking.add("q", line));
            if *follow {
                return tail(&asked, job_id.as_deref(), which, asking, *limit);
            }
            if *attempts {
                asking.add("attempts", "shown");
            }
            logs(&asked, job_id.as_deref(), which, asking, *limit)?;
        }
        RunsCommand::Inbox { which, limit } => failures::inbox(&asked, which, *limit)?,
        RunsCommand::Retry { job_id, preview: true, from, newest, alike, .. } => {
            for job_id in job_id {
                if *alike {
                    failures::list_alike(&asked, asked.job_id(job_id)?)?;
                }
                preview(&asked, asked.job_id(job_id)?, from.as_deref().unwrap_or("failed"), *newest)?;
            }
        }
        RunsCommand::Retry { job_id, alike, from, newest, input, comment, preview: false } => {
            // Another input is only taken from the start.
            let from = from.as_deref().unwrap_or(if input.is_some() { "start" } else { "failed" });
            let mut body =
                json!({"from": from, "version": if *newest { "newest" } else { "same" }, "comment": comment.as_deref().unwrap_or("")});
            if let Some(input) = input {
                body["input"] = json_argument(input)?;
                if job_id.len() > 1 {
                    return Err(Error::Usage("--input belongs to one run".to_owned()));
                }
            }
            return each(&asked, &failures::meant(&asked, job_id, *alike)?, "retry", &body);
        }
        RunsCommand::Cancel { job_id, comment } => {
            return each(&asked, job_id, "cancel", &json!({"comment": comment.as_deref().unwrap_or("")}));
        }
        RunsCommand::Waive { job_id, alike, reason } => {
            return each(&asked, &failures::meant(&asked, job_id, *alike)?, "waive", &json!({ "reason": reason }));
        }
        RunsCommand::Overview { which } => overview(&asked, which)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(asked: &Asked, query: &Query) -> Result<()> {
    let answer = asked.get("/api/v1/runs", query)?;
    asked.show(&answer, |out| {
        let runs: Vec<Run> = read(&answer["runs"], "the runs")?;
        print(runs_table(&runs), "no runs", out)?;
        let total = answer["total"].as_u64().unwrap_or_default();
        if total > runs.len() as u64 {
            writeln!(out, "  {} of {}: more with --limit", runs.len(), numbers::counted(total, "run"))?;
        }
        Ok(())
    })
}

fn show(asked: &Asked, job_id: JobId) -> Result<()> {
    let mut answer = asked.get(&format!("/api/v1/runs/{job_id}"), &Query::default())?;
    answer["steps"] = asked.get(&format!("/api/v1/runs/{job_id}/steps"), &Query::default())?["steps"].take();
    asked.show(&answer, |out| {
        let run: Run = read(&answer, "the run")?;
        writeln!(out, "{} {} {}", run.job_id, run.flow, run.status.name())?;
        writeln!(out, "triggered {}, ended {}, took {}", numbers::moment(run.queued), moment(run.ended), length(run.duration_ms))?;
        if !trouble(&run).is_empty() {
            writeln!(out, "{}", trouble(&run))?;
        }
        writeln!(out, "input  {}\noutput {}", answer["input"], answer["output"])?;
        attempts(&read::<Vec<Attempt>>(&answer["attempts"], "the attempts")?, out)?;
        if run.kind == RunKind::Flow { steps(&read::<Vec<StepRow>>(&answer["steps"], "the steps")?, out) } else { Ok(()) }
    })
}

fn attempts(attempts: &[Attempt], out: &mut Output) -> Result<()> {
    let mut table = Table::new(&[("Attempt", true), ("status", false), ("started", false), ("took", true), ("what is wrong", false)]);
    for attempt in attempts {
        let took = attempt.ended.map(|ended| ended.since(attempt.started) as f64 / 1e6);
        let fault = attempt.fault.as_ref().map_or("", FaultNote::says);
        table.row(vec![
            Cell::text(&attempt.attempt.to_string()),
            Cell::toned(attempt.status.name(), tone(attempt.status)),
            Cell::text(&numbers::moment(attempt.started)),
            Cell::text(&length(took)),
            Cell::text(fault),
        ]);
    }
    print((!attempts.is_empty()).then_some(table), "not started yet", out)
}

fn steps(steps: &[StepRow], out: &mut Output) -> Result<()> {
    let titles =
        [("Step", false), ("attempt", true), ("status", false), ("kind", false), ("took", true), ("operation", false), ("target", false)];
    let mut table = Table::new(&titles);
    for step in nested(steps) {
        let iteration = if step.iteration.is_empty() { String::new() } else { format!(" [{}]", step.iteration) };
        let is_bad = step.status == magpie_model::run::StepStatus::Failed;
        table.row(vec![
            Cell::text(&format!("{}{}{iteration}", "  ".repeat(step.depth as usize), step.name)),
            Cell::text(&step.attempt.to_string()),
            Cell::toned(step.status.name(), if is_bad { Tone::Firing } else { Tone::Normal }),
            Cell::text(&step.kind),
            Cell::text(&length(step.duration_ms)),
            Cell::text(step.operation.as_deref().unwrap_or("")),
            Cell::text(step.target_module.as_deref().or(step.target.as_deref()).unwrap_or("")),
        ]);
    }
    print((!steps.is_empty()).then_some(table), "no steps", out)
}

/// Steps in the order in which they began, each with what is inside of it right behind it: branches of a `fork` run at once.
fn nested(steps: &[StepRow]) -> Vec<&StepRow> {
    let mut places: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        places.entry((&step.pointer, &step.iteration)).or_default().push(at);
    }
    let parent = |inner: &StepRow| {
        let pointer = inner.parent.as_deref()?;
        let mut around = inner.iteration.as_str();
        loop {
            if let Some(found) = places.get(&(pointer, around)) {
                return found.iter().find(|&&at| steps[at].attempt == inner.attempt).or(found.last()).copied();
            }
            if around.is_empty() {
                return None;
            }
            around = around.rsplit_once('.').map_or("", |(before, _)| before);
        }
    };
    let mut inside = vec![Vec::new(); steps.len()];
    let mut open = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        match parent(step) {
            Some(outer) if outer != at => inside[outer].push(at),
            _ => open.push(at),
        }
    }
    open.reverse();
    let mut ordered = Vec::with_capacity(steps.len());
    while let Some(at) = open.pop() {
        ordered.push(&steps[at]);
        open.extend(inside[at].iter().rev());
    }
    ordered
}

/// Of one run everything it logged, of all the last hour, unless a range is given.
fn logs(asked: &Asked, job_id: Option<&str>, which: &WhichArgs, mut query: Query, limit: usize) -> Result<()> {
    match job_id {
        Some(job_id) => query.add("job_id", &asked.job_id(job_id)?.to_string()),
        None if which.from.is_none() => query.add("from", "now-1h"),
        None => {}
    }
    add_which(&mut query, which);
    query.add("limit", &limit.min(PAGE).to_string());
    let answer = asked.get("/api/v1/runs/logs", &query)?;
    asked.show(&answer, |out| {
        let form = EventForm::of_stdout(out.color, out.width);
        let records = answer["records"].as_array().map_or(&[][..], Vec::as_slice);
        records.iter().rev().try_for_each(|record| form.write(record, out))?;
        let folded = answer["folded"].as_u64().unwrap_or_default();
        if folded > 0 {
            writeln!(out, "  {} of earlier attempts left out: --attempts shows them", numbers::counted(folded, "record"))?;
        }
        if !answer["next"].is_null() {
            writeln!(out, "  older records are left out: more with --limit")?;
        }
        Ok(())
    })
}

/// What was logged, and then what comes: of every attempt, since nobody knows yet which of them stands in the end.
fn tail(asked: &Asked, job_id: Option<&str>, which: &WhichArgs, mut query: Query, limit: usize) -> Result<ExitCode> {
    if let Some(job_id) = job_id {
        query.add("job_id", &asked.job_id(job_id)?.to_string());
    }
    for (name, values) in [("application", &which.application), ("flow", &which.flow)] {
        values.iter().for_each(|value| query.add(name, value));
    }
    let (mut stream, mut past) = (query.clone(), query);
    stream.add("kind", "run");
    stream.add("topics", "records");
    past.add("attempts", "shown");
    past.add("limit", &limit.min(PAGE).to_string());
    if job_id.is_none() {
        past.add("from", which.from.as_deref().unwrap_or("now-1h"));
    }
    asked.follow(stream, "/api/v1/runs/logs", &past)?;
    Ok(ExitCode::SUCCESS)
}

fn preview(asked: &Asked, job_id: JobId, from: &str, newest: bool) -> Result<()> {
    let mut query = Query::default();
    query.add("from", from);
    query.add("version", if newest { "newest" } else { "same" });
    let answer = asked.get(&format!("/api/v1/runs/{job_id}/retry"), &query)?;
    asked.show(&answer, |out| {
        let mut table = Table::new(&[("Step", false), ("times", true), ("runs again", false), ("effect", false), ("pointer", false)]);
        let steps = answer["steps"].as_array().map_or(&[][..], Vec::as_slice);
        // The items of a loop that fare alike are one row.
        let fate = |step: &Value| [&step["pointer"], &step["again"], &step["doubtful"]].map(Value::to_string);
        let mut times: BTreeMap<[String; 3], u64> = BTreeMap::new();
        steps.iter().for_each(|step| *times.entry(fate(step)).or_default() += 1);
        for step in steps {
            let Some(times) = times.remove(&fate(step)) else { continue };
            let word = |name: &str| step[name].as_str().unwrap_or_default();
            let again = step["again"] == true;
            let effect = if step["doubtful"] == true { "doubtful: it may be done already" } else { word("effect") };
            let is_risky = again && word("effect") == "unsafe";
            table.row(vec![
                Cell::text(word("name")),
                Cell::text(&times.to_string()),
                Cell::text(if again { "yes" } else { "no" }),
                Cell::toned(effect, if is_risky { Tone::Pending } else { Tone::Normal }),
                Cell::text(word("pointer")),
            ]);
        }
        print((!steps.is_empty()).then_some(table), "every step would run", out)?;
        for warning in answer["warnings"].as_array().into_iter().flatten().filter_map(|warning| warning["message"].as_str()) {
            writeln!(out, "warning: {warning}")?;
        }
        Ok(())
    })
}

/// Does the same with each run; those that could not be changed are told, and make the command fail.
fn each(asked: &Asked, job_ids: &[String], what: &str, body: &Value) -> Result<ExitCode> {
    let mut all_done = true;
    let (mut done, mut runs) = (Vec::new(), Vec::new());
    for text in job_ids {
        let changed =
            asked.job_id(text).and_then(|job_id| asked.write(Method::POST, &format!("/api/v1/runs/{job_id}/{what}"), body.clone()));
        match changed {
            Ok(run) => {
                runs.push(read::<Run>(&run, "the run")?);
                done.push(run);
            }
            Err(error) if job_ids.len() > 1 && matches!(error, Error::Refused(_) | Error::Usage(_)) => {
                all_done = false;
                stderr::tell(format_args!("{text}: {}", error.chain()));
            }
            Err(error) => return Err(error),
        }
    }
    asked.show(&json!({ "runs": done }), |out| print(runs_table(&runs), "nothing was done", out))?;
    Ok(if all_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn overview(asked: &Asked, which: &WhichArgs) -> Result<()> {
    let mut query = Query::default();
    add_which(&mut query, which);
    let answer = asked.get("/api/v1/runs/overview", &query)?;
    asked.show(&answer, |out| {
        let titles = [
            ("Flow", false),
            ("runs", true),
            ("succeeded", true),
            ("failed", true),
            ("active", true),
            ("first try", true),
            ("in the end", true),
            ("retries", true),
            ("open", true),
            ("average", true),
            ("p95", true),
        ];
        let mut table = Table::new(&titles);
        for flow in answer["flows"].as_array().into_iter().flatten() {
            table.row(figures(flow["flow"].as_str().unwrap_or_default(), &read(flow, "the figures")?));
        }
        table.row(figures("(all)", &read(&answer["total"], "the figures")?));
        print(Some(table), "", out)?;
        let open: Vec<FailureGroup> = read(&answer["open"], "the failures")?;
        if open.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{} in the inbox:", numbers::counted(answer["open_total"].as_u64().unwrap_or_default(), "failure"))?;
        print(failures::table(&open), "", out)
    })
}

fn figures(name: &str, tally: &Tally) -> Vec<Cell> {
    let ended = tally.succeeded + tally.failed;
    let share = |part: u64| if ended == 0 { "-".to_owned() } else { numbers::share(part as f64 / ended as f64) };
    let bad = |number: u64| Cell::toned(&numbers::count(number), if number > 0 { Tone::Firing } else { Tone::Normal });
    vec![
        Cell::text(name),
        Cell::text(&numbers::count(tally.runs)),
        Cell::text(&numbers::count(tally.succeeded)),
        bad(tally.failed),
        Cell::text(&numbers::count(tally.active)),
        Cell::text(&share(tally.first_try)),
        Cell::text(&share(tally.succeeded)),
        Cell::text(&numbers::count(tally.retries)),
        bad(tally.open),
        Cell::text(&length(tally.avg_ms)),
        Cell::text(&length(tally.p95_ms)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(pointer: &str, iteration: &str, parent: Option<&str>) -> StepRow {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let row = serde_json::json!({
            "pointer": pointer, "iteration": iteration, "attempt": 1, "name": name, "kind": "set", "depth": 0, "parent": parent, "status": "succeeded",
            "started": null, "ended": null, "duration_ms": null, "operation": null, "target": null, "target_module": null, "fault": null,
        });
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn steps_of_branches_that_ran_at_once_stand_in_their_branch() {
        let steps = [
            step("/f", "", None),
            step("/f/left", "", Some("/f")),
            step("/f/right", "", Some("/f")),
            step("/f/right/r0", "", Some("/f/right")),
            step("/f/left/l0", "", Some("/f/left")),
            step("/loop", "", None),
            step("/loop/in", "0", Some("/loop")),
            step("/loop/in/say", "0.0", Some("/loop/in")),
            step("/loop/in", "1", Some("/loop")),
            step("/loop/in/say", "0.1", Some("/loop/in")),
        ];
        let order: Vec<String> = nested(&steps).iter().map(|step| format!("{}{}", step.name, step.iteration)).collect();
        assert_eq!(order, ["f", "left", "l0", "right", "r0", "loop", "in0", "say0.0", "say0.1", "in1"]);
    }
}
