//! Whether the time of day may be deleted by: not within an hour after it has leapt ahead.
//!
//! A clock that is days ahead for a minute, by a wrong server of time or a virtual machine that goes on elsewhere, must not cost what
//! was kept for those days. The steady clock of the process tells a leap; at the start, all being too old at once does. A leap
//! that is taken back is forgotten, and one that stays is believed.

use std::time::{Duration, Instant};

use magpie_model::Timestamp;
use magpie_store::TelemetryStore;

/// By how much both clocks may differ between two looks, in ns.
const LEAP: i64 = magpie_model::time::HOUR;
/// How long a time must stay before it is believed.
const BELIEVED_AFTER: Duration = Duration::from_secs(3_600);

/// Whether by this time all that is stored would be too old to be kept.
pub(crate) fn is_all_too_old(telemetry: &dyn TelemetryStore, age: i64, now: Timestamp) -> bool {
    telemetry.segments().iter().map(|segment| segment.sealed).max().is_some_and(|newest| newest < now.minus(age))
}

pub(crate) struct Leaps {
    last: (Instant, Timestamp),
    leapt: Option<Instant>,
}

impl Leaps {
    /// `is_doubtful`: by this time everything would be too old.
    pub(crate) fn new(at: Instant, now: Timestamp, is_doubtful: bool) -> Self {
        Self { last: (at, now), leapt: is_doubtful.then_some(at) }
    }

    /// Looks at both clocks; gives by how much the time has leapt ahead just now.
    pub(crate) fn look(&mut self, at: Instant, now: Timestamp) -> Option<Duration> {
        let steady = i64::try_from(at.duration_since(self.last.0).as_nanos()).unwrap_or(i64::MAX);
        let ahead = now.since(self.last.1).saturating_sub(steady);
        self.last = (at, now);
        if ahead < -LEAP {
            self.leapt = None;
        }
        let leapt = (ahead > LEAP).then(|| Duration::from_nanos(ahead.unsigned_abs()));
        self.leapt = leapt.map(|_| at).or(self.leapt.filter(|leapt| at.duration_since(*leapt) < BELIEVED_AFTER));
        leapt
    }

    /// Whether nothing may be deleted for its age.
    pub(crate) fn are_doubtful(&self) -> bool {
        self.leapt.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_has_leapt_ahead_is_believed_after_an_hour_or_forgotten_when_it_leaps_back() {
        let (start, noon) = (Instant::now(), Timestamp::from_seconds(1_795_305_600));
        // Seconds of the steady clock, of the time of day, and whether it is doubtful.
        for looks in [
            vec![(1, 1, false), (2, 2 + 3_000, false), (3, 3, false)],
            vec![(1, 1, false), (2, 86_400, true), (3_601, 86_400 + 3_599, true), (3_603, 86_400 + 3_601, false)],
            vec![(1, 86_400, true), (60, 60, false), (61, 61, false)],
            vec![(1, -86_400, false), (2, 2, true)],
        ] {
            let mut leaps = Leaps::new(start, noon, false);
            for (steady, day, doubtful) in looks.clone() {
                leaps.look(start + Duration::from_secs(steady), noon.plus(day * magpie_model::time::SECOND));
                assert_eq!(leaps.are_doubtful(), doubtful, "{steady} of {looks:?}");
            }
        }
        let mut leaps = Leaps::new(start, noon, true);
        assert!(leaps.are_doubtful(), "all is too old");
        leaps.look(start + BELIEVED_AFTER, noon.plus(LEAP));
        assert!(!leaps.are_doubtful());
    }
}
