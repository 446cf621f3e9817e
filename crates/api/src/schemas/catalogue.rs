//! What there is: monitors in force, fields, columns.

use serde_json::{Value, json};

use super::{count, list, map, maybe, object, of, one_of, text, told};

pub(super) fn catalogue() -> Value {
    let words = json!({"type": "string"});
    let threshold = object(&[
        ("id", text("Stays as long as what is judged stays.")),
        ("title", text("As labels show it.")),
        ("field", text("The field, or `records`.")),
        ("aggregate", of("AggregateName")),
        ("condition", of("Condition")),
        ("for", text("How long it must be exceeded, as a duration.")),
        ("severity", one_of(&["info", "warning", "critical"], "How much it matters.")),
        ("labels", map(words.clone(), "Copied to the alert.")),
    ]);
    let monitor = object(&[
        ("name", text("Unique name.")),
        ("by", list(words.clone(), "Its columns.")),
        ("fields", list(words.clone(), "Its fields.")),
        ("where", map(list(words.clone(), "Any of these."), "Limits by column; all must hold.")),
        ("kinds", list(words.clone(), "Kinds of records it takes.")),
        ("thresholds", list(threshold, "Its thresholds.")),
        ("origin", one_of(&["file", "ui"], "Where it is defined: in the configuration file, or over this API.")),
        ("read_only", told("boolean", "Whether it can only be changed in the file.")),
        ("editable", told("boolean", "Whether it can be changed here.")),
        ("version", maybe("integer", "Its version; null for one of the file.")),
        ("document", of("MonitorDocument")),
        (
            "backfill",
            json!({"anyOf": [of("Backfill"), {"type": "null"}], "description": "How far it is back-filled from stored records; null when nothing had to be since the process started."}),
        ),
        ("problem", maybe("string", "Why it is not in force; null when it is.")),
    ]);
    let field = object(&[
        ("name", text("Name.")),
        ("unit", maybe("string", "Unit after UCUM: ms, By, 1.")),
        ("flag", told("boolean", "Whether `count` counts only where it is set.")),
        ("scale", count("Decimal digits kept.")),
        ("distinct_of", maybe("string", "For a distinct count: the column counted.")),
        ("aggregates", list(words.clone(), "Declared aggregations, the default first.")),
    ]);
    let column = object(&[
        ("name", text("Name.")),
        ("dimension", told("boolean", "Whether it is one of the five dimensions.")),
        ("base", told("boolean", "Whether rollups can be asked by it without a monitor.")),
    ]);
    json!({
        "Monitor": monitor,
        "Monitors": object(&[("monitors", list(of("Monitor"), "Those of the file, then those made here.")), ("bucket", text("The time unit of aggregation, as a duration."))]),
        "Fields": object(&[
            ("fields", list(field, "Measured fields.")),
            ("columns", list(column, "Columns of words.")),
            ("severities", list(words.clone(), "Mildest first.")),
            ("kinds", list(words.clone(), "Kinds of records.")),
            ("marks", list(words, "Marks that a record may bear.")),
        ]),
    })
}
