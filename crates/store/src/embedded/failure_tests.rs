//! Power cuts at every operation, full and read-only disks: what was acknowledged is there afterwards, whole.

use std::path::Path;
use std::sync::Arc;

use magpie_model::query::{RecordQuery, RollupQuery, TimeRange};
use magpie_model::{Partial, PartialTable, Record, Timestamp};

use super::forgetful::{ForgetfulDisk, Survives};
use super::tests::{all, at};
use super::{EmbeddedTelemetry, doctor};
use crate::suite::telemetry as wanted;
use crate::{Append, LogEntry, LogPosition, Result, SealReason, TelemetryStore};

fn open(disk: &ForgetfulDisk) -> Result<EmbeddedTelemetry> {
    EmbeddedTelemetry::open_on(Arc::new(disk.clone()), Path::new("/data"), wanted::declared(), at(0))
}

fn append(number: u64) -> Append {
    Append {
        pending_spans: Some(format!("spans of {number}").into_bytes()),
        logged: Some(LogPosition(number)),
        ..wanted::append(&[wanted::record(number), wanted::record(number + 1)])
    }
}

fn entry(number: u64) -> LogEntry {
    LogEntry { input: "push".into(), body: number.to_string().into_bytes() }
}

fn replayed(store: &EmbeddedTelemetry) -> Vec<u64> {
    let mut numbers = Vec::new();
    store.unsealed_log(&mut |_, entry| numbers.push(String::from_utf8(entry.body).unwrap().parse().unwrap())).unwrap();
    numbers
}

fn records(numbers: impl IntoIterator<Item = u64>) -> Vec<Record> {
    numbers.into_iter().map(wanted::record).collect()
}

/// Runs a scenario with the power cut at each of its operations, and looks at each outcome of a restart.
fn cut_everywhere(
    prepare: impl Fn(&EmbeddedTelemetry),
    scenario: impl Fn(&EmbeddedTelemetry) -> bool,
    look: impl Fn(&EmbeddedTelemetry, bool, &str),
) {
    let prepared = ForgetfulDisk::new();
    prepare(&open(&prepared).unwrap());
    for operations in 0.. {
        let disk = prepared.restarted(Survives::Nothing);
        let store = open(&disk).unwrap();
        disk.cut_after(operations);
        let acknowledged = scenario(&store);
        let complete = !disk.lost_power();
        for survives in Survives::ALL {
            let what = format!("cut after {operations} operations, survives: {survives:?}, acknowledged: {acknowledged}");
            let after = disk.restarted(survives);
            let reopened = open(&after).unwrap_or_else(|error| panic!("{what}: {error}"));
            look(&reopened, acknowledged, &what);
            // And it works on, also through another restart.
            reopened.append(Append { batches: vec![wanted::batch(&records([90]))], ..Append::default() }).unwrap();
            reopened.seal(SealReason::Interval).unwrap();
            drop(reopened);
            let again = open(&after.restarted(Survives::Nothing)).unwrap();
            assert_eq!(all(&again).last(), Some(&wanted::record(90)), "{what}");
        }
        if complete {
            assert!(acknowledged && operations > 5, "the scenario ended after {operations} operations");
            return;
        }
    }
}

#[test]
fn a_commit_cut_at_any_operation_happened_wholly_or_not_at_all() {
    let prepare = |store: &EmbeddedTelemetry| {
        store.log(&[entry(0), entry(1)]).unwrap();
        store.append(append(0)).unwrap();
        store.seal(SealReason::Interval).unwrap();
        store.log(&[entry(2)]).unwrap();
    };
    let scenario = |store: &EmbeddedTelemetry| {
        store.append(append(2)).unwrap();
        store.seal(SealReason::Interval).is_ok()
    };
    cut_everywhere(prepare, scenario, |store, acknowledged, what| {
        let committed = all(store).len() == 4;
        assert!(committed || !acknowledged, "{what}: what was acknowledged is gone");
        let (last, spans) = if committed { (3, "spans of 2") } else { (1, "spans of 0") };
        assert_eq!(all(store), records(0..=last), "{what}");
        assert_eq!(store.positions()[0].offset, last * 100, "{what}");
        assert_eq!(store.pending_spans().unwrap().as_deref(), Some(spans.as_bytes()), "{what}");
        // Log entries are numbered from 1: entry 0 is number 1, and appending record 2 contains up to number 2.
        assert_eq!(replayed(store), if committed { vec![2] } else { vec![0, 1, 2] }, "{what}");
    });
}

#[test]
fn a_compaction_cut_at_any_operation_loses_and_doubles_nothing() {
    let prepare = |store: &EmbeddedTelemetry| {
        for number in 0..8 {
            store.append(wanted::append(&records([number]))).unwrap();
            store.seal(SealReason::Interval).unwrap();
        }
    };
    let scenario = |store: &EmbeddedTelemetry| store.compact().is_ok_and(|compacted| compacted.segments == 8);
    cut_everywhere(prepare, scenario, |store, acknowledged, what| {
        assert_eq!(all(store), records(0..8), "{what}");
        let segments = store.segments().len();
        assert!(segments == 1 || (segments == 8 && !acknowledged), "{what}: {segments} segments");
        assert_eq!(store.source_counts(TimeRange::ALL).unwrap().len(), 4, "{what}");
    });
}

#[test]
fn acknowledged_log_entries_survive_a_cut_at_any_operation() {
    let scenario = |store: &EmbeddedTelemetry| {
        let first = store.log(&[entry(1)]).is_ok();
        first && store.log(&[entry(2), entry(3)]).is_ok()
    };
    let prepare = |store: &EmbeddedTelemetry| _ = store.log(&[entry(0)]).unwrap();
    for operations in 0..8 {
        let disk = ForgetfulDisk::new();
        let store = open(&disk).unwrap();
        prepare(&store);
        disk.cut_after(operations);
        let acknowledged = scenario(&store);
        for survives in Survives::ALL {
            let found = replayed(&open(&disk.restarted(survives)).unwrap());
            let least = if acknowledged { 4 } else { 1 };
            assert!(found.len() >= least && found == (0..found.len() as u64).collect::<Vec<_>>(), "{operations} {survives:?}: {found:?}");
        }
    }
}

#[test]
fn a_first_start_cut_at_any_operation_can_be_repeated() {
    for operations in 0..12 {
        let disk = ForgetfulDisk::with_power_until(operations);
        let _ = open(&disk);
        for survives in Survives::ALL {
            let store = open(&disk.restarted(survives)).unwrap_or_else(|error| panic!("{operations} {survives:?}: {error}"));
            assert_eq!(all(&store), []);
        }
    }
}

#[test]
fn a_full_disk_refuses_and_what_is_open_stays_until_there_is_room() {
    for room in [0, 10, 1_000, 5_000, 12_000] {
        let disk = ForgetfulDisk::new();
        let store = open(&disk).unwrap();
        store.append(append(0)).unwrap();
        store.seal(SealReason::Interval).unwrap();
        let files = disk.paths();
        disk.limit(Some(room));
        store.append(append(2)).unwrap();
        let refused = store.seal(SealReason::Interval).unwrap_err();
        assert!(room > 10 || refused.is_full(), "{refused}");
        assert_eq!(disk.paths(), files, "half-written files give their room back");
        assert!(store.log(&[entry(5)]).is_err() || room > 100);
        assert_eq!(all(&store), records(0..4), "still visible");
        store.append(append(4)).unwrap();
        assert_eq!(all(&store), records(0..6));
        disk.limit(None);
        store.seal(SealReason::Interval).unwrap();
        assert_eq!(all(&store), records(0..6));
        assert_eq!(all(&open(&disk.restarted(Survives::Nothing)).unwrap()), records(0..6), "room for {room} bytes");
        assert!(store.log(&[entry(6)]).is_ok());
    }
}

#[test]
fn a_refused_log_entry_leaves_those_before_and_after_it_whole() {
    let disk = ForgetfulDisk::new();
    let store = open(&disk).unwrap();
    store.log(&[entry(1)]).unwrap();
    disk.limit(Some(10));
    assert!(store.log(&[entry(2)]).unwrap_err().is_full());
    disk.limit(None);
    store.log(&[entry(3)]).unwrap();
    store.log(&[entry(4)]).unwrap();
    for survives in Survives::ALL {
        assert_eq!(replayed(&open(&disk.restarted(survives)).unwrap()), [1, 3, 4], "{survives:?}");
    }
}

#[test]
fn a_read_only_directory_refuses_and_keeps_what_it_has() {
    let disk = ForgetfulDisk::new();
    let store = open(&disk).unwrap();
    store.append(append(0)).unwrap();
    store.seal(SealReason::Interval).unwrap();
    disk.set_read_only(true);
    store.append(append(2)).unwrap();
    assert!(store.seal(SealReason::Interval).is_err());
    assert!(store.log(&[entry(1)]).is_err());
    assert_eq!(all(&store), records(0..4));
    disk.set_read_only(false);
    store.seal(SealReason::Interval).unwrap();
    assert_eq!(all(&open(&disk.restarted(Survives::Nothing)).unwrap()), records(0..4));
}

#[test]
fn a_bit_flip_in_a_segment_is_an_error_where_it_is_read_and_found_by_the_doctor() {
    let disk = ForgetfulDisk::new();
    let store = open(&disk).unwrap();
    store.append(append(0)).unwrap();
    let info = store.seal(SealReason::Interval).unwrap().unwrap();
    let range = TimeRange::ALL;
    let query = RollupQuery::of("m", range, None);
    let endings: Vec<&str> = info.files.iter().filter_map(|file| Some(file.name.split_once('.')?.1)).collect();
    assert_eq!(endings, ["records.parquet", "rollups.parquet", "counts.parquet"]);
    let (whole, rolled) = (store.search(&RecordQuery::range(range)).unwrap(), store.rollups(&query).unwrap());
    let counted = store.source_counts(range).unwrap();
    for file in &info.files {
        for at in (0..file.bytes as usize).step_by(13) {
            let damaged = disk.restarted(Survives::Nothing);
            damaged.flip(&Path::new("/data").join(&file.name), at);
            let reopened = open(&damaged).unwrap();
            let found = reopened.search(&RecordQuery::range(range));
            let folded = reopened.rollups(&query);
            let counts = reopened.source_counts(range);
            let _ = reopened.record(8);
            // What is read is what was written, or it is refused.
            let place = format!("byte {at} of {}", file.name);
            assert!(found.is_err() || found.is_ok_and(|page| page.records == whole.records), "{place}");
            assert!(folded.is_err() || folded.is_ok_and(|table| rows(&table) == rows(&rolled)), "{place}");
            assert!(counts.is_err() || counts.is_ok_and(|counts| counts == counted), "{place}");
            let findings = doctor::examine_on(&damaged, Path::new("/data")).unwrap().findings;
            assert!(findings.iter().any(|finding| finding.path.ends_with(&file.name)), "{place}: {findings:?}");
        }
    }
}

fn rows(table: &PartialTable) -> Vec<(Timestamp, Vec<Option<String>>, Partial)> {
    let words = |row| (0..table.by.len()).map(|at| table.value(row, at).map(str::to_owned)).collect();
    table.rows.iter().map(|row| (row.bucket, words(row), row.partial.clone())).collect()
}
