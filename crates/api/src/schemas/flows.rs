//! Flows: definitions as they are listed, checked, drawn and versioned.

use serde_json::{Value, json};

use super::schedules::shift;
use super::{count, flag, list, map, maybe, maybe_count, maybe_of, maybe_time, object, of, one_of, signed, text, time, told};

/// The members of a flow, which its details have too.
fn members() -> Vec<(&'static str, Value)> {
    vec![
        ("flow", text("`namespace.name`, or the name that a watched job was given.")),
        ("namespace", text("`document.namespace`; empty for a job.")),
        ("name", text("`document.name`.")),
        ("title", maybe("string", "`document.title`.")),
        ("summary", maybe("string", "`document.summary`.")),
        ("kind", one_of(&["flow", "job"], "`job`: something that others run and `magpie exec` tells of.")),
        ("application", text("What it belongs to; empty for none.")),
        ("region", text("Where it runs; empty for none.")),
        ("labels", map(json!({"type": "string"}), "Labels from `document.metadata`.")),
        ("version", text("`document.version` of the published definition, else of the newest; empty for a job.")),
        ("revision", count("The newest save, from 1; 0 for a job.")),
        ("published", maybe_count("The save that triggers use; null when none is published.")),
        ("draft", maybe_count("The newest save, when it is not the published one; else null.")),
        ("enabled", flag("Whether triggers start it.")),
        ("paused", maybe_of("Pause", "Who paused its schedule; null when nobody did.")),
        ("origin", one_of(&["folder", "api", "exec"], "A file of the watched folder, saved over this API, or told by `magpie exec`.")),
        ("file", maybe("string", "The file; null when it is none.")),
        ("schedule", maybe_of("FlowSchedule", "When it runs by itself; null when it does not.")),
        ("triggers", list(one_of(&["schedule", "event", "manual", "webhook", "exec"], "What can start it."), "What can start it.")),
        ("problem", maybe_of("PublishProblem", "Why the newest save could not be published; null when it could, or nobody tried.")),
        ("last_run", maybe_of("Run", "Its newest run; null without any.")),
        ("concurrency", count("Most runs at once.")),
        ("overlap", one_of(&["skip", "queue", "replace", "allow"], "What becomes of a trigger while another run has not ended.")),
        ("usual_ms", maybe("number", "95 of 100 past successes took no longer; null while nothing is known.")),
        ("watchdog", maybe_of("WatchdogNote", "What its watchdog says; null while all is well.")),
        ("grace_ms", maybe_count("Of an expected job: how late a run may come; null where nobody said it.")),
        ("enabled_at", time("Since when it is enabled; intervals count from here.")),
    ]
}

pub(super) fn flows() -> Value {
    let mut detail = members();
    detail.extend([
        (
            "source",
            maybe("string", "The newest save as it was written, or the file that could not be published (`problem`); null for a job."),
        ),
        ("published_source", maybe("string", "The published definition as it was written; null when none is.")),
        ("diagram", maybe_of("Diagram", "Of the newest save; null when it cannot be read.")),
    ]);
    let schedule = object(&[
        ("kind", one_of(&["cron", "every", "after", "on"], "Which form of schedule it is.")),
        ("text", text("As it was written.")),
        ("timezone", text("IANA name of the zone it is meant in.")),
        ("next", maybe_time("When it is due next; null when never, and for `on`.")),
    ]);
    let problem = object(&[
        ("line", count("Line of the document, from 1; 0 for the whole.")),
        ("column", maybe_count("Character of the line, from 1.")),
        ("pointer", text("JSON pointer of the place; empty for the whole.")),
        ("message", text("What is wrong, and what to write instead.")),
        (
            "severity",
            one_of(
                &["error", "unsupported"],
                "`unsupported`: it is valid, but asks for what this Magpie does not do; it can be saved, but not published.",
            ),
        ),
        ("code?", of("Code")),
        ("values?", map(json!({"type": "string"}), "What stands in the message, by name.")),
    ]);
    let node = object(&[
        ("id", text("JSON pointer of the task, `start` or `end`.")),
        ("name", text("Name of the task.")),
        ("kind", text("Keyword of the task, `start` or `end`.")),
        ("parent", maybe("string", "Id of the task around it; null for one at the top.")),
    ]);
    let edge = object(&[
        ("from", text("Id of a node.")),
        ("to", text("Id of a node.")),
        ("label", maybe("string", "When it is taken; null for always.")),
    ]);
    json!({
        "Flow": object(&members()),
        "FlowDetail": object(&detail),
        "Flows": object(&[("flows", list(of("Flow"), "By name."))]),
        "FlowSchedule": schedule,
        "FlowProblem": problem,
        "PublishProblem": object(&[("line", count("Line of the document, from 1; 0 for the whole.")), ("message", text("What is wrong, and what to write instead.")), ("code?", of("Code")), ("values?", map(json!({"type": "string"}), "What stands in it, by name."))]),
        "Pause": object(&[("by", text("Who.")), ("at", time("When.")), ("reason", text("Why; may be empty."))]),
        "WatchdogNote": object(&[
            (
                "reason",
                one_of(
                    &["not_started", "no_next", "missed", "too_long"],
                    "`not_started`: a run was due and has not started within its grace. `no_next`: an enabled schedule has no next due time. \
                     `missed`: a due time was missed. `too_long`: a run works for longer than it may.",
                ),
            ),
            ("at", time("The due time, the start of the run, or since when there is no due time.")),
            ("limit_ms", told("number", "How long it may be: the grace time, or the longest time of a run.")),
            ("text", text("The same in English.")),
        ]),
        "Diagram": object(&[("nodes", list(node, "Tasks, and `start` and `end`.")), ("edges", list(edge, "What follows what."))]),
        "FlowVersion": object(&version()),
        "FlowVersions": object(&[("versions", list(of("FlowVersion"), "Newest first."))]),
        "FlowVersionSource": object(&[version(), vec![("source", text("As it was written."))]].concat()),
    })
}

fn version() -> Vec<(&'static str, Value)> {
    vec![
        ("revision", count("Number of the save, from 1.")),
        ("version", text("`document.version`; empty when the document cannot be read.")),
        ("by", text("Who saved it; `magpie` for a file of the watched folder.")),
        ("at", time("When.")),
        ("comment", text("Why.")),
        ("published_at", maybe_time("When it was last published; null when never.")),
        ("live", flag("Whether triggers use it.")),
    ]
}

pub(super) fn flow_changes() -> Value {
    let publish = || flag("Whether to publish it too; a draft without.");
    json!({
        "NewFlow": signed(vec![("source", text("The document, YAML or JSON.")), ("publish?", publish())]),
        "PutFlow": signed(vec![
            ("source", text("The document, YAML or JSON.")),
            ("expected?", count("The newest save when it was read; refused with 409 when another change came first.")),
            ("publish?", publish()),
        ]),
        "FlowSource": object(&[("source", text("The document, YAML or JSON."))]),
        "Publish": signed(vec![("revision?", count("The save to publish; the newest without."))]),
        "Enable": object(&[
            ("enabled", flag("Whether triggers shall start it.")),
            ("reason?", text("Why.")),
            ("by?", text("Who; `(unknown)` without.")),
        ]),
        "FlowValidation": object(&[
            ("valid", flag("Whether it could be published.")),
            ("problems", list(of("FlowProblem"), "In the order of the document.")),
            ("flow", maybe("string", "`namespace.name`; null when the document does not say.")),
            ("diagram", maybe_of("Diagram", "Null when it cannot be read.")),
            (
                "due",
                list(object(&[("due", time("When.")), ("shift", shift("How a change of the clock moves it; null when it does not."))]), "The next five times; none without a schedule."),
            ),
            ("transitions", list(of("ClockChange"), "The next changes of the clock in its zone, as far as they matter to it.")),
        ]),
        "ClockChange": object(&[
            ("at", time("When.")),
            ("before", told("integer", "Offset from UTC before, in seconds.")),
            ("after", told("integer", "Offset from UTC after, in seconds.")),
        ]),
        "FlowSchema": json!({"type": "object", "description": "A JSON Schema of flow documents, with Magpie's connectors as functions."}),
        "DeletedFlow": object(&[("flow", text("The flow that was deleted; its versions and runs stay."))]),
    })
}
