//! What changes a flow: saved, published, switched on and off, deleted. Each change bears a signature and is audited.

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::run::FlowRow;
use magpie_model::{Signature, UNKNOWN};
use serde::Deserialize;
use serde_json::json;

use super::{FLOW, FLOWS, detail, path_flow};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::problem::Problem;
use crate::routes::write;
use crate::runs_backend::FlowSave;
use crate::shared::Shared;
use crate::signed::{Signed, signature};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Role::Admin, Method::POST, FLOWS, "createFlow", "flows", ("NewFlow", "FlowDetail"), create)
            .told("Make a flow", "Its id comes from the document. A draft, unless `publish` is true; 409 when it exists.")
            .created()
            .refuses(&[408, 409, 413, 415, 422]),
        write(Role::Admin, Method::PUT, FLOW, "putFlow", "flows", ("PutFlow", "FlowDetail"), put)
            .told("Save a flow", "A new version, a draft unless `publish` is true. With `expected`, 409 when another change came first.")
            .with([path_flow()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Admin, Method::DELETE, FLOW, "deleteFlow", "flows", ("SignedByAnybody", "DeletedFlow"), delete)
            .told(
                "Delete a flow",
                "Its runs and versions stay. One of the watched folder is refused with 409: its file says what to delete.",
            )
            .with([path_flow()])
            .may_be_empty()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Admin, Method::POST, "/api/v1/flows/{flow}/publish", "publishFlow", "flows", ("Publish", "FlowDetail"), publish)
            .told("Publish a flow", "Triggers use it from now on; 422 with each mistake when it is not valid, and the old one stays live.")
            .with([path_flow()])
            .may_be_empty()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Admin, Method::PUT, "/api/v1/flows/{flow}/enabled", "enableFlow", "flows", ("Enable", "FlowDetail"), enable)
            .told("Switch a flow on or off", "Off, no trigger starts it; runs that have begun go on.")
            .with([path_flow()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    source: String,
    expected: Option<u64>,
    #[serde(default)]
    publish: bool,
    by: Option<String>,
    comment: Option<String>,
}

fn create(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let save: Save = call.json()?;
    if save.expected.is_some() {
        return Err(crate::signed::refused("expected", "a new flow has no save before", "leave `expected` out, or change a flow with PUT"));
    }
    let reply = store(shared, call, None, save)?;
    Ok(Reply { status: StatusCode::CREATED, ..reply })
}

fn put(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    store(shared, call, Some(call.query.path("flow").to_owned()), call.json()?)
}

fn store(shared: &Shared, call: &Call, flow: Option<String>, save: Save) -> Result<Reply, Problem> {
    let Save { source, expected, publish, by, comment } = save;
    let signature = sign(shared, call, by, comment)?;
    shown(shared, shared.runs()?.backend.save_flow(FlowSave { flow, source, expected, publish, signature })?)
}

fn delete(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let flow = call.query.path("flow");
    let signature = Signed::read(call)?.signature(shared, call)?;
    shared.runs()?.backend.delete_flow(flow, signature)?;
    Reply::json(&json!({"flow": flow}))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Publish {
    revision: Option<u64>,
    by: Option<String>,
    comment: Option<String>,
}

fn publish(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let Publish { revision, by, comment } = if call.body.is_empty() { Publish::default() } else { call.json()? };
    let signature = sign(shared, call, by, comment)?;
    shown(shared, shared.runs()?.backend.publish_flow(call.query.path("flow"), revision, signature)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enable {
    enabled: bool,
    reason: Option<String>,
    by: Option<String>,
}

fn enable(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let Enable { enabled, reason, by } = call.json()?;
    let signature = sign(shared, call, by, reason)?;
    shown(shared, shared.runs()?.backend.enable_flow(call.query.path("flow"), enabled, signature)?)
}

fn shown(shared: &Shared, flow: FlowRow) -> Result<Reply, Problem> {
    Reply::json(&detail(shared, flow)?)
}

fn sign(shared: &Shared, call: &Call, by: Option<String>, comment: Option<String>) -> Result<Signature, Problem> {
    signature(shared, call, by.as_deref().unwrap_or(UNKNOWN), comment.as_deref().unwrap_or(""))
}
