//! Parsers that are tried.

use serde_json::{Value, json};

use super::{count, list, map, maybe, object, of, text};

pub(super) fn parsing() -> Value {
    let words = json!({"type": "string"});
    let span = object(&[
        ("column", text("The column, the field, or `attr.` and the name of the attribute.")),
        ("start", count("First unit, in UTF-16 units of the line.")),
        ("end", count("First unit after.")),
    ]);
    let event = object(&[
        ("line", count("Number of the event's first line, from 1.")),
        ("parse_error", maybe("string", "Why it was not understood.")),
        ("record", of("Record")),
        ("spans", list(span, "Where its values stand in its first line, as far as they stand there as they are.")),
    ]);
    json!({
        "ParseRequest": object(&[
            ("text?", text("The text, with line ends.")),
            ("lines?", list(words.clone(), "The lines, instead of `text`.")),
            ("format?", text("A named format, or `auto`.")),
            ("pattern?", text("Text with values in angle brackets.")),
            ("regex?", text("A regular expression with named groups.")),
            ("grok?", text("A grok expression.")),
            ("json?", map(words.clone(), "Value name → dotted path of a JSON member.")),
            ("map?", map(words, "Column or field name → expression.")),
            ("zone?", text("Zone of times that name none (IANA name).")),
        ]),
        "Parsed": object(&[
            ("format", text("The format used.")),
            ("confidence", json!({"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "How sure the detection is; null when the request named the format."})),
            ("parsed", count("Events understood.")),
            ("unparsed", count("Events not understood.")),
            ("events", list(event, "In order.")),
        ]),
    })
}
