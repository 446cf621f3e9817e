//! What can happen to a followed file, each with the lines that must come out. Time is an argument: nothing sleeps.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use magpie_model::origin::{Chunk, Position};

use super::watch::{Offered, Turn, Watch};
use super::{CHUNK, CatchUp, Follow, HeldFile, Pace};
use crate::cutter::Buffers;
use crate::{FileState, SourceStatus, Starts};

/// Something that is done to a folder.
type Happening = Box<dyn FnOnce(&Path)>;

/// A folder, a source that follows `*.log*` in it, and what came out.
pub(super) struct Scene {
    folder: tempfile::TempDir,
    pub(super) watch: Option<Watch>,
    status: Arc<Mutex<SourceStatus>>,
    pub(super) now: Instant,
    /// Pattern within the folder.
    pub(super) include: &'static str,
    pub(super) chunk: usize,
    pub(super) starts: Option<Starts>,
    pub(super) catch_up: Option<CatchUp>,
    /// What the next follower is given.
    pub(super) held: Vec<HeldFile>,
    max_line: usize,
    from_end: bool,
    once: bool,
    pub(super) chunks: Vec<Chunk>,
    /// What came out of the backlog.
    pub(super) old: Vec<Chunk>,
    /// Chunks that the queue takes before it is full.
    pub(super) room: usize,
    /// What happens in the folder while the next chunk is handed out.
    during_next_send: Option<Happening>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut scene = Self {
            folder: tempfile::tempdir().expect("a folder"),
            watch: None,
            status: Arc::default(),
            now: Instant::now(),
            include: "*.log*",
            chunk: CHUNK,
            starts: None,
            catch_up: None,
            held: Vec::new(),
            max_line: 1 << 20,
            from_end: false,
            once: false,
            chunks: Vec::new(),
            old: Vec::new(),
            room: usize::MAX,
            during_next_send: None,
        };
        scene.start();
        scene
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn append(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).expect("opens");
        file.write_all(text.as_ref()).expect("writes");
        self
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> &Self {
        fs::rename(self.path(from), self.path(to)).expect("renames");
        self
    }

    pub(super) fn truncate(&self, name: &str, length: u64) -> &Self {
        OpenOptions::new().write(true).open(self.path(name)).expect("opens").set_len(length).expect("truncates");
        self
    }

    /// Replaces a file by its compressed form, as `gzip` does.
    pub(super) fn compress(&self, name: &str) -> &Self {
        let bytes = fs::read(self.path(name)).expect("reads");
        fs::write(self.path(&format!("{name}.gz")), gzip(&bytes)).expect("writes");
        fs::remove_file(self.path(name)).expect("removes");
        self
    }

    pub(super) fn start(&mut self) {
        let positions = self.positions();
        self.start_from(&positions);
    }

    pub(super) fn start_from(&mut self, positions: &[Position]) {
        let follow = Follow {
            input: 3,
            name: "app".into(),
            host: "here".into(),
            include: vec![format!("{}/{}", self.folder.path().display(), self.include)],
            exclude: vec![],
            from_end: self.from_end,
            once: self.once,
            max_line: self.max_line,
            redaction: Arc::default(),
            chunk: self.chunk,
            starts: self.starts.clone(),
            own_first_line: false,
            catch_up: self.catch_up.clone(),
            held: std::mem::take(&mut self.held),
            buffers: Buffers::default(),
            pace: Pace::default(),
        };
        self.watch = Some(Watch::new(follow, positions, Arc::clone(&self.status)).expect("starts"));
    }

    /// What a store would know of the chunks taken so far.
    fn positions(&self) -> Vec<Position> {
        let mut positions: Vec<Position> = Vec::new();
        for chunk in &self.chunks {
            positions.retain(|position| position.generation != chunk.origin.generation);
            let (file, generation) = (chunk.origin.file.to_string(), chunk.origin.generation);
            positions.push(Position { input: "app".into(), file, generation, offset: chunk.end });
        }
        positions
    }

    pub(super) fn restart(&mut self) {
        self.watch = None;
        self.start();
    }

    /// Lets time pass, as the thread would: until nothing moves, then on by 100 ms.
    pub(super) fn pass(&mut self, seconds: f64) -> &mut Self {
        let until = self.now + Duration::from_secs_f64(seconds);
        while self.now <= until {
            let mut send = |chunk| {
                if self.room == 0 {
                    return Offered::Full(chunk);
                }
                if let Some(happens) = self.during_next_send.take() {
                    happens(self.folder.path());
                }
                self.room -= 1;
                self.chunks.push(chunk);
                Offered::Taken
            };
            let watch = self.watch.as_mut().expect("started");
            let turn = watch.turn(self.now, &mut send);
            let full = self.room == 0;
            let old = watch.catch_up(self.now, &mut |chunk| {
                if full {
                    return Offered::Full(chunk);
                }
                self.old.push(chunk);
                Offered::Taken
            });
            if turn != Turn::Busy && old != Turn::Busy {
                self.now += Duration::from_millis(100);
            }
        }
        self
    }

    fn text(&self) -> String {
        let bytes: Vec<u8> = self.chunks.iter().flat_map(|chunk| chunk.bytes.clone()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.text().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    pub(super) fn status(&self) -> SourceStatus {
        self.status.lock().expect("not poisoned").clone()
    }

    fn generations(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.origin.generation).collect::<std::collections::HashSet<_>>().len()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("compresses");
    encoder.finish().expect("compresses")
}

/// Numbered lines of 40 bytes, in sorted order.
pub(super) fn numbered(range: std::ops::Range<u32>) -> String {
    range.map(|number| format!("2026-11-22T10:00:00Z line {number:08} .....\n")).collect()
}

fn numbered_lines(range: std::ops::Range<u32>) -> Vec<String> {
    numbered(range).lines().map(str::to_owned).collect()
}

#[test]
fn lines_come_as_they_are_written_and_chunks_say_where_they_end() {
    let mut scene = Scene::new();
    scene.append("a.log", "one\ntwo\n");
    scene.pass(1.0).append("a.log", "three\n");
    scene.pass(0.2);
    assert_eq!(scene.text(), "one\ntwo\nthree\n");
    let ends: Vec<(u64, u64)> = scene.chunks.iter().map(|chunk| (chunk.offset, chunk.end)).collect();
    assert_eq!(ends, [(0, 8), (8, 14)]);
    assert_eq!((scene.chunks[0].origin.input, &*scene.chunks[0].origin.host), (3, "here"));
    assert_eq!(scene.generations(), 1);
}

#[test]
fn a_new_file_is_found_within_a_second() {
    let mut scene = Scene::new();
    scene.pass(1.0).append("late.log", "one\n");
    scene.pass(1.0);
    assert_eq!(scene.text(), "one\n");
}

#[test]
fn a_new_file_that_rings_is_found_at_once_and_no_more_often_than_may_be() {
    let mut scene = Scene::new();
    scene.watch.as_mut().expect("started").bell = super::bell::Bell::new();
    scene.pass(0.05).append("late.log", "one\n");
    scene.pass(0.25);
    assert_eq!(scene.text(), "one\n");
    scene.pass(70.0).append("late.log", "two\n");
    scene.pass(0.25);
    assert_eq!(scene.text(), "one\ntwo\n", "a file that was closed for being quiet rings too");
}

#[test]
fn what_is_read_once_is_read_to_its_end_and_not_further() {
    let mut scene = Scene::new();
    scene.once = true;
    scene.append("a.log", "one\ntwo").append("empty.log", "").append("b.log.gz", gzip(b"three\n"));
    scene.restart();
    scene.pass(1.0);
    let taken = |scene: &Scene| {
        let mut taken: Vec<String> = scene.chunks.iter().map(|chunk| String::from_utf8_lossy(&chunk.bytes).into_owned()).collect();
        taken.sort();
        taken
    };
    assert_eq!(taken(&scene), ["one\n", "three\n", "two"]);
    scene.append("a.log", "\nmore\n").append("new.log", "new\n");
    scene.pass(10.0);
    assert_eq!(taken(&scene).len(), 3, "it looks no more");
    assert_eq!(scene.watch.as_mut().expect("started").turn(scene.now, &mut |_| Offered::Taken), Turn::Done);
    scene.restart();
    scene.pass(1.0);
    assert_eq!(taken(&scene), ["\nmore\n", "new\n", "one\n", "three\n", "two"], "what came since is read when it is started again");
}

#[test]
fn an_unfinished_line_waits_for_its_end() {
    let mut scene = Scene::new();
    scene.append("a.log", "one\ntw");
    scene.pass(4.0);
    assert_eq!(scene.text(), "one\n");
    scene.append("a.log", "o\n");
    scene.pass(0.2);
    assert_eq!(scene.lines(), ["one", "two"]);
}

#[test]
fn a_line_that_is_never_finished_comes_after_five_seconds_and_what_follows_is_a_line_of_its_own() {
    let mut scene = Scene::new();
    scene.append("a.log", "one\ntw");
    scene.pass(7.0);
    assert_eq!(scene.text(), "one\ntw");
    scene.append("a.log", "o\nthree\n");
    scene.pass(0.2);
    let bytes: Vec<&[u8]> = scene.chunks.iter().map(|chunk| &chunk.bytes[..]).collect();
    assert_eq!(bytes, [&b"one\n"[..], b"tw", b"o\nthree\n"]);
}

#[test]
fn a_character_that_is_written_in_two_parts_stays_whole() {
    let mut scene = Scene::new();
    let text = "größe 行\n".as_bytes();
    for part in text.chunks(1) {
        scene.append("a.log", part);
        scene.pass(0.3);
    }
    assert_eq!(scene.text(), "größe 行\n");
}

#[test]
fn a_huge_line_without_end_is_cut_and_the_next_one_is_whole() {
    let mut scene = Scene::new();
    scene.max_line = 1 << 10;
    scene.restart();
    scene.append("a.log", format!("short\n{}", "x".repeat(3 << 20)));
    scene.pass(2.0).append("a.log", format!("{}\nnext\n", "x".repeat(5)));
    scene.pass(1.0);
    assert_eq!(scene.text(), format!("short\n{}\nnext\n", "x".repeat(1 << 10)));
    let cuts: Vec<u64> = scene.chunks.iter().flat_map(|chunk| chunk.cuts.iter().map(|cut| cut.dropped)).collect();
    assert_eq!(cuts, [(3 << 20) + 5 - (1 << 10)]);
    assert_eq!(scene.status().cut_lines, 1);
    assert_eq!(scene.chunks.last().expect("chunks").end, fs::metadata(scene.path("a.log")).expect("is there").len());
}

#[test]
fn rotation_by_rename_reads_what_the_writer_adds_to_the_old_file() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..10));
    scene.pass(1.0).rename("a.log", "a.log.1").append("a.log.1", numbered(10..12)).append("a.log", numbered(12..14));
    scene.pass(2.0).append("a.log.1", numbered(14..15)).append("a.log", numbered(15..16));
    scene.pass(2.0);
    assert_eq!(scene.lines(), numbered_lines(0..16));
    assert_eq!(scene.generations(), 2);
}

#[test]
fn rotation_out_of_sight_still_reads_to_the_end() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..10));
    scene.pass(1.0).rename("a.log", "archive").append("archive", numbered(10..12));
    scene.pass(3.0).append("archive", numbered(12..13)).append("archive", "no line end");
    scene.pass(12.0);
    assert_eq!(scene.text(), numbered(0..13) + "no line end");
    assert_eq!(scene.status().open, 0, "it is closed in the end");
}

#[test]
fn rotation_by_copy_and_truncation_reads_the_copy_only_where_the_original_was_not_read() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..20));
    scene.pass(1.0).append("a.log", numbered(20..25));
    fs::copy(scene.path("a.log"), scene.path("a.log.1")).expect("copies");
    scene.truncate("a.log", 0).append("a.log", numbered(25..27));
    scene.pass(3.0);
    assert_eq!(scene.lines(), numbered_lines(0..27));
    assert_eq!((scene.status().gaps, scene.status().lost_bytes), (0, 0));
}

#[test]
fn a_copy_made_long_before_the_truncation_is_held_back() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..20));
    scene.pass(1.0);
    fs::copy(scene.path("a.log"), scene.path("a.log.1")).expect("copies");
    scene.pass(90.0).append("a.log", numbered(20..22));
    scene.pass(2.0).truncate("a.log", 0);
    scene.pass(2.0).append("a.log", numbered(22..23));
    scene.pass(2.0);
    assert_eq!(scene.lines(), numbered_lines(0..23));
}

#[test]
fn truncation_and_regrowth_beyond_the_old_size_between_two_looks_is_noticed() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..10));
    scene.pass(1.0).truncate("a.log", 0).append("a.log", numbered(10..50));
    scene.pass(1.0);
    assert_eq!(scene.lines(), numbered_lines(0..50));
    assert_eq!(scene.generations(), 2);
}

#[test]
fn truncation_between_recognising_a_file_and_reading_it_brings_nothing_twice() {
    for (case, read_before) in [("a new file", 0), ("a file that was read before", 20)] {
        let mut scene = Scene::new();
        if read_before > 0 {
            scene.append("b.log", numbered(0..read_before));
            scene.pass(1.0).watch = None;
        }
        scene.append("b.log", numbered(read_before..30));
        // The second file has the first turn: when it is read, both are recognised.
        scene.append("a.log", numbered(100..110));
        let old = std::time::SystemTime::now() - Duration::from_secs(60);
        File::options().append(true).open(scene.path("b.log")).expect("opens").set_modified(old).expect("dates");
        scene.start();
        scene.during_next_send = Some(Box::new(|folder| {
            fs::copy(folder.join("b.log"), folder.join("b.log.1")).expect("copies");
            fs::write(folder.join("b.log"), numbered(30..90)).expect("writes anew");
        }));
        scene.pass(8.0).restart();
        scene.append("b.log", numbered(90..95));
        scene.pass(8.0);
        assert!(scene.during_next_send.is_none());
        assert_eq!(scene.lines(), [numbered_lines(0..95), numbered_lines(100..110)].concat(), "{case}");
    }
}

/// While the queue is full nothing is read, so a copy may turn up of content that nobody knows the original to hold by now.
#[test]
fn a_copy_of_what_was_written_anew_unnoticed_brings_nothing_twice() {
    for is_seen_empty in [false, true] {
        let mut scene = Scene::new();
        scene.append("a.log", numbered(0..5));
        scene.pass(1.0);
        if is_seen_empty {
            scene.truncate("a.log", 0);
            scene.pass(1.0);
        }
        scene.room = 0;
        scene.append("b.log", numbered(90..91));
        scene.pass(2.0).truncate("a.log", 0).append("a.log", numbered(5..60));
        fs::copy(scene.path("a.log"), scene.path("a.log.1")).expect("copies");
        // It is looked at before the original.
        let old = std::time::SystemTime::now() - Duration::from_secs(60);
        File::options().append(true).open(scene.path("a.log.1")).expect("opens").set_modified(old).expect("dates");
        scene.pass(2.0).room = usize::MAX;
        scene.pass(2.0).truncate("a.log", 0).append("a.log", numbered(60..70));
        scene.pass(10.0);
        assert_eq!(scene.lines(), [numbered_lines(0..70), numbered_lines(90..91)].concat(), "seen empty: {is_seen_empty}");
    }
}

#[test]
fn truncation_below_a_fixed_header_makes_another_generation() {
    let mut scene = Scene::new();
    scene.append("a.log", "time,level\n");
    scene.pass(1.0).append("a.log", "1,info\n2,info\n");
    scene.pass(1.0).truncate("a.log", 0);
    scene.pass(1.0).append("a.log", "time,level\n");
    scene.pass(1.0).append("a.log", "3,info\n");
    scene.pass(1.0);
    assert_eq!(scene.text(), "time,level\n1,info\n2,info\ntime,level\n3,info\n");
    assert_eq!(scene.generations(), 2);
}

#[test]
fn truncation_by_a_writer_that_keeps_its_offset_leaves_a_hole_that_nobody_wrote() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..300));
    scene.pass(1.0).truncate("a.log", 0);
    let file = OpenOptions::new().write(true).open(scene.path("a.log")).expect("opens");
    file.write_all_at(numbered(300..302).as_bytes(), numbered(0..300).len() as u64).expect("writes");
    scene.pass(1.0);
    assert_eq!(scene.text(), numbered(0..302));
}

#[test]
fn a_shrunken_file_is_read_again_from_its_start() {
    let mut scene = Scene::new();
    scene.append("a.log", "one\ntwo\nthree\n");
    scene.pass(1.0).truncate("a.log", 4);
    scene.pass(1.0);
    assert_eq!(scene.text(), "one\ntwo\nthree\none\n");
}

#[test]
fn truncation_of_what_was_not_read_is_a_gap_with_a_size() {
    let mut scene = Scene::new();
    let text = numbered(0..100_000);
    scene.append("a.log", &text);
    scene.room = 1;
    scene.pass(1.0);
    assert!(scene.status().waiting);
    scene.truncate("a.log", 0).append("a.log", "after\n");
    scene.room = usize::MAX;
    scene.pass(3.0);
    let status = scene.status();
    assert_eq!(status.gaps, 1);
    assert!(scene.text().ends_with("after\n"));
    // The unfinished line at the end of what was read is handed out too.
    let read = status.bytes - "after\n".len() as u64;
    assert_eq!(read + status.lost_bytes, text.len() as u64);
    let lost = scene.watch.as_ref().expect("started").lost.lock().expect("nobody panicked").clone();
    let lost: Vec<(u64, u64)> = lost.iter().map(|hole| (hole.from, hole.to)).collect();
    assert_eq!(lost, [(read, text.len() as u64)], "behind it");
}

#[test]
fn deletion_while_behind_loses_nothing() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..100_000));
    scene.room = 1;
    scene.pass(1.0);
    fs::remove_file(scene.path("a.log")).expect("removes");
    scene.pass(20.0);
    assert!(scene.lines().len() < 100_000);
    assert!(scene.status().details.iter().all(|file| file.state == FileState::Leaving));
    scene.room = usize::MAX;
    scene.pass(10.0);
    assert_eq!(scene.lines(), numbered_lines(0..100_000));
}

#[test]
fn files_that_come_and_go_while_the_queue_is_full_are_kept_open() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..60_000));
    scene.room = 0;
    scene.pass(1.0).append("b.log", numbered(60_000..60_003));
    scene.pass(1.0);
    fs::remove_file(scene.path("b.log")).expect("removes");
    scene.pass(30.0);
    scene.room = usize::MAX;
    scene.pass(10.0);
    assert_eq!(scene.lines(), numbered_lines(0..60_003));
}

/// Another file in the inode of `name`, if this file system gives it out again.
fn reuse_inode(scene: &Scene, name: &str, text: &str) -> bool {
    let inode = fs::metadata(scene.path(name)).expect("is there").ino();
    fs::remove_file(scene.path(name)).expect("removes");
    for attempt in 0..50 {
        let other = scene.path(&format!("attempt-{attempt}"));
        let mut file = File::create(&other).expect("creates");
        if file.metadata().expect("is there").ino() == inode {
            file.write_all(text.as_bytes()).expect("writes");
            fs::rename(other, scene.path(name)).expect("renames");
            return true;
        }
    }
    eprintln!("skipped: this file system does not reuse inodes at once");
    false
}

#[test]
fn inode_reuse_while_down_is_another_file() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..10));
    scene.pass(1.0).watch = None;
    if reuse_inode(&scene, "a.log", &numbered(10..30)) {
        scene.start();
        scene.pass(1.0);
        assert_eq!(scene.lines(), numbered_lines(0..30));
    }
}

#[test]
fn inode_reuse_of_a_file_that_was_closed_for_being_quiet_is_another_file() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..10));
    scene.pass(70.0);
    assert_eq!(scene.status().open, 0);
    if reuse_inode(&scene, "a.log", &numbered(10..30)) {
        scene.pass(2.0);
        assert_eq!(scene.lines(), numbered_lines(0..30));
    }
}

#[test]
fn a_quiet_file_is_closed_and_goes_on_when_it_grows() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..10));
    scene.pass(70.0);
    assert_eq!((scene.status().open, scene.status().files), (0, 1));
    scene.append("a.log", numbered(10..12));
    scene.pass(1.1);
    assert_eq!(scene.text(), numbered(0..12));
    assert_eq!(scene.generations(), 1);
}

#[test]
fn compression_of_a_rotated_file_brings_nothing_twice() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..50));
    scene.pass(1.0).rename("a.log", "a.log.1").append("a.log", numbered(50..60));
    scene.pass(2.0).append("a.log.1", numbered(60..61)).compress("a.log.1");
    scene.pass(20.0).rename("a.log.1.gz", "a.log.2.gz");
    scene.pass(20.0);
    assert_eq!(scene.lines(), numbered_lines(0..61));
    assert_eq!(scene.status().open, 1);
}

#[test]
fn rotation_and_compression_while_down_go_on_in_the_compressed_file() {
    let mut scene = Scene::new();
    scene.append("a.log", numbered(0..50));
    scene.pass(1.0).watch = None;
    scene.append("a.log", numbered(50..55)).rename("a.log", "a.log.1").compress("a.log.1").append("a.log", numbered(55..60));
    scene.start();
    scene.pass(10.0);
    assert_eq!(scene.lines(), numbered_lines(0..60));
    scene.restart();
    scene.pass(10.0);
    assert_eq!(scene.lines(), numbered_lines(0..60), "and once more");
}

#[test]
fn restart_goes_on_exactly_where_it_was_whatever_happened_to_the_name() {
    for (name, happened) in [
        ("nothing", (|_| {}) as fn(&Scene)),
        ("renamed", |scene| {
            scene.rename("a.log", "z.log.7");
        }),
        ("renamed, and the name taken again", |scene| {
            scene.rename("a.log", "a.log.1").append("a.log", numbered(30..40));
        }),
        ("copied and truncated", |scene| {
            fs::copy(scene.path("a.log"), scene.path("a.log.1")).expect("copies");
            scene.truncate("a.log", 0).append("a.log", numbered(30..40));
        }),
        ("copied and about to be truncated", |scene| {
            fs::copy(scene.path("a.log"), scene.path("a.log.1")).expect("copies");
        }),
    ] {
        let mut scene = Scene::new();
        scene.append("a.log", numbered(0..20) + "2026-11-22T10");
        scene.pass(1.0).watch = None;
        scene.append("a.log", &numbered(20..30)["2026-11-22T10".len()..]);
        happened(&scene);
        scene.start();
        scene.pass(3.0);
        let expected = if name.contains("again") || name.contains("and truncated") { 40 } else { 30 };
        assert_eq!(scene.lines(), numbered_lines(0..expected), "{name}");
    }
}

/// The first bytes of all lines are alike. A file that was looked at when it held no more than these must not be taken for
/// another one after a restart, when no more than its beginning is known of what was read.
#[test]
fn files_that_begin_alike_are_not_taken_for_each_other_after_a_restart() {
    let mut scene = Scene::new();
    let lines = numbered(0..30);
    let (begun, rest) = lines.split_at("2026".len());
    scene.append("a.log", begun);
    scene.pass(2.0);
    scene.append("a.log", rest);
    scene.pass(2.0).watch = None;
    assert_eq!(scene.lines(), numbered_lines(0..30));
    // What was read is deleted while nobody looks; another file has its name, and is longer.
    fs::remove_file(scene.path("a.log")).expect("removes");
    scene.append("a.log", numbered(30..90));
    scene.start();
    scene.pass(10.0);
    assert_eq!(scene.lines(), numbered_lines(0..90));
}

/// A rotation between a look into the folder and opening what was found there: the look after that finds the file.
#[test]
fn a_file_that_one_look_missed_is_not_lost_to_another_that_begins_alike() {
    let mut scene = Scene::new();
    let header = "# a log of the shop\n";
    scene.append("a.log", header);
    scene.pass(1.0);
    scene.append("a.log", numbered(0..20));
    scene.pass(2.0).watch = None;
    // Out of sight in the moment of the first look, and back before the second.
    scene.rename("a.log", "moved").append("a.log", header.to_owned() + &numbered(20..60));
    scene.start();
    scene.pass(0.1);
    scene.rename("moved", "a.log.1").append("a.log.1", numbered(60..70));
    scene.pass(10.0);
    let lines = scene.lines();
    let (headers, numbered): (Vec<String>, Vec<String>) = lines.into_iter().partition(|line| line.starts_with('#'));
    assert_eq!((headers.len(), numbered), (2, numbered_lines(0..70)));
}

#[test]
fn a_first_start_at_the_end_takes_new_lines_and_new_files_only_also_after_a_restart() {
    let mut scene = Scene::new();
    scene.from_end = true;
    scene.append("a.log", "old\nold and not fin");
    fs::write(scene.path("old.log.gz"), gzip(b"older\n")).expect("writes");
    scene.restart();
    scene.pass(1.0).append("a.log", "ished\nnew\n").append("b.log", "whole\n");
    scene.pass(2.0).watch = None;
    scene.append("c.log", "while down\n").append("a.log", "also\n");
    scene.from_end = true;
    scene.start();
    scene.pass(2.0);
    assert_eq!(scene.lines(), ["also", "new", "old and not finished", "while down", "whole"]);
}

#[test]
fn a_compressed_file_that_is_still_being_written_is_read_to_its_end() {
    let mut scene = Scene::new();
    // Bytes that compress badly, so that much of them is there before the end.
    let mut random = fastrand::Rng::with_seed(7);
    let text: String = (0..20_000).map(|number| format!("{number:08} {:016x}\n", random.u64(..))).collect();
    let packed = gzip(text.as_bytes());
    let half = packed.len() / 2;
    scene.append("a.log.gz", &packed[..half]);
    scene.pass(3.0);
    let status = scene.status();
    assert_eq!(status.unreadable, 1);
    assert!(status.last_error.expect("an error").contains("a.log.gz"));
    assert!(!scene.text().is_empty() && text.starts_with(&scene.text()));
    scene.append("a.log.gz", &packed[half..]);
    scene.pass(5.0);
    assert_eq!(scene.text(), text);
    assert_eq!(scene.status().unreadable, 0);
}

#[test]
fn what_cannot_be_opened_is_reported_and_tried_again() {
    let mut scene = Scene::new();
    std::os::unix::fs::symlink("loop.log", scene.path("loop.log")).expect("links");
    scene.append("fine.log", "fine\n");
    fs::create_dir(scene.path("folder.log")).expect("creates");
    scene.pass(1.0);
    let status = scene.status();
    assert_eq!((status.unreadable, status.files), (1, 2));
    assert!(status.last_error.expect("an error").contains("loop.log"));
    fs::remove_file(scene.path("loop.log")).expect("removes");
    scene.append("loop.log", "fixed\n");
    scene.pass(1.1);
    assert_eq!(scene.lines(), ["fine", "fixed"]);
    scene.pass(1.1);
    assert_eq!(scene.status().unreadable, 0);
}

#[test]
fn a_link_that_is_turned_to_another_file_is_followed_there() {
    let mut scene = Scene::new();
    scene.append("one.txt", "one\n").append("two.txt", "two\n");
    std::os::unix::fs::symlink("one.txt", scene.path("current.log")).expect("links");
    scene.pass(1.0);
    fs::remove_file(scene.path("current.log")).expect("removes");
    std::os::unix::fs::symlink("two.txt", scene.path("current.log")).expect("links");
    scene.append("one.txt", "last of one\n");
    scene.pass(2.0);
    assert_eq!(scene.lines(), ["last of one", "one", "two"]);
}

#[test]
fn several_links_to_one_file_are_one_file() {
    let mut scene = Scene::new();
    scene.append("a.log", "one\n");
    std::os::unix::fs::symlink("a.log", scene.path("link.log")).expect("links");
    fs::hard_link(scene.path("a.log"), scene.path("hard.log")).expect("links");
    scene.pass(2.0);
    assert_eq!(scene.text(), "one\n");
}

#[test]
fn two_files_with_the_same_header_are_two_files() {
    let mut scene = Scene::new();
    let header = format!("{}\n", "a long header, ".repeat(30));
    scene.append("a.log", &header).append("b.log", &header);
    scene.pass(2.0).append("a.log", "1\n").append("b.log", "2\n");
    scene.pass(2.0).append("a.log", "3\n").append("b.log", "4\n");
    scene.pass(70.0).append("b.log", "5\n").append("b.log", "6\n");
    scene.pass(10.0);
    let mut lines = scene.lines();
    lines.retain(|line| line.len() == 1);
    assert_eq!(lines, ["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn utf_16_is_followed_as_utf_8() {
    let mut scene = Scene::new();
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    scene.append("a.log", [&[0xFF, 0xFE][..], &utf_16("größe 行\n")].concat());
    scene.pass(1.0).append("a.log", &utf_16("zwei\n")[..5]);
    scene.pass(1.0).append("a.log", &utf_16("zwei\n")[5..]);
    scene.pass(1.0).watch = None;
    scene.append("a.log", utf_16("drei 😀\n"));
    scene.start();
    scene.pass(1.0);
    assert_eq!(scene.text(), "größe 行\nzwei\ndrei 😀\n");
}

#[test]
fn empty_files_wait() {
    let mut scene = Scene::new();
    scene.append("a.log", "").append("b.log.gz", "");
    scene.pass(10.0);
    assert!(scene.chunks.is_empty());
    assert_eq!(scene.status().details.iter().filter(|file| file.state == FileState::New).count(), 2);
    scene.append("a.log", "one\n");
    scene.pass(0.2);
    assert_eq!(scene.text(), "one\n");
}
