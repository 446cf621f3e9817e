//! Retries by hand: what would run again, and making it so.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use magpie_api::{RetryEffect, RetryFrom, RetryPreview, RetryRequest, RetryStep, RetryVersion, RunRefusal};
use magpie_flows::definition::{Definition, Effect, Kind, Task};
use magpie_flows::run::state::RunEvent;
use magpie_flows::run::{Begun, Finished, JobId, StepKey, would_repeat};
use magpie_flows::{connector, run};
use magpie_model::run::{Run, RunKind, Status};
use magpie_model::{Code, Notice};
use magpie_store::AlertQuery;
use magpie_store::runs::{Advance, Change, HeldRun};
use serde_json::Value;

use super::attempt::newest_of;
use super::journal::read_kept;
use super::moves::{self, Plan};
use super::shared::Shared;
use super::shown::{restored, shown};
use super::trigger::UNPUBLISHED;
use crate::serve::now;

/// Alerts looked at for the target of a failed step.
const ALERTS: usize = 1_000;

/// Where the interpreter goes on.
fn from_of(from: &RetryFrom) -> run::RetryFrom {
    match from {
        RetryFrom::Start => run::RetryFrom::Start,
        RetryFrom::Failed => run::RetryFrom::FailedStep,
        RetryFrom::Step { pointer, iteration } => run::RetryFrom::Step(StepKey { pointer: pointer.clone(), iteration: iteration.clone() }),
    }
}

fn held_of(shared: &Shared, job_id: JobId) -> Result<HeldRun, RunRefusal> {
    let held = shared.store.held(job_id).map_err(failed)?.ok_or_else(|| RunRefusal::NoRun(job_id.to_string()))?;
    if held.run.kind == RunKind::Job {
        return Err(RunRefusal::WatchedJob(held.run.flow));
    }
    Ok(held)
}

/// The save that a retry runs.
fn revision_of(shared: &Shared, run: &Run, version: RetryVersion) -> Result<u64, RunRefusal> {
    match version {
        RetryVersion::Same if run.revision != UNPUBLISHED => Ok(run.revision),
        RetryVersion::Same | RetryVersion::Newest => {
            let row = shared.store.flow(&run.flow).map_err(failed)?.ok_or_else(|| RunRefusal::NoFlow(run.flow.clone()))?;
            row.published.ok_or_else(|| RunRefusal::Failed(format!("flow `{}` has no published version", run.flow)))
        }
    }
}

/// The steps of a run that began or ended.
fn steps_of(shared: &Shared, job_id: JobId) -> Result<(Vec<Begun>, Vec<Finished>), RunRefusal> {
    let kept = shared.store.kept_steps(job_id).map_err(failed)?;
    let (begun, finished) = read_kept(&kept);
    let finished: Vec<Finished> = finished.into_iter().map(|(_, step)| step).collect();
    Ok((begun, newest_of(&finished)))
}

fn check_step(from: &RetryFrom, job_id: JobId, finished: &[Finished]) -> Result<(), RunRefusal> {
    match from {
        RetryFrom::Step { pointer, iteration }
            if !finished.iter().any(|step| step.key.pointer == *pointer && step.key.iteration == *iteration) =>
        {
            Err(RunRefusal::NoStep { job_id: job_id.to_string(), pointer: pointer.clone() })
        }
        _ => Ok(()),
    }
}

/// A run that has not succeeded. One that has lost what a retry needs by that, and is told so first.
fn retriable(shared: &Shared, job_id: JobId) -> Result<HeldRun, RunRefusal> {
    let held = held_of(shared, job_id)?;
    match held.run.status {
        Status::Succeeded => Err(RunRefusal::Succeeded(job_id.to_string())),
        _ => Ok(held),
    }
}

/// What a retry would do.
pub(super) fn preview(shared: &Shared, job_id: JobId, from: &RetryFrom, version: RetryVersion) -> Result<RetryPreview, RunRefusal> {
    let held = retriable(shared, job_id)?;
    let (begun, finished) = steps_of(shared, job_id)?;
    check_step(from, job_id, &finished)?;
    let revision = revision_of(shared, &held.run, version)?;
    let definition = shared.definitions.get(&held.run.flow, revision).map_err(RunRefusal::Failed)?;
    let plan = Plan::of(&held);
    let again: HashSet<StepKey> = would_repeat(&finished, &from_of(from), plan.state.fault.as_ref()).into_iter().collect();
    let effects = effects(&definition);
    let effect_of = |pointer: &str| effects.get(pointer).copied().unwrap_or(RetryEffect::Pure);
    let mut steps: Vec<(magpie_model::Timestamp, RetryStep)> = Vec::new();
    for step in &finished {
        let StepKey { pointer, iteration } = step.key.clone();
        let (again, effect) = (again.contains(&step.key), effect_of(&pointer));
        steps.push((step.started, RetryStep { pointer, iteration, name: step.name.clone(), again, doubtful: false, effect }));
    }
    for step in begun.iter().filter(|step| !finished.iter().any(|ended| ended.key == step.key)) {
        let StepKey { pointer, iteration } = step.key.clone();
        let effect = effect_of(&pointer);
        steps.push((
            step.started,
            RetryStep { pointer, iteration, name: step.name.clone(), again: true, doubtful: !step.repeatable, effect },
        ));
    }
    steps.sort_by_key(|(started, _)| *started);
    let steps: Vec<RetryStep> = steps.into_iter().map(|(_, step)| step).collect();
    let warnings = warnings(shared, &held, &steps, revision)?;
    Ok(RetryPreview { firing: firing(shared, &held.run)?, warnings, steps })
}

fn warnings(shared: &Shared, held: &HeldRun, steps: &[RetryStep], revision: u64) -> Result<Vec<Notice>, RunRefusal> {
    let mut warnings = Vec::new();
    // Of a loop once, and not for each of its items.
    let mut told = HashSet::new();
    for step in steps.iter().filter(|step| step.again && step.doubtful && told.insert(&step.pointer)) {
        let message = format!("nobody knows whether `{}` has done its work; it would do it again", step.name);
        warnings.push(Code::RetryDoubtful.says(message, &[("step", &step.name)]));
    }
    let is_done_again = |step: &&RetryStep| step.again && !step.doubtful && step.effect == RetryEffect::Unsafe;
    for step in steps.iter().filter(is_done_again).filter(|step| told.insert(&step.pointer)) {
        let message = format!("`{}` ran before, and doing it again may do something twice", step.name);
        warnings.push(Code::RetryTwice.says(message, &[("step", &step.name)]));
    }
    if revision != held.run.revision && held.run.revision != UNPUBLISHED {
        let old = held.run.revision;
        let message = format!("revision {revision} runs instead of {old}; steps that stay are those of the old one");
        warnings.push(Code::RetryRevision.says(message, &[("new", &revision), ("old", &old)]));
    }
    if shared.store.kept_input(held.run.job_id).map_err(failed)?.is_none() {
        warnings.push(Code::RetryNeedsInput.says("its input is not kept any more; a retry needs a new one", &[]));
    }
    Ok(warnings)
}

/// Alerts that fire on what the failed step called.
fn firing(shared: &Shared, run: &Run) -> Result<Vec<String>, RunRefusal> {
    let Some(fault) = &run.fault else { return Ok(Vec::new()) };
    let steps = shared.store.steps(run.job_id).map_err(failed)?;
    let failed_step = steps.iter().rev().find(|step| step.pointer == fault.pointer);
    let Some(module) = failed_step.and_then(|step| step.target_module.clone()) else { return Ok(Vec::new()) };
    let query = AlertQuery { dimensions: vec![("target_module".to_owned(), module)], limit: ALERTS, ..AlertQuery::now() };
    let alerts = shared.state.alerts(&query).map_err(failed)?;
    Ok(alerts.into_iter().map(|alert| alert.id).collect())
}

/// What repeating each step does, by pointer.
fn effects(definition: &Definition) -> BTreeMap<String, RetryEffect> {
    let mut effects = BTreeMap::new();
    definition.visit(|task| {
        effects.insert(task.pointer.clone(), effect(task));
    });
    effects
}

fn effect(task: &Task) -> RetryEffect {
    let once = |is_once: bool| if is_once && !task.is_idempotent() { RetryEffect::Unsafe } else { RetryEffect::Repeatable };
    match &task.kind {
        Kind::Call { function, with } if function == "http" => {
            let method = with["method"].as_str().unwrap_or_default().to_ascii_uppercase();
            match method.as_str() {
                "GET" | "HEAD" | "OPTIONS" => RetryEffect::Pure,
                method => once(!["PUT", "DELETE"].contains(&method)),
            }
        }
        Kind::Call { function, .. } => match connector::find(function) {
            Some(connector) if connector.name.starts_with("transform.") || connector.name == "logger" => RetryEffect::Pure,
            Some(connector) => once(connector.effect == Effect::Once),
            None => once(true),
        },
        Kind::Run(_) => once(true),
        Kind::Emit { .. } => RetryEffect::Repeatable,
        _ => RetryEffect::Pure,
    }
}

/// Retries a run.
pub(super) fn retry(shared: &Arc<Shared>, job_id: JobId, request: RetryRequest) -> Result<Run, RunRefusal> {
    let held = retriable(shared, job_id)?;
    let revision = revision_of(shared, &held.run, request.version)?;
    let definition = shared.definitions.get(&held.run.flow, revision).map_err(RunRefusal::Failed)?;
    let input = match &request.input {
        None if shared.store.kept_input(job_id).map_err(failed)?.is_none() => return Err(RunRefusal::NotKept(job_id.to_string())),
        None => None,
        Some(input) => {
            let input = &with_hidden(shared, job_id, input)?;
            let whole = serde_json::to_vec(input).map_err(|error| RunRefusal::Failed(error.to_string()))?;
            let limit = shared.config().max_input;
            if whole.len() > limit {
                return Err(RunRefusal::TooLarge { bytes: whole.len(), limit });
            }
            Some((whole, shown(&shared.secrets().redactor(&definition), input)))
        }
    };
    let (_, finished) = steps_of(shared, job_id)?;
    check_step(&request.from, job_id, &finished)?;
    // What was made of another input does not stand.
    let from = if input.is_some() { run::RetryFrom::Start } else { from_of(&request.from) };
    let (policy, version, signature) = (shared.policy(Some(&definition)), definition.document.version.clone(), request.signature);
    let advance: Advance = Arc::new(move |held: HeldRun| {
        let mut change = moves::moved(held, RunEvent::RetryByHand, &policy, now(), 0.0)?;
        let mut plan = Plan::of(&change.held);
        plan.from = Some(from.clone());
        plan.repeat_interrupted = true;
        change.held.state = plan.to_value();
        (change.held.run.revision, change.held.run.version) = (revision, version.clone());
        let why = if signature.comment.is_empty() { String::new() } else { format!(": {}", signature.comment) };
        let comment = format!("from {}{why}", told(&from));
        let audit = Some(("retry run".to_owned(), magpie_model::Signature { comment, ..signature.clone() }));
        Some(Change { input: input.clone(), audit, ..change })
    });
    let moved = shared.store.change(job_id, None, advance).map_err(failed)?;
    let Some(moved) = moved else {
        let present = held_of(shared, job_id)?;
        return Err(RunRefusal::State { status: present.run.status, verb: "be retried" });
    };
    shared.changed(&moved.run);
    shared.wake.notify_one();
    Ok(moved.run)
}

/// The input that is meant by one that was edited as it is shown: what is hidden in it is what is kept.
fn with_hidden(shared: &Shared, job_id: JobId, edited: &Value) -> Result<Value, RunRefusal> {
    let kept = shared.store.kept_input(job_id).map_err(failed)?.and_then(|kept| serde_json::from_slice(&kept).ok());
    let shown = shared.store.run(job_id).map_err(failed)?.map(|detail| detail.input.value);
    match (shown, kept) {
        (Some(shown), Some(kept)) => restored(edited, &shown, &kept).map_err(RunRefusal::Hidden),
        _ => Ok(edited.clone()),
    }
}

fn told(from: &run::RetryFrom) -> String {
    match from {
        run::RetryFrom::Start => "the start".to_owned(),
        run::RetryFrom::FailedStep => "the failed step".to_owned(),
        run::RetryFrom::Step(key) => key.pointer.clone(),
    }
}

fn failed(error: magpie_store::Error) -> RunRefusal {
    RunRefusal::Failed(error.to_string())
}
