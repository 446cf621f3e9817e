//! Access lines that servers and frameworks write in an order of their own.

use super::check;

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
