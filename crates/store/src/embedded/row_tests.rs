//! The tests of a query line, asked of a part's rows: words and patterns, comparisons, texts, negated or not.
//!
//! Each test gives the rows for which it holds, ascending, reading its column only for the rows that are left; a negated one
//! keeps the others. A part that lacks the column answers as if every row had no value. The plain filters that can skip whole parts
//! stay in `matcher`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use magpie_model::query::{IdColumn, RowTest, TextMatch, WordTest};
use magpie_model::query_line::{Operator, records::field_holds};
use magpie_model::{FieldSpec, Side};

use super::columns::{Pairs, Words, text_at};
use super::part::{Loaded, Part};
use super::text::TextSearch;
use crate::{Error, Result};

/// A test, ready to be asked.
pub(super) struct Asked {
    wanted: bool,
    test: Test,
}

enum Test {
    /// A column of words by its name.
    Words(&'static str, WordTest),
    Text(IdColumn, WordTest),
    Attribute(String, WordTest),
    Field(FieldSpec, Operator, i64),
    FieldMissing(FieldSpec),
    Message(Option<TextSearch>),
    Superseded(Arc<BTreeMap<String, u32>>),
    Any(Vec<Test>),
}

impl Asked {
    /// Prepares a test; `declared` are the fields that it counts.
    pub(super) fn new(wanted: bool, test: &RowTest, declared: &[FieldSpec]) -> Result<Self> {
        Ok(Self { wanted, test: Test::new(test, declared)? })
    }

    /// How dear it is: what is cheap is asked first.
    pub(super) fn cost(&self) -> u8 {
        self.test.cost()
    }

    /// Keeps the rows that are meant.
    pub(super) fn keep(&self, part: &Part, rows: &mut Vec<u32>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let holding = self.test.holding(part, rows)?;
        if self.wanted {
            *rows = holding;
        } else {
            let mut rest = holding.into_iter().peekable();
            rows.retain(|row| rest.next_if_eq(row).is_none());
        }
        Ok(())
    }
}

impl Test {
    fn new(test: &RowTest, declared: &[FieldSpec]) -> Result<Self> {
        let spec = |field: &usize| declared.get(*field).cloned().ok_or_else(|| Error::Query(format!("there is no field number {field}")));
        Ok(match test {
            RowTest::Column(column, test) => Self::Words(column.name(), test.clone()),
            RowTest::Side(sides) => {
                let pattern = |side: &Side| magpie_model::query_line::Pattern::exact(side.name());
                Self::Words("side", WordTest::Like(sides.iter().map(pattern).collect()))
            }
            RowTest::Id(column, test) => Self::Text(*column, test.clone()),
            RowTest::Attribute(key, test) => Self::Attribute(key.clone(), test.clone()),
            RowTest::Field(field, operator, value) => Self::Field(spec(field)?, *operator, *value),
            RowTest::FieldMissing(field) => Self::FieldMissing(spec(field)?),
            RowTest::Message(text) => Self::Message(TextSearch::new(&TextMatch::Substring(text.clone()))?),
            RowTest::Superseded(standing) => Self::Superseded(Arc::clone(standing)),
            RowTest::Any(tests) => Self::Any(tests.iter().map(|test| Self::new(test, declared)).collect::<Result<_>>()?),
        })
    }

    fn cost(&self) -> u8 {
        match self {
            Self::Words(..) => 0,
            Self::Field(..) | Self::FieldMissing(_) => 1,
            Self::Text(IdColumn::Message, _) | Self::Message(_) => 4,
            Self::Text(..) | Self::Superseded(_) => 2,
            Self::Attribute(..) => 3,
            Self::Any(tests) => tests.iter().map(Self::cost).max().unwrap_or(0),
        }
    }

    fn holding(&self, part: &Part, rows: &[u32]) -> Result<Vec<u32>> {
        match self {
            Self::Words(name, test) => holding_words(part, name, test, rows),
            Self::Text(column, test) => holding_texts(part, column.name(), test, rows),
            Self::Attribute(key, test) => holding_attributes(part, key, test, rows),
            Self::Field(spec, operator, value) => {
                let (mine, limit) = (spec.one(), *value);
                holding_fields(part, spec, rows, |value| value.is_some_and(|(value, one)| field_holds(*operator, value, one, limit, mine)))
            }
            Self::FieldMissing(spec) => holding_fields(part, spec, rows, |value| value.is_none()),
            Self::Message(None) => Ok(rows.to_vec()),
            Self::Message(Some(search)) => holding_messages(part, search, rows),
            Self::Superseded(standing) => holding_superseded(part, standing, rows),
            Self::Any(tests) => {
                let mut all = Vec::new();
                for test in tests {
                    all.extend(test.holding(part, rows)?);
                }
                all.sort_unstable();
                all.dedup();
                Ok(all)
            }
        }
    }
}

/// The rows whose index in what was loaded satisfies.
fn chosen(loaded: &Loaded, rows: &[u32], holds: impl Fn(usize) -> bool) -> Vec<u32> {
    rows.iter().enumerate().filter(|&(nth, &row)| holds(loaded.at(nth, row))).map(|(_, &row)| row).collect()
}

/// What a test says of rows without any value.
fn all_or_none(test: &WordTest, rows: &[u32]) -> Vec<u32> {
    if test.matches("") { rows.to_vec() } else { Vec::new() }
}

/// Each word is tested once, each row looks up its code.
fn holding_words(part: &Part, name: &str, test: &WordTest, rows: &[u32]) -> Result<Vec<u32>> {
    let loaded = part.load(&[name], rows)?;
    let Some(words) = loaded.batch.column_by_name(name).and_then(Words::of) else { return Ok(all_or_none(test, rows)) };
    let by_code: Vec<bool> = words.values.iter().map(|word| test.matches(word.unwrap_or(""))).collect();
    let without = test.matches("");
    Ok(chosen(&loaded, rows, |at| words.code(at).map_or(without, |code| by_code[code])))
}

fn holding_texts(part: &Part, name: &str, test: &WordTest, rows: &[u32]) -> Result<Vec<u32>> {
    let loaded = part.load(&[name], rows)?;
    let texts = loaded.batch.column_by_name(name).and_then(|array| array.as_string_opt::<i32>());
    let Some(texts) = texts else { return Ok(all_or_none(test, rows)) };
    Ok(chosen(&loaded, rows, |at| test.matches(text_at(texts, at))))
}

fn holding_attributes(part: &Part, key: &str, test: &WordTest, rows: &[u32]) -> Result<Vec<u32>> {
    let loaded = part.load(&["attributes"], rows)?;
    let Some(pairs) = loaded.batch.column_by_name("attributes").and_then(Pairs::of) else { return Ok(all_or_none(test, rows)) };
    Ok(chosen(&loaded, rows, |at| {
        let value = pairs.row(at).find(|(name, _)| *name == key).and_then(|(_, value)| value);
        test.matches(value.unwrap_or(""))
    }))
}

/// Gives each row's value with what one unit counts in the part, or that it has none.
fn holding_fields(part: &Part, spec: &FieldSpec, rows: &[u32], holds: impl Fn(Option<(i64, i64)>) -> bool) -> Result<Vec<u32>> {
    let Some((name, stored)) = part.field(&spec.name) else { return Ok(if holds(None) { rows.to_vec() } else { Vec::new() }) };
    let loaded = part.load(&[&name], rows)?;
    let values = loaded.batch.column_by_name(&name).and_then(|array| array.as_primitive_opt::<Int64Type>());
    let one = stored.one();
    Ok(chosen(&loaded, rows, |at| holds(values.filter(|values| values.is_valid(at)).map(|values| (values.value(at), one)))))
}

/// The attempt is looked at only where the run is one of those told.
fn holding_superseded(part: &Part, standing: &BTreeMap<String, u32>, rows: &[u32]) -> Result<Vec<u32>> {
    let loaded = part.load(&["job_id", "attempt"], rows)?;
    let jobs = loaded.batch.column_by_name("job_id").and_then(|array| array.as_string_opt::<i32>());
    let attempts = loaded.batch.column_by_name("attempt").and_then(|array| array.as_primitive_opt::<UInt32Type>());
    let (Some(jobs), Some(attempts)) = (jobs, attempts) else { return Ok(Vec::new()) };
    Ok(chosen(&loaded, rows, |at| {
        attempts.is_valid(at) && standing.get(text_at(jobs, at)).is_some_and(|stands| attempts.value(at) < *stands)
    }))
}

fn holding_messages(part: &Part, search: &TextSearch, rows: &[u32]) -> Result<Vec<u32>> {
    let loaded = part.load(&["message"], rows)?;
    let texts = loaded.batch.column_by_name("message").and_then(|array| array.as_string_opt::<i32>());
    Ok(texts.map_or_else(Vec::new, |texts| search.matching(texts, rows.iter().enumerate().map(|(nth, &row)| (loaded.at(nth, row), row)))))
}
