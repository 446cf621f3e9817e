//! Stories of flows and runs against a real store, executor and HTTP service, in this process.

mod definitions;
mod jobs;
mod retries;
mod schedules;
mod shown;
mod sweep;
mod triggers;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use magpie_api::{
    FlowRefusal, FlowSave, JobAttempt, JobBegin, JobLine, JobLines, JobStream, Live, RetryEffect, RetryFrom, RetryRequest, RetryVersion,
    RunRefusal, TriggerRequest,
};
use magpie_model::config::{Config, SecretFrom, SecretRule};
use magpie_model::query::TimeRange;
use magpie_model::run::{DueOutcome, JobId, Run, Status, TriggerKind};
use magpie_model::time::{DAY, SECOND};
use magpie_model::{Signature, Timestamp};
use magpie_store::embedded::{EmbeddedTelemetry, Options, SqliteState};
use magpie_store::runs::StepId;
use magpie_store::{AlertQuery, StateStore};
use serde_json::{Value, json};

use super::{Runs, watchdog};
use crate::serve::{declared, now};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers by path: the status codes in turn, the last one for good; counts requests.
#[derive(Clone)]
struct Outside {
    address: String,
    answers: Arc<Mutex<HashMap<String, Vec<u16>>>>,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl Outside {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let outside =
            Self { address: format!("http://{}", listener.local_addr().unwrap()), answers: Arc::default(), asked: Arc::default() };
        let serving = outside.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(connection));
            }
        });
        outside
    }

    fn answer(&self, path: &str, statuses: &[u16]) {
        self.answers.lock().unwrap().insert(path.to_owned(), statuses.to_vec());
    }

    fn asked(&self, path: &str) -> u32 {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }

    fn serve(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        loop {
            let (mut head, mut length) = (String::new(), 0);
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            *self.asked.lock().unwrap().entry(path.clone()).or_default() += 1;
            let status = match self.answers.lock().unwrap().get_mut(&path) {
                Some(statuses) if statuses.len() > 1 => statuses.remove(0),
                Some(statuses) => statuses[0],
                None => 200,
            };
            let body = json!({"path": path}).to_string();
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if connection.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

struct World {
    runs: Option<Runs>,
    api: magpie_api::Runs,
    state: Arc<dyn StateStore>,
    config: Config,
    dir: tempfile::TempDir,
    telemetry: Arc<EmbeddedTelemetry>,
}

impl World {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config { data_dir: dir.path().to_owned(), ..Config::default() };
        change(&mut config);
        let telemetry = Arc::new(EmbeddedTelemetry::open(dir.path(), declared(&config), Options::default()).unwrap());
        let state: Arc<dyn StateStore> = Arc::new(SqliteState::open(dir.path()).unwrap());
        let runs = Runs::start(&config, Arc::clone(&state), Arc::clone(&telemetry) as _, Arc::new(Live::default())).unwrap();
        Self { api: runs.api(), runs: Some(runs), state, config, dir, telemetry }
    }

    /// Ends all tasks and starts again on the same data.
    fn restart(&mut self) {
        self.runs.take().unwrap().stop();
        let runs = Runs::start(&self.config, Arc::clone(&self.state), Arc::clone(&self.telemetry) as _, Arc::new(Live::default())).unwrap();
        self.api = runs.api();
        self.runs = Some(runs);
    }

    fn publish(&self, source: &str) -> String {
        let save = FlowSave { flow: None, source: source.to_owned(), expected: None, publish: true, signature: signed("") };
        self.api.backend.save_flow(save).unwrap().flow
    }

    fn trigger(&self, flow: &str, input: Value) -> Result<Run, RunRefusal> {
        let (flow, signature) = (flow.to_owned(), signed(""));
        self.api.backend.trigger(TriggerRequest { flow, input, revision: None, kind: TriggerKind::Manual, signature })
    }

    fn run(&self, job_id: JobId) -> Run {
        self.api.store.run(job_id).unwrap().unwrap().run
    }

    /// Waits until a run is in a state.
    fn until(&self, job_id: JobId, status: Status) -> Run {
        wait_for(status.name(), || {
            let run = self.run(job_id);
            (run.status == status).then_some(run)
        })
    }

    /// What a run logged, as `component operation: message`.
    fn logged(&self) -> String {
        let folder = self.dir.path().canonicalize().unwrap().join("run-logs");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runs) = self.runs.take() {
            runs.stop();
        }
    }
}

fn signed(comment: &str) -> Signature {
    Signature { by: "ann".to_owned(), at: now(), comment: comment.to_owned() }
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "no {what} within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn flow(name: &str, metadata: &str, rest: &str) -> String {
    format!("document: {{dsl: '1.0.3', namespace: t, name: {name}, version: '1.0.0', metadata: {{application: shop{metadata}}}}}\n{rest}")
}

fn retry(from: RetryFrom) -> RetryRequest {
    RetryRequest { from, input: None, version: RetryVersion::Same, signature: signed("fixed") }
}

const QUICK: &str = ", retry: {delay: {milliseconds: 50}, limit: {attempt: {count: 2}}}";
