//! Syslog: RFC 3164 as files and networks carry it, and RFC 5424 with structured data.
//!
//! `[<PRI>]Nov 22 10:15:03 host program[pid]: text` - the priority is missing in files, the time may be RFC 3339 (rsyslog),
//! the host may be missing (systems that log to themselves). RFC 5424: `<PRI>1 time host app procid msgid [id k="v"] text`.
//! What a program writes behind the header may itself be of a known format; that is `detect`'s to find.

use magpie_model::Severity;

use super::json::unescape;
use super::keys::{COMPONENT, HOST, MESSAGE, NAMES, PID, SEVERITY, SPAN_ID, TIME, TRACE_ID};
use super::layout::level_of;
use super::owned;
use super::tokens::{Tokens, given, is_decimal, is_digits};
use crate::normalise::time::{Form, TimeForm, scan};
use crate::normalise::values::{LineParser, Reason, Value, Values};

/// The reader of both.
#[derive(Debug)]
pub(super) struct Syslog {
    names: Vec<String>,
}

impl Syslog {
    pub(super) fn new() -> Self {
        Self { names: owned(&NAMES) }
    }
}

impl LineParser for Syslog {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let (priority, rest) = priority(line);
        if let Some(priority) = priority {
            values.text(SEVERITY, Severity::from_syslog((priority & 7) as u8).name());
            if values.wants_extra() {
                values.extra.push(("facility".into(), facility(priority >> 3).into()));
            }
            if let Some(rest) = rest.strip_prefix("1 ") {
                return rfc5424(rest, values);
            }
        }
        rfc3164(rest, values)
    }

    fn time_form(&self) -> Option<&TimeForm> {
        None
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        Some(line.starts_with(['<', '%']) || line.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric))
    }
}

/// Splits off `<PRI>`, 0 to 191.
fn priority(line: &str) -> (Option<u16>, &str) {
    let split = || {
        let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
        let number: u16 = if is_digits(number) && number.len() <= 3 { number.parse().ok()? } else { return None };
        (number < 192).then_some((Some(number), rest))
    };
    split().unwrap_or((None, line))
}

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

fn facility(number: u16) -> &'static str {
    FACILITIES.get(usize::from(number)).copied().unwrap_or("unknown")
}

fn rfc5424<'a>(rest: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    let mut tokens = Tokens::new(rest);
    for slot in [Some(TIME), Some(HOST), Some(COMPONENT), Some(PID), None] {
        let word = tokens.word().ok_or(Reason::NO_MATCH)?;
        match (slot, given(word)) {
            (Some(slot), Some(word)) => values.text(slot, word),
            (None, Some(id)) if values.wants_extra() => values.extra.push(("msgid".into(), id.into())),
            _ => {}
        }
    }
    tokens.blanks();
    if !tokens.eat("-") {
        while tokens.rest.starts_with('[') {
            structured_element(&mut tokens, values)?;
        }
    }
    let text = tokens.rest.strip_prefix(' ').unwrap_or(tokens.rest);
    values.text(MESSAGE, text.strip_prefix('\u{feff}').unwrap_or(text));
    Ok(())
}

/// `[id key="value" …]`; in values `"`, `\` and `]` are escaped.
fn structured_element<'a>(tokens: &mut Tokens<'a>, values: &mut Values<'a>) -> Result<(), Reason> {
    let inner = tokens.rest.strip_prefix('[').ok_or(Reason::NO_MATCH)?;
    let id = inner.find([' ', ']']).ok_or(Reason::NO_MATCH)?;
    tokens.rest = inner.get(id..).ok_or(Reason::NO_MATCH)?;
    loop {
        tokens.blanks();
        if tokens.eat("]") {
            return Ok(());
        }
        let key = tokens.until(b'=').ok_or(Reason::NO_MATCH)?;
        let mut at = 0;
        let value = super::json::string_at(tokens.rest, &mut at).ok_or(Reason::NO_MATCH)?;
        tokens.rest = tokens.rest.get(at..).ok_or(Reason::NO_MATCH)?;
        let (super::json::Json::Text(raw) | super::json::Json::Escaped(raw)) = value else { return Err(Reason::NO_MATCH) };
        match super::keys::meaning(key) {
            super::keys::Meaning::Slot(slot @ (TRACE_ID | SPAN_ID)) => values.text(slot, raw),
            _ if values.wants_extra() => {
                let value = if raw.contains('\\') { unescape(&raw.replace("\\]", "]")).into() } else { raw.into() };
                values.extra.push((key.into(), value));
            }
            _ => {}
        }
    }
}

fn rfc3164<'a>(rest: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    let (range, form) = scan(rest).ok_or(Reason::NO_MATCH)?;
    if range.start > 1 || !form.is_dated() || form == Form::Epoch {
        return Err(Reason::NO_MATCH);
    }
    let time = rest.get(range.clone()).ok_or(Reason::NO_MATCH)?;
    // Dates with slashes are Go's and others': behind them stands a file or a level, no host or program.
    if time.contains('/') {
        return Err(Reason::NO_MATCH);
    }
    values.text(TIME, time);
    let mut tokens = Tokens::new(rest.get(range.end..).ok_or(Reason::NO_MATCH)?.trim_start_matches(':'));
    if !tokens.rest.starts_with(' ') {
        return Err(Reason::NO_MATCH);
    }
    let first = tokens.word().ok_or(Reason::NO_MATCH)?;
    // `kernel:` right after the time: the host is missing.
    let after_host = tokens;
    let (program, text) = match tag(first, after_host.rest) {
        // `info: text` is an application's line, too.
        Some((program, _)) if Severity::from_word(program).is_some() => return Err(Reason::NO_MATCH),
        // Of the forms of applications, only BIND's day and month go before a tag without a process.
        Some(tagged) if first.ends_with(':') && (form != Form::Iso || tagged.0.ends_with(']')) => tagged,
        _ => {
            let next = after_host.rest.split_ascii_whitespace().next().unwrap_or_default();
            if !is_host(first) || is_level(first) || is_level(next) || form != Form::MonthDay && !is_plain_header(first, after_host.rest) {
                return Err(Reason::NO_MATCH);
            }
            values.text(HOST, first);
            let Some(tagged) = tag_ahead(after_host.rest) else {
                if form != Form::MonthDay {
                    return Err(Reason::NO_MATCH);
                }
                // A device's message, or one without a program, such as `last message repeated 2 times`.
                let text = after_host.rest.trim_start();
                let message = device_message(text, values).unwrap_or(text);
                values.text(MESSAGE, message);
                return Ok(());
            };
            tagged
        }
    };
    let (program, level) = level_at_end(program);
    let (name, pid) = process(program);
    if let Some(level) = level.filter(|_| !values.get(SEVERITY).is_present()) {
        values.text(SEVERITY, level);
    }
    // The tag itself may be a device's.
    if let Some(message) = name.contains(['%', '/']).then(|| device_message(rest_from(rest, name), values)).flatten() {
        values.text(MESSAGE, message);
        return Ok(());
    }
    values.text(COMPONENT, name);
    if let Some(pid) = pid.and_then(given) {
        values.text(PID, pid);
    }
    // In a file, without a priority, some programs begin the text with its level: `warning: hostname does not resolve`.
    if !values.get(SEVERITY).is_present()
        && let Some((word, _)) = text.split_once(": ")
        && level_of(word).is_some_and(|(_, is_word)| is_word)
    {
        values.text(SEVERITY, word);
    }
    values.text(MESSAGE, text);
    Ok(())
}

/// A tag without the level behind it: `krb5kdc[1234](info)`, Apple's `kernel[0] <Error>`.
fn level_at_end(program: &str) -> (&str, Option<&str>) {
    let split = || {
        let (name, level) = match program.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<')?,
            None => program.strip_suffix(')')?.rsplit_once('(')?,
        };
        level_of(level).is_some_and(|(_, is_word)| is_word).then_some((name.trim_end(), Some(level)))
    };
    split().unwrap_or((program, None))
}

/// Name and process of a tag: `shop[712]`; Dovecot's `imap(alice)<712><session>` and `lmtp(712)`.
fn process(program: &str) -> (&str, Option<&str>) {
    if let Some((name, pid)) = program.strip_suffix(']').and_then(|tag| tag.rsplit_once('[')) {
        return (name, Some(pid));
    }
    if let Some((head, rest)) = program.split_once('<').filter(|(head, _)| !head.is_empty()) {
        let name = head.split('(').next().unwrap_or(head);
        return (name, rest.split('>').next().filter(|pid| is_digits(pid)));
    }
    match program.strip_suffix(')').and_then(|tag| tag.rsplit_once('(')).filter(|(_, pid)| is_digits(pid)) {
        Some((name, pid)) => (name, Some(pid)),
        None => (program, None),
    }
}

fn rest_from<'a>(line: &'a str, piece: &str) -> &'a str {
    line.find(piece).and_then(|at| line.get(at..)).unwrap_or_default()
}

/// What network devices of Cisco, Huawei and H3C write, `%LINK-3-UPDOWN: text`, `%%01IFNET/4/LINK_STATE(l)[0]:text` and
/// `IFNET/3/PHY_UPDOWN: text`, perhaps behind a number and a time of their own: facility as component, severity, mnemonic; returns the text.
fn device_message<'a>(text: &'a str, values: &mut Values<'a>) -> Option<&'a str> {
    const REACH: usize = 64;
    let at = text.find('%').filter(|at| *at <= REACH && (*at == 0 || text[..*at].ends_with(' ')));
    let (head, message) = text.get(at.map_or(0, |at| at + 1)..)?.split_once(':')?;
    // Huawei's version stands before the module, the kind of log and a number behind the mnemonic.
    let head = head.strip_prefix("%01").unwrap_or(head).split(['(', '[']).next()?;
    let between = if at.is_some() && !head.contains('/') { '-' } else { '/' };
    let (before, mnemonic) = head.rsplit_once(between)?;
    let (facility, level) = before.rsplit_once(between)?;
    let level = level.parse().ok().filter(|level| *level < 8)?;
    let known = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if facility.is_empty() || !known(facility) || !known(mnemonic) {
        return None;
    }
    values.text(COMPONENT, facility);
    values.text(SEVERITY, Severity::from_syslog(level).name());
    if values.wants_extra() {
        values.extra.push(("mnemonic".into(), mnemonic.into()));
    }
    Some(message.trim_start())
}

/// A level where host or program would be: then the line is an application's, not syslog's.
fn is_level(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', ':', '|', '<', '>', '(', ')']);
    word.len() > 2 && level_of(word).is_some_and(|(_, is_word)| is_word)
}

/// Whether host and tag stand as programs write them, where a time of another form than syslog's own could be any application's: one
/// blank between, no blank in the tag, and the host neither an address with port nor a letter for a level.
fn is_plain_header(host: &str, rest: &str) -> bool {
    let mut blanks = rest.bytes().take_while(|byte| *byte == b' ');
    let tag = rest.trim_start().split(": ").next().unwrap_or_default();
    (blanks.next(), blanks.next()) == (Some(b' '), None)
        && !tag.contains(' ')
        && host.len() > 1
        && !host.contains('/')
        && host.matches(':').count() != 1
}

fn is_host(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && !is_digits(word)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:%/@".contains(&byte))
}

/// `word` as a tag: `program:` or `program[pid]:`, with the text behind it.
fn tag<'a>(word: &'a str, rest: &'a str) -> Option<(&'a str, &'a str)> {
    let program = word.strip_suffix(':')?;
    let sound = !program.is_empty() && program.len() <= 64 && !program.starts_with('[') && !is_decimal(program);
    sound.then(|| (program, rest.strip_prefix(' ').unwrap_or(rest)))
}

/// The tag at the start of the text behind the host. Some programs have blanks in it: `syslogd 1.4.1: restart.`, `gdm(pam_unix)[2803]:`.
fn tag_ahead(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.trim_start();
    let end = rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len))?;
    let program = rest.get(..end)?;
    let blanks = program.matches(' ').count();
    let sound = !program.is_empty()
        && !program.starts_with('(')
        && program.len() <= 64
        && blanks <= 1
        && !program.contains(['"', '=', ',', '|'])
        && !is_decimal(program);
    sound.then(|| (program, rest.get(end + 1..).map_or("", |text| text.strip_prefix(' ').unwrap_or(text))))
}

/// The text behind the header, for finding the format inside.
pub(super) fn inner(line: &str) -> Option<String> {
    let mut values = Values::new(NAMES.len());
    Syslog::new().parse(line, &mut values).ok()?;
    match values.get(MESSAGE) {
        Value::Text(text) => Some((*text).to_owned()),
        _ => None,
    }
}
