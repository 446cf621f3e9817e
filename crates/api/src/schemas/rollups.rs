//! Rollup rows, and how complete they are.

use magpie_model::Aggregate;
use serde_json::{Value, json};

use super::{count, list, map, maybe, maybe_time, object, of, one_of, share, text, time, told};

pub(super) fn rollups() -> Value {
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
            ("from_agent", count("Events that came as counts of an agent, of those understood or not.")),
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
