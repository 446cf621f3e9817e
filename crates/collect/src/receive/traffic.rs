//! What a receiver counts: for the API's `sources` and for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Counts since start.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Connections that are open now.
    pub connections: AtomicU64,
    /// Bytes that were kept, unpacked.
    pub bytes: AtomicU64,
    /// Requests, or reads of a connection, that were kept.
    pub deliveries: AtomicU64,
    /// Those that were refused, for any reason.
    pub refused: AtomicU64,
    /// Datagrams that came while there was no room, and are lost: their sender cannot be told.
    pub dropped: AtomicU64,
    /// Bytes that agents could not read before they were gone.
    pub gap_bytes: AtomicU64,
    /// Gaps that agents told of.
    pub gaps: AtomicU64,
    /// The last refusal.
    error: Mutex<Option<String>>,
}

impl Traffic {
    /// Counts what was kept.
    pub(crate) fn kept(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut error) = self.error.lock() {
            // What goes wrong at present is told, not what once went wrong.
            *error = None;
        }
    }

    /// Counts what was refused.
    pub(crate) fn refuse(&self, reason: impl Into<String>) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.tell(reason);
    }

    /// Notes what goes wrong.
    pub fn tell(&self, reason: impl Into<String>) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.into());
    }

    /// What went wrong last, unless something was kept since; else what is known to be lost.
    pub fn trouble(&self) -> Option<String> {
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        error.or_else(|| self.lost())
    }

    fn lost(&self) -> Option<String> {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        match (of(&self.dropped), of(&self.gaps)) {
            (0, 0) => None,
            (0, gaps) => Some(format!("{gaps} gaps: {} bytes were gone before an agent could read them", of(&self.gap_bytes))),
            (dropped, _) => Some(format!("{dropped} messages found no room in time and are lost")),
        }
    }
}
