//! On which line a call was told of, for calls that are made of spans.
//!
//! A call comes out of the pairing long after its line was read, so the lines of spans are remembered by the spans'
//! identity: as many as the pairing itself remembers, the oldest forgotten first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use magpie_model::Record;
use magpie_model::origin::{Chunk, Cut};
use magpie_pipeline::normalise::spans::{Ceilings, SpanKey};

/// Lines of the spans read last.
#[derive(Debug, Default)]
pub(super) struct SpanPlaces {
    lines: HashMap<SpanKey, u64>,
    order: VecDeque<SpanKey>,
}

impl SpanPlaces {
    /// Remembers on which line a span stood first.
    pub(super) fn note(&mut self, key: SpanKey, line: u64) {
        if self.lines.contains_key(&key) {
            return;
        }
        self.lines.insert(key, line);
        self.order.push_back(key);
        if self.order.len() > Ceilings::default().recent
            && let Some(oldest) = self.order.pop_front()
        {
            self.lines.remove(&oldest);
        }
    }

    /// The line of the span that a call was made of: the callee's, or that of the caller's half alone.
    pub(super) fn line_of(&self, call: &Record) -> Option<u64> {
        let trace = u128::from_str_radix(&call.trace_id, 16).ok()?.to_be_bytes();
        let span = u64::from_str_radix(&call.span_id, 16).ok()?.to_be_bytes();
        self.lines.get(&SpanKey { trace, span }).copied()
    }
}

/// Each line of a chunk as a chunk of its own.
pub(super) fn lines_of(chunk: &Chunk) -> Vec<Chunk> {
    let mut lines = Vec::new();
    let (mut start, mut offset) = (0, chunk.offset);
    let mut cuts = chunk.cuts.iter().peekable();
    for (number, line) in chunk.bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let end = start + line.len();
        let mut own = Vec::new();
        while let Some(cut) = cuts.next_if(|cut| cut.at < end) {
            own.push(Cut { at: cut.at - start, dropped: cut.dropped });
        }
        let dropped: u64 = own.iter().map(|cut| cut.dropped).sum();
        let next = offset + line.len() as u64 + dropped;
        let first_line = if chunk.first_line == 0 { 0 } else { chunk.first_line + number as u64 };
        lines.push(Chunk {
            origin: Arc::clone(&chunk.origin),
            offset,
            bytes: line.to_vec(),
            cuts: own,
            first_line,
            end: next,
            events: Vec::new(),
            entries: Vec::new(),
        });
        (start, offset) = (end, next);
    }
    lines
}

#[cfg(test)]
mod tests {
    use magpie_model::Timestamp;
    use magpie_model::origin::Origin;

    use super::*;

    #[test]
    fn lines_keep_their_numbers_offsets_and_cuts() {
        let origin = Arc::new(Origin::new(0, "h".into(), "f".into(), 1, Timestamp::EPOCH));
        let chunk = Chunk {
            origin,
            offset: 100,
            bytes: b"ab\ncd\n\nef".to_vec(),
            cuts: vec![Cut { at: 3, dropped: 10 }],
            first_line: 7,
            end: 119,
            events: Vec::new(),
            entries: vec![],
        };
        let lines: Vec<_> = lines_of(&chunk)
            .into_iter()
            .map(|line| (String::from_utf8(line.bytes).unwrap(), line.first_line, line.offset, line.end, line.cuts.len()))
            .collect();
        let expected = [("ab\n", 7, 100, 103, 0), ("cd\n", 8, 103, 116, 1), ("\n", 9, 116, 117, 0), ("ef", 10, 117, 119, 0)];
        assert_eq!(lines, expected.map(|(text, line, offset, end, cuts)| (text.to_owned(), line, offset, end, cuts)));
    }

    #[test]
    fn a_call_is_found_by_its_span_and_a_copy_does_not_move_it() {
        let mut places = SpanPlaces::default();
        let key = SpanKey { trace: 0xab_u128.to_be_bytes(), span: 0xcd_u64.to_be_bytes() };
        places.note(key, 3);
        places.note(key, 9);
        let call = |trace: &str, span: &str| Record { trace_id: trace.to_owned(), span_id: span.to_owned(), ..Record::default() };
        assert_eq!(places.line_of(&call("000000000000000000000000000000ab", "00000000000000cd")), Some(3));
        assert_eq!(places.line_of(&call("", "00000000000000cd")), None);
    }
}
