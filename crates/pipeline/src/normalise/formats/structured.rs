//! Lines of keys and values: JSON lines of any logger, and logfmt.
//!
//! Both hand their members to one filler, which knows from `keys` what a name means; nested JSON objects are flattened
//! with points. A duration without a unit is read in the unit that the sample lines make likely. An access line (method
//! or path, and a status) is a call; all else are logs, so the kind is left to the line. Traefik logs the end of a
//! request in `time`, Caddy its end in `ts`, Envoy's JSON its start in `start_time`.

use std::borrow::Cow;

use super::json::{Json, Members, unescape};
use super::keys::{COMPONENT, ELAPSED_S, METHOD, Meaning, NAMES, PATH, SEVERITY, TARGET, level_word, meaning};
use super::owned;
use super::tokens::{duration, is_digits, request};
use crate::normalise::bytes::find_either;
use crate::normalise::values::{LineParser, Reason, Value, Values};

/// How deep nested objects are opened; deeper ones stay JSON text.
const DEPTH: usize = 4;

/// The syntax of a structured line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Syntax {
    /// One object per line.
    Json,
    /// `key=value key="quoted value"`.
    Logfmt,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Structured {
    names: Vec<String>,
    syntax: Syntax,
    /// Slot for durations that name no unit.
    unit: usize,
}

impl Structured {
    pub(in crate::normalise) fn new(syntax: Syntax, sample: &[&str]) -> Self {
        Self { names: owned(&NAMES), syntax, unit: ELAPSED_S + learn_unit(syntax, sample) }
    }

    fn put<'a>(&self, key: Cow<'a, str>, value: Cow<'a, str>, values: &mut Values<'a>) {
        let known = values.meanings.get_or_insert_default().get(key.as_bytes(), || [meaning(&key).to_number(), 0, 0]);
        match Meaning::from_number(known[0]) {
            // A server's address may turn out to be a component.
            Meaning::Slot(slot) if slot != TARGET && !values.wants(slot) && !values.wants_extra() => {}
            Meaning::Slot(slot) => self.fill(slot, key, value, values),
            Meaning::Elapsed => {
                let unit = duration(&value).and_then(|(number, name)| Some((number.to_owned(), NAMES.iter().position(|n| *n == name)?)));
                let (number, slot) = unit.map_or_else(|| (as_value(value), self.unit), |(number, slot)| (Value::Owned(number), slot));
                if values.wants(slot) && !values.get(slot).is_present() {
                    values.set(slot, number);
                }
            }
            Meaning::Attribute => self.attribute(key, value, values),
        }
    }

    fn fill<'a>(&self, slot: usize, key: Cow<'a, str>, value: Cow<'a, str>, values: &mut Values<'a>) {
        if value.is_empty() || value == "-" {
            return;
        }
        // Rust's tracing writes the module path as `target`.
        let slot = if slot == TARGET && is_module_path(&value) { COMPONENT } else { slot };
        if slot == SEVERITY
            && let Some(word) = level_word(&value)
        {
            return values.text(SEVERITY, word);
        }
        if values.get(slot).is_present() {
            return self.attribute(key, value, values);
        }
        values.set(slot, as_value(value));
    }

    fn attribute<'a>(&self, key: Cow<'a, str>, value: Cow<'a, str>, values: &mut Values<'a>) {
        // `request: "GET / HTTP/1.1"`, as nginx writes it into JSON.
        if key == "request"
            && let Some((method, path)) = request(&value)
        {
            values.set(METHOD, Value::Owned(method.to_owned()));
            return values.set(PATH, Value::Owned(path.to_owned()));
        }
        if values.wants_extra() {
            // Loggers write what went wrong as `error`; Magpie's `error` is a flag.
            let key = if key == "error" { Cow::Borrowed("error.message") } else { key };
            values.extra.push((key, value));
        }
    }

    fn object<'a>(&self, text: &'a str, prefix: &str, depth: usize, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut members = Members::of(text).ok_or(Reason::BAD_JSON)?;
        for (key, value) in members.by_ref() {
            let key: Cow<'a, str> = match (prefix.is_empty(), key.contains('\\')) {
                (true, false) => Cow::Borrowed(key),
                (true, true) => Cow::Owned(unescape(key)),
                (false, _) => Cow::Owned(format!("{prefix}.{}", unescape(key))),
            };
            match value {
                Json::Text(text) | Json::Number(text) | Json::Array(text) => self.put(key, Cow::Borrowed(text), values),
                Json::Escaped(raw) => self.put(key, Cow::Owned(unescape(raw)), values),
                Json::Bool(flag) => self.put(key, Cow::Borrowed(if flag { "true" } else { "false" }), values),
                Json::Null => {}
                Json::Object(text) if depth < DEPTH => self.object(text, &key, depth + 1, values)?,
                Json::Object(text) => self.put(key, Cow::Borrowed(text), values),
            }
        }
        members.ended_well().then_some(()).ok_or(Reason::BAD_JSON)
    }

    fn logfmt<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut pairs = 0;
        let mut words = 0;
        for (key, value) in (Pairs { rest: line }) {
            match value {
                Some(value) => {
                    pairs += 1;
                    self.put(Cow::Borrowed(key), value, values);
                }
                None => words += 1,
            }
        }
        if pairs < 2 || words > pairs {
            return Err(Reason::NO_MATCH);
        }
        Ok(())
    }
}

/// Whether a `target` is no address: a name without points and colons, or a path of modules.
fn is_module_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut colons = memchr::memchr_iter(b':', bytes);
    find_either(bytes, 0, b'.', b':').is_none() || colons.any(|at| bytes.get(at + 1) == Some(&b':'))
}

fn as_value(value: Cow<'_, str>) -> Value<'_> {
    match value {
        Cow::Borrowed(text) => Value::Text(text),
        Cow::Owned(text) => Value::Owned(text),
    }
}

/// Pairs of a logfmt line; a word without `=` has no value.
struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Option<Cow<'a, str>>);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return None;
        }
        let at = self.rest.find(['=', ' ', '"']).unwrap_or(self.rest.len());
        let (key, after) = self.rest.split_at(at);
        if key.is_empty() || !after.starts_with('=') {
            let end = self.rest.find(' ').unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some((word, None));
        }
        let after = &after[1..];
        let mut at = 0;
        if let Some(Json::Text(text) | Json::Escaped(text)) = super::json::string_at(after, &mut at) {
            self.rest = &after[at..];
            let value = if text.contains('\\') { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) };
            return Some((key, Some(value)));
        }
        let end = after.find(' ').unwrap_or(after.len());
        let (value, rest) = after.split_at(end);
        self.rest = rest;
        Some((key, Some(Cow::Borrowed(value))))
    }
}

/// The unit of durations that name none, as 0 (s), 1 (ms), 2 (µs) or 3 (ns): by the size of those in the sample.
///
/// Whole numbers of a million and more are nanoseconds (slog, zap), other whole numbers milliseconds; decimals are seconds where
/// all are below ten (Caddy), else milliseconds.
fn learn_unit(syntax: Syntax, sample: &[&str]) -> usize {
    let probe = Structured { names: Vec::new(), syntax, unit: ELAPSED_S };
    let (mut largest, mut has_decimals) = (0f64, false);
    for line in sample {
        let mut values = Values::new(NAMES.len());
        let _ = probe.parse(line, &mut values);
        if let Some(text) = values.get(ELAPSED_S).to_text()
            && let Ok(number) = text.parse::<f64>()
        {
            largest = largest.max(number);
            has_decimals |= !is_digits(&text);
        }
    }
    match (has_decimals, largest) {
        (false, 1_000_000.0..) => 3,
        (true, ..10.0) => 0,
        _ => 1,
    }
}

impl LineParser for Structured {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.syntax {
            Syntax::Json => self.object(line, "", 0, values),
            Syntax::Logfmt => self.logfmt(line, values),
        }
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        (self.syntax == Syntax::Json).then(|| line.starts_with('{'))
    }
}
