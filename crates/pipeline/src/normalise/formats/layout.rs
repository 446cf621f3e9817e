//! The shape of a line's head: pieces between blanks, pipes and dashes, and what kind of piece each is.
//!
//! Loggers put time, level, thread, component and the like before the message in an order of their own. Here a line is cut
//! into such pieces; which piece is what is `learned` from many lines.

use std::ops::Range;

use magpie_model::Severity;

use crate::normalise::time::scan;

/// One piece of a line's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// Without brackets or quotes.
    pub(super) text: &'a str,
    pub(super) class: Class,
    /// Whether a dash, pipe or colon stood before it.
    pub(super) separated: bool,
}

/// What a piece looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Time,
    /// A level word.
    Level,
    /// A single letter that may be a level.
    Letter,
    Number,
    /// `[…]` or `(…)` or `<…>` or `{…}`.
    Bracketed,
    /// A name with a colon behind it.
    Tag,
    /// A name with points, colons or a line number in it: a class, module or file.
    Dotted,
    /// A plain name.
    Name,
    /// `key=value`.
    Pair,
    /// `-` where a value would be.
    Nothing,
    Other,
}

/// Cuts pieces off the start of a line. `time` is where the line's time stands, if that is known.
#[derive(Clone, Debug)]
pub(super) struct Pieces<'a> {
    line: &'a str,
    at: usize,
    time: Option<Range<usize>>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(line: &'a str, time: Option<Range<usize>>) -> Self {
        Self { line, at: 0, time }
    }

    /// A line whose time is yet to be found.
    pub(super) fn scanned(line: &'a str) -> Self {
        Self::new(line, scan(line).map(|(range, _)| range))
    }

    pub(super) fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn set_at(&mut self, at: usize) {
        self.at = at;
    }

    /// Skips blanks, pipes and single dashes and colons; says whether there was more than blanks.
    pub(super) fn separators(&mut self) -> bool {
        let mut found = false;
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            // A dash at the very start is a value that is missing.
            let length = if self.at == 0 { 0 } else { separator(trimmed) };
            if length == 0 {
                return found;
            }
            found = true;
            self.at += length;
        }
    }

    /// Whether the next piece is the line's time (a bracket may stand before it).
    fn time_here(&self) -> Option<Range<usize>> {
        let range = self.time.clone()?;
        let before = self.line.get(self.at..range.start)?;
        (range.start >= self.at && before.len() <= 8 && before.bytes().all(|byte| b"[(<{\"'*#".contains(&byte))).then_some(range)
    }

    /// Moves behind the time, its closing bracket included.
    pub(super) fn skip_time(&mut self, end: usize) {
        self.at = end;
        let rest = self.rest();
        let closing = rest.bytes().take_while(|byte| b"])>}\"',:;".contains(byte)).count();
        self.at += closing;
    }
}

/// Length of a separator at the start of `text`.
fn separator(text: &str) -> usize {
    if text.starts_with(['|', ';']) {
        return 1;
    }
    for separator in ["--- ", "-- ", "- ", ": ", ", ", "=> ", ":: ", "– ", "— "] {
        if text.starts_with(separator) {
            return separator.len() - 1;
        }
    }
    usize::from(text == "-" || text == ":")
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let separated = self.separators();
        if let Some(range) = self.time_here() {
            let text = self.line.get(range.clone())?;
            self.skip_time(range.end);
            return Some(Piece { text, class: Class::Time, separated });
        }
        let rest = self.rest();
        let first = *rest.as_bytes().first()?;
        if let Some(close) = closing(first)
            && let Some(length) = bracket_end(rest, first, close)
        {
            let text = rest.get(1..length - 1)?;
            let has_tag = rest.get(length..).is_some_and(|after| after.starts_with(':'));
            self.at += length + usize::from(has_tag);
            let class = if level_of(text.trim()).is_some_and(|(_, is_word)| is_word) { Class::Level } else { Class::Bracketed };
            return Some(Piece { text: text.trim(), class, separated });
        }
        let end = rest.find([' ', '\t', '|']).unwrap_or(rest.len());
        let word = rest.get(..end)?;
        self.at += end;
        let (text, class) = classify(word);
        Some(Piece { text, class, separated })
    }
}

fn closing(open: u8) -> Option<u8> {
    Some(match open {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        b'{' => b'}',
        _ => return None,
    })
}

/// Length of a bracketed text at the start of `rest`, brackets inside counted.
fn bracket_end(rest: &str, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in rest.bytes().enumerate().take(256) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

fn classify(word: &str) -> (&str, Class) {
    let bare = word.trim_end_matches([',', ':', ';']).trim_matches(['*', '"']);
    if let Some((_, is_word)) = level_of(bare) {
        return (bare, if is_word { Class::Level } else { Class::Letter });
    }
    if word == "-" || bare.is_empty() {
        return (word, Class::Nothing);
    }
    if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return (bare, Class::Number);
    }
    if is_name(bare) {
        let class = match word.ends_with(':') {
            true => Class::Tag,
            false if bare.contains(['.', '#', '$', '/', '@']) || bare.contains("::") => Class::Dotted,
            false if bare.contains('=') => Class::Pair,
            false => Class::Name,
        };
        return (bare, class);
    }
    (bare, if bare.contains('=') { Class::Pair } else { Class::Other })
}

/// A name as loggers, classes, programs and files have them.
pub(super) fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-$:/@#[]()<>&;~".contains(&byte) || byte >= 0x80;
    text.len() <= 120 && text.bytes().all(known) && text.bytes().any(|byte| byte.is_ascii_alphabetic() || byte >= 0x80)
}

/// The level a text names, and whether by a word (else by a single letter).
///
/// A word counts if it is written as loggers write it: all small, all capital, or with a capital first.
pub(super) fn level_of(text: &str) -> Option<(Severity, bool)> {
    if text.len() == 1 {
        return Some((letter_level(text)?, false));
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_plain || matches!(text, "log" | "config" | "Config" | "failed" | "failure" | "Failed" | "Failure" | "alert" | "fine" | "Log") {
        return None;
    }
    Severity::from_word(text).map(|severity| (severity, true))
}

/// Levels by letter: Android's, glog's and PHP-FPM's kin.
pub(super) fn letter_level(text: &str) -> Option<Severity> {
    Some(match text {
        "V" | "T" => Severity::Trace,
        "D" => Severity::Debug,
        "I" => Severity::Info,
        "W" => Severity::Warn,
        "E" => Severity::Error,
        "F" | "C" => Severity::Fatal,
        _ => return None,
    })
}
