//! Reading YAML with lines: every wrong type, unknown key and bad value becomes a [`Problem`] and reading goes on.
//!
//! serde would stop at the first mistake and forget lines once values are typed; a person mending a configuration wants
//! all mistakes at once, each with its line. So the tree is walked by hand, through these few readers.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::Written;
use super::problem::{Problem, nearest};
use crate::{Code, Told, time};

/// A parsed file, and the mistakes found so far.
pub(super) struct Reading<'a> {
    pub(super) problems: Vec<Problem>,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

/// A node of the document.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    yaml: &'a MarkedYaml<'a>,
}

/// A mapping whose known keys are taken one by one.
pub(super) struct Mapping<'a> {
    pub(super) line: usize,
    entries: Vec<(Written, Node<'a>)>,
}

/// Parses the text; at most one document.
pub(super) fn parse(text: &str) -> Result<Option<MarkedYaml<'_>>, Problem> {
    let mut documents = MarkedYaml::load_from_str(text)
        .map_err(|error| Problem::new(error.marker().line(), format!("not valid YAML: {}", error.info())))?;
    if documents.len() > 1 {
        return Err(Problem::new(documents[1].span.start.line(), "a second YAML document: one file holds one configuration"));
    }
    Ok(documents.pop())
}

impl<'a> Node<'a> {
    pub(super) fn new(yaml: &'a MarkedYaml<'a>) -> Self {
        Self { yaml }
    }

    pub(super) fn line(self) -> usize {
        self.yaml.span.start.line()
    }

    pub(super) fn is_mapping(self) -> bool {
        matches!(self.yaml.data, YamlData::Mapping(_))
    }

    pub(super) fn is_sequence(self) -> bool {
        matches!(self.yaml.data, YamlData::Sequence(_))
    }

    fn is_null(self) -> bool {
        matches!(self.yaml.data, YamlData::Value(Scalar::Null))
    }

    fn scalar_text(self) -> Option<String> {
        match &self.yaml.data {
            YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
            YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
            YamlData::Value(Scalar::FloatingPoint(number)) => Some(number.to_string()),
            YamlData::Value(Scalar::Boolean(flag)) => Some(flag.to_string()),
            YamlData::Representation(text, ..) => Some(text.to_string()),
            _ => None,
        }
    }
}

impl<'e> Reading<'e> {
    pub(super) fn new(environment: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self { problems: Vec::new(), environment }
    }

    pub(super) fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem::new(line, message));
    }

    /// A mistake that a UI may have to tell in another language.
    pub(super) fn mistake(&mut self, line: usize, told: Told, message: impl Into<String>) {
        self.problems.push(Problem { told: Some(told), ..Problem::new(line, message) });
    }

    /// A word that is none of the known ones.
    pub(super) fn unknown<'k>(&mut self, line: usize, what: &str, word: &str, known: impl IntoIterator<Item = &'k str>) {
        self.problems.push(Problem::unknown(line, what, word, known));
    }

    /// A mapping; `known` are the keys it may have.
    pub(super) fn mapping<'a>(&mut self, node: Node<'a>, what: &str, known: &[&str]) -> Option<Mapping<'a>> {
        let mapping = self.any_mapping(node, what)?;
        for (key, _) in &mapping.entries {
            if !known.contains(&key.text.as_str()) {
                self.unknown(key.line, &format!("key in {what}"), &key.text, known.iter().copied());
            }
        }
        Some(mapping)
    }

    /// A mapping with keys of the user's choice.
    pub(super) fn any_mapping<'a>(&mut self, node: Node<'a>, what: &str) -> Option<Mapping<'a>> {
        if node.is_null() {
            return Some(Mapping { line: node.line(), entries: Vec::new() });
        }
        let YamlData::Mapping(pairs) = &node.yaml.data else {
            let told = Code::NotAMapping.with(&[("what", &what)]);
            self.mistake(node.line(), told, format!("{what} must be a mapping (`key: value` lines)"));
            return None;
        };
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let key = Node::new(key);
            if let Some(text) = self.text(key, "a key") {
                entries.push((text, Node::new(value)));
            }
        }
        Some(Mapping { line: node.line(), entries })
    }

    /// A sequence; a single value stands for a sequence of one.
    pub(super) fn sequence<'a>(&mut self, node: Node<'a>) -> Vec<Node<'a>> {
        match &node.yaml.data {
            YamlData::Sequence(items) => items.iter().map(Node::new).collect(),
            _ if node.is_null() => Vec::new(),
            _ => vec![node],
        }
    }

    /// A text, with `${NAME}` and `${NAME:-default}` replaced from the environment; `$${` stands for `${`.
    pub(super) fn text(&mut self, node: Node<'_>, what: &str) -> Option<Written> {
        let Some(text) = node.scalar_text() else {
            let told = Code::NotASingleValue.with(&[("what", &what)]);
            self.mistake(node.line(), told, format!("{what} must be a single value"));
            return None;
        };
        Some(Written { text: self.expand(&text, node.line()), line: node.line() })
    }

    /// Texts of a sequence or of a single value.
    pub(super) fn texts(&mut self, node: Node<'_>, what: &str) -> Vec<Written> {
        let items = self.sequence(node);
        items.into_iter().filter_map(|item| self.text(item, what)).collect()
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: Node<'_>, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == text.text).map(|&(_, value)| value);
        if found.is_none() {
            self.unknown(text.line, what, &text.text, words.iter().map(|&(word, _)| word));
        }
        found
    }

    /// A duration in ns, such as `30s`.
    pub(super) fn duration(&mut self, node: Node<'_>, what: &str) -> Option<i64> {
        let text = self.text(node, what)?;
        let nanos = time::parse_duration(&text.text);
        if nanos.is_none() {
            let message = format!("{what} `{}` is not a duration; write it as `30s`, `5m`, `1h30m` or `7d`", text.text);
            self.mistake(text.line, Code::NotADuration.with(&[("text", &text.text)]), message);
        }
        nanos
    }

    /// A size in bytes, such as `64MiB` or `10GB`.
    pub(super) fn size(&mut self, node: Node<'_>, what: &str) -> Option<u64> {
        let text = self.text(node, what)?;
        let size = parse_size(&text.text);
        if size.is_none() {
            self.problem(text.line, format!("{what} `{}` is not a size; write it as `1MiB`, `500MB` or a number of bytes", text.text));
        }
        size
    }

    /// A number of things.
    pub(super) fn count(&mut self, node: Node<'_>, what: &str) -> Option<usize> {
        let text = self.text(node, what)?;
        let count = text.text.replace('_', "").parse().ok().filter(|&count: &usize| count > 0);
        if count.is_none() {
            self.problem(text.line, format!("{what} `{}` is not a positive number", text.text));
        }
        count
    }

    /// A limit in a field's unit.
    pub(super) fn number(&mut self, node: Node<'_>, what: &str) -> Option<f64> {
        let text = self.text(node, what)?;
        let number = text.text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            let told = Code::NotANumber.with(&[("text", &text.text), ("what", &what)]);
            self.mistake(text.line, told, format!("{what} `{}` is not a number", text.text));
        }
        number
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, node: Node<'_>, what: &str) -> Option<bool> {
        self.word(node, what, &[("true", true), ("false", false)])
    }

    fn expand(&mut self, text: &str, line: usize) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                expanded.push_str(&rest[..at]);
                expanded.push('{');
                rest = &rest[at + 2..];
                continue;
            }
            expanded.push_str(&rest[..at]);
            let Some(end) = rest[at..].find('}') else {
                self.mistake(line, Code::EnvironmentOpen.with(&[]), "`${` without `}`; write `$${` for the characters themselves");
                return text.to_owned();
            };
            let (name, default) = match rest[at + 2..at + end].split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (&rest[at + 2..at + end], None),
            };
            match (self.environment)(name).or_else(|| default.map(str::to_owned)) {
                Some(value) => expanded.push_str(&value),
                None => self.mistake(
                    line,
                    Code::EnvironmentUnset.with(&[("name", &name)]),
                    format!("environment variable `{name}` is not set; set it, or give a default as `${{{name}:-default}}`"),
                ),
            }
            rest = &rest[at + end + 1..];
        }
        expanded.push_str(rest);
        expanded
    }
}

impl<'a> Mapping<'a> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.entries.iter().find(|(name, _)| name.text == key).map(|&(_, node)| node)
    }

    /// All entries in the order of the file.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Written, Node<'a>)> {
        self.entries.iter().map(|(key, node)| (key, *node))
    }

    /// The keys, to tell what is there.
    pub(super) fn nearest_key(&self, to: &str) -> Option<&str> {
        let keys: Vec<&str> = self.entries.iter().map(|(key, _)| key.text.as_str()).collect();
        nearest(to, &keys)
    }
}

/// Reads `1MiB`, `64 KB`, `1_000` into bytes.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim().replace('_', "");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" | "K" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" | "M" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" | "G" => 1 << 30,
        "TB" => 1_000_000_000_000,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(unit)
}
