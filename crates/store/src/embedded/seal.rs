//! Writing open content as the files of a segment.
//!
//! Records are ordered by time and id, partials by bucket and key, and each kind of content becomes a file of its
//! own, synced with its directory before anybody names it. Naming them is the manifest's.

use std::path::Path;

use arrow_array::RecordBatch as Batch;
use magpie_model::Timestamp;
use magpie_model::completeness::SourceCount;

use super::columns;
use super::counts;
use super::disk::Disk;
use super::gather::{Order, RowOf, Run};
use super::open::Open;
use super::rollups::RollupsWriter;
use super::segment::RecordsWriter;
use super::store::SEGMENTS;
use super::sums::SummedFile;
use crate::telemetry::{SegmentFile, SegmentInfo};
use crate::{Error, Result};

/// A written segment.
pub(super) struct Written {
    /// What the manifest will say of it.
    pub info: SegmentInfo,
    /// The file with pending halves of calls, if they changed.
    pub spans: Option<SegmentFile>,
}

/// Name of a segment's file.
pub(super) fn file_name(id: u64, ending: &str) -> String {
    format!("{SEGMENTS}/{id:012}{ending}")
}

/// Writes all files of a segment and syncs them and their directory.
pub(super) fn write_segment(disk: &dyn Disk, dir: &Path, id: u64, sealed: Timestamp, open: &Open, threads: usize) -> Result<Written> {
    let mut info = SegmentInfo { recipes: open.recipes.clone(), ..SegmentInfo::empty(id, sealed) };
    if !open.batches.is_empty() {
        let batches: Vec<Batch> = open.batches.iter().map(|batch| batch.batch.clone()).collect();
        let fields = columns::united_fields(batches.iter().map(|batch| batch.schema_ref().as_ref()));
        let name = file_name(id, ".records.parquet");
        let mut writer = RecordsWriter::create(disk, &dir.join(&name), &fields, threads)?;
        writer.write(&batches, &ordered(&batches))?;
        info.rows = writer.rows();
        cover(&mut info, writer.range());
        info.files.push(writer.finish(name)?);
    }
    if open.tables.iter().any(|table| !table.rows().rows.is_empty()) {
        let name = file_name(id, ".rollups.parquet");
        let mut writer = RollupsWriter::create(disk, &dir.join(&name), &open.shapes())?;
        for table in &open.tables {
            let table = table.rows();
            writer.write_rows(table, &table.ordered())?;
        }
        let (file, range) = writer.finish(name)?;
        cover(&mut info, range);
        info.files.push(file);
    }
    let mut counts: Vec<SourceCount> = open.counts.values().cloned().collect();
    if !counts.is_empty() {
        info.files.push(write_counts(disk, dir, id, &mut counts)?);
        cover(&mut info, counts.first().zip(counts.last()).map(|(first, last)| (first.bucket, last.bucket)));
    }
    let spans = open.pending_spans.as_ref().map(|bytes| write_spans(disk, dir, id, bytes)).transpose()?;
    finish(disk, dir, &mut info)?;
    Ok(Written { info, spans })
}

/// Writes counts in their order; sorts them.
pub(super) fn write_counts(disk: &dyn Disk, dir: &Path, id: u64, counts: &mut [SourceCount]) -> Result<SegmentFile> {
    counts.sort_by(|a, b| (a.bucket, &a.input).cmp(&(b.bucket, &b.input)));
    let name = file_name(id, ".counts.parquet");
    counts::write(disk, &dir.join(&name), name, counts)
}

/// Makes a segment's range include times, the last one with the moment after it.
pub(super) fn cover(info: &mut SegmentInfo, range: Option<(Timestamp, Timestamp)>) {
    if let Some((from, to)) = range {
        info.from = info.from.min(from);
        info.to = info.to.max(to.plus(1));
    }
}

/// Completes a segment's description and syncs the directory of its files.
pub(super) fn finish(disk: &dyn Disk, dir: &Path, info: &mut SegmentInfo) -> Result<()> {
    info.bytes = info.files.iter().map(|file| file.bytes).sum();
    if info.from > info.to {
        (info.from, info.to) = (info.sealed, info.sealed);
    }
    let segments = dir.join(SEGMENTS);
    disk.sync_dir(&segments).map_err(Error::io("sync", &segments))
}

fn write_spans(disk: &dyn Disk, dir: &Path, id: u64, bytes: &[u8]) -> Result<SegmentFile> {
    let name = file_name(id, ".spans");
    let path = dir.join(&name);
    let mut file = SummedFile::create(disk, &path)?;
    std::io::Write::write_all(&mut file, bytes).map_err(Error::io("write", &path))?;
    file.finish(name)
}

/// All rows of the batches by time and id.
fn ordered(batches: &[Batch]) -> Order {
    if is_ordered(batches) {
        let runs = batches.iter().enumerate().map(|(batch, columns)| Run { batch, rows: 0..columns.num_rows() });
        return Order { runs: runs.collect(), rows: batches.iter().map(Batch::num_rows).sum() };
    }
    let mut keyed: Vec<(i64, u64, RowOf)> = Vec::with_capacity(batches.iter().map(Batch::num_rows).sum());
    for (batch, columns) in batches.iter().enumerate() {
        let rows = columns::times(columns).iter().zip(columns::ids(columns)).enumerate();
        keyed.extend(rows.map(|(row, (&time, &id))| (time, id, RowOf { batch: batch as u32, row: row as u32 })));
    }
    // What comes from a few files is a few ordered runs, which a stable sort merges.
    keyed.sort_by_key(|&(time, id, _)| (time, id));
    Order::of(&keyed.into_iter().map(|(.., of)| of).collect::<Vec<_>>())
}

fn is_ordered(batches: &[Batch]) -> bool {
    batches.iter().flat_map(|batch| columns::times(batch).iter().zip(columns::ids(batch))).is_sorted()
}
