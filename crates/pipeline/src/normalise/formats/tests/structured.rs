//! Lines of keys and values: JSON of many loggers, logfmt, and delimited text.

use super::{Detected, check, detect, named, shown};

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
fn delimited_text_that_is_called_so_has_a_header_or_says_that_it_needs_one() {
    let headless = ["2026-11-22T10:15:03Z,INFO,started", "2026-11-22T10:15:04Z,ERROR,failed"];
    for name in ["csv", "tsv"] {
        let read = named(name, &headless).unwrap();
        assert_eq!(read.confidence, 0.0);
        assert_eq!(shown(&*read.parser, headless[0]), "(no header line names the columns)", "{name}");
    }
    // Two columns, a header alone, and rows of which most are broken are no format that is recognised, and yet what they are called.
    for (lines, row, expected) in [
        (vec!["time,message", "2026-11-22T10:15:03Z,started"], 1, "message=started time=2026-11-22T10:15:03Z"),
        (vec!["time;level;message"], 0, "(not an event)"),
        (
            vec!["time\tlevel\tmessage", "x", "y", "2026-11-22T10:15:03Z\tINFO\tstarted"],
            3,
            "message=started severity=info time=2026-11-22T10:15:03Z",
        ),
    ] {
        assert_eq!(shown(&*named("csv", &lines).unwrap().parser, lines[row]), expected);
    }
}

/// What each line must give, read alone.
#[test]
fn keys_of_loggers_databases_and_exports() {
    for (line, expected) in [
        (
            r#"{"version":"1.1","short_message":"up","timestamp":1795342503.123,"level":4,"_level_name":"WARN","_process_pid":7,"_process_thread_name":"main","host":"order","_service_version":"1.4.2","_log_logger":"com.shop.Order"}"#,
            &["message=up", "severity=warn", "component=com.shop.Order", "pid=7", "thread=main", "host=order", "version=1.4.2"][..],
        ),
        (
            r#"{"_index":"logs","_id":"a1","_version":3,"_source":{"@timestamp":"2026-11-22T10:15:03Z","log.level":"ERROR","message":"boom"}}"#,
            &["time=2026-11-22T10:15:03Z", "severity=error", "message=boom", "+_version=3"],
        ),
        (
            r#"{"t":{"$date":"2026-11-22T10:15:03.123+08:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn12","msg":"Slow query","attr":{"ns":"shop.orders","reslen":512,"remote":"10.0.3.17:51234","durationMillis":1203}}"#,
            &["component=COMMAND", "thread=conn12", "service=shop.orders", "bytes=512", "elapsed_ms=1203", "source=10.0.3.17:51234"],
        ),
        (r#"{"level":"info","c":"eur","msg":"x","line":"42"}"#, &["+c=eur", "+line=42"]),
        (
            r#"{"@t":"2026-11-22T10:15:03Z","@mt":"slow {Operation} in {Elapsed:0.0} ms, {Unknown}","Operation":"reserve","Elapsed":43.2}"#,
            &["severity=info", "message=slow reserve in 43.2 ms, {Unknown}", "elapsed_ms=43.2"],
        ),
        (
            r#"{"Timestamp":"2026-11-22T10:15:03Z","Level":"Warning","MessageTemplate":"slow {Operation}","Properties":{"Operation":"reserve"}}"#,
            &["severity=warn", "message=slow reserve"],
        ),
        (
            r#"{"kind":"Event","level":"Metadata","requestURI":"/api/v1/pods","verb":"list","sourceIPs":["10.0.3.17","10.0.3.1"],"responseStatus":{"code":403},"requestReceivedTimestamp":"2026-11-22T10:15:03Z"}"#,
            &["source=10.0.3.17", "method=list", "path=/api/v1/pods", "status=403"],
        ),
        (
            r#"{"time":"2026-11-22T10:15:03Z","AppRoleName":"stock","OperationId":"65a1b2c3d4e5f607","Url":"https://shop.example/item/12","ResultCode":"200","DurationMs":43.2}"#,
            &["application=stock", "trace_id=65a1b2c3d4e5f607", "path=https://shop.example/item/12", "status=200", "elapsed_ms=43.2"],
        ),
        (
            r#"{"time":"2026-11-22T10:15:03Z","msg":"x","hostName":"a","kubernetes":{"container_name":"stock"},"span":{"version":"HTTP/1.1"}}"#,
            &["host=a", "application=stock", "+span.version=HTTP/1.1"],
        ),
        (
            r#"{"type":"liberty_accesslog","host":"a","ibm_remoteHost":"10.0.3.17","ibm_requestHost":"10.0.9.4","ibm_bytesReceived":5120,"ibm_requestMethod":"GET","ibm_responseCode":200,"ibm_elapsedTime":43211,"ibm_uriPath":"\/item\/12","ibm_datetime":"2026-11-22T10:15:03.123+0000"}"#,
            &[
                "time=2026-11-22T10:15:03.123Z",
                "source=10.0.3.17",
                "target=10.0.9.4",
                "path=/item/12",
                "status=200",
                "bytes=5120",
                "elapsed_us=43211",
            ],
        ),
        (
            r#"{"loglevel":"AUDIT","ibm_threadId":"01","ibm_datetime":"2026-11-22T10:15:03.123+0000","message":"up"}"#,
            &["severity=info", "thread=01"],
        ),
        (
            r#"time="2026-11-22T10:15:04Z" level=info msg="response completed" http.request.method=GET http.request.uri="/v2/" http.response.status=200 http.response.duration=43.211ms http.request.remoteaddr=10.0.3.17 http.response.written=512"#,
            &["method=GET", "path=/v2/", "status=200", "elapsed_ms=43.211", "source=10.0.3.17", "bytes=512"],
        ),
        // Alibaba's log service, Splunk and CloudWatch.
        (
            r#"{"__time__":"1795342503","__tag__:__hostname__":"web-1","content":"boom","_container_name_":"order"}"#,
            &["time=2026-11-22T10:15:03Z", "host=web-1", "message=boom", "application=order"],
        ),
        (
            r#"{"preview":false,"result":{"_raw":"boom","_time":"2026-11-22T10:15:03Z","host":"web-1","source":"/var/log/a.log"}}"#,
            &["time=2026-11-22T10:15:03Z", "message=boom", "host=web-1", "+result.source=/var/log/a.log"],
        ),
        (r#"{"@timestamp":"2026-11-22 10:15:03.123","@message":"boom"}"#, &["time=2026-11-22T10:15:03.123Z", "message=boom"]),
        (r#"{"log":"x","kubernetes":{"pod_name":"stock-7","host":"node1"}}"#, &["message=x", "host=stock-7", "+kubernetes.host=node1"]),
    ] {
        let all = format!(" {} ", shown(&*detect(&[line]).parser, line));
        for pair in expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {line}\nis not in\n {all}");
        }
    }
}

#[test]
fn what_the_event_viewer_of_windows_exports() {
    for (header, words) in [
        ("Level\tDate and Time\tSource\tEvent ID\tTask Category", ["Information", "Error"]),
        ("级别\t日期和时间\t来源\t事件 ID\t任务类别", ["信息", "错误"]),
    ] {
        let rows = words.map(|word| format!("{word}\t2026/11/22 10:15:03\tService Control Manager\t7036\tNone\tThe service is running."));
        let detected = detect(&[header, &rows[0], &rows[1]]);
        assert_eq!((detected.name.as_str(), detected.confidence), ("tsv", 1.0));
        let all = format!(" {} ", shown(&*detected.parser, &rows[1]));
        for pair in [
            "time=2026-11-22T10:15:03Z",
            "severity=error",
            "component=Service Control Manager",
            "message=The service is running.",
            "+event_id=7036",
        ] {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` is not in {all}");
        }
    }
}
