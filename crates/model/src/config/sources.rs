//! The `sources:` section: where bytes come from and how a line becomes a record.

use std::collections::{BTreeMap, HashSet};

use super::document::{Mapping, Node, Reading};
use super::problem::unknown;
use super::{Input, LoggedTime, Multiline, Parse, Source, Written, receivers, written};
use crate::{Column, Kind, Side};

pub(super) const KEYS: [&str; 24] = [
    "name",
    "file",
    "stdin",
    "otlp",
    "syslog",
    "http",
    "agent",
    "parse",
    "map",
    "side",
    "kind",
    "module",
    "host",
    "set",
    "application",
    "region",
    "version",
    "flow",
    "time",
    "zone",
    "keep_raw",
    "multiline",
    "max_line",
    "category",
];

pub(super) fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<Source> {
    if node.is_mapping() {
        reading.problem(node.line(), "sources must be a list: begin each source with `- name: …`");
        return Vec::new();
    }
    let mut names = HashSet::new();
    let mut sources = Vec::new();
    for node in reading.sequence(node) {
        if let Some(source) = source(node, reading) {
            if !names.insert(source.name.clone()) {
                reading.problem(node.line(), format!("a second source named `{}`; names must differ", source.name));
            }
            sources.push(source);
        }
    }
    sources
}

fn source(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Source> {
    let mapping = reading.mapping(node, "a source", &KEYS)?;
    let mut source = Source { name: required_text(&mapping, "name", reading)?, input: input(&mapping, reading)?, ..Source::default() };
    match (&source.input, mapping.get("parse")) {
        (Input::Otlp { .. }, Some(node)) => {
            reading.problem(
                node.line(),
                "an `otlp:` source reads OTLP; lines of agents are read by the source of the agent's name (`agent: true`)",
            );
        }
        (Input::Otlp { .. }, None) => source.parse = Parse::Format("otlp".to_owned()),
        (Input::Syslog { .. }, None) => source.parse = Parse::Format("syslog".to_owned()),
        (_, None) => {}
        (_, Some(node)) => source.parse = parse(node, reading).unwrap_or(source.parse),
    }
    source.module = optional_text(&mapping, "module", reading);
    source.host = optional_text(&mapping, "host", reading);
    how_read(&mapping, &mut source, reading);
    if let Some(size) = mapping.get("max_line").and_then(|node| reading.size(node, "max_line")) {
        source.max_line = usize::try_from(size).unwrap_or(usize::MAX).clamp(64, 64 << 20);
    }
    for column in SAID {
        if let Some(text) = optional_text(&mapping, column.name(), reading) {
            source.set.entry(column).or_insert(text);
        }
    }
    Some(source)
}

/// Columns that a sender may say of its lines; a source of the server sets them.
const SAID: [Column; 3] = [Column::Application, Column::Region, Column::Version];

/// Keys that say how a line becomes a record, besides `parse`: of the server's sources, and of an agent's that are normalised there.
pub(super) const READING_KEYS: [&str; 9] = ["map", "side", "kind", "set", "flow", "time", "zone", "keep_raw", "category"];

/// Reads those keys, and `multiline`.
pub(super) fn how_read(mapping: &Mapping<'_>, source: &mut Source, reading: &mut Reading<'_>) {
    if let Some(node) = mapping.get("map") {
        source.map = map(node, reading);
    }
    if let Some(side) =
        mapping.get("side").and_then(|node| reading.word(node, "side", &[("caller", Side::Caller), ("callee", Side::Callee)]))
    {
        source.side = side;
    }
    source.kind =
        mapping.get("kind").and_then(|node| reading.word(node, "kind", &[("log", Kind::Log), ("call", Kind::Call), ("run", Kind::Run)]));
    source.time =
        mapping.get("time").and_then(|node| reading.word(node, "time", &[("start", LoggedTime::Start), ("end", LoggedTime::End)]));
    source.zone = mapping.get("zone").and_then(|node| written::zone(node, reading));
    if let Some(keep) = mapping.get("keep_raw").and_then(|node| reading.flag(node, "keep_raw")) {
        source.keep_raw = keep;
    }
    if let Some(node) = mapping.get("multiline") {
        source.multiline = multiline(node, reading);
    }
    source.set = set(mapping, reading);
}

/// Keys that say where bytes come from.
const INPUTS: [&str; 6] = ["file", "stdin", "otlp", "syslog", "http", "agent"];

fn input(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<Input> {
    let given: Vec<&str> = INPUTS.into_iter().filter(|key| mapping.get(key).is_some()).collect();
    let [key] = given.as_slice() else {
        if given.is_empty() {
            let nearest = INPUTS.iter().find_map(|key| mapping.nearest_key(key).filter(|near| !super::sources::KEYS.contains(near)));
            let hint = nearest.map(|key| format!(" (is `{key}` meant to be it?)")).unwrap_or_default();
            let needed = "a source needs `file:` with the paths to read, or one of `stdin`, `otlp`, `syslog`, `http`, `agent`";
            reading.problem(mapping.line, format!("{needed}{hint}"));
        } else {
            let names: Vec<String> = given.iter().map(|key| format!("`{key}:`")).collect();
            reading.problem(mapping.line, format!("a source reads from one place, not from {}", names.join(" and ")));
        }
        return None;
    };
    let node = mapping.get(key)?;
    match *key {
        "file" => file(node, reading),
        "stdin" => Some(Input::Stdin),
        "otlp" => receivers::otlp(node, reading),
        "syslog" => receivers::syslog(node, reading),
        "http" => receivers::http(node, reading),
        _ => Some(Input::Agent),
    }
}

pub(super) fn file(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Input> {
    let texts =
        |node, reading: &mut Reading<'_>| -> Vec<String> { reading.texts(node, "a path").into_iter().map(|path| path.text).collect() };
    if !node.is_mapping() {
        return Some(Input::File { include: texts(node, reading), exclude: Vec::new(), follow: true, from_end: false });
    }
    let mapping = reading.mapping(node, "file", &["include", "exclude", "follow", "from"])?;
    let include = mapping.get("include").map(|node| texts(node, reading)).unwrap_or_default();
    if include.is_empty() {
        reading.problem(mapping.line, "file needs `include:` with at least one path or pattern");
        return None;
    }
    Some(Input::File {
        include,
        exclude: mapping.get("exclude").map(|node| texts(node, reading)).unwrap_or_default(),
        follow: mapping.get("follow").and_then(|node| reading.flag(node, "follow")).unwrap_or(true),
        from_end: mapping.get("from").and_then(|node| reading.word(node, "from", &[("beginning", false), ("end", true)])).unwrap_or(false),
    })
}

pub(super) fn parse(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Parse> {
    if !node.is_mapping() {
        let text = reading.text(node, "parse")?;
        return Some(Parse::named(&text.text));
    }
    const KEYS: [&str; 8] = ["format", "pattern", "regex", "grok", "definitions", "json", "csv", "vrl"];
    let mapping = reading.mapping(node, "parse", &KEYS)?;
    let ways: Vec<&str> = KEYS.into_iter().filter(|key| *key != "definitions" && mapping.get(key).is_some()).collect();
    let [way] = ways.as_slice() else {
        reading.problem(mapping.line, "parse needs exactly one of `format`, `pattern`, `regex`, `grok`, `json`, `csv`, `vrl`");
        return None;
    };
    let node = mapping.get(way)?;
    match *way {
        "format" => reading.text(node, "format").map(|text| Parse::named(&text.text)),
        "pattern" => reading.text(node, "pattern").map(Parse::Pattern),
        "regex" => reading.text(node, "regex").map(Parse::Regex),
        "vrl" => reading.text(node, "vrl").map(Parse::Vrl),
        "grok" => {
            let definitions = mapping.get("definitions").map(|node| words(node, "definitions", reading)).unwrap_or_default();
            reading.text(node, "grok").map(|pattern| Parse::Grok { pattern, definitions })
        }
        "json" => Some(Parse::Json { paths: json_paths(node, reading) }),
        _ => csv(node, reading),
    }
}

fn json_paths(node: Node<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    if node.is_mapping() { words(node, "json", reading) } else { BTreeMap::new() }
}

fn csv(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Parse> {
    if !node.is_mapping() {
        return Some(Parse::Csv { delimiter: ',', columns: Vec::new() });
    }
    let mapping = reading.mapping(node, "csv", &["delimiter", "columns"])?;
    let columns =
        mapping.get("columns").map(|node| reading.texts(node, "a column").into_iter().map(|text| text.text).collect()).unwrap_or_default();
    let delimiter = match mapping.get("delimiter").and_then(|node| reading.text(node, "delimiter")) {
        None => ',',
        Some(text) => match text.text.as_str() {
            "tab" | "\\t" => '\t',
            one if one.chars().count() == 1 && one.is_ascii() => char::from(one.as_bytes()[0]),
            other => {
                reading.problem(text.line, format!("delimiter `{other}` must be one ASCII character, or `tab`"));
                return None;
            }
        },
    };
    Some(Parse::Csv { delimiter, columns })
}

fn words(node: Node<'_>, what: &str, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    let Some(mapping) = reading.any_mapping(node, what) else { return BTreeMap::new() };
    mapping.entries().filter_map(|(name, node)| Some((name.text.clone(), reading.text(node, what)?.text))).collect()
}

fn map(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<(String, Written)> {
    let Some(mapping) = reading.any_mapping(node, "map") else { return Vec::new() };
    mapping.entries().filter_map(|(name, node)| Some((name.text.clone(), reading.text(node, "an expression")?))).collect()
}

pub(super) fn multiline(node: Node<'_>, reading: &mut Reading<'_>) -> Multiline {
    if node.is_mapping() {
        let start = reading
            .mapping(node, "multiline", &["start"])
            .and_then(|mapping| mapping.get("start"))
            .and_then(|node| reading.text(node, "start"));
        return match start {
            Some(start) => {
                if let Err(error) = regex::Regex::new(&start.text) {
                    reading.problem(start.line, format!("start is not a regular expression: {error}"));
                }
                Multiline::Start(start)
            }
            None => Multiline::Auto,
        };
    }
    let off = reading.word(node, "multiline", &[("auto", false), ("off", true), ("false", true), ("true", false)]);
    if off == Some(true) { Multiline::Off } else { Multiline::Auto }
}

fn set(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> BTreeMap<Column, String> {
    let mut set = BTreeMap::new();
    for column in [Column::Flow, Column::Category] {
        if let Some(text) = optional_text(mapping, column.name(), reading) {
            set.insert(column, text);
        }
    }
    let Some(columns) = mapping.get("set").and_then(|node| reading.any_mapping(node, "set")) else { return set };
    for (name, node) in columns.entries() {
        match Column::from_name(&name.text) {
            Some(column) => {
                set.extend(reading.text(node, &name.text).map(|text| (column, text.text)));
            }
            None => reading.problem(name.line, unknown("column", &name.text, Column::ALL.iter().map(|column| column.name()))),
        }
    }
    set
}

pub(super) fn required_text(mapping: &Mapping<'_>, key: &str, reading: &mut Reading<'_>) -> Option<String> {
    let text = optional_text(mapping, key, reading).filter(|text| !text.is_empty());
    if text.is_none() {
        reading.problem(mapping.line, format!("a source needs `{key}:`"));
    }
    text
}

pub(super) fn optional_text(mapping: &Mapping<'_>, key: &str, reading: &mut Reading<'_>) -> Option<String> {
    mapping.get(key).and_then(|node| reading.text(node, key)).map(|text| text.text)
}
