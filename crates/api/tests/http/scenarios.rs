//! Every endpoint with real answers, as data: target, status, and where to look for what.
//!
//! Each answer is checked against the committed document, and each endpoint of the document must be asked here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use magpie_api::{FaultReport, Verdict};
use serde_json::json;

use crate::client::{Answer, get, send};
use crate::schema::{DOCUMENT, check};
use crate::world::World;

/// Method, path in the document, target, body, status, and (pointer, value) pairs; `"#n"` stands for an array of n entries.
pub(crate) type Scenario = (&'static str, &'static str, &'static str, &'static str, u16, &'static [(&'static str, &'static str)]);

const RANGE: &str = "from=2026-11-20T10:00:00Z&to=2026-11-20T10:10:00Z";

const ACKNOWLEDGEMENT: &str = "/api/v1/alerts/{id}/acknowledgement";
const COMMENTS: &str = "/api/v1/alerts/{id}/comments";
const SILENCES: &str = "/api/v1/silences";
const SILENCE: &str = "/api/v1/silences/{id}";

const MONITORS: &str = "/api/v1/monitors";
const MONITOR: &str = "/api/v1/monitors/{name}";
const VERSIONS: &str = "/api/v1/monitors/{name}/versions";
const PREVIEW: &str = "/api/v1/monitors/preview";
const SERIES: &str = "/api/v1/alerts/{id}/series";
const RESTORE: &str = "/api/v1/monitors/{name}/restore";

/// Asked in this order of one world: what one scenario changes, the next ones see.
const SCENARIOS: &[Scenario] = &[
    ("GET", "/api/v1/records", "/api/v1/records", "", 200, &[("/records", "#20"), ("/next", "null"), ("/records/0/severity", "\"error\"")]),
    ("GET", "/api/v1/records", "/api/v1/records?status=500&kind=call", "", 200, &[("/records", "#1"), ("/records/0/elapsed_ms", "5")]),
    ("GET", "/api/v1/records", "/api/v1/records?not.source_module=web&attr.user=u1", "", 200, &[("/records", "#4")]),
    ("GET", "/api/v1/records", "/api/v1/records?source_module=web&source_module=batch&severity=info", "", 200, &[("/records", "#19")]),
    ("GET", "/api/v1/records", "/api/v1/records?min.elapsed_ms=800", "", 200, &[("/records", "#2"), ("/records/0/elapsed_ms", "900")]),
    ("GET", "/api/v1/records", "/api/v1/records?min[elapsed_ms]=800.5", "", 200, &[("/records", "#1")]),
    ("GET", "/api/v1/records", "/api/v1/records?contains=VIDEO/7", "", 200, &[("/records", "#1")]),
    ("GET", "/api/v1/records", "/api/v1/records?words=%E7%8C%AB+failed", "", 200, &[("/records", "#1")]),
    ("GET", "/api/v1/records", "/api/v1/records?regex=video/1%5B0-4%5D%5C%3F", "", 200, &[("/records", "#5")]),
    ("GET", "/api/v1/records", "/api/v1/records?trace_id=00000000000000000000000000000003", "", 200, &[("/records", "#1")]),
    ("GET", "/api/v1/records", "/api/v1/records?from=now-1m30s&to=now", "", 200, &[("/records", "#3")]),
    ("GET", "/api/v1/records", "/api/v1/records?from=2026-11-20+18:09&to=2026-11-20+18:10", "", 200, &[("/records", "#2")]),
    ("GET", "/api/v1/records", "/api/v1/records?soruce=1", "", 400, &[("/parameter", "\"soruce\""), ("/fix", "\"write `source`\"")]),
    ("GET", "/api/v1/records", "/api/v1/records?limit=50000", "", 400, &[("/parameter", "\"limit\"")]),
    ("GET", "/api/v1/records", "/api/v1/records?cursor=abc", "", 400, &[("/parameter", "\"cursor\"")]),
    ("GET", "/api/v1/records", "/api/v1/records?from=tomorrow", "", 400, &[("/parameter", "\"from\"")]),
    ("GET", "/api/v1/records", "/api/v1/records?from=now&to=now-1h", "", 400, &[("/parameter", "\"from\"")]),
    ("GET", "/api/v1/records/{id}", "/api/v1/records/0000000000001013", "", 200, &[("/status", "\"500\""), ("/attributes/user", "\"u1\"")]),
    ("GET", "/api/v1/records/{id}", "/api/v1/records/00000000000000ff", "", 404, &[]),
    ("GET", "/api/v1/records", "/api/v1/records?q=source_module:web%20elapsed_ms%3E%3D700", "", 200, &[("/records", "#3")]),
    ("GET", "/api/v1/records", "/api/v1/records?q=%22/video/1%22%20-status:5*&severity=info", "", 200, &[("/records", "#10")]),
    ("GET", "/api/v1/records", "/api/v1/records?q=ok%20sauce:1", "", 400, &[("/parameter", "\"q\""), ("/column", "4")]),
    ("GET", "/api/v1/records/top/{column}", "/api/v1/records/top/status?q=-status:200", "", 200, &[("/values", "#1")]),
    ("GET", "/api/v1/records/histogram", "/api/v1/records/histogram?step=5m&q=status%3E%3D500", "", 200, &[("/bars", "#1")]),
    (
        "GET",
        "/api/v1/records/{id}/around",
        "/api/v1/records/0000000000001004/around?before=1&after=2",
        "",
        200,
        &[("/records", "#4"), ("/here", "1"), ("/records/1/id", "\"0000000000001004\""), ("/records/3/offset", "600")],
    ),
    ("GET", "/api/v1/records/{id}/around", "/api/v1/records/0000000000001000/around", "", 200, &[("/records", "#20"), ("/here", "0")]),
    ("GET", "/api/v1/records/{id}/around", "/api/v1/records/0000000000001000/around?before=-1", "", 400, &[("/parameter", "\"before\"")]),
    ("GET", "/api/v1/records/{id}/around", "/api/v1/records/00000000000000ff/around", "", 404, &[]),
    ("GET", "/api/v1/records/complete", "/api/v1/records/complete", "", 200, &[("/items/0/label", "\"severity\""), ("/replace/to", "0")]),
    (
        "GET",
        "/api/v1/records/complete",
        "/api/v1/records/complete?q=%E7%8C%AB%20-tar",
        "",
        200,
        &[("/items", "#2"), ("/items/0/insert", "\"target:\""), ("/replace", "{\"from\":3,\"to\":6}")],
    ),
    (
        "GET",
        "/api/v1/records/complete",
        "/api/v1/records/complete?q=status:",
        "",
        200,
        &[("/items/0", "{\"insert\":\"200\",\"kind\":\"value\",\"label\":\"200\",\"records\":19}"), ("/items", "#2")],
    ),
    ("GET", "/api/v1/records/complete", "/api/v1/records/complete?q=status:5&cursor=7", "", 200, &[("/items", "#2"), ("/replace/to", "7")]),
    (
        "GET",
        "/api/v1/records/complete",
        "/api/v1/records/complete?q=severity",
        "",
        200,
        &[("/items", "#6"), ("/items/3/insert", "\"severity<=\"")],
    ),
    ("GET", "/api/v1/records/complete", "/api/v1/records/complete?q=attr.", "", 200, &[("/items/0/insert", "\"attr.user:\"")]),
    (
        "GET",
        "/api/v1/records/complete",
        "/api/v1/records/complete?q=attr.user:",
        "",
        200,
        &[("/items", "#3"), ("/items/2/label", "\"u2\"")],
    ),
    ("GET", "/api/v1/records/complete", "/api/v1/records/complete?cursor=x", "", 400, &[("/parameter", "\"cursor\"")]),
    ("GET", "/api/v1/records/{id}", "/api/v1/records/xyz", "", 400, &[("/parameter", "\"id\"")]),
    (
        "GET",
        "/api/v1/records/histogram",
        "/api/v1/records/histogram?step=5m&is.step=/do/0",
        "",
        200,
        &[("/bars", "#0"), ("/step", "\"5m\"")],
    ),
    (
        "GET",
        "/api/v1/records/histogram",
        "/api/v1/records/histogram?step=5m",
        "",
        200,
        &[("/bars", "#3"), ("/bars/0/records", "10"), ("/by", "\"severity\""), ("/step_seconds", "300.0")],
    ),
    (
        "GET",
        "/api/v1/records/histogram",
        "/api/v1/records/histogram?by=source_module&from=now-10m&to=now&step=10m",
        "",
        200,
        &[("/bars", "#2"), ("/bars/0/value", "\"batch\"")],
    ),
    ("GET", "/api/v1/records/histogram", "/api/v1/records/histogram?step=1ms", "", 400, &[("/parameter", "\"step\"")]),
    ("GET", "/api/v1/records/histogram", "/api/v1/records/histogram?by=sauce", "", 400, &[("/parameter", "\"by\"")]),
    (
        "GET",
        "/api/v1/records/top/{column}",
        "/api/v1/records/top/status",
        "",
        200,
        &[("/values/0/value", "\"200\""), ("/values/0/records", "19"), ("/values", "#2")],
    ),
    (
        "GET",
        "/api/v1/records/top/{column}",
        "/api/v1/records/top/status?limit=1&severity=error",
        "",
        200,
        &[("/values/0/value", "\"500\""), ("/values", "#1")],
    ),
    ("GET", "/api/v1/records/top/{column}", "/api/v1/records/top/sauce", "", 404, &[("/parameter", "\"column\"")]),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?monitor=modules&from=now-10m&to=now",
        "",
        200,
        &[("/rows", "#20"), ("/completeness", "#10"), ("/step", "\"1m\""), ("/rows/0/bucket", "\"2026-11-20T10:00:00Z\"")],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?monitor=modules&from=now-10m&to=now&step=5m&source_module=web",
        "",
        200,
        &[
            ("/rows", "#2"),
            ("/rows/1/records", "5"),
            ("/rows/1/fields/elapsed_ms/sum", "3500"),
            ("/rows/1/fields/elapsed_ms/avg", "700.0"),
            ("/rows/1/fields/elapsed_ms/max", "900"),
        ],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?monitor=modules&by=target_module&step=all&from=now-10m&to=now",
        "",
        200,
        &[
            ("/rows", "#1"),
            ("/rows/0/bucket", "null"),
            ("/rows/0/records", "20"),
            ("/rows/0/fields/error/count", "1"),
            ("/completeness/0/parsed", "20"),
        ],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?by=service,source_module&step=all",
        "",
        200,
        &[("/monitor", "null"), ("/rows", "#2"), ("/by", "[\"source_module\",\"service\"]")],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?monitor=modules&limit=3&from=now-10m&to=now",
        "",
        200,
        &[("/rows", "#3"), ("/truncated", "true")],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?monitor=modules&by=&step=total&from=now-10m&to=now",
        "",
        200,
        &[("/rows", "#1"), ("/rows/0/records", "20"), ("/by", "[]"), ("/scan", "null")],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?by=status&target_module=video&step=total&from=now-10m&to=now",
        "",
        200,
        &[
            ("/rows", "#2"),
            ("/rows/0/status", "\"200\""),
            ("/rows/0/records", "19"),
            ("/scan/records", "20"),
            ("/scan/complete", "true"),
            ("/monitor", "null"),
        ],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?by=source_module&status=500&step=total",
        "",
        200,
        &[("/rows", "#1"), ("/scan/records", "1")],
    ),
    (
        "GET",
        "/api/v1/rollups",
        "/api/v1/rollups?by=source,source_module,service,target,status,region,version",
        "",
        400,
        &[("/parameter", "\"by\"")],
    ),
    (
        "GET",
        "/api/v1/rollups/heatmap",
        "/api/v1/rollups/heatmap?field=elapsed_ms&monitor=modules&source_module=batch&from=now-10m&to=now&step=5m",
        "",
        200,
        &[
            ("/rows", "#2"),
            ("/rows/0/bins", "#1"),
            ("/rows/0/bins/0/count", "5"),
            ("/rows/0/bins/0/low", "4.194304"),
            ("/rows/0/bins/0/high", "5.24288"),
            ("/unit", "\"ms\""),
            ("/step_seconds", "300.0"),
        ],
    ),
    (
        "GET",
        "/api/v1/rollups/heatmap",
        "/api/v1/rollups/heatmap?field=elapsed_ms&by=status",
        "",
        200,
        &[("/rows", "#10"), ("/scan/complete", "true")],
    ),
    ("GET", "/api/v1/rollups/heatmap", "/api/v1/rollups/heatmap", "", 400, &[("/parameter", "\"field\"")]),
    ("GET", "/api/v1/rollups/heatmap", "/api/v1/rollups/heatmap?field=bytes", "", 400, &[("/parameter", "\"field\"")]),
    ("GET", "/api/v1/rollups/heatmap", "/api/v1/rollups/heatmap?field=elapsed", "", 400, &[("/parameter", "\"field\"")]),
    ("GET", "/api/v1/rollups/heatmap", "/api/v1/rollups/heatmap?field=elapsed_ms&step=total", "", 400, &[("/parameter", "\"step\"")]),
    ("GET", "/api/v1/rollups", "/api/v1/rollups?monitor=nodules", "", 400, &[("/parameter", "\"monitor\"")]),
    ("GET", "/api/v1/rollups", "/api/v1/rollups", "", 200, &[("/monitor", "\"modules\"")]),
    ("GET", "/api/v1/rollups", "/api/v1/rollups?monitor=modules&by=service", "", 400, &[("/parameter", "\"by\"")]),
    ("GET", "/api/v1/rollups", "/api/v1/rollups?monitor=modules&step=90s", "", 400, &[("/parameter", "\"step\"")]),
    ("GET", "/api/v1/rollups", "/api/v1/rollups?monitor=modules&from=2000-01-01", "", 400, &[("/parameter", "\"step\"")]),
    ("GET", "/api/v1/rollups", "/api/v1/rollups?monitor=modules&status=200", "", 400, &[("/parameter", "\"status\"")]),
    (
        "GET",
        "/api/v1/graph",
        "/api/v1/graph?monitor=modules&from=now-10m&to=now",
        "",
        200,
        &[
            ("/edges", "#2"),
            ("/nodes", "#3"),
            ("/edges/1/source", "\"web/\""),
            ("/edges/1/records", "10"),
            ("/edges/1/alert", "\"firing\""),
            ("/edges/1/thresholds/0/value", "450.0"),
            ("/edges/0/alert", "null"),
            ("/completeness/parsed", "20"),
            ("/completeness/unparsed", "1"),
        ],
    ),
    (
        "GET",
        "/api/v1/graph",
        "/api/v1/graph?monitor=modules&from=now-5m&to=now&compare_from=now-10m&compare_to=now-5m",
        "",
        200,
        &[
            ("/edges/1/source", "\"web/\""),
            ("/edges/1/compare/state", "\"slower\""),
            ("/edges/1/compare/records", "5"),
            ("/edges/1/compare/fields/elapsed_ms/avg", "200.0"),
            ("/edges/0/compare/state", "\"same\""),
            ("/compared/from", "\"2026-11-20T10:00:00Z\""),
        ],
    ),
    (
        "GET",
        "/api/v1/graph",
        "/api/v1/graph?monitor=modules&from=now-20m&to=now-10m&compare_from=now-10m&compare_to=now",
        "",
        200,
        &[("/edges", "#2"), ("/edges/0/compare/state", "\"gone\""), ("/edges/0/records", "0"), ("/nodes", "#3")],
    ),
    (
        "GET",
        "/api/v1/graph",
        "/api/v1/graph?monitor=modules&from=now-10m&to=now&compare_from=now-1h&compare_to=now-30m",
        "",
        200,
        &[("/edges/0/compare/state", "\"new\""), ("/edges/0/compare/records", "0")],
    ),
    ("GET", "/api/v1/graph", "/api/v1/graph?compare_from=now-1h", "", 400, &[("/parameter", "\"compare_to\"")]),
    ("GET", "/api/v1/graph", "/api/v1/graph?compare_from=now&compare_to=now-1h", "", 400, &[("/parameter", "\"compare_from\"")]),
    (
        "GET",
        "/api/v1/graph",
        "/api/v1/graph?monitor=modules&from=now-10m&to=now&q=alert:firing%20elapsed_ms.max%3E800",
        "",
        200,
        &[("/edges", "#1"), ("/nodes", "#2"), ("/edges_total", "1"), ("/truncated", "false"), ("/edges/0/compare", "null")],
    ),
    (
        "GET",
        "/api/v1/graph",
        "/api/v1/graph?monitor=modules&from=now-10m&to=now",
        "",
        200,
        &[
            ("/nodes/0/id", "\"batch/\""),
            ("/nodes/0/tier", "\"front\""),
            ("/nodes/0/records", "0"),
            ("/nodes/1/id", "\"video/\""),
            ("/nodes/1/tier", "\"back\""),
            ("/nodes/1/hosts", "1"),
            ("/nodes/1/records", "20"),
            ("/nodes/1/errors", "1"),
        ],
    ),
    ("GET", "/api/v1/graph", "/api/v1/graph?q=service:x", "", 400, &[("/parameter", "\"q\""), ("/column", "1")]),
    ("GET", "/api/v1/graph", "/api/v1/graph?by=target_module", "", 200, &[("/edges", "#1"), ("/edges/0/records", "20")]),
    ("GET", "/api/v1/graph", "/api/v1/graph?monitor=modules&limit=1", "", 200, &[("/edges", "#1"), ("/truncated", "true")]),
    (
        "GET",
        "/api/v1/alerts",
        "/api/v1/alerts",
        "",
        200,
        &[("/alerts", "#1"), ("/alerts/0/state", "\"firing\""), ("/alerts/0/condition/above", "200.0")],
    ),
    (
        "GET",
        "/api/v1/alerts",
        "/api/v1/alerts?state=any&source_module=batch",
        "",
        200,
        &[("/alerts", "#1"), ("/alerts/0/state", "\"resolved\"")],
    ),
    ("GET", "/api/v1/alerts", "/api/v1/alerts?state=any&severity=warning", "", 200, &[("/alerts", "#0")]),
    ("GET", "/api/v1/alerts", "/api/v1/alerts?state=any&limit=1", "", 200, &[("/alerts", "#1"), ("/truncated", "true")]),
    ("GET", "/api/v1/alerts", "/api/v1/alerts?state=any&to=2026-11-20T10:00:30Z", "", 200, &[("/alerts", "#1")]),
    ("GET", "/api/v1/alerts", "/api/v1/alerts?state=burning", "", 400, &[("/parameter", "\"state\"")]),
    ("GET", "/api/v1/alerts/{id}", "/api/v1/alerts/00000000000000bb", "", 200, &[("/dimensions/source_module", "\"batch\"")]),
    ("GET", "/api/v1/alerts/{id}", "/api/v1/alerts/none", "", 404, &[]),
    (
        "GET",
        "/api/v1/alerts/{id}",
        "/api/v1/alerts/00000000000000aa",
        "",
        200,
        &[("/acknowledged", "null"), ("/silenced", "null"), ("/comments", "#0")],
    ),
    (
        "PUT",
        ACKNOWLEDGEMENT,
        "/api/v1/alerts/00000000000000aa/acknowledgement",
        r#"{"by":" ann ","comment":"looking"}"#,
        200,
        &[
            ("/acknowledged/by", "\"ann\""),
            ("/acknowledged/at", "\"2026-11-20T10:10:00Z\""),
            ("/acknowledged/comment", "\"looking\""),
            ("/state", "\"firing\""),
        ],
    ),
    ("PUT", ACKNOWLEDGEMENT, "/api/v1/alerts/00000000000000aa/acknowledgement", r#"{"by":" "}"#, 422, &[("/parameter", "\"by\"")]),
    ("PUT", ACKNOWLEDGEMENT, "/api/v1/alerts/00000000000000aa/acknowledgement", r#"{"who":"ann"}"#, 422, &[]),
    ("PUT", ACKNOWLEDGEMENT, "/api/v1/alerts/none/acknowledgement", r#"{"by":"ann"}"#, 404, &[]),
    (
        "POST",
        COMMENTS,
        "/api/v1/alerts/00000000000000aa/comments",
        r#"{"by":"bob","text":"the disk is full"}"#,
        200,
        &[("/comments", "#1"), ("/comments/0/text", "\"the disk is full\""), ("/acknowledged/by", "\"ann\"")],
    ),
    ("POST", COMMENTS, "/api/v1/alerts/00000000000000aa/comments", r#"{"by":"bob","text":" "}"#, 422, &[("/parameter", "\"text\"")]),
    ("POST", COMMENTS, "/api/v1/alerts/none/comments", r#"{"by":"bob","text":"hm"}"#, 404, &[]),
    ("DELETE", ACKNOWLEDGEMENT, "/api/v1/alerts/00000000000000aa/acknowledgement", r#"{"by":"eve"}"#, 200, &[("/acknowledged", "null")]),
    ("DELETE", ACKNOWLEDGEMENT, "/api/v1/alerts/none/acknowledgement", "{}", 404, &[]),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitor","op":"is","value":"modules"},{"name":"team","op":"matches","value":"vid.*"}],"for":"2h","by":"ann","comment":"deploying"}"#,
        201,
        &[("/id", "\"1\""), ("/starts", "\"2026-11-20T10:10:00Z\""), ("/ends", "\"2026-11-20T12:10:00Z\""), ("/active", "true")],
    ),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"source_module","op":"is","value":"batch"}],"starts":"2026-11-20 18:00","ends":"now+1d","by":"ann"}"#,
        201,
        &[("/id", "\"2\""), ("/starts", "\"2026-11-20T10:00:00Z\""), ("/ends", "\"2026-11-21T10:10:00Z\"")],
    ),
    ("GET", "/api/v1/alerts", "/api/v1/alerts", "", 200, &[("/alerts/0/silenced", "\"1\""), ("/alerts/0/comments", "#1")]),
    // Ended at 10:05, when the second silence was in force.
    ("GET", "/api/v1/alerts/{id}", "/api/v1/alerts/00000000000000bb", "", 200, &[("/silenced", "\"2\"")]),
    ("GET", SILENCES, "/api/v1/silences", "", 200, &[("/silences", "#2"), ("/silences/1/comment", "\"deploying\"")]),
    ("DELETE", SILENCE, "/api/v1/silences/1", r#"{"by":"bob"}"#, 200, &[("/active", "false"), ("/ends", "\"2026-11-20T10:10:00Z\"")]),
    ("DELETE", SILENCE, "/api/v1/silences/9", "{}", 404, &[]),
    ("GET", SILENCES, "/api/v1/silences?state=active", "", 200, &[("/silences", "#1"), ("/silences/0/id", "\"2\"")]),
    ("GET", SILENCES, "/api/v1/silences?state=expired", "", 200, &[("/silences", "#1"), ("/silences/0/id", "\"1\"")]),
    ("GET", SILENCES, "/api/v1/silences?state=pending", "", 200, &[("/silences", "#0")]),
    ("GET", SILENCES, "/api/v1/silences?state=loud", "", 400, &[("/parameter", "\"state\"")]),
    ("GET", "/api/v1/alerts", "/api/v1/alerts", "", 200, &[("/alerts/0/silenced", "null")]),
    ("POST", SILENCES, SILENCES, r#"{"matchers":[],"for":"2h","by":"ann"}"#, 422, &[("/parameter", "\"matchers\"")]),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitr","op":"is","value":"m"}],"for":"2h","by":"ann"}"#,
        422,
        &[("/parameter", "\"matchers[0].name\""), ("/detail", "\"unknown name in a matcher `monitr`, did you mean `monitor`?\"")],
    ),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitor","op":"matches","value":"("}],"for":"2h","by":"ann"}"#,
        422,
        &[("/parameter", "\"matchers[0].value\"")],
    ),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitor","op":"is","value":"m"}],"for":"soon","by":"ann"}"#,
        422,
        &[("/parameter", "\"for\"")],
    ),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitor","op":"is","value":"m"}],"by":"ann"}"#,
        422,
        &[("/parameter", "\"for\"")],
    ),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitor","op":"is","value":"m"}],"ends":"now-1h","by":"ann"}"#,
        422,
        &[("/parameter", "\"ends\"")],
    ),
    (
        "POST",
        SILENCES,
        SILENCES,
        r#"{"matchers":[{"name":"monitor","op":"is","value":"m"}],"for":"9000d","by":"ann"}"#,
        422,
        &[("/parameter", "\"ends\"")],
    ),
    (
        "GET",
        "/api/v1/audit",
        "/api/v1/audit?limit=2",
        "",
        200,
        &[("/entries", "#2"), ("/entries/0/action", "\"end silence\""), ("/entries/0/by", "\"bob\""), ("/next", "\"5\"")],
    ),
    (
        "GET",
        "/api/v1/audit",
        "/api/v1/audit?subject=00000000000000aa&cursor=3",
        "",
        200,
        &[("/entries", "#2"), ("/entries/0/action", "\"comment\""), ("/entries/1/action", "\"acknowledge\""), ("/next", "null")],
    ),
    ("GET", "/api/v1/audit", "/api/v1/audit?cursor=x", "", 400, &[("/parameter", "\"cursor\"")]),
    (
        "GET",
        "/api/v1/monitors",
        "/api/v1/monitors",
        "",
        200,
        &[("/monitors/0/thresholds/0/title", "\"elapsed_ms: 200\""), ("/monitors/0/thresholds/0/for", "\"1m\"")],
    ),
    (
        "GET",
        MONITORS,
        MONITORS,
        "",
        200,
        &[
            ("/monitors/0/origin", "\"file\""),
            ("/monitors/0/editable", "false"),
            ("/monitors/0/version", "null"),
            ("/monitors/0/backfill", "null"),
            ("/monitors/0/document/thresholds/0/above", "200"),
        ],
    ),
    (
        "POST",
        MONITORS,
        MONITORS,
        r#"{"monitor":{"name":"slow","by":["source_module"],"thresholds":[{"field":"p95(elapsed_ms)","above":300,"for":"120s"}]},"by":"ann","comment":"first try"}"#,
        201,
        &[
            ("/origin", "\"ui\""),
            ("/editable", "true"),
            ("/version", "1"),
            ("/thresholds/0/aggregate", "\"p95\""),
            ("/thresholds/0/for", "\"2m\""),
            ("/document/thresholds/0/field", "\"elapsed_ms\""),
            ("/backfill/state", "\"running\""),
            ("/backfill/done", "5"),
        ],
    ),
    ("POST", MONITORS, MONITORS, r#"{"monitor":{"name":"slow","by":["source"]}}"#, 409, &[]),
    ("POST", MONITORS, MONITORS, r#"{"monitor":{"name":"modules","by":["source"]}}"#, 409, &[]),
    (
        "POST",
        MONITORS,
        MONITORS,
        r#"{"monitor":{"name":"m","by":["sauce"],"thresholds":[{"field":"bytes"}]}}"#,
        422,
        &[
            ("/mistakes", "#2"),
            ("/mistakes/0/path", "\"by[0]\""),
            ("/mistakes/0/message", "\"unknown column `sauce`\""),
            ("/mistakes/0/fix", "\"did you mean `source`?\""),
            ("/mistakes/1/path", "\"thresholds[0]\""),
        ],
    ),
    ("POST", MONITORS, MONITORS, r#"{"name":"m","by":["source"]}"#, 422, &[]),
    ("POST", MONITORS, MONITORS, r#"{"monitor":7}"#, 422, &[("/mistakes/0/path", "\"\"")]),
    ("GET", MONITOR, "/api/v1/monitors/slow", "", 200, &[("/name", "\"slow\""), ("/problem", "null")]),
    ("GET", MONITOR, "/api/v1/monitors/slo", "", 404, &[("/detail", "\"unknown monitor `slo`, did you mean `slow`?\"")]),
    (
        "PUT",
        MONITOR,
        "/api/v1/monitors/slow",
        r#"{"monitor":{"name":"slow","by":["service"]},"version":1,"by":"bob"}"#,
        200,
        &[("/version", "2"), ("/by", "[\"service\"]"), ("/thresholds", "#0")],
    ),
    ("PUT", MONITOR, "/api/v1/monitors/slow", r#"{"monitor":{"name":"slow","by":["source"]},"version":1}"#, 409, &[]),
    ("PUT", MONITOR, "/api/v1/monitors/slow", r#"{"monitor":{"name":"fast","by":["source"]}}"#, 422, &[("/parameter", "\"monitor.name\"")]),
    ("PUT", MONITOR, "/api/v1/monitors/modules", r#"{"monitor":{"name":"modules","by":["source"]}}"#, 409, &[]),
    ("PUT", MONITOR, "/api/v1/monitors/none", r#"{"monitor":{"name":"none","by":["source"]}}"#, 404, &[]),
    (
        "DELETE",
        MONITOR,
        "/api/v1/monitors/slow",
        r#"{"by":"eve","comment":"too loud"}"#,
        200,
        &[
            ("/versions", "#3"),
            ("/versions/0/deleted", "true"),
            ("/versions/0/by", "\"eve\""),
            ("/versions/0/monitor", "null"),
            ("/versions/1/by", "\"bob\""),
            ("/versions/2/comment", "\"first try\""),
            ("/versions/2/monitor/name", "\"slow\""),
        ],
    ),
    ("DELETE", MONITOR, "/api/v1/monitors/slow", "{}", 404, &[]),
    ("DELETE", MONITOR, "/api/v1/monitors/modules", "{}", 409, &[]),
    ("GET", MONITOR, "/api/v1/monitors/slow", "", 404, &[]),
    ("GET", VERSIONS, "/api/v1/monitors/slow/versions", "", 200, &[("/versions", "#3")]),
    ("GET", VERSIONS, "/api/v1/monitors/modules/versions", "", 404, &[]),
    ("GET", VERSIONS, "/api/v1/monitors/none/versions", "", 404, &[]),
    (
        "POST",
        RESTORE,
        "/api/v1/monitors/slow/restore",
        r#"{"version":1,"by":"ann"}"#,
        200,
        &[("/version", "4"), ("/by", "[\"source_module\"]"), ("/thresholds", "#1")],
    ),
    (
        "POST",
        RESTORE,
        "/api/v1/monitors/slow/restore",
        r#"{"version":3}"#,
        422,
        &[("/parameter", "\"version\""), ("/fix", "\"use one of 4, 2, 1\"")],
    ),
    ("POST", RESTORE, "/api/v1/monitors/none/restore", r#"{"version":1}"#, 404, &[]),
    ("GET", MONITORS, MONITORS, "", 200, &[("/monitors", "#2"), ("/monitors/1/version", "4")]),
    (
        "POST",
        PREVIEW,
        PREVIEW,
        r#"{"monitor":{"name":"slow","by":["source"],"thresholds":[{"field":"elapsed_ms","above":3}]},"from":"now-10m"}"#,
        200,
        &[
            ("/from", "\"2026-11-20T10:00:00Z\""),
            ("/to", "\"2026-11-20T10:10:00Z\""),
            ("/thresholds/0/fired", "1"),
            ("/thresholds/0/episodes/0/peak", "1.5"),
        ],
    ),
    ("POST", PREVIEW, PREVIEW, r#"{"monitor":{"name":"slow","by":["source"]}}"#, 200, &[("/from", "\"2026-11-19T10:10:00Z\"")]),
    ("POST", PREVIEW, PREVIEW, r#"{"monitor":{"name":"slow","by":["sauce"]}}"#, 422, &[("/mistakes/0/path", "\"by[0]\"")]),
    ("POST", PREVIEW, PREVIEW, r#"{"monitor":{"name":"slow","by":["source"]},"from":"now+1h"}"#, 422, &[("/parameter", "\"from\"")]),
    (
        "GET",
        SERIES,
        "/api/v1/alerts/00000000000000aa/series",
        "",
        200,
        &[
            ("/step_seconds", "60.0"),
            ("/threshold", "200.0"),
            // Since 10:03, and half an hour before.
            ("/from", "\"2026-11-20T09:33:00Z\""),
            ("/points", "#38"),
            ("/points/26/value", "null"),
            ("/points/27/value", "0.0"),
            ("/points/30/value", "300.0"),
            ("/points/36/value", "900.0"),
            ("/points/36/complete", "0.6666666666666666"),
        ],
    ),
    ("GET", SERIES, "/api/v1/alerts/none/series", "", 404, &[]),
    ("GET", "/api/v1/fields", "/api/v1/fields", "", 200, &[("/fields/0/unit", "\"ms\""), ("/columns", "#18")]),
    (
        "GET",
        "/api/v1/sources",
        "/api/v1/sources",
        "",
        200,
        &[("/sources/0/unparsed/0/samples/0", "\"garbage\""), ("/sources/1/format", "null")],
    ),
    (
        "GET",
        "/api/v1/sources",
        "/api/v1/sources",
        "",
        200,
        &[("/sources/0/parser/origin", "\"file\""), ("/sources/0/lag_seconds", "1.5"), ("/sources/0/hosts", "[\"web-1\"]")],
    ),
    (
        "PUT",
        "/api/v1/sources/{name}/parser",
        "/api/v1/sources/web/parser",
        r#"{"pattern":"<time> <status>","map":{"service":"x"},"by":"mei"}"#,
        200,
        &[
            ("/name", "\"web\""),
            ("/parser/origin", "\"ui\""),
            ("/parser/pattern", "\"<time> <status>\""),
            ("/parser/by", "\"mei\""),
            ("/parser/version", "1"),
        ],
    ),
    ("PUT", "/api/v1/sources/{name}/parser", "/api/v1/sources/web/parser", r#"{"pattern":"<"}"#, 422, &[("/parameter", "\"pattern\"")]),
    (
        "PUT",
        "/api/v1/sources/{name}/parser",
        "/api/v1/sources/web/parser",
        r#"{"format":"a","regex":"b"}"#,
        422,
        &[("/parameter", "\"format\"")],
    ),
    ("PUT", "/api/v1/sources/{name}/parser", "/api/v1/sources/web/parser", r#"{"patern":"a"}"#, 422, &[]),
    ("PUT", "/api/v1/sources/{name}/parser", "/api/v1/sources/wbe/parser", "{}", 404, &[("/parameter", "\"source\"")]),
    ("DELETE", "/api/v1/sources/{name}/parser", "/api/v1/sources/web/parser", "{}", 200, &[("/parser/origin", "\"file\"")]),
    ("DELETE", "/api/v1/sources/{name}/parser", "/api/v1/sources/wbe/parser", "{}", 404, &[]),
    ("GET", "/api/v1/sources/{name}/yaml", "/api/v1/sources/wbe/yaml", "", 404, &[]),
    (
        "POST",
        "/api/v1/uploads",
        "/api/v1/uploads",
        r#"{"name":"a.log","content":"one\n"}"#,
        200,
        &[("/name", "\"a.log\""), ("/bytes", "4"), ("/source", "\"uploads\""), ("/file", "\"/data/uploads/a.log\"")],
    ),
    ("POST", "/api/v1/uploads", "/api/v1/uploads", r#"{"name":"a.log","offset":4,"content":"two","last":true}"#, 200, &[("/bytes", "7")]),
    (
        "POST",
        "/api/v1/uploads",
        "/api/v1/uploads",
        r#"{"name":"a.log","offset":99,"content":"x"}"#,
        409,
        &[("/parameter", "\"offset\""), ("/fix", "\"go on at offset 7\"")],
    ),
    ("POST", "/api/v1/uploads", "/api/v1/uploads", r#"{"name":" ","content":"x"}"#, 422, &[("/parameter", "\"name\"")]),
    ("POST", "/api/v1/uploads", "/api/v1/uploads", r#"{"name":"b.log","content":"too much"}"#, 507, &[]),
    (
        "POST",
        "/api/v1/parse",
        "/api/v1/parse",
        r#"{"lines":["猫 😀"]}"#,
        200,
        &[("/events/0/spans/0", "{\"column\":\"message\",\"end\":4,\"start\":0}")],
    ),
    (
        "GET",
        "/api/v1/health",
        "/api/v1/health",
        "",
        200,
        &[
            ("/records_per_second", "2.5"),
            ("/memory/limit_bytes", "null"),
            ("/oldest", "\"2026-11-20T10:00:00Z\""),
            ("/disk/used_bytes", "2"),
        ],
    ),
    ("GET", "/api/v1/health", "/api/v1/health", "", 200, &[("/verdict", "\"ok\""), ("/store/open_rows", "20")]),
    (
        "POST",
        "/api/v1/parse",
        "/api/v1/parse",
        r#"{"text":"a\n\nb"}"#,
        200,
        &[("/events", "#3"), ("/unparsed", "1"), ("/events/1/parse_error", "\"empty\""), ("/events/2/record/message", "\"b\"")],
    ),
    ("POST", "/api/v1/parse", "/api/v1/parse", r#"{"lines":["a"],"format":"nginx"}"#, 200, &[("/format", "\"nginx\"")]),
    ("POST", "/api/v1/parse", "/api/v1/parse", r#"{"lines":["a"],"pattern":"<"}"#, 422, &[("/parameter", "\"pattern\"")]),
    ("POST", "/api/v1/parse", "/api/v1/parse", r#"{"lines":["a"],"pattern":"<a>","regex":"b"}"#, 422, &[("/parameter", "\"format\"")]),
    ("POST", "/api/v1/parse", "/api/v1/parse", "{}", 422, &[("/parameter", "\"text\"")]),
    ("POST", "/api/v1/reload", "/api/v1/reload", "{}", 422, &[("/mistakes/0/line", "7")]),
    ("GET", "/api/v1/demo/faults", "/api/v1/demo/faults", "", 200, &[("/faults", "#0")]),
    ("PUT", "/api/v1/demo/faults/{name}", "/api/v1/demo/faults/slow", r#"{"on":true}"#, 404, &[]),
    ("GET", "/readyz", "/readyz", "", 200, &[("/verdict", "\"ok\"")]),
    ("GET", "/api/v1/openapi.json", "/api/v1/openapi.json", "", 200, &[("/openapi", "\"3.1.0\"")]),
];

async fn ask(world: &World, method: &str, target: &str, body: &str) -> Answer {
    let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[("Content-Type", "application/json")] };
    send(world.address, method, target, headers, body).await
}

/// Checks an answer against what the document says of it.
fn assert_documented(method: &str, path: &str, answer: &Answer, what: &str) {
    let operation = &DOCUMENT["paths"][path][method.to_lowercase()];
    let response = &operation["responses"][answer.status.to_string()]["content"];
    let media = answer.header("content-type").unwrap_or("").split(';').next().unwrap_or("");
    let schema = &response[media]["schema"];
    assert!(schema.is_object(), "{what}: {} {media} is not documented for {method} {path}", answer.status);
    assert_eq!(check(schema, &answer.json()), Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_answers_as_documented() {
    play(&World::new().await, SCENARIOS).await;
}

/// Asks in order, and checks each answer against the document and what is expected of it.
pub(crate) async fn play(world: &World, scenarios: &[Scenario]) {
    for (method, path, target, body, status, expected) in scenarios {
        let what = format!("{method} {target} {body}");
        let answer = ask(world, method, target, body).await;
        assert_eq!(answer.status, *status, "{what}: {}", answer.text());
        assert_documented(method, path, &answer, &what);
        let json = answer.json();
        for (pointer, wanted) in *expected {
            let found = json.pointer(pointer).unwrap_or_else(|| panic!("{what}: no {pointer} in {json}"));
            match wanted.strip_prefix('#') {
                Some(length) => assert_eq!(found.as_array().unwrap().len().to_string(), length, "{what}: {pointer} of {json}"),
                None => assert_eq!(found.to_string(), *wanted, "{what}: {pointer}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rollups_come_by_monitor_and_by_dimensions() {
    let world = World::new().await;
    let of = async |query: &str| {
        let mut rollups = get(world.address, &format!("/api/v1/rollups?{query}&{RANGE}")).await.json();
        rollups["monitor"].take();
        rollups
    };
    let (monitor, base) = (of("monitor=modules&by=source_module,target_module").await, of("by=source_module,target_module").await);
    assert_eq!(monitor, base);
    assert_eq!(monitor["rows"].as_array().map(Vec::len), Some(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let world = World::new().await;
    let (mut ids, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = get(world.address, &format!("/api/v1/records?limit=7{cursor}")).await.json();
        pages += 1;
        ids.extend(page["records"].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let wanted: Vec<String> = (0..20).rev().map(|nth| format!("{:016x}", 0x1000 + nth)).collect();
    assert_eq!((ids, pages), (wanted, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_and_faults_follow_the_process() {
    let world = World::new().await;
    let live = get(world.address, "/healthz").await;
    assert_eq!((live.status, live.text().as_str()), (200, "ok\n"));
    for (verdict, status) in [(Verdict::Ok, 200), (Verdict::Degraded, 200), (Verdict::Starting, 503), (Verdict::Failing, 503)] {
        *world.known.verdict.lock().unwrap() = verdict;
        let ready = get(world.address, "/readyz").await;
        assert_eq!((ready.status, ready.json()["verdict"].as_str()), (status, Some(verdict.name())));
        assert_documented("GET", "/readyz", &ready, verdict.name());
    }
    let fault = FaultReport { name: "slow-search".into(), description: "slow".into(), on: false };
    *world.known.faults.lock().unwrap() = Some(vec![fault]);
    for (method, target, path, body, status, on) in [
        ("GET", "/api/v1/demo/faults", "/api/v1/demo/faults", "", 200, None),
        ("PUT", "/api/v1/demo/faults/slow-search", "/api/v1/demo/faults/{name}", r#"{"on":true}"#, 200, Some(true)),
        ("GET", "/api/v1/demo/faults/slow-search", "/api/v1/demo/faults/{name}", "", 200, Some(true)),
        ("PUT", "/api/v1/demo/faults/slow-search", "/api/v1/demo/faults/{name}", r#"{"on":1}"#, 422, None),
        ("PUT", "/api/v1/demo/faults/slow-serch", "/api/v1/demo/faults/{name}", r#"{"on":true}"#, 404, None),
    ] {
        let answer = ask(&world, method, target, body).await;
        assert_eq!((answer.status, answer.json()["on"].as_bool()), (status, on), "{method} {target}: {}", answer.text());
        assert_documented(method, path, &answer, target);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn monitors_made_here_are_written_as_a_part_of_the_configuration_file() {
    let world = World::new().await;
    let yaml = async |target: &str| {
        let answer = get(world.address, target).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/yaml; charset=utf-8")), "{target}");
        answer.text()
    };
    assert_eq!(yaml("/api/v1/monitors.yaml").await, "monitors: []\n");
    let new = r#"{"monitor":{"name":"slow","by":["source_module"],"thresholds":[{"field":"elapsed_ms","above":300}]}}"#;
    assert_eq!(ask(&world, "POST", MONITORS, new).await.status, 201);
    let written = "monitors:\n  - name: slow\n    by: [source_module]\n    thresholds:\n      - { field: elapsed_ms, aggregate: avg, above: 300, severity: warning }\n";
    assert_eq!(yaml("/api/v1/monitors.yaml").await, written);
    assert_eq!(yaml("/api/v1/monitors/slow/yaml").await, written);
    let of_file = yaml("/api/v1/monitors/modules/yaml").await;
    assert!(of_file.starts_with("monitors:\n  - name: modules\n"), "one of the file can be copied too: {of_file}");
    assert_eq!(get(world.address, "/api/v1/monitors/none/yaml").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_monitor_that_does_not_fit_the_file_any_more_is_listed_with_the_reason() {
    let world = World::new().await;
    let signature = magpie_model::Signature::default();
    let put = |name: &str, content: serde_json::Value| {
        world.api.state.put_document(magpie_api::MONITOR, name, Some(&content), None, &signature).unwrap();
    };
    put("modules", json!({"name": "modules", "by": ["service"]}));
    put("old", json!({"name": "old", "by": ["service"], "thresholds": [{"field": "gone_ms", "above": 1}]}));
    let answer = get(world.address, MONITORS).await;
    assert_documented("GET", MONITORS, &answer, "monitors");
    let problems: Vec<String> =
        answer.json()["monitors"].as_array().unwrap().iter().map(|monitor| monitor["problem"].to_string()).collect();
    assert_eq!(
        problems,
        ["null", "\"the configuration file has a monitor `modules` too\"", "\"thresholds[0].field: unknown field `gone_ms`\""]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_people_did_about_alerts() {
    let world = World::new().await;
    let has = async |line: &str| get(world.address, "/metrics").await.text().lines().any(|written| written == line);
    let (silenced, looked_after) = (
        "magpie_alerts_silenced{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1",
        "magpie_alerts_acknowledged{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1",
    );
    assert!(!has(silenced).await && !has(looked_after).await && has("magpie_silences_active 0").await);
    let silence = r#"{"matchers":[{"name":"severity","op":"is","value":"critical"}],"for":"1m","by":"ann"}"#;
    assert_eq!(ask(&world, "POST", SILENCES, silence).await.status, 201);
    assert_eq!(ask(&world, "PUT", "/api/v1/alerts/00000000000000aa/acknowledgement", r#"{"by":"ann"}"#).await.status, 200);
    assert!(has(silenced).await && has(looked_after).await && has("magpie_silences_active 1").await);
    assert!(has("magpie_alerts{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1").await, "it fires all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_needs_no_body_but_the_header_of_a_write() {
    let world = World::new().await;
    let target = "/api/v1/alerts/00000000000000aa/acknowledgement";
    let json = [("Content-Type", "application/json")];
    assert_eq!(send(world.address, "DELETE", target, &json, "").await.status, 200);
    assert_eq!(send(world.address, "DELETE", target, &[], "").await.status, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_of_sources_port_and_calls() {
    let world = World::new().await;
    world.api.service_graph.observe(&history(&world), world.known.config.bucket);
    get(world.address, "/api/v1/records").await;
    let answer = get(world.address, "/metrics").await;
    let text = answer.text();
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "traces_service_graph_request_total{client=\"web\",server=\"video\"} 10",
        "traces_service_graph_request_failed_total{client=\"batch\",server=\"video\"} 1",
        "traces_service_graph_request_server_seconds_count{client=\"web\",server=\"video\"} 10",
        "traces_service_graph_request_server_seconds_sum{client=\"web\",server=\"video\"} 4.5",
        "magpie_source_bytes_total{input=\"web\"} 4096",
        "magpie_source_unparsed_total{input=\"web\",reason=\"no time\"} 2",
        "magpie_alerts{monitor=\"modules\",severity=\"critical\",state=\"firing\"} 1",
        "magpie_store_open_rows 20",
        "magpie_http_requests_total{endpoint=\"/api/v1/records\",method=\"GET\",status=\"200\"} 1",
        "magpie_queue_bound{queue=\"collect→pipeline\"} 8",
    ] {
        assert!(text.lines().any(|written| written == line), "no `{line}` in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let family = name.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end)).unwrap_or(family);
        assert!(text.contains(&format!("# TYPE {family} ")), "no type of {family}");
    }
}

/// The records of the store, as the pipeline would have handed them over.
fn history(world: &World) -> magpie_model::record::RecordBatch {
    let mut history = None;
    let range = magpie_model::query::TimeRange::ALL;
    world
        .api
        .telemetry
        .scan(range, &mut |batch| {
            assert!(history.replace(batch.clone()).is_none(), "one batch holds the history");
            Ok(())
        })
        .unwrap();
    history.expect("a history")
}

#[test]
fn every_documented_operation_is_asked() {
    let asked: BTreeSet<(String, String)> = SCENARIOS.iter().map(|(method, path, ..)| (path.to_string(), method.to_lowercase())).collect();
    let elsewhere = [
        "/healthz",
        "/metrics",
        "/api/v1/stream",
        "/api/v1/records/export",
        "/api/v1/sources/{name}/yaml",
        "/api/v1/monitors.yaml",
        "/api/v1/monitors/{name}/yaml",
    ];
    let asked: BTreeSet<(String, String)> = asked
        .into_iter()
        .chain(crate::runs::SCENARIOS.iter().map(|(method, path, ..)| (path.to_string(), method.to_lowercase())))
        .collect();
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|_| !elsewhere.contains(&path.as_str())) {
            let is_fault = path == "/api/v1/demo/faults/{name}";
            assert!(is_fault || asked.contains(&(path.clone(), method.clone())), "{method} {path} is not asked");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_bounded_in_number_and_time() {
    let world = World::with(|api| {
        api.limits.questions = 0;
        api.limits.deadline = Duration::from_millis(100);
    })
    .await;
    let answer = get(world.address, "/api/v1/records").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(answer.json()["detail"], json!("0 questions are being answered already"));
    assert_eq!(get(world.address, "/healthz").await.status, 200, "the process lives all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_takes_too_long_is_answered_with_504_and_still_counts() {
    let world = World::with(|api| {
        api.limits.questions = 1;
        api.limits.deadline = Duration::from_millis(150);
    })
    .await;
    *world.known.stall.lock().unwrap() = Duration::from_secs(1);
    let started = Instant::now();
    assert_eq!(get(world.address, "/api/v1/sources").await.status, 504);
    assert_eq!(get(world.address, "/api/v1/records").await.status, 503, "the first question still runs");
    assert!(started.elapsed() < Duration::from_secs(1), "both are refused before the first question ends");
}
