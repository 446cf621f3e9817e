//! `magpie agent` as a process: every line that was written is at the server once, whatever is killed, rotated, busy or full.
//!
//! Lines carry their number, so that "each once" is a comparison of numbers. Moments of killing are random; the seed is
//! printed, and `MAGPIE_SEED` repeats it.

mod receiver;
mod reloaded;
mod secured;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use receiver::{Mood, Receiver, Stored};
use rustix::process::Signal;
use support::{PATIENCE, Running, append, free_address, magpie, wait_for};

/// A directory with the configuration of an agent.
struct Host {
    dir: tempfile::TempDir,
}

impl Host {
    fn new(servers: &[&Receiver], rest: &str) -> Self {
        let host = Self { dir: tempfile::tempdir().unwrap() };
        let servers: Vec<String> = servers.iter().map(|server| format!("http://{}", server.address)).collect();
        let rest = rest.replace("{dir}", &host.dir.path().display().to_string());
        let config = format!("agent: test-host\ndata_dir: {}\nservers: [{}]\n{rest}", host.path("data").display(), servers.join(", "));
        std::fs::write(host.path("agent.yaml"), config).unwrap();
        host
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self) -> Running {
        self.start_with(Stdio::null())
    }

    fn start_with(&self, input: impl Into<Stdio>) -> Running {
        let mut command = magpie(&["agent", "-c", &self.path("agent.yaml").display().to_string()]);
        let tools = format!("{}:{}", self.dir.path().display(), std::env::var("PATH").unwrap());
        Running::start(command.stdin(input).env("PATH", tools), String::new(), self.path("stderr"))
    }

    /// With its status port, and what it writes to standard error going elsewhere.
    fn start_telling_to(&self, status: String, told: &Path) -> Running {
        let mut command = magpie(&["agent", "-c", &self.path("agent.yaml").display().to_string()]);
        Running::start(command.stdin(Stdio::null()), status, told.to_owned())
    }
}

const FILES: &str = "sources:\n  - { name: app, module: shop, file: ['{dir}/*.log*'] }\n";

fn line(number: usize) -> String {
    format!("{{\"time\":\"2026-11-28T10:00:00.{:06}Z\",\"number\":{number},\"path\":\"/item/{}\"}}\n", number % 1_000_000, number % 97)
}

fn lines(range: std::ops::Range<usize>) -> String {
    range.map(line).collect()
}

/// How often each number is stored.
fn numbers(stored: &Stored) -> BTreeMap<usize, usize> {
    let mut numbers = BTreeMap::new();
    for body in stored.lines.values().map(|line| &line.body) {
        let number = body.split("\"number\":").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
        *numbers.entry(number.unwrap_or_else(|| panic!("no number in {body:?}"))).or_default() += 1;
    }
    numbers
}

fn every_line_is_there_once(server: &Receiver, agent: &Running, count: usize) {
    let found = server.stored(|stored| stored.lines.len());
    let begin = Instant::now();
    while server.stored(|stored| numbers(stored).len()) < count && begin.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    server.stored(|stored| {
        let numbers = numbers(stored);
        let twice: Vec<_> = numbers.iter().filter(|(_, times)| **times != 1).take(5).collect();
        let missing: Vec<_> = (0..count).filter(|number| !numbers.contains_key(number)).take(5).collect();
        assert!(
            twice.is_empty() && missing.is_empty() && stored.wrong.is_empty(),
            "twice: {twice:?}, missing: {missing:?} of {count} ({found} at first), wrong: {:?}\n{}",
            stored.wrong,
            agent.told()
        );
    });
}

fn wait_until(server: &Receiver, what: &str, look: impl Fn(&Stored) -> bool) {
    wait_for(what, PATIENCE, || server.stored(&look).then_some(()));
}

#[test]
fn lines_come_with_what_is_known_of_them() {
    let server = Receiver::start();
    let id = "0123456789abcdef".repeat(4);
    let host = Host::new(
        &[&server],
        "redact: [cards]
sources:
  - { name: app, module: shop, application: store, region: eu, version: '1.2', host: db-1, file: ['{dir}/a.log'], multiline: { start: '^\\d' } }
  - { name: pods, kubernetes: ['{dir}/pods/*.log'] }
",
    );
    append(&host.path("a.log"), "1 first\n  at x\n2 paid by 4111 1111 1111 1111\n");
    std::fs::create_dir(host.path("pods")).unwrap();
    append(&host.path(&format!("pods/web-1_prod_nginx-{id}.log")), "2026-11-28T10:00:00Z stdout F hello\n");
    let agent = host.start();
    wait_until(&server, "lines", |stored| stored.lines.len() == 3);
    server.stored(|stored| {
        assert_eq!(stored.bodies("app"), ["1 first\n  at x", "2 paid by *******************"]);
        assert_eq!(stored.bodies("pods"), ["2026-11-28T10:00:00Z stdout F hello"]);
        for (key, value) in [
            ("service.name", "shop"),
            ("service.namespace", "store"),
            ("service.version", "1.2"),
            ("cloud.region", "eu"),
            ("host.name", "db-1"),
            ("host.name", "test-host"),
            ("k8s.pod.name", "web-1"),
            ("k8s.namespace.name", "prod"),
            ("k8s.container.name", "nginx"),
            ("container.id", &id),
        ] {
            assert!(stored.attributes.contains(&(key.into(), value.into())), "{key}={value} in {:?}", stored.attributes);
        }
    });
    assert!(agent.terminate().success());
}

#[test]
fn kill_9_and_rotation_keep_every_line_once() {
    let seed = std::env::var("MAGPIE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("MAGPIE_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let server = Receiver::start();
    let host = Host::new(&[&server], FILES);
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (log, stop, mut random) = (host.path("app.log"), Arc::clone(&stop), random.fork());
        std::thread::spawn(move || {
            let (mut number, mut rotated) = (0, 0);
            while !stop.load(Ordering::Relaxed) {
                let next = number + random.usize(1..60);
                let batch = lines(number..next);
                let (first, second) = batch.split_at(random.usize(0..batch.len()));
                append(&log, first);
                std::thread::sleep(Duration::from_millis(random.u64(0..6)));
                append(&log, second);
                number = next;
                if random.u8(..) < 5 {
                    std::fs::rename(&log, log.with_extension(format!("log.{rotated}"))).unwrap();
                    rotated += 1;
                }
            }
            number
        })
    };
    for round in 0..8 {
        server.is([Mood::Well, Mood::Silent, Mood::Well, Mood::Busy(0)][round % 4]);
        let agent = host.start();
        std::thread::sleep(Duration::from_millis(random.u64(100..1_500)));
        agent.kill_9();
    }
    server.is(Mood::Well);
    let agent = host.start();
    std::thread::sleep(Duration::from_millis(500));
    stop.store(true, Ordering::Relaxed);
    let count = writer.join().unwrap();
    every_line_is_there_once(&server, &agent, count);
    assert!(agent.terminate().success());
}

#[test]
fn a_stop_sends_what_was_read_and_the_next_start_sends_nothing_again() {
    let server = Receiver::start();
    let host = Host::new(&[&server], FILES);
    append(&host.path("a.log"), lines(0..1_000));
    let agent = host.start();
    wait_until(&server, "the first line", |stored| !stored.lines.is_empty());
    assert!(agent.terminate().success());
    let sent = server.stored(|stored| stored.lines.len());
    assert!(sent > 0);
    // From now on whatever is sent again would be counted.
    let fresh = Receiver::start();
    let config = std::fs::read_to_string(host.path("agent.yaml")).unwrap().replace(&server.address, &fresh.address);
    std::fs::write(host.path("agent.yaml"), config).unwrap();
    append(&host.path("a.log"), lines(1_000..1_010));
    let agent = host.start();
    wait_until(&fresh, "the rest", |stored| stored.lines.len() >= 1_010 - sent);
    assert!(agent.terminate().success());
    assert_eq!(fresh.stored(|stored| stored.lines.len()), 1_010 - sent);
}

#[test]
fn a_stop_is_bounded_while_no_server_answers() {
    let gone = Receiver::start();
    let host = Host::new(&[&gone], FILES);
    gone.is(Mood::Busy(60));
    append(&host.path("a.log"), lines(0..1_000));
    let agent = host.start();
    wait_until(&gone, "a refusal", |stored| stored.refused > 0);
    let begin = Instant::now();
    assert!(agent.terminate().success());
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    gone.is(Mood::Well);
    let agent = host.start();
    every_line_is_there_once(&gone, &agent, 1_000);
}

#[test]
fn a_busy_server_is_asked_again_when_it_said_and_another_one_takes_over() {
    let (busy, other) = (Receiver::start(), Receiver::start());
    busy.is(Mood::Busy(600));
    let host = Host::new(&[&busy, &other], FILES);
    append(&host.path("a.log"), lines(0..100));
    let agent = host.start();
    every_line_is_there_once(&other, &agent, 100);
    append(&host.path("a.log"), lines(100..200));
    every_line_is_there_once(&other, &agent, 200);
    assert_eq!(busy.stored(|stored| stored.refused), 1, "it asked to be left alone");
}

#[test]
fn a_server_that_is_gone_is_waited_for() {
    let server = Receiver::start();
    let (address, stored) = (server.address.clone(), Arc::clone(&server.stored));
    let host = Host::new(&[&server], FILES);
    drop(server);
    append(&host.path("a.log"), lines(0..500));
    let agent = host.start();
    wait_for("a complaint", PATIENCE, || agent.told().contains("cannot be sent to").then_some(()));
    let server = Receiver::start_at(&address, stored);
    every_line_is_there_once(&server, &agent, 500);
}

#[test]
fn what_it_cannot_say_on_a_full_disk_keeps_no_line_from_being_sent() {
    let server = Receiver::start();
    let (address, stored) = (server.address.clone(), Arc::clone(&server.stored));
    let status = free_address();
    let host = Host::new(&[&server], &format!("status: {status}\n{FILES}"));
    drop(server);
    append(&host.path("a.log"), lines(0..500));
    let agent = host.start_telling_to(status, Path::new("/dev/full"));
    wait_for("a server that could not be reached", PATIENCE, || agent.try_get("/status")?["last_error"].as_str().map(str::to_owned));
    let server = Receiver::start_at(&address, stored);
    every_line_is_there_once(&server, &agent, 500);
}

#[test]
fn a_server_that_takes_little_gets_it_in_parts() {
    let server = Receiver::start();
    server.is(Mood::Small(20_000));
    let host = Host::new(&[&server], &format!("compression: gzip\n{FILES}"));
    append(&host.path("a.log"), lines(0..3_000));
    let agent = host.start();
    every_line_is_there_once(&server, &agent, 3_000);
    assert!(server.stored(|stored| stored.refused) > 0);
}

#[test]
fn two_thousand_files_at_once() {
    let server = Receiver::start();
    let host = Host::new(&[&server], FILES);
    for file in 0..2_000 {
        append(&host.path(&format!("{file}.log")), lines(file * 2..file * 2 + 1));
    }
    let agent = host.start();
    wait_until(&server, "the first lines", |stored| stored.lines.len() == 2_000);
    for file in 0..2_000 {
        append(&host.path(&format!("{file}.log")), lines(file * 2 + 1..file * 2 + 2));
    }
    every_line_is_there_once(&server, &agent, 4_000);
}

#[test]
fn standard_input_and_syslog_go_through_a_queue_that_survives_kill_9() {
    let server = Receiver::start();
    server.is(Mood::Busy(0));
    let (udp, tcp) = (free_address(), free_address());
    let host = Host::new(
        &[&server],
        &format!("sources:\n  - {{ name: pipe, stdin: true }}\n  - {{ name: net, syslog: {{ udp: '{udp}', tcp: '{tcp}' }} }}\n"),
    );
    let (reader, mut pipe) = std::io::pipe().unwrap();
    let agent = host.start_with(reader);
    pipe.write_all(b"one\ntwo\n").unwrap();
    let mut connection = wait_for("the port", PATIENCE, || TcpStream::connect(&tcp).ok());
    connection.write_all(b"<13>by line\n11 <13>counted").unwrap();
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"<13>datagram\n", &udp).unwrap();
    let queued = |host: &Host| -> String {
        let files =
            ["pipe", "net"].iter().flat_map(|name| std::fs::read_dir(host.path(&format!("data/queue/{name}"))).into_iter().flatten());
        files.flatten().map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect()
    };
    wait_for("everything in the queue", PATIENCE, || {
        let queued = queued(&host);
        ["two\n", "by line\n", "counted\n", "datagram\n"].iter().all(|line| queued.contains(line)).then_some(())
    });
    agent.kill_9();
    server.is(Mood::Well);
    let agent = host.start();
    wait_until(&server, "what was queued", |stored| stored.lines.len() >= 5);
    server.stored(|stored| {
        assert_eq!(stored.bodies("pipe"), ["one", "two"]);
        let mut net = stored.bodies("net");
        net.sort();
        assert_eq!(net, ["<13>by line", "<13>counted", "<13>datagram"]);
    });
    assert!(agent.terminate().success());
}

#[test]
fn the_journal_is_followed_by_its_cursor() {
    let server = Receiver::start();
    let host = Host::new(&[&server], "sources:\n  - { name: journal, journald: { units: [web.service] } }\n");
    // Says how it was called, gives three entries behind the cursor it was given, and ends.
    let script = "#!/bin/sh
echo \"$@\" >> '{dir}/called'
from=0
for argument in \"$@\"; do case $argument in --after-cursor=*) from=${argument#--after-cursor=c};; esac; done
for next in 1 2 3; do echo \"{\\\"__CURSOR\\\":\\\"c$((from + next))\\\",\\\"MESSAGE\\\":\\\"m$((from + next))\\\"}\"; done
"
    .replace("{dir}", &host.dir.path().display().to_string());
    let tool = host.path("journalctl");
    std::fs::write(&tool, script).unwrap();
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let agent = host.start();
    wait_until(&server, "entries of two runs", |stored| stored.lines.len() >= 6);
    agent.kill_9();
    let agent = host.start();
    wait_until(&server, "entries after kill -9", |stored| stored.lines.len() >= 12);
    assert!(agent.terminate().success());
    server.stored(|stored| {
        let mut cursors: Vec<u32> = stored
            .bodies("journal")
            .iter()
            .map(|body| body.split("\"m").nth(1).unwrap().trim_end_matches("\"}").parse().unwrap())
            .collect();
        cursors.sort_unstable();
        assert_eq!(cursors, (1..=cursors.len() as u32).collect::<Vec<_>>(), "each entry once");
    });
    let called = std::fs::read_to_string(host.path("called")).unwrap();
    assert!(called.lines().next().unwrap().contains("--lines=0 --unit=web.service"), "{called}");
}

#[test]
fn a_range_that_vanished_is_told_as_a_gap() {
    let server = Receiver::start();
    server.is(Mood::Busy(0));
    let host = Host::new(&[&server], &format!("status: {}\nlimits: {{ unsent: 64KiB, batch: 4KiB }}\n{FILES}", free_address()));
    let log = host.path("a.log");
    append(&log, lines(0..5_000));
    let agent = host.start();
    wait_until(&server, "a refusal", |stored| stored.refused > 0);
    // What waits is cut away while nothing is taken.
    std::thread::sleep(Duration::from_millis(500));
    std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(0).unwrap();
    append(&log, "{\"number\":9,\"new\":1}\n");
    server.is(Mood::Well);
    wait_until(&server, "a gap", |stored| !stored.gaps.is_empty());
    wait_until(&server, "the new line", |stored| stored.lines.values().any(|line| line.body.contains("new")));
    server.stored(|stored| {
        let (_, offset, length) = stored.gaps[0];
        let before: u64 = stored.lines.values().filter(|line| !line.body.contains("new")).map(|line| line.length).sum();
        assert_eq!((before, offset + length), (offset, lines(0..5_000).len() as u64), "what was read, and the rest");
    });
    drop(agent);
}

#[test]
fn the_ceiling_holds_and_new_lines_do_not_wait_for_old_ones() {
    const RATE: usize = 100_000;
    let server = Receiver::start();
    let host = Host::new(&[&server], &format!("compression: none\nlimits: {{ rate: {RATE} }}\n{FILES}"));
    let log = host.path("a.log");
    // An outage's worth: a minute and a half of the ceiling.
    append(&log, lines(0..100_000));
    let begin = Instant::now();
    let agent = host.start();
    let mut written = BTreeMap::new();
    for number in 100_000..100_080 {
        append(&log, line(number));
        written.insert(number, Instant::now());
        std::thread::sleep(Duration::from_millis(100));
    }
    wait_until(&server, "the new lines", |stored| stored.lines.values().any(|line| line.body.contains("\"number\":100079,")));
    let passed = begin.elapsed().as_secs_f64();
    server.stored(|stored| {
        let sent: usize = stored.requests.iter().map(|(_, size)| size).sum();
        assert!(sent as f64 <= RATE as f64 * (passed + 0.5) + 40_000.0, "{sent} bytes in {passed} s");
        assert!(sent as f64 >= RATE as f64 * passed * 0.5, "and it is used: {sent} bytes in {passed} s");
        for second in stored.requests.iter() {
            let within: usize = stored
                .requests
                .iter()
                .filter(|(at, _)| *at >= second.0 && *at - second.0 < Duration::from_secs(1))
                .map(|(_, size)| size)
                .sum();
            assert!(within <= RATE * 2, "{within} bytes in a second");
        }
        let late: Vec<Duration> = written
            .iter()
            .filter_map(|(number, at)| {
                let line = stored.lines.values().find(|line| line.body.contains(&format!("\"number\":{number},")))?;
                Some(line.at.saturating_duration_since(*at))
            })
            .collect();
        assert!(late.iter().max().unwrap() < &Duration::from_secs(10), "{late:?}");
        assert!(stored.lines.len() < 60_000, "the backlog is still there");
    });
    agent.kill_9();
}

#[test]
fn the_ceiling_on_processor_time_holds() {
    const SHARE: f64 = 0.05;
    const LINES: usize = 400_000;
    let server = Receiver::start();
    let host = Host::new(&[&server], &format!("compression: gzip\nlimits: {{ cpu: {SHARE} }}\n{FILES}"));
    // Hard to compress: seconds of work.
    let random = || (0..6).map(|_| format!("{:016x}", fastrand::u64(..))).collect::<String>() + "\n";
    append(&host.path("a.log"), (0..LINES).map(|_| random()).collect::<String>());
    let (agent, begin) = (host.start(), Instant::now());
    wait_until(&server, "the first lines", |stored| !stored.lines.is_empty());
    std::thread::sleep(Duration::from_secs(6));
    let (used, passed) = (processor_time(agent.child.id()), begin.elapsed().as_secs_f64());
    // Starting, and the request that overdraws.
    assert!(used <= SHARE * passed + 0.3, "{used} s of processor time in {passed} s");
    assert!(server.stored(|stored| stored.lines.len()) < LINES, "it would do more");
    agent.kill_9();
}

/// Seconds of processor time that a process has used.
fn processor_time(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

#[test]
fn a_second_agent_on_the_directory_is_refused_and_mistakes_are_told() {
    let server = Receiver::start();
    let host = Host::new(&[&server], FILES);
    let agent = host.start();
    wait_for("its lock", PATIENCE, || host.path("data/id").exists().then_some(()));
    wait_for("a warning of a pattern that nothing matches", PATIENCE, || agent.told().contains("no file matches `").then_some(()));
    let config = host.path("agent.yaml").display().to_string();
    let second = magpie(&["agent", "-c", &config]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(support::text(&second.stderr).contains("is in use by another agent"), "{second:?}");
    assert_eq!(support::printed(&["check", "-c", &config]), format!("{config} is right: an agent's, 1 source, 1 server\n"));
    append(Path::new(&config), "soruces: []\n");
    let wrong = magpie(&["check", "-c", &config]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(3));
    assert!(
        support::text(&wrong.stdout).contains("line 6: unknown key in the configuration `soruces`, did you mean `sources`?"),
        "{wrong:?}"
    );
    agent.signal(Signal::TERM);
}

#[test]
fn the_status_port_tells_how_it_stands() {
    let server = Receiver::start();
    let address = free_address();
    let host = Host::new(&[&server], &format!("status: {address}\n{FILES}"));
    append(&host.path("a.log"), lines(0..10));
    let mut agent = host.start();
    agent.address = address;
    let status = agent.wait_for("/status", PATIENCE, |status| {
        let source = &status["sources"][0];
        status["records"] == 10 && source["lag_bytes"] == 0 && source["bytes"] == lines(0..10).len()
    });
    assert_eq!(status["sources"][0]["name"], "app", "{status}");
    let metrics = support::ask(&agent.address, "GET", "/metrics", &[], "").unwrap().body;
    assert!(metrics.contains("magpie_agent_records_total 10\n"), "{metrics}");
}
