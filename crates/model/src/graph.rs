//! Rollups as a graph: who calls whom, one edge per service where the monitor has the service (requirement I10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ALL, Aggregate, Alert, AlertState, Column, FieldSpec, PartialTable, Threshold, alert::AlertSeverity};

/// The picture of one monitor over one range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Name of the monitor.
    pub monitor: String,
    /// Nodes, ordered by id.
    pub nodes: Vec<Node>,
    /// Edges, ordered by source, target and service.
    pub edges: Vec<Edge>,
}

/// A module, a host, or "(all)" for a side the monitor leaves out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// `module/host`, `module/`, `/host`; unique and stable.
    pub id: String,
    /// The module, if the monitor has it on this side.
    pub module: Option<String>,
    /// The host, if the monitor has it on this side.
    pub host: Option<String>,
    /// Whether something calls it.
    pub called: bool,
    /// Whether it calls something.
    pub calls: bool,
}

/// The calls of one service between two nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Id of the calling node.
    pub source: String,
    /// Id of the called node.
    pub target: String,
    /// The service, if the monitor has it.
    pub service: Option<String>,
    /// Value of the monitor's free column, if it has one.
    pub extra: Option<String>,
    /// Number of calls.
    pub records: u64,
    /// Every declared aggregation, as `field` → `aggregation` → value in the field's unit.
    pub fields: BTreeMap<String, BTreeMap<String, f64>>,
    /// Each threshold of the monitor with the present value.
    pub thresholds: Vec<EdgeThreshold>,
    /// The worst alert state on this edge; `None` when calm.
    pub alert: Option<AlertState>,
}

/// A threshold as an edge's label shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EdgeThreshold {
    /// "field: threshold".
    pub label: String,
    /// The present value, in the field's unit.
    pub value: Option<f64>,
    /// State of its alert; `None` when it has none.
    pub state: Option<AlertState>,
    /// Severity of the threshold.
    pub severity: AlertSeverity,
}

impl Graph {
    /// Draws a monitor's rows. Rows are resolved to one side and folded over time here; `range` is their length in ns.
    pub fn draw(mut table: PartialTable, thresholds: &[Threshold], alerts: &[Alert], range: i64) -> Self {
        table.resolve_sides();
        table.fold_buckets();
        table.sort();
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        let mut edges = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let value = |column: Column| {
                table.by.iter().position(|&by| by == column).map(|at| table.value(row, at).unwrap_or(crate::UNKNOWN).to_owned())
            };
            let source = node(value(Column::SourceModule), value(Column::Source));
            let target = node(value(Column::TargetModule), value(Column::Target));
            nodes.entry(source.id.clone()).or_insert_with(|| source.clone()).calls = true;
            nodes.entry(target.id.clone()).or_insert_with(|| target.clone()).called = true;
            let dimensions: BTreeMap<String, String> = table
                .by
                .iter()
                .enumerate()
                .filter_map(|(at, column)| Some((column.name().to_owned(), table.value(row, at)?.to_owned())))
                .collect();
            let of_edge: Vec<&Alert> = alerts
                .iter()
                .filter(|alert| alert.monitor == *table.monitor && alert.dimensions == dimensions && alert.state != AlertState::Resolved)
                .collect();
            edges.push(Edge {
                source: source.id,
                target: target.id,
                service: value(Column::Service),
                extra: table.by.iter().find(|column| !column.is_dimension()).and_then(|&column| value(column)),
                records: row.partial.records,
                fields: values(&table.fields, &row.partial, range),
                thresholds: thresholds
                    .iter()
                    .map(|threshold| edge_threshold(threshold, &of_edge, &table.fields, &row.partial, range))
                    .collect(),
                alert: of_edge.iter().map(|alert| alert.state).max(),
            });
        }
        Self { monitor: table.monitor.to_string(), nodes: nodes.into_values().collect(), edges }
    }
}

/// Every declared aggregation of every field that has a value.
pub fn values(fields: &[FieldSpec], partial: &crate::Partial, bucket: i64) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut values = BTreeMap::new();
    for (at, spec) in fields.iter().enumerate() {
        let of_field: BTreeMap<String, f64> = spec
            .aggregates
            .iter()
            .filter_map(|aggregate| Some((aggregate.name().to_owned(), aggregate.of(partial, at, spec, bucket)?)))
            .collect();
        if !of_field.is_empty() {
            values.insert(spec.name.clone(), of_field);
        }
    }
    values
}

fn node(module: Option<String>, host: Option<String>) -> Node {
    let id = match (&module, &host) {
        (None, None) => ALL.to_owned(),
        (module, host) => format!("{}/{}", module.as_deref().unwrap_or(""), host.as_deref().unwrap_or("")),
    };
    Node { id, module, host, called: false, calls: false }
}

fn edge_threshold(threshold: &Threshold, alerts: &[&Alert], fields: &[FieldSpec], partial: &crate::Partial, range: i64) -> EdgeThreshold {
    let spec = fields.iter().position(|spec| spec.name == threshold.field);
    let default: Option<Aggregate> = spec.and_then(|at| fields[at].aggregates.first().copied());
    let state = alerts
        .iter()
        .filter(|alert| alert.field == threshold.field && alert.aggregate == threshold.aggregate && alert.condition == threshold.condition)
        .map(|alert| alert.state)
        .max();
    let value = match (threshold.aggregate, spec) {
        (Some(aggregate), Some(at)) => aggregate.of(partial, at, &fields[at], range),
        _ => Some(partial.records as f64),
    };
    EdgeThreshold { label: threshold.title(default), value, state, severity: threshold.severity }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, Partial, PartialRow, Timestamp};

    #[test]
    fn hosts_sit_in_modules_and_an_absent_side_is_all() {
        let mut table = PartialTable::new("m".into(), vec![Column::Source, Column::Service], std::sync::Arc::new([]));
        for (source, service) in [("10.0.0.1", "/a"), ("10.0.0.1", "/b")] {
            let mut key = Key::default();
            key.codes[0] = table.dictionaries[0].intern(source);
            key.codes[1] = table.dictionaries[1].intern(service);
            table.rows.push(PartialRow { bucket: Timestamp(0), key, partial: Partial { records: 2, ..Partial::default() } });
        }
        let graph = Graph::draw(table, &[], &[], 1);
        let ids: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        let edges: Vec<(&str, &str, Option<&str>)> =
            graph.edges.iter().map(|edge| (edge.source.as_str(), edge.target.as_str(), edge.service.as_deref())).collect();
        assert_eq!(ids, ["(all)", "/10.0.0.1"]);
        assert_eq!(edges, [("/10.0.0.1", "(all)", Some("/a")), ("/10.0.0.1", "(all)", Some("/b"))]);
    }
}
