//! Servers with layouts of their own: mail, firewalls, databases, games and what runs on Erlang or Rust.

use super::{check, detect, shown};

#[test]
fn deliveries_of_mail_are_calls_of_the_server_that_wrote() {
    check(
        "syslog/postfix",
        &[
            (
                "Nov 22 10:15:03 mx1 postfix/smtpd[123]: connect from mail.example.com[10.0.3.17]",
                &["source=10.0.3.17", "component=postfix/smtpd", "host=mx1"],
            ),
            (
                "Nov 22 10:15:04 mx1 postfix/qmgr[9]: 4D1F32A0B1: from=<a@example.com>, size=2345, nrcpt=1 (queue active)",
                &["+queue_id=4D1F32A0B1", "+from=a@example.com", "bytes=2345"],
            ),
            (
                "Nov 22 10:15:05 mx1 postfix/smtp[7]: 4D1F32A0B1: to=<b@example.org>, relay=mx.example.org[192.0.2.7]:25, delay=1.3, dsn=2.0.0, status=sent (250 OK)",
                &["target=192.0.2.7", "elapsed_s=1.3", "service=delivery", "status=sent", "severity=info", "+reply=250 OK"],
            ),
            (
                "Nov 22 10:15:06 mx1 postfix/smtp[7]: 5D1F32A0B1: to=<c@example.net>, relay=none, delay=30, dsn=4.4.1, status=deferred (timed out)",
                &["status=deferred", "severity=warn", "+relay=none"],
            ),
            (
                "Nov 22 10:15:07 mx1 postfix/smtpd[8]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 554 5.7.1 Relay access denied",
                &["source=203.0.113.9", "severity=warn"],
            ),
            (
                "Nov 22 10:15:08 mx2 sendmail[12]: 0AMAF3xx001234: to=<b@example.org>, delay=00:01:02, relay=mx.example.org. [192.0.2.7], stat=Sent (OK)",
                &["target=192.0.2.7", "elapsed_s=62", "status=Sent"],
            ),
            (
                "Nov 22 10:15:09 mx2 sendmail[12]: 0AMAF3xx001234: from=<a@example.com>, size=2345, relay=mail.example.com [10.0.3.17]",
                &["source=10.0.3.17", "bytes=2345"],
            ),
        ],
    );
    check(
        "exim",
        &[
            (
                "2026-11-22 10:15:03 1kgABC-0001Xy-2Z <= a@example.com H=mail.example.com [10.0.3.17]:51234 P=esmtps S=2345 id=x@example.com",
                &["source=10.0.3.17", "bytes=2345", "+queue_id=1kgABC-0001Xy-2Z", "+from=a@example.com"],
            ),
            (
                "2026-11-22 10:15:04 1kgABC-0001Xy-2Z => b@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.7] C=\"250 OK id=7\" QT=1.2s DT=0.8s",
                &["target=192.0.2.7", "service=delivery", "status=sent", "elapsed_s=0.8", "+transport=remote_smtp"],
            ),
            (
                "2026-11-22 10:15:05 1kgABC-00000001Xyz-2Z3A ** d@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.8]: SMTP error: 550 unknown",
                &["target=192.0.2.8", "status=bounced", "severity=error"],
            ),
            (
                "2026-11-22 10:15:06 +0000 [712] 1kgABD-0001Xy-2Z == c@example.net T=remote_smtp defer (110): timed out",
                &["status=deferred", "severity=warn", "pid=712", "time=2026-11-22T10:15:06Z"],
            ),
            (
                "2026-11-22 10:15:07 H=(bad) [203.0.113.9]:47 rejected RCPT <x@y.z>: relay not permitted",
                &["source=203.0.113.9", "severity=warn"],
            ),
            ("2026-11-22 10:15:08 Start queue run: pid=47", &["severity=info"]),
        ],
    );
}

#[test]
fn firewalls_tell_who_asked_whom_and_what_was_not_let_through() {
    check(
        "syslog/netfilter",
        &[
            (
                "Nov 22 10:15:03 fw kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=aa:bb SRC=203.0.113.9 DST=10.0.9.4 LEN=60 TTL=51 DF PROTO=TCP SPT=4711 DPT=22 LEN=40",
                &[
                    "source=203.0.113.9",
                    "target=10.0.9.4",
                    "service=tcp/22",
                    "operation=UFW BLOCK",
                    "warning=1",
                    "bytes=60",
                    "component=kernel",
                ],
            ),
            (
                "Nov 22 10:15:04 fw kernel: let-in: IN=eth0 OUT=eth1 SRC=10.0.3.17 DST=10.0.9.5 LEN=84 PROTO=ICMP TYPE=8",
                &["service=icmp", "operation=let-in", "warning=0"],
            ),
        ],
    );
    let session = |action: &str, app: &str| {
        format!(
            "Nov 22 10:15:03 pa-1 1,2026/11/22 10:15:02,0012,TRAFFIC,end,2305,2026/11/22 10:15:02,10.0.3.17,10.0.9.4,0.0.0.0,0.0.0.0,web,ana,,{app},vsys1,trust,dmz,e1,e2,fwd,x,77,1,51234,443,0,0,0x1c,tcp,{action},5120,1024,4096,12,2026/11/22 10:14:50,13,any"
        )
    };
    let (allowed, denied) = (session("allow", "ssl"), session("deny", "not-applicable"));
    check(
        "syslog/paloalto",
        &[
            (
                &allowed,
                &[
                    "source=10.0.3.17",
                    "target=10.0.9.4",
                    "service=ssl",
                    "operation=allow",
                    "bytes=5120",
                    "elapsed_s=13",
                    "warning=0",
                    "host=pa-1",
                ],
            ),
            (&denied, &["service=tcp/443", "operation=deny", "warning=1", "time=2026-11-22T10:15:02Z"]),
            (
                "Nov 22 10:15:05 pa-1 1,2026/11/22 10:15:05,0012,SYSTEM,general,0,2026/11/22 10:15:05,,auth,,0,0,general,high,\"failed, for ana\",1",
                &["component=SYSTEM", "severity=error", "message=failed, for ana"],
            ),
        ],
    );
}

#[test]
fn layouts_that_one_program_has() {
    check(
        "tidb",
        &[
            (
                r#"[2026/11/22 10:15:03.250 +00:00] [WARN] [conn.go:1071] ["slow \"query\""] [conn=7] ["cost time"=60.1s] [sql="a] [b"]"#,
                &[
                    "severity=warn",
                    "component=conn.go",
                    "+line=1071",
                    "message=slow \"query\"",
                    "+conn=7",
                    "+cost time=60.1s",
                    "+sql=a] [b",
                ],
            ),
            ("[2026/11/22 10:15:04.250 +00:00] [INFO] [<unknown>] [welcome]", &["message=welcome"]),
        ],
    );
    check(
        "erlang",
        &[
            ("=ERROR REPORT==== 22-Nov-2026::10:15:03 ===\nclosing connection\nenotconn", &["severity=error", "time=2026-11-22T10:15:03Z"]),
            ("=CRASH REPORT==== 22-Nov-2026::10:15:04 ===\nboom", &["severity=error", "component=CRASH", "message=boom"]),
        ],
    );
    check(
        "syslog",
        &[
            (
                "Nov 22 10:15:03 iPhone SpringBoard(FrontBoard)[57] <Notice>: changed",
                &["component=SpringBoard(FrontBoard)", "pid=57", "severity=info"],
            ),
            ("Nov 22 10:15:04 kdc krb5kdc[12](Error): failed", &["component=krb5kdc", "pid=12", "severity=error"]),
            ("Nov 22 10:15:05 mx imap(alice)<712><abc>: logged out", &["component=imap", "pid=712"]),
            ("Nov 22 10:15:06 mx lmtp(712): connect", &["component=lmtp", "pid=712"]),
        ],
    );
    let router = r#"shop.example - [2026-11-22T10:15:05.240Z] "GET /item/123 HTTP/1.1" 200 12 5120 "-" "curl/8.0" "10.0.3.17:51234" "10.0.9.4:61001" x_forwarded_for:"10.0.3.17" vcap_request_id:"7c9e" response_time:0.043 gorouter_time:0.0001 app_id:"abc""#;
    let read = format!(" {} ", shown(&*detect(&[router, router]).parser, router));
    for pair in ["source=10.0.3.17:51234", "target=10.0.9.4:61001", "bytes=5120", "elapsed_s=0.043", "forwarded_for=10.0.3.17"] {
        assert!(read.contains(&format!(" {pair} ")), "`{pair}` is not in {read}");
    }
}

#[test]
fn heads_of_programs() {
    for (lines, expected) in [
        (
            ["[10:15:03] [Server thread/INFO]: starting", "[10:15:04] [Worker-2/ERROR]: boom"],
            &["thread=Server thread", "severity=info", "message=starting"][..],
        ),
        (
            [
                "2026-11-22T10:15:03Z pid=47 tid=ox5k class=Mail jid=ab12 elapsed=0.9 INFO: done",
                "2026-11-22T10:15:04Z pid=47 tid=ox5k INFO: up",
            ],
            &["+class=Mail", "+jid=ab12", "+elapsed=0.9", "severity=info", "message=done"],
        ),
        (
            [
                "2026-11-22T10:15:03Z  INFO request{method=GET uri=/a}:db{id=7}: shop::order: placed",
                "2026-11-22T10:15:04Z ERROR shop: failed",
            ],
            &["+spans=request{method=GET uri=/a}:db{id=7}", "component=shop::order", "message=placed"],
        ),
        (
            [
                "2026-11-22 10:15:03,250 | WARN  | broker went away | org.shop.Broker | Transport: 7",
                "2026-11-22 10:15:04,250 | INFO  | it is up | org.shop.Boot | main",
            ],
            &["component=org.shop.Broker", "thread=Transport: 7", "message=broker went away", "severity=warn"],
        ),
        (
            [
                "2026-11-22 10:15:03,250+0000 INFO  [qtp-5]  admin org.shop.View - failed",
                "2026-11-22 10:15:04,250+0000 WARN  [main]  *SYSTEM org.shop.Boot - up",
            ],
            &["thread=qtp-5", "+context=admin", "component=org.shop.View", "message=failed"],
        ),
        (
            ["nov/22/2026 10:15:03 system,error,critical login failure", "nov/22/2026 10:15:04 dhcp,warning offering"],
            &["component=system", "severity=error", "message=login failure"],
        ),
        (
            ["2026.11.22 10:15:03 ERROR web[AYz2][o.s.s.Engine] failed", "2026.11.22 10:15:04 INFO  ce[][o.s.c.Worker] ok"],
            &["component=o.s.s.Engine", "message=failed"],
        ),
        (
            ["2026-11-22 10:15:03: (server.c.1464) started", "2026-11-22 10:15:04: (mod_x.c.23) failed"],
            &["component=server.c", "+line=1464"],
        ),
        (["  12:20261122:101503.250 slow query", "1235:20261122:101504.250 ok"], &["pid=12", "message=slow query"]),
        (
            ["2026-11-22 10:15:03 | SUCCESS  | shop:place:12 - done", "2026-11-22 10:15:04 | INFO     | shop:place:13 - ok"],
            &["severity=info", "message=done"],
        ),
        (["Sun Nov 22 10:15:03 2026 -> WARNING: old", "Sun Nov 22 10:15:04 2026 -> ERROR: bad"], &["severity=warn", "message=old"]),
        (
            ["Nov 22 10:15:03 general\tinfo\tHello\tyou", "Nov 22 10:15:04 mod_http\terror\tboom\tx"],
            &["component=general", "severity=info", "time=2026-11-22T10:15:03Z"],
        ),
        (
            [
                "(2026-11-22 10:15:03:250123): [be[example.com]] [auth] (0x0020): failed",
                "(2026-11-22 10:15:04:250123): [nss] [auth] (0x0400): ok",
            ],
            &["time=2026-11-22T10:15:03.250123Z"],
        ),
        (
            ["[2026.11.22-10.15.03:250][  7]LogNet: Warning: slow", "[2026.11.22-10.15.04:250][ 12]LogInit: up"],
            &["component=LogNet", "severity=warn", "time=2026-11-22T10:15:03.250Z"],
        ),
        (
            [
                "2026-11-22 10:15:03.25 [21] [INFO] [10.0.3.17:51#shop] closed",
                "2026-11-22 10:15:04.25 [21] [INFO] [10.0.3.18:52#shop] closed",
            ],
            &["severity=info", "message=[10.0.3.17:51#shop] closed"],
        ),
        (
            ["[2026/11/22 10:15:03.250123,  0] smbd/server.c:17(main)", "[2026/11/22 10:15:04.250123,  2] smbd/server.c:18(main)"],
            &["+context=0"],
        ),
        (
            ["[I 261122 10:15:03 web:2271] 200 GET /item/1 (10.0.3.17) 43.21ms", "[E 261122 10:15:04 web:1789] boom"],
            &["severity=info", "time=2026-11-22T10:15:03Z", "component=web", "+line=2271"],
        ),
        (
            ["[W 2026-11-22 10:15:03.250 ServerApp] slow", "[I 2026-11-22 10:15:04.250 ServerApp] up"],
            &["severity=warn", "time=2026-11-22T10:15:03.250Z", "component=ServerApp", "message=slow"],
        ),
        (
            [
                "2026-11-22T10:15:03.123+0000 7f1234567700 -1 osd.0 heartbeat_check: no reply",
                "2026-11-22T10:15:04.123+0000 7f1234567701  0 log_channel(cluster) log [WRN] : Health check failed",
            ],
            &["severity=error", "thread=7f1234567700", "message=osd.0 heartbeat_check: no reply"],
        ),
        (
            [
                "2026-11-22T10:15:04.123+0000 7f1234567701  0 log_channel(cluster) log [WRN] : Health check failed",
                "2026-11-22T10:15:05.123+0000 7f1234567700 10 osd.0 tick",
            ],
            &["severity=warn"],
        ),
        (
            ["2026-11-22T10:15:03Z E! [outputs.influxdb] failed", "2026-11-22T10:15:04Z I! Starting"],
            &["severity=error", "time=2026-11-22T10:15:03Z"],
        ),
    ] {
        let sample: Vec<&str> = std::iter::repeat_n(lines, 6).flatten().collect();
        let all = format!(" {} ", shown(&*detect(&sample).parser, lines[0]));
        for pair in expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {}\nis not in\n {all}", lines[0]);
        }
    }
}

#[test]
fn keys_of_clouds_and_libraries() {
    for (line, expected) in [
        (
            r#"{"textPayload":"hi","severity":"NOTICE","trace":"projects/x/traces/5e8eeb48b08784d0"}"#,
            &["message=hi", "trace_id=5e8eeb48b08784d0"][..],
        ),
        (
            r#"{"grpc.service":"shop.Orders","grpc.method":"List","grpc.code":"OK","grpc.time_ms":43.2}"#,
            &["service=shop.Orders", "operation=List", "status=OK", "elapsed_ms=43.2"],
        ),
        (r#"{"lvl":"dbug","msg":"x","method":128}"#, &["severity=debug", "+method=128"]),
        (r#"{"source":"[2001:DB8::1]:443","path":"/a"}"#, &["source=[2001:DB8::1]:443"]),
    ] {
        let all = format!(" {} ", shown(&*detect(&[line, line]).parser, line));
        for pair in expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {line}\nis not in\n {all}");
        }
    }
}

#[test]
fn colours_of_a_terminal_are_read_over() {
    let lines = [
        "\x1b[90m2026-11-22T10:15:03Z\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mshop::order\x1b[0m\x1b[2m:\x1b[0m placed",
        "\x1b[90m2026-11-22T10:15:04Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[2mshop::order\x1b[0m\x1b[2m:\x1b[0m failed",
    ];
    let detected = detect(&lines);
    assert_eq!((detected.name.as_str(), detected.confidence), ("log4j", 1.0));
    let expected = "component=shop::order message=failed severity=error time=2026-11-22T10:15:04Z";
    assert_eq!(shown(&*detected.parser, lines[1]), expected);
    let docker = lines.map(|line| {
        format!("{{\"log\":\"{}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:04Z\"}}", line.replace('\x1b', "\\u001b"))
    });
    let detected = detect(&[&docker[0], &docker[1]]);
    assert_eq!(detected.name, "docker/log4j");
    assert!(shown(&*detected.parser, &docker[1]).contains("component=shop::order message=failed severity=error"));
}

#[test]
fn servers_of_postgresql_have_a_level_whoever_asked_them() {
    let asked = "2026-11-22 10:15:03.250 UTC [1234] app@shop ERROR:  relation does not exist";
    let own = "2026-11-22 10:15:05.250 UTC [99] LOG:  checkpoint starting: time";
    let met = "2026-11-22 10:15:06.250 UTC [1235] [unknown]@[unknown] LOG:  connection received: host=10.0.3.17";
    for (asks, owns, meets) in [(8, 1, 1), (4, 4, 2), (2, 8, 0), (1, 1, 8)] {
        let sample: Vec<&str> =
            [(asked, asks), (own, owns), (met, meets)].into_iter().flat_map(|(line, n)| std::iter::repeat_n(line, n)).collect();
        let parser = detect(&sample).parser;
        for (line, expected) in [
            (asked, &["severity=error", "pid=1234", "message=relation does not exist"][..]),
            (own, &["severity=info", "pid=99", "message=checkpoint starting: time"]),
        ] {
            let all = format!(" {} ", shown(&*parser, line));
            expected
                .iter()
                .for_each(|pair| assert!(all.contains(&format!(" {pair} ")), "{pair} of {line} in {all} of {asks}, {owns}, {meets}"));
        }
    }
}

#[test]
fn access_lines_of_frameworks_in_go() {
    check(
        "gin",
        &[
            (
                "10:15:03 | 200 |    43.21ms |       10.0.3.17 | GET     | /item/123",
                &["status=200", "elapsed_ms=43.21", "source=10.0.3.17", "method=GET", "path=/item/123", "time=2026-11-22T10:15:03Z"],
            ),
            ("10:15:04 | 404 |      21µs |       10.0.3.17 | GET     | /x", &["elapsed_us=21", "path=/x"]),
        ],
    );
    let chi = r#"2026/11/22 10:15:03 [web-1/abc-1] "GET http://shop.example/item/1 HTTP/1.1" from 10.0.3.17:51234 - 200 5120B in 43.21ms"#;
    check("access", &[(chi, &["source=10.0.3.17:51234", "status=200", "bytes=5120", "elapsed_ms=43.21", "method=GET"])]);
}

#[test]
fn java_util_logging_in_the_languages_of_the_west() {
    for (head, info, error) in [
        ("Nov. 22, 2026 10:15:03 AM", "INFORMATION", "SCHWERWIEGEND"),
        ("nov. 22, 2026 10:15:03 AM", "INFOS", "GRAVE"),
        ("22 nov. 2026 10:15:03", "INFOS", "GRAVE"),
        ("dic. 22, 2026 10:15:03 AM", "INFORMACIÓN", "GRAVE"),
        ("dic 22, 2026 10:15:03 AM", "INFORMAZIONI", "GRAVE"),
    ] {
        let event = |level: &str| format!("{head} com.shop.Main main\n{level}: x");
        let month = if head.starts_with('d') { 12 } else { 11 };
        let time = format!("time=2026-{month}-22T10:15:03Z");
        check(
            "jul",
            &[(&event(info), &[&time, "severity=info", "component=com.shop.Main", "message=x"]), (&event(error), &["severity=error"])],
        );
    }
}
