//! The suites of both traits over the embedded stores, and what only these promise.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use magpie_model::agent_partial::{ATTRIBUTE, AgentField, AgentPartial, VERSION};
use magpie_model::config::Retention;
use magpie_model::query::{Cursor, RecordQuery, RollupQuery, TextMatch, TimeRange};
use magpie_model::record::{Records, mark};
use magpie_model::run::{JobId, Status, TriggerPort};
use magpie_model::time::{DAY, MINUTE};
use magpie_model::{Column, FieldPartial, FieldSpec, Kind, PartialRow, Record, Signature, Timestamp};

use super::doctor::{self, Repair};
use super::{EmbeddedTelemetry, Options, SqliteRuns, SqliteState};
use crate::suite::{self, telemetry as wanted};
use crate::{AlertQuery, Append, BASE, Error, LogEntry, LogPosition, RunStore, SealReason, SegmentInfo, StateStore, TelemetryStore};

pub(super) fn at(time: i64) -> Options {
    Options { threads: 2, clock: Arc::new(move || Timestamp(time)) }
}

pub(super) fn open(dir: &Path) -> EmbeddedTelemetry {
    EmbeddedTelemetry::open(dir, wanted::declared(), at(DAY / 2)).unwrap()
}

pub(super) fn all(store: &EmbeddedTelemetry) -> Vec<Record> {
    let mut records = store.search(&RecordQuery { limit: 10_000, ..RecordQuery::range(TimeRange::ALL) }).unwrap().records;
    records.reverse();
    records
}

#[test]
fn the_telemetry_suite_in_every_arrangement() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    wanted::appends().into_iter().for_each(|append| store.append(append).unwrap());
    wanted::check(&store, "all open");
    store.seal(SealReason::Interval).unwrap();
    wanted::check(&store, "one segment");

    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for (number, append) in wanted::appends().into_iter().enumerate() {
        store.append(append).unwrap();
        if number < 10 {
            store.seal(SealReason::Interval).unwrap();
        }
    }
    wanted::check(&store, "ten segments and an open one");
    store.seal(SealReason::Interval).unwrap();
    assert_eq!(store.segments().len(), 11);
    assert_eq!(store.compact().unwrap().segments, 8);
    assert_eq!(store.segments().len(), 4);
    wanted::check(&store, "compacted");
    assert_eq!(store.compact().unwrap().segments, 0);
    drop(store);
    let files = std::fs::read_dir(dir.path().join("segments")).unwrap().count();
    assert_eq!(files, 4 * 3, "files of merged segments are gone");
    wanted::check(&open(dir.path()), "opened again");
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
}

#[test]
fn memory_of_sealed_messages_is_used_again_and_given_back_when_nothing_comes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let records: Vec<Record> = (0..100).map(wanted::record).collect();
    let mut batch = wanted::batch(&records);
    let bytes = batch.records.message.bytes();
    let room = store.room_for_messages(bytes);
    let place = room.as_ptr();
    let mut dictionaries = (*batch.dictionaries).clone();
    batch.records = Records::sized_like(&batch.records, room);
    records.iter().for_each(|record| batch.records.push(record, &batch.fields, &mut dictionaries));
    batch.dictionaries = Arc::new(dictionaries);
    store.append(Append { batches: vec![batch], ..Append::default() }).unwrap();
    store.seal(SealReason::Interval).unwrap();
    assert_eq!(store.spare(), 1);
    let again = store.room_for_messages(bytes);
    assert_eq!((again.as_ptr(), store.spare()), (place, 0));

    store.append(Append { batches: vec![wanted::batch(&records)], ..Append::default() }).unwrap();
    store.seal(SealReason::Interval).unwrap();
    assert_eq!(store.spare(), 1);
    store.seal(SealReason::Interval).unwrap();
    assert_eq!(store.spare(), 0, "nothing was appended");
}

#[test]
fn the_state_suite() {
    let dir = tempfile::tempdir().unwrap();
    suite::state::check(&SqliteState::open(dir.path()).unwrap());
    let again = SqliteState::open(dir.path()).unwrap();
    assert_eq!(crate::StateStore::judge_state(&again).unwrap().unwrap().state, [3]);
}

#[test]
fn the_runs_suite() {
    let dirs: std::sync::Mutex<Vec<tempfile::TempDir>> = std::sync::Mutex::default();
    suite::runs::check(&|| {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteRuns::open(dir.path()).unwrap();
        dirs.lock().unwrap().push(dir);
        Arc::new(store)
    });
}

#[test]
fn two_magpies_on_one_database_never_lease_a_run_twice() {
    let dir = tempfile::tempdir().unwrap();
    let stores = [0, 1].map(|_| Arc::new(SqliteRuns::open(dir.path()).unwrap()));
    suite::runs::shared(&*stores[0], &*stores[1]);
}

#[test]
fn a_state_database_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(SqliteState::open(dir.path()).unwrap());
    rusqlite::Connection::open(dir.path().join("state.db")).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(SqliteState::open(dir.path()).map(|_| ()), Err(Error::Newer { found: 99, .. })));
}

/// A database as version 1 left it: tables, a document, an alert that fires.
const VERSION_1: &str = include_str!("fixtures/state-1.sql");

#[test]
fn a_state_database_of_version_1_still_opens_and_can_be_signed() {
    let dir = tempfile::tempdir().unwrap();
    rusqlite::Connection::open(dir.path().join("state.db")).unwrap().execute_batch(VERSION_1).unwrap();
    let store = SqliteState::open(dir.path()).unwrap();
    assert_eq!(store.judge_state().unwrap().unwrap().state, [1, 2]);
    assert_eq!(store.alerts(&AlertQuery::now()).unwrap()[0].id, "00000000000000aa");
    let old = store.document("view", "home").unwrap().unwrap();
    assert_eq!((old.version, old.signature), (2, Signature { at: Timestamp(7), ..Signature::default() }), "nobody was asked then");
    let ann = Signature { by: "ann".into(), at: Timestamp(9), comment: "looking".into() };
    assert!(store.acknowledge("00000000000000aa", &ann).unwrap());
    drop(store);
    let again = SqliteState::open(dir.path()).unwrap();
    assert_eq!(again.attention(&["00000000000000aa"]).unwrap()["00000000000000aa"].acknowledged, Some(ann));
}

/// A database of runs as version 1 left it, and the key of its instance.
const RUNS_1: &str = include_str!("fixtures/runs-1.sql");
const RUNS_1_KEY: [u8; 32] = [
    0x18, 0x59, 0x21, 0x8a, 0xda, 0x00, 0xb3, 0x2f, 0x75, 0xa8, 0x78, 0xde, 0xd3, 0x88, 0x90, 0x3f, 0x33, 0xbe, 0xa7, 0x6b, 0x13, 0x8a,
    0x84, 0x1f, 0xf6, 0x5d, 0x29, 0x5a, 0x92, 0x4e, 0x47, 0x45,
];

#[test]
fn a_database_of_runs_of_version_1_still_opens_with_all_that_a_retry_needs() {
    let dir = tempfile::tempdir().unwrap();
    rusqlite::Connection::open(dir.path().join("runs.db")).unwrap().execute_batch(RUNS_1).unwrap();
    let key = dir.path().join("runs.key");
    std::fs::write(&key, RUNS_1_KEY).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let store = SqliteRuns::open(dir.path()).unwrap();
    let job: JobId = "01a222e0-77fb-7cc7-a52e-1c3051c6fae1".parse().unwrap();
    let detail = store.run(job).unwrap().unwrap();
    assert_eq!(
        (detail.run.flow.as_str(), detail.run.status, detail.run.open, detail.attempts.len()),
        ("demo.price-check", Status::Failed, true, 3)
    );
    assert_eq!(store.kept_input(job).unwrap().unwrap(), b"{}");
    assert_eq!(store.kept_steps(job).unwrap().len(), 1, "the step that succeeded is not repeated");
    assert_eq!(store.steps(job).unwrap().len(), 1);
    let flow = store.flow("demo.price-check").unwrap().unwrap();
    assert_eq!((flow.revision, flow.watchdog), (1, None));
    assert_eq!(flow.triggers, [TriggerPort::Schedule, TriggerPort::Manual, TriggerPort::Webhook], "version 1 did not tell of webhooks");
    assert_eq!(store.due_rows(None, TimeRange::ALL).unwrap().len(), 1);
    assert_eq!(store.events(0, 10).unwrap().len(), 1);
    let actions: Vec<String> = store.audit(None, None, 10).unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["retry run", "publish flow"], "Magpie's own notes are no change that somebody made");
}

/// A data directory as Magpie 0.1 wrote it before files had checksums of blocks and columns of words were coded by hand: three
/// lines of an access log, one of them none.
#[test]
fn a_data_directory_of_before_block_checksums_still_reads() {
    let dir = tempfile::tempdir().unwrap();
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/embedded/fixtures/data-1");
    std::fs::create_dir(dir.path().join("segments")).unwrap();
    for file in ["MANIFEST", "counts.parquet", "records.parquet", "rollups.parquet"] {
        let name = if file == "MANIFEST" { file.to_owned() } else { format!("segments/000000000000.{file}") };
        std::fs::copy(old.join(&name), dir.path().join(name)).unwrap();
    }
    let store = open(dir.path());
    let shown: Vec<(Option<String>, Option<i64>)> = all(&store)
        .iter()
        .map(|record| (record.text(Column::Service).map(str::to_owned), record.fields.get("elapsed_ms").copied()))
        .collect();
    let item = Some("/item/{id}".to_owned());
    assert_eq!(shown, [(item.clone(), Some(43_000_000)), (item.clone(), Some(1_500_000_000)), (None, None)]);
    let words = RecordQuery { text: Some(TextMatch::Words("not a line".into())), ..RecordQuery::range(TimeRange::ALL) };
    assert_eq!(store.search(&words).unwrap().records.len(), 1);
    let query = RollupQuery::of("services", TimeRange::ALL, None);
    let table = store.rollups(&query).unwrap();
    let rows: Vec<(Option<&str>, u64)> = table.rows.iter().map(|row| (table.value(row, 0), row.partial.records)).collect();
    assert_eq!(rows, [(item.as_deref(), 2)]);
    assert_eq!(store.source_counts(TimeRange::ALL).unwrap().iter().map(|count| count.parsed + count.unparsed).sum::<u64>(), 3);
    // It is one at a time in a data directory.
    drop(store);
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
}

#[test]
fn many_writers_of_state_each_hear_of_their_own_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteState::open(dir.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..20u64 {
                    let put =
                        crate::StateStore::put_document(store, "k", &thread.to_string(), Some(&n.into()), Some(n), &Signature::default());
                    assert_eq!(put.unwrap(), Some(n + 1));
                }
            });
        }
    });
    assert_eq!(crate::StateStore::documents(&store, "k").unwrap().len(), 8);
}

#[test]
fn compaction_adds_base_rows_that_equal_the_records() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    // Many records of few combinations, so that rows by the base dimension pay.
    let records = |part: u64| (0..400).map(|n| Record { id: part * 400 + n, ..wanted::record(n % 12) }).collect::<Vec<_>>();
    for part in 0..8 {
        store.append(wanted::append(&records(part))).unwrap();
        store.seal(SealReason::Size).unwrap();
    }
    let query = |step| RollupQuery::of(BASE, TimeRange::ALL, step);
    let before = store.rollups(&query(Some(MINUTE))).unwrap();
    assert_eq!(store.compact().unwrap().segments, 8);
    let segment = store.read_live().segments[0].rollups().unwrap().unwrap();
    assert!(segment.tables().iter().any(|note| note.monitor == BASE), "rows by the base dimension are stored");
    let after = store.rollups(&query(Some(MINUTE))).unwrap();
    let shown = |table: &magpie_model::PartialTable| {
        let words = |row| (0..5).map(|at| table.value(row, at).map(str::to_owned)).collect::<Vec<_>>();
        table.rows.iter().map(|row| (row.bucket, words(row), row.key.side, row.partial.clone())).collect::<Vec<_>>()
    };
    assert_eq!(shown(&after), shown(&before));
    assert!(store.rollups(&RollupQuery { by: Some(vec![Column::Region]), ..query(None) }).is_err());
}

#[test]
fn what_agents_counted_keeps_its_weight_through_compaction() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let counted = |record: Record| {
        let values = FieldPartial { count: 9, set: 9, sum: 45, min: 1, max: 9, ..FieldPartial::new(&FieldSpec::elapsed()) };
        let field = AgentField { name: "elapsed_ms".into(), scale: FieldSpec::elapsed().scale, values };
        let partial = AgentPartial { version: VERSION, bucket: MINUTE, records: 10, fields: vec![field], ..AgentPartial::default() };
        let attributes = vec![(ATTRIBUTE.to_owned(), partial.to_text())];
        Record { marks: mark::FROM_AGENT, attributes, fields: BTreeMap::default(), ..record }
    };
    let records = |part: u64| {
        let record = |n: u64| Record { id: part * 400 + n, ..wanted::record(n % 12) };
        (0..400).map(|n| if n % 12 == 0 { counted(record(n)) } else { record(n) }).collect::<Vec<_>>()
    };
    let calls = || (0..8).flat_map(records).filter(|record| record.kind == Kind::Call);
    let weight = |record: &Record| if record.marks & mark::FROM_AGENT == 0 { 1 } else { 10 };
    for part in 0..8 {
        // No rows of any monitor: the rows by the base dimension are made of the records.
        store.append(Append { partials: Vec::new(), ..wanted::append(&records(part)) }).unwrap();
        store.seal(SealReason::Size).unwrap();
    }
    let total = || {
        let table = store.rollups(&RollupQuery::of(BASE, TimeRange::ALL, None)).unwrap();
        let elapsed = |row: &PartialRow| row.partial.fields[0].count;
        let sums = |of: &dyn Fn(&PartialRow) -> u64| table.rows.iter().map(of).sum::<u64>();
        (sums(&|row| row.partial.records), sums(&elapsed))
    };
    let lines: u64 = calls().map(|record| weight(&record)).sum();
    let timed: u64 = calls().map(|record| if weight(&record) == 1 { 1 } else { 9 }).sum();
    assert!(lines > calls().count() as u64 * 3 / 2);
    assert_eq!(total(), (lines, timed), "from the records");
    assert_eq!(store.compact().unwrap().segments, 8);
    let segment = store.read_live().segments[0].rollups().unwrap().unwrap();
    assert!(segment.tables().iter().any(|note| note.monitor == BASE), "rows by the base dimension are stored");
    assert_eq!(total(), (lines, timed), "from the rows that compaction made");
    assert_eq!(all(&store).iter().filter(|record| record.marks & mark::FROM_AGENT != 0).count() as u64, 8 * 34);
    drop(store);
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
}

#[test]
fn a_rare_word_is_found_wherever_it_is_in_a_row_group() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let rare = [0, 19_999, 20_000, 39_999, 40_000, 44_999];
    let record = |n: u64| {
        let word = if rare.contains(&n) { "needle" } else { "hay" };
        Record { id: n, time: Timestamp(n as i64), message: format!("a {word} in line {n}"), ..Record::default() }
    };
    let records: Vec<Record> = (0..45_000).map(record).collect();
    store.append(Append { batches: vec![wanted::batch(&records)], ..Append::default() }).unwrap();
    store.seal(SealReason::Size).unwrap();
    let found = |range, after| {
        let query = RecordQuery { text: Some(TextMatch::Words("NEEDLE in".into())), after, ..RecordQuery::range(range) };
        store.search(&query).unwrap().records.into_iter().map(|record| record.id).rev().collect::<Vec<_>>()
    };
    assert_eq!(found(TimeRange::ALL, None), rare);
    assert_eq!(found(TimeRange { from: Timestamp(19_999), to: Timestamp(40_000) }, None), rare[1..4]);
    let after = Cursor { time: Timestamp(40_000), id: 40_000 };
    assert_eq!(found(TimeRange::ALL, Some(after)), rare[..4]);
}

#[test]
fn a_segment_of_a_few_records_is_small() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for (sealed, records) in [1u64, 20].into_iter().enumerate() {
        let records: Vec<Record> = (0..records).map(|n| Record { id: 100 * sealed as u64 + n, ..wanted::record(n) }).collect();
        store.append(Append { batches: vec![wanted::batch(&records)], ..Append::default() }).unwrap();
        let info = store.seal(SealReason::Interval).unwrap().unwrap();
        assert!(info.bytes < 24 << 10, "{} records take {} bytes", records.len(), info.bytes);
    }
}

#[test]
fn retention_by_age_and_by_size() {
    let dir = tempfile::tempdir().unwrap();
    // One of years ago, one of the day it came, one of the future, and one of the day before it came.
    for (came, time) in [(1_001, 1), (1_002, 1_002), (1_003, 4_000), (1_004, 1_003)] {
        let store = EmbeddedTelemetry::open(dir.path(), wanted::declared(), at(came * DAY)).unwrap();
        let record = Record { time: Timestamp(time * DAY), id: came as u64, ..wanted::record(0) };
        store.append(Append { batches: vec![wanted::batch(&[record])], ..Append::default() }).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
    let store = open(dir.path());
    let ids = || {
        let mut ids: Vec<u64> = all(&store).into_iter().map(|record| record.id).collect();
        ids.sort_unstable();
        ids
    };
    let month = Retention { age: 30 * DAY, size: None };
    assert_eq!(store.expire(Timestamp(1_031 * DAY), &month).unwrap().segments, 0, "old records live as long as all that came with them");
    assert_eq!(store.expire(Timestamp(1_032 * DAY), &month).unwrap().segments, 1);
    assert_eq!(ids(), [1_002, 1_003, 1_004]);
    let one = store.segments()[0].bytes;
    let expired = store.expire(Timestamp(1_032 * DAY), &Retention { size: Some(one * 2 + one / 2), ..month }).unwrap();
    assert_eq!((expired.segments, ids()), (1, vec![1_003, 1_004]));
    assert_eq!(store.expire(Timestamp(1_035 * DAY), &month).unwrap().segments, 2);
    assert_eq!((ids(), std::fs::read_dir(dir.path().join("segments")).unwrap().count()), (vec![], 0));
}

#[test]
fn a_clock_going_back_makes_no_segment_look_older() {
    let dir = tempfile::tempdir().unwrap();
    for now in [50 * DAY, 20 * DAY] {
        let store = EmbeddedTelemetry::open(dir.path(), wanted::declared(), at(now)).unwrap();
        store.append(wanted::append(&[wanted::record((now / DAY) as u64)])).unwrap();
        let sealed = store.seal(SealReason::Interval).unwrap().unwrap().sealed;
        assert_eq!(sealed, Timestamp(50 * DAY));
    }
    let store = open(dir.path());
    assert_eq!(store.expire(Timestamp(-DAY), &Retention::default()).unwrap().segments, 0);
}

#[test]
fn two_stores_on_one_directory_the_second_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let second = EmbeddedTelemetry::open(dir.path(), wanted::declared(), at(0));
    assert!(matches!(second.map(|_| ()), Err(Error::Locked { pid: Some(pid), .. }) if pid == std::process::id()));
}

#[test]
fn the_log_is_replayed_up_to_what_is_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let entry = |n: u64| LogEntry { input: "push".into(), body: n.to_le_bytes().to_vec() };
    let store = open(dir.path());
    store.log(&[entry(1), entry(2)]).unwrap();
    store.append(Append { logged: Some(LogPosition(1)), pending_spans: Some(b"halves".to_vec()), ..Append::default() }).unwrap();
    store.seal(SealReason::Shutdown).unwrap();
    store.log(&[entry(3)]).unwrap();
    drop(store);
    let store = open(dir.path());
    let mut replayed = Vec::new();
    store.unsealed_log(&mut |position, entry| replayed.push((position.0, entry.body[0]))).unwrap();
    assert_eq!(replayed, [(2, 2), (3, 3)]);
    assert_eq!(store.pending_spans().unwrap().as_deref(), Some(&b"halves"[..]));
}

#[test]
fn the_doctor_sets_a_damaged_segment_aside_and_keeps_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..2 {
        store.append(wanted::append(&[wanted::record(number)])).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
    let damaged = dir.path().join(&store.segments()[0].files[0].name);
    drop(store);
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    std::fs::write(dir.path().join("segments/left-over"), "x").unwrap();

    let found = doctor::examine(dir.path()).unwrap().findings;
    let repairs: Vec<Option<Repair>> = found.iter().map(|finding| finding.repair).collect();
    assert_eq!(repairs, [Some(Repair::Remove), Some(Repair::Quarantine(0))], "{found:?}");
    assert_eq!(found[1].path, damaged);
    doctor::repair(dir.path()).unwrap();
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
    assert_eq!(all(&open(dir.path())), [wanted::record(1)]);
    assert_eq!(std::fs::read_dir(dir.path().join("quarantine")).unwrap().count(), 3);
}

/// A directory with three segments of a record each, damaged, and what the doctor did about it.
fn repaired(damage: impl FnOnce(&Path, &[SegmentInfo])) -> (tempfile::TempDir, Vec<Option<Repair>>) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..3 {
        store.append(wanted::append(&[wanted::record(number)])).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
    let segments = store.segments();
    drop(store);
    damage(dir.path(), &segments);
    let found = doctor::examine(dir.path()).unwrap().findings;
    doctor::repair(dir.path()).unwrap();
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
    (dir, found.iter().map(|finding| finding.repair).collect())
}

#[test]
fn rollups_and_counts_that_are_damaged_cost_no_record() {
    for ending in ["rollups.parquet", "counts.parquet"] {
        let (dir, repairs) = repaired(|dir, segments| {
            let file = segments[1].files.iter().find(|file| file.name.ends_with(ending)).unwrap();
            std::fs::write(dir.join(&file.name), "x").unwrap();
        });
        assert_eq!(repairs, [Some(Repair::SetAside(1))], "{ending}");
        let store = open(dir.path());
        assert_eq!(all(&store).len(), 3, "{ending}");
        let has = |segment: &SegmentInfo| segment.files.iter().any(|file| file.name.ends_with(ending));
        assert_eq!(store.segments().iter().filter(|segment| !has(segment)).map(|segment| segment.id).collect::<Vec<_>>(), [1]);
    }
}

#[test]
fn of_a_damaged_manifest_the_sound_lines_stay_and_nothing_is_removed() {
    let (dir, repairs) = repaired(|dir, _| {
        let path = dir.join("MANIFEST");
        let text = std::fs::read_to_string(&path).unwrap();
        // The header, an empty state, and a line for each segment.
        let lines: Vec<&str> = text.lines().collect();
        let damaged = lines.iter().enumerate().map(|(at, line)| if at == 3 { line.replace("rows", "rowz") } else { (*line).to_owned() });
        std::fs::write(&path, damaged.map(|line| line + "\n").collect::<String>()).unwrap();
    });
    assert_eq!(repairs[0], Some(Repair::Rewrite));
    assert_eq!(repairs[1..], [Some(Repair::MoveUnnamed); 3], "the files of the segment that the line named");
    let store = open(dir.path());
    assert_eq!(all(&store), (0..3).map(wanted::record).collect::<Vec<_>>(), "what it held is nowhere else, and taken back");
    let aside = std::fs::read_dir(dir.path().join("quarantine")).unwrap().count();
    assert_eq!(aside, 1, "the manifest as it was");
    store.append(wanted::append(&[wanted::record(7)])).unwrap();
    assert_eq!(store.seal(SealReason::Interval).unwrap().unwrap().id, 4, "no number is given twice");
}

#[test]
fn where_the_manifest_is_lost_nothing_begins_anew_over_what_it_named() {
    let (dir, repairs) = repaired(|dir, _| {
        std::fs::remove_file(dir.join("MANIFEST")).unwrap();
        let refused = EmbeddedTelemetry::open(dir, wanted::declared(), at(0)).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("it is missing, though there are segments"), "{refused}");
    });
    assert_eq!(repairs[0], Some(Repair::Rewrite));
    assert_eq!(std::fs::read_dir(dir.path().join("quarantine")).unwrap().count(), 9);
    assert_eq!(all(&open(dir.path())).len(), 0);
}

#[test]
fn a_named_file_that_is_gone_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.append(wanted::append(&[wanted::record(0)])).unwrap();
    let info = store.seal(SealReason::Interval).unwrap().unwrap();
    drop(store);
    std::fs::remove_file(dir.path().join(&info.files[0].name)).unwrap();
    let refused = EmbeddedTelemetry::open(dir.path(), wanted::declared(), at(0)).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("it is gone"), "{refused}");
}

#[test]
fn searching_while_segments_are_made_and_merged_sees_every_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..64 {
                store.append(wanted::append(&[wanted::record(number)])).unwrap();
                store.seal(SealReason::Interval).unwrap();
                store.compact().unwrap();
            }
        });
        let mut last = 0;
        while !writer.is_finished() {
            let found = store
                .search(&RecordQuery { text: Some(TextMatch::Words("request".into())), ..RecordQuery::range(TimeRange::ALL) })
                .unwrap();
            let mut ids: Vec<u64> = found.records.iter().map(|record| record.id).collect();
            assert!(ids.len() >= last, "{} records after {last}", ids.len());
            last = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), last, "a record twice");
        }
    });
    assert_eq!(all(&store).len(), 64);
}
