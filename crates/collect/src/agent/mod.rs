//! The agent: reads what modules on this host write, and ships it to a server politely, each line once.
//!
//! ```text
//! files ──────────────► followers ─► inbox ─► packer ─► sender ─► server
//! stdin, syslog,           ▲         two      ceilings, one         │
//! journal ─► disk queue ───┘         lanes    encoding  request     │ acknowledges
//!                          positions ◄── ledger ◄───────────────────┘
//! ```
//!
//! A line is known by (agent, generation of its file, offset), and a position moves only when a server has said that it has the
//! bytes: so whatever is killed, cut off or full, the worst is that a range is sent again, and the server knows what it has. The
//! reasons are in `docs/adr/0042-an-agent-that-ships-ranges.md`. This module starts the parts, and ends them in order.

mod containers;
mod feeds;
mod inbox;
mod journal;
mod ledger;
mod otlp;
mod packer;
mod sender;
mod servers;
mod share;
mod spool;
mod status;
mod tls;

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use magpie_model::Timestamp;
use magpie_model::config::agent::{AgentConfig, AgentInput, AgentSource, Containers};
use magpie_model::origin::{Chunk, Origin};
use tokio::sync::watch;

use crate::{CatchUp, Error, Follow, Hole, Jump, Lane, Offered, Pace, Redaction, Sink, Starts, Tailer};
use feeds::Stop;
use inbox::{Door, Inbox};
use ledger::Ledger;
use otlp::Labels;
use packer::{Encoder, Packer};
use sender::Sender;
use spool::Spool;
use status::Counts;
pub use status::{AgentStatus, QueueStatus};

/// Bytes that a follower reads at a time: small, since each source may hold one while it waits.
const CHUNK: usize = 256 << 10;
/// How often positions are made durable, queues tidied and lost ranges told.
const UPKEEP: Duration = Duration::from_millis(500);

/// A range that is lost, with where it was.
type Lost = (Arc<Origin>, Hole);

/// Lost ranges that no server was told of yet.
#[derive(Debug, Default)]
struct Gaps(Mutex<Vec<Lost>>);

impl Gaps {
    fn add(&self, lost: Lost) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lost);
    }

    fn take(&self) -> Vec<Lost> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Told what a server has.
trait Acknowledge: Send + Sync {
    fn acknowledge(&self, chunks: &[Chunk], gaps: &[Lost]);
}

/// Positions, by index of the source.
#[derive(Debug)]
struct Positions {
    names: Vec<String>,
    ledger: Mutex<Ledger>,
    error: Mutex<Option<String>>,
}

impl Positions {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all files of these chunks are on disk by their generation, so that the next process knows them by it, too.
    fn meet(&self, chunks: &[Chunk]) -> bool {
        let mut is_new = false;
        let mut ledger = self.ledger();
        for Chunk { origin, .. } in chunks {
            is_new |= ledger.meet(&self.names[origin.input], origin.generation, &origin.file);
        }
        drop(ledger);
        !is_new || self.sync()
    }

    /// Makes them durable; false after an error, which is told, and everything is tried again.
    fn sync(&self) -> bool {
        let outcome = self.ledger().sync().map_err(|error| format!("positions cannot be written: {error}"));
        let mut known = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = &outcome
            && known.as_ref() != Some(error)
        {
            tracing::error!(%error, "trying again");
        }
        *known = outcome.err();
        known.is_none()
    }
}

impl Acknowledge for Positions {
    fn acknowledge(&self, chunks: &[Chunk], gaps: &[Lost]) {
        let mut ledger = self.ledger();
        for chunk in chunks {
            let origin = &chunk.origin;
            ledger.cover(&self.names[origin.input], origin.generation, &origin.file, chunk.offset, chunk.end);
        }
        for (origin, hole) in gaps {
            ledger.cover(&self.names[origin.input], hole.generation, &hole.file, hole.from, hole.to);
        }
    }
}

/// Chunks go to the inbox; one without bytes only says that nothing before its end is to be read.
struct Entrance {
    door: Door,
    positions: Arc<Positions>,
}

impl Sink for Entrance {
    fn offer(&mut self, lane: Lane, chunk: Chunk) -> Offered {
        if chunk.bytes.is_empty() {
            self.positions.acknowledge(&[chunk], &[]);
            return Offered::Taken;
        }
        self.door.offer(lane, chunk)
    }
}

/// A running agent.
pub struct Agent {
    id: String,
    counts: Arc<Counts>,
    positions: Arc<Positions>,
    inbox: Arc<Inbox>,
    tailers: Arc<Vec<Tailer>>,
    queues: Arc<Vec<(usize, Arc<Spool>)>>,
    feeds: Vec<JoinHandle<()>>,
    stop: Stop,
    upkeep: JoinHandle<()>,
    packer: JoinHandle<()>,
    sender: JoinHandle<()>,
    deadline: watch::Sender<Option<Instant>>,
    /// Held as long as the agent runs: a second one would move the same positions.
    _lock: File,
}

impl Agent {
    /// Opens what is kept, and starts reading and sending.
    ///
    /// # Errors
    /// The data directory is in use or cannot be written, a certificate cannot be read, an address cannot be listened on.
    pub fn start(config: &AgentConfig) -> Result<Self, Error> {
        let data = |source| Error::Data { path: config.data_dir.clone(), source };
        std::fs::create_dir_all(&config.data_dir).map_err(data)?;
        let lock = lock(&config.data_dir)?;
        let id = id(&config.data_dir).map_err(data)?;
        let host = config.name.clone().unwrap_or_else(crate::host_name);
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        let ledger = Mutex::new(Ledger::open(&config.data_dir).map_err(data)?);
        let positions = Arc::new(Positions { names, ledger, error: Mutex::default() });
        let (counts, gaps, inbox) = (Arc::new(Counts::default()), Arc::new(Gaps::default()), Inbox::new(config.limits.unsent));
        let redaction = Redaction::compile(&config.redact).map_err(|reason| Error::Pattern { pattern: "redact".into(), reason })?;
        let redaction = Arc::new(redaction);
        let labels = Arc::new(config.sources.iter().map(labels).collect::<Result<Vec<_>, _>>()?);

        let (requests, arriving) = tokio::sync::mpsc::channel(1);
        let (deadline, until) = watch::channel(None);
        let encoder = || Encoder::new(id.clone(), Arc::clone(&labels), config.compression).map_err(data);
        let sender = Sender::new(config, encoder()?, Arc::clone(&counts), Arc::clone(&positions) as _, until)?;
        let sender = feeds::spawn("sender", run_sender(sender, arriving))?;
        let packer = Packer {
            inbox: Arc::clone(&inbox),
            encoder: encoder()?,
            limits: config.limits,
            counts: Arc::clone(&counts),
            gaps: Arc::clone(&gaps),
            positions: Arc::clone(&positions),
            requests,
        };
        let packer = feeds::spawn("packer", move || packer.run())?;

        let stop = Stop::default();
        let (mut tailers, mut queues, mut feeds) = (Vec::new(), Vec::new(), Vec::new());
        for (input, source) in config.sources.iter().enumerate() {
            let queue = queue(config, source, &redaction).map_err(data)?;
            if let Some(queue) = &queue {
                feeds.extend(feed(source, queue, &counts, &stop)?);
                queues.push((input, Arc::clone(queue)));
            }
            // What is in a queue was masked before it was written.
            let redaction = if queue.is_some() { Arc::default() } else { Arc::clone(&redaction) };
            let follow =
                Follow { redaction, ..follow(config, input, source, queue.as_deref(), &host, &labels[input], &positions.ledger()) };
            let entrance = Entrance { door: Door(Arc::clone(&inbox)), positions: Arc::clone(&positions) };
            let known = positions.ledger().positions(&source.name);
            tailers.push(Tailer::start(follow, &known, entrance)?);
        }
        let (tailers, queues) = (Arc::new(tailers), Arc::new(queues));
        let upkeep = Upkeep {
            tailers: Arc::clone(&tailers),
            queues: Arc::clone(&queues),
            positions: Arc::clone(&positions),
            gaps,
            host: host.into(),
            stop: stop.clone(),
        };
        let upkeep = feeds::spawn("upkeep", move || upkeep.run())?;
        tracing::info!(agent = %id, sources = config.sources.len(), servers = config.servers.len(), "agent started");
        Ok(Self { id, counts, positions, inbox, tailers, queues, feeds, stop, upkeep, packer, sender, deadline, _lock: lock })
    }

    /// How it stands.
    pub fn status(&self) -> AgentStatus {
        let queue: Vec<(String, u64)> =
            self.queues.iter().map(|(input, spool)| (self.positions.names[*input].clone(), spool.bytes())).collect();
        let error = self.positions.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.counts.status(&self.id, self.tailers.iter().map(Tailer::status).collect(), &queue, error)
    }

    /// Stops reading, sends what was read for at most `patience`, and keeps the positions. What is not sent by then is read
    /// again by the next process.
    pub fn stop(self, patience: Duration) {
        self.stop.ask();
        // Nobody listens any more if the sender has ended.
        let _ = self.deadline.send(Some(Instant::now() + patience));
        join(self.upkeep);
        self.feeds.into_iter().for_each(join);
        // The last reference: followers stop and are joined.
        drop(self.tailers);
        self.inbox.close();
        join(self.packer);
        join(self.sender);
        self.positions.sync();
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a thread of the agent has panicked");
    }
}

fn run_sender(sender: Sender, arriving: tokio::sync::mpsc::Receiver<packer::Request>) -> impl FnOnce() + Send {
    move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(sender.run(arriving)),
        Err(error) => tracing::error!(%error, "the sender cannot be started"),
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

fn labels(source: &AgentSource) -> Result<Labels, Error> {
    let named = [
        ("service.name", &source.module),
        ("service.namespace", &source.application),
        ("service.version", &source.version),
        ("cloud.region", &source.region),
    ];
    let containers = if let AgentInput::File { containers, .. } = &source.input { *containers } else { None };
    let starts = source.starts.as_ref().map(|pattern| {
        let regex =
            regex::bytes::Regex::new(pattern).map_err(|error| Error::Pattern { pattern: pattern.clone(), reason: error.to_string() })?;
        Ok::<Starts, Error>(Arc::new(move |line: &[u8]| regex.is_match(line)))
    });
    Ok(Labels {
        source: source.name.clone(),
        attributes: named.into_iter().filter_map(|(key, value)| Some((key, value.clone()?))).collect(),
        of_path: match containers {
            None => containers::of_none,
            Some(Containers::Kubernetes) => containers::of_kubernetes,
            Some(Containers::Docker) => containers::of_docker,
        },
        path: match source.input {
            AgentInput::File { .. } => None,
            AgentInput::Stdin => Some("stdin"),
            AgentInput::Journald { .. } => Some("journald"),
            AgentInput::Syslog { .. } => Some("syslog"),
        },
        starts: starts.transpose()?,
    })
}

/// The disk queue of an input that cannot be read again.
fn queue(config: &AgentConfig, source: &AgentSource, redaction: &Arc<Redaction>) -> std::io::Result<Option<Arc<Spool>>> {
    if let AgentInput::File { .. } = source.input {
        return Ok(None);
    }
    let name: String = source.name.chars().map(|one| if one.is_alphanumeric() || "-_.".contains(one) { one } else { '_' }).collect();
    let folder = std::path::absolute(config.data_dir.join("queue").join(name.trim_start_matches('.')))?;
    Spool::open(&folder, config.limits.queue, Arc::clone(redaction)).map(|spool| Some(Arc::new(spool)))
}

fn feed(source: &AgentSource, queue: &Arc<Spool>, counts: &Arc<Counts>, stop: &Stop) -> Result<Vec<JoinHandle<()>>, Error> {
    let mut threads = Vec::new();
    match &source.input {
        AgentInput::File { .. } => {}
        AgentInput::Stdin => threads.push(feeds::stdin(Arc::clone(queue), stop.clone())?),
        AgentInput::Journald { units } => threads.push(journal::follow(units.clone(), Arc::clone(queue), stop.clone())?),
        AgentInput::Syslog { udp, tcp } => {
            if let Some(address) = udp {
                threads.push(feeds::udp(*address, Arc::clone(queue), Arc::clone(&counts.dropped), stop.clone())?);
            }
            if let Some(address) = tcp {
                threads.push(feeds::tcp(*address, Arc::clone(queue), stop.clone())?);
            }
        }
    }
    Ok(threads)
}

fn follow(
    config: &AgentConfig,
    input: usize,
    source: &AgentSource,
    queue: Option<&Spool>,
    host: &str,
    labels: &Labels,
    ledger: &Ledger,
) -> Follow {
    let (include, exclude, from_end) = match (&source.input, queue) {
        (AgentInput::File { include, exclude, from_end, .. }, _) => (include.clone(), exclude.clone(), *from_end),
        (_, Some(queue)) => (vec![queue.pattern()], Vec::new(), false),
        (_, None) => (Vec::new(), Vec::new(), false),
    };
    // What is behind by two seconds of the ceiling's worth of lines would make new lines late.
    let bytes = config.limits.rate.map_or(4 << 20, |rate| (rate * 12).clamp(256 << 10, 4 << 20));
    let jump = Jump { bytes, after: Duration::from_secs(3) };
    Follow {
        input,
        name: source.name.clone(),
        host: source.host.as_deref().unwrap_or(host).into(),
        include,
        exclude,
        from_end,
        once: false,
        max_line: source.max_line,
        redaction: Arc::default(),
        // A request is never less than a chunk: under a low ceiling they are small, so that it can be kept within each second.
        chunk: config.limits.rate.map_or(CHUNK, |rate| (rate as usize / 8).clamp(4 << 10, CHUNK)).min(config.limits.batch),
        starts: labels.starts.clone(),
        own_first_line: queue.is_some(),
        catch_up: Some(CatchUp { jump, holes: ledger.holes(&source.name) }),
        pace: Pace::default(),
    }
}

/// Moves what is known on disk one step, again and again.
struct Upkeep {
    tailers: Arc<Vec<Tailer>>,
    queues: Arc<Vec<(usize, Arc<Spool>)>>,
    positions: Arc<Positions>,
    gaps: Arc<Gaps>,
    host: Arc<str>,
    stop: Stop,
}

impl Upkeep {
    fn run(self) {
        while !self.stop.asked() {
            std::thread::sleep(UPKEEP);
            self.step();
        }
    }

    fn step(&self) {
        for (input, tailer) in self.tailers.iter().enumerate() {
            for hole in tailer.take_lost() {
                tracing::warn!(file = %hole.file, from = hole.from, to = hole.to, "bytes vanished before they could be read");
                let (host, file) = (Arc::clone(&self.host), hole.file.as_str().into());
                let origin = Origin { input, host, file, generation: hole.generation, modified: Timestamp::EPOCH, sender: None };
                self.gaps.add((Arc::new(origin), hole));
            }
        }
        for (_, queue) in self.queues.iter() {
            if let Err(error) = queue.sync() {
                tracing::error!(%error, "the disk queue cannot be made durable; trying again");
            }
        }
        self.positions.sync();
        for (input, queue) in self.queues.iter() {
            queue.reap(&self.positions.names[*input], &self.tailers[*input].status(), &self.positions.ledger());
        }
    }
}
