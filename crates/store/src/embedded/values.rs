//! Columns of texts, and of numbers that lie far apart, as Parquet column chunks: value by value, without a dictionary.
//!
//! A message is copied once, from where it was appended into the page that is compressed; the Parquet crate's way copies
//! each text three times and asks for its levels first.

use arrow_array::types::Int64Type;
use arrow_array::{Array, Decimal128Array, PrimitiveArray, StringArray};
use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::FixedLenByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::bits;
use super::gather::{Order, Run, nulls};
use super::pages::{OwnChunk, Pages, Zstd};

/// Bytes of texts in a page: a reader decodes no less at once.
const PAGE_BYTES: usize = 1 << 20;

/// Encodes texts out of several batches in an order.
pub(super) fn texts(
    batches: &[&StringArray],
    order: &Order,
    column: &ColumnDescPtr,
    page_rows: usize,
    zstd: &mut Zstd,
) -> Result<OwnChunk, ParquetError> {
    let mut pages = Pages::new(column, Encoding::DELTA_LENGTH_BYTE_ARRAY, zstd);
    let mut missing = 0;
    let mut lengths = Vec::new();
    for part in order.stretches(page_rows) {
        let bytes: usize = part.runs.iter().map(|run| bytes_of(batches, run).len()).sum();
        for page in part.stretches(part.rows.div_ceil(bytes.div_ceil(PAGE_BYTES).max(1))) {
            let valid = nulls(&page, |batch| batches[batch].nulls());
            missing += valid.as_ref().map_or(0, |valid| valid.null_count());
            pages.data(page.rows, valid.as_ref(), |into| {
                lengths.clear();
                page.runs.iter().for_each(|run| lengths_of(batches[run.batch], run, &mut lengths));
                bits::deltas(into, &lengths);
                page.runs.iter().for_each(|run| into.extend_from_slice(bytes_of(batches, run)));
            })?;
        }
    }
    pages.finish(Statistics::new(None::<parquet::data_type::ByteArray>, None, None, Some(missing as u64), false))
}

/// The texts of a run; a row without a text has no bytes.
fn bytes_of<'a>(batches: &[&'a StringArray], run: &Run) -> &'a [u8] {
    let texts = batches[run.batch];
    let offsets = texts.value_offsets();
    &texts.value_data()[offsets[run.rows.start] as usize..offsets[run.rows.end] as usize]
}

/// Appends the lengths of the texts that there are.
fn lengths_of(texts: &StringArray, run: &Run, lengths: &mut Vec<i64>) {
    let offsets = &texts.value_offsets()[run.rows.start..=run.rows.end];
    let all = offsets.windows(2).map(|ends| i64::from(ends[1] - ends[0]));
    match texts.nulls() {
        None => lengths.extend(all),
        Some(nulls) => lengths.extend(run.rows.clone().zip(all).filter(|(row, _)| nulls.is_valid(*row)).map(|(_, length)| length)),
    }
}

/// Encodes numbers of 64 bits.
pub(super) fn numbers(
    numbers: &PrimitiveArray<Int64Type>,
    column: &ColumnDescPtr,
    page_rows: usize,
    statistics: Statistics,
    zstd: &mut Zstd,
) -> Result<OwnChunk, ParquetError> {
    let mut pages = Pages::new(column, Encoding::DELTA_BINARY_PACKED, zstd);
    for start in (0..numbers.len()).step_by(page_rows) {
        let page = numbers.slice(start, page_rows.min(numbers.len() - start));
        pages.data(page.len(), page.nulls(), |into| match page.nulls() {
            None => bits::deltas(into, page.values()),
            Some(_) => bits::deltas(into, &page.iter().flatten().collect::<Vec<_>>()),
        })?;
    }
    pages.finish(statistics)
}

/// Encodes sums of 128 bits as Parquet keeps decimals: their bytes, the highest first.
pub(super) fn decimals(
    sums: &Decimal128Array,
    column: &ColumnDescPtr,
    page_rows: usize,
    zstd: &mut Zstd,
) -> Result<OwnChunk, ParquetError> {
    let mut pages = Pages::new(column, Encoding::PLAIN, zstd);
    for start in (0..sums.len()).step_by(page_rows) {
        let page = sums.slice(start, page_rows.min(sums.len() - start));
        pages.data(page.len(), page.nulls(), |into| page.iter().flatten().for_each(|sum| into.extend_from_slice(&sum.to_be_bytes())))?;
    }
    pages.finish(Statistics::new(None::<FixedLenByteArray>, None, None, Some(sums.null_count() as u64), false))
}

/// Encodes ids, all of which differ and none of which is missing, with a filter that tells which are not among them: as
/// small as the share of those allows that it suspects falsely.
pub(super) fn ids(ids: &[u64], column: &ColumnDescPtr, page_rows: usize, false_share: f64) -> Result<OwnChunk, ParquetError> {
    let mut pages = Pages::uncompressed(column, Encoding::PLAIN);
    for page in ids.chunks(page_rows) {
        pages.data(page.len(), None, |into| page.iter().for_each(|id| into.extend_from_slice(&id.to_le_bytes())))?;
    }
    let mut filter = Sbbf::new_with_ndv_fpp(ids.len().max(1) as u64, false_share)?;
    ids.iter().for_each(|id| filter.insert(id));
    let (bytes, close) = pages.finish(Statistics::new(None::<i64>, None, None, Some(0), false))?;
    Ok((bytes, ColumnCloseResult { bloom_filter: Some(filter), ..close }))
}
