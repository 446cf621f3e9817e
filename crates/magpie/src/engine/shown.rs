//! Folded rows as they are shown: of the two logs of one call only one counts, and the hidden module is folded away.
//!
//! This is `PartialTable::resolve_sides` for rows that are read one by one in sorted order, so that a report of a
//! million rows needs room for one of them.

use magpie_model::rollup::{KEY_WIDTH, Places};
use magpie_model::{Column, Key, Partial, PartialRow, PartialTable, Timestamp, dictionary::NULL};
use magpie_pipeline::aggregate::{Folded, RowRef, Rows};

/// Rows kept per bucket; of a monitor with more, only the totals over all buckets are kept in memory.
const MOST_ROWS: usize = 50_000;

/// Reads every shown row of a monitor: bucket, words of its columns, what was folded.
pub(crate) fn for_each_shown(rows: &Rows<'_>, mut read: impl FnMut(Timestamp, &[&str], &Partial)) {
    let shown = rows.by().len();
    for_each_group(rows, |group| read(group.bucket, &group.words[..shown], &group.partial));
}

fn for_each_group<'a>(rows: &Rows<'a>, mut read: impl FnMut(&Group<'a>)) {
    let shown = rows.by().len();
    let hidden = rows.key_columns().len() > shown;
    let mut group = Group::new(rows);
    rows.for_each_row(|row| {
        // Rows come sorted, callee first: the caller's log of what the callee's log told just before is left out.
        if group.has(row.bucket, row.ranks) {
            return;
        }
        if hidden && group.has(row.bucket, &row.ranks[..shown]) {
            group.partial.merge(row.partial);
        } else {
            if group.begun {
                read(&group);
            }
            group.begin(row.partial);
        }
        group.remember(&row);
    });
    if group.begun {
        read(&group);
    }
}

/// The row that is being put together.
struct Group<'a> {
    bucket: Timestamp,
    words: [&'a str; KEY_WIDTH],
    ranks: [u32; KEY_WIDTH],
    partial: Partial,
    begun: bool,
}

impl<'a> Group<'a> {
    fn new(rows: &Rows<'a>) -> Self {
        Self { bucket: Timestamp::MIN, words: [""; KEY_WIDTH], ranks: [0; KEY_WIDTH], partial: Partial::new(rows.fields()), begun: false }
    }

    /// Whether it begins with these words.
    fn has(&self, bucket: Timestamp, ranks: &[u32]) -> bool {
        self.begun && self.bucket == bucket && self.ranks[..ranks.len()] == *ranks
    }

    fn remember(&mut self, row: &RowRef<'_, 'a>) {
        self.begun = true;
        self.bucket = row.bucket;
        self.words[..row.words.len()].copy_from_slice(row.words);
        self.ranks[..row.ranks.len()].copy_from_slice(row.ranks);
    }

    /// What a row of its own begins with; the memory of the row before is used again.
    fn begin(&mut self, partial: &Partial) {
        (self.partial.records, self.partial.one_sided) = (partial.records, partial.one_sided);
        self.partial.fields.clone_from(&partial.fields);
    }
}

/// The shown rows of a monitor as a table: per bucket while they are few, or when `total`, folded over all buckets.
/// Tells whether buckets were folded.
pub(crate) fn table(folded: &Folded, monitor: &str, total: bool) -> Option<(PartialTable, bool)> {
    let rows = folded.rows(monitor)?;
    let mut table = PartialTable::new(monitor.into(), rows.by().to_vec(), rows.fields().into());
    let shown = rows.by().len();
    let mut codes: [Vec<Option<u32>>; KEY_WIDTH] = Default::default();
    // Rows of more buckets than can be kept would be folded in the end.
    let mut places = (total || rows.least_shown() >= MOST_ROWS).then(Places::default);
    for_each_group(&rows, |group| {
        let mut key = Key::default();
        for (at, (word, &rank)) in group.words[..shown].iter().zip(&group.ranks).enumerate() {
            let rank = rank as usize;
            codes[at].resize(codes[at].len().max(rank + 1), None);
            let intern = || if word.is_empty() { NULL } else { table.dictionaries[at].intern(word) };
            key.codes[at] = *codes[at][rank].get_or_insert_with(intern);
        }
        match &mut places {
            Some(places) => table.add_to_total(places, key, &group.partial),
            None => table.rows.push(PartialRow { bucket: group.bucket, key, partial: group.partial.clone() }),
        }
        if places.is_none() && table.rows.len() >= MOST_ROWS {
            table.fold_buckets();
            places = Some(table.places());
        }
    });
    let folding = places.is_some();
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

#[cfg(test)]
mod tests {
    use magpie_model::config::{Config, Monitor};
    use magpie_model::record::{Dictionaries, Record};
    use magpie_model::{Kind, Records, Side};
    use magpie_pipeline::aggregate::Folder;
    use proptest::prelude::*;

    use super::*;

    /// Calls as (minute, client, called module, told by the caller).
    fn folded(calls: &[(i64, usize, usize, bool)], config: &Config) -> Folded {
        let (mut records, mut dictionaries) = (Records::new(config.fields.len()), Dictionaries::default());
        for &(minute, client, module, by_caller) in calls {
            let mut record = Record { kind: Kind::Call, time: Timestamp::from_seconds(minute * 60), ..Record::default() };
            record.side = if by_caller { Side::Caller } else { Side::Callee };
            record.set(Column::Source, ["10.0.0.1", "10.0.0.2", ""][client]);
            record.set(Column::TargetModule, ["video", "mail", ""][module]);
            records.push(&record, &config.fields, &mut dictionaries);
        }
        let mut folder = Folder::new(config);
        let rows = 0..records.len();
        folder.fold(&mut records, &dictionaries, rows);
        folder.finish(&dictionaries)
    }

    fn words(table: &PartialTable) -> Vec<(Timestamp, Vec<Option<&str>>, u64)> {
        let row = |row| (0..table.by.len()).map(|position| table.value(row, position)).collect();
        table.rows.iter().map(|of| (of.bucket, row(of), of.partial.records)).collect()
    }

    fn read(pieces: &[Rows<'_>]) -> Vec<(Timestamp, Vec<String>, u64)> {
        let mut shown = Vec::new();
        for piece in pieces {
            for_each_shown(piece, |bucket, words, partial| {
                shown.push((bucket, words.iter().map(|&word| word.to_owned()).collect(), partial.records));
            });
        }
        shown
    }

    proptest! {
        #[test]
        fn rows_one_by_one_are_the_rows_of_a_resolved_table(
            calls in prop::collection::vec((0..3i64, 0..3usize, 0..3usize, any::<bool>()), 0..60),
            with_module in any::<bool>(),
        ) {
            let by: &[Column] = if with_module { &[Column::Source, Column::TargetModule] } else { &[Column::Source] };
            let config = Config { monitors: vec![Monitor::plain("m", by)], ..Config::default() };
            let folded = folded(&calls, &config);
            let mut expected = folded.to_table("m").unwrap();
            expected.resolve_sides();
            expected.sort();
            let (found, _) = table(&folded, "m", false).unwrap();
            prop_assert_eq!(words(&found), words(&expected));
            let rows = folded.rows("m").unwrap();
            prop_assert!(rows.least_shown() <= found.rows.len());
            let mut buckets: Vec<Timestamp> = found.rows.iter().map(|row| row.bucket).collect();
            buckets.dedup();
            prop_assert_eq!(rows.pieces(1).len(), buckets.len(), "each bucket is a piece");
            prop_assert!(rows.pieces(usize::MAX).len() <= 1);
            prop_assert_eq!(read(&rows.pieces(1)), read(&[rows]), "pieces together are all");
        }
    }
}
