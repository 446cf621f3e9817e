//! The live stream: server-sent events of records, rollups, alerts and runs, filtered per client.
//!
//! Each client has a task that filters every event as it comes, however slowly the client reads, and a queue bounded in
//! bytes. What does not fit is not kept: it is counted, and told in a `lagged` event at the place where it is missing. The
//! task and the queue end with the connection; at shutdown the stream says `end` and closes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_core::Stream;
use magpie_model::query::TimeRange;
use magpie_model::record::RecordBatch;
use magpie_model::run::Run;
use magpie_model::{Alert, Code, PartialTable};
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, OwnedSemaphorePermit, broadcast, watch};
use tokio::task::JoinHandle;

use crate::access::{self, Caller};
use crate::endpoint::Call;
use crate::matching::Matching;
use crate::params::{Query, unknown_name};
use crate::problem::Problem;
use crate::rows::Row;
use crate::run_filters::is_of_place;
use crate::shared::Shared;
use crate::shown_alert::shown_one;
use crate::{Event, filters};

/// What can be watched.
pub(crate) const TOPICS: [&str; 4] = ["records", "rollups", "alerts", "runs"];
/// Records after which the task lets others run.
const STRIDE: usize = 256;

/// Answers with a stream.
pub(crate) async fn watch(shared: &Arc<Shared>, call: &Call) -> Result<Response, Problem> {
    let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
        let detail = format!("{} streams are open already", shared.api.limits.streams);
        let refused = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "close a page that shows live records");
        return Err(refused.coded(Code::TooManyStreams, &[("limit", &shared.api.limits.streams)]));
    };
    let (call, caller) = (call.clone(), call.caller.clone());
    let (wanted, events) = shared
        .ask(move |shared| {
            let wanted = Wanted::read(shared, &call)?;
            Ok((wanted, shared.api.backend.subscribe()))
        })
        .await?;
    let queue = Arc::new(Queue::new(shared.api.limits.stream_bytes));
    let pump = Pump(tokio::spawn(pump(Arc::clone(shared), wanted, events, Arc::clone(&queue))));
    queue.push(Topic::Records, "hello", json!({"version": env!("CARGO_PKG_VERSION")}).to_string());
    let state = Connection {
        shared: Arc::clone(shared),
        caller,
        queue,
        closing: shared.closing.clone(),
        keep_alive: shared.api.limits.keep_alive,
        ended: false,
        _pump: pump,
        _permit: permit,
    };
    let mut response = Response::new(Body::from_stream(Frames { next: Some(Box::pin(next(state))) }));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

/// What a client wants to see.
struct Wanted {
    records: Option<Matching>,
    rollups: bool,
    alerts: bool,
    /// The job id asked for, or its end, and the places.
    runs: Option<(Option<String>, Query)>,
    monitor: Option<String>,
}

impl Wanted {
    fn read(shared: &Shared, call: &Call) -> Result<Self, Problem> {
        let config = shared.api.backend.config();
        let mut topics = call.query.listed("topics");
        if topics.is_empty() {
            topics = TOPICS.to_vec();
        }
        if let Some(other) = topics.iter().find(|topic| !TOPICS.contains(topic)) {
            return Err(unknown_name(StatusCode::BAD_REQUEST, "topics", other, &TOPICS));
        }
        let monitor = call.query.one("monitor").map(str::to_owned);
        if let Some(name) = &monitor
            && config.monitor(name).is_none()
        {
            let known: Vec<&str> = config.monitors.iter().map(|monitor| monitor.name.as_str()).collect();
            return Err(unknown_name(StatusCode::BAD_REQUEST, "monitor", name, &known));
        }
        let query = filters::record_query(&call.query, TimeRange::ALL, &config)?;
        let matching = Matching::new(&query, &config.fields).map_err(|error| Problem::internal(&error))?;
        let wants = |topic| topics.contains(&topic);
        let runs = wants("runs").then(|| (call.query.one("job_id").map(str::to_ascii_lowercase), call.query.clone()));
        Ok(Self { records: wants("records").then_some(matching), rollups: wants("rollups"), alerts: wants("alerts"), runs, monitor })
    }

    fn is_run(&self, run: &Run) -> bool {
        self.runs.as_ref().is_some_and(|(job_id, query)| {
            job_id.as_ref().is_none_or(|wanted| run.job_id.to_string().ends_with(wanted))
                && is_of_place(query, [&run.region, &run.application, &run.version, &run.flow])
        })
    }

    fn is_of(&self, monitor: &str) -> bool {
        self.monitor.as_deref().is_none_or(|wanted| wanted == monitor)
    }
}

/// Moves events into the queue until the connection drops it.
async fn pump(shared: Arc<Shared>, wanted: Wanted, mut events: broadcast::Receiver<Event>, queue: Arc<Queue>) {
    let mut expected: Option<u64> = None;
    loop {
        match events.recv().await {
            Ok(Event::Records { before, batch }) => {
                let skipped = before.saturating_sub(expected.unwrap_or(before));
                expected = Some(before.saturating_add(batch.records.len() as u64));
                if let Some(matching) = &wanted.records {
                    shared.meters.add_missed(queue.missed(Topic::Records, skipped));
                    push_records(&shared, matching, &batch, &queue).await;
                }
            }
            Ok(Event::Rollups(table)) if wanted.rollups && wanted.is_of(&table.monitor) => {
                push_rollups(&shared, (*table).clone(), &queue).await;
            }
            Ok(Event::Alert(alert)) if wanted.alerts && wanted.is_of(&alert.monitor) => push_alert(&shared, alert, &queue).await,
            Ok(Event::Runs(runs)) => push_runs(&shared, &wanted, &runs, &queue).await,
            Ok(_) => {}
            // Skipped records are counted by their numbers; of the rest only that something was skipped is known.
            Err(RecvError::Lagged(batches)) => shared.meters.add_missed(queue.missed(Topic::Batches, batches)),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn push_records(shared: &Shared, matching: &Matching, batch: &RecordBatch, queue: &Queue) {
    for (nth, row) in matching.rows(batch).into_iter().enumerate() {
        if nth % STRIDE == STRIDE - 1 {
            tokio::task::yield_now().await;
        }
        if queue.is_full() {
            shared.meters.add_missed(queue.missed(Topic::Records, 1));
            continue;
        }
        let record = batch.records.get(row as usize, &batch.fields, &batch.dictionaries);
        shared.meters.add_missed(queue.push(Topic::Records, "record", record.to_json(&batch.fields).to_string()));
    }
}

async fn push_rollups(shared: &Shared, mut table: PartialTable, queue: &Queue) {
    table.resolve_sides();
    table.sort();
    let span = shared.api.backend.config().bucket.length();
    for (nth, row) in table.rows.iter().enumerate() {
        if nth % STRIDE == STRIDE - 1 {
            tokio::task::yield_now().await;
        }
        let row = Row { table: &table, row, bucket: Some(row.bucket), span };
        if let Ok(data) = serde_json::to_string(&RollupEvent { monitor: &table.monitor, row }) {
            shared.meters.add_missed(queue.push(Topic::Rollups, "rollup", data));
        }
    }
}

async fn push_runs(shared: &Shared, wanted: &Wanted, runs: &[Run], queue: &Queue) {
    for (nth, run) in runs.iter().filter(|run| wanted.is_run(run)).enumerate() {
        if nth % STRIDE == STRIDE - 1 {
            tokio::task::yield_now().await;
        }
        if let Ok(data) = serde_json::to_string(run) {
            shared.meters.add_missed(queue.push(Topic::Runs, "run", data));
        }
    }
}

/// What people did about the alert is read from the state store, on a blocking thread.
async fn push_alert(shared: &Arc<Shared>, alert: Arc<Alert>, queue: &Queue) {
    let asked = Arc::clone(shared);
    let join = move || serde_json::to_string(&shown_one(&asked, (*alert).clone()).ok()??).ok();
    let missed = match tokio::task::spawn_blocking(join).await {
        Ok(Some(data)) => queue.push(Topic::Alerts, "alert", data),
        Ok(None) | Err(_) => queue.missed(Topic::Alerts, 1),
    };
    shared.meters.add_missed(missed);
}

/// A rollup row with the name of its monitor.
#[derive(Serialize)]
struct RollupEvent<'a> {
    monitor: &'a str,
    row: Row<'a>,
}

/// What may be missed, by kind.
#[derive(Clone, Copy)]
enum Topic {
    Records,
    Rollups,
    Alerts,
    Runs,
    Batches,
}

/// Events waiting for a client.
struct Queue {
    bound: usize,
    inner: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Bytes>,
    bytes: usize,
    missed: [u64; 5],
}

impl Waiting {
    fn add(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// The event that tells of a gap, if there is one.
    fn take_gap(&mut self) -> Option<Bytes> {
        if self.missed == [0; 5] {
            return None;
        }
        let [records, rollups, alerts, runs, batches] = std::mem::take(&mut self.missed);
        let missed = json!({"records": records, "rollups": rollups, "alerts": alerts, "runs": runs, "batches": batches});
        Some(frame("lagged", &missed.to_string()))
    }
}

impl Queue {
    fn new(bound: usize) -> Self {
        Self { bound, inner: Mutex::default(), filled: Notify::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self) -> bool {
        self.lock().bytes >= self.bound
    }

    /// Adds an event if there is room; gives how many were missed by it (0 or 1). One event always fits into an empty queue.
    fn push(&self, topic: Topic, event: &str, data: String) -> u64 {
        let mut waiting = self.lock();
        if waiting.bytes + data.len() > self.bound && !waiting.frames.is_empty() {
            waiting.missed[topic as usize] += 1;
            return 1;
        }
        if let Some(gap) = waiting.take_gap() {
            waiting.add(gap);
        }
        waiting.add(frame(event, &data));
        drop(waiting);
        self.filled.notify_one();
        0
    }

    /// Counts what was missed; gives the same number.
    fn missed(&self, topic: Topic, number: u64) -> u64 {
        if number > 0 {
            self.lock().missed[topic as usize] += number;
            self.filled.notify_one();
        }
        number
    }

    /// The next event, or the gap at the end of those that wait.
    async fn pop(&self) -> Bytes {
        loop {
            {
                let mut waiting = self.lock();
                if let Some(frame) = waiting.frames.pop_front() {
                    waiting.bytes -= frame.len();
                    return frame;
                }
                if let Some(gap) = waiting.take_gap() {
                    return gap;
                }
            }
            self.filled.notified().await;
        }
    }
}

/// An event on the wire. JSON has no line ends, so one `data:` line holds it.
fn frame(event: &str, data: &str) -> Bytes {
    format!("event: {event}\ndata: {data}\n\n").into()
}

/// The filtering task, which ends with its connection.
struct Pump(JoinHandle<()>);

impl Drop for Pump {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a stream keeps until it ends.
struct Connection {
    shared: Arc<Shared>,
    caller: Caller,
    queue: Arc<Queue>,
    closing: watch::Receiver<bool>,
    keep_alive: Duration,
    ended: bool,
    _pump: Pump,
    _permit: OwnedSemaphorePermit,
}

async fn next(mut connection: Connection) -> Option<(Bytes, Connection)> {
    if connection.ended {
        return None;
    }
    let bytes = tokio::select! {
        biased;
        _ = connection.closing.wait_for(|closing| *closing) => {
            connection.ended = true;
            frame("end", "{\"reason\":\"shutdown\"}")
        }
        bytes = connection.queue.pop() => bytes,
        () = tokio::time::sleep(connection.keep_alive) => Bytes::from_static(b": still here\n\n"),
    };
    // Who has signed out meanwhile sees nothing more: the stream ends with the next event or sign of life.
    access::is_still_admitted(&connection.shared, &connection.caller).then_some((bytes, connection))
}

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Connection)>> + Send>>;

/// The body: one frame after the other.
struct Frames {
    next: Option<Next>,
}

impl Stream for Frames {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(future) = self.next.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready(ready) = future.as_mut().poll(context) else { return Poll::Pending };
        self.next = None;
        Poll::Ready(ready.map(|(bytes, connection)| {
            self.next = Some(Box::pin(next(connection)));
            Ok(bytes)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &Queue) -> Vec<String> {
        let mut seen = Vec::new();
        let mut context = Context::from_waker(std::task::Waker::noop());
        loop {
            let mut pop = std::pin::pin!(queue.pop());
            match pop.as_mut().poll(&mut context) {
                Poll::Ready(frame) => seen.push(String::from_utf8_lossy(&frame).replace('\n', "|")),
                Poll::Pending => return seen,
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_counted_where_it_is_missing() {
        let queue = Queue::new(100);
        let push = |topic, data: &str| queue.push(topic, "record", data.to_owned());
        assert_eq!(push(Topic::Records, &"a".repeat(200)), 0, "one event always fits");
        assert_eq!(push(Topic::Records, "b") + push(Topic::Alerts, "c") + push(Topic::Records, "d"), 3);
        assert!(queue.is_full());
        let seen = drain(&queue);
        assert_eq!(seen[1..], ["event: lagged|data: {\"alerts\":1,\"batches\":0,\"records\":2,\"rollups\":0,\"runs\":0}||"]);
        queue.missed(Topic::Batches, 4);
        push(Topic::Records, "e");
        assert_eq!(
            drain(&queue),
            ["event: lagged|data: {\"alerts\":0,\"batches\":4,\"records\":0,\"rollups\":0,\"runs\":0}||", "event: record|data: e||"]
        );
        assert_eq!(drain(&queue), Vec::<String>::new());
    }

    #[test]
    fn a_client_that_never_reads_costs_a_bounded_queue() {
        let queue = Queue::new(10_000);
        let missed: u64 = (0..100_000).map(|nth| queue.push(Topic::Records, "record", format!("{nth:0100}"))).sum();
        assert!(queue.lock().bytes <= 10_000 + 100, "{} bytes wait", queue.lock().bytes);
        assert_eq!(queue.lock().missed[0], missed);
        assert_eq!(queue.lock().frames.len() as u64 + missed, 100_000);
    }
}
