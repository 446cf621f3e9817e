//! Blocks of lines that servers of companies write: Db2's diagnostic log, IBM MQ's error log; and the requests of Rails.
//!
//! Sources: ibm.com/docs, "Interpreting diagnostic log file entries" (Db2) and "Error logs on AIX, Linux, and Windows" (MQ);
//! guides.rubyonrails.org, "Debugging Rails Applications". What begins and joins such blocks is told in `blocks`.

use super::extra;
use super::keys::{COMPONENT, ELAPSED_S, HOST, MESSAGE, METHOD, PATH, PID, SEVERITY, SOURCE, STATUS, TIME};
use super::tokens::{is_decimal, is_digits};
use crate::normalise::time::scan;
use crate::normalise::values::{Value, Values};

/// `2026-11-22-10.15.03.250000+480 I1A1423            LEVEL: Event`: the time, the id of the record and the level.
pub(super) fn db2_head(line: &str) -> Option<(&str, &str, &str)> {
    let (time, rest) = line.split_once(' ')?;
    let (id, level) = rest.split_once(" LEVEL: ")?;
    let is_time = time.len() > 26 && time.as_bytes()[10] == b'-' && time.as_bytes()[13] == b'.';
    is_time.then_some((time, id.trim(), level.trim()))
}

pub(super) fn db2<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (head, rest) = event.split_once('\n').unwrap_or((event, ""));
    let (time, id, level) = db2_head(head)?;
    values.text(TIME, time);
    extra("record", id, values);
    values.text(SEVERITY, if level == "Event" { "info" } else { level });
    for line in rest.lines() {
        for (key, slot) in [("PID     : ", PID), ("HOSTNAME: ", HOST)] {
            if let Some(value) = after(line, key) {
                values.text(slot, value);
            }
        }
        if let Some(database) = after(line, "DB   : ") {
            extra("db", database, values);
        }
        if let Some(function) = line.strip_prefix("FUNCTION: ") {
            // Product, component, function and probe.
            values.text(COMPONENT, function.split(", ").nth(1).unwrap_or(function));
        }
    }
    values.text(MESSAGE, rest.split_once("MESSAGE : ").map_or(rest, |(_, message)| message).trim_end());
    Some(())
}

/// The word behind a key, wherever in the line that is.
fn after<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let value = line.get(line.find(key)? + key.len()..)?;
    value.split(' ').next().filter(|value| !value.is_empty())
}

/// `11/22/26 10:15:03 - Process(1234.1) User(mqm) Program(amqzxma0)`: the time.
pub(super) fn mq_head(line: &str) -> Option<&str> {
    let (time, _) = line.split_once(" - Process(")?;
    scan(time).filter(|(range, _)| *range == (0..time.len())).map(|_| time)
}

pub(super) fn mq<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let time = mq_head(event.lines().next()?)?;
    let (head, text) = event.split_once("\nAMQ")?;
    let text = event.get(event.len() - text.len() - "AMQ".len()..)?;
    let (id, _) = text.split_once(':')?;
    // Newer ones say it by a letter behind the number.
    let level = match id.chars().last()? {
        'W' => "warn",
        'E' | 'S' => "error",
        'T' => "fatal",
        _ => "info",
    };
    let inserted = |name: &str| head.get(head.find(name)? + name.len()..)?.split(')').next().filter(|value| !value.is_empty());
    values.text(TIME, inserted(" Time(").unwrap_or(time));
    values.text(SEVERITY, level);
    for (slot, name) in [(COMPONENT, " Program("), (HOST, " Host("), (PID, "Process("), (SOURCE, " RemoteHost(")] {
        if let Some(value) = inserted(name) {
            values.text(slot, value);
        }
    }
    extra("message_id", id, values);
    extra("queue_manager", inserted(" QMgr(").unwrap_or_default(), values);
    let end = text.rfind("\n-----").unwrap_or(text.len());
    values.text(MESSAGE, text.get(..end)?.trim_end());
    Some(())
}

/// `Started GET "/item/12" for 10.0.3.17 at 2026-11-22 10:15:03 +0800`: method, path, client and time.
pub(super) fn rails_head(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (method, rest) = line.strip_prefix("Started ")?.split_once(" \"")?;
    let (path, rest) = rest.split_once("\" for ")?;
    let (client, time) = rest.split_once(" at ")?;
    scan(time).filter(|(range, form)| range.start == 0 && form.is_dated())?;
    Some((method, path, client, time.trim_end()))
}

pub(super) fn rails<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (method, path, client, time) = rails_head(event.lines().next()?)?;
    for (slot, piece) in [(METHOD, method), (PATH, path), (SOURCE, client), (TIME, time)] {
        values.text(slot, piece);
    }
    for line in event.lines() {
        if let Some(action) = line.strip_prefix("Processing by ") {
            values.text(COMPONENT, action.split(' ').next()?);
        } else if let Some(completed) = line.strip_prefix("Completed ") {
            let status = completed.split(' ').next().filter(|status| is_digits(status))?;
            values.text(STATUS, status);
            let elapsed = completed.split_once(" in ").and_then(|(_, rest)| rest.split("ms").next());
            if let Some(elapsed) = elapsed.filter(|elapsed| is_decimal(elapsed)) {
                values.text(ELAPSED_S + 1, elapsed);
            }
        }
    }
    values.set(MESSAGE, Value::Text(event.trim_end()));
    Some(())
}

/// `=ERROR REPORT==== 22-Nov-2026::10:15:03 ===`: the kind of a report and its time, which RabbitMQ before 3.7 and whatever else runs on
/// older Erlang writes before its text.
pub(super) fn erlang_head(line: &str) -> Option<(&str, &str)> {
    let (kind, rest) = line.strip_prefix('=')?.split_once(" REPORT==== ")?;
    let time = rest.trim_end().strip_suffix("===")?.trim_end();
    kind.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ').then_some((kind, time))
}

pub(super) fn erlang<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (head, text) = event.split_once('\n').unwrap_or((event, ""));
    let (kind, time) = erlang_head(head)?;
    values.text(TIME, time);
    match kind {
        "INFO" | "WARNING" | "ERROR" => values.text(SEVERITY, kind),
        // What supervisors and crashed processes report is named by its kind.
        _ => {
            values.text(SEVERITY, if kind == "PROGRESS" { "info" } else { "error" });
            values.text(COMPONENT, kind);
        }
    }
    values.text(MESSAGE, text.trim_end());
    Some(())
}
