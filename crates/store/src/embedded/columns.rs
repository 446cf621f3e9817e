//! Records as Arrow columns: the one layout of open batches and of segment files.
//!
//! Names are those of the design's "Record columns", so any Parquet tool reads them. Words are dictionaries, fields are
//! 64-bit integers in the declared scale (given as JSON in the column's metadata), and what a record lacks is null.
//! Batches are converted once, when they are appended; queries and sealing see only this form.

use std::sync::Arc;

use arrow_array::builder::{StringBuilder, StringDictionaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampNanosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, MapArray, RecordBatch as Batch, StringArray, StructArray,
    TimestampNanosecondArray, UInt8Array, UInt32Array, UInt64Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use hashbrown::HashMap;
use magpie_model::dictionary::NULL;
use magpie_model::field::MISSING;
use magpie_model::record::{Dictionaries, RecordBatch, Records, TextColumn};
use magpie_model::{Column, FieldSpec, Kind, Record, Severity, Side, Timestamp};

/// Key of a field column's declaration in its metadata.
const SPEC: &str = "magpie.field";
/// Columns before the words of [`Column`].
const FIRST_TEXT: usize = 6;
/// The message's place.
pub(super) const MESSAGE: usize = FIRST_TEXT + Column::COUNT;
/// Place of the attributes.
pub(super) const ATTRIBUTES: usize = MESSAGE + 6;
/// Columns before the fields.
pub(super) const FIRST_FIELD: usize = ATTRIBUTES + 1;

fn words_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn pair_fields() -> Fields {
    vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)].into()
}

fn entries_field() -> Arc<Field> {
    Arc::new(Field::new("entries", DataType::Struct(pair_fields()), false))
}

/// The columns of records with these fields.
pub(super) fn schema(fields: &[FieldSpec]) -> SchemaRef {
    let mut columns = vec![
        Field::new("id", DataType::UInt64, false),
        Field::new("time", time_type(), false),
        Field::new("kind", words_type(), true),
        Field::new("severity", words_type(), true),
        Field::new("side", words_type(), true),
        Field::new("marks", DataType::UInt8, false),
    ];
    columns.extend(Column::ALL.iter().map(|column| Field::new(column.name(), words_type(), true)));
    columns.push(Field::new("message", DataType::Utf8, true));
    columns.extend(["job_id", "trace_id", "span_id"].map(|name| Field::new(name, DataType::Utf8, true)));
    columns.push(Field::new("attempt", DataType::UInt32, true));
    columns.push(Field::new("offset", DataType::UInt64, false));
    columns.push(Field::new("attributes", DataType::Map(entries_field(), false), true));
    let taken: Vec<String> = columns.iter().map(|column| column.name().clone()).collect();
    columns.extend(fields.iter().map(|spec| field_column(spec, &taken)));
    Arc::new(Schema::new(columns))
}

fn field_column(spec: &FieldSpec, taken: &[String]) -> Field {
    // A field may be called as a column is; the reader goes by the metadata, not by the name.
    let name = if taken.contains(&spec.name) { format!("field.{}", spec.name) } else { spec.name.clone() };
    let spec = serde_json::to_string(spec).unwrap_or_default();
    Field::new(name, DataType::Int64, true).with_metadata(std::collections::HashMap::from([(SPEC.to_owned(), spec)]))
}

/// The fields that a schema declares, with their columns' places.
pub(super) fn declared(schema: &Schema) -> Vec<(usize, FieldSpec)> {
    let spec = |field: &Field| serde_json::from_str(field.metadata().get(SPEC)?).ok();
    schema.fields().iter().enumerate().filter_map(|(at, field)| Some((at, spec(field)?))).collect()
}

/// A value in another scale, rounded half away from zero; `None` if it does not fit.
pub(super) fn rescale(value: i128, from: u32, to: u32) -> Option<i128> {
    if to >= from {
        return value.checked_mul(10i128.checked_pow(to - from)?);
    }
    let divisor = 10i128.checked_pow(from - to)?;
    Some((value + value.signum() * (divisor / 2)) / divisor)
}

/// Words of a dictionary column.
pub(super) struct Words<'a> {
    keys: &'a [i32],
    nulls: Option<&'a NullBuffer>,
    /// What the codes mean.
    pub values: &'a StringArray,
}

impl<'a> Words<'a> {
    /// Of a column; `None` if it is none of words.
    pub(super) fn of(array: &'a ArrayRef) -> Option<Self> {
        let words = array.as_dictionary_opt::<Int32Type>()?;
        Some(Self { keys: words.keys().values(), nulls: words.nulls(), values: words.values().as_string_opt()? })
    }

    /// Code of a row's word.
    pub(super) fn code(&self, row: usize) -> Option<usize> {
        (self.nulls.is_none_or(|nulls| nulls.is_valid(row))).then(|| self.keys[row] as usize)
    }

    /// Word of a row.
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        let code = self.code(row)?;
        self.values.is_valid(code).then(|| self.values.value(code))
    }
}

/// Converts a batch; dictionaries keep only the words that occur.
pub(super) fn to_arrow(batch: &RecordBatch) -> Result<Batch, ArrowError> {
    let records = &batch.records;
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from(records.id.clone())),
        Arc::new(TimestampNanosecondArray::from(records.time.clone()).with_timezone("UTC")),
        numbered(&records.kind, |number| Kind::from_number(number).unwrap_or_default().name()),
        numbered(&records.severity, |number| Severity::from_number(number).unwrap_or_default().name()),
        numbered(&records.side, |number| if number == Side::Caller as u8 { "caller" } else { "callee" }),
        Arc::new(UInt8Array::from(records.marks.clone())),
    ];
    for column in Column::ALL {
        columns.push(words(&records.text[column.index()], |code| batch.dictionaries.of(column).get(code)));
    }
    for text in [&records.message, &records.job_id, &records.trace_id, &records.span_id] {
        columns.push(texts(text));
    }
    columns.push(Arc::new(records.attempt.iter().map(|&attempt| (attempt != 0).then_some(attempt)).collect::<UInt32Array>()));
    columns.push(Arc::new(UInt64Array::from(records.offset.clone())));
    columns.push(attributes(records)?);
    for values in &records.fields {
        columns.push(Arc::new(values.iter().map(|&value| (value != MISSING).then_some(value)).collect::<Int64Array>()));
    }
    Batch::try_new(schema(&batch.fields), columns)
}

fn numbered(numbers: &[u8], name: impl Fn(u8) -> &'static str) -> ArrayRef {
    let codes: Vec<u32> = numbers.iter().map(|&number| u32::from(number) + 1).collect();
    words(&codes, |code| name((code - 1) as u8))
}

fn words<'a>(codes: &[u32], word: impl Fn(u32) -> &'a str) -> ArrayRef {
    let mut recode: Vec<i32> = Vec::new();
    let mut values = StringBuilder::new();
    let mut used = 0;
    let keys: Int32Array = codes
        .iter()
        .map(|&code| {
            if code == NULL {
                return None;
            }
            let at = code as usize;
            if at >= recode.len() {
                recode.resize(at + 1, -1);
            }
            if recode[at] < 0 {
                recode[at] = used;
                values.append_value(word(code));
                used += 1;
            }
            Some(recode[at])
        })
        .collect();
    dictionary(keys, values)
}

fn dictionary(keys: Int32Array, mut values: StringBuilder) -> ArrayRef {
    // Keys are counted up while values are appended, so the check of `new` would always pass.
    Arc::new(DictionaryArray::new(keys, Arc::new(values.finish())))
}

fn texts(column: &TextColumn) -> ArrayRef {
    let mut texts = StringBuilder::with_capacity(column.len(), column.bytes());
    for row in 0..column.len() {
        match column.get(row) {
            "" => texts.append_null(),
            text => texts.append_value(text),
        }
    }
    Arc::new(texts.finish())
}

fn attributes(records: &Records) -> Result<ArrayRef, ArrowError> {
    let mut pairs = PairBuilder::default();
    for row in 0..records.len() {
        records.attributes.row(row).for_each(|(key, value)| pairs.add(key, Some(value)));
        pairs.end_row();
    }
    pairs.finish()
}

/// Builds the column of attributes.
struct PairBuilder {
    keys: StringBuilder,
    values: StringBuilder,
    ends: Vec<i32>,
    count: i32,
}

impl Default for PairBuilder {
    fn default() -> Self {
        Self { keys: StringBuilder::new(), values: StringBuilder::new(), ends: vec![0], count: 0 }
    }
}

impl PairBuilder {
    fn add(&mut self, key: &str, value: Option<&str>) {
        self.keys.append_value(key);
        self.values.append_option(value);
        self.count += 1;
    }

    fn end_row(&mut self) {
        self.ends.push(self.count);
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = NullBuffer::from_iter(self.ends.windows(2).map(|ends| ends[0] != ends[1]));
        let entries = StructArray::try_new(pair_fields(), vec![Arc::new(self.keys.finish()), Arc::new(self.values.finish())], None)?;
        let ends = OffsetBuffer::new(self.ends.into());
        Ok(Arc::new(MapArray::try_new(entries_field(), ends, entries, Some(nulls).filter(|nulls| nulls.null_count() > 0), false)?))
    }
}

/// A row of a batch among several.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowOf {
    /// Index of the batch.
    pub batch: u32,
    /// Row in it.
    pub row: u32,
}

/// The fields of all batches; of a name declared twice the later declaration.
pub(super) fn united_fields<'a>(schemas: impl Iterator<Item = &'a Schema>) -> Vec<FieldSpec> {
    let mut united: Vec<FieldSpec> = Vec::new();
    for (_, spec) in schemas.flat_map(declared) {
        match united.iter_mut().find(|known| known.name == spec.name) {
            Some(known) => *known = spec,
            None => united.push(spec),
        }
    }
    united
}

/// One column of the rows in the given order, out of batches whose fields may differ.
pub(super) fn gather(target: &Schema, at: usize, batches: &[Batch], order: &[RowOf]) -> Result<ArrayRef, ArrowError> {
    if at >= FIRST_FIELD {
        return Ok(gather_field(target, at, batches, order));
    }
    let columns: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(at)).collect();
    Ok(match target.field(at).data_type() {
        DataType::Dictionary(..) => gather_words(&columns, order),
        DataType::Utf8 => gather_texts(&columns, order),
        DataType::Map(..) => return gather_pairs(&columns, order),
        DataType::UInt8 => {
            let columns: Vec<&UInt8Array> = columns.iter().map(|column| column.as_primitive::<UInt8Type>()).collect();
            Arc::new(UInt8Array::from_iter_values(order.iter().map(|of| columns[of.batch as usize].value(of.row as usize))))
        }
        DataType::UInt32 => {
            let columns: Vec<&UInt32Array> = columns.iter().map(|column| column.as_primitive::<UInt32Type>()).collect();
            Arc::new(
                order
                    .iter()
                    .map(|of| {
                        let column = columns[of.batch as usize];
                        column.is_valid(of.row as usize).then(|| column.value(of.row as usize))
                    })
                    .collect::<UInt32Array>(),
            )
        }
        DataType::UInt64 => {
            let columns: Vec<&UInt64Array> = columns.iter().map(|column| column.as_primitive::<UInt64Type>()).collect();
            Arc::new(UInt64Array::from_iter_values(order.iter().map(|of| columns[of.batch as usize].value(of.row as usize))))
        }
        _ => {
            let columns: Vec<&[i64]> =
                columns.iter().map(|column| column.as_primitive::<TimestampNanosecondType>().values().as_ref()).collect();
            let times = order.iter().map(|of| columns[of.batch as usize][of.row as usize]);
            Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC"))
        }
    })
}

fn gather_words(columns: &[&ArrayRef], order: &[RowOf]) -> ArrayRef {
    let columns: Vec<Option<Words<'_>>> = columns.iter().map(|column| Words::of(column)).collect();
    let mut recode: Vec<Vec<i32>> = columns.iter().map(|words| vec![-1; words.as_ref().map_or(0, |words| words.values.len())]).collect();
    let mut known: HashMap<&str, i32, foldhash::fast::FixedState> = HashMap::default();
    let mut values = StringBuilder::new();
    let keys: Int32Array = order
        .iter()
        .map(|of| {
            let words = columns[of.batch as usize].as_ref()?;
            let code = words.code(of.row as usize)?;
            let recoded = &mut recode[of.batch as usize][code];
            if *recoded < 0 {
                let next = known.len() as i32;
                let word = words.values.value(code);
                *recoded = *known.entry(word).or_insert(next);
                if *recoded == next {
                    values.append_value(word);
                }
            }
            Some(*recoded)
        })
        .collect();
    dictionary(keys, values)
}

fn gather_texts(columns: &[&ArrayRef], order: &[RowOf]) -> ArrayRef {
    let columns: Vec<&StringArray> = columns.iter().map(|column| column.as_string::<i32>()).collect();
    let bytes = columns.iter().map(|column| column.values().len()).sum();
    let mut texts = StringBuilder::with_capacity(order.len(), bytes);
    for of in order {
        let column = columns[of.batch as usize];
        texts.append_option(column.is_valid(of.row as usize).then(|| column.value(of.row as usize)));
    }
    Arc::new(texts.finish())
}

fn gather_pairs(columns: &[&ArrayRef], order: &[RowOf]) -> Result<ArrayRef, ArrowError> {
    let columns: Vec<Pairs<'_>> = columns.iter().filter_map(|column| Pairs::of(column)).collect();
    let mut pairs = PairBuilder::default();
    for of in order {
        columns[of.batch as usize].row(of.row as usize).for_each(|(key, value)| pairs.add(key, value));
        pairs.end_row();
    }
    pairs.finish()
}

fn gather_field(target: &Schema, at: usize, batches: &[Batch], order: &[RowOf]) -> ArrayRef {
    let wanted = declared(target).into_iter().find(|(place, _)| *place == at).map(|(_, spec)| spec);
    let columns: Vec<Option<(&Int64Array, u32)>> = batches
        .iter()
        .map(|batch| {
            let (place, spec) =
                declared(batch.schema_ref()).into_iter().find(|(_, spec)| Some(&spec.name) == wanted.as_ref().map(|w| &w.name))?;
            Some((batch.column(place).as_primitive::<Int64Type>(), spec.scale))
        })
        .collect();
    let scale = wanted.map_or(0, |spec| spec.scale);
    Arc::new(
        order
            .iter()
            .map(|of| {
                let (column, from) = columns[of.batch as usize]?;
                let value = column.is_valid(of.row as usize).then(|| column.value(of.row as usize))?;
                if from == scale { Some(value) } else { i64::try_from(rescale(value.into(), from, scale)?).ok() }
            })
            .collect::<Int64Array>(),
    )
}

/// Attributes of a batch.
pub(super) struct Pairs<'a> {
    map: &'a MapArray,
    keys: &'a StringArray,
    values: &'a StringArray,
}

impl<'a> Pairs<'a> {
    /// Of a column; `None` if it is no map of texts.
    pub(super) fn of(array: &'a ArrayRef) -> Option<Self> {
        let map = array.as_map_opt()?;
        Some(Self { map, keys: map.keys().as_string_opt()?, values: map.values().as_string_opt()? })
    }

    /// Pairs of a row.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let offsets = self.map.value_offsets();
        let range = if self.map.is_valid(row) { offsets[row] as usize..offsets[row + 1] as usize } else { 0..0 };
        let (keys, values) = (self.keys, self.values);
        range.map(move |at| (keys.value(at), values.is_valid(at).then(|| values.value(at))))
    }
}

/// One row of a batch that has all columns, as a record.
pub(super) fn record_at(batch: &Batch, row: usize) -> Record {
    let word = |name: &str| batch.column_by_name(name).and_then(|array| Words::of(array)?.get(row));
    let text =
        |name: &str| batch.column_by_name(name).and_then(|array| Some(text_at(array.as_string_opt()?, row).to_owned())).unwrap_or_default();
    let number =
        |name: &str| batch.column_by_name(name).and_then(|array| Some(array.as_primitive_opt::<UInt64Type>()?.value(row))).unwrap_or(0);
    let mut record = Record {
        id: number("id"),
        time: Timestamp(times(batch).get(row).copied().unwrap_or(0)),
        kind: word("kind").and_then(Kind::from_name).unwrap_or_default(),
        severity: word("severity").and_then(severity_of).unwrap_or_default(),
        side: if word("side") == Some("caller") { Side::Caller } else { Side::Callee },
        marks: batch.column_by_name("marks").and_then(|array| Some(array.as_primitive_opt::<UInt8Type>()?.value(row))).unwrap_or(0),
        message: text("message"),
        job_id: text("job_id"),
        trace_id: text("trace_id"),
        span_id: text("span_id"),
        offset: number("offset"),
        ..Record::default()
    };
    if let Some(attempts) = batch.column_by_name("attempt").and_then(|array| array.as_primitive_opt::<UInt32Type>()) {
        record.attempt = if attempts.is_valid(row) { attempts.value(row) } else { 0 };
    }
    for column in Column::ALL {
        if let Some(word) = word(column.name()) {
            record.set(column, word);
        }
    }
    for (at, spec) in declared(batch.schema_ref()) {
        if let Some(values) = batch.column(at).as_primitive_opt::<Int64Type>().filter(|values| values.is_valid(row)) {
            record.fields.insert(spec.name, values.value(row));
        }
    }
    if let Some(pairs) = batch.column_by_name("attributes").and_then(Pairs::of) {
        record.attributes = pairs.row(row).map(|(key, value)| (key.to_owned(), value.unwrap_or("").to_owned())).collect();
    }
    record
}

/// The severity of that name.
pub(super) fn severity_of(name: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.name() == name)
}

/// Times of a batch, in ns; empty when it has no such column.
pub(super) fn times(batch: &Batch) -> &[i64] {
    batch.column_by_name("time").and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>()).map_or(&[], |times| times.values())
}

/// Ids of a batch; empty when it has no such column.
pub(super) fn ids(batch: &Batch) -> &[u64] {
    batch.column_by_name("id").and_then(|array| array.as_primitive_opt::<UInt64Type>()).map_or(&[], |ids| ids.values())
}

/// Text of a row; empty for none.
pub(super) fn text_at(texts: &StringArray, row: usize) -> &str {
    if texts.is_valid(row) { texts.value(row) } else { "" }
}

/// Converts a batch that has all columns back into the model's form, without the rows that `keep` refuses.
pub(super) fn from_arrow(batch: &Batch, keep: impl Fn(i64) -> bool) -> RecordBatch {
    let declared = declared(batch.schema_ref());
    let rows: Vec<usize> = times(batch).iter().enumerate().filter(|&(_, &time)| keep(time)).map(|(row, _)| row).collect();
    let mut records = Records::new(declared.len());
    let mut dictionaries = Dictionaries::default();
    let (ids, times) = (ids(batch), times(batch));
    records.id.extend(rows.iter().map(|&row| ids[row]));
    records.time.extend(rows.iter().map(|&row| times[row]));
    records.kind = numbers(batch, "kind", &rows, |word| Kind::from_name(word).unwrap_or_default() as u8);
    records.severity = numbers(batch, "severity", &rows, |word| severity_of(word).unwrap_or_default() as u8);
    records.side = numbers(batch, "side", &rows, |word| u8::from(word == "caller"));
    if let Some(marks) = batch.column_by_name("marks").and_then(|array| array.as_primitive_opt::<UInt8Type>()) {
        records.marks.extend(rows.iter().map(|&row| marks.value(row)));
    }
    for column in Column::ALL {
        let dictionary = dictionaries.of_mut(column);
        let Some(words) = batch.column_by_name(column.name()).and_then(Words::of) else { continue };
        let codes: Vec<u32> = words.values.iter().map(|word| dictionary.intern(word.unwrap_or(""))).collect();
        records.text[column.index()] = rows.iter().map(|&row| words.code(row).map_or(NULL, |code| codes[code])).collect();
    }
    for (name, texts) in [
        ("message", &mut records.message),
        ("job_id", &mut records.job_id),
        ("trace_id", &mut records.trace_id),
        ("span_id", &mut records.span_id),
    ] {
        if let Some(column) = batch.column_by_name(name).and_then(|array| array.as_string_opt::<i32>()) {
            rows.iter().for_each(|&row| texts.push(text_at(column, row)));
        }
    }
    if let Some(attempts) = batch.column_by_name("attempt").and_then(|array| array.as_primitive_opt::<UInt32Type>()) {
        records.attempt.extend(rows.iter().map(|&row| if attempts.is_valid(row) { attempts.value(row) } else { 0 }));
    }
    if let Some(offsets) = batch.column_by_name("offset").and_then(|array| array.as_primitive_opt::<UInt64Type>()) {
        records.offset.extend(rows.iter().map(|&row| offsets.value(row)));
    }
    if let Some(pairs) = batch.column_by_name("attributes").and_then(Pairs::of) {
        for &row in &rows {
            pairs.row(row).for_each(|(key, value)| records.attributes.add(key, value.unwrap_or("")));
            records.attributes.end_row();
        }
    }
    for (values, (at, _)) in records.fields.iter_mut().zip(&declared) {
        if let Some(column) = batch.column(*at).as_primitive_opt::<Int64Type>() {
            values.extend(rows.iter().map(|&row| if column.is_valid(row) { column.value(row) } else { MISSING }));
        }
    }
    RecordBatch { records, dictionaries, fields: declared.into_iter().map(|(_, spec)| spec).collect() }
}

fn numbers(batch: &Batch, name: &str, rows: &[usize], number: impl Fn(&str) -> u8) -> Vec<u8> {
    let Some(words) = batch.column_by_name(name).and_then(Words::of) else { return vec![0; rows.len()] };
    let numbers: Vec<u8> = words.values.iter().map(|word| number(word.unwrap_or(""))).collect();
    rows.iter().map(|&row| words.code(row).map_or(0, |code| numbers[code])).collect()
}

/// A column of words, for tables other than records.
pub(super) fn words_of<'a>(words: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    let mut column = StringDictionaryBuilder::<Int32Type>::new();
    words.for_each(|word| column.append_option(word));
    Arc::new(column.finish())
}

/// The field of a column of words.
pub(super) fn words_field(name: &str) -> Field {
    Field::new(name, words_type(), true)
}

/// The field of a column of times.
pub(super) fn time_field(name: &str) -> Field {
    Field::new(name, time_type(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(scale: u32, values: &[(i64, &str, i64)]) -> RecordBatch {
        let fields: Arc<[FieldSpec]> = Arc::new([FieldSpec { scale, ..FieldSpec::elapsed() }, FieldSpec::error()]);
        let (mut records, mut dictionaries) = (Records::new(2), Dictionaries::default());
        for &(time, module, elapsed) in values {
            let mut record = Record { id: time as u64, time: Timestamp(time), kind: Kind::Call, ..Record::default() };
            record.severity = Severity::Warn;
            record.side = Side::Caller;
            record.message = format!("{module} took {elapsed}");
            record.set(Column::TargetModule, module);
            record.fields.insert("elapsed_ms".into(), elapsed);
            record.attempt = 2;
            record.attributes.push(("agent".into(), module.into()));
            records.push(&record, &fields, &mut dictionaries);
        }
        RecordBatch { records, dictionaries, fields }
    }

    #[test]
    fn records_survive_arrow_and_come_back() {
        let original = batch(6, &[(1, "video", 5), (2, "", 6)]);
        let arrow = to_arrow(&original).unwrap();
        let back = from_arrow(&arrow, |_| true);
        for row in 0..2 {
            let expected = original.records.get(row, &original.fields, &original.dictionaries);
            assert_eq!(record_at(&arrow, row), expected);
            assert_eq!(back.records.get(row, &back.fields, &back.dictionaries), expected);
        }
        back.records.debug_assert_even();
    }

    #[test]
    fn gathering_unites_dictionaries_and_scales() {
        let batches = [to_arrow(&batch(3, &[(1, "video", 5), (3, "user", 7)])).unwrap(), to_arrow(&batch(6, &[(2, "user", 9)])).unwrap()];
        let fields = united_fields(batches.iter().map(|batch| batch.schema_ref().as_ref()));
        assert_eq!(fields[0].scale, 6);
        let target = schema(&fields);
        let order = [RowOf { batch: 0, row: 0 }, RowOf { batch: 1, row: 0 }, RowOf { batch: 0, row: 1 }];
        let columns = (0..target.fields().len()).map(|at| gather(&target, at, &batches, &order).unwrap()).collect();
        let gathered = Batch::try_new(target, columns).unwrap();
        let shown: Vec<(i64, Option<String>, i64)> = (0..3)
            .map(|row| record_at(&gathered, row))
            .map(|record| (record.time.0, record.text(Column::TargetModule).map(str::to_owned), record.fields["elapsed_ms"]))
            .collect();
        let word = |word: &str| Some(word.to_owned());
        assert_eq!(shown, [(1, word("video"), 5_000), (2, word("user"), 9), (3, word("user"), 7_000)]);
    }
}
