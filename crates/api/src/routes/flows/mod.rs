//! Flows: lists, definitions, versions; in files of their own what changes them, and what starts their runs.

mod changes;
mod starts;

use axum::http::Method;
use magpie_model::access::Role;
use magpie_model::run::{FlowRow, FlowVersion};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{get, write};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place};
use crate::problem::Problem;
use crate::run_filters::{is_of_place, place_parameters};
use crate::runs_backend::{Diagram, FlowRefusal};
use crate::shared::Shared;

const FLOWS: &str = "/api/v1/flows";
const FLOW: &str = "/api/v1/flows/{flow}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let revision = Parameter::new("revision", Place::Path, "Number of the save, from 1.", json!({"type": "integer", "minimum": 1}));
    let read = vec![
        get(FLOWS, "listFlows", "flows", "Flows", list)
            .told("Flows", "By name, watched jobs among them.")
            .with(place_parameters())
            .with([Parameter::text("q", Place::Query, "This text occurs in the flow's id, title or summary; letters of any case.")]),
        write(Role::Viewer, Method::POST, "/api/v1/flows/validate", "validateFlow", "flows", ("FlowSource", "FlowValidation"), validate)
            .told("Check a flow's document", "Nothing is stored. With each problem's line, and the next times it would be due.")
            .refuses(&[408, 413, 415, 422]),
        get("/api/v1/flows/schema", "getFlowSchema", "flows", "FlowSchema", schema)
            .told("The JSON Schema of flows", "That of the Serverless Workflow DSL 1.0, with Magpie's connectors as functions."),
        get(FLOW, "getFlow", "flows", "FlowDetail", one)
            .told("One flow", "With its newest save and the published one.")
            .with([path_flow()])
            .refuses(&[404]),
        get("/api/v1/flows/{flow}/versions", "listFlowVersions", "flows", "FlowVersions", versions)
            .told("The saves of a flow", "Newest first; none is ever changed.")
            .with([path_flow()])
            .refuses(&[404]),
        get("/api/v1/flows/{flow}/versions/{revision}", "getFlowVersion", "flows", "FlowVersionSource", version)
            .told("One save of a flow", "As it was written.")
            .with([path_flow(), revision])
            .refuses(&[404]),
    ];
    [read, changes::endpoints(), starts::endpoints()].concat()
}

/// `flow` in the path.
fn path_flow() -> Parameter {
    Parameter::text("flow", Place::Path, "`namespace.name` of the flow, or the name of a job.")
}

fn list(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let text = call.query.one("q").unwrap_or("").to_lowercase();
    let says = |flow: &FlowRow| {
        let texts = [Some(flow.flow.as_str()), flow.title.as_deref(), flow.summary.as_deref()];
        text.is_empty() || texts.into_iter().flatten().any(|of| of.to_lowercase().contains(&text))
    };
    let mut flows = shared.runs()?.store.flows()?;
    flows.retain(|flow| is_of_place(&call.query, [&flow.region, &flow.application, &flow.version, &flow.flow]) && says(flow));
    Reply::json(&json!({"flows": flows}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    source: String,
}

fn validate(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let Source { source } = call.json()?;
    Reply::json(&runs.backend.validate(&source))
}

fn schema(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    Reply::json(&shared.runs()?.backend.schema())
}

fn one(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    Reply::json(&detail(shared, known(shared, call.query.path("flow"))?)?)
}

/// A flow with its documents.
#[derive(Serialize)]
struct Detail {
    #[serde(flatten)]
    flow: FlowRow,
    source: Option<String>,
    published_source: Option<String>,
    diagram: Option<Diagram>,
}

fn detail(shared: &Shared, flow: FlowRow) -> Result<Detail, Problem> {
    let runs = shared.runs()?;
    let read = |revision| Ok::<_, Problem>(runs.store.version(&flow.flow, revision)?.map(|(_, source)| source));
    let source = read(flow.revision)?;
    let published_source = match flow.published {
        Some(revision) if revision == flow.revision => source.clone(),
        Some(revision) => read(revision)?,
        None => None,
    };
    let diagram = source.as_ref().and_then(|_| runs.backend.diagram(&flow.flow, flow.revision));
    // Its problem names lines of the file, which was never saved.
    let source = runs.backend.mistaken_source(&flow).or(source);
    Ok(Detail { source, published_source, diagram, flow })
}

/// The flow of that name, or 404.
pub(super) fn known(shared: &Shared, name: &str) -> Result<FlowRow, Problem> {
    shared.runs()?.store.flow(name)?.ok_or_else(|| FlowRefusal::Unknown(name.to_owned()).into())
}

fn versions(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let name = call.query.path("flow");
    let versions = shared.runs()?.store.versions(name)?;
    if versions.is_empty() {
        known(shared, name)?;
    }
    Reply::json(&json!({"versions": versions}))
}

#[derive(Serialize)]
struct VersionSource {
    #[serde(flatten)]
    version: FlowVersion,
    source: String,
}

fn version(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (name, text) = (call.query.path("flow"), call.query.path("revision"));
    let no_number = |_| Problem::parameter("revision", format!("`{text}` is no number of a save"), "saves count from 1");
    let revision: u64 = text.parse().map_err(no_number)?;
    match shared.runs()?.store.version(name, revision)? {
        Some((version, source)) => Reply::json(&VersionSource { version, source }),
        None => {
            known(shared, name)?;
            Err(FlowRefusal::NoRevision { flow: name.to_owned(), revision }.into())
        }
    }
}
