//! What the API asks of the rest of the process, without knowing how lines are collected, parsed or judged.
//!
//! The binary implements [`Backend`] over its pipeline; stored things are asked of the store's own traits. All methods are
//! called from blocking threads (never from the async runtime), may take as long as a parse takes, and must not panic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use magpie_model::config::{Config, ConfigError};
use magpie_model::{Notice, Record, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::intake::{ParserChoice, ParserRefusal, ParserReport, Upload, UploadRefusal, Uploaded};
use crate::received::ReceivedReport;
use crate::{BackfillReport, Event, MonitorChange, MonitorRefusal, Preview, PreviewRequest};

/// The running process behind the API.
pub trait Backend: Send + Sync + 'static {
    /// The configuration in force. Called for every request: hand out a shared copy.
    fn config(&self) -> Arc<Config>;

    /// Every configured source as it stands, in the order of the configuration.
    fn sources(&self) -> Vec<SourceReport>;

    /// Tries a parser on some lines and stores nothing.
    fn parse(&self, request: ParseRequest) -> Result<ParseReply, ParseRefusal>;

    /// Adds a piece to a file that is handed over; the built-in source reads it.
    fn upload(&self, upload: Upload) -> Result<Uploaded, UploadRefusal>;

    /// Puts another parser in force for a source, or with `None` the configured one again. `by` is who, where the choice does not say it.
    fn set_parser(&self, source: &str, choice: Option<ParserChoice>, by: &str) -> Result<(), ParserRefusal>;

    /// How the process is. Must be quick: `/readyz` asks it too.
    fn health(&self) -> Health;

    /// Live events from now on; see [`crate::Live`].
    fn subscribe(&self) -> broadcast::Receiver<Event>;

    /// Reads the configuration again. After an error the old one stays in force.
    fn reload(&self) -> Result<Reloaded, ConfigError>;

    /// Makes, changes or deletes a monitor and brings that into force at once; gives its version. Monitors of the file are
    /// not changed.
    fn change_monitor(&self, change: MonitorChange) -> Result<u64, MonitorRefusal>;

    /// Tries a monitor on the stored past and stores nothing; takes 25 s at most.
    fn preview(&self, request: PreviewRequest) -> Result<Preview, MonitorRefusal>;

    /// How far a monitor is back-filled; `None` when nothing had to be.
    fn backfill(&self, monitor: &str) -> Option<BackfillReport>;

    /// The faults that can be switched on in a demo; `None` when this is not a demo.
    fn faults(&self) -> Option<Vec<FaultReport>> {
        None
    }

    /// Switches a fault of the demo; `None` when there is no such fault.
    fn set_fault(&self, _name: &str, _on: bool) -> Option<FaultReport> {
        None
    }

    /// All buckets that begin before this are closed: silent sources are not waited for, which the store, that knows no clock, cannot
    /// tell. `None` while nothing is.
    fn closed_before(&self) -> Option<Timestamp> {
        None
    }

    /// The wall clock, which `now` in parameters means.
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// A source: what is read, how it is understood, how far behind it is.
///
/// Counts begin when a configuration is put in force: at the start, at a reload, when a parser is chosen. Until then they never
/// decrease.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceReport {
    /// Name in the configuration; `input` of its records.
    pub name: String,
    /// Files known.
    pub files: u64,
    /// Bytes read (decompressed).
    pub bytes: u64,
    /// Bytes written to the files and not read yet.
    pub lag_bytes: u64,
    /// How far what was read last is behind now, in seconds, while something is not read yet; 0 when everything is. `None`
    /// while nothing is known.
    pub lag_seconds: Option<f64>,
    /// How soon its lines could be asked for, over the last five minutes; `None` when no line with a time came.
    pub delay: Option<DelayReport>,
    /// Bytes read per second, over the last minute.
    pub bytes_per_second: f64,
    /// Events per second, over the last minute.
    pub lines_per_second: f64,
    /// Hosts that its records name, at most 1,000.
    pub hosts: Vec<String>,
    /// The parser in force, and where it was chosen.
    pub parser: ParserReport,
    /// The format in use: a name, or `pattern`, `regex` ...; `None` until one is detected.
    pub format: Option<String>,
    /// How sure the detection is, 0 to 1; `None` when the configuration names the format.
    pub confidence: Option<f64>,
    /// Events understood.
    pub parsed: u64,
    /// Events not understood.
    pub unparsed_total: u64,
    /// The same by reason, each with some of the lines.
    pub unparsed: Vec<UnparsedReason>,
    /// Event time of the last record.
    pub last_record: Option<Timestamp>,
    /// What came from others; `None` where nobody can send to it.
    pub received: Option<ReceivedReport>,
    /// What goes wrong at present.
    pub error: Option<String>,
}

/// From the time that a line tells to its being in answers, in ms. Half of the lines took no longer than the first, 99 of 100 no longer
/// than the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DelayReport {
    /// Median.
    pub p50_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
}

/// Lines that one reason kept from being parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnparsedReason {
    /// The reason, as in the column `parse_error`.
    pub reason: String,
    /// Events.
    pub count: u64,
    /// Some of the lines.
    pub samples: Vec<String>,
}

/// A parser to try, and the lines to try it on. At most one of `format`, `pattern`, `regex`, `grok`, `json`; `auto` without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParseRequest {
    /// The text, with line ends.
    pub text: Option<String>,
    /// The lines, instead of `text`.
    pub lines: Option<Vec<String>>,
    /// A named format, or `auto`.
    pub format: Option<String>,
    /// Text with values in angle brackets.
    pub pattern: Option<String>,
    /// A regular expression with named groups.
    pub regex: Option<String>,
    /// A grok expression.
    pub grok: Option<String>,
    /// Value name → dotted path of a JSON member.
    pub json: Option<BTreeMap<String, String>>,
    /// Column or field name → expression.
    pub map: BTreeMap<String, String>,
    /// Zone of times that name none.
    pub zone: Option<String>,
}

/// What a tried parser made of the lines.
#[derive(Clone, Debug, Default)]
pub struct ParseReply {
    /// The format used.
    pub format: String,
    /// How sure the detection is, 0 to 1; `None` when the request named the format.
    pub confidence: Option<f64>,
    /// The events in order.
    pub events: Vec<ParsedEvent>,
}

/// One event of the tried text.
#[derive(Clone, Debug)]
pub struct ParsedEvent {
    /// Number of its first line, from 1.
    pub line: u64,
    /// The record; an event that was not understood has its reason in `parse_error`.
    pub record: Record,
    /// Where its values stand in its first line, as far as they stand there as they are.
    pub spans: Vec<ValueSpan>,
}

/// Where a value stands in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueSpan {
    /// The column, the field, or `attr.` and the name of the attribute.
    pub column: String,
    /// First unit, in UTF-16 units of the line.
    pub start: usize,
    /// First unit after.
    pub end: usize,
}

/// A parser that could not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ParseRefusal {
    /// All of them, each with the member of the request that it is in. At least one.
    pub mistakes: Vec<magpie_model::config::Problem>,
}

/// Whether all is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    #[default]
    Ok,
    /// It works, but somebody should look.
    Degraded,
    /// Not ready yet: recovery is under way.
    Starting,
    /// It does not do its work.
    Failing,
}

impl Verdict {
    /// `ok`, `degraded`, `starting` or `failing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Starting => "starting",
            Self::Failing => "failing",
        }
    }

    /// Whether requests get right answers: all but starting and failing.
    pub fn is_ready(self) -> bool {
        matches!(self, Self::Ok | Self::Degraded)
    }
}

/// The process in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Health {
    /// All in one word.
    pub verdict: Verdict,
    /// Why it is not `ok`; empty when it is.
    pub reasons: Vec<Notice>,
    /// Version of the program.
    pub version: String,
    /// When the process started.
    pub started: Timestamp,
    /// Every queue between tasks.
    pub queues: Vec<QueueReport>,
    /// Normalising operators.
    pub operators: Vec<OperatorReport>,
    /// The disk that holds the data directory.
    pub disk: Option<DiskReport>,
    /// Memory of the process.
    pub memory: Option<MemoryReport>,
    /// Events per second that become records, over the last minute.
    pub records_per_second: f64,
    /// Bytes read per second, over the last minute.
    pub bytes_per_second: f64,
    /// Time of the oldest stored record.
    pub oldest: Option<Timestamp>,
    /// How long things are kept.
    pub retention: RetentionReport,
    /// When a segment was last sealed.
    pub last_seal: Option<Timestamp>,
    /// How far judging is behind the watermark, in ms.
    pub judge_lag_ms: Option<u64>,
    /// The last errors, newest first.
    pub errors: Vec<ErrorReport>,
}

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueReport {
    /// Between whom.
    pub name: String,
    /// Entries now.
    pub length: u64,
    /// Most entries; then the sender waits, or drops and counts.
    pub bound: u64,
    /// Entries dropped because it was full, since the process started.
    pub dropped: u64,
}

/// A normalising operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OperatorReport {
    /// Its name.
    pub name: String,
    /// Records made since the process started.
    pub records: u64,
    /// Open buckets.
    pub open_buckets: u64,
    /// Values and combinations folded into `(other)` since the process started.
    pub folded: u64,
}

/// Room on the disk of the data directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiskReport {
    /// Bytes free for this user.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Bytes that the data directory takes.
    pub used_bytes: u64,
}

/// Memory of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryReport {
    /// Bytes resident.
    pub used_bytes: u64,
    /// Bytes it may take: the limit of its control group, else those of the machine.
    pub limit_bytes: Option<u64>,
}

/// How long things are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RetentionReport {
    /// Age in seconds.
    pub age_seconds: f64,
    /// Bytes on disk; the oldest go first. `None` for no limit.
    pub size_bytes: Option<u64>,
}

/// An error that somebody should know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    /// When it last happened.
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub notice: Notice,
    /// How many times since the process started.
    pub count: u64,
}

/// What a reload changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// The file.
    pub path: String,
    /// What is different now, one line each; empty when nothing is.
    pub changes: Vec<String>,
}

/// A fault of the demo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaultReport {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Whether it is on.
    pub on: bool,
}
