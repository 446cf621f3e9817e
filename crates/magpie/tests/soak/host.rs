//! A host whose module writes numbered lines and rotates its log, with an agent that is started and killed.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use super::support::faults::Faults;
use super::support::{Place, Running, access_time, append, free_address, magpie};
use super::wire::{OPEN, Wire};

/// Numbers of an agent's lines begin at a multiple of this.
pub(crate) const EACH: usize = 100_000_000;

pub(crate) struct Host {
    pub(crate) place: Place,
    pub(crate) wire: Wire,
    pub(crate) agent: Option<Running>,
    pub(crate) faults: Faults,
    status: String,
    written: Arc<AtomicUsize>,
    pub(crate) storm: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    writer: Option<JoinHandle<()>>,
}

impl Host {
    /// `rest` is what its agent does otherwise than the other ones. `pause` is how long its module waits at most between two
    /// halves of what it writes.
    pub(crate) fn new(index: usize, server: &str, rest: &str, pause: Duration, random: fastrand::Rng) -> Self {
        let (place, wire, status) = (Place::new(""), Wire::to(server.to_owned()), free_address());
        // One of the agents normalises.
        let how = if index == 1 { ", parse: combined" } else { "" };
        let config = format!(
            "agent: host-{index}\ndata_dir: {}\nservers: [http://{}]\nstatus: {status}\n{rest}sources:\n  \
             - {{ name: app, file: ['{}/access.log*']{how} }}\n",
            place.path("agent").display(),
            wire.address,
            place.dir.path().display()
        );
        std::fs::write(place.path("agent.yaml"), config).unwrap();
        let faults = Faults::below(&place.path("agent"));
        let (written, storm, stop) = (Arc::default(), Arc::default(), Arc::default());
        let mut host = Self { place, wire, agent: None, faults, status, written, storm, stop, writer: None };
        let (log, written) = (host.place.path("access.log"), Arc::clone(&host.written));
        let (storm, stop) = (Arc::clone(&host.storm), Arc::clone(&host.stop));
        host.writer = Some(std::thread::spawn(move || write(index, &log, &written, &storm, &stop, pause, random)));
        host
    }

    pub(crate) fn start(&mut self) {
        let config = self.place.path("agent.yaml").display().to_string();
        let mut command = magpie(&["agent", "-c", &config]);
        self.faults.install(&mut command);
        self.agent = Some(Running::start(command.stdin(Stdio::null()), self.status.clone(), self.place.path("agent.stderr")));
    }

    /// Starts it if it does not run: it was killed, or could not keep anything on its disk.
    pub(crate) fn revive(&mut self) {
        if self.running().is_none() {
            self.start();
        }
    }

    /// Its agent, if that has not ended by itself.
    pub(crate) fn running(&mut self) -> Option<&mut Running> {
        self.agent.as_mut().and_then(|agent| agent.is_alive().then_some(agent))
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.agent = None;
    }

    /// Whether its agent reads what waited beside what is new.
    pub(crate) fn catches_up(&self) -> bool {
        let status = self.agent.as_ref().and_then(|agent| agent.try_get("/status"));
        status.is_some_and(|status| status["sources"][0]["backlog_bytes"].as_u64() > Some(0))
    }

    /// Everything works again.
    pub(crate) fn mend(&mut self) {
        self.wire.set(OPEN);
        self.storm.store(false, Relaxed);
        self.faults.none();
        self.revive();
    }

    /// Ends its module; how many lines it has written.
    pub(crate) fn finish(&mut self) -> usize {
        self.stop.store(true, Relaxed);
        self.writer.take().map(JoinHandle::join).transpose().unwrap();
        self.written.load(Relaxed)
    }
}

fn write(
    index: usize,
    log: &Path,
    written: &AtomicUsize,
    storm: &AtomicBool,
    stop: &AtomicBool,
    pause: Duration,
    mut random: fastrand::Rng,
) {
    let (mut number, mut rotated) = (0, 0);
    while !stop.load(Relaxed) {
        let count = random.usize(1..40);
        let batch: String = (number..number + count).map(|nth| line(index * EACH + nth)).collect();
        let (first, second) = batch.split_at(random.usize(0..batch.len()));
        append(log, first);
        std::thread::sleep(Duration::from_millis(random.u64(0..pause.as_millis() as u64)));
        append(log, second);
        number += count;
        written.store(number, Relaxed);
        if random.u16(..) < if storm.load(Relaxed) { 30_000 } else { 64 } {
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
