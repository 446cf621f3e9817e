//! When a bucket is closed: up to where every source has been read, and what silence means (design 5).
//!
//! Each source has a watermark, the greatest time read from it, never above now. A bucket closes when the slowest active
//! source is past its end by the lateness; a source that was silent for the idle limit holds nothing back; and by wall
//! clock every bucket closes at end + lateness + idle limit. What is closed stays closed, also when the clock goes back a little. Where it goes
//! back by more than a time may be ahead, it had been wrong: else nothing would close until that time comes.

use std::collections::BTreeMap;

use magpie_model::config::Config;
use magpie_model::{Bucketing, Timestamp, time};
use serde::{Deserialize, Serialize};

/// Times later than now by more than this are impossible and move no watermark.
pub const TOLERANCE: i64 = 5 * time::MINUTE;
/// A source is expected to report when it did within this time.
pub const EXPECTED_WITHIN: i64 = time::DAY;

/// The rules, of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The buckets that close.
    pub bucket: Bucketing,
    /// How long after its end a bucket stays open for late lines, in ns.
    pub lateness: i64,
    /// How long a silent source holds others back, in ns.
    pub idle: i64,
}

impl From<&Config> for Patience {
    fn from(config: &Config) -> Self {
        Self { bucket: config.bucket, lateness: config.lateness, idle: config.idle }
    }
}

/// How far each source has been read. Serializable, so that a restart goes on where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermarks {
    sources: BTreeMap<String, Source>,
    closed_before: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    /// Greatest possible time read from it; `None` while it gave only impossible ones.
    watermark: Option<Timestamp>,
    /// When it last gave anything.
    active: Timestamp,
}

impl Watermarks {
    /// A source gave records; the greatest of their times is `max_time`, without those marked as impossible.
    pub fn observe(&mut self, input: &str, max_time: Timestamp, now: Timestamp) {
        let possible = (max_time <= now.plus(TOLERANCE)).then(|| max_time.min(now));
        match self.sources.get_mut(input) {
            Some(source) => {
                source.watermark = source.watermark.max(possible);
                source.active = source.active.max(now);
            }
            None => {
                self.sources.insert(input.to_owned(), Source { watermark: possible, active: now });
            }
        }
    }

    /// Up to when every active source has been read; `None` while none is active.
    pub fn watermark(&self, idle: i64, now: Timestamp) -> Option<Timestamp> {
        let active = self.sources.values().filter(|source| now.since(source.active) < idle);
        active.filter_map(|source| source.watermark).min().map(|watermark| watermark.min(now))
    }

    /// All buckets that begin before this are closed. Goes back only with the clock, where that had been far ahead.
    pub fn closed_before(&mut self, patience: Patience, now: Timestamp) -> Timestamp {
        let by_clock = now.minus(patience.lateness).minus(patience.idle);
        if self.closed_before.is_some_and(|closed| closed > now.plus(TOLERANCE)) {
            self.closed_before = None;
            for source in self.sources.values_mut() {
                source.watermark = source.watermark.min(Some(now));
                source.active = source.active.min(now);
            }
        }
        let by_sources = self.watermark(patience.idle, now).map_or(Timestamp::MIN, |watermark| watermark.minus(patience.lateness));
        // A bucket is past its end exactly when it begins before the start of the bucket of that moment.
        let closed = patience.bucket.start(by_clock.max(by_sources)).max(self.closed_before.unwrap_or(Timestamp::MIN));
        self.closed_before = Some(closed);
        closed
    }

    /// Number of sources that gave anything within the last day; forgets the others.
    pub fn expected(&mut self, now: Timestamp) -> u64 {
        self.sources.retain(|_, source| now.since(source.active) <= EXPECTED_WITHIN);
        self.sources.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One event per line: `now | source time` (a source gave a line of that time) or `now |` (only time passes), then
    /// the second before which all is closed. Buckets of 60 s, lateness 10 s, idle limit 30 s; seconds throughout.
    fn check(name: &str, table: &str) {
        let patience = Patience { bucket: Bucketing::minute(), lateness: 10 * time::SECOND, idle: 30 * time::SECOND };
        let mut watermarks = Watermarks::default();
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let now = Timestamp::from_seconds(cells[0].parse().unwrap());
            if let Some((source, time)) = cells[1].split_once(' ') {
                watermarks.observe(source, Timestamp::from_seconds(time.parse().unwrap()), now);
            }
            let closed = watermarks.closed_before(patience, now);
            let expected = Timestamp::from_seconds(cells[2].parse().unwrap());
            assert_eq!(closed, expected, "{name}: at {line}");
        }
    }

    #[test]
    fn a_bucket_closes_when_its_source_is_past_its_end_by_the_lateness() {
        check(
            "lateness",
            "600 | a 600 | 540
             660 | a 660 | 600
             669 | a 669 | 600
             670 | a 670 | 660",
        );
    }

    #[test]
    fn the_slowest_active_source_holds_the_others_back() {
        check(
            "two sources",
            "665 | a 665 | 600
             665 | b 655 | 600
             672 | a 672 | 600
             674 | b 668 | 600
             676 | b 671 | 660",
        );
    }

    #[test]
    fn an_idle_source_stops_holding_others_back() {
        check(
            "idle",
            "650 | b 650 | 600
             671 | a 671 | 600
             679 | a 679 | 600
             680 | a 680 | 660",
        );
    }

    #[test]
    fn by_wall_clock_every_bucket_closes_at_end_and_lateness_and_idle_limit() {
        check(
            "a source that reads the past holds back no longer than that",
            "650 | a 100 | 600
             690 | a 120 | 600
             699 | a 130 | 600
             700 | a 140 | 660",
        );
        check(
            "no source at all",
            "699 |  | 600
             700 |  | 660",
        );
    }

    #[test]
    fn a_watermark_is_never_above_now() {
        check(
            "a clock that is three minutes fast",
            "600 | a 780 | 540
             669 | a 849 | 600
             670 | a 850 | 660",
        );
    }

    #[test]
    fn impossible_times_move_no_watermark() {
        check(
            "beyond now + 5 min",
            "600 | a 600 | 540
             665 | a 966 | 600
             669 | a 99999 | 600
             671 | a 671 | 660",
        );
    }

    #[test]
    fn what_is_closed_stays_closed_when_the_clock_goes_back_a_little() {
        check(
            "four minutes",
            "670 | a 670 | 660
             430 | a 430 | 660
             730 | a 730 | 720",
        );
    }

    #[test]
    fn a_clock_that_had_been_far_ahead_holds_nothing_back() {
        check(
            "three days, and one source that is silent since",
            "259800 | a 259800 | 259740
             259870 | b 259870 | 259860
             700    | a 700    | 660
             729    | a 729    | 660
             731    | a 731    | 720",
        );
    }

    #[test]
    fn sources_of_the_last_day_are_expected() {
        let mut watermarks = Watermarks::default();
        let at = |hours: i64| Timestamp(hours * time::HOUR);
        watermarks.observe("a", at(0), at(0));
        watermarks.observe("b", at(10), at(10));
        assert_eq!([10, 24, 25, 35].map(|hours| watermarks.expected(at(hours))), [2, 2, 1, 0]);
    }
}
