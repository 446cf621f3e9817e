//! A value that may have `*` in it, each of which stands for any text.
//!
//! Matching walks once along the text and never goes back over it, whatever stands in the pattern.

/// A word, or a word with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before, between and after the stars.
    parts: Vec<String>,
}

impl Pattern {
    /// Exactly this text.
    pub fn exact(text: impl Into<String>) -> Self {
        Self { parts: vec![text.into()] }
    }

    /// Text in which each `*` stands for any text.
    pub fn with_stars(text: &str) -> Self {
        Self { parts: text.split('*').map(str::to_owned).collect() }
    }

    /// The text, when there is no star in it.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether the word is meant. "No value", the empty word, is meant by the empty text only, so that `*` asks for any value.
    pub fn matches(&self, word: &str) -> bool {
        let [first, between @ .., last] = self.parts.as_slice() else {
            return self.parts.iter().any(|only| only == word);
        };
        let Some(mut rest) = word.strip_prefix(first.as_str()).filter(|_| !word.is_empty()) else { return false };
        for part in between {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.parts.join("*"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, word, meant) in [
            ("video", "video", true),
            ("video", "video-2", false),
            ("video*", "video-2", true),
            ("*.log", "access.log", true),
            ("*.log", "access.log.1", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("*", "x", true),
            ("*", "", false),
            ("**", "", false),
            ("", "", true),
            ("", "x", false),
            ("查*时", "查询超时", true),
        ] {
            assert_eq!(Pattern::with_stars(pattern).matches(word), meant, "{pattern} {word}");
        }
        assert!(Pattern::exact("a*b").matches("a*b") && !Pattern::exact("a*b").matches("axb"));
    }

    proptest! {
        #[test]
        fn the_same_as_an_expression(pattern in "[ab*]{0,6}", word in "[ab]{1,8}") {
            let expression = format!("^{}$", pattern.split('*').map(regex::escape).collect::<Vec<_>>().join(".*"));
            let expected = regex::Regex::new(&expression).unwrap().is_match(&word);
            prop_assert_eq!(Pattern::with_stars(&pattern).matches(&word), expected);
        }
    }
}
