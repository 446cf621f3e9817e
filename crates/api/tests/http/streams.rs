//! The live stream: what comes, what does not, and what a slow client misses.

use std::sync::Arc;
use std::time::Duration;

use magpie_model::record::{Dictionaries, RecordBatch};
use magpie_model::time::MINUTE;
use magpie_model::{AlertState, Column, Key, Partial, PartialRow, PartialTable, Record, Records, Side};
use serde_json::json;

use crate::client::{Events, get};
use crate::schema::check;
use crate::world::{World, alert, call, ten};

fn batch(world: &World, records: &[Record]) -> Arc<RecordBatch> {
    let fields = &world.known.config.fields;
    let (mut columns, mut dictionaries) = (Records::new(fields.len()), Dictionaries::default());
    records.iter().for_each(|record| columns.push(record, fields, &mut dictionaries));
    Arc::new(RecordBatch { records: columns, dictionaries: dictionaries.into(), fields: fields.clone().into() })
}

fn closed(world: &World) -> Arc<PartialTable> {
    let fields = &world.known.config.fields;
    let mut table = PartialTable::new("modules".into(), vec![Column::SourceModule, Column::TargetModule], fields.clone().into());
    for (side, records) in [(Side::Callee, 7), (Side::Caller, 8)] {
        let mut key = Key { side, ..Key::default() };
        key.codes[0] = table.dictionaries[0].intern("web");
        key.codes[1] = table.dictionaries[1].intern("video");
        table.rows.push(PartialRow { bucket: ten().plus(MINUTE), key, partial: Partial { records, ..Partial::new(fields) } });
    }
    Arc::new(table)
}

fn assert_fits(shape: &str, data: &serde_json::Value) {
    assert_eq!(check(&json!({"$ref": format!("#/components/schemas/{shape}")}), data), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_sees_what_it_asked_for() {
    let world = World::new().await;
    let mut all = Events::open(world.address, "/api/v1/stream").await;
    let mut failed = Events::open(world.address, "/api/v1/stream?topics=records&status=500&q=FAILED%20-ok").await;
    let mut alerts = Events::open(world.address, "/api/v1/stream?topics=alerts,rollups&monitor=modules").await;
    world.known.live.records(batch(&world, &[call(0), call(19)]));
    world.known.live.rollups(closed(&world));
    world.known.live.alert(Arc::new(alert(AlertState::Firing)));
    let mut seen = Vec::new();
    for (shape, event) in [("Record", "record"), ("Record", "record"), ("RollupEvent", "rollup"), ("Alert", "alert")] {
        let (name, data) = all.next().await.unwrap();
        assert_eq!(name, event);
        assert_fits(shape, &data);
        seen.push(data);
    }
    assert_eq!((seen[0]["status"].as_str(), seen[1]["elapsed_ms"].as_f64()), (Some("200"), Some(5.0)));
    assert_eq!(seen[2]["row"]["records"], 7, "the callee's side counts, and the sum of both is not shown");
    let (name, data) = failed.next().await.unwrap();
    assert_eq!((name.as_str(), data["id"].as_str()), ("record", Some("0000000000001013")));
    assert_eq!(alerts.next().await.unwrap().0, "rollup");
    assert_eq!(alerts.next().await.unwrap().0, "alert");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_falls_behind_is_told_how_much_it_missed() {
    let world = World::with(|api| api.limits.stream_bytes = 20_000).await;
    let mut slow = Events::open(world.address, "/api/v1/stream?topics=records&source=10.0.0.1").await;
    let records: Vec<Record> = (0..2_000).map(|nth| Record { message: "x".repeat(2_000), ..call(nth % 20 / 2 * 2) }).collect();
    let rounds = 10;
    for _ in 0..rounds {
        world.known.live.records(batch(&world, &records));
    }
    let (mut got, mut missed) = (0, 0);
    while got + missed < rounds * 2_000 {
        let (event, data) = slow.next().await.expect("more");
        if event == "lagged" {
            assert_fits("Lagged", &data);
            missed += data["records"].as_u64().unwrap();
        } else {
            got += 1;
        }
    }
    assert_eq!(got + missed, rounds * 2_000, "every record is seen or counted");
    assert!(missed > 0 && got > 0, "{got} seen, {missed} missed");
    let metrics = get(world.address, "/metrics").await.text();
    let counted = metrics.lines().find_map(|line| line.strip_prefix("magpie_stream_missed_total ")).unwrap().parse::<u64>().unwrap();
    assert!(counted >= missed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_shows_that_it_lives_and_streams_are_bounded() {
    let world = World::with(|api| {
        api.limits.keep_alive = Duration::from_millis(50);
        api.limits.streams = 1;
    })
    .await;
    let mut events = Events::open(world.address, "/api/v1/stream").await;
    loop {
        if events.line().await.expect("a sign of life").starts_with(':') {
            break;
        }
    }
    assert_eq!(get(world.address, "/api/v1/stream").await.status, 503);
    for (query, parameter) in
        [("topics=record", "topics"), ("monitor=nodules", "monitor"), ("sauce=1", "sauce"), ("from=now", "from"), ("q=sauce:1", "q")]
    {
        let answer = get(World::new().await.address, &format!("/api/v1/stream?{query}")).await;
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{query}");
    }
}
