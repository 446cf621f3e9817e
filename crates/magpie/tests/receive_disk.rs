//! Full and slow disks under a running Magpie: senders are told to wait in their own language, and all that was acknowledged is
//! there afterwards, once.

#[path = "support/receiving.rs"]
mod receiving;
#[path = "support/sender.rs"]
mod sender;
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use receiving::{Receiving, TOKEN, line, metric, numbers, records, refused};
use sender::{agent_request, call, log_request, post};
use serde_json::Value;
use support::disks::{SmallDisk, slowly};
use support::{PATIENCE, Running, free_address, wait_for};

const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// How long a sender waits before it sends again.
const PAUSE: Duration = Duration::from_millis(50);

/// Senders of every kind, each of which sends the next thing once the one before was acknowledged.
struct Senders<'r> {
    receiving: &'r Receiving,
    stop: AtomicBool,
    /// Acknowledged, in the order of [`Senders::KINDS`].
    acknowledged: [AtomicUsize; 4],
}

impl<'r> Senders<'r> {
    const KINDS: [&'static str; 4] = ["http", "grpc", "push", "agent"];

    fn new(receiving: &'r Receiving) -> Self {
        Self { receiving, stop: AtomicBool::new(false), acknowledged: Default::default() }
    }

    /// Sends until told to stop; what was begun is sent until it is acknowledged.
    fn run(&self, kind: usize) {
        let mut offset = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.acknowledged[kind].load(Ordering::Relaxed);
            wait_for("acknowledgement", PATIENCE, || {
                let sent = self.send(kind, number, offset);
                if !sent {
                    std::thread::sleep(PAUSE);
                }
                sent.then_some(())
            });
            offset += line(number).len() as u64 + 1;
            self.acknowledged[kind].fetch_add(1, Ordering::Relaxed);
            // A sender has something to say now and then: what is stored has to be read again by the test.
            std::thread::sleep(PAUSE);
        }
    }

    /// Whether it was taken; else the sender was told when to come again.
    fn send(&self, kind: usize, number: usize, offset: u64) -> bool {
        let name = format!("{} {number}", Self::KINDS[kind]);
        let bearer = format!("Bearer {TOKEN}");
        let http = &self.receiving.http;
        let answered = match Self::KINDS[kind] {
            "grpc" => {
                let status = call(&self.receiving.grpc, EXPORT_LOGS, &[], false, &log_request("cart", &name)).status;
                assert!(["0", "8", "14"].contains(&status.as_str()), "{status}");
                return status == "0";
            }
            "http" => post(http, "/v1/logs", &[PROTOBUF], &log_request("cart", &name)),
            "push" => {
                let body = format!("{{\"msg\":\"{name}\"}}\n");
                post(&self.receiving.push, "/", &[("Authorization", &bearer)], body.as_bytes())
            }
            _ => post(http, "/v1/logs", &[PROTOBUF], &agent_request("shop", 5, &[(offset, &[line(number)])])),
        };
        let (answer, head) = answered.expect("an answer");
        if answer.status / 100 == 2 {
            return true;
        }
        assert!(matches!(answer.status, 429 | 503) && head.contains("retry-after: 1"), "{} {head}", answer.status);
        false
    }

    fn sum(&self) -> usize {
        self.acknowledged.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Waits until each kind has got so many more acknowledged.
    fn go_on(&self, more: usize) {
        let before: Vec<usize> = self.acknowledged.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        wait_for("senders to go on", PATIENCE, || {
            self.acknowledged.iter().zip(&before).all(|(count, before)| count.load(Ordering::Relaxed) >= before + more).then_some(())
        });
    }

    /// What was acknowledged is there once, and nothing else.
    fn check(&self, running: &Running) {
        let [http, grpc, push, agent] = self.acknowledged.each_ref().map(|count| count.load(Ordering::Relaxed));
        let names = |kind: &str, count: usize| (0..count).map(move |number| (format!("{kind} {number}"), 1)).collect::<Vec<_>>();
        let wanted: BTreeMap<String, usize> = names("http", http).into_iter().chain(names("grpc", grpc)).collect();
        assert_eq!(messages(&records(running, "traces", http + grpc)), wanted);
        assert_eq!(messages(&records(running, "lines", push)), names("push", push).into_iter().collect());
        let lines = records(running, "shop", agent);
        assert_eq!(numbers(&lines), (0..agent as u64).map(|number| (number, 1)).collect());
    }
}

fn messages(records: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in records {
        let message = record["message"].as_str().unwrap();
        // A line of JSON stays as it was sent.
        let message = message.strip_prefix("{\"msg\":\"").and_then(|rest| rest.strip_suffix("\"}")).unwrap_or(message);
        *counts.entry(message.to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn a_full_disk_stops_every_sender_and_loses_nothing() {
    let receiving = Receiving::new("");
    let Some(disk) = SmallDisk::new(&receiving.place.data(), 64) else { return };
    let serve = || {
        let address = free_address();
        Running::start(&mut disk.on_it(&receiving.place.command(&address)), address, receiving.place.path("stderr")).ready()
    };
    let mut running = serve();
    let senders = Senders::new(&receiving);
    let mut syslog = TcpStream::connect(&receiving.syslog).unwrap();
    let mut told = 0;
    let mut tell = || {
        // Larger than what a page of a file, which is full otherwise, may still hold.
        syslog.write_all(format!("<13>Nov 28 09:00:02 mymachine su: told {told} {}\n", "x".repeat(20_000)).as_bytes()).unwrap();
        told += 1;
    };
    std::thread::scope(|scope| {
        (0..Senders::KINDS.len()).for_each(|kind| {
            drop(scope.spawn({
                let senders = &senders;
                move || senders.run(kind)
            }))
        });
        senders.go_on(5);
        for _ in 0..2 {
            disk.fill();
            tell();
            for (input, reason) in [("traces", "unavailable"), ("lines", "unavailable")] {
                let before = refused(&running, input, reason);
                wait_for("refusals", PATIENCE, || (refused(&running, input, reason) > before + 4).then_some(()));
            }
            wait_for("a waiting connection", PATIENCE, || {
                (metric(&running, "magpie_receiver_waited_total", "input=\"daemons\"") > 0).then_some(())
            });
            let stopped = senders.sum();
            let health = running.get("/api/v1/health");
            assert_ne!(health["verdict"], "ok");
            assert!(health["errors"].to_string().contains(" space"), "an error says its cause: {}", health["errors"]);
            disk.free();
            senders.go_on(5);
            assert!(senders.sum() > stopped);
            tell();
        }
        senders.stop.store(true, Ordering::Relaxed);
    });
    let said = |running: &Running| messages(&records(running, "daemons", 4));
    assert_eq!(said(&running).len(), 4, "what waited in the connection is there");
    senders.check(&running);
    // Again with what a kill leaves behind.
    running.kill_9();
    running = serve();
    senders.check(&running);
    assert_eq!(said(&running).values().sum::<usize>(), 4);
    assert!(running.terminate().success());
}

#[test]
fn a_slow_disk_slows_the_senders_and_loses_nothing() {
    /// Time that the disk takes, in ms.
    const SLOW: u32 = 400;
    let receiving = Receiving::new("");
    let address = free_address();
    let Some(mut command) = slowly(&receiving.place.command(&address), SLOW) else { return };
    let running = Running::start(&mut command, address, receiving.place.path("stderr")).ready();
    let senders = Senders::new(&receiving);
    let began = Instant::now();
    assert!(senders.send(0, 0, 0));
    assert!(began.elapsed() >= Duration::from_millis(SLOW.into()), "what is acknowledged has been made durable");
    senders.acknowledged[0].store(1, Ordering::Relaxed);
    std::thread::scope(|scope| {
        (0..Senders::KINDS.len()).for_each(|kind| {
            drop(scope.spawn({
                let senders = &senders;
                move || senders.run(kind)
            }))
        });
        senders.go_on(10);
        senders.stop.store(true, Ordering::Relaxed);
    });
    senders.check(&running);
    running.kill_9();
    let running = receiving.place.serve();
    senders.check(&running);
    assert!(running.terminate().success());
    receiving.place.is_sound_with(senders.sum());
}
