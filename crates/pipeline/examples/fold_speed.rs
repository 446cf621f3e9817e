//! How fast records fold: the shape of the speed corpus (`benches/`), without reading or parsing.
//!
//! 6 M calls in time order over 60 one-minute buckets, about 800 k base combinations, four fields, three monitors.
//! Run: `cargo run --release -p magpie-pipeline --example fold_speed [-- percentiles] [dirty] [monitors]`. With `dirty`, 5 %
//! of the calls are up to 90 s late; with `percentiles`, the monitors keep a sketch of the elapsed time; with `monitors`,
//! only the monitors are folded, as `magpie report` does it, and not the base rows.

use std::time::{Duration, Instant};

use magpie_model::config::{Config, Monitor};
use magpie_model::record::Dictionaries;
use magpie_model::{Aggregate, Column, FieldSpec, Kind, Records, time};
use magpie_pipeline::aggregate::Folder;

const RECORDS: usize = 6_000_000;
/// As many as stay in the processor's second cache, as they do between parsing and folding.
const BATCH: usize = 1_024;
const SECONDS: usize = 3_600;

fn config(percentiles: bool) -> Config {
    let mut elapsed = FieldSpec::elapsed();
    if !percentiles {
        elapsed.aggregates.retain(|aggregate| aggregate.quantile().is_none());
    }
    let count = FieldSpec { aggregates: vec![Aggregate::Count], ..FieldSpec::warning() };
    Config {
        fields: vec![FieldSpec::bytes(), elapsed, count, FieldSpec::error()],
        monitors: vec![
            Monitor::plain("source", &[Column::Source]),
            Monitor::plain("source,target_module", &[Column::Source, Column::TargetModule]),
            Monitor::plain("source,target_module,service", &[Column::Source, Column::TargetModule, Column::Service]),
        ],
        ..Config::default()
    }
}

/// Zipf-like: who calls is drawn from a table in which busy combinations stand often.
struct World {
    combinations: Vec<[u32; 5]>,
    /// Indices of combinations; small numbers in a small table, so that drawing leaves the caches to what is measured.
    draws: Vec<u16>,
}

impl World {
    fn new(random: &mut fastrand::Rng) -> Self {
        let mut combinations = Vec::new();
        for client in 0..200u32 {
            for route in 0..20u32 {
                for host in 0..6u32 {
                    let weight = f64::from(client + 1).powf(-1.08) * f64::from(route + 1).powf(-1.16);
                    combinations.push(([2 + client, 2 + client % 12, 2 + route, 2 + route / 2 * 6 + host, 2 + route / 2], weight));
                }
            }
        }
        let total: f64 = combinations.iter().map(|(_, weight)| weight).sum();
        let mut draws: Vec<u16> = Vec::new();
        for (number, (_, weight)) in combinations.iter().enumerate() {
            draws.extend(std::iter::repeat_n(number as u16, (weight / total * 5e5).ceil() as usize));
        }
        random.shuffle(&mut draws);
        Self { combinations: combinations.into_iter().map(|(words, _)| words).collect(), draws }
    }
}

fn fill(records: &mut Records, start: usize, world: &World, random: &mut fastrand::Rng, dirty: bool) {
    records.clear();
    for number in start..(start + BATCH).min(RECORDS) {
        let second = number * SECONDS / RECORDS;
        let late = if dirty && random.u8(..20) == 0 { random.usize(2..90) } else { 0 };
        records.time.push((1_795_342_503 / 3_600 * 3_600 + second.saturating_sub(late) as i64) * time::SECOND);
        records.kind.push(Kind::Call as u8);
        records.severity.push(0);
        records.side.push(0);
        records.marks.push(0);
        for (column, codes) in Column::ALL.iter().zip(&mut records.text) {
            codes.push(if *column == Column::Input { 2 } else { 0 });
        }
        let words = world.combinations[usize::from(world.draws[random.usize(..world.draws.len())])];
        for (column, code) in Column::DIMENSIONS.iter().zip(words) {
            if let Some(last) = records.text[column.index()].last_mut() {
                *last = code;
            }
        }
        records.fields[0].push(random.i64(20..9_000));
        records.fields[1].push(random.i64(1..400) * time::MILLISECOND);
        records.fields[2].push(i64::from(random.u8(..128) == 0));
        records.fields[3].push(i64::from(random.u8(..85) == 0));
    }
}

fn dictionaries() -> Dictionaries {
    let mut dictionaries = Dictionaries::default();
    for column in Column::ALL {
        for word in 0..200 {
            dictionaries.of_mut(column).intern(&format!("{} {word}", column.name()));
        }
    }
    dictionaries
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let config = config(has("percentiles"));
    let mut random = fastrand::Rng::with_seed(1);
    let world = World::new(&mut random);
    let dictionaries = dictionaries();
    let mut folder = if has("monitors") { Folder::new(&config) } else { Folder::with_base(&config) };
    let mut records = Records::new(config.fields.len());
    let (mut folding, mut peak) = (Duration::ZERO, 0);
    for start in (0..RECORDS).step_by(BATCH) {
        fill(&mut records, start, &world, &mut random, has("dirty"));
        let rows = 0..records.len();
        let began = Instant::now();
        folder.fold(&mut records, &dictionaries, rows);
        folding += began.elapsed();
        if start % (BATCH * 64) == 0 {
            peak = peak.max(folder.memory());
        }
    }
    let began = Instant::now();
    let folded = folder.finish(&dictionaries);
    let finishing = began.elapsed();
    println!("folding    {:6.1} ns/record", per_record(folding + finishing));
    println!("memory     {:6.1} MB at most while folding, {:.1} MB kept", peak as f64 / 1e6, folded.memory() as f64 / 1e6);
    for monitor in folded.monitors() {
        let began = Instant::now();
        let (mut rows, mut records) = (0u64, 0u64);
        if let Some(read) = folded.rows(monitor) {
            read.for_each_row(|row| {
                rows += 1;
                records += row.partial.records;
            });
        }
        println!("reading    {:6.1} ns/record: {rows} rows of {monitor}, {records} records", per_record(began.elapsed()));
    }
}

fn per_record(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / RECORDS as f64
}
