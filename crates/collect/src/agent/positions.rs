//! What is known to be at a server, and what will never get there, on its way between those who read and those who send.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magpie_model::origin::{Chunk, Origin};

use super::counter::Pressure;
use super::inbox::Door;
use super::ledger::Ledger;
use super::outbox::Outbox;
use crate::{Hole, Lane, Offered, Sink};

/// A range that is lost, with where it was.
pub(super) type Lost = (Arc<Origin>, Hole);

/// Lost ranges that no server was told of yet.
#[derive(Debug, Default)]
pub(super) struct Gaps(Mutex<Vec<Lost>>);

impl Gaps {
    pub(super) fn add(&self, lost: Lost) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lost);
    }

    pub(super) fn take(&self) -> Vec<Lost> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Told what a server has.
pub(super) trait Acknowledge: Send + Sync {
    fn acknowledge(&self, chunks: &[Chunk], gaps: &[Lost]);
}

/// Positions, by index of the source.
pub(super) struct Positions {
    pub(super) names: Vec<String>,
    outbox: Arc<Outbox>,
    ledger: Mutex<Ledger>,
    error: Mutex<Option<String>>,
}

impl Positions {
    pub(super) fn new(names: Vec<String>, ledger: Ledger, outbox: Arc<Outbox>) -> Self {
        Self { names, outbox, ledger: Mutex::new(ledger), error: Mutex::default() }
    }

    /// Why they cannot be written now.
    pub(super) fn error(&self) -> Option<String> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all files of these chunks are on disk by their generation, so that the next process knows them by it, too.
    pub(super) fn meet(&self, chunks: &[Chunk]) -> bool {
        let mut is_new = false;
        let mut ledger = self.ledger();
        for Chunk { origin, .. } in chunks {
            is_new |= ledger.meet(&self.names[origin.input], origin.generation, &origin.file);
        }
        drop(ledger);
        !is_new || self.sync()
    }

    /// Makes them durable; false after an error, which is told, and everything is tried again.
    pub(super) fn sync(&self) -> bool {
        let outcome = self.ledger().sync().map_err(|error| format!("positions cannot be written: {error}"));
        let mut known = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = &outcome
            && known.as_ref() != Some(error)
        {
            tracing::error!(%error, "trying again");
        }
        *known = outcome.err();
        known.is_none()
    }
}

impl Acknowledge for Positions {
    fn acknowledge(&self, chunks: &[Chunk], gaps: &[Lost]) {
        let mut ledger = self.ledger();
        for chunk in chunks {
            let origin = &chunk.origin;
            ledger.cover(&self.names[origin.input], origin.generation, &origin.file, chunk.offset, chunk.end);
        }
        for (origin, hole) in gaps {
            ledger.cover(&self.names[origin.input], hole.generation, &hole.file, hole.from, hole.to);
        }
        drop(ledger);
        chunks.iter().filter(|chunk| !chunk.entries.is_empty()).for_each(|chunk| self.outbox.done(&chunk.entries));
    }
}

/// Chunks go to the inbox, or are counted where their source is under pressure: what was skipped, and what finds no room. One without bytes only says that nothing before its end is to be read.
pub(super) struct Entrance {
    pub(super) door: Door,
    pub(super) counter: Door,
    pub(super) pressure: Arc<Pressure>,
    pub(super) positions: Arc<Positions>,
}

impl Sink for Entrance {
    fn offer(&mut self, lane: Lane, chunk: Chunk) -> Offered {
        if chunk.bytes.is_empty() {
            self.positions.acknowledge(&[chunk], &[]);
            return Offered::Taken;
        }
        if !self.pressure.is_high(chunk.origin.input) {
            return self.door.offer(lane, chunk);
        }
        match lane {
            Lane::Backlog => self.counter.offer(lane, chunk),
            // While nothing is sent, small chunks would still find room, and each keeps a file of a disk queue from being deleted.
            Lane::Fresh if self.door.is_half_full(lane) => self.counter.offer(lane, chunk),
            Lane::Fresh => match self.door.offer(lane, chunk) {
                Offered::Full(chunk) => self.counter.offer(lane, chunk),
                taken => taken,
            },
        }
    }
}
