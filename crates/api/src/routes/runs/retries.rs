//! Retry by hand: what would run again, and doing it, for one run or many.

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::run::JobId;
use magpie_model::{Signature, UNKNOWN};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{accepted, each, job_id_in_path};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, unknown_name};
use crate::problem::Problem;
use crate::routes::{get, write};
use crate::run_filters::path_job_id;
use crate::runs_backend::{RetryFrom, RetryRequest, RetryVersion};
use crate::shared::Shared;
use crate::signed::{refused, signature};

const FROM: &str = "write `start`, `failed`, or the pointer of a step that GET /api/v1/runs/{job_id}/steps lists";
const RETRY: &str = "/api/v1/runs/{job_id}/retry";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let versions = json!({"type": "string", "enum": ["same", "newest"], "default": "same"});
    vec![
        get(RETRY, "previewRetry", "runs", "RetryPreview", preview)
            .told("What a retry would do", "Nothing is changed.")
            .with([
                job_id_in_path(),
                Parameter::text("from", Place::Query, "`start`, `failed` or the JSON pointer of a step; `failed` without."),
                Parameter::new("version", Place::Query, "The definition that failed, or the published one.", versions),
            ])
            .refuses(&[404, 409, 422]),
        write(Role::Operator, Method::POST, RETRY, "retryRun", "runs", ("Retry", "Run"), retry)
            .told("Retry a run", "The same run goes on with its next attempt; 409 when it cannot be retried as it stands.")
            .with([job_id_in_path()])
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Operator, Method::POST, "/api/v1/runs/retry", "retryRuns", "runs", ("RetryMany", "ManyDone"), retry_many)
            .told("Retry many runs", "Each for itself: the answer says of each whether it was done.")
            .refuses(&[408, 413, 415, 422]),
    ]
}

fn preview(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let from = call.query.one("from").unwrap_or("failed");
    let from = from.parse().map_err(|detail: String| Problem::parameter("from", detail, FROM))?;
    let version = match call.query.one("version") {
        None | Some("same") => RetryVersion::Same,
        Some("newest") => RetryVersion::Newest,
        Some(other) => return Err(unknown_name(StatusCode::BAD_REQUEST, "version", other, &["same", "newest"])),
    };
    Reply::json(&runs.backend.retry_preview(job_id, &from, version)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    from: String,
    input: Option<Value>,
    #[serde(default)]
    version: RetryVersion,
    by: Option<String>,
    comment: Option<String>,
}

fn retry(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let Retry { from, input, version, by, comment } = call.json()?;
    let from = read_from(&from)?;
    if input.is_some() && from != RetryFrom::Start {
        return Err(refused("input", "another input is only taken from the start", "let `from` be `start`, or leave `input` out"));
    }
    let signature = sign(shared, call, by, comment)?;
    accepted(&runs.backend.retry(job_id, RetryRequest { from, input, version, signature })?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryMany {
    job_ids: Vec<JobId>,
    from: String,
    #[serde(default)]
    version: RetryVersion,
    by: Option<String>,
    comment: Option<String>,
}

fn retry_many(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let RetryMany { job_ids, from, version, by, comment } = call.json()?;
    let from = read_from(&from)?;
    let signature = sign(shared, call, by, comment)?;
    each(&job_ids, |job_id| {
        runs.backend.retry(job_id, RetryRequest { from: from.clone(), input: None, version, signature: signature.clone() })
    })
}

fn read_from(text: &str) -> Result<RetryFrom, Problem> {
    text.parse().map_err(|detail: String| refused("from", &detail, FROM))
}

fn sign(shared: &Shared, call: &Call, by: Option<String>, comment: Option<String>) -> Result<Signature, Problem> {
    signature(shared, call, by.as_deref().unwrap_or(UNKNOWN), comment.as_deref().unwrap_or(""))
}
