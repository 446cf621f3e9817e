//! Reading a query line into terms, by hand and in one pass.
//!
//! Whatever is typed is either read or refused with the column of the mistake; nothing panics and nothing is guessed. What
//! looks like `name:value` is always a comparison, so that a misspelt column is told and not searched for as text.

use super::{Ask, LONGEST, Line, MOST_TERMS, Mistake, Operator, Pattern, Term, Value};
use crate::{Code, Told};

/// Reads a line. The empty line has no terms: everything is meant.
pub fn read(text: &str) -> Result<Line, Mistake> {
    if text.len() > LONGEST {
        let told = Code::QueryTooLong.with(&[("limit", &LONGEST)]);
        return Err(Mistake::new(1, told, format!("the query is longer than {LONGEST} bytes"), "ask for less at once"));
    }
    let mut reader = Reader { text, at: 0 };
    let mut line = Line::default();
    while reader.skip_space() {
        if line.terms.len() == MOST_TERMS {
            let told = Code::QueryTooManyTerms.with(&[("limit", &MOST_TERMS)]);
            return Err(reader.mistake(told, format!("more than {MOST_TERMS} terms"), "ask for less at once"));
        }
        line.terms.push(reader.term()?);
    }
    Ok(line)
}

/// A place in the line.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    /// In bytes; always between two characters.
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Moves over white space; tells whether something follows.
    pub(super) fn skip_space(&mut self) -> bool {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at < self.text.len()
    }

    fn column(&self) -> usize {
        self.text[..self.at].chars().count() + 1
    }

    fn mistake(&self, told: Told, message: impl Into<String>, fix: impl Into<String>) -> Mistake {
        Mistake::new(self.column(), told, message, fix)
    }

    fn term(&mut self) -> Result<Term, Mistake> {
        let at = self.column();
        let minus = self.rest().starts_with('-') && self.rest()[1..].chars().next().is_some_and(|next| !next.is_whitespace());
        self.at += usize::from(minus);
        if self.peek() == Some('"') {
            let text = self.quoted()?;
            self.must_end()?;
            return Ok(Term { at, negated: minus, ask: Ask::Text(text) });
        }
        if let Some(name) = self.name()
            && let Some((operator, negated)) = operator_at(&self.text[self.at + name.len()..])
        {
            self.at += name.len() + operator.0.len();
            let values = self.values(name)?;
            return Ok(Term { at, negated: minus != negated, ask: Ask::Compare { name: name.to_owned(), operator: operator.1, values } });
        }
        let word = self.rest().split(char::is_whitespace).next().unwrap_or("");
        if let Some(quote) = word.find('"') {
            self.at += quote;
            let told = Code::QueryQuoteWithin.with(&[]);
            return Err(self.mistake(told, "a quote within a word", "put the whole text in quotes, with \\\" for a quote in it"));
        }
        self.at += word.len();
        Ok(Term { at, negated: minus, ask: Ask::Text(word.to_owned()) })
    }

    /// The name that begins here, if one does.
    pub(super) fn name(&self) -> Option<&'t str> {
        let rest = self.rest();
        let is_key = rest.starts_with("attr.");
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.' || (is_key && matches!(c, '-' | '/' | '@' | '$'))))
            .unwrap_or(rest.len());
        let name = &rest[..end];
        name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name)
    }

    /// Values with commas between them.
    fn values(&mut self, name: &str) -> Result<Vec<Value>, Mistake> {
        let mut values = Vec::new();
        loop {
            let at = self.column();
            let pattern = match self.peek() {
                Some('"') => Pattern::exact(self.quoted()?),
                _ => {
                    let word = self.rest().split(|c: char| c == ',' || c.is_whitespace()).next().unwrap_or("");
                    if word.is_empty() {
                        let fix = format!("write {name}:value, or {name}:\"\" for \"no value\"");
                        return Err(self.mistake(Code::QueryValueMissing.with(&[("name", &name)]), "a value is missing", fix));
                    }
                    if let Some(quote) = word.find('"') {
                        self.at += quote;
                        let told = Code::QueryQuoteWithin.with(&[]);
                        return Err(self.mistake(told, "a quote within a value", "put the whole value in quotes"));
                    }
                    self.at += word.len();
                    Pattern::with_stars(word)
                }
            };
            values.push(Value { at, pattern });
            if self.peek() != Some(',') {
                self.must_end()?;
                return Ok(values);
            }
            self.at += 1;
        }
    }

    /// Text in quotes, with `\"` and `\\` for these two.
    fn quoted(&mut self) -> Result<String, Mistake> {
        let opened = self.column();
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err(Mistake::new(opened, Code::QueryQuoteOpen.with(&[]), "the quote is never closed", "close it with `\"`"))
    }

    fn must_end(&self) -> Result<(), Mistake> {
        match self.peek() {
            Some(next) if !next.is_whitespace() => {
                let told = Code::QuerySpaceMissing.with(&[("text", &next)]);
                Err(self.mistake(told, format!("`{next}` after a closed term"), "put a space between terms"))
            }
            _ => Ok(()),
        }
    }
}

/// The operator that begins here, and whether it negates.
pub(super) fn operator_at(rest: &str) -> Option<((&'static str, Operator), bool)> {
    Operator::WRITTEN.iter().find(|(symbol, ..)| rest.starts_with(symbol)).map(|&(symbol, operator, negated)| ((symbol, operator), negated))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(at: usize, negated: bool, text: &str) -> Term {
        Term { at, negated, ask: Ask::Text(text.to_owned()) }
    }

    fn compare(at: usize, negated: bool, name: &str, operator: Operator, values: &[(usize, Pattern)]) -> Term {
        let values = values.iter().map(|(at, pattern)| Value { at: *at, pattern: pattern.clone() }).collect();
        Term { at, negated, ask: Ask::Compare { name: name.to_owned(), operator, values } }
    }

    #[test]
    fn lines_as_they_are_typed() {
        use Operator::{Above, AtLeast, AtMost, Is};
        let exact = |word: &str| Pattern::exact(word);
        for (line, terms) in [
            ("", vec![]),
            ("  ", vec![]),
            ("timeout", vec![text(1, false, "timeout")]),
            ("\"timed out\" -\"a \\\"b\\\" \\n\"", vec![text(1, false, "timed out"), text(13, true, "a \"b\" \\n")]),
            ("- -x --y", vec![text(1, false, "-"), text(3, true, "x"), text(6, true, "-y")]),
            ("status:500", vec![compare(1, false, "status", Is, &[(8, exact("500"))])]),
            ("status=500,\"5 2\"", vec![compare(1, false, "status", Is, &[(8, exact("500")), (12, exact("5 2"))])]),
            ("-status:200", vec![compare(1, true, "status", Is, &[(9, exact("200"))])]),
            (
                "status!=200 -status!=3",
                vec![compare(1, true, "status", Is, &[(9, exact("200"))]), compare(13, false, "status", Is, &[(22, exact("3"))])],
            ),
            ("severity>=warn", vec![compare(1, false, "severity", AtLeast, &[(11, exact("warn"))])]),
            (
                "elapsed_ms>-1.5 x<=2",
                vec![compare(1, false, "elapsed_ms", Above, &[(12, exact("-1.5"))]), compare(17, false, "x", AtMost, &[(20, exact("2"))])],
            ),
            ("service:/video/*", vec![compare(1, false, "service", Is, &[(9, Pattern::with_stars("/video/*"))])]),
            ("service:\"*\"", vec![compare(1, false, "service", Is, &[(9, exact("*"))])]),
            ("region:\"\"", vec![compare(1, false, "region", Is, &[(8, exact(""))])]),
            ("attr.user-agent:curl*", vec![compare(1, false, "attr.user-agent", Is, &[(17, Pattern::with_stars("curl*"))])]),
            ("10:15:03 /a?b=c", vec![text(1, false, "10:15:03"), text(10, false, "/a?b=c")]),
            ("查询 模块:视频", vec![text(1, false, "查询"), compare(4, false, "模块", Is, &[(7, exact("视频"))])]),
        ] {
            assert_eq!(read(line), Ok(Line { terms }), "{line}");
        }
    }

    #[test]
    fn mistakes_name_their_column() {
        for (line, column, message) in [
            ("a \"b", 3, "the quote is never closed"),
            ("视频 \"b\\", 4, "the quote is never closed"),
            ("status:", 8, "a value is missing"),
            ("status: 500", 8, "a value is missing"),
            ("status:500,", 12, "a value is missing"),
            ("a\"b", 2, "a quote within a word"),
            ("status:a\"b", 9, "a quote within a value"),
            ("\"a\"b", 4, "`b` after a closed term"),
            ("status:\"a\"b", 11, "`b` after a closed term"),
        ] {
            let mistake = read(line).unwrap_err();
            assert_eq!((mistake.column, mistake.message.as_str()), (column, message), "{line}");
            assert!(!mistake.fix.is_empty());
        }
        assert!(read(&"x ".repeat(MOST_TERMS)).is_ok());
        assert_eq!(read(&"x ".repeat(MOST_TERMS + 1)).unwrap_err().column, 2 * MOST_TERMS + 1);
        assert!(read(&"x".repeat(LONGEST + 1)).unwrap_err().message.contains("longer"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_or_refused_within_the_line(line in "(.|[-:=<>!,*\"\\\\ a视]){0,40}") {
            let end = line.chars().count() + 1;
            match read(&line) {
                Ok(read) => prop_assert!(read.terms.iter().all(|term| term.at >= 1 && term.at < end)),
                Err(mistake) => prop_assert!(mistake.column >= 1 && mistake.column <= end),
            }
        }

        #[test]
        fn a_quoted_value_reads_back(value in "[^\\\\]{0,20}") {
            let line = format!("service:\"{}\"", value.replace('"', "\\\""));
            let read = read(&line).unwrap();
            let Ask::Compare { values, .. } = &read.terms[0].ask else { panic!() };
            prop_assert_eq!(values[0].pattern.literal(), Some(value.as_str()));
        }
    }
}
