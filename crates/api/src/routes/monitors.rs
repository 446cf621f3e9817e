//! Monitors: those of the file as they are, and those made here: made, changed, deleted, brought back, written as YAML.

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::config::{Config, Monitor, Where, monitor_document};
use magpie_model::time::format_duration;
use magpie_model::{Aggregate, Code, Signature, Threshold, Told};
use magpie_store::Document;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{get, write};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::monitor_change::{MONITOR, MonitorChange, MonitorRefusal};
use crate::params::{Parameter, Place};
use crate::problem::{Mistake, Problem};
use crate::shared::Shared;
use crate::signed::{Signed, refused, signature};

const ALL: &str = "/api/v1/monitors";
const ONE: &str = "/api/v1/monitors/{name}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let name = || Parameter::text("name", Place::Path, "Name of the monitor.");
    vec![
        get(ALL, "listMonitors", "monitors", "Monitors", list).told(
            "The monitors",
            "Those of the configuration file are read-only (design 13). Those made here come after them; one that does not fit \
             the configuration any more is listed with its `problem` and is not in force.",
        ),
        write(Role::Admin, Method::POST, ALL, "createMonitor", "monitors", ("NewMonitor", "Monitor"), create)
            .told(
                "Make a monitor",
                "In force at once: what comes from now on is counted and judged, and what is stored is back-filled in the background.",
            )
            .created()
            .refuses(&[408, 409, 413, 415, 422]),
        get(ONE, "getMonitor", "monitors", "Monitor", one)
            .told("One monitor", "Also how far its back-fill is.")
            .with([name()])
            .refuses(&[404]),
        write(Role::Admin, Method::PUT, ONE, "putMonitor", "monitors", ("NewMonitor", "Monitor"), put)
            .told("Change a monitor", "Makes a new version. With `version`, refused when another change came first.")
            .with([name()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Admin, Method::DELETE, ONE, "deleteMonitor", "monitors", ("SignedByAnybody", "MonitorVersions"), delete)
            .told("Delete a monitor", "Its versions stay, so that it can be brought back; alerts that it raised end.")
            .with([name()])
            .may_be_empty()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        get("/api/v1/monitors/{name}/versions", "listMonitorVersions", "monitors", "MonitorVersions", versions)
            .told("The versions of a monitor", "Newest first, also of one that is deleted.")
            .with([name()])
            .refuses(&[404]),
        write(
            Role::Admin,
            Method::POST,
            "/api/v1/monitors/{name}/restore",
            "restoreMonitor",
            "monitors",
            ("RestoreMonitor", "Monitor"),
            restore,
        )
        .told("Bring an earlier version back", "As a new version: nothing is forgotten, and this can be undone too.")
        .with([name()])
        .refuses(&[404, 408, 409, 413, 415, 422]),
        yaml_endpoint("/api/v1/monitors/{name}/yaml", "getMonitorYaml", one_yaml)
            .told("A monitor as YAML", "To be put into the configuration file.")
            .with([name()])
            .refuses(&[404]),
        yaml_endpoint("/api/v1/monitors.yaml", "getMonitorsYaml", all_yaml)
            .told("All monitors made here, as YAML", "The `monitors:` section of a configuration file."),
    ]
}

fn yaml_endpoint(path: &'static str, operation: &'static str, question: super::Question) -> Endpoint {
    Endpoint { reply: None, content_type: YAML, ..get(path, operation, "monitors", "", question) }
}

const YAML: &str = "text/yaml; charset=utf-8";

fn list(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let mut monitors: Vec<Value> = config.monitors.iter().map(|monitor| monitor_json(shared, monitor, &config)).collect();
    for document in shared.api.state.documents(MONITOR)? {
        if config.monitor(&document.name).is_none_or(|monitor| monitor.version.is_none()) {
            monitors.push(out_of_force(&document, &config));
        }
    }
    Reply::json(&json!({"monitors": monitors, "bucket": format_duration(config.bucket.length())}))
}

fn one(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let name = call.query.path("name");
    let config = shared.api.backend.config();
    if let Some(monitor) = config.monitor(name) {
        return Reply::json(&monitor_json(shared, monitor, &config));
    }
    match shared.api.state.document(MONITOR, name)? {
        Some(document) => Reply::json(&out_of_force(&document, &config)),
        None => Err(no_such_monitor(&config, name)),
    }
}

fn no_such_monitor(config: &Config, name: &str) -> Problem {
    let known: Vec<&str> = config.monitors.iter().map(|monitor| monitor.name.as_str()).collect();
    crate::params::unknown_name(StatusCode::NOT_FOUND, "monitor", name, &known)
}

fn monitor_json(shared: &Shared, monitor: &Monitor, config: &Config) -> Value {
    let mut limits: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for condition in &monitor.filter {
        match condition {
            Where::Column(column, values) => limits.entry(column.name()).or_default().extend(values.iter().map(String::as_str)),
            Where::Severity(severities) => limits.entry("severity").or_default().extend(severities.iter().map(|severity| severity.name())),
        }
    }
    let fields: Vec<&str> = if monitor.fields.is_empty() {
        config.fields.iter().map(|spec| spec.name.as_str()).collect()
    } else {
        monitor.fields.iter().map(String::as_str).collect()
    };
    json!({
        "name": monitor.name,
        "by": monitor.by.iter().map(|column| column.name()).collect::<Vec<_>>(),
        "fields": fields,
        "where": limits,
        "kinds": monitor.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "thresholds": monitor.thresholds.iter().map(|threshold| threshold_json(threshold, config)).collect::<Vec<_>>(),
        "origin": if monitor.version.is_some() { "ui" } else { "file" },
        "read_only": monitor.version.is_none(),
        "editable": monitor.version.is_some(),
        "version": monitor.version,
        "document": monitor_document::write(monitor),
        "backfill": shared.api.backend.backfill(&monitor.name),
        "problem": null,
    })
}

/// A stored monitor that is not in force: its name is taken by the file now, or it does not fit the configuration.
fn out_of_force(document: &Document, config: &Config) -> Value {
    let content = document.content.clone().unwrap_or_default();
    let problem = match monitor_document::read(&content, &mut config.clone()) {
        Err(problems) => problems.first().map_or_else(String::new, |problem| format!("{}: {}", problem.path, problem.message)),
        Ok(_) => format!("the configuration file has a monitor `{}` too", document.name),
    };
    json!({
        "name": document.name, "by": [], "fields": [], "where": {}, "kinds": [], "thresholds": [],
        "origin": "ui", "read_only": false, "editable": true, "version": document.version,
        "document": content, "backfill": null, "problem": problem,
    })
}

fn threshold_json(threshold: &Threshold, config: &Config) -> Value {
    let spec = config.field(&threshold.field).map(|at| &config.fields[at]);
    let default = spec.and_then(|spec| spec.aggregates.first().copied());
    json!({
        "id": threshold.id(),
        "title": threshold.title(default),
        "field": threshold.field,
        "aggregate": threshold.aggregate.map(Aggregate::name),
        "condition": threshold.condition,
        "for": format_duration(threshold.hold),
        "severity": threshold.severity.name(),
        "labels": threshold.labels,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMonitor {
    monitor: Value,
    version: Option<u64>,
    by: Option<String>,
    comment: Option<String>,
}

impl NewMonitor {
    fn signature(&self, shared: &Shared, call: &Call) -> Result<Signature, Problem> {
        signature(shared, call, self.by.as_deref().unwrap_or(magpie_model::UNKNOWN), self.comment.as_deref().unwrap_or(""))
    }
}

fn create(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let new: NewMonitor = call.json()?;
    let signature = new.signature(shared, call)?;
    let name = new.monitor["name"].as_str().unwrap_or("").to_owned();
    let reply = change(shared, MonitorChange { name, document: Some(new.monitor), expected: Some(0), signature })?;
    Ok(Reply { status: StatusCode::CREATED, ..reply })
}

fn put(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let new: NewMonitor = call.json()?;
    let signature = new.signature(shared, call)?;
    let name = call.query.path("name").to_owned();
    if new.monitor["name"] != *name {
        let detail = format!("`monitor.name` is not `{name}`");
        return Err(refused("monitor.name", &detail, "to rename a monitor, make one with the new name and delete this one"));
    }
    if shared.api.state.document(MONITOR, &name)?.is_none() && shared.api.backend.config().monitor(&name).is_none() {
        return Err(no_such_monitor(&shared.api.backend.config(), &name));
    }
    change(shared, MonitorChange { name, document: Some(new.monitor), expected: new.version, signature })
}

fn delete(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let signature = Signed::read(call)?.signature(shared, call)?;
    let name = call.query.path("name").to_owned();
    let change = MonitorChange { name, document: None, expected: None, signature };
    shared.api.backend.change_monitor(change).map_err(problem)?;
    versions(shared, call)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restore {
    version: u64,
    by: Option<String>,
    comment: Option<String>,
}

fn restore(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let Restore { version, by, comment } = call.json()?;
    let name = call.query.path("name").to_owned();
    let versions = shared.api.state.document_versions(MONITOR, &name)?;
    if versions.is_empty() {
        return Err(no_such_monitor(&shared.api.backend.config(), &name));
    }
    let comment = comment.unwrap_or_else(|| format!("version {version} again"));
    let signature = signature(shared, call, by.as_deref().unwrap_or(magpie_model::UNKNOWN), &comment)?;
    let wanted = versions.iter().find(|document| document.version == version).and_then(|document| document.content.clone());
    let Some(document) = wanted else {
        let known: Vec<String> = versions.iter().filter(|of| of.content.is_some()).map(|of| of.version.to_string()).collect();
        let detail = format!("monitor `{name}` has no version {version} that could be brought back");
        let list = known.join(", ");
        return Err(refused("version", &detail, &format!("use one of {list}"))
            .coded(Code::NoSuchVersion, &[("known", &list), ("name", &name), ("version", &version)]));
    };
    change(shared, MonitorChange { name, document: Some(document), expected: None, signature })
}

/// Makes a change and shows the monitor as it is then.
fn change(shared: &Shared, change: MonitorChange) -> Result<Reply, Problem> {
    let name = change.name.clone();
    shared.api.backend.change_monitor(change).map_err(problem)?;
    let config = shared.api.backend.config();
    match config.monitor(&name) {
        Some(monitor) => Reply::json(&monitor_json(shared, monitor, &config)),
        // Somebody deleted it in the same moment.
        None => Err(no_such_monitor(&config, &name)),
    }
}

/// A refusal as an answer.
pub(super) fn problem(refusal: MonitorRefusal) -> Problem {
    let detail = refusal.to_string();
    let told = told_of(&refusal);
    let (status, fix) = match &refusal {
        MonitorRefusal::Unknown(_) => (StatusCode::NOT_FOUND, "see /api/v1/monitors"),
        MonitorRefusal::OfFile(_) => (StatusCode::CONFLICT, "change it there, or make one with another name out of it"),
        MonitorRefusal::Exists(_) => (StatusCode::CONFLICT, "use another name, or change that one"),
        MonitorRefusal::Changed(_) => (StatusCode::CONFLICT, "look at the present version, then change that"),
        MonitorRefusal::TooMany(_) => (StatusCode::CONFLICT, "delete some; every monitor costs time for every record"),
        MonitorRefusal::Mistakes(_) => (StatusCode::UNPROCESSABLE_ENTITY, "mend each of the mistakes"),
        MonitorRefusal::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "nothing was changed; see the log of Magpie"),
    };
    let mistakes = match refusal {
        MonitorRefusal::Mistakes(problems) => problems,
        _ => Vec::new(),
    };
    let mistakes = mistakes
        .into_iter()
        .map(|problem| Mistake {
            path: Some(problem.path),
            message: problem.message,
            fix: problem.fix,
            told: problem.told,
            ..Mistake::default()
        })
        .collect();
    Problem { mistakes, ..Problem::new(status, detail, fix) }.told(told)
}

/// A refusal without words.
fn told_of(refusal: &MonitorRefusal) -> Told {
    match refusal {
        MonitorRefusal::Unknown(name) => Code::NoSuchMonitor.with(&[("name", name)]),
        MonitorRefusal::OfFile(name) => Code::MonitorOfFile.with(&[("name", name)]),
        MonitorRefusal::Exists(name) => Code::MonitorExists.with(&[("name", name)]),
        MonitorRefusal::Changed(name) => Code::MonitorChanged.with(&[("name", name)]),
        MonitorRefusal::TooMany(count) => Code::TooManyMonitors.with(&[("count", count)]),
        MonitorRefusal::Mistakes(_) => Code::MonitorMistakes.with(&[]),
        MonitorRefusal::Failed(cause) => Code::MonitorNotStored.with(&[("cause", cause)]),
    }
}

fn versions(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let name = call.query.path("name");
    let versions = shared.api.state.document_versions(MONITOR, name)?;
    if versions.is_empty() {
        let config = shared.api.backend.config();
        return Err(match config.monitor(name) {
            Some(_) => {
                Problem::not_found(format!("monitor `{name}` is in the configuration file and has no versions here"), "see the file")
                    .coded(Code::MonitorOfFile, &[("name", &name)])
            }
            None => no_such_monitor(&config, name),
        });
    }
    let shown: Vec<Value> = versions
        .into_iter()
        .map(|Document { version, signature: Signature { by, at, comment }, content, .. }| {
            json!({"version": version, "at": at, "by": by, "comment": comment, "deleted": content.is_none(), "monitor": content})
        })
        .collect();
    Reply::json(&json!({"versions": shown}))
}

fn one_yaml(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let name = call.query.path("name");
    let config = shared.api.backend.config();
    let document = match config.monitor(name) {
        Some(monitor) => Some(monitor_document::write(monitor)),
        None => shared.api.state.document(MONITOR, name)?.and_then(|document| document.content),
    };
    let Some(document) = document else { return Err(no_such_monitor(&config, name)) };
    Ok(yaml_reply(&[document]))
}

fn all_yaml(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let documents: Vec<Value> = shared.api.state.documents(MONITOR)?.into_iter().filter_map(|document| document.content).collect();
    Ok(yaml_reply(&documents))
}

fn yaml_reply(documents: &[Value]) -> Reply {
    Reply { content_type: YAML, ..Reply::text(monitor_document::yaml(documents)) }
}
