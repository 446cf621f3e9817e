//! The first fold: batches of records into open buckets, and open buckets into what is kept.
//!
//! A batch is worked off in strides of a few thousand records, column by column: buckets, keys, rows, then field after
//! field, so that each loop touches little memory. Rows of several buckets in one stride are first handed to their
//! buckets; that order of work costs nothing when input is in order, and little when it is not.

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashMap;
use magpie_model::completeness::SourceCount;
use magpie_model::config::{Config, Limits};
use magpie_model::dictionary::{NULL, OTHER_CODE};
use magpie_model::record::{Dictionaries, mark};
use magpie_model::{Bucketing, Column, Partial, Records, Side, Timestamp, distinct, time};

use super::bucket::{OpenBucket, SourceTally};
use super::folded::{Drained, Folded};
use super::from_agent::{self, FromAgent, Place};
use super::kept::{Beyond, Kept, Roller};
use super::plan::Plan;
use super::selection::{Selection, UNTAKEN};
use super::shape::{COLUMNS, Shape};
use super::stride::Strides;

/// Records worked off together: their keys and row numbers fit the processor's first cache.
const STRIDE: usize = 2_048;
/// Length of the bucket in which records fold beyond what can be kept: a year of 365.25 days.
const COARSE: i64 = 8_766 * time::HOUR;
/// Records in one bucket between two drains; half of what the tallies can count.
const MOST_RECORDS: u64 = (u32::MAX / 2) as u64;

/// Where memory ends, per folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// Combinations per bucket, between two drains of it; records beyond fold into `(other)`.
    pub combinations: usize,
    /// Buckets open at once; beyond, the oldest is drained.
    pub open_buckets: usize,
    /// Rows of all open buckets together; beyond, the oldest is drained.
    pub open_rows: usize,
    /// Values noted for sketches and distinct counts; beyond, the oldest bucket is drained.
    pub notes: usize,
    /// Bytes of drained rows; beyond, records of buckets that are not open fold into one `(other)` row per year.
    pub kept_bytes: usize,
}

impl From<&Limits> for Ceilings {
    fn from(limits: &Limits) -> Self {
        Self {
            combinations: limits.combinations.max(1),
            open_buckets: limits.open_buckets.max(1),
            open_rows: 1 << 17,
            notes: 1 << 21,
            kept_bytes: 96 << 20,
        }
    }
}

/// What a folder did with the records it saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldCounts {
    /// Records folded into rows.
    pub folded: u64,
    /// Records that no monitor takes.
    pub untaken: u64,
    /// Second halves of calls that were counted already.
    pub late_pairs: u64,
    /// Of the folded ones, those that lost their combination to the ceiling: now in `(other)`.
    pub other: u64,
    /// Of the folded ones, those that kept their combination with a value of it beyond its column's ceiling, as their buckets are drained.
    pub other_values: u64,
    /// Of those that lost their combination, the ones that lost their bucket too: now in a bucket of a year.
    pub coarse: u64,
    /// Records that came after their bucket was closed.
    pub late: u64,
    /// Buckets drained before their time because of a ceiling.
    pub drained_early: u64,
}

impl FoldCounts {
    /// Adds the counts of another folder.
    pub fn merge(&mut self, other: &Self) {
        self.folded += other.folded;
        self.untaken += other.untaken;
        self.late_pairs += other.late_pairs;
        self.other += other.other;
        self.other_values += other.other_values;
        self.coarse += other.coarse;
        self.late += other.late;
        self.drained_early += other.drained_early;
    }
}

/// Folds the records of one operator.
///
/// Between two drains all batches must come with the same dictionaries, which may only grow.
#[derive(Debug)]
pub struct Folder {
    plan: Plan,
    selection: Selection,
    bucketing: Bucketing,
    ceilings: Ceilings,
    closed_before: Timestamp,
    open: BTreeMap<i64, usize>,
    buckets: Vec<OpenBucket>,
    free: Vec<usize>,
    /// The bucket of the last record: start, end (exclusive) and place.
    present: (i64, i64, usize),
    /// The same of the bucket before that: late records and others come in turns.
    previous: (i64, i64, usize),
    /// Buckets that got records of the present stride.
    touched: Vec<usize>,
    /// Rows of the present stride for whose bucket there is no room.
    homeless: Vec<usize>,
    /// Rows of the present stride that stand for many lines.
    weighted: Vec<usize>,
    /// Per row of the present stride, 0 if it is like most.
    different: Vec<u8>,
    roller: Roller,
    kept: Vec<Kept>,
    sources: HashMap<(i64, u32), SourceTally>,
    beyond: Beyond,
    from_agent: FromAgent,
    full: bool,
    /// Whether a column of the grain had more values than its ceiling.
    has_other_values: bool,
    counts: FoldCounts,
    /// Per field that counts a column's different words: the words' hashes by code.
    word_hashes: Vec<Vec<u64>>,
    strides: Strides,
}

impl Folder {
    /// A folder for the monitors of a configuration.
    pub fn new(config: &Config) -> Self {
        Self::with(config, Ceilings::from(&config.limits), false)
    }

    /// A folder that also keeps the base rows, as a monitor named [`super::BASE`], without percentiles and distinct counts.
    pub fn with_base(config: &Config) -> Self {
        Self::with(config, Ceilings::from(&config.limits), true)
    }

    /// A folder for records that were aggregated before: only those marked as folded lose their combination, so the result
    /// is what it was then. Its memory is bounded by what was stored, not by a ceiling.
    pub fn repeating(config: &Config) -> Self {
        let ceilings = Ceilings { combinations: usize::MAX, kept_bytes: usize::MAX, ..Ceilings::from(&config.limits) };
        Self::with(config, ceilings, false)
    }

    /// A folder with ceilings of its own.
    pub fn with(config: &Config, ceilings: Ceilings, base: bool) -> Self {
        let (plan, selection) = Plan::of(config, base);
        Self {
            roller: Roller::new(&plan),
            kept: vec![Kept::default(); plan.monitors.len()],
            word_hashes: vec![Vec::new(); plan.distinct.len()],
            selection,
            bucketing: config.bucket,
            ceilings,
            closed_before: Timestamp::MIN,
            open: BTreeMap::new(),
            buckets: Vec::new(),
            free: Vec::new(),
            present: (0, 0, 0),
            previous: (0, 0, 0),
            touched: Vec::new(),
            homeless: Vec::new(),
            weighted: Vec::new(),
            different: Vec::new(),
            sources: HashMap::new(),
            beyond: Beyond::default(),
            from_agent: FromAgent::default(),
            full: false,
            has_other_values: false,
            counts: FoldCounts::default(),
            strides: Strides::new(&plan),
            plan,
        }
    }

    /// From now on records of buckets that begin before `bucket` count as late: `Watermarks::closed_before`.
    pub fn set_closed_before(&mut self, bucket: Timestamp) {
        self.closed_before = bucket;
    }

    /// Counts events of a source that could not be kept, for completeness.
    pub fn count_dropped(&mut self, input: u32, at: Timestamp, events: u64) {
        let start = self.bucketing.start(at).0;
        self.sources.entry((start, input)).or_insert_with(|| SourceTally { input, ..SourceTally::default() }).dropped += events;
    }

    /// What was done so far, since the beginning.
    pub fn counts(&self) -> FoldCounts {
        self.counts
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let beyond = self.beyond.values().map(|partial| 64 + partial.fields.len() * 96 + partial_heap(partial)).sum::<usize>();
        self.buckets.iter().map(OpenBucket::memory).sum::<usize>()
            + self.kept_memory()
            + self.roller.memory()
            + self.strides.memory()
            + beyond
            + self.from_agent.memory()
    }

    /// Folds rows of a batch. Sets [`mark::FOLDED`] on records that lose their combination.
    pub fn fold(&mut self, records: &mut Records, dictionaries: &Dictionaries, rows: Range<usize>) {
        debug_assert_eq!(records.fields.len(), self.plan.fields.len(), "records of another configuration");
        self.selection.learn(dictionaries);
        self.learn_words(dictionaries);
        self.has_other_values |= self.plan.columns.iter().any(|&column| dictionaries.of(column).folded() > 0);
        let mut start = rows.start;
        while start < rows.end.min(records.len()) {
            let end = rows.end.min(records.len()).min(start + STRIDE);
            self.assign(records, start..end);
            self.strides.fit_keys(&self.plan, dictionaries, self.selection.classes(), &mut self.buckets);
            while let Some(place) = self.touched.pop() {
                self.fold_assigned(records, place);
            }
            while let Some(row) = self.homeless.pop() {
                self.fold_beyond(records, row);
            }
            while let Some(row) = self.weighted.pop() {
                self.fold_from_agent(records, row);
            }
            self.keep_within_ceilings();
            start = end;
        }
    }

    /// Hands over everything folded since the last drain and starts afresh: what a segment stores.
    pub fn drain(&mut self, dictionaries: &Dictionaries) -> Drained {
        self.take(dictionaries).into_drained()
    }

    /// The end of a report: everything folded, ready to be merged with that of other operators and to be read.
    pub fn finish(mut self, dictionaries: &Dictionaries) -> Folded {
        self.take(dictionaries)
    }

    fn take(&mut self, dictionaries: &Dictionaries) -> Folded {
        while self.close_oldest() {}
        self.roller.roll_beyond(&self.beyond, &self.plan, &self.selection, &mut self.kept);
        self.beyond.clear();
        self.roller.roll_from_agent(&self.from_agent, &self.plan, &self.selection, &mut self.kept);
        self.from_agent.clear();
        self.full = false;
        self.strides.forget(&self.plan);
        self.selection.forget();
        self.word_hashes.iter_mut().for_each(Vec::clear);
        let kept = std::mem::replace(&mut self.kept, vec![Kept::default(); self.plan.monitors.len()]);
        let sources = self.sources.drain().map(|((bucket, input), tally)| source_count(dictionaries, bucket, input, &tally)).collect();
        Folded::new(&self.plan, kept, dictionaries, sources, self.counts)
    }

    /// Hands each record to its bucket; records that are alike and follow each other in one bucket at once.
    fn assign(&mut self, records: &Records, rows: Range<usize>) {
        let first = rows.start;
        let alike = self.selection.goes_by_kind().then(|| alike(records, rows.clone(), &mut self.different)).flatten();
        let mut row = first;
        while row < rows.end {
            let time = records.time[row];
            let marks = records.marks[row];
            if marks & (mark::FROM_AGENT | mark::SAMPLED) != 0 {
                // A sample is one of those lines that a partial beside it stands for.
                self.weighted.extend((marks & mark::FROM_AGENT != 0).then_some(row));
                row += 1;
                continue;
            }
            if !contains(self.present, time) {
                std::mem::swap(&mut self.present, &mut self.previous);
                if !contains(self.present, time) && !self.enter(time) {
                    self.homeless.push(row);
                    row += 1;
                    continue;
                }
            }
            let (start, end, place) = self.present;
            if let Some(model) = alike
                && self.different[row - first] == 0
            {
                let more = records.time[row..rows.end].iter().zip(&self.different[row - first..]);
                let run = more.take_while(|&(&time, &different)| different == 0 && start <= time && time < end).count();
                // At the end of time a bucket has no end after it.
                self.assign_alike(records, row..row + run.max(1), model, place);
                row += run.max(1);
            } else {
                self.assign_one(records, row, place);
                row += 1;
            }
        }
    }

    /// Hands records of one bucket to it, which are all counted and taken as `model` is.
    fn assign_alike(&mut self, records: &Records, run: Range<usize>, model: usize, place: usize) {
        let bucket = &mut self.buckets[place];
        let late = if bucket.start < self.closed_before.0 { run.len() as u64 } else { 0 };
        self.counts.late += late;
        let source = bucket.source(records.text[Column::Input.index()][model]);
        source.parsed += run.len() as u64;
        source.late += late;
        match self.selection.class_of(records, model) {
            UNTAKEN => self.counts.untaken += run.len() as u64,
            class => {
                if bucket.assigned.is_empty() {
                    self.touched.push(place);
                }
                bucket.assigned.extend(run.start as u32..run.end as u32);
                bucket.classes.resize(bucket.assigned.len(), class);
            }
        }
    }

    /// Hands one record to its bucket.
    fn assign_one(&mut self, records: &Records, row: usize, place: usize) {
        let bucket = &mut self.buckets[place];
        let late = bucket.start < self.closed_before.0;
        self.counts.late += u64::from(late);
        let (marks, unparsed) = (records.marks[row], records.text[Column::ParseError.index()][row] != NULL);
        bucket.source(records.text[Column::Input.index()][row]).add(unparsed, marks, late);
        if marks & mark::LATE_PAIR != 0 {
            self.counts.late_pairs += 1;
            return;
        }
        match self.selection.class_of(records, row) {
            UNTAKEN => self.counts.untaken += 1,
            class => {
                if bucket.assigned.is_empty() {
                    self.touched.push(place);
                }
                bucket.assigned.push(row as u32);
                bucket.classes.push(class);
            }
        }
    }

    /// Makes the bucket of `time` the present one, opening it if need be; `false` when nothing more can be kept.
    fn enter(&mut self, time: i64) -> bool {
        let start = self.bucketing.start(Timestamp(time)).0;
        let place = match self.open.get(&start) {
            Some(&place) => place,
            None if self.full => return false,
            None => self.open(start),
        };
        // A bucket at the end of time has no end after it: its records enter one by one.
        self.present = (start, self.bucketing.end(Timestamp(start)).0, place);
        true
    }

    fn open(&mut self, start: i64) -> usize {
        let place = self.free.pop().unwrap_or_else(|| {
            self.buckets.push(OpenBucket::new(&self.plan));
            self.buckets.len() - 1
        });
        self.buckets[place].start = start;
        self.open.insert(start, place);
        place
    }

    /// Folds the records that a bucket was handed in this stride.
    fn fold_assigned(&mut self, records: &mut Records, place: usize) {
        let ceiling = self.ceilings.combinations;
        let other = self.strides.fold(records, &self.plan, &self.word_hashes, &mut self.buckets, place, ceiling);
        let bucket = &mut self.buckets[place];
        self.counts.folded += bucket.assigned.len() as u64;
        self.counts.other += other;
        bucket.assigned.clear();
        bucket.classes.clear();
    }

    /// Folds a record for whose bucket there is no room: into the `(other)` row of its year.
    fn fold_beyond(&mut self, records: &mut Records, row: usize) {
        let bucket = Timestamp(records.time[row].saturating_sub(records.time[row].rem_euclid(COARSE)));
        let (input, marks) = (records.text[Column::Input.index()][row], records.marks[row]);
        let late = bucket < self.closed_before;
        let unparsed = records.text[Column::ParseError.index()][row] != NULL;
        let source = self.sources.entry((bucket.0, input)).or_insert_with(|| SourceTally { input, ..SourceTally::default() });
        source.add(unparsed, marks, late);
        self.counts.late += u64::from(late);
        if marks & mark::LATE_PAIR != 0 {
            self.counts.late_pairs += 1;
            return;
        }
        let class = self.selection.class_of(records, row);
        if class == UNTAKEN {
            self.counts.untaken += 1;
            return;
        }
        records.marks[row] |= mark::FOLDED;
        let side = if records.side[row] == Side::Caller as u8 { Side::Caller } else { Side::Callee };
        let partial = self.beyond.entry((bucket.0, class, side)).or_insert_with(|| Partial::new(&self.plan.fields));
        partial.records += 1;
        partial.one_sided += u64::from(marks & mark::ONE_SIDED);
        for (field, values) in partial.fields.iter_mut().zip(&records.fields) {
            field.add(values[row]);
        }
        for (&field, words) in self.plan.distinct.iter().zip(&self.word_hashes) {
            let Some(column) = self.plan.fields[field].distinct_of else { continue };
            let code = records.text[column.index()][row];
            if let (Some(distinct), Some(&hash)) = (&mut partial.fields[field].distinct, words.get(code as usize).filter(|_| code != NULL))
            {
                distinct.add_hash(hash);
            }
        }
        self.counts.folded += 1;
        self.counts.other += 1;
        self.counts.coarse += 1;
    }

    /// Folds a record that stands for many. One that cannot be read stands for nothing; `magpie doctor` names it.
    fn fold_from_agent(&mut self, records: &mut Records, row: usize) {
        let Some(partial) = from_agent::partial_of(records, row, &self.plan, &self.word_hashes) else { return };
        let (lines, bucket) = (partial.records, self.bucketing.start(Timestamp(records.time[row])));
        let (input, late) = (records.text[Column::Input.index()][row], bucket < self.closed_before);
        let source = self.sources.entry((bucket.0, input)).or_insert_with(|| SourceTally { input, ..SourceTally::default() });
        source.add_partial(lines, from_agent::is_unparsed(records, row), records.marks[row], late);
        self.counts.late += if late { lines } else { 0 };
        let class = self.selection.class_of(records, row);
        if class == UNTAKEN {
            self.counts.untaken += lines;
            return;
        }
        let side = if records.side[row] == Side::Caller as u8 { Side::Caller } else { Side::Callee };
        let place = Place { bucket: bucket.0, class, side, codes: from_agent::codes_of(records, row, &self.plan) };
        self.from_agent.add(records, row, &partial, &self.plan, place, self.ceilings.combinations);
        self.counts.folded += lines;
        self.counts.other += if records.marks[row] & mark::FOLDED != 0 { lines } else { 0 };
    }

    fn learn_words(&mut self, dictionaries: &Dictionaries) {
        for (&field, hashes) in self.plan.distinct.iter().zip(&mut self.word_hashes) {
            let Some(column) = self.plan.fields[field].distinct_of else { continue };
            let dictionary = dictionaries.of(column);
            for code in hashes.len()..dictionary.len() {
                hashes.push(distinct::hash(dictionary.get(code as u32).as_bytes()));
            }
        }
    }

    fn keep_within_ceilings(&mut self) {
        let mut most_notes = self.ceilings.notes;
        if self.open_sum(OpenBucket::notes) > most_notes {
            // Joining equal notes keeps a bucket of many records whole; if that gains less than half, the oldest must go.
            self.open.values().for_each(|&place| self.buckets[place].compact_notes());
            most_notes /= 2;
        }
        let mut notes = self.open_sum(OpenBucket::notes);
        let mut rows = self.open_sum(|bucket| bucket.table.len());
        let mut uncountable = self.open_sum(|bucket| usize::from(bucket.records > MOST_RECORDS));
        while let Some(&place) = self.open.values().next() {
            let several = self.open.len() > 1;
            let too_many = several && (self.open.len() > self.ceilings.open_buckets || rows > self.ceilings.open_rows);
            if !(too_many || notes > most_notes || uncountable > 0) {
                return;
            }
            let oldest = &self.buckets[place];
            rows -= oldest.table.len();
            notes -= oldest.notes();
            uncountable -= usize::from(oldest.records > MOST_RECORDS);
            self.close_oldest();
            self.counts.drained_early += 1;
        }
    }

    fn open_sum(&self, of: impl Fn(&OpenBucket) -> usize) -> usize {
        self.open.values().map(|&place| of(&self.buckets[place])).sum()
    }

    /// Drains the oldest open bucket; `false` when none is open.
    fn close_oldest(&mut self) -> bool {
        let Some((start, place)) = self.open.pop_first() else { return false };
        self.present = (0, 0, 0);
        self.previous = (0, 0, 0);
        let bucket = &mut self.buckets[place];
        if self.has_other_values {
            self.counts.other_values += with_other_values(bucket, &self.strides.shape, self.plan.columns.len());
        }
        self.roller.roll(bucket, &self.strides.shape, &self.plan, &self.selection, &mut self.kept);
        for tally in bucket.sources() {
            let input = tally.input;
            self.sources.entry((start, input)).or_insert_with(|| SourceTally { input, ..SourceTally::default() }).merge(tally);
        }
        bucket.clear();
        self.free.push(place);
        self.full |= self.kept_memory() > self.ceilings.kept_bytes;
        true
    }

    fn kept_memory(&self) -> usize {
        self.kept.iter().map(Kept::memory).sum::<usize>() + self.sources.capacity() * size_of::<((i64, u32), SourceTally)>()
    }
}

/// Records of rows some of whose values, but not all, are `(other)`: where all are, the combination was lost.
fn with_other_values(bucket: &OpenBucket, shape: &Shape, columns: usize) -> u64 {
    let others = |row: &[u64]| (0..columns).filter(|column| shape.packing.get(shape.key(row), COLUMNS + column) == OTHER_CODE).count();
    bucket.table.rows(shape).filter(|row| (1..columns.max(2)).contains(&others(row))).map(|row| shape.records(row).0).sum()
}

/// Finds a record like which most of these are: understood, of one source and kind, without marks that count. Notes of each
/// whether it is different. `None` where not one was understood.
fn alike(records: &Records, rows: Range<usize>, different: &mut Vec<u8>) -> Option<usize> {
    let errors = &records.text[Column::ParseError.index()][rows.clone()];
    let model = rows.start + errors.iter().position(|&error| error == NULL)?;
    different.clear();
    different.extend(errors.iter().map(|&error| u8::from(error != NULL)));
    let (inputs, kind) = (&records.text[Column::Input.index()], records.kind[model]);
    different.iter_mut().zip(&inputs[rows.clone()]).for_each(|(different, &input)| *different |= u8::from(input != inputs[model]));
    for ((different, marks), other) in different.iter_mut().zip(&records.marks[rows.clone()]).zip(&records.kind[rows]) {
        *different |= (other ^ kind) | marks & (mark::BAD_TIME | mark::LATE_PAIR | mark::FROM_AGENT | mark::SAMPLED);
    }
    Some(model)
}

/// Whether a bucket with this start and this end has that time.
fn contains((start, end, _): (i64, i64, usize), time: i64) -> bool {
    (start..end).contains(&time)
}

fn source_count(dictionaries: &Dictionaries, bucket: i64, input: u32, tally: &SourceTally) -> SourceCount {
    let &SourceTally { parsed, unparsed, late, dropped, bad_time, from_agent, .. } = tally;
    let input = dictionaries.of(Column::Input).get(input).to_owned();
    SourceCount { input, bucket: Timestamp(bucket), parsed, unparsed, late, dropped, bad_time, from_agent }
}

fn partial_heap(partial: &Partial) -> usize {
    partial
        .fields
        .iter()
        .map(|field| field.sketch.as_ref().map_or(0, |sketch| sketch.bins().len() * 8) + field.distinct.as_ref().map_or(0, |_| 8_192))
        .sum()
}
