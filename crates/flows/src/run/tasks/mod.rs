//! The work of each kind of task: what happens between its input and its raw output.

mod authentication;
mod call;
mod events;
mod flow;
mod http;
mod openapi;
mod process;
mod uri;

use std::sync::Arc;

use magpie_model::Severity;
use serde_json::Value;

use super::fault::Standard;
use super::interpreter::{Data, Going, Next, Scope, Step, Stop, is_composite};
use super::journal::{End, Finished};
use super::world::{CallMade, LogLine};
use super::{BoxFuture, Fault};
use crate::connector;
use crate::definition::{Effect, Kind, Process, Task};

/// Does a task's work; the second value overrides its `then`.
pub(super) fn work<'a>(going: &'a Going, step: &'a Step<'_>, scope: &'a mut Scope) -> BoxFuture<'a, Result<(Data, Option<Next>), Stop>> {
    Box::pin(async move {
        match &step.task.kind {
            Kind::Call { function, with } => call::call(going, function, with, step, scope).await.map(plain),
            Kind::Do(tasks) => going.list(tasks, Arc::clone(&step.input), scope).await.map(ended),
            Kind::Emit { with } => events::emit(going, with, step, scope).await.map(plain),
            Kind::For(it) => flow::repeat(going, it, step, scope).await,
            Kind::Fork { branches, compete } => flow::fork(going, branches, *compete, step, scope).await,
            Kind::Listen(it) => events::listen(going, it, step, scope).await,
            Kind::Raise(error) => Err(flow::raise(going, error, step, scope).await),
            Kind::Run(run) => process::run(going, run, step, scope).await.map(plain),
            Kind::Set(value) => going.filled(value, step, scope).await.map(|value| plain(Arc::new(value))),
            Kind::Switch(cases) => flow::switch(going, cases, step, scope).await,
            Kind::Try(it) => flow::attempt(going, it, step, scope).await,
            Kind::Wait(span) => events::wait(going, span, step, scope).await.map(plain),
        }
    })
}

fn plain(data: Data) -> (Data, Option<Next>) {
    (data, None)
}

/// `end` inside a list ends the flow; `exit` only left the list.
fn ended((data, next): (Data, Next)) -> (Data, Option<Next>) {
    (data, (next == Next::End).then_some(Next::End))
}

/// What repeating a task would do to the world (design 12).
pub(super) fn effect(task: &Task, scope: &Scope) -> Effect {
    if task.is_idempotent() {
        return Effect::Repeatable;
    }
    match &task.kind {
        Kind::Call { function, with } if function == "http" => {
            let method = with["method"].as_str().unwrap_or_default().to_ascii_uppercase();
            if ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(&method.as_str()) { Effect::Repeatable } else { Effect::Once }
        }
        // A function's own steps are in the journal, each with its own effect.
        Kind::Call { function, .. } if scope.definition.uses.functions.contains_key(function) => Effect::Repeatable,
        Kind::Call { function, .. } => connector::find(function).map_or(Effect::Once, |connector| connector.effect),
        Kind::Run(run) if matches!(run.process, Process::Workflow(_)) => Effect::Repeatable,
        Kind::Run(_) => Effect::Once,
        _ => Effect::Repeatable,
    }
}

/// Whether an extension of that kind applies to a task.
pub(super) fn extends(extend: &str, task: &Task) -> bool {
    match extend {
        "all" => true,
        "composite" => is_composite(&task.kind),
        kind => kind == task.keyword(),
    }
}

/// Writes the standard event of a step that has ended; the Logger writes its own.
pub(super) fn log_end(going: &Going, step: &Step<'_>, finished: &Finished) {
    let component = component(step.task);
    let elapsed = finished.ended.since(finished.started);
    let (severity, message) = match &finished.end {
        End::Failed { fault } => (Severity::Error, format!("{} failed: {fault}", step.task.name)),
        _ if component == "logger" => return,
        _ => (Severity::Info, format!("{} succeeded", step.task.name)),
    };
    let operation = operation(step.task);
    write(going, step, Line { severity, component, operation, category: "output".into(), message, elapsed: Some(elapsed), call: None });
}

fn operation(task: &Task) -> String {
    match &task.kind {
        Kind::Call { with, .. } => with["operationId"].as_str().or(with["method"].as_str()).unwrap_or("call").to_owned(),
        _ => task.keyword().to_owned(),
    }
}

/// Name of the component in the run log: the connector or protocol of a call, else the task's keyword.
fn component(task: &Task) -> String {
    match &task.kind {
        Kind::Call { function, .. } => connector::find(function).map_or_else(|| function.clone(), |connector| connector.name.to_owned()),
        _ => task.keyword().to_owned(),
    }
}

/// The parts of a log line that a task decides.
struct Line {
    severity: Severity,
    component: String,
    operation: String,
    category: String,
    message: String,
    elapsed: Option<i64>,
    call: Option<CallMade>,
}

fn write(going: &Going, step: &Step<'_>, line: Line) {
    going.world.log.write(LogLine {
        time: going.world.clock.now(),
        severity: line.severity,
        job_id: going.job,
        attempt: going.attempt,
        step: step.key.pointer.clone(),
        iteration: step.key.iteration.clone(),
        component: line.component,
        operation: line.operation,
        category: line.category,
        message: line.message,
        elapsed: line.elapsed,
        call: line.call,
    });
}

/// Tells that a step which was interrupted runs again, where that can be seen outside: a wait only goes on.
pub(super) fn log_again(going: &Going, step: &Step<'_>) {
    if !matches!(step.task.kind, Kind::Call { .. } | Kind::Run(_) | Kind::Emit { .. }) {
        return;
    }
    let message = format!("{} was interrupted and runs again", step.task.name);
    let (component, operation) = (component(step.task), operation(step.task));
    let line = Line { severity: Severity::Warn, component, operation, category: "output".into(), message, elapsed: None, call: None };
    write(going, step, line);
}

/// A fault of a step.
fn fault(step: &Step<'_>, standard: Standard, detail: impl Into<String>) -> Stop {
    Stop::Fault(Fault::new(standard, detail).at(&step.key.pointer))
}

/// The text of a value: texts as they are, the rest as JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
