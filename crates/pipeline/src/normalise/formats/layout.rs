//! The shape of a line's head: pieces between blanks, pipes and dashes, and what kind of piece each is.
//!
//! Loggers put time, level, thread, component and the like before the message in an order of their own. Here a line is cut
//! into such pieces; which piece is what is `learned` from many lines.

use std::ops::Range;

use super::levels::is_capital_level;
pub(super) use super::levels::{ceph, is_detail, letter_level, level_of, topics};
use super::tokens::is_digits;
use crate::normalise::time::scan;

/// One piece of a line's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// Without brackets or quotes.
    pub(super) text: &'a str,
    pub(super) class: Class,
    /// Whether a dash, pipe, colon or tab stood before it.
    pub(super) separated: bool,
    /// Whether it stands behind the time in the time's bracket.
    pub(super) inside: bool,
    /// Whether it is a bracket right behind another piece, without a blank.
    pub(super) glued: bool,
    /// Where it begins in the line.
    pub(super) start: usize,
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
    /// The bracket that a time stands in with other pieces, `[time LEVEL name] …`, until it closes.
    open: Option<u8>,
    /// Whether the level before was cut from its word at a colon, `LEVEL:name:text`: so is the name.
    tight: bool,
    /// The spans that an event stands in, as Rust's tracing writes them before its target: `request{method=GET id=7}:`.
    spans: Option<Range<usize>>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(line: &'a str, time: Option<Range<usize>>) -> Self {
        Self { line, at: 0, time, open: None, tight: false, spans: None }
    }

    /// A line whose time is yet to be found.
    pub(super) fn scanned(line: &'a str) -> Self {
        Self::new(line, scan(line).map(|(range, _)| range))
    }

    pub(super) fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// The spans that were read over.
    pub(super) fn spans(&self) -> Option<&'a str> {
        self.line.get(self.spans.clone()?)
    }

    /// Reads over spans; whether there were any.
    fn skip_spans(&mut self) -> bool {
        let length = spans_ahead(self.rest());
        if length > 0 {
            self.spans = Some(self.at..self.at + length - 1);
            self.at += length;
        }
        length > 0
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn set_at(&mut self, at: usize) {
        self.at = at;
    }

    /// Skips blanks, pipes and single dashes and colons; says whether there was more than blanks, which a tab is.
    pub(super) fn separators(&mut self) -> bool {
        let mut found = false;
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let blanks = rest.len() - trimmed.len();
            found |= rest.as_bytes()[..blanks].contains(&b'\t');
            self.at += blanks;
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
        let is_bracket = |one: char| "[(<{\"'*#%".contains(one) || one == WIDE_OPEN || one == ' ' && before.starts_with(['[', '<']);
        // `time:2026-…`, `时间:2026-…`.
        let is_label = before.len() <= 32 && before.ends_with([':', WIDE_COLON]) && !before.contains(' ');
        (range.start >= self.at && (before.len() <= 8 && before.chars().all(is_bracket) || is_label)).then_some(range)
    }

    /// Takes the letter of a level that stands before the time in its bracket, `[I 261122 10:15:03 web:2271]`, as Tornado writes it.
    fn letter_before_time(&mut self) -> Option<&'a str> {
        let time = self.time.clone()?;
        let before = self.line.get(self.at..time.start)?;
        let letter = before.strip_prefix('[')?.strip_suffix(' ').filter(|letter| letter_level(letter).is_some())?;
        self.at += "[I ".len();
        self.open = Some(b']');
        Some(letter)
    }

    /// Moves behind the time, its closing bracket included; one that is still open is remembered.
    fn skip_time(&mut self, time: Range<usize>) {
        let bracket = self.line.get(self.at..time.start).and_then(|before| before.bytes().find_map(closing));
        self.at = time.end;
        let rest = self.rest();
        // ThinkPHP's `[ 2026-11-22T10:15:03+08:00 ] text`, PostgreSQL's `< 2026-11-22 10:15:03 UTC >LOG:` of Red Hat.
        let blanks =
            usize::from(bracket.is_some_and(|close| rest.strip_prefix(' ').is_some_and(|rest| rest.as_bytes().first() == Some(&close))));
        let after = blanks + rest.bytes().skip(blanks).take_while(|byte| b"])>}\"',:;".contains(byte)).count();
        let bracket = bracket.or(self.open);
        self.open = bracket.filter(|close| !rest.as_bytes()[..after].contains(close));
        self.at += after;
        if self.rest().starts_with(WIDE_CLOSE) {
            self.at += WIDE_CLOSE.len_utf8();
        }
    }

    /// The next word, without what stands behind it: the bracket that closes the head, or the rest of a word that begins with a
    /// level (`INFO/worker`, `INFO:name:text`, `NOTICE[12]`) or ends with one (`channel.INFO:`).
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find([' ', '\t', '|', WIDE_COLON]).unwrap_or(rest.len());
        // What a wide colon ends is named as by a narrow one.
        if end > 0 && rest[end..].starts_with(WIDE_COLON) {
            self.at += end;
            return rest.get(..end);
        }
        let mut word = rest.get(..end)?;
        let close = self.open.filter(|close| word.bytes().all(|byte| closing(byte) != Some(*close)));
        let inside = close.and_then(|close| word.trim_end_matches(':').strip_suffix(close as char));
        word = inside.unwrap_or(word);
        let (length, skipped) = match word.find(':').filter(|at| self.tight && *at > 0) {
            Some(colon) => (colon + 1, 0),
            None => level_within(word)?,
        };
        self.tight = !self.tight && word.as_bytes().get(length) == Some(&b':');
        if length < word.len() {
            self.at += length + skipped;
        } else {
            self.at += end;
            self.open = self.open.filter(|_| inside.is_none());
        }
        word.get(..length)
    }
}

/// Where a word is cut that has a level and a name in one, and how many characters between them are dropped; all of it else.
fn level_within(word: &str) -> Option<(usize, usize)> {
    let is_level = is_capital_level;
    let whole = Some((word.len(), 0));
    // `NOTICE[1234]`, as Asterisk has it.
    if let Some((level, process)) = word.split_once('[')
        && is_level(level)
        && process.starts_with(|first: char| first.is_ascii_digit())
    {
        return Some((level.len(), 0));
    }
    if let Some(at) = word.find([':', '/'])
        && is_level(word.get(..at)?)
        && word.get(at + 1..)?.starts_with(|next: char| next.is_alphanumeric() || next == '_')
    {
        return Some((at, 1));
    }
    // `channel.INFO:`, as Monolog has it; `10.0.0.9(51234):shop@orders:[123]:LOG:`, as PostgreSQL on RDS.
    match word.strip_suffix(':').and_then(|name| name.rsplit_once(['.', ':'])) {
        Some((channel, level)) if (is_level(level) || is_detail(level)) && (is_name(channel) || channel.ends_with(']')) => {
            Some((channel.len() + 1, 0))
        }
        _ => whole,
    }
}

/// Length of `name{key=value …}:` at the start of `rest`, and of those that follow it.
fn spans_ahead(rest: &str) -> usize {
    let mut length = 0;
    loop {
        let span = &rest[length..];
        let name = span.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte)).count();
        let fields =
            span.get(name..).filter(|fields| name > 0 && fields.starts_with('{')).and_then(|fields| bracket_end(fields, b'{', b'}'));
        match fields.map(|fields| name + fields).filter(|end| span[*end..].starts_with(':')) {
            Some(end) => length += end + 1,
            None => return length,
        }
    }
}

/// Length of a separator at the start of `text`.
fn separator(text: &str) -> usize {
    if text.starts_with(['|', ';']) {
        return 1;
    }
    if text.starts_with(WIDE_COLON) {
        return WIDE_COLON.len_utf8();
    }
    for separator in ["--- ", "-- ", "- ", ": ", ", ", "=> ", "-> ", "> ", ":: ", "– ", "— "] {
        if text.starts_with(separator) {
            return separator.len() - 1;
        }
    }
    // XXL-JOB's `[class#method]-[line]-[thread] text`.
    usize::from(text == "-" || text == ":" || text.starts_with("-["))
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let before = self.at;
        let mut separated = self.separators();
        if self.skip_spans() {
            separated |= self.separators();
        }
        let start = self.at;
        let glued = start == before && start > 0 && self.rest().starts_with(['[', '(', '<', '{', WIDE_OPEN]);
        if let Some(letter) = self.letter_before_time() {
            return Some(Piece { text: letter, class: Class::Letter, separated, inside: false, glued, start });
        }
        if let Some(range) = self.time_here() {
            // Zabbix writes its process before the time: `1234:20261122:101503.250`.
            let process = self.line.get(start..range.start).and_then(|before| before.strip_suffix(':')).filter(|before| is_digits(before));
            if let Some(text) = process {
                self.at = range.start;
                return Some(Piece { text, class: Class::Number, separated, inside: false, glued, start });
            }
            let text = self.line.get(range.clone())?;
            self.skip_time(range);
            return Some(Piece { text, class: Class::Time, separated, inside: false, glued, start });
        }
        let inside = self.open.is_some();
        let rest = self.rest();
        let first = *rest.as_bytes().first()?;
        if let Some(close) = closing(first)
            && let Some(length) = bracket_end(rest, first, close)
        {
            // PostgreSQL's `[unknown]@[unknown]`, before it knows who connects.
            if rest[length..].starts_with("@[") {
                let (text, class) = classify(self.word()?);
                return Some(Piece { text, class, separated, inside, glued, start });
            }
            let text = rest.get(1..length - 1)?;
            // `[Server thread/INFO]`, as Minecraft has it: the level is a piece of its own.
            if let Some((name, level)) = text.rsplit_once('/').filter(|(name, level)| !name.is_empty() && is_capital_level(level)) {
                self.at += length - 1 - level.len();
                self.open = Some(close);
                return Some(Piece { text: name.trim(), class: Class::Bracketed, separated, inside, glued, start });
            }
            let has_tag = rest.get(length..).is_some_and(|after| after.starts_with(':'));
            self.at += length + usize::from(has_tag);
            let class = match level_of(text.trim()) {
                Some((_, true)) => Class::Level,
                Some((_, false)) if text.len() == 1 => Class::Letter,
                _ => Class::Bracketed,
            };
            return Some(Piece { text: text.trim(), class, separated, inside, glued, start });
        }
        if let Some((text, length)) = wide_bracket(rest) {
            self.at += length;
            let class = if level_of(text.trim()).is_some_and(|(_, is_word)| is_word) { Class::Level } else { Class::Bracketed };
            return Some(Piece { text: text.trim(), class, separated, inside, glued, start });
        }
        let (text, mut class) = classify(self.word()?);
        if matches!(class, Class::Name | Class::Dotted) && self.rest().starts_with(WIDE_COLON) {
            class = Class::Tag;
        }
        Some(Piece { text, class, separated, inside, glued, start })
    }
}

const WIDE_OPEN: char = '【';
const WIDE_CLOSE: char = '】';
const WIDE_COLON: char = '：';

/// The text of a Chinese bracket at the start of `rest`, and the length of both.
fn wide_bracket(rest: &str) -> Option<(&str, usize)> {
    let inner = rest.strip_prefix(WIDE_OPEN)?;
    let end = inner.find(WIDE_CLOSE).filter(|end| *end <= 256)?;
    Some((inner.get(..end)?, WIDE_OPEN.len_utf8() + end + WIDE_CLOSE.len_utf8()))
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
    if topics(word).is_some() {
        return (word, Class::Level);
    }
    // Telegraf's `E!`.
    if let Some(letter) = word.strip_suffix('!').filter(|letter| letter_level(letter).is_some()) {
        return (letter, Class::Level);
    }
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
    // `@:[99]:` is what PostgreSQL on RDS writes of its own processes.
    if is_name(bare) || word.ends_with("]:") {
        let class = match word.ends_with(':') {
            true => Class::Tag,
            false if bare.contains(['.', '#', '$', '/', '@']) || bare.contains("::") => return (bare.trim_end_matches('.'), Class::Dotted),
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
