//! `logger`: a line in the run log, with a level and a category of the flow's choice.

use magpie_model::Severity;
use serde_json::Value;

use super::{Connector, Context, Done, Entry, Failure};
use crate::definition::Effect;
use crate::run::BoxFuture;

pub(super) static LOGGER: Connector = Connector {
    name: "logger",
    summary: "Writes `message` to the run log, at `level` and under `category`; passes its input on.",
    required: &["message"],
    optional: &["level", "category"],
    effect: Effect::Repeatable,
    work: log,
};

fn log(_: Context<'_>, arguments: Value) -> BoxFuture<'_, Result<Done, Failure>> {
    Box::pin(std::future::ready(entry(&arguments).map(|entry| Done { output: None, log: Some(entry) })))
}

fn entry(arguments: &Value) -> Result<Entry, Failure> {
    let level = arguments["level"].as_str().unwrap_or("info");
    let severity = match level.to_ascii_lowercase().as_str() {
        "trace" => Severity::Trace,
        "debug" => Severity::Debug,
        "info" | "information" => Severity::Info,
        "warn" | "warning" => Severity::Warn,
        "error" => Severity::Error,
        "fatal" | "critical" => Severity::Fatal,
        _ => return Err(Failure::new(format!("`{level}` is not a level; write trace, debug, info, warn, error or fatal"))),
    };
    let message = match &arguments["message"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(Entry { severity, message, category: arguments["category"].as_str().unwrap_or("output").to_owned() })
}
