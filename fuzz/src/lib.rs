//! One function per parser of Magpie: bytes that anybody may send in, and what must hold whatever they are.
//!
//! Nothing may panic, hang or grow without bound; where something more must hold, it is asserted. libFuzzer calls these
//! functions without end (`fuzz_targets`), `crates/magpie/tests/fuzz.rs` for a bounded number of mutations of `seeds`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use magpie_collect::Redaction;
use magpie_collect::receive::otlp::{Signal, read_json, read_protobuf};
use magpie_collect::receive::{Delivery, Framing, read_body, read_call};
use magpie_model::config::{Config, Parse, Redact, Source, Written};
use magpie_model::field::parse_decimal;
use magpie_model::origin::{Chunk, Origin};
use magpie_model::{Timestamp, config, query_line};
use magpie_pipeline::normalise::address::{Address, parse_ip, parse_mac};
use magpie_pipeline::normalise::route::Routes;
use magpie_pipeline::normalise::time::{TimeForm, is_continuation, scan, zone};
use magpie_pipeline::normalise::values::TimeContext;
use magpie_pipeline::normalise::{Intake, Keep, Normaliser, Plan, detect};

/// What is fuzzed: a name, which is also the folder of its seeds, and the function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 20] = [
    ("auto", auto),
    ("formats", formats),
    ("pattern", pattern),
    ("regex", regex),
    ("grok", grok),
    ("json_paths", json_paths),
    ("csv", csv),
    ("expression", expression),
    ("time", time),
    ("address", address),
    ("config", configuration),
    ("query_line", query),
    ("url_query", url_query),
    ("manifest", manifest),
    ("write_ahead_log", write_ahead_log),
    ("otlp_protobuf", otlp_protobuf),
    ("otlp_json", otlp_json),
    ("packed_body", packed_body),
    ("syslog_stream", syslog_stream),
    ("redaction", redaction),
];

/// Lines whose format is detected: every format, OTLP requests and containers among them.
pub fn auto(data: &[u8]) {
    normalise(Parse::Auto, &[], data);
}

/// The first byte chooses a named format, the rest are lines.
pub fn formats(data: &[u8]) {
    let Some((&choice, lines)) = data.split_first() else { return };
    let names = detect::names();
    normalise(Parse::named(names[choice as usize % names.len()]), &[], lines);
}

/// The first line is an angle-bracket pattern, the rest are lines for it.
pub fn pattern(data: &[u8]) {
    with_head(data, |head, lines| normalise(Parse::Pattern(written(head)), &[], lines));
}

/// The first line is a regular expression.
pub fn regex(data: &[u8]) {
    with_head(data, |head, lines| normalise(Parse::Regex(written(head)), &[], lines));
}

/// The first line is a grok expression.
pub fn grok(data: &[u8]) {
    with_head(data, |head, lines| normalise(Parse::Grok { pattern: written(head), definitions: BTreeMap::new() }, &[], lines));
}

/// The first line is a path into the JSON of the others.
pub fn json_paths(data: &[u8]) {
    with_head(data, |head, lines| {
        let paths = [("message", head), ("component", "a.b[0].c")];
        let paths = paths.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
        normalise(Parse::Json { paths }, &[], lines);
    });
}

/// The first byte is the delimiter; what follows begins with a header.
pub fn csv(data: &[u8]) {
    let Some((&delimiter, lines)) = data.split_first() else { return };
    normalise(Parse::Csv { delimiter: char::from(delimiter & 0x7f), columns: Vec::new() }, &[], lines);
}

/// The first line is an expression of `map:`, evaluated for the others as logfmt.
pub fn expression(data: &[u8]) {
    with_head(data, |head, lines| {
        let map = [("service".to_owned(), written(head)), ("elapsed_ms".to_owned(), written(head))];
        normalise(Parse::named("logfmt"), &map, lines);
    });
}

/// The first line is a time's form and a zone's name, the second a time.
pub fn time(data: &[u8]) {
    with_head(data, |form, rest| {
        let text = String::from_utf8_lossy(rest);
        let context = TimeContext { zone: zone(form).or_else(|| zone("UTC")).expect("UTC is a zone"), near: now() };
        for form in [TimeForm::compile(form).ok(), Some(TimeForm::auto())].into_iter().flatten() {
            if let Some(time) = form.parse(&text, &context) {
                assert_eq!(Timestamp::parse_rfc3339(&time.to_string()), Some(time), "what is printed is read again");
            }
        }
        if let Some((range, _)) = scan(&text) {
            assert!(text.get(range).is_some(), "a time stands at whole characters");
        }
        let _ = (is_continuation(&text), magpie_model::time::parse_duration(&text), Timestamp::parse_rfc3339(&text));
        for scale in [0, 6, 18] {
            let _ = parse_decimal(&text, scale);
        }
    });
}

/// An address, and a path to be made a route.
pub fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(address) = Address::parse(&text) {
        let _ = format!("{address:?}");
    }
    if let Some(ip) = parse_ip(&text) {
        assert_eq!(parse_ip(&ip.to_string()), Some(ip), "the canonical spelling is the same address");
    }
    let _ = parse_mac(&text);
    let routes = Routes::default();
    let route = routes.route(&text);
    assert!(route.len() <= text.len() * 4 + 16, "a route is no longer than its path");
}

/// A configuration file, compiled when it is right.
pub fn configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match config::read(&text, Path::new("magpie.yaml"), &|_| Some("value".to_owned())) {
        Ok(config) => drop(Plan::compile(&config)),
        Err(error) => assert!(!error.problems.is_empty(), "a refusal says why"),
    }
}

/// A line of the search box; a mistake stands within it.
pub fn query(data: &[u8]) {
    let _ = query_line::read(&String::from_utf8_lossy(data));
}

/// The query of a URL of the API: filters, times, search texts, expressions, cursors.
pub fn url_query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match magpie_api::read_search(&text, now(), &Config::default()) {
        Ok(asked) => assert!(asked.limit > 0 && asked.range.from < asked.range.to, "what is asked for can be answered"),
        Err(refusal) => assert!(!refusal.is_empty(), "a refusal says why"),
    }
}

/// A MANIFEST as a crash or a bad disk may leave it; and with its checksums put right, as nobody should write it.
pub fn manifest(data: &[u8]) {
    open_store(|dir| std::fs::write(dir.join("MANIFEST"), data));
    let lines = data.split(|byte| *byte == b'\n').filter_map(|line| line.get(9..));
    let right: Vec<u8> = lines.flat_map(|line| [format!("{:08x} ", crc32(line)).as_bytes(), line, b"\n"].concat()).collect();
    open_store(|dir| std::fs::write(dir.join("MANIFEST"), right));
}

/// A file of the write-ahead log likewise.
pub fn write_ahead_log(data: &[u8]) {
    let log = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        open_store(move |dir| {
            std::fs::create_dir(dir.join("log"))?;
            std::fs::write(dir.join("log/00000000000000000001.log"), bytes)
        });
    };
    log(data);
    let Some((header, frames)) = data.split_at_checked(36) else { return };
    let mut right = [header, &crc32(header).to_le_bytes()].concat();
    for frame in frames.chunks(64).filter(|frame| frame.len() > 8) {
        let (_, body) = frame.split_at(8);
        right.extend((body.len().saturating_sub(12) as u32).to_le_bytes());
        right.extend(crc32(body).to_le_bytes());
        right.extend(body);
    }
    log(&right);
}

/// CRC-32 as zip has it, bit by bit: the inputs are short.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// Examines, opens and repairs a data directory; each may refuse.
fn open_store(prepare: impl FnOnce(&Path) -> std::io::Result<()>) {
    use magpie_store::embedded::{EmbeddedTelemetry, Options, doctor};
    let Ok(dir) = tempfile::tempdir() else { return };
    if prepare(dir.path()).is_err() {
        return;
    }
    let _ = doctor::examine(dir.path());
    let config = Config::default();
    let declared = || magpie_store::Declared {
        fields: config.fields.clone().into(),
        base: config.base.clone(),
        bucket: config.bucket,
        recipes: Vec::new(),
    };
    let opened = EmbeddedTelemetry::open(dir.path(), declared(), Options::default()).is_ok();
    let _ = doctor::repair(dir.path());
    let again = EmbeddedTelemetry::open(dir.path(), declared(), Options::default()).is_ok();
    assert!(again || !opened, "what opened once opens again");
}

/// A request of OTLP in Protocol Buffers; the first byte chooses the signal. What comes out is lines of JSON, which are read
/// as the same, and runs of files whose lengths are right.
pub fn otlp_protobuf(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let signal = if choice % 2 == 0 { Signal::Logs } else { Signal::Traces };
    let Ok(request) = read_protobuf(signal, bytes, &Arc::default()) else { return };
    for line in request.lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let again = read_json(signal, line.to_vec(), &Redaction::default()).expect("what is written is OTLP/JSON");
        assert_eq!(again.lines.strip_suffix(b"\n"), Some(line));
    }
    for run in &request.runs {
        let dropped: u64 = run.cuts.iter().map(|cut| cut.dropped).sum();
        let events: u64 = run.events.iter().map(|event| event.length).sum();
        assert!(run.is_empty() || run.end - run.offset == run.bytes.len() as u64 + dropped + events, "{run:?}");
    }
    normalise(Parse::named("otlp"), &[], &request.lines);
}

/// A request of OTLP in JSON.
pub fn otlp_json(data: &[u8]) {
    for signal in [Signal::Logs, Signal::Traces] {
        if let Ok(request) = read_json(signal, data.to_vec(), &masks()) {
            assert!(request.lines.iter().filter(|&&byte| byte == b'\n').count() <= 1, "a request is one line");
        }
    }
}

/// A body as HTTP and gRPC carry it; the first byte chooses how. What is unpacked is not larger than allowed, and packed anew it
/// is the same.
pub fn packed_body(data: &[u8]) {
    let Some((&choice, body)) = data.split_first() else { return };
    let encoding = ["gzip", "zstd", ""][usize::from(choice % 3)];
    let read = if choice & 0x80 == 0 { read_body(encoding, body.to_vec()) } else { read_call(encoding, body) };
    let Ok(unpacked) = read else { return };
    assert!(unpacked.len() <= 32 << 20, "{} bytes", unpacked.len());
    let framed = [&[0][..], &(unpacked.len() as u32).to_be_bytes(), &unpacked].concat();
    assert_eq!(read_call("gzip", &framed).as_deref(), Ok(unpacked.as_slice()), "a call that is not packed is its message");
}

/// A stream of syslog messages, whole and in pieces: both give the same lines.
pub fn syslog_stream(data: &[u8]) {
    let read = |piece: usize| {
        let (mut framing, mut found) = (Framing::new(64), Delivery::default());
        let sound = data.chunks(piece).all(|bytes| framing.take(bytes, &mut found).is_ok());
        if sound {
            framing.finish(&mut found);
        }
        (found.lines, found.cuts, sound)
    };
    assert_eq!(read(1), read(data.len().max(1)));
}

/// Lines with secrets: lengths stay, and what was UTF-8 or JSON stays so.
pub fn redaction(data: &[u8]) {
    let masks = masks();
    let mut lines = data.to_vec();
    masks.mask(&mut lines);
    assert_eq!(lines.len(), data.len());
    assert_eq!(std::str::from_utf8(&lines).is_ok(), std::str::from_utf8(data).is_ok());
    if serde_json::from_slice::<serde_json::Value>(data).is_ok() {
        assert!(serde_json::from_slice::<serde_json::Value>(&masks.json(data)).is_ok());
    }
}

fn masks() -> Redaction {
    Redaction::compile(&[Redact::Cards, Redact::Tokens, Redact::Pattern(written("secret-[a-z]+"))]).expect("the rules are sound")
}

/// Lines through the whole of normalising, in two pieces; each event becomes a record or is counted.
fn normalise(parse: Parse, map: &[(String, Written)], bytes: &[u8]) {
    let source = Source { name: "fuzz".to_owned(), parse, map: map.to_vec(), ..Source::default() };
    let Ok(plan) = Plan::compile(&Config { sources: vec![source], ..Config::default() }) else { return };
    let origin = Arc::new(Origin::new(0, "host".into(), "fuzz.log".into(), 1, now()));
    let mut intake = Intake::new(Arc::clone(&plan));
    let mut normaliser = Normaliser::new(plan, Keep::Everything);
    let half = bytes[..bytes.len() / 2].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for (from, to) in [(0, half), (half, bytes.len())] {
        let bytes = bytes[from..to].to_vec();
        let chunk = Chunk {
            origin: Arc::clone(&origin),
            offset: from as u64,
            bytes,
            cuts: Vec::new(),
            first_line: 0,
            end: to as u64,
            events: Vec::new(),
            entries: Vec::new(),
        };
        for work in intake.take(chunk) {
            normaliser.normalise(&work, now());
        }
    }
    for work in intake.flush_all() {
        normaliser.normalise(&work, now());
    }
    let records = normaliser.take_batch().records.len();
    assert!(records <= bytes.len() + 1, "no more records than bytes: {records}");
}

fn with_head(data: &[u8], run: impl FnOnce(&str, &[u8])) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    if let Ok(head) = std::str::from_utf8(&data[..end]) {
        run(head, data.get(end + 1..).unwrap_or_default());
    }
}

fn written(text: &str) -> Written {
    Written { text: text.to_owned(), line: 1 }
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_342_500)
}
