//! The counts file of a segment: what each source contributed to each bucket, as a flat Parquet table.
//!
//! Completeness (design 6) is computed from it when asked; what is counted is decided by the pipeline.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt64Type};
use arrow_array::{ArrayRef, RecordBatch as Batch, TimestampNanosecondArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use magpie_model::Timestamp;
use magpie_model::completeness::SourceCount;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::{Words, time_field, words_field, words_of};
use super::disk::Disk;
use super::segment::properties;
use super::sums::SummedFile;
use crate::telemetry::SegmentFile;
use crate::{Error, Result};

/// Name of a counted column, its value, and the place of its value.
type Counted = (&'static str, fn(&SourceCount) -> u64, fn(&mut SourceCount) -> &mut u64);

/// The counted columns, with how to get at them.
const COUNTED: [Counted; 6] = [
    ("parsed", |count| count.parsed, |count| &mut count.parsed),
    ("unparsed", |count| count.unparsed, |count| &mut count.unparsed),
    ("late", |count| count.late, |count| &mut count.late),
    ("dropped", |count| count.dropped, |count| &mut count.dropped),
    ("bad_time", |count| count.bad_time, |count| &mut count.bad_time),
    ("from_agent", |count| count.from_agent, |count| &mut count.from_agent),
];

/// Writes a counts file and makes it durable.
pub(super) fn write(disk: &dyn Disk, path: &Path, name: String, counts: &[SourceCount]) -> Result<SegmentFile> {
    let mut fields = vec![words_field("input"), time_field("bucket")];
    fields.extend(COUNTED.iter().map(|(name, ..)| Field::new(*name, DataType::UInt64, false)));
    let mut columns: Vec<ArrayRef> = vec![
        words_of(counts.iter().map(|count| Some(count.input.as_str()))),
        Arc::new(TimestampNanosecondArray::from_iter_values(counts.iter().map(|count| count.bucket.0)).with_timezone("UTC")),
    ];
    columns.extend(COUNTED.iter().map(|(_, get, _)| Arc::new(UInt64Array::from_iter_values(counts.iter().map(get))) as ArrayRef));
    let failed = |error| Error::parquet("write", path)(error);
    let batch = Batch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|error| failed(error.into()))?;
    let file = SummedFile::create(disk, path)?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties().build())).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.into_inner().map_err(failed)?.finish(name)
}

/// Reads a counts file. It is small: all of it is compared with what the manifest says.
pub(super) fn read(disk: &dyn Disk, path: &Path, told: &SegmentFile) -> Result<Vec<SourceCount>> {
    let bytes = disk.read(path).map_err(Error::io("read", path))?;
    if crc32fast::hash(&bytes) != told.checksum {
        return Err(Error::damaged(path, "it does not fit its checksum: run `magpie doctor`"));
    }
    Error::guarding(path, || read_unguarded(bytes.into(), path))
}

fn read_unguarded(bytes: Bytes, path: &Path) -> Result<Vec<SourceCount>> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build()).map_err(Error::parquet("read", path))?;
    let mut counts = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| Error::parquet("read", path)(error.into()))?;
        counts_of(&batch, &mut counts).ok_or_else(|| Error::damaged(path, "a column is missing"))?;
    }
    Ok(counts)
}

fn counts_of(batch: &Batch, counts: &mut Vec<SourceCount>) -> Option<()> {
    let inputs = Words::of(batch.column_by_name("input")?)?;
    let buckets = batch.column_by_name("bucket")?.as_primitive_opt::<TimestampNanosecondType>()?;
    let first = counts.len();
    counts.extend((0..batch.num_rows()).map(|row| SourceCount {
        input: inputs.get(row).unwrap_or("").to_owned(),
        bucket: Timestamp(buckets.value(row)),
        ..SourceCount::default()
    }));
    for (name, _, get) in COUNTED {
        let column = batch.column_by_name(name);
        if column.is_none() && name == "from_agent" {
            // Files of before agents counted.
            continue;
        }
        let values = column?.as_primitive_opt::<UInt64Type>()?;
        counts[first..].iter_mut().zip(values.values()).for_each(|(count, &value)| *get(count) = value);
    }
    Some(())
}
