//! Rates over the last minute: what each source read and how many events became of it, from counts taken now and then.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far back rates look.
const WINDOW: Duration = Duration::from_secs(60);
/// Time between two samples at least.
const EVERY: Duration = Duration::from_secs(1);

/// What a source has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Total {
    pub(super) bytes: u64,
    pub(super) events: u64,
}

/// Per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate {
    pub(super) bytes: f64,
    pub(super) events: f64,
}

/// Samples of the last minute, oldest first.
#[derive(Debug, Default)]
pub(super) struct Rates {
    samples: Mutex<VecDeque<(Instant, Vec<Total>)>>,
}

impl Rates {
    /// Takes a sample, one total per source, unless one was taken a moment ago.
    pub(super) fn sample(&self, now: Instant, totals: impl FnOnce() -> Vec<Total>) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.back().is_some_and(|(last, _)| now.duration_since(*last) < EVERY) {
            return;
        }
        samples.push_back((now, totals()));
        while samples.front().is_some_and(|(first, _)| now.duration_since(*first) > WINDOW) {
            samples.pop_front();
        }
    }

    /// The rate of a source.
    pub(super) fn of(&self, source: usize) -> Rate {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some((first, before)), Some((last, after))) = (samples.front(), samples.back()) else { return Rate::default() };
        let seconds = last.duration_since(*first).as_secs_f64();
        let (Some(before), Some(after)) = (before.get(source), after.get(source)) else { return Rate::default() };
        if seconds <= 0.0 {
            return Rate::default();
        }
        let per_second = |before: u64, after: u64| after.saturating_sub(before) as f64 / seconds;
        Rate { bytes: per_second(before.bytes, after.bytes), events: per_second(before.events, after.events) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_last_minute() {
        let (rates, start) = (Rates::default(), Instant::now());
        let at = |seconds: u64, bytes: u64, events: u64| {
            rates.sample(start + Duration::from_secs(seconds), || vec![Total { bytes, events }]);
        };
        assert_eq!(rates.of(0), Rate::default(), "nothing is known");
        at(0, 0, 0);
        assert_eq!(rates.of(0), Rate::default(), "one sample is no rate");
        at(10, 1_000, 20);
        rates.sample(start + Duration::from_millis(10_500), || panic!("too soon"));
        assert_eq!(rates.of(0), Rate { bytes: 100.0, events: 2.0 });
        at(60, 1_000, 20);
        at(70, 1_000, 20);
        assert_eq!(rates.of(0), Rate::default(), "what was a minute ago is over");
        assert_eq!(rates.of(7), Rate::default());
    }
}
