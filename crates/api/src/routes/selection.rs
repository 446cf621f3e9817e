//! Which rollups a request means: a monitor's or those by any dimensions, whole buckets of a range, and filters.
//!
//! The two logs of a call are told apart per bucket, so buckets are read finer than they are shown wherever that stays
//! bounded: an hour in which a callee was silent for a minute shows that minute from the caller's log.

use std::collections::HashMap;

use axum::http::StatusCode;
use magpie_model::completeness::Completeness;
use magpie_model::config::Config;
use magpie_model::query::{BucketCompleteness, ColumnFilter, FoldQuery, RecordQuery, RollupQuery, TimeRange};
use magpie_model::rollup::{KEY_WIDTH, key_columns};
use magpie_model::time::{HOUR, format_duration};
use magpie_model::{Bucketing, Code, Column, PartialTable, Side, Timestamp};
use magpie_store::BASE;

use super::rollups::Scan;
use crate::endpoint::Call;
use crate::params::{Parameter, Place, column, is_parameter, range_parameters, unknown_name};
use crate::problem::Problem;
use crate::shared::Shared;

/// Most buckets of an answer.
const MOST_BUCKETS: i128 = 10_000;
/// Most buckets that are read for one answer, so that sides can be told apart in each.
const MOST_READ: i128 = 1_440;
/// Records that are folded for an answer that nobody stored, about.
const MOST_FOLDED: u64 = 5_000_000;
/// Most entries that the store gives of completeness.
const MOST_COMPLETENESS: i128 = 100_000;

/// Parameters of [`Selection::read`].
pub(super) fn selection_parameters() -> Vec<Parameter> {
    let mut parameters = vec![
        Parameter::text("monitor", Place::Query, "Name of the monitor. Without it and without `by`, the first configured one."),
        Parameter::text(
            "by",
            Place::Repeated,
            "Columns to keep, repeated or with commas, or none at all (`by=`): of the monitor, or any without one. Those of the base \
             dimension are read as they are stored; with others the records are folded.",
        ),
    ];
    parameters.extend(range_parameters("One hour before `to` without; `to` is now without. Widened to whole buckets."));
    parameters.extend(Column::ALL.iter().map(|column| {
        Parameter::text(
            column.name(),
            Place::Repeated,
            format!("`{}` is one of these; empty for \"no value\". Must be a column of the monitor.", column.name()),
        )
    }));
    parameters.push(is_parameter());
    parameters
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    /// The monitor, if one was named.
    pub(super) monitor: Option<String>,
    /// Columns to keep, if they were named.
    pub(super) by: Option<Vec<Column>>,
    /// Whole buckets.
    pub(super) range: TimeRange,
    /// Length of an answer's bucket; `None` for all in one.
    pub(super) step: Option<i64>,
    bucket: Bucketing,
    filters: Vec<(Column, Vec<String>)>,
    /// Whether records are folded, because nobody stored such rows.
    is_folded: bool,
}

impl Selection {
    pub(super) fn read(shared: &Shared, call: &Call, config: &Config, step: Option<i64>) -> Result<Self, Problem> {
        let is_by_given = call.query.all("by").next().is_some();
        let first = || config.monitors.first().filter(|_| !is_by_given).map(|monitor| monitor.name.as_str());
        let monitor = call.query.one("monitor").or_else(first).map(str::to_owned);
        let known: &[Column] = match &monitor {
            Some(name) => &config.monitor(name).ok_or_else(|| unknown_monitor(config, name))?.by,
            None => &Column::ALL,
        };
        let named: Vec<Column> = call.query.listed("by").into_iter().map(|name| column_of(known, "by", name)).collect::<Result<_, _>>()?;
        if monitor.is_none() && !is_by_given {
            let fix = format!("add monitor=NAME or by={}", config.base.iter().map(|column| column.name()).collect::<Vec<_>>().join(","));
            return Err(Problem::parameter("monitor", "neither `monitor` nor `by` is given", fix));
        }
        let mut by = named;
        by.sort_unstable_by_key(|column| known.iter().position(|of| of == column));
        by.dedup();
        call.query.check_columns()?;
        let mut filters = Vec::new();
        for column in Column::ALL {
            let values = call.query.of_column(column);
            if !values.is_empty() {
                filters.push((column_of(known, column.name(), column.name())?, values));
            }
        }
        let is_folded =
            monitor.is_none() && by.iter().chain(filters.iter().map(|(column, _)| column)).any(|column| !config.base.contains(column));
        if monitor.is_none() && key_columns(&by).len() > KEY_WIDTH {
            let many = Problem::parameter("by", format!("{} columns are too many", by.len()), format!("use at most {}", KEY_WIDTH - 1));
            return Err(many.coded(Code::TooManyColumns, &[("count", &by.len()), ("limit", &(KEY_WIDTH - 1))]));
        }
        let now = shared.api.backend.now();
        let default = TimeRange { from: now.minus(HOUR), to: now.plus(1) };
        let range = call.query.range(now, &config.zone, default)?;
        let range = whole_buckets(range, step.and_then(Bucketing::new).unwrap_or(config.bucket));
        if let Some(step) = step
            && length(range) / i128::from(step) > MOST_BUCKETS
        {
            let count = length(range) / i128::from(step);
            let detail = format!("that would be {count} buckets, more than {MOST_BUCKETS}");
            let many = Problem::parameter("step", detail, "use a longer step or a shorter range");
            return Err(many.coded(Code::TooManyBars, &[("count", &count), ("limit", &MOST_BUCKETS)]));
        }
        Ok(Self { monitor, by: is_by_given.then_some(by), range, step, bucket: config.bucket, filters, is_folded })
    }

    /// The same over another range.
    pub(super) fn over(&self, range: TimeRange, config: &Config) -> Self {
        Self { range: whole_buckets(range, self.step.and_then(Bucketing::new).unwrap_or(config.bucket)), ..self.clone() }
    }

    /// Length of the range in ns.
    pub(super) fn length(&self) -> i64 {
        i64::try_from(length(self.range)).unwrap_or(i64::MAX)
    }

    /// The rows, one side each, in order.
    pub(super) fn rows(&self, shared: &Shared) -> Result<PartialTable, Problem> {
        self.rows_with_scan(shared).map(|(table, _)| table)
    }

    /// The rows, and how far records were folded where nobody stored such rows.
    pub(super) fn rows_with_scan(&self, shared: &Shared) -> Result<(PartialTable, Option<Scan>), Problem> {
        let read = read_step(self.bucket.length(), self.step, length(self.range));
        let (mut table, scan) = self.read_rows(shared, read)?;
        table.resolve_sides();
        match self.step.map(Bucketing::new) {
            None => fold_into(&mut table, |_| Timestamp::EPOCH),
            Some(Some(step)) if read != self.step => fold_into(&mut table, |bucket| step.start(bucket)),
            Some(_) => {}
        }
        table.sort();
        Ok((table, scan))
    }

    fn read_rows(&self, shared: &Shared, step: Option<i64>) -> Result<(PartialTable, Option<Scan>), Problem> {
        if self.is_folded {
            let filters = self.filters.iter().map(|(column, values)| ColumnFilter::Is(*column, values.clone())).collect();
            let records = RecordQuery { filters, ..RecordQuery::range(self.range) };
            let query = FoldQuery { records, by: self.by.clone().unwrap_or_default(), step, most: MOST_FOLDED };
            let folded = shared.api.telemetry.fold_records(&query)?;
            return Ok((folded.table, Some(Scan { records: folded.scanned, complete: folded.complete })));
        }
        let monitor = self.monitor.as_deref().unwrap_or(BASE);
        let query = RollupQuery { by: self.by.clone(), filters: self.filters.clone(), ..RollupQuery::of(monitor, self.range, step) };
        Ok((shared.api.telemetry.rollups(&query)?, None))
    }

    /// How complete each bucket is; one entry for all where there is no step. What is closed has been read, although a source that has
    /// nothing more to say once stopped long before.
    pub(super) fn completeness(&self, shared: &Shared) -> Result<Vec<BucketCompleteness>, Problem> {
        let mut buckets = self.stored_completeness(shared)?;
        if let Some(closed) = shared.api.backend.closed_before() {
            for BucketCompleteness { completeness, .. } in &mut buckets {
                completeness.watermark = completeness.watermark.max(closed);
            }
        }
        Ok(buckets)
    }

    fn stored_completeness(&self, shared: &Shared) -> Result<Vec<BucketCompleteness>, Problem> {
        if let Some(step) = self.step {
            return Ok(shared.api.telemetry.completeness(self.range, step)?);
        }
        let coarse = coarsened(self.bucket.length(), length(self.range), MOST_COMPLETENESS);
        let buckets = shared.api.telemetry.completeness(self.range, coarse)?;
        let whole = buckets.into_iter().map(|bucket| bucket.completeness).reduce(joined).unwrap_or_default();
        Ok(vec![BucketCompleteness { bucket: self.range.from, completeness: whole }])
    }
}

/// The parameter `step`: a multiple of the bucket, or `all`.
pub(super) fn read_step_parameter(call: &Call, config: &Config) -> Result<Option<i64>, Problem> {
    let bucket = config.bucket.length();
    if matches!(call.query.one("step"), Some("all" | "total")) {
        return Ok(None);
    }
    let step = call.query.duration("step")?.unwrap_or(bucket);
    if step % bucket != 0 {
        let written = format_duration(bucket);
        let asked = format_duration(step);
        let detail = format!("step {asked} is not a multiple of the bucket, {written}");
        let uneven = Problem::parameter("step", detail, format!("use a multiple of {written}, or `all`"));
        return Err(uneven.coded(Code::StepNotWhole, &[("bucket", &written), ("step", &asked)]));
    }
    Ok(Some(step))
}

pub(super) fn unknown_monitor(config: &Config, name: &str) -> Problem {
    let known: Vec<&str> = config.monitors.iter().map(|monitor| monitor.name.as_str()).collect();
    unknown_name(StatusCode::BAD_REQUEST, "monitor", name, &known)
}

fn column_of(known: &[Column], parameter: &str, name: &str) -> Result<Column, Problem> {
    let column = column(parameter, name)?;
    if known.contains(&column) {
        return Ok(column);
    }
    let names = known.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ");
    let elsewhere = Problem::parameter(parameter, format!("`{name}` is not a column here"), format!("use one of {names}"));
    Err(elsewhere.coded(Code::ColumnElsewhere, &[("known", &names), ("name", &name)]))
}

fn whole_buckets(range: TimeRange, bucket: Bucketing) -> TimeRange {
    let last = bucket.start(range.to.minus(1));
    TimeRange { from: bucket.start(range.from), to: bucket.end(last) }
}

fn length(range: TimeRange) -> i128 {
    i128::from(range.to.0) - i128::from(range.from.0)
}

/// Folds rows, whose sides are resolved, into longer buckets: one row for each combination, of the callee's side where
/// any of it is. In some buckets only the caller may have told of a call; that is part of the same sum.
fn fold_into(table: &mut PartialTable, longer: impl Fn(Timestamp) -> Timestamp) {
    let mut sides: HashMap<(Timestamp, [u32; KEY_WIDTH]), Side> = HashMap::new();
    for row in &mut table.rows {
        row.bucket = longer(row.bucket);
        let side = sides.entry((row.bucket, row.key.codes)).or_insert(row.key.side);
        *side = (*side).min(row.key.side);
    }
    for row in &mut table.rows {
        row.key.side = sides[&(row.bucket, row.key.codes)];
    }
    table.fold();
}

/// The finest step that divides `step` and reads no more than [`MOST_READ`] buckets; `step` itself where none does.
fn read_step(bucket: i64, step: Option<i64>, length: i128) -> Option<i64> {
    let Some(step) = step else {
        let coarse = coarsened(bucket, length, MOST_READ);
        return Some(coarse);
    };
    let least = i64::try_from((length + MOST_READ - 1) / MOST_READ).unwrap_or(i64::MAX);
    let factors = step / bucket;
    (1..=factors)
        .take(100_000)
        .filter(|factor| factors % factor == 0)
        .map(|factor| factor * bucket)
        .find(|&read| read >= least)
        .or(Some(step))
}

/// The least multiple of `bucket` that cuts `length` into at most `most` pieces.
fn coarsened(bucket: i64, length: i128, most: i128) -> i64 {
    let pieces = length / i128::from(bucket);
    let factor = (pieces + most - 1) / most;
    i64::try_from(i128::from(bucket) * factor.max(1)).unwrap_or(i64::MAX)
}

fn joined(left: Completeness, right: Completeness) -> Completeness {
    Completeness {
        watermark: left.watermark.max(right.watermark),
        expected: left.expected.max(right.expected),
        reporting: left.reporting.max(right.reporting),
        parsed: left.parsed + right.parsed,
        unparsed: left.unparsed + right.unparsed,
        late: left.late + right.late,
        dropped: left.dropped + right.dropped,
        from_agent: left.from_agent + right.from_agent,
    }
}

/// Completeness as it is shown: the counts, and the share that follows from them.
#[derive(serde::Serialize)]
pub(super) struct Shown {
    bucket: Timestamp,
    share: f64,
    #[serde(flatten)]
    completeness: Completeness,
}

impl From<BucketCompleteness> for Shown {
    fn from(of: BucketCompleteness) -> Self {
        Self { bucket: of.bucket, share: of.completeness.share(), completeness: of.completeness }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::rollup::Key;
    use magpie_model::time::{DAY, MINUTE};
    use magpie_model::{Partial, PartialRow};

    #[test]
    fn buckets_are_read_as_finely_as_stays_bounded() {
        for (step, length, read) in [
            (Some(MINUTE), HOUR, MINUTE),
            (Some(HOUR), DAY, MINUTE),
            (Some(HOUR), 10 * DAY, 10 * MINUTE),
            (Some(HOUR), 11 * DAY, 12 * MINUTE),
            (Some(HOUR), 400 * DAY, HOUR),
            (None, DAY, MINUTE),
            (None, 30 * DAY, 30 * MINUTE),
        ] {
            assert_eq!(read_step(MINUTE, step, i128::from(length)), Some(read), "{step:?} over {}", format_duration(length));
        }
    }

    #[test]
    fn what_only_the_caller_told_in_some_buckets_is_part_of_the_same_row() {
        let mut table = PartialTable::new("m".into(), vec![Column::Service], Vec::new().into());
        for (minute, service, side, records) in
            [(0, 1, Side::Callee, 3), (1, 1, Side::Caller, 2), (2, 1, Side::Callee, 4), (61, 1, Side::Caller, 1), (61, 2, Side::Caller, 9)]
        {
            let mut key = Key { side, ..Key::default() };
            key.codes[0] = service;
            let partial = Partial { records, ..Partial::new(&[]) };
            table.rows.push(PartialRow { bucket: Timestamp(minute * MINUTE), key, partial });
        }
        let told = |table: &PartialTable| {
            let of = |row: &PartialRow| (row.bucket.0 / HOUR, row.key.codes[0], row.key.side, row.partial.records);
            table.rows.iter().map(of).collect::<Vec<_>>()
        };
        let mut hours = table.clone();
        fold_into(&mut hours, |bucket| Timestamp(bucket.0 / HOUR * HOUR));
        assert_eq!(told(&hours), [(0, 1, Side::Callee, 9), (1, 1, Side::Caller, 1), (1, 2, Side::Caller, 9)]);
        fold_into(&mut table, |_| Timestamp::EPOCH);
        assert_eq!(told(&table), [(0, 1, Side::Callee, 10), (0, 2, Side::Caller, 9)]);
    }

    #[test]
    fn a_range_widens_to_whole_buckets() {
        let range = |from, to| TimeRange { from: Timestamp(from), to: Timestamp(to) };
        assert_eq!(whole_buckets(range(1, MINUTE), Bucketing::minute()), range(0, MINUTE));
        assert_eq!(whole_buckets(range(MINUTE - 1, MINUTE + 1), Bucketing::minute()), range(0, 2 * MINUTE));
    }
}
