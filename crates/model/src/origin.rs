//! Where bytes come from: what `collect` hands to `pipeline`, and how far it has been stored.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::edge::EdgeEvent;
use crate::ranges::Ranges;
use crate::{Column, Timestamp};

/// One incarnation of an input: a file between two rotations, or a stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Index of the configured source in `Config::sources`.
    pub input: usize,
    /// Host that wrote the lines.
    pub host: Arc<str>,
    /// Path of the file; `-` for standard input.
    pub file: Arc<str>,
    /// Tells this file from another one that had, or will have, the same path.
    pub generation: u64,
    /// When the file was last written (or the stream opened): completes times that lack a year or a date.
    pub modified: Timestamp,
    /// Who sent the lines over the network; `None` for what this process reads itself.
    pub sender: Option<Arc<Sender>>,
    /// The first lines of the file, where reading may begin behind them: a header line says what all others are. Empty when they are
    /// not known.
    pub head: Arc<str>,
}

impl Origin {
    /// Of what this process reads itself.
    pub fn new(input: usize, host: Arc<str>, file: Arc<str>, generation: u64, modified: Timestamp) -> Self {
        Self { input, host, file, generation, modified, sender: None, head: Arc::default() }
    }
}

/// What a sender says of itself and of the file that it sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sender {
    /// Id of the agent; empty for what does not know what it has sent before.
    pub agent: String,
    /// The module that wrote the lines, where the configuration does not name one.
    pub module: Option<String>,
    /// `application`, `version` and `region`, where lines do not name them.
    pub columns: BTreeMap<Column, String>,
    /// What it says of the container that wrote the lines, by OpenTelemetry's names: attributes of each record.
    pub attributes: Vec<(String, String)>,
}

impl Sender {
    /// Takes an attribute of an OpenTelemetry resource in, by its conventional name; what is none of a sender's is passed over. A
    /// container whose service nobody names is a module by its own name.
    pub fn describe(&mut self, key: &str, value: String) {
        let column = match key {
            "service.name" => return self.module = Some(value).filter(|module| !module.is_empty()),
            "service.namespace" => Column::Application,
            "service.version" => Column::Version,
            "cloud.region" => Column::Region,
            _ => {
                if matches!(key, "k8s.container.name" | "container.name") {
                    self.module.get_or_insert_with(|| value.clone());
                }
                if key.starts_with("k8s.") || key.starts_with("container.") {
                    self.attributes.push((key.to_owned(), value));
                }
                return;
            }
        };
        self.columns.insert(column, value);
    }
}

/// Whole lines of one origin, in order; or, of lines that were normalised where they were written, the events they became.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Where the bytes come from.
    pub origin: Arc<Origin>,
    /// Offset of the first byte in the (decompressed) file.
    pub offset: u64,
    /// Lines with their line ends; the last one may lack it at the end of a file.
    pub bytes: Vec<u8>,
    /// Lines that were longer than the limit, as (start in `bytes`, bytes left out), ascending.
    pub cuts: Vec<Cut>,
    /// Number of the first line, from 1; 0 when nobody counts.
    pub first_line: u64,
    /// Offset in the (decompressed) file just after this chunk, left-out bytes included.
    pub end: u64,
    /// What an agent has made of the lines, which are not in `bytes` then. Their lengths fill the range.
    pub events: Vec<EdgeEvent>,
    /// Numbers of the entries of the write-ahead log whose last byte is in here; empty for what can be read again.
    pub entries: Vec<u64>,
}

impl Chunk {
    /// The part of it that lies in a range of the file. Lines may be cut; of bytes that were left out, their number stays.
    pub fn part(&self, range: Range<u64>) -> Self {
        let (from, to) = (range.start.max(self.offset), range.end.min(self.end));
        if (from, to) == (self.offset, self.end) {
            return self.clone();
        }
        let mut part = Self { first_line: 0, offset: from, end: to.max(from), ..self.without_content() };
        part.add_events(&self.events, self.offset);
        let (mut at, mut offset, mut cuts) = (0, self.offset, self.cuts.iter().peekable());
        for line in self.bytes.split_inclusive(|&byte| byte == b'\n') {
            let dropped = cuts.next_if(|cut| cut.at == at).map_or(0, |cut| cut.dropped);
            part.add(line, dropped, offset, from..to);
            at += line.len();
            offset += line.len() as u64 + dropped;
        }
        part
    }

    /// Where it is, and nothing of what is there.
    pub fn without_content(&self) -> Self {
        let (origin, entries) = (Arc::clone(&self.origin), self.entries.clone());
        let Self { offset, end, first_line, .. } = *self;
        Self { origin, offset, bytes: Vec::new(), cuts: Vec::new(), first_line, end, events: Vec::new(), entries }
    }

    /// Whether there is nothing in it to be made a record of.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.events.is_empty()
    }

    /// Bytes of memory that its content takes, about.
    pub fn memory(&self) -> usize {
        self.bytes.len() + self.events.iter().map(EdgeEvent::memory).sum::<usize>()
    }

    /// Appends what lies in its range of events of which the first begins at `offset`.
    fn add_events(&mut self, events: &[EdgeEvent], mut offset: u64) {
        for event in events {
            let (from, to) = (self.offset.max(offset), self.end.min(offset + event.length));
            if from < to {
                self.events.push(event.part(from - offset..to - offset));
            }
            offset += event.length;
        }
    }

    /// Appends what lies in `range` of a line that begins at `offset`; what was left out of it stood before its line end.
    fn add(&mut self, line: &[u8], dropped: u64, offset: u64, range: Range<u64>) {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let (start, kept_to) = (self.bytes.len(), offset + text.len() as u64);
        let within = |at: u64| at.clamp(offset, kept_to) - offset;
        self.bytes.extend_from_slice(&text[within(range.start) as usize..within(range.end) as usize]);
        let lost = (kept_to + dropped).min(range.end).saturating_sub(kept_to.max(range.start));
        if lost > 0 {
            self.cuts.push(Cut { at: start, dropped: lost });
        }
        let end = kept_to + dropped;
        if line.len() > text.len() && range.contains(&end) {
            self.bytes.push(b'\n');
        }
    }

    /// The pushed stream that it is a part of; `None` for what this process reads itself.
    pub fn stream(&self, input: &str) -> Option<Stream> {
        let sender = self.origin.sender.as_ref()?;
        Some(Stream { input: input.to_owned(), agent: sender.agent.clone(), generation: self.origin.generation })
    }
}

/// A line that was longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the line starts in the chunk's bytes.
    pub at: usize,
    /// Bytes of the line that were left out.
    pub dropped: u64,
}

/// How far a file has been read into the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Name of the configured source.
    pub input: String,
    /// Path when last seen.
    pub file: String,
    /// Generation of the file.
    pub generation: u64,
    /// Bytes of its (decompressed) content that are in the store.
    pub offset: u64,
}

/// What of a pushed stream is in the store: it may come again, in pieces cut anew, and must not count twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Which stream.
    #[serde(flatten)]
    pub stream: Stream,
    /// The bytes of it.
    pub ranges: Ranges,
    /// When it last grew.
    pub touched: Timestamp,
}

/// A pushed stream: one incarnation of a file of an agent, or what one receiver took since it was started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stream {
    /// Name of the configured source.
    pub input: String,
    /// Id of the agent; empty for a receiver's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// Generation of the file.
    pub generation: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(bytes: &[u8], cuts: &[(usize, u64)]) -> Chunk {
        let origin = Origin::new(0, "h".into(), "f".into(), 1, Timestamp::EPOCH);
        let cuts: Vec<Cut> = cuts.iter().map(|&(at, dropped)| Cut { at, dropped }).collect();
        let end = 100 + bytes.len() as u64 + cuts.iter().map(|cut| cut.dropped).sum::<u64>();
        Chunk {
            origin: Arc::new(origin),
            offset: 100,
            bytes: bytes.to_vec(),
            cuts,
            first_line: 0,
            end,
            events: Vec::new(),
            entries: vec![7],
        }
    }

    #[test]
    fn a_part_has_the_events_of_its_range() {
        let event = |length| EdgeEvent { length, records: Vec::new() };
        let whole = Chunk { events: vec![event(3), event(10), event(1)], end: 114, ..chunk(b"", &[]) };
        for (range, lengths) in
            [(0..1_000, vec![3, 10, 1]), (103..114, vec![10, 1]), (105..113, vec![8]), (102..104, vec![1, 1]), (90..100, vec![])]
        {
            let part = whole.part(range.clone());
            let found: Vec<u64> = part.events.iter().map(|event| event.length).collect();
            assert_eq!((found.iter().sum::<u64>(), found), (part.end - part.offset, lengths), "{range:?}");
        }
    }

    #[test]
    fn a_part_has_the_bytes_of_its_range() {
        // Two bytes kept of a line of seven.
        let cut: &[(usize, u64)] = &[(3, 5)];
        for (bytes, cuts, range, part, part_cuts) in [
            (&b"ab\ncd\n"[..], &[][..], 0..1_000, &b"ab\ncd\n"[..], vec![]),
            (b"ab\ncd\n", &[], 103..106, b"cd\n", vec![]),
            (b"ab\ncd\n", &[], 101..104, b"b\nc", vec![]),
            (b"ab\ncd", &[], 104..105, b"d", vec![]),
            (b"ab\ncd\n", &[], 90..100, b"", vec![]),
            (b"ab\ncd\nef\n", cut, 103..111, b"cd\n", vec![(0, 5)]),
            (b"ab\ncd\nef\n", cut, 107..112, b"\ne", vec![(0, 3)]),
            (b"ab\ncd\nef\n", cut, 101..107, b"b\ncd", vec![(2, 2)]),
            (b"ab\ncd\nef\n", cut, 111..114, b"ef\n", vec![]),
        ] {
            let found = chunk(bytes, cuts).part(range.clone());
            let found_cuts: Vec<(usize, u64)> = found.cuts.iter().map(|cut| (cut.at, cut.dropped)).collect();
            assert_eq!((found.bytes.as_slice(), found_cuts), (part, part_cuts), "{range:?}");
            let length = found.bytes.len() as u64 + found.cuts.iter().map(|cut| cut.dropped).sum::<u64>();
            assert_eq!(found.end - found.offset, length, "{range:?}");
        }
    }
}
