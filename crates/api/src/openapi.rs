//! The OpenAPI 3.1 document, written from the table of endpoints.
//!
//! It is committed as `openapi.json` so that clients can be generated without a running process; a test compares the file
//! with this, and `UPDATE_OPENAPI=1 cargo test -p magpie-api` rewrites it.

use serde_json::{Map, Value, json};

use crate::access::Needs;
use crate::endpoint::Endpoint;
use crate::params::{Parameter, Place};
use crate::{routes, schemas};

/// Refusals that every endpoint may answer with.
const ALWAYS: [u16; 5] = [400, 401, 403, 503, 504];

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in routes::endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation(&endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Magpie",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Records, rollups, the graph and alerts of the watched system. Only this machine may ask, under a loopback name; writes are JSON. Where `access:` is configured, each operation needs the role `x-role`, shown by a token or a session. Times are RFC 3339 in UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:6247"}],
        "paths": paths,
        "components": {
            "schemas": schemas::components(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The token of a user under `access:`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "magpie_session_6247", "description": "What `POST /api/v1/session` gives a browser; it ends with the number of the port."},
            },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.operation,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": endpoint.description,
        "responses": responses(endpoint),
    });
    if !endpoint.parameters.is_empty() {
        operation["parameters"] = endpoint.parameters.iter().map(parameter).collect();
    }
    if let Some(body) = endpoint.body {
        operation["requestBody"] =
            json!({"required": endpoint.body_required, "content": {"application/json": {"schema": schemas::of(body)}}});
    }
    // An empty requirement is no requirement (OpenAPI 3.1, 4.8.30): where nothing is configured, and where anonymous readers are let in.
    let anonymously = json!({});
    match endpoint.needs {
        Needs::Nothing | Needs::Anybody => operation["security"] = json!([anonymously]),
        Needs::Role(role) => {
            operation["security"] = json!([{"token": []}, {"session": []}, anonymously]);
            operation["x-role"] = role.name().into();
        }
    }
    operation
}

fn responses(endpoint: &Endpoint) -> Value {
    let schema = endpoint.reply.map_or_else(|| json!({"type": "string"}), schemas::of);
    let media = endpoint.content_type.split(';').next().unwrap_or_default();
    let mut responses = Map::new();
    responses
        .insert(endpoint.success.as_u16().to_string(), json!({"description": endpoint.summary, "content": {media: {"schema": schema}}}));
    let refusal = json!({"description": "Refused", "content": {"application/problem+json": {"schema": schemas::of("Problem")}}});
    for status in ALWAYS.iter().chain(endpoint.refusals) {
        responses.insert(status.to_string(), refusal.clone());
    }
    if endpoint.operation == "isReady" {
        responses.insert("503".into(), json!({"description": "Not ready", "content": {media: {"schema": schemas::of("Readiness")}}}));
    }
    responses.into()
}

fn parameter(parameter: &Parameter) -> Value {
    let mut written = json!({
        "name": parameter.name,
        "in": if parameter.place == Place::Path { "path" } else { "query" },
        "required": parameter.required,
        "description": parameter.description,
    });
    match parameter.place {
        Place::Path | Place::Query => written["schema"] = parameter.schema.clone(),
        Place::Repeated => {
            written["schema"] = json!({"type": "array", "items": parameter.schema});
            written["style"] = "form".into();
            written["explode"] = true.into();
        }
        Place::Keyed => {
            written["schema"] = json!({"type": "object", "additionalProperties": parameter.schema});
            written["style"] = "deepObject".into();
            written["explode"] = true.into();
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_committed_document_is_what_the_code_does() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        let written = format!("{:#}\n", document());
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, &written).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == written, "openapi.json is not what the code does: run `UPDATE_OPENAPI=1 cargo test -p magpie-api`");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_shape_is_used() {
        let document = document();
        let text = document.to_string();
        let known: BTreeSet<String> = document["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
        let used: BTreeSet<String> =
            text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        // Events of the stream have no place in OpenAPI 3.1; the description names them.
        let events: BTreeSet<String> = ["RollupEvent", "Lagged"].map(str::to_owned).into();
        assert_eq!(used.union(&events).cloned().collect::<BTreeSet<_>>(), known);
    }

    #[test]
    fn operations_have_different_names() {
        let endpoints = routes::endpoints();
        let names: BTreeSet<&str> = endpoints.iter().map(|endpoint| endpoint.operation).collect();
        assert_eq!(names.len(), endpoints.len());
        assert!(endpoints.iter().all(|endpoint| !endpoint.summary.is_empty()));
    }
}
