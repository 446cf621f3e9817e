//! JSON lines, values by path: a scanner that decodes what somebody looks at and steps over the rest.
//!
//! Programs write their keys in the same order line after line, so the key that came at this place last time is compared
//! first; any other order costs a look-up per key. No tree is built, and a string is copied only if it has escapes.

pub(super) mod plain;
pub(super) mod together;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::batch::{Line, Memory, Piece};
use super::bytes::find_either;
use super::memo::Memo;
use super::values::{LineParser, Reason, Value, Values};
use hashbrown::HashMap;

/// Deepest nesting that is read.
const DEEPEST: usize = 64;

/// What a key leads to.
#[derive(Clone, Copy, Debug)]
struct Target {
    /// Slot of the value.
    slot: Option<u32>,
    /// Node of the members of the object.
    node: Option<u32>,
}

const NOWHERE: Target = Target { slot: None, node: None };

/// JSON objects, one per line; values are taken by dotted path.
#[derive(Debug)]
pub struct JsonPaths {
    names: Vec<String>,
    /// Keys by node; node 0 is the document.
    nodes: Vec<HashMap<Box<str>, Target>>,
}

/// Names that a document may use at its top for what has a column of its own.
const CANONICAL: [(&str, &str); 48] = [
    ("time", "time"),
    ("timestamp", "time"),
    ("@timestamp", "time"),
    ("ts", "time"),
    ("severity", "severity"),
    ("level", "severity"),
    ("log.level", "severity"),
    ("message", "message"),
    ("msg", "message"),
    ("component", "component"),
    ("logger", "component"),
    ("source", "source"),
    ("client_ip", "source"),
    ("remote_addr", "source"),
    ("source_module", "source_module"),
    ("target", "target"),
    ("upstream", "target"),
    ("upstream_addr", "target"),
    ("target_module", "target_module"),
    ("method", "method"),
    ("path", "path"),
    ("uri", "path"),
    ("url", "path"),
    ("service", "service"),
    ("status", "status"),
    ("bytes", "bytes"),
    ("body_bytes_sent", "bytes"),
    ("elapsed_s", "elapsed_s"),
    ("request_time", "elapsed_s"),
    ("elapsed_ms", "elapsed_ms"),
    ("duration_ms", "elapsed_ms"),
    ("elapsed_us", "elapsed_us"),
    ("elapsed_ns", "elapsed_ns"),
    ("host", "host"),
    ("hostname", "host"),
    ("trace_id", "trace_id"),
    ("traceId", "trace_id"),
    ("span_id", "span_id"),
    ("spanId", "span_id"),
    ("job_id", "job_id"),
    ("flow", "flow"),
    ("step", "step"),
    ("application", "application"),
    ("version", "version"),
    ("region", "region"),
    ("forwarded_for", "forwarded_for"),
    ("warning", "warning"),
    ("error", "error"),
];

impl JsonPaths {
    /// Values by `paths` (name → path), the `wanted` names by themselves as paths, and what every document may call by
    /// its canonical name. What has no name becomes an attribute under its path.
    pub fn new(paths: &BTreeMap<String, String>, wanted: &[String]) -> Self {
        let mut parser = Self { names: Vec::new(), nodes: vec![HashMap::new()] };
        for (name, path) in paths {
            parser.add(name, path);
        }
        for name in wanted {
            if !parser.names.contains(name) {
                parser.add(name, name);
            }
        }
        for (key, name) in CANONICAL {
            if !paths.contains_key(name) && parser.find(key).is_none_or(|target| target.slot.is_none()) {
                parser.add(name, key);
            }
        }
        parser
    }

    fn find(&self, path: &str) -> Option<Target> {
        let mut node = 0;
        let mut keys = path.split('.').peekable();
        while let Some(key) = keys.next() {
            let target = self.nodes[node].get(key)?;
            if keys.peek().is_none() {
                return Some(*target);
            }
            node = target.node? as usize;
        }
        None
    }

    /// Where a member of an object leads: its slot, and the number of the object it may be. The document is number 0.
    #[cfg(feature = "vrl")]
    pub(super) fn member(&self, node: u32, key: &str) -> (Option<usize>, Option<u32>) {
        let target = self.nodes[node as usize].get(key).copied().unwrap_or(NOWHERE);
        (target.slot.map(|slot| slot as usize), target.node)
    }

    fn add(&mut self, name: &str, path: &str) {
        let slot = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        let path = path.trim_start_matches("$.");
        // A key may itself have dots (`http.status`): the whole path is a key of the document, too.
        self.nodes[0].entry(path.into()).or_insert(NOWHERE).slot = Some(slot as u32);
        let mut node = 0;
        let mut keys = path.split('.').peekable();
        while let Some(key) = keys.next() {
            let fresh = self.nodes.len() as u32;
            let target = self.nodes[node].entry(key.into()).or_insert(NOWHERE);
            if keys.peek().is_none() {
                target.slot = Some(slot as u32);
                return;
            }
            node = *target.node.get_or_insert(fresh) as usize;
            if node == fresh as usize {
                self.nodes.push(HashMap::new());
            }
        }
    }
}

impl LineParser for JsonPaths {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut expected = std::mem::take(&mut values.expected_keys);
        let mut keys = values.paths.take().unwrap_or_default();
        let mut scanner = Scanner { parser: self, line, at: 0, prefix: String::new() };
        let result = scanner.document(values, &mut keys, &mut expected);
        values.expected_keys = expected;
        values.paths = Some(keys);
        result.ok_or(Reason::BAD_JSON)
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        line.starts_with('{').then_some(true)
    }

    fn begins_with(&self, first: u8) -> bool {
        first == b'{'
    }

    fn split(&self, text: &[u8], line: Range<usize>, pieces: &mut [Piece], memory: &mut Memory) -> bool {
        plain::split(self, text, line, pieces, memory)
    }

    fn split_all(&self, text: &[u8], lines: &mut [Line], pieces: &mut [Piece], memory: &mut Memory) {
        together::split_all(self, text, lines, pieces, memory);
    }
}

struct Scanner<'p, 'a> {
    parser: &'p JsonPaths,
    line: &'a str,
    at: usize,
    /// Path of the object that is being read, for attributes.
    prefix: String,
}

impl<'a> Scanner<'_, 'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            self.blanks();
            if self.peek()? != byte {
                return None;
            }
        }
        self.at += 1;
        Some(())
    }

    fn document(
        &mut self,
        values: &mut Values<'a>,
        keys: &mut Memo,
        expected: &mut Vec<(&'a str, Option<u32>, Option<u32>)>,
    ) -> Option<()> {
        self.take(b'{')?;
        self.blanks();
        let mut place = 0;
        if self.peek()? == b'}' {
            self.at += 1;
        } else {
            loop {
                let (key, target) = self.document_key(place, keys, expected)?;
                place += 1;
                if !self.plain(target, values) {
                    self.value(key, target, values, 1)?;
                    self.blanks();
                }
                let next = self.peek()?;
                self.at += 1;
                match next {
                    b',' => {}
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.blanks();
        (self.at == self.line.len()).then_some(())
    }

    /// The next key of the document with what it leads to; the key expected at this place costs one comparison.
    #[inline]
    fn document_key(
        &mut self,
        place: usize,
        keys: &mut Memo,
        expected: &mut Vec<(&'a str, Option<u32>, Option<u32>)>,
    ) -> Option<(Cow<'a, str>, Target)> {
        if let Some(&(quoted, slot, node)) = expected.get(place)
            && self.line.as_bytes()[self.at..].starts_with(quoted.as_bytes())
        {
            self.at += quoted.len();
            return Some((Cow::Borrowed(&quoted[1..quoted.len() - 2]), Target { slot, node }));
        }
        self.blanks();
        let start = self.at;
        let key = self.string()?;
        let [slot, node, _] = keys.get(key.as_bytes(), || {
            let target = self.parser.nodes[0].get(key.as_ref()).copied().unwrap_or(NOWHERE);
            [target.slot, target.node, None].map(|number| number.map_or(0, |number| number + 1))
        });
        let target = Target { slot: slot.checked_sub(1), node: node.checked_sub(1) };
        let tight = self.peek() == Some(b':');
        self.take(b':')?;
        if tight && matches!(key, Cow::Borrowed(_)) && place <= expected.len() && place < 256 {
            let entry = (&self.line[start..self.at], target.slot, target.node);
            match expected.get_mut(place) {
                Some(known) => *known = entry,
                None => expected.push(entry),
            }
        }
        Some((key, target))
    }

    fn object(&mut self, node: Option<u32>, values: &mut Values<'a>, depth: usize) -> Option<()> {
        self.take(b'{')?;
        self.blanks();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.blanks();
            let key = self.string()?;
            self.take(b':')?;
            let target = node.and_then(|node| self.parser.nodes[node as usize].get(key.as_ref()).copied()).unwrap_or(NOWHERE);
            self.value(key, target, values, depth)?;
            self.blanks();
            let next = self.peek()?;
            self.at += 1;
            match next {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Takes a string without escapes or a number that `,` or `}` follows, as nearly all values are; says whether it did.
    #[inline]
    fn plain(&mut self, target: Target, values: &mut Values<'a>) -> bool {
        let slot = target.slot.map(|slot| slot as usize).filter(|&slot| values.wants(slot));
        if slot.is_none() && values.wants_extra() {
            return false;
        }
        let bytes = self.line.as_bytes();
        let (start, end, next) = match bytes.get(self.at) {
            Some(b'"') => match find_either(bytes, self.at + 1, b'"', b'\\') {
                Some(end) if bytes[end] == b'"' => (self.at + 1, end, end + 1),
                _ => return false,
            },
            Some(b'-' | b'0'..=b'9') => {
                let end = bytes[self.at..].iter().position(|&byte| !is_of_number(byte)).map_or(bytes.len(), |length| self.at + length);
                (self.at, end, end)
            }
            _ => return false,
        };
        if !matches!(bytes.get(next), Some(b',' | b'}')) {
            return false;
        }
        if let Some(slot) = slot {
            values.text(slot, &self.line[start..end]);
        }
        self.at = next;
        true
    }

    #[inline]
    fn value(&mut self, key: Cow<'a, str>, target: Target, values: &mut Values<'a>, depth: usize) -> Option<()> {
        self.blanks();
        let slot = target.slot.map(|slot| slot as usize).filter(|&slot| values.wants(slot));
        match self.peek()? {
            b'"' => {
                if slot.is_none() && !values.wants_extra() {
                    return self.skip_string();
                }
                let text = self.string()?;
                match slot {
                    Some(slot) => values.set(slot, text_value(text)),
                    None => self.extra(key, target, text, values),
                }
                Some(())
            }
            b'{' if depth < DEEPEST && (target.node.is_some() || (values.wants_extra() && target.slot.is_none())) => {
                let before = self.prefix.len();
                if values.wants_extra() {
                    self.prefix.push_str(&key);
                    self.prefix.push('.');
                }
                self.object(target.node, values, depth + 1)?;
                self.prefix.truncate(before);
                Some(())
            }
            b'{' | b'[' => {
                let start = self.at;
                self.skip_nested()?;
                let text = Cow::Borrowed(&self.line[start..self.at]);
                match slot {
                    Some(slot) => values.set(slot, text_value(text)),
                    None => self.extra(key, target, text, values),
                }
                Some(())
            }
            _ => {
                let word = self.bare()?;
                match (slot, word) {
                    (_, "null") => {}
                    (Some(slot), "true") => values.set(slot, Value::Bool(true)),
                    (Some(slot), "false") => values.set(slot, Value::Bool(false)),
                    (Some(slot), number) => values.text(slot, number),
                    (None, word) => self.extra(key, target, Cow::Borrowed(word), values),
                }
                Some(())
            }
        }
    }

    fn extra(&self, key: Cow<'a, str>, target: Target, text: Cow<'a, str>, values: &mut Values<'a>) {
        // A slot that nobody wants is no attribute either.
        if values.wants_extra() && target.slot.is_none() {
            let key = if self.prefix.is_empty() { key } else { Cow::Owned(format!("{}{key}", self.prefix)) };
            values.extra.push((key, text));
        }
    }

    /// A number, `true`, `false` or `null`, as written.
    #[inline]
    fn bare(&mut self) -> Option<&'a str> {
        let rest = &self.line.as_bytes()[self.at..];
        let end = match rest.first()? {
            b'-' | b'0'..=b'9' => rest.iter().position(|&byte| !is_of_number(byte)).unwrap_or(rest.len()),
            _ => ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word.as_bytes()))?.len(),
        };
        if !matches!(rest.get(end), None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')) {
            return None;
        }
        let word = &self.line[self.at..self.at + end];
        self.at += end;
        Some(word)
    }

    #[inline]
    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        let end = find_either(self.line.as_bytes(), start, b'"', b'\\')?;
        if self.line.as_bytes()[end] == b'"' {
            self.at = end + 1;
            return Some(Cow::Borrowed(&self.line[start..end]));
        }
        self.escaped(start, end).map(Cow::Owned)
    }

    fn skip_string(&mut self) -> Option<()> {
        let bytes = self.line.as_bytes();
        let mut at = self.at + 1;
        loop {
            at = find_either(bytes, at, b'"', b'\\')?;
            if bytes[at] == b'"' {
                self.at = at + 1;
                return Some(());
            }
            at += 2;
        }
    }

    #[cold]
    fn escaped(&mut self, start: usize, first: usize) -> Option<String> {
        let mut out = self.line[start..first].to_owned();
        let mut at = first;
        loop {
            let plain = find_either(self.line.as_bytes(), at, b'"', b'\\')?;
            out.push_str(self.line.get(at..plain)?);
            at = plain;
            if self.line.as_bytes()[at] == b'"' {
                self.at = at + 1;
                return Some(out);
            }
            at += 2;
            out.push(match self.line.as_bytes().get(at - 1)? {
                b'n' => '\n',
                b't' => '\t',
                b'r' => '\r',
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                &byte @ (b'"' | b'\\' | b'/') => byte as char,
                b'u' => {
                    let (decoded, used) = unicode_escape(self.line.get(at..)?)?;
                    at += used;
                    decoded
                }
                _ => return None,
            });
        }
    }

    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
        None
    }
}

#[inline]
fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')
}

fn text_value(text: Cow<'_, str>) -> Value<'_> {
    match text {
        Cow::Borrowed(text) => Value::Text(text),
        Cow::Owned(text) => Value::Owned(text),
    }
}

/// What stands after `\u`, with the second half of a surrogate pair; and how many bytes it took. A lone half is U+FFFD.
fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| u32::from_str_radix(text.get(..4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?, 16).ok();
    let first = unit(text)?;
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = text.get(4..).and_then(|rest| rest.strip_prefix("\\u")).and_then(unit)
        && (0xdc00..0xe000).contains(&second)
    {
        return Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, 10));
    }
    Some((char::from_u32(first).unwrap_or('\u{fffd}'), 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn parser() -> JsonPaths {
        let paths = [("status", "http.response.status"), ("x", "a.b")].map(|(name, path)| (name.to_owned(), path.to_owned()));
        JsonPaths::new(&BTreeMap::from(paths), &["took".to_owned()])
    }

    type Pairs = Vec<(String, String)>;

    fn read(lines: &[&str]) -> Vec<Option<Pairs>> {
        let parser = parser();
        let mut values = Values::new(parser.names().len());
        let mut all = Vec::new();
        for line in lines {
            values.clear();
            let read = parser.parse(line, &mut values).ok().map(|()| {
                let slots = parser.names().iter().enumerate();
                let mut pairs: Vec<_> =
                    slots.filter_map(|(slot, name)| Some((name.clone(), values.get(slot).to_text()?.into_owned()))).collect();
                pairs.sort();
                pairs.extend(values.extra.iter().map(|(key, value)| (format!("+{key}"), value.to_string())));
                pairs
            });
            all.push(read);
        }
        all
    }

    #[test]
    fn documents_read_by_path() {
        type Borrowed = &'static [(&'static str, &'static str)];
        let cases: &[(&str, Option<Borrowed>)] = &[
            (r#"{"time":"t","took":1.5}"#, Some(&[("time", "t"), ("took", "1.5")])),
            (r#"{"took":true,"time":"t2"}"#, Some(&[("time", "t2"), ("took", "true")])),
            (
                r#"{"http":{"response":{"status":503,"z":1}},"a":{"b":"c"}}"#,
                Some(&[("status", "503"), ("x", "c"), ("+http.response.z", "1")]),
            ),
            (r#"{"a.b":"dotted","q":{"r":[1,{"s":"}"}]}}"#, Some(&[("x", "dotted"), ("+q.r", r#"[1,{"s":"}"}]"#)])),
            (r#" { "time" : "a\"\u00e9\ud83d\ude00\n" , "took" : null } "#, Some(&[("time", "a\"é😀\n")])),
            ("{}", Some(&[])),
            (r#"{"time":"t"#, None),
            (r#"{"time":"t","#, None),
            (r#"{"time":tru}"#, None),
            (r#"{"time":1x}"#, None),
            (r#"{"time" "t"}"#, None),
            (r#"{"time":"\q"}"#, None),
            (r#"{"time":"t"} x"#, None),
            (r#"{"q":[1,2}"#, None),
            ("[1]", None),
            ("", None),
        ];
        let lines: Vec<&str> = cases.iter().map(|(line, _)| *line).collect();
        for ((line, expected), read) in cases.iter().zip(read(&lines)) {
            let expected = expected.map(|pairs| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>());
            assert_eq!(read, expected, "{line}");
        }
    }

    #[test]
    fn keys_in_any_order_give_the_same_values() {
        let lines = [r#"{"time":"t","took":1,"status":2}"#, r#"{"took":1,"time":"t","status":2}"#, r#"{"time":"t","took":1,"status":2}"#];
        let read = read(&lines);
        assert!(read[0].is_some() && read[0] == read[1] && read[1] == read[2]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_the_scanner_panic(line in "[{}\\[\\]\":,a-b\\\\u0-9é ]{0,60}") {
            let _ = read(&[r#"{"a":1,"b":"2"}"#, &line]);
        }
    }
}
