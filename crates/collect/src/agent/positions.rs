//! What is known to be at a server, and what will never get there, on its way between those who read and those who send.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magpie_model::origin::{Chunk, Origin};

use super::inbox::Door;
use super::ledger::Ledger;
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
#[derive(Debug)]
pub(super) struct Positions {
    pub(super) names: Vec<String>,
    ledger: Mutex<Ledger>,
    error: Mutex<Option<String>>,
}

impl Positions {
    pub(super) fn new(names: Vec<String>, ledger: Ledger) -> Self {
        Self { names, ledger: Mutex::new(ledger), error: Mutex::default() }
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
    }
}

/// Chunks go to the inbox; one without bytes only says that nothing before its end is to be read.
pub(super) struct Entrance {
    pub(super) door: Door,
    pub(super) positions: Arc<Positions>,
}

impl Sink for Entrance {
    fn offer(&mut self, lane: Lane, chunk: Chunk) -> Offered {
        if chunk.bytes.is_empty() {
            self.positions.acknowledge(&[chunk], &[]);
            return Offered::Taken;
        }
        self.door.offer(lane, chunk)
    }
}
