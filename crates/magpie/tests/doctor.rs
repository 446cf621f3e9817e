//! `magpie doctor` on data that were written under more than one configuration, and on files that are no longer as read.

mod support;

use std::time::Duration;

use support::{Place, access_time, append, magpie, text};

const PATIENCE: Duration = Duration::from_secs(60);

fn line(ago: Duration, path: &str) -> String {
    format!("10.0.3.17 - - [{}] \"GET {path} HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n", access_time(ago))
}

fn config(monitors: &str) -> String {
    format!("sources:\n  - name: shop\n    file: {{dir}}/shop.log\nmonitors:\n  - {{ name: old, by: [source] }}\n{monitors}")
}

#[test]
fn a_monitor_is_not_compared_over_the_time_before_it_was() {
    let place = Place::new(&config(""));
    append(&place.path("shop.log"), line(Duration::from_secs(7_200), "/a") + &line(Duration::from_secs(3_600), "/b"));
    let running = place.serve();
    running.wait_for("/api/v1/records", PATIENCE, |page| page["records"].as_array().is_some_and(|records| records.len() == 2));
    assert!(running.terminate().success());
    place.is_sound_with(2);

    place.configure(&config("  - { name: fresh, by: [service] }\n"));
    append(&place.path("shop.log"), line(Duration::ZERO, "/c"));
    let running = place.serve();
    running.wait_for("/api/v1/records", PATIENCE, |page| page["records"].as_array().is_some_and(|records| records.len() == 3));
    assert!(running.terminate().success());
    place.is_sound_with(3);
    let (_, told) = place.examine();
    let notes = told["rollups"]["notes"].to_string();
    assert!(notes.contains("monitor fresh is compared from") && !notes.contains("monitor old"), "{told}");
    assert_eq!((&told["positions"]["files"], &told["positions"]["told"]), (&1.into(), &serde_json::json!([])), "{told}");

    std::fs::write(place.path("shop.log"), "short\n").unwrap();
    let (output, told) = place.examine();
    assert!(output.status.success(), "what rotation does is no damage: {told}");
    assert!(told["positions"]["told"][0].as_str().is_some_and(|told| told.contains("shop.log: was read up to byte")), "{told}");
}

#[test]
fn rollups_that_are_damaged_are_made_anew_of_the_records() {
    let place = Place::new(&config(""));
    append(&place.path("shop.log"), line(Duration::from_secs(7_200), "/a") + &line(Duration::from_secs(3_600), "/b"));
    let running = place.serve();
    running.wait_for("/api/v1/records", PATIENCE, |page| page["records"].as_array().is_some_and(|records| records.len() == 2));
    assert!(running.terminate().success());
    let rollups = std::fs::read_dir(place.path("data/segments")).unwrap().map(|entry| entry.unwrap().path());
    rollups.filter(|path| path.to_string_lossy().ends_with(".rollups.parquet")).for_each(|path| std::fs::write(path, "x").unwrap());
    let (output, told) = place.examine();
    assert_eq!((output.status.code(), &told["findings"][0]["damage"]), (Some(3), &true.into()), "{told}");

    let repaired = magpie(&["doctor", "--repair", "-c", &place.config().display().to_string()]).output().unwrap();
    let said = text(&repaired.stdout);
    assert!(said.contains("the next start makes it anew of the records") && !said.contains("differ"), "{said}");
    let running = place.serve();
    running
        .wait_for("/api/v1/rollups?monitor=old&from=now-1d", PATIENCE, |page| page["rows"].as_array().is_some_and(|rows| rows.len() == 2));
    assert!(running.terminate().success());
    place.is_sound_with(2);
}

#[test]
fn databases_that_are_damaged_are_told_with_what_they_hold() {
    let place = Place::new(&config(""));
    append(&place.path("shop.log"), line(Duration::from_secs(3_600), "/b"));
    let running = place.serve();
    running.wait_for("/api/v1/records", PATIENCE, |page| page["records"].as_array().is_some_and(|records| records.len() == 1));
    assert!(running.terminate().success());
    place.is_sound_with(1);
    for (name, held) in [("state.db", "it holds alerts"), ("runs.db", "it holds runs of flows")] {
        let path = place.path("data").join(name);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, [b"no database", &bytes[11..]].concat()).unwrap();
        let (output, told) = place.examine();
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told["state"].as_str().is_some_and(|said| said.contains(name) && said.contains(held)), "{told}");
        std::fs::write(&path, bytes).unwrap();
    }
    place.is_sound_with(1);
}
