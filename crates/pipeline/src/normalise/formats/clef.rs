//! What Serilog's JSON leaves out: the level where it is the usual one, and the values in the text of a message.
//!
//! Compact lines (CLEF, github.com/serilog/serilog-formatting-compact) and those of its `JsonFormatter` have the template of a message, `slow
//! {Operation} in {Elapsed:0.0} ms`, and its values as members of their own, or below `Properties`.

use std::borrow::Cow;
use std::fmt::Write;

use hashbrown::HashMap;

use super::json::{Json, Members, unescape};
use super::keys::{MESSAGE, SEVERITY};
use crate::normalise::values::{Value, Values};

/// The key of the time.
pub(super) const TIME_KEY: &str = "@t";
/// The key of the template where the message itself is not told.
pub(super) const TEMPLATE_KEY: &str = "MessageTemplate";

/// Whether a line begins as one of Serilog's two formats.
pub(super) fn is_of_serilog(line: &str) -> bool {
    line.starts_with("{\"@t\":") || line.starts_with("{\"Timestamp\":") && line.contains("\"MessageTemplate\":")
}

/// Sets the level that is left out, and puts the values into the message.
pub(super) fn complete<'a>(line: &'a str, values: &mut Values<'a>) {
    if line.starts_with("{\"@t\":") && !values.get(SEVERITY).is_present() {
        values.text(SEVERITY, "info");
    }
    if values.wants(MESSAGE)
        && let Some(template) = values.get(MESSAGE).to_text()
        && let Some(text) = rendered(line, &template)
    {
        values.set(MESSAGE, Value::Owned(text));
    }
}

/// Bytes of a message with its values at most.
const MOST_BYTES: usize = 64 << 10;

/// The template with its values; `None` where it has none of them, or would be too long with them.
fn rendered(line: &str, template: &str) -> Option<String> {
    let mut text = String::new();
    let (mut rest, mut known) = (template, None);
    let mut is_changed = false;
    while let Some((before, from)) = rest.split_once('{') {
        text.push_str(before);
        let (hole, after) = from.split_once('}')?;
        // `{@Order}` and `{$Order}` say how it is written, `{Elapsed:0.0}` and `{Elapsed,8}` in what form.
        let name = hole.split([':', ',']).next().unwrap_or_default().trim_start_matches(['@', '$']);
        match known.get_or_insert_with(|| values_of(line)).get(name) {
            Some(value) => {
                text.push_str(&written(*value));
                is_changed = true;
            }
            None => write!(text, "{{{hole}}}").ok()?,
        }
        if text.len() > MOST_BYTES {
            return None;
        }
        rest = after;
    }
    text.push_str(rest);
    is_changed.then_some(text)
}

/// The members of a line, and of its `Properties`.
fn values_of(line: &str) -> HashMap<&str, Json<'_>> {
    let mut values = HashMap::new();
    let mut below = None;
    for (key, value) in Members::of(line).into_iter().flatten() {
        values.entry(key).or_insert(value);
        if let ("Properties", Json::Object(text)) = (key, value) {
            below = Members::of(text);
        }
    }
    below.into_iter().flatten().for_each(|(key, value)| _ = values.entry(key).or_insert(value));
    values
}

fn written(value: Json<'_>) -> Cow<'_, str> {
    match value {
        Json::Text(text) | Json::Number(text) | Json::Array(text) | Json::Object(text) => text.into(),
        Json::Escaped(raw) => unescape(raw).into(),
        Json::Bool(flag) => flag.to_string().into(),
        Json::Null => "null".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_its_values_from_the_line_and_its_properties() {
        let line = r#"{"@t":"x","Op":"a","Properties":{"Op":"b","Ms":1.5,"Ok":true}}"#;
        assert_eq!(rendered(line, "{@Op} in {Ms:0.0} ms: {Ok}, {Gone}").unwrap(), "a in 1.5 ms: true, {Gone}");
        assert_eq!(rendered(line, "{Gone}"), None);
        assert_eq!(rendered(line, "{Op"), None);
    }

    #[test]
    fn a_template_that_would_fill_the_memory_stays_as_it_is() {
        let line = format!(r#"{{"@t":"x","a":"{}"}}"#, "x".repeat(20_000));
        assert_eq!(rendered(&line, &"{a}".repeat(300_000)), None);
    }
}
