//! `magpie report` as typed: the same answer with any number of operators, in every form, and an exit code for scripts.
//!
//! The corpus mixes formats, dirt, disorder, late lines and spans, because that is where operators could disagree. What
//! the numbers are is tested where they are computed; here a few are counted by hand and the rest compared.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use magpie_testkit::train_ticket;
use serde_json::Value;
use support::{magpie, printed, text};

/// Lines of 10 minutes: access lines out of order with every fiftieth broken, JSON lines, spans, a stack trace.
fn mixed_corpus(dir: &Path) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut access, mut json, mut spans) = (String::new(), String::new(), String::new());
    for number in 0..20_000 {
        let second = (number / 40 + random.usize(0..90)).min(599);
        let (minute, second) = (second / 60, second % 60);
        if number % 50 == 0 {
            access.push_str("what is this \u{1F426} line \"\n");
        }
        let (client, item, status) = (random.u8(1..40), random.u32(..500), [200, 200, 200, 404, 503][random.usize(..5)]);
        let bytes = random.u32(..90_000);
        writeln!(
            access,
            "10.0.3.{client} - - [22/Nov/2026:10:{minute:02}:{second:02} +0000] \"GET /item/{item}?q={number} HTTP/1.1\" {status} {bytes} \"-\" \"curl/8.1\""
        )
        .unwrap();
        if number % 4 == 0 {
            let level = ["info", "warn", "error"][random.usize(..3)];
            writeln!(json, "{{\"time\":\"2026-11-22T10:{minute:02}:{second:02}.{number:06}Z\",\"level\":\"{level}\",\"msg\":\"item {item}\",\"logger\":\"cart\"}}").unwrap();
        }
        if number % 100 == 0 {
            json.push_str("{\"cut\": \n");
        }
        if number % 10 == 0 {
            spans.push_str(&span_pair(&mut random, 60 * minute + second));
        }
    }
    [("access.log", access), ("cart.jsonl", json), ("traces.jsonl", spans)].map(|(name, lines)| written(dir, name, &lines)).into()
}

/// A client's span in one request and the server's in another one, in any order.
fn span_pair(random: &mut fastrand::Rng, second: usize) -> String {
    let (trace, client, server) = (random.u128(..), random.u64(1..), random.u64(1..));
    let begin = 1_795_341_600_000_000_000 + second as u64 * 1_000_000_000;
    let request = |service: &str, span: u64, parent: &str, kind: u8, length: u64| {
        format!(
            "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":{{\"stringValue\":\"{service}\"}}}}]}},\
             \"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{trace:032x}\",\"spanId\":\"{span:016x}\",\"parentSpanId\":\"{parent}\",\"name\":\"GET /pay\",\
             \"kind\":{kind},\"startTimeUnixNano\":\"{begin}\",\"endTimeUnixNano\":\"{}\"}}]}}]}}]}}\n",
            begin + length
        )
    };
    let length = random.u64(1_000..900_000_000);
    let halves = [request("shop", client, "", 3, length + 1_000), request("pay", server, &format!("{client:016x}"), 2, length)];
    if random.bool() { halves.concat() } else { [&*halves[1], &*halves[0]].concat() }
}

fn written(dir: &Path, name: &str, lines: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, lines).unwrap();
    path.display().to_string()
}

fn rows_of(answer: &Value) -> &[Value] {
    answer["monitors"][0]["rows"].as_array().unwrap()
}

#[test]
fn a_field_that_no_record_has_is_told_beside_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(
        dir.path(),
        "shop.jsonl",
        "{\"time\":\"2026-11-22T10:00:00Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200,\"elapsed_ms\":4,\"remote_addr\":\"10.0.0.1\"}\n",
    );
    let rules = ["--threshold", "elapsed>200", "--threshold", "records<1", "--threshold", "error>3", "--fail-on-alert"];
    let output = magpie(&["report", "--json", &log]).args(rules).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok(), "standard output stays JSON");
    let told: Vec<String> = text(&output.stderr).lines().filter(|line| line.contains("no record")).map(str::to_owned).collect();
    assert_eq!(told, ["warning: no record has the field 'elapsed'; did you mean 'elapsed_ms'?"]);
}

#[test]
fn a_mistake_on_the_command_line_names_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(dir.path(), "shop.log", "x\n");
    for (option, value, told) in [
        ("--format", "commbined", "unknown format `commbined`, did you mean `combined`?"),
        ("--zone", "Europe/Berln", "unknown zone `Europe/Berln`, did you mean `Europe/Berlin`?"),
    ] {
        let output = magpie(&["report", option, value, &log]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(text(&output.stderr).trim_end(), format!("error: source `{log}`: {told}"));
    }
}

#[test]
fn an_option_that_cannot_be_followed_is_refused_and_says_what_can() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(dir.path(), "shop.log", "x\n");
    for (option, value, told) in [
        ("--threads", "0", "write a whole number from 1 to 256"),
        ("--threads", "999", "write a whole number from 1 to 256"),
        ("--format", "zzz", "unknown format `zzz`; `magpie parse --formats` lists them"),
        ("--x", "time,service", "`time` stands alone on the horizontal axis; write --x time, and name the dimensions with --by"),
    ] {
        let output = magpie(&["report", option, value, &log]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(told), "{output:?}");
    }
}

#[test]
fn lines_that_no_rule_of_the_user_reads_are_events_each_and_no_confidence() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(dir.path(), "shop.log", &"10.0.3.17 GET /item 200\n".repeat(30));
    for (option, value) in [("--pattern", "<time> | <message>"), ("--format", "json"), ("--format", "klog")] {
        let report: Value = serde_json::from_slice(&magpie(&["report", "--json", option, value, &log]).output().unwrap().stdout).unwrap();
        assert_eq!(report["unparsed"], 30, "{value}");
        assert_eq!(report["formats"][0]["confidence"], 0.0, "{value}");
    }
    let output = magpie(&["parse", "--pattern", "<time> | <message>", &log]).output().unwrap();
    assert!(text(&output.stderr).contains("pattern (0), 0 parsed, 30 unparsed"), "{output:?}");
}

#[test]
fn an_empty_file_is_nothing_to_read() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(dir.path(), "empty.log", "");
    let output = magpie(&["report", &log]).output().unwrap();
    assert_eq!(text(&output.stdout).trim(), "Magpie report  no record has a time\n\n  0 records   nothing to read", "{output:?}");
}

#[test]
fn completions_end_quietly_where_nobody_reads_on() {
    let mut child =
        magpie(&["completions", "zsh"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn a_compressed_file_that_was_cut_is_told_with_its_cause_and_reported_up_to_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for second in 0..500 {
        writeln!(
            gzip,
            "10.0.3.17 - - [22/Nov/2026:10:{:02}:{:02} +0000] \"GET /{} HTTP/1.1\" 200 5",
            second / 60,
            second % 60,
            second * 7919
        )
        .unwrap();
    }
    let whole = gzip.finish().unwrap();
    let path = dir.path().join("access.log.gz");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let output = magpie(&["report", "--json", &path.display().to_string()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["records"].as_u64().is_some_and(|records| records > 0), "{report}");
    let told = text(&output.stderr);
    assert!(told.contains("access.log.gz` beyond byte ") && told.contains(": incomplete deflate stream;"), "{told}");
}

#[test]
fn results_do_not_depend_on_the_number_of_operators() {
    let dir = tempfile::tempdir().unwrap();
    let files = mixed_corpus(dir.path());
    let options = [
        "--by",
        "source,source_module,target_module,service",
        "--json",
        "--quiet",
        "--threshold",
        "error>30",
        "--threshold",
        "p95(elapsed_ms)>500",
    ];
    let report = |threads: &str| {
        let mut arguments: Vec<&str> = vec!["report", "--threads", threads];
        arguments.extend(options);
        arguments.extend(files.iter().map(String::as_str));
        printed(&arguments)
    };
    let alone = report("1");
    for threads in ["2", "5"] {
        assert!(report(threads) == alone, "--threads {threads} gives another report");
    }
    let answer: Value = serde_json::from_str(&alone).unwrap();
    // 20,000 access lines, 5,000 JSON lines, 2,000 calls of two spans each; 400 and 200 broken lines.
    let formats = answer["formats"].as_array().unwrap();
    let unparsed = answer["unparsed"].as_u64().unwrap();
    assert_eq!(unparsed, 600, "{formats:?}");
    let calls: u64 = rows_of(&answer).iter().map(|row| row["records"].as_u64().unwrap()).sum();
    assert_eq!(calls, 20_000 + 2_000, "each access line and each pair of spans is one call: {formats:?}");
    assert!(!answer["alerts"].as_array().unwrap().is_empty());
}

#[test]
fn every_form_works_on_one_small_log() {
    let dir = tempfile::tempdir().unwrap();
    let lines: String = (0..30)
        .map(|second| {
            format!(
                "10.0.3.{} - - [22/Nov/2026:10:15:{second:02} +0000] \"GET /item/{second} HTTP/1.1\" 200 {second} \"-\" \"curl/8.1\"\n",
                second % 3
            )
        })
        .collect();
    let log = written(dir.path(), "shop.log", &lines);
    let file = |name: &str| dir.path().join(name).display().to_string();

    let json: Value = serde_json::from_str(&printed(&["report", "--json", "--total", "--by", "source,target_module", &log])).unwrap();
    let expected = BTreeMap::from([("10.0.3.0", (10, 135)), ("10.0.3.1", (10, 145)), ("10.0.3.2", (10, 155))]);
    let told: BTreeMap<&str, (u64, u64)> = rows_of(&json)
        .iter()
        .map(|row| (row["source"].as_str().unwrap(), (row["records"].as_u64().unwrap(), row["fields"]["bytes"]["sum"].as_u64().unwrap())))
        .collect();
    assert_eq!(told, expected, "{json}");
    assert_eq!((&json["records"], &json["unparsed"], &json["monitors"][0]["rows"][0]["bucket"]), (&30.into(), &0.into(), &Value::Null));

    let csv = printed(&["report", "--csv", "--total", "--by", "source,target_module", &log]);
    assert!(csv.lines().count() == 4 && csv.lines().any(|line| line.contains("10.0.3.2") && line.contains("155")), "{csv}");

    let told = printed(&["report", "--quiet", &format!("--html={}", file("a.html")), &log]);
    let page = std::fs::read_to_string(file("a.html")).unwrap();
    assert!(told.is_empty() && page.starts_with("<!doctype html>") && page.contains("<svg") && page.contains("/item/{id}"), "{told}");
    let told = printed(&["report", "--quiet", &format!("--svg={}", file("a.svg")), &log]);
    let picture = std::fs::read_to_string(file("a.svg")).unwrap();
    assert!(told.is_empty() && picture.contains("<svg") && picture.contains("shop"), "{told}");
    printed(&["report", "--json", "--output", &file("a.json"), &log]);
    assert!(serde_json::from_str::<Value>(&std::fs::read_to_string(file("a.json")).unwrap()).is_ok());

    let terminal = printed(&["report", "--quiet", &log]);
    assert!(terminal.contains("30 records") && terminal.contains("──▶ shop") && terminal.contains("/item/{id}"), "{terminal}");
}

#[test]
fn exit_codes_are_for_scripts() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(dir.path(), "shop.log", "10.0.3.1 - - [22/Nov/2026:10:15:03 +0000] \"GET / HTTP/1.1\" 500 9 \"-\" \"curl/8.1\"\n");
    let missing = dir.path().join("missing.log").display().to_string();
    for (arguments, code) in [
        (&["--threshold", "error>0", "--fail-on-alert", &log][..], 3),
        (&["--threshold", "error>1", "--fail-on-alert", &log], 0),
        (&["--threshold", "error>0", &log], 0),
        (&["--threshold", "error>", &log], 2),
        (&["--bucket", "soon", &log], 2),
        (&["--no-such-option", &log], 2),
    ] {
        let output = magpie(&[&["report", "--quiet", "--json"], arguments].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
    let output = magpie(&["report", &missing]).output().unwrap();
    assert!(!output.status.success() && text(&output.stderr).contains("missing.log"), "{output:?}");
}

#[test]
fn edges_of_train_ticket_are_the_reference() {
    let dir = tempfile::tempdir().unwrap();
    let traces: PathBuf = dir.path().join("traces.jsonl");
    let traces = traces.to_str().unwrap();
    let (Some(_), Some(reference)) = (train_ticket(&["otlp", traces]), train_ticket(&["edges"])) else { return };
    let report = printed(&["report", "--by", "source_module,target_module,service", "--total", "--json", "--quiet", traces]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut edges = BTreeMap::new();
    for row in rows_of(&report).iter().filter(|row| row["source_module"] != "(outside)") {
        let key = [word(row, "source_module"), word(row, "target_module"), word(row, "service")];
        let known = edges.insert(key, (row["records"].as_u64().unwrap(), row["fields"]["elapsed_ms"]["avg"].as_f64().unwrap()));
        assert!(known.is_none(), "an edge stands once: {row}");
    }
    assert_eq!(edges.len(), reference.lines().count() - 1);
    for line in reference.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (calls, mean) = edges[&[cells[0].to_owned(), cells[1].to_owned(), cells[2].to_owned()]];
        assert_eq!(calls.to_string(), cells[3], "{line}");
        assert!((mean - cells[4].parse::<f64>().unwrap()).abs() <= 1e-6, "{line}: {mean}");
    }
}
