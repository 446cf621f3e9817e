//! Lines as programs in the wild write them, one format after the other, with what they must give and what they must not.

use super::{detect, shown};

/// Layouts with two lines, what the first must give, and what neither may have: a guess that looks right and is none.
#[test]
fn heads_are_told_apart_by_what_stands_in_them() {
    for (first, second, expected, never) in [
        // The virtual machine's unified log: seconds since it began are no component, tags are.
        (
            "[0.345s][info ][gc,start] Pause Young",
            "[12.349s][error][gc      ] Pause Full",
            &["severity=info", "component=gc,start", "message=Pause Young"][..],
            &["component=0.345s", "time="][..],
        ),
        (
            "[2026-11-22T10:15:03.123+0800][0.345s][warning][gc,start] Pause Young",
            "[2026-11-22T10:15:04.123+0800][1.345s][info   ][gc      ] Pause Full",
            &["time=2026-11-22T02:15:03.123Z", "severity=warn", "component=gc,start", "message=Pause Young"],
            &["component=0.345s"],
        ),
        (
            "2026-11-22T10:15:03.123+0800: 0.345: [GC (Allocation Failure) 1K->1K]",
            "2026-11-22T10:15:04.123+0800: 1.345: [Full GC 1K->1K]",
            &["time=2026-11-22T02:15:03.123Z", "message=0.345: [GC (Allocation Failure) 1K->1K]"],
            &["component="],
        ),
        // Tracers' brackets, traced and not.
        (
            "2026-11-22 10:15:03.250  INFO [shop-api,5e8eeb48b08784d0,a1b2c3d4e5f60718,true] 7 --- [nio-8080-exec-1] c.e.Order : placed",
            "2026-11-22 10:15:04.250  INFO [shop-api,,,] 7 --- [           main] c.e.Boot : started",
            &[
                "application=shop-api",
                "trace_id=5e8eeb48b08784d0",
                "span_id=a1b2c3d4e5f60718",
                "pid=7",
                "thread=nio-8080-exec-1",
                "component=c.e.Order",
                "message=placed",
            ],
            &["+context="],
        ),
        (
            "2026-11-22T10:15:03.250Z  INFO 7 --- [shop] [exec-1] [65a1b2c3d4e5f60718293a4b5c6d7e8f-a1b2c3d4e5f60718] c.e.Order : placed",
            "2026-11-22T10:15:04.250Z  WARN 7 --- [shop] [  main] [                                                 ] c.e.Boot : slow",
            &["trace_id=65a1b2c3d4e5f60718293a4b5c6d7e8f", "span_id=a1b2c3d4e5f60718", "thread=exec-1", "component=c.e.Order"],
            &["+context=65a1b2c3d4e5f60718293a4b5c6d7e8f"],
        ),
        (
            "2026-11-22 10:15:03.250 [TID:6d1fa07f7aeb47b5a0e3d3c3f0b0a9f4.81.166] [http-nio-8080-exec-1] INFO  com.shop.Order -placed",
            "2026-11-22 10:15:04.250 [TID:N/A] [main] INFO  com.shop.Boot -started",
            &[
                "trace_id=6d1fa07f7aeb47b5a0e3d3c3f0b0a9f4.81.166",
                "thread=http-nio-8080-exec-1",
                "component=com.shop.Order",
                "message=placed",
            ],
            &["thread=TID"],
        ),
        // Dubbo's days come first, and its threads are no hosts.
        (
            "[22/11/26 10:15:03:250 UTC] main  INFO config.AbstractConfig:  [DUBBO] ready, current host: 10.0.0.7",
            "[22/11/26 10:15:04:250 UTC] DubboServerHandler-10.0.0.7:20880-thread-2  WARN support.Queue:  [DUBBO] slow",
            &["time=2026-11-22T10:15:03.250Z", "thread=main", "component=config.AbstractConfig"],
            &["host="],
        ),
        // Python's `%(levelname)s %(asctime)s %(module)s %(process)d %(thread)d %(message)s`, as Django documents it.
        (
            "INFO 2026-11-22 10:15:03,123 views 7 140251 placed",
            "ERROR 2026-11-22 10:15:04,123 log 7 140252 failed",
            &["component=views", "pid=7", "thread=140251", "message=placed"],
            &[],
        ),
        // logrus on a terminal counts seconds.
        (
            "INFO[0000] placed                                        id=7",
            "ERRO[0012] failed                                        id=8",
            &["severity=info", "message=placed"],
            &["pid="],
        ),
        ("10:15AM INF placed id=7", "2:16PM WRN slow took=43", &["time=2026-11-22T10:15:00Z", "severity=info", "message=placed"], &[]),
        (
            "2026-11-22T10:15:03+08:00 INF cmd/main.go:42 > placed id=7",
            "2026-11-22T10:15:04+08:00 ERR cmd/order.go:17 > failed id=7",
            &["component=cmd/main.go", "+line=42", "message=placed"],
            &["thread="],
        ),
        (
            "2026-11-22T10:15:03.123+0800 I  NETWORK  [listener] connection accepted",
            "2026-11-22T10:15:04.123+0800 W  STORAGE  [conn1] slow",
            &["severity=info", "component=NETWORK", "thread=listener", "message=connection"],
            &[],
        ),
        // ClickHouse's query ids name nothing.
        (
            "2026.11.22 10:15:03.123456 [ 7 ] {6f1e2c3a-0000-4000-8000-000000000001} <Debug> executeQuery: SELECT 1",
            "2026.11.22 10:15:04.123456 [ 8 ] {} <Error> TCPHandler: boom",
            &["pid=7", "severity=debug", "component=executeQuery", "message=SELECT"],
            &["component=6f1e2c3a", "thread=6f1e2c3a"],
        ),
        (
            "2026-11-22T10:15:03.123+0800 7f1234567700  0 mon.a is new leader",
            "2026-11-22T10:15:04.123+0800 7f1234567701 -1 osd.0 slow request",
            &["thread=7f1234567700"],
            &["component=", "pid=", "host="],
        ),
        // etcd before 3.4: the letter is no host.
        (
            "2026-11-22 10:15:03.123456 I | etcdmain: etcd Version: 3.3.10",
            "2026-11-22 10:15:04.123456 N | etcdserver: set the version",
            &["severity=info", "component=etcdmain", "message=etcd"],
            &["host="],
        ),
        // PostgreSQL on RDS, `%t:%r:%u@%d:[%p]:`.
        (
            "2026-11-22 10:15:03 UTC:10.0.3.17(51234):shop@orders:[123]:LOG:  connection authorized",
            "2026-11-22 10:15:04 UTC::@:[99]:LOG:  checkpoint starting",
            &["source=10.0.3.17", "pid=123", "component=shop@orders", "severity=info", "message=connection"],
            &[],
        ),
        // SQL Server fills its column with blanks.
        (
            "2026-11-22 10:15:03.22 Server      UTC adjustment: 8:00",
            "2026-11-22 10:15:04.12 Logon       Login failed.",
            &["component=Server", "message=UTC"],
            &["host="],
        ),
        (
            "2026-11-22 10:15:03 0 [Note] InnoDB: Using Linux native AIO",
            "2026-11-22 10:15:04 12 [Warning] Aborted connection 12",
            &["severity=info", "message=InnoDB:"],
            &["host=", "component=[Note]"],
        ),
        (
            "2026-11-22 10:15:03,123 [1] INFO  Shop.OrderService [(null)] - placed",
            "2026-11-22 10:15:04,123 [12] ERROR Shop.CartService [(null)] - failed",
            &["component=Shop.OrderService", "message=placed"],
            &["thread=(null)"],
        ),
        (
            "2026-11-22 10:15:03,123 INFO  org.apache.flink.runtime.Cluster        [] - Starting",
            "2026-11-22 10:15:04,123 WARN  org.apache.flink.runtime.Task           [] - slow",
            &["component=org.apache.flink.runtime.Cluster", "message=Starting"],
            &[],
        ),
        (
            "2026-11-22 10:15:03 INFO main - broker boot success",
            "2026-11-22 10:15:04 WARN SendMessageThread_1 - slow",
            &["thread=main", "message=broker"],
            &["component=main"],
        ),
        (
            "[   0.001893s]  INFO ThreadId(01) linkerd2_proxy: release 2.210.0",
            "[  10.073712s]  WARN ThreadId(02) linkerd_identity: slow",
            &["thread=ThreadId(01)", "component=linkerd2_proxy", "message=release"],
            &["component=0.001893s"],
        ),
        // Ruby's process stands in the time's bracket.
        (
            "I, [2026-11-22T10:15:03.123456 #7]  INFO -- : worker=0 spawning...",
            "E, [2026-11-22T10:15:04.123456 #8] ERROR -- : worker=0 killed",
            &["severity=info", "pid=7", "message=worker=0"],
            &["component="],
        ),
        // Android has two numbers, Gitea a letter in a bracket behind file, line and function.
        (
            "11-22 10:15:03.123  1234  5678 I ActivityManager: Start proc",
            "11-22 10:15:04.123  1234  5679 E AndroidRuntime: FATAL EXCEPTION",
            &["pid=1234", "thread=5678", "component=ActivityManager"],
            &[],
        ),
        (
            "2026/11/22 10:15:03 cmd/web.go:242:runWeb() [I] Starting Gitea",
            "2026/11/22 10:15:04 x/y.go:1:z() [E] boom",
            &["severity=info", "component=cmd/web.go", "+line=242", "message=Starting"],
            &[],
        ),
        (
            "[2026-11-22 10:15:03,123] INFO [sink|task-0] Started task (org.apache.kafka.connect.WorkerSinkTask:302)",
            "[2026-11-22 10:15:04,123] WARN Killing task (org.apache.kafka.connect.WorkerTask:192)",
            &["component=org.apache.kafka.connect.WorkerSinkTask", "message=[sink|task-0]"],
            &[],
        ),
        (
            "  1234:20261122:101503.123 Starting Zabbix Server.",
            "  1235:20261122:101504.123 cannot connect to database",
            &["time=2026-11-22T10:15:03.123Z", "message=Starting"],
            &["component="],
        ),
        // Dates that had been passed over, so that the clock behind them was taken for the time.
        (
            "nov/22/2026 10:15:03 system,info user bob logged in",
            "nov/22/2026 10:15:04 firewall,info forward: in:ether1",
            &["time=2026-11-22T10:15:03Z"],
            &[],
        ),
        (
            "INFO [11-22|10:15:03.123] Starting node",
            "ERROR[11-22|10:15:04.123] boom",
            &["time=2026-11-22T10:15:03.123Z", "severity=info"],
            &[],
        ),
        (
            "11/22-10:15:03.123456  [**] [1:1000001:1] ICMP test [**]",
            "11/22-10:15:04.123456  [**] [1:1000002:7] SSH [**]",
            &["time=2026-11-22T10:15:03.123456Z"],
            &["component="],
        ),
        (
            "[ 2026-11-22T10:15:03+08:00 ] 10.0.3.17 GET shop.example/item/12",
            "[ 2026-11-22T10:15:04+08:00 ] 10.0.3.18 GET shop.example/item/13",
            &["time=2026-11-22T02:15:03Z", "message=10.0.3.17"],
            &[],
        ),
        (
            "2026-11-22T10:15:03.123456+08:00 [warning] msg: authentication_failure, clientid: shop",
            "2026-11-22T10:15:04.123456+08:00 [error] msg: boom, line: 17",
            &["severity=warn"],
            &["component=msg"],
        ),
        (
            "2026-11-22 10:15:03 +0800 Puppet (notice): Applied catalog",
            "2026-11-22 10:15:04 +0800 Puppet (warning): slow",
            &["severity=info", "message=Applied"],
            &["component=(notice)"],
        ),
        (
            "2026-11-22 10:15:03 INFO GET    /item/12 done",
            "2026-11-22 10:15:04 INFO POST   /cart failed",
            &["severity=info", "message=GET"],
            &["component="],
        ),
        // Chinese brackets and colons.
        (
            "【2026-11-22 10:15:03】【INFO】【OrderService】订单创建成功",
            "【2026-11-22 10:15:04】【ERROR】【PayService】支付超时",
            &["time=2026-11-22T10:15:03Z", "severity=info", "component=OrderService", "message=订单创建成功"],
            &["+context="],
        ),
        (
            "2026年11月22日 10:15:03 【信息】 订单服务：订单创建成功",
            "2026年11月22日 10:15:04 【错误】 支付服务：支付超时",
            &["time=2026-11-22T10:15:03Z", "severity=info", "component=订单服务", "message=订单创建成功"],
            &[],
        ),
        (
            "时间:2026-11-22 10:15:03 订单创建成功",
            "时间:2026-11-22 10:15:04 支付超时",
            &["time=2026-11-22T10:15:03Z", "message=订单创建成功"],
            &[],
        ),
    ] {
        let sample: Vec<&str> = std::iter::repeat_n([first, second], 6).flatten().collect();
        let detected = detect(&sample);
        assert_eq!((detected.name.as_str(), detected.confidence), ("log4j", 1.0), "{first}");
        let all = format!(" {} ", shown(&*detected.parser, first));
        for pair in expected {
            assert!(all.contains(&format!(" {pair} ")), "`{pair}` of\n  {first}\nis not in\n {all}");
        }
        for line in [first, second] {
            let all = format!(" {} ", shown(&*detected.parser, line));
            assert!(!never.iter().any(|start| all.contains(&format!(" {start}"))), "{never:?} of\n  {line}\nin\n {all}");
        }
    }
}

#[test]
fn a_column_that_a_line_lacks_shifts_no_other() {
    let lines = [
        "10:15:03.123 [info] Running ShopWeb.Endpoint",
        "10:15:04.123 request_id=FxYz [info] GET /item/12",
        "10:15:04.166 request_id=FxYz [warning] Sent 200 in 43ms",
        "10:15:05.123 request_id=FxYa [error] boom",
    ];
    let parser = detect(&lines).parser;
    assert_eq!(shown(&*parser, lines[0]), "message=Running ShopWeb.Endpoint severity=info time=2026-11-22T10:15:03.123Z");
    assert!(shown(&*parser, lines[1]).starts_with("+request_id=FxYz message=GET /item/12 severity=info"));
}

#[test]
fn lines_with_a_time_are_read_among_others_that_have_none() {
    let access = r#"127.0.0.1 - - [22/Nov/2026 10:15:03] "GET /item/12 HTTP/1.1" 200 -"#;
    let error = "[2026-11-22 10:15:04,123] ERROR in app: Exception on /cart [POST]";
    let detected = detect(&[access, access, "Press CTRL+C to quit", error, access, access]);
    assert_eq!(detected.name, "combined+log4j");
    assert!(shown(&*detected.parser, error).contains("severity=error time=2026-11-22T10:15:04.123Z"));
    let pairs = "level=info ts=2026-11-22T10:15:03Z msg=x";
    let headed = r#"2026-11-22T10:15:06Z ERR error="boom" entryPointName=web"#;
    let parser = detect(&[pairs, pairs, headed, pairs]).parser;
    assert!(shown(&*parser, headed).contains("severity=error time=2026-11-22T10:15:06Z"), "a head is no word among pairs");
    let tls = r#"[22/Nov/2026:10:15:04 +0800] 10.0.3.18 TLSv1.3 TLS_AES_256_GCM_SHA384 "POST /cart HTTP/1.1" 120"#;
    assert!(!shown(&*detect(&[tls]).parser, tls).contains("status="), "a size at the end is no status");
    let indented = ["    2026/11/22 10:15:03 [INFO] serf: joined", "    2026/11/22 10:15:04 [WARN] raft: Heartbeat timeout"];
    assert!(shown(&*detect(&indented).parser, indented[1]).contains("component=raft message=Heartbeat timeout severity=warn"));
}
