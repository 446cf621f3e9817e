//! `magpie parse` as it is typed: files in, one event per line out, against expected events kept as data.
//!
//! Each fixture is a file of ours with a table of what every event must have; what the table does not name may be
//! anything. The public sets are tried too where they are present.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn magpie(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_magpie"));
    command.args(arguments).env_remove("MAGPIE_SERVER").env("NO_COLOR", "1");
    command
}

fn run(arguments: &[&str]) -> Output {
    magpie(arguments).stdin(Stdio::null()).output().expect("magpie runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

fn events(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Every member of `expected` stands in `found`; `null` means absent.
fn assert_has(found: &Value, expected: &Value, what: &str) {
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], value, "{what}: `{name}` of {found}");
    }
}

fn fixture(dir: &Path, name: &str, content: &[u8]) -> String {
    let path = dir.join(name);
    std::fs::write(&path, content).expect("fixture is written");
    path.to_string_lossy().into_owned()
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const NGINX: &str = "10.0.3.17 - - [22/Nov/2026:10:15:03 +0800] \"GET /item/123?x=1 HTTP/1.1\" 200 5120 \"-\" \"curl/8.1\"\n\
    10.0.3.18 - - [22/Nov/2026:10:15:04 +0800] \"POST /cart HTTP/1.1\" 503 12 \"-\" \"curl/8.1\"\n";
const LINES: &str = "{\"time\":\"2026-11-22T10:15:03.250Z\",\"level\":\"warn\",\"msg\":\"low stock\",\"logger\":\"stock\"}\n\
    {\"time\":\"2026-11-22T10:15:04Z\",\"level\":\"info\",\"msg\":\"ok\",\"logger\":\"stock\"}\n";
const LOG4J: &str = "2026-11-22 10:15:03,120 INFO  [main] com.shop.Order - placed 7\n\
    2026-11-22 10:15:04,001 ERROR [http-1] com.shop.Order - failed\n\
    java.lang.IllegalStateException: no stock\n\
    \tat com.shop.Order.place(Order.java:17)\n\
    Caused by: java.io.IOException: closed\n\
    \t... 5 more\n\
    2026-11-22 10:15:05,500 WARN  [main] com.shop.Cart - slow\n";

fn combined(status: u16) -> String {
    format!("10.0.0.1 - - [22/Nov/2026:10:15:03 +0000] \"GET /a HTTP/1.1\" {status} 5 \"-\" \"curl/8.1\"\n")
}

#[test]
fn every_event_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let call = |line: u64, status: &str| json!({"kind": "call", "status": status, "line": line, "parse_error": null});
    let mut dirty = combined(200).into_bytes();
    dirty.extend_from_slice(
        b"10.0.0.1 - - [22/Nov/2026:10:15:04 +0000] \"GET /\xff\xfe HTTP/1.1\" 404 5 \"-\" \"curl/8.1\"\n\xff\xfe garbage\n",
    );
    let long = format!("{}{}{}", combined(200), combined(201).replace("/a ", &format!("/{} ", "a".repeat(2 << 20))), combined(202));
    let table: Vec<(&str, Vec<u8>, Vec<Value>)> = vec![
        (
            "nginx.log",
            NGINX.into(),
            vec![
                json!({"kind": "call", "time": "2026-11-22T02:15:03Z", "source": "10.0.3.17", "service": "/item/{id}", "operation": "GET", "status": "200", "bytes": 5120, "line": 1}),
                json!({"kind": "call", "time": "2026-11-22T02:15:04Z", "source": "10.0.3.18", "service": "/cart", "status": "503", "error": 1, "line": 2}),
            ],
        ),
        (
            "lines.json",
            LINES.into(),
            vec![
                json!({"kind": "log", "time": "2026-11-22T10:15:03.250Z", "severity": "warn", "component": "stock", "line": 1}),
                json!({"kind": "log", "time": "2026-11-22T10:15:04Z", "severity": "info", "component": "stock", "line": 2}),
            ],
        ),
        (
            "app.log",
            LOG4J.into(),
            vec![
                json!({"time": "2026-11-22T10:15:03.120Z", "severity": "info", "component": "com.shop.Order", "line": 1}),
                json!({"time": "2026-11-22T10:15:04.001Z", "severity": "error", "component": "com.shop.Order", "line": 2,
                    "message": "failed\njava.lang.IllegalStateException: no stock\n\tat com.shop.Order.place(Order.java:17)\nCaused by: java.io.IOException: closed\n\t... 5 more"}),
                json!({"time": "2026-11-22T10:15:05.500Z", "severity": "warn", "component": "com.shop.Cart", "line": 7}),
            ],
        ),
        ("crlf.log", combined(200).repeat(2).replace('\n', "\r\n").into(), vec![call(1, "200"), call(2, "200")]),
        (
            "dirty.log",
            dirty,
            vec![call(1, "200"), call(2, "404"), json!({"line": 3, "time": null, "no_time": true, "message": "\u{fffd}\u{fffd} garbage"})],
        ),
        ("long.log", long.into(), vec![call(1, "200"), json!({"line": 2, "cut": true}), call(3, "202")]),
        ("unended.log", combined(200).trim_end().into(), vec![call(1, "200")]),
        ("blank.log", format!("{}\n\n{}", combined(200), combined(201)).into(), vec![call(1, "200"), call(4, "201")]),
        ("packed.log.gz", gzipped(NGINX.as_bytes()), vec![call(1, "200"), call(2, "503")]),
        ("empty.log", Vec::new(), vec![]),
    ];
    for (name, content, expected) in table {
        let file = fixture(dir.path(), name, &content);
        let found = events(&run(&["parse", "--json", &file]));
        assert_eq!(found.len(), expected.len(), "{name}: {found:#?}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_has(found, expected, name);
        }
    }
}

/// Logs whose events are of several lines by their own rule, and rows that say little, all found by `auto`.
#[test]
fn blocks_of_lines_and_bare_rows_are_understood_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let table = [
        (
            "jul.log",
            "Nov 28, 2026 9:15:02 AM org.apache.catalina.core.StandardService startInternal\n\
             INFO: Starting service Catalina\n\
             Nov 28, 2026 9:15:03 PM org.apache.coyote.Http11 <init>\n\
             SEVERE: Failed\n\
             java.net.BindException: Address already in use\n\
             \tat java.net.PlainSocketImpl.socketBind(Native Method)\n",
            vec![
                json!({"line": 1, "time": "2026-11-28T09:15:02Z", "severity": "info", "operation": "startInternal", "kind": "log",
                    "component": "org.apache.catalina.core.StandardService", "message": "Starting service Catalina"}),
                json!({"line": 3, "time": "2026-11-28T21:15:03Z", "severity": "error", "operation": "<init>",
                    "message": "Failed\njava.net.BindException: Address already in use\n\tat java.net.PlainSocketImpl.socketBind(Native Method)"}),
            ],
        ),
        (
            "dotnet.log",
            "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://localhost:5000\n\
             fail: Shop.Cart[0]\n      Unhandled exception\n      System.InvalidOperationException: boom\n         at Shop.Cart.Add()\n\
             warn: Shop.Cart[7] all in one line\n",
            vec![
                json!({"line": 1, "severity": "info", "component": "Microsoft.Hosting.Lifetime", "message": "Now listening on: http://localhost:5000",
                    "attributes": {"event_id": "14"}}),
                json!({"line": 3, "severity": "error", "component": "Shop.Cart", "error": 1,
                    "message": "Unhandled exception\nSystem.InvalidOperationException: boom\n   at Shop.Cart.Add()"}),
                json!({"line": 7, "severity": "warn", "component": "Shop.Cart", "message": "all in one line"}),
            ],
        ),
        (
            "slow.log",
            "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n\
             Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
             Time                 Id Command    Argument\n\
             # Time: 2026-11-28T09:15:02.123456Z\n\
             # User@Host: shop[shop] @ app-1 [10.0.0.7]  Id:    42\n\
             # Query_time: 2.123456  Lock_time: 0.000010 Rows_sent: 1  Rows_examined: 100000\n\
             use shop;\nSET timestamp=1795857302;\nSELECT * FROM orders\nWHERE customer = 7;\n\
             # User@Host: shop[shop] @ localhost []\n\
             # Query_time: 5.5  Lock_time: 0.000020 Rows_sent: 0  Rows_examined: 5\n\
             SET timestamp=1795857309;\nupdate stock set n = 1;\n",
            vec![
                json!({"line": 4, "kind": "call", "time": "2026-11-28T09:15:02.123456Z", "source": "10.0.0.7", "service": "SELECT", "elapsed_ms": 2123.456,
                    "message": "SELECT * FROM orders\nWHERE customer = 7;",
                    "attributes": {"Lock_time": "0.000010", "Rows_sent": "1", "Rows_examined": "100000", "connection": "42", "db": "shop", "user": "shop"}}),
                json!({"line": 11, "time": "2026-11-28T09:15:09Z", "source": "localhost", "service": "UPDATE", "elapsed_ms": 5500}),
            ],
        ),
        (
            "audit.log",
            "type=SYSCALL msg=audit(1795857302.123:4711): arch=c000003e success=yes pid=77 comm=\"sudo\" key=(null)\n\
             node=web-7 type=USER_AUTH msg=audit(1795857303.456:4712): pid=78 msg='op=PAM:authentication acct=\"bob\" hostname=? addr=10.0.0.9 res=failed'\n",
            vec![
                json!({"time": "2026-11-28T09:15:02.123Z", "component": "SYSCALL", "severity": "info",
                    "attributes": {"audit_id": "4711", "arch": "c000003e", "success": "yes", "pid": "77", "comm": "sudo", "key": "(null)"}}),
                json!({"time": "2026-11-28T09:15:03.456Z", "component": "USER_AUTH", "severity": "warn", "host": "web-7", "source": "10.0.0.9",
                    "attributes": {"audit_id": "4712", "pid": "78", "op": "PAM:authentication", "acct": "bob", "res": "failed"}}),
            ],
        ),
        (
            "dev.log",
            "GET /item/12 200 12.345 ms - 512\nPOST /cart 500 3.210 ms - -\nGET /slow - - ms - -\n",
            vec![
                json!({"kind": "call", "operation": "GET", "service": "/item/{id}", "status": "200", "elapsed_ms": 12.345, "bytes": 512}),
                json!({"operation": "POST", "status": "500", "error": 1, "elapsed_ms": 3.21, "bytes": null}),
                json!({"operation": "GET", "service": "/slow", "status": null, "elapsed_ms": null}),
            ],
        ),
        (
            "short.log",
            "::ffff:10.0.0.5 - GET /item/12?x=1 HTTP/1.1 200 512 - 12.345 ms\n",
            vec![json!({"kind": "call", "source": "10.0.0.5", "service": "/item/{id}", "bytes": 512, "elapsed_ms": 12.345})],
        ),
        (
            "flow.log",
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n\
             2 123456789010 eni-1 10.0.0.5 10.0.9.4 20641 22 6 20 4249 1795857302 1795857362 ACCEPT OK\n\
             2 123456789010 eni-1 10.0.0.5 10.0.9.4 20641 3389 6 20 42 1795857302 1795857362 REJECT OK\n\
             2 123456789010 eni-1 - - - - - - - 1795857302 1795857362 - NODATA\n",
            vec![
                json!({"kind": "call", "source": "10.0.0.5", "target": "10.0.9.4", "service": "tcp/22", "bytes": 4249, "time": "2026-11-28T09:15:02Z", "warning": 0}),
                json!({"service": "tcp/3389", "warning": 1, "attributes": {"account-id": "123456789010", "interface-id": "eni-1", "srcport": "20641",
                    "dstport": "3389", "packets": "20", "end": "1795857362", "action": "REJECT"}}),
            ],
        ),
        (
            "redis.log",
            "77:M 28 Nov 2026 09:15:02.123 * Ready\n77:S 28 Nov 2026 09:15:03.123 # MASTER aborted\n",
            vec![
                json!({"time": "2026-11-28T09:15:02.123Z", "severity": "info", "message": "Ready", "attributes": {"pid": "77", "role": "master"}}),
                json!({"severity": "warn", "message": "MASTER aborted", "attributes": {"pid": "77", "role": "replica"}}),
            ],
        ),
        (
            "kafka.log",
            "[2026-11-28 09:15:02,123] INFO [GroupCoordinator 0]: Rebalancing (kafka.coordinator.group.GroupCoordinator)\n\
             [2026-11-28 09:15:03,123] WARN No one (listens) (kafka.server.Server)\n",
            vec![
                json!({"component": "kafka.coordinator.group.GroupCoordinator", "severity": "info", "message": "[GroupCoordinator 0]: Rebalancing"}),
                json!({"component": "kafka.server.Server", "severity": "warn", "message": "No one (listens)"}),
            ],
        ),
        (
            "mysql.log",
            "2026-11-28T09:15:02.123456Z 0 [System] [MY-010931] [Server] ready\n\
             2026-11-28T09:15:03.123456Z 42 [Warning] [MY-010055] [Server] not resolved\n\
             2026-11-28T09:15:03.123456Z 43 [Note] [MY-010056] [InnoDB] done\n",
            vec![
                json!({"component": "Server", "severity": "info", "message": "ready"}),
                json!({"component": "Server", "severity": "warn", "message": "not resolved"}),
                json!({"component": "InnoDB", "severity": "info", "message": "done"}),
            ],
        ),
        (
            "uvicorn.log",
            "INFO:     127.0.0.1:50000 - \"GET /items/5 HTTP/1.1\" 500 Internal Server Error\n\
             ERROR:    Exception in ASGI application\n\
             Traceback (most recent call last):\n  File \"a.py\", line 7, in x\nValueError: boom\n\
             INFO:     Shutting down\n",
            vec![
                json!({"kind": "call", "service": "/items/{id}", "status": "500", "line": 1}),
                json!({"kind": "log", "severity": "error", "line": 2,
                    "message": "Exception in ASGI application\nTraceback (most recent call last):\n  File \"a.py\", line 7, in x\nValueError: boom"}),
                json!({"kind": "log", "severity": "info", "message": "Shutting down"}),
            ],
        ),
        (
            "rails.log",
            "Started GET \"/item/12\" for 10.0.3.17 at 2026-11-28 09:15:02 +0000\nProcessing by ItemsController#show as HTML\n\
             Completed 200 OK in 43ms (Views: 12.5ms | ActiveRecord: 0.8ms)\n\n\n\
             Started POST \"/cart\" for 10.0.3.18 at 2026-11-28 09:15:03 +0000\nCompleted 500 Internal Server Error in 1043ms\n\n  \n\
             RuntimeError (no stock):\n\napp/controllers/cart_controller.rb:7:in `create'\n",
            vec![
                json!({"line": 1, "kind": "call", "time": "2026-11-28T09:15:02Z", "source": "10.0.3.17", "service": "/item/{id}", "status": "200",
                    "elapsed_ms": 43, "component": "ItemsController#show"}),
                json!({"line": 6, "service": "/cart", "status": "500", "error": 1, "elapsed_ms": 1043,
                    "message": "Started POST \"/cart\" for 10.0.3.18 at 2026-11-28 09:15:03 +0000\nCompleted 500 Internal Server Error in 1043ms\n\n  \n\
                    RuntimeError (no stock):\n\napp/controllers/cart_controller.rb:7:in `create'"}),
            ],
        ),
        (
            "db2diag.log",
            "2026-11-28-17.15.02.250000+480 I1A1423            LEVEL: Event\nPID     : 12345                TID : 1402         PROC : db2sysc 0\n\
             INSTANCE: db2inst1             NODE : 000           DB   : SHOP\nHOSTNAME: db1\n\
             FUNCTION: DB2 UDB, base sys utilities, sqleMergeSqlca, probe:20\nMESSAGE : Database activated\n\n\
             2026-11-28-17.15.03.250000+480 I1950A600          LEVEL: Severe\nPID     : 12346                TID : 1403         PROC : db2sysc 0\n\
             FUNCTION: DB2 UDB, oper system services, sqloopenp, probe:80\nMESSAGE : File not found.\n",
            vec![
                json!({"line": 1, "time": "2026-11-28T09:15:02.250Z", "severity": "info", "component": "base sys utilities", "host": "db1",
                    "message": "Database activated", "attributes": {"pid": "12345", "db": "SHOP", "record": "I1A1423"}}),
                json!({"line": 8, "severity": "error", "component": "oper system services", "message": "File not found."}),
            ],
        ),
        (
            "AMQERR01.LOG",
            "11/28/26 09:15:02 - Process(1234.1) User(mqm) Program(amqzxma0)\n                    Host(mq1) Installation(Installation1)\n\
             \x20                   VRMF(9.2.0.0) QMgr(QM1)\n                    Time(2026-11-28T09:15:02.250Z)\n                   \n\
             AMQ8003I: queue manager 'QM1' started.\n\nEXPLANATION:\nIt started.\nACTION:\nNone.\n\
             -------------------------------------------------------------------------------\n\
             11/28/26 09:15:03 - Process(1234.5) User(mqm) Program(amqrmppa)\n                    Host(mq1) QMgr(QM1)\n\
             \x20                   RemoteHost(10.0.0.9)\n                   \nAMQ9777E: Channel was blocked\n\nEXPLANATION:\nIt was.\n\
             ----- cmqxrmsa.c : 1379 -------------------------------------------------------\n",
            vec![
                json!({"line": 1, "time": "2026-11-28T09:15:02.250Z", "severity": "info", "component": "amqzxma0", "host": "mq1",
                    "message": "AMQ8003I: queue manager 'QM1' started.\n\nEXPLANATION:\nIt started.\nACTION:\nNone.",
                    "attributes": {"message_id": "AMQ8003I", "pid": "1234.1", "queue_manager": "QM1"}}),
                json!({"line": 13, "time": "2026-11-28T09:15:03Z", "severity": "error", "source": "10.0.0.9",
                    "message": "AMQ9777E: Channel was blocked\n\nEXPLANATION:\nIt was."}),
            ],
        ),
        (
            "listener.log",
            "28-NOV-2026 09:15:02 * (CONNECT_DATA=(SERVICE_NAME=shop)(CID=(PROGRAM=JDBC)(HOST=app-1)(USER=shop))) * \
             (ADDRESS=(PROTOCOL=tcp)(HOST=10.0.0.9)(PORT=51234)) * establish * shop * 0\n\
             28-NOV-2026 09:15:03 * (CONNECT_DATA=(SERVICE_NAME=nope)(CID=(PROGRAM=JDBC)(HOST=app-1)(USER=shop))) * \
             (ADDRESS=(PROTOCOL=tcp)(HOST=10.0.0.9)(PORT=51235)) * establish * nope * 12514\n\
             TNS-12514: TNS:listener does not currently know of service requested in connect descriptor\n\
             28-NOV-2026 09:15:04 * service_update * shop * 0\n",
            vec![
                json!({"line": 1, "kind": "call", "source": "10.0.0.9", "target_module": "shop", "service": "establish", "status": "0", "error": 0}),
                json!({"line": 2, "kind": "call", "target_module": "nope", "status": "12514", "error": 1}),
                json!({"line": 4, "kind": "log", "time": "2026-11-28T09:15:04Z", "service": null}),
            ],
        ),
        (
            "coredns.log",
            "[INFO] plugin/reload: Running configuration\n\
             [INFO] 10.244.2.9:39213 - 8121 \"A IN shop.example.com. udp 60 false 512\" NXDOMAIN qr,aa,rd 153 0.000211s\n\
             [INFO] 10.244.2.9:39213 - 8122 \"A IN shop.example.com. udp 34 false 512\" SERVFAIL qr,rd,ra 34 2.001s\n\
             [ERROR] plugin/errors: 2 shop.example.com. A: i/o timeout\n",
            vec![
                json!({"kind": "log", "severity": "info"}),
                json!({"kind": "call", "source": "10.244.2.9", "service": "A example.com", "status": "NXDOMAIN", "elapsed_ms": 0.211, "bytes": 153, "error": 0}),
                json!({"kind": "call", "status": "SERVFAIL", "elapsed_ms": 2001, "error": 1}),
                json!({"kind": "log", "severity": "error"}),
            ],
        ),
        (
            "php.log",
            "[28-Nov-2026 09:15:02 UTC] PHP Fatal error:  Uncaught Exception: boom in /var/www/a.php:7\n\
             Stack trace:\n#0 {main}\n  thrown in /var/www/a.php on line 7\n\
             [28-Nov-2026 09:15:03 Europe/Berlin] PHP Warning:  Undefined variable\n\
             [28-Nov-2026 09:15:04 UTC] WordPress database error Table 'x' doesn't exist for query SELECT 1\n",
            vec![
                json!({"time": "2026-11-28T09:15:02Z", "severity": "fatal", "attributes": {"kind": "Fatal error"},
                    "message": "Uncaught Exception: boom in /var/www/a.php:7\nStack trace:\n#0 {main}\n  thrown in /var/www/a.php on line 7"}),
                json!({"time": "2026-11-28T08:15:03Z", "severity": "warn", "message": "Undefined variable", "line": 5}),
                json!({"time": "2026-11-28T09:15:04Z", "line": 6}),
            ],
        ),
        (
            "oracle.log",
            "2026-11-28T09:15:02.123456+00:00\nThread 1 advanced to log sequence 77\n  Current log# 2\n\
             2026-11-28T09:15:03.123456+00:00\nORA-00600: internal error code\nIncident details in: x.trc\n",
            vec![
                json!({"time": "2026-11-28T09:15:02.123456Z", "line": 1,
                    "message": "Thread 1 advanced to log sequence 77\n  Current log# 2"}),
                json!({"time": "2026-11-28T09:15:03.123456Z", "line": 4,
                    "message": "ORA-00600: internal error code\nIncident details in: x.trc"}),
            ],
        ),
        (
            "chinese.log",
            "2026-11-28 09:15:02.123 [信息] 订单服务 - 订单已创建\n2026-11-28 09:15:03.123 [错误] 订单服务 - 库存不足\n",
            vec![
                json!({"severity": "info", "component": "订单服务", "message": "订单已创建"}),
                json!({"severity": "error", "component": "订单服务", "message": "库存不足"}),
            ],
        ),
        (
            "s3.log",
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be shop [28/Nov/2026:09:15:02 +0000] 192.0.2.3 - 3E57 REST.GET.OBJECT a/b.png \
             \"GET /shop/a/b.png HTTP/1.1\" 200 - 113 113 7 5 \"-\" \"S3Console/0.4\" - s9lz SigV4 ECDHE AuthHeader shop.s3.amazonaws.com TLSV1.2 - -\n",
            vec![
                json!({"kind": "call", "source": "192.0.2.3", "target_module": "shop", "service": "REST.GET.OBJECT", "status": "200", "bytes": 113, "elapsed_ms": 7}),
            ],
        ),
        (
            "ingress.log",
            "10.0.3.18 - - [28/Nov/2026:09:15:03 +0000] \"POST /cart HTTP/2.0\" 502 0 \"-\" \"curl/8\" 345 1.043 [shop-cart-8080] [] \
             10.0.9.4:8080, 10.0.9.5:8080 0, 0 0.040, 1.0 502, 502 7c9e\n",
            vec![json!({"kind": "call", "source": "10.0.3.18", "target": "10.0.9.5", "status": "502", "elapsed_ms": 1043})],
        ),
        (
            "audit-of-kubernetes.log",
            "{\"kind\":\"Event\",\"requestURI\":\"/api/v1/pods\",\"verb\":\"get\",\"responseStatus\":{\"code\":200},\
             \"requestReceivedTimestamp\":\"2026-11-28T09:15:02.123456Z\"}\n",
            vec![json!({"kind": "call", "time": "2026-11-28T09:15:02.123456Z", "operation": "get", "status": "200"})],
        ),
        (
            "winston.log",
            "2026-11-28T09:15:02.123Z info: started\n2026-11-28T09:15:03.123Z error: boom\n",
            vec![json!({"severity": "info", "message": "started"}), json!({"severity": "error", "message": "boom"})],
        ),
        (
            "rabbit.log",
            "2026-11-28 09:15:02.123456+00:00 [info] <0.684.0> accepting AMQP connection <0.684.0>\n\
             2026-11-28 09:15:03.123456+00:00 [error] <0.685.0> closing AMQP connection\n",
            vec![
                json!({"severity": "info", "component": null, "attributes": {"thread": "0.684.0"}, "message": "accepting AMQP connection <0.684.0>"}),
                json!({"severity": "error", "message": "closing AMQP connection"}),
            ],
        ),
        (
            "postgres.log",
            "2026-11-28 09:15:03.123 UTC [78] shop@orders ERROR:  relation \"x\" does not exist\n\
             2026-11-28 09:15:03.123 UTC [78] shop@orders STATEMENT:  SELECT * FROM x\n",
            vec![
                json!({"component": "shop@orders", "severity": "error", "attributes": {"pid": "78"}}),
                json!({"component": "shop@orders", "severity": null, "attributes": {"pid": "78"}, "message": "STATEMENT:  SELECT * FROM x"}),
            ],
        ),
    ];
    for (name, content, expected) in table {
        let found = events(&run(&["parse", "--json", &fixture(dir.path(), name, content.as_bytes())]));
        assert_eq!(found.len(), expected.len(), "{name}: {found:#?}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_has(found, expected, name);
            assert_eq!(found["parse_error"], Value::Null, "{name}");
        }
    }
}

#[test]
fn spans_are_printed_as_calls_with_the_line_of_the_callee() {
    let request = |module: &str, span: &str, parent: &str, kind: u8| {
        json!({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": module}}]},
            "scopeSpans": [{"spans": [{"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": span, "parentSpanId": parent, "name": "GET /a", "kind": kind,
                "startTimeUnixNano": "1795342503000000000", "endTimeUnixNano": "1795342503043000000"}]}]}]})
    };
    let content =
        format!("{}\n{}\n", request("web", "00f067aa0ba902b7", "", 3), request("video", "00f067aa0ba902b8", "00f067aa0ba902b7", 2));
    let dir = tempfile::tempdir().unwrap();
    let found = events(&run(&["parse", "--json", &fixture(dir.path(), "traces.jsonl", content.as_bytes())]));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_has(
        &found[0],
        &json!({"kind": "call", "source_module": "web", "target_module": "video", "elapsed_ms": 43, "line": 2, "span_id": "00f067aa0ba902b8"}),
        "call",
    );
}

#[test]
fn for_people_events_are_lines_and_each_file_a_summary() {
    let dir = tempfile::tempdir().unwrap();
    let nginx = fixture(dir.path(), "shop.log", format!("{NGINX}nonsense\n").as_bytes());
    let app = fixture(dir.path(), "app.log", LOG4J.as_bytes());
    let output = run(&["parse", &nginx, &app]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].starts_with("2026-11-22 02:15:03") && lines[0].contains("10.0.3.17 → ") && lines[0].contains("GET /item/{id}  200"),
        "{out}"
    );
    assert!(lines[2].contains("not parsed: "), "{out}");
    assert!(lines.iter().any(|line| line.contains("ERROR") && line.contains("com.shop.Order")), "{out}");
    assert!(lines.contains(&"    │  at com.shop.Order.place(Order.java:17)"), "{out}");
    let told: Vec<&str> = err.lines().collect();
    assert_eq!(told.len(), 2, "{err}");
    assert!(told[0].contains("shop.log: ") && told[0].contains("2 parsed, 1 unparsed ("), "{err}");
    assert!(told[1].contains("app.log: ") && told[1].contains("3 parsed, 0 unparsed"), "{err}");
}

#[test]
fn options_choose_what_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture(dir.path(), "a.log", format!("{}nonsense\n{}", combined(200), combined(201)).as_bytes());
    for (options, lines) in [
        (&["--unparsed"][..], &[2][..]),
        (&["--limit", "2"], &[1, 2]),
        (&["--limit", "0"], &[]),
        (&["--unparsed", "--limit", "5"], &[2]),
        (&["--format", "combined"], &[1, 2, 3]),
        (&["--pattern", "<source> - - [<time>] \"<operation> <path> <_>\" <status> <bytes> <_>"], &[1, 2, 3]),
    ] {
        let found = events(&run(&[&["parse", "--json", &file], options].concat()));
        assert_eq!(found.iter().map(|event| event["line"].as_i64().unwrap()).collect::<Vec<_>>(), lines, "{options:?}");
    }
}

#[test]
fn what_cannot_be_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture(dir.path(), "a.log", combined(200).as_bytes());
    for (arguments, code, told) in [
        (&["parse", "--format", "combind", &file][..], 2, "did you mean `combined`"),
        (&["parse", "--pattern", "<a><b>", &file], 2, "pattern"),
        (&["parse", "no-such-file.log"], 1, "no-such-file.log"),
        (&["parse"], 2, "FILE"),
    ] {
        let output = run(arguments);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
}

#[test]
fn formats_are_listed() {
    let listed = text(&run(&["parse", "--formats"]).stdout);
    assert!(listed.lines().any(|line| line.starts_with("haproxy ")) && listed.lines().count() > 20, "{listed}");
    let listed: Value = serde_json::from_slice(&run(&["parse", "--formats", "--json"]).stdout).unwrap();
    assert!(listed.as_array().unwrap().iter().all(|format| format["name"].is_string() && format["description"] != ""));
}

#[test]
fn a_slow_pipe_is_printed_as_it_comes() {
    let mut child = magpie(&["parse", "--json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for status in [200, 404, 500] {
        // The next line is only written after this one was printed: it is not the pipe's end that prints it.
        input.write_all(combined(status).as_bytes()).unwrap();
        input.flush().unwrap();
        let event: Value = serde_json::from_str(&lines.next().expect("an event").unwrap()).unwrap();
        assert_eq!(event["status"], status.to_string());
    }
    drop(input);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture(dir.path(), "a.log", combined(200).repeat(50_000).as_bytes());
    let mut child = magpie(&["parse", "--json", &file]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let (mut told, status) = (String::new(), child.wait().unwrap());
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(status.success() && told.is_empty() && first.contains("\"line\":1"), "{status}: {told}");
}

/// The public sets, where they are present.
fn loghub() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("MAGPIE_SHARED").map_or_else(beside, PathBuf::from).join("data/loghub");
    if !path.is_dir() {
        eprintln!("skipped: no shared data ({})", path.display());
        return None;
    }
    Some(path)
}

fn logs_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder is read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            logs_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "log") {
            found.push(path);
        }
    }
}

#[test]
fn every_public_set_has_its_time_on_99_percent_of_lines() {
    let Some(folder) = loghub() else { return };
    let mut files = Vec::new();
    logs_below(&folder, &mut files);
    assert!(files.len() >= 10, "{files:?}");
    let mut short: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    for file in files {
        let content = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let lines = content.lines().filter(|line| !line.trim().is_empty()).count();
        let found = events(&run(&["parse", "--json", &file.to_string_lossy()]));
        // Lines that join the event before them have that event's time.
        let timed: u64 = found
            .iter()
            .filter(|event| event["time"].is_string())
            .map(|event| {
                event["message"].as_str().map_or(1, |message| message.lines().filter(|line| !line.trim().is_empty()).count().max(1)) as u64
            })
            .sum();
        if (timed as f64) < lines as f64 * 0.99 {
            short.insert(file.display().to_string(), (timed, lines));
        }
    }
    assert!(short.is_empty(), "file: (lines with time, lines): {short:#?}");
}
