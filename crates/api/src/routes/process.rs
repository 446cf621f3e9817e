//! The running process: its health, a parser to try, and reading the configuration again.

use axum::http::{Method, StatusCode};
use magpie_model::access::Role;
use magpie_model::{Code, Column, FieldSpec};
use magpie_store::StoreStats;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::get;
use crate::backend::{Health, ParseRequest, ParsedEvent};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::problem::{Mistake, Problem};
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/health", "getHealth", "process", "Health", health)
            .told("How Magpie is", "`/readyz` answers by the same verdict, with a status for machines."),
        get("/api/v1/parse", "parse", "process", "Parsed", parse)
            .writes(Role::Viewer, Method::POST, "ParseRequest")
            .told(
                "Try a parser",
                "Nothing is stored. At most one of `format`, `pattern`, `regex`, `grok` and `json`; the format is detected without.",
            )
            .refuses(&[408, 413, 415, 422]),
        get("/api/v1/reload", "reload", "process", "Reloaded", reload)
            .writes(Role::Admin, Method::POST, "Empty")
            .told("Read the configuration again", "Refused with all mistakes, and the old one kept, when it does not fit.")
            .refuses(&[408, 413, 415, 422]),
    ]
}

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    health: Health,
    store: StoreStats,
}

fn health(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    Reply::json(&Told { health: shared.api.backend.health(), store: shared.api.telemetry.stats() })
}

fn parse(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let request: ParseRequest = call.json()?;
    let refuse = |member: &str, detail: &str, fix: &str| {
        Err(Problem { parameter: Some(member.to_owned()), ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail, fix) })
    };
    if request.text.is_some() == request.lines.is_some() {
        return refuse(
            "text",
            "either `text` or `lines` is needed, and not both",
            "put the lines into `text` with line ends, or into `lines` without",
        );
    }
    let parsers =
        [request.format.is_some(), request.pattern.is_some(), request.regex.is_some(), request.grok.is_some(), request.json.is_some()];
    if parsers.iter().filter(|&&given| given).count() > 1 {
        return refuse("format", "more than one parser is given", "give one of `format`, `pattern`, `regex`, `grok` and `json`");
    }
    let reply = shared.api.backend.parse(request).map_err(super::sources::unfit_parser)?;
    let fields = shared.api.backend.config().fields.clone();
    let unparsed = reply.events.iter().filter(|event| event.record.text(Column::ParseError).is_some()).count();
    let events: Vec<Value> = reply.events.iter().map(|event| event_json(event, &fields)).collect();
    Reply::json(&json!({
        "format": reply.format,
        "confidence": reply.confidence,
        "parsed": reply.events.len() - unparsed,
        "unparsed": unparsed,
        "events": events,
    }))
}

fn event_json(event: &ParsedEvent, fields: &[FieldSpec]) -> Value {
    let record = &event.record;
    json!({"line": event.line, "parse_error": record.text(Column::ParseError), "record": record.to_json(fields), "spans": event.spans})
}

/// A body without members: what a write without arguments sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

fn reload(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let Empty {} = call.json()?;
    match shared.api.backend.reload() {
        Ok(reloaded) => Reply::json(&reloaded),
        Err(error) => Err(Problem {
            mistakes: error
                .problems
                .iter()
                .map(|problem| Mistake {
                    line: Some(problem.line),
                    column: problem.column,
                    message: problem.message.clone(),
                    told: problem.told.clone(),
                    ..Mistake::default()
                })
                .collect(),
            ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string(), "mend the file; the old configuration stays in force")
                .coded(Code::ConfigurationMistakes, &[("path", &error.path.display())])
        }),
    }
}
