//! What all demo services have in common as HTTP servers: read a request, let the service answer, let it log, answer.
//! The log is written before the response leaves, so a caller that got an answer can rely on the callee's line being in its file.
//! A request whose caller hung up is dropped where it stands and is not logged, which is how a service falls silent. What the answers and
//! the lines are is each service's own affair.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::caller::CallError;
use super::trace::Trace;

/// Largest request body that is read; the demo's own are below 200 bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Not logged by any service, as is usual for health checks.
pub(super) const HEALTH_PATH: &str = "/healthz";

/// A request as a service sees it.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Number of this request at this server, from 1.
    pub(super) number: u64,
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    pub(super) method: Method,
    /// Path and query, as in the request line.
    pub(super) target: String,
    pub(super) user_agent: Option<String>,
    pub(super) referer: Option<String>,
    /// The `Host` header.
    pub(super) authority: String,
    pub(super) forwarded_for: Option<String>,
    pub(super) trace: Trace,
    pub(super) body: Bytes,
    /// Requests in progress at this server, this one included.
    pub(super) in_flight: u64,
}

impl Request {
    /// The target without its query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The path's parts: `/videos/7` is `["videos", "7"]`.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path().split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The undecoded value of a query parameter.
    pub(super) fn query_value(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name)).map(|(_, value)| value)
    }
}

/// What a service answers, with what only its log will say.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    /// Something was not as it should be, but the request succeeded: a cache miss, a slow index.
    pub(super) warning: bool,
    /// The call to another server that produced this answer, where the service is a proxy.
    pub(super) upstream: Option<Upstream>,
}

/// One attempt of a proxy at one upstream server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upstream {
    pub(super) server: SocketAddr,
    /// What the upstream, or in its stead the proxy, answered.
    pub(super) status: StatusCode,
    pub(super) elapsed: Duration,
    /// Why the upstream itself did not answer.
    pub(super) failure: Option<CallError>,
}

impl Answer {
    /// A JSON answer without further remarks.
    pub(super) fn json(status: StatusCode, body: String) -> Answer {
        Answer { status, body: body.into(), warning: false, upstream: None }
    }

    /// An error answer in the form that all services share.
    pub(super) fn error(status: StatusCode, reason: &str) -> Answer {
        Answer::json(status, format!(r#"{{"status":{},"error":"{reason}"}}"#, status.as_u16()))
    }
}

/// A finished request, as it is logged.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) request: Request,
    pub(super) answer: Answer,
    pub(super) started: Timestamp,
    pub(super) elapsed: Duration,
}

impl Exchange {
    /// When the answer was ready.
    pub(super) fn ended(&self) -> Timestamp {
        self.started.checked_add(self.elapsed).unwrap_or(self.started)
    }
}

/// A demo service: how it answers and what it writes about it.
pub(super) trait Service: Send + Sync + 'static {
    /// Answers one request; may call other services.
    fn answer(&self, request: &Request) -> impl Future<Output = Answer> + Send;

    /// Writes what this service writes about a finished request.
    fn log(&self, exchange: &Exchange);
}

/// Listens on a free port of a loopback address.
pub(super) async fn listen(address: IpAddr) -> io::Result<TcpListener> {
    TcpListener::bind((address, 0)).await.map_err(|error| {
        let likely_fix = "each demo host has its own address in 127.0.0.0/8; where the system answers only to 127.0.0.1, \
             add the address to the loopback interface first";
        io::Error::new(error.kind(), format!("could not listen on {address}: {error} ({likely_fix})"))
    })
}

/// Serves until `stop` turns true, then finishes the requests in progress. The task belongs to `servers`.
pub(super) fn serve<S: Service>(
    listener: TcpListener,
    service: Arc<S>,
    mut stop: watch::Receiver<bool>,
    servers: &mut JoinSet<io::Result<()>>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let counters = Arc::new(Counters::default());
    let router = Router::new().fallback(move |ConnectInfo(client): ConnectInfo<SocketAddr>, incoming: axum::extract::Request| {
        let (service, counters) = (Arc::clone(&service), Arc::clone(&counters));
        async move { respond(&*service, &counters, client, address, incoming).await }
    });
    servers.spawn(async move {
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(async move {
                // An error means that the owner is gone, which is a reason to stop as well.
                let _ = stop.wait_for(|stopping| *stopping).await;
            })
            .await
    });
    Ok(())
}

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    in_flight: AtomicU64,
}

/// Counts a request as in progress until it is answered or dropped.
struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn respond<S: Service>(
    service: &S,
    counters: &Counters,
    client: SocketAddr,
    server: SocketAddr,
    incoming: axum::extract::Request,
) -> Response {
    let (started, clock) = (Timestamp::now(), Instant::now());
    let in_flight = counters.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
    let _in_flight = InFlight(&counters.in_flight);
    let (head, body) = incoming.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return response(&Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "request body too large"));
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request {
        number: counters.requests.fetch_add(1, Ordering::Relaxed) + 1,
        client,
        server,
        method: head.method,
        target: target.to_owned(),
        user_agent: header_text(&head.headers, header::USER_AGENT.as_str()),
        referer: header_text(&head.headers, header::REFERER.as_str()),
        authority: header_text(&head.headers, header::HOST.as_str()).unwrap_or_default(),
        forwarded_for: header_text(&head.headers, "x-forwarded-for"),
        trace: Trace::from_headers(&head.headers),
        body,
        in_flight,
    };
    let answer = service.answer(&request).await;
    let response = response(&answer);
    if request.path() != HEALTH_PATH {
        service.log(&Exchange { request, answer, started, elapsed: clock.elapsed() });
    }
    response
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

fn response(answer: &Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() = answer.status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
