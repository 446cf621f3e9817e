//! Delimited text with a header line: CSV (RFC 4180), TSV, and `;` or `|` between; Zeek's logs, whose header is a comment; and
//! those of PostgreSQL, which have none.
//!
//! The header names the columns; the names mean what they mean in structured logs. A column without a known name whose
//! values are dated times is the time. The header line itself is no event, wherever it comes again.

use std::borrow::Cow;

use super::keys::{COMPONENT, ELAPSED_S, MESSAGE, Meaning, NAMES, SEVERITY, TIME, level_word, meaning};
use super::tokens::{duration, given};
use super::{join, owned};
use crate::normalise::csv::ends_quoted;
use crate::normalise::time::scan;
use crate::normalise::values::{LineParser, Reason, Value, Values};

/// The columns of PostgreSQL's `csvlog` (postgresql.org/docs/current/runtime-config-logging.html, "Using CSV-Format Log Output"),
/// by the names that they have in structured logs where they have one.
const POSTGRESQL: [&str; 26] = [
    "time",
    "user_name",
    "database_name",
    "process_id",
    "connection_from",
    "session_id",
    "session_line_num",
    "command_tag",
    "session_start_time",
    "virtual_transaction_id",
    "transaction_id",
    "severity",
    "sql_state_code",
    "message",
    "detail",
    "hint",
    "internal_query",
    "internal_query_pos",
    "context",
    "query",
    "query_pos",
    "location",
    "application_name",
    "backend_type",
    "leader_pid",
    "query_id",
];
/// Of these, the ones that version 12 writes; the others came later.
const POSTGRESQL_12: usize = 23;

/// What Windows' event viewer exports, in two of its languages.
const EVENT_VIEWER: [[&str; 5]; 2] =
    [["Level", "Date and Time", "Source", "Event ID", "Task Category"], ["级别", "日期和时间", "来源", "事件 ID", "任务类别"]];

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Delimited {
    names: Vec<String>,
    header: String,
    delimiter: char,
    columns: Vec<(String, Meaning)>,
    /// Columns that a row has at least.
    least: usize,
    /// Whether lines that begin with `#` are comments.
    has_comments: bool,
}

impl Delimited {
    /// The lines of a sample with those joined that quoted values go on in; `None` where there are none, or no header.
    pub(in crate::normalise) fn joined(sample: &[&str]) -> Option<Vec<String>> {
        let header = sample.first()?.trim_start_matches('\u{feff}');
        let is_header =
            |delimiter: &char| fields(header, *delimiter).count() >= 3 && fields(header, *delimiter).all(|name| is_name(name.trim()));
        let mut delimiters = [',', '\t', ';', '|'].into_iter();
        let delimiter = if is_postgresql(header) { ',' } else { delimiters.find(is_header)? } as u8;
        let is_open = |row: &str| ends_quoted(row.as_bytes(), delimiter);
        let mut rows = join(sample, |row, _| is_open(row));
        // Cut off by the end of the sample.
        rows.pop_if(|row| is_open(row));
        (rows.len() < sample.len()).then_some(rows)
    }

    /// A reader for an input that begins with a header line, and whose other sample lines have as many columns.
    pub(in crate::normalise) fn from_sample(sample: &[&str]) -> Option<Self> {
        if let Some(zeek) = Self::zeek(sample) {
            return Some(zeek);
        }
        let (header, rows) = sample.split_first()?;
        let header = header.trim_start_matches('\u{feff}');
        for delimiter in [',', '\t', ';', '|'] {
            let columns: Vec<String> = fields(header, delimiter).map(|field| field.trim().to_owned()).collect();
            // A log without a header begins with an event, which has a time.
            let is_dated = || scan(header).is_some_and(|(_, form)| form.is_dated());
            let named = columns.len() >= 3 && columns.iter().all(|column| is_name(column)) && !is_dated();
            if !named || rows.is_empty() {
                continue;
            }
            let even = |count: usize| rows.iter().filter(|row| fields(row, delimiter).count() == count).count() * 10 >= rows.len() * 9;
            if even(columns.len()) {
                return Some(Self::new(header, delimiter, columns, rows.first()?));
            }
            // The header of Windows' event viewer lacks the name of the last column.
            if EVENT_VIEWER.iter().any(|names| columns == names) && even(columns.len() + 1) {
                let columns = columns.into_iter().chain(["message".to_owned()]).collect();
                return Some(Self::new(header, delimiter, columns, rows.first()?));
            }
        }
        None
    }

    /// The same where the configuration says that the input is delimited: the first line that has names only is the header, however few
    /// they are and whatever follows.
    pub(in crate::normalise) fn named(sample: &[&str]) -> Option<Self> {
        let of_header = || {
            let header = sample.first()?.trim_start_matches('\u{feff}');
            let is_header = |delimiter: &char| {
                let columns: Vec<_> = fields(header, *delimiter).collect();
                columns.len() >= 2 && columns.iter().all(|column| is_name(column.trim()))
            };
            let delimiter =
                ['\t', ',', ';', '|'].into_iter().find(is_header).filter(|_| scan(header).is_none_or(|(_, form)| !form.is_dated()))?;
            let columns = fields(header, delimiter).map(|field| field.trim().to_owned()).collect();
            Some(Self::new(header, delimiter, columns, sample.get(1).copied().unwrap_or_default()))
        };
        Self::from_sample(sample).or_else(of_header)
    }

    /// A reader for tab-separated logs with their columns in a `#fields` line, one of several that begin with `#`. Intervals are in
    /// seconds (docs.zeek.org, "TSV Format").
    fn zeek(sample: &[&str]) -> Option<Self> {
        let (header, names) = sample.iter().find_map(|line| Some((line, line.strip_prefix("#fields\t")?)))?;
        let row = sample.iter().find(|line| !line.starts_with('#')).copied().unwrap_or_default();
        let mut reader = Self::new(header, '\t', names.split('\t').map(str::to_owned).collect(), row);
        reader.has_comments = true;
        let durations = reader.columns.iter_mut().filter(|(name, _)| name == "duration");
        durations.for_each(|(_, meaning)| *meaning = Meaning::Slot(ELAPSED_S));
        Some(reader)
    }

    /// A reader for PostgreSQL's `csvlog`, where the sample has any of it.
    pub(in crate::normalise) fn postgresql(sample: &[&str]) -> Option<Self> {
        let is_found = sample.is_empty() || sample.iter().any(|line| is_postgresql(line));
        let reader = || Self::new("", ',', POSTGRESQL.map(str::to_owned).to_vec(), "");
        is_found.then(|| Self { least: POSTGRESQL_12, ..reader() })
    }

    fn new(header: &str, delimiter: char, columns: Vec<String>, row: &str) -> Self {
        let mut columns: Vec<(String, Meaning)> = columns
            .into_iter()
            .map(|name| {
                let translated = EVENT_VIEWER[1].iter().position(|own| *own == name).map(|at| EVENT_VIEWER[0][at].to_owned());
                let name = translated.unwrap_or(name);
                let key = name.to_ascii_lowercase().replace(' ', "_");
                let known = [meaning(&name), meaning(&key)].into_iter().find(|meaning| *meaning != Meaning::Attribute);
                (key, known.unwrap_or(Meaning::Attribute))
            })
            .collect();
        // What Windows' event viewer exports: the source is who wrote it.
        if columns.iter().any(|(name, _)| name == "event_id") {
            columns.iter_mut().filter(|(name, _)| name == "source").for_each(|(_, meaning)| *meaning = Meaning::Slot(COMPONENT));
        }
        if !columns.iter().any(|(_, meaning)| *meaning == Meaning::Slot(TIME)) {
            let dated = |text: &str| scan(text).is_some_and(|(range, form)| form.is_dated() && range.len() >= text.trim().len());
            let found = fields(row, delimiter).position(|field| dated(&field));
            if let Some(column) = found.and_then(|at| columns.get_mut(at)) {
                column.1 = Meaning::Slot(TIME);
            }
        }
        let least = columns.len();
        Self { names: owned(&NAMES), header: header.to_owned(), delimiter, columns, least, has_comments: false }
    }
}

/// Whether a row of PostgreSQL's begins with this line: what is written by people comes after its severity.
fn is_postgresql(line: &str) -> bool {
    let mut fields = fields(line, ',');
    let is_dated = fields.next().and_then(|time| scan(&time)).is_some_and(|(range, form)| range.start == 0 && form.is_dated());
    let severity = POSTGRESQL.iter().position(|name| *name == "severity").unwrap_or_default();
    let levels = ["LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO"];
    is_dated && fields.nth(severity - 1).is_some_and(|level| levels.contains(&&*level) || level.starts_with("DEBUG"))
}

/// A word that names a column: it has a letter, is short, and is no value.
fn is_name(text: &str) -> bool {
    let letters = text.chars().next().is_some_and(|first| first.is_alphabetic() || "_@#$".contains(first));
    letters && text.len() <= 60 && text.chars().all(|letter| letter.is_alphanumeric() || "_-. @()/#$%:".contains(letter))
}

pub(super) struct Fields<'a> {
    rest: Option<&'a str>,
    delimiter: char,
}

pub(super) fn fields(line: &str, delimiter: char) -> Fields<'_> {
    Fields { rest: Some(line), delimiter }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        if let Some(inner) = rest.strip_prefix('"')
            && let Some(end) = closing_quote(inner, self.delimiter)
        {
            let text = &inner[..end];
            self.rest = inner[end + 1..].strip_prefix(self.delimiter);
            return Some(if text.contains("\"\"") { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) });
        }
        match rest.split_once(self.delimiter) {
            Some((text, after)) => {
                self.rest = Some(after);
                Some(Cow::Borrowed(text))
            }
            None => Some(Cow::Borrowed(rest)),
        }
    }
}

/// The quote that ends a field: not doubled, and with the delimiter or the end behind it.
fn closing_quote(text: &str, delimiter: char) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find('"')?;
        let after = &text[at + 1..];
        if after.starts_with('"') {
            from = at + 2;
        } else if after.is_empty() || after.starts_with(delimiter) {
            return Some(at);
        } else {
            from = at + 1;
        }
    }
}

impl LineParser for Delimited {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        if line.trim_start_matches('\u{feff}') == self.header || self.has_comments && line.starts_with('#') {
            return Err(Reason::NOT_AN_EVENT);
        }
        let mut count = 0;
        for (at, field) in fields(line, self.delimiter).enumerate() {
            count += 1;
            let Some((name, meaning)) = self.columns.get(at) else { return Err(Reason::BAD_COLUMNS) };
            if given(field.trim()).is_none() {
                continue;
            }
            match *meaning {
                Meaning::Slot(SEVERITY) if level_word(&field).is_some() => values.text(SEVERITY, level_word(&field).unwrap_or_default()),
                Meaning::Slot(slot) if !values.get(slot).is_present() => values.set(slot, owned_or_text(field)),
                Meaning::Elapsed => match duration(&field) {
                    Some((number, unit)) => {
                        let slot = NAMES.iter().position(|name| *name == unit).unwrap_or(MESSAGE);
                        values.set(slot, Value::Owned(number.to_owned()));
                    }
                    None => values.set(ELAPSED_S + 1, owned_or_text(field)),
                },
                _ if values.wants_extra() => values.extra.push((name.clone().into(), field)),
                _ => {}
            }
        }
        if count >= self.least { Ok(()) } else { Err(Reason::BAD_COLUMNS) }
    }

    fn quoted_with(&self) -> Option<u8> {
        u8::try_from(self.delimiter).ok()
    }

    fn wants_whole_event(&self) -> bool {
        true
    }
}

fn owned_or_text(field: Cow<'_, str>) -> Value<'_> {
    match field {
        Cow::Borrowed(text) => Value::Text(text.trim()),
        Cow::Owned(text) => Value::Owned(text),
    }
}
