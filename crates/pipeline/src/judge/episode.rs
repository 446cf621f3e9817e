//! The state machine of one threshold on one combination: pending → firing → resolved, one bucket at a time.
//!
//! A pure function of the state before and the bucket's verdict. What the verdict is, and who hears of the outcome, is
//! said in `mod`; nothing here knows of monitors or words.

use magpie_model::Timestamp;
use serde::{Deserialize, Serialize};

/// What one bucket says of one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The condition holds.
    Exceeded(Option<f64>),
    /// It does not.
    Calm(Option<f64>),
    /// There is nothing to judge by.
    NoData,
}

/// From the first exceeded bucket until it is calm again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Episode {
    /// Start of the first exceeded bucket.
    pub(super) since: Timestamp,
    /// End of the bucket that completed `for`.
    pub(super) fired: Option<Timestamp>,
    /// Value in the last bucket that had one.
    pub(super) value: Option<f64>,
    /// Start of the last judged bucket.
    pub(super) judged: Timestamp,
    /// Share of lines behind the value.
    pub(super) complete: f64,
    /// The last bucket had no data.
    pub(super) silent: bool,
}

/// A bucket to judge in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// Share of lines behind its numbers.
    pub(super) complete: f64,
}

/// What a bucket made of an episode.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing was, nothing is.
    Calm,
    /// It began or goes on; `told` when somebody must hear of it (it began, or began to fire).
    Open { episode: Episode, told: bool },
    /// It is over.
    Over(Episode),
}

/// One step of the state machine.
pub(super) fn step(before: Option<&Episode>, verdict: Verdict, moment: Moment, hold: i64) -> Step {
    let Moment { start, end, complete } = moment;
    match (before, verdict) {
        (before, Verdict::Exceeded(value)) => {
            let since = before.map_or(start, |episode| episode.since);
            let fired = before.and_then(|episode| episode.fired).or_else(|| (end.since(since) >= hold).then_some(end));
            let told = before.is_none_or(|episode| episode.fired.is_some() != fired.is_some());
            Step::Open { episode: Episode { since, fired, value, judged: start, complete, silent: false }, told }
        }
        (None, _) => Step::Calm,
        (Some(episode), Verdict::Calm(value)) => Step::Over(Episode { value, judged: start, complete, silent: false, ..episode.clone() }),
        // Silence holds the state for one bucket; a second one ends it.
        (Some(episode), Verdict::NoData) if episode.silent => Step::Over(Episode { judged: start, complete, ..episode.clone() }),
        (Some(episode), Verdict::NoData) => {
            Step::Open { episode: Episode { judged: start, complete, silent: true, ..episode.clone() }, told: false }
        }
    }
}
