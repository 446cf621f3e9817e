//! A small reader of JSON text that hands out pieces of the line instead of building a tree.
//!
//! Log lines are read once and most members are skipped, so a member is found, judged by its name and borrowed; only a
//! string with escapes is copied. Which member means what is told in `json_lines`.

use crate::normalise::bytes::find_either;

/// One value, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Json<'a> {
    /// A string without escapes.
    Text(&'a str),
    /// A string with escapes, still escaped.
    Escaped(&'a str),
    Number(&'a str),
    Bool(bool),
    Null,
    /// An object, with its braces.
    Object(&'a str),
    /// An array, with its brackets.
    Array(&'a str),
}

/// The members of one object, in order. Yields `None` in place of a member that is not JSON, and then nothing more.
#[derive(Debug)]
pub(super) struct Members<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    First,
    Next,
    Done,
    Broken,
}

impl<'a> Members<'a> {
    /// The members of the object that `text` begins with; `None` if it does not begin with one.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let at = text.bytes().position(|byte| !byte.is_ascii_whitespace())?;
        (text.as_bytes()[at] == b'{').then_some(Self { text, at: at + 1, state: State::First })
    }

    /// Whether the object ended as it should, and nothing but blanks follows it.
    pub(super) fn ended_well(&self) -> bool {
        self.state == State::Done && self.text.as_bytes()[self.at..].iter().all(u8::is_ascii_whitespace)
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while self.text.as_bytes().get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    #[inline]
    fn member(&mut self) -> Option<(&'a str, Json<'a>)> {
        self.skip_blanks();
        if self.state == State::Next {
            match self.text.as_bytes().get(self.at)? {
                b',' => self.at += 1,
                b'}' => return self.end(),
                _ => return None,
            }
            self.skip_blanks();
        } else if self.text.as_bytes().get(self.at) == Some(&b'}') {
            return self.end();
        }
        let (Json::Text(key) | Json::Escaped(key)) = string_at(self.text, &mut self.at)? else { return None };
        self.skip_blanks();
        if self.text.as_bytes().get(self.at) != Some(&b':') {
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        let value = value(self.text, &mut self.at)?;
        self.state = State::Next;
        Some((key, value))
    }

    fn end(&mut self) -> Option<(&'a str, Json<'a>)> {
        self.at += 1;
        self.state = State::Done;
        None
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Json<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Done | State::Broken) {
            return None;
        }
        let member = self.member();
        if member.is_none() && self.state != State::Done {
            self.state = State::Broken;
        }
        member
    }
}

/// Takes the string that begins at `at`, if one does.
#[inline]
pub(super) fn string_at<'a>(text: &'a str, at: &mut usize) -> Option<Json<'a>> {
    let bytes = text.as_bytes();
    if bytes.get(*at) != Some(&b'"') {
        return None;
    }
    let start = *at + 1;
    let mut from = start;
    let mut escaped = false;
    loop {
        let found = find_either(bytes, from, b'"', b'\\')?;
        if bytes[found] == b'"' {
            *at = found + 1;
            let inner = text.get(start..found)?;
            return Some(if escaped { Json::Escaped(inner) } else { Json::Text(inner) });
        }
        escaped = true;
        from = found + 2;
    }
}

#[inline]
fn value<'a>(text: &'a str, at: &mut usize) -> Option<Json<'a>> {
    let rest = text.get(*at..)?;
    match rest.as_bytes().first()? {
        b'"' => string_at(text, at),
        b'{' => nested(text, at).map(Json::Object),
        b'[' => nested(text, at).map(Json::Array),
        b'-' | b'0'..=b'9' => {
            let length = rest.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
            *at += length;
            rest.get(..length).map(Json::Number)
        }
        _ => {
            for (word, value) in [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)] {
                if rest.starts_with(word) {
                    *at += word.len();
                    return Some(value);
                }
            }
            None
        }
    }
}

/// Skips an object or array; only strings and brackets are looked at.
fn nested<'a>(text: &'a str, at: &mut usize) -> Option<&'a str> {
    let start = *at;
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    loop {
        match bytes.get(*at)? {
            b'"' => {
                string_at(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        *at += 1;
        if depth == 0 {
            return text.get(start..*at);
        }
    }
}

/// The text that an escaped string means; a wrong escape stands for itself.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(letter) = after.chars().next() else {
            out.push('\\');
            return out;
        };
        rest = &after[letter.len_utf8()..];
        match letter {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            '"' | '\\' | '/' => out.push(letter),
            'u' => rest = unicode(rest, &mut out),
            _ => {
                out.push('\\');
                out.push(letter);
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads the four digits after `\u`, and a second half where the first is a high surrogate; returns what follows.
fn unicode<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let hex = |text: &str| text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(unit) = hex(rest) else {
        out.push_str("\\u");
        return rest;
    };
    let after = &rest[4..];
    if (0xD800..0xDC00).contains(&unit)
        && let Some(low) = after.strip_prefix("\\u").and_then(hex)
        && (0xDC00..0xE000).contains(&low)
    {
        out.push(char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER));
        return &after[6..];
    }
    out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_handed_out_as_written() {
        let text = r#" {"a":1.5e3, "b" : "x\ny","c":{"d":["}"]},"e":[1,{"f":"]"}],"g":null,"h":true,"":"ü"} "#;
        let mut members = Members::of(text).unwrap();
        let found: Vec<_> = members.by_ref().collect();
        assert_eq!(
            found,
            [
                ("a", Json::Number("1.5e3")),
                ("b", Json::Escaped(r"x\ny")),
                ("c", Json::Object(r#"{"d":["}"]}"#)),
                ("e", Json::Array(r#"[1,{"f":"]"}]"#)),
                ("g", Json::Null),
                ("h", Json::Bool(true)),
                ("", Json::Text("ü")),
            ]
        );
        assert!(members.ended_well());
    }

    #[test]
    fn what_is_no_object_does_not_end_well() {
        for text in ["{", r#"{"a""#, r#"{"a":}"#, r#"{"a":1,}"#, r#"{"a":1} x"#, r#"{a:1}"#, r#"{"a":"x}"#, r#"{"a":"\"#, r#"{"a":[1}"#] {
            let mut members = Members::of(text).unwrap();
            while members.next().is_some() {}
            assert!(!members.ended_well(), "{text}");
        }
        assert!(Members::of("[1]").is_none());
        assert!(Members::of("").is_none());
    }

    #[test]
    fn escapes_mean_characters() {
        for (raw, text) in [
            (r#"a\n\t\"\\\/"#, "a\n\t\"\\/"),
            (r"\u00e4\ud83d\ude00", "ä😀"),
            (r"\ud83d!", "\u{fffd}!"),
            (r"\u12", r"\u12"),
            (r"\q", r"\q"),
            ("\\", "\\"),
        ] {
            assert_eq!(unescape(raw), text, "{raw}");
        }
    }
}
