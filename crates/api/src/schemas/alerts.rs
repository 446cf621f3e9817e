//! Alerts and their values over time.

use magpie_model::Aggregate;
use serde_json::{Value, json};

use super::{count, list, map, maybe, maybe_time, object, of, one_of, share, text, time, told};

pub(super) fn alerts() -> Value {
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

fn condition() -> Value {
    let new = object(&[("within", count("How far back \"seen before\" reaches, in ns."))]);
    json!({"oneOf": [
        object(&[("above", told("number", "Exceeded when the value is greater, in the field's unit."))]),
        object(&[("below", told("number", "Exceeded when the value is less, in the field's unit."))]),
        object(&[("new", new)]),
    ]})
}
