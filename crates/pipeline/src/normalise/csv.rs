//! Delimited text: values by position, quotes as in RFC 4180. A quoted value ends with its line.

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
            ("Time, Elapsed-ms,\"Client IP\"", Err(Reason::NOT_AN_EVENT)),
        ] {
            let mut values = Values::new(3);
            let read = csv.parse(line, &mut values);
            let texts = read.map(|()| [0, 1, 2].map(|slot| values.get(slot).to_text().unwrap_or_default().into_owned()));
            assert_eq!(texts, expected.map(|texts| texts.map(str::to_owned)), "{line}");
        }
    }
}
