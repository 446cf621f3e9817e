//! Folding rollup rows for a query, and records by the base dimension.
//!
//! Rows of open and sealed segments are merged when they are read (design 3): the fold takes tables of any origin,
//! keeps the columns asked for, and adds up what is equal. The base fold does for records what the pipeline does for a
//! monitor over the base dimension: calls only, no late second halves, folded combinations as `(other)`.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt8Type};
use arrow_array::{Array, RecordBatch as Batch};
use hashbrown::HashMap;
use magpie_model::agent_partial::AgentPartial;
use magpie_model::dictionary::{NULL, OTHER_CODE};
use magpie_model::query::{RollupQuery, TimeRange};
use magpie_model::record::mark;
use magpie_model::rollup::KEY_WIDTH;
use magpie_model::{Bucketing, Column, FieldPartial, FieldSpec, Key, Kind, Partial, PartialRow, PartialTable, Side, Timestamp, distinct};

use super::columns::{self, Pairs, Words, rescale};
use super::segment::RecordsReader;
use crate::telemetry::BASE;
use crate::{Error, Result};

/// Answers a rollup query from the tables it is given.
pub(super) struct RollupFold {
    table: PartialTable,
    places: HashMap<(Timestamp, Key), usize>,
    range: TimeRange,
    step: Option<Bucketing>,
    filters: Vec<(Column, Vec<String>)>,
    rescaled: u64,
}

impl RollupFold {
    /// A fold for a query of a monitor with these columns and fields.
    pub(super) fn new(query: &RollupQuery, by: &[Column], fields: Arc<[FieldSpec]>) -> Result<Self> {
        let step = match query.step {
            Some(step) => Some(Bucketing::new(step).ok_or_else(|| Error::Query("a step must be longer than nothing".to_owned()))?),
            None => None,
        };
        let by = query.by.clone().unwrap_or_else(|| by.to_vec());
        if magpie_model::rollup::key_columns(&by).len() > KEY_WIDTH {
            return Err(Error::Query(format!("at most {KEY_WIDTH} columns can be grouped by, {} were given", by.len())));
        }
        let table = PartialTable::new(query.monitor.as_str().into(), by, kept(query, fields));
        Ok(Self { table, places: HashMap::new(), range: query.range, step, filters: query.filters.clone(), rescaled: 0 })
    }

    /// The fields of the answer.
    pub(super) fn fields(&self) -> &Arc<[FieldSpec]> {
        &self.table.fields
    }

    /// Columns that a table must have to answer the query.
    pub(super) fn needs(&self) -> impl Iterator<Item = Column> {
        self.table.by.iter().copied().chain(self.filters.iter().map(|(column, _)| *column))
    }

    /// Whether tables with these columns can answer the query.
    pub(super) fn fits(&self, by: &[Column]) -> bool {
        let has = magpie_model::rollup::key_columns(by);
        self.needs().all(|column| has.contains(&column))
    }

    /// Adds the rows of a table; one that lacks a column is left out.
    pub(super) fn add(&mut self, table: &PartialTable) {
        self.add_rows(table, table.rows.iter().map(Cow::Borrowed));
    }

    /// Adds the rows of a table that nobody else needs.
    pub(super) fn take(&mut self, mut table: PartialTable) {
        let rows = std::mem::take(&mut table.rows);
        self.add_rows(&table, rows.into_iter().map(Cow::Owned));
    }

    fn add_rows<'a>(&mut self, table: &PartialTable, rows: impl Iterator<Item = Cow<'a, PartialRow>>) {
        if !self.fits(&table.by) {
            return;
        }
        let theirs = table.key_columns();
        let place = |column: Column| theirs.iter().position(|&key| key == column).unwrap_or(0);
        let mut kept: Vec<(usize, Vec<u32>)> = self
            .table
            .key_columns()
            .into_iter()
            .map(|column| {
                let at = place(column);
                // Recoded when first met: a dictionary has the words of all rows, the range may have few.
                (at, vec![u32::MAX; table.dictionaries[at].len()])
            })
            .collect();
        let wanted: Vec<(usize, Vec<bool>)> = self.filters.iter().map(|(column, words)| wanted(table, place(*column), words)).collect();
        let fields: Vec<Option<(usize, u32)>> = self
            .table
            .fields
            .iter()
            .map(|spec| table.fields.iter().position(|field| field.name == spec.name).map(|at| (at, table.fields[at].scale)))
            .collect();
        let same_fields = self.table.fields == table.fields;
        for row in rows {
            if !self.range.contains(row.bucket) || !wanted.iter().all(|(at, wanted)| wanted[row.key.codes[*at] as usize]) {
                continue;
            }
            let mut key = Key { side: row.key.side, ..Key::default() };
            for (mine, (at, recode)) in kept.iter_mut().enumerate() {
                let code = row.key.codes[*at];
                let recoded = &mut recode[code as usize];
                if *recoded == u32::MAX {
                    *recoded = self.table.dictionaries[mine].intern(table.dictionaries[*at].get(code));
                }
                key.codes[mine] = *recoded;
            }
            let bucket = row.bucket;
            let partial = match row {
                _ if !same_fields => Cow::Owned(self.converted(&row.partial, &fields)),
                Cow::Owned(row) => Cow::Owned(row.partial),
                Cow::Borrowed(row) => Cow::Borrowed(&row.partial),
            };
            self.merge(bucket, key, partial);
        }
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> usize {
        self.table.rows.len()
    }

    /// The answer, and how many values lost their percentiles because the field's scale has changed.
    pub(super) fn finish(self) -> (PartialTable, u64) {
        (self.table, self.rescaled)
    }

    fn merge(&mut self, bucket: Timestamp, key: Key, partial: Cow<'_, Partial>) {
        let bucket = self.step.map_or(Timestamp::EPOCH, |step| step.start(bucket));
        match self.places.entry((bucket, key)) {
            hashbrown::hash_map::Entry::Occupied(place) => self.table.rows[*place.get()].partial.merge(&partial),
            hashbrown::hash_map::Entry::Vacant(place) => {
                place.insert(self.table.rows.len());
                self.table.rows.push(PartialRow { bucket, key, partial: partial.into_owned() });
            }
        }
    }

    /// A partial of other fields, as one of the answer's.
    fn converted(&mut self, partial: &Partial, fields: &[Option<(usize, u32)>]) -> Partial {
        let mut converted = Partial { records: partial.records, one_sided: partial.one_sided, fields: Vec::with_capacity(fields.len()) };
        for (spec, place) in self.table.fields.iter().zip(fields) {
            let value = match place {
                None => FieldPartial::new(spec),
                Some((at, scale)) if *scale == spec.scale => partial.fields[*at].clone(),
                Some((at, scale)) => {
                    self.rescaled += u64::from(partial.fields[*at].sketch.is_some());
                    rescaled(&partial.fields[*at], *scale, spec)
                }
            };
            converted.fields.push(value);
        }
        converted
    }
}

/// The fields that a query keeps.
fn kept(query: &RollupQuery, fields: Arc<[FieldSpec]>) -> Arc<[FieldSpec]> {
    if query.fields.is_none() { fields } else { fields.iter().filter(|spec| query.keeps(&spec.name)).cloned().collect() }
}

fn wanted(table: &PartialTable, at: usize, words: &[String]) -> (usize, Vec<bool>) {
    let dictionary = &table.dictionaries[at];
    let mut wanted = vec![false; dictionary.len()];
    words.iter().filter_map(|word| dictionary.find(word)).for_each(|code| wanted[code as usize] = true);
    (at, wanted)
}

fn rescaled(partial: &FieldPartial, from: u32, spec: &FieldSpec) -> FieldPartial {
    let value = |value: i64| {
        rescale(value.into(), from, spec.scale)
            .map_or(value.signum() * i64::MAX, |value| value.clamp(-i128::from(i64::MAX), i64::MAX.into()) as i64)
    };
    let mut converted = FieldPartial::new(spec);
    (converted.count, converted.set) = (partial.count, partial.set);
    converted.sum = rescale(partial.sum, from, spec.scale).unwrap_or(partial.sum.signum() * i128::MAX / 2);
    if partial.count > 0 {
        (converted.min, converted.max) = (value(partial.min), value(partial.max));
    }
    converted
}

/// Folds records by the base dimension.
pub(super) struct BaseFold {
    table: PartialTable,
    places: HashMap<(Timestamp, Key), usize>,
    bucket: Bucketing,
    /// Records folded since the rows were last taken.
    pub folded: u64,
}

impl BaseFold {
    /// A fold by these columns.
    pub(super) fn new(base: &[Column], fields: Arc<[FieldSpec]>, bucket: Bucketing) -> Self {
        Self { table: PartialTable::new(BASE.into(), base.to_vec(), fields), places: HashMap::new(), bucket, folded: 0 }
    }

    /// Reads what it needs of a row group; of attributes only where a record stands for many, since they are long.
    pub(super) fn read(&self, reader: &RecordsReader, group: usize, rows: Option<&[u32]>) -> Result<Batch> {
        let mut places: Vec<usize> = self.columns().iter().filter_map(|name| reader.place(name)).collect();
        places.extend(reader.fields().iter().map(|(at, _)| *at));
        let batch = reader.read(group, &places, rows)?;
        if marks_of(&batch).is_none_or(|marks| marks.values().iter().all(|marks| marks & mark::FROM_AGENT == 0)) {
            return Ok(batch);
        }
        places.extend(reader.place("attributes"));
        reader.read(group, &places, rows)
    }

    /// The columns it reads.
    fn columns(&self) -> Vec<&'static str> {
        let mut names = vec!["time", "kind", "side", "marks"];
        names.extend(self.table.key_columns().iter().map(|column| column.name()));
        names.extend(self.table.fields.iter().filter_map(|spec| spec.distinct_of).map(Column::name));
        names
    }

    /// Rows folded so far.
    pub(super) fn rows(&self) -> usize {
        self.table.rows.len()
    }

    /// Takes the rows folded so far.
    pub(super) fn take(&mut self) -> PartialTable {
        self.places.clear();
        self.folded = 0;
        let empty = PartialTable::new(Arc::clone(&self.table.monitor), self.table.by.clone(), Arc::clone(&self.table.fields));
        std::mem::replace(&mut self.table, empty)
    }

    /// Folds the records of a batch whose time `keep` wants. Columns that the batch lacks count as empty.
    pub(super) fn add(&mut self, batch: &Batch, keep: impl Fn(i64) -> bool) {
        self.add_rows(batch, |_, time| keep(time));
    }

    /// The same for the rows that `keep` wants by their number and time.
    pub(super) fn add_rows(&mut self, batch: &Batch, keep: impl Fn(usize, i64) -> bool) {
        let words = |name: &str| batch.column_by_name(name).and_then(Words::of);
        let (kinds, sides) = (words("kind"), words("side"));
        let marks = marks_of(batch);
        let pairs = batch.column_by_name("attributes").and_then(Pairs::of);
        let keys: Vec<Option<(Words<'_>, Vec<u32>)>> = self
            .table
            .key_columns()
            .iter()
            .zip(&mut self.table.dictionaries)
            .map(|(column, dictionary)| {
                let words = words(column.name())?;
                let codes = words.values.iter().map(|word| dictionary.intern(word.unwrap_or(""))).collect();
                Some((words, codes))
            })
            .collect();
        let key_count = keys.len();
        let fields = FieldValues::of(batch, &self.table.fields);
        for (row, &time) in columns::times(batch).iter().enumerate() {
            let is_call = kinds.as_ref().is_some_and(|kinds| kinds.get(row) == Some(Kind::Call.name()));
            let marks = marks.map_or(0, |marks| marks.value(row));
            if !is_call || marks & mark::UNCOUNTED != 0 || !keep(row, time) {
                continue;
            }
            let side = if sides.as_ref().is_some_and(|sides| sides.get(row) == Some("caller")) { Side::Caller } else { Side::Callee };
            let mut key = Key { side, ..Key::default() };
            if marks & mark::FOLDED != 0 {
                key.codes[..key_count].fill(OTHER_CODE);
            } else {
                for (code, column) in key.codes.iter_mut().zip(&keys) {
                    *code = column.as_ref().and_then(|(words, codes)| Some(codes[words.code(row)?])).unwrap_or(NULL);
                }
            }
            self.folded += 1;
            let counted = if marks & mark::FROM_AGENT != 0 {
                // One that cannot be read stands for nothing; `magpie doctor` names it.
                let Some(counted) = pairs.as_ref().and_then(|pairs| agent_partial(pairs, row)) else { continue };
                Some(counted.to_partial(&self.table.fields))
            } else {
                None
            };
            let partial = self.partial(self.bucket.start(Timestamp(time)), key);
            if let Some(counted) = counted {
                partial.merge(&counted);
                fields.iter().zip(&mut partial.fields).for_each(|(values, partial)| values.add_word(row, partial));
                continue;
            }
            partial.records += 1;
            partial.one_sided += u64::from(marks & mark::ONE_SIDED != 0);
            fields.iter().zip(&mut partial.fields).for_each(|(values, partial)| values.add(row, partial));
        }
    }

    fn partial(&mut self, bucket: Timestamp, key: Key) -> &mut Partial {
        let rows = &mut self.table.rows;
        let fields = &self.table.fields;
        let place = *self.places.entry((bucket, key)).or_insert_with(|| {
            rows.push(PartialRow { bucket, key, partial: Partial::new(fields) });
            rows.len() - 1
        });
        &mut rows[place].partial
    }
}

fn marks_of(batch: &Batch) -> Option<&arrow_array::UInt8Array> {
    batch.column_by_name("marks").and_then(|array| array.as_primitive_opt::<UInt8Type>())
}

/// What the record in a row stands for.
fn agent_partial(pairs: &Pairs<'_>, row: usize) -> Option<AgentPartial> {
    AgentPartial::among(pairs.row(row).filter_map(|(key, text)| Some((key, text?))))
}

/// Values of a field, and the words it counts.
struct FieldValues<'a> {
    values: Option<(&'a arrow_array::Int64Array, u32)>,
    scale: u32,
    words: Option<Words<'a>>,
}

impl<'a> FieldValues<'a> {
    fn of(batch: &'a Batch, fields: &[FieldSpec]) -> Vec<Self> {
        let declared = columns::declared(batch.schema_ref());
        fields
            .iter()
            .map(|spec| {
                let stored = declared.iter().find(|(_, stored)| stored.name == spec.name);
                Self {
                    values: stored.and_then(|(at, stored)| Some((batch.column(*at).as_primitive_opt::<Int64Type>()?, stored.scale))),
                    scale: spec.scale,
                    words: spec.distinct_of.and_then(|column| Words::of(batch.column_by_name(column.name())?)),
                }
            })
            .collect()
    }

    fn add(&self, row: usize, partial: &mut FieldPartial) {
        if let Some((values, scale)) = self.values.filter(|(values, _)| values.is_valid(row)) {
            let value = values.value(row);
            let value = if scale == self.scale {
                Some(value)
            } else {
                rescale(value.into(), scale, self.scale).and_then(|v| i64::try_from(v).ok())
            };
            value.into_iter().for_each(|value| partial.add(value));
        }
        self.add_word(row, partial);
    }

    fn add_word(&self, row: usize, partial: &mut FieldPartial) {
        if let (Some(counted), Some(word)) = (&mut partial.distinct, self.words.as_ref().and_then(|words| words.get(row))) {
            counted.add_hash(distinct::hash(word.as_bytes()));
        }
    }
}
