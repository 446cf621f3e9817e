//! Lines with the colours of a terminal, read without them: what loggers write where nobody told them that it is no terminal.

use std::borrow::Cow;
use std::sync::Arc;

use super::container::copy_out;
use crate::normalise::time::TimeForm;
use crate::normalise::values::{Habits, LineParser, Reason, Values};

/// What a control sequence begins with.
const BEGIN: &str = "\x1b[";

/// Whether a text has colours.
pub(in crate::normalise) fn is_coloured(text: &str) -> bool {
    text.contains(BEGIN)
}

/// A text without its control sequences: parameters, and a letter that ends each.
pub(in crate::normalise) fn uncoloured(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(BEGIN) else { return Cow::Borrowed(text) };
    let mut plain = text[..first].to_owned();
    for piece in text[first..].split(BEGIN).skip(1) {
        let end = piece.bytes().position(|byte| !(0x20..0x40).contains(&byte));
        // A sequence that is cut off at the end is none of the text either.
        plain.push_str(end.and_then(|end| piece.get(end + 1..)).unwrap_or_default());
    }
    Cow::Owned(plain)
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Uncoloured {
    inner: Arc<dyn LineParser>,
}

impl Uncoloured {
    pub(in crate::normalise) fn new(inner: Arc<dyn LineParser>) -> Self {
        Self { inner }
    }
}

impl LineParser for Uncoloured {
    fn names(&self) -> &[String] {
        self.inner.names()
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let Cow::Owned(plain) = uncoloured(line) else { return self.inner.parse(line, values) };
        let wanted: Vec<bool> = (0..self.inner.names().len()).map(|slot| values.wants(slot)).collect();
        let mut own = Values::wanting(&wanted, values.wants_extra());
        self.inner.parse(&plain, &mut own)?;
        copy_out(&own, values);
        Ok(())
    }

    fn habits(&self) -> Habits {
        self.inner.habits()
    }

    fn tells_writer(&self) -> bool {
        self.inner.tells_writer()
    }

    fn with_names(&self, names: &[String]) -> Option<Arc<dyn LineParser>> {
        Some(Arc::new(Self { inner: self.inner.with_names(names)? }))
    }

    fn time_form(&self) -> Option<&TimeForm> {
        self.inner.time_form()
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        self.inner.starts_event(&uncoloured(line))
    }

    fn has_partial_lines(&self) -> bool {
        self.inner.has_partial_lines()
    }

    fn continues(&self, line: &str) -> bool {
        self.inner.continues(&uncoloured(line))
    }

    fn quoted_with(&self) -> Option<u8> {
        self.inner.quoted_with()
    }

    fn has_blank_lines(&self) -> bool {
        self.inner.has_blank_lines()
    }

    fn wants_whole_event(&self) -> bool {
        self.inner.wants_whole_event()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_none_of_the_text() {
        for (text, plain) in [
            ("plain", "plain"),
            ("\x1b[32mINFO\x1b[0m x", "INFO x"),
            ("\x1b[1;38;5;196mä\x1b[m", "ä"),
            ("x\x1b[3", "x"),
            ("x\x1b[", "x"),
            ("a\x1b[2Kb", "ab"),
        ] {
            assert_eq!(uncoloured(text), plain, "{text:?}");
        }
    }
}
