//! One monitor as a document of its own: read from JSON by the rules of the configuration file, and written back.
//!
//! There is one reader for monitors, and it knows lines; so a document is written out with each of its parts on a line of
//! its own, read like a file, and a mistake's line becomes the path of that part. What is stored, exported and edited is
//! the document that [`write`] makes of a checked monitor: the same for every spelling.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::document::{self, Node, Reading};
use super::{Config, Monitor, Where, monitors};
use crate::time::format_duration;
use crate::{Code, Condition, Kind, Threshold, Told};

/// Longest name of a monitor made over the API, in characters.
const LONGEST_NAME: usize = 100;

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentProblem {
    /// Which part, such as `thresholds[1].field`; empty for the document as a whole.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// What to write instead, where that is known.
    pub fix: Option<String>,
    /// Both without words.
    #[serde(flatten)]
    pub told: Option<Told>,
}

impl DocumentProblem {
    /// A mistake at a path. Messages say what is wrong, then what to write instead.
    pub fn new(path: impl Into<String>, message: &str, told: Option<Told>) -> Self {
        let (what, fix) = match message.split_once(", did you mean ") {
            Some((what, near)) => (what, Some(format!("did you mean {near}"))),
            None => message.split_once("; ").map_or((message, None), |(what, fix)| (what, Some(fix.to_owned()))),
        };
        Self { path: path.into(), message: what.to_owned(), fix, told }
    }
}

/// Reads a monitor. Built-in fields that it needs are added to the configuration, and aggregations that it judges to
/// their field, as they are for the monitors of the file; after an error the configuration may have been changed.
///
/// # Errors
/// All mistakes with their paths. Whether the name is taken is for the caller to see.
pub fn read(document: &Value, config: &mut Config) -> Result<Monitor, Vec<DocumentProblem>> {
    let written = Lines::of(document);
    let failed = |problem: super::Problem| DocumentProblem::new(written.path(problem.line), &problem.message, problem.told);
    let text = written.text();
    let yaml = document::parse(&text).map_err(|problem| vec![failed(problem)])?;
    // The environment is the file's; over the network nobody may look into it.
    let nothing = |_: &str| None;
    let mut reading = Reading::new(&nothing);
    let monitor = yaml.as_ref().and_then(|yaml| monitors::read_one(Node::new(yaml), config, &mut reading));
    let mut problems: Vec<DocumentProblem> = reading.problems.into_iter().map(failed).collect();
    if let Some((why, told)) = monitor.as_ref().and_then(|monitor| name_problem(&monitor.name)) {
        problems.push(DocumentProblem::new("name", &why, Some(told)));
    }
    match monitor {
        Some(monitor) if problems.is_empty() => Ok(monitor),
        None if problems.is_empty() => {
            Err(vec![DocumentProblem::new("", "a monitor needs `name:`", Some(Code::MonitorNameMissing.with(&[])))])
        }
        _ => Err(problems),
    }
}

/// Names become parts of paths and words of expressions.
fn name_problem(name: &str) -> Option<(String, Told)> {
    // `preview` is a path of the API where names of monitors stand, too.
    if matches!(name, "base" | "preview") {
        return Some((format!("the name `{name}` is taken; use another"), Code::MonitorNameTaken.with(&[("name", &name)])));
    }
    if name.trim().is_empty() || name.trim() != name || name.chars().any(|c| c.is_control() || c == '/' || c == '\\') {
        let message = "a name is not empty, has no spaces around it and no slashes; use letters, digits, `-`, `_` and `.`";
        return Some((message.to_owned(), Code::MonitorNameUnfit.with(&[])));
    }
    let told = Code::MonitorNameTooLong.with(&[("limit", &LONGEST_NAME)]);
    (name.chars().count() > LONGEST_NAME).then(|| (format!("a name has {LONGEST_NAME} characters at most; shorten it"), told))
}

/// The document of a monitor, as it would stand in a configuration file.
pub fn write(monitor: &Monitor) -> Value {
    let mut document = Map::new();
    document.insert("name".into(), word(&monitor.name));
    document.insert("by".into(), monitor.by.iter().map(|column| column.name()).collect());
    if !monitor.fields.is_empty() {
        document.insert("fields".into(), monitor.fields.iter().map(|field| word(field)).collect());
    }
    let mut limits = Map::new();
    for condition in &monitor.filter {
        match condition {
            Where::Column(column, values) => limits.insert(column.name().into(), values.iter().map(|value| word(value)).collect()),
            Where::Severity(severities) => limits.insert("severity".into(), severities.iter().map(|severity| severity.name()).collect()),
        };
    }
    if monitor.kinds != [Kind::Call] {
        limits.insert("kind".into(), monitor.kinds.iter().map(|kind| kind.name()).collect());
    }
    if !limits.is_empty() {
        document.insert("where".into(), limits.into());
    }
    if !monitor.thresholds.is_empty() {
        document.insert("thresholds".into(), monitor.thresholds.iter().map(threshold).collect());
    }
    document.into()
}

fn threshold(threshold: &Threshold) -> Value {
    let mut document = Map::new();
    if !matches!(threshold.condition, Condition::New { .. }) {
        document.insert("field".into(), word(&threshold.field));
    }
    if let Some(aggregate) = threshold.aggregate {
        document.insert("aggregate".into(), aggregate.name().into());
    }
    match threshold.condition {
        Condition::Above(limit) => document.insert("above".into(), number(limit)),
        Condition::Below(limit) => document.insert("below".into(), number(limit)),
        Condition::New { within } => document.insert("new".into(), json!({"within": format_duration(within)})),
    };
    if threshold.hold > 0 {
        document.insert("for".into(), format_duration(threshold.hold).into());
    }
    document.insert("severity".into(), threshold.severity.name().into());
    if !threshold.labels.is_empty() {
        document.insert("labels".into(), threshold.labels.iter().map(|(name, value)| (name.clone(), word(value))).collect());
    }
    document.into()
}

/// A text, in which the reader shall not look for the environment.
fn word(text: &str) -> Value {
    text.replace("${", "$${").into()
}

fn number(limit: f64) -> Value {
    // Whole numbers as people write them.
    if limit.fract() == 0.0 && limit.abs() < 9e15 { (limit as i64).into() } else { limit.into() }
}

/// The documents of some monitors as the `monitors:` section of a configuration file.
pub fn yaml(documents: &[Value]) -> String {
    if documents.is_empty() {
        return "monitors: []\n".to_owned();
    }
    let mut out = "monitors:\n".to_owned();
    for document in documents {
        let mut begin = "  - ";
        for (key, value) in in_order(document) {
            match (key, value.as_array()) {
                ("thresholds", Some(thresholds)) => {
                    out.push_str(&format!("{begin}thresholds:\n"));
                    thresholds.iter().for_each(|threshold| out.push_str(&format!("      - {}\n", flow(threshold))));
                }
                _ => out.push_str(&format!("{begin}{}: {}\n", scalar(key), flow(value))),
            }
            begin = "    ";
        }
    }
    out
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(_) => {
            let members: Vec<String> =
                in_order(value).into_iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// The members in the order in which people write them.
fn in_order(object: &Value) -> Vec<(&str, &Value)> {
    const ORDER: [&str; 12] = ["name", "by", "fields", "where", "field", "aggregate", "above", "below", "new", "for", "severity", "labels"];
    let mut members: Vec<(&str, &Value)> = object.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    members.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()));
    members
}

/// A word that YAML cannot take for anything else stands as it is; everything else is quoted as in JSON.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// JSON with every part on a line of its own, each with its path.
struct Lines {
    lines: Vec<(String, String)>,
}

impl Lines {
    fn of(document: &Value) -> Self {
        let mut lines = Self { lines: vec![Default::default()] };
        lines.put(document, "");
        lines
    }

    fn text(&self) -> String {
        self.lines.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n")
    }

    fn path(&self, line: usize) -> &str {
        self.lines.get(line.saturating_sub(1)).map_or("", |(_, path)| path)
    }

    fn say(&mut self, text: &str) {
        if let Some((line, _)) = self.lines.last_mut() {
            line.push_str(text);
        }
    }

    fn put(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                self.say("{");
                for (nth, (key, value)) in members.iter().enumerate() {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.put_part(nth, &format!("{}: ", Value::from(key.as_str())), value, path);
                }
                self.say("}");
            }
            Value::Array(items) => {
                self.say("[");
                for (nth, value) in items.iter().enumerate() {
                    self.put_part(nth, "", value, format!("{path}[{nth}]"));
                }
                self.say("]");
            }
            other => self.say(&other.to_string()),
        }
    }

    fn put_part(&mut self, nth: usize, key: &str, value: &Value, path: String) {
        if nth > 0 {
            self.say(",");
        }
        self.lines.push((key.to_owned(), path.clone()));
        self.put(value, &path);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Aggregate, Column};

    fn full() -> Value {
        json!({
            "name": "client-to-module", "by": ["source", "target_module"], "fields": ["elapsed_ms", "warning"],
            "where": {"kind": ["call", "log"], "severity": ["warn"], "source_module": ["search", "", "${HOME} \"x\""]},
            "thresholds": [
                {"aggregate": "p95", "above": 200, "field": "elapsed_ms", "for": "3m", "severity": "critical", "labels": {"team": "1e3"}},
                {"below": 0.5, "field": "records", "severity": "warning"},
                {"new": {"within": "7d"}, "severity": "info"},
            ],
        })
    }

    fn read_ok(document: &Value) -> (Monitor, Config) {
        let mut config = Config { monitors: Vec::new(), ..Config::default() };
        let monitor = read(document, &mut config).unwrap_or_else(|problems| panic!("{problems:?}"));
        (monitor, config)
    }

    #[test]
    fn a_document_reads_as_the_same_monitor_from_json_and_from_a_file() {
        let mut document = full();
        document["where"]["source_module"][2] = "$${HOME} \"x\"".into();
        let (monitor, config) = read_ok(&document);
        assert_eq!(monitor.filter.len(), 2);
        assert!(monitor.filter.contains(&Where::Column(Column::SourceModule, vec!["search".into(), "".into(), "${HOME} \"x\"".into()])));
        assert_eq!(monitor.thresholds[0].aggregate, Some(Aggregate::P95));
        assert!(config.fields[config.field("elapsed_ms").unwrap()].aggregates.contains(&Aggregate::P95), "what is judged is kept");
        assert_eq!(write(&monitor), document, "and is written as it was");
        let file = super::super::read(&yaml(&[write(&monitor), json!({"name": "b", "by": ["service"]})]), Path::new("m.yaml"), &|_| None);
        let monitors = file.unwrap_or_else(|error| panic!("{error}\n{}", yaml(&[write(&monitor)]))).monitors;
        assert_eq!(monitors, [monitor, Monitor::plain("b", &[Column::Service])]);
    }

    #[test]
    fn yaml_reads_well() {
        let (monitor, _) = read_ok(&json!({
            "name": "calls", "by": ["source", "target_module"], "where": {"source_module": "search"},
            "thresholds": [{"field": "elapsed_ms", "above": 200.0, "for": "180s"}],
        }));
        assert_eq!(
            yaml(&[write(&monitor)]),
            "monitors:\n  - name: calls\n    by: [source, target_module]\n    where: { source_module: [search] }\n    thresholds:\n      \
             - { field: elapsed_ms, aggregate: avg, above: 200, for: \"3m\", severity: warning }\n"
        );
        assert_eq!(yaml(&[]), "monitors: []\n");
    }

    #[test]
    fn every_mistake_has_its_path_and_its_fix() {
        let mistakes = |change: &[(&str, Value)]| {
            let mut document = full();
            document["where"]["source_module"] = "search".into();
            for (pointer, value) in change {
                *document.pointer_mut(pointer).unwrap() = value.clone();
            }
            let problems = read(&document, &mut Config::default()).expect_err("the mistake was accepted");
            assert!(problems.iter().all(|problem| problem.told.is_some()), "English alone: {problems:?}");
            let told =
                |problem: &DocumentProblem| format!("{}: {} / {}", problem.path, problem.message, problem.fix.as_deref().unwrap_or("-"));
            problems.iter().map(told).collect::<Vec<_>>()
        };
        for (change, told) in [
            (&[("/by/1", json!("target_modul"))][..], vec!["by[1]: unknown column `target_modul` / did you mean `target_module`?"]),
            (
                &[("/thresholds/0/field", json!("elapsd_ms"))],
                vec!["thresholds[0].field: unknown field `elapsd_ms` / did you mean `elapsed_ms`?; declare it under `fields:`"],
            ),
            (
                &[("/thresholds/1", json!({"field": "records"}))],
                vec!["thresholds[1]: a threshold needs exactly one of `above:`, `below:` and `new:` / -"],
            ),
            (
                &[("/thresholds/0/for", json!("soon")), ("/thresholds/0/severity", json!("high"))],
                vec![
                    "thresholds[0].for: for `soon` is not a duration / write it as `30s`, `5m`, `1h30m` or `7d`",
                    "thresholds[0].severity: unknown severity `high` / known are info, warning, critical",
                ],
            ),
            (
                &[("/where/source_module", json!("${HOME}"))],
                vec!["where.source_module: environment variable `HOME` is not set / set it, or give a default as `${HOME:-default}`"],
            ),
            (
                &[("/name", json!("a/b"))],
                vec!["name: a name is not empty, has no spaces around it and no slashes / use letters, digits, `-`, `_` and `.`"],
            ),
            (&[("/name", json!("base"))], vec!["name: the name `base` is taken / use another"]),
            (&[("/name", json!("n".repeat(101)))], vec!["name: a name has 100 characters at most / shorten it"]),
            (&[("/by", json!(["source", "source"]))], vec!["by[1]: `source` stands twice in by / -"]),
            (
                &[("/by", json!(["flow", "application"]))],
                vec!["by: a monitor may have one column besides the dimensions, not 2: flow, application / -"],
            ),
            (
                &[("", json!({"name": "m"}))],
                vec![": monitor `m` needs `by:` with some of source, source_module, service, target, target_module / -"],
            ),
            (
                &[("", json!({"name": "m", "by": ["source"], "wher": {}}))],
                vec!["wher: unknown key in a monitor `wher` / did you mean `where`?"],
            ),
            (&[("", json!([1]))], vec![": a monitor must be a mapping (`key: value` lines) / -"]),
            (&[("", json!(null))], vec![": a monitor needs `name:` / -"]),
        ] {
            assert_eq!(mistakes(change), told, "{change:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_words_survive_both_ways(name in "[^/\\\\\\s\\p{C}]{1,20}", value in ".*", label in ".*") {
            let mut monitor = Monitor::plain(&name, &[Column::Service]);
            monitor.filter.push(Where::Column(Column::Source, vec![value]));
            monitor.thresholds.push(Threshold {
                monitor: name.clone(), field: "records".into(), aggregate: None, condition: Condition::Above(1.5), hold: 0,
                severity: crate::alert::AlertSeverity::Info, labels: [("team".to_owned(), label)].into(),
            });
            proptest::prop_assume!(name != "base");
            let document = write(&monitor);
            let mut config = Config::default();
            let read = read(&document, &mut config);
            proptest::prop_assert_eq!(read.as_ref(), Ok(&monitor));
            let file = super::super::read(&yaml(&[document]), Path::new("m.yaml"), &|_| None);
            let monitors = file.map(|config| config.monitors).map_err(|error| error.to_string());
            proptest::prop_assert_eq!(monitors, Ok(vec![monitor]));
        }
    }
}
