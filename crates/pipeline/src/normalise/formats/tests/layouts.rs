//! Layouts that are learned: where time, level, thread, process and component stand.

use super::{Detected, check, detect, shown};

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
                "2026-11-22T10:00:00.000Z INFO [controllers.Foo] Reconciling {\"namespace\": \"x\"}",
                &["severity=info", "component=controllers.Foo", "message=Reconciling {\"namespace\": \"x\"}"],
            ),
            (
                "2026-11-22T10:00:01.000Z ERROR [controllers.Foo] gave up {\"namespace\": \"x\"}",
                &["severity=error", "message=gave up {\"namespace\": \"x\"}"],
            ),
        ],
    );
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

#[test]
fn prefixes_of_postgresql_and_tags_of_rails() {
    check(
        "log4j",
        &[
            ("2026-11-22 10:15:03 UTC [123]: [1-1] user=,db=,app=,client= LOG:  checkpoint starting: time", &["severity=info", "pid=123"]),
            (
                "2026-11-22 10:15:04 UTC [124]: [1-1] user=shop,db=orders,app=psql,client=10.0.3.17 ERROR:  no such relation",
                &["severity=error", "source=10.0.3.17", "application=psql", "+user=shop", "+db=orders", "message=no such relation"],
            ),
            (
                "2026-11-22 10:15:05 UTC [125]: [1-1] user=[unknown],db=[unknown],app=[unknown],client=10.0.3.18 LOG:  connection received",
                &["source=10.0.3.18", "severity=info"],
            ),
        ],
    );
    check(
        "log4j",
        &[
            ("< 2026-11-22 10:15:03.123 UTC >LOG:  database system is ready", &["time=2026-11-22T10:15:03.123Z", "severity=info"]),
            ("< 2026-11-22 10:15:04.123 UTC >ERROR:  no such relation", &["severity=error", "message=no such relation"]),
        ],
    );
    let tag = "5a1b2c3d-0000-4000-8000-000000000001";
    let request_id = format!("+request_id={tag}");
    let line = |time: u32, text: &str| format!("I, [2026-11-22T10:15:0{time}.123456 #7]  INFO -- : [{tag}] {text}");
    check("log4j", &[(&line(3, "Started"), &[&request_id, "message=Started", "severity=info"]), (&line(4, "Done"), &[&request_id])]);
    check(
        "log4j/logfmt",
        &[
            (
                &line(3, "method=GET path=/items/12 format=html controller=ItemsController status=200 duration=43.21"),
                &[&request_id, "method=GET", "path=/items/12", "status=200", "elapsed_ms=43.21", "time=2026-11-22T10:15:03.123456Z"],
            ),
            (&line(4, "method=POST path=/cart format=html controller=CartController status=500 duration=1203.2"), &["status=500"]),
        ],
    );
}
