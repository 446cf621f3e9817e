//! Searching messages: a substring in letters of any case, a phrase of whole words, or an expression.
//!
//! A column's messages lie in one buffer, so a substring is searched through all of them at once: the rarest byte of
//! the needle is found by `memchr`, the rest compared around it. A phrase is searched as a substring first and its
//! words compared only where that hits. Filters that skip row groups are asked by the caller.

use std::ops::Range;

use arrow_array::StringArray;
use magpie_model::query::TextMatch;
use memchr::{memchr_iter, memchr2_iter};
use regex::{Regex, RegexBuilder};

use super::columns::text_at;
use super::words;
use crate::{Error, Result};

/// A search in messages, ready to run.
pub(super) enum TextSearch {
    /// The words, lower-cased, must follow each other.
    Phrase {
        /// Longest word, to look for first.
        anchor: Needle,
        /// All words.
        words: Vec<String>,
    },
    /// The bytes occur.
    Substring(Needle),
    /// The expression matches.
    Expression(Regex),
}

impl TextSearch {
    /// Prepares a search; `None` when every message matches.
    pub(super) fn new(text: &TextMatch) -> Result<Option<Self>> {
        Ok(match text {
            TextMatch::Words(text) => {
                let words: Vec<String> = words::words(text).map(|word| words::lowered(&text[word])).collect();
                let anchor = words.iter().max_by_key(|word| word.len()).map(|word| Needle::new(word)).transpose()?;
                anchor.map(|anchor| Self::Phrase { anchor, words })
            }
            TextMatch::Substring(text) if text.is_empty() => None,
            TextMatch::Substring(text) => Some(Self::Substring(Needle::new(text)?)),
            TextMatch::Regex(regex) => Some(Self::Expression(regex.clone())),
        })
    }

    /// Hashes of the words that a matching row group must hold; none when it cannot be told from the words.
    pub(super) fn word_hashes(&self) -> Vec<u64> {
        match self {
            Self::Phrase { words, .. } => words.iter().map(|word| words::hash(word)).collect(),
            Self::Substring(_) | Self::Expression(_) => Vec::new(),
        }
    }

    /// The rows out of `rows`, given as (index in `texts`, row), whose message matches; ascending as given.
    pub(super) fn matching(&self, texts: &StringArray, rows: impl Iterator<Item = (usize, u32)>) -> Vec<u32> {
        match self {
            Self::Expression(regex) => rows.filter(|&(at, _)| regex.is_match(text_at(texts, at))).map(|(_, row)| row).collect(),
            Self::Substring(needle) => needle.matching(texts, rows, |_| true),
            Self::Phrase { anchor, words } => anchor.matching(texts, rows, |message| has_phrase(message, words)),
        }
    }
}

/// Whether the words follow each other somewhere in the message.
fn has_phrase(message: &str, phrase: &[String]) -> bool {
    let found: Vec<Range<usize>> = words::words(message).collect();
    found.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(word, wanted)| same_word(&message[word.clone()], wanted)))
}

fn same_word(word: &str, lowered: &str) -> bool {
    if word.is_ascii() { word.eq_ignore_ascii_case(lowered) } else { words::lowered(word) == lowered }
}

/// Text to be found in letters of any case.
pub(super) enum Needle {
    /// Only ASCII letters have cases in it; other bytes must be equal.
    Ascii {
        /// Lower-cased.
        text: Vec<u8>,
        /// Place of its rarest byte.
        rare: usize,
    },
    /// Other letters have cases, too.
    Unicode(Regex),
}

impl Needle {
    fn new(text: &str) -> Result<Self> {
        let cased = |letter: char| !letter.is_ascii() && (letter.is_lowercase() || letter.is_uppercase());
        // `k` and `s` have a third form each (the Kelvin sign, the long s) that this way does not find, on purpose:
        // nobody who searches `disk` means it, and it would cost every search with these letters.
        if text.chars().any(cased) {
            let built = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
            return built.map(Self::Unicode).map_err(|error| Error::Query(format!("cannot search for `{text}`: {error}")));
        }
        let text = text.to_ascii_lowercase().into_bytes();
        let rare = (0..text.len()).min_by_key(|&at| frequency(text[at])).unwrap_or(0);
        Ok(Self::Ascii { text, rare })
    }

    fn matching(&self, texts: &StringArray, rows: impl Iterator<Item = (usize, u32)>, verify: impl Fn(&str) -> bool) -> Vec<u32> {
        match self {
            Self::Unicode(regex) => {
                let matches = |message: &str| regex.is_match(message) && verify(message);
                rows.filter(|&(at, _)| matches(text_at(texts, at))).map(|(_, row)| row).collect()
            }
            Self::Ascii { text, rare } => {
                let mut hits = Hits::new(texts, text, *rare);
                rows.filter(|&(at, _)| hits.is_in(at) && verify(text_at(texts, at))).map(|(_, row)| row).collect()
            }
        }
    }
}

/// Hits of a needle in all messages of a column, walked along with ascending rows.
struct Hits<'a> {
    buffer: &'a [u8],
    offsets: &'a [i32],
    needle: &'a [u8],
    candidates: Box<dyn Iterator<Item = usize> + 'a>,
    rare: usize,
    /// Start of the first hit not yet passed.
    next: Option<usize>,
}

impl<'a> Hits<'a> {
    fn new(texts: &'a StringArray, needle: &'a [u8], rare: usize) -> Self {
        let buffer = texts.value_data();
        let byte = needle.get(rare).copied().unwrap_or(0);
        let candidates: Box<dyn Iterator<Item = usize>> = if byte.is_ascii_alphabetic() {
            Box::new(memchr2_iter(byte, byte.to_ascii_uppercase(), buffer))
        } else {
            Box::new(memchr_iter(byte, buffer))
        };
        let mut hits = Self { buffer, offsets: texts.value_offsets(), needle, candidates, rare, next: None };
        hits.advance(0);
        hits
    }

    /// Moves to the first hit that starts at `from` or after.
    fn advance(&mut self, from: usize) {
        let (buffer, needle, rare) = (self.buffer, self.needle, self.rare);
        self.next = self.candidates.by_ref().filter_map(|at| at.checked_sub(rare)).find(|&start| {
            start >= from && buffer.get(start..start + needle.len()).is_some_and(|found| found.eq_ignore_ascii_case(needle))
        });
    }

    /// Whether some hit lies within a row. Rows must be asked in ascending order.
    fn is_in(&mut self, at: usize) -> bool {
        let (start, end) = (self.offsets[at] as usize, self.offsets[at + 1] as usize);
        while let Some(hit) = self.next {
            if hit < start {
                self.advance(start);
            } else if hit + self.needle.len() <= end {
                return true;
            } else if hit >= end {
                return false;
            } else {
                // It crosses into the next message.
                self.advance(hit + 1);
            }
        }
        false
    }
}

/// How often a byte occurs in logs, roughly: the order is what counts.
fn frequency(byte: u8) -> usize {
    const RAREST_FIRST: &[u8] = b"zqxjkvbywgpfhmudlcnrsoiate";
    match byte {
        b'a'..=b'z' => RAREST_FIRST.iter().position(|&letter| letter == byte).unwrap_or(0) * 2 + 20,
        b'0'..=b'9' => 55,
        b' ' | b'.' | b'/' | b':' | b'-' | b'=' | b'"' => 80,
        0x80.. => 10,
        _ => 30,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &TextMatch, messages: &[&str]) -> Vec<u32> {
        let texts = StringArray::from(messages.to_vec());
        let rows = (0..messages.len()).map(|row| (row, row as u32));
        TextSearch::new(text)
            .unwrap()
            .map_or_else(|| rows.clone().map(|(_, row)| row).collect(), |search| search.matching(&texts, rows.clone()))
    }

    #[test]
    fn substrings_words_and_expressions() {
        let messages =
            ["Connection refused by db-1", "reconnection, refused", "连接超时 timeout=5s", "CONNECTION REFUSED", "", "naïve ÉTÉ"];
        for (text, rows) in [
            (TextMatch::Substring("connection".into()), vec![0, 1, 3]),
            (TextMatch::Substring("n refused".into()), vec![0, 3]),
            (TextMatch::Substring("été".into()), vec![5]),
            (TextMatch::Substring("".into()), vec![0, 1, 2, 3, 4, 5]),
            (TextMatch::Words("connection refused".into()), vec![0, 3]),
            (TextMatch::Words("connection".into()), vec![0, 3]),
            (TextMatch::Words("refused connection".into()), vec![]),
            (TextMatch::Words("db-1".into()), vec![0]),
            (TextMatch::Words("超时".into()), vec![2]),
            (TextMatch::Words("时超".into()), vec![]),
            (TextMatch::Words("NAÏVE été".into()), vec![5]),
            (TextMatch::Regex(Regex::new("db-[0-9]$").unwrap()), vec![0]),
        ] {
            assert_eq!(found(&text, &messages), rows, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_buffer_search_finds_what_a_search_per_message_finds(
            messages in prop::collection::vec("[abAB .1]{0,9}", 0..30),
            needle in "[abAB .1]{1,4}",
        ) {
            let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
            let lowered = needle.to_lowercase();
            let expected: Vec<u32> =
                (0..messages.len()).filter(|&row| messages[row].to_lowercase().contains(&lowered)).map(|row| row as u32).collect();
            prop_assert_eq!(found(&TextMatch::Substring(needle), &messages), expected);
        }

        #[test]
        fn a_word_that_matches_is_in_the_filter(message in "[a-cA-C1é超 ._]{0,20}", words in "[a-cA-C1é超 ]{1,5}") {
            let text = TextMatch::Words(words);
            if found(&text, &[&message]) == [0] && let Some(search) = TextSearch::new(&text).unwrap() {
                let mut filter = words::WordFilter::default();
                filter.add(message.as_bytes(), &[0, message.len() as i32]);
                let bytes = filter.finish();
                for hash in search.word_hashes() {
                    let at = words::block_offset(hash, bytes.len());
                    prop_assert!(words::may_hold(&bytes[at..at + words::BLOCK_BYTES], hash));
                }
            }
        }
    }
}
