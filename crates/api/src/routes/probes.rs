//! What machines ask: whether the process lives, whether it is ready, its metrics, and this API's document.

use axum::http::StatusCode;
use serde_json::json;

use super::{get, metrics};
use crate::access::Needs;
use crate::endpoint::{Call, Endpoint, Handler, Reply};
use crate::openapi;
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let text = "text/plain; charset=utf-8";
    let live = get("/healthz", "isAlive", "probes", "", ready).told("Whether the process answers", "Asks nothing of the stores.");
    let metrics = get("/metrics", "getMetrics", "probes", "", metrics::metrics)
        .told("Metrics in Prometheus' text format", "With `traces_service_graph_request_*`, which Grafana draws as a service graph. Counters begin with the process and never decrease.");
    let ready_probe = get("/readyz", "isReady", "probes", "Readiness", ready)
        .told("Whether answers are right", "503 with the reasons while it starts, or when it fails.");
    vec![
        Endpoint { needs: Needs::Nothing, content_type: text, reply: None, handler: Handler::Now(|_| Reply::text("ok\n")), ..live },
        Endpoint { needs: Needs::Nothing, ..ready_probe },
        Endpoint { content_type: text, reply: None, ..metrics },
        get("/api/v1/openapi.json", "getOpenApi", "probes", "Document", document).told("This document", "OpenAPI 3.1."),
    ]
}

fn ready(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let health = shared.api.backend.health();
    let mut reply = Reply::json(&json!({"verdict": health.verdict, "reasons": health.reasons}))?;
    if !health.verdict.is_ready() {
        reply.status = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(reply)
}

fn document(_shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    Reply::json(&openapi::document())
}
