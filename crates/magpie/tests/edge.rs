//! Lines that the agent normalises: what the server stores of them is what it would have made of the lines itself.
//!
//! The real agent and the real server. The server that gets records has another parser for these sources, so that a line which
//! it read by itself would show.

mod support;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use support::{PATIENCE, Place, Running, access_time, append, free_address, magpie, printed, text, wait_for};

/// Sources of the agent but for where they read: name, and how their lines are read.
const SOURCES: [(&str, &str); 5] = [
    ("access", "parse: combined, side: callee, time: start"),
    (
        "gate",
        "parse: { pattern: '<time:iso> <source> <path> <status> <took>s <queue>' }, zone: Asia/Shanghai, \
         map: { service: '{route(path)}', target_module: gate, elapsed_ms: '{took * 1000}', waited: '{queue}', slow: '{took > 1}' }",
    ),
    ("trace", "parse: auto, keep_raw: false, set: { category: java }"),
    ("table", "parse: { csv: true }, flow: nightly"),
    ("syslog", "parse: syslog, multiline: { start: '^<' }"),
];
const FIELDS: &str = "fields: { elapsed_ms: [avg, p95, max], bytes: [sum], waited: { unit: By, aggregate: [max] }, slow: { type: flag } }
hosts: { 10.0.3.0/24: { host: shelf, module: front } }
routes: [{ match: '/cart/*', route: '/cart/{name}' }]
";

/// Records of any time.
const ALL: &str = "from=now-9000d&to=now%2B400d";

/// A server, and the agent that sends to it.
struct Side {
    place: Place,
    otlp: String,
}

impl Side {
    fn new(is_edge: bool) -> Self {
        let otlp = free_address();
        let own = |(name, how): &(&str, &str)| {
            let how = if is_edge { "parse: { pattern: 'no <line> is so' }" } else { how };
            format!("  - {{ name: {name}, agent: true, {how} }}\n")
        };
        let sources: String = SOURCES.iter().map(own).collect();
        let place = Place::new(&format!(
            "bucket: 5s\nretention: {{ age: 9000d }}\n{FIELDS}sources:\n  - {{ name: otlp, otlp: {{ http: '{otlp}' }} }}\n{sources}monitors:
  - {{ name: calls, by: [source, source_module, target_module, service] }}
  - {{ name: gates, by: [target_module], fields: [waited, slow, elapsed_ms] }}
  - {{ name: all, by: [target], where: {{ kind: [log, call] }} }}\n"
        ));
        Self { place, otlp }
    }

    /// The agent, with this side's server and what is in `logs`; `edge` normalises.
    fn agent(&self, logs: &Path, is_edge: bool) -> Running {
        let source = |(name, how): &(&str, &str)| {
            let how = if is_edge { format!(", {how}") } else { String::new() };
            format!("  - {{ name: {name}, module: shop, version: '7', file: ['{}/{name}.log'] {how} }}\n", logs.display())
        };
        let sources: String = SOURCES.iter().map(source).collect();
        let status = free_address();
        let config = format!(
            "agent: web-1\ndata_dir: {}\nservers: ['http://{}']\nstatus: {status}\n{}sources:\n{sources}",
            self.place.path("agent").display(),
            self.otlp,
            if is_edge { FIELDS } else { "" },
        );
        let path = self.place.path("agent.yaml");
        std::fs::write(&path, config).unwrap();
        Running::start(&mut magpie(&["agent", "-c", &path.display().to_string()]), status, self.place.path("agent-stderr"))
    }
}

/// Lines of every source: some that do not parse, events of several lines, blank lines, bytes that are no text, a header.
fn write(logs: &Path) -> usize {
    let time = access_time(Duration::from_secs(60));
    let mut access = String::new();
    for number in 0..300 {
        access += &format!(
            "10.0.3.{} - - [{time}] \"GET /item/{number} HTTP/1.1\" {} {number} \"-\" \"curl/8.1\"\n",
            number % 7,
            200 + number % 2 * 303
        );
        if number % 50 == 7 {
            access += "not an access line\n\n";
        }
    }
    append(&logs.join("access.log"), access);
    let gate = "2026-11-20T10:00:00 10.0.3.9 /cart/mine 200 1.25s 7\n2026-11-20T10:00:01 10.9.9.9 /cart/yours 503 0.0005s -\n";
    append(&logs.join("gate.log"), [gate.as_bytes(), b"2026-11-20T10:00:02 10.0.3.9 \xff\xfe 200\n", b"\n\nrubbish\n"].concat());
    let trace = "2026-11-20 10:00:00,123 ERROR [main] shop.Cart - it failed magpie.kind=odd\njava.lang.Exception: no\n\tat shop.Cart.add(Cart.java:7)\n\tat shop.Main.main\n2026-11-20 10:00:01,000 INFO [main] shop.Cart - it goes on\n";
    append(&logs.join("trace.log"), trace.repeat(20));
    append(&logs.join("table.log"), "time,service,elapsed_ms,magpie.kind\n2026-11-20T10:00:00Z,/a,1.5,x\n2026-11-20T10:00:01Z,/b,2\n");
    append(&logs.join("syslog.log"), "<34>Oct 11 22:14:15 mymachine su: one\n and two\n<13>Feb  5 17:32:18 10.0.0.99 again\n");
    306 + 4 + 40 + 2 + 2
}

/// Everything that is stored, in one order.
fn stored(server: &Running, count: usize) -> Vec<Value> {
    server.wait_for(&format!("/api/v1/records?limit=1000&{ALL}"), PATIENCE, |page| {
        page["records"].as_array().is_some_and(|records| records.len() >= count)
    });
    let mut records = server.records(ALL);
    records.sort_by_key(|record| (record["input"].to_string(), record["offset"].as_u64(), record["id"].to_string()));
    records
}

fn counts(server: &Running) -> Vec<(String, u64, u64)> {
    let sources = server.get("/api/v1/sources");
    let of = |source: &Value| {
        (source["name"].to_string(), source["parsed"].as_u64().unwrap_or(0), source["unparsed_total"].as_u64().unwrap_or(0))
    };
    sources["sources"].as_array().unwrap().iter().map(of).filter(|(name, ..)| name != "\"otlp\"").collect()
}

#[test]
fn records_say_which_container_wrote_them_wherever_they_are_made() {
    let id = "0123456789abcdef".repeat(4);
    let [lines, records] = ["", ", parse: auto"].map(|how| {
        let logs = tempfile::tempdir().unwrap();
        let [pods, pay, till] = ["pods".to_owned(), format!("pay/{id}"), format!("till/{id}")].map(|folder| logs.path().join(folder));
        [&pods, &pay, &till].iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
        append(&pods.join(format!("web-1_prod_shop-{id}.log")), "2026-11-20T10:00:00Z stdout F order 7\n");
        append(&pay.join("config.v2.json"), r#"{"Name":"/pay-1"}"#);
        let call = r#"{"log":"10.0.0.5 - - [20/Nov/2026:10:00:05 +0000] \"GET /pay/7 HTTP/1.1\" 200 12 \"-\" \"curl\"\n","stream":"stdout","time":"2026-11-20T10:00:05Z"}"#;
        append(&pay.join(format!("{id}-json.log")), format!("{call}\n"));
        append(&till.join(format!("{id}-json.log")), format!("{}\n", call.replace("pay", "till")));
        let side = Side::new(false);
        let server = side.place.serve();
        let status = free_address();
        let config = format!(
            "agent: node-1\ndata_dir: {}\nservers: ['http://{}']\nstatus: {status}\nsources:
  - {{ name: pods, kubernetes: ['{}/*.log'] {how} }}
  - {{ name: pay, docker: ['{root}/pay/*/*-json.log'] {how} }}
  - {{ name: till, module: till, docker: ['{root}/till/*/*-json.log'] {how} }}\n",
            side.place.path("agent").display(),
            side.otlp,
            pods.display(),
            root = logs.path().display(),
        );
        let path = side.place.path("agent.yaml");
        std::fs::write(&path, config).unwrap();
        let agent = Running::start(&mut magpie(&["agent", "-c", &path.display().to_string()]), status, side.place.path("agent-stderr"));
        let mut told: Vec<String> = stored(&server, 3)
            .iter()
            .map(|record| {
                let attributes = record["attributes"].as_object().unwrap();
                let said: Vec<String> = attributes
                    .iter()
                    .filter(|(name, _)| name.starts_with("k8s.") || name.starts_with("container."))
                    .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                    .collect();
                format!("{} {}", record["target_module"].as_str().unwrap(), said.join(" "))
            })
            .collect();
        told.sort();
        assert!(agent.terminate().success() && server.terminate().success());
        told
    });
    let pod = format!("shop container.id={id} k8s.container.name=shop k8s.namespace.name=prod k8s.pod.name=web-1");
    assert_eq!(lines, [format!("pay-1 container.id={id} container.name=pay-1"), pod, format!("till container.id={id}")]);
    assert_eq!(lines, records);
}

#[test]
fn a_header_names_the_columns_after_the_agent_was_started_anew() {
    let logs = tempfile::tempdir().unwrap();
    let table = logs.path().join("table.log");
    append(&table, "time,service,elapsed_ms\n2026-11-20T10:00:00Z,/a,1.5\n");
    let side = Side::new(true);
    let server = side.place.serve();
    let agent = side.agent(logs.path(), true);
    stored(&server, 1);
    assert!(agent.terminate().success());
    append(&table, "2026-11-20T10:00:01Z,/b,2\n");
    let agent = side.agent(logs.path(), true);
    let services: Vec<Value> = stored(&server, 2).iter().map(|record| record["service"].clone()).collect();
    assert_eq!(services, ["/a", "/b"]);
    assert!(agent.terminate().success() && server.terminate().success());
}

#[test]
fn what_the_agent_makes_of_lines_is_what_the_server_makes_of_them() {
    let logs = tempfile::tempdir().unwrap();
    let count = write(logs.path());
    let found = [false, true].map(|is_edge| {
        let side = Side::new(is_edge);
        let server = side.place.serve();
        let agent = side.agent(logs.path(), is_edge);
        let records = stored(&server, count);
        let edges = server.get("/api/v1/graph?from=now-9000d&to=now");
        let counts = counts(&server);
        let events = |status: &Value| status["normalised"].as_array().unwrap().iter().map(|of| of["events"].as_u64().unwrap()).sum::<u64>();
        assert_eq!(events(&agent.get("/status")), if is_edge { count as u64 } else { 0 });
        assert!(agent.terminate().success());
        assert!(server.terminate().success());
        side.place.is_sound_with(count);
        (records, edges["edges"].clone(), counts)
    });
    let [(lines, line_edges, line_counts), (records, edges, edge_counts)] = found;
    assert_eq!(lines.len(), count);
    for (line, record) in lines.iter().zip(&records) {
        // Where the raw line is not kept, the agent does not send it, and nobody sees it.
        assert_eq!(line, record);
    }
    assert_eq!((lines.len(), line_edges, line_counts), (records.len(), edges, edge_counts));
    assert!(lines.iter().any(|record| record["parse_error"].is_string()) && lines.iter().any(|record| record["waited"] == 7));
    assert!(lines.iter().any(|record| record["attributes"]["magpie.kind"] == "x"), "an attribute with a name of ours");
}

#[test]
fn kill_9_of_agent_and_server_keeps_every_event_once() {
    let seed = std::env::var("MAGPIE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("MAGPIE_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (logs, side) = (tempfile::tempdir().unwrap(), Side::new(true));
    let log = logs.path().join("syslog.log");
    let (mut server, mut agent) = (Some(side.place.serve()), Some(side.agent(logs.path(), true)));
    let mut number = 0;
    for round in 0..6 {
        for _ in 0..20 {
            let event = |number: usize| format!("<34>Oct 11 22:14:15 mymachine su: number {number}.\n at one\n at two\n");
            let next = number + random.usize(1..40);
            append(&log, (number..next).map(event).collect::<String>());
            number = next;
            std::thread::sleep(Duration::from_millis(random.u64(0..60)));
        }
        if round % 2 == 0 {
            agent.take().unwrap().kill_9();
            agent = Some(side.agent(logs.path(), true));
        } else {
            server.take().unwrap().kill_9();
            server = Some(side.place.serve());
        }
    }
    let server = server.unwrap();
    let told = |number: usize| format!("number {number}.\n at one\n at two");
    let is_there = |record: &Value, number: usize| record["message"].as_str().is_some_and(|message| message.ends_with(&told(number)));
    wait_for("the last event", PATIENCE, || server.records(ALL).iter().any(|record| is_there(record, number - 1)).then_some(()));
    let records = server.records(ALL);
    drop(agent);
    assert!(server.terminate().success());
    for number in 0..number {
        assert_eq!(records.iter().filter(|record| is_there(record, number)).count(), 1, "event {number} of {}", records.len());
    }
    side.place.is_sound_with(number);
}

#[test]
fn mistakes_of_patterns_and_expressions_are_told_with_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.yaml");
    let check = |source: &str| {
        std::fs::write(&path, format!("servers: [http://127.0.0.1:1]\nsources:\n  - {{ name: a, stdin: true, {source} }}\n")).unwrap();
        magpie(&["check", "-c", &path.display().to_string()]).output().unwrap()
    };
    for (source, told) in [
        ("parse: { pattern: '<a' }", "line 3: pattern"),
        ("parse: { pattern: '<a>' }, map: { service: '{a +}' }", "line 3: "),
        ("parse: nginks", "source `a`: unknown format `nginks`"),
        ("map: { service: '/' }", "line 3: `map:` is for a source that the agent normalises"),
    ] {
        let output = check(source);
        assert_eq!(output.status.code(), Some(3), "{source}");
        assert!(text(&output.stdout).contains(told), "{source}: {}", text(&output.stdout));
    }
    assert!(check("parse: nginx").status.success());
    assert!(printed(&["check", "--schema=agent"]).contains("keep_raw"));
}
