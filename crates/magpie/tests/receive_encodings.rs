//! One request, in either encoding of OTLP, over gRPC and HTTP, packed or not: the records are the same. And the halves of a call
//! find each other whoever sends them, how, and whatever happens in between.

#[path = "support/receiving.rs"]
mod receiving;
#[path = "support/sender.rs"]
mod sender;
mod support;

use std::io::Write;

use receiving::Receiving;
use sender::{attribute, call, message, number, post, varint, word};
use serde_json::{Value, json};
use support::{PATIENCE, Running};

const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const EXPORT_TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// 2026-11-28 09:00:00 UTC, in ns.
const START: u64 = 1_795_856_400_000_000_000;

/// How a request is sent.
#[derive(Clone, Copy, Debug)]
enum Way {
    Http { is_json: bool, packing: &'static str },
    Grpc { packing: &'static str },
}

const WAYS: [Way; 9] = [
    Way::Http { is_json: true, packing: "" },
    Way::Http { is_json: true, packing: "gzip" },
    Way::Http { is_json: true, packing: "zstd" },
    Way::Http { is_json: false, packing: "" },
    Way::Http { is_json: false, packing: "gzip" },
    Way::Http { is_json: false, packing: "zstd" },
    Way::Grpc { packing: "" },
    Way::Grpc { packing: "gzip" },
    Way::Grpc { packing: "zstd" },
];

fn packed(packing: &str, bytes: &[u8]) -> Vec<u8> {
    match packing {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::stream::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}

/// Sends a request, of logs or of traces, in the encoding of the way.
fn send(receiving: &Receiving, way: Way, are_logs: bool, request: &Both) {
    match way {
        Way::Http { is_json, packing } => {
            let kind = if is_json { "application/json" } else { "application/x-protobuf" };
            let body = if is_json { request.json.to_string().into_bytes() } else { request.protobuf.clone() };
            let path = if are_logs { "/v1/logs" } else { "/v1/traces" };
            let headers = [("Content-Type", kind), ("Content-Encoding", packing)];
            let headers = if packing.is_empty() { &headers[..1] } else { &headers[..] };
            let (answer, _) = post(&receiving.http, path, headers, &packed(packing, &body)).unwrap();
            assert_eq!((answer.status, answer.body.as_str()), (200, if is_json { "{}" } else { "" }), "{way:?}");
        }
        Way::Grpc { packing } => {
            let path = if are_logs { EXPORT_LOGS } else { EXPORT_TRACES };
            let headers = [("grpc-encoding", packing)];
            let headers = if packing.is_empty() { &headers[..0] } else { &headers[..] };
            let called = call(&receiving.grpc, path, headers, !packing.is_empty(), &packed(packing, &request.protobuf));
            assert_eq!((called.status.as_str(), called.message.len()), ("0", 0), "{way:?}");
        }
    }
}

/// A message in both encodings, each written by hand.
struct Both {
    protobuf: Vec<u8>,
    json: Value,
}

fn fixed64(field: u32, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint(&mut bytes, u64::from(field) << 3 | 1);
    bytes.extend(value.to_le_bytes());
    bytes
}

fn small(field: u32, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint(&mut bytes, u64::from(field) << 3);
    varint(&mut bytes, value);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Attributes with a value of each kind.
fn attributes() -> Vec<(&'static str, Vec<u8>, Value)> {
    let list = message(&[(1, &word("a")), (1, &number(2))]);
    let map = message(&[(1, &attribute("k", &word("v")))]);
    vec![
        ("text", word("größer \"1\"\n2"), json!({"stringValue": "größer \"1\"\n2"})),
        ("int", number(-7), json!({"intValue": "-7"})),
        ("double", fixed64(4, 2.5f64.to_bits()), json!({"doubleValue": 2.5})),
        ("bool", small(2, 1), json!({"boolValue": true})),
        ("list", message(&[(5, &list)]), json!({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "2"}]}})),
        ("map", message(&[(6, &map)]), json!({"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}})),
        ("bytes", message(&[(7, b"\x00\xff")]), json!({"bytesValue": "AP8="})),
    ]
}

/// Attributes as fields of a message, and as a list.
fn written(field: u32, pairs: &[(&str, Vec<u8>, Value)]) -> (Vec<u8>, Value) {
    let bytes = pairs.iter().flat_map(|(key, value, _)| message(&[(field, &attribute(key, value))])).collect();
    (bytes, pairs.iter().map(|(key, _, value)| json!({"key": key, "value": value})).collect())
}

fn resource(module: &str) -> (Vec<u8>, Value) {
    let pairs =
        [("service.name", word(module), json!({"stringValue": module})), ("host.name", word("web-7"), json!({"stringValue": "web-7"}))];
    let (bytes, list) = written(1, &pairs);
    (bytes, json!({"attributes": list}))
}

/// A log record with everything that one may have.
fn logs(trace: [u8; 16]) -> Both {
    let (pairs, list) = written(6, &attributes());
    let (about, about_json) = resource("cart");
    let mut record = [fixed64(1, START), fixed64(11, START + 5), small(2, 17), message(&[(3, b"ERROR"), (5, &word("it broke"))])].concat();
    record.extend([pairs, message(&[(9, &trace), (10, &[7; 8])])].concat());
    let scope = message(&[(1, &message(&[(1, b"shop.cart"), (2, b"1.2")])), (2, &record)]);
    let json = json!({"resourceLogs": [{"resource": about_json, "scopeLogs": [{
        "scope": {"name": "shop.cart", "version": "1.2"},
        "logRecords": [{
            "timeUnixNano": START.to_string(), "observedTimeUnixNano": (START + 5).to_string(),
            "severityNumber": 17, "severityText": "ERROR", "body": {"stringValue": "it broke"},
            "attributes": list, "traceId": hex(&trace), "spanId": hex(&[7; 8]),
        }],
    }]}]});
    Both { protobuf: message(&[(1, &message(&[(1, &about), (2, &scope)]))]), json }
}

/// One half of a call: the client's of `front`, or the server's of `stock`.
fn half(trace: [u8; 16], is_client: bool) -> Both {
    let (module, id, parent, kind) = if is_client { ("front", [1; 8], [9; 8], 3) } else { ("stock", [2; 8], [1; 8], 2) };
    let mut pairs = attributes();
    pairs.push(("http.request.method", word("GET"), json!({"stringValue": "GET"})));
    pairs.push(("http.route", word("/items/{id}"), json!({"stringValue": "/items/{id}"})));
    pairs.push(("http.response.status_code", number(503), json!({"intValue": "503"})));
    let (pairs, list) = written(9, &pairs);
    let (about, about_json) = resource(module);
    let (begin, end) = (START + id[0] as u64 * 1_000_000, START + 40_000_000);
    let status = [message(&[(2, b"no stock")]), small(3, 2)].concat();
    let mut span = message(&[(1, &trace), (2, &id), (4, &parent), (5, b"GET /items/{id}")]);
    span.extend([small(6, kind), fixed64(7, begin), fixed64(8, end), pairs, message(&[(15, &status)])].concat());
    let json = json!({"resourceSpans": [{"resource": about_json, "scopeSpans": [{"spans": [{
        "traceId": hex(&trace), "spanId": hex(&id), "parentSpanId": hex(&parent), "name": "GET /items/{id}", "kind": kind,
        "startTimeUnixNano": begin.to_string(), "endTimeUnixNano": end.to_string(), "attributes": list,
        "status": {"message": "no stock", "code": 2},
    }]}]}]});
    Both { protobuf: message(&[(1, &message(&[(1, &about), (2, &message(&[(2, &span)]))]))]), json }
}

/// Waits until so many records are there; gives them. A call is of no one source, as its halves may come through two.
fn records(running: &Running, count: usize) -> Vec<Value> {
    let wanted = |page: &Value| page["records"].as_array().is_some_and(|records| records.len() >= count);
    running.wait_for("/api/v1/records?from=now-9000d&limit=1000", PATIENCE, wanted);
    running.records("from=now-9000d")
}

/// The records of a trace without what is theirs alone.
fn without_place(records: &[Value], trace: [u8; 16]) -> Vec<Value> {
    let mut found: Vec<Value> = records.iter().filter(|record| record["trace_id"] == hex(&trace)).cloned().collect();
    for record in &mut found {
        for own in ["id", "trace_id", "offset", "message"] {
            record.as_object_mut().unwrap().remove(own);
        }
    }
    found.sort_by_key(|record| record["kind"].to_string());
    found
}

#[test]
fn both_encodings_give_the_same_records_whichever_way_they_come() {
    let receiving = Receiving::new("");
    let running = receiving.place.serve();
    let trace = |number: usize| [number as u8 + 1; 16];
    for (number, way) in WAYS.into_iter().enumerate() {
        send(&receiving, way, true, &logs(trace(number)));
        for is_client in [true, false] {
            send(&receiving, way, false, &half(trace(number), is_client));
        }
    }
    let found = records(&running, WAYS.len() * 2);
    let first = without_place(&found, trace(0));
    assert_eq!(first.len(), 2, "a log record and a call: {found:?}");
    let (called, log) = (&first[0], &first[1]);
    assert_eq!((&called["kind"], &called["source_module"], &called["target_module"]), (&"call".into(), &"front".into(), &"stock".into()));
    assert_eq!(
        (&log["severity"], &log["component"], &log["target_module"]),
        (&"error".into(), &"shop.cart".into(), &"cart".into()),
        "{log}"
    );
    for (number, way) in WAYS.into_iter().enumerate() {
        assert_eq!(without_place(&found, trace(number)), first, "{way:?}");
    }
}

/// What happens between the halves of a call.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Seal,
    Stop,
    Kill,
}

#[test]
fn halves_of_a_call_meet_whoever_sends_them_and_whatever_is_between() {
    let receiving = Receiving::new("");
    let mut running = receiving.place.serve();
    let (json, protobuf, grpc) = (WAYS[1], WAYS[3], WAYS[8]);
    let mut expected = 0;
    for between in [Between::Nothing, Between::Seal, Between::Stop, Between::Kill] {
        for (first, second, client_first) in [(json, grpc, true), (grpc, protobuf, false), (protobuf, json, true)] {
            expected += 1;
            let trace = [expected as u8; 16];
            send(&receiving, first, false, &half(trace, client_first));
            running = pass(running, &receiving, between);
            send(&receiving, second, false, &half(trace, !client_first));
            // And once more: a span that is sent twice counts once.
            send(&receiving, first, false, &half(trace, client_first));
        }
    }
    let found = records(&running, expected);
    for number in 1..=expected {
        let calls: Vec<&Value> = found.iter().filter(|record| record["trace_id"] == hex(&[number as u8; 16])).collect();
        let ends: Vec<(&Value, &Value)> = calls.iter().map(|call| (&call["source_module"], &call["target_module"])).collect();
        assert_eq!(ends, [(&"front".into(), &"stock".into())], "call {number}");
    }
    assert!(running.terminate().success());
    receiving.place.is_sound_with(expected);
}

fn pass(running: Running, receiving: &Receiving, between: Between) -> Running {
    match between {
        Between::Nothing => return running,
        Between::Seal => {
            let now = jiff::Timestamp::now();
            let is_later = |health: &Value| health["last_seal"].as_str().is_some_and(|time| time.parse::<jiff::Timestamp>().unwrap() > now);
            running.wait_for("/api/v1/health", PATIENCE, is_later);
            return running;
        }
        Between::Stop => assert!(running.terminate().success()),
        Between::Kill => running.kill_9(),
    }
    receiving.place.serve()
}
