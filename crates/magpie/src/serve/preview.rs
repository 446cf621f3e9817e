//! What a monitor's thresholds would have done: the rows of the stored past, judged by the judge itself.
//!
//! They are judged forward, bucket by bucket, by the same rules as live ones. Nothing is stored and no other task is
//! disturbed. Where the rows come from is the matter of [`super::past`].

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use magpie_api::{EpisodePreview, MonitorRefusal, Preview, PreviewRequest, ThresholdPreview};
use magpie_model::config::{Config, Monitor, monitor_document};
use magpie_model::query::TimeRange;
use magpie_model::{Alert, Condition, PartialRow, Threshold, Timestamp};
use magpie_pipeline::judge::{Combination, JudgeState, Rules};
use magpie_store::TelemetryStore;

use super::past::Past;

/// Time for reading the past, and as much again for judging it.
const PATIENCE: Duration = Duration::from_secs(10);
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
    let in_force = config;
    let mut config = in_force.clone();
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
    let past = Past::read(store, in_force, &config, range, PATIENCE).map_err(failed)?;
    Ok(replay(past, &config, PATIENCE))
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
        folded: past.folded,
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
