//! Flows, runs and schedules.

use crate::client::send;
use crate::world::World;

const ID: &str = "019ac3b2-0000-7000-8000-000000000001";

/// Method, path in the document, and body of every operation.
pub(crate) const OPERATIONS: [(&str, &str, &str); 35] = [
    ("GET", "/api/v1/flows", ""),
    ("POST", "/api/v1/flows", r#"{"source":""}"#),
    ("POST", "/api/v1/flows/validate", r#"{"source":""}"#),
    ("GET", "/api/v1/flows/schema", ""),
    ("GET", "/api/v1/flows/{flow}", ""),
    ("PUT", "/api/v1/flows/{flow}", r#"{"source":""}"#),
    ("DELETE", "/api/v1/flows/{flow}", ""),
    ("GET", "/api/v1/flows/{flow}/versions", ""),
    ("GET", "/api/v1/flows/{flow}/versions/{revision}", ""),
    ("POST", "/api/v1/flows/{flow}/publish", "{}"),
    ("PUT", "/api/v1/flows/{flow}/enabled", r#"{"enabled":true}"#),
    ("POST", "/api/v1/flows/{flow}/runs", "{}"),
    ("POST", "/api/v1/hooks/{flow}", "{}"),
    ("POST", "/api/v1/events", "{}"),
    ("GET", "/api/v1/runs", ""),
    ("GET", "/api/v1/runs/{job_id}", ""),
    ("POST", "/api/v1/runs/{job_id}/cancel", "{}"),
    ("POST", "/api/v1/runs/{job_id}/waive", r#"{"reason":"x"}"#),
    ("POST", "/api/v1/runs/waive", r#"{"job_ids":[],"reason":"x"}"#),
    ("GET", "/api/v1/runs/overview", ""),
    ("GET", "/api/v1/runs/logs", ""),
    ("GET", "/api/v1/runs/logs/histogram", ""),
    ("GET", "/api/v1/runs/logs/top/{column}", ""),
    ("GET", "/api/v1/runs/{job_id}/steps", ""),
    ("GET", "/api/v1/runs/{job_id}/steps/data", ""),
    ("GET", "/api/v1/runs/{job_id}/retry", ""),
    ("POST", "/api/v1/runs/{job_id}/retry", r#"{"from":"start"}"#),
    ("POST", "/api/v1/runs/retry", r#"{"job_ids":[],"from":"start"}"#),
    ("POST", "/api/v1/runs/jobs", "{}"),
    ("POST", "/api/v1/runs/jobs/{job_id}/lines", "{}"),
    ("POST", "/api/v1/runs/jobs/{job_id}/attempts", "{}"),
    ("GET", "/api/v1/schedules", ""),
    ("GET", "/api/v1/schedules/{flow}/due", ""),
    ("POST", "/api/v1/schedules/{flow}/pause", "{}"),
    ("POST", "/api/v1/schedules/{flow}/resume", "{}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_flows_says_so() {
    let world = World::new().await;
    for (method, path, body) in OPERATIONS {
        let target = path.replace("{job_id}", ID).replace("{flow}", "demo.sync").replace("{revision}", "1").replace("{column}", "flow");
        let target = if path.ends_with("/steps/data") { format!("{target}?pointer=/do/0") } else { target };
        let answer = send(world.address, method, &target, &[("Content-Type", "application/json")], body).await;
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (501, Some("this process runs no flows")), "{method} {target}");
    }
}
