//! SIGHUP: the file's configuration is put in force while lines come in, and nothing is lost or told twice by that.

use std::io::Write;
use std::net::TcpStream;

use rustix::process::Signal;

use super::receiver::{Mood, Receiver};
use super::support::{PATIENCE, free_address, wait_for};
use super::{FILES, Host, Running, append, every_line_is_there_once, lines, wait_until};

/// Writes another configuration, and waits until the agent says what it has done with it.
fn reload(host: &Host, agent: &Running, config: &str, told: &str) {
    // A signal that comes before it listens for any would end it.
    wait_for("start", PATIENCE, || agent.told().contains("agent started").then_some(()));
    std::fs::write(host.path("agent.yaml"), config).unwrap();
    let before = agent.told().matches(told).count();
    agent.signal(Signal::HUP);
    wait_for(told, PATIENCE, || (agent.told().matches(told).count() > before).then_some(()));
}

fn config(host: &Host) -> String {
    std::fs::read_to_string(host.path("agent.yaml")).unwrap()
}

#[test]
fn a_reload_adds_a_source_and_keeps_every_line_once() {
    let server = Receiver::start();
    let host = Host::new(&[&server], FILES);
    append(&host.path("a.log"), lines(0..1_000));
    let agent = host.start();
    wait_until(&server, "a line", |stored| !stored.lines.is_empty());
    let more = format!("{}  - {{ name: other, file: ['{}/*.txt'] }}\n", config(&host), host.dir.path().display());
    append(&host.path("b.txt"), lines(1_000..1_500));
    reload(&host, &agent, &more, "configuration reloaded");
    append(&host.path("a.log"), lines(1_500..2_000));
    every_line_is_there_once(&server, &agent, 2_000);
    server.stored(|stored| assert_eq!(stored.bodies("other").len(), 500));
    assert!(agent.terminate().success());
}

#[test]
fn a_mistake_is_told_with_its_line_and_the_old_configuration_stays() {
    let server = Receiver::start();
    let host = Host::new(&[&server], FILES);
    let agent = host.start();
    let right = config(&host);
    let port = free_address();
    let taken = std::net::TcpListener::bind(&port).unwrap();
    let address = taken.local_addr().unwrap();
    for (mistake, told) in [
        (right.replace("sources:", "soruces: []\nsources:"), "line 4: unknown key in the configuration `soruces`"),
        (right.replace("data_dir: ", "data_dir: /tmp/other"), "the data directory stays"),
        (format!("{right}tls: {{ ca: /nowhere.pem }}\n"), "/nowhere.pem"),
        (format!("{right}  - {{ name: net, syslog: {{ tcp: '{address}' }} }}\n"), "could not listen on"),
        (format!("{right}status: {address}\n"), "listen on"),
    ] {
        reload(&host, &agent, &mistake, "configuration not reloaded, the old one stays");
        assert!(agent.told().contains(told), "no {told:?} in {}", agent.told());
    }
    append(&host.path("a.log"), lines(0..100));
    every_line_is_there_once(&server, &agent, 100);
}

#[test]
fn a_reload_to_another_server_loses_no_line_of_a_file_that_is_gone() {
    let (busy, fresh) = (Receiver::start(), Receiver::start());
    let host = Host::new(&[&busy], FILES);
    busy.is(Mood::Busy(600));
    append(&host.path("a.log"), lines(0..20_000));
    let agent = host.start();
    wait_until(&busy, "a refusal", |stored| stored.refused > 0);
    std::fs::remove_file(host.path("a.log")).unwrap();
    reload(&host, &agent, &config(&host).replace(&busy.address, &fresh.address), "configuration reloaded");
    every_line_is_there_once(&fresh, &agent, 20_000);
}

#[test]
fn a_connection_of_a_sender_outlives_a_reload() {
    let server = Receiver::start();
    let tcp = free_address();
    let host = Host::new(&[&server], &format!("sources:\n  - {{ name: net, syslog: {{ tcp: '{tcp}' }} }}\n"));
    let agent = host.start();
    let mut sender = wait_for("the port", PATIENCE, || TcpStream::connect(&tcp).ok());
    for round in 0..3 {
        sender.write_all(lines(round * 100..round * 100 + 100).as_bytes()).unwrap();
        sender.write_all(b"<13>half ").unwrap();
        let masked = config(&host).replace("sources:", "redact: [cards]\nsources:");
        reload(&host, &agent, &if round == 0 { masked } else { config(&host) }, "configuration reloaded");
        sender.write_all(format!("{round}: 4111 1111 1111 1111\n").as_bytes()).unwrap();
    }
    wait_until(&server, "all lines", |stored| stored.lines.len() == 303);
    server.stored(|stored| {
        let halves: Vec<String> = stored.bodies("net").into_iter().filter(|body| body.starts_with("<13>half")).collect();
        let expected: Vec<String> = (0..3).map(|round| format!("<13>half {round}: *******************")).collect();
        assert_eq!(halves, expected, "no message is torn, and the new masks hold");
    });
    assert!(agent.terminate().success());
}
