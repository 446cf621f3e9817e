//! The hot loop: a few hundred records of one bucket at a time, column by column.
//!
//! Keys of all of them, then their rows, then field after field, so that each loop is short, touches little memory, and
//! need not wait for one record's row before it looks for the next one's. The shape of rows is widened here when
//! records come that do not fit it, for all open buckets at once.

use magpie_model::dictionary::{NULL, OTHER_CODE};
use magpie_model::field::MISSING;
use magpie_model::record::{Dictionaries, mark};
use magpie_model::{Records, Side, distinct, sketch};

use super::bucket::{BinNote, HashNote, OpenBucket};
use super::plan::Plan;
use super::shape::{CLASS, COLUMNS, MIDDLE_RECORDS, Packing, SIDE, Shape};
use super::tally::{Place, hash};

/// Records worked off together: their rows stay in the processor's first cache from one field to the next.
const STRIDE: usize = 256;

/// Folds records into rows of the present shape.
#[derive(Debug)]
pub(super) struct Strides {
    pub(super) shape: Shape,
    /// Whether no record was folded since the shape was the narrowest.
    fresh: bool,
    /// Bits that the parts of a key need at least.
    bits: Vec<u32>,
    keys: Vec<u64>,
    rows: Vec<u32>,
    codes: Vec<u32>,
    /// Per field, its values where they do not stand side by side.
    values: Vec<Vec<i64>>,
    bytes: Vec<u8>,
    /// The key of a record that lost its combination.
    other: Vec<u64>,
}

impl Strides {
    pub(super) fn new(plan: &Plan) -> Self {
        let bits = vec![1; plan.columns.len() + COLUMNS];
        Self {
            shape: Shape::new(Packing::of(&bits), plan.fields.len()),
            fresh: true,
            bits,
            keys: Vec::new(),
            rows: Vec::new(),
            codes: Vec::new(),
            values: vec![Vec::new(); plan.fields.len()],
            bytes: Vec::new(),
            other: Vec::new(),
        }
    }

    /// Forgets the shape; no row may be open.
    pub(super) fn forget(&mut self, plan: &Plan) {
        self.bits.fill(1);
        self.shape = Shape::new(Packing::of(&self.bits), plan.fields.len());
        self.fresh = true;
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.keys.capacity() * 8
            + (self.rows.capacity() + self.codes.capacity()) * 4
            + self.bytes.capacity()
            + self.values.iter().map(Vec::capacity).sum::<usize>() * 8
    }

    /// Makes keys wide enough for so many classes and all words of the dictionaries.
    pub(super) fn fit_keys(&mut self, plan: &Plan, dictionaries: &Dictionaries, classes: usize, buckets: &mut [OpenBucket]) {
        let bits = |codes: usize| (usize::BITS - codes.saturating_sub(1).leading_zeros()).clamp(1, 32);
        self.bits[SIDE] = 1;
        self.bits[CLASS] = bits(classes);
        for (bits_of, column) in self.bits[COLUMNS..].iter_mut().zip(&plan.columns) {
            *bits_of = bits(dictionaries.of(*column).len());
        }
        if !self.shape.packing.fits(&self.bits) {
            self.reshape(self.shape.packed(Packing::of(&self.bits)), buckets);
        }
    }

    /// Folds records into the bucket at `place`. Records that find no room are marked; returns how many those are.
    pub(super) fn fold(
        &mut self,
        records: &mut Records,
        plan: &Plan,
        word_hashes: &[Vec<u64>],
        buckets: &mut [OpenBucket],
        place: usize,
        ceiling: usize,
    ) -> u64 {
        let assigned = std::mem::take(&mut buckets[place].assigned);
        let classes = std::mem::take(&mut buckets[place].classes);
        let mut lost = 0;
        for (assigned, classes) in assigned.chunks(STRIDE).zip(classes.chunks(STRIDE)) {
            buckets[place].records += assigned.len() as u64;
            if buckets[place].records > MIDDLE_RECORDS && self.shape.has_middle() {
                self.reshape(self.shape.for_many_records(), buckets);
            }
            self.fit_fields(records, assigned, buckets);
            self.make_keys(plan, records, assigned, classes);
            lost += self.find_rows(&mut buckets[place], records, assigned, ceiling);
            let cells = &mut buckets[place].table.cells;
            if among(&records.marks, assigned, |marks| marks & mark::ONE_SIDED != 0) {
                let marks = pick(&records.marks, assigned, &mut self.bytes).iter();
                self.shape.count_records(cells, &self.rows, marks.map(|marks| marks & mark::ONE_SIDED));
            } else {
                self.shape.count_records(cells, &self.rows, std::iter::repeat(0));
            }
            for (field, (column, picked)) in records.fields.iter().zip(&self.values).enumerate() {
                let values = side_by_side(column, assigned).unwrap_or(picked);
                self.shape.add(field, &mut buckets[place].table.cells, &self.rows, values);
            }
            note_bins(&mut buckets[place], plan, records, assigned, &self.rows);
            note_hashes(&mut buckets[place], plan, word_hashes, records, assigned, &self.rows);
            self.fresh = false;
        }
        buckets[place].assigned = assigned;
        buckets[place].classes = classes;
        lost
    }

    /// For every record folded last, its row.
    fn make_keys(&mut self, plan: &Plan, records: &Records, assigned: &[u32], classes: &[u32]) {
        let words = self.shape.packing.words();
        self.keys.clear();
        self.keys.resize(assigned.len() * words, 0);
        let mut put = |part: usize, codes: &[u32]| {
            let (word, shift) = self.shape.packing.place(part);
            if words == 1 {
                self.keys.iter_mut().zip(codes).for_each(|(key, &code)| *key |= u64::from(code) << shift);
            } else {
                let keys = self.keys.chunks_exact_mut(words).zip(codes);
                keys.for_each(|(key, &code)| key[word] |= u64::from(code) << shift);
            }
        };
        put(CLASS, classes);
        for (position, column) in plan.columns.iter().enumerate() {
            put(position + COLUMNS, pick(&records.text[column.index()], assigned, &mut self.codes));
        }
        if among(&records.side, assigned, |side| side == Side::Caller as u8) {
            let sides = pick(&records.side, assigned, &mut self.bytes);
            self.codes.clear();
            self.codes.extend(sides.iter().map(|&side| u32::from(side == Side::Caller as u8)));
            put(SIDE, &self.codes);
        }
    }

    /// Finds or makes the row of every key; records that find no place are marked. Returns how many lost their combination.
    fn find_rows(&mut self, bucket: &mut OpenBucket, records: &mut Records, assigned: &[u32], ceiling: usize) -> u64 {
        let mut lost = 0;
        self.rows.clear();
        for (key, &record) in self.keys.chunks_exact(self.shape.packing.words()).zip(assigned) {
            let marks = &mut records.marks[record as usize];
            if *marks & mark::FOLDED == 0 {
                let hash = hash(key);
                match bucket.table.find(&self.shape, key, hash) {
                    Place::Row(row) => {
                        self.rows.push(row);
                        continue;
                    }
                    Place::Vacant(at) if bucket.named < ceiling => {
                        bucket.named += 1;
                        self.rows.push(bucket.table.insert(&self.shape, key, hash, at));
                        continue;
                    }
                    Place::Vacant(_) => *marks |= mark::FOLDED,
                }
            }
            lost += 1;
            let packing = &self.shape.packing;
            self.other.clear();
            self.other.resize(key.len(), 0);
            [SIDE, CLASS].into_iter().for_each(|part| packing.set(&mut self.other, part, packing.get(key, part)));
            (COLUMNS..self.bits.len()).for_each(|part| packing.set(&mut self.other, part, OTHER_CODE));
            self.rows.push(bucket.table.find_or_insert(&self.shape, &self.other, hash(&self.other)));
        }
        lost
    }

    /// Widens the shape for values that do not fit it, before any of their records is counted.
    fn fit_fields(&mut self, records: &Records, assigned: &[u32], buckets: &mut [OpenBucket]) {
        for (field, column) in records.fields.iter().enumerate() {
            let mut picked = std::mem::take(&mut self.values[field]);
            let values = pick(column, assigned, &mut picked);
            if !self.shape.fits(field, values) {
                self.reshape(self.shape.widened(field, values, self.fresh), buckets);
            }
            self.values[field] = picked;
        }
    }

    #[cold]
    fn reshape(&mut self, shape: Shape, buckets: &mut [OpenBucket]) {
        for bucket in buckets {
            bucket.table.reshape(&self.shape, &shape);
        }
        self.shape = shape;
    }
}

/// The values of some rows of a column; `rows` ascend. Copies only where they do not stand side by side.
#[inline]
fn pick<'a, T: Copy>(column: &'a [T], rows: &[u32], scratch: &'a mut Vec<T>) -> &'a [T] {
    if let Some(values) = side_by_side(column, rows) {
        return values;
    }
    gather(column, rows, scratch);
    scratch
}

/// Copies the values of some rows, eight at a time. A loop of its own, that has the processor's registers for itself.
#[inline(never)]
fn gather<T: Copy>(column: &[T], rows: &[u32], scratch: &mut Vec<T>) {
    scratch.clear();
    let (eights, rest) = rows.as_chunks::<8>();
    for eight in eights {
        scratch.extend_from_slice(&eight.map(|row| column[row as usize]));
    }
    scratch.extend(rest.iter().map(|&row| column[row as usize]));
}

/// Whether a value from the first of the rows to the last, which ascend, is such; every one is looked at, which takes a fraction of a cycle each.
#[inline]
fn among(column: &[u8], rows: &[u32], is_such: impl Fn(u8) -> bool) -> bool {
    let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else { return false };
    column[first as usize..=last as usize].iter().fold(false, |any, &value| any | is_such(value))
}

/// The values of rows that ascend, if they stand side by side.
#[inline]
fn side_by_side<'a, T>(column: &'a [T], rows: &[u32]) -> Option<&'a [T]> {
    let (&first, &last) = (rows.first()?, rows.last()?);
    ((last - first) as usize + 1 == rows.len()).then(|| &column[first as usize..=last as usize])
}

/// Notes values for sketches.
fn note_bins(bucket: &mut OpenBucket, plan: &Plan, records: &Records, assigned: &[u32], rows: &[u32]) {
    for (notes, &field) in bucket.bins.iter_mut().zip(&plan.sketched) {
        let values = &records.fields[field];
        for (&record, &row) in assigned.iter().zip(rows) {
            let value = values[record as usize];
            if value != MISSING {
                notes.push(BinNote { row, bin: sketch::bin_of(value), count: 1 });
            }
        }
    }
}

/// Notes values and words for distinct counts.
fn note_hashes(bucket: &mut OpenBucket, plan: &Plan, word_hashes: &[Vec<u64>], records: &Records, assigned: &[u32], rows: &[u32]) {
    for ((notes, &field), words) in bucket.hashes.iter_mut().zip(&plan.distinct).zip(word_hashes) {
        for (&record, &row) in assigned.iter().zip(rows) {
            let hash = match plan.fields[field].distinct_of {
                Some(column) => match records.text[column.index()][record as usize] {
                    NULL => continue,
                    code => words.get(code as usize).copied(),
                },
                None => Some(records.fields[field][record as usize])
                    .filter(|&value| value != MISSING)
                    .map(|value| distinct::hash(&value.to_le_bytes())),
            };
            notes.extend(hash.map(|hash| HashNote { row, hash }));
        }
    }
}
