//! Everything of an agent that belongs to one configuration: followers, ceilings, requests. It is ended and begun anew when
//! the configuration changes; what stays is told in the module above.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use magpie_model::Timestamp;
use magpie_model::config::agent::{AgentConfig, AgentInput, AgentSource, Containers};
use magpie_model::origin::Origin;
use tokio::sync::watch;

use super::counter::{Counter, Pressure};
use super::edge::{Edge, Normalise};
use super::fed::Fed;
use super::feeds::{self, Stop};
use super::inbox::{Door, Inbox};
use super::ledger::Ledger;
use super::otlp::Labels;
use super::outbox::Outbox;
use super::packer::{self, Encoder, Packer};
use super::positions::{Acknowledge, Entrance, Gaps, Positions};
use super::sender::Sender;
use super::spool::Spool;
use super::status::Counts;
use super::{containers, join};
use crate::{Buffers, CatchUp, Error, Follow, HeldFile, Jump, Pace, Redaction, SourceStatus, Starts, Tailer};

/// Bytes that a follower reads at a time: small, since each source may hold one while it waits.
const CHUNK: usize = 256 << 10;
/// How often positions are made durable, queues tidied and lost ranges told.
const UPKEEP: Duration = Duration::from_millis(500);

/// Open files of followers that were stopped, by the name of their source.
pub(super) type Held = HashMap<String, Vec<HeldFile>>;

/// What is made of a configuration without touching anything; all mistakes that can be known beforehand come up here.
pub(super) struct Prepared {
    pub(super) redaction: Arc<Redaction>,
    labels: Arc<Vec<Labels>>,
    sender: Sender,
    packer: Encoder,
    edge: Edge,
    deadline: watch::Sender<Option<Instant>>,
}

impl Prepared {
    /// # Errors
    /// A certificate, address, token or pattern that cannot be used.
    pub(super) fn new(config: &AgentConfig, id: &str, counts: &Arc<Counts>, normalise: Option<Box<dyn Normalise>>) -> Result<Self, Error> {
        let redaction = Redaction::compile(&config.redact).map_err(|reason| Error::Pattern { pattern: "redact".into(), reason })?;
        let labels = Arc::new(config.sources.iter().map(labels).collect::<Result<Vec<_>, _>>()?);
        let data = |source| Error::Data { path: config.data_dir.clone(), source };
        let encoder = || Encoder::new(id.to_owned(), Arc::clone(&labels), config.compression).map_err(data);
        let (deadline, until) = watch::channel(None);
        let sender = Sender::new(config, encoder()?, Arc::clone(counts), until)?;
        let edge = Edge::new(normalise, id.to_owned(), Arc::clone(&labels), Arc::clone(counts));
        Ok(Self { redaction: Arc::new(redaction), packer: encoder()?, edge, labels, sender, deadline })
    }
}

/// The threads of one configuration.
pub(super) struct Running {
    positions: Arc<Positions>,
    inbox: Arc<Inbox>,
    counted: Arc<Inbox>,
    counter: Option<JoinHandle<()>>,
    tailers: Arc<Vec<Tailer>>,
    stop: Stop,
    upkeep: JoinHandle<()>,
    packer: JoinHandle<()>,
    sender: JoinHandle<()>,
    deadline: watch::Sender<Option<Instant>>,
}

impl Running {
    /// Starts reading and sending.
    pub(super) fn start(
        config: &AgentConfig,
        prepared: Prepared,
        mut ledger: Ledger,
        fed: &[Fed],
        counts: &Arc<Counts>,
        mut held: Held,
    ) -> Result<Self, Error> {
        let Prepared { redaction, labels, sender, packer, edge, deadline } = prepared;
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        let folder = config.data_dir.join("counted");
        let outbox = Outbox::open(&folder, config.limits.counted, names.clone(), Arc::clone(counts), &mut ledger);
        let outbox = Arc::new(outbox.map_err(|source| Error::Data { path: folder, source })?);
        let positions = Arc::new(Positions::new(names, ledger, Arc::clone(&outbox)));
        let (gaps, inbox, counted) = (Arc::new(Gaps::default()), Inbox::new(config.limits.unsent), Inbox::new(config.limits.unsent));
        let (edge, pressure) = (Arc::new(Mutex::new(edge)), Arc::new(Pressure::new(config)));
        let host: Arc<str> = config.name.clone().unwrap_or_else(crate::host_name).into();

        let mut tailers = Vec::new();
        let spool_of = |source: &AgentSource| fed.iter().find(|fed| fed.reads(source)).map(Fed::spool);
        for (input, source) in config.sources.iter().enumerate() {
            let spool = spool_of(source);
            // What is in a queue was masked before it was written.
            let redaction = if spool.is_some() { Arc::default() } else { Arc::clone(&redaction) };
            let follow = follow(config, input, spool.map(Arc::as_ref), &host, &labels[input], &positions.ledger());
            let follow = Follow { redaction, held: held.remove(&source.name).unwrap_or_default(), ..follow };
            if spool.is_none() {
                follow.tell_absent();
            }
            let entrance = Entrance {
                door: Door(Arc::clone(&inbox)),
                counter: Door(Arc::clone(&counted)),
                pressure: Arc::clone(&pressure),
                positions: Arc::clone(&positions),
            };
            let known = positions.ledger().positions(&source.name);
            tailers.push(Tailer::start(follow, &known, entrance)?);
        }
        let (tailers, stop) = (Arc::new(tailers), Stop::default());
        let queues = config.sources.iter().enumerate().filter_map(|(input, source)| Some((input, Arc::clone(spool_of(source)?)))).collect();
        let upkeep = Upkeep {
            tailers: Arc::clone(&tailers),
            queues,
            positions: Arc::clone(&positions),
            gaps: Arc::clone(&gaps),
            pressure: Arc::clone(&pressure),
            host,
            stop: stop.clone(),
        };
        let upkeep = feeds::spawn("upkeep", move || upkeep.run())?;

        let (requests, arriving) = tokio::sync::mpsc::channel(1);
        let acknowledge = Arc::clone(&positions) as _;
        let sender = feeds::spawn("sender", run_sender(sender, arriving, acknowledge))?;
        let counter = Counter {
            inbox: Arc::clone(&counted),
            unsent: Arc::clone(&inbox),
            edge: Arc::clone(&edge),
            outbox: Arc::clone(&outbox),
            positions: Arc::clone(&positions),
            pressure: Arc::clone(&pressure),
            limits: config.limits,
            counts: Arc::clone(counts),
        };
        let counter = if pressure.is_possible() { Some(feeds::spawn("counter", move || counter.run())?) } else { None };
        let packer = Packer {
            inbox: Arc::clone(&inbox),
            edge,
            outbox,
            encoder: packer,
            limits: config.limits,
            counts: Arc::clone(counts),
            gaps,
            positions: Arc::clone(&positions),
            requests,
        };
        let packer = feeds::spawn("packer", move || packer.run())?;
        Ok(Self { positions, inbox, counted, counter, tailers, stop, upkeep, packer, sender, deadline })
    }

    /// How its sources stand, and what keeps positions from being written.
    pub(super) fn status(&self) -> (Vec<SourceStatus>, Option<String>) {
        (self.tailers.iter().map(Tailer::status).collect(), self.positions.error())
    }

    /// Stops reading, sends what was read for at most `patience`, and keeps the positions. What is not sent by then is read
    /// again: from the files that are given back, or by the next process.
    pub(super) fn stop(self, patience: Duration) -> Held {
        self.stop.ask();
        // Nobody listens any more if the sender has ended.
        let _ = self.deadline.send(Some(Instant::now() + patience));
        join(self.upkeep);
        // The upkeep had the only other reference.
        let tailers = Arc::into_inner(self.tailers).unwrap_or_default();
        let names = self.positions.names.iter().cloned();
        let held = names.zip(tailers).map(|(name, tailer)| (name, tailer.stop())).collect();
        self.counted.close();
        self.inbox.close();
        self.counter.into_iter().for_each(join);
        join(self.packer);
        join(self.sender);
        self.positions.sync();
        held
    }
}

fn run_sender(
    sender: Sender,
    arriving: tokio::sync::mpsc::Receiver<packer::Request>,
    acknowledge: Arc<dyn Acknowledge>,
) -> impl FnOnce() + Send {
    move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(sender.run(arriving, acknowledge)),
        Err(error) => tracing::error!(%error, "the sender cannot be started"),
    }
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

fn follow(config: &AgentConfig, input: usize, queue: Option<&Spool>, host: &Arc<str>, labels: &Labels, ledger: &Ledger) -> Follow {
    let source = &config.sources[input];
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
        host: source.host.as_deref().map_or_else(|| Arc::clone(host), Into::into),
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
        held: Vec::new(),
        buffers: Buffers::default(),
        pace: Pace::default(),
    }
}

/// Moves what is known on disk one step, again and again.
struct Upkeep {
    tailers: Arc<Vec<Tailer>>,
    queues: Vec<(usize, Arc<Spool>)>,
    positions: Arc<Positions>,
    gaps: Arc<Gaps>,
    pressure: Arc<Pressure>,
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
                let origin = Origin::new(input, host, file, hole.generation, Timestamp::EPOCH);
                self.gaps.add((Arc::new(origin), hole));
            }
        }
        for (_, queue) in &self.queues {
            if let Err(error) = queue.sync() {
                tracing::error!(%error, "the disk queue cannot be made durable; trying again");
            }
        }
        self.positions.sync();
        for (input, tailer) in self.tailers.iter().enumerate() {
            let queue = self.queues.iter().find(|(of, _)| *of == input);
            self.pressure.note(input, queue.map_or_else(|| tailer.status().lag_bytes, |(_, queue)| queue.bytes()));
        }
        for (input, queue) in &self.queues {
            queue.reap(&self.positions.names[*input], &self.tailers[*input].status(), &self.positions.ledger());
        }
    }
}
