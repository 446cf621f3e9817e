//! What is written beside an edge, a node and an alert, in every form alike (requirement I10).
//!
//! A label names the service and every threshold as "field: threshold" with the value beside it; an edge without
//! thresholds tells its calls and its first measure instead. Nothing here is made safe to show yet: see `text`.

use std::collections::BTreeMap;

use magpie_model::graph::{Edge, Node};
use magpie_model::{ALL, Aggregate, Alert, AlertState, Column, Condition, FieldSpec, Threshold, Timestamp};

use super::{Report, numbers};

/// A threshold as a label shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// "field: threshold".
    pub(crate) name: String,
    /// The present value.
    pub(crate) value: String,
    /// State of its alert; one that fired and is over still marks its edge, because the picture is of the whole range.
    pub(crate) state: Option<AlertState>,
    /// Of alerts that fired and are all over: how many, and when the last one fired and ended.
    pub(crate) over: Option<(usize, Timestamp, Timestamp)>,
}

impl Limit {
    /// The state in words, with its blank.
    pub(crate) fn word(&self) -> String {
        match (self.state, self.over) {
            (Some(AlertState::Firing), Some((1, fired, ended))) => format!(" fired {} – {}", numbers::time(fired), numbers::time(ended)),
            (Some(AlertState::Firing), Some((times, fired, ended))) => {
                format!(" fired {times} times, last {} – {}", numbers::time(fired), numbers::time(ended))
            }
            (Some(state), _) => format!(" {}", state.name()),
            (None, _) => String::new(),
        }
    }
}

/// Every threshold of an edge.
pub(crate) fn limits(edge: &Edge, fields: &[FieldSpec]) -> Vec<Limit> {
    let limit = |threshold: &magpie_model::graph::EdgeThreshold| Limit {
        name: threshold.label.clone(),
        value: threshold.value.map_or_else(|| numbers::NO_DATA.to_owned(), |value| threshold_value(&threshold.label, value, fields)),
        state: threshold.state.filter(|state| *state != AlertState::Resolved),
        over: None,
    };
    edge.thresholds.iter().map(limit).collect()
}

/// Every threshold of an edge; where it has an alert, with the value that was judged instead of that of the whole range.
pub(crate) fn judged(edge: &Edge, report: &Report) -> Vec<Limit> {
    let mut limits = limits(edge, &report.fields);
    if limits.iter().all(|limit| limit.state.is_none()) {
        return limits;
    }
    let of_edge: Vec<&Alert> =
        report.alerts.iter().filter(|alert| alert.monitor == report.graph.monitor && is_about(alert, edge)).collect();
    for limit in limits.iter_mut().filter(|limit| limit.state.is_some()) {
        let of_limit: Vec<&&Alert> = of_edge.iter().filter(|alert| title(alert, &report.fields) == limit.name).collect();
        let Some(open) = of_limit.iter().find(|alert| Some(alert.state) == limit.state) else {
            let ended = of_limit.iter().filter_map(|alert| alert.fired.zip(alert.resolved));
            limit.over = ended.clone().max().map(|(fired, resolved)| (ended.count(), fired, resolved));
            continue;
        };
        if let Some(value) = open.value {
            limit.value = threshold_value(&limit.name, value, &report.fields);
        }
    }
    limits
}

/// What a dashed red edge of a report is: one whose alert fires, or fired within the range.
pub(crate) fn fired(report: &Report) -> &'static str {
    let fired = report.alerts.iter().filter(|alert| alert.monitor == report.graph.monitor && alert.fired.is_some());
    let (open, over): (Vec<&Alert>, Vec<&Alert>) = fired.partition(|alert| alert.state == AlertState::Firing);
    match (open.is_empty(), over.is_empty()) {
        (true, false) => "fired",
        (false, false) => "firing or fired",
        _ => "firing",
    }
}

fn title(alert: &Alert, fields: &[FieldSpec]) -> String {
    let default = fields.iter().find(|spec| spec.name == alert.field).and_then(|spec| spec.aggregates.first().copied());
    let threshold = Threshold {
        monitor: alert.monitor.clone(),
        field: alert.field.clone(),
        aggregate: alert.aggregate,
        condition: alert.condition,
        hold: 0,
        severity: alert.severity,
        labels: BTreeMap::new(),
    };
    threshold.title(default)
}

fn is_about(alert: &Alert, edge: &Edge) -> bool {
    let value = |column: Column| alert.dimensions.get(column.name()).map(String::as_str);
    let id = |module: Option<&str>, host: Option<&str>| match (module, host) {
        (None, None) => ALL.to_owned(),
        (module, host) => format!("{}/{}", module.unwrap_or(""), host.unwrap_or("")),
    };
    let free = alert.dimensions.iter().find(|(name, _)| Column::from_name(name).is_some_and(|column| !column.is_dimension()));
    id(value(Column::SourceModule), value(Column::Source)) == edge.source
        && id(value(Column::TargetModule), value(Column::Target)) == edge.target
        && value(Column::Service) == edge.service.as_deref()
        && free.map(|(_, word)| word.as_str()) == edge.extra.as_deref()
}

/// How large the graph is, and what its values mean: `12 nodes, 16 interactions; values over 30 min, judged per 1m`.
pub(crate) fn size(report: &Report) -> String {
    let nodes = numbers::counted(report.graph.nodes.len() as u64, "node");
    let edges = numbers::counted(report.graph.edges.len() as u64, "interaction");
    let mut text = format!("{nodes}, {edges}");
    if report.graph.edges.iter().any(|edge| !edge.thresholds.is_empty()) {
        text.push_str(&format!("; values of the whole range, thresholds per {}", magpie_model::time::format_duration(report.bucket)));
    }
    text
}

/// Formats a value by the field and aggregation that the label `[aggregate] field: limit` names.
fn threshold_value(label: &str, value: f64, fields: &[FieldSpec]) -> String {
    let title = label.rsplit_once(": ").map_or(label, |(title, _)| title);
    let spec = |name: &str| fields.iter().find(|spec| spec.name == name);
    let named = title.split_once(' ').and_then(|(aggregate, field)| Some((spec(field)?, Aggregate::from_name(aggregate)?)));
    let found = spec(title).and_then(|spec| Some((spec, *spec.aggregates.first()?))).or(named);
    found.map_or_else(|| numbers::plain(value), |(spec, aggregate)| numbers::value(spec, aggregate, value))
}

/// Calls and the first measured value of an edge: `5,208 calls, 43 ms`.
pub(crate) fn headline(edge: &Edge, fields: &[FieldSpec]) -> String {
    match first_measure(edge, fields) {
        Some(measure) => format!("{}, {measure}", calls(edge.records)),
        None => calls(edge.records),
    }
}

/// `1 call`, `5,208 calls`.
pub(crate) fn calls(number: u64) -> String {
    numbers::counted(number, "call")
}

/// The first declared measure of an edge that is no flag.
pub(crate) fn first_measure(edge: &Edge, fields: &[FieldSpec]) -> Option<String> {
    fields.iter().filter(|spec| !spec.flag).find_map(|spec| {
        let aggregate = *spec.aggregates.first()?;
        let value = *edge.fields.get(&spec.name)?.get(aggregate.name())?;
        Some(numbers::value(spec, aggregate, value))
    })
}

/// Calls of an edge that went wrong.
pub(crate) fn errors(edge: &Edge) -> Option<f64> {
    edge.fields.get("error")?.get("count").copied()
}

/// The service of an edge, with the value of the monitor's free column.
pub(crate) fn service(edge: &Edge) -> Option<String> {
    match (&edge.service, &edge.extra) {
        (Some(service), Some(extra)) => Some(format!("{service} · {extra}")),
        (one, other) => one.clone().or_else(|| other.clone()),
    }
}

/// Module and host of a node in one line.
pub(crate) fn node(node: &Node) -> String {
    match (&node.module, &node.host) {
        (Some(module), Some(host)) => format!("{module} · {host}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => ALL.to_owned(),
    }
}

/// The interaction an alert is about.
pub(crate) fn interaction(alert: &Alert) -> String {
    combination(alert.dimensions.iter().filter_map(|(name, word)| Some((Column::from_name(name)?, word.as_str()))))
}

/// Dimension values as one reads a call: `order → payment  POST /v2/charge`, other values as `column=value`.
pub(crate) fn combination<'a>(values: impl Iterator<Item = (Column, &'a str)> + Clone) -> String {
    let value = |column: Column| values.clone().find(|&(of, _)| of == column).map(|(_, word)| word);
    let side = |module: Option<&str>, host: Option<&str>| match (module, host) {
        (Some(module), Some(host)) => Some(format!("{module} · {host}")),
        (one, other) => one.or(other).map(str::to_owned),
    };
    let source = side(value(Column::SourceModule), value(Column::Source));
    let target = side(value(Column::TargetModule), value(Column::Target));
    let mut words: Vec<String> = match (source, target) {
        (None, None) => Vec::new(),
        (source, target) => vec![format!("{} → {}", source.as_deref().unwrap_or(ALL), target.as_deref().unwrap_or(ALL))],
    };
    words.extend(value(Column::Service).map(str::to_owned));
    words.extend(values.clone().filter(|(column, _)| !column.is_dimension()).map(|(column, word)| format!("{}={word}", column.name())));
    if words.is_empty() { ALL.to_owned() } else { words.join("  ") }
}

/// What an alert found against what was allowed: `elapsed_ms 1.24 s, above 400 ms`.
pub(crate) fn finding(alert: &Alert, fields: &[FieldSpec]) -> String {
    let spec = fields.iter().find(|spec| spec.name == alert.field);
    let aggregate = alert.aggregate.or(spec.and_then(|spec| spec.aggregates.first().copied()));
    let show = |value: f64| match (spec, aggregate) {
        (Some(spec), Some(aggregate)) => numbers::value(spec, aggregate, value),
        _ => numbers::plain(value),
    };
    let default = spec.and_then(|spec| spec.aggregates.first().copied());
    let field = match alert.aggregate {
        Some(aggregate) if Some(aggregate) != default => format!("{} {}", aggregate.name(), alert.field),
        _ => alert.field.clone(),
    };
    let value = match alert.value.map(show) {
        Some(value) if alert.no_data => format!("without data, was {value}"),
        Some(value) => value,
        None => numbers::NO_DATA.to_owned(),
    };
    match alert.condition {
        Condition::Above(limit) => format!("{field} {value}, {}above {}", was(alert), show(limit)),
        Condition::Below(limit) => format!("{field} {value}, {}below {}", was(alert), show(limit)),
        Condition::New { within } => format!("new: not seen in {} before", magpie_model::time::format_duration(within)),
    }
}

/// Of an alert that is over by a value that is allowed, that it had been another one.
pub(crate) fn was(alert: &Alert) -> &'static str {
    let holds = match (alert.condition, alert.value.filter(|_| !alert.no_data)) {
        (Condition::Above(limit), Some(value)) => value > limit,
        (Condition::Below(limit), Some(value)) => value < limit,
        _ => true,
    };
    if holds { "" } else { "was " }
}

/// Since when, for how long, and how far it can be trusted: `since 14:17:00, 14 min, from 97 % of lines`.
pub(crate) fn course(alert: &Alert, bucket: i64) -> String {
    let end = alert.resolved.unwrap_or_else(|| alert.judged.plus(bucket));
    let mut words = format!("since {}, {}", numbers::time(alert.since), numbers::since(end.since(alert.since)));
    if alert.complete < 1.0 {
        words.push_str(&format!(", from {} of lines", numbers::share(alert.complete)));
    }
    if alert.provisional {
        words.push_str(", provisional");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_label_names_thresholds_with_values_and_an_alert_names_what_it_found() {
        let report = sample::shop();
        let edge = report.graph.edges.iter().find(|edge| edge.target == "payment/").unwrap();
        let shown: Vec<String> =
            limits(edge, &report.fields).iter().map(|limit| format!("{} ({}) {:?}", limit.name, limit.value, limit.state)).collect();
        assert_eq!(shown.join("\n").replace('\u{202f}', " "), "elapsed_ms: 400 (709 ms) Some(Firing)\nerror: 1000 (810) None");
        assert_eq!(headline(edge, &report.fields).replace('\u{202f}', " "), "5,220 calls, 709 ms");
        let alert = &report.alerts[0];
        let told = [interaction(alert), finding(alert, &report.fields), course(alert, report.bucket)];
        assert_eq!(
            told.map(|text| text.replace('\u{202f}', " ")),
            ["order → payment  POST /v2/charge", "elapsed_ms 1.24 s, above 400 ms", "since 14:17:00, 15 min, from 97 % of lines"]
        );
        let over = Alert { value: Some(300.0), ..alert.clone() };
        assert_eq!(finding(&over, &report.fields).replace('\u{202f}', " "), "elapsed_ms 300 ms, was above 400 ms");
    }

    #[test]
    fn values_of_named_aggregations_take_their_kind() {
        let fields = [FieldSpec::elapsed(), FieldSpec::bytes()];
        for (label, value, shown) in [
            ("p95 elapsed_ms: 200", 1_240.0, "1.24 s"),
            ("bytes: < 1000", 2e6, "2.0 MB"),
            ("records: 10", 12.0, "12"),
            ("rate bytes: 1", 0.5, "30/min"),
        ] {
            assert_eq!(threshold_value(label, value, &fields).replace('\u{202f}', " "), shown);
        }
    }
}
