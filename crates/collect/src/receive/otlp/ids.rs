//! Spans that have no name: without a valid trace id and span id they can be joined to nothing, and are told to the sender
//! as rejected. And whether a text is a request at all.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::super::protobuf::{Fields, Malformed};
use super::{Rejected, Signal};

const REASON: &str = "spans without a valid trace id and span id";
/// Levels of objects and lists in a request. Values of attributes may hold values, each of which takes three.
const DEEPEST: usize = 128;

/// Counts those of a `ResourceSpans`.
pub(super) fn count_nameless_in_protobuf(block: &[u8], rejected: &mut Rejected) -> Result<(), Malformed> {
    let mut count = 0;
    for scope in messages(block, 2) {
        for span in messages(scope?, 2) {
            let (mut trace, mut own) = (false, false);
            let mut fields = Fields::of(span?);
            while let Some((number, value)) = fields.next()? {
                match number {
                    1 => trace = is_id(value.bytes(number)?, 16),
                    2 => own = is_id(value.bytes(number)?, 8),
                    _ => {}
                }
            }
            count += u64::from(!(trace && own));
        }
    }
    rejected.add(count, REASON);
    Ok(())
}

/// The messages in a repeated field.
pub(super) fn messages(message: &[u8], field: u32) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    let mut fields = Fields::of(message);
    std::iter::from_fn(move || {
        loop {
            match fields.next() {
                Ok(Some((number, value))) if number == field => return Some(value.bytes(number)),
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(malformed) => {
                    fields = Fields::of(&[]);
                    return Some(Err(malformed));
                }
            }
        }
    })
}

fn is_id(bytes: &[u8], length: usize) -> bool {
    bytes.len() == length && bytes.iter().any(|&byte| byte != 0)
}

fn is_hex_id(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte != b'0')
}

/// Checks that a text is a request of this signal; gives the number of its resources.
pub(super) fn check_json(signal: Signal, text: &str, rejected: &mut Rejected) -> Result<u64, String> {
    // A list would be taken for the members of an object in their order.
    if !text.trim_start().starts_with('{') {
        return Err("the body is no JSON object".to_owned());
    }
    if depth(text) > DEEPEST {
        return Err(format!("the body is nested more than {DEEPEST} deep"));
    }
    let malformed = |error: serde_json::Error| format!("the body is no OTLP request in JSON: {error}");
    match signal {
        Signal::Logs => {
            let request: Logs = serde_json::from_str(text).map_err(malformed)?;
            Ok(request.blocks.map_or(0, |counted| counted.items))
        }
        Signal::Traces => {
            let request: Traces = serde_json::from_str(text).map_err(malformed)?;
            let counted = request.blocks.unwrap_or_default();
            rejected.add(counted.nameless, REASON);
            Ok(counted.items)
        }
    }
}

/// How deep objects and lists of a JSON text stand within each other, whether it is well-formed or not.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[derive(Deserialize)]
struct Logs {
    #[serde(rename = "resourceLogs", alias = "resource_logs")]
    blocks: Option<Counted<IgnoredAny>>,
}

#[derive(Deserialize)]
struct Traces {
    #[serde(rename = "resourceSpans", alias = "resource_spans")]
    blocks: Option<Counted<Block>>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "scopeSpans", alias = "scope_spans")]
    scopes: Option<Counted<Scope>>,
}

#[derive(Deserialize)]
struct Scope {
    spans: Option<Counted<Span>>,
}

#[derive(Deserialize)]
struct Span {
    #[serde(rename = "traceId", alias = "trace_id")]
    trace: Option<String>,
    #[serde(rename = "spanId", alias = "span_id")]
    own: Option<String>,
}

/// Spans without a name in a part of a request.
trait Nameless {
    fn nameless(&self) -> u64;
}

impl Nameless for IgnoredAny {
    fn nameless(&self) -> u64 {
        0
    }
}

impl Nameless for Block {
    fn nameless(&self) -> u64 {
        self.scopes.as_ref().map_or(0, |scopes| scopes.nameless)
    }
}

impl Nameless for Scope {
    fn nameless(&self) -> u64 {
        self.spans.as_ref().map_or(0, |spans| spans.nameless)
    }
}

impl Nameless for Span {
    fn nameless(&self) -> u64 {
        let is_id = |id: &Option<String>, digits| id.as_deref().is_some_and(|id| is_hex_id(id, digits));
        u64::from(!(is_id(&self.trace, 32) && is_id(&self.own, 16)))
    }
}

/// A list of which only numbers are kept.
struct Counted<T> {
    items: u64,
    nameless: u64,
    of: PhantomData<T>,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self { items: 0, nameless: 0, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de> + Nameless> Deserialize<'de> for Counted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self::default())
    }
}

impl<'de, T: Deserialize<'de> + Nameless> Visitor<'de> for Counted<T> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Self, A::Error> {
        while let Some(item) = items.next_element::<T>()? {
            self.items += 1;
            self.nameless += item.nameless();
        }
        Ok(self)
    }
}
