//! Counts what cannot be sent: lines of sources that say so (`when_full: count`), while more of them waits than the configuration allows.
//!
//! A source is under pressure when its disk queue is nearly full, or its files are farther behind than `limits.backlog`; until half
//! of that is gone. Meanwhile what was skipped goes here instead of to the sender, and new lines that find no room there; while no
//! server takes anything, also what waits in memory to be sent, since each chunk of it keeps a file of a disk queue from being deleted. Events
//! are made as for sending, by the same normaliser, then counted, and kept on disk (`outbox`): only then are the lines done with.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use magpie_model::config::agent::{AgentConfig, AgentLimits, AgentSource};
use magpie_model::origin::Chunk;

use super::edge::Edge;
use super::inbox::Inbox;
use super::outbox::Outbox;
use super::packer::Pace;
use super::positions::{Acknowledge, Positions};
use super::status::Counts;
use crate::Lane;

/// Bytes of lines that are counted together: more of them fold better, and take more memory.
const PIECE: usize = 1 << 20;
/// How long is slept at most without a look at what is new.
const LOOK: Duration = Duration::from_millis(250);
/// How long lines are waited for that may be counted together with others.
const GATHER: Duration = Duration::from_millis(500);
/// How long no server has taken anything before what waits in memory is counted, too.
const STUCK: Duration = Duration::from_secs(2);

/// Which sources are under pressure, by their index.
#[derive(Debug, Default)]
pub(super) struct Pressure(Vec<Option<Level>>);

#[derive(Debug)]
struct Level {
    source: String,
    bound: u64,
    is_high: AtomicBool,
}

impl Pressure {
    /// Of sources that count; a queue is relieved before it is full.
    pub(super) fn new(config: &AgentConfig) -> Self {
        let limits = &config.limits;
        let level = |source: &AgentSource| Level {
            source: source.name.clone(),
            bound: if source.input.is_file() { limits.backlog } else { limits.queue / 4 * 3 },
            is_high: AtomicBool::new(false),
        };
        Self(config.sources.iter().map(|source| source.sample.map(|_| level(source))).collect())
    }

    /// Whether any source may come under pressure.
    pub(super) fn is_possible(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// Notes how much of a source waits.
    pub(super) fn note(&self, input: usize, waiting: u64) {
        let Some(Some(level)) = self.0.get(input) else { return };
        let is_high = level.is_high.load(Relaxed);
        if !is_high && waiting > level.bound {
            tracing::warn!(source = level.source, waiting, "more waits than is allowed: lines are counted instead of sent");
            level.is_high.store(true, Relaxed);
        } else if is_high && waiting <= level.bound / 2 {
            tracing::info!(source = level.source, waiting, "lines are sent again");
            level.is_high.store(false, Relaxed);
        }
    }

    pub(super) fn is_high(&self, input: usize) -> bool {
        self.0.get(input).and_then(Option::as_ref).is_some_and(|level| level.is_high.load(Relaxed))
    }
}

/// Since when the number of lines that servers have taken is what it is.
struct Taken {
    lines: u64,
    since: Instant,
}

impl Taken {
    /// Whether it is so for long.
    fn is_stuck(&mut self, lines: u64, now: Instant) -> bool {
        if self.lines != lines {
            *self = Self { lines, since: now };
        }
        now.duration_since(self.since) >= STUCK
    }
}

/// The thread's own.
pub(super) struct Counter {
    pub(super) inbox: Arc<Inbox>,
    /// What waits to be sent.
    pub(super) unsent: Arc<Inbox>,
    pub(super) edge: Arc<Mutex<Edge>>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) positions: Arc<Positions>,
    pub(super) pressure: Arc<Pressure>,
    pub(super) limits: AgentLimits,
    pub(super) counts: Arc<Counts>,
}

impl Counter {
    /// Works until the inbox is closed and empty.
    pub(super) fn run(self) {
        // What is counted costs no bytes on the wire, but as much work.
        let mut pace = Pace::new(&AgentLimits { rate: None, ..self.limits }, Instant::now());
        let mut taken = Taken { lines: 0, since: Instant::now() };
        loop {
            let waiting = self.inbox.wait(LOOK);
            let is_stuck = taken.is_stuck(self.counts.records.load(Relaxed), Instant::now());
            let chunks = self.gather(is_stuck);
            if waiting.closed && chunks.is_empty() {
                return;
            }
            let counted = {
                let mut edge = lock(&self.edge);
                let mut ready = edge.take(chunks, Instant::now());
                ready.extend(edge.flush(false, Instant::now(), &|input| self.pressure.is_high(input)));
                edge.fold(ready)
            };
            if !self.keep(counted) {
                return;
            }
            let wait = pace.wait(0);
            if !waiting.closed {
                std::thread::sleep(wait);
            }
        }
    }

    fn gather(&self, is_stuck: bool) -> Vec<Chunk> {
        let deadline = Instant::now() + GATHER;
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        while is_stuck
            && bytes < PIECE
            && let Some(chunk) = self.unsent.take_where(|chunk| self.pressure.is_high(chunk.origin.input))
        {
            bytes += chunk.bytes.len();
            chunks.push(chunk);
        }
        while bytes < PIECE {
            let waiting = self.inbox.wait(deadline.saturating_duration_since(Instant::now()));
            let lane = if waiting.backlog { Lane::Backlog } else { Lane::Fresh };
            let Some(chunk) = self.inbox.take(lane, Duration::ZERO) else { break };
            bytes += chunk.bytes.len();
            chunks.push(chunk);
        }
        chunks
    }

    /// Keeps what was counted; false when that cannot be done before the end. What is not kept is read again.
    fn keep(&self, chunks: Vec<Chunk>) -> bool {
        while !self.positions.meet(&chunks) {
            if self.inbox.is_closed() {
                return false;
            }
            std::thread::sleep(LOOK);
        }
        for chunk in chunks {
            loop {
                match self.outbox.put(&chunk) {
                    Ok(true) => break,
                    Ok(false) => {}
                    Err(error) => tracing::error!(%error, "what was counted cannot be kept; trying again"),
                }
                if self.inbox.is_closed() {
                    return false;
                }
                std::thread::sleep(LOOK);
            }
            self.counts.counted(&chunk);
            self.positions.acknowledge(std::slice::from_ref(&chunk), &[]);
        }
        true
    }
}

pub(super) fn lock(edge: &Mutex<Edge>) -> MutexGuard<'_, Edge> {
    edge.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn nothing_is_stuck_while_servers_take_lines() {
        let began = Instant::now();
        let mut taken = Taken { lines: 0, since: began };
        let seconds = |seconds| began + Duration::from_secs(seconds);
        for (at, lines, stuck) in [(1, 0, false), (2, 0, true), (3, 10, false), (4, 10, false), (5, 10, true), (6, 11, false)] {
            assert_eq!(taken.is_stuck(lines, seconds(at)), stuck, "after {at} s");
        }
    }

    #[test]
    fn pressure_begins_beyond_the_bound_and_ends_at_half_of_it() {
        let text = "servers: [http://a]\nlimits: { backlog: 1000, queue: 1MiB }\nsources:
  - { name: a, file: [/a], parse: json, when_full: count }
  - { name: b, stdin: true, parse: json, when_full: count }
  - { name: c, file: [/c], parse: json }\n";
        let pressure = Pressure::new(&magpie_model::config::agent::read(text, Path::new("a"), &|_| None).unwrap());
        for (waiting, a, b) in [(1_000, false, false), (1_001, true, false), (501, true, false), (500, false, false), (786_433, true, true)]
        {
            (0..3).for_each(|input| pressure.note(input, waiting));
            assert_eq!([0, 1, 2].map(|input| pressure.is_high(input)), [a, b, false], "{waiting}");
        }
    }
}
