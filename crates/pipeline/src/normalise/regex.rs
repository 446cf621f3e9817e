//! Lines read by a regular expression: its named groups are the values.

use magpie_model::{Code, Notice};
use regex::Regex;

use super::values::{LineParser, Reason, Values};

/// A regular expression with named groups; it may match anywhere in the line unless it is anchored.
#[derive(Debug)]
pub struct RegexParser {
    regex: Regex,
    names: Vec<String>,
    groups: Vec<usize>,
}

impl RegexParser {
    /// Compiles the expression; the error says what is wrong with it.
    pub fn compile(text: &str) -> Result<Self, Notice> {
        let regex = Regex::new(text).map_err(|error| not_a_regex(&error))?;
        let named: Vec<(usize, String)> =
            regex.capture_names().enumerate().filter_map(|(group, name)| Some((group, name?.to_owned()))).collect();
        if named.is_empty() {
            let message = "no group has a name: write `(?<name>…)` around each value";
            return Err(Code::RegexNamesNothing.says(message, &[]));
        }
        let (groups, names) = named.into_iter().unzip();
        Ok(Self { regex, names, groups })
    }
}

/// What the library says of a text that it cannot compile.
pub(super) fn not_a_regex(error: &dyn std::fmt::Display) -> Notice {
    Code::RegexUnfit.says(error.to_string(), &[("cause", error)])
}

impl LineParser for RegexParser {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let captures = self.regex.captures(line).ok_or(Reason::NO_MATCH)?;
        for (slot, group) in self.groups.iter().enumerate() {
            if let Some(found) = captures.get(*group) {
                values.text(slot, found.as_str());
            }
        }
        Ok(())
    }

    fn wants_whole_event(&self) -> bool {
        // `(?s)` lets `.` match line ends: such an expression was written for events of several lines.
        self.regex.as_str().contains("(?s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_groups_are_values() {
        let parser = RegexParser::compile(r"^(?<severity>\w+) (?:\[(?<thread>\w+)\] )?(?<message>.*)").unwrap();
        let mut values = Values::new(3);
        parser.parse("INFO hello there", &mut values).unwrap();
        let texts: Vec<_> = (0..3).map(|slot| values.get(slot).to_text().map(|text| text.into_owned())).collect();
        assert_eq!(texts, [Some("INFO".to_owned()), None, Some("hello there".to_owned())]);
        assert_eq!(parser.parse("!", &mut values), Err(Reason::NO_MATCH));
        assert!(RegexParser::compile("(a)").unwrap_err().message.contains("name") && RegexParser::compile("(").is_err());
    }
}
