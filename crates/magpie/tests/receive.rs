//! What others send to a running Magpie: every way in, its refusals, and that nothing acknowledged is lost or counted twice.
//!
//! The real binary on ports of the test. Senders that others wrote are in `senders`.

#[path = "support/receiving.rs"]
mod receiving;
#[path = "support/sender.rs"]
mod sender;
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::path::Path;

use magpie_testkit::train_ticket;
use receiving::{Receiving, TOKEN, line, numbers, records};
use sender::{agent_request, call, log_request, post};
use serde_json::Value;
use support::{PATIENCE, Running, ask};

const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// A file as an agent has it: its lines, and the offset of each.
fn file(lines: usize) -> (Vec<String>, Vec<u64>) {
    let lines: Vec<String> = (0..lines).map(line).collect();
    let mut offsets = vec![0];
    lines.iter().for_each(|line| offsets.push(offsets[offsets.len() - 1] + line.len() as u64 + 1));
    (lines, offsets)
}

#[test]
fn every_way_in_leads_to_records() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let zstd = zstd_of(&log_request("cart", "over http"));
    let sent = post(&receiving.http, "/v1/logs", &[PROTOBUF, ("Content-Encoding", "zstd")], &zstd).unwrap().0;
    assert_eq!((sent.status, sent.body.as_str()), (200, ""));
    let json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"as json"}}]}]}]}"#;
    assert_eq!(post(&receiving.http, "/v1/logs", &[JSON], json).unwrap().0.body, "{}");
    let called = call(&receiving.grpc, EXPORT_LOGS, &[], false, &log_request("cart", "over grpc"));
    assert_eq!((called.status.as_str(), called.message.len()), ("0", 0));
    let called = call(&receiving.grpc, EXPORT_LOGS, &[("grpc-encoding", "gzip")], true, &gzip_of(&log_request("cart", "packed")));
    assert_eq!(called.status, "0");
    let found = records(&running, "traces", 4);
    let mut messages: Vec<&str> = found.iter().map(|record| record["message"].as_str().unwrap()).collect();
    messages.sort_unstable();
    assert_eq!(messages, ["as json", "over grpc", "over http", "packed"]);

    let bearer = format!("Bearer {TOKEN}");
    let sent =
        post(&receiving.push, "/api/v1/push/lines", &[("Authorization", &bearer)], b"{\"msg\":\"one\"}\n{\"msg\":\"two\"}").unwrap().0;
    assert_eq!(sent.status, 204);
    assert_eq!(records(&running, "lines", 2).len(), 2);

    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.send_to(b"<34>1 2026-11-28T09:00:00Z mymachine su - ID47 - by datagram", &receiving.syslog).unwrap();
    let mut tcp = TcpStream::connect(&receiving.syslog).unwrap();
    tcp.write_all(b"57 <34>1 2026-11-28T09:00:01Z mymachine su - - - by counting\n<13>Nov 28 09:00:02 mymachine su[7]: by line\n").unwrap();
    let found = records(&running, "daemons", 3);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|record| record["host"] == "mymachine" && record["component"] == "su"), "{found:?}");

    let sources = running.get("/api/v1/sources");
    for (name, parsed) in [("traces", 4), ("lines", 2), ("daemons", 3)] {
        let source = sources["sources"].as_array().unwrap().iter().find(|source| source["name"] == name).unwrap();
        assert_eq!((source["parsed"].as_u64(), source["unparsed_total"].as_u64()), (Some(parsed), Some(0)), "{source}");
        assert!(source["bytes"].as_u64().unwrap() > 0 && source["error"].is_null(), "{source}");
    }
    assert!(running.terminate().success());
}

#[test]
fn what_is_not_right_is_refused_in_the_senders_language() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let bomb = gzip_of(&vec![0; 40 << 20]);
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let bearer = format!("Bearer {TOKEN}");
    let token = ("Authorization", bearer.as_str());
    for (address, path, headers, body, status) in [
        (&receiving.http, "/v1/logs", &[PROTOBUF][..], &b"\x0a\x05ab"[..], 400),
        (&receiving.http, "/v1/logs", &[JSON], b"{", 400),
        (&receiving.http, "/v1/logs", &[JSON], deep.as_bytes(), 400),
        (&receiving.http, "/v1/logs", &[("Content-Type", "text/plain")], b"{}", 415),
        (&receiving.http, "/v1/logs", &[JSON, ("Content-Encoding", "br")], b"{}", 415),
        (&receiving.http, "/v1/logs", &[PROTOBUF, ("Content-Encoding", "gzip")], b"{}", 400),
        (&receiving.http, "/v1/logs", &[PROTOBUF, ("Content-Encoding", "gzip")], &bomb, 413),
        (&receiving.http, "/v1/logs", &[JSON, ("Origin", "http://evil.example")], b"{}", 403),
        (&receiving.http, "/v1/metrics", &[JSON], b"{}", 404),
        (&receiving.push, "/", &[], b"{}", 401),
        (&receiving.push, "/", &[("Authorization", "Bearer 0123456789abcdef0124")], b"{}", 401),
        (&receiving.push, "/other", &[token], b"{}", 404),
        (&receiving.push, "/", &[token], &vec![b'x'; (8 << 20) + 1], 413),
    ] {
        let answer = post(address, path, headers, body).map(|(answer, _)| answer.status);
        assert_eq!(answer, Some(status), "{path} {headers:?}");
    }
    let spans = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"","spanId":"01"}]}]}]}"#;
    let partial = post(&receiving.http, "/v1/traces", &[JSON], spans).unwrap().0.json();
    assert_eq!(partial["partialSuccess"]["rejectedSpans"], "1");
    for (path, packed, body, status) in [
        (EXPORT_LOGS, false, &b"\x0a\x05ab"[..], "3"),
        (EXPORT_LOGS, true, b"not packed", "3"),
        ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", false, b"", "12"),
    ] {
        assert_eq!(call(&receiving.grpc, path, &[("grpc-encoding", "zstd")], packed, body).status, status, "{path}");
    }
    assert!(running.records("from=now-9000d&input=traces").is_empty(), "nothing of it is stored");
}

#[test]
fn lines_of_an_agent_count_once_however_they_are_cut_and_sent_again() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let (lines, offsets) = file(500);
    let send = |runs: &[(usize, usize)]| {
        let runs: Vec<(u64, &[String])> = runs.iter().map(|&(from, to)| (offsets[from], &lines[from..to])).collect();
        let (answer, _) = post(&receiving.http, "/v1/logs", &[PROTOBUF], &agent_request("shop", -7, &runs)).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "a duplicate is success");
    };
    // The end first, then overlaps of all kinds, twice in one request too.
    for runs in [&[(400, 500)][..], &[(0, 100)], &[(0, 100)], &[(50, 150), (120, 200)], &[(0, 500)], &[(0, 500), (0, 500)]] {
        send(runs);
    }
    let found = records(&running, "shop", 500);
    assert_eq!(numbers(&found), (0..500).map(|number| (number, 1)).collect());
    let first = &found[0];
    assert_eq!(
        (&first["host"], &first["file"], &first["target_module"]),
        (&"web-7".into(), &"/var/log/shop/access.log".into(), &"cart".into()),
        "{first}"
    );
    assert!(running.terminate().success());
    // What is covered is known after a restart, too.
    let running = receiving.place.serve();
    let more: Vec<String> = lines.iter().cloned().chain([line(500)]).collect();
    let request = agent_request("shop", -7, &[(0, &more)]);
    assert_eq!(post(&receiving.http, "/v1/logs", &[PROTOBUF], &request).unwrap().0.status, 200);
    running.wait_for("/api/v1/records?limit=1&min.bytes=500", PATIENCE, |page| page["records"][0]["bytes"] == 500);
    assert_eq!(numbers(&running.records("from=now-9000d&input=shop")).values().sum::<usize>(), 501);
    assert!(running.terminate().success());
    receiving.place.is_sound_with(501);
}

#[test]
fn kill_9_loses_nothing_that_was_acknowledged_and_doubles_nothing() {
    let receiving = Receiving::new("");
    let (lines, offsets) = file(6_000);
    let mut random = fastrand::Rng::with_seed(std::env::var("MAGPIE_SEED").map_or(7, |seed| seed.parse().unwrap()));
    let (mut acknowledged, mut plain) = (0, Vec::new());
    while acknowledged < lines.len() {
        let running = receiving.place.serve();
        let kill_after = random.usize(5..40);
        for turn in 0..kill_after {
            // Cut anew each time, from somewhere before what was acknowledged.
            let from = acknowledged - random.usize(0..=acknowledged.min(30));
            let to = (acknowledged + random.usize(1..60)).min(lines.len());
            let request = agent_request("shop", -7, &[(offsets[from], &lines[from..to])]);
            if let Some((answer, _)) = post(&receiving.http, "/v1/logs", &[PROTOBUF], &request) {
                assert_eq!(answer.status, 200, "{}", answer.body);
                acknowledged = to;
            }
            let name = format!("plain {} {turn}", plain.len());
            if post(&receiving.http, "/v1/logs", &[PROTOBUF], &log_request("cart", &name)).is_some() {
                plain.push(name);
            }
            if random.u8(..) < 20 {
                std::thread::sleep(std::time::Duration::from_millis(random.u64(0..1_500)));
            }
        }
        running.kill_9();
    }
    let running = receiving.place.serve();
    running.wait_for("/api/v1/rollups?monitor=calls&from=now-1d&step=all", PATIENCE, |answer| {
        answer["rows"].as_array().unwrap().iter().filter_map(|row| row["records"].as_u64()).sum::<u64>() >= lines.len() as u64
    });
    let found = numbers(&running.records("from=now-9000d&input=shop"));
    assert_eq!(found, (0..lines.len() as u64).map(|number| (number, 1)).collect());
    let mut messages: Vec<String> =
        records(&running, "traces", plain.len()).iter().map(|record| record["message"].as_str().unwrap().to_owned()).collect();
    messages.sort_unstable();
    plain.sort_unstable();
    assert_eq!(messages, plain);
    assert!(running.terminate().success());
    receiving.place.is_sound_with(lines.len() + plain.len());
}

#[test]
fn a_planted_secret_is_in_no_file_of_the_data_directory() {
    let receiving = Receiving::new("redact: [cards, tokens, { pattern: 'canary-[a-z]+' }]\n");
    let running = receiving.place.serve();
    let secrets = ["4111111111111111", "canary-abcdef", "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"];
    let told = format!("paid by {} as {} with Bearer {}", secrets[0], secrets[1], secrets[2]);
    let mut doors: BTreeMap<&str, usize> = BTreeMap::new();
    for (source, count) in plant(&receiving, &running, &told, secrets[0]) {
        *doors.entry(source).or_default() += count;
    }
    // What is written now is the log; segments follow, and what compaction and a restart write.
    assert_no_file_holds(&receiving.place.data(), &secrets);
    for (source, count) in doors {
        let found = records(&running, source, count);
        assert_eq!(found.len(), count, "{source}");
        assert!(found.iter().all(|record| record.to_string().contains("paid by ****************")), "{source}: {found:?}");
        assert!(found.iter().all(|record| secrets.iter().all(|secret| !record.to_string().contains(secret))), "{source}: {found:?}");
    }
    assert_no_file_holds(&receiving.place.data(), &secrets);
    running.kill_9();
    let running = receiving.place.serve();
    assert_no_file_holds(&receiving.place.data(), &secrets);
    assert!(running.terminate().success());
    assert_no_file_holds(&receiving.place.data(), &secrets);
}

/// Sends a text through every door; gives how many records of which source become of it. A number goes along where a sender may
/// write numbers.
fn plant(receiving: &Receiving, running: &Running, told: &str, number: &str) -> Vec<(&'static str, usize)> {
    let taken = |answered: Option<(support::Answer, String)>| assert_eq!(answered.unwrap().0.status / 100, 2);
    let protobuf = log_request("cart", told);
    let json = |records: &str| format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#);
    let body = format!(r#""body":{{"stringValue":"{told}"}}"#);
    let paid = |value: &str| format!(r#"{{{body},"attributes":[{{"key":"paid","value":{{"intValue":{value}}}}}]}}"#);
    let logs = json(&[format!("{{{body}}}"), paid(number), paid(&format!("\"{number}\""))].join(","));
    let http = &receiving.http;
    taken(post(http, "/v1/logs", &[PROTOBUF], &protobuf));
    taken(post(http, "/v1/logs", &[JSON], logs.as_bytes()));
    taken(post(http, "/v1/logs", &[PROTOBUF, ("Content-Encoding", "zstd")], &zstd_of(&protobuf)));
    assert_eq!(call(&receiving.grpc, EXPORT_LOGS, &[], false, &protobuf).status, "0");
    taken(post(http, "/v1/logs", &[PROTOBUF], &agent_request("shop", 3, &[(0, &[told.to_owned()])])));
    let bearer = format!("Bearer {TOKEN}");
    let pushed = format!("{{\"msg\":\"{told}\",\"paid\":{number}}}\n");
    taken(post(&receiving.push, "/", &[("Authorization", &bearer)], pushed.as_bytes()));
    let message = format!("<13>Nov 28 09:00:02 m su: {told}");
    TcpStream::connect(&receiving.syslog).unwrap().write_all(format!("{message}\n").as_bytes()).unwrap();
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(message.as_bytes(), &receiving.syslog).unwrap();
    std::fs::write(receiving.place.path("a.log"), format!("2026-11-28 09:00:02 INFO {told}\n")).unwrap();
    let upload = serde_json::json!({"name": "handed.txt", "content": format!("2026-11-28 09:00:02 INFO {told}\n"), "last": true});
    let answer = ask(&running.address, "POST", "/api/v1/uploads", &[JSON], &upload.to_string()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    vec![("traces", 6), ("shop", 1), ("lines", 1), ("daemons", 2), ("files", 1), ("uploads", 1)]
}

fn assert_no_file_holds(folder: &Path, secrets: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_no_file_holds(&path, secrets);
            continue;
        }
        // A file that was merged away meanwhile holds nothing.
        let bytes = std::fs::read(&path).unwrap_or_default();
        for secret in secrets {
            let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!holds, "{} holds `{secret}`", path.display());
        }
    }
}

#[test]
fn spans_of_train_ticket_give_the_reference_edges_however_they_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    let traces = dir.path().join("traces.jsonl");
    let (Some(_), Some(reference)) = (train_ticket(&["otlp", traces.to_str().unwrap()]), train_ticket(&["edges"])) else { return };
    let requests = std::fs::read_to_string(&traces).unwrap();
    let requests: Vec<&str> = requests.lines().collect();
    let mut shuffled = requests.clone();
    fastrand::Rng::with_seed(7).shuffle(&mut shuffled);
    let twice: Vec<&str> = requests.iter().chain(&shuffled).copied().collect();
    for (how, requests) in [("in order", requests), ("shuffled", shuffled), ("twice", twice)] {
        let receiving = Receiving::new("");
        let running = receiving.place.serve();
        let half = requests.len() / 2;
        for request in &requests[..half] {
            assert_eq!(post(&receiving.http, "/v1/traces", &[JSON], request.as_bytes()).unwrap().0.status, 200);
        }
        // A restart in between: halves of calls that wait are kept.
        let running = if how == "shuffled" {
            running.kill_9();
            receiving.place.serve()
        } else {
            running
        };
        for request in &requests[half..] {
            assert_eq!(post(&receiving.http, "/v1/traces", &[JSON], request.as_bytes()).unwrap().0.status, 200);
        }
        check_edges(&running, &reference, how);
    }
}

fn check_edges(running: &Running, reference: &str, how: &str) {
    let wanted: BTreeMap<[String; 3], u64> = reference
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            ([0, 1, 2].map(|at| cells[at].to_owned()), cells[3].parse().unwrap())
        })
        .collect();
    let edges = |answer: &Value| -> BTreeMap<[String; 3], u64> {
        let rows = answer["rows"].as_array().unwrap().iter().filter(|row| row["source_module"] != "(outside)");
        let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        rows.map(|row| (["source_module", "target_module", "service"].map(|name| word(row, name)), row["records"].as_u64().unwrap()))
            .collect()
    };
    let path = "/api/v1/rollups?monitor=calls&from=2023-01-01T00:00:00Z&to=2023-03-01T00:00:00Z&step=all&limit=10000";
    let answer = running.wait_for(path, PATIENCE, |answer| edges(answer).values().sum::<u64>() >= wanted.values().sum());
    assert_eq!(edges(&answer), wanted, "{how}");
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}
