//! Chunks in the write-ahead log: how they stand there, which of them the store contains, and what a crash left behind.
//!
//! Whatever cannot be read again is logged before it goes on, and removed from the log once segments contain it. Entries are
//! worked on by several operators, so they are contained in any order; only up to the first that is not may the log be
//! forgotten. Half of an entry may have been sealed: what is passed on again after a restart is what no segment covers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magpie_model::origin::{Chunk, Cut, Origin, Sender, Stream};
use magpie_model::ranges::Ranges;
use magpie_model::{Code, Column, Notice, Timestamp};
use magpie_store::{LogEntry, LogPosition, TelemetryStore};
use serde::{Deserialize, Serialize};

use super::now;
use super::progress::Progress;
use super::receive::AGENTS;
use super::stdin::STDIN;

/// Begins every entry of the present form: no generation of the one before, which began with eight bytes of it.
const MARK: [u8; 8] = [0xff; 8];
/// Bytes of the generation, offset, end and time that an entry of the form before began with.
const OLD_HEAD: usize = 32;

/// What stands before the bytes of a chunk, or before the events of an agent in JSON: length in four bytes, then JSON.
#[derive(Serialize, Deserialize)]
struct Head {
    host: String,
    file: String,
    generation: u64,
    modified: i64,
    offset: u64,
    end: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cuts: Vec<(usize, u64)>,
    /// Whether events follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_events: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<Column, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<(String, String)>,
}

/// The chunk as an entry of the log.
pub(super) fn entry_of(chunk: &Chunk, input: &str) -> LogEntry {
    let origin = &chunk.origin;
    let sender = origin.sender.as_deref().cloned().unwrap_or_default();
    let head = Head {
        host: origin.host.to_string(),
        file: origin.file.to_string(),
        generation: origin.generation,
        modified: origin.modified.0,
        offset: chunk.offset,
        end: chunk.end,
        cuts: chunk.cuts.iter().map(|cut| (cut.at, cut.dropped)).collect(),
        has_events: !chunk.events.is_empty(),
        agent: sender.agent,
        module: sender.module,
        columns: sender.columns,
        attributes: sender.attributes,
    };
    // A structure of texts and numbers can always be written.
    let head = serde_json::to_vec(&head).unwrap_or_default();
    let mut body = Vec::with_capacity(MARK.len() + 4 + head.len() + chunk.bytes.len());
    body.extend_from_slice(&MARK);
    body.extend_from_slice(&(head.len() as u32).to_le_bytes());
    body.extend_from_slice(&head);
    body.extend_from_slice(&chunk.bytes);
    if !chunk.events.is_empty() {
        // Writing texts and numbers to memory cannot fail.
        let _ = serde_json::to_writer(&mut body, &chunk.events);
    }
    LogEntry { input: input.to_owned(), body }
}

/// The chunk of an entry; `None` when it is no chunk. Of a source that is there no more, it belongs to the one for everything.
pub(super) fn chunk_of(position: LogPosition, entry: &LogEntry, names: &[String]) -> Option<Chunk> {
    let named = |wanted: &str| names.iter().position(|name| name == wanted);
    let input = named(&entry.input).or_else(|| named(AGENTS))?;
    let Some(rest) = entry.body.strip_prefix(&MARK) else { return old_chunk(position, input, &entry.body) };
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (head, bytes) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let sender = Sender { agent: head.agent, module: head.module, columns: head.columns, attributes: head.attributes };
    let origin = Origin {
        input,
        host: head.host.into(),
        file: head.file.into(),
        generation: head.generation,
        modified: Timestamp(head.modified),
        sender: Some(Arc::new(sender)),
        head: Arc::default(),
    };
    let cuts = head.cuts.into_iter().map(|(at, dropped)| Cut { at, dropped }).collect();
    let (offset, end) = (head.offset, head.end);
    let (bytes, events) = if head.has_events { (&b""[..], serde_json::from_slice(bytes).ok()?) } else { (bytes, Vec::new()) };
    Some(Chunk { origin: Arc::new(origin), offset, bytes: bytes.to_vec(), cuts, first_line: 0, end, events, entries: vec![position.0] })
}

/// An entry as it was before others could push: standard input. Generation, offset, end, time of the stream (each 8 bytes,
/// little-endian), length of the host's name (2 bytes), the name, the bytes.
fn old_chunk(position: LogPosition, input: usize, body: &[u8]) -> Option<Chunk> {
    let (numbers, rest) = body.split_at_checked(OLD_HEAD)?;
    let number = |at: usize| numbers[at * 8..at * 8 + 8].try_into().map(u64::from_le_bytes).unwrap_or_default();
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (host, bytes) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let origin = Origin {
        input,
        host: String::from_utf8_lossy(host).into(),
        file: STDIN.into(),
        generation: number(0),
        modified: Timestamp(number(3) as i64),
        sender: Some(Arc::default()),
        head: Arc::default(),
    };
    let (offset, end) = (number(1), number(2));
    Some(Chunk {
        origin: Arc::new(origin),
        offset,
        bytes: bytes.to_vec(),
        cuts: Vec::new(),
        first_line: 0,
        end,
        events: Vec::new(),
        entries: vec![position.0],
    })
}

/// Which entries of the log are not in the store yet.
#[derive(Debug, Default)]
pub(super) struct Outstanding(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    waiting: BTreeSet<u64>,
    /// The highest number that was given.
    highest: u64,
    /// Calls that are writing to the log, with the highest number when they began: theirs are higher.
    writing: BTreeMap<u64, u64>,
    calls: u64,
}

impl Outstanding {
    /// Logs chunks and gives them the numbers of their entries. Returns when they are on disk.
    pub(super) fn log(&self, store: &dyn TelemetryStore, chunks: &mut [Chunk], names: &[String]) -> magpie_store::Result<()> {
        let name = |chunk: &Chunk| names.get(chunk.origin.input).map_or("", String::as_str).to_owned();
        let entries: Vec<LogEntry> = chunks.iter().map(|chunk| entry_of(chunk, &name(chunk))).collect();
        let call = {
            let mut state = self.lock();
            state.calls += 1;
            let (call, highest) = (state.calls, state.highest);
            state.writing.insert(call, highest);
            call
        };
        let logged = store.log(&entries);
        let mut state = self.lock();
        state.writing.remove(&call);
        let last = logged?.0;
        state.highest = state.highest.max(last);
        for (chunk, number) in chunks.iter_mut().zip(last + 1 - entries.len() as u64..) {
            state.waiting.insert(number);
            chunk.entries = vec![number];
        }
        Ok(())
    }

    /// Notes what a crash left in the log. To be called before anything new is logged.
    fn left_behind(&self, numbers: impl Iterator<Item = u64>) {
        let mut state = self.lock();
        state.waiting.extend(numbers);
        state.highest = state.highest.max(state.waiting.last().copied().unwrap_or_default());
    }

    /// Notes that entries are in the store; gives the number up to which all are.
    pub(super) fn contained(&self, entries: &[u64]) -> LogPosition {
        let mut state = self.lock();
        entries.iter().for_each(|number| _ = state.waiting.remove(number));
        let before_first = state.waiting.first().map_or(u64::MAX, |first| first - 1);
        let before_writing = state.writing.values().min().copied().unwrap_or(u64::MAX);
        LogPosition(state.highest.min(before_first).min(before_writing))
    }

    /// Whether the store contains everything that was logged.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.waiting.is_empty() && state.writing.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a crash left in the log and not in segments.
#[derive(Debug, Default)]
pub(super) struct Left {
    chunks: Vec<Chunk>,
    /// What of each pushed stream is in the log or in segments: it was acknowledged.
    pub(super) accepted: HashMap<Stream, Ranges>,
}

impl Left {
    /// Reads the log.
    pub(super) fn read(
        store: &dyn TelemetryStore,
        names: &[String],
        outstanding: &Outstanding,
        progress: &Progress,
    ) -> magpie_store::Result<Self> {
        let mut left =
            Self { chunks: Vec::new(), accepted: store.covered().into_iter().map(|covered| (covered.stream, covered.ranges)).collect() };
        let covered = left.accepted.clone();
        let mut numbers = Vec::new();
        store.unsealed_log(&mut |position, entry| {
            numbers.push(position.0);
            match chunk_of(position, &entry, names) {
                Some(chunk) => left.add(chunk, &entry.input, &covered),
                None => progress.error(unread(&entry.input), now()),
            }
        })?;
        outstanding.left_behind(numbers.into_iter());
        Ok(left)
    }

    fn add(&mut self, chunk: Chunk, input: &str, covered: &HashMap<Stream, Ranges>) {
        let Some(stream) = chunk.stream(input) else { return };
        let range = chunk.offset..chunk.end;
        let missing = covered.get(&stream).map_or_else(|| vec![range.clone()], |covered| covered.missing(range.clone()));
        self.accepted.entry(stream).or_default().insert(range);
        let last = missing.len().saturating_sub(1);
        for (at, range) in missing.iter().enumerate() {
            let mut part = chunk.part(range.clone());
            if at < last {
                // The entry is contained when its last part is; all parts go the same way, in order.
                part.entries.clear();
            }
            self.chunks.push(part);
        }
        if missing.is_empty() {
            // All of it is there; an empty part still tells that.
            let end = chunk.end;
            self.chunks.push(Chunk { offset: end, ..chunk.without_content() });
        }
    }

    /// Passes it on; ends early when nobody takes it any more.
    pub(super) fn pass_on(self, chunks: &SyncSender<Chunk>) {
        for chunk in self.chunks {
            if chunks.send(chunk).is_err() {
                return;
            }
        }
    }
}

/// An entry of the log that nobody understands.
fn unread(input: &str) -> Notice {
    let message = format!("the log has an entry of `{input}` that cannot be read; it stays there");
    Notice::new(message, Code::LogEntryUnread.with(&[("input", &input)]))
}

#[cfg(test)]
mod tests {
    use magpie_model::edge::{EdgeEvent, EdgeRecord};
    use magpie_model::record::Record;

    use super::*;

    fn names() -> Vec<String> {
        vec!["other".into(), "push".into()]
    }

    fn chunk() -> Chunk {
        let sender = Sender {
            agent: "a1".into(),
            module: Some("cart".into()),
            columns: BTreeMap::from([(Column::Version, "7".to_owned())]),
            attributes: vec![("k8s.pod.name".into(), "cart-7".into())],
        };
        let origin = Origin {
            input: 1,
            host: "web-1".into(),
            file: "/var/log/a.log".into(),
            generation: u64::MAX,
            modified: Timestamp(-5),
            sender: Some(Arc::new(sender)),
            head: Arc::default(),
        };
        let cuts = vec![Cut { at: 2, dropped: 9 }];
        Chunk {
            origin: Arc::new(origin),
            offset: 10,
            bytes: b"a\nb\n".to_vec(),
            cuts,
            first_line: 0,
            end: 23,
            events: Vec::new(),
            entries: vec![4],
        }
    }

    #[test]
    fn a_logged_chunk_comes_back_as_it_was() {
        let chunk = chunk();
        let entry = entry_of(&chunk, "push");
        let back = chunk_of(LogPosition(4), &entry, &names()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{chunk:?}"));
        assert!(chunk_of(LogPosition(4), &entry, &[]).is_none());
        for length in 0..entry.body.len() - chunk.bytes.len() {
            let cut = LogEntry { body: entry.body[..length].to_vec(), ..entry.clone() };
            assert!(chunk_of(LogPosition(4), &cut, &names()).is_none(), "cut at {length}");
        }
    }

    #[test]
    fn logged_events_come_back_as_they_were() {
        let mut record = Record { time: Timestamp(1_700_000_000_123_456_789), message: "a\n b".into(), ..Record::default() };
        record.set(Column::Service, "/cart");
        let edge = EdgeRecord { record, measures: vec![("elapsed_ms".into(), "0.1".into())] };
        let events = vec![EdgeEvent { length: 13, records: vec![edge] }];
        let chunk = Chunk { events, bytes: Vec::new(), cuts: Vec::new(), ..chunk() };
        let back = chunk_of(LogPosition(4), &entry_of(&chunk, "push"), &names()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{chunk:?}"));
    }

    #[test]
    fn an_entry_of_the_form_before_still_comes_back() {
        let mut body = Vec::new();
        for number in [7u64, 10, 14, -5i64 as u64] {
            body.extend(number.to_le_bytes());
        }
        body.extend(b"\x05\0web-1a\nb\n");
        let back = chunk_of(LogPosition(4), &LogEntry { input: "push".into(), body }, &names()).unwrap();
        assert_eq!((&*back.origin.file, &*back.origin.host, back.origin.generation), (STDIN, "web-1", 7));
        assert_eq!((back.offset, back.bytes.as_slice(), back.end, back.entries), (10, &b"a\nb\n"[..], 14, vec![4]));
    }

    #[test]
    fn the_log_is_contained_up_to_the_first_entry_that_is_not() {
        let outstanding = Outstanding::default();
        outstanding.left_behind(3..=6);
        for (entries, expected) in [(vec![5], 2), (vec![3], 3), (vec![6], 3), (vec![4], 6), (vec![], 6)] {
            assert_eq!(outstanding.contained(&entries), LogPosition(expected), "{entries:?}");
        }
        assert!(outstanding.is_empty());
    }

    #[test]
    fn what_is_being_written_holds_the_log_back() {
        let outstanding = Outstanding::default();
        outstanding.left_behind(1..=2);
        // A call began when 2 was the highest number; another has come back with 4 meanwhile.
        let begun = outstanding.lock().highest;
        outstanding.lock().writing.insert(1, begun);
        outstanding.left_behind(4..=4);
        assert_eq!(outstanding.contained(&[1, 2, 4]), LogPosition(2), "3 may be on its way");
        outstanding.lock().writing.clear();
        assert_eq!(outstanding.contained(&[]), LogPosition(4));
    }

    #[test]
    fn of_an_entry_that_was_half_sealed_the_rest_is_passed_on() {
        let chunk = chunk();
        let stream = chunk.stream("push").unwrap();
        for (covered, parts) in [
            (vec![], vec![("a\nb\n", vec![4])]),
            (vec![(10, 12)], vec![("b\n", vec![4])]),
            (vec![(12, 23)], vec![("a\n", vec![4])]),
            (vec![(0, 100)], vec![("", vec![4])]),
            (vec![(11, 12)], vec![("a", vec![]), ("b\n", vec![4])]),
        ] {
            let mut left = Left::default();
            left.add(chunk.clone(), "push", &HashMap::from([(stream.clone(), Ranges::from(covered))]));
            let found: Vec<(String, Vec<u64>)> =
                left.chunks.into_iter().map(|chunk| (String::from_utf8(chunk.bytes).unwrap(), chunk.entries)).collect();
            let expected: Vec<(String, Vec<u64>)> = parts.into_iter().map(|(text, entries)| (text.to_owned(), entries)).collect();
            assert_eq!(found, expected);
        }
    }
}
