//! Rollups: series of a monitor, or of any set of the base dimensions.

use magpie_model::Timestamp;
use magpie_model::time::{SECOND, format_duration};
use serde::Serialize;

use super::get;
use super::selection::{Selection, Shown, read_step_parameter, selection_parameters};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, limit_parameter};
use crate::problem::Problem;
use crate::rows::Row;
use crate::shared::Shared;

const MOST_ROWS: usize = 100_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let description = "One row per bucket and combination. Of a call known from both logs the callee's counts, else the caller's. \
                       Counts and sums are exact; percentiles are within 1/128 of the value. Columns that neither the monitor nor the base dimension has are folded \
                       from the records when asked, newest first and up to a number of them: `scan` says how far.";
    vec![
        get("/api/v1/rollups", "getRollups", "rollups", "Rollups", rollups)
            .told("Rollups over time", description)
            .with([
                Parameter::text("step", Place::Query, "Length of an answer's bucket, a multiple of the configured one, such as 5m; `total` (or `all`) for one row per combination. The configured bucket without."),
                limit_parameter(10_000, MOST_ROWS),
            ])
            .with(selection_parameters()),
    ]
}

#[derive(Serialize)]
struct Rollups<'a> {
    monitor: Option<&'a str>,
    by: Vec<&'static str>,
    from: Timestamp,
    to: Timestamp,
    step: Option<String>,
    step_seconds: Option<f64>,
    rows: Vec<Row<'a>>,
    truncated: bool,
    completeness: Vec<Shown>,
    scan: Option<Scan>,
}

/// How far records were folded for an answer that nobody stored.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Scan {
    pub(super) records: u64,
    pub(super) complete: bool,
}

fn rollups(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let limit = call.query.limit(10_000, MOST_ROWS)?;
    let selection = Selection::read(shared, call, &config, read_step_parameter(call, &config)?)?;
    let (table, scan) = selection.rows_with_scan(shared)?;
    let span = selection.step.unwrap_or(selection.length());
    let rows = table.rows.iter().take(limit).map(|row| Row { table: &table, row, bucket: selection.step.map(|_| row.bucket), span });
    Reply::json(&Rollups {
        monitor: selection.monitor.as_deref(),
        by: table.by.iter().map(|column| column.name()).collect(),
        from: selection.range.from,
        to: selection.range.to,
        step: selection.step.map(format_duration),
        step_seconds: selection.step.map(|step| step as f64 / SECOND as f64),
        rows: rows.collect(),
        truncated: table.rows.len() > limit,
        completeness: selection.completeness(shared)?.into_iter().map(Shown::from).collect(),
        scan,
    })
}
