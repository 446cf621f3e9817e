//! The `monitors:` section with its thresholds, checked against the base dimension and the declared fields.

use std::collections::{BTreeMap, HashSet};

use super::document::{Mapping, Node, Reading};
use super::problem::Problem;
use super::{Config, Monitor, Where, default_fields};
use crate::alert::AlertSeverity;
use crate::{Aggregate, Code, Column, Condition, Kind, Severity, Threshold};

/// Reads the monitors. Fields that thresholds need are added to `config.fields` when they are built in, and
/// aggregations they judge are added to their field.
pub(super) fn read(node: Node<'_>, config: &mut Config, reading: &mut Reading<'_>) -> Vec<Monitor> {
    if node.is_mapping() {
        reading.problem(node.line(), "monitors must be a list: begin each monitor with `- name: …`");
        return Vec::new();
    }
    let mut names = HashSet::new();
    let mut monitors = Vec::new();
    for node in reading.sequence(node) {
        if let Some(monitor) = monitor(node, config, reading) {
            if monitor.name == "base" || !names.insert(monitor.name.clone()) {
                let told = Code::MonitorNameTaken.with(&[("name", &monitor.name)]);
                reading.mistake(node.line(), told, format!("the name `{}` is taken; names of monitors must differ", monitor.name));
            }
            monitors.push(monitor);
        }
    }
    monitors
}

/// Reads one monitor, whatever else there is.
pub(super) fn read_one(node: Node<'_>, config: &mut Config, reading: &mut Reading<'_>) -> Option<Monitor> {
    monitor(node, config, reading)
}

/// Reads a list of column names.
pub(super) fn columns(node: Node<'_>, what: &str, reading: &mut Reading<'_>) -> Vec<Column> {
    let mut columns = Vec::new();
    for text in reading.texts(node, what) {
        match Column::from_name(&text.text) {
            Some(column) if columns.contains(&column) => {
                let told = Code::ColumnTwice.with(&[("column", &text.text), ("what", &what)]);
                reading.mistake(text.line, told, format!("`{}` stands twice in {what}", text.text));
            }
            Some(column) => columns.push(column),
            None => reading.unknown(text.line, "column", &text.text, Column::ALL.iter().map(|column| column.name())),
        }
    }
    columns
}

fn monitor(node: Node<'_>, config: &mut Config, reading: &mut Reading<'_>) -> Option<Monitor> {
    let mapping = reading.mapping(node, "a monitor", &["name", "by", "fields", "where", "thresholds"])?;
    let Some(name) = mapping.get("name").and_then(|node| reading.text(node, "name")) else {
        reading.mistake(mapping.line, Code::MonitorNameMissing.with(&[]), "a monitor needs `name:`");
        return None;
    };
    let by = mapping.get("by").map(|node| by(node, config, reading)).unwrap_or_default();
    if mapping.get("by").is_none() {
        let known = Column::DIMENSIONS.map(Column::name).join(", ");
        let told = Code::MonitorByMissing.with(&[("known", &known), ("name", &name.text)]);
        reading.mistake(mapping.line, told, format!("monitor `{}` needs `by:` with some of {known}", name.text));
    }
    let mut monitor = Monitor::plain(&name.text, &by);
    if let Some(node) = mapping.get("fields") {
        for text in reading.texts(node, "fields") {
            if known_field(&text.text, text.line, config, reading) {
                monitor.fields.push(text.text);
            }
        }
    }
    filter(&mut monitor, &mapping, reading);
    if let Some(node) = mapping.get("thresholds") {
        for node in reading.sequence(node) {
            monitor.thresholds.extend(threshold(node, &monitor.name, config, reading));
        }
    }
    Some(monitor)
}

fn by(node: Node<'_>, config: &Config, reading: &mut Reading<'_>) -> Vec<Column> {
    let by = columns(node, "by", reading);
    for column in by.iter().filter(|column| column.is_dimension() && !config.base.contains(column)) {
        let told = Code::ColumnNotInBase.with(&[("column", &column.name())]);
        let message = format!("`{}` is not in `base:`, the finest grain of aggregation; add it there", column.name());
        reading.mistake(node.line(), told, message);
    }
    if crate::rollup::key_columns(&by).len() > crate::rollup::KEY_WIDTH {
        let limit = crate::rollup::KEY_WIDTH - 1;
        let told = Code::MonitorTooManyColumns.with(&[("limit", &limit)]);
        reading.mistake(node.line(), told, format!("a monitor may have at most {limit} columns"));
    }
    let free: Vec<&str> =
        by.iter().filter(|column| !column.is_dimension() && !config.base.contains(column)).map(|column| column.name()).collect();
    if free.len() > 1 {
        let (count, columns) = (free.len(), free.join(", "));
        let told = Code::MonitorFreeColumns.with(&[("columns", &columns), ("count", &count)]);
        reading.mistake(node.line(), told, format!("a monitor may have one column besides the dimensions, not {count}: {columns}"));
    }
    by
}

fn filter(monitor: &mut Monitor, mapping: &Mapping<'_>, reading: &mut Reading<'_>) {
    let Some(conditions) = mapping.get("where").and_then(|node| reading.any_mapping(node, "where")) else { return };
    for (name, node) in conditions.entries() {
        let values: Vec<String> = reading.texts(node, &name.text).into_iter().map(|text| text.text).collect();
        match name.text.as_str() {
            "kind" => monitor.kinds = known_words(&values, name.line, "kind", Kind::from_name, &["log", "call", "run"], reading),
            "severity" | "level" => {
                let severities =
                    known_words(&values, name.line, "severity", Severity::from_word, &Severity::ALL.map(Severity::name), reading);
                monitor.filter.push(Where::Severity(severities));
            }
            other => match Column::from_name(other) {
                Some(column) => monitor.filter.push(Where::Column(column, values)),
                None => reading.unknown(name.line, "column", other, Column::ALL.iter().map(|column| column.name())),
            },
        }
    }
}

fn known_words<T>(
    values: &[String],
    line: usize,
    what: &str,
    find: impl Fn(&str) -> Option<T>,
    known: &[&str],
    reading: &mut Reading<'_>,
) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        match find(value) {
            Some(word) => found.push(word),
            None => reading.unknown(line, what, value, known.iter().copied()),
        }
    }
    found
}

fn threshold(node: Node<'_>, monitor: &str, config: &mut Config, reading: &mut Reading<'_>) -> Option<Threshold> {
    let mapping = reading.mapping(node, "a threshold", &["field", "aggregate", "above", "below", "new", "for", "severity", "labels"])?;
    let condition = condition(&mapping, reading)?;
    let mut threshold = Threshold {
        monitor: monitor.to_owned(),
        field: "records".to_owned(),
        aggregate: None,
        condition,
        hold: mapping.get("for").and_then(|node| reading.duration(node, "for")).unwrap_or(0),
        severity: severity(&mapping, reading),
        labels: labels(&mapping, reading),
    };
    if matches!(condition, Condition::New { .. }) {
        return Some(threshold);
    }
    let Some(field) = mapping.get("field").and_then(|node| reading.text(node, "field")) else {
        let told = Code::ThresholdFieldMissing.with(&[]);
        reading.mistake(mapping.line, told, "a threshold needs `field:` (a measured field, or `records`)");
        return None;
    };
    let (name, in_name) = split_aggregate(&field.text);
    if name == "records" {
        return Some(threshold);
    }
    if !known_field(name, field.line, config, reading) {
        return None;
    }
    let written =
        mapping.get("aggregate").and_then(|node| reading.text(node, "aggregate")).map(|text| text.text).or(in_name.map(str::to_owned));
    let aggregate = match &written {
        None => None,
        Some(word) => match Aggregate::from_name(word) {
            None => {
                reading.unknown(field.line, "aggregate", word, Aggregate::ALL.iter().map(|aggregate| aggregate.name()));
                return None;
            }
            known => known,
        },
    };
    threshold.field = name.to_owned();
    threshold.aggregate = Some(keep_aggregate(name, aggregate, config));
    Some(threshold)
}

/// `p95(elapsed_ms)` names its aggregation; so does `elapsed_ms.p95`.
fn split_aggregate(field: &str) -> (&str, Option<&str>) {
    if let Some((aggregate, rest)) = field.split_once('(')
        && let Some(name) = rest.strip_suffix(')')
    {
        return (name.trim(), Some(aggregate.trim()));
    }
    match field.rsplit_once('.') {
        Some((name, aggregate)) if Aggregate::from_name(aggregate).is_some() => (name, Some(aggregate)),
        _ => (field, None),
    }
}

/// What is judged must be kept: a threshold on `p95` makes its field keep a sketch.
fn keep_aggregate(field: &str, aggregate: Option<Aggregate>, config: &mut Config) -> Aggregate {
    let Some(spec) = config.fields.iter_mut().find(|spec| spec.name == field) else { return Aggregate::Avg };
    let aggregate = aggregate.unwrap_or_else(|| spec.aggregates.first().copied().unwrap_or(Aggregate::Avg));
    if !spec.aggregates.contains(&aggregate) {
        spec.aggregates.push(aggregate);
    }
    aggregate
}

fn condition(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<Condition> {
    let mut conditions = Vec::new();
    if let Some(node) = mapping.get("above") {
        conditions.push(Condition::Above(reading.number(node, "above")?));
    }
    if let Some(node) = mapping.get("below") {
        conditions.push(Condition::Below(reading.number(node, "below")?));
    }
    if let Some(node) = mapping.get("new") {
        let within = if node.is_mapping() { reading.mapping(node, "new", &["within"])?.get("within")? } else { node };
        conditions.push(Condition::New { within: reading.duration(within, "new")? });
    }
    match conditions.as_slice() {
        [condition] => Some(*condition),
        _ => {
            let told = Code::ThresholdConditions.with(&[]);
            reading.mistake(mapping.line, told, "a threshold needs exactly one of `above:`, `below:` and `new:`");
            None
        }
    }
}

fn severity(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> AlertSeverity {
    let words = [AlertSeverity::Info, AlertSeverity::Warning, AlertSeverity::Critical].map(|severity| (severity.name(), severity));
    mapping.get("severity").and_then(|node| reading.word(node, "severity", &words)).unwrap_or_default()
}

fn labels(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    let Some(labels) = mapping.get("labels").and_then(|node| reading.any_mapping(node, "labels")) else { return BTreeMap::new() };
    labels.entries().filter_map(|(name, node)| Some((name.text.clone(), reading.text(node, "a label")?.text))).collect()
}

fn known_field(name: &str, line: usize, config: &mut Config, reading: &mut Reading<'_>) -> bool {
    if config.field(name).is_some() {
        return true;
    }
    if let Some(spec) = default_fields().into_iter().find(|spec| spec.name == name) {
        config.fields.push(spec);
        return true;
    }
    let problem = Problem::unknown(line, "field", name, config.fields.iter().map(|spec| spec.name.as_str()));
    let message = format!("{}; declare it under `fields:`", problem.message);
    reading.problems.push(Problem { message, ..problem });
    false
}
