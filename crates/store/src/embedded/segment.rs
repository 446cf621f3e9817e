//! The records file of a segment: plain Parquet, with the word filters between its row groups.
//!
//! Rows are ordered by time and id, row groups hold about 100,000, so a search for the newest reads from the end and
//! stops early. Columns are gathered, encoded and compressed on several threads. The filters lie in the file where
//! Parquet readers do not look, and the metadata entry `magpie.segment` says where: one file less to sync, and any tool
//! still reads the rest.

use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch as Batch};
use arrow_buffer::BooleanBufferBuilder;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use magpie_model::{Column, FieldSpec, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriter, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, PageIndexPolicy};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};

use super::columns::{self, MESSAGE, RowOf};
use super::disk::{Disk, DiskFile, ReadAt};
use super::words::{self, BLOCK_BYTES, WordFilter};
use crate::telemetry::SegmentFile;
use crate::{Error, Result};

/// Version of the files of a segment, in the metadata entry `magpie.segment`.
pub(super) const VERSION: u32 = 1;
/// Records in a row group.
pub(super) const GROUP_ROWS: usize = 100_000;
/// Records that share a word filter: a hit then decodes a fifth of a row group's messages.
const STRETCH_ROWS: usize = 20_000;
/// Bytes of messages in a row group.
const GROUP_BYTES: usize = 64 << 20;
/// Share of row groups that a bloom filter suspects falsely.
const BLOOM_FALSE_SHARE: f64 = 0.01;
/// Name of the metadata entry.
const NOTE: &str = "magpie.segment";

/// What a segment's file says of itself beyond Parquet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    version: u32,
    groups: Vec<Group>,
}

/// A row group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    /// Number of records.
    pub rows: usize,
    /// Time of the first record, in ns.
    pub from: i64,
    /// Time of the last record, in ns.
    pub to: i64,
    /// Offset and length of each word filter in the file, one for every 20,000 rows.
    pub words: Vec<(u64, usize)>,
}

/// A file being written that counts and sums what goes through.
pub(super) struct SummedFile {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    bytes: u64,
    sum: crc32fast::Hasher,
}

impl SummedFile {
    /// Creates a file.
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> Result<Self> {
        let file = disk.create(path).map_err(Error::io("create", path))?;
        Ok(Self { file, path: path.to_owned(), bytes: 0, sum: crc32fast::Hasher::new() })
    }

    /// Makes the content durable; gives what the manifest says of the file.
    pub(super) fn finish(mut self, name: String) -> Result<SegmentFile> {
        self.file.flush().and_then(|()| self.file.sync()).map_err(Error::io("sync", &self.path))?;
        Ok(SegmentFile { name, bytes: self.bytes, checksum: self.sum.finalize() })
    }
}

impl Write for SummedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Properties that all files of a segment share.
pub(super) fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_created_by(concat!("magpie version ", env!("CARGO_PKG_VERSION")).to_owned())
}

fn record_properties(schema: &SchemaRef) -> WriterProperties {
    let path = |name: &str| ColumnPath::from(name);
    let mut properties = properties()
        .set_data_page_row_count_limit(20_000)
        .set_column_dictionary_enabled(path("id"), false)
        .set_column_compression(path("id"), Compression::UNCOMPRESSED)
        .set_column_statistics_enabled(path("id"), EnabledStatistics::None)
        .set_column_dictionary_enabled(path("message"), false)
        .set_column_encoding(path("message"), Encoding::DELTA_LENGTH_BYTE_ARRAY)
        .set_column_statistics_enabled(path("message"), EnabledStatistics::None)
        .set_column_dictionary_enabled(path("span_id"), false);
    for name in ["time", "offset"] {
        properties =
            properties.set_column_dictionary_enabled(path(name), false).set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in ["id", "job_id", "trace_id"] {
        // Column by column: a setting for the whole file would switch filters on for every column.
        properties = properties
            .set_column_bloom_filter_fpp(path(name), BLOOM_FALSE_SHARE)
            .set_column_bloom_filter_max_ndv(path(name), GROUP_ROWS as u64);
    }
    for (at, _) in columns::declared(schema) {
        let name = path(schema.field(at).name());
        properties = properties
            .set_column_dictionary_page_size_limit(name.clone(), 16 << 10)
            .set_column_encoding(name, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

/// Writes the records file of a segment.
pub(super) struct RecordsWriter {
    writer: SerializedFileWriter<SummedFile>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    path: PathBuf,
    threads: usize,
    note: Note,
}

impl RecordsWriter {
    /// Begins a file for records with these fields.
    pub(super) fn create(disk: &dyn Disk, path: &Path, fields: &[FieldSpec], threads: usize) -> Result<Self> {
        let schema = columns::schema(fields);
        let file = SummedFile::create(disk, path)?;
        let writer =
            ArrowWriter::try_new(file, Arc::clone(&schema), Some(record_properties(&schema))).and_then(ArrowWriter::into_serialized_writer);
        let (writer, factory) = writer.map_err(Error::parquet("begin", path))?;
        Ok(Self { writer, factory, schema, path: path.to_owned(), threads, note: Note { version: VERSION, groups: Vec::new() } })
    }

    /// Writes rows of the batches, which must be ordered by time and id, as one or more row groups.
    pub(super) fn write(&mut self, batches: &[Batch], order: &[RowOf]) -> Result<()> {
        let mut rest = order;
        while !rest.is_empty() {
            let (group, after) = rest.split_at(group_length(batches, rest));
            self.write_group(batches, group)?;
            rest = after;
        }
        Ok(())
    }

    fn write_group(&mut self, batches: &[Batch], order: &[RowOf]) -> Result<()> {
        let failed = |error| Error::parquet("write", &self.path)(error);
        let writers = self.factory.create_column_writers(self.note.groups.len()).map_err(failed)?;
        let (chunks, filters) = encode(&self.schema, writers, batches, order, self.threads).map_err(failed)?;
        let mut group = self.writer.next_row_group().map_err(Error::parquet("write", &self.path))?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group).map_err(Error::parquet("write", &self.path))?;
        }
        group.close().map_err(Error::parquet("write", &self.path))?;
        let mut words = Vec::with_capacity(filters.len());
        for filter in filters {
            words.push((self.writer.bytes_written() as u64, filter.len()));
            self.writer.write_all(&filter).map_err(Error::io("write", &self.path))?;
        }
        let time = |of: Option<&RowOf>| of.map_or(0, |of| columns::times(&batches[of.batch as usize])[of.row as usize]);
        self.note.groups.push(Group { rows: order.len(), from: time(order.first()), to: time(order.last()), words });
        Ok(())
    }

    /// Records written.
    pub(super) fn rows(&self) -> u64 {
        self.note.groups.iter().map(|group| group.rows as u64).sum()
    }

    /// Time of the oldest record and time of the newest one.
    pub(super) fn range(&self) -> Option<(Timestamp, Timestamp)> {
        let from = self.note.groups.iter().map(|group| group.from).min()?;
        let to = self.note.groups.iter().map(|group| group.to).max()?;
        Some((Timestamp(from), Timestamp(to)))
    }

    /// Ends the file and makes it durable.
    pub(super) fn finish(mut self, name: String) -> Result<SegmentFile> {
        let note = serde_json::to_string(&self.note).map_err(|error| Error::damaged(&self.path, error.to_string()))?;
        self.writer.append_key_value_metadata(KeyValue::new(NOTE.to_owned(), note));
        self.writer.into_inner().map_err(Error::parquet("end", &self.path))?.finish(name)
    }
}

fn group_length(batches: &[Batch], order: &[RowOf]) -> usize {
    let messages: Vec<_> = batches.iter().map(|batch| batch.column(MESSAGE).as_string::<i32>()).collect();
    let mut bytes = 0;
    for (at, of) in order.iter().enumerate().take(GROUP_ROWS) {
        bytes += messages[of.batch as usize].value_length(of.row as usize) as usize;
        if bytes > GROUP_BYTES {
            return at.max(1);
        }
    }
    order.len().min(GROUP_ROWS)
}

/// Encodes all columns of a row group, each on whichever thread is free. Also gives the word filters.
fn encode(
    schema: &SchemaRef,
    writers: Vec<ArrowColumnWriter>,
    batches: &[Batch],
    order: &[RowOf],
    threads: usize,
) -> Result<(Vec<ArrowColumnChunk>, Vec<Vec<u8>>), ParquetError> {
    let mut writers = writers.into_iter();
    let mut columns: Vec<Mutex<Vec<ArrowColumnWriter>>> = Vec::new();
    for field in schema.fields() {
        let leaves = if matches!(field.data_type(), arrow_schema::DataType::Map(..)) { 2 } else { 1 };
        columns.push(Mutex::new(writers.by_ref().take(leaves).collect()));
    }
    let done: Vec<Mutex<Vec<ArrowColumnChunk>>> = columns.iter().map(|_| Mutex::default()).collect();
    let filters = Mutex::new(Vec::new());
    let failure: Mutex<Option<ParquetError>> = Mutex::new(None);
    // The two long tasks first: the messages' words, then the messages, then everything else.
    let mut tasks: Vec<Option<usize>> = vec![None, Some(MESSAGE)];
    tasks.extend((0..columns.len()).filter(|&at| at != MESSAGE).map(Some));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = match task {
                None => {
                    *locked(&filters) = order.chunks(STRETCH_ROWS).map(|stretch| filter_of(batches, stretch)).collect();
                    Ok(())
                }
                Some(at) => encode_column(schema, *at, std::mem::take(&mut *locked(&columns[*at])), batches, order)
                    .map(|chunks| *locked(&done[*at]) = chunks),
            };
            if let Err(error) = outcome {
                locked(&failure).get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| _ = scope.spawn(work));
        work();
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok((
            done.into_iter().flat_map(|chunks| std::mem::take(&mut *locked(&chunks))).collect(),
            std::mem::take(&mut *locked(&filters)),
        )),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn encode_column(
    schema: &SchemaRef,
    at: usize,
    writers: Vec<ArrowColumnWriter>,
    batches: &[Batch],
    order: &[RowOf],
) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    let array: ArrayRef = columns::gather(schema, at, batches, order)?;
    let leaves = compute_leaves(schema.field(at), &array)?;
    let write = |(mut writer, leaf): (ArrowColumnWriter, _)| {
        writer.write(&leaf)?;
        writer.close()
    };
    writers.into_iter().zip(leaves).map(write).collect()
}

fn filter_of(batches: &[Batch], order: &[RowOf]) -> Vec<u8> {
    let messages: Vec<_> = batches.iter().map(|batch| batch.column(MESSAGE).as_string::<i32>()).collect();
    let mut filter = WordFilter::default();
    for of in order {
        filter.add(columns::text_at(messages[of.batch as usize], of.row as usize));
    }
    filter.finish()
}

/// A segment's records file, open for reading.
pub(super) struct RecordsReader {
    file: Chunks,
    metadata: ArrowReaderMetadata,
    note: Note,
    fields: Vec<(usize, FieldSpec)>,
    path: PathBuf,
}

impl RecordsReader {
    /// Opens a file and reads its metadata.
    pub(super) fn open(disk: &dyn Disk, path: &Path) -> Result<Self> {
        Error::guarding(path, || Self::open_unguarded(disk, path))
    }

    fn open_unguarded(disk: &dyn Disk, path: &Path) -> Result<Self> {
        let file = Chunks(disk.open(path).map_err(Error::io("open", path))?);
        let options =
            ArrowReaderOptions::new().with_column_index_policy(PageIndexPolicy::Skip).with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(Error::parquet("read the metadata of", path))?;
        let entries = metadata.metadata().file_metadata().key_value_metadata();
        let note = entries.and_then(|entries| entries.iter().find(|entry| entry.key == NOTE)?.value.as_deref());
        let note = note.ok_or_else(|| Error::damaged(path, format!("it has no metadata entry `{NOTE}`")))?;
        check_version(path, note)?;
        let note: Note = serde_json::from_str(note).map_err(|error| Error::damaged(path, format!("`{NOTE}`: {error}")))?;
        if note.groups.len() != metadata.metadata().num_row_groups() {
            return Err(Error::damaged(path, "its number of row groups does not fit"));
        }
        let rows = |group: usize| metadata.metadata().row_group(group).num_rows();
        let fits = |(at, group): (usize, &Group)| {
            rows(at) == group.rows as i64
                && group.words.len() == group.rows.div_ceil(STRETCH_ROWS)
                && group.words.iter().all(|(_, length)| *length > 0 && length.is_multiple_of(BLOCK_BYTES))
        };
        if !note.groups.iter().enumerate().all(fits) {
            return Err(Error::damaged(path, format!("`{NOTE}` does not fit the row groups")));
        }
        let fields = columns::declared(metadata.schema());
        Ok(Self { file, metadata, note, fields, path: path.to_owned() })
    }

    /// Its row groups, oldest first.
    pub(super) fn groups(&self) -> &[Group] {
        &self.note.groups
    }

    /// The fields it has, with their columns' places.
    pub(super) fn fields(&self) -> &[(usize, FieldSpec)] {
        &self.fields
    }

    /// Place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.metadata.schema().index_of(name).ok()
    }

    /// Name of the column at a place.
    pub(super) fn name(&self, place: usize) -> String {
        self.metadata.schema().field(place).name().clone()
    }

    /// Memory taken by the metadata, about.
    pub(super) fn memory(&self) -> usize {
        self.metadata.metadata().memory_size()
    }

    /// Reads columns of a row group: of all rows, or of some in ascending order.
    pub(super) fn read(&self, group: usize, places: &[usize], rows: Option<&[u32]>) -> Result<Batch> {
        Error::guarding(&self.path, || self.read_unguarded(group, places, rows))
    }

    fn read_unguarded(&self, group: usize, places: &[usize], rows: Option<&[u32]>) -> Result<Batch> {
        let total = self.note.groups[group].rows;
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), places.iter().copied());
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(total);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(selection(rows, total));
        }
        let mut reader = builder.build().map_err(Error::parquet("read", &self.path))?;
        let batch = reader.next().ok_or_else(|| Error::damaged(&self.path, format!("row group {group} is empty")))?;
        batch.map_err(|error| Error::parquet("read", &self.path)(error.into()))
    }

    /// Reads all columns of a row group.
    pub(super) fn read_all(&self, group: usize, rows: Option<&[u32]>) -> Result<Batch> {
        let places: Vec<usize> = (0..self.metadata.schema().fields().len()).collect();
        self.read(group, &places, rows)
    }

    /// Its columns.
    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(self.metadata.schema())
    }

    /// All records in order, `rows` at a time.
    pub(super) fn stream(&self, rows: usize) -> Result<Box<dyn Iterator<Item = Result<Batch>>>> {
        let mut reader = Error::guarding(&self.path, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.metadata.clone())
                .with_batch_size(rows)
                .build()
                .map_err(Error::parquet("read", &self.path))
        })?;
        let path = self.path.clone();
        let mut next =
            move || Error::guarding(&path, || reader.next().transpose().map_err(|error| Error::parquet("read", &path)(error.into())));
        Ok(Box::new(std::iter::from_fn(move || next().transpose())))
    }

    /// The rows of a row group that may hold all these words, by their hashes; all rows for no words.
    pub(super) fn rows_with_words(&self, group: usize, hashes: &[u64]) -> Result<Vec<u32>> {
        let Group { rows, words, .. } = &self.note.groups[group];
        let mut found = Vec::new();
        for (stretch, filter) in words.iter().enumerate() {
            if self.may_hold_words(*filter, hashes)? {
                let start = stretch * STRETCH_ROWS;
                found.extend(start as u32..(start + STRETCH_ROWS).min(*rows) as u32);
            }
        }
        Ok(found)
    }

    fn may_hold_words(&self, (offset, length): (u64, usize), hashes: &[u64]) -> Result<bool> {
        for &hash in hashes {
            let at = offset + words::block_offset(hash, length) as u64;
            let block = self.file.0.read_at(at, BLOCK_BYTES).map_err(Error::io("read the word filter of", &self.path))?;
            if !words::may_hold(&block, hash) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a row group may hold a value in a column with a bloom filter.
    pub(super) fn may_hold<T: parquet::data_type::AsBytes + ?Sized>(&self, group: usize, name: &str, value: &T) -> Result<bool> {
        let row_group = self.metadata.metadata().row_group(group);
        let Some(column) = row_group.columns().iter().find(|column| column.column_path().string() == name) else { return Ok(false) };
        Error::guarding(&self.path, || {
            let filter =
                Sbbf::read_from_column_chunk(column, &self.file).map_err(Error::parquet("read the bloom filter of", &self.path))?;
            Ok(filter.is_none_or(|filter| filter.check(value)))
        })
    }

    /// Whether the statistics of a row group allow one of these words in a column.
    pub(super) fn may_be(&self, group: usize, column: Column, words: &[String]) -> bool {
        let row_group = self.metadata.metadata().row_group(group);
        let Some(chunk) = row_group.columns().iter().find(|chunk| chunk.column_path().string() == column.name()) else { return true };
        let Some(statistics) = chunk.statistics() else { return true };
        let (Some(least), Some(greatest)) = (statistics.min_bytes_opt(), statistics.max_bytes_opt()) else { return true };
        // Truncated bounds are still bounds: the least is cut short, the greatest is cut and then raised.
        words.iter().any(|word| word.is_empty() || (least <= word.as_bytes() && word.as_bytes() <= greatest))
    }
}

/// Refuses what a newer Magpie wrote, before anything else of it is understood.
pub(super) fn check_version(path: &Path, note: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let found: Versioned = serde_json::from_str(note).map_err(|error| Error::damaged(path, error.to_string()))?;
    if found.version > VERSION {
        return Err(Error::Newer { path: path.to_owned(), found: found.version, known: VERSION });
    }
    Ok(())
}

fn selection(rows: &[u32], total: usize) -> RowSelection {
    let mut mask = BooleanBufferBuilder::new(total);
    mask.append_n(total, false);
    rows.iter().for_each(|&row| mask.set_bit(row as usize, true));
    RowSelection::from_boolean_buffer(mask.finish())
}

/// A file as the Parquet reader wants it.
#[derive(Clone)]
pub(super) struct Chunks(pub Arc<dyn ReadAt>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<ReadFrom>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(ReadFrom { file: Arc::clone(&self.0), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.0.read_at(start, length)?)
    }
}

/// Reads a file from some offset on.
pub(super) struct ReadFrom {
    file: Arc<dyn ReadAt>,
    at: u64,
}

impl Read for ReadFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.file.length().saturating_sub(self.at);
        let length = (buffer.len() as u64).min(left) as usize;
        buffer[..length].copy_from_slice(&self.file.read_at(self.at, length)?);
        self.at += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_of_a_newer_version_is_refused_whatever_else_it_says() {
        let path = Path::new("a.parquet");
        let refused = check_version(path, r#"{"version": 2, "rows": "told otherwise"}"#).unwrap_err();
        assert!(matches!(refused, Error::Newer { found: 2, known: VERSION, .. }));
        assert!(check_version(path, r#"{"version": 1}"#).is_ok());
        assert!(matches!(check_version(path, "{}"), Err(Error::Damaged { .. })));
    }

    #[test]
    fn only_ids_have_bloom_filters() {
        let schema = columns::schema(&[FieldSpec::elapsed()]);
        let properties = record_properties(&schema);
        let filtered = |name: &&str| properties.bloom_filter_properties(&ColumnPath::from(*name)).is_some();
        assert_eq!(
            ["id", "time", "message", "job_id", "trace_id", "elapsed_ms"].iter().copied().filter(filtered).collect::<Vec<_>>(),
            ["id", "job_id", "trace_id"]
        );
    }
}
