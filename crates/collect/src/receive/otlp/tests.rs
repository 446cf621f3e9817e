use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::super::protobuf::{put_bytes, put_number, put_varint};
use super::*;

/// A message of some fields.
fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    fields.iter().for_each(|(number, value)| put_bytes(&mut bytes, *number, value));
    bytes
}

fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    message(&[(1, key.as_bytes()), (2, value)])
}

fn text(text: &str) -> Vec<u8> {
    message(&[(1, text.as_bytes())])
}

fn number(number: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_number(&mut bytes, 3, number as u64);
    bytes
}

fn fixed64(field: u32, number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_varint(&mut bytes, u64::from(field) << 3 | 1);
    bytes.extend(number.to_le_bytes());
    bytes
}

fn read(signal: Signal, bytes: &[u8]) -> Result<Request, Malformed> {
    read_protobuf(signal, bytes, &Arc::default())
}

fn lines(request: &Request) -> Vec<Json> {
    request.lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect()
}

#[test]
fn a_span_is_written_as_otlp_json_has_it() {
    let mut span = message(&[(1, &[0xab; 16]), (2, &[1, 2, 3, 4, 5, 6, 7, 8]), (5, b"GET \"x\"")]);
    put_number(&mut span, 6, 2);
    span.extend(fixed64(7, 1_700_000_000_000_000_001));
    span.extend(message(&[(9, &attribute("http.route", &text("/a"))), (15, &message(&[(2, b"no")]))]));
    // Items of a list may stand apart, and the last of a single value counts.
    span.extend(message(&[(9, &attribute("n", &number(-3))), (5, b"GET"), (99, b"unknown")]));
    let block = message(&[(1, &message(&[(1, &attribute("service.name", &text("shop")))])), (2, &message(&[(2, &span)]))]);
    let request = read(Signal::Traces, &message(&[(1, &block)])).unwrap();
    assert_eq!(request.rejected, Rejected::default());
    assert_eq!(
        lines(&request),
        [json!({"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [{"spans": [{
                "traceId": "abababababababababababababababab", "spanId": "0102030405060708", "name": "GET", "kind": 2,
                "startTimeUnixNano": "1700000000000000001",
                "attributes": [{"key": "http.route", "value": {"stringValue": "/a"}}, {"key": "n", "value": {"intValue": "-3"}}],
                "status": {"message": "no"}
            }]}]
        }]})]
    );
}

#[test]
fn values_of_every_kind_are_written() {
    let double = fixed64(4, 2.5f64.to_bits());
    let nan = fixed64(4, f64::NAN.to_bits());
    let mut truth = Vec::new();
    put_number(&mut truth, 2, 1);
    let list = message(&[(5, &message(&[(1, &text("a")), (1, &number(7))]))]);
    let map = message(&[(6, &message(&[(1, &attribute("k", &text("v")))]))]);
    let bytes = message(&[(7, b"\0\xff")]);
    for (value, expected) in [
        (text("x\n\u{1F426}"), json!({"stringValue": "x\n\u{1F426}"})),
        (message(&[(1, b"\xff")]), json!({"stringValue": "\u{fffd}"})),
        (truth, json!({"boolValue": true})),
        (number(i64::MIN), json!({"intValue": "-9223372036854775808"})),
        (double, json!({"doubleValue": 2.5})),
        (nan, json!({"doubleValue": "NaN"})),
        (list, json!({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "7"}]}})),
        (map, json!({"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}})),
        (bytes, json!({"bytesValue": "AP8="})),
        (Vec::new(), json!({})),
    ] {
        let record = message(&[(5, &value)]);
        let block = message(&[(2, &message(&[(2, &record)]))]);
        let request = read(Signal::Logs, &message(&[(1, &block)])).unwrap();
        assert_eq!(lines(&request)[0]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["body"], expected);
    }
}

#[test]
fn nesting_and_wrong_types_are_refused() {
    let mut value = text("x");
    for _ in 0..200 {
        value = message(&[(5, &message(&[(1, &value)]))]);
    }
    let block = message(&[(2, &message(&[(2, &message(&[(5, &value)]))]))]);
    assert_eq!(read(Signal::Logs, &message(&[(1, &block)])), Err(Malformed::Deep(64)));
    let mut span = Vec::new();
    put_number(&mut span, 5, 1);
    let block = message(&[(2, &message(&[(2, &span)]))]);
    assert_eq!(read(Signal::Traces, &message(&[(1, &block)])), Err(Malformed::Type(5)));
    assert_eq!(read(Signal::Logs, b"\x0a\x05ab"), Err(Malformed::Truncated));
}

#[test]
fn spans_without_a_name_are_told_as_rejected_in_both_encodings() {
    let ids: [(&[u8], &[u8]); 4] = [(&[1; 16], &[1; 8]), (&[0; 16], &[1; 8]), (&[1; 16], &[1; 7]), (&[], &[1; 8])];
    let spans: Vec<Vec<u8>> = ids.iter().map(|(trace, own)| message(&[(1, trace), (2, own)])).collect();
    let scope: Vec<u8> = spans.iter().flat_map(|span| message(&[(2, span)])).collect();
    let request = read(Signal::Traces, &message(&[(1, &message(&[(2, &scope)]))])).unwrap();
    assert_eq!(request.rejected.count, 3);
    let json = read_json(Signal::Traces, request.lines.clone(), &Redaction::default()).unwrap();
    assert_eq!(json.rejected, request.rejected);
}

#[test]
fn a_request_in_json_becomes_one_line() {
    let pretty = b"{\n  \"resourceLogs\": [\r\n {\"scopeLogs\": [{\"logRecords\": [{\"body\": {\"stringValue\": \"a\\nb\"}}]}]}]\n}\n";
    let request = read_json(Signal::Logs, pretty.to_vec(), &Redaction::default()).unwrap();
    assert_eq!(request.lines.iter().filter(|&&byte| byte == b'\n').count(), 1);
    assert_eq!(lines(&request)[0]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["body"]["stringValue"], "a\nb");
}

#[test]
fn what_is_no_request_in_json_is_refused() {
    let nested = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    for (signal, body, sound) in [
        (Signal::Logs, "{}", true),
        (Signal::Logs, "{\"resourceLogs\":[]}", true),
        (Signal::Logs, "{\"resourceLogs\":null,\"more\":[1,-2,0.5,true,\"x\",{\"a\":null}]}", true),
        (Signal::Logs, "{\"resourceLogs\":[}", false),
        (Signal::Logs, "{\"resourceLogs\":[null]}", false),
        (Signal::Logs, "{\"resourceLogs\":{}}", false),
        (Signal::Logs, "{\"resourceLogs\":[],\"resource_logs\":[]}", false),
        (Signal::Logs, "{} {}", false),
        (Signal::Logs, "[]", false),
        (Signal::Logs, "", false),
        (Signal::Logs, &nested(127), true),
        (Signal::Logs, &nested(128), false),
        (Signal::Traces, "{\"resourceSpans\":[{\"scopeSpans\":{}}]}", false),
        (Signal::Traces, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[7]}]}]}", false),
        (Signal::Traces, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":7}]}]}]}", false),
    ] {
        let read = read_json(signal, body.as_bytes().to_vec(), &Redaction::default());
        assert_eq!(read.is_ok(), sound, "{body}: {read:?}");
    }
    assert!(read_json(Signal::Logs, b"\xff".to_vec(), &Redaction::default()).is_err());
}

#[test]
fn secrets_in_values_of_any_kind_are_masked_in_both_encodings() {
    let masks = Redaction::compile(&[magpie_model::config::Redact::Cards]).unwrap();
    let card = 4_111_111_111_111_111_i64;
    let values = [text(&card.to_string()), number(card), message(&[(7, card.to_string().as_bytes())])];
    let pairs: Vec<u8> = values.iter().flat_map(|value| message(&[(6, &attribute("paid", value))])).collect();
    let request = message(&[(1, &message(&[(2, &message(&[(2, &pairs)]))]))]);
    let read = read_protobuf(Signal::Logs, &request, &Arc::new(masks.clone())).unwrap();
    let json = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"attributes":[{{"value":{{"intValue":"{card}"}}}},{{"value":{{"intValue":{card}}}}}]}}]}}]}}]}}"#
    );
    let read_again = read_json(Signal::Logs, json.into_bytes(), &masks).unwrap();
    for (lines, count) in [(read.lines, 2), (read_again.lines, 2)] {
        let told = String::from_utf8(lines).unwrap();
        assert!(!told.contains(&card.to_string()) && !told.contains(&STANDARD.encode(card.to_string())), "{told}");
        assert_eq!(told.matches("\"****************\"").count(), count, "{told}");
    }
}

/// An agent's block, with attributes of its resource beside the needed ones.
fn agents_block(scopes: &[Vec<u8>]) -> Vec<u8> {
    let attributes: Vec<u8> = [
        attribute("magpie.agent", &text("a1")),
        attribute("magpie.source", &text("shop")),
        attribute("log.file.path", &text("/var/log/shop.log")),
        attribute("host.name", &text("web-1")),
        attribute("magpie.file.generation", &number(-2)),
        attribute("service.name", &text("cart")),
        attribute("service.version", &text("7")),
    ]
    .iter()
    .flat_map(|pair| message(&[(1, pair)]))
    .collect();
    let mut block = message(&[(1, &attributes)]);
    scopes.iter().for_each(|scope| put_bytes(&mut block, 2, scope));
    message(&[(1, &block)])
}

fn scope(name: &str, attributes: &[Vec<u8>], records: &[Vec<u8>]) -> Vec<u8> {
    let mut about = message(&[(1, name.as_bytes())]);
    attributes.iter().for_each(|pair| put_bytes(&mut about, 3, pair));
    let mut scope = message(&[(1, &about)]);
    records.iter().for_each(|record| put_bytes(&mut scope, 2, record));
    scope
}

fn record(body: &[u8], length: Option<i64>) -> Vec<u8> {
    let mut record = message(&[(5, &message(&[(if body.is_ascii() { 1 } else { 7 }, body)]))]);
    if let Some(length) = length {
        put_bytes(&mut record, 6, &attribute("magpie.length", &number(length)));
    }
    record
}

#[test]
fn an_agents_records_are_the_bytes_of_the_file_again() {
    let records = [
        record(b"first", None),
        record(b"second\r", None),
        record(b"\xff\xfe", Some(3)),
        record(b"cut", Some(100)),
        record(b"open", Some(4)),
    ];
    let lines = scope("magpie.lines", &[attribute("magpie.offset", &number(50))], &records);
    let gap = scope("magpie.gap", &[attribute("magpie.offset", &number(10)), attribute("magpie.length", &number(40))], &[]);
    let request = read(Signal::Logs, &agents_block(&[lines, gap])).unwrap();
    assert!(request.lines.is_empty() && request.rejected == Rejected::default());
    let [run, gap] = request.runs.as_slice() else { panic!("{:?}", request.runs) };
    assert_eq!((run.offset, run.end, run.bytes.as_slice()), (50, 50 + 6 + 8 + 3 + 100 + 4, &b"first\nsecond\r\n\xff\xfe\ncut\nopen"[..]));
    assert_eq!(run.cuts.iter().map(|cut| (cut.at, cut.dropped)).collect::<Vec<_>>(), [(17, 96)]);
    assert_eq!((gap.offset, gap.end, gap.is_gap()), (10, 50, true));
    let file = &run.file;
    assert_eq!(
        (file.source.as_str(), file.path.as_str(), file.host.as_str(), file.generation),
        ("shop", "/var/log/shop.log", "web-1", u64::MAX - 1)
    );
    assert_eq!((file.sender.agent.as_str(), file.sender.module.as_deref()), ("a1", Some("cart")));
}

#[test]
fn an_agents_block_that_cannot_be_placed_is_rejected() {
    let without_offset = scope("magpie.lines", &[], &[record(b"x", None), record(b"y", None)]);
    let short = scope("magpie.lines", &[attribute("magpie.offset", &number(0))], &[record(b"longer", Some(3))]);
    let negative = scope("magpie.lines", &[attribute("magpie.offset", &number(-1))], &[record(b"x", None)]);
    for (scope, count, reason) in [(without_offset, 2, "magpie.offset"), (short, 1, "magpie.length"), (negative, 1, "magpie.offset")] {
        let request = read(Signal::Logs, &agents_block(&[scope])).unwrap();
        assert_eq!((request.runs.len(), request.rejected.count), (0, count));
        assert!(request.rejected.reason.contains(reason), "{}", request.rejected.reason);
    }
    let nameless = message(&[(
        1,
        &message(&[
            (1, &message(&[(1, &attribute("magpie.agent", &text("a1")))])),
            (2, &scope("magpie.lines", &[], &[record(b"x", None)])),
        ]),
    )]);
    let request = read(Signal::Logs, &nameless).unwrap();
    assert_eq!((request.rejected.count, request.rejected.reason.as_str()), (1, "an agent's resource without `magpie.source`"));
}
