//! Lines through the whole of normalising: configuration and lines in, records out.

use std::sync::Arc;

use magpie_model::config::{Config, HostRule, LoggedTime, Monitor, Multiline, Parse, Source, Written};
use magpie_model::origin::{Chunk, Origin};
use magpie_model::record::mark;
use magpie_model::{Aggregate, Column, FieldSpec, Kind, Record, Side, Timestamp};

use super::bind::Bound;
use super::detect::Detected;
use super::intake::Work;
use super::values::{LineParser, Reason, Values};
use super::{Intake, Keep, Normaliser, Plan};

#[cfg(feature = "vrl")]
mod vrl;

const PATTERN: &str = r#"<source> - - [<time:%d/%b/%Y:%H:%M:%S %z>] "<method> <path> <_>" <status> <bytes> "<_>" "<source_module>/<_>" <target> <elapsed_s> warn=<warning>"#;
const LINE: &str = r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /video/search?q=abc HTTP/1.1" 200 5120 "-" "search-frontend/1.4" 10.0.9.4:8080 0.043 warn=0"#;

fn written(text: &str) -> Written {
    Written { text: text.to_owned(), line: 7 }
}

fn access() -> Source {
    let map = [("service", "{route(path)}"), ("target_module", "video-search"), ("elapsed_ms", "{elapsed_s * 1000}")];
    Source {
        name: "access".to_owned(),
        parse: Parse::Pattern(written(PATTERN)),
        map: map.iter().map(|(name, text)| ((*name).to_owned(), written(text))).collect(),
        ..Source::default()
    }
}

fn config(source: Source) -> Config {
    Config { sources: vec![source], ..Config::default() }
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T10:20:00Z").unwrap()
}

fn chunks(bytes: &[u8], size: usize) -> Vec<Chunk> {
    let origin = Arc::new(Origin::new(0, "web-1".into(), "a.log".into(), 1, now()));
    let (mut chunks, mut at, mut line) = (Vec::new(), 0, 1);
    while at < bytes.len() {
        let from = (at + size).min(bytes.len());
        let end = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |place| from + place + 1);
        let piece = bytes[at..end].to_vec();
        let lines = memchr::memchr_iter(b'\n', &piece).count() as u64;
        chunks.push(Chunk {
            origin: Arc::clone(&origin),
            offset: at as u64,
            bytes: piece,
            cuts: vec![],
            first_line: line,
            end: end as u64,
            events: Vec::new(),
            entries: vec![],
        });
        line += lines;
        at = end;
    }
    chunks
}

/// All records in the order of the file, through so many operators.
fn records(config: &Config, bytes: &[u8], operators: usize, size: usize) -> (Vec<Record>, super::Counts) {
    let plan = Plan::compile(config).unwrap();
    let mut intake = Intake::new(Arc::clone(&plan));
    let mut works: Vec<_> = chunks(bytes, size).into_iter().flat_map(|chunk| intake.take(chunk)).collect();
    works.extend(intake.flush_all());
    let mut all = Vec::new();
    let mut counts = super::Counts::default();
    let mut team: Vec<Normaliser> = (0..operators).map(|_| Normaliser::new(Arc::clone(&plan), Keep::Everything)).collect();
    for (at, work) in works.iter().enumerate() {
        team[at % operators].normalise(work, now());
    }
    for mut operator in team {
        counts.merge(&operator.counts[0]);
        let batch = operator.take_batch();
        all.extend((0..batch.records.len()).map(|row| batch.records.get(row, &batch.fields, &batch.dictionaries)));
    }
    all.sort_by_key(|record| (record.offset, record.id));
    (all, counts)
}

fn only(config: &Config, line: &str) -> Record {
    let (mut records, _) = records(config, line.as_bytes(), 1, 1 << 20);
    assert_eq!(records.len(), 1, "{line}");
    records.remove(0)
}

#[test]
fn an_access_line_becomes_a_call() {
    let record = only(&config(access()), LINE);
    for (column, word) in [
        (Column::Source, Some("10.0.3.17")),
        (Column::SourceModule, Some("search-frontend")),
        (Column::Service, Some("/video/search")),
        (Column::Target, Some("10.0.9.4")),
        (Column::TargetModule, Some("video-search")),
        (Column::Status, Some("200")),
        (Column::Operation, Some("GET")),
        (Column::Host, Some("web-1")),
        (Column::Input, Some("access")),
        (Column::ParseError, None),
    ] {
        assert_eq!(record.text(column), word, "{column:?}");
    }
    let fields: Vec<(&str, i64)> = record.fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(fields, [("bytes", 5120), ("elapsed_ms", 43_000_000), ("error", 0), ("warning", 0)]);
    assert_eq!((record.kind, record.side, record.marks), (Kind::Call, Side::Callee, 0));
    assert_eq!(record.time, Timestamp::parse_rfc3339("2026-11-22T10:15:03Z").unwrap());
    assert_eq!(record.message, LINE);
}

/// A field of the configuration is measured by its name, whatever the lines' syntax is and whatever is around them.
#[test]
fn a_client_is_who_asked_unless_a_mapping_asks_for_it() {
    for (format, line) in [
        ("logfmt", "time=2026-11-22T10:15:03Z level=INFO msg=asked client=10.0.3.17 path=/a"),
        ("json", r#"{"time":"2026-11-22T10:15:03Z","msg":"asked","client":"10.0.3.17","path":"/a"}"#),
    ] {
        let read = |map: &[(&str, &str)]| {
            let map = map.iter().map(|(name, text)| ((*name).to_owned(), written(text))).collect();
            let source = Source { name: "s".to_owned(), parse: Parse::Format(format.to_owned()), map, ..Source::default() };
            records(&config(source), line.as_bytes(), 1, 1 << 10).0.remove(0)
        };
        assert_eq!(read(&[]).text(Column::Source), Some("10.0.3.17"), "{format}");
        let mapped = read(&[("target", "{client}")]);
        assert_eq!((mapped.text(Column::Target), mapped.text(Column::Source)), (Some("10.0.3.17"), None), "{format}");
    }
}

#[test]
fn declared_fields_are_read_by_their_names() {
    let mut config = config(Source { name: "shop".to_owned(), ..Source::default() });
    config.fields.push(FieldSpec::number("queue_depth", 0, None, &[Aggregate::Max]));
    config.fields.push(FieldSpec::number("cache.hits", 0, None, &[Aggregate::Sum]));
    for lines in [
        r#"{"time":"2026-11-22T10:15:03Z","msg":"x","queue_depth":7,"cache":{"hits":3}}"#,
        r#"{"log":"{\"msg\":\"x\",\"queue_depth\":\"7\",\"cache.hits\":3}\n","stream":"stdout","time":"2026-11-22T10:15:03Z"}"#,
        "time=2026-11-22T10:15:03Z msg=x queue_depth=7 cache.hits=3",
        "time=2026-11-22T10:15:03Z|msg=x|queue_depth=7|cache.hits=3",
        "2026-11-22T10:15:03Z INFO queue_depth=7 cache.hits=3 msg=x\n2026-11-22T10:15:03Z INFO queue_depth=7 cache.hits=3 msg=y",
        "<134>Nov 22 10:15:03 web-1 shop[7]: time=2026-11-22T10:15:03Z msg=x queue_depth=7 cache.hits=3",
        "time,msg,Queue Depth,cache.hits\n2026-11-22T10:15:03Z,x,7,3",
    ] {
        let (records, _) = records(&config, lines.as_bytes(), 1, 1 << 20);
        let found: Vec<_> = records.iter().map(|record| (record.fields.get("queue_depth"), record.fields.get("cache.hits"))).collect();
        assert!(!found.is_empty() && found.iter().all(|found| *found == (Some(&7), Some(&3))), "{lines}: {records:#?}");
    }
}

#[test]
fn parties_that_a_line_does_not_name() {
    let rule = |matches: &str, module: &str| HostRule { matches: vec![matches.into()], host: None, module: Some(module.into()), line: 1 };
    let pattern = |text: &str, side: Side, module: Option<&str>| Source {
        parse: Parse::Pattern(written(text)),
        side,
        module: module.map(str::to_owned),
        ..Source::default()
    };
    let listed = vec![rule("10.0.0.0/8", "lan"), rule("web-1", "gateway")];
    let callee = pattern("<source> <path> <status>", Side::Callee, None);
    let caller = pattern("<target> <path> <status>", Side::Caller, Some("shop"));
    for (source, hosts, line, expected) in [
        (&callee, vec![], "10.0.0.7:99 /a 200", ["10.0.0.7", "(unknown)", "web-1", "(unknown)"]),
        (&callee, vec![], "8.8.8.8 /a 200", ["8.8.8.8", "(outside)", "web-1", "(unknown)"]),
        (&callee, listed.clone(), "10.0.0.7 /a 200", ["10.0.0.7", "lan", "web-1", "gateway"]),
        (&callee, listed.clone(), "192.168.0.1 /a 200", ["192.168.0.1", "(outside)", "web-1", "gateway"]),
        (&callee, listed.clone(), "- /a 200", ["", "(unknown)", "web-1", "gateway"]),
        (&caller, listed.clone(), "10.0.0.9:80 /a 200", ["web-1", "shop", "10.0.0.9", "lan"]),
        (&caller, listed, "Mail-1 /a 200", ["web-1", "shop", "mail-1", "(unknown)"]),
    ] {
        let record = only(&Config { hosts, ..config(source.clone()) }, line);
        let words =
            [Column::Source, Column::SourceModule, Column::Target, Column::TargetModule].map(|column| record.text(column).unwrap_or(""));
        assert_eq!((words, record.side), (expected, source.side), "{line}");
    }
}

#[test]
fn the_host_that_a_line_was_written_on_stands_in_for_its_side() {
    let line = r#"Nov 22 10:15:03 shop-2 nginx: 10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /item/7 HTTP/1.1" 200 512"#;
    let mut config = config(Source { name: "collected".to_owned(), module: Some("logs".to_owned()), ..Source::default() });
    let record = only(&config, line);
    assert_eq!((record.text(Column::Target), record.text(Column::TargetModule)), (Some("shop-2"), Some("logs")));
    let rule = HostRule { matches: vec!["shop-2".to_owned()], host: Some("shop-b".to_owned()), module: Some("shop".to_owned()), line: 1 };
    config.hosts = vec![rule];
    let record = only(&config, line);
    assert_eq!((record.text(Column::Target), record.text(Column::TargetModule)), (Some("shop-b"), Some("shop")));
    config.sources[0].host = Some("web-1".to_owned());
    let request =
        |host: &str| format!(r#"{{"time":"2026-11-22T10:15:03Z",{host},"request_method":"GET","request_uri":"/a","status":200}}"#);
    let json = self::config(Source::default());
    assert_eq!(only(&json, &request(r#""hostname":"shop-2""#)).text(Column::Target), Some("shop-2"));
    assert_eq!(only(&json, &request(r#""host":"shop.example""#)).text(Column::Target), Some("web-1"), "nginx' $host is what was asked for");
    assert_eq!(only(&config, line).text(Column::Target), Some("web-1"), "what is configured goes before what the line says");
}

#[test]
fn forwarded_addresses_count_only_from_trusted_proxies() {
    let source = Source { parse: Parse::Pattern(written("<source> <path> <status> \"<forwarded_for>\"")), ..Source::default() };
    for (trusted, line, client) in [
        (vec![], "10.0.0.1 /a 200 \"1.2.3.4\"", "10.0.0.1"),
        (vec!["10.0.0.1".to_owned()], "10.0.0.1 /a 200 \"6.6.6.6, 1.2.3.4\"", "1.2.3.4"),
        (vec!["10.0.0.1".to_owned()], "10.0.0.2 /a 200 \"1.2.3.4\"", "10.0.0.2"),
        (vec!["10.0.0.1".to_owned()], "10.0.0.1 /a 200 \"-\"", "10.0.0.1"),
    ] {
        let record = only(&Config { trusted_proxies: trusted, ..config(source.clone()) }, line);
        assert_eq!(record.text(Column::Source), Some(client), "{line}");
    }
}

#[test]
fn times_errors_and_marks() {
    let source =
        |time| Source { parse: Parse::Pattern(written("<time> <source> <path> <status> <elapsed_ms>")), time, ..Source::default() };
    let marked = |line: &str, time| {
        let record = only(&config(source(time)), line);
        (record.time.to_string(), record.marks, record.fields.get("error").copied(), record.text(Column::ParseError).map(str::to_owned))
    };
    let at = "2026-11-22T10:15:03Z";
    let none = None;
    for (line, time, expected) in [
        ("2026-11-22T10:15:03Z h /a 200 500", None, (at, 0, Some(0), none)),
        ("2026-11-22T10:15:03.5Z h /a 503 500", Some(LoggedTime::Start), (at, 0, Some(1), none)),
        ("2027-11-22T10:15:03Z h /a 404 1", None, ("2027-11-22T10:15:03Z", mark::BAD_TIME, Some(0), none)),
        ("- h /a 200 1", None, ("2026-11-22T10:20:00Z", mark::NO_TIME, Some(0), none)),
        ("yesterday h /a 200 1", None, ("2026-11-22T10:20:00Z", mark::NO_TIME, None, Some("time not understood"))),
        ("nothing", None, ("2026-11-22T10:20:00Z", mark::NO_TIME, None, Some("does not match the format"))),
    ] {
        let expected = (expected.0.to_owned(), expected.1, expected.2, expected.3.map(str::to_owned));
        assert_eq!(marked(line, time), expected, "{line}");
    }
}

#[test]
fn bytes_that_are_no_text_lose_no_line() {
    let bytes = [LINE.as_bytes(), b"\n\xff\xfe\x80 junk\n\r\n\0\0", LINE.as_bytes(), b"\r\nhalf"].concat();
    let (records, counts) = records(&config(access()), &bytes, 1, 1 << 20);
    assert_eq!((counts.parsed, counts.unparsed, counts.lossy), (2, 2, 1));
    assert_eq!(records.len(), 4);
    assert_eq!(records[1].message, "\u{fffd}\u{fffd}\u{fffd} junk");
    assert_eq!(counts.samples.len(), 2);
}

/// A reader with a defect that one line brings out.
#[derive(Debug)]
struct Defective;

impl LineParser for Defective {
    fn names(&self) -> &[String] {
        &[]
    }

    fn parse<'a>(&self, line: &'a str, _: &mut Values<'a>) -> Result<(), Reason> {
        assert!(line != "odd", "a defect");
        Ok(())
    }
}

#[test]
fn a_defect_of_a_reader_costs_one_line() {
    let config = config(Source { name: "app".to_owned(), ..Source::default() });
    let plan = Plan::compile(&config).unwrap();
    let detected = Detected { name: "defective".to_owned(), parser: Arc::new(Defective), confidence: 1.0 };
    let format = Arc::new(Bound::new(&config, &config.sources[0], detected, false, &[false; Column::ALL.len()]).unwrap());
    let mut normaliser = Normaliser::new(Arc::clone(&plan), Keep::Everything);
    for chunk in chunks(b"one\nodd\nother\n", 1 << 20) {
        normaliser.normalise(&Work { chunk, format: Arc::clone(&format) }, now());
    }
    let counts = &normaliser.counts[0];
    assert_eq!((counts.parsed, counts.unparsed, counts.reasons[&Reason::FAILED]), (2, 1, 1));
    let batch = normaliser.take_batch();
    let messages: Vec<String> = (0..3).map(|row| batch.records.get(row, &batch.fields, &batch.dictionaries).message).collect();
    assert_eq!(messages, ["one", "odd", "other"]);
}

#[test]
fn stack_traces_join_the_message() {
    let source = Source { parse: Parse::Pattern(written("<time> <severity> <component> <message>")), ..Source::default() };
    let text = "2026-11-22T10:15:03Z ERROR a.B failed\njava.lang.Error: x\n\tat a.B\n2026-11-22T10:15:04Z INFO a.B fine\n";
    let (joined, counts) = records(&config(source.clone()), text.as_bytes(), 1, 1);
    let messages: Vec<&str> = joined.iter().map(|record| record.message.as_str()).collect();
    assert_eq!((messages, counts.parsed), (vec!["failed\njava.lang.Error: x\n\tat a.B", "fine"], 2));
    assert_eq!(joined[0].fields["error"], 1);
    let (apart, counts) = records(&config(Source { multiline: Multiline::Off, ..source }), text.as_bytes(), 1, 1);
    assert_eq!((apart.len(), counts.unparsed), (4, 2));
}

#[test]
fn the_number_of_operators_changes_nothing() {
    let mut text = String::new();
    for n in 0..2_000 {
        if n % 17 == 0 {
            text.push_str("garbage\n");
        }
        text.push_str(&LINE.replace("10.0.3.17", &format!("10.0.{}.{}", n % 7, n % 100)).replace("0.043", &format!("0.{n:04}")));
        text.push_str(if n % 23 == 0 { "\n\tat some.Frame\n" } else { "\n" });
    }
    let config = config(access());
    let (one, one_counts) = records(&config, text.as_bytes(), 1, 10_000);
    let (four, four_counts) = records(&config, text.as_bytes(), 4, 10_000);
    assert_eq!(one.len() as u64, one_counts.parsed + one_counts.unparsed);
    assert!(one == four && one_counts == four_counts);
}

/// A report looks up no more than its monitors show and what tells a call from a log line.
#[test]
fn measures_equal_those_of_everything() {
    let lines = [
        "bad before all".to_owned(),
        LINE.to_owned(),
        "bad".to_owned(),
        LINE.replace("10:15:03", "10:14:31"),
        LINE.replace("10:15:03", "25:15:03"),
        LINE.replace("video/search?", "video/\u{e9}t\u{e9}?"),
        LINE.replace("search-frontend", "lossy"),
        "bad and lossy".to_owned(),
        "\0\0bad".to_owned(),
        LINE.replace(" 200 ", " 500 "),
        // Calls by what no monitor need show, and no call.
        LINE.replace("10.0.3.17", "-").replace("0.043", "-"),
        LINE.replace("10.0.3.17", "-").replace("0.043", "-").replace("search-frontend", "").replace("10.0.9.4:8080", "-"),
        LINE.replace("/video/search?q=abc", "-").replace("0.043", "-").replace("200", "-"),
    ];
    // The last letter of `lossy` becomes a byte that no UTF-8 has.
    let text: Vec<u8> = lines.join("\n").replace("lossy", "loss\u{1}").bytes().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
    let rule = HostRule { matches: vec!["10.0.9.4".into()], host: Some("search-1".into()), module: Some("search".into()), line: 1 };
    let unnamed = Source { map: access().map.into_iter().filter(|(name, _)| name != "target_module").collect(), ..access() };
    let all = &Column::DIMENSIONS[..];
    for (source, shown) in [
        (access(), all),
        (access(), &[Column::Source]),
        (access(), &[Column::TargetModule]),
        (unnamed.clone(), all),
        (unnamed.clone(), &[Column::SourceModule]),
        (unnamed.clone(), &[Column::Service, Column::Status]),
        (Source { side: Side::Caller, ..unnamed }, &[Column::Target]),
    ] {
        let hosts = vec![rule.clone()];
        let config = Config { hosts, monitors: vec![Monitor::plain("shown", shown)], ..config(source) };
        let plan = Plan::compile(&config).unwrap();
        let mut intake = Intake::new(Arc::clone(&plan));
        let mut works = intake.take(chunks(&text, 1 << 20).remove(0));
        works.extend(intake.flush_all());
        // Those that were understood, and the others, each in their order: what was not understood comes after what waited with it.
        let made = |keep| {
            let mut operator = Normaliser::new(Arc::clone(&plan), keep);
            works.iter().for_each(|work| operator.normalise(work, now()));
            let batch = operator.take_batch();
            let rows = 0..batch.records.len();
            let (understood, others): (Vec<_>, Vec<_>) = rows
                .map(|row| batch.records.get(row, &batch.fields, &batch.dictionaries))
                .map(|record| {
                    let words: Vec<_> = shown.iter().map(|&column| record.text(column).map(str::to_owned)).collect();
                    let reason = record.text(Column::ParseError).map(str::to_owned);
                    (record.time, record.kind, record.side, record.marks, record.fields.clone(), words, reason)
                })
                .partition(|(.., reason)| reason.is_none());
            [understood, others].concat()
        };
        let everything = made(Keep::Everything);
        assert_eq!(everything.iter().filter(|(.., reason)| reason.is_some()).count(), 5);
        assert_eq!(everything.iter().filter(|(_, kind, .., reason)| reason.is_none() && *kind == Kind::Log).count(), 1);
        assert_eq!(everything, made(Keep::Measures), "{shown:?}");
    }
}

#[test]
fn mistakes_name_their_line() {
    let mut source = access();
    source.map.push(("status".to_owned(), written("{statu}")));
    let problems = Plan::compile(&config(source)).unwrap_err();
    assert!(problems[0].line == 7 && problems[0].message.contains("did you mean `status`"), "{problems:?}");
    let grok = Source { parse: Parse::Format("ngnix".into()), ..Source::default() };
    assert!(Plan::compile(&config(grok)).unwrap_err()[0].message.contains("did you mean `nginx`"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn every_event_of_any_bytes_is_accounted_for(
        lines in proptest::collection::vec(proptest::prop_oneof![
            proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
            proptest::strategy::Just(LINE.as_bytes().to_vec()),
            proptest::strategy::Just(b"{\"time\":\"2026-11-22T10:15:03Z\",\"msg\":\"x\"}".to_vec()),
            // More than what is split together.
            proptest::strategy::Just(vec![b'\n'; 13 << 10]),
            proptest::strategy::Just([LINE; 150].join("\n").into_bytes()),
        ], 0..30),
        auto in proptest::prelude::any::<bool>(),
        size in proptest::prop_oneof![1usize..500, 500usize..60_000],
    ) {
        let source = if auto { Source::default() } else { access() };
        let bytes = lines.join(&b'\n');
        let (records, counts) = records(&config(Source { multiline: Multiline::Off, ..source }), &bytes, 2, size);
        proptest::prop_assert_eq!(records.len() as u64, counts.parsed + counts.unparsed);
        let filled = bytes.split(|byte| *byte == b'\n').filter(|line| !matches!(line, [] | [b'\r'])).count() as u64;
        proptest::prop_assert_eq!(counts.parsed + counts.unparsed + counts.skipped, filled);
    }
}

#[cfg(not(feature = "vrl"))]
#[test]
fn a_build_without_vrl_says_how_to_get_one_with_it() {
    let source = Source { parse: Parse::Vrl(written(". = parse_json!(.message)")), ..Source::default() };
    let problems = Plan::compile(&config(source)).unwrap_err();
    assert!(problems[0].line == 7 && problems[0].message.contains("cargo build --release --features vrl"), "{problems:?}");
}

#[test]
fn spans_know_their_source_and_are_named_by_the_configuration() {
    let span = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"10.0.9.4"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","kind":2,"startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;
    let rule = HostRule { matches: vec!["10.0.9.4".into()], host: Some("pay-1".into()), module: Some("payment".into()), line: 1 };
    let source = Source { name: "sent".to_owned(), parse: Parse::named("otlp"), ..Source::default() };
    let plan = Plan::compile(&Config { hosts: vec![rule], ..config(source) }).unwrap();
    let mut intake = Intake::new(Arc::clone(&plan));
    let mut works: Vec<_> = chunks(format!("{span}\n").as_bytes(), 4096).into_iter().flat_map(|chunk| intake.take(chunk)).collect();
    works.extend(intake.flush_all());
    let mut operator = Normaliser::new(plan, Keep::Everything);
    works.iter().for_each(|work| operator.normalise(work, now()));
    let resource = &operator.spans[0].resource;
    assert_eq!((&*resource.input, &*resource.host, &*resource.module), ("sent", "pay-1", "payment"));
}
