//! Folded rows as they are shown: of the two logs of one call only one counts, and the hidden module is folded away.
//!
//! This is `PartialTable::resolve_sides` for rows that are read one by one in sorted order, so that a report of a
//! million rows needs room for one of them.

use magpie_model::{Column, Partial, PartialRow, PartialTable, Timestamp, dictionary::NULL};
use magpie_pipeline::aggregate::{Folded, Rows};

/// Rows kept per bucket; of a monitor with more, only the totals over all buckets are kept in memory.
const MOST_ROWS: usize = 50_000;

/// Reads every shown row of a monitor: bucket, words of its columns, what was folded.
pub(crate) fn for_each_shown(rows: &Rows<'_>, mut read: impl FnMut(Timestamp, &[&str], &Partial)) {
    let shown = rows.by().len();
    let hidden = rows.key_columns().len() > shown;
    let mut group = Group::new(rows);
    rows.for_each_row(|row| {
        if group.is_same_call(row.bucket, row.words) {
            return;
        }
        if hidden && group.is_same_row(row.bucket, &row.words[..shown]) {
            group.partial.merge(row.partial);
            group.remember(row.bucket, row.words);
            return;
        }
        group.hand_out(shown, &mut read);
        group.partial.clone_from(row.partial);
        group.remember(row.bucket, row.words);
    });
    group.hand_out(shown, &mut read);
}

/// The row that is being put together.
struct Group {
    bucket: Timestamp,
    words: Vec<String>,
    partial: Partial,
    begun: bool,
}

impl Group {
    fn new(rows: &Rows<'_>) -> Self {
        Self { bucket: Timestamp::MIN, words: vec![String::new(); rows.key_columns().len()], partial: Partial::new(rows.fields()), begun: false }
    }

    /// Whether this is the caller's log of what the callee's log told just before: rows come sorted, callee first.
    fn is_same_call(&self, bucket: Timestamp, words: &[&str]) -> bool {
        self.is_same_row(bucket, words)
    }

    fn is_same_row(&self, bucket: Timestamp, words: &[&str]) -> bool {
        self.begun && self.bucket == bucket && self.words.iter().zip(words).all(|(mine, theirs)| mine == theirs)
    }

    fn remember(&mut self, bucket: Timestamp, words: &[&str]) {
        self.begun = true;
        self.bucket = bucket;
        for (mine, theirs) in self.words.iter_mut().zip(words) {
            mine.clear();
            mine.push_str(theirs);
        }
    }

    fn hand_out(&self, shown: usize, read: &mut impl FnMut(Timestamp, &[&str], &Partial)) {
        if self.begun {
            let mut words = [""; magpie_model::rollup::KEY_WIDTH];
            for (word, mine) in words.iter_mut().zip(&self.words) {
                *word = mine;
            }
            read(self.bucket, &words[..shown], &self.partial);
        }
    }
}

/// The shown rows of a monitor as a table: per bucket while they are few, or when `total`, folded over all buckets.
/// Tells whether buckets were folded.
pub(crate) fn table(folded: &Folded, monitor: &str, total: bool) -> Option<(PartialTable, bool)> {
    let rows = folded.rows(monitor)?;
    let mut table = PartialTable::new(monitor.into(), rows.by().to_vec(), rows.fields().into());
    let mut folding = total;
    let mut full_at = MOST_ROWS;
    for_each_shown(&rows, |bucket, words, partial| {
        let mut row = PartialRow { bucket: if folding { Timestamp::EPOCH } else { bucket }, key: Default::default(), partial: partial.clone() };
        for (position, word) in words.iter().enumerate() {
            row.key.codes[position] = if word.is_empty() { NULL } else { table.dictionaries[position].intern(word) };
        }
        table.rows.push(row);
        if table.rows.len() >= full_at {
            folding = true;
            table.fold_buckets();
            full_at = MOST_ROWS.max(table.rows.len() * 2);
        }
    });
    if folding {
        table.fold_buckets();
    }
    table.sort();
    Some((table, folding))
}

/// Per bucket, everything that a monitor took: for the sparkline.
pub(crate) fn series(folded: &Folded, monitor: &str) -> Vec<(Timestamp, Partial)> {
    let mut series: Vec<(Timestamp, Partial)> = Vec::new();
    if let Some(rows) = folded.rows(monitor) {
        for_each_shown(&rows, |bucket, _, partial| match series.last_mut() {
            Some((last, whole)) if *last == bucket => whole.merge(partial),
            _ => series.push((bucket, partial.clone())),
        });
    }
    series
}

/// The free column, if there is one, of columns to fold by.
pub(crate) fn free_columns(by: &[Column]) -> Vec<Column> {
    by.iter().copied().filter(|column| !column.is_dimension()).collect()
}
