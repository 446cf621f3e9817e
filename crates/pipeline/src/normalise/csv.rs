//! Delimited text: values by position, quotes as in RFC 4180. A quoted value may go on in the next line.

use memchr::{memchr, memchr2};

use super::values::{LineParser, Reason, Value, Values};

/// Text with one delimiter and named columns.
#[derive(Debug)]
pub struct Csv {
    delimiter: u8,
    names: Vec<String>,
    header: Option<String>,
}

impl Csv {
    /// Columns by configuration. A delimiter outside ASCII is taken as a comma.
    pub fn new(delimiter: char, names: Vec<String>) -> Self {
        Self { delimiter: u8::try_from(delimiter).ok().filter(u8::is_ascii).unwrap_or(b','), names, header: None }
    }

    /// Columns by the first line of the file, which is no event wherever it appears again.
    pub fn with_header(delimiter: char, header: &str) -> Self {
        let header = header.trim_start_matches('\u{feff}').trim_end_matches('\r');
        let mut csv = Self::new(delimiter, Vec::new());
        let mut names = Vec::new();
        let mut rest = Some(header);
        while let Some(text) = rest {
            let Some((value, after)) = csv.next(text) else { break };
            names.push(value.to_text().unwrap_or_default().trim().to_lowercase().replace([' ', '-'], "_"));
            rest = after;
        }
        csv.names = names;
        csv.header = Some(header.to_owned());
        csv
    }

    /// The first value and what follows its delimiter; `None` for a quote that is never closed.
    fn next<'a>(&self, text: &'a str) -> Option<(Value<'a>, Option<&'a str>)> {
        if let Some(quoted) = text.strip_prefix('"') {
            return self.next_quoted(quoted);
        }
        match memchr(self.delimiter, text.as_bytes()) {
            Some(end) => Some((Value::Text(&text[..end]), Some(&text[end + 1..]))),
            None => Some((Value::Text(text), None)),
        }
    }

    fn next_quoted<'a>(&self, quoted: &'a str) -> Option<(Value<'a>, Option<&'a str>)> {
        let mut end = 0;
        let mut doubled = false;
        loop {
            end += memchr2(b'"', b'"', &quoted.as_bytes()[end..])?;
            if quoted.as_bytes().get(end + 1) != Some(&b'"') {
                break;
            }
            doubled = true;
            end += 2;
        }
        let inside = &quoted[..end];
        let value = if doubled { Value::Owned(inside.replace("\"\"", "\"")) } else { Value::Text(inside) };
        let after = &quoted[end + 1..];
        match after.as_bytes().first() {
            None => Some((value, None)),
            Some(&byte) if byte == self.delimiter => Some((value, Some(&after[1..]))),
            Some(_) => None,
        }
    }
}

/// Whether text of this delimiter ends within a quoted value, which then goes on in the next line. A quote ends a value
/// when the delimiter or the end of the text follows it.
pub(super) fn ends_quoted(text: &[u8], delimiter: u8) -> bool {
    let mut rest = text;
    loop {
        if let Some(mut quoted) = rest.strip_prefix(b"\"") {
            loop {
                let Some(quote) = memchr(b'"', quoted) else { return true };
                let after = &quoted[quote + 1..];
                match after.first() {
                    None => return false,
                    Some(&next) if next == delimiter => break rest = &after[1..],
                    Some(&next) => quoted = &after[usize::from(next == b'"')..],
                }
            }
        } else {
            let Some(end) = memchr(delimiter, rest) else { return false };
            rest = &rest[end + 1..];
        }
    }
}

impl LineParser for Csv {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        if self.header.as_deref() == Some(line.trim_start_matches('\u{feff}')) {
            return Err(Reason::NOT_AN_EVENT);
        }
        let mut rest = Some(line);
        for slot in 0..self.names.len() {
            let (value, after) = rest.and_then(|text| self.next(text)).ok_or(Reason::BAD_COLUMNS)?;
            if !matches!(value, Value::Text("")) {
                values.set(slot, value);
            }
            rest = after;
        }
        if rest.is_some() { Err(Reason::BAD_COLUMNS) } else { Ok(()) }
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }

    fn quoted_with(&self) -> Option<u8> {
        Some(self.delimiter)
    }

    fn wants_whole_event(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimited_lines_read() {
        let csv = Csv::with_header(',', "\u{feff}Time, Elapsed-ms,\"Client IP\"");
        assert_eq!(csv.names(), ["time", "elapsed_ms", "client_ip"]);
        for (line, expected) in [
            ("1,2,3", Ok(["1", "2", "3"])),
            ("\"a,\"\"b\"\"\",,\"\"", Ok(["a,\"b\"", "", ""])),
            ("1,2", Err(Reason::BAD_COLUMNS)),
            ("1,2,3,4", Err(Reason::BAD_COLUMNS)),
            ("\"1,2,3", Err(Reason::BAD_COLUMNS)),
            ("\"1\"x,2,3", Err(Reason::BAD_COLUMNS)),
            ("1,\"two\nlines\",3", Ok(["1", "two\nlines", "3"])),
            ("Time, Elapsed-ms,\"Client IP\"", Err(Reason::NOT_AN_EVENT)),
        ] {
            let mut values = Values::new(3);
            let read = csv.parse(line, &mut values);
            let texts = read.map(|()| [0, 1, 2].map(|slot| values.get(slot).to_text().unwrap_or_default().into_owned()));
            assert_eq!(texts, expected.map(|texts| texts.map(str::to_owned)), "{line}");
        }
    }

    #[test]
    fn a_quoted_value_may_go_on_in_the_next_line() {
        for (text, open) in [
            ("a,b", false),
            ("", false),
            ("a,\"b", true),
            ("\"a", true),
            ("\"a\",b", false),
            ("a,\"b\"", false),
            ("a,\"b\"\"", true),
            ("a,\"b\"\" c\"", false),
            ("a,5\" disk,b", false),
            ("a,\"one\ntwo\",\"three", true),
        ] {
            assert_eq!(ends_quoted(text.as_bytes(), b','), open, "{text:?}");
        }
        assert!(ends_quoted(b"a\t\"b", b'\t'));
    }
}
