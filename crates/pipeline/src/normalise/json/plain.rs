//! JSON lines that are plain: one object without escapes, and nested values only where nobody looks, as nearly all are.
//!
//! Nothing is decoded, so a value is where it stands in the text, and a key that came at this place in the line before is
//! one comparison. Whatever is not plain is left to the scanner that reads everything; what both read must be equal.

use std::ops::Range;

use super::{JsonPaths, NOWHERE, is_of_number};
use crate::normalise::batch::{Key, Keys, Memory, Piece};
use crate::normalise::bytes::{Needle, digits_end, string_end};
use crate::normalise::memo::{Key as Memoed, Remembered};

/// Most members of a line that is read plainly, and most keys that are remembered for it.
const MOST_MEMBERS: usize = 256;

/// What becomes of the values of keys: numbers by agreement with the parser.
pub(in crate::normalise) trait Plain {
    /// What becomes of a key's values; `None` where only the whole scanner can tell.
    fn use_of(&self, key: &str, memory: &Memory) -> Option<u32>;

    /// Takes a value other than `null`; `None` where it is not plain after all.
    fn take(&self, using: u32, value: PlainValue<'_>, pieces: &mut [Piece], memory: &Memory) -> Option<()>;

    /// What is looked at of a value before it is taken into a slot. A number of digits and points is always taken.
    fn look(&self, _slot: usize) -> Look {
        Look::Never
    }

    /// Whether a text or a number of `text` is taken into a slot that is empty, whatever the line says besides.
    fn surely_takes(&self, _slot: usize, _text: &[u8], _value: Range<usize>) -> bool {
        true
    }
}

/// What a parser looks at before it takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Look {
    Never,
    /// Whether it is more than one byte, with which some write nothing.
    Length,
    /// What [`Plain::surely_takes`] looks at.
    Whole,
}

/// A value as it stands in the text.
#[derive(Clone, Copy)]
pub(in crate::normalise) struct PlainValue<'t> {
    pub(in crate::normalise) text: &'t [u8],
    pub(in crate::normalise) piece: Piece,
    pub(in crate::normalise) is_flag: bool,
}

impl<'t> PlainValue<'t> {
    pub(in crate::normalise) fn bytes(&self) -> &'t [u8] {
        self.text.get(self.piece.range()).unwrap_or_default()
    }
}

/// Splits a line as [`LineParser::split`](crate::normalise::values::LineParser::split) does.
#[inline]
pub(in crate::normalise) fn split(parser: &impl Plain, text: &[u8], line: Range<usize>, pieces: &mut [Piece], memory: &mut Memory) -> bool {
    pieces.fill(Piece::MISSING);
    // What stands behind the line is looked at, too, so that its end is nothing special; but then all was in vain.
    let Some(end) = members(parser, text, line.start, pieces, memory) else { return false };
    end == line.end || end < line.end && past_blanks(&text[..line.end], end) == line.end
}

/// Reads the object that begins at `at`; where it ends, if all of it is plain.
#[inline]
fn members(parser: &impl Plain, text: &[u8], at: usize, pieces: &mut [Piece], memory: &mut Memory) -> Option<usize> {
    if *text.get(at)? != b'{' {
        return None;
    }
    let mut at = at + 1;
    for place in 0..MOST_MEMBERS {
        let (using, start) = key(parser, text, at, place, memory)?;
        let (value, behind) = value(text, start)?;
        if let Some(value) = value {
            parser.take(using, value, pieces, memory)?;
        }
        match mark(text, behind)? {
            (b',', place) => at = place + 1,
            (b'}', place) => return Some(place + 1),
            _ => return None,
        }
    }
    None
}

/// What stands behind a value, and where.
#[inline(always)]
fn mark(text: &[u8], at: usize) -> Option<(u8, usize)> {
    match *text.get(at)? {
        mark @ (b',' | b'}') => Some((mark, at)),
        _ => {
            let at = past_some_blanks(text, at);
            Some((*text.get(at)?, at))
        }
    }
}

/// What becomes of the key at `at`, and where its value begins. The key that stood at this place last is compared first.
#[inline(always)]
fn key(parser: &impl Plain, text: &[u8], at: usize, place: usize, memory: &mut Memory) -> Option<(u32, usize)> {
    expected_key(text, at, place, memory).or_else(|| other_key(parser, text, at, place, memory))
}

#[inline(always)]
fn expected_key(text: &[u8], at: usize, place: usize, memory: &Memory) -> Option<(u32, usize)> {
    let key = memory.keys.known.get(*memory.keys.expected.get(place)? as usize)?;
    key.written.is_at(text, at).then(|| (key.using, at.wrapping_add(key.written.len())))
}

#[inline(never)]
fn other_key(parser: &impl Plain, text: &[u8], at: usize, place: usize, memory: &mut Memory) -> Option<(u32, usize)> {
    let behind = past_blanks(text, at);
    let expected = if behind > at { expected_key(text, behind, place, memory) } else { None };
    expected.or_else(|| unexpected_key(parser, text, behind, place, memory))
}

fn unexpected_key(parser: &impl Plain, text: &[u8], at: usize, place: usize, memory: &mut Memory) -> Option<(u32, usize)> {
    if *text.get(at)? != b'"' {
        return None;
    }
    let close = string_end(text, at + 1)?;
    if *text.get(close + 1)? != b':' {
        return None;
    }
    let inner = &text[at + 1..close];
    let short = text[at + 1..].first_chunk().and_then(|block| Memoed::beginning(block, inner.len()));
    let remembered = short.and_then(|key| memory.keys.by_text.as_ref()?.recall(&key));
    let [number, ..] = remembered.unwrap_or_else(|| number_of(parser, inner, &text[at..close + 2], memory));
    let Keys { known, expected, .. } = &mut memory.keys;
    let key = known.get(number as usize)?;
    match expected.get_mut(place) {
        Some(expected) => *expected = number,
        None => expected.push(number),
    }
    Some((key.using, close + 2))
}

/// The number of a key that is met seldom, or does not stand where it is looked for first.
#[inline(never)]
fn number_of(parser: &impl Plain, inner: &[u8], written: &[u8], memory: &mut Memory) -> Remembered {
    let mut by_text = memory.keys.by_text.take().unwrap_or_default();
    let remembered = by_text.get(inner, || [learn(parser, inner, written, memory), 0, 0]);
    memory.keys.by_text = Some(by_text);
    remembered
}

/// The number of a key that is met for the first time; of one that is not read plainly, a number beyond all.
fn learn(parser: &impl Plain, inner: &[u8], written: &[u8], memory: &mut Memory) -> u32 {
    const NO_KEY: u32 = u32::MAX;
    let using = std::str::from_utf8(inner).ok().and_then(|key| parser.use_of(key, memory));
    let (Some(using), Some(written)) = (using, Needle::new(written)) else { return NO_KEY };
    if memory.keys.known.len() >= MOST_MEMBERS {
        return NO_KEY;
    }
    memory.keys.known.push(Key { written, using });
    memory.keys.known.len() as u32 - 1
}

/// The slot of a value that nobody asks for.
pub(in crate::normalise) const UNASKED: u32 = u32::MAX;

impl Plain for JsonPaths {
    fn use_of(&self, key: &str, memory: &Memory) -> Option<u32> {
        let target = self.nodes[0].get(key).copied().unwrap_or(NOWHERE);
        if target.node.is_some() || memory.wants_extra && target.slot.is_none() {
            return None;
        }
        let wanted = target.slot.filter(|&slot| memory.wanted.get(slot as usize) == Some(&true));
        Some(wanted.unwrap_or(UNASKED))
    }

    #[inline(always)]
    fn take(&self, using: u32, value: PlainValue<'_>, pieces: &mut [Piece], _: &Memory) -> Option<()> {
        if let Some(piece) = pieces.get_mut(using as usize) {
            *piece = value.piece;
            // A flag is more than its word.
            return (!value.is_flag).then_some(());
        }
        Some(())
    }
}

/// Most programs write no blanks: that none is here is one comparison.
#[inline(always)]
fn past_blanks(text: &[u8], at: usize) -> usize {
    if text.get(at).is_some_and(|&byte| byte <= b' ') { past_some_blanks(text, at) } else { at }
}

#[inline(never)]
fn past_some_blanks(text: &[u8], at: usize) -> usize {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    text[at..].iter().position(|byte| !is_blank(byte)).map_or(text.len(), |length| at + length)
}

/// A value that is a piece of the text, nothing for `null`; and where it ends.
#[inline(always)]
fn value(text: &[u8], at: usize) -> Option<(Option<PlainValue<'_>>, usize)> {
    let of = |start: usize, end: usize, is_flag: bool| PlainValue { text, piece: Piece::between(start, end), is_flag };
    match *text.get(at)? {
        b'"' => {
            let end = string_end(text, at + 1)?;
            Some((Some(of(at + 1, end, false)), end + 1))
        }
        b'-' | b'0'..=b'9' => {
            let end = number_end(text, at + 1);
            Some((Some(of(at, end, false)), end))
        }
        0..=b' ' => spaced_value(text, at),
        b'n' if text[at..].starts_with(b"null") => Some((None, at + 4)),
        _ => {
            let word = [&b"true"[..], b"false"].into_iter().find(|word| text[at..].starts_with(word))?;
            Some((Some(of(at, at + word.len(), true)), at + word.len()))
        }
    }
}

/// A value behind blanks.
#[inline(never)]
fn spaced_value(text: &[u8], at: usize) -> Option<(Option<PlainValue<'_>>, usize)> {
    let behind = past_some_blanks(text, at);
    if behind > at { value(text, behind) } else { None }
}

/// The keys of a plain line that begins at `start`, without their quotes, and its values, with theirs.
pub(super) fn members_of(text: &[u8], start: usize) -> Option<Vec<(Range<usize>, Range<usize>)>> {
    let (mut at, mut members) = (start + 1, Vec::new());
    loop {
        let key = past_blanks(text, at) + 1;
        let key = key..string_end(text, key)?;
        let start = past_blanks(text, key.end + 2);
        let (_, end) = value(text, start)?;
        members.push((key, start..end));
        at = match mark(text, end)? {
            (b',', place) => place + 1,
            _ => return Some(members),
        };
    }
}

/// Where the number ends that begins at `at`, if one does.
pub(super) fn number(text: &[u8], at: usize) -> Option<usize> {
    matches!(text.get(at)?, b'-' | b'0'..=b'9').then(|| number_end(text, at + 1))
}

/// Where a number ends that has its first digit or sign before `at`.
#[inline(always)]
fn number_end(text: &[u8], at: usize) -> usize {
    let mut end = digits_end(text, at);
    if text.get(end) == Some(&b'.') {
        end = digits_end(text, end + 1);
    }
    while text.get(end).is_some_and(|&byte| is_of_number(byte)) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::super::tests::parser;
    use super::*;
    use crate::normalise::values::{LineParser, Values};

    /// What the plain way reads, if it does, must be what the whole one reads.
    fn check_split(line: &str, memory: &mut Memory) {
        let parser = parser();
        let mut pieces = vec![Piece::MISSING; parser.names().len()];
        let mut values = Values::wanting(&memory.wanted, false);
        if parser.split(line.as_bytes(), 0..line.len(), &mut pieces, memory) {
            assert_eq!(parser.parse(line, &mut values), Ok(()), "{line}");
            for (slot, piece) in pieces.iter().enumerate() {
                let text = (*piece != Piece::MISSING).then(|| line[piece.range()].to_owned());
                assert_eq!(text, values.get(slot).to_text().map(|text| text.into_owned()), "{line}");
            }
        }
    }

    #[test]
    fn plain_lines_are_split_whatever_the_order_and_the_blanks() {
        let mut memory = Memory::new(&(vec![true; parser().names().len()], false));
        for line in [
            r#"{"time":"t","took":1.5,"other":true,"status":-2}"#,
            r#"{"took": 1, "time": "t", "a rather long key": "x", "status": 2 } "#,
            r#"{"a rather long key":"x","time":"t","took":null}"#,
            r#"{"time":"a","ts":"b"}"#,
        ] {
            let mut pieces = vec![Piece::MISSING; parser().names().len()];
            assert!(parser().split(line.as_bytes(), 0..line.len(), &mut pieces, &mut memory), "{line}");
            check_split(line, &mut memory);
        }
    }

    proptest::proptest! {
        #[test]
        fn split_lines_read_as_parsed_ones(lines in proptest::collection::vec(r#"\{("(time|took|ts|a|x\\\\|http)": ?("[a-b\\\\]{0,3}"|1.5|true|null|\{\}|\[1\])[,} ]{1,2}){0,4}"#, 1..6)) {
            let mut memory = Memory::new(&(vec![true; parser().names().len()], false));
            lines.iter().for_each(|line| check_split(line, &mut memory));
        }
    }
}
