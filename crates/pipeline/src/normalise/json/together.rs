//! Plain JSON lines of one program, split together.
//!
//! What stands between two values that somebody asks for (a quote, keys, members nobody asks for, another quote) is the same in most
//! lines of a program. It is learned from a line that was split alone; then lines are split step by step, all at once, as by a
//! pattern: one comparison for each value, and no line waits for the one before it. What stands there was JSON when it was
//! learned, and still is. Whatever line is not like the learned one is split alone, so both ways must give the same.

use std::ops::Range;

use super::plain::{self, Look, Plain, UNASKED};
use crate::normalise::batch::{Line, Memory, Piece};
use crate::normalise::bytes::{BLOCK, Gap};

/// Lines until one is learned again after too many were different: at first, and after that has come to nothing many times.
const REST: usize = 1_024;
const LONGEST_REST: usize = 64 * REST;
/// Of so many lines one may be different.
const DIFFERENT: usize = 4;
/// Different lines that say nothing yet.
const FEW: usize = 8;

/// The slot of a value that nobody asks for.
const NO_SLOT: usize = usize::MAX;

/// What stands around the values of most lines.
#[derive(Debug, Default)]
pub(in crate::normalise) struct Shape {
    /// What stands before the first value; nothing while no line was learned.
    before: Option<Gap>,
    steps: Vec<Step>,
    /// Lines until one is learned, and how many those will be next time.
    resting: usize,
    rest: usize,
    /// Where each line begins.
    starts: Vec<u32>,
}

/// A value and what follows it, up to the next one.
#[derive(Debug)]
struct Step {
    slot: usize,
    form: Form,
    until: Gap,
}

/// How a value is written. The quotes of a text are of what stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Number,
    LongNumber,
    Text,
    LongText,
}

impl Form {
    /// That of a value which stands there with its quotes, and where it stands without them; none of a flag or nothing.
    fn of(text: &[u8], value: Range<usize>) -> (Option<Self>, Range<usize>) {
        match text[value.start] {
            b'"' => (Some(if value.len() < BLOCK { Self::Text } else { Self::LongText }), value.start + 1..value.end - 1),
            b'0'..=b'9' if value.len() < 8 => (Some(Self::Number), value),
            b'-' | b'0'..=b'9' => (Some(Self::LongNumber), value),
            _ => (None, value),
        }
    }
}

/// Splits lines as [`LineParser::split_all`](crate::normalise::values::LineParser::split_all) does.
pub(in crate::normalise) fn split_all(parser: &impl Plain, text: &[u8], lines: &mut [Line], pieces: &mut [Piece], memory: &mut Memory) {
    let width = pieces.len() / lines.len().max(1);
    let mut shape = std::mem::take(&mut memory.keys.shape);
    shape.starts.clear();
    shape.starts.extend(lines.iter().map(|line| line.at));
    let is_known = shape.before.is_some();
    shape.split(parser, text, lines, pieces);
    let (mut different, mut model, mut other) = (0, None, None);
    for (row, (line, &start)) in lines.iter_mut().zip(&shape.starts).enumerate() {
        if is_known && line.is_split() {
            continue;
        }
        different += 1;
        let (range, pieces) = (start as usize..line.end as usize, &mut pieces[row * width..(row + 1) * width]);
        let is_split = plain::split(parser, text, range.clone(), pieces, memory);
        line.at = if is_split { line.end } else { Line::FAILED };
        if is_split {
            other = other.or(Some(range.start));
            model = Some((row, range));
        }
    }
    if is_known && different > FEW.max(lines.len() / DIFFERENT) {
        shape.forget();
    } else if is_known && different == 0 {
        shape.rest = REST;
    } else if !is_known {
        shape.resting = shape.resting.saturating_sub(lines.len());
        if let (Some((row, line)), Some(other), 0) = (model, other, shape.resting)
            && shape.learn(parser, text, line, other, &pieces[row * width..(row + 1) * width], memory).is_none()
        {
            shape.forget();
        }
    }
    memory.keys.shape = shape;
}

impl Shape {
    fn forget(&mut self) {
        self.before = None;
        self.steps.clear();
        self.resting = self.rest.max(REST);
        self.rest = (self.resting * 2).min(LONGEST_REST);
    }

    /// Makes it that of a line which was split into these pieces. A value that nobody asks for is part of a gap where it is the same
    /// in the line that begins at `other`.
    fn learn(
        &mut self,
        parser: &impl Plain,
        text: &[u8],
        line: Range<usize>,
        other: usize,
        pieces: &[Piece],
        memory: &Memory,
    ) -> Option<()> {
        let others = plain::members_of(text, other)?;
        let mut values = Vec::new();
        for (at, (key, value)) in plain::members_of(text, line.start)?.into_iter().enumerate() {
            let is_same = others.get(at).is_some_and(|(_, other)| text.get(other.clone()) == text.get(value.clone()));
            let (form, value) = Form::of(text, value);
            let slot = pieces.iter().position(|piece| *piece == Piece::between(value.start, value.end));
            match (slot, form) {
                (Some(slot), Some(form)) => values.push((slot, form, value)),
                // A flag is as often the other one.
                (Some(_), None) => return None,
                (None, Some(form)) if !is_same && parser.use_of(std::str::from_utf8(&text[key]).ok()?, memory) == Some(UNASKED) => {
                    values.push((NO_SLOT, form, value));
                }
                (None, _) => {}
            }
        }
        let (.., first) = values.first()?;
        self.before = Some(Gap::new(&text[line.start..first.start]));
        let ends = values.iter().map(|(.., value)| value.start).chain([line.end]).skip(1);
        let steps = values.iter().zip(ends).map(|((slot, form, value), end)| {
            let until = Gap::new(&text[value.end..end]);
            Step { slot: *slot, form: *form, until }
        });
        self.steps = steps.collect();
        Some(())
    }

    fn split(&self, parser: &impl Plain, text: &[u8], lines: &mut [Line], pieces: &mut [Piece]) {
        let Some(before) = &self.before else { return };
        pieces.fill(Piece::MISSING);
        for line in lines.iter_mut() {
            let at = line.at as usize;
            line.at = if before.is_at(text, at) { at.wrapping_add(before.len()) as u32 } else { Line::FAILED };
        }
        for Step { slot, form, until } in &self.steps {
            let look = parser.look(*slot);
            let least = if look == Look::Never { 0 } else { 2 };
            let long_enough = |from: usize, (to, is_here): (usize, bool)| (to, is_here & (to.wrapping_sub(from) >= least));
            let far = if *form == Form::Number && look != Look::Never { nowhere } else { plain::number };
            match (form, until.is_short()) {
                (Form::Number | Form::LongNumber, true) => {
                    end_all(lines, pieces, *slot, until.len(), |at| until.end_number::<false>(text, at, far));
                }
                (Form::Number | Form::LongNumber, false) => {
                    end_all(lines, pieces, *slot, until.len(), |at| until.end_number::<true>(text, at, far));
                }
                (Form::Text, true) => {
                    end_all(lines, pieces, *slot, until.len(), |at| long_enough(at, until.end_string::<false>(text, at)));
                }
                (Form::Text, false) => {
                    end_all(lines, pieces, *slot, until.len(), |at| long_enough(at, until.end_string::<true>(text, at)));
                }
                (Form::LongText, _) => {
                    end_all(lines, pieces, *slot, until.len(), |at| long_enough(at, until.end_long_string(text, at)));
                }
            }
            if *form != Form::Number && look == Look::Whole || *form == Form::LongNumber && look == Look::Length {
                look_at_all(parser, text, lines, pieces, *slot);
            }
        }
    }
}

/// Where a number ends that is not looked for: its line is split alone.
fn nowhere(_: &[u8], _: usize) -> Option<usize> {
    None
}

/// Looks at a value of each line. A loop of its own, too.
#[inline(never)]
fn look_at_all(parser: &impl Plain, text: &[u8], lines: &mut [Line], pieces: &[Piece], slot: usize) {
    let width = pieces.len() / lines.len().max(1);
    for (line, pieces) in lines.iter_mut().zip(pieces.chunks_exact(width.max(1))) {
        if line.at != Line::FAILED && !pieces.get(slot).is_some_and(|piece| parser.surely_takes(slot, text, piece.range())) {
            line.at = Line::FAILED;
        }
    }
}

/// Ends a value of each line where `end` says, if it says that what follows is there. A loop of its own, that has the processor's
/// registers for itself.
#[inline(never)]
fn end_all(lines: &mut [Line], pieces: &mut [Piece], slot: usize, length: usize, end: impl Fn(usize) -> (usize, bool)) {
    let width = pieces.len() / lines.len().max(1);
    let (mut place, step) = (slot, if slot == NO_SLOT { 0 } else { width });
    for line in lines {
        let from = line.at as usize;
        let (to, is_here) = end(from);
        let next = to.wrapping_add(length);
        if let Some(piece) = pieces.get_mut(place) {
            *piece = Piece::between(from, to);
        }
        place = place.wrapping_add(step);
        line.at = if is_here & (next <= line.end as usize) { next as u32 } else { Line::FAILED };
    }
}

#[cfg(test)]
pub(in crate::normalise) mod tests {
    use super::super::tests::parser;
    use super::*;
    use crate::normalise::values::LineParser;

    /// Splits lines in batches, and each alone by somebody who remembers nothing.
    pub(in crate::normalise) fn check_together(parser: &dyn LineParser, lines: &[String], wants_extra: bool) -> Memory {
        let new = || Memory::new(&(vec![true; parser.names().len()], wants_extra));
        let (text, width, mut memory, mut at) = (lines.join("\n"), parser.names().len(), new(), 0);
        for lines in lines.chunks(20) {
            let mut together = Vec::new();
            for line in lines {
                together.push(Line::new(at..at + line.len()));
                at += line.len() + 1;
            }
            let alone = together.clone();
            let mut pieces = vec![Piece::MISSING; lines.len() * width];
            parser.split_all(text.as_bytes(), &mut together, &mut pieces, &mut memory);
            for ((alone, together), pieces) in alone.iter().zip(&together).zip(pieces.chunks(width)) {
                let (mut expected, range) = (vec![Piece::MISSING; width], alone.at as usize..alone.end as usize);
                let is_split = parser.split(text.as_bytes(), range.clone(), &mut expected, &mut new());
                assert_eq!(together.is_split(), is_split, "{}", &text[range]);
                assert!(!is_split || pieces == expected, "{}: {pieces:?}, {expected:?}", &text[range]);
            }
        }
        memory
    }

    fn lines(of: impl Fn(usize) -> String) -> Vec<String> {
        (0..100).map(of).collect()
    }

    #[test]
    fn lines_are_learned_from_and_forgotten_when_others_come() {
        let line = |n: usize| format!(r#"{{"time":"t{n}","q":"{}","took":{}.5,"v":2}}"#, ["GET", "POST"][n % 2], n.pow(5));
        let known = check_together(&parser(), &lines(line), false).keys.shape;
        assert_eq!(known.steps.len(), 2 + 1, "two values, and one that nobody asks for, but that differs");
        let turned = |n: usize| if n.is_multiple_of(2) { line(n) } else { format!(r#"{{"took":{n},"time":"t"}}"#) };
        assert!(check_together(&parser(), &lines(turned), false).keys.shape.before.is_none());
        let flags = |n: usize| format!(r#"{{"took":1,"x":{}}}"#, n.is_multiple_of(2));
        assert!(check_together(&parser(), &lines(flags), false).keys.shape.before.is_none());
    }

    proptest::proptest! {
        #[test]
        fn lines_split_together_as_each_alone(
            odd in 1usize..30,
            values in proptest::collection::vec((r#""[a-c/ \\"\-é]{0,40}"|-?[0-9.]{1,12}|1e5|true|null|\[1\]|"-""#, r#""(t|a long one, longer than two blocks are)?"|12|0"#, "[a-z]{0,3}"), 60..200),
        ) {
            let line = |(at, (odd_value, value, name)): (usize, &(String, String, String))| {
                let odd_value = if at % odd == 0 { odd_value } else { "7.25" };
                let end = if at % (3 * odd) == 1 { name.as_str() } else { "" };
                format!(r#"{{"time":{value},"took":{odd_value},"q":"{name}","status":{odd_value},"x":{value}}}{end}"#)
            };
            let lines: Vec<String> = values.iter().enumerate().map(line).collect();
            check_together(&parser(), &lines, false);
        }
    }
}
