//! All that a run touches outside of itself, as traits: so that the interpreter can be tested without a network, a clock or a
//! disk, and whoever embeds it decides what a flow may reach.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use magpie_model::{Severity, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::BoxFuture;
use super::fault::Fault;
use super::id::JobId;
use super::journal::Journal;
use crate::definition::Definition;
use crate::expression::Expressions;

/// A request of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// `GET`, `POST` ...
    pub method: String,
    /// Absolute URI.
    pub uri: String,
    /// Names and values in order.
    pub headers: Vec<(String, String)>,
    /// Body; empty for none.
    pub body: Bytes,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The address may not be called.
    #[error("{0}")]
    Denied(String),
    /// The request cannot be made.
    #[error("{0}")]
    Malformed(String),
    /// No connection, or it broke.
    #[error("{0}")]
    Failed(String),
}

/// Makes HTTP calls.
pub trait HttpCaller: Send + Sync {
    /// Sends a request and reads the whole response; dropping the future closes the call. Redirects are not followed.
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, CallError>>;
}

/// A process to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessSpec {
    /// Program, found by `PATH`.
    pub program: String,
    /// Arguments.
    pub arguments: Vec<String>,
    /// Environment beyond `PATH`, `HOME`, `LANG` and `TZ`, which are passed on.
    pub environment: BTreeMap<String, String>,
    /// Standard input.
    pub stdin: Vec<u8>,
    /// A file that is written into a fresh working directory before the start: name and content.
    pub file: Option<(String, String)>,
    /// More variables that are passed on as they are, where they are set.
    pub passed_on: &'static [&'static str],
    /// Program and arguments that end what was started elsewhere, when nobody waits for it any more.
    pub abort: Option<Vec<String>>,
}

/// What a process left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessResult {
    /// Exit code; 128 plus the signal when one ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Error output.
    pub stderr: Vec<u8>,
}

/// Why a process could not be run to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProcessError(pub String);

/// Runs processes.
pub trait ProcessRunner: Send + Sync {
    /// Runs a process to its end; dropping the future ends it and all its children.
    fn run(&self, spec: ProcessSpec) -> BoxFuture<'static, Result<ProcessResult, ProcessError>>;
    /// Whether there is a program of this name.
    fn finds(&self, program: &str) -> bool;
}

/// Tells and waits for time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Returns at or after a time.
    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()>;
    /// The same for a step that does nothing meanwhile, while a limit of time sleeps beside the work that it limits: whoever gives runs a
    /// place among others may give it to another until then.
    fn rest_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        self.sleep_until(time)
    }
    /// A random number in 0..1, for jitter.
    fn random(&self) -> f64;
}

/// Carries CloudEvents (in their JSON form) between flows and the outside.
pub trait EventBus: Send + Sync {
    /// Publishes an event.
    fn publish<'a>(&'a self, event: &'a Value) -> BoxFuture<'a, Result<(), String>>;
    /// From now on, events that are published.
    fn subscribe(&self) -> Box<dyn Subscription>;
}

/// Events as they come.
pub trait Subscription: Send + Sync {
    /// The next event; an error when some were lost or the bus has ended.
    fn next(&mut self) -> BoxFuture<'_, Result<Arc<Value>, String>>;
}

/// Knows secrets.
pub trait Secrets: Send + Sync {
    /// The value of a secret: a text or a mapping; `None` when this flow may not read it or it does not exist.
    fn get<'a>(&'a self, definition: &'a Definition, name: &'a str) -> BoxFuture<'a, Option<Value>>;
}

/// Knows published flows.
pub trait FlowSource: Send + Sync {
    /// The published flow of that name; `version` is a version or `latest`.
    fn find<'a>(&'a self, namespace: &'a str, name: &'a str, version: &'a str) -> BoxFuture<'a, Option<Arc<Definition>>>;
}

/// A line of the run log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogLine {
    /// When.
    pub time: Timestamp,
    /// How serious.
    pub severity: Severity,
    /// The run.
    pub job_id: JobId,
    /// Attempt of the run.
    pub attempt: u32,
    /// Pointer of the step.
    pub step: String,
    /// Iteration of the step.
    pub iteration: String,
    /// Component or connector: `set`, `http`, `logger` ...
    pub component: String,
    /// What it did: `GET /orders`, `query` ...
    pub operation: String,
    /// The Logger's category; `output` for the standard event of any other component.
    pub category: String,
    /// The text.
    pub message: String,
    /// How long it took, in ns.
    pub elapsed: Option<i64>,
    /// The call to another module, when the step made one.
    pub call: Option<CallMade>,
}

/// A call to another module: an interaction like any other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallMade {
    /// Host and port that was called.
    pub target: String,
    /// Method and path template.
    pub service: String,
    /// Status code; `None` when no response came.
    pub status: Option<u16>,
    /// The span of the call.
    pub span_id: String,
}

/// Takes log lines; must not block.
pub trait RunLog: Send + Sync {
    /// Takes a line.
    fn write(&self, line: LogLine);
}

/// What happens to a flow and its tasks (the specification's lifecycle events).
#[derive(Clone, Debug, PartialEq)]
pub enum Lifecycle {
    /// The flow has started.
    Started,
    /// The run waits: until a time, or for events when there is none.
    Waiting {
        /// Until when.
        until: Option<Timestamp>,
        /// The step that waits.
        step: String,
    },
    /// The run goes on after waiting.
    Resumed,
    /// A task has started.
    TaskStarted(String),
    /// A task has ended well.
    TaskCompleted(String),
    /// A task raised an error.
    TaskFaulted(String, Fault),
    /// A task is tried again after a pause, in ns.
    TaskRetried(String, i64),
    /// The flow has ended well.
    Completed(Value),
    /// The flow raised an error.
    Faulted(Fault),
}

impl Lifecycle {
    /// The CloudEvent that tells it, by the names of the specification.
    pub fn to_cloud_event(&self, job: JobId, document: &crate::definition::Document, now: Timestamp, sequence: u64) -> Value {
        let name = format!("{}-{job}.{}", document.name, document.namespace);
        let time = now.to_string();
        let flow = |key: &str, more: Value| merged(serde_json::json!({ "name": name, key: time }), more);
        let task =
            |key: &str, pointer: &str, more: Value| merged(serde_json::json!({ "workflow": name, "task": pointer, key: time }), more);
        let none = Value::Null;
        let (kind, data) = match self {
            Self::Started => {
                let definition = serde_json::json!({ "definition": { "name": document.name, "namespace": document.namespace, "version": document.version } });
                ("workflow.started", flow("startedAt", definition))
            }
            Self::Waiting { .. } => ("workflow.suspended", flow("suspendedAt", none)),
            Self::Resumed => ("workflow.resumed", flow("resumedAt", none)),
            Self::TaskStarted(pointer) => ("task.started", task("startedAt", pointer, none)),
            Self::TaskCompleted(pointer) => ("task.completed", task("completedAt", pointer, none)),
            Self::TaskFaulted(pointer, fault) => ("task.faulted", task("faultedAt", pointer, serde_json::json!({ "error": fault }))),
            Self::TaskRetried(pointer, _) => ("task.retried", task("retriedAt", pointer, none)),
            Self::Completed(output) => ("workflow.completed", flow("completedAt", serde_json::json!({ "output": output }))),
            Self::Faulted(fault) => ("workflow.faulted", flow("faultedAt", serde_json::json!({ "error": fault }))),
        };
        serde_json::json!({
            "specversion": "1.0",
            "id": format!("{job}-{sequence}"),
            "source": format!("/flows/{}/{}", document.namespace, document.name),
            "type": format!("io.serverlessworkflow.{kind}.v1"),
            "time": time,
            "datacontenttype": "application/json",
            "data": data,
        })
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

/// Is told what happens; must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn on(&self, event: &Lifecycle);
    /// A task goes on as so many branches at once.
    fn forked(&self, _branches: usize) {}
    /// A branch has ended or was given up while others of its fork go on; the last one goes on as the task.
    fn branch_ended(&self) {}
}

/// What flows may do on this machine; nothing of it unless the config file allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// `run: shell`.
    pub shell: bool,
    /// `run: script`.
    pub script: bool,
    /// `run: container`.
    pub container: bool,
    /// Connections of the `sql` connectors to link-local addresses; calls have their own switch in the client that makes them.
    pub link_local: bool,
    /// Directories whose files the `file`, `directory` and `sql` connectors may use.
    pub directories: Vec<PathBuf>,
}

/// Bounds of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most steps.
    pub steps: u64,
    /// Deepest nesting of flows and functions.
    pub depth: u32,
    /// Largest output of a step, as JSON, in bytes.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 100_000, depth: 16, output_bytes: 16 << 20 }
    }
}

/// Everything around a run.
#[derive(Clone)]
pub struct World {
    /// HTTP calls.
    pub http: Arc<dyn HttpCaller>,
    /// Processes.
    pub processes: Arc<dyn ProcessRunner>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Events.
    pub events: Arc<dyn EventBus>,
    /// Journal of this run.
    pub journal: Arc<dyn Journal>,
    /// Expressions.
    pub expressions: Arc<dyn Expressions>,
    /// Secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Other flows.
    pub flows: Arc<dyn FlowSource>,
    /// Run log.
    pub log: Arc<dyn RunLog>,
    /// What happens.
    pub observer: Arc<dyn Observer>,
    /// What is allowed.
    pub permissions: Permissions,
    /// What is bounded.
    pub limits: Limits,
}
