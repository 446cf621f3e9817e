//! Lines of every named format with the values they must give, found by `auto` and read by name alike.

use jiff::tz::TimeZone;
use magpie_model::{Severity, Timestamp};
use proptest::prelude::*;

use crate::normalise::detect::{detect, named, names};
use crate::normalise::time::TimeForm;
use crate::normalise::values::{Detected, LineParser, Reason, TimeContext, Values};

fn context() -> TimeContext {
    TimeContext { zone: TimeZone::UTC, near: Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").unwrap() }
}

/// What a line gives: `name=value` pairs in the order of their names; time in RFC 3339, severity by its name.
fn shown(parser: &dyn LineParser, line: &str) -> String {
    let mut values = Values::new(parser.names().len());
    if let Err(Reason(reason)) = parser.parse(line, &mut values) {
        return format!("({reason})");
    }
    let mut pairs: Vec<String> = Vec::new();
    for (slot, name) in parser.names().iter().enumerate() {
        let Some(text) = values.get(slot).to_text() else { continue };
        let text = match name.as_str() {
            "time" => match parser.time_form().unwrap_or(&TimeForm::auto()).parse(&text, &context()) {
                Some(time) => time.to_string(),
                None => format!("unreadable `{text}`"),
            },
            "severity" => Severity::from_word(&text).map_or_else(|| format!("unknown `{text}`"), |severity| severity.name().to_owned()),
            _ => text.into_owned(),
        };
        pairs.push(format!("{name}={text}"));
    }
    pairs.extend(values.extra.iter().map(|(key, value)| format!("+{key}={value}")));
    pairs.sort();
    pairs.join(" ")
}

/// Detects the format of `lines`, checks its name, and that each line gives all the `expected` pairs.
#[track_caller]
fn check(format: &str, lines: &[(&str, &[&str])]) {
    let sample: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let Detected { name, parser, confidence } = detect(&sample);
    assert_eq!(name, format, "detected from {sample:#?}");
    assert!(confidence > 0.99, "{format}: {confidence}");
    for (line, expected) in lines {
        let all = shown(&*parser, line);
        let padded = format!(" {all} ");
        for pair in *expected {
            assert!(padded.contains(&format!(" {pair} ")), "`{pair}` of\n  {line}\nis not in\n  {all}");
        }
        let by_name = named(format, &sample).unwrap_or_else(|| panic!("{format} is no name"));
        assert_eq!(shown(&*by_name.parser, line), all, "read by name");
    }
}

mod access;
mod calls;
mod pairs;
mod undated;
mod wild;

#[test]
fn threads_between_separators() {
    check(
        "log4j",
        &[
            (
                "10:00:00,250 | pool-1-thread-3 | WARN | com.acme.Stock | took 7 ms",
                &["thread=pool-1-thread-3", "severity=warn", "component=com.acme.Stock", "message=took 7 ms"],
            ),
            (
                "10:00:01,250 | pool-1-thread-4 | INFO | com.acme.Order | took 8 ms",
                &["thread=pool-1-thread-4", "severity=info", "component=com.acme.Order"],
            ),
        ],
    );
    check(
        "log4j",
        &[
            ("2026-11-22 10:00:00 - order-worker - INFO - paid 7", &["component=order-worker", "message=paid 7"]),
            ("2026-11-22 10:00:01 - order-worker - INFO - paid 8", &["component=order-worker", "message=paid 8"]),
        ],
    );
}

#[test]
fn names_and_processes_before_the_message() {
    for (lines, expected) in [
        (
            ["2026-11-22 10:00:00 WARN com.acme.Stock [2920]: took 7 ms", "2026-11-22 10:00:01 INFO com.acme.Order [2920]: paid"],
            &["severity=warn", "component=com.acme.Stock", "pid=2920", "message=took 7 ms"][..],
        ),
        // Levels in small letters are no names of hosts, and a bracket with a month is not Apache's.
        (
            ["Nov 22 10:00:00 warn orders[77]: late", "Nov 22 10:00:01 info orders[77]: paid"],
            &["severity=warn", "component=orders", "pid=77", "message=late"],
        ),
        (
            ["[Nov 22 10:00:00] [warn] [com.acme.Stock]: late", "[Nov 22 10:00:01] [info] [com.acme.Order]: paid"],
            &["severity=warn", "component=com.acme.Stock", "message=late"],
        ),
    ] {
        check("log4j", &[(lines[0], expected), (lines[1], &["severity=info", "message=paid"])]);
    }
}

#[test]
fn keys_and_values_behind_a_head() {
    check(
        "log4j/json",
        &[
            (
                r#"2026-11-22T10:00:00Z {"level":"error","logger":"orders","msg":"no stock","n":12}"#,
                &["time=2026-11-22T10:00:00Z", "severity=error", "component=orders", "message=no stock", "+n=12"],
            ),
            (
                r#"2026-11-22T10:00:01Z {"level":"info","logger":"orders","msg":"paid","n":13}"#,
                &["time=2026-11-22T10:00:01Z", "severity=info", "message=paid", "+n=13"],
            ),
            // What is no object is text, even among such lines.
            ("2026-11-22T10:00:02Z stopping {soon}", &["time=2026-11-22T10:00:02Z", "message=stopping {soon}"]),
        ],
    );
    check(
        "log4j/json",
        &[
            (
                r#"[2026-11-22 10:00:00,250] [WARN] [com.shop.Order] {"event":"late","elapsed_ms":1200,"trace_id":"4bf92f3577b34da6"}"#,
                &[
                    "time=2026-11-22T10:00:00.250Z",
                    "severity=warn",
                    "component=com.shop.Order",
                    "elapsed_ms=1200",
                    "trace_id=4bf92f3577b34da6",
                ],
            ),
            (
                r#"[2026-11-22 10:00:01,000] [INFO] [com.shop.Cart] {"event":"paid","elapsed_ms":7,"trace_id":"00f067aa0ba902b7"}"#,
                &["severity=info", "component=com.shop.Cart", "elapsed_ms=7"],
            ),
        ],
    );
    check(
        "log4j/logfmt",
        &[
            (
                r#"2026/11/22 10:00:00 level=warn msg="slow answer" path=/a?b=1 method=GET status=200 duration=1.2s"#,
                &[
                    "time=2026-11-22T10:00:00Z",
                    "severity=warn",
                    "message=slow answer",
                    "path=/a?b=1",
                    "method=GET",
                    "status=200",
                    "elapsed_s=1.2",
                ],
            ),
            (
                "2026/11/22 10:00:01 level=info msg=done path=/b method=GET status=204 duration=12ms",
                &["severity=info", "message=done", "elapsed_ms=12"],
            ),
        ],
    );
    // A text before the object is the message, with what it says.
    check(
        "log4j",
        &[
            (
                "2026-11-22T10:00:00.000Z\tINFO\tcontrollers.Foo\tReconciling\t{\"namespace\": \"x\"}",
                &["severity=info", "component=controllers.Foo", "message=Reconciling\t{\"namespace\": \"x\"}"],
            ),
            (
                "2026-11-22T10:00:01.000Z\tERROR\tcontrollers.Foo\tgave up\t{\"namespace\": \"x\"}",
                &["severity=error", "message=gave up\t{\"namespace\": \"x\"}"],
            ),
        ],
    );
}

#[test]
fn access_logs() {
    check(
        "combined",
        &[
            (
                r#"83.149.9.216 - frank [17/May/2015:10:05:03 +0000] "GET /a/b.png?x=1 HTTP/1.1" 200 203023 "http://semicomplete.com/" "Mozilla/5.0 (Mac OS X)""#,
                &[
                    "source=83.149.9.216",
                    "user=frank",
                    "time=2015-05-17T10:05:03Z",
                    "method=GET",
                    "path=/a/b.png?x=1",
                    "status=200",
                    "bytes=203023",
                    "user_agent=Mozilla/5.0 (Mac OS X)",
                ],
            ),
            (
                r#"2001:db8::1 - - [17/May/2015:10:05:03 +0200] "POST /x HTTP/2.0" 502 - "-" "-""#,
                &["source=2001:db8::1", "time=2015-05-17T08:05:03Z", "bytes=0", "status=502"],
            ),
            (r#"10.0.0.1 - - [17/May/2015:10:05:03 +0000] "\x16\x03\x01" 400 226 "-" "-""#, &["status=400", "+request=\\x16\\x03\\x01"]),
            (r#"10.0.0.1 - - [17/May/2015:10:05:03 +0000] "-" 408 -"#, &["status=408"]),
            (
                r#"10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a\"b HTTP/1.1" 200 5 "-" "say \"hi\" to it""#,
                &[r#"path=/a\"b"#, r#"user_agent=say \"hi\" to it"#],
            ),
            (
                r#"unknown.host.example - some body [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 5"#,
                &["source=unknown.host.example", "path=/"],
            ),
        ],
    );
}

#[test]
fn access_logs_with_extras() {
    for (line, expected) in [
        (
            r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 10.0.9.4:8080 0.043 warn=0"#,
            "elapsed_s=0.043 target=10.0.9.4:8080 warning=0",
        ),
        (
            r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "203.0.113.7, 10.1.1.1" rt=0.043 uct="0.000" urt="0.040""#,
            "elapsed_s=0.043 forwarded_for=203.0.113.7, 10.1.1.1",
        ),
        (
            r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "203.0.113.7" 0.043 0.040 ."#,
            "elapsed_s=0.043 forwarded_for=203.0.113.7",
        ),
        (
            r#"www.example.com:443 10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 43211"#,
            "elapsed_us=43211 source=10.0.3.17 virtual_host=www.example.com:443",
        ),
        (r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 2"#, "elapsed_s=2"),
        (
            r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] shop.example "GET /a HTTP/1.1" 502 154 1.204 "-" "curl" 10.1.0.4:1980 502 1.203 "http://shop.example""#,
            "elapsed_s=1.204 path=/a status=502 target=10.1.0.4:1980 user_agent=curl virtual_host=shop.example",
        ),
        (
            r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 7 "router@docker" "http://10.0.9.4:80" 12ms"#,
            "elapsed_ms=12 target=10.0.9.4:80",
        ),
        (r#"127.0.0.1 - - [22/Nov/2026 10:15:03] "GET /x HTTP/1.1" 200 -"#, "path=/x time=2026-11-22T10:15:03Z"),
        (r#"[22/Nov/2026 10:15:03] "POST /x/?a=1 HTTP/1.1" 500 98"#, "bytes=98 path=/x/?a=1 status=500 time=2026-11-22T10:15:03Z"),
        (r#"INFO:     10.0.3.17:50000 - "GET /x HTTP/1.1" 404 Not Found"#, "method=GET path=/x source=10.0.3.17:50000 status=404"),
    ] {
        let Detected { name, parser, .. } = detect(&[line]);
        assert_eq!(name, "combined", "{line}");
        let all = shown(&*parser, line);
        let expected = expected.split(' ').fold(Vec::<String>::new(), |mut pairs, word| {
            if word.contains('=') {
                pairs.push(word.to_owned())
            } else {
                pairs.last_mut().unwrap().push_str(&format!(" {word}"))
            }
            pairs
        });
        for pair in expected {
            assert!(all.contains(&pair), "{pair} in {all}");
        }
    }
}

#[test]
fn logs_of_websphere() {
    check(
        "websphere",
        &[
            (
                "[11/22/26 10:15:03:123 UTC] 00000045 SystemOut     O order 7 accepted",
                &["time=2026-11-22T10:15:03.123Z", "thread=00000045", "component=SystemOut", "severity=info", "message=order 7 accepted"],
            ),
            (
                "[11/22/26 10:15:04:001 UTC] 00000046 ServletWrappe E   SRVE0068E: Uncaught exception",
                &["component=ServletWrappe", "severity=error", "message=SRVE0068E: Uncaught exception"],
            ),
            ("[11/22/26 10:15:05:020 UTC] 0000001f ThreadMonitor W   WSVR0605W: slow", &["severity=warn"]),
        ],
    );
    check("websphere", &[("[22.11.26 10:15:06:020 UTC] 0000001f WsServerImpl  A   WSVR0001I: open", &["time=2026-11-22T10:15:06.020Z"])]);
}

#[test]
fn error_logs_and_klog() {
    check(
        "nginx_error",
        &[
            (
                r#"2026/11/22 10:15:03 [error] 12#34: *56 open() "/x" failed (2: No such file or directory), client: 10.0.0.1, server: a, request: "GET /x HTTP/1.1", upstream: "http://10.0.9.4:8080/x", host: "h""#,
                &[
                    "time=2026-11-22T10:15:03Z",
                    "severity=error",
                    "pid=12",
                    "thread=34",
                    "source=10.0.0.1",
                    "path=/x",
                    "target=10.0.9.4:8080",
                    r#"message=open() "/x" failed (2: No such file or directory)"#,
                ],
            ),
            ("2026/11/22 10:15:03 [notice] 1#1: start worker process 29", &["severity=info", "message=start worker process 29"]),
        ],
    );
    check(
        "apache_error",
        &[
            (
                "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
                &["time=2005-12-04T04:47:44Z", "severity=info", "message=workerEnv.init() ok"],
            ),
            ("[Sun Dec 04 04:47:44 2005] [error] [client 10.0.0.1] denied", &["source=10.0.0.1", "message=denied"]),
            (
                "[Wed Oct 11 14:32:52.123456 2026] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:1234] AH00128: none",
                &[
                    "time=2026-10-11T14:32:52.123456Z",
                    "component=core",
                    "severity=error",
                    "pid=35708",
                    "source=72.15.99.187:1234",
                    "message=AH00128: none",
                ],
            ),
        ],
    );
    check(
        "klog",
        &[
            (
                "I1122 10:15:03.123456   12345 server.go:123] Started x",
                &["time=2026-11-22T10:15:03.123456Z", "severity=info", "component=server.go", "pid=12345", "message=Started x"],
            ),
            ("E20261122 10:15:03.123456 7 a/b.cc:9] bad", &["time=2026-11-22T10:15:03.123456Z", "severity=error", "message=bad"]),
        ],
    );
}

#[test]
fn proxies_and_load_balancers() {
    check(
        "envoy",
        &[
            (
                r#"[2026-11-22T10:15:03.250Z] "GET /a HTTP/1.1" 200 - 0 123 45 43 "203.0.113.7" "curl/8" "cc21d9b0" "locations" "10.0.9.4:80""#,
                &[
                    "time=2026-11-22T10:15:03.250Z",
                    "method=GET",
                    "path=/a",
                    "status=200",
                    "bytes=123",
                    "elapsed_ms=45",
                    "source=203.0.113.7",
                    "target=10.0.9.4:80",
                ],
            ),
            (
                r#"[2026-11-22T10:15:03.250Z] "GET /b HTTP/1.1" 503 UF via_upstream - "-" 0 91 7 - "-" "curl/8" "id" "svc:80" "10.0.9.5:80" outbound|80||svc 10.0.3.1:4 10.9.9.9:80 10.0.3.1:55 - default"#,
                &["status=503", "bytes=91", "elapsed_ms=7", "source=10.0.3.1:55", "target=10.0.9.5:80"],
            ),
        ],
    );
    check(
        "alb",
        &[
            (
                r#"https 2026-11-22T10:15:03.186641Z app/my-lb/50dc 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a?b=1 HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn:x "Root=1-58" "www.example.com" "arn:y" 1 2026-11-22T10:15:03.000000Z "forward" "-" "-""#,
                &[
                    "time=2026-11-22T10:15:03.186641Z",
                    "source=192.168.131.39:2817",
                    "target=10.0.0.1:80",
                    "elapsed_ns=171000000",
                    "status=200",
                    "bytes=57",
                    "path=/a?b=1",
                ],
            ),
            (
                r#"http 2026-11-22T10:15:03.186641Z app/my-lb/50dc 192.168.131.39:2817 - -1 -1 -1 503 - 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:x "Root=1-58" "-" "-" 0"#,
                &["status=503", "path=/"],
            ),
        ],
    );
    check(
        "haproxy",
        &[
            (
                r#"Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2026:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#,
                &[
                    "source=10.0.1.2:33317",
                    "time=2026-02-06T12:14:14.655Z",
                    "target_module=static",
                    "target=srv1",
                    "elapsed_ms=109",
                    "status=200",
                    "bytes=2750",
                    "path=/index.html",
                ],
            ),
            (
                r#"10.0.1.2:33317 [06/Feb/2026:12:14:14.655] http-in~ bck/<NOSRV> -1/-1/-1/-1/+50001 408 2750 - - cR-- 2/2/2/0/+2 0/0 "<BADREQ>""#,
                &["status=408", "elapsed_ms=50001"],
            ),
        ],
    );
    check(
        "alb",
        &[(
            r#"2026-11-22T10:15:03.186641Z my-lb 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/a HTTP/1.1" "curl/7.38.0" - -"#,
            &["time=2026-11-22T10:15:03.186641Z", "target=10.0.0.1:80", "elapsed_ns=1178000", "status=200", "bytes=29", "path=/a"],
        )],
    );
    check(
        "gin",
        &[
            (
                r#"[GIN] 2026/11/22 - 10:15:03 | 200 |     12.345ms |        10.0.0.5 | GET      "/items/5""#,
                &["time=2026-11-22T10:15:03Z", "status=200", "elapsed_ms=12.345", "source=10.0.0.5", "method=GET", "path=/items/5"],
            ),
            (
                r#"[GIN] 2026/11/22 - 10:15:04 | 500 |        1m2.5s |             ::1 | POST     "/items""#,
                &["status=500", "elapsed_s=62.5", "source=::1"],
            ),
        ],
    );
    check(
        "squid",
        &[(
            "1795342503.603    310 192.168.0.2 TCP_MISS/200 1024 GET http://example.com/a - DIRECT/10.0.9.4 text/html",
            &["time=2026-11-22T10:15:03.603Z", "elapsed_ms=310", "path=/a", "target=10.0.9.4"],
        )],
    );
    check(
        "w3c",
        &[
            ("#Software: Microsoft Internet Information Services 10.0", &["(not"]),
            (
                "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken",
                &["(not"],
            ),
            (
                "2026-11-22 10:15:03 10.0.9.4 GET /a x=1 443 - 10.0.3.17 Mozilla/5.0 404 15",
                &["time=2026-11-22T10:15:03Z", "source=10.0.3.17", "target=10.0.9.4", "path=/a", "status=404", "elapsed_ms=15"],
            ),
        ],
    );
    check(
        "w3c",
        &[
            ("#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status time-taken", &["(not"]),
            (
                "2026-11-22\t10:15:03\tLHR1\t2390\t10.0.3.17\tGET\td1.example\t/img/a.png\t200\t0.012",
                &["bytes=2390", "path=/img/a.png", "elapsed_s=0.012"],
            ),
        ],
    );
}

#[test]
fn json_lines_of_many_loggers() {
    for (format, line, expected) in [
        (
            "json",
            r#"{"@timestamp":"2026-11-22T10:15:03.000Z","log.level":"WARN","message":"x","log":{"logger":"a.B"},"trace":{"id":"ab"},"service.name":"s"}"#,
            "application=s component=a.B message=x severity=warn time=2026-11-22T10:15:03Z trace_id=ab",
        ),
        (
            "json",
            r#"{"Timestamp":"1795342503000000000","SeverityText":"ERROR","Body":"x","TraceId":"ab","SpanId":"cd","Resource":{"service.name":"s"}}"#,
            "message=x severity=error span_id=cd time=2026-11-22T10:15:03Z trace_id=ab",
        ),
        (
            "json",
            r#"{"name":"app","hostname":"h","pid":7,"level":50,"msg":"x","time":"2026-11-22T10:15:03.000Z","v":0}"#,
            "component=app host=h message=x pid=7 severity=error time=2026-11-22T10:15:03Z",
        ),
        (
            "json",
            r#"{"level":30,"time":1795342503250,"pid":7,"msg":"x","req":{"method":"GET","url":"/a"},"res":{"statusCode":200},"responseTime":12}"#,
            "elapsed_ms=12 message=x method=GET path=/a severity=info status=200 time=2026-11-22T10:15:03.250Z",
        ),
        (
            "json",
            r#"{"level":"info","ts":1795342503.25,"logger":"a","caller":"b.go:1","msg":"x","error":"bad"}"#,
            "+caller=b.go:1 +error.message=bad component=a message=x severity=info time=2026-11-22T10:15:03.250Z",
        ),
        (
            "json",
            r#"{"event":"x","level":"warning","timestamp":"2026-11-22T10:15:03Z","logger":"a.b"}"#,
            "component=a.b message=x severity=warn",
        ),
        (
            "json",
            r#"{"time":"2026-11-22T10:15:03+01:00","level":"INFO","msg":"a \"b\"","n":1}"#,
            r#"+n=1 message=a "b" severity=info time=2026-11-22T09:15:03Z"#,
        ),
        (
            "json",
            r#"{"asctime":"2026-11-22 10:15:03,250","levelname":"CRITICAL","name":"root","message":"x"}"#,
            "component=root severity=fatal time=2026-11-22T10:15:03.250Z",
        ),
        (
            "json",
            r#"{"@t":"2026-11-22T10:15:03Z","@mt":"Hi {x}","@l":"Warning","@tr":"ab","SourceContext":"A.B"}"#,
            "component=A.B message=Hi {x} severity=warn trace_id=ab",
        ),
        (
            "json",
            r#"{"timestamp":"2026-11-22T10:15:03Z","level":"INFO","fields":{"message":"x"},"target":"app::web"}"#,
            "component=app::web message=x",
        ),
        (
            "caddy",
            r#"{"level":"info","ts":1795342503.25,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.0.3.17","remote_port":"4","method":"GET","host":"h","uri":"/a"},"duration":0.0432,"size":10900,"status":200}"#,
            "bytes=10900 elapsed_s=0.0432 method=GET path=/a source=10.0.3.17 status=200 time=2026-11-22T10:15:03.250Z",
        ),
        (
            "traefik",
            r#"{"ClientAddr":"10.0.3.17:4","DownstreamContentSize":57,"DownstreamStatus":200,"Duration":43200000,"RequestMethod":"GET","RequestPath":"/a","ServiceAddr":"10.0.9.4:80","level":"info","msg":"","time":"2026-11-22T10:15:03Z"}"#,
            "bytes=57 elapsed_ns=43200000 method=GET path=/a source=10.0.3.17:4 status=200 target=10.0.9.4:80 time=2026-11-22T10:15:03Z",
        ),
        (
            "json",
            r#"{"time_local":"22/Nov/2026:10:15:03 +0000","remote_addr":"10.0.3.17","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"5","request_time":"0.043","upstream_addr":"10.0.9.4:80"}"#,
            "bytes=5 elapsed_s=0.043 method=GET path=/a source=10.0.3.17 status=200 target=10.0.9.4:80 time=2026-11-22T10:15:03Z",
        ),
    ] {
        let Detected { name, parser, .. } = detect(&[line]);
        let all = shown(&*parser, line);
        assert_eq!(name, format, "{line}");
        for pair in expected.split(' ').filter(|word| word.contains('=')) {
            assert!(all.contains(pair), "{pair} in {all}");
        }
    }
    assert_eq!(shown(&*named("json", &[]).unwrap().parser, "{\"a\":"), "(not valid JSON)");
}

#[test]
fn syslog_old_and_new() {
    check(
        "syslog",
        &[
            (
                "<34>Nov 22 10:15:03 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
                &[
                    "time=2026-11-22T10:15:03Z",
                    "host=mymachine",
                    "component=su",
                    "severity=fatal",
                    "+facility=auth",
                    "message='su root' failed for lonvick on /dev/pts/8",
                ],
            ),
            (
                "Nov 22 10:15:03 combo sshd(pam_unix)[19939]: authentication failure; logname= uid=0",
                &["host=combo", "component=sshd(pam_unix)", "pid=19939", "message=authentication failure; logname= uid=0"],
            ),
            ("Nov  2 10:15:03 combo syslogd 1.4.1: restart.", &["component=syslogd 1.4.1", "message=restart."]),
            ("Nov 22 10:15:03 combo kernel: pci: 0000:00: x", &["component=kernel", "message=pci: 0000:00: x"]),
            ("Nov 22 10:15:03 combo last message repeated 2 times", &["host=combo", "message=last message repeated 2 times"]),
            (
                "2026-11-22T10:15:03.250+01:00 web-1 nginx[7]: hello",
                &["time=2026-11-22T09:15:03.250Z", "host=web-1", "component=nginx", "pid=7", "message=hello"],
            ),
            (
                r#"<165>1 2026-11-22T10:15:03.003Z host.example.com evntslog 7 ID47 [ex@32473 iut="3" eventSource="App \"x\""][meta trace_id="ab"] An event"#,
                &[
                    "time=2026-11-22T10:15:03.003Z",
                    "host=host.example.com",
                    "component=evntslog",
                    "pid=7",
                    "severity=info",
                    "+iut=3",
                    r#"+eventSource=App "x""#,
                    "trace_id=ab",
                    "message=An event",
                    "+msgid=ID47",
                ],
            ),
            ("<13>1 2026-11-22T10:15:03Z - - - - - text", &["severity=info", "message=text"]),
        ],
    );
    check(
        "syslog/json",
        &[(
            r#"Nov 22 10:15:03 h app[7]: {"level":"error","msg":"x","time":"2026-11-22T10:15:02Z"}"#,
            &["host=h", "component=app", "pid=7", "severity=error", "message=x", "time=2026-11-22T10:15:02Z"],
        )],
    );
}

#[test]
fn logfmt_and_delimited() {
    check(
        "logfmt",
        &[(
            r#"ts=2026-11-22T10:15:03Z level=warn msg="slow \"query\"" component=db duration=12ms path=/a code=200 n=1"#,
            &[
                "time=2026-11-22T10:15:03Z",
                "severity=warn",
                r#"message=slow "query""#,
                "component=db",
                "elapsed_ms=12",
                "path=/a",
                "status=200",
                "+n=1",
            ],
        )],
    );
    check(
        "csv",
        &[
            ("timestamp,level,logger,message,user id", &["(not"]),
            (
                "2026-11-22T10:15:03Z,INFO,a.B,\"hello, \"\"you\"\"\",7",
                &["time=2026-11-22T10:15:03Z", "severity=info", "component=a.B", r#"message=hello, "you""#, "+user_id=7"],
            ),
        ],
    );
    check(
        "tsv",
        &[
            ("when\tlevel\tmsg", &["(not"]),
            ("2026-11-22 10:15:03\tERROR\tx y", &["time=2026-11-22T10:15:03Z", "severity=error", "message=x y"]),
        ],
    );
    check(
        "postgresql_csv",
        &[
            (
                "2026-11-22 10:15:03.123 UTC,\"app\",\"shop\",4242,\"10.0.0.5:51234\",67d1,3,\"SELECT\",2026-11-22 10:10:00 UTC,3/12,0,LOG,00000,\"duration: 7 ms  statement: SELECT \"\"a\"\",\n  b\",,,,,,,,,\"psql\",\"client backend\",,0",
                &[
                    "time=2026-11-22T10:15:03.123Z",
                    "severity=info",
                    "message=duration: 7 ms  statement: SELECT \"a\",\n  b",
                    "+user_name=app",
                    "+database_name=shop",
                    "+connection_from=10.0.0.5:51234",
                    "application=psql",
                ],
            ),
            (
                "2026-11-22 10:15:04.123 UTC,,,4243,,67d2,1,,2026-11-22 10:10:00 UTC,,0,PANIC,XX000,\"could not write\",,,,,,,,,\"\"",
                &["time=2026-11-22T10:15:04.123Z", "message=could not write", "+sql_state_code=XX000"],
            ),
        ],
    );
    check(
        "csv",
        &[
            ("#separator \\x09", &["(not"]),
            ("#path\tconn", &["(not"]),
            ("#fields\tts\tuid\tid.orig_h\tid.resp_h\tservice\tduration\tresp_bytes", &["(not"]),
            (
                "1795342503.123456\tCabc\t10.0.0.1\t10.0.0.2\thttp\t0.25\t512",
                &[
                    "time=2026-11-22T10:15:03.123456Z",
                    "source=10.0.0.1",
                    "target=10.0.0.2",
                    "service=http",
                    "elapsed_s=0.25",
                    "bytes=512",
                    "+uid=Cabc",
                ],
            ),
            ("1795342504.123456\tCabd\t10.0.0.1\t10.0.0.3\tdns\t-\t-", &["time=2026-11-22T10:15:04.123456Z", "service=dns"]),
            ("#close\t2026-11-22-11-00-00", &["(not"]),
        ],
    );
    let csv = named("csv", &["a,b,time", "1,2,3"]).unwrap().parser;
    assert_eq!(shown(&*csv, "1,2"), "(wrong number of columns)");
    let postgresql = named("postgresql_csv", &[]).unwrap().parser;
    let short = "2026-11-22 10:15:05.123 UTC,,,4243,,67d2,1,,2026-11-22 10:10:00 UTC,,0,LOG";
    assert_eq!(shown(&*postgresql, short), "(wrong number of columns)");
}

#[test]
fn containers_and_what_is_inside() {
    check(
        "docker/log4j",
        &[
            (
                r#"{"log":"16:42:09.543 INFO  p.c.PriceController#46 TraceID: 6f3cbf058c2765548a39ad724905d6a1 SpanID: e2b724f0125a1b98 [find][Query price][x]\n","stream":"stdout","time":"2026-11-22T08:42:09.54483382Z"}"#,
                &[
                    "time=2026-11-22T08:42:09.544833820Z",
                    "severity=info",
                    "component=p.c.PriceController",
                    "trace_id=6f3cbf058c2765548a39ad724905d6a1",
                    "span_id=e2b724f0125a1b98",
                    "message=[find][Query price][x]",
                    "+stream=stdout",
                ],
            ),
            (
                r#"{"log":"16:42:10.543 WARN  v.s.VerifyCodeServiceImpl#114 TraceID: dad811a6f14846847bf2f220daa5e573 SpanID: 38648cd12198cd29 say \"hi\"\n","stream":"stdout","time":"2026-11-22T08:42:10Z"}"#,
                &["severity=warn", r#"message=say "hi""#, "trace_id=dad811a6f14846847bf2f220daa5e573"],
            ),
        ],
    );
    check(
        "cri/json",
        &[(
            r#"2026-11-22T10:15:03.123456789+01:00 stdout F {"level":"error","msg":"x"}"#,
            &["time=2026-11-22T09:15:03.123456789Z", "severity=error", "message=x"],
        )],
    );
    check("cri", &[("2026-11-22T10:15:03.123456789Z stderr F plain words", &["message=plain words", "+stream=stderr"])]);
}

#[test]
fn cut_container_lines_are_joined() {
    let lines = ["2026-11-22T10:15:03Z stdout P {\"level\":\"error\",", "2026-11-22T10:15:04Z stdout F \"msg\":\"x\"}"];
    let cri = named("cri/json", &lines).unwrap().parser;
    assert_eq!((cri.continues(lines[0]), cri.continues(lines[1])), (true, false));
    assert_eq!(shown(&*cri, &lines.join("\n")), "+stream=stdout message=x severity=error time=2026-11-22T10:15:03Z");
    let docker = [
        r#"{"log":"one ","stream":"stdout","time":"2026-11-22T10:15:03Z"}"#,
        r#"{"log":"two\n","stream":"stdout","time":"2026-11-22T10:15:04Z"}"#,
    ];
    let parser = named("docker", &docker).unwrap().parser;
    assert_eq!((parser.continues(docker[0]), parser.continues(docker[1])), (true, false));
    assert_eq!(shown(&*parser, &docker.join("\n")), "+stream=stdout message=one two time=2026-11-22T10:15:03Z");
    let stack = [
        r#"{"log":"Error: x\n","stream":"stderr","time":"2026-11-22T10:15:03Z"}"#,
        r#"{"log":"\tat a.b\n","stream":"stderr","time":"2026-11-22T10:15:03Z"}"#,
    ];
    assert_eq!((parser.starts_event(stack[0]), parser.starts_event(stack[1])), (Some(true), Some(false)));
    assert_eq!(shown(&*parser, &stack.join("\n")), "+stream=stderr message=Error: x\n\tat a.b time=2026-11-22T10:15:03Z");
}

/// Each layout with two lines, and what both must give.
#[test]
fn layouts_are_learned() {
    for (first, second, component, message) in [
        (
            "2026-11-22 10:15:03,250 INFO [main] org.apache.Foo: It works",
            "2026-11-22 10:15:04,250 WARN [pool-1-thread-2] org.apache.Bar: It does not",
            "org.apache.Foo",
            "It works",
        ),
        (
            "2026-11-22 10:15:03.250  INFO 1234 --- [           main] c.e.Foo                  : It works",
            "2026-11-22 10:15:03.250 ERROR 1234 --- [nio-8080-exec-1] c.e.Bar                  : It does not",
            "c.e.Foo",
            "It works",
        ),
        ("10:15:03.250 [main] INFO  c.e.Foo - It works", "10:15:04.250 [exec-7] DEBUG c.e.Bar - It does not", "c.e.Foo", "It works"),
        (
            "2026-11-22 10:15:03,250 - my.module - INFO - It works",
            "2026-11-22 10:15:04,250 - other - ERROR - It does not",
            "my.module",
            "It works",
        ),
        (
            "[2026-11-22T10:15:03,250][INFO ][o.e.n.Node               ] [node-1] It works",
            "[2026-11-22T10:15:04,250][WARN ][o.e.c.Cluster            ] [node-1] It does not",
            "o.e.n.Node",
            "[node-1] It works",
        ),
        ("INFO 2026-11-22 10:15:03 [api] It works", "ERROR 2026-11-22 10:15:03 [db] It does not", "api", "It works"),
        (
            "2026-11-22T10:15:03.250Z | INFO | api.server | It works",
            "2026-11-22T10:15:04.250Z | WARN | api.db | It does not",
            "api.server",
            "It works",
        ),
        (
            "2026-11-22T10:15:03.250Z|INFO|pid-123|api.server|It works",
            "2026-11-22T10:15:04.250Z|WARN|pid-123|api.db|It does not",
            "api.server",
            "It works",
        ),
        ("2026-11-22 10:15:03 [INFO] (api) It works", "2026-11-22 10:15:04 [WARN] (db) It does not", "api", "It works"),
        (
            "11-22 10:15:03.250  1234  5678 I ActivityManager: It works",
            "11-22 10:15:04.250  1234  5679 E WindowManager: It does not",
            "ActivityManager",
            "It works",
        ),
        (
            "2026-11-22T10:15:03.250123Z  INFO app::server: It works",
            "2026-11-22T10:15:04.250123Z ERROR app::db: It does not",
            "app::server",
            "It works",
        ),
        ("[2026-11-22 10:15:03 +0000] [7] [INFO] It works", "[2026-11-22 10:15:04 +0000] [8] [ERROR] It does not", "", "It works"),
        ("2026/11/22 10:15:03 INFO It works", "2026/11/22 10:15:04 ERROR It does not", "", "It works"),
        (
            "22-Nov-2026 10:15:03.250 INFO [main] org.apache.Foo It works",
            "22-Nov-2026 10:15:03.250 SEVERE [main] org.apache.Bar It does not",
            "org.apache.Foo",
            "It works",
        ),
        ("<2026-11-22 10:15:03> <INFO> <api> It works", "<2026-11-22 10:15:03> <ERROR> <db> It does not", "api", "It works"),
        ("INFO:     It works", "WARNING:  It does not", "", "It works"),
        ("INFO:api.server:It works", "WARNING:root:It does not", "api.server", "It works"),
        ("[2026-11-22T10:15:03Z INFO  app::db] It works", "[2026-11-22T10:15:04Z ERROR app::db::pool] It does not", "app::db", "It works"),
        ("[10:15:03 INF] It works", "[10:15:04 ERR] It does not", "", "It works"),
        ("[2026-11-22 10:15:03] production.INFO: It works", "[2026-11-22 10:15:04] local.ERROR: It does not", "production", "It works"),
        (
            "[2026-11-22 10:15:03,250: INFO/MainProcess] It works",
            "[2026-11-22 10:15:04,250: ERROR/ForkPoolWorker-1] It does not",
            "",
            "It works",
        ),
        (
            "2026-11-22 10:15:03,250 INFO  [org.jboss.as] (MSC service thread 1-2) WFLYSRV0049: It works",
            "2026-11-22 10:15:04,250 ERROR [org.jboss.as.controller] (Controller Boot Thread) WFLYCTL0013: It does not",
            "org.jboss.as",
            "WFLYSRV0049: It works",
        ),
        (
            "I, [2026-11-22T10:15:03.250123 #4321]  INFO -- : It works",
            "W, [2026-11-22T10:15:04.250123 #4321]  WARN -- : It does not",
            "",
            "It works",
        ),
        ("2026/11/22 10:15:03 [INFO] It works", "2026/11/22 10:15:04 It does not", "", "It works"),
        ("2026/11/22 10:15:03 server.go:7: INFO: It works", "2026/11/22 10:15:04 main.go:42: It does not", "server.go", "It works"),
        ("2026-11-22 10:15:03.250 UTC [1234] LOG:  It works", "2026-11-22 10:15:03.250 UTC [1234] ERROR:  It does not", "", "It works"),
        ("12:15:03 web.1 proc[12]: INFO It works", "12:15:03 web.2 proc[13]: ERROR It does not", "", "It works"),
    ] {
        let sample: Vec<&str> = std::iter::repeat_n([first, second], 6).flatten().collect();
        let Detected { name, parser, confidence } = detect(&sample);
        assert_eq!((name.as_str(), confidence), ("log4j", 1.0), "{first}");
        let all = shown(&*parser, first);
        assert!(all.contains(&format!("message={message} ")) || all.ends_with(&format!("message={message}")), "{first}\n  {all}");
        assert!(all.contains("severity=info"), "{first}\n  {all}");
        assert!(component.is_empty() || all.contains(&format!("component={component} ")), "{first}\n  {all}");
        assert!(shown(&*parser, second).contains("It does not"), "{second}\n  {}", shown(&*parser, second));
    }
}

#[test]
fn levels_are_found_where_programs_put_them() {
    check(
        "syslog",
        &[
            ("22-Nov-2026 10:15:03.123 queries: info: client @0x7f8 10.0.0.1#53", &["component=queries", "severity=info", "message=info:"]),
            ("22-Nov-2026 10:15:04.123 general: warning: zone x/IN: expired", &["component=general", "severity=warn"]),
            ("22-Nov-2026 10:15:04.123 general: zone x/IN: loaded", &["component=general", "message=zone"]),
        ],
    );
    check(
        "log4j",
        &[
            (
                "[2026-11-22 10:15:03] NOTICE[1234][C-00000001]: chan_sip.c:123 handle_request: rejected",
                &["time=2026-11-22T10:15:03Z", "severity=info", "pid=1234"],
            ),
            ("[2026-11-22 10:15:04] WARNING[1234]: pbx.c: no such extension", &["severity=warn", "pid=1234"]),
        ],
    );
}

/// AWS Lambda's log of one invocation: what the platform writes has no time.
#[test]
fn lines_without_a_time_before_and_between_belong_to_those_that_have_one() {
    let id = "6f1e2c3a-0000-4000-8000-000000000001";
    let lines = [
        format!("START RequestId: {id} Version: $LATEST"),
        format!("2026-11-22T10:15:03.123Z\t{id}\tINFO\thello"),
        format!("2026-11-22T10:15:03.127Z\t{id}\tERROR\tbad"),
        format!("END RequestId: {id}"),
        format!("REPORT RequestId: {id}\tDuration: 12.34 ms"),
    ];
    let sample: Vec<&str> = lines.iter().map(String::as_str).collect();
    let detected = detect(&sample);
    assert_eq!(detected.name, "log4j");
    let expected = format!("+context={id} message=bad severity=error time=2026-11-22T10:15:03.127Z");
    assert_eq!(shown(&*detected.parser, sample[2]), expected);
}

#[test]
fn several_formats_in_one_file() {
    let access = r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl""#;
    let json = r#"{"time":"2026-11-22T10:15:03Z","level":"INFO","msg":"x"}"#;
    let plain = "2026-11-22 10:15:03,250 INFO [main] a.B: y";
    let Detected { name, parser, confidence } = detect(&[json, access, plain, "\tat a.b.C", json, access]);
    assert_eq!((name.as_str(), confidence), ("json+combined+log4j", 1.0));
    assert!(shown(&*parser, json).contains("message=x"));
    assert!(shown(&*parser, access).contains("path=/a"));
    assert!(shown(&*parser, plain).contains("message=y"));
}

#[test]
fn an_error_log_among_access_lines_makes_no_calls() {
    let access = r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl""#;
    let error = r#"2026/11/22 10:15:03 [error] 1#3: *5 x, client: 10.0.3.17, request: "GET /x HTTP/1.1""#;
    let Detected { name, parser, .. } = detect(&[access, error, access]);
    assert_eq!((name.as_str(), parser.habits().kind), ("nginx_error+combined", None));
    assert!(shown(&*parser, access).contains(" path=/a"));
    assert!(shown(&*parser, error).contains("+path=/x") && !shown(&*parser, error).contains(" path=/x"));
}

#[test]
fn otlp_requests_are_recognised_and_prose_is_not() {
    assert_eq!(detect(&[r#"{"resourceSpans":[]}"#]).name, "otlp");
    assert_eq!(detect(&[r#"{"resourceLogs":[]}"#]).name, "otlp");
    for prose in [vec!["Once upon a time", "there was a log"], vec![], vec![""], vec!["the level was INFO at 10:15"]] {
        let Detected { name, confidence, .. } = detect(&prose);
        assert_eq!((name.as_str(), confidence), ("plain", 0.0), "{prose:?}");
    }
}

#[test]
fn every_name_makes_a_reader_or_needs_a_header() {
    for name in names() {
        let needs_sample = ["csv", "tsv", "kv", "ltsv", "w3c", "iis", "log4j", "logback", "spring"].contains(&name);
        assert_eq!(named(name, &[]).is_none(), needs_sample, "{name}");
    }
    assert!(named("nonsense", &[]).is_none());
}

fn fixtures() -> Vec<&'static str> {
    vec![
        r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl" 10.0.9.4:80 0.1 k=v"#,
        r#"{"time":"2026-11-22T10:15:03Z","level":"INFO","msg":"x\n","a":{"b":[1,"]"]}}"#,
        r#"{"log":"10:15:03 INFO a.B x\n","stream":"stdout","time":"2026-11-22T08:42:09.54483382Z"}"#,
        "2026-11-22T10:15:03Z stdout F x",
        r#"<165>1 2026-11-22T10:15:03.003Z h a 7 ID [e k="\"v"] text"#,
        "Nov 22 10:15:03 combo sshd[1]: x",
        "2026-11-22 10:15:03,250 INFO [main] a.B: y TraceID: 0123456789abcdef",
        "I1122 10:15:03.123456 1 a.go:1] x",
        r#"[2026-11-22T10:15:03.250Z] "GET /a HTTP/1.1" 200 - 0 1 2 3 "-" "c" "i" "l" "1.1.1.1:8""#,
        r#"http 2026-11-22T10:15:03Z app/x 1.1.1.1:1 2.2.2.2:2 0.1 0.1 0.1 200 200 0 57 "GET http://a:80/ HTTP/1.1" "c" - -"#,
        r#"1.1.1.1:3 [06/Feb/2026:12:14:14.655] f b/s 1/0/3/6/9 200 2 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1""#,
        r#"2026/11/22 10:15:03 [error] 1#3: *5 x, client: 1.1.1.1, request: "GET /x HTTP/1.1""#,
        "[Wed Oct 11 14:32:52.123456 2026] [core:error] [pid 3:tid 4] [client 7.1.9.1:1] x",
        r#"ts=2026-11-22T10:15:03Z level=warn msg="a \"b\"" d=12ms"#,
        "a,time,\"b\"\"c\"",
        "1795342503.603    310 192.168.0.2 TCP_MISS/200 1024 GET http://e.com/a - DIRECT/1.1.1.1 t",
        "Nov 28, 2026 9:15:02 AM a.B c\nINFO: x",
        "2026-11-28 09:15:02 info: a.B[14]\n      x\n      y",
        "# Time: 2026-11-28T09:15:02Z\n# User@Host: s[s] @ a [1.1.1.1]  Id: 4\n# Query_time: 2.1  Rows_sent: 1\nuse d;\nSET timestamp=1;\nSELECT 1;",
        "node=h type=USER_AUTH msg=audit(1795857303.456:4712): pid=78 msg='op=x acct=\"b\" addr=1.1.1.1 res=failed'",
        "1.1.1.1 - GET /a HTTP/1.1 200 512 - 12.345 ms",
        "time=2026-11-22T10:15:03Z|level=INFO|msg=\"a|b\"|c=",
        "time:2026-11-22T10:15:03Z\thost:1.1.1.1\treq:GET /a HTTP/1.1\tstatus:200",
        "101503.250.h!P.4712.2.0: gtrid x0: C:1: ERROR: x",
        "W( 1234) x: 812ms  (A)",
        "kern  :warn  : [12348.002211] CPU0: x",
        "12: (4711): INFO: a, remote 1.1.1.1:5, b",
        "<Event><System><Provider Name='S'/><Level>2</Level><TimeCreated SystemTime='2026-11-22T10:15:03Z'/></System><Data Name='a'>&lt;</Data></Event>",
        "2026-11-22T10:15:03Z 10.0.0.1 GET /a -> 200 (12ms)",
        "2 123456789010 eni-1 1.1.1.1 2.2.2.2 20641 22 6 20 4249 1795857302 1795857362 ACCEPT OK",
    ]
}

fn parse_all(sample: &[&str], line: &str) {
    let mut parsers: Vec<Detected> = names().iter().filter_map(|name| named(name, sample)).collect();
    parsers.push(detect(sample));
    for detected in parsers {
        let _ = shown(&*detected.parser, line);
        let _ = (detected.parser.starts_event(line), detected.parser.continues(line));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_format_panics_on_any_text(line in "\\PC*", other in "\\PC*") {
        parse_all(&[&line, &other], &other);
    }

    #[test]
    fn no_format_panics_on_nearly_right_lines(
        which in 0..30usize, cuts in proptest::collection::vec((0..200usize, 0..6usize, "[\"\\\\\\[\\]{}:=, |<>ü\n-]{0,3}"), 1..5)
    ) {
        let mut line: Vec<char> = fixtures()[which].chars().collect();
        for (at, length, text) in cuts {
            let at = at % (line.len() + 1);
            let end = (at + length).min(line.len());
            line.splice(at..end, text.chars());
        }
        let line: String = line.into_iter().collect();
        parse_all(&fixtures(), &line);
        parse_all(&[&line, fixtures()[which]], &line);
    }
}
