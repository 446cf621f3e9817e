//! Spans become calls before they are records (design 4).
//!
//! [`decode`] reads OTLP/JSON requests, one per line, into [`Span`]s and log events; a [`Pairer`] joins the two halves of
//! each call and hands out one record of kind `call` for it. Only calls are aggregated, so nothing behind this module
//! knows of spans. Who is who, routes that a configuration overrides and impossible times are left to the plan, as for
//! any other record.
//!
//! # What of a span goes where
//!
//! Names are those of OpenTelemetry's semantic conventions 1.30; older names that are still common follow after `|`. The
//! first name that is present wins.
//!
//! | attribute | column |
//! | --- | --- |
//! | resource `service.name`, `k8s.deployment.name`, else `(unknown)` | module: `target_module` of the callee, `source_module` of the caller |
//! | resource `host.name`, `k8s.node.name`, `k8s.pod.name`, `container.name`, `container.id` | host: `target` of the callee, `source` of the caller, `host` |
//! | resource `service.namespace`, `service.version`, `cloud.region` | `application`, `version`, `region` |
//! | `http.route`, `url.template` | `service` |
//! | `rpc.service` + `/` + `rpc.method` | `service` |
//! | `db.query.summary`, `db.operation.name`\|`db.operation` + `db.collection.name`\|`db.sql.table` | `service` |
//! | `messaging.destination.template`, `messaging.destination.name`\|`messaging.destination` | `service` |
//! | path of `url.path`\|`http.target`, `url.full`\|`http.url`, when the span is named by its method only | `service`, templated |
//! | span name, without the HTTP method before a route | `service` |
//! | `http.request.method`\|`http.method`, `db.operation.name`, `messaging.operation.name`\|`messaging.operation` | `operation` |
//! | `http.response.status_code`\|`http.status_code`, `rpc.grpc.status_code`, `rpc.response.status_code`, `db.response.status_code`, else `OK` / `ERROR` of the span's status | `status` |
//! | `http.response.body.size`\|`http.response_content_length`, `http.response.size`, `messaging.message.body.size` | field `bytes` |
//! | end − start of the callee's span | field `elapsed_ms` |
//! | end − start of the CLIENT or PRODUCER span | field `client_elapsed_ms` |
//! | span status ERROR, or HTTP status ≥ 500 | field `error` |
//! | `client.address`\|`http.client_ip`, `network.peer.address`\|`net.sock.peer.addr`\|`net.peer.ip` of a SERVER or CONSUMER | `source`, when the caller's host is not known |
//! | `server.address`\|`net.peer.name`, `network.peer.address` of a lone CLIENT or PRODUCER | `target` |
//! | `service.peer.name`\|`peer.service`, else what `hosts:` says of that address | the other side's module, when its span does not come |
//! | `db.system.name`\|`db.system`, `messaging.system` of a lone CLIENT or PRODUCER | `target_module`, when nothing better is known |
//! | `job_id` | `job_id` |
//! | end of the span | `time` (its start, when it has no end) |
//! | span name, and the status message after `: ` | `message` |
//! | any other attribute of the span | `attributes` |
//!
//! # What is a call
//!
//! | child span | parent span | what it is |
//! | --- | --- | --- |
//! | any kind | any kind, in another module | a call from the parent's module to the child's |
//! | SERVER, CONSUMER | CLIENT, PRODUCER, INTERNAL of the same module | a call of the module to itself (over INTERNAL: by a client that makes no spans) |
//! | SERVER, CONSUMER | SERVER, CONSUMER of the same module | nothing: a proxy or framework saw the same request twice |
//! | CLIENT, PRODUCER | CLIENT, PRODUCER of the same module | the parent is the same call, seen by a higher layer; only the child counts |
//! | SERVER, CONSUMER | none | a call from `(outside)`; it has no other half, so it is not marked one-sided |
//! | SERVER, CONSUMER | never came | a one-sided call from `(unknown)`, or what the attributes name |
//! | none came | CLIENT, PRODUCER | a one-sided call, side `caller`, to what the attributes name, else `(unknown)` |
//! | INTERNAL | none, same module, or never came | nothing |
//!
//! A CONSUMER that links to the span which made its message has that one as its parent. Several callees of one CLIENT
//! (a retry, a fan-out) are as many calls, and each carries the caller's time: which of them is the first cannot be
//! known while more may come, and a result must not depend on the order of arrival.

mod call;
mod conventions;
mod json;
mod otlp;
mod pairing;
mod state;

use std::sync::Arc;

use magpie_model::UNKNOWN;
use serde::{Deserialize, Serialize};

pub use conventions::Naming;
pub(super) use otlp::is_otlp;
pub use otlp::{Decoded, LogEvent, Otlp, decode};
pub use pairing::{Ceilings, Pairer, PairingCounts};
pub use state::StateError;

/// A span's identity: span ids are unique only within their trace.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpanKey {
    /// Trace id.
    pub trace: [u8; 16],
    /// Span id.
    pub span: [u8; 8],
}

impl std::fmt::Debug for SpanKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", hex(&self.trace), hex(&self.span))
    }
}

/// Lower-case hex, as the columns `trace_id` and `span_id` show it.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)] as char, DIGITS[usize::from(byte & 15)] as char]).collect()
}

/// OpenTelemetry's span kind; an unspecified kind is `Internal`, as the protocol says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SpanKind {
    /// Within a module.
    #[default]
    Internal,
    /// Serves a request.
    Server,
    /// Makes a request and waits for the answer.
    Client,
    /// Sends a message.
    Producer,
    /// Takes a message.
    Consumer,
}

impl SpanKind {
    /// Whether the span is a caller's half: it waits for the half of a callee.
    pub fn is_caller(self) -> bool {
        matches!(self, Self::Client | Self::Producer)
    }

    /// Whether the span is a callee's half: a call by itself, whoever made it.
    pub fn is_callee(self) -> bool {
        matches!(self, Self::Server | Self::Consumer)
    }
}

/// How a span says it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SpanStatus {
    /// Nothing was said.
    #[default]
    Unset,
    /// A person said it went well.
    Ok,
    /// It failed.
    Error,
}

/// Who made a span: shared by all spans of one resource block. Empty words stand for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// The module.
    pub module: Box<str>,
    /// The host it ran on.
    pub host: Box<str>,
    /// What the module belongs to.
    pub application: Box<str>,
    /// Version of the module.
    pub version: Box<str>,
    /// Where it runs.
    pub region: Box<str>,
    /// Name of the configured source that its spans came through.
    pub input: Box<str>,
}

impl Resource {
    /// A resource of which nothing but the module is known.
    pub fn of_module(module: &str) -> Self {
        let none = Box::<str>::default;
        Self { module: module.into(), host: none(), application: none(), version: none(), region: none(), input: none() }
    }
}

impl Default for Resource {
    fn default() -> Self {
        Self::of_module(UNKNOWN)
    }
}

/// One span, with everything a call may need of it. Empty words stand for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Its identity.
    #[serde(skip)]
    pub key: SpanKey,
    /// The span that caused it; `None` for the root of a trace.
    pub parent: Option<SpanKey>,
    /// Its kind.
    #[serde(skip)]
    pub kind: SpanKind,
    /// Who made it.
    #[serde(skip)]
    pub resource: Arc<Resource>,
    /// Start in ns since the epoch; 0 for none.
    pub start: i64,
    /// End in ns since the epoch; 0 for none.
    pub end: i64,
    /// How it says it ended.
    pub outcome: SpanStatus,
    /// What was requested of the callee, by the table above.
    pub service: Box<str>,
    /// HTTP method, database operation or messaging operation.
    pub operation: Box<str>,
    /// Outcome as written.
    pub status: Box<str>,
    /// Name of the span, and its status message.
    pub message: Box<str>,
    /// Address of the other side: the client's for a callee's half, the server's for a caller's.
    pub peer: Box<str>,
    /// Module of the other side, as far as attributes name it.
    pub peer_module: Box<str>,
    /// Size of the response in bytes.
    pub bytes: Option<i64>,
    /// Job id of the run it belongs to.
    pub job_id: Box<str>,
    /// Attributes without a column.
    pub attributes: Vec<(Box<str>, Box<str>)>,
    /// Some of it was too long and is missing.
    pub cut: bool,
}

impl Span {
    /// The module that made it.
    pub fn module(&self) -> &str {
        &self.resource.module
    }

    /// How long it took in ns; `None` without both times, or when it ends before it starts.
    pub fn elapsed(&self) -> Option<i64> {
        (self.start > 0 && self.end >= self.start).then(|| self.end - self.start)
    }

    /// Bytes of memory it holds, about; its resource is shared and not counted.
    pub fn memory(&self) -> usize {
        let words = [&self.service, &self.operation, &self.status, &self.message, &self.peer, &self.peer_module, &self.job_id];
        size_of::<Self>()
            + words.iter().map(|word| word.len()).sum::<usize>()
            + self.attributes.iter().map(|(key, value)| key.len() + value.len() + 32).sum::<usize>()
    }
}
