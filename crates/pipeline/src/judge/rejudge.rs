//! Judging again from an earlier bucket, because late lines changed it (design 5).
//!
//! The state goes back to before that bucket, then forward over the stored rows as if they had always been so. History is
//! corrected as a whole; a person hears only of what stands differently now.

use std::collections::{BTreeMap, BTreeSet};

use magpie_model::completeness::Completeness;
use magpie_model::{Alert, AlertState, PartialTable, Timestamp};

use super::episode::Episode;
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

impl Rules {
    /// Judges all buckets from `from` to the last judged one again. `history` has their rows in ascending order; a bucket
    /// that is not among them was empty. Reaches back no further than [`JudgeState::reach`].
    pub fn rejudge(&self, state: &mut JudgeState, from: Timestamp, history: &[BucketRows]) -> Correction {
        let (Some(last), Some(reach)) = (state.last_judged(), state.reach()) else { return Correction::default() };
        let length = self.bucket.length();
        let from = self.bucket.start(from.max(reach.plus(length - 1)));
        if from > last {
            return Correction::default();
        }
        let before = state.episodes.clone();
        let touched = state.undo(from, length);
        let mut alerts: BTreeMap<String, Alert> = BTreeMap::new();
        let mut rows = history.iter().filter(|rows| rows.bucket >= from).peekable();
        let mut bucket = from;
        while bucket <= last {
            let present = rows.next_if(|rows| rows.bucket <= bucket);
            let slices: Vec<Slice<'_>> =
                present.iter().flat_map(|rows| rows.tables.iter().map(|table| Slice { table, rows: &table.rows })).collect();
            let complete = present.map_or(1.0, |rows| rows.completeness.share());
            alerts.extend(self.judge_one(state, bucket, &slices, complete).into_iter().map(|alert| (alert.id.clone(), alert)));
            bucket = bucket.plus(length);
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
