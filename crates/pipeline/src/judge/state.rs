//! What judging remembers from bucket to bucket, and how it is taken back.
//!
//! Small and serializable: the binary writes it together with the last judged bucket in one transaction. Changes of
//! episodes are kept in a journal for as long as records are, so that a late line can undo judgements back to its bucket; what
//! is older stays judged. Everything here has a ceiling and counts what it gave up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use magpie_model::{Timestamp, time};
use serde::{Deserialize, Serialize};

use super::episode::Episode;
use super::seen::Seen;
use super::subject::{Subject, pairs};

/// How long an absent combination is missed, and what was present is remembered at least.
pub const MEMORY: i64 = time::DAY;
/// Episodes open at once; combinations exceeding beyond that raise no alert and are counted.
pub(super) const MOST_EPISODES: usize = 20_000;
/// Combinations remembered over all monitors.
pub(super) const MOST_SEEN: usize = 200_000;
/// Changes that can be taken back.
const MOST_CHANGES: usize = 100_000;

/// State of all thresholds, after the last judged bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgeState {
    /// Start of the last judged bucket.
    pub(super) last: Option<Timestamp>,
    /// Start of the first bucket ever judged: nothing in it is new.
    pub(super) first: Option<Timestamp>,
    #[serde(with = "pairs")]
    pub(super) episodes: BTreeMap<Subject, Episode>,
    /// Episodes that fire in a bucket that is still open.
    #[serde(with = "pairs")]
    pub(super) provisional: BTreeMap<Subject, Episode>,
    /// Presence by monitor, where a threshold asks for it.
    pub(super) seen: BTreeMap<String, Seen>,
    journal: VecDeque<Change>,
    /// Judgements before this bucket can no longer be taken back.
    settled: Option<Timestamp>,
    /// When the rows of everything sealed before had been judged, late ones included. Judging does not look at it; it is here
    /// because whoever looks for late rows after a crash needs it from the same transaction.
    #[serde(default)]
    pub caught_up: Option<Timestamp>,
    /// Alerts that were not raised because too many were open.
    pub(super) suppressed: u64,
    /// Combinations forgotten because too many were remembered.
    pub(super) forgotten: u64,
}

/// A change of an episode: enough to take it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Change {
    bucket: Timestamp,
    subject: Subject,
    before: Option<Episode>,
    /// Start of the episode that it made, changed or ended.
    since: Timestamp,
}

impl JudgeState {
    /// Start of the last judged bucket.
    pub fn last_judged(&self) -> Option<Timestamp> {
        self.last
    }

    /// Alerts not raised because too many were open, and combinations forgotten because too many were remembered.
    pub fn given_up(&self) -> (u64, u64) {
        (self.suppressed, self.forgotten)
    }

    /// Judgements before this bucket can no longer be taken back, because changes were too many.
    pub(super) fn settled(&self) -> Timestamp {
        self.settled.unwrap_or(Timestamp::MIN)
    }

    /// Replaces the episode of a subject, remembering the one before.
    pub(super) fn set(&mut self, bucket: Timestamp, subject: &Subject, episode: Option<Episode>) {
        let before = self.episodes.get(subject).cloned();
        let since = episode.as_ref().or(before.as_ref()).map_or(bucket, |episode| episode.since);
        let standing = |episode: &Episode| (episode.since, episode.fired, episode.silent);
        if before.as_ref().map(standing) != episode.as_ref().map(standing) {
            self.journal.push_back(Change { bucket, subject: subject.clone(), before, since });
        }
        match episode {
            Some(episode) => drop(self.episodes.insert(subject.clone(), episode)),
            None => drop(self.episodes.remove(subject)),
        }
    }

    /// Takes back everything judged from `bucket` on. Returns the episodes that were touched, as subject and start.
    pub(super) fn undo(&mut self, bucket: Timestamp, length: i64) -> BTreeSet<(Subject, Timestamp)> {
        let mut touched: BTreeSet<(Subject, Timestamp)> =
            self.provisional.iter().map(|(subject, episode)| (subject.clone(), episode.since)).collect();
        self.provisional.clear();
        while self.journal.back().is_some_and(|change| change.bucket >= bucket) {
            let Some(change) = self.journal.pop_back() else { break };
            touched.insert((change.subject.clone(), change.since));
            match change.before {
                Some(before) => drop(self.episodes.insert(change.subject, before)),
                None => drop(self.episodes.remove(&change.subject)),
            }
        }
        self.settled = self.settled.min(Some(bucket));
        let before = bucket.minus(length);
        self.episodes.values_mut().for_each(|episode| episode.judged = episode.judged.min(before));
        self.seen.values_mut().for_each(|seen| seen.undo(bucket, length));
        self.last = self.first.filter(|&first| first < bucket).map(|_| before);
        if self.last.is_none() {
            self.first = None;
        }
        touched
    }

    /// Forgets what is too old or too much.
    pub(super) fn tidy(&mut self, bucket: Timestamp, retention: i64, remember: impl Fn(&str) -> i64) {
        while self.journal.front().is_some_and(|change| change.bucket < bucket.minus(retention)) || self.journal.len() > MOST_CHANGES {
            let Some(change) = self.journal.pop_front() else { break };
            self.settled = self.settled.max(Some(change.bucket.plus(1)));
        }
        let monitors = self.seen.len().max(1);
        for (monitor, seen) in &mut self.seen {
            self.forgotten += seen.forget(bucket.minus(remember(monitor)), MOST_SEEN / monitors);
        }
    }
}
