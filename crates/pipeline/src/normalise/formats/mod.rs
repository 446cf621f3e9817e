//! The named formats: one reader for each family of lines that software writes by itself.
//!
//! Every format turns a line into the same canonical names (see [`LineParser`](super::values::LineParser)) and says which
//! moment of a request its time is. Which format an input has is `detect`'s to say; a format never looks at another
//! line than the one it is given, apart from the sample it was made from.

mod access;
mod audit;
mod blocks;
mod body;
mod bracketed;
mod by_writer;
mod cef;
mod clef;
mod columns;
mod container;
mod delimited;
mod diagnostics;
mod elapsed;
mod ending;
mod errors;
mod finished;
mod firewall;
mod flow_log;
mod free_access;
mod heads;
mod json;
mod keys;
mod layout;
mod learned;
mod levels;
mod mail;
mod mixed;
mod objects;
mod pairs;
mod programs;
mod records;
mod requests;
mod structured;
mod syslog;
mod tokens;
mod trace_context;
mod uncoloured;
mod undated;
mod windows_event;

#[cfg(test)]
mod tests;

pub(super) use self::access::{Access, Server};
pub(super) use self::audit::Audit;
pub(super) use self::blocks::{Block, Blocks};
pub(super) use self::bracketed::Bracketed;
pub(super) use self::by_writer::ByWriter;
pub(super) use self::cef::Cef;
pub(super) use self::columns::{Columns, Row};
pub(super) use self::container::{Envelope, Wrapped, are_prefixed, are_stamped, message_of, unwrap, writer_of};
pub(super) use self::delimited::Delimited;
pub(super) use self::errors::{ErrorLog, Log};
pub(super) use self::firewall::{Firewall, FirewallLog};
pub(super) use self::flow_log::FlowLog;
pub(super) use self::free_access::FreeAccess;
pub(super) use self::learned::Learned;
pub(super) use self::mail::{Mail, Server as MailServer, is_exim};
pub(super) use self::mixed::Mixed;
pub(super) use self::objects::joined_objects;
pub(super) use self::programs::{Program, Programs};
pub(super) use self::records::{Records, holds_records};
pub(super) use self::requests::{Asked, Requests};
pub(super) use self::structured::{Structured, Syntax};
pub(super) use self::uncoloured::{Uncoloured, is_coloured, uncoloured};
pub(super) use self::undated::{Log as UndatedLog, Undated};

use super::values::Values;
use tokens::given;

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Sets a slot, unless the piece stands for nothing.
fn copy<'a>(slot: usize, piece: &'a str, values: &mut Values<'a>) {
    if let Some(piece) = given(piece) {
        values.text(slot, piece);
    }
}

/// Hands out a value that has no slot, where anybody looks at those, unless the piece stands for nothing.
fn extra<'a>(key: &'a str, piece: &'a str, values: &mut Values<'a>) {
    if values.wants_extra()
        && let Some(piece) = given(piece)
    {
        values.extra.push((key.into(), piece.into()));
    }
}

/// The events of a sample: a line joins the event before it, which is given first, where it goes on with that.
fn join(sample: &[&str], goes_on: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for line in sample {
        match events.last_mut().filter(|event| goes_on(event, line)) {
            Some(event) => {
                event.push('\n');
                event.push_str(line);
            }
            None => events.push((*line).to_owned()),
        }
    }
    events
}

/// Sets an elapsed time with a unit; the slots of s, ms, µs and ns follow each other from `first`.
fn set_duration<'a>(number: &'a str, name: &str, first: usize, values: &mut Values<'a>) {
    let unit = ["elapsed_s", "elapsed_ms", "elapsed_us", "elapsed_ns"].iter().position(|unit| *unit == name).unwrap_or(0);
    values.text(first + unit, number);
}
