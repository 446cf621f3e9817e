//! One or two halves of a call → the record of it.
//!
//! What was requested and how long it took is the callee's to say, since it alone knows its route; the caller adds who it
//! is and how long it waited. When to make a record, and of which halves, is the pairer's decision.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use magpie_model::record::mark;
use magpie_model::{Column, Kind, OUTSIDE, Record, Severity, Side, Timestamp, UNKNOWN};

use super::{Resource, Span, SpanKey, SpanStatus, hex};

/// The calling side of a call, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Caller<'a> {
    /// The parent span is known: its maker, and how long it waited if it is the caller's half.
    Known { resource: &'a Resource, elapsed: Option<i64> },
    /// A root span: whoever called is not watched.
    Outside,
    /// The parent span never came.
    Missing,
}

/// The call that a callee's span tells of. `read` is its time when it has none of its own.
pub(super) fn of_callee(span: &Span, caller: Caller<'_>, read: Timestamp) -> Record {
    let mut record = begin(span, "callee", read);
    let (module, host, client_elapsed) = match caller {
        Caller::Known { resource, elapsed } => (&*resource.module, or(&resource.host, &span.peer), elapsed),
        Caller::Outside => (or(&span.peer_module, OUTSIDE), &*span.peer, None),
        Caller::Missing => (or(&span.peer_module, UNKNOWN), &*span.peer, None),
    };
    if matches!(caller, Caller::Missing) {
        record.marks |= mark::ONE_SIDED;
    }
    record.set(Column::SourceModule, module);
    record.set(Column::Source, host);
    record.set(Column::TargetModule, span.module());
    record.set(Column::Target, &span.resource.host);
    set_field(&mut record, "elapsed_ms", span.elapsed());
    set_field(&mut record, "client_elapsed_ms", client_elapsed);
    record
}

/// The call that only its caller's span tells of.
pub(super) fn of_lone_caller(span: &Span, read: Timestamp) -> Record {
    let mut record = of_caller(span, or(&span.peer_module, UNKNOWN), &span.peer, read);
    record.marks |= mark::ONE_SIDED;
    record
}

/// The caller's half that came after the callee's was counted alone: kept and findable, but not a call again.
pub(super) fn of_late_caller(span: &Span, callee: &Resource, read: Timestamp) -> Record {
    let mut record = of_caller(span, &callee.module, &callee.host, read);
    record.marks |= mark::LATE_PAIR;
    record
}

fn of_caller(span: &Span, target_module: &str, target: &str, read: Timestamp) -> Record {
    let mut record = begin(span, "caller", read);
    record.side = Side::Caller;
    record.set(Column::SourceModule, span.module());
    record.set(Column::Source, &span.resource.host);
    record.set(Column::TargetModule, target_module);
    record.set(Column::Target, target);
    if span.kind.is_caller() {
        set_field(&mut record, "client_elapsed_ms", span.elapsed());
    }
    record
}

fn begin(span: &Span, role: &str, read: Timestamp) -> Record {
    let failed = span.outcome == SpanStatus::Error;
    let (time, untimed) = match (span.end, span.start) {
        (0, 0) => (read, mark::NO_TIME),
        (0, start) => (Timestamp(start), 0),
        (end, _) => (Timestamp(end), 0),
    };
    let mut record = Record {
        id: record_id(&span.key, role),
        time,
        kind: Kind::Call,
        severity: if failed { Severity::Error } else { Severity::Unset },
        side: Side::Callee,
        marks: untimed | if span.cut { mark::CUT } else { 0 },
        message: span.message.as_ref().to_owned(),
        job_id: span.job_id.as_ref().to_owned(),
        trace_id: hex(&span.key.trace),
        span_id: hex(&span.key.span),
        attributes: span.attributes.iter().map(|(key, value)| (key.as_ref().to_owned(), value.as_ref().to_owned())).collect(),
        ..Record::default()
    };
    for (column, word) in [
        (Column::Service, &span.service),
        (Column::Operation, &span.operation),
        (Column::Status, &span.status),
        (Column::Host, &span.resource.host),
        (Column::Application, &span.resource.application),
        (Column::Version, &span.resource.version),
        (Column::Region, &span.resource.region),
        (Column::Input, &span.resource.input),
    ] {
        record.set(column, word);
    }
    set_field(&mut record, "bytes", span.bytes);
    set_field(&mut record, "error", Some(i64::from(failed)));
    record
}

/// A span can be the callee of one call and the caller of another, so the role is part of the record's id.
fn record_id(key: &SpanKey, role: &str) -> u64 {
    FixedState::with_seed(0x7370_616e).hash_one((key.trace, key.span, role))
}

fn or<'a>(word: &'a str, otherwise: &'a str) -> &'a str {
    if word.is_empty() { otherwise } else { word }
}

fn set_field(record: &mut Record, name: &str, value: Option<i64>) {
    if let Some(value) = value {
        record.fields.insert(name.to_owned(), value);
    }
}
