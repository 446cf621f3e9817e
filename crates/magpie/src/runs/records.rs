//! What runs log, on its way into the normal pipeline: appended to files of the data directory, which two built-in sources follow.
//!
//! So a line of a run takes the way of every other line: collected, normalised, aggregated, judged. Log lines are of the kind
//! `run`; each call to another module is besides a record of the kind `call`, told by its caller, so that a flow is a node on
//! the map. A step is only stored as ended when its lines are on disk. The queue is bounded; full, or while the disk
//! is full, runs wait.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use magpie_flows::run::LogLine;
use magpie_model::config::{Config, Input, Multiline, Parse, Source};
use magpie_model::time::MILLISECOND;
use magpie_model::{Kind, Side, Timestamp};
use magpie_store::TelemetryStore;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};

/// Name of the built-in source of run logs.
pub(crate) const RUN_LOGS: &str = "flow-runs";
/// Name of the built-in source of the calls that runs make.
pub(crate) const RUN_CALLS: &str = "flow-calls";
/// Batches that may wait for the disk; then runs wait.
const WAITING: usize = 1_024;
/// A file that is longer is followed by another.
const FILE_BYTES: u64 = 32 << 20;
/// Pause after the disk refused.
const AGAIN: Duration = Duration::from_millis(500);

/// Who a run is, for each of its lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Who {
    pub(super) flow: String,
    /// Name of the flow on the map.
    pub(super) module: String,
    pub(super) application: String,
    pub(super) region: String,
    pub(super) version: String,
}

/// Lines for both files.
#[derive(Debug, Default)]
pub(super) struct Lines {
    logs: Vec<u8>,
    calls: Vec<u8>,
}

impl Lines {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.logs.is_empty() && self.calls.is_empty()
    }

    /// Adds a line of a run. `message` is what may be shown of its text.
    pub(super) fn add(&mut self, who: &Who, line: &LogLine, message: &str) {
        let mut record = fixed(who, line.job_id.to_string(), line.attempt);
        let mut put = |key: &str, value: Value| drop(record.insert(key.to_owned(), value));
        put("time", line.time.to_string().into());
        put("severity", line.severity.name().into());
        put("message", message.into());
        put("trace_id", line.job_id.trace_id().into());
        put("step", line.step.clone().into());
        put("component", line.component.clone().into());
        put("operation", line.operation.clone().into());
        put("category", line.category.clone().into());
        if !line.iteration.is_empty() {
            put("iteration", line.iteration.clone().into());
        }
        if let Some(elapsed) = line.elapsed {
            put("elapsed_ms", (elapsed as f64 / MILLISECOND as f64).into());
        }
        if let Some(call) = &line.call {
            put("status", call.status.map_or_else(|| json!("no response"), |status| json!(status.to_string())));
            put("called", call.target.clone().into());
            self.add_call(who, line, message);
        }
        write_line(&mut self.logs, record);
    }

    fn add_call(&mut self, who: &Who, line: &LogLine, message: &str) {
        let Some(call) = &line.call else { return };
        let mut record = fixed(who, line.job_id.to_string(), line.attempt);
        let mut put = |key: &str, value: Value| drop(record.insert(key.to_owned(), value));
        put("time", line.time.to_string().into());
        put("severity", line.severity.name().into());
        put("message", message.into());
        put("trace_id", line.job_id.trace_id().into());
        put("span_id", call.span_id.clone().into());
        put("step", line.step.clone().into());
        put("source", this_host().into());
        put("source_module", who.module.clone().into());
        put("service", call.service.clone().into());
        put("target", host_of(&call.target).into());
        put("status", call.status.map_or_else(|| json!("503"), |status| json!(status.to_string())));
        if let Some(elapsed) = line.elapsed {
            put("elapsed_ms", (elapsed as f64 / MILLISECOND as f64).into());
        }
        write_line(&mut self.calls, record);
    }

    /// Adds a line that is about the run as a whole.
    pub(super) fn add_plain(&mut self, who: &Who, job_id: &str, attempt: u32, plain: &Plain<'_>) {
        self.put_plain(fixed(who, job_id.to_owned(), attempt), job_id, plain);
    }

    /// Adds a line that a watched job wrote, with its number in the run.
    pub(super) fn add_numbered(&mut self, who: &Who, job_id: &str, attempt: u32, plain: &Plain<'_>, number: u64) {
        let mut record = fixed(who, job_id.to_owned(), attempt);
        record.insert(magpie_api::LINE.to_owned(), number.to_string().into());
        record.insert("stream".to_owned(), plain.operation.into());
        self.put_plain(record, job_id, plain);
    }

    fn put_plain(&mut self, mut record: Map<String, Value>, job_id: &str, plain: &Plain<'_>) {
        let mut put = |key: &str, value: Value| drop(record.insert(key.to_owned(), value));
        put("time", plain.time.to_string().into());
        put("severity", plain.severity.into());
        put("message", plain.message.into());
        put("component", plain.component.into());
        put("operation", plain.operation.into());
        put("category", plain.category.into());
        put("trace_id", job_id.replace('-', "").into());
        write_line(&mut self.logs, record);
    }
}

/// A line that no step wrote.
pub(super) struct Plain<'a> {
    pub(super) time: Timestamp,
    pub(super) severity: &'a str,
    pub(super) component: &'a str,
    pub(super) operation: &'a str,
    pub(super) category: &'a str,
    pub(super) message: &'a str,
}

fn fixed(who: &Who, job_id: String, attempt: u32) -> Map<String, Value> {
    let mut record = Map::new();
    for (key, value) in
        [("flow", &who.flow), ("application", &who.application), ("region", &who.region), ("version", &who.version), ("job_id", &job_id)]
    {
        if !value.is_empty() {
            record.insert(key.to_owned(), value.clone().into());
        }
    }
    record.insert("attempt".to_owned(), attempt.to_string().into());
    record
}

fn write_line(into: &mut Vec<u8>, record: Map<String, Value>) {
    // A map of texts and numbers is always JSON.
    let _ = serde_json::to_writer(&mut *into, &record);
    into.push(b'\n');
}

/// Name of this machine.
fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// `api.example.com:8080` → `api.example.com`, `[::1]:80` → `::1`.
pub(super) fn host_of(target: &str) -> &str {
    if let Some(rest) = target.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    target.rsplit_once(':').map_or(target, |(host, port)| if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { target })
}

struct Batch {
    lines: Lines,
    done: oneshot::Sender<()>,
}

/// The writer of the files.
pub(super) struct Records {
    queue: Mutex<Option<mpsc::Sender<Batch>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    folder: PathBuf,
    lost: AtomicU64,
}

impl Records {
    /// Starts the writer for a data directory.
    pub(super) fn start(data_dir: &Path) -> io::Result<Arc<Self>> {
        let folder = folder_of(data_dir);
        fs::create_dir_all(&folder)?;
        let (queue, waiting) = mpsc::channel(WAITING);
        let files = [Appended::new(&folder, RUN_LOGS), Appended::new(&folder, RUN_CALLS)];
        let thread = magpie_collect::spawn_task("run-records".to_owned(), move || append_all(waiting, files))?;
        Ok(Arc::new(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), folder, lost: AtomicU64::new(0) }))
    }

    /// Returns when the lines are on disk; `false` when the writer has ended.
    pub(super) async fn append(&self, lines: Lines) -> bool {
        if lines.is_empty() {
            return true;
        }
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(queue) = queue else { return false };
        let (done, written) = oneshot::channel();
        queue.send(Batch { lines, done }).await.is_ok() && written.await.is_ok()
    }

    /// The same from a thread that may block.
    pub(super) fn append_blocking(&self, lines: Lines) -> bool {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(queue) = queue else { return false };
        let (done, written) = oneshot::channel();
        queue.blocking_send(Batch { lines, done }).is_ok() && written.blocking_recv().is_ok()
    }

    /// Hands a line over without waiting for the disk; when more waits than may, it is counted and left out.
    pub(super) fn append_without_waiting(&self, line: Lines) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Nobody hears when it is written.
        let batch = Batch { lines: line, done: oneshot::channel().0 };
        if queue.is_none_or(|queue| queue.try_send(batch).is_err()) {
            self.count_lost(1);
        }
    }

    /// Counts lines that were left out.
    pub(super) fn count_lost(&self, lines: u64) {
        self.lost.fetch_add(lines, Ordering::Relaxed);
    }

    /// Batches that wait for the disk, how many may, and the lines that were left out since the start.
    pub(super) fn gauges(&self) -> (u64, u64, u64) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        (waiting as u64, WAITING as u64, self.lost.load(Ordering::Relaxed))
    }

    /// Writes what waits and ends.
    pub(super) fn stop(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }

    /// Removes files that are followed by others and stored to their end.
    pub(super) fn remove_stored(&self, telemetry: &dyn TelemetryStore) -> io::Result<u64> {
        let stored: std::collections::HashMap<String, u64> =
            telemetry.positions().into_iter().map(|position| (position.file, position.offset)).collect();
        let mut removed = 0;
        for name in [RUN_LOGS, RUN_CALLS] {
            let mut files = files_of(&self.folder, name)?;
            // The newest is still written.
            files.pop();
            for path in files {
                let length = fs::metadata(&path)?.len();
                if stored.get(&path.display().to_string()).is_some_and(|&offset| offset >= length) {
                    fs::remove_file(&path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// One of the two files that are written, by its newest number.
struct Appended {
    folder: PathBuf,
    name: &'static str,
    open: Option<(File, u64)>,
}

impl Appended {
    fn new(folder: &Path, name: &'static str) -> Self {
        Self { folder: folder.to_owned(), name, open: None }
    }

    /// Appends and syncs. After an error nothing of it counts: the file is cut back when it is opened again.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (mut file, length) = match self.open.take() {
            Some((file, length)) if length < FILE_BYTES => (file, length),
            _ => self.next_file()?,
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_data()) {
            // Half a line must not become the beginning of the next one.
            file.set_len(length)?;
            return Err(error);
        }
        self.open = Some((file, length + bytes.len() as u64));
        Ok(())
    }

    /// A file that did not exist: what an earlier process wrote last may end in half a line.
    fn next_file(&self) -> io::Result<(File, u64)> {
        let newest = files_of(&self.folder, self.name)?.pop();
        let number = newest.and_then(|path| number_of(&path)).map_or(1, |number| number + 1);
        let path = self.folder.join(format!("{}-{number:012}.jsonl", self.name));
        Ok((OpenOptions::new().append(true).create_new(true).open(path)?, 0))
    }
}

fn number_of(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.rsplit('-').next()?.parse().ok()
}

/// Files of a name, oldest first.
fn files_of(folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().and_then(|file| file.to_str()).is_some_and(|file| file.starts_with(name)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn append_all(mut waiting: mpsc::Receiver<Batch>, mut files: [Appended; 2]) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batches = vec![first];
        while let Ok(batch) = waiting.try_recv() {
            batches.push(batch);
        }
        let logs: Vec<u8> = batches.iter().flat_map(|batch| &batch.lines.logs).copied().collect();
        let calls: Vec<u8> = batches.iter().flat_map(|batch| &batch.lines.calls).copied().collect();
        for (file, bytes) in files.iter_mut().zip([logs, calls]) {
            while let Err(error) = file.append(&bytes) {
                tracing::error!(%error, "run logs cannot be written; runs wait");
                std::thread::sleep(AGAIN);
            }
        }
        for batch in batches {
            // A run that was cancelled does not wait any more.
            let _ = batch.done.send(());
        }
    }
}

/// The configuration with the two built-in sources, unless it has some of these names.
pub(crate) fn with_builtin_sources(mut config: Config) -> Config {
    let folder = folder_of(&config.data_dir);
    for (name, kind, side) in [(RUN_LOGS, Kind::Run, Side::Callee), (RUN_CALLS, Kind::Call, Side::Caller)] {
        if config.sources.iter().any(|source| source.name == name) {
            continue;
        }
        let include = vec![folder.join(format!("{name}-*.jsonl")).display().to_string()];
        config.sources.push(Source {
            name: name.to_owned(),
            input: Input::File { include, exclude: Vec::new(), follow: true, from_end: false },
            parse: Parse::Format("json".to_owned()),
            kind: Some(kind),
            side,
            multiline: Multiline::Off,
            ..Source::default()
        });
    }
    config
}

/// Whether a source is one of the built-in ones.
pub(crate) fn is_builtin(source: &Source) -> bool {
    [RUN_LOGS, RUN_CALLS].contains(&source.name.as_str())
}

fn folder_of(data_dir: &Path) -> PathBuf {
    // Patterns of sources are compared with what is found on disk, so the folder has one spelling.
    data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned()).join("run-logs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_targets() {
        for (target, host) in [
            ("api.example.com:8080", "api.example.com"),
            ("10.0.0.1", "10.0.0.1"),
            ("[::1]:80", "::1"),
            ("h:x", "h:x"),
            ("[fe80::1]", "fe80::1"),
        ] {
            assert_eq!(host_of(target), host, "{target}");
        }
    }

    #[test]
    fn what_was_appended_is_on_disk_and_a_restart_begins_a_new_file() {
        let dir = tempfile::tempdir().unwrap();
        for round in 1..=2 {
            let records = Records::start(dir.path()).unwrap();
            let mut lines = Lines::default();
            let plain = Plain {
                time: Timestamp(0),
                severity: "info",
                component: "run",
                operation: "start",
                category: "output",
                message: "it \"runs\"",
            };
            lines.add_plain(&Who { flow: "a.b".into(), ..Who::default() }, "j", 1, &plain);
            assert!(records.append_blocking(lines));
            records.stop();
            let files = files_of(&dir.path().join("run-logs"), RUN_LOGS).unwrap();
            assert_eq!(files.len(), round);
            let line: Value = serde_json::from_str(fs::read_to_string(&files[round - 1]).unwrap().trim()).unwrap();
            assert_eq!((&line["flow"], &line["message"], &line["attempt"]), (&json!("a.b"), &json!("it \"runs\""), &json!("1")));
        }
    }
}
