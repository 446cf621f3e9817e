//! The trait for what the watched system said: records, their partials, how far each file was read.
//!
//! All calls are synchronous and may block on the disk; an async caller uses a blocking thread. A segment is the unit
//! of truth (design 2): what was appended is visible to queries at once, durable after `seal`, and either all of it or
//! none of it exists after a crash. Input that cannot be read again goes through `log` first.

use std::sync::Arc;

use magpie_model::completeness::SourceCount;
use magpie_model::config::Retention;
use magpie_model::origin::{Covered, Position, Stream};
use magpie_model::query::{
    Around, BucketCompleteness, FoldQuery, FoldedRecords, HistogramBar, HistogramQuery, RecordPage, RecordQuery, RollupQuery, TimeRange,
    TopValue,
};
use magpie_model::record::RecordBatch;
use magpie_model::rollup::Recipe;
use magpie_model::{Bucketing, Column, FieldSpec, PartialTable, Record, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Result;

/// Name of the rollups by the base dimension, for [`RollupQuery::monitor`]: any set of its columns can be asked of them.
///
/// Segments that were not compacted yet have none; their records are folded when asked (design 3).
pub const BASE: &str = "(base)";

/// What the configuration declares and the store must know. Changes with a reload.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Measured fields, in the order that `ColumnFilter::FieldAtLeast` counts them.
    pub fields: Arc<[FieldSpec]>,
    /// Columns of the base dimension.
    pub base: Vec<Column>,
    /// Buckets of the stored partials.
    pub bucket: Bucketing,
    /// By what the partials that are appended from now on are made. Rows of a monitor that is named here are given only
    /// where they were made by the same recipe; of one that is not named, all are given.
    pub recipes: Vec<Recipe>,
}

/// What becomes visible, and later durable, together.
#[derive(Clone, Debug, Default)]
pub struct Append {
    /// Records.
    pub batches: Vec<RecordBatch>,
    /// Partials of the monitors over these records.
    pub partials: Vec<PartialTable>,
    /// What sources contributed; adds up with counts of the same source and bucket.
    pub counts: Vec<SourceCount>,
    /// How far files are read with this; replaces the position of the same source and generation, under whatever name the
    /// file had then.
    pub positions: Vec<Position>,
    /// What of pushed streams is in the store with this; replaces what is known of the same stream.
    pub covered: Vec<Covered>,
    /// Streams that will not come again: what is known of them is forgotten.
    pub ended: Vec<Stream>,
    /// Halves of calls that still wait (design 4), in the pipeline's own form; `None` leaves them as they are.
    pub pending_spans: Option<Vec<u8>>,
    /// All log entries up to this one are contained in what was appended so far.
    pub logged: Option<LogPosition>,
    /// Up to when every active source has been read.
    pub watermark: Option<Timestamp>,
}

/// Place of an entry in the write-ahead log; entries are numbered upwards from 1. Numbers of refused entries are not used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogPosition(pub u64);

/// Input that cannot be read again, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Name of the configured source it came through.
    pub input: String,
    /// The bytes, in the receiver's own form.
    pub body: Vec<u8>,
}

/// Why a segment is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SealReason {
    /// The open segment is old enough.
    Interval,
    /// The open segment is large enough.
    Size,
    /// A file was rotated, truncated or deleted: what was read of it cannot be read again.
    Rotation,
    /// The configuration changes.
    Reload,
    /// The process ends.
    Shutdown,
}

/// What is known of a sealed segment without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentInfo {
    /// Number of the segment; never used twice.
    pub id: u64,
    /// Records in it.
    pub rows: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Time of the oldest record or rollup bucket.
    pub from: Timestamp,
    /// Time just after the newest record or rollup bucket.
    pub to: Timestamp,
    /// Wall-clock time when it was sealed; of a compacted segment, of its newest part.
    pub sealed: Timestamp,
    /// Segments that were merged into it, by generations: 0 for one that was sealed.
    pub level: u32,
    /// Its files, relative to the data directory.
    pub files: Vec<SegmentFile>,
    /// By what its rollups are made; a recipe is listed when the rows are those of all the segment's records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipes: Vec<Recipe>,
}

impl SegmentInfo {
    /// A segment that holds nothing yet.
    pub(crate) fn empty(id: u64, sealed: Timestamp) -> Self {
        let (from, to) = (Timestamp::MAX, Timestamp::MIN);
        Self { id, rows: 0, bytes: 0, from, to, sealed, level: 0, files: Vec::new(), recipes: Vec::new() }
    }
}

/// A sealed segment whose rollups do not all say what the declared monitors would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfolded {
    /// The segment.
    pub segment: SegmentInfo,
    /// The recipes whose rows are not all there.
    pub recipes: Vec<Recipe>,
}

/// A file of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentFile {
    /// Path relative to the data directory.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// CRC-32 (ISO-HDLC) of the content.
    pub checksum: u32,
    /// Of a file that is read in parts: the last part, which says what is where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// The last part of a file; files of before 2026-11-28 are not told theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Offset of its first byte.
    pub from: u64,
    /// CRC-32 (ISO-HDLC) of it.
    pub checksum: u32,
}

/// What a step of compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Segments merged; 0 when there was nothing to do.
    pub segments: usize,
    /// Records in the new segment.
    pub rows: u64,
}

/// What retention removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Segments removed.
    pub segments: usize,
    /// Records in them.
    pub rows: u64,
    /// Bytes freed.
    pub bytes: u64,
}

/// The store in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreStats {
    /// Records that are not durable yet.
    pub open_rows: u64,
    /// Bytes of memory they and their partials take, about.
    pub open_bytes: u64,
    /// Sealed segments.
    pub segments: u64,
    /// Records in them.
    pub rows: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Bytes of the write-ahead log.
    pub log_bytes: u64,
    /// Bytes that were cut from torn ends of log and manifest when the store was opened.
    pub torn_bytes: u64,
    /// Stored partials of a field whose scale has changed, and whose percentiles are therefore gone.
    pub rescaled: u64,
}

/// Storage of records and rollups.
pub trait TelemetryStore: Send + Sync {
    /// Tells what the configuration declares from now on.
    fn declare(&self, declared: Declared);

    /// Makes input visible to queries. It is in memory only until `seal`; the caller bounds it by sealing in time.
    fn append(&self, append: Append) -> Result<()>;

    /// An empty text with room for so many bytes of messages that are to be appended: where there is some, in memory of messages that
    /// were sealed, which is at hand; asking the system for pages takes longer than filling them.
    fn room_for_messages(&self, bytes: usize) -> String;

    /// Makes everything appended so far durable; `None` when there was nothing. After an error nothing is lost: the
    /// content stays open and visible, and the next call tries again.
    fn seal(&self, reason: SealReason) -> Result<Option<SegmentInfo>>;

    /// Writes input that cannot be read again to the log and returns after it is on disk. Calls at the same time share
    /// one write.
    fn log(&self, entries: &[LogEntry]) -> Result<LogPosition>;

    /// Gives each log entry that no sealed segment contains, in order: what to process again after a restart.
    fn unsealed_log(&self, each: &mut dyn FnMut(LogPosition, LogEntry)) -> Result<()>;

    /// How far each file is read into sealed segments: where to go on after a restart. One for each source and generation.
    fn positions(&self) -> Vec<Position>;

    /// What of each pushed stream sealed segments contain: what of the log, and of what senders send again, is there already.
    fn covered(&self) -> Vec<Covered>;

    /// The pending halves of calls that belong to the sealed segments.
    fn pending_spans(&self) -> Result<Option<Vec<u8>>>;

    /// Records, newest first.
    fn search(&self, query: &RecordQuery) -> Result<RecordPage>;

    /// One record by its id.
    fn record(&self, id: u64) -> Result<Option<Record>>;

    /// The lines before and after a stored record in its file, by offset, of the same incarnation of the file; fewer
    /// where the file begins or ends, or where the lines are not stored.
    fn around(&self, record: &Record, before: usize, after: usize) -> Result<Around>;

    /// Number of records over time. Bars without records are left out; ascending by time and value.
    fn histogram(&self, query: &HistogramQuery) -> Result<Vec<HistogramBar>>;

    /// The most frequent values of a column, most frequent first, at most `limit`.
    fn top_values(&self, query: &RecordQuery, column: Column, limit: usize) -> Result<Vec<TopValue>>;

    /// Rollup rows of a monitor, merged over all segments, one row per bucket and key. Sides are not resolved yet.
    fn rollups(&self, query: &RollupQuery) -> Result<PartialTable>;

    /// Rollup rows by any columns, folded from the records when asked: calls only, as monitors take them. Newest records first,
    /// until about `most` of them are folded. Sides are not resolved yet.
    fn fold_records(&self, query: &FoldQuery) -> Result<FoldedRecords>;

    /// How complete each bucket of `step` ns is. Buckets in which no source reported are given too, up to 100,000.
    fn completeness(&self, range: TimeRange, step: i64) -> Result<Vec<BucketCompleteness>>;

    /// What each source contributed to each stored bucket, ascending by bucket and source.
    fn source_counts(&self, range: TimeRange) -> Result<Vec<SourceCount>>;

    /// Gives all records of a range batch by batch, in no particular order, for a fresh aggregation.
    fn scan(&self, range: TimeRange, each: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()>;

    /// Sealed segments with records whose rows some declared recipe has yet to make, newest first.
    fn unfolded(&self) -> Vec<Unfolded>;

    /// Makes the rows of some recipes anew from all records of a segment: `fold` gives the partials of each batch of them,
    /// tables of the shapes given. What these monitors had there before is gone with the same step in which the new rows
    /// are there, wholly or, after an error or a crash, not at all. `false` when the segment is no longer there.
    fn refold(
        &self,
        segment: u64,
        recipes: &[Recipe],
        shapes: &[PartialTable],
        fold: &mut dyn FnMut(&RecordBatch) -> Result<Vec<PartialTable>>,
    ) -> Result<bool>;

    /// Merges some small segments into one; call again until it reports 0 segments.
    fn compact(&self) -> Result<Compacted>;

    /// Removes what is older than retention allows, and the oldest of what takes more room than it allows.
    fn expire(&self, now: Timestamp, retention: &Retention) -> Result<Expired>;

    /// The sealed segments, oldest first.
    fn segments(&self) -> Vec<SegmentInfo>;

    /// The store in figures.
    fn stats(&self) -> StoreStats;
}
