//! Flows as people and the watched folder change them: save, publish, enable, pause, delete. Each is one transaction.

use std::sync::Arc;

use magpie_api::{FlowRefusal, FlowSave, ProblemSeverity, SourceProblem, Validation};
use magpie_flows::definition::Definition;
use magpie_model::Signature;
use magpie_model::config::Problem;
use magpie_model::run::{FlowOrigin, FlowProblem, FlowRow, Pause, RunKind};
use magpie_store::runs::{FlowChange, FlowChanged, Publish, RowChange};

use super::describe;
use super::secrets::id_of;
use super::shared::Shared;
use crate::serve::now;

/// Due times that are told of a document.
const TOLD: usize = 5;

/// What is wrong with a document, and what it would look like.
pub(super) fn validate(shared: &Shared, source: &str) -> Validation {
    let definition = match Definition::read(source) {
        Ok(definition) => definition,
        Err(invalid) => {
            let problems = invalid.problems.iter().map(|problem| told(problem, ProblemSeverity::Error)).collect();
            return Validation { problems, ..Validation::default() };
        }
    };
    let (time, zone) = (now(), shared.zone());
    Validation {
        valid: definition.unsupported().is_empty(),
        problems: definition.unsupported().iter().map(|problem| told(problem, ProblemSeverity::Unsupported)).collect(),
        flow: Some(id_of(&definition)),
        diagram: Some(describe::diagram(&definition)),
        due: describe::due_after(&definition, &zone, time, time, magpie_model::Timestamp::MAX, TOLD),
        transitions: describe::zone_changes(&definition, &zone, time),
    }
}

/// `/do/0/a: what is wrong` as place and sentence.
fn told(problem: &Problem, severity: ProblemSeverity) -> SourceProblem {
    let (pointer, message) = match problem.message.split_once(": ") {
        Some((pointer, message)) if pointer.starts_with('/') => (pointer.to_owned(), message.to_owned()),
        _ => (String::new(), problem.message.clone()),
    };
    SourceProblem {
        line: u32::try_from(problem.line).unwrap_or(u32::MAX),
        column: None,
        pointer,
        message,
        severity,
        told: problem.told.clone(),
    }
}

/// Reads a document, as far as it must be right to be saved; to be published, it must be supported too.
fn read(source: &str, publish: bool) -> Result<Definition, FlowRefusal> {
    let mistakes = |problems: &[Problem], severity| FlowRefusal::Mistakes(problems.iter().map(|problem| told(problem, severity)).collect());
    let definition = Definition::read(source).map_err(|invalid| mistakes(&invalid.problems, ProblemSeverity::Error))?;
    if publish && !definition.unsupported().is_empty() {
        return Err(mistakes(definition.unsupported(), ProblemSeverity::Unsupported));
    }
    Ok(definition)
}

/// Saves a document over the API.
pub(super) fn save(shared: &Arc<Shared>, save: FlowSave) -> Result<FlowRow, FlowRefusal> {
    let definition = read(&save.source, save.publish)?;
    let named = id_of(&definition);
    if let Some(flow) = save.flow.as_ref().filter(|flow| **flow != named) {
        return Err(FlowRefusal::OtherFlow { flow: flow.clone(), named });
    }
    let present = row_of(shared, &named)?;
    match (&save.flow, &present) {
        (None, Some(_)) => return Err(FlowRefusal::Exists(named)),
        (Some(_), None) => return Err(FlowRefusal::Unknown(named)),
        (_, Some(row)) => editable(row)?,
        (None, None) => {}
    }
    let expected = if save.flow.is_none() { Some(0) } else { save.expected };
    let (zone, publish, time) = (shared.zone(), save.publish, save.signature.at);
    let version = definition.document.version.clone();
    let row: RowChange = Box::new(move |before| {
        if !publish && before.as_ref().is_some_and(|row| row.published.is_some()) {
            // A draft changes nothing of what runs.
            return Ok(before);
        }
        Ok(Some(describe::row(&definition, before, FlowOrigin::Api, None, &zone, time)))
    });
    let change = FlowChange {
        flow: named,
        row,
        save: Some((save.source, version)),
        expected,
        publish: publish.then_some(Publish::New),
        action: Some(if publish { "publish flow" } else { "save flow" }),
        signature: save.signature,
    };
    changed(shared, change)
}

/// Publishes a save.
pub(super) fn publish(shared: &Arc<Shared>, flow: &str, revision: Option<u64>, signature: Signature) -> Result<FlowRow, FlowRefusal> {
    let present = row_of(shared, flow)?.ok_or_else(|| FlowRefusal::Unknown(flow.to_owned()))?;
    editable(&present)?;
    let revision = revision.unwrap_or(present.revision);
    let stored = shared.store.version(flow, revision).map_err(failed)?;
    let (_, source) = stored.ok_or_else(|| FlowRefusal::NoRevision { flow: flow.to_owned(), revision })?;
    let definition = match read(&source, true) {
        Ok(definition) => definition,
        Err(refusal) => {
            note_problem(shared, flow, &refusal, signature);
            return Err(refusal);
        }
    };
    let zone = shared.zone();
    let time = signature.at;
    let row: RowChange = Box::new(move |before| Ok(Some(describe::row(&definition, before, FlowOrigin::Api, None, &zone, time))));
    let publish = Some(Publish::Revision(revision));
    changed(shared, FlowChange { flow: flow.to_owned(), row, save: None, expected: None, publish, action: Some("publish flow"), signature })
}

/// Keeps why a save could not be published, for whoever looks at the flow.
fn note_problem(shared: &Arc<Shared>, flow: &str, refusal: &FlowRefusal, signature: Signature) {
    let FlowRefusal::Mistakes(problems) = refusal else { return };
    let problem = problems.first().map(|problem| FlowProblem::new(problem.line, &problem.message, problem.told.as_ref()));
    let noted = with_row(shared, flow, "fail to publish flow", signature, move |row| row.problem = problem);
    if let Err(error) = noted {
        tracing::error!(%error, flow, "the failed publish could not be noted");
    }
}

pub(super) fn enable(shared: &Arc<Shared>, flow: &str, enabled: bool, signature: Signature) -> Result<FlowRow, FlowRefusal> {
    let (action, at) = (if enabled { "enable flow" } else { "disable flow" }, signature.at);
    with_row(shared, flow, action, signature, move |row| {
        if enabled && !row.enabled {
            row.enabled_at = at;
        }
        row.enabled = enabled;
    })
}

/// Pauses a schedule, or resumes it.
pub(super) fn pause(shared: &Arc<Shared>, flow: &str, paused: bool, signature: Signature) -> Result<FlowRow, FlowRefusal> {
    let row = row_of(shared, flow)?.ok_or_else(|| FlowRefusal::Unknown(flow.to_owned()))?;
    if row.schedule.is_none() {
        return Err(FlowRefusal::NoSchedule(flow.to_owned()));
    }
    let by = Pause { by: signature.by.clone(), at: signature.at, reason: signature.comment.clone() };
    let action = if paused { "pause schedule" } else { "resume schedule" };
    with_row(shared, flow, action, signature, move |row| row.paused = paused.then_some(by))
}

pub(super) fn delete(shared: &Arc<Shared>, flow: &str, signature: Signature) -> Result<(), FlowRefusal> {
    let row = row_of(shared, flow)?.ok_or_else(|| FlowRefusal::Unknown(flow.to_owned()))?;
    if let (FlowOrigin::Folder, Some(file)) = (row.origin, row.file) {
        return Err(FlowRefusal::OfFolder { flow: flow.to_owned(), file });
    }
    remove(shared, flow, signature).map_err(FlowRefusal::Failed)
}

/// Removes a flow, wherever it came from.
pub(super) fn remove(shared: &Arc<Shared>, flow: &str, signature: Signature) -> Result<(), String> {
    let row: RowChange = Box::new(|_| Ok(None));
    let change =
        FlowChange { flow: flow.to_owned(), row, save: None, expected: None, publish: None, action: Some("delete flow"), signature };
    shared.store.change_flow(change).map_err(|error| error.to_string())?;
    shared.flows_were_changed();
    Ok(())
}

/// Changes the row of a flow that exists.
pub(super) fn with_row(
    shared: &Arc<Shared>,
    flow: &str,
    action: &'static str,
    signature: Signature,
    change: impl FnOnce(&mut FlowRow) + Send + 'static,
) -> Result<FlowRow, FlowRefusal> {
    let row: RowChange = Box::new(move |before| {
        let mut row = before.ok_or_else(|| "it does not exist".to_owned())?;
        change(&mut row);
        Ok(Some(row))
    });
    changed(shared, FlowChange { flow: flow.to_owned(), row, save: None, expected: None, publish: None, action: Some(action), signature })
}

/// Stores a change and tells those who follow flows.
pub(super) fn changed(shared: &Arc<Shared>, change: FlowChange) -> Result<FlowRow, FlowRefusal> {
    let flow = change.flow.clone();
    match shared.store.change_flow(change).map_err(failed)? {
        FlowChanged::Done(Some(row)) => {
            shared.flows_were_changed();
            Ok(*row)
        }
        FlowChanged::Done(None) | FlowChanged::Refused(_) => Err(FlowRefusal::Unknown(flow)),
        FlowChanged::Conflict => Err(FlowRefusal::Changed(flow)),
    }
}

fn editable(row: &FlowRow) -> Result<(), FlowRefusal> {
    match (row.kind, row.origin, &row.file) {
        (RunKind::Job, ..) => Err(FlowRefusal::WatchedJob(row.flow.clone())),
        (_, FlowOrigin::Folder, Some(file)) => Err(FlowRefusal::OfFolder { flow: row.flow.clone(), file: file.clone() }),
        _ => Ok(()),
    }
}

fn row_of(shared: &Shared, flow: &str) -> Result<Option<FlowRow>, FlowRefusal> {
    shared.store.flow(flow).map_err(failed)
}

fn failed(error: magpie_store::Error) -> FlowRefusal {
    FlowRefusal::Failed(error.to_string())
}

/// Changes what Magpie itself keeps on a row, without telling those who follow flows: nothing of what they do changes.
pub(super) fn note_row(
    shared: &Arc<Shared>,
    flow: &str,
    signature: Signature,
    change: impl FnOnce(&mut FlowRow) + Send + 'static,
) -> Result<(), FlowRefusal> {
    let row: RowChange = Box::new(move |before| {
        let mut row = before.ok_or_else(|| "it does not exist".to_owned())?;
        change(&mut row);
        Ok(Some(row))
    });
    let change = FlowChange { flow: flow.to_owned(), row, save: None, expected: None, publish: None, action: None, signature };
    shared.store.change_flow(change).map(drop).map_err(failed)
}
