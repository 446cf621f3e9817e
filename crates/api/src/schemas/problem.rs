//! Refusals: RFC 9457 problem details.

use serde_json::{Value, json};

use super::{count, list, object, text};

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
            ("mistakes?", list(mistake(), "Each mistake of a refused configuration.")),
        ]),
    })
}

fn mistake() -> Value {
    object(&[
        ("line?", count("Line in the file, from 1; 0 for none.")),
        ("path?", text("Place in the document, such as `thresholds[1].field`.")),
        ("message", text("What is wrong.")),
        ("fix?", text("What to write instead.")),
    ])
}
