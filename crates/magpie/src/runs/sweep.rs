//! Removal of what nobody needs any more, again and again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use magpie_model::Timestamp;

use super::shared::Shared;
use crate::serve::leaps::{Leaps, is_all_too_old};

/// How often it looks.
pub(super) const LOOK: Duration = Duration::from_secs(60);

pub(super) struct Sweep {
    shared: Arc<Shared>,
    leaps: Mutex<Leaps>,
}

impl Sweep {
    pub(super) fn new(shared: &Arc<Shared>, at: Instant, now: Timestamp) -> Self {
        let is_doubtful = is_all_too_old(&*shared.telemetry, shared.config().retention, now);
        Self { shared: Arc::clone(shared), leaps: Mutex::new(Leaps::new(at, now, is_doubtful)) }
    }

    pub(super) fn look(&self, at: Instant, now: Timestamp) {
        let shared = &self.shared;
        let mut leaps = self.leaps.lock().unwrap_or_else(PoisonError::into_inner);
        leaps.look(at, now);
        let before = if leaps.are_doubtful() { Timestamp::MIN } else { now.minus(shared.config().retention) };
        drop(leaps);
        loop {
            match shared.store.sweep(before) {
                Ok(swept) if swept.runs == 0 && swept.emptied == 0 => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "old runs could not be removed");
                    break;
                }
            }
        }
        if let Err(error) = shared.store.renew_usual() {
            tracing::error!(%error, "what is usual for flows could not be renewed");
        }
        if let Err(error) = shared.records.remove_stored(&*shared.telemetry) {
            tracing::error!(%error, "stored run logs could not be removed");
        }
    }
}
