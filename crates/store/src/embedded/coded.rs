//! Columns of words, and of few different numbers, as Parquet column chunks, written from their codes.
//!
//! The Parquet crate's writer looks up every row's word again to number it, and builds levels for every row of a column
//! that has no value at all; a record has two dozen such columns. Here the codes are those that the column has already, or a
//! number's distance from the least: a dictionary page, then pages of levels and codes, both in the hybrid of runs and packed bits of the specification
//! (<https://parquet.apache.org/docs/file-format/data-pages/encodings/>). What comes out is ordinary Parquet, of the same form
//! as the crate's own.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, DictionaryArray, Int64Array, StringArray, UInt8Array};
use arrow_buffer::NullBuffer;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// Bytes of a dictionary up to which a column is written by codes.
const MOST_DICTIONARY: usize = 1 << 20;
/// Longest bound that is told of a column.
const LONGEST_BOUND: usize = 64;
/// Numbers within such a range are written by codes.
const FEW_NUMBERS: i64 = 256;
/// Equal codes that follow each other from which a run of them takes less room than packed bits.
const LEAST_RUN: usize = 16;

/// An encoded column chunk, with what the row group says of it.
pub(super) type CodedChunk = (Bytes, ColumnCloseResult);

/// What a column is written from.
pub(super) struct Coded<'a> {
    /// The dictionary's values as the plain encoding has them.
    dictionary: Vec<u8>,
    /// Their number.
    values: usize,
    /// A code per row; of a row without a value it says nothing.
    keys: Cow<'a, [i32]>,
    nulls: Option<&'a NullBuffer>,
    statistics: Statistics,
}

impl<'a> Coded<'a> {
    /// Of words; `None` when they are too many for a dictionary.
    pub(super) fn words(words: &'a DictionaryArray<Int32Type>) -> Option<Self> {
        let values: &StringArray = words.values().as_string();
        if values.value_data().len() + 4 * values.len() > MOST_DICTIONARY {
            return None;
        }
        let mut dictionary = Vec::with_capacity(values.value_data().len() + 4 * values.len());
        for value in values.iter().map(Option::unwrap_or_default) {
            dictionary.extend_from_slice(&(value.len() as u32).to_le_bytes());
            dictionary.extend_from_slice(value.as_bytes());
        }
        let (keys, nulls) = (Cow::Borrowed(&words.keys().values()[..]), words.nulls());
        Some(Self { dictionary, values: values.len(), keys, nulls, statistics: of_words(words) })
    }

    /// Of numbers that lie close together, such as flags; `None` when they do not.
    pub(super) fn numbers(numbers: &'a Int64Array) -> Option<Self> {
        let (least, greatest) = arrow_bounds(numbers.values(), numbers.nulls())?;
        let keys = codes(numbers.values(), least, greatest)?;
        let dictionary = (least..=greatest).flat_map(i64::to_le_bytes).collect();
        let statistics = Statistics::new(Some(least), Some(greatest), None, Some(numbers.null_count() as u64), false);
        Some(Self { dictionary, values: (greatest - least) as usize + 1, keys: keys.into(), nulls: numbers.nulls(), statistics })
    }

    /// Of bytes, which Parquet keeps as 32-bit numbers.
    pub(super) fn bytes(bytes: &'a UInt8Array) -> Option<Self> {
        let (least, greatest) = arrow_bounds(bytes.values(), bytes.nulls())?;
        let (least, greatest) = (i32::from(least), i32::from(greatest));
        let keys: Vec<i32> = bytes.values().iter().map(|&byte| i32::from(byte) - least).collect();
        let dictionary = (least..=greatest).flat_map(i32::to_le_bytes).collect();
        let statistics = Statistics::new(Some(least), Some(greatest), None, Some(bytes.null_count() as u64), false);
        Some(Self { dictionary, values: (greatest - least) as usize + 1, keys: keys.into(), nulls: bytes.nulls(), statistics })
    }

    /// Encodes it as a column chunk.
    pub(super) fn encode(
        self,
        column: &ColumnDescPtr,
        page_rows: usize,
        zstd: &mut zstd::bulk::Compressor<'_>,
    ) -> Result<CodedChunk, ParquetError> {
        let mut pages = Pages::new(zstd, column.max_def_level() > 0);
        // Readers want a dictionary even where no page has a code.
        pages.dictionary(self.dictionary, self.values)?;
        let data_offset = pages.length();
        // One code needs no bits; a column without words has no codes at all.
        let width = usize::BITS - self.values.saturating_sub(1).leading_zeros();
        for start in (0..self.keys.len()).step_by(page_rows) {
            let rows = start..(start + page_rows).min(self.keys.len());
            let valid = self.nulls.map(|nulls| nulls.slice(rows.start, rows.len()));
            pages.data(&self.keys[rows], valid.as_ref(), width)?;
        }
        pages.finish(column, self.keys.len(), data_offset, self.statistics)
    }
}

/// Least and greatest of the values that count.
fn arrow_bounds<T: Copy + Ord>(values: &[T], nulls: Option<&NullBuffer>) -> Option<(T, T)> {
    let widen = |bounds: Option<(T, T)>, value: T| {
        Some(bounds.map_or((value, value), |(least, greatest): (T, T)| (least.min(value), greatest.max(value))))
    };
    match nulls {
        None => values.iter().fold(None, |bounds, &value| widen(bounds, value)),
        Some(nulls) => nulls.valid_indices().fold(None, |bounds, row| widen(bounds, values[row])),
    }
}

/// Distances from the least, if the greatest is near.
fn codes(values: &[i64], least: i64, greatest: i64) -> Option<Vec<i32>> {
    let range = greatest.checked_sub(least).filter(|&range| range < FEW_NUMBERS)?;
    // What does not count may be any number.
    Some(values.iter().map(|&value| value.wrapping_sub(least).clamp(0, range) as i32).collect())
}

/// The pages of a chunk so far.
struct Pages<'z, 'c> {
    sink: TrackedWrite<Vec<u8>>,
    zstd: &'z mut zstd::bulk::Compressor<'c>,
    offsets: OffsetIndexBuilder,
    uncompressed: usize,
    /// Whether a row may have no value.
    optional: bool,
    /// The page that is being made, before compression.
    page: Vec<u8>,
    codes: Vec<u32>,
}

impl<'z, 'c> Pages<'z, 'c> {
    fn new(zstd: &'z mut zstd::bulk::Compressor<'c>, optional: bool) -> Self {
        let sink = TrackedWrite::new(Vec::new());
        Self { sink, zstd, offsets: OffsetIndexBuilder::new(), uncompressed: 0, optional, page: Vec::new(), codes: Vec::new() }
    }

    fn length(&self) -> usize {
        self.sink.bytes_written()
    }

    fn dictionary(&mut self, dictionary: Vec<u8>, values: usize) -> Result<(), ParquetError> {
        self.page = dictionary;
        let num_values = values as u32;
        self.write(|buf| Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, is_sorted: false })
    }

    fn data(&mut self, keys: &[i32], valid: Option<&NullBuffer>, width: u32) -> Result<(), ParquetError> {
        self.page.clear();
        if self.optional {
            self.page.extend_from_slice(&[0; 4]);
            levels(&mut self.page, keys.len(), valid);
            let levels = (self.page.len() - 4) as u32;
            self.page[..4].copy_from_slice(&levels.to_le_bytes());
        }
        self.codes.clear();
        match valid {
            None => self.codes.extend(keys.iter().map(|&key| key as u32)),
            Some(valid) => self.codes.extend(valid.valid_indices().map(|row| keys[row] as u32)),
        }
        self.page.push(width as u8);
        hybrid(&mut self.page, &self.codes, width);
        let offset = self.length();
        let num_values = keys.len() as u32;
        let rle = Encoding::RLE;
        self.write(|buf| Page::DataPage {
            buf,
            num_values,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: rle,
            rep_level_encoding: rle,
            statistics: None,
        })?;
        self.offsets.append_offset_and_size(offset as i64, (self.length() - offset) as i32);
        self.offsets.append_row_count(keys.len() as i64);
        Ok(())
    }

    fn write(&mut self, page: impl FnOnce(Bytes) -> Page) -> Result<(), ParquetError> {
        let compressed = self.zstd.compress(&self.page).map_err(|error| ParquetError::External(Box::new(error)))?;
        let page = CompressedPage::new(page(compressed.into()), self.page.len());
        self.uncompressed += SerializedPageWriter::new(&mut self.sink).write_page(page)?.uncompressed_size;
        Ok(())
    }

    fn finish(self, column: &ColumnDescPtr, rows: usize, data_offset: usize, statistics: Statistics) -> Result<CodedChunk, ParquetError> {
        let bytes = self.sink.into_inner()?;
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_num_values(rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(data_offset as i64)
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(self.offsets.build()),
        };
        Ok((bytes.into(), close))
    }
}

/// Least and greatest word, unless one of them is long.
fn of_words(words: &DictionaryArray<Int32Type>) -> Statistics {
    let values: &StringArray = words.values().as_string();
    let (least, greatest) = (values.iter().flatten().min(), values.iter().flatten().max());
    let bounds = least.zip(greatest).filter(|(least, greatest)| least.len().max(greatest.len()) <= LONGEST_BOUND);
    let bound = |word: &str| ByteArray::from(word.as_bytes().to_vec());
    Statistics::new(
        bounds.map(|(least, _)| bound(least)),
        bounds.map(|(_, greatest)| bound(greatest)),
        Some(values.len() as u64),
        Some(words.null_count() as u64),
        false,
    )
}

/// The definition levels of a page: 1 where there is a word.
fn levels(page: &mut Vec<u8>, rows: usize, valid: Option<&NullBuffer>) {
    let Some(valid) = valid.filter(|valid| (1..rows).contains(&valid.null_count())) else {
        let level = u8::from(valid.is_none_or(|valid| valid.null_count() == 0));
        varint(page, (rows as u64) << 1);
        page.push(level);
        return;
    };
    // Arrow's bits of validity are packed just as levels of one bit are.
    let bits = valid.inner().sliced();
    varint(page, (rows.div_ceil(8) as u64) << 1 | 1);
    page.extend_from_slice(&bits.as_slice()[..rows.div_ceil(8)]);
}

/// Codes as runs of equal ones and, between them, groups of eight packed ones.
fn hybrid(page: &mut Vec<u8>, codes: &[u32], width: u32) {
    let mut packed = 0;
    let mut at = 0;
    while at < codes.len() {
        let run = codes[at..].iter().take_while(|&&code| code == codes[at]).count();
        if run < LEAST_RUN && at + run < codes.len() {
            // A run may only begin where a group of eight ends.
            at += 8;
            continue;
        }
        pack(page, &codes[packed..at], width);
        varint(page, (run as u64) << 1);
        page.extend_from_slice(&codes[at].to_le_bytes()[..width.div_ceil(8) as usize]);
        at += run;
        packed = at;
    }
    pack(page, &codes[packed.min(codes.len())..], width);
}

/// Codes packed bit by bit, the last group of eight filled up with zeros.
fn pack(page: &mut Vec<u8>, codes: &[u32], width: u32) {
    if codes.is_empty() {
        return;
    }
    let groups = codes.len().div_ceil(8);
    varint(page, (groups as u64) << 1 | 1);
    let end = page.len() + groups * width as usize;
    let (mut bits, mut filled) = (0u64, 0);
    for &code in codes {
        bits |= u64::from(code) << filled;
        filled += width;
        while filled >= 8 {
            page.push(bits as u8);
            bits >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        page.push(bits as u8);
    }
    page.resize(end, 0);
}

fn varint(page: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        page.push(value as u8 | 0x80);
        value >>= 7;
    }
    page.push(value as u8);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::{Int64Type, UInt8Type};
    use arrow_array::{ArrayRef, RecordBatch};
    use arrow_schema::{DataType, Field, Schema};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use proptest::prelude::*;

    use super::super::columns::words_field;
    use super::*;

    /// What the Parquet crate reads of a file with this one column.
    fn read_back(field: Field, coded: Coded<'_>, page_rows: usize) -> Option<ArrayRef> {
        let rows = coded.keys.len();
        let schema = Arc::new(Schema::new(vec![field]));
        let writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
        let (mut writer, _) = writer.into_serialized_writer().unwrap();
        let mut zstd = zstd::bulk::Compressor::new(1).unwrap();
        let (bytes, close) = coded.encode(&writer.schema_descr().column(0), page_rows, &mut zstd).unwrap();
        let mut group = writer.next_row_group().unwrap();
        group.append_column(&bytes, close).unwrap();
        group.close().unwrap();
        let file = Bytes::from(writer.into_inner().unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(rows.max(1)).build().unwrap();
        let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        batches.first().map(|batch| Arc::clone(batch.column(0)))
    }

    fn words_back(words: &DictionaryArray<Int32Type>, page_rows: usize) -> Vec<Option<String>> {
        let Some(array) = read_back(words_field("word"), Coded::words(words).unwrap(), page_rows) else { return Vec::new() };
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
    fn numbers_close_together_are_read_back() {
        for numbers in
            [vec![Some(0), Some(1), Some(0), None, Some(1)], vec![Some(i64::MIN), Some(i64::MIN + 255), None], vec![Some(-3); 70]]
        {
            let column = Int64Array::from(numbers.clone());
            let found = read_back(Field::new("n", DataType::Int64, true), Coded::numbers(&column).unwrap(), 64).unwrap();
            assert_eq!(found.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), numbers);
        }
        assert!(Coded::numbers(&Int64Array::from(vec![0, 256])).is_none());
        assert!(Coded::numbers(&Int64Array::from(vec![i64::MIN, i64::MAX])).is_none());
        let marks = UInt8Array::from(vec![8, 255, 8, 9]);
        let found = read_back(Field::new("n", DataType::UInt8, false), Coded::bytes(&marks).unwrap(), 64).unwrap();
        assert_eq!(found.as_primitive::<UInt8Type>(), &marks);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            parts in prop::collection::vec((prop::option::of(0..400u16), 1..40usize), 0..60),
            page_rows in (1..9usize).prop_map(|pages| pages * 24),
        ) {
            let codes: Vec<Option<u16>> = parts.iter().flat_map(|&(code, count)| vec![code; count]).collect();
            let expected = words(&codes);
            let column: DictionaryArray<Int32Type> = expected.iter().map(|word| word.as_deref()).collect();
            prop_assert_eq!(words_back(&column, page_rows), expected);
        }
    }
}
