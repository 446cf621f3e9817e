//! Three agents and a server, and what is done to them.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use rustix::process::Signal;

use super::host::Host;
use super::support::faults::Faults;
use super::support::{Place, Running, free_address};
use super::wire::{CUT, SLOW};

/// What can fail, and how often compared with the others.
#[derive(Clone, Copy, Debug)]
enum Fault {
    ServerKilled,
    AgentKilled,
    AgentStopped,
    AgentKilledWhileCatchingUp,
    AgentReloaded,
    NetworkCut,
    NetworkSlow,
    RotationStorm,
    ServerDiskFull,
    ServerDiskSlow,
    ServerClockJumps,
    AgentDiskFull,
    AgentDiskSlow,
    AgentClockJumps,
    /// No fault: everything of the server and of one host works again.
    Mended,
}

const FAULTS: [(Fault, u32); 15] = [
    (Fault::ServerKilled, 4),
    (Fault::AgentKilled, 6),
    (Fault::AgentStopped, 2),
    (Fault::AgentKilledWhileCatchingUp, 8),
    (Fault::AgentReloaded, 2),
    (Fault::NetworkCut, 3),
    (Fault::NetworkSlow, 3),
    (Fault::RotationStorm, 3),
    (Fault::ServerDiskFull, 2),
    (Fault::ServerDiskSlow, 2),
    (Fault::ServerClockJumps, 2),
    (Fault::AgentDiskFull, 2),
    (Fault::AgentDiskSlow, 2),
    (Fault::AgentClockJumps, 2),
    (Fault::Mended, 14),
];

fn draw(random: &mut fastrand::Rng) -> Fault {
    let all: u32 = FAULTS.iter().map(|(_, weight)| weight).sum();
    let mut at = random.u32(..all);
    for (fault, weight) in FAULTS {
        if at < weight {
            return fault;
        }
        at -= weight;
    }
    Fault::Mended
}

/// What agents do otherwise than each other. Their low ceilings make that they are behind after each outage, and catch up.
const DIFFERENCES: [&str; 3] =
    ["limits: { rate: 12kB }\n", "limits: { unsent: 256KiB, batch: 64KiB, rate: 20kB }\n", "limits: { rate: 20kB }\nprotocol: grpc\n"];

pub(crate) struct System {
    pub(crate) place: Place,
    server: Option<Running>,
    server_faults: Faults,
    hosts: Vec<Host>,
    counted: BTreeMap<String, usize>,
}

impl System {
    /// Started, with modules that write.
    pub(crate) fn start(pause: Duration, random: &mut fastrand::Rng) -> Self {
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
        let hosts = DIFFERENCES.iter().enumerate().map(|(index, rest)| {
            let address = if rest.contains("grpc") { &grpc } else { &http };
            Host::new(index, address, rest, pause, random.fork())
        });
        let hosts: Vec<Host> = hosts.collect();
        let server_faults = Faults::below(&place.data());
        let mut system = Self { place, server: None, server_faults, hosts, counted: BTreeMap::new() };
        system.server = Some(system.spawn().ready());
        system.hosts.iter_mut().for_each(Host::start);
        system
    }

    /// How often each fault came so far.
    pub(crate) fn counted(&self) -> &BTreeMap<String, usize> {
        &self.counted
    }

    /// One fault, or the end of some.
    pub(crate) fn fault(&mut self, random: &mut fastrand::Rng) {
        let fault = draw(random);
        let (at, flip, seconds) = (random.usize(..self.hosts.len()), random.bool(), random.i64(-200..4_000));
        let host = &mut self.hosts[at];
        match fault {
            Fault::ServerKilled => self.restart_server(),
            Fault::AgentKilled => {
                host.kill();
                if flip {
                    host.start();
                }
            }
            Fault::AgentStopped => {
                if host.running().is_none() {
                    return;
                }
                host.agent.take().map(Running::terminate);
            }
            Fault::AgentKilledWhileCatchingUp => {
                let Some(behind) = self.hosts.iter_mut().find(|host| host.catches_up()) else {
                    // An outage, after which one will have to.
                    self.hosts[at].kill();
                    *self.counted.entry(format!("{:?}", Fault::AgentKilled)).or_default() += 1;
                    return;
                };
                behind.kill();
                behind.start();
            }
            Fault::AgentReloaded => match host.running() {
                Some(agent) => agent.signal(Signal::HUP),
                None => return,
            },
            Fault::NetworkCut => host.wire.set(CUT),
            Fault::NetworkSlow => host.wire.set(SLOW),
            Fault::RotationStorm => host.storm.store(true, Relaxed),
            Fault::ServerDiskFull => self.server_faults.disk_full(true),
            Fault::ServerDiskSlow => self.server_faults.disk_slow(true),
            Fault::ServerClockJumps => self.server_faults.clock(seconds),
            Fault::AgentDiskFull => host.faults.disk_full(true),
            Fault::AgentDiskSlow => host.faults.disk_slow(true),
            Fault::AgentClockJumps => host.faults.clock(seconds),
            Fault::Mended => {
                host.mend();
                self.mend_server();
                return;
            }
        }
        *self.counted.entry(format!("{fault:?}")).or_default() += 1;
    }

    fn spawn(&self) -> Running {
        let address = free_address();
        let mut command = self.place.command(&address);
        self.server_faults.install(&mut command);
        Running::start(command.stdin(Stdio::null()), address, self.place.path("stderr"))
    }

    fn restart_server(&mut self) {
        // Going out of scope is SIGKILL.
        drop(self.server.take());
        self.server = Some(self.spawn());
    }

    fn mend_server(&mut self) {
        self.server_faults.none();
        // It does not start on a disk that is full.
        if !self.server.as_mut().is_some_and(Running::is_alive) {
            self.restart_server();
        }
    }

    /// Everything works again, and modules stop. Gives the server, and how many lines each host has written.
    pub(crate) fn calm(&mut self) -> (Running, Vec<usize>) {
        self.mend_server();
        self.hosts.iter_mut().for_each(Host::mend);
        let server = self.server.take().expect("it was mended").ready();
        (server, self.hosts.iter_mut().map(Host::finish).collect())
    }

    /// How each agent stands, and what it has written to standard error.
    pub(crate) fn told(&self) -> String {
        let agents = self.hosts.iter().filter_map(|host| host.agent.as_ref());
        let told = agents.map(|agent| {
            let mut status = agent.try_get("/status").unwrap_or_default();
            // Of hundreds of rotated files.
            status["sources"][0]["details"].take();
            format!("{}\n{status}\n", agent.told())
        });
        told.collect()
    }

    /// Ends the agents, and leaves what the server has kept.
    pub(crate) fn end(self) -> Place {
        for mut host in self.hosts {
            let told = host.agent.take().map(|agent| (agent.told(), agent.terminate()));
            let (told, status) = told.expect("it was mended");
            assert!(status.success(), "an agent ended with {status}: {told}");
        }
        self.place
    }
}
