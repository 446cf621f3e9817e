//! An operator of a running Magpie: takes work of its lane, normalises, folds, and hands over batches.
//!
//! All work of one file goes to the same lane, so its records and its position arrive in order. What was made is handed over
//! when it is much, or when the oldest of its records has waited for a tenth of a second: a line is visible soon, and
//! under load much is folded into one row and one word is looked up once. Records are set aside in batches until then.
//! While the store cannot take more, the operator waits, its queue fills, and reading stops.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use magpie_collect::Buffers;
use magpie_model::config::Config;
use magpie_model::origin::{Chunk, Position, Stream};
use magpie_model::record::RecordBatch;
use magpie_model::{Code, Notice, Records};
use magpie_pipeline::aggregate::Folder;
use magpie_pipeline::normalise::counts::Counts;
use magpie_pipeline::normalise::intake::Work;
use magpie_pipeline::normalise::normaliser::Normaliser;
use magpie_pipeline::normalise::plan::{Keep, Plan};
use magpie_store::TelemetryStore;

use super::commit::{Batch, Committer, SEAL_BYTES};
use super::now;
use super::progress::Progress;

/// Records of a batch, and bytes of memory they take, at which it is full.
const BATCH: usize = 32_768;
const BATCH_BYTES: usize = 10 << 20;
/// Full batches, and bytes of memory they take, at which they are handed over.
const HANDED_OVER: usize = 4;
const HANDED_OVER_BYTES: usize = 2 * BATCH_BYTES;
/// How long a record waits at most before it is handed over.
const PATIENCE: Duration = Duration::from_millis(100);
/// Bytes of open content beyond which operators wait for a seal.
pub(super) const MOST_OPEN: u64 = 128 << 20;

/// What comes down a lane.
pub(super) enum Task {
    /// Whole events.
    Work(Work),
    /// Events that an agent has normalised.
    Events(Chunk),
    /// Nothing to read, but a place to remember.
    Position(Position),
    /// Entries of the write-ahead log of which nothing is missing in the store.
    Contained(Vec<u64>),
}

/// What an operator tells of itself.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    pub(super) records: AtomicU64,
    pub(super) queued: AtomicU64,
    pub(super) folded: AtomicU64,
}

/// What all operators have in common.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) store: Arc<dyn TelemetryStore>,
    pub(super) committer: Arc<Committer>,
    pub(super) progress: Arc<Progress>,
    pub(super) stop: Arc<AtomicBool>,
    /// Where the bytes of chunks go when they have become records.
    pub(super) buffers: Buffers,
}

pub(super) struct Operator {
    normaliser: Normaliser,
    folder: Folder,
    around: Surroundings,
    gauges: Arc<Gauges>,
    names: Vec<String>,
    /// Folded already, and not handed over.
    aside: Vec<Records>,
    positions: HashMap<(usize, u64), Position>,
    covered: HashMap<Stream, Range<u64>>,
    parts: Vec<(Stream, Range<u64>)>,
    entries: Vec<u64>,
    since: Option<Instant>,
}

impl Operator {
    pub(super) fn new(config: &Config, plan: &Arc<Plan>, around: Surroundings, gauges: Arc<Gauges>) -> Self {
        Self {
            normaliser: Normaliser::new(Arc::clone(plan), Keep::Everything),
            folder: Folder::new(config),
            names: config.sources.iter().map(|source| source.name.clone()).collect(),
            around,
            gauges,
            aside: Vec::new(),
            positions: HashMap::new(),
            covered: HashMap::new(),
            parts: Vec::new(),
            entries: Vec::new(),
            since: None,
        }
    }

    /// Works until the lane is closed, then hands over the rest.
    pub(super) fn run(mut self, lane: &Receiver<Task>) {
        loop {
            let wait = self.since.map_or(PATIENCE, |since| PATIENCE.saturating_sub(since.elapsed()));
            match lane.recv_timeout(wait) {
                Ok(task) => {
                    self.gauges.queued.fetch_sub(1, Ordering::Relaxed);
                    self.take(task);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            // Batches under load are all full, so each has the room that the next one needs.
            if self.normaliser.records.len() >= BATCH || self.normaliser.records.memory() >= BATCH_BYTES {
                self.set_aside();
            }
            let due = self.since.is_some_and(|since| since.elapsed() >= PATIENCE);
            if due || self.is_much() {
                self.hand_over();
            }
        }
        self.hand_over();
    }

    fn is_much(&self) -> bool {
        self.aside.len() >= HANDED_OVER || self.aside.iter().map(Records::memory).sum::<usize>() >= HANDED_OVER_BYTES
    }

    /// What is not handed over yet.
    fn made(&self) -> impl Iterator<Item = &Records> {
        self.aside.iter().chain([&self.normaliser.records])
    }

    fn made_bytes(&self) -> usize {
        self.made().map(Records::memory).sum()
    }

    fn take(&mut self, task: Task) {
        self.since.get_or_insert_with(Instant::now);
        match task {
            Task::Position(position) => self.note(position, usize::MAX),
            Task::Contained(entries) => self.entries.extend(entries),
            Task::Events(chunk) => {
                self.normaliser.append_events(&chunk, now());
                self.read(&chunk);
            }
            Task::Work(work) => {
                self.normaliser.normalise(&work, now());
                self.read(&work.chunk);
                self.around.buffers.give_back(work.chunk.bytes);
            }
        }
    }

    /// Notes what a chunk was a part of.
    fn read(&mut self, chunk: &Chunk) {
        let origin = &chunk.origin;
        let name = self.names.get(origin.input).cloned().unwrap_or_default();
        if let Some(stream) = chunk.stream(&name) {
            self.entries.extend(&chunk.entries);
            return self.cover(stream, chunk.offset..chunk.end);
        }
        let position = Position { input: name, file: origin.file.to_string(), generation: origin.generation, offset: chunk.end };
        self.note(position, origin.input);
    }

    /// Notes a part of a pushed stream; one that goes on where the last one ended is no part of its own.
    fn cover(&mut self, stream: Stream, range: Range<u64>) {
        match self.covered.entry(stream) {
            Entry::Occupied(mut known) if known.get().end == range.start => known.get_mut().end = range.end,
            Entry::Occupied(mut known) => self.parts.push((known.key().clone(), std::mem::replace(known.get_mut(), range))),
            Entry::Vacant(place) => _ = place.insert(range),
        }
    }

    fn note(&mut self, position: Position, input: usize) {
        self.positions.insert((input, position.generation), position);
    }

    /// Folds the records made last, and keeps them until they are handed over.
    fn set_aside(&mut self) {
        if self.normaliser.records.is_empty() {
            return;
        }
        let messages = self.around.store.room_for_messages(self.normaliser.records.messages_to_come());
        let mut records = self.normaliser.take_records(messages);
        let rows = 0..records.len();
        self.folder.set_closed_before(self.around.progress.last_closed());
        self.folder.fold(&mut records, &self.normaliser.dictionaries, rows);
        self.aside.push(records);
    }

    /// Hands over what was made. Appending is done in memory and fails only for a batch that cannot be converted: that is
    /// an error somebody must see, and the batch is lost to the store. A disk that is full shows when sealing, which tries
    /// again with everything still there.
    fn hand_over(&mut self) {
        self.since = None;
        self.tell_counts();
        let has_places = !self.positions.is_empty() || !self.covered.is_empty() || !self.entries.is_empty();
        if self.normaliser.records.is_empty() && self.aside.is_empty() && self.normaliser.spans.is_empty() && !has_places {
            return;
        }
        self.wait_for_room();
        self.set_aside();
        let made: usize = self.made().map(Records::len).sum();
        self.gauges.records.fetch_add(made as u64, Ordering::Relaxed);
        let drained = self.folder.drain(&self.normaliser.dictionaries);
        let counts = self.folder.counts();
        self.gauges.folded.store(counts.other + counts.other_values, Ordering::Relaxed);
        let (dictionaries, fields) = (Arc::new(self.normaliser.take_dictionaries()), self.normaliser.fields());
        let with_words = |records| RecordBatch { records, dictionaries: Arc::clone(&dictionaries), fields: Arc::clone(&fields) };
        let batch = Batch {
            records: self.aside.drain(..).map(with_words).collect(),
            drained,
            spans: std::mem::take(&mut self.normaliser.spans),
            positions: self.positions.drain().map(|(_, position)| position).collect(),
            covered: self.parts.drain(..).chain(self.covered.drain()).collect(),
            entries: std::mem::take(&mut self.entries),
        };
        if let Err(error) = self.around.committer.append(batch, now()) {
            self.around
                .progress
                .error(Notice::failed(Code::BatchNotStored, "could not store a batch", &crate::error::chain(&error)), now());
        }
    }

    fn tell_counts(&mut self) {
        for (input, counts) in self.normaliser.counts.iter_mut().enumerate() {
            if *counts != Counts::default() {
                self.around.progress.count(input, counts);
                *counts = Counts::default();
            }
        }
    }

    /// Memory stays bounded while the disk is slow or full. However much is handed over, it does not wait for what nobody seals.
    fn wait_for_room(&self) {
        let full = MOST_OPEN.saturating_sub(self.made_bytes() as u64).max(SEAL_BYTES);
        while self.around.store.stats().open_bytes > full && !self.around.stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
