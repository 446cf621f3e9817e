//! What people did about alerts, and who changed what.

use serde_json::{Value, json};

use super::{count, list, maybe, object, of, one_of, text, time, told};

pub(super) fn attention() -> Value {
    let by = || text("Who: whatever they call themselves.");
    let why = || text("Why.");
    let matcher = object(&[
        ("name", text("`monitor`, `severity`, `field`, a column, or a label of a threshold.")),
        ("value", text("The value; empty for none.")),
        ("op", one_of(&["is", "is_not", "matches"], "`matches`: the whole value matches this regular expression.")),
    ]);
    let entry = object(&[
        ("id", count("Ascending with time among those of the same `about`.")),
        ("about", one_of(&["state", "runs"], "`runs`: flows, schedules and runs; `state`: everything else.")),
        ("at", time("When.")),
        ("by", by()),
        ("action", text("What was done, such as `acknowledge`, `put monitor` or `retry run`.")),
        ("subject", text("To what: id of an alert, silence or run, name of a document or flow.")),
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
