//! What `magpie agent` sends: parts of files, in log records that any OTLP receiver can read.
//!
//! A resource with the attribute `magpie.agent` is one incarnation of a file, each of its scopes a run of bytes without a
//! hole, each record a line. Bodies and `magpie.length` give the bytes back as they stood in the file, so that they are read
//! exactly as if this server had tailed it: same parser, same ids. Lines that the agent has normalised come as records
//! ([`super::records`]). Which of them are there already, the receiver's owner knows.
//!
//! | attribute | of | |
//! | --- | --- | --- |
//! | `magpie.agent`, `magpie.source`, `log.file.path`, `host.name` | resource | texts, needed |
//! | `magpie.file.generation` | resource | number, needed: the 64 bits of the generation |
//! | `magpie.file.modified` | resource | ns since the epoch |
//! | `service.name` | resource | the module |
//! | `service.namespace`, `service.version`, `cloud.region` | resource | `application`, `version`, `region` |
//! | `magpie.offset` | scope `magpie.lines` | offset of its first record |
//! | `magpie.offset` | scope `magpie.records` | the same, of records that were made of lines |
//! | `magpie.offset` | scope `magpie.partials` | the same, of what many lines add up to |
//! | `magpie.offset`, `magpie.length` | scope `magpie.skipped` | bytes without events: headers, blank lines |
//! | `magpie.offset`, `magpie.length` | scope `magpie.gap` | bytes that were lost before they could be read |
//! | `magpie.length` | record | bytes it takes in the file, when not one more than its body |

use std::borrow::Cow;
use std::sync::Arc;

use magpie_model::Timestamp;
use magpie_model::edge::EdgeEvent;
use magpie_model::origin::{Cut, Sender};

use super::super::protobuf::{Fields, Malformed, Value};
use super::ids::messages;
use super::{Request, records};
use crate::redact::Redaction;

/// What a scope holds, by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holds {
    /// Lines.
    #[default]
    Lines,
    /// Events that were made of lines, or what many of them add up to.
    Events,
    /// Nothing, since the lines are no events.
    Nothing,
    /// Nothing, since the bytes were lost.
    Gap,
}

impl Holds {
    fn of(name: &[u8]) -> Self {
        match name {
            b"magpie.records" | b"magpie.partials" => Self::Events,
            b"magpie.skipped" => Self::Nothing,
            b"magpie.gap" => Self::Gap,
            _ => Self::Lines,
        }
    }
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Which file.
    pub file: Arc<SentFile>,
    /// Offset of the first byte.
    pub offset: u64,
    /// Offset behind the last byte.
    pub end: u64,
    /// What is known of it.
    pub holds: Holds,
    /// The bytes, of lines.
    pub bytes: Vec<u8>,
    /// Lines of which a part was left out.
    pub cuts: Vec<Cut>,
    /// The events that the agent has made.
    pub events: Vec<EdgeEvent>,
}

/// One incarnation of a file of an agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentFile {
    /// Name of the source in the agent's configuration.
    pub source: String,
    /// Where the file is.
    pub path: String,
    /// Host that wrote it.
    pub host: String,
    /// Its generation.
    pub generation: u64,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// The agent, and what it says of the module.
    pub sender: Arc<Sender>,
}

/// What a resource with `magpie.agent` says; the error tells what is missing.
pub(super) type Described = Result<Arc<SentFile>, &'static str>;

/// Reads the resource of a block; `None` when it is not an agent's.
pub(super) fn resource(block: &[u8]) -> Result<Option<Described>, Malformed> {
    let (mut file, mut sender, mut generation) = (SentFile::default(), Sender::default(), None);
    for resource in messages(block, 1) {
        each_attribute(resource?, 1, &mut |key, value| {
            let text = || value.text().into_owned();
            match key {
                b"magpie.agent" => sender.agent = text(),
                b"magpie.source" => file.source = text(),
                b"log.file.path" => file.path = text(),
                b"host.name" => file.host = text(),
                b"magpie.file.generation" => generation = value.number(),
                b"magpie.file.modified" => file.modified = value.number().map(Timestamp),
                _ => sender.describe(&String::from_utf8_lossy(key), text()),
            }
        })?;
    }
    if sender.agent.is_empty() {
        return Ok(None);
    }
    for (missing, name) in [(file.source.is_empty(), "`magpie.source`"), (file.path.is_empty(), "`log.file.path`")] {
        if missing {
            return Ok(Some(Err(name)));
        }
    }
    if file.host.is_empty() {
        return Ok(Some(Err("`host.name`")));
    }
    let Some(generation) = generation else { return Ok(Some(Err("`magpie.file.generation`"))) };
    (file.generation, file.sender) = (generation as u64, Arc::new(sender));
    Ok(Some(Ok(Arc::new(file))))
}

/// Reads the runs of a block.
pub(super) fn read(block: &[u8], described: &Described, redaction: &Redaction, request: &mut Request) -> Result<(), Malformed> {
    for scope in messages(block, 2) {
        let scope = scope?;
        let records = || messages(scope, 2).count() as u64;
        let file = match described {
            Ok(file) => file,
            Err(missing) => {
                request.rejected.add(records().max(1), format!("an agent's resource without {missing}"));
                continue;
            }
        };
        match run(scope, file, redaction)? {
            Ok(run) if run.end == run.offset => {}
            Ok(run) => request.runs.push(run),
            Err(reason) => request.rejected.add(records().max(1), reason),
        }
    }
    Ok(())
}

fn run(scope: &[u8], file: &Arc<SentFile>, redaction: &Redaction) -> Result<Result<Run, &'static str>, Malformed> {
    let (mut holds, mut offset, mut length) = (Holds::Lines, None, None);
    for about in messages(scope, 1) {
        let about = about?;
        for name in messages(about, 1) {
            holds = Holds::of(name?);
        }
        each_attribute(about, 3, &mut |key, value| match key {
            b"magpie.offset" => offset = value.number().and_then(|number| u64::try_from(number).ok()),
            b"magpie.length" => length = value.number().and_then(|number| u64::try_from(number).ok()),
            _ => {}
        })?;
    }
    let Some(offset) = offset else { return Ok(Err("a scope without `magpie.offset`")) };
    let mut run = Run { file: Arc::clone(file), offset, end: offset, holds, bytes: Vec::new(), cuts: Vec::new(), events: Vec::new() };
    if matches!(holds, Holds::Gap | Holds::Nothing) {
        let end = length.and_then(|length| offset.checked_add(length));
        return Ok(end.map(|end| Run { end, ..run }).ok_or("a gap without a possible `magpie.length`"));
    }
    for record in messages(scope, 2) {
        let is_placed = if holds == Holds::Events { run.push_event(record?, redaction)? } else { run.push(record?, redaction)? };
        if !is_placed {
            return Ok(Err("a record with an impossible `magpie.length`"));
        }
    }
    Ok(Ok(run))
}

impl Run {
    /// Whether it stands for bytes that nobody could read.
    pub fn is_gap(&self) -> bool {
        self.holds == Holds::Gap
    }

    /// Whether there is nothing to be kept of it but that it is covered.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.events.is_empty()
    }

    /// Where it is, and nothing of what is there.
    pub fn without_content(&self) -> Self {
        Self { file: Arc::clone(&self.file), bytes: Vec::new(), cuts: Vec::new(), events: Vec::new(), ..*self }
    }

    /// Appends a record that was made of lines; `false` when it ends beyond what an offset can be.
    fn push_event(&mut self, record: &[u8], redaction: &Redaction) -> Result<bool, Malformed> {
        let length = records::push(record, redaction, &mut self.events)?;
        let end = length.and_then(|length| self.end.checked_add(length)).filter(|end| i64::try_from(*end).is_ok());
        self.end = end.unwrap_or(self.end);
        Ok(end.is_some())
    }

    /// Appends a record; `false` when it is shorter than its body, or ends beyond what an offset can be.
    fn push(&mut self, record: &[u8], redaction: &Redaction) -> Result<bool, Malformed> {
        let (mut body, mut length) = (&b""[..], None);
        for value in messages(record, 5) {
            body = AttributeValue::read(value?)?.bytes();
        }
        each_attribute(record, 6, &mut |key, value| {
            if key == b"magpie.length" {
                length = value.number();
            }
        })?;
        let own = body.len() as u64;
        let length = length.map_or(Some(own + 1), |length| u64::try_from(length).ok());
        let Some((length, end)) = length.and_then(|length| Some((length, self.end.checked_add(length)?))) else { return Ok(false) };
        if length < own || end > i64::MAX as u64 {
            return Ok(false);
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(body);
        redaction.mask(&mut self.bytes[start..]);
        if length > own {
            self.bytes.push(b'\n');
        }
        if length > own + 1 {
            self.cuts.push(Cut { at: start, dropped: length - own - 1 });
        }
        self.end = end;
        Ok(true)
    }
}

/// The value of an attribute, as far as agents use it.
pub(super) enum AttributeValue<'a> {
    Bytes(&'a [u8]),
    Number(i64),
    Other,
}

impl<'a> AttributeValue<'a> {
    /// Reads an `AnyValue`.
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut found = Self::Other;
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            found = match field {
                (1 | 7, Value::Bytes(bytes)) => Self::Bytes(bytes),
                (3, Value::Varint(number)) => Self::Number(number as i64),
                _ => Self::Other,
            };
        }
        Ok(found)
    }

    fn bytes(&self) -> &'a [u8] {
        if let Self::Bytes(bytes) = self { bytes } else { b"" }
    }

    pub(super) fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes())
    }

    pub(super) fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

/// Gives the attributes of a message that has them in `field`.
pub(super) fn each_attribute(message: &[u8], field: u32, each: &mut dyn FnMut(&[u8], AttributeValue<'_>)) -> Result<(), Malformed> {
    for pair in messages(message, field) {
        let (mut key, mut value) = (&b""[..], AttributeValue::Other);
        let mut fields = Fields::of(pair?);
        while let Some((number, found)) = fields.next()? {
            match number {
                1 => key = found.bytes(number)?,
                2 => value = AttributeValue::read(found.bytes(number)?)?,
                _ => {}
            }
        }
        each(key, value);
    }
    Ok(())
}
