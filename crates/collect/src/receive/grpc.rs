//! gRPC as far as OTLP needs it: unary calls over HTTP/2, one message each way.
//!
//! A message is a byte that tells whether it is packed, four bytes of length, and the bytes; the outcome follows in trailers.
//! Source: grpc/grpc, `doc/PROTOCOL-HTTP2.md`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response};

use super::answer::{AnswerBody, Problem, export_response, status_message, whole};
use super::body::Packing;
use super::otlp::{Rejected, Signal};
use super::traffic::Reason;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const ACCEPTS: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Whether a request is a call of gRPC, by its content type.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// What a method exports.
pub(super) fn signal(path: &str) -> Option<Signal> {
    match path {
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Some(Signal::Logs),
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Some(Signal::Traces),
        _ => None,
    }
}

/// How messages of a call are packed that say they are.
pub(super) fn packing(headers: &HeaderMap) -> Result<Packing, Problem> {
    let name = headers.get("grpc-encoding").map_or("", |value| value.to_str().unwrap_or("?"));
    Packing::named(name).ok_or_else(|| Problem::new(Reason::NotFound, format!("grpc-encoding `{name}`; send gzip, zstd or identity")))
}

/// The only message of a body, and whether it is packed.
pub(super) fn message(body: &[u8]) -> Result<(bool, &[u8]), Problem> {
    let malformed = |what: &str| Problem::new(Reason::Malformed, what);
    let (head, rest) = body.split_first_chunk::<5>().ok_or_else(|| malformed("a call without a message"))?;
    let [packed, length @ ..] = *head;
    if packed > 1 {
        return Err(malformed("a message that is neither packed nor not"));
    }
    match u32::from_be_bytes(length) as usize {
        length if length == rest.len() => Ok((packed == 1, rest)),
        length if length > rest.len() => Err(malformed("the message ends too early")),
        _ => Err(malformed("an export takes one message")),
    }
}

/// The call is done.
pub(super) fn taken(rejected: &Rejected) -> Response<AnswerBody> {
    let message = export_response(rejected);
    let mut framed = vec![0];
    framed.extend((message.len() as u32).to_be_bytes());
    framed.extend(message);
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from(framed)).with_trailers(async move { Some(Ok(trailers)) }).boxed();
    respond(body)
}

/// The call failed: the outcome stands in the head, and there is no body.
pub(super) fn refused(problem: &Problem) -> Response<AnswerBody> {
    let mut response = respond(whole(Bytes::new()));
    let headers = response.headers_mut();
    headers.insert(STATUS, HeaderValue::from(u16::from(problem.reason.code())));
    if let Ok(text) = HeaderValue::from_str(&percent_encoded(&problem.message)) {
        headers.insert(MESSAGE, text);
    }
    if let Ok(details) = HeaderValue::from_str(&STANDARD_NO_PAD.encode(status_message(problem))) {
        headers.insert(DETAILS, details);
    }
    response
}

fn respond(body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert(ACCEPTS, HeaderValue::from_static("identity,gzip,zstd"));
    response
}

fn percent_encoded(message: &str) -> String {
    message
        .bytes()
        .map(|byte| if (b' '..=b'~').contains(&byte) && byte != b'%' { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_one_whole_message() {
        for (body, expected) in [
            (&b"\0\0\0\0\x02ab"[..], Some((false, &b"ab"[..]))),
            (b"\x01\0\0\0\0", Some((true, b""))),
            (b"", None),
            (b"\0\0\0\0", None),
            (b"\0\0\0\0\x03ab", None),
            (b"\0\0\0\0\x01ab", None),
            (b"\x02\0\0\0\x01a", None),
        ] {
            assert_eq!(message(body).ok(), expected, "{body:?}");
        }
    }

    #[test]
    fn a_refusal_tells_when_to_come_again() {
        let retry_after = Some(std::time::Duration::from_millis(1_500));
        let response = refused(&Problem { reason: Reason::Busy, message: "später, 100 %".into(), retry_after });
        let header = |name: &HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!((header(&STATUS), header(&MESSAGE)), ("8".to_owned(), "sp%C3%A4ter, 100 %25".to_owned()));
        let details = STANDARD_NO_PAD.decode(header(&DETAILS)).unwrap();
        // Duration { seconds: 1, nanos: 500,000,000 } in RetryInfo in Any.
        assert!(details.ends_with(b"\x12\x0a\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01"), "{details:x?}");
    }
}
