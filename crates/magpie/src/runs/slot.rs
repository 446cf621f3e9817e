//! A place among the runs that work: given back while a run waits, taken again before it goes on.

use std::sync::{Arc, Mutex, PoisonError};

use magpie_flows::run::{BoxFuture, Clock, SystemClock};
use magpie_model::Timestamp;
use magpie_model::time::SECOND;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A wait shorter than this keeps its place.
pub(super) const SHORT: i64 = SECOND;

/// The place of one run. Branches of one run share it.
pub(super) struct Slot {
    places: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Slot {
    pub(super) fn new(places: Arc<Semaphore>, permit: OwnedSemaphorePermit) -> Arc<Self> {
        Arc::new(Self { places, held: Mutex::new(Some(permit)) })
    }

    /// Gives the place to others.
    pub(super) fn leave(&self) {
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Takes a place again.
    pub(super) async fn come_back(&self) {
        if self.held.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return;
        }
        // An error means that the process ends, and the run with it.
        if let Ok(permit) = Arc::clone(&self.places).acquire_owned().await {
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        }
    }
}

/// The system's clock, for a run: while it sleeps, others have its place.
pub(super) struct RunClock(pub(super) Arc<Slot>);

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let is_long = time.since(self.now()) > SHORT;
            if is_long {
                self.0.leave();
            }
            SystemClock.sleep_until(time).await;
            if is_long {
                self.0.come_back().await;
            }
        })
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}
