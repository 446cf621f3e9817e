//! Records as a file: whole, filtered, in both forms, and bounded.

use crate::client::get;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn all_records_as_lines_of_json() {
    let world = World::new().await;
    let answer = get(world.address, "/api/v1/records/export").await;
    let (kind, file) = (answer.header("content-type"), answer.header("content-disposition"));
    assert_eq!((answer.status, kind), (200, Some("application/x-ndjson")));
    assert_eq!(file, Some("attachment; filename=\"magpie-records-20261120T101001Z.jsonl\""));
    let text = answer.text();
    let records: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page = get(world.address, "/api/v1/records").await.json();
    assert_eq!(records, *page["records"].as_array().unwrap(), "the same as the search, newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_columns_of_chosen_records() {
    let world = World::new().await;
    for (query, expected) in [
        ("format=csv&columns=time,status,attr.user&q=status:5*", "time,status,attr.user\r\n2026-11-20T10:09:30Z,500,u1\r\n"),
        ("format=csv&columns=elapsed_ms,region&limit=2", "elapsed_ms,region\r\n5,\r\n900,\r\n"),
        ("format=csv&columns=message&status=none", "message\r\n"),
        ("columns=status&columns=region&limit=1", "{\"status\":\"500\"}\n"),
        ("status=none", ""),
    ] {
        let answer = get(world.address, &format!("/api/v1/records/export?{query}")).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, expected), "{query}");
    }
    let usual = get(world.address, "/api/v1/records/export?format=csv&limit=1").await;
    assert_eq!(usual.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(usual.text().starts_with("time,severity,kind,source,"), "{}", usual.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_before_anything_is_sent() {
    let world = World::new().await;
    for (query, parameter) in [("format=xlsx", "format"), ("columns=sauce", "columns"), ("q=%22", "q"), ("limit=9999999", "limit")] {
        let answer = get(world.address, &format!("/api/v1/records/export?{query}")).await;
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{query}");
    }
    let world = World::with(|api| api.limits.exports = 0).await;
    assert_eq!(get(world.address, "/api/v1/records/export").await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pages_follow_each_other() {
    let world = World::new().await;
    let more: Vec<_> = (0..7_000)
        .map(|nth: i64| magpie_model::Record { id: 1 << 40 | nth as u64, time: crate::world::ten().plus(nth), ..Default::default() })
        .collect();
    world.append(&more);
    let text = get(world.address, "/api/v1/records/export?columns=id").await.text();
    let ids: std::collections::BTreeSet<&str> = text.lines().collect();
    assert_eq!((ids.len(), text.lines().count()), (7_020, 7_020), "each record once");
}
