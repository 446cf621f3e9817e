//! How much may be sent now, and of what: the ceilings on bytes and processor time, and the two lanes that share them.
//!
//! Everything is calculated from times that are passed in. A ceiling is a bucket that fills at its rate and may be overdrawn by
//! one request, which is then waited off: over any time `t` at most `rate · (t + depth)` and one request go out, whatever
//! waits, so that catching up after an outage is as even as any other time.

use std::time::{Duration, Instant};

use crate::Lane;

/// How many seconds' worth a ceiling saves up while nothing is sent.
const DEPTH_S: f64 = 0.25;

/// Something of which so much per second may be spent.
#[derive(Clone, Debug)]
pub(super) struct Ceiling {
    per_second: f64,
    level: f64,
    at: Instant,
}

impl Ceiling {
    /// A full one.
    pub(super) fn new(per_second: f64, now: Instant) -> Self {
        Self { per_second, level: per_second * DEPTH_S, at: now }
    }

    /// Spends; more than there is makes a debt.
    pub(super) fn spend(&mut self, amount: f64, now: Instant) {
        self.fill(now);
        self.level -= amount;
    }

    /// How long to wait until something may be spent again.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        self.fill(now);
        if self.level > 0.0 { Duration::ZERO } else { Duration::from_secs_f64(1e-4 - self.level / self.per_second) }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + passed * self.per_second).min(self.per_second * DEPTH_S);
        self.at = now;
    }
}

/// Whose turn it is: while both lanes have something, each gets half; else the one that has something gets all.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    /// By how many bytes the fresh lane is ahead of the other.
    ahead: f64,
}

impl Turns {
    /// The lane to send from, if any has something.
    pub(super) fn next(&self, fresh: bool, backlog: bool) -> Option<Lane> {
        match (fresh, backlog) {
            (true, true) if self.ahead > 0.0 => Some(Lane::Backlog),
            (true, _) => Some(Lane::Fresh),
            (false, true) => Some(Lane::Backlog),
            (false, false) => None,
        }
    }

    /// `lane` has sent so much; nobody owes anything for what was sent while the other lane had nothing.
    pub(super) fn sent(&mut self, lane: Lane, amount: f64, other_waits: bool) {
        match (lane, other_waits) {
            (_, false) => self.ahead = 0.0,
            (Lane::Fresh, true) => self.ahead += amount,
            (Lane::Backlog, true) => self.ahead -= amount,
        }
    }
}

/// Bytes of lines for one request: no more than a quarter of a second's worth of the ceiling, so that a fresh line never waits long
/// for a request of old ones. `ratio` is how much smaller lines became by compression lately.
pub(super) fn request_size(largest: usize, rate: Option<u64>, ratio: f64) -> usize {
    const SMALLEST: usize = 4 << 10;
    let Some(rate) = rate else { return largest };
    let worth = (rate as f64 / 4.0 * ratio.clamp(1.0, 20.0)) as usize;
    worth.clamp(SMALLEST.min(largest), largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends requests of `size` whenever the ceiling lets it, for `seconds`; bytes sent in each tenth of a second.
    fn send(ceiling: &mut Ceiling, from: Instant, seconds: f64, size: f64) -> Vec<f64> {
        let mut tenths = vec![0.0; (seconds * 10.0) as usize];
        let (mut now, end) = (from, from + Duration::from_secs_f64(seconds));
        loop {
            now += ceiling.wait(now);
            if now >= end {
                return tenths;
            }
            ceiling.spend(size, now);
            tenths[((now - from).as_secs_f64() * 10.0) as usize] += size;
        }
    }

    #[test]
    fn nothing_goes_out_above_the_ceiling_also_after_a_long_silence() {
        for (rate, size) in [(1_000.0, 10.0), (1_000.0, 400.0), (50_000.0, 20_000.0)] {
            let start = Instant::now();
            let mut ceiling = Ceiling::new(rate, start);
            for from in [0, 3_600] {
                let tenths = send(&mut ceiling, start + Duration::from_secs(from), 20.0, size);
                let total: f64 = tenths.iter().sum();
                assert!(total <= rate * 20.25 + size, "{total} at {rate} by {size}");
                assert!(total >= rate * 19.0 - size, "it is used up: {total} at {rate} by {size}");
                for second in tenths.windows(10) {
                    assert!(second.iter().sum::<f64>() <= rate * 1.25 + size, "in any second, at {rate} by {size}");
                }
            }
        }
    }

    /// Bytes that each lane has sent after `rounds` requests, where fresh lines come at a share of what is sent.
    fn shared(rounds: usize, fresh_share: f64) -> (f64, f64) {
        const SIZE: f64 = 100.0;
        let (mut turns, mut waiting, mut fresh, mut backlog) = (Turns::default(), 0.0, 0.0, 0.0);
        for _ in 0..rounds {
            waiting += SIZE * fresh_share;
            let has_fresh = waiting >= SIZE;
            match turns.next(has_fresh, true).expect("there is a backlog") {
                Lane::Fresh => {
                    waiting -= SIZE;
                    fresh += SIZE;
                    turns.sent(Lane::Fresh, SIZE, true);
                }
                Lane::Backlog => {
                    backlog += SIZE;
                    turns.sent(Lane::Backlog, SIZE, has_fresh);
                }
            }
        }
        (fresh, backlog)
    }

    #[test]
    fn new_lines_get_what_they_need_up_to_half_and_the_backlog_the_rest() {
        for (needs, fresh, backlog) in
            [(0.0, 0.0, 1.0), (0.1, 0.1, 0.9), (0.4, 0.4, 0.6), (0.5, 0.5, 0.5), (0.9, 0.5, 0.5), (3.0, 0.5, 0.5)]
        {
            let (got_fresh, got_backlog) = shared(10_000, needs);
            let total = got_fresh + got_backlog;
            assert!((got_fresh / total - fresh).abs() < 0.01, "needs {needs}: {got_fresh} of {total}");
            assert!((got_backlog / total - backlog).abs() < 0.01, "needs {needs}: {got_backlog} of {total}");
        }
    }

    #[test]
    fn a_lane_that_was_alone_owes_nothing() {
        let mut turns = Turns::default();
        turns.sent(Lane::Fresh, 1e9, false);
        assert_eq!(turns.next(true, true), Some(Lane::Fresh));
        turns.sent(Lane::Backlog, 1e9, false);
        turns.sent(Lane::Fresh, 1.0, true);
        assert_eq!(turns.next(true, true), Some(Lane::Backlog));
    }

    #[test]
    fn a_request_is_never_more_than_a_quarter_second_of_the_ceiling() {
        for (rate, ratio, size) in [
            (None, 6.0, 1 << 20),
            (Some(10_000_000), 6.0, 1 << 20),
            (Some(100_000), 6.0, 150_000),
            (Some(100_000), 0.1, 25_000),
            (Some(1_000), 1.0, 4 << 10),
        ] {
            assert_eq!(request_size(1 << 20, rate, ratio), size, "{rate:?} by {ratio}");
        }
    }
}
