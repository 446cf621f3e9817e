//! A manifest that lost its end: nothing that it named is lost, and nothing comes twice.

use std::path::Path;

use magpie_model::query::TimeRange;

use super::EmbeddedTelemetry;
use super::doctor::{self, Repair};
use super::tests::{all, at, open};
use crate::suite::telemetry as wanted;
use crate::{Append, SealReason, TelemetryStore};

/// A directory with segments of a record each whose manifest then loses its last lines.
fn without_the_end(segments: u64, lines: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..segments {
        store.append(wanted::append(&[wanted::record(number)])).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
    drop(store);
    lose_lines(dir.path(), lines);
    dir
}

fn lose_lines(dir: &Path, lines: usize) {
    let text = std::fs::read_to_string(dir.join("MANIFEST")).unwrap();
    let kept: Vec<&str> = text.split_inclusive('\n').collect();
    std::fs::write(dir.join("MANIFEST"), kept[..kept.len() - lines].concat()).unwrap();
}

fn rows_aside(dir: &Path) -> usize {
    let files = std::fs::read_dir(dir.join("quarantine")).into_iter().flatten().flatten();
    files.filter(|file| file.file_name().to_string_lossy().ends_with("records.parquet")).count()
}

#[test]
fn what_a_manifest_named_that_lost_its_end_is_kept_and_comes_back_when_nothing_can_be_read_again() {
    for lost in 1..=3 {
        let dir = without_the_end(4, lost);
        let store = open(dir.path());
        assert_eq!(store.set_aside(), ((4 - lost as u64)..4).collect::<Vec<_>>());
        assert_eq!(all(&store).len(), 4 - lost);
        store.append(wanted::append(&[wanted::record(9)])).unwrap();
        assert_eq!(store.seal(SealReason::Interval).unwrap().unwrap().id, 4, "no number is given twice");
        drop(store);
        let found = doctor::examine(dir.path()).unwrap().findings;
        assert!(found.iter().all(|finding| finding.repair == Some(Repair::TakeBack)) && found.len() == lost, "{found:?}");
        doctor::repair(dir.path()).unwrap();
        assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
        assert_eq!(rows_aside(dir.path()), 0);
        let store = open(dir.path());
        assert_eq!(all(&store), (0..4).chain([9]).map(wanted::record).collect::<Vec<_>>(), "{lost} lost");
        let parsed: u64 = store.source_counts(TimeRange::ALL).unwrap().iter().map(|count| count.parsed).sum();
        let of_one: u64 = wanted::append(&[wanted::record(0)]).counts.iter().map(|count| count.parsed).sum();
        assert_eq!(parsed, 5 * of_one, "how complete buckets are");
    }
}

#[test]
fn of_what_was_set_aside_only_records_that_were_not_read_again_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.append(wanted::append(&(0..5).map(wanted::record).collect::<Vec<_>>())).unwrap();
    store.seal(SealReason::Interval).unwrap();
    drop(store);
    lose_lines(dir.path(), 1);
    assert_eq!(doctor::examine(dir.path()).unwrap().findings[0].repair, Some(Repair::Keep));
    doctor::repair(dir.path()).unwrap();
    assert_eq!(doctor::examine(dir.path()).unwrap().waiting, 1, "nothing can be known of what will be read again");
    let store = open(dir.path());
    store.append(wanted::append(&[wanted::record(1), wanted::record(3)])).unwrap();
    store.seal(SealReason::Interval).unwrap();
    drop(store);
    doctor::repair(dir.path()).unwrap();
    assert_eq!(all(&open(dir.path())), (0..5).map(wanted::record).collect::<Vec<_>>());
}

#[test]
fn a_merge_whose_line_is_lost_is_refused_and_repaired_without_losing_a_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..8 {
        store.append(wanted::append(&[wanted::record(number)])).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
    assert_eq!(store.compact().unwrap().segments, 8);
    drop(store);
    lose_lines(dir.path(), 1);
    let refused = EmbeddedTelemetry::open(dir.path(), wanted::declared(), at(0)).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("it is gone"), "{refused}");
    doctor::repair(dir.path()).unwrap();
    let store = open(dir.path());
    store.append(wanted::append(&[wanted::record(9)])).unwrap();
    store.seal(SealReason::Interval).unwrap();
    drop(store);
    doctor::repair(dir.path()).unwrap();
    assert_eq!(all(&open(dir.path())), (0..8).chain([9]).map(wanted::record).collect::<Vec<_>>());
}

#[test]
fn halves_of_calls_that_a_lost_line_replaced_are_forgotten_and_everything_else_is_repaired() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..2 {
        let halves = Some(format!("halves of {number}").into_bytes());
        store.append(Append { pending_spans: halves, ..wanted::append(&[wanted::record(number)]) }).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
    drop(store);
    lose_lines(dir.path(), 1);
    assert!(EmbeddedTelemetry::open(dir.path(), wanted::declared(), at(0)).is_err());
    doctor::repair(dir.path()).unwrap();
    let store = open(dir.path());
    assert_eq!(store.pending_spans().unwrap(), None);
    assert_eq!((all(&store).len(), rows_aside(dir.path())), (1, 1));
}

#[test]
fn of_what_crashes_may_have_left_only_the_newest_is_kept() {
    let dir = without_the_end(1, 1);
    for _ in 0..12 {
        let store = open(dir.path());
        store.append(wanted::append(&[wanted::record(7)])).unwrap();
        store.seal(SealReason::Interval).unwrap();
        drop(store);
        lose_lines(dir.path(), 1);
    }
    assert_eq!(open(dir.path()).set_aside(), [12]);
    assert_eq!(rows_aside(dir.path()), 8);
}
