//! What starts runs: a person, a webhook, an event.

use axum::http::Method;
use magpie_model::UNKNOWN;
use magpie_model::access::Role;
use magpie_model::run::TriggerKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::path_flow;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::problem::Problem;
use crate::routes::runs::accepted;
use crate::routes::write;
use crate::runs_backend::TriggerRequest;
use crate::shared::Shared;
use crate::signed::{refused, signature};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Role::Operator, Method::POST, "/api/v1/flows/{flow}/runs", "startRun", "flows", ("NewRun", "StartedRun"), start)
            .told("Run a flow now", "The answer comes when the run is stored, not when it has ended.")
            .with([path_flow()])
            .may_be_empty()
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Operator, Method::POST, "/api/v1/hooks/{flow}", "callHook", "flows", ("AnyInput", "StartedRun"), hook)
            .told("Webhook of a flow", "The whole body is the input of the run; without one it is `{}`. For what posts JSON, or nothing, and knows nothing of Magpie.")
            .with([path_flow()])
            .may_be_empty()
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Operator, Method::POST, "/api/v1/events", "sendEvent", "flows", ("CloudEvent", "EventHeard"), event)
            .told("Tell of an event", "Starts the flows that are scheduled on it, and reaches the runs that listen for it.")
            .accepted()
            .refuses(&[408, 413, 415, 422]),
    ]
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewRun {
    input: Option<Value>,
    revision: Option<u64>,
    by: Option<String>,
    comment: Option<String>,
}

fn start(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let NewRun { input, revision, by, comment } = if call.body.is_empty() { NewRun::default() } else { call.json()? };
    let signature = signature(shared, call, by.as_deref().unwrap_or(UNKNOWN), comment.as_deref().unwrap_or(""))?;
    let flow = call.query.path("flow").to_owned();
    let input = input.unwrap_or_else(|| json!({}));
    trigger(shared, TriggerRequest { flow, input, revision, kind: TriggerKind::Manual, signature })
}

fn hook(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let flow = call.query.path("flow").to_owned();
    let input = if call.body.is_empty() { json!({}) } else { call.json()? };
    let signature = signature(shared, call, UNKNOWN, "")?;
    trigger(shared, TriggerRequest { flow, input, revision: None, kind: TriggerKind::Webhook, signature })
}

fn trigger(shared: &Shared, request: TriggerRequest) -> Result<Reply, Problem> {
    let run = shared.runs()?.backend.trigger(request)?;
    accepted(&json!({"job_id": run.job_id, "run": run}))
}

fn event(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let event: Value = call.json()?;
    for member in ["specversion", "id", "source", "type"] {
        if event[member].as_str().is_none_or(str::is_empty) {
            return Err(refused(member, &format!("`{member}` is missing"), "send a CloudEvent 1.0 in structured JSON"));
        }
    }
    if event["specversion"] != "1.0" {
        return Err(refused("specversion", "only version 1.0 of CloudEvents is known", "write \"specversion\": \"1.0\""));
    }
    accepted(&runs.backend.post_event(event)?)
}
