//! Stored rollups against a fresh aggregation of the stored records, monitor by monitor and bucket by bucket.
//!
//! The invariant of design 3. Time is worked off in pieces of an hour, or of one bucket where an hour has many records,
//! and only where there are records or rollups at all, so that memory holds one piece. A monitor without any stored rollup
//! is newer than the records and no difference; neither are percentiles that a changed field has lost.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use magpie_model::agent_partial::AgentPartial;
use magpie_model::config::{Config, Monitor};
use magpie_model::dictionary::NULL;
use magpie_model::query::{HistogramQuery, RecordQuery, RollupQuery, TimeRange};
use magpie_model::record::{RecordBatch, mark};
use magpie_model::time::{DAY, HOUR};
use magpie_model::{Bucketing, FieldPartial, FieldSpec, Partial, PartialRow, PartialTable, Timestamp};
use magpie_store::TelemetryStore;
use serde_json::json;

use crate::engine::again::Again;
use crate::error::Result;
use crate::report::numbers;
use crate::report::paint::{Paint, Tone};

/// Records that are aggregated at once, about.
const AT_ONCE: u64 = 300_000;
/// Differences that are shown.
const SHOWN: usize = 20;

/// What comparing found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Rollup rows that were compared.
    pub(super) rows: u64,
    /// Rows that differ, are missing, or should not be.
    pub(super) differences: u64,
    /// Names of the monitors that were compared.
    monitors: Vec<String>,
    shown: Vec<String>,
    notes: Vec<String>,
}

impl Comparison {
    /// For `--json`.
    pub(super) fn json(&self) -> serde_json::Value {
        json!({"compared": true, "rows": self.rows, "differences": self.differences, "monitors": self.monitors, "shown": self.shown, "notes": self.notes})
    }

    /// For people.
    pub(super) fn tell(&self, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        for note in &self.notes {
            writeln!(out, "  {note}")?;
        }
        if self.differences == 0 {
            return writeln!(out, "  {} rollup rows equal a fresh aggregation of the records", numbers::count(self.rows));
        }
        let (differences, rows) = (numbers::count(self.differences), numbers::count(self.rows));
        let told = format!("{differences} of {rows} rollup rows differ from a fresh aggregation of the records");
        writeln!(out, "  {}  {told}; right if monitors or fields were changed since", paint.of(Tone::Firing, "damage"))?;
        self.shown.iter().try_for_each(|line| writeln!(out, "    {line}"))
    }

    fn differ(&mut self, told: impl FnOnce() -> String) {
        self.differences += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(told());
        }
    }
}

/// Compares the stored rollups of the configured monitors: of each all buckets, or those from `since` on, before which it
/// was not written as it is defined now.
pub(super) fn compare(store: &dyn TelemetryStore, config: &Config, since: &BTreeMap<String, Timestamp>) -> Result<Comparison> {
    let mut comparison = Comparison::default();
    for (monitor, from) in since {
        comparison.notes.push(format!("monitor {monitor} is compared from {from} on: it is new since, or was changed"));
    }
    let monitors = stored_monitors(store, config, &mut comparison)?;
    comparison.monitors = monitors.iter().map(|monitor| monitor.name.clone()).collect();
    let mut again = Again::new(config);
    let bar = bar(super::rows(store));
    for (piece, records) in pieces(store, config, &monitors)? {
        for range in parts(piece, records, config.bucket) {
            let mut fresh = aggregate(store, &mut again, range, &mut comparison)?;
            for monitor in &monitors {
                let mut table = fresh.remove(&*monitor.name);
                let mut stored = store.rollups(&RollupQuery::of(monitor.name.as_str(), range, Some(config.bucket.length())))?;
                if let Some(from) = since.get(&monitor.name) {
                    table.iter_mut().chain([&mut stored]).for_each(|table| table.rows.retain(|row| row.bucket >= *from));
                }
                compare_tables(monitor, table, stored, &mut comparison);
            }
        }
        bar.inc(records);
    }
    bar.finish_and_clear();
    Ok(comparison)
}

/// The monitors that have stored rollups; of the others it is told.
fn stored_monitors<'a>(store: &dyn TelemetryStore, config: &'a Config, comparison: &mut Comparison) -> Result<Vec<&'a Monitor>> {
    let mut monitors = Vec::new();
    for monitor in &config.monitors {
        match store.rollups(&presence(monitor, None)) {
            Ok(table) if table.rows.is_empty() => {
                comparison.notes.push(format!("monitor {} has no stored rollups: it is newer than the records, or took none", monitor.name))
            }
            Ok(_) => monitors.push(monitor),
            Err(magpie_store::Error::Query(why)) => comparison.notes.push(format!("monitor {} was not compared: {why}", monitor.name)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(monitors)
}

/// Whether and when a monitor has rows.
fn presence(monitor: &Monitor, step: Option<i64>) -> RollupQuery {
    RollupQuery { by: Some(Vec::new()), fields: Some(Vec::new()), ..RollupQuery::of(monitor.name.as_str(), TimeRange::ALL, step) }
}

/// Length of a piece: whole buckets, about an hour.
fn piece_length(bucket: Bucketing) -> i64 {
    bucket.length() * (HOUR / bucket.length()).max(1)
}

/// The pieces of time in which there is anything, with their number of records.
fn pieces(store: &dyn TelemetryStore, config: &Config, monitors: &[&Monitor]) -> Result<BTreeMap<Timestamp, u64>> {
    let piece = piece_length(config.bucket);
    let whole_days = piece * (DAY / piece).max(1);
    let mut days: BTreeSet<Timestamp> = BTreeSet::new();
    let all = HistogramQuery { records: RecordQuery::range(TimeRange::ALL), step: whole_days, by: None };
    days.extend(store.histogram(&all)?.into_iter().map(|bar| bar.time));
    for monitor in monitors {
        let table = store.rollups(&presence(monitor, Some(whole_days)))?;
        days.extend(table.rows.iter().map(|row| row.bucket));
    }
    let mut pieces = BTreeMap::new();
    for day in days {
        let range = TimeRange { from: day, to: day.plus(whole_days) };
        let bars = store.histogram(&HistogramQuery { records: RecordQuery::range(range), step: piece, by: None })?;
        for at in 0..whole_days / piece {
            pieces.insert(day.plus(at * piece), 0);
        }
        bars.iter().for_each(|bar| *pieces.entry(bar.time).or_default() += bar.records);
    }
    Ok(pieces)
}

/// A piece as one range, or bucket by bucket where it has many records.
fn parts(piece: Timestamp, records: u64, bucket: Bucketing) -> Vec<TimeRange> {
    let length = piece_length(bucket);
    let part = if records > AT_ONCE { bucket.length() } else { length };
    (0..length / part).map(|at| TimeRange { from: piece.plus(at * part), to: piece.plus((at + 1) * part) }).collect()
}

/// The rollups of all monitors as the records of a range give them, and the partials of agents among them.
fn aggregate(
    store: &dyn TelemetryStore,
    again: &mut Again,
    range: TimeRange,
    comparison: &mut Comparison,
) -> Result<BTreeMap<String, PartialTable>> {
    let mut fresh: BTreeMap<String, PartialTable> = BTreeMap::new();
    store.scan(range, &mut |batch| {
        check_partials(batch, comparison);
        for table in again.fold(batch) {
            match fresh.entry(table.monitor.to_string()) {
                std::collections::btree_map::Entry::Occupied(mut known) => {
                    known.get_mut().append(&table);
                    known.get_mut().fold();
                }
                std::collections::btree_map::Entry::Vacant(place) => _ = place.insert(table),
            }
        }
        Ok(())
    })?;
    Ok(fresh)
}

/// Names partials that stand for nothing since they cannot be read.
fn check_partials(batch: &RecordBatch, comparison: &mut Comparison) {
    let records = &batch.records;
    for row in (0..records.len()).filter(|&row| records.marks[row] & mark::FROM_AGENT != 0) {
        if AgentPartial::among(records.attributes.row(row)).is_none() {
            let at = numbers::moment(Timestamp(records.time[row]));
            comparison.differ(|| format!("record {:016x}, {at}: the partial of an agent, which cannot be read", records.id[row]));
        }
    }
}

fn compare_tables(monitor: &Monitor, fresh: Option<PartialTable>, mut stored: PartialTable, comparison: &mut Comparison) {
    let mut fresh = fresh.unwrap_or_else(|| PartialTable::new(monitor.name.as_str().into(), monitor.by.clone(), stored.fields.clone()));
    if fresh.key_columns() != stored.key_columns() && !stored.rows.is_empty() {
        let told = format!("monitor {} is stored by other columns than it has now, and was not compared", monitor.name);
        if !comparison.notes.contains(&told) {
            comparison.notes.push(told);
        }
        return;
    }
    fresh.fold();
    fresh.sort();
    stored.sort();
    let common: Vec<(usize, usize)> = common_fields(&fresh.fields, &stored.fields);
    let (mut left, mut right) = (fresh.rows.iter().peekable(), stored.rows.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(mine), Some(theirs)) => key(&fresh, mine).cmp(&key(&stored, theirs)),
        };
        comparison.rows += 1;
        match order {
            Ordering::Less => {
                if let Some(row) = left.next() {
                    comparison.differ(|| format!("{}: {}, no rollup", name(&fresh, row), numbers::counted(row.partial.records, "record")));
                }
            }
            Ordering::Greater => {
                if let Some(row) = right.next() {
                    comparison.differ(|| {
                        format!(
                            "{}: a rollup of {}, but none are stored",
                            name(&stored, row),
                            numbers::counted(row.partial.records, "record")
                        )
                    });
                }
            }
            Ordering::Equal => {
                if let (Some(mine), Some(theirs)) = (left.next(), right.next())
                    && let Some(what) = difference(&mine.partial, &theirs.partial, &common, &fresh.fields)
                {
                    comparison.differ(|| format!("{}: {what}", name(&fresh, mine)));
                }
            }
        }
    }
}

fn common_fields(fresh: &[FieldSpec], stored: &[FieldSpec]) -> Vec<(usize, usize)> {
    let place = |spec: &FieldSpec| stored.iter().position(|other| other.name == spec.name && other.scale == spec.scale);
    fresh.iter().enumerate().filter_map(|(at, spec)| Some((at, place(spec)?))).collect()
}

fn words<'t>(table: &'t PartialTable, row: &PartialRow) -> Vec<&'t str> {
    let code = |position: usize| row.key.codes[position];
    (0..table.dictionaries.len())
        .map(|position| if code(position) == NULL { "" } else { table.dictionaries[position].get(code(position)) })
        .collect()
}

fn key<'t>(table: &'t PartialTable, row: &PartialRow) -> (Timestamp, Vec<&'t str>, magpie_model::Side) {
    (row.bucket, words(table, row), row.key.side)
}

/// `monitor m, 2026-11-22 10:15:00, source=10.0.0.1 (callee)`.
fn name(table: &PartialTable, row: &PartialRow) -> String {
    let words = words(table, row);
    let named: Vec<String> = table
        .key_columns()
        .iter()
        .zip(words)
        .filter(|(_, word)| !word.is_empty())
        .map(|(column, word)| format!("{}={word}", column.name()))
        .collect();
    crate::report::text::plain(&format!(
        "monitor {}, {}, {} ({})",
        table.monitor,
        numbers::moment(row.bucket),
        named.join(" "),
        row.key.side.name()
    ))
}

/// How a stored row differs from what its records give; `None` when it does not.
fn difference(fresh: &Partial, stored: &Partial, common: &[(usize, usize)], fields: &[FieldSpec]) -> Option<String> {
    if fresh.records != stored.records {
        return Some(format!("{}, the rollup says {}", numbers::counted(fresh.records, "record"), stored.records));
    }
    if fresh.one_sided != stored.one_sided {
        return Some(format!("{} one-sided calls, the rollup says {}", fresh.one_sided, stored.one_sided));
    }
    let differs = |&&(mine, theirs): &&(usize, usize)| !is_same(&fresh.fields[mine], &stored.fields[theirs]);
    let &(mine, theirs) = common.iter().find(differs)?;
    let (mine, theirs, spec) = (&fresh.fields[mine], &stored.fields[theirs], &fields[mine]);
    Some(format!("{} sums to {} over {} values, the rollup says {} over {}", spec.name, mine.sum, mine.count, theirs.sum, theirs.count))
}

fn is_same(fresh: &FieldPartial, stored: &FieldPartial) -> bool {
    let numbers = |of: &FieldPartial| (of.count, of.set, of.sum, of.min, of.max);
    let sketches = match (&fresh.sketch, &stored.sketch) {
        (Some(mine), Some(theirs)) => mine == theirs,
        _ => true,
    };
    let distinct = match (&fresh.distinct, &stored.distinct) {
        (Some(mine), Some(theirs)) => mine == theirs,
        _ => true,
    };
    numbers(fresh) == numbers(stored) && sketches && distinct
}

fn bar(records: u64) -> indicatif::ProgressBar {
    if !io::IsTerminal::is_terminal(&io::stderr()) {
        return indicatif::ProgressBar::hidden();
    }
    let style = indicatif::ProgressStyle::with_template("comparing {wide_bar} {pos} of {len} records, {eta} left");
    indicatif::ProgressBar::new(records).with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use magpie_model::{Aggregate, Column, Key, agent_partial};

    use super::*;

    fn table(rows: &[(i64, &str, u64, i64)]) -> PartialTable {
        let fields = [FieldSpec::number("elapsed_ms", 0, None, &[Aggregate::Avg])];
        let mut table = PartialTable::new("m".into(), vec![Column::TargetModule], fields.to_vec().into());
        for &(bucket, word, records, value) in rows {
            let mut key = Key::default();
            key.codes[0] = table.dictionaries[0].intern(word);
            let mut partial = Partial::new(&table.fields);
            partial.records = records;
            partial.fields[0].add(value);
            table.rows.push(PartialRow { bucket: Timestamp(bucket), key, partial });
        }
        table
    }

    #[test]
    fn every_kind_of_difference_is_found_and_named() {
        let whole: &[(i64, &str, u64, i64)] = &[(0, "a", 1, 5), (0, "b", 2, 6), (HOUR, "a", 3, 7)];
        for (stored, expected) in [
            (whole.to_vec(), vec![]),
            (whole[..2].to_vec(), vec!["monitor m, 1970-01-01 01:00:00, target_module=a (callee): 3 records, no rollup"]),
            (
                [whole, &[(HOUR, "c", 9, 1)]].concat(),
                vec!["monitor m, 1970-01-01 01:00:00, target_module=c (callee): a rollup of 9 records, but none are stored"],
            ),
            (
                vec![(0, "b", 2, 6), (HOUR, "a", 4, 7), (0, "a", 1, 4)],
                vec![
                    "monitor m, 1970-01-01 00:00:00, target_module=a (callee): elapsed_ms sums to 5 over 1 values, the rollup says 4 over 1",
                    "monitor m, 1970-01-01 01:00:00, target_module=a (callee): 3 records, the rollup says 4",
                ],
            ),
        ] {
            let mut comparison = Comparison::default();
            let monitor = Monitor::plain("m", &[Column::TargetModule]);
            compare_tables(&monitor, Some(table(whole)), table(&stored), &mut comparison);
            assert_eq!(comparison.shown, expected);
            assert_eq!(comparison.differences, expected.len() as u64);
        }
    }

    #[test]
    fn a_partial_of_an_agent_that_cannot_be_read_is_named() {
        let whole = AgentPartial { version: agent_partial::VERSION, records: 7, ..AgentPartial::default() }.to_text();
        let (mut records, mut dictionaries) = (magpie_model::Records::new(0), magpie_model::record::Dictionaries::default());
        for (id, text) in [(1, whole.as_str()), (2, &whole[..whole.len() - 1]), (3, "")] {
            let attributes = vec![(agent_partial::ATTRIBUTE.to_owned(), text.to_owned())];
            let record = magpie_model::Record { id, marks: mark::FROM_AGENT, attributes, ..magpie_model::Record::default() };
            records.push(&record, &[], &mut dictionaries);
        }
        let mut comparison = Comparison::default();
        check_partials(&RecordBatch { records, dictionaries: dictionaries.into(), fields: std::sync::Arc::new([]) }, &mut comparison);
        assert_eq!(comparison.differences, 2, "{:?}", comparison.shown);
        assert!(comparison.shown[0].starts_with("record 0000000000000002"), "{:?}", comparison.shown);
    }

    #[test]
    fn a_busy_piece_is_worked_off_bucket_by_bucket() {
        let minute = Bucketing::minute();
        for (records, bucket, number) in
            [(0, minute, 1), (AT_ONCE, minute, 1), (AT_ONCE + 1, minute, 60), (AT_ONCE + 1, Bucketing::new(DAY).unwrap(), 1)]
        {
            let parts = parts(Timestamp(0), records, bucket);
            assert_eq!(parts.len(), number);
            assert_eq!(parts.last().unwrap().to, Timestamp(piece_length(bucket)));
            assert!(parts.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
    }
}
