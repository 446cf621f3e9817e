//! What must not be written anywhere: card numbers, tokens and whatever else a configuration names, masked in raw lines.
//!
//! It is done before a line goes to the log, a queue or a parser, so no file of Magpie ever holds it. Each byte is replaced
//! by `*`: lengths and offsets stay what they are in the file, and a position still means the same place.

use std::borrow::Cow;
use std::ops::Range;

use magpie_model::config::Redact;
use regex::bytes::{Regex, RegexBuilder};

/// What replaces each byte.
const MASK: u8 = b'*';
/// Bytes that a compiled pattern may take.
const PATTERN_LIMIT: usize = 4 << 20;

/// Compiled rules.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    regex: Regex,
    /// Whether the digits must have a card number's check digit.
    is_card: bool,
}

/// 13 to 19 digits, alone or in groups.
const CARDS: &str = r"\b[2-6][0-9](?:[ -]?[0-9]){11,17}\b";
/// What follows `Bearer` or `Basic`, values that are named as secrets, JSON web tokens, keys of the large clouds and forges.
const TOKENS: &str = concat!(
    r#"(?i:\b(?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{8,})"#,
    r#"|(?i:\b(?:access_?token|refresh_?token|id_?token|api_?key|secret(?:_?key)?|passw(?:or)?d|client_?secret|token)\\?["']?\s*[:=]\s*\\?["']?)([^\s"'&,;\\{}\[\]<>]{4,})"#,
    r#"|\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"#,
    r#"|\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,})"#,
);

impl Redaction {
    /// Compiles the rules of a configuration, which has checked its patterns.
    ///
    /// # Errors
    /// A pattern that is too large.
    pub fn compile(rules: &[Redact]) -> Result<Self, String> {
        let rules = rules.iter().map(|rule| {
            let (pattern, is_card) = match rule {
                Redact::Cards => (CARDS, true),
                Redact::Tokens => (TOKENS, false),
                Redact::Pattern(written) => (written.text.as_str(), false),
            };
            let regex = RegexBuilder::new(pattern).size_limit(PATTERN_LIMIT).build().map_err(|error| error.to_string())?;
            Ok(Rule { regex, is_card })
        });
        Ok(Self { rules: rules.collect::<Result<_, String>>()? })
    }

    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Masks in some lines.
    pub fn mask(&self, lines: &mut [u8]) {
        if self.is_empty() {
            return;
        }
        // Line by line, so that what is masked does not depend on which lines came together.
        for line in lines.split_mut(|&byte| byte == b'\n') {
            self.mask_line(line);
        }
    }

    fn mask_line(&self, line: &mut [u8]) {
        for rule in &self.rules {
            if !rule.regex.is_match(line) {
                continue;
            }
            for range in rule.find(line) {
                line[range].fill(MASK);
            }
        }
    }

    /// A text with its secrets masked.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut bytes = text.as_bytes().to_vec();
        self.mask(&mut bytes);
        if bytes == text.as_bytes() { Cow::Borrowed(text) } else { Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()) }
    }

    /// A JSON text with secrets masked in its strings, so that it stays JSON. Names count as strings, and a number that is a secret
    /// becomes a string.
    pub fn json(&self, json: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(json.len());
        let mut rest = json;
        while let Some(start) = rest.iter().position(|byte| matches!(byte, b'"' | b'-' | b'0'..=b'9')) {
            let is_text = rest[start] == b'"';
            let length = if is_text { string_end(&rest[start..]) } else { number_end(&rest[start..]) };
            let end = length.map_or(rest.len(), |length| start + length);
            masked.extend_from_slice(&rest[..start]);
            let literal = &rest[start..end];
            let plain = if is_text { serde_json::from_slice(literal).ok() } else { String::from_utf8(literal.to_vec()).ok() };
            match plain.as_deref().map(|plain: &str| self.text(plain)) {
                // Writing a string to memory cannot fail.
                Some(Cow::Owned(text)) => _ = serde_json::to_writer(&mut masked, &text),
                _ => masked.extend_from_slice(literal),
            }
            rest = &rest[end..];
        }
        masked.extend_from_slice(rest);
        masked
    }
}

/// Length of a string literal of JSON, quotes included.
fn string_end(json: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Length of the number at the start of a JSON text.
fn number_end(json: &[u8]) -> Option<usize> {
    json.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
}

impl Rule {
    /// What is to be masked: the groups of a match, or all of it where the pattern has none.
    fn find(&self, line: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for captures in self.regex.captures_iter(line) {
            let whole = captures.get(0).into_iter();
            let groups = captures.iter().skip(1).flatten();
            let ranges: Vec<Range<usize>> =
                if captures.len() > 1 { groups.map(|group| group.range()).collect() } else { whole.map(|whole| whole.range()).collect() };
            found.extend(ranges.into_iter().filter(|range| !self.is_card || has_check_digit(&line[range.clone()])));
        }
        found
    }
}

/// Luhn's check (ISO/IEC 7812-1), so that timestamps and order numbers stay readable.
fn has_check_digit(number: &[u8]) -> bool {
    let digits = number.iter().rev().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use magpie_model::config::Written;

    use super::*;

    fn redaction(rules: &[Redact]) -> Redaction {
        Redaction::compile(rules).unwrap()
    }

    #[test]
    fn secrets_are_masked_and_all_else_stays() {
        let pattern = |text: &str| Redact::Pattern(Written { text: text.to_owned(), line: 1 });
        for (rules, line, expected) in [
            (vec![Redact::Cards], "paid with 4111111111111111, ok", "paid with ****************, ok"),
            (vec![Redact::Cards], "card=5500-0000-0000-0004 x", "card=******************* x"),
            (vec![Redact::Cards], "id 4111111111111112 at 1795342500000", "id 4111111111111112 at 1795342500000"),
            (vec![Redact::Tokens], "Authorization: Bearer abcDEF123456.x", "Authorization: Bearer **************"),
            (vec![Redact::Tokens], "{\"password\":\"hunter2!\",\"user\":\"eve\"}", "{\"password\":\"********\",\"user\":\"eve\"}"),
            (vec![Redact::Tokens], "GET /x?api_key=s3cr3tvalue&page=2", "GET /x?api_key=***********&page=2"),
            (vec![Redact::Tokens], "token count: 3 of 7", "token count: 3 of 7"),
            (vec![pattern(r"ssn=(\d{3})-\d{4}")], "ssn=123-4567", "ssn=***-4567"),
            (vec![pattern(r"\d+"), Redact::Cards], "a 1 b 22", "a * b **"),
            (vec![pattern("密码\\S+")], "用户 密码一二 好", "用户 ************ 好"),
            (vec![], "4111111111111111", "4111111111111111"),
        ] {
            let mut bytes = line.as_bytes().to_vec();
            redaction(&rules).mask(&mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }

    #[test]
    fn a_pattern_never_reaches_over_the_end_of_a_line() {
        let mut lines = b"a x\ny b\nx y\n".to_vec();
        redaction(&[Redact::Pattern(Written { text: r"x\s+y".to_owned(), line: 1 })]).mask(&mut lines);
        assert_eq!(lines, b"a x\ny b\n***\n");
    }

    #[test]
    fn masked_json_is_json_still() {
        let json = br#"{"a":"Bearer abcdefgh\"ijk","n":4111111111111111,"m":-0.5,"o":-4111111111111111,"card":"4111 1111 1111 1111","e":"\u0041\n"}"#;
        let masked = redaction(&[Redact::Cards, Redact::Tokens]).json(json);
        let value: serde_json::Value = serde_json::from_slice(&masked).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"a": "Bearer ********\"ijk", "n": "****************", "m": -0.5, "o": "-****************", "card": "*******************", "e": "A\n"})
        );
        assert_eq!(redaction(&[Redact::Cards]).json(b"\"open \\"), b"\"open \\");
    }
}
