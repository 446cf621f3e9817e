//! OTLP/JSON requests, one per line, → spans and log events.
//!
//! A request is walked once and each span becomes a [`Span`] as it passes, so that memory follows what is kept, not what
//! a hostile line can make a tree of. The mapping is the protobuf-JSON one with the liberties of OTLP/JSON (ids in hex);
//! both spellings of names are taken and unknown members are read over, as the protocol demands of receivers. What
//! attributes mean is told in `conventions`, and joining spans is the pairer's.

use std::fmt;
use std::sync::Arc;

use magpie_model::{Kind, Severity, Timestamp};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::conventions::{self, LONGEST_TEXT, MOST_ATTRIBUTES, Naming, cut_to};
use super::json::{AnyValue, KeyValue, Name, Scalar, read_id};
use super::{Resource, Span, SpanKey, SpanKind, SpanStatus, hex};
use crate::normalise::values::{Habits, LineParser, ManyParser, Reason, Sink, Value, Values};

/// Neither traces nor logs are in the line.
const NOT_OTLP: Reason = Reason("no OTLP traces or logs in it");

/// What one or more requests held.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Spans, in the order of the requests.
    pub spans: Vec<Span>,
    /// Log records, in the order of the requests.
    pub logs: Vec<LogEvent>,
    /// Spans that had no valid trace and span id, and cannot be joined to anything.
    pub refused: u64,
}

/// One OTLP log record. Empty words stand for none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogEvent {
    /// When it happened, else when it was observed; `None` when neither is said.
    pub time: Option<Timestamp>,
    /// Severity, by number or else by word.
    pub severity: Severity,
    /// The body: text as it is, anything else as JSON.
    pub body: String,
    /// Trace id, lower-case hex.
    pub trace_id: String,
    /// Span id, lower-case hex.
    pub span_id: String,
    /// Name of the instrumentation scope: the logger.
    pub scope: Arc<str>,
    /// Who wrote it.
    pub resource: Arc<Resource>,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
}

/// Reads one request and appends what it holds to `decoded`. Nothing is appended of a line that is malformed, so that
/// the line can be kept as an unparsed record and no span of it counts twice.
pub fn decode(line: &str, naming: &Naming<'_>, decoded: &mut Decoded) -> Result<(), Reason> {
    let before = (decoded.spans.len(), decoded.logs.len(), decoded.refused);
    let result = read_request(line, naming, decoded);
    if result.is_err() {
        decoded.spans.truncate(before.0);
        decoded.logs.truncate(before.1);
        decoded.refused = before.2;
    }
    result
}

fn read_request(line: &str, naming: &Naming<'_>, decoded: &mut Decoded) -> Result<(), Reason> {
    let mut json = serde_json::Deserializer::from_str(line);
    let walk = Walk { level: Level::Request, naming, decoded };
    let found = walk.deserialize(&mut json).map_err(|_| Reason::BAD_JSON)?;
    json.end().map_err(|_| Reason::BAD_JSON)?;
    if found { Ok(()) } else { Err(NOT_OTLP) }
}

/// How deep in the request: `resourceSpans` → `scopeSpans` → `spans`, and the same of logs.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Request,
    Resource,
    Scope,
}

/// Walks one message, or a list of them, of a level. Yields whether it held any list of the level below.
struct Walk<'w, 'n> {
    level: Level,
    naming: &'w Naming<'n>,
    decoded: &'w mut Decoded,
}

impl<'n> Walk<'_, 'n> {
    fn at(&mut self, level: Level) -> Walk<'_, 'n> {
        Walk { level, naming: self.naming, decoded: self.decoded }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OTLP message")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<bool, A::Error> {
        let level = self.level;
        while seq.next_element_seed(self.at(level))?.is_some() {}
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        // Members come in any order, so what a block says of all its items is filled in when the block ends.
        let (spans, logs) = (self.decoded.spans.len(), self.decoded.logs.len());
        let mut found = false;
        let (mut resource, mut scope) = (None, None);
        while let Some(name) = map.next_key::<Name<'de>>()? {
            match (self.level, name.as_str()) {
                (Level::Request, "resourceSpans" | "resource_spans" | "resourceLogs" | "resource_logs") => {
                    map.next_value_seed(self.at(Level::Resource))?;
                    found = true;
                }
                (Level::Resource, "resource") => resource = map.next_value::<Option<Described<'de>>>()?,
                (
                    Level::Resource,
                    "scopeSpans"
                    | "scope_spans"
                    | "scopeLogs"
                    | "scope_logs"
                    | "instrumentationLibrarySpans"
                    | "instrumentation_library_spans",
                ) => {
                    map.next_value_seed(self.at(Level::Scope))?;
                }
                (Level::Scope, "scope") => scope = map.next_value::<Option<Described<'de>>>()?,
                (Level::Scope, "spans") => map.next_value_seed(Spans { naming: self.naming, decoded: self.decoded })?,
                (Level::Scope, "logRecords" | "log_records") => map.next_value_seed(Logs(self.decoded))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match self.level {
            Level::Request => {}
            Level::Resource => {
                let attributes = resource.and_then(|resource| resource.attributes).unwrap_or_default();
                let resource = Arc::new(conventions::resource(&attributes, self.naming));
                let place = conventions::place_of(&attributes);
                for span in &mut self.decoded.spans[spans..] {
                    span.resource = Arc::clone(&resource);
                    span.attributes.extend_from_slice(&place);
                }
                for log in &mut self.decoded.logs[logs..] {
                    log.resource = Arc::clone(&resource);
                    log.attributes.extend(place.iter().map(|(key, value)| (key.to_string(), value.to_string())));
                }
            }
            Level::Scope => {
                let name: Arc<str> = scope.map_or_else(Arc::default, |scope| cut_to(scope.name.as_text(), LONGEST_TEXT).into());
                self.decoded.logs[logs..].iter_mut().for_each(|log| log.scope = Arc::clone(&name));
            }
        }
        Ok(found)
    }
}

/// A resource or an instrumentation scope.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Described<'a> {
    #[serde(default)]
    name: Scalar<'a>,
    #[serde(default)]
    attributes: Option<Vec<KeyValue<'a>>>,
}

/// A span as the wire has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
#[derive(Default)]
pub(super) struct WireSpan<'a> {
    #[serde(alias = "trace_id")]
    trace_id: Scalar<'a>,
    #[serde(alias = "span_id")]
    span_id: Scalar<'a>,
    #[serde(alias = "parent_span_id")]
    parent_span_id: Scalar<'a>,
    pub(super) name: Scalar<'a>,
    kind: Scalar<'a>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Scalar<'a>,
    #[serde(alias = "end_time_unix_nano")]
    end_time_unix_nano: Scalar<'a>,
    pub(super) attributes: Option<Vec<KeyValue<'a>>>,
    links: Option<Vec<WireLink<'a>>>,
    status: Option<WireStatus<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
#[derive(Default)]
struct WireLink<'a> {
    #[serde(alias = "trace_id")]
    trace_id: Scalar<'a>,
    #[serde(alias = "span_id")]
    span_id: Scalar<'a>,
}

#[derive(Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
#[derive(Default)]
struct WireStatus<'a> {
    code: Scalar<'a>,
    message: Scalar<'a>,
}

struct Spans<'w, 'n> {
    naming: &'w Naming<'n>,
    decoded: &'w mut Decoded,
}

impl<'de> DeserializeSeed<'de> for Spans<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Spans<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of spans")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(wire) = seq.next_element::<WireSpan<'de>>()? {
            match wire.into_span(self.naming) {
                Some(span) => self.decoded.spans.push(span),
                None => self.decoded.refused += 1,
            }
        }
        Ok(())
    }
}

impl WireSpan<'_> {
    /// The span; its resource is set when its block ends. `None` without valid ids.
    fn into_span(self, naming: &Naming<'_>) -> Option<Span> {
        let key = SpanKey { trace: read_id(self.trace_id.as_text())?, span: read_id(self.span_id.as_text())? };
        let kind = read_kind(&self.kind);
        let (outcome, said) = self.status.as_ref().map_or((SpanStatus::Unset, ""), WireStatus::read);
        let mut span = Span {
            key,
            kind,
            parent: self.parent(key, kind),
            start: read_nanos(&self.start_time_unix_nano),
            end: read_nanos(&self.end_time_unix_nano),
            outcome,
            ..Span::default()
        };
        conventions::describe(&mut span, self.name.as_text(), said, self.attributes.as_deref().unwrap_or_default(), naming);
        Some(span)
    }

    /// The span that caused it. A message is often taken in a trace of its own that links to the one that sent it.
    fn parent(&self, key: SpanKey, kind: SpanKind) -> Option<SpanKey> {
        let linked = match kind {
            SpanKind::Consumer => self.links.as_ref().and_then(|links| links.first()),
            _ => None,
        };
        let linked =
            linked.and_then(|link| Some(SpanKey { trace: read_id(link.trace_id.as_text())?, span: read_id(link.span_id.as_text())? }));
        let parent = linked.or_else(|| Some(SpanKey { trace: key.trace, span: read_id(self.parent_span_id.as_text())? }));
        parent.filter(|&parent| parent != key)
    }
}

impl WireStatus<'_> {
    fn read(&self) -> (SpanStatus, &str) {
        let status = match (&self.code, self.code.as_text()) {
            (Scalar::Integer(1), _) | (_, "STATUS_CODE_OK" | "1") => SpanStatus::Ok,
            (Scalar::Integer(2), _) | (_, "STATUS_CODE_ERROR" | "2") => SpanStatus::Error,
            _ => SpanStatus::Unset,
        };
        (status, self.message.as_text())
    }
}

fn read_kind(kind: &Scalar<'_>) -> SpanKind {
    let number = kind.as_integer().unwrap_or_else(|| match kind.as_text() {
        "SPAN_KIND_SERVER" => 2,
        "SPAN_KIND_CLIENT" => 3,
        "SPAN_KIND_PRODUCER" => 4,
        "SPAN_KIND_CONSUMER" => 5,
        _ => 0,
    });
    match number {
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

/// Nanoseconds since the epoch; 0 for none.
fn read_nanos(time: &Scalar<'_>) -> i64 {
    time.as_integer().unwrap_or(0).max(0)
}

/// A log record as the wire has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
#[derive(Default)]
struct WireLog<'a> {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Scalar<'a>,
    #[serde(alias = "observed_time_unix_nano")]
    observed_time_unix_nano: Scalar<'a>,
    #[serde(alias = "severity_number")]
    severity_number: Scalar<'a>,
    #[serde(alias = "severity_text")]
    severity_text: Scalar<'a>,
    body: AnyValue<'a>,
    attributes: Option<Vec<KeyValue<'a>>>,
    #[serde(alias = "trace_id")]
    trace_id: Scalar<'a>,
    #[serde(alias = "span_id")]
    span_id: Scalar<'a>,
}

struct Logs<'w>(&'w mut Decoded);

impl<'de> DeserializeSeed<'de> for Logs<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Logs<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of log records")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(wire) = seq.next_element::<WireLog<'de>>()? {
            self.0.logs.push(wire.into_event());
        }
        Ok(())
    }
}

impl WireLog<'_> {
    fn into_event(self) -> LogEvent {
        let time = [&self.time_unix_nano, &self.observed_time_unix_nano].into_iter().map(read_nanos).find(|&nanos| nanos > 0);
        let attributes = self.attributes.unwrap_or_default();
        LogEvent {
            time: time.map(Timestamp),
            severity: read_severity(&self.severity_number, &self.severity_text),
            body: self.body.to_text().into_owned(),
            trace_id: read_id::<16>(self.trace_id.as_text()).map(|id| hex(&id)).unwrap_or_default(),
            span_id: read_id::<8>(self.span_id.as_text()).map(|id| hex(&id)).unwrap_or_default(),
            attributes: attributes
                .iter()
                .take(MOST_ATTRIBUTES)
                .map(|pair| (pair.key.as_ref().to_owned(), pair.value.to_text().into_owned()))
                .collect(),
            ..LogEvent::default()
        }
    }
}

/// By number, by the enum's name (`SEVERITY_NUMBER_WARN2`), or by the logger's own word.
fn read_severity(number: &Scalar<'_>, word: &Scalar<'_>) -> Severity {
    let named = number.as_text().trim_start_matches("SEVERITY_NUMBER_").trim_end_matches(|c: char| c.is_ascii_digit());
    match number.as_integer().map_or(Severity::Unset, Severity::from_otel) {
        Severity::Unset => Severity::from_word(named).or_else(|| Severity::from_word(word.as_text().trim())).unwrap_or_default(),
        severity => severity,
    }
}

/// Slots of [`Otlp`], in order.
const LOG_SLOTS: [&str; 11] =
    ["time", "severity", "message", "trace_id", "span_id", "component", "target_module", "host", "application", "version", "region"];

/// The reader of OTLP/JSON `logs` and `traces` requests as a format among others: one line, many events and spans.
///
/// The resource of a log event goes to the columns as in the table of this module; the scope's name is its `component`.
#[derive(Debug)]
pub struct Otlp {
    names: Vec<String>,
}

impl Default for Otlp {
    fn default() -> Self {
        Self { names: LOG_SLOTS.map(str::to_owned).to_vec() }
    }
}

impl LogEvent {
    /// Puts the event into the slots of [`Otlp`].
    pub fn fill<'a>(&'a self, values: &mut Values<'a>) {
        if let Some(time) = self.time {
            values.set(0, Value::Time(time));
        }
        if self.severity != Severity::Unset {
            values.text(1, self.severity.name());
        }
        let resource = &*self.resource;
        let words: [&'a str; 9] = [
            &self.body,
            &self.trace_id,
            &self.span_id,
            &self.scope,
            &resource.module,
            &resource.host,
            &resource.application,
            &resource.version,
            &resource.region,
        ];
        for (slot, word) in words.into_iter().enumerate().filter(|(_, word)| !word.is_empty()) {
            values.text(slot + 2, word);
        }
        if values.wants_extra() {
            values.extra.extend(self.attributes.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())));
        }
    }
}

/// Whether a line is an OTLP/JSON request, in the lowerCamelCase of its mapping or in proto names.
pub(in crate::normalise) fn is_otlp(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('{') else { return false };
    let Some(rest) = rest.trim_start().strip_prefix('"') else { return false };
    ["resourceSpans\"", "resourceLogs\"", "resource_spans\"", "resource_logs\""].iter().any(|key| rest.starts_with(key))
}

impl LineParser for Otlp {
    fn names(&self) -> &[String] {
        &self.names
    }

    /// Only [`ManyParser::parse_many`] reads a request; a single event has no line of its own.
    fn parse<'a>(&self, _line: &'a str, _values: &mut Values<'a>) -> Result<(), Reason> {
        Err(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { kind: Some(Kind::Log), ..Habits::default() }
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }

    fn many(&self) -> Option<&dyn ManyParser> {
        Some(self)
    }
}

impl ManyParser for Otlp {
    fn holds(&self, line: &str) -> bool {
        is_otlp(line)
    }

    fn parse_many(&self, line: &str, sink: &mut dyn Sink) -> Result<(), Reason> {
        let mut decoded = Decoded::default();
        decode(line, &sink.naming(), &mut decoded)?;
        let wanted: Vec<bool> = (0..self.names.len()).map(|slot| sink.wants(slot)).collect();
        for event in &decoded.logs {
            let mut values = Values::wanting(&wanted, true);
            event.fill(&mut values);
            sink.record(&values);
        }
        decoded.spans.into_iter().for_each(|span| sink.span(span));
        Ok(())
    }
}
