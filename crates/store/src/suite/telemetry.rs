//! What every telemetry store must do. An implementation gives itself in several arrangements - content open, sealed,
//! compacted - and each must answer alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::completeness::SourceCount;
use magpie_model::origin::Position;
use magpie_model::query::{ColumnFilter, Cursor, FoldQuery, HistogramQuery, RecordQuery, RollupQuery, RowTest, TextMatch, TimeRange};
use magpie_model::record::{Dictionaries, RecordBatch, Records, mark};
use magpie_model::time::MINUTE;
use magpie_model::{Bucketing, Column, FieldSpec, Key, Kind, Partial, PartialRow, PartialTable, Record, Severity, Side, Timestamp};

use crate::{Append, BASE, Declared, TelemetryStore};

/// What the suite's stores are told.
pub(crate) fn declared() -> Declared {
    Declared { fields: fields(), base: Column::DIMENSIONS.to_vec(), bucket: Bucketing::minute(), recipes: Vec::new() }
}

fn fields() -> Arc<[FieldSpec]> {
    Arc::new([FieldSpec::elapsed(), FieldSpec::error()])
}

/// A record; several things about it follow from its number.
pub(crate) fn record(number: u64) -> Record {
    let mut record = Record {
        id: number * 7 + 1,
        time: Timestamp(number as i64 * 10_000_000_000),
        kind: if number % 4 == 3 { Kind::Log } else { Kind::Call },
        severity: [Severity::Info, Severity::Warn, Severity::Unset][(number % 3) as usize],
        side: if number % 5 == 4 { Side::Caller } else { Side::Callee },
        marks: if number % 11 == 10 { mark::FOLDED } else { 0 },
        message: format!("Request {number} 超时 took long, code=E{}", number % 10),
        job_id: format!("job-{}", number / 3),
        trace_id: format!("{:032x}", number / 2),
        attempt: (number % 3) as u32,
        offset: number * 100,
        ..Record::default()
    };
    record.set(Column::Application, ["shop", "mail"][(number % 2) as usize]);
    record.set(Column::TargetModule, ["video", "user", ""][(number % 3) as usize]);
    record.set(Column::Source, &format!("10.0.0.{}", number % 4));
    record.set(Column::File, ["a.log", "b.log", ""][(number % 3) as usize]);
    record.set(Column::Host, "web-1");
    record.fields.insert("elapsed_ms".into(), number as i64 * 1_000_000);
    if number.is_multiple_of(2) {
        record.fields.insert("error".into(), i64::from(number.is_multiple_of(6)));
    }
    record.attributes.push(("agent".into(), format!("a{}", number % 3)));
    record
}

/// The records as a batch.
pub(crate) fn batch(records: &[Record]) -> RecordBatch {
    let (mut columns, mut dictionaries) = (Records::new(2), Dictionaries::default());
    records.iter().for_each(|record| columns.push(record, &fields(), &mut dictionaries));
    RecordBatch { records: columns, dictionaries: dictionaries.into(), fields: fields() }
}

/// Partials of monitor `m` by application over the records, a row per record as far as the store cares.
pub(crate) fn partials(records: &[Record]) -> PartialTable {
    let mut table = PartialTable::new("m".into(), vec![Column::Application], fields());
    for record in records {
        let mut key = Key { side: record.side, ..Key::default() };
        key.codes[0] = table.dictionaries[0].intern(record.text(Column::Application).unwrap_or(""));
        key.codes[1] = table.dictionaries[1].intern(record.text(Column::TargetModule).unwrap_or(""));
        let mut partial = Partial { records: 1, ..Partial::new(&fields()) };
        for (field, spec) in partial.fields.iter_mut().zip(fields().iter()) {
            record.fields.get(&spec.name).into_iter().for_each(|&value| field.add(value));
        }
        table.rows.push(PartialRow { bucket: Bucketing::minute().start(record.time), key, partial });
    }
    table
}

/// What the suite appends for some records.
pub(crate) fn append(records: &[Record]) -> Append {
    let count = |record: &Record| SourceCount {
        input: record.text(Column::Application).unwrap_or("").to_owned(),
        bucket: Bucketing::minute().start(record.time),
        parsed: 1,
        ..SourceCount::default()
    };
    let end = records.last().map_or(0, |record| record.offset);
    Append {
        batches: vec![batch(records)],
        partials: vec![partials(records)],
        counts: records.iter().map(count).collect(),
        positions: vec![Position { input: "shop".into(), file: "a.log".into(), generation: 1, offset: end }],
        watermark: records.last().map(|record| record.time),
        ..Append::default()
    }
}

/// Records of the suite, out of order within and across appends.
pub(crate) const RECORDS: u64 = 60;

/// The appends of the suite: twelve of five records each.
pub(crate) fn appends() -> Vec<Append> {
    let mut numbers: Vec<u64> = (0..RECORDS).collect();
    numbers.sort_by_key(|number| (number * 37) % RECORDS / 5);
    numbers.chunks(5).map(|chunk| append(&chunk.iter().map(|&number| record(number)).collect::<Vec<_>>())).collect()
}

/// Asks everything of a store that has the suite's appends.
pub(crate) fn check(store: &dyn TelemetryStore, arrangement: &str) {
    searches(store, arrangement);
    neighbours(store, arrangement);
    pages(store, arrangement);
    counts_of_records(store, arrangement);
    rollups(store, arrangement);
    folds(store, arrangement);
    completeness(store, arrangement);
    scans(store, arrangement);
}

fn query(filters: Vec<ColumnFilter>, text: Option<TextMatch>) -> RecordQuery {
    RecordQuery { filters, text, ..RecordQuery::range(TimeRange::ALL) }
}

fn searches(store: &dyn TelemetryStore, arrangement: &str) {
    let is = |column, word: &str| ColumnFilter::Is(column, vec![word.to_owned()]);
    let has = |record: &Record, column, word: &str| record.text(column).unwrap_or("") == word;
    type Expect = Box<dyn Fn(&Record) -> bool>;
    let cases: Vec<(RecordQuery, Expect)> = vec![
        (query(vec![], None), Box::new(|_| true)),
        (query(vec![is(Column::Application, "mail")], None), Box::new(move |r| has(r, Column::Application, "mail"))),
        (query(vec![is(Column::TargetModule, "")], None), Box::new(move |r| has(r, Column::TargetModule, ""))),
        (
            query(vec![ColumnFilter::Not(Column::TargetModule, vec!["video".into(), "".into()])], None),
            Box::new(move |r| has(r, Column::TargetModule, "user")),
        ),
        (query(vec![is(Column::Region, "nowhere")], None), Box::new(|_| false)),
        (query(vec![ColumnFilter::Kind(vec![Kind::Log])], None), Box::new(|r| r.kind == Kind::Log)),
        (query(vec![ColumnFilter::Severity(vec![Severity::Warn, Severity::Unset])], None), Box::new(|r| r.severity != Severity::Info)),
        (query(vec![ColumnFilter::JobId("job-7".into())], None), Box::new(|r| r.job_id == "job-7")),
        (query(vec![ColumnFilter::TraceId(format!("{:032x}", 9))], None), Box::new(|r| r.trace_id == format!("{:032x}", 9))),
        (query(vec![ColumnFilter::Attribute("agent".into(), "a2".into())], None), Box::new(|r| r.attributes[0].1 == "a2")),
        (query(vec![ColumnFilter::FieldAtLeast(0, 50_000_000)], None), Box::new(|r| r.fields["elapsed_ms"] >= 50_000_000)),
        (query(vec![ColumnFilter::FieldAtLeast(1, 0)], None), Box::new(|r| r.fields.contains_key("error"))),
        (query(vec![], Some(TextMatch::Words("request 17".into()))), Box::new(|r| r.message.contains(" 17 "))),
        (query(vec![], Some(TextMatch::Words("超时".into()))), Box::new(|_| true)),
        (query(vec![], Some(TextMatch::Words("时超".into()))), Box::new(|_| false)),
        (query(vec![], Some(TextMatch::Words("reques".into()))), Box::new(|_| false)),
        (query(vec![], Some(TextMatch::Substring("CODE=e3".into()))), Box::new(|r| r.message.contains("code=E3"))),
        (
            query(vec![], Some(TextMatch::Regex(regex::Regex::new("^Request [0-9] ").unwrap()))),
            Box::new(|r| r.message.len() < "Request 10 超时 took long, code=E0".len()),
        ),
        (
            query(
                vec![is(Column::Application, "shop"), ColumnFilter::Severity(vec![Severity::Info])],
                Some(TextMatch::Substring("e4".into())),
            ),
            Box::new(move |r| has(r, Column::Application, "shop") && r.severity == Severity::Info && r.message.contains("E4")),
        ),
        (
            RecordQuery::range(TimeRange { from: record(10).time, to: record(20).time }),
            Box::new(|r| r.time >= record(10).time && r.time < record(20).time),
        ),
    ];
    let standing: Arc<BTreeMap<String, u32>> = Arc::new([("job-7".to_owned(), 2), ("job-9".to_owned(), 1)].into());
    let superseded = |wanted| ColumnFilter::Asked { wanted, test: RowTest::Superseded(Arc::clone(&standing)) };
    let is_superseded = |r: &Record| r.job_id == "job-7" && r.attempt == 1;
    let cases = cases.into_iter().chain([
        (query(vec![superseded(true)], None), Box::new(is_superseded) as Expect),
        (query(vec![superseded(false)], None), Box::new(move |r: &Record| !is_superseded(r)) as Expect),
    ]);
    let line = |line: &str| {
        let line = magpie_model::query_line::read(line).unwrap();
        let (filters, text) = magpie_model::query_line::records::bind(&line, &fields()).unwrap();
        query(filters, text)
    };
    let lines: Vec<(RecordQuery, Expect)> = vec![
        (line("application:sh*"), Box::new(move |r| has(r, Column::Application, "shop"))),
        (line("-application:sh* \"code=e3\""), Box::new(move |r| has(r, Column::Application, "mail") && r.message.contains("code=E3"))),
        (line("target_module:* -target_module:video"), Box::new(move |r| has(r, Column::TargetModule, "user"))),
        (line("-target_module:*"), Box::new(move |r| has(r, Column::TargetModule, ""))),
        (line("region:*"), Box::new(|_| false)),
        (line("-region:*"), Box::new(|_| true)),
        (line("severity<warn"), Box::new(|r| r.severity == Severity::Info)),
        (line("elapsed_ms>=10 elapsed_ms<12"), Box::new(|r| (10..12).contains(&(r.fields["elapsed_ms"] / 1_000_000)))),
        (line("error:\"\""), Box::new(|r| !r.fields.contains_key("error"))),
        (line("-error:true"), Box::new(|r| r.fields.get("error") != Some(&1))),
        (line("attr.agent:a1,a2"), Box::new(|r| r.attributes[0].1 != "a0")),
        (line("-attr.agent:a1"), Box::new(|r| r.attributes[0].1 != "a1")),
        (line("job_id:job-1*"), Box::new(|r| r.job_id.starts_with("job-1"))),
        (line("-job_id:job-7"), Box::new(|r| r.job_id != "job-7")),
        (line("side:caller kind:call"), Box::new(|r| r.side == Side::Caller && r.kind == Kind::Call)),
        (line("超时 -e4 -e5"), Box::new(|r| !r.message.contains("E4") && !r.message.contains("E5"))),
        (line("message:Request*E7"), Box::new(|r| r.message.ends_with("E7"))),
    ];
    for (query, expect) in cases.chain(lines) {
        let found = store.search(&query).unwrap();
        let expected: Vec<Record> = (0..RECORDS).rev().map(record).filter(expect).collect();
        assert_eq!(found.records, expected, "{arrangement}: {query:?}");
        assert_eq!(found.next, None);
    }
    assert_eq!(store.record(record(23).id).unwrap(), Some(record(23)), "{arrangement}");
    assert_eq!(store.record(record(23).id + 1).unwrap(), None, "{arrangement}");
}

/// Every record of the suite has the offset 100 × its number, and every third is of file `a.log`, the others of none or `b.log`.
fn neighbours(store: &dyn TelemetryStore, arrangement: &str) {
    for (number, before, after, expected) in [
        (30, 2, 2, vec![24, 27, 30, 33, 36]),
        (3, 5, 1, vec![0, 3, 6]),
        (57, 1, 5, vec![54, 57]),
        (31, 1, 1, vec![28, 31, 34]),
        (32, 9, 9, vec![32]),
        (30, 0, 0, vec![30]),
    ] {
        let around = store.around(&record(number), before, after).unwrap();
        let numbers: Vec<u64> = around.records.iter().map(|record| record.offset / 100).collect();
        assert_eq!((numbers, around.records[around.here].offset), (expected, number * 100), "{arrangement}: {number}");
        assert_eq!(around.records[around.here], record(number));
    }
}

fn pages(store: &dyn TelemetryStore, arrangement: &str) {
    let mut query = RecordQuery { limit: 7, ..query(vec![ColumnFilter::Is(Column::Application, vec!["shop".into()])], None) };
    let mut all = Vec::new();
    loop {
        let page = store.search(&query).unwrap();
        assert!(page.records.len() <= 7);
        all.extend(page.records);
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    let expected: Vec<Record> = (0..RECORDS).rev().map(record).filter(|record| record.text(Column::Application) == Some("shop")).collect();
    assert_eq!(all, expected, "{arrangement}");
    let after = Some(Cursor { time: record(3).time, id: record(3).id });
    let rest = store.search(&RecordQuery { after, ..RecordQuery::range(TimeRange::ALL) }).unwrap();
    assert_eq!(rest.records, (0..3).rev().map(record).collect::<Vec<_>>(), "{arrangement}");
}

fn counts_of_records(store: &dyn TelemetryStore, arrangement: &str) {
    let records = query(vec![ColumnFilter::Is(Column::Application, vec!["mail".into()])], None);
    let bars = store.histogram(&HistogramQuery { records: records.clone(), step: MINUTE, by: None }).unwrap();
    let mut expected = std::collections::BTreeMap::new();
    for record in (0..RECORDS).map(record).filter(|record| record.text(Column::Application) == Some("mail")) {
        *expected.entry((Bucketing::minute().start(record.time), record.severity.name().to_owned())).or_insert(0) += 1;
    }
    let found: Vec<_> = bars.into_iter().map(|bar| ((bar.time, bar.value), bar.records)).collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{arrangement}");

    let top = store.top_values(&query(vec![], None), Column::TargetModule, 2).unwrap();
    let top: Vec<(String, u64)> = top.into_iter().map(|top| (top.value, top.records)).collect();
    assert_eq!(top, [(String::new(), 20), ("user".to_owned(), 20)], "{arrangement}");
}

fn rollups(store: &dyn TelemetryStore, arrangement: &str) {
    let shop = vec![(Column::Application, vec!["shop".into()])];
    let all = RollupQuery { filters: shop, ..RollupQuery::of("m", TimeRange::ALL, Some(MINUTE)) };
    let mut expected = partials(&(0..RECORDS).map(record).collect::<Vec<_>>());
    expected.rows.retain(|row| expected.dictionaries[0].get(row.key.codes[0]) == "shop");
    expected.fold();
    expected.sort();
    let found = store.rollups(&all).unwrap();
    assert_eq!(shown(&found), shown(&expected), "{arrangement}");

    // Without its column, over the whole range, a monitor is one row per side and callee module.
    let folded = store.rollups(&RollupQuery { step: None, by: Some(vec![]), filters: vec![], ..all.clone() }).unwrap();
    assert_eq!(folded.rows.iter().map(|row| row.partial.records).sum::<u64>(), RECORDS, "{arrangement}");
    assert_eq!(folded.rows.len(), 6, "{arrangement}");

    let base = store.rollups(&RollupQuery { by: Some(vec![Column::TargetModule]), ..RollupQuery::of(BASE, TimeRange::ALL, None) });
    let base: Vec<(Option<String>, Side, u64)> =
        base.unwrap().rows.iter().map(|row| (None::<String>, row.key.side, row.partial.records)).collect();
    let calls = (0..RECORDS).map(record).filter(|record| record.kind == Kind::Call).count() as u64;
    assert_eq!(base.iter().map(|(.., records)| records).sum::<u64>(), calls, "{arrangement}");

    // Fields that are not asked for are not there; those that are, are as they would be.
    for monitor in ["m", BASE] {
        let query = |fields: Option<&[&str]>| {
            let fields = fields.map(|names| names.iter().map(|&name| name.to_owned()).collect());
            store.rollups(&RollupQuery { fields, ..RollupQuery::of(monitor, TimeRange::ALL, Some(MINUTE)) }).unwrap()
        };
        let (every, some, none) = (query(None), query(Some(&["error", "gone"])), query(Some(&[])));
        let at = every.fields.iter().position(|spec| spec.name == "error").unwrap();
        assert_eq!(some.fields.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), ["error"], "{arrangement}");
        let reduced = |partial: &Partial| Partial { fields: vec![partial.fields[at].clone()], ..partial.clone() };
        let expected: Vec<_> = shown(&every).into_iter().map(|(bucket, words, side, of)| (bucket, words, side, reduced(&of))).collect();
        assert_eq!(shown(&some), expected, "{arrangement}");
        let counts = |table: &PartialTable| table.rows.iter().map(|row| row.partial.records).collect::<Vec<_>>();
        assert!(none.fields.is_empty() && counts(&none) == counts(&every), "{arrangement}");
    }

    let missing = RollupQuery { by: Some(vec![Column::Service]), filters: vec![], ..all };
    assert!(store.rollups(&missing).is_err(), "{arrangement}: a column that the monitor does not have");
}

fn folds(store: &dyn TelemetryStore, arrangement: &str) {
    let fold = |line: &str, by: &[Column], most: u64| {
        let (filters, text) = magpie_model::query_line::records::bind(&magpie_model::query_line::read(line).unwrap(), &fields()).unwrap();
        store.fold_records(&FoldQuery { records: query(filters, text), by: by.to_vec(), step: None, most }).unwrap()
    };
    let calls = |keep: &dyn Fn(&Record) -> bool| (0..RECORDS).map(record).filter(|r| r.kind == Kind::Call && keep(r)).count() as u64;
    let total = |table: &PartialTable| table.rows.iter().map(|row| row.partial.records).sum::<u64>();
    let all = fold("", &[Column::File, Column::Host], u64::MAX);
    assert_eq!((all.scanned, all.complete, total(&all.table)), (RECORDS, true, calls(&|_| true)), "{arrangement}");
    let files: std::collections::BTreeSet<Option<&str>> = all.table.rows.iter().map(|row| all.table.value(row, 0)).collect();
    assert!(files.contains(&Some("a.log")) && files.contains(&Some("b.log")), "{arrangement}: {files:?}");
    let mail = fold("application:mail -e3", &[Column::Status], u64::MAX);
    let is_meant = |r: &Record| r.text(Column::Application) == Some("mail") && !r.message.contains("E3");
    assert_eq!(total(&mail.table), calls(&is_meant), "{arrangement}");
    let elapsed: i128 = mail.table.rows.iter().map(|row| row.partial.fields[0].sum).sum();
    let expected =
        (0..RECORDS).map(record).filter(|r| r.kind == Kind::Call && is_meant(r)).map(|r| i128::from(r.fields["elapsed_ms"])).sum();
    assert_eq!(elapsed, expected, "{arrangement}");
    let none = fold("", &[], 0);
    assert_eq!((none.scanned, none.complete, total(&none.table)), (0, false, 0), "{arrangement}: bounded");
    let base = store.rollups(&RollupQuery { by: Some(vec![Column::Source]), ..RollupQuery::of(BASE, TimeRange::ALL, Some(MINUTE)) });
    let same = FoldQuery { records: query(vec![], None), by: vec![Column::Source], step: Some(MINUTE), most: u64::MAX };
    assert_eq!(shown(&store.fold_records(&same).unwrap().table), shown(&base.unwrap()), "{arrangement}: as the base dimension says");
}

fn shown(table: &PartialTable) -> Vec<(Timestamp, Vec<String>, Side, Partial)> {
    let words = |row| (0..2).map(|at| table.value(row, at).unwrap_or("").to_owned()).collect();
    table.rows.iter().map(|row| (row.bucket, words(row), row.key.side, row.partial.clone())).collect()
}

fn completeness(store: &dyn TelemetryStore, arrangement: &str) {
    let counts = store.source_counts(TimeRange::ALL).unwrap();
    assert_eq!(counts.iter().map(|count| count.parsed).sum::<u64>(), RECORDS, "{arrangement}");
    let buckets = store.completeness(TimeRange { from: Timestamp(0), to: Timestamp(12 * MINUTE) }, MINUTE).unwrap();
    let shown: Vec<(u64, u64, u64)> =
        buckets.iter().map(|bucket| (bucket.completeness.expected, bucket.completeness.reporting, bucket.completeness.parsed)).collect();
    let expected: Vec<(u64, u64, u64)> = (0..12).map(|minute| if minute < 10 { (2, 2, 6) } else { (2, 0, 0) }).collect();
    assert_eq!(shown, expected, "{arrangement}");
}

fn scans(store: &dyn TelemetryStore, arrangement: &str) {
    let mut ids = Vec::new();
    let range = TimeRange { from: record(5).time, to: record(50).time };
    store
        .scan(range, &mut |batch| {
            batch.records.debug_assert_even();
            ids.extend(batch.records.id.iter().copied());
            Ok(())
        })
        .unwrap();
    ids.sort_unstable();
    assert_eq!(ids, (5..50).map(|number| record(number).id).collect::<Vec<_>>(), "{arrangement}");
}
