//! Access lines that servers and frameworks write in an order of their own.

use super::{Detected, check, detect, shown};

#[test]
fn requests_without_a_protocol() {
    for (lines, expected) in [
        (
            ["2026-11-22T10:15:03Z 10.0.0.1 GET /item/12?x=1 200 12ms", "2026-11-22T10:15:04Z 10.0.0.2 POST /item 500 812ms"],
            &["time=2026-11-22T10:15:03Z", "source=10.0.0.1", "method=GET", "path=/item/12?x=1", "status=200", "elapsed_ms=12"][..],
        ),
        (["10.0.0.1 - GET /a 200 0.012", "10.0.0.2 - POST /b 500 0.812"], &["source=10.0.0.1", "path=/a", "status=200", "elapsed_s=0.012"]),
        (
            ["[2026-11-22 10:15:03] GET /a 200 - 12.2 ms - 10.0.0.1", "[2026-11-22 10:15:04] POST /b 500 - 812.0 ms - 10.0.0.2"],
            &["time=2026-11-22T10:15:03Z", "source=10.0.0.1", "status=200", "elapsed_ms=12.2"],
        ),
        (
            ["2026-11-22T10:15:03Z GET /a -> 200 (12ms)", "2026-11-22T10:15:04Z POST /b -> 500 (812ms)"],
            &["time=2026-11-22T10:15:03Z", "path=/a", "status=200", "elapsed_ms=12"],
        ),
        (
            [
                "2026-11-22 10:15:03 | 10.0.0.1 | GET | /a | 200 | 5120 | 12ms",
                "2026-11-22 10:15:04 | 10.0.0.2 | POST | /b | 500 | 12 | 812ms",
            ],
            &["time=2026-11-22T10:15:03Z", "source=10.0.0.1", "path=/a", "bytes=5120", "elapsed_ms=12"],
        ),
        (["2026-11-22T10:15:03Z GET /a 200", "2026-11-22T10:15:04Z POST /b 500"], &["path=/a", "status=200"]),
    ] {
        check("access", &[(lines[0], expected), (lines[1], &["method=POST", "status=500"])]);
    }
}

#[test]
fn requests_without_a_protocol_behind_a_head() {
    check(
        "log4j/access",
        &[
            (
                "2026-11-22 10:15:03,250 stock-service - GET /a -> 200 (12ms)",
                &["component=stock-service", "path=/a", "status=200", "elapsed_ms=12"],
            ),
            ("2026-11-22 10:15:04,250 order-service - POST /b -> 500 (812ms)", &["component=order-service", "method=POST"]),
        ],
    );
    // Nothing but a layout's time beside it: a message.
    check(
        "log4j",
        &[
            ("2026-11-22 10:15:03,250 stock-service - GET /a -> 200", &["component=stock-service", "message=GET /a -> 200"]),
            ("2026-11-22 10:15:04,250 order-service - paid", &["component=order-service", "message=paid"]),
        ],
    );
    check(
        "log4j/access",
        &[
            (
                "2026-11-22T10:15:03Z INFO 10.0.0.1 GET /a 200 12ms",
                &["time=2026-11-22T10:15:03Z", "severity=info", "source=10.0.0.1", "path=/a", "status=200", "elapsed_ms=12"],
            ),
            ("2026-11-22T10:15:04Z WARN 10.0.0.1 GET /b 404 3ms", &["severity=warn", "path=/b"]),
        ],
    );
    check(
        "log4j/access",
        &[
            (
                "2026-11-22 10:15:03.250 +00:00 [INF] HTTP GET /item/12 responded 200 in 12.3450 ms",
                &["time=2026-11-22T10:15:03.250Z", "severity=info", "path=/item/12", "status=200", "elapsed_ms=12.3450"],
            ),
            ("2026-11-22 10:15:04.250 +00:00 [INF] HTTP POST /item responded 500 in 812.0 ms", &["method=POST", "status=500"]),
        ],
    );
}

#[test]
fn sentences_with_a_request_in_them_are_no_calls() {
    check(
        "log4j",
        &[
            ("2026-11-22 10:15:03 INFO retried GET /a 500 times", &["severity=info", "message=retried GET /a 500 times"]),
            ("2026-11-22 10:15:04 INFO route GET /a 200 added", &["message=route GET /a 200 added"]),
            ("2026-11-22 10:15:05 INFO GET /a", &["message=GET /a"]),
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
fn ends_of_requests_as_php_go_and_dotnet_tell_them() {
    check(
        "access",
        &[
            (
                r#"2026/11/22 10:15:03 [host/abc-000001] "GET http://localhost:8080/item/12 HTTP/1.1" from 10.0.3.17:51234 - 200 512B in 43.211ms"#,
                &["source=10.0.3.17:51234", "bytes=512", "elapsed_ms=43.211"],
            ),
            (
                r#"2026/11/22 10:15:05 "GET http://localhost:8080/a HTTP/1.1" from [::1]:51234 - 404 19B in 12.5ms"#,
                &["source=[::1]:51234", "status=404", "elapsed_ms=12.5"],
            ),
        ],
    );
    check(
        "access",
        &[
            (r#"127.0.0.1 -  22/Nov/2026:10:15:03 +0000 "GET /index.php" 200"#, &["source=127.0.0.1", "path=/index.php", "status=200"]),
            (r#"127.0.0.1 - bob 22/Nov/2026:10:15:04 +0000 "POST /cart.php" 500"#, &["method=POST", "status=500"]),
            (
                r#"127.0.0.1 - 22/Nov/2026:10:15:05 +0000 "GET /index.php?a=1" 200 /var/www/index.php 43.211 2048 93.08%"#,
                &["elapsed_ms=43.211", "+script=/var/www/index.php", "+memory_kb=2048"],
            ),
        ],
    );
    let actix = r#"10.0.3.17 "GET /item/12 HTTP/1.1" 200 5120 "http://a/" "curl/8.0" 0.043211"#;
    check("access", &[(actix, &["referer=http://a/", "user_agent=curl/8.0", "elapsed_s=0.043211"])]);
    // Before .NET 8 the type and length of the request stand before the dash.
    for (line, expected) in [
        (
            "      Request finished HTTP/1.1 GET http://localhost:8080/item/12 - 200 5120 application/json;+charset=utf-8 43.2110ms",
            &["path=http://localhost:8080/item/12", "status=200", "bytes=5120", "elapsed_ms=43.2110"][..],
        ),
        (
            "      Request finished HTTP/1.1 POST http://localhost:8080/cart application/json 12 - 500 - text/plain 3.1ms",
            &["method=POST", "status=500", "elapsed_ms=3.1", "component=Microsoft.AspNetCore.Hosting.Diagnostics"],
        ),
    ] {
        let block = format!("info: Microsoft.AspNetCore.Hosting.Diagnostics[2]\n{line}");
        check("dotnet", &[(&block, expected), ("warn: Shop.Stock[0]\n      slow", &["message=slow", "severity=warn"])]);
        let serilog = format!("2026-11-22 10:15:03.123 +08:00 [INF] {}", line.trim());
        let detected = detect(&[&serilog, "2026-11-22 10:15:04.123 +08:00 [WRN] slow"]);
        assert_eq!(detected.name, "log4j/access");
        let all = format!(" {} ", shown(&*detected.parser, &serilog));
        assert!(expected.iter().take(3).all(|pair| all.contains(&format!(" {pair} "))), "{all}");
    }
}
