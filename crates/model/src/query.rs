//! What can be asked of the store, and what it answers. The API's parameters are these types.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::query_line::{Operator, Pattern};
use crate::{Column, Kind, PartialTable, Record, Severity, Side, Timestamp, completeness::Completeness};

/// A half-open range of event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// First moment.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
}

impl TimeRange {
    /// All of time.
    pub const ALL: Self = Self { from: Timestamp::MIN, to: Timestamp::MAX };

    /// Whether `time` lies within.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.to
    }
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnFilter {
    /// A text column has one of these values; the empty word stands for "no value".
    Is(Column, Vec<String>),
    /// A text column has none of these values.
    Not(Column, Vec<String>),
    /// The record is of one of these kinds.
    Kind(Vec<Kind>),
    /// The severity is one of these.
    Severity(Vec<Severity>),
    /// The job id is this one.
    JobId(String),
    /// The trace id is this one.
    TraceId(String),
    /// The attribute has this value.
    Attribute(String, String),
    /// The field is at least this, in stored units (index into the declared fields).
    FieldAtLeast(usize, i64),
    /// What a query line asks beyond the above.
    Asked {
        /// Whether the test must hold, or must not.
        wanted: bool,
        /// The test.
        test: RowTest,
    },
}

/// A test of one record.
#[derive(Clone, Debug, PartialEq)]
pub enum RowTest {
    /// A text column.
    Column(Column, WordTest),
    /// A text that is not a column of words.
    Id(IdColumn, WordTest),
    /// An attribute; one that the record lacks is the empty word.
    Attribute(String, WordTest),
    /// The field is there and compares like this with a value in stored units (index into the declared fields).
    Field(usize, Operator, i64),
    /// The field is not there.
    FieldMissing(usize),
    /// The log that tells of it is one of these sides.
    Side(Vec<Side>),
    /// This text occurs in the message, letters of any case.
    Message(String),
    /// It is of an attempt of a run, told by job id, before the one that stands for the run.
    Superseded(Arc<BTreeMap<String, u32>>),
    /// One of these holds.
    Any(Vec<RowTest>),
}

/// A test of a word; the empty word stands for "no value".
#[derive(Clone, Debug, PartialEq)]
pub enum WordTest {
    /// One of these patterns matches.
    Like(Vec<Pattern>),
    /// It is a number that compares like this.
    Number(Operator, f64),
}

/// A text of a record that is not a column of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdColumn {
    /// The job id.
    JobId,
    /// The trace id.
    TraceId,
    /// The span id.
    SpanId,
    /// The raw line.
    Message,
}

impl IdColumn {
    /// The name in API, files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::JobId => "job_id",
            Self::TraceId => "trace_id",
            Self::SpanId => "span_id",
            Self::Message => "message",
        }
    }
}

/// How `message` is searched.
#[derive(Clone, Debug)]
pub enum TextMatch {
    /// All of these whole words occur, in order, as the text's words do (design 9: lower-cased runs of letters and digits; each CJK character a word).
    Words(String),
    /// The text occurs, letters of any case.
    Substring(String),
    /// The expression matches.
    Regex(Regex),
}

/// Where a page of records ended: continue strictly before (newest first) this record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Time of the last record shown.
    pub time: Timestamp,
    /// Its id; orders records of equal time.
    pub id: u64,
}

/// A search for records, newest first.
#[derive(Clone, Debug)]
pub struct RecordQuery {
    /// Event time.
    pub range: TimeRange,
    /// All must hold.
    pub filters: Vec<ColumnFilter>,
    /// Search in the message.
    pub text: Option<TextMatch>,
    /// At most so many records.
    pub limit: usize,
    /// Continue a page.
    pub after: Option<Cursor>,
}

impl RecordQuery {
    /// All records of a range.
    pub fn range(range: TimeRange) -> Self {
        Self { range, filters: Vec::new(), text: None, limit: 100, after: None }
    }
}

/// A page of records.
#[derive(Clone, Debug, Default)]
pub struct RecordPage {
    /// Newest first.
    pub records: Vec<Record>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// A record among its neighbours in its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// Ascending by offset.
    pub records: Vec<Record>,
    /// Where the record asked for stands among them.
    pub here: usize,
}

/// Number of records per bucket, split by severity or another column.
#[derive(Clone, Debug)]
pub struct HistogramQuery {
    /// Which records; `limit` and `after` are not used.
    pub records: RecordQuery,
    /// Length of a bar in ns.
    pub step: i64,
    /// Split bars by this; `None` for severity.
    pub by: Option<Column>,
}

/// One bar's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistogramBar {
    /// Start of the bar.
    pub time: Timestamp,
    /// Severity name or column value; empty for none.
    pub value: String,
    /// Number of records.
    pub records: u64,
}

/// A value of a column with its number of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopValue {
    /// The value; empty for none.
    pub value: String,
    /// Number of records.
    pub records: u64,
}

/// A query for rollup rows of a monitor, or of any set of dimensions.
#[derive(Clone, Debug)]
pub struct RollupQuery {
    /// The monitor whose stored rows are read.
    pub monitor: String,
    /// Event time; whole buckets.
    pub range: TimeRange,
    /// Length of an answer's bucket in ns: a multiple of the stored one; `None` folds the whole range into one row.
    pub step: Option<i64>,
    /// Columns to keep, out of the monitor's; `None` keeps all.
    pub by: Option<Vec<Column>>,
    /// Only rows whose column has one of the values; the empty word stands for "no value".
    pub filters: Vec<(Column, Vec<String>)>,
    /// Names of the fields to keep; `None` keeps all. What is left out is not read: sketches are most of what is stored.
    pub fields: Option<Vec<String>>,
}

impl RollupQuery {
    /// All rows of a monitor, as they are stored but for the length of their buckets.
    pub fn of(monitor: impl Into<String>, range: TimeRange, step: Option<i64>) -> Self {
        Self { monitor: monitor.into(), range, step, by: None, filters: Vec::new(), fields: None }
    }

    /// Whether the answer has this field.
    pub fn keeps(&self, field: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|name| name == field))
    }
}

/// A question for rollup rows that nobody stored.
#[derive(Clone, Debug)]
pub struct FoldQuery {
    /// Which records; `limit` and `after` are not used.
    pub records: RecordQuery,
    /// Columns to fold by: at most six, or seven with the called module.
    pub by: Vec<Column>,
    /// Length of an answer's bucket in ns: a multiple of the declared one; `None` folds the whole range into one row.
    pub step: Option<i64>,
    /// Records after which no further part is begun.
    pub most: u64,
}

/// Rollup rows that were folded when asked.
#[derive(Clone, Debug)]
pub struct FoldedRecords {
    /// The rows, in order.
    pub table: PartialTable,
    /// Records that were looked at.
    pub scanned: u64,
    /// Whether these were all.
    pub complete: bool,
}

/// Completeness of one bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BucketCompleteness {
    /// Start of the bucket.
    pub bucket: Timestamp,
    /// How complete it is.
    #[serde(flatten)]
    pub completeness: Completeness,
}
