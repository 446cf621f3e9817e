//! Which combinations were there, and when: what "went silent" and "never seen before" are judged by.
//!
//! Presence is kept as runs of buckets, not as a last moment, because late lines re-judge the past and must see it as it
//! was then. Few runs per combination and a bounded number of combinations are kept; the longest unseen go first.

use std::collections::BTreeMap;

use magpie_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::subject::{Combination, pairs};

/// Runs remembered per combination; the oldest two become one when there are more.
const MOST_RUNS: usize = 8;

/// Presence of the combinations of one monitor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    #[serde(with = "pairs")]
    runs: BTreeMap<Combination, Runs>,
    /// The first judged bucket, or an earlier one of which something is known; states of before this was kept have none, and a past.
    #[serde(default)]
    first: Option<Timestamp>,
}

/// First and last bucket of each uninterrupted presence, oldest first; never empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Runs(Vec<(Timestamp, Timestamp)>);

impl Seen {
    /// The monitor is judged in this bucket, whether anything is there or not.
    pub(super) fn begin(&mut self, bucket: Timestamp) {
        if self.runs.is_empty() && self.first.is_none() {
            self.first = Some(bucket);
        }
    }

    /// The combination is there in this bucket, which is not before any other it was seen in.
    pub(super) fn add(&mut self, combination: &Combination, bucket: Timestamp, length: i64) {
        match self.runs.get_mut(combination) {
            Some(runs) => runs.add(bucket, length),
            None => {
                self.runs.insert(combination.clone(), Runs(vec![(bucket, bucket)]));
            }
        }
    }

    /// It was seen at that time, says somebody who knows the past.
    pub(super) fn seed(&mut self, combination: Combination, bucket: Timestamp) {
        if self.runs.is_empty() || self.first.is_some_and(|first| bucket < first) {
            self.first = Some(bucket);
        }
        let runs = &mut self.runs.entry(combination).or_default().0;
        if runs.first().is_none_or(|&(first, _)| bucket < first) {
            runs.insert(0, (bucket, bucket));
        }
    }

    /// Whether nothing is known of before this bucket.
    pub(super) fn begins_at(&self, bucket: Timestamp) -> bool {
        self.first == Some(bucket)
    }

    /// The last bucket before `bucket` in which it was there.
    pub(super) fn last_before(&self, combination: &Combination, bucket: Timestamp, length: i64) -> Option<Timestamp> {
        self.runs.get(combination)?.last_before(bucket, length)
    }

    /// Combinations that were there since `since` but not in `bucket` itself, which was already added.
    pub(super) fn absent(&self, bucket: Timestamp, since: Timestamp) -> impl Iterator<Item = &Combination> {
        self.runs.iter().filter(move |(_, runs)| runs.last() < bucket && runs.last() >= since).map(|(combination, _)| combination)
    }

    /// Whether any combination was there since `since`.
    pub(super) fn any_since(&self, since: Timestamp) -> bool {
        self.runs.values().any(|runs| runs.last() >= since)
    }

    /// Forgets everything from `bucket` on: it will be judged again.
    pub(super) fn undo(&mut self, bucket: Timestamp, length: i64) {
        self.runs.retain(|_, runs| {
            runs.0.retain(|&(first, _)| first < bucket);
            if let Some((_, last)) = runs.0.last_mut() {
                *last = (*last).min(bucket.minus(length));
            }
            !runs.0.is_empty()
        });
        self.first = self.first.filter(|&first| first < bucket);
    }

    /// Forgets what was last there before `before`, and beyond `most` combinations the longest unseen. Returns how many
    /// of the latter.
    pub(super) fn forget(&mut self, before: Timestamp, most: usize) -> u64 {
        self.runs.retain(|_, runs| runs.last() >= before);
        if self.runs.len() <= most {
            return 0;
        }
        // An eighth more than needed, so that not every bucket has to sort.
        let keep = most - most / 8;
        let mut lasts: Vec<Timestamp> = self.runs.values().map(Runs::last).collect();
        let at = lasts.len() - keep;
        let (_, &mut oldest_kept, _) = lasts.select_nth_unstable(at);
        let had = self.runs.len();
        let mut spare = keep;
        self.runs.retain(|_, runs| {
            runs.last() > oldest_kept
                || (runs.last() == oldest_kept && spare > 0 && {
                    spare -= 1;
                    true
                })
        });
        while self.runs.len() > most {
            self.runs.pop_last();
        }
        (had - self.runs.len()) as u64
    }

    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }
}

impl Runs {
    fn last(&self) -> Timestamp {
        self.0.last().map_or(Timestamp::MIN, |&(_, last)| last)
    }

    fn add(&mut self, bucket: Timestamp, length: i64) {
        match self.0.last_mut() {
            Some((_, last)) if bucket.since(*last) <= length => *last = bucket.max(*last),
            _ => self.0.push((bucket, bucket)),
        }
        if self.0.len() > MOST_RUNS {
            let (first, _) = self.0.remove(0);
            self.0[0].0 = first;
        }
    }

    fn last_before(&self, bucket: Timestamp, length: i64) -> Option<Timestamp> {
        self.0.iter().rev().find(|&&(first, _)| first < bucket).map(|&(_, last)| last.min(bucket.minus(length)))
    }
}
