//! One open bucket: its rows, what sketches and distinct counts will be made of, and what its sources contributed.
//!
//! A sketch per row and field would cost more than the row, so values that go into sketches are only noted here, as row
//! and bin, eight bytes each; the sketches of each monitor's rows are made of the notes when the bucket is drained.

use magpie_model::record::mark;

use super::plan::Plan;
use super::tally::RowTable;

/// Values noted for a sketch: so many in this bin of this row.
#[derive(Clone, Copy, Debug)]
pub(super) struct BinNote {
    pub(super) row: u32,
    pub(super) bin: i16,
    pub(super) count: u16,
}

/// A value noted for a distinct count.
#[derive(Clone, Copy, Debug)]
pub(super) struct HashNote {
    pub(super) row: u32,
    pub(super) hash: u64,
}

/// What one source contributed to the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SourceTally {
    /// Code of its name.
    pub(super) input: u32,
    pub(super) parsed: u64,
    pub(super) unparsed: u64,
    pub(super) late: u64,
    pub(super) dropped: u64,
    pub(super) bad_time: u64,
    pub(super) from_agent: u64,
}

impl SourceTally {
    pub(super) fn merge(&mut self, other: &Self) {
        self.parsed += other.parsed;
        self.unparsed += other.unparsed;
        self.late += other.late;
        self.dropped += other.dropped;
        self.bad_time += other.bad_time;
        self.from_agent += other.from_agent;
    }

    /// Counts one record.
    #[inline]
    pub(super) fn add(&mut self, unparsed: bool, marks: u8, late: bool) {
        self.parsed += u64::from(!unparsed);
        self.unparsed += u64::from(unparsed);
        self.late += u64::from(late);
        self.bad_time += u64::from(marks & mark::BAD_TIME != 0);
    }
}

/// A bucket that records are folded into.
#[derive(Debug)]
pub(super) struct OpenBucket {
    pub(super) start: i64,
    pub(super) table: RowTable,
    /// Rows that are not `(other)`: what the ceiling counts.
    pub(super) named: usize,
    /// Records folded into it.
    pub(super) records: u64,
    /// Per field of [`Plan::sketched`].
    pub(super) bins: Vec<Vec<BinNote>>,
    /// Per field of [`Plan::distinct`].
    pub(super) hashes: Vec<Vec<HashNote>>,
    sources: Vec<SourceTally>,
    last_source: usize,
    /// Rows of the present batch that fall into it, with their class.
    pub(super) assigned: Vec<u32>,
    pub(super) classes: Vec<u32>,
}

impl OpenBucket {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            start: 0,
            table: RowTable::default(),
            named: 0,
            records: 0,
            bins: vec![Vec::new(); plan.sketched.len()],
            hashes: vec![Vec::new(); plan.distinct.len()],
            sources: Vec::new(),
            last_source: 0,
            assigned: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// The tally of the source with this code.
    #[inline]
    pub(super) fn source(&mut self, input: u32) -> &mut SourceTally {
        if self.sources.get(self.last_source).is_none_or(|source| source.input != input) {
            self.last_source = self.sources.iter().position(|source| source.input == input).unwrap_or(self.sources.len());
            if self.last_source == self.sources.len() {
                self.sources.push(SourceTally { input, ..SourceTally::default() });
            }
        }
        &mut self.sources[self.last_source]
    }

    pub(super) fn sources(&self) -> &[SourceTally] {
        &self.sources
    }

    /// Number of notes for sketches and distinct counts.
    pub(super) fn notes(&self) -> usize {
        self.bins.iter().map(Vec::len).sum::<usize>() + self.hashes.iter().map(Vec::len).sum::<usize>()
    }

    /// Joins notes of the same row and bin, and of the same row and hash; each bucket needs it only after many records.
    pub(super) fn compact_notes(&mut self) {
        for notes in &mut self.bins {
            notes.sort_unstable_by_key(|note| (note.row, note.bin));
            notes.dedup_by(|next, kept| {
                let sum = kept.count.checked_add(next.count).filter(|_| (next.row, next.bin) == (kept.row, kept.bin));
                kept.count = sum.unwrap_or(kept.count);
                sum.is_some()
            });
        }
        for notes in &mut self.hashes {
            notes.sort_unstable_by_key(|note| (note.row, note.hash));
            notes.dedup_by_key(|note| (note.row, note.hash));
        }
    }

    /// Forgets everything and keeps some memory for the next bucket.
    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.named = 0;
        self.records = 0;
        self.bins.iter_mut().for_each(Vec::clear);
        self.hashes.iter_mut().for_each(Vec::clear);
        self.sources.clear();
        self.last_source = 0;
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let notes: usize = self.bins.iter().map(|notes| notes.capacity() * size_of::<BinNote>()).sum::<usize>()
            + self.hashes.iter().map(|notes| notes.capacity() * size_of::<HashNote>()).sum::<usize>();
        let rest = self.sources.capacity() * size_of::<SourceTally>() + (self.assigned.capacity() + self.classes.capacity()) * 4;
        self.table.memory() + notes + rest + size_of::<Self>()
    }
}
