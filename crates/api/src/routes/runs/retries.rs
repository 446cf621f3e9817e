//! Retry by hand: what would run again, and doing it, for one run or many.

use axum::http::Method;
use serde_json::json;

use super::{not_here, path_job_id};
use crate::endpoint::Endpoint;
use crate::params::{Parameter, Place};
use crate::routes::{get, write};

const RETRY: &str = "/api/v1/runs/{job_id}/retry";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let versions = json!({"type": "string", "enum": ["same", "newest"], "default": "same"});
    vec![
        get(RETRY, "previewRetry", "runs", "RetryPreview", not_here)
            .told("What a retry would do", "Nothing is changed.")
            .with([
                path_job_id(),
                Parameter::text("from", Place::Query, "`start`, `failed` or the JSON pointer of a step; `failed` without."),
                Parameter::new("version", Place::Query, "The definition that failed, or the published one.", versions),
            ])
            .refuses(&[404, 409, 422]),
        write(Method::POST, RETRY, "retryRun", "runs", ("Retry", "Run"), not_here)
            .told("Retry a run", "The same run goes on with its next attempt; 409 when it cannot be retried as it stands.")
            .with([path_job_id()])
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Method::POST, "/api/v1/runs/retry", "retryRuns", "runs", ("RetryMany", "ManyDone"), not_here)
            .told("Retry many runs", "Each for itself: the answer says of each whether it was done.")
            .refuses(&[408, 413, 415, 422]),
    ]
}
