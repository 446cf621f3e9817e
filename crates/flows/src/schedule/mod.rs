//! When a flow runs by itself: due times by cron, interval, pause or event, in a time zone, as pure functions of `now`.
//!
//! A time zone's changes are told, not guessed. A schedule by the clock on the wall (`30 2 * * *`) runs once a day whatever
//! happens: in a gap at its end, in an overlap at the first of the two times. A schedule by elapsed time (hour `*` or `*/n`)
//! runs at each matching time that really comes: none in a gap, both in an overlap. `every` counts real time.

mod cron;
mod missed;

use jiff::tz::{AmbiguousOffset, TimeZone};
use magpie_model::Timestamp;

pub use cron::{Cron, CronError};
pub use missed::{Due, MissedPolicy, Options, OptionsError, Outcome, Overlap, jitter, judge};

use crate::definition::Strategy;

/// What starts a flow.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// At an interval, whether the run before has ended or not.
    Every(Every),
    /// By cron.
    Cron(Cron),
    /// So many ns after the run before has ended; the first at once.
    After(i64),
    /// Upon events.
    On(Strategy),
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    /// Its length in ns, more than 0.
    pub nanos: i64,
}

/// A change of a zone's offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// Offset from UTC before, in seconds.
    pub before: i32,
    /// Offset from UTC after, in seconds.
    pub after: i32,
}

/// Why a due time is not simply what the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// The local time does not exist; it runs at the end of the gap.
    Gap,
    /// The local time exists twice; it runs at the first.
    Overlap,
}

/// A due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueTime {
    /// When.
    pub at: Timestamp,
    /// What a change of the offset did to it.
    pub shift: Option<Shift>,
}

impl Schedule {
    /// The first due time after `after`. `anchor` is when the flow was enabled (the interval counts from it), `ended` when its
    /// last run ended; `None` when events start it, or it waits for a run to end.
    pub fn next(&self, after: Timestamp, zone: &TimeZone, anchor: Timestamp, ended: Option<Timestamp>) -> Option<DueTime> {
        match self {
            Self::Every(every) => every.next(after, anchor).map(|at| DueTime { at, shift: None }),
            Self::Cron(cron) => cron.next(after, zone),
            Self::After(pause) => Some(DueTime { at: ended?.plus(*pause).max(after), shift: None }),
            Self::On(_) => None,
        }
    }

    /// The due times after `after` up to and including `until`, at most `limit` of them, oldest first.
    pub fn between(&self, after: Timestamp, until: Timestamp, zone: &TimeZone, anchor: Timestamp, limit: usize) -> Vec<DueTime> {
        let mut times = Vec::new();
        let mut from = after;
        while times.len() < limit
            && !matches!(self, Self::After(_) | Self::On(_))
            && let Some(due) = self.next(from, zone, anchor, None).filter(|due| due.at <= until && due.at > from)
        {
            times.push(due);
            from = due.at;
        }
        times
    }
}

impl Every {
    fn next(self, after: Timestamp, anchor: Timestamp) -> Option<Timestamp> {
        if after < anchor {
            return Some(anchor.plus(self.nanos));
        }
        let done = after.since(anchor) / self.nanos.max(1);
        let nanos = self.nanos.checked_mul(done.checked_add(1)?)?;
        anchor.0.checked_add(nanos).map(Timestamp)
    }
}

impl Cron {
    /// The first due time after `after` in a zone.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<DueTime> {
        let after = instant(after)?;
        if self.is_every_hour() { self.next_elapsed(after, zone) } else { self.next_by_wall(after, zone) }
    }

    /// Each local time that matches and really comes.
    fn next_elapsed(&self, after: jiff::Timestamp, zone: &TimeZone) -> Option<DueTime> {
        let mut from = after;
        // Each round either finds a time or passes a change of the offset; a zone has a few in a year.
        for _ in 0..64 {
            let offset = zone.to_offset(from);
            let local = self.next_local(offset.to_datetime(from))?;
            let found = offset.to_timestamp(local).ok()?;
            let change = zone.following(from).next().map(|change| change.timestamp());
            match change.filter(|&change| change <= found) {
                None => return Some(DueTime { at: timestamp(found)?, shift: None }),
                // A second before, so that a time which matches at the change itself is seen in the new offset.
                Some(change) => {
                    let offset = zone.to_offset(change);
                    let local = offset.to_datetime(change);
                    if self.next_local(local.checked_sub(jiff::Span::new().seconds(1)).ok()?) == Some(local) {
                        return Some(DueTime { at: timestamp(change)?, shift: None });
                    }
                    from = change;
                }
            }
        }
        None
    }

    /// Once for each matching local time.
    fn next_by_wall(&self, after: jiff::Timestamp, zone: &TimeZone) -> Option<DueTime> {
        let mut local = zone.to_datetime(after);
        for _ in 0..10_000 {
            local = self.next_local(local)?;
            let ambiguous = zone.to_ambiguous_timestamp(local);
            let (found, shift) = match ambiguous.offset() {
                AmbiguousOffset::Unambiguous { .. } => (ambiguous.compatible().ok()?, None),
                AmbiguousOffset::Fold { .. } => (ambiguous.earlier().ok()?, Some(Shift::Overlap)),
                AmbiguousOffset::Gap { .. } => {
                    let beyond = ambiguous.later().ok()?;
                    let end = zone.preceding(beyond).next().map(|change| change.timestamp())?;
                    (end, Some(Shift::Gap))
                }
            };
            if found > after {
                return Some(DueTime { at: timestamp(found)?, shift });
            }
        }
        None
    }
}

/// The next changes of a zone's offset after `now`.
pub fn transitions(zone: &TimeZone, now: Timestamp, count: usize) -> Vec<Transition> {
    let Some(now) = instant(now) else { return Vec::new() };
    let mut before = zone.to_offset(now).seconds();
    let mut found = Vec::new();
    for change in zone.following(now) {
        let after = change.offset().seconds();
        if after != before {
            found.extend(timestamp(change.timestamp()).map(|at| Transition { at, before, after }));
            before = after;
        }
        if found.len() >= count {
            break;
        }
    }
    found
}

fn instant(time: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(i128::from(time.0)).ok()
}

fn timestamp(time: jiff::Timestamp) -> Option<Timestamp> {
    i64::try_from(time.as_nanosecond()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests;
