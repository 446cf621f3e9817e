//! Reports built by hand, for the tests of the forms: a little shop with two alerts, one with hosts, and a pure log.

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::alert::AlertSeverity;
use magpie_model::graph::Graph;
use magpie_model::time::{MINUTE, SECOND};
use magpie_model::{
    Aggregate, Alert, AlertState, Column, Condition, FieldSpec, Key, Partial, PartialRow, PartialTable, Severity, Threshold, Timestamp,
};

use super::{FormatCount, MonitorTable, ReasonCount, Report, View};

/// Caller, callee, service, calls a minute, their usual ms, errors a minute in the second half.
type Calls<'a> = (&'a str, &'a str, &'a str, u64, f64, u64);

const SHOP: &[Calls<'static>] = &[
    ("app", "gateway", "GET /api/{path}", 820, 201.0, 4),
    ("web", "gateway", "GET /api/{path}", 640, 184.0, 3),
    ("gateway", "search", "GET /search/{term}", 410, 86.0, 0),
    ("gateway", "search", "GET /suggest", 122, 12.0, 0),
    ("gateway", "video", "GET /video/{id}", 268, 268.0, 1),
    ("gateway", "order", "POST /v2/orders", 181, 391.0, 19),
    ("gateway", "order", "GET /v2/orders/{id}", 96, 44.0, 0),
    ("gateway", "user", "GET /users/{id}", 330, 22.0, 0),
    ("order", "payment", "POST /v2/charge", 174, 240.0, 54),
    ("order", "stock", "PUT /stock/{sku}", 168, 18.0, 0),
    ("order", "order", "retry", 9, 120.0, 0),
    ("order", "orders-db", "SELECT orders", 540, 9.0, 0),
    ("stock", "orders-db", "UPDATE stock", 160, 14.0, 0),
    ("stock", "order", "POST /v2/orders/{id}/reserved", 11, 31.0, 0),
    ("search", "index", "query", 500, 31.0, 0),
    ("video", "cdn-origin", "GET /{object}", 120, 74.0, 0),
];

/// Half an hour of a shop in which payments have become slow and video is about to.
pub(crate) fn shop() -> Report {
    report(&[Column::SourceModule, Column::TargetModule, Column::Service], SHOP)
}

/// The same calls under names that attack whoever shows them.
pub(crate) fn hostile(name: &str) -> Report {
    let calls: Vec<Calls<'_>> =
        vec![(name, "gateway", name, 10, 5.0, 0), ("gateway", name, name, 10, 5.0, 2), (name, name, name, 3, 1.0, 0)];
    let mut report = report(&[Column::SourceModule, Column::TargetModule, Column::Service], &calls);
    report.formats[0].source = name.to_owned();
    report.reasons[0].reason = name.to_owned();
    report.reasons[0].samples = vec![name.to_owned()];
    report.alerts[0].dimensions.insert("target_module".to_owned(), name.to_owned());
    report.alerts[0].labels.insert("team".to_owned(), name.to_owned());
    report
}

/// Hosts of two modules, and calls between hosts of one.
pub(crate) fn hosts() -> Report {
    let calls: &[(&str, &str, &str, &str, u64, f64)] = &[
        ("web", "10.0.0.1", "video", "10.0.1.1", 40, 31.0),
        ("web", "10.0.0.2", "video", "10.0.1.1", 38, 33.0),
        ("web", "10.0.0.2", "video", "10.0.1.2", 12, 412.0),
        ("video", "10.0.1.1", "video", "10.0.1.2", 7, 3.0),
    ];
    let by = [Column::SourceModule, Column::Source, Column::TargetModule, Column::Target];
    let words: Vec<(Vec<&str>, u64, f64, u64)> =
        calls.iter().map(|&(from, from_host, to, to_host, calls, ms)| (vec![from, from_host, to, to_host], calls, ms, 0)).collect();
    build(&by, &words)
}

/// A log that tells of no calls.
pub(crate) fn pure_log() -> Report {
    let mut report = build(&[Column::Component], &[(vec!["dfs.DataNode"], 120, 0.0, 0), (vec!["dfs.FSNamesystem"], 44, 0.0, 0)]);
    report.graph = Graph::default();
    report.monitors[0].thresholds.clear();
    report.alerts.clear();
    for row in &mut report.monitors[0].table.rows {
        row.partial.fields = Partial::new(&report.fields).fields;
    }
    for (_, partial) in &mut report.series {
        partial.fields = Partial::new(&report.fields).fields;
    }
    report.severities = BTreeMap::from([(Severity::Info, 4_820), (Severity::Warn, 92), (Severity::Error, 8)]);
    report
}

/// A view without colour.
pub(crate) fn view(width: usize) -> View {
    View { x: Vec::new(), fields: Vec::new(), top: 5, color: false, width }
}

fn report(by: &[Column], calls: &[Calls<'_>]) -> Report {
    let words: Vec<(Vec<&str>, u64, f64, u64)> =
        calls.iter().map(|&(from, to, service, calls, ms, errors)| (vec![from, to, service], calls, ms, errors)).collect();
    build(by, &words)
}

fn build(by: &[Column], calls: &[(Vec<&str>, u64, f64, u64)]) -> Report {
    let fields: Arc<[FieldSpec]> = Arc::new([FieldSpec::elapsed(), FieldSpec::bytes(), FieldSpec::error(), FieldSpec::warning()]);
    let start = Timestamp::parse_rfc3339("2026-11-22T14:02:00Z").unwrap();
    let mut table = PartialTable::new("interactions".into(), by.to_vec(), Arc::clone(&fields));
    let mut series = Vec::new();
    for minute in 0..30 {
        let bucket = start.plus(minute * MINUTE);
        let mut all = Partial::new(&fields);
        for (at, (words, per_minute, ms, errors)) in calls.iter().enumerate() {
            let mut key = Key::default();
            for (position, word) in words.iter().enumerate() {
                key.codes[position] = table.dictionaries[position].intern(word);
            }
            let partial = minute_of_calls(&fields, minute, at as i64, *per_minute, *ms, *errors);
            all.merge(&partial);
            table.rows.push(PartialRow { bucket, key, partial });
        }
        series.push((bucket, all));
    }
    table.sort();
    let thresholds = vec![threshold("elapsed_ms", Aggregate::Avg, 400.0), threshold("error", Aggregate::Count, 1_000.0)];
    let alerts = alerts(&table, start);
    let graph = Graph::draw(table.clone(), &thresholds, &alerts, 30 * MINUTE);
    Report {
        records: series.iter().map(|(_, partial)| partial.records).sum(),
        unparsed: 42,
        from: Some(start.plus(SECOND / 4)),
        to: Some(start.plus(30 * MINUTE - 2 * SECOND)),
        bucket: MINUTE,
        formats: vec![
            FormatCount {
                source: "/var/log/gateway/access.log".into(),
                format: "nginx_combined".into(),
                confidence: 0.998,
                records: 128_000,
                unparsed: 40,
            },
            FormatCount { source: "/var/log/order/app.log".into(), format: "json".into(), confidence: 1.0, records: 9_120, unparsed: 2 },
        ],
        reasons: vec![ReasonCount {
            source: "/var/log/gateway/access.log".into(),
            reason: "no time found".into(),
            count: 40,
            samples: vec!["\u{16}\u{3}\u{1} <script>alert(1)</script>".into(), "10.0.3.17 - - [22/Nov".into()],
        }],
        severities: BTreeMap::new(),
        fields,
        monitors: vec![MonitorTable {
            name: "interactions".into(),
            by: by.to_vec(),
            table,
            buckets: None,
            thresholds,
            of_calls: true,
            total: false,
        }],
        series,
        graph,
        alerts,
        remarks: vec![("cut lines", 3), ("bad times", 1)],
    }
}

/// Slow growth on the ninth row (payments), a step on the fifth (video), a wave on the others.
fn minute_of_calls(fields: &[FieldSpec], minute: i64, row: i64, calls: u64, ms: f64, errors: u64) -> Partial {
    let wave = 1.0 + 0.12 * ((minute * 7 + row * 13) as f64 * 0.45).sin();
    let trouble = if row == 8 && minute >= 16 {
        5.2
    } else if row == 4 && minute >= 28 {
        1.7
    } else {
        1.0
    };
    let mut partial = Partial::new(fields);
    partial.records = calls;
    for call in 0..calls {
        let spread = 0.7 + 0.6 * (call % 11) as f64 / 10.0;
        partial.fields[0].add((ms * wave * trouble * spread * 1e6) as i64);
        partial.fields[1].add(512 + ((call as i64 * 37 + row * 11) % 900) * 8);
        partial.fields[2].add(i64::from(call < errors && minute >= 15));
        partial.fields[3].add(i64::from(call % 97 == 5));
    }
    partial
}

fn threshold(field: &str, aggregate: Aggregate, limit: f64) -> Threshold {
    Threshold {
        monitor: "interactions".into(),
        field: field.into(),
        aggregate: Some(aggregate),
        condition: Condition::Above(limit),
        hold: 3 * MINUTE,
        severity: AlertSeverity::Critical,
        labels: BTreeMap::new(),
    }
}

/// One firing, on the ninth sort of calls (or the last), and one pending on the fifth (or the first).
fn alerts(table: &PartialTable, start: Timestamp) -> Vec<Alert> {
    let last = table.rows.iter().map(|row| row.bucket).max().unwrap_or(start);
    let of_minute: Vec<&PartialRow> = table.rows.iter().filter(|row| row.bucket == start).collect();
    let slowest = |nth: usize, late: bool| {
        let mut rows: Vec<&&PartialRow> = of_minute.iter().collect();
        rows.sort_by_key(|row| {
            let mut worst = 0;
            for other in table.rows.iter().filter(|other| other.key == row.key && (!late || other.bucket == last)) {
                worst = worst.max(other.partial.fields[0].max);
            }
            std::cmp::Reverse(worst)
        });
        rows[nth.min(rows.len() - 1)].key
    };
    let dimensions = |key: Key| -> BTreeMap<String, String> {
        table
            .by
            .iter()
            .enumerate()
            .map(|(at, column)| (column.name().to_owned(), table.dictionaries[at].get(key.codes[at]).to_owned()))
            .collect()
    };
    let alert = |id: &str, key: Key, state, value, minutes: i64| Alert {
        id: id.into(),
        monitor: "interactions".into(),
        dimensions: dimensions(key),
        field: "elapsed_ms".into(),
        aggregate: Some(Aggregate::Avg),
        condition: Condition::Above(400.0),
        state,
        severity: AlertSeverity::Critical,
        labels: BTreeMap::new(),
        value: Some(value),
        since: last.minus(minutes * MINUTE),
        fired: (state == AlertState::Firing).then(|| last.minus((minutes - 3) * MINUTE)),
        resolved: None,
        judged: last,
        complete: if state == AlertState::Firing { 0.97 } else { 1.0 },
        no_data: false,
        provisional: state == AlertState::Pending,
    };
    vec![alert("a1", slowest(0, false), AlertState::Firing, 1_240.0, 14), alert("a2", slowest(1, true), AlertState::Pending, 455.0, 2)]
}
