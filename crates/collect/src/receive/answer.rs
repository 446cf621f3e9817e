//! Answers over HTTP: what OTLP/HTTP and plain pushes say, in the encoding that the sender speaks.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use super::Refusal;
use super::body::Unread;
use super::otlp::Rejected;
use super::protobuf::{put_bytes, put_number};
use super::traffic::Reason;

/// What every answer is made of.
pub(super) type AnswerBody = BoxBody<Bytes, Infallible>;

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) reason: Reason,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
}

impl Reason {
    fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::Handshake => StatusCode::BAD_REQUEST,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable | Self::Connections => StatusCode::SERVICE_UNAVAILABLE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The code of gRPC.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Malformed | Self::WrongType | Self::Handshake => 3,
            Self::Slow => 4,
            Self::Forbidden => 7,
            Self::TooLarge | Self::HeadTooLarge | Self::Busy => 8,
            Self::NotFound | Self::WrongMethod => 12,
            Self::Unavailable | Self::Connections => 14,
            Self::NoToken => 16,
        }
    }
}

impl Problem {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry_after: None }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let reason = match refusal {
            Refusal::Busy { .. } => Reason::Busy,
            Refusal::Unavailable { .. } => Reason::Unavailable,
            Refusal::Invalid(_) => Reason::Malformed,
        };
        Self { reason, message: refusal.to_string(), retry_after: refusal.retry_after() }
    }
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::new(Reason::TooLarge, "at most 8 MiB as sent and 32 MiB unpacked; send it in parts"),
            Unread::NoRoom => Refusal::Busy { retry_after: Duration::from_secs(1) }.into(),
            Unread::Broken => Self::new(Reason::Slow, "the body did not come whole within 30 s"),
            Unread::Corrupt => Self::new(Reason::Malformed, "the body is not packed as its encoding says"),
        }
    }
}

/// How the bodies of a sender are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        })
    }
}

/// A body in one piece.
pub(super) fn whole(bytes: impl Into<Bytes>) -> AnswerBody {
    Full::new(bytes.into()).boxed()
}

/// A message of `Export…ServiceResponse`: empty when everything was taken.
pub(super) fn export_response(rejected: &Rejected) -> Vec<u8> {
    let mut message = Vec::new();
    if rejected.count > 0 {
        let mut partial = Vec::new();
        put_number(&mut partial, 1, rejected.count);
        put_bytes(&mut partial, 2, rejected.reason.as_bytes());
        put_bytes(&mut message, 1, &partial);
    }
    message
}

/// Everything, or all but what can never be stored, was taken.
pub(super) fn taken(encoding: Encoding, rejected: &Rejected, what: &str) -> Response<AnswerBody> {
    let body = match encoding {
        Encoding::Protobuf => export_response(rejected),
        Encoding::Json if rejected.count == 0 => b"{}".to_vec(),
        Encoding::Json => {
            let partial = serde_json::json!({ what: rejected.count.to_string(), "errorMessage": rejected.reason });
            serde_json::json!({ "partialSuccess": partial }).to_string().into_bytes()
        }
    };
    let mut response = Response::new(whole(body));
    response.headers_mut().insert(CONTENT_TYPE, encoding.content_type());
    response
}

/// Nothing was taken. The body is a `google.rpc.Status`.
pub(super) fn refused(encoding: Encoding, problem: &Problem) -> Response<AnswerBody> {
    let body = match encoding {
        Encoding::Protobuf => status_message(problem),
        Encoding::Json => serde_json::json!({ "code": problem.reason.code(), "message": problem.message }).to_string().into_bytes(),
    };
    let mut response = Response::new(whole(body));
    *response.status_mut() = problem.reason.status();
    response.headers_mut().insert(CONTENT_TYPE, encoding.content_type());
    if let Some(after) = problem.retry_after {
        // Whole seconds, at least one.
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.as_millis().div_ceil(1_000).max(1) as u64));
    }
    response
}

/// `google.rpc.Status`, with a `RetryInfo` where it is worth trying again.
pub(super) fn status_message(problem: &Problem) -> Vec<u8> {
    let mut status = Vec::new();
    put_number(&mut status, 1, u64::from(problem.reason.code()));
    put_bytes(&mut status, 2, problem.message.as_bytes());
    if let Some(after) = problem.retry_after {
        let (mut duration, mut info, mut any) = (Vec::new(), Vec::new(), Vec::new());
        put_number(&mut duration, 1, after.as_secs());
        put_number(&mut duration, 2, u64::from(after.subsec_nanos()));
        put_bytes(&mut info, 1, &duration);
        put_bytes(&mut any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
        put_bytes(&mut any, 2, &info);
        put_bytes(&mut status, 3, &any);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_come_again_is_told_when_in_whole_seconds() {
        let busy = |millis| Refusal::Busy { retry_after: Duration::from_millis(millis) };
        let full = Refusal::Unavailable { reason: "no space left".to_owned(), retry_after: Duration::from_secs(1) };
        for (refusal, status, retry_after) in [
            (busy(0), 429, Some("1")),
            (busy(1_000), 429, Some("1")),
            (busy(1_001), 429, Some("2")),
            (full, 503, Some("1")),
            (Refusal::Invalid("too many holes".to_owned()), 400, None),
        ] {
            for encoding in [Encoding::Protobuf, Encoding::Json] {
                let response = refused(encoding, &Problem::from(refusal.clone()));
                let told = response.headers().get(RETRY_AFTER).map(|after| after.to_str().expect("is text"));
                assert_eq!((response.status().as_u16(), told), (status, retry_after), "{refusal:?} {encoding:?}");
            }
        }
    }
}
