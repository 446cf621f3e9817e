//! Flows that events start: for each a task that waits for what its `schedule.on` asks for, and makes a run of it.
//!
//! The waiting is itself a little flow, made by [`Definition::trigger`]. It reads stored events after the last one that became a run, so
//! that a restart loses none and repeats none: the run and how far the trigger is are written in one transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use magpie_flows::definition::Definition;
use magpie_flows::run::{
    Begun, BoxFuture, Ending, Finished, Journal, JournalError, Limits, NoFlows, NoSecrets, Order, Quiet, Replay, Runner, SystemClock, World,
};
use magpie_flows::schedule::Schedule;
use magpie_model::run::{FlowRow, JobId, RunKind, Trigger, TriggerKind};
use magpie_store::runs::Cause;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::events::{Heard, RunEvents};
use super::shared::Shared;
use super::trigger::{self, Made, Wanted};
use crate::serve::now;

/// Pause after a trigger failed.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest time between two looks at which flows there are.
const LOOK: Duration = Duration::from_secs(5);

/// A waiting task; it ends with this.
struct Waiting {
    revision: u64,
    task: JoinHandle<()>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps a task for each flow that events start, until it is aborted.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut waiting: HashMap<String, Waiting> = HashMap::new();
    let mut changed = shared.flows_changed.subscribe();
    loop {
        changed.borrow_and_update();
        let reading = Arc::clone(&shared);
        let wanted = tokio::task::spawn_blocking(move || started_by_events(&reading)).await;
        if let Ok(Ok(wanted)) = wanted {
            waiting.retain(|flow, task| wanted.iter().any(|(row, _)| row.flow == *flow && row.published == Some(task.revision)));
            for (row, definition) in wanted {
                let (flow, revision) = (row.flow.clone(), row.published.unwrap_or_default());
                waiting
                    .entry(flow.clone())
                    .or_insert_with(|| Waiting { revision, task: tokio::spawn(wait(Arc::clone(&shared), flow, definition)) });
            }
            shared.triggers.lock().unwrap_or_else(PoisonError::into_inner).retain(|flow, _| waiting.contains_key(flow));
        }
        // Both an error, which means that the process ends, and the time are reasons to look again.
        let _ = tokio::time::timeout(LOOK, changed.changed()).await;
    }
}

fn started_by_events(shared: &Shared) -> magpie_store::Result<Vec<(FlowRow, Arc<Definition>)>> {
    let flows = shared.store.flows()?.into_iter().filter(|row| row.kind == RunKind::Flow && row.enabled && row.paused.is_none());
    let with_definition = flows.filter_map(|row| shared.definitions.published(&row).ok().map(|definition| (row, definition)));
    Ok(with_definition.filter(|(_, definition)| matches!(definition.schedule, Some(Schedule::On(_)))).collect())
}

/// Waits for events and makes runs, one after the other, until it is aborted.
async fn wait(shared: Arc<Shared>, flow: String, definition: Arc<Definition>) {
    let Some(asking) = definition.trigger() else {
        return tracing::error!(flow, "what starts the flow cannot be waited for");
    };
    loop {
        if let Err(reason) = wait_once(&shared, &flow, &asking).await {
            tracing::error!(flow, reason, "the trigger of a flow failed; it goes on where it was");
            tokio::time::sleep(AGAIN).await;
        }
    }
}

async fn wait_once(shared: &Arc<Shared>, flow: &str, asking: &Arc<Definition>) -> Result<(), String> {
    let (reading, of_flow) = (Arc::clone(shared), flow.to_owned());
    let since = tokio::task::spawn_blocking(move || reading.store.begin_consuming(&of_flow, reading.events.newest())).await;
    let since = since.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let heard = Arc::new(Heard::default());
    heard.done.store(since, Ordering::Relaxed);
    heard.given.store(since, Ordering::Relaxed);
    shared.triggers.lock().unwrap_or_else(PoisonError::into_inner).insert(flow.to_owned(), Arc::clone(&heard));
    let order = Order {
        job: JobId::new(now(), fastrand::u128(..)),
        attempt: 1,
        definition: Arc::clone(asking),
        input: Value::Null,
        started: now(),
        replay: Replay::default(),
        repeat_interrupted: false,
    };
    let events = match Runner::new(world(shared, since, &heard)).run(order).await {
        Ending::Succeeded(events) => events,
        other => return Err(format!("{other:?}")),
    };
    let up_to = heard.given.load(Ordering::Relaxed);
    let (making, of_flow) = (Arc::clone(shared), flow.to_owned());
    let made = tokio::task::spawn_blocking(move || make(&making, &of_flow, events, up_to)).await;
    let made = made.map_err(|error| error.to_string())??;
    if let Made::Run(run) = made {
        // Without somebody who posts events and waits for the answer, nobody is told.
        let _ = shared.triggered.send((up_to, run.job_id));
    }
    heard.done.store(up_to, Ordering::Relaxed);
    Ok(())
}

fn make(shared: &Arc<Shared>, flow: &str, events: Value, up_to: u64) -> Result<Made, String> {
    let row = shared.store.flow(flow).map_err(|error| error.to_string())?.ok_or("the flow is gone")?;
    let first = &events[0];
    let by = format!("{} {}", first["type"].as_str().unwrap_or("event"), first["id"].as_str().unwrap_or_default());
    let wanted = Wanted {
        row,
        revision: None,
        input: events,
        trigger: Trigger { kind: TriggerKind::Event, by: Some(by), due: None },
        cause: Cause::Events { up_to },
        late: false,
        signature: None,
    };
    match trigger::make(shared, &wanted) {
        // More than is kept for a retry: told, and left out, since it would never fit.
        Err(magpie_api::RunRefusal::TooLarge { bytes, limit }) => {
            tracing::error!(flow, bytes, limit, "an event is larger than what is kept for a retry; it starts no run");
            Ok(Made::Overlaps)
        }
        made => made.map_err(|error| error.to_string()),
    }
}

fn world(shared: &Arc<Shared>, since: u64, heard: &Arc<Heard>) -> World {
    World {
        http: shared.http() as _,
        processes: Arc::clone(&shared.processes) as _,
        clock: Arc::new(SystemClock),
        events: Arc::new(RunEvents { events: Arc::clone(&shared.events), since: Some(since), heard: Arc::clone(heard), slot: None }),
        journal: Arc::new(Forgetful),
        expressions: Arc::clone(&shared.expressions) as _,
        secrets: Arc::new(NoSecrets),
        flows: Arc::new(NoFlows),
        log: Arc::new(Quiet),
        observer: Arc::new(Quiet),
        permissions: shared.permissions(),
        limits: Limits::default(),
    }
}

/// Waiting for a trigger has no journal: events are stored, and it begins anew where it was.
struct Forgetful;

impl Journal for Forgetful {
    fn begin<'a>(&'a self, _: &'a Begun) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn finish<'a>(&'a self, _: &'a Finished) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// An event as it is stored: what CloudEvents require is filled in.
///
/// # Errors
/// The member that is missing or wrong, and what to write.
pub(super) fn completed(event: Value) -> Result<Value, (String, String)> {
    let Value::Object(mut event) = event else { return Err((String::new(), "an event is a JSON object".to_owned())) };
    match event.get("type") {
        Some(Value::String(kind)) if !kind.is_empty() => {}
        _ => return Err(("type".to_owned(), "an event needs a `type`, such as `com.example.order.placed`".to_owned())),
    }
    for key in ["id", "source"] {
        if event.get(key).is_some_and(|value| !value.is_string()) {
            return Err((key.to_owned(), format!("`{key}` must be a text")));
        }
    }
    let time = now();
    event.entry("specversion").or_insert_with(|| json!("1.0"));
    event.entry("source").or_insert_with(|| json!("/api/v1/events"));
    event.entry("id").or_insert_with(|| json!(JobId::new(time, fastrand::u128(..)).to_string()));
    event.entry("time").or_insert_with(|| json!(time.to_string()));
    Ok(Value::Object(event))
}
