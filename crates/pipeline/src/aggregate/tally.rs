//! A hash table from a combination of codes to what its records add up to: the hot loop of aggregation.
//!
//! Keys are short runs of integers and rows never leave, so open addressing over row numbers suffices; the values stand
//! apart from the keys, one column of tallies per field, because a batch is folded field by field and then each column's
//! busy rows stay in the processor's cache. What a key's integers mean is `grain`'s business.

/// The values of one field in one row. Sums are exact: 128 bits, kept as two halves so that five words suffice.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldTally {
    low: u64,
    high: i64,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) count: u32,
    pub(super) set: u32,
}

impl FieldTally {
    pub(super) const EMPTY: Self = Self { low: 0, high: 0, min: i64::MAX, max: i64::MIN, count: 0, set: 0 };

    /// Adds one value that is not missing.
    #[inline]
    pub(super) fn add(&mut self, value: i64) {
        let (low, carry) = self.low.overflowing_add(value as u64);
        self.low = low;
        // Cannot leave 128 bits: a bucket is drained long before 2^63 values.
        self.high = self.high.wrapping_add((value >> 63) + i64::from(carry));
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.count += 1;
        self.set += u32::from(value != 0);
    }

    /// Adds all that another tally holds.
    pub(super) fn merge(&mut self, other: &Self) {
        let sum = self.sum() + other.sum();
        (self.low, self.high) = (sum as u64, (sum >> 64) as i64);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.set += other.set;
    }

    pub(super) fn sum(&self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }
}

/// How many records a row stands for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RecordTally {
    pub(super) records: u32,
    pub(super) one_sided: u32,
}

/// Where a key stands, or where it would.
pub(super) enum Place {
    Row(u32),
    Vacant(usize),
}

/// Rows by key.
#[derive(Debug)]
pub(super) struct RowTable {
    /// 64-bit words of a key.
    width: usize,
    /// Upper half of the key's hash, and row + 1 below; 0 for empty. A power of two of them.
    slots: Vec<u64>,
    keys: Vec<u64>,
    pub(super) records: Vec<RecordTally>,
    pub(super) fields: Vec<Vec<FieldTally>>,
}

const FIRST_SLOTS: usize = 16;

impl RowTable {
    pub(super) fn new(width: usize, fields: usize) -> Self {
        Self { width, slots: vec![0; FIRST_SLOTS], keys: Vec::new(), records: Vec::new(), fields: vec![Vec::new(); fields] }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn key(&self, row: u32) -> &[u64] {
        &self.keys[row as usize * self.width..][..self.width]
    }

    /// Forgets all rows and keeps the memory, but no more than twice what the rows needed.
    pub(super) fn clear(&mut self) {
        let enough = (self.len() * 4).next_power_of_two().max(FIRST_SLOTS);
        self.slots.truncate(enough);
        self.slots.fill(0);
        let rows = self.len() * 2;
        self.keys.clear();
        self.keys.shrink_to(rows * self.width);
        self.records.clear();
        self.records.shrink_to(rows);
        for field in &mut self.fields {
            field.clear();
            field.shrink_to(rows);
        }
    }

    #[inline]
    pub(super) fn find(&self, key: &[u64], hash: u64) -> Place {
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
                if equal(self.key(row), key) {
                    return Place::Row(row);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a row at the vacant place that [`Self::find`] gave for this key and hash.
    pub(super) fn insert(&mut self, key: &[u64], hash: u64, at: usize) -> u32 {
        let row = self.len() as u32;
        self.slots[at] = slot(hash, row);
        self.keys.extend_from_slice(key);
        self.records.push(RecordTally::default());
        for field in &mut self.fields {
            field.push(FieldTally::EMPTY);
        }
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        row
    }

    pub(super) fn find_or_insert(&mut self, key: &[u64], hash: u64) -> u32 {
        match self.find(key, hash) {
            Place::Row(row) => row,
            Place::Vacant(at) => self.insert(key, hash, at),
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let fields: usize = self.fields.iter().map(|field| field.capacity() * size_of::<FieldTally>()).sum();
        (self.slots.capacity() + self.keys.capacity() + self.records.capacity()) * 8 + fields
    }

    fn grow(&mut self) {
        let slots = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(slots, 0);
        for row in 0..self.len() as u32 {
            let hash = hash(self.key(row));
            let mut at = hash as usize & (slots - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (slots - 1);
            }
            self.slots[at] = slot(hash, row);
        }
    }
}

fn slot(hash: u64, row: u32) -> u64 {
    (hash >> 32 << 32) | (u64::from(row) + 1)
}

#[inline]
fn equal(left: &[u64], right: &[u64]) -> bool {
    // A loop, not `==`: keys are two to four words, for which calling memcmp costs more than comparing.
    left.iter().zip(right).fold(0, |difference, (left, right)| difference | (left ^ right)) == 0
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

    #[test]
    fn rows_survive_growth_and_clearing() {
        let mut table = RowTable::new(2, 1);
        for round in 0..3 {
            for n in 0..5_000u64 {
                let key = [n, round];
                let row = table.find_or_insert(&key, hash(&key));
                table.fields[0][row as usize].add(n as i64);
            }
            assert_eq!(table.len(), 5_000);
            let key = [4_321, round];
            assert!(matches!(table.find(&key, hash(&key)), Place::Row(4_321)));
            table.clear();
        }
        assert!(matches!(table.find(&[1, 1], hash(&[1, 1])), Place::Vacant(_)));
    }

    #[test]
    fn sums_beyond_64_bits_are_exact() {
        let mut tally = FieldTally::EMPTY;
        let values = [i64::MAX, i64::MAX, i64::MAX, -7, i64::MIN + 1, i64::MIN + 1, i64::MIN + 1, i64::MIN + 1];
        let mut sum = 0i128;
        for value in values {
            tally.add(value);
            sum += i128::from(value);
            assert_eq!(tally.sum(), sum);
        }
        let mut doubled = tally;
        doubled.merge(&tally);
        assert_eq!((doubled.sum(), doubled.count, doubled.min, doubled.max), (2 * sum, 16, i64::MIN + 1, i64::MAX));
    }
}
