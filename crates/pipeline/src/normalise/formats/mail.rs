//! Mail servers: Postfix and sendmail behind syslog's header, and Exim's main log.
//!
//! A delivery is a call of this server to the one that took the message: to whom, how long it took, and with which outcome. All
//! else is an event of a message, which its queue id names, or of a connection. Sources: postfix.org "Postfix delay logging" and
//! `bounce(5)`, sendmail's "Installation and Operation Guide" 2.2, exim.org "Log files".

use magpie_model::{Side, config::LoggedTime};

use super::keys::{BYTES, ELAPSED_S, MESSAGE, NAMES, PID, SERVICE, SEVERITY, SOURCE, STATUS, TARGET, TIME};
use super::tokens::{given, is_decimal, is_digits};
use super::{extra, owned};
use crate::normalise::address::parse_ip;
use crate::normalise::time::{Form, TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// Whose lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Server {
    /// The text that Postfix and sendmail hand to syslog.
    Postfix,
    /// Exim's main log.
    Exim,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Mail {
    names: Vec<String>,
    server: Server,
    time: TimeForm,
}

/// What is asked of the other server.
const DELIVERY: &str = "delivery";

impl Mail {
    pub(in crate::normalise) fn new(server: Server) -> Self {
        Self { names: owned(&NAMES), server, time: TimeForm::of(Form::Iso) }
    }
}

impl LineParser for Mail {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.server {
            Server::Postfix => postfix(line, values),
            Server::Exim => exim(line, values),
        }
        .ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { kind: None, side: Some(Side::Caller), time: Some(LoggedTime::End) }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        (self.server == Server::Exim).then_some(&self.time)
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        (self.server == Server::Exim).then(|| line.starts_with(|first: char| first.is_ascii_digit()))
    }
}

/// Whether a sample has Exim's lines: a message's id and an arrow.
pub(in crate::normalise) fn is_exim(line: &str) -> bool {
    let mut values = Values::new(NAMES.len());
    exim(line, &mut values).is_some() && exim_rest(line).and_then(|(_, rest)| split_id(rest)).is_some()
}

/// `4D1F32A0B1: to=<bob@example.org>, relay=mx.example.org[93.184.216.34]:25, delay=1.3, dsn=2.0.0, status=sent (250 OK)`.
fn postfix<'a>(text: &'a str, values: &mut Values<'a>) -> Option<()> {
    values.text(MESSAGE, text);
    if let Some(client) = ["connect from ", "disconnect from "].iter().find_map(|start| text.strip_prefix(start)) {
        set_host(client.split(' ').next()?, SOURCE, values);
        return Some(());
    }
    let (id, rest) = text.split_once(": ")?;
    if !is_queue_id(id) {
        return None;
    }
    extra("queue_id", id, values);
    if let Some(reject) = rest.strip_prefix("reject: ") {
        let (_, client) = reject.split_once(" from ")?;
        set_host(client.split(": ").next()?, SOURCE, values);
        values.text(SEVERITY, "warn");
        return Some(());
    }
    let mut outcome = None;
    for (key, value) in rest.split(", ").filter_map(|pair| pair.split_once('=')) {
        match key {
            "relay" => set_host(value, TARGET, values),
            "client" => set_host(value, SOURCE, values),
            "delay" => set_delay(value, values),
            "status" | "stat" => outcome = Some(value),
            "size" if is_digits(value) => values.text(BYTES, value),
            _ => extra(key, value.trim_start_matches('<').trim_end_matches('>'), values),
        }
    }
    if let Some(outcome) = outcome {
        // sendmail's relay is who gave it where a message comes in, and who took it where one goes out.
        let (word, reply) = outcome.split_once(" (").or_else(|| outcome.split_once(": ")).unwrap_or((outcome, ""));
        extra("reply", reply.trim_end_matches(')'), values);
        set_outcome(word, values);
    } else if let Value::Text(relay) = *values.get(TARGET) {
        values.text(SOURCE, relay);
        values.set(TARGET, Value::Missing);
    }
    Some(())
}

fn set_outcome<'a>(word: &'a str, values: &mut Values<'a>) {
    values.text(SERVICE, DELIVERY);
    values.text(STATUS, word);
    let lower = word.to_ascii_lowercase();
    let severity = match lower.as_str() {
        "deferred" | "undeliverable" | "queued" => "warn",
        "bounced" | "expired" | "failed" | "user unknown" | "host unknown" | "service unavailable" => "error",
        _ => "info",
    };
    values.text(SEVERITY, severity);
}

/// `4D1F32A0B1`, the long ids with small letters of later versions, sendmail's `0AMAF3xx001234`, and `NOQUEUE`.
fn is_queue_id(id: &str) -> bool {
    let is_alphanumeric = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    id == "NOQUEUE" || is_alphanumeric && (8..=20).contains(&id.len()) && id.bytes().any(|byte| byte.is_ascii_digit())
}

/// Sets a host by its address, where that stands beside its name: `mx.example.org[93.184.216.34]:25`, `mx.example.org. [93.184.216.34]`.
fn set_host<'a>(text: &'a str, slot: usize, values: &mut Values<'a>) {
    match bracketed_address(text) {
        Some(address) => values.text(slot, address),
        // `local`, `none` and a program's name are no hosts.
        None if text.contains('.') => values.text(slot, text.split(['[', ' ']).next().unwrap_or(text)),
        None => extra("relay", text, values),
    }
}

/// The address in brackets, which Postfix marks where it is one of IPv6.
fn bracketed_address(text: &str) -> Option<&str> {
    let (address, _) = text.split_once('[')?.1.split_once(']')?;
    let address = address.strip_prefix("IPv6:").unwrap_or(address);
    parse_ip(address).is_some().then_some(address)
}

/// Seconds, or sendmail's `00:00:02` and `1+02:03:04`.
fn set_delay<'a>(text: &'a str, values: &mut Values<'a>) {
    if is_decimal(text) {
        return values.text(ELAPSED_S, text);
    }
    let (days, clock) = text.split_once('+').unwrap_or(("0", text));
    let parts: Option<Vec<u64>> = clock.split(':').map(|part| part.parse().ok()).collect();
    if let (Ok(days), Some([hours, minutes, seconds])) = (days.parse::<u32>(), parts.as_deref())
        && [hours, minutes, seconds].iter().all(|part| **part < 100)
    {
        values.set(ELAPSED_S, Value::Owned((u64::from(days) * 86_400 + hours * 3_600 + minutes * 60 + seconds).to_string()));
    }
}

/// Time and text of a line of Exim's: a zone and a process may stand between.
fn exim_rest(line: &str) -> Option<(&str, &str)> {
    let (range, form) = scan(line)?;
    if range.start != 0 || form != Form::Iso {
        return None;
    }
    Some((line.get(range.clone())?, line.get(range.end..)?.strip_prefix(' ')?))
}

/// A message's id, `1kgABC-0001Xy-2Z` or since 4.97 `1kgABC-00000001Xyz-2Z3A`, and what follows.
fn split_id(text: &str) -> Option<(&str, &str)> {
    let (id, rest) = text.split_once(' ')?;
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    let is_id = matches!(lengths[..], [6, 6, 2] | [6, 11, 4]) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_id.then_some((id, rest))
}

fn exim<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (time, mut text) = exim_rest(line)?;
    values.text(TIME, time);
    if let Some((pid, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once("] ")).filter(|(pid, _)| is_digits(pid)) {
        values.text(PID, pid);
        text = rest;
    }
    values.text(MESSAGE, text);
    let Some((id, rest)) = split_id(text) else {
        set_exim_host(text, SOURCE, values);
        let is_refusal = [" rejected ", " refused"].iter().any(|word| text.contains(word));
        values.text(SEVERITY, if is_refusal { "warn" } else { "info" });
        return Some(());
    };
    extra("queue_id", id, values);
    let (flag, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let outcome = match flag {
        "=>" | "->" | ">>" | "*>" => Some("sent"),
        "==" => Some("deferred"),
        "**" => Some("bounced"),
        _ => None,
    };
    set_exim_host(rest, if flag == "<=" { SOURCE } else { TARGET }, values);
    if outcome.is_some() || flag == "<=" {
        extra(if flag == "<=" { "from" } else { "to" }, rest.split(' ').next()?, values);
    }
    exim_pairs(rest, values);
    match outcome {
        Some(outcome) => set_outcome(outcome, values),
        None => values.text(SEVERITY, "info"),
    }
    Some(())
}

fn exim_pairs<'a>(text: &'a str, values: &mut Values<'a>) {
    let mut elapsed = None;
    // What a server answered stands in quotes or behind a colon, and has no pairs.
    let (before, answer) = text.split_once(" C=\"").unwrap_or((text, ""));
    let after = answer.split_once("\" ").map_or("", |(_, after)| after);
    let before = before.split(": ").next().unwrap_or(before);
    for (key, value) in before.split(' ').chain(after.split(' ')).filter_map(|pair| pair.split_once('=')) {
        match key {
            "S" if is_digits(value) => values.text(BYTES, value),
            "DT" => elapsed = Some(value),
            "QT" => elapsed = elapsed.or(Some(value)),
            "T" => extra("transport", value, values),
            "R" => extra("router", value, values),
            "P" => extra("protocol", value, values),
            "id" => extra("message_id", value, values),
            _ => {}
        }
    }
    if let Some(seconds) = elapsed.and_then(|time| time.strip_suffix('s')).filter(|seconds| is_decimal(seconds)) {
        values.text(ELAPSED_S, seconds);
    }
}

/// `H=mx.example.org [93.184.216.34]:25`, `H=(claimed) [203.0.113.9]`.
fn set_exim_host<'a>(text: &'a str, slot: usize, values: &mut Values<'a>) {
    let Some(host) = text.strip_prefix("H=").or_else(|| text.split_once(" H=").map(|(_, host)| host)) else { return };
    match bracketed_address(host) {
        Some(address) => values.text(slot, address),
        None => values.text(slot, given(host.split(' ').next().unwrap_or(host)).unwrap_or(host)),
    }
}
