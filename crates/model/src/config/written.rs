//! From what the user wrote to the checked configuration: the top level, fields, hosts, routes and limits.
//!
//! Sources are read in `sources`, monitors and thresholds in `monitors`. Every reader goes on after a mistake, so one
//! run names them all; only a file without mistakes becomes a [`Config`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use super::document::{self, Mapping, Node, Reading};
use super::problem::{ConfigError, unknown};
use super::{Config, HostRule, Limits, Redact, Retention, RouteRule, Written, access, default_fields, flows, monitors, sources};
use crate::tier::Tier;
use crate::{Aggregate, Bucketing, Column, FieldSpec};

pub(super) const KEYS: [&str; 20] = [
    "data_dir",
    "listen",
    "bucket",
    "lateness",
    "idle",
    "span_wait",
    "zone",
    "sources",
    "fields",
    "base",
    "monitors",
    "hosts",
    "modules",
    "trusted_proxies",
    "routes",
    "retention",
    "limits",
    "flows",
    "access",
    "redact",
];

/// Reads a configuration. `path` is for messages and for what is relative; `environment` answers `${NAME}`.
///
/// # Errors
/// All mistakes with their lines.
pub fn read(text: &str, path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let failed = |problems| ConfigError { path: path.to_owned(), problems };
    let document = document::parse(text).map_err(|problem| failed(vec![problem]))?;
    let mut reading = Reading::new(environment);
    let mut config = Config { path: path.to_owned(), ..Config::default() };
    if let Some(document) = &document
        && let Some(top) = reading.mapping(Node::new(document), "the configuration", &KEYS)
    {
        fill(&mut config, &top, &mut reading);
    }
    if reading.problems.is_empty() {
        return Ok(config);
    }
    reading.problems.sort_by_key(|problem| problem.line);
    Err(failed(reading.problems))
}

fn fill(config: &mut Config, top: &Mapping<'_>, reading: &mut Reading<'_>) {
    if let Some(node) = top.get("data_dir")
        && let Some(text) = reading.text(node, "data_dir")
    {
        config.data_dir = text.text.into();
    }
    if let Some(node) = top.get("listen") {
        listen(config, node, reading);
    }
    bucket(config, top, reading);
    for (key, place) in [("lateness", &mut config.lateness), ("idle", &mut config.idle), ("span_wait", &mut config.span_wait)] {
        if let Some(nanos) = top.get(key).and_then(|node| reading.duration(node, key)) {
            *place = nanos;
        }
    }
    how_normalised(config, top, reading);
    if let Some(node) = top.get("base") {
        config.base = monitors::columns(node, "base", reading);
    }
    if let Some(node) = top.get("sources") {
        config.sources = sources::read(node, reading);
    }
    settle_fields(config, top, reading);
    if let Some(node) = top.get("monitors") {
        config.monitors = monitors::read(node, config, reading);
    }
    if let Some(node) = top.get("modules") {
        config.tiers = tiers(node, reading);
    }
    if let Some(node) = top.get("retention") {
        config.retention = retention(node, reading);
    }
    if let Some(node) = top.get("limits") {
        config.limits = limits(node, reading);
    }
    if let Some(node) = top.get("flows") {
        config.flows = flows::read(node, reading);
    }
    if let Some(node) = top.get("access") {
        config.access = access::read(node, reading);
    }
    if let Some(node) = top.get("redact") {
        config.redact = redact(node, reading);
    }
}

/// Keys that say how lines become records, whatever their source: of the server, and of an agent that normalises.
pub(super) const NORMALISING_KEYS: [&str; 5] = ["zone", "fields", "hosts", "trusted_proxies", "routes"];

pub(super) fn how_normalised(config: &mut Config, top: &Mapping<'_>, reading: &mut Reading<'_>) {
    if let Some(zone) = top.get("zone").and_then(|node| self::zone(node, reading)) {
        config.zone = zone;
    }
    if let Some(node) = top.get("fields") {
        fields(config, node, reading);
    }
    if let Some(node) = top.get("hosts") {
        config.hosts = hosts(node, reading);
    }
    if let Some(node) = top.get("trusted_proxies") {
        config.trusted_proxies = reading.texts(node, "a trusted proxy").into_iter().map(|proxy| proxy.text).collect();
    }
    if let Some(node) = top.get("routes") {
        config.routes = routes(node, reading);
    }
}

/// Declares what sources map without declaring it; to be called when the sources are read.
pub(super) fn settle_fields(config: &mut Config, top: &Mapping<'_>, reading: &mut Reading<'_>) {
    declare_mapped_fields(config);
    infer_flags(config, top.get("fields"), reading);
}

/// `redact: [cards, tokens, { pattern: 'ssn=(\\d+)' }]`.
pub(super) fn redact(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<Redact> {
    let words = [("cards", Redact::Cards), ("tokens", Redact::Tokens)];
    let mut rules = Vec::new();
    for node in reading.sequence(node) {
        if !node.is_mapping() {
            let Some(text) = reading.text(node, "redact") else { continue };
            match words.iter().find(|(word, _)| *word == text.text) {
                Some((_, rule)) => rules.push(rule.clone()),
                None => reading.problem(text.line, unknown("redact", &text.text, words.iter().map(|(word, _)| *word))),
            }
            continue;
        }
        let pattern = reading.mapping(node, "redact", &["pattern"]).and_then(|mapping| mapping.get("pattern"));
        let Some(pattern) = pattern.and_then(|node| reading.text(node, "pattern")) else { continue };
        match regex::bytes::Regex::new(&pattern.text) {
            Ok(regex) if regex.is_match(b"") => {
                reading.problem(pattern.line, "the pattern finds nothing everywhere; it must need at least a character")
            }
            Ok(_) => rules.push(Redact::Pattern(pattern)),
            Err(error) => reading.problem(pattern.line, format!("pattern is not a regular expression: {error}")),
        }
    }
    rules
}

/// `modules: { search: { tier: front } }`.
fn tiers(node: Node<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, Tier> {
    let Some(modules) = reading.any_mapping(node, "modules") else { return BTreeMap::new() };
    let mut tiers = BTreeMap::new();
    for (name, node) in modules.entries() {
        let tier = reading.mapping(node, "a module", &["tier"]).and_then(|module| module.get("tier"));
        let words = [("front", Tier::Front), ("back", Tier::Back)];
        tiers.extend(tier.and_then(|node| reading.word(node, "tier", &words)).map(|tier| (name.text.clone(), tier)));
    }
    tiers
}

fn listen(config: &mut Config, node: Node<'_>, reading: &mut Reading<'_>) {
    let Some(text) = reading.text(node, "listen") else { return };
    match text.text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => config.listen = address,
        Ok(address) => {
            reading.problem(
                text.line,
                format!("listen `{address}` is reachable from other machines, and this port has no TLS; use 127.0.0.1:{}", address.port()),
            );
        }
        Err(_) => reading.problem(text.line, format!("listen `{}` is not an address with port, such as 127.0.0.1:6247", text.text)),
    }
}

pub(super) fn bucket(config: &mut Config, top: &Mapping<'_>, reading: &mut Reading<'_>) {
    let Some(node) = top.get("bucket") else { return };
    let Some(nanos) = reading.duration(node, "bucket") else { return };
    match Bucketing::new(nanos) {
        Some(bucket) => config.bucket = bucket,
        None => reading.problem(node.line(), "bucket must be longer than nothing"),
    }
}

pub(super) fn zone(node: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let text = reading.text(node, "zone")?;
    if jiff::tz::TimeZone::get(&text.text).is_err() {
        reading.problem(text.line, format!("zone `{}` is not known; use an IANA name such as `Asia/Shanghai` or `UTC`", text.text));
        return None;
    }
    Some(text.text)
}

fn fields(config: &mut Config, node: Node<'_>, reading: &mut Reading<'_>) {
    let Some(mapping) = reading.any_mapping(node, "fields") else { return };
    config.fields = mapping.entries().filter_map(|(name, node)| field(name, node, reading)).collect();
    if config.field("error").is_none() {
        config.fields.push(FieldSpec::error());
    }
}

fn field(name: &Written, node: Node<'_>, reading: &mut Reading<'_>) -> Option<FieldSpec> {
    if name.text == "records" || Column::from_name(&name.text).is_some() {
        reading.problem(name.line, format!("`{}` is the name of a column; a measured field needs another name", name.text));
        return None;
    }
    let built_in = default_fields().into_iter().find(|spec| spec.name == name.text);
    let mut spec = built_in.clone().unwrap_or_else(|| FieldSpec::number(&name.text, 6, None, &[Aggregate::Avg]));
    if !node.is_mapping() {
        spec.aggregates = aggregates(node, reading);
        return Some(spec);
    }
    let mapping = reading.mapping(node, "a field", &["aggregate", "unit", "scale", "type", "of"])?;
    if let Some(unit) = mapping.get("unit").and_then(|node| reading.text(node, "unit")) {
        if built_in.is_none() {
            spec.scale = scale_of_unit(&unit.text);
        }
        spec.unit = Some(unit.text);
    }
    if let Some(node) = mapping.get("aggregate") {
        spec.aggregates = aggregates(node, reading);
    }
    if let Some(flag) = mapping.get("type").and_then(|node| reading.word(node, "field type", &[("flag", true), ("number", false)])) {
        spec.flag = flag;
        spec.scale = if flag { 0 } else { spec.scale };
    }
    if let Some(scale) = mapping.get("scale").and_then(|node| reading.number(node, "scale")) {
        if (0.0..=12.0).contains(&scale) && scale.fract() == 0.0 {
            spec.scale = scale as u32;
        } else {
            reading.problem(name.line, "scale is the number of decimal digits kept, 0 to 12");
        }
    }
    if let Some(of) = mapping.get("of") {
        spec.distinct_of = monitors::columns(of, "of", reading).first().copied();
        spec.aggregates = vec![Aggregate::Distinct];
    }
    Some(spec)
}

fn aggregates(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<Aggregate> {
    let mut aggregates = Vec::new();
    for text in reading.texts(node, "aggregate") {
        match Aggregate::from_name(&text.text) {
            Some(aggregate) => aggregates.push(aggregate),
            None => reading.problem(text.line, unknown("aggregate", &text.text, Aggregate::ALL.iter().map(|aggregate| aggregate.name()))),
        }
    }
    if aggregates.is_empty() {
        aggregates.push(Aggregate::Avg);
    }
    aggregates
}

/// Digits to keep so that times are counted in ns and bytes whole.
fn scale_of_unit(unit: &str) -> u32 {
    match unit {
        "s" => 9,
        "us" | "µs" => 3,
        "ns" | "By" | "B" => 0,
        _ => 6,
    }
}

/// A built-in field that a source maps, or that formats fill, need not be declared.
fn declare_mapped_fields(config: &mut Config) {
    let mapped: Vec<String> = config.sources.iter().flat_map(|source| source.map.iter().map(|(name, _)| name.clone())).collect();
    for spec in default_fields() {
        if mapped.contains(&spec.name) && config.field(&spec.name).is_none() {
            config.fields.push(spec);
        }
    }
}

/// A field mapped by a comparison is true or false, hence a flag, unless its declaration says `type:`.
fn infer_flags(config: &mut Config, declared: Option<Node<'_>>, reading: &mut Reading<'_>) {
    let written_type = |name: &str, reading: &mut Reading<'_>| {
        let field = declared.and_then(|node| reading.any_mapping(node, "fields")).and_then(|fields| fields.get(name));
        field
            .filter(|node| node.is_mapping())
            .and_then(|node| reading.any_mapping(node, "a field"))
            .is_some_and(|field| field.get("type").is_some())
    };
    let compared: Vec<String> = config
        .sources
        .iter()
        .flat_map(|source| &source.map)
        .filter(|(_, expression)| is_comparison(&expression.text))
        .map(|(name, _)| name.clone())
        .collect();
    for name in compared {
        if let Some(at) = config.field(&name)
            && !written_type(&name, reading)
        {
            config.fields[at].flag = true;
            config.fields[at].scale = 0;
        }
    }
}

fn is_comparison(expression: &str) -> bool {
    let Some(inner) = expression.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    let conditional = inner.contains('?') || inner.trim_start().starts_with("if ");
    !conditional
        && ["==", "!=", "<", ">", "matches(", "contains(", "starts_with(", "ends_with("].iter().any(|operator| inner.contains(operator))
}

fn hosts(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<HostRule> {
    const KEYS: [&str; 3] = ["match", "host", "module"];
    if node.is_sequence() {
        return reading
            .sequence(node)
            .into_iter()
            .filter_map(|node| {
                let mapping = reading.mapping(node, "an entry of hosts", &KEYS)?;
                let Some(matches) = mapping.get("match") else {
                    reading.problem(mapping.line, "an entry of hosts needs `match:` (IP, CIDR, MAC, name or container)");
                    return None;
                };
                let matches = reading.texts(matches, "match").into_iter().map(|text| text.text).collect();
                Some(host_rule(matches, &mapping, reading))
            })
            .collect();
    }
    let Some(mapping) = reading.any_mapping(node, "hosts") else { return Vec::new() };
    let mut rules = Vec::new();
    for (name, node) in mapping.entries() {
        if node.is_mapping() {
            if let Some(entry) = reading.mapping(node, "an entry of hosts", &KEYS[1..]) {
                rules.push(host_rule(vec![name.text.clone()], &entry, reading));
            }
        } else if let Some(module) = reading.text(node, "a module") {
            rules.push(HostRule { matches: vec![name.text.clone()], host: None, module: Some(module.text), line: name.line });
        }
    }
    rules
}

fn host_rule(matches: Vec<String>, mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> HostRule {
    let mut text = |key| mapping.get(key).and_then(|node| reading.text(node, key)).map(|text| text.text);
    HostRule { matches, host: text("host"), module: text("module"), line: mapping.line }
}

fn routes(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<RouteRule> {
    let mut rules = Vec::new();
    for node in reading.sequence(node) {
        let Some(mapping) = reading.mapping(node, "an entry of routes", &["match", "route"]) else { continue };
        let matches = mapping.get("match").and_then(|node| reading.text(node, "match"));
        let route = mapping.get("route").and_then(|node| reading.text(node, "route"));
        match (matches, route) {
            (Some(matches), Some(route)) => rules.push(RouteRule { matches, route: route.text }),
            _ => reading.problem(mapping.line, "an entry of routes needs `match:` and `route:`"),
        }
    }
    rules
}

fn retention(node: Node<'_>, reading: &mut Reading<'_>) -> Retention {
    let mut retention = Retention::default();
    let Some(mapping) = reading.mapping(node, "retention", &["age", "size"]) else { return retention };
    if let Some(age) = mapping.get("age").and_then(|node| reading.duration(node, "age")) {
        retention.age = age;
    }
    retention.size = mapping.get("size").and_then(|node| reading.size(node, "size"));
    retention
}

fn limits(node: Node<'_>, reading: &mut Reading<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(mapping) = reading.mapping(node, "limits", &["services", "sources", "values", "combinations", "open_buckets"]) else {
        return limits;
    };
    for (key, place) in [
        ("services", &mut limits.services),
        ("sources", &mut limits.sources),
        ("values", &mut limits.values),
        ("combinations", &mut limits.combinations),
        ("open_buckets", &mut limits.open_buckets),
    ] {
        if let Some(count) = mapping.get(key).and_then(|node| reading.count(node, key)) {
            *place = count;
        }
    }
    limits
}
