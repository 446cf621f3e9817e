//! JSON lists of events in one line or object: what AWS CloudTrail, Azure's diagnostics and CloudWatch's subscriptions put into a store.
//!
//! `{"Records":[{…},{…}]}` (docs.aws.amazon.com, "CloudTrail log file examples"), `{"records":[…]}` (learn.microsoft.com, "Azure resource logs"),
//! `{"logEvents":[…]}` (docs.aws.amazon.com, "Subscription filters") and `[{…},{…}]`. Every object of the list is read as a JSON line would be.

use std::sync::Arc;

use super::json::{Json, Members};
use super::keys::MESSAGE;
use super::structured::{Structured, Syntax};
use crate::normalise::values::{LineParser, ManyParser, Reason, Sink, Values};

/// The keys of such a list.
const LISTS: [&str; 3] = ["Records", "records", "logEvents"];

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Records {
    reader: Structured,
}

impl Records {
    pub(in crate::normalise) fn new(sample: &[&str]) -> Self {
        let events: Vec<&str> = sample.iter().filter_map(|line| list_of(line)).flat_map(objects).collect();
        Self { reader: Structured::new(Syntax::Json, &events) }
    }
}

/// Whether a line holds such a list.
pub(in crate::normalise) fn holds_records(line: &str) -> bool {
    list_of(line).is_some()
}

/// The list of a line, where its members are objects.
fn list_of(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_list = |text: &str| text.strip_prefix('[').is_some_and(|inner| inner.trim_start().starts_with('{'));
    if line.starts_with('[') {
        return (line.ends_with(']') && is_list(line)).then_some(line);
    }
    // What holds no such key need not be looked through.
    if !LISTS.iter().any(|key| line.contains(key)) {
        return None;
    }
    Members::of(line)?.find_map(|(key, value)| match value {
        Json::Array(list) if LISTS.contains(&key) && is_list(list) => Some(list),
        _ => None,
    })
}

/// The objects of a list, as far as they are whole.
fn objects(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.find('{')?;
        let length = object_end(rest.get(start..)?)?;
        let object = rest.get(start..start + length)?;
        rest = rest.get(start + length..)?;
        Some(object)
    })
}

/// Length of the object at the start of a text; `None` where it does not end.
fn object_end(text: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut is_escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => depth += 1,
            b'}' if !in_text => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

impl LineParser for Records {
    fn names(&self) -> &[String] {
        self.reader.names()
    }

    /// Only [`ManyParser::parse_many`] reads a list; a single event has no line of its own.
    fn parse<'a>(&self, _line: &'a str, _values: &mut Values<'a>) -> Result<(), Reason> {
        Err(Reason::NO_MATCH)
    }

    fn with_names(&self, names: &[String]) -> Option<Arc<dyn LineParser>> {
        Some(Arc::new(Self { reader: self.reader.with_more(names) }))
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        Some(line.starts_with(['{', '[']))
    }

    fn wants_whole_event(&self) -> bool {
        true
    }

    fn many(&self) -> Option<&dyn ManyParser> {
        Some(self)
    }
}

impl ManyParser for Records {
    fn holds(&self, line: &str) -> bool {
        holds_records(line)
    }

    fn parse_many(&self, line: &str, sink: &mut dyn Sink) -> Result<(), Reason> {
        let list = list_of(line).ok_or(Reason::BAD_JSON)?;
        let wanted: Vec<bool> = (0..self.names().len()).map(|slot| sink.wants(slot)).collect();
        for object in objects(list) {
            let mut values = Values::wanting(&wanted, true);
            self.reader.parse(object, &mut values)?;
            if !values.get(MESSAGE).is_present() {
                values.text(MESSAGE, object);
            }
            sink.record(&values);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_whatever_stands_in_their_texts() {
        let list = list_of(r#"{"owner":"1","logEvents":[{"a":"}{\"]"}, {"b":{"c":[1]}} ]}"#).unwrap();
        assert_eq!(objects(list).collect::<Vec<_>>(), [r#"{"a":"}{\"]"}"#, r#"{"b":{"c":[1]}}"#]);
        assert_eq!(list_of(r#"{"msg":"2 records","records":2}"#), None);
        assert_eq!(list_of("[2026-11-22 10:15:03] {x}"), None);
        assert_eq!(list_of(r#"{"records":["a"]}"#), None);
    }
}
