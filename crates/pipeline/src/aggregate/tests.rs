//! Rollups against the plainest possible group-by, and against themselves when the work is cut differently.

use std::collections::{BTreeMap, BTreeSet};

use magpie_model::config::{Config, Monitor, Where};
use magpie_model::dictionary::Dictionary;
use magpie_model::edge::{EdgeEvent, EdgeRecord};
use magpie_model::field::{Decimal, MISSING};
use magpie_model::record::{Dictionaries, mark};
use magpie_model::rollup::key_columns;
use magpie_model::{
    Aggregate, Bucketing, Column, FieldSpec, Kind, OTHER, Partial, PartialTable, Record, Records, Severity, Side, Timestamp, distinct,
};
use proptest::prelude::*;

use super::{BASE, Ceilings, Counting, Folded, Folder, completeness};

/// A rollup as words: bucket, key, side → what was folded.
type Naive = BTreeMap<(i64, Vec<String>, Side), Partial>;

fn config() -> Config {
    let mut bytes = FieldSpec::bytes();
    bytes.aggregates.push(Aggregate::Distinct);
    let visitors = FieldSpec {
        distinct_of: Some(Column::Source),
        aggregates: vec![Aggregate::Distinct],
        ..FieldSpec::number("visitors", 0, None, &[])
    };
    let monitor = |name: &str, by: &[Column]| Monitor::plain(name, by);
    Config {
        bucket: Bucketing::new(60).unwrap(),
        fields: vec![FieldSpec::elapsed(), bytes, visitors, FieldSpec::error()],
        monitors: vec![
            monitor("clients", &[Column::Source]),
            monitor("modules", &[Column::SourceModule, Column::TargetModule]),
            Monitor { fields: vec!["bytes".to_owned()], ..monitor("statuses", &[Column::TargetModule, Column::Status]) },
            Monitor {
                filter: vec![
                    Where::Column(Column::SourceModule, vec!["m1".into(), String::new()]),
                    Where::Severity(vec![Severity::Error, Severity::Info]),
                ],
                ..monitor("limited", &[Column::Service])
            },
            Monitor {
                kinds: vec![Kind::Log, Kind::Run],
                filter: vec![Where::Column(Column::Component, vec!["m2".into()])],
                ..monitor("logs", &[Column::Component])
            },
        ],
        ..Config::default()
    }
}

/// The same without conditions on words and severities: whole runs of records are then taken at once.
fn unconditional() -> Config {
    let mut config = config();
    config.monitors.iter_mut().for_each(|monitor| monitor.filter.clear());
    config
}

/// A record from one number, with every variation that aggregation looks at.
fn record(seed: u64) -> Record {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut record = Record {
        time: Timestamp(random.i64(-130..130)),
        kind: if random.u8(..10) < 7 { Kind::Call } else { [Kind::Log, Kind::Run][random.usize(..2)] },
        severity: [Severity::Unset, Severity::Info, Severity::Error][random.usize(..3)],
        side: [Side::Callee, Side::Caller][random.usize(..2)],
        marks: [0, 0, 0, mark::ONE_SIDED, mark::LATE_PAIR, mark::BAD_TIME, mark::FOLDED][random.usize(..7)],
        ..Record::default()
    };
    for column in
        [Column::Source, Column::SourceModule, Column::Service, Column::Target, Column::TargetModule, Column::Status, Column::Component]
    {
        let word = ["", "m1", "m2", "m3", OTHER][random.usize(..5)];
        record.set(column, word);
    }
    record.set(Column::Input, ["web", "mail"][random.usize(..2)]);
    record.set(Column::ParseError, ["", "", "no time"][random.usize(..3)]);
    for field in ["elapsed_ms", "bytes", "error"] {
        let value = [random.i64(..), random.i64(0..3), random.i64(0..1_000_000), i64::MAX, i64::MIN + 1][random.usize(..5)];
        if random.bool() {
            record.fields.insert(field.to_owned(), value);
        }
    }
    record
}

fn fold(config: &Config, ceilings: Ceilings, records: &[Record], batch: usize, dictionaries: &mut Dictionaries) -> (Folder, Vec<u8>) {
    let mut folder = Folder::with(config, ceilings, true);
    let mut marks = Vec::new();
    for part in records.chunks(batch.max(1)) {
        let mut columns = Records::new(config.fields.len());
        part.iter().for_each(|record| columns.push(record, &config.fields, dictionaries));
        let rows = 0..columns.len();
        folder.fold(&mut columns, dictionaries, rows);
        marks.extend(columns.marks);
    }
    (folder, marks)
}

fn folded(config: &Config, ceilings: Ceilings, records: &[Record], batch: usize) -> Folded {
    let mut dictionaries = Dictionaries::default();
    let (folder, _) = fold(config, ceilings, records, batch, &mut dictionaries);
    folder.finish(&dictionaries)
}

/// A fresh aggregation of records that were aggregated before.
fn folded_again(config: &Config, records: &[Record], dictionaries: &mut Dictionaries) -> Vec<PartialTable> {
    let mut folder = Folder::repeating(config);
    let mut columns = Records::new(config.fields.len());
    records.iter().for_each(|record| columns.push(record, &config.fields, dictionaries));
    let rows = 0..columns.len();
    folder.fold(&mut columns, dictionaries, rows);
    let marks: Vec<u8> = records.iter().map(|record| record.marks).collect();
    assert_eq!(columns.marks, marks, "repeating marks nothing anew");
    let mut tables = folder.drain(dictionaries).tables;
    tables.iter_mut().for_each(PartialTable::fold);
    tables
}

/// What an agent makes of records when it counts them, in pieces of so many; its configuration is the server's.
fn counted(config: &Config, records: &[Record], cut: usize) -> Vec<Record> {
    let counting = Counting { fields: config.fields.clone(), bucket: Bucketing::new(30).unwrap(), config: "c".into(), sample: 2 };
    let edge = |record: &Record| {
        let decimal = |(name, value): (&String, &i64)| {
            let scale = config.fields.iter().find(|spec| spec.name == *name).unwrap().scale;
            (name.clone(), Decimal { value: (*value).into(), scale }.to_string())
        };
        let measures = record.fields.iter().map(decimal).collect();
        EdgeEvent { length: 3, records: vec![EdgeRecord { record: Record { fields: BTreeMap::new(), ..record.clone() }, measures }] }
    };
    let pieces = records.chunks(cut).flat_map(|part| {
        let events = counting.count(part.iter().map(edge).collect());
        assert_eq!(events.iter().map(|event| event.length).sum::<u64>(), 3 * part.len() as u64, "a piece has the bytes of its events");
        events
    });
    pieces.flat_map(|event| event.records).map(|edge| edge.record).collect()
}

fn shown(table: &PartialTable) -> Naive {
    let columns = table.key_columns().len();
    let word = |row, at| table.value(row, at).unwrap_or("").to_owned();
    table
        .rows
        .iter()
        .map(|row| ((row.bucket.0, (0..columns).map(|at| word(row, at)).collect(), row.key.side), row.partial.clone()))
        .collect()
}

fn takes(monitor: &Monitor, record: &Record) -> bool {
    monitor.kinds.contains(&record.kind)
        && record.marks & mark::LATE_PAIR == 0
        && monitor.filter.iter().all(|filter| match filter {
            Where::Severity(severities) => severities.contains(&record.severity),
            Where::Column(column, words) => words.iter().any(|word| word == record.text(*column).unwrap_or("")),
        })
}

/// A direct group-by over the records, one at a time.
fn naive(config: &Config, monitor: &Monitor, records: &[Record]) -> Naive {
    let fields: Vec<&FieldSpec> =
        config.fields.iter().filter(|spec| monitor.fields.is_empty() || monitor.fields.contains(&spec.name)).collect();
    let specs: Vec<FieldSpec> = fields.iter().map(|&spec| spec.clone()).collect();
    let mut rows = Naive::new();
    for record in records.iter().filter(|record| takes(monitor, record)) {
        let folded = record.marks & mark::FOLDED != 0;
        let word = |column: &Column| if folded { OTHER.to_owned() } else { record.text(*column).unwrap_or("").to_owned() };
        let key = (config.bucket.start(record.time).0, key_columns(&monitor.by).iter().map(word).collect(), record.side);
        let row = rows.entry(key).or_insert_with(|| Partial::new(&specs));
        row.records += 1;
        row.one_sided += u64::from(record.marks & mark::ONE_SIDED);
        for (field, spec) in row.fields.iter_mut().zip(&specs) {
            field.add(record.fields.get(&spec.name).copied().unwrap_or(MISSING));
            if let (Some(distinct), Some(word)) = (&mut field.distinct, spec.distinct_of.and_then(|column| record.text(column))) {
                distinct.add_hash(distinct::hash(word.as_bytes()));
            }
        }
    }
    rows
}

/// Ceilings so low that buckets are drained all the time, but no combination is lost.
fn cramped() -> Ceilings {
    Ceilings { combinations: 1_000, open_buckets: 2, open_rows: 7, notes: 11, kept_bytes: usize::MAX }
}

fn roomy() -> Ceilings {
    Ceilings::from(&Config::default().limits)
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(any::<u64>().prop_map(record), 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_monitors_rollups_equal_a_direct_group_by(records in records(), batch in 1usize..50, tight in any::<bool>()) {
        for config in [config(), unconditional()] {
            let folded = folded(&config, if tight { cramped() } else { roomy() }, &records, batch);
            for monitor in &config.monitors {
                let table = folded.to_table(&monitor.name).unwrap();
                prop_assert_eq!(shown(&table), naive(&config, monitor, &records), "{}", monitor.name);
            }
        }
    }

    #[test]
    fn the_number_of_operators_does_not_show(records in records(), owners in prop::collection::vec(0usize..4, 120), tight in any::<bool>()) {
        let config = config();
        let whole = folded(&config, roomy(), &records, 50);
        let parts = (0..4).map(|operator| {
            let part: Vec<Record> = records.iter().zip(&owners).filter(|&(_, &owner)| owner == operator).map(|(record, _)| record.clone()).collect();
            folded(&config, if tight { cramped() } else { roomy() }, &part, 13)
        });
        let mut parts: Vec<Folded> = parts.collect();
        // Merged as a tree, the last first: neither order nor grouping may matter.
        let (mut right, second) = (parts.pop().unwrap(), parts.pop().unwrap());
        right.merge(second);
        let (mut merged, first) = (parts.pop().unwrap(), parts.pop().unwrap());
        merged.merge(first);
        merged.merge(right);
        prop_assert_eq!(merged.sources(), whole.sources());
        prop_assert_eq!((merged.counts().folded, merged.counts().untaken), (whole.counts().folded, whole.counts().untaken));
        for monitor in whole.monitors() {
            let (left, right) = (merged.to_table(monitor).unwrap(), whole.to_table(monitor).unwrap());
            prop_assert_eq!(shown(&left), shown(&right), "{}", monitor);
            prop_assert_eq!(left.rows.len(), shown(&left).len(), "rows of {} are not merged", monitor);
        }
    }

    #[test]
    fn what_segments_store_adds_up_to_a_fresh_aggregation_of_their_records(records in records(), ceiling in 1usize..20) {
        // Segments of 30 records, a ceiling that bites; then all stored records at once, as `doctor` does it.
        let config = config();
        let ceilings = Ceilings { combinations: ceiling, ..roomy() };
        let mut dictionaries = Dictionaries::default();
        let mut stored: Vec<PartialTable> = Vec::new();
        let mut kept = Vec::new();
        for segment in records.chunks(30) {
            let (mut folder, marks) = fold(&config, ceilings, segment, 7, &mut dictionaries);
            kept.extend(segment.iter().zip(marks).map(|(record, marks)| Record { marks, ..record.clone() }));
            let drained = folder.drain(&dictionaries);
            if stored.is_empty() {
                stored = drained.tables;
            } else {
                stored.iter_mut().zip(&drained.tables).for_each(|(table, more)| table.append(more));
            }
            prop_assert!(folder.drain(&dictionaries).tables.iter().all(|table| table.rows.is_empty()));
        }
        for (fresh, stored) in folded_again(&config, &kept, &mut dictionaries).iter().zip(&mut stored) {
            stored.fold();
            prop_assert_eq!(shown(stored), shown(fresh));
        }
    }

    #[test]
    fn lines_counted_at_an_agent_fold_as_the_lines_do(records in records(), cut in 1usize..40, ceiling in 1usize..200) {
        // Impossible times are the server's to find, folding too, and halves of calls meet at the server.
        let at_agent = |record: Record| Record { marks: record.marks & mark::ONE_SIDED, ..record };
        let records: Vec<Record> = records.into_iter().map(at_agent).collect();
        for config in [config(), unconditional()] {
            let partials = counted(&config, &records, cut);
            prop_assert!(partials.iter().filter(|record| record.marks & mark::SAMPLED != 0).count() <= records.len().div_ceil(2) + records.len().div_ceil(cut));
            let (lines, partials_folded) = (folded(&config, roomy(), &records, 50), folded(&config, roomy(), &partials, 7));
            for monitor in lines.monitors() {
                prop_assert_eq!(shown(&lines.to_table(monitor).unwrap()), shown(&partials_folded.to_table(monitor).unwrap()), "{}", monitor);
            }
            let read = |folded: &Folded| -> Vec<_> { folded.sources().iter().map(|count| (count.bucket, count.input.clone(), count.parsed, count.unparsed)).collect() };
            prop_assert_eq!(read(&lines), read(&partials_folded));
            prop_assert!(partials_folded.sources().iter().all(|count| count.from_agent == count.parsed + count.unparsed));
            // Beyond the ceiling totals stay, and what was marked is folded again as it was.
            let mut dictionaries = Dictionaries::default();
            let (mut folder, marks) = fold(&config, Ceilings { combinations: ceiling, ..roomy() }, &partials, 120, &mut dictionaries);
            let stored: Vec<Record> = partials.iter().zip(marks).map(|(record, marks)| Record { marks, ..record.clone() }).collect();
            let tables = folder.drain(&dictionaries).tables;
            let again = folded_again(&config, &stored, &mut dictionaries);
            for (mut table, again) in tables.into_iter().zip(&again) {
                table.fold();
                prop_assert_eq!(shown(&table), shown(again));
            }
        }
    }

    #[test]
    fn rows_come_sorted_and_once(records in records()) {
        let folded = folded(&config(), cramped(), &records, 9);
        for monitor in folded.monitors() {
            let mut seen: Vec<(i64, Vec<String>, Side)> = Vec::new();
            folded.rows(monitor).unwrap().for_each_row(|row| {
                seen.push((row.bucket.0, row.words.iter().map(|&word| word.to_owned()).collect(), row.side));
            });
            prop_assert!(seen.is_sorted_by(|left, right| left < right), "{monitor}");
        }
    }
}

#[test]
fn the_base_rows_have_sums_but_no_sketches() {
    let config = config();
    let records: Vec<Record> = (0..500).map(record).collect();
    let folded = folded(&config, roomy(), &records, 100);
    let rows = folded.rows(BASE).unwrap();
    let mut plain = config.clone();
    plain.fields.iter_mut().for_each(|spec| spec.aggregates = vec![Aggregate::Sum]);
    plain.fields.iter_mut().for_each(|spec| spec.distinct_of = None);
    let expected = naive(
        &plain,
        &Monitor { fields: vec!["elapsed_ms".into(), "bytes".into(), "error".into()], ..Monitor::plain(BASE, &config.base) },
        &records,
    );
    assert_eq!(rows.fields().iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), ["elapsed_ms", "bytes", "error"]);
    assert_eq!(shown(&rows.to_table()), expected);
    assert!(expected.len() > 100);
}

#[test]
fn values_beyond_the_ceiling_of_their_column_are_counted() {
    let config = Config { monitors: vec![Monitor::plain("calls", &[Column::Service, Column::TargetModule])], ..config() };
    let call = |service: &str| {
        let mut record = Record { kind: Kind::Call, ..Record::default() };
        record.set(Column::Service, service);
        record.set(Column::TargetModule, "video");
        record
    };
    let records: Vec<Record> = ["a", "b", "a", "c", "d", "c"].into_iter().map(call).collect();
    let mut dictionaries = Dictionaries::default();
    *dictionaries.of_mut(Column::Service) = Dictionary::with_ceiling(2);
    let (folder, _) = fold(&config, roomy(), &records, 10, &mut dictionaries);
    let counts = folder.finish(&dictionaries).counts();
    assert_eq!((counts.folded, counts.other, counts.other_values), (6, 0, 3));
}

#[test]
fn beyond_the_ceiling_of_combinations_records_fold_and_say_so() {
    // Six calls of six services in one bucket that has room for two.
    let config = Config { monitors: vec![Monitor::plain("services", &[Column::Service])], ..config() };
    let call = |service: &str| {
        let mut record = Record { kind: Kind::Call, ..Record::default() };
        record.set(Column::Service, service);
        record.set(Column::TargetModule, "video");
        record
    };
    let records: Vec<Record> = ["a", "b", "a", "c", "d", "b"].into_iter().map(call).collect();
    let mut dictionaries = Dictionaries::default();
    let (folder, marks) = fold(&config, Ceilings { combinations: 2, ..roomy() }, &records, 10, &mut dictionaries);
    assert_eq!(marks, [0, 0, 0, mark::FOLDED, mark::FOLDED, 0]);
    assert_eq!((folder.counts().folded, folder.counts().other), (6, 2));
    let table = folder.finish(&dictionaries).to_table("services").unwrap();
    let rows: Vec<(String, String, u64)> =
        shown(&table).into_iter().map(|((_, words, _), partial)| (words[0].clone(), words[1].clone(), partial.records)).collect();
    let row = |service: &str, module: &str, records| (service.to_owned(), module.to_owned(), records);
    assert_eq!(rows, [row(OTHER, OTHER, 2), row("a", "video", 2), row("b", "video", 2)]);
}

#[test]
fn completeness_counts_every_record_of_every_source() {
    [config(), unconditional()].iter().for_each(count_every_record);
}

/// Source `web`: 2 understood, 1 not; `mail`: 1 understood but late by a bucket, 1 with an impossible time, 3 lost.
fn count_every_record(config: &Config) {
    let line = |input: &str, time: i64, error: &str, marks: u8| {
        let mut record = Record { time: Timestamp(time), marks, ..Record::default() };
        record.set(Column::Input, input);
        record.set(Column::ParseError, error);
        record
    };
    let records = [
        line("web", 60, "", 0),
        line("web", 61, "", 0),
        line("web", 62, "cut", 0),
        line("mail", 10, "", 0),
        line("mail", 9_000, "", mark::BAD_TIME),
    ];
    let mut dictionaries = Dictionaries::default();
    let mut columns = Records::new(config.fields.len());
    records.iter().for_each(|record| columns.push(record, &config.fields, &mut dictionaries));
    let mut folder = Folder::new(config);
    folder.set_closed_before(Timestamp(60));
    folder.fold(&mut columns, &dictionaries, 0..5);
    folder.count_dropped(dictionaries.of(Column::Input).find("mail").unwrap(), Timestamp(65), 3);
    let drained = folder.drain(&dictionaries);
    let counts: Vec<(i64, &str, [u64; 5])> = drained
        .sources
        .iter()
        .map(|count| (count.bucket.0, count.input.as_str(), [count.parsed, count.unparsed, count.late, count.dropped, count.bad_time]))
        .collect();
    assert_eq!(
        counts,
        [(0, "mail", [1, 0, 1, 0, 0]), (60, "mail", [0, 0, 0, 3, 0]), (60, "web", [2, 1, 0, 0, 0]), (9_000, "mail", [1, 0, 0, 0, 1])]
    );
    let complete = completeness(&drained.sources, Timestamp(60), Timestamp(100), 3);
    assert_eq!((complete.expected, complete.reporting, complete.parsed, complete.unparsed, complete.dropped), (3, 2, 2, 1, 3));
    assert_eq!(complete.share(), 2.0 / 6.0);
}

#[test]
fn distinct_values_and_percentiles_survive_the_roll_up() {
    // 300 visitors over 2 modules, elapsed 1 to 300 units.
    let config = Config { monitors: vec![Monitor::plain("modules", &[Column::TargetModule])], ..config() };
    let records: Vec<Record> = (1..=300)
        .map(|n| {
            let mut record = Record { kind: Kind::Call, ..Record::default() };
            record.set(Column::Source, &format!("10.0.0.{n}"));
            record.set(Column::TargetModule, ["user", "video"][n % 2]);
            record.fields.insert("elapsed_ms".into(), n as i64);
            record
        })
        .collect();
    let table = folded(&config, cramped(), &records, 17).to_table("modules").unwrap();
    let visitors: BTreeSet<i64> =
        table.rows.iter().map(|row| Aggregate::Distinct.of(&row.partial, 2, &table.fields[2], 60).unwrap() as i64).collect();
    assert_eq!((table.rows.len(), visitors), (2, BTreeSet::from([150])));
    let median = Aggregate::P50.of(&table.rows[0].partial, 0, &table.fields[0], 60).unwrap() * 1e6;
    assert!((median / 151.0 - 1.0).abs() < 0.01, "{median}");
}
