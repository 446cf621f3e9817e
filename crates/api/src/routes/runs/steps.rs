//! The steps of a run, and the data of one step, redacted.

use serde_json::json;

use super::{not_here, path_job_id};
use crate::endpoint::Endpoint;
use crate::params::{Parameter, Place};
use crate::routes::get;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/runs/{job_id}/steps", "listRunSteps", "runs", "Steps", not_here)
            .told("The steps of a run", "Of all attempts, with iterations; also those that the last attempt did not reach.")
            .with([path_job_id()])
            .refuses(&[404]),
        get("/api/v1/runs/{job_id}/steps/data", "getRunStepData", "runs", "StepData", not_here)
            .told("What a step was given and gave", "Redacted, and shortened where it is long.")
            .with([
                path_job_id(),
                Parameter { required: true, ..Parameter::text("pointer", Place::Query, "JSON pointer of the step.") },
                Parameter::text("iteration", Place::Query, "Its iteration; the one outside of loops without."),
                Parameter::new(
                    "attempt",
                    Place::Query,
                    "The attempt; the last that has the step without.",
                    json!({"type": "integer", "minimum": 1}),
                ),
            ])
            .refuses(&[404]),
    ]
}
