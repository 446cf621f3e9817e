//! Following under load, with the real thread, clock and file system: each line exactly once, whatever happens to files.
//!
//! Writers write until they are done and readers read until everything is there or a deadline has passed; no test relies
//! on how fast either is.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use magpie_collect::{Follow, Pace, Tailer};
use magpie_model::origin::{Chunk, Position};

const DEADLINE: Duration = Duration::from_secs(120);

fn follow(folder: &Path, pattern: &str) -> Follow {
    let pace =
        Pace { poll: Duration::from_millis(5), scan: Duration::from_millis(20), linger: Duration::from_millis(500), ..Pace::default() };
    Follow {
        input: 0,
        name: "app".into(),
        host: "here".into(),
        include: vec![format!("{}/{pattern}", folder.display())],
        exclude: vec![],
        from_end: false,
        once: false,
        redaction: std::sync::Arc::default(),
        max_line: 1 << 20,
        chunk: 1 << 20,
        starts: None,
        own_first_line: false,
        catch_up: None,
        held: Vec::new(),
        buffers: magpie_collect::Buffers::default(),
        pace,
    }
}

/// Lines by how often they came, and where each file has been read to.
#[derive(Default)]
struct Taken {
    lines: HashMap<String, usize>,
    positions: HashMap<u64, Position>,
}

impl Taken {
    fn take(&mut self, chunk: &Chunk) {
        for line in String::from_utf8_lossy(&chunk.bytes).lines() {
            *self.lines.entry(line.to_owned()).or_default() += 1;
        }
        let (file, generation) = (chunk.origin.file.to_string(), chunk.origin.generation);
        self.positions.insert(generation, Position { input: "app".into(), file, generation, offset: chunk.end });
    }

    fn take_until(&mut self, chunks: &Receiver<Chunk>, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !done(self) && Instant::now() < deadline {
            match chunks.recv_timeout(Duration::from_millis(50)) {
                Ok(chunk) => self.take(&chunk),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Each of `count` lines exactly once.
    fn assert_each_once(&self, count: usize) {
        let missing: Vec<String> = (0..count).map(line).filter(|line| !self.lines.contains_key(line)).collect();
        let doubled: Vec<_> = self.lines.iter().filter(|(_, times)| **times > 1).collect();
        let foreign: Vec<_> = self.lines.keys().filter(|line| !line.starts_with("2026-11-22 line ")).collect();
        assert!(missing.is_empty(), "{} missing, first: {:?}", missing.len(), missing.first());
        assert!(doubled.is_empty(), "{} doubled, one: {:?}", doubled.len(), doubled.first());
        assert!(foreign.is_empty(), "{} broken, one: {:?}", foreign.len(), foreign.first());
        assert_eq!(self.lines.len(), count);
    }
}

fn line(number: usize) -> String {
    format!("2026-11-22 line {number:09} {}", "·".repeat(number % 40))
}

fn append(path: &Path) -> fs::File {
    OpenOptions::new().create(true).append(true).open(path).expect("opens")
}

/// Writes `count` lines to `app.log` in small batches, calling `rotate` after each `every` of them. Each batch but the last
/// of a rotation ends within a line, so that readers see halves.
fn write_rotating(folder: PathBuf, count: usize, every: usize, rotate: fn(&Path, usize)) {
    let path = folder.join("app.log");
    let mut file = append(&path);
    for first in (0..count).step_by(every) {
        if first > 0 {
            rotate(&folder, first / every);
            // What a writer adds before it notices.
            writeln!(file, "{}", line(first)).expect("writes");
            file = append(&path);
        }
        let begin = if first > 0 { first + 1 } else { 0 };
        let text: String = (begin..(first + every).min(count)).map(|number| line(number) + "\n").collect();
        for part in text.as_bytes().chunks(777) {
            file.write_all(part).expect("writes");
            thread::sleep(Duration::from_micros(500));
        }
    }
}

/// Shifts `app.log`, `app.log.1` … up by one, keeping all.
fn rename_up(folder: &Path, rotations: usize) {
    for number in (1..rotations).rev() {
        fs::rename(folder.join(format!("app.log.{number}")), folder.join(format!("app.log.{}", number + 1))).expect("renames");
    }
    fs::rename(folder.join("app.log"), folder.join("app.log.1")).expect("renames");
}

/// Copies to a new name and truncates.
fn copy_and_truncate(folder: &Path, rotations: usize) {
    fs::copy(folder.join("app.log"), folder.join(format!("app.log.{rotations}"))).expect("copies");
    OpenOptions::new().write(true).open(folder.join("app.log")).expect("opens").set_len(0).expect("truncates");
}

/// Shifts up, and compresses the second but one.
fn rename_up_and_compress(folder: &Path, rotations: usize) {
    let to = |number: usize| format!("app.log.{number}.gz");
    for number in (2..rotations).rev() {
        fs::rename(folder.join(to(number)), folder.join(to(number + 1))).expect("renames");
    }
    if rotations > 1 {
        let bytes = fs::read(folder.join("app.log.1")).expect("reads");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&bytes).expect("compresses");
        fs::write(folder.join(to(2)), encoder.finish().expect("compresses")).expect("writes");
        fs::remove_file(folder.join("app.log.1")).expect("removes");
    }
    fs::rename(folder.join("app.log"), folder.join("app.log.1")).expect("renames");
}

fn each_line_once_under(rotate: fn(&Path, usize)) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    let (count, every) = (20_000, 1_500);
    let (sender, chunks) = sync_channel(2);
    let tailer = Tailer::start(follow(&root, "app.log*"), &[], sender).expect("starts");
    let writer = thread::spawn(move || write_rotating(root, count, every, rotate));
    let mut taken = Taken::default();
    taken.take_until(&chunks, |taken| taken.lines.len() >= count);
    writer.join().expect("writes");
    // Were anything to come twice, it would come now.
    let quiet = Instant::now() + Duration::from_secs(1);
    while let Ok(chunk) = chunks.recv_timeout(quiet.saturating_duration_since(Instant::now())) {
        taken.take(&chunk);
    }
    tailer.stop();
    taken.assert_each_once(count);
}

#[test]
fn rotation_by_rename_under_load() {
    each_line_once_under(rename_up);
}

#[test]
fn rotation_by_copy_and_truncation_under_load() {
    each_line_once_under(copy_and_truncate);
}

#[test]
fn rotation_with_compression_under_load() {
    each_line_once_under(rename_up_and_compress);
}

fn each_line_once_with_restarts_under(rotate: fn(&Path, usize)) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    let (count, every) = (20_000, 1_500);
    let writing = root.clone();
    let writer = thread::spawn(move || write_rotating(writing, count, every, rotate));
    let mut taken = Taken::default();
    let mut random = fastrand::Rng::with_seed(11);
    let deadline = Instant::now() + DEADLINE;
    let mut starts = 0;
    while taken.lines.len() < count && Instant::now() < deadline {
        let positions: Vec<Position> = taken.positions.values().cloned().collect();
        let (sender, chunks) = sync_channel(1);
        let tailer = Tailer::start(follow(&root, "app.log*"), &positions, sender).expect("starts");
        starts += 1;
        let enough = (taken.lines.len() + random.usize(200..1_500)).min(count);
        taken.take_until(&chunks, |taken| taken.lines.len() >= enough);
        // What is still in the channel is lost with the process: it must come again after the restart.
        drop(chunks);
        tailer.stop();
        thread::sleep(Duration::from_millis(random.u64(0..100)));
    }
    writer.join().expect("writes");
    taken.assert_each_once(count);
    assert!(starts > 3, "{starts} starts are not enough to tell");
}

#[test]
fn restart_during_rotation_by_rename() {
    each_line_once_with_restarts_under(rename_up);
}

#[test]
fn restart_during_rotation_by_copy_and_truncation() {
    each_line_once_with_restarts_under(copy_and_truncate);
}

#[test]
fn restart_during_rotation_with_compression() {
    each_line_once_with_restarts_under(rename_up_and_compress);
}

#[test]
fn two_thousand_files_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let files = 2_000;
    let name = |file: usize| root.join(format!("{file}.log"));
    for file in 0..files {
        writeln!(append(&name(file)), "{}", line(2 * file)).expect("writes");
    }
    let (sender, chunks) = sync_channel(16);
    let tailer = Tailer::start(follow(root, "*.log"), &[], sender).expect("starts");
    let mut taken = Taken::default();
    taken.take_until(&chunks, |taken| taken.lines.len() >= files);
    for file in 0..files {
        writeln!(append(&name(file)), "{}", line(2 * file + 1)).expect("writes");
    }
    taken.take_until(&chunks, |taken| taken.lines.len() >= 2 * files);
    taken.assert_each_once(2 * files);
    let deadline = Instant::now() + DEADLINE;
    while tailer.status().lag_bytes > 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    let status = tailer.status();
    assert_eq!((status.files, status.unreadable, status.lag_bytes), (files, 0, 0));
}

#[test]
fn stopping_does_not_wait_for_a_full_queue() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("app.log"), "x\n".repeat(4 << 20)).expect("writes");
    let (sender, chunks) = sync_channel(1);
    let tailer = Tailer::start(follow(folder.path(), "app.log"), &[], sender).expect("starts");
    let deadline = Instant::now() + DEADLINE;
    while !tailer.status().waiting && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(tailer.status().waiting);
    tailer.stop();
    drop(chunks);
}
