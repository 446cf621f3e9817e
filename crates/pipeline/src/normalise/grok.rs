//! Grok: regular expressions put together from named ones, as in Logstash.
//!
//! The library of definitions is that of the `grok` crate (Logstash's, Apache-2.0); the putting together is ours, so that
//! an expression without look-around runs on the linear-time `regex` engine and a mistake names the definition.

use std::collections::BTreeMap;

use fancy_regex::Regex;
use magpie_model::{Code, Notice};

use super::regex::{RegexParser, not_a_regex};
use super::values::{LineParser, Reason, Values};

const DEEPEST: usize = 32;
const LONGEST: usize = 256 << 10;

/// A compiled grok expression.
#[derive(Debug)]
pub struct Grok {
    engine: Engine,
    names: Vec<String>,
}

#[derive(Debug)]
enum Engine {
    Linear(RegexParser),
    Backtracking(Regex),
}

/// Compiles `%{IP:source} %{NUMBER:elapsed_ms:float} …`; `definitions` are the user's own and win over the library.
pub fn grok(pattern: &str, definitions: &BTreeMap<String, String>) -> Result<Grok, Notice> {
    let mut expansion = Expansion { definitions, names: Vec::new(), length: 0 };
    let text = expansion.expand(pattern, 0)?;
    let names = expansion.names;
    if names.is_empty() {
        return Err(Code::GrokNamesNothing.says("no value is named: write `%{NUMBER:name}`", &[]));
    }
    let engine = match RegexParser::compile(&text) {
        Ok(regex) => Engine::Linear(regex),
        Err(_) => Engine::Backtracking(Regex::new(&text).map_err(|error| not_a_regex(&error))?),
    };
    Ok(Grok { engine, names })
}

struct Expansion<'d> {
    definitions: &'d BTreeMap<String, String>,
    names: Vec<String>,
    length: usize,
}

impl Expansion<'_> {
    fn expand(&mut self, pattern: &str, depth: usize) -> Result<String, Notice> {
        self.length += pattern.len();
        if depth > DEEPEST || self.length > LONGEST {
            return Err(Code::GrokEndless.says("the definitions refer to each other without end", &[]));
        }
        let mut out = String::new();
        let mut rest = pattern;
        while let Some(start) = rest.find("%{") {
            out.push_str(&named_groups(&rest[..start], &mut self.names));
            let end = rest[start..].find('}').ok_or_else(|| never_closed(&rest[start..]))? + start;
            out.push_str(&self.reference(&rest[start + 2..end], depth)?);
            rest = &rest[end + 1..];
        }
        out.push_str(&named_groups(rest, &mut self.names));
        Ok(out)
    }

    /// `NAME`, `NAME:value`, `NAME:value:type` or `NAME:value=definition`. The type is not needed: numbers are read as such.
    fn reference(&mut self, text: &str, depth: usize) -> Result<String, Notice> {
        let (text, own) = match text.split_once('=') {
            Some((text, definition)) => (text, Some(definition.to_owned())),
            None => (text, None),
        };
        let mut parts = text.splitn(3, ':');
        let name = parts.next().unwrap_or_default().trim();
        let value = parts.next().map(str::trim).filter(|value| !value.is_empty());
        let definition = match own {
            Some(definition) => definition,
            None => self.definition(name)?,
        };
        let group = value.map(|value| group_of(&mut self.names, value));
        let inner = self.expand(&definition, depth + 1)?;
        Ok(match group {
            Some(group) => format!("(?<{group}>{inner})"),
            None => format!("(?:{inner})"),
        })
    }

    fn definition(&self, name: &str) -> Result<String, Notice> {
        if let Some(own) = self.definitions.get(name) {
            return Ok(own.clone());
        }
        let library = ::grok::patterns();
        let found = library.iter().find(|(known, _)| *known == name).map(|(_, definition)| (*definition).to_owned());
        found.ok_or_else(|| {
            let known = self.definitions.keys().map(String::as_str).chain(library.iter().map(|(known, _)| *known));
            magpie_model::config::unknown_word("definition", name, known)
        })
    }
}

fn never_closed(text: &str) -> Notice {
    Code::GrokUnclosed.says(format!("`{text}` is never closed"), &[("text", &text)])
}

/// The group for a value; a name that appears again gets a group of its own, and the first that matches wins.
fn group_of(names: &mut Vec<String>, value: &str) -> String {
    // Elastic's `[client][ip]` means a field in an object.
    let value = value.strip_prefix('[').map_or_else(|| value.to_owned(), |path| path.trim_end_matches(']').replace("][", "."));
    names.push(value);
    format!("v{}", names.len() - 1)
}

/// Renames the pattern's own `(?<name>…)` groups like those of references.
fn named_groups(text: &str, names: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("(?<").or_else(|| rest.find("(?P<")) {
        let open = start + rest[start..].find('<').unwrap_or(0) + 1;
        let is_group = rest[open..].starts_with(|c: char| c.is_alphabetic() || c == '_');
        match rest[open..].find('>').filter(|_| is_group) {
            Some(length) => {
                let group = group_of(names, &rest[open..open + length]);
                out.push_str(&format!("{}(?<{group}>", &rest[..start]));
                rest = &rest[open + length + 1..];
            }
            // Look-behind.
            None => {
                out.push_str(&rest[..open]);
                rest = &rest[open..];
            }
        }
    }
    out.push_str(rest);
    out
}

impl LineParser for Grok {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match &self.engine {
            Engine::Linear(regex) => regex.parse(line, values),
            Engine::Backtracking(regex) => {
                // An expression that backtracks without end is given up by the engine, and the line kept as unparsed.
                let captures = regex.captures(line).ok().flatten().ok_or(Reason::NO_MATCH)?;
                for slot in 0..self.names.len() {
                    if let Some(found) = captures.name(&format!("v{slot}")) {
                        values.text(slot, found.as_str());
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_the_library_read_lines() {
        let own = BTreeMap::from([("DURATION".to_owned(), "\\d+ms".to_owned())]);
        for (pattern, line, expected) in [
            (
                "%{IP:source} %{WORD:method} %{NUMBER:elapsed_ms:float}",
                "10.0.0.7 GET 1.5",
                Some(vec![("source", "10.0.0.7"), ("method", "GET"), ("elapsed_ms", "1.5")]),
            ),
            ("^%{DURATION:took}$", "12ms", Some(vec![("took", "12ms")])),
            ("(?<a>x+) %{GREEDYDATA:[log][text]}", "xx yy", Some(vec![("a", "xx"), ("log.text", "yy")])),
            (
                "%{COMMONAPACHELOG}",
                "127.0.0.1 - - [22/Nov/2026:10:15:03 +0000] \"GET /a HTTP/1.1\" 200 5",
                Some(vec![("verb", "GET"), ("response", "200"), ("request", "/a")]),
            ),
            ("%{INT:n}", "x", None),
        ] {
            let parser = grok(pattern, &own).unwrap_or_else(|error| panic!("{pattern}: {}", error.message));
            let mut values = Values::new(parser.names().len());
            let read = parser.parse(line, &mut values);
            let Some(expected) = expected else {
                assert_eq!(read, Err(Reason::NO_MATCH), "{pattern}");
                continue;
            };
            assert_eq!(read, Ok(()), "{pattern}");
            for (name, text) in expected {
                let slots = parser.names().iter().enumerate().filter(|(_, known)| known.rsplit('.').next() == Some(name) || *known == name);
                let found: Vec<_> = slots.filter_map(|(slot, _)| values.get(slot).to_text()).collect();
                assert!(found.iter().any(|found| found == text), "{pattern}: {name} is {found:?}, names {:?}", parser.names());
            }
        }
    }

    #[test]
    fn mistakes_are_told() {
        let own = BTreeMap::from([("LOOP".to_owned(), "%{LOOP}".to_owned())]);
        for (pattern, part) in
            [("%{NUMBR:x}", "did you mean `NUMBER`"), ("%{INT:x", "never closed"), ("%{LOOP:x}", "without end"), ("%{INT}", "named")]
        {
            let error = grok(pattern, &own).map(|parser| parser.names().to_vec()).unwrap_err();
            assert!(error.message.contains(part), "{pattern}: {}", error.message);
        }
    }
}
