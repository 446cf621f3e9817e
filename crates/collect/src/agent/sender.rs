//! Sends one request after the other until a server has taken it, over kept connections.
//!
//! One at a time: the lines of a file arrive in order, and what a lost connection leaves in doubt is one request, which is sent
//! again (the server knows what it has). What a request looks like and what an answer means is told in `call`.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::http::{HeaderValue, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use magpie_model::config::agent::{AgentConfig, Protocol};
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use super::call::{Verdict, Way};
use super::otlp;
use super::packer::{Encoder, Request};
use super::positions::Acknowledge;
use super::servers::Servers;
use super::status::Counts;
use super::tls;
use crate::Error;

/// Longest request, connecting and answer included.
const TIMEOUT: Duration = Duration::from_secs(30);
type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Owned by the sending thread.
pub(super) struct Sender {
    client: HttpClient,
    addresses: Vec<(String, Uri)>,
    way: Way,
    servers: Servers,
    encoder: Encoder,
    counts: Arc<Counts>,
    /// When to give up, once the agent stops.
    deadline: watch::Receiver<Option<Instant>>,
}

impl Sender {
    pub(super) fn new(
        config: &AgentConfig,
        encoder: Encoder,
        counts: Arc<Counts>,
        deadline: watch::Receiver<Option<Instant>>,
    ) -> Result<Self, Error> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let https = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls::client(&config.tls)?).https_or_http();
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(Duration::from_secs(60)).pool_max_idle_per_host(1).pool_timer(TokioTimer::new());
        let connector = match config.protocol {
            Protocol::Http => https.enable_http1().wrap_connector(connector),
            Protocol::Grpc => {
                builder.http2_only(true);
                https.enable_http2().wrap_connector(connector)
            }
        };
        let mut addresses = Vec::new();
        for server in &config.servers {
            let uri = format!("{server}{}", Way::path(config.protocol)).parse().map_err(|_| Error::Server { server: server.clone() })?;
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
        let way = Way { protocol: config.protocol, compression: config.compression, authorization };
        let servers = Servers::new(addresses.len(), Instant::now());
        Ok(Self { client: builder.build(connector), addresses, way, servers, encoder, counts, deadline })
    }

    /// Sends until nobody makes requests any more, or the time to stop is over.
    pub(super) async fn run(mut self, mut requests: Receiver<Request>, acknowledge: Arc<dyn Acknowledge>) {
        loop {
            let request = tokio::select! {
                request = requests.recv() => request,
                () = until_over(self.deadline.clone()) => return,
            };
            let Some(request) = request else { return };
            if !self.deliver(request, &*acknowledge).await {
                return;
            }
        }
    }

    /// Until it is taken or refused, in parts if it has to be; false when the time to stop is over.
    async fn deliver(&mut self, request: Request, positions: &dyn Acknowledge) -> bool {
        let mut parts = vec![request];
        while let Some(request) = parts.pop() {
            match self.verdict(&request).await {
                None => return false,
                Some(Verdict::Smaller) => match self.cut(request) {
                    Ok(two) => parts.extend(two),
                    Err(request) => {
                        self.tell_refused(&request, "a single line is too large for the server");
                        positions.acknowledge(&request.chunks, &request.gaps);
                    }
                },
                Some(Verdict::Refused(why)) => {
                    self.tell_refused(&request, &why);
                    positions.acknowledge(&request.chunks, &request.gaps);
                }
                Some(Verdict::Taken(rejected)) => {
                    if let Some((count, why)) = rejected {
                        self.counts.rejected.fetch_add(count, Relaxed);
                        tracing::error!(records = count, %why, "the server will not store some records");
                    }
                    self.counts.records.fetch_add(request.records, Relaxed);
                    positions.acknowledge(&request.chunks, &request.gaps);
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
        let request = self.way.request(self.addresses[server].1.clone(), body)?;
        let answered = async {
            let response = self.client.request(request).await.map_err(|error| chain(&error))?;
            self.way.verdict(response).await
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

    fn tell_refused(&self, request: &Request, why: &str) {
        self.counts.rejected.fetch_add(request.records, Relaxed);
        let file = request.chunks.first().map_or("", |chunk| &*chunk.origin.file);
        let offset = request.chunks.first().map_or(0, |chunk| chunk.offset);
        tracing::error!(records = request.records, file, offset, why, "the server refused lines for good");
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
    // What a server that speaks TLS answers to plain text.
    if text.ends_with("invalid HTTP version parsed") { format!("{text}; is it https?") } else { text }
}
