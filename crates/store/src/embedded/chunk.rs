//! Which way a column is encoded, and putting the encoded columns of a row group together.
//!
//! Words, texts, numbers and sums are encoded here (`coded`, `values`); the Parquet crate does what needs more than that: maps,
//! bytes, and texts with a bloom filter.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampNanosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, Int64Array, StringArray};
use arrow_schema::{DataType, Field};
use hashbrown::HashSet;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::ColumnDescPtr;
use zstd::zstd_safe::CParameter;

use super::coded::{self, Coded, bounds};
use super::gather::{GatheredWords, Order, Run};
use super::pages::{OwnChunk, Zstd};
use super::sums::SummedFile;
use super::values;

/// Level of compression, with a table of matches that fits the processor's first cache.
const ZSTD_LEVEL: i32 = 1;
const ZSTD_HASH_LOG: u32 = 13;
/// Numbers that are looked at to tell whether a column has few kinds of them, and how many are few.
const SAMPLE: usize = 1_024;
const FEW_KINDS: usize = 256;

/// What compresses pages: one for all that a thread writes.
pub(super) fn compressor() -> Result<Zstd, ParquetError> {
    let mut zstd = Zstd::new(ZSTD_LEVEL)?;
    zstd.set_parameter(CParameter::HashLog(ZSTD_HASH_LOG))?;
    Ok(zstd)
}

/// An encoded column.
pub(super) enum Chunk {
    /// By the Parquet crate.
    Crate(ArrowColumnChunk),
    /// By this one.
    Own(OwnChunk),
}

impl Chunk {
    /// Writes it as the next column of a row group.
    pub(super) fn append_to(self, group: &mut SerializedRowGroupWriter<'_, SummedFile>) -> Result<(), ParquetError> {
        match self {
            Self::Crate(chunk) => chunk.append_to_row_group(group),
            Self::Own((bytes, close)) => group.append_column(&bytes, close),
        }
    }
}

/// Encodes a column; the crate's writers are for what is not encoded here.
pub(super) fn encode(
    field: &Field,
    array: &ArrayRef,
    column: &ColumnDescPtr,
    page_rows: usize,
    writers: Vec<ArrowColumnWriter>,
    zstd: &mut Zstd,
) -> Result<Vec<Chunk>, ParquetError> {
    match own(array, column, page_rows, zstd)? {
        Some(chunk) => Ok(vec![Chunk::Own(chunk)]),
        None => by_crate(field, array, writers),
    }
}

fn own(array: &ArrayRef, column: &ColumnDescPtr, page_rows: usize, zstd: &mut Zstd) -> Result<Option<OwnChunk>, ParquetError> {
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() == nulls.len() && !array.data_type().is_nested()) {
        return coded::constant(None, nulls.len(), column, page_rows, zstd).map(Some);
    }
    let numbers = match array.data_type() {
        DataType::Dictionary(..) => {
            let array = array.as_dictionary::<Int32Type>();
            let texts: Vec<&str> = array.values().as_string::<i32>().iter().map(Option::unwrap_or_default).collect();
            let keys = array.keys().values().iter().map(|&key| key as u32).collect();
            return words(&GatheredWords { words: texts, keys, nulls: array.nulls().cloned() }, column, page_rows, zstd).map(Some);
        }
        DataType::UInt8 => return small(&array.as_primitive::<UInt8Type>().unary(i64::from), column, page_rows, zstd),
        DataType::UInt32 => return small(&array.as_primitive::<UInt32Type>().unary(i64::from), column, page_rows, zstd),
        DataType::Int64 => array.as_primitive::<Int64Type>().clone(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().unary(|number| number as i64),
        DataType::Timestamp(..) => array.as_primitive::<TimestampNanosecondType>().reinterpret_cast(),
        DataType::Decimal128(..) => return values::decimals(array.as_primitive(), column, page_rows, zstd).map(Some),
        _ => return Ok(None),
    };
    // Beyond the signed range numbers without a sign are in another order.
    let told = bounds(&numbers).filter(|(least, _)| *array.data_type() != DataType::UInt64 || *least >= 0);
    let statistics = || Statistics::new(told.map(|told| told.0), told.map(|told| told.1), None, Some(numbers.null_count() as u64), false);
    if let Some(coded) = Coded::numbers(&numbers, 8, statistics()) {
        return coded.encode(column, page_rows, zstd).map(Some);
    }
    if is_of_few_kinds(&numbers)
        && let Some(coded) = Coded::kinds(&numbers, statistics())
    {
        return coded.encode(column, page_rows, zstd).map(Some);
    }
    values::numbers(&numbers, column, page_rows, statistics(), zstd).map(Some)
}

/// Encodes words: by codes, or one by one where they are too many for a dictionary.
pub(super) fn words(
    words: &GatheredWords<'_>,
    column: &ColumnDescPtr,
    page_rows: usize,
    zstd: &mut Zstd,
) -> Result<OwnChunk, ParquetError> {
    if let Some(coded) = Coded::words(&words.words, Cow::Borrowed(&words.keys), words.nulls.as_ref()) {
        return coded.encode(column, page_rows, zstd);
    }
    let texts: StringArray = words.iter().collect();
    let order = Order { runs: vec![Run { batch: 0, rows: 0..texts.len() }], rows: texts.len() };
    values::texts(&[&texts], &order, column, page_rows, zstd)
}

/// Numbers that Parquet keeps in 32 bits, if they lie close together.
fn small(numbers: &Int64Array, column: &ColumnDescPtr, page_rows: usize, zstd: &mut Zstd) -> Result<Option<OwnChunk>, ParquetError> {
    let bound = |number: i64| i32::try_from(number).ok();
    let told = bounds(numbers).and_then(|(least, greatest)| bound(least).zip(bound(greatest)));
    let statistics = Statistics::new(told.map(|told| told.0), told.map(|told| told.1), None, Some(numbers.null_count() as u64), false);
    Coded::numbers(numbers, 4, statistics).map(|coded| coded.encode(column, page_rows, zstd)).transpose()
}

fn is_of_few_kinds(numbers: &Int64Array) -> bool {
    let sample = numbers.iter().flatten().take(SAMPLE);
    numbers.len() > SAMPLE && sample.collect::<HashSet<i64>>().len() <= FEW_KINDS
}

/// Encodes a column as the crate does.
pub(super) fn by_crate(field: &Field, array: &ArrayRef, writers: Vec<ArrowColumnWriter>) -> Result<Vec<Chunk>, ParquetError> {
    let leaves = compute_leaves(field, array)?;
    let write = |(mut writer, leaf): (ArrowColumnWriter, _)| {
        writer.write(&leaf)?;
        writer.close().map(Chunk::Crate)
    };
    writers.into_iter().zip(leaves).map(write).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        BinaryArray, Decimal128Array, DictionaryArray, RecordBatch, TimestampNanosecondArray, UInt8Array, UInt32Array, UInt64Array,
    };
    use arrow_schema::Schema;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use proptest::prelude::*;

    use super::super::columns::words_field;
    use super::super::gather::RowOf;
    use super::*;

    /// What the Parquet crate reads of a file with one column that is encoded here.
    fn read_back(field: Field, encode: impl FnOnce(&ColumnDescPtr, &mut Zstd) -> OwnChunk) -> Option<ArrayRef> {
        let schema = Arc::new(Schema::new(vec![field]));
        let writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
        let (mut writer, _) = writer.into_serialized_writer().unwrap();
        let (bytes, close) = encode(&writer.schema_descr().column(0), &mut compressor().unwrap());
        let rows = close.rows_written as usize;
        let mut group = writer.next_row_group().unwrap();
        group.append_column(&bytes, close).unwrap();
        group.close().unwrap();
        let file = bytes::Bytes::from(writer.into_inner().unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(rows.max(1)).build().unwrap();
        let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        batches.first().map(|batch| Arc::clone(batch.column(0)))
    }

    fn array_back(array: &ArrayRef, page_rows: usize) -> Option<ArrayRef> {
        let field = Field::new("column", array.data_type().clone(), true);
        read_back(field, |column, zstd| own(array, column, page_rows, zstd).unwrap().expect("an encoding of our own"))
    }

    fn words_back(words: &DictionaryArray<Int32Type>, page_rows: usize) -> Vec<Option<String>> {
        let array: ArrayRef = Arc::new(words.clone());
        let encode = |column: &ColumnDescPtr, zstd: &mut Zstd| own(&array, column, page_rows, zstd).unwrap().unwrap();
        let Some(array) = read_back(words_field("word"), encode) else { return Vec::new() };
        let words = array.as_dictionary::<Int32Type>();
        words.downcast_dict::<StringArray>().unwrap().into_iter().map(|word| word.map(str::to_owned)).collect()
    }

    fn words(codes: &[Option<u16>]) -> Vec<Option<String>> {
        codes.iter().map(|code| code.map(|code| format!("word {code}"))).collect()
    }

    #[test]
    fn columns_of_every_shape_are_read_back() {
        let long_run = [vec![Some(1); 100], vec![Some(2), None, Some(3)], vec![Some(1); 37], vec![None; 50]].concat();
        let many: Vec<Option<u16>> = (0..20_000u32).map(|n| Some((n * 7_919 % 3_001) as u16)).collect();
        for codes in [vec![], vec![None; 1_000], vec![Some(7); 1_000], vec![Some(1)], long_run, many] {
            let expected = words(&codes);
            let column: DictionaryArray<Int32Type> = expected.iter().map(|word| word.as_deref()).collect();
            assert_eq!(words_back(&column, 64), expected);
            assert_eq!(words_back(&column, 20_000), expected);
        }
    }

    #[test]
    fn numbers_and_columns_without_values_are_read_back() {
        let far: Vec<Option<i64>> = (0..3_000i64).map(|n| (n % 7 != 0).then(|| n.wrapping_mul(0x9e37_79b9_7f4a_7c15u64 as i64))).collect();
        for array in [
            Arc::new(Int64Array::from(vec![Some(0), Some(1), Some(0), None, Some(1)])) as ArrayRef,
            Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(i64::MIN + 255), None])),
            Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(i64::MAX), None, Some(0)])),
            Arc::new(Int64Array::from(vec![-3; 70])),
            Arc::new(Int64Array::from(far)),
            Arc::new(Int64Array::from((0..1_000).map(|n| n * 1_000_000).collect::<Vec<i64>>())),
            Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1 << 63, 5])),
            Arc::new(TimestampNanosecondArray::from((0..500).map(|n| n * n * 977).collect::<Vec<i64>>()).with_timezone("UTC")),
            Arc::new(UInt8Array::from(vec![8, 255, 8, 9])),
            Arc::new(UInt32Array::from(vec![Some(u32::MAX), None, Some(u32::MAX - 1)])),
            Arc::new(BinaryArray::from(vec![None::<&[u8]>; 40])),
        ] {
            for page_rows in [64, 20_000] {
                assert_eq!(array_back(&array, page_rows).as_ref(), Some(&array));
            }
        }
    }

    #[test]
    fn numbers_of_few_kinds_that_lie_far_apart_are_numbered() {
        let few: Vec<Option<i64>> = (0..10_000).map(|n| (n % 11 != 0).then_some(n % 200 * 1_000_000)).collect();
        let few: ArrayRef = Arc::new(Int64Array::from(few));
        let (numbers, none) = (few.as_primitive(), || Statistics::new(None::<i64>, None, None, Some(0), false));
        assert!(is_of_few_kinds(numbers) && Coded::kinds(numbers, none()).is_some());
        // What begins with few kinds may go on with many: then distances are written.
        let more: ArrayRef = Arc::new(Int64Array::from_iter_values((0..10_000).map(|n| if n < 2_000 { n % 200 } else { n } * 1_000_000)));
        assert!(is_of_few_kinds(more.as_primitive()) && Coded::kinds(more.as_primitive(), none()).is_none());
        for array in [few, more] {
            assert_eq!(array_back(&array, 3_000).as_ref(), Some(&array));
        }
    }

    #[test]
    fn columns_of_one_word_or_none_need_no_codes() {
        for word in [None, Some("video"), Some("")] {
            let encode = |column: &ColumnDescPtr, zstd: &mut Zstd| coded::constant(word, 50_000, column, 20_000, zstd).unwrap();
            let found = read_back(words_field("word"), encode).unwrap();
            let found = found.as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap();
            assert!(found.into_iter().eq(vec![word; 50_000]));
        }
    }

    #[test]
    fn sums_of_128_bits_are_read_back() {
        let sums = [Some(0), None, Some(-1), Some(10i128.pow(38) - 1), Some(1 - 10i128.pow(38)), Some(i128::from(u64::MAX))].repeat(40);
        let array: ArrayRef = Arc::new(sums.into_iter().collect::<Decimal128Array>().with_data_type(DataType::Decimal128(38, 0)));
        assert_eq!(array_back(&array, 100).as_ref(), Some(&array));
    }

    #[test]
    fn ids_are_read_back_and_their_filter_knows_them() {
        let ids: Vec<u64> = (1..=50_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let mut told = None;
        let found = read_back(Field::new("id", DataType::UInt64, false), |column, _| {
            let (bytes, close) = values::ids(&ids, column, 20_000, 0.01).unwrap();
            told.clone_from(&close.bloom_filter);
            (bytes, close)
        });
        assert_eq!(found.unwrap().as_primitive::<UInt64Type>().values(), &ids[..]);
        let told = told.unwrap();
        assert!(ids.iter().all(|id| told.check(id)));
        assert!((1..=10_000u64).filter(|id| told.check(id)).count() < 300);
    }

    #[test]
    fn texts_are_read_back_from_batches_in_any_order() {
        let long = "x".repeat(400_000);
        let first = StringArray::from(vec![Some("a"), None, Some(""), Some(&long), Some("日志")]);
        let second = StringArray::from((0..500).map(|n| Some("line ".repeat(n % 9))).collect::<Vec<_>>());
        let places = (0..500).map(|row| RowOf { batch: 1, row }).chain([3, 3, 1, 3, 0, 2, 4, 3].map(|row| RowOf { batch: 0, row }));
        let rows: Vec<RowOf> = places.chain((0..9).map(|row| RowOf { batch: 1, row })).collect();
        let batches = [&first, &second];
        let expected: StringArray = rows
            .iter()
            .map(|of| {
                Some(batches[of.batch as usize]).filter(|texts| texts.is_valid(of.row as usize)).map(|texts| texts.value(of.row as usize))
            })
            .collect();
        for page_rows in [64, 20_000] {
            let encode =
                |column: &ColumnDescPtr, zstd: &mut Zstd| values::texts(&batches, &Order::of(&rows), column, page_rows, zstd).unwrap();
            let found = read_back(Field::new("text", DataType::Utf8, true), encode).unwrap();
            assert_eq!(found.as_string::<i32>(), &expected);
        }
    }

    #[test]
    fn words_beyond_a_dictionary_are_written_one_by_one() {
        let words: Vec<Option<String>> = (0..9_000).map(|n| (n % 50 != 0).then(|| format!("{n:0200}"))).collect();
        let column: ArrayRef = Arc::new(words.iter().map(|word| word.as_deref()).collect::<DictionaryArray<Int32Type>>());
        let texts: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
        assert!(Coded::words(&texts, Cow::Borrowed(&[]), None).is_none());
        let found = read_back(words_field("word"), |descr, zstd| own(&column, descr, 20_000, zstd).unwrap().unwrap()).unwrap();
        let found = found.as_dictionary::<Int32Type>();
        assert_eq!(
            found.downcast_dict::<StringArray>().unwrap().into_iter().collect::<Vec<_>>(),
            words.iter().map(Option::as_deref).collect::<Vec<_>>()
        );
    }

    proptest! {
        #[test]
        fn words_that_are_written_are_read(
            parts in prop::collection::vec((prop::option::of(0..400u16), 1..40usize), 0..60),
            page_rows in (1..9usize).prop_map(|pages| pages * 24),
        ) {
            let codes: Vec<Option<u16>> = parts.iter().flat_map(|&(code, count)| vec![code; count]).collect();
            let expected = words(&codes);
            let column: DictionaryArray<Int32Type> = expected.iter().map(|word| word.as_deref()).collect();
            prop_assert_eq!(words_back(&column, page_rows), expected);
        }

        #[test]
        fn numbers_that_are_written_are_read(
            numbers in prop::collection::vec(prop_oneof![any::<i64>().prop_map(Some), (-300..300i64).prop_map(Some), Just(None)], 1..700),
            page_rows in (1..9usize).prop_map(|pages| pages * 24),
        ) {
            let array: ArrayRef = Arc::new(Int64Array::from(numbers));
            prop_assert_eq!(array_back(&array, page_rows), Some(array));
        }
    }
}
