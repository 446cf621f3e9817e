//! Events of Windows as XML, as `wevtutil query-events /format:xml` and forwarders write them, on one line or several.
//!
//! Elements of learn.microsoft.com, "Event Schema Elements": who, when and how bad stand in `System`, what stands in `EventData` or `UserData`, and the
//! text only where it was rendered. No general XML: what the schema writes is read, and anything else is no event.

use std::borrow::Cow;

use super::extra;
use super::keys::{COMPONENT, HOST, MESSAGE, PID, SEVERITY, SOURCE, THREAD, TIME};
use super::tokens::given;
use crate::normalise::address::parse_ip;
use crate::normalise::values::{Value, Values};

/// Whether an event begins with this line.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("<Event ") || line.starts_with("<Event>")
}

/// What stands around events in a file.
pub(super) fn is_frame(event: &str) -> bool {
    let is_tag = |line: &str| ["<?xml", "<Events", "</Events"].iter().any(|tag| line.trim_start().starts_with(tag));
    event.lines().all(|line| line.trim().is_empty() || is_tag(line.trim_start_matches('\u{feff}')))
}

pub(super) fn read<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let event = &event[event.find("<Event")?..];
    let (system, rest) = inside(event, "System")?;
    values.text(TIME, attribute(element(system, "TimeCreated")?, "SystemTime")?);
    let level = match text(system, "Level").unwrap_or_default() {
        "1" => "fatal",
        "2" => "error",
        "3" => "warn",
        "5" => "debug",
        _ => "info",
    };
    values.text(SEVERITY, level);
    let provider = element(system, "Provider").and_then(|provider| attribute(provider, "Name"));
    for (slot, found) in [(COMPONENT, provider), (HOST, text(system, "Computer"))] {
        if let Some(found) = found.and_then(given) {
            values.set(slot, decoded(found));
        }
    }
    if let Some(execution) = element(system, "Execution") {
        for (slot, name) in [(PID, "ProcessID"), (THREAD, "ThreadID")] {
            if let Some(id) = attribute(execution, name) {
                values.text(slot, id);
            }
        }
    }
    for (key, name) in [("event_id", "EventID"), ("channel", "Channel"), ("record", "EventRecordID")] {
        extra(key, text(system, name).unwrap_or_default(), values);
    }
    data(rest, values);
    let rendered = text(rest, "Message").map(str::trim).filter(|message| !message.is_empty());
    let message = rendered.map_or_else(|| Value::Owned(listed(rest)), decoded);
    values.set(MESSAGE, message);
    Some(())
}

/// The values of an event, each by its name; the address is who asked.
fn data<'a>(rest: &'a str, values: &mut Values<'a>) {
    for (name, value) in pairs(rest) {
        if name == "IpAddress" && parse_ip(value).is_some() {
            values.text(SOURCE, value);
        }
        if values.wants_extra() && given(value).is_some() {
            values.extra.push((unescaped(name), unescaped(value)));
        }
    }
}

/// The values in one line, where nobody has rendered the text.
fn listed(rest: &str) -> String {
    let shown = pairs(rest).filter(|(_, value)| given(value).is_some()).map(|(name, value)| format!("{name}={}", unescaped(value)));
    shown.collect::<Vec<_>>().join(" ")
}

/// `<Data Name="user">bob</Data>`, in the order of the event.
fn pairs(mut rest: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        let tag = element(rest, "Data")?;
        let after = &rest[tag.as_ptr() as usize - rest.as_ptr() as usize + tag.len()..];
        let (value, after) = if tag.ends_with("/>") { ("", after) } else { after.split_once("</Data>")? };
        rest = after;
        Some((attribute(tag, "Name").unwrap_or("data"), value.trim()))
    })
}

/// The start tag of an element.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(&format!("<{name}"))?;
        let after = &text[at + name.len() + 1..];
        if after.starts_with([' ', '>', '/', '\n', '\r', '\t']) {
            return text.get(at..=at + text[at..].find('>')?);
        }
        from = at + 1;
    }
}

/// What is inside an element, and what follows it.
fn inside<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let tag = element(text, name)?;
    let start = tag.as_ptr() as usize - text.as_ptr() as usize + tag.len();
    text[start..].split_once(&format!("</{name}>"))
}

fn text<'a>(parent: &'a str, name: &str) -> Option<&'a str> {
    inside(parent, name).map(|(text, _)| text)
}

/// A value in single or double quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let at = tag.find(&format!(" {name}="))? + name.len() + 2;
    let quote = tag[at..].chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    tag[at + 1..].split(quote).next()
}

fn decoded(text: &str) -> Value<'_> {
    match unescaped(text) {
        Cow::Borrowed(text) => Value::Text(text),
        Cow::Owned(text) => Value::Owned(text),
    }
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#13;", ""), ("&#10;", "\n"), ("&amp;", "&")];
    Cow::Owned(known.into_iter().fold(text.to_owned(), |text, (entity, one)| text.replace(entity, one)))
}
