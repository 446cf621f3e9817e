//! From a drained bucket into the monitors, and from there into compact bytes that wait for the end or for a segment.
//!
//! The rows of one bucket fold into the finest monitor's, and those into the coarser ones', all within the processor's
//! cache; a bucket that is drained twice leaves two chunks, which are merged when they are read. Sketches are made here, of sorted notes:
//! two counting sorts are ten times as fast as inserting value by value into thousands of sketches.

use hashbrown::HashMap;
use magpie_model::dictionary::OTHER_CODE;
use magpie_model::{Partial, Side, Sketch, distinct::Distinct};

use super::bucket::{BinNote, HashNote, OpenBucket};
use super::from_agent::FromAgent;
use super::plan::{MonitorPlan, Plan};
use super::rows::Pen;
use super::selection::Selection;
use super::shape::{CLASS, COLUMNS, SIDE, Shape};
use super::tally::RowTable;

/// A row that a monitor does not take.
const NOWHERE: u32 = u32::MAX;

/// Rows of one bucket, one after the other in a monitor's bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) bucket: i64,
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many those are, each of other words or of the other side.
    pub(super) rows: usize,
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

    /// Appends rows of a bucket. Makes room by a quarter, not by doubling: these vectors are most of a report's memory.
    fn append(&mut self, bucket: i64, rows: usize, bytes: &[u8]) {
        if rows == 0 {
            return;
        }
        let start = self.bytes.len();
        if self.bytes.capacity() - start < bytes.len() {
            self.bytes.reserve_exact(bytes.len().max(start / 4));
        }
        if self.chunks.len() == self.chunks.capacity() {
            self.chunks.reserve_exact(self.chunks.len() / 4 + 16);
        }
        self.bytes.extend_from_slice(bytes);
        self.chunks.push(Chunk { bucket, start, end: self.bytes.len(), rows });
    }
}

/// Records beyond what can be kept apart, by coarse bucket, class and side: one `(other)` row each.
pub(super) type Beyond = HashMap<(i64, u32, Side), Partial>;

/// Folds drained buckets into monitors; holds only memory that is used again.
#[derive(Debug)]
pub(super) struct Roller {
    projected: Vec<Projected>,
    pen: Pen,
}

/// Rows of one projection of a bucket.
#[derive(Debug, Default)]
struct Projected {
    /// Whether these are the rows of the bucket, which then are not copied.
    whole: bool,
    table: RowTable,
    /// Per row of what it was folded out of, its row here. Kept only where notes must follow.
    places: Vec<u32>,
}

impl Roller {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { projected: plan.projections.iter().map(|_| Projected::default()).collect(), pen: Pen::default() }
    }

    /// Folds a bucket into every monitor and appends the rows to what is kept.
    pub(super) fn roll(&mut self, bucket: &mut OpenBucket, shape: &Shape, plan: &Plan, selection: &Selection, kept: &mut [Kept]) {
        bucket.bins.iter_mut().for_each(sort_by_bin);
        let noted = bucket.notes() > 0;
        for number in 0..plan.projections.len() {
            self.project(number, bucket, shape, plan, selection, noted);
        }
        for (monitor, kept) in plan.monitors.iter().zip(kept) {
            let projected = &self.projected[monitor.projection];
            let table = if projected.whole { &bucket.table } else { &projected.table };
            let notes = noted.then(|| Notes::of(bucket, plan, monitor, &self.places(monitor.projection, bucket, plan), table.len()));
            write_rows(&mut self.pen, table, shape, monitor, notes.as_ref());
            kept.append(bucket.start, table.len(), self.pen.take());
        }
        for projected in &mut self.projected {
            projected.table.clear();
            projected.places.clear();
        }
    }

    /// Appends rows that lost their combination.
    pub(super) fn roll_beyond(&mut self, beyond: &Beyond, plan: &Plan, selection: &Selection, kept: &mut [Kept]) {
        for (monitor, kept) in plan.monitors.iter().zip(kept) {
            for (&(bucket, class, side), partial) in beyond.iter().filter(|((_, class, _), _)| selection.takes(*class, monitor.condition)) {
                debug_assert_ne!(class, super::selection::UNTAKEN);
                let codes = monitor.positions.iter().map(|_| OTHER_CODE);
                write_key(&mut self.pen, side, codes, partial.records, partial.one_sided);
                self.pen.measured(|pen| pen.partial(partial, monitor.fields.iter().copied().zip(monitor.specs.iter())));
                kept.append(bucket, 1, self.pen.take());
            }
        }
    }

    /// Appends what agents have counted.
    pub(super) fn roll_from_agent(&mut self, counted: &FromAgent, plan: &Plan, selection: &Selection, kept: &mut [Kept]) {
        for (monitor, kept) in plan.monitors.iter().zip(kept) {
            for (place, partial) in counted.rows.iter().filter(|(place, _)| selection.takes(place.class, monitor.condition)) {
                let codes = monitor.positions.iter().map(|&position| place.codes[position]);
                write_key(&mut self.pen, place.side, codes, partial.records, partial.one_sided);
                self.pen.measured(|pen| pen.partial(partial, monitor.fields.iter().copied().zip(monitor.specs.iter())));
                kept.append(place.bucket, 1, self.pen.take());
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.projected.iter().map(|projected| projected.table.memory() + projected.places.capacity() * 4).sum()
    }

    fn project(&mut self, number: usize, bucket: &OpenBucket, shape: &Shape, plan: &Plan, selection: &Selection, noted: bool) {
        let projection = &plan.projections[number];
        let (before, rest) = self.projected.split_at_mut(number);
        let Projected { whole, table, places } = &mut rest[0];
        *whole = projection.positions.len() == plan.columns.len() && selection.takes_all(projection.condition);
        if *whole {
            return;
        }
        let parent = projection.parent.map(|parent| &before[parent]).filter(|parent| !parent.whole);
        let finer = parent.map_or(&bucket.table, |parent| &parent.table);
        // Rows of the bucket may be of a class that is not taken; those of a parent are all taken.
        let unasked = parent.is_some() || selection.takes_all(projection.condition);
        let mask = shape.packing.mask(projection.positions.iter().map(|position| position + COLUMNS).chain([SIDE]));
        let mut key = vec![0; mask.len()];
        for row in finer.rows(shape) {
            let full = shape.key(row);
            let taken = unasked || selection.takes(shape.packing.get(full, CLASS), projection.condition);
            let place = if taken {
                key.iter_mut().zip(full).zip(&mask).for_each(|((part, full), mask)| *part = full & mask);
                table.merge(shape, &key, row)
            } else {
                NOWHERE
            };
            if noted {
                places.push(place);
            }
        }
    }

    /// Per row of the bucket, the row of a projection it went to.
    fn places(&self, number: usize, bucket: &OpenBucket, plan: &Plan) -> Vec<u32> {
        let projected = &self.projected[number];
        if projected.whole {
            return (0..bucket.table.len() as u32).collect();
        }
        let Some(parent) = plan.projections[number].parent.filter(|&parent| !self.projected[parent].whole) else {
            return projected.places.clone();
        };
        let mut places = self.places(parent, bucket, plan);
        for place in places.iter_mut().filter(|place| **place != NOWHERE) {
            *place = projected.places[*place as usize];
        }
        places
    }
}

fn write_rows(pen: &mut Pen, table: &RowTable, shape: &Shape, monitor: &MonitorPlan, notes: Option<&Notes>) {
    for (number, row) in table.rows(shape).enumerate() {
        let key = shape.key(row);
        let side = if shape.packing.get(key, SIDE) == Side::Caller as u32 { Side::Caller } else { Side::Callee };
        let codes = monitor.positions.iter().map(|position| shape.packing.get(key, position + COLUMNS));
        let (records, one_sided) = shape.records(row);
        write_key(pen, side, codes, records, one_sided);
        pen.measured(|pen| {
            for (at, &field) in monitor.fields.iter().enumerate() {
                let sketch = notes.and_then(|notes| notes.sketch(at, number));
                let distinct = notes.and_then(|notes| notes.distinct(at, number));
                pen.field(records, &shape.values(row, field), sketch.as_deref(), distinct.as_deref());
            }
        });
    }
}

/// A row begins with side and number of records, those known from one side only, and its codes; its fields' length follows.
fn write_key(pen: &mut Pen, side: Side, codes: impl Iterator<Item = u32>, records: u64, one_sided: u64) {
    pen.number(records << 2 | u64::from(one_sided > 0) << 1 | u64::from(side == Side::Caller));
    if one_sided > 0 {
        pen.number(one_sided);
    }
    codes.for_each(|code| pen.number(code.into()));
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
