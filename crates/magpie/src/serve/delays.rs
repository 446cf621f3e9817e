//! How soon lines can be asked for: from the time that a record tells to its becoming visible, per source, over the last minutes.
//!
//! A few rows of each batch stand for all of it, so that this costs the way of the records nothing that could be measured. A line
//! that tells whole seconds only seems late by up to one more.

use std::collections::{BTreeMap, VecDeque};

use magpie_api::DelayReport;
use magpie_model::dictionary::NULL;
use magpie_model::record::{RecordBatch, mark};
use magpie_model::time::MINUTE;
use magpie_model::{Column, Sketch, Timestamp};

/// How far back is told.
const MINUTES: i64 = 5;
/// Rows of one source in a batch that are looked at.
const LOOKS: usize = 32;

/// Marks of records whose time is not when a line was written: none, an impossible one, the start of many lines' bucket.
const UNTIMED: u8 = mark::BAD_TIME | mark::NO_TIME | mark::FROM_AGENT;

/// The delays of one source, minute by minute. Values are in µs.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays(VecDeque<(i64, Sketch)>);

impl Delays {
    /// Adds what became visible now.
    pub(super) fn add(&mut self, delays: &Sketch, now: Timestamp) {
        let minute = now.0.div_euclid(MINUTE);
        match self.0.back_mut() {
            // The clock may have been set back: then the present minute goes on.
            Some((last, sketch)) if *last >= minute => sketch.merge(delays),
            _ => self.0.push_back((minute, delays.clone())),
        }
        while self.0.len() > MINUTES as usize {
            self.0.pop_front();
        }
    }

    /// Over the last five minutes; `None` when nothing came.
    pub(super) fn report(&self, now: Timestamp) -> Option<DelayReport> {
        let oldest = now.0.div_euclid(MINUTE) - MINUTES;
        let mut all = Sketch::default();
        self.0.iter().filter(|(minute, _)| *minute > oldest).for_each(|(_, sketch)| all.merge(sketch));
        let ms = |quantile| all.quantile(quantile).map(|micros| micros / 1e3);
        Some(DelayReport { p50_ms: ms(0.5)?, p99_ms: ms(0.99)? })
    }
}

/// What a batch that becomes visible now adds, by source.
pub(super) fn of_batch(batch: &RecordBatch, now: Timestamp) -> BTreeMap<String, Sketch> {
    let (records, dictionary) = (&batch.records, batch.dictionaries.of(Column::Input));
    let mut delays: BTreeMap<String, Sketch> = BTreeMap::new();
    let mut start = 0;
    // Rows of one source follow each other.
    for run in records.text[Column::Input.index()].chunk_by(|one, next| one == next) {
        let rows = start..start + run.len();
        start = rows.end;
        if run[0] == NULL {
            continue;
        }
        let known = rows.step_by(run.len().div_ceil(LOOKS)).filter(|&row| records.marks[row] & UNTIMED == 0);
        for row in known {
            let late = now.since(Timestamp(records.time[row])).max(0) / 1_000;
            delays.entry(dictionary.get(run[0]).to_owned()).or_default().add(late);
        }
    }
    delays
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_US: i64 = 1_000_000;

    fn sketch(micros: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        micros.iter().for_each(|one| sketch.add(*one));
        sketch
    }

    /// What came at a minute, in seconds of delay, and what is told at a minute: p50 and p99 in whole seconds.
    #[test]
    fn the_last_five_minutes_are_told() {
        for (came, asked, told) in [
            (&[][..], 0, None),
            (&[(0, 2)], 0, Some((2, 2))),
            (&[(0, 2)], 4, Some((2, 2))),
            (&[(0, 2)], 5, None),
            (&[(0, 100), (3, 2), (4, 2), (5, 2)], 5, Some((2, 2))),
            (&[(0, 2), (1, 2), (1, 2), (2, 100)], 2, Some((2, 100))),
            (&[(9, 2), (3, 4), (3, 4)], 9, Some((4, 4))),
        ] {
            let mut delays = Delays::default();
            for &(minute, seconds) in came {
                delays.add(&sketch(&[seconds * SECOND_US]), Timestamp(minute * MINUTE + 1));
            }
            let report = delays.report(Timestamp(asked * MINUTE + 2));
            let whole = report.map(|report| ((report.p50_ms / 1e3).round() as i64, (report.p99_ms / 1e3).round() as i64));
            assert_eq!(whole, told, "{came:?} asked at {asked}");
        }
    }

    #[test]
    fn a_long_run_of_the_clock_keeps_five_minutes_in_memory() {
        let mut delays = Delays::default();
        (0..1_000).for_each(|minute| delays.add(&sketch(&[1]), Timestamp(minute * MINUTE)));
        assert_eq!(delays.0.len(), 5);
    }
}
