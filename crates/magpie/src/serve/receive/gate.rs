//! The gate: what was sent is kept in the write-ahead log, then said to be kept, then passed on.
//!
//! An agent may send parts of a file again, cut anew. What of them was acknowledged before is left out here, under a lock of the
//! agent that is held until the rest is on disk; so two requests with the same lines count once, whenever they come. All others
//! send things that have no place to be known by: theirs are counted as often as they are sent.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender as Passer, SyncSender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magpie_collect::receive::{Delivery, Keeper, Refusal, Run, Sent, SentFile, Traffic};
use magpie_model::config::{Config, Input};
use magpie_model::origin::{Chunk, Origin, Stream};
use magpie_model::ranges::Ranges;
use magpie_model::{Bucketing, Code, FieldSpec, Notice, agent_partial};
use magpie_store::TelemetryStore;

use super::AGENTS;
use super::room::Room;
use crate::serve::logged::Outstanding;
use crate::serve::now;
use crate::serve::progress::Progress;

/// Bytes that are acknowledged and not taken by the pipeline yet.
pub(in crate::serve) const ROOM: u64 = 64 << 20;
/// How long a request waits for room before its sender is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);
/// When it may come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Locks of agents; two agents rarely share one.
const LOCKS: usize = 64;
/// Holes in a file, at most: an agent sends its files from their start on, in a few places at once.
const MOST_RANGES: usize = 10_000;
/// Senders that are told apart at once; of more, all begin new streams.
const MOST_STREAMS: usize = 10_000;

/// Keeps deliveries.
pub(in crate::serve) struct Gate {
    store: Arc<dyn TelemetryStore>,
    outstanding: Arc<Outstanding>,
    progress: Arc<Progress>,
    names: Vec<String>,
    bucket: Bucketing,
    fields: Vec<FieldSpec>,
    /// By index of the source.
    pub(super) traffic: Vec<Option<Arc<Traffic>>>,
    /// How many streams one sender's OTLP is dealt to, so that all operators have work.
    lanes: usize,
    is_otlp: Vec<bool>,
    turn: AtomicUsize,
    streams: Mutex<Streams>,
    accepted: Mutex<HashMap<Stream, Ranges>>,
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
    room: Arc<Room>,
    passer: Mutex<Option<Passer<Chunk>>>,
    is_closed: AtomicBool,
}

/// The receivers' own streams: places for lines that have none.
struct Streams {
    open: HashMap<(usize, IpAddr, usize), Place>,
    next_generation: u64,
}

struct Place {
    origin: Arc<Origin>,
    end: u64,
}

/// What is known of the time before a gate is opened.
pub(in crate::serve) struct Before {
    /// What of each stream was acknowledged.
    pub(in crate::serve) accepted: HashMap<Stream, Ranges>,
    /// What receivers have counted, by index of the source.
    pub(in crate::serve) traffic: Vec<Option<Arc<Traffic>>>,
}

/// What was acknowledged, on its way to the pipeline.
pub(in crate::serve) struct Passing {
    waiting: Receiver<Chunk>,
    room: Arc<Room>,
}

impl Passing {
    /// Passes on until the gate is closed and nothing is left. What nobody takes any more stays in the log.
    pub(in crate::serve) fn run(self, chunks: &SyncSender<Chunk>) {
        for chunk in self.waiting {
            let bytes = chunk.memory();
            if chunks.send(chunk).is_err() {
                return;
            }
            self.room.give_back(bytes);
        }
    }
}

impl Gate {
    /// A gate that knows what was acknowledged before, and where its deliveries come out.
    pub(in crate::serve) fn new(
        config: &Config,
        store: Arc<dyn TelemetryStore>,
        outstanding: Arc<Outstanding>,
        progress: Arc<Progress>,
        before: Before,
        lanes: usize,
    ) -> (Arc<Self>, Passing) {
        let Before { accepted, traffic } = before;
        let (passer, waiting) = channel();
        let room = Arc::new(Room::new(ROOM as usize));
        let gate = Self {
            store,
            outstanding,
            progress,
            names: config.sources.iter().map(|source| source.name.clone()).collect(),
            bucket: config.bucket,
            fields: config.fields.clone(),
            traffic,
            lanes: lanes.max(1),
            is_otlp: config.sources.iter().map(|source| matches!(source.input, Input::Otlp { .. })).collect(),
            turn: AtomicUsize::new(0),
            // Later than that of any start before, so that no stream is mistaken for one of them.
            streams: Mutex::new(Streams { open: HashMap::new(), next_generation: now().0.unsigned_abs() }),
            accepted: Mutex::new(accepted),
            locks: (0..LOCKS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            room: Arc::clone(&room),
            passer: Mutex::new(Some(passer)),
            is_closed: AtomicBool::new(false),
        };
        (Arc::new(gate), Passing { waiting, room })
    }

    /// Takes nothing any more; what was taken is passed on.
    pub(in crate::serve) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        *lock(&self.passer) = None;
    }

    /// Bytes that were acknowledged and wait for the pipeline.
    pub(in crate::serve) fn waiting_bytes(&self) -> u64 {
        self.room.held() as u64
    }

    fn keep_all(&self, sent: Sent, delivery: &mut Delivery, runs: &[Run]) -> Result<(), Refusal> {
        let _agents = self.lock_agents(runs);
        let mut chunks = Vec::new();
        if !delivery.lines.is_empty() {
            chunks.push(self.place(sent, delivery));
        }
        let mut own = HashMap::new();
        for run in runs.iter().filter(|run| !run.is_empty()) {
            self.add_missing(run, &mut own, &mut chunks)?;
        }
        let held: usize = chunks.iter().map(Chunk::memory).sum();
        if !self.room.take(held, PATIENCE) {
            self.unplace(sent, &chunks);
            return Err(Refusal::Busy { retry_after: RETRY_AFTER });
        }
        if let Err(error) = self.log(&mut chunks) {
            self.room.give_back(held);
            self.unplace(sent, &chunks);
            self.progress.error(Notice::failed(Code::SentNotLogged, "could not log what was sent", &crate::error::chain(&error)), now());
            return Err(Refusal::Unavailable {
                reason: format!("the log cannot be written: {}", crate::error::chain(&error)),
                retry_after: RETRY_AFTER,
            });
        }
        self.accept(runs);
        let passer = lock(&self.passer);
        for chunk in chunks {
            // A gate that was closed meanwhile has it in the log: the next start passes it on.
            if let Some(passer) = passer.as_ref() {
                let _ = passer.send(chunk);
            }
        }
        Ok(())
    }

    fn log(&self, chunks: &mut [Chunk]) -> magpie_store::Result<()> {
        if chunks.is_empty() { Ok(()) } else { self.outstanding.log(&*self.store, chunks, &self.names) }
    }

    /// Locks the agents of a request, always in the same order.
    fn lock_agents(&self, runs: &[Run]) -> Vec<MutexGuard<'_, ()>> {
        let numbers: BTreeSet<usize> = runs.iter().map(|run| self.hasher.hash_one(&run.file.sender.agent) as usize % LOCKS).collect();
        numbers.into_iter().map(|number| lock(&self.locks[number])).collect()
    }

    /// Gives lines a place in a stream of their sender.
    fn place(&self, sent: Sent, delivery: &mut Delivery) -> Chunk {
        // Events of OTLP are whole; lines of others may go on in the next delivery, and must stay in order.
        let lane = if self.is_otlp[sent.input] { self.turn.fetch_add(1, Ordering::Relaxed) % self.lanes } else { 0 };
        let mut streams = lock(&self.streams);
        if streams.open.len() >= MOST_STREAMS {
            streams.open.clear();
        }
        let Streams { open, next_generation } = &mut *streams;
        let place = open.entry((sent.input, sent.peer, lane)).or_insert_with(|| {
            *next_generation += 1;
            let origin = Origin {
                input: sent.input,
                host: sent.peer.to_canonical().to_string().into(),
                file: "".into(),
                generation: *next_generation,
                modified: now(),
                sender: Some(Arc::default()),
                head: Arc::default(),
            };
            Place { origin: Arc::new(origin), end: 0 }
        });
        let (bytes, cuts) = (std::mem::take(&mut delivery.lines), std::mem::take(&mut delivery.cuts));
        let offset = place.end;
        place.end += bytes.len() as u64 + cuts.iter().map(|cut| cut.dropped).sum::<u64>();
        Chunk {
            origin: Arc::clone(&place.origin),
            offset,
            bytes,
            cuts,
            first_line: 0,
            end: place.end,
            events: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Gives back the place of lines that were not kept, unless others stand behind it.
    fn unplace(&self, sent: Sent, chunks: &[Chunk]) {
        let mut streams = lock(&self.streams);
        for chunk in chunks {
            let mine = |key: &(usize, IpAddr, usize), place: &Place| {
                (key.0, key.1) == (sent.input, sent.peer) && place.origin.generation == chunk.origin.generation && place.end == chunk.end
            };
            if let Some((_, place)) = streams.open.iter_mut().find(|(key, place)| mine(key, place)) {
                place.end = chunk.offset;
            }
        }
    }

    /// Adds the parts of a run that were neither acknowledged before nor stand in the same request.
    fn add_missing(&self, run: &Run, own: &mut HashMap<Stream, Ranges>, chunks: &mut Vec<Chunk>) -> Result<(), Refusal> {
        let chunk = self.chunk_of(run);
        let Some(stream) = self.stream_of(&chunk) else { return Ok(()) };
        let range = run.offset..run.end;
        let mut missing = vec![range.clone()];
        if let Some(known) = lock(&self.accepted).get(&stream) {
            if known.len() > MOST_RANGES {
                return Err(Refusal::Invalid(format!("`{}` is sent with more than {MOST_RANGES} holes", run.file.path)));
            }
            missing = known.missing(range.clone());
        }
        let own = own.entry(stream).or_default();
        let missing: Vec<Range<u64>> = missing.into_iter().flat_map(|range| own.missing(range)).collect();
        self.check_partials(&chunk, &missing)?;
        own.insert(range);
        chunks.extend(missing.into_iter().map(|range| chunk.part(range)));
        Ok(())
    }

    /// Refuses partials that cannot be counted exactly, and such as would have to be cut: a sum cannot be trimmed as lines are.
    fn check_partials(&self, chunk: &Chunk, missing: &[Range<u64>]) -> Result<(), Refusal> {
        let mut from = chunk.offset;
        for event in &chunk.events {
            let range = from..from + event.length;
            from = range.end;
            if !event.is_partial() {
                continue;
            }
            let file = &chunk.origin.file;
            let told = |why: String| Refusal::Invalid(format!("partial of bytes {}..{} of `{file}`: {why}", range.start, range.end));
            let is_whole = |one: &Range<u64>| one.start <= range.start && range.end <= one.end;
            if missing.iter().any(|one| one.start < range.end && range.start < one.end && !is_whole(one)) {
                return Err(told("a part of them is here already, and what lines add up to cannot be cut".to_owned()));
            }
            let why = event.records.iter().find_map(|edge| agent_partial::refusal(&edge.record, self.bucket, &self.fields));
            why.map_or(Ok(()), |why| Err(told(why)))?;
        }
        Ok(())
    }

    /// Notes that runs are kept.
    fn accept(&self, runs: &[Run]) {
        let mut accepted = lock(&self.accepted);
        for run in runs {
            let chunk = self.chunk_of(&run.without_content());
            let Some(stream) = self.stream_of(&chunk) else { continue };
            let known = accepted.entry(stream).or_default();
            if let Some(traffic) = self.traffic[chunk.origin.input].as_ref().filter(|_| run.is_gap()) {
                let lost: u64 = known.missing(run.offset..run.end).iter().map(|range| range.end - range.start).sum();
                traffic.gap_bytes.fetch_add(lost, Ordering::Relaxed);
                traffic.gaps.fetch_add(u64::from(lost > 0), Ordering::Relaxed);
            }
            known.insert(run.offset..run.end);
        }
    }

    fn stream_of(&self, chunk: &Chunk) -> Option<Stream> {
        chunk.stream(self.names.get(chunk.origin.input)?)
    }

    /// The source of the agent's name, else the one for all others.
    fn input_of(&self, file: &SentFile) -> usize {
        let named = |name: &str| self.names.iter().position(|known| known == name);
        named(&file.source).or_else(|| named(AGENTS)).unwrap_or(0)
    }

    fn chunk_of(&self, run: &Run) -> Chunk {
        let file = &run.file;
        let origin = Origin {
            input: self.input_of(file),
            host: file.host.as_str().into(),
            file: file.path.as_str().into(),
            generation: file.generation,
            modified: file.modified.unwrap_or_else(now),
            sender: Some(Arc::clone(&file.sender)),
            head: Arc::default(),
        };
        let (bytes, cuts, events) = (run.bytes.clone(), run.cuts.clone(), run.events.clone());
        Chunk { origin: Arc::new(origin), offset: run.offset, bytes, cuts, first_line: 0, end: run.end, events, entries: Vec::new() }
    }
}

impl Keeper for Gate {
    fn keep(&self, sent: Sent, mut delivery: Delivery) -> Result<(), Refusal> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(Refusal::Unavailable { reason: "the server is being stopped".to_owned(), retry_after: RETRY_AFTER });
        }
        let runs = std::mem::take(&mut delivery.runs);
        self.keep_all(sent, &mut delivery, &runs)?;
        for run in &runs {
            // Counted for the source whose lines they are, which is not the one that received them.
            if let Some(traffic) = &self.traffic[self.input_of(&run.file)] {
                let bytes = if run.events.is_empty() { run.bytes.len() as u64 } else { run.end - run.offset };
                traffic.bytes.fetch_add(bytes, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
