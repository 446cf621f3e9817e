//! Rollups made anew: what they are, what is shown meanwhile, and what a crash leaves.

use std::path::Path;
use std::sync::Arc;

use magpie_model::query::{RollupQuery, TimeRange};
use magpie_model::record::RecordBatch;
use magpie_model::rollup::Recipe;
use magpie_model::time::{DAY, MINUTE};
use magpie_model::{Partial, PartialTable, Record, Side, Timestamp};

use super::forgetful::{ForgetfulDisk, Survives};
use super::tests::at;
use super::{EmbeddedTelemetry, doctor};
use crate::suite::telemetry as wanted;
use crate::{Declared, Error, Result, SealReason, TelemetryStore};

fn recipe(monitor: &str, version: &str) -> Recipe {
    Recipe { monitor: monitor.into(), rows: format!("rows {version}"), fields: format!("fields {version}") }
}

fn declared(recipes: &[Recipe]) -> Declared {
    Declared { recipes: recipes.to_vec(), ..wanted::declared() }
}

/// The partials of a batch for a monitor that takes all records, as the pipeline would give them.
fn fold(monitor: &str, batch: &RecordBatch) -> PartialTable {
    let records: Vec<Record> = (0..batch.records.len()).map(|row| batch.records.get(row, &batch.fields, &batch.dictionaries)).collect();
    PartialTable { monitor: monitor.into(), ..wanted::partials(&records) }
}

fn shape(monitor: &str) -> PartialTable {
    PartialTable { monitor: monitor.into(), ..wanted::partials(&[]) }
}

/// Makes everything anew that is to be made anew.
fn refold_all(store: &dyn TelemetryStore) -> Result<usize> {
    let mut segments = 0;
    for unfolded in store.unfolded() {
        let names: Vec<&str> = unfolded.recipes.iter().map(|recipe| recipe.monitor.as_str()).collect();
        let shapes: Vec<PartialTable> = names.iter().map(|name| shape(name)).collect();
        let mut each = |batch: &RecordBatch| Ok(names.iter().map(|name| fold(name, batch)).collect());
        segments += usize::from(store.refold(unfolded.segment.id, &unfolded.recipes, &shapes, &mut each)?);
    }
    Ok(segments)
}

type Shown = Vec<(Timestamp, Vec<Option<String>>, Side, Partial)>;

fn rows(store: &dyn TelemetryStore, monitor: &str) -> Shown {
    let query = RollupQuery::of(monitor, TimeRange::ALL, Some(MINUTE));
    let table = store.rollups(&query).unwrap();
    let words = |row| (0..table.dictionaries.len()).map(|at| table.value(row, at).map(str::to_owned)).collect();
    table.rows.iter().map(|row| (row.bucket, words(row), row.key.side, row.partial.clone())).collect()
}

/// Twelve sealed segments, made when only `m` was known.
fn history(store: &dyn TelemetryStore) {
    for append in wanted::appends() {
        store.append(append).unwrap();
        store.seal(SealReason::Interval).unwrap();
    }
}

#[test]
fn a_new_monitor_s_rows_are_those_it_would_have_had_from_the_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let (m, n) = (recipe("m", "1"), recipe("n", "1"));
    let store = EmbeddedTelemetry::open(dir.path(), declared(std::slice::from_ref(&m)), at(DAY / 2)).unwrap();
    history(&store);
    assert_eq!(store.unfolded(), []);
    let before = rows(&store, "m");

    store.declare(declared(&[m.clone(), n.clone()]));
    assert_eq!(rows(&store, "n"), []);
    let unfolded = store.unfolded();
    assert_eq!(unfolded.len(), 12);
    assert!(unfolded.iter().all(|unfolded| unfolded.recipes == [n.clone()]));
    assert!(unfolded.is_sorted_by_key(|unfolded| std::cmp::Reverse(unfolded.segment.to)), "the newest first");
    let view = store.view();
    assert_eq!(refold_all(&store).unwrap(), 12);
    assert_eq!((rows(&store, "n"), rows(&store, "m"), store.unfolded()), (before.clone(), before.clone(), vec![]));
    drop(view);
    wanted::check(&store, "made anew");
    assert!(store.compact().unwrap().segments > 0);
    assert_eq!((rows(&store, "n"), store.unfolded()), (before.clone(), vec![]), "compaction keeps what was made");
    drop(store);

    let files = std::fs::read_dir(dir.path().join("segments")).unwrap().count();
    let again = EmbeddedTelemetry::open(dir.path(), declared(&[m, n]), at(DAY / 2)).unwrap();
    assert_eq!((rows(&again, "n"), rows(&again, "m"), again.unfolded()), (before.clone(), before, vec![]));
    assert_eq!(std::fs::read_dir(dir.path().join("segments")).unwrap().count(), files, "nothing was left to clean up");
    drop(again);
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, []);
}

#[test]
fn what_an_earlier_form_of_a_monitor_left_is_not_shown_as_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let store = EmbeddedTelemetry::open(dir.path(), declared(&[recipe("m", "1")]), at(DAY / 2)).unwrap();
    history(&store);
    let all = rows(&store, "m");
    store.declare(declared(&[recipe("m", "2")]));
    assert_eq!((rows(&store, "m"), store.unfolded().len()), (vec![], 12));
    refold_all(&store).unwrap();
    assert_eq!(rows(&store, "m"), all, "each row once: the old ones are gone");
    // The first form again: its rows went when those of the second were made.
    store.declare(declared(&[recipe("m", "1")]));
    assert_eq!((rows(&store, "m"), store.unfolded().len()), (vec![], 12));
    // Only the fields changed: the rows are right as far as they go, and shown while they are made anew.
    store.declare(declared(&[Recipe { fields: "more".into(), ..recipe("m", "2") }]));
    assert_eq!((rows(&store, "m"), store.unfolded().len()), (all.clone(), 12));
    // Of a monitor that is not declared, all rows are given: nobody says which are right.
    store.declare(declared(&[]));
    assert_eq!((rows(&store, "m"), store.unfolded().len()), (all, 0));
}

#[test]
fn what_was_open_when_the_monitors_changed_is_made_anew_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = EmbeddedTelemetry::open(dir.path(), declared(&[recipe("m", "1"), recipe("k", "1")]), at(DAY / 2)).unwrap();
    let mut appends = wanted::appends().into_iter();
    store.append(appends.next().unwrap()).unwrap();
    let before = rows(&store, "m");
    assert!(!before.is_empty());
    store.declare(declared(&[recipe("m", "2"), recipe("k", "1")]));
    assert_eq!(rows(&store, "m"), []);
    let sealed = store.seal(SealReason::Reload).unwrap().unwrap();
    assert_eq!(sealed.recipes, [recipe("m", "1"), recipe("k", "1")], "the rows are those of the monitors of then");
    store.append(appends.next().unwrap()).unwrap();
    store.declare(declared(&[recipe("m", "3"), recipe("k", "1")]));
    store.append(appends.next().unwrap()).unwrap();
    assert_eq!(store.seal(SealReason::Interval).unwrap().unwrap().recipes, [recipe("k", "1")], "rows of two forms are of neither");
    assert_eq!(refold_all(&store).unwrap(), 2);
    let elsewhere = tempfile::tempdir().unwrap();
    let at_once = EmbeddedTelemetry::open(elsewhere.path(), declared(&[recipe("m", "3")]), at(DAY / 2)).unwrap();
    wanted::appends().into_iter().take(3).for_each(|append| at_once.append(append).unwrap());
    assert_eq!(rows(&store, "m"), rows(&at_once, "m"));
    assert_eq!(store.unfolded(), []);
}

#[test]
fn segments_whose_rows_are_made_and_those_whose_are_not_are_never_merged() {
    let dir = tempfile::tempdir().unwrap();
    let store = EmbeddedTelemetry::open(dir.path(), declared(&[recipe("m", "1")]), at(DAY / 2)).unwrap();
    history(&store);
    let all = rows(&store, "m");
    store.declare(declared(&[recipe("m", "2")]));
    let made = store.unfolded().into_iter().take(6);
    for unfolded in made {
        let mut each = |batch: &RecordBatch| Ok(vec![fold("m", batch)]);
        assert!(store.refold(unfolded.segment.id, &unfolded.recipes, &[shape("m")], &mut each).unwrap());
    }
    let half = rows(&store, "m");
    assert_eq!(store.compact().unwrap().segments, 0, "six and six are not enough of a kind");
    assert_eq!(rows(&store, "m"), half);
    refold_all(&store).unwrap();
    assert_eq!(store.compact().unwrap().segments, 8);
    assert_eq!(rows(&store, "m"), all);
}

#[test]
fn a_segment_that_went_meanwhile_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = EmbeddedTelemetry::open(dir.path(), declared(&[recipe("m", "1")]), at(DAY / 2)).unwrap();
    history(&store);
    let all = rows(&store, "m");
    store.declare(declared(&[recipe("m", "1"), recipe("n", "1")]));
    let oldest = store.unfolded().pop().unwrap();
    let mut compacted = 0;
    let mut each = |batch: &RecordBatch| {
        compacted += store.compact()?.segments;
        Ok(vec![fold("n", batch)])
    };
    assert!(!store.refold(oldest.segment.id, &oldest.recipes, &[shape("n")], &mut each).unwrap());
    assert_eq!(compacted, 8);
    assert!(!store.refold(999, &oldest.recipes, &[shape("n")], &mut |_| unreachable!()).unwrap());
    let stopped = store.refold(store.unfolded()[0].segment.id, &oldest.recipes, &[shape("n")], &mut |_| Err(Error::Closed));
    assert!(matches!(stopped, Err(Error::Closed)));
    refold_all(&store).unwrap();
    assert_eq!((rows(&store, "n"), rows(&store, "m"), store.unfolded()), (all.clone(), all, vec![]));
    drop(store);
    assert_eq!(doctor::examine(dir.path()).unwrap().findings, [], "no file was left behind");
}

#[test]
fn a_power_cut_at_any_operation_loses_and_doubles_nothing() {
    let both = declared(&[recipe("m", "1"), recipe("n", "1")]);
    let open = |disk: &ForgetfulDisk, declared: &Declared| {
        EmbeddedTelemetry::open_on(Arc::new(disk.clone()), Path::new("/data"), declared.clone(), at(0)).unwrap()
    };
    let prepared = ForgetfulDisk::new();
    let all = {
        let store = open(&prepared, &declared(&[recipe("m", "1")]));
        wanted::appends().into_iter().take(3).for_each(|append| store.append(append).unwrap());
        store.seal(SealReason::Interval).unwrap();
        rows(&store, "m")
    };
    for operations in 0.. {
        let disk = prepared.restarted(Survives::Nothing);
        let store = open(&disk, &both);
        disk.cut_after(operations);
        let acknowledged = refold_all(&store).is_ok();
        let complete = !disk.lost_power();
        for survives in Survives::ALL {
            let what = format!("cut after {operations} operations, survives: {survives:?}, acknowledged: {acknowledged}");
            let again = open(&disk.restarted(survives), &both);
            assert_eq!(rows(&again, "m"), all, "{what}");
            let made = rows(&again, "n");
            assert!(made == all || (made.is_empty() && !acknowledged), "{what}: {made:?}");
            assert_eq!(again.unfolded().is_empty(), !made.is_empty(), "{what}");
            refold_all(&again).unwrap();
            assert_eq!((rows(&again, "n"), rows(&again, "m")), (all.clone(), all.clone()), "{what}: it goes on");
        }
        if complete {
            assert!(acknowledged && operations > 5);
            return;
        }
    }
}
