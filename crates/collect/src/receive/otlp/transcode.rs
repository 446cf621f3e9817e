//! Protocol Buffers → OTLP/JSON, field by field, straight into the line.
//!
//! Nothing is built in between, so that memory is that of the line. A repeated field becomes one list although its items may
//! stand apart on the wire: at the first of them the rest of the message is looked through, and later ones are passed over.
//! Of a field that is not repeated, the last one counts, as the format demands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::protobuf::{Fields, Malformed, Value};
use super::Signal;
use super::schema::{Field, Kind, Message, RESOURCE_LOGS, RESOURCE_SPANS};
use crate::redact::Redaction;

/// Levels of messages that are read: a trace needs six, what is deeper are values within values.
const DEEPEST: usize = 64;

/// Appends the line of one resource: a request of its own.
pub(super) fn resource(signal: Signal, block: &[u8], redaction: &Redaction, line: &mut Vec<u8>) -> Result<(), Malformed> {
    let before = line.len();
    let (name, message) = match signal {
        Signal::Logs => (&b"{\"resourceLogs\":["[..], &RESOURCE_LOGS),
        Signal::Traces => (&b"{\"resourceSpans\":["[..], &RESOURCE_SPANS),
    };
    line.extend_from_slice(name);
    let mut writer = Writer { line, redaction };
    let written = writer.message(message, block, 0);
    line.extend_from_slice(b"]}\n");
    written.inspect_err(|_| line.truncate(before))
}

/// Lower-case hex digits, two for each byte.
pub(super) fn hex_digits(bytes: &[u8]) -> impl Iterator<Item = u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
}

struct Writer<'w> {
    line: &'w mut Vec<u8>,
    redaction: &'w Redaction,
}

impl Writer<'_> {
    fn message(&mut self, message: &Message, bytes: &[u8], depth: usize) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed::Deep(DEEPEST));
        }
        self.line.push(b'{');
        let mut written = 0u32;
        let mut fields = Fields::of(bytes);
        while let Some((number, value)) = fields.next()? {
            let Some((at, field)) = message.fields.iter().enumerate().find(|(_, field)| field.number == number) else { continue };
            if written & 1 << at != 0 {
                continue;
            }
            if written != 0 {
                self.line.push(b',');
            }
            written |= 1 << at;
            self.line.push(b'"');
            self.line.extend_from_slice(field.name.as_bytes());
            self.line.extend_from_slice(b"\":");
            if field.repeated {
                self.list(field, value, fields, depth)?;
            } else {
                self.value(field, last(field, value, fields)?, depth)?;
            }
        }
        self.line.push(b'}');
        Ok(())
    }

    fn list(&mut self, field: &Field, first: Value<'_>, mut rest: Fields<'_>, depth: usize) -> Result<(), Malformed> {
        self.line.push(b'[');
        self.value(field, first, depth)?;
        while let Some((number, value)) = rest.next()? {
            if number == field.number {
                self.line.push(b',');
                self.value(field, value, depth)?;
            }
        }
        self.line.push(b']');
        Ok(())
    }

    fn value(&mut self, field: &Field, value: Value<'_>, depth: usize) -> Result<(), Malformed> {
        match (&field.kind, value) {
            (Kind::Message(message), Value::Bytes(bytes)) => self.message(message, bytes, depth + 1)?,
            (Kind::Text, Value::Bytes(bytes)) => self.text(bytes),
            (Kind::Hex, Value::Bytes(bytes)) => self.hex(bytes),
            (Kind::Base64, Value::Bytes(bytes)) => self.base64(bytes),
            (Kind::Bool, Value::Varint(number)) => self.plain(if number == 0 { "false" } else { "true" }),
            (Kind::Int64, Value::Varint(number)) => self.text((number as i64).to_string().as_bytes()),
            (Kind::Fixed64, Value::Fixed64(number)) => self.string(&number.to_string()),
            (Kind::Number, Value::Varint(number)) => self.plain(&(number as i32).to_string()),
            (Kind::Double, Value::Fixed64(bits)) => self.double(f64::from_bits(bits)),
            _ => return Err(Malformed::Type(field.number)),
        }
        Ok(())
    }

    /// A text that is not UTF-8, as the format forbids, is taken with replacement characters: it is somebody's log.
    fn text(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = self.redaction.text(&text);
        // Writing a string to memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.line, &*text);
    }

    fn base64(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        self.redaction.mask(&mut bytes);
        self.string(&STANDARD.encode(bytes));
    }

    fn hex(&mut self, bytes: &[u8]) {
        self.line.push(b'"');
        self.line.extend(hex_digits(bytes));
        self.line.push(b'"');
    }

    fn double(&mut self, number: f64) {
        if number.is_finite() {
            let _ = serde_json::to_writer(&mut *self.line, &number);
        } else {
            let name = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            self.string(name);
        }
    }

    /// A string without anything to escape.
    fn string(&mut self, text: &str) {
        self.line.push(b'"');
        self.line.extend_from_slice(text.as_bytes());
        self.line.push(b'"');
    }

    fn plain(&mut self, text: &str) {
        self.line.extend_from_slice(text.as_bytes());
    }
}

/// The last value of a field that counts once.
fn last<'a>(field: &Field, mut value: Value<'a>, mut rest: Fields<'a>) -> Result<Value<'a>, Malformed> {
    while let Some((number, later)) = rest.next()? {
        if number == field.number {
            value = later;
        }
    }
    Ok(value)
}
