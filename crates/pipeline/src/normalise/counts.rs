//! How many events were understood, and why the others were not: counted by source and reason, sampled for showing.

use std::collections::BTreeMap;

use magpie_model::origin::Origin;

use super::values::Reason;

/// Samples kept per source.
const SAMPLES: usize = 20;
/// Characters of a sample.
const SAMPLE_LENGTH: usize = 400;

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Its file.
    pub file: String,
    /// Generation of the file.
    pub generation: u64,
    /// Where in the file it begins.
    pub offset: u64,
    /// Why it was not understood.
    pub reason: Reason,
    /// Its beginning.
    pub text: String,
}

/// What became of the events of one source. Adds up in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events (or, of formats with many events per line, lines) understood.
    pub parsed: u64,
    /// Events not understood; each is kept as a plain record.
    pub unparsed: u64,
    /// Headers, comments and directives: no events.
    pub skipped: u64,
    /// Events whose line was cut.
    pub cut: u64,
    /// Events with bytes that are no UTF-8.
    pub lossy: u64,
    /// Unparsed events by reason.
    pub reasons: BTreeMap<Reason, u64>,
    /// The first unparsed events, by file and offset.
    pub samples: Vec<Sample>,
}

impl Counts {
    /// The share of all events that were understood, 0 to 1; 1 where there were none.
    pub fn share_read(&self) -> f64 {
        let all = self.parsed + self.unparsed;
        if all == 0 { 1.0 } else { self.parsed as f64 / all as f64 }
    }

    /// Counts lines that an agent has counted, as understood or for a reason; their text is not here.
    pub(super) fn add_counted(&mut self, lines: u64, unparsed: Option<Reason>) {
        match unparsed {
            None => self.parsed += lines,
            Some(reason) => {
                self.unparsed += lines;
                *self.reasons.entry(reason).or_default() += lines;
            }
        }
    }

    pub(super) fn add_unparsed(&mut self, origin: &Origin, offset: u64, reason: Reason, text: &[u8]) {
        self.unparsed += 1;
        *self.reasons.entry(reason).or_default() += 1;
        let place = (&*origin.file, origin.generation, offset);
        if self.samples.len() == SAMPLES
            && self.samples.last().is_some_and(|last| (last.file.as_str(), last.generation, last.offset) <= place)
        {
            return;
        }
        let text = String::from_utf8_lossy(text).chars().take(SAMPLE_LENGTH).collect();
        let sample = Sample { file: origin.file.to_string(), generation: origin.generation, offset, reason, text };
        let at = self.samples.partition_point(|known| *known < sample);
        self.samples.insert(at, sample);
        self.samples.truncate(SAMPLES);
    }

    /// Adds what another operator counted; the samples kept are those of lowest place, whoever saw them.
    pub fn merge(&mut self, other: &Self) {
        self.parsed += other.parsed;
        self.unparsed += other.unparsed;
        self.skipped += other.skipped;
        self.cut += other.cut;
        self.lossy += other.lossy;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(*reason).or_default() += count;
        }
        self.samples.extend(other.samples.iter().cloned());
        self.samples.sort();
        self.samples.truncate(SAMPLES);
    }
}
