//! Refusals: RFC 9457 problem details.

use serde_json::{Map, Value, json};

use magpie_model::Code;

use super::{count, list, map, object, of, text};

pub(super) fn problem() -> Value {
    json!({
        "Problem": object(&[
            ("type", text("Always `about:blank`.")),
            ("title", text("The status in words.")),
            ("status", count("The HTTP status.")),
            ("detail", text("What is wrong with this request.")),
            ("fix", text("What to do.")),
            ("parameter?", text("The parameter or member that is meant.")),
            ("column?", count("Number of the character in a query line where the mistake is, from 1.")),
            ("code?", of("Code")),
            ("values?", map(json!({"type": "string"}), "What stands in detail and fix, by name: for a text of `code` in another language.")),
            ("mistakes?", list(mistake(), "Each mistake of a refused configuration, document or parser.")),
        ]),
        "Code": codes(),
        "Notice": object(&[
            ("message", text("In English.")),
            ("code", of("Code")),
            ("values", map(json!({"type": "string"}), "What stands in it, by name.")),
        ]),
    })
}

/// All codes, and in `x-values` what stands in the text of each, so that a language can be compared with it.
fn codes() -> Value {
    let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let values: Map<String, Value> = Code::ALL.iter().map(|code| (code.name().to_owned(), json!(code.values()))).collect();
    json!({"type": "string", "enum": names, "description": "What is told to people, for texts in other languages.", "x-values": values})
}

fn mistake() -> Value {
    object(&[
        ("line?", count("Line in the file, from 1; 0 for none.")),
        ("path?", text("Place in the document, such as `thresholds[1].field`, or the member, such as `map.elapsed_ms`.")),
        ("column?", count("Number of the character in what stands there, from 1.")),
        ("message", text("What is wrong.")),
        ("fix?", text("What to write instead.")),
        ("code?", of("Code")),
        ("values?", map(json!({"type": "string"}), "What stands in both, by name.")),
    ])
}
