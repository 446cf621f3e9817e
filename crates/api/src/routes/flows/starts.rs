//! What starts runs: a person, a webhook, an event.

use axum::http::Method;

use super::{not_here, path_flow};
use crate::endpoint::Endpoint;
use crate::routes::write;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        write(Method::POST, "/api/v1/flows/{flow}/runs", "startRun", "flows", ("NewRun", "StartedRun"), not_here)
            .told("Run a flow now", "The answer comes when the run is stored, not when it has ended.")
            .with([path_flow()])
            .may_be_empty()
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/hooks/{flow}", "callHook", "flows", ("AnyInput", "StartedRun"), not_here)
            .told("Webhook of a flow", "The whole body is the input of the run. For what posts JSON and knows nothing of Magpie.")
            .with([path_flow()])
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/events", "sendEvent", "flows", ("CloudEvent", "EventHeard"), not_here)
            .told("Tell of an event", "Starts the flows that are scheduled on it, and reaches the runs that listen for it.")
            .accepted()
            .refuses(&[408, 413, 415, 422]),
    ]
}
