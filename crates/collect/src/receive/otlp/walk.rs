//! One walk over a request in JSON: that it is one, how deep it is, how many resources it has, and which of its spans have no name.
//!
//! Nothing is kept of it, so that its memory is that of its text. Every value is visited and none is skipped, since serde_json
//! bounds the depth only of what it visits.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::ids::REASON;
use super::{Rejected, Signal};

/// Checks that a text is a request of this signal, of at most 127 objects and lists within each other; gives the number of its
/// resources.
pub(super) fn check(signal: Signal, text: &str, rejected: &mut Rejected) -> Result<u64, String> {
    let mut found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let walk = Walk { place: Place::Request, signal, found: &mut found };
    walk.deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| format!("the body is no OTLP request in JSON: {error}"))?;
    rejected.add(found.nameless, REASON);
    Ok(found.resources)
}

/// What was found on the way.
#[derive(Default)]
struct Found {
    resources: u64,
    nameless: u64,
    /// Whether the present span has a trace id and a span id.
    has_trace: bool,
    has_own: bool,
}

/// Where in a request a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Request,
    Resources,
    Resource,
    Scopes,
    Scope,
    Spans,
    Span,
    TraceId,
    SpanId,
    /// Where nothing has to be known of it.
    Elsewhere,
}

impl Place {
    /// The place of a member of an object. Senders write names in either of the two ways that Protocol Buffers allow.
    fn of_member(self, name: &str, signal: Signal) -> Self {
        match (self, signal, name) {
            (Self::Request, Signal::Logs, "resourceLogs" | "resource_logs") => Self::Resources,
            (Self::Request, Signal::Traces, "resourceSpans" | "resource_spans") => Self::Resources,
            (Self::Resource, Signal::Traces, "scopeSpans" | "scope_spans") => Self::Scopes,
            (Self::Scope, _, "spans") => Self::Spans,
            (Self::Span, _, "traceId" | "trace_id") => Self::TraceId,
            (Self::Span, _, "spanId" | "span_id") => Self::SpanId,
            _ => Self::Elsewhere,
        }
    }

    /// The place of an item of a list; `None` where no list may be.
    fn of_item(self) -> Option<Self> {
        match self {
            Self::Resources => Some(Self::Resource),
            Self::Scopes => Some(Self::Scope),
            Self::Spans => Some(Self::Span),
            Self::Elsewhere => Some(Self::Elsewhere),
            _ => None,
        }
    }

    fn takes_object(self) -> bool {
        matches!(self, Self::Request | Self::Resource | Self::Scope | Self::Span | Self::Elsewhere)
    }
}

struct Walk<'f> {
    place: Place,
    signal: Signal,
    found: &'f mut Found,
}

impl Walk<'_> {
    fn at(&mut self, place: Place) -> Walk<'_> {
        Walk { place, signal: self.signal, found: self.found }
    }

    /// Whether a value of this kind may stand here.
    fn take<E: Error>(&self, may: bool, what: Unexpected<'_>) -> Result<(), E> {
        if may || self.place == Place::Elsewhere { Ok(()) } else { Err(E::invalid_type(what, self)) }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place {
            Place::Resources | Place::Scopes | Place::Spans => "a list",
            Place::TraceId | Place::SpanId => "hexadecimal digits",
            _ => "an object",
        })
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.take(self.place.takes_object(), Unexpected::Map)?;
        if self.place == Place::Span {
            (self.found.has_trace, self.found.has_own) = (false, false);
        }
        let mut seen = 0u16;
        while let Some(place) = members.next_key_seed(Name(self.place, self.signal))? {
            if place != Place::Elsewhere && seen & 1 << place as u16 != 0 {
                return Err(A::Error::custom("a member stands twice in an object"));
            }
            seen |= 1 << place as u16;
            members.next_value_seed(self.at(place))?;
        }
        if self.place == Place::Span {
            self.found.nameless += u64::from(!(self.found.has_trace && self.found.has_own));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let Some(place) = self.place.of_item() else { return self.take(false, Unexpected::Seq) };
        while items.next_element_seed(self.at(place))?.is_some() {
            self.found.resources += u64::from(place == Place::Resource);
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.place {
            Place::TraceId => self.found.has_trace = is_id(text, 32),
            Place::SpanId => self.found.has_own = is_id(text, 16),
            _ => self.take(false, Unexpected::Str(text))?,
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.take(false, Unexpected::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.take(false, Unexpected::Signed(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.take(false, Unexpected::Unsigned(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.take(false, Unexpected::Float(number))
    }

    /// A member that is null is one that is not there; an item that is null is none.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(!self.place.takes_object(), Unexpected::Unit)
    }
}

/// The name of a member of an object at a place.
struct Name(Place, Signal);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Place;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Place, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Place;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Place, E> {
        Ok(self.0.of_member(name, self.1))
    }
}

fn is_id(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte != b'0')
}
