//! How a request goes over the wire and what its answer means: OTLP over HTTP, or over gRPC.
//!
//! gRPC as far as OTLP needs it: a unary call over HTTP/2 with one message each way (grpc/grpc, `doc/PROTOCOL-HTTP2.md`).
//! Which codes are for good follows the OTLP specification, except that what a proxy or a bug may say (`INTERNAL`, `UNKNOWN`,
//! a wrong address or token) is tried again: that can be mended without losing anything.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, TE, USER_AGENT};
use hyper::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use magpie_model::config::agent::{Compression, Protocol};

use super::otlp::{self, Value, fields};

/// Longest answer that is read.
const ANSWER: usize = 64 << 10;
/// When a server is asked again that does not know the address or the token.
const AUTH_WAIT: Duration = Duration::from_secs(10);

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Taken; so many records will never be stored, and why.
    Taken(Option<(u64, String)>),
    /// Nothing was stored: again, after so long if the server says when.
    Again { after: Option<Duration>, why: String },
    /// Too large: again in parts.
    Smaller,
    /// The server will not have it, now or ever.
    Refused(String),
}

/// How requests are made.
pub(super) struct Way {
    pub(super) protocol: Protocol,
    pub(super) compression: Compression,
    pub(super) authorization: Option<HeaderValue>,
}

impl Way {
    /// Where a server takes logs.
    pub(super) fn path(protocol: Protocol) -> &'static str {
        match protocol {
            Protocol::Http => "/v1/logs",
            Protocol::Grpc => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    /// A request with this body, which is compressed already.
    pub(super) fn request(&self, address: Uri, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
        let encoding = match self.compression {
            Compression::Zstd(_) => Some("zstd"),
            Compression::Gzip(_) => Some("gzip"),
            Compression::None => None,
        };
        let mut request = Request::post(address).header(USER_AGENT, concat!("magpie-agent/", env!("CARGO_PKG_VERSION")));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let (request, name, body) = match self.protocol {
            Protocol::Http => (request.header(CONTENT_TYPE, "application/x-protobuf"), CONTENT_ENCODING.as_str(), body),
            Protocol::Grpc => {
                let request = request.header(CONTENT_TYPE, "application/grpc").header(TE, "trailers");
                (request, "grpc-encoding", framed(&body, encoding.is_some()))
            }
        };
        let request = match encoding {
            Some(encoding) => request.header(name, encoding),
            None => request,
        };
        request.body(Full::new(body)).map_err(|error| error.to_string())
    }

    /// What the server says.
    pub(super) async fn verdict(&self, response: Response<Incoming>) -> Result<Verdict, String> {
        let (parts, body) = response.into_parts();
        let collected = Limited::new(body, ANSWER).collect().await.map_err(|error| error.to_string())?;
        let trailers = collected.trailers().cloned();
        let answer = collected.to_bytes();
        // Whoever answers with another status is no gRPC server, but something before it.
        if self.protocol == Protocol::Http || parts.status != StatusCode::OK {
            let retry_after = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            return Ok(of_http(parts.status, retry_after.map(Duration::from_secs), &answer));
        }
        // A call that fails at once has its outcome in the head.
        let outcome = trailers.filter(|trailers| trailers.contains_key("grpc-status")).unwrap_or(parts.headers);
        of_grpc(&outcome, answer.get(5..).unwrap_or_default())
    }
}

/// A message of gRPC: whether it is packed, its length, and its bytes.
fn framed(message: &[u8], is_packed: bool) -> Bytes {
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(is_packed.into());
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

fn of_http(status: StatusCode, retry_after: Option<Duration>, answer: &[u8]) -> Verdict {
    let told = || {
        // `google.rpc.Status` by the protocol, and whatever something before the receiver writes.
        let message = otlp::fields(answer).find_map(|(number, value)| match value {
            otlp::Value::Bytes(text) if number == 2 => std::str::from_utf8(text).ok(),
            _ => None,
        });
        let text = message.map_or_else(|| String::from_utf8_lossy(answer), Into::into);
        let text = text.chars().filter(|one| !one.is_control()).take(200).collect::<String>();
        if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
    };
    match status.as_u16() {
        200..=299 => Verdict::Taken(otlp::rejected(answer)),
        413 => Verdict::Smaller,
        408 | 429 | 500..=599 => Verdict::Again { after: retry_after, why: told() },
        // Said of these lines, if it is no page of something that is no receiver.
        400 | 422 if !answer.trim_ascii_start().starts_with(b"<") => Verdict::Refused(told()),
        // A wrong address, way or token, a redirection: mending it loses nothing.
        _ => Verdict::Again { after: Some(retry_after.unwrap_or(AUTH_WAIT)), why: told() },
    }
}

fn of_grpc(outcome: &HeaderMap, answer: &[u8]) -> Result<Verdict, String> {
    let text = |name| outcome.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let status: u8 = text("grpc-status").parse().map_err(|_| "the answer has no outcome of a call".to_owned())?;
    let why = format!("{} {}", name_of(status), text("grpc-message").chars().take(200).collect::<String>());
    let why = why.trim_end().to_owned();
    let after = retry_delay(text("grpc-status-details-bin"));
    Ok(match status {
        0 => Verdict::Taken(otlp::rejected(answer)),
        // Without a time to come again, it is the request that is too large.
        8 if after.is_none() => Verdict::Smaller,
        1 | 2 | 4 | 8 | 10 | 11 | 13 | 14 | 15 => Verdict::Again { after, why },
        5 | 7 | 12 | 16 => Verdict::Again { after: Some(after.unwrap_or(AUTH_WAIT)), why },
        _ => Verdict::Refused(why),
    })
}

fn name_of(status: u8) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(usize::from(status)).unwrap_or(&"a code that does not exist")
}

/// `google.rpc.RetryInfo` among the details of a `google.rpc.Status`, in base64 with or without padding.
fn retry_delay(details: &str) -> Option<Duration> {
    let base64 = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));
    let status = base64.decode(details).ok()?;
    let bytes = |message, number| inner(message, number).next();
    let info = inner(&status, 3).find(|any| bytes(any, 1).is_some_and(|url| url.ends_with(b"/google.rpc.RetryInfo")))?;
    let delay = bytes(bytes(info, 2)?, 1)?;
    let number = |wanted| {
        fields(delay).find_map(|(number, value)| if let Value::Number(value) = value { (number == wanted).then_some(value) } else { None })
    };
    Some(Duration::new(number(1).unwrap_or(0), u32::try_from(number(2).unwrap_or(0)).ok()?))
}

/// The messages or texts of a field.
fn inner(message: &[u8], wanted: u64) -> impl Iterator<Item = &[u8]> {
    fields(message).filter_map(move |(number, value)| match value {
        Value::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(after: Option<u64>, why: &str) -> Verdict {
        Verdict::Again { after: after.map(Duration::from_millis), why: why.into() }
    }

    #[test]
    fn an_answer_over_http_decides_what_becomes_of_a_request() {
        for (status, retry_after, answer, verdict) in [
            (200, None, &b""[..], Verdict::Taken(None)),
            (200, None, &[0x0A, 0x06, 0x08, 0x02, 0x12, 0x02, b'n', b'o'], Verdict::Taken(Some((2, "no".into())))),
            (429, Some(7), b"slow", again(Some(7_000), "429 Too Many Requests: slow")),
            (503, None, b"", again(None, "503 Service Unavailable")),
            (401, None, b"", again(Some(10_000), "401 Unauthorized")),
            (404, Some(1), b"", again(Some(1_000), "404 Not Found")),
            (413, None, b"", Verdict::Smaller),
            (400, None, b"what?\n", Verdict::Refused("400 Bad Request: what?".into())),
            (404, None, b"\x08\x05\x12\x02no", again(Some(10_000), "404 Not Found: no")),
            (415, None, b"", again(Some(10_000), "415 Unsupported Media Type")),
            (301, None, b"", again(Some(10_000), "301 Moved Permanently")),
            (400, None, b"<html>plain HTTP to HTTPS", again(Some(10_000), "400 Bad Request: <html>plain HTTP to HTTPS")),
            (400, None, b"deep", Verdict::Refused("400 Bad Request: deep".into())),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(of_http(status, retry_after.map(Duration::from_secs), answer), verdict, "{status}");
        }
    }

    /// `Status { details: [Any { type_url, RetryInfo { Duration { 1 s, 500 ms } } }] }`
    const RETRY: &str = "GjYKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5SZXRyeUluZm8SCgoICAEQgMq17gE";

    #[test]
    fn an_outcome_of_a_call_decides_what_becomes_of_a_request() {
        let partial = [0x0A, 0x06, 0x08, 0x02, 0x12, 0x02, b'n', b'o'];
        for (status, message, details, answer, verdict) in [
            ("0", "", "", &b""[..], Verdict::Taken(None)),
            ("0", "", "", &partial, Verdict::Taken(Some((2, "no".into())))),
            ("8", "slow", RETRY, b"", again(Some(1_500), "RESOURCE_EXHAUSTED slow")),
            ("8", "more than 8 MiB", "", b"", Verdict::Smaller),
            ("14", "starting", "", b"", again(None, "UNAVAILABLE starting")),
            ("13", "", "", b"", again(None, "INTERNAL")),
            ("16", "", "", b"", again(Some(10_000), "UNAUTHENTICATED")),
            ("3", "malformed", "", b"", Verdict::Refused("INVALID_ARGUMENT malformed".into())),
        ] {
            let mut outcome = HeaderMap::new();
            for (name, value) in [("grpc-status", status), ("grpc-message", message), ("grpc-status-details-bin", details)] {
                outcome.insert(name, value.parse().unwrap());
            }
            assert_eq!(of_grpc(&outcome, answer), Ok(verdict), "{status}");
        }
        assert!(of_grpc(&HeaderMap::new(), b"").is_err(), "the connection ended before the call did");
    }

    #[test]
    fn a_time_to_come_again_is_read_with_and_without_padding() {
        for (details, delay) in [(RETRY.to_owned(), Some(1_500)), (format!("{RETRY}="), Some(1_500)), ("?".into(), None), ("".into(), None)]
        {
            assert_eq!(retry_delay(&details), delay.map(Duration::from_millis), "{details}");
        }
    }
}
