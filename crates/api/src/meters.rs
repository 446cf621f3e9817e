//! What the port for people measures about itself, for `/metrics`.
//!
//! Endpoints are labelled by their path in the table, never by the path of a request: the number of series is fixed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counters since the process started.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    answered: Mutex<BTreeMap<Answered, Times>>,
    /// Events that streams' clients missed.
    pub(crate) missed: AtomicU64,
    /// Connections that could not be accepted.
    pub(crate) refused: AtomicU64,
}

/// Labels of answered requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Answered {
    /// Path in the table; `(none)` where no endpoint was meant.
    pub(crate) endpoint: &'static str,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
}

/// How many, and how long they took until the head of the response.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) count: u64,
    pub(crate) total: Duration,
}

impl Meters {
    pub(crate) fn answered(&self, labels: Answered, took: Duration) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let times = answered.entry(labels).or_default();
        times.count += 1;
        times.total = times.total.saturating_add(took);
    }

    pub(crate) fn all_answered(&self) -> Vec<(Answered, Times)> {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.iter().map(|(labels, times)| (labels.clone(), *times)).collect()
    }

    pub(crate) fn add_missed(&self, events: u64) {
        self.missed.fetch_add(events, Ordering::Relaxed);
    }
}
