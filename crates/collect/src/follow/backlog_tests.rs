//! New lines that do not wait for old ones: what is skipped, read beside, kept through rotation and restart, or told as lost.

use std::collections::BTreeMap;
use std::time::Duration;

use magpie_model::origin::{Chunk, Position};
use magpie_model::ranges::Ranges;

use super::tests::{Scene, numbered};
use super::{CatchUp, Hole, Jump};

const JUMP: Jump = Jump { bytes: 1_000, after: Duration::from_secs(3) };

fn scene(include: &'static str) -> Scene {
    let mut scene = Scene::new();
    scene.include = include;
    scene.chunk = 500;
    scene.catch_up = Some(CatchUp { jump: JUMP, holes: Vec::new() });
    scene.restart();
    scene
}

fn text(chunks: &[Chunk]) -> String {
    chunks.iter().map(|chunk| String::from_utf8_lossy(&chunk.bytes).into_owned()).collect()
}

/// Everything that came, fresh or not, in the order of its numbers.
fn all(scene: &Scene) -> String {
    let both = text(&scene.chunks) + &text(&scene.old);
    let mut lines: Vec<&str> = both.split_inclusive('\n').collect();
    lines.sort_unstable();
    lines.concat()
}

/// A new process that knows what was handed out by the one before, but for `unsent`: chunks that no server has.
fn restart_without(scene: &mut Scene, unsent: impl Fn(&Chunk) -> bool) {
    scene.chunks.retain(|chunk| !unsent(chunk));
    scene.old.retain(|chunk| !unsent(chunk));
    let mut covered: BTreeMap<u64, (String, Ranges)> = BTreeMap::new();
    for chunk in scene.chunks.iter().chain(&scene.old) {
        let entry = covered.entry(chunk.origin.generation).or_default();
        entry.0 = chunk.origin.file.to_string();
        entry.1.insert(chunk.offset..chunk.end);
    }
    let end = |set: &Ranges| set.iter().last().map_or(0, |range| range.end);
    let holes = covered.iter().flat_map(|(&generation, (file, set))| {
        let missing = set.missing(0..end(set)).into_iter();
        missing.map(move |range| Hole { generation, file: file.clone(), from: range.start, to: range.end })
    });
    scene.catch_up = Some(CatchUp { jump: JUMP, holes: holes.collect() });
    let positions: Vec<Position> = covered
        .iter()
        .map(|(&generation, (file, set))| Position { input: "app".into(), file: file.clone(), generation, offset: end(set) })
        .collect();
    scene.start_from(&positions);
}

#[test]
fn what_waited_is_read_beside_what_is_new() {
    let mut scene = scene("*.log");
    scene.append("a.log", numbered(0..10));
    scene.pass(1.0);
    scene.room = 0;
    scene.append("a.log", numbered(10..20));
    scene.pass(1.0);
    // A chunk is in hand; then nothing is taken for long.
    scene.append("a.log", numbered(20..500));
    scene.pass(5.0);
    scene.append("a.log", numbered(500..501));
    scene.room = usize::MAX;
    scene.pass(0.5);
    scene.append("a.log", numbered(501..502));
    scene.pass(1.0);
    assert_eq!(all(&scene), numbered(0..502));
    assert!(text(&scene.chunks).ends_with(&numbered(501..502)), "new lines are on the way of new lines");
    assert!(text(&scene.old).contains(&numbered(300..301)), "and what waited is on the other");
}

#[test]
fn a_short_wait_is_no_reason_to_skip() {
    let mut scene = scene("*.log");
    scene.append("a.log", numbered(0..1));
    scene.pass(1.0);
    scene.append("a.log", numbered(1..500));
    scene.pass(1.0);
    assert_eq!((text(&scene.chunks), scene.old.len()), (numbered(0..500), 0));
}

#[test]
fn a_skipped_range_survives_a_restart() {
    let mut scene = scene("*.log");
    scene.append("a.log", numbered(0..500));
    scene.pass(1.0);
    scene.append("a.log", numbered(500..510));
    scene.pass(1.0);
    assert!(!scene.old.is_empty());
    restart_without(&mut scene, |chunk| chunk.offset == 0);
    scene.append("a.log", numbered(510..520));
    scene.pass(2.0);
    assert_eq!(all(&scene), numbered(0..520));
}

#[test]
fn a_skipped_range_is_read_from_the_renamed_or_deleted_file() {
    for delete in [false, true] {
        let mut scene = scene("*.log");
        scene.append("a.log", numbered(0..2));
        scene.pass(1.0);
        scene.room = 0;
        scene.append("a.log", numbered(2..400));
        scene.pass(5.0);
        scene.rename("a.log", "a.log.1").append("a.log", numbered(400..402));
        if delete {
            std::fs::remove_file(scene.path("a.log.1")).expect("deletes");
        }
        scene.pass(2.0);
        scene.room = usize::MAX;
        scene.pass(8.0);
        assert_eq!(all(&scene), numbered(0..402), "deleted: {delete}");
    }
}

#[test]
fn files_that_are_gone_are_handed_over_to_the_next_follower() {
    for jumps in [false, true] {
        let mut scene = scene("*.log");
        scene.append("a.log", numbered(0..2));
        scene.pass(1.0);
        scene.room = 0;
        // Behind by little: read in order. By much: the end is read beside the rest.
        scene.append("a.log", numbered(2..if jumps { 400 } else { 10 }));
        scene.pass(5.0);
        std::fs::remove_file(scene.path("a.log")).expect("deletes");
        scene.append("b.log", numbered(400..402));
        scene.room = usize::from(jumps);
        scene.pass(2.0);
        scene.held = scene.watch.as_ref().expect("started").held();
        scene.room = usize::MAX;
        restart_without(&mut scene, |_| false);
        scene.pass(8.0);
        let expected = if jumps { numbered(0..402) } else { numbered(0..10) + &numbered(400..402) };
        assert_eq!(all(&scene), expected, "jumps: {jumps}");
    }
}

#[test]
fn a_skipped_range_is_read_from_the_copy_when_the_original_is_truncated() {
    let mut scene = scene("*.log*");
    scene.append("a.log", numbered(0..2));
    scene.pass(1.0);
    scene.room = 0;
    scene.append("a.log", numbered(2..400));
    scene.pass(5.0);
    scene.room = 1;
    scene.pass(0.3);
    std::fs::copy(scene.path("a.log"), scene.path("a.log.1")).expect("copies");
    scene.truncate("a.log", 0);
    scene.append("a.log", numbered(400..402));
    scene.pass(0.3);
    scene.room = usize::MAX;
    scene.pass(20.0);
    assert_eq!(scene.status().gaps, 0, "{:?}", scene.status());
    assert!(all(&scene) == numbered(0..402), "{:?}", scene.status());
}

#[test]
fn a_skipped_range_that_no_file_holds_is_told_as_lost() {
    let mut scene = scene("*.log");
    scene.append("a.log", numbered(0..500));
    scene.pass(0.2);
    scene.append("a.log", numbered(500..501));
    scene.pass(0.2);
    restart_without(&mut scene, |chunk| chunk.offset == 0);
    let (from, to) = scene.catch_up.as_ref().map(|catch_up| (catch_up.holes[0].from, catch_up.holes[0].to)).expect("a hole");
    std::fs::remove_file(scene.path("a.log")).expect("deletes");
    scene.pass(70.0);
    let lost = scene.watch.as_ref().map(|watch| std::mem::take(&mut *watch.lost.lock().expect("not poisoned"))).expect("started");
    assert_eq!(lost.iter().map(|hole| (hole.from, hole.to)).collect::<Vec<_>>(), [(from, to)]);
    assert_eq!((scene.status().gaps, scene.status().lost_bytes), (1, to - from));
}

#[test]
fn rotation_while_down_out_of_the_patterns_sight_loses_nothing() {
    let mut scene = scene("a.log");
    scene.append("a.log", numbered(0..10));
    scene.pass(1.0);
    restart_without(&mut scene, |_| false);
    scene.append("a.log", numbered(10..20)).rename("a.log", "a.log.1").append("a.log", numbered(20..30));
    // One that has to do with nothing, under a related name.
    scene.append("a.log.old", "not of this log\n");
    scene.pass(12.0);
    assert_eq!(all(&scene), numbered(0..30));
}

#[test]
fn events_stay_whole_where_their_starts_are_known() {
    let mut scene = Scene::new();
    scene.starts = Some(std::sync::Arc::new(|line: &[u8]| line.starts_with(b"E")));
    scene.restart();
    scene.append("a.log", "E1\n at\n");
    scene.pass(0.3);
    assert_eq!(scene.chunks.len(), 0, "it may go on");
    scene.append("a.log", " at\nE2\n");
    scene.pass(0.3);
    assert_eq!(text(&scene.chunks), "E1\n at\n at\n");
    scene.pass(0.6);
    assert_eq!(text(&scene.chunks), "E1\n at\n at\nE2\n");
}
