//! Answers from records: searching, counting over time, counting by value, one record, all records.
//!
//! Parts are taken newest first by several threads. A search keeps the best rows found so far and ends when no part
//! left can hold a newer one; full records are read at the very end, for the rows that are shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::Array;
use magpie_model::query::{Cursor, HistogramBar, HistogramQuery, RecordPage, RecordQuery, TimeRange, TopValue};
use magpie_model::record::RecordBatch;
use magpie_model::{Bucketing, Column, Record, Timestamp};

use super::columns::{self, Words};
use super::live::Segment;
use super::matcher::Matcher;
use super::part::Part;
use super::store::{EmbeddedTelemetry, View};
use crate::{Error, Result};

/// Most records of a page.
const MOST_RECORDS: usize = 10_000;
/// Most bars of a histogram, over all values.
const MOST_BARS: usize = 1_000_000;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is still to be read, ordered by its newest record.
enum Unit {
    Segment(Arc<Segment>),
    Part(Part),
}

struct Queued {
    to: Timestamp,
    unit: Unit,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to.cmp(&other.to)
    }
}

/// Gives each part that can hold a record between `from` and `to` to `each`, newest first, on several threads, until
/// `done` says of a part's newest time that nothing of it is wanted.
pub(super) fn walk(
    view: View,
    threads: usize,
    reaches: &(dyn Fn(Timestamp, Timestamp) -> bool + Sync),
    done: &(dyn Fn(Timestamp) -> bool + Sync),
    each: &(dyn Fn(Part) -> Result<()> + Sync),
) -> Result<()> {
    let queue = queue_of(view, reaches);
    let threads = threads.min(queue.len().max(1) * 4);
    let queue = Mutex::new(queue);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let work = || {
        let run = || -> Result<()> {
            while locked(&failure).is_none() {
                match next_part(&queue, reaches)? {
                    Some(part) if !done(part.to()) => each(part)?,
                    _ => break,
                }
            }
            Ok(())
        };
        if let Err(error) = run() {
            locked(&failure).get_or_insert(error);
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| _ = scope.spawn(work));
        work();
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Gives each part that can hold a record between `from` and `to` to `each`, newest first, on the caller's thread, until it
/// says that it wants no more.
pub(super) fn for_each_part(
    view: View,
    reaches: &(dyn Fn(Timestamp, Timestamp) -> bool + Sync),
    each: &mut dyn FnMut(Part) -> Result<bool>,
) -> Result<()> {
    let queue = Mutex::new(queue_of(view, reaches));
    while let Some(part) = next_part(&queue, reaches)? {
        if !each(part)? {
            break;
        }
    }
    Ok(())
}

fn queue_of(view: View, reaches: &(dyn Fn(Timestamp, Timestamp) -> bool + Sync)) -> BinaryHeap<Queued> {
    let mut queue = BinaryHeap::new();
    for batch in view.batches {
        let part = Part::Open(batch);
        queue.push(Queued { to: part.to(), unit: Unit::Part(part) });
    }
    for segment in view.segments.into_iter().filter(|segment| reaches(segment.info.from, segment.info.to)) {
        queue.push(Queued { to: segment.info.to, unit: Unit::Segment(segment) });
    }
    queue
}

/// The newest part that is left. Opening a segment happens under the lock, so that no thread ends too early.
fn next_part(queue: &Mutex<BinaryHeap<Queued>>, reaches: &(dyn Fn(Timestamp, Timestamp) -> bool + Sync)) -> Result<Option<Part>> {
    let mut queue = locked(queue);
    while let Some(queued) = queue.pop() {
        match queued.unit {
            Unit::Part(part) => return Ok(Some(part)),
            Unit::Segment(segment) => {
                let Some(reader) = segment.records()? else { continue };
                for group in 0..reader.groups().len() {
                    let part = Part::Group(Arc::clone(&reader), group, Arc::clone(&segment));
                    if reaches(part.from(), part.to()) {
                        queue.push(Queued { to: part.to(), unit: Unit::Part(part) });
                    }
                }
            }
        }
    }
    Ok(None)
}

/// A row that may be shown. Greater is newer.
struct Found {
    time: i64,
    id: u64,
    part: Arc<Part>,
    row: u32,
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Found {}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.id).cmp(&(other.time, other.id))
    }
}

/// Records, newest first.
pub(super) fn search(store: &EmbeddedTelemetry, query: &RecordQuery) -> Result<RecordPage> {
    let matcher = Matcher::new(query, &store.declared().fields)?;
    let limit = query.limit.min(MOST_RECORDS);
    if limit == 0 {
        return Ok(RecordPage::default());
    }
    // One more than asked for tells whether there is a next page.
    let best: Mutex<BinaryHeap<Reverse<Found>>> = Mutex::default();
    let done = |to: Timestamp| {
        let best = locked(&best);
        best.len() > limit && best.peek().is_some_and(|worst| to.0 < worst.0.time)
    };
    let each = |part: Part| {
        let mut rows = matcher.rows(&part)?;
        if part.is_ordered() && rows.len() > limit + 1 {
            rows.drain(..rows.len() - limit - 1);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let loaded = part.load(&["time", "id"], &rows)?;
        let (times, ids) = (columns::times(&loaded.batch), columns::ids(&loaded.batch));
        let part = Arc::new(part);
        let mut best = locked(&best);
        for (nth, &row) in rows.iter().enumerate().rev() {
            let at = loaded.at(nth, row);
            let found = Found { time: times[at], id: ids[at], part: Arc::clone(&part), row };
            if best.len() <= limit {
                best.push(Reverse(found));
            } else if best.peek().is_some_and(|worst| worst.0 < found) {
                best.pop();
                best.push(Reverse(found));
            }
        }
        Ok(())
    };
    walk(store.view(), store.options.threads, &|from, to| matcher.reaches(from, to), &done, &each)?;
    let mut found: Vec<Found> = best.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().map(|Reverse(found)| found).collect();
    found.sort_by(|a, b| b.cmp(a));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| Cursor { time: Timestamp(last.time), id: last.id });
    let places: Vec<(&Arc<Part>, u32)> = found.iter().map(|found| (&found.part, found.row)).collect();
    Ok(RecordPage { records: full_records(&places)?, next })
}

/// Rows of a part, each with its place among what was found.
type Places = Vec<(u32, usize)>;

/// Reads the found rows, part by part, and gives them in the order in which they were found.
pub(super) fn full_records(found: &[(&Arc<Part>, u32)]) -> Result<Vec<Record>> {
    let mut by_part: Vec<(&Arc<Part>, Places)> = Vec::new();
    for (place, &(of, row)) in found.iter().enumerate() {
        match by_part.iter_mut().find(|(part, _)| Arc::ptr_eq(part, of)) {
            Some((_, rows)) => rows.push((row, place)),
            None => by_part.push((of, vec![(row, place)])),
        }
    }
    let mut records: Vec<Record> = vec![Record::default(); found.len()];
    for (part, mut places) in by_part {
        places.sort_unstable();
        let rows: Vec<u32> = places.iter().map(|&(row, _)| row).collect();
        let loaded = part.load_all(&rows)?;
        for (nth, &(row, place)) in places.iter().enumerate() {
            records[place] = columns::record_at(&loaded.batch, loaded.at(nth, row));
        }
    }
    Ok(records)
}

/// One record by its id.
pub(super) fn record(store: &EmbeddedTelemetry, id: u64) -> Result<Option<Record>> {
    let found: Mutex<Option<Record>> = Mutex::new(None);
    let stop = AtomicBool::new(false);
    let each = |part: Part| {
        if let Part::Group(reader, group, _) = &part
            && !reader.may_hold(*group, "id", &(id as i64))?
        {
            return Ok(());
        }
        let all: Vec<u32> = (0..part.rows() as u32).collect();
        let loaded = part.load(&["id"], &all)?;
        if let Some(row) = columns::ids(&loaded.batch).iter().position(|&known| known == id) {
            let row = row as u32;
            let loaded = part.load_all(&[row])?;
            *locked(&found) = Some(columns::record_at(&loaded.batch, loaded.at(0, row)));
            stop.store(true, Ordering::Relaxed);
        }
        Ok(())
    };
    walk(store.view(), store.options.threads, &|_, _| true, &|_| stop.load(Ordering::Relaxed), &each)?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Number of records over time, by severity or another column.
pub(super) fn histogram(store: &EmbeddedTelemetry, query: &HistogramQuery) -> Result<Vec<HistogramBar>> {
    let step = Bucketing::new(query.step).ok_or_else(|| Error::Query("a step must be longer than nothing".to_owned()))?;
    let matcher = Matcher::new(&RecordQuery { after: None, ..query.records.clone() }, &store.declared().fields)?;
    let name = query.by.map_or("severity", Column::name);
    let bars: Mutex<BTreeMap<(Timestamp, String), u64>> = Mutex::default();
    let each = |part: Part| {
        let mut rows = matcher.rows(&part)?;
        if rows.is_empty() {
            return Ok(());
        }
        let loaded = part.load(&["time", name], &rows)?;
        if !part.is_ordered() {
            rows.sort_by_key(|&row| columns::times(&loaded.batch)[row as usize]);
        }
        let Some(words) = loaded.batch.column_by_name(name).and_then(Words::of) else { return Ok(()) };
        let times = columns::times(&loaded.batch);
        let mut counts = vec![0u64; words.values.len() + 1];
        let mut bar = TimeRange { from: Timestamp::MAX, to: Timestamp::MIN };
        for (nth, &row) in rows.iter().enumerate() {
            let at = loaded.at(nth, row);
            let time = Timestamp(times[at]);
            if !bar.contains(time) {
                flush(&bars, &words, bar.from, &mut counts)?;
                let start = step.start(time);
                bar = TimeRange { from: start, to: step.end(start) };
            }
            counts[words.code(at).map_or(0, |code| code + 1)] += 1;
        }
        flush(&bars, &words, bar.from, &mut counts)
    };
    walk(store.view(), store.options.threads, &|from, to| matcher.reaches(from, to), &|_| false, &each)?;
    let bars = bars.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(bars.into_iter().map(|((time, value), records)| HistogramBar { time, value, records }).collect())
}

fn flush(bars: &Mutex<BTreeMap<(Timestamp, String), u64>>, words: &Words<'_>, time: Timestamp, counts: &mut [u64]) -> Result<()> {
    let mut bars = locked(bars);
    for (code, count) in counts.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
        let word = code.checked_sub(1).map_or("", |code| words.values.value(code));
        *bars.entry((time, word.to_owned())).or_default() += std::mem::take(count);
    }
    if bars.len() > MOST_BARS {
        return Err(Error::Query(format!("more than {MOST_BARS} bars: choose a longer step or a shorter range")));
    }
    Ok(())
}

/// The most frequent values of a column.
pub(super) fn top_values(store: &EmbeddedTelemetry, query: &RecordQuery, column: Column, limit: usize) -> Result<Vec<TopValue>> {
    let matcher = Matcher::new(&RecordQuery { after: None, ..query.clone() }, &store.declared().fields)?;
    let totals: Mutex<hashbrown::HashMap<String, u64>> = Mutex::default();
    let each = |part: Part| {
        let rows = matcher.rows(&part)?;
        if rows.is_empty() {
            return Ok(());
        }
        let loaded = part.load(&[column.name()], &rows)?;
        let Some(words) = loaded.batch.column_by_name(column.name()).and_then(Words::of) else { return Ok(()) };
        let mut counts = vec![0u64; words.values.len() + 1];
        for (nth, &row) in rows.iter().enumerate() {
            counts[words.code(loaded.at(nth, row)).map_or(0, |code| code + 1)] += 1;
        }
        let mut totals = locked(&totals);
        for (code, count) in counts.into_iter().enumerate().filter(|&(_, count)| count > 0) {
            *totals.entry_ref(code.checked_sub(1).map_or("", |code| words.values.value(code))).or_default() += count;
        }
        Ok(())
    };
    walk(store.view(), store.options.threads, &|from, to| matcher.reaches(from, to), &|_| false, &each)?;
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut values: Vec<TopValue> = totals.into_iter().map(|(value, records)| TopValue { value, records }).collect();
    values.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.value.cmp(&b.value)));
    values.truncate(limit);
    Ok(values)
}

/// All records of a range, batch by batch, on the caller's thread.
pub(super) fn scan(store: &EmbeddedTelemetry, range: TimeRange, each: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    let view = store.view();
    let overlaps = |from: Timestamp, to: Timestamp| from < range.to && range.from <= to;
    let mut give = |batch: &arrow_array::RecordBatch| {
        let records = columns::from_arrow(batch, |time| range.contains(Timestamp(time)));
        if records.records.is_empty() { Ok(()) } else { each(&records) }
    };
    for open in view.batches.iter().filter(|open| overlaps(Timestamp(open.from), Timestamp(open.to))) {
        give(&open.batch)?;
    }
    for segment in view.segments.iter().filter(|segment| overlaps(segment.info.from, segment.info.to)) {
        let Some(reader) = segment.records()? else { continue };
        for (group, info) in reader.groups().iter().enumerate() {
            if overlaps(Timestamp(info.from), Timestamp(info.to)) {
                give(&reader.read_all(group, None)?)?;
            }
        }
    }
    Ok(())
}
