//! The steps of a run, and the data of one step, redacted.

use std::collections::BTreeSet;

use magpie_model::Code;
use magpie_model::run::{RunKind, StepData, StepRow, StepStatus};
use magpie_store::runs::StepId;
use serde::Serialize;
use serde_json::{Value, json};

use super::job_id_in_path;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place};
use crate::problem::Problem;
use crate::routes::get;
use crate::run_filters::{no_such_run, path_job_id};
use crate::runs_backend::{Diagram, DiagramNode};
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/runs/{job_id}/steps", "listRunSteps", "runs", "Steps", list)
            .told("The steps of a run", "Of all attempts, with iterations; also those that the last attempt did not reach.")
            .with([job_id_in_path()])
            .refuses(&[404]),
        get("/api/v1/runs/{job_id}/steps/data", "getRunStepData", "runs", "StepData", data)
            .told("What a step was given and gave", "Redacted, and shortened where it is long.")
            .with([
                job_id_in_path(),
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

fn list(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let run = runs.store.run(job_id)?.ok_or_else(|| no_such_run(job_id))?.run;
    let mut steps = runs.store.steps(job_id)?;
    if run.kind == RunKind::Flow
        && let Some(diagram) = runs.backend.diagram(&run.flow, run.revision)
    {
        let missing = unreached(&diagram, &steps, run.attempt);
        steps.extend(missing);
    }
    Reply::json(&json!({"steps": steps}))
}

/// The steps of a definition of which no attempt tells anything, in its order.
fn unreached(diagram: &Diagram, reached: &[StepRow], attempt: u32) -> Vec<StepRow> {
    let reached: BTreeSet<&str> = reached.iter().map(|step| step.pointer.as_str()).collect();
    let is_task = |node: &&DiagramNode| !["start", "end"].contains(&node.kind.as_str());
    let missing = diagram.nodes.iter().filter(is_task).filter(|node| !reached.contains(node.id.as_str()));
    missing
        .map(|node| StepRow {
            pointer: node.id.clone(),
            iteration: String::new(),
            attempt,
            name: node.name.clone(),
            kind: node.kind.clone(),
            depth: depth(diagram, node),
            parent: node.parent.clone(),
            status: StepStatus::Unreached,
            started: None,
            ended: None,
            duration_ms: None,
            operation: None,
            target: None,
            target_module: None,
            fault: None,
        })
        .collect()
}

/// How many nodes there are around one.
fn depth(diagram: &Diagram, node: &DiagramNode) -> u32 {
    let around = |node: &&DiagramNode| node.parent.as_ref().and_then(|parent| diagram.nodes.iter().find(|other| other.id == *parent));
    let most = diagram.nodes.len();
    std::iter::successors(around(&node), |node| around(node)).take(most).count() as u32
}

#[derive(Serialize)]
struct Data {
    input: Value,
    output: Value,
    error: Value,
    context: Value,
    input_cut: bool,
    output_cut: bool,
    redacted: Vec<String>,
}

fn data(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let (runs, job_id) = (shared.runs()?, path_job_id(call)?);
    let pointer = call.query.one("pointer").unwrap_or_default().to_owned();
    let iteration = call.query.one("iteration").unwrap_or_default().to_owned();
    let missing = || {
        Problem::not_found(
            format!("run {job_id} has no step `{pointer}` of that iteration and attempt"),
            "GET /api/v1/runs/{job_id}/steps lists its steps",
        )
        .coded(Code::NoSuchStep, &[("job_id", &job_id), ("pointer", &pointer)])
    };
    let attempt = match call.query.one("attempt") {
        Some(text) => {
            text.parse().map_err(|_| Problem::parameter("attempt", format!("`{text}` is not a number"), "attempts count from 1"))?
        }
        None => {
            let steps = runs.store.steps(job_id)?;
            let of_step = steps.iter().filter(|step| step.pointer == pointer && step.iteration == iteration);
            of_step.map(|step| step.attempt).max().ok_or_else(missing)?
        }
    };
    let step = StepId { pointer: pointer.clone(), iteration, attempt };
    let StepData { input, output, error, context } = runs.store.step_data(job_id, &step)?.ok_or_else(missing)?;
    let mut redacted = Vec::new();
    for (name, shown) in [("input", &input), ("output", &output), ("context", &context)] {
        redacted.extend(shown.redacted.iter().map(|pointer| format!("/{name}{pointer}")));
    }
    Reply::json(&Data {
        input_cut: input.cut,
        output_cut: output.cut,
        input: input.value,
        output: output.value,
        error,
        context: context.value,
        redacted,
    })
}
