//! Judging again from an earlier bucket, because late lines changed it (design 5).
//!
//! The state goes back to before that bucket, then forward over the stored rows as if they had always been so. History is
//! corrected as a whole; a person hears only of what stands differently now.

use std::collections::{BTreeMap, BTreeSet};

use magpie_model::completeness::Completeness;
use magpie_model::{Alert, AlertState, PartialTable, Timestamp};

use super::episode::{Episode, Verdict};
use super::rule::Rule;
use super::state::JudgeState;
use super::subject::Subject;
use super::{Rules, Slice};

/// Rows of one closed bucket, sides resolved, as the store has them now.
#[derive(Clone, Debug)]
pub struct BucketRows {
    /// Start of the bucket.
    pub bucket: Timestamp,
    /// One table per monitor that has thresholds.
    pub tables: Vec<PartialTable>,
    /// How complete it is.
    pub completeness: Completeness,
}

/// What judging again changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correction {
    /// Every alert of the judged time as it reads now: to be stored in place of what has the same id.
    pub alerts: Vec<Alert>,
    /// Ids of alerts that never were, as it turns out: to be removed.
    pub withdrawn: Vec<String>,
    /// Alerts whose present state is another than before: the only ones worth a message.
    pub changed: Vec<Alert>,
}

/// Judging again under way: what was before, and what history has become so far.
#[derive(Debug)]
pub struct Again {
    /// The bucket that comes next.
    next: Timestamp,
    /// The last bucket that was judged before.
    last: Timestamp,
    before: BTreeMap<Subject, Episode>,
    /// What fires in the bucket that is still open: late lines of others are no reason to say it again.
    early: BTreeMap<Subject, Episode>,
    touched: BTreeSet<(Subject, Timestamp)>,
    alerts: BTreeMap<String, Alert>,
}

impl Rules {
    /// The earliest bucket that judging again can begin at: as old as what is kept, unless changes were too many to be
    /// remembered. `None` before anything was judged.
    pub fn reach(&self, state: &JudgeState) -> Option<Timestamp> {
        let reach = state.last_judged()?.minus(self.retention).max(state.settled());
        Some(self.bucket.start(reach.plus(self.bucket.length() - 1)))
    }

    /// Judges all buckets from `from` to the last judged one again. `history` has their rows in ascending order; a bucket
    /// that is not among them was empty. Reaches back no further than [`Self::reach`].
    pub fn rejudge(&self, state: &mut JudgeState, from: Timestamp, history: &[BucketRows]) -> Correction {
        let Some(mut again) = self.begin_again(state, from) else { return Correction::default() };
        self.judge_again(&mut again, state, Timestamp::MAX, history);
        self.end_again(again, state)
    }

    /// Takes the state back to before `from`, or before [`Self::reach`]. What was present then is to be told by
    /// [`Self::seed`] where it is further back than presence is remembered. `None` when nothing so late was judged.
    pub fn begin_again(&self, state: &mut JudgeState, from: Timestamp) -> Option<Again> {
        let last = state.last_judged()?;
        let next = self.bucket.start(from).max(self.reach(state)?);
        if next > last {
            return None;
        }
        let (before, early) = (state.episodes.clone(), std::mem::take(&mut state.provisional));
        let touched = state.undo(next, self.bucket.length());
        Some(Again { next, last, before, early, touched, alerts: BTreeMap::new() })
    }

    /// Judges the buckets that follow, those that begin before `to`, by the rows of all of them that were not empty.
    pub fn judge_again(&self, again: &mut Again, state: &mut JudgeState, to: Timestamp, history: &[BucketRows]) {
        let from = again.next;
        let mut rows = history.iter().filter(|rows| rows.bucket >= from).peekable();
        while again.next <= again.last && again.next < to {
            let bucket = again.next;
            again.next = bucket.plus(self.bucket.length());
            let present = rows.next_if(|rows| rows.bucket <= bucket);
            if present.is_none() && bucket < again.last && !self.awaits(state, bucket) {
                continue;
            }
            let slices: Vec<Slice<'_>> =
                present.iter().flat_map(|rows| rows.tables.iter().map(|table| Slice { table, rows: &table.rows })).collect();
            let complete = present.map_or(1.0, |rows| rows.completeness.share());
            again.alerts.extend(self.judge_one(state, bucket, &slices, complete).into_iter().map(|alert| (alert.id.clone(), alert)));
        }
    }

    /// Takes back what was judged of buckets that are still to come: the clock had been ahead. What of them was over stays in
    /// history; what stood open is as it was before them, or was never so.
    pub fn take_back(&self, state: &mut JudgeState, from: Timestamp) -> Correction {
        let from = self.bucket.start(from);
        let (before, open) = (state.episodes.clone(), self.open_alerts(state));
        state.undo(from, self.bucket.length());
        let alerts: BTreeMap<String, Alert> = self.open_alerts(state).into_iter().map(|alert| (alert.id.clone(), alert)).collect();
        let withdrawn = open.into_iter().map(|alert| alert.id).filter(|id| !alerts.contains_key(id)).collect();
        let changed = self.changed(&before, state, &alerts, from);
        Correction { alerts: alerts.into_values().collect(), withdrawn, changed }
    }

    /// What has changed.
    pub fn end_again(&self, again: Again, state: &mut JudgeState) -> Correction {
        let Again { last, before, early, mut touched, mut alerts, .. } = again;
        for (subject, episode) in early {
            // It goes on from a past that has not changed, or began in the open bucket.
            let stands = match state.episodes.get(&subject) {
                Some(known) => known.fired.is_none() && known.since == episode.since,
                None => episode.since > last,
            };
            let is_new = |rule: &Rule| {
                rule.new_within().is_none_or(|within| {
                    matches!(self.newness(rule, within, &subject.combination, state, episode.judged), Verdict::Exceeded(_))
                })
            };
            if stands && self.rule(&subject).is_some_and(is_new) {
                state.provisional.insert(subject, episode);
            } else {
                touched.insert((subject, episode.since));
            }
        }
        for alert in self.open_alerts(state) {
            alerts.insert(alert.id.clone(), alert);
        }
        let withdrawn = self.withdrawn(&touched, &alerts);
        let changed = self.changed(&before, state, &alerts, self.bucket.end(last));
        Correction { alerts: alerts.into_values().collect(), withdrawn, changed }
    }

    fn withdrawn(&self, touched: &BTreeSet<(Subject, Timestamp)>, alerts: &BTreeMap<String, Alert>) -> Vec<String> {
        touched.iter().map(|(subject, since)| self.alert_id(subject, *since)).filter(|id| !alerts.contains_key(id)).collect()
    }

    fn changed(
        &self,
        before: &BTreeMap<Subject, Episode>,
        state: &JudgeState,
        alerts: &BTreeMap<String, Alert>,
        now: Timestamp,
    ) -> Vec<Alert> {
        let standing = |episode: Option<&Episode>| {
            episode.map(|episode| if episode.fired.is_some() { AlertState::Firing } else { AlertState::Pending })
        };
        let subjects: BTreeSet<&Subject> = before.keys().chain(state.episodes.keys()).collect();
        let mut changed = Vec::new();
        for subject in subjects {
            let (was, is) = (before.get(subject), state.episodes.get(subject));
            let Some(rule) = self.rule(subject).filter(|_| standing(was) != standing(is)) else { continue };
            match (is, was) {
                (Some(is), _) => changed.push(self.alert(rule, subject, is, None)),
                (None, Some(was)) => {
                    let id = self.alert_id(subject, was.since);
                    let ended = alerts.get(&id).cloned();
                    changed.push(ended.unwrap_or_else(|| self.alert(rule, subject, was, Some(now))));
                }
                (None, None) => {}
            }
        }
        changed
    }
}
