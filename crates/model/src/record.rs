//! Normalised records, in columns while they flow and one by one when they are shown.
//!
//! The columns are plain vectors with dictionary codes, not Arrow arrays: the hot path appends single values and folds
//! integers, and only the store needs Arrow, which it builds from these columns without looking at a value twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Column, Dictionary, FieldSpec, Severity, Side, Timestamp, dictionary::NULL, field::MISSING};

/// What a record tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Kind {
    /// A plain log event.
    #[default]
    Log = 0,
    /// An interaction: an access-log line, or a call made of spans. Only these are aggregated unless a monitor says otherwise.
    Call = 1,
    /// An event of a flow's run.
    Run = 2,
}

impl Kind {
    /// `log`, `call` or `run`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Call => "call",
            Self::Run => "run",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Log, Self::Call, Self::Run].into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of that number, as stored.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Log, Self::Call, Self::Run].get(usize::from(number)).copied()
    }
}

/// Marks on a record, as bits of [`Records::marks`].
pub mod mark {
    /// Known from one side's span only.
    pub const ONE_SIDED: u8 = 1;
    /// Beyond the ceiling of combinations per bucket: aggregated as `(other)` (design 7).
    pub const FOLDED: u8 = 2;
    /// Its time lies beyond now + 5 min, or outside what can be kept (design 5).
    pub const BAD_TIME: u8 = 4;
    /// The line was longer than the limit and its end is missing.
    pub const CUT: u8 = 8;
    /// It has no time of its own: the time is that of reading.
    pub const NO_TIME: u8 = 16;
    /// A second half of a call that was already counted (design 4); not aggregated.
    pub const LATE_PAIR: u8 = 32;
    /// It stands for many lines that an agent has counted (`agent_partial`); aggregated with their number.
    pub const FROM_AGENT: u8 = 64;
    /// One of the lines that an agent has counted, kept to be looked at; not aggregated.
    pub const SAMPLED: u8 = 128;
    /// Of records that are not aggregated by themselves.
    pub const UNCOUNTED: u8 = LATE_PAIR | SAMPLED;
}

/// Variable-length text or bytes, one value per row, in one buffer.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    bytes: String,
    ends: Vec<u32>,
}

impl TextColumn {
    /// Appends a value; the empty text stands for none.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }

    /// Appends empty values until there are so many rows.
    pub fn resize(&mut self, rows: usize) {
        self.ends.resize(rows.max(self.ends.len()), self.bytes.len() as u32);
    }

    fn sized_like(other: &Self) -> Self {
        Self { bytes: String::with_capacity(with_slack(other.bytes.len())), ends: with_room(&other.ends) }
    }

    /// Value of a row.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.bytes[start..self.ends[row] as usize]
    }

    /// All values one after the other, and where in it the value of each row ends.
    pub fn into_parts(self) -> (String, Vec<u32>) {
        (self.bytes, self.ends)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all values together.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

fn with_room<T>(last: &[T]) -> Vec<T> {
    Vec::with_capacity(with_slack(last.len()))
}

/// Room for what is about as much as last time: a little too little would cost a copy of everything, and room of twice as much.
fn with_slack(last: usize) -> usize {
    last + last / 16
}

/// Key-value pairs per row: what a line says that has no column.
#[derive(Clone, Debug, Default)]
pub struct AttributeColumn {
    keys: Vec<u32>,
    values: TextColumn,
    ends: Vec<u32>,
    /// Names of attributes.
    pub names: Dictionary,
}

impl AttributeColumn {
    /// Adds a pair to the row that is being built.
    pub fn add(&mut self, key: &str, value: &str) {
        let key = self.names.intern(key);
        self.add_coded(key, value);
    }

    /// The same, by the code that the key has in [`Self::names`].
    pub fn add_coded(&mut self, key: u32, value: &str) {
        self.keys.push(key);
        self.values.push(value);
    }

    /// Ends the row that is being built.
    pub fn end_row(&mut self) {
        self.ends.push(self.keys.len() as u32);
    }

    /// Appends rows without pairs until there are so many.
    pub fn resize(&mut self, rows: usize) {
        self.ends.resize(rows.max(self.ends.len()), self.keys.len() as u32);
    }

    /// Pairs of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (&str, &str)> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        (start..self.ends[row] as usize).map(|at| (self.names.get(self.keys[at]), self.values.get(at)))
    }

    /// Code in [`Self::names`] of every pair, all values, and how many pairs there are up to the end of each row.
    pub fn into_parts(self) -> (Vec<u32>, TextColumn, Vec<u32>) {
        (self.keys, self.values, self.ends)
    }

    /// Bytes of all values together.
    pub fn bytes(&self) -> usize {
        self.values.bytes()
    }

    /// Forgets all rows; names keep their codes.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
        self.ends.clear();
    }
}

/// One dictionary per column, owned by the operator that fills a batch.
#[derive(Clone, Debug)]
pub struct Dictionaries {
    columns: Vec<Dictionary>,
}

impl Default for Dictionaries {
    fn default() -> Self {
        Self { columns: Column::ALL.iter().map(|_| Dictionary::default()).collect() }
    }
}

impl Dictionaries {
    /// Dictionaries whose columns each keep at most `ceiling(column)` different values.
    pub fn with_ceilings(ceiling: impl Fn(Column) -> usize) -> Self {
        Self { columns: Column::ALL.iter().map(|&column| Dictionary::with_ceiling(ceiling(column))).collect() }
    }

    /// The dictionary of a column.
    pub fn of(&self, column: Column) -> &Dictionary {
        &self.columns[column.index()]
    }

    /// The dictionary of a column, to intern into.
    pub fn of_mut(&mut self, column: Column) -> &mut Dictionary {
        &mut self.columns[column.index()]
    }
}

/// A batch of records in columns. All columns have one entry per record.
///
/// Text columns hold codes of [`Dictionaries`] that travel beside the batch. A record is appended by pushing to every
/// column; [`Records::debug_assert_even`] catches a forgotten one in tests.
#[derive(Clone, Debug)]
pub struct Records {
    /// Stable id of each record: a hash of where it came from.
    pub id: Vec<u64>,
    /// Event time in ns.
    pub time: Vec<i64>,
    /// [`Kind`] as number.
    pub kind: Vec<u8>,
    /// [`Severity`] as number.
    pub severity: Vec<u8>,
    /// [`Side`] as number.
    pub side: Vec<u8>,
    /// Bits of [`mark`].
    pub marks: Vec<u8>,
    /// Dictionary codes, one vector per [`Column`].
    pub text: Vec<Vec<u32>>,
    /// Field values, one vector per declared field; [`MISSING`] for none.
    pub fields: Vec<Vec<i64>>,
    /// The raw line (or the decoded body), lossy UTF-8; empty when the source does not keep it.
    pub message: TextColumn,
    /// Job id of the run.
    pub job_id: TextColumn,
    /// Trace id, lower-case hex.
    pub trace_id: TextColumn,
    /// Span id, lower-case hex.
    pub span_id: TextColumn,
    /// Attempt of the run, from 1; 0 for none.
    pub attempt: Vec<u32>,
    /// Offset of the line in its file.
    pub offset: Vec<u64>,
    /// Everything else the line said.
    pub attributes: AttributeColumn,
}

impl Records {
    /// An empty batch for so many declared fields.
    pub fn new(fields: usize) -> Self {
        Self {
            id: Vec::new(),
            time: Vec::new(),
            kind: Vec::new(),
            severity: Vec::new(),
            side: Vec::new(),
            marks: Vec::new(),
            text: vec![Vec::new(); Column::COUNT],
            fields: vec![Vec::new(); fields],
            message: TextColumn::default(),
            job_id: TextColumn::default(),
            trace_id: TextColumn::default(),
            span_id: TextColumn::default(),
            attempt: Vec::new(),
            offset: Vec::new(),
            attributes: AttributeColumn::default(),
        }
    }

    /// An empty batch with room for a little more than `other` has: the next one of an operator is about as large as the last.
    /// Its messages go into the memory of `messages`.
    pub fn sized_like(other: &Self, messages: String) -> Self {
        Self {
            id: with_room(&other.id),
            time: with_room(&other.time),
            kind: with_room(&other.kind),
            severity: with_room(&other.severity),
            side: with_room(&other.side),
            marks: with_room(&other.marks),
            text: other.text.iter().map(|codes| with_room(codes)).collect(),
            fields: other.fields.iter().map(|values| with_room(values)).collect(),
            message: TextColumn { bytes: messages, ends: with_room(&other.message.ends) },
            job_id: TextColumn::sized_like(&other.job_id),
            trace_id: TextColumn::sized_like(&other.trace_id),
            span_id: TextColumn::sized_like(&other.span_id),
            attempt: with_room(&other.attempt),
            offset: with_room(&other.offset),
            attributes: AttributeColumn {
                keys: with_room(&other.attributes.keys),
                values: TextColumn::sized_like(&other.attributes.values),
                ends: with_room(&other.attributes.ends),
                names: Dictionary::default(),
            },
        }
    }

    /// Bytes that the messages of the next batch are likely to need.
    pub fn messages_to_come(&self) -> usize {
        with_slack(self.message.bytes())
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Bytes held, about.
    pub fn memory(&self) -> usize {
        let fixed = 8 + 8 + 4 + Column::COUNT * 4 + self.fields.len() * 8 + 4 + 8 + 4 * 4;
        self.len() * fixed
            + self.message.bytes()
            + self.attributes.bytes()
            + self.trace_id.bytes()
            + self.span_id.bytes()
            + self.job_id.bytes()
    }

    /// Forgets all records and keeps the memory.
    pub fn clear(&mut self) {
        self.id.clear();
        self.time.clear();
        self.kind.clear();
        self.severity.clear();
        self.side.clear();
        self.marks.clear();
        self.text.iter_mut().for_each(Vec::clear);
        self.fields.iter_mut().for_each(Vec::clear);
        self.message.clear();
        self.job_id.clear();
        self.trace_id.clear();
        self.span_id.clear();
        self.attempt.clear();
        self.offset.clear();
        self.attributes.clear();
    }

    /// Appends a single record: for what comes one by one, such as runs and calls made of spans.
    pub fn push(&mut self, record: &Record, fields: &[FieldSpec], dictionaries: &mut Dictionaries) {
        self.id.push(record.id);
        self.time.push(record.time.0);
        self.kind.push(record.kind as u8);
        self.severity.push(record.severity as u8);
        self.side.push(record.side as u8);
        self.marks.push(record.marks);
        for column in Column::ALL {
            let code = record.text(column).map_or(NULL, |word| dictionaries.of_mut(column).intern(word));
            self.text[column.index()].push(code);
        }
        for (values, spec) in self.fields.iter_mut().zip(fields) {
            values.push(record.fields.get(&spec.name).copied().unwrap_or(MISSING));
        }
        self.message.push(&record.message);
        self.job_id.push(&record.job_id);
        self.trace_id.push(&record.trace_id);
        self.span_id.push(&record.span_id);
        self.attempt.push(record.attempt);
        self.offset.push(record.offset);
        for (key, value) in &record.attributes {
            self.attributes.add(key, value);
        }
        self.attributes.end_row();
    }

    /// One record of the batch, for showing.
    pub fn get(&self, row: usize, fields: &[FieldSpec], dictionaries: &Dictionaries) -> Record {
        let mut record = Record {
            id: self.id[row],
            time: Timestamp(self.time[row]),
            kind: Kind::from_number(self.kind[row]).unwrap_or_default(),
            severity: Severity::from_number(self.severity[row]).unwrap_or_default(),
            side: if self.side[row] == Side::Caller as u8 { Side::Caller } else { Side::Callee },
            marks: self.marks[row],
            message: self.message.get(row).to_owned(),
            job_id: self.job_id.get(row).to_owned(),
            trace_id: self.trace_id.get(row).to_owned(),
            span_id: self.span_id.get(row).to_owned(),
            attempt: self.attempt[row],
            offset: self.offset[row],
            ..Record::default()
        };
        for column in Column::ALL {
            if let Some(word) = dictionaries.of(column).value(self.text[column.index()][row]) {
                record.set(column, word);
            }
        }
        for (values, spec) in self.fields.iter().zip(fields) {
            if values[row] != MISSING {
                record.fields.insert(spec.name.clone(), values[row]);
            }
        }
        record.attributes = self.attributes.row(row).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        record
    }

    /// Panics in debug builds when a column was forgotten.
    pub fn debug_assert_even(&self) {
        let rows = self.len();
        debug_assert!(self.id.len() == rows && self.kind.len() == rows && self.severity.len() == rows && self.side.len() == rows);
        debug_assert!(self.marks.len() == rows && self.attempt.len() == rows && self.offset.len() == rows);
        debug_assert!(self.text.iter().all(|codes| codes.len() == rows) && self.fields.iter().all(|values| values.len() == rows));
        debug_assert!([&self.message, &self.job_id, &self.trace_id, &self.span_id].iter().all(|texts| texts.len() == rows));
    }
}

/// A batch that can leave its operator: the columns and what their codes mean.
#[derive(Clone, Debug)]
pub struct RecordBatch {
    /// The columns.
    pub records: Records,
    /// The dictionaries its codes refer to; batches that were made one after the other may share them.
    pub dictionaries: Arc<Dictionaries>,
    /// The declared fields, in the order of the field columns.
    pub fields: Arc<[FieldSpec]>,
}

/// One record by itself, as the API and the command line show it. Field values are in stored units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Stable id.
    pub id: u64,
    /// Event time.
    pub time: Timestamp,
    /// What it tells of.
    pub kind: Kind,
    /// Severity.
    pub severity: Severity,
    /// Whose log tells of it.
    pub side: Side,
    /// Bits of [`mark`].
    pub marks: u8,
    /// Words by column.
    pub columns: BTreeMap<Column, String>,
    /// Values by name of the field, in stored units.
    pub fields: BTreeMap<String, i64>,
    /// The raw line.
    pub message: String,
    /// Job id; empty for none.
    pub job_id: String,
    /// Trace id; empty for none.
    pub trace_id: String,
    /// Span id; empty for none.
    pub span_id: String,
    /// Attempt, from 1; 0 for none.
    pub attempt: u32,
    /// Offset of the line in its file.
    pub offset: u64,
    /// Everything else.
    pub attributes: Vec<(String, String)>,
}

impl Record {
    /// Value of a text column.
    pub fn text(&self, column: Column) -> Option<&str> {
        self.columns.get(&column).map(String::as_str)
    }

    /// Sets a text column; the empty word clears it.
    pub fn set(&mut self, column: Column, word: &str) {
        if word.is_empty() {
            self.columns.remove(&column);
        } else {
            self.columns.insert(column, word.to_owned());
        }
    }

    /// The record as JSON with the names of the design's "Record columns"; absent values are left out.
    ///
    /// `id` is 16 hex digits, `time` RFC 3339 with zone, fields are numbers in their unit.
    pub fn to_json(&self, fields: &[FieldSpec]) -> serde_json::Value {
        use serde_json::{Map, Value};
        let mut object = Map::new();
        object.insert("id".into(), format!("{:016x}", self.id).into());
        object.insert("kind".into(), self.kind.name().into());
        object.insert("time".into(), self.time.to_string().into());
        if self.severity != Severity::Unset {
            object.insert("severity".into(), self.severity.name().into());
        }
        for (column, word) in &self.columns {
            object.insert(column.name().into(), word.clone().into());
        }
        if self.kind == Kind::Call {
            object.insert("side".into(), self.side.name().into());
        }
        for spec in fields {
            if let Some(&value) = self.fields.get(&spec.name) {
                object.insert(spec.name.clone(), shown_number(spec, value));
            }
        }
        for (name, text) in [("job_id", &self.job_id), ("trace_id", &self.trace_id), ("span_id", &self.span_id), ("message", &self.message)]
        {
            if !text.is_empty() {
                object.insert(name.into(), text.clone().into());
            }
        }
        if self.attempt > 0 {
            object.insert("attempt".into(), self.attempt.into());
        }
        if self.columns.contains_key(&Column::File) {
            object.insert("offset".into(), self.offset.into());
        }
        for (bit, name) in MARK_NAMES {
            if self.marks & bit != 0 {
                object.insert(name.into(), true.into());
            }
        }
        if !self.attributes.is_empty() {
            let attributes: Map<String, Value> = self.attributes.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
            object.insert("attributes".into(), attributes.into());
        }
        object.into()
    }
}

/// Names of the marks in API and output.
pub const MARK_NAMES: [(u8, &str); 8] = [
    (mark::ONE_SIDED, "one_sided"),
    (mark::FOLDED, "folded"),
    (mark::BAD_TIME, "bad_time"),
    (mark::CUT, "cut"),
    (mark::NO_TIME, "no_time"),
    (mark::LATE_PAIR, "late_pair"),
    (mark::FROM_AGENT, "from_agent"),
    (mark::SAMPLED, "sampled"),
];

/// A stored value as a JSON number: an integer where it is whole.
pub fn shown_number(spec: &FieldSpec, value: i64) -> serde_json::Value {
    let one = spec.one();
    if value % one == 0 { (value / one).into() } else { spec.shown(value).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_columns() {
        let fields = [FieldSpec::elapsed(), FieldSpec::error()];
        let mut record = Record { id: 7, time: Timestamp(5), kind: Kind::Call, message: "GET /".into(), offset: 12, ..Record::default() };
        record.set(Column::Service, "/item/{id}");
        record.fields.insert("elapsed_ms".into(), 43_500_000);
        record.attributes.push(("user_agent".into(), "curl".into()));
        let (mut records, mut dictionaries) = (Records::new(fields.len()), Dictionaries::default());
        records.push(&Record::default(), &fields, &mut dictionaries);
        records.push(&record, &fields, &mut dictionaries);
        records.debug_assert_even();
        assert_eq!(records.get(1, &fields, &dictionaries), record);
        let json = record.to_json(&fields);
        assert_eq!(
            (json["elapsed_ms"].as_f64(), json["service"].as_str(), json["attributes"]["user_agent"].as_str()),
            (Some(43.5), Some("/item/{id}"), Some("curl"))
        );
    }
}
