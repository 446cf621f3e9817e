//! An alert's value against its threshold over time, from a while before it began to a while after it ended.
//!
//! Values are those of single buckets, as they were judged. Where an alert lasted so long that points stand for several
//! buckets, a point is the bucket that came nearest to the threshold's wrong side: a sum over buckets would be no value
//! that was ever judged.

use std::collections::BTreeMap;

use magpie_model::query::{RollupQuery, TimeRange};
use magpie_model::time::SECOND;
use magpie_model::{Alert, Bucketing, Code, Column, Condition, PartialRow, PartialTable, Timestamp};
use serde_json::{Value, json};

use super::attention::no_such_alert;
use super::get;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place};
use crate::problem::Problem;
use crate::shared::Shared;

/// Buckets shown before an alert began and after it ended.
const AROUND: i64 = 30;
/// Points of an answer.
const MOST_POINTS: i64 = 1_000;
/// Buckets that are read; of an alert that lasted longer, the newest.
const MOST_BUCKETS: i64 = 50_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/alerts/{id}/series", "getAlertSeries", "alerts", "AlertSeries", series)
            .told(
                "An alert's value over time",
                "From thirty buckets before it began to thirty after it ended, as its monitor is now. Where points stand for \
                 several buckets, each is the one that is furthest on the wrong side of the threshold.",
            )
            .with([Parameter::text("id", Place::Path, "Id of the alert.")])
            .refuses(&[404]),
    ]
}

fn series(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let id = call.query.path("id");
    let Some(alert) = shared.api.state.alert(id)? else { return Err(no_such_alert(id)) };
    let config = shared.api.backend.config();
    let Some(monitor) = config.monitor(&alert.monitor) else {
        let detail = format!("monitor `{}`, which raised this alert, is gone", alert.monitor);
        let gone = Problem::not_found(detail, "bring it back, see /api/v1/monitors");
        return Err(gone.coded(Code::AlertsMonitorGone, &[("monitor", &alert.monitor)]));
    };
    let (range, step) = range_of(&alert, shared.api.backend.now(), config.bucket);
    let filter = |column: &Column| (*column, vec![alert.dimensions.get(column.name()).cloned().unwrap_or_default()]);
    let mut table = shared.api.telemetry.rollups(&RollupQuery {
        by: Some(monitor.by.clone()),
        filters: monitor.by.iter().map(filter).collect(),
        fields: Some(vec![alert.field.clone()]),
        ..RollupQuery::of(monitor.name.as_str(), range, Some(config.bucket.length()))
    })?;
    table.resolve_sides();
    let complete: BTreeMap<Timestamp, f64> =
        shared.api.telemetry.completeness(range, step.length())?.into_iter().map(|of| (of.bucket, of.completeness.share())).collect();
    let values = worst(&alert, &table, config.bucket.length(), step);
    let starts = std::iter::successors(Some(range.from), |start| Some(step.end(*start))).take_while(|start| *start < range.to);
    let points: Vec<Value> = starts
        .map(|bucket| json!({"bucket": bucket, "value": values.get(&bucket), "complete": complete.get(&bucket).copied().unwrap_or(1.0)}))
        .collect();
    Reply::json(&json!({
        "from": range.from,
        "to": range.to,
        "step_seconds": step.length() as f64 / SECOND as f64,
        "threshold": limit(alert.condition),
        "points": points,
    }))
}

fn limit(condition: Condition) -> Option<f64> {
    match condition {
        Condition::Above(limit) | Condition::Below(limit) => Some(limit),
        Condition::New { .. } => None,
    }
}

/// What is shown, in whole points, and the length of a point.
fn range_of(alert: &Alert, now: Timestamp, bucket: Bucketing) -> (TimeRange, Bucketing) {
    let length = bucket.length();
    let end = alert.resolved.unwrap_or(now).plus(AROUND * length).min(now);
    let to = bucket.end(bucket.start(end.max(alert.since)));
    let from = bucket.start(alert.since.minus(AROUND * length)).max(to.minus(MOST_BUCKETS.saturating_mul(length)));
    let buckets = to.since(from) / length;
    let step = Bucketing::new(length * ((buckets + MOST_POINTS - 1) / MOST_POINTS).max(1)).unwrap_or(bucket);
    (TimeRange { from: step.start(from), to: step.end(step.start(to.minus(1))) }, step)
}

/// Per point, the value of the bucket that is furthest on the wrong side.
fn worst(alert: &Alert, table: &PartialTable, bucket: i64, step: Bucketing) -> BTreeMap<Timestamp, f64> {
    let mut worst: BTreeMap<Timestamp, f64> = BTreeMap::new();
    for row in &table.rows {
        let Some(value) = value(alert, table, row, bucket) else { continue };
        let known = worst.entry(step.start(row.bucket)).or_insert(value);
        *known = if matches!(alert.condition, Condition::Below(_)) { known.min(value) } else { known.max(value) };
    }
    worst
}

fn value(alert: &Alert, table: &PartialTable, row: &PartialRow, bucket: i64) -> Option<f64> {
    let Some(aggregate) = alert.aggregate else { return Some(row.partial.records as f64) };
    let at = table.fields.iter().position(|spec| spec.name == alert.field)?;
    aggregate.of(&row.partial, at, &table.fields[at], bucket)
}
