//! The messages of OTLP logs and traces, as far as they become records: number, JSON name and kind of each field.
//!
//! Source: opentelemetry-proto 1.7, `common/v1`, `resource/v1`, `logs/v1`, `trace/v1`. Fields that no record has a place for
//! (events and counts of dropped attributes) are not listed and are read over.

/// A message.
pub(super) struct Message {
    pub(super) fields: &'static [Field],
}

/// A field of a message.
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) repeated: bool,
}

/// How a value stands on the wire and in JSON.
pub(super) enum Kind {
    /// A text in UTF-8.
    Text,
    /// Bytes; in JSON, as base64.
    Base64,
    /// An id; in OTLP/JSON, as hexadecimal digits.
    Hex,
    Bool,
    /// A signed number of 64 bits; in JSON, a string of digits.
    Int64,
    /// A number of 64 bits that takes eight bytes; in JSON, a string of digits.
    Fixed64,
    Double,
    /// An enumeration or a small number.
    Number,
    Message(&'static Message),
}

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, repeated: false }
}

const fn many(number: u32, name: &'static str, message: &'static Message) -> Field {
    Field { number, name, kind: Kind::Message(message), repeated: true }
}

static ANY_VALUE: Message = Message {
    fields: &[
        one(1, "stringValue", Kind::Text),
        one(2, "boolValue", Kind::Bool),
        one(3, "intValue", Kind::Int64),
        one(4, "doubleValue", Kind::Double),
        one(5, "arrayValue", Kind::Message(&ARRAY_VALUE)),
        one(6, "kvlistValue", Kind::Message(&KEY_VALUE_LIST)),
        one(7, "bytesValue", Kind::Base64),
    ],
};

static ARRAY_VALUE: Message = Message { fields: &[many(1, "values", &ANY_VALUE)] };

static KEY_VALUE_LIST: Message = Message { fields: &[many(1, "values", &KEY_VALUE)] };

static KEY_VALUE: Message = Message { fields: &[one(1, "key", Kind::Text), one(2, "value", Kind::Message(&ANY_VALUE))] };

static RESOURCE: Message = Message { fields: &[many(1, "attributes", &KEY_VALUE)] };

static SCOPE: Message = Message { fields: &[one(1, "name", Kind::Text), one(2, "version", Kind::Text), many(3, "attributes", &KEY_VALUE)] };

static LOG_RECORD: Message = Message {
    fields: &[
        one(1, "timeUnixNano", Kind::Fixed64),
        one(11, "observedTimeUnixNano", Kind::Fixed64),
        one(2, "severityNumber", Kind::Number),
        one(3, "severityText", Kind::Text),
        one(5, "body", Kind::Message(&ANY_VALUE)),
        many(6, "attributes", &KEY_VALUE),
        one(9, "traceId", Kind::Hex),
        one(10, "spanId", Kind::Hex),
        one(12, "eventName", Kind::Text),
    ],
};

static SCOPE_LOGS: Message = Message { fields: &[one(1, "scope", Kind::Message(&SCOPE)), many(2, "logRecords", &LOG_RECORD)] };

/// `opentelemetry.proto.logs.v1.ResourceLogs`.
pub(super) static RESOURCE_LOGS: Message =
    Message { fields: &[one(1, "resource", Kind::Message(&RESOURCE)), many(2, "scopeLogs", &SCOPE_LOGS)] };

static LINK: Message = Message { fields: &[one(1, "traceId", Kind::Hex), one(2, "spanId", Kind::Hex)] };

static STATUS: Message = Message { fields: &[one(2, "message", Kind::Text), one(3, "code", Kind::Number)] };

static SPAN: Message = Message {
    fields: &[
        one(1, "traceId", Kind::Hex),
        one(2, "spanId", Kind::Hex),
        one(4, "parentSpanId", Kind::Hex),
        one(5, "name", Kind::Text),
        one(6, "kind", Kind::Number),
        one(7, "startTimeUnixNano", Kind::Fixed64),
        one(8, "endTimeUnixNano", Kind::Fixed64),
        many(9, "attributes", &KEY_VALUE),
        many(13, "links", &LINK),
        one(15, "status", Kind::Message(&STATUS)),
    ],
};

static SCOPE_SPANS: Message = Message { fields: &[one(1, "scope", Kind::Message(&SCOPE)), many(2, "spans", &SPAN)] };

/// `opentelemetry.proto.trace.v1.ResourceSpans`.
pub(super) static RESOURCE_SPANS: Message =
    Message { fields: &[one(1, "resource", Kind::Message(&RESOURCE)), many(2, "scopeSpans", &SCOPE_SPANS)] };
