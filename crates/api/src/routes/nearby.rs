//! The lines around a record in its file, as `grep -C` would show them.

use serde::Serialize;
use serde_json::{Value, json};

use super::get;
use super::records::{find_record, id_parameter};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place};
use crate::problem::Problem;
use crate::shared::Shared;

/// Most lines on one side.
const MOST_LINES: usize = 500;
const FAIR_LINES: usize = 20;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let lines = |name| {
        let schema = json!({"type": "integer", "minimum": 0, "maximum": MOST_LINES, "default": FAIR_LINES});
        Parameter::new(name, Place::Query, "At most so many lines on this side.", schema)
    };
    vec![
        get("/api/v1/records/{id}/around", "getRecordsAround", "records", "RecordsAround", around)
            .told(
                "Lines around a record in its file",
                "Records of the same host and file by offset, of the same incarnation of the file where it was rotated. A record that \
                 came from no file stands alone.",
            )
            .with([id_parameter(), lines("before"), lines("after")])
            .refuses(&[404]),
    ]
}

#[derive(Serialize)]
struct Lines {
    records: Vec<Value>,
    here: usize,
}

fn around(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let record = find_record(shared, call)?;
    let (before, after) = (lines(call, "before")?, lines(call, "after")?);
    let around = shared.api.telemetry.around(&record, before, after)?;
    let config = shared.api.backend.config();
    Reply::json(&Lines { records: around.records.iter().map(|record| record.to_json(&config.fields)).collect(), here: around.here })
}

fn lines(call: &Call, name: &str) -> Result<usize, Problem> {
    let Some(text) = call.query.one(name) else { return Ok(FAIR_LINES) };
    text.parse().ok().filter(|&lines| lines <= MOST_LINES).ok_or_else(|| {
        Problem::parameter(name, format!("`{text}` is no number of lines"), format!("write a number from 0 to {MOST_LINES}"))
    })
}
