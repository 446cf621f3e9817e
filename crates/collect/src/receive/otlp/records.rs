//! Events that an agent has normalised: scopes named `magpie.records`, and `magpie.partials` where it has counted them.
//!
//! | attribute of a record | |
//! | --- | --- |
//! | `magpie.length` | bytes that its event takes in the file; a record without it is one more of the event before |
//! | `magpie.kind`, `magpie.side` | `log`, `call`, `run`; `caller`, `callee` |
//! | `magpie.marks`, `magpie.attempt`, `magpie.job_id`, `magpie.trace_id`, `magpie.span_id` | as the record has them |
//! | `magpie.column.…` | the word of a column |
//! | `magpie.field.…` | the decimal number of a measured field, in the field's unit |
//! | `magpie.partial` | what the lines of a partial add up to, as JSON |
//! | `magpie.attribute.…` | an attribute of the record whose own name begins with `magpie.` |
//! | any other | an attribute of the record |
//!
//! Time, severity, body, trace id and span id stand in their own places. What is unknown is passed over, so that a newer agent may
//! say more.

use magpie_model::agent_partial::ATTRIBUTE;
use magpie_model::edge::{EdgeEvent, EdgeRecord};
use magpie_model::record::mark;
use magpie_model::{Column, Kind, Severity, Side, Timestamp};

use super::super::protobuf::{Fields, Malformed, Value};
use super::agent::{AttributeValue, each_attribute};
use super::transcode::hex_digits;
use crate::redact::Redaction;

/// Appends a record to the events of a run, as one more of the last or as a new one; gives the bytes that it takes in the file, or
/// `None` if it has no possible place.
pub(super) fn push(record: &[u8], redaction: &Redaction, events: &mut Vec<EdgeEvent>) -> Result<Option<u64>, Malformed> {
    let (mut edge, length) = read(record)?;
    redact(&mut edge, redaction);
    match (length, events.last_mut()) {
        (None, Some(event)) => event.records.push(edge),
        (Some(length), _) if length > 0 => {
            events.push(EdgeEvent { length: length.cast_unsigned(), records: vec![edge] });
            return Ok(Some(length.cast_unsigned()));
        }
        _ => return Ok(None),
    }
    Ok(Some(0))
}

/// A `LogRecord`, and its `magpie.length`.
fn read(message: &[u8]) -> Result<(EdgeRecord, Option<i64>), Malformed> {
    let (mut edge, mut length) = (EdgeRecord::default(), None);
    let mut fields = Fields::of(message);
    while let Some((number, value)) = fields.next()? {
        let record = &mut edge.record;
        match (number, value) {
            (1, Value::Fixed64(time)) => record.time = Timestamp(time.cast_signed()),
            (2, Value::Varint(severity)) => record.severity = Severity::from_otel(i64::try_from(severity).unwrap_or(0)),
            (5, Value::Bytes(body)) => record.message = AttributeValue::read(body)?.text().into_owned(),
            (9, Value::Bytes(id)) => record.trace_id = hex(id),
            (10, Value::Bytes(id)) => record.span_id = hex(id),
            _ => {}
        }
    }
    each_attribute(message, 6, &mut |key, value| {
        let key = String::from_utf8_lossy(key);
        match key.strip_prefix("magpie.") {
            Some("length") => length = value.number(),
            Some(name) => own_attribute(name, &value, &mut edge),
            None => edge.record.attributes.push((key.into_owned(), value.text().into_owned())),
        }
    })?;
    Ok((edge, length))
}

/// An attribute of ours, without its prefix.
fn own_attribute(name: &str, value: &AttributeValue<'_>, edge: &mut EdgeRecord) {
    let text = || value.text().into_owned();
    let number = || value.number().unwrap_or(0);
    let record = &mut edge.record;
    match name {
        "kind" => record.kind = Kind::from_name(&value.text()).unwrap_or_default(),
        "side" => record.side = if value.text() == Side::Caller.name() { Side::Caller } else { Side::Callee },
        "marks" => record.marks = u8::try_from(number()).unwrap_or(0),
        "attempt" => record.attempt = u32::try_from(number()).unwrap_or(0),
        "job_id" => record.job_id = text(),
        "trace_id" => record.trace_id = text(),
        "span_id" => record.span_id = text(),
        "partial" => record.attributes.push((ATTRIBUTE.to_owned(), text())),
        _ => match name.split_once('.') {
            Some(("column", column)) => {
                if let Some(column) = Column::from_name(column) {
                    record.set(column, &value.text());
                }
            }
            Some(("field", field)) => edge.measures.push((field.to_owned(), text())),
            Some(("attribute", key)) => record.attributes.push((key.to_owned(), text())),
            _ => {}
        },
    }
}

/// Masks in everything that is text. An attribute is looked at together with its name, which may say that it is a secret.
fn redact(edge: &mut EdgeRecord, redaction: &Redaction) {
    if redaction.is_empty() {
        return;
    }
    let mask = |text: &mut String| *text = redaction.text(text).into_owned();
    let record = &mut edge.record;
    [&mut record.message, &mut record.job_id, &mut record.trace_id, &mut record.span_id].into_iter().for_each(mask);
    record.columns.values_mut().for_each(mask);
    // Numbers that lines add up to are no text, and a mask would spoil them.
    let is_partial = record.marks & mark::FROM_AGENT != 0;
    for (key, value) in record.attributes.iter_mut().filter(|(key, _)| !is_partial || key != ATTRIBUTE) {
        let both = format!("{key}={value}");
        let masked = redaction.text(&both);
        // Masking keeps lengths, and may have met the name instead.
        *value = String::from_utf8_lossy(&masked.as_bytes()[key.len() + 1..]).into_owned();
    }
}

fn hex(bytes: &[u8]) -> String {
    hex_digits(bytes).map(char::from).collect()
}
