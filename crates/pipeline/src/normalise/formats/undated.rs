//! Lines whose head has no date: the kernel's ring buffer and X.Org's log, coturn, Android's brief forms, Tuxedo's user log.
//!
//! Kernel: `[12345.678901] usb 1-1: text`, seconds since it began, perhaps behind a priority or `kern  :info  :` (dmesg(1) `--raw`,
//! `--decode`); X.Org writes `[    12.345] (EE) text` alike. coturn: `12: (4711): INFO: text`. logcat: `I/ActivityManager( 1234): text` and
//! `I( 1234) text  (ActivityManager)` (developer.android.com, "Logcat command-line tool", output formats). Tuxedo:
//! `101503.host!SERVER.4711.1.0: gtrid x0 x1 x2: CATALOGUE:262: ERROR: text` (docs.oracle.com, `userlog(3c)`): the date is the file's name's.

use magpie_model::Kind;

use super::keys::{COMPONENT, HOST, MESSAGE, NAMES, PID, SEVERITY, SOURCE, THREAD, TIME, level_word};
use super::layout::{letter_level, level_of};
use super::tokens::is_digits;
use super::{extra, owned};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Log {
    Kernel,
    Coturn,
    Logcat,
    Tuxedo,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Undated {
    names: Vec<String>,
    log: Log,
}

impl Undated {
    pub(in crate::normalise) fn new(log: Log) -> Self {
        Self { names: owned(&NAMES), log }
    }
}

impl LineParser for Undated {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.log {
            // logcat says which of its buffers follows.
            Log::Logcat if line.starts_with("--------- beginning of ") => return Err(Reason::NOT_AN_EVENT),
            Log::Logcat => logcat(line, values),
            Log::Kernel => kernel(line, values),
            Log::Coturn => coturn(line, values),
            Log::Tuxedo => tuxedo(line, values),
        }
        .ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { kind: Some(Kind::Log), ..Habits::default() }
    }
}

fn kernel<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (head, rest) = line.split_once('[')?;
    let (seconds, text) = rest.split_once(']')?;
    let (whole, fraction) = seconds.trim_start().split_once('.')?;
    // Nine digits and more are a time since 1970.
    if !is_digits(whole) || whole.len() > 8 || !is_digits(fraction) || !matches!(fraction.len(), 3 | 6) {
        return None;
    }
    let text = text.trim_start();
    let level = match head.trim() {
        "" => marked(text),
        raw if raw.starts_with('<') => priority(raw),
        decoded => Some(level_of(decoded.strip_suffix(':')?.rsplit(':').next()?.trim())?.0.name()),
    };
    if let Some(level) = level {
        values.text(SEVERITY, level);
    }
    if let Some(device) = device(text) {
        values.text(COMPONENT, device);
    }
    extra("uptime_s", seconds.trim_start(), values);
    values.text(MESSAGE, text);
    Some(())
}

/// `<6>`: facility times eight and level.
fn priority(raw: &str) -> Option<&'static str> {
    let number: u32 = raw.strip_prefix('<')?.strip_suffix('>')?.parse().ok()?;
    level_word(["0", "1", "2", "3", "4", "5", "6", "7"][(number % 8) as usize])
}

/// X.Org's `(EE)`.
fn marked(text: &str) -> Option<&'static str> {
    Some(match text.get(..4)? {
        "(EE)" => "error",
        "(WW)" => "warn",
        "(II)" | "(--)" | "(**)" | "(==)" | "(++)" => "info",
        _ => return None,
    })
}

/// The driver of `usb 1-1: text`, `EXT4-fs (sda1): text`, `e1000e 0000:00:1f.6 eth0: text`; what it speaks of is named by numbers.
fn device(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(": ").filter(|(name, _)| name.len() <= 40 && name.starts_with(char::is_alphabetic))?;
    let mut words = name.split(' ');
    let driver = words.next()?;
    words.all(|word| word.contains(|one: char| one.is_ascii_digit() || one == '(')).then_some(driver)
}

fn coturn<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (seconds, rest) = line.split_once(": ").filter(|(seconds, _)| is_digits(seconds))?;
    let (thread, text) = match rest.strip_prefix(": ") {
        Some(text) => (None, text),
        None => rest.strip_prefix('(')?.split_once("): ").map(|(thread, text)| (Some(thread), text))?,
    };
    let levelled = text.split_once(": ").and_then(|(word, message)| Some((level_of(word)?, message)));
    if let Some((level, _)) = levelled {
        values.text(SEVERITY, level.0.name());
    }
    if let Some(thread) = thread.filter(|thread| is_digits(thread)) {
        values.text(THREAD, thread);
    }
    let message = levelled.map_or(text, |(_, message)| message);
    if let Some((_, client)) = message.split_once(" remote ") {
        values.text(SOURCE, client.split([',', ' ']).next()?);
    }
    extra("uptime_s", seconds, values);
    values.text(MESSAGE, message);
    Some(())
}

fn logcat<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let level = line.get(..1).filter(|letter| "VDIWEF".contains(letter)).and_then(letter_level)?;
    let rest = &line[1..];
    let (tag, pid, text) = match rest.strip_prefix('/') {
        Some(rest) => {
            let (tag, rest) = rest.split_once('(')?;
            let (pid, text) = rest.split_once("): ").or_else(|| rest.strip_suffix("):").map(|pid| (pid, "")))?;
            (tag, pid, text)
        }
        None => {
            let (pid, rest) = rest.strip_prefix('(')?.split_once(") ")?;
            let (text, tag) = rest.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
            (tag, pid, text.trim_end())
        }
    };
    let pid = pid.trim_start();
    if !is_digits(pid) || tag.trim().is_empty() {
        return None;
    }
    values.text(SEVERITY, level.name());
    values.text(COMPONENT, tag.trim());
    values.text(PID, pid);
    values.text(MESSAGE, text);
    Some(())
}

fn tuxedo<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (head, rest) = line.split_once(": ")?;
    let (place, server) = head.split_once('!')?;
    let (clock, host) = place.split_once('.').filter(|(clock, _)| clock.len() == 6 && is_digits(clock))?;
    // With ULOGMILLISEC.
    let millis = host.split_once('.').filter(|(millis, _)| millis.len() == 3 && is_digits(millis));
    let mut parts = server.rsplitn(4, '.');
    let (_context, thread, pid) = (parts.next()?, parts.next()?, parts.next().filter(|pid| is_digits(pid))?);
    let time = format!("{}:{}:{}.{}", &clock[..2], &clock[2..4], &clock[4..], millis.map_or("0", |(millis, _)| millis));
    values.set(TIME, Value::Owned(time));
    values.text(HOST, millis.map_or(host, |(_, host)| host));
    values.text(COMPONENT, parts.next()?);
    values.text(PID, pid);
    values.text(THREAD, thread);
    let mut text = rest;
    if let Some((transaction, after)) = text.strip_prefix("gtrid ").and_then(|rest| rest.split_once(": ")) {
        extra("gtrid", transaction, values);
        text = after;
    }
    let is_catalogue = |(name, _): &(&str, &str)| name.rsplit_once(':').is_some_and(|(_, number)| is_digits(number)) && !name.contains(' ');
    if let Some((id, after)) = text.split_once(": ").filter(is_catalogue) {
        extra("message_id", id, values);
        text = after;
    }
    if let Some((level, after)) = text.split_once(": ").and_then(|(word, after)| Some((level_of(word)?, after))) {
        values.text(SEVERITY, level.0.name());
        text = after;
    }
    values.text(MESSAGE, text);
    Some(())
}
