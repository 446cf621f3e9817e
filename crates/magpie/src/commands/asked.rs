//! What the commands about flows, runs and schedules share: asking, signing a change, and showing an answer as table or JSON.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;

use hyper::Method;
use magpie_model::Timestamp;
use magpie_model::config::nearest;
use magpie_model::run::{JobId, Run, Status};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{self, Query, Server};
use super::following::{Printer, follow};
use super::output::Output;
use crate::cli::{AskArgs, WhichArgs};
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::report::paint::{Cell, Paint, Table, Tone};

/// Characters of a job id that lists show; its end tells runs apart.
const SHOWN: usize = 12;

/// A running Magpie, who asks it, and how its answers are shown.
pub(super) struct Asked {
    server: Server,
    json: bool,
    by: Option<String>,
}

impl Asked {
    pub(super) fn new(args: &AskArgs) -> Result<Self> {
        let by = args.by.clone().filter(|by| !by.trim().is_empty());
        Ok(Self { server: Server::reach(&args.reach)?, json: args.json, by })
    }

    pub(super) fn get(&self, path: &str, query: &Query) -> Result<Value> {
        self.explained(client::block_on(self.server.ask(Method::GET, path, query, None)))
    }

    /// What the API proposes by its paths, as commands; for a flow that is not there, the one that may be meant.
    fn explained(&self, answer: Result<Value>) -> Result<Value> {
        answer.map_err(|error| {
            let Error::Refused(mut refusal) = error else { return error };
            let value = |name: &str| refusal.values[name].as_str().unwrap_or_default();
            refusal.fix = match refusal.code.as_str() {
                "no_such_flow" => self.meant(value("flow")),
                "no_such_revision" => format!("`magpie flows versions {}` lists its saves", value("flow")),
                "no_such_step" => format!("`magpie runs retry {} --preview` lists those from which it can go on", value("job_id")),
                _ => return Error::Refused(refusal),
            };
            Error::Refused(refusal)
        })
    }

    fn meant(&self, flow: &str) -> String {
        let all = client::block_on(self.server.ask(Method::GET, "/api/v1/flows", &Query::default(), None)).unwrap_or_default();
        let known: Vec<&str> = all["flows"].as_array().into_iter().flatten().filter_map(|flow| flow["flow"].as_str()).collect();
        let near = nearest(flow, &known).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        format!("{near}`magpie flows list` lists all flows")
    }

    /// Shows the records of an answer, and then those of the stream.
    pub(super) fn follow(&self, stream: Query, path: &str, past: &Query) -> Result<()> {
        let before = async {
            let answer = self.server.ask(Method::GET, path, past, None).await?;
            Ok(answer["records"].as_array().cloned().unwrap_or_default())
        };
        client::block_on(follow(&self.server, stream, before, Printer::new(self.json)?))
    }

    /// A change, signed.
    pub(super) fn write(&self, method: Method, path: &str, mut body: Value) -> Result<Value> {
        if let Some(by) = &self.by {
            body["by"] = by.as_str().into();
        }
        self.explained(client::block_on(self.server.ask(method, path, &Query::default(), Some(&body))))
    }

    /// A question with a body; nothing is changed.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        client::block_on(self.server.ask(Method::POST, path, &Query::default(), Some(body)))
    }

    /// Prints the answer as JSON, or as `form` shows it.
    pub(super) fn show(&self, answer: &Value, form: impl FnOnce(&mut Output) -> Result<()>) -> Result<()> {
        let mut out = Output::open(None)?;
        if self.json {
            writeln!(out, "{answer}")?;
        } else {
            form(&mut out)?;
        }
        out.finish()
    }

    /// The whole job id of one or of its end.
    pub(super) fn job_id(&self, text: &str) -> Result<JobId> {
        if let Ok(whole) = text.parse() {
            return Ok(whole);
        }
        let mut query = Query::default();
        query.add("job_id", text);
        query.add("limit", "2");
        let found: Vec<Run> = read(&self.get("/api/v1/runs", &query)?["runs"], "the runs")?;
        match found.as_slice() {
            [only] => Ok(only.job_id),
            [] => Err(Error::Usage(format!("there is no run whose job id ends with `{text}`"))),
            _ => Err(Error::Usage(format!("more than one job id ends with `{text}`: write more of it"))),
        }
    }
}

/// Adds which flows and which time.
pub(super) fn add_which(query: &mut Query, which: &WhichArgs) {
    which.flow.iter().for_each(|flow| query.add("flow", flow));
    which.application.iter().for_each(|application| query.add("application", application));
    for (name, value) in [("from", &which.from), ("to", &which.to)] {
        value.iter().for_each(|value| query.add(name, value));
    }
}

/// A part of an answer, as the type it is.
pub(super) fn read<T: DeserializeOwned>(value: &Value, what: &str) -> Result<T> {
    T::deserialize(value).map_err(Error::failed(format!("read {what}; is the server another version of Magpie?")))
}

/// JSON from the command line: itself, `@FILE`, or `-` for standard input.
pub(super) fn json_argument(text: &str) -> Result<Value> {
    let content = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).map_err(Error::file("read", file))?,
        None if text == "-" => text_of(Path::new("-"))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&content).map_err(|error| Error::Usage(format!("`{text}` is not JSON: {error}")))
}

/// Content of a file, or of standard input for `-`.
pub(super) fn text_of(path: &Path) -> Result<String> {
    if path != Path::new("-") {
        return std::fs::read_to_string(path).map_err(Error::file("read", path));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(Error::file("read", path))?;
    Ok(text)
}

/// Prints a table, or a sentence where it would be empty.
pub(super) fn print(table: Option<Table>, empty: &str, out: &mut Output) -> Result<()> {
    let Some(table) = table else {
        writeln!(out, "{empty}")?;
        return Ok(());
    };
    // Only a terminal has an end to its lines; what is piped on stays whole.
    let width = if std::io::stdout().is_terminal() { out.width } else { usize::MAX };
    table.print(&Paint { color: out.color }, width, out)?;
    Ok(())
}

/// The tone of a status.
pub(super) fn tone(status: Status) -> Tone {
    match status {
        Status::Failed | Status::TimedOut => Tone::Firing,
        Status::Retrying | Status::Cancelled => Tone::Pending,
        Status::Queued | Status::Running | Status::Waiting => Tone::Strong,
        Status::Succeeded => Tone::Normal,
    }
}

/// The end of a job id.
pub(super) fn short(job_id: JobId) -> String {
    let text = job_id.to_string();
    text[text.len() - SHOWN..].to_owned()
}

/// A moment, or a dash.
pub(super) fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), numbers::moment)
}

/// How long, given in ms, or a dash.
pub(super) fn length(ms: Option<f64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| numbers::duration(ms * 1e6))
}

/// Runs, a line each.
pub(super) fn runs_table(runs: &[Run]) -> Option<Table> {
    let titles = [
        ("Status", false),
        ("flow", false),
        ("job id ends", false),
        ("triggered", false),
        ("by", false),
        ("took", true),
        ("attempt", true),
        ("what is wrong", false),
    ];
    let mut table = Table::new(&titles);
    for run in runs {
        table.row(vec![
            Cell::toned(run.status.name(), tone(run.status)),
            Cell::text(&run.flow),
            Cell::text(&short(run.job_id)),
            Cell::text(&numbers::moment(run.queued)),
            Cell::text(&trigger(run)),
            Cell::text(&length(run.duration_ms)),
            Cell::text(&run.attempt.to_string()),
            Cell::text(&trouble(run)),
        ]);
    }
    (!runs.is_empty()).then_some(table)
}

/// What started a run.
pub(super) fn trigger(run: &Run) -> String {
    let kind = run.trigger.kind.name();
    run.trigger.by.as_ref().map_or_else(|| kind.to_owned(), |by| format!("{kind} {by}"))
}

/// What there is to know of a run that did not go well.
pub(super) fn trouble(run: &Run) -> String {
    if let Some(waived) = &run.waived {
        return format!("waived by {}: {}", waived.by, waived.reason);
    }
    let fault = run.fault.as_ref().map(|fault| fault.says().to_owned());
    match (fault, run.next_try) {
        (Some(fault), Some(next)) => format!("{fault} (next try {})", numbers::moment(next)),
        (Some(fault), None) => fault,
        (None, _) => String::new(),
    }
}
