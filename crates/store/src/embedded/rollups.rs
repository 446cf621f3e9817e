//! The rollups file of a segment: the partials of all monitors as one Parquet table, each monitor in row groups of its own.
//!
//! A field takes columns `<field>.count`, `.set`, `.sum` (a decimal, since sums are 128-bit), `.min`, `.max`, `.sketch`
//! and `.distinct`; dimensions take columns by their names. The metadata entry `magpie.rollups` lists the monitors,
//! their fields, and which row groups hold which time, so that a query reads no more than it needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type, TimestampNanosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, Decimal128Array, Int64Array, RecordBatch as Batch, TimestampNanosecondArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use magpie_model::distinct::Distinct;
use magpie_model::query::TimeRange;
use magpie_model::{Column, FieldPartial, FieldSpec, Key, Partial, PartialRow, PartialTable, Side, Sketch, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, ArrowWriter};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};

use super::chunk;
use super::columns::{Alike, Words, sides_of, time_field, words, words_field};
use super::disk::Disk;
use super::segment::{VERSION, check_version, properties};
use super::sums::{BlockSums, Chunks, SummedFile};
use crate::telemetry::SegmentFile;
use crate::{Error, Result};

const NOTE: &str = "magpie.rollups";
/// Rows in a row group.
const GROUP_ROWS: usize = 100_000;

#[derive(Serialize, Deserialize)]
struct Note {
    version: u32,
    tables: Vec<TableNote>,
    /// Checksums of everything before the metadata; files of before 2026-11-28 have none.
    #[serde(default)]
    sums: Option<BlockSums>,
}

/// A monitor's part of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TableNote {
    /// Name of the monitor.
    pub monitor: String,
    /// The columns it shows.
    pub by: Vec<Column>,
    /// Its fields.
    pub fields: Vec<FieldSpec>,
    /// Its row groups: number, first and last bucket in ns.
    pub groups: Vec<(usize, i64, i64)>,
}

/// Writes the rollups file of a segment, table by table.
pub(super) struct RollupsWriter {
    writer: SerializedFileWriter<SummedFile>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    fields: Vec<FieldSpec>,
    columns: Vec<Column>,
    path: PathBuf,
    note: Note,
}

impl RollupsWriter {
    /// Begins a file for tables with these columns and fields.
    pub(super) fn create(disk: &dyn Disk, path: &Path, shapes: &[(Vec<Column>, &[FieldSpec])]) -> Result<Self> {
        let mut columns: Vec<Column> = shapes.iter().flat_map(|(columns, _)| columns.iter().copied()).collect();
        columns.sort();
        columns.dedup();
        let mut fields: Vec<FieldSpec> = Vec::new();
        for spec in shapes.iter().flat_map(|(_, fields)| *fields) {
            if !fields.iter().any(|known| known.name == spec.name) {
                fields.push(spec.clone());
            }
        }
        let schema = schema(&columns, &fields);
        let file = SummedFile::create(disk, path)?;
        let writer =
            ArrowWriter::try_new(file, Arc::clone(&schema), Some(rollup_properties(&schema))).and_then(ArrowWriter::into_serialized_writer);
        let (writer, factory) = writer.map_err(Error::parquet("begin", path))?;
        let note = Note { version: VERSION, tables: Vec::new(), sums: None };
        Ok(Self { writer, factory, schema, fields, columns, path: path.to_owned(), note })
    }

    /// Writes all rows of a table as they stand. Rows that are ordered by bucket are found fastest.
    pub(super) fn write(&mut self, table: &PartialTable) -> Result<()> {
        self.write_rows(table, &table.rows.iter().collect::<Vec<_>>())
    }

    /// Writes rows of a table in the order in which they are given.
    pub(super) fn write_rows(&mut self, table: &PartialTable, rows: &[&PartialRow]) -> Result<()> {
        for rows in rows.chunks(GROUP_ROWS) {
            let group = self.note.tables.iter().map(|table| table.groups.len()).sum();
            self.write_group(group, &self.arrays(table, rows)).map_err(Error::parquet("write", &self.path.clone()))?;
            let from = rows.iter().map(|row| row.bucket.0).min().unwrap_or(0);
            let to = rows.iter().map(|row| row.bucket.0).max().unwrap_or(0);
            self.table_note(table).groups.push((group, from, to));
        }
        Ok(())
    }

    fn write_group(&mut self, group: usize, arrays: &[ArrayRef]) -> Result<(), ParquetError> {
        let writers = self.factory.create_column_writers(group)?;
        let mut zstd = chunk::compressor()?;
        let mut chunks = Vec::with_capacity(arrays.len());
        for (at, (array, writer)) in arrays.iter().zip(writers).enumerate() {
            let column = self.writer.schema_descr().column(at);
            chunks.extend(chunk::encode(self.schema.field(at), array, &column, GROUP_ROWS, vec![writer], &mut zstd)?);
        }
        let mut group = self.writer.next_row_group()?;
        chunks.into_iter().try_for_each(|chunk| chunk.append_to(&mut group))?;
        group.close()?;
        Ok(())
    }

    /// Ends the file and makes it durable; gives it with the range of its buckets.
    pub(super) fn finish(mut self, name: String) -> Result<(SegmentFile, Option<(Timestamp, Timestamp)>)> {
        let groups = || self.note.tables.iter().flat_map(|table| &table.groups);
        let from = groups().map(|&(_, from, _)| from).min();
        let to = groups().map(|&(_, _, to)| to).max();
        let range = from.zip(to).map(|(from, to)| (Timestamp(from), Timestamp(to)));
        self.writer.flush().map_err(Error::io("write", &self.path))?;
        self.note.sums = Some(self.writer.inner_mut().block_sums());
        let note = serde_json::to_string(&self.note).map_err(|error| Error::damaged(&self.path, error.to_string()))?;
        self.writer.append_key_value_metadata(KeyValue::new(NOTE.to_owned(), note));
        let file = self.writer.into_inner().map_err(Error::parquet("end", &self.path))?.finish(name)?;
        Ok((file, range))
    }

    fn table_note(&mut self, table: &PartialTable) -> &mut TableNote {
        let known =
            self.note.tables.iter().position(|note| *note.monitor == *table.monitor && note.by == table.by && note.fields == *table.fields);
        let at = known.unwrap_or_else(|| {
            let (monitor, by, fields) = (table.monitor.to_string(), table.by.clone(), table.fields.to_vec());
            self.note.tables.push(TableNote { monitor, by, fields, groups: Vec::new() });
            self.note.tables.len() - 1
        });
        &mut self.note.tables[at]
    }

    fn arrays(&self, table: &PartialTable, rows: &[&PartialRow]) -> Vec<ArrayRef> {
        let key_columns = table.key_columns();
        let sides: Vec<u8> = rows.iter().map(|row| row.key.side as u8).collect();
        let alike = Alike::new(rows.len());
        let mut arrays: Vec<ArrayRef> = vec![
            alike.word(&table.monitor),
            Arc::new(TimestampNanosecondArray::from_iter_values(rows.iter().map(|row| row.bucket.0)).with_timezone("UTC")),
            sides_of(&sides, &alike),
        ];
        for column in &self.columns {
            arrays.push(match key_columns.iter().position(|key| key == column) {
                Some(position) => {
                    let codes = rows.iter().map(|row| row.key.codes[position]).collect();
                    words(codes, |code| table.dictionaries[position].get(code), &alike)
                }
                None => alike.no_words(),
            });
        }
        arrays.push(Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.partial.records))));
        arrays.push(Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.partial.one_sided))));
        for spec in &self.fields {
            let at = table.fields.iter().position(|field| field.name == spec.name);
            let values: Vec<Option<&FieldPartial>> = rows.iter().map(|row| row.partial.fields.get(at?)).collect();
            arrays.extend(field_arrays(&values));
        }
        arrays
    }
}

/// Words, counts and sums are compressed here, and most of the rest is empty: a compressor of the crate's for each column of each
/// table costs more than it saves, so it has them for sketches only.
fn rollup_properties(schema: &SchemaRef) -> WriterProperties {
    let mut properties = properties();
    for field in schema.fields().iter().filter(|field| *field.data_type() != DataType::Binary) {
        properties = properties.set_column_compression(ColumnPath::from(field.name().as_str()), Compression::UNCOMPRESSED);
    }
    properties.build()
}

fn schema(columns: &[Column], fields: &[FieldSpec]) -> SchemaRef {
    let mut schema = vec![words_field("monitor"), time_field("bucket"), words_field("side")];
    schema.extend(columns.iter().map(|column| words_field(column.name())));
    schema.extend(["records", "one_sided"].map(|name| Field::new(name, DataType::UInt64, false)));
    for spec in fields {
        let field = |part: &str, of: DataType| Field::new(format!("{}.{part}", spec.name), of, true);
        schema.extend([
            field("count", DataType::UInt64),
            field("set", DataType::UInt64),
            field("sum", DataType::Decimal128(38, 0)),
            field("min", DataType::Int64),
            field("max", DataType::Int64),
            field("sketch", DataType::Binary),
            field("distinct", DataType::Binary),
        ]);
    }
    Arc::new(Schema::new(schema))
}

fn field_arrays(values: &[Option<&FieldPartial>]) -> [ArrayRef; 7] {
    let counted = |value: &&FieldPartial| value.count > 0;
    let (mut sketches, mut distincts) = (BinaryBuilder::new(), BinaryBuilder::new());
    for value in values {
        sketches.append_option(value.and_then(|value| value.sketch.as_ref()).map(|sketch| sketch.to_bytes()));
        distincts.append_option(value.and_then(|value| value.distinct.as_ref()).map(|distinct| distinct.to_bytes()));
    }
    // The greatest decimal of 38 digits is below 2^127, but above any sum of 2^63 values of 64 bits.
    let sums: Decimal128Array = values.iter().map(|value| value.map(|value| value.sum)).collect();
    [
        Arc::new(values.iter().map(|value| value.map(|value| value.count)).collect::<UInt64Array>()),
        Arc::new(values.iter().map(|value| value.map(|value| value.set)).collect::<UInt64Array>()),
        Arc::new(sums.with_data_type(DataType::Decimal128(38, 0))),
        Arc::new(values.iter().map(|value| value.filter(counted).map(|value| value.min)).collect::<Int64Array>()),
        Arc::new(values.iter().map(|value| value.filter(counted).map(|value| value.max)).collect::<Int64Array>()),
        Arc::new(sketches.finish()),
        Arc::new(distincts.finish()),
    ]
}

/// A segment's rollups file, open for reading.
pub(super) struct RollupsReader {
    file: Chunks,
    metadata: ArrowReaderMetadata,
    note: Note,
    path: PathBuf,
}

impl RollupsReader {
    /// Opens a file and reads its metadata.
    pub(super) fn open(disk: &dyn Disk, path: &Path, told: &SegmentFile) -> Result<Self> {
        Error::guarding(path, || Self::open_unguarded(Chunks::open(disk, path, told.metadata)?, path))
    }

    fn open_unguarded(file: Chunks, path: &Path) -> Result<Self> {
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(Error::parquet("read the metadata of", path))?;
        let entries = metadata.metadata().file_metadata().key_value_metadata();
        let note = entries.and_then(|entries| entries.iter().find(|entry| entry.key == NOTE)?.value.as_deref());
        let note = note.ok_or_else(|| Error::damaged(path, format!("it has no metadata entry `{NOTE}`")))?;
        check_version(path, note)?;
        let mut note: Note = serde_json::from_str(note).map_err(|error| Error::damaged(path, format!("`{NOTE}`: {error}")))?;
        let file = file.checked(note.sums.take(), path)?;
        Ok(Self { file, metadata, note, path: path.to_owned() })
    }

    /// The monitors in it.
    pub(super) fn tables(&self) -> &[TableNote] {
        &self.note.tables
    }

    /// Memory taken by the metadata, about.
    pub(super) fn memory(&self) -> usize {
        self.metadata.metadata().memory_size()
    }

    /// Gives the rows of a monitor whose buckets start in a range, with the fields that are kept, a table per row group.
    pub(super) fn read(
        &self,
        note: &TableNote,
        range: TimeRange,
        keeps: &dyn Fn(&str) -> bool,
        each: &mut dyn FnMut(PartialTable) -> Result<()>,
    ) -> Result<()> {
        let kept = TableNote { fields: note.fields.iter().filter(|spec| keeps(&spec.name)).cloned().collect(), ..note.clone() };
        let needed = self.needed(&kept);
        for &(group, _, _) in note.groups.iter().filter(|&&(_, first, last)| first < range.to.0 && range.from.0 <= last) {
            if group >= self.metadata.metadata().num_row_groups() {
                return Err(Error::damaged(&self.path, format!("there is no row group {group}")));
            }
            each(Error::guarding(&self.path, || self.read_group(&kept, group, range, &needed))?)?;
        }
        Ok(())
    }

    /// Reads all rows of a monitor, in the same way.
    pub(super) fn read_all(&self, note: &TableNote, each: &mut dyn FnMut(PartialTable) -> Result<()>) -> Result<()> {
        self.read(note, TimeRange::ALL, &|_| true, each)
    }

    /// The columns of the file that rows of a table are made of.
    fn needed(&self, note: &TableNote) -> ProjectionMask {
        let schema = self.metadata.metadata().file_metadata().schema_descr();
        let keys = magpie_model::rollup::key_columns(&note.by);
        let is_needed = |name: &str| match name.rsplit_once('.') {
            Some((field, _)) => note.fields.iter().any(|spec| spec.name == field),
            None => ["bucket", "side", "records", "one_sided"].contains(&name) || keys.iter().any(|key| key.name() == name),
        };
        let leaves = schema.columns().iter().enumerate().filter(|(_, column)| is_needed(column.name()));
        ProjectionMask::leaves(schema, leaves.map(|(at, _)| at))
    }

    fn read_group(&self, note: &TableNote, group: usize, range: TimeRange, needed: &ProjectionMask) -> Result<PartialTable> {
        let rows = self.metadata.metadata().row_group(group).num_rows() as usize;
        let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(needed.clone())
            .with_batch_size(rows)
            .build()
            .map_err(Error::parquet("read", &self.path))?;
        let batch = reader.next().ok_or_else(|| Error::damaged(&self.path, format!("row group {group} is empty")))?;
        let batch = batch.map_err(|error| Error::parquet("read", &self.path)(error.into()))?;
        table_of(note, &batch, range).ok_or_else(|| Error::damaged(&self.path, "a column is not as declared"))
    }
}

fn table_of(note: &TableNote, batch: &Batch, range: TimeRange) -> Option<PartialTable> {
    let mut table = PartialTable::new(note.monitor.as_str().into(), note.by.clone(), note.fields.as_slice().into());
    let column = |name: &str| batch.column_by_name(name);
    let buckets = column("bucket")?.as_primitive_opt::<TimestampNanosecondType>()?.values();
    let sides = Words::of(column("side")?)?;
    let mut keys: Vec<(Words<'_>, Vec<u32>)> = Vec::new();
    for (position, key) in table.key_columns().into_iter().enumerate() {
        let words = Words::of(column(key.name())?)?;
        let codes = words.values.iter().map(|word| table.dictionaries[position].intern(word.unwrap_or(""))).collect();
        keys.push((words, codes));
    }
    let numbers = |name: &str| Some(column(name)?.as_primitive_opt::<UInt64Type>()?.values());
    let (records, one_sided) = (numbers("records")?, numbers("one_sided")?);
    let fields: Vec<FieldColumns<'_>> = note.fields.iter().map(|spec| FieldColumns::of(batch, &spec.name)).collect::<Option<_>>()?;
    for row in (0..batch.num_rows()).filter(|&row| range.contains(Timestamp(buckets[row]))) {
        let mut key = Key { side: if sides.get(row) == Some("caller") { Side::Caller } else { Side::Callee }, ..Key::default() };
        for (code, (words, codes)) in key.codes.iter_mut().zip(&keys) {
            *code = words.code(row).map_or(0, |code| codes[code]);
        }
        let values = fields.iter().zip(&note.fields).map(|(columns, spec)| columns.get(row, spec)).collect::<Option<_>>()?;
        let partial = Partial { records: records[row], one_sided: one_sided[row], fields: values };
        table.rows.push(PartialRow { bucket: Timestamp(buckets[row]), key, partial });
    }
    Some(table)
}

/// The columns of a field.
struct FieldColumns<'a> {
    count: &'a [u64],
    set: &'a [u64],
    sum: &'a [i128],
    min: &'a [i64],
    max: &'a [i64],
    sketch: &'a arrow_array::BinaryArray,
    distinct: &'a arrow_array::BinaryArray,
}

impl<'a> FieldColumns<'a> {
    fn of(batch: &'a Batch, field: &str) -> Option<Self> {
        let column = |part: &str| batch.column_by_name(&format!("{field}.{part}"));
        Some(Self {
            count: column("count")?.as_primitive_opt::<UInt64Type>()?.values(),
            set: column("set")?.as_primitive_opt::<UInt64Type>()?.values(),
            sum: column("sum")?.as_primitive_opt::<Decimal128Type>()?.values(),
            min: column("min")?.as_primitive_opt::<Int64Type>()?.values(),
            max: column("max")?.as_primitive_opt::<Int64Type>()?.values(),
            sketch: column("sketch")?.as_binary_opt::<i32>()?,
            distinct: column("distinct")?.as_binary_opt::<i32>()?,
        })
    }

    fn get(&self, row: usize, spec: &FieldSpec) -> Option<FieldPartial> {
        let mut partial = FieldPartial::new(spec);
        (partial.count, partial.set, partial.sum) = (self.count[row], self.set[row], self.sum[row]);
        if partial.count > 0 {
            (partial.min, partial.max) = (self.min[row], self.max[row]);
        }
        partial.sketch = None;
        if self.sketch.is_valid(row) {
            partial.sketch = Some(Box::new(Sketch::from_bytes(self.sketch.value(row))?));
        }
        partial.distinct = None;
        if self.distinct.is_valid(row) {
            partial.distinct = Some(Box::new(Distinct::from_bytes(self.distinct.value(row))?));
        }
        Some(partial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::disk::RealDisk;

    #[test]
    fn tables_survive_the_file() {
        let fields: Arc<[FieldSpec]> = Arc::new([FieldSpec::elapsed(), FieldSpec::error()]);
        let mut first = PartialTable::new("first".into(), vec![Column::Source], Arc::clone(&fields));
        let mut partial = Partial::new(&fields);
        (partial.records, partial.one_sided) = (3, 1);
        [5_000_000, -7, 90].into_iter().for_each(|value| partial.fields[0].add(value));
        let source = first.dictionaries[0].intern("10.0.0.1");
        let mut key = Key { side: Side::Caller, ..Key::default() };
        key.codes[0] = source;
        first.rows.push(PartialRow { bucket: Timestamp(60), key, partial });
        let mut second = PartialTable::new("second".into(), vec![Column::Service, Column::Status], Arc::new([]));
        second.rows.push(PartialRow { bucket: Timestamp(120), key: Key::default(), partial: Partial { records: 1, ..Partial::default() } });

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.parquet");
        let shapes = [(first.key_columns(), &*first.fields), (second.key_columns(), &*second.fields)];
        let mut writer = RollupsWriter::create(&RealDisk, &path, &shapes).unwrap();
        writer.write(&first).unwrap();
        writer.write(&second).unwrap();
        let (file, range) = writer.finish("r.parquet".into()).unwrap();
        assert_eq!(range, Some((Timestamp(60), Timestamp(120))));

        let reader = RollupsReader::open(&RealDisk, &path, &file).unwrap();
        for (note, table) in reader.tables().iter().zip([&first, &second]) {
            let mut read = Vec::new();
            reader
                .read_all(note, &mut |table| {
                    read.push(table);
                    Ok(())
                })
                .unwrap();
            assert_eq!(read.len(), 1);
            assert_eq!(read[0].rows[0].partial, table.rows[0].partial);
            assert_eq!(read[0].value(&read[0].rows[0], 0), table.value(&table.rows[0], 0));
            assert_eq!(read[0].rows[0].key.side, table.rows[0].key.side);
            let later = TimeRange { from: Timestamp(121), to: Timestamp(1_000) };
            reader.read(note, later, &|_| true, &mut |_| unreachable!("no bucket starts there")).unwrap();
        }
    }
}
