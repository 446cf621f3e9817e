//! Records, and what is counted of them.

use magpie_model::Column;
use magpie_model::record::MARK_NAMES;
use serde_json::{Value, json};

use super::{count, list, map, maybe, object, of, one_of, severities, text, time, told};

pub(super) fn records() -> Value {
    let mut members = vec![
        ("id".to_owned(), json!({"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "Stable id."})),
        ("kind".to_owned(), one_of(&["log", "call", "run"], "What it tells of.")),
        ("time".to_owned(), time("Event time.")),
        ("severity?".to_owned(), one_of(&severities(), "Absent when the line names none.")),
        ("side?".to_owned(), one_of(&["callee", "caller"], "Whose log tells of the call.")),
        ("job_id?".to_owned(), text("Id of the run.")),
        ("trace_id?".to_owned(), text("Lower-case hex.")),
        ("span_id?".to_owned(), text("Lower-case hex.")),
        ("message?".to_owned(), text("The raw line.")),
        ("attempt?".to_owned(), count("Attempt of the run, from 1.")),
        ("offset?".to_owned(), count("Offset of the line in its file, in bytes.")),
        ("attributes?".to_owned(), map(json!({"type": "string"}), "Everything else the line said.")),
    ];
    members.extend(
        Column::ALL.iter().map(|column| (format!("{}?", column.name()), text("A column; absent when the line says nothing of it."))),
    );
    members.extend(
        MARK_NAMES
            .iter()
            .map(|(_, name)| (format!("{name}?"), json!({"const": true, "description": "A mark; absent when it is not set."}))),
    );
    let members: Vec<(&str, Value)> = members.iter().map(|(name, schema)| (name.as_str(), schema.clone())).collect();
    let mut record = object(&members);
    record["additionalProperties"] = json!({"type": "number"});
    record["description"] = "A record. Further members are measured fields, in the units that /api/v1/fields tells.".into();
    let bar = object(&[
        ("time", time("Start of the bar.")),
        ("value", text("Severity or value of the column; empty for none.")),
        ("records", count("Number of records.")),
    ]);
    let value = object(&[("value", text("The value; empty for none.")), ("records", count("Number of records."))]);
    let item = object(&[
        ("insert", text("What to write.")),
        ("label", text("What to show.")),
        ("kind", one_of(&["column", "field", "attribute", "operator", "value"], "What it is.")),
        (
            "records",
            json!({"type": ["integer", "null"], "minimum": 0, "description": "Records with this value in the range; null where they are not counted."}),
        ),
    ]);
    json!({
        "Record": record,
        "RecordPage": object(&[("records", list(of("Record"), "Newest first.")), ("next", maybe("string", "`cursor` of the next page; null at the end."))]),
        "RecordsAround": object(&[
            ("records", list(of("Record"), "Ascending by offset.")),
            ("here", count("Index of the record asked for.")),
        ]),
        "Completion": object(&[
            ("items", list(item, "The likeliest first.")),
            ("replace", object(&[("from", count("First unit of the line that an item stands for, in UTF-16 units.")), ("to", count("First unit after."))])),
        ]),
        "Histogram": object(&[
            ("from", time("First moment.")),
            ("to", time("First moment after.")),
            ("step", text("Length of a bar, as a duration.")),
            ("step_seconds", told("number", "The same in seconds.")),
            ("by", text("`severity`, or a column.")),
            ("bars", list(bar, "Ascending by time and value; those without records are left out.")),
        ]),
        "TopValues": object(&[("column", text("The column.")), ("values", list(value, "Most frequent first."))]),
    })
}
