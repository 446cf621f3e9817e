//! AWS VPC flow logs: who sent how much to whom in some seconds, and whether it was let through.
//!
//! Source: docs.aws.amazon.com "Flow log records". Columns are those of version 2 unless a header line names others, as in the
//! files that are delivered to S3. A rejected flow is a warning; a row without data is no event.

use magpie_model::Kind;

use super::keys::{BYTES, NAMES, SERVICE, SOURCE, TARGET, TIME, WARNING};
use super::tokens::{given, is_digits};
use super::{copy, owned};
use crate::normalise::time::{Form, TimeForm};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

const VERSION_2: &str =
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct FlowLog {
    names: Vec<String>,
    columns: Vec<String>,
    time: TimeForm,
}

impl FlowLog {
    /// A reader for an input that begins with a header, or has the columns of version 2.
    pub(in crate::normalise) fn from_sample(sample: &[&str]) -> Self {
        let header = sample.first().copied().filter(|line| is_header(line)).unwrap_or(VERSION_2);
        let columns = header.split_ascii_whitespace().map(|name| name.replace('_', "-")).collect();
        Self { names: owned(&NAMES), columns, time: TimeForm::of(Form::Epoch) }
    }

    fn read<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut pieces = line.split(' ');
        let (mut protocol, mut port) = (None, None);
        for column in &self.columns {
            let piece = pieces.next().ok_or(Reason::NO_MATCH)?;
            match column.as_str() {
                "version" if piece.len() > 2 || !is_digits(piece) => return Err(Reason::NO_MATCH),
                "start" if !is_digits(piece) => return Err(Reason::NO_MATCH),
                "log-status" if !matches!(piece, "OK" | "NODATA" | "SKIPDATA") => return Err(Reason::NO_MATCH),
                "log-status" if piece != "OK" => return Err(Reason::NOT_AN_EVENT),
                "start" => values.text(TIME, piece),
                "srcaddr" => copy(SOURCE, piece, values),
                "dstaddr" => copy(TARGET, piece, values),
                "bytes" => copy(BYTES, piece, values),
                "protocol" => protocol = given(piece),
                "dstport" => port = given(piece),
                _ => {}
            }
            if column == "action" {
                values.text(WARNING, if piece == "REJECT" { "1" } else { "0" });
            }
            let is_kept = !matches!(column.as_str(), "version" | "start" | "srcaddr" | "dstaddr" | "bytes" | "protocol" | "log-status");
            if is_kept && values.wants_extra() && given(piece).is_some() {
                values.extra.push((column.clone().into(), piece.into()));
            }
        }
        if pieces.next().is_some() || !self.columns.iter().any(|column| column == "start") {
            return Err(Reason::NO_MATCH);
        }
        if let Some(protocol) = protocol {
            let name = protocol_name(protocol);
            values.set(SERVICE, Value::Owned(port.filter(|port| *port != "0").map_or(name.clone(), |port| format!("{name}/{port}"))));
        }
        Ok(())
    }
}

impl LineParser for FlowLog {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        if is_header(line) {
            return Err(Reason::NOT_AN_EVENT);
        }
        self.read(line, values)
    }

    fn habits(&self) -> Habits {
        Habits { kind: Some(Kind::Call), ..Habits::default() }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}

fn is_header(line: &str) -> bool {
    let mut names = line.split(' ');
    let known = |name: &str| matches!(name, "version" | "account-id" | "account_id" | "interface-id" | "interface_id" | "srcaddr");
    names.clone().count() >= 4
        && names.next().is_some_and(known)
        && names.clone().any(|name| name == "start")
        && names.any(|name| name == "end")
}

/// IANA's numbers that are met.
fn protocol_name(number: &str) -> String {
    match number {
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "47" => "gre",
        "50" => "esp",
        "58" => "icmpv6",
        _ => return format!("protocol-{number}"),
    }
    .to_owned()
}
