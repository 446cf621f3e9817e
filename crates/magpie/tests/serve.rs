//! What a running `magpie serve` promises: lines are visible soon, history is corrected, the configuration is read again,
//! strangers are refused.
//!
//! The real binary follows logs that the tests write and is asked over its API. That nothing is lost when it is killed is
//! tested in `serve_durability`.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use support::{PATIENCE, Place, access_time, append, ask, free_address, magpie, printed, text, wait_for};

const CALLS: &str = "bucket: 5s
lateness: 1s
idle: 1s
sources:
  - name: shop
    module: shop
    file: { include: ['{dir}/access.log'] }
    parse: { format: combined }
monitors:
  - name: calls
    by: [source, target_module]
";

/// A call of `ago` before now.
fn line(ago: Duration, path: &str, status: u16, bytes: usize) -> String {
    format!("10.0.3.17 - - [{}] \"GET {path} HTTP/1.1\" {status} {bytes} \"-\" \"curl/8.1\"\n", access_time(ago))
}

fn rows(answer: &Value) -> &[Value] {
    answer["rows"].as_array().map_or(&[], Vec::as_slice)
}

fn records(answer: &Value) -> u64 {
    rows(answer).iter().filter_map(|row| row["records"].as_u64()).sum()
}

#[test]
fn a_line_is_visible_within_a_second_of_being_written() {
    let place = Place::new(CALLS);
    let running = place.serve();
    let mut waits: Vec<Duration> = (1..=15)
        .map(|number| {
            append(&place.path("access.log"), line(Duration::ZERO, "/item/1", 200, number));
            let written = Instant::now();
            running
                .wait_for(&format!("/api/v1/records?limit=1&min.bytes={number}"), PATIENCE, |page| page["records"][0]["bytes"] == number);
            written.elapsed()
        })
        .collect();
    waits.sort_unstable();
    let median = waits[waits.len() / 2];
    eprintln!("visible after {median:?} in the median, {:?} at worst", waits[waits.len() - 1]);
    // A second is promised and measured; a machine that does ten other things is given five.
    assert!(median < Duration::from_secs(5), "{waits:?}");
}

#[test]
fn a_header_names_the_columns_of_what_is_written_after_a_restart() {
    let place = Place::new(
        "sources:
  - { name: told, file: ['{dir}/told.csv'], parse: { csv: true } }
  - { name: found, file: ['{dir}/found.csv'] }
  - { name: iis, file: ['{dir}/iis.log'] }
",
    );
    let head = "time,severity,component,message\n";
    let iis = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status time-taken\n";
    let write = |hour: u8| {
        let row = format!("2026-11-20T{hour}:00:00Z,WARN,shop.Cart,it is {hour}\n");
        ["told.csv", "found.csv"].iter().for_each(|file| append(&place.path(file), &row));
        append(&place.path("iis.log"), format!("2026-11-20 {hour}:00:00 10.1.0.4 GET /cart/{hour} 10.0.0.7 200 46\n"));
    };
    ["told.csv", "found.csv"].iter().for_each(|file| append(&place.path(file), head));
    append(&place.path("iis.log"), iis);
    write(10);
    let all = "/api/v1/records?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z";
    let have = |count: usize| move |page: &Value| page["records"].as_array().is_some_and(|records| records.len() >= count);
    let running = place.serve();
    running.wait_for(all, PATIENCE, have(3));
    assert!(running.terminate().success());
    write(11);
    let running = place.serve();
    running.wait_for(all, PATIENCE, have(6));
    // What was written while it was down is read by the columns that the header has named, and so is what comes now.
    write(12);
    let page = running.wait_for(all, PATIENCE, have(9));
    for record in page["records"].as_array().unwrap() {
        let told = ["severity", "component", "message", "service", "source", "elapsed_ms", "parse_error"].map(|name| record[name].clone());
        let hour = &record["time"].as_str().unwrap()[11..13];
        let expected = match record["input"].as_str() {
            Some("iis") => [Value::Null, Value::Null, told[2].clone(), "/cart/{id}".into(), "10.0.0.7".into(), 46.into(), Value::Null],
            _ => ["warn".into(), "shop.Cart".into(), format!("it is {hour}").into(), Value::Null, Value::Null, Value::Null, Value::Null],
        };
        assert_eq!(told, expected, "{record}");
    }
}

#[test]
fn late_lines_correct_history() {
    let thresholds = "    thresholds:
      - { field: bytes, aggregate: avg, above: 1000, severity: warning }
      - { field: error, above: 2, severity: critical }
";
    let place = Place::new(&format!("{CALLS}{thresholds}"));
    let log = place.path("access.log");
    // The same moment for all: they share a bucket that closed long ago.
    let moment = access_time(Duration::from_secs(60));
    let write = |calls: &[(u16, usize)]| {
        let lines = calls
            .iter()
            .map(|(status, bytes)| format!("10.0.3.17 - - [{moment}] \"GET / HTTP/1.1\" {status} {bytes} \"-\" \"curl/8.1\"\n"));
        append(&log, lines.collect::<String>());
    };
    let fired = |answer: &Value| -> BTreeSet<String> {
        let alerts = answer["alerts"].as_array().unwrap().iter().filter(|alert| !alert["fired"].is_null());
        alerts.map(|alert| alert["field"].as_str().unwrap().to_owned()).collect()
    };
    let running = place.serve();
    let history = "/api/v1/alerts?state=any";

    write(&[(500, 2_000), (500, 2_000)]);
    let before = running.wait_for(history, PATIENCE, |answer| !fired(answer).is_empty());
    assert_eq!(fired(&before), BTreeSet::from(["bytes".to_owned()]), "two errors are not above two");
    let since = before["alerts"][0]["since"].clone();

    write(&[(500, 10), (500, 10), (200, 10)]);
    // On average it was never above 1000 bytes, but more than two errors there were.
    let after = running.wait_for(history, PATIENCE, |answer| fired(answer) == BTreeSet::from(["error".to_owned()]));
    assert_eq!(after["alerts"][0]["since"], since, "the alert began when the errors were, not when their lines came");
    assert_eq!(after["alerts"][0]["dimensions"]["target_module"], "shop");

    assert!(running.terminate().success());
    // What is written while nobody reads is no less late.
    write(&[(200, 20_000)]);
    let running = place.serve();
    assert_eq!(fired(&running.get(history)).last(), Some(&"error".to_owned()), "and so it stays");
    let both = BTreeSet::from(["bytes".to_owned(), "error".to_owned()]);
    running.wait_for(history, PATIENCE, |answer| fired(answer) == both);
}

#[test]
fn sighup_reloads_or_says_why_not_and_keeps_the_old() {
    let place = Place::new(CALLS);
    let running = place.serve();
    assert_eq!(running.told().matches("no file matches `").count(), 1, "the log is not there yet: {}", running.told());
    let mut lines = 0;
    let mut write = || {
        append(&place.path("access.log"), (0..50).map(|_| line(Duration::ZERO, "/", 200, 1)).collect::<String>());
        lines += 50;
        lines
    };
    let by_status = "/api/v1/rollups?monitor=by-status&step=all";
    assert_eq!(ask(&running.address, "GET", by_status, &[], "").unwrap().status, 400, "no such monitor yet");

    write();
    place.configure(&CALLS.replace("lateness: 1s", "latenes: 1s"));
    running.signal(Signal::HUP);
    wait_for("reason for not reloading", PATIENCE, || running.told().contains("did you mean `lateness`").then_some(()));
    assert!(running.told().contains("the old one stays"), "{}", running.told());

    let written = write();
    running.wait_for("/api/v1/rollups?monitor=calls&step=all", PATIENCE, |answer| records(answer) == written);

    write();
    place.configure(&format!("{CALLS}  - {{ name: by-status, by: [target_module, status] }}\n"));
    running.signal(Signal::HUP);
    running.wait_for(by_status, PATIENCE, |_| true);
    let after = write();
    // The lines of before the reload count too, wherever it caught them.
    running.wait_for("/api/v1/rollups?monitor=calls&step=all", PATIENCE, |answer| records(answer) == after);
    let counted = records(&running.get(by_status));
    assert!((50..=after).contains(&counted), "the new monitor counts from the reload on: {counted}");
    assert_eq!(running.records("kind=call").len() as u64, after);
    assert!(running.terminate().success());
}

#[test]
fn unknown_hosts_and_foreign_origins_are_refused() {
    let place = Place::new(CALLS);
    let running = place.serve();
    let json = ("Content-Type", "application/json");
    for (method, path, header, body, status) in [
        ("GET", "/api/v1/records", ("Accept", "*/*"), "", 200),
        ("GET", "/api/v1/records", ("Host", "evil.example"), "", 403),
        ("GET", "/api/v1/records", ("Host", "127.0.0.1:1"), "", 403),
        ("GET", "/metrics", ("Host", "evil.example"), "", 403),
        ("GET", "/api/v1/records", ("Origin", "https://evil.example"), "", 403),
        ("GET", "/api/v1/stream", ("Origin", "null"), "", 403),
        ("GET", "/api/v1/records", ("Sec-Fetch-Site", "cross-site"), "", 403),
        ("POST", "/api/v1/parse", ("Content-Type", "text/plain"), "{\"lines\":[\"a\"]}", 415),
        ("POST", "/api/v1/parse", json, "{\"lines\":[\"a\"]}", 200),
        ("POST", "/api/v1/reload", ("Content-Type", "application/x-www-form-urlencoded"), "", 415),
        ("PUT", "/api/v1/demo/faults/slow-search", json, "{\"on\":true}", 404),
    ] {
        let answer = ask(&running.address, method, path, &[header], body).unwrap();
        assert_eq!(answer.status, status, "{method} {path} {header:?}: {}", answer.body);
    }
    assert!(running.terminate().success());
    let elsewhere = magpie(&["serve", "-c", &place.config().display().to_string(), "--listen", "0.0.0.0:0"]).output().unwrap();
    let told = support::text(&elsewhere.stderr);
    assert!(elsewhere.status.code() == Some(2) && told.contains("is reachable from other machines"), "{}: {told}", elsewhere.status);
}

/// search calls video (both write it down) and stock (only search does).
const TWO_LOGS: &str = "bucket: 5s
hosts:
  - { match: [10.0.3.1], host: search-1, module: search }
  - { match: [10.0.4.1], host: video-1, module: video }
  - { match: [10.0.5.1], host: stock-1, module: stock }
sources:
  - name: search-called
    host: 10.0.3.1
    module: search
    side: caller
    file: { include: ['{dir}/search.log'] }
    parse: { pattern: '[<time>] <target> \"<method> <path> <_>\" <status> <bytes> <elapsed_s>' }
  - name: video-access
    host: 10.0.4.1
    module: video
    side: callee
    file: { include: ['{dir}/video.log'] }
    parse: { pattern: '<source> <_> <_> [<time>] \"<method> <path> <_>\" <status> <bytes> <elapsed_s>' }
monitors:
  - { name: modules, by: [source_module, target_module] }
";

#[test]
fn the_two_logs_of_a_call_are_never_summed() {
    let place = Place::new(TWO_LOGS);
    let (mut caller, mut callee) = (String::new(), String::new());
    for number in 0..60 {
        let time = access_time(Duration::from_secs(90 - number));
        caller.push_str(&format!("[{time}] 10.0.4.1 \"GET /video/{number} HTTP/1.1\" 200 100 0.030\n"));
        callee.push_str(&format!("10.0.3.1 - - [{time}] \"GET /video/{number} HTTP/1.1\" 200 100 0.020\n"));
        if number % 6 == 0 {
            caller.push_str(&format!("[{time}] 10.0.5.1 \"GET /stock HTTP/1.1\" 200 5 0.001\n"));
        }
    }
    append(&place.path("search.log"), caller);
    append(&place.path("video.log"), callee);
    // (caller, callee) → calls, milliseconds of all together
    let edges = |rows: &[Value]| -> BTreeMap<(String, String), (u64, f64)> {
        let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let edge = |row: &Value| {
            let (calls, time) = (row["records"].as_u64().unwrap(), row["fields"]["elapsed_ms"]["sum"].as_f64().unwrap());
            ((word(row, "source_module"), word(row, "target_module")), (calls, time))
        };
        rows.iter().map(edge).collect()
    };
    let edge = |from: &str, to: &str, calls, time| ((from.to_owned(), to.to_owned()), (calls, time));
    let expected = BTreeMap::from([edge("search", "stock", 10, 10.0), edge("search", "video", 60, 1_200.0)]);

    let running = place.serve();
    wait_for("all 130 records", PATIENCE, || (running.records("kind=call").len() == 130).then_some(()));
    let shown = running.get("/api/v1/rollups?monitor=modules&step=all");
    assert_eq!(edges(rows(&shown)), expected, "the callee's log counts where there is one: {shown}");
    let graph = running.get("/api/v1/graph?monitor=modules");
    let calls: u64 = graph["edges"].as_array().unwrap().iter().map(|edge| edge["records"].as_u64().unwrap()).sum();
    assert_eq!(calls, 70, "{graph}");
    assert!(running.terminate().success());
    place.is_sound_with(130);

    let report = printed(&["report", "--config", &place.config().display().to_string(), "--total", "--json", "--quiet"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["records"], 130);
    assert_eq!(edges(rows(&report["monitors"][0])), expected, "the report says the same: {report}");
}

#[test]
fn a_taken_port_is_told() {
    let place = Place::new(CALLS);
    let address = free_address();
    let _taken = std::net::TcpListener::bind(&address).unwrap();
    let output = place.command(&address).output().unwrap();
    let told = support::text(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains(&format!("could not listen on {address}")), "{}: {told}", output.status);
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_is_read() {
    let place = Place::new(CALLS);
    append(&place.path("access.log"), line(Duration::ZERO, "/item/1", 200, 1));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = magpie(&["serve", "-c", &place.config().display().to_string(), "--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains(&format!("could not listen on {address} (is another Magpie running?")), "{output:?}");
    assert!(!place.path("data").exists());
}
