//! Access lines in an order of their own: whatever stands around a request, its status and who asked.
//!
//! `log_format` of nginx, the pattern of Tomcat's valve and the like let everybody write what they want. Where a line has
//! `METHOD path HTTP/1.1` and the status right behind it, or both without the protocol among pieces that only access lines have, the rest is told by its shape: the time, an address before the request is the
//! client, a number behind the status the size, and what follows means what it means behind an agent (see `access`). A line with a
//! level is an application's, which tells of a request.

use super::access::{Access, BYTES, METHOD, PATH, REFERER, SOURCE, STATUS, Server, TARGET, TIME, USER_AGENT, named};
use super::copy;
use super::finished::Finished;
use super::layout::level_of;
use super::tokens::{Tokens, duration, is_decimal, is_digits, is_ip, request};
use crate::normalise::address::parse_ip;
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

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

/// A request with its status, and where it stands.
struct Asked<'a> {
    before: &'a str,
    method: &'a str,
    path: &'a str,
    status: &'a str,
    after: &'a str,
    /// Who asked, where that stands behind the request.
    client: Option<&'a str>,
}

/// Methods that a request without its protocol begins with.
const METHODS: [&str; 7] = ["GET ", "POST ", "PUT ", "DELETE ", "PATCH ", "HEAD ", "OPTIONS "];
/// What people write between the path and the status.
const ANSWERED: [&str; 9] = ["->", "=>", "→", "-", ":", "responded", "returned", "status", "("];

/// `GET /item/12 200 12ms`, `GET /item/12 -> 200 (12ms)`, `HTTP GET /item/12 responded 200 in 12.3 ms`: what the protocol would have made
/// sure of, the pieces around have to.
fn without_protocol(line: &str) -> Option<Asked<'_>> {
    let is_start = |at: &usize| *at == 0 || line[..*at].ends_with(BETWEEN);
    let at = METHODS.iter().filter_map(|method| line.find(method).filter(is_start)).min()?;
    let (before, asked) = line.split_at(at);
    let (method, rest) = asked.split_once(' ')?;
    let rest = rest.trim_start_matches(BETWEEN);
    let (path, mut rest) = rest.split_at_checked(rest.find([' ', '\t', '|', '"', '\''])?)?;
    if !path.starts_with('/') && !path.starts_with("http") {
        return None;
    }
    rest = rest.trim_start_matches(BETWEEN);
    while let Some(after) = ANSWERED.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = after.trim_start_matches(BETWEEN).trim_start_matches(':');
    }
    let (status, after) = rest.split_at_checked(rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(rest.len()))?;
    let behind = spoken(after);
    let word = behind.split(BETWEEN).next().unwrap_or_default();
    let is_number = word.starts_with(|first: char| first.is_ascii_digit());
    let is_script = before.ends_with('"') && word.starts_with('/');
    let is_told = is_script
        || behind.is_empty()
        || is_number
        || is_ip(word)
        || behind.starts_with(['"', '|'])
        || behind[word.len()..].starts_with('=');
    (is_told && is_bare(before)).then_some(Asked { before, method, path, status, after: behind, client: None })
}

/// Whether nothing stands before a request but the time and who asked, or a name in place of the time: more, and a level, is what a
/// layout reads, which asks this reader about the message that is left.
fn is_bare(before: &str) -> bool {
    let time = scan(before).map_or(0..0, |(range, _)| range);
    // PHP-FPM writes client, user and time without brackets: `10.0.3.17 - bob 22/Nov/2026:10:15:03 +0000 "GET /a" 200`.
    let has_user = || before[..time.start].split_once(" - ").is_some_and(|(client, _)| is_ip(client));
    let most = usize::from(time.is_empty() || has_user());
    let words = before[..time.start].split(BETWEEN).chain(before[time.end..].split(BETWEEN));
    let named: Vec<&str> = words.filter(|word| word.contains(char::is_alphanumeric) && !is_ip(word)).collect();
    named.len() <= most && named.iter().all(|name| level_of(name.trim_end_matches(':')).is_none() && !name.contains(['.', '(']))
}

/// What follows a status without the words and brackets that make a sentence of it: `(12ms)`, `in 12 ms`.
fn spoken(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t', ')', '(', ',', '-', ']', '[', ';']);
    let text = ["in ", "took ", "after "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    text.trim_end_matches([')', ']', ' ', '.'])
}

/// Whether a text begins with an elapsed time.
fn is_elapsed(text: &str) -> bool {
    let mut words = text.split(BETWEEN).map(|word| word.trim_end_matches(')'));
    let (number, unit) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    duration(number).is_some() || is_decimal(number) && matches!(unit, "s" | "ms" | "us" | "µs" | "ns")
}

/// `GET /item/12 HTTP/1.1" 200`: the protocol makes sure that it is a request.
fn with_protocol(line: &str) -> Option<Asked<'_>> {
    let protocol = line.find(" HTTP/")?;
    let version = line.get(protocol + " HTTP/".len()..)?;
    let end = version.find(|one: char| !one.is_ascii_digit() && one != '.')?;
    let asked = line.get(..protocol)?;
    let before_path = asked.rfind(' ')?;
    let begin = asked.get(..before_path)?.rfind(BETWEEN).map_or(0, |at| at + 1);
    let (method, path) = request(asked.get(begin..)?)?;
    let after = version.get(end..)?.trim_start_matches(BETWEEN);
    // OpenStack names it: `status: 200 len: 1893 time: 0.24`.
    let after = after.strip_prefix(LABEL).unwrap_or(after);
    // chi puts who asked between: `from 10.0.3.17:51234 - 200 5120B in 43.21ms`.
    if let Some((client, answer)) = after.strip_prefix("from ").and_then(|rest| rest.split_once(" - ")).filter(|(client, _)| is_ip(client))
    {
        let (status, after) = answer.split_once(' ')?;
        let before = line.get(..begin)?;
        return Some(Asked { before, method, path, status, after, client: Some(client) });
    }
    let (status, after) = after.split_at_checked(after.find(BETWEEN).unwrap_or(after.len()))?;
    let before = line.get(..begin)?;
    let has_level = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && level_of(word).is_some();
    (!before.split(BETWEEN).any(has_level)).then_some(Asked { before, method, path, status, after, client: None })
}

const LABEL: &str = "status: ";
/// What tells the lines of Cloud Foundry's router from others.
const ROUTER: &str = " vcap_request_id:";

/// `[HTTP] 200 - GET /item/12 - 10.0.3.17:51234 - curl/8.0`: go-zero's answers, whose time and duration stand beside the text.
fn of_go_zero(line: &str) -> Option<[(usize, &str); 4]> {
    let mut parts = line.strip_prefix("[HTTP] ")?.split(" - ");
    let (status, (method, path)) = (parts.next()?, parts.next()?.split_once(' ')?);
    let client = parts.next().filter(|client| is_ip(client))?;
    (status.len() == 3 && is_digits(status)).then_some([(STATUS, status), (METHOD, method), (PATH, path), (SOURCE, client)])
}

/// Reads up to the size; returns what follows.
fn head<'a>(line: &'a str, values: &mut Values<'a>) -> Option<&'a str> {
    if let Some(Finished { method, path, status, bytes, elapsed }) = Finished::of(line).filter(|_| line.starts_with("Request finished")) {
        for (slot, piece) in [(METHOD, Some(method)), (PATH, Some(path)), (STATUS, Some(status)), (BYTES, bytes)] {
            piece.into_iter().for_each(|piece| values.text(slot, piece));
        }
        return Some(elapsed);
    }
    if let Some(pieces) = of_go_zero(line) {
        pieces.into_iter().for_each(|(slot, piece)| values.text(slot, piece));
        return Some("");
    }
    let (asked, is_sure) = with_protocol(line).map(|asked| (asked, true)).or_else(|| Some((without_protocol(line)?, false)))?;
    let Asked { before, method, path, status, after: rest, client: behind } = asked;
    if status.len() != 3 || !is_digits(status) || !matches!(status.as_bytes()[0], b'1'..=b'5') {
        return None;
    }
    let time = scan(line).filter(|(_, form)| form.is_dated()).and_then(|(range, _)| line.get(range));
    let client = behind.or_else(|| before.split(BETWEEN).find(|piece| is_ip(piece)));
    let is_timed = || !is_sure && is_elapsed(rest);
    if time.or(client).is_none() && !is_timed() {
        return None;
    }
    for (slot, piece) in [(TIME, time), (SOURCE, client)] {
        if let Some(piece) = piece {
            values.text(slot, piece);
        }
    }
    for (slot, piece) in [(METHOD, method), (PATH, path), (STATUS, status)] {
        values.text(slot, piece);
    }
    if is_sure && line.contains(LABEL) {
        let mut words = rest.split_ascii_whitespace();
        while let (Some(key), Some(value)) = (words.next().and_then(|key| key.strip_suffix(':')), words.next()) {
            named(key, value, values);
        }
        return Some("");
    }
    // PHP-FPM's script, milliseconds, memory and load.
    if !is_sure && rest.starts_with('/') {
        let mut words = rest.split_ascii_whitespace();
        for (name, word) in ["script", "duration_ms", "memory_kb", "cpu"].into_iter().map_while(|name| Some((name, words.next()?))) {
            named(name, word, values);
        }
        return Some("");
    }
    let sized = rest.trim_start_matches(BETWEEN);
    // A number at the end may as well be a size, as in Apache's log of TLS requests.
    if sized.is_empty() {
        return (!is_sure).then_some(sized);
    }
    let (bytes, behind) = sized.split_at_checked(sized.find(BETWEEN).unwrap_or(sized.len()))?;
    let (bytes, behind) = match bytes.strip_suffix('B').filter(|size| is_digits(size)) {
        Some(size) => (size, spoken(behind)),
        None => (bytes, behind),
    };
    if !is_digits(bytes) {
        return Some(rest);
    }
    // The router of Cloud Foundry writes the size of the request before that of the answer.
    let answered = behind.trim_start().split_once(' ').filter(|(size, _)| is_digits(size) && line.contains(ROUTER));
    let (bytes, behind) = answered.unwrap_or((bytes, behind));
    values.text(BYTES, bytes);
    Some(if is_sure { referer_and_agent(behind, values) } else { behind })
}

/// Takes two quoted texts right behind the size, as every access log has them.
fn referer_and_agent<'a>(rest: &'a str, values: &mut Values<'a>) -> &'a str {
    let mut tokens = Tokens::new(rest);
    match (tokens.quoted(), tokens.quoted()) {
        (Some(referer), Some(agent)) => {
            copy(REFERER, referer, values);
            copy(USER_AGENT, agent, values);
            tokens.rest
        }
        _ => rest,
    }
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
        // An address without a port that stands alone behind the request is who asked.
        if !values.get(SOURCE).is_present()
            && let Value::Text(address) = *values.get(TARGET)
            && parse_ip(address).is_some()
        {
            values.text(SOURCE, address);
            values.set(TARGET, Value::Missing);
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
