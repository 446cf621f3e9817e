//! How complete a number is: what was read for a bucket, and what was not (design 6).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What one source contributed to one bucket. Adds up in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCount {
    /// Name of the configured source.
    pub input: String,
    /// Start of the bucket; of lines without a time of their own, that of the last time read before them.
    pub bucket: Timestamp,
    /// Events read and understood.
    pub parsed: u64,
    /// Events that no parser understood; kept as plain records.
    pub unparsed: u64,
    /// Events that came after their bucket was closed.
    pub late: u64,
    /// Events that could not be kept.
    pub dropped: u64,
    /// Events whose time was impossible.
    pub bad_time: u64,
    /// Of those that were read, how many came as counts of an agent.
    #[serde(default)]
    pub from_agent: u64,
}

impl SourceCount {
    /// Adds the counts of another part of the same source and bucket.
    pub fn merge(&mut self, other: &Self) {
        self.parsed += other.parsed;
        self.unparsed += other.unparsed;
        self.late += other.late;
        self.dropped += other.dropped;
        self.bad_time += other.bad_time;
        self.from_agent += other.from_agent;
    }
}

/// How complete a bucket is, over all sources.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// Up to when every active source has been read.
    pub watermark: Timestamp,
    /// Sources that were expected to report: those seen in the last 24 h.
    pub expected: u64,
    /// Sources that did report in this bucket.
    pub reporting: u64,
    /// Events understood.
    pub parsed: u64,
    /// Events not understood.
    pub unparsed: u64,
    /// Events that came late.
    pub late: u64,
    /// Events lost.
    pub dropped: u64,
    /// Of those that were read, how many came as counts of an agent.
    #[serde(default)]
    pub from_agent: u64,
}

impl Completeness {
    /// Adds what one source contributed.
    pub fn add(&mut self, count: &SourceCount) {
        self.reporting += 1;
        self.parsed += count.parsed;
        self.unparsed += count.unparsed;
        self.late += count.late;
        self.dropped += count.dropped;
        self.from_agent += count.from_agent;
    }

    /// Share of lines that the numbers stand for, 0 to 1; 1 when there were none.
    pub fn share(&self) -> f64 {
        let all = self.parsed + self.unparsed + self.dropped;
        if all == 0 { 1.0 } else { self.parsed as f64 / all as f64 }
    }
}
