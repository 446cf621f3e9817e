//! The trace that a request carries through all services, as W3C Trace Context writes it (`traceparent`, version 00).
//! Services log the trace id, so that one visit can be followed through six files of different formats.
//! Spans are not recorded: the demo shows what can be had from logs alone.

use std::fmt;

use axum::http::HeaderMap;

/// The header's name.
pub(super) const TRACEPARENT: &str = "traceparent";

/// Trace and span id of one request. Both are never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trace {
    trace_id: u128,
    span_id: u64,
}

impl Trace {
    /// A new trace with its first span.
    pub(super) fn begin() -> Trace {
        Trace { trace_id: fastrand::u128(1..), span_id: fastrand::u64(1..) }
    }

    /// Another span of the same trace, for a call that this request makes.
    pub(super) fn child(self) -> Trace {
        Trace { span_id: fastrand::u64(1..), ..self }
    }

    /// The trace of a request, or a new one if it carries none that can be read.
    pub(super) fn from_headers(headers: &HeaderMap) -> Trace {
        headers.get(TRACEPARENT).and_then(|value| Trace::parse(value.to_str().ok()?)).unwrap_or_else(Trace::begin)
    }

    fn parse(text: &str) -> Option<Trace> {
        let mut parts = text.split('-');
        if parts.next() != Some("00") {
            return None;
        }
        let trace_id = u128::from_str_radix(parts.next()?, 16).ok()?;
        let span_id = u64::from_str_radix(parts.next()?, 16).ok()?;
        (trace_id != 0 && span_id != 0).then_some(Trace { trace_id, span_id })
    }

    /// The trace id: 32 lower-case hex digits.
    pub(super) fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// The span id: 16 lower-case hex digits.
    pub(super) fn span_id(self) -> String {
        format!("{:016x}", self.span_id)
    }

    /// An `X-Request-Id` in the form of a version 4 UUID. Derived from the trace, so that it is the same at every hop.
    pub(super) fn request_id(self) -> String {
        uuid_v4(self.trace_id)
    }
}

/// Spells 128 bits as a version 4 UUID (RFC 9562, section 5.4).
pub(super) fn uuid_v4(bits: u128) -> String {
    let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-01", self.trace_id, self.span_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traceparent_survives_a_hop() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = Trace::parse(text).unwrap();
        assert_eq!(trace.to_string(), text);
        let child = Trace::parse(&trace.child().to_string()).unwrap();
        assert_eq!(child.trace_id(), trace.trace_id());
        assert_ne!(child.span_id(), trace.span_id());
    }

    #[test]
    fn unreadable_trace_headers_are_refused() {
        for text in ["", "00", "01-1-1-01", "00-0-1-01", "00-zz-1-01", "00-1-0-01"] {
            assert_eq!(Trace::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_uuid_has_version_and_variant() {
        assert_eq!(uuid_v4(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid_v4(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
