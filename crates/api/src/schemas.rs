//! The shapes of bodies and responses, as JSON Schema with units, for the OpenAPI document.
//!
//! They are written by hand beside the types, and closed (`additionalProperties: false`): a test validates real responses
//! of every endpoint against them, so that a member without a description cannot leave the process.

use magpie_model::record::MARK_NAMES;
use magpie_model::{Aggregate, Column, Severity};
use serde_json::{Map, Value, json};

/// All named shapes.
pub(crate) fn components() -> Value {
    let mut all = Map::new();
    for part in [
        problem(),
        records(),
        rollups(),
        graph(),
        alerts(),
        attention(),
        monitor_changes(),
        catalogue(),
        process(),
        parsing(),
        stream(),
        probes(),
    ] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    all.into()
}

/// A reference to a named shape.
pub(crate) fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A closed object; members whose name ends with `?` may be absent.
fn object(members: &[(&str, Value)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema) in members {
        let present = name.trim_end_matches('?');
        properties.insert(present.to_owned(), schema.clone());
        if !name.ends_with('?') {
            required.push(present);
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn told(kind: &str, description: &str) -> Value {
    json!({"type": kind, "description": description})
}

fn maybe(kind: &str, description: &str) -> Value {
    json!({"type": [kind, "null"], "description": description})
}

fn text(description: &str) -> Value {
    told("string", description)
}

fn count(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

fn share(description: &str) -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1, "description": description})
}

fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn maybe_time(description: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date-time", "description": description})
}

fn list(items: Value, description: &str) -> Value {
    json!({"type": "array", "items": items, "description": description})
}

fn one_of(words: &[&str], description: &str) -> Value {
    json!({"type": "string", "enum": words, "description": description})
}

fn map(values: Value, description: &str) -> Value {
    json!({"type": "object", "additionalProperties": values, "description": description})
}

fn severities() -> [&'static str; 7] {
    Severity::ALL.map(Severity::name)
}

fn problem() -> Value {
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

fn records() -> Value {
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

fn rollups() -> Value {
    let mut field = vec![
        ("count", count("Records where the field is present; of a flag, where it is set. Exact.")),
        ("sum", told("number", "Sum in the field's unit, written exactly.")),
        ("min", maybe("number", "Least value; null without values.")),
        ("max", maybe("number", "Greatest value; null without values.")),
    ];
    for aggregate in [Aggregate::Avg, Aggregate::Rate, Aggregate::P50, Aggregate::P90, Aggregate::P95, Aggregate::P99, Aggregate::Distinct]
    {
        let description = match aggregate {
            Aggregate::Rate => "`count` per second of the row's time.",
            Aggregate::Distinct => "Number of different values, about; null where it is not kept.",
            Aggregate::Avg => "Sum divided by the number of values; null without values.",
            _ => "Percentile in the field's unit, within 1/128 of the value; null where it is not kept.",
        };
        field.push((aggregate.name(), maybe("number", description)));
    }
    let mut row = object(&[
        ("bucket", maybe_time("Start of the bucket; null when the row covers the whole range.")),
        ("side", one_of(&["callee", "caller"], "Whose log the row comes from.")),
        ("records", count("Number of calls (or records, as the monitor says).")),
        ("one_sided", count("Of these, how many are known from one side's span only.")),
        ("fields", map(of("FieldValues"), "By name of the field; a field without values is left out.")),
    ]);
    row["additionalProperties"] = json!({"type": ["string", "null"], "description": "The columns of `by`; null for no value."});
    let bin = object(&[
        ("low", told("number", "Least value, in the field's unit.")),
        ("high", told("number", "First value after.")),
        ("count", count("Number of values.")),
    ]);
    json!({
        "FieldValues": object(&field),
        "RollupRow": row,
        "Completeness": object(&[
            ("bucket", time("Start of the bucket, or of the range.")),
            ("share", share("Share of lines that the numbers stand for.")),
            ("watermark", time("Up to when every active source has been read.")),
            ("expected", count("Sources that were expected to report.")),
            ("reporting", count("Sources that did.")),
            ("parsed", count("Events understood.")),
            ("unparsed", count("Events not understood.")),
            ("late", count("Events that came late.")),
            ("dropped", count("Events lost.")),
        ]),
        "Rollups": object(&[
            ("monitor", maybe("string", "The monitor; null for those of the base dimension.")),
            ("by", list(json!({"type": "string"}), "Columns of the rows.")),
            ("from", time("Start of the first bucket.")),
            ("to", time("End of the last bucket.")),
            ("step", maybe("string", "Length of a bucket, as a duration; null for all in one.")),
            ("step_seconds", maybe("number", "The same in seconds.")),
            ("rows", list(of("RollupRow"), "Ascending by bucket and words.")),
            ("truncated", told("boolean", "Whether there are more rows than `limit`.")),
            ("completeness", list(of("Completeness"), "One per bucket, also where no source reported.")),
            ("scan", of("Scan")),
        ]),
        "Scan": {
            "anyOf": [
                object(&[("records", count("Records that were folded.")), ("complete", told("boolean", "Whether these were all; else the newest."))]),
                {"type": "null"},
            ],
            "description": "How far records were folded for these rows; null where stored rows were read.",
        },
        "Heatmap": object(&[
            ("field", text("The field.")),
            ("unit", maybe("string", "Its unit after UCUM.")),
            ("from", time("Start of the first bucket.")),
            ("to", time("End of the last bucket.")),
            ("step_seconds", told("number", "Length of a bucket.")),
            ("rows", list(object(&[("bucket", time("Start of the bucket.")), ("bins", list(bin, "Ascending; those without values are left out."))]), "Ascending; buckets without values are left out.")),
            ("scan", of("Scan")),
        ]),
    })
}

fn graph() -> Value {
    let states = json!({"type": ["string", "null"], "enum": ["pending", "firing", "resolved", null]});
    let threshold = object(&[
        ("label", text("`field: threshold`.")),
        ("value", maybe("number", "The value over the range, in the field's unit.")),
        ("state", states.clone()),
        ("severity", one_of(&["info", "warning", "critical"], "How much it matters.")),
    ]);
    json!({
        "Node": object(&[
            ("id", text("`module/host`, `module/`, `/host` or `(all)`.")),
            ("module", maybe("string", "The module, if the graph has it on this side.")),
            ("host", maybe("string", "The host, if the graph has it on this side.")),
            ("called", told("boolean", "Whether something calls it.")),
            ("calls", told("boolean", "Whether it calls something.")),
            ("tier", json!({"type": ["string", "null"], "enum": ["front", "back", null], "description": "As configured under `modules:`, else `front` when no other module calls it; null for what is no module."})),
            ("hosts", count("Hosts of the module in the range; 1 for a host, 0 where they are not known.")),
            ("records", count("Calls of it in the range, over all edges of the graph.")),
            ("errors", count("Of these, how many failed.")),
        ]),
        "Edge": object(&[
            ("source", text("Id of the calling node.")),
            ("target", text("Id of the called node.")),
            ("service", maybe("string", "The service, if the graph has it.")),
            ("extra", maybe("string", "Value of the monitor's free column, if it has one.")),
            ("records", count("Number of calls.")),
            ("fields", map(map(json!({"type": "number"}), "By aggregation, in the field's unit."), "By name of the field.")),
            ("thresholds", list(threshold, "Each threshold of the monitor.")),
            ("alert", states),
            ("compare", json!({"anyOf": [of("EdgeComparison"), {"type": "null"}], "description": "Against the other range; null where none is given."})),
        ]),
        "EdgeComparison": object(&[
            ("state", one_of(&crate::comparison::Change::NAMES, "How it changed.")),
            ("records", count("Calls in the other range.")),
            ("fields", map(map(json!({"type": "number"}), "By aggregation, in the field's unit."), "Values in the other range.")),
        ]),
        "Graph": object(&[
            ("monitor", text("The monitor, or `(base)`.")),
            ("by", list(json!({"type": "string"}), "Columns of the graph.")),
            ("from", time("Start of the range.")),
            ("to", time("End of the range.")),
            ("compared", json!({"anyOf": [object(&[("from", time("Start.")), ("to", time("End."))]), {"type": "null"}], "description": "The range compared with, in whole buckets."})),
            ("nodes", list(of("Node"), "Ascending by id; those that an edge of the answer touches.")),
            ("edges", list(of("Edge"), "One per combination.")),
            ("edges_total", count("Edges that `q` means, of which the busiest and those with alerts are given.")),
            ("truncated", told("boolean", "Whether there are more edges than `limit`; the busiest are given.")),
            ("completeness", json!({"anyOf": [of("Completeness"), {"type": "null"}]})),
        ]),
    })
}

fn condition() -> Value {
    let new = object(&[("within", count("How far back \"seen before\" reaches, in ns."))]);
    json!({"oneOf": [
        object(&[("above", told("number", "Exceeded when the value is greater, in the field's unit."))]),
        object(&[("below", told("number", "Exceeded when the value is less, in the field's unit."))]),
        object(&[("new", new)]),
    ]})
}

fn alerts() -> Value {
    let aggregates: Vec<Value> = Aggregate::ALL.iter().map(|aggregate| aggregate.name().into()).chain([Value::Null]).collect();
    let aggregate =
        json!({"type": ["string", "null"], "enum": aggregates, "description": "The aggregation judged; null for `records` and `new`."});
    json!({
        "Condition": condition(),
        "AggregateName": aggregate,
        "Alert": object(&[
            ("id", text("Stable id of the episode.")),
            ("monitor", text("The monitor.")),
            ("dimensions", map(json!({"type": "string"}), "Values of the combination; a missing one is left out.")),
            ("field", text("The field, or `records`.")),
            ("aggregate", of("AggregateName")),
            ("condition", of("Condition")),
            ("state", one_of(&["pending", "firing", "resolved"], "Where it stands.")),
            ("severity", one_of(&["info", "warning", "critical"], "How much it matters.")),
            ("labels", map(json!({"type": "string"}), "Labels of the threshold.")),
            ("value", maybe("number", "The value in the last judged bucket, in the field's unit; null without data.")),
            ("since", time("Start of the first bucket in which it was exceeded.")),
            ("fired", maybe_time("When it began to fire.")),
            ("resolved", maybe_time("When it ended.")),
            ("judged", time("Start of the last judged bucket.")),
            ("complete", share("Share of lines behind the value.")),
            ("no_data", told("boolean", "The last judged bucket had no data: `value` is older.")),
            ("provisional", told("boolean", "Judged on a bucket that is still open.")),
            ("acknowledged", json!({"anyOf": [of("Signature"), {"type": "null"}], "description": "Who looks after it; null for nobody."})),
            ("silenced", maybe("string", "Id of the silence that covers it: one in force now, or when it ended.")),
            ("comments", list(of("Comment"), "Oldest first.")),
        ]),
        "AlertSeries": object(&[
            ("from", time("Start of the first point.")),
            ("to", time("End of the last point.")),
            ("step_seconds", told("number", "Length of a point.")),
            ("threshold", maybe("number", "The limit, in the field's unit; null for `new`.")),
            (
                "points",
                list(
                    object(&[
                        ("bucket", time("Start.")),
                        ("value", maybe("number", "The value, in the field's unit; null without data.")),
                        ("complete", share("Share of lines behind it.")),
                    ]),
                    "Every one of the range.",
                ),
            ),
        ]),
        "Alerts": object(&[("alerts", list(of("Alert"), "Newest `since` first.")), ("truncated", told("boolean", "Whether there are more."))]),
    })
}

fn attention() -> Value {
    let by = || text("Who: whatever they call themselves.");
    let why = || text("Why.");
    let matcher = object(&[
        ("name", text("`monitor`, `severity`, `field`, a column, or a label of a threshold.")),
        ("value", text("The value; empty for none.")),
        ("op", one_of(&["is", "is_not", "matches"], "`matches`: the whole value matches this regular expression.")),
    ]);
    let entry = object(&[
        ("id", count("Ascending with time.")),
        ("at", time("When.")),
        ("by", by()),
        ("action", text("What was done, such as `acknowledge` or `put monitor`.")),
        ("subject", text("To what: id of an alert or silence, name of a document.")),
        ("comment", text("Why, or what was said.")),
    ]);
    json!({
        "Signature": object(&[("by", by()), ("at", time("When.")), ("comment", why())]),
        "Comment": object(&[("id", count("Ascending with time.")), ("by", by()), ("at", time("When.")), ("text", text("What they say."))]),
        "Matcher": matcher,
        "Silence": object(&[
            ("id", text("Its id.")),
            ("matchers", list(of("Matcher"), "All must fit.")),
            ("starts", time("First moment.")),
            ("ends", time("First moment after.")),
            ("by", by()),
            ("comment", why()),
            ("active", told("boolean", "Whether it is in force now.")),
        ]),
        "Silences": object(&[("silences", list(of("Silence"), "Newest first.")), ("truncated", told("boolean", "Whether there are more."))]),
        "SignedBy": object(&[("by", by()), ("comment?", why())]),
        "SignedByAnybody": object(&[("by?", by()), ("comment?", why())]),
        "NewComment": object(&[("by", by()), ("text", text("What there is to say."))]),
        "NewSilence": object(&[
            ("matchers", list(of("Matcher"), "All must fit; at least one.")),
            ("starts?", text("First moment; now without.")),
            ("ends?", text("First moment after, or `for`.")),
            ("for?", text("How long, such as `2h`, or `ends`.")),
            ("by", by()),
            ("comment?", why()),
        ]),
        "Audit": object(&[("entries", list(entry, "Newest first.")), ("next", maybe("string", "`cursor` of the next page; null at the end."))]),
    })
}

fn monitor_changes() -> Value {
    let words = |description: &str| list(json!({"type": "string"}), description);
    let duration = |description: &str| text(description);
    let threshold = object(&[
        ("field?", text("A measured field or `records`; also `p95(elapsed_ms)`. Not needed with `new`.")),
        ("aggregate?", text("The aggregation judged; the field's first one without.")),
        ("above?", told("number", "Exceeded when the value is greater. Exactly one of `above`, `below` and `new`.")),
        ("below?", told("number", "Exceeded when the value is less.")),
        ("new?", object(&[("within", duration("Not seen in this time before, such as `7d`."))])),
        ("for?", duration("How long it must be exceeded, such as `3m`.")),
        ("severity?", one_of(&["info", "warning", "critical"], "How much it matters; `warning` without.")),
        ("labels?", map(json!({"type": "string"}), "Copied to the alert.")),
    ]);
    let limit = json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]});
    let document = object(&[
        ("name", text("Unique name.")),
        ("by", words("Its columns: dimensions, and at most one other.")),
        ("fields?", words("Its fields; all without.")),
        ("where?", map(limit, "Limits by column, `severity` or `kind`; all must hold.")),
        ("thresholds?", list(of("ThresholdDocument"), "Its thresholds.")),
    ]);
    let backfill = object(&[
        ("state", one_of(&["running", "done", "failed"], "`failed`: it could not go on, and tries again.")),
        ("from", time("Time of the oldest record.")),
        ("to", time("Time just after the newest.")),
        ("done", count("Records done.")),
        ("total", count("Records in all.")),
        ("error", maybe("string", "Why it could not go on.")),
    ]);
    let version = object(&[
        ("version", count("Number of the version, from 1.")),
        ("at", time("When.")),
        ("by", text("Who.")),
        ("comment", text("Why.")),
        ("deleted", told("boolean", "Whether this version deleted it.")),
        ("monitor", json!({"anyOf": [of("MonitorDocument"), {"type": "null"}]})),
    ]);
    let episode = object(&[
        ("dimensions", map(json!({"type": "string"}), "Values of the combination.")),
        ("since", time("Start of the first bucket in which it was exceeded.")),
        ("fired", time("When it would have begun to fire.")),
        ("resolved", maybe_time("When it would have ended; null when it would fire still.")),
        ("peak", maybe("number", "The value furthest on the wrong side, in the field's unit.")),
    ]);
    let threshold_preview = object(&[
        ("title", text("As labels show it.")),
        ("field", text("The field, or `records`.")),
        ("aggregate", of("AggregateName")),
        ("condition", of("Condition")),
        ("fired", count("Alerts that would have fired.")),
        ("flaps", count("Of these, those that came back within ten buckets.")),
        ("episodes", list(episode, "The newest of them, newest first.")),
        ("truncated", told("boolean", "Whether there are more.")),
    ]);
    json!({
        "ThresholdDocument": threshold,
        "MonitorDocument": document,
        "Backfill": backfill,
        "NewMonitor": object(&[
            ("monitor", of("MonitorDocument")),
            ("version?", count("The version that was changed; refused with 409 when another change came first.")),
            ("by?", text("Who.")),
            ("comment?", text("Why.")),
        ]),
        "PreviewMonitor": object(&[
            ("monitor", of("MonitorDocument")),
            ("from?", text("First moment; a day before `to` without.")),
            ("to?", text("First moment after; now without.")),
        ]),
        "Preview": object(&[
            ("from", time("Start of the first judged bucket.")),
            ("to", time("End of the last judged bucket.")),
            ("buckets", count("Judged buckets.")),
            ("complete", share("Share of lines behind the numbers.")),
            ("combinations", count("Different combinations of the monitor's columns.")),
            ("records", count("Records that the monitor took.")),
            ("thresholds", list(threshold_preview, "In the order of the monitor.")),
            ("truncated", told("boolean", "Whether less than what was asked for could be judged in time: the newest part.")),
        ]),
        "RestoreMonitor": object(&[("version", count("The version to bring back.")), ("by?", text("Who.")), ("comment?", text("Why."))]),
        "MonitorVersions": object(&[("versions", list(version, "Newest first."))]),
    })
}

fn catalogue() -> Value {
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

fn process() -> Value {
    let reason = object(&[
        ("reason", text("As in `parse_error`.")),
        ("count", count("Events.")),
        ("samples", list(json!({"type": "string"}), "Some of the lines.")),
    ]);
    let source = object(&[
        ("name", text("Name; `input` of its records.")),
        ("files", count("Files known.")),
        ("bytes", count("Bytes read.")),
        ("lag_bytes", count("Bytes written and not read yet.")),
        (
            "lag_seconds",
            maybe(
                "number",
                "How far what was read last is behind now, while something is not read yet; 0 when all is; null while nothing is known.",
            ),
        ),
        ("bytes_per_second", told("number", "Bytes read per second over the last minute.")),
        ("lines_per_second", told("number", "Events per second over the last minute.")),
        ("hosts", list(json!({"type": "string"}), "Hosts that its records name, at most 1,000.")),
        ("parser", of("Parser")),
        ("format", maybe("string", "The format in use; null until one is detected.")),
        (
            "confidence",
            json!({"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "How sure the detection is; null when the format is configured."}),
        ),
        ("parsed", count("Events understood.")),
        ("unparsed_total", count("Events not understood.")),
        ("unparsed", list(reason, "The same by reason.")),
        ("last_record", maybe_time("Event time of the last record.")),
        ("error", maybe("string", "What goes wrong at present.")),
    ]);
    let queue = object(&[
        ("name", text("Between whom.")),
        ("length", count("Entries now.")),
        ("bound", count("Most entries.")),
        ("dropped", count("Entries dropped.")),
    ]);
    let operator = object(&[
        ("name", text("Name.")),
        ("records", count("Records made.")),
        ("open_buckets", count("Open buckets.")),
        ("folded", count("Values and combinations folded.")),
    ]);
    let disk = object(&[
        ("free_bytes", count("Bytes free.")),
        ("total_bytes", count("Bytes in all.")),
        ("used_bytes", count("Bytes that the data directory takes.")),
    ]);
    let memory = object(&[
        ("used_bytes", count("Bytes resident.")),
        (
            "limit_bytes",
            json!({"type": ["integer", "null"], "minimum": 0, "description": "Bytes it may take: the limit of its control group, else those of the machine."}),
        ),
    ]);
    let retention = object(&[
        ("age_seconds", told("number", "Age up to which things are kept.")),
        (
            "size_bytes",
            json!({"type": ["integer", "null"], "minimum": 0, "description": "Bytes up to which they are kept; null for no limit."}),
        ),
    ]);
    let choice = parser_members();
    let mut parser = choice.clone();
    parser.splice(0..0, [("origin", one_of(&["file", "ui"], "Where it was chosen."))]);
    parser.extend([
        ("at", maybe_time("When it was chosen over the API.")),
        ("version", json!({"type": ["integer", "null"], "minimum": 1, "description": "Counts the choices made over the API."})),
    ]);
    let error =
        object(&[("time", time("When it last happened.")), ("message", text("What happened.")), ("count", count("How many times."))]);
    let store = object(&[
        ("open_rows", count("Records that are not durable yet.")),
        ("open_bytes", count("Bytes of memory they take, about.")),
        ("segments", count("Sealed segments.")),
        ("rows", count("Records in them.")),
        ("bytes", count("Bytes of their files.")),
        ("log_bytes", count("Bytes of the write-ahead log.")),
        ("torn_bytes", count("Bytes cut from torn ends when the store was opened.")),
        ("rescaled", count("Partials without percentiles because their field's scale changed.")),
    ]);
    json!({
        "Source": source,
        "Sources": object(&[("sources", list(of("Source"), "In the order of the configuration."))]),
        "Parser": object(&parser),
        "ParserChoice": object(&choice),
        "Upload": object(&[
            ("name", text("Name of the file.")),
            ("offset?", count("Bytes of the file before this piece; 0 without.")),
            ("content", text("The piece.")),
            ("last?", told("boolean", "Whether the file ends with it; an unfinished last line is ended then.")),
        ]),
        "Uploaded": object(&[
            ("name", text("Name under which it is kept, and under which the next piece must come.")),
            ("bytes", count("Bytes so far: `offset` of the next piece.")),
            ("source", text("The source that reads it: `input` of its records.")),
            ("file", text("Path of the file: `file` of its records.")),
        ]),
        "Health": object(&[
            ("verdict", verdict()),
            ("reasons", list(json!({"type": "string"}), "Why it is not `ok`.")),
            ("version", text("Version of the program.")),
            ("started", time("When the process started.")),
            ("queues", list(queue, "Every queue between tasks.")),
            ("operators", list(operator, "Normalising operators.")),
            ("disk", json!({"anyOf": [disk, {"type": "null"}]})),
            ("memory", json!({"anyOf": [memory, {"type": "null"}]})),
            ("records_per_second", told("number", "Events per second that become records, over the last minute.")),
            ("bytes_per_second", told("number", "Bytes read per second, over the last minute.")),
            ("oldest", maybe_time("Time of the oldest stored record.")),
            ("retention", retention),
            ("last_seal", maybe_time("When a segment was last sealed.")),
            ("judge_lag_ms", maybe("integer", "How far judging is behind the watermark, in ms.")),
            ("errors", list(error, "The last errors, newest first.")),
            ("store", store),
        ]),
        "Reloaded": object(&[("path", text("The file.")), ("changes", list(json!({"type": "string"}), "What is different now."))]),
        "Empty": object(&[]),
        "Fault": object(&[("name", text("Name.")), ("description", text("What it does.")), ("on", told("boolean", "Whether it is on."))]),
        "Faults": object(&[("faults", list(of("Fault"), "All faults."))]),
        "FaultSwitch": object(&[("on", told("boolean", "Whether it shall be on."))]),
    })
}

fn parser_members() -> Vec<(&'static str, Value)> {
    let words = json!({"type": "string"});
    vec![
        ("format?", text("A named format, or `auto`.")),
        ("pattern?", text("Text with values in angle brackets.")),
        ("regex?", text("A regular expression with named groups.")),
        ("grok?", text("A grok expression.")),
        ("json?", map(words.clone(), "Value name → dotted path of a JSON member.")),
        ("map?", map(words, "Column or field name → expression.")),
        ("zone?", text("Zone of times that name none (IANA name).")),
        ("by?", text("Who chose it.")),
    ]
}

fn verdict() -> Value {
    one_of(&["ok", "degraded", "starting", "failing"], "All in one word.")
}

fn parsing() -> Value {
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

fn stream() -> Value {
    json!({
        "RollupEvent": object(&[("monitor", text("The monitor.")), ("row", of("RollupRow"))]),
        "Lagged": object(&[
            ("records", count("Records missed; where whole batches were skipped, before filtering.")),
            ("rollups", count("Rollup rows missed.")),
            ("alerts", count("Alerts missed.")),
            ("batches", count("Events skipped unseen because the filters could not keep up; their records are among `records`.")),
        ]),
    })
}

fn probes() -> Value {
    json!({
        "Readiness": object(&[("verdict", verdict()), ("reasons", list(json!({"type": "string"}), "Why it is not `ok`."))]),
        "Document": {"type": "object", "description": "An OpenAPI 3.1 document."},
    })
}
