//! Requests and events of servers, gateways and devices, as they write them by themselves.

use super::{check, detect, named, shown};

#[test]
fn requests_of_name_servers() {
    check(
        "dns",
        &[
            (
                r#"[INFO] 10.244.2.9:39213 - 8121 "A IN shop.example.com. udp 60 false 512" NXDOMAIN qr,aa,rd 153 0.000211s"#,
                &["source=10.244.2.9:39213", "service=A", "status=NXDOMAIN", "bytes=153", "elapsed_s=0.000211", "+name=shop.example.com"],
            ),
            (
                r#"2026-11-22T10:15:03.123Z [INFO] [::1]:50759 - 29008 "AAAA IN example.org. udp 41 false 4096" SERVFAIL qr,rd,ra 68 2.001s"#,
                &["time=2026-11-22T10:15:03.123Z", "source=[::1]:50759", "service=AAAA", "severity=error", "status=SERVFAIL"],
            ),
            (
                "22-Nov-2026 10:15:03.123 queries: info: client @0x7f8 10.0.3.17#41022 (www.example.com): query: www.example.com IN A +E(0)K (10.0.9.4)",
                &["time=2026-11-22T10:15:03.123Z", "source=10.0.3.17", "target=10.0.9.4", "service=A", "+name=www.example.com"],
            ),
            ("[1795342503] unbound[123:0] info: 10.0.3.17 example.com. MX IN NOERROR 0.043210 0 61", &["elapsed_s=0.043210", "bytes=61"]),
            ("Nov 22 10:15:03 dnsmasq[123]: query[A] www.example.com from 10.0.3.17", &["source=10.0.3.17", "service=A"]),
            (
                "<30>Nov 22 10:15:03 ns1 named[123]: client 10.0.3.18#41023: query: shop.example.com IN AAAA + (10.0.9.4)",
                &["time=2026-11-22T10:15:03Z", "host=ns1", "source=10.0.3.18", "service=AAAA"],
            ),
        ],
    );
}

#[test]
fn requests_in_words_of_their_own() {
    check(
        "uwsgi",
        &[(
            "[pid: 12|app: 0|req: 1/1] 10.0.3.17 () {34 vars in 421 bytes} [Sun Nov 22 10:15:03 2026] GET /item/12?x=1 => generated 5120 bytes \
             in 43 msecs (HTTP/1.1 200) 2 headers in 81 bytes (1 switches on core 0)",
            &["source=10.0.3.17", "path=/item/12?x=1", "status=200", "bytes=5120", "elapsed_ms=43", "time=2026-11-22T10:15:03Z", "+pid=12"],
        )],
    );
    check(
        "dubbo",
        &[
            (
                "[2026-11-22 10:15:03] 10.0.0.9:53122 -> 10.0.0.7:20880 - shop/com.shop.StockService:1.0.0 reserve(java.lang.Long,int) [7,2]",
                &["source=10.0.0.9:53122", "target=10.0.0.7:20880", "service=com.shop.StockService/reserve", "time=2026-11-22T10:15:03Z"],
            ),
            (
                "[2026-11-22 10:15:03.111] -> [2026-11-22 10:15:03.222] 10.0.0.9:53122 -> 10.0.0.7:20880 - com.shop.StockService release(int) [7]",
                &["service=com.shop.StockService/release", "time=2026-11-22T10:15:03.111Z"],
            ),
        ],
    );
    check(
        "tns",
        &[
            (
                "22-NOV-2026 10:15:05 * (CONNECT_DATA=(SERVICE_NAME=shop)(CID=(PROGRAM=JDBC)(HOST=app-1)(USER=shop))) * \
                 (ADDRESS=(PROTOCOL=tcp)(HOST=10.0.0.9)(PORT=51235)) * establish * shop * 12514",
                &["source=10.0.0.9", "target_module=shop", "service=establish", "status=12514", "severity=error", "+program=JDBC"],
            ),
            ("22-NOV-2026 10:15:06 * service_update * shop * 0", &["status=0", "+event=service_update"]),
        ],
    );
    check(
        "nlb",
        &[(
            "tls 2.0 2026-11-22T10:15:03 net/shop/c6e7 g3d4 10.0.3.17:51234 10.0.9.4:443 5 2 98 246 - arn:aws:acm:x - ECDHE tlsv12 - - - - -",
            &["time=2026-11-22T10:15:03Z", "source=10.0.3.17:51234", "target=10.0.9.4:443", "elapsed_ms=5", "bytes=246"],
        )],
    );
}

#[test]
fn access_lines_in_an_order_of_their_own() {
    check(
        "access",
        &[
            (
                r#"2026-11-22 10:15:03.123 10.0.3.17 http-nio-8080-exec-1 "GET /item/12 HTTP/1.1" 200 5120 43ms"#,
                &["time=2026-11-22T10:15:03.123Z", "source=10.0.3.17", "path=/item/12", "status=200", "bytes=5120", "elapsed_ms=43"],
            ),
            (
                "22/Nov/2026:10:15:04 +0800|10.0.3.18|POST /cart HTTP/1.1|502|12|1.043|10.0.9.5:8080|1.040|curl/8|7c9f",
                &["time=2026-11-22T02:15:04Z", "source=10.0.3.18", "status=502", "bytes=12", "elapsed_s=1.043", "target=10.0.9.5:8080"],
            ),
        ],
    );
}

/// The request's time has date and zone, the header's has not; and the header knows host and program.
#[test]
fn access_lines_behind_a_syslog_header() {
    let line =
        r#"<190>Nov 22 10:15:03 web-1 nginx: 10.0.3.17 - - [22/Nov/2026:10:15:03 +0800] "GET /item/12 HTTP/1.1" 200 5120 "-" "curl/8""#;
    let expected = ["time=2026-11-22T02:15:03Z", "host=web-1", "component=nginx", "source=10.0.3.17", "status=200"];
    check("syslog/combined", &[(line, &expected), (&line[5..], &expected)]);
}

/// A logger that writes access lines, too: the head keeps level and component, and lines of text are no calls.
#[test]
fn calls_in_the_messages_of_a_layout() {
    for (name, lines, expected) in [
        (
            "log4j/access",
            [
                r#"2026-11-22 10:15:03.123 7 INFO nova.wsgi [req-1] 10.0.3.17 "GET /v2/servers HTTP/1.1" status: 200 len: 1893 time: 0.2477829"#,
                "2026-11-22 10:15:04.123 7 ERROR nova.compute [req-2] boom",
            ],
            &[
                "source=10.0.3.17",
                "path=/v2/servers",
                "status=200",
                "bytes=1893",
                "elapsed_s=0.2477829",
                "component=nova.wsgi",
                "severity=info",
                "pid=7",
            ][..],
        ),
        (
            "log4j/morgan",
            ["2026-11-22T10:15:03.123Z info: GET /item/12 200 43.012 ms - 512", "2026-11-22T10:15:04.123Z warn: slow"],
            &["time=2026-11-22T10:15:03.123Z", "path=/item/12", "status=200", "elapsed_ms=43.012", "bytes=512", "severity=info"],
        ),
        (
            "log4j/combined",
            [
                r#"10:15:03,123 [pulsar-web-40-5] INFO  org.eclipse.jetty.RequestLog - 10.0.3.17 - - [22/Nov/2026:10:15:02 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl""#,
                "10:15:04,123 [main] INFO  org.apache.pulsar.PulsarService - Starting",
            ],
            &["time=2026-11-22T10:15:02Z", "source=10.0.3.17", "component=org.eclipse.jetty.RequestLog", "thread=pulsar-web-40-5"],
        ),
    ] {
        let detected = detect(&lines);
        assert_eq!((detected.name.as_str(), detected.parser.habits().kind), (name, None));
        let all = format!(" {} ", shown(&*detected.parser, lines[0]));
        for pair in expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {}\nis not in\n {all}", lines[0]);
        }
        assert!(!shown(&*detected.parser, lines[1]).contains("status="), "{}", lines[1]);
        assert_eq!(shown(&*named(name, &lines).unwrap().parser, lines[0]), all.trim(), "by its name");
    }
}

#[test]
fn lines_prefixed_by_who_wrote_them() {
    let compose = [
        r#"shop-web-1    | 10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /item/12 HTTP/1.1" 200 5120 "-" "curl/8""#,
        r#"shop-order-1  | {"time":"2026-11-22T10:15:04Z","level":"error","msg":"failed"}"#,
        r#"shop-web-1    | 10.0.3.17 - - [22/Nov/2026:10:15:05 +0000] "POST /cart HTTP/1.1" 502 12 "-" "curl/8""#,
    ];
    let detected = detect(&compose);
    assert_eq!((detected.name.as_str(), detected.confidence), ("prefix/json+combined", 1.0));
    let call = shown(&*detected.parser, compose[0]);
    assert!(call.contains("host=shop-web-1") && call.contains("source=10.0.3.17") && call.contains("time=2026-11-22T10:15:03Z"), "{call}");
    assert!(shown(&*detected.parser, compose[1]).contains("host=shop-order-1 message=failed severity=error"));
    let pods = ["[pod/web-7d9/web] ts=2026-11-22T10:15:03Z level=info msg=x", "[pod/db-5c4/db] ts=2026-11-22T10:15:04Z level=warn msg=y"];
    assert!(shown(&*detect(&pods).parser, pods[1]).contains("host=db-5c4 message=y severity=warn"));
    for others in [["2026-11-22 10:15:03 | INFO | a.B | x", "2026-11-22 10:15:04 | WARN | a.C | y"], ["INFO  | a.B | x", "WARN  | a.C | y"]]
    {
        assert!(!detect(&others).name.contains("prefix"), "{others:?}");
    }
}

#[test]
fn events_of_security_devices() {
    check(
        "cef",
        &[
            (
                r"CEF:0|Check Point|VPN\|1|1.0|Drop|ssh attempt|8|act=Drop src=10.0.3.18 dst=10.0.9.4 rt=1795342504123 msg=dropped by rule 7 proto=tcp",
                &[
                    r"component=VPN\|1",
                    "severity=error",
                    "source=10.0.3.18",
                    "target=10.0.9.4",
                    "time=2026-11-22T10:15:04.123Z",
                    "message=dropped by rule 7",
                    "+act=Drop",
                    "+event_id=Drop",
                ],
            ),
            (
                "<134>Nov 22 10:15:03 fw1 CEF:0|Imperva|WAF|14|100|SQL Injection|5|src=10.0.3.17 request=/item/12 requestMethod=GET",
                &["time=2026-11-22T10:15:03Z", "host=fw1", "severity=warn", "path=/item/12", "method=GET", "message=SQL Injection"],
            ),
            (
                "Nov 22 10:15:03 ids1 LEEF:1.0|IBM|QRadar|1.0|Accept|src=10.0.3.17\tdst=10.0.9.4\tsev=5",
                &["source=10.0.3.17", "severity=warn"],
            ),
            ("LEEF:2.0|IBM|QRadar|1.0|Deny|^|src=10.0.3.18^dst=10.0.9.4^sev=8", &["component=QRadar", "message=Deny", "target=10.0.9.4"]),
        ],
    );
    check(
        "weblogic",
        &[
            (
                "####<Nov 22, 2026 6:15:03,123 PM CST> <Error> <HTTP> <host1> <AdminServer> <[ACTIVE] ExecuteThread: '0'> <<WLS Kernel>> <> \
                 <7c9e> <1795342503123> <[severity-value: 8]> <BEA-101020> <Servlet failed.> ",
                &[
                    "time=2026-11-22T10:15:03.123Z",
                    "severity=error",
                    "component=HTTP",
                    "host=host1",
                    "message=Servlet failed.",
                    "+server=AdminServer",
                    "+message_id=BEA-101020",
                ],
            ),
            ("<Nov 22, 2026 10:15:03 AM UTC> <Notice> <Security> <BEA-000365> <Ready.> ", &["time=2026-11-22T10:15:03Z", "severity=info"]),
        ],
    );
}

#[test]
fn bare_numbers_behind_an_access_line_have_the_unit_that_fits_them() {
    let line = |number: u32| format!(r#"10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] "GET /a HTTP/1.1" 200 5 {number}"#);
    for (numbers, expected) in [([0, 2], "elapsed_s=2"), ([4, 1043], "elapsed_ms=1043"), ([180, 43_211], "elapsed_us=43211")] {
        let lines = numbers.map(line);
        let parser = detect(&[&lines[0], &lines[1]]).parser;
        assert!(shown(&*parser, &lines[1]).contains(&format!(" {expected} ")), "{numbers:?}");
    }
    let linkerd = r#"10.42.0.63:51160 webapp.booksapp - [2026-11-22T10:15:03.123Z] "GET http://webapp:7000/books/1 HTTP/2.0" 200 5120"#;
    assert!(shown(&*detect(&[linkerd]).parser, linkerd).contains("time=2026-11-22T10:15:03.123Z"));
}

#[test]
fn keys_of_clouds_and_gateways() {
    for (line, expected) in [
        (
            r#"{"instant":{"epochSecond":1795342503,"nanoOfSecond":123000000},"thread":"main","level":"INFO","loggerName":"c.s.Order","message":"x"}"#,
            &["time=2026-11-22T10:15:03.123Z", "component=c.s.Order", "thread=main"][..],
        ),
        (
            r#"{"request":{"method":"GET","uri":"/item/12"},"response":{"status":200,"size":"9982"},"latencies":{"proxy":35,"request":43},"client_ip":"10.0.3.17","started_at":1795342503080}"#,
            &["time=2026-11-22T10:15:03.080Z", "method=GET", "path=/item/12", "status=200", "bytes=9982", "elapsed_ms=43"],
        ),
        (
            r#"{"level":"info","message":"HTTP GET /item/12","meta":{"req":{"method":"GET","url":"/item/12"},"res":{"statusCode":200},"responseTime":43},"timestamp":"2026-11-22T10:15:03.123Z"}"#,
            &["message=HTTP", "method=GET", "path=/item/12", "status=200", "elapsed_ms=43"],
        ),
        (
            r#"{"requestTime":"22/Nov/2026:10:15:03 +0000","ip":"10.0.3.17","httpMethod":"GET","resourcePath":"/item/{id}","status":"200","responseLength":"5120","responseLatency":"43"}"#,
            &["time=2026-11-22T10:15:03Z", "method=GET", "path=/item/{id}", "bytes=5120", "elapsed_ms=43"],
        ),
        (
            r#"{"timeStamp":"2026-11-22T10:15:03+00:00","properties":{"clientIP":"10.0.3.17","httpMethod":"GET","requestUri":"/item/12","httpStatus":200,"sentBytes":5120,"timeTaken":0.043,"serverRouted":"10.0.9.4:443"}}"#,
            &["source=10.0.3.17", "status=200", "bytes=5120", "elapsed_s=0.043", "target=10.0.9.4:443"],
        ),
        (
            r#"{"ClientIP":"10.0.3.17","ClientRequestMethod":"GET","ClientRequestURI":"/item/12","EdgeStartTimestamp":"2026-11-22T10:15:03Z","EdgeResponseStatus":200,"EdgeResponseBytes":5120,"OriginIP":"10.0.9.4","OriginResponseTime":43210000}"#,
            &["time=2026-11-22T10:15:03Z", "source=10.0.3.17", "target=10.0.9.4", "elapsed_ns=43210000"],
        ),
        (
            r#"{"eventTime":"2026-11-22T10:15:03Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"us-east-1","sourceIPAddress":"10.0.3.17","errorCode":"Denied"}"#,
            &["target_module=ec2.amazonaws.com", "service=RunInstances", "region=us-east-1", "status=Denied"],
        ),
        (
            r#"{"time":"2026-11-22T10:15:03Z","api":{"name":"GetObject","statusCode":200,"tx":5120,"timeToResponse":"43210000ns"},"remotehost":"10.0.3.17","requestPath":"/shop/a.png"}"#,
            &["source=10.0.3.17", "service=GetObject", "status=200", "bytes=5120", "elapsed_ns=43210000"],
        ),
        (
            r#"{"time":"2026-11-22T10:15:03Z","upstream_addr":"10.0.9.4:8080, 10.0.9.5:8080","status":"502"}"#,
            &["target=10.0.9.5:8080", "status=502"],
        ),
        (
            r#"{"timestamp":"2026-11-22T10:15:03Z","fields":{"message":"finished","latency":"43 ms","status":200},"target":"tower_http::trace","span":{"method":"GET","uri":"/item/12","name":"request"}}"#,
            &["message=finished", "elapsed_ms=43", "status=200", "path=/item/12", "component=tower_http::trace"],
        ),
        (
            r#"{"Timestamp":"2026-11-22T10:15:03Z","LogLevel":"Information","Category":"Hosting","Message":"done","State":{"Message":"x","ElapsedMilliseconds":43.21,"StatusCode":200,"Method":"GET","Path":"/item/12"}}"#,
            &["message=done", "elapsed_ms=43.21", "status=200", "path=/item/12", "component=Hosting"],
        ),
        // What looks like an address and is none.
        (r#"{"time":"2026-11-22T10:15:03Z","level":"INFO+2","source":"main.go:42","msg":"x"}"#, &["severity=info", "+source=main.go:42"]),
        (r#"{"time":"2026-11-22T10:15:03Z","took":"43ms","source":"{\"query\":{}}","latency":"low"}"#, &["elapsed_ms=43", "+latency=low"]),
        (
            r#"time=2026-11-22T10:15:03Z source=/app/main.go:42 msg=x error='RuntimeError: no stock' latency=fast"#,
            &["+source=/app/main.go:42", "+latency=fast"],
        ),
        (
            r#"date=2026-11-22 time=10:15:03 devname="FG1" devid="FGT1" tz="+0800" logid="13" level="notice" srcip=10.0.3.17 dstip=10.0.9.4 service="HTTPS" duration=43 rcvdbyte=5120"#,
            &["time=2026-11-22T02:15:03Z", "source=10.0.3.17", "target=10.0.9.4", "service=HTTPS", "elapsed_s=43", "bytes=5120"],
        ),
        (
            r#"at=error code=H12 method=POST path="/cart" fwd="10.0.3.18" service=30000ms status=503"#,
            &["status=503", "source=10.0.3.18", "elapsed_ms=30000", "+code=H12"],
        ),
    ] {
        let all = format!(" {} ", shown(&*detect(&[line]).parser, line));
        for pair in expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {line}\nis not in\n {all}");
        }
    }
}

#[test]
fn devices_say_how_bad_it_is_in_their_message() {
    check(
        "syslog",
        &[
            (
                "Nov 22 10:15:03 sw1 123: Nov 22 10:15:03.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
                &["host=sw1", "component=LINK", "severity=error", "message=Interface", "+mnemonic=UPDOWN"],
            ),
            (
                "Nov 22 2026 10:15:04 asa1 : %ASA-4-106023: Deny tcp src outside:10.0.3.18/51235",
                &["host=asa1", "component=ASA", "severity=warn", "message=Deny"],
            ),
            (
                "Nov 22 2026 10:15:03 SW1 %%01IFNET/4/LINK_STATE(l)[0]:The line protocol has entered the DOWN state.",
                &["host=SW1", "component=IFNET", "severity=warn", "+mnemonic=LINK_STATE", "message=The"],
            ),
            (
                "%Nov 22 10:15:03:123 2026 H3C IFNET/3/PHY_UPDOWN: Physical state changed to down.",
                &["time=2026-11-22T10:15:03.123Z", "host=H3C", "component=IFNET", "severity=error", "message=Physical"],
            ),
        ],
    );
    check(
        "klog",
        &[(
            "W261122 10:15:05.123456 85 kv/kvserver/store.go:99 ⋮ [T1,n1] 18  slow",
            &["time=2026-11-22T10:15:05.123456Z", "severity=warn", "pid=85", "component=kv/kvserver/store.go", "message=[T1,n1]"],
        )],
    );
}

#[test]
fn logs_of_single_programs() {
    check(
        "xferlog",
        &[
            (
                "Sun Nov 22 10:15:03 2026 2 10.0.0.5 524288 /pub/an image.iso b _ o a ann@example.com ftp 0 * c",
                &["time=2026-11-22T10:15:03Z", "source=10.0.0.5", "service=RETR", "bytes=524288", "elapsed_s=2", "status=complete"],
            ),
            (
                "Sun Nov 22 10:16:10 2026 1 192.0.2.7 1024 /home/bob/up.txt a _ i r bob ftp 0 * i",
                &["service=STOR", "status=incomplete", "severity=error", "+user=bob", "+path=/home/bob/up.txt"],
            ),
        ],
    );
    check(
        "minio",
        &[
            (
                "2026-11-22T10:15:03.123 [200 OK] s3.GetObject 10.0.0.9:9000/shop/a.txt 10.0.0.5 1.23ms ⇣ 856.2µs ↑ 93 B ↓ 1.5 KiB",
                &["service=s3.GetObject", "target=10.0.0.9:9000", "source=10.0.0.5", "status=200", "elapsed_ms=1.23", "bytes=1536"],
            ),
            (
                "2026-11-22T10:15:04.123 [503 Service Unavailable] s3.PutObject 10.0.0.9:9000/shop/b 10.0.0.6 420µs ⇣ 400µs ↑ 93 B ↓ 0 B",
                &["status=503", "elapsed_us=420", "+key=shop/b"],
            ),
        ],
    );
    check(
        "couchdb",
        &[
            (
                "[notice] 2026-11-22T10:15:03.123456Z couchdb@10.0.0.9 <0.123.0> 8f1234abcd 10.0.0.9:5984 10.0.0.5 bob GET /shop/_all_docs 200 ok 12",
                &[
                    "source=10.0.0.5",
                    "target=10.0.0.9:5984",
                    "method=GET",
                    "path=/shop/_all_docs",
                    "status=200",
                    "elapsed_ms=12",
                    "+user=bob",
                ],
            ),
            (
                "[error] 2026-11-22T10:15:05.223456Z couchdb@10.0.0.9 <0.1236.0> -------- gen_server terminated",
                &["severity=error", "thread=<0.1236.0>", "time=2026-11-22T10:15:05.223456Z"],
            ),
        ],
    );
}

#[test]
fn heads_of_single_programs() {
    check(
        "lambda",
        &[
            (
                "START RequestId: 8f507cfc-a3b1-4697-b07a-ac58fc914c95 Version: $LATEST",
                &["+request_id=8f507cfc-a3b1-4697-b07a-ac58fc914c95"],
            ),
            (
                "2026-11-22T10:15:03.250Z\t8f507cfc-a3b1-4697-b07a-ac58fc914c95\tERROR\tboom",
                &["time=2026-11-22T10:15:03.250Z", "severity=error", "message=boom"],
            ),
            ("[WARNING]\t2026-11-22T10:15:03.250Z\t8f507cfc-a3b1-4697-b07a-ac58fc914c95\tslow", &["severity=warn", "message=slow"]),
            (
                "REPORT RequestId: 8f507cfc-a3b1-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\tBilled Duration: 16 ms\tMemory Size: 128 MB\tStatus: timeout",
                &["elapsed_ms=15.74", "severity=error", "+Status=timeout"],
            ),
        ],
    );
    check(
        "macos",
        &[
            (
                "2026-11-22 10:15:03.123456+0100 0x1a2b     Default     0x0                  312    0    mDNSResponder: (Network) [com.example.net:link] up",
                &[
                    "time=2026-11-22T09:15:03.123456Z",
                    "severity=info",
                    "component=mDNSResponder",
                    "pid=312",
                    "message=up",
                    "+subsystem=com.example.net:link",
                ],
            ),
            (
                "2026-11-22 10:15:04.123 E  Safari[500:1a2c] (CFNetwork) failed",
                &["severity=error", "component=Safari", "thread=1a2c", "+library=CFNetwork"],
            ),
        ],
    );
    check(
        "oceanbase",
        &[
            (
                "[2026-11-22 10:15:04.123456] WDIAG [RPC.OBRPC] send (ob_net.cpp:120) [12345][T1_L0][T1][Y0-0] [lt=5][errcode=-4012] timeout(ret=-4012)",
                &["severity=warn", "component=RPC.OBRPC", "thread=12345", "message=timeout(ret=-4012)", "+errcode=-4012", "+line=120"],
            ),
            (
                "[2026-11-22 10:15:03.123456] ERROR issue_dba_error (ob_log.cpp:2332) [12345][T1][T1][Y0] [lt=3] bad",
                &["severity=error", "component=ob_log.cpp", "message=bad"],
            ),
        ],
    );
}

#[test]
fn requests_with_what_stands_elsewhere_in_other_programs() {
    check(
        "combined",
        &[(
            r#"10.0.0.5 - ann [22/Nov/2026:10:15:03 +0000] "PUT /repository/a HTTP/1.1" 201 1234 52341 12 "Maven/3.9" [qtp10-421]"#,
            &["bytes=52341", "elapsed_ms=12", "+request_bytes=1234", "user_agent=Maven/3.9"],
        )],
    );
    check("morgan", &[("GET /items/5 200 in 1.2s (compile: 10ms, render: 40ms)", &["method=GET", "status=200", "elapsed_s=1.2"])]);
    for time in ["22/Nov/2026:10:15:03 +0000", "2026-11-22T10:15:03.000+0000"] {
        let line = format!("{time}     52 10.0.0.5 TCP_MISS/200 1234 GET http://example.com/a - HIER_DIRECT/192.0.2.34 text/html");
        check("squid", &[(&line, &["time=2026-11-22T10:15:03Z", "elapsed_ms=52", "target=192.0.2.34", "status=200"])]);
    }
    check(
        "logfmt",
        &[(
            r#"at=info method=GET path="/a" host=shop.example fwd="192.0.2.7" dyno=web.1 connect=1ms service=18ms status=200 bytes=13"#,
            &["target=web.1", "+host=shop.example", "elapsed_ms=18"],
        )],
    );
}

#[test]
fn what_zap_writes_to_a_console_and_the_journal_to_a_file() {
    check(
        "zap",
        &[
            (
                "2026/11/22 10:15:03.123\tINFO\thttp.log.access\thandled request\t{\"request\": {\"remote_ip\": \"10.0.0.5\", \"method\": \"GET\", \"uri\": \"/a\"}, \"duration\": 0.012, \"size\": 12, \"status\": 200}",
                &["component=http.log.access", "source=10.0.0.5", "method=GET", "path=/a", "status=200", "bytes=12", "elapsed_s=0.012"],
            ),
            (
                "2026-11-22T10:15:04.123Z\tERROR\tshop/main.go:13\tfailed\t{\"order\": 7}\nmain.f\n\t/x/main.go:13",
                &["time=2026-11-22T10:15:04.123Z", "severity=error", "component=shop/main.go", "+line=13", "+order=7", "message=failed"],
            ),
            (
                "1.795342503123456e+09\tinfo\tshop/main.go:42\tplaced an order\t{\"id\": 7}",
                &["time=2026-11-22T10:15:03.123456Z", "component=shop/main.go", "+id=7"],
            ),
            ("2026-11-22T10:15:04.123Z\tDEBUG\tworker\tshop/main.go:13\tidle", &["component=worker", "+file=shop/main.go", "message=idle"]),
        ],
    );
    let zap = named("zap", &[]).unwrap().parser;
    assert_eq!([zap.starts_event("main.f"), zap.starts_event("1795342503.5\tINFO\tx.go:1\ty")], [Some(false), Some(true)]);
    let entry =
        "__CURSOR=s=abc\n__REALTIME_TIMESTAMP=1795342503123456\n_HOSTNAME=web\nPRIORITY=3\nSYSLOG_IDENTIFIER=shop\nMESSAGE=failed = gone";
    check("journal", &[(entry, &["host=web", "severity=error", "component=shop", "time=2026-11-22T10:15:03.123456Z"])]);
    let unmistakable = detect(&["1795342503: New connection from 10.0.0.5:51234 on port 1883.", "1795342504: Client c1 disconnected."]);
    assert_ne!(unmistakable.name, "postfix");
}
