//! What is inside the lines of an input: behind the head of a wrapper (Docker, CRI, syslog) or of a logger, or in the message of
//! a JSON line.
//!
//! Shippers of logs (Filebeat, Fluent Bit, what Loki and the clouds export) make a JSON line of each line that a program wrote, and loggers write
//! the access lines of their web server as messages. What the inner texts have in common is found as the format of
//! lines is, with less trust: most messages are free text.

use std::sync::Arc;

use super::detect::{AND, INSIDE, assemble, borrowed, detect_within, make, reads, starts_with_key};
use super::formats::{ByWriter, Envelope, Learned, Structured, Syntax, Wrapped, message_of, unwrap, writer_of};
use super::time::{TimeForm, scan};
use super::values::{Detected, Habits, LineParser, Reason, Values};

pub(super) fn wrapped(envelope: Envelope, inner: Option<&str>, sample: &[&str], depth: usize) -> Option<Arc<dyn LineParser>> {
    let inner = match inner {
        Some("plain") => None,
        Some(name) => {
            let texts = inside(envelope, sample);
            Some(make(name, &borrowed(&texts), depth.saturating_sub(1))?)
        }
        None => inner_format(envelope, sample, depth).map(|inner| inner.parser),
    };
    Some(Arc::new(Wrapped::new(envelope, inner)))
}

/// A layout, and the format of the calls that its messages tell of, where some do.
pub(super) fn layout(learned: Learned, inner: Option<&str>, sample: &[&str]) -> Arc<dyn LineParser> {
    let calls = match inner.filter(|name| CALLS.contains(name)) {
        Some(name) => make(name, &borrowed(&messages(&learned, sample)), 0),
        None if inner.is_none() => calls_within(&messages(&learned, sample)).map(|calls| calls.parser),
        None => None,
    };
    match calls {
        Some(calls) => Arc::new(Wrapped::behind(Envelope::Layout, Arc::new(learned), Some(calls))),
        None => Arc::new(learned),
    }
}

/// JSON lines, and the format that their messages have, where they do.
pub(super) fn json(inner: Option<&str>, sample: &[&str], depth: usize) -> Arc<dyn LineParser> {
    let reader = Structured::new(Syntax::Json, sample);
    let found = match inner {
        Some(name) => make(name, &borrowed(&texts_of(&reader, sample).0), depth.saturating_sub(1)),
        None => in_messages(&reader, sample, depth).map(|inner| inner.parser),
    };
    match found {
        Some(inner) => Arc::new(Wrapped::behind(Envelope::Json, Arc::new(reader), Some(inner))),
        None => Arc::new(reader),
    }
}

/// The messages of JSON lines, and whether most of the lines say how bad they are.
fn texts_of(reader: &Structured, sample: &[&str]) -> (Vec<String>, bool) {
    let lines: Vec<(String, bool)> = sample.iter().filter_map(|line| message_of(reader, line)).collect();
    let levels = lines.iter().filter(|(_, has_level)| *has_level).count();
    let is_levelled = levels * 2 >= lines.len();
    (lines.into_iter().map(|(text, _)| text).collect(), is_levelled)
}

/// What messages of lines without a level are not looked for as: text that only a file of its own is told by.
const NOT_IN_MESSAGES: [&str; 9] = ["docker", "cri", "prefix", "kv", "csv", "postgresql_csv", "dmesg", "coturn", "tuxedo"];

/// The format of the messages of JSON lines. A logger's are text, or the access lines of its server; a line that was wrapped by a shipper has
/// its level inside, in whatever format.
fn in_messages(reader: &Structured, sample: &[&str], depth: usize) -> Option<Detected> {
    let (texts, is_levelled) = texts_of(reader, sample);
    if is_levelled {
        return calls_within(&texts);
    }
    let inner = detect_within(&borrowed(&texts), depth.checked_sub(1)?, &NOT_IN_MESSAGES);
    (inner.name != "plain" && inner.confidence >= 0.5).then_some(inner)
}

/// The formats of calls that are looked for in the messages of a layout.
const CALLS: [&str; 5] = ["envoy", "morgan", "combined", "access", "dubbo"];

fn messages(learned: &Learned, sample: &[&str]) -> Vec<String> {
    sample.iter().filter_map(|line| learned.message(line)).collect()
}

/// The formats of calls that messages have: lines that only an access log is made of, and others where at least two in ten messages are
/// such; what else is logged with the same layout is text.
fn calls_within(texts: &[String]) -> Option<Detected> {
    let mut left = borrowed(texts);
    let mut found = Vec::new();
    for name in CALLS {
        let Some(parser) = make(name, &left, 0) else { continue };
        let unread: Vec<&str> = left.iter().copied().filter(|text| !reads(&*parser, text)).collect();
        let count = left.len() - unread.len();
        let least = if matches!(name, "envoy" | "combined") { 50 } else { 5 };
        if count > 0 && count * least >= texts.len() {
            found.push((name.to_owned(), parser));
            left = unread;
        }
    }
    (!found.is_empty()).then(|| assemble(found, left.len(), texts.len()))
}

/// Formats of texts behind a header of syslog that are told from all others by one line.
const BEHIND_SYSLOG: [&str; 4] = ["netfilter", "paloalto", "postfix", "cef"];

fn inside(envelope: Envelope, sample: &[&str]) -> Vec<String> {
    sample.iter().filter_map(|line| unwrap(envelope, line)).filter(|text| !text.trim().is_empty()).collect()
}

/// What is inside an envelope, if that has a format of its own. What syslog carries is free text more often than not, so there
/// a layout is not learned, and a format that nothing else looks like need not be that of most lines.
fn inner_format(envelope: Envelope, sample: &[&str], depth: usize) -> Option<Detected> {
    let all = common_format(envelope, sample, depth);
    if envelope == Envelope::Prefix { by_writer(all, sample, depth) } else { all }
}

/// The formats of the programs that are named before their lines, where there are several; they are called what all lines together are.
fn by_writer(all: Option<Detected>, sample: &[&str], depth: usize) -> Option<Detected> {
    let Some(depth) = depth.checked_sub(1) else { return all };
    let mut texts: Vec<(&str, Vec<String>)> = Vec::new();
    for (writer, text) in sample.iter().filter_map(|line| writer_of(line)).filter(|(_, text)| !text.trim().is_empty()) {
        match texts.iter_mut().find(|(name, _)| *name == writer) {
            Some((_, texts)) => texts.push(text),
            None => texts.push((writer, vec![text])),
        }
    }
    let found = texts.iter().map(|(writer, texts)| ((*writer).to_owned(), detect_within(&borrowed(texts), depth, &[])));
    let found: Vec<(String, Detected)> = found.filter(|(_, inner)| inner.name != "plain" && inner.confidence >= 0.5).collect();
    if found.len() < 2 {
        return all;
    }
    let mut names: Vec<&str> = found.iter().map(|(_, inner)| inner.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let alone = (names.join("+"), 1.0);
    let (name, confidence) = all.as_ref().map_or(alone, |all| (all.name.clone(), all.confidence));
    let writers = found.into_iter().map(|(writer, inner)| (writer, inner.parser)).collect();
    Some(Detected { name, confidence, parser: Arc::new(ByWriter::new(writers, all.map(|all| all.parser))) })
}

fn common_format(envelope: Envelope, sample: &[&str], depth: usize) -> Option<Detected> {
    let depth = depth.checked_sub(1)?;
    let texts = inside(envelope, sample);
    let without: &[&str] = if envelope == Envelope::Syslog { &["log4j", "syslog", "dmesg"] } else { &[] };
    let inner = detect_within(&borrowed(&texts), depth, without);
    let is_unmistakable = envelope == Envelope::Syslog && inner.name.split(AND).any(|name| BEHIND_SYSLOG.contains(&name));
    let least = if is_unmistakable { 0.1 } else { 0.5 };
    let is_common = inner.name != "plain" && inner.confidence >= least;
    if envelope != Envelope::Syslog {
        return is_common.then_some(inner);
    }
    let common = is_common.then_some(inner);
    let unread = |text: &&str| common.as_ref().is_none_or(|inner| !reads(&*inner.parser, text));
    let left: Vec<&str> = borrowed(&texts).into_iter().filter(unread).collect();
    match (common, among_others(&left)) {
        (Some(inner), Some(others)) => Some(assemble(vec![(inner.name, inner.parser), (others.name, others.parser)], 0, texts.len())),
        (common, others) => common.or(others),
    }
}

/// Whether a text looks like one of a format.
type LooksSo = fn(&str) -> bool;

/// The formats that some of a system's programs have among the free text of the others: Kubernetes' own, and what a service writes with a time
/// of its own.
fn among_others(texts: &[&str]) -> Option<Detected> {
    const FORMATS: [(&str, LooksSo); 4] =
        [("klog", is_klog), ("json", |text| text.starts_with('{')), ("logfmt", is_levelled_pairs), ("log4j", begins_with_date)];
    let mut left = texts.to_vec();
    let mut found = Vec::new();
    for (name, looks_so) in FORMATS {
        let (alike, others): (Vec<&str>, Vec<&str>) = left.iter().partition(|text| looks_so(text));
        if alike.is_empty() || alike.len() < 3 && alike.len() * 50 < texts.len() {
            continue;
        }
        let Some(parser) = make(name, &alike, 0) else { continue };
        found.push((name.to_owned(), Arc::new(Choosy { looks_so, parser }) as Arc<dyn LineParser>));
        left = others;
    }
    (!found.is_empty()).then(|| assemble(found, left.len(), texts.len()))
}

fn is_klog(text: &str) -> bool {
    text.starts_with(['I', 'W', 'E', 'F']) && text.as_bytes().get(1..5).is_some_and(|date| date.iter().all(u8::is_ascii_digit))
}

/// Pairs of a logger, not those of a sentence.
fn is_levelled_pairs(text: &str) -> bool {
    starts_with_key(text) && [" level=", " lvl="].iter().any(|level| text.contains(level) || text.starts_with(&level[1..]))
}

fn begins_with_date(text: &str) -> bool {
    scan(text).is_some_and(|(range, form)| range.start <= 1 && form.is_dated())
}

/// A format that reads only lines that look like its own.
#[derive(Debug)]
struct Choosy {
    looks_so: LooksSo,
    parser: Arc<dyn LineParser>,
}

impl LineParser for Choosy {
    fn names(&self) -> &[String] {
        self.parser.names()
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        if (self.looks_so)(line) { self.parser.parse(line, values) } else { Err(Reason::NO_MATCH) }
    }

    fn habits(&self) -> Habits {
        self.parser.habits()
    }

    fn time_form(&self) -> Option<&TimeForm> {
        self.parser.time_form()
    }
}

pub(super) fn full_name(name: &str, lines: &[&str], depth: usize) -> String {
    let envelope = match name {
        "docker" => Envelope::Docker,
        "cri" => Envelope::Cri,
        "prefix" => Envelope::Prefix,
        "timestamps" => Envelope::Stamp,
        "syslog" => Envelope::Syslog,
        "json" => {
            let inner = in_messages(&Structured::new(Syntax::Json, lines), lines, depth);
            return inner.map_or_else(|| name.to_owned(), |inner| format!("{name}{INSIDE}{}", inner.name));
        }
        "log4j" => {
            let inside = Learned::from_sample(lines).and_then(|learned| match learned.body() {
                Some(Syntax::Json) => Some("json".to_owned()),
                Some(Syntax::Logfmt) => Some("logfmt".to_owned()),
                Some(Syntax::Separated(_)) => Some("kv".to_owned()),
                None => calls_within(&messages(&learned, lines)).map(|calls| calls.name),
            });
            return inside.map_or_else(|| name.to_owned(), |inside| format!("{name}{INSIDE}{inside}"));
        }
        "kv" if Structured::separated_by(lines).is_some_and(|reader| reader.is_ltsv()) => return "ltsv".to_owned(),
        "csv" if lines.first().is_some_and(|header| header.contains('\t')) => return "tsv".to_owned(),
        _ => return name.to_owned(),
    };
    match inner_format(envelope, lines, depth) {
        Some(inner) => format!("{name}{INSIDE}{}", inner.name),
        None => name.to_owned(),
    }
}
