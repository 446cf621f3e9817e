//! When a failed attempt is tried again: the calculation for `try` tasks and for whole runs, as pure functions.
//!
//! A policy is the specification's `retryPolicy`: a delay, a backoff (constant, linear or exponential), jitter, and limits by
//! count, by the length of one attempt and by the whole time. Chance and time are arguments.

use magpie_model::time::{DAY, MINUTE, SECOND};

/// Longest pause between two attempts.
const MAX_DELAY: i64 = 30 * DAY;

/// How the pause grows from one attempt to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backoff {
    /// The same pause each time.
    Constant,
    /// The n-th pause is the delay plus (n - 1) times the increment, in ns; the delay itself unless written.
    Linear {
        /// Added each time, in ns.
        increment: i64,
    },
    /// The n-th pause is the delay times `factor` to the power of (n - 1).
    Exponential {
        /// 2 unless written.
        factor: f64,
        /// The pause grows no longer than this, in ns.
        max_delay: i64,
    },
}

/// A policy whose durations are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// First pause in ns.
    pub delay: i64,
    /// Growth of the pause.
    pub backoff: Backoff,
    /// Most retries; an attempt that is not a retry does not count. `None` for no limit.
    pub max_retries: Option<u32>,
    /// Longest time that one attempt may take, in ns.
    pub attempt_limit: Option<i64>,
    /// Longest time from the first start, or since a person retried, to the start of the last retry, in ns.
    pub total_limit: Option<i64>,
    /// A random time between the two is added to each pause, in ns.
    pub jitter: Option<(i64, i64)>,
}

impl Policy {
    /// What a run gets whose flow says nothing: three attempts, 10 s and 20 s apart.
    pub const RUN_DEFAULT: Self = Self {
        delay: 10 * SECOND,
        backoff: Backoff::Exponential { factor: 2.0, max_delay: 15 * MINUTE },
        max_retries: Some(2),
        attempt_limit: None,
        total_limit: None,
        jitter: None,
    };

    /// The pause in ns before retry number `retry` (from 1); `None` when it is not to be tried again.
    ///
    /// `elapsed` is the time in ns since the first attempt started that counts; `random` lies in 0..1.
    pub fn pause(&self, retry: u32, elapsed: i64, random: f64) -> Option<i64> {
        if retry == 0 || self.max_retries.is_some_and(|most| retry > most) {
            return None;
        }
        let steps = retry - 1;
        let grown = match self.backoff {
            Backoff::Constant => self.delay,
            Backoff::Linear { increment } => self.delay.saturating_add(increment.saturating_mul(i64::from(steps))),
            Backoff::Exponential { factor, max_delay } => scaled(self.delay, factor, steps).min(max_delay),
        };
        let jitter = self
            .jitter
            .map_or(0, |(from, to)| from.saturating_add(((to.saturating_sub(from)).max(0) as f64 * random.clamp(0.0, 1.0)) as i64));
        let pause = grown.saturating_add(jitter).clamp(0, MAX_DELAY);
        let fits = self.total_limit.is_none_or(|limit| elapsed.saturating_add(pause) <= limit);
        fits.then_some(pause)
    }
}

/// `delay` times `factor` to the power of `steps`, at most the longest delay.
fn scaled(delay: i64, factor: f64, steps: u32) -> i64 {
    let steps = i32::try_from(steps).unwrap_or(i32::MAX);
    let grown = delay as f64 * factor.max(0.0).powi(steps);
    if grown.is_finite() { (grown as i64).min(MAX_DELAY) } else { MAX_DELAY }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(backoff: Backoff) -> Policy {
        Policy { delay: 3 * SECOND, backoff, max_retries: Some(4), attempt_limit: None, total_limit: None, jitter: None }
    }

    #[test]
    fn pauses_of_each_backoff() {
        let exponential = Backoff::Exponential { factor: 2.0, max_delay: 20 * SECOND };
        for (backoff, seconds) in [
            (Backoff::Constant, [3, 3, 3, 3]),
            (Backoff::Linear { increment: 2 * SECOND }, [3, 5, 7, 9]),
            (exponential, [3, 6, 12, 20]),
            (Backoff::Exponential { factor: 1.0, max_delay: MINUTE }, [3, 3, 3, 3]),
        ] {
            for (retry, expected) in (1..).zip(seconds) {
                assert_eq!(policy(backoff).pause(retry, 0, 0.5), Some(expected * SECOND), "{backoff:?} {retry}");
            }
            assert_eq!(policy(backoff).pause(5, 0, 0.5), None, "the count is a limit");
            assert_eq!(policy(backoff).pause(0, 0, 0.5), None, "the first attempt is no retry");
        }
    }

    #[test]
    fn jitter_lies_in_its_range_and_the_whole_time_is_a_limit() {
        let jittered = Policy { jitter: Some((SECOND, 3 * SECOND)), ..policy(Backoff::Constant) };
        for (random, seconds) in [(0.0, 4), (0.5, 5), (1.0, 6), (7.0, 6)] {
            assert_eq!(jittered.pause(1, 0, random), Some(seconds * SECOND));
        }
        let limited = Policy { total_limit: Some(10 * SECOND), ..policy(Backoff::Constant) };
        assert_eq!(limited.pause(1, 7 * SECOND, 0.0), Some(3 * SECOND));
        assert_eq!(limited.pause(1, 8 * SECOND, 0.0), None);
    }

    #[test]
    fn large_numbers_stop_at_thirty_days() {
        let policy =
            Policy { max_retries: None, backoff: Backoff::Exponential { factor: 10.0, max_delay: i64::MAX }, ..policy(Backoff::Constant) };
        assert_eq!(policy.pause(u32::MAX, 0, 0.0), Some(MAX_DELAY));
        assert_eq!(Policy { backoff: Backoff::Linear { increment: i64::MAX }, ..policy }.pause(9, 0, 0.0), Some(MAX_DELAY));
    }

    #[test]
    fn a_run_is_attempted_three_times_by_default() {
        let pauses: Vec<_> = (1..4).map(|retry| Policy::RUN_DEFAULT.pause(retry, 0, 0.0).map(|ns| ns / SECOND)).collect();
        assert_eq!(pauses, [Some(10), Some(20), None]);
    }
}
