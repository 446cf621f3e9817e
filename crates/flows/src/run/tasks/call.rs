//! `call`: a protocol of the specification, a function of the flow, or a connector.

use std::sync::Arc;

use magpie_model::Severity;
use serde_json::Value;

use super::{Data, Going, Line, Scope, Standard, Step, Stop, fault, http, openapi, write};
use crate::connector::{self, Connector};

/// Calls a function with its arguments.
pub(super) async fn call(going: &Going, function: &str, with: &Value, step: &Step<'_>, scope: &mut Scope) -> Result<Data, Stop> {
    match function {
        "http" => http::call(going, with, step, scope).await,
        "openapi" => openapi::call(going, with, step, scope).await,
        name => match scope.definition.uses.functions.get(name).cloned() {
            Some(task) => own_function(going, &task, with, step, scope).await,
            None => match connector::find(name) {
                Some(connector) => connect(going, connector, with, step, scope).await,
                None => Err(fault(step, Standard::Configuration, format!("there is no function `{name}`, or it is not supported"))),
            },
        },
    }
}

/// A function of the flow is a task; its arguments are its input.
async fn own_function(
    going: &Going,
    task: &crate::definition::Task,
    with: &Value,
    step: &Step<'_>,
    scope: &mut Scope,
) -> Result<Data, Stop> {
    if scope.depth >= going.world.limits.depth {
        return Err(fault(step, Standard::Configuration, format!("functions call each other more than {} deep", going.world.limits.depth)));
    }
    let input = match with {
        Value::Null => Arc::clone(&step.input),
        with => Arc::new(going.filled(with, step, scope).await?),
    };
    let prefix = std::mem::replace(&mut scope.prefix, step.key.pointer.clone());
    scope.depth += 1;
    let result = going.task(task, input, scope).await;
    scope.depth -= 1;
    scope.prefix = prefix;
    result.map(|(output, _)| output)
}

async fn connect(going: &Going, connector: &Connector, with: &Value, step: &Step<'_>, scope: &Scope) -> Result<Data, Stop> {
    let arguments = going.filled(with, step, scope).await?;
    let context = connector::Context { world: &going.world, input: &step.input };
    match (connector.work)(context, arguments).await {
        Ok(connector::Done { output, log }) => {
            if let Some(entry) = log {
                let (severity, message, category) = (entry.severity, entry.message, entry.category);
                write(
                    going,
                    step,
                    Line { severity, component: "logger".into(), operation: "log".into(), category, message, elapsed: None, call: None },
                );
            }
            Ok(output.map_or_else(|| Arc::clone(&step.input), Arc::new))
        }
        Err(error) => {
            let standard = if error.denied { Standard::Configuration } else { Standard::Runtime };
            Err(fault(step, standard, error.message))
        }
    }
}

/// Writes the event of an HTTP call.
pub(super) fn log_call(going: &Going, step: &Step<'_>, call: super::CallMade, elapsed: i64) {
    let status = call.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
    let severity = match call.status {
        Some(status) if status < 400 => Severity::Info,
        _ => Severity::Error,
    };
    let message = format!("{} on {}: {status}", call.service, call.target);
    let operation = call.service.clone();
    let category = "output".to_owned();
    write(going, step, Line { severity, component: "http".into(), operation, category, message, elapsed: Some(elapsed), call: Some(call) });
}
