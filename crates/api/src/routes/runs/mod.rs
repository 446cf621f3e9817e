//! Runs: lists, one by its job id, what can be done about them, and in files of their own: the overview, what they logged,
//! their steps, retries, and jobs that others run.

mod jobs;
mod logs;
mod overview;
mod retries;
mod steps;

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::query::TimeRange;
use magpie_model::run::{Attempt, JobId, Run, RunDetail, RunFilter, RunKind, RunQuery, Shown};
use magpie_model::{Code, Notice, Signature, UNKNOWN};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{get, write};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, limit_parameter};
use crate::problem::Problem;
use crate::run_filters::{list_filter, list_parameters, no_such_run, path_job_id, range_and_place, run_filter};
use crate::runs_backend::{Diagram, RunRefusal};
use crate::shared::Shared;
use crate::signed::{Signed, refused, signature};

const MOST_RUNS: usize = 1_000;
/// Runs of a flow that the details of a later one name.
const EARLIER: usize = 10;
/// Runs that are changed at once.
const MOST_AT_ONCE: usize = 1_000;
const RUN: &str = "/api/v1/runs/{job_id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    [lists(), changes(), overview::endpoints(), logs::endpoints(), steps::endpoints(), retries::endpoints(), jobs::endpoints()].concat()
}

fn lists() -> Vec<Endpoint> {
    vec![
        get("/api/v1/runs", "listRuns", "runs", "Runs", list)
            .told("Runs", "Newest trigger first. Several values of one name mean any of them, several names all of them.")
            .with(range_and_place("Triggered in the range; all of time without."))
            .with(list_parameters())
            .with([limit_parameter(100, MOST_RUNS), Parameter::text("cursor", Place::Query, "`next` of the page before.")]),
        get(RUN, "getRun", "runs", "RunDetail", one)
            .told("One run", "With its attempts, and what it was given and gave, redacted.")
            .with([job_id_in_path()])
            .refuses(&[404]),
        get("/api/v1/runs/failures", "listFailures", "runs", "Failures", failures)
            .told("The failure inbox", "Failures that wait for a person, those that failed alike as one group. Its runs: `open`, `flow` and the three `fault_…` of the list.")
            .with(range_and_place("Triggered in the range; all of time without."))
            .with([limit_parameter(100, MOST_RUNS)]),
    ]
}

fn changes() -> Vec<Endpoint> {
    vec![
        write(Role::Operator, Method::POST, "/api/v1/runs/{job_id}/cancel", "cancelRun", "runs", ("SignedByAnybody", "Run"), cancel)
            .told("Cancel a run", "Its processes are killed and its calls closed; 409 when it has ended.")
            .with([job_id_in_path()])
            .may_be_empty()
            .accepted()
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Operator, Method::POST, "/api/v1/runs/{job_id}/waive", "waiveRun", "runs", ("Waive", "Run"), waive)
            .told("Give a failed run up", "It leaves the failure inbox, and its kept input may go; 409 when it has not failed.")
            .with([job_id_in_path()])
            .refuses(&[404, 408, 409, 413, 415, 422]),
        write(Role::Operator, Method::POST, "/api/v1/runs/waive", "waiveRuns", "runs", ("WaiveMany", "ManyDone"), waive_many)
            .told("Give many failed runs up", "Each for itself: the answer says of each whether it was done.")
            .refuses(&[408, 413, 415, 422]),
    ]
}

/// `job_id` in the path.
fn job_id_in_path() -> Parameter {
    Parameter::new("job_id", Place::Path, "Full id of the run.", json!({"type": "string", "format": "uuid"}))
}

fn list(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let after = call.query.one("cursor").map(|text| {
        text.parse::<JobId>().map_err(|_| Problem::parameter("cursor", "that is no cursor of ours", "use `next` of the page before"))
    });
    let query = RunQuery { filter: list_filter(shared, call)?, limit: call.query.limit(100, MOST_RUNS)?, after: after.transpose()? };
    let runs = shared.runs()?;
    let page = runs.store.runs(&query)?;
    let mut waiting = runs.backend.waiting();
    waiting.retain(|run| query.filter.fits(run));
    waiting.sort_by_key(|run| std::cmp::Reverse(run.job_id));
    Reply::json(&json!({"runs": page.runs, "next": page.next, "total": page.total, "waiting": waiting}))
}

fn failures(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let filter = run_filter(shared, call, TimeRange::ALL)?;
    Reply::json(&shared.runs()?.store.failures(&filter, call.query.limit(100, MOST_RUNS)?)?)
}

/// A run with all that its page shows.
#[derive(Serialize)]
struct Detail {
    #[serde(flatten)]
    run: Run,
    input: Value,
    output: Value,
    input_cut: bool,
    input_redacted: Vec<String>,
    output_cut: bool,
    labels: BTreeMap<String, String>,
    attempts: Vec<Attempt>,
    earlier: Vec<Run>,
    kept: bool,
    trace_id: String,
    diagram: Option<Diagram>,
}

fn one(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let stored = runs.store.run(job_id);
    let detail = match stored {
        Ok(Some(detail)) => detail,
        missing => match runs.backend.waiting().into_iter().find(|run| run.job_id == job_id) {
            // Its data is sealed until the store is back.
            Some(run) => RunDetail {
                run,
                input: Shown::default(),
                output: Shown::default(),
                labels: BTreeMap::new(),
                attempts: Vec::new(),
                kept: true,
            },
            None => return Err(missing.map_or_else(Problem::from, |_| no_such_run(job_id))),
        },
    };
    let of_flow = RunFilter { flows: vec![detail.run.flow.clone()], ..RunFilter::range(TimeRange::ALL) };
    let earlier =
        runs.store.runs(&RunQuery { filter: of_flow, limit: EARLIER, after: Some(job_id) }).map_or_else(|_| Vec::new(), |page| page.runs);
    let is_flow = detail.run.kind == RunKind::Flow;
    let diagram = if is_flow { runs.backend.diagram(&detail.run.flow, detail.run.revision) } else { None };
    Reply::json(&Detail {
        run: detail.run,
        input: detail.input.value,
        output: detail.output.value,
        input_cut: detail.input.cut,
        input_redacted: detail.input.redacted,
        output_cut: detail.output.cut,
        labels: detail.labels,
        attempts: detail.attempts,
        earlier,
        kept: detail.kept,
        trace_id: job_id.trace_id(),
        diagram,
    })
}

fn cancel(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let signature = Signed::read(call)?.signature(shared, call)?;
    accepted(&runs.backend.cancel(job_id, signature)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waive {
    reason: String,
    by: Option<String>,
}

fn waive(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let Waive { reason, by } = call.json()?;
    Reply::json(&runs.backend.waive(job_id, reasoned(shared, call, by, &reason)?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaiveMany {
    job_ids: Vec<JobId>,
    reason: String,
    by: Option<String>,
}

fn waive_many(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let runs = shared.runs()?;
    let WaiveMany { job_ids, reason, by } = call.json()?;
    let signature = reasoned(shared, call, by, &reason)?;
    each(&job_ids, |job_id| runs.backend.waive(job_id, signature.clone()))
}

/// A signature whose comment must not be empty.
fn reasoned(shared: &Shared, call: &Call, by: Option<String>, reason: &str) -> Result<Signature, Problem> {
    if reason.trim().is_empty() {
        return Err(
            refused("reason", "`reason` is empty", "write why nobody needs to look at this failure any more").coded(Code::ReasonEmpty, &[])
        );
    }
    signature(shared, call, by.as_deref().unwrap_or(UNKNOWN), reason)
}

/// Does something with each of some runs, and says of each whether it was done.
fn each(job_ids: &[JobId], act: impl Fn(JobId) -> Result<Run, RunRefusal>) -> Result<Reply, Problem> {
    if job_ids.len() > MOST_AT_ONCE {
        return Err(refused("job_ids", &format!("more than {MOST_AT_ONCE} runs at once"), "send them in several requests")
            .coded(Code::TooManyRuns, &[("limit", &MOST_AT_ONCE)]));
    }
    let results: Vec<Value> = job_ids
        .iter()
        .map(|&job_id| {
            let problem = act(job_id).err().map(|refusal| Notice::from(&refusal));
            json!({"job_id": job_id, "ok": problem.is_none(), "problem": problem})
        })
        .collect();
    Reply::json(&json!({"results": results}))
}

/// 202.
pub(super) fn accepted(value: &impl Serialize) -> Result<Reply, Problem> {
    Ok(Reply { status: StatusCode::ACCEPTED, ..Reply::json(value)? })
}
