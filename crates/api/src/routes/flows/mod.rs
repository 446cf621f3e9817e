//! Flows: lists, definitions, versions; in files of their own what changes them, and what starts their runs.

mod changes;
mod starts;

use axum::http::Method;
use serde_json::json;

use super::runs::not_here;
use super::{get, write};
use crate::endpoint::Endpoint;
use crate::params::{Parameter, Place};
use crate::run_filters::place_parameters;

const FLOWS: &str = "/api/v1/flows";
const FLOW: &str = "/api/v1/flows/{flow}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let revision = Parameter::new("revision", Place::Path, "Number of the save, from 1.", json!({"type": "integer", "minimum": 1}));
    let read = vec![
        get(FLOWS, "listFlows", "flows", "Flows", not_here)
            .told("Flows", "By name, watched jobs among them.")
            .with(place_parameters())
            .with([Parameter::text("q", Place::Query, "This text occurs in the flow's id, title or summary; letters of any case.")]),
        write(Method::POST, "/api/v1/flows/validate", "validateFlow", "flows", ("FlowSource", "FlowValidation"), not_here)
            .told("Check a flow's document", "Nothing is stored. With each problem's line, and the next times it would be due.")
            .refuses(&[408, 413, 415, 422]),
        get("/api/v1/flows/schema", "getFlowSchema", "flows", "FlowSchema", not_here)
            .told("The JSON Schema of flows", "That of the Serverless Workflow DSL 1.0, with Magpie's connectors as functions."),
        get(FLOW, "getFlow", "flows", "FlowDetail", not_here)
            .told("One flow", "With its newest save and the published one.")
            .with([path_flow()])
            .refuses(&[404]),
        get("/api/v1/flows/{flow}/versions", "listFlowVersions", "flows", "FlowVersions", not_here)
            .told("The saves of a flow", "Newest first; none is ever changed.")
            .with([path_flow()])
            .refuses(&[404]),
        get("/api/v1/flows/{flow}/versions/{revision}", "getFlowVersion", "flows", "FlowVersionSource", not_here)
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
