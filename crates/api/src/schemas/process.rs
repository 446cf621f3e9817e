//! The process in figures: sources, health, uploads, faults of a demo.

use serde_json::{Value, json};

use super::{count, list, map, maybe, maybe_count, maybe_of, maybe_time, object, of, one_of, text, time, told};

/// Sources, how they are read, and files handed over by upload.
pub(super) fn sources() -> Value {
    let choice = parser_members();
    let mut parser = choice.clone();
    parser.splice(0..0, [("origin", one_of(&["file", "ui"], "Where it was chosen."))]);
    parser.extend([
        ("at", maybe_time("When it was chosen over the API.")),
        ("version", json!({"type": ["integer", "null"], "minimum": 1, "description": "Counts the choices made over the API."})),
    ]);
    json!({
        "Source": source(),
        "Received": received(),
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
    })
}

fn source() -> Value {
    let reason = object(&[
        ("reason", text("As in `parse_error`.")),
        ("count", count("Events.")),
        ("samples", list(json!({"type": "string"}), "Some of the lines.")),
    ]);
    let delay = object(&[
        ("p50_ms", told("number", "From the time that a line tells to its being in answers, over the last five minutes: median, in ms.")),
        ("p99_ms", told("number", "99 of 100 lines took no longer.")),
    ]);
    object(&[
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
        ("delay", json!({"anyOf": [delay, {"type": "null"}]})),
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
        ("received", maybe_of("Received", "What came from others; null where nobody can send to it.")),
        ("error", maybe("string", "What goes wrong at present.")),
    ])
}

/// How the process is.
pub(super) fn health() -> Value {
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
    let error = object(&[
        ("time", time("When it last happened.")),
        ("message", text("What happened, in English.")),
        ("code", of("Code")),
        ("values", map(json!({"type": "string"}), "What stands in it, by name.")),
        ("count", count("How many times.")),
    ]);
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
        "Health": object(&[
            ("verdict", verdict()),
            ("reasons", list(of("Notice"), "Why it is not `ok`.")),
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
    })
}

/// Reloading, and the faults of a demo.
pub(super) fn process() -> Value {
    json!({
        "Reloaded": object(&[("path", text("The file.")), ("changes", list(json!({"type": "string"}), "What is different now."))]),
        "Empty": object(&[]),
        "Fault": object(&[("name", text("Name.")), ("description", text("What it does.")), ("on", told("boolean", "Whether it is on."))]),
        "Faults": object(&[("faults", list(of("Fault"), "All faults."))]),
        "FaultSwitch": object(&[("on", told("boolean", "Whether it shall be on."))]),
    })
}

fn received() -> Value {
    let refused = object(&[
        (
            "reason",
            text(
                "`busy`, `unavailable`, `malformed`, `slow`, `too_large`, `head_too_large`, `connections`, `handshake`, `no_token` and so on.",
            ),
        ),
        ("count", count("Requests or connections.")),
    ]);
    object(&[
        ("connections", count("Open now.")),
        ("accepted", count("Requests, datagrams that came together, and reads of connections that were kept.")),
        ("refused", list(refused, "What was refused, and its sender told, by reason.")),
        ("rejected", count("Spans and log records within accepted requests that can be joined to nothing: told as partial success.")),
        ("waited", count("Reads of connections whose sender had to wait.")),
        ("dropped", count("Messages that are lost because there was no room: their senders cannot be told.")),
        ("dropped_by_kernel", maybe_count("Datagrams that the kernel dropped; null without a port for them, or where it cannot be known.")),
        ("gaps", count("Gaps that agents told of: lines that were gone before they could be read.")),
        ("gap_bytes", count("Bytes of the gaps.")),
    ])
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

pub(super) fn verdict() -> Value {
    one_of(&["ok", "degraded", "starting", "failing"], "All in one word.")
}
