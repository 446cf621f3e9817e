//! `magpie flows`: the flows of a running Magpie, and checking a document without one.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hyper::Method;
use magpie_flows::definition::Definition;
use magpie_model::run::{FlowRow, FlowVersion, Run, Status};
use serde_json::{Value, json};

use super::asked::{Asked, json_argument, moment, print, read, runs_table, text_of, tone};
use super::client::{Query, segment};
use super::output::Output;
use crate::cli::{FlowsArgs, FlowsCommand};
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::report::paint::{Cell, Table, Tone};

/// Time between two looks at a run that is waited for.
const LOOK: Duration = Duration::from_millis(300);

/// Does what was asked.
pub(super) fn run(args: &FlowsArgs) -> Result<ExitCode> {
    let asked = Asked::new(&args.ask)?;
    match &args.what {
        FlowsCommand::List { application, text } => list(&asked, application.as_deref(), text.as_deref())?,
        FlowsCommand::Show { flow, source, published } => show(&asked, flow, *source, *published)?,
        FlowsCommand::Validate { file } => return validate(args.ask.json, file),
        FlowsCommand::Publish { what, revision, draft, comment } => publish(&asked, what, *revision, *draft, comment.as_deref())?,
        FlowsCommand::Enable { flow, reason } => enable(&asked, flow, true, reason.as_deref())?,
        FlowsCommand::Disable { flow, reason } => enable(&asked, flow, false, reason.as_deref())?,
        FlowsCommand::Run { flow, input, revision, wait } => return start(&asked, flow, input.as_deref(), *revision, *wait),
        FlowsCommand::Versions { flow } => versions(&asked, flow)?,
        FlowsCommand::Diff { flow, from, to } => diff(&asked, flow, *from, *to)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn path(flow: &str) -> String {
    format!("/api/v1/flows/{}", segment(flow))
}

fn list(asked: &Asked, application: Option<&str>, text: Option<&str>) -> Result<()> {
    let mut query = Query::default();
    application.iter().for_each(|application| query.add("application", application));
    text.iter().for_each(|text| query.add("q", text));
    let answer = asked.get("/api/v1/flows", &query)?;
    asked.show(&answer, |out| {
        let flows: Vec<FlowRow> = read(&answer["flows"], "the flows")?;
        print((!flows.is_empty()).then(|| table(&flows)), "no flows", out)
    })
}

fn table(flows: &[FlowRow]) -> Table {
    let titles = [
        ("Flow", false),
        ("state", false),
        ("version", true),
        ("runs", false),
        ("next", false),
        ("last run", false),
        ("at", false),
        ("problem", false),
    ];
    let mut table = Table::new(&titles);
    for flow in flows {
        let last = flow.last_run.as_ref();
        table.row(vec![
            Cell::text(&flow.flow),
            Cell::text(state(flow)),
            Cell::text(&flow.published.map_or_else(|| "-".to_owned(), |revision| format!("{} ({revision})", flow.version))),
            Cell::text(&flow.schedule.as_ref().map_or_else(|| "on request".to_owned(), |schedule| schedule.text.clone())),
            Cell::text(&moment(flow.schedule.as_ref().and_then(|schedule| schedule.next))),
            Cell::toned(last.map_or("-", |run| run.status.name()), last.map_or(Tone::Quiet, |run| tone(run.status))),
            Cell::text(&moment(last.map(|run| run.queued))),
            Cell::text(&problem(flow)),
        ]);
    }
    table
}

fn state(flow: &FlowRow) -> &'static str {
    match flow {
        _ if !flow.enabled => "disabled",
        FlowRow { paused: Some(_), .. } => "paused",
        FlowRow { kind: magpie_model::run::RunKind::Job, .. } => "watched",
        FlowRow { published: None, .. } => "draft",
        FlowRow { draft: Some(_), .. } => "live, with a draft",
        _ => "live",
    }
}

fn problem(flow: &FlowRow) -> String {
    let unpublished = flow.problem.as_ref().map(|problem| format!("line {}: {}", problem.line, problem.message));
    unpublished.or_else(|| flow.watchdog.as_ref().map(|note| note.text.clone())).unwrap_or_default()
}

fn show(asked: &Asked, flow: &str, source: bool, published: bool) -> Result<()> {
    let answer = asked.get(&path(flow), &Query::default())?;
    if source {
        let name = if published { "published_source" } else { "source" };
        let text = answer[name].as_str().ok_or_else(|| Error::Usage(format!("flow `{flow}` has no such document")))?;
        let mut out = Output::open(None)?;
        write!(out, "{text}{}", if text.ends_with('\n') { "" } else { "\n" })?;
        return out.finish();
    }
    asked.show(&answer, |out| detail(&read(&answer, "the flow")?, out))
}

fn detail(flow: &FlowRow, out: &mut Output) -> Result<()> {
    let mut line = |name: &str, value: &str| if value.is_empty() { Ok(()) } else { writeln!(out, "{name:<12} {value}") };
    line("flow", &flow.flow)?;
    line("title", flow.title.as_deref().unwrap_or(""))?;
    line("state", state(flow))?;
    line("application", &flow.application)?;
    line("region", &flow.region)?;
    let revision = |of: Option<u64>| of.map_or_else(|| "none".to_owned(), |revision| revision.to_string());
    let saved = format!("{} (newest save {}, published {})", flow.version, flow.revision, revision(flow.published));
    line("version", if flow.revision > 0 { &saved } else { "" })?;
    line("file", flow.file.as_deref().unwrap_or(""))?;
    if let Some(schedule) = &flow.schedule {
        line("schedule", &format!("{} {}, next {}", schedule.text, schedule.timezone, moment(schedule.next)))?;
    }
    if let Some(pause) = &flow.paused {
        line("paused", &format!("by {} at {}: {}", pause.by, numbers::moment(pause.at), pause.reason))?;
    }
    line("problem", &problem(flow))?;
    let last: Vec<Run> = flow.last_run.iter().cloned().collect();
    if last.is_empty() { Ok(()) } else { print(runs_table(&last), "", out) }
}

/// Checks a document with what this program knows.
fn validate(as_json: bool, file: &Path) -> Result<ExitCode> {
    let text = text_of(file)?;
    let (name, problems) = match Definition::read(&text) {
        Ok(definition) => {
            let document = &definition.document;
            (Some(format!("{}.{} {}", document.namespace, document.name, document.version)), definition.unsupported().to_vec())
        }
        Err(invalid) => (None, invalid.problems),
    };
    let mut out = Output::open(None)?;
    if as_json {
        let told: Vec<Value> = problems.iter().map(|problem| json!({"line": problem.line, "message": problem.message})).collect();
        writeln!(out, "{}", json!({"valid": problems.is_empty(), "flow": name, "problems": told}))?;
    } else {
        for problem in &problems {
            writeln!(out, "{}:{}: {}", file.display(), problem.line, problem.message)?;
        }
        if let (Some(name), []) = (&name, problems.as_slice()) {
            writeln!(out, "{name} is valid")?;
        }
    }
    out.finish()?;
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn publish(asked: &Asked, what: &str, revision: Option<u64>, draft: bool, comment: Option<&str>) -> Result<()> {
    let comment = comment.unwrap_or("");
    let mut checked = Value::Null;
    let answer = if Path::new(what).is_file() || what == "-" {
        let source = text_of(Path::new(what))?;
        checked = asked.post("/api/v1/flows/validate", &json!({ "source": source }))?;
        save(asked, &source, &checked, !draft, comment)?
    } else if draft {
        return Err(Error::Usage(format!("`{what}` is no file; --draft saves one")));
    } else {
        let mut body = json!({ "comment": comment });
        if let Some(revision) = revision {
            body["revision"] = revision.into();
        }
        asked.write(Method::POST, &format!("{}/publish", path(what)), body).map_err(|error| match error {
            Error::Refused(mut refusal) if refusal.code == "no_such_flow" => {
                refusal.detail = format!("`{what}` is neither a file nor a flow");
                Error::Refused(refusal)
            }
            error => error,
        })?
    };
    asked.show(&answer, |out| {
        let flow: FlowRow = read(&answer, "the flow")?;
        let is_live = flow.published == Some(flow.revision);
        // The version of a flow is that of what is live, and not of a draft.
        match is_live {
            true => writeln!(out, "{} {}: save {} is live", flow.flow, flow.version, flow.revision)?,
            false => writeln!(out, "{}: save {} is a draft", flow.flow, flow.revision)?,
        }
        due_times(&checked, out)
    })
}

/// When what was saved is due next, and how the next changes of the clock move it.
fn due_times(checked: &Value, out: &mut Output) -> Result<()> {
    for (at, due) in checked["due"].as_array().into_iter().flatten().enumerate() {
        let moved = match due["shift"].as_str() {
            Some("dst forward") => ", moved forward: the clock skips that time",
            Some("dst back") => ", the first of two: the clock shows that time twice",
            _ => "",
        };
        writeln!(out, "{:<12} {}{moved}", if at == 0 { "due next" } else { "" }, moment(read(&due["due"], "a due time")?))?;
    }
    for change in checked["transitions"].as_array().into_iter().flatten() {
        let offset = |name: &str| change[name].as_i64().map_or(0.0, |seconds| seconds as f64 / 3_600.0);
        let at = moment(read(&change["at"], "a change of the clock")?);
        writeln!(out, "clock change {at}: UTC{:+} before, UTC{:+} after", offset("before"), offset("after"))?;
    }
    Ok(())
}

/// Makes the flow of a document, or saves another version of it.
fn save(asked: &Asked, source: &str, checked: &Value, publish: bool, comment: &str) -> Result<Value> {
    let body = json!({"source": source, "publish": publish, "comment": comment});
    match checked["flow"].as_str() {
        Some(flow) if exists(asked, flow)? => asked.write(Method::PUT, &path(flow), body),
        _ => asked.write(Method::POST, "/api/v1/flows", body),
    }
}

fn exists(asked: &Asked, flow: &str) -> Result<bool> {
    match asked.get(&path(flow), &Query::default()) {
        Ok(_) => Ok(true),
        Err(Error::Refused(refusal)) if refusal.status == 404 => Ok(false),
        Err(error) => Err(error),
    }
}

fn enable(asked: &Asked, flow: &str, enabled: bool, reason: Option<&str>) -> Result<()> {
    let body = json!({"enabled": enabled, "reason": reason.unwrap_or("")});
    let answer = asked.write(Method::PUT, &format!("{}/enabled", path(flow)), body)?;
    asked.show(&answer, |out| Ok(writeln!(out, "{flow} is {}", if enabled { "enabled" } else { "disabled" })?))
}

/// Starts a run, and waits for its end if asked to.
pub(super) fn start(asked: &Asked, flow: &str, input: Option<&str>, revision: Option<u64>, wait: bool) -> Result<ExitCode> {
    let mut body = json!({});
    if let Some(input) = input {
        body["input"] = json_argument(input)?;
    }
    if let Some(revision) = revision {
        body["revision"] = revision.into();
    }
    let mut answer = asked.write(Method::POST, &format!("{}/runs", path(flow)), body)?;
    let mut run: Run = read(&answer["run"], "the run")?;
    let place = format!("/api/v1/runs/{}", run.job_id);
    while wait && !run.status.is_final() {
        std::thread::sleep(LOOK);
        answer = asked.get(&place, &Query::default())?;
        run = read(&answer, "the run")?;
    }
    asked.show(&answer, |out| {
        writeln!(out, "{} {}", run.job_id, run.status.name())?;
        if wait && run.status == Status::Succeeded && !answer["output"].is_null() {
            writeln!(out, "{}", answer["output"])?;
        }
        if let Some(fault) = &run.fault {
            writeln!(out, "{}", fault.says())?;
        }
        Ok(())
    })?;
    Ok(if wait && run.status != Status::Succeeded { ExitCode::from(4) } else { ExitCode::SUCCESS })
}

fn versions(asked: &Asked, flow: &str) -> Result<()> {
    let answer = asked.get(&format!("{}/versions", path(flow)), &Query::default())?;
    asked.show(&answer, |out| {
        let versions: Vec<FlowVersion> = read(&answer["versions"], "the versions")?;
        let mut table =
            Table::new(&[("Save", true), ("version", false), ("live", false), ("saved", false), ("by", false), ("comment", false)]);
        for version in &versions {
            table.row(vec![
                Cell::text(&version.revision.to_string()),
                Cell::text(&version.version),
                Cell::text(if version.live { "live" } else { "" }),
                Cell::text(&numbers::moment(version.at)),
                Cell::text(&version.by),
                Cell::text(&version.comment),
            ]);
        }
        print((!versions.is_empty()).then_some(table), "no versions: a watched job has none, nor a file that could not be published", out)
    })
}

fn diff(asked: &Asked, flow: &str, from: Option<u64>, to: Option<u64>) -> Result<()> {
    let row: FlowRow = read(&asked.get(&path(flow), &Query::default())?, "the flow")?;
    let from = from.or(row.published).ok_or_else(|| Error::Usage(format!("flow `{flow}` has no published version: name two")))?;
    let to = to.unwrap_or(row.revision);
    let source = |revision: u64| -> Result<String> {
        let answer = asked.get(&format!("{}/versions/{revision}", path(flow)), &Query::default())?;
        Ok(answer["source"].as_str().unwrap_or_default().to_owned())
    };
    let (before, after) = (source(from)?, source(to)?);
    let lines = super::line_diff::diff(&before, &after);
    asked.show(&json!({"flow": flow, "from": from, "to": to, "lines": lines}), |out| {
        if before == after {
            return Ok(writeln!(out, "save {from} and save {to} are the same")?);
        }
        writeln!(out, "--- {flow} save {from}\n+++ {flow} save {to}")?;
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        Ok(())
    })
}
