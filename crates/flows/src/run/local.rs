//! Parts of the world that need nothing from outside: the system's clock, events within this process, and parts that are empty.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use magpie_model::Timestamp;
use serde_json::Value;
use tokio::sync::broadcast;

use super::BoxFuture;
use super::world::{Clock, EventBus, FlowSource, Lifecycle, LogLine, Observer, RunLog, Secrets, Subscription};
use crate::definition::Definition;

/// Longest sleep before the clock is read again, so that a clock that is set is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = time.since(self.now());
                if left <= 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_nanos(left.unsigned_abs()).min(LONGEST_SLEEP)).await;
            }
        })
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// Events within this process. A listener that falls behind by more than the capacity is told that it lost some.
pub struct LocalEvents {
    sender: broadcast::Sender<Arc<Value>>,
}

impl LocalEvents {
    /// A bus that keeps so many events for slow listeners.
    pub fn new(capacity: usize) -> Self {
        Self { sender: broadcast::Sender::new(capacity.max(1)) }
    }

    /// How many listen now.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }
}

impl EventBus for LocalEvents {
    fn publish<'a>(&'a self, event: &'a Value) -> BoxFuture<'a, Result<(), String>> {
        // Without listeners there is nobody to tell, which is no error.
        let _ = self.sender.send(Arc::new(event.clone()));
        Box::pin(std::future::ready(Ok(())))
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        Box::new(Local(self.sender.subscribe()))
    }
}

struct Local(broadcast::Receiver<Arc<Value>>);

impl Subscription for Local {
    fn next(&mut self) -> BoxFuture<'_, Result<Arc<Value>, String>> {
        Box::pin(async move {
            self.0.recv().await.map_err(|error| match error {
                broadcast::error::RecvError::Lagged(lost) => format!("{lost} events were lost, since they came faster than they were read"),
                broadcast::error::RecvError::Closed => "the bus has ended".to_owned(),
            })
        })
    }
}

/// No secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn get<'a>(&'a self, _: &'a Definition, _: &'a str) -> BoxFuture<'a, Option<Value>> {
        Box::pin(std::future::ready(None))
    }
}

/// No other flows.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFlows;

impl FlowSource for NoFlows {
    fn find<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> BoxFuture<'a, Option<Arc<Definition>>> {
        Box::pin(std::future::ready(None))
    }
}

/// Neither writes nor observes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl RunLog for Quiet {
    fn write(&self, _: LogLine) {}
}

impl Observer for Quiet {
    fn on(&self, _: &Lifecycle) {}
}
