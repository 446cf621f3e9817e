//! JSON lines that are plain: one object without escapes, and nested values only where nobody looks, as nearly all are.
//!
//! Nothing is decoded, so a value is where it stands in the text, and a key that came at this place in the line before is
//! one comparison. Whatever is not plain is left to the scanner that reads everything; what both read must be equal.

use std::ops::Range;

use super::{JsonPaths, NOWHERE, is_of_number};
use crate::normalise::batch::{Key, Keys, Memory, Piece};
use crate::normalise::bytes::{Needle, find_either};

/// Most members of a line that is read plainly, and most keys that are remembered for it.
const MOST_MEMBERS: usize = 256;

impl JsonPaths {
    /// Reads a line as [`LineParser::split`](crate::normalise::values::LineParser::split) does.
    pub(super) fn split_line(&self, text: &[u8], line: Range<usize>, pieces: &mut [Piece], memory: &mut Memory) -> bool {
        pieces.fill(Piece::MISSING);
        let end = line.end;
        self.split_members(&text[..end], line.start, pieces, memory).is_some_and(|at| at == end)
    }

    /// Reads the object that begins at `at`; where it ends with the blanks behind it, if all of it is plain.
    #[inline]
    fn split_members(&self, text: &[u8], at: usize, pieces: &mut [Piece], memory: &mut Memory) -> Option<usize> {
        if *text.get(at)? != b'{' {
            return None;
        }
        let mut at = past_blanks(text, at + 1);
        for place in 0.. {
            let (slot, start) = self.split_key(text, at, place, memory)?;
            let (piece, behind) = plain_value(text, past_blanks(text, start), slot < pieces.len())?;
            if let Some(known) = pieces.get_mut(slot)
                && piece != Piece::MISSING
            {
                *known = piece;
            }
            let behind = past_blanks(text, behind);
            at = past_blanks(text, behind + 1);
            match *text.get(behind)? {
                b',' => {}
                b'}' => return Some(at),
                _ => return None,
            }
        }
        None
    }

    /// The slot of the key at `at`, and where its value begins. The key that stood at this place last is compared first.
    #[inline]
    fn split_key(&self, text: &[u8], at: usize, place: usize, memory: &mut Memory) -> Option<(usize, usize)> {
        if let Some(&expected) = memory.keys.expected.get(place)
            && let Some(key) = memory.keys.known.get(expected as usize)
            && key.written.is_at(text, at)
        {
            return Some((key.slot, at + key.written.len()));
        }
        self.split_unexpected_key(text, at, place, memory)
    }

    fn split_unexpected_key(&self, text: &[u8], at: usize, place: usize, memory: &mut Memory) -> Option<(usize, usize)> {
        if *text.get(at)? != b'"' {
            return None;
        }
        let close = find_either(text, at + 1, b'"', b'\\')?;
        if text[close] != b'"' || *text.get(close + 1)? != b':' || place >= MOST_MEMBERS {
            return None;
        }
        let (inner, written) = (&text[at + 1..close], &text[at..close + 2]);
        let Memory { wanted, wants_extra, keys: Keys { known, by_text, expected } } = memory;
        let [number, ..] = by_text.get(inner, || [self.learn_key(inner, written, wanted, *wants_extra, known), 0, 0]);
        let key = known.get(number as usize)?;
        match expected.get_mut(place) {
            Some(expected) => *expected = number,
            None => expected.push(number),
        }
        Some((key.slot, close + 2))
    }

    /// The number of a key that is met for the first time; of one that is not for [`JsonPaths::split`], a number beyond all.
    fn learn_key(&self, inner: &[u8], written: &[u8], wanted: &[bool], wants_extra: bool, known: &mut Vec<Key>) -> u32 {
        const NO_KEY: u32 = u32::MAX;
        let target = std::str::from_utf8(inner).ok().and_then(|key| self.nodes[0].get(key)).copied().unwrap_or(NOWHERE);
        let slot = target.slot.map_or(usize::MAX, |slot| slot as usize);
        if target.node.is_some() || wants_extra && slot == usize::MAX || known.len() >= MOST_MEMBERS {
            return NO_KEY;
        }
        let slot = if wanted.get(slot).copied().unwrap_or(false) { slot } else { usize::MAX };
        match Needle::new(written) {
            Some(written) => known.push(Key { written, slot }),
            None => return NO_KEY,
        }
        known.len() as u32 - 1
    }
}

#[inline(always)]
fn past_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// A value that is a piece of the text, or `null`, and where it ends; of values that nobody wants, flags too.
#[inline(always)]
fn plain_value(text: &[u8], at: usize, is_wanted: bool) -> Option<(Piece, usize)> {
    match *text.get(at)? {
        b'"' => {
            let end = find_either(text, at + 1, b'"', b'\\')?;
            (text[end] == b'"').then_some((Piece::between(at + 1, end), end + 1))
        }
        b'-' | b'0'..=b'9' => {
            let mut end = at + 1;
            while text.get(end).is_some_and(|&byte| is_of_number(byte)) {
                end += 1;
            }
            Some((Piece::between(at, end), end))
        }
        _ => {
            let rest = &text[at..];
            let words = if is_wanted { &["null"][..] } else { &["null", "true", "false"] };
            let word = words.iter().find(|word| rest.starts_with(word.as_bytes()))?;
            Some((Piece::MISSING, at + word.len()))
        }
    }
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
