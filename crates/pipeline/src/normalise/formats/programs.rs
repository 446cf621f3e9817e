//! Lines that single programs write and nobody else: FTP servers, MinIO, CouchDB, AWS Lambda, macOS, OceanBase, and loggers on zap.
//!
//! Some tell of requests, the rest are log events with a head of their own. Sources: xferlog(5); min.io "mc admin trace";
//! docs.couchdb.org "Logging"; docs.aws.amazon.com "Lambda, log formats"; log(1) of macOS, styles `default` and `compact`;
//! oceanbase.com "Log description"; pkg.go.dev/go.uber.org/zap/zapcore "NewConsoleEncoder".

use magpie_model::{Severity, config::LoggedTime};

use super::keys::{
    BYTES, COMPONENT, ELAPSED_S, MESSAGE, METHOD, NAMES, PATH, PID, SERVICE, SEVERITY, SOURCE, STATUS, TARGET, THREAD, TIME,
};
use super::layout::level_of;
use super::structured::{Structured, Syntax};
use super::tokens::{Tokens, duration, is_digits, is_ip, size};
use super::{copy, extra, owned, set_duration};
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

const ELAPSED_MS: usize = ELAPSED_S + 1;

/// Whose lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Program {
    /// What FTP servers have sent and received: wu-ftpd, vsftpd, ProFTPD.
    Xferlog,
    /// `mc admin trace` of MinIO.
    Minio,
    CouchDb,
    /// AWS Lambda in its text format.
    Lambda,
    /// The unified log of macOS.
    MacOs,
    OceanBase,
    /// The console encoder of Go's zap: Caddy, Kubernetes' controllers.
    Zap,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Programs {
    names: Vec<String>,
    program: Program,
    time: TimeForm,
    /// Of the objects behind zap's lines.
    object: Structured,
}

impl Programs {
    pub(in crate::normalise) fn new(program: Program, sample: &[&str]) -> Self {
        let objects: Vec<&str> = sample.iter().filter_map(|line| zap_object(line).map(|(_, object)| object)).collect();
        Self { names: owned(&NAMES), program, time: TimeForm::auto(), object: Structured::new(Syntax::Json, &objects) }
    }
}

impl LineParser for Programs {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.program {
            Program::Xferlog => xferlog(line, values),
            Program::Minio => minio(line, values),
            Program::CouchDb => couchdb(line, values),
            Program::Lambda => lambda(line, values),
            Program::MacOs if line.starts_with("Timestamp ") => return Err(Reason::NOT_AN_EVENT),
            Program::MacOs => macos(line, values),
            Program::OceanBase => oceanbase(line, values),
            Program::Zap => zap(&self.object, line, values),
        }
        .ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        Habits { time: Some(LoggedTime::End), ..Habits::default() }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        match self.program {
            // What functions print may be anything; what the runtime writes begins an event, also behind a stack trace.
            Program::Lambda => is_of_lambda(line).then_some(true),
            // Go's stacks are not indented.
            Program::Zap => Some(timed(line).is_some()),
            _ => None,
        }
    }
}

/// A time at the begin of a text, and what follows.
fn timed(text: &str) -> Option<(&str, &str)> {
    let (range, _) = scan(text).filter(|(range, form)| range.start == 0 && form.is_dated())?;
    Some((text.get(range.clone())?, text.get(range.end..)?))
}

/// `Sun Nov 22 10:15:03 2026 2 10.0.0.5 524288 /pub/file.iso b _ o a bob@example.com ftp 0 * c`
fn xferlog<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (time, rest) = timed(line)?;
    let mut tokens = Tokens::new(rest);
    let (seconds, client, bytes) = (tokens.word()?, tokens.word()?, tokens.word()?);
    // A name may have blanks, and nine pieces follow it.
    let tail: Vec<&str> = tokens.rest.rsplitn(10, ' ').collect();
    let [completion, _, _, service, user, _, direction, _, kind, path] = tail.as_slice() else { return None };
    if !is_digits(seconds) || !is_digits(bytes) || !matches!(*kind, "a" | "b") || !matches!(*completion, "c" | "i") {
        return None;
    }
    let command = match *direction {
        "o" => "RETR",
        "i" => "STOR",
        "d" => "DELE",
        _ => return None,
    };
    values.text(TIME, time);
    values.text(ELAPSED_S, seconds);
    values.text(SOURCE, client);
    values.text(BYTES, bytes);
    values.text(SERVICE, command);
    values.text(STATUS, if *completion == "c" { "complete" } else { "incomplete" });
    if *completion == "i" {
        values.text(SEVERITY, "error");
    }
    extra("path", path.trim_start(), values);
    extra("user", user, values);
    extra("protocol", service, values);
    Some(())
}

/// `2026-11-22T10:15:03.123 [200 OK] s3.GetObject 10.0.0.9:9000/bucket/a.txt 10.0.0.5 1.23ms ⇣ 856.2µs ↑ 93 B ↓ 1.2 KiB`
fn minio<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (time, rest) = timed(line)?;
    let mut tokens = Tokens::new(rest);
    let status = tokens.bracketed()?.split(' ').next().filter(|status| is_digits(status) && status.len() == 3)?;
    let (call, url, client, elapsed) = (tokens.word()?, tokens.word()?, tokens.word()?, tokens.word()?);
    let (number, unit) = duration(elapsed)?;
    let (host, path) = url.split_once('/')?;
    if !call.contains('.') || !is_ip(client) {
        return None;
    }
    values.text(TIME, time);
    values.text(STATUS, status);
    values.text(SERVICE, call);
    values.text(TARGET, host);
    values.text(SOURCE, client);
    set_duration(number, unit, ELAPSED_S, values);
    if let Some(sent) = tokens.rest.rsplit_once('↓').and_then(|(_, sent)| size(sent.trim())) {
        values.set(BYTES, Value::Owned(sent.to_string()));
    }
    extra("key", path, values);
    Some(())
}

/// `[notice] 2026-11-22T10:15:03.123456Z couchdb@10.0.0.9 <0.123.0> 8f1234abcd 10.0.0.9:5984 10.0.0.5 bob GET /shop/_all_docs 200 ok 12`
fn couchdb<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let (level, _) = level_of(tokens.bracketed()?)?;
    let (time, node, process, request) = (tokens.word()?, tokens.word()?, tokens.word()?, tokens.word()?);
    if !node.contains('@') || !process.starts_with('<') || !timed(time)?.1.is_empty() {
        return None;
    }
    values.text(TIME, time);
    values.text(SEVERITY, level.name());
    values.text(THREAD, process);
    extra("node", node, values);
    extra("request_id", Some(request).filter(|id| !id.starts_with("---")).unwrap_or_default(), values);
    let text = tokens.rest.trim_start();
    let pieces: Vec<&str> = text.split(' ').collect();
    let [server, client, user, method, path, status, outcome, elapsed] = pieces.as_slice() else {
        values.text(MESSAGE, text);
        return Some(());
    };
    if !is_digits(status) || !is_digits(elapsed) || !path.starts_with('/') {
        values.text(MESSAGE, text);
        return Some(());
    }
    for (slot, piece) in [(TARGET, server), (SOURCE, client), (METHOD, method), (PATH, path), (STATUS, status), (ELAPSED_MS, elapsed)] {
        copy(slot, piece, values);
    }
    extra("user", Some(*user).filter(|user| *user != "undefined").unwrap_or_default(), values);
    extra("outcome", outcome, values);
    Some(())
}

/// What the runtime itself writes.
const OF_LAMBDA: [&str; 6] =
    ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ", "EXTENSION\tName: ", "XRAY TraceId: "];

/// Whether a line is one by which the format is known.
fn is_of_lambda(line: &str) -> bool {
    OF_LAMBDA.iter().any(|begin| line.starts_with(begin))
        || line.starts_with('[') && line.contains("]\t20")
        || line.starts_with("20") && line.get(24..25) == Some("\t")
}

/// `REPORT RequestId: 8f50…\tDuration: 15.74 ms\tBilled Duration: 16 ms\t…`, and what functions log between: Node's
/// `time\tid\tLEVEL\ttext`, Python's `[LEVEL]\ttime\tid\ttext`. Lines of the runtime have no time; CloudWatch keeps it beside them.
fn lambda<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    if let Some(rest) = line.strip_prefix("REPORT RequestId: ") {
        let mut pieces = rest.split(['\t', '\n']).map(str::trim);
        extra("request_id", pieces.next()?, values);
        for (key, value) in pieces.filter_map(|piece| piece.split_once(": ")) {
            match key {
                "Duration" => values.text(ELAPSED_MS, value.strip_suffix(" ms")?),
                "Status" => values.text(SEVERITY, "error"),
                _ => {}
            }
            extra(key, value, values);
        }
        return Some(());
    }
    if OF_LAMBDA.iter().any(|begin| line.starts_with(begin)) {
        let id = line.split_once("RequestId: ").and_then(|(_, rest)| rest.split([' ', '\t']).next());
        extra("request_id", id.unwrap_or_default(), values);
        return Some(());
    }
    let pieces: Vec<&str> = line.splitn(4, '\t').collect();
    let (time, id, level, text) = match pieces.as_slice() {
        [level, time, id, text] if level.starts_with('[') => (*time, *id, level.trim_matches(['[', ']']), *text),
        [time, id, level, text] => (*time, *id, *level, *text),
        _ => {
            let (time, rest) = timed(line)?;
            let (id, text) = rest.trim_start().split_once(' ').filter(|(id, text)| id.len() == 36 && text.starts_with("Task timed out"))?;
            (time, id, "ERROR", text)
        }
    };
    timed(time).filter(|(_, rest)| rest.is_empty())?;
    values.text(TIME, time);
    values.text(SEVERITY, level_of(level)?.0.name());
    extra("request_id", id, values);
    values.text(MESSAGE, text);
    Some(())
}

/// `time+zone 0x1a2b Error 0x8ea2 500 0 Safari: (CFNetwork) text`, and in short `time E  Safari[500:1a2b] (CFNetwork) text`, behind the time
/// `[subsystem:category]` may stand, too.
fn macos<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (time, rest) = timed(line)?;
    let mut tokens = Tokens::new(rest);
    let first = tokens.word()?;
    let (level, text) = if first.starts_with("0x") {
        let (kind, activity, pid, ttl) = (tokens.word()?, tokens.word()?, tokens.word()?, tokens.word()?);
        if !activity.starts_with("0x") || !is_digits(pid) || !is_digits(ttl) {
            return None;
        }
        let (process, text) = tokens.rest.trim_start().split_once(": ")?;
        values.text(COMPONENT, process);
        values.text(THREAD, first);
        values.text(PID, pid);
        (macos_level(kind)?, text)
    } else {
        let (process, rest) = tokens.rest.trim_start().split_once('[')?;
        let (ids, text) = rest.split_once("] ")?;
        let (pid, thread) = ids.split_once(':').filter(|(pid, _)| is_digits(pid))?;
        values.text(COMPONENT, process);
        values.text(PID, pid);
        values.text(THREAD, thread);
        (macos_level(first)?, text)
    };
    let (library, text) = enclosed(text, '(', ')').map_or((None, text), |(library, text)| (Some(library), text));
    extra("library", library.unwrap_or_default(), values);
    let (subsystem, text) =
        enclosed(text, '[', ']').filter(|(name, _)| name.contains(':')).map_or((None, text), |(name, text)| (Some(name), text));
    extra("subsystem", subsystem.unwrap_or_default(), values);
    values.text(TIME, time);
    values.text(SEVERITY, level.name());
    values.text(MESSAGE, text);
    Some(())
}

fn macos_level(word: &str) -> Option<Severity> {
    Some(match word {
        "Default" | "Df" | "Info" | "I" | "Activity" | "A" | "Signpost" => Severity::Info,
        "Debug" | "Db" => Severity::Debug,
        "Error" | "E" => Severity::Error,
        "Fault" | "F" => Severity::Fatal,
        _ => return None,
    })
}

/// A text in brackets at the begin, and what follows.
fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix(open)?.split_once(close)?;
    Some((inner, rest.trim_start()))
}

/// What stands before the object at the end of a line, or before the stack that follows it, and the object.
fn zap_object(line: &str) -> Option<(&str, &str)> {
    let first = line.lines().next()?;
    let (head, object) = first.get(..first.find("\t{")?).zip(first.get(first.find("\t{")? + 1..))?;
    object.ends_with('}').then_some((head, object))
}

/// `2026-11-22T10:15:03.123Z\tINFO\tlogger\tshop/main.go:12\ttext\t{"order": 7}`; logger, place and object are not in all lines, but one of the
/// last two is.
fn zap<'a>(reader: &Structured, line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let object = zap_object(line);
    let head = object.map_or(line, |(head, _)| head);
    let mut pieces = head.split('\t');
    let (time, level) = (pieces.next()?, pieces.next()?);
    timed(time).filter(|(_, rest)| rest.is_empty())?;
    let (level, _) = level_of(level)?;
    if let Some((_, object)) = object {
        reader.parse(object, values).ok()?;
    }
    let is_place = |piece: &str| piece.rsplit_once(".go:").is_some_and(|(_, number)| is_digits(number));
    let mut component = None;
    let (mut text, mut place) = (pieces.next()?, None);
    for next in pieces {
        match is_place(text) {
            true => place = Some(text),
            false if component.is_none() => component = Some(text),
            false => return None,
        }
        text = next;
    }
    if object.is_none() && place.is_none() {
        return None;
    }
    values.text(TIME, time);
    values.text(SEVERITY, level.name());
    if let Some((file, number)) = place.and_then(|place| place.rsplit_once(':')) {
        extra("line", number, values);
        values.text(COMPONENT, component.unwrap_or(file));
        extra("file", component.map(|_| file).unwrap_or_default(), values);
    } else if let Some(component) = component {
        values.text(COMPONENT, component);
    }
    values.text(MESSAGE, text);
    Some(())
}

/// `[2026-11-22 10:15:03.123456] WDIAG [RPC.OBRPC] send (ob_net.cpp:120) [12345][T1_L0][T1][Y0-0] [lt=5][errcode=-4012] text`; module and
/// some of the brackets are not in all versions.
fn oceanbase<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let time = tokens.bracketed()?;
    timed(time).filter(|(_, rest)| rest.is_empty())?;
    let level = match tokens.word()? {
        "EDIAG" => "error",
        "WDIAG" => "warn",
        word => level_of(word)?.0.name(),
    };
    let module = tokens.bracketed();
    let (head, rest) = tokens.rest.trim_start().split_once(" [")?;
    let place = head.rsplit(' ').next()?.trim_matches(['(', ')']);
    let (file, number) = place.split_once(':').filter(|(file, number)| file.contains('.') && is_digits(number))?;
    let (ids, rest) = rest.split_once("] ")?;
    // What is in brackets with a sign of equality is told of the line, not by it.
    let mut text = rest.trim_start();
    while let Some((pair, after)) = enclosed(text, '[', ']').filter(|(pair, _)| pair.contains('=')) {
        if let Some((key, value)) = pair.split_once('=') {
            extra(key, value, values);
        }
        text = after;
    }
    values.text(TIME, time);
    values.text(SEVERITY, level);
    values.text(COMPONENT, module.unwrap_or(file));
    extra("file", file, values);
    extra("line", number, values);
    let mut ids = ids.split("][");
    values.text(THREAD, ids.next()?);
    extra("trace", ids.last().unwrap_or_default(), values);
    values.text(MESSAGE, text);
    Some(())
}
