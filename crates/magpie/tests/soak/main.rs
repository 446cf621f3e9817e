//! The whole system under faults: several agents and a server as processes, with a network between them that is cut and slow, disks
//! that are full and slow, clocks that jump, all killed again and again while logs are written and rotated; then every line that
//! was written is in the store once.
//!
//! The schedule is drawn from a seed, which is printed; `MAGPIE_SEED` repeats it. `MAGPIE_SOAK_FAULTS` says how many faults there
//! are: 60 in `make test`, 1,000 by `make soak`. Only times on a busy machine differ between two runs of a seed.

mod host;
#[path = "../support/mod.rs"]
mod support;
mod system;
mod wire;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use host::EACH;
use support::Running;
use system::System;

/// How long everything may take to settle once the faults are over.
const SETTLE: Duration = Duration::from_secs(300);

fn of_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// How often each number is in the store.
fn listed(server: &Running) -> BTreeMap<usize, usize> {
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for record in server.records("kind=call") {
        let number = record["bytes"].as_u64().unwrap_or_else(|| panic!("no number in {record}"));
        *found.entry(number as usize).or_default() += 1;
    }
    found
}

#[test]
fn every_line_is_in_the_store_once_whatever_fails() {
    let seed = of_environment("MAGPIE_SEED").unwrap_or_else(|| fastrand::u64(..));
    let faults: usize = of_environment("MAGPIE_SOAK_FAULTS").unwrap_or(60);
    println!("MAGPIE_SEED={seed} MAGPIE_SOAK_FAULTS={faults}");
    let mut random = fastrand::Rng::with_seed(seed);
    // In a long run modules write less, so that all of it can be listed in the end.
    let mut system = System::start(Duration::from_millis(if faults > 200 { 80 } else { 40 }), &mut random);
    while system.counted().values().sum::<usize>() < faults {
        std::thread::sleep(Duration::from_millis(random.u64(50..700)));
        system.fault(&mut random);
    }
    let (server, written) = system.calm();
    let total: usize = written.iter().sum();
    println!("{faults} faults: {:?}", system.counted());

    let sum =
        |answer: &serde_json::Value| -> u64 { answer["rows"].as_array().unwrap().iter().map(|row| row["records"].as_u64().unwrap()).sum() };
    let begin = Instant::now();
    let counted = loop {
        let counted = server.try_get("/api/v1/rollups?monitor=calls").map_or(0, |answer| sum(&answer));
        if counted >= total as u64 {
            break counted;
        }
        if begin.elapsed() > SETTLE {
            let in_store = listed(&server);
            let of_hosts: Vec<_> = (0..written.len()).map(|host| in_store.range(host * EACH..(host + 1) * EACH).count()).collect();
            panic!(
                "{}\n{}\nseed {seed}: {counted} lines in rollups after {SETTLE:?}; of each host written {written:?}, in the store {of_hosts:?}",
                server.told(),
                system.told(),
            );
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let sources = server.get("/api/v1/sources");
    let app = sources["sources"].as_array().unwrap().iter().find(|source| source["name"] == "app").unwrap();
    println!("from a line's time to its being in answers: {}", app["delay"]);
    assert!(app["delay"]["p99_ms"].as_f64() >= app["delay"]["p50_ms"].as_f64() && app["delay"]["p50_ms"].is_number(), "{app}");
    let found = listed(&server);
    let expected: Vec<usize> =
        written.iter().enumerate().flat_map(|(index, count)| (0..*count).map(move |nth| index * EACH + nth)).collect();
    let missing: Vec<_> = expected.iter().filter(|number| !found.contains_key(number)).collect();
    let twice: Vec<_> = found.iter().filter(|(_, times)| **times != 1).collect();
    println!("{total} lines written, {} in the store, {} lost, {} doubled", found.len(), missing.len(), twice.len());
    let some = (missing.iter().take(5).collect::<Vec<_>>(), twice.iter().take(5).collect::<Vec<_>>());
    assert!(missing.is_empty() && twice.is_empty(), "seed {seed}: missing and doubled, the first of each: {some:?}");
    assert_eq!((found.len(), counted), (total, total as u64), "seed {seed}");
    let place = system.end();
    assert!(server.terminate().success());
    place.is_sound_with(total);
}
