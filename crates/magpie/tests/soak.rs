//! The whole system under faults: several agents and a server as processes, with a network between them that is cut and slow, all
//! killed again and again while logs are written and rotated; then every line that was written is in the store once.
//!
//! The schedule is drawn from a seed, which is printed; `MAGPIE_SEED` repeats it. `MAGPIE_SOAK_SECONDS` says how long faults go
//! on: 15 s in `make test`, longer by `make soak`. Only times on a busy machine differ between two runs of a seed.

mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use support::{Place, Running, access_time, append, free_address, magpie};

const AGENTS: usize = 3;
/// How long everything may take to settle once the faults are over.
const SETTLE: Duration = Duration::from_secs(150);
/// Numbers of an agent's lines begin at a multiple of this.
const EACH: usize = 1_000_000;

/// What the network between an agent and the server does.
const OPEN: u8 = 0;
const SLOW: u8 = 1;
const CUT: u8 = 2;

/// A connection to the server that can be cut and slowed down.
struct Wire {
    address: String,
    state: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { address: listener.local_addr().unwrap().to_string(), state: Arc::default(), open: Arc::default() };
        let (state, open) = (Arc::clone(&wire.state), Arc::clone(&wire.open));
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if state.load(Relaxed) == CUT {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&server) else { continue };
                let mut streams = open.lock().unwrap();
                streams.extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (from, to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    let state = Arc::clone(&state);
                    std::thread::spawn(move || pass(from, to, &state));
                }
            }
        });
        wire
    }

    fn set(&self, state: u8) {
        self.state.store(state, Relaxed);
        let mut open = self.open.lock().unwrap();
        if state == CUT {
            for stream in open.drain(..) {
                // It may be closed already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(count) = from.read(&mut bytes) {
        if count == 0 || state.load(Relaxed) == CUT || to.write_all(&bytes[..count]).is_err() {
            break;
        }
        if state.load(Relaxed) == SLOW {
            std::thread::sleep(Duration::from_millis(40));
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// A host whose module writes numbered lines and rotates its log, with an agent that is started and killed.
struct Host {
    place: Place,
    wire: Wire,
    agent: Option<Running>,
    written: Arc<AtomicUsize>,
    storm: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    writer: Option<JoinHandle<()>>,
}

impl Host {
    fn new(index: usize, server: &str, random: fastrand::Rng) -> Self {
        let place = Place::new("");
        let wire = Wire::to(server.to_owned());
        let config = format!(
            "agent: host-{index}\ndata_dir: {}\nservers: [http://{}]\nlimits: {{ unsent: 256KiB, batch: 64KiB }}\nsources:\n  \
             - {{ name: app, file: ['{}/access.log*'] }}\n",
            place.path("agent").display(),
            wire.address,
            place.dir.path().display()
        );
        std::fs::write(place.path("agent.yaml"), config).unwrap();
        let mut host =
            Self { place, wire, agent: None, written: Arc::default(), storm: Arc::default(), stop: Arc::default(), writer: None };
        let (log, written) = (host.place.path("access.log"), Arc::clone(&host.written));
        let (storm, stop) = (Arc::clone(&host.storm), Arc::clone(&host.stop));
        host.writer = Some(std::thread::spawn(move || write(index, &log, &written, &storm, &stop, random)));
        host
    }

    fn start(&mut self) {
        let config = self.place.path("agent.yaml").display().to_string();
        let mut command = magpie(&["agent", "-c", &config]);
        self.agent = Some(Running::start(command.stdin(Stdio::null()), String::new(), self.place.path("agent.stderr")));
    }

    fn finish(&mut self) -> usize {
        self.stop.store(true, Relaxed);
        self.writer.take().map(JoinHandle::join).transpose().unwrap();
        self.written.load(Relaxed)
    }
}

fn write(index: usize, log: &Path, written: &AtomicUsize, storm: &AtomicBool, stop: &AtomicBool, mut random: fastrand::Rng) {
    let (mut number, mut rotated) = (0, 0);
    while !stop.load(Relaxed) {
        let count = random.usize(1..40);
        let batch: String = (number..number + count).map(|nth| line(index * EACH + nth)).collect();
        let (first, second) = batch.split_at(random.usize(0..batch.len()));
        append(log, first);
        std::thread::sleep(Duration::from_millis(random.u64(0..12)));
        append(log, second);
        number += count;
        written.store(number, Relaxed);
        if random.u8(..) < if storm.load(Relaxed) { 120 } else { 2 } {
            rotate(log, rotated);
            rotated += 1;
        }
    }
}

fn rotate(log: &Path, nth: usize) {
    std::fs::rename(log, log.with_extension(format!("log.{nth}"))).unwrap();
}

/// An access line whose path and length carry its number.
fn line(number: usize) -> String {
    format!("10.0.3.{} - - [{}] \"GET /item HTTP/1.1\" 200 {number} \"-\" \"curl/8.1\"\n", number % 7, access_time(Duration::ZERO))
}

struct System {
    place: Place,
    server: Option<Running>,
    hosts: Vec<Host>,
    faults: BTreeMap<&'static str, usize>,
}

impl System {
    fn new(random: &mut fastrand::Rng) -> Self {
        let (grpc, http) = (free_address(), free_address());
        let place = Place::new(&format!(
            "bucket: 5s
sources:
  - {{ name: otlp, otlp: {{ grpc: '{grpc}', http: '{http}' }} }}
  - {{ name: app, agent: true, module: shop, parse: {{ format: combined }} }}
monitors:
  - {{ name: calls, by: [source, target_module, service] }}
"
        ));
        let hosts = (0..AGENTS).map(|index| Host::new(index, &http, random.fork())).collect();
        Self { place, server: None, hosts, faults: BTreeMap::new() }
    }

    /// One fault, or the end of one.
    fn fault(&mut self, random: &mut fastrand::Rng) {
        let at = random.usize(..AGENTS);
        let host = &mut self.hosts[at];
        let name = match random.u8(..12) {
            0 | 1 => {
                if let Some(server) = self.server.take() {
                    server.kill_9();
                }
                self.server = Some(self.place.spawn());
                "server killed"
            }
            2..=4 => {
                if let Some(agent) = host.agent.take() {
                    agent.kill_9();
                }
                if random.bool() {
                    host.start();
                }
                "agent killed"
            }
            5 => {
                if let Some(agent) = host.agent.take() {
                    agent.terminate();
                }
                "agent stopped"
            }
            6 => {
                host.wire.set(CUT);
                "network cut"
            }
            7 => {
                host.wire.set(SLOW);
                "network slow"
            }
            8 => {
                host.storm.store(true, Relaxed);
                "rotation storm"
            }
            _ => {
                host.wire.set(OPEN);
                host.storm.store(false, Relaxed);
                if host.agent.is_none() {
                    host.start();
                }
                return;
            }
        };
        *self.faults.entry(name).or_default() += 1;
    }

    /// Everything works again; what was written must arrive.
    fn calm(&mut self) -> Vec<usize> {
        for host in &mut self.hosts {
            host.wire.set(OPEN);
            if host.agent.is_none() {
                host.start();
            }
        }
        let server = self.server.take().unwrap_or_else(|| self.place.spawn());
        self.server = Some(server.ready());
        self.hosts.iter_mut().map(Host::finish).collect()
    }
}

fn seconds() -> u64 {
    std::env::var("MAGPIE_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(15)
}

/// How often each number is in the store.
fn listed(server: &Running) -> BTreeMap<usize, usize> {
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for record in server.records("kind=call") {
        let number = record["bytes"].as_u64().unwrap_or_else(|| panic!("no number in {record}"));
        *found.entry(number as usize).or_default() += 1;
    }
    found
}

#[test]
fn every_line_is_in_the_store_once_whatever_fails() {
    let seed = std::env::var("MAGPIE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("MAGPIE_SEED={seed} MAGPIE_SOAK_SECONDS={}", seconds());
    let mut random = fastrand::Rng::with_seed(seed);
    let mut system = System::new(&mut random);
    system.server = Some(system.place.serve());
    system.hosts.iter_mut().for_each(Host::start);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(seconds()) {
        std::thread::sleep(Duration::from_millis(random.u64(50..700)));
        system.fault(&mut random);
    }
    let written = system.calm();
    let total: usize = written.iter().sum();
    println!("{total} lines, faults: {:?}", system.faults);

    let server = system.server.take().expect("it was started");
    let sum =
        |answer: &serde_json::Value| -> u64 { answer["rows"].as_array().unwrap().iter().map(|row| row["records"].as_u64().unwrap()).sum() };
    let rollups = server.wait_for("/api/v1/rollups?monitor=calls", SETTLE, |answer| sum(answer) >= total as u64);
    let found = listed(&server);
    let expected: Vec<usize> =
        written.iter().enumerate().flat_map(|(index, count)| (0..*count).map(move |nth| index * EACH + nth)).collect();
    let missing: Vec<_> = expected.iter().filter(|number| !found.contains_key(number)).take(5).collect();
    let twice: Vec<_> = found.iter().filter(|(_, times)| **times != 1).take(5).collect();
    assert!(missing.is_empty() && twice.is_empty(), "seed {seed}: missing {missing:?}, twice {twice:?} of {total}");
    assert_eq!((found.len(), sum(&rollups)), (total, total as u64), "seed {seed}");
    drop(system.hosts);
    assert!(server.terminate().success());
    system.place.is_sound_with(total);
}
