//! Events of security devices: ArcSight's CEF and QRadar's LEEF, bare or behind a syslog header.
//!
//! `CEF:0|vendor|product|version|id|name|severity|key=value …` ("Implementing ArcSight Common Event Format"): values may hold blanks, so a
//! pair ends where the next key begins. `LEEF:2.0|vendor|product|version|id|^|key=value^…` (IBM, "LEEF event components"): pairs are
//! separated by tabs, or by what version 2 names.

use super::keys::{BYTES, COMPONENT, HOST, MESSAGE, METHOD, NAMES, PATH, SEVERITY, SOURCE, STATUS, TARGET, TIME};
use super::{copy, extra, owned};
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{LineParser, Reason, Values};

/// The reader of both.
#[derive(Debug)]
pub(in crate::normalise) struct Cef {
    names: Vec<String>,
}

impl Cef {
    pub(in crate::normalise) fn new() -> Self {
        Self { names: owned(&NAMES) }
    }
}

impl LineParser for Cef {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        read(line, values).ok_or(Reason::NO_MATCH)
    }

    fn time_form(&self) -> Option<&TimeForm> {
        None
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}

fn read<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let begins = |mark: &str| line.find(mark).filter(|at| *at == 0 || line[..*at].ends_with(' '));
    let is_leef = begins("LEEF:").is_some();
    let at = begins("CEF:").or_else(|| begins("LEEF:"))?;
    header(line.get(..at)?, values);
    let mut parts = Header { rest: line.get(at..)? };
    let version = parts.next()?;
    let (vendor, product, _, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    extra("vendor", vendor, values);
    values.text(COMPONENT, product);
    extra("event_id", id, values);
    if !is_leef {
        let (name, level) = (parts.next()?, parts.next()?);
        values.text(MESSAGE, name);
        set_level(level, values);
        pairs_of_blanks(parts.rest, values);
        return Some(());
    }
    values.text(MESSAGE, id);
    let delimiter = if version.ends_with("2.0") { parts.next().and_then(|text| text.chars().next()) } else { None };
    for pair in parts.rest.split(delimiter.unwrap_or('\t')) {
        if let Some((key, value)) = pair.split_once('=') {
            set(key.trim(), value, values);
        }
    }
    Some(())
}

/// Time and host of what stands before: a syslog header, perhaps with a priority.
fn header<'a>(head: &'a str, values: &mut Values<'a>) {
    let Some((range, _)) = scan(head) else { return };
    copy(TIME, head.get(range.clone()).unwrap_or_default(), values);
    copy(HOST, head.get(range.end..).and_then(|rest| rest.split_ascii_whitespace().next()).unwrap_or_default(), values);
}

/// Parts of a header between bars; a bar behind a backslash is part of its part.
struct Header<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Header<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.rest.as_bytes();
        let at = (0..bytes.len()).find(|at| bytes[*at] == b'|' && (*at == 0 || bytes[*at - 1] != b'\\'))?;
        let (part, rest) = (self.rest.get(..at)?, self.rest.get(at + 1..)?);
        self.rest = rest;
        Some(part)
    }
}

/// `src=10.0.0.1 msg=a text act=block`: a value ends before the word that the next `=` stands behind.
fn pairs_of_blanks<'a>(text: &'a str, values: &mut Values<'a>) {
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let next = after.match_indices('=').find(|(at, _)| *at > 0 && after.as_bytes()[at - 1] != b'\\');
        let end = next.and_then(|(at, _)| after[..at].rfind(' ')).unwrap_or(after.len());
        set(key.trim(), after[..end].trim_end(), values);
        rest = &after[end..];
    }
}

fn set<'a>(key: &'a str, value: &'a str, values: &mut Values<'a>) {
    match key {
        "rt" | "end" | "devTime" => copy(TIME, value, values),
        "src" => copy(SOURCE, value, values),
        "dst" => copy(TARGET, value, values),
        "request" | "url" => copy(PATH, value, values),
        "requestMethod" => copy(METHOD, value, values),
        "msg" => copy(MESSAGE, value, values),
        "out" | "dstBytes" => copy(BYTES, value, values),
        "outcome" => copy(STATUS, value, values),
        "sev" => set_level(value, values),
        _ => extra(key, value, values),
    }
}

/// 0 to 10, or a word.
fn set_level<'a>(level: &'a str, values: &mut Values<'a>) {
    let word = match level {
        "0" | "1" | "2" | "3" | "Low" | "Unknown" => "info",
        "4" | "5" | "6" | "Medium" => "warn",
        "7" | "8" | "9" | "10" | "High" | "Very-High" => "error",
        _ => return extra("severity", level, values),
    };
    values.text(SEVERITY, word);
}
