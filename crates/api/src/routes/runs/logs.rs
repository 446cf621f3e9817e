//! What runs logged: the same filters as for records, with superseded attempts folded away and the present status joined.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use magpie_model::query::{ColumnFilter, IdColumn, RecordQuery, RowTest, TimeRange, WordTest};
use magpie_model::query_line::Pattern;
use magpie_model::run::{JobId, RunFilter, Standing};
use magpie_model::{Column, Kind};
use serde::Serialize;
use serde_json::{Value, json};

use crate::endpoint::{Call, Endpoint, Reply};
use crate::filters::{filter_parameters, write_cursor};
use crate::params::{Parameter, Place, column_names, limit_parameter, range_parameters, unknown_name};
use crate::problem::Problem;
use crate::routes::get;
use crate::routes::records::{filtered, histogram_of, last_hour, page_through, top_of};
use crate::run_filters::{job_id_parameter, job_id_text};
use crate::shared::Shared;
use axum::http::StatusCode;

const MOST_RECORDS: usize = 1_000;
const MOST_VALUES: usize = 1_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let logs = get("/api/v1/runs/logs", "searchRunLogs", "runs", "RunLogs", search)
        .told(
            "What runs logged",
            "Newest first. When a run has succeeded after a retry, the attempts before are left out and counted in `folded`.",
        )
        .with([attempts(), job_id_parameter()])
        .with(range_parameters("All of time without."))
        .with(filter_parameters())
        .with([limit_parameter(100, MOST_RECORDS), Parameter::text("cursor", Place::Query, "`next` of the page before.")]);
    let names = [["severity"].as_slice(), &column_names()].concat();
    let by = json!({"type": "string", "enum": names});
    let histogram = get("/api/v1/runs/logs/histogram", "getRunLogHistogram", "runs", "Histogram", histogram)
        .told("Number of run log records over time", "Bars without records are left out.")
        .with([attempts(), job_id_parameter()])
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with([
            Parameter::text("step", Place::Query, "Length of a bar, such as 30s, 5m, 1h; chosen for about 100 bars without."),
            Parameter::new("by", Place::Query, "What to split bars by; severity without.", by),
        ])
        .with(filter_parameters());
    let columns = json!({"type": "string", "enum": column_names()});
    let top = get("/api/v1/runs/logs/top/{column}", "getTopRunLogValues", "runs", "TopValues", top)
        .told("The most frequent values of a column in run logs", "Most frequent first.")
        .with([Parameter::new("column", Place::Path, "The column.", columns), attempts(), job_id_parameter()])
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with(filter_parameters())
        .with([limit_parameter(10, MOST_VALUES)])
        .refuses(&[404]);
    vec![logs, histogram, top]
}

fn attempts() -> Parameter {
    let schema = json!({"type": "string", "enum": ["folded", "shown"], "default": "folded"});
    Parameter::new("attempts", Place::Query, "Whether attempts that a later success has superseded are left out.", schema)
}

/// What a request means, and what of it is left out.
struct Meant {
    query: RecordQuery,
    /// The attempts that stand, by job id, of runs with earlier ones; none where these are shown.
    standing: Arc<BTreeMap<String, u32>>,
}

impl Meant {
    fn read(shared: &Shared, call: &Call, default: TimeRange) -> Result<Self, Problem> {
        let runs = shared.runs()?;
        let mut query = filtered(shared, call, &shared.api.backend.config(), default)?;
        query.filters.push(ColumnFilter::Kind(vec![Kind::Run]));
        let mut of = RunFilter { flows: call.query.all("flow").map(str::to_owned).collect(), ..RunFilter::range(query.range) };
        if let Some(text) = call.query.one("job_id") {
            let (filter, found) = one_run(shared, &job_id_text(text)?)?;
            query.filters.retain(|filter| !matches!(filter, ColumnFilter::JobId(given) if given == text));
            query.filters.push(filter);
            of.job_ids = found;
        }
        let standing = match call.query.one("attempts") {
            Some("shown") => BTreeMap::new(),
            None | Some("folded") => runs.store.superseded(&of)?.into_iter().map(|run| (run.job_id.to_string(), run.attempt)).collect(),
            Some(other) => return Err(unknown_name(StatusCode::BAD_REQUEST, "attempts", other, &["folded", "shown"])),
        };
        Ok(Self { query, standing: Arc::new(standing) })
    }

    /// The records that are superseded, or those that are not.
    fn part(&self, superseded: bool) -> RecordQuery {
        let mut query = self.query.clone();
        if !self.standing.is_empty() || superseded {
            query.filters.push(ColumnFilter::Asked { wanted: superseded, test: RowTest::Superseded(Arc::clone(&self.standing)) });
        }
        query
    }

    /// How many records are left out.
    fn folded(&self, shared: &Shared) -> Result<u64, Problem> {
        if self.standing.is_empty() {
            return Ok(0);
        }
        let by_flow = shared.api.telemetry.top_values(&self.part(true), Column::Flow, usize::MAX)?;
        Ok(by_flow.iter().map(|value| value.records).sum())
    }
}

/// The filter for a job id or its end, and the ids of runs that are known of it. Records may be kept longer than their run.
fn one_run(shared: &Shared, text: &str) -> Result<(ColumnFilter, Vec<String>), Problem> {
    if text.parse::<JobId>().is_ok() {
        return Ok((ColumnFilter::JobId(text.to_owned()), vec![text.to_owned()]));
    }
    let found: Vec<String> = shared.runs()?.store.find(text)?.iter().map(JobId::to_string).collect();
    let filter = match found.as_slice() {
        [only] => ColumnFilter::JobId(only.clone()),
        _ => {
            let ends = WordTest::Like(vec![Pattern::with_stars(&format!("*{text}"))]);
            ColumnFilter::Asked { wanted: true, test: RowTest::Id(IdColumn::JobId, ends) }
        }
    };
    Ok((filter, found))
}

#[derive(Serialize)]
struct Page {
    records: Vec<Value>,
    next: Option<String>,
    runs: BTreeMap<JobId, Standing>,
    folded: u64,
}

fn search(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let mut meant = Meant::read(shared, call, TimeRange::ALL)?;
    let folded = meant.folded(shared)?;
    page_through(&call.query, &mut meant.query)?;
    let page = shared.api.telemetry.search(&meant.part(false))?;
    let jobs: BTreeSet<JobId> = page.records.iter().filter_map(|record| record.job_id.parse().ok()).collect();
    let runs = shared.runs()?.store.standings(&jobs.into_iter().collect::<Vec<_>>())?;
    let fields = &shared.api.backend.config().fields;
    let records = page.records.iter().map(|record| record.to_json(fields)).collect();
    Reply::json(&Page { records, next: page.next.map(write_cursor), runs, folded })
}

fn histogram(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let meant = Meant::read(shared, call, last_hour(shared))?;
    histogram_of(shared, call, meant.part(false))
}

fn top(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let meant = Meant::read(shared, call, last_hour(shared))?;
    top_of(shared, call, &meant.part(false))
}
