//! What Serilog's JSON leaves out: the level where it is the usual one, and the values in the text of a message.
//!
//! Compact lines (CLEF, github.com/serilog/serilog-formatting-compact) and those of its `JsonFormatter` have the template of a message, `slow
//! {Operation} in {Elapsed:0.0} ms`, and its values as members of their own, or below `Properties`.

use std::fmt::Write;

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

/// The template with its values; `None` where it has none of them.
fn rendered(line: &str, template: &str) -> Option<String> {
    let mut text = String::new();
    let (mut rest, mut is_changed) = (template, false);
    while let Some((before, from)) = rest.split_once('{') {
        text.push_str(before);
        let (hole, after) = from.split_once('}')?;
        // `{@Order}` and `{$Order}` say how it is written, `{Elapsed:0.0}` and `{Elapsed,8}` in what form.
        let name = hole.split([':', ',']).next().unwrap_or_default().trim_start_matches(['@', '$']);
        match value_of(line, name) {
            Some(value) => {
                text.push_str(&value);
                is_changed = true;
            }
            None => write!(text, "{{{hole}}}").ok()?,
        }
        rest = after;
    }
    text.push_str(rest);
    is_changed.then_some(text)
}

fn value_of(line: &str, name: &str) -> Option<String> {
    let members = || Members::of(line).into_iter().flatten();
    let own = members().find(|(key, _)| *key == name).map(|(_, value)| value);
    let below = || members().find_map(|(key, value)| if key == "Properties" { inside(value, name) } else { None });
    match own.or_else(below)? {
        Json::Text(text) | Json::Number(text) | Json::Array(text) | Json::Object(text) => Some(text.to_owned()),
        Json::Escaped(raw) => Some(unescape(raw)),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null => Some("null".to_owned()),
    }
}

fn inside<'a>(value: Json<'a>, name: &str) -> Option<Json<'a>> {
    let Json::Object(text) = value else { return None };
    Members::of(text)?.find(|(key, _)| *key == name).map(|(_, value)| value)
}
