//! A place among the runs that work: given back while a run waits, taken again before it goes on.
//!
//! A run has one place, however many branches it has, and gives it back only when all of them wait: as long as one works, the run counts
//! among those that do. What begins a step has the place, whatever it waited for or was given up meanwhile: a limit of time, a faster
//! branch. Branches that come back at once take one place between them, since a second one might never become free.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magpie_flows::run::state::RunEvent;
use magpie_flows::run::{Begun, BoxFuture, Clock, Finished, Journal, JournalError, Lifecycle, Observer, SystemClock};
use magpie_model::Timestamp;
use magpie_model::time::SECOND;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// A wait shorter than this keeps its place.
const SHORT: i64 = SECOND;

/// The place of one run, which its branches share.
pub(super) struct Slot {
    places: Arc<Semaphore>,
    branches: Mutex<Branches>,
    /// The branch that is taking the place for all.
    coming: tokio::sync::Mutex<()>,
    /// Is told when the run begins to wait and when it goes on. With so many turns waiting, one more or less is seen by nobody.
    turns: mpsc::Sender<RunEvent>,
}

struct Branches {
    held: Option<OwnedSemaphorePermit>,
    /// Those that have not ended; one is the run itself.
    open: usize,
    /// Those of them that wait.
    waiting: usize,
}

impl Branches {
    fn all_wait(&self) -> bool {
        self.waiting >= self.open
    }
}

impl Slot {
    pub(super) fn new(places: Arc<Semaphore>, permit: OwnedSemaphorePermit, turns: mpsc::Sender<RunEvent>) -> Arc<Self> {
        let branches = Mutex::new(Branches { held: Some(permit), open: 1, waiting: 0 });
        Arc::new(Self { places, branches, coming: tokio::sync::Mutex::default(), turns })
    }

    /// A branch waits until what this gives is dropped.
    pub(super) fn wait(self: &Arc<Self>) -> Waits {
        self.change(|branches| branches.waiting += 1);
        Waits(Arc::clone(self))
    }

    /// Takes a place again.
    pub(super) async fn come_back(&self) {
        let _alone = self.coming.lock().await;
        if self.branches().held.is_some() {
            return;
        }
        // An error means that the process ends, and the run with it.
        if let Ok(permit) = Arc::clone(&self.places).acquire_owned().await {
            self.branches().held = Some(permit);
        }
    }

    fn branches(&self) -> MutexGuard<'_, Branches> {
        self.branches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts branches anew; the place is for others once all of them wait.
    fn change(&self, change: impl FnOnce(&mut Branches)) {
        let mut branches = self.branches();
        let waited = branches.all_wait();
        change(&mut branches);
        let waits = branches.all_wait();
        if waits {
            drop(branches.held.take());
        }
        if waits != waited {
            let _ = self.turns.try_send(if waits { RunEvent::Waits } else { RunEvent::GoesOn });
        }
    }
}

/// A branch that waits.
pub(super) struct Waits(Arc<Slot>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.change(|branches| branches.waiting -= 1);
    }
}

impl Observer for Slot {
    fn on(&self, _: &Lifecycle) {}

    fn forked(&self, branches: usize) {
        self.change(|now| now.open += branches.saturating_sub(1));
    }

    fn branch_ended(&self) {
        self.change(|now| now.open -= 1);
    }
}

/// The system's clock, for a run: while all of it rests, others have its place.
pub(super) struct RunClock(pub(super) Arc<Slot>);

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        SystemClock.sleep_until(time)
    }

    fn rest_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if time.since(self.now()) <= SHORT {
                return SystemClock.sleep_until(time).await;
            }
            let waits = self.0.wait();
            SystemClock.sleep_until(time).await;
            drop(waits);
            self.0.come_back().await;
        })
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// A journal whose steps begin only when the run has its place.
pub(super) struct PlacedJournal(pub(super) Arc<Slot>, pub(super) Arc<dyn Journal>);

impl Journal for PlacedJournal {
    fn begin<'a>(&'a self, step: &'a Begun) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            self.0.come_back().await;
            self.1.begin(step).await
        })
    }

    fn finish<'a>(&'a self, step: &'a Finished) -> BoxFuture<'a, Result<(), JournalError>> {
        self.1.finish(step)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A run in the only place there is.
    async fn alone() -> (Arc<Semaphore>, Arc<Slot>, mpsc::Receiver<RunEvent>) {
        let places = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&places).acquire_owned().await.unwrap();
        let (turns, turned) = mpsc::channel(8);
        let slot = Slot::new(Arc::clone(&places), permit, turns);
        (places, slot, turned)
    }

    #[tokio::test]
    async fn others_have_the_place_only_while_all_branches_wait() {
        let (places, slot, mut turned) = alone().await;
        slot.forked(3);
        let (first, second) = (slot.wait(), slot.wait());
        assert_eq!((places.available_permits(), turned.try_recv().ok()), (0, None), "one branch works");
        slot.branch_ended();
        assert_eq!((places.available_permits(), turned.try_recv().ok()), (1, Some(RunEvent::Waits)), "the one that worked has ended");
        drop(first);
        slot.come_back().await;
        assert_eq!((places.available_permits(), turned.try_recv().ok()), (0, Some(RunEvent::GoesOn)));
        drop(second);
        slot.branch_ended();
        drop(slot.wait());
        assert_eq!(places.available_permits(), 1, "after the fork there is the run alone");
    }

    #[tokio::test]
    async fn branches_that_come_back_at_once_need_one_place_between_them() {
        let (places, slot, _turned) = alone().await;
        slot.forked(2);
        drop((slot.wait(), slot.wait()));
        assert_eq!(places.available_permits(), 1, "others have it while all branches wait");
        let both = async { tokio::join!(slot.come_back(), slot.come_back()) };
        tokio::time::timeout(Duration::from_secs(60), both).await.expect("the only place is theirs");
        assert_eq!(places.available_permits(), 0);
        drop(slot);
        assert_eq!(places.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_limit_of_time_sleeps_beside_the_work_in_its_place() {
        let (places, slot, _turned) = alone().await;
        let clock = RunClock(Arc::clone(&slot));
        let until = clock.now().plus(60 * SECOND);
        for (sleep, free) in [(clock.sleep_until(until), 0), (clock.rest_until(until), 1)] {
            tokio::select! {
                biased;
                () = sleep => panic!("it did not sleep"),
                () = std::future::ready(()) => assert_eq!(places.available_permits(), free),
            }
        }
    }
}
