//! What was appended and is not durable yet.
//!
//! Everything in it becomes one segment. While that is written the content stays visible here; if writing fails it
//! stays for the next attempt. It is in memory only: what must survive comes back from files or the log.

use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use magpie_model::completeness::SourceCount;
use magpie_model::origin::{Covered, Stream};
use magpie_model::rollup::Recipe;
use magpie_model::{Column, Key, PartialTable, Timestamp};

use super::columns;
use super::part::OpenBatch;
use super::positions::Positions;
use crate::telemetry::{Append, LogPosition};
use crate::{Error, Result};

/// The open part of the store.
#[derive(Default)]
pub(super) struct Open {
    /// Records.
    pub batches: Vec<Arc<OpenBatch>>,
    /// Partials, a table per monitor and shape.
    pub tables: Vec<Table>,
    /// Counts by source and bucket.
    pub counts: HashMap<(String, Timestamp), SourceCount>,
    /// New positions.
    pub positions: Positions,
    /// What pushed streams cover now.
    pub covered: HashMap<Stream, Covered>,
    /// Pushed streams to forget.
    pub ended: Vec<Stream>,
    /// Pending halves of calls, if they changed.
    pub pending_spans: Option<Vec<u8>>,
    /// Log entries up to this one are contained.
    pub logged: Option<LogPosition>,
    /// Up to when every active source has been read.
    pub watermark: Option<Timestamp>,
    /// Records.
    pub rows: u64,
    /// By what all of the partials are made.
    pub recipes: Vec<Recipe>,
}

/// The partials of a monitor: one row for each bucket and key.
pub(super) struct Table {
    table: PartialTable,
    places: HashMap<(Timestamp, Key), usize>,
}

impl Table {
    /// Of the shape of another one, with dictionaries of its own: those of an operator have a ceiling.
    fn like(other: &PartialTable) -> Self {
        let table = PartialTable::new(Arc::clone(&other.monitor), other.by.clone(), Arc::clone(&other.fields));
        Self { table, places: HashMap::new() }
    }

    /// The rows.
    pub(super) fn rows(&self) -> &PartialTable {
        &self.table
    }

    /// Merges rows into those that there are.
    fn add(&mut self, other: PartialTable) {
        for row in self.table.recoded(other) {
            match self.places.entry((row.bucket, row.key)) {
                Entry::Occupied(place) => self.table.rows[*place.get()].partial.merge(&row.partial),
                Entry::Vacant(place) => {
                    place.insert(self.table.rows.len());
                    self.table.rows.push(row);
                }
            }
        }
    }
}

impl Open {
    /// Whether there is nothing to make durable.
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
            && self.tables.iter().all(|table| table.table.rows.is_empty())
            && self.counts.is_empty()
            && self.positions.is_empty()
            && self.covered.is_empty()
            && self.ended.is_empty()
            && self.pending_spans.is_none()
            && self.logged.is_none()
    }

    /// Adds what is appended; its batches were converted before, outside of any lock.
    pub(super) fn add(&mut self, append: Append, batches: Vec<Arc<OpenBatch>>, recipes: &[Recipe]) {
        if self.is_empty() {
            self.recipes = recipes.to_vec();
        } else {
            // What could not be sealed before the configuration changed has rows of other recipes in it.
            self.recipes.retain(|recipe| recipes.contains(recipe));
        }
        self.rows += batches.iter().map(|batch| batch.batch.num_rows() as u64).sum::<u64>();
        self.batches.extend(batches);
        append.partials.into_iter().filter(|table| !table.rows.is_empty()).for_each(|table| self.add_table(table));
        for count in append.counts {
            let key = (count.input.clone(), count.bucket);
            match self.counts.entry(key) {
                Entry::Occupied(mut known) => known.get_mut().merge(&count),
                Entry::Vacant(place) => _ = place.insert(count),
            }
        }
        self.positions.extend(&append.positions);
        for stream in append.ended {
            self.covered.remove(&stream);
            self.ended.push(stream);
        }
        self.covered.extend(append.covered.into_iter().map(|covered| (covered.stream.clone(), covered)));
        self.pending_spans = append.pending_spans.or(self.pending_spans.take());
        self.logged = append.logged.max(self.logged);
        self.watermark = append.watermark.or(self.watermark);
    }

    /// The memory of its messages, of those that nobody reads any more.
    pub(super) fn into_spare(self) -> impl Iterator<Item = String> {
        self.batches.into_iter().filter_map(|open| columns::into_spare(Arc::into_inner(open)?.batch))
    }

    fn add_table(&mut self, table: PartialTable) {
        let same =
            |known: &&mut Table| known.table.monitor == table.monitor && known.table.by == table.by && known.table.fields == table.fields;
        if let Some(known) = self.tables.iter_mut().find(same) {
            return known.add(table);
        }
        let mut new = Table::like(&table);
        new.add(table);
        self.tables.push(new);
    }

    /// Bytes of memory, about: what the columns of a batch share is counted for each of them.
    pub(super) fn bytes(&self) -> u64 {
        let batches: usize = self.batches.iter().map(|open| open.batch.get_array_memory_size()).sum();
        let of_row =
            |table: &PartialTable| size_of::<magpie_model::PartialRow>() + table.fields.len() * size_of::<magpie_model::FieldPartial>();
        let tables: usize = self.tables.iter().map(|table| table.table.rows.len() * of_row(&table.table)).sum();
        (batches + tables + self.pending_spans.as_ref().map_or(0, Vec::len)) as u64
    }

    /// The columns of the monitor's rollups, if there are any.
    pub(super) fn tables_of(&self, monitor: &str) -> impl Iterator<Item = &PartialTable> {
        self.tables.iter().map(|table| &table.table).filter(move |table| *table.monitor == *monitor)
    }

    /// All columns that keys use; for the schema of a file.
    pub(super) fn shapes(&self) -> Vec<(Vec<Column>, &[magpie_model::FieldSpec])> {
        self.tables.iter().map(|table| (table.table.key_columns(), &*table.table.fields)).collect()
    }
}

/// Converts the records of an append.
pub(super) fn convert(append: &mut Append) -> Result<Vec<Arc<OpenBatch>>> {
    let batches = std::mem::take(&mut append.batches).into_iter().filter(|batch| !batch.records.is_empty());
    let convert = |batch| {
        let batch = columns::to_arrow(batch).map_err(|error| Error::Query(format!("the appended records do not fit: {error}")))?;
        Ok(Arc::new(OpenBatch::new(batch)))
    };
    batches.map(convert).collect()
}
