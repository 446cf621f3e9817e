//! Watched jobs: what `magpie exec` tells of a command that others run.

use serde_json::{Value, json};

use super::{count, list, map, maybe, maybe_count, object, of, one_of, text};

pub(super) fn jobs() -> Value {
    let line = object(&[
        ("time", text("When it was written, RFC 3339.")),
        ("severity?", text("As detected; `info` on stdout and `warn` on stderr without.")),
        ("stream", one_of(&["stdout", "stderr", "magpie"], "Where it was written; `magpie` for what the wrapper says itself.")),
        ("text", text("The line without its end, at most 64 KiB.")),
    ]);
    let expected = object(&[
        ("cron", text("When it should run, a cron expression of 5 or 6 fields.")),
        ("timezone?", text("IANA name of the zone; the configured one without.")),
        ("grace_ms?", count("How late it may come before an alert says that it is missing; 5 minutes without.")),
    ]);
    json!({
        "JobLine": line,
        "JobSchedule": expected,
        "NewJobRun": object(&[
            ("job_id?", text("Made by the caller (UUIDv7), so that telling it twice makes one run; made here without.")),
            ("flow", text("Name of the job: letters, digits, `-`, `_` and `.`.")),
            ("command", list(json!({"type": "string"}), "The command and its arguments, as far as they are to be shown.")),
            ("host", text("Where it runs.")),
            ("application?", text("What it belongs to.")),
            ("region?", text("Where it runs.")),
            ("labels?", map(json!({"type": "string"}), "Labels.")),
            ("schedule?", of("JobSchedule")),
            ("started", text("When it began, RFC 3339.")),
            ("max_attempts?", count("Attempts that its policy allows; 1 without.")),
            ("timeout_ms?", count("How long an attempt may take.")),
        ]),
        "JobStarted": object(&[("job_id", text("Id of the run.")), ("lines", count("Lines known of it: `first` of the next ones."))]),
        "JobLines": object(&[
            ("attempt", count("Attempt that wrote them, from 1.")),
            ("first", count("Lines of the run before these: those that are known already are not taken twice.")),
            ("lines", list(of("JobLine"), "In order, at most 1,000.")),
            ("lost?", count("Lines lost between those before and these.")),
        ]),
        "JobLinesTaken": object(&[("lines", count("Lines known of the run: `first` of the next ones."))]),
        "JobAttempt": object(&[
            ("attempt", count("From 1.")),
            ("status", one_of(&["running", "succeeded", "failed", "timed_out", "cancelled"], "`running` begins an attempt, and is a sign of life.")),
            ("started", text("When it began, RFC 3339.")),
            ("ended?", text("When it ended, RFC 3339.")),
            ("code?", maybe("integer", "Exit code.")),
            ("signal?", maybe_count("Signal that ended it.")),
            ("detail?", text("What went wrong, when it is not the exit code.")),
            ("next_try?", text("When the next attempt begins, RFC 3339; without, this was the last.")),
        ]),
    })
}
