//! Lines inside lines: Docker's json-file driver, CRI (containerd, CRI-O), the prefixes of `docker compose logs` and `kubectl logs
//! --prefix`, and syslog or a logger's layout around a program's own format.
//!
//! The outer line gives time, stream, host and program, the inner one the rest by its own format. Runtimes cut long lines:
//! a CRI line tagged `P`, and a Docker line whose text does not end in a line feed, go on in the next one, and the pieces
//! are put together here. Docker: docs.docker.com "JSON File logging driver"; CRI: kubernetes/kubernetes,
//! `pkg/kubelet/kuberuntime/logs`. Where both have a time, the outer one stands: it has a date and a zone. Those of syslog and of a
//! logger may have neither, so there an inner time with a date stands.

use std::borrow::Cow;
use std::sync::Arc;

use magpie_model::{Kind, Severity};

use super::json::{Json, Members, unescape};
use super::keys::{APPLICATION, COMPONENT, HOST, MESSAGE, NAMES, PID, SEVERITY, SPAN_ID, STATUS, THREAD, TIME, TRACE_ID};
use super::syslog::Syslog;
use crate::normalise::events::is_rest_of_trace;
use crate::normalise::time::{TimeForm, is_continuation, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// What is around the inner line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Envelope {
    Docker,
    Cri,
    /// `web-1  | text`, `[pod/web-7d9/web] text`.
    Prefix,
    /// `2026-11-22T10:15:03.123456789Z text`: when a runtime took the line, put before it by `docker logs -t` and `kubectl logs --timestamps`.
    Stamp,
    Syslog,
    /// Any layout that was learned.
    Layout,
    /// A JSON line, and what its message is.
    Json,
}

impl Envelope {
    /// Whether what is around the inner text is a logger's head, not a runtime's.
    fn is_head(self) -> bool {
        matches!(self, Self::Syslog | Self::Layout | Self::Json)
    }
}

/// The reader: an envelope, and the format inside where one was found.
#[derive(Debug)]
pub(in crate::normalise) struct Wrapped {
    envelope: Envelope,
    names: Vec<String>,
    inner: Option<Arc<dyn LineParser>>,
    /// Slot of each name of the head, which are those of `keys` first, in this parser.
    slots: Vec<usize>,
    /// What reads the head, where the envelope is one.
    head: Arc<dyn LineParser>,
}

/// One physical line without its envelope.
struct Unwrapped<'a> {
    time: &'a str,
    stream: &'a str,
    host: &'a str,
    text: Cow<'a, str>,
    is_partial: bool,
}

impl Wrapped {
    pub(in crate::normalise) fn new(envelope: Envelope, inner: Option<Arc<dyn LineParser>>) -> Self {
        Self::behind(envelope, Arc::new(Syslog::new()), inner)
    }

    /// A reader for texts behind a head that has the names of `keys`.
    pub(in crate::normalise) fn behind(envelope: Envelope, head: Arc<dyn LineParser>, inner: Option<Arc<dyn LineParser>>) -> Self {
        let mut names = inner.as_ref().map_or_else(Vec::new, |inner| inner.names().to_vec());
        let slots = head.names().iter().map(|name| {
            names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.clone());
                names.len() - 1
            })
        });
        let slots = slots.collect();
        Self { envelope, names, inner, slots, head }
    }

    fn container<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut lines = line.split('\n');
        let first = one(self.envelope, lines.next().unwrap_or("")).ok_or(Reason::NO_MATCH)?;
        let (time, stream, host) = (first.time, first.stream, first.host);
        let mut text = first.text;
        let mut is_partial = first.is_partial;
        for more in lines {
            let Some(more) = one(self.envelope, more) else { continue };
            let whole = text.to_mut();
            if !is_partial {
                whole.push('\n');
            }
            whole.push_str(&more.text);
            is_partial = more.is_partial;
        }
        self.read_inner(host, text, values);
        for (slot, outer) in [(TIME, time), (HOST, host)] {
            if !outer.is_empty() {
                values.text(self.slots[slot], outer);
            }
        }
        if values.wants_extra() && !stream.is_empty() {
            values.extra.push(("stream".into(), stream.into()));
        }
        Ok(())
    }

    /// Reads the inner text by its format; what that cannot read is all message.
    fn read_inner<'a>(&self, writer: &str, text: Cow<'a, str>, values: &mut Values<'a>) {
        let message = self.slots[MESSAGE];
        match text {
            Cow::Borrowed(text) => {
                let read = self.inner.as_ref().map(|inner| inner.parse_of(writer, text, values));
                if read != Some(Ok(())) {
                    values.clear();
                }
                if !values.get(message).is_present() {
                    values.text(message, text);
                }
            }
            Cow::Owned(text) => {
                if let Some(inner) = &self.inner {
                    let wanted: Vec<bool> = (0..inner.names().len()).map(|slot| values.wants(slot)).collect();
                    let mut own = Values::wanting(&wanted, values.wants_extra());
                    if inner.parse_of(writer, &text, &mut own).is_ok() {
                        copy_out(&own, values);
                    }
                }
                if !values.get(message).is_present() {
                    values.set(message, Value::Owned(text));
                }
            }
        }
    }

    /// What the line itself says stands, but for the level and whatever else only the inner text has.
    fn in_json<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut outer = Values::new(self.slots.len());
        self.head.parse(line, &mut outer)?;
        // A line that tells how a call went needs no words for it.
        let is_told = outer.get(STATUS).is_present();
        match outer.get(MESSAGE).clone() {
            text if is_told => values.set(self.slots[MESSAGE], text),
            Value::Text(text) => self.read_inner("", Cow::Borrowed(text), values),
            Value::Owned(text) => self.read_inner("", Cow::Owned(text), values),
            _ => {}
        }
        for (slot, own) in self.slots.iter().enumerate() {
            let is_inner = !matches!(slot, TIME | HOST) && values.get(*own).is_present();
            if !is_inner && outer.get(slot).is_present() {
                values.set(*own, outer.get(slot).clone());
            }
        }
        values.extra.append(&mut outer.extra);
        Ok(())
    }

    fn behind_head<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut outer = Values::new(NAMES.len());
        self.head.parse(line, &mut outer)?;
        let Value::Text(text) = *outer.get(MESSAGE) else { return Err(Reason::NO_MATCH) };
        self.read_inner("", Cow::Borrowed(text), values);
        let inner_time = values.get(self.slots[TIME]).to_text();
        let is_dated = |time: &str| scan(time).is_some_and(|(_, form)| form.is_dated());
        // A time of a logger stands where it has a date, one of syslog where it has a zone, too, which the inner one may lack.
        let has_date = || {
            let outer = outer.get(TIME).to_text();
            let knows_better = |time: &str| names_zone(time) && !inner_time.as_ref().is_some_and(|inner| names_zone(inner));
            outer.is_some_and(|time| is_dated(&time) && (self.envelope == Envelope::Layout || knows_better(&time)))
        };
        let keeps_inner_time = inner_time.as_ref().is_some_and(|time| is_dated(time)) && !has_date();
        for slot in [TIME, HOST, COMPONENT, PID, THREAD, SEVERITY, TRACE_ID, SPAN_ID, APPLICATION] {
            let keep = match slot {
                TIME => keeps_inner_time,
                HOST | PID | THREAD => false,
                _ => values.get(self.slots[slot]).is_present(),
            };
            if !keep && outer.get(slot).is_present() {
                values.set(self.slots[slot], outer.get(slot).clone());
            }
        }
        values.extra.append(&mut outer.extra);
        Ok(())
    }
}

/// Whether a time ends with its zone: `Z`, `+08:00`, `-0530`.
fn names_zone(time: &str) -> bool {
    let offset = || time.rfind(['+', '-']).filter(|at| time[..*at].contains(':')).map(|at| &time[at + 1..]);
    time.ends_with('Z') || offset().is_some_and(|offset| offset.bytes().all(|byte| byte.is_ascii_digit() || byte == b':'))
}

pub(super) fn copy_out(from: &Values<'_>, to: &mut Values<'_>) {
    for (slot, value) in from.slots().iter().enumerate() {
        let owned = match value {
            Value::Missing => continue,
            Value::Text(text) => Value::Owned((*text).to_owned()),
            Value::Owned(text) => Value::Owned(text.clone()),
            Value::Integer(number) => Value::Integer(*number),
            Value::Float(number) => Value::Float(*number),
            Value::Bool(flag) => Value::Bool(*flag),
            Value::Time(time) => Value::Time(*time),
        };
        to.set(slot, owned);
    }
    to.extra.extend(from.extra.iter().map(|(key, value)| (Cow::Owned(key.to_string()), Cow::Owned(value.to_string()))));
}

fn one(envelope: Envelope, line: &str) -> Option<Unwrapped<'_>> {
    match envelope {
        Envelope::Docker => docker(line),
        Envelope::Cri => cri(line),
        Envelope::Stamp => stamped(line),
        Envelope::Prefix => prefixed(line),
        Envelope::Syslog | Envelope::Layout | Envelope::Json => None,
    }
}

/// `web-1  | text` of `docker compose logs`, `[pod/web-7d9/web] text` of `kubectl logs --prefix`: who wrote it is a host of that name.
fn prefixed(line: &str) -> Option<Unwrapped<'_>> {
    let whole = |host, text| Some(Unwrapped { time: "", stream: "", host, text: Cow::Borrowed(text), is_partial: false });
    if let Some((pod, text)) = line.strip_prefix("[pod/").and_then(|rest| rest.split_once("] ")) {
        return whole(pod.split('/').next()?, text);
    }
    // stern: `order-7d9f8-abcde order text`, the pod and one of its containers.
    let mut words = line.splitn(3, ' ');
    if let (Some(pod), Some(container)) = (words.next(), words.next())
        && pod.strip_prefix(container).is_some_and(|rest| rest.starts_with('-') && rest.len() > 1)
        && pod.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return whole(pod, words.next().unwrap_or_default());
    }
    let (name, text) = line.split_once('|')?;
    let host = name.strip_suffix(' ')?.trim_end();
    let is_name = host.starts_with(|first: char| first.is_ascii_alphabetic())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && Severity::from_word(host).is_none();
    let text = if text.is_empty() { text } else { text.strip_prefix(' ')? };
    is_name.then(|| whole(host, text)).flatten()
}

/// Who wrote a prefixed line, and what.
pub(in crate::normalise) fn writer_of(line: &str) -> Option<(&str, String)> {
    prefixed(line).map(|inner| (inner.host, inner.text.into_owned()))
}

/// Whether lines are prefixed by who wrote them: by names of pods, or by names that are filled up to one column.
pub(in crate::normalise) fn are_prefixed(lines: &[&str]) -> bool {
    let bar = |line: &&str| {
        prefixed(line).map(|inner| if line[..line.len() - inner.text.len()].contains('|') { line.len() - inner.text.len() } else { 0 })
    };
    let bars: Vec<usize> = lines.iter().filter_map(bar).collect();
    bars.len() == lines.len() && lines.len() > 1 && bars.windows(2).all(|pair| pair[0] == pair[1])
}

fn docker(line: &str) -> Option<Unwrapped<'_>> {
    let (mut text, mut time, mut stream, mut is_partial) = (None, None, "", false);
    let mut members = Members::of(line)?;
    for (key, value) in members.by_ref() {
        match (key, value) {
            ("log", Json::Text(log)) => {
                // Only a line that the runtime cut lacks its line feed.
                is_partial = true;
                text = Some(Cow::Borrowed(log));
            }
            ("log", Json::Escaped(raw)) => {
                let whole = raw.strip_suffix("\\n").filter(|rest| !rest.ends_with('\\'));
                is_partial = whole.is_none();
                let raw = whole.unwrap_or(raw);
                let raw = raw.strip_suffix("\\r").unwrap_or(raw);
                text = Some(if raw.contains('\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) });
            }
            ("time", Json::Text(written)) => time = Some(written),
            ("stream", Json::Text(name)) => stream = name,
            ("attrs", _) => {}
            _ => return None,
        }
    }
    members.ended_well().then_some(())?;
    Some(Unwrapped { time: time?, stream, host: "", text: text?, is_partial })
}

fn stamped(line: &str) -> Option<Unwrapped<'_>> {
    let (time, text) = line.split_once(' ').unwrap_or((line, ""));
    let nanos = time.get("2026-11-22T10:15:03.".len()..)?;
    let zone = nanos.get(9..)?;
    let is_stamp = time.as_bytes()[10] == b'T'
        && nanos.bytes().take(9).all(|byte| byte.is_ascii_digit())
        && (zone == "Z" || zone.len() == 6 && zone.starts_with(['+', '-']));
    is_stamp.then_some(Unwrapped { time, stream: "", host: "", text: Cow::Borrowed(text), is_partial: false })
}

/// Whether lines have such a time and behind it one of their own, or an object: a logger may write nanoseconds, too.
pub(in crate::normalise) fn are_stamped(lines: &[&str]) -> bool {
    let texts: Vec<Cow<'_, str>> = lines.iter().filter_map(|line| stamped(line)).map(|line| line.text).collect();
    let begun = || texts.iter().filter(|text| !is_continuation(text));
    let has_own =
        |text: &&Cow<'_, str>| text.starts_with('{') || scan(text).is_some_and(|(range, form)| range.start <= 64 && form.is_dated());
    texts.len() == lines.len() && begun().filter(has_own).count() * 2 > begun().count()
}

fn cri(line: &str) -> Option<Unwrapped<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (stream, rest) = rest.split_once(' ')?;
    if !matches!(stream, "stdout" | "stderr") || !time.contains('T') {
        return None;
    }
    let (tags, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let tag = tags.split(':').next()?;
    matches!(tag, "F" | "P").then_some(Unwrapped { time, stream, host: "", text: Cow::Borrowed(text), is_partial: tag == "P" })
}

/// The message of a line that has one and is no call by itself, and whether it says how bad it is.
pub(in crate::normalise) fn message_of(reader: &dyn LineParser, line: &str) -> Option<(String, bool)> {
    let mut values = Values::new(reader.names().len());
    reader.parse(line, &mut values).ok().filter(|()| !values.get(STATUS).is_present())?;
    Some((values.get(MESSAGE).to_text()?.into_owned(), values.get(SEVERITY).is_present()))
}

/// The text inside one line, for finding its format.
pub(in crate::normalise) fn unwrap(envelope: Envelope, line: &str) -> Option<String> {
    match envelope {
        Envelope::Syslog => super::syslog::inner(line),
        _ => one(envelope, line).map(|line| line.text.into_owned()),
    }
}

impl LineParser for Wrapped {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.envelope {
            Envelope::Syslog | Envelope::Layout => self.behind_head(line, values),
            Envelope::Json => self.in_json(line, values),
            Envelope::Docker | Envelope::Cri | Envelope::Prefix | Envelope::Stamp => self.container(line, values),
        }
    }

    fn habits(&self) -> Habits {
        let inner = self.inner.as_ref().map_or_else(Habits::default, |inner| inner.habits());
        // The runtime stamps a line when it is written: the end of the request, whatever the inner format logs.
        let outer_time = matches!(self.envelope, Envelope::Docker | Envelope::Cri | Envelope::Stamp) && inner.time.is_some();
        // What else a program logs with the same layout is no call.
        let inner = if matches!(self.envelope, Envelope::Layout | Envelope::Json) { Habits { kind: None, ..inner } } else { inner };
        if outer_time { Habits { time: Some(magpie_model::config::LoggedTime::End), ..inner } } else { inner }
    }

    fn tells_writer(&self) -> bool {
        // The other envelopes name a host themselves.
        if self.envelope == Envelope::Json {
            return self.head.tells_writer();
        }
        let is_inner = matches!(self.envelope, Envelope::Docker | Envelope::Cri | Envelope::Stamp | Envelope::Layout);
        !is_inner || self.inner.as_ref().is_none_or(|inner| inner.tells_writer())
    }

    fn time_form(&self) -> Option<&TimeForm> {
        if self.envelope == Envelope::Layout { self.head.time_form() } else { None }
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        match self.envelope {
            Envelope::Syslog | Envelope::Layout | Envelope::Json => self.head.starts_event(line),
            envelope => {
                let Unwrapped { host: writer, text: inner, .. } = one(envelope, line)?;
                let is_of_logs = || self.inner.is_some() && self.habits().kind != Some(Kind::Call);
                let continues = inner.is_empty() || inner.starts_with([' ', '\t']) || is_rest_of_trace(&inner) && is_of_logs();
                match self.inner.as_ref().and_then(|parser| parser.starts_event_of(writer, &inner)) {
                    Some(starts) => Some(starts),
                    None => Some(!continues),
                }
            }
        }
    }

    fn writer_of<'l>(&self, line: &'l str) -> Option<&'l str> {
        if self.envelope == Envelope::Prefix { prefixed(line).map(|line| line.host) } else { None }
    }

    fn begins_with(&self, first: u8) -> bool {
        self.envelope == Envelope::Json && self.head.begins_with(first)
    }

    fn with_names(&self, names: &[String]) -> Option<Arc<dyn LineParser>> {
        let head = self.head.with_names(names).filter(|_| self.envelope == Envelope::Json)?;
        Some(Arc::new(Self::behind(self.envelope, head, self.inner.clone())))
    }

    fn has_partial_lines(&self) -> bool {
        !self.envelope.is_head()
    }

    fn wants_whole_event(&self) -> bool {
        !self.envelope.is_head()
    }

    fn continues(&self, line: &str) -> bool {
        one(self.envelope, line).is_some_and(|line| line.is_partial)
    }
}
