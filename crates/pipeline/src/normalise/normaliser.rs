//! One operator: work in, records out.
//!
//! An operator owns its dictionaries and what it remembers of raw values; it shares only the plan. What it makes of a
//! piece of work depends on nothing but that work, so any operator may take any piece. Columns that do not differ inside
//! a piece are filled at its end, and words are looked up by their raw bytes, so that a line costs little more than
//! finding its values.

use std::sync::Arc;

use magpie_model::dictionary::NULL;
use magpie_model::field::MISSING;
use magpie_model::origin::{Chunk, Origin};
use magpie_model::record::{Dictionaries, RecordBatch, mark};
use magpie_model::{Column, FieldSpec, Kind, Records, Severity, Side, Timestamp};

use super::batch::{BATCH, Batch, Line, Spare};
use super::bind::Bound;
use super::counts::Counts;
use super::events::{Event, Joining};
use super::intake::Work;
use super::lines::Lines;
use super::plan::{Keep, Plan};
use super::rows::{Home, Runtime};
use super::spans::{Naming, Span};
use super::values::{Reason, Sink, TimeContext, Values, read_event};

/// Records that are handed over together.
const HANDED_OVER: usize = 1_024;
/// Bytes of text whose lines are split together: what the processor's first cache holds beside their values.
const SPLIT_TOGETHER: usize = 12 << 10;
/// Formats whose state an operator keeps at once.
const MOST_RUNTIMES: usize = 64;

/// Takes records that were made, and the dictionaries that say what their codes mean.
pub type Take<'t> = dyn FnMut(&mut Records, &Dictionaries) + 't;

/// An operator.
#[derive(Debug)]
pub struct Normaliser {
    plan: Arc<Plan>,
    keep: Keep,
    /// What was made so far; the caller takes it away.
    pub records: Records,
    /// What the codes in `records` mean.
    pub dictionaries: Dictionaries,
    /// Per source of the configuration: what became of its events.
    pub counts: Vec<Counts>,
    /// Spans found; the caller takes them to the pairing.
    pub spans: Vec<Span>,
    /// Number of the line of each record, where lines are counted and everything is kept.
    pub lines: Vec<u64>,
    runtimes: Vec<(Arc<Bound>, Runtime)>,
}

impl Normaliser {
    /// An operator that has seen nothing.
    pub fn new(plan: Arc<Plan>, keep: Keep) -> Self {
        Self {
            records: Records::new(plan.fields.len()),
            dictionaries: Self::dictionaries(&plan),
            counts: vec![Counts::default(); plan.sources.len().max(1)],
            spans: Vec::new(),
            lines: Vec::new(),
            runtimes: Vec::new(),
            plan,
            keep,
        }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The declared fields.
    pub fn fields(&self) -> Arc<[FieldSpec]> {
        Arc::clone(&self.plan.fields)
    }

    /// The counts of a source, which the configuration may not have.
    pub(super) fn counts_of(&mut self, input: usize) -> &mut Counts {
        if self.counts.len() <= input {
            self.counts.resize(input + 1, Counts::default());
        }
        &mut self.counts[input]
    }

    fn dictionaries(plan: &Plan) -> Dictionaries {
        let limits = plan.config.limits;
        Dictionaries::with_ceilings(|column| match column {
            Column::Service => limits.services,
            Column::Source => limits.sources,
            _ => limits.values,
        })
    }

    /// Takes everything made so far, and its dictionaries; the operator starts with fresh ones.
    pub fn take_batch(&mut self) -> RecordBatch {
        let records = self.take_records(String::with_capacity(self.records.messages_to_come()));
        RecordBatch { records, dictionaries: Arc::new(self.take_dictionaries()), fields: Arc::clone(&self.plan.fields) }
    }

    /// Takes the records made so far; those that follow have the same dictionaries, and their messages the memory of an empty text.
    pub fn take_records(&mut self, messages: String) -> Records {
        self.lines.clear();
        let next = Records::sized_like(&self.records, messages);
        std::mem::replace(&mut self.records, next)
    }

    /// Takes the dictionaries of all records that were taken; the operator starts with fresh ones.
    pub fn take_dictionaries(&mut self) -> Dictionaries {
        debug_assert!(self.records.is_empty(), "records that would lose their dictionaries");
        // What was remembered are codes of the dictionaries that are gone.
        self.runtimes.clear();
        std::mem::replace(&mut self.dictionaries, Self::dictionaries(&self.plan))
    }

    /// Appends the records of a piece of work.
    pub fn normalise(&mut self, work: &Work, now: Timestamp) {
        self.run(work, now, None);
    }

    /// Makes the records of a piece of work and hands them over a thousand at a time, while they are still in the
    /// processor's caches; what was handed over is forgotten.
    pub fn normalise_into(&mut self, work: &Work, now: Timestamp, take: &mut Take<'_>) {
        self.run(work, now, Some(take));
        take(&mut self.records, &self.dictionaries);
        self.records.clear();
    }

    fn run(&mut self, work: &Work, now: Timestamp, take: Option<&mut Take<'_>>) {
        let at = self.runtimes.iter().position(|(bound, _)| Arc::ptr_eq(bound, &work.format));
        let (bound, mut runtime) = match at {
            Some(at) => self.runtimes.swap_remove(at),
            None => (Arc::clone(&work.format), Runtime::new(&work.format, self.keep)),
        };
        let origin = &work.chunk.origin;
        let context = TimeContext { zone: self.plan.zone(origin.input), near: origin.modified };
        let home = runtime.home(&self.plan, work.format.side, origin, &mut self.dictionaries);
        self.counts_of(origin.input);
        let plan = Arc::clone(&self.plan);
        let mut operation = Operation {
            plan: &plan,
            bound: &bound,
            keep: self.keep,
            context,
            now,
            home: &home,
            origin,
            last_time: if origin.modified == Timestamp::EPOCH { now } else { origin.modified },
            id_seed: id_seed(&plan, origin),
            sub: 0,
            runtime: &mut runtime,
            records: &mut self.records,
            dictionaries: &mut self.dictionaries,
            spans: &mut self.spans,
            take,
        };
        operation.work(&work.chunk, &mut self.counts[origin.input], &mut self.lines);
        operation.fill_constants();
        if self.runtimes.len() >= MOST_RUNTIMES {
            self.runtimes.remove(0);
        }
        self.runtimes.push((bound, runtime));
    }
}

/// What the ids of one input have in common: equal on every machine and in every version.
pub(super) fn id_seed(plan: &Plan, origin: &Origin) -> u64 {
    let name = plan.config.sources.get(origin.input).map_or("", |source| source.name.as_str());
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let generation = origin.generation.to_le_bytes();
    for part in [name.as_bytes(), origin.host.as_bytes(), origin.file.as_bytes(), &generation] {
        // FNV-1a, with a byte between the parts that none of them has.
        for byte in part.iter().copied().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // Spread over all bits (the finaliser of SplitMix64), so that the ids of two inputs hardly ever lie close together.
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The id of an event: records of one input that have the same time stand in the order of their lines, which is what a
/// reader expects, and what a store sorts and packs for nothing. An event among several of one line takes the place of one
/// of its bytes, of which it has more than there are events.
pub(super) fn record_id(seed: u64, offset: u64, sub: u64) -> u64 {
    seed.wrapping_add(offset).wrapping_add(sub)
}

/// The place of an event, for its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'e> {
    pub(super) offset: u64,
    /// Where it begins in the text that waits.
    pub(super) start: usize,
    /// Everything the event says, which is known to be UTF-8, and how much of that its first line is.
    pub(super) text: &'e [u8],
    pub(super) first: usize,
    pub(super) cut: bool,
}

impl<'e> Place<'e> {
    /// Everything the event says.
    pub(super) fn line(&self) -> &'e str {
        std::str::from_utf8(self.text).unwrap_or_default()
    }

    /// Whether it is one line, and does not begin with the zeros of a file that was truncated while its writer kept its place.
    fn is_plain_line(&self) -> bool {
        self.first == self.text.len() && self.text.first() != Some(&0)
    }
}

/// One piece of work being done.
pub(super) struct Operation<'w, 't> {
    pub(super) plan: &'w Plan,
    pub(super) bound: &'w Bound,
    pub(super) keep: Keep,
    pub(super) context: TimeContext,
    pub(super) now: Timestamp,
    pub(super) home: &'w Home,
    pub(super) origin: &'w Origin,
    pub(super) last_time: Timestamp,
    pub(super) id_seed: u64,
    pub(super) sub: u64,
    pub(super) runtime: &'w mut Runtime,
    pub(super) records: &'w mut Records,
    pub(super) dictionaries: &'w mut Dictionaries,
    pub(super) spans: &'w mut Vec<Span>,
    take: Option<&'w mut Take<'t>>,
}

/// Events on their way from a text to records.
struct Waiting<'a> {
    /// Those that are not read yet.
    next: Vec<Next<'a>>,
    /// The same as the parser splits them.
    lines: Vec<Line>,
    batch: Batch<'a>,
    values: Values<'a>,
}

/// An event that is not read yet.
#[derive(Clone, Copy)]
struct Next<'a> {
    place: Place<'a>,
    is_text: bool,
    /// Number of its first line, where lines are counted.
    line: u64,
}

/// What became of an event that was parsed.
#[derive(PartialEq, Eq)]
enum Read {
    /// Its values stand in the open row.
    One,
    /// It held many, which are records already.
    Many,
}

impl<'a> Waiting<'a> {
    fn new(text: &'a [u8], bound: &Bound, keep: Keep, spare: Spare) -> Self {
        let (wanted, extra) = bound.wants(keep);
        let batch = Batch::new(text, wanted.len(), spare);
        Self { next: Vec::new(), lines: Vec::new(), batch, values: Values::wanting(wanted, *extra) }
    }
}

impl Operation<'_, '_> {
    fn work(&mut self, chunk: &Chunk, counts: &mut Counts, lines: &mut Vec<u64>) {
        let joining = self.plan.joining(chunk.origin.input, self.bound);
        let mut waiting = Waiting::new(&chunk.bytes, self.bound, self.keep, std::mem::take(&mut self.runtime.spare));
        let mut walk = Walk { chunk, joining, lines: Lines::of(&chunk.bytes), at: 0, cuts: 0, dropped: 0, line: chunk.first_line };
        let counts_lines = self.keep == Keep::Everything && chunk.first_line > 0;
        while self.split_next(&mut walk, &mut waiting) {
            let first = waiting.batch.len();
            let mut next = std::mem::take(&mut waiting.next);
            for (at, &Next { place, is_text, line }) in next.iter().enumerate() {
                counts.cut += u64::from(place.cut);
                let before = if counts_lines { self.records.len() + waiting.batch.len() } else { 0 };
                let is_split = waiting.lines[at].is_split();
                let result = if is_text {
                    waiting.batch.move_to_open_row(first + at);
                    self.event(place, is_split, &mut waiting)
                } else {
                    counts.lossy += 1;
                    match self.bound.parser.refusal_of_bytes().filter(|_| !is_split && place.is_plain_line()) {
                        Some(reason) => Err(reason),
                        None => self.event_of_bytes(place, &mut waiting),
                    }
                };
                match result {
                    Ok(()) => counts.parsed += 1,
                    Err(Reason::NOT_AN_EVENT) => counts.skipped += 1,
                    Err(reason) => self.fail(place, reason, &chunk.origin, counts, &mut waiting),
                }
                if counts_lines {
                    lines.extend((before..self.records.len() + waiting.batch.len()).map(|_| line));
                }
            }
            next.clear();
            waiting.next = next;
        }
        self.flush(&mut waiting);
        self.append_failed();
        self.runtime.spare = waiting.batch.into_spare();
    }

    /// Finds the next events, as many as the batch has room for, and splits them; `false` where there is none.
    fn split_next<'a>(&mut self, walk: &mut Walk<'a>, waiting: &mut Waiting<'a>) -> bool {
        let Waiting { next, lines, batch, .. } = waiting;
        lines.clear();
        let whole = self.bound.parser.wants_whole_event();
        let of_bytes = self.bound.parser.refusal_of_bytes().is_some();
        while batch.len() + next.len() < BATCH
            && next.first().is_none_or(|first| walk.at < first.place.start + SPLIT_TOGETHER)
            && let Some((event, offset, cut)) = walk.next(self.bound)
        {
            let Event { start, first_end, end, .. } = event;
            if start == end {
                continue;
            }
            let is_text = walk.lines.is_text(start, end);
            let place = Place { offset, start, text: &batch.text[start..end], first: first_end - start, cut };
            let read_until = match (is_text, whole) {
                (false, _) if of_bytes => first_end,
                (false, _) => start,
                (true, false) => first_end,
                (true, true) => end,
            };
            lines.push(Line::new(start..read_until));
            next.push(Next { place, is_text, line: walk.line - event.lines });
        }
        if !lines.is_empty() {
            let (text, rows) = (batch.text, lines.len());
            self.bound.parser.split_all(text, lines, batch.open_rows(rows), &mut self.runtime.memory);
        }
        !lines.is_empty()
    }

    /// An event with bytes that are no UTF-8.
    fn event_of_bytes(&mut self, place: Place<'_>, waiting: &mut Waiting<'_>) -> Result<(), Reason> {
        if self.bound.parser.many().is_some() {
            self.flush(waiting);
        }
        let text = String::from_utf8_lossy(place.text);
        let first = text.find('\n').map_or(text.len(), |end| text[..end].trim_end_matches('\r').len());
        let mut alone = Waiting::new(text.as_bytes(), self.bound, self.keep, std::mem::take(&mut self.runtime.spare));
        let place = Place { start: 0, text: text.as_bytes(), first, ..place };
        let length = self.length_read(place);
        let is_split = self.bound.parser.split(alone.batch.text, 0..length, alone.batch.open_row(), &mut self.runtime.memory);
        let result = self.event(place, is_split, &mut alone);
        if !alone.batch.is_empty() {
            self.flush(waiting);
            self.flush(&mut alone);
        }
        self.runtime.spare = alone.batch.into_spare();
        // The start of such a line may have been lost, but never the line.
        result.map_err(|reason| if reason == Reason::NOT_AN_EVENT { Reason::BINARY } else { reason })
    }

    /// Counts an event that was not understood and keeps its record. Where only measures are kept, it waits beside the others:
    /// making records of what waits for each such line would cost more than the line.
    #[cold]
    fn fail(&mut self, place: Place<'_>, reason: Reason, origin: &Origin, counts: &mut Counts, waiting: &mut Waiting<'_>) {
        counts.add_unparsed(origin, place.offset, reason, place.text);
        if self.keep == Keep::Everything {
            self.flush(waiting);
            return self.unparsed(place, &String::from_utf8_lossy(place.text), reason);
        }
        waiting.batch.fail(place, reason);
        self.flush_if_full(waiting);
    }

    /// How much of an event its parser reads.
    #[inline]
    fn length_read(&self, place: Place<'_>) -> usize {
        if self.bound.parser.wants_whole_event() { place.text.len() } else { place.first }
    }

    /// Reads an event of the text that waits; when it is split already, its pieces stand in the open row.
    #[inline(always)]
    fn event<'a>(&mut self, place: Place<'a>, is_split: bool, waiting: &mut Waiting<'a>) -> Result<(), Reason> {
        self.sub = 0;
        let mut place = place;
        if !is_split {
            let read = match self.parse(place, waiting) {
                // An object may go on in the lines that follow.
                Err(Reason::BAD_JSON) if place.first < place.text.len() => {
                    place.first = place.text.len();
                    self.parse(place, waiting)?
                }
                read => read?,
            };
            if read == Read::Many {
                return Ok(());
            }
        }
        let time = self.time(&waiting.batch, place).inspect_err(|_| waiting.batch.drop_row())?;
        waiting.batch.end_row(place, time);
        self.flush_if_full(waiting);
        Ok(())
    }

    /// Reads an event that could not be split.
    #[inline(never)]
    fn parse<'a>(&mut self, place: Place<'a>, waiting: &mut Waiting<'a>) -> Result<Read, Reason> {
        let parser = &*self.bound.parser;
        let length = self.length_read(place);
        if let Some(reason) = parser.refusal().filter(|_| place.text.first() != Some(&0)) {
            return Err(reason);
        }
        // A file that was truncated while its writer kept its place begins with zeros.
        let line = place.line()[..length].trim_start_matches('\0');
        if let Some(many) = parser.many() {
            self.flush(waiting);
            let mut sink = ManySink { operation: self, place };
            return many.parse_many(line, &mut sink).map(|()| Read::Many);
        }
        let Waiting { batch, values, .. } = waiting;
        values.clear();
        read_event(parser, line, values)?;
        batch.fill(values);
        batch.add_extra(values.extra.drain(..));
        Ok(Read::One)
    }

    #[inline]
    fn flush_if_full(&mut self, waiting: &mut Waiting<'_>) {
        if waiting.batch.is_full() {
            self.flush(waiting);
        }
    }

    /// Makes records of what waits.
    fn flush(&mut self, waiting: &mut Waiting<'_>) {
        if !waiting.batch.is_empty() {
            self.append(&waiting.batch, true);
            waiting.batch.clear();
        }
        if self.records.len() + self.runtime.failed.len() >= HANDED_OVER && self.take.is_some() {
            self.append_failed();
            self.fill_constants();
            if let Some(take) = &mut self.take {
                take(self.records, self.dictionaries);
            }
            self.records.clear();
        }
    }
}

struct Walk<'c> {
    chunk: &'c Chunk,
    joining: Joining,
    lines: Lines<'c>,
    at: usize,
    cuts: usize,
    dropped: u64,
    line: u64,
}

impl Walk<'_> {
    /// The next event, its offset in the file, and whether a line of it was cut.
    #[inline]
    fn next(&mut self, bound: &Bound) -> Option<(Event, u64, bool)> {
        if self.at >= self.chunk.bytes.len() {
            return None;
        }
        let event = self.joining.event_of(&*bound.parser, &self.chunk.bytes, self.at, self.lines.end(self.at));
        let offset = self.chunk.offset + event.start as u64 + self.dropped;
        let mut cut = false;
        while let Some(next) = self.chunk.cuts.get(self.cuts)
            && next.at < event.next
        {
            self.dropped += next.dropped;
            self.cuts += 1;
            cut = true;
        }
        self.at = event.next;
        self.line += event.lines;
        Some((event, offset, cut))
    }
}

/// Takes the events of a line that holds many.
struct ManySink<'s, 'w, 't, 'e> {
    operation: &'s mut Operation<'w, 't>,
    place: Place<'e>,
}

impl Sink for ManySink<'_, '_, '_, '_> {
    fn wants(&self, slot: usize) -> bool {
        self.operation.bound.wants(self.operation.keep).0.get(slot).copied().unwrap_or(false)
    }

    fn record(&mut self, values: &Values<'_>) {
        // Each event is a record; its raw text is that of its own body, not of the whole request.
        let place = Place { start: 0, text: b"", first: 0, ..self.place };
        let mut batch = Batch::new(b"", values.slots().len(), Spare::default());
        batch.fill(values);
        batch.add_extra(values.extra.iter().map(|(key, value)| (key.as_ref().into(), value.as_ref().into())));
        match self.operation.time(&batch, place) {
            Ok(time) => {
                batch.end_row(place, time);
                self.operation.append(&batch, false);
            }
            Err(reason) => self.operation.unparsed(place, "", reason),
        }
        self.operation.sub += 1;
    }

    fn span(&mut self, span: Span) {
        self.operation.spans.push(span);
    }

    fn naming(&self) -> Naming<'_> {
        let Operation { plan, origin, .. } = &*self.operation;
        let input = plan.config.sources.get(origin.input).map_or("", |source| source.name.as_str());
        Naming { routes: Some(&plan.routes), hosts: Some(&plan.directory), input }
    }
}

impl Operation<'_, '_> {
    /// Fills the columns that are the same for every record of the work, and those that no record had. What a report is handed over has none that
    /// nobody looks at: to fill those would take longer than the others.
    fn fill_constants(&mut self) {
        let rows = self.records.len();
        let everything = self.keep == Keep::Everything;
        let all = everything || self.take.is_none();
        for column in Column::ALL {
            if !all && !self.is_read(column) {
                continue;
            }
            let code = match column {
                Column::Input => self.home.input,
                Column::File => self.home.file,
                Column::Host if everything && self.bound.words[Column::Host.index()].is_empty() => self.home.host,
                _ if everything && self.bound.words[column.index()].is_empty() => self.home.said(column),
                _ => NULL,
            };
            self.records.text[column.index()].resize(rows, code);
        }
        for values in &mut self.records.fields {
            values.resize(rows, MISSING);
        }
        self.records.kind.resize(rows, Kind::Log as u8);
        self.records.side.resize(rows, Side::Callee as u8);
        self.records.severity.resize(rows, Severity::Unset as u8);
        self.records.marks.resize(rows, 0);
        if !all {
            return;
        }
        self.records.id.resize(rows, 0);
        self.records.offset.resize(rows, 0);
        self.records.attempt.resize(rows, 0);
        for texts in [&mut self.records.message, &mut self.records.job_id, &mut self.records.trace_id, &mut self.records.span_id] {
            texts.resize(rows);
        }
        self.records.attributes.resize(rows);
        self.records.debug_assert_even();
    }

    /// Whether a report looks at a column: the first two tell how many lines of which source were understood.
    fn is_read(&self, column: Column) -> bool {
        matches!(column, Column::Input | Column::ParseError) || self.wants(column)
    }

    /// Makes records of what waits because it was not understood.
    fn append_failed(&mut self) {
        let mut failed = std::mem::take(&mut self.runtime.failed);
        failed.drain(..).for_each(|(time, cut, reason)| self.failed(time, cut, reason));
        self.runtime.failed = failed;
    }

    /// Appends the record of an event that was not understood: its time, and the reason.
    fn failed(&mut self, time: Timestamp, cut: bool, reason: Reason) {
        let row = self.records.len();
        self.records.time.push(time.0);
        pad(&mut self.records.marks, row, 0, mark::NO_TIME | if cut { mark::CUT } else { 0 });
        pad(&mut self.records.kind, row, 0, Kind::Log as u8);
        pad(&mut self.records.side, row, 0, self.bound.side as u8);
        let code = self.dictionaries.of_mut(Column::ParseError).intern(reason.0);
        pad(&mut self.records.text[Column::ParseError.index()], row, NULL, code);
    }

    /// Keeps an event that was not understood as a plain record.
    #[cold]
    fn unparsed(&mut self, place: Place<'_>, text: &str, reason: Reason) {
        let row = self.records.len();
        self.failed(self.last_time, place.cut, reason);
        if self.keep == Keep::Everything {
            if self.home.host != NULL {
                pad(&mut self.records.text[Column::Host.index()], row, NULL, self.home.host);
            }
            self.records.id.push(record_id(self.id_seed, place.offset, self.sub));
            self.records.offset.push(place.offset);
            self.records.message.resize(row);
            self.records.message.push(text);
            let said = self.said();
            self.records.attributes.resize(row);
            said.iter().for_each(|(name, text)| self.records.attributes.add(name, text));
            self.records.attributes.end_row();
        }
    }
}

/// Sets the value of a row, after giving the rows before it that have none the empty value.
#[inline]
pub(super) fn pad<T: Copy>(column: &mut Vec<T>, row: usize, empty: T, value: T) {
    if column.len() < row {
        column.resize(row, empty);
    }
    column.push(value);
}
