//! Every endpoint with real answers, as data: target, status, and where to look for what.
//!
//! Each answer is checked against the committed document, and each endpoint of the document must be asked here.

mod alerts;
mod monitors;
mod records;
mod rollups;
mod sources;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use magpie_api::{FaultReport, Verdict};
use magpie_model::time::HOUR;
use serde_json::json;

use crate::client::{Answer, get, send};
use crate::schema::{DOCUMENT, check};
use crate::world::{World, ten};

/// Method, path in the document, target, body, status, and (pointer, value) pairs; `"#n"` stands for an array of n entries.
pub(crate) type Scenario = (&'static str, &'static str, &'static str, &'static str, u16, &'static [(&'static str, &'static str)]);

const RANGE: &str = "from=2026-11-20T10:00:00Z&to=2026-11-20T10:10:00Z";

const MONITORS: &str = "/api/v1/monitors";
const SILENCES: &str = "/api/v1/silences";

/// Asked in this order of one world: what one scenario changes, the next ones see.
fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    [records::RECORDS, rollups::ROLLUPS, alerts::ALERTS, monitors::MONITORS, sources::SOURCES].into_iter().flatten()
}

async fn ask(world: &World, method: &str, target: &str, body: &str) -> Answer {
    let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[("Content-Type", "application/json")] };
    send(world.address, method, target, headers, body).await
}

/// Checks an answer against what the document says of it.
fn assert_documented(method: &str, path: &str, answer: &Answer, what: &str) {
    let operation = &DOCUMENT["paths"][path][method.to_lowercase()];
    let response = &operation["responses"][answer.status.to_string()]["content"];
    let media = answer.header("content-type").unwrap_or("").split(';').next().unwrap_or("");
    let schema = &response[media]["schema"];
    assert!(schema.is_object(), "{what}: {} {media} is not documented for {method} {path}", answer.status);
    assert_eq!(check(schema, &answer.json()), Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_answers_as_documented() {
    play(&World::new().await, scenarios()).await;
}

/// Asks in order, and checks each answer against the document and what is expected of it.
pub(crate) async fn play(world: &World, scenarios: impl IntoIterator<Item = &'static Scenario>) {
    for (method, path, target, body, status, expected) in scenarios {
        let what = format!("{method} {target} {body}");
        let answer = ask(world, method, target, body).await;
        assert_eq!(answer.status, *status, "{what}: {}", answer.text());
        assert_documented(method, path, &answer, &what);
        let json = answer.json();
        for (pointer, wanted) in *expected {
            let found = json.pointer(pointer).unwrap_or_else(|| panic!("{what}: no {pointer} in {json}"));
            match wanted.strip_prefix('#') {
                Some(length) => assert_eq!(found.as_array().unwrap().len().to_string(), length, "{what}: {pointer} of {json}"),
                None => assert_eq!(found.to_string(), *wanted, "{what}: {pointer}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rollups_come_by_monitor_and_by_dimensions() {
    let world = World::new().await;
    let of = async |query: &str| {
        let mut rollups = get(world.address, &format!("/api/v1/rollups?{query}&{RANGE}")).await.json();
        rollups["monitor"].take();
        rollups
    };
    let (monitor, base) = (of("monitor=modules&by=source_module,target_module").await, of("by=source_module,target_module").await);
    assert_eq!(monitor, base);
    assert_eq!(monitor["rows"].as_array().map(Vec::len), Some(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_has_been_read_although_a_source_ended_before() {
    let world = World::new().await;
    let read_up_to = async || {
        let rollups = get(world.address, &format!("/api/v1/rollups?monitor=modules&{RANGE}")).await.json();
        rollups["completeness"][0]["watermark"].as_str().unwrap().to_owned()
    };
    assert_eq!(read_up_to().await, "2026-11-20T10:10:00Z", "the store's");
    *world.known.closed_before.lock().unwrap() = Some(ten());
    assert_eq!(read_up_to().await, "2026-11-20T10:10:00Z", "nothing that was read is unread");
    *world.known.closed_before.lock().unwrap() = Some(ten().plus(24 * HOUR));
    assert_eq!(read_up_to().await, "2026-11-21T10:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let world = World::new().await;
    let (mut ids, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = get(world.address, &format!("/api/v1/records?limit=7{cursor}")).await.json();
        pages += 1;
        ids.extend(page["records"].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let wanted: Vec<String> = (0..20).rev().map(|nth| format!("{:016x}", 0x1000 + nth)).collect();
    assert_eq!((ids, pages), (wanted, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_and_faults_follow_the_process() {
    let world = World::new().await;
    let live = get(world.address, "/healthz").await;
    assert_eq!((live.status, live.text().as_str()), (200, "ok\n"));
    for (verdict, status) in [(Verdict::Ok, 200), (Verdict::Degraded, 200), (Verdict::Starting, 503), (Verdict::Failing, 503)] {
        *world.known.verdict.lock().unwrap() = verdict;
        let ready = get(world.address, "/readyz").await;
        assert_eq!((ready.status, ready.json()["verdict"].as_str()), (status, Some(verdict.name())));
        assert_documented("GET", "/readyz", &ready, verdict.name());
    }
    let fault = FaultReport { name: "slow-search".into(), description: "slow".into(), on: false };
    *world.known.faults.lock().unwrap() = Some(vec![fault]);
    for (method, target, path, body, status, on) in [
        ("GET", "/api/v1/demo/faults", "/api/v1/demo/faults", "", 200, None),
        ("PUT", "/api/v1/demo/faults/slow-search", "/api/v1/demo/faults/{name}", r#"{"on":true}"#, 200, Some(true)),
        ("GET", "/api/v1/demo/faults/slow-search", "/api/v1/demo/faults/{name}", "", 200, Some(true)),
        ("PUT", "/api/v1/demo/faults/slow-search", "/api/v1/demo/faults/{name}", r#"{"on":1}"#, 422, None),
        ("PUT", "/api/v1/demo/faults/slow-serch", "/api/v1/demo/faults/{name}", r#"{"on":true}"#, 404, None),
    ] {
        let answer = ask(&world, method, target, body).await;
        assert_eq!((answer.status, answer.json()["on"].as_bool()), (status, on), "{method} {target}: {}", answer.text());
        assert_documented(method, path, &answer, target);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn monitors_made_here_are_written_as_a_part_of_the_configuration_file() {
    let world = World::new().await;
    let yaml = async |target: &str| {
        let answer = get(world.address, target).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/yaml; charset=utf-8")), "{target}");
        answer.text()
    };
    assert_eq!(yaml("/api/v1/monitors.yaml").await, "monitors: []\n");
    let new = r#"{"monitor":{"name":"slow","by":["source_module"],"thresholds":[{"field":"elapsed_ms","above":300}]}}"#;
    assert_eq!(ask(&world, "POST", MONITORS, new).await.status, 201);
    let written = "monitors:\n  - name: slow\n    by: [source_module]\n    thresholds:\n      - { field: elapsed_ms, aggregate: avg, above: 300, severity: warning }\n";
    assert_eq!(yaml("/api/v1/monitors.yaml").await, written);
    assert_eq!(yaml("/api/v1/monitors/slow/yaml").await, written);
    let of_file = yaml("/api/v1/monitors/modules/yaml").await;
    assert!(of_file.starts_with("monitors:\n  - name: modules\n"), "one of the file can be copied too: {of_file}");
    assert_eq!(get(world.address, "/api/v1/monitors/none/yaml").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_monitor_that_does_not_fit_the_file_any_more_is_listed_with_the_reason() {
    let world = World::new().await;
    let signature = magpie_model::Signature::default();
    let put = |name: &str, content: serde_json::Value| {
        world.api.state.put_document(magpie_api::MONITOR, name, Some(&content), None, &signature).unwrap();
    };
    put("modules", json!({"name": "modules", "by": ["service"]}));
    put("old", json!({"name": "old", "by": ["service"], "thresholds": [{"field": "gone_ms", "above": 1}]}));
    let answer = get(world.address, MONITORS).await;
    assert_documented("GET", MONITORS, &answer, "monitors");
    let problems: Vec<String> =
        answer.json()["monitors"].as_array().unwrap().iter().map(|monitor| monitor["problem"].to_string()).collect();
    assert_eq!(
        problems,
        ["null", "\"the configuration file has a monitor `modules` too\"", "\"thresholds[0].field: unknown field `gone_ms`\""]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_people_did_about_alerts() {
    let world = World::new().await;
    let has = async |line: &str| get(world.address, "/metrics").await.text().lines().any(|written| written == line);
    let (silenced, looked_after) = (
        "magpie_alerts_silenced{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1",
        "magpie_alerts_acknowledged{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1",
    );
    assert!(!has(silenced).await && !has(looked_after).await && has("magpie_silences_active 0").await);
    let silence = r#"{"matchers":[{"name":"severity","op":"is","value":"critical"}],"for":"1m","by":"ann"}"#;
    assert_eq!(ask(&world, "POST", SILENCES, silence).await.status, 201);
    assert_eq!(ask(&world, "PUT", "/api/v1/alerts/00000000000000aa/acknowledgement", r#"{"by":"ann"}"#).await.status, 200);
    assert!(has(silenced).await && has(looked_after).await && has("magpie_silences_active 1").await);
    assert!(has("magpie_alerts{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1").await, "it fires all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_needs_no_body_but_the_header_of_a_write() {
    let world = World::new().await;
    let target = "/api/v1/alerts/00000000000000aa/acknowledgement";
    let json = [("Content-Type", "application/json")];
    assert_eq!(send(world.address, "DELETE", target, &json, "").await.status, 200);
    assert_eq!(send(world.address, "DELETE", target, &[], "").await.status, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_of_sources_port_and_calls() {
    let world = World::new().await;
    world.api.service_graph.observe(&history(&world), world.known.config.bucket);
    get(world.address, "/api/v1/records").await;
    let answer = get(world.address, "/metrics").await;
    let text = answer.text();
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "traces_service_graph_request_total{client=\"web\",server=\"video\"} 10",
        "traces_service_graph_request_failed_total{client=\"batch\",server=\"video\"} 1",
        "traces_service_graph_request_server_seconds_count{client=\"web\",server=\"video\"} 10",
        "traces_service_graph_request_server_seconds_sum{client=\"web\",server=\"video\"} 4.5",
        "magpie_source_bytes_total{input=\"web\"} 4096",
        "magpie_source_unparsed_total{input=\"web\",reason=\"no time\"} 2",
        "magpie_alerts{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1",
        "magpie_store_open_rows 20",
        "magpie_http_requests_total{endpoint=\"/api/v1/records\",method=\"GET\",status=\"200\"} 1",
        "magpie_queue_bound{queue=\"collect→pipeline\"} 8",
    ] {
        assert!(text.lines().any(|written| written == line), "no `{line}` in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let family = name.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end)).unwrap_or(family);
        assert!(text.contains(&format!("# TYPE {family} ")), "no type of {family}");
    }
}

/// The records of the store, as the pipeline would have handed them over.
fn history(world: &World) -> magpie_model::record::RecordBatch {
    let mut history = None;
    let range = magpie_model::query::TimeRange::ALL;
    world
        .api
        .telemetry
        .scan(range, &mut |batch| {
            assert!(history.replace(batch.clone()).is_none(), "one batch holds the history");
            Ok(())
        })
        .unwrap();
    history.expect("a history")
}

#[test]
fn every_documented_operation_is_asked() {
    let elsewhere = [
        "/healthz",
        "/api/v1/session",
        "/metrics",
        "/api/v1/stream",
        "/api/v1/records/export",
        "/api/v1/sources/{name}/yaml",
        "/api/v1/monitors.yaml",
        "/api/v1/monitors/{name}/yaml",
    ];
    let asked: BTreeSet<(String, String)> =
        scenarios().chain(crate::runs::SCENARIOS).map(|(method, path, ..)| (path.to_string(), method.to_lowercase())).collect();
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|_| !elsewhere.contains(&path.as_str())) {
            let is_fault = path == "/api/v1/demo/faults/{name}";
            assert!(is_fault || asked.contains(&(path.clone(), method.clone())), "{method} {path} is not asked");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_bounded_in_number_and_time() {
    let world = World::with(|api| {
        api.limits.questions = 0;
        api.limits.deadline = Duration::from_millis(100);
    })
    .await;
    let answer = get(world.address, "/api/v1/records").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(answer.json()["detail"], json!("0 questions are being answered already"));
    assert_eq!(get(world.address, "/healthz").await.status, 200, "the process lives all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_takes_too_long_is_answered_with_504_and_still_counts() {
    let world = World::with(|api| {
        api.limits.questions = 1;
        api.limits.deadline = Duration::from_millis(150);
    })
    .await;
    *world.known.stall.lock().unwrap() = Duration::from_secs(1);
    let started = Instant::now();
    assert_eq!(get(world.address, "/api/v1/sources").await.status, 504);
    assert_eq!(get(world.address, "/api/v1/records").await.status, 503, "the first question still runs");
    assert!(started.elapsed() < Duration::from_secs(1), "both are refused before the first question ends");
}
