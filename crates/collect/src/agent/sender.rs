//! Sends one request after the other until a server has taken it, over HTTP/1.1 with kept connections.
//!
//! One at a time: the lines of a file arrive in order, and what a lost connection leaves in doubt is one request, which is sent
//! again (the server knows what it has). What is done with an answer is a table in [`Verdict::of`].

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use hyper::http::{HeaderValue, Request as HttpRequest, StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use magpie_model::config::agent::{AgentConfig, Compression};
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use super::Acknowledge;
use super::otlp;
use super::packer::{Encoder, Request};
use super::servers::Servers;
use super::status::Counts;
use super::tls;
use crate::Error;

/// Longest request, connecting and answer included.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer that is read.
const ANSWER: usize = 64 << 10;
/// When a server is asked again that does not know the address or the token.
const AUTH_WAIT: Duration = Duration::from_secs(10);

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// Taken; so many records will never be stored, and why.
    Taken(Option<(u64, String)>),
    /// Nothing was stored: again, after so long if the server says when.
    Again { after: Option<Duration>, why: String },
    /// Too large: again in parts.
    Smaller,
    /// The server will not have it, now or ever.
    Refused(String),
}

impl Verdict {
    fn of(status: StatusCode, retry_after: Option<Duration>, answer: &[u8]) -> Self {
        let told = || {
            let text = String::from_utf8_lossy(answer).chars().filter(|one| !one.is_control()).take(200).collect::<String>();
            if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
        };
        match status.as_u16() {
            200..=299 => Self::Taken(otlp::rejected(answer)),
            413 => Self::Smaller,
            // The address or the token is wrong; that can be mended without losing anything.
            401 | 403 | 404 | 405 => Self::Again { after: Some(retry_after.unwrap_or(AUTH_WAIT)), why: told() },
            408 | 429 | 500..=599 => Self::Again { after: retry_after, why: told() },
            _ => Self::Refused(told()),
        }
    }
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Owned by the sending thread.
pub(super) struct Sender {
    client: HttpClient,
    addresses: Vec<(String, Uri)>,
    authorization: Option<HeaderValue>,
    encoding: Option<&'static str>,
    servers: Servers,
    encoder: Encoder,
    counts: Arc<Counts>,
    acknowledge: Arc<dyn Acknowledge>,
    /// When to give up, once the agent stops.
    deadline: watch::Receiver<Option<Instant>>,
}

impl Sender {
    pub(super) fn new(
        config: &AgentConfig,
        encoder: Encoder,
        counts: Arc<Counts>,
        acknowledge: Arc<dyn Acknowledge>,
        deadline: watch::Receiver<Option<Instant>>,
    ) -> Result<Self, Error> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls::client(&config.tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(Duration::from_secs(60)).pool_max_idle_per_host(1).pool_timer(TokioTimer::new());
        let mut addresses = Vec::new();
        for server in &config.servers {
            let uri = format!("{server}/v1/logs").parse().map_err(|_| Error::Server { server: server.clone() })?;
            addresses.push((server.clone(), uri));
        }
        let authorization = match &config.token {
            Some(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Token)?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        let encoding = match config.compression {
            Compression::Zstd(_) => Some("zstd"),
            Compression::Gzip(_) => Some("gzip"),
            Compression::None => None,
        };
        let servers = Servers::new(addresses.len(), Instant::now());
        Ok(Self { client: builder.build(https), addresses, authorization, encoding, servers, encoder, counts, acknowledge, deadline })
    }

    /// Sends until nobody makes requests any more, or the time to stop is over.
    pub(super) async fn run(mut self, mut requests: Receiver<Request>) {
        loop {
            let request = tokio::select! {
                request = requests.recv() => request,
                () = until_over(self.deadline.clone()) => return,
            };
            let Some(request) = request else { return };
            if !self.deliver(request).await {
                return;
            }
        }
    }

    /// Until it is taken or refused, in parts if it has to be; false when the time to stop is over.
    async fn deliver(&mut self, request: Request) -> bool {
        let mut parts = vec![request];
        while let Some(request) = parts.pop() {
            match self.verdict(&request).await {
                None => return false,
                Some(Verdict::Smaller) => match self.cut(request) {
                    Ok(two) => parts.extend(two),
                    Err(request) => self.drop_refused(&request, "a single line is too large for the server"),
                },
                Some(Verdict::Refused(why)) => self.drop_refused(&request, &why),
                Some(Verdict::Taken(rejected)) => {
                    if let Some((count, why)) = rejected {
                        self.counts.rejected.fetch_add(count, Relaxed);
                        tracing::error!(records = count, %why, "the server will not store some records");
                    }
                    self.counts.records.fetch_add(request.records, Relaxed);
                    self.acknowledge.acknowledge(&request.chunks, &request.gaps);
                }
                // `verdict` tries again by itself.
                Some(Verdict::Again { .. }) => parts.push(request),
            }
        }
        true
    }

    /// Tries until there is an answer other than "again".
    async fn verdict(&mut self, request: &Request) -> Option<Verdict> {
        loop {
            let server = match self.servers.choose(Instant::now()) {
                Ok(server) => server,
                Err(wait) => {
                    self.pause(wait).await?;
                    continue;
                }
            };
            let outcome = tokio::select! {
                outcome = self.post(server, request.body.clone()) => outcome,
                () = until_over(self.deadline.clone()) => return None,
            };
            self.counts.requests.fetch_add(1, Relaxed);
            self.counts.wire_bytes.fetch_add(request.body.len() as u64, Relaxed);
            if !matches!(outcome, Ok(Verdict::Taken(_) | Verdict::Refused(_))) {
                self.counts.in_vain.fetch_add(request.body.len() as u64, Relaxed);
            }
            let (now, luck) = (Instant::now(), fastrand::f64());
            let why = match outcome {
                Ok(Verdict::Again { after, why }) => {
                    match after {
                        Some(after) => self.servers.asked_to_wait(server, after, now, luck),
                        None => self.servers.failed(server, now, luck),
                    }
                    why
                }
                Ok(verdict) => {
                    self.servers.worked(server);
                    self.counts.worked(&self.addresses[server].0);
                    return Some(verdict);
                }
                Err(why) => {
                    self.servers.failed(server, now, luck);
                    why
                }
            };
            self.counts.retries.fetch_add(1, Relaxed);
            self.counts.failed(&self.addresses[server].0, &why);
        }
    }

    async fn pause(&mut self, wait: Duration) -> Option<()> {
        tokio::select! {
            () = tokio::time::sleep(wait) => Some(()),
            () = until_over(self.deadline.clone()) => None,
        }
    }

    async fn post(&self, server: usize, body: Bytes) -> Result<Verdict, String> {
        let mut request = HttpRequest::post(self.addresses[server].1.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .header(USER_AGENT, concat!("magpie-agent/", env!("CARGO_PKG_VERSION")));
        if let Some(encoding) = self.encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let answered = async {
            let response = self.client.request(request).await.map_err(|error| chain(&error))?;
            let (parts, body) = response.into_parts();
            let answer = Limited::new(body, ANSWER).collect().await.map_err(|error| error.to_string())?.to_bytes();
            let retry_after = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Ok::<Verdict, String>(Verdict::of(parts.status, retry_after.map(Duration::from_secs), &answer))
        };
        tokio::time::timeout(TIMEOUT, answered).await.map_err(|_| format!("no answer within {TIMEOUT:?}"))?
    }

    /// In two, the first to be sent last in the result; the request itself if it is one line.
    fn cut(&mut self, mut request: Request) -> Result<[Request; 2], Request> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        if request.chunks.len() > 1 {
            second = request.chunks.split_off(request.chunks.len() / 2);
            first.append(&mut request.chunks);
        } else if let Some((one, two)) = request.chunks.first().and_then(otlp::halves) {
            first.push(one);
            second.push(two);
        } else {
            return Err(request);
        }
        let gaps = std::mem::take(&mut request.gaps);
        let second = self.encoder.request(second, Vec::new());
        let first = self.encoder.request(first, gaps);
        match (first, second) {
            (Ok(first), Ok(second)) => Ok([second, first]),
            _ => Err(request),
        }
    }

    fn drop_refused(&self, request: &Request, why: &str) {
        self.counts.rejected.fetch_add(request.records, Relaxed);
        let file = request.chunks.first().map_or("", |chunk| &*chunk.origin.file);
        let offset = request.chunks.first().map_or(0, |chunk| chunk.offset);
        tracing::error!(records = request.records, file, offset, why, "the server refused lines for good");
        self.acknowledge.acknowledge(&request.chunks, &request.gaps);
    }
}

/// Ready when the time to stop is over.
async fn until_over(mut deadline: watch::Receiver<Option<Instant>>) {
    let at = match deadline.wait_for(Option::is_some).await {
        Ok(at) => *at,
        // The agent itself is gone.
        Err(_) => return,
    };
    if let Some(at) = at {
        tokio::time::sleep_until(at.into()).await;
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_decides_what_becomes_of_a_request() {
        let again = |after: Option<u64>, why: &str| Verdict::Again { after: after.map(Duration::from_secs), why: why.into() };
        for (status, retry_after, answer, verdict) in [
            (200, None, &b""[..], Verdict::Taken(None)),
            (200, None, &[0x0A, 0x06, 0x08, 0x02, 0x12, 0x02, b'n', b'o'], Verdict::Taken(Some((2, "no".into())))),
            (429, Some(7), b"slow", again(Some(7), "429 Too Many Requests: slow")),
            (503, None, b"", again(None, "503 Service Unavailable")),
            (401, None, b"", again(Some(10), "401 Unauthorized")),
            (404, Some(1), b"", again(Some(1), "404 Not Found")),
            (413, None, b"", Verdict::Smaller),
            (400, None, b"what?\n", Verdict::Refused("400 Bad Request: what?".into())),
            (415, None, b"", Verdict::Refused("415 Unsupported Media Type".into())),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(Verdict::of(status, retry_after.map(Duration::from_secs), answer), verdict, "{status}");
        }
    }
}
