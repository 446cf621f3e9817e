//! Rows of several batches in a new order, column by column.
//!
//! Rows mostly come in the order in which they are kept, so an order is a list of runs: rows that follow each other in a
//! batch and stay together. A run is copied at once; the worst case, runs of one row, costs as much as copying rows one
//! by one. Batches may differ in their fields and in the scale of a field.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampNanosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Int64Array, PrimitiveArray, RecordBatch as Batch, StringArray};
use arrow_buffer::{NullBuffer, NullBufferBuilder, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Schema};
use hashbrown::HashMap;

use super::columns::{FIRST_FIELD, Pairs, Words, declared, pairs, rescale, words_of};

/// A row of a batch among several.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowOf {
    /// Index of the batch.
    pub batch: u32,
    /// Row in it.
    pub row: u32,
}

/// Rows that follow each other in one batch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// Index of the batch.
    pub batch: usize,
    /// The rows.
    pub rows: Range<usize>,
}

/// An order of rows.
#[derive(Debug)]
pub(super) struct Order {
    /// Its runs.
    pub runs: Vec<Run>,
    /// Number of rows.
    pub rows: usize,
}

impl Order {
    /// Of rows one by one.
    pub(super) fn of(rows: &[RowOf]) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for &RowOf { batch, row } in rows {
            let (batch, row) = (batch as usize, row as usize);
            match runs.last_mut() {
                Some(last) if last.batch == batch && last.rows.end == row => last.rows.end += 1,
                _ => runs.push(Run { batch, rows: row..row + 1 }),
            }
        }
        Self { runs, rows: rows.len() }
    }

    /// Cut into stretches of so many rows, the last one shorter.
    pub(super) fn stretches(&self, rows: usize) -> Vec<Self> {
        let mut stretches: Vec<Self> = Vec::new();
        let mut room = 0;
        for run in &self.runs {
            let mut rest = run.rows.clone();
            while !rest.is_empty() {
                if room == 0 {
                    stretches.push(Self { runs: Vec::new(), rows: 0 });
                    room = rows;
                }
                let taken = rest.len().min(room);
                let stretch = stretches.last_mut().unwrap_or_else(|| unreachable!("one was pushed when there was no room"));
                stretch.runs.push(Run { batch: run.batch, rows: rest.start..rest.start + taken });
                stretch.rows += taken;
                rest.start += taken;
                room -= taken;
            }
        }
        stretches
    }
}

/// One column of the rows in the given order, out of batches whose fields may differ.
pub(super) fn gather(target: &Schema, at: usize, batches: &[Batch], order: &Order) -> Result<ArrayRef, ArrowError> {
    if at >= FIRST_FIELD {
        return gather_field(target, at, batches, order);
    }
    let columns: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(at)).collect();
    Ok(match target.field(at).data_type() {
        DataType::Dictionary(..) => words_of(gather_words(&columns, order).iter()),
        DataType::Utf8 => {
            let texts: Vec<&StringArray> = columns.iter().map(|column| column.as_string()).collect();
            Arc::new(gather_texts(&texts, order)?)
        }
        DataType::Map(..) => return gather_pairs(&columns, order),
        DataType::UInt8 => Arc::new(gather_numbers::<UInt8Type>(&columns, order)),
        DataType::UInt32 => Arc::new(gather_numbers::<UInt32Type>(&columns, order)),
        DataType::UInt64 => Arc::new(gather_numbers::<UInt64Type>(&columns, order)),
        _ => Arc::new(gather_numbers::<TimestampNanosecondType>(&columns, order).with_timezone("UTC")),
    })
}

fn gather_numbers<T: ArrowPrimitiveType>(columns: &[&ArrayRef], order: &Order) -> PrimitiveArray<T> {
    let columns: Vec<&PrimitiveArray<T>> = columns.iter().map(|column| column.as_primitive()).collect();
    let mut values = Vec::with_capacity(order.rows);
    order.runs.iter().for_each(|run| values.extend_from_slice(&columns[run.batch].values()[run.rows.clone()]));
    PrimitiveArray::new(values.into(), nulls(order, |batch| columns[batch].nulls()))
}

/// Which of the rows have a value.
pub(super) fn nulls<'a>(order: &Order, of: impl Fn(usize) -> Option<&'a NullBuffer>) -> Option<NullBuffer> {
    let mut valid = NullBufferBuilder::new(order.rows);
    for run in &order.runs {
        match of(run.batch) {
            None => valid.append_n_non_nulls(run.rows.len()),
            Some(nulls) if run.rows.len() == 1 => valid.append(nulls.is_valid(run.rows.start)),
            Some(nulls) if nulls.null_count() == nulls.len() => valid.append_n_nulls(run.rows.len()),
            Some(nulls) => valid.append_buffer(&nulls.slice(run.rows.start, run.rows.len())),
        }
    }
    valid.finish()
}

/// Words of rows, by numbers of those that occur.
pub(super) struct GatheredWords<'a> {
    /// The words that occur.
    pub words: Vec<&'a str>,
    /// Number of each row's word; of a row without one it says nothing.
    pub keys: Vec<u32>,
    /// Which rows have a word; `None` where all do.
    pub nulls: Option<NullBuffer>,
}

impl GatheredWords<'_> {
    /// Every row's word.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let is_valid = |row: usize| self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        self.keys.iter().enumerate().map(move |(row, &key)| is_valid(row).then(|| self.words[key as usize]))
    }
}

/// Words in the given order, with a dictionary of those that occur.
pub(super) fn gather_words<'a>(columns: &[&'a ArrayRef], order: &Order) -> GatheredWords<'a> {
    const UNKNOWN: u32 = u32::MAX;
    let columns: Vec<Option<Words<'a>>> = columns.iter().map(|column| Words::of(column)).collect();
    let nulls = nulls(order, |batch| columns[batch].as_ref().and_then(Words::nulls));
    let mut known: HashMap<&str, u32, foldhash::fast::FixedState> = HashMap::default();
    let mut found: Vec<&'a str> = Vec::new();
    let mut recode: Vec<Vec<u32>> = vec![Vec::new(); columns.len()];
    let mut keys: Vec<u32> = Vec::with_capacity(order.rows);
    for run in &order.runs {
        let Some(words) = columns[run.batch].as_ref().filter(|words| !words.is_empty()) else {
            keys.resize(keys.len() + run.rows.len(), 0);
            continue;
        };
        let recode = &mut recode[run.batch];
        if recode.is_empty() {
            recode.resize(words.values.len(), UNKNOWN);
        }
        let mut learn = |code: usize| {
            if recode[code] == UNKNOWN {
                let word = words.values.value(code);
                recode[code] = *known.entry(word).or_insert_with(|| {
                    found.push(word);
                    found.len() as u32 - 1
                });
            }
        };
        match words.nulls() {
            None if words.values.len() == 1 => {
                learn(0);
                keys.resize(keys.len() + run.rows.len(), recode[0]);
            }
            // In two passes: one that seldom does anything, and one that only copies.
            None => {
                words.codes(run.rows.clone()).for_each(learn);
                keys.extend(words.codes(run.rows.clone()).map(|code| recode[code]));
            }
            Some(_) => {
                run.rows.clone().filter_map(|row| words.code(row)).for_each(learn);
                keys.extend(run.rows.clone().map(|row| words.code(row).map_or(0, |code| recode[code])));
            }
        }
    }
    GatheredWords { words: found, keys, nulls }
}

fn gather_texts(columns: &[&StringArray], order: &Order) -> Result<StringArray, ArrowError> {
    let bounds = |run: &Run| {
        let offsets = columns[run.batch].value_offsets();
        offsets[run.rows.start] as usize..offsets[run.rows.end] as usize
    };
    let mut bytes = Vec::with_capacity(order.runs.iter().map(|run| bounds(run).len()).sum());
    let mut offsets: Vec<i32> = Vec::with_capacity(order.rows + 1);
    offsets.push(0);
    for run in &order.runs {
        let shift = bytes.len() as i32 - bounds(run).start as i32;
        bytes.extend_from_slice(&columns[run.batch].value_data()[bounds(run)]);
        offsets.extend(columns[run.batch].value_offsets()[run.rows.start + 1..=run.rows.end].iter().map(|offset| offset + shift));
    }
    StringArray::try_new(OffsetBuffer::new(offsets.into()), bytes.into(), nulls(order, |batch| columns[batch].nulls()))
}

fn gather_pairs(columns: &[&ArrayRef], order: &Order) -> Result<ArrayRef, ArrowError> {
    let columns: Vec<Pairs<'_>> = columns.iter().filter_map(|column| Pairs::of(column)).collect();
    let mut ends: Vec<i32> = Vec::with_capacity(order.rows + 1);
    ends.push(0);
    let mut entries = Order { runs: Vec::with_capacity(order.runs.len()), rows: 0 };
    for run in &order.runs {
        let bounds = &columns[run.batch].ends()[run.rows.start..=run.rows.end];
        let (first, before) = (bounds[0], entries.rows as i32);
        ends.extend(bounds[1..].iter().map(|end| end - first + before));
        let rows = first as usize..bounds[run.rows.len()] as usize;
        entries.rows += rows.len();
        entries.runs.push(Run { batch: run.batch, rows });
    }
    let gathered = |texts: Vec<&StringArray>| gather_texts(&texts, &entries);
    let (keys, values) = (columns.iter().map(Pairs::keys).collect(), columns.iter().map(Pairs::values).collect());
    pairs(gathered(keys)?, gathered(values)?, OffsetBuffer::new(ends.into()))
}

fn gather_field(target: &Schema, at: usize, batches: &[Batch], order: &Order) -> Result<ArrayRef, ArrowError> {
    let Some((_, wanted)) = declared(target).into_iter().find(|(place, _)| *place == at) else {
        return Err(ArrowError::SchemaError(format!("column {at} declares no field")));
    };
    let column = |batch: &Batch| -> ArrayRef {
        let Some((place, spec)) = declared(batch.schema_ref()).into_iter().find(|(_, spec)| spec.name == wanted.name) else {
            return Arc::new(Int64Array::new_null(batch.num_rows()));
        };
        if spec.scale == wanted.scale {
            return Arc::clone(batch.column(place));
        }
        Arc::new(rescaled(batch.column(place).as_primitive(), spec.scale, wanted.scale))
    };
    let columns: Vec<ArrayRef> = batches.iter().map(column).collect();
    Ok(Arc::new(gather_numbers::<Int64Type>(&columns.iter().collect::<Vec<_>>(), order)))
}

/// A column in another scale; what does not fit is missing.
fn rescaled(column: &Int64Array, from: u32, to: u32) -> Int64Array {
    column.iter().map(|value| i64::try_from(rescale(value?.into(), from, to)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(rows: &[(u32, u32)]) -> Order {
        Order::of(&rows.iter().map(|&(batch, row)| RowOf { batch, row }).collect::<Vec<_>>())
    }

    #[test]
    fn an_order_is_runs_and_can_be_cut_anywhere() {
        let order = order(&[(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (0, 4)]);
        let run = |batch, rows| Run { batch, rows };
        assert_eq!((order.rows, &order.runs), (6, &vec![run(0, 0..2), run(1, 0..1), run(0, 2..5)]));
        let cut: Vec<(usize, Vec<Run>)> = order.stretches(4).into_iter().map(|part| (part.rows, part.runs)).collect();
        assert_eq!(cut, [(4, vec![run(0, 0..2), run(1, 0..1), run(0, 2..3)]), (2, vec![run(0, 3..5)])]);
    }

    #[test]
    fn texts_and_words_keep_what_is_missing() {
        let texts = [StringArray::from(vec![Some("a"), None, Some("ccc")]), StringArray::from(vec![None::<&str>, None])];
        let refs: Vec<&StringArray> = texts.iter().collect();
        let order = order(&[(1, 0), (0, 1), (0, 2), (0, 0)]);
        let found = gather_texts(&refs, &order).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), [None, None, Some("ccc"), Some("a")]);
        let words = [words_of([Some("a"), None, Some("ccc")].into_iter()), words_of([None, None].into_iter())];
        let refs: Vec<&ArrayRef> = words.iter().collect();
        let found = gather_words(&refs, &order);
        assert_eq!(found.iter().collect::<Vec<_>>(), [None, None, Some("ccc"), Some("a")]);
        assert_eq!(found.words.len(), 2);
    }
}
