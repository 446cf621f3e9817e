//! A hash table from a combination of codes to what its records add up to: the hot loop of aggregation.
//!
//! Keys are a word or a few and rows never leave, so open addressing over row numbers suffices; a row's key, count and
//! fields lie side by side, because one that is not in the processor's cache should be waited for once. How a row lies
//! in its words is `shape`'s business, and every call must come with the shape that the rows have.

use super::shape::Shape;

/// Where a key stands, or where it would.
pub(super) enum Place {
    Row(u32),
    Vacant(usize),
}

/// Rows by key.
#[derive(Debug)]
pub(super) struct RowTable {
    /// Upper half of the key's hash, and row + 1 below; 0 for empty. A power of two of them.
    slots: Vec<u64>,
    /// Rows, one after the other.
    pub(super) cells: Vec<u64>,
    rows: usize,
}

const FIRST_SLOTS: usize = 16;

impl Default for RowTable {
    fn default() -> Self {
        Self { slots: vec![0; FIRST_SLOTS], cells: Vec::new(), rows: 0 }
    }
}

impl RowTable {
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// All rows in the order in which they came.
    pub(super) fn rows(&self, shape: &Shape) -> impl Iterator<Item = &[u64]> {
        self.cells.chunks_exact(shape.stride())
    }

    /// Forgets all rows and keeps the memory, but no more than twice what the rows needed.
    pub(super) fn clear(&mut self) {
        let enough = (self.rows * 4).next_power_of_two().max(FIRST_SLOTS);
        self.slots.truncate(enough);
        self.slots.fill(0);
        let cells = self.cells.len() * 2;
        self.cells.clear();
        self.cells.shrink_to(cells);
        self.rows = 0;
    }

    #[inline]
    pub(super) fn find(&self, shape: &Shape, key: &[u64], hash: u64) -> Place {
        let mask = self.slots.len() - 1;
        let tag = hash >> 32;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Place::Vacant(at);
            }
            if slot >> 32 == tag {
                let row = slot as u32 - 1;
                if equal(&self.cells[row as usize * shape.stride()..], key) {
                    return Place::Row(row);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a row without records at the vacant place that [`Self::find`] gave for this key and hash.
    pub(super) fn insert(&mut self, shape: &Shape, key: &[u64], hash: u64, at: usize) -> u32 {
        let row = self.rows as u32;
        self.slots[at] = slot(hash, row);
        self.cells.extend_from_slice(key);
        self.cells.extend_from_slice(shape.blank());
        self.rows += 1;
        if self.rows * 2 > self.slots.len() {
            self.grow(shape);
        }
        row
    }

    pub(super) fn find_or_insert(&mut self, shape: &Shape, key: &[u64], hash: u64) -> u32 {
        match self.find(shape, key, hash) {
            Place::Row(row) => row,
            Place::Vacant(at) => self.insert(shape, key, hash, at),
        }
    }

    /// Adds a row of another table of the same shape to the row with this key, which it returns.
    #[inline]
    pub(super) fn merge(&mut self, shape: &Shape, key: &[u64], row: &[u64]) -> u32 {
        let place = self.find_or_insert(shape, key, hash(key));
        let stride = shape.stride();
        shape.merge(&mut self.cells[place as usize * stride..][..stride], row);
        place
    }

    /// Writes all rows anew for another shape.
    pub(super) fn reshape(&mut self, before: &Shape, after: &Shape) {
        let words = after.packing.words();
        let mut cells = Vec::with_capacity(self.rows * after.stride());
        for row in self.cells.chunks_exact(before.stride()) {
            let start = cells.len();
            cells.resize(start + words, 0);
            cells.extend_from_slice(after.blank());
            after.take_over(&mut cells[start..], before, row);
        }
        self.cells = cells;
        if before.packing != after.packing {
            self.place_all(after);
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        (self.slots.capacity() + self.cells.capacity()) * 8
    }

    fn grow(&mut self, shape: &Shape) {
        let slots = self.slots.len() * 2;
        self.slots.resize(slots, 0);
        self.place_all(shape);
    }

    fn place_all(&mut self, shape: &Shape) {
        self.slots.fill(0);
        let mask = self.slots.len() - 1;
        for (row, cells) in self.cells.chunks_exact(shape.stride()).enumerate() {
            let hash = hash(shape.key(cells));
            let mut at = hash as usize & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot(hash, row as u32);
        }
    }
}

fn slot(hash: u64, row: u32) -> u64 {
    (hash >> 32 << 32) | (u64::from(row) + 1)
}

/// Whether a row begins with this key.
#[inline]
fn equal(row: &[u64], key: &[u64]) -> bool {
    if let ([first, ..], [key]) = (row, key) {
        return first == key;
    }
    // A loop, not `==`: keys are a few words at most, for which calling memcmp costs more than comparing.
    row.iter().zip(key).fold(0, |difference, (left, right)| difference | (left ^ right)) == 0
}

/// Hash of a key: folded multiplication, as wyhash and foldhash do it; never stored.
#[inline]
pub(super) fn hash(key: &[u64]) -> u64 {
    let mut hash = 0x243f_6a88_85a3_08d3;
    for &word in key {
        let product = u128::from(hash ^ word) * 0x9e37_79b9_7f4a_7c15_u128;
        hash = (product as u64) ^ ((product >> 64) as u64);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::shape::Packing;

    #[test]
    fn rows_survive_growth_reshaping_and_clearing() {
        let narrow = Shape::new(Packing::of(&[1, 1, 16]), 1);
        let wide = narrow.packed(Packing::of(&[1, 32, 32])).widened(0, &[7], true);
        let key = |shape: &Shape, n: u32| {
            let mut key = vec![0; shape.packing.words()];
            shape.packing.set(&mut key, 2, n);
            key
        };
        let mut table = RowTable::default();
        for _ in 0..3 {
            for n in 0..5_000 {
                let key = key(&narrow, n);
                table.find_or_insert(&narrow, &key, hash(&key));
            }
            assert_eq!(table.len(), 5_000);
            let key = key(&narrow, 4_321);
            assert!(matches!(table.find(&narrow, &key, hash(&key)), Place::Row(4_321)));
            table.clear();
        }
        for n in 0..5_000 {
            let key = key(&wide, n);
            let row = table.find_or_insert(&wide, &key, hash(&key));
            wide.count_records(&mut table.cells, &[row], [1].into_iter());
            wide.add(0, &mut table.cells, &[row], &[i64::from(n) + 2]);
        }
        let wider = wide.packed(Packing::of(&[1, 5, 32])).widened(0, &[i64::MAX], false);
        assert_eq!((narrow.packing.words(), wide.packing.words(), wider.packing.words()), (1, 2, 1));
        table.reshape(&wide, &wider);
        for n in 0..5_000 {
            let key = key(&wider, n);
            let Place::Row(row) = table.find(&wider, &key, hash(&key)) else { panic!("{n} is gone") };
            let row = table.rows(&wider).nth(row as usize).unwrap();
            assert_eq!((wider.records(row), wider.values(row, 0).sum), ((1, 1), i128::from(n) + 2));
        }
    }
}
