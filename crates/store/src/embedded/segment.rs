//! The records file of a segment: plain Parquet, with the word filters between its row groups.
//!
//! Rows are ordered by time and id, row groups hold about 100,000, so a search for the newest reads from the end and
//! stops early. Columns are gathered, encoded and compressed on several threads. The filters lie in the file where
//! Parquet readers do not look, and the metadata entry `magpie.segment` says where: one file less to sync, and any tool
//! still reads the rest.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, RecordBatch as Batch, StringArray};
use arrow_buffer::BooleanBufferBuilder;
use arrow_schema::{DataType, Field, SchemaRef};
use magpie_model::{Column, FieldSpec, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriter};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, PageIndexPolicy};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};
use serde::{Deserialize, Serialize};

use super::chunk::{self, Chunk};
use super::coded;
use super::columns::{self, ATTRIBUTES, FIRST_FIELD, MESSAGE, SPAN_ID, Words};
use super::disk::Disk;
use super::gather::{Order, Run, gather, gather_words};
use super::pages::Zstd;
use super::sums::{BlockSums, Chunks, SummedFile};
use super::values;
use super::words::{self, BLOCK_BYTES, WordFilter};
use crate::telemetry::SegmentFile;
use crate::{Error, Result};

/// Version of the files of a segment, in the metadata entry `magpie.segment`.
pub(super) const VERSION: u32 = 1;
/// Records in a row group.
pub(super) const GROUP_ROWS: usize = 100_000;
/// Records that share a word filter: a hit then decodes a fifth of a row group's messages.
const STRETCH_ROWS: usize = 20_000;
/// Records in a page of most columns.
const PAGE_ROWS: usize = 20_000;
/// Bytes of messages in a row group.
const GROUP_BYTES: usize = 64 << 20;
/// Columns with a bloom filter.
const FILTERED: [&str; 3] = ["id", "job_id", "trace_id"];
/// Share of row groups that a bloom filter suspects falsely.
const BLOOM_FALSE_SHARE: f64 = 0.01;
/// Name of the metadata entry.
const NOTE: &str = "magpie.segment";

/// What a segment's file says of itself beyond Parquet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    version: u32,
    groups: Vec<Group>,
    /// Checksums of everything before the metadata; files of before 2026-11-28 have none.
    #[serde(default)]
    sums: Option<BlockSums>,
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
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_column_dictionary_enabled(path("id"), false)
        .set_column_statistics_enabled(path("id"), EnabledStatistics::None);
    // Ids are noise; the others are compressed here: a compressor of the crate's for each of them would be made for nothing.
    let is_own = |field: &&Arc<Field>| matches!(field.data_type(), DataType::Dictionary(..) | DataType::Int64);
    let own = schema.fields().iter().filter(is_own).map(|field| field.name().as_str());
    for name in own.chain(["id", "message", "span_id", "time", "offset", "marks"]) {
        properties = properties.set_column_compression(path(name), Compression::UNCOMPRESSED);
    }
    for name in FILTERED {
        // Column by column: a setting for the whole file would switch filters on for every column.
        properties = properties
            .set_column_bloom_filter_fpp(path(name), BLOOM_FALSE_SHARE)
            .set_column_bloom_filter_max_ndv(path(name), GROUP_ROWS as u64);
    }
    // Values of attributes are seldom few: a dictionary is given up soon where they are not.
    let values = ColumnPath::new(["attributes", "entries", "value"].map(str::to_owned).to_vec());
    properties = properties
        .set_column_dictionary_page_size_limit(values.clone(), 64 << 10)
        .set_column_encoding(values, Encoding::DELTA_LENGTH_BYTE_ARRAY);
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
        Ok(Self {
            writer,
            factory,
            schema,
            path: path.to_owned(),
            threads,
            note: Note { version: VERSION, groups: Vec::new(), sums: None },
        })
    }

    /// Writes rows of the batches, which must be ordered by time and id, as one or more row groups.
    pub(super) fn write(&mut self, batches: &[Batch], order: &Order) -> Result<()> {
        let written = groups(batches, order).iter().try_for_each(|group| self.write_group(batches, group));
        written.map_err(|error| match self.writer.inner_mut().take_failure() {
            // The crate keeps the text of some failures only, and a full disk must be known as one.
            Some(failure) => Error::io("write", &self.path)(failure),
            None => error,
        })
    }

    fn write_group(&mut self, batches: &[Batch], order: &Order) -> Result<()> {
        let failed = |error| Error::parquet("write", &self.path)(error);
        let writers = self.factory.create_column_writers(self.note.groups.len()).map_err(failed)?;
        let mut used: Vec<usize> = order.runs.iter().map(|run| run.batch).collect();
        used.sort_unstable();
        used.dedup();
        let columns = Columns { schema: &self.schema, parquet: self.writer.schema_descr(), batches, used, order };
        let (chunks, filters) = columns.encode(writers, self.threads).map_err(failed)?;
        let mut group = self.writer.next_row_group().map_err(Error::parquet("write", &self.path))?;
        for chunk in chunks {
            chunk.append_to(&mut group).map_err(Error::parquet("write", &self.path))?;
        }
        group.close().map_err(Error::parquet("write", &self.path))?;
        let mut words = Vec::with_capacity(filters.len());
        for filter in filters {
            words.push((self.writer.bytes_written() as u64, filter.len()));
            self.writer.write_all(&filter).map_err(Error::io("write", &self.path))?;
        }
        let time = |of: Option<(usize, usize)>| of.map_or(0, |(batch, row)| columns::times(&batches[batch])[row]);
        let from = time(order.runs.first().map(|run| (run.batch, run.rows.start)));
        let to = time(order.runs.last().map(|run| (run.batch, run.rows.end - 1)));
        self.note.groups.push(Group { rows: order.rows, from, to, words });
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
        self.writer.flush().map_err(Error::io("write", &self.path))?;
        self.note.sums = Some(self.writer.inner_mut().block_sums());
        let note = serde_json::to_string(&self.note).map_err(|error| Error::damaged(&self.path, error.to_string()))?;
        self.writer.append_key_value_metadata(KeyValue::new(NOTE.to_owned(), note));
        self.writer.into_inner().map_err(Error::parquet("end", &self.path))?.finish(name)
    }
}

/// The row groups that an order makes: of so many rows, and fewer where messages are long.
fn groups(batches: &[Batch], order: &Order) -> Vec<Order> {
    let messages: Vec<_> = batches.iter().map(|batch| batch.column(MESSAGE).as_string::<i32>()).collect();
    let bytes = |group: &Order| -> usize {
        let of_run = |run: &Run| {
            let offsets = messages[run.batch].value_offsets();
            (offsets[run.rows.end] - offsets[run.rows.start]) as usize
        };
        group.runs.iter().map(of_run).sum()
    };
    let mut groups = Vec::new();
    for group in order.stretches(GROUP_ROWS) {
        // Halved until they fit: messages that long are few, and one alone may be as long as it is.
        let mut pending = vec![group];
        while let Some(group) = pending.pop() {
            if bytes(&group) <= GROUP_BYTES || group.rows == 1 {
                groups.push(group);
            } else {
                pending.extend(group.stretches(group.rows.div_ceil(2)).into_iter().rev());
            }
        }
    }
    groups
}

/// The columns of a row group that is to be written.
struct Columns<'a> {
    schema: &'a SchemaRef,
    parquet: &'a SchemaDescriptor,
    batches: &'a [Batch],
    /// Batches of which there are rows.
    used: Vec<usize>,
    order: &'a Order,
}

impl Columns<'_> {
    /// Encodes all columns, each on whichever thread is free. Also gives the word filters.
    fn encode(&self, writers: Vec<ArrowColumnWriter>, threads: usize) -> Result<(Vec<Chunk>, Vec<Vec<u8>>), ParquetError> {
        let mut writers = writers.into_iter();
        let mut columns: Vec<Mutex<Vec<ArrowColumnWriter>>> = Vec::new();
        for field in self.schema.fields() {
            let leaves = if matches!(field.data_type(), DataType::Map(..)) { 2 } else { 1 };
            columns.push(Mutex::new(writers.by_ref().take(leaves).collect()));
        }
        let done: Vec<Mutex<Vec<Chunk>>> = columns.iter().map(|_| Mutex::default()).collect();
        let filters = Mutex::new(Vec::new());
        let failure: Mutex<Option<ParquetError>> = Mutex::new(None);
        // The two long tasks first: the messages' words, then the messages, then everything else.
        let mut tasks: Vec<Option<usize>> = vec![None, Some(MESSAGE)];
        tasks.extend((0..columns.len()).filter(|&at| at != MESSAGE).map(Some));
        let next = AtomicUsize::new(0);
        let work = || {
            if let Err(error) = self.work(&tasks, &next, &columns, &done, &filters) {
                locked(&failure).get_or_insert(error);
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

    /// Does task after task: a column each, or all word filters.
    fn work(
        &self,
        tasks: &[Option<usize>],
        next: &AtomicUsize,
        columns: &[Mutex<Vec<ArrowColumnWriter>>],
        done: &[Mutex<Vec<Chunk>>],
        filters: &Mutex<Vec<Vec<u8>>>,
    ) -> Result<(), ParquetError> {
        let mut zstd = chunk::compressor()?;
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            match *task {
                None => *locked(filters) = self.order.stretches(STRETCH_ROWS).iter().map(|part| self.filter(part)).collect(),
                Some(at) => {
                    let writers = std::mem::take(&mut *locked(&columns[at]));
                    let chunks = self.column(at, writers, &mut zstd)?;
                    *locked(&done[at]) = chunks;
                }
            }
        }
        Ok(())
    }

    fn column(&self, at: usize, writers: Vec<ArrowColumnWriter>, zstd: &mut Zstd) -> Result<Vec<Chunk>, ParquetError> {
        let (field, column) = (self.schema.field(at), self.parquet.column(self.leaf(at)));
        if at == MESSAGE || at == SPAN_ID {
            let texts: Vec<&StringArray> = self.batches.iter().map(|batch| batch.column(at).as_string()).collect();
            return Ok(vec![Chunk::Own(values::texts(&texts, self.order, &column, PAGE_ROWS, zstd)?)]);
        }
        if let Some(word) = self.constant(at) {
            return Ok(vec![Chunk::Own(coded::constant(word, self.order.rows, &column, PAGE_ROWS, zstd)?)]);
        }
        if let DataType::Dictionary(..) = field.data_type() {
            let columns: Vec<&ArrayRef> = self.batches.iter().map(|batch| batch.column(at)).collect();
            return Ok(vec![Chunk::Own(chunk::words(&gather_words(&columns, self.order), &column, PAGE_ROWS, zstd)?)]);
        }
        let array = gather(self.schema, at, self.batches, self.order)?;
        if FILTERED.contains(&field.name().as_str()) && array.null_count() < array.len() {
            let Some(ids) = array.as_primitive_opt::<UInt64Type>() else { return chunk::by_crate(field, &array, writers) };
            return Ok(vec![Chunk::Own(values::ids(ids.values(), &column, PAGE_ROWS, BLOOM_FALSE_SHARE)?)]);
        }
        chunk::encode(field, &array, &column, PAGE_ROWS, writers, zstd)
    }

    /// The word that all rows have in a column, or none where none has a value. Most columns of most segments are so.
    fn constant(&self, at: usize) -> Option<Option<&str>> {
        if self.schema.field(at).data_type().is_nested() || at >= FIRST_FIELD {
            return None;
        }
        let of_batch = |batch: usize| {
            let column = self.batches[batch].column(at);
            match Words::of(column) {
                _ if column.null_count() == column.len() => Some(None),
                Some(words) if words.nulls().is_none() && words.values.len() == 1 => Some(Some(words.values.value(0))),
                _ => None,
            }
        };
        let mut words = self.used.iter().map(|&batch| of_batch(batch));
        let first = words.next()??;
        words.all(|word| word == Some(first)).then_some(first)
    }

    /// The Parquet column of a column that has one; the attributes before it have two.
    fn leaf(&self, at: usize) -> usize {
        at + usize::from(at > ATTRIBUTES)
    }

    fn filter(&self, stretch: &Order) -> Vec<u8> {
        if stretch.runs.iter().all(|run| self.batches[run.batch].column(MESSAGE).null_count() == self.batches[run.batch].num_rows()) {
            return words::filter_of_nothing();
        }
        let mut filter = WordFilter::default();
        for run in &stretch.runs {
            let messages = self.batches[run.batch].column(MESSAGE).as_string::<i32>();
            // Rows without a message have an empty one in their place.
            filter.add(messages.value_data(), &messages.value_offsets()[run.rows.start..=run.rows.end]);
        }
        filter.finish()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    pub(super) fn open(disk: &dyn Disk, path: &Path, told: &SegmentFile) -> Result<Self> {
        Error::guarding(path, || Self::open_unguarded(Chunks::open(disk, path, told.metadata)?, path))
    }

    fn open_unguarded(file: Chunks, path: &Path) -> Result<Self> {
        let options =
            ArrowReaderOptions::new().with_column_index_policy(PageIndexPolicy::Skip).with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(Error::parquet("read the metadata of", path))?;
        let entries = metadata.metadata().file_metadata().key_value_metadata();
        let note = entries.and_then(|entries| entries.iter().find(|entry| entry.key == NOTE)?.value.as_deref());
        let note = note.ok_or_else(|| Error::damaged(path, format!("it has no metadata entry `{NOTE}`")))?;
        check_version(path, note)?;
        let mut note: Note = serde_json::from_str(note).map_err(|error| Error::damaged(path, format!("`{NOTE}`: {error}")))?;
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
        let file = file.checked(note.sums.take(), path)?;
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
            let block = self.file.read_at(at, BLOCK_BYTES).map_err(Error::io("read the word filter of", &self.path))?;
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
        // A column without any value has no filter.
        if column.statistics().and_then(|statistics| statistics.null_count_opt()).is_some_and(|nulls| nulls as i64 == column.num_values()) {
            return Ok(false);
        }
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
