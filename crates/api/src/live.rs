//! What happens now, handed to whoever watches: batches of records, closed rollups, changed alerts and runs.
//!
//! A broadcast of shared batches, so that publishing costs the pipeline nothing per watcher and never waits. Records are
//! numbered as they are published: a watcher that fell behind knows how many it missed. Filtering, and the bounded queue
//! to each client, are the stream endpoint's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use magpie_model::record::RecordBatch;
use magpie_model::run::Run;
use magpie_model::{Alert, PartialTable};
use tokio::sync::broadcast;

/// Events that a watcher may be behind. Batches are shared, so this bounds memory to so many batches in all.
const CAPACITY: usize = 32;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Records became visible.
    Records {
        /// Records published before these, since the process started.
        before: u64,
        /// The records.
        batch: Arc<RecordBatch>,
    },
    /// Buckets of a monitor were closed, or changed by late data. Sides are not resolved yet.
    Rollups(Arc<PartialTable>),
    /// An alert began or changed.
    Alert(Arc<Alert>),
    /// Runs changed: each as it is now. What changes within a tenth of a second comes together.
    Runs(Arc<Vec<Run>>),
}

/// The publisher's end.
#[derive(Debug)]
pub struct Live {
    sender: broadcast::Sender<Event>,
    records: AtomicU64,
}

impl Default for Live {
    fn default() -> Self {
        Self { sender: broadcast::channel(CAPACITY).0, records: AtomicU64::new(0) }
    }
}

impl Live {
    /// Publishes records.
    pub fn records(&self, batch: Arc<RecordBatch>) {
        let before = self.records.fetch_add(batch.records.len() as u64, Ordering::Relaxed);
        self.publish(Event::Records { before, batch });
    }

    /// Publishes closed buckets of one monitor.
    pub fn rollups(&self, table: Arc<PartialTable>) {
        self.publish(Event::Rollups(table));
    }

    /// Publishes an alert as it is now.
    pub fn alert(&self, alert: Arc<Alert>) {
        self.publish(Event::Alert(alert));
    }

    /// Publishes runs as they are now.
    pub fn runs(&self, runs: Arc<Vec<Run>>) {
        self.publish(Event::Runs(runs));
    }

    /// A new watcher: [`crate::Backend::subscribe`].
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Whether anybody watches: without, there is no need to build what would be published.
    pub fn is_watched(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    fn publish(&self, event: Event) {
        // An error means that nobody watches, which is the usual state.
        let _ = self.sender.send(event);
    }
}
