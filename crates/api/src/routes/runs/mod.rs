//! Runs: lists, one by its job id, what can be done about them, and in files of their own: the overview, what they logged,
//! their steps, retries, and jobs that others run.

mod jobs;
mod logs;
mod overview;
mod retries;
mod steps;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{get, write};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, limit_parameter};
use crate::problem::Problem;
use crate::run_filters::{list_parameters, range_and_place};
use crate::shared::Shared;

const MOST_RUNS: usize = 1_000;
const RUN: &str = "/api/v1/runs/{job_id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    [lists(), changes(), overview::endpoints(), logs::endpoints(), steps::endpoints(), retries::endpoints(), jobs::endpoints()].concat()
}

fn lists() -> Vec<Endpoint> {
    vec![
        get("/api/v1/runs", "listRuns", "runs", "Runs", not_here)
            .told("Runs", "Newest trigger first. Several values of one name mean any of them, several names all of them.")
            .with(range_and_place("Triggered in the range; all of time without."))
            .with(list_parameters())
            .with([limit_parameter(100, MOST_RUNS), Parameter::text("cursor", Place::Query, "`next` of the page before.")]),
        get(RUN, "getRun", "runs", "RunDetail", not_here)
            .told("One run", "With its attempts, and what it was given and gave, redacted.")
            .with([path_job_id()])
            .refuses(&[404]),
    ]
}

fn changes() -> Vec<Endpoint> {
    vec![
        write(Method::POST, "/api/v1/runs/{job_id}/cancel", "cancelRun", "runs", ("SignedByAnybody", "Run"), not_here)
            .told("Cancel a run", "Its processes are killed and its calls closed; 409 when it has ended.")
            .with([path_job_id()])
            .may_be_empty()
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/runs/{job_id}/waive", "waiveRun", "runs", ("Waive", "Run"), not_here)
            .told("Give a failed run up", "It leaves the failure inbox, and its kept input may go; 409 when it has not failed.")
            .with([path_job_id()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/runs/waive", "waiveRuns", "runs", ("WaiveMany", "ManyDone"), not_here)
            .told("Give many failed runs up", "Each for itself: the answer says of each whether it was done.")
            .refuses(&[408, 413, 415, 422]),
    ]
}

/// `job_id` in the path.
fn path_job_id() -> Parameter {
    Parameter::new("job_id", Place::Path, "Full id of the run.", json!({"type": "string", "format": "uuid"}))
}

/// 501 where the process runs no flows.
pub(super) fn not_here(_shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "this process runs no flows", "use a version of Magpie that does"))
}
