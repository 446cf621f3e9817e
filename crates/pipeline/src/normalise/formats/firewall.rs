//! Firewalls behind syslog's header: Linux' netfilter (iptables, nftables, UFW) and Palo Alto's PAN-OS.
//!
//! A packet or a session is a call from one address to another, its protocol and port the service; what was not let through is a
//! warning. Sources: netfilter's `xt_LOG`, docs.paloaltonetworks.com "Syslog Field Descriptions".

use std::borrow::Cow;

use magpie_model::Kind;

use super::delimited::fields;
use super::keys::{BYTES, COMPONENT, ELAPSED_S, MESSAGE, NAMES, OPERATION, SERVICE, SEVERITY, SOURCE, TARGET, TIME, WARNING};
use super::tokens::{given, is_digits};
use super::{copy, extra, owned};
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// Whose lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Firewall {
    /// The kernel's packet log.
    Netfilter,
    /// Comma-separated logs of PAN-OS.
    PaloAlto,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct FirewallLog {
    names: Vec<String>,
    firewall: Firewall,
    time: TimeForm,
}

impl FirewallLog {
    pub(in crate::normalise) fn new(firewall: Firewall) -> Self {
        Self { names: owned(&NAMES), firewall, time: TimeForm::auto() }
    }
}

impl LineParser for FirewallLog {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.firewall {
            Firewall::Netfilter => netfilter(line, values),
            Firewall::PaloAlto => palo_alto(line, values),
        }
        .ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        let kind = (self.firewall == Firewall::Netfilter).then_some(Kind::Call);
        Habits { kind, ..Habits::default() }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        (self.firewall == Firewall::PaloAlto).then_some(&self.time)
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}

/// `[12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=… SRC=203.0.113.9 DST=10.0.9.4 LEN=60 … PROTO=TCP SPT=4711 DPT=22 … SYN URGP=0`.
fn netfilter<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let at = line.find("IN=").filter(|at| *at == 0 || line[..*at].ends_with([' ', ':', ']']))?;
    let (before, pairs) = line.split_at(at);
    // A header of syslog is for those to read who know it.
    if at > 64 || scan(before).is_some_and(|(_, form)| form.is_dated()) {
        return None;
    }
    let (mut protocol, mut port) = (None, None);
    for (key, value) in pairs.split(' ').filter_map(|pair| pair.split_once('=')) {
        match key {
            "SRC" => copy(SOURCE, value, values),
            "DST" => copy(TARGET, value, values),
            "LEN" if !values.get(BYTES).is_present() => copy(BYTES, value, values),
            "PROTO" => protocol = given(value),
            "DPT" => port = given(value),
            "IN" | "OUT" | "MAC" | "SPT" | "TTL" | "ID" => extra(key, value, values),
            _ => {}
        }
    }
    if !values.get(SOURCE).is_present() || !values.get(TARGET).is_present() {
        return None;
    }
    let protocol = protocol?.to_ascii_lowercase();
    values.set(SERVICE, Value::Owned(port.map_or(protocol.clone(), |port| format!("{protocol}/{port}"))));
    // The prefix is the user's own word for what became of the packet; the kernel's clock may stand before it.
    let uptime = before.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let prefix = uptime.filter(|(clock, _)| clock.trim().parse::<f64>().is_ok()).map_or(before, |(_, prefix)| prefix);
    copy(OPERATION, prefix.trim_matches([' ', ':', '[', ']']), values);
    let upper = prefix.to_ascii_uppercase();
    let is_refused = ["BLOCK", "DROP", "REJECT", "DENY", "DENIED", "LIMIT"].iter().any(|word| upper.contains(word));
    values.text(WARNING, if is_refused { "1" } else { "0" });
    values.text(MESSAGE, line);
    Some(())
}

/// `1,2026/11/22 10:15:03,001234567890,TRAFFIC,end,…`: what a column is depends on the type in the fourth.
fn palo_alto<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    // A text with quotes of its own is left to the message, which is the whole line.
    let borrowed = |field: Cow<'a, str>| if let Cow::Borrowed(text) = field { text } else { "" };
    let columns: Vec<&'a str> = fields(line, ',').map(borrowed).collect();
    let at = |column: usize| columns.get(column).copied().unwrap_or_default();
    let kind = at(3);
    let is_known = matches!(kind, "TRAFFIC" | "THREAT" | "SYSTEM" | "CONFIG" | "GLOBALPROTECT" | "USERID" | "HIPMATCH" | "DECRYPTION");
    if !is_known || columns.len() < 10 || !is_digits(at(0)) || !at(1).starts_with("20") {
        return None;
    }
    values.text(TIME, at(1));
    values.text(COMPONENT, kind);
    extra("subtype", at(4), values);
    extra("serial", at(2), values);
    match kind {
        "TRAFFIC" | "THREAT" => session(&columns, values),
        "SYSTEM" => {
            copy(SEVERITY, word_of_severity(at(13)), values);
            extra("event_id", at(8), values);
            values.text(MESSAGE, given(at(14)).unwrap_or(line));
            return Some(());
        }
        _ => {}
    }
    values.text(MESSAGE, line);
    Some(())
}

fn session<'a>(columns: &[&'a str], values: &mut Values<'a>) {
    let at = |column: usize| columns.get(column).copied().unwrap_or_default();
    let (application, protocol, port, action) = (at(14), at(29), at(25), at(30));
    copy(SOURCE, at(7), values);
    copy(TARGET, at(8), values);
    copy(OPERATION, action, values);
    for (name, column) in [("rule", 11), ("user", 12), ("app", 14), ("from_zone", 16), ("to_zone", 17), ("session", 22)] {
        extra(name, at(column), values);
    }
    let is_allowed = matches!(action, "allow" | "alert");
    if at(3) == "THREAT" {
        // What was found in a session, which has a line of its own.
        extra("threat", at(32), values);
        extra("path", at(31), values);
        return copy(SEVERITY, word_of_severity(at(34)), values);
    }
    values.text(WARNING, if is_allowed { "0" } else { "1" });
    copy(BYTES, at(31), values);
    copy(ELAPSED_S, at(36), values);
    match application {
        "" | "not-applicable" | "incomplete" | "insufficient-data" | "unknown-tcp" | "unknown-udp" => {
            values.set(SERVICE, Value::Owned(format!("{protocol}/{port}")));
        }
        known => values.text(SERVICE, known),
    }
}

/// The device's five severities.
fn word_of_severity(word: &str) -> &'static str {
    match word {
        "critical" | "high" => "error",
        "medium" => "warn",
        _ => "info",
    }
}
