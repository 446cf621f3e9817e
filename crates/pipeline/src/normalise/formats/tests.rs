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
mod inside;
mod layouts;
mod pairs;
mod programs;
mod structured;
mod undated;
mod wild;

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

/// As where what starts a function writes to the same file as the function, without a time.
#[test]
fn lines_without_a_time_before_and_between_belong_to_those_that_have_one() {
    let id = "6f1e2c3a-0000-4000-8000-000000000001";
    let lines = [
        format!("starting request {id} of version 7"),
        format!("2026-11-22T10:15:03.123Z\t{id}\tINFO\thello"),
        format!("2026-11-22T10:15:03.127Z\t{id}\tERROR\tbad"),
        format!("request {id} is over"),
        format!("request {id}:\tDuration: 12.34 ms"),
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
