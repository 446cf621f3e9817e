//! The sequential front of normalising: decides the format of each input and cuts chunks between events.
//!
//! What comes out can be given to any operator in any order, because a piece of work holds whole events and carries its
//! format. So results do not depend on the number of operators; the price is that the last event of an input waits for
//! more input, or for [`Intake::flush`], which the caller does when the input has been silent for a moment or ended.

use std::sync::Arc;

use hashbrown::HashMap;
use magpie_model::Timestamp;
use magpie_model::origin::{Chunk, Cut, Origin};

use super::bind::Bound;
use super::plan::Plan;

/// Lines that detection looks at, at most.
const SAMPLE_LINES: usize = 200;
/// Bytes that detection looks at, at most.
const SAMPLE_BYTES: usize = 64 << 10;
/// How far into a chunk the end of the held event is looked for: events go on for lines, not for chunks. A smaller chunk
/// is read together with the held event, because its last line may need the next one to be understood.
const LOOK: usize = 64 << 10;
/// Inputs remembered at once; of more, the one that was silent longest is forgotten and detected anew.
const MOST_INPUTS: usize = 100_000;

/// Whole events of one input, with the format they are in.
#[derive(Clone, Debug)]
pub struct Work {
    /// The bytes.
    pub chunk: Chunk,
    /// How to read them.
    pub format: Arc<Bound>,
}

/// What is known of each input that is being read.
#[derive(Debug)]
pub struct Intake {
    plan: Arc<Plan>,
    inputs: HashMap<Origin, Known>,
    turn: u64,
}

#[derive(Debug)]
struct Known {
    format: Arc<Bound>,
    /// First lines seen so far, while they are too few to be sure.
    sample: Option<String>,
    /// The last event, whose end is not known yet.
    held: Option<Chunk>,
    turn: u64,
}

impl Intake {
    /// An intake of inputs that are read by `plan`.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self { plan, inputs: HashMap::new(), turn: 0 }
    }

    /// Takes the next lines of an input; hands out what is whole.
    pub fn take(&mut self, mut chunk: Chunk) -> Vec<Work> {
        let mut works = Vec::new();
        if chunk.bytes.is_empty() {
            return works;
        }
        self.turn += 1;
        let key = identity(&chunk.origin);
        if self.inputs.len() >= MOST_INPUTS && !self.inputs.contains_key(&key) {
            works.extend(self.forget_oldest());
        }
        let known = self.known(key, &chunk);
        let format = Arc::clone(&known.format);
        let mut held = known.held.take();
        let joining = self.plan.joining(chunk.origin.input, &format);
        // A part of the file that is sent out of turn does not go on with what was held.
        works.extend(held.take_if(|before| before.end != chunk.offset).map(|chunk| Work { chunk, format: Arc::clone(&format) }));
        if let Some(mut before) = held.take_if(|_| chunk.bytes.len() <= LOOK) {
            let length = chunk.bytes.len();
            move_head(&mut chunk, &mut before, length);
            chunk = before;
        } else if let Some(mut before) = held {
            // Lines at the head of this chunk may continue the event that was held back.
            let continued = continued_bytes(&joining, &format, &before.bytes, &chunk.bytes);
            move_head(&mut chunk, &mut before, continued);
            if chunk.bytes.is_empty() {
                self.hold(before);
                return works;
            }
            works.push(Work { chunk: before, format: Arc::clone(&format) });
        }
        let last = joining.last_start(&*format.parser, &chunk.bytes);
        if last < chunk.bytes.len() {
            self.hold(split_off(&mut chunk, last));
        }
        if !chunk.bytes.is_empty() {
            works.push(Work { chunk, format });
        }
        works
    }

    /// Hands out the last event of an input that is silent or has ended.
    pub fn flush(&mut self, origin: &Origin) -> Option<Work> {
        let known = self.inputs.get_mut(&identity(origin))?;
        Some(Work { chunk: known.held.take()?, format: Arc::clone(&known.format) })
    }

    /// Hands out the last event of every input, in the order in which they were last read.
    pub fn flush_all(&mut self) -> Vec<Work> {
        let mut works: Vec<(u64, Work)> = Vec::new();
        for known in self.inputs.values_mut() {
            let format = &known.format;
            works.extend(known.held.take().map(|chunk| (known.turn, Work { chunk, format: Arc::clone(format) })));
        }
        works.sort_by_key(|(turn, _)| *turn);
        works.into_iter().map(|(_, work)| work).collect()
    }

    /// Forgets an input that will not come again, after [`Intake::flush`].
    pub fn forget(&mut self, origin: &Origin) {
        self.inputs.remove(&identity(origin));
    }

    /// The format of an input that has been read: for reports.
    pub fn format(&self, origin: &Origin) -> Option<&Arc<Bound>> {
        self.inputs.get(&identity(origin)).map(|known| &known.format)
    }

    fn known(&mut self, key: Origin, chunk: &Chunk) -> &mut Known {
        let (plan, turn) = (&self.plan, self.turn);
        let known = self.inputs.entry(key).or_insert_with(|| {
            let sample = sample_of(&chunk.bytes, lines_before(chunk));
            let format = plan.bind(chunk.origin.input, &sample);
            let more = plan.is_detected(chunk.origin.input) && sample.lines().count() < SAMPLE_LINES && sample.len() < SAMPLE_BYTES;
            Known { format, sample: more.then_some(sample), held: None, turn }
        });
        known.turn = turn;
        // Few lines may mislead: while the sample is short, a better guess replaces the first one.
        if let Some(sample) = known.sample.take_if(|_| known.turn != turn || known.held.is_some()) {
            let sample = sample_of(&chunk.bytes, &sample);
            let better = plan.bind(chunk.origin.input, &sample);
            if better.format != known.format.format && better.confidence > known.format.confidence {
                known.format = better;
            }
            let more = sample.lines().count() < SAMPLE_LINES && sample.len() < SAMPLE_BYTES;
            known.sample = more.then_some(sample);
        }
        known
    }

    fn hold(&mut self, chunk: Chunk) {
        if let Some(known) = self.inputs.get_mut(&identity(&chunk.origin)) {
            known.held = Some(chunk);
        }
    }

    fn forget_oldest(&mut self) -> Option<Work> {
        let oldest = self.inputs.iter().min_by_key(|(_, known)| known.turn).map(|(key, _)| key.clone())?;
        let known = self.inputs.remove(&oldest)?;
        Some(Work { chunk: known.held?, format: known.format })
    }
}

/// The input as such: when its file was last written, and how it begins, may change.
fn identity(origin: &Origin) -> Origin {
    Origin { modified: Timestamp::EPOCH, head: Arc::default(), ..origin.clone() }
}

/// What is known of the lines before a chunk: the first ones of its file, of which one may be a header.
fn lines_before(chunk: &Chunk) -> &str {
    let head = &*chunk.origin.head;
    let end = head.floor_char_boundary(usize::try_from(chunk.offset).unwrap_or(usize::MAX));
    let before = head.get(..end).unwrap_or_default();
    before.rfind('\n').and_then(|end| before.get(..=end)).unwrap_or_default()
}

fn sample_of(bytes: &[u8], before: &str) -> String {
    let bytes = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let mut sample = before.to_owned();
    let lines = SAMPLE_LINES.saturating_sub(sample.lines().count());
    for line in String::from_utf8_lossy(bytes).split_inclusive('\n').take(lines) {
        sample.push_str(line);
    }
    sample
}

/// How many bytes at the head of `bytes` continue the event `before`.
fn continued_bytes(joining: &super::events::Joining, format: &Bound, before: &[u8], bytes: &[u8]) -> usize {
    if !before.ends_with(b"\n") {
        // The end of a line is missing: what comes is its rest, up to the line's end.
        return memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
    }
    let is_line = memchr::memchr(b'\n', before) == Some(before.len() - 1);
    if is_line && bytes.first().is_some_and(|&first| joining.surely_begins(&*format.parser, first)) {
        return 0;
    }
    let mut both = before.to_vec();
    both.extend_from_slice(&bytes[..bytes.len().min(LOOK)]);
    let event = joining.event(&*format.parser, &both, 0);
    if event.next < before.len() {
        return 0;
    }
    event.next - before.len()
}

/// Moves the first `length` bytes of `chunk` to the end of `before`.
fn move_head(chunk: &mut Chunk, before: &mut Chunk, length: usize) {
    if length == 0 {
        return;
    }
    let rest = split_off(chunk, length);
    let head = std::mem::replace(chunk, rest);
    let shift = before.bytes.len();
    before.cuts.extend(head.cuts.iter().map(|cut| Cut { at: cut.at + shift, dropped: cut.dropped }));
    before.bytes.extend_from_slice(&head.bytes);
    before.end = head.end;
    if chunk.bytes.is_empty() {
        before.entries.append(&mut chunk.entries);
    }
}

/// Cuts a chunk in two between lines; returns the second part.
fn split_off(chunk: &mut Chunk, at: usize) -> Chunk {
    let bytes = chunk.bytes.split_off(at);
    let cuts_before = chunk.cuts.partition_point(|cut| cut.at < at);
    let cuts = chunk.cuts.split_off(cuts_before).into_iter().map(|cut| Cut { at: cut.at - at, dropped: cut.dropped }).collect();
    let dropped: u64 = chunk.cuts.iter().map(|cut| cut.dropped).sum();
    let offset = chunk.offset + at as u64 + dropped;
    let lines = if chunk.first_line == 0 { 0 } else { memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64 };
    let first_line = if chunk.first_line == 0 { 0 } else { chunk.first_line + lines };
    // An entry of the log is contained once its last byte is, which is in the second part.
    let entries = std::mem::take(&mut chunk.entries);
    let second = Chunk { origin: Arc::clone(&chunk.origin), offset, bytes, cuts, first_line, end: chunk.end, events: Vec::new(), entries };
    chunk.end = offset;
    second
}
