//! What can be asked for: the configured monitors and fields, the columns, severities and kinds.

use std::collections::BTreeMap;

use magpie_model::config::{Config, Monitor, Where};
use magpie_model::record::MARK_NAMES;
use magpie_model::time::format_duration;
use magpie_model::{Aggregate, Column, Kind, Severity, Threshold};
use serde_json::{Value, json};

use super::get;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::filters::KINDS;
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/monitors", "listMonitors", "catalogue", "Monitors", monitors)
            .told("The monitors", "Those of the configuration file are read-only here (design 13)."),
        get("/api/v1/fields", "listFields", "catalogue", "Fields", fields)
            .told("Fields, columns and their values", "What filters and rollups can name."),
    ]
}

fn monitors(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let monitors: Vec<Value> = config.monitors.iter().map(|monitor| monitor_json(monitor, &config)).collect();
    Reply::json(&json!({"monitors": monitors, "bucket": format_duration(config.bucket.length())}))
}

fn monitor_json(monitor: &Monitor, config: &Config) -> Value {
    let mut limits: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for condition in &monitor.filter {
        match condition {
            Where::Column(column, values) => limits.entry(column.name()).or_default().extend(values.iter().map(String::as_str)),
            Where::Severity(severities) => limits.entry("severity").or_default().extend(severities.iter().map(|severity| severity.name())),
        }
    }
    let fields: Vec<&str> = if monitor.fields.is_empty() {
        config.fields.iter().map(|spec| spec.name.as_str()).collect()
    } else {
        monitor.fields.iter().map(String::as_str).collect()
    };
    json!({
        "name": monitor.name,
        "by": monitor.by.iter().map(|column| column.name()).collect::<Vec<_>>(),
        "fields": fields,
        "where": limits,
        "kinds": monitor.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "thresholds": monitor.thresholds.iter().map(|threshold| threshold_json(threshold, config)).collect::<Vec<_>>(),
        "origin": "file",
        "read_only": true,
    })
}

fn threshold_json(threshold: &Threshold, config: &Config) -> Value {
    let spec = config.field(&threshold.field).map(|at| &config.fields[at]);
    let default = spec.and_then(|spec| spec.aggregates.first().copied());
    json!({
        "id": threshold.id(),
        "title": threshold.title(default),
        "field": threshold.field,
        "aggregate": threshold.aggregate.map(Aggregate::name),
        "condition": threshold.condition,
        "for": format_duration(threshold.hold),
        "severity": threshold.severity.name(),
        "labels": threshold.labels,
    })
}

fn fields(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let fields: Vec<Value> = config
        .fields
        .iter()
        .map(|spec| {
            json!({
                "name": spec.name,
                "unit": spec.unit,
                "flag": spec.flag,
                "scale": spec.scale,
                "distinct_of": spec.distinct_of.map(Column::name),
                "aggregates": spec.aggregates.iter().map(|aggregate| aggregate.name()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let columns: Vec<Value> = Column::ALL
        .iter()
        .map(|column| json!({"name": column.name(), "dimension": column.is_dimension(), "base": config.base.contains(column)}))
        .collect();
    Reply::json(&json!({
        "fields": fields,
        "columns": columns,
        "severities": Severity::ALL.map(Severity::name),
        "kinds": KINDS.map(Kind::name),
        "marks": MARK_NAMES.map(|(_, name)| name),
    }))
}
