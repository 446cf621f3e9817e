//! Records of the Linux audit system: `type=SYSCALL msg=audit(1795857302.123:4711): arch=c000003e success=yes …`.
//!
//! Source: linux-audit "audit event fields". What user space tells stands in single quotes and holds pairs of its own.

use magpie_model::Kind;

use super::keys::{COMPONENT, HOST, MESSAGE, NAMES, PID, SEVERITY, SOURCE, TIME};
use super::tokens::{Tokens, is_decimal};
use super::{extra, owned};
use crate::normalise::time::{Form, TimeForm};
use crate::normalise::values::{Habits, LineParser, Reason, Values};

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Audit {
    names: Vec<String>,
    time: TimeForm,
}

impl Audit {
    pub(in crate::normalise) fn new() -> Self {
        Self { names: owned(&NAMES), time: TimeForm::of(Form::Epoch) }
    }
}

impl LineParser for Audit {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        read(line, values).ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { kind: Some(Kind::Log), ..Habits::default() }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}

fn read<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    if tokens.eat("node=") {
        values.text(HOST, tokens.word()?);
        tokens.blanks();
    }
    let kind = tokens.eat("type=").then(|| tokens.word())??;
    tokens.blanks();
    let stamp = tokens.eat("msg=audit(").then(|| tokens.until(b')'))??;
    let (time, serial) = stamp.rsplit_once(':').filter(|(time, _)| is_decimal(time))?;
    values.text(TIME, time);
    values.text(COMPONENT, kind);
    extra("audit_id", serial, values);
    let message = tokens.rest.strip_prefix(':').unwrap_or(tokens.rest).trim_start();
    values.text(MESSAGE, message);
    let has_failed = pairs(message, values);
    values.text(SEVERITY, if has_failed { "warn" } else { "info" });
    Some(())
}

/// Takes the pairs in, and says whether one of them tells of a failure.
fn pairs<'a>(text: &'a str, values: &mut Values<'a>) -> bool {
    let mut has_failed = false;
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_start_matches([' ', '\'']);
        // The pairs of user space go on as if its quotes were not there.
        let after = after.strip_prefix('\'').filter(|_| key == "msg").unwrap_or(after);
        if key == "msg" {
            rest = after;
            continue;
        }
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once([' ', '\x1d']).unwrap_or((after, "")),
        };
        let value = value.trim_end_matches('\'');
        has_failed |= matches!((key, value), ("res", "failed" | "0") | ("success", "no"));
        match key {
            "pid" => values.text(PID, value),
            "addr" if value.contains(['.', ':']) => values.text(SOURCE, value),
            // A name of several words is text between pairs.
            _ if !key.contains(' ') && value != "?" => extra(key, value, values),
            _ => {}
        }
        rest = next;
    }
    has_failed
}
