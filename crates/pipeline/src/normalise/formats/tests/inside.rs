//! Lines inside of lines: what shippers of logs made JSON of, access lines in the messages of loggers, and a system's log of many programs.

use super::{check, detect, shown};

/// What each line of one file must give, whatever the name of the format.
#[track_caller]
fn read(format: &str, lines: &[(&str, &[&str])]) {
    let sample: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let detected = detect(&sample);
    assert_eq!(detected.name, format);
    for (line, expected) in lines {
        let all = format!(" {} ", shown(&*detected.parser, line));
        for pair in *expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {line}\nis not in\n {all}");
        }
    }
}

#[test]
fn what_a_shipper_made_json_of_is_read_as_the_line_that_it_was() {
    check(
        "json/combined",
        &[
            (
                r#"{"@timestamp":"2026-11-22T10:15:03.500Z","message":"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] \"GET /item/12 HTTP/1.1\" 200 5120 \"-\" \"curl/8.0\"","log":{"offset":0},"host":{"name":"web-1"}}"#,
                &[
                    "time=2026-11-22T10:15:03.500Z",
                    "host=web-1",
                    "source=10.0.3.17",
                    "path=/item/12",
                    "status=200",
                    "user_agent=curl/8.0",
                    "+log.offset=0",
                ],
            ),
            (
                r#"{"@timestamp":"2026-11-22T10:15:04.500Z","message":"10.0.3.18 - - [22/Nov/2026:10:15:04 +0000] \"POST /cart HTTP/1.1\" 500 36 \"-\" \"-\"","host":{"name":"web-1"}}"#,
                &["method=POST", "status=500", "bytes=36"],
            ),
        ],
    );
    read(
        "json/json+log4j",
        &[
            (
                r#"{"date":1795342503.5,"log":"2026-11-22T10:15:03.123Z WARN [main] com.shop.Order - slow","stream":"stdout","kubernetes":{"pod_name":"order-7"}}"#,
                &["severity=warn", "component=com.shop.Order", "thread=main", "message=slow", "host=order-7"],
            ),
            (
                r#"{"date":1795342504.5,"log":"2026-11-22T10:15:04.123Z ERROR [main] com.shop.Order - boom\n\tat a.B","stream":"stdout"}"#,
                &["severity=error", "time=2026-11-22T10:15:04.500Z", "+stream=stdout"],
            ),
            (
                r#"{"date":1795342505.5,"log":"{\"level\":\"error\",\"msg\":\"boom\",\"trace_id\":\"5e8eeb48b08784d0\"}","stream":"stderr"}"#,
                &["severity=error", "message=boom", "trace_id=5e8eeb48b08784d0"],
            ),
            (r#"{"date":1795342506.5,"log":"killed","stream":"stderr"}"#, &["message=killed"]),
        ],
    );
    read(
        "json/logfmt",
        &[
            (
                r#"{"labels":{"app":"stock"},"line":"level=error msg=\"no stock\" id=7","timestamp":"2026-11-22T10:15:03.123456789Z"}"#,
                &["time=2026-11-22T10:15:03.123456789Z", "severity=error", "message=no stock", "+id=7", "+labels.app=stock"],
            ),
            (
                r#"{"labels":{"app":"stock"},"line":"level=info msg=up id=8","timestamp":"2026-11-22T10:15:04.123456789Z"}"#,
                &["severity=info", "message=up"],
            ),
        ],
    );
}

#[test]
fn messages_of_loggers_are_text_but_for_the_requests_among_them() {
    read(
        "json/morgan+combined",
        &[
            (r#"{"level":"info","message":"started","timestamp":"2026-11-22T10:15:03Z"}"#, &["message=started", "severity=info"]),
            (
                r#"{"level":"http","message":"GET /item/12 200 43.211 ms - 5120","timestamp":"2026-11-22T10:15:04Z"}"#,
                &["method=GET", "path=/item/12", "status=200", "elapsed_ms=43.211", "bytes=5120", "severity=info"],
            ),
            (
                r#"{"level":"info","message":"10.0.3.17 - - [22/Nov/2026:10:15:05 +0000] \"GET /item/13 HTTP/1.1\" 200 12 \"-\" \"curl/8.0\"","timestamp":"2026-11-22T10:15:05Z"}"#,
                &["path=/item/13", "source=10.0.3.17", "user_agent=curl/8.0", "severity=info"],
            ),
        ],
    );
    let text =
        r#"{"level":"info","message":"2026-11-21 10:15:03 ERROR [main] was the last line of the old log","time":"2026-11-22T10:15:03Z"}"#;
    read("json", &[(text, &["severity=info", "time=2026-11-22T10:15:03Z"])]);
    // One line of ten is enough of what nothing else looks like.
    let log = "2026-11-22 10:15:03,123 INFO  [io.quarkus] (main) started";
    let access =
        r#"2026-11-22 10:15:04,123 INFO  [access-log] (executor-1) 10.0.3.17 - - [22/Nov/2026:10:15:04 +0000] "GET /a HTTP/1.1" 200 5"#;
    let sample: Vec<&str> = std::iter::repeat_n(log, 9).chain([access]).collect();
    let detected = detect(&sample);
    assert_eq!(detected.name, "log4j/combined");
    assert!(shown(&*detected.parser, access).contains("path=/a severity=info source=10.0.3.17 status=200"));
}

#[test]
fn programs_with_a_format_of_their_own_are_read_among_the_text_of_a_system() {
    read(
        "syslog/klog+logfmt+log4j",
        &[
            (
                r#"Nov 22 10:15:03 node1 kubelet[71]: E1122 10:15:03.123456      71 pod_workers.go:1298] "Error syncing pod" pod="shop/a""#,
                &["severity=error", "component=pod_workers.go", "host=node1", "pid=71", "time=2026-11-22T10:15:03Z"],
            ),
            (
                r#"Nov 22 10:15:04 node1 containerd[81]: time="2026-11-22T10:15:04.5Z" level=warning msg="cleanup failed""#,
                &["severity=warn", "message=cleanup failed", "component=containerd", "time=2026-11-22T10:15:04.500Z"],
            ),
            (
                "Nov 22 10:15:05 node1 shop[91]: 2026-11-22 10:15:05,123 ERROR [main] com.shop.Order - boom",
                &["severity=error", "component=com.shop.Order", "thread=main", "message=boom"],
            ),
            ("Nov 22 10:15:06 node1 systemd[1]: Started Session 12.", &["component=systemd", "message=Started Session 12."]),
            ("Nov 22 10:15:07 node1 sshd[47]: Failed password for bob", &["component=sshd"]),
            ("Nov 22 10:15:08 node1 CRON[48]: (root) CMD (backup)", &["component=CRON"]),
            ("Nov 22 10:15:09 node1 sudo: bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", &["component=sudo"]),
            (
                r#"Nov 22 10:15:09 node1 kernel: audit: type=1400 apparmor="DENIED" operation="open" name="/x" pid=1"#,
                &["component=kernel", r#"message=audit: type=1400 apparmor="DENIED" operation="open" name="/x" pid=1"#],
            ),
        ],
    );
    // Also where most have one format.
    read(
        "syslog/logfmt+log4j",
        &[
            (
                r#"Nov 22 10:15:03 10.0.0.1 registry[1]: time="2026-11-22T10:15:03Z" level=info msg="response completed""#,
                &["severity=info", "component=registry"],
            ),
            (r#"Nov 22 10:15:04 10.0.0.1 registry[1]: time="2026-11-22T10:15:04Z" level=error msg=failed"#, &["severity=error"]),
            (
                "Nov 22 10:15:05 10.0.0.1 core[2]: 2026-11-22T10:15:05Z [ERROR] [/lib/http/error.go:56]: not found",
                &["severity=error", "component=/lib/http/error.go", "message=not found"],
            ),
        ],
    );
    // A time with a zone is better than one without.
    read(
        "syslog/log4j",
        &[(
            "2026-11-22T10:15:04+01:00 node1 shop[91]: 2026-11-22 10:15:04,123 WARN [main] com.shop.Order - slow",
            &["time=2026-11-22T09:15:04Z", "severity=warn", "component=com.shop.Order"],
        )],
    );
}

/// `docker logs -t`, `kubectl logs --timestamps`, and stern.
#[test]
fn times_and_names_that_tools_put_before_lines() {
    check(
        "timestamps/log4j",
        &[
            (
                "2026-11-22T10:15:03.123456789Z 2026-11-22 10:15:03,100 INFO  [main] com.shop.Order - placed",
                &["time=2026-11-22T10:15:03.123456789Z", "severity=info", "component=com.shop.Order", "message=placed"],
            ),
            (
                "2026-11-22T10:15:04.123456789Z 2026-11-22 10:15:04,100 ERROR [exec-1] com.shop.Stock - boom",
                &["severity=error", "thread=exec-1"],
            ),
        ],
    );
    let sample = ["2026-11-22T10:15:04.123456789Z 10.0.3.17 - - [22/Nov/2026:10:15:04 +0000] \"GET /a HTTP/1.1\" 200 5"; 2];
    assert_eq!(detect(&sample).name, "timestamps/combined");
    // Nanoseconds of a logger's own.
    assert_eq!(detect(&["2026-11-22T10:15:03.123456789Z INFO shop: up", "2026-11-22T10:15:04.123456789Z WARN shop: slow"]).name, "log4j");
    read(
        "prefix/json+log4j",
        &[
            (
                "order-7d9f8-abcde order 2026-11-22T10:15:03.123Z  INFO 7 --- [main] com.shop.Order : placed",
                &["host=order-7d9f8-abcde", "component=com.shop.Order", "thread=main"],
            ),
            (
                r#"stock-5c4b7-fghij stock {"level":"error","msg":"boom","time":"2026-11-22T10:15:04Z"}"#,
                &["host=stock-5c4b7-fghij", "severity=error", "message=boom"],
            ),
            ("order-7d9f8-abcde order 2026-11-22T10:15:05.123Z ERROR 7 --- [main] com.shop.Order : boom", &["severity=error"]),
        ],
    );
}

#[test]
fn frameworks_of_go_and_jobs() {
    read(
        "json/access",
        &[
            (
                r#"{"@timestamp":"2026-11-22T10:15:03.123+08:00","caller":"handler/loghandler.go:147","content":"[HTTP] 200 - GET /item/12 - 10.0.3.17:51234 - curl/8.0","duration":"43.2ms","level":"info","span":"a1b2c3d4e5f60718","trace":"65a1b2c3d4e5f607"}"#,
                &[
                    "method=GET",
                    "path=/item/12",
                    "status=200",
                    "source=10.0.3.17:51234",
                    "elapsed_ms=43.2",
                    "span_id=a1b2c3d4e5f60718",
                    "trace_id=65a1b2c3d4e5f607",
                ],
            ),
            (r#"{"@timestamp":"2026-11-22T10:15:04Z","content":"[SQL] slowcall","duration":"812.3ms","level":"slow"}"#, &["severity=warn"]),
        ],
    );
    read(
        "logfmt",
        &[(
            "ts=2026-11-22T10:15:04Z level=info kind=server operation=/order.v1.Order/Get code=200 latency=0.043",
            &["path=/order.v1.Order/Get", "status=200", "elapsed_s=0.043"],
        )],
    );
    check(
        "log4j",
        &[
            (
                "2026-11-22 10:15:03 [com.xxl.job.core.thread.JobThread#run]-[130]-[xxl-job, JobThread-2] job execute start",
                &["component=com.xxl.job.core.thread.JobThread#run", "thread=xxl-job, JobThread-2", "message=job execute start"],
            ),
            ("2026-11-22 10:15:04 [com.shop.job.SyncJob#execute]-[42]-[xxl-job, JobThread-2] sync 12 orders", &["message=sync 12 orders"]),
        ],
    );
}
