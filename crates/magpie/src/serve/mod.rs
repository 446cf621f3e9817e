//! A running Magpie: who owns which task, and in which order they start and end.
//!
//! ```text
//! ports ─► gate ─► log ─┐
//! stdin ───────────► log ┤ bounded            bounded, one per lane
//! tailers ───────────────┴─► intake ─► operator × N ─► committer ─► store
//!                                                           judge ◄──┘ └──► upkeep: seal, compact, expire
//! ```
//!
//! [`Service`] lives as long as the process and owns the stores and what runs flows ([`Runs`]); [`ingest::Ingest`] is everything that depends on the
//! configuration, and is stopped and started anew by a reload. Every queue has a bound, and a full one stops whoever fills it,
//! back to the file that waits on disk.

mod backend;
mod backfill;
mod commit;
mod delays;
mod ingest;
mod intake;
mod judging;
pub(crate) mod leaps;
mod logged;
mod monitors;
mod operator;
mod overrides;
mod past;
mod preview;
mod progress;
mod rates;
mod receive;
mod stdin;
mod tryout;
mod upkeep;
mod uploads;
mod vitals;
pub(crate) mod written_since;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use magpie_api::{Api, Live, ServiceGraph};
use magpie_model::Timestamp;
use magpie_model::config::{Config, ConfigError, Problem};
use magpie_pipeline::normalise::plan::Plan;
use magpie_store::embedded::{EmbeddedTelemetry, Options, SqliteState};
use magpie_store::telemetry::Declared;
use magpie_store::{StateStore, TelemetryStore};

use crate::demo::FaultSwitch;
use crate::error::{Error, Result};
use crate::runs::{Runs, records};
use backfill::Backfills;
use ingest::{Ingest, Lasting};
use progress::Counted;
use uploads::Uploads;

/// The present time.
pub(crate) fn now() -> Timestamp {
    i64::try_from(jiff::Timestamp::now().as_nanosecond()).map_or(Timestamp::MAX, Timestamp)
}

/// Reads the configuration again.
pub(crate) type Loader = Box<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>;

/// Everything that lives as long as the process.
pub(crate) struct Service {
    /// As the file says.
    file: RwLock<Arc<Config>>,
    /// The same with what was made over the API: what is in force.
    config: RwLock<Arc<Config>>,
    load: Loader,
    threads: usize,
    telemetry: Arc<dyn TelemetryStore>,
    state: Arc<dyn StateStore>,
    live: Arc<Live>,
    graph: Arc<ServiceGraph>,
    backfills: Arc<Backfills>,
    ingest: Mutex<Option<Ingest>>,
    faults: Option<Arc<FaultSwitch>>,
    uploads: Uploads,
    runs: Runs,
    started: Timestamp,
}

impl Service {
    /// Opens the stores and starts everything.
    pub(crate) fn start(config: Config, load: Loader, threads: usize, faults: Option<Arc<FaultSwitch>>) -> Result<Arc<Self>> {
        // A file with mistakes is told before anything is opened.
        compiled(&config)?;
        let opened = EmbeddedTelemetry::open(&config.data_dir, declared(&config), Options::default())?;
        if !opened.set_aside().is_empty() {
            let help =
                "a crash left them, or MANIFEST lost its end; what can be read again is, then `magpie doctor --repair` takes back the rest";
            tracing::warn!(segments = ?opened.set_aside(), help, "segments that nothing names were moved to quarantine");
        }
        let telemetry: Arc<dyn TelemetryStore> = Arc::new(opened);
        let state: Arc<dyn StateStore> = Arc::new(SqliteState::open(&config.data_dir)?);
        let (file, config) = (Arc::new(config.clone()), in_force(&config, &*state)?);
        telemetry.declare(declared(&config));
        let plan = compiled(&config)?;
        let uploads = Uploads::of(&config.data_dir);
        let live: Arc<Live> = Arc::default();
        let runs = Runs::start(&config, Arc::clone(&state), Arc::clone(&telemetry), Arc::clone(&live))?;
        let service = Self {
            file: RwLock::new(file),
            config: RwLock::new(Arc::new(config)),
            load,
            threads,
            telemetry,
            state,
            live,
            graph: Arc::default(),
            backfills: Arc::default(),
            ingest: Mutex::new(None),
            faults,
            uploads,
            runs,
            started: now(),
        };
        let ingest = service.ingest_by(&service.config(), &plan, &Arc::default())?;
        *service.ingest() = Some(ingest);
        Ok(Arc::new(service))
    }

    /// What the API answers from.
    pub(crate) fn api(self: &Arc<Self>) -> Api {
        let backend: Arc<dyn magpie_api::Backend> = Arc::clone(self) as _;
        let runs = Some(self.runs.api());
        Api { service_graph: Arc::clone(&self.graph), runs, ..Api::new(Arc::clone(&self.telemetry), Arc::clone(&self.state), backend) }
    }

    /// Stops running flows and reading, hands over what was read, makes it durable.
    pub(crate) fn stop(&self) {
        self.runs.stop();
        if let Some(ingest) = self.ingest().take() {
            ingest.stop(magpie_store::SealReason::Shutdown, &self.config().sources);
        }
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The configuration as the file says.
    fn file(&self) -> Arc<Config> {
        Arc::clone(&self.file.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the configuration file in force, or says why not and keeps the old one. Gives what changed.
    pub(crate) fn reload(&self) -> Result<Vec<String>, ConfigError> {
        let mut ingest = self.ingest();
        let before_file = self.file();
        let mut file = (self.load)()?;
        Plan::compile(&file).map_err(|problems| ConfigError { path: file.path.clone(), problems })?;
        let mut changes = changes(&before_file, &file);
        for (name, changed) in [
            ("data_dir", before_file.data_dir != file.data_dir),
            ("listen", before_file.listen != file.listen),
            ("flows.state_dir", before_file.flows.state_dir != file.flows.state_dir),
            ("flows.slots", before_file.flows.slots != file.flows.slots),
        ] {
            if changed {
                changes.push(format!("{name} changes with the next start"));
            }
        }
        (file.data_dir, file.listen) = (before_file.data_dir.clone(), before_file.listen);
        let refused = |error: &Error| ConfigError { path: file.path.clone(), problems: vec![Problem::new(0, error.chain())] };
        let config = in_force(&file, &*self.state).map_err(|error| refused(&error.into()))?;
        self.apply(&mut ingest, config).map_err(|error| refused(&error))?;
        *self.file.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(file);
        self.runs.configure(&self.config());
        Ok(changes)
    }

    /// Puts a configuration in force: what was read by the one before is sealed first. After an error the one before stays.
    fn apply(&self, ingest: &mut Option<Ingest>, config: Config) -> Result<()> {
        let before = self.config();
        let plan = compiled(&config)?;
        let stopped = ingest.take().map(|running| running.stop(magpie_store::SealReason::Reload, &before.sources));
        let counted = Arc::new(stopped.unwrap_or_default());
        self.telemetry.declare(declared(&config));
        match self.ingest_by(&config, &plan, &counted) {
            Ok(started) => {
                *ingest = Some(started);
                *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                Ok(())
            }
            Err(error) => {
                self.telemetry.declare(declared(&before));
                *ingest = Plan::compile(&before).ok().and_then(|plan| self.ingest_by(&before, &plan, &counted).ok());
                Err(error)
            }
        }
    }

    fn ingest_by(&self, config: &Config, plan: &Arc<Plan>, counted: &Arc<Counted>) -> Result<Ingest> {
        written_since::note(config, &*self.telemetry, &*self.state, now())?;
        let lasting = Lasting {
            telemetry: Arc::clone(&self.telemetry),
            state: Arc::clone(&self.state),
            live: Arc::clone(&self.live),
            graph: Arc::clone(&self.graph),
            backfills: Arc::clone(&self.backfills),
            counted: Arc::clone(counted),
        };
        Ingest::start(config, plan, self.threads, lasting)
    }

    fn ingest(&self) -> MutexGuard<'_, Option<Ingest>> {
        self.ingest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn compiled(config: &Config) -> Result<Arc<Plan>> {
    Plan::compile(config).map_err(|problems| Error::config(&config.path, problems))
}

/// What is in force: the configuration file, the built-in sources, and the parsers and monitors that were made over the API.
pub(crate) fn in_force(file: &Config, state: &dyn StateStore) -> magpie_store::Result<Config> {
    let builtin = receive::with_builtin_sources(records::with_builtin_sources(uploads::with_builtin_source(file.clone())));
    let with_sources = overrides::apply(builtin, state)?;
    monitors::assemble(&with_sources, state)
}

/// What the store must know of a configuration.
pub(crate) fn declared(config: &Config) -> Declared {
    let recipes = magpie_pipeline::aggregate::recipes(config);
    Declared { fields: config.fields.clone().into(), base: config.base.clone(), bucket: config.bucket, recipes }
}

/// What a reload changes, by name.
fn changes(before: &Config, after: &Config) -> Vec<String> {
    let mut changes = Vec::new();
    let names = |config: &Config| {
        (
            config.sources.iter().map(|source| format!("source {}", source.name)).collect::<Vec<_>>(),
            config.monitors.iter().map(|monitor| format!("monitor {}", monitor.name)).collect::<Vec<_>>(),
        )
    };
    let ((old_sources, old_monitors), (new_sources, new_monitors)) = (names(before), names(after));
    for (old, new) in [(old_sources, new_sources), (old_monitors, new_monitors)] {
        changes.extend(new.iter().filter(|name| !old.contains(name)).map(|name| format!("{name} is new")));
        changes.extend(old.iter().filter(|name| !new.contains(name)).map(|name| format!("{name} is gone")));
    }
    for monitor in &after.monitors {
        if before.monitor(&monitor.name).is_some_and(|old| old != monitor) {
            changes.push(format!("monitor {} changed", monitor.name));
        }
    }
    for source in &after.sources {
        let old = before.sources.iter().find(|old| old.name == source.name);
        if old.is_some_and(|old| format!("{old:?}") != format!("{source:?}")) {
            changes.push(format!("source {} changed", source.name));
        }
    }
    if before.flows != after.flows {
        changes.push("flows changed".to_owned());
    }
    if before.access != after.access {
        changes.push("access changed".to_owned());
    }
    if before.bucket != after.bucket {
        changes.push(format!("buckets are of {} now", magpie_model::time::format_duration(after.bucket.length())));
    }
    changes
}
