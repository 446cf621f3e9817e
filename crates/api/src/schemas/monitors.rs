//! Monitors as they are written over the API.

use serde_json::{Value, json};

use super::{count, list, map, maybe, maybe_time, object, of, one_of, share, text, time, told};

pub(super) fn monitor_changes() -> Value {
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
            ("folded", told("boolean", "Whether records had to be folded again, because no stored rows tell what is judged.")),
        ]),
        "RestoreMonitor": object(&[("version", count("The version to bring back.")), ("by?", text("Who.")), ("comment?", text("Why."))]),
        "MonitorVersions": object(&[("versions", list(version, "Newest first."))]),
    })
}
