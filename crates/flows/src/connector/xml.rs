//! XML as data and back: an element is a mapping of its attributes (`@name`), its children and its text (`#text`); one that
//! holds only text is that text, and children of one name are a list.
//!
//! Entities beyond the five of XML itself are refused, so no document can grow while it is read.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

use super::Failure;

/// Deepest nesting.
const MAX_DEPTH: usize = 64;

/// An element that is open.
struct Open {
    name: String,
    fields: Map<String, Value>,
    text: String,
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Value, Failure> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Open { name: String::new(), fields: Map::new(), text: String::new() }];
    loop {
        let event = reader.read_event().map_err(|error| wrong(&error.to_string()))?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(wrong(&format!("it nests deeper than {MAX_DEPTH} levels")));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                let done = element(&start)?;
                attach(&mut open, done);
            }
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    attach(&mut open, done);
                }
            }
            Event::Text(text) => append(&mut open, &text.decode().map_err(|error| wrong(&error.to_string()))?),
            Event::CData(text) => append(&mut open, &text.decode().map_err(|error| wrong(&error.to_string()))?),
            Event::GeneralRef(entity) => {
                let name = entity.decode().map_err(|error| wrong(&error.to_string()))?;
                let by_number = entity.resolve_char_ref().map_err(|error| wrong(&error.to_string()))?;
                let text = by_number.map(String::from).or_else(|| quick_xml::escape::resolve_xml_entity(&name).map(str::to_owned));
                append(&mut open, &text.ok_or_else(|| wrong(&format!("the entity `&{name};` is not known")))?);
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(root), true) if root.fields.len() == 1 => Ok(Value::Object(root.fields)),
        (Some(_), true) => Err(wrong("it must have one root element")),
        _ => Err(wrong("an element is not closed")),
    }
}

fn wrong(reason: &str) -> Failure {
    Failure::new(format!("this is not XML: {reason}"))
}

fn element(start: &BytesStart<'_>) -> Result<Open, Failure> {
    let mut fields = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| wrong(&error.to_string()))?;
        let value = attribute.unescape_value().map_err(|error| wrong(&error.to_string()))?;
        fields.insert(format!("@{}", String::from_utf8_lossy(attribute.key.as_ref())), value.into());
    }
    Ok(Open { name: String::from_utf8_lossy(start.name().as_ref()).into_owned(), fields, text: String::new() })
}

fn append(open: &mut [Open], text: &str) {
    if let Some(inner) = open.last_mut() {
        inner.text.push_str(text);
    }
}

fn attach(open: &mut [Open], done: Open) {
    let Some(parent) = open.last_mut() else { return };
    let text = done.text.trim();
    let value = match (done.fields.is_empty(), text.is_empty()) {
        (true, true) => Value::Null,
        (true, false) => Value::String(text.to_owned()),
        (false, true) => Value::Object(done.fields),
        (false, false) => {
            let mut fields = done.fields;
            fields.insert("#text".into(), text.into());
            Value::Object(fields)
        }
    };
    match parent.fields.get_mut(&done.name) {
        None => {
            parent.fields.insert(done.name, value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// Writes a mapping with one root element.
pub(super) fn format(value: &Value) -> Result<Value, Failure> {
    let root = value.as_object().filter(|root| root.len() == 1 && root.values().all(|root| !root.is_array()));
    let (name, content) =
        root.and_then(|root| root.iter().next()).ok_or_else(|| Failure::new("`value` must be a mapping with one root element"))?;
    let mut written = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    write(&mut written, name, content, 0)?;
    Ok(written.into())
}

fn write(written: &mut String, name: &str, content: &Value, depth: usize) -> Result<(), Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::new(format!("the value nests deeper than {MAX_DEPTH} levels")));
    }
    if !is_name(name) {
        return Err(Failure::new(format!("`{name}` is not a name in XML")));
    }
    let empty = Map::new();
    let fields = content.as_object().unwrap_or(&empty);
    written.push('<');
    written.push_str(name);
    for (key, value) in fields {
        if let Some(attribute) = key.strip_prefix('@') {
            if !is_name(attribute) {
                return Err(Failure::new(format!("`{attribute}` is not a name in XML")));
            }
            written.push_str(&format!(" {attribute}=\"{}\"", quick_xml::escape::escape(plain(value))));
        }
    }
    written.push('>');
    if !content.is_object() {
        written.push_str(&quick_xml::escape::escape(plain(content)));
    }
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('@')) {
        match value {
            value if key == "#text" => written.push_str(&quick_xml::escape::escape(plain(value))),
            Value::Array(items) => items.iter().try_for_each(|item| write(written, key, item, depth + 1))?,
            value => write(written, key, value, depth + 1)?,
        }
    }
    written.push_str(&format!("</{name}>"));
    Ok(())
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || "-_.:".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_as_data_and_back() {
        let data = json!({"order": {"@id": "5", "item": [{"@sku": "a", "#text": "x & y"}, "plain"], "note": "é", "empty": null}});
        let text = "<?xml version=\"1.0\"?><!-- c --><order id=\"5\"><item sku='a'>x &amp; y</item><item><![CDATA[plain]]></item>\n<note>&#233;</note><empty/></order>";
        assert_eq!(parse(text).unwrap(), data);
        let written = format(&data).unwrap();
        assert_eq!(parse(written.as_str().unwrap()).unwrap(), data);
    }

    #[test]
    fn what_is_not_xml_is_refused() {
        for text in
            ["", "plain", "<a>", "<a></b>", "<a/><b/>", "<a>&bomb;</a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", &"<a>".repeat(1000)]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        for value in [json!({}), json!({"a": 1, "b": 2}), json!({"a": [1]}), json!({"a b": 1}), json!({"a": {"@x y": 1}}), json!(5)] {
            assert!(format(&value).is_err(), "{value}");
        }
    }
}
