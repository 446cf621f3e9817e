//! Lines that the agent counts since it may not send them: what the server stores of them folds as the lines themselves would have.
//!
//! The real agent and the real server, beside a server that reads the same lines from their file.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use support::{PATIENCE, Place, Running, access_time, append, free_address, magpie, text, wait_for};

const READ: &str = "parse: combined, side: callee, time: start";
const FIELDS: &str = "fields: { bytes: [sum, p95] }\nhosts: { 10.0.3.0/24: { host: shelf, module: front } }\n";
const MONITORS: &str = "  - { name: calls, by: [source, source_module, target_module, service] }
  - { name: failed, by: [target_module, status], where: { status: ['503'] } }
  - { name: all, by: [target], where: { kind: [log, call] } }\n";
const RANGE: &str = "from=now-2h&to=now";

/// Lines of the last twenty minutes but one, in order; a few that do not parse.
fn lines(from: usize, to: usize) -> String {
    let line = |number: usize| match number % 97 {
        7 => "not an access line\n".to_owned(),
        _ => format!(
            "10.0.{}.{} - - [{}] \"GET /item/{number} HTTP/1.1\" {} {} \"-\" \"curl/8.1\"\n",
            number % 2 * 3,
            number % 5,
            access_time(Duration::from_secs(1_200 - number as u64 % 1_100)),
            200 + number % 3 / 2 * 303,
            number * 7
        ),
    };
    (from..to).map(line).collect()
}

/// A server whose source `access` is fed as told.
fn server(fed: &str, monitors: &str) -> Place {
    Place::new(&format!("{FIELDS}sources:\n{fed}monitors:\n{monitors}"))
}

fn by_agent(otlp: &str) -> String {
    format!(
        "  - {{ name: otlp, otlp: {{ http: '{otlp}' }} }}\n  - {{ name: access, agent: true, parse: {{ pattern: 'no <line> is so' }} }}\n"
    )
}

/// The configuration of an agent that counts what is beyond a bound.
fn agent(place: &Place, otlp: &str, input: &str, limits: &str) -> (String, String) {
    let status = free_address();
    let config = format!(
        "data_dir: {}\nservers: ['http://{otlp}']\nstatus: {status}\n{FIELDS}limits: {limits}
sources:\n  - {{ name: access, module: shop, {input}, {READ}, when_full: count, sample: 50 }}\n",
        place.path("agent").display(),
    );
    let path = place.path("agent.yaml");
    std::fs::write(&path, config).unwrap();
    (path.display().to_string(), status)
}

fn start(place: &Place, log: &Path, otlp: &str) -> Running {
    let (path, status) = agent(place, otlp, &format!("file: ['{}']", log.display()), "{ backlog: 60kB, unsent: 64KiB, batch: 16KiB }");
    Running::start(&mut magpie(&["agent", "-c", &path]), status, place.path("agent-stderr"))
}

/// Rows of a monitor, without what tells how they came. A line without a time has that of the line before, which may have gone another way:
/// of those, all minutes together.
fn rows(server: &Running, monitor: &str) -> Value {
    let step = if monitor == "all" { "all" } else { "1m" };
    server.get(&format!("/api/v1/rollups?monitor={monitor}&step={step}&limit=10000&{RANGE}"))["rows"].clone()
}

fn total(server: &Running, monitor: &str, member: &str) -> u64 {
    let answer = server.try_get(&format!("/api/v1/rollups?monitor={monitor}&step=1m&limit=10000&{RANGE}")).unwrap_or_default();
    let of = |list: &str, name: &str| answer[list].as_array().into_iter().flatten().filter_map(|one| one[name].as_u64()).sum();
    if member == "records" { of("rows", "records") } else { of("completeness", member) }
}

fn counted(agent: &Running) -> u64 {
    agent.try_get("/status").map_or(0, |status| status["counted"].as_u64().unwrap())
}

/// The answers of a server that reads the lines themselves.
fn control(log: &Path, count: usize) -> (Place, Running) {
    let place = server(&format!("  - {{ name: access, module: shop, file: ['{}'], {READ} }}\n", log.display()), MONITORS);
    let running = place.serve();
    wait_for("all lines at the other server", PATIENCE, || (total(&running, "all", "records") == count as u64).then_some(()));
    (place, running)
}

#[test]
fn what_is_counted_at_the_agent_is_what_the_lines_add_up_to_whatever_is_killed() {
    let logs = tempfile::tempdir().unwrap();
    let (log, otlp) = (logs.path().join("access.log"), free_address());
    let place = server(&by_agent(&otlp), MONITORS);
    // No server is there: far more waits than is allowed.
    append(&log, lines(0, 6_000));
    let mut running = start(&place, &log, &otlp);
    wait_for("counted lines", PATIENCE, || (counted(&running) > 3_000).then_some(()));
    running.kill_9();
    running = start(&place, &log, &otlp);
    append(&log, lines(6_000, 9_000));
    wait_for("more counted lines", PATIENCE, || (counted(&running) > 1_000).then_some(()));
    let server = place.serve();
    wait_for("some of it at the server", PATIENCE, || (total(&server, "all", "records") > 2_000).then_some(()));
    server.kill_9();
    running.kill_9();
    let server = place.serve();
    running = start(&place, &log, &otlp);
    append(&log, lines(9_000, 9_500));
    wait_for("all lines", PATIENCE, || (total(&server, "all", "records") == 9_500).then_some(()));

    let (_other_place, other) = control(&log, 9_500);
    for monitor in ["calls", "failed", "all"] {
        assert_eq!(rows(&server, monitor), rows(&other, monitor), "{monitor}");
    }
    let edges = |of: &Running| of.get(&format!("/api/v1/graph?{RANGE}"))["edges"].clone();
    assert_eq!(edges(&server), edges(&other));
    let from_agent = total(&server, "all", "from_agent");
    assert!((4_000..=9_500).contains(&from_agent), "buckets tell what was counted: {from_agent}");
    assert_eq!(total(&other, "all", "from_agent"), 0);
    for member in ["parsed", "unparsed"] {
        assert_eq!(total(&server, "all", member), total(&other, "all", member), "{member}");
    }

    // A part of the lines came along, to be looked at.
    let records = server.records(RANGE);
    let marked = |mark: &str| records.iter().filter(|record| record[mark] == true).count();
    let (partials, samples) = (marked("from_agent"), marked("sampled"));
    assert!(samples >= from_agent as usize / 60 && samples < from_agent as usize / 10, "{samples} samples of {from_agent}");
    assert_eq!(records.len() - partials - samples, 9_500 - from_agent as usize, "all other lines are records");
    assert!(records.iter().any(|record| record["sampled"] == true && record["message"].as_str().unwrap().contains("GET /item")));
    assert!(running.terminate().success() && server.terminate().success());
    place.is_sound_with(records.len());

    // A monitor that is newer than what was counted gets its rows from it.
    place.configure(&format!("{FIELDS}sources:\n{}monitors:\n{MONITORS}  - {{ name: fresh, by: [status, service] }}\n", by_agent(&otlp)));
    let server = place.serve();
    wait_for("rows of the new monitor", PATIENCE, || {
        (total(&server, "fresh", "records") == total(&server, "calls", "records")).then_some(())
    });
    assert!(server.terminate().success());
    place.is_sound_with(records.len());
}

#[test]
fn standard_input_goes_on_while_no_server_is_there() {
    let otlp = free_address();
    let place = server(&by_agent(&otlp), MONITORS);
    let (path, status) = agent(&place, &otlp, "stdin: true", "{ queue: 1MiB, unsent: 64KiB, batch: 16KiB }");
    let mut running = Running::start(magpie(&["agent", "-c", &path]).stdin(Stdio::piped()), status, place.path("agent-stderr"));
    let mut pipe = running.stdin();
    let (count, input) = (40_000, lines(0, 40_000));
    assert!(input.len() > 3 << 20, "several times what the queue holds");
    let written = input.clone();
    let writer = std::thread::spawn(move || pipe.write_all(written.as_bytes()));
    // A queue that is full and counts nothing would let its writer wait.
    wait_for("a writer that need not wait", PATIENCE, || writer.is_finished().then_some(()));
    writer.join().unwrap().unwrap();
    assert!(counted(&running) > 20_000);
    let server = place.serve();
    wait_for("all lines", PATIENCE, || (total(&server, "all", "records") == count).then_some(()));
    let log = place.path("as-lines.log");
    append(&log, input);
    let (_other_place, other) = control(&log, count as usize);
    for monitor in ["calls", "failed"] {
        assert_eq!(rows(&server, monitor), rows(&other, monitor), "{monitor}");
    }
    let records = server.records(RANGE).len();
    assert!(running.terminate().success() && server.terminate().success());
    place.is_sound_with(records);
}

#[test]
fn what_cannot_be_counted_is_told_with_line_and_fix() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.yaml");
    for (source, told) in [
        ("when_full: count", "line 3: `when_full:` and `sample:` are for a source that the agent normalises; add `parse:`"),
        ("parse: nginx, when_full: wait", "line 3: unknown when_full `wait`"),
        ("parse: nginx, sample: 7", "line 3: `sample:` goes with `when_full: count`"),
    ] {
        std::fs::write(&path, format!("servers: [http://127.0.0.1:1]\nsources:\n  - {{ name: a, stdin: true, {source} }}\n")).unwrap();
        let output = magpie(&["check", &path.display().to_string()]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{source}");
        assert!(text(&output.stdout).contains(told), "{source}: {}", text(&output.stdout));
    }
}
