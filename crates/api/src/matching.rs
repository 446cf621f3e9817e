//! Which rows of a live batch a client's filters mean, told in the same way as the store tells it.
//!
//! Words are compared as codes of the batch's dictionaries, so a filter costs one look-up per batch and one integer per row.
//! The stream must show exactly what a search would find: a test asks the embedded store the same questions.

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::query::{ColumnFilter, IdColumn, RecordQuery, RowTest, TextMatch, WordTest};
use magpie_model::query_line::Operator;
use magpie_model::query_line::records::field_holds;
use magpie_model::record::RecordBatch;
use magpie_model::{Column, FieldSpec, Side, dictionary::NULL, field::MISSING};

use crate::phrase::MessageSearch;

/// Filters, ready to be asked.
pub(crate) struct Matching {
    filters: Vec<Prepared>,
    text: Option<MessageSearch>,
    declared: Vec<FieldSpec>,
}

impl Matching {
    /// `declared` are the fields that the filters count. Range, limit and cursor of the query are not looked at.
    pub(crate) fn new(query: &RecordQuery, declared: &[FieldSpec]) -> Result<Self, regex::Error> {
        let text = query.text.as_ref().map(MessageSearch::new).transpose()?.flatten();
        let prepare = |filter: &ColumnFilter| {
            Ok(match filter {
                ColumnFilter::Asked { wanted, test } => Prepared::Asked(*wanted, Test::new(test)?),
                plain => Prepared::Plain(plain.clone()),
            })
        };
        let filters = query.filters.iter().map(prepare).collect::<Result<_, regex::Error>>()?;
        Ok(Self { filters, text, declared: declared.to_vec() })
    }

    /// The rows that are meant, ascending.
    pub(crate) fn rows(&self, batch: &RecordBatch) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..batch.records.len() as u32).collect();
        for filter in &self.filters {
            match filter {
                Prepared::Plain(filter) => self.keep(filter, batch, &mut rows),
                Prepared::Asked(wanted, test) => {
                    let holds = test.of(batch, &self.declared);
                    rows.retain(|&row| holds(row as usize) == *wanted);
                }
            }
        }
        if let Some(text) = &self.text {
            rows.retain(|&row| text.matches(batch.records.message.get(row as usize)));
        }
        rows
    }

    fn keep(&self, filter: &ColumnFilter, batch: &RecordBatch, rows: &mut Vec<u32>) {
        let records = &batch.records;
        match filter {
            ColumnFilter::Is(column, values) => keep_words(batch, *column, values, true, rows),
            ColumnFilter::Not(column, values) => keep_words(batch, *column, values, false, rows),
            ColumnFilter::Kind(kinds) => rows.retain(|&row| kinds.iter().any(|&kind| kind as u8 == records.kind[row as usize])),
            ColumnFilter::Severity(severities) => {
                rows.retain(|&row| severities.iter().any(|&severity| severity as u8 == records.severity[row as usize]));
            }
            ColumnFilter::JobId(id) => rows.retain(|&row| records.job_id.get(row as usize) == id),
            ColumnFilter::TraceId(id) => rows.retain(|&row| records.trace_id.get(row as usize) == id),
            ColumnFilter::Attribute(key, value) => {
                rows.retain(|&row| records.attributes.row(row as usize).any(|pair| pair == (key.as_str(), value.as_str())));
            }
            ColumnFilter::FieldAtLeast(field, least) => self.keep_field(*field, *least, batch, rows),
            // Prepared apart, for its texts.
            ColumnFilter::Asked { .. } => {}
        }
    }

    /// After a reload a batch may count its fields in another order or scale than the filter was written for.
    fn keep_field(&self, field: usize, least: i64, batch: &RecordBatch, rows: &mut Vec<u32>) {
        let declared = self.declared.get(field);
        let stored = declared.and_then(|declared| batch.fields.iter().position(|spec| spec.name == declared.name));
        let (Some(declared), Some(at)) = (declared, stored) else {
            rows.clear();
            return;
        };
        let (mine, theirs) = (i128::from(declared.one()), i128::from(batch.fields[at].one()));
        let values = &batch.records.fields[at];
        rows.retain(|&row| {
            let value = values[row as usize];
            value != MISSING && i128::from(value) * mine >= i128::from(least) * theirs
        });
    }
}

fn keep_words(batch: &RecordBatch, column: Column, values: &[String], wanted: bool, rows: &mut Vec<u32>) {
    let dictionary = batch.dictionaries.of(column);
    let codes: Vec<u32> = values.iter().filter_map(|value| dictionary.find(value)).collect();
    let of_rows = &batch.records.text[column.index()];
    rows.retain(|&row| codes.contains(&of_rows[row as usize]) == wanted);
}

/// A filter, ready to be asked.
enum Prepared {
    Plain(ColumnFilter),
    /// Whether it must hold, or must not.
    Asked(bool, Test),
}

/// A test of a query line, its texts prepared.
enum Test {
    Column(Column, WordTest),
    Id(IdColumn, WordTest),
    Attribute(String, WordTest),
    Field(usize, Operator, i64),
    FieldMissing(usize),
    Side(Vec<Side>),
    Message(Option<MessageSearch>),
    Superseded(Arc<BTreeMap<String, u32>>),
    Any(Vec<Test>),
}

/// Tells of a row whether a test holds.
type Holds<'a> = Box<dyn Fn(usize) -> bool + 'a>;

impl Test {
    fn new(test: &RowTest) -> Result<Self, regex::Error> {
        Ok(match test {
            RowTest::Column(column, test) => Self::Column(*column, test.clone()),
            RowTest::Id(column, test) => Self::Id(*column, test.clone()),
            RowTest::Attribute(key, test) => Self::Attribute(key.clone(), test.clone()),
            RowTest::Field(field, operator, value) => Self::Field(*field, *operator, *value),
            RowTest::FieldMissing(field) => Self::FieldMissing(*field),
            RowTest::Side(sides) => Self::Side(sides.clone()),
            RowTest::Message(text) => Self::Message(MessageSearch::new(&TextMatch::Substring(text.clone()))?),
            RowTest::Superseded(standing) => Self::Superseded(Arc::clone(standing)),
            RowTest::Any(tests) => Self::Any(tests.iter().map(Self::new).collect::<Result<_, _>>()?),
        })
    }

    fn of<'a>(&'a self, batch: &'a RecordBatch, declared: &[FieldSpec]) -> Holds<'a> {
        let records = &batch.records;
        match self {
            Self::Column(column, test) => {
                let (dictionary, codes) = (batch.dictionaries.of(*column), &records.text[column.index()]);
                let mut by_code = vec![test.matches(""); dictionary.len().max(1)];
                dictionary.iter().filter(|(code, _)| *code != NULL).for_each(|(code, word)| by_code[code as usize] = test.matches(word));
                Box::new(move |row| by_code[codes[row] as usize])
            }
            Self::Id(column, test) => {
                let texts = match column {
                    IdColumn::JobId => &records.job_id,
                    IdColumn::TraceId => &records.trace_id,
                    IdColumn::SpanId => &records.span_id,
                    IdColumn::Message => &records.message,
                };
                Box::new(move |row| test.matches(texts.get(row)))
            }
            Self::Attribute(key, test) => Box::new(move |row| {
                let value = records.attributes.row(row).find(|(name, _)| name == key).map_or("", |(_, value)| value);
                test.matches(value)
            }),
            Self::Field(field, operator, limit) => match field_values(*field, batch, declared) {
                Some((values, one, mine)) => {
                    Box::new(move |row| values[row] != MISSING && field_holds(*operator, values[row], one, *limit, mine))
                }
                None => Box::new(|_| false),
            },
            Self::FieldMissing(field) => match field_values(*field, batch, declared) {
                Some((values, ..)) => Box::new(move |row| values[row] == MISSING),
                None => Box::new(|_| true),
            },
            Self::Side(sides) => Box::new(move |row| sides.iter().any(|&side| side as u8 == records.side[row])),
            Self::Message(search) => Box::new(move |row| search.as_ref().is_none_or(|search| search.matches(records.message.get(row)))),
            Self::Superseded(standing) => Box::new(move |row| {
                let attempt = records.attempt[row];
                attempt != 0 && standing.get(records.job_id.get(row)).is_some_and(|stands| attempt < *stands)
            }),
            Self::Any(tests) => {
                let tests: Vec<Holds<'a>> = tests.iter().map(|test| test.of(batch, declared)).collect();
                Box::new(move |row| tests.iter().any(|holds| holds(row)))
            }
        }
    }
}

/// The values of a declared field in a batch, with what one unit counts in the batch and in the declaration.
fn field_values<'a>(field: usize, batch: &'a RecordBatch, declared: &[FieldSpec]) -> Option<(&'a [i64], i64, i64)> {
    let declared = declared.get(field)?;
    let at = batch.fields.iter().position(|spec| spec.name == declared.name)?;
    Some((&batch.records.fields[at], batch.fields[at].one(), declared.one()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::query::{TextMatch, TimeRange};
    use magpie_model::record::Dictionaries;
    use magpie_model::{Kind, Record, Records, Severity};
    use magpie_store::embedded::{EmbeddedTelemetry, Options};
    use magpie_store::{Append, Declared, TelemetryStore};

    fn batch() -> RecordBatch {
        let fields = [FieldSpec::elapsed()];
        let (mut records, mut dictionaries) = (Records::new(1), Dictionaries::default());
        for (nth, (source, status, message)) in
            [("a", "200", "GET /Video ok"), ("b", "500", "GET /video failed"), ("", "200", "查询 视频 timeout")].into_iter().enumerate()
        {
            let mut record = Record { id: nth as u64, kind: Kind::Call, message: message.into(), ..Record::default() };
            record.set(Column::Source, source);
            record.set(Column::Status, status);
            record.severity = if nth == 1 { Severity::Error } else { Severity::Info };
            record.trace_id = format!("t{nth}");
            record.attributes.push(("user".into(), nth.to_string()));
            if nth > 0 {
                record.fields.insert("elapsed_ms".into(), nth as i64 * 100_000_000);
            }
            records.push(&record, &fields, &mut dictionaries);
        }
        RecordBatch { records, dictionaries: dictionaries.into(), fields: fields.to_vec().into() }
    }

    #[test]
    fn filters_choose_rows() {
        let words = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
        for (filter, expected) in [
            (ColumnFilter::Is(Column::Source, words(&["a", "b", "zzz"])), vec![0, 1]),
            (ColumnFilter::Is(Column::Source, words(&[""])), vec![2]),
            (ColumnFilter::Is(Column::Source, words(&["zzz"])), vec![]),
            (ColumnFilter::Not(Column::Status, words(&["200", "zzz"])), vec![1]),
            (ColumnFilter::Kind(vec![Kind::Log]), vec![]),
            (ColumnFilter::Severity(vec![Severity::Error]), vec![1]),
            (ColumnFilter::TraceId("t2".into()), vec![2]),
            (ColumnFilter::Attribute("user".into(), "1".into()), vec![1]),
            (ColumnFilter::FieldAtLeast(0, 200_000_000), vec![2]),
            (ColumnFilter::FieldAtLeast(0, 1), vec![1, 2]),
            (ColumnFilter::FieldAtLeast(9, 1), vec![]),
        ] {
            let query = RecordQuery { filters: vec![filter.clone()], ..RecordQuery::range(TimeRange::ALL) };
            let matching = Matching::new(&query, &[FieldSpec::elapsed()]).unwrap();
            assert_eq!(matching.rows(&batch()), expected, "{filter:?}");
        }
    }

    /// A query line, read for the declared fields.
    fn query(line: &str) -> RecordQuery {
        let line = magpie_model::query_line::read(line).unwrap();
        let (filters, text) = magpie_model::query_line::records::bind(&line, &[FieldSpec::elapsed()]).unwrap();
        RecordQuery { filters, text, ..RecordQuery::range(TimeRange::ALL) }
    }

    #[test]
    fn query_lines_choose_the_same_rows_in_the_stream_and_in_the_store() {
        let dir = tempfile::tempdir().unwrap();
        let fields = vec![FieldSpec::elapsed()].into();
        let declared =
            Declared { fields, base: Column::DIMENSIONS.to_vec(), bucket: magpie_model::Bucketing::minute(), recipes: Vec::new() };
        let store = EmbeddedTelemetry::open(dir.path(), declared, Options::default()).unwrap();
        store.append(Append { batches: vec![batch()], ..Append::default() }).unwrap();
        for (line, expected) in [
            ("", vec![0, 1, 2]),
            ("source:a,b", vec![0, 1]),
            ("source:*", vec![0, 1]),
            ("-source:*", vec![2]),
            ("source:\"\"", vec![2]),
            ("status:5*", vec![1]),
            ("status<500", vec![0, 2]),
            ("-status>=500 kind:call", vec![0, 2]),
            ("severity>=warn", vec![1]),
            ("-severity:error", vec![0, 2]),
            ("elapsed_ms>100", vec![2]),
            ("elapsed_ms>=100ms", vec![1, 2]),
            ("-elapsed_ms>100", vec![0, 1]),
            ("elapsed_ms:100", vec![1]),
            ("elapsed_ms:*", vec![1, 2]),
            ("elapsed_ms:\"\"", vec![0]),
            ("attr.user:1,2", vec![1, 2]),
            ("attr.user>=1 attr.user<2", vec![1]),
            ("attr.nobody:\"\"", vec![0, 1, 2]),
            ("-attr.nobody:*", vec![0, 1, 2]),
            ("trace_id:T1", vec![1]),
            ("-trace_id:t1", vec![0, 2]),
            ("trace_id:t*", vec![0, 1, 2]),
            ("side:callee", vec![0, 1, 2]),
            ("side:caller", vec![]),
            ("video", vec![0, 1]),
            ("get -failed", vec![0]),
            ("\"/VIDEO ok\"", vec![0]),
            ("-视频", vec![0, 1]),
            ("message:GET*ok", vec![0]),
            ("message:timeout,failed", vec![1, 2]),
            ("region:x", vec![]),
            ("-region:x", vec![0, 1, 2]),
        ] {
            let query = query(line);
            assert_eq!(Matching::new(&query, &[FieldSpec::elapsed()]).unwrap().rows(&batch()), expected, "stream: {line}");
            let mut stored: Vec<u32> = store.search(&query).unwrap().records.iter().map(|record| record.id as u32).collect();
            stored.sort_unstable();
            assert_eq!(stored, expected, "store: {line}");
        }
    }

    #[test]
    fn the_stream_shows_what_the_store_would_find() {
        let messages = [
            "GET /Video ok",
            "GET /video failed",
            "查询 视频 timeout",
            "视 频",
            "Größe GRÖSSE größe",
            "ΣΊΣΥΦΟΣ",
            "a.b.c",
            "x=1;y=2",
            "",
            "dis\u{212a} disk",
            "straße",
            "IO_Error in io-error",
            "ﬁne fine",
            "İstanbul istanbul",
            "١٢٣ 123",
        ];
        let (mut records, mut dictionaries) = (Records::new(0), Dictionaries::default());
        for (nth, message) in messages.iter().enumerate() {
            let record =
                Record { id: nth as u64, time: magpie_model::Timestamp(nth as i64), message: (*message).into(), ..Record::default() };
            records.push(&record, &[], &mut dictionaries);
        }
        let batch = RecordBatch { records, dictionaries: dictionaries.into(), fields: Vec::new().into() };
        let dir = tempfile::tempdir().unwrap();
        let declared = Declared {
            fields: Vec::new().into(),
            base: Column::DIMENSIONS.to_vec(),
            bucket: magpie_model::Bucketing::minute(),
            recipes: Vec::new(),
        };
        let store = EmbeddedTelemetry::open(dir.path(), declared, Options::default()).unwrap();
        store.append(Append { batches: vec![batch.clone()], ..Append::default() }).unwrap();
        let words = [
            "get video",
            "video get",
            "GET",
            "vide",
            "视频",
            "视",
            "频 timeout",
            "GRÖSSE",
            "σίσυφος",
            "b c",
            "disk",
            "io error",
            "fine",
            "istanbul",
            "123",
            "…",
        ];
        let parts = ["vIdeO", "视频", "查", "größe", "ISK", "a.b", "=1;Y", "ß", "ss", "ﬁ", "i\u{307}", "X", " "];
        let expressions = ["failed$", "^$", "(?i)error", "[视频]+"];
        let texts = (words.iter().map(|&text| TextMatch::Words(text.into())))
            .chain(parts.iter().map(|&text| TextMatch::Substring(text.into())))
            .chain(expressions.iter().map(|&text| TextMatch::Regex(regex::Regex::new(text).unwrap())));
        let mut found = 0;
        for text in texts {
            let query = RecordQuery { text: Some(text.clone()), ..RecordQuery::range(TimeRange::ALL) };
            let mut stored: Vec<u32> = store.search(&query).unwrap().records.iter().map(|record| record.id as u32).collect();
            stored.sort_unstable();
            found += stored.len();
            assert_eq!(Matching::new(&query, &[]).unwrap().rows(&batch), stored, "{text:?}");
        }
        assert!(found > 30, "only {found} messages were found");
    }
}
