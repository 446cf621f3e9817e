//! A Parquet column chunk, page by page: what the ways of encoding a column share.
//!
//! Pages are compressed one by one, unless they are noise, by a compressor that outlives the chunk: making one for every column,
//! as the Parquet crate does, costs more than compressing most columns. What comes out is ordinary Parquet, of the same form as the crate's own.

use arrow_buffer::NullBuffer;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::bits;

/// What compresses pages.
pub(super) type Zstd = zstd::bulk::Compressor<'static>;

/// An encoded column chunk, with what the row group says of it.
pub(super) type OwnChunk = (Bytes, ColumnCloseResult);

/// The pages of a chunk so far.
pub(super) struct Pages<'z> {
    sink: TrackedWrite<Vec<u8>>,
    /// `None` for pages that are not compressed.
    zstd: Option<&'z mut Zstd>,
    column: ColumnDescPtr,
    offsets: OffsetIndexBuilder,
    encoding: Encoding,
    rows: usize,
    uncompressed: usize,
    dictionary: Option<i64>,
    /// Where the first page of data begins.
    data: Option<i64>,
    /// The page that is being made, before compression.
    page: Vec<u8>,
}

impl<'z> Pages<'z> {
    /// Begins the chunk of a column whose pages of data are encoded in one way.
    pub(super) fn new(column: &ColumnDescPtr, encoding: Encoding, zstd: &'z mut Zstd) -> Self {
        Self { zstd: Some(zstd), ..Self::uncompressed(column, encoding) }
    }

    /// The same, with pages that are not compressed.
    pub(super) fn uncompressed(column: &ColumnDescPtr, encoding: Encoding) -> Self {
        Self {
            sink: TrackedWrite::new(Vec::new()),
            zstd: None,
            column: column.clone(),
            offsets: OffsetIndexBuilder::new(),
            encoding,
            rows: 0,
            uncompressed: 0,
            dictionary: None,
            data: None,
            page: Vec::new(),
        }
    }

    /// Writes the page of a dictionary: its values in the plain encoding.
    pub(super) fn dictionary(&mut self, values: Vec<u8>, count: usize) -> Result<(), ParquetError> {
        self.page = values;
        self.dictionary = Some(self.length());
        let num_values = count as u32;
        self.write(|buf| Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, is_sorted: false })
    }

    /// Writes a page of so many rows, of which some may have no value; `encode` appends the values that there are.
    pub(super) fn data(&mut self, rows: usize, valid: Option<&NullBuffer>, encode: impl FnOnce(&mut Vec<u8>)) -> Result<(), ParquetError> {
        self.page.clear();
        if self.column.max_def_level() > 0 {
            self.page.extend_from_slice(&[0; 4]);
            bits::levels(&mut self.page, rows, valid);
            let levels = (self.page.len() - 4) as u32;
            self.page[..4].copy_from_slice(&levels.to_le_bytes());
        }
        encode(&mut self.page);
        let offset = self.length();
        let (num_values, encoding, levels) = (rows as u32, self.encoding, Encoding::RLE);
        self.write(|buf| Page::DataPage {
            buf,
            num_values,
            encoding,
            def_level_encoding: levels,
            rep_level_encoding: levels,
            statistics: None,
        })?;
        self.data.get_or_insert(offset);
        self.offsets.append_offset_and_size(offset, (self.length() - offset) as i32);
        self.offsets.append_row_count(rows as i64);
        self.rows += rows;
        Ok(())
    }

    /// The whole chunk.
    pub(super) fn finish(self, statistics: Statistics) -> Result<OwnChunk, ParquetError> {
        let data = self.data.unwrap_or(self.length());
        let bytes = self.sink.into_inner()?;
        let mut encodings = vec![Encoding::RLE, self.encoding];
        encodings.extend(self.dictionary.map(|_| Encoding::PLAIN));
        let compression = if self.zstd.is_some() { Compression::ZSTD(ZstdLevel::default()) } else { Compression::UNCOMPRESSED };
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(compression)
            .set_encodings(encodings)
            .set_num_values(self.rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_dictionary_page_offset(self.dictionary)
            .set_data_page_offset(data)
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(self.offsets.build()),
        };
        Ok((bytes.into(), close))
    }

    fn length(&self) -> i64 {
        self.sink.bytes_written() as i64
    }

    fn write(&mut self, page: impl FnOnce(Bytes) -> Page) -> Result<(), ParquetError> {
        let length = self.page.len();
        let written = match &mut self.zstd {
            Some(zstd) => zstd.compress(&self.page).map_err(|error| ParquetError::External(Box::new(error)))?,
            None => std::mem::take(&mut self.page),
        };
        let page = CompressedPage::new(page(written.into()), length);
        self.uncompressed += SerializedPageWriter::new(&mut self.sink).write_page(page)?.uncompressed_size;
        Ok(())
    }
}
