//! Senders that others wrote, as programs of their own, into the real binary: OpenTelemetry's SDKs, syslog daemons, `logger`, `curl`.
//!
//! `.ci/senders` installs them; a test whose program is missing says so and is skipped.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use support::certificates::certificates;
use support::programs::{program, senders, skipped};
use support::{PATIENCE, Place, Running, free_address, text, wait_for};

/// Killed when it goes out of scope.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/senders").join(name)
}

fn messages(running: &Running, source: &str, count: usize) -> Vec<Value> {
    let path = format!("/api/v1/records?limit=1000&from=now-1d&to=now%2B1d&input={source}");
    let page = running.wait_for(&path, PATIENCE, |page| page["records"].as_array().is_some_and(|records| records.len() >= count));
    page["records"].as_array().unwrap().clone()
}

#[test]
fn calls_of_two_services_with_opentelemetry_are_an_edge() {
    let dir = senders();
    let python = dir.join("venv/bin/python");
    if !python.exists() || !dir.join("node_modules/@opentelemetry/exporter-trace-otlp-proto").exists() {
        skipped(&format!("no OpenTelemetry in {}; .ci/senders installs it", dir.display()));
        return;
    }
    let [grpc, http] = std::array::from_fn(|_| free_address());
    let config = format!(
        "bucket: 5s\nspan_wait: 2m\nsources: [{{ name: otlp, otlp: {{ grpc: '{grpc}', http: '{http}' }} }}]\nmonitors:\n  - {{ name: calls, by: [source_module, target_module, service] }}\n"
    );
    let place = Place::new(&config);
    let running = place.serve();
    let mut stock = Command::new("node");
    stock.arg(script("stock.js")).arg(format!("http://{http}/v1/traces")).env("MAGPIE_SENDERS", &dir);
    let mut stock = Killed(stock.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut port = String::new();
    BufReader::new(stock.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let mut front = Command::new(python);
    front.arg(script("front.py")).arg(format!("http://{grpc}")).arg(format!("http://127.0.0.1:{}", port.trim())).arg("20");
    let output = front.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    drop(stock.0.stdin.take());
    wait_for("end of the Node service", PATIENCE, || stock.0.try_wait().unwrap());

    let count = |answer: &Value, from: &str, to: &str| {
        let rows = answer["rows"].as_array().unwrap().iter();
        rows.filter(|row| row["source_module"] == from && row["target_module"] == to).filter_map(|row| row["records"].as_u64()).sum::<u64>()
    };
    let path = "/api/v1/rollups?monitor=calls&from=now-1h&step=all";
    let answer =
        running.wait_for(path, PATIENCE, |answer| count(answer, "front", "stock") >= 20 && count(answer, "(outside)", "front") >= 20);
    assert_eq!((count(&answer, "front", "stock"), count(&answer, "(outside)", "front")), (20, 20), "{answer}");
    let edge = answer["rows"].as_array().unwrap().iter().find(|row| row["source_module"] == "front").unwrap();
    assert_eq!(edge["service"], "/items/{id}");
    let logs = running.wait_for("/api/v1/records?kind=log&from=now-1h&limit=100", PATIENCE, |page| {
        page["records"].as_array().is_some_and(|records| records.len() >= 20)
    });
    let log = &logs["records"][0];
    assert_eq!(
        (&log["target_module"], &log["component"], &log["severity"]),
        (&"front".into(), &"front.orders".into(), &"warn".into()),
        "{log}"
    );
    assert!(log["message"].as_str().unwrap().starts_with("order ") && log["trace_id"].as_str().is_some(), "{log}");
}

/// A place that takes syslog on one port, and lines on another.
fn taking_lines() -> (Place, String, String) {
    let [syslog, push] = std::array::from_fn(|_| free_address());
    let config = format!(
        "sources:\n  - {{ name: daemons, syslog: {{ udp: '{syslog}', tcp: '{syslog}' }} }}\n  - {{ name: lines, http: '{push}', parse: json }}\n"
    );
    (Place::new(&config), syslog, push)
}

#[test]
fn logger_and_curl_send() {
    let (Some(logger), Some(curl)) = (program("logger"), program("curl")) else { return };
    let (place, syslog, push) = taking_lines();
    let running = place.serve();
    let (host, port) = syslog.rsplit_once(':').unwrap();
    for how in [&["--udp", "--rfc3164"][..], &["--udp", "--rfc5424"], &["--tcp", "--rfc5424"], &["--tcp", "--octet-count", "--rfc5424"]] {
        let status = Command::new(&logger)
            .args(["--server", host, "--port", port, "--tag", "shop", "--id=7"])
            .args(how)
            .arg(format!("by logger {}", how.join(" ")))
            .status()
            .unwrap();
        assert!(status.success(), "{how:?}");
    }
    let found = messages(&running, "daemons", 4);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|record| record["component"] == "shop" && record["parse_error"].is_null()), "{found:?}");
    let lines: String = (0..50).map(|number| format!("{{\"level\":\"info\",\"msg\":\"line {number}\"}}\n")).collect();
    let mut sending = Command::new(curl)
        .args(["--silent", "--show-error", "--fail", "--data-binary", "@-"])
        .arg(format!("http://{push}/"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    sending.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(sending.wait().unwrap().success());
    assert_eq!(messages(&running, "lines", 50).len(), 50);
}

#[test]
fn a_port_with_tls_takes_who_has_certificate_and_token() {
    let Some(curl) = program("curl") else { return };
    let dir = tempfile::tempdir().unwrap();
    if !certificates(dir.path()) {
        return;
    }
    let push = free_address();
    let config = format!(
        "sources:\n  - name: lines\n    parse: json\n    http:\n      listen: '{push}'\n      token: 0123456789abcdef\n      tls: {{ certificate: {0}/server.pem, key: {0}/server.key, client_ca: {0}/root.pem }}\n",
        dir.path().display()
    );
    let place = Place::new(&config);
    let running = place.serve();
    let status = |arguments: &[&str]| {
        let mut command = Command::new(&curl);
        command.args([
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
            "--cacert",
            "root.pem",
            "--data-binary",
            "{\"msg\":\"x\"}",
        ]);
        let output = command.args(arguments).arg(format!("https://{push}/")).current_dir(dir.path()).output().unwrap();
        text(&output.stdout)
    };
    let certificate = ["--cert", "client.pem", "--key", "client.key"];
    let token = ["--header", "authorization: Bearer 0123456789abcdef"];
    for (arguments, expected) in [
        ([&certificate[..], &token[..]].concat(), "204"),
        (certificate.to_vec(), "401"),
        // Without a certificate there is no connection, so no answer either.
        (token.to_vec(), "000"),
    ] {
        assert_eq!(status(&arguments), expected, "{arguments:?}");
    }
    let plain = Command::new(&curl).args(["--silent", "--data", "x", &format!("http://{push}/")]).status().unwrap();
    assert!(!plain.success(), "no plain text on a port with TLS");
    assert_eq!(messages(&running, "lines", 1).len(), 1);
}

/// Runs a daemon on a socket of its own, sends it lines by `logger`, and waits until they have been forwarded.
fn forward(name: &str, daemon: &mut Command, socket: &Path, running: &Running) {
    let Some(logger) = program("logger") else { return };
    let _daemon = Killed(daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    wait_for(&format!("socket of {name}"), PATIENCE, || socket.exists().then_some(()));
    let lines: String = (0..100).map(|number| format!("{name} says {number}\n")).collect();
    let mut sending = Command::new(logger).arg("--socket").arg(socket).args(["--tag", "app"]).stdin(Stdio::piped()).spawn().unwrap();
    sending.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(sending.wait().unwrap().success());
    let told = |records: &[Value]| {
        let mut found: Vec<String> = records
            .iter()
            .filter_map(|record| record["message"].as_str())
            .filter_map(|message| message.find(&format!("{name} says ")).map(|at| message[at..].to_owned()))
            .collect();
        found.sort_unstable();
        found
    };
    let path = "/api/v1/records?limit=1000&from=now-1d&to=now%2B1d&input=daemons";
    let page = running.wait_for(path, PATIENCE, |page| told(page["records"].as_array().unwrap()).len() >= 100);
    let mut wanted: Vec<String> = (0..100).map(|number| format!("{name} says {number}")).collect();
    wanted.sort_unstable();
    assert_eq!(told(page["records"].as_array().unwrap()), wanted);
}

#[test]
fn rsyslog_forwards() {
    let Some(rsyslogd) = program("rsyslogd") else { return };
    let (place, syslog, _) = taking_lines();
    let running = place.serve();
    let (host, port) = syslog.rsplit_once(':').unwrap();
    let socket = place.path("rsyslog.sock");
    let config = format!(
        "module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"{}\" CreatePath=\"on\" RateLimit.Interval=\"0\")\n*.* action(type=\"omfwd\" target=\"{host}\" port=\"{port}\" protocol=\"tcp\" TCP_Framing=\"octet-counted\" template=\"RSYSLOG_SyslogProtocol23Format\")\n",
        socket.display()
    );
    std::fs::write(place.path("rsyslog.conf"), config).unwrap();
    let mut daemon = Command::new(rsyslogd);
    daemon.arg("-n").arg("-f").arg(place.path("rsyslog.conf")).arg("-i").arg(place.path("rsyslog.pid"));
    forward("rsyslog", &mut daemon, &socket, &running);
}

#[test]
fn syslog_ng_forwards() {
    let Some(syslog_ng) = program("syslog-ng") else { return };
    let (place, syslog, _) = taking_lines();
    let running = place.serve();
    let (host, port) = syslog.rsplit_once(':').unwrap();
    let socket = place.path("ng.sock");
    let config = format!(
        "@version: 3.38\nsource s {{ unix-dgram(\"{}\"); }};\ndestination d {{ network(\"{host}\" port({port}) transport(\"tcp\")); }};\nlog {{ source(s); destination(d); }};\n",
        socket.display()
    );
    std::fs::write(place.path("ng.conf"), config).unwrap();
    let mut daemon = Command::new(syslog_ng);
    daemon.arg("--foreground").arg("--no-caps").arg("--cfgfile").arg(place.path("ng.conf"));
    for (option, file) in [("--persist-file", "ng.persist"), ("--pidfile", "ng.pid"), ("--control", "ng.ctl")] {
        daemon.arg(option).arg(place.path(file));
    }
    forward("syslog-ng", &mut daemon, &socket, &running);
}
