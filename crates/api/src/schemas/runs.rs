//! Runs: one as it is shown, many as they are counted, and what they logged.

use serde_json::{Value, json};

use super::{anything, count, flag, list, map, maybe, maybe_of, maybe_time, object, of, one_of, signed, text, time, told, words};
use crate::run_filters::{STATUSES, TRIGGERS};

/// The members of a run, which its details have too.
fn members() -> Vec<(&'static str, Value)> {
    vec![
        ("job_id", job_id()),
        ("flow", text("`namespace.name` of the flow, or the name that a watched job was given.")),
        ("application", text("What the flow belongs to; empty for none.")),
        ("region", text("Where it runs; empty for none.")),
        ("version", text("`document.version` of the definition that is run; empty for a job.")),
        ("revision", count("The save of the definition that is run, from 1; 0 for a job.")),
        ("kind", one_of(&["flow", "job"], "`job`: something that others run and `magpie exec` tells of.")),
        ("status", of("RunStatus")),
        ("attempt", count("The attempt that runs or ran last; 0 before the first.")),
        ("trigger", of("RunTrigger")),
        ("queued", time("When it was triggered.")),
        ("started", maybe_time("When its first attempt began; null before.")),
        ("ended", maybe_time("When it ended; null while it has not.")),
        ("idle_ms", told("number", "How long it had ended before people retried it.")),
        ("duration_ms", maybe("number", "From `started` to `ended`, without `idle_ms`; null until then.")),
        ("next_try", maybe_time("When it is tried again by itself; null when it is not.")),
        ("step", maybe_of("StepName", "The step that runs, or that the last attempt ended in; null for none.")),
        ("fault", maybe_of("RunFault", "What the last attempt failed with; null when it did not.")),
        ("first_try", flag("Whether it succeeded with its first attempt.")),
        ("retries", count("Attempts that were made by themselves after a failure.")),
        ("by_hand", flag("Whether a person retried it.")),
        ("open", flag("Whether it failed for good and nobody has retried it with success or waived it.")),
        ("waived", maybe_of("Waiver", "Who gave it up, and why; null when nobody did.")),
        ("doubtful", maybe_of("DoubtfulStep", "An interrupted step that could do something twice: a person decides; null for none.")),
        ("late", flag("Whether it started later after its due time than the grace of its flow.")),
        ("usual_ms", maybe("number", "95 of 100 past successes of the flow took no longer; null while nothing is known.")),
    ]
}

fn job_id() -> Value {
    json!({"type": "string", "format": "uuid", "description": "Id of the run, ascending with its trigger (UUIDv7)."})
}

pub(super) fn runs() -> Value {
    let mut detail = members();
    detail.extend([
        ("input", anything("What it was given, redacted.")),
        ("output", anything("What it gave, redacted; null until it succeeds.")),
        ("input_cut", flag("Whether `input` is shortened: the stored one is whole.")),
        (
            "input_redacted",
            words("JSON pointers of what is hidden in `input`. A retry with an edited input keeps it where it still says `(hidden)`."),
        ),
        ("output_cut", flag("Whether `output` is shortened.")),
        ("labels", map(json!({"type": "string"}), "Labels of its flow.")),
        ("attempts", list(of("RunAttempt"), "In order.")),
        ("earlier", list(of("Run"), "The runs of the flow before it, newest first, at most ten.")),
        ("kept", flag("Whether its whole input is still kept, so that it can be retried as it was.")),
        ("trace_id", text("W3C trace id that its calls carry.")),
        ("diagram", maybe_of("Diagram", "Of the definition that was run; null for a job.")),
    ]);
    let attempt = object(&[
        ("attempt", count("From 1.")),
        ("started", time("When it began.")),
        ("ended", maybe_time("When it ended; null while it has not.")),
        ("status", of("RunStatus")),
        ("fault", maybe_of("RunFault", "What it failed with; null when it did not.")),
    ]);
    let logged = object(&[
        ("status", of("RunStatus")),
        ("attempt", count("The attempt that stands for the run.")),
        ("attempts", count("Attempts so far.")),
    ]);
    json!({
        "RunStatus": one_of(&STATUSES, "Where a run stands."),
        "RunTrigger": object(&[
            ("kind", one_of(&TRIGGERS, "What started it.")),
            ("by", maybe("string", "Who or what: a person, the id of an event, the job id of a calling run; null when that is not known.")),
            ("due", maybe_time("When it was due, of a schedule; null for others.")),
        ]),
        "StepName": object(&[("pointer", text("JSON pointer of the step in the definition.")), ("name", text("Its name."))]),
        "RunFault": object(&[
            ("type", text("URI of the kind of error.")),
            ("title", maybe("string", "The kind in words.")),
            ("detail", maybe("string", "What happened.")),
            ("status", told("integer", "HTTP status, or one like it.")),
            ("pointer", text("JSON pointer of the step; empty when it was none.")),
        ]),
        "Waiver": object(&[("reason", text("Why.")), ("by", text("Who.")), ("at", time("When."))]),
        "DoubtfulStep": object(&[("pointer", text("JSON pointer of the step.")), ("iteration", text("Counters of the loops around it; empty outside of all."))]),
        "Run": object(&members()),
        "RunDetail": object(&detail),
        "RunAttempt": attempt,
        "Runs": object(&[
            ("runs", list(of("Run"), "Newest first.")),
            ("next", maybe("string", "`cursor` of the next page; null at the end.")),
            ("total", count("Runs that the filters mean, on all pages.")),
            ("waiting", list(of("Run"), "Triggered while the store of runs was away, and not in it yet; on every page, and not in `total`.")),
        ]),
        "LoggedRun": logged,
        "RunLogs": object(&[
            ("records", list(of("Record"), "Newest first.")),
            ("next", maybe("string", "`cursor` of the next page; null at the end.")),
            ("runs", map(of("LoggedRun"), "The runs of these records as they stand now, by job id; one that is not known any more is left out.")),
            ("folded", count("Records of superseded attempts that the filters mean and that are left out.")),
        ]),
        "NewRun": signed(vec![
            ("input?", anything("What it is given; an empty object without.")),
            ("revision?", count("The save of the definition to run; the published one without.")),
        ]),
        "StartedRun": object(&[("job_id", job_id()), ("run", of("Run"))]),
        "Waive": object(&[("reason", text("Why.")), ("by?", text("Who; `(unknown)` without."))]),
    })
}

/// The members of a tally, which each flow of the overview has too.
fn tally() -> Vec<(&'static str, Value)> {
    vec![
        ("runs", count("Runs that were triggered.")),
        ("succeeded", count("Runs that ended well, whichever attempt it was.")),
        ("failed", count("Runs that failed or timed out for good.")),
        ("cancelled", count("Runs that a person ended.")),
        ("active", count("Runs that have not ended.")),
        ("first_try", count("Runs that succeeded with their first attempt.")),
        ("retried", count("Runs that succeeded after a retry.")),
        ("retries", count("Attempts that were made by themselves after a failure.")),
        ("open", count("Failed runs that nobody has retried with success or waived.")),
        ("avg_ms", maybe("number", "Average time of the successes; null without any.")),
        ("p95_ms", maybe("number", "95 of 100 successes took no longer; null without any.")),
    ]
}

pub(super) fn overview() -> Value {
    let mut flow = tally();
    flow.extend([
        ("flow", text("The flow.")),
        ("application", text("What it belongs to; empty for none.")),
        ("kind", one_of(&["flow", "job"], "`job`: something that others run.")),
        ("last", maybe_of("Run", "Its newest run, whatever the range; null without any.")),
        ("days", list(of("DayTally"), "The last seven days, whatever the range, oldest first.")),
        ("usual_ms", maybe("number", "95 of 100 past successes took no longer; null while nothing is known.")),
    ]);
    let ended = || {
        vec![
            ("succeeded", count("Runs that ended well.")),
            ("failed", count("Runs that failed or timed out for good.")),
            ("other", count("Runs that were cancelled, or have not ended.")),
        ]
    };
    let mut day = ended();
    day.insert(0, ("day", time("Start of the day in `zone`.")));
    let mut bar = ended();
    bar.insert(0, ("bucket", time("Start of the bar.")));
    bar.push(("first_try", count("Of the runs that ended well, those that did with their first attempt.")));
    bar.push(("avg_ms", maybe("number", "Average time of the successes; null without any.")));
    json!({
        "Tally": object(&tally()),
        "FlowTally": object(&flow),
        "DayTally": object(&day),
        "TrendBar": object(&bar),
        "FailureGroup": object(&[
            ("newest", of("Run")),
            ("count", count("Runs that failed alike: of the same flow, in the same step, with the same kind of error and status.")),
            ("first", time("When the first of them failed.")),
            ("last", time("When the last of them, `newest`, failed.")),
            ("since", time("When the oldest of them was triggered.")),
        ]),
        "Failures": object(&[
            ("groups", list(of("FailureGroup"), "What failed last first.")),
            ("total", count("Groups that the filters mean.")),
            ("runs", count("Runs in all of them.")),
        ]),
        "RunOverview": object(&[
            ("from", time("Start of the range.")),
            ("to", time("End of the range.")),
            ("step_seconds", told("number", "Length of a bar of the trend.")),
            ("total", of("Tally")),
            ("flows", list(of("FlowTally"), "By id.")),
            ("trend", list(of("TrendBar"), "Every bar of the range, ascending; of a range with too many, those with runs.")),
            ("running", list(of("Run"), "Runs that have not ended, of any time, oldest first, at most 50.")),
            ("running_total", count("Runs that have not ended.")),
            ("running_since", maybe("string", "When the oldest of them was triggered; null without any.")),
            ("open", list(of("FailureGroup"), "The failure inbox, of any time, at most 50 groups, what failed last first.")),
            ("open_groups", count("Groups in the inbox.")),
            ("open_total", count("Runs in the inbox.")),
            ("open_since", maybe("string", "When the oldest of them was triggered; null without any.")),
            ("applications", words("Applications of flows and runs, by name.")),
            ("newest_application", maybe("string", "The one with the newest run; null without any.")),
        ]),
    })
}
