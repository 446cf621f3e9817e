//! How fast one operator turns lines into records: `normalise_speed FILE [pattern|json|paths|auto] [measures|everything]`.
//!
//! Reads the file of the benchmark corpus (`benches/corpus.py`) into memory first, so that only normalising is measured.

#![allow(clippy::print_stdout, reason = "a measurement is for reading")]

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::Timestamp;
use magpie_model::config::{Config, Parse, Source, Written};
use magpie_model::origin::{Chunk, Origin};
use magpie_pipeline::normalise::{Intake, Keep, Normaliser, Plan};

const PATTERN: &str = r#"<source> - - [<time:%d/%b/%Y:%H:%M:%S %z>] "<method> <path> <_>" <status> <bytes> "<_>" "<source_module>/<_>" <target> <elapsed_s> warn=<warning>"#;
const CHUNK: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path, rest @ ..] = arguments.as_slice() else { return Err("usage: normalise_speed FILE [parser] [keep]".into()) };
    let parser = rest.first().map_or("pattern", String::as_str);
    let keep = if rest.get(1).map(String::as_str) == Some("everything") { Keep::Everything } else { Keep::Measures };
    let bytes = std::fs::read(path)?;
    let plan = Plan::compile(&config(parser)).map_err(|problems| format!("{problems:?}"))?;
    let mut intake = Intake::new(Arc::clone(&plan));
    let mut works = Vec::new();
    for chunk in chunks(&bytes) {
        works.extend(intake.take(chunk));
    }
    works.extend(intake.flush_all());
    let mut normaliser = Normaliser::new(plan, keep);
    let now = Timestamp::from_seconds(1_900_000_000);
    let mut records = 0;
    let started = processor_nanos()?;
    for work in &works {
        normaliser.normalise(work, now);
        records += normaliser.records.len();
        normaliser.records.clear();
        normaliser.lines.clear();
    }
    let seconds = (processor_nanos()? - started) as f64 / 1e9;
    let counts = &normaliser.counts[0];
    println!(
        "{records} records, {} parsed, {} unparsed, format {}: {:.2} M/s, {:.0} ns each",
        counts.parsed,
        counts.unparsed,
        works.first().map_or("", |work| work.format.format.as_str()),
        records as f64 / seconds / 1e6,
        seconds * 1e9 / records as f64
    );
    Ok(())
}

/// Time this thread has had of a processor: other work on the machine does not count.
fn processor_nanos() -> Result<u64, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split_whitespace().next().ok_or("no scheduler statistics")?.parse()?)
}

fn config(parser: &str) -> Config {
    let written = |text: &str| Written { text: text.to_owned(), line: 1 };
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, text)| ((*name).to_owned(), written(text))).collect();
    let parse = match parser {
        "json" => Parse::named("json"),
        "paths" => Parse::Json { paths: BTreeMap::new() },
        "auto" => Parse::Auto,
        _ => Parse::Pattern(written(PATTERN)),
    };
    let target = "{split(path, '/')[1]}";
    let mapping = match parser {
        "json" | "paths" => map(&[
            ("service", "{route(path)}"),
            ("source_module", "{split(agent, '/')[0]}"),
            ("target_module", target),
            ("elapsed_ms", "{elapsed * 1000}"),
            ("warning", "{warn}"),
        ]),
        "auto" => Vec::new(),
        _ => map(&[("service", "{route(path)}"), ("target_module", target), ("elapsed_ms", "{elapsed_s * 1000}")]),
    };
    let source = Source { name: "corpus".to_owned(), parse, map: mapping, ..Source::default() };
    Config { sources: vec![source], ..Config::default() }
}

fn chunks(bytes: &[u8]) -> Vec<Chunk> {
    let origin = Arc::new(Origin::new(0, "bench".into(), "corpus".into(), 0, Timestamp::EPOCH));
    let mut chunks = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let limit = (at + CHUNK).min(bytes.len());
        let end = bytes[at..limit].iter().rposition(|byte| *byte == b'\n').map_or(limit, |place| at + place + 1);
        let piece = bytes[at..end].to_vec();
        chunks.push(Chunk {
            origin: Arc::clone(&origin),
            offset: at as u64,
            bytes: piece,
            cuts: Vec::new(),
            first_line: 0,
            end: end as u64,
            events: Vec::new(),
            entries: Vec::new(),
        });
        at = end;
    }
    chunks
}
