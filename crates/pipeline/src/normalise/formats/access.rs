//! Access logs of web servers: Apache common and combined, nginx combined, and what people append to them.
//!
//! `[vhost] client ident user [time] [vhost] "request" status bytes [elapsed] ["referer" "agent"] extras…`; Django and Uvicorn write less. What the extras mean cannot be
//! known from one line, so they are told apart by their shape (an address is the upstream, `key=value` names itself, a
//! quoted address list is X-Forwarded-For) and, for bare numbers, by the sample lines: `%D` is microseconds, `%T`
//! seconds, nginx's `$request_time` a decimal. Formats: httpd.apache.org/docs/2.4/mod/mod_log_config.html,
//! nginx.org/en/docs/http/ngx_http_log_module.html. Apache logs the time a request began (`%t`), nginx the time it
//! ended (`$time_local`); the lines are alike, so that the end is assumed unless the format was named `apache_…`.

use magpie_model::{Kind, Side, config::LoggedTime};
use memchr::{memchr, memrchr, memrchr2};

use super::elapsed::{Elapsed, Extra, Extras};
use super::tokens::{Tokens, duration, given, is_decimal, is_digits, request};
use super::{copy, extra, owned, set_duration};
use crate::normalise::bytes::find_either;
use crate::normalise::time::{Form, TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

const NAMES: [&str; 17] = [
    "source",
    "time",
    "method",
    "path",
    "status",
    "bytes",
    "referer",
    "user_agent",
    "forwarded_for",
    "target",
    "elapsed_s",
    "elapsed_ms",
    "elapsed_us",
    "elapsed_ns",
    "user",
    "virtual_host",
    "warning",
];
pub(super) const SOURCE: usize = 0;
pub(super) const TIME: usize = 1;
pub(super) const METHOD: usize = 2;
pub(super) const PATH: usize = 3;
pub(super) const STATUS: usize = 4;
pub(super) const BYTES: usize = 5;
pub(super) const REFERER: usize = 6;
pub(super) const USER_AGENT: usize = 7;
const FORWARDED_FOR: usize = 8;
pub(super) const TARGET: usize = 9;
pub(super) const ELAPSED_S: usize = 10;
pub(super) const ELAPSED_US: usize = 12;
const USER: usize = 14;
const VIRTUAL_HOST: usize = 15;
const WARNING: usize = 16;

/// Which web server wrote the lines, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Server {
    /// Logs when a request began.
    Apache,
    /// Logs when a request ended.
    Nginx,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Access {
    names: Vec<String>,
    time: TimeForm,
    server: Server,
    elapsed: Elapsed,
}

impl Access {
    pub(in crate::normalise) fn new(server: Server, sample: &[&str]) -> Self {
        let mut access = Self::with_rests(server, std::iter::empty());
        let heads: Vec<(&str, Option<Form>)> = sample.iter().filter_map(|line| access.sampled(line)).collect();
        access.elapsed = Elapsed::learn(heads.iter().map(|(rest, _)| *rest));
        // Linkerd's times are of another form.
        if heads.iter().any(|(_, form)| form.is_some_and(|form| form != Form::DayMonth)) {
            access.time = TimeForm::auto();
        }
        access
    }

    /// A reader that knows what bare numbers are by what sample lines have behind the size or the agent.
    pub(super) fn with_rests<'a>(server: Server, rests: impl Iterator<Item = &'a str>) -> Self {
        Self { names: owned(&NAMES), time: TimeForm::of(Form::DayMonth), server, elapsed: Elapsed::learn(rests) }
    }

    /// What a sample line has behind the agent, and the form of its time.
    fn sampled<'a>(&self, line: &'a str) -> Option<(&'a str, Option<Form>)> {
        let mut values = Values::new(NAMES.len());
        let rest = self.head(line, &mut values).ok()?;
        let time = values.get(TIME).to_text();
        Some((rest, time.and_then(|time| scan(&time)).map(|(_, form)| form)))
    }

    /// Reads up to the agent; returns what follows.
    fn head<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<&'a str, Reason> {
        let mut tokens = Tokens::new(line);
        if line.starts_with(UVICORN) {
            return uvicorn(line, values);
        }
        // The blank before the first bracket; an IPv6 client may stand in brackets, too.
        let opens = memchr::memchr_iter(b'[', line.as_bytes());
        // Django names no client: its lines begin with the time, `[22/Nov/2026 …`.
        let is_first = line.starts_with('[') && line.as_bytes().get(3) == Some(&b'/');
        let open = opens.map(|at| at.wrapping_sub(1)).find(|at| line.as_bytes().get(*at) == Some(&b' '));
        let open = if is_first { 0 } else { open.ok_or(Reason::NO_MATCH)? };
        if !is_first {
            clients(line.get(..open).ok_or(Reason::NO_MATCH)?, values)?;
        }
        tokens.rest = line.get(open..).ok_or(Reason::NO_MATCH)?;
        let time = tokens.bracketed().ok_or(Reason::NO_MATCH)?;
        if !time.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return Err(Reason::NO_MATCH);
        }
        values.text(TIME, time);
        // Many gateways on nginx put `$host` here, APISIX among them.
        if let Some(host) = word_before_quote(&mut tokens, |_| true) {
            // Where the time comes first, an address is the client's.
            copy(if is_first && upstream(host).is_some() { SOURCE } else { VIRTUAL_HOST }, host, values);
        }
        let line = tokens.quoted().ok_or(Reason::NO_MATCH)?;
        if let Some((method, path)) = request(line) {
            values.text(METHOD, method);
            values.text(PATH, path);
        } else if let Some(junk) = given(line) {
            // A request that is none: kept as the path's attribute, never as a route of its own.
            values.text(METHOD, "(malformed)");
            if values.wants_extra() {
                values.extra.push(("request".into(), junk.into()));
            }
        }
        let status = tokens.word().filter(|word| is_digits(word) || *word == "-").ok_or(Reason::NO_MATCH)?;
        if let Some(status) = given(status) {
            values.text(STATUS, status);
        }
        let mut after = tokens;
        if let Some(bytes) = after.word().filter(|word| is_digits(word) || *word == "-") {
            tokens = after;
            values.text(BYTES, given(bytes).unwrap_or("0"));
        }
        if let Some((bytes, elapsed, agent)) = nexus(&mut tokens) {
            // What stood there was the size of the request.
            if let Some(received) = values.get(BYTES).to_text().filter(|received| *received != "0") {
                let received = received.into_owned();
                values.extra.extend(values.wants_extra().then(|| ("request_bytes".into(), received.into())));
            }
            values.text(BYTES, bytes);
            values.text(ELAPSED_S + 1, elapsed);
            copy(USER_AGENT, agent, values);
        } else if let Some(elapsed) = word_before_quote(&mut tokens, |word| word.contains('.') && is_decimal(word)) {
            values.text(ELAPSED_S, elapsed);
        }
        let mut after = tokens;
        if let Some(referer) = after.quoted()
            && let Some(agent) = after.quoted()
        {
            tokens = after;
            copy(REFERER, referer, values);
            copy(USER_AGENT, agent, values);
        }
        Ok(tokens.rest)
    }

    pub(super) fn extras<'a>(&self, rest: &'a str, values: &mut Values<'a>) {
        for extra in Extras::of(rest) {
            match extra {
                Extra::Pair(key, value) => named(key, value, values),
                Extra::Piece { text, is_quoted, number } => {
                    if let Some(piece) = given(text) {
                        self.unnamed(piece, is_quoted, number, values);
                    }
                }
            }
        }
    }

    fn unnamed<'a>(&self, piece: &'a str, is_quoted: bool, number: usize, values: &mut Values<'a>) {
        let is_free = !(ELAPSED_S..=ELAPSED_US + 1).any(|slot| values.get(slot).is_present());
        if is_decimal(piece) {
            if let Some(slot) = self.elapsed.slot(piece, number).filter(|_| is_free) {
                return values.text(slot, piece);
            }
        } else if let Some((value, name)) = duration(piece).filter(|_| is_free) {
            return set_duration(value, name, ELAPSED_S, values);
        } else if let Some(upstream) = upstream(piece) {
            let is_forwarded = is_quoted && !piece.contains(':') && !values.get(FORWARDED_FOR).is_present();
            if is_forwarded || has_several(piece) && !have_ports(piece) {
                return values.text(FORWARDED_FOR, piece);
            }
            if !values.get(TARGET).is_present() {
                return values.text(TARGET, upstream);
            }
            // Of two addresses where nobody was said to have asked, the first did.
            if is_quoted
                && !values.get(SOURCE).is_present()
                && let Value::Text(client) = *values.get(TARGET)
            {
                values.text(SOURCE, client);
                return values.text(TARGET, upstream);
            }
        }
        if values.wants_extra() {
            values.extra.push((format!("extra_{number}").into(), piece.into()));
        }
    }
}

/// What Nexus and its kin write behind the size of a request: the answer's size, the time in ms, and the agent before a thread in brackets.
fn nexus<'a>(tokens: &mut Tokens<'a>) -> Option<(&'a str, &'a str, &'a str)> {
    let mut after = *tokens;
    after.blanks();
    after.rest.as_bytes().first().filter(|first| first.is_ascii_digit())?;
    let (bytes, elapsed) = (after.word().filter(|word| is_digits(word))?, after.word().filter(|word| is_digits(word))?);
    let agent = after.quoted()?;
    let rest = after;
    after.bracketed()?;
    *tokens = rest;
    Some((bytes, elapsed, agent))
}

/// Where Uvicorn's lines begin that tell of requests.
const UVICORN: &str = "INFO:";

/// `INFO:     10.0.0.5:50000 - "GET /items/5 HTTP/1.1" 200 OK`: no time, the words of the status at the end.
fn uvicorn<'a>(line: &'a str, values: &mut Values<'a>) -> Result<&'a str, Reason> {
    let (client, rest) = line.get(UVICORN.len()..).and_then(|rest| rest.trim_start().split_once(" - ")).ok_or(Reason::NO_MATCH)?;
    if !is_client(client) {
        return Err(Reason::NO_MATCH);
    }
    let mut tokens = Tokens::new(rest);
    let (method, path) = tokens.quoted().and_then(request).ok_or(Reason::NO_MATCH)?;
    let status = tokens.word().filter(|word| is_digits(word)).ok_or(Reason::NO_MATCH)?;
    for (slot, piece) in [(SOURCE, client), (METHOD, method), (PATH, path), (STATUS, status)] {
        values.text(slot, piece);
    }
    Ok("")
}

/// `[vhost[:port]] client ident user`; the user may hold blanks.
fn clients<'a>(who: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    let mut tokens = Tokens::new(who);
    let first = tokens.word().ok_or(Reason::NO_MATCH)?;
    let (second, third) = (tokens.word(), tokens.word());
    let user = memrchr(b' ', who.as_bytes()).and_then(|at| who.get(at + 1..)).unwrap_or(who);
    let client = match (second, third) {
        // A virtual host stands before the client: `%v:%p %h %l %u`.
        (Some(client), Some("-")) if is_client(client) && tokens.word().is_some() => {
            values.text(VIRTUAL_HOST, first);
            client
        }
        (Some(_), Some(_)) => first,
        (None, None) if is_client(first) => first,
        _ => return Err(Reason::NO_MATCH),
    };
    if !is_client(client) && client != "-" {
        return Err(Reason::NO_MATCH);
    }
    copy(SOURCE, client.trim_end_matches(','), values);
    if third.is_some() {
        copy(USER, user, values);
    }
    Ok(())
}

/// An address or a host name.
fn is_client(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'%' | b'[' | b']' | b',');
    let known = text.bytes().all(is_known);
    known && text.len() > 1 && (find_either(text.as_bytes(), 0, b'.', b':').is_some() || text == "localhost" || text.starts_with("::"))
}

/// The address in `10.0.9.4:8080` or `http://10.0.9.4:8080/x`; the last of several, which served the request.
pub(super) fn upstream(piece: &str) -> Option<&str> {
    if !matches!(piece.as_bytes().first()?, b'0'..=b'9' | b'[' | b':' | b'a'..=b'f' | b'h' | b'A'..=b'F') {
        return None;
    }
    let last = memrchr2(b',', b' ', piece.as_bytes()).map_or(Some(piece), |at| piece.get(at + 1..))?;
    let address = last.strip_prefix("http://").or_else(|| last.strip_prefix("https://")).unwrap_or(last);
    let address = memchr(b'/', address.as_bytes()).map_or(Some(address), |at| address.get(..at))?;
    let bytes = address.as_bytes();
    let host = memrchr(b':', bytes).map_or(bytes, |at| &bytes[..at]);
    let count = |bytes: &[u8], wanted: u8| bytes.iter().filter(|&&byte| byte == wanted).count();
    let is_v4 = host.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.') && count(host, b'.') == 3;
    let is_v6 =
        || count(bytes, b':') >= 2 && bytes.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'[' | b']' | b'.'));
    (is_v4 || is_v6()).then_some(address)
}

/// Whether a list of addresses has more than one.
fn has_several(piece: &str) -> bool {
    memchr(b',', piece.as_bytes()).is_some() && piece.contains(", ")
}

/// Whether every address of a list has a port, as those of upstreams have.
fn have_ports(list: &str) -> bool {
    list.split(", ").all(|address| address.matches(':').count() == 1)
}

pub(super) fn named<'a>(key: &'a str, value: &'a str, values: &mut Values<'a>) {
    let Some(value) = given(value) else { return };
    match key {
        "len" if is_digits(value) => values.text(BYTES, value),
        "rt" | "request_time" | "duration" | "elapsed" | "time" | "response_time" if is_decimal(value) => values.text(ELAPSED_S, value),
        "rt" | "request_time" | "duration" | "elapsed" | "took" => match duration(value) {
            Some((number, name)) => set_duration(number, name, ELAPSED_S, values),
            None => extra(key, value, values),
        },
        "D" | "us" | "duration_us" | "request_time_us" => values.text(ELAPSED_US, value),
        "duration_ms" | "ms" | "elapsed_ms" => values.text(ELAPSED_S + 1, value),
        "ua" | "upstream" | "upstream_addr" | "ups" if upstream(value).is_some() => values.text(TARGET, upstream(value).unwrap_or(value)),
        "xff" | "x_forwarded_for" | "forwarded_for" => values.text(FORWARDED_FOR, value),
        "warn" | "warning" | "warnings" => values.text(WARNING, value),
        _ => extra(key, value, values),
    }
}

/// The next word, if it is none in quotes, is such a one, and a quoted text follows.
fn word_before_quote<'a>(tokens: &mut Tokens<'a>, is: impl Fn(&str) -> bool) -> Option<&'a str> {
    let mut after = *tokens;
    after.blanks();
    if after.rest.starts_with('"') {
        return None;
    }
    let word = after.word().filter(|word| is(word))?;
    if !after.rest.trim_start().starts_with('"') {
        return None;
    }
    *tokens = after;
    Some(word)
}

impl LineParser for Access {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let rest = self.head(line, values)?;
        self.extras(rest, values);
        Ok(())
    }

    fn habits(&self) -> Habits {
        let time = match self.server {
            Server::Apache => LoggedTime::Start,
            Server::Nginx => LoggedTime::End,
        };
        Habits { kind: Some(Kind::Call), side: Some(Side::Callee), time: Some(time) }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}
