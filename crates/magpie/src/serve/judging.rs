//! The judge of a running Magpie: a reconciler that brings alerts up to what is stored.
//!
//! Each turn it looks how far buckets are closed, reads their rollups from the store (merged over all segments, sides
//! resolved), lets the pure rules judge them, and writes the new state and the changed alerts in one transaction. Late
//! lines make it judge again from the earliest bucket they changed, as far back as records are kept. It has no input but the store, so a restart, a reload
//! and a late line take the same path: what was sealed after the last time it had caught up is looked at again at the start.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use magpie_api::Live;
use magpie_model::completeness::Completeness;
use magpie_model::config::Config;
use magpie_model::query::{RollupQuery, TimeRange};
use magpie_model::time::HOUR;
use magpie_model::{Alert, AlertState, Bucketing, PartialTable, Timestamp};
use magpie_pipeline::judge::{BucketRows, Combination, Correction, JudgeState, MEMORY, Rules};
use magpie_store::{AlertQuery, Judged, SegmentInfo, StateStore, TelemetryStore};

use super::progress::Progress;
use crate::runs::watchdog;

/// Buckets read from the store at once.
const SLICE: i64 = 512;
/// How often more than the last day is judged again at most.
const LONG_AGO_EVERY: Duration = Duration::from_secs(30);
/// And how many times as long as it took is waited after it.
const LONG_AGO_SHARE: u32 = 10;

pub(super) struct Judge {
    rules: Rules,
    monitors: Vec<String>,
    bucket: Bucketing,
    store: Arc<dyn TelemetryStore>,
    state: Arc<dyn StateStore>,
    live: Arc<Live>,
    progress: Arc<Progress>,
    judging: JudgeState,
    /// Earliest changed bucket of more than a day ago that is still to be judged again, and when that may be.
    long_ago: Option<Timestamp>,
    not_before: Instant,
}

impl Judge {
    /// Goes on where the stored state stands.
    pub(super) fn new(
        config: &Config,
        store: Arc<dyn TelemetryStore>,
        state: Arc<dyn StateStore>,
        live: Arc<Live>,
        progress: Arc<Progress>,
    ) -> magpie_store::Result<Self> {
        let rules = Rules::new(config);
        let mut judging = match state.judge_state()? {
            Some(stored) => serde_json::from_slice(&stored.state).unwrap_or_else(|error| {
                tracing::error!(%error, "the judge's state cannot be read; judging begins anew");
                JudgeState::default()
            }),
            None => JudgeState::default(),
        };
        rules.retain(&mut judging);
        if let Some(first) = store.segments().iter().map(|segment| segment.from).min() {
            progress.set_earliest(config.bucket.start(first));
        }
        if let Some(last) = judging.last_judged() {
            let end = config.bucket.end(last);
            progress.judged_before(end);
            let left = left_unjudged(&store.segments(), judging.caught_up);
            left.filter(|&from| from < end).into_iter().for_each(|from| progress.set_late(config.bucket.start(from)));
        }
        let monitors = config.monitors.iter().map(|monitor| monitor.name.clone()).collect();
        let judge = Self {
            rules,
            monitors,
            bucket: config.bucket,
            store,
            state,
            live,
            progress,
            judging,
            long_ago: None,
            not_before: Instant::now(),
        };
        judge.end_orphans()?;
        Ok(judge)
    }

    /// Alerts of thresholds that are gone end: nobody judges them any more.
    fn end_orphans(&self) -> magpie_store::Result<()> {
        let known: HashSet<String> = self.rules.open_alerts(&self.judging).into_iter().map(|alert| alert.id).collect();
        let open = self.state.alerts(&AlertQuery { limit: usize::MAX, ..AlertQuery::now() })?;
        let orphans: Vec<Alert> = open
            .into_iter()
            .filter(|alert| !known.contains(&alert.id) && alert.monitor != watchdog::MONITOR)
            .map(|alert| Alert { state: AlertState::Resolved, resolved: Some(self.bucket.end(alert.judged)), ..alert })
            .collect();
        if orphans.is_empty() { Ok(()) } else { self.commit(orphans.clone(), Vec::new(), orphans) }
    }

    /// Start of the last judged bucket.
    pub(super) fn last_judged(&self) -> Option<Timestamp> {
        self.judging.last_judged()
    }

    /// One step: what is closed is judged, what late lines changed is judged again, what is open is looked at.
    pub(super) fn turn(&mut self, catching_up: bool, now: Timestamp) -> magpie_store::Result<()> {
        for (monitor, from) in self.progress.take_backfilled() {
            if let Some(reach) = self.rules.reach(&self.judging) {
                self.learn(&monitor, reach)?;
            }
            self.progress.set_late(from);
        }
        let late = self.progress.take_late();
        let closed = self.progress.closed_before(catching_up, now);
        if let Some(last) = self.judging.last_judged().filter(|&last| last >= closed) {
            tracing::warn!(judged_up_to = %last, "the clock had been ahead; what was judged of the time to come is taken back");
            self.take_back(closed)?;
        }
        if let Some(late) = late.filter(|_| self.judging.last_judged().is_some())
            && let Err(error) = self.rejudge(late)
        {
            // Not forgotten: the next turn begins there again.
            self.progress.set_late(late);
            return Err(error);
        }
        if self.long_ago.is_none() {
            self.judging.caught_up = Some(now);
        }
        self.judge_closed(closed, now)?;
        self.rejudge_long_ago()?;
        self.judge_open(now)
    }

    fn take_back(&mut self, from: Timestamp) -> magpie_store::Result<()> {
        let before = self.judging.clone();
        let correction = self.rules.take_back(&mut self.judging, from);
        self.commit(correction.alerts, correction.withdrawn, correction.changed).inspect_err(|_| self.judging = before)
    }

    fn judge_closed(&mut self, closed: Timestamp, now: Timestamp) -> magpie_store::Result<()> {
        let length = self.bucket.length();
        let Some(mut from) = self.judging.last_judged().map(|last| last.plus(length)).or(self.progress.earliest()) else { return Ok(()) };
        while from < closed {
            let to = closed.min(from.plus(length.saturating_mul(SLICE)));
            let mut alerts = Vec::new();
            let slices = self.read(TimeRange { from, to }, now)?;
            for slice in &slices {
                alerts.extend(self.rules.judge_bucket(&mut self.judging, slice.bucket, &slice.tables, &slice.completeness));
            }
            let last = to.minus(length);
            if slices.last().is_none_or(|slice| slice.bucket < last) {
                let nothing = self.empty_tables(last)?;
                alerts.extend(self.rules.judge_bucket(&mut self.judging, last, &nothing, &Completeness::default()));
            }
            self.commit(alerts.clone(), Vec::new(), alerts)?;
            from = if slices.is_empty() { self.after_silence(to, closed)? } else { to };
        }
        Ok(())
    }

    /// Where to go on after a slice in which nothing was: logs of ten years ago beside those of today leave a silence of millions
    /// of buckets, and what there is to say of it was said at the slice's end. The next bucket with rows, else the last one.
    fn after_silence(&self, from: Timestamp, closed: Timestamp) -> magpie_store::Result<Timestamp> {
        let length = self.bucket.length();
        let (mut at, mut reach) = (from, length.saturating_mul(SLICE));
        while at < closed {
            let to = closed.min(at.plus(reach));
            if let Some(first) = self.first_rows(TimeRange { from: at, to })? {
                return Ok(first.max(at));
            }
            (at, reach) = (to, reach.saturating_mul(2));
        }
        Ok(from.max(closed.minus(length)))
    }

    /// The first bucket of a range in which a judged monitor has rows, to the slice.
    fn first_rows(&self, range: TimeRange) -> magpie_store::Result<Option<Timestamp>> {
        let step = Some(self.bucket.length().saturating_mul(SLICE));
        let mut first = None;
        for monitor in self.rules.monitors() {
            let query = RollupQuery { by: Some(Vec::new()), fields: Some(Vec::new()), ..RollupQuery::of(monitor, range, step) };
            let found = self.store.rollups(&query)?.rows.iter().map(|row| row.bucket).min();
            first = first.into_iter().chain(found).min();
        }
        Ok(first)
    }

    /// What late lines changed within the last day is judged again at once. A longer past may be long work: lines that trickle
    /// in from weeks ago must not take more than a share of the time, so it waits its turn.
    fn rejudge(&mut self, late: Timestamp) -> magpie_store::Result<()> {
        let Some(last) = self.judging.last_judged() else { return Ok(()) };
        let yesterday = last.minus(MEMORY);
        if late < yesterday {
            self.long_ago = Some(self.long_ago.map_or(late, |known| known.min(late)));
        }
        self.judge_again(late.max(yesterday))
    }

    fn rejudge_long_ago(&mut self) -> magpie_store::Result<()> {
        let begun = Instant::now();
        let Some(late) = self.long_ago.filter(|_| begun >= self.not_before) else { return Ok(()) };
        self.judge_again(late)?;
        self.long_ago = None;
        self.not_before = Instant::now() + LONG_AGO_EVERY.max(begun.elapsed() * LONG_AGO_SHARE);
        Ok(())
    }

    /// Judges again from a bucket on, a slice of the past at a time; after a failure nothing has changed.
    fn judge_again(&mut self, from: Timestamp) -> magpie_store::Result<()> {
        let before = self.judging.clone();
        match self.corrected(from) {
            Ok(Some(correction)) => self.commit(correction.alerts, correction.withdrawn, correction.changed),
            Ok(None) => Ok(()),
            Err(error) => {
                self.judging = before;
                Err(error)
            }
        }
    }

    fn corrected(&mut self, late: Timestamp) -> magpie_store::Result<Option<Correction>> {
        let (Some(last), Some(reach)) = (self.judging.last_judged(), self.rules.reach(&self.judging)) else { return Ok(None) };
        let mut from = self.bucket.start(late).max(reach);
        let Some(mut again) = self.rules.begin_again(&mut self.judging, from) else { return Ok(None) };
        if last.since(from) > MEMORY {
            // What was present so long ago is no longer remembered.
            let monitors: Vec<String> = self.rules.monitors().map(str::to_owned).collect();
            monitors.iter().try_for_each(|monitor| self.learn(monitor, from))?;
        }
        while from <= last {
            let mut to = self.bucket.end(last).min(from.plus(self.bucket.length().saturating_mul(SLICE)));
            let history = self.read(TimeRange { from, to }, last)?;
            if history.is_empty() {
                to = self.after_silence(to, self.bucket.end(last))?;
            }
            self.rules.judge_again(&mut again, &mut self.judging, to, &history);
            from = to;
        }
        Ok(Some(self.rules.end_again(again, &mut self.judging)))
    }

    /// Tells the state what of a monitor was there before a bucket.
    fn learn(&mut self, monitor: &str, before: Timestamp) -> magpie_store::Result<()> {
        let Some(memory) = self.rules.memory(monitor) else { return Ok(()) };
        let length = self.bucket.length();
        // To the hour is near enough for a memory of a day and more.
        let step = length * (HOUR / length).max(1);
        let range = TimeRange { from: self.bucket.start(before.minus(memory)), to: self.bucket.start(before) };
        let query = RollupQuery { fields: Some(Vec::new()), ..RollupQuery::of(monitor, range, Some(step)) };
        let table = self.store.rollups(&query)?;
        for row in &table.rows {
            let last = row.bucket.plus(step - length).min(range.to.minus(length));
            self.rules.seed(&mut self.judging, monitor, Combination::of(&table, row), last);
        }
        Ok(())
    }

    /// What can only grow may fire before its bucket closes.
    fn judge_open(&mut self, now: Timestamp) -> magpie_store::Result<()> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let bucket = self.bucket.start(now);
        let slices = self.read(TimeRange { from: bucket, to: self.bucket.end(bucket) }, now)?;
        let mut alerts = Vec::new();
        for slice in slices {
            alerts.extend(self.rules.judge_open(&mut self.judging, slice.bucket, &slice.tables, &slice.completeness));
        }
        if alerts.is_empty() { Ok(()) } else { self.commit(alerts.clone(), Vec::new(), alerts) }
    }

    /// Writes state and alerts together, then tells those who watch.
    fn commit(&self, alerts: Vec<Alert>, withdrawn: Vec<String>, told: Vec<Alert>) -> magpie_store::Result<()> {
        let bucket = self.judging.last_judged().unwrap_or(Timestamp::MIN);
        let state = serde_json::to_vec(&self.judging).unwrap_or_default();
        self.state.commit_judged(&Judged { state, bucket, alerts, withdrawn })?;
        for alert in told {
            tracing::info!(monitor = %alert.monitor, field = %alert.field, state = alert.state.name(), value = alert.value, dimensions = ?alert.dimensions, "alert");
            self.live.alert(Arc::new(alert));
        }
        Ok(())
    }

    /// Rows of all monitors with something to judge, bucket by bucket; buckets in which nothing was are left out.
    fn read(&self, range: TimeRange, now: Timestamp) -> magpie_store::Result<Vec<BucketRows>> {
        let mut tables = Vec::new();
        let judged: Vec<&str> = self.rules.monitors().collect();
        for monitor in &self.monitors {
            let is_judged = judged.contains(&monitor.as_str());
            if !is_judged && !self.live.is_watched() {
                continue;
            }
            let query = RollupQuery::of(monitor, range, Some(self.bucket.length()));
            let mut table = self.store.rollups(&query)?;
            if self.live.is_watched() {
                self.live.rollups(Arc::new(table.clone()));
            }
            if is_judged {
                table.resolve_sides();
                tables.push(table);
            }
        }
        let mut buckets: Vec<Timestamp> = tables.iter().flat_map(|table| table.rows.iter().map(|row| row.bucket)).collect();
        buckets.sort_unstable();
        buckets.dedup();
        let counts = self.store.source_counts(range)?;
        let expected = self.progress.expected(now);
        let watermark = self.progress.watermark(now).unwrap_or(now);
        tables.iter_mut().for_each(|table| table.rows.sort_by_key(|row| row.bucket));
        let of_bucket = |table: &PartialTable, bucket| {
            let begin = table.rows.partition_point(|row| row.bucket < bucket);
            let end = begin + table.rows[begin..].partition_point(|row| row.bucket == bucket);
            PartialTable {
                rows: table.rows[begin..end].to_vec(),
                monitor: Arc::clone(&table.monitor),
                by: table.by.clone(),
                fields: Arc::clone(&table.fields),
                dictionaries: table.dictionaries.clone(),
            }
        };
        let rows = |bucket| BucketRows {
            bucket,
            tables: tables.iter().map(|table| of_bucket(table, bucket)).collect(),
            completeness: magpie_pipeline::aggregate::completeness(&counts, bucket, watermark, expected),
        };
        Ok(buckets.into_iter().map(rows).collect())
    }

    /// Tables without rows, for a bucket in which nothing was.
    fn empty_tables(&self, bucket: Timestamp) -> magpie_store::Result<Vec<PartialTable>> {
        let judged: Vec<String> = self.rules.monitors().map(str::to_owned).collect();
        let nothing = TimeRange { from: bucket, to: bucket };
        judged.into_iter().map(|monitor| self.store.rollups(&RollupQuery::of(monitor, nothing, None))).collect()
    }
}

/// The oldest time in segments that were sealed when nobody can have judged all of their rows: late lines may be in them that
/// came just before Magpie stopped. Nothing by a state of before this was noted.
fn left_unjudged(segments: &[SegmentInfo], caught_up: Option<Timestamp>) -> Option<Timestamp> {
    let caught_up = caught_up?;
    segments.iter().filter(|segment| segment.sealed > caught_up).map(|segment| segment.from).min()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use magpie_model::alert::AlertSeverity;
    use magpie_model::config::Monitor;
    use magpie_model::time::{MINUTE, SECOND};
    use magpie_model::{Aggregate, Column, Condition, FieldSpec, Key, Partial, PartialRow, Threshold};
    use magpie_pipeline::aggregate::watermark::Patience;
    use magpie_store::embedded::{EmbeddedTelemetry, Options, SqliteState};
    use magpie_store::{Append, Declared, SealReason};

    use super::*;

    const START: Timestamp = Timestamp(1_795_305_600 * SECOND);

    fn config() -> Config {
        let threshold = Threshold {
            monitor: "services".into(),
            field: "error".into(),
            aggregate: Some(Aggregate::Count),
            condition: Condition::Above(2.0),
            hold: 0,
            severity: AlertSeverity::Critical,
            labels: Default::default(),
        };
        let monitor = Monitor { thresholds: vec![threshold], ..Monitor::plain("services", &[Column::Service]) };
        Config { fields: vec![FieldSpec::error()], monitors: vec![monitor], ..Config::default() }
    }

    /// One service, whose errors are appended and judged at times that a test chooses.
    struct World {
        config: Config,
        store: Arc<dyn TelemetryStore>,
        state: Arc<dyn StateStore>,
        clock: Arc<Mutex<Timestamp>>,
        _dir: tempfile::TempDir,
    }

    impl World {
        fn new() -> Self {
            let (dir, config, clock) = (tempfile::tempdir().unwrap(), config(), Arc::new(Mutex::new(START)));
            let told = Arc::clone(&clock);
            let options = Options { threads: 1, clock: Arc::new(move || *told.lock().unwrap()) };
            let declared = Declared { fields: config.fields.clone().into(), base: Vec::new(), bucket: config.bucket, recipes: Vec::new() };
            let store = Arc::new(EmbeddedTelemetry::open(&dir.path().join("telemetry"), declared, options).unwrap());
            let state = Arc::new(SqliteState::open(dir.path()).unwrap());
            Self { config, store, state, clock, _dir: dir }
        }

        /// Stores failed calls of the bucket that begins at `START`, sealed so many seconds after it.
        fn errors(&self, count: u64, sealed: i64) {
            self.errors_at(START, count, sealed);
        }

        fn errors_at(&self, bucket: Timestamp, count: u64, sealed: i64) {
            *self.clock.lock().unwrap() = START.plus(sealed * SECOND);
            let mut table = PartialTable::new("services".into(), vec![Column::Service], self.config.fields.clone().into());
            let mut key = Key::default();
            key.codes[0] = table.dictionaries[0].intern("/pay");
            let mut partial = Partial { records: count, ..Partial::new(&self.config.fields) };
            (0..count).for_each(|_| partial.fields[0].add(1));
            table.rows.push(PartialRow { bucket, key, partial });
            self.store.append(Append { partials: vec![table], ..Append::default() }).unwrap();
            self.store.seal(SealReason::Interval).unwrap().unwrap();
        }

        fn judge(&self) -> Judge {
            let progress = Arc::new(Progress::new(Patience::from(&self.config)));
            let (store, state) = (Arc::clone(&self.store), Arc::clone(&self.state));
            Judge::new(&self.config, store, state, Arc::new(Live::default()), progress).unwrap()
        }

        /// What a process that begins so many seconds after `START`, looks twice and ends, has found to have fired.
        fn judged(&self, seconds: i64) -> Vec<String> {
            let mut judge = self.judge();
            for turn in 0..2 {
                judge.turn(false, START.plus((seconds + turn) * SECOND)).unwrap();
            }
            let fired = self.state.alerts(&AlertQuery { limit: 10, ..AlertQuery::default() }).unwrap();
            fired.into_iter().filter(|alert| alert.fired.is_some()).map(|alert| alert.field).collect()
        }
    }

    #[test]
    fn late_rows_that_were_sealed_before_a_crash_are_judged_after_it() {
        let world = World::new();
        world.errors(2, 5);
        assert_eq!(world.judged(600), [""; 0], "two errors are not above two");
        world.errors(1, 602);
        assert_eq!(world.judged(700), ["error"]);
    }

    #[test]
    fn a_clock_that_had_been_days_ahead_is_no_reason_to_judge_nothing() {
        let world = World::new();
        let ahead = 3 * 24 * 3_600;
        world.errors_at(START.plus(ahead * SECOND), 3, ahead);
        let open = || -> Vec<Timestamp> {
            let open = world.state.alerts(&AlertQuery { limit: 10, ..AlertQuery::now() }).unwrap();
            open.into_iter().map(|alert| alert.since).collect()
        };
        let mut judge = world.judge();
        judge.turn(false, START.plus((ahead + 30) * SECOND)).unwrap();
        judge.turn(false, START.plus((ahead + 110) * SECOND)).unwrap();
        assert_eq!(open(), [START.plus(ahead * SECOND)]);
        world.errors(3, 5);
        // Whether Magpie runs on or begins again.
        for mut judge in [judge, world.judge()] {
            judge.turn(false, START.plus(30 * SECOND)).unwrap();
            judge.turn(false, START.plus(110 * SECOND)).unwrap();
            assert_eq!(open(), [START]);
        }
    }

    #[test]
    fn silent_years_between_logs_are_passed_in_one_step() {
        let world = World::new();
        let long_ago = START.minus(20 * 365 * 24 * HOUR);
        world.errors_at(long_ago, 3, 5);
        world.errors(3, 10);
        assert_eq!(world.judged(600), ["error", "error"], "an alert of then and one of now");
        let (judge, from) = (world.judge(), long_ago.plus(MINUTE));
        let slice = MINUTE * SLICE;
        let next = judge.after_silence(from, START.plus(HOUR)).unwrap();
        assert!(next <= START && START.since(next) < slice, "{next:?} is at most a slice before the next rows");
        assert_eq!(
            judge.after_silence(START.plus(MINUTE), START.plus(HOUR)).unwrap(),
            START.plus(HOUR - MINUTE),
            "nothing: the last bucket"
        );
    }

    #[test]
    fn only_what_was_sealed_since_is_looked_at_again() {
        let segment = |id, from, sealed| SegmentInfo {
            id,
            rows: 1,
            bytes: 1,
            from: Timestamp(from * MINUTE),
            to: Timestamp(sealed * MINUTE),
            sealed: Timestamp(sealed * MINUTE),
            level: 0,
            files: Vec::new(),
            recipes: Vec::new(),
        };
        let segments = [segment(0, 1, 10), segment(1, 7, 20), segment(2, 5, 30)];
        for (caught_up, expected) in [(None, None), (Some(5), Some(1)), (Some(10), Some(5)), (Some(20), Some(5)), (Some(30), None)] {
            let minutes = |minutes: i64| Timestamp(minutes * MINUTE);
            assert_eq!(left_unjudged(&segments, caught_up.map(minutes)), expected.map(minutes), "{caught_up:?}");
        }
    }
}
