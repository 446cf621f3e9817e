//! From a drained bucket into the monitors, and from there into compact bytes that wait for the end or for a segment.
//!
//! The base rows of one bucket fold into each monitor's rows while both still fit the processor's cache; a bucket that is
//! drained twice leaves two chunks, which are merged when they are read. Sketches are made here, of sorted notes:
//! two counting sorts are ten times as fast as inserting value by value into thousands of sketches.

use hashbrown::HashMap;
use magpie_model::dictionary::OTHER_CODE;
use magpie_model::{Partial, Side, Sketch, distinct::Distinct};

use super::bucket::{BinNote, HashNote, OpenBucket};
use super::plan::{MonitorPlan, Plan, class_and_side, part, set_part};
use super::rows::{Values, write, write_field, write_partial};
use super::selection::Selection;
use super::tally::{RowTable, hash};

/// A row that a monitor does not take.
const NOWHERE: u32 = u32::MAX;

/// Rows of one bucket, one after the other in a monitor's bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) bucket: i64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Rows of one monitor.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) chunks: Vec<Chunk>,
}

impl Kept {
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.chunks.capacity() * size_of::<Chunk>()
    }

    /// Makes room by a quarter, not by doubling: these vectors are most of a report's memory.
    fn grow_gently(&mut self) {
        let spare = self.bytes.capacity() - self.bytes.len();
        if spare < self.bytes.len() / 16 {
            self.bytes.reserve_exact(self.bytes.len() / 4);
        }
        if self.chunks.len() == self.chunks.capacity() {
            self.chunks.reserve_exact(self.chunks.len() / 4 + 16);
        }
    }

    fn end_chunk(&mut self, bucket: i64, start: usize) {
        if self.bytes.len() > start {
            self.chunks.push(Chunk { bucket, start, end: self.bytes.len() });
        }
    }
}

/// Records beyond what can be kept apart, by coarse bucket, class and side: one `(other)` row each.
pub(super) type Beyond = HashMap<(i64, u32, Side), Partial>;

/// Folds drained buckets into monitors; holds only memory that is used again.
#[derive(Debug)]
pub(super) struct Roller {
    tables: Vec<RowTable>,
    places: Vec<u32>,
    key: Vec<u64>,
    row: Vec<u8>,
}

impl Roller {
    pub(super) fn new(plan: &Plan) -> Self {
        let tables = plan.monitors.iter().map(|monitor| RowTable::new(monitor.positions.len() / 2 + 1, monitor.fields.len())).collect();
        Self { tables, places: Vec::new(), key: Vec::new(), row: Vec::new() }
    }

    /// Folds a bucket into every monitor and appends the rows to what is kept.
    pub(super) fn roll(&mut self, bucket: &mut OpenBucket, plan: &Plan, selection: &Selection, kept: &mut [Kept]) {
        bucket.bins.iter_mut().for_each(sort_by_bin);
        for (number, monitor) in plan.monitors.iter().enumerate() {
            self.project(bucket, monitor, number, selection);
            let notes = Notes::of(bucket, plan, monitor, &self.places, self.tables[number].len());
            kept[number].grow_gently();
            let start = kept[number].bytes.len();
            self.write_rows(&mut kept[number].bytes, monitor, number, &notes);
            kept[number].end_chunk(bucket.start, start);
            self.tables[number].clear();
        }
    }

    /// Appends rows that lost their combination.
    pub(super) fn roll_beyond(&mut self, beyond: &Beyond, plan: &Plan, selection: &Selection, kept: &mut [Kept]) {
        for (monitor, kept) in plan.monitors.iter().zip(kept) {
            for (&(bucket, class, side), partial) in beyond.iter().filter(|((_, class, _), _)| selection.takes(*class, monitor.condition)) {
                debug_assert_ne!(class, super::selection::UNTAKEN);
                let start = kept.bytes.len();
                write_key(&mut kept.bytes, side, monitor.positions.iter().map(|_| OTHER_CODE), partial.records, partial.one_sided);
                self.row.clear();
                write_partial(&mut self.row, partial, monitor.fields.iter().copied().zip(monitor.specs.iter()));
                write(&mut kept.bytes, self.row.len() as u128);
                kept.bytes.extend_from_slice(&self.row);
                kept.end_chunk(bucket, start);
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.tables.iter().map(RowTable::memory).sum::<usize>() + self.places.capacity() * 4
    }

    fn project(&mut self, bucket: &OpenBucket, monitor: &MonitorPlan, number: usize, selection: &Selection) {
        let (table, rows) = (&mut self.tables[number], bucket.table.len() as u32);
        self.places.clear();
        for row in 0..rows {
            let key = bucket.table.key(row);
            let (class, side) = class_and_side(part(key, 0));
            if !selection.takes(class, monitor.condition) {
                self.places.push(NOWHERE);
                continue;
            }
            self.key.clear();
            self.key.resize(monitor.positions.len() / 2 + 1, 0);
            set_part(&mut self.key, 0, side as u32);
            for (at, &position) in monitor.positions.iter().enumerate() {
                set_part(&mut self.key, at + 1, part(key, position + 1));
            }
            let place = table.find_or_insert(&self.key, hash(&self.key));
            let records = bucket.table.records[row as usize];
            let mine = &mut table.records[place as usize];
            mine.records += records.records;
            mine.one_sided += records.one_sided;
            self.places.push(place);
        }
        for (mine, &field) in table.fields.iter_mut().zip(&monitor.fields) {
            for (&place, tally) in self.places.iter().zip(&bucket.table.fields[field]) {
                if place != NOWHERE {
                    mine[place as usize].merge(tally);
                }
            }
        }
    }

    fn write_rows(&mut self, out: &mut Vec<u8>, monitor: &MonitorPlan, number: usize, notes: &Notes) {
        let table = &self.tables[number];
        for row in 0..table.len() {
            let key = table.key(row as u32);
            let side = if part(key, 0) == Side::Caller as u32 { Side::Caller } else { Side::Callee };
            let codes = (0..monitor.positions.len()).map(|at| part(key, at + 1));
            let records = table.records[row];
            write_key(out, side, codes, u64::from(records.records), u64::from(records.one_sided));
            self.row.clear();
            for (at, field) in table.fields.iter().enumerate() {
                let tally = &field[row];
                let values = Values { count: tally.count.into(), set: tally.set.into(), sum: tally.sum(), min: tally.min, max: tally.max };
                let (sketch, distinct) = (notes.sketch(at, row), notes.distinct(at, row));
                write_field(&mut self.row, records.records.into(), &values, sketch.as_deref(), distinct.as_deref());
            }
            write(out, self.row.len() as u128);
            out.extend_from_slice(&self.row);
        }
    }
}

/// A row begins with side and number of records, those known from one side only, and its codes; its fields' length follows.
fn write_key(out: &mut Vec<u8>, side: Side, codes: impl Iterator<Item = u32>, records: u64, one_sided: u64) {
    let head = u128::from(records) << 2 | u128::from(one_sided > 0) << 1 | u128::from(side == Side::Caller);
    write(out, head);
    if one_sided > 0 {
        write(out, u128::from(one_sided));
    }
    codes.for_each(|code| write(out, u128::from(code)));
}

/// Counted bins, row by row and ascending in each; and where each row's begin.
type BinsByRow = (Vec<(i16, u16)>, Vec<u32>);

/// A bucket's notes brought to the rows of one monitor.
struct Notes {
    /// Per field of the monitor: counted bins in ascending order, row by row, and where each row's begin.
    bins: Vec<Option<BinsByRow>>,
    /// Per field of the monitor: row and hash in ascending order, each pair once.
    hashes: Vec<Option<Vec<HashNote>>>,
}

impl Notes {
    fn of(bucket: &OpenBucket, plan: &Plan, monitor: &MonitorPlan, places: &[u32], rows: usize) -> Self {
        let fields = || monitor.fields.iter().zip(monitor.specs.iter());
        let bins = fields()
            .map(|(field, spec)| {
                let at = plan.sketched.iter().position(|sketched| sketched == field).filter(|_| spec.wants_sketch())?;
                Some(bins_by_row(&bucket.bins[at], places, rows))
            })
            .collect();
        let hashes = fields()
            .map(|(field, spec)| {
                let at = plan.distinct.iter().position(|distinct| distinct == field).filter(|_| spec.wants_distinct())?;
                Some(hashes_by_row(&bucket.hashes[at], places))
            })
            .collect();
        Self { bins, hashes }
    }

    fn sketch(&self, field: usize, row: usize) -> Option<Vec<u8>> {
        let (bins, starts) = self.bins[field].as_ref()?;
        let bins = &bins[starts[row] as usize..starts[row + 1] as usize];
        let runs =
            bins.chunk_by(|left, right| left.0 == right.0).map(|run| (run[0].0, run.iter().map(|&(_, count)| u32::from(count)).sum()));
        (!bins.is_empty()).then(|| Sketch::from_runs(runs).to_bytes())
    }

    fn distinct(&self, field: usize, row: usize) -> Option<Vec<u8>> {
        let hashes = self.hashes[field].as_ref()?;
        let start = hashes.partition_point(|note| (note.row as usize) < row);
        let mut distinct = Distinct::default();
        hashes[start..].iter().take_while(|note| note.row as usize == row).for_each(|note| distinct.add_hash(note.hash));
        (distinct != Distinct::default()).then(|| distinct.to_bytes())
    }
}

/// Sorts notes by bin, by counting: bins are 16 bits.
fn sort_by_bin(notes: &mut Vec<BinNote>) {
    if notes.len() < 256 {
        notes.sort_unstable_by_key(|note| note.bin);
        return;
    }
    let place = |bin: i16| (i32::from(bin) - i32::from(i16::MIN)) as usize;
    let mut starts = vec![0u32; 1 << 16 | 1];
    notes.iter().for_each(|note| starts[place(note.bin) + 1] += 1);
    accumulate(&mut starts);
    let mut sorted = vec![BinNote { row: 0, bin: 0, count: 0 }; notes.len()];
    for &note in notes.iter() {
        let at = &mut starts[place(note.bin)];
        sorted[*at as usize] = note;
        *at += 1;
    }
    *notes = sorted;
}

/// Bins of notes that are sorted by bin, grouped by the row that each note's row went to; the order of bins stays.
fn bins_by_row(notes: &[BinNote], places: &[u32], rows: usize) -> BinsByRow {
    let mut starts = vec![0u32; rows + 2];
    let placed = || notes.iter().map(|note| (places[note.row as usize], (note.bin, note.count))).filter(|&(place, _)| place != NOWHERE);
    placed().for_each(|(place, _)| starts[place as usize + 2] += 1);
    accumulate(&mut starts);
    let mut bins = vec![(0, 0); starts.last().map_or(0, |&end| end as usize)];
    for (place, bin) in placed() {
        let at = &mut starts[place as usize + 1];
        bins[*at as usize] = bin;
        *at += 1;
    }
    (bins, starts)
}

fn hashes_by_row(notes: &[HashNote], places: &[u32]) -> Vec<HashNote> {
    let mut hashes: Vec<HashNote> =
        notes.iter().map(|note| HashNote { row: places[note.row as usize], hash: note.hash }).filter(|note| note.row != NOWHERE).collect();
    hashes.sort_unstable_by_key(|note| (note.row, note.hash));
    hashes.dedup_by_key(|note| (note.row, note.hash));
    hashes
}

fn accumulate(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}
