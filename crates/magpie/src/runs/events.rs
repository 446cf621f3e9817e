//! Events between the outside, flows and waiting runs: rows with numbers, so that none that was acknowledged is lost.
//!
//! Whoever listens reads from a number on and is woken when there are more. A run that goes on after an interruption listens
//! from where the interrupted step began; a flow that events start goes on where its last run left off, in the same
//! transaction that makes the run.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use magpie_flows::run::{BoxFuture, EventBus, Subscription};
use magpie_store::RunStore;
use magpie_store::runs::StoredEvent;
use serde_json::Value;
use tokio::sync::watch;

use super::slot::Slot;
use crate::serve::now;

/// Events read at once.
const AT_ONCE: usize = 200;
/// Another process may have stored events: that is looked for so often.
const LOOK: Duration = Duration::from_secs(1);

/// The stored events, and who is told of new ones.
pub(super) struct Events {
    store: Arc<dyn RunStore>,
    newest: watch::Sender<u64>,
    listening: AtomicUsize,
}

impl Events {
    pub(super) fn new(store: Arc<dyn RunStore>) -> magpie_store::Result<Arc<Self>> {
        let newest = store.event_before(magpie_model::Timestamp::MAX)?;
        Ok(Arc::new(Self { store, newest: watch::Sender::new(newest), listening: AtomicUsize::new(0) }))
    }

    /// Stores an event and tells of it; blocks until it is on disk. Gives its number, and whether it is new.
    pub(super) fn put(&self, event: &Value) -> magpie_store::Result<(u64, bool)> {
        let stored = self.store.put_event(event, now())?;
        self.newest.send_if_modified(|newest| {
            let is_newer = stored.0 > *newest;
            *newest = stored.0.max(*newest);
            is_newer
        });
        Ok(stored)
    }

    /// How many listen.
    pub(super) fn listening(&self) -> usize {
        self.listening.load(Ordering::Relaxed)
    }

    /// Number of the newest event.
    pub(super) fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    fn listen(self: &Arc<Self>, after: u64, heard: Arc<Heard>, slot: Option<Arc<Slot>>) -> Listener {
        self.listening.fetch_add(1, Ordering::Relaxed);
        Listener { events: Arc::clone(self), more: self.newest.subscribe(), after, read: VecDeque::new(), heard, slot }
    }
}

/// How far a listener is.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The last event that was given.
    pub(super) given: AtomicU64,
    /// All events up to this one were looked at, and are of no further interest.
    pub(super) done: AtomicU64,
}

/// The bus as one run sees it.
pub(super) struct RunEvents {
    pub(super) events: Arc<Events>,
    /// Listening begins after this event; after the newest when not set.
    pub(super) since: Option<u64>,
    pub(super) heard: Arc<Heard>,
    pub(super) slot: Option<Arc<Slot>>,
}

impl EventBus for RunEvents {
    fn publish<'a>(&'a self, event: &'a Value) -> BoxFuture<'a, Result<(), String>> {
        let (events, event) = (Arc::clone(&self.events), event.clone());
        Box::pin(async move {
            let stored = tokio::task::spawn_blocking(move || events.put(&event)).await.map_err(|error| error.to_string())?;
            stored.map(drop).map_err(|error| error.to_string())
        })
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        let after = self.since.unwrap_or_else(|| self.events.newest());
        Box::new(self.events.listen(after, Arc::clone(&self.heard), self.slot.clone()))
    }
}

struct Listener {
    events: Arc<Events>,
    more: watch::Receiver<u64>,
    after: u64,
    read: VecDeque<StoredEvent>,
    heard: Arc<Heard>,
    slot: Option<Arc<Slot>>,
}

impl Listener {
    async fn stored(&mut self) -> Result<StoredEvent, String> {
        let mut waits = None;
        loop {
            if let Some(event) = self.read.pop_front() {
                if let (Some(waits), Some(slot)) = (waits.take(), &self.slot) {
                    drop(waits);
                    slot.come_back().await;
                }
                return Ok(event);
            }
            self.more.borrow_and_update();
            let (store, after) = (Arc::clone(&self.events.store), self.after);
            let read = tokio::task::spawn_blocking(move || store.events(after, AT_ONCE)).await.map_err(|error| error.to_string())?;
            self.read.extend(read.map_err(|error| error.to_string())?);
            if let Some(last) = self.read.back() {
                self.after = last.number;
                continue;
            }
            if waits.is_none() {
                waits = self.slot.as_ref().map(Slot::wait);
            }
            // Both an error, which means that the process ends, and the time are reasons to look again.
            let _ = tokio::time::timeout(LOOK, self.more.changed()).await;
        }
    }
}

impl Subscription for Listener {
    fn next(&mut self) -> BoxFuture<'_, Result<Arc<Value>, String>> {
        Box::pin(async move {
            self.heard.done.fetch_max(self.heard.given.load(Ordering::Relaxed), Ordering::Relaxed);
            let event = self.stored().await?;
            self.heard.given.store(event.number, Ordering::Relaxed);
            Ok(Arc::new(event.event))
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.events.listening.fetch_sub(1, Ordering::Relaxed);
    }
}
