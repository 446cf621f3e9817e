//! Events that were normalised where they were written: what an agent sends in place of lines that are still to be read.
//!
//! An event knows how many bytes of its file it stands for, so that it is known by its place as lines are: what comes again is
//! left out. Numbers are decimal texts, since only the server knows in which scale its fields are kept.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::record::{Record, mark};
use crate::{Column, Kind};

/// Why the rest of an event whose beginning was taken before is not understood.
pub const REST: &str = "goes on an event that was sent before";
/// Bytes of memory that a record takes besides its texts, about.
const FIXED: usize = 400;

/// One event, and what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeEvent {
    /// Bytes of the file up to the next event: its lines, and what is no event behind them.
    pub length: u64,
    /// What it tells of: mostly one, of some formats several. None when only its rest is left, and that is blank.
    pub records: Vec<EdgeRecord>,
}

/// A record without what only the server can say of it: id, place, input, file, and numbers in the scale of its fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeRecord {
    /// Everything but measured fields.
    #[serde(flatten)]
    pub record: Record,
    /// Name and decimal number of each measured field that has a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<(String, String)>,
}

impl EdgeEvent {
    /// The part of it that lies in a range of its own bytes. What else there was is a record already, so the rest is one that
    /// could not be understood, as the end of an event is when it comes late.
    pub(crate) fn part(&self, range: Range<u64>) -> Self {
        let length = range.end - range.start;
        if length == self.length {
            return self.clone();
        }
        let rest = self.records.first().and_then(|first| first.rest(self.length, range));
        Self { length, records: rest.into_iter().collect() }
    }

    /// Whether it is kept as a plain record that was not understood.
    pub fn is_unparsed(&self) -> bool {
        matches!(self.records.as_slice(), [only] if only.record.text(Column::ParseError).is_some())
    }

    /// Whether it is what many lines add up to: it cannot be cut.
    pub fn is_partial(&self) -> bool {
        self.records.iter().any(|edge| edge.record.marks & mark::FROM_AGENT != 0)
    }

    /// Bytes of memory that it takes, about.
    pub fn memory(&self) -> usize {
        self.records.iter().map(EdgeRecord::memory).sum::<usize>() + size_of::<Self>()
    }
}

impl EdgeRecord {
    /// A part of the event's text as a record of its own; `None` if it is blank.
    fn rest(&self, length: u64, range: Range<u64>) -> Option<Self> {
        let record = &self.record;
        let text = record.message.as_bytes();
        let is_whole = (text.len() as u64..=text.len() as u64 + 2).contains(&length);
        let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
        let text = if is_whole { &text[within(range.start)..within(range.end)] } else { b"" };
        let message = String::from_utf8_lossy(text).trim_end().to_owned();
        if is_whole && message.is_empty() {
            return None;
        }
        let mut rest = Record { time: record.time, kind: Kind::Log, side: record.side, marks: mark::NO_TIME, message, ..Record::default() };
        rest.set(Column::ParseError, REST);
        rest.set(Column::Host, record.text(Column::Host).unwrap_or_default());
        Some(Self { record: rest, measures: Vec::new() })
    }

    /// Bytes of memory that it takes, about.
    fn memory(&self) -> usize {
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(key, value)| key.len() + value.len() + 48).sum::<usize>();
        let words = self.record.columns.values().map(|word| word.len() + 40).sum::<usize>();
        FIXED + self.record.message.len() + words + pairs(&self.record.attributes) + pairs(&self.measures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn event(message: &str, length: u64) -> EdgeEvent {
        let mut record = Record { time: Timestamp(5), kind: Kind::Call, message: message.into(), ..Record::default() };
        record.set(Column::Service, "/cart");
        record.set(Column::Host, "web-1");
        EdgeEvent { length, records: vec![EdgeRecord { record, measures: vec![("elapsed_ms".into(), "1.5".into())] }] }
    }

    #[test]
    fn the_rest_of_an_event_is_a_record_that_was_not_understood() {
        let whole = event("GET /cart\n at x", 16);
        assert_eq!(whole.part(0..16), whole);
        let rest = &whole.part(10..16).records[0].record;
        assert_eq!((rest.message.as_str(), rest.kind, rest.time), (" at x", Kind::Log, Timestamp(5)));
        assert_eq!((rest.text(Column::ParseError), rest.text(Column::Service), rest.text(Column::Host)), (Some(REST), None, Some("web-1")));
    }

    #[test]
    fn a_blank_rest_is_nothing_and_one_whose_text_was_not_kept_is_a_record() {
        assert_eq!(event("GET /cart", 10).part(9..10), EdgeEvent { length: 1, records: vec![] });
        let rest = event("", 10).part(4..10);
        assert_eq!((rest.length, rest.records[0].record.message.as_str()), (6, ""));
    }

    #[test]
    fn an_event_is_the_same_after_the_log() {
        let event = event("GET /cart", 10);
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<EdgeEvent>(&text).unwrap(), event);
    }
}
