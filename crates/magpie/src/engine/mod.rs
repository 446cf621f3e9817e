//! Runs operators over files, all in memory: what `report` is made of.
//!
//! N operators take turns at reading the next piece of the input; each normalises and folds what it read, which is in its processor's cache
//! by then, and at the end their results are merged. Spans of all operators meet in one pairer. Nothing here decides anything: the
//! result is the same for every N.

pub(crate) mod again;
mod files;
pub(crate) mod inputs;
pub(crate) mod shown;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use magpie_collect::{Buffers, FileSummary};
use magpie_model::config::Config;
use magpie_model::dictionary::NULL;
use magpie_model::record::{Dictionaries, Record, mark};
use magpie_model::{Column, Kind, Records, Severity, Timestamp};
use magpie_pipeline::aggregate::{Folded, Folder};
use magpie_pipeline::normalise::counts::Counts;
use magpie_pipeline::normalise::intake::Work;
use magpie_pipeline::normalise::normaliser::Normaliser;
use magpie_pipeline::normalise::plan::{Keep, Plan};
use magpie_pipeline::normalise::spans::{Ceilings, Pairer, PairingCounts};

use files::Files;
pub(crate) use files::{FileFormat, Progress};
use inputs::Inputs;

/// What operators found, merged.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Rows of all monitors.
    pub(crate) folded: Folded,
    /// Per source of the configuration: what became of its events.
    pub(crate) counts: Vec<Counts>,
    /// Per file: the name of the format it was read as, and its confidence.
    pub(crate) formats: Vec<FileFormat>,
    /// What was seen of all records.
    pub(crate) seen: Seen,
    /// What became of spans.
    pub(crate) pairing: PairingCounts,
    /// What came of each file.
    pub(crate) files: Vec<FileSummary>,
}

/// A summary of records that does not need them to be kept. Adds up in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Records made, without those that could not be parsed.
    pub(crate) records: u64,
    /// Least and greatest time of those that have one.
    pub(crate) times: Option<(Timestamp, Timestamp)>,
    /// Plain log events by severity.
    pub(crate) severities: BTreeMap<Severity, u64>,
    /// Whether any record is a call.
    pub(crate) calls: u64,
    /// Records with an impossible time, and those without any.
    pub(crate) bad_times: u64,
    /// Records without a time of their own.
    pub(crate) untimed: u64,
}

impl Seen {
    /// Column by column, since nearly all records are calls with a time of their own.
    fn observe(&mut self, records: &Records) {
        const UNTIMED: u8 = mark::NO_TIME | mark::BAD_TIME;
        let errors = &records.text[Column::ParseError.index()];
        let understood = errors.iter().filter(|&&error| error == NULL).count();
        self.records += understood as u64;
        let calls = records.kind.iter().filter(|&&kind| kind == Kind::Call as u8).count();
        self.calls += calls as u64;
        let timed = records.time.iter().zip(&records.marks).filter(|(_, marks)| *marks & UNTIMED == 0);
        let (least, greatest) = timed.fold((i64::MAX, i64::MIN), |(least, greatest), (&time, _)| (least.min(time), greatest.max(time)));
        if least <= greatest {
            self.widen(Timestamp(least), Timestamp(greatest));
        }
        let marks_of_understood = errors.iter().zip(&records.marks).map(|(&error, &marks)| if error == NULL { marks } else { 0 });
        if calls < understood || marks_of_understood.fold(0, |all, marks| all | marks) & UNTIMED != 0 {
            self.observe_odd(records);
        }
    }

    /// Counts plain log events, and records without a possible time, of what was understood.
    fn observe_odd(&mut self, records: &Records) {
        let mut severities = [0u64; Severity::ALL.len()];
        let understood = records.text[Column::ParseError.index()].iter().enumerate().filter(|&(_, &error)| error == NULL);
        for (row, _) in understood {
            let marks = records.marks[row];
            self.bad_times += u64::from(marks & mark::BAD_TIME != 0);
            self.untimed += u64::from(marks & mark::NO_TIME != 0);
            if records.kind[row] != Kind::Call as u8 {
                severities[usize::from(records.severity[row]).min(severities.len() - 1)] += 1;
            }
        }
        for (severity, count) in Severity::ALL.into_iter().zip(severities).filter(|(_, count)| *count > 0) {
            *self.severities.entry(severity).or_default() += count;
        }
    }

    fn widen(&mut self, least: Timestamp, greatest: Timestamp) {
        let (before, after) = self.times.unwrap_or((least, greatest));
        self.times = Some((before.min(least), after.max(greatest)));
    }

    fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.calls += other.calls;
        self.bad_times += other.bad_times;
        self.untimed += other.untimed;
        for (severity, count) in &other.severities {
            *self.severities.entry(*severity).or_default() += count;
        }
        if let Some((least, greatest)) = other.times {
            self.widen(least, greatest);
        }
    }
}

/// Reads `inputs` and folds them by `config` with `threads` operators. `now` decides which times are impossible.
pub(crate) fn run(
    config: &Config,
    plan: &Arc<Plan>,
    inputs: &Inputs,
    threads: usize,
    now: Timestamp,
    progress: &(dyn Fn(Progress) + Sync),
) -> Outcome {
    let buffers = Buffers::default();
    let files = Mutex::new(Files::new(plan, inputs, &buffers, progress));
    let pairing = Mutex::new(Pairing::new(config, plan));
    let operate = || Operator::new(config, plan, &buffers).run(&files, &pairing, now);
    let found: Vec<Found> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(operate)).collect();
        let mut found = vec![operate()];
        found.extend(others.into_iter().map(|operator| operator.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        found
    });
    let mut all = pairing.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    found.into_iter().for_each(|found| all.merge(found));
    let (formats, files) = files.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    Outcome { folded: all.folded, counts: all.counts, formats, seen: all.seen, pairing: all.pairing, files }
}

/// What one operator, or the pairing, found.
struct Found {
    folded: Folded,
    counts: Vec<Counts>,
    seen: Seen,
    pairing: PairingCounts,
}

impl Found {
    fn merge(&mut self, other: Self) {
        self.folded.merge(other.folded);
        self.counts.resize(self.counts.len().max(other.counts.len()), Counts::default());
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            mine.merge(theirs);
        }
        self.seen.merge(&other.seen);
    }
}

struct Operator {
    normaliser: Normaliser,
    folder: Folder,
    seen: Seen,
    buffers: Buffers,
}

impl Operator {
    fn new(config: &Config, plan: &Arc<Plan>, buffers: &Buffers) -> Self {
        Self {
            normaliser: Normaliser::new(Arc::clone(plan), Keep::Measures),
            folder: Folder::new(config),
            seen: Seen::default(),
            buffers: buffers.clone(),
        }
    }

    fn run(mut self, files: &Mutex<Files<'_>>, pairing: &Mutex<Pairing>, now: Timestamp) -> Found {
        loop {
            let works = files.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(works) = works else { break };
            works.into_iter().for_each(|work| self.take(work, pairing, now));
        }
        self.finish()
    }

    fn take(&mut self, work: Work, pairing: &Mutex<Pairing>, now: Timestamp) {
        let Self { normaliser, folder, seen, buffers } = self;
        normaliser.normalise_into(&work, now, &mut |records, dictionaries| {
            let rows = 0..records.len();
            folder.fold(records, dictionaries, rows);
            seen.observe(records);
        });
        buffers.give_back(work.chunk.bytes);
        if !normaliser.spans.is_empty() {
            pairing.lock().unwrap_or_else(PoisonError::into_inner).take(normaliser, now);
        }
    }

    fn finish(self) -> Found {
        let folded = self.folder.finish(&self.normaliser.dictionaries);
        Found { folded, counts: self.normaliser.counts, seen: self.seen, pairing: PairingCounts::default() }
    }
}

/// Where the spans of all operators meet and become calls.
struct Pairing {
    plan: Arc<Plan>,
    pairer: Pairer,
    folder: Folder,
    records: Records,
    dictionaries: Dictionaries,
    seen: Seen,
    calls: Vec<Record>,
}

impl Pairing {
    fn new(config: &Config, plan: &Arc<Plan>) -> Self {
        Self {
            pairer: Pairer::new(config.span_wait, Ceilings::default()),
            folder: Folder::new(config),
            records: Records::new(plan.fields().len()),
            dictionaries: Dictionaries::default(),
            seen: Seen::default(),
            calls: Vec::new(),
            plan: Arc::clone(plan),
        }
    }

    /// Takes an operator's spans. In a report time stands still, so that a half waits for the end of the input.
    fn take(&mut self, normaliser: &mut Normaliser, now: Timestamp) {
        for span in normaliser.spans.drain(..) {
            self.pairer.offer(span, now, &mut self.calls);
        }
        self.fold();
    }

    fn fold(&mut self) {
        for call in self.calls.drain(..) {
            self.records.push(&call, self.plan.fields(), &mut self.dictionaries);
        }
        let rows = 0..self.records.len();
        self.folder.fold(&mut self.records, &self.dictionaries, rows);
        self.seen.observe(&self.records);
        self.records.clear();
    }

    fn finish(mut self) -> Found {
        self.pairer.finish(&mut self.calls);
        self.fold();
        Found { folded: self.folder.finish(&self.dictionaries), counts: Vec::new(), seen: self.seen, pairing: self.pairer.counts() }
    }
}
