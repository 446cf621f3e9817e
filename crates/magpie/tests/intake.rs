//! What people change about the input of a running Magpie, over its API: files they hand over, parsers they choose.
//!
//! The real binary: an uploaded file takes the way of every other file, and a chosen parser reads what comes next without a
//! restart, survives one, and can be taken back.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Answer, PATIENCE, Place, Running, access_time, append, ask};

const CONFIG: &str = "bucket: 5s
lateness: 1s
idle: 1s
sources:
  - name: shop
    module: shop
    file: { include: ['{dir}/shop.log'] }
    parse: { pattern: '<time> <message>' }
monitors:
  - { name: calls, by: [source, target_module] }
";

fn send(running: &Running, method: &str, path: &str, body: &Value) -> Answer {
    let json = [("Content-Type", "application/json")];
    ask(&running.address, method, path, &json, &body.to_string()).unwrap()
}

fn source<'a>(sources: &'a Value, name: &str) -> Option<&'a Value> {
    sources["sources"].as_array()?.iter().find(|source| source["name"] == name)
}

#[test]
fn an_uploaded_file_is_read_like_any_other() {
    let place = Place::new(CONFIG);
    let running = place.serve();
    assert!(source(&running.get("/api/v1/sources"), "uploads").is_none(), "not shown before it is used");
    let line = |number: usize| {
        format!("10.0.3.{number} - - [{}] \"GET /item/{number} HTTP/1.1\" 200 {number} \"-\" \"curl/8\"", access_time(Duration::ZERO))
    };
    let text: Vec<String> = (1..=60).map(line).collect();
    let text = text.join("\n");
    // Cut within a line: a piece is no whole lines.
    let (first, rest) = text.split_at(text.len() / 2);
    let upload = |offset: usize, content: &str, last: bool| {
        let answer = send(
            &running,
            "POST",
            "/api/v1/uploads",
            &json!({"name": "../my access.log", "offset": offset, "content": content, "last": last}),
        );
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    let begun = upload(0, first, false);
    assert_eq!((begun["name"].as_str(), begun["bytes"].as_u64()), (Some("my_access.log"), Some(first.len() as u64)));
    upload(first.len(), rest, true);
    assert_eq!(upload(first.len(), rest, true)["bytes"], text.len() + 1, "sent again, not written again");

    running.wait_for("/api/v1/records?input=uploads&limit=1000", PATIENCE, |page| {
        page["records"].as_array().is_some_and(|found| found.len() == 60)
    });
    let found = running.get("/api/v1/records?limit=1000&q=input:uploads%20bytes%3E59");
    assert_eq!(found["records"][0]["service"], "/item/{id}", "{found}");
    assert_eq!(found["records"][0]["file"], begun["file"]);
    let sources =
        running.wait_for("/api/v1/sources", PATIENCE, |sources| source(sources, "uploads").is_some_and(|source| source["parsed"] == 60));
    let uploads = source(&sources, "uploads").unwrap();
    assert_eq!((uploads["files"].as_u64(), uploads["unparsed_total"].as_u64()), (Some(1), Some(0)));
    assert!(uploads["format"].as_str().is_some_and(|format| format == "combined"), "{uploads}");
    assert!(uploads["hosts"].as_array().is_some_and(|hosts| hosts.len() == 1), "{uploads}");

    assert!(running.terminate().success());
    let running = place.serve();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(running.records("input=uploads").len(), 60, "and not read twice after a restart");
    assert!(running.terminate().success());
    place.is_sound_with(60);
}

#[test]
fn without_any_source_a_file_can_be_handed_over() {
    let place = Place::new("bucket: 5s\n");
    let running = place.serve();
    assert_eq!(running.get("/api/v1/sources"), json!({"sources": []}));
    let line = r#"{"time":"2026-11-22T10:00:00Z","level":"warn","msg":"猫 timed out"}"#;
    let answer = send(&running, "POST", "/api/v1/uploads", &json!({"name": "app.jsonl", "content": line, "last": true}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let page = running.wait_for("/api/v1/records?q=severity:warn%20%E7%8C%AB", PATIENCE, |page| !page["records"][0].is_null());
    assert_eq!(page["records"][0]["input"], "uploads");
    assert!(running.terminate().success());
}

#[test]
fn a_chosen_parser_reads_what_comes_next() {
    let place = Place::new(CONFIG);
    let log = place.path("shop.log");
    let line = |status: u16| format!("{} status={status} took=0.25 who=猫\n", access_time(Duration::ZERO).replace([' ', ':'], "_"));
    let running = place.serve();
    append(&log, "2026-11-22T10:00:00Z first\n");
    running.wait_for("/api/v1/records?input=shop", PATIENCE, |page| page["records"].as_array().is_some_and(|found| found.len() == 1));

    let choice = json!({"pattern": "<_> status=<status> took=<elapsed_s> who=<who>", "map": {"region": "eu"}, "by": "mei"});
    let tried = send(
        &running,
        "POST",
        "/api/v1/parse",
        &json!({"lines": [line(500).trim_end()], "pattern": choice["pattern"], "map": choice["map"]}),
    )
    .json();
    let spans = &tried["events"][0]["spans"];
    let cut = |column: &str| {
        let span = spans.as_array().unwrap().iter().find(|span| span["column"] == column).unwrap_or_else(|| panic!("{column} in {tried}"));
        let units: Vec<u16> = line(500).encode_utf16().collect();
        String::from_utf16(&units[span["start"].as_u64().unwrap() as usize..span["end"].as_u64().unwrap() as usize]).unwrap()
    };
    assert_eq!((cut("status"), cut("elapsed_ms"), cut("attr.who")), ("500".into(), "0.25".into(), "猫".into()));

    let wrong = send(&running, "PUT", "/api/v1/sources/shop/parser", &json!({"pattern": "<a"}));
    assert_eq!((wrong.status, wrong.json()["parameter"].as_str()), (422, Some("pattern")), "{}", wrong.body);
    let chosen = send(&running, "PUT", "/api/v1/sources/shop/parser", &choice);
    assert_eq!(chosen.status, 200, "{}", chosen.body);
    assert_eq!(chosen.json()["parser"]["origin"], "ui");
    assert_eq!(chosen.json()["parser"]["by"], "mei");
    append(&log, line(503));
    let page = running.wait_for("/api/v1/records?q=status:503", PATIENCE, |page| !page["records"][0].is_null());
    let record = &page["records"][0];
    assert_eq!(
        (record["elapsed_ms"].as_f64(), record["region"].as_str(), record["attributes"]["who"].as_str()),
        (Some(250.0), Some("eu"), Some("猫"))
    );
    assert_eq!(running.records("input=shop").len(), 2, "what was read before stays as it is");
    let yaml = ask(&running.address, "GET", "/api/v1/sources/shop/yaml", &[], "").unwrap().body;
    assert!(yaml.contains("pattern: \"<_> status=<status>"), "{yaml}");

    assert!(running.terminate().success());
    let running = place.serve();
    append(&log, line(504));
    running.wait_for("/api/v1/records?q=status:504", PATIENCE, |page| !page["records"][0].is_null());

    let removed = send(&running, "DELETE", "/api/v1/sources/shop/parser", &json!({}));
    assert_eq!((removed.status, removed.json()["parser"]["origin"].as_str()), (200, Some("file")), "{}", removed.body);
    append(&log, "2026-11-22T10:00:05Z plain again\n");
    let page = running.wait_for("/api/v1/records?q=%22plain%20again%22", PATIENCE, |page| !page["records"][0].is_null());
    assert_eq!(page["records"][0]["parse_error"], Value::Null);
    assert_eq!(send(&running, "PUT", "/api/v1/sources/nobody/parser", &json!({})).status, 404);
    assert!(running.terminate().success());
}

#[test]
fn health_tells_what_it_takes_and_keeps() {
    let place = Place::new(CONFIG);
    append(&place.path("shop.log"), "2026-11-22T10:00:00Z first\n");
    let running = place.serve();
    let health = running.wait_for("/api/v1/health", PATIENCE, |health| !health["oldest"].is_null());
    assert_eq!(health["oldest"], "2026-11-22T10:00:00Z");
    assert_eq!(health["retention"]["age_seconds"], 30.0 * 86_400.0);
    assert!(health["memory"]["used_bytes"].as_u64() > Some(1 << 20), "{health}");
    assert!(health["disk"]["used_bytes"].as_u64() > Some(0), "{health}");
    assert!(running.terminate().success());
}
