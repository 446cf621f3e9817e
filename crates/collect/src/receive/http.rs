//! Requests over HTTP: who may send, which way a request goes, and what the answer is.
//!
//! One port takes OTLP over gRPC and over plain HTTP alike, since the content type tells them apart. A request that names an
//! `Origin` comes from a web page, which has no business here.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ORIGIN};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::answer::{self, AnswerBody, Encoding, Problem};
use super::body::{self, Packing, Room};
use super::otlp::{self, Rejected, Signal};
use super::traffic::Reason;
use super::{Common, Delivery, Refusal, Sent, grpc, lines};

/// Bytes of the head of a request, about: 32 more for each header, as HTTP/2 counts.
pub(super) const LARGEST_HEAD: usize = 32 << 10;

/// What a port takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// OTLP logs and traces.
    Otlp,
    /// Lines, such as JSON, as the body of `POST /` and `POST /api/v1/push/<source>`.
    Lines,
}

/// Answers the requests of one port.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) common: Common,
    pub(super) takes: Takes,
    pub(super) token: Option<Arc<str>>,
    pub(super) room: Room,
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Call(Signal),
    Export(Signal, Encoding),
    Push,
}

impl Service {
    /// Answers a request. An error of the sender is an answer, too.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<AnswerBody> {
        let is_call = grpc::is_call(request.headers());
        let encoding = encoding(request.headers()).unwrap_or(Encoding::Json);
        match self.take(request, peer).await {
            Ok((Way::Call(_), rejected)) => grpc::taken(&rejected),
            Ok((Way::Export(signal, encoding), rejected)) => answer::taken(encoding, &rejected, rejected_name(signal)),
            Ok((Way::Push, _)) => {
                let mut response = Response::new(answer::whole(""));
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            Err(problem) => {
                self.common.traffic.refuse(problem.reason, format!("{peer}: {}", problem.message));
                if is_call { grpc::refused(&problem) } else { answer::refused(encoding, &problem) }
            }
        }
    }

    async fn take(&self, request: Request<Incoming>, peer: IpAddr) -> Result<(Way, Rejected), Problem> {
        let (way, packing) = match self.admit(&request) {
            Ok(admitted) => admitted,
            Err(problem) => {
                body::discard(request.into_body()).await;
                return Err(problem);
            }
        };
        let body = body::read(request.into_body(), &self.room).await?;
        let service = self.clone();
        let worked = tokio::task::spawn_blocking(move || service.work(way, packing, body, peer)).await;
        // A panic in a decoder must not look like success.
        let stopped = |_| Problem::from(Refusal::Unavailable { reason: "being stopped".to_owned(), retry_after: Duration::from_secs(1) });
        worked.map_err(stopped)?.map(|rejected| (way, rejected))
    }

    /// Whether a request may come in, by its head alone.
    fn admit(&self, request: &Request<Incoming>) -> Result<(Way, Packing), Problem> {
        // The token first: who has none learns nothing else.
        self.check_token(request.headers())?;
        if request.headers().contains_key(ORIGIN) {
            return Err(Problem::new(Reason::Forbidden, "a web page must not send here"));
        }
        if head_size(request) > LARGEST_HEAD {
            return Err(Problem::new(Reason::HeadTooLarge, "the head of the request takes more than 32 KiB"));
        }
        let way = self.way(request)?;
        let packing = match way {
            Way::Call(_) => grpc::packing(request.headers())?,
            _ => packing(request.headers())?,
        };
        Ok((way, packing))
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(token) = &self.token else { return Ok(()) };
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match given {
            Some((_, given)) if is_equal(given.trim().as_bytes(), token.as_bytes()) => Ok(()),
            _ => Err(Problem::new(Reason::NoToken, "send `authorization: Bearer` with the token of this source")),
        }
    }

    fn way(&self, request: &Request<Incoming>) -> Result<Way, Problem> {
        let path = request.uri().path();
        let unknown = || Problem::new(Reason::NotFound, format!("`{path}` is not taken here"));
        let way = match self.takes {
            Takes::Otlp if grpc::is_call(request.headers()) => Way::Call(grpc::signal(path).ok_or_else(unknown)?),
            Takes::Otlp => {
                let signal = match path {
                    "/v1/logs" => Signal::Logs,
                    "/v1/traces" => Signal::Traces,
                    _ => return Err(unknown()),
                };
                let encoding = encoding(request.headers())
                    .ok_or_else(|| Problem::new(Reason::WrongType, "content-type must be application/x-protobuf or application/json"))?;
                Way::Export(signal, encoding)
            }
            Takes::Lines if path == "/" || path.strip_prefix("/api/v1/push/") == Some(&self.common.name) => Way::Push,
            Takes::Lines => return Err(unknown()),
        };
        if request.method() != Method::POST {
            return Err(Problem::new(Reason::WrongMethod, "send it with POST"));
        }
        Ok(way)
    }

    /// Unpacks, decodes, and keeps; may block.
    fn work(&self, way: Way, packing: Packing, body: body::Body, peer: IpAddr) -> Result<Rejected, Problem> {
        // Their memory is given back when the answer is made.
        let (packed, packing) = match way {
            Way::Call(_) => {
                let (is_packed, message) = grpc::message(&body.bytes)?;
                (message.to_vec(), if is_packed { packing } else { Packing::Plain })
            }
            _ => (body.bytes, packing),
        };
        let unpacked = body::unpack(packing, packed, &self.room)?;
        let bytes = unpacked.bytes;
        let (delivery, rejected) = match way {
            Way::Call(signal) => self.otlp(signal, Encoding::Protobuf, bytes)?,
            Way::Export(signal, encoding) => self.otlp(signal, encoding, bytes)?,
            Way::Push => {
                let mut lines = bytes;
                self.common.redaction.mask(&mut lines);
                (lines::delivery(lines, self.common.max_line), Rejected::default())
            }
        };
        self.keep(delivery, peer)?;
        self.common.traffic.rejected.fetch_add(rejected.count, Ordering::Relaxed);
        Ok(rejected)
    }

    fn otlp(&self, signal: Signal, encoding: Encoding, bytes: Vec<u8>) -> Result<(Delivery, Rejected), Problem> {
        let malformed = |message: String| Problem::new(Reason::Malformed, message);
        let request = match encoding {
            Encoding::Protobuf => {
                otlp::read_protobuf(signal, &bytes, &self.common.redaction).map_err(|error| malformed(error.to_string()))?
            }
            Encoding::Json => otlp::read_json(signal, bytes, &self.common.redaction).map_err(malformed)?,
        };
        Ok((Delivery { lines: request.lines, cuts: Vec::new(), runs: request.runs }, request.rejected))
    }

    fn keep(&self, delivery: Delivery, peer: IpAddr) -> Result<(), Problem> {
        // Those of agents' files are counted for the sources whose lines they are.
        let bytes = delivery.lines.len() as u64;
        if !delivery.lines.is_empty() || !delivery.runs.is_empty() {
            self.common.keeper.keep(Sent { input: self.common.input, peer }, delivery)?;
        }
        self.common.traffic.kept(bytes);
        Ok(())
    }
}

/// As RFC 9113, section 6.5.2, counts it.
fn head_size(request: &Request<Incoming>) -> usize {
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    let uri = request.uri();
    headers + uri.path().len() + uri.query().map_or(0, str::len)
}

fn rejected_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Logs => "rejectedLogRecords",
        Signal::Traces => "rejectedSpans",
    }
}

fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
        "application/json" => Some(Encoding::Json),
        _ => None,
    }
}

fn packing(headers: &HeaderMap) -> Result<Packing, Problem> {
    let name = headers.get(CONTENT_ENCODING).map_or("", |value| value.to_str().unwrap_or("?"));
    Packing::named(name).ok_or_else(|| Problem::new(Reason::WrongType, format!("content-encoding `{name}`; send gzip, zstd or identity")))
}

/// The message of a call of gRPC, unpacked as `encoding` says where it says that it is packed; the error tells why it is none. Like
/// [`read_body`] it looks at nothing but its arguments: this is what anybody may send, and what is fuzzed.
///
/// # Errors
/// It is not one message, or not packed so, or too large.
pub fn read_call(encoding: &str, body: &[u8]) -> Result<Vec<u8>, String> {
    let (is_packed, message) = grpc::message(body).map_err(|problem| problem.message)?;
    read_body(if is_packed { encoding } else { "" }, message.to_vec())
}

/// A body, unpacked as `encoding` says.
///
/// # Errors
/// It is not packed so, or too large.
pub fn read_body(encoding: &str, body: Vec<u8>) -> Result<Vec<u8>, String> {
    let packing = Packing::named(encoding).ok_or("not an encoding")?;
    body::unpack(packing, body, &Room::default()).map(|unpacked| unpacked.bytes).map_err(|unread| Problem::from(unread).message)
}

/// Takes as long whatever differs.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differs, (left, right)| differs | (left ^ right)) == 0
}
