//! What a monitor's thresholds would have done: the stored past folded for it, and judged by the judge itself.
//!
//! Time is worked off from the newest slice back, so that what is cut off when time or room is over is the oldest part;
//! then the rows are judged forward, bucket by bucket, by the same rules as live ones. Nothing is stored and no other task
//! is disturbed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use magpie_api::{EpisodePreview, MonitorRefusal, Preview, PreviewRequest, ThresholdPreview};
use magpie_model::completeness::{Completeness, SourceCount};
use magpie_model::config::{Config, Monitor, monitor_document};
use magpie_model::query::TimeRange;
use magpie_model::time::HOUR;
use magpie_model::{Alert, Condition, PartialRow, PartialTable, Threshold, Timestamp};
use magpie_pipeline::judge::{Combination, JudgeState, Rules};
use magpie_store::TelemetryStore;

use crate::engine::again::Again;

/// Time for reading the past, and as much again for judging it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rows of the monitor that are held at once.
const MOST_ROWS: usize = 300_000;
/// Alerts told of each threshold.
const MOST_EPISODES: usize = 200;
/// An alert that comes back within so many buckets flaps.
const FLAP: i64 = 10;

/// Tries a monitor on the stored past. `config` is the one in force.
pub(super) fn preview(
    store: &dyn TelemetryStore,
    config: &Config,
    request: &PreviewRequest,
    now: Timestamp,
) -> Result<Preview, MonitorRefusal> {
    let mut config = config.clone();
    let mut monitor = monitor_document::read(&request.document, &mut config).map_err(MonitorRefusal::Mistakes)?;
    // Only what is judged has to be folded; those fields are kept whatever is listed.
    monitor.fields = vec!["error".to_owned()];
    config.monitors = vec![monitor];
    // Buckets that are still open would be judged too early.
    let closed = config.bucket.start(now.minus(config.lateness));
    let range = TimeRange {
        from: config.bucket.start(request.range.from),
        to: config.bucket.end(config.bucket.start(request.range.to.minus(1))).min(closed),
    };
    let failed = |error: magpie_store::Error| MonitorRefusal::Failed(crate::error::Error::from(error).chain());
    let past = Past::read(store, &config, range, PATIENCE).map_err(failed)?;
    Ok(replay(past, &config, PATIENCE))
}

/// The monitor's rows of a range.
struct Past {
    range: TimeRange,
    table: PartialTable,
    counts: Vec<SourceCount>,
    /// Whether it begins later than was asked for.
    truncated: bool,
}

impl Past {
    fn read(store: &dyn TelemetryStore, config: &Config, range: TimeRange, patience: Duration) -> magpie_store::Result<Self> {
        let begin = Instant::now();
        let mut again = Again::new(config);
        let mut table = again.shapes().pop().unwrap_or_else(|| PartialTable::new("".into(), Vec::new(), Vec::new().into()));
        // A range of all time begins where there is something.
        let oldest = store.segments().iter().map(|segment| config.bucket.start(segment.from)).min().unwrap_or(range.from);
        let from = range.from.max(oldest);
        let mut past = Self {
            range: TimeRange { from: range.to.max(from), to: range.to.max(from) },
            table: table.clone(),
            counts: Vec::new(),
            truncated: false,
        };
        let mut length = config.bucket.length() * (HOUR / config.bucket.length()).max(1);
        while past.range.from > from && !past.truncated {
            let slice = TimeRange { from: past.range.from.minus(length).max(from), to: past.range.from };
            let (slice_begin, mut in_time) = (Instant::now(), true);
            table.rows.clear();
            store.scan(slice, &mut |batch| {
                in_time &= begin.elapsed() < patience && table.rows.len() <= MOST_ROWS;
                if in_time {
                    again.fold(batch).iter().for_each(|fresh| table.append(fresh));
                    table.fold();
                }
                Ok(())
            })?;
            past.truncated = !in_time || past.table.rows.len() + table.rows.len() > MOST_ROWS;
            if !past.truncated {
                past.table.append(&table);
                past.range.from = slice.from;
            }
            if slice_begin.elapsed() < patience / 20 {
                length = length.saturating_mul(2);
            }
        }
        past.counts = store.source_counts(past.range)?;
        past.table.resolve_sides();
        past.table.rows.sort_by_key(|row| row.bucket);
        Ok(past)
    }

    fn completeness(&self, bucket: Option<Timestamp>) -> Completeness {
        let mut completeness = Completeness::default();
        self.counts.iter().filter(|count| bucket.is_none_or(|bucket| count.bucket == bucket)).for_each(|count| completeness.add(count));
        completeness
    }
}

/// Judges the rows forward.
fn replay(mut past: Past, config: &Config, patience: Duration) -> Preview {
    let (begin, length) = (Instant::now(), config.bucket.length());
    let rules = Rules::new(config);
    let (mut state, mut alerts) = (JudgeState::default(), Alerts::default());
    let combinations: HashSet<Combination> = past.table.rows.iter().map(|row| Combination::of(&past.table, row)).collect();
    let records = past.table.rows.iter().map(|row| row.partial.records).sum();
    let rows: Vec<PartialRow> = std::mem::take(&mut past.table.rows);
    let mut buckets: BTreeSet<Timestamp> = rows.iter().map(|row| row.bucket).collect();
    if past.range.from < past.range.to {
        buckets.insert(past.range.to.minus(length));
    }
    let (mut rows, mut judged_to, mut truncated) = (rows.into_iter().peekable(), past.range.to, past.truncated);
    for bucket in buckets {
        if begin.elapsed() > patience {
            (judged_to, truncated) = (bucket, true);
            break;
        }
        past.table.rows.clear();
        while let Some(row) = rows.next_if(|row| row.bucket == bucket) {
            past.table.rows.push(row);
        }
        let completeness = past.completeness(Some(bucket));
        let told = rules.judge_bucket(&mut state, bucket, std::slice::from_ref(&past.table), &completeness);
        told.into_iter().chain(rules.open_alerts(&state)).for_each(|alert| alerts.add(alert));
    }
    let monitor = &config.monitors[0];
    Preview {
        from: past.range.from,
        to: judged_to,
        buckets: u64::try_from(judged_to.since(past.range.from) / length).unwrap_or(0),
        complete: past.completeness(None).share(),
        combinations: combinations.len() as u64,
        records,
        thresholds: monitor.thresholds.iter().map(|threshold| alerts.of(threshold, monitor, config)).collect(),
        truncated,
    }
}

/// Alerts by their ids, each as it was told last, with the value furthest on the wrong side.
#[derive(Default)]
struct Alerts {
    all: BTreeMap<String, (Alert, Option<f64>)>,
}

impl Alerts {
    fn add(&mut self, alert: Alert) {
        let peak = self.all.get(&alert.id).and_then(|(_, peak)| *peak);
        // The value of the bucket that ended it was on the right side again.
        let value = alert.value.filter(|_| alert.resolved.is_none());
        let further = |one: f64, other: f64| if matches!(alert.condition, Condition::Below(_)) { one.min(other) } else { one.max(other) };
        let peak = match (peak, value) {
            (Some(peak), Some(value)) => Some(further(peak, value)),
            (peak, value) => peak.or(value),
        };
        self.all.insert(alert.id.clone(), (alert, peak));
    }

    fn of(&self, threshold: &Threshold, monitor: &Monitor, config: &Config) -> ThresholdPreview {
        let is_of = |alert: &Alert| {
            alert.monitor == monitor.name
                && (&alert.field, alert.aggregate, alert.condition) == (&threshold.field, threshold.aggregate, threshold.condition)
        };
        let mut episodes: Vec<EpisodePreview> = self
            .all
            .values()
            .filter(|(alert, _)| is_of(alert))
            .filter_map(|(alert, peak)| {
                let Alert { dimensions, since, resolved, .. } = alert.clone();
                Some(EpisodePreview { dimensions, since, fired: alert.fired?, resolved, peak: *peak })
            })
            .collect();
        episodes.sort_by(|left, right| (right.since, &left.dimensions).cmp(&(left.since, &right.dimensions)));
        let (fired, flaps) = (episodes.len() as u64, flaps(&episodes, config.bucket.length()));
        let default = config.field(&threshold.field).and_then(|at| config.fields[at].aggregates.first().copied());
        let truncated = episodes.len() > MOST_EPISODES;
        episodes.truncate(MOST_EPISODES);
        ThresholdPreview {
            title: threshold.title(default),
            field: threshold.field.clone(),
            aggregate: threshold.aggregate,
            condition: threshold.condition,
            fired,
            flaps,
            episodes,
            truncated,
        }
    }
}

/// How many episodes, newest first, began soon after one of the same combination had ended.
fn flaps(episodes: &[EpisodePreview], bucket: i64) -> u64 {
    let mut ended: BTreeMap<&BTreeMap<String, String>, Timestamp> = BTreeMap::new();
    let mut flaps = 0;
    for episode in episodes.iter().rev() {
        let soon = |ended: &Timestamp| episode.since.since(*ended) <= FLAP * bucket;
        flaps += u64::from(ended.get(&episode.dimensions).is_some_and(soon));
        if let Some(resolved) = episode.resolved {
            ended.insert(&episode.dimensions, resolved);
        }
    }
    flaps
}
