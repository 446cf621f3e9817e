//! How one demo host calls another: HTTP/1.1 over loopback, from the caller's own address.
//! Binding the local address makes the callee's log name the caller, as it would between real machines. The connection tasks belong
//! to the caller, so that a stopped demo leaves none behind. Logging a call is left to the service that makes it.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderName, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::trace::{TRACEPARENT, Trace};

/// Largest answer that is read; the demo's own are below 20 kB.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// Idle connections kept to each callee.
const IDLE_CONNECTIONS: usize = 8;

/// Makes HTTP calls from one loopback address.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    connections: Connections,
}

/// What to call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) peer: SocketAddr,
    /// Path and query.
    pub(super) target: String,
    /// The `Host` header.
    pub(super) authority: String,
    pub(super) user_agent: String,
    pub(super) referer: Option<String>,
    pub(super) forwarded_for: Option<String>,
    pub(super) trace: Trace,
    pub(super) body: Bytes,
    /// Give up after this time.
    pub(super) patience: Duration,
}

/// How a call went.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) started: Timestamp,
    pub(super) elapsed: Duration,
    pub(super) result: Result<Reply, CallError>,
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// Why there was no complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    /// Nothing came within the caller's patience.
    #[error("timed out")]
    TimedOut,
    /// No connection could be made.
    #[error("connection refused")]
    Refused,
    /// The connection broke, or the answer was not HTTP.
    #[error("connection closed before the answer was complete")]
    Broken,
}

impl Outcome {
    /// The status, if there was an answer.
    pub(super) fn status(&self) -> Option<StatusCode> {
        self.result.as_ref().ok().map(|reply| reply.status)
    }
}

impl Caller {
    /// A caller whose connections all come from `address`.
    pub(super) fn from_address(address: IpAddr) -> Caller {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(address));
        connector.set_nodelay(true);
        let connections = Connections::default();
        let client = Client::builder(connections.clone()).pool_max_idle_per_host(IDLE_CONNECTIONS).build(connector);
        Caller { client, connections }
    }

    /// Makes the call and waits for the whole answer.
    pub(super) async fn call(&self, call: &Call) -> Outcome {
        let (started, clock) = (Timestamp::now(), Instant::now());
        let result = match tokio::time::timeout(call.patience, self.send(call)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut),
        };
        Outcome { started, elapsed: clock.elapsed(), result }
    }

    async fn send(&self, call: &Call) -> Result<Reply, CallError> {
        let request = http_request(call).map_err(|_| CallError::Broken)?;
        let response =
            self.client.request(request).await.map_err(|error| if error.is_connect() { CallError::Refused } else { CallError::Broken })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_LIMIT).collect().await.map_err(|_| CallError::Broken)?.to_bytes();
        Ok(Reply { status: head.status, body })
    }

    /// Ends all connections of this caller and waits until their tasks are gone.
    pub(super) async fn close(&self) {
        let mut tasks = self.connections.take();
        tasks.shutdown().await;
    }
}

fn http_request(call: &Call) -> Result<Request<Full<Bytes>>, axum::http::Error> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(format!("http://{}{}", call.peer, call.target))
        .header(header::HOST, &call.authority)
        .header(header::USER_AGENT, &call.user_agent)
        .header(TRACEPARENT, call.trace.to_string());
    let optional = [(header::REFERER, &call.referer), (HeaderName::from_static("x-forwarded-for"), &call.forwarded_for)];
    for (name, value) in optional {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    if !call.body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    request.body(Full::new(call.body.clone()))
}

/// The tasks that drive a caller's connections. Finished ones are forgotten whenever a new one starts.
#[derive(Clone, Debug, Default)]
struct Connections(Arc<Mutex<JoinSet<()>>>);

impl Connections {
    fn take(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<F> hyper::rt::Executor<F> for Connections
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, connection: F) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            connection.await;
        });
    }
}
