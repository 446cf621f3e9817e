//! Pairs of keys and values, and what stands between them.
//!
//! logfmt has blanks between pairs, so that a value with blanks needs quotes. Where lines have something else between,
//! `|`, a comma, a semicolon or a tab, a value goes on up to where the next key begins; LTSV (ltsv.org) has tabs between
//! pairs and a colon within. What stands between is what nearly all of the sample agrees on.

use std::borrow::Cow;

use super::json::{Json, string_at, unescape};

/// Pairs of a logfmt line; a word without `=` has no value.
pub(super) struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Option<Cow<'a, str>>);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return None;
        }
        let at = self.rest.find(['=', ' ', '"']).unwrap_or(self.rest.len());
        let (key, after) = self.rest.split_at(at);
        if key.is_empty() || !after.starts_with('=') {
            let end = self.rest.find(' ').unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some((word, None));
        }
        let after = &after[1..];
        let mut at = 0;
        if let Some(Json::Text(text) | Json::Escaped(text)) = string_at(after, &mut at) {
            self.rest = &after[at..];
            let value = if text.contains('\\') { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) };
            return Some((key, Some(value)));
        }
        // Ruby quotes with single ones.
        if let Some((value, rest)) = after.strip_prefix('\'').and_then(|inner| inner.split_once('\''))
            && (rest.is_empty() || rest.starts_with(' '))
        {
            self.rest = rest;
            return Some((key, Some(Cow::Borrowed(value))));
        }
        let end = after.find(' ').unwrap_or(after.len());
        let (value, rest) = after.split_at(end);
        self.rest = rest;
        Some((key, Some(Cow::Borrowed(value))))
    }
}

/// What stands between pairs, and within them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) struct Separated {
    between: char,
    within: char,
}

/// What is looked for, in this order.
const KNOWN: [Separated; 5] = [
    Separated { between: '|', within: '=' },
    Separated { between: '\t', within: '=' },
    Separated { between: ',', within: '=' },
    Separated { between: ';', within: '=' },
    Separated { between: '\t', within: ':' },
];

impl Separated {
    /// What stands between the pairs of most lines that are nothing but pairs, three at least; `None` where no line is.
    pub(super) fn of_sample(sample: &[&str]) -> Option<Self> {
        let count = |known: &Self| sample.iter().filter(|line| known.is_all_of(line, 3)).count();
        KNOWN.into_iter().rev().max_by_key(count).filter(|found| count(found) > 0)
    }

    /// What may stand between the pairs behind a head, but for tabs, which heads have, too.
    pub(super) fn of_bodies() -> impl Iterator<Item = Self> {
        KNOWN.into_iter().filter(|known| known.between != '\t')
    }

    pub(in crate::normalise) fn is_ltsv(self) -> bool {
        self.within == ':'
    }

    pub(super) fn between(self) -> char {
        self.between
    }

    /// Whether an LTSV line is of a web server: there `host` is who asked (ltsv.org, "Labels for Web server's Log").
    pub(super) fn tells_of_request(self, line: &str) -> bool {
        line.split(self.between).any(|piece| ["req:", "uri:", "method:"].iter().any(|label| piece.starts_with(label)))
    }

    /// Whether a text is nothing but so many pairs or more. A word with `=` within a value tells that blanks are the separators.
    pub(super) fn is_all_of(self, text: &str, least: usize) -> bool {
        let mut count = 0;
        let is_one = |value: &str| self.is_ltsv() || !value.split(' ').skip(1).any(|word| starts_with_pair(word, self.within));
        let all = self.pairs(text).all(|(_, value)| {
            count += 1;
            value.is_some_and(|value| is_one(&value))
        });
        all && count >= least
    }

    pub(super) fn pairs(self, text: &str) -> SeparatedPairs<'_> {
        SeparatedPairs { rest: text, separated: self }
    }
}

/// Pairs with something else than blanks between.
pub(super) struct SeparatedPairs<'a> {
    rest: &'a str,
    separated: Separated,
}

impl<'a> Iterator for SeparatedPairs<'a> {
    type Item = (&'a str, Option<Cow<'a, str>>);

    fn next(&mut self) -> Option<Self::Item> {
        let Separated { between, within } = self.separated;
        let text = self.rest.trim_matches([between, ' ', '\r']);
        if text.is_empty() {
            return None;
        }
        if !starts_with_pair(text, within) {
            let (word, rest) = text.split_once(between).unwrap_or((text, ""));
            self.rest = rest;
            return Some((word, None));
        }
        let (key, after) = text.split_once(within)?;
        let trimmed = after.trim_start_matches(' ');
        let mut at = 0;
        if let Some(Json::Text(inner) | Json::Escaped(inner)) = string_at(trimmed, &mut at)
            && let rest = trimmed[at..].trim_start_matches(' ')
            && (rest.is_empty() || rest.starts_with(between))
        {
            self.rest = rest;
            return Some((key, Some(if inner.contains('\\') { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) })));
        }
        let mut ends = after.match_indices(between);
        let end = ends.find(|(at, mark)| starts_with_pair(after[at + mark.len()..].trim_start_matches(' '), within));
        let (value, rest) = after.split_at(end.map_or(after.len(), |(at, _)| at));
        self.rest = rest;
        Some((key, Some(Cow::Borrowed(value.trim()))))
    }
}

/// Longest key.
const LONGEST: usize = 60;

fn starts_with_pair(text: &str, within: char) -> bool {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(byte);
    let length = text.bytes().take(LONGEST).take_while(is_key).count();
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '@') && text[length..].starts_with(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(separated: Separated, text: &str) -> String {
        let pair = |(key, value): (&str, Option<Cow<'_, str>>)| value.map_or_else(|| format!("({key})"), |value| format!("{key}→{value}"));
        separated.pairs(text).map(pair).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_go_on_to_the_next_key() {
        for (line, pairs) in [
            ("a=1|b=x y|c=z", "a→1 b→x y c→z"),
            ("a=1 | b=x|y | c=\"p|q=r\" |", "a→1 b→x|y c→p|q=r"),
            ("a=1, b=one, two, c=/x?y=1", "a→1 b→one, two c→/x?y=1"),
            ("a=1;b=;c=3;", "a→1 b→ c→3"),
            ("a:1\tb:2026-11-22T10:15:03Z\tc:x y", "a→1 b→2026-11-22T10:15:03Z c→x y"),
        ] {
            let separated = Separated::of_sample(&[line]).unwrap();
            assert_eq!(shown(separated, line), pairs, "{line}");
        }
    }

    #[test]
    fn what_is_no_list_of_pairs_has_no_separator() {
        for line in ["", "a=1 b=2 c=3", "a=1|b=2", "2026|a=1|b=2|c=3", "a=1,b=2 c=3,d=4 e=5,f=6", "note: a, b: c, d", "x|y|z"] {
            assert_eq!(Separated::of_sample(&[line]), None, "{line}");
        }
    }
}
