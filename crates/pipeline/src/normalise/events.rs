//! Bytes → events: where one ends and the next begins.
//!
//! Most events are a line; stack traces and the like are several, and belong to the line before them. The rules look at
//! bytes only, so that they cost a glance at the first byte of the next line. [`Joining::last_start`] finds where the
//! last, perhaps unfinished, event of a chunk begins: what is before it can be given to any operator.

use memchr::memrchr;
use regex::bytes::Regex;

use super::values::LineParser;

/// How far back the beginning of the last event is looked for; an event longer than that is cut into two.
const LONGEST_EVENT: usize = 256 << 10;
/// How long a quoted value may make an event; a quote that is not closed by then is taken for a mistake of its line alone. Less
/// than what the intake looks ahead.
const LONGEST_QUOTED: usize = 32 << 10;

/// How lines join to events.
#[derive(Clone, Debug)]
pub enum Joining {
    /// Every line is an event.
    Off,
    /// Lines that look like continuations join the line before them.
    Auto {
        /// Whether the parser is asked which lines begin an event.
        ask_parser: bool,
        /// Whether the parser is asked which lines go on in the next one.
        partial_lines: bool,
    },
    /// A line that matches begins an event; all others continue.
    Start(Regex),
    /// A line that ends within a quoted value of delimited text goes on in the next one.
    Quoted {
        /// What stands between values.
        delimiter: u8,
    },
}

/// One event in a chunk, as offsets of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// First byte.
    pub start: usize,
    /// Just after the last byte of its first line, without the line end.
    pub first_end: usize,
    /// Just after its last byte, without the line end.
    pub end: usize,
    /// First byte of what follows.
    pub next: usize,
    /// Lines it has.
    pub lines: u64,
}

impl Joining {
    /// The event that begins at `start`, which must be before the end.
    #[inline]
    pub fn event(&self, parser: &dyn LineParser, bytes: &[u8], start: usize) -> Event {
        self.event_of(parser, bytes, start, super::bytes::line_end(bytes, start))
    }

    /// The event that begins at `start`, whose first line ends at `line_end`.
    #[inline]
    pub(super) fn event_of(&self, parser: &dyn LineParser, bytes: &[u8], start: usize, line_end: usize) -> Event {
        let (end, next) = without_line_end(bytes, start, line_end);
        let is_line = bytes.get(next).is_none_or(|&first| self.surely_begins(parser, first));
        if is_line && !matches!(self, Self::Quoted { .. }) {
            return Event { start, first_end: end, end, next, lines: 1 };
        }
        self.event_of_lines(parser, bytes, Event { start, first_end: end, end, next, lines: 1 })
    }

    /// The event that begins with a line and may have more.
    #[inline(never)]
    fn event_of_lines(&self, parser: &dyn LineParser, bytes: &[u8], line: Event) -> Event {
        match self {
            Self::Quoted { delimiter } => quoted_event(bytes, line, *delimiter).unwrap_or(line),
            _ => self.joined(parser, bytes, line),
        }
    }

    /// Whether a line with this first byte begins an event after whatever single line stands before it.
    #[inline]
    pub(super) fn surely_begins(&self, parser: &dyn LineParser, first: u8) -> bool {
        match self {
            Self::Off => true,
            Self::Auto { ask_parser: false, partial_lines: false } => begins_event(first),
            Self::Auto { ask_parser: true, partial_lines: false } => parser.begins_with(first),
            _ => false,
        }
    }

    /// The event with the lines that follow its first one.
    fn joined(&self, parser: &dyn LineParser, bytes: &[u8], first: Event) -> Event {
        let mut event = first;
        let start = event.start;
        let mut in_traceback = false;
        let mut last = start..event.end;
        while event.next < bytes.len()
            && (self.goes_on(parser, &bytes[last.clone()]) || self.continues(parser, bytes, event.next, &mut in_traceback))
        {
            let (end, next) = line_end(bytes, event.next);
            last = event.next..end;
            // Lines without text that end an event are none of its text.
            let end = if bytes[last.clone()].trim_ascii().is_empty() { event.end } else { end };
            event = Event { end, next, lines: event.lines + 1, ..event };
        }
        event
    }

    /// Where the last event begins that what follows could still continue.
    pub fn last_start(&self, parser: &dyn LineParser, bytes: &[u8]) -> usize {
        if matches!(self, Self::Off) {
            return bytes.len();
        }
        if let Self::Quoted { delimiter } = self {
            return last_quoted(bytes, *delimiter);
        }
        let floor = bytes.len().saturating_sub(LONGEST_EVENT);
        let mut start = line_start(bytes, bytes.len().saturating_sub(1));
        while start > floor {
            let before = line_start(bytes, start - 1);
            let certain = !self.goes_on(parser, &bytes[before..start - 1])
                && !self.continues(parser, bytes, start, &mut false)
                && (matches!(self, Self::Start(_)) || !may_be_inside_trace(&bytes[before..], &bytes[start..]));
            if certain {
                break;
            }
            start = before;
        }
        start
    }

    /// Whether a line says itself that the next one belongs to it.
    #[inline]
    fn goes_on(&self, parser: &dyn LineParser, line: &[u8]) -> bool {
        matches!(self, Self::Auto { partial_lines: true, .. }) && std::str::from_utf8(line).is_ok_and(|line| parser.continues(line))
    }

    #[inline]
    fn continues(&self, parser: &dyn LineParser, bytes: &[u8], at: usize, in_traceback: &mut bool) -> bool {
        match self {
            Self::Off | Self::Quoted { .. } => false,
            Self::Start(start) => {
                let (end, _) = line_end(bytes, at);
                !start.is_match(&bytes[at..end])
            }
            Self::Auto { ask_parser, .. } => {
                let is_event = begins_event(bytes[at]) && !ask_parser && !*in_traceback;
                !is_event && looks_continued(parser, *ask_parser, bytes, at, in_traceback)
            }
        }
    }
}

/// The event of a line with those that its quoted values go on in; `None` when they do not end.
fn quoted_event(bytes: &[u8], first: Event, delimiter: u8) -> Option<Event> {
    let mut event = first;
    while super::csv::ends_quoted(&bytes[event.start..event.end], delimiter) {
        if event.next >= bytes.len() || event.next - event.start > LONGEST_QUOTED {
            return None;
        }
        let (end, next) = line_end(bytes, event.next);
        event = Event { end, next, lines: event.lines + 1, ..event };
    }
    Some(event)
}

/// Where the last event begins if it is still within quotes, else the end. Whether a line is within quotes can only be told from
/// the beginning.
fn last_quoted(bytes: &[u8], delimiter: u8) -> usize {
    let mut start = 0;
    while start < bytes.len() {
        let (end, next) = line_end(bytes, start);
        let first = Event { start, first_end: end, end, next, lines: 1 };
        start = match quoted_event(bytes, first, delimiter) {
            Some(event) => event.next,
            None if bytes.len() - start > LONGEST_QUOTED => next,
            None => return start,
        };
    }
    bytes.len()
}

/// Most formats begin a line with one of these, and no continuation does.
#[inline]
fn begins_event(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'{' | b'[' | b'<')
}

fn looks_continued(parser: &dyn LineParser, ask_parser: bool, bytes: &[u8], at: usize, in_traceback: &mut bool) -> bool {
    let (end, next) = line_end(bytes, at);
    let line = &bytes[at..end];
    if ask_parser
        && let Ok(text) = std::str::from_utf8(line)
        // A file that was cut while its writer kept its place goes on with zeros.
        && let Some(starts) = parser.starts_event(text.trim_start_matches('\0'))
    {
        return !starts && (!line.is_empty() || parser.has_blank_lines()) && !is_of_another(parser, text, &bytes[..at]);
    }
    if line.trim_ascii().is_empty() {
        return line.len() <= BLANK && goes_on_with_cause(&bytes[next..]);
    }
    if matches!(line[0], b' ' | b'\t') {
        return true;
    }
    if std::mem::take(in_traceback) {
        // The line that names the exception ends a Python traceback.
        return names_exception(line);
    }
    if line.starts_with(b"Traceback (most recent call last)") {
        *in_traceback = true;
        return true;
    }
    if is_of_trace(line) {
        return true;
    }
    // `java.lang.Error: message` belongs to the line before it if the frames of its stack follow.
    names_exception(line) && bytes[next.min(bytes.len())..].trim_ascii_start().starts_with(b"at ") && is_indented(&bytes[next..])
}

/// Whether a line names another program than the line before it.
fn is_of_another(parser: &dyn LineParser, line: &str, before: &[u8]) -> bool {
    let Some(writer) = parser.writer_of(line) else { return false };
    let end = before.len().saturating_sub(1);
    let before = std::str::from_utf8(&before[line_start(before, end)..end]).unwrap_or_default();
    parser.writer_of(before).is_some_and(|other| other != writer)
}

/// Whether a line says that it belongs to a stack trace, or only ends what was opened.
fn is_of_trace(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] =
        [b"Caused by: ", b"at ", b"... ", b"Suppressed: ", b"Wrapped by: ", b"During handling of ", b"The above exception was "];
    let begins = line.first().is_some_and(|first| b"Ca.SWDT".contains(first)) && WORDS.iter().any(|word| line.starts_with(word));
    begins || line.iter().all(|byte| matches!(byte, b'}' | b')' | b']' | b',' | b';'))
}

/// Whether a line cannot stand alone: for lines in an envelope, of which one is looked at after the other.
pub(super) fn is_rest_of_trace(line: &str) -> bool {
    let line = line.as_bytes();
    // What JavaScript writes of an error begins with it: it has no words before its stack.
    let ends_traceback = names_exception(line) && !line.starts_with(b"Error");
    is_indented(line) || is_of_trace(line) || line.starts_with(b"Traceback (most recent call last)") || ends_traceback
}

/// Blank bytes, line ends included, between chained tracebacks: a line each. Whoever looked further would look through a file of blank lines from
/// each of them.
const BLANK: usize = 8;

/// Whether what follows a blank line is the next of Python's chained tracebacks: the words between them, or the traceback behind these.
fn goes_on_with_cause(bytes: &[u8]) -> bool {
    let rest = &bytes[bytes.iter().take(BLANK).take_while(|byte| byte.is_ascii_whitespace()).count()..];
    [b"During handling of the above".as_slice(), b"The above exception was", b"Traceback (most recent"]
        .iter()
        .any(|words| rest.starts_with(words))
}

fn is_indented(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b' ' | b'\t'))
}

/// Whether `line` could be the end of a trace whose earlier lines decide: it names an exception, or follows an indented line.
/// Behind a few blank lines at the end, the next of several tracebacks may still come.
fn may_be_inside_trace(before: &[u8], line: &[u8]) -> bool {
    let (end, _) = line_end(line, 0);
    line.len() <= 2 * BLANK + 2 && line.trim_ascii().is_empty()
        || is_indented(before) && names_exception(&line[..end])
        || before.starts_with(b"Traceback ")
        || names_exception(&line[..end]) && end + 1 >= line.len()
}

/// `a.b.CException`, `ValueError: text`: a name with dots, then the end or a colon; the name sounds like trouble.
fn names_exception(line: &[u8]) -> bool {
    let end = line.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let sounds = [b"Exception".as_slice(), b"Error", b"Throwable", b"Interrupt", b"Exit", b"Warning", b"Failure"];
    sounds.iter().any(|sound| name.ends_with(sound)) && matches!(rest.first(), None | Some(b':' | b'\r'))
}

/// End of the line without its line end, and start of the next line.
#[inline]
fn line_end(bytes: &[u8], start: usize) -> (usize, usize) {
    without_line_end(bytes, start, super::bytes::line_end(bytes, start))
}

/// The same where the place of the line end is known.
#[inline]
fn without_line_end(bytes: &[u8], start: usize, end: usize) -> (usize, usize) {
    let next = (end + 1).min(bytes.len());
    let end = if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end };
    (end, next)
}

/// Start of the line that has the byte before `at`'s line end, or `at` itself.
fn line_start(bytes: &[u8], at: usize) -> usize {
    memrchr(b'\n', &bytes[..at.min(bytes.len())]).map_or(0, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::pattern::Pattern;

    fn events(joining: &Joining, text: &str) -> Vec<String> {
        let parser = Pattern::compile("<a>").unwrap();
        let (mut at, mut events) = (0, Vec::new());
        while at < text.len() {
            let event = joining.event(&parser, text.as_bytes(), at);
            events.push(text[event.start..event.end].replace("\r\n", "\n"));
            at = event.next;
        }
        events
    }

    const AUTO: Joining = Joining::Auto { ask_parser: false, partial_lines: false };

    #[test]
    fn lines_join_to_events() {
        for (text, expected) in [
            ("a\nb\n", &["a", "b"][..]),
            ("a\r\nb", &["a", "b"]),
            ("ERROR x\n\tat a.B\n\tat c.D\nINFO y\n", &["ERROR x\n\tat a.B\n\tat c.D", "INFO y"]),
            (
                "ERROR x\njava.lang.Error: boo\n\tat a.B\nCaused by: z\n\t... 5 more\nINFO y\n",
                &["ERROR x\njava.lang.Error: boo\n\tat a.B\nCaused by: z\n\t... 5 more", "INFO y"],
            ),
            ("java.lang.Error: alone\nINFO y\n", &["java.lang.Error: alone", "INFO y"]),
            (
                "E x\nTraceback (most recent call last):\n  File \"a\"\n    f()\nValueError: bad\n2026 next\n",
                &["E x\nTraceback (most recent call last):\n  File \"a\"\n    f()\nValueError: bad", "2026 next"],
            ),
            (
                "E x\nTraceback (most recent call last):\n  File \"a\"\nValueError: bad\n\nDuring handling of the above exception, another exception occurred:\n\n\
                 Traceback (most recent call last):\n  File \"b\"\nKeyError: 'a'\n2026 next\n\n2027 y\n",
                &[
                    "E x\nTraceback (most recent call last):\n  File \"a\"\nValueError: bad\n\nDuring handling of the above exception, another exception occurred:\n\n\
                     Traceback (most recent call last):\n  File \"b\"\nKeyError: 'a'",
                    "2026 next",
                    "",
                    "2027 y",
                ],
            ),
            ("{\n  \"a\": 1\n}\n{}", &["{\n  \"a\": 1\n}", "{}"]),
            ("a\n\nb", &["a", "", "b"]),
        ] {
            assert_eq!(events(&AUTO, text), expected, "{text:?}");
        }
        assert_eq!(events(&Joining::Off, "a\n b\n"), ["a", " b"]);
        assert_eq!(events(&Joining::Start(Regex::new("^\\d").unwrap()), "1 a\nb\n2 c\n"), ["1 a\nb", "2 c"]);
    }

    #[test]
    fn each_of_many_blank_lines_is_looked_at_once() {
        let text = format!("{{}}\n{}{{}}\n", "\n".repeat(300_000));
        assert_eq!(events(&AUTO, &text).len(), 300_002);
        assert!(AUTO.last_start(&Pattern::compile("<a>").unwrap(), &text.as_bytes()[..300_000]) > 299_900);
    }

    #[test]
    fn a_chunk_is_never_cut_inside_an_event() {
        let text = "INFO a\nERROR x\njava.lang.Error: boo\n\tat a.B\nCaused by: z\n\t... 5 more\nE x\nTraceback (most recent call last):\n  \
                    File \"a\"\nValueError: bad\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  \
                    File \"b\"\nKeyError: 'a'\n2026 next\n\n2026 last\n";
        let parser = Pattern::compile("<a>").unwrap();
        let whole = events(&AUTO, text);
        for (end, _) in text.match_indices('\n') {
            let (first, rest) = text.split_at(end + 1);
            let cut = AUTO.last_start(&parser, first.as_bytes());
            let mut parts = events(&AUTO, &first[..cut]);
            parts.extend(events(&AUTO, &format!("{}{rest}", &first[cut..])));
            assert_eq!(parts, whole, "cut after {first:?}");
        }
    }

    #[test]
    fn quoted_values_go_on_in_the_next_line_wherever_a_chunk_is_cut() {
        let text = "a,b\n1,\"two\nlines\"\n2,\"\n\n3,\"\"x\"\"\",\"y\n\"\n4,5\" disk\n5,\"open\n6,x\n";
        let joining = Joining::Quoted { delimiter: b',' };
        let parser = Pattern::compile("<a>").unwrap();
        let whole = events(&joining, text);
        assert_eq!(
            whole,
            ["a,b", "1,\"two\nlines\"", "2,\"\n\n3,\"\"x\"\"\",\"y\n\"", "4,5\" disk", "5,\"open", "6,x"],
            "one that is never closed is its line alone"
        );
        for (end, _) in text.match_indices('\n') {
            let (first, rest) = text.split_at(end + 1);
            let cut = joining.last_start(&parser, first.as_bytes());
            let mut parts = events(&joining, &first[..cut]);
            parts.extend(events(&joining, &format!("{}{rest}", &first[cut..])));
            assert_eq!(parts, whole, "cut after {first:?}");
        }
        let open = format!("1,\"{}\n2,x\n", "y\n".repeat(LONGEST_QUOTED));
        assert_eq!(joining.event(&parser, open.as_bytes(), 0).lines, 1, "memory is bounded");
        assert!(joining.last_start(&parser, open.as_bytes()) > LONGEST_QUOTED);
    }
}
