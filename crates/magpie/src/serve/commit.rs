//! The one place where batches enter the store, so that spans, positions and records stay together.
//!
//! Spans of all operators meet here in one pairer. Its pending halves must become durable with the positions of the lines
//! they came from (design 4), so appending and sealing take the same lock: a seal sees either all of a batch with its
//! spans or nothing of it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use magpie_api::{Live, ServiceGraph};
use magpie_model::config::Config;
use magpie_model::origin::{Covered, Position, Stream};
use magpie_model::ranges::Ranges;
use magpie_model::record::{Dictionaries, Record, RecordBatch};
use magpie_model::time::{DAY, MINUTE};
use magpie_model::{Bucketing, Records, Timestamp};
use magpie_pipeline::aggregate::{Drained, Folder};
use magpie_pipeline::normalise::plan::Plan;
use magpie_pipeline::normalise::spans::{Ceilings, Pairer, Span};
use magpie_store::{Append, SealReason, SegmentInfo, TelemetryStore};

use super::logged::Outstanding;
use super::progress::Progress;

/// What an operator hands over at once.
pub(super) struct Batch {
    /// Records of one set of dictionaries, in the order in which they were made.
    pub(super) records: Vec<RecordBatch>,
    pub(super) drained: Drained,
    pub(super) spans: Vec<Span>,
    pub(super) positions: Vec<Position>,
    /// Parts of pushed streams that are in it.
    pub(super) covered: Vec<(Stream, Range<u64>)>,
    /// Entries of the write-ahead log that end in it.
    pub(super) entries: Vec<u64>,
}

/// Bytes of open content at which it is sealed.
pub(super) const SEAL_BYTES: u64 = 64 << 20;
/// A receiver's own stream that was silent so long will not go on: each start begins new ones.
const STREAM_ENDS: i64 = MINUTE;
/// An agent may send parts of a file again for so long.
const AGENT_FORGETS: i64 = 7 * DAY;

/// The way into the store.
pub(super) struct Committer {
    store: Arc<dyn TelemetryStore>,
    live: Arc<Live>,
    graph: Arc<ServiceGraph>,
    progress: Arc<Progress>,
    bucketing: Bucketing,
    outstanding: Arc<Outstanding>,
    pairing: Mutex<Pairing>,
    /// Who seals, once that is known.
    sealer: OnceLock<Thread>,
}

struct Pairing {
    /// What of pushed streams was appended.
    covered: HashMap<Stream, Covered>,
    plan: Arc<Plan>,
    pairer: Pairer,
    folder: Folder,
    calls: Vec<Record>,
    dirty: bool,
}

impl Committer {
    /// Goes on with the pending halves that the store has.
    pub(super) fn new(
        config: &Config,
        plan: &Arc<Plan>,
        store: Arc<dyn TelemetryStore>,
        live: Arc<Live>,
        graph: Arc<ServiceGraph>,
        progress: Arc<Progress>,
        outstanding: Arc<Outstanding>,
    ) -> magpie_store::Result<Self> {
        let pairer = match store.pending_spans()? {
            Some(bytes) => Pairer::from_bytes(&bytes, config.span_wait, Ceilings::default()).unwrap_or_else(|error| {
                tracing::error!(%error, "pending spans cannot be read; their calls may be counted one-sided");
                Pairer::new(config.span_wait, Ceilings::default())
            }),
            None => Pairer::new(config.span_wait, Ceilings::default()),
        };
        let covered = store.covered().into_iter().map(|covered| (covered.stream.clone(), covered)).collect();
        let pairing = Pairing { covered, plan: Arc::clone(plan), pairer, folder: Folder::new(config), calls: Vec::new(), dirty: false };
        Ok(Self {
            store,
            live,
            graph,
            progress,
            bucketing: config.bucket,
            outstanding,
            pairing: Mutex::new(pairing),
            sealer: OnceLock::new(),
        })
    }

    /// Notes that the present thread seals: it is woken from parking when the open segment has become large.
    pub(super) fn seals_here(&self) {
        let _ = self.sealer.set(std::thread::current());
    }

    /// Makes a batch visible, with the calls that its spans complete.
    pub(super) fn append(&self, batch: Batch, now: Timestamp) -> magpie_store::Result<()> {
        let mut pairing = self.lock();
        pairing.dirty |= !batch.spans.is_empty();
        for span in batch.spans {
            let Pairing { pairer, calls, .. } = &mut *pairing;
            pairer.offer(span, now, calls);
        }
        let made = pairing.take_calls();
        self.append_records(batch.records, batch.drained, batch.positions, now)?;
        if let Some((records, drained)) = made {
            self.append_records(vec![records], drained, Vec::new(), now)?;
        }
        if self.store.stats().open_bytes >= SEAL_BYTES {
            self.sealer.get().into_iter().for_each(Thread::unpark);
        }
        if batch.covered.is_empty() && batch.entries.is_empty() {
            return Ok(());
        }
        // Under the same lock as the records: no seal comes between them and the note that they are there.
        let covered = pairing.cover(batch.covered, now);
        let logged = self.outstanding.contained(&batch.entries);
        self.store.append(Append { covered, logged: Some(logged), ..Append::default() })
    }

    /// Forgets streams of which nothing can come any more.
    pub(super) fn forget_streams(&self, now: Timestamp) -> magpie_store::Result<()> {
        let mut pairing = self.lock();
        // An entry of the log may hold more of a stream that was silent since a crash.
        let is_drained = self.outstanding.is_empty();
        let is_over = |covered: &Covered| {
            let silent = now.since(covered.touched);
            is_drained && silent > if covered.stream.agent.is_empty() { STREAM_ENDS } else { AGENT_FORGETS }
        };
        let ended: Vec<Stream> =
            pairing.covered.values().filter(|covered| is_over(covered)).map(|covered| covered.stream.clone()).collect();
        if ended.is_empty() {
            return Ok(());
        }
        ended.iter().for_each(|stream| _ = pairing.covered.remove(stream));
        self.store.append(Append { ended, ..Append::default() })
    }

    /// Counts halves alone that have waited long enough.
    pub(super) fn expire_spans(&self, now: Timestamp) -> magpie_store::Result<()> {
        let mut pairing = self.lock();
        let Pairing { pairer, calls, .. } = &mut *pairing;
        pairer.expire(now, calls);
        match pairing.take_calls() {
            Some((records, drained)) => self.append_records(vec![records], drained, Vec::new(), now),
            None => Ok(()),
        }
    }

    /// Makes everything appended so far durable.
    pub(super) fn seal(&self, reason: SealReason) -> magpie_store::Result<Option<SegmentInfo>> {
        let mut pairing = self.lock();
        if std::mem::take(&mut pairing.dirty) {
            self.store.append(Append { pending_spans: Some(pairing.pairer.to_bytes()), ..Append::default() })?;
        }
        let sealed = self.store.seal(reason);
        pairing.dirty |= sealed.is_err();
        sealed
    }

    fn append_records(
        &self,
        batches: Vec<RecordBatch>,
        drained: Drained,
        positions: Vec<Position>,
        now: Timestamp,
    ) -> magpie_store::Result<()> {
        for records in &batches {
            self.graph.observe(records, self.bucketing);
            self.progress.observe_records(records, now);
        }
        self.progress.observe_folded(&drained);
        let shown: Vec<_> = if self.live.is_watched() { batches.iter().cloned().map(Arc::new).collect() } else { Vec::new() };
        let watermark = self.progress.watermark(now);
        self.store.append(Append {
            batches,
            partials: drained.tables,
            counts: drained.sources,
            positions,
            watermark,
            ..Append::default()
        })?;
        shown.into_iter().for_each(|records| self.live.records(records));
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Pairing> {
        self.pairing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pairing {
    /// Adds parts of streams; gives all that is known now of those streams.
    fn cover(&mut self, parts: Vec<(Stream, Range<u64>)>, now: Timestamp) -> Vec<Covered> {
        let mut changed: Vec<Stream> = Vec::new();
        for (stream, range) in parts {
            let known = self.covered.entry(stream.clone()).or_insert_with(|| Covered {
                stream: stream.clone(),
                ranges: Ranges::default(),
                touched: now,
            });
            known.ranges.insert(range);
            known.touched = now;
            if !changed.contains(&stream) {
                changed.push(stream);
            }
        }
        changed.iter().filter_map(|stream| self.covered.get(stream).cloned()).collect()
    }

    /// The calls made so far as a batch of their own.
    fn take_calls(&mut self) -> Option<(RecordBatch, Drained)> {
        if self.calls.is_empty() {
            return None;
        }
        self.dirty = true;
        let fields = Arc::clone(self.plan.fields());
        let (mut records, mut dictionaries) = (Records::new(fields.len()), Dictionaries::default());
        for call in self.calls.drain(..) {
            records.push(&call, &fields, &mut dictionaries);
        }
        let rows = 0..records.len();
        self.folder.fold(&mut records, &dictionaries, rows);
        let drained = self.folder.drain(&dictionaries);
        Some((RecordBatch { records, dictionaries: dictionaries.into(), fields }, drained))
    }
}
