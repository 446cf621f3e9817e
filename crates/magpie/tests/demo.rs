//! `magpie demo` as a person meets it: a fault switched on is an alert soon, and nothing is left behind.
//!
//! The real binary runs with a temporary directory of the test's, so that what it leaves there can be seen. What the
//! demo's services do under a fault is tested where they are written.

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use support::{PATIENCE, Running, ask, free_address, magpie, wait_for};

/// 15 s are promised; a machine that does ten other things is given five more.
const SOON: Duration = Duration::from_secs(20);

/// The faults, and the alert of the monitor over modules that each must raise: field and callee.
const FAULTS: [(&str, &str, &str); 3] =
    [("slow-search", "elapsed_ms", "search"), ("order-errors", "error", "order"), ("silent-stock", "records", "stock")];

fn demo(temporary: &Path, more: &[&str]) -> Running {
    let address = free_address();
    let mut command = magpie(&[&["demo", "--listen", &address], more].concat());
    Running::start(command.env("TMPDIR", temporary), address, temporary.join("stderr"))
}

fn folders(temporary: &Path) -> usize {
    let entries = std::fs::read_dir(temporary).unwrap().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("magpie-demo-")).count()
}

fn switch(running: &Running, fault: &str, on: bool) {
    let body = format!("{{\"on\":{on}}}");
    let answer =
        ask(&running.address, "PUT", &format!("/api/v1/demo/faults/{fault}"), &[("Content-Type", "application/json")], &body).unwrap();
    assert_eq!((answer.status, answer.json()["on"].as_bool()), (200, Some(on)), "{}", answer.body);
}

fn is_firing(alerts: &Value, field: &str, callee: &str) -> bool {
    let of = |alert: &Value| alert["field"] == field && alert["dimensions"]["target_module"] == callee;
    alerts["alerts"].as_array().unwrap().iter().any(of)
}

#[test]
fn every_fault_is_an_alert_within_seconds_and_then_over() {
    let temporary = tempfile::tempdir().unwrap();
    let running = demo(temporary.path(), &[]).ready();
    assert_eq!(folders(temporary.path()), 1);
    let firing = "/api/v1/alerts?monitor=modules&state=firing";
    // Silence can only be noticed of what was heard before, for a whole bucket.
    for (_, _, callee) in FAULTS {
        let rollups = format!("/api/v1/rollups?monitor=modules&target_module={callee}");
        running.wait_for(&rollups, PATIENCE, |answer| {
            answer["rows"].as_array().unwrap().iter().filter_map(|row| row["bucket"].as_str()).collect::<BTreeSet<_>>().len() > 2
        });
    }
    for (fault, field, callee) in FAULTS {
        assert!(!is_firing(&running.get(firing), field, callee), "{fault}: fires without the fault");
        switch(&running, fault, true);
        let begin = Instant::now();
        running.wait_for(firing, SOON, |alerts| is_firing(alerts, field, callee));
        eprintln!("{fault}: an alert after {:?}", begin.elapsed());
        switch(&running, fault, false);
    }
    running.wait_for(firing, PATIENCE, |alerts| FAULTS.iter().all(|(_, field, callee)| !is_firing(alerts, field, callee)));
    let unparsed: u64 = running.get("/api/v1/sources")["sources"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|source| source["unparsed"].as_array().unwrap())
        .map(|reason| reason["count"].as_u64().unwrap())
        .sum();
    assert_eq!(unparsed, 0, "every line of the demo's services is understood");
    assert!(running.terminate().success());
    assert_eq!(folders(temporary.path()), 0, "nothing is left behind");
}

#[test]
fn its_flows_run_fail_and_are_retried() {
    let temporary = tempfile::tempdir().unwrap();
    let running = demo(temporary.path(), &[]).ready();
    let of = |flow: &str| format!("/api/v1/runs?from=2020-01-01T00:00:00Z&flow=demo.{flow}");
    let has = |answer: &Value, wanted: &dyn Fn(&Value) -> bool| answer["runs"].as_array().is_some_and(|runs| runs.iter().any(wanted));
    for flow in ["order-sync", "health-round", "stock-delivery", "place-order"] {
        running.wait_for(&of(flow), PATIENCE, |answer| has(answer, &|run| run["status"] == "succeeded"));
    }
    running.wait_for(&of("stock-import"), PATIENCE * 2, |answer| has(answer, &|run| run["status"] == "succeeded" && run["attempt"] == 2));
    let failed =
        running.wait_for(&of("price-check"), PATIENCE, |answer| has(answer, &|run| run["status"] == "failed" && run["open"] == true));
    let job_id = failed["runs"][0]["job_id"].as_str().unwrap();
    let body = r#"{"from": "start", "input": {"video": 7}}"#;
    let json = [("Content-Type", "application/json")];
    let answer = ask(&running.address, "POST", &format!("/api/v1/runs/{job_id}/retry"), &json, body).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    running.wait_for(&format!("/api/v1/runs/{job_id}"), PATIENCE, |run| run["status"] == "succeeded");
    // A flow is a node on the map, with the calls that it makes.
    running.wait_for("/api/v1/graph?monitor=modules-and-flows", PATIENCE, |graph| graph.to_string().contains("demo.order-sync"));
}

#[test]
fn it_ends_by_itself_or_when_interrupted_and_leaves_nothing() {
    for (more, signal) in [(&["--for", "2s"][..], None), (&[], Some(Signal::INT)), (&[], Some(Signal::HUP))] {
        let temporary = tempfile::tempdir().unwrap();
        let mut running = demo(temporary.path(), more);
        // As soon as there is something to leave behind, long before it serves.
        wait_for("temporary folder", PATIENCE, || (folders(temporary.path()) == 1).then_some(()));
        if let Some(signal) = signal {
            running.signal(signal);
        }
        let status = wait_for("end of the demo", PATIENCE, || running.child.try_wait().unwrap());
        assert!(status.success(), "{status}: {}", running.told());
        assert_eq!(folders(temporary.path()), 0, "nothing is left behind");
    }
}
