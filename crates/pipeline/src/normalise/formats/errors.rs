//! Error logs of nginx and Apache, klog, Redis, WebSphere and WebLogic: one line of header, then text.
//!
//! nginx: `2026/11/22 10:15:03 [error] 12#34: *56 text, client: 10.0.0.1, server: x, request: "GET / HTTP/1.1"`
//! (nginx.org, ngx_core_module `error_log`). Apache 2.2 `[time] [level] [client a] text` and 2.4
//! `[time] [module:level] [pid 1:tid 2] [client a:port] text` (httpd `ErrorLogFormat`). klog: `I1122 10:15:03.123456 7 file.go:9] text`
//! (github.com/kubernetes/klog, `header`); glog writes `I20261122 …` alike, and CockroachDB `I261122 10:15:03.123456 7 file.go:9 ⋮ [tags] text`.
//! WebSphere: `[11/22/26 10:15:03:123 UTC] 00000045 ServletWrappe E   text` (WebSphere's documentation, "Log and trace file", basic format).
//! WebLogic: `####<Nov 22, 2026 10:15:03 AM CST> <Error> <HTTP> <host> <server> <thread> … <1795342503123> … <BEA-101020> <text>` and, on the
//! console, without what is between (docs.oracle.com, "Understanding WebLogic Logging Services").
//! Redis: `7:M 22 Nov 2026 10:15:03.123 * text` (github.com/redis/redis, `serverLogRaw`).

use std::ops::Range;

use magpie_model::{Kind, Severity, Timestamp};

use super::keys::{COMPONENT, HOST, MESSAGE, METHOD, NAMES, PATH, PID, SEVERITY, SOURCE, TARGET, THREAD, TIME};
use super::tokens::{Tokens, given, is_digits, request};
use super::{extra, owned};
use crate::normalise::time::{DateOrder, Form, TimeForm, scan, settle_among};
use crate::normalise::values::{Habits, LineParser, Reason, Values};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Log {
    Nginx,
    Apache,
    Klog,
    Redis,
    WebSphere,
    WebLogic,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct ErrorLog {
    names: Vec<String>,
    log: Log,
    time: TimeForm,
}

impl ErrorLog {
    pub(in crate::normalise) fn new(log: Log) -> Self {
        let time = match log {
            Log::Nginx => TimeForm::of(Form::Iso),
            Log::Apache => TimeForm::of(Form::MonthDay),
            Log::Klog | Log::WebSphere | Log::WebLogic => TimeForm::auto(),
            Log::Redis => TimeForm::of(Form::DayMonth),
        };
        Self { names: owned(&NAMES), log, time }
    }

    /// A reader of WebSphere's log, whose dates are those of its locale, which none begins with a year of two digits: the sample tells the order.
    pub(in crate::normalise) fn websphere(sample: &[&str]) -> Self {
        let times: Vec<&str> = sample.iter().filter_map(|line| Tokens::new(line).bracketed()).collect();
        let form = times
            .iter()
            .find_map(|time| scan(time))
            .map(|(_, form)| settle_among(&[DateOrder::MonthFirst, DateOrder::DayFirst], form, &times, Timestamp::MAX));
        Self { time: form.map_or_else(TimeForm::auto, TimeForm::of), ..Self::new(Log::WebSphere) }
    }
}

impl LineParser for ErrorLog {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.log {
            Log::Nginx => nginx(line, values),
            Log::Apache => apache(line, values),
            Log::Klog => klog(line, values),
            Log::Redis => redis(line, values),
            Log::WebSphere => websphere(line, values),
            Log::WebLogic => weblogic(line, values),
        }
        .ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { kind: Some(Kind::Log), ..Habits::default() }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        let first = *line.as_bytes().first()?;
        Some(match self.log {
            Log::Nginx | Log::Redis => first.is_ascii_digit(),
            Log::Apache | Log::WebSphere => first == b'[',
            Log::WebLogic => line.starts_with("####<") || line.starts_with('<') && line.contains("> <"),
            Log::Klog => b"IWEFD".contains(&first) && line.as_bytes().get(1).is_some_and(u8::is_ascii_digit),
        })
    }
}

fn nginx<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let time = line.get(..19)?;
    if time.as_bytes()[4] != b'/' || time.as_bytes()[7] != b'/' {
        return None;
    }
    values.text(TIME, time);
    let mut tokens = Tokens::new(line.get(19..)?);
    let level = tokens.bracketed()?;
    Severity::from_word(level)?;
    values.text(SEVERITY, level);
    tokens.blanks();
    let process = tokens.until(b':')?;
    let (pid, thread) = process.split_once('#')?;
    if !is_digits(pid) || !is_digits(thread) {
        return None;
    }
    values.text(PID, pid);
    values.text(THREAD, thread);
    tokens.blanks();
    if tokens.rest.starts_with('*') {
        let connection = tokens.word()?;
        extra("connection", &connection[1..], values);
        tokens.blanks();
    }
    let end = tokens.rest.find(", client: ").unwrap_or(tokens.rest.len());
    let (text, context) = tokens.rest.split_at(end);
    values.text(MESSAGE, text);
    for part in context.split(", ").filter(|part| !part.is_empty()) {
        let Some((key, value)) = part.split_once(": ") else { continue };
        let value = value.trim_matches('"');
        match key {
            "client" => values.text(SOURCE, value),
            "request" => {
                if let Some((method, path)) = request(value) {
                    values.text(METHOD, method);
                    values.text(PATH, path);
                }
            }
            "upstream" => values.text(TARGET, authority(value)),
            "server" | "host" | "referrer" => extra(key, value, values),
            _ => {}
        }
    }
    Some(())
}

/// `http://10.0.9.4:8080/path` → `10.0.9.4:8080`.
pub(super) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn apache<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let time = tokens.bracketed()?;
    // A weekday, a month and a day: without the weekday it is another's log.
    if !time.as_bytes().first()?.is_ascii_alphabetic() || !time.contains(':') || time.split_ascii_whitespace().count() < 5 {
        return None;
    }
    values.text(TIME, time);
    let level = tokens.bracketed()?;
    let (module, word) = level.rsplit_once(':').map_or((None, level), |(module, word)| (given(module), word));
    if Severity::from_word(word).is_none() && !word.starts_with("trace") {
        return None;
    }
    values.text(SEVERITY, if word.starts_with("trace") { "trace" } else { word });
    if let Some(module) = module {
        values.text(COMPONENT, module);
    }
    loop {
        let mut after = tokens;
        let Some(part) = after.bracketed() else { break };
        if let Some(process) = part.strip_prefix("pid ") {
            let (pid, thread) = process.split_once(":tid ").map_or((process, None), |(pid, thread)| (pid, Some(thread)));
            values.text(PID, pid);
            if let Some(thread) = thread {
                values.text(THREAD, thread);
            }
        } else if let Some(client) = part.strip_prefix("client ").or_else(|| part.strip_prefix("remote ")) {
            values.text(SOURCE, client);
        } else if let Some(host) = part.strip_prefix("host ") {
            values.text(HOST, host);
        } else {
            break;
        }
        tokens = after;
    }
    tokens.blanks();
    if let Some(client) = client_behind_error(tokens.rest) {
        values.text(SOURCE, client);
    }
    values.text(MESSAGE, tokens.rest);
    Some(())
}

/// The error of the system stands before the client: `(111)Connection refused: [client 10.0.0.3:51322] AH00957: …`.
fn client_behind_error(text: &str) -> Option<&str> {
    let (number, text) = text.strip_prefix('(')?.split_once(')')?;
    let (_, after) = text.split_once(": [client ").filter(|_| is_digits(number))?;
    after.split_once(']').map(|(client, _)| client)
}

fn klog<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let level = match line.as_bytes().first()? {
        b'I' => "info",
        b'W' => "warn",
        b'E' => "error",
        b'F' => "fatal",
        b'D' => "debug",
        _ => return None,
    };
    let rest = line.get(1..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let clock = rest.get(digits + 1..)?;
    let clock = clock.get(..clock.find(' ')?)?;
    if !matches!(digits, 4 | 6 | 8) || !clock.contains(':') {
        return None;
    }
    let end = digits + 1 + clock.len();
    values.text(SEVERITY, level);
    values.text(TIME, rest.get(..end)?);
    let mut tokens = Tokens::new(rest.get(end..)?);
    let (process, place) = if digits == 6 {
        (tokens.word()?, tokens.word()?)
    } else {
        let mut words = tokens.until(b']')?.split_ascii_whitespace();
        (words.next()?, words.next()?)
    };
    let (file, number) = place.rsplit_once(':').filter(|(_, number)| is_digits(number))?;
    values.text(PID, process);
    values.text(COMPONENT, file.rsplit_once('@').map_or(file, |(_, file)| file));
    extra("line", number, values);
    let text = tokens.rest.strip_prefix(' ').unwrap_or(tokens.rest);
    values.text(MESSAGE, text.strip_prefix("⋮ ").unwrap_or(text));
    Some(())
}

fn websphere<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let time = tokens.bracketed().filter(|time| time.as_bytes().first().is_some_and(u8::is_ascii_digit) && time.contains(':'))?;
    let thread = tokens.word().filter(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let component = tokens.word()?;
    let level = match tokens.word()? {
        "F" => "fatal",
        // What is printed to System.err.
        "E" | "R" => "error",
        "W" => "warn",
        "A" | "I" | "O" => "info",
        "C" | "D" | "1" => "debug",
        "2" | "3" | ">" | "<" => "trace",
        "Z" => "",
        _ => return None,
    };
    values.text(TIME, time);
    values.text(THREAD, thread);
    values.text(COMPONENT, component);
    if let Some(level) = given(level) {
        values.text(SEVERITY, level);
    }
    values.text(MESSAGE, tokens.rest.trim_start());
    Some(())
}

fn weblogic<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let is_whole = line.starts_with("####");
    let text = line.trim_start_matches('#').strip_prefix('<')?.trim_end();
    let pieces: Vec<&str> = text.strip_suffix('>').unwrap_or(text).split("> <").collect();
    let ([time, level, subsystem, ..], Some(message)) = (pieces.as_slice(), pieces.last()) else { return None };
    let level = match *level {
        "Emergency" | "Critical" | "Alert" => "fatal",
        "Error" => "error",
        "Warning" => "warn",
        "Notice" | "Info" => "info",
        "Debug" | "Trace" => "debug",
        _ => return None,
    };
    let id = pieces.get(pieces.len() - 2).filter(|id| id.contains('-'))?;
    scan(time).filter(|(range, form)| range.start == 0 && form.is_dated())?;
    // The epoch needs no zone of an abbreviated name.
    let epoch = pieces.iter().find(|piece| piece.len() == 13 && is_digits(piece)).filter(|_| is_whole);
    values.text(TIME, epoch.unwrap_or(time));
    values.text(SEVERITY, level);
    values.text(COMPONENT, subsystem);
    values.text(MESSAGE, message);
    extra("message_id", id, values);
    if let (true, [_, _, _, host, server, thread, ..]) = (is_whole, pieces.as_slice()) {
        values.text(HOST, host);
        values.text(THREAD, thread);
        extra("server", server, values);
    }
    Some(())
}

fn redis<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let (pid, role) = tokens.word()?.split_once(':')?;
    let role = match role {
        "M" => "master",
        "S" => "replica",
        "C" => "child",
        "X" => "sentinel",
        _ => return None,
    };
    if !is_digits(pid) {
        return None;
    }
    let rest = tokens.rest.get(1..)?;
    let (Range { start: 0, end }, _) = scan(rest)? else { return None };
    tokens.rest = rest.get(end..)?;
    let level = match tokens.word()? {
        "." | "-" => "debug",
        "*" => "info",
        "#" => "warn",
        _ => return None,
    };
    values.text(PID, pid);
    values.text(TIME, rest.get(..end)?);
    values.text(SEVERITY, level);
    values.text(MESSAGE, tokens.rest.trim_start());
    extra("role", role, values);
    Some(())
}
