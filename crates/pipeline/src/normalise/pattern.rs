//! The angle-bracket pattern: a line described by example, compiled to byte searches.
//!
//! A regular expression costs a microsecond per line and reads like noise; almost every log line is values between
//! fixed text, and finding fixed text is what memory search instructions are for. What a pattern cannot say
//! (alternatives, repetition) is left to `regex` and `grok`.
//!
//! The language:
//!
//! * `<name>` takes the shortest text up to the fixed text that follows it, or the rest of the line at the end;
//! * `<_>` skips the same;
//! * `<time:%d/%b/%Y:%H:%M:%S %z>` is a time written in that `strftime` form; blanks inside it are part of it;
//! * two blanks or more match any run of blanks, one blank is one blank, everything else is itself;
//! * `<?>` means that the line may end here: what follows is taken where it is there;
//! * `<<` is the character `<`.
//!
//! There is no going back: a value never contains the fixed text that ends it.

use std::ops::Range;

use magpie_model::{Code, Notice, Told};

use super::batch::{Line, Memory, Piece};
use super::bytes::Needle;
use super::time::TimeForm;
use super::values::{LineParser, Reason, Values, split_each};

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    names: Vec<String>,
    steps: Vec<Step>,
    time: Option<TimeForm>,
    /// Whether a line may lack values.
    may_end: bool,
    /// Whether what values end with is, which no byte of anything but ASCII can be.
    is_ascii: bool,
}

/// What is wrong with a pattern, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct PatternError {
    /// Character of the pattern, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The same without words.
    pub told: Told,
}

impl PatternError {
    fn new(column: usize, Notice { message, told }: Notice) -> Self {
        Self { column, message, told }
    }
}

/// The slot of a value that nobody asks for.
const NO_SLOT: usize = usize::MAX;

#[derive(Debug)]
enum Step {
    /// A value that ends where `until` begins.
    Value { slot: usize, until: Needle },
    /// A value that ends where `until` begins, after `skip` earlier appearances of it, or where the line does.
    Odd { slot: usize, until: Needle, blanks: bool, skip: usize, may_end: bool },
    /// Fixed text right here.
    Fixed { text: Needle, blanks: bool },
    /// The rest of the line.
    Rest { slot: usize },
    /// The line may end here.
    MayEnd,
}

enum Part {
    Fixed { text: String, blanks: bool },
    Name { name: String, form: Option<String>, column: usize },
    MayEnd,
}

impl Pattern {
    /// Compiles a pattern.
    pub fn compile(text: &str) -> Result<Self, PatternError> {
        let pieces = pieces(text)?;
        let mut pattern = Self {
            names: Vec::new(),
            steps: Vec::new(),
            time: None,
            may_end: pieces.iter().any(|piece| matches!(piece, Part::MayEnd)),
            is_ascii: text.is_ascii(),
        };
        let mut at = 0;
        while at < pieces.len() {
            at += match &pieces[at] {
                Part::Fixed { text, blanks } => {
                    pattern.steps.extend(Needle::new(text).map(|text| Step::Fixed { text, blanks: *blanks }));
                    1
                }
                Part::MayEnd => {
                    pattern.steps.push(Step::MayEnd);
                    1
                }
                Part::Name { name, form, column } => pattern.value(name, form.as_deref(), *column, &pieces[at + 1..])?,
            };
        }
        if pattern.names.is_empty() {
            let notice = Code::PatternNamesNothing.says("no value is named: write `<name>` where one stands", &[]);
            return Err(PatternError::new(1, notice));
        }
        Ok(pattern)
    }

    /// Adds a value and the fixed text that ends it; the number of pieces used.
    fn value(&mut self, name: &str, form: Option<&str>, column: usize, rest: &[Part]) -> Result<usize, PatternError> {
        let error = |notice| PatternError::new(column, notice);
        let slot = if name == "_" { NO_SLOT } else { self.names.len() };
        if slot != NO_SLOT {
            if self.names.iter().any(|known| known == name) {
                return Err(error(Code::PatternNameTwice.says(format!("`{name}` is named twice"), &[("name", &name)])));
            }
            self.names.push(name.to_owned());
        }
        if let Some(form) = form {
            if name != "time" {
                let message = format!("only `time` has a form, `{name}` has none");
                return Err(error(Code::PatternFormOfOther.says(message, &[("name", &name)])));
            }
            self.time = Some(TimeForm::compile(form).map_err(error)?);
        }
        let (may_end, used) = if matches!(rest.first(), Some(Part::MayEnd)) { (true, 1) } else { (false, 0) };
        match rest.get(used) {
            None => {
                self.steps.push(Step::Rest { slot });
                Ok(1 + used)
            }
            Some(Part::Fixed { text, blanks }) => {
                let skip = form.map_or(0, |form| form.matches(text.as_str()).count());
                self.steps.extend(Needle::new(text).map(|until| match (*blanks, skip, may_end) {
                    (false, 0, false) => Step::Value { slot, until },
                    (blanks, ..) => Step::Odd { slot, until, blanks, skip, may_end },
                }));
                Ok(2 + used)
            }
            Some(Part::MayEnd) => Err(error(Code::PatternEndTwice.says("`<?>` stands twice", &[]))),
            Some(Part::Name { name: next, column, .. }) => {
                let message = format!("no text between `<{name}>` and `<{next}>`: nothing tells where the first one ends");
                Err(PatternError::new(*column, Code::PatternNothingBetween.says(message, &[("name", &name), ("next", next)])))
            }
        }
    }
}

impl LineParser for Pattern {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn time_form(&self) -> Option<&TimeForm> {
        self.time.as_ref()
    }

    fn refusal(&self) -> Option<Reason> {
        Some(Reason::NO_MATCH)
    }

    fn refusal_of_bytes(&self) -> Option<Reason> {
        self.is_ascii.then_some(Reason::NO_MATCH)
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut pieces = vec![Piece::MISSING; self.names.len()];
        if !self.split(line.as_bytes(), 0..line.len(), &mut pieces, &mut Memory::default()) {
            return Err(Reason::NO_MATCH);
        }
        for (slot, piece) in pieces.into_iter().enumerate().filter(|(_, piece)| *piece != Piece::MISSING) {
            // Fixed text is UTF-8 itself, so it is only found at character borders.
            values.text(slot, line.get(piece.range()).ok_or(Reason::NO_MATCH)?);
        }
        Ok(())
    }

    fn split(&self, text: &[u8], line: Range<usize>, pieces: &mut [Piece], _: &mut Memory) -> bool {
        let mut line = Line::new(line);
        if self.may_end {
            pieces.fill(Piece::MISSING);
        }
        for step in &self.steps {
            if matches!(step, Step::MayEnd) && line.is_split() {
                return true;
            }
            if let Some(at) = one_step(step, text, line, pieces) {
                line.at = at as u32;
                continue;
            }
            let Step::Odd { slot, may_end: true, .. } = step else { return false };
            if let Some(piece) = pieces.get_mut(*slot) {
                *piece = Piece::between(line.at as usize, line.end as usize);
            }
            return true;
        }
        line.is_split()
    }

    /// Step by step, all lines at once: within a line each step waits for the one before it, and lines wait for nothing.
    fn split_all(&self, text: &[u8], lines: &mut [Line], pieces: &mut [Piece], memory: &mut Memory) {
        let width = self.names.len();
        if self.may_end {
            return split_each(self, text, lines, pieces, memory);
        }
        let is_wanted = |slot: usize| memory.wanted.get(slot) != Some(&false);
        let mut failed = 0;
        for step in &self.steps {
            match step {
                Step::Value { slot, until } if *slot == NO_SLOT || !is_wanted(*slot) => {
                    failed = until.end_all(text, lines, failed, |_, _, _| {});
                }
                Step::Value { slot, until } => {
                    failed = until.end_all(text, lines, failed, |row, from, to| {
                        if let Some(piece) = pieces.get_mut(row.wrapping_mul(width).wrapping_add(*slot)) {
                            *piece = Piece::between(from, to);
                        }
                    });
                }
                Step::Rest { slot } => {
                    for (line, pieces) in lines.iter_mut().zip(pieces.chunks_exact_mut(width)) {
                        if let Some(piece) = pieces.get_mut(*slot) {
                            *piece = Piece::between(line.at as usize, line.end as usize);
                        }
                        line.at = if line.at <= line.end { line.end } else { Line::FAILED };
                    }
                }
                step => {
                    for (line, pieces) in lines.iter_mut().zip(pieces.chunks_exact_mut(width)) {
                        line.at = one_step(step, text, *line, pieces).map_or(Line::FAILED, |at| at as u32);
                    }
                }
            }
        }
    }
}

/// Where a line goes on after a step; `None` where it does not have what the step asks for.
fn one_step(step: &Step, text: &[u8], line: Line, pieces: &mut [Piece]) -> Option<usize> {
    let (at, end) = (line.at as usize, line.end as usize);
    let (slot, to, next) = match step {
        _ if at > end => return None,
        Step::Value { slot, until } => {
            let place = until.find(text, at, end)?;
            (*slot, place, place + until.len())
        }
        Step::Odd { slot, until, blanks, skip, .. } => {
            let place = find(text, at, end, until, *skip)?;
            (*slot, place, after_blanks(text, place + until.len(), end, *blanks))
        }
        Step::Fixed { text: fixed, blanks } => {
            let is_here = fixed.len() <= end - at && fixed.is_at(text, at);
            return is_here.then(|| after_blanks(text, at + fixed.len(), end, *blanks));
        }
        Step::Rest { slot } => (*slot, end, end),
        Step::MayEnd => return Some(at),
    };
    // Values without a name have no slot.
    if let Some(piece) = pieces.get_mut(slot) {
        *piece = Piece::between(at, to);
    }
    Some(next)
}

#[inline(never)]
fn find(text: &[u8], from: usize, end: usize, needle: &Needle, skip: usize) -> Option<usize> {
    let mut place = needle.find(text, from, end)?;
    for _ in 0..skip {
        place = needle.find(text, place + 1, end)?;
    }
    Some(place)
}

#[inline]
fn after_blanks(text: &[u8], mut at: usize, end: usize, blanks: bool) -> usize {
    if blanks {
        while at < end && text.get(at) == Some(&b' ') {
            at += 1;
        }
    }
    at
}

fn pieces(text: &str) -> Result<Vec<Part>, PatternError> {
    let mut pieces = Vec::new();
    let mut fixed = String::new();
    let mut rest = text;
    let column = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("<<") {
            fixed.push('<');
            rest = &rest[2..];
        } else if c == '<' {
            let here = column(rest);
            let open = "this `<` is never closed; a `<` of the line itself is written `<<`";
            let error = || PatternError::new(here, Code::PatternUnclosed.says(open, &[]));
            let end = rest.find('>').ok_or_else(error)?;
            end_fixed(&mut pieces, &mut fixed, false);
            pieces.push(named(&rest[1..end], here)?);
            rest = &rest[end + 1..];
        } else if rest.starts_with("  ") {
            fixed.push(' ');
            end_fixed(&mut pieces, &mut fixed, true);
            rest = rest.trim_start_matches(' ');
        } else {
            fixed.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    end_fixed(&mut pieces, &mut fixed, false);
    Ok(pieces)
}

fn end_fixed(pieces: &mut Vec<Part>, fixed: &mut String, blanks: bool) {
    if !fixed.is_empty() {
        pieces.push(Part::Fixed { text: std::mem::take(fixed), blanks });
    }
}

fn named(inner: &str, column: usize) -> Result<Part, PatternError> {
    if inner == "?" {
        return Ok(Part::MayEnd);
    }
    let (name, form) = match inner.split_once(':') {
        Some((name, form)) => (name, Some(form.to_owned())),
        None => (inner, None),
    };
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-')) {
        let message = format!("`{name}` is no name: letters, digits, `_`, `-` and `.` are");
        return Err(PatternError::new(column, Code::PatternNameUnfit.says(message, &[("name", &name)])));
    }
    Ok(Part::Name { name: name.to_owned(), form, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, line: &str) -> Result<Vec<(String, String)>, Reason> {
        let pattern = Pattern::compile(pattern).unwrap();
        let mut values = Values::new(pattern.names().len());
        pattern.parse(line, &mut values)?;
        let pairs = pattern.names().iter().enumerate();
        Ok(pairs.filter_map(|(slot, name)| Some((name.clone(), values.get(slot).to_text()?.into_owned()))).collect())
    }

    #[test]
    fn lines_read_by_pattern() {
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: &[(&str, &str, Option<Pairs>)] = &[
            ("<a> <b>", "1 2 3", Some(&[("a", "1"), ("b", "2 3")])),
            ("[<a>] <_>: <b>", "[x] skipped: y", Some(&[("a", "x"), ("b", "y")])),
            ("<a>, warn=<b>", "1, w, warn=0", Some(&[("a", "1, w"), ("b", "0")])),
            ("<a>  <b>", "INFO    text", Some(&[("a", "INFO"), ("b", "text")])),
            ("<a>  <b>", "INFO text", Some(&[("a", "INFO"), ("b", "text")])),
            ("<a><?> <b>", "alone", Some(&[("a", "alone")])),
            ("<a><?> <b>", "not alone", Some(&[("a", "not"), ("b", "alone")])),
            ("<a>;<?><b>", "x;", Some(&[("a", "x")])),
            ("<<<a>>", "<x>", Some(&[("a", "x")])),
            ("é<a>é", "éßé", Some(&[("a", "ß")])),
            ("<a>.", "x.y", None),
            ("x<a>", "y", None),
            ("<a> b", "", None),
            ("<time:%Y-%m-%d %H:%M:%S> <a>", "2026-11-22 10:15:03 hello", Some(&[("time", "2026-11-22 10:15:03"), ("a", "hello")])),
        ];
        for (pattern, line, expected) in cases {
            let expected = expected.map(|pairs| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>());
            assert_eq!(read(pattern, line).ok(), expected, "{pattern} on {line}");
        }
    }

    #[test]
    fn mistakes_name_their_column() {
        for (pattern, column, part, code) in [
            ("<a><b>", 4, "no text between", Code::PatternNothingBetween),
            ("x <a", 3, "never closed", Code::PatternUnclosed),
            ("<time:%Q-%q>", 1, "`%q` is not known", Code::TimeFormatUnknown),
            ("<a> <a>", 5, "twice", Code::PatternNameTwice),
            ("<a b>", 1, "no name", Code::PatternNameUnfit),
            ("plain", 1, "no value", Code::PatternNamesNothing),
            ("é <b:%d>", 3, "only `time`", Code::PatternFormOfOther),
        ] {
            let error = Pattern::compile(pattern).unwrap_err();
            assert!(error.column == column && error.message.contains(part), "{pattern}: {error}");
            assert_eq!(error.told.code, code, "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_that_are_no_text_are_refused_as_their_replacements(pieces in proptest::collection::vec(0..9usize, 0..12)) {
            let line: Vec<u8> = pieces.iter().flat_map(|&at| [&b"a"[..], b"b", b" ", b"  ", b", ", b"\xff", b"\xe6\xbc", "é".as_bytes(), b"c"][at]).copied().collect();
            let text = String::from_utf8_lossy(&line);
            for pattern in ["<a>", "<a> <b>", "<a>, <b>", "a<a>c", "<a>  <b>", "<a><?> <b>", "ab<?><a>"] {
                let parser = Pattern::compile(pattern).unwrap();
                let splits = |bytes: &[u8]| parser.split(bytes, 0..bytes.len(), &mut [Piece::MISSING; 2][..parser.names().len()], &mut Memory::default());
                proptest::prop_assert!(parser.refusal_of_bytes().is_some());
                proptest::prop_assert_eq!(splits(&line), splits(text.as_bytes()), "{} on {:?}", pattern, &line);
            }
        }

        #[test]
        fn lines_split_together_as_each_alone(lines in proptest::collection::vec("(ab?|[a-c] ?|, |warn=|\"|0123456789abcdefgh){0,9}", 1..300)) {
            let text = lines.join("\n");
            for pattern in ["<a>", "<a> <b>", "<a>, <b>", "<a> warn=<b>", "a<a>\"<_>", "<a>  <b>", "<a><?> <b>", "<a> <_>,<c>b", "<_>0123456789a<b>"] {
                let parser = Pattern::compile(pattern).unwrap();
                let width = parser.names().len();
                let (mut together, mut at) = (Vec::new(), 0);
                for line in &lines {
                    together.push(Line::new(at..at + line.len()));
                    at += line.len() + 1;
                }
                let alone = together.clone();
                let mut pieces = vec![Piece::MISSING; lines.len() * width];
                parser.split_all(text.as_bytes(), &mut together, &mut pieces, &mut Memory::default());
                for ((alone, together), pieces) in alone.iter().zip(&together).zip(pieces.chunks(width)) {
                    let mut expected = vec![Piece::MISSING; width];
                    let range = alone.at as usize..alone.end as usize;
                    let is_split = parser.split(text.as_bytes(), range.clone(), &mut expected, &mut Memory::default());
                    proptest::prop_assert_eq!(together.is_split(), is_split, "{} on {}", pattern, &text[range.clone()]);
                    proptest::prop_assert!(!is_split || pieces == expected, "{} on {}", pattern, &text[range]);
                }
            }
        }
    }
}
