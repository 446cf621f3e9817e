//! OTLP/JSON as exporters really write it: a line of a request → spans, and calls made of their attributes.

use magpie_model::{Column, Kind, OUTSIDE, Record, Severity, Timestamp, UNKNOWN};
use magpie_pipeline::normalise::spans::{Ceilings, Decoded, Naming, Otlp, Pairer, Span, SpanKind, decode};
use magpie_pipeline::normalise::values::{LineParser, ManyParser, Reason, Sink, Values};
use proptest::prelude::*;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

fn read(line: &str) -> Result<Decoded, Reason> {
    let mut decoded = Decoded::default();
    decode(line, &Naming { input: "traces", ..Naming::default() }, &mut decoded).map(|()| decoded)
}

/// A request of one module with spans as JSON, and more resource attributes.
fn request(resource: &str, spans: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":[{resource}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

fn text(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
}

/// The one call that a lone span of a module `shop` with these attributes makes.
fn call(kind: u8, name: &str, attributes: &[(&str, &str)]) -> Record {
    let attributes: Vec<String> = attributes.iter().map(|(key, value)| text(key, value)).collect();
    let span = format!(
        r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","name":"{name}","kind":{kind},"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000043500000","attributes":[{}]}}"#,
        attributes.join(",")
    );
    let decoded = read(&request(&text("service.name", "shop"), &span)).unwrap();
    let (mut pairer, mut calls) = (Pairer::new(0, Ceilings::default()), Vec::new());
    decoded.spans.into_iter().for_each(|span| pairer.offer(span, Timestamp::EPOCH, &mut calls));
    pairer.finish(&mut calls);
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

#[test]
fn the_service_is_what_the_conventions_say() {
    for (name, attributes, service, operation) in [
        ("GET /item/{id}", &[("http.route", "/items/{id}"), ("http.request.method", "GET")][..], "/items/{id}", "GET"),
        ("GET /item/{id}", &[("http.method", "GET"), ("http.target", "/item/7?x=1")], "/item/{id}", "GET"),
        ("GET", &[("http.request.method", "GET"), ("url.path", "/item/123")], "/item/{id}", "GET"),
        ("HTTP POST", &[("http.method", "POST"), ("http.url", "http://shop:80/item/123?x=1")], "/item/{id}", "POST"),
        ("shop.Stock/Get", &[("rpc.service", "shop.Stock"), ("rpc.method", "Get")], "shop.Stock/Get", ""),
        ("SELECT", &[("db.operation.name", "SELECT"), ("db.collection.name", "items")], "SELECT items", "SELECT"),
        ("q", &[("db.query.summary", "SELECT a JOIN b"), ("db.operation.name", "SELECT")], "SELECT a JOIN b", "SELECT"),
        ("orders process", &[("messaging.destination.name", "orders"), ("messaging.operation.name", "process")], "orders", "process"),
        ("ShopService.buy", &[], "ShopService.buy", ""),
        ("", &[], "", ""),
    ] {
        let call = call(2, name, attributes);
        let word = |column| call.text(column).unwrap_or_default();
        assert_eq!((word(Column::Service), word(Column::Operation)), (service, operation), "{name} {attributes:?}");
        assert_eq!((word(Column::SourceModule), word(Column::TargetModule), word(Column::Input)), (OUTSIDE, "shop", "traces"));
    }
}

#[test]
fn older_names_give_way_in_whatever_order_they_come() {
    for attributes in [
        [("http.status_code", "200"), ("http.response.status_code", "204")],
        [("http.response.status_code", "204"), ("http.status_code", "200")],
    ] {
        assert_eq!(call(2, "x", &attributes).text(Column::Status), Some("204"));
    }
}

#[test]
fn a_call_carries_status_bytes_error_and_the_rest() {
    let call = call(
        2,
        "GET",
        &[
            ("http.response.status_code", "503"),
            ("http.response.body.size", "512"),
            ("client.address", "::FFFF:10.0.0.7"),
            ("user.id", "u1"),
            ("job_id", "j-9"),
        ],
    );
    assert_eq!((call.kind, call.severity, call.time), (Kind::Call, Severity::Error, Timestamp(1_700_000_000_043_500_000)));
    assert_eq!((call.text(Column::Status), call.text(Column::Source)), (Some("503"), Some("10.0.0.7")));
    let fields: Vec<(&str, i64)> = call.fields.iter().map(|(name, &value)| (name.as_str(), value)).collect();
    assert_eq!(fields, [("bytes", 512), ("elapsed_ms", 43_500_000), ("error", 1)]);
    assert_eq!((call.job_id.as_str(), call.trace_id.as_str(), call.span_id.as_str()), ("j-9", TRACE, "eee19b7ec3c1b174"));
    assert!(call.attributes.contains(&("user.id".to_owned(), "u1".to_owned())));
}

#[test]
fn a_lone_client_names_its_target_as_well_as_it_can() {
    for (attributes, module, target) in [
        (&[("server.address", "Stock.Shop.")][..], UNKNOWN, Some("stock.shop")),
        (&[("peer.service", "stock"), ("net.peer.name", "10.0.0.9")], "stock", Some("10.0.0.9")),
        (&[("db.system.name", "mysql"), ("server.address", "db1")], "mysql", Some("db1")),
        (&[("messaging.system", "kafka")], "kafka", None),
        (&[], UNKNOWN, None),
    ] {
        let call = call(3, "GET", attributes);
        assert_eq!((call.text(Column::TargetModule), call.text(Column::Target)), (Some(module), target), "{attributes:?}");
        assert_eq!(call.text(Column::SourceModule), Some("shop"));
    }
}

#[test]
fn every_spelling_of_the_mapping_is_read() {
    let camel = request(
        &text("service.name", "shop"),
        &format!(
            r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","parentSpanId":"","name":"a","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"5","endTimeUnixNano":7,"status":{{"code":"STATUS_CODE_ERROR"}},"unknown":[{{}}]}}"#
        ),
    );
    let snake = r#"{"resource_spans":[{"scope_spans":[{"scope":null,"spans":[{"trace_id":"W47/95gDgQPSabYzgT/GDA==","span_id":"7uGbfsPBsXQ=","parent_span_id":null,"name":"a","kind":2,"start_time_unix_nano":5,"end_time_unix_nano":"7","status":{"code":2},"attributes":null}],"schema_url":"x"}],"resource":{"attributes":[{"key":"service.name","value":{"string_value":"shop"}}]}}]}"#;
    let old = camel.replace("scopeSpans", "instrumentationLibrarySpans");
    let expected = read(&camel).unwrap().spans;
    assert_eq!((expected.len(), expected[0].kind, expected[0].module(), expected[0].elapsed()), (1, SpanKind::Server, "shop", Some(2)));
    for other in [snake, &old] {
        assert_eq!(read(other).unwrap().spans, expected, "{other}");
    }
}

#[test]
fn records_say_where_their_resource_runs() {
    let resource =
        [("service.name", "shop"), ("k8s.pod.name", "shop-7d4-x2"), ("container.id", "abc"), ("deployment.environment.name", "prod")]
            .map(|(key, value)| text(key, value))
            .join(",");
    let sdk = text("telemetry.sdk.language", "java");
    let span = format!(r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","attributes":[{}]}}"#, text("user.id", "u1"));
    let spans = request(&format!("{resource},{sdk}"), &span);
    let logs = spans.replace("Spans", "Logs").replace("\"spans\"", "\"logRecords\"");
    let own = [("user.id", "u1"), ("k8s.pod.name", "shop-7d4-x2"), ("container.id", "abc"), ("deployment.environment.name", "prod")];
    let of_span = &read(&spans).unwrap().spans[0].attributes;
    assert_eq!(of_span.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>(), own);
    let of_log = &read(&logs).unwrap().logs[0].attributes;
    assert_eq!(of_log.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>(), own);
}

#[test]
fn the_host_is_the_first_that_is_named() {
    for (attributes, module, host) in [
        (vec![text("host.name", "Node-7"), text("k8s.pod.name", "p-1")], UNKNOWN, "node-7"),
        (vec![text("k8s.pod.name", "p-1"), text("k8s.deployment.name", "shop")], "shop", "p-1"),
        (vec![], UNKNOWN, ""),
    ] {
        let decoded = read(&request(&attributes.join(","), &format!(r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174"}}"#))).unwrap();
        assert_eq!((decoded.spans[0].module(), &*decoded.spans[0].resource.host), (module, host));
    }
}

#[test]
fn a_consumer_belongs_to_the_span_it_links_to() {
    let span = format!(
        r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","parentSpanId":"aaaaaaaaaaaaaaaa","kind":5,"links":[{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}}]}}"#
    );
    let parent = read(&request("", &span)).unwrap().spans[0].parent.unwrap();
    assert_eq!(format!("{parent:?}"), "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331");
}

#[test]
fn a_span_without_ids_is_refused_and_the_others_stay() {
    let spans =
        format!(r#"{{"name":"no ids"}},{{"traceId":7,"spanId":[]}},{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","kind":{{}}}},{{}}"#);
    let decoded = read(&request("", &spans)).unwrap();
    assert_eq!((decoded.spans.len(), decoded.refused), (1, 3));
}

#[test]
fn a_malformed_line_leaves_nothing_behind() {
    let good = request("", &format!(r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174"}}"#));
    let not_otlp = Reason("no OTLP traces or logs in it");
    for (line, reason) in [
        (&good[..good.len() - 1], Reason::BAD_JSON),
        (&format!("{good} {good}"), Reason::BAD_JSON),
        ("", Reason::BAD_JSON),
        ("17", Reason::BAD_JSON),
        (r#"{"resourceSpans":"x"}"#, Reason::BAD_JSON),
        (r#"{"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]}"#, Reason::BAD_JSON),
        ("{}", not_otlp),
        (r#"{"level":"info"}"#, not_otlp),
    ] {
        let mut decoded = read(&good).unwrap();
        assert_eq!(decode(line, &Naming::default(), &mut decoded), Err(reason), "{line}");
        assert_eq!((decoded.spans.len(), decoded.refused), (1, 0), "{line}");
    }
    assert!(read(r#"{"resourceSpans":[]}"#).unwrap().spans.is_empty());
}

#[test]
fn deep_nesting_and_long_values_are_bounded() {
    let deep = format!("{}null{}", r#"{"arrayValue":{"values":["#.repeat(10_000), "]}}".repeat(10_000));
    let span = |value: &str| {
        request("", &format!(r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","attributes":[{{"key":"k","value":{value}}}]}}"#))
    };
    assert_eq!(read(&span(&deep)).err(), Some(Reason::BAD_JSON));
    let long = read(&span(&format!(r#"{{"stringValue":"{}"}}"#, "é".repeat(100_000)))).unwrap();
    assert!(long.spans[0].cut && long.spans[0].memory() < 10_000);
}

#[derive(Default)]
struct Collected(Vec<String>);

impl Sink for Collected {
    fn wants(&self, _slot: usize) -> bool {
        true
    }

    fn record(&mut self, values: &Values<'_>) {
        let slots = values.slots().iter().map(|value| value.to_text().unwrap_or_default().into_owned());
        let extra = values.extra.iter().map(|(key, value)| format!("{key}={value}"));
        self.0.push(slots.chain(extra).collect::<Vec<_>>().join("|"));
    }

    fn span(&mut self, span: Span) {
        self.0.push(format!("span of {} through {}", span.module(), span.resource.input));
    }

    fn naming(&self) -> Naming<'_> {
        Naming { input: "traces", ..Naming::default() }
    }
}

#[test]
fn log_requests_become_events() {
    let line = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[
            {{"timeUnixNano":"1700000000000000001","severityNumber":17,"severityText":"whatever","body":{{"stringValue":"it broke"}},"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","attributes":[{{"key":"n","value":{{"intValue":"3"}}}}]}},
            {{"observedTimeUnixNano":"1700000000000000000","severityNumber":"SEVERITY_NUMBER_WARN2","body":{{"kvlistValue":{{"values":[{{"key":"a","value":{{"boolValue":true}}}}]}}}}}},
            {{"severityText":"Information"}}],"scope":{{"name":"shop.Cart"}}}}],
            "resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}},{{"key":"host.name","value":{{"stringValue":"n1"}}}},{{"key":"service.version","value":{{"stringValue":"2"}}}}]}}}}]}}"#
    );
    let mut collected = Collected::default();
    Otlp::default().parse_many(&line, &mut collected).unwrap();
    assert_eq!(
        collected.0,
        [
            &format!("2023-11-14T22:13:20.000000001Z|error|it broke|{TRACE}|eee19b7ec3c1b174|shop.Cart|shop|n1||2||n=3"),
            r#"2023-11-14T22:13:20Z|warn|{"a":true}|||shop.Cart|shop|n1||2|"#,
            "|info||||shop.Cart|shop|n1||2|",
        ]
    );
    assert_eq!(Otlp::default().names().len(), 11);
}

#[test]
fn trace_requests_hand_over_their_spans() {
    let line = request(&text("service.name", "shop"), &format!(r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174"}}"#));
    let mut collected = Collected::default();
    Otlp::default().parse_many(&line, &mut collected).unwrap();
    assert_eq!(collected.0, ["span of shop through traces"]);
}

proptest! {
    #[test]
    fn damaged_lines_never_panic(at in any::<prop::sample::Index>(), piece in "[\\[\\]{}\":,a-z0-9]{0,4}", cut in any::<bool>()) {
        let line = request(&text("service.name", "shop"), &format!(r#"{{"traceId":"{TRACE}","spanId":"eee19b7ec3c1b174","attributes":[{}]}}"#, text("k", "v")));
        let at = at.index(line.len());
        let damaged = if cut { line[..at].to_owned() } else { format!("{}{piece}{}", &line[..at], &line[at..]) };
        let mut decoded = Decoded::default();
        if decode(&damaged, &Naming::default(), &mut decoded).is_err() {
            prop_assert!(decoded.spans.is_empty() && decoded.refused == 0);
        }
    }
}
