//! A place among the runs that work: given back while a run waits, taken again before it goes on.
//!
//! A run has one place, however many branches it has: while one of them waits for long, the others work on without. Branches that
//! come back at once take one place between them, since a second one might never become free.

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
    /// The branch that is taking the place for all.
    coming: tokio::sync::Mutex<()>,
}

impl Slot {
    pub(super) fn new(places: Arc<Semaphore>, permit: OwnedSemaphorePermit) -> Arc<Self> {
        Arc::new(Self { places, held: Mutex::new(Some(permit)), coming: tokio::sync::Mutex::default() })
    }

    /// Gives the place to others.
    pub(super) fn leave(&self) {
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Takes a place again.
    pub(super) async fn come_back(&self) {
        let _alone = self.coming.lock().await;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn branches_that_come_back_at_once_need_one_place_between_them() {
        let places = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&places).acquire_owned().await.unwrap();
        let slot = Slot::new(Arc::clone(&places), permit);
        slot.leave();
        slot.leave();
        assert_eq!(places.available_permits(), 1, "others have it while all branches wait");
        let both = async { tokio::join!(slot.come_back(), slot.come_back()) };
        tokio::time::timeout(Duration::from_secs(60), both).await.expect("the only place is theirs");
        assert_eq!(places.available_permits(), 0);
        drop(slot);
        assert_eq!(places.available_permits(), 1);
    }
}
