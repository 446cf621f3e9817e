//! Writes lines as an OTLP `ExportLogsServiceRequest`, and reads the answer to it. Events that were normalised here are written
//! by `records`.
//!
//! By hand, since the shape is fixed and small and each line passes here: a record is its body and, where it takes other than
//! its length and a line end in the file, how many bytes it takes. What a block says of its file, and how offsets follow, is
//! told in `docs/agent.md`. Field numbers are those of opentelemetry-proto 1.x (`logs/v1/logs.proto`, `common/v1/common.proto`).

use std::ops::Range;
use std::sync::Arc;

use magpie_model::edge::EdgeEvent;
use magpie_model::origin::{Chunk, Origin};
use memchr::memchr;

use super::records;
use crate::{Hole, Starts};

/// Names of scopes: of lines, of records that were made of lines, of partials that lines were counted to, of a range without
/// events, and of one that is lost.
const LINES: &str = "magpie.lines";
const RECORDS: &str = "magpie.records";
const PARTIALS: &str = "magpie.partials";
const SKIPPED: &str = "magpie.skipped";
const GAP: &str = "magpie.gap";

/// Wire types.
pub(super) const VARINT: u64 = 0;
pub(super) const FIXED64: u64 = 1;
pub(super) const BYTES: u64 = 2;

/// What is said of every line of a source.
#[derive(Clone)]
pub(super) struct Labels {
    /// Name of the source.
    pub(super) source: String,
    /// Further resource attributes.
    pub(super) attributes: Vec<(&'static str, String)>,
    /// What the path of a file adds to them.
    pub(super) of_path: fn(&str) -> Vec<(&'static str, String)>,
    /// What stands for the path of a file that is the agent's own.
    pub(super) path: Option<&'static str>,
    /// Which lines start an event; others join.
    pub(super) starts: Option<Starts>,
}

/// What one request is made of.
pub(super) struct Content<'a> {
    /// Id of the agent.
    pub(super) agent: &'a str,
    /// By index of the source.
    pub(super) labels: &'a [Labels],
    /// In the order of each file.
    pub(super) chunks: &'a [Chunk],
    /// Ranges that are lost, with where they were.
    pub(super) gaps: &'a [(Arc<Origin>, Hole)],
}

impl Content<'_> {
    /// Appends the request to `out`; gives the number of records.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> u64 {
        let mut records = 0;
        let mut order: Vec<&Chunk> = self.chunks.iter().collect();
        order.sort_by_key(|chunk| (chunk.origin.input, chunk.origin.generation));
        for file in order.chunk_by(|one, next| same_file(&one.origin, &next.origin)) {
            let origin = &file[0].origin;
            let gaps = self.gaps.iter().filter(|(of, _)| same_file(of, origin)).map(|(_, hole)| hole);
            records += self.block(origin, file, gaps, out);
        }
        for (origin, hole) in self.gaps {
            if !order.iter().any(|chunk| same_file(&chunk.origin, origin)) {
                self.block(origin, &[], std::iter::once(hole), out);
            }
        }
        records
    }

    /// `ResourceLogs` of one file.
    fn block<'a>(&self, origin: &Origin, chunks: &[&Chunk], gaps: impl Iterator<Item = &'a Hole>, out: &mut Vec<u8>) -> u64 {
        let Some(labels) = self.labels.get(origin.input) else { return 0 };
        let mut records = 0;
        nested(1, out, |out| {
            nested(1, out, |out| {
                for (key, value) in [("magpie.agent", self.agent), ("magpie.source", &labels.source), ("host.name", &*origin.host)] {
                    text_attribute(1, key, value, out);
                }
                text_attribute(1, "log.file.path", labels.path.unwrap_or(&origin.file), out);
                int_attribute(1, "magpie.file.generation", origin.generation.cast_signed(), out);
                int_attribute(1, "magpie.file.modified", origin.modified.0, out);
                for (key, value) in labels.attributes.iter().chain(&(labels.of_path)(&origin.file)) {
                    text_attribute(1, key, value, out);
                }
            });
            for run in chunks.chunk_by(|one, next| one.end == next.offset && scope_of(one) == scope_of(next)) {
                nested(2, out, |out| records += self::run(run, labels, out));
            }
            for hole in gaps {
                nested(2, out, |out| scope(GAP, &[("magpie.offset", hole.from), ("magpie.length", hole.to - hole.from)], out));
            }
        });
        records
    }
}

/// `ScopeLogs` of chunks that follow each other and hold the same; gives the number of records.
fn run(chunks: &[&Chunk], labels: &Labels, out: &mut Vec<u8>) -> u64 {
    let (name, first, last) = (scope_of(chunks[0]), chunks[0], chunks[chunks.len() - 1]);
    if name == SKIPPED {
        scope(name, &[("magpie.offset", first.offset), ("magpie.length", last.end - first.offset)], out);
        return 0;
    }
    scope(name, &[("magpie.offset", first.offset)], out);
    let of_chunk = |chunk: &Chunk, out: &mut Vec<u8>| match name {
        RECORDS | PARTIALS => chunk.events.iter().map(|event| records::event(event, out)).sum(),
        _ => lines(chunk, labels.starts.as_ref(), out),
    };
    chunks.iter().map(|chunk| of_chunk(chunk, out)).sum()
}

fn scope_of(chunk: &Chunk) -> &'static str {
    match chunk {
        Chunk { events, .. } if events.iter().any(EdgeEvent::is_partial) => PARTIALS,
        Chunk { events, .. } if !events.is_empty() => RECORDS,
        Chunk { bytes, .. } if bytes.is_empty() => SKIPPED,
        _ => LINES,
    }
}

fn same_file(one: &Origin, other: &Origin) -> bool {
    (one.input, one.generation) == (other.input, other.generation)
}

/// `InstrumentationScope`.
fn scope(name: &str, numbers: &[(&str, u64)], out: &mut Vec<u8>) {
    nested(1, out, |out| {
        bytes_field(1, name.as_bytes(), out);
        for (key, value) in numbers {
            int_attribute(3, key, value.cast_signed(), out);
        }
    });
}

/// A `LogRecord` for each event of a chunk.
fn lines(chunk: &Chunk, starts: Option<&Starts>, out: &mut Vec<u8>) -> u64 {
    let is_text = std::str::from_utf8(&chunk.bytes).is_ok();
    let mut records = 0;
    for event in Events::of(chunk, starts) {
        let body = &chunk.bytes[event.body];
        record(body, is_text || std::str::from_utf8(body).is_ok(), event.length, out);
        records += 1;
    }
    records
}

fn record(body: &[u8], is_text: bool, length: u64, out: &mut Vec<u8>) {
    let usual = length == body.len() as u64 + 1;
    let any = 1 + varint_length(body.len() as u64) + body.len();
    let attribute = if usual { 0 } else { LENGTH_KEY + varint_length(length) };
    let attribute_field = if usual { 0 } else { 1 + varint_length(attribute as u64) + attribute };
    tag(2, BYTES, out);
    varint((1 + varint_length(any as u64) + any + attribute_field) as u64, out);
    tag(5, BYTES, out);
    varint(any as u64, out);
    bytes_field(if is_text { 1 } else { 7 }, body, out);
    if !usual {
        int_attribute(6, "magpie.length", length.cast_signed(), out);
    }
}

/// Bytes of the `KeyValue` of `magpie.length` but for the number: key with tag and length, value with tag, length and tag.
const LENGTH_KEY: usize = 2 + "magpie.length".len() + 3;

/// Where an event is in a chunk, and how many bytes of the file it takes.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    body: Range<usize>,
    length: u64,
}

/// The events of a chunk: its lines, joined where their starts are known.
struct Events<'a> {
    chunk: &'a Chunk,
    starts: Option<&'a Starts>,
    at: usize,
    cut: usize,
}

impl<'a> Events<'a> {
    fn of(chunk: &'a Chunk, starts: Option<&'a Starts>) -> Self {
        Self { chunk, starts, at: 0, cut: 0 }
    }

    /// End of the line that starts at `from`, line end included.
    fn line_end(&self, from: usize) -> usize {
        memchr(b'\n', &self.chunk.bytes[from..]).map_or(self.chunk.bytes.len(), |newline| from + newline + 1)
    }

    fn starts_event(&self, from: usize) -> bool {
        let Some(starts) = self.starts else { return true };
        let line = &self.chunk.bytes[from..self.line_end(from)];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        starts(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl Iterator for Events<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let bytes = &self.chunk.bytes;
        let from = self.at;
        if from >= bytes.len() {
            return None;
        }
        let mut to = self.line_end(from);
        while self.starts.is_some() && to < bytes.len() && !self.starts_event(to) {
            to = self.line_end(to);
        }
        self.at = to;
        let mut length = (to - from) as u64;
        while let Some(cut) = self.chunk.cuts.get(self.cut).filter(|cut| cut.at < to) {
            length += cut.dropped;
            self.cut += 1;
        }
        let end = if bytes[to - 1] == b'\n' { to - 1 } else { to };
        Some(Event { body: from..end, length })
    }
}

/// The chunk in two at a line near its middle, or at its middle event; `None` if it is one line. What waited on disk is there
/// until the second part is at a server.
pub(super) fn halves(chunk: &Chunk) -> Option<(Chunk, Chunk)> {
    if !chunk.events.is_empty() {
        let first = &chunk.events[..chunk.events.len() / 2];
        let border = chunk.offset + first.iter().map(|event| event.length).sum::<u64>();
        let whole_later = |first: Chunk| Chunk { entries: Vec::new(), ..first };
        return (!first.is_empty()).then(|| (whole_later(chunk.part(chunk.offset..border)), chunk.part(border..chunk.end)));
    }
    let middle = chunk.bytes.len() / 2;
    let after = memchr(b'\n', &chunk.bytes[middle..]).map(|newline| middle + newline + 1).filter(|at| *at < chunk.bytes.len());
    let at = after.or_else(|| memchr::memrchr(b'\n', &chunk.bytes[..middle]).map(|newline| newline + 1))?;
    let (first, second): (Vec<_>, Vec<_>) = chunk.cuts.iter().copied().partition(|cut| cut.at < at);
    let border = chunk.offset + at as u64 + first.iter().map(|cut| cut.dropped).sum::<u64>();
    let second = second.into_iter().map(|cut| magpie_model::origin::Cut { at: cut.at - at, ..cut }).collect();
    let (mut one, mut two) = (chunk.clone(), chunk.clone());
    (one.bytes, one.cuts, one.end) = (chunk.bytes[..at].to_vec(), first, border);
    one.entries.clear();
    (two.bytes, two.cuts, two.offset) = (chunk.bytes[at..].to_vec(), second, border);
    Some((one, two))
}

/// What a server says to a request that it took: records that it will never store, and why.
pub(super) fn rejected(answer: &[u8]) -> Option<(u64, String)> {
    let (_, partial) = fields(answer).find(|(number, _)| *number == 1)?;
    let Value::Bytes(partial) = partial else { return None };
    let (mut count, mut message) = (0, String::new());
    for (number, value) in fields(partial) {
        match (number, value) {
            (1, Value::Number(number)) => count = number,
            (2, Value::Bytes(text)) => message = String::from_utf8_lossy(text).into_owned(),
            _ => {}
        }
    }
    (count > 0).then_some((count, message))
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, up to the first that makes no sense.
pub(super) fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u64, Value<'_>)> {
    std::iter::from_fn(move || {
        let key = read_varint(&mut bytes)?;
        let value = match key & 7 {
            VARINT => Value::Number(read_varint(&mut bytes)?),
            BYTES => {
                let length = usize::try_from(read_varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Value::Bytes(value)
            }
            1 | 5 => {
                let (value, rest) = bytes.split_at_checked(if key & 7 == 1 { 8 } else { 4 })?;
                bytes = rest;
                Value::Bytes(value)
            }
            _ => return None,
        };
        Some((key >> 3, value))
    })
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

// ---- writing ----

pub(super) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_length(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

pub(super) fn tag(field: u64, wire: u64, out: &mut Vec<u8>) {
    varint(field << 3 | wire, out);
}

pub(super) fn bytes_field(field: u64, bytes: &[u8], out: &mut Vec<u8>) {
    tag(field, BYTES, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A message whose length is known only once it is written: the length is put before it then.
pub(super) fn nested(field: u64, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    tag(field, BYTES, out);
    // Room for a length up to 2 MiB; a longer message is moved up by the bytes that are missing.
    let room = 3;
    let at = out.len();
    out.resize(at + room, 0);
    write(out);
    let length = (out.len() - at - room) as u64;
    let needed = varint_length(length);
    if needed > room {
        out.splice(at..at, std::iter::repeat_n(0, needed - room));
    }
    // A number may be written longer than it is: the bytes before the last say that more follows.
    for (nth, byte) in out[at..at + needed.max(room)].iter_mut().enumerate() {
        *byte = (length >> (7 * nth) & 0x7F) as u8 | if nth + 1 < needed.max(room) { 0x80 } else { 0 };
    }
}

pub(super) fn text_attribute(field: u64, key: &str, value: &str, out: &mut Vec<u8>) {
    nested(field, out, |out| {
        bytes_field(1, key.as_bytes(), out);
        nested(2, out, |out| bytes_field(1, value.as_bytes(), out));
    });
}

pub(super) fn int_attribute(field: u64, key: &str, value: i64, out: &mut Vec<u8>) {
    let number = varint_length(value.cast_unsigned());
    tag(field, BYTES, out);
    varint((2 + key.len() + 2 + 1 + number) as u64, out);
    bytes_field(1, key.as_bytes(), out);
    tag(2, BYTES, out);
    varint(1 + number as u64, out);
    tag(3, VARINT, out);
    varint(value.cast_unsigned(), out);
}

#[cfg(test)]
#[path = "otlp_tests.rs"]
mod tests;
