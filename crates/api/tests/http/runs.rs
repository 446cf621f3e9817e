//! Flows, runs and schedules: every endpoint with real answers and refusals, as data; folding; lines that are sent twice.

use serde_json::json;

use crate::client::{Events, get, send};
use crate::runs_world::{self, FAILED, RETRIED};
use crate::scenarios::{Scenario, play};
use crate::world::World;

const FLOWS: &str = "/api/v1/flows";
const FLOW: &str = "/api/v1/flows/{flow}";
const RUNS: &str = "/api/v1/runs";
const RUN: &str = "/api/v1/runs/{job_id}";
const LOGS: &str = "/api/v1/runs/logs";
const RETRY: &str = "/api/v1/runs/{job_id}/retry";
const LINES: &str = "/api/v1/runs/jobs/{job_id}/lines";
const ATTEMPTS: &str = "/api/v1/runs/jobs/{job_id}/attempts";
const HOURS: &str = "/api/v1/schedules/hours";
const DUE: &str = "/api/v1/schedules/{flow}/due";
const DATA: &str = "/api/v1/runs/{job_id}/steps/data";

/// Asked in this order of one world with runs: what one scenario changes, the next ones see.
pub(crate) const SCENARIOS: &[Scenario] = &[
    // Flows.
    ("GET", FLOWS, "/api/v1/flows", "", 200, &[("/flows", "#3"), ("/flows/0/flow", "\"demo.pay\""), ("/flows/2/kind", "\"job\"")]),
    (
        "GET",
        FLOWS,
        "/api/v1/flows?flow=demo.sync&application=shop",
        "",
        200,
        &[("/flows", "#1"), ("/flows/0/schedule/text", "\"0 * * * *\"")],
    ),
    ("GET", FLOWS, "/api/v1/flows?application=mail", "", 200, &[("/flows", "#0")]),
    ("GET", FLOWS, "/api/v1/flows?q=BACKUP", "", 200, &[("/flows", "#1")]),
    (
        "GET",
        FLOW,
        "/api/v1/flows/demo.sync",
        "",
        200,
        &[("/source", "\"document: sync\""), ("/published", "1"), ("/last_run/status", "\"succeeded\"")],
    ),
    ("GET", FLOW, "/api/v1/flows/nightly-backup", "", 200, &[("/source", "null"), ("/diagram", "null")]),
    ("GET", FLOW, "/api/v1/flows/demo.none", "", 404, &[("/detail", "\"there is no flow `demo.none`\"")]),
    ("GET", "/api/v1/flows/schema", "/api/v1/flows/schema", "", 200, &[("/type", "\"object\"")]),
    (
        "POST",
        "/api/v1/flows/validate",
        "/api/v1/flows/validate",
        r#"{"source":"document: x"}"#,
        200,
        &[("/valid", "true"), ("/due/0/shift", "\"dst forward\"")],
    ),
    (
        "POST",
        "/api/v1/flows/validate",
        "/api/v1/flows/validate",
        r#"{"source":"x"}"#,
        200,
        &[("/valid", "false"), ("/problems/0/line", "3")],
    ),
    (
        "POST",
        FLOWS,
        "/api/v1/flows",
        r#"{"source":"document: new","by":"ann","comment":"first"}"#,
        201,
        &[("/flow", "\"demo.new\""), ("/draft", "1"), ("/published_source", "null")],
    ),
    ("POST", FLOWS, "/api/v1/flows", r#"{"source":"document: new"}"#, 409, &[]),
    ("POST", FLOWS, "/api/v1/flows", r#"{"source":"nonsense"}"#, 422, &[("/parameter", "\"source\""), ("/mistakes/0/line", "3")]),
    ("POST", FLOWS, "/api/v1/flows", r#"{"source":"document: x","expected":1}"#, 422, &[("/parameter", "\"expected\"")]),
    ("POST", FLOWS, "/api/v1/flows", r#"{"source":"document: x","by":"magpie"}"#, 422, &[("/parameter", "\"by\"")]),
    ("POST", "/api/v1/flows/{flow}/publish", "/api/v1/flows/demo.new/publish", "{}", 200, &[("/published", "1"), ("/draft", "null")]),
    ("POST", "/api/v1/flows/{flow}/publish", "/api/v1/flows/demo.new/publish", r#"{"revision":9}"#, 404, &[]),
    (
        "PUT",
        FLOW,
        "/api/v1/flows/demo.new",
        r#"{"source":"document: new","expected":1}"#,
        200,
        &[("/revision", "2"), ("/published", "1"), ("/draft", "2")],
    ),
    ("PUT", FLOW, "/api/v1/flows/demo.new", r#"{"source":"document: new","expected":1}"#, 409, &[]),
    ("PUT", FLOW, "/api/v1/flows/demo.new", r#"{"source":"document: other"}"#, 422, &[("/parameter", "\"source\"")]),
    (
        "GET",
        "/api/v1/flows/{flow}/versions",
        "/api/v1/flows/demo.new/versions",
        "",
        200,
        &[("/versions", "#2"), ("/versions/1/live", "true")],
    ),
    ("GET", "/api/v1/flows/{flow}/versions", "/api/v1/flows/demo.none/versions", "", 404, &[]),
    (
        "GET",
        "/api/v1/flows/{flow}/versions/{revision}",
        "/api/v1/flows/demo.new/versions/1",
        "",
        200,
        &[("/source", "\"document: new\""), ("/by", "\"ann\"")],
    ),
    ("GET", "/api/v1/flows/{flow}/versions/{revision}", "/api/v1/flows/demo.new/versions/7", "", 404, &[]),
    ("GET", "/api/v1/flows/{flow}/versions/{revision}", "/api/v1/flows/demo.new/versions/x", "", 400, &[("/parameter", "\"revision\"")]),
    (
        "PUT",
        "/api/v1/flows/{flow}/enabled",
        "/api/v1/flows/demo.new/enabled",
        r#"{"enabled":false,"reason":"later"}"#,
        200,
        &[("/enabled", "false")],
    ),
    ("POST", "/api/v1/flows/{flow}/runs", "/api/v1/flows/demo.new/runs", "{}", 409, &[("/detail", "\"flow `demo.new` is disabled\"")]),
    ("POST", "/api/v1/flows/{flow}/runs", "/api/v1/flows/demo.none/runs", "{}", 404, &[]),
    ("POST", "/api/v1/flows/{flow}/runs", "/api/v1/flows/demo.pay/runs", r#"{"inptu":1}"#, 422, &[]),
    ("DELETE", FLOW, "/api/v1/flows/nightly-backup", "{}", 409, &[]),
    ("DELETE", FLOW, "/api/v1/flows/demo.new", r#"{"by":"ann"}"#, 200, &[("/flow", "\"demo.new\"")]),
    (
        "GET",
        "/api/v1/audit",
        "/api/v1/audit?subject=demo.new&limit=2",
        "",
        200,
        &[("/entries", "#2"), ("/entries/0/action", "\"save flow\""), ("/entries/0/about", "\"runs\""), ("/entries/0/by", "\"ann\"")],
    ),
    // Runs.
    ("GET", RUNS, "/api/v1/runs", "", 200, &[("/runs", "#4"), ("/total", "4"), ("/next", "null"), ("/runs/0/status", "\"running\"")]),
    (
        "GET",
        RUNS,
        "/api/v1/runs?limit=3",
        "",
        200,
        &[("/runs", "#3"), ("/total", "4"), ("/next", "\"019aa0a6-f080-7002-8000-000000000002\"")],
    ),
    ("GET", RUNS, "/api/v1/runs?limit=3&cursor=019aa0a6-f080-7002-8000-000000000002", "", 200, &[("/runs", "#1"), ("/next", "null")]),
    ("GET", RUNS, "/api/v1/runs?status=failed&status=timed_out", "", 200, &[("/runs", "#1"), ("/runs/0/fault/status", "503")]),
    ("GET", RUNS, "/api/v1/runs?open=true&flow=demo.pay&application=shop", "", 200, &[("/runs", "#1")]),
    (
        "GET",
        RUNS,
        "/api/v1/runs?trigger=schedule&kind=flow",
        "",
        200,
        &[("/runs", "#1"), ("/runs/0/trigger/due", "\"2026-11-20T10:00:00Z\"")],
    ),
    ("GET", RUNS, "/api/v1/runs?retried=true", "", 200, &[("/runs", "#1"), ("/runs/0/attempt", "2")]),
    ("GET", RUNS, "/api/v1/runs?retried=false", "", 200, &[("/runs", "#3")]),
    ("GET", RUNS, "/api/v1/runs?retried=twice", "", 400, &[("/parameter", "\"retried\"")]),
    ("GET", RUNS, "/api/v1/runs?job_id=00000003", "", 200, &[("/runs", "#1"), ("/runs/0/flow", "\"demo.pay\"")]),
    ("GET", RUNS, "/api/v1/runs?q=SHOP%20is", "", 200, &[("/runs", "#1")]),
    ("GET", RUNS, "/api/v1/runs?from=now-4m&to=now", "", 200, &[("/runs", "#1")]),
    ("GET", RUNS, "/api/v1/runs?job_id=0003", "", 400, &[("/parameter", "\"job_id\"")]),
    ("GET", RUNS, "/api/v1/runs?status=done", "", 400, &[("/parameter", "\"status\"")]),
    ("GET", RUNS, "/api/v1/runs?trigger=cron", "", 400, &[("/parameter", "\"trigger\"")]),
    ("GET", RUNS, "/api/v1/runs?open=maybe", "", 400, &[("/parameter", "\"open\"")]),
    ("GET", RUNS, "/api/v1/runs?kind=span", "", 400, &[("/parameter", "\"kind\"")]),
    ("GET", RUNS, "/api/v1/runs?cursor=x", "", 400, &[("/parameter", "\"cursor\"")]),
    (
        "GET",
        RUN,
        "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001",
        "",
        200,
        &[
            ("/status", "\"succeeded\""),
            ("/attempts", "#2"),
            ("/attempts/0/status", "\"failed\""),
            ("/input/card", "\"***\""),
            ("/output/orders", "7"),
            ("/earlier", "#0"),
            ("/trace_id", "\"019aa0a6f08070018000000000000001\""),
            ("/labels/team", "\"shop\""),
            ("/diagram/nodes", "#5"),
        ],
    ),
    (
        "GET",
        RUN,
        "/api/v1/runs/019aa0a6-f080-7004-8000-000000000004",
        "",
        200,
        &[("/earlier", "#1"), ("/ended", "null"), ("/output", "null")],
    ),
    ("GET", RUN, "/api/v1/runs/019aa0a6-f080-7009-8000-000000000009", "", 404, &[]),
    // One that was triggered while the store was away.
    ("GET", RUN, "/api/v1/runs/019aa0a6-f080-7005-8000-000000000005", "", 200, &[("/status", "\"retrying\""), ("/kept", "true")]),
    ("GET", RUNS, "/api/v1/runs?flow=demo.pay&status=retrying", "", 200, &[("/waiting", "#1"), ("/runs", "#0")]),
    ("GET", RUNS, "/api/v1/runs?flow=demo.sync", "", 200, &[("/waiting", "#0")]),
    ("GET", RUN, "/api/v1/runs/latest", "", 400, &[("/parameter", "\"job_id\"")]),
    (
        "GET",
        "/api/v1/runs/{job_id}/steps",
        "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/steps",
        "",
        200,
        &[
            ("/steps", "#4"),
            ("/steps/0/status", "\"failed\""),
            ("/steps/1/attempt", "2"),
            ("/steps/2/status", "\"unreached\""),
            ("/steps/3/depth", "1"),
            ("/steps/3/parent", "\"/do/1/each\""),
        ],
    ),
    ("GET", "/api/v1/runs/{job_id}/steps", "/api/v1/runs/019aa0a6-f080-7009-8000-000000000009/steps", "", 404, &[]),
    (
        "GET",
        DATA,
        "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/steps/data?pointer=/do/0/fetch",
        "",
        200,
        &[("/output", "7"), ("/error", "null"), ("/redacted", "[\"/input/token\"]")],
    ),
    (
        "GET",
        DATA,
        "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/steps/data?pointer=/do/0/fetch&attempt=1",
        "",
        200,
        &[("/error/status", "503")],
    ),
    ("GET", DATA, "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/steps/data?pointer=/do/9/none", "", 404, &[]),
    ("GET", DATA, "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/steps/data", "", 400, &[("/parameter", "\"pointer\"")]),
    (
        "GET",
        DATA,
        "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/steps/data?pointer=/do/0/fetch&attempt=x",
        "",
        400,
        &[("/parameter", "\"attempt\"")],
    ),
    (
        "GET",
        "/api/v1/runs/failures",
        "/api/v1/runs/failures",
        "",
        200,
        &[("/groups", "#1"), ("/groups/0/count", "1"), ("/groups/0/newest/flow", "\"demo.pay\""), ("/total", "1"), ("/runs", "1")],
    ),
    ("GET", "/api/v1/runs/failures", "/api/v1/runs/failures?flow=demo.sync", "", 200, &[("/groups", "#0"), ("/runs", "0")]),
    ("GET", "/api/v1/runs", "/api/v1/runs?open=true&fault_status=503&fault_pointer=/do/0/fetch", "", 200, &[("/total", "1")]),
    ("GET", "/api/v1/runs", "/api/v1/runs?open=true&fault_type=urn:other", "", 200, &[("/total", "0")]),
    ("GET", "/api/v1/runs", "/api/v1/runs?fault_status=bad", "", 400, &[("/parameter", "\"fault_status\"")]),
    (
        "GET",
        "/api/v1/runs/overview",
        "/api/v1/runs/overview?step=1h",
        "",
        200,
        &[
            ("/total/runs", "4"),
            ("/total/succeeded", "2"),
            ("/total/first_try", "1"),
            ("/total/retried", "1"),
            ("/total/failed", "1"),
            ("/total/active", "1"),
            ("/flows", "#2"),
            ("/flows/0/days", "#7"),
            ("/running", "#1"),
            ("/running_total", "1"),
            ("/open_total", "1"),
            ("/open_groups", "1"),
            ("/open/0/newest/open", "true"),
            ("/newest_application", "\"shop\""),
            ("/step_seconds", "3600.0"),
            ("/from", "\"2026-11-19T16:00:00Z\""),
        ],
    ),
    (
        "GET",
        "/api/v1/runs/overview",
        "/api/v1/runs/overview?zone=America/New_York",
        "",
        200,
        &[("/from", "\"2026-11-20T05:00:00Z\""), ("/flows/0/days/6/day", "\"2026-11-20T05:00:00Z\""), ("/flows/0/days/6/failed", "1")],
    ),
    ("GET", "/api/v1/runs/overview", "/api/v1/runs/overview?zone=New%20York", "", 400, &[("/parameter", "\"zone\"")]),
    ("GET", "/api/v1/runs/overview", "/api/v1/runs/overview?flow=demo.sync", "", 200, &[("/total/runs", "2"), ("/flows", "#1")]),
    ("GET", "/api/v1/runs/overview", "/api/v1/runs/overview?step=1s&from=now-2d", "", 400, &[("/parameter", "\"step\"")]),
    // What runs logged.
    (
        "GET",
        LOGS,
        "/api/v1/runs/logs",
        "",
        200,
        &[("/records", "#5"), ("/folded", "2"), ("/runs/019aa0a6-f080-7001-8000-000000000001/attempts", "2")],
    ),
    ("GET", LOGS, "/api/v1/runs/logs?attempts=shown", "", 200, &[("/records", "#7"), ("/folded", "0")]),
    (
        "GET",
        LOGS,
        "/api/v1/runs/logs?severity=error",
        "",
        200,
        &[("/records", "#1"), ("/folded", "1"), ("/records/0/message", "\"no money\"")],
    ),
    ("GET", LOGS, "/api/v1/runs/logs?job_id=019aa0a6-f080-7001-8000-000000000001", "", 200, &[("/records", "#2"), ("/folded", "2")]),
    ("GET", LOGS, "/api/v1/runs/logs?job_id=00000001&attempts=shown", "", 200, &[("/records", "#4")]),
    ("GET", LOGS, "/api/v1/runs/logs?job_id=00000001&severity=error", "", 200, &[("/records", "#0"), ("/folded", "1"), ("/runs", "{}")]),
    ("GET", LOGS, "/api/v1/runs/logs?job_id=0000000f", "", 200, &[("/records", "#0")]),
    (
        "GET",
        LOGS,
        "/api/v1/runs/logs?flow=demo.pay&q=money",
        "",
        200,
        &[("/records", "#1"), ("/folded", "0"), ("/runs/019aa0a6-f080-7003-8000-000000000003/status", "\"failed\"")],
    ),
    (
        "GET",
        LOGS,
        "/api/v1/runs/logs?contains=fetching&from=2026-11-20T10:00:00Z&to=2026-11-20T10:01:00Z",
        "",
        200,
        &[("/records", "#0"), ("/folded", "1")],
    ),
    ("GET", LOGS, "/api/v1/runs/logs?limit=2", "", 200, &[("/records", "#2"), ("/folded", "2")]),
    ("GET", LOGS, "/api/v1/runs/logs?attempts=all", "", 400, &[("/parameter", "\"attempts\"")]),
    ("GET", LOGS, "/api/v1/runs/logs?job_id=abc", "", 400, &[("/parameter", "\"job_id\"")]),
    ("GET", LOGS, "/api/v1/runs/logs?q=flow:", "", 400, &[("/parameter", "\"q\"")]),
    (
        "GET",
        "/api/v1/runs/logs/histogram",
        "/api/v1/runs/logs/histogram?step=1h&by=flow",
        "",
        200,
        &[("/bars/0/records", "2"), ("/bars/1/records", "3")],
    ),
    (
        "GET",
        "/api/v1/runs/logs/histogram",
        "/api/v1/runs/logs/histogram?step=1h&attempts=shown",
        "",
        200,
        &[("/bars/0/value", "\"error\""), ("/bars/0/records", "2")],
    ),
    (
        "GET",
        "/api/v1/runs/logs/top/{column}",
        "/api/v1/runs/logs/top/flow",
        "",
        200,
        &[("/values/0/value", "\"demo.sync\""), ("/values/0/records", "3")],
    ),
    ("GET", "/api/v1/runs/logs/top/{column}", "/api/v1/runs/logs/top/flow?attempts=shown", "", 200, &[("/values/0/records", "5")]),
    ("GET", "/api/v1/runs/logs/top/{column}", "/api/v1/runs/logs/top/sauce", "", 404, &[("/parameter", "\"column\"")]),
    // What is done about runs.
    (
        "GET",
        RETRY,
        "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry?from=start&version=newest",
        "",
        200,
        &[("/steps/0/again", "true"), ("/warnings", "#1")],
    ),
    ("GET", RETRY, "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry", "", 200, &[("/steps/0/again", "false")]),
    ("GET", RETRY, "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry?from=begin", "", 400, &[("/parameter", "\"from\"")]),
    ("GET", RETRY, "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry?version=2", "", 400, &[("/parameter", "\"version\"")]),
    ("GET", RETRY, "/api/v1/runs/019aa0a6-f080-7009-8000-000000000009/retry", "", 404, &[]),
    (
        "POST",
        RETRY,
        "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry",
        r#"{"from":"/do/9/none"}"#,
        422,
        &[("/parameter", "\"from\"")],
    ),
    (
        "POST",
        RETRY,
        "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry",
        r#"{"from":"failed","input":{}}"#,
        422,
        &[("/parameter", "\"input\"")],
    ),
    (
        "POST",
        RETRY,
        "/api/v1/runs/019aa0a6-f080-7001-8000-000000000001/retry",
        r#"{"from":"start"}"#,
        409,
        &[("/detail", "\"a run that is succeeded cannot be retried\"")],
    ),
    (
        "POST",
        "/api/v1/runs/{job_id}/waive",
        "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/waive",
        r#"{"reason":" "}"#,
        422,
        &[("/parameter", "\"reason\"")],
    ),
    (
        "POST",
        "/api/v1/runs/{job_id}/waive",
        "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/waive",
        r#"{"reason":"a test card","by":"ann"}"#,
        200,
        &[("/open", "false"), ("/waived/by", "\"ann\"")],
    ),
    (
        "POST",
        "/api/v1/runs/waive",
        "/api/v1/runs/waive",
        r#"{"job_ids":["019aa0a6-f080-7003-8000-000000000003","019aa0a6-f080-7001-8000-000000000001"],"reason":"x"}"#,
        200,
        &[
            ("/results/0/ok", "true"),
            ("/results/1/problem/message", "\"a run that is succeeded cannot be waived\""),
            ("/results/1/problem/code", "\"run_state\""),
        ],
    ),
    ("POST", "/api/v1/runs/waive", "/api/v1/runs/waive", r#"{"job_ids":["x"],"reason":"x"}"#, 422, &[]),
    (
        "POST",
        RETRY,
        "/api/v1/runs/019aa0a6-f080-7003-8000-000000000003/retry",
        r#"{"from":"failed","by":"ann","comment":"the card works again"}"#,
        202,
        &[("/status", "\"queued\""), ("/by_hand", "true")],
    ),
    (
        "POST",
        "/api/v1/runs/retry",
        "/api/v1/runs/retry",
        r#"{"job_ids":["019aa0a6-f080-7003-8000-000000000003"],"from":"start"}"#,
        200,
        &[("/results/0/ok", "false")],
    ),
    ("POST", "/api/v1/runs/retry", "/api/v1/runs/retry", r#"{"job_ids":[],"from":"begin"}"#, 422, &[("/parameter", "\"from\"")]),
    (
        "POST",
        "/api/v1/runs/{job_id}/cancel",
        "/api/v1/runs/019aa0a6-f080-7004-8000-000000000004/cancel",
        r#"{"by":"ann"}"#,
        202,
        &[("/status", "\"cancelled\"")],
    ),
    ("POST", "/api/v1/runs/{job_id}/cancel", "/api/v1/runs/019aa0a6-f080-7004-8000-000000000004/cancel", "{}", 409, &[]),
    (
        "POST",
        "/api/v1/flows/{flow}/runs",
        "/api/v1/flows/demo.pay/runs",
        r#"{"input":{"card":1},"by":"ann"}"#,
        202,
        &[("/run/trigger/kind", "\"manual\""), ("/run/trigger/by", "\"ann\"")],
    ),
    ("POST", "/api/v1/hooks/{flow}", "/api/v1/hooks/demo.pay", "[1,2]", 202, &[("/run/trigger/kind", "\"webhook\"")]),
    ("POST", "/api/v1/hooks/{flow}", "/api/v1/hooks/demo.pay", "", 202, &[("/run/trigger/kind", "\"webhook\"")]),
    ("POST", "/api/v1/hooks/{flow}", "/api/v1/hooks/demo.pay", "{", 400, &[]),
    (
        "POST",
        "/api/v1/events",
        "/api/v1/events",
        r#"{"specversion":"1.0","id":"7","source":"/x","type":"paid"}"#,
        202,
        &[("/event_id", "\"7\""), ("/heard", "1")],
    ),
    ("POST", "/api/v1/events", "/api/v1/events", r#"{"specversion":"1.0","id":"7","source":"/x"}"#, 422, &[("/parameter", "\"type\"")]),
    (
        "POST",
        "/api/v1/events",
        "/api/v1/events",
        r#"{"specversion":"0.3","id":"7","source":"/x","type":"paid"}"#,
        422,
        &[("/parameter", "\"specversion\"")],
    ),
    // Schedules. Today begins at 16:00 UTC in the configured zone.
    (
        "GET",
        "/api/v1/schedules",
        "/api/v1/schedules",
        "",
        200,
        &[
            ("/schedules", "#1"),
            ("/schedules/0/counts", "{\"due\":5,\"failed\":0,\"late\":0,\"missed\":1,\"ran\":1,\"skipped\":1}"),
            ("/schedules/0/last/outcome", "\"ran\""),
            ("/schedules/0/next", "\"2026-11-20T11:00:00Z\""),
        ],
    ),
    (
        "GET",
        "/api/v1/schedules",
        "/api/v1/schedules?from=now-1h&to=now&application=shop",
        "",
        200,
        &[("/schedules/0/counts/due", "0"), ("/schedules/0/counts/missed", "0")],
    ),
    ("GET", "/api/v1/schedules", "/api/v1/schedules?region=north", "", 200, &[("/schedules", "#0")]),
    // Half past is where hours begin in Kolkata: the due time and the runs after it stand in the hour that began before ten.
    (
        "GET",
        HOURS,
        "/api/v1/schedules/hours?zone=Asia/Kolkata",
        "",
        200,
        &[
            ("/flows", "#2"),
            ("/flows/0/flow", "\"demo.pay\""),
            ("/flows/0/hours/0/others", "{\"failed\":0,\"other\":5,\"succeeded\":0}"),
            ("/flows/1/hours/0/skipped", "1"),
            ("/flows/1/hours/1/missed", "1"),
            ("/flows/1/hours/2/hour", "\"2026-11-20T09:30:00Z\""),
            ("/flows/1/hours/2/ran", "1"),
            ("/flows/1/hours/2/others", "{\"failed\":0,\"other\":0,\"succeeded\":1}"),
            ("/flows/1/hours/3/due", "1"),
            ("/to", "\"2026-11-20T18:30:00Z\""),
        ],
    ),
    ("GET", HOURS, "/api/v1/schedules/hours?from=now-90m&to=now&flow=demo.sync", "", 200, &[("/flows", "#1"), ("/flows/0/hours", "#2")]),
    ("GET", HOURS, "/api/v1/schedules/hours?from=now-41d", "", 400, &[("/parameter", "\"from\"")]),
    ("GET", HOURS, "/api/v1/schedules/hours?zone=Mars/Olympus", "", 400, &[("/parameter", "\"zone\"")]),
    (
        "GET",
        DUE,
        "/api/v1/schedules/demo.sync/due",
        "",
        200,
        &[
            ("/due", "#8"),
            ("/due/0/outcome", "\"due\""),
            ("/due/0/due", "\"2026-11-20T15:00:00Z\""),
            ("/due/5/run/job_id", "\"019aa0a6-f080-7001-8000-000000000001\""),
            ("/due/6/reason", "\"down\""),
            ("/due/7/shift", "\"dst back\""),
        ],
    ),
    ("GET", DUE, "/api/v1/schedules/demo.sync/due?outcome=missed&outcome=skipped", "", 200, &[("/due", "#2"), ("/truncated", "false")]),
    ("GET", DUE, "/api/v1/schedules/demo.sync/due?limit=3", "", 200, &[("/due", "#3"), ("/truncated", "true")]),
    // Of the two runs of the day one took its due time; the other was started by hand.
    ("GET", DUE, "/api/v1/schedules/demo.sync/due", "", 200, &[("/others", "#1"), ("/others/0/trigger/kind", "\"manual\"")]),
    ("GET", DUE, "/api/v1/schedules/demo.sync/due?outcome=ran", "", 200, &[("/others", "#0")]),
    ("GET", DUE, "/api/v1/schedules/demo.sync/due?outcome=ran&others=true", "", 200, &[("/others", "#1")]),
    ("GET", DUE, "/api/v1/schedules/demo.sync/due?others=maybe", "", 400, &[("/parameter", "\"others\"")]),
    ("GET", DUE, "/api/v1/schedules/demo.sync/due?outcome=gone", "", 400, &[("/parameter", "\"outcome\"")]),
    ("GET", DUE, "/api/v1/schedules/demo.pay/due", "", 409, &[]),
    ("GET", DUE, "/api/v1/schedules/demo.none/due", "", 404, &[]),
    (
        "POST",
        "/api/v1/schedules/{flow}/pause",
        "/api/v1/schedules/demo.sync/pause",
        r#"{"by":"ann","reason":"stocktaking"}"#,
        200,
        &[("/paused/reason", "\"stocktaking\""), ("/next", "null"), ("/counts/due", "0")],
    ),
    ("POST", "/api/v1/schedules/{flow}/pause", "/api/v1/schedules/demo.pay/pause", "{}", 409, &[]),
    (
        "POST",
        "/api/v1/schedules/{flow}/resume",
        "/api/v1/schedules/demo.sync/resume",
        "{}",
        200,
        &[("/paused", "null"), ("/counts/due", "5")],
    ),
    ("POST", "/api/v1/schedules/{flow}/resume", "/api/v1/schedules/demo.none/resume", "{}", 404, &[]),
    // Watched jobs.
    (
        "POST",
        "/api/v1/runs/jobs",
        "/api/v1/runs/jobs",
        r#"{"flow":"nightly-backup","job_id":"019aa0a6-f080-7005-8000-000000000005","command":["tar","cf"],"host":"db-1","started":"2026-11-20T10:08:00Z"}"#,
        201,
        &[("/job_id", "\"019aa0a6-f080-7005-8000-000000000005\""), ("/lines", "0")],
    ),
    (
        "POST",
        "/api/v1/runs/jobs",
        "/api/v1/runs/jobs",
        r#"{"flow":"a b","command":[],"host":"","started":"2026-11-20T10:08:00Z"}"#,
        422,
        &[("/parameter", "\"flow\"")],
    ),
    ("POST", "/api/v1/runs/jobs", "/api/v1/runs/jobs", r#"{"flow":"a","command":[],"host":"","started":"soon"}"#, 422, &[]),
    (
        "POST",
        LINES,
        "/api/v1/runs/jobs/019aa0a6-f080-7005-8000-000000000005/lines",
        r#"{"attempt":1,"first":0,"lines":[{"time":"2026-11-20T10:08:01Z","stream":"stdout","text":"a"},{"time":"2026-11-20T10:08:02Z","stream":"stderr","severity":"error","text":"b"}]}"#,
        202,
        &[("/lines", "2")],
    ),
    ("POST", LINES, "/api/v1/runs/jobs/019aa0a6-f080-7009-8000-000000000009/lines", r#"{"attempt":1,"first":0,"lines":[]}"#, 404, &[]),
    ("POST", LINES, "/api/v1/runs/jobs/x/lines", r#"{"attempt":1,"first":0,"lines":[]}"#, 400, &[("/parameter", "\"job_id\"")]),
    (
        "POST",
        ATTEMPTS,
        "/api/v1/runs/jobs/019aa0a6-f080-7005-8000-000000000005/attempts",
        r#"{"attempt":1,"status":"running","started":"2026-11-20T10:08:00Z"}"#,
        200,
        &[("/status", "\"running\"")],
    ),
    (
        "POST",
        ATTEMPTS,
        "/api/v1/runs/jobs/019aa0a6-f080-7005-8000-000000000005/attempts",
        r#"{"attempt":1,"status":"succeeded","started":"2026-11-20T10:08:00Z"}"#,
        422,
        &[("/parameter", "\"ended\"")],
    ),
    (
        "POST",
        ATTEMPTS,
        "/api/v1/runs/jobs/019aa0a6-f080-7005-8000-000000000005/attempts",
        r#"{"attempt":1,"status":"waiting","started":"2026-11-20T10:08:00Z"}"#,
        422,
        &[("/parameter", "\"status\"")],
    ),
    (
        "POST",
        ATTEMPTS,
        "/api/v1/runs/jobs/019aa0a6-f080-7005-8000-000000000005/attempts",
        r#"{"attempt":0,"status":"running","started":"2026-11-20T10:08:00Z"}"#,
        422,
        &[("/parameter", "\"attempt\"")],
    ),
    (
        "POST",
        ATTEMPTS,
        "/api/v1/runs/jobs/019aa0a6-f080-7009-8000-000000000009/attempts",
        r#"{"attempt":1,"status":"running","started":"2026-11-20T10:08:00Z"}"#,
        404,
        &[],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn flows_runs_and_schedules_answer_as_documented() {
    play(&runs_world::world().await, SCENARIOS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_flows_says_so() {
    let world = World::new().await;
    for (method, target, body) in [
        ("GET", "/api/v1/flows", ""),
        ("GET", "/api/v1/runs/overview", ""),
        ("GET", "/api/v1/runs/logs", ""),
        ("GET", "/api/v1/schedules", ""),
        ("POST", "/api/v1/hooks/demo.sync", "{}"),
    ] {
        let answer = send(world.address, method, target, &[("Content-Type", "application/json")], body).await;
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (501, Some("this process runs no flows")), "{method} {target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_not_folded_before_a_later_attempt_has_succeeded() {
    let world = runs_world::world().await;
    let target = format!("/api/v1/runs/logs?job_id={FAILED}&severity=error");
    let answer = get(world.address, &target).await.json();
    assert_eq!((answer["records"].as_array().unwrap().len(), &answer["folded"]), (1, &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_sent_again_after_a_lost_answer_are_taken_once() {
    let world = runs_world::world().await;
    let json = [("Content-Type", "application/json")];
    let begin = json!({"flow": "b", "job_id": RETRIED, "command": ["x"], "host": "h", "started": "2026-11-20T10:08:00Z"}).to_string();
    assert_eq!(send(world.address, "POST", "/api/v1/runs/jobs", &json, &begin).await.status, 201);
    let line = |text: &str| json!({"time": "2026-11-20T10:08:01Z", "stream": "stdout", "text": text});
    // The double behind the API panics, and the answer is 500, when a line comes to it twice.
    for (first, texts, known) in
        [(0, vec!["a", "b"], 2), (0, vec!["a", "b"], 2), (1, vec!["b", "c"], 3), (7, vec!["h"], 8), (3, vec!["d"], 8)]
    {
        let lines: Vec<_> = texts.into_iter().map(line).collect();
        let body = json!({"attempt": 1, "first": first, "lines": lines}).to_string();
        let answer = send(world.address, "POST", &format!("/api/v1/runs/jobs/{RETRIED}/lines"), &json, &body).await;
        assert_eq!((answer.status, &answer.json()["lines"]), (202, &json!(known)), "from {first}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_tells_of_runs_by_flow_and_job() {
    let world = runs_world::world().await;
    let runs = world.api.runs.clone().unwrap().store;
    let changed: Vec<_> = [RETRIED, FAILED].iter().map(|id| runs.run(id.parse().unwrap()).unwrap().unwrap().run).collect();
    let mut by_flow = Events::open(world.address, "/api/v1/stream?topics=runs&flow=demo.pay").await;
    let mut by_job = Events::open(world.address, "/api/v1/stream?topics=runs&job_id=00000001").await;
    world.known.live.runs(std::sync::Arc::new(changed));
    let (event, run) = by_flow.next().await.unwrap();
    assert_eq!((event.as_str(), run["job_id"].as_str()), ("run", Some(FAILED)));
    assert_eq!(by_job.next().await.unwrap().1["job_id"], RETRIED);
    assert_eq!(crate::schema::check(&json!({"$ref": "#/components/schemas/Run"}), &run), Vec::<String>::new());
}
