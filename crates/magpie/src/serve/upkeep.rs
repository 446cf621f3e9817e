//! Upkeep of the store: sealing, counting lone spans, compaction, retention. A reconciler on a timer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use magpie_collect::{FileState, Tailer};
use magpie_model::config::{Config, Retention};
use magpie_model::{Code, Notice, Timestamp};
use magpie_store::{SealReason, StateStore, TelemetryStore};

use super::commit::{Committer, SEAL_BYTES};
use super::leaps::{Leaps, is_all_too_old};
use super::progress::Progress;
use super::{now, uploads};

/// How often it looks.
const TURN: Duration = Duration::from_millis(200);
/// Age of the open segment at which it is sealed.
const SEAL_AFTER: Duration = Duration::from_secs(3);
/// How often lone spans are looked for.
const SPANS_EVERY: Duration = Duration::from_secs(1);
/// How often streams are looked for that have ended.
const STREAMS_EVERY: Duration = Duration::from_secs(60);
/// How often segments are merged.
const COMPACT_EVERY: Duration = Duration::from_secs(15);
/// How often retention is applied.
const EXPIRE_EVERY: Duration = Duration::from_secs(600);

pub(super) struct Upkeep {
    store: Arc<dyn TelemetryStore>,
    state: Arc<dyn StateStore>,
    committer: Arc<Committer>,
    progress: Arc<Progress>,
    tailers: Arc<Vec<(usize, Tailer)>>,
    retention: Retention,
    data_dir: PathBuf,
    sealed: Instant,
    spans: Instant,
    streams: Instant,
    compacted: Instant,
    expired: Option<Instant>,
    leaps: Leaps,
}

impl Upkeep {
    pub(super) fn new(
        store: Arc<dyn TelemetryStore>,
        state: Arc<dyn StateStore>,
        committer: Arc<Committer>,
        progress: Arc<Progress>,
        tailers: Arc<Vec<(usize, Tailer)>>,
        config: &Config,
    ) -> Self {
        let start = Instant::now();
        let is_all_too_old = is_all_too_old(&*store, config.retention.age, now());
        if is_all_too_old {
            tracing::warn!("by the time of day all records are too old to be kept; in case it is wrong, they are for another hour");
        }
        Self {
            store,
            state,
            committer,
            progress,
            tailers,
            retention: config.retention,
            data_dir: config.data_dir.clone(),
            sealed: start,
            spans: start,
            streams: start,
            compacted: start,
            expired: None,
            leaps: Leaps::new(start, now(), is_all_too_old),
        }
    }

    /// Looks after the store until told to stop.
    pub(super) fn run(mut self, stop: &AtomicBool) {
        self.committer.seals_here();
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = self.turn() {
                self.progress
                    .error(Notice::failed(Code::UpkeepFailed, "could not look after the store", &crate::error::chain(&error)), now());
                std::thread::sleep(TURN * 4);
            }
            std::thread::park_timeout(TURN);
        }
    }

    fn turn(&mut self) -> magpie_store::Result<()> {
        if self.spans.elapsed() >= SPANS_EVERY {
            self.spans = Instant::now();
            self.committer.expire_spans(now())?;
        }
        if let Some(reason) = self.reason_to_seal() {
            self.committer.seal(reason)?;
            self.sealed = Instant::now();
            self.progress.sealed(now());
        }
        if self.compacted.elapsed() >= COMPACT_EVERY {
            self.store.compact()?;
            self.compacted = Instant::now();
        }
        if self.streams.elapsed() >= STREAMS_EVERY {
            self.streams = Instant::now();
            self.committer.forget_streams(now())?;
        }
        if let Some(leapt) = self.leaps.look(Instant::now(), now()) {
            tracing::warn!(ahead_s = leapt.as_secs(), "the time of day leapt ahead; nothing is removed for its age within the hour");
        }
        if self.expired.is_none_or(|expired| expired.elapsed() >= EXPIRE_EVERY) {
            self.expire()?;
        }
        Ok(())
    }

    /// A file that is leaving cannot be read again after a crash: what was read of it becomes durable at once.
    fn reason_to_seal(&self) -> Option<SealReason> {
        let stats = self.store.stats();
        if stats.open_bytes >= SEAL_BYTES {
            return Some(SealReason::Size);
        }
        if self.sealed.elapsed() >= SEAL_AFTER {
            return Some(SealReason::Interval);
        }
        let leaving = || self.tailers.iter().any(|(_, tailer)| tailer.status().details.iter().any(|file| file.state == FileState::Leaving));
        (stats.open_rows > 0 && leaving()).then_some(SealReason::Rotation)
    }

    /// What is kept beside the records.
    fn expire_beside(&self, now: Timestamp) -> magpie_store::Result<()> {
        // Of a log of years ago the alerts are as old as it is, and stay as long.
        let oldest = self.store.segments().iter().map(|segment| segment.from).min().unwrap_or(Timestamp::MAX);
        self.state.expire_alerts(now.minus(self.retention.age), oldest)?;
        if let Err(error) = uploads::expire(&self.data_dir, Duration::from_nanos(self.retention.age.unsigned_abs())) {
            self.progress.error(Notice::failed(Code::UploadsNotRemoved, "could not remove old uploads", &crate::error::chain(&error)), now);
        }
        Ok(())
    }

    fn expire(&mut self) -> magpie_store::Result<()> {
        let now = now();
        let retention = if self.leaps.are_doubtful() { Retention { age: i64::MAX, ..self.retention } } else { self.retention };
        let expired = self.store.expire(now, &retention)?;
        if !self.leaps.are_doubtful() {
            self.expire_beside(now)?;
        }
        self.expired = Some(Instant::now());
        if expired.segments > 0 {
            tracing::info!(
                segments = expired.segments,
                rows = expired.rows,
                bytes = expired.bytes,
                "removed what retention no longer keeps"
            );
        }
        Ok(())
    }
}

/// Waits for a task; its panic goes on here.
pub(super) fn join(task: JoinHandle<()>) {
    if let Err(panic) = task.join() {
        std::panic::resume_unwind(panic);
    }
}
