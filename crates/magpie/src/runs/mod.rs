//! Flows that run: who owns which task, and what they share.
//!
//! ```text
//! folder ──┐                 ┌─► attempt ─► journal ─► store of runs
//! API ─────┼─► flows         │      └─────► records ─► the normal pipeline
//! schedules ─► trigger ─► store ─► executor
//! events ──┘   (a row)       ▲      leases, at most `slots` at once
//! people ──► retry, cancel ──┘
//! ```
//! While the store is away, `waiting` keeps triggers beside it.
//!
//! [`Runs`] lives as long as the process and has a runtime of its own, so that a flow that is busy holds up neither the API
//! nor the reading of logs. Every task is a reconciler over what is stored, or belongs to one run; all of them are aborted at the
//! end, and whatever a run was doing goes on by its journal at the next start.

mod attempt;
mod backend;
mod definitions;
mod describe;
mod events;
mod executor;
mod expected;
mod folder;
mod jobs;
mod journal;
mod manage;
mod moves;
pub(crate) mod records;
mod retry;
mod schedules;
mod secrets;
mod shared;
mod shown;
mod slot;
mod sweep;
#[cfg(test)]
mod tests;
mod trigger;
mod triggers;
mod waiting;
pub(crate) mod watchdog;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use magpie_api::{Live, QueueReport};
use magpie_model::config::Config;
use magpie_store::embedded::{SqliteRuns, TriggerSpool};
use magpie_store::{RunStore, StateStore, TelemetryStore};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::serve::now;
use backend::Answers;
use records::Records;
pub(crate) use shared::EXPRESSION_MEMORY;
use shared::Shared;

/// How often changes of runs are told to those who watch.
const TELL: Duration = Duration::from_millis(100);
/// How long tasks have to end.
const END: Duration = Duration::from_secs(5);

/// Everything that runs flows.
pub(crate) struct Runs {
    shared: Arc<Shared>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    runtime: Mutex<Option<tokio::runtime::Runtime>>,
}

impl Runs {
    /// Opens the store of runs and starts all tasks. What an earlier process of this data directory was doing goes on.
    pub(crate) fn start(config: &Config, state: Arc<dyn StateStore>, telemetry: Arc<dyn TelemetryStore>, live: Arc<Live>) -> Result<Self> {
        let dir = config.flows.state_dir.as_ref().unwrap_or(&config.data_dir);
        let store: Arc<dyn RunStore> = Arc::new(SqliteRuns::open(dir)?);
        let instance = instance(&config.data_dir)?;
        // The lock on the data directory says that no other process of this instance is alive.
        store.release(&instance)?;
        let owner = format!("{instance}{}", fastrand::u32(..));
        let records = Records::start(&config.data_dir).map_err(Error::failed("start writing run logs"))?;
        let waiting = waiting::Waiting::open(dir)?;
        let shared = Arc::new(Shared::new(config, (store, waiting), state, telemetry, live, records, owner)?);
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).thread_name("runs").enable_all().build();
        let runtime = runtime.map_err(Error::failed("start the runtime of flows"))?;
        let tasks = vec![
            runtime.spawn(executor::run(Arc::clone(&shared))),
            runtime.spawn(executor::renew(Arc::clone(&shared))),
            runtime.spawn(triggers::run(Arc::clone(&shared))),
            runtime.spawn(telling(Arc::clone(&shared))),
            runtime.spawn(repeating(folder::LOOK, {
                let (shared, folder) = (Arc::clone(&shared), Arc::new(Mutex::new(folder::Folder::default())));
                move || folder.lock().unwrap_or_else(PoisonError::into_inner).look(&shared)
            })),
            runtime.spawn(repeating(schedules::LOOK, of(&shared, schedules::look))),
            runtime.spawn(repeating(waiting::LOOK, of(&shared, waiting::look))),
            runtime.spawn(repeating(schedules::LOOK, of(&shared, expected::look))),
            runtime.spawn(repeating(watchdog::LOOK, of(&shared, watchdog::look))),
            runtime.spawn(repeating(sweep::LOOK, {
                let sweep = Arc::new(sweep::Sweep::new(&shared, Instant::now(), now()));
                move || sweep.look(Instant::now(), now())
            })),
        ];
        Ok(Self { shared, tasks: Mutex::new(tasks), runtime: Mutex::new(Some(runtime)) })
    }

    /// What the API answers from.
    pub(crate) fn api(&self) -> magpie_api::Runs {
        magpie_api::Runs { store: Arc::clone(&self.shared.store), backend: Arc::new(Answers(Arc::clone(&self.shared))) }
    }

    /// The queues of flows, for whoever looks after this process.
    pub(crate) fn queues(&self) -> Vec<QueueReport> {
        let shared = &self.shared;
        let (length, bound, dropped) = shared.records.gauges();
        let report = |name: &str, length, bound, dropped| QueueReport { name: name.to_owned(), length, bound, dropped };
        vec![
            report("run logs to the disk", length, bound, dropped),
            report("runs that wait for their turn", shared.queued.load(Ordering::Relaxed), shared.config().queue, 0),
            report("triggers that wait for the store of runs", shared.waiting.runs().len() as u64, TriggerSpool::MOST as u64, 0),
        ]
    }

    /// Puts another configuration in force. Where runs are kept and how many work at once changes with the next start.
    pub(crate) fn configure(&self, config: &Config) {
        self.shared.configure(config);
    }

    /// Ends all tasks; what they were doing goes on at the next start.
    pub(crate) fn stop(&self) {
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
        if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
            runtime.shutdown_timeout(END);
        }
        self.shared.records.stop();
    }
}

/// A word for this data directory, that its leases begin with.
fn instance(data_dir: &Path) -> Result<String> {
    let path = data_dir.join("instance");
    match std::fs::read_to_string(&path) {
        Ok(word) if !word.trim().is_empty() => Ok(word.trim().to_owned()),
        _ => {
            let word = format!("{:016x}-", fastrand::u64(..));
            std::fs::write(&path, &word).map_err(Error::file("write", &path))?;
            Ok(word)
        }
    }
}

fn of(shared: &Arc<Shared>, work: fn(&Arc<Shared>)) -> impl Fn() + Clone + Send + 'static {
    let shared = Arc::clone(shared);
    move || work(&shared)
}

/// Does blocking work now and then, until it is aborted.
async fn repeating(pause: Duration, work: impl Fn() + Clone + Send + 'static) {
    loop {
        // A look that panicked is told by the panic; the next one begins anew.
        let _ = tokio::task::spawn_blocking(work.clone()).await;
        tokio::time::sleep(pause).await;
    }
}

/// Tells changes of runs, and keeps count of those that wait.
async fn telling(shared: Arc<Shared>) {
    let mut ticks: u32 = 0;
    loop {
        shared.tell_changes();
        if ticks.is_multiple_of(10) {
            let counting = Arc::clone(&shared);
            if let Ok(Ok(queued)) = tokio::task::spawn_blocking(move || counting.store.queued()).await {
                shared.queued.store(queued, Ordering::Relaxed);
            }
        }
        ticks = ticks.wrapping_add(1);
        tokio::time::sleep(TELL).await;
    }
}
