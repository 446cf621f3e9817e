//! Everything that reads, parses, stores and judges by one configuration: started together, stopped in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use magpie_api::{Live, ServiceGraph};
use magpie_collect::receive::Traffic;
use magpie_collect::{Buffers, Follow, Redaction, Tailer};
use magpie_model::config::{Config, Input, Source};
use magpie_model::{Code, Notice};
use magpie_pipeline::aggregate::watermark::Patience;
use magpie_pipeline::normalise::plan::Plan;
use magpie_store::{SealReason, StateStore, TelemetryStore};

use super::backfill::{Backfill, Backfills};
use super::commit::Committer;
use super::intake::{self, Lane};
use super::judging::Judge;
use super::logged::{Left, Outstanding};
use super::now;
use super::operator::{Gauges, Operator, Surroundings};
use super::progress::{Counted, Progress};
use super::rates::{Rates, Total};
use super::receive::{Before, Gate, Receivers};
use super::stdin::{Stdin, Way};
use super::upkeep::{self, Upkeep};
use super::uploads;
use crate::error::{Error, Result};
use crate::runs::records;

/// Chunks of about 1 MiB that may wait for the intake; full: tailers stop reading.
pub(super) const CHUNKS: usize = 8;
/// Pieces of work that may wait for an operator; full: the intake waits.
pub(super) const WORKS: usize = 8;
/// How often the judge looks.
const JUDGE_EVERY: Duration = Duration::from_millis(250);

/// What a reload leaves as it is.
pub(super) struct Lasting {
    pub(super) telemetry: Arc<dyn TelemetryStore>,
    pub(super) state: Arc<dyn StateStore>,
    pub(super) live: Arc<Live>,
    pub(super) graph: Arc<ServiceGraph>,
    pub(super) backfills: Arc<Backfills>,
    /// What was counted before; nothing at the start of the process.
    pub(super) counted: Arc<Counted>,
}

/// Running tasks, in the order in which they end.
pub(super) struct Ingest {
    pub(super) tailers: Arc<Vec<(usize, Tailer)>>,
    stdin: Option<Stdin>,
    receivers: Receivers,
    pub(super) gate: Arc<Gate>,
    /// Passes on what a crash left in the log, and what passes the gate.
    passing: Vec<JoinHandle<()>>,
    intake: JoinHandle<()>,
    operators: Vec<JoinHandle<()>>,
    background: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    committer: Arc<Committer>,
    pub(super) progress: Arc<Progress>,
    pub(super) rates: Arc<Rates>,
    pub(super) gauges: Vec<Arc<Gauges>>,
}

impl Ingest {
    /// Starts all tasks; reading goes on where the store's positions are.
    pub(super) fn start(config: &Config, plan: &Arc<Plan>, threads: usize, lasting: Lasting) -> Result<Self> {
        let Lasting { telemetry: store, state, live, graph, backfills, counted } = lasting;
        let progress = Arc::new(Progress::new(Patience::from(config)));
        progress.go_on(&counted, &config.sources);
        let stop = Arc::new(AtomicBool::new(false));
        let outstanding = Arc::new(Outstanding::default());
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        let mut left = Left::read(&*store, &names, &outstanding, &progress)?;
        let accepted = std::mem::take(&mut left.accepted);
        let redaction = Arc::new(Redaction::compile(&config.redact).map_err(Error::failed("compile `redact:`"))?);
        let committer =
            Committer::new(config, plan, Arc::clone(&store), Arc::clone(&live), graph, Arc::clone(&progress), Arc::clone(&outstanding))?;
        let committer = Arc::new(committer);
        let judge = Judge::new(config, Arc::clone(&store), Arc::clone(&state), live, Arc::clone(&progress))?;
        let buffers = Buffers::default();
        let around = Surroundings {
            store: Arc::clone(&store),
            committer: Arc::clone(&committer),
            progress: Arc::clone(&progress),
            stop: Arc::clone(&stop),
            buffers: buffers.clone(),
        };
        let Operators { lanes, tasks: operators, gauges } = operators(config, plan, threads, &around)?;
        let (chunks, arriving) = sync_channel(CHUNKS);
        let taking = intake::Taking::new(plan, config, lanes, Arc::clone(&progress));
        let intake = spawn("intake".to_owned(), move || taking.run(&arriving))?;
        let before = Before { accepted, traffic: counted.traffic(&config.sources) };
        let (gate, passes) = Gate::new(config, Arc::clone(&store), Arc::clone(&outstanding), Arc::clone(&progress), before, threads);
        let (left_chunks, passed_chunks) = (chunks.clone(), chunks.clone());
        let passing = vec![
            spawn("left behind".to_owned(), move || left.pass_on(&left_chunks))?,
            spawn("passing".to_owned(), move || passes.run(&passed_chunks))?,
        ];
        // Before anything is read: a port that cannot be had must not leave readers behind.
        let receivers = Receivers::start(config, &gate, &redaction)?;
        let way = Way {
            store: Arc::clone(&store),
            outstanding,
            chunks: chunks.clone(),
            stop: Arc::clone(&stop),
            progress: Arc::clone(&progress),
            redaction: Arc::clone(&redaction),
        };
        let stdin = Stdin::start(config, way)?;
        let tailers = Arc::new(tailers(config, &store.positions(), &chunks, &redaction, &buffers)?);
        drop(chunks);
        let rates = Arc::new(Rates::default());
        let background = vec![
            spawn("judge".to_owned(), judging(judge, Arc::clone(&tailers), Arc::clone(&progress), Arc::clone(&stop)))?,
            spawn("backfill".to_owned(), {
                let backfill = Backfill::new(config, Arc::clone(&store), Arc::clone(&progress), backfills);
                let stop = Arc::clone(&stop);
                move || backfill.run(&stop)
            })?,
            spawn(
                "rates".to_owned(),
                sampling(Arc::clone(&rates), Arc::clone(&tailers), receivers.traffic.clone(), Arc::clone(&progress), Arc::clone(&stop)),
            )?,
            spawn("upkeep".to_owned(), {
                let upkeep = Upkeep::new(store, state, Arc::clone(&committer), Arc::clone(&progress), Arc::clone(&tailers), config);
                let stop = Arc::clone(&stop);
                move || upkeep.run(&stop)
            })?,
        ];
        Ok(Self { tailers, stdin, receivers, gate, passing, intake, operators, background, stop, committer, progress, rates, gauges })
    }

    /// What a source's receivers count; `None` where nobody can send to it.
    pub(super) fn traffic(&self, input: usize) -> Option<&Traffic> {
        self.receivers.traffic.get(input)?.as_deref()
    }

    /// Stops reading, lets what was read pass through, and seals. Gives what was counted by then.
    pub(super) fn stop(self, reason: SealReason, sources: &[Source]) -> Counted {
        let traffic = self.receivers.traffic.clone();
        self.receivers.close();
        self.gate.close();
        let mut read: BTreeMap<usize, u64> = BTreeMap::new();
        for (input, tailer) in self.tailers.iter() {
            *read.entry(*input).or_default() += tailer.status().bytes;
        }
        self.stop.store(true, Ordering::Relaxed);
        for task in self.background {
            upkeep::join(task);
        }
        // The background tasks held the other references: dropping the last one stops and joins the tailers.
        drop(self.tailers);
        if let Some(stdin) = self.stdin {
            stdin.join();
        }
        self.passing.into_iter().for_each(upkeep::join);
        upkeep::join(self.intake);
        self.operators.into_iter().for_each(upkeep::join);
        if let Err(error) = self.committer.seal(reason) {
            tracing::error!(%error, "the last segment could not be sealed; files are read again from their last position");
        }
        self.progress.counted(sources, &read, &traffic)
    }
}

struct Operators {
    lanes: Vec<Lane>,
    tasks: Vec<JoinHandle<()>>,
    gauges: Vec<Arc<Gauges>>,
}

fn operators(config: &Config, plan: &Arc<Plan>, threads: usize, around: &Surroundings) -> Result<Operators> {
    let mut operators = Operators { lanes: Vec::new(), tasks: Vec::new(), gauges: Vec::new() };
    for number in 0..threads {
        let (send, receive) = sync_channel(WORKS);
        let gauge = Arc::new(Gauges::default());
        let operator = Operator::new(config, plan, around.clone(), Arc::clone(&gauge));
        operators.tasks.push(spawn(format!("operator-{number}"), move || operator.run(&receive))?);
        operators.lanes.push(Lane { send, gauges: Arc::clone(&gauge) });
        operators.gauges.push(gauge);
    }
    Ok(operators)
}

pub(super) fn lag(tailers: &[(usize, Tailer)]) -> u64 {
    tailers.iter().map(|(_, tailer)| tailer.status().lag_bytes).sum()
}

fn tailers(
    config: &Config,
    positions: &[magpie_model::origin::Position],
    chunks: &std::sync::mpsc::SyncSender<magpie_model::origin::Chunk>,
    redaction: &Arc<Redaction>,
    buffers: &Buffers,
) -> Result<Vec<(usize, Tailer)>> {
    let mut tailers = Vec::new();
    for (input, source) in config.sources.iter().enumerate().filter(|(_, source)| matches!(source.input, Input::File { .. })) {
        let host = source.host.clone().unwrap_or_else(magpie_collect::host_name).into();
        if let Some(mut follow) = Follow::new(input, source, host) {
            follow.redaction = Arc::clone(redaction);
            follow.buffers = buffers.clone();
            if !uploads::is_builtin(config, source) && !records::is_builtin(source) {
                follow.tell_absent();
            }
            tailers.push((input, Tailer::start(follow, positions, chunks.clone())?));
        }
    }
    Ok(tailers)
}

/// Takes a sample of what every source has come to, now and then.
fn sampling(
    rates: Arc<Rates>,
    tailers: Arc<Vec<(usize, Tailer)>>,
    traffic: Vec<Option<Arc<Traffic>>>,
    progress: Arc<Progress>,
    stop: Arc<AtomicBool>,
) -> impl FnOnce() + Send + 'static {
    move || {
        while !stop.load(Ordering::Relaxed) {
            rates.sample(Instant::now(), || {
                let totals = traffic.iter().enumerate().map(|(source, traffic)| {
                    let counts = progress.counts(source);
                    let bytes = traffic.as_ref().map_or(0, |traffic| traffic.bytes.load(Ordering::Relaxed));
                    Total { bytes, events: counts.parsed + counts.unparsed }
                });
                let mut totals: Vec<Total> = totals.collect();
                for (source, tailer) in tailers.iter() {
                    totals[*source].bytes += tailer.status().bytes;
                }
                totals
            });
            std::thread::sleep(JUDGE_EVERY);
        }
    }
}

fn judging(
    mut judge: Judge,
    tailers: Arc<Vec<(usize, Tailer)>>,
    progress: Arc<Progress>,
    stop: Arc<AtomicBool>,
) -> impl FnOnce() + Send + 'static {
    /// Beyond this a source is catching up, and its own times say what is complete.
    const BACKLOG: u64 = 1 << 20;
    move || {
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = judge.turn(lag(&tailers) > BACKLOG, now()) {
                progress.error(Notice::failed(Code::NotJudged, "could not judge", &crate::error::chain(&error)), now());
            }
            progress.judged(judge.last_judged());
            std::thread::sleep(JUDGE_EVERY);
        }
    }
}

pub(super) fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    magpie_collect::spawn_task(name.clone(), work).map_err(Error::failed(format!("start the task `{name}`")))
}
