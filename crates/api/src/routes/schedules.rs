//! Schedules: what was due and what became of it, what is due next; paused and resumed.

use axum::http::Method;

use super::runs::not_here;
use super::{get, write};
use crate::endpoint::Endpoint;
use crate::params::{Parameter, Place, limit_parameter, range_parameters};
use crate::run_filters::{OUTCOMES, range_and_place};
use serde_json::json;

const MOST_ROWS: usize = 5_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let flow = || Parameter::text("flow", Place::Path, "The flow.");
    let outcomes = json!({"type": "string", "enum": OUTCOMES});
    vec![
        get("/api/v1/schedules", "listSchedules", "schedules", "Schedules", not_here)
            .told("Scheduled flows and jobs", "By name, with what became of the times in the range.")
            .with(range_and_place("Since midnight in the configured zone without; `to` is the next midnight without.")),
        get("/api/v1/schedules/{flow}/due", "listDueTimes", "schedules", "DueRows", not_here)
            .told("The due times of a schedule", "Newest first: past ones with their outcome, future ones as they are computed now.")
            .with([flow()])
            .with(range_parameters("Since midnight in the configured zone without; `to` is the next midnight without."))
            .with([Parameter::new("outcome", Place::Repeated, "This became of it.", outcomes), limit_parameter(1_000, MOST_ROWS)])
            .refuses(&[404]),
        write(Method::POST, "/api/v1/schedules/{flow}/pause", "pauseSchedule", "schedules", ("PauseSchedule", "Schedule"), not_here)
            .told("Pause a schedule", "Due times pass as `paused`; other triggers still start the flow.")
            .with([flow()])
            .may_be_empty()
            .refuses(&[404, 408, 413, 415, 422]),
        write(Method::POST, "/api/v1/schedules/{flow}/resume", "resumeSchedule", "schedules", ("SignedByAnybody", "Schedule"), not_here)
            .told("Resume a schedule", "From its next due time on; what passed meanwhile stays as it is.")
            .with([flow()])
            .may_be_empty()
            .refuses(&[404, 408, 413, 415, 422]),
    ]
}
