//! JSON Schema (draft 2020-12) evaluated on JSON values: for the specification's own schema and for those that flows declare.
//!
//! Own code, since a person needs to read what is wrong: of several forms that a value may have, the messages of the form it
//! comes nearest to are told, and an unknown key comes with its likely correction. References stay within one document;
//! keywords that reach outside (`$dynamicRef`, remote `$ref`) are named by [`Schema::unsupported`], never ignored silently.

mod forms;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use fancy_regex::Regex;
use magpie_model::config::unknown_word;
use magpie_model::{Code, Notice, Told};
use serde_json::{Map, Value};

use super::tree::segment;

/// Deepest chain of references and nested values.
const MAX_DEPTH: usize = 96;
/// Most schemas that are evaluated for one value.
const MAX_EVALUATIONS: u32 = 500_000;
/// Failures that are told about one value at most.
const MAX_FAILURES: usize = 50;

/// What one place in a value does wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// JSON pointer of the place.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
    /// The same without words.
    pub told: Told,
    weight: i32,
    /// The key that is missing, when it is that.
    missing: Option<String>,
    /// The key that was meant by one that is unknown.
    meant: Option<String>,
}

impl Failure {
    fn new(pointer: &str, weight: i32, Notice { message, told }: Notice) -> Self {
        Self { pointer: pointer.to_owned(), message, told, weight, missing: None, meant: None }
    }

    /// Whether it is that this key is missing from the whole value.
    pub(super) fn lacks(&self, key: &str) -> bool {
        self.pointer.is_empty() && self.missing.as_deref() == Some(key)
    }
}

/// A schema document.
#[derive(Debug)]
pub struct Schema {
    root: Value,
    patterns: Mutex<BTreeMap<String, Option<Arc<Regex>>>>,
    hint: fn(&str) -> Option<(Code, &'static str)>,
}

/// What a schema found in one value: failures, and which keys and items some part of it has dealt with.
#[derive(Default)]
struct Found {
    failures: Vec<Failure>,
    keys: BTreeSet<String>,
    all_keys: bool,
    known: BTreeSet<String>,
    items: usize,
}

impl Found {
    fn take(&mut self, other: Self) {
        let room = MAX_FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
        self.keys.extend(other.keys);
        self.known.extend(other.known);
        self.all_keys |= other.all_keys;
        self.items = self.items.max(other.items);
    }

    fn fail(&mut self, at: &str, weight: i32, notice: Notice) {
        self.add(Failure::new(at, weight, notice));
    }

    fn add(&mut self, failure: Failure) {
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(failure);
        }
    }

    /// How near the value came to this form: the shallowest failure decides, then how many there are.
    fn nearness(&self) -> (i32, i32) {
        let shallowest = self.failures.iter().map(|failure| 2 * depth(&failure.pointer) - failure.weight).min().unwrap_or(i32::MAX);
        (shallowest, -(self.failures.len() as i32))
    }
}

fn depth(pointer: &str) -> i32 {
    pointer.bytes().filter(|&byte| byte == b'/').count() as i32
}

/// A place in the value while it is walked.
#[derive(Clone, Copy)]
struct Place<'a> {
    value: &'a Value,
    at: &'a str,
    depth: usize,
    /// Evaluations that are left, so that a schema which refers to itself in many ways ends.
    left: &'a Cell<u32>,
}

impl Schema {
    /// A schema document; `hint` tells for a pattern what a person should write.
    pub fn new(root: Value, hint: fn(&str) -> Option<(Code, &'static str)>) -> Self {
        Self { root, patterns: Mutex::default(), hint }
    }

    /// A schema from a flow.
    pub fn plain(root: Value) -> Self {
        Self::new(root, |_| None)
    }

    /// What is wrong with the value; empty when it is valid.
    pub fn check(&self, value: &Value) -> Vec<Failure> {
        self.failures(&self.root, value, "")
    }

    /// Checks a value, found at `at`, against a part of the schema such as `#/$defs/retryPolicy`.
    pub fn check_part(&self, reference: &str, value: &Value, at: &str) -> Vec<Failure> {
        self.resolve(reference).map_or_else(Vec::new, |schema| self.failures(schema, value, at))
    }

    fn failures(&self, schema: &Value, value: &Value, at: &str) -> Vec<Failure> {
        let place = Place { value, at, depth: 0, left: &Cell::new(MAX_EVALUATIONS) };
        forms::without_echoes(self.evaluate(schema, place).failures)
    }

    /// Keywords and patterns that cannot be followed here: pointer into the schema, and why.
    pub fn unsupported(&self) -> Vec<(String, Notice)> {
        let mut found = Vec::new();
        self.find_unsupported(&self.root, &mut String::new(), 0, &mut found);
        found
    }

    fn find_unsupported(&self, schema: &Value, at: &mut String, depth: usize, found: &mut Vec<(String, Notice)>) {
        if depth > MAX_DEPTH {
            return;
        }
        let children: Vec<(String, &Value)> = match schema {
            Value::Object(entries) => entries.iter().map(|(key, value)| (segment(key), value)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
            _ => return,
        };
        for (key, value) in children {
            let length = at.len();
            at.push('/');
            at.push_str(&key);
            match (key.as_str(), value) {
                ("$dynamicRef" | "$recursiveRef", Value::String(_)) => {
                    let message = format!("`{key}` is not supported; use `$ref`");
                    found.push((at.clone(), Code::SchemaKeyword.says(message, &[("keyword", &key)])));
                }
                ("$ref", Value::String(reference)) if self.resolve(reference).is_none() => {
                    let message = format!("`$ref: {reference}` does not name a part of this schema; only `#/...` is supported");
                    found.push((at.clone(), Code::SchemaReference.says(message, &[("reference", reference)])));
                }
                ("pattern", Value::String(pattern)) if self.pattern(pattern).is_none() => {
                    let message = format!("`{pattern}` is not a regular expression");
                    found.push((at.clone(), Code::RegexUnfit.says(message, &[("cause", pattern)])));
                }
                ("type", Value::String(_) | Value::Array(_)) if !at.ends_with("/properties/type") => {
                    found.extend(strange_types(value).map(|name| (at.clone(), unknown_word("type", name, TYPES))));
                }
                ("const" | "enum" | "default" | "examples", _) => {}
                _ => self.find_unsupported(value, at, depth + 1, found),
            }
            at.truncate(length);
        }
    }

    fn resolve(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    fn pattern(&self, pattern: &str) -> Option<Arc<Regex>> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        patterns.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok().map(Arc::new)).clone()
    }

    fn evaluate(&self, schema: &Value, place: Place<'_>) -> Found {
        let mut found = Found::default();
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => {
                found.fail(place.at, 3, Code::NothingAllowed.says("nothing may stand here", &[]));
                return found;
            }
            _ => return found,
        };
        let left = place.left.get();
        if place.depth > MAX_DEPTH || left == 0 {
            let message = "the value or its schema is nested too deeply, or the schema refers to itself without end";
            found.fail(place.at, 0, Code::SchemaTooDeep.says(message, &[]));
            return found;
        }
        place.left.set(left - 1);
        self.references(keywords, place, &mut found);
        self.scalars(keywords, place, &mut found);
        if let Value::Object(entries) = place.value {
            self.mapping(keywords, entries, place, &mut found);
        }
        if let Value::Array(items) = place.value {
            self.sequence(keywords, items, place, &mut found);
        }
        self.combinations(keywords, place, &mut found);
        self.unevaluated(keywords, place, &mut found);
        found
    }

    fn references(&self, keywords: &Map<String, Value>, place: Place<'_>, found: &mut Found) {
        let Some(Value::String(reference)) = keywords.get("$ref") else { return };
        match self.resolve(reference) {
            Some(schema) => found.take(self.evaluate(schema, Place { depth: place.depth + 1, ..place })),
            None => {
                let message = format!("the schema's `$ref: {reference}` names nothing");
                found.fail(place.at, 0, Code::SchemaReference.says(message, &[("reference", reference)]));
            }
        }
    }

    fn scalars(&self, keywords: &Map<String, Value>, place: Place<'_>, found: &mut Found) {
        let Place { value, at, .. } = place;
        if let Some(types) = keywords.get("type") {
            let names: Vec<&str> = match types {
                Value::String(name) => vec![name],
                Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            if !names.iter().any(|name| has_type(value, name)) {
                let (kind, wanted) = (kind_of(value), names.iter().map(|name| article(name)).collect::<Vec<_>>().join(" or "));
                let message = format!("{kind} stands here; write {wanted}");
                found.fail(at, 1, Code::KindUnfit.says(message, &[("kind", &kind), ("wanted", &wanted)]));
            }
        }
        if let Some(Value::Array(words)) = keywords.get("enum")
            && !words.iter().any(|word| same(word, value))
        {
            let known: Vec<String> = words.iter().map(shown).collect();
            found.fail(at, 3, unknown_word("value", &shown(value), known.iter().map(String::as_str)));
        }
        if let Some(constant) = keywords.get("const")
            && !same(constant, value)
        {
            let (text, constant) = (shown(value), shown(constant));
            let message = format!("`{text}` stands here; write `{constant}`");
            found.fail(at, 3, Code::ConstantUnfit.says(message, &[("constant", &constant), ("text", &text)]));
        }
        match value {
            Value::Number(number) => numbers(keywords, number.as_f64().unwrap_or_default(), at, found),
            Value::String(text) => self.texts(keywords, text, at, found),
            _ => {}
        }
    }

    fn texts(&self, keywords: &Map<String, Value>, text: &str, at: &str, found: &mut Found) {
        let length = text.chars().count() as f64;
        limit(keywords, "minLength", length, |length, limit| length < limit, "characters, at least", at, found);
        limit(keywords, "maxLength", length, |length, limit| length > limit, "characters, at most", at, found);
        if let Some(Value::String(pattern)) = keywords.get("pattern") {
            // A pattern that runs too long counts as one that does not match.
            let matches = self.pattern(pattern).is_some_and(|regex| regex.is_match(text).unwrap_or(false));
            if !matches {
                let text = cut(text);
                let notice = match (self.hint)(pattern) {
                    Some((code, fix)) => code.says(format!("`{text}` is not valid here; {fix}"), &[("text", &text)]),
                    None => {
                        let message = format!("`{text}` is not valid here; it must match `{pattern}`");
                        Code::TextUnmatched.says(message, &[("pattern", pattern), ("text", &text)])
                    }
                };
                // A text that does not even begin as an expression was not meant to be one.
                let weight = i32::from(pattern.starts_with("^\\s*\\$\\{") && !text.trim_start().starts_with("${"));
                found.fail(at, weight, notice);
            }
        }
        if keywords.get("format").and_then(Value::as_str) == Some("date-time") && magpie_model::Timestamp::parse_rfc3339(text).is_none() {
            let text = cut(text);
            let message = format!("`{text}` is not a time; write it as `2026-11-22T10:15:03Z`");
            found.fail(at, 0, Code::TextNotAMoment.says(message, &[("text", &text)]));
        }
        // Without this an expression would be both forms of an error's `instance`, of which it may be one.
        if keywords.get("format").and_then(Value::as_str) == Some("json-pointer") && !(text.is_empty() || text.starts_with('/')) {
            let text = cut(text);
            let message = format!("`{text}` is not a JSON Pointer; write it as `/do/0/name`");
            found.fail(at, 0, Code::TextNotAPointer.says(message, &[("text", &text)]));
        }
    }

    fn mapping(&self, keywords: &Map<String, Value>, entries: &Map<String, Value>, place: Place<'_>, found: &mut Found) {
        let at = place.at;
        let count = entries.len() as f64;
        limit(keywords, "minProperties", count, |count, limit| count < limit, "keys, at least", at, found);
        limit(keywords, "maxProperties", count, |count, limit| count > limit, "keys, at most", at, found);
        for name in keywords.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !entries.contains_key(name) {
                let notice = Code::KeyMissing.says(format!("`{name}` is missing; add it here"), &[("key", &name)]);
                let failure = Failure::new(at, 0, notice);
                found.add(Failure { missing: Some(name.to_owned()), ..failure });
            }
        }
        if let Some(Value::Object(properties)) = keywords.get("properties") {
            found.known.extend(properties.keys().cloned());
            for (name, schema) in properties {
                if let Some(value) = entries.get(name) {
                    found.keys.insert(name.clone());
                    self.child(schema, value, name, place, found);
                }
            }
        }
        for (pattern, schema) in keywords.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
            let Some(regex) = self.pattern(pattern) else { continue };
            for (name, value) in entries.iter().filter(|(name, _)| regex.is_match(name).unwrap_or(false)) {
                found.keys.insert(name.clone());
                self.child(schema, value, name, place, found);
            }
        }
        self.other_keys(keywords, entries, place, found);
        for (name, needed) in keywords.get("dependentRequired").and_then(Value::as_object).into_iter().flatten() {
            for other in needed.as_array().into_iter().flatten().filter_map(Value::as_str) {
                if entries.contains_key(name) && !entries.contains_key(other) {
                    let message = format!("`{other}` is missing; `{name}` needs it");
                    found.fail(at, 0, Code::KeyNeeded.says(message, &[("key", &other), ("other", name)]));
                }
            }
        }
        for (name, schema) in keywords.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten() {
            if entries.contains_key(name) {
                found.take(self.evaluate(schema, Place { depth: place.depth + 1, ..place }));
            }
        }
    }

    fn other_keys(&self, keywords: &Map<String, Value>, entries: &Map<String, Value>, place: Place<'_>, found: &mut Found) {
        if let Some(names) = keywords.get("propertyNames") {
            for name in entries.keys() {
                let text = Value::String(name.clone());
                found
                    .failures
                    .extend(self.evaluate(names, Place { value: &text, at: place.at, depth: place.depth + 1, left: place.left }).failures);
            }
        }
        let Some(schema) = keywords.get("additionalProperties") else { return };
        let declared = keywords.get("properties").and_then(Value::as_object);
        let patterns: Vec<_> = keywords
            .get("patternProperties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(pattern, _)| self.pattern(pattern))
            .collect();
        for (name, value) in entries {
            let is_declared = declared.is_some_and(|declared| declared.contains_key(name))
                || patterns.iter().any(|regex| regex.is_match(name).unwrap_or(false));
            if is_declared {
                continue;
            }
            if *schema == Value::Bool(false) {
                let known: Vec<&str> = declared.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                found.add(forms::unknown_key(place.at, name, &known));
            } else {
                self.child(schema, value, name, place, found);
            }
            found.keys.insert(name.clone());
        }
        found.all_keys = true;
    }

    fn child(&self, schema: &Value, value: &Value, name: &str, place: Place<'_>, found: &mut Found) {
        let at = format!("{}/{}", place.at, segment(name));
        found.failures.extend(self.evaluate(schema, Place { value, at: &at, depth: place.depth + 1, left: place.left }).failures);
    }

    fn sequence(&self, keywords: &Map<String, Value>, items: &[Value], place: Place<'_>, found: &mut Found) {
        let at = place.at;
        let count = items.len() as f64;
        limit(keywords, "minItems", count, |count, limit| count < limit, "items, at least", at, found);
        limit(keywords, "maxItems", count, |count, limit| count > limit, "items, at most", at, found);
        let mut done = 0;
        if let Some(Value::Array(schemas)) = keywords.get("prefixItems") {
            for (index, (schema, value)) in schemas.iter().zip(items).enumerate() {
                self.child(schema, value, &index.to_string(), place, found);
                done = index + 1;
            }
        }
        if let Some(schema) = keywords.get("items") {
            for (index, value) in items.iter().enumerate().skip(done) {
                self.child(schema, value, &index.to_string(), place, found);
            }
            done = items.len();
        }
        found.items = found.items.max(done);
        if keywords.get("uniqueItems") == Some(&Value::Bool(true)) {
            let distinct: BTreeSet<String> = items.iter().map(Value::to_string).collect();
            if distinct.len() < items.len() {
                found.fail(at, 0, Code::ItemTwice.says("the same item stands here twice", &[]));
            }
        }
        if let Some(schema) = keywords.get("contains") {
            let matching =
                items.iter().filter(|value| self.passes(schema, Place { value, at, depth: place.depth + 1, left: place.left })).count()
                    as f64;
            let least = keywords.get("minContains").and_then(Value::as_f64).unwrap_or(1.0);
            let most = keywords.get("maxContains").and_then(Value::as_f64).unwrap_or(f64::INFINITY);
            if matching < least || matching > most {
                let message = format!("{matching} items match what the list must contain");
                found.fail(at, 0, Code::ItemsOfList.says(message, &[("count", &matching)]));
            }
        }
    }

    fn passes(&self, schema: &Value, place: Place<'_>) -> bool {
        self.evaluate(schema, place).failures.is_empty()
    }

    fn combinations(&self, keywords: &Map<String, Value>, place: Place<'_>, found: &mut Found) {
        let place = Place { depth: place.depth + 1, ..place };
        for schema in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            found.take(self.evaluate(schema, place));
        }
        if let Some(Value::Array(schemas)) = keywords.get("anyOf") {
            let tried: Vec<Found> = schemas.iter().map(|schema| self.evaluate(schema, place)).collect();
            if tried.iter().any(|one| one.failures.is_empty()) {
                tried.into_iter().filter(|one| one.failures.is_empty()).for_each(|one| found.take(one));
            } else if let Some(nearest) = forms::of_forms(tried, place) {
                found.take(nearest);
            }
        }
        if let Some(Value::Array(schemas)) = keywords.get("oneOf") {
            let tried: Vec<Found> = schemas.iter().map(|schema| self.evaluate(schema, place)).collect();
            match tried.iter().filter(|one| one.failures.is_empty()).count() {
                0 => forms::of_forms(tried, place).into_iter().for_each(|one| found.take(one)),
                1 => tried.into_iter().filter(|one| one.failures.is_empty()).for_each(|one| found.take(one)),
                _ => {
                    found.add(forms::several(&tried, place));
                    // Which keys are known depends on the form that is kept.
                    found.all_keys = true;
                }
            }
        }
        if let Some(schema) = keywords.get("not")
            && self.passes(schema, place)
        {
            let needed = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let keys: Vec<&str> = needed.collect();
            let text = if keys.is_empty() { cut(&shown(place.value)) } else { keys.join(", ") };
            found.fail(place.at, 3, Code::ValueForbidden.says(format!("`{text}` may not stand here"), &[("text", &text)]));
        }
        if let Some(condition) = keywords.get("if") {
            let tested = self.evaluate(condition, place);
            let branch = if tested.failures.is_empty() { "then" } else { "else" };
            if tested.failures.is_empty() {
                found.take(tested);
            }
            if let Some(schema) = keywords.get(branch) {
                found.take(self.evaluate(schema, place));
            }
        }
    }

    fn unevaluated(&self, keywords: &Map<String, Value>, place: Place<'_>, found: &mut Found) {
        if let (Some(schema), Value::Object(entries)) = (keywords.get("unevaluatedProperties"), place.value)
            && !found.all_keys
        {
            for (name, value) in entries.iter().filter(|(name, _)| !found.keys.contains(*name)).collect::<Vec<_>>() {
                if *schema == Value::Bool(false) {
                    let known: Vec<&str> = found.known.iter().map(String::as_str).collect();
                    let failure = forms::unknown_key(place.at, name, &known);
                    found.add(failure);
                } else {
                    self.child(schema, value, name, place, found);
                }
            }
            found.all_keys = true;
        }
        if let (Some(schema), Value::Array(items)) = (keywords.get("unevaluatedItems"), place.value) {
            for (index, value) in items.iter().enumerate().skip(found.items) {
                self.child(schema, value, &index.to_string(), place, found);
            }
            found.items = items.len();
        }
    }
}

fn numbers(keywords: &Map<String, Value>, number: f64, at: &str, found: &mut Found) {
    limit(keywords, "minimum", number, |number, limit| number < limit, "at least", at, found);
    limit(keywords, "maximum", number, |number, limit| number > limit, "at most", at, found);
    limit(keywords, "exclusiveMinimum", number, |number, limit| number <= limit, "more than", at, found);
    limit(keywords, "exclusiveMaximum", number, |number, limit| number >= limit, "less than", at, found);
    limit(keywords, "multipleOf", number, is_no_multiple, "a multiple of", at, found);
}

/// Whether a number is no multiple, as far as floating point can tell.
fn is_no_multiple(number: f64, step: f64) -> bool {
    let times = number / step;
    step > 0.0 && (times - times.round()).abs() > 1e-9 * times.abs().max(1.0)
}

fn limit(keywords: &Map<String, Value>, keyword: &str, value: f64, broken: fn(f64, f64) -> bool, words: &str, at: &str, found: &mut Found) {
    if let Some(limit) = keywords.get(keyword).and_then(Value::as_f64)
        && broken(value, limit)
    {
        let message = match words.split_once(", ") {
            None => format!("{value} stands here; it must be {words} {limit}"),
            Some((what, bound)) => {
                let what = if limit == 1.0 { what.trim_end_matches('s') } else { what };
                let verb = if bound == "at least" { "must" } else { "may" };
                format!("{bound} {limit} {what} {verb} stand here, not {value}")
            }
        };
        found.fail(at, 0, Code::LimitBroken.says(message, &[("limit", &limit), ("rule", &words), ("value", &value)]));
    }
}

/// Types that values can have.
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "string", "number", "integer"];

/// Names that are no types: nothing would ever be valid.
fn strange_types(types: &Value) -> impl Iterator<Item = &str> {
    let names = types.as_array().map_or(std::slice::from_ref(types), Vec::as_slice).iter();
    names.filter_map(Value::as_str).filter(|name| !TYPES.contains(name))
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn article(name: &str) -> &'static str {
    match name {
        "null" => "nothing",
        "boolean" => "`true` or `false`",
        "object" => "a mapping (`key: value` lines)",
        "array" => "a list (`- item` lines)",
        "string" => "a text",
        "integer" => "a whole number",
        _ => "a number",
    }
}

/// JSON Schema compares numbers by value: 1 equals 1.0.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn messages(schema: Value, value: Value) -> Vec<String> {
        Schema::plain(schema).check(&value).into_iter().map(|failure| format!("{}: {}", failure.pointer, failure.message)).collect()
    }

    #[test]
    fn valid_and_invalid_values() {
        for (schema, valid, invalid) in [
            (json!({"type": "integer"}), json!(2.0), json!(2.5)),
            (json!({"type": ["string", "null"]}), json!(null), json!(1)),
            (json!({"enum": [1, "a"]}), json!(1.0), json!("b")),
            (json!({"const": {"a": 1}}), json!({"a": 1}), json!({"a": 2})),
            (json!({"minimum": 3, "exclusiveMaximum": 5}), json!(3), json!(5)),
            (json!({"multipleOf": 0.1}), json!(0.3), json!(0.35)),
            (json!({"minLength": 2, "maxLength": 3}), json!("éé"), json!("é")),
            (json!({"pattern": "^P(?!$)"}), json!("PT1S"), json!("P")),
            (json!({"items": {"type": "string"}}), json!(["a"]), json!(["a", 1])),
            (json!({"prefixItems": [{"type": "string"}], "items": false}), json!(["a"]), json!(["a", 1])),
            (json!({"uniqueItems": true}), json!([1, 2]), json!([1, 1])),
            (json!({"contains": {"const": 1}, "maxContains": 1}), json!([1, 2]), json!([1, 1])),
            (json!({"required": ["a"]}), json!({"a": 1}), json!({})),
            (json!({"properties": {"a": {"type": "string"}}, "additionalProperties": false}), json!({"a": "x"}), json!({"b": 1})),
            (json!({"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": false}), json!({"xa": "x"}), json!({"xa": 1})),
            (json!({"propertyNames": {"maxLength": 1}}), json!({"a": 1}), json!({"ab": 1})),
            (json!({"dependentRequired": {"a": ["b"]}}), json!({"a": 1, "b": 1}), json!({"a": 1})),
            (json!({"not": {"type": "string"}}), json!(1), json!("a")),
            (json!({"oneOf": [{"type": "number"}, {"type": "integer"}]}), json!(1.5), json!(1)),
            (json!({"anyOf": [{"type": "number"}, {"type": "string"}]}), json!("a"), json!(true)),
            (
                json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
                json!({"c": 1}),
                json!({"a": 1}),
            ),
            (
                json!({"allOf": [{"properties": {"a": {}}}], "properties": {"b": {}}, "unevaluatedProperties": false}),
                json!({"a": 1, "b": 2}),
                json!({"c": 1}),
            ),
            (json!({"$ref": "#/$defs/t", "$defs": {"t": {"type": "string"}}}), json!("a"), json!(1)),
        ] {
            assert_eq!(messages(schema.clone(), valid), Vec::<String>::new(), "{schema}");
            assert_ne!(messages(schema.clone(), invalid), Vec::<String>::new(), "{schema}");
        }
    }

    #[test]
    fn of_several_forms_the_nearest_one_is_told() {
        let schema = json!({"oneOf": [
            {"properties": {"call": {"const": "http"}, "with": {"properties": {"method": {"type": "string"}}, "required": ["method"], "additionalProperties": false}}, "required": ["call", "with"]},
            {"properties": {"call": {"not": {"enum": ["http"]}}}, "required": ["call"]},
            {"properties": {"set": {"type": "object"}}, "required": ["set"]},
        ]});
        assert_eq!(
            messages(schema.clone(), json!({"call": "http", "with": {"metod": "get"}})),
            ["/with/metod: unknown key `metod`, did you mean `method`?"]
        );
        assert_eq!(messages(schema, json!({"set": 1})), ["/set: a number stands here; write a mapping (`key: value` lines)"]);
    }

    #[test]
    fn endless_references_and_unsupported_keywords_are_told() {
        assert_eq!(
            messages(json!({"$ref": "#"}), json!(1)),
            [": the value or its schema is nested too deeply, or the schema refers to itself without end"]
        );
        let branching = json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}, {"$ref": "#"}]});
        assert!(!messages(branching, json!(1)).is_empty(), "it ends");
        let unsupported =
            Schema::plain(json!({"$ref": "https://example.com/s", "properties": {"a": {"$dynamicRef": "#x"}, "b": {"pattern": "("}}}))
                .unsupported();
        assert_eq!(
            unsupported.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(),
            ["/$ref", "/properties/a/$dynamicRef", "/properties/b/pattern"]
        );
    }
}
