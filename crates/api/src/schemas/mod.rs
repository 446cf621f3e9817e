//! The shapes of bodies and responses, as JSON Schema with units, for the OpenAPI document: a file per noun.
//!
//! They are written by hand beside the types, and closed (`additionalProperties: false`): a test validates real responses
//! of every endpoint against them, so that a member without a description cannot leave the process.

mod access;
mod alerts;
mod attention;
mod catalogue;
mod flows;
mod graph;
mod jobs;
mod monitors;
mod parsing;
mod problem;
mod process;
mod records;
mod rollups;
mod runs;
mod schedules;
mod steps;
mod stream;

use magpie_model::Severity;
use serde_json::{Map, Value, json};

/// All named shapes.
pub(crate) fn components() -> Value {
    let parts = [
        problem::problem(),
        records::records(),
        rollups::rollups(),
        graph::graph(),
        alerts::alerts(),
        attention::attention(),
        monitors::monitor_changes(),
        catalogue::catalogue(),
        process::sources(),
        process::health(),
        process::process(),
        parsing::parsing(),
        flows::flows(),
        flows::flow_changes(),
        runs::runs(),
        runs::overview(),
        steps::steps(),
        steps::retries(),
        jobs::jobs(),
        schedules::schedules(),
        schedules::hours(),
        access::access(),
        stream::stream(),
        stream::probes(),
    ];
    let mut all = Map::new();
    for part in parts {
        if let Value::Object(part) = part {
            debug_assert!(part.keys().all(|name| !all.contains_key(name)), "two shapes have one name");
            all.extend(part);
        }
    }
    all.into()
}

/// A reference to a named shape.
pub(crate) fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A closed object; members whose name ends with `?` may be absent.
fn object(members: &[(&str, Value)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema) in members {
        let present = name.trim_end_matches('?');
        properties.insert(present.to_owned(), schema.clone());
        if !name.ends_with('?') {
            required.push(present);
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn told(kind: &str, description: &str) -> Value {
    json!({"type": kind, "description": description})
}

fn maybe(kind: &str, description: &str) -> Value {
    json!({"type": [kind, "null"], "description": description})
}

fn text(description: &str) -> Value {
    told("string", description)
}

fn count(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

fn share(description: &str) -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1, "description": description})
}

fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn maybe_time(description: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date-time", "description": description})
}

fn list(items: Value, description: &str) -> Value {
    json!({"type": "array", "items": items, "description": description})
}

fn one_of(words: &[&str], description: &str) -> Value {
    json!({"type": "string", "enum": words, "description": description})
}

/// A shape, or null.
fn maybe_of(name: &str, description: &str) -> Value {
    json!({"anyOf": [of(name), {"type": "null"}], "description": description})
}

fn maybe_count(description: &str) -> Value {
    json!({"type": ["integer", "null"], "minimum": 0, "description": description})
}

/// Any JSON value.
fn anything(description: &str) -> Value {
    json!({"description": description})
}

fn flag(description: &str) -> Value {
    told("boolean", description)
}

fn words(description: &str) -> Value {
    list(json!({"type": "string"}), description)
}

/// Who changed something and why, where a name may be left out.
fn signed(mut members: Vec<(&'static str, Value)>) -> Value {
    members.push(("by?", text("Who; `(unknown)` without.")));
    members.push(("comment?", text("Why.")));
    object(&members)
}

fn map(values: Value, description: &str) -> Value {
    json!({"type": "object", "additionalProperties": values, "description": description})
}

fn severities() -> [&'static str; 7] {
    Severity::ALL.map(Severity::name)
}
