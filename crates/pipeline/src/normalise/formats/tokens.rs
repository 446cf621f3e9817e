//! Takes a line apart at blanks, quotes and brackets, from left to right, without copying.
//!
//! Most line formats are such sequences; what the pieces mean is each format's business. All cuts are at ASCII bytes, so
//! every piece is valid text whatever the line holds.

use memchr::{memchr, memrchr};

use crate::normalise::address::parse_ip;
use crate::normalise::bytes::{find, find_either};
use crate::normalise::expr::Decimal;

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    /// Skips blanks.
    pub(super) fn blanks(&mut self) {
        let count = self.rest.as_bytes().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Takes `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes text up to `end` and drops `end`.
    pub(super) fn until(&mut self, end: u8) -> Option<&'a str> {
        let at = find(self.rest.as_bytes(), 0, end)?;
        let (text, rest) = (self.rest.get(..at)?, self.rest.get(at + 1..)?);
        self.rest = rest;
        Some(text)
    }

    /// Takes text up to a blank or the end; `None` when nothing is left. Skips blanks before it.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.blanks();
        let at = find_either(self.rest.as_bytes(), 0, b' ', b'\t').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest;
        (!text.is_empty()).then_some(text)
    }

    /// Takes a quoted text, without its quotes, escapes left as they are. A quote that is not followed by a blank, a comma or the end
    /// is taken as part of the text: servers do not all escape what clients send.
    pub(super) fn quoted(&mut self) -> Option<&'a str> {
        self.blanks();
        let inner = self.rest.strip_prefix('"')?;
        let bytes = inner.as_bytes();
        let mut from = 0;
        loop {
            let at = find_either(bytes, from, b'"', b'\\')?;
            if bytes[at] == b'\\' {
                from = at + 2;
                continue;
            }
            if matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b',' | b'\r' | b';')) {
                self.rest = inner.get(at + 1..)?;
                return inner.get(..at);
            }
            from = at + 1;
        }
    }

    /// Takes `[…]` without its brackets.
    pub(super) fn bracketed(&mut self) -> Option<&'a str> {
        self.blanks();
        let mut inner = Self { rest: self.rest.strip_prefix('[')? };
        let text = inner.until(b']')?;
        *self = inner;
        Some(text)
    }

    /// Takes a quoted text, a bracketed text or a word, whichever comes.
    pub(super) fn piece(&mut self) -> Option<&'a str> {
        self.blanks();
        match self.rest.as_bytes().first()? {
            b'"' => self.quoted().or_else(|| self.word()),
            b'[' => self.bracketed().or_else(|| self.word()),
            _ => self.word(),
        }
    }
}

/// Whether a text is a decimal number without sign.
pub(super) fn is_decimal(text: &str) -> bool {
    let mut points = 0;
    text.bytes().all(|byte| match byte {
        b'0'..=b'9' => true,
        b'.' => {
            points += 1;
            points == 1
        }
        _ => false,
    }) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether all of a text are digits.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is an address, perhaps with a port.
pub(super) fn is_ip(text: &str) -> bool {
    let bare =
        |host: &str| host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).and_then(parse_ip).or_else(|| parse_ip(host)).is_some();
    bare(text) || text.rsplit_once(':').is_some_and(|(host, port)| is_digits(port) && bare(host))
}

/// A text that is neither empty nor the `-` that stands for nothing.
pub(super) fn given(text: &str) -> Option<&str> {
    (!text.is_empty() && text != "-").then_some(text)
}

/// Splits a duration such as `1.5ms` or `43µs` into number and canonical name of the elapsed time in that unit.
pub(super) fn duration(text: &str) -> Option<(&str, &'static str)> {
    if !text.ends_with('s') {
        return None;
    }
    for (unit, name) in
        [("ms", "elapsed_ms"), ("µs", "elapsed_us"), ("us", "elapsed_us"), ("μs", "elapsed_us"), ("ns", "elapsed_ns"), ("s", "elapsed_s")]
    {
        if let Some(number) = text.strip_suffix(unit) {
            return is_decimal(number.trim_end()).then_some((number.trim_end(), name));
        }
    }
    None
}

/// A duration of several units as Go writes it, `1m2.5s` or `2h3m0.5s`, in seconds.
pub(super) fn compound_duration(text: &str) -> Option<String> {
    let mut rest = text.strip_suffix('s')?;
    let mut whole: u64 = 0;
    for (unit, seconds) in [('h', 3_600), ('m', 60)] {
        if let Some((number, after)) = rest.split_once(unit) {
            whole = whole.checked_add(number.parse::<u64>().ok()?.checked_mul(seconds)?)?;
            rest = after;
        }
    }
    let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    whole = whole.checked_add(seconds.parse().ok()?)?;
    let fraction_is_plain = fraction.is_empty() || is_digits(fraction);
    fraction_is_plain.then(|| if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") })
}

/// A size such as `12kB`, `1.5 MB` or `64KiB`, in bytes. Only units with an `i` are powers of 1024.
pub(super) fn size(text: &str) -> Option<Decimal> {
    let end = text.bytes().position(|byte| byte.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(end);
    let unit = unit.strip_suffix('B').unwrap_or(unit);
    let (prefix, base) = unit.strip_suffix('i').map_or((unit, 1_000), |prefix| (prefix, 1_024));
    let power = match prefix {
        "" if base == 1_000 => 0,
        "k" | "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return None,
    };
    let number = number.trim_end();
    Decimal::parse(number).filter(|_| is_decimal(number))?.times(Decimal::whole(i64::pow(base, power)))
}

/// Splits `GET /path HTTP/1.1` into method and path; `None` for what is no request line (binary junk, `-`).
pub(super) fn request(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end_matches(' ');
    let (method, rest) = text.split_at_checked(find(text.as_bytes(), 0, b' ')?)?;
    let rest = rest.get(1..)?;
    let last = memrchr(b' ', rest.as_bytes()).and_then(|at| rest.split_at_checked(at));
    // Hypercorn writes the version alone.
    let is_protocol = |text: &str| text.starts_with(" HTTP/") || matches!(text, " 1.0" | " 1.1" | " 2" | " 3");
    let path = last.filter(|(_, protocol)| is_protocol(protocol)).map_or(rest, |(path, _)| path);
    let known =
        !method.is_empty() && method.len() <= 20 && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_');
    (known && !path.is_empty() && memchr(b' ', path.as_bytes()).is_none()).then_some((method, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_several_units_are_seconds() {
        for (text, seconds) in [
            ("1m2.5s", Some("62.5")),
            ("2h0m3s", Some("7203")),
            ("12s", Some("12")),
            ("1h30m", None),
            ("1m2.5.1s", None),
            ("ms", None),
            ("99999999999999999999h0m0s", None),
        ] {
            assert_eq!(compound_duration(text).as_deref(), seconds, "{text}");
        }
    }

    #[test]
    fn sizes_with_units_are_bytes() {
        for (text, bytes) in [
            ("12kB", Some("12000")),
            ("1.5 MB", Some("1500000")),
            ("64KiB", Some("65536")),
            ("512B", Some("512")),
            ("3G", Some("3000000000")),
            ("512", None),
            ("-1kB", None),
            ("1iB", None),
            ("12kBit", None),
            ("kB", None),
        ] {
            assert_eq!(size(text).map(|size| size.to_string()).as_deref(), bytes, "{text}");
        }
    }

    #[test]
    fn quotes_end_where_the_server_meant_it() {
        for (line, text, rest) in [
            (r#""a" b"#, "a", " b"),
            (r#""a \"b\" c" d"#, r#"a \"b\" c"#, " d"),
            (r#""a "b" c""#, r#"a "b"#, r#" c""#),
            (r#""a"b" c"#, r#"a"b"#, " c"),
        ] {
            let mut tokens = Tokens::new(line);
            assert_eq!((tokens.quoted(), tokens.rest), (Some(text), rest), "{line}");
        }
        assert_eq!(Tokens::new(r#""never \"#).quoted(), None);
    }

    #[test]
    fn request_lines() {
        for (text, expected) in [
            ("GET / HTTP/1.1", Some(("GET", "/"))),
            ("GET /a HTTP/2.0", Some(("GET", "/a"))),
            ("GET /a 1.1", Some(("GET", "/a"))),
            ("GET /a 2", Some(("GET", "/a"))),
            ("GET /old", Some(("GET", "/old"))),
            ("OPTIONS * HTTP/1.0", Some(("OPTIONS", "*"))),
            ("\\x16\\x03\\x01", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(request(text), expected, "{text}");
        }
    }
}
