//! What a parser found in one event: values by slot, before they become columns.
//!
//! Every format fills the same small table, so that addresses, routes, times and expressions are handled once, in
//! `rows`, and a format is nothing but a reader of bytes. Slots are numbered when a parser is made and borrow from the
//! line; nothing is allocated per line unless a value had to be unescaped.

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::tz::TimeZone;
use magpie_model::{Kind, Side, Timestamp, config::LoggedTime};

use super::batch::{Line, Memory, Piece};
use super::memo::Memo;
use super::time::TimeForm;

/// One value of a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// The line does not have it.
    #[default]
    Missing,
    /// As written; decimal numbers stay text, so that they are read exactly once, in the scale of their field.
    Text(&'a str),
    /// Text that had to be put together, such as an unescaped JSON string.
    Owned(String),
    /// A whole number.
    Integer(i64),
    /// A number that only exists in binary.
    Float(f64),
    /// A flag.
    Bool(bool),
    /// A time the parser itself understood.
    Time(Timestamp),
}

impl Value<'_> {
    /// Whether the line has it.
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Missing)
    }

    /// The value as text; `None` when it is missing.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Missing => return None,
            Self::Text(text) => Cow::Borrowed(*text),
            Self::Owned(text) => Cow::Borrowed(text.as_str()),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Time(time) => Cow::Owned(time.to_string()),
        })
    }
}

/// A value that has no slot: its name and its text.
pub type Extra<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The bit of `touched` that stands for all slots from it on.
const LAST_BIT: usize = 63;

/// The values of one event, reused from line to line.
#[derive(Debug, Default)]
pub struct Values<'a> {
    slots: Vec<Value<'a>>,
    /// Slots that were set, to be cleared: a bit each, the last one for all that follow.
    touched: u64,
    /// Names without a slot, in the order of the line; they become attributes. Left empty unless [`Values::wants_extra`].
    pub extra: Vec<Extra<'a>>,
    unwanted: Vec<bool>,
    wants_extra: bool,
    /// For readers of JSON: the keys of the line before with their colons, and where they lead.
    pub(super) expected_keys: Vec<(&'a str, Option<u32>, Option<u32>)>,
    /// The same for keys in any order: where one leads.
    pub(super) paths: Option<Box<Memo>>,
    /// For readers of structured lines: what a key means.
    pub(super) meanings: Option<Box<Memo>>,
}

impl<'a> Values<'a> {
    /// A table for a parser of so many names, of which every one is wanted.
    pub fn new(slots: usize) -> Self {
        Self {
            slots: vec![Value::Missing; slots],
            touched: 0,
            extra: Vec::new(),
            unwanted: vec![false; slots],
            wants_extra: true,
            expected_keys: Vec::new(),
            paths: None,
            meanings: None,
        }
    }

    /// A table in which only some slots will be looked at; parsers may skip the work for the others.
    pub fn wanting(wanted: &[bool], extra: bool) -> Self {
        Self {
            slots: vec![Value::Missing; wanted.len()],
            touched: 0,
            extra: Vec::new(),
            unwanted: wanted.iter().map(|wanted| !wanted).collect(),
            wants_extra: extra,
            expected_keys: Vec::new(),
            paths: None,
            meanings: None,
        }
    }

    /// Whether anybody looks at this slot.
    #[inline]
    pub fn wants(&self, slot: usize) -> bool {
        !self.unwanted.get(slot).copied().unwrap_or(true)
    }

    /// Whether anybody looks at values without a slot.
    pub fn wants_extra(&self) -> bool {
        self.wants_extra
    }

    /// Forgets the line before. The caller of a parser does this, not the parser.
    #[inline]
    pub fn clear(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        while touched != 0 {
            let slot = touched.trailing_zeros() as usize;
            touched &= touched - 1;
            if slot < LAST_BIT {
                self.slots[slot] = Value::Missing;
            } else {
                self.slots[LAST_BIT..].fill(Value::Missing);
            }
        }
        self.extra.clear();
    }

    /// Sets a slot; a slot the table does not have is ignored.
    #[inline(always)]
    pub fn set(&mut self, slot: usize, value: Value<'a>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = value;
            self.touched |= 1 << slot.min(LAST_BIT);
        }
    }

    /// Sets a slot to a piece of the line.
    #[inline(always)]
    pub fn text(&mut self, slot: usize, text: &'a str) {
        self.set(slot, Value::Text(text));
    }

    /// Value of a slot.
    #[inline]
    pub fn get(&self, slot: usize) -> &Value<'a> {
        self.slots.get(slot).unwrap_or(&Value::Missing)
    }

    /// All slots, by number.
    pub fn slots(&self) -> &[Value<'a>] {
        &self.slots
    }
}

/// Why a line could not be read. A small fixed set, so that counting by reason stays bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(pub &'static str);

impl Reason {
    /// No known format fits.
    pub const UNKNOWN_FORMAT: Self = Self("no known format");
    /// The line does not have the shape of the format.
    pub const NO_MATCH: Self = Self("does not match the format");
    /// The line has the shape, but its time is none.
    pub const BAD_TIME: Self = Self("time not understood");
    /// Not a JSON object.
    pub const BAD_JSON: Self = Self("not valid JSON");
    /// Another number of columns than the header or the configuration says.
    pub const BAD_COLUMNS: Self = Self("wrong number of columns");
    /// Delimited text by its configuration, but nothing names its columns.
    pub const NO_HEADER: Self = Self("no header line names the columns");
    /// Bytes that are no text.
    pub const BINARY: Self = Self("binary data");
    /// A defect of the reader of the format.
    pub const FAILED: Self = Self("the reader of the format failed");
    /// Not an event: a header, a comment or directive of the format. Counted as skipped, and no record is made.
    pub const NOT_AN_EVENT: Self = Self("not an event");
    /// Those that any line may have.
    pub const ALL: [Self; 8] = [
        Self::UNKNOWN_FORMAT,
        Self::NO_MATCH,
        Self::BAD_TIME,
        Self::BAD_JSON,
        Self::BAD_COLUMNS,
        Self::NO_HEADER,
        Self::BINARY,
        Self::FAILED,
    ];
}

/// What a format says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Kind of all its records, where the format decides it.
    pub kind: Option<Kind>,
    /// Whose log it is, where the format decides it.
    pub side: Option<Side>,
    /// Which moment of a request its time is, where the format has requests.
    pub time: Option<LoggedTime>,
}

/// Zone and date for times that lack one.
#[derive(Clone, Debug)]
pub struct TimeContext {
    /// Zone of times that name none.
    pub zone: TimeZone,
    /// A moment near the line's (the file's last change): gives the year, and the date of a bare clock.
    pub near: Timestamp,
}

/// Reads an event by a parser, and survives it. Overflow checks are on in every build, and an operator that panics ends the process, which would come to the
/// same line again: what one line makes of a reader is told, and counted as a line that was not understood.
pub(super) fn read_event<'a>(parser: &dyn LineParser, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    catch_unwind(AssertUnwindSafe(|| parser.parse(line, values))).unwrap_or(Err(Reason::FAILED))
}

/// Reads one event of a format into named values.
///
/// Canonical names, which become columns and fields without any `map:`: `time`, `severity` (word or number), `message`
/// (decoded body), `source` and `target` (address, with or without port), `source_module`, `target_module`,
/// `forwarded_for`, `method`, `path` (becomes the service), `service`, `status`, `bytes`, `elapsed_s`, `elapsed_ms`,
/// `elapsed_us`, `elapsed_ns` (all become the field `elapsed_ms`), `host`, `component`, `operation`, `category`,
/// `application`, `version`, `region`, `flow`, `step`, `job_id`, `attempt`, `trace_id`, `span_id`, `warning`, `error`.
/// Any other name that is a declared field becomes that field; all others become attributes.
pub trait LineParser: Send + Sync + Debug {
    /// Name of each slot.
    fn names(&self) -> &[String];

    /// Reads an event; `values` was cleared. On an error whatever was set is ignored.
    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason>;

    /// Reads an event of a program whose name stands beside it.
    fn parse_of<'a>(&self, _writer: &str, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        self.parse(line, values)
    }

    /// Reads a line whose values are all pieces of it, as most lines are: `text[line]`. Every one of `pieces` must be set, a slot each.
    /// `false` when this line is not so plain or the format never is; then [`LineParser::parse`] says what it is.
    fn split(&self, _text: &[u8], _line: Range<usize>, _pieces: &mut [Piece], _memory: &mut Memory) -> bool {
        false
    }

    /// Reads lines as [`LineParser::split`] does one, and notes of each whether that is so; each has the same number of `pieces`.
    fn split_all(&self, text: &[u8], lines: &mut [Line], pieces: &mut [Piece], memory: &mut Memory) {
        split_each(self, text, lines, pieces, memory);
    }

    /// What the format says of itself.
    fn habits(&self) -> Habits {
        Habits::default()
    }

    /// Whether the `host` of a line is where it was written; else it is what a client asked for, as web servers log it.
    fn tells_writer(&self) -> bool {
        true
    }

    /// The same parser with slots for these names too, where it would else hand their values out without one.
    fn with_names(&self, _names: &[String]) -> Option<Arc<dyn LineParser>> {
        None
    }

    /// How the text of `time` is written; every common form is tried when the parser does not know.
    fn time_form(&self) -> Option<&TimeForm> {
        None
    }

    /// Whether a line begins an event, for joining lines: `None` when the format cannot tell without parsing, and
    /// joining goes by indentation and the usual words alone.
    fn starts_event(&self, _line: &str) -> Option<bool> {
        None
    }

    /// The program that a line names before its text: what another one wrote belongs to another event.
    fn writer_of<'l>(&self, _line: &'l str) -> Option<&'l str> {
        None
    }

    /// The same of a line of a program whose name stands beside it.
    fn starts_event_of(&self, _writer: &str, line: &str) -> Option<bool> {
        self.starts_event(line)
    }

    /// Whether every line with this first byte begins an event; what [`LineParser::starts_event`] says of it need not be asked then.
    fn begins_with(&self, _first: u8) -> bool {
        false
    }

    /// What a line is that [`LineParser::split`] refuses, where [`LineParser::parse`] would say no more.
    fn refusal(&self) -> Option<Reason> {
        None
    }

    /// What a line with bytes that are no UTF-8 is, where [`LineParser::split`] refuses it as it stands, and would refuse it with those bytes
    /// replaced. `None` where that cannot be told without replacing them.
    fn refusal_of_bytes(&self) -> Option<Reason> {
        None
    }

    /// Whether some lines are parts of an event that say so themselves, by [`LineParser::continues`].
    fn has_partial_lines(&self) -> bool {
        false
    }

    /// Whether the event that ends with this line goes on in the next one, whatever that looks like: a partial line of
    /// a container runtime. The lines are handed to [`LineParser::parse`] joined by `\n`, as they stand.
    fn continues(&self, _line: &str) -> bool {
        false
    }

    /// The delimiter of text whose values may be quoted, and then may have line breaks.
    fn quoted_with(&self) -> Option<u8> {
        None
    }

    /// Whether lines without text stand within events; what they would end otherwise goes on to the next line that begins one.
    fn has_blank_lines(&self) -> bool {
        false
    }

    /// Whether an event of several lines is handed over whole; otherwise its first line is, and the rest joins its message.
    fn wants_whole_event(&self) -> bool {
        false
    }

    /// The reader of lines that hold many events each, where this is such a format.
    fn many(&self) -> Option<&dyn ManyParser> {
        None
    }
}

/// Splits one line after the other.
#[inline]
pub(super) fn split_each<P: LineParser + ?Sized>(parser: &P, text: &[u8], lines: &mut [Line], pieces: &mut [Piece], memory: &mut Memory) {
    let width = pieces.len() / lines.len().max(1);
    for (at, line) in lines.iter_mut().enumerate() {
        let is_split = parser.split(text, line.at as usize..line.end as usize, &mut pieces[at * width..(at + 1) * width], memory);
        line.at = if is_split { line.end } else { Line::FAILED };
    }
}

/// Reads lines that hold many events each, such as an OTLP request.
pub trait ManyParser {
    /// Whether a line is one of those, for finding the format.
    fn holds(&self, line: &str) -> bool;

    /// Hands every event of the line to `sink`, with slots as in [`LineParser::names`].
    fn parse_many(&self, line: &str, sink: &mut dyn Sink) -> Result<(), Reason>;
}

/// Takes the events of one line.
pub trait Sink {
    /// Whether anybody looks at this slot.
    fn wants(&self, slot: usize) -> bool;
    /// One event.
    fn record(&mut self, values: &Values<'_>);
    /// One span; it becomes part of a call elsewhere.
    fn span(&mut self, span: super::spans::Span);
    /// How the source names routes and hosts in its spans.
    fn naming(&self) -> super::spans::Naming<'_> {
        super::spans::Naming::default()
    }
}

/// A parser made for one input, and how sure it is.
#[derive(Clone, Debug)]
pub struct Detected {
    /// Name of the format, as `parse: { format: … }` would name it.
    pub name: String,
    /// Share of the sampled lines it understood, 0 to 1.
    pub confidence: f64,
    /// The reader.
    pub parser: Arc<dyn LineParser>,
}
