//! Pairs of keys and values with something else than blanks between, alone and behind heads.

use super::check;

#[test]
fn pairs_between_bars_commas_and_semicolons() {
    check(
        "kv",
        &[
            (
                "time=2026-11-22T10:15:03Z|level=WARN|module=order|client_ip=10.0.3.17|method=GET|path=/item/12|status=200|elapsed_ms=12|msg=all done",
                &[
                    "time=2026-11-22T10:15:03Z",
                    "severity=warn",
                    "component=order",
                    "source=10.0.3.17",
                    "method=GET",
                    "path=/item/12",
                    "status=200",
                    "elapsed_ms=12",
                    "message=all done",
                ],
            ),
            ("time=2026-11-22T10:15:04Z|level=INFO|msg=a|b|user=|client=10.0.3.17:51234", &["message=a|b", "source=10.0.3.17:51234"]),
            ("time=2026-11-22T10:15:04Z|level=INFO|msg=a|client=mobile", &["+client=mobile"]),
        ],
    );
    check(
        "kv",
        &[
            (
                "ts=2026-11-22 10:15:03, level=ERROR, msg=no stock, none at all, duration=12ms, n=1",
                &["time=2026-11-22T10:15:03Z", "severity=error", "message=no stock, none at all", "elapsed_ms=12", "+n=1"],
            ),
            ("ts=2026-11-22 10:15:04, level=INFO, msg=\"paid, x=1\", n=2", &["severity=info", "message=paid, x=1", "+n=2"]),
        ],
    );
    check("kv", &[("ts=2026-11-22T10:15:03Z; level=info; msg=paid in full;", &["severity=info", "message=paid in full"])]);
}

#[test]
fn labelled_values_between_tabs() {
    check(
        "ltsv",
        &[(
            "time:22/Nov/2026:10:15:03 +0000\thost:10.0.3.17\tforwardedfor:-\treq:GET /item/12 HTTP/1.1\tstatus:200\tsize:5120\treferer:-\t\
             ua:curl/8\treqtime:0.043\tvhost:shop",
            &[
                "time=2026-11-22T10:15:03Z",
                "source=10.0.3.17",
                "method=GET",
                "path=/item/12",
                "status=200",
                "bytes=5120",
                "user_agent=curl/8",
                "elapsed_s=0.043",
                "+vhost=shop",
            ],
        )],
    );
    // What is no request keeps the host that wrote it, and a header of names is no line of labels.
    check(
        "ltsv",
        &[(
            "time:2026-11-22T10:15:03Z\thost:web-1\tlevel:WARN\tmsg:slow query: all",
            &["time=2026-11-22T10:15:03Z", "host=web-1", "severity=warn", "message=slow query: all"],
        )],
    );
}

#[test]
fn pairs_behind_a_head() {
    check(
        "log4j/kv",
        &[
            (
                "2026-11-22 10:15:03.250|WARN|order|client_ip=10.0.3.17|method=GET|path=/item/12|status=200|elapsed_ms=12",
                &["time=2026-11-22T10:15:03.250Z", "severity=warn", "component=order", "source=10.0.3.17", "status=200", "elapsed_ms=12"],
            ),
            ("2026-11-22 10:15:04.250|INFO|stock|client_ip=10.0.3.18|method=GET|path=/item/13|status=404|elapsed_ms=1", &["status=404"]),
        ],
    );
    check(
        "log4j/kv",
        &[
            (
                "2026-11-22 10:15:03,250 INFO [main] com.shop.Order - event=placed, order=12, note=to be paid",
                &["severity=info", "component=com.shop.Order", "message=placed", "+order=12", "+note=to be paid"],
            ),
            ("2026-11-22 10:15:04,250 INFO [main] com.shop.Order - event=paid, order=13, note=x", &["message=paid"]),
        ],
    );
}
