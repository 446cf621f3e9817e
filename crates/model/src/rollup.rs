//! Partials of one monitor as a table: what operators hand over, what segments keep, what queries merge on read.
//!
//! The key of a row always has the side and the callee's module, also when the monitor leaves the module out, because
//! the choice between the two logs of one call is made per callee module: see [`PartialTable::resolve_sides`].

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use serde::{Deserialize, Serialize};

use crate::{Column, Dictionary, FieldSpec, Partial, Side, Timestamp, dictionary::NULL};

/// Most key columns: the five dimensions, one free column, and the callee's module where the monitor leaves it out.
pub const KEY_WIDTH: usize = 7;

/// What a monitor's rows are made by, as fingerprints: rows of equal recipes are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Recipe {
    /// The monitor.
    pub monitor: String,
    /// Of bucket, columns and conditions: which rows there are.
    pub rows: String,
    /// Of these and the fields with what is kept of them: the rows with all of their values.
    pub fields: String,
}

/// What a rollup row stands for: codes into the table's dictionaries, column by column, and the side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Code of each key column's value, in the order of [`PartialTable::key_columns`]; 0 where a record has none, and in unused places.
    pub codes: [u32; KEY_WIDTH],
    /// Whose log told of it.
    pub side: Side,
}

impl Hash for Key {
    /// Two codes at a time: as an array they would be hashed like a text.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (pairs, last) = self.codes.as_chunks::<2>();
        pairs.iter().for_each(|&[low, high]| state.write_u64(u64::from(low) | u64::from(high) << 32));
        state.write_u64(last.iter().fold(self.side as u64, |bits, &code| bits << 32 | u64::from(code)));
    }
}

/// One row: a bucket, a combination, and what was folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialRow {
    /// Start of the bucket.
    pub bucket: Timestamp,
    /// The combination.
    pub key: Key,
    /// What was folded.
    pub partial: Partial,
}

/// Partials of one monitor; rows are in no order, and a combination may stand in several rows.
#[derive(Clone, Debug)]
pub struct PartialTable {
    /// Name of the monitor.
    pub monitor: Arc<str>,
    /// The columns the monitor shows.
    pub by: Vec<Column>,
    /// Fields of the partials.
    pub fields: Arc<[FieldSpec]>,
    /// One dictionary per key column.
    pub dictionaries: Vec<Dictionary>,
    /// The rows.
    pub rows: Vec<PartialRow>,
}

impl PartialTable {
    /// An empty table.
    pub fn new(monitor: Arc<str>, by: Vec<Column>, fields: Arc<[FieldSpec]>) -> Self {
        let dictionaries = key_columns(&by).iter().map(|_| Dictionary::default()).collect();
        Self { monitor, by, fields, dictionaries, rows: Vec::new() }
    }

    /// The columns of a key: those the monitor shows, then the callee's module unless it is one of them.
    pub fn key_columns(&self) -> Vec<Column> {
        key_columns(&self.by)
    }

    /// Value of a key column in a row.
    pub fn value(&self, row: &PartialRow, position: usize) -> Option<&str> {
        self.dictionaries[position].value(row.key.codes[position])
    }

    /// Adds the rows of another table of the same monitor, without folding equal keys.
    pub fn append(&mut self, other: &Self) {
        debug_assert_eq!(self.by, other.by, "tables of different monitors");
        let recode: Vec<Vec<u32>> =
            self.dictionaries.iter_mut().zip(&other.dictionaries).map(|(mine, theirs)| recoding(mine, theirs)).collect();
        self.rows.extend(other.rows.iter().map(|row| {
            let mut row = row.clone();
            for (code, recode) in row.key.codes.iter_mut().zip(&recode) {
                *code = recode[*code as usize];
            }
            row
        }));
    }

    /// The same, out of a table that nobody else needs.
    pub fn append_all(&mut self, other: Self) {
        let rows = self.recoded(other);
        self.rows.extend(rows);
    }

    /// The rows of another table of the same monitor, with the codes that their words have here.
    pub fn recoded(&mut self, other: Self) -> impl Iterator<Item = PartialRow> + use<> {
        let recode: Vec<Vec<u32>> =
            self.dictionaries.iter_mut().zip(&other.dictionaries).map(|(mine, theirs)| recoding(mine, theirs)).collect();
        other.rows.into_iter().map(move |mut row| {
            for (code, recode) in row.key.codes.iter_mut().zip(&recode) {
                *code = recode[*code as usize];
            }
            row
        })
    }

    /// Merges rows of the same bucket and key into one.
    pub fn fold(&mut self) {
        self.fold_by(|row| (row.bucket, row.key));
    }

    /// Folds all buckets into one row per key; the bucket becomes the epoch.
    pub fn fold_buckets(&mut self) {
        self.rows.iter_mut().for_each(|row| row.bucket = Timestamp::EPOCH);
        self.fold();
    }

    /// Where the row of each key stands, in a table whose buckets are folded.
    pub fn places(&self) -> Places {
        Places(self.rows.iter().enumerate().map(|(place, row)| (row.key, place)).collect())
    }

    /// Adds what was folded in one bucket to the row of all buckets.
    pub fn add_to_total(&mut self, places: &mut Places, key: Key, partial: &Partial) {
        match places.0.entry(key) {
            Entry::Occupied(place) => self.rows[*place.get()].partial.merge(partial),
            Entry::Vacant(place) => {
                place.insert(self.rows.len());
                self.rows.push(PartialRow { bucket: Timestamp::EPOCH, key, partial: partial.clone() });
            }
        }
    }

    /// Reduces to what is shown: of a call known from both sides the callee's log counts, else the caller's, never both.
    ///
    /// The choice is made per bucket, shown combination and callee module; afterwards the hidden module is folded away
    /// and every row's side is the side it came from, callee where both contributed.
    pub fn resolve_sides(&mut self) {
        self.fold();
        let mut callee_known: hashbrown::HashSet<(Timestamp, [u32; KEY_WIDTH])> = hashbrown::HashSet::new();
        for row in self.rows.iter().filter(|row| row.key.side == Side::Callee) {
            callee_known.insert((row.bucket, row.key.codes));
        }
        self.rows.retain(|row| row.key.side == Side::Callee || !callee_known.contains(&(row.bucket, row.key.codes)));
        let shown = self.by.len();
        for row in &mut self.rows {
            row.key.codes[shown..].fill(NULL);
        }
        let mut sides: HashMap<(Timestamp, [u32; KEY_WIDTH]), Side> = HashMap::new();
        for row in &self.rows {
            let side = sides.entry((row.bucket, row.key.codes)).or_insert(row.key.side);
            *side = (*side).min(row.key.side);
        }
        for row in &mut self.rows {
            row.key.side = sides[&(row.bucket, row.key.codes)];
        }
        self.fold();
    }

    /// Sorts rows by bucket, then by the words of their keys, so that output does not depend on the order of input.
    pub fn sort(&mut self) {
        let rank = self.ranking();
        self.rows.sort_by_cached_key(rank);
    }

    /// The rows in that order.
    pub fn ordered(&self) -> Vec<&PartialRow> {
        let rank = self.ranking();
        let mut rows: Vec<&PartialRow> = self.rows.iter().collect();
        rows.sort_by_cached_key(|row| rank(row));
        rows
    }

    /// What rows are ordered by.
    fn ranking(&self) -> impl Fn(&PartialRow) -> (Timestamp, [u32; KEY_WIDTH], Side) + use<> {
        let ranks: Vec<Vec<u32>> = self.dictionaries.iter().map(ranks).collect();
        move |row| {
            let mut words = row.key.codes;
            for (code, ranks) in words.iter_mut().zip(&ranks) {
                *code = ranks[*code as usize];
            }
            (row.bucket, words, row.key.side)
        }
    }

    fn fold_by(&mut self, key: impl Fn(&PartialRow) -> (Timestamp, Key)) {
        let mut places: HashMap<(Timestamp, Key), usize> = HashMap::with_capacity(self.rows.len());
        let mut folded: Vec<PartialRow> = Vec::with_capacity(self.rows.len());
        for row in self.rows.drain(..) {
            match places.entry(key(&row)) {
                Entry::Occupied(place) => folded[*place.get()].partial.merge(&row.partial),
                Entry::Vacant(place) => {
                    place.insert(folded.len());
                    folded.push(row);
                }
            }
        }
        self.rows = folded;
    }
}

/// Where rows stand in a table whose buckets are folded, by their keys.
#[derive(Debug, Default)]
pub struct Places(HashMap<Key, usize>);

/// The key columns of a monitor that shows `by`.
pub fn key_columns(by: &[Column]) -> Vec<Column> {
    let mut columns = by.to_vec();
    if !columns.contains(&Column::TargetModule) {
        columns.push(Column::TargetModule);
    }
    columns
}

/// For every code of `theirs`, the code of the same word in `mine`.
pub fn recoding(mine: &mut Dictionary, theirs: &Dictionary) -> Vec<u32> {
    let mut codes = vec![NULL; theirs.len()];
    for (code, word) in theirs.iter() {
        codes[code as usize] = mine.intern(word);
    }
    codes
}

fn ranks(dictionary: &Dictionary) -> Vec<u32> {
    let mut words: Vec<(u32, &str)> = dictionary.iter().collect();
    words.sort_by_key(|&(_, word)| word);
    let mut ranks = vec![0; dictionary.len()];
    for (rank, (code, _)) in words.into_iter().enumerate() {
        ranks[code as usize] = rank as u32 + 1;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(by: &[Column], rows: &[(i64, Side, &[&str], u64)]) -> PartialTable {
        let mut table = PartialTable::new("m".into(), by.to_vec(), Arc::new([]));
        for &(bucket, side, words, records) in rows {
            let mut key = Key { side, ..Key::default() };
            for (position, word) in words.iter().enumerate() {
                key.codes[position] = table.dictionaries[position].intern(word);
            }
            table.rows.push(PartialRow { bucket: Timestamp(bucket), key, partial: Partial { records, one_sided: 0, fields: vec![] } });
        }
        table
    }

    fn shown(table: &PartialTable) -> Vec<(i64, Side, String, u64)> {
        let word = |row| table.value(row, 0).unwrap_or("").to_owned();
        table.rows.iter().map(|row| (row.bucket.0, row.key.side, word(row), row.partial.records)).collect()
    }

    #[test]
    fn the_two_logs_of_one_call_are_never_summed() {
        // By source alone: 10.0.0.1 called `video` (both logs tell) and `mail` (only the caller's log tells).
        let mut table = table(
            &[Column::Source],
            &[
                (0, Side::Callee, &["10.0.0.1", "video"], 10),
                (0, Side::Caller, &["10.0.0.1", "video"], 11),
                (0, Side::Caller, &["10.0.0.1", "mail"], 3),
                (60, Side::Caller, &["10.0.0.1", "video"], 4),
            ],
        );
        table.resolve_sides();
        table.sort();
        assert_eq!(shown(&table), [(0, Side::Callee, "10.0.0.1".to_owned(), 13), (60, Side::Caller, "10.0.0.1".to_owned(), 4)]);
    }

    #[test]
    fn tables_of_different_dictionaries_append() {
        let by = [Column::TargetModule];
        let mut left = table(&by, &[(0, Side::Callee, &["video"], 1), (0, Side::Callee, &["user"], 2)]);
        let right = table(&by, &[(0, Side::Callee, &["user"], 5), (0, Side::Callee, &["stock"], 7)]);
        left.append(&right);
        left.fold();
        left.sort();
        let rows: Vec<(String, u64)> = shown(&left).into_iter().map(|(_, _, word, records)| (word, records)).collect();
        assert_eq!(rows, [("stock".to_owned(), 7), ("user".to_owned(), 7), ("video".to_owned(), 1)]);
    }
}
