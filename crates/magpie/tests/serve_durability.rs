//! Nothing is lost and nothing comes twice, whatever happens to the process: the real binary, killed and asked again.
//!
//! Every line carries a number, so "exactly once" is a comparison of numbers. Moments of killing are random; the seed is
//! printed, and `MAGPIE_SEED` repeats it.

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use support::{PATIENCE, Place, Running, access_time, append, wait_for};

const CALLS: &str = "bucket: 5s
sources:
  - name: shop
    module: shop
    file: { include: ['{dir}/access.log*'] }
    parse: { format: combined }
monitors:
  - { name: calls, by: [source, target_module, service] }
";

fn random() -> fastrand::Rng {
    let seed = std::env::var("MAGPIE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("MAGPIE_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// An access line whose path and length carry its number.
fn line(number: usize) -> String {
    let source = number % 7;
    format!("10.0.3.{source} - - [{}] \"GET /item/{number} HTTP/1.1\" 200 {number} \"-\" \"curl/8.1\"\n", access_time(Duration::ZERO))
}

/// How often each number was stored.
fn stored(running: &Running) -> BTreeMap<u64, usize> {
    let mut numbers = BTreeMap::new();
    for record in running.records("kind=call") {
        let number = record["bytes"].as_u64().unwrap_or_else(|| panic!("no number in {record}"));
        *numbers.entry(number).or_default() += 1;
    }
    numbers
}

fn sum(answer: &Value, member: impl Fn(&Value) -> &Value) -> u64 {
    answer["rows"].as_array().unwrap().iter().map(|row| member(row).as_u64().unwrap()).sum()
}

/// Waits until `lines` numbered lines are in the rollups, then looks at each of them.
fn every_line_is_there_once(running: &Running, lines: usize) {
    let rollups = running.wait_for("/api/v1/rollups?monitor=calls", PATIENCE, |answer| sum(answer, |row| &row["records"]) >= lines as u64);
    let numbers = stored(running);
    let twice: Vec<_> = numbers.iter().filter(|(_, count)| **count != 1).take(5).collect();
    let missing: Vec<_> = (0..lines as u64).filter(|number| !numbers.contains_key(number)).take(5).collect();
    assert!(twice.is_empty() && missing.is_empty(), "twice: {twice:?}, missing: {missing:?} of {lines}");
    assert_eq!(numbers.len(), lines);
    assert_eq!(sum(&rollups, |row| &row["records"]), lines as u64, "calls in the rollups");
    let numbers = (lines * (lines - 1) / 2) as u64;
    assert_eq!(sum(&rollups, |row| &row["fields"]["bytes"]["sum"]), numbers, "sum of all numbers in the rollups");
}

/// Writes numbered lines until told to stop, sometimes in two pieces, and now and then begins a new file.
struct Writer {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Writer {
    fn start(log: PathBuf, mut random: fastrand::Rng) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&written));
        let thread = std::thread::spawn(move || {
            let (mut number, mut rotated) = (0, 0);
            while !stopped.load(Ordering::Relaxed) {
                let batch: String = (0..random.usize(1..20)).map(|nth| line(number + nth)).collect();
                number += batch.lines().count();
                let (first, second) = batch.split_at(random.usize(0..batch.len()));
                append(&log, first);
                std::thread::sleep(Duration::from_millis(random.u64(0..8)));
                append(&log, second);
                count.store(number, Ordering::Relaxed);
                if random.u8(..) < 4 {
                    if random.bool() {
                        rotate(&log, rotated)
                    } else {
                        copy_and_truncate(&log, rotated)
                    }
                    rotated += 1;
                }
            }
            eprintln!("{number} lines, {rotated} rotations");
        });
        Self { stop, written, thread }
    }

    /// Lines written by now.
    fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }

    fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.written.load(Ordering::Relaxed)
    }
}

fn rotate(log: &Path, nth: usize) {
    std::fs::rename(log, log.with_extension(format!("log.{nth}"))).unwrap();
}

fn copy_and_truncate(log: &Path, nth: usize) {
    std::fs::copy(log, log.with_extension(format!("log.{nth}"))).unwrap();
    std::fs::File::options().write(true).open(log).unwrap().set_len(0).unwrap();
}

#[test]
fn kill_9_under_load_keeps_every_line_once() {
    let mut random = random();
    let place = Place::new(CALLS);
    let writer = Writer::start(place.path("access.log"), random.fork());
    for round in 0..6 {
        let running = place.spawn();
        // Every second one is killed while it starts or right after, the others once they have stored something new.
        if round % 2 == 0 {
            let before = writer.written() as u64;
            running.wait_for("/api/v1/rollups?monitor=calls", PATIENCE, |answer| sum(answer, |row| &row["records"]) > before);
            std::thread::sleep(Duration::from_millis(random.u64(0..4_000)));
        } else {
            std::thread::sleep(Duration::from_millis(random.u64(0..500)));
        }
        running.kill_9();
    }
    let running = place.serve();
    let lines = writer.stop();
    every_line_is_there_once(&running, lines);
    let status = running.terminate();
    assert!(status.success(), "{status}");
    place.is_sound_with(lines);
}

/// A file that goes on under another name each time Magpie starts: what was stored under the names before says nothing.
#[test]
fn rotation_between_restarts_keeps_every_line_once() {
    let place = Place::new(CALLS);
    let log = place.path("access.log");
    let mut lines = 0;
    // Each file is stored up to its middle under one name, and to its end under the next.
    for round in 0..8 {
        let running = place.serve();
        append(&log, (lines..lines + 40).map(line).collect::<String>());
        lines += 40;
        every_line_is_there_once(&running, lines);
        assert_eq!(running.terminate().code(), Some(0));
        append(&log, (lines..lines + 10).map(line).collect::<String>());
        lines += 10;
        rotate(&log, round);
    }
    let running = place.serve();
    every_line_is_there_once(&running, lines);
    assert_eq!(running.terminate().code(), Some(0));
    place.is_sound_with(lines);
}

#[test]
fn sigterm_ends_cleanly() {
    let place = Place::new(CALLS);
    let running = place.serve();
    let lines = 5_000;
    append(&place.path("access.log"), (0..lines).map(line).collect::<String>());
    // In the middle of it: what is not read yet is read by the next one.
    running.wait_for("/api/v1/records?limit=1", PATIENCE, |page| !page["records"].as_array().unwrap().is_empty());
    let status = running.terminate();
    assert_eq!(status.code(), Some(0));
    let running = place.serve();
    every_line_is_there_once(&running, lines);
    assert_eq!(running.terminate().code(), Some(0));
    place.is_sound_with(lines);
    assert!(place.examine().1["findings"].as_array().is_some_and(Vec::is_empty), "nothing is left to recover");
}

#[test]
fn standard_input_survives_kill_9_once_it_is_logged() {
    let place = Place::new(&CALLS.replace("file: { include: ['{dir}/access.log*'] }", "stdin: true"));
    let lines = 400;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let running = place.serve_stdin(reader);
    writer.write_all((0..lines).map(line).collect::<String>().as_bytes()).unwrap();
    // What can be seen was logged before; the last lines are held until the pipe is silent.
    running.wait_for("/api/v1/rollups?monitor=calls", PATIENCE, |answer| sum(answer, |row| &row["records"]) == lines as u64);
    running.kill_9();
    drop(writer);

    let (reader, mut writer) = std::io::pipe().unwrap();
    let running = place.serve_stdin(reader);
    every_line_is_there_once(&running, lines);
    writer.write_all((lines..2 * lines).map(line).collect::<String>().as_bytes()).unwrap();
    every_line_is_there_once(&running, 2 * lines);
    // The pipe is still open, and its reader must end all the same.
    assert_eq!(running.terminate().code(), Some(0));
    drop(writer);
    place.is_sound_with(2 * lines);
}

#[test]
fn a_second_process_on_the_directory_is_refused() {
    let place = Place::new(CALLS);
    let running = place.serve();
    let second = place.command(&support::free_address()).output().unwrap();
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let told = support::text(&second.stderr);
    assert!(told.contains(&format!("in use by process {}", running.child.id())), "{told}");
    assert!(running.get("/readyz")["verdict"] == "ok", "the first goes on");
    running.kill_9();
    // A lock of the dead holds nobody up.
    let running = wait_for("start after kill -9", PATIENCE, || Some(place.serve()));
    assert_eq!(running.terminate().code(), Some(0));
}
