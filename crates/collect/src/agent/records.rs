//! Writes events that were normalised here as OTLP log records: any receiver finds the raw line as body, time and severity in
//! their places, and columns and fields as attributes; Magpie finds everything that its own normalising would have made.
//!
//! The first record of an event says by `magpie.length` how many bytes it takes in the file; further ones of the same event do
//! not. The reader of this is `receive/otlp/records`.

use magpie_model::agent_partial::ATTRIBUTE;
use magpie_model::edge::{EdgeEvent, EdgeRecord};
use magpie_model::record::{Record, mark};
use magpie_model::{Column, Severity, Side};

use super::otlp::{FIXED64, VARINT, bytes_field, int_attribute, nested, tag, text_attribute, varint};

/// Appends the records of an event to a scope; gives their number.
pub(super) fn event(event: &EdgeEvent, out: &mut Vec<u8>) -> u64 {
    for (nth, record) in event.records.iter().enumerate() {
        let length = (nth == 0).then_some(event.length);
        nested(2, out, |out| log_record(record, length, out));
    }
    event.records.len() as u64
}

fn log_record(edge: &EdgeRecord, length: Option<u64>, out: &mut Vec<u8>) {
    let record = &edge.record;
    tag(1, FIXED64, out);
    out.extend_from_slice(&record.time.0.to_le_bytes());
    if record.severity != Severity::Unset {
        tag(2, VARINT, out);
        varint(record.severity.to_otel().into(), out);
    }
    if !record.message.is_empty() {
        nested(5, out, |out| bytes_field(1, record.message.as_bytes(), out));
    }
    if let Some(length) = length {
        int_attribute(6, "magpie.length", length.cast_signed(), out);
    }
    attributes(edge, out);
    for (field, size, text) in [(9, 16, &record.trace_id), (10, 8, &record.span_id)] {
        if let Some(id) = id(text, size) {
            bytes_field(field, &id, out);
        } else if !text.is_empty() {
            text_attribute(6, if field == 9 { "magpie.trace_id" } else { "magpie.span_id" }, text, out);
        }
    }
}

fn attributes(edge: &EdgeRecord, out: &mut Vec<u8>) {
    let Record { kind, side, marks, job_id, attempt, columns, attributes, .. } = &edge.record;
    text_attribute(6, "magpie.kind", kind.name(), out);
    if *side == Side::Caller {
        text_attribute(6, "magpie.side", side.name(), out);
    }
    if !job_id.is_empty() {
        text_attribute(6, "magpie.job_id", job_id, out);
    }
    for (key, number) in [("magpie.marks", i64::from(*marks)), ("magpie.attempt", i64::from(*attempt))] {
        if number != 0 {
            int_attribute(6, key, number, out);
        }
    }
    // The server says input and file itself.
    for (column, word) in columns.iter().filter(|(column, _)| !matches!(column, Column::Input | Column::File)) {
        text_attribute(6, &format!("magpie.column.{}", column.name()), word, out);
    }
    for (field, number) in &edge.measures {
        text_attribute(6, &format!("magpie.field.{field}"), number, out);
    }
    for (key, value) in attributes {
        // A line may say what is a name of ours.
        let is_ours = key == ATTRIBUTE && marks & mark::FROM_AGENT != 0;
        let key = if key.starts_with("magpie.") && !is_ours { format!("magpie.attribute.{key}") } else { key.clone() };
        text_attribute(6, &key, value, out);
    }
}

/// The bytes of an id that is written as the protocol's ids are shown; others go as texts, so that they come back as they were.
fn id(text: &str, size: usize) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase()).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != size || !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}
