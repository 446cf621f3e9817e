//! Acknowledge, crash, replay: the gate, the log and the store in random schedules that one number decides.
//!
//! The store is the real one, on disk; the process around it is played: lanes that hold parts of chunks, operators that fold
//! them, seals and crashes come in an order that the seed draws. An agent sends parts of a file again, cut anew; others send
//! lines without a place. Whatever happens in between: every acknowledged line is stored once, no other line is, and the log is empty
//! at the end. `MAGPIE_SEED` begins with another seed, `MAGPIE_SEEDS` tries more of them.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use magpie_collect::receive::{Delivery, Holds, Keeper, Refusal, Run, Sent, SentFile};
use magpie_model::agent_partial::{self, AgentPartial};
use magpie_model::config::{Config, Input, Source};
use magpie_model::edge::{EdgeEvent, EdgeRecord};
use magpie_model::origin::{Chunk, Covered, Sender, Stream};
use magpie_model::query::TimeRange;
use magpie_model::record::{Dictionaries, RecordBatch, Records, mark};
use magpie_model::{Record, Timestamp};
use magpie_pipeline::aggregate::watermark::Patience;
use magpie_store::embedded::{EmbeddedTelemetry, Options};
use magpie_store::{Append, Declared, LogPosition, SealReason, TelemetryStore};

use super::super::logged::{Left, Outstanding};
use super::super::now;
use super::super::progress::Progress;
use super::gate::ROOM;
use super::{Before, Gate, with_builtin_sources};

/// Lines of the agent's file.
const LINES: usize = 120;
/// Things that happen with one seed.
const STEPS: usize = 120;
/// Operators, each with a lane of its own.
const LANES: usize = 2;

/// The file, and where each of its lines begins; behind the last, where it ends.
struct File {
    lines: Vec<String>,
    offsets: Vec<u64>,
    sent: Arc<SentFile>,
}

impl File {
    fn new(generation: u64) -> Self {
        let lines: Vec<String> = (0..LINES).map(|number| format!("line {number} {}", "x".repeat(number % 7))).collect();
        let mut offsets = vec![0];
        lines.iter().for_each(|line| offsets.push(offsets[offsets.len() - 1] + line.len() as u64 + 1));
        let sender = Arc::new(Sender { agent: "a".into(), ..Sender::default() });
        let sent = SentFile { source: "shop".into(), path: "/a".into(), host: "h".into(), generation, modified: None, sender };
        Self { lines, offsets, sent: Arc::new(sent) }
    }

    fn run(&self, from: usize, to: usize) -> Run {
        let bytes = self.lines[from..to].iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
        let (offset, end) = (self.offsets[from], self.offsets[to]);
        Run { file: Arc::clone(&self.sent), offset, end, holds: Holds::Lines, bytes, cuts: Vec::new(), events: Vec::new() }
    }
}

/// What a process has in memory, and loses when it is killed.
struct Process {
    store: Arc<EmbeddedTelemetry>,
    gate: Arc<Gate>,
    outstanding: Arc<Outstanding>,
    names: Vec<String>,
    arriving: Receiver<Chunk>,
    lanes: [Vec<Chunk>; LANES],
    covered: HashMap<Stream, Covered>,
    passing: Vec<JoinHandle<()>>,
}

impl Process {
    fn start(dir: &Path) -> Self {
        Self::start_with(dir, 100_000)
    }

    /// With room for so many chunks between the gate and those who take them.
    fn start_with(dir: &Path, room: usize) -> Self {
        let config = with_builtin_sources(Config {
            sources: vec![Source { name: "shop".into(), input: Input::Agent, ..Source::default() }],
            ..Config::default()
        });
        let declared = Declared { fields: Arc::new([]), base: config.base.clone(), bucket: config.bucket, recipes: Vec::new() };
        let store = Arc::new(EmbeddedTelemetry::open(dir, declared, Options::default()).unwrap());
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        let (outstanding, progress) = (Arc::new(Outstanding::default()), Arc::new(Progress::new(Patience::from(&config))));
        let mut left = Left::read(&*store, &names, &outstanding, &progress).unwrap();
        let before = Before { accepted: std::mem::take(&mut left.accepted), traffic: names.iter().map(|_| Some(Arc::default())).collect() };
        let kept = Arc::clone(&store) as Arc<dyn TelemetryStore>;
        let (gate, passes) = Gate::new(&config, kept, Arc::clone(&outstanding), progress, before, LANES);
        let (chunks, arriving) = sync_channel(room);
        left.pass_on(&chunks);
        let passing = vec![std::thread::spawn(move || passes.run(&chunks))];
        let covered = store.covered().into_iter().map(|covered| (covered.stream.clone(), covered)).collect();
        Self { store, gate, outstanding, names, arriving, lanes: Default::default(), covered, passing }
    }

    fn keep(&self, delivery: Delivery) -> Result<(), Refusal> {
        self.gate.keep(Sent { input: self.input("otlp"), peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }, delivery)
    }

    fn input(&self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap()
    }

    /// Deals some of what has arrived to lanes, cut between lines, as the intake does: the entry goes with the last part.
    fn deal(&mut self, random: &mut fastrand::Rng) {
        while random.u8(..3) > 0
            && let Ok(chunk) = self.arriving.try_recv()
        {
            self.deal_one(chunk, random);
        }
    }

    fn deal_one(&mut self, chunk: Chunk, random: &mut fastrand::Rng) {
        let lane = &mut self.lanes[chunk.origin.generation as usize % LANES];
        let ends: Vec<u64> = chunk
            .bytes
            .split_inclusive(|&byte| byte == b'\n')
            .scan(chunk.offset, |at, line| {
                *at += line.len() as u64;
                Some(*at)
            })
            .collect();
        let cut = if ends.len() > 1 { ends[random.usize(..ends.len() - 1)] } else { chunk.end };
        if cut < chunk.end {
            let mut first = chunk.part(chunk.offset..cut);
            first.entries.clear();
            lane.push(first);
            lane.push(chunk.part(cut..chunk.end));
        } else {
            lane.push(chunk);
        }
    }

    /// Lets operators fold some of what is in their lanes: it is open in the store then.
    fn operate(&mut self, enough: &mut impl FnMut() -> bool) {
        for lane in 0..LANES {
            while !self.lanes[lane].is_empty() && !enough() {
                let chunk = self.lanes[lane].remove(0);
                let stream = chunk.stream(&self.names[chunk.origin.input]).unwrap();
                let covered = self.covered.entry(stream.clone()).or_insert_with(|| Covered {
                    stream,
                    ranges: magpie_model::ranges::Ranges::default(),
                    touched: now(),
                });
                covered.ranges.insert(chunk.offset..chunk.end);
                let covered = vec![covered.clone()];
                let logged: LogPosition = self.outstanding.contained(&chunk.entries);
                let append = Append { batches: vec![batch(&chunk)], covered, logged: Some(logged), ..Append::default() };
                self.store.append(append).unwrap();
            }
        }
    }

    /// A kill: nothing is sealed, and nothing that is under way goes on.
    fn kill(self) {
        self.gate.close();
        let Self { passing, arriving, .. } = self;
        passing.into_iter().for_each(|task| task.join().unwrap());
        drop(arriving);
    }

    /// An end in order: all that was acknowledged goes through.
    fn finish(mut self, random: &mut fastrand::Rng) -> Vec<String> {
        self.gate.close();
        self.passing.drain(..).for_each(|task| task.join().unwrap());
        while let Ok(chunk) = self.arriving.try_recv() {
            self.deal_one(chunk, random);
        }
        self.operate(&mut || false);
        self.store.seal(SealReason::Shutdown).unwrap();
        let mut left = 0;
        self.store.unsealed_log(&mut |_, _| left += 1).unwrap();
        assert_eq!(left, 0, "the log is forgotten");
        let mut messages = Vec::new();
        let whole = TimeRange { from: Timestamp::MIN, to: Timestamp::MAX };
        self.store
            .scan(whole, &mut |batch| {
                messages.extend((0..batch.records.len()).map(|row| batch.records.message.get(row).to_owned()));
                Ok(())
            })
            .unwrap();
        messages
    }
}

fn batch(chunk: &Chunk) -> RecordBatch {
    let (mut records, mut dictionaries) = (Records::new(0), Dictionaries::default());
    for line in String::from_utf8(chunk.bytes.clone()).unwrap().lines() {
        let record = Record { time: Timestamp::from_seconds(1_795_342_500), message: line.to_owned(), ..Record::default() };
        records.push(&record, &[], &mut dictionaries);
    }
    RecordBatch { records, dictionaries: dictionaries.into(), fields: Arc::new([]) }
}

/// Plays one schedule; gives what was acknowledged, and what is stored.
fn play(seed: u64) -> (Vec<String>, Vec<String>) {
    let mut random = fastrand::Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let file = File::new(seed);
    let (mut is_acknowledged, mut others) = (vec![false; LINES], Vec::new());
    let mut process = Process::start(dir.path());
    for step in 0..STEPS {
        match random.u8(..24) {
            0..=9 => {
                let parts: Vec<(usize, usize)> = (0..random.usize(1..=2))
                    .map(|_| {
                        let from = random.usize(..LINES);
                        (from, (from + random.usize(1..=20)).min(LINES))
                    })
                    .collect();
                let runs = parts.iter().map(|&(from, to)| file.run(from, to)).collect();
                if process.keep(Delivery { runs, ..Delivery::default() }).is_ok() {
                    parts.into_iter().for_each(|(from, to)| is_acknowledged[from..to].fill(true));
                }
            }
            10..=13 => {
                let lines = [format!("other {step} a"), format!("other {step} b")];
                if process.keep(Delivery { lines: format!("{}\n", lines.join("\n")).into_bytes(), ..Delivery::default() }).is_ok() {
                    others.extend(lines);
                }
            }
            14..=17 => process.deal(&mut random),
            18..=20 => process.operate(&mut || random.u8(..3) == 0),
            21..=22 => drop(process.store.seal(SealReason::Interval).unwrap()),
            _ => {
                process.kill();
                process = Process::start(dir.path());
            }
        }
    }
    let lines = file.lines.into_iter().zip(is_acknowledged).filter_map(|(line, acknowledged)| acknowledged.then_some(line));
    (lines.chain(others).collect(), process.finish(&mut random))
}

#[test]
fn every_acknowledged_line_is_stored_once_whatever_crashes_when() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("MAGPIE_SEED").unwrap_or(1);
    for seed in first..first + number("MAGPIE_SEEDS").unwrap_or(12) {
        let (acknowledged, stored) = play(seed);
        let counted = |lines: &[String]| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            lines.iter().for_each(|line| *counts.entry(line.clone()).or_default() += 1);
            counts
        };
        assert_eq!(counted(&stored), counted(&acknowledged), "MAGPIE_SEED={seed}");
    }
}

#[test]
fn a_full_gate_sends_away_until_the_pipeline_goes_on_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = Process::start_with(dir.path(), 1);
    let line = |number: usize| format!("line {number} {}", "x".repeat(1 << 20));
    let send = |process: &Process, number| process.keep(Delivery { lines: (line(number) + "\n").into_bytes(), ..Delivery::default() });
    let mut kept = 0;
    let refusal = loop {
        match send(&process, kept) {
            Ok(()) => kept += 1,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal, Refusal::Busy { retry_after: Duration::from_secs(1) });
    assert!(process.gate.waiting_bytes() <= ROOM, "{} bytes wait", process.gate.waiting_bytes());

    let mut random = fastrand::Rng::with_seed(1);
    for number in 0..=kept {
        let chunk = process.arriving.recv_timeout(Duration::from_secs(60)).expect("what was acknowledged is passed on");
        process.deal_one(chunk, &mut random);
        if number == 2 {
            send(&process, kept).expect("there is room again");
        }
    }
    let mut wanted: Vec<String> = (0..=kept).map(line).collect();
    let mut stored = process.finish(&mut random);
    wanted.sort();
    stored.sort();
    assert!(stored == wanted, "{} stored of {}", stored.len(), wanted.len());
}

/// What an agent has counted of the file's first bytes up to an offset.
fn partial(file: &File, to: u64, bucket: i64) -> Run {
    let partial = AgentPartial { version: agent_partial::VERSION, bucket, records: 9, ..AgentPartial::default() };
    let attributes = vec![(agent_partial::ATTRIBUTE.to_owned(), partial.to_text())];
    let record = Record { marks: mark::FROM_AGENT, attributes, ..Record::default() };
    let events = vec![EdgeEvent { length: to, records: vec![EdgeRecord { record, measures: Vec::new() }] }];
    Run { end: to, holds: Holds::Events, bytes: Vec::new(), events, ..file.run(0, 1) }
}

#[test]
fn what_an_agent_has_counted_is_taken_whole_or_not_at_all() {
    let (dir, file) = (tempfile::tempdir().unwrap(), File::new(1));
    let process = Process::start(dir.path());
    let sent = Sent { input: process.input("otlp"), peer: IpAddr::V4(Ipv4Addr::LOCALHOST) };
    let keep = |run: Run| {
        let answer = process.gate.keep(sent, Delivery { runs: vec![run], ..Delivery::default() });
        let told = answer.map_err(|refusal| refusal.to_string());
        let arrived = process.arriving.recv_timeout(Duration::from_millis(300)).ok().map(|chunk| (chunk.offset, chunk.end));
        (told, arrived)
    };
    let minute = magpie_model::time::MINUTE;
    let (two, four, six) = (file.offsets[2], file.offsets[4], file.offsets[6]);
    assert_eq!(keep(partial(&file, four, minute)), (Ok(()), Some((0, four))));
    assert_eq!(keep(partial(&file, four, minute)), (Ok(()), None), "sent again");
    assert_eq!(keep(partial(&file, two, minute)), (Ok(()), None), "all of its bytes are here");
    let (told, arrived) = keep(partial(&file, six, minute));
    assert!(told.as_ref().is_err_and(|why| why.contains("cannot be cut")) && arrived.is_none(), "{told:?}");
    assert_eq!(keep(file.run(2, 6)), (Ok(()), Some((four, six))), "lines beside it are trimmed as ever");
    let (told, arrived) = keep(partial(&File::new(2), six, 7 * minute));
    assert!(told.as_ref().is_err_and(|why| why.contains("no multiple of the agent's, 420 s")) && arrived.is_none(), "{told:?}");
    process.kill();
}
