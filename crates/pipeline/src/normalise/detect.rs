//! Which format an input has: by its configured name, or by its first lines.
//!
//! The formats are tried in one fixed order, the most particular first, each on the lines that none before it could read;
//! what is left may still share a layout that can be learned. So one file may hold several formats, a wrapper (Docker,
//! CRI, syslog) is looked into, and the same lines always give the same reader. The confidence is the share of the
//! sample's events that were read.

use std::sync::Arc;

use super::formats::{
    Access, Asked, Audit, Block, Blocks, Bracketed, Cef, Columns, Delimited, Envelope, ErrorLog, Firewall, FirewallLog, FlowLog,
    FreeAccess, Learned, Log, Mail, MailServer, Mixed, Program, Programs, Records, Requests, Row, Server, Structured, Syntax, Uncoloured,
    Undated, UndatedLog, are_prefixed, are_stamped, holds_records, is_coloured, is_exim, joined_objects, uncoloured,
};
use super::inside;
use super::spans::{Otlp, is_otlp};
use super::time::{is_continuation, scan};
use super::values::{LineParser, Reason, Values, read_event};

pub use super::values::Detected;

/// Most lines of an input that are looked at.
const SAMPLE: usize = 200;
/// Below this confidence it is tried whether lines without a time belong to those before them.
const SURE: f64 = 0.7;
/// Wrappers within wrappers that are opened.
const DEPTH: usize = 3;
/// Between an envelope's name and that of the format inside.
pub(super) const INSIDE: char = '/';
/// Between the names of formats that stand side by side.
pub(super) const AND: char = '+';

/// What `auto` tries, in this order, the most particular first.
const ORDER: [&str; 63] = [
    "otlp",
    "records",
    "docker",
    "cri",
    "prefix",
    "timestamps",
    "caddy",
    "traefik",
    "json",
    "kv",
    "w3c",
    "postgresql_csv",
    "csv",
    "alb",
    "nlb",
    "s3",
    "envoy",
    "haproxy",
    "squid",
    "gin",
    "morgan",
    "uwsgi",
    "dns",
    "dubbo",
    "tns",
    "xferlog",
    "minio",
    "couchdb",
    "lambda",
    "macos",
    "oceanbase",
    "zap",
    "journal",
    "vpc_flow",
    "auditd",
    "mysql_slow",
    "jul",
    "dotnet",
    "php",
    "db2diag",
    "ibm_mq",
    "rails",
    "windows_event",
    "erlang",
    "netfilter",
    "paloalto",
    "exim",
    "postfix",
    "tidb",
    "dmesg",
    "logcat",
    "coturn",
    "tuxedo",
    "redis",
    "websphere",
    "weblogic",
    "cef",
    "apache_error",
    "nginx_error",
    "combined",
    "klog",
    "syslog",
    "access",
];

/// What `auto` tries on the lines that are left; a layout may be learned twice.
const LAST: [&str; 3] = ["logfmt", "log4j", "log4j"];

/// Other names of formats that [`named`] knows, and `plain`, which nothing is detected as.
const MORE: [&str; 21] = [
    "plain",
    "nginx",
    "nginx_access",
    "nginx_combined",
    "apache",
    "apache_common",
    "apache_combined",
    "common",
    "gunicorn",
    "werkzeug",
    "django",
    "uvicorn",
    "tsv",
    "iis",
    "rfc3164",
    "rfc5424",
    "ecs",
    "kong",
    "ltsv",
    "logback",
    "spring",
];

/// The format that reads most of `sample`, the first lines of one input.
pub fn detect(sample: &[&str]) -> Detected {
    detect_within(sample, DEPTH, &[])
}

/// The format of that name for an input that begins with `sample` (a header line may name its columns); `None` for a
/// name that is no format. `docker/json` names a wrapper and what is inside, `json+log4j` two formats of one file.
pub fn named(name: &str, sample: &[&str]) -> Option<Detected> {
    let sample = &sample[..sample.len().min(SAMPLE)];
    if sample.iter().any(|line| is_coloured(line)) {
        return named(name, &borrowed(&plain(sample))).map(in_colour);
    }
    if let Some(events) = joined(sample) {
        return named(name, &borrowed(&events));
    }
    let parser = if name.contains(AND) {
        let parts: Option<Vec<_>> = name.split(AND).map(|part| make(part.trim(), sample, DEPTH)).collect();
        Arc::new(Mixed::new(parts?))
    } else if matches!(name, "csv" | "tsv") && !sample.is_empty() {
        // Who says so wants no other format, and is told what is missing.
        Delimited::named(sample).map_or_else(|| Arc::new(Headless) as Arc<dyn LineParser>, |parser| Arc::new(parser))
    } else {
        make(name, sample, DEPTH)?
    };
    let confidence = confidence(&*parser, sample);
    Some(Detected { name: name.to_owned(), confidence, parser })
}

/// All names that [`named`] knows.
pub fn names() -> Vec<&'static str> {
    let mut names = [&ORDER[..], &LAST, &MORE].concat();
    names.dedup();
    names
}

/// The events of a sample some of which are of several lines by the rule of their format; `None` where there are none.
fn joined(sample: &[&str]) -> Option<Vec<String>> {
    let events = Delimited::joined(sample).or_else(|| Blocks::joined(sample)).or_else(|| joined_objects(sample));
    events.filter(|events| events.len() < sample.len())
}

/// Lines without the colours of a terminal.
fn plain(sample: &[&str]) -> Vec<String> {
    sample.iter().map(|line| uncoloured(line).into_owned()).collect()
}

/// The reader for lines of that format in colours.
fn in_colour(detected: Detected) -> Detected {
    Detected { parser: Arc::new(Uncoloured::new(detected.parser)), ..detected }
}

pub(super) fn borrowed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// `without` names what is not tried.
pub(super) fn detect_within(sample: &[&str], depth: usize, without: &[&str]) -> Detected {
    let sample = &sample[..sample.len().min(SAMPLE)];
    if sample.iter().any(|line| is_coloured(line)) {
        return in_colour(detect_within(&borrowed(&plain(sample)), depth, without));
    }
    if let Some(events) = joined(sample) {
        return detect_within(&borrowed(&events), depth, without);
    }
    let mut left: Vec<&str> = sample.iter().copied().filter(|line| !is_continuation(line)).collect();
    if left.is_empty() {
        // Lines that are all indented continue none.
        left = sample.iter().copied().filter(|line| !line.trim().is_empty()).collect();
    }
    let events = left.len();
    let mut found: Vec<(String, Arc<dyn LineParser>)> = Vec::new();
    for name in ORDER.into_iter().chain(LAST).filter(|name| !without.contains(name)) {
        if left.is_empty() {
            break;
        }
        // The header of delimited text stands in the first line or nowhere.
        let lines = if name == "csv" && found.is_empty() { sample } else { left.as_slice() };
        let Some(parser) = make_if_sure(name, lines, depth) else { continue };
        let unread: Vec<&str> = left.iter().copied().filter(|line| !reads(&*parser, line)).collect();
        let read = left.len() - unread.len();
        if read == 0 || (read < 3 && read * 50 < events) {
            continue;
        }
        found.push((inside::full_name(name, lines, depth), parser));
        left = unread;
    }
    let detected = assemble(found, left.len(), events);
    if detected.confidence >= SURE {
        return detected;
    }
    let others =
        [outdented(sample), Learned::joined(sample)].into_iter().flatten().map(|lines| detect_within(&borrowed(&lines), depth, without));
    others.fold(detected, |best, other| if other.confidence > best.confidence { other } else { best })
}

/// The sample without the blanks that stand before every time, as Nomad and Rust's tracing for people write them; `None` where there are none.
fn outdented(sample: &[&str]) -> Option<Vec<String>> {
    let indent_of = |line: &&str| {
        let text = line.trim_start_matches(' ');
        let is_timed = text.len() < line.len() && scan(text).is_some_and(|(range, form)| range.start <= 1 && form.is_dated());
        is_timed.then(|| line.len() - text.len())
    };
    let indents: Vec<usize> = sample.iter().filter_map(indent_of).collect();
    let (first, others) = indents.split_first()?;
    let is_common = !others.is_empty() && others.iter().all(|indent| indent == first);
    let indent = " ".repeat(*first);
    is_common.then(|| sample.iter().map(|line| line.strip_prefix(&indent).unwrap_or(line).to_owned()).collect())
}

pub(super) fn assemble(mut found: Vec<(String, Arc<dyn LineParser>)>, unread: usize, events: usize) -> Detected {
    let confidence = if events == 0 { 0.0 } else { (events - unread) as f64 / events as f64 };
    match found.len() {
        0 => Detected { name: "plain".to_owned(), confidence: 0.0, parser: Arc::new(Plain) },
        1 => {
            let (name, parser) = found.swap_remove(0);
            Detected { name, confidence, parser }
        }
        _ => {
            let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            let name = names.join("+");
            let parsers = found.into_iter().map(|(_, parser)| parser).collect();
            Detected { name, confidence, parser: Arc::new(Mixed::new(parsers)) }
        }
    }
}

/// A reader for lines that may be of the format, unless the name alone would claim what it should not.
fn make_if_sure(name: &str, lines: &[&str], depth: usize) -> Option<Arc<dyn LineParser>> {
    let any = |is: &dyn Fn(&&str) -> bool| lines.iter().any(is);
    let sure = match name {
        "otlp" => any(&|line| is_otlp(line)),
        "records" => any(&|line| holds_records(line)),
        "caddy" => any(&|line| line.starts_with('{') && line.contains("\"http.log.access")),
        "traefik" => any(&|line| line.starts_with('{') && line.contains("\"DownstreamStatus\"")),
        "json" => any(&|line| line.trim_start().starts_with('{')),
        "logfmt" => any(&|line| starts_with_key(line)),
        "lambda" => any(&|line| line.starts_with("REPORT RequestId: ") || line.starts_with("START RequestId: ")),
        // Mosquitto's times look like the ids of messages.
        "postfix" => {
            any(&|line| line.split_once(": ").is_none_or(|(id, _)| id.len() != 10 || !id.bytes().all(|byte| byte.is_ascii_digit())))
        }
        "exim" => any(&|line| is_exim(line)),
        "docker" | "cri" | "prefix" | "timestamps" if depth == 0 => false,
        "prefix" => are_prefixed(lines),
        "timestamps" => are_stamped(lines),
        _ => true,
    };
    sure.then(|| make(name, lines, depth)).flatten()
}

pub(super) fn make(name: &str, sample: &[&str], depth: usize) -> Option<Arc<dyn LineParser>> {
    let (outer, inner) = name.split_once(INSIDE).map_or((name, None), |(outer, inner)| (outer, Some(inner)));
    Some(match outer {
        "otlp" => Arc::new(Otlp::default()),
        "records" => Arc::new(Records::new(sample)),
        "docker" => inside::wrapped(Envelope::Docker, inner, sample, depth)?,
        "cri" => inside::wrapped(Envelope::Cri, inner, sample, depth)?,
        "prefix" => inside::wrapped(Envelope::Prefix, inner, sample, depth)?,
        "timestamps" => inside::wrapped(Envelope::Stamp, inner, sample, depth)?,
        "syslog" | "rfc3164" | "rfc5424" => inside::wrapped(Envelope::Syslog, inner, sample, depth)?,
        "json" | "ecs" => inside::json(inner, sample, depth),
        "caddy" | "traefik" | "kong" => Arc::new(Structured::new(Syntax::Json, sample)),
        "logfmt" => Arc::new(Structured::new(Syntax::Logfmt, sample)),
        "kv" | "ltsv" => Arc::new(Structured::separated_by(sample)?),
        "postgresql_csv" => Arc::new(Delimited::postgresql(sample)?),
        "csv" | "tsv" => Arc::new(Delimited::from_sample(sample)?),
        "w3c" | "iis" => Arc::new(Columns::w3c(sample)?),
        "alb" => Arc::new(Columns::new(Row::Alb)),
        "s3" => Arc::new(Columns::new(Row::S3)),
        "envoy" => Arc::new(Columns::new(Row::Envoy)),
        "haproxy" => Arc::new(Columns::new(Row::Haproxy)),
        "squid" => Arc::new(Columns::new(Row::Squid)),
        "gin" => Arc::new(Columns::new(Row::Gin)),
        "morgan" => Arc::new(Columns::new(Row::Morgan)),
        "nlb" => Arc::new(Requests::new(Asked::Nlb)),
        "uwsgi" => Arc::new(Requests::new(Asked::Uwsgi)),
        "dns" => Arc::new(Requests::new(Asked::Dns)),
        "dubbo" => Arc::new(Requests::new(Asked::Dubbo)),
        "tns" => Arc::new(Requests::new(Asked::Tns)),
        "xferlog" => Arc::new(Programs::new(Program::Xferlog, sample)),
        "minio" => Arc::new(Programs::new(Program::Minio, sample)),
        "couchdb" => Arc::new(Programs::new(Program::CouchDb, sample)),
        "lambda" => Arc::new(Programs::new(Program::Lambda, sample)),
        "macos" => Arc::new(Programs::new(Program::MacOs, sample)),
        "oceanbase" => Arc::new(Programs::new(Program::OceanBase, sample)),
        "zap" => Arc::new(Programs::new(Program::Zap, sample)),
        "journal" => Arc::new(Blocks::new(Block::Journal)),
        "access" => Arc::new(FreeAccess::new(sample)),
        "vpc_flow" => Arc::new(FlowLog::from_sample(sample)),
        "auditd" => Arc::new(Audit::new()),
        "mysql_slow" => Arc::new(Blocks::new(Block::SlowQuery)),
        "jul" => Arc::new(Blocks::new(Block::Jul)),
        "dotnet" => Arc::new(Blocks::new(Block::DotNet)),
        "php" => Arc::new(Blocks::new(Block::Php)),
        "db2diag" => Arc::new(Blocks::new(Block::Db2)),
        "ibm_mq" => Arc::new(Blocks::new(Block::Mq)),
        "rails" => Arc::new(Blocks::new(Block::Rails)),
        "erlang" => Arc::new(Blocks::new(Block::Erlang)),
        "netfilter" => Arc::new(FirewallLog::new(Firewall::Netfilter)),
        "paloalto" => Arc::new(FirewallLog::new(Firewall::PaloAlto)),
        "exim" => Arc::new(Mail::new(MailServer::Exim)),
        "postfix" => Arc::new(Mail::new(MailServer::Postfix)),
        "tidb" => Arc::new(Bracketed::new()),
        "windows_event" => Arc::new(Blocks::new(Block::WindowsEvent)),
        "dmesg" => Arc::new(Undated::new(UndatedLog::Kernel)),
        "logcat" => Arc::new(Undated::new(UndatedLog::Logcat)),
        "coturn" => Arc::new(Undated::new(UndatedLog::Coturn)),
        "tuxedo" => Arc::new(Undated::new(UndatedLog::Tuxedo)),
        "redis" => Arc::new(ErrorLog::new(Log::Redis)),
        "weblogic" => Arc::new(ErrorLog::new(Log::WebLogic)),
        "cef" => Arc::new(Cef::new()),
        "websphere" => Arc::new(ErrorLog::websphere(sample)),
        "apache_error" => Arc::new(ErrorLog::new(Log::Apache)),
        "nginx_error" => Arc::new(ErrorLog::new(Log::Nginx)),
        "klog" => Arc::new(ErrorLog::new(Log::Klog)),
        "combined" | "common" | "nginx" | "nginx_combined" | "nginx_access" | "gunicorn" | "werkzeug" | "django" | "uvicorn" => {
            Arc::new(Access::new(Server::Nginx, sample))
        }
        "apache" | "apache_common" | "apache_combined" => Arc::new(Access::new(Server::Apache, sample)),
        "log4j" | "logback" | "spring" => inside::layout(Learned::from_sample(sample)?, inner, sample),
        "plain" => Arc::new(Plain),
        _ => return None,
    })
}

/// What is read of delimited text whose columns nothing names.
#[derive(Debug)]
struct Headless;

impl LineParser for Headless {
    fn names(&self) -> &[String] {
        &[]
    }

    fn parse<'a>(&self, _line: &'a str, _values: &mut Values<'a>) -> Result<(), Reason> {
        Err(Reason::NO_HEADER)
    }
}

pub(super) fn reads(parser: &dyn LineParser, line: &str) -> bool {
    if let Some(many) = parser.many() {
        return many.holds(line);
    }
    let mut values = Values::new(parser.names().len());
    matches!(read_event(parser, line, &mut values), Ok(()) | Err(Reason::NOT_AN_EVENT))
}

fn confidence(parser: &dyn LineParser, sample: &[&str]) -> f64 {
    let events: Vec<&&str> = sample.iter().filter(|line| !is_continuation(line)).collect();
    if events.is_empty() {
        return 1.0;
    }
    events.iter().filter(|line| reads(parser, line)).count() as f64 / events.len() as f64
}

pub(super) fn starts_with_key(line: &str) -> bool {
    let Some((key, _)) = line.split_once('=') else { return false };
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte))
}

/// Text without any format that could be told: kept, and counted as not parsed.
#[derive(Debug)]
struct Plain;

impl LineParser for Plain {
    fn names(&self) -> &[String] {
        &[]
    }

    fn parse<'a>(&self, _line: &'a str, _values: &mut Values<'a>) -> Result<(), Reason> {
        Err(Reason::UNKNOWN_FORMAT)
    }
}
