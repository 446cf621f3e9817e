//! Schedules: what was due, what became of it, and what is due next.

use serde_json::{Value, json};

use super::{count, flag, list, maybe, maybe_of, maybe_time, object, of, one_of, text, time};
use crate::run_filters::OUTCOMES;

/// `dst forward` or `dst back`, or null.
pub(super) fn shift(description: &str) -> Value {
    json!({"type": ["string", "null"], "enum": ["dst forward", "dst back", null], "description": description})
}

pub(super) fn schedules() -> Value {
    let counts = object(&[
        ("ran", count("Came in time.")),
        ("late", count("Came after their grace.")),
        ("failed", count("Came, and failed for good or were cancelled.")),
        ("missed", count("Did not come.")),
        ("skipped", count("Were left out on purpose: overlap, pause.")),
        ("due", count("Are still to come; counted up to 100,000.")),
    ]);
    json!({
        "DueRow": object(&[
            ("flow", text("The flow.")),
            ("due", time("When it was, or is, due.")),
            ("outcome", one_of(&OUTCOMES, "What became of it; `due`: still to come.")),
            ("reason", maybe("string", "Why, such as `overlap`, `down`, `paused`, `dst`, `age`, `policy`; null where it ran.")),
            ("run", maybe_of("Run", "Its run; null when there is none.")),
            ("shift", shift("How a change of the clock moved it; null when it did not.")),
        ]),
        "DueRows": object(&[
            ("due", list(of("DueRow"), "Newest first.")),
            ("others", list(of("Run"), "Runs of the range that no due time made: by hand, by events. Newest trigger first.")),
            ("truncated", flag("Whether there are more than `limit` of either.")),
        ]),
        "Schedule": object(&[
            ("flow", text("The flow.")),
            ("application", text("What it belongs to; empty for none.")),
            ("kind", one_of(&["flow", "job"], "`job`: something that others run.")),
            ("enabled", flag("Whether triggers start the flow.")),
            ("paused", maybe_of("Pause", "Who paused it; null when nobody did.")),
            ("schedule", of("FlowSchedule")),
            ("next", maybe_time("When it is due next; null when never, or while it is paused.")),
            ("last", maybe_of("DueRow", "What was due last; null when nothing was.")),
            ("counts", counts),
            ("watchdog", maybe_of("WatchdogNote", "What is wrong with it at present; null when nothing is.")),
            ("transitions", list(of("ClockChange"), "The next changes of the clock in its zone, as far as they matter to it.")),
        ]),
        "Schedules": object(&[("schedules", list(of("Schedule"), "By name of the flow."))]),
        "PauseSchedule": object(&[("reason?", text("Why.")), ("by?", text("Who; `(unknown)` without."))]),
    })
}

/// The hours of a calendar.
pub(super) fn hours() -> Value {
    let told = [
        "Came in time, and succeeded.",
        "Came after their grace, and succeeded.",
        "Were left out on purpose.",
        "Did not come.",
        "Passed while the schedule was paused.",
        "Are still to come.",
        "Came, and have not ended.",
        "Came, failed, and are tried again.",
        "Came, and failed for good.",
        "Came, and were ended by a person.",
    ];
    let mut hour = vec![("hour", time("Start of the hour."))];
    hour.extend(OUTCOMES.into_iter().zip(told).map(|(name, told)| (name, count(told))));
    let others = object(&[
        ("succeeded", count("Ended well.")),
        ("failed", count("Failed or timed out for good.")),
        ("other", count("Were cancelled, or have not ended.")),
    ]);
    // Runs that no due time made: by hand, by an event, by a call; counted by when they were triggered.
    hour.push(("others", others));
    json!({
        "ScheduleHours": object(&[
            ("from", time("Start of the range.")),
            ("to", time("End of the range.")),
            ("zone", text("The zone whose hours these are.")),
            ("flows", list(of("FlowHours"), "By name.")),
        ]),
        "FlowHours": object(&[
            ("flow", text("The flow.")),
            ("application", text("What it belongs to; empty for none.")),
            ("kind", one_of(&["flow", "job"], "`job`: something that others run.")),
            ("hours", list(of("HourTally"), "Ascending; an hour in which nothing was due or ran is left out.")),
        ]),
        "HourTally": object(&hour),
    })
}
