//! Searching one message at a time, as the store searches a column of them.
//!
//! The store's search works on its own column form and stays private to it, so the stream needs one for single messages.
//! What a word is, and which letters are equal, must be the same in both (design 9): a test in `matching` asks the store
//! the same questions and compares the answers.

use std::ops::Range;

use magpie_model::query::TextMatch;
use regex::{Regex, RegexBuilder};

/// A search, ready to be asked.
pub(crate) enum MessageSearch {
    /// These words, lower-cased, follow each other.
    Phrase(Vec<String>),
    /// The expression matches; also used for text in letters of any case.
    Expression(Regex),
}

impl MessageSearch {
    /// Prepares a search; `None` when every message matches.
    pub(crate) fn new(text: &TextMatch) -> Result<Option<Self>, regex::Error> {
        Ok(match text {
            TextMatch::Words(text) => {
                let phrase: Vec<String> = words(text).map(|word| text[word].to_lowercase()).collect();
                (!phrase.is_empty()).then_some(Self::Phrase(phrase))
            }
            TextMatch::Substring(text) if text.is_empty() => None,
            TextMatch::Substring(text) => {
                // Text without cased letters beyond ASCII is compared in ASCII cases only: nobody who looks for `disk`
                // means the Kelvin sign.
                let cased = text.chars().any(|letter| !letter.is_ascii() && (letter.is_lowercase() || letter.is_uppercase()));
                let expression = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).unicode(cased).build()?;
                Some(Self::Expression(expression))
            }
            TextMatch::Regex(expression) => Some(Self::Expression(expression.clone())),
        })
    }

    /// Whether a message is meant.
    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Expression(expression) => expression.is_match(message),
            Self::Phrase(phrase) => {
                let found: Vec<Range<usize>> = words(message).collect();
                let same = |word: &Range<usize>, wanted: &String| message[word.clone()].to_lowercase() == *wanted;
                found.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(word, wanted)| same(word, wanted)))
            }
        }
    }
}

/// Places of a text's words: runs of letters and digits, and single CJK characters.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.by_ref().find(|&(_, character)| is_cjk(character) || character.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        if !is_cjk(first) {
            while let Some((at, character)) = rest.next_if(|&(_, character)| character.is_alphanumeric() && !is_cjk(character)) {
                end = at + character.len_utf8();
            }
        }
        Some(start..end)
    })
}

/// Han, kana, Hangul and their extensions.
fn is_cjk(character: char) -> bool {
    matches!(character as u32,
        0x1100..=0x11ff | 0x2e80..=0x2fdf | 0x3040..=0x30ff | 0x3100..=0x312f | 0x31a0..=0x31bf | 0x31f0..=0x31ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_and_single_cjk_characters() {
        for (text, expected) in [
            ("GET /video/v2?q=a_b", vec!["GET", "video", "v2", "q", "a", "b"]),
            ("查询video超时", vec!["查", "询", "video", "超", "时"]),
            ("Größe: 3µs", vec!["Größe", "3µs"]),
            (" -- ", vec![]),
        ] {
            assert_eq!(words(text).map(|word| &text[word]).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
