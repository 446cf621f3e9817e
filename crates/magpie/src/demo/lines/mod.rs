//! The log lines of the demo's services, each in the exact form of a well-known server or logging library.
//! All are pure functions from a finished request or call to text, so that the formats can be tested byte for byte; the sources of the
//! formats stand at the functions. Every time is UTC. Which service writes which format is decided by the services.

pub(super) mod access;
pub(super) mod event;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Spells a time in UTC by a `strftime` format.
fn utc(time: Timestamp, format: &str) -> String {
    time.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

/// RFC 3339 with milliseconds: `2026-11-22T10:15:03.123Z`.
fn rfc3339_millis(time: Timestamp) -> String {
    utc(time, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// What stands where a server has nothing to say.
fn or_dash(text: Option<&str>) -> &str {
    text.unwrap_or("-")
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};

    use super::super::server::{Answer, Exchange, Request};
    use super::super::trace::{TRACEPARENT, Trace};

    pub(in crate::demo) fn fixed_trace() -> Trace {
        let mut headers = HeaderMap::new();
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert(TRACEPARENT, HeaderValue::from_static(text));
        Trace::from_headers(&headers)
    }

    /// A request of 43.211 ms with an answer of 512 bytes, begun at 2026-11-22T10:15:03.123456Z.
    pub(in crate::demo) fn exchange(method: Method, target: &str, status: StatusCode) -> Exchange {
        Exchange {
            request: Request {
                number: 17,
                client: "127.0.1.1:43562".parse().unwrap(),
                server: "127.0.2.1:40001".parse().unwrap(),
                method,
                target: target.to_owned(),
                user_agent: Some("gateway/1.4".to_owned()),
                referer: None,
                authority: "shop.example".to_owned(),
                forwarded_for: None,
                trace: fixed_trace(),
                body: "{\"sku\":\"SKU-1042\"}".into(),
                in_flight: 2,
            },
            answer: Answer::json(status, "x".repeat(512)),
            started: "2026-11-22T10:15:03.123456Z".parse().unwrap(),
            elapsed: Duration::from_micros(43_211),
        }
    }
}
