//! The embedded telemetry store: open content in memory, sealed segments on disk, a log beside them.
//!
//! One lock orders commits to the manifest, another guards what queries see; queries copy what they need under it and
//! read without it. Sealing writes files, syncs them and their directory, appends to the manifest, and only then
//! moves the content from "open" to "sealed" in one step: a query sees each record exactly once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use magpie_model::config::Retention;
use magpie_model::origin::{Covered, Position};
use magpie_model::query::{
    Around, BucketCompleteness, FoldQuery, FoldedRecords, HistogramBar, HistogramQuery, RecordPage, RecordQuery, RollupQuery, TimeRange,
    TopValue,
};
use magpie_model::record::RecordBatch;
use magpie_model::rollup::Recipe;
use magpie_model::{Bucketing, Column, PartialTable, Record, Timestamp};

use super::disk::{Disk, RealDisk};
use super::live::{Cache, Segment};
use super::lock::DirLock;
use super::manifest::{Change, Manifest};
use super::open::{self, Open};
use super::part::OpenBatch;
use super::wal::Wal;
use super::{aside, compact, recover, refold, seal};
use crate::telemetry::{
    Append, Compacted, Declared, Expired, LogEntry, LogPosition, SealReason, SegmentInfo, StoreStats, TelemetryStore, Unfolded,
};
use crate::{Error, Result};

/// Where segments lie in the data directory.
pub(super) const SEGMENTS: &str = "segments";
/// Where the log lies in the data directory.
pub(super) const LOG: &str = "log";

/// How the store works.
#[derive(Clone)]
pub struct Options {
    /// Threads that encode a segment or search one.
    pub threads: usize,
    /// The wall clock, for the time at which a segment was sealed.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(8);
        let clock = || {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
        };
        Self { threads, clock: Arc::new(clock) }
    }
}

/// The telemetry store of one data directory.
pub struct EmbeddedTelemetry {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) options: Options,
    pub(super) cache: Arc<Cache>,
    pub(super) compacting: Mutex<()>,
    manifest: Mutex<Manifest>,
    declared: RwLock<Declared>,
    live: RwLock<Live>,
    wal: Wal,
    next_segment: AtomicU64,
    torn: u64,
    set_aside: Vec<u64>,
    pub(super) rescaled: AtomicU64,
    /// Memory of the messages that were sealed last, until the next seal.
    spare: Mutex<Vec<String>>,
    _lock: Option<DirLock>,
}

/// What queries see.
#[derive(Default)]
pub(super) struct Live {
    pub(super) open: Open,
    /// Content whose segment is being written, or could not be written yet.
    pub(super) sealing: Option<Arc<Open>>,
    /// Oldest number first.
    pub(super) segments: Vec<Arc<Segment>>,
}

/// What a query reads: the same from begin to end.
pub(super) struct View {
    pub(super) batches: Vec<Arc<OpenBatch>>,
    pub(super) segments: Vec<Arc<Segment>>,
}

impl EmbeddedTelemetry {
    /// Opens a data directory, or makes one, and takes its lock.
    pub fn open(dir: &Path, declared: Declared, options: Options) -> Result<Self> {
        RealDisk.create_dir(dir).map_err(Error::io("create", dir))?;
        let lock = DirLock::take(dir)?;
        Ok(Self { _lock: Some(lock), ..Self::open_on(Arc::new(RealDisk), dir, declared, options)? })
    }

    /// Opens a data directory on some disk, without a lock.
    pub(super) fn open_on(disk: Arc<dyn Disk>, dir: &Path, declared: Declared, options: Options) -> Result<Self> {
        for dir in [dir.to_owned(), dir.join(SEGMENTS), dir.join(LOG)] {
            disk.create_dir(&dir).map_err(Error::io("create", &dir))?;
        }
        let (manifest, torn_manifest) = Manifest::open(Arc::clone(&disk), dir)?;
        let state = manifest.state();
        recover::check_presence(&*disk, dir, state)?;
        let set_aside = recover::clear_unnamed(&*disk, dir, state)?;
        let (wal, torn_log) = Wal::open(Arc::clone(&disk), &dir.join(LOG), state.log)?;
        let cache = Arc::new(Cache::default());
        let segment = |info: &SegmentInfo| Arc::new(Segment::new(info.clone(), dir.to_owned(), Arc::clone(&disk), Arc::clone(&cache)));
        let live = Live { segments: state.segments.values().map(segment).collect(), ..Live::default() };
        Ok(Self {
            dir: dir.to_owned(),
            options,
            compacting: Mutex::new(()),
            next_segment: AtomicU64::new(state.next.max(aside::next(&*disk, dir))),
            manifest: Mutex::new(manifest),
            declared: RwLock::new(declared),
            live: RwLock::new(live),
            wal,
            torn: torn_manifest + torn_log,
            set_aside,
            rescaled: AtomicU64::new(0),
            spare: Mutex::default(),
            _lock: None,
            cache,
            disk,
        })
    }

    /// Segments that opening has moved to `quarantine`: nothing names them, though they are whole. What lines can be read again
    /// comes in as after a crash; what cannot, `doctor` takes back.
    pub fn set_aside(&self) -> &[u64] {
        &self.set_aside
    }

    pub(super) fn declared(&self) -> Declared {
        self.declared.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn read_live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write_live(&self) -> RwLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next_segment_id(&self) -> u64 {
        // Never reused, not even after a failure: a line that could not be undone may still name the number.
        self.next_segment.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn new_segment(&self, info: SegmentInfo) -> Arc<Segment> {
        Arc::new(Segment::new(info, self.dir.clone(), Arc::clone(&self.disk), Arc::clone(&self.cache)))
    }

    pub(super) fn view(&self) -> View {
        let live = self.read_live();
        let sealing = live.sealing.iter().flat_map(|sealing| &sealing.batches);
        View { batches: sealing.chain(&live.open.batches).cloned().collect(), segments: live.segments.clone() }
    }

    /// Texts whose memory waits to be used again.
    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Commits the content that was taken out of `open`.
    fn commit_sealing(&self, manifest: &mut Manifest, sealing: &Arc<Open>) -> Result<SegmentInfo> {
        let id = self.next_segment_id();
        let newest = manifest.state().segments.values().map(|segment| segment.sealed).max().unwrap_or(Timestamp::MIN);
        // A clock that was set back must not make new segments look older than those before.
        let sealed = (self.options.clock)().max(newest);
        let written = seal::write_segment(&*self.disk, &self.dir, id, sealed, sealing, self.options.threads).inspect_err(|_| {
            recover::remove_segment_files(&*self.disk, &self.dir, id);
        })?;
        let old_spans = manifest.state().spans.clone();
        let change = Change {
            add: vec![written.info.clone()],
            log: sealing.logged,
            positions: sealing.positions.oldest_first(),
            covered: sealing.covered.values().cloned().collect(),
            ended: sealing.ended.clone(),
            spans: written.spans.clone(),
            watermark: sealing.watermark,
            ..Change::default()
        };
        manifest.commit(&change).inspect_err(|_| {
            if !manifest.is_dirty() {
                recover::remove_segment_files(&*self.disk, &self.dir, id);
            }
        })?;
        let mut live = self.write_live();
        live.sealing = None;
        live.segments.push(self.new_segment(written.info.clone()));
        drop(live);
        if let Some(old) = old_spans.filter(|_| written.spans.is_some()) {
            let _ = self.disk.remove(&self.dir.join(old.name));
        }
        Ok(written.info)
    }
}

impl TelemetryStore for EmbeddedTelemetry {
    fn declare(&self, declared: Declared) {
        *self.declared.write().unwrap_or_else(PoisonError::into_inner) = declared;
    }

    fn append(&self, mut append: Append) -> Result<()> {
        let batches = open::convert(&mut append)?;
        // Taken before the other lock, in the order in which everybody takes them.
        let declared = self.declared.read().unwrap_or_else(PoisonError::into_inner);
        self.write_live().open.add(append, batches, &declared.recipes);
        Ok(())
    }

    fn room_for_messages(&self, bytes: usize) -> String {
        // Of few sizes, so that what was made for one batch fits another.
        let bytes = bytes.next_multiple_of((bytes.next_power_of_two() / 16).max(1));
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        // A much larger one would be cut to its content.
        let fits = spare.iter().position(|text| (bytes..=bytes + bytes / 8).contains(&text.capacity()));
        fits.map_or_else(|| String::with_capacity(bytes), |at| spare.swap_remove(at))
    }

    fn seal(&self, _reason: SealReason) -> Result<Option<SegmentInfo>> {
        let mut manifest = self.lock_manifest();
        let mut last = None;
        let mut spare = Vec::new();
        // Twice when an earlier attempt failed: once for what it left, once for what came since.
        loop {
            let sealing = {
                let mut live = self.write_live();
                if live.sealing.is_none() && !live.open.is_empty() {
                    live.sealing = Some(Arc::new(std::mem::take(&mut live.open)));
                }
                live.sealing.clone()
            };
            let Some(sealing) = sealing else { break };
            last = Some(self.commit_sealing(&mut manifest, &sealing)?);
            spare.extend(Arc::into_inner(sealing).map(Open::into_spare).into_iter().flatten());
        }
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = spare;
        if last.is_some() {
            // Both only save room; they are tried again after the next segment.
            let _ = self.wal.forget(manifest.state().log);
            let _ = manifest.rewrite_if_long();
        }
        Ok(last)
    }

    fn log(&self, entries: &[LogEntry]) -> Result<LogPosition> {
        self.wal.log(entries)
    }

    fn unsealed_log(&self, each: &mut dyn FnMut(LogPosition, LogEntry)) -> Result<()> {
        let sealed = self.lock_manifest().state().log;
        self.wal.replay(sealed, each)
    }

    fn positions(&self) -> Vec<Position> {
        self.lock_manifest().state().positions.oldest_first()
    }

    fn covered(&self) -> Vec<Covered> {
        self.lock_manifest().state().covered.values().cloned().collect()
    }

    fn pending_spans(&self) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.lock_manifest().state().spans.clone() else { return Ok(None) };
        let path = self.dir.join(&file.name);
        let bytes = self.disk.read(&path).map_err(Error::io("read", &path))?;
        if crc32fast::hash(&bytes) != file.checksum {
            return Err(Error::damaged(&path, "it does not fit its checksum"));
        }
        Ok(Some(bytes))
    }

    fn search(&self, query: &RecordQuery) -> Result<RecordPage> {
        super::answers::search(self, query)
    }

    fn record(&self, id: u64) -> Result<Option<Record>> {
        super::answers::record(self, id)
    }

    fn around(&self, record: &Record, before: usize, after: usize) -> Result<Around> {
        super::around::around(self, record, before, after)
    }

    fn histogram(&self, query: &HistogramQuery) -> Result<Vec<HistogramBar>> {
        super::answers::histogram(self, query)
    }

    fn top_values(&self, query: &RecordQuery, column: Column, limit: usize) -> Result<Vec<TopValue>> {
        super::answers::top_values(self, query, column, limit)
    }

    fn rollups(&self, query: &RollupQuery) -> Result<PartialTable> {
        super::rollup_answers::rollups(self, query)
    }

    fn fold_records(&self, query: &FoldQuery) -> Result<FoldedRecords> {
        super::adhoc::fold_records(self, query)
    }

    fn completeness(&self, range: TimeRange, step: i64) -> Result<Vec<BucketCompleteness>> {
        let step = Bucketing::new(step).ok_or_else(|| Error::Query("a step must be longer than nothing".to_owned()))?;
        super::rollup_answers::completeness(self, range, step)
    }

    fn source_counts(&self, range: TimeRange) -> Result<Vec<magpie_model::completeness::SourceCount>> {
        super::rollup_answers::source_counts(self, range)
    }

    fn scan(&self, range: TimeRange, each: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        super::answers::scan(self, range, each)
    }

    fn unfolded(&self) -> Vec<Unfolded> {
        refold::unfolded(self)
    }

    fn refold(
        &self,
        segment: u64,
        recipes: &[Recipe],
        shapes: &[PartialTable],
        fold: &mut dyn FnMut(&RecordBatch) -> Result<Vec<PartialTable>>,
    ) -> Result<bool> {
        refold::refold(self, segment, recipes, shapes, fold)
    }

    fn compact(&self) -> Result<Compacted> {
        compact::step(self)
    }

    fn expire(&self, now: Timestamp, retention: &Retention) -> Result<Expired> {
        compact::expire(self, now, retention)
    }

    fn segments(&self) -> Vec<SegmentInfo> {
        let mut segments: Vec<SegmentInfo> = self.read_live().segments.iter().map(|segment| segment.info.clone()).collect();
        segments.sort_by_key(|segment| (segment.from, segment.id));
        segments
    }

    fn stats(&self) -> StoreStats {
        let live = self.read_live();
        let sealing = live.sealing.as_ref();
        StoreStats {
            open_rows: live.open.rows + sealing.map_or(0, |sealing| sealing.rows),
            open_bytes: live.open.bytes() + sealing.map_or(0, |sealing| sealing.bytes()),
            segments: live.segments.len() as u64,
            rows: live.segments.iter().map(|segment| segment.info.rows).sum(),
            bytes: live.segments.iter().map(|segment| segment.info.bytes).sum(),
            log_bytes: self.wal.bytes(),
            torn_bytes: self.torn,
            rescaled: self.rescaled.load(Ordering::Relaxed),
        }
    }
}

impl EmbeddedTelemetry {
    /// The watermark: of what is open, else of what is sealed.
    pub(super) fn watermark(&self) -> Timestamp {
        let sealed = self.lock_manifest().state().watermark;
        let live = self.read_live();
        let open = live.open.watermark.or(live.sealing.as_ref().and_then(|sealing| sealing.watermark));
        open.or(sealed).unwrap_or(Timestamp::EPOCH)
    }
}
