//! One event as a line for people: when, how bad, who, what.
//!
//! It is made from the JSON form of a record, which `parse` has at hand and the API gives, so that both commands show an
//! event alike. What a log says may be hostile, so everything is made plain first; colour is never the only sign.

use std::io::{self, Write};

use serde_json::Value;

use crate::report::numbers;
use crate::report::paint::{Paint, Tone};
use crate::report::text::{cut, left, plain};

/// Columns that a moment takes: `2026-11-22 10:15:03.120`.
const MOMENT: usize = 23;

/// As much of a job id as other commands show and take.
const JOB_TAIL: usize = 12;

/// How events are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventForm {
    /// Colours.
    pub(super) paint: Paint,
    /// Longest line; `None` where lines may be of any length.
    pub(super) width: Option<usize>,
}

impl EventForm {
    /// The form for standard output: lines are cut only where a terminal would wrap them.
    pub(super) fn of_stdout(color: bool, width: usize) -> Self {
        let is_terminal = io::IsTerminal::is_terminal(&io::stdout());
        Self { paint: Paint { color }, width: is_terminal.then_some(width.max(40)) }
    }

    /// Writes an event; lines of its message after the first are set in below it.
    pub(super) fn write(&self, event: &Value, out: &mut dyn Write) -> io::Result<()> {
        let mut cells = vec![(left(&moment(event), MOMENT), Tone::Quiet), level(event)];
        let mut lines = word(event, "message").lines();
        let first = lines.next().unwrap_or_default();
        if let Some(error) = event["parse_error"].as_str() {
            cells.push((format!("not parsed: {}", plain(error)), Tone::Pending));
        } else if event["kind"] == "call" {
            cells.push((plain(&call(event)), Tone::Normal));
        } else if let Some(writer) = run(event).or_else(|| writer(event)) {
            cells.push((plain(&writer), Tone::Strong));
        }
        let tone = if event["kind"] == "call" { Tone::Quiet } else { Tone::Normal };
        cells.push((plain(first), tone));
        self.line(&cells, out)?;
        for line in lines {
            self.line(&[(format!("    │ {}", plain(line)), Tone::Quiet)], out)?;
        }
        Ok(())
    }

    fn line(&self, cells: &[(String, Tone)], out: &mut dyn Write) -> io::Result<()> {
        let mut room = self.width.unwrap_or(usize::MAX);
        let mut line = String::new();
        for (text, tone) in cells.iter().filter(|(text, _)| !text.is_empty()) {
            if !line.is_empty() {
                line.push_str("  ");
                room = room.saturating_sub(2);
            }
            let shown = cut(text, room);
            room = room.saturating_sub(crate::report::text::width(&shown));
            line.push_str(&self.paint.of(*tone, &shown));
        }
        writeln!(out, "{}", line.trim_end())
    }
}

fn word<'a>(event: &'a Value, name: &str) -> &'a str {
    event[name].as_str().unwrap_or_default()
}

/// When, to the millisecond, UTC; a dash for an event that does not say.
fn moment(event: &Value) -> String {
    if event["no_time"] == true {
        return "-".to_owned();
    }
    let time = plain(&word(event, "time").replace('T', " "));
    let time = time.trim_end_matches('Z');
    match time.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{}", fraction.get(..3).unwrap_or(fraction)),
        None => time.to_owned(),
    }
}

fn level(event: &Value) -> (String, Tone) {
    let name = word(event, "severity");
    let tone = match name {
        "error" | "fatal" => Tone::Firing,
        "warn" => Tone::Pending,
        "debug" | "trace" => Tone::Quiet,
        _ => Tone::Normal,
    };
    (left(&plain(name).to_uppercase(), 5), tone)
}

/// Module and component of who wrote the event.
fn writer(event: &Value) -> Option<String> {
    match (event["target_module"].as_str(), event["component"].as_str()) {
        (Some(module), Some(component)) => Some(format!("{module}/{component}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// Flow, end of the job id and component of what a run logged.
fn run(event: &Value) -> Option<String> {
    let (flow, job_id) = (event["flow"].as_str()?, event["job_id"].as_str()?);
    let tail = job_id.get(job_id.len().saturating_sub(JOB_TAIL)..)?;
    Some([flow, tail, word(event, "component")].join(" ").trim_end().to_owned())
}

/// `search-frontend → video  GET /video/search  200  43 ms`.
fn call(event: &Value) -> String {
    // A host says more than a module that could not be named.
    let named = |column: &str| event[column].as_str().filter(|word| *word != magpie_model::UNKNOWN);
    let side = |module: &str, host: &str| named(module).or(named(host)).unwrap_or(magpie_model::UNKNOWN).to_owned();
    let mut words = vec![format!("{} → {}", side("source_module", "source"), side("target_module", "target"))];
    let request =
        [word(event, "operation"), word(event, "service")].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.extend([request, word(event, "status").to_owned()].into_iter().filter(|word| !word.is_empty()));
    let elapsed = event["elapsed_ms"].as_f64().or(event["client_elapsed_ms"].as_f64());
    words.extend(elapsed.map(|milliseconds| numbers::duration(milliseconds * 1e6).replace('\u{202f}', " ")));
    words.join("  ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(event: &Value, width: Option<usize>) -> String {
        let mut out = Vec::new();
        EventForm { paint: Paint { color: false }, width }.write(event, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn events_read_as_when_how_bad_who_what() {
        for (event, expected) in [
            (
                json!({"kind": "run", "time": "2026-11-22T10:15:03Z", "severity": "info", "flow": "shop.sync", "job_id": "01a222e0-77fb-7cc7-a52e-1c3051c6fae1", "component": "http", "target_module": "(unknown)", "message": "fetch succeeded"}),
                "2026-11-22 10:15:03      INFO   shop.sync 1c3051c6fae1 http  fetch succeeded\n",
            ),
            (
                json!({"kind": "log", "time": "2026-11-22T10:15:03.120456Z", "severity": "warn", "target_module": "order", "component": "c.s.Stock", "message": "low\n\tat a.B"}),
                "2026-11-22 10:15:03.120  WARN   order/c.s.Stock  low\n    │  at a.B\n",
            ),
            (
                json!({"kind": "call", "time": "2026-11-22T10:15:03Z", "source_module": "web", "source": "10.0.0.1", "target_module": "(unknown)", "target": "10.0.0.2", "operation": "GET", "service": "/item/{id}", "status": "200", "elapsed_ms": 43, "message": "GET /item/7"}),
                "2026-11-22 10:15:03             web → 10.0.0.2  GET /item/{id}  200  43 ms  GET /item/7\n",
            ),
            (
                json!({"kind": "log", "time": "2026-11-22T10:15:03Z", "no_time": true, "parse_error": "no known format", "message": "\u{1b}[2Jx"}),
                "-                               not parsed: no known format  \u{fffd}[2Jx\n",
            ),
        ] {
            assert_eq!(shown(&event, None), expected);
        }
    }

    #[test]
    fn on_a_terminal_lines_end_where_it_ends() {
        let event =
            json!({"kind": "log", "time": "2026-11-22T10:15:03Z", "severity": "info", "component": "支付", "message": "x".repeat(500)});
        assert_eq!(shown(&event, Some(50)), "2026-11-22 10:15:03      INFO   支付  xxxxxxxxxxx…\n");
    }
}
