//! What all requests share: the stores, the backend, and the bounds on how much may be asked at once.
//!
//! Store calls block, so each runs on a blocking thread under a permit that it keeps until it really ends: a query that
//! outlives its deadline is answered with 504, and still counts against the bound.

use magpie_model::Code;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use magpie_store::{RunStore, StateStore, TelemetryStore};
use tokio::sync::{Semaphore, watch};

use crate::access::Failures;
use crate::job_lines::KnownLines;
use crate::meters::Meters;
use crate::problem::Problem;
use crate::sessions::Sessions;
use crate::{BUILT, Backend, Page, RunsBackend, ServiceGraph};

/// Everything the API answers from.
#[derive(Clone)]
pub struct Api {
    /// Records and rollups.
    pub telemetry: Arc<dyn TelemetryStore>,
    /// Alerts and documents.
    pub state: Arc<dyn StateStore>,
    /// The rest of the process.
    pub backend: Arc<dyn Backend>,
    /// Flows and runs; `None` where none are kept.
    pub runs: Option<Runs>,
    /// Counters of calls between modules; the pipeline feeds them.
    pub service_graph: Arc<ServiceGraph>,
    /// Bounds.
    pub limits: Limits,
    /// The web UI.
    pub pages: &'static [Page],
}

impl Api {
    /// An API with the default limits, a service graph of its own, the web UI that was built, and no runs.
    pub fn new(telemetry: Arc<dyn TelemetryStore>, state: Arc<dyn StateStore>, backend: Arc<dyn Backend>) -> Self {
        Self { telemetry, state, backend, runs: None, service_graph: Arc::default(), limits: Limits::default(), pages: BUILT }
    }
}

/// Flows and runs.
#[derive(Clone)]
pub struct Runs {
    /// What is kept of them.
    pub store: Arc<dyn RunStore>,
    /// What acts on them.
    pub backend: Arc<dyn RunsBackend>,
}

/// Bounds that keep the process in shape whatever clients do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// Questions to the stores at once; more wait up to `deadline`, then get 503.
    pub questions: usize,
    /// Live streams at once; more get 503.
    pub streams: usize,
    /// Exports at once; more get 503.
    pub exports: usize,
    /// Bytes of events that wait for one stream's client; what does not fit is missed, and counted.
    pub stream_bytes: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of the body of an upload.
    pub upload: usize,
    /// Bytes of a request's head.
    pub head: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Time to send a request's head, and for which an idle connection is kept.
    pub head_timeout: Duration,
    /// Time to send a request's body.
    pub body_timeout: Duration,
    /// Time for which a client may read nothing of its response.
    pub write_timeout: Duration,
    /// Time to answer a question.
    pub deadline: Duration,
    /// Time between signs of life in a quiet stream.
    pub keep_alive: Duration,
    /// Time that requests have to end at shutdown.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            questions: 8,
            streams: 32,
            exports: 2,
            stream_bytes: 1 << 20,
            body: 2 << 20,
            upload: 8 << 20,
            head: 16 << 10,
            headers: 64,
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            drain: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// Bytes of the body of a request to this path.
    pub(crate) fn body_of(&self, path: &str) -> usize {
        if path == "/api/v1/uploads" { self.upload } else { self.body }
    }
}

/// The state of the router.
pub(crate) struct Shared {
    pub(crate) api: Api,
    /// Port we listen on: what `Host` must name.
    pub(crate) port: u16,
    pub(crate) meters: Meters,
    /// Lines known of watched jobs.
    pub(crate) job_lines: KnownLines,
    /// Browsers that are signed in.
    pub(crate) sessions: Sessions,
    /// Wrong tokens.
    pub(crate) failures: Failures,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) exports: Arc<Semaphore>,
    /// Becomes true at shutdown.
    pub(crate) closing: watch::Receiver<bool>,
    questions: Arc<Semaphore>,
}

impl Shared {
    /// Flows and runs, where the process keeps any.
    pub(crate) fn runs(&self) -> Result<&Runs, Problem> {
        let missing =
            || Problem::new(StatusCode::NOT_IMPLEMENTED, "this process runs no flows", "start `magpie serve` with a data directory");
        self.api.runs.as_ref().ok_or_else(missing)
    }

    pub(crate) fn new(api: Api, port: u16, closing: watch::Receiver<bool>) -> Self {
        let limits = api.limits;
        Self {
            api,
            port,
            meters: Meters::default(),
            job_lines: KnownLines::default(),
            sessions: Sessions::default(),
            failures: Failures::default(),
            streams: Arc::new(Semaphore::new(limits.streams)),
            exports: Arc::new(Semaphore::new(limits.exports)),
            closing,
            questions: Arc::new(Semaphore::new(limits.questions)),
        }
    }

    /// Runs a question on a blocking thread.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let deadline = tokio::time::Instant::now() + self.api.limits.deadline;
        let Ok(Ok(permit)) = tokio::time::timeout_at(deadline, Arc::clone(&self.questions).acquire_owned()).await else {
            let detail = format!("{} questions are being answered already", self.api.limits.questions);
            let refused = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "ask again in a moment");
            return Err(refused.coded(Code::TooBusy, &[("limit", &self.api.limits.questions)]));
        };
        let shared = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            question(&shared)
        });
        match tokio::time::timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failed)) => Err(Problem::internal(&failed)),
            Err(_) => {
                let seconds = self.api.limits.deadline.as_secs_f64();
                let refused = Problem::new(
                    StatusCode::GATEWAY_TIMEOUT,
                    format!("no answer within {seconds} s"),
                    "narrow the time range, or add a filter",
                );
                Err(refused.coded(Code::NoAnswerInTime, &[("seconds", &seconds)]))
            }
        }
    }
}
