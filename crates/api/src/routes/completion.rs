//! What may follow in a query line: names where a name stands, and the most frequent values where a value stands.

use std::collections::BTreeMap;

use magpie_model::config::Config;
use magpie_model::query::RecordQuery;
use magpie_model::query_line::completion::{Place as At, place};
use magpie_model::query_line::records::NAMES;
use magpie_model::record::MARK_NAMES;
use magpie_model::{Column, Severity};
use serde::Serialize;
use serde_json::json;

use super::get;
use super::records::last_hour;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::filters::KINDS;
use crate::params::{Parameter, Place, range_parameters};
use crate::problem::Problem;
use crate::shared::Shared;

/// Most items of an answer.
const MOST_ITEMS: usize = 50;
/// Most values that are looked at.
const MOST_VALUES: usize = 1_000;
/// The newest records in which attributes are looked for.
const LATEST: usize = 500;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let cursor = json!({"type": "integer", "minimum": 0});
    vec![
        get("/api/v1/records/complete", "completeQuery", "records", "Completion", complete)
            .told(
                "What may follow in a query line",
                "Names of columns, fields and attributes, or the most frequent values in the range. `replace` says which part of the line \
                 an item stands for.",
            )
            .with([
                Parameter::text("q", Place::Query, "The line as far as it is typed."),
                Parameter::new("cursor", Place::Query, "Where the cursor stands, in UTF-16 units; at the end without.", cursor),
            ])
            .with(range_parameters("One hour before `to` without; `to` is now without.")),
    ]
}

/// Names of a record's members, besides attributes.
pub(super) fn record_names(config: &Config) -> Vec<&str> {
    let own = ["id", "time", "kind", "severity", "side", "job_id", "trace_id", "span_id", "attempt", "offset", "message"];
    let mut names: Vec<&str> = own.to_vec();
    names.extend(Column::ALL.iter().map(|column| column.name()));
    names.extend(config.fields.iter().map(|spec| spec.name.as_str()));
    names.extend(MARK_NAMES.iter().map(|(_, name)| *name));
    names
}

#[derive(Serialize)]
struct Completion {
    items: Vec<Item>,
    replace: Span,
}

#[derive(Serialize)]
struct Span {
    from: usize,
    to: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Item {
    insert: String,
    label: String,
    kind: &'static str,
    records: Option<u64>,
}

fn complete(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let range = call.query.range(shared.api.backend.now(), &config.zone, last_hour(shared))?;
    let line = call.query.one("q").unwrap_or("");
    let cursor = match call.query.one("cursor") {
        None => line.len(),
        Some(text) => text
            .parse()
            .map(|units| bytes_of(line, units))
            .map_err(|_| Problem::parameter("cursor", format!("`{text}` is no place in the line"), "give a number from 0"))?,
    };
    let (from, items) = match place(line, cursor) {
        At::Name { from, typed } => (from, names(shared, &config, &RecordQuery::range(range), typed)?),
        At::Value { from, name, typed } => (from, values(shared, &RecordQuery::range(range), name, typed)?),
        At::Text => (cursor, Vec::new()),
    };
    let replace = Span { from: units_of(line, from), to: units_of(line, cursor) };
    Reply::json(&Completion { items, replace })
}

fn bytes_of(line: &str, units: usize) -> usize {
    let mut seen = 0;
    for (at, character) in line.char_indices() {
        if seen >= units {
            return at;
        }
        seen += character.len_utf16();
    }
    line.len()
}

fn units_of(line: &str, bytes: usize) -> usize {
    line[..bytes].encode_utf16().count()
}

fn names(shared: &Shared, config: &Config, query: &RecordQuery, typed: &str) -> Result<Vec<Item>, Problem> {
    let item = |name: &str, operator: &str, kind| Item { insert: format!("{name}{operator}"), label: name.to_owned(), kind, records: None };
    let mut items: Vec<Item> = NAMES.iter().filter(|name| **name != "attr.").map(|name| item(name, ":", "column")).collect();
    items.extend(Column::ALL.iter().map(|column| item(column.name(), ":", "column")));
    items.extend(config.fields.iter().map(|spec| item(&spec.name, if spec.flag { ":true" } else { ">" }, "field")));
    if typed.starts_with('a') {
        items.extend(attributes(shared, query)?.into_keys().map(|key| item(&format!("attr.{key}"), ":", "attribute")));
    }
    let mut fitting = fitting(items, typed);
    if let Some(whole) = fitting.iter().find(|item| item.label == typed).cloned() {
        let more = [":", "!=", ">=", "<=", ">", "<"].map(|operator| Item {
            insert: format!("{typed}{operator}"),
            label: format!("{typed} {operator}"),
            kind: "operator",
            records: None,
        });
        let ordered = whole.kind == "field" || matches!(typed, "severity" | "status");
        fitting.extend(more.into_iter().take(if ordered { 6 } else { 2 }).filter(|item| item.insert != whole.insert));
    }
    Ok(fitting)
}

fn values(shared: &Shared, query: &RecordQuery, name: &str, typed: &str) -> Result<Vec<Item>, Problem> {
    let value = |value: &str, records| Item { insert: written(value), label: value.to_owned(), kind: "value", records };
    let known = |words: &[&str]| words.iter().map(|word| value(word, None)).collect::<Vec<_>>();
    let items = match name {
        "severity" | "level" => known(&Severity::ALL.map(Severity::name)),
        "kind" => known(&KINDS.map(magpie_model::Kind::name)),
        "side" => known(&["callee", "caller"]),
        _ => match (Column::from_name(name), name.strip_prefix("attr.")) {
            (Some(column), _) => {
                let top = shared.api.telemetry.top_values(query, column, MOST_VALUES)?;
                top.iter().filter(|top| !top.value.is_empty()).map(|top| value(&top.value, Some(top.records))).collect()
            }
            (None, Some(key)) => {
                let mut attributes = attributes(shared, query)?;
                attributes.remove(key).unwrap_or_default().keys().map(|word| value(word, None)).collect()
            }
            (None, None) => Vec::new(),
        },
    };
    Ok(fitting(items, typed))
}

/// Attributes of the newest records: their names, and the values of each.
fn attributes(shared: &Shared, query: &RecordQuery) -> Result<BTreeMap<String, BTreeMap<String, ()>>, Problem> {
    let page = shared.api.telemetry.search(&RecordQuery { limit: LATEST, ..query.clone() })?;
    let mut attributes: BTreeMap<String, BTreeMap<String, ()>> = BTreeMap::new();
    for (key, value) in page.records.into_iter().flat_map(|record| record.attributes) {
        attributes.entry(key).or_default().insert(value, ());
    }
    Ok(attributes)
}

/// What contains the typed text, what begins with it first; else in the order given.
fn fitting(items: Vec<Item>, typed: &str) -> Vec<Item> {
    let typed = typed.to_lowercase();
    let mut fitting: Vec<(bool, Item)> = items
        .into_iter()
        .filter_map(|item| {
            let label = item.label.to_lowercase();
            label.contains(&typed).then(|| (!label.starts_with(&typed), item))
        })
        .collect();
    fitting.sort_by_key(|(later, _)| *later);
    fitting.into_iter().map(|(_, item)| item).take(MOST_ITEMS).collect()
}

/// A value as it must be written to be read as itself.
fn written(value: &str) -> String {
    let is_plain = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '*' | '\\'));
    if is_plain { value.to_owned() } else { format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::query_line::{Ask, read};

    #[test]
    fn values_are_written_so_that_they_read_back() {
        for value in ["video", "/video/{id}", "a b", "a,b", "*", "say \"x\"", "C:\\dir", "ends\\", "查询 超时"] {
            let line = read(&format!("service:{}", written(value))).unwrap();
            let Ask::Compare { values, .. } = &line.terms[0].ask else { panic!("{value}") };
            assert_eq!(values.iter().map(|value| value.pattern.literal()).collect::<Vec<_>>(), [Some(value)], "{value}");
        }
    }

    #[test]
    fn places_are_counted_as_a_browser_counts() {
        let line = "😀 视频 a";
        for (units, bytes) in [(0, 0), (2, 4), (3, 5), (5, 11), (7, 13), (99, 13)] {
            assert_eq!(bytes_of(line, units), bytes, "{units}");
            assert_eq!(units_of(line, bytes), units.min(7));
        }
    }
}
