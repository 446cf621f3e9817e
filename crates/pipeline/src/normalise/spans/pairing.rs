//! Two halves of a call, in whatever order they come → one call.
//!
//! Spans of one call are written by two modules and arrive minutes apart, twice, or not at all. A half waits for its
//! partner; what a span was is remembered for a while after that, so that a child that comes later still finds its parent
//! and a copy is known as a copy. The rules of what is a call stand in the documentation of the module above; this file
//! only sees to it that every arrival order gives the same calls, and that memory stays bounded.
//!
//! Everything hangs on one queue in order of arrival. Its front part is settled (waited long enough), the rest is still
//! within its wait; forgetting is at the front, so no heap of deadlines is needed.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use magpie_model::record::mark;
use magpie_model::{OTHER, Record, Timestamp, time};
use serde::{Deserialize, Serialize};

use super::call::{self, Caller};
use super::{Resource, Span, SpanKey, SpanKind};

/// How much a pairer may hold. Beyond it the oldest half is counted alone, the oldest span forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// Halves that wait.
    pub pending: usize,
    /// Bytes of the halves that wait.
    pub pending_bytes: usize,
    /// Spans that are remembered, those that wait included.
    pub recent: usize,
    /// How long a span is remembered after it came, in ns; at least as long as it waits.
    pub memory: i64,
    /// Different resources of remembered spans; beyond it they are `(other)`.
    pub resources: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self { pending: 100_000, pending_bytes: 64 << 20, recent: 400_000, memory: 3 * time::MINUTE, resources: 20_000 }
    }
}

/// What became of the spans, since the pairer was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingCounts {
    /// Spans offered.
    pub spans: u64,
    /// Spans that had come before, and were left out.
    pub duplicates: u64,
    /// Calls, one-sided ones included.
    pub calls: u64,
    /// Calls counted from one half.
    pub one_sided: u64,
    /// Halves that came after their partner was counted alone.
    pub late_pairs: u64,
    /// Spans that are no half of a call unless their parent lives elsewhere, whose parent did not come in time.
    pub orphans: u64,
    /// Halves that could not wait as long as they should, because of a ceiling.
    pub hurried: u64,
    /// Spans forgotten earlier than they should, because of a ceiling.
    pub crowded_out: u64,
    /// Spans whose resource became `(other)`, because of a ceiling.
    pub folded: u64,
}

/// What is remembered of a span.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    /// Its place in the queue; an element of the queue with another number is stale.
    pub(super) place: u64,
    /// Who made it; of an awaited parent: who made the child that was counted alone.
    pub(super) resource: Arc<Resource>,
    /// The span itself while it waits.
    pub(super) half: Option<Box<Span>>,
    /// How long a caller's half waited, in ns.
    pub(super) elapsed: Option<i64>,
    pub(super) kind: SpanKind,
    pub(super) flags: u8,
}

/// Not come yet, but a child of it was counted alone.
pub(super) const AWAITED: u8 = 1;
/// Its parent has not come yet.
pub(super) const PARENT_PENDING: u8 = 2;
/// A caller's half of which a callee is known, or that was counted alone.
pub(super) const ANSWERED: u8 = 4;
/// A caller's half that was counted alone and whose callee has not come since.
pub(super) const COUNTED_ALONE: u8 = 8;

impl Remembered {
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether anything it waits for is still to come.
    pub(super) fn waits(&self) -> bool {
        self.has(PARENT_PENDING) || (self.kind.is_caller() && !self.has(ANSWERED | AWAITED))
    }
}

/// What a child is to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// The parent called the child.
    Call,
    /// The child is the same call as the parent, seen one layer below.
    SameCall,
    /// Work within the module.
    Nothing,
}

fn relation(parent: (SpanKind, &Resource), child: (SpanKind, &Resource)) -> Relation {
    if parent.1.module != child.1.module {
        return Relation::Call;
    }
    if child.0.is_callee() && !parent.0.is_callee() {
        return Relation::Call;
    }
    if child.0.is_caller() && parent.0.is_caller() { Relation::SameCall } else { Relation::Nothing }
}

/// Time as it passes: never back, whatever the clock of the machine does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passage {
    /// Nanoseconds passed since the pairer was made; the time between two runs of the process is not waiting.
    pub(super) passed: i64,
    last: Option<Timestamp>,
}

impl Passage {
    fn advance(&mut self, now: Timestamp) {
        let passed = self.last.map_or(0, |last| now.since(last).max(0));
        self.passed = self.passed.saturating_add(passed);
        self.last = Some(now);
    }

    fn now(&self) -> Timestamp {
        self.last.unwrap_or_default()
    }
}

/// Joins spans to calls. Pure: time is an argument, calls go to the vector given.
///
/// Until a half has waited its time, the calls made do not depend on the order of arrival, on copies, or on how the
/// spans were cut into batches. One pairer takes all spans: what N operators decoded may be offered in any order.
#[derive(Debug)]
pub struct Pairer {
    wait: i64,
    ceilings: Ceilings,
    pub(super) passage: Passage,
    pub(super) spans: HashMap<SpanKey, Remembered>,
    /// Children that wait, by the parent that they wait for.
    waiting: HashMap<SpanKey, Vec<SpanKey>>,
    /// When each span came, in that order.
    pub(super) queue: VecDeque<(i64, SpanKey)>,
    /// Place of the queue's front.
    pub(super) first_place: u64,
    /// How many of the queue have waited long enough.
    pub(super) settled: usize,
    pending: usize,
    pending_bytes: usize,
    resources: HashSet<Arc<Resource>>,
    /// The resource offered last and what it became: spans of one block follow each other.
    last_shared: Option<(Arc<Resource>, Arc<Resource>)>,
    folded_since_sweep: usize,
    pub(super) counts: PairingCounts,
}

impl Pairer {
    /// A pairer whose halves wait `span_wait` ns for each other.
    pub fn new(span_wait: i64, ceilings: Ceilings) -> Self {
        Self {
            wait: span_wait,
            ceilings,
            passage: Passage::default(),
            spans: HashMap::new(),
            waiting: HashMap::new(),
            queue: VecDeque::new(),
            first_place: 0,
            settled: 0,
            pending: 0,
            pending_bytes: 0,
            resources: HashSet::new(),
            last_shared: None,
            folded_since_sweep: 0,
            counts: PairingCounts::default(),
        }
    }

    /// What became of the spans so far.
    pub fn counts(&self) -> PairingCounts {
        self.counts
    }

    /// Halves that wait for their partner.
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Takes a span; the calls that it completes are appended to `calls`.
    pub fn offer(&mut self, mut span: Span, now: Timestamp, calls: &mut Vec<Record>) {
        self.passage.advance(now);
        self.counts.spans += 1;
        let mut flags = 0;
        match self.spans.get(&span.key) {
            Some(known) if !known.has(AWAITED) => {
                self.counts.duplicates += 1;
                return;
            }
            Some(awaited) => {
                calls.push(call::of_late_caller(&span, &awaited.resource, self.passage.now()));
                self.counts.late_pairs += 1;
                flags |= ANSWERED;
            }
            None => {}
        }
        span.resource = self.share(span.resource);
        flags |= self.find_parent(&span, calls);
        let mut remembered = Remembered {
            place: 0,
            resource: Arc::clone(&span.resource),
            half: None,
            elapsed: span.elapsed().filter(|_| span.kind.is_caller()),
            kind: span.kind,
            flags,
        };
        self.take_children(&span.key, &mut remembered, calls);
        self.remember(span, remembered);
        self.keep_ceilings(calls);
    }

    /// Counts alone every half that has waited long enough, and forgets what is older than memory reaches.
    pub fn expire(&mut self, now: Timestamp, calls: &mut Vec<Record>) {
        self.passage.advance(now);
        while self.queue.get(self.settled).is_some_and(|&(came, _)| self.passage.passed - came >= self.wait) {
            self.settle_next(calls);
        }
        let memory = self.ceilings.memory.max(self.wait);
        while self.settled > 0 && self.queue.front().is_some_and(|&(came, _)| self.passage.passed - came >= memory) {
            self.forget_first(calls);
        }
    }

    /// Counts alone every half that is left: nothing more will come. Spans stay remembered.
    pub fn finish(&mut self, calls: &mut Vec<Record>) {
        while self.settled < self.queue.len() {
            self.settle_next(calls);
        }
    }

    /// Looks for the span's parent and makes the call between them. Yields the span's flags.
    fn find_parent(&mut self, span: &Span, calls: &mut Vec<Record>) -> u8 {
        let Some(key) = span.parent else {
            if span.kind.is_callee() {
                self.count_call(call::of_callee(span, Caller::Outside, self.passage.now()), calls);
            }
            return 0;
        };
        let Some(parent) = self.spans.get_mut(&key).filter(|parent| !parent.has(AWAITED)) else {
            self.waiting.entry(key).or_default().push(span.key);
            return PARENT_PENDING;
        };
        let (call, inherited) = join(parent, span, self.passage.now());
        if parent.half.is_some() && !parent.waits() {
            self.release(&key);
        }
        self.count_joined(call, calls);
        inherited
    }

    /// Makes the calls to children that came before this span.
    fn take_children(&mut self, key: &SpanKey, parent: &mut Remembered, calls: &mut Vec<Record>) {
        for child_key in self.waiting.remove(key).unwrap_or_default() {
            let Some(child) = self.spans.get_mut(&child_key) else { continue };
            child.flags &= !PARENT_PENDING;
            let Some(half) = child.half.as_deref() else { continue };
            let (call, inherited) = join(parent, half, self.passage.now());
            child.flags |= inherited;
            if !child.waits() {
                self.release(&child_key);
            }
            self.count_joined(call, calls);
        }
    }

    fn count_joined(&mut self, call: Option<Record>, calls: &mut Vec<Record>) {
        match call {
            Some(late) if late.marks & mark::LATE_PAIR != 0 => {
                self.counts.late_pairs += 1;
                calls.push(late);
            }
            Some(call) => self.count_call(call, calls),
            None => {}
        }
    }

    fn count_call(&mut self, call: Record, calls: &mut Vec<Record>) {
        self.counts.calls += 1;
        self.counts.one_sided += u64::from(call.marks & mark::ONE_SIDED != 0);
        calls.push(call);
    }

    pub(super) fn remember(&mut self, span: Span, mut remembered: Remembered) {
        let key = span.key;
        if remembered.waits() {
            self.pending += 1;
            self.pending_bytes += span.memory();
            remembered.half = Some(Box::new(span));
        }
        self.enqueue(key, remembered);
    }

    fn enqueue(&mut self, key: SpanKey, mut remembered: Remembered) {
        remembered.place = self.first_place + self.queue.len() as u64;
        self.queue.push_back((self.passage.passed, key));
        self.spans.insert(key, remembered);
    }

    /// Lets go of a half that waits for nothing any more.
    fn release(&mut self, key: &SpanKey) -> Option<Box<Span>> {
        let half = self.spans.get_mut(key)?.half.take()?;
        self.pending -= 1;
        self.pending_bytes -= half.memory();
        Some(half)
    }

    fn settle_next(&mut self, calls: &mut Vec<Record>) {
        let Some(&(_, key)) = self.queue.get(self.settled) else { return };
        let place = self.first_place + self.settled as u64;
        self.settled += 1;
        if self.spans.get(&key).is_some_and(|span| span.place == place)
            && let Some(half) = self.release(&key)
        {
            self.settle(half, calls);
        }
    }

    /// Counts a half alone: its partner did not come.
    fn settle(&mut self, half: Box<Span>, calls: &mut Vec<Record>) {
        let now = self.passage.now();
        let Some(remembered) = self.spans.get_mut(&half.key) else { return };
        let parent_pending = remembered.has(PARENT_PENDING);
        let unanswered = half.kind.is_caller() && !remembered.has(ANSWERED);
        remembered.flags &= !PARENT_PENDING;
        if unanswered {
            remembered.flags |= ANSWERED | COUNTED_ALONE;
            self.count_call(call::of_lone_caller(&half, now), calls);
        }
        let Some(parent) = half.parent.filter(|_| parent_pending) else { return };
        self.stop_waiting(&parent, &half.key);
        if half.kind.is_callee() {
            self.count_call(call::of_callee(&half, Caller::Missing, now), calls);
            self.await_parent(parent, half.resource);
        } else if half.kind == SpanKind::Internal {
            self.counts.orphans += 1;
        }
    }

    fn stop_waiting(&mut self, parent: &SpanKey, child: &SpanKey) {
        if let Some(children) = self.waiting.get_mut(parent) {
            children.retain(|key| key != child);
            if children.is_empty() {
                self.waiting.remove(parent);
            }
        }
    }

    /// Remembers that a call of this parent is already counted.
    fn await_parent(&mut self, parent: SpanKey, callee: Arc<Resource>) {
        if !self.spans.contains_key(&parent) {
            let awaited = Remembered { place: 0, resource: callee, half: None, elapsed: None, kind: SpanKind::Internal, flags: AWAITED };
            self.enqueue(parent, awaited);
        }
    }

    fn forget_first(&mut self, calls: &mut Vec<Record>) {
        if self.settled == 0 {
            self.settle_next(calls);
        }
        let Some((_, key)) = self.queue.pop_front() else { return };
        if self.spans.get(&key).is_some_and(|span| span.place == self.first_place) {
            self.spans.remove(&key);
        }
        self.first_place += 1;
        self.settled -= 1;
    }

    fn keep_ceilings(&mut self, calls: &mut Vec<Record>) {
        while (self.pending > self.ceilings.pending || self.pending_bytes > self.ceilings.pending_bytes) && self.settled < self.queue.len()
        {
            let before = self.pending;
            self.settle_next(calls);
            self.counts.hurried += (before - self.pending) as u64;
        }
        while self.queue.len() > self.ceilings.recent {
            let before = self.pending;
            self.forget_first(calls);
            self.counts.hurried += (before - self.pending) as u64;
            self.counts.crowded_out += 1;
        }
    }

    /// One copy of equal resources, of at most so many.
    pub(super) fn share(&mut self, resource: Arc<Resource>) -> Arc<Resource> {
        if let Some((offered, shared)) = &self.last_shared
            && Arc::ptr_eq(offered, &resource)
        {
            return Arc::clone(shared);
        }
        let shared = self.find_shared(Arc::clone(&resource));
        self.last_shared = Some((resource, Arc::clone(&shared)));
        shared
    }

    fn find_shared(&mut self, resource: Arc<Resource>) -> Arc<Resource> {
        if let Some(known) = self.resources.get(&resource) {
            return Arc::clone(known);
        }
        if self.resources.len() >= self.ceilings.resources {
            self.folded_since_sweep += 1;
            // Sweeping costs as much as there are resources, so it must not happen for every new one.
            if self.folded_since_sweep * 4 >= self.ceilings.resources {
                self.folded_since_sweep = 0;
                self.resources.retain(|resource| Arc::strong_count(resource) > 1);
            }
        }
        if self.resources.len() >= self.ceilings.resources {
            self.counts.folded += 1;
            return Arc::new(Resource::of_module(OTHER));
        }
        self.resources.insert(Arc::clone(&resource));
        resource
    }

    /// An empty pairer to which [`Pairer::restore`] gives back what was remembered.
    pub(super) fn resumed(span_wait: i64, ceilings: Ceilings, passed: i64, counts: PairingCounts) -> Self {
        Self { passage: Passage { passed, last: None }, counts, ..Self::new(span_wait, ceilings) }
    }

    /// Puts back a span that came at `came`, after all that came before it.
    pub(super) fn restore(&mut self, key: SpanKey, came: i64, mut remembered: Remembered) {
        if let Some(half) = &remembered.half {
            self.pending += 1;
            self.pending_bytes += half.memory();
            if let Some(parent) = half.parent.filter(|_| remembered.has(PARENT_PENDING)) {
                self.waiting.entry(parent).or_default().push(key);
            }
        }
        remembered.place = self.first_place + self.queue.len() as u64;
        self.queue.push_back((came, key));
        self.spans.insert(key, remembered);
    }
}

/// Joins a child to its parent. Yields the call between them, marked late when it is already counted, and the flags that
/// the child takes over from its parent.
fn join(parent: &mut Remembered, child: &Span, now: Timestamp) -> (Option<Record>, u8) {
    let counted = parent.flags & COUNTED_ALONE;
    match relation((parent.kind, &parent.resource), (child.kind, &child.resource)) {
        Relation::Nothing => (None, 0),
        Relation::SameCall => {
            // If the parent was counted alone, the child stands for a call that is counted: it takes that over.
            parent.flags = (parent.flags & !COUNTED_ALONE) | ANSWERED;
            (None, if counted != 0 { ANSWERED | COUNTED_ALONE } else { 0 })
        }
        Relation::Call => {
            parent.flags = (parent.flags & !COUNTED_ALONE) | ANSWERED;
            let caller = Caller::Known { resource: &parent.resource, elapsed: parent.elapsed };
            let mut call = call::of_callee(child, caller, now);
            if counted != 0 {
                call.marks |= mark::LATE_PAIR;
            }
            (Some(call), 0)
        }
    }
}
