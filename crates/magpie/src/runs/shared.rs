//! What all parts of the runs' side of a Magpie share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use magpie_api::Live;
use magpie_flows::definition::Definition;
use magpie_flows::expression::{Evaluator, PoolOptions};
use magpie_flows::retry::{Backoff, Policy};
use magpie_flows::run::{Guard, HostProcesses, HttpClient, HttpOptions, Permissions};
use magpie_model::Timestamp;
use magpie_model::config::{Config, Flows};
use magpie_model::run::{FlowRow, JobId, Run};
use magpie_pipeline::normalise::route::Routes;
use magpie_pipeline::normalise::who::Directory;
use magpie_store::{RunStore, StateStore, TelemetryStore};
use tokio::sync::{Notify, Semaphore, mpsc, watch};

use super::definitions::Definitions;
use super::events::Events;
use super::journal::Naming;
use super::records::Records;
use super::secrets::ConfiguredSecrets;
use super::waiting::Waiting;
use crate::serve::now;

/// Longest time for one expression.
const EXPRESSION: Duration = Duration::from_secs(5);
/// Memory for one expression, in bytes.
pub(crate) const EXPRESSION_MEMORY: u64 = 256 << 20;
/// Processes that evaluate expressions.
const EXPRESSIONS: usize = 4;
/// Runs whose changes may wait to be told; more are told by the next look at the list.
const CHANGES: usize = 2_000;

/// Everything the parts need of each other.
pub(crate) struct Shared {
    pub(super) store: Arc<dyn RunStore>,
    /// Triggers that the store could not take.
    pub(super) waiting: Waiting,
    /// Flows as they were a moment ago, for triggers while the store is away.
    pub(super) flows: RwLock<HashMap<String, FlowRow>>,
    pub(super) state: Arc<dyn StateStore>,
    pub(super) telemetry: Arc<dyn TelemetryStore>,
    pub(super) live: Arc<Live>,
    pub(super) records: Arc<Records>,
    pub(super) definitions: Arc<Definitions>,
    pub(super) events: Arc<Events>,
    http: RwLock<Arc<HttpClient>>,
    pub(super) processes: Arc<HostProcesses>,
    pub(super) expressions: Arc<Evaluator>,
    /// Who leases runs: another word after each start.
    pub(super) owner: String,
    /// Wakes the executor: something may be due.
    pub(super) wake: Notify,
    /// Wakes who follows flows: one was changed.
    pub(super) flows_changed: watch::Sender<u64>,
    /// Places of runs that work.
    pub(super) places: Arc<Semaphore>,
    /// Runs that are here.
    pub(super) here: Mutex<HashMap<JobId, Here>>,
    /// Flows that events start, with how far each has heard.
    pub(super) triggers: Mutex<HashMap<String, Arc<super::events::Heard>>>,
    /// Runs that events started, with the number of the event.
    pub(super) triggered: tokio::sync::broadcast::Sender<(u64, JobId)>,
    /// Runs that wait for their turn, as of a moment ago.
    pub(super) queued: AtomicU64,
    changes: Mutex<HashMap<JobId, Run>>,
    config: RwLock<Arc<Flows>>,
    names: RwLock<Arc<Names>>,
    zone: RwLock<String>,
}

/// What the configuration says of hosts and paths.
struct Names {
    directory: Directory,
    routes: Routes,
}

impl Names {
    fn compile(config: &Config) -> Arc<Self> {
        // Mistakes in `routes:` were told when the configuration was read.
        let routes = Routes::compile(&config.routes).unwrap_or_default();
        Arc::new(Self { directory: Directory::compile(&config.hosts, &config.trusted_proxies), routes })
    }
}

/// A run that is worked on in this process.
pub(super) struct Here {
    /// Tells it to end.
    pub(super) stop: mpsc::Sender<Stop>,
}

/// Why a run is to end.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// Somebody cancelled it.
    Cancelled,
    /// Another process has it by now.
    Lost,
}

fn http_client(flows: &Flows) -> Arc<HttpClient> {
    Arc::new(HttpClient::new(HttpOptions { allow_link_local: flows.allow.link_local, ..HttpOptions::default() }))
}

/// This program, to be started again as a helper: the one that runs, also when its file has been replaced by a newer one.
fn own_program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    if running.exists() { running.to_owned() } else { std::env::current_exe().unwrap_or_else(|_| "magpie".into()) }
}

impl Shared {
    pub(super) fn new(
        config: &Config,
        (store, waiting): (Arc<dyn RunStore>, Waiting),
        state: Arc<dyn StateStore>,
        telemetry: Arc<dyn TelemetryStore>,
        live: Arc<Live>,
        records: Arc<Records>,
        owner: String,
    ) -> magpie_store::Result<Self> {
        let flows = Arc::new(config.flows.clone());
        let program = own_program();
        // The program of unit tests would end at once, and a step whose processes nobody guards is not begun.
        let guard = (!cfg!(test)).then(|| Arc::new(Guard::new(program.clone(), vec!["guard-processes".to_owned()])));
        let pool = PoolOptions {
            program,
            arguments: vec!["evaluate-expressions".to_owned()],
            deadline: EXPRESSION,
            memory_bytes: EXPRESSION_MEMORY,
            children: EXPRESSIONS,
        };
        Ok(Self {
            definitions: Arc::new(Definitions::new(Arc::clone(&store))),
            events: Events::new(Arc::clone(&store))?,
            http: RwLock::new(http_client(&flows)),
            processes: Arc::new(HostProcesses { guard, ..HostProcesses::default() }),
            expressions: Arc::new(Evaluator::new(pool)),
            owner,
            wake: Notify::new(),
            flows_changed: watch::Sender::new(0),
            places: Arc::new(Semaphore::new(flows.slots)),
            here: Mutex::default(),
            triggers: Mutex::default(),
            triggered: tokio::sync::broadcast::Sender::new(256),
            queued: AtomicU64::new(0),
            changes: Mutex::default(),
            config: RwLock::new(flows),
            names: RwLock::new(Names::compile(config)),
            zone: RwLock::new(config.zone.clone()),
            store,
            waiting,
            flows: RwLock::default(),
            state,
            telemetry,
            live,
            records,
        })
    }

    /// Puts another configuration in force, as far as it can be while runs go on.
    pub(super) fn configure(&self, config: &Config) {
        if self.config().allow.link_local != config.flows.allow.link_local {
            *self.http.write().unwrap_or_else(PoisonError::into_inner) = http_client(&config.flows);
        }
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config.flows.clone());
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Names::compile(config);
        self.zone.write().unwrap_or_else(PoisonError::into_inner).clone_from(&config.zone);
        self.flows_were_changed();
    }

    /// The configuration in force.
    pub(super) fn config(&self) -> Arc<Flows> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Zone of schedules that name none.
    pub(super) fn zone(&self) -> String {
        self.zone.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn secrets(&self) -> ConfiguredSecrets {
        ConfiguredSecrets(self.config())
    }

    /// How a flow's failed runs are retried.
    pub(super) fn policy(&self, definition: Option<&Definition>) -> Policy {
        definition.and_then(|definition| definition.document.retry).unwrap_or_else(|| {
            let retry = self.config().retry;
            Policy {
                delay: retry.delay,
                backoff: Backoff::Exponential { factor: retry.factor, max_delay: retry.max_delay },
                max_retries: Some(retry.attempts.saturating_sub(1)),
                attempt_limit: None,
                total_limit: None,
                jitter: None,
            }
        })
    }

    /// Who makes the calls of runs that begin now.
    pub(super) fn http(&self) -> Arc<HttpClient> {
        Arc::clone(&self.http.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What flows may do.
    pub(super) fn permissions(&self) -> Permissions {
        let allow = &self.config().allow;
        Permissions {
            shell: allow.shell,
            script: allow.script,
            container: allow.container,
            link_local: allow.link_local,
            directories: allow.directories.clone(),
        }
    }

    fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A flow; while the store is away, as it was a moment ago.
    pub(super) fn flow(&self, flow: &str) -> magpie_store::Result<Option<FlowRow>> {
        self.store.flow(flow).or_else(|error| {
            let flows = self.flows.read().unwrap_or_else(PoisonError::into_inner);
            flows.get(flow).cloned().map(Some).ok_or(error)
        })
    }

    /// Tells those who follow flows.
    pub(super) fn flows_were_changed(&self) {
        self.flows_changed.send_modify(|changes| *changes += 1);
    }

    /// Notes that a run changed, to be told with others.
    pub(super) fn changed(&self, run: &Run) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if changes.len() < CHANGES || changes.contains_key(&run.job_id) {
            changes.insert(run.job_id, run.clone());
        }
    }

    /// Tells what changed since it was last told.
    pub(super) fn tell_changes(&self) {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        if !changes.is_empty() && self.live.is_watched() {
            self.live.runs(Arc::new(changes.into_values().collect()));
        }
    }

    /// Until when a lease is taken now.
    pub(super) fn lease_until(&self) -> Timestamp {
        now().plus(super::executor::LEASE)
    }
}

impl Naming for Shared {
    fn module_of(&self, target: &str) -> Option<String> {
        self.names().directory.who(super::records::host_of(target)).and_then(|who| who.module.map(str::to_owned))
    }

    fn route_of(&self, path: &str) -> String {
        self.names().routes.route(path)
    }
}
