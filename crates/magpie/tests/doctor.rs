//! `magpie doctor` on data that were written under more than one configuration, and on files that are no longer as read.

mod support;

use std::time::Duration;

use support::{Place, access_time, append};

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
