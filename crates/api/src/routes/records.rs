//! Records: search, one by its id, how many over time, and the most frequent values of a column.

use axum::http::StatusCode;
use magpie_model::config::Config;
use magpie_model::query::{HistogramBar, HistogramQuery, RecordQuery, TimeRange, TopValue};
use magpie_model::record::Record;
use magpie_model::time::{DAY, HOUR, MINUTE, SECOND, format_duration};
use magpie_model::{Code, Column, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::get;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::filters::{filter_parameters, read_cursor, record_query, write_cursor};
use crate::params::{Parameter, Place, Query, column, column_names, limit_parameter, range_parameters};
use crate::problem::Problem;
use crate::shared::Shared;

/// Most records of a page: a reader of a long list takes few large ones.
const MOST_RECORDS: usize = 10_000;
const MOST_VALUES: usize = 1_000;
/// Most bars of a histogram over its range.
const MOST_BARS: i64 = 5_000;
/// Bars that a histogram without `step` aims at.
const FAIR_BARS: i64 = 100;
const STEPS: [i64; 16] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let search = get("/api/v1/records", "searchRecords", "records", "RecordPage", search)
        .told("Search records", "Newest first. Several values of one name mean any of them, several names all of them.")
        .with(search_parameters());
    let one = get("/api/v1/records/{id}", "getRecord", "records", "Record", one)
        .told("One record", "The id stays the same through compaction, so this address can be kept.")
        .with([id_parameter()])
        .refuses(&[404]);
    let names = [["severity"].as_slice(), &column_names()].concat();
    let by = json!({"type": "string", "enum": names});
    let histogram = get("/api/v1/records/histogram", "getRecordHistogram", "records", "Histogram", histogram)
        .told("Number of records over time", "Bars without records are left out.")
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with([
            Parameter::text("step", Place::Query, "Length of a bar, such as 30s, 5m, 1h; chosen for about 100 bars without."),
            Parameter::new("by", Place::Query, "What to split bars by; severity without.", by),
        ])
        .with(filter_parameters());
    let columns = json!({"type": "string", "enum": column_names()});
    let top = get("/api/v1/records/top/{column}", "getTopValues", "records", "TopValues", top)
        .told("The most frequent values of a column", "Most frequent first.")
        .with([Parameter::new("column", Place::Path, "The column.", columns)])
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with(filter_parameters())
        .with([limit_parameter(10, MOST_VALUES)])
        .refuses(&[404]);
    vec![search, one, histogram, top]
}

fn search_parameters() -> Vec<Parameter> {
    let page = [limit_parameter(100, MOST_RECORDS), Parameter::text("cursor", Place::Query, "`next` of the page before.")];
    range_parameters("All of time without.").into_iter().chain(filter_parameters()).chain(page).collect()
}

/// `id` in the path.
pub(super) fn id_parameter() -> Parameter {
    Parameter::new("id", Place::Path, "16 hex digits.", json!({"type": "string", "pattern": "^[0-9a-f]{16}$"}))
}

#[derive(Serialize)]
struct Page {
    records: Vec<Value>,
    next: Option<String>,
}

fn search(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let page = shared.api.telemetry.search(&asked(&call.query, shared.api.backend.now(), &config)?)?;
    let records = page.records.iter().map(|record| record.to_json(&config.fields)).collect();
    Reply::json(&Page { records, next: page.next.map(write_cursor) })
}

/// Reads `limit` and `cursor`.
pub(super) fn page_through(asked: &Query, query: &mut RecordQuery) -> Result<(), Problem> {
    query.limit = asked.limit(100, MOST_RECORDS)?;
    if let Some(text) = asked.one("cursor") {
        let no_cursor = || Problem::parameter("cursor", "that is no cursor of ours", "use `next` of the page before");
        query.after = Some(read_cursor(text).ok_or_else(no_cursor)?);
    }
    Ok(())
}

fn asked(query: &Query, now: Timestamp, config: &Config) -> Result<RecordQuery, Problem> {
    let range = query.range(now, &config.zone, TimeRange::ALL)?;
    let mut asked = record_query(query, range, config)?;
    page_through(query, &mut asked)?;
    Ok(asked)
}

/// What the query of a URL asks of `GET /api/v1/records`; a refusal in words. It looks at nothing but its arguments: this is what
/// anybody may send, and what is fuzzed.
pub fn read_search(url_query: &str, now: Timestamp, config: &Config) -> Result<RecordQuery, String> {
    let read = Query::read(&search_parameters(), url_query, Vec::new()).and_then(|query| asked(&query, now, config));
    read.map_err(|problem| problem.detail)
}

fn one(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let record = find_record(shared, call)?;
    Reply::json(&record.to_json(&shared.api.backend.config().fields))
}

/// The record that the path names.
pub(super) fn find_record(shared: &Shared, call: &Call) -> Result<Record, Problem> {
    let text = call.query.path("id");
    let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(id) = u64::from_str_radix(text, 16).ok().filter(|_| is_id) else {
        let unfit = Problem::parameter("id", format!("`{text}` is no id of a record"), "an id has 16 hex digits");
        return Err(unfit.coded(Code::NoSuchRecord, &[("id", &text)]));
    };
    let missing = || {
        Problem::not_found(format!("there is no record {text}"), "it may be older than the retention")
            .coded(Code::NoSuchRecord, &[("id", &text)])
    };
    shared.api.telemetry.record(id)?.ok_or_else(missing)
}

#[derive(Serialize)]
struct Histogram {
    from: Timestamp,
    to: Timestamp,
    step: String,
    step_seconds: f64,
    by: String,
    bars: Vec<HistogramBar>,
}

fn histogram(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    histogram_of(shared, call, filtered(shared, call, &config, last_hour(shared))?)
}

/// The histogram of some records.
pub(super) fn histogram_of(shared: &Shared, call: &Call, records: RecordQuery) -> Result<Reply, Problem> {
    let range = records.range;
    let step = step_of(&call.query, range, FAIR_BARS, MOST_BARS)?;
    let by = match call.query.one("by") {
        None | Some("severity") => None,
        Some(name) => Some(column("by", name)?),
    };
    let bars = shared.api.telemetry.histogram(&HistogramQuery { records, step, by })?;
    let by = by.map_or("severity", |column| column.name()).to_owned();
    Reply::json(&Histogram {
        from: range.from,
        to: range.to,
        step: format_duration(step),
        step_seconds: step as f64 / SECOND as f64,
        by,
        bars,
    })
}

#[derive(Serialize)]
struct TopValues {
    column: &'static str,
    values: Vec<TopValue>,
}

fn top(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    path_column(call)?;
    let query = filtered(shared, call, &config, last_hour(shared))?;
    top_of(shared, call, &query)
}

/// The column that the path names.
fn path_column(call: &Call) -> Result<Column, Problem> {
    column("column", call.query.path("column")).map_err(|problem| Problem {
        status: StatusCode::NOT_FOUND.as_u16(),
        title: "Not Found",
        ..problem
    })
}

/// The most frequent values of the path's column among some records.
pub(super) fn top_of(shared: &Shared, call: &Call, query: &RecordQuery) -> Result<Reply, Problem> {
    let column = path_column(call)?;
    let values = shared.api.telemetry.top_values(query, column, call.query.limit(10, MOST_VALUES)?)?;
    Reply::json(&TopValues { column: column.name(), values })
}

/// The records that a request means.
pub(super) fn filtered(shared: &Shared, call: &Call, config: &Config, default: TimeRange) -> Result<RecordQuery, Problem> {
    let range = call.query.range(shared.api.backend.now(), &config.zone, default)?;
    record_query(&call.query, range, config)
}

/// The hour before now, and what happens while the answer is made.
pub(super) fn last_hour(shared: &Shared) -> TimeRange {
    let now = shared.api.backend.now();
    TimeRange { from: now.minus(HOUR), to: now.plus(SECOND) }
}

/// The length of a bar: that asked for, if it makes at most `most` of a range, else a round one that makes about `fair`.
pub(super) fn step_of(query: &Query, range: TimeRange, fair: i64, most: i64) -> Result<i64, Problem> {
    let step = query.duration("step")?.unwrap_or_else(|| fair_step(range, fair));
    let bars = (i128::from(range.to.0) - i128::from(range.from.0)) / i128::from(step);
    if bars <= i128::from(most) {
        return Ok(step);
    }
    let detail = format!("that would be {bars} bars, more than {most}");
    let many = Problem::parameter("step", detail, "use a longer step or a shorter range");
    Err(many.coded(Code::TooManyBars, &[("count", &bars), ("limit", &most)]))
}

/// The round length of a bar that makes at most about `bars` of a range.
fn fair_step(range: TimeRange, bars: i64) -> i64 {
    let wanted = range.to.since(range.from) / bars;
    STEPS.into_iter().find(|&step| step >= wanted).unwrap_or_else(|| (wanted / DAY + 1).saturating_mul(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_being_asked_is_a_round_one() {
        for (length, step) in [(HOUR, MINUTE), (30 * SECOND, SECOND), (DAY, 30 * MINUTE), (30 * DAY, 12 * HOUR), (3_000 * DAY, 31 * DAY)] {
            assert_eq!(fair_step(TimeRange { from: Timestamp(0), to: Timestamp(length) }, FAIR_BARS), step, "{}", format_duration(length));
        }
    }
}
