//! Unusual but legitimate lines of the named formats, as their programs write them, through `magpie parse --json`.
//!
//! One table per file: its lines, and what must be found of each event. None of the lines is in a documentation's example;
//! they are what a system writes on a bad day.

mod support;

use serde_json::Value;
use support::{magpie, text};

/// Parses a file of these lines; `expected` has a line per event: `column=value` separated by `|`, `column=` for absent.
/// Attributes are `@name=value`.
fn check(name: &str, lines: &str, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, lines).unwrap();
    let output = magpie(&["parse", "--json", &path.display().to_string()]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let events: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(events.len(), expected.len(), "{name}: {events:#?}");
    for (event, row) in events.iter().zip(expected) {
        assert_eq!(event["parse_error"], Value::Null, "{name}: {event}");
        for cell in row.split('|') {
            let (column, value) = cell.trim().split_once('=').expect("column=value");
            let found = match column.strip_prefix('@') {
                Some(attribute) => &event["attributes"][attribute],
                None => &event[column],
            };
            let shown = match found {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(shown, value, "{name}: `{column}` of {event}");
        }
    }
}

#[test]
fn haproxy() {
    check(
        "haproxy.log",
        concat!(
            "Nov 22 10:15:03 lb1 haproxy[14389]: 10.0.1.2:33317 [22/Nov/2026:10:15:03.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html HTTP/1.1\"\n",
            "Nov 22 10:15:04 lb1 haproxy[14387]: 10.0.1.2:33313 [22/Nov/2026:10:15:04.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0\n",
            "Nov 22 10:15:05 lb1 haproxy[14387]: 10.0.1.2:33314 [22/Nov/2026:10:15:05.655] http-in~ static/<NOSRV> -1/-1/-1/-1/5001 408 212 - - cR-- 2/2/0/0/0 0/0 \"<BADREQ>\"\n",
            "Nov 22 10:15:06 lb1 haproxy[14387]: 2001:db8::1:33314 [22/Nov/2026:10:15:06.655] http-in static/srv2 0/0/1/3/+4 503 +100 - - ---- 2/2/0/0/0 0/0 \"POST /a/17?c=1 HTTP/1.1\"\n",
        ),
        "source=10.0.1.2 | target=srv1 | status=200 | bytes=2750 | elapsed_ms=109 | service=/index.html | error=0
         source=10.0.1.2 | target=srv1 | bytes=212 | elapsed_ms=5007 | @termination=--
         source=10.0.1.2 | status=408 | elapsed_ms=5001 | @termination=cR--
         source=2001:db8::1 | target=srv2 | status=503 | bytes=100 | service=/a/{id} | error=1",
    );
}

#[test]
fn envoy_and_load_balancer() {
    check(
        "envoy.log",
        concat!(
            "[2026-11-22T10:15:03.123Z] \"POST /api/v1/locations HTTP/2\" 204 - 154 0 226 100 \"10.0.35.28\" \"nsq2http\" \"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2\" \"locations\" \"tcp://10.0.2.1:80\"\n",
            "[2026-11-22T10:15:04.123Z] \"GET /a\\\"b HTTP/1.1\" 503 UF,URX 0 91 3 - \"-\" \"curl/8 \\\"x\\\"\" \"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd3\" \"shop.local:8080\" \"10.0.2.7:9000\"\n",
            "[2026-11-22T10:15:05.000Z] \"- - -\" 0 NR 0 0 0 - \"-\" \"-\" \"-\" \"-\" \"-\"\n",
        ),
        "status=204 | elapsed_ms=226 | target=10.0.2.1 | @upstream_ms=100
         status=503 | elapsed_ms=3 | target=10.0.2.7 | bytes=91 | @response_flags=UF,URX | error=1
         status=0 | @response_flags=NR",
    );
    check(
        "alb.log",
        concat!(
            "https 2026-11-22T10:15:04.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 -1 460 - 34 366 \"- http://www.example.com:80- -\" \"\" - - - \"-\" \"-\" \"-\" 0 2026-11-22T10:15:04.000000Z \"-\" \"-\" \"-\" \"-\" \"-\" \"-\" \"-\"\n",
            "wss 2026-11-22T10:15:05.186641Z app/my-lb/50dc6c495c0c9188 [2001:db8::7]:40914 10.0.1.192:8010 0.001 0.003 0.000 101 101 218 587 \"GET https://10.0.0.30:443/ws/a HTTP/1.1\" \"agent \\\"x\\\"\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x \"Root=1-58337364-23a8c76965a2ef7629b185e3\" \"-\" \"-\" 1 2026-11-22T10:15:05.186000Z \"forward\" \"-\" \"-\" \"10.0.1.192:8010\" \"101\" \"-\" \"-\"\n",
        ),
        "source=192.168.131.39 | status=460 | elapsed_ms=
         source=2001:db8::7 | target=10.0.1.192 | status=101 | elapsed_ms=4 | service=/ws/a",
    );
}

#[test]
fn web_servers() {
    check(
        "apache.log",
        concat!(
            "shop.example.com:443 10.0.0.9 - bob [22/Nov/2026:10:15:03 +0100] \"GET /a%20b/17?x=1 HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0 (X11; \\\"Linux\\\")\"\n",
            "10.0.0.9 - - [22/Nov/2026:10:15:04 +0100] \"-\" 408 - \"-\" \"-\"\n",
            "10.0.0.9 - - [22/Nov/2026:10:15:05 +0100] \"\\x16\\x03\\x01\\x02\" 400 226 \"-\" \"-\"\n",
            "::1 - - [22/Nov/2026:10:15:06 +0100] \"OPTIONS * HTTP/1.0\" 200 126 \"-\" \"Apache/2.4 (internal dummy connection)\"\n",
            "host.example.org - john doe [22/Nov/2026:10:15:07 +0100] \"GET / HTTP/1.1\" 304 -\n",
        ),
        "source=10.0.0.9 | @virtual_host=shop.example.com:443 | @user=bob | status=200 | time=2026-11-22T09:15:03Z
         source=10.0.0.9 | status=408 | bytes=0
         source=10.0.0.9 | status=400 | operation=(malformed)
         source=::1 | operation=OPTIONS | service=*
         source=host.example.org | status=304 | service=/",
    );
    check(
        "apache_error.log",
        concat!(
            "[Sun Nov 22 10:15:03.123456 2026] [proxy:error] [pid 12:tid 139] (111)Connection refused: [client 10.0.0.3:51322] AH00957: HTTP: attempt to connect to 10.0.9.1:8080 (*) failed\n",
            "[Sun Nov 22 10:15:04 2026] [error] [client 2001:db8::1] File does not exist: /var/www/favicon.ico\n",
            "[Sun Nov 22 10:15:05.5 2026] [core:notice] [pid 1] AH00094: Command line: '/usr/sbin/apache2'\n",
        ),
        "source=10.0.0.3 | component=proxy | severity=error | @pid=12 | @thread=139
         source=2001:db8::1 | message=File does not exist: /var/www/favicon.ico
         component=core | severity=info | source=",
    );
    check(
        "nginx_error.log",
        concat!(
            "2026/11/22 10:15:03 [error] 31#31: *17 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 10.0.3.4, server: shop.example.com, request: \"GET /api/item/17?x=1 HTTP/1.1\", upstream: \"http://10.0.9.4:8080/api/item/17?x=1\", host: \"shop.example.com\"\n",
            "2026/11/22 10:15:04 [notice] 1#1: signal process started\n",
            "2026/11/22 10:15:05 [crit] 31#31: *18 SSL_do_handshake() failed (SSL: error:1417D18C) while SSL handshaking, client: 2001:db8::9, server: 0.0.0.0:443\n",
        ),
        "severity=error | source=10.0.3.4 | target=10.0.9.4 | service=/api/item/{id}
         severity=info | message=signal process started
         severity=fatal | source=2001:db8::9",
    );
    check(
        "iis.log",
        concat!(
            "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-11-22 10:15:00\n",
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken\n",
            "2026-11-22 10:15:03 10.0.0.5 GET /a/17 x=1 443 - 10.0.3.4 Mozilla/5.0+(Windows) 200 0 0 15\n",
            "2026-11-22 10:15:04 10.0.0.5 POST /b - 443 bob 10.0.3.4 - 500 0 64 1250\n",
        ),
        "source=10.0.3.4 | target=10.0.0.5 | service=/a/{id} | elapsed_ms=15
         source=10.0.3.4 | operation=POST | status=500 | elapsed_ms=1250 | error=1",
    );
}

#[test]
fn syslog_and_klog() {
    check(
        "messages",
        concat!(
            "<34>Nov  2 10:15:03 my-host.example.com su[231]: 'su root' failed on /dev/pts/8\n",
            "<13>Nov 22 10:15:04 2001:db8::5 app: hello\n",
            "<165>1 2026-11-22T10:15:05.003-07:00 fe80::1 myproc 8710 - - %% It's time.\n",
            "<165>1 2026-11-22T10:15:06Z host_1 evntslog - ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"App\\\"lication\\]\"][x@1 a=\"b\"] \u{feff}An event\n",
            "Nov 22 10:15:07 host kernel: [123456.789] eth0: link up\n",
            "Nov 22 10:15:08 host last message repeated 3 times\n",
            "2026-11-22T10:15:09.123456+01:00 host systemd[1]: Started Session 5 of user root.\n",
        ),
        "host=my-host.example.com | component=su | @pid=231 | severity=fatal
         host=2001:db8::5 | component=app | message=hello
         host=fe80::1 | component=myproc | time=2026-11-22T17:15:05.003Z
         host=host_1 | @eventSource=App\"lication] | @a=b | message=An event
         component=kernel | message=[123456.789] eth0: link up
         host=host | message=last message repeated 3 times
         component=systemd | time=2026-11-22T09:15:09.123456Z",
    );
    check(
        "klog.log",
        "I1122 10:15:03.123456       1 controller.go:114] \"Starting\" controller=\"node\" err=\"a \\\"b\\\"\"\nW1122 10:15:04.123456 1234567 pkg/a/b.go:9] plain\nF1122 10:15:06.123456       1 main.go:1] fatal\n",
        "severity=info | component=controller.go | @pid=1
         severity=warn | component=pkg/a/b.go | @pid=1234567
         severity=fatal | message=fatal",
    );
}

#[test]
fn containers_and_the_stack_traces_in_them() {
    check(
        "cri.log",
        concat!(
            "2026-11-22T10:15:03.123456789Z stdout P {\"level\":\"info\",\"msg\":\"a long\n",
            "2026-11-22T10:15:03.123456790Z stdout F  line\",\"time\":\"2026-11-22T10:15:03Z\"}\n",
            "2026-11-22T10:15:04.000000000+01:00 stderr F E1122 10:15:04.000000       7 main.go:12] boom\n",
        ),
        "time=2026-11-22T10:15:03.123456789Z
         severity=error | component=main.go | message=boom | time=2026-11-22T09:15:04Z | @stream=stderr",
    );
    check(
        "docker.log",
        concat!(
            "{\"log\":\"2026-11-22 10:15:03.123 ERROR 1 --- [main] c.e.A : first half \",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:03.1Z\"}\n",
            "{\"log\":\"second half\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:03.2Z\"}\n",
            "{\"log\":\"java.lang.Error: x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:03.3Z\"}\n",
            "{\"log\":\"\\tat a.b.C(D.java:1)\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:03.4Z\"}\n",
            "{\"log\":\"2026-11-22 10:15:04.123  INFO 1 --- [main] c.e.B : ok\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:04.123Z\"}\n",
        ),
        "severity=error | component=c.e.A | time=2026-11-22T10:15:03.100Z
         severity=info | component=c.e.B | message=ok",
    );
}

#[test]
fn structured_logs_of_many_libraries() {
    check(
        "many.jsonl",
        concat!(
            "{\"level\":30,\"time\":1795342503123,\"pid\":1,\"hostname\":\"h\",\"req\":{\"method\":\"GET\",\"url\":\"/a/17\"},\"res\":{\"statusCode\":200},\"responseTime\":12,\"msg\":\"request completed\"}\n",
            "{\"@timestamp\":\"2026-11-22T10:15:04.000Z\",\"log.level\":\"ERROR\",\"message\":\"boom\",\"service\":{\"name\":\"pay\"},\"trace\":{\"id\":\"abc\"},\"error\":{\"stack_trace\":\"a\\nb\"}}\n",
            "{\"ts\":1795342505.25,\"level\":\"warn\",\"logger\":\"zap\",\"msg\":\"w\"}\n",
            "{\"severity\":\"NOTICE\",\"timestamp\":{\"seconds\":1795342507,\"nanos\":5},\"message\":\"gcp\"}\n",
            "{\"timestamp\":\"2026-11-22T10:15:08Z\",\"level\":\"INFO\",\"fields\":{\"message\":\"tracing\",\"n\":1},\"target\":\"my::mod\"}\n",
            "{\"MESSAGE\":\"journal\",\"PRIORITY\":\"3\",\"__REALTIME_TIMESTAMP\":\"1795342509000000\",\"_HOSTNAME\":\"h\",\"SYSLOG_IDENTIFIER\":\"sshd\"}\n",
            "{\"MESSAGE\":[27,91,51,49,109,98,97,100,227,129,130,255],\"PRIORITY\":\"4\",\"__REALTIME_TIMESTAMP\":\"1795342509000000\",\"SYSLOG_IDENTIFIER\":\"app\"}\n",
        ),
        "kind=call | service=/a/{id} | status=200 | elapsed_ms=12 | severity=info | time=2026-11-22T10:15:03.123Z
         severity=error | application=pay | trace_id=abc
         component=zap | severity=warn | time=2026-11-22T10:15:05.250Z
         message=gcp | time=2026-11-22T10:15:07.000000005Z
         component=my::mod | message=tracing
         component=sshd | severity=error | time=2026-11-22T10:15:09Z
         component=app | severity=warn | message=\u{1b}[31mbadあ\u{fffd}",
    );
    check(
        "caddy.log",
        "{\"level\":\"info\",\"ts\":1795342503.25,\"logger\":\"http.log.access.log0\",\"msg\":\"handled request\",\"request\":{\"remote_ip\":\"10.0.0.7\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":\"localhost\",\"uri\":\"/a/17?x=1\"},\"duration\":0.000929675,\"size\":10900,\"status\":200}\n",
        "source=10.0.0.7 | service=/a/{id} | elapsed_ms=0.929675 | bytes=10900",
    );
    check(
        "app.logfmt",
        "ts=2026-11-22T10:15:03.1Z level=warn caller=main.go:3 msg=\"a \\\"quoted\\\" = thing\" dur=1.5ms empty= flag\ntime=\"2026-11-22T10:15:04Z\" level=error msg=x duration=250µs path=/a/17 method=GET status=500\n",
        "severity=warn | message=a \"quoted\" = thing
         severity=error | elapsed_ms=0.25 | service=/a/{id} | status=500 | error=1",
    );
    check(
        "app.tsv",
        "time\tlevel\tmsg\telapsed_ms\n2026-11-22 10:15:03\tINFO\thello\t4.5\n2026-11-22 10:15:04\tWARN\t\"tab\tin\"\t\n",
        "severity=info | message=hello | elapsed_ms=4.5
         severity=warn | message=tab\tin | elapsed_ms=",
    );
}

#[test]
fn cells_with_line_breaks() {
    check(
        "export.csv",
        "time,level,detail,seat\n\
         2026-11-22T10:15:03Z,ERROR,\"cannot open:\n  \"\"a, b\"\"\n\nat once\",7\n\
         2026-11-22T10:15:04Z,INFO,a 5\" disk,8\n\
         2026-11-22T10:15:05Z,WARN,\"\n\",9\n",
        "time=2026-11-22T10:15:03Z | severity=error | @seat=7
         time=2026-11-22T10:15:04Z | severity=info | @seat=8
         time=2026-11-22T10:15:05Z | severity=warn | @seat=9",
    );
    check(
        "export.tsv",
        "time\tlevel\tdetail\tseat\n2026-11-22 10:15:03\tERROR\t\"one\r\ntwo\"\t7\r\n2026-11-22 10:15:04\tINFO\tthree\t8\r\n",
        "severity=error | @seat=7
         severity=info | @seat=8",
    );
}

#[test]
fn structured_lines_of_routers_and_data_models() {
    check(
        "router.log",
        concat!(
            "at=info method=GET path=\"/a/7?b=c\" host=x.example fwd=\"10.0.0.1\" dyno=web.1 connect=1ms service=30ms status=200 bytes=1548\n",
            "ts=2026-11-22T10:15:03Z level=info msg=done duration=1m2.5s method=GET path=/b status=200\n",
            "ts=2026-11-22T10:15:04Z level=warn msg=\"a \\\"q\\\"\" dur=12.5ms method=GET path=/c status=500\n",
        ),
        "service=/a/{id} | elapsed_ms=30 | status=200 | bytes=1548
         service=/b | elapsed_ms=62500
         service=/c | elapsed_ms=12.5 | error=1",
    );
    check(
        "otel.jsonl",
        "{\"Timestamp\":\"1795342503123456789\",\"SeverityText\":\"WARN\",\"Body\":\"slow\",\"Attributes\":{\"http.route\":\"/x/{id}\",\
         \"http.request.method\":\"GET\"},\"Resource\":{\"service.name\":\"pay\"},\"TraceId\":\"0af7651916cd43dd8448eb211c80319c\"}\n",
        "time=2026-11-22T10:15:03.123456789Z | severity=warn | application=pay | operation=GET | service=/x/{id}",
    );
}

#[test]
fn blank_lines_stand_within_traces_and_end_no_message() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("loguru.log");
    let trace = "Traceback (most recent call last):\n\n  File \"a.py\", line 12, in place\n    pay(order)\n    └ <function pay>\n\nValueError: no money";
    let lines = [
        "2026-11-22 10:15:03.250 | INFO     | shop.order:place:12 - placed\n\n",
        &format!("2026-11-22 10:15:04.250 | ERROR    | shop.order:place:14 - failed\n{trace}\n  \n\n"),
        "2026-11-22 10:15:05.250 | INFO     | shop.order:place:12 - again\n\n",
    ];
    std::fs::write(&path, lines.concat()).unwrap();
    let output = magpie(&["parse", "--json", &path.display().to_string()]).output().unwrap();
    let events: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<(&Value, &Value)> = events.iter().map(|event| (&event["line"], &event["message"])).collect();
    let failed = Value::from(format!("failed\n{trace}"));
    assert_eq!(found, [(&1.into(), &"placed".into()), (&3.into(), &failed), (&13.into(), &"again".into())]);
}

#[test]
fn events_of_several_lines() {
    check(
        "gunicorn.log",
        concat!(
            "[2026-11-22 10:15:03 +0000] [7] [INFO] Booting worker with pid: 9\n",
            "10.0.3.17 - - [22/Nov/2026:10:15:05 +0000] \"GET /item/12 HTTP/1.1\" 200 5120 \"-\" \"curl/8.0\"\n",
            "[2026-11-22 10:15:06 +0000] [9] [ERROR] Error handling request /cart\n",
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x\n\n",
            "During handling of the above exception, another exception occurred:\n\n",
            "Traceback (most recent call last):\n  File \"b.py\", line 2, in g\nKeyError: 'a'\n",
            "[2026-11-22 10:15:07 +0000] [7] [WARNING] Worker with pid 9 was terminated\n",
        ),
        "severity=info | message=Booting worker with pid: 9
         source=10.0.3.17 | status=200
         severity=error | line=3
         severity=warn | line=13",
    );
    check(
        "pod.log",
        concat!(
            "2026-11-22T10:15:03Z stdout F INFO:     10.0.3.17:51234 - \"GET /item/12 HTTP/1.1\" 500 Internal Server Error\n",
            "2026-11-22T10:15:03Z stderr F ERROR:    Exception in ASGI application\n",
            "2026-11-22T10:15:03Z stderr F Traceback (most recent call last):\n",
            "2026-11-22T10:15:03Z stderr F   File \"a.py\", line 1, in f\n",
            "2026-11-22T10:15:03Z stderr F ValueError: x\n",
            "2026-11-22T10:15:04Z stdout F INFO:     Shutting down\n",
        ),
        "kind=call | status=500
         severity=error | line=2
         severity=info | message=Shutting down",
    );
    check(
        "elasticsearch.json",
        concat!(
            "{\"timestamp\": \"2026-11-22T10:15:03,123Z\", \"level\": \"INFO\", \"component\": \"o.e.n.Node\", \"message\": \"started\" }\n",
            "{\"timestamp\": \"2026-11-22T10:15:04,123Z\", \"level\": \"ERROR\", \"component\": \"o.e.b.Bootstrap\", \"message\": \"failed\", \n",
            "\"stacktrace\": [\"java.lang.Error: x\",\n\"at a.B\"] }\n",
            "{\"timestamp\": \"2026-11-22T10:15:05,123Z\", \"level\": \"DEPRECATION\", \"component\": \"o.e.d.x\", \"message\": \"old\" }\n",
        ),
        "severity=info | message=started
         severity=error | component=o.e.b.Bootstrap | message=failed | time=2026-11-22T10:15:04.123Z
         severity=warn | message=old",
    );
    check(
        "order.log",
        concat!(
            "2026-11-22 10:15:03,123 INFO  [main] com.shop.Order - placed\n",
            "2026-11-22 10:15:04,123 ERROR [main] com.shop.Order - \njava.lang.Error: x\n",
            "2026-11-22 10:15:05,123 WARN  [main] com.shop.Order - slow\n",
        ),
        "message=placed
         severity=error | message=java.lang.Error: x
         message=slow",
    );
    check(
        "tracing.log",
        concat!(
            "  2026-11-22T10:15:03.123456Z  INFO shop::order: placed, order: 12\n    at src/order.rs:12\n\n",
            "  2026-11-22T10:15:04.123456Z  WARN shop::stock: slow\n    at src/stock.rs:42\n\n",
        ),
        "severity=info | component=shop::order | line=1
         severity=warn | component=shop::stock | line=4",
    );
}

#[test]
fn what_stands_indented_before_the_first_event_tells_no_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nomad.log");
    let lines = concat!(
        "==> Nomad agent configuration:\n\n            Build Date: '2023-12-12 16:21:46 +0000 UTC'\n\n==> Log data will stream in below:\n\n",
        "    2026-11-22T10:15:03.123Z [INFO]  nomad.raft: initial configuration\n",
        "    2026-11-22T10:15:04.123Z [ERROR] client.driver: failed pulling\n",
    );
    std::fs::write(&path, lines).unwrap();
    let output = magpie(&["parse", "--json", &path.display().to_string()]).output().unwrap();
    let events: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<[&Value; 3]> = events.iter().map(|event| ["time", "severity", "component"].map(|column| &event[column])).collect();
    assert_eq!(shown[0][0], &Value::Null, "{events:#?}");
    assert_eq!(
        shown[1..],
        [
            [&Value::from("2026-11-22T10:15:03.123Z"), &Value::from("info"), &Value::from("nomad.raft")],
            [&Value::from("2026-11-22T10:15:04.123Z"), &Value::from("error"), &Value::from("client.driver")],
        ]
    );
}

#[test]
fn each_service_of_docker_compose_has_its_own_format() {
    check(
        "compose.log",
        concat!(
            "web-1    | 10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] \"GET /item/12 HTTP/1.1\" 200 5120 \"-\" \"curl/8.0\"\n",
            "order-1  | 2026-11-22T10:15:03.123Z  INFO 7 --- [order] [           main] com.shop.Order       : placed\n",
            "db-1     | 2026-11-22 10:15:03.123 UTC [12] LOG:  checkpoint starting: time\n",
            "kafka-1  | [2026-11-22 10:15:03,123] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)\n",
            "kafka-1  | [2026-11-22 10:15:04,123] ERROR Error while reading (kafka.server.LogDirFailureChannel)\n",
            "order-1  | 2026-11-22T10:15:04.123Z ERROR 7 --- [order] [nio-8080-exec-1] com.shop.Order       : boom\n",
            "order-1  | \norder-1  | java.lang.Error: x\norder-1  | \tat a.B\n",
            "jobs-1   | [2026-11-22 10:15:05,123: ERROR/MainProcess] failed\n",
            "jobs-1   | Traceback (most recent call last):\n",
            "web-1    | 10.0.3.17 - - [22/Nov/2026:10:15:05 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8.0\"\n",
            "jobs-1   |   File \"a.py\", line 1\njobs-1   | ValueError: x\n",
        ),
        "kind=call | host=web-1 | status=200
         host=order-1 | component=com.shop.Order | @thread=main | message=placed
         host=db-1 | @pid=12 | severity=info | message=checkpoint starting: time
         host=kafka-1 | component=kafka.server.KafkaServer
         host=kafka-1 | component=kafka.server.LogDirFailureChannel | severity=error
         host=order-1 | severity=error | line=6
         host=jobs-1 | severity=error | @thread=MainProcess | line=10
         kind=call | host=web-1 | service=/
         host=jobs-1 | line=13",
    );
}

#[test]
fn what_tracers_put_before_the_time_may_be_long() {
    let head = |id: &str| format!("[order-service:10.0.9.4:8080] [{id}5a1b2c3d4e5f607,{id}1b2c3d4e5f60718]");
    check(
        "order.log",
        &format!(
            concat!(
                "{} 2026-11-22 10:15:04.123 INFO 7 [http-nio-8080-exec-1] com.shop.OrderService placed\n",
                "[order-service:10.0.9.4:8080] [,] 2026-11-22 10:15:05.123 ERROR 7 [scheduling-1] com.shop.StockService boom\n",
                "java.lang.Error: x\n\tat a.B\n",
                "{} 2026-11-22 10:15:06.123 WARN 7 [http-nio-8080-exec-1] com.shop.OrderService slow\n",
            ),
            head("6"),
            head("7"),
        ),
        "severity=info | trace_id=65a1b2c3d4e5f607 | message=placed
         severity=error | line=2
         severity=warn | line=5 | message=slow",
    );
    check(
        "mdc.log",
        concat!(
            "2026-11-22 10:15:03.123 [exec-1] [traceId=65a1b2c3d4e5f607, userId=7] INFO  com.shop.Order - placed\n",
            "2026-11-22 10:15:04.123 [exec-2] [traceId=75a1b2c3d4e5f607, userId=8] ERROR com.shop.Stock - boom\n",
            "2026-11-22 10:15:05.123 [main] [traceId=, userId=] INFO  com.shop.Boot - up\n",
        ),
        "trace_id=65a1b2c3d4e5f607 | @userId=7 | @thread=exec-1 | component=com.shop.Order
         trace_id=75a1b2c3d4e5f607 | @userId=8 | severity=error
         trace_id= | @userId= | message=up",
    );
}

#[test]
fn lists_of_events_in_one_object() {
    check(
        "cloudtrail.json",
        concat!(
            "{\"Records\":[",
            "{\"eventTime\":\"2026-11-22T10:15:03Z\",\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"StartInstances\",\"sourceIPAddress\":\"192.0.2.7\"},",
            "{\"eventTime\":\"2026-11-22T10:15:04Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"sourceIPAddress\":\"192.0.2.7\",\"errorCode\":\"AccessDenied\"}",
            "]}\n",
        ),
        "kind=call | time=2026-11-22T10:15:03Z | target_module=ec2.amazonaws.com | service=StartInstances | source=192.0.2.7 | line=1
         kind=call | target_module=s3.amazonaws.com | status=AccessDenied | line=1",
    );
    check(
        "events.json",
        concat!(
            "{\n  \"messageType\": \"DATA_MESSAGE\",\n  \"logEvents\": [\n",
            "    {\"id\": \"1\", \"timestamp\": 1795342503123, \"message\": \"placed }\"},\n",
            "    {\"id\": \"2\", \"timestamp\": 1795342504123, \"message\": \"boom\"}\n  ]\n}\n",
        ),
        "time=2026-11-22T10:15:03.123Z | message=placed }
         time=2026-11-22T10:15:04.123Z | message=boom | @id=2",
    );
}
