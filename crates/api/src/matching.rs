//! Which rows of a live batch a client's filters mean, told in the same way as the store tells it.
//!
//! Words are compared as codes of the batch's dictionaries, so a filter costs one look-up per batch and one integer per row.
//! The stream must show exactly what a search would find: a test asks the embedded store the same questions.

use magpie_model::query::{ColumnFilter, RecordQuery};
use magpie_model::record::RecordBatch;
use magpie_model::{Column, FieldSpec, field::MISSING};

use crate::phrase::MessageSearch;

/// Filters, ready to be asked.
pub(crate) struct Matching {
    filters: Vec<ColumnFilter>,
    text: Option<MessageSearch>,
    declared: Vec<FieldSpec>,
}

impl Matching {
    /// `declared` are the fields that the filters count. Range, limit and cursor of the query are not looked at.
    pub(crate) fn new(query: &RecordQuery, declared: &[FieldSpec]) -> Result<Self, regex::Error> {
        let text = query.text.as_ref().map(MessageSearch::new).transpose()?.flatten();
        Ok(Self { filters: query.filters.clone(), text, declared: declared.to_vec() })
    }

    /// The rows that are meant, ascending.
    pub(crate) fn rows(&self, batch: &RecordBatch) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..batch.records.len() as u32).collect();
        for filter in &self.filters {
            self.keep(filter, batch, &mut rows);
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
        RecordBatch { records, dictionaries, fields: fields.to_vec().into() }
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
        let batch = RecordBatch { records, dictionaries, fields: Vec::new().into() };
        let dir = tempfile::tempdir().unwrap();
        let declared = Declared { fields: Vec::new().into(), base: Column::DIMENSIONS.to_vec(), bucket: magpie_model::Bucketing::minute() };
        let store = EmbeddedTelemetry::open(dir.path(), declared, Options::default()).unwrap();
        store.append(Append { batch: Some(batch.clone()), ..Append::default() }).unwrap();
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
