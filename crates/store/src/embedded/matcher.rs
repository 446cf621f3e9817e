//! Which records of a part a query means.
//!
//! Conditions are asked from cheap to dear - what the part's metadata excludes, then time, words, ids, fields,
//! attributes, and the message last - and each reads its column only for the rows that the ones before left over.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use magpie_model::query::{ColumnFilter, Cursor, RecordQuery, TimeRange};
use magpie_model::{Column, FieldSpec, Timestamp};

use super::columns::{self, Pairs, Words, text_at};
use super::part::Part;
use super::row_tests::Asked;
use super::text::TextSearch;
use crate::{Error, Result};

/// A query's conditions, ready to be asked.
pub(super) struct Matcher {
    range: TimeRange,
    before: Option<Cursor>,
    words: Vec<WordFilter>,
    ids: Vec<IdFilter>,
    attributes: Vec<(String, String)>,
    fields: Vec<(FieldSpec, i64)>,
    asked: Vec<Asked>,
    text: Option<TextSearch>,
    word_hashes: Vec<u64>,
}

/// A condition on a column of words.
struct WordFilter {
    name: &'static str,
    column: Option<Column>,
    words: Vec<String>,
    /// Whether the words are wanted, or unwanted.
    wanted: bool,
}

/// A condition on a column of ids, which has a bloom filter.
struct IdFilter {
    name: &'static str,
    value: String,
}

impl Matcher {
    /// Prepares a query; `declared` are the fields that its conditions count.
    pub(super) fn new(query: &RecordQuery, declared: &[FieldSpec]) -> Result<Self> {
        let text = query.text.as_ref().map(TextSearch::new).transpose()?.flatten();
        let word_hashes = text.as_ref().map(TextSearch::word_hashes).unwrap_or_default();
        let mut matcher = Self {
            range: query.range,
            before: query.after,
            words: Vec::new(),
            ids: Vec::new(),
            attributes: Vec::new(),
            fields: Vec::new(),
            asked: Vec::new(),
            text,
            word_hashes,
        };
        query.filters.iter().try_for_each(|filter| matcher.add(filter, declared))?;
        matcher.asked.sort_by_key(Asked::cost);
        Ok(matcher)
    }

    fn add(&mut self, filter: &ColumnFilter, declared: &[FieldSpec]) -> Result<()> {
        let words = |name, column, words, wanted| WordFilter { name, column, words, wanted };
        match filter {
            ColumnFilter::Is(column, values) => self.words.push(words(column.name(), Some(*column), values.clone(), true)),
            ColumnFilter::Not(column, values) => self.words.push(words(column.name(), None, values.clone(), false)),
            ColumnFilter::Kind(kinds) => {
                self.words.push(words("kind", None, kinds.iter().map(|kind| kind.name().to_owned()).collect(), true));
            }
            ColumnFilter::Severity(severities) => {
                self.words.push(words("severity", None, severities.iter().map(|severity| severity.name().to_owned()).collect(), true));
            }
            ColumnFilter::JobId(value) => self.ids.push(IdFilter { name: "job_id", value: value.clone() }),
            ColumnFilter::TraceId(value) => self.ids.push(IdFilter { name: "trace_id", value: value.clone() }),
            ColumnFilter::Attribute(key, value) => self.attributes.push((key.clone(), value.clone())),
            ColumnFilter::FieldAtLeast(field, least) => {
                let spec = declared.get(*field).ok_or_else(|| Error::Query(format!("there is no field number {field}")))?;
                self.fields.push((spec.clone(), *least));
            }
            ColumnFilter::Asked { wanted, test } => self.asked.push(Asked::new(*wanted, test, declared)?),
        }
        Ok(())
    }

    /// Whether records between these times can be meant.
    pub(super) fn reaches(&self, from: Timestamp, to: Timestamp) -> bool {
        from < self.range.to && self.range.from <= to && self.before.is_none_or(|cursor| from <= cursor.time)
    }

    /// Whether a part can hold a record that is meant, as far as its metadata tells.
    pub(super) fn may_match(&self, part: &Part) -> Result<bool> {
        if !self.reaches(part.from(), part.to()) {
            return Ok(false);
        }
        let Part::Group(reader, group, _) = part else { return Ok(true) };
        for filter in self.words.iter().filter(|filter| filter.wanted) {
            if filter.column.is_some_and(|column| !reader.may_be(*group, column, &filter.words)) {
                return Ok(false);
            }
        }
        for filter in self.ids.iter().filter(|filter| !filter.value.is_empty()) {
            if !reader.may_hold(*group, filter.name, filter.value.as_str())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rows of a part that are meant, ascending.
    pub(super) fn rows(&self, part: &Part) -> Result<Vec<u32>> {
        if !self.may_match(part)? {
            return Ok(Vec::new());
        }
        let mut rows = match part {
            Part::Group(reader, group, _) => reader.rows_with_words(*group, &self.word_hashes)?,
            Part::Open(open) => (0..open.batch.num_rows() as u32).collect(),
        };
        if rows.is_empty() {
            return Ok(rows);
        }
        self.keep_times(part, &mut rows)?;
        for filter in &self.words {
            keep_words(part, filter, &mut rows)?;
        }
        for filter in &self.ids {
            keep_ids(part, filter, &mut rows)?;
        }
        for (spec, least) in &self.fields {
            keep_fields(part, spec, *least, &mut rows)?;
        }
        for (key, value) in &self.attributes {
            keep_attributes(part, key, value, &mut rows)?;
        }
        for asked in &self.asked {
            asked.keep(part, &mut rows)?;
        }
        if let Some(text) = self.text.as_ref().filter(|_| !rows.is_empty()) {
            let loaded = part.load(&["message"], &rows)?;
            if let Some(texts) = loaded.batch.column_by_name("message").and_then(|array| array.as_string_opt::<i32>()) {
                rows = text.matching(texts, rows.iter().enumerate().map(|(nth, &row)| (loaded.at(nth, row), row)));
            }
        }
        Ok(rows)
    }

    fn keep_times(&self, part: &Part, rows: &mut Vec<u32>) -> Result<()> {
        let within = self.range.contains(part.from()) && self.range.contains(part.to());
        let before = self.before.is_none_or(|cursor| part.to() < cursor.time);
        if within && before {
            return Ok(());
        }
        let loaded = part.load(&["time", "id"], rows)?;
        let (times, ids) = (columns::times(&loaded.batch), columns::ids(&loaded.batch));
        let mut nth = 0;
        rows.retain(|&row| {
            let at = loaded.at(nth, row);
            nth += 1;
            let time = Timestamp(times[at]);
            self.range.contains(time) && self.before.is_none_or(|cursor| (time, ids[at]) < (cursor.time, cursor.id))
        });
        Ok(())
    }
}

/// Tells of an index in a column whether its value is wanted.
type Test<'a> = Box<dyn Fn(usize) -> bool + 'a>;

/// Keeps the rows that a column's test wants; none when the part has no such column.
fn keep_by(part: &Part, name: &str, rows: &mut Vec<u32>, test: impl for<'a> FnOnce(&'a ArrayRef) -> Option<Test<'a>>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let loaded = part.load(&[name], rows)?;
    let Some(keep) = loaded.batch.column_by_name(name).and_then(test) else {
        rows.clear();
        return Ok(());
    };
    let mut nth = 0;
    rows.retain(|&row| {
        nth += 1;
        keep(loaded.at(nth - 1, row))
    });
    Ok(())
}

fn keep_words(part: &Part, filter: &WordFilter, rows: &mut Vec<u32>) -> Result<()> {
    let listed = |word: &str| filter.words.iter().any(|listed| listed == word);
    keep_by(part, filter.name, rows, |array| {
        let words = Words::of(array)?;
        let by_code: Vec<bool> = words.values.iter().map(|word| listed(word.unwrap_or("")) == filter.wanted).collect();
        let without = listed("") == filter.wanted;
        Some(Box::new(move |at| words.code(at).map_or(without, |code| by_code[code])))
    })
}

fn keep_ids(part: &Part, filter: &IdFilter, rows: &mut Vec<u32>) -> Result<()> {
    let value = filter.value.clone();
    keep_by(part, filter.name, rows, |array| {
        let texts = array.as_string_opt::<i32>()?;
        Some(Box::new(move |at| text_at(texts, at) == value))
    })
}

fn keep_fields(part: &Part, spec: &FieldSpec, least: i64, rows: &mut Vec<u32>) -> Result<()> {
    let Some((name, stored)) = part.field(&spec.name) else {
        rows.clear();
        return Ok(());
    };
    keep_by(part, &name, rows, |array| {
        let values = array.as_primitive_opt::<Int64Type>()?;
        let (from, to) = (stored.scale, spec.scale);
        Some(Box::new(move |at| {
            values.is_valid(at) && columns::rescale(values.value(at).into(), from, to).is_some_and(|value| value >= least.into())
        }))
    })
}

fn keep_attributes(part: &Part, key: &str, value: &str, rows: &mut Vec<u32>) -> Result<()> {
    let (key, value) = (key.to_owned(), value.to_owned());
    keep_by(part, "attributes", rows, |array| {
        let pairs = Pairs::of(array)?;
        Some(Box::new(move |at| pairs.row(at).any(|(k, v)| k == key && v.unwrap_or("") == value)))
    })
}
