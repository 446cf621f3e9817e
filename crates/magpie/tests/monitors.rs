//! Monitors and alerts as people handle them over the API of the real binary: made without a restart, back-filled from what
//! is stored, judged, changed, brought back; acknowledged, silenced, commented on; and all of it there after a kill.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{PATIENCE, Place, Running, access_time, append, ask, printed, wait_for};

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

/// Calls of the last ten minutes: two clients, three services, some of them failed.
fn history(number: u64) -> String {
    (0..number)
        .map(|nth| {
            let (client, path, status) =
                (nth % 2 + 17, ["/item/1", "/cart", "/search?q=a"][(nth % 3) as usize], if nth % 7 == 0 { 503 } else { 200 });
            let time = access_time(Duration::from_secs(600 - nth * 500 / number));
            format!("10.0.3.{client} - - [{time}] \"GET {path} HTTP/1.1\" {status} {} \"-\" \"curl/8.1\"\n", 100 + nth)
        })
        .collect()
}

fn send(running: &Running, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let json = ("Content-Type", "application/json");
    let answer =
        ask(&running.address, method, path, &[json], &body.to_string()).unwrap_or_else(|| panic!("{method} {path}: {}", running.told()));
    (answer.status, answer.json())
}

/// Sends what must be accepted.
fn accepted(running: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = send(running, method, path, body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}\n{}", running.told());
    answer
}

/// Rows of rollups, whatever they were asked by.
fn rows(running: &Running, query: &str) -> Value {
    running.get(&format!("/api/v1/rollups?from=now-1h&limit=100000&{query}"))["rows"].clone()
}

fn records(rows: &Value) -> u64 {
    rows.as_array().unwrap().iter().filter_map(|row| row["records"].as_u64()).sum()
}

/// Waits until a monitor has nothing left to back-fill.
fn filled(running: &Running, name: &str) -> Value {
    running.wait_for(&format!("/api/v1/monitors/{name}"), PATIENCE, |monitor| {
        assert_ne!(monitor["backfill"]["state"], "failed", "{monitor}");
        monitor["backfill"].is_null() || monitor["backfill"]["state"] == "done"
    })
}

/// Waits until so many calls are visible.
fn counted(running: &Running, number: u64) {
    wait_for("calls", PATIENCE, || (records(&rows(running, "monitor=calls")) == number).then_some(()));
}

#[test]
fn a_monitor_made_over_the_api_has_the_rows_of_a_fresh_aggregation() {
    let place = Place::new(CALLS);
    let log = place.path("access.log");
    append(&log, history(300));
    let running = place.serve();
    counted(&running, 300);

    let made =
        accepted(&running, "POST", "/api/v1/monitors", &json!({"monitor": {"name": "services", "by": ["source", "service"]}, "by": "ann"}));
    assert_eq!((&made["origin"], &made["version"]), (&json!("ui"), &json!(1)));
    append(&log, history(40));
    counted(&running, 340);
    let monitor = filled(&running, "services");
    assert_eq!(monitor["backfill"]["done"], monitor["backfill"]["total"]);
    assert!(monitor["backfill"]["total"].as_u64() >= Some(300), "{monitor}");
    // By the base dimension without compaction, the records themselves are folded.
    let fresh = rows(&running, "by=source,service");
    assert_eq!((records(&fresh), rows(&running, "monitor=services")), (340, fresh.clone()));

    running.kill_9();
    let running = place.serve();
    counted(&running, 340);
    filled(&running, "services");
    assert_eq!(rows(&running, "monitor=services"), fresh, "once, after a kill too");
    assert_eq!(running.get("/api/v1/monitors/services")["document"], json!({"name": "services", "by": ["source", "service"]}));

    // Killed right after a change: back-filling goes on, or begins, with the next start.
    let failed = json!({"monitor": {"name": "services", "by": ["source", "service"], "where": {"status": "503"}}, "by": "bob"});
    accepted(&running, "PUT", "/api/v1/monitors/services", &failed);
    running.kill_9();
    let running = place.serve();
    filled(&running, "services");
    let only_failed = rows(&running, "monitor=services");
    let errors = |rows: &Value| rows.as_array().unwrap().iter().filter_map(|row| row["fields"]["error"]["count"].as_u64()).sum::<u64>();
    assert_eq!((records(&only_failed), errors(&only_failed)), (errors(&fresh), errors(&fresh)), "nothing of its earlier form is left");

    accepted(&running, "POST", "/api/v1/monitors/services/restore", &json!({"version": 1, "by": "ann"}));
    filled(&running, "services");
    assert_eq!(rows(&running, "monitor=services"), fresh, "as it was before");
    assert!(running.terminate().success());
    let examined = doctor(&place);
    let compared = (&examined["rollups"]["monitors"], &examined["rollups"]["differences"]);
    assert_eq!(compared, (&json!(["calls", "services"]), &json!(0)), "those made over the API, too");
    let running = place.serve();
    let versions = running.get("/api/v1/monitors/services/versions");
    let shown: Vec<(u64, &str)> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| (version["version"].as_u64().unwrap(), version["by"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, [(3, "ann"), (2, "bob"), (1, "ann")]);

    accepted(&running, "DELETE", "/api/v1/monitors/services", &json!({"by": "eve"}));
    let names: Vec<String> =
        running.get("/api/v1/monitors")["monitors"].as_array().unwrap().iter().map(|monitor| monitor["name"].to_string()).collect();
    assert_eq!(names, ["\"calls\""]);
    assert!(running.terminate().success());
    let told = doctor(&place);
    assert_eq!((&told["sound"], &told["rollups"]["differences"]), (&json!(true), &json!(0)), "{told}");
}

fn doctor(place: &Place) -> Value {
    serde_json::from_str(&printed(&["doctor", "--json", "-c", &place.path("magpie.yaml").to_string_lossy()])).unwrap()
}

#[test]
fn an_alert_of_a_new_monitor_fires_and_what_people_do_about_it_outlives_a_restart() {
    let place = Place::new(CALLS);
    append(&place.path("access.log"), history(100));
    let running = place.serve();
    counted(&running, 100);
    let threshold = json!({"field": "records", "above": 0.5, "severity": "critical", "labels": {"team": "shop"}});
    let monitor = json!({"name": "busy", "by": ["target_module"], "thresholds": [threshold]});
    accepted(&running, "POST", "/api/v1/monitors", &json!({"monitor": monitor, "by": "ann"}));
    filled(&running, "busy");

    let fired = running.wait_for("/api/v1/alerts?state=any&monitor=busy", PATIENCE, |answer| {
        answer["alerts"].as_array().is_some_and(|alerts| alerts.iter().any(|alert| !alert["fired"].is_null()))
    });
    let alert = fired["alerts"].as_array().unwrap().iter().find(|alert| !alert["fired"].is_null()).unwrap();
    assert_eq!((&alert["dimensions"], &alert["severity"]), (&json!({"target_module": "shop"}), &json!("critical")));
    let path = format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap());

    accepted(&running, "PUT", &format!("{path}/acknowledgement"), &json!({"by": "bob", "comment": "looking"}));
    accepted(&running, "POST", &format!("{path}/comments"), &json!({"by": "bob", "text": "it is the sale"}));
    let silence = json!({"matchers": [{"name": "team", "op": "is", "value": "shop"}], "starts": "now-1h", "for": "3h", "by": "ann"});
    let silence = accepted(&running, "POST", "/api/v1/silences", &silence);
    let check = |running: &Running| {
        let alert = running.get(&path);
        assert_eq!((&alert["acknowledged"]["by"], &alert["acknowledged"]["comment"]), (&json!("bob"), &json!("looking")));
        assert_eq!((&alert["comments"][0]["text"], &alert["silenced"]), (&json!("it is the sale"), &silence["id"]));
    };
    check(&running);
    assert!(running.terminate().success());
    let running = place.serve();
    check(&running);
    assert_eq!(running.get("/api/v1/monitors/busy")["thresholds"][0]["title"], "records: 0.5");

    // Calls that go on: the alert is open, and ends with the monitor that raised it.
    append(
        &place.path("access.log"),
        format!("10.0.3.17 - - [{}] \"GET / HTTP/1.1\" 200 1 \"-\" \"curl/8.1\"\n", access_time(Duration::ZERO)),
    );
    running.wait_for("/api/v1/alerts?monitor=busy", PATIENCE, |answer| answer["alerts"][0]["state"] == "firing");
    accepted(&running, "DELETE", "/api/v1/monitors/busy", &json!({"by": "ann"}));
    assert_eq!(running.get("/api/v1/alerts?monitor=busy")["alerts"], json!([]));
    let audit = running.get("/api/v1/audit");
    let done: Vec<String> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| format!("{} {}", entry["by"].as_str().unwrap(), entry["action"].as_str().unwrap()))
        .collect();
    assert_eq!(done, ["ann delete monitor", "ann silence", "bob comment", "bob acknowledge", "ann put monitor"]);
}

#[test]
fn what_cannot_be_used_is_refused_and_changes_nothing() {
    let place = Place::new(CALLS);
    append(&place.path("access.log"), history(20));
    let running = place.serve();
    counted(&running, 20);
    for (method, path, body, status, path_of_mistake) in [
        ("POST", "/api/v1/monitors", json!({"monitor": {"name": "calls", "by": ["source"]}}), 409, None),
        ("POST", "/api/v1/monitors", json!({"monitor": {"name": "m", "by": ["sorce"]}}), 422, Some("by[0]")),
        ("PUT", "/api/v1/monitors/calls", json!({"monitor": {"name": "calls", "by": ["source"]}}), 409, None),
        ("PUT", "/api/v1/monitors/m", json!({"monitor": {"name": "m", "by": ["source"]}}), 404, None),
        ("DELETE", "/api/v1/monitors/calls", json!({}), 409, None),
        ("DELETE", "/api/v1/monitors/m", json!({}), 404, None),
    ] {
        let (answered, problem) = send(&running, method, path, &body);
        assert_eq!((answered, problem["mistakes"][0]["path"].as_str()), (status, path_of_mistake), "{method} {path}: {problem}");
    }
    assert_eq!(running.get("/api/v1/monitors")["monitors"].as_array().unwrap().len(), 1);

    // A name that the file takes later stays stored, and is in force again when the file gives it back.
    accepted(&running, "POST", "/api/v1/monitors", &json!({"monitor": {"name": "mine", "by": ["service"]}}));
    place.configure(&format!("{CALLS}  - {{ name: mine, by: [source] }}\n"));
    accepted(&running, "POST", "/api/v1/reload", &json!({}));
    let listed = running.get("/api/v1/monitors");
    let shown: Vec<(&str, bool)> =
        listed["monitors"].as_array().unwrap().iter().map(|of| (of["origin"].as_str().unwrap(), of["problem"].is_null())).collect();
    assert_eq!(shown, [("file", true), ("file", true), ("ui", false)]);
    place.configure(CALLS);
    accepted(&running, "POST", "/api/v1/reload", &json!({}));
    assert_eq!(running.get("/api/v1/monitors/mine")["by"], json!(["service"]));
    filled(&running, "mine");
    assert_eq!(rows(&running, "monitor=mine&step=all"), rows(&running, "by=service&step=all"));
}

#[test]
fn what_a_preview_tells_is_what_the_judge_then_finds() {
    let place = Place::new(CALLS);
    append(&place.path("access.log"), history(150));
    let running = place.serve();
    counted(&running, 150);
    let thresholds = json!([
        {"field": "records", "above": 0.5, "severity": "info"},
        {"field": "bytes", "aggregate": "avg", "above": 200, "for": "5s"},
        {"field": "records", "above": 1000},
    ]);
    let monitor = json!({"name": "tried", "by": ["source", "service"], "thresholds": thresholds});
    let preview = accepted(&running, "POST", "/api/v1/monitors/preview", &json!({"monitor": monitor, "from": "now-1h"}));
    assert_eq!(
        (&preview["truncated"], &preview["records"], &preview["combinations"]),
        (&json!(false), &json!(150), &json!(6)),
        "{preview}"
    );
    assert_eq!(running.get("/api/v1/monitors")["monitors"].as_array().unwrap().len(), 1, "nothing is stored");
    let mut expected: Vec<(String, String, String)> = Vec::new();
    for threshold in preview["thresholds"].as_array().unwrap() {
        let episodes = threshold["episodes"].as_array().unwrap();
        assert_eq!(threshold["fired"], episodes.len(), "{threshold}");
        expected
            .extend(episodes.iter().map(|of| (threshold["condition"].to_string(), of["dimensions"].to_string(), of["since"].to_string())));
        for episode in episodes {
            assert!(episode["peak"].as_f64() > threshold["condition"]["above"].as_f64(), "{episode} of {threshold}");
        }
    }
    let fired: Vec<u64> = preview["thresholds"].as_array().unwrap().iter().map(|threshold| threshold["fired"].as_u64().unwrap()).collect();
    assert!(fired[0] > 5 && fired[1] > 0 && fired[2] == 0, "{fired:?}");

    // By columns of the base dimension no record is read; a percentile asks for them, and tells the same of the others.
    assert_eq!(preview["folded"], false);
    let mut more = monitor.clone();
    more["thresholds"].as_array_mut().unwrap().push(json!({"field": "bytes", "aggregate": "p95", "above": 1}));
    let scanned = accepted(&running, "POST", "/api/v1/monitors/preview", &json!({"monitor": more, "from": "now-1h"}));
    assert_eq!(scanned["folded"], true);
    assert_eq!(scanned["thresholds"].as_array().unwrap()[..3], preview["thresholds"].as_array().unwrap()[..]);
    assert_eq!((&scanned["records"], &scanned["combinations"]), (&preview["records"], &preview["combinations"]));

    accepted(&running, "POST", "/api/v1/monitors", &json!({"monitor": monitor, "by": "ann"}));
    expected.sort();
    let found = wait_for("the alerts of the preview", PATIENCE, || {
        let answer = running.get("/api/v1/alerts?state=any&monitor=tried&limit=1000");
        let fired = answer["alerts"].as_array().unwrap().iter().filter(|alert| !alert["fired"].is_null());
        let mut found: Vec<_> =
            fired.map(|alert| (alert["condition"].to_string(), alert["dimensions"].to_string(), alert["since"].to_string())).collect();
        found.sort();
        (found.len() >= expected.len()).then_some(found)
    });
    assert_eq!(found, expected);

    // Once the monitor is in force, another limit is tried on its own rows, percentiles included.
    accepted(&running, "PUT", "/api/v1/monitors/tried", &json!({"monitor": more, "by": "ann"}));
    filled(&running, "tried");
    let again = accepted(&running, "POST", "/api/v1/monitors/preview", &json!({"monitor": more, "from": "now-1h"}));
    assert_eq!(again["folded"], false);
    assert_eq!(again["thresholds"], scanned["thresholds"]);

    // The chart of an alert: above its limit where it fired.
    let alerts = running.get("/api/v1/alerts?state=any&monitor=tried&limit=1000");
    let alert = alerts["alerts"].as_array().unwrap().iter().find(|alert| alert["condition"]["above"] == 200.0).unwrap();
    let series = running.get(&format!("/api/v1/alerts/{}/series", alert["id"].as_str().unwrap()));
    assert_eq!((&series["step_seconds"], &series["threshold"]), (&json!(5.0), &json!(200.0)));
    let at = |time: &Value| series["points"].as_array().unwrap().iter().find(|point| point["bucket"] == *time).unwrap()["value"].as_f64();
    assert!(at(&alert["since"]) > Some(200.0), "{alert} {series}");
}
