//! Columns of few different values as Parquet column chunks, written from their codes.
//!
//! The Parquet crate's writer looks up every row's word again to number it, and builds levels for every row of a column
//! that has no value at all; a record has two dozen such columns. Here the codes are those that the column has already, or a
//! number's distance from the least: a dictionary page, then pages of levels and codes.

use std::borrow::Cow;

use arrow_array::{Array, Int64Array};
use arrow_buffer::NullBuffer;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::bits;
use super::pages::{OwnChunk, Pages, Zstd};

/// Bytes of a dictionary up to which a column is written by codes.
const MOST_DICTIONARY: usize = 1 << 20;
/// Longest bound that is told of a column.
const LONGEST_BOUND: usize = 64;
/// Different numbers up to which a column is written by codes: with more, their distances take no more room.
const MOST_KINDS: usize = 2_048;
/// Numbers within such a range are written by codes.
const FEW_NUMBERS: i64 = 256;

/// What a column is written from.
pub(super) struct Coded<'a> {
    /// The dictionary's values as the plain encoding has them.
    dictionary: Vec<u8>,
    /// Their number.
    values: usize,
    /// A code per row; of a row without a value it says nothing.
    keys: Cow<'a, [u32]>,
    nulls: Option<&'a NullBuffer>,
    statistics: Statistics,
}

impl<'a> Coded<'a> {
    /// Of words that are numbered from 0 on; `None` when they are too many for a dictionary.
    pub(super) fn words(words: &[&str], keys: Cow<'a, [u32]>, nulls: Option<&'a NullBuffer>) -> Option<Self> {
        let bytes = words.iter().map(|word| word.len() + 4).sum();
        if bytes > MOST_DICTIONARY {
            return None;
        }
        let mut dictionary = Vec::with_capacity(bytes);
        words.iter().for_each(|word| plain(word, &mut dictionary));
        Some(Self { dictionary, values: words.len(), keys, nulls, statistics: of_words(words, nulls) })
    }

    /// Of numbers that lie close together, such as flags; `None` when they do not. Parquet keeps those of up to 32 bits in 32.
    pub(super) fn numbers(numbers: &'a Int64Array, bytes: usize, statistics: Statistics) -> Option<Self> {
        let (least, greatest) = bounds(numbers)?;
        let range = greatest.checked_sub(least).filter(|&range| range < FEW_NUMBERS)?;
        // What does not count may be any number.
        let keys: Vec<u32> = numbers.values().iter().map(|&value| value.wrapping_sub(least).clamp(0, range) as u32).collect();
        let dictionary = (least..=greatest).flat_map(|value| value.to_le_bytes().into_iter().take(bytes)).collect();
        Some(Self { dictionary, values: range as usize + 1, keys: keys.into(), nulls: numbers.nulls(), statistics })
    }

    /// Of numbers of 64 bits that are often the same; `None` when they are of too many kinds.
    pub(super) fn kinds(numbers: &'a Int64Array, statistics: Statistics) -> Option<Self> {
        let mut codes: HashMap<i64, u32, FixedState> = HashMap::default();
        let mut dictionary = Vec::new();
        let mut keys = Vec::with_capacity(numbers.len());
        for (row, &number) in numbers.values().iter().enumerate() {
            if numbers.is_null(row) {
                keys.push(0);
                continue;
            }
            let next = codes.len() as u32;
            keys.push(*codes.entry(number).or_insert_with(|| {
                dictionary.extend_from_slice(&number.to_le_bytes());
                next
            }));
            if codes.len() > MOST_KINDS {
                return None;
            }
        }
        Some(Self { dictionary, values: codes.len(), keys: keys.into(), nulls: numbers.nulls(), statistics })
    }

    /// Encodes it as a column chunk.
    pub(super) fn encode(self, column: &ColumnDescPtr, page_rows: usize, zstd: &mut Zstd) -> Result<OwnChunk, ParquetError> {
        let mut pages = Pages::new(column, Encoding::RLE_DICTIONARY, zstd);
        // Readers want a dictionary even where no page has a code.
        pages.dictionary(self.dictionary, self.values)?;
        // One code needs no bits; a column without words has no codes at all.
        let width = usize::BITS - self.values.saturating_sub(1).leading_zeros();
        for start in (0..self.keys.len()).step_by(page_rows) {
            let keys = &self.keys[start..(start + page_rows).min(self.keys.len())];
            let valid = self.nulls.map(|nulls| nulls.slice(start, keys.len()));
            let codes = match &valid {
                None => Cow::Borrowed(keys),
                Some(valid) => valid.valid_indices().map(|row| keys[row]).collect(),
            };
            pages.data(keys.len(), valid.as_ref(), |page| {
                page.push(width as u8);
                bits::hybrid(page, &codes, width);
            })?;
        }
        pages.finish(self.statistics)
    }
}

/// Encodes a column of any type in which no row has a value, or of words in which every row has the same.
pub(super) fn constant(
    word: Option<&str>,
    rows: usize,
    column: &ColumnDescPtr,
    page_rows: usize,
    zstd: &mut Zstd,
) -> Result<OwnChunk, ParquetError> {
    let mut pages = Pages::new(column, Encoding::RLE_DICTIONARY, zstd);
    let mut dictionary = Vec::new();
    word.into_iter().for_each(|word| plain(word, &mut dictionary));
    pages.dictionary(dictionary, usize::from(word.is_some()))?;
    for start in (0..rows).step_by(page_rows) {
        let rows = page_rows.min(rows - start);
        let valid = word.is_none().then(|| NullBuffer::new_null(rows));
        pages.data(rows, valid.as_ref(), |page| {
            page.push(0);
            if word.is_some() {
                bits::run(page, rows, 0, 0);
            }
        })?;
    }
    let bound = || word.filter(|word| word.len() <= LONGEST_BOUND).map(|word| ByteArray::from(word.as_bytes().to_vec()));
    let missing = if word.is_none() { rows as u64 } else { 0 };
    pages.finish(Statistics::new(bound(), bound(), word.map(|_| 1), Some(missing), false))
}

/// Appends a word as the plain encoding has it.
fn plain(word: &str, into: &mut Vec<u8>) {
    into.extend_from_slice(&(word.len() as u32).to_le_bytes());
    into.extend_from_slice(word.as_bytes());
}

/// Least and greatest of the numbers that count.
pub(super) fn bounds(numbers: &Int64Array) -> Option<(i64, i64)> {
    let widen = |(least, greatest): (i64, i64), value: i64| (least.min(value), greatest.max(value));
    match numbers.nulls() {
        None => numbers.values().first().map(|&first| numbers.values().iter().fold((first, first), |bounds, &value| widen(bounds, value))),
        Some(nulls) => {
            let first = numbers.value(nulls.valid_indices().next()?);
            Some(nulls.valid_indices().fold((first, first), |bounds, row| widen(bounds, numbers.value(row))))
        }
    }
}

/// Least and greatest word, unless one of them is long.
fn of_words(words: &[&str], nulls: Option<&NullBuffer>) -> Statistics {
    let (least, greatest) = (words.iter().min(), words.iter().max());
    let bounds = least.zip(greatest).filter(|(least, greatest)| least.len().max(greatest.len()) <= LONGEST_BOUND);
    let bound = |word: &str| ByteArray::from(word.as_bytes().to_vec());
    Statistics::new(
        bounds.map(|(least, _)| bound(least)),
        bounds.map(|(_, greatest)| bound(greatest)),
        Some(words.len() as u64),
        Some(nulls.map_or(0, NullBuffer::null_count) as u64),
        false,
    )
}
