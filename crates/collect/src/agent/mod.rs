//! The agent: reads what modules on this host write, and ships it to a server politely, each line once.
//!
//! ```text
//! files ──────────────► followers ─► inbox ─► packer ─► sender ─► server
//! stdin, syslog,           ▲         two      ceilings, one         │
//! journal ─► disk queue ───┘         lanes    edge,     request     │ acknowledges
//!                          positions ◄──────── encoding ◄───────────┘
//! ```
//!
//! Of a source that may count, what waits too long goes another way: followers ─► counter ─► outbox on disk ─► packer.
//!
//! A line is known by (agent, generation of its file, offset), and a position moves only when a server has said that it has the
//! bytes: so whatever is killed, cut off or full, the worst is that a range is sent again, and the server knows what it has. The
//! reasons are in `docs/adr/0042-an-agent-that-ships-ranges.md`. This module starts the parts, ends them in order, and puts
//! another configuration in force: the threads are ended and begun anew (`running`), while ports stay open (`fed`) and files
//! that are gone but not read to their end are handed over.

mod call;
mod containers;
mod counter;
mod edge;
mod fed;
mod feeds;
mod inbox;
mod journal;
mod ledger;
mod otlp;
mod outbox;
mod packer;
mod positions;
mod records;
mod running;
mod sender;
mod servers;
mod share;
mod spool;
mod status;
mod tls;

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use magpie_model::config::agent::AgentConfig;

use crate::Error;
pub use edge::Normalise;
use fed::Fed;
use ledger::Ledger;
use running::{Held, Prepared, Running};
use status::Counts;
pub use status::{AgentStatus, NormalisedStatus, QueueStatus};

/// How long what was read is tried to be sent before another configuration is put in force. It is read again if need be.
const CHANGE_PATIENCE: Duration = Duration::from_secs(1);

/// Gives what makes records of lines by a configuration; nothing where no source of it is normalised here. The text says what is wrong.
pub type MakeNormalise = fn(&AgentConfig) -> Result<Option<Box<dyn Normalise>>, String>;

/// A running agent.
pub struct Agent {
    id: String,
    normalise: MakeNormalise,
    config: AgentConfig,
    counts: Arc<Counts>,
    fed: Vec<Fed>,
    /// Absent only after no configuration could be put in force.
    running: Option<Running>,
    /// Held as long as the agent runs: a second one would move the same positions.
    _lock: File,
}

impl Agent {
    /// Opens what is kept, and starts reading and sending.
    ///
    /// # Errors
    /// The data directory is in use or cannot be written, a certificate cannot be read, an address cannot be listened on.
    pub fn start(config: AgentConfig, normalise: MakeNormalise) -> Result<Self, Error> {
        let data = |source| Error::Data { path: config.data_dir.clone(), source };
        std::fs::create_dir_all(&config.data_dir).map_err(data)?;
        let lock = lock(&config.data_dir)?;
        let id = id(&config.data_dir).map_err(data)?;
        let counts = Arc::default();
        let mut agent = Self { id, normalise, config: config.clone(), counts, fed: Vec::new(), running: None, _lock: lock };
        let prepared = agent.prepare(&config)?;
        agent.begin(config, prepared, Held::new())?;
        tracing::info!(agent = %agent.id, sources = agent.config.sources.len(), servers = agent.config.servers.len(), "agent started");
        Ok(agent)
    }

    /// Puts another configuration in force. Nothing that is read is lost by that, and what is under way may be sent again.
    ///
    /// # Errors
    /// As [`Self::start`]; the one before stays in force, unless even that could not be put in force again: then the agent does
    /// not run any more ([`Self::is_running`]). Another data directory is a mistake: it is another agent's.
    pub fn change(&mut self, config: AgentConfig) -> Result<(), Error> {
        if config.data_dir != self.config.data_dir {
            return Err(Error::OtherData { path: self.config.data_dir.clone() });
        }
        let prepared = self.prepare(&config)?;
        let held = self.running.take().map(|running| running.stop(CHANGE_PATIENCE)).unwrap_or_default();
        let Err(error) = self.begin(config, prepared, held.clone()) else { return Ok(()) };
        let before = self.config.clone();
        let again = self.prepare(&before).and_then(|prepared| self.begin(before, prepared, held));
        if let Err(again) = again {
            tracing::error!(error = %again.chain(), "the configuration before cannot be put in force again either");
        }
        Err(error)
    }

    /// Whether a configuration is in force.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    fn prepare(&self, config: &AgentConfig) -> Result<Prepared, Error> {
        let normalise = (self.normalise)(config).map_err(|reason| Error::Normalise { reason })?;
        Prepared::new(config, &self.id, &self.counts, normalise)
    }

    fn begin(&mut self, config: AgentConfig, prepared: Prepared, held: Held) -> Result<(), Error> {
        let ledger = Ledger::open(&config.data_dir).map_err(|source| Error::Data { path: config.data_dir.clone(), source })?;
        let is_read = |fed: &Fed| config.sources.iter().any(|source| fed.reads(source));
        let (kept, ended): (Vec<_>, Vec<_>) = std::mem::take(&mut self.fed).into_iter().partition(is_read);
        // First of all, since another source may want the same port.
        ended.into_iter().for_each(Fed::end);
        self.fed = kept;
        for source in &config.sources {
            match self.fed.iter().find(|fed| fed.reads(source)) {
                Some(fed) => fed.spool().change(config.limits.queue, Arc::clone(&prepared.redaction)),
                None => self.fed.extend(Fed::start(&config, source, &prepared.redaction, &self.counts)?),
            }
        }
        self.running = Some(Running::start(&config, prepared, ledger, &self.fed, &self.counts, held)?);
        self.config = config;
        Ok(())
    }

    /// How it stands.
    pub fn status(&self) -> AgentStatus {
        let queue: Vec<(String, u64)> = self.fed.iter().map(|fed| (fed.name().to_owned(), fed.spool().bytes())).collect();
        let (sources, error) = self.running.as_ref().map(Running::status).unwrap_or_default();
        self.counts.status(&self.id, sources, &queue, error)
    }

    /// Stops reading, sends what was read for at most `patience`, and keeps the positions. What is not sent by then is read
    /// again by the next process.
    pub fn stop(self, patience: Duration) {
        self.fed.into_iter().for_each(Fed::end);
        if let Some(running) = self.running {
            running.stop(patience);
        }
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a thread of the agent has panicked");
    }
}

/// One agent per data directory.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| Error::Data { path: path.clone(), source })?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).map_err(|_| Error::InUse { path: folder.to_owned() })?;
    Ok(file)
}

/// Made once: a random number, since names of hosts are not unique.
fn id(folder: &Path) -> std::io::Result<String> {
    let path = folder.join("id");
    if let Ok(id) = std::fs::read_to_string(&path)
        && id.len() == 16
    {
        return Ok(id);
    }
    let id = format!("{:016x}", fastrand::u64(..));
    let fresh = folder.join("id.new");
    std::fs::write(&fresh, &id)?;
    File::open(&fresh)?.sync_all()?;
    std::fs::rename(fresh, path)?;
    Ok(id)
}
