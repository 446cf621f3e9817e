//! Making few segments of many, and removing old ones.
//!
//! Both are reconcilers: they look at what is stored and move it one step. Segments of one level and one day (of their
//! newest record) are merged into one of the next level by a merge of ordered streams, so that memory does not grow
//! with their size; monitors' partials are merged with them, and a row per bucket and combination of the base dimension is
//! added where that is much smaller than the records. The change is one line of the manifest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::sync::PoisonError;

use arrow_array::RecordBatch as Batch;
use hashbrown::HashMap;
use magpie_model::completeness::SourceCount;
use magpie_model::config::Retention;
use magpie_model::rollup::Recipe;
use magpie_model::time::DAY;
use magpie_model::{Column, FieldSpec, PartialTable, Timestamp};

use super::columns;
use super::fold::BaseFold;
use super::gather::{Order, RowOf};
use super::live::Segment;
use super::manifest::Change;
use super::recover;
use super::rollups::RollupsWriter;
use super::seal::{cover, file_name, finish, write_counts};
use super::segment::{GROUP_ROWS, RecordsReader, RecordsWriter};
use super::store::EmbeddedTelemetry;
use crate::Result;
use crate::telemetry::{BASE, Compacted, Expired, SegmentInfo};

/// Segments of a level that are merged at once.
const FAN_IN: usize = 8;
/// Records beyond which a segment is left alone.
const ENOUGH_ROWS: u64 = 1_000_000;
/// Records read at once from each merged segment.
const STREAM_ROWS: usize = 4_096;
/// Bytes of records gathered before a row group is written, whatever their number.
const GATHERED_BYTES: usize = 96 << 20;

/// Merges one group of small segments, if there is one.
pub(super) fn step(store: &EmbeddedTelemetry) -> Result<Compacted> {
    let _one_at_a_time = store.compacting.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(inputs) = candidates(store.read_live().segments.clone(), &store.declared().recipes) else { return Ok(Compacted::default()) };
    let id = store.next_segment_id();
    let clean_up = |_: &crate::Error| recover::remove_segment_files(&*store.disk, &store.dir, id);
    let info = merge(store, id, &inputs).inspect_err(clean_up)?;
    let change = Change { add: vec![info.clone()], remove: inputs.iter().map(|input| input.info.id).collect(), ..Change::default() };
    let mut manifest = store.lock_manifest();
    if let Err(error) = manifest.commit(&change) {
        if !manifest.is_dirty() {
            clean_up(&error);
        }
        return Err(error);
    }
    let mut live = store.write_live();
    live.segments.retain(|segment| !change.remove.contains(&segment.info.id));
    live.segments.push(store.new_segment(info.clone()));
    live.segments.sort_by_key(|segment| segment.info.id);
    drop(live);
    inputs.iter().for_each(|input| input.remove());
    Ok(Compacted { segments: inputs.len(), rows: info.rows })
}

/// The segments to merge next: enough of one level and day, or any of a day that is over.
fn candidates(segments: Vec<Arc<Segment>>, recipes: &[Recipe]) -> Option<Vec<Arc<Segment>>> {
    let newest_day = segments.iter().map(|segment| day(segment)).max()?;
    // One whose rollups are still to be made anew would take those of the others back with it.
    let made = |segment: &Segment| -> Vec<bool> { recipes.iter().map(|recipe| segment.info.recipes.contains(recipe)).collect() };
    let mut groups: BTreeMap<(i64, u32, Vec<bool>), Vec<Arc<Segment>>> = BTreeMap::new();
    for segment in segments.into_iter().filter(|segment| segment.info.rows < ENOUGH_ROWS) {
        // A day that is over gets no more segments: whatever its levels, they are merged to one.
        let level = if day(&segment) < newest_day { 0 } else { segment.info.level };
        groups.entry((day(&segment), level, made(&segment))).or_default().push(segment);
    }
    groups.into_iter().find_map(|((day, ..), mut group)| {
        group.sort_by_key(|segment| (segment.info.from, segment.info.id));
        let mut rows = 0;
        group.truncate(FAN_IN);
        let fitting = group.iter().take_while(|segment| {
            rows += segment.info.rows;
            rows <= 2 * ENOUGH_ROWS
        });
        let fitting = fitting.count();
        group.truncate(fitting);
        let enough = if day < newest_day { 2 } else { FAN_IN };
        (group.len() >= enough.min(FAN_IN) || (group.len() >= 2 && rows > 2 * ENOUGH_ROWS)).then_some(group)
    })
}

/// The day that a segment belongs to: that of its newest record, but none after it was sealed.
fn day(segment: &Segment) -> i64 {
    segment.info.to.min(segment.info.sealed).0.div_euclid(DAY)
}

fn merge(store: &EmbeddedTelemetry, id: u64, inputs: &[Arc<Segment>]) -> Result<SegmentInfo> {
    let newest = inputs.iter().map(|input| input.info.sealed).max();
    let mut info = SegmentInfo {
        level: inputs.iter().map(|input| input.info.level).max().unwrap_or(0) + 1,
        recipes: inputs.first().map_or_else(Vec::new, |first| first.info.recipes.clone()),
        ..SegmentInfo::empty(id, newest.unwrap_or(Timestamp::EPOCH))
    };
    info.recipes.retain(|recipe| inputs.iter().all(|input| input.info.recipes.contains(recipe)));
    let base = merge_records(store, &mut info, inputs)?;
    merge_rollups(store, &mut info, inputs, base)?;
    let mut counts: HashMap<(String, Timestamp), SourceCount> = HashMap::new();
    for input in inputs {
        for count in input.counts()? {
            let key = (count.input.clone(), count.bucket);
            counts.entry(key).and_modify(|known| known.merge(&count)).or_insert(count);
        }
    }
    let mut counts: Vec<SourceCount> = counts.into_values().collect();
    if !counts.is_empty() {
        info.files.push(write_counts(&*store.disk, &store.dir, id, &mut counts)?);
        cover(&mut info, counts.first().zip(counts.last()).map(|(first, last)| (first.bucket, last.bucket)));
    }
    finish(&*store.disk, &store.dir, &mut info)?;
    Ok(info)
}

/// A segment's records in order, a few at a time.
struct Stream {
    batches: Box<dyn Iterator<Item = Result<Batch>>>,
    /// Index of the present batch among those gathered.
    batch: usize,
    row: usize,
}

/// Merges the records; gives the rows by the base dimension, or none where they would be no smaller than the records.
fn merge_records(store: &EmbeddedTelemetry, info: &mut SegmentInfo, inputs: &[Arc<Segment>]) -> Result<Vec<PartialTable>> {
    let readers: Vec<Arc<RecordsReader>> =
        inputs.iter().map(|input| input.records()).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    if readers.is_empty() {
        return Ok(Vec::new());
    }
    let declared = store.declared();
    let schemas: Vec<_> = readers.iter().map(|reader| reader.schema()).collect();
    let fields: Arc<[FieldSpec]> = columns::united_fields(schemas.iter().map(|schema| schema.as_ref())).into();
    let name = file_name(info.id, ".records.parquet");
    let mut merging = Merging {
        writer: RecordsWriter::create(&*store.disk, &store.dir.join(&name), &fields, store.options.threads)?,
        base: BaseFold::new(&declared.base, fields, declared.bucket),
        base_rows: Some(Vec::new()),
        gathered: Vec::new(),
        order: Vec::new(),
        bytes: 0,
    };
    merging.run(readers)?;
    merging.take_base();
    info.rows = merging.writer.rows();
    cover(info, merging.writer.range());
    info.files.push(merging.writer.finish(name)?);
    Ok(merging.base_rows.unwrap_or_default())
}

struct Merging {
    writer: RecordsWriter,
    base: BaseFold,
    /// Rows by the base dimension so far; `None` once they turned out not to be worth their room.
    base_rows: Option<Vec<PartialTable>>,
    gathered: Vec<Batch>,
    order: Vec<RowOf>,
    bytes: usize,
}

impl Merging {
    fn run(&mut self, readers: Vec<Arc<RecordsReader>>) -> Result<()> {
        let mut streams = Vec::new();
        let mut next: BinaryHeap<Reverse<(i64, u64, usize)>> = BinaryHeap::new();
        for reader in readers {
            let mut stream = Stream { batches: reader.stream(STREAM_ROWS)?, batch: 0, row: 0 };
            if let Some(key) = self.pull(&mut stream)? {
                next.push(Reverse((key.0, key.1, streams.len())));
            }
            streams.push(stream);
        }
        while let Some(Reverse((_, _, at))) = next.pop() {
            let stream = &mut streams[at];
            self.order.push(RowOf { batch: stream.batch as u32, row: stream.row as u32 });
            stream.row += 1;
            let key = if stream.row < self.gathered[stream.batch].num_rows() { Some(self.key(stream)) } else { self.pull(stream)? };
            if let Some((time, id)) = key {
                next.push(Reverse((time, id, at)));
            }
            if self.order.len() == GROUP_ROWS || self.bytes > GATHERED_BYTES {
                self.flush(&mut streams)?;
            }
        }
        self.flush(&mut streams)
    }

    fn key(&self, stream: &Stream) -> (i64, u64) {
        let batch = &self.gathered[stream.batch];
        (columns::times(batch)[stream.row], columns::ids(batch)[stream.row])
    }

    /// Gathers a stream's next batch; gives the key of its first row.
    fn pull(&mut self, stream: &mut Stream) -> Result<Option<(i64, u64)>> {
        let Some(batch) = stream.batches.next().transpose()? else { return Ok(None) };
        if self.base_rows.is_some() {
            self.base.add(&batch, |_| true);
            if self.base.rows() >= GROUP_ROWS {
                self.take_base();
            }
        }
        self.bytes += batch.get_array_memory_size();
        (stream.batch, stream.row) = (self.gathered.len(), 0);
        self.gathered.push(batch);
        Ok(Some(self.key(stream)))
    }

    fn take_base(&mut self) {
        let (rows, folded) = (self.base.rows() as u64, self.base.folded);
        let mut table = self.base.take();
        if let Some(tables) = &mut self.base_rows {
            // Reading a row of partials costs several times what folding a record does.
            if rows * 4 > folded {
                self.base_rows = None;
            } else if rows > 0 {
                table.sort();
                tables.push(table);
            }
        }
    }

    /// Writes what is ordered, and keeps the batches that streams still stand in.
    fn flush(&mut self, streams: &mut [Stream]) -> Result<()> {
        self.writer.write(&self.gathered, &Order::of(&self.order))?;
        self.order.clear();
        let gathered = std::mem::take(&mut self.gathered);
        self.bytes = 0;
        for stream in streams {
            if let Some(batch) = gathered.get(stream.batch).filter(|batch| stream.row < batch.num_rows()) {
                self.bytes += batch.get_array_memory_size();
                stream.batch = self.gathered.len();
                self.gathered.push(batch.clone());
            } else {
                stream.batch = usize::MAX;
            }
        }
        Ok(())
    }
}

/// Merges the monitors' partials, one monitor at a time, and adds those by the base dimension.
fn merge_rollups(store: &EmbeddedTelemetry, info: &mut SegmentInfo, inputs: &[Arc<Segment>], base: Vec<PartialTable>) -> Result<()> {
    let readers: Vec<_> = inputs.iter().map(|input| input.rollups()).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let mut shapes: Vec<(String, Vec<Column>, Vec<FieldSpec>)> = Vec::new();
    for note in readers.iter().flat_map(|reader| reader.tables()).filter(|note| note.monitor != BASE) {
        let shape = (note.monitor.clone(), note.by.clone(), note.fields.clone());
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    if shapes.is_empty() && base.is_empty() {
        return Ok(());
    }
    let of_monitors = shapes.iter().map(|(_, by, fields)| (magpie_model::rollup::key_columns(by), fields.as_slice()));
    let all: Vec<_> = of_monitors.chain(base.iter().map(|table| (table.key_columns(), &*table.fields))).collect();
    let name = file_name(info.id, ".rollups.parquet");
    let mut writer = RollupsWriter::create(&*store.disk, &store.dir.join(&name), &all)?;
    for (monitor, by, fields) in &shapes {
        let mut merged = PartialTable::new(monitor.as_str().into(), by.clone(), fields.as_slice().into());
        for reader in &readers {
            let same = reader.tables().iter().filter(|note| note.monitor == *monitor && note.by == *by && note.fields == *fields);
            for note in same {
                reader.read_all(note, &mut |table| {
                    merged.append(&table);
                    Ok(())
                })?;
            }
            merged.fold();
        }
        merged.sort();
        writer.write(&merged)?;
    }
    for table in &base {
        writer.write(table)?;
    }
    let (file, range) = writer.finish(name)?;
    cover(info, range);
    info.files.push(file);
    Ok(())
}

/// Removes what retention no longer allows: first what came first.
pub(super) fn expire(store: &EmbeddedTelemetry, now: Timestamp, retention: &Retention) -> Result<Expired> {
    let _one_at_a_time = store.compacting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut segments = store.read_live().segments.clone();
    // By when it came, not by what its records say of themselves: who hands over a log of years ago wants to look at it.
    segments.sort_by_key(|segment| (segment.info.sealed, segment.info.id));
    let mut bytes: u64 = segments.iter().map(|segment| segment.info.bytes).sum();
    let too_old = |segment: &Segment| segment.info.sealed < now.minus(retention.age);
    let expired: Vec<Arc<Segment>> = segments
        .into_iter()
        .take_while(|segment| {
            let remove = too_old(segment) || retention.size.is_some_and(|size| bytes > size);
            bytes -= if remove { segment.info.bytes } else { 0 };
            remove
        })
        .collect();
    if expired.is_empty() {
        return Ok(Expired::default());
    }
    let change = Change { remove: expired.iter().map(|segment| segment.info.id).collect(), ..Change::default() };
    store.lock_manifest().commit(&change)?;
    store.write_live().segments.retain(|segment| !change.remove.contains(&segment.info.id));
    expired.iter().for_each(|segment| segment.remove());
    Ok(Expired {
        segments: expired.len(),
        rows: expired.iter().map(|segment| segment.info.rows).sum(),
        bytes: expired.iter().map(|segment| segment.info.bytes).sum(),
    })
}
