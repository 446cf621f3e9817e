//! Steps of a run with their data, and what a retry would do.

use serde_json::{Value, json};

use super::{anything, count, flag, list, maybe, maybe_of, maybe_time, object, of, one_of, signed, text, words};

pub(super) fn steps() -> Value {
    let step = object(&[
        ("pointer", text("JSON pointer of the task in the definition.")),
        ("iteration", text("Counters of the loops around it; empty outside of all.")),
        ("attempt", count("Attempt of the run, from 1.")),
        ("name", text("Name of the task.")),
        ("kind", text("Keyword of the task: `call`, `set` ...")),
        ("depth", count("Tasks around it.")),
        ("parent", maybe("string", "Pointer of the task around it; null for one at the top.")),
        (
            "status",
            one_of(
                &["running", "succeeded", "skipped", "failed", "cancelled", "unreached"],
                "`cancelled`: what it was part of ended first: its run was cancelled, its attempt took too long, or another branch was faster. \
                 `unreached`: the last attempt did not come so far.",
            ),
        ),
        ("started", maybe_time("When it began; null when it was not reached.")),
        ("ended", maybe_time("When it ended; null while it has not.")),
        ("duration_ms", maybe("number", "From `started` to `ended`; null until then.")),
        ("operation", maybe("string", "What its component did, such as `GET`; null where that is nothing.")),
        ("target", maybe("string", "Host that it called; null when it called none.")),
        ("target_module", maybe("string", "Module that it called; null when it is not known.")),
        ("fault", maybe_of("RunFault", "What it failed with; null when it did not.")),
    ]);
    json!({
        "Step": step,
        "Steps": object(&[("steps", list(of("Step"), "Of all attempts, by attempt and in the order in which they began; then those of the last attempt that were not reached."))]),
        "StepData": object(&[
            ("input", anything("What it was given, after its filter, redacted.")),
            ("output", anything("What it gave, redacted; null when it did not end well.")),
            ("error", maybe_of("RunFault", "What it failed with; null when it did not.")),
            ("context", anything("The context after it, redacted; null when it exported nothing.")),
            ("input_cut", flag("Whether `input` is shortened.")),
            ("output_cut", flag("Whether `output` is shortened.")),
            ("redacted", words("JSON pointers of what is hidden, below `/input`, `/output` and `/context`.")),
        ]),
    })
}

pub(super) fn retries() -> Value {
    let step = object(&[
        ("pointer", text("JSON pointer of the step.")),
        ("iteration", text("Counters of the loops around it; empty outside of all.")),
        ("name", text("Its name.")),
        ("again", flag("Whether it would run again; else what it gave is taken over.")),
        ("doubtful", flag("Whether it was interrupted and could do something twice.")),
        ("effect", one_of(&["pure", "repeatable", "unsafe"], "Whether it touches nothing outside, may be repeated, or should not be.")),
    ]);
    let version = || one_of(&["same", "newest"], "The definition that failed, or the published one; `same` without.");
    let from = || text("`start`, `failed`, or the JSON pointer of a step, with `@` and its iteration behind it inside of loops.");
    let done = object(&[
        ("job_id", text("The run.")),
        ("ok", flag("Whether it was done.")),
        ("problem", maybe_of("Notice", "Why not; null when it was.")),
    ]);
    json!({
        "RetryStep": step,
        "RetryPreview": object(&[
            ("steps", list(of("RetryStep"), "In the order of the definition.")),
            ("warnings", list(of("Notice"), "What to think of before.")),
            ("firing", words("Ids of alerts that fire now on a module that the run calls.")),
        ]),
        "Retry": signed(vec![
            ("from", from()),
            ("input?", anything("What it shall be given instead; only from the start.")),
            ("version?", version()),
        ]),
        "RetryMany": signed(vec![("job_ids", words("The runs, at most 1,000.")), ("from", from()), ("version?", version())]),
        "WaiveMany": object(&[
            ("job_ids", words("The runs, at most 1,000.")),
            ("reason", text("Why.")),
            ("by?", text("Who; `(unknown)` without.")),
        ]),
        "ManyDone": object(&[("results", list(done, "One for each run, in the order asked."))]),
        "CloudEvent": json!({
            "type": "object",
            "required": ["specversion", "id", "source", "type"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": text("Its id: the same of the same source is heard once."),
                "source": text("URI of what sent it."),
                "type": text("What happened."),
                "time": text("When, as RFC 3339."),
                "subject": text("About what."),
                "datacontenttype": text("Media type of `data`; only JSON is read."),
                "data": anything("The event itself."),
            },
            "additionalProperties": true,
            "description": "A CloudEvent 1.0 in structured JSON.",
        }),
        "EventHeard": object(&[
            ("event_id", text("Id of the event.")),
            ("triggered", words("Job ids of the runs that it started.")),
            ("heard", count("Waiting runs that heard it.")),
        ]),
        "AnyInput": json!({"description": "Any JSON value: the input of the run."}),
    })
}
