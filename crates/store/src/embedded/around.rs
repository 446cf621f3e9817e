//! The lines around one line in its file: neighbours by offset, of the same incarnation of the file.
//!
//! A record knows its file and offset, but not which file of that path it was: after a rotation offsets begin anew. Within one
//! incarnation offsets grow with time, up to lines written a little out of order; so walking away from the line in time, a row
//! that is clearly further off and yet on the wrong side of what was passed already belongs to another file, and ends the walk.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use magpie_model::query::{Around, ColumnFilter, RecordQuery, TimeRange};
use magpie_model::time::{DAY, HOUR, MINUTE};
use magpie_model::{Column, Record};

use super::answers::{full_records, walk};
use super::columns;
use super::matcher::Matcher;
use super::part::Part;
use super::store::EmbeddedTelemetry;
use crate::{Error, Result};

/// How far from the line its neighbours are looked for, nearest first.
const REACHES: [Option<i64>; 4] = [Some(MINUTE), Some(HOUR), Some(DAY), None];
/// Most rows of a file that are looked at.
const MOST_ROWS: usize = 2_000_000;
/// Lines of one file may be written so much out of order.
const DISORDER: i64 = MINUTE;

/// A row of the file.
pub(super) struct Line {
    pub(super) time: i64,
    pub(super) offset: u64,
    pub(super) id: u64,
    pub(super) part: Arc<Part>,
    pub(super) row: u32,
}

/// The lines before and after a record in its file.
pub(super) fn around(store: &EmbeddedTelemetry, here: &Record, before: usize, after: usize) -> Result<Around> {
    let Some(file) = here.text(Column::File) else { return Ok(Around { records: vec![here.clone()], here: 0 }) };
    let host = here.text(Column::Host).unwrap_or("");
    let is = |column, word: &str| ColumnFilter::Is(column, vec![word.to_owned()]);
    let filters = vec![is(Column::File, file), is(Column::Host, host)];
    let mut chosen = (Vec::new(), Vec::new());
    for reach in REACHES {
        let range = match reach {
            Some(reach) => TimeRange { from: here.time.minus(reach), to: here.time.plus(reach) },
            None => TimeRange::ALL,
        };
        let query = RecordQuery { filters: filters.clone(), ..RecordQuery::range(range) };
        let Some(lines) = lines(store, &query, here.id)? else { break };
        chosen = neighbours(lines, here, before, after);
        if chosen.0.len() == before && chosen.1.len() == after {
            break;
        }
    }
    let (earlier, later) = chosen;
    let mut records = full_records(&earlier.iter().map(|line| (&line.part, line.row)).collect::<Vec<_>>())?;
    let place = records.len();
    records.push(here.clone());
    records.extend(full_records(&later.iter().map(|line| (&line.part, line.row)).collect::<Vec<_>>())?);
    Ok(Around { records, here: place })
}

/// The rows of a file in a range, without the line itself; `None` when there are too many to look at.
fn lines(store: &EmbeddedTelemetry, query: &RecordQuery, here: u64) -> Result<Option<Vec<Line>>> {
    let matcher = Matcher::new(query, &store.declared().fields)?;
    let found: Mutex<Vec<Line>> = Mutex::default();
    let is_full = || found.lock().unwrap_or_else(PoisonError::into_inner).len() > MOST_ROWS;
    let each = |part: Part| {
        let rows = matcher.rows(&part)?;
        if rows.is_empty() {
            return Ok(());
        }
        let loaded = part.load(&["time", "id", "offset"], &rows)?;
        let offsets = loaded.batch.column_by_name("offset").and_then(|array| array.as_primitive_opt::<UInt64Type>());
        let offsets = offsets.ok_or_else(|| Error::Query("a part has no offsets".to_owned()))?;
        let (times, ids) = (columns::times(&loaded.batch), columns::ids(&loaded.batch));
        let part = Arc::new(part);
        let of_row = |(nth, &row): (usize, &u32)| {
            let at = loaded.at(nth, row);
            Line { time: times[at], offset: offsets.value(at), id: ids[at], part: Arc::clone(&part), row }
        };
        let lines = rows.iter().enumerate().map(of_row).filter(|line| line.id != here);
        found.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
        Ok(())
    };
    walk(store.view(), store.options.threads, &|from, to| matcher.reaches(from, to), &|_| is_full(), &each)?;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((found.len() <= MOST_ROWS).then_some(found))
}

/// The nearest lines before and after, each ascending by offset.
fn neighbours(mut lines: Vec<Line>, here: &Record, before: usize, after: usize) -> (Vec<Line>, Vec<Line>) {
    // Several records of one line (a body with several spans) stand in the order of their ids.
    let place = |line: &Line| (line.offset, line.id);
    let this = (here.offset, here.id);
    lines.sort_by_key(|line| (line.time, line.offset));
    let split = lines.partition_point(|line| line.time <= here.time.0);
    let back: Vec<(i64, u64)> = lines[..split].iter().rev().map(|line| (here.time.0.saturating_sub(line.time), line.offset)).collect();
    let ahead: Vec<(i64, u64)> =
        lines[split..].iter().map(|line| (line.time.saturating_sub(here.time.0), u64::MAX - line.offset)).collect();
    let kept_back = of_same_file(&back, here.offset);
    let kept_ahead = of_same_file(&ahead, u64::MAX - here.offset);
    let mut lines: Vec<Line> = lines.drain(split - kept_back..split + kept_ahead).collect();
    lines.sort_by_key(place);
    let at = lines.partition_point(|line| place(line) < this);
    let mut later = lines.split_off(at);
    later.truncate(after);
    let earlier = lines.split_off(lines.len().saturating_sub(before));
    (earlier, later)
}

/// How many of the rows, each further from the line than the one before, are of the same incarnation: offsets fall with the
/// distance, and one that is clearly further and yet not lower than what was passed is of another file.
fn of_same_file(rows: &[(i64, u64)], from: u64) -> usize {
    let (mut lowest, mut reached) = (from, 0i64);
    for (number, &(distance, offset)) in rows.iter().enumerate() {
        if offset >= lowest && distance.saturating_sub(reached) > DISORDER {
            return number;
        }
        if offset < lowest {
            (lowest, reached) = (offset, distance);
        }
    }
    rows.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_of_the_same_path_ends_the_walk() {
        let (second, minute) = (1_000_000_000, MINUTE);
        for (rows, same) in [
            (vec![], 0),
            (vec![(second, 900), (2 * second, 800)], 2),
            // Written a little out of order.
            (vec![(second, 800), (2 * second, 900), (3 * second, 700)], 3),
            // The file began at offset 0; before that, another one ended at 5,000.
            (vec![(minute, 500), (2 * minute, 0), (4 * minute, 5_000), (5 * minute, 400)], 2),
            (vec![(4 * minute, 5_000)], 0),
            // A shorter file before this one: its offsets are lower than here, but not lower than the first line.
            (vec![(minute, 500), (2 * minute, 0), (4 * minute, 300)], 2),
        ] {
            assert_eq!(of_same_file(&rows, 1_000), same, "{rows:?}");
        }
    }
}
