//! Answers from rollups and counts: rows of a monitor, and how complete they are.
//!
//! Open and sealed partials are merged when asked (design 3). The base dimension is answered from the rows that
//! compaction made, and where a segment has none yet, from its records.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hashbrown::HashMap;
use magpie_model::completeness::{Completeness, SourceCount};
use magpie_model::query::{BucketCompleteness, RollupQuery, TimeRange};
use magpie_model::rollup::Recipe;
use magpie_model::time::DAY;
use magpie_model::{Bucketing, Column, FieldSpec, PartialTable, Timestamp};

use super::fold::{BaseFold, RollupFold};
use super::live::Segment;
use super::rollups::TableNote;
use super::store::EmbeddedTelemetry;
use crate::telemetry::BASE;
use crate::{Error, Result};

/// Most buckets of an answer about completeness.
const MOST_BUCKETS: i64 = 100_000;

/// Rollup rows of a monitor.
pub(super) fn rollups(store: &EmbeddedTelemetry, query: &RollupQuery) -> Result<PartialTable> {
    if query.monitor == BASE {
        return base_rollups(store, query);
    }
    // What an earlier form of the monitor left is not its rows: they are missing until they are made anew.
    let declared = store.declared();
    let recipe = declared.recipes.iter().find(|recipe| recipe.monitor == query.monitor);
    let is_current = |made: &[Recipe]| recipe.is_none_or(|recipe| made.iter().any(|known| known.rows == recipe.rows));
    // The open tables and the segments must be of one moment, or a row could be seen twice or not at all.
    let live = store.read_live();
    let segments: Vec<Arc<Segment>> = live.segments.iter().filter(|segment| is_current(&segment.info.recipes)).cloned().collect();
    let unsealed = std::iter::once(&live.open).chain(live.sealing.as_deref()).filter(|open| is_current(&open.recipes));
    let open: Vec<&PartialTable> = unsealed.flat_map(|open| open.tables_of(&query.monitor)).collect();
    let (by, fields) = match open.first() {
        Some(table) => (table.by.clone(), Arc::clone(&table.fields)),
        None => newest_shape(&segments, &query.monitor)?,
    };
    let mut fold = RollupFold::new(query, &by, fields)?;
    let (is_open, fitted) = (!open.is_empty(), open.iter().any(|table| fold.fits(&table.by)));
    open.iter().for_each(|table| fold.add(table));
    drop(open);
    drop(live);
    let (known, fits) = add_segments(&segments, query, &mut fold)?;
    if (known || is_open) && !fits && !fitted {
        let names: Vec<&str> = fold.needs().map(Column::name).collect();
        return Err(Error::Query(format!(
            "the rollups of monitor `{}` do not have all of the columns {}",
            query.monitor,
            names.join(", ")
        )));
    }
    Ok(finish(store, fold))
}

fn finish(store: &EmbeddedTelemetry, fold: RollupFold) -> PartialTable {
    let (mut table, rescaled) = fold.finish();
    store.rescaled.fetch_add(rescaled, Ordering::Relaxed);
    table.sort();
    table
}

/// Columns and fields of the monitor's newest rollups; none when there are no rollups of it.
fn newest_shape(segments: &[Arc<Segment>], monitor: &str) -> Result<(Vec<Column>, Arc<[FieldSpec]>)> {
    for segment in segments.iter().rev() {
        if let Some(reader) = segment.rollups()?
            && let Some(note) = reader.tables().iter().find(|note| note.monitor == monitor)
        {
            return Ok((note.by.clone(), note.fields.as_slice().into()));
        }
    }
    Ok((Vec::new(), Arc::new([])))
}

/// Adds the segments' rows; tells whether the monitor was found, and whether with the columns that are needed.
fn add_segments(segments: &[Arc<Segment>], query: &RollupQuery, fold: &mut RollupFold) -> Result<(bool, bool)> {
    let (mut known, mut fits) = (false, false);
    for segment in segments.iter().filter(|segment| overlaps(segment, query.range)) {
        let Some(reader) = segment.rollups()? else { continue };
        for note in reader.tables().iter().filter(|note| note.monitor == query.monitor) {
            known = true;
            if fold.fits(&note.by) {
                fits = true;
                reader.read(note, query.range, &|field| query.keeps(field), &mut |table| {
                    fold.take(table);
                    Ok(())
                })?;
            }
        }
    }
    Ok((known, fits))
}

fn overlaps(segment: &Segment, range: TimeRange) -> bool {
    segment.info.from < range.to && range.from <= segment.info.to
}

/// Rollup rows by any columns of the base dimension.
fn base_rollups(store: &EmbeddedTelemetry, query: &RollupQuery) -> Result<PartialTable> {
    let declared = store.declared();
    let mut fold = RollupFold::new(query, &declared.base, Arc::clone(&declared.fields))?;
    if !fold.fits(&declared.base) {
        let names: Vec<&str> = declared.base.iter().map(|column| column.name()).collect();
        return Err(Error::Query(format!("the base dimension has only {}", names.join(", "))));
    }
    let mut base = BaseFold::new(&declared.base, Arc::clone(fold.fields()), declared.bucket);
    // Records belong to the answer when their bucket starts in the range.
    let wanted = |time: i64| query.range.contains(declared.bucket.start(Timestamp(time)));
    let view = store.view();
    for open in &view.batches {
        base.add(&open.batch, wanted);
        fold.take(base.take());
    }
    for segment in view.segments.iter().filter(|segment| overlaps(segment, query.range)) {
        let rollups = segment.rollups()?;
        let notes: Vec<&TableNote> =
            rollups.iter().flat_map(|reader| reader.tables()).filter(|note| note.monitor == BASE && fold.fits(&note.by)).collect();
        if let (Some(reader), false) = (&rollups, notes.is_empty()) {
            for note in notes {
                reader.read(note, query.range, &|field| query.keeps(field), &mut |table| {
                    fold.take(table);
                    Ok(())
                })?;
            }
            continue;
        }
        let Some(reader) = segment.records()? else { continue };
        for group in 0..reader.groups().len() {
            base.add(&base.read(&reader, group, None)?, wanted);
            fold.take(base.take());
        }
    }
    Ok(finish(store, fold))
}

/// What each source contributed, ascending by bucket and source.
pub(super) fn source_counts(store: &EmbeddedTelemetry, range: TimeRange) -> Result<Vec<SourceCount>> {
    let mut merged: BTreeMap<(Timestamp, String), SourceCount> = BTreeMap::new();
    let mut add = |count: SourceCount| {
        if !range.contains(count.bucket) {
            return;
        }
        match merged.entry((count.bucket, count.input.clone())) {
            std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().merge(&count),
            std::collections::btree_map::Entry::Vacant(place) => _ = place.insert(count),
        }
    };
    let segments = {
        let live = store.read_live();
        let sealing = live.sealing.iter().flat_map(|sealing| sealing.counts.values());
        live.open.counts.values().chain(sealing).cloned().for_each(&mut add);
        live.segments.clone()
    };
    for segment in segments.iter().filter(|segment| overlaps(segment, range)) {
        segment.counts()?.into_iter().for_each(&mut add);
    }
    Ok(merged.into_values().collect())
}

/// How complete each bucket of a step is.
pub(super) fn completeness(store: &EmbeddedTelemetry, range: TimeRange, step: Bucketing) -> Result<Vec<BucketCompleteness>> {
    let counts = source_counts(store, TimeRange { from: range.from.minus(DAY), to: range.to })?;
    // An open range ends where the counts do.
    let first = counts.iter().map(|count| count.bucket).find(|bucket| range.contains(*bucket));
    let (Some(first), Some(last)) = (first, counts.last().map(|count| count.bucket)) else {
        if range.from == Timestamp::MIN || range.to == Timestamp::MAX {
            return Ok(Vec::new());
        }
        return buckets(store, range.from, range.to, step, &[]);
    };
    let from = if range.from == Timestamp::MIN { first } else { range.from };
    let to = if range.to == Timestamp::MAX { last.plus(1) } else { range.to };
    buckets(store, from, to, step, &counts)
}

fn buckets(
    store: &EmbeddedTelemetry,
    from: Timestamp,
    to: Timestamp,
    step: Bucketing,
    counts: &[SourceCount],
) -> Result<Vec<BucketCompleteness>> {
    let mut start = step.start(from);
    if to.since(start) / step.length() > MOST_BUCKETS {
        return Err(Error::Query(format!("more than {MOST_BUCKETS} buckets: choose a longer step or a shorter range")));
    }
    let watermark = store.watermark();
    let mut seen: HashMap<&str, Timestamp> = HashMap::new();
    let mut rest = counts;
    let mut all = Vec::new();
    while start < to {
        let end = step.end(start);
        let mut by_source: BTreeMap<&str, SourceCount> = BTreeMap::new();
        while let Some((count, after)) = rest.split_first().filter(|(count, _)| count.bucket < end) {
            seen.insert(&count.input, count.bucket);
            if count.bucket >= start {
                by_source.entry(&count.input).or_default().merge(count);
            }
            rest = after;
        }
        seen.retain(|_, last| *last >= end.minus(DAY));
        let mut completeness = Completeness { watermark, expected: seen.len() as u64, ..Completeness::default() };
        by_source.values().for_each(|count| completeness.add(count));
        all.push(BucketCompleteness { bucket: start, completeness });
        start = end;
    }
    Ok(all)
}
