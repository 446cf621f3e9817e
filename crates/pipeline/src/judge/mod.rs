//! Rollups of closed buckets → alerts that are pending, firing or resolved.
//!
//! Pure: the rows of a bucket, how complete they are and the state before go in, the state after and the alerts that changed
//! come out; who hears of them, and when a bucket is closed, is decided elsewhere. Rows must have their sides resolved
//! (`PartialTable::resolve_sides`), for a call known from two logs is judged once. An alert that was pending and never
//! fired ends as resolved without `fired`; only those with `fired` are worth a message.
//!
//! The way of `magpie report`: all tables are in memory, and [`Rules::judge_all`] goes through their buckets in time order.
//! The way of `magpie serve`: for every bucket that the watermarks close, the store's merged rows of that bucket go to
//! [`Rules::judge_bucket`], and the alerts, the state and its last bucket are written in one transaction; in between,
//! [`Rules::judge_open`] looks at the newest bucket for what can only grow. When a sealed segment brought records to
//! closed buckets, [`Rules::rejudge`] takes the state back to the earliest of them, goes forward with the stored rows, and
//! says how history reads now and whose present state is another; a long past is judged again slice by slice. After a restart the state is read back; a fresh one is
//! taught with [`Rules::seed`] what the store has seen before.

mod episode;
mod exact;
mod rejudge;
mod rule;
mod seen;
mod state;
mod subject;

use std::collections::{BTreeMap, HashSet};

use magpie_model::completeness::Completeness;
use magpie_model::config::Config;
use magpie_model::{Alert, AlertState, Bucketing, Column, PartialRow, PartialTable, Timestamp, distinct};

use episode::{Episode, Moment, Step, Verdict, step};
use rule::Rule;
use state::MOST_EPISODES;
use subject::Subject;

pub use rejudge::{Again, BucketRows, Correction};
pub use state::{JudgeState, MEMORY};
pub use subject::Combination;

/// All thresholds of a configuration, ready to judge.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Columns of each monitor.
    by: BTreeMap<String, Vec<Column>>,
    bucket: Bucketing,
    /// How long records are kept, in ns: so far back late ones may change what was judged.
    retention: i64,
}

/// The rows of one monitor in one bucket.
#[derive(Clone, Copy, Debug)]
struct Slice<'a> {
    table: &'a PartialTable,
    rows: &'a [PartialRow],
}

impl Rules {
    /// The thresholds of all monitors.
    pub fn new(config: &Config) -> Self {
        Self {
            rules: config.thresholds().map(Rule::new).collect(),
            by: config.monitors.iter().map(|monitor| (monitor.name.clone(), monitor.by.clone())).collect(),
            bucket: config.bucket,
            retention: config.retention.age.max(MEMORY),
        }
    }

    /// Whether there is nothing to judge.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Names of the monitors whose rows must be handed in.
    pub fn monitors(&self) -> impl Iterator<Item = &str> {
        let mut known = HashSet::new();
        self.rules.iter().map(|rule| rule.threshold.monitor.as_str()).filter(move |&monitor| known.insert(monitor))
    }

    /// Tells a state of a combination that was seen in an earlier bucket, so that it is not taken for new and is missed
    /// when it stays away. Values in the order of the monitor's columns, the empty word for none.
    pub fn seed(&self, state: &mut JudgeState, monitor: &str, combination: Combination, bucket: Timestamp) {
        if self.remembers(monitor) {
            state.seen.entry(monitor.to_owned()).or_default().seed(combination, self.bucket.start(bucket));
        }
    }

    /// How far back the memory of a monitor's presence reaches, in ns; `None` when nothing has to be remembered.
    pub fn memory(&self, monitor: &str) -> Option<i64> {
        self.remembers(monitor).then(|| self.memory_of(monitor))
    }

    /// Drops what a state knows of thresholds and monitors that are no longer configured.
    pub fn retain(&self, state: &mut JudgeState) {
        let known: HashSet<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        state.episodes.retain(|subject, _| known.contains(subject.threshold.as_str()));
        state.provisional.retain(|subject, _| known.contains(subject.threshold.as_str()));
        state.seen.retain(|monitor, _| self.remembers(monitor));
    }

    /// Judges a closed bucket, and before it those since the last judged one in which nothing was. Returns the alerts that
    /// changed. A bucket that was judged already is left alone: that is what [`Self::rejudge`] is for.
    pub fn judge_bucket(
        &self,
        state: &mut JudgeState,
        bucket: Timestamp,
        tables: &[PartialTable],
        completeness: &Completeness,
    ) -> Vec<Alert> {
        let slices: Vec<Slice<'_>> = tables.iter().map(|table| Slice { table, rows: &table.rows }).collect();
        self.judge_up_to(state, bucket, &slices, |at| if at == bucket { completeness.share() } else { 1.0 })
    }

    /// Judges all buckets of these tables in time order. Sorts the tables' rows by bucket.
    pub fn judge_all(
        &self,
        state: &mut JudgeState,
        tables: &mut [PartialTable],
        completeness: impl Fn(Timestamp) -> Completeness,
    ) -> Vec<Alert> {
        tables.iter_mut().for_each(|table| table.rows.sort_by_key(|row| row.bucket));
        let mut buckets: Vec<Timestamp> = tables.iter().flat_map(|table| table.rows.iter().map(|row| row.bucket)).collect();
        buckets.sort_unstable();
        buckets.dedup();
        let mut at = vec![0; tables.len()];
        let mut alerts = Vec::new();
        for bucket in buckets {
            let mut slices = Vec::with_capacity(tables.len());
            for (table, at) in tables.iter().zip(&mut at) {
                let end = *at + table.rows[*at..].partition_point(|row| row.bucket == bucket);
                slices.push(Slice { table, rows: &table.rows[*at..end] });
                *at = end;
            }
            alerts.extend(self.judge_up_to(state, bucket, &slices, |at| completeness(at).share()));
        }
        alerts
    }

    /// Looks at a bucket that is still open, and returns alerts that fire whatever may still come: marked provisional, each
    /// once. Closing the bucket confirms them or takes them back.
    pub fn judge_open(
        &self,
        state: &mut JudgeState,
        bucket: Timestamp,
        tables: &[PartialTable],
        completeness: &Completeness,
    ) -> Vec<Alert> {
        if state.last.is_some_and(|last| bucket <= last) {
            return Vec::new();
        }
        let moment = self.moment(bucket, completeness.share());
        let before = bucket.minus(self.bucket.length());
        let mut alerts = Vec::new();
        for (rule, table) in self.with_tables(tables) {
            for row in &table.rows {
                let subject = || Subject { threshold: rule.id.clone(), combination: Combination::of(table, row) };
                let verdict = match rule.new_within() {
                    Some(within) => self.newness(rule, within, &subject().combination, state, bucket),
                    None => rule.judge_early(&row.partial, &table.fields, self.bucket.length()).unwrap_or(Verdict::NoData),
                };
                if !matches!(verdict, Verdict::Exceeded(_)) {
                    continue;
                }
                let subject = subject();
                let standing = state.episodes.get(&subject);
                // Only an unbroken past can be continued; one that fires needs no word.
                if state.provisional.contains_key(&subject)
                    || standing.is_some_and(|episode| episode.fired.is_some() || episode.judged != before)
                    || state.provisional.len() >= MOST_EPISODES
                {
                    continue;
                }
                if let Step::Open { episode, .. } = step(standing, verdict, moment, rule.threshold.hold)
                    && episode.fired.is_some()
                {
                    alerts.push(Alert { provisional: true, ..self.alert(rule, &subject, &episode, None) });
                    state.provisional.insert(subject, episode);
                }
            }
        }
        alerts
    }

    /// All alerts that are pending or firing now, with their last values.
    pub fn open_alerts(&self, state: &JudgeState) -> Vec<Alert> {
        let confirmed = state.episodes.iter().map(|(subject, episode)| (subject, episode, false));
        let provisional = state.provisional.iter().map(|(subject, episode)| (subject, episode, true));
        let mut alerts: BTreeMap<String, Alert> = BTreeMap::new();
        for (subject, episode, provisional) in confirmed.chain(provisional) {
            if let Some(rule) = self.rule(subject) {
                let alert = Alert { provisional, ..self.alert(rule, subject, episode, None) };
                alerts.insert(alert.id.clone(), alert);
            }
        }
        alerts.into_values().collect()
    }

    fn judge_up_to(
        &self,
        state: &mut JudgeState,
        bucket: Timestamp,
        slices: &[Slice<'_>],
        complete: impl Fn(Timestamp) -> f64,
    ) -> Vec<Alert> {
        let mut alerts = Vec::new();
        if let Some(last) = state.last {
            if bucket <= last {
                return alerts;
            }
            let length = self.bucket.length();
            let mut missing = last.plus(length);
            while missing < bucket && self.awaits(state, missing) {
                alerts.extend(self.judge_one(state, missing, &[], complete(missing)));
                missing = missing.plus(length);
            }
        }
        alerts.extend(self.judge_one(state, bucket, slices, complete(bucket)));
        alerts
    }

    /// Whether an empty bucket could change anything.
    fn awaits(&self, state: &JudgeState, bucket: Timestamp) -> bool {
        let missed = |rule: &Rule| {
            rule.minds_absence() && state.seen.get(&rule.threshold.monitor).is_some_and(|seen| seen.any_since(bucket.minus(MEMORY)))
        };
        !state.episodes.is_empty() || !state.provisional.is_empty() || self.rules.iter().any(missed)
    }

    /// Judges one bucket, with all of its rows or none.
    fn judge_one(&self, state: &mut JudgeState, bucket: Timestamp, slices: &[Slice<'_>], complete: f64) -> Vec<Alert> {
        let moment = self.moment(bucket, complete);
        let mut alerts = Vec::new();
        let early = std::mem::take(&mut state.provisional);
        if state.first.is_none() && state.seen.values().all(|seen| seen.len() == 0) {
            state.first = Some(bucket);
        }
        self.note_presence(state, bucket, slices);
        for rule in &self.rules {
            let slice = slices.iter().find(|slice| self.fits(rule, slice.table));
            for row in slice.map_or(&[][..], |slice| slice.rows) {
                let Some(Slice { table, .. }) = slice else { continue };
                self.judge_row(rule, table, row, moment, state, &mut alerts);
            }
            self.judge_absent(rule, moment, state, &mut alerts);
        }
        self.settle_provisional(early, moment, state, &mut alerts);
        state.first = state.first.or(Some(bucket));
        state.last = Some(bucket);
        state.tidy(bucket, self.retention, |monitor| self.memory_of(monitor));
        alerts
    }

    fn note_presence(&self, state: &mut JudgeState, bucket: Timestamp, slices: &[Slice<'_>]) {
        for monitor in self.monitors().filter(|monitor| self.remembers(monitor)) {
            state.seen.entry(monitor.to_owned()).or_default().begin(bucket);
        }
        for slice in slices.iter().filter(|slice| self.remembers(&slice.table.monitor)) {
            let seen = state.seen.entry(slice.table.monitor.to_string()).or_default();
            for row in slice.rows {
                seen.add(&Combination::of(slice.table, row), bucket, self.bucket.length());
            }
        }
    }

    fn judge_row(
        &self,
        rule: &Rule,
        table: &PartialTable,
        row: &PartialRow,
        moment: Moment,
        state: &mut JudgeState,
        alerts: &mut Vec<Alert>,
    ) {
        let verdict = match rule.new_within() {
            Some(within) => self.newness(rule, within, &Combination::of(table, row), state, moment.start),
            None => rule.judge(&row.partial, &table.fields, self.bucket.length()),
        };
        // Most rows are calm and were: they need no words.
        if state.episodes.is_empty() && !matches!(verdict, Verdict::Exceeded(_)) {
            return;
        }
        let subject = Subject { threshold: rule.id.clone(), combination: Combination::of(table, row) };
        self.advance(rule, subject, verdict, moment, state, alerts);
    }

    /// Combinations that have no row in this bucket but an alert, or a threshold that minds their absence.
    fn judge_absent(&self, rule: &Rule, moment: Moment, state: &mut JudgeState, alerts: &mut Vec<Alert>) {
        let mut absent: Vec<Subject> = state
            .episodes
            .iter()
            .filter(|(subject, episode)| subject.threshold == rule.id && episode.judged < moment.start)
            .map(|(subject, _)| subject.clone())
            .collect();
        let missed = state.seen.get(&rule.threshold.monitor).filter(|_| rule.minds_absence());
        let missing: HashSet<&Combination> = missed.iter().flat_map(|seen| seen.absent(moment.start, moment.start.minus(MEMORY))).collect();
        let verdicts: Vec<(Subject, Verdict)> = missing
            .iter()
            .map(|&combination| (Subject { threshold: rule.id.clone(), combination: combination.clone() }, rule.judge_absent()))
            .collect();
        // After a day nobody waits any longer: then even the number of records is no data.
        absent.retain(|subject| !missing.contains(&subject.combination));
        let forgotten = |subject: Subject| {
            let verdict = if rule.minds_absence() { Verdict::NoData } else { rule.judge_absent() };
            (subject, verdict)
        };
        let mut verdicts = verdicts;
        verdicts.extend(absent.into_iter().map(forgotten));
        verdicts.sort_by(|left, right| left.0.cmp(&right.0));
        for (subject, verdict) in verdicts {
            self.advance(rule, subject, verdict, moment, state, alerts);
        }
    }

    fn advance(&self, rule: &Rule, subject: Subject, verdict: Verdict, moment: Moment, state: &mut JudgeState, alerts: &mut Vec<Alert>) {
        match step(state.episodes.get(&subject), verdict, moment, rule.threshold.hold) {
            Step::Calm => {}
            Step::Open { episode, told } => {
                if !state.episodes.contains_key(&subject) && state.episodes.len() >= MOST_EPISODES {
                    state.suppressed += 1;
                    return;
                }
                if told {
                    alerts.push(self.alert(rule, &subject, &episode, None));
                }
                state.set(moment.start, &subject, Some(episode));
            }
            Step::Over(episode) => {
                alerts.push(self.alert(rule, &subject, &episode, Some(moment.end)));
                state.set(moment.start, &subject, None);
            }
        }
    }

    /// What fired early either fires now, and was just told without the mark, or is taken back.
    fn settle_provisional(&self, early: BTreeMap<Subject, Episode>, moment: Moment, state: &mut JudgeState, alerts: &mut Vec<Alert>) {
        for (subject, episode) in early {
            let Some(rule) = self.rule(&subject) else { continue };
            if episode.judged > moment.start {
                state.provisional.insert(subject, episode);
                continue;
            }
            let id = self.alert_id(&subject, episode.since);
            let told = alerts.iter().any(|alert| alert.id == id);
            let stands = state.episodes.get(&subject).is_some_and(|now| now.since == episode.since);
            if !told && !stands {
                alerts.push(self.alert(rule, &subject, &episode, Some(moment.end)));
            }
        }
    }

    /// New is what was not seen within the configured past; the first bucket of all has no past, nor has a monitor's first. An alert that is pending
    /// waits for the combination to stay.
    fn newness(&self, rule: &Rule, within: i64, combination: &Combination, state: &JudgeState, bucket: Timestamp) -> Verdict {
        let subject = Subject { threshold: rule.id.clone(), combination: combination.clone() };
        if let Some(episode) = state.episodes.get(&subject) {
            return if episode.fired.is_none() { Verdict::Exceeded(None) } else { Verdict::Calm(None) };
        }
        let past = state.seen.get(&rule.threshold.monitor);
        if past.is_none_or(|past| past.begins_at(bucket)) || state.first == Some(bucket) {
            return Verdict::Calm(None);
        }
        let last = past.and_then(|seen| seen.last_before(combination, bucket, self.bucket.length()));
        if last.is_some_and(|last| last >= bucket.minus(within)) { Verdict::Calm(None) } else { Verdict::Exceeded(None) }
    }

    fn alert(&self, rule: &Rule, subject: &Subject, episode: &Episode, resolved: Option<Timestamp>) -> Alert {
        let threshold = &rule.threshold;
        let columns = self.by.get(&threshold.monitor).map_or(&[][..], Vec::as_slice);
        let named = columns.iter().zip(&subject.combination.0).filter(|(_, word)| !word.is_empty());
        Alert {
            id: self.alert_id(subject, episode.since),
            monitor: threshold.monitor.clone(),
            dimensions: named.map(|(column, word)| (column.name().to_owned(), word.clone())).collect(),
            field: threshold.field.clone(),
            aggregate: threshold.aggregate,
            condition: threshold.condition,
            state: match (resolved, episode.fired) {
                (Some(_), _) => AlertState::Resolved,
                (None, Some(_)) => AlertState::Firing,
                (None, None) => AlertState::Pending,
            },
            severity: threshold.severity,
            labels: threshold.labels.clone(),
            value: episode.value,
            no_data: episode.silent,
            since: episode.since,
            fired: episode.fired,
            resolved,
            judged: episode.judged,
            complete: episode.complete,
            provisional: false,
        }
    }

    /// The episode's id: a hash that is the same on every machine and after every restart.
    fn alert_id(&self, subject: &Subject, since: Timestamp) -> String {
        let mut bytes = Vec::new();
        // Each part with its length, so that no two subjects read alike.
        for part in std::iter::once(&subject.threshold).chain(&subject.combination.0) {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(since.0.to_le_bytes());
        format!("{:016x}", distinct::hash(&bytes))
    }

    fn moment(&self, bucket: Timestamp, complete: f64) -> Moment {
        Moment { start: bucket, end: self.bucket.end(bucket), complete }
    }

    fn rule(&self, subject: &Subject) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == subject.threshold)
    }

    fn with_tables<'a>(&'a self, tables: &'a [PartialTable]) -> impl Iterator<Item = (&'a Rule, &'a PartialTable)> {
        self.rules.iter().filter_map(|rule| Some((rule, tables.iter().find(|table| self.fits(rule, table))?)))
    }

    /// Whether these are rows of the rule's monitor as it is configured now.
    fn fits(&self, rule: &Rule, table: &PartialTable) -> bool {
        *table.monitor == *rule.threshold.monitor && self.by.get(&rule.threshold.monitor).is_some_and(|by| *by == table.by)
    }

    /// Whether presence must be remembered for a monitor.
    fn remembers(&self, monitor: &str) -> bool {
        self.rules.iter().any(|rule| rule.threshold.monitor == monitor && (rule.minds_absence() || rule.new_within().is_some()))
    }

    fn memory_of(&self, monitor: &str) -> i64 {
        let of_monitor = self.rules.iter().filter(|rule| rule.threshold.monitor == monitor);
        of_monitor.filter_map(Rule::new_within).fold(MEMORY, i64::max)
    }
}

#[cfg(test)]
mod tests;
