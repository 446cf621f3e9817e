//! How far everything has come: watermarks, what became of events, which buckets late lines changed.
//!
//! Operators add to it with every batch; the judge, the API and the metrics read it. Nothing in here blocks for long.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magpie_api::{DelayReport, ErrorReport};
use magpie_collect::receive::Traffic;
use magpie_model::config::{Input, Source};
use magpie_model::dictionary::NULL;
use magpie_model::record::{RecordBatch, mark};
use magpie_model::{Column, Notice, Timestamp};
use magpie_pipeline::aggregate::watermark::{Patience, TOLERANCE};
use magpie_pipeline::aggregate::{Drained, Watermarks};
use magpie_pipeline::normalise::counts::Counts;

use super::delays::{self, Delays};

/// Hosts remembered of a source.
const MOST_HOSTS: usize = 1_000;
/// Different errors remembered.
const MOST_ERRORS: usize = 20;

/// Shared by all tasks.
#[derive(Debug)]
pub(super) struct Progress {
    patience: Patience,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    watermarks: Watermarks,
    closed_before: Option<Timestamp>,
    /// Earliest closed bucket that got records since it was last asked.
    late_from: Option<Timestamp>,
    /// Monitors whose rows are complete now, with their first bucket.
    backfilled: Vec<(String, Timestamp)>,
    /// Earliest bucket that got records at all.
    earliest: Option<Timestamp>,
    counts: BTreeMap<usize, Counts>,
    formats: BTreeMap<usize, (String, f64)>,
    last_records: BTreeMap<String, Timestamp>,
    hosts: BTreeMap<String, BTreeSet<String>>,
    delays: BTreeMap<String, Delays>,
    errors: VecDeque<ErrorReport>,
    last_seal: Option<Timestamp>,
    judged: Option<Timestamp>,
    /// Bytes of each source that were read before reading began anew.
    bytes_before: BTreeMap<usize, u64>,
}

/// What was counted until a change of the configuration stopped reading, for the tasks that go on.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// By the source with all of its settings: what is read otherwise now is counted anew.
    sources: BTreeMap<String, CountedSource>,
    last_records: BTreeMap<String, Timestamp>,
    hosts: BTreeMap<String, BTreeSet<String>>,
    errors: VecDeque<ErrorReport>,
}

#[derive(Clone, Debug, Default)]
struct CountedSource {
    counts: Counts,
    format: Option<(String, f64)>,
    bytes: u64,
    traffic: Option<Arc<Traffic>>,
}

impl Counted {
    /// What the receivers of each source have counted, to be counted on; anew for those that nobody sent to before, and for none
    /// that only this machine can write to.
    pub(super) fn traffic(&self, sources: &[Source]) -> Vec<Option<Arc<Traffic>>> {
        let of = |source: &Source| {
            let known = self.sources.get(&settings(source)).and_then(|counted| counted.traffic.clone());
            (!matches!(source.input, Input::Stdin)).then(|| known.unwrap_or_default())
        };
        sources.iter().map(of).collect()
    }
}

impl Progress {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, state: Mutex::default() }
    }

    /// What was counted so far; `read` are the bytes that the present tasks have read of each source, `traffic` what receivers count.
    pub(super) fn counted(&self, sources: &[Source], read: &BTreeMap<usize, u64>, traffic: &[Option<Arc<Traffic>>]) -> Counted {
        let state = self.lock();
        let of = |(input, source): (usize, &Source)| {
            let counts = state.counts.get(&input).cloned().unwrap_or_default();
            let before = state.bytes_before.get(&input).copied().unwrap_or(0);
            let bytes = before + read.get(&input).copied().unwrap_or(0);
            let traffic = traffic.get(input).cloned().flatten();
            (settings(source), CountedSource { counts, format: state.formats.get(&input).cloned(), bytes, traffic })
        };
        Counted {
            sources: sources.iter().enumerate().map(of).collect(),
            last_records: state.last_records.clone(),
            hosts: state.hosts.clone(),
            errors: state.errors.clone(),
        }
    }

    /// Goes on from what was counted before.
    pub(super) fn go_on(&self, counted: &Counted, sources: &[Source]) {
        let mut state = self.lock();
        for (input, source) in sources.iter().enumerate() {
            let Some(CountedSource { counts, format, bytes, .. }) = counted.sources.get(&settings(source)) else { continue };
            state.counts.insert(input, counts.clone());
            state.bytes_before.insert(input, *bytes);
            if let Some(format) = format {
                state.formats.insert(input, format.clone());
            }
        }
        state.last_records.clone_from(&counted.last_records);
        state.hosts.clone_from(&counted.hosts);
        state.errors.clone_from(&counted.errors);
    }

    /// Notes a batch that is about to become visible.
    pub(super) fn observe_records(&self, batch: &RecordBatch, now: Timestamp) {
        let (greatest, hosts, delays) = (greatest_times(batch), hosts_of(batch), delays::of_batch(batch, now));
        let mut state = self.lock();
        for (input, host) in hosts {
            let known = state.hosts.entry(input).or_default();
            if known.len() < MOST_HOSTS {
                known.insert(host);
            }
        }
        for (input, delays) in delays {
            state.delays.entry(input).or_default().add(&delays, now);
        }
        for (input, time) in greatest {
            state.watermarks.observe(&input, time, now);
            let last = state.last_records.entry(input).or_insert(time);
            *last = (*last).max(time);
        }
    }

    /// Notes the buckets of what was folded of them.
    pub(super) fn observe_folded(&self, drained: &Drained) {
        let mut state = self.lock();
        let Some(first) = drained.tables.iter().flat_map(|table| table.rows.iter().map(|row| row.bucket)).min() else { return };
        state.earliest = Some(state.earliest.map_or(first, |earliest| earliest.min(first)));
        if state.closed_before.is_some_and(|closed| first < closed) {
            state.late_from = Some(state.late_from.map_or(first, |late| late.min(first)));
        }
    }

    /// Adds what an operator counted of a source since the last time.
    pub(super) fn count(&self, input: usize, counts: &Counts) {
        self.lock().counts.entry(input).or_default().merge(counts);
    }

    /// Notes the format of a source.
    pub(super) fn format(&self, input: usize, name: &str, confidence: f64) {
        let mut state = self.lock();
        if state.formats.get(&input).is_none_or(|(known, _)| known != name) {
            state.formats.insert(input, (name.to_owned(), confidence));
        }
    }

    pub(super) fn watermark(&self, now: Timestamp) -> Option<Timestamp> {
        self.lock().watermarks.watermark(self.patience.idle, now)
    }

    /// All buckets that begin before this may be judged. While sources are catching up, wall-clock time says nothing
    /// about what is still to come, so only their own times close buckets.
    pub(super) fn closed_before(&self, catching_up: bool, now: Timestamp) -> Timestamp {
        let mut state = self.lock();
        // The clock had been wrong: what it closed is still to come.
        if state.closed_before.is_some_and(|closed| closed > now.plus(TOLERANCE)) {
            state.closed_before = Some(self.patience.bucket.start(now.minus(self.patience.lateness).minus(self.patience.idle)));
        }
        let closed = if catching_up {
            let watermark = state.watermarks.watermark(self.patience.idle, now).unwrap_or(Timestamp::MIN);
            let by_sources =
                if watermark == Timestamp::MIN { watermark } else { self.patience.bucket.start(watermark.minus(self.patience.lateness)) };
            by_sources.max(state.closed_before.unwrap_or(Timestamp::MIN))
        } else {
            let closed = state.watermarks.closed_before(self.patience, now);
            closed.max(state.closed_before.unwrap_or(Timestamp::MIN))
        };
        if closed > Timestamp::MIN {
            state.closed_before = Some(closed);
        }
        closed
    }

    /// Notes that all buckets before this one were judged by a process before: what comes for them is late.
    pub(super) fn judged_before(&self, bucket: Timestamp) {
        let mut state = self.lock();
        state.closed_before = state.closed_before.max(Some(bucket));
    }

    /// The last answer of [`Self::closed_before`].
    pub(super) fn last_closed(&self) -> Timestamp {
        self.lock().closed_before.unwrap_or(Timestamp::MIN)
    }

    /// Sources seen in the last day.
    pub(super) fn expected(&self, now: Timestamp) -> u64 {
        self.lock().watermarks.expected(now)
    }

    /// Earliest closed bucket that was changed since the last call.
    pub(super) fn take_late(&self) -> Option<Timestamp> {
        self.lock().late_from.take()
    }

    /// Puts back what [`Self::take_late`] gave.
    pub(super) fn set_late(&self, bucket: Timestamp) {
        let mut state = self.lock();
        state.late_from = Some(state.late_from.map_or(bucket, |late| late.min(bucket)));
    }

    /// Notes that a monitor has all of its rows from a bucket on.
    pub(super) fn backfilled(&self, monitor: String, from: Timestamp) {
        self.lock().backfilled.push((monitor, from));
    }

    /// What was noted so since the last call.
    pub(super) fn take_backfilled(&self) -> Vec<(String, Timestamp)> {
        std::mem::take(&mut self.lock().backfilled)
    }

    pub(super) fn earliest(&self) -> Option<Timestamp> {
        self.lock().earliest
    }

    pub(super) fn set_earliest(&self, bucket: Timestamp) {
        let mut state = self.lock();
        state.earliest = Some(state.earliest.map_or(bucket, |earliest| earliest.min(bucket)));
    }

    pub(super) fn counts(&self, input: usize) -> Counts {
        self.lock().counts.get(&input).cloned().unwrap_or_default()
    }

    /// Bytes of a source that were read before the present tasks began.
    pub(super) fn bytes_before(&self, input: usize) -> u64 {
        self.lock().bytes_before.get(&input).copied().unwrap_or(0)
    }

    pub(super) fn format_of(&self, input: usize) -> Option<(String, f64)> {
        self.lock().formats.get(&input).cloned()
    }

    pub(super) fn last_record(&self, input: &str) -> Option<Timestamp> {
        self.lock().last_records.get(input).copied()
    }

    /// How soon lines of a source could be asked for lately.
    pub(super) fn delay(&self, input: &str, now: Timestamp) -> Option<DelayReport> {
        self.lock().delays.get(input)?.report(now)
    }

    /// Hosts that records of a source name.
    pub(super) fn hosts(&self, input: &str) -> Vec<String> {
        self.lock().hosts.get(input).into_iter().flatten().cloned().collect()
    }

    /// Notes the last judged bucket.
    pub(super) fn judged(&self, bucket: Option<Timestamp>) {
        self.lock().judged = bucket;
    }

    /// How far the last judged bucket is behind what may be judged, in ns.
    pub(super) fn judge_lag(&self) -> Option<i64> {
        let state = self.lock();
        let end = self.patience.bucket.end(state.judged?);
        Some(state.closed_before?.since(end).max(0))
    }

    pub(super) fn sealed(&self, now: Timestamp) {
        self.lock().last_seal = Some(now);
    }

    pub(super) fn last_seal(&self) -> Option<Timestamp> {
        self.lock().last_seal
    }

    /// Remembers an error for `/health`, and logs it when it is new.
    pub(super) fn error(&self, notice: Notice, now: Timestamp) {
        let mut state = self.lock();
        if let Some(at) = state.errors.iter().position(|known| known.notice == notice) {
            if let Some(mut known) = state.errors.remove(at) {
                known.count += 1;
                known.time = now;
                state.errors.push_front(known);
            }
            return;
        }
        tracing::error!(error = %notice.message, "a task failed and will try again");
        state.errors.push_front(ErrorReport { time: now, notice, count: 1 });
        state.errors.truncate(MOST_ERRORS);
    }

    pub(super) fn errors(&self) -> Vec<ErrorReport> {
        self.lock().errors.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that decides how a source is read.
fn settings(source: &Source) -> String {
    format!("{source:?}")
}

/// The hosts that records of each input name.
fn hosts_of(batch: &RecordBatch) -> BTreeSet<(String, String)> {
    let text = &batch.records.text;
    let codes = text[Column::Input.index()].iter().zip(&text[Column::Host.index()]);
    let mut pairs: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut last = (NULL, NULL);
    for (&input, &host) in codes {
        // Rows of one host follow each other.
        if (input, host) != last && input != NULL && host != NULL {
            pairs.insert((input, host));
        }
        last = (input, host);
    }
    let (inputs, hosts) = (batch.dictionaries.of(Column::Input), batch.dictionaries.of(Column::Host));
    pairs.into_iter().map(|(input, host)| (inputs.get(input).to_owned(), hosts.get(host).to_owned())).collect()
}

/// Greatest possible time of each input in a batch; of an input without any, nothing.
fn greatest_times(batch: &RecordBatch) -> BTreeMap<String, Timestamp> {
    let records = &batch.records;
    let mut greatest: BTreeMap<u32, i64> = BTreeMap::new();
    let inputs = &records.text[Column::Input.index()];
    let mut start = 0;
    // Rows of one input follow each other.
    for run in inputs.chunk_by(|one, next| one == next) {
        let rows = start..start + run.len();
        start = rows.end;
        let possible = rows.filter(|&row| records.marks[row] & (mark::BAD_TIME | mark::NO_TIME) == 0).map(|row| records.time[row]);
        if let Some(latest) = possible.max().filter(|_| run[0] != NULL) {
            let time = greatest.entry(run[0]).or_insert(i64::MIN);
            *time = (*time).max(latest);
        }
    }
    let dictionary = batch.dictionaries.of(Column::Input);
    greatest.into_iter().map(|(input, time)| (dictionary.get(input).to_owned(), Timestamp(time))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source { name: name.to_owned(), ..Source::default() }
    }

    #[test]
    fn counting_goes_on_for_the_sources_that_are_read_as_before() {
        let patience = Patience::from(&magpie_model::config::Config::default());
        let counts = |parsed| Counts { parsed, ..Counts::default() };
        let before = Progress::new(patience);
        before.count(0, &counts(7));
        before.count(1, &counts(5));
        before.format(1, "logfmt", 1.0);
        let counted = before.counted(&[source("a"), source("b")], &BTreeMap::from([(0, 70), (1, 50)]), &[]);

        let changed = Source { host: Some("else".into()), ..source("a") };
        let sources = [source("new"), source("b"), changed];
        let now = Progress::new(patience);
        now.go_on(&counted, &sources);
        now.count(1, &counts(1));
        let told: Vec<(u64, u64)> = (0..3).map(|input| (now.counts(input).parsed, now.bytes_before(input))).collect();
        assert_eq!(told, [(0, 0), (6, 50), (0, 0)]);
        assert_eq!(now.format_of(1), Some(("logfmt".to_owned(), 1.0)));

        let again = now.counted(&sources, &BTreeMap::from([(1, 10)]), &[]);
        let third = Progress::new(patience);
        third.go_on(&again, &sources);
        assert_eq!(third.bytes_before(1), 60, "bytes add up over several changes");
    }

    #[test]
    fn receivers_count_on_where_they_are_as_before() {
        let progress = Progress::new(Patience::from(&magpie_model::config::Config::default()));
        let traffic: Vec<Option<Arc<Traffic>>> = vec![Some(Arc::default()), Some(Arc::default())];
        let sent = |name: &str| Source { input: Input::Agent, ..source(name) };
        let counted = progress.counted(&[sent("a"), sent("b")], &BTreeMap::new(), &traffic);
        let stdin = Source { input: Input::Stdin, ..source("in") };
        let now = counted.traffic(&[sent("b"), Source { host: Some("else".into()), ..sent("a") }, stdin]);
        let is_same =
            |now: &Option<Arc<Traffic>>, before: &Option<Arc<Traffic>>| Arc::ptr_eq(now.as_ref().unwrap(), before.as_ref().unwrap());
        assert!(is_same(&now[0], &traffic[1]) && !is_same(&now[1], &traffic[0]) && now[2].is_none());
    }
}
