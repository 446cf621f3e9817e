//! Access lines in an order of their own: whatever stands around a request, its status and who asked.
//!
//! `log_format` of nginx, the pattern of Tomcat's valve and the like let everybody write what they want. Where a line has
//! `METHOD path HTTP/1.1` and the status right behind it, the rest is told by its shape: the time, an address before the request is the
//! client, a number behind the status the size, and what follows means what it means behind an agent (see `access`). A line with a
//! level is an application's, which tells of a request.

use super::access::{Access, BYTES, METHOD, PATH, SOURCE, STATUS, Server, TIME, named};
use super::layout::level_of;
use super::tokens::{is_digits, request};
use crate::normalise::address::parse_ip;
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Values};

/// What may stand between the pieces of such a line.
const BETWEEN: [char; 10] = [' ', '\t', '|', '"', '\'', ',', ';', '[', ']', '='];

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct FreeAccess {
    access: Access,
    time: TimeForm,
}

impl FreeAccess {
    pub(in crate::normalise) fn new(sample: &[&str]) -> Self {
        let rests = sample.iter().filter_map(|line| head(line, &mut Values::new(BYTES + 1)));
        Self { access: Access::with_rests(Server::Nginx, rests), time: TimeForm::auto() }
    }
}

/// Whether a text is an address, perhaps with a port.
fn is_ip(text: &str) -> bool {
    parse_ip(text).is_some() || text.rsplit_once(':').is_some_and(|(host, port)| is_digits(port) && parse_ip(host).is_some())
}

/// Reads up to the size; returns what follows.
fn head<'a>(line: &'a str, values: &mut Values<'a>) -> Option<&'a str> {
    let protocol = line.find(" HTTP/")?;
    let version = line.get(protocol + " HTTP/".len()..)?;
    let end = version.find(|one: char| !one.is_ascii_digit() && one != '.')?;
    let asked = line.get(..protocol)?;
    let before_path = asked.rfind(' ')?;
    let begin = asked.get(..before_path)?.rfind(BETWEEN).map_or(0, |at| at + 1);
    let (method, path) = request(asked.get(begin..)?)?;
    let after = version.get(end..)?.trim_start_matches(BETWEEN);
    // OpenStack names them: `status: 200 len: 1893 time: 0.24`.
    let labelled = after.strip_prefix("status: ");
    let after = labelled.unwrap_or(after);
    let (status, rest) = after.split_at_checked(after.find(BETWEEN).unwrap_or(after.len()))?;
    if status.len() != 3 || !is_digits(status) || !matches!(status.as_bytes()[0], b'1'..=b'5') {
        return None;
    }
    let before = line.get(..begin)?;
    let has_level = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && level_of(word).is_some();
    if before.split(BETWEEN).any(has_level) {
        return None;
    }
    let time = scan(line).filter(|(_, form)| form.is_dated()).and_then(|(range, _)| line.get(range));
    let client = before.split(BETWEEN).find(|piece| is_ip(piece));
    time.or(client)?;
    for (slot, piece) in [(TIME, time), (SOURCE, client)] {
        if let Some(piece) = piece {
            values.text(slot, piece);
        }
    }
    for (slot, piece) in [(METHOD, method), (PATH, path), (STATUS, status)] {
        values.text(slot, piece);
    }
    if labelled.is_some() {
        let mut words = rest.split_ascii_whitespace();
        while let (Some(key), Some(value)) = (words.next().and_then(|key| key.strip_suffix(':')), words.next()) {
            named(key, value, values);
        }
        return Some("");
    }
    let sized = rest.trim_start_matches(BETWEEN);
    // A number at the end may as well be a size, as in Apache's log of TLS requests.
    if sized.is_empty() {
        return None;
    }
    let (bytes, behind) = sized.split_at_checked(sized.find(BETWEEN).unwrap_or(sized.len()))?;
    if !is_digits(bytes) {
        return Some(rest);
    }
    values.text(BYTES, bytes);
    Some(behind)
}

impl LineParser for FreeAccess {
    fn names(&self) -> &[String] {
        self.access.names()
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let rest = head(line, values).ok_or(Reason::NO_MATCH)?;
        match rest.contains('|') {
            true => rest.split('|').for_each(|piece| self.access.extras(piece, values)),
            false => self.access.extras(rest, values),
        }
        Ok(())
    }

    fn habits(&self) -> Habits {
        self.access.habits()
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}
