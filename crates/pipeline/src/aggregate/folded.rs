//! Everything folded, ready to be merged with other operators' and to be read in sorted order.
//!
//! Merging only joins dictionaries and sets chunks side by side; equal rows meet when a bucket is read, and only one
//! bucket is unpacked at a time. So eight hundred thousand rows can be printed without standing in memory as rows.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use magpie_model::completeness::{Completeness, SourceCount};
use magpie_model::dictionary::NULL;
use magpie_model::record::Dictionaries;
use magpie_model::rollup::{KEY_WIDTH, recoding};
use magpie_model::{Column, Dictionary, FieldSpec, Key, Partial, PartialRow, PartialTable, Side, Timestamp};

use super::folder::FoldCounts;
use super::kept::{Chunk, Kept};
use super::plan::{MonitorPlan, Plan};
use super::rows::{read, read_partial};

/// What a segment stores besides its records.
#[derive(Clone, Debug)]
pub struct Drained {
    /// Partials of every monitor, sides not resolved; in the order of the configuration. Their rows are in no order, and a
    /// combination may stand in several.
    pub tables: Vec<PartialTable>,
    /// What each source contributed to each bucket, by bucket and name.
    pub sources: Vec<SourceCount>,
}

/// Rows of all monitors, and what they were made of.
#[derive(Clone, Debug)]
pub struct Folded {
    columns: Vec<Column>,
    dictionaries: Vec<Dictionary>,
    monitors: Vec<Monitor>,
    sources: Vec<SourceCount>,
    counts: FoldCounts,
}

/// Rows of one monitor, as chunks of several folders.
#[derive(Clone, Debug)]
struct Monitor {
    plan: MonitorPlan,
    parts: Vec<Part>,
}

/// What one folder kept, and how its codes read in the joined dictionaries.
#[derive(Clone, Debug)]
struct Part {
    kept: Kept,
    /// Per column of the grain: joined code by own code; `None` where they are the same.
    recode: Option<Arc<Vec<Vec<u32>>>>,
}

impl Folded {
    pub(super) fn new(
        plan: &Plan,
        kept: Vec<Kept>,
        dictionaries: &Dictionaries,
        mut sources: Vec<SourceCount>,
        counts: FoldCounts,
    ) -> Self {
        sources.sort_by(|left, right| (left.bucket, &left.input).cmp(&(right.bucket, &right.input)));
        let monitors =
            plan.monitors.iter().zip(kept).map(|(plan, kept)| Monitor { plan: plan.clone(), parts: vec![Part { kept, recode: None }] });
        Self {
            dictionaries: plan.columns.iter().map(|&column| dictionaries.of(column).clone()).collect(),
            columns: plan.columns.clone(),
            monitors: monitors.collect(),
            sources,
            counts,
        }
    }

    /// Adds what another operator folded of the same configuration.
    pub fn merge(&mut self, other: Self) {
        debug_assert_eq!(self.columns, other.columns, "folded by different configurations");
        let joined: Vec<Vec<u32>> =
            self.dictionaries.iter_mut().zip(&other.dictionaries).map(|(mine, theirs)| recoding(mine, theirs)).collect();
        let joined = Arc::new(joined);
        for (mine, theirs) in self.monitors.iter_mut().zip(other.monitors) {
            mine.parts.extend(theirs.parts.into_iter().map(|part| part.recoded(&joined)));
        }
        self.sources.extend(other.sources);
        merge_sources(&mut self.sources);
        self.counts.merge(&other.counts);
    }

    /// Names of the monitors, the base rows' [`super::BASE`] included where they were kept.
    pub fn monitors(&self) -> impl Iterator<Item = &str> {
        self.monitors.iter().map(|monitor| &*monitor.plan.name)
    }

    /// What each source contributed to each bucket, by bucket and name.
    pub fn sources(&self) -> &[SourceCount] {
        &self.sources
    }

    /// What was done with the records.
    pub fn counts(&self) -> FoldCounts {
        self.counts
    }

    /// The rows of a monitor; `None` for a name that is none.
    pub fn rows(&self, monitor: &str) -> Option<Rows<'_>> {
        self.monitors.iter().find(|known| &*known.plan.name == monitor).map(|monitor| Rows::new(self, monitor))
    }

    /// All rows of a monitor as a table, equal rows merged, sorted, sides not resolved.
    pub fn to_table(&self, monitor: &str) -> Option<PartialTable> {
        self.rows(monitor).map(|rows| rows.to_table())
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let parts = self.monitors.iter().flat_map(|monitor| &monitor.parts);
        parts.map(|part| part.kept.memory()).sum::<usize>()
            + self.dictionaries.iter().map(Dictionary::memory).sum::<usize>()
            + self.sources.iter().map(|count| size_of::<SourceCount>() + count.input.len()).sum::<usize>()
    }

    pub(super) fn into_drained(self) -> Drained {
        let tables = self.monitors.iter().map(|monitor| Rows::new(&self, monitor).to_unordered_table()).collect();
        Drained { tables, sources: self.sources }
    }
}

impl Part {
    fn recoded(mut self, joined: &Arc<Vec<Vec<u32>>>) -> Self {
        self.recode = Some(match &self.recode {
            None => joined.clone(),
            Some(before) => Arc::new(
                before.iter().zip(joined.iter()).map(|(before, after)| before.iter().map(|&code| after[code as usize]).collect()).collect(),
            ),
        });
        self
    }
}

/// Rows of one monitor, to be read: all of them, or those of some buckets.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    folded: &'a Folded,
    monitor: &'a Monitor,
    /// All chunks by bucket, each with the number of its part.
    chunks: Arc<[(u32, Chunk)]>,
    /// Which of them are meant: whole buckets.
    range: Range<usize>,
    /// The words of each key column in order; known once somebody reads.
    sorted: Arc<OnceLock<Vec<Sorted<'a>>>>,
}

/// The words of a column in order.
#[derive(Debug)]
struct Sorted<'a> {
    /// By code, the place of its word.
    ranks: Vec<u32>,
    /// By place, the word.
    words: Vec<&'a str>,
}

/// One row as it is read: lives until the next one is, and its words as long as what was folded.
#[derive(Clone, Copy, Debug)]
pub struct RowRef<'r, 'a> {
    /// Start of the bucket.
    pub bucket: Timestamp,
    /// Values of the key columns; the empty word where records have none.
    pub words: &'r [&'a str],
    /// Places of the words among all words of their columns in order: equal where the words are.
    pub ranks: &'r [u32],
    /// Whose log told of it.
    pub side: Side,
    /// What was folded.
    pub partial: &'r Partial,
}

/// A row as it is kept.
struct KeptRow {
    /// Codes of the key columns in the joined dictionaries.
    codes: [u32; KEY_WIDTH],
    side: Side,
    values: KeptValues,
}

/// What a row counts, and its fields' place in a part's bytes.
struct KeptValues {
    part: u32,
    fields: usize,
    records: u64,
    one_sided: u64,
}

/// Where a row stands: what it sorts by, and what it counts.
struct Entry {
    /// Ranks of the words, then the side.
    order: [u32; KEY_WIDTH + 1],
    values: KeptValues,
}

impl Entry {
    /// Nearly all rows differ in the first two words, which are compared at once.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let first = |entry: &Self| u64::from(entry.order[0]) << u32::BITS | u64::from(entry.order[1]);
        first(self).cmp(&first(other)).then_with(|| self.order[2..].cmp(&other.order[2..]))
    }
}

impl<'a> Rows<'a> {
    fn new(folded: &'a Folded, monitor: &'a Monitor) -> Self {
        let parts = monitor.parts.iter().enumerate();
        let mut chunks: Vec<(u32, Chunk)> =
            parts.flat_map(|(number, part)| part.kept.chunks.iter().map(move |&chunk| (number as u32, chunk))).collect();
        chunks.sort_by_key(|(_, chunk)| chunk.bucket);
        Self { folded, monitor, range: 0..chunks.len(), chunks: chunks.into(), sorted: Arc::default() }
    }

    /// The same rows in the same order as pieces of whole buckets, each of which takes about `bytes` as it is kept: so that
    /// several threads can read at once.
    pub fn pieces(&self, bytes: usize) -> Vec<Self> {
        let (mut pieces, mut from, mut held) = (Vec::new(), self.range.start, 0);
        for at in self.range.clone() {
            let chunk = &self.chunks[at].1;
            held += chunk.end - chunk.start;
            let next = self.chunks[..self.range.end].get(at + 1);
            let bucket_ends = next.is_none_or(|(_, next)| next.bucket != chunk.bucket);
            if bucket_ends && (held >= bytes || next.is_none()) {
                pieces.push(Self { range: from..at + 1, ..self.clone() });
                (from, held) = (at + 1, 0);
            }
        }
        pieces
    }

    /// The columns the monitor shows.
    pub fn by(&self) -> &'a [Column] {
        &self.monitor.plan.by
    }

    /// The columns of [`RowRef::words`]: those shown, then the callee's module unless it is one of them.
    pub fn key_columns(&self) -> Vec<Column> {
        self.monitor.plan.positions.iter().map(|&position| self.folded.columns[position]).collect()
    }

    /// The fields of the partials.
    pub fn fields(&self) -> &'a [FieldSpec] {
        &self.monitor.plan.specs
    }

    /// How many combinations of words there are at least in all buckets together: of the rows of a chunk, two at most have the same. None are
    /// certain where the callee's module is not shown, since all its rows may be one.
    pub fn least_shown(&self) -> usize {
        if self.monitor.plan.positions.len() > self.by().len() {
            return 0;
        }
        let of_bucket = |chunks: &[(u32, Chunk)]| chunks.iter().map(|(_, chunk)| chunk.rows.div_ceil(2)).max().unwrap_or(0);
        self.chunks[self.range.clone()].chunk_by(|left, right| left.1.bucket == right.1.bucket).map(of_bucket).sum()
    }

    /// Rows as they are kept, before equal ones of different operators and drains meet; at least as many as are read.
    pub fn kept_bytes(&self) -> usize {
        self.monitor.parts.iter().map(|part| part.kept.bytes.len()).sum()
    }

    /// Reads every row once, by bucket, then words, then side. A call known from both sides has a row for each.
    pub fn for_each_row(&self, mut read: impl FnMut(RowRef<'_, 'a>)) {
        let sorted = self.sorted();
        let mut words = [""; KEY_WIDTH];
        self.for_each_entry(|bucket, ranks, side, partial| {
            for ((word, &rank), sorted) in words.iter_mut().zip(ranks).zip(sorted) {
                *word = sorted.words[rank as usize];
            }
            read(RowRef { bucket, words: &words[..ranks.len()], ranks, side, partial });
        });
    }

    /// The rows as a table of their own.
    pub fn to_table(&self) -> PartialTable {
        let plan = &self.monitor.plan;
        let mut table = PartialTable::new(plan.name.clone(), plan.by.clone(), plan.specs.clone());
        let sorted = self.sorted();
        let mut codes: Vec<Vec<Option<u32>>> = sorted.iter().map(|sorted| vec![None; sorted.words.len()]).collect();
        self.for_each_entry(|bucket, ranks, side, partial| {
            let mut key = Key { side, ..Key::default() };
            for (at, &rank) in ranks.iter().enumerate() {
                let word = sorted[at].words[rank as usize];
                key.codes[at] = *codes[at][rank as usize].get_or_insert_with(|| table.dictionaries[at].intern(word));
            }
            table.rows.push(PartialRow { bucket, key, partial: partial.clone() });
        });
        table
    }

    /// The rows as they are kept, in no order: who merges them with others does not need them merged before.
    fn to_unordered_table(&self) -> PartialTable {
        let plan = &self.monitor.plan;
        let mut table = PartialTable::new(plan.name.clone(), plan.by.clone(), plan.specs.clone());
        let dictionaries: Vec<&Dictionary> = plan.positions.iter().map(|&position| &self.folded.dictionaries[position]).collect();
        let mut codes: Vec<Vec<Option<u32>>> = dictionaries.iter().map(|dictionary| vec![None; dictionary.len()]).collect();
        for &(part, chunk) in &self.chunks[self.range.clone()] {
            self.for_each_kept(part, chunk, |kept| {
                let mut key = Key { side: kept.side, ..Key::default() };
                for (column, &code) in kept.codes[..dictionaries.len()].iter().enumerate() {
                    let known = &mut codes[column][code as usize];
                    key.codes[column] = *known.get_or_insert_with(|| table.dictionaries[column].intern(dictionaries[column].get(code)));
                }
                let mut partial = Partial::new(&plan.specs);
                self.read_into(&mut partial, &kept.values);
                table.rows.push(PartialRow { bucket: Timestamp(chunk.bucket), key, partial });
            });
        }
        table
    }

    fn sorted(&self) -> &[Sorted<'a>] {
        let of = |&position: &usize| Sorted::new(&self.folded.dictionaries[position]);
        self.sorted.get_or_init(|| self.monitor.plan.positions.iter().map(of).collect())
    }

    /// Unpacks one bucket after the other, sorts its rows and merges equal ones.
    fn for_each_entry(&self, mut read: impl FnMut(Timestamp, &[u32], Side, &Partial)) {
        let sorted = self.sorted();
        let specs = &self.monitor.plan.specs;
        let (mut merged, mut more) = (Partial::new(specs), Partial::new(specs));
        let mut entries: Vec<Entry> = Vec::new();
        for chunks in self.chunks[self.range.clone()].chunk_by(|left, right| left.1.bucket == right.1.bucket) {
            entries.clear();
            chunks.iter().for_each(|&(part, chunk)| self.unpack(part, chunk, sorted, &mut entries));
            entries.sort_unstable_by(Entry::cmp);
            let bucket = Timestamp(chunks[0].1.bucket);
            for equal in entries.chunk_by(|left, right| left.order == right.order) {
                self.read_into(&mut merged, &equal[0].values);
                for entry in &equal[1..] {
                    self.read_into(&mut more, &entry.values);
                    merged.merge(&more);
                }
                let order = &equal[0].order;
                let side = if order[KEY_WIDTH] == Side::Caller as u32 { Side::Caller } else { Side::Callee };
                read(bucket, &order[..sorted.len()], side, &merged);
            }
        }
    }

    fn unpack(&self, part: u32, chunk: Chunk, sorted: &[Sorted<'_>], entries: &mut Vec<Entry>) {
        self.for_each_kept(part, chunk, |kept| {
            let mut order = [0; KEY_WIDTH + 1];
            for ((rank, &code), sorted) in order.iter_mut().zip(&kept.codes).zip(sorted) {
                *rank = sorted.ranks[code as usize];
            }
            order[KEY_WIDTH] = kept.side as u32;
            entries.push(Entry { order, values: kept.values });
        });
    }

    /// Reads the heads of a chunk's rows.
    fn for_each_kept(&self, number: u32, chunk: Chunk, mut each: impl FnMut(KeptRow)) {
        let positions = &self.monitor.plan.positions;
        let part = &self.monitor.parts[number as usize];
        let bytes = &part.kept.bytes[..chunk.end];
        let mut at = chunk.start;
        while at < chunk.end {
            let mut rest = &bytes[at..];
            let head = read(&mut rest) as u64;
            let one_sided = if head & 2 != 0 { read(&mut rest) as u64 } else { 0 };
            let mut codes = [NULL; KEY_WIDTH];
            for (code, &position) in codes.iter_mut().zip(positions) {
                *code = read(&mut rest) as u32;
                if let Some(recode) = &part.recode {
                    *code = recode[position][*code as usize];
                }
            }
            let length = read(&mut rest) as usize;
            let fields = chunk.end - rest.len();
            let side = if head & 1 == Side::Caller as u64 { Side::Caller } else { Side::Callee };
            each(KeptRow { codes, side, values: KeptValues { part: number, fields, records: head >> 2, one_sided } });
            at = fields + length;
        }
    }

    fn read_into(&self, partial: &mut Partial, values: &KeptValues) {
        (partial.records, partial.one_sided) = (values.records, values.one_sided);
        let mut bytes = &self.monitor.parts[values.part as usize].kept.bytes[values.fields..];
        read_partial(&mut bytes, partial);
    }
}

impl<'a> Sorted<'a> {
    /// "No value" comes first.
    fn new(dictionary: &'a Dictionary) -> Self {
        let mut words: Vec<(u32, &str)> = std::iter::once((NULL, "")).chain(dictionary.iter()).collect();
        words.sort_by_key(|&(_, word)| word);
        let mut ranks = vec![0; dictionary.len()];
        for (rank, &(code, _)) in words.iter().enumerate() {
            ranks[code as usize] = rank as u32;
        }
        Self { ranks, words: words.into_iter().map(|(_, word)| word).collect() }
    }
}

/// Joins counts of the same source and bucket.
fn merge_sources(sources: &mut Vec<SourceCount>) {
    sources.sort_by(|left, right| (left.bucket, &left.input).cmp(&(right.bucket, &right.input)));
    sources.dedup_by(|next, kept| {
        let same = next.bucket == kept.bucket && next.input == kept.input;
        if same {
            kept.merge(next);
        }
        same
    });
}

/// How complete a bucket is, of what its sources contributed; counts of other buckets are passed over.
///
/// `expected` sources were seen in the last day (`Watermarks::expected`), and all active ones were read up to `watermark`.
pub fn completeness(sources: &[SourceCount], bucket: Timestamp, watermark: Timestamp, expected: u64) -> Completeness {
    let mut completeness = Completeness { watermark, expected, ..Completeness::default() };
    let mut of_bucket: Vec<SourceCount> = sources.iter().filter(|count| count.bucket == bucket).cloned().collect();
    merge_sources(&mut of_bucket);
    of_bucket.iter().for_each(|count| completeness.add(count));
    completeness
}
