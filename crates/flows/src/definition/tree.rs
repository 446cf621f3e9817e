//! Reading YAML or JSON into one JSON value, with the line of every part.
//!
//! The parser's events are folded by hand, not loaded into a ready tree: so nesting, size and what aliases expand to stay
//! bounded whatever comes in, a key that stands twice is named with its line, and lines survive under JSON pointers.

use std::collections::{BTreeSet, HashMap};

use magpie_model::config::Problem;
use magpie_model::{Code, Notice};
use saphyr::Scalar;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Longest document in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Most values in a document, those that aliases repeat included.
const MAX_NODES: usize = 100_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 64;

/// A document and its lines.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The document as JSON.
    pub value: Value,
    lines: HashMap<String, usize>,
}

fn wrong(line: usize, Notice { message, told }: Notice) -> Problem {
    Problem { told: Some(told), ..Problem::new(line, message) }
}

fn too_many_values(line: usize) -> Problem {
    wrong(line, Code::DocumentTooManyValues.says(format!("the document holds more than {MAX_NODES} values"), &[("limit", &MAX_NODES)]))
}

impl Tree {
    /// Reads one YAML or JSON document.
    ///
    /// # Errors
    /// The first mistake, with its line.
    pub fn read(text: &str) -> Result<Self, Problem> {
        if text.len() > MAX_BYTES {
            let bytes = text.len();
            let message = format!("the document has {bytes} bytes; at most {MAX_BYTES} are read");
            return Err(wrong(0, Code::DocumentTooLong.says(message, &[("bytes", &bytes), ("limit", &MAX_BYTES)])));
        }
        let folded = Folding::default().fold(text);
        // Not every JSON text is YAML (characters beyond U+FFFF as two escapes); lines are then unknown.
        match (folded, serde_json::from_str::<Value>(text)) {
            (Ok(tree), Ok(value)) => Ok(Self { value, ..tree }),
            (Err(_), Ok(value)) => Ok(Self { value, lines: HashMap::new() }),
            (folded, Err(_)) => folded,
        }
    }

    /// The line, from 1, of a part or of the nearest part around it that has one; 0 when none has.
    pub fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(&line) = self.lines.get(pointer) {
                return line;
            }
            match pointer.rfind('/') {
                Some(at) => pointer = &pointer[..at],
                None => return 0,
            }
        }
    }
}

/// A key as one segment of a JSON pointer (RFC 6901).
pub(super) fn segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// An open collection.
enum Frame {
    Sequence { items: Vec<Value>, pointer: String, anchor: usize },
    Mapping { entries: Map<String, Value>, keys: BTreeSet<String>, key: Option<String>, pointer: String, anchor: usize },
}

#[derive(Default)]
struct Folding {
    open: Vec<Frame>,
    lines: HashMap<String, usize>,
    anchors: HashMap<usize, (Value, usize)>,
    nodes: usize,
    root: Option<Value>,
    documents: usize,
}

impl Folding {
    fn fold(mut self, text: &str) -> Result<Tree, Problem> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let cause = error.info();
                wrong(error.marker().line(), Code::DocumentNotYaml.says(format!("not valid YAML: {cause}"), &[("cause", &cause)]))
            })?;
            self.event(event, span.start.line())?;
        }
        let value = self
            .root
            .ok_or_else(|| wrong(1, Code::DocumentEmpty.says("the document is empty; write a workflow with `document:` and `do:`", &[])))?;
        Ok(Tree { value, lines: self.lines })
    }

    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(wrong(line, Code::DocumentSecond.says("a second YAML document: one file holds one flow", &[])));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.expects_key() {
                    return self.key(&text, line);
                }
                let scalar = Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref())
                    .ok_or_else(|| wrong(line, Code::TagUnfit.says("the value does not fit its tag", &[])))?;
                let value = json(scalar)
                    .ok_or_else(|| wrong(line, Code::NumberNotJson.says("JSON has no such number; write it in quotes", &[])))?;
                self.value(value, 1, line, anchor)?;
            }
            Event::Alias(id) => {
                if self.expects_key() {
                    return Err(wrong(line, Code::AliasAsKey.says("an alias cannot be a key", &[])));
                }
                let (value, size) = self.anchors.get(&id).cloned().ok_or_else(|| {
                    wrong(line, Code::AliasIntoItself.says("this alias points into itself; write out what is meant", &[]))
                })?;
                self.value(value, size, line, 0)?;
            }
            Event::SequenceStart(anchor, _) => {
                let pointer = self.open_at(line)?;
                self.open.push(Frame::Sequence { items: Vec::new(), pointer, anchor });
            }
            Event::MappingStart(anchor, _) => {
                let pointer = self.open_at(line)?;
                self.open.push(Frame::Mapping { entries: Map::new(), keys: BTreeSet::new(), key: None, pointer, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(line)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame::Mapping { key: None, .. }))
    }

    fn key(&mut self, text: &str, line: usize) -> Result<(), Problem> {
        let Some(Frame::Mapping { keys, key, pointer, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        if !keys.insert(text.to_owned()) {
            let message = format!("`{text}` stands twice in this mapping; remove or rename one");
            return Err(wrong(line, Code::KeyTwice.says(message, &[("key", &text)])));
        }
        self.lines.insert(format!("{pointer}/{}", segment(text)), line);
        *key = Some(text.to_owned());
        Ok(())
    }

    /// Where the collection that opens now lies.
    fn open_at(&mut self, line: usize) -> Result<String, Problem> {
        if self.expects_key() {
            return Err(wrong(line, Code::KeyNotSingle.says("a key must be a single value", &[])));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(wrong(
                line,
                Code::DocumentTooDeep.says(format!("nested deeper than {MAX_DEPTH} levels"), &[("limit", &MAX_DEPTH)]),
            ));
        }
        Ok(self.place(line))
    }

    /// The pointer of the value that comes next; notes its line.
    fn place(&mut self, line: usize) -> String {
        let pointer = match self.open.last() {
            None => String::new(),
            Some(Frame::Sequence { items, pointer, .. }) => format!("{pointer}/{}", items.len()),
            Some(Frame::Mapping { key, pointer, .. }) => format!("{pointer}/{}", segment(key.as_deref().unwrap_or_default())),
        };
        self.lines.entry(pointer.clone()).or_insert(line);
        pointer
    }

    fn value(&mut self, value: Value, size: usize, line: usize, anchor: usize) -> Result<(), Problem> {
        self.place(line);
        self.nodes += size;
        if self.nodes > MAX_NODES {
            return Err(too_many_values(line));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
        self.attach(value);
        Ok(())
    }

    fn attach(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Frame::Sequence { items, .. }) => items.push(value),
            Some(Frame::Mapping { entries, key, .. }) => {
                entries.insert(key.take().unwrap_or_default(), value);
            }
        }
    }

    fn close(&mut self, line: usize) -> Result<(), Problem> {
        let (value, anchor) = match self.open.pop() {
            Some(Frame::Sequence { items, anchor, .. }) => (Value::Array(items), anchor),
            Some(Frame::Mapping { entries, anchor, .. }) => (Value::Object(merged(entries)), anchor),
            None => return Ok(()),
        };
        self.nodes += 1;
        if anchor > 0 {
            let size = count(&value);
            self.nodes += size; // the copy that is kept for aliases
            if self.nodes > MAX_NODES {
                return Err(too_many_values(line));
            }
            self.anchors.insert(anchor, (value.clone(), size));
        }
        self.attach(value);
        Ok(())
    }
}

/// A mapping with what its merge key (`<<: *defaults`) brings; its own keys stand. What is no mapping is left where it is, for the schema to
/// tell of.
fn merged(mut entries: Map<String, Value>) -> Map<String, Value> {
    let defaults: Vec<Map<String, Value>> = match entries.get("<<") {
        Some(Value::Object(one)) => vec![one.clone()],
        Some(Value::Array(several)) if several.iter().all(Value::is_object) => {
            several.iter().filter_map(Value::as_object).cloned().collect()
        }
        _ => return entries,
    };
    entries.remove("<<");
    for (key, value) in defaults.into_iter().flatten() {
        entries.entry(key).or_insert(value);
    }
    entries
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(entries) => entries.values().map(count).sum(),
        _ => 0,
    }
}

fn json(scalar: Scalar<'_>) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(flag) => Value::Bool(flag),
        Scalar::Integer(number) => Value::Number(number.into()),
        Scalar::FloatingPoint(number) => Value::Number(Number::from_f64(*number)?),
        Scalar::String(text) => Value::String(text.into_owned()),
    })
}

/// The value of a scalar as YAML reads it when it stands alone, for text that comes from outside a document.
pub fn plain(text: &str) -> Value {
    Scalar::parse_from_cow_and_metadata(text.into(), ScalarStyle::Plain, None)
        .and_then(json)
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_lines_of_a_document() {
        let tree = Tree::read("a: 1\nb:\n  - x\n  - {c: true}\n'd/e': ~\n").unwrap();
        assert_eq!(tree.value, json!({"a": 1, "b": ["x", {"c": true}], "d/e": null}));
        for (pointer, line) in [("/a", 1), ("/b", 2), ("/b/0", 3), ("/b/1/c", 4), ("/d~1e", 5), ("/b/1/c/missing", 4), ("", 1)] {
            assert_eq!(tree.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn json_is_read_as_json_with_its_lines() {
        let tree = Tree::read("{\n\t\"a\": \"\\u00e9\\/\",\n\t\"b\": [1, 2.5]\n}").unwrap();
        assert_eq!(tree.value, json!({"a": "é/", "b": [1, 2.5]}));
        assert_eq!(tree.line("/b"), 3);
        assert_eq!(Tree::read(r#"{"face": "\ud83d\ude00"}"#).unwrap().value, json!({"face": "😀"}));
    }

    #[test]
    fn merge_keys_bring_what_is_not_there() {
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: *a, x: 0}\nd:\n  <<: [*a, *b]\n  w: 5\ne: {<<: 6}\n";
        let tree = Tree::read(text).unwrap();
        assert_eq!(tree.value["c"], json!({"x": 0, "y": 2}));
        assert_eq!(tree.value["d"], json!({"x": 1, "y": 2, "z": 4, "w": 5}), "of several the first one stands");
        assert_eq!(tree.value["e"], json!({"<<": 6}));
        assert_eq!(tree.line("/d/z"), 4, "the mapping that it was brought into");
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line, words) in [
            ("a: 1\na: 2\n", 2, "stands twice"),
            ("a: [1\nb: 2", 2, "not valid YAML"),
            ("---\na: 1\n---\nb: 2\n", 3, "second YAML document"),
            ("", 1, "empty"),
            ("? [a]\n: 1\n", 1, "key must be a single value"),
            ("a: .nan\n", 1, "no such number"),
            ("a: &x\n  b: *x\n", 2, "into itself"),
            ("a: !!int x\n", 1, "fit its tag"),
        ] {
            let problem = Tree::read(text).unwrap_err();
            assert!(problem.told.is_some(), "{text}: without a code it would stay English");
            assert!(problem.message.contains(words), "{text}: {problem}");
            assert_eq!(problem.line, line, "{text}: {problem}");
        }
    }

    #[test]
    fn aliases_cannot_grow_without_bound() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert!(Tree::read(&text).unwrap_err().message.contains("more than"));
        assert_eq!(Tree::read("a: &x {b: 1}\nc: *x\n").unwrap().value, json!({"a": {"b": 1}, "c": {"b": 1}}));
        assert!(Tree::read(&"[".repeat(5000)).is_err());
    }
}
