//! TiDB, TiKV and PD: `[time] [LEVEL] [file:line] [message] [key=value] …`, where what has blanks or brackets in it is quoted as in JSON.
//!
//! Source: github.com/tikv/rfcs "Unified Log Format".

use std::borrow::Cow;

use magpie_model::Kind;

use super::json::unescape;
use super::keys::{COMPONENT, MESSAGE, NAMES, SEVERITY, TIME};
use super::layout::level_of;
use super::tokens::is_digits;
use super::{extra, owned};
use crate::normalise::time::{Form, TimeForm};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Bracketed {
    names: Vec<String>,
    time: TimeForm,
}

impl Bracketed {
    pub(in crate::normalise) fn new() -> Self {
        Self { names: owned(&NAMES), time: TimeForm::of(Form::Iso) }
    }
}

impl LineParser for Bracketed {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        read(line, values).ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { kind: Some(Kind::Log), ..Habits::default() }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        Some(line.starts_with("[20"))
    }
}

fn read<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
    // `2026/11/22 10:15:03.250 +00:00`, and nothing else.
    if time.len() != 30 || time.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (level, rest) = rest.split_once("] [")?;
    let (place, rest) = rest.split_once("] [")?;
    level_of(level).filter(|(_, is_word)| *is_word)?;
    values.text(TIME, time);
    values.text(SEVERITY, level);
    match place.rsplit_once(':').filter(|(_, line)| is_digits(line)) {
        Some((file, number)) => {
            values.text(COMPONENT, file);
            extra("line", number, values);
        }
        None if place != "<unknown>" => return None,
        None => {}
    }
    let (message, mut rest) = text(rest, b"]")?;
    values.set(MESSAGE, value(message));
    while let Some(field) = rest.strip_prefix("] [") {
        let (key, after) = text(field, b"=]")?;
        let after = after.strip_prefix('=')?;
        let (found, after) = text(after, b"]")?;
        if values.wants_extra() {
            values.extra.push((key, found));
        }
        rest = after;
    }
    rest.starts_with(']').then_some(())
}

fn value(text: Cow<'_, str>) -> Value<'_> {
    match text {
        Cow::Borrowed(text) => Value::Text(text),
        Cow::Owned(text) => Value::Owned(text),
    }
}

/// A text in quotes, or up to one of these bytes; and what follows.
fn text<'a>(rest: &'a str, ends: &[u8]) -> Option<(Cow<'a, str>, &'a str)> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let mut is_escaped = false;
        let end = quoted.bytes().position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        })?;
        let (text, after) = (&quoted[..end], &quoted[end + 1..]);
        return Some((if text.contains('\\') { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) }, after));
    }
    let end = rest.bytes().position(|byte| ends.contains(&byte))?;
    Some((Cow::Borrowed(&rest[..end]), &rest[end..]))
}
