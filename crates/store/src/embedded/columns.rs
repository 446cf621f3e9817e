//! Records as Arrow columns: the one layout of open batches and of segment files.
//!
//! Names are those of the design's "Record columns", so any Parquet tool reads them. Words are dictionaries, fields are
//! 64-bit integers in the declared scale (given as JSON in the column's metadata), and what a record lacks is null.
//! Batches are converted once, when they are appended; queries and sealing see only this form.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampNanosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, MapArray, RecordBatch as Batch, StringArray, StructArray,
    TimestampNanosecondArray, UInt8Array, UInt32Array, UInt64Array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use magpie_model::dictionary::NULL;
use magpie_model::field::MISSING;
use magpie_model::record::{AttributeColumn, Dictionaries, RecordBatch, Records, TextColumn};
use magpie_model::{Column, FieldSpec, Kind, Record, Severity, Side, Timestamp};

/// Key of a field column's declaration in its metadata.
const SPEC: &str = "magpie.field";
/// Columns before the words of [`Column`].
const FIRST_TEXT: usize = 6;
/// The message's place.
pub(super) const MESSAGE: usize = FIRST_TEXT + Column::COUNT;
/// Place of the span id.
pub(super) const SPAN_ID: usize = MESSAGE + 3;
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

    /// Which rows have a word; `None` where all do.
    pub(super) fn nulls(&self) -> Option<&'a NullBuffer> {
        self.nulls
    }

    /// Whether no row has a word.
    pub(super) fn is_empty(&self) -> bool {
        self.nulls.is_some_and(|nulls| nulls.null_count() == nulls.len())
    }

    /// Code of a row's word.
    #[inline]
    pub(super) fn code(&self, row: usize) -> Option<usize> {
        (self.nulls.is_none_or(|nulls| nulls.is_valid(row))).then(|| self.keys[row] as usize)
    }

    /// Codes of rows that all have a word.
    #[inline]
    pub(super) fn codes(&self, rows: Range<usize>) -> impl Iterator<Item = usize> {
        self.keys[rows].iter().map(|&key| key as usize)
    }

    /// Word of a row.
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        let code = self.code(row)?;
        self.values.is_valid(code).then(|| self.values.value(code))
    }
}

/// Converts a batch; dictionaries keep only the words that occur. What lies in the batch as a column wants it is moved.
pub(super) fn to_arrow(batch: RecordBatch) -> Result<Batch, ArrowError> {
    let RecordBatch { records, dictionaries, fields } = batch;
    let alike = Alike::new(records.id.len());
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from(records.id)),
        Arc::new(TimestampNanosecondArray::from(records.time).with_timezone("UTC")),
        numbered(&records.kind, |number| Kind::from_number(number).unwrap_or_default().name(), &alike),
        numbered(&records.severity, |number| Severity::from_number(number).unwrap_or_default().name(), &alike),
        sides_of(&records.side, &alike),
        Arc::new(UInt8Array::from(records.marks)),
    ];
    for (column, codes) in Column::ALL.into_iter().zip(records.text) {
        columns.push(words(codes, |code| dictionaries.of(column).get(code), &alike));
    }
    for text in [records.message, records.job_id, records.trace_id, records.span_id] {
        columns.push(if text.bytes() == 0 { alike.no_texts() } else { Arc::new(texts(text, |bytes| bytes == 0)?) });
    }
    let without = valid(&records.attempt, 0);
    columns.push(Arc::new(UInt32Array::new(records.attempt.into(), without)));
    columns.push(Arc::new(UInt64Array::from(records.offset)));
    columns.push(attributes(records.attributes, &alike)?);
    for values in records.fields {
        let without = valid(&values, MISSING);
        columns.push(Arc::new(Int64Array::new(values.into(), without)));
    }
    Batch::try_new(schema(&fields), columns)
}

/// What the columns of a batch share that have the same in every row, as most of them have.
pub(super) struct Alike {
    rows: usize,
    zeros: OnceCell<ScalarBuffer<i32>>,
    no_words: OnceCell<ArrayRef>,
    no_texts: OnceCell<ArrayRef>,
}

impl Alike {
    /// For columns of so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, zeros: OnceCell::new(), no_words: OnceCell::new(), no_texts: OnceCell::new() }
    }

    fn zeros(&self) -> ScalarBuffer<i32> {
        self.zeros.get_or_init(|| vec![0; self.rows + 1].into()).clone()
    }

    fn keys(&self, nulls: Option<NullBuffer>) -> Int32Array {
        Int32Array::new(self.zeros().slice(0, self.rows), nulls)
    }

    /// A column of one word.
    pub(super) fn word(&self, word: &str) -> ArrayRef {
        dictionary(self.keys(None), StringArray::from_iter_values([word]))
    }

    /// A column of words without any.
    pub(super) fn no_words(&self) -> ArrayRef {
        let without = || dictionary(self.keys(Some(NullBuffer::new_null(self.rows))), StringArray::from_iter_values([""; 0]));
        Arc::clone(self.no_words.get_or_init(without))
    }

    /// A column of texts without any.
    fn no_texts(&self) -> ArrayRef {
        let without = || StringArray::new(OffsetBuffer::new(self.zeros()), Buffer::default(), Some(NullBuffer::new_null(self.rows)));
        Arc::clone(self.no_texts.get_or_init(|| Arc::new(without())))
    }
}

/// Which of the values are not the one that stands for none; nothing where all are.
fn valid<T: PartialEq + Copy>(values: &[T], none: T) -> Option<NullBuffer> {
    // Without leaving early it is many values at a time, and mostly there is nothing to find.
    if !values.iter().fold(false, |found, &value| found | (value == none)) {
        return None;
    }
    Some(NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |row| values[row] != none)))
}

fn numbered(numbers: &[u8], name: impl Fn(u8) -> &'static str, alike: &Alike) -> ArrayRef {
    if let Some(&first) = numbers.first()
        && are_equal(numbers)
    {
        return alike.word(name(first));
    }
    words(numbers.iter().map(|&number| u32::from(number) + 1).collect(), |code| name((code - 1) as u8), alike)
}

/// A column of sides, as numbers.
pub(super) fn sides_of(sides: &[u8], alike: &Alike) -> ArrayRef {
    numbered(sides, |number| if number == Side::Caller as u8 { Side::Caller } else { Side::Callee }.name(), alike)
}

/// Whether each is what the one before it is.
fn are_equal<T: PartialEq>(values: &[T]) -> bool {
    values.is_empty() || values[1..] == values[..values.len() - 1]
}

/// A column of words, given by codes of a dictionary; [`NULL`] is no word.
pub(super) fn words<'a>(codes: Vec<u32>, word: impl Fn(u32) -> &'a str, alike: &Alike) -> ArrayRef {
    const UNUSED: i32 = -1;
    let rows = codes.len();
    if are_equal(&codes) {
        return match codes.first() {
            None | Some(&NULL) => alike.no_words(),
            Some(&only) => alike.word(word(only)),
        };
    }
    let greatest = codes.iter().fold(NULL, |greatest, &code| greatest.max(code));
    let nulls = valid(&codes, NULL);
    if greatest as usize <= rows / 4 {
        // A dictionary that is hardly larger than what the batch needs of it. The keys stay where the codes were.
        let keys: Vec<i32> = codes.into_iter().map(|code| code.saturating_sub(1) as i32).collect();
        return dictionary(Int32Array::new(keys.into(), nulls), StringArray::from_iter_values((1..=greatest).map(word)));
    }
    let mut recode = vec![UNUSED; greatest as usize + 1];
    let mut values: Vec<&str> = Vec::new();
    recode[NULL as usize] = 0;
    let keys = codes.into_iter().map(|code| {
        let recoded = &mut recode[code as usize];
        if *recoded == UNUSED {
            *recoded = values.len() as i32;
            values.push(word(code));
        }
        *recoded
    });
    let keys: Vec<i32> = keys.collect();
    dictionary(Int32Array::new(keys.into(), nulls), StringArray::from_iter_values(values))
}

fn dictionary(keys: Int32Array, values: StringArray) -> ArrayRef {
    // Keys are counted up while values are appended, so the check of `new` would always pass.
    Arc::new(DictionaryArray::new(keys, Arc::new(values)))
}

/// The memory of a batch's messages as an empty text, if they have some that nobody else holds.
pub(super) fn into_spare(mut batch: Batch) -> Option<String> {
    let messages = batch.remove_column(MESSAGE);
    let (_, texts, _) = messages.as_string_opt::<i32>()?.clone().into_parts();
    drop(messages);
    let mut bytes: Vec<u8> = texts.into_vec().ok()?;
    bytes.clear();
    String::from_utf8(bytes).ok().filter(|text| text.capacity() > 0)
}

/// A column of texts; those of a length that stands for none are null.
fn texts(column: TextColumn, is_none: impl Fn(u32) -> bool) -> Result<StringArray, ArrowError> {
    let (mut bytes, ends) = column.into_parts();
    // It stays until it is sealed, and may have grown by doubling.
    if bytes.capacity() > bytes.len() + bytes.len() / 4 {
        bytes.shrink_to_fit();
    }
    let length = |row: usize| ends[row] - if row == 0 { 0 } else { ends[row - 1] };
    let valid = BooleanBuffer::collect_bool(ends.len(), |row| !is_none(length(row)));
    let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
    StringArray::try_new(offsets(&ends)?, bytes.into_bytes().into(), nulls)
}

/// Ends of rows as Arrow wants them: signed, after a zero.
fn offsets(ends: &[u32]) -> Result<OffsetBuffer<i32>, ArrowError> {
    if ends.last().is_some_and(|&end| end > i32::MAX as u32) {
        return Err(ArrowError::OffsetOverflowError(ends.last().map_or(0, |&end| end as usize)));
    }
    Ok(OffsetBuffer::new(std::iter::once(0).chain(ends.iter().map(|&end| end as i32)).collect::<Vec<i32>>().into()))
}

fn attributes(column: AttributeColumn, alike: &Alike) -> Result<ArrayRef, ArrowError> {
    let names = column.names.clone();
    let (keys, values, ends) = column.into_parts();
    let ends = if keys.is_empty() { OffsetBuffer::new(alike.zeros()) } else { offsets(&ends)? };
    let keys = StringArray::from_iter_values(keys.iter().map(|&key| names.get(key)));
    // Every pair has a value, be it the empty one.
    pairs(keys, texts(values, |_| false)?, ends)
}

/// The column of attributes out of all pairs; a row without pairs is null.
pub(super) fn pairs(keys: StringArray, values: StringArray, ends: OffsetBuffer<i32>) -> Result<ArrayRef, ArrowError> {
    let rows = ends.len() - 1;
    let nulls =
        if keys.is_empty() { NullBuffer::new_null(rows) } else { NullBuffer::from_iter(ends.windows(2).map(|ends| ends[0] != ends[1])) };
    let entries = StructArray::try_new(pair_fields(), vec![Arc::new(keys), Arc::new(values)], None)?;
    Ok(Arc::new(MapArray::try_new(entries_field(), ends, entries, Some(nulls).filter(|nulls| nulls.null_count() > 0), false)?))
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

    /// How many pairs there are up to each row, and up to the end of the last one.
    pub(super) fn ends(&self) -> &'a [i32] {
        self.map.value_offsets()
    }

    /// Keys of all pairs.
    pub(super) fn keys(&self) -> &'a StringArray {
        self.keys
    }

    /// Values of all pairs.
    pub(super) fn values(&self) -> &'a StringArray {
        self.values
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
    RecordBatch { records, dictionaries: dictionaries.into(), fields: declared.into_iter().map(|(_, spec)| spec).collect() }
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
    use super::super::gather::{Order, RowOf, gather};
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
        RecordBatch { records, dictionaries: dictionaries.into(), fields }
    }

    #[test]
    fn records_survive_arrow_and_come_back() {
        let original = batch(6, &[(1, "video", 5), (2, "", 6)]);
        let arrow = to_arrow(original.clone()).unwrap();
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
        let batches = [to_arrow(batch(3, &[(1, "video", 5), (3, "user", 7)])).unwrap(), to_arrow(batch(6, &[(2, "user", 9)])).unwrap()];
        let fields = united_fields(batches.iter().map(|batch| batch.schema_ref().as_ref()));
        assert_eq!(fields[0].scale, 6);
        let target = schema(&fields);
        let order = Order::of(&[RowOf { batch: 0, row: 0 }, RowOf { batch: 1, row: 0 }, RowOf { batch: 0, row: 1 }]);
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
