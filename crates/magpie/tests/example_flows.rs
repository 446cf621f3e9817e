//! The example flows run in the real binary, against a service that answers as their comments say.

mod support;

use serde_json::{Value, json};
use support::outside::Outside;
use support::{PATIENCE, Place, Running, ask, wait_for};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// Flow, its input, and its output.
const EXAMPLES: [(&str, &str, &str); 9] = [
    ("hello", r#"{"name":"Ada"}"#, r#"{"greeting":"Hello, Ada!"}"#),
    ("http-get", r#"{"id":7}"#, r#"{"total":9.5}"#),
    ("order-sync", "{}", r#"[{"orders":2}]"#),
    ("retry", "{}", r#"{"paid":true}"#),
    ("catch", "{}", r#"{"found":false}"#),
    ("fan-out", "{}", r#"{"orders":2,"stock":5}"#),
    ("switch", r#"{"total":120}"#, r#"{"answer":"a person looks at it"}"#),
    ("files", "{}", ""),
    ("shell", r#"{"text":"$(rm -rf /); hello"}"#, r#""18""#),
];

fn shop(what: &str, times: u32) -> (u16, String) {
    match what {
        "GET /orders/7" => (200, json!({"id": 7, "total": 9.5}).to_string()),
        "GET /orders" => (200, json!({"orders": [{"id": 1, "total": 2.5}, {"id": 2, "total": 7}]}).to_string()),
        "GET /stock" => (200, json!({"left": 5}).to_string()),
        "POST /reservations" => (201, json!({"reserved": true}).to_string()),
        // Twice within the first attempt; the second attempt of the run succeeds.
        "PUT /flaky" if times <= 2 => (503, "{}".to_owned()),
        "PUT /flaky" => (200, json!({"paid": true}).to_string()),
        _ => (404, "{}".to_owned()),
    }
}

fn place(outside: &Outside) -> Place {
    let place = Place::new("flows:\n  dir: '{dir}/flows'\n  allow: { shell: true, directories: ['{dir}/files'] }\n");
    for folder in ["flows", "files"] {
        std::fs::create_dir(place.path(folder)).unwrap();
    }
    std::fs::write(place.path("files/sales.csv"), "item,amount\na,3\nb,4.5\n").unwrap();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/flows");
    for entry in std::fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|ending| ending == "yaml") {
            let text = std::fs::read_to_string(&entry).unwrap();
            let text = text.replace("SHOP", &outside.address).replace("FOLDER", &place.path("files").display().to_string());
            std::fs::write(place.path("flows").join(entry.file_name().unwrap()), text).unwrap();
        }
    }
    place
}

fn ended(running: &Running, job_id: &str) -> Value {
    wait_for(&format!("end of {job_id}"), PATIENCE, || {
        let run = running.get(&format!("/api/v1/runs/{job_id}"));
        matches!(run["status"].as_str(), Some("succeeded" | "failed" | "timed_out")).then_some(run)
    })
}

#[test]
fn every_example_runs_and_gives_what_it_says() {
    let outside = Outside::start(shop);
    let place = place(&outside);
    let running = place.serve();
    let flows = running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| flows.len() == 10));
    for flow in flows["flows"].as_array().unwrap() {
        assert_eq!(flow["problem"], Value::Null, "{flow}");
    }
    for (name, input, output) in EXAMPLES {
        let body = format!("{{\"input\":{input}}}");
        let answer = ask(&running.address, "POST", &format!("/api/v1/flows/examples.{name}/runs"), &JSON, &body).unwrap();
        assert_eq!(answer.status, 202, "{name}: {}", answer.body);
        let run = ended(&running, answer.json()["job_id"].as_str().unwrap());
        assert_eq!(run["status"], "succeeded", "{name}: {}", run["fault"]);
        if !output.is_empty() {
            assert_eq!(run["output"], serde_json::from_str::<Value>(output).unwrap(), "{name}");
        }
    }
    assert_eq!(outside.asked()["POST /reservations"], 1, "what had succeeded is not done again");
    let sum: Value = serde_json::from_str(&std::fs::read_to_string(place.path("files/sum.json")).unwrap()).unwrap();
    assert_eq!(sum, json!({"total": 7.5, "rows": 2}));
}

#[test]
fn the_example_that_waits_for_an_event_is_started_by_it() {
    let outside = Outside::start(shop);
    let place = place(&outside);
    let running = place.serve();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| flows.len() == 10));
    let mut number = 0;
    let job_id = wait_for("a run by an event", PATIENCE, || {
        // Until its trigger listens, an event starts nothing.
        number += 1;
        let id = number.to_string();
        let event = json!({"specversion": "1.0", "id": id, "type": "com.example.order.placed", "source": "/test", "data": {"id": 11}});
        let answer = ask(&running.address, "POST", "/api/v1/events", &JSON, &event.to_string())?;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.json()["triggered"][0].as_str().map(str::to_owned)
    });
    let run = ended(&running, &job_id);
    assert_eq!((&run["status"], &run["output"]), (&json!("succeeded"), &json!({"order": 11})));
}
