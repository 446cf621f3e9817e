//! A world for tests: a clock that jumps, HTTP by a function, a journal in memory, and the real pool of expressions.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use magpie_flows::definition::Definition;
use magpie_flows::expression::{Evaluator, Expressions, PoolOptions};
use magpie_flows::run::{
    Begun, BoxFuture, CallError, Clock, Ending, Finished, FlowSource, HostProcesses, HttpCaller, HttpRequest, HttpResponse, JobId, Journal,
    JournalError, Lifecycle, Limits, LocalEvents, LogLine, NoFlows, Observer, Order, Permissions, Replay, RunLog, Runner, Secrets, World,
};
use magpie_model::Timestamp;
use serde_json::Value;

/// Writes a line that the test harness does not keep to itself.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Where the shared data lies, if it is there.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("MAGPIE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join(path);
    if !path.exists() {
        say(&format!("skipped: {} is absent", path.display()));
        return None;
    }
    Some(path)
}

/// Options of the pool whose child is the example beside the tests.
pub(crate) fn pool(deadline: Duration, memory_bytes: u64) -> PoolOptions {
    let tests = std::env::current_exe().expect("the test has a path");
    let program = tests.parent().and_then(|deps| deps.parent()).expect("a target folder").join("examples/serve_expressions");
    PoolOptions { program, arguments: vec![memory_bytes.to_string()], deadline, memory_bytes, children: 2 }
}

/// One evaluator for each runtime: children belong to the runtime that started them.
pub(crate) fn expressions() -> Arc<dyn Expressions> {
    Arc::new(Evaluator::new(pool(Duration::from_secs(20), 256 << 20)))
}

/// A clock that stands until something sleeps, then jumps; sleeping takes a moment of real time, so that others may run.
pub(crate) struct Jumping(AtomicI64);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1_000, Ordering::SeqCst))
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.0.fetch_max(time.0, Ordering::SeqCst);
        })
    }

    fn random(&self) -> f64 {
        0.5
    }
}

/// HTTP by a function.
pub(crate) struct Answering<F>(pub(crate) F);

impl<F: Fn(HttpRequest) -> Result<HttpResponse, CallError> + Send + Sync> HttpCaller for Answering<F> {
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, CallError>> {
        let answer = (self.0)(request);
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer
        })
    }
}

/// A response of JSON.
pub(crate) fn json_response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse { status, headers: vec![("content-type".into(), "application/json".into())], body: Bytes::from(body.to_string()) }
}

/// A journal in memory that can be told to break after some writes.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) begun: Mutex<Vec<Begun>>,
    pub(crate) finished: Mutex<Vec<Finished>>,
    pub(crate) writes_left: OnceLock<AtomicI64>,
}

impl Memory {
    pub(crate) fn breaking_after(writes: i64) -> Self {
        let memory = Self::default();
        memory.writes_left.set(AtomicI64::new(writes)).expect("set once");
        memory
    }

    fn write(&self) -> Result<(), JournalError> {
        match self.writes_left.get() {
            Some(left) if left.fetch_sub(1, Ordering::SeqCst) <= 0 => Err(JournalError("the disk is gone".into())),
            _ => Ok(()),
        }
    }

    /// What a restart would find.
    pub(crate) fn replay(&self) -> Replay {
        Replay::new(self.begun.lock().unwrap().clone(), self.finished.lock().unwrap().clone())
    }

    /// Names of the tasks in the order in which they ended.
    pub(crate) fn order(&self) -> Vec<String> {
        let mut finished = self.finished.lock().unwrap().clone();
        finished.sort_by_key(|step| step.started);
        finished.into_iter().map(|step| step.name).collect()
    }
}

impl Journal for Memory {
    fn begin<'a>(&'a self, step: &'a Begun) -> BoxFuture<'a, Result<(), JournalError>> {
        let written = self.write().map(|()| self.begun.lock().unwrap().push(step.clone()));
        Box::pin(std::future::ready(written))
    }

    fn finish<'a>(&'a self, step: &'a Finished) -> BoxFuture<'a, Result<(), JournalError>> {
        let written = self.write().map(|()| self.finished.lock().unwrap().push(step.clone()));
        Box::pin(std::future::ready(written))
    }
}

/// Keeps what is logged and observed.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) lines: Mutex<Vec<LogLine>>,
    pub(crate) events: Mutex<Vec<Lifecycle>>,
}

impl RunLog for Kept {
    fn write(&self, line: LogLine) {
        self.lines.lock().unwrap().push(line);
    }
}

impl Observer for Kept {
    fn on(&self, event: &Lifecycle) {
        self.events.lock().unwrap().push(event.clone());
    }
}

/// Secrets from a map.
#[derive(Default)]
pub(crate) struct Known(pub(crate) BTreeMap<String, Value>);

impl Secrets for Known {
    fn get<'a>(&'a self, _: &'a Definition, name: &'a str) -> BoxFuture<'a, Option<Value>> {
        Box::pin(std::future::ready(self.0.get(name).cloned()))
    }
}

/// Flows from a list.
pub(crate) struct Published(pub(crate) Vec<Arc<Definition>>);

impl FlowSource for Published {
    fn find<'a>(&'a self, namespace: &'a str, name: &'a str, _: &'a str) -> BoxFuture<'a, Option<Arc<Definition>>> {
        let found = self.0.iter().find(|flow| flow.document.namespace == namespace && flow.document.name == name).cloned();
        Box::pin(std::future::ready(found))
    }
}

/// A world, with the parts that a test wants to look at.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) journal: Arc<Memory>,
    pub(crate) kept: Arc<Kept>,
    pub(crate) events: Arc<LocalEvents>,
}

impl Bench {
    pub(crate) fn new(http: impl HttpCaller + 'static) -> Self {
        Self::with_journal(http, Memory::default())
    }

    pub(crate) fn with_journal(http: impl HttpCaller + 'static, journal: Memory) -> Self {
        let (journal, kept, events) = (Arc::new(journal), Arc::new(Kept::default()), Arc::new(LocalEvents::new(64)));
        let world = World {
            http: Arc::new(http),
            processes: Arc::new(HostProcesses::default()),
            clock: Arc::new(Jumping(AtomicI64::new(1_700_000_000_000_000_000))),
            events: events.clone(),
            journal: journal.clone(),
            expressions: expressions(),
            secrets: Arc::new(Known::default()),
            flows: Arc::new(NoFlows),
            log: kept.clone(),
            observer: kept.clone(),
            permissions: Permissions::default(),
            limits: Limits::default(),
        };
        Self { world, journal, kept, events }
    }

    /// A world that calls nobody.
    pub(crate) fn alone() -> Self {
        Self::new(Answering(|request: HttpRequest| Err(CallError::Failed(format!("nobody answers {}", request.uri)))))
    }

    pub(crate) fn order(&self, definition: &Arc<Definition>, input: Value) -> Order {
        let started = self.world.clock.now();
        let (definition, replay) = (Arc::clone(definition), Replay::default());
        Order { job: JobId::new(started, 7), attempt: 1, definition, input, started, replay, repeat_interrupted: false }
    }

    pub(crate) async fn run(&self, definition: &Arc<Definition>, input: Value) -> Ending {
        Runner::new(self.world.clone()).run(self.order(definition, input)).await
    }
}

/// Reads a flow whose tasks are given, indented by two.
pub(crate) fn flow(tasks: &str) -> Arc<Definition> {
    flow_with("", tasks)
}

/// The same with more at the top.
pub(crate) fn flow_with(head: &str, tasks: &str) -> Arc<Definition> {
    let text = format!("document: {{dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0'}}\n{head}\ndo:\n{tasks}");
    Arc::new(Definition::read(&text).unwrap_or_else(|error| panic!("{text}\n{error}")))
}
