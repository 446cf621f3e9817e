//! A batch of understood events → rows of columns: the part of an operator that every line passes through.
//!
//! Work goes column by column over a hundred events, so that each loop is short and waits for nothing: a line by itself
//! would pay for every decision about its columns anew. Words come from `words`, numbers are read in the scale of their
//! field, who is who is settled from the codes. The rules of missing parties are those of the design's "Who is
//! who": the host that wrote a line stands in for the side it is on, what cannot be named is `(unknown)`, and a client
//! that no rule lists is `(outside)`.

use std::ops::Range;

use magpie_model::dictionary::NULL;
use magpie_model::field::MISSING;
use magpie_model::origin::Origin;
use magpie_model::record::{Dictionaries, mark};
use magpie_model::{Column, FieldSpec, Kind, OUTSIDE, Severity, Side, Timestamp, UNKNOWN};

use super::batch::{Batch, Failed, Memory, Spare};
use super::bind::{Bound, NumberFrom, Shift, TimeFrom, WordFrom};
use super::expr::{Template, Term};
use super::memo::{Memo, Remembered};
use super::normaliser::{Operation, Place, pad, record_id};
use super::number::flag_of;
use super::plan::{Keep, Plan};
use super::time::TimeReader;
use super::values::Reason;
use super::who::Who;
use super::words::{Around, EventTexts, NOTHING, is_nothing, resolve};

/// What a remembered party is, as bits.
const TRUSTED: u32 = 1;
const FROM_OUTSIDE: u32 = 2;

/// What an operator remembers for one format.
#[derive(Debug)]
pub(super) struct Runtime {
    memos: Vec<Vec<Memo>>,
    /// Of the hosts that lines say they were written on.
    writers: Vec<Memo>,
    severity: Vec<Memo>,
    forwarded: Memo,
    time: TimeReader,
    pub(super) memory: Memory,
    /// Columns without rules of their own that some line may fill.
    plain: Vec<Column>,
    found: Found,
    pub(super) spare: Spare,
    /// Time, cut and reason of what was not understood, where only measures are kept: it becomes records after what was, which so stay side by side.
    pub(super) failed: Vec<(Timestamp, bool, Reason)>,
}

/// What was found for each event of the present batch; empty where nobody has looked yet.
#[derive(Debug, Default)]
struct Found {
    severity: Vec<Remembered>,
    status: Vec<Remembered>,
    service: Vec<Remembered>,
    plain: Vec<Remembered>,
    source: Vec<Remembered>,
    source_module: Vec<Remembered>,
    target: Vec<Remembered>,
    target_module: Vec<Remembered>,
    writer: Vec<Remembered>,
    kinds: Vec<u8>,
}

impl Found {
    fn clear(&mut self) {
        let Self { status, service, source, source_module, target, target_module, .. } = self;
        [status, service, source, source_module, target, target_module].into_iter().for_each(Vec::clear);
    }

    /// The party of a side, and its module.
    fn of(&self, side: Side) -> (&[Remembered], &[Remembered]) {
        match side {
            Side::Caller => (&self.source, &self.source_module),
            Side::Callee => (&self.target, &self.target_module),
        }
    }

    fn of_mut(&mut self, side: Side) -> (&mut Vec<Remembered>, &mut Vec<Remembered>) {
        match side {
            Side::Caller => (&mut self.source, &mut self.source_module),
            Side::Callee => (&mut self.target, &mut self.target_module),
        }
    }

    /// Of a request a line tells at least two things: who, what for, and how it went.
    fn tell_kinds(&mut self, rows: usize, elapsed: &[i64]) {
        let is_some = |words: &[Remembered], at: usize| words.get(at).is_some_and(|word| word[0] != NULL);
        let Self { status, service, source, source_module, target, target_module, kinds, .. } = self;
        kinds.clear();
        kinds.extend((0..rows).map(|at| {
            let has_party = [&source, &target, &source_module, &target_module].into_iter().any(|party| is_some(party, at));
            let measured = is_some(status, at) || elapsed.get(at).is_some_and(|&elapsed| elapsed != MISSING);
            let told = u8::from(has_party) + u8::from(is_some(service, at)) + u8::from(measured);
            if told >= 2 { Kind::Call as u8 } else { Kind::Log as u8 }
        }));
    }
}

/// What is the same for every line of an input.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) input: u32,
    pub(super) file: u32,
    pub(super) host: u32,
    pub(super) host_name: String,
    /// Codes of what the sender says of its lines.
    pub(super) said: Vec<(Column, u32)>,
    /// The host that wrote the line, as the party of its side, and its module.
    writer: u32,
    writer_module: u32,
    /// Codes of `(unknown)` for the writer's and the other side's module, and of `(outside)` for the other's.
    writer_unknown: u32,
    peer_unknown: u32,
    peer_outside: u32,
    keep_raw: bool,
}

impl Home {
    /// What the sender says of a column.
    pub(super) fn said(&self, column: Column) -> u32 {
        self.said.iter().find(|(of, _)| *of == column).map_or(NULL, |&(_, code)| code)
    }
}

/// The columns of a side: its party and its module.
fn columns_of(side: Side) -> (Column, Column) {
    match side {
        Side::Caller => (Column::Source, Column::SourceModule),
        Side::Callee => (Column::Target, Column::TargetModule),
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Caller => Side::Callee,
        Side::Callee => Side::Caller,
    }
}

impl Runtime {
    pub(super) fn new(bound: &Bound, keep: Keep) -> Self {
        let memos = |sources: &Vec<WordFrom>| sources.iter().map(|_| Memo::default()).collect::<Vec<_>>();
        let special = [Column::Source, Column::SourceModule, Column::Target, Column::TargetModule, Column::Input, Column::File];
        let plain = Column::ALL.into_iter().filter(|column| !special.contains(column) && !bound.words[column.index()].is_empty());
        Self {
            memos: bound.words.iter().map(memos).collect(),
            writers: memos(&bound.writer),
            severity: memos(&bound.severity),
            forwarded: Memo::default(),
            time: TimeReader::new(bound.form.clone()),
            memory: Memory::new(bound.wants(keep)),
            plain: plain.collect(),
            found: Found::default(),
            spare: Spare::default(),
            failed: Vec::new(),
        }
    }

    pub(super) fn home(&mut self, plan: &Plan, side: Side, origin: &Origin, dictionaries: &mut Dictionaries) -> Home {
        let source = plan.config.sources.get(origin.input);
        let written = source.and_then(|source| source.host.as_deref()).unwrap_or(&origin.host);
        let who = plan.directory.who(written);
        let host_name = who.as_ref().map_or_else(String::new, |who| who.host.clone());
        let sender = origin.sender.as_deref();
        let own = source.and_then(|source| source.module.as_deref()).or(sender.and_then(|sender| sender.module.as_deref()));
        let module = own.or(who.and_then(|who| who.module)).unwrap_or_default();
        let (party, party_module) = columns_of(side);
        let (_, peer_module) = columns_of(other(side));
        let mut code = |column: Column, word: &str| dictionaries.of_mut(column).intern(word);
        Home {
            input: code(Column::Input, source.map_or("", |source| &source.name)),
            file: code(Column::File, &origin.file),
            host: code(Column::Host, &host_name),
            writer: code(party, &host_name),
            writer_module: code(party_module, module),
            writer_unknown: code(party_module, UNKNOWN),
            peer_unknown: code(peer_module, UNKNOWN),
            peer_outside: code(peer_module, OUTSIDE),
            keep_raw: source.is_none_or(|source| source.keep_raw),
            said: sender
                .map_or_else(Vec::new, |sender| sender.columns.iter().map(|(&column, word)| (column, code(column, word))).collect()),
            host_name,
        }
    }
}

/// A severity's number, as a word or a number says it: pino's tens, OpenTelemetry's 1 to 24.
fn severity_of(text: &str) -> Severity {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    if let Some(severity) = Severity::from_word(text) {
        return severity;
    }
    match text.parse::<i64>() {
        Ok(number) if number >= 10 && number % 10 == 0 => match number {
            10 => Severity::Trace,
            20 => Severity::Debug,
            30 => Severity::Info,
            40 => Severity::Warn,
            50 => Severity::Error,
            _ => Severity::Fatal,
        },
        Ok(number) => Severity::from_otel(number),
        Err(_) => Severity::Unset,
    }
}

/// Whether an outcome is a failure of the callee.
fn is_failure(status: &str) -> bool {
    match status.parse::<u32>() {
        Ok(number) => (500..1000).contains(&number),
        Err(_) => status.eq_ignore_ascii_case("error"),
    }
}

impl<'w> Operation<'w, '_> {
    /// The time of the event whose row is being filled, where it has one.
    #[inline(always)]
    pub(super) fn time(&mut self, batch: &Batch<'_>, place: Place<'_>) -> Result<Option<Timestamp>, Reason> {
        match &self.bound.time {
            TimeFrom::Nowhere => Ok(None),
            TimeFrom::Slot(slot) => match batch.bytes(batch.len(), *slot) {
                Some(text) if !is_nothing(text) => self.read_time(text),
                _ => Ok(None),
            },
            TimeFrom::Expression(template) => self.time_of(template, batch, place),
        }
    }

    #[inline(never)]
    fn time_of(&mut self, template: &Template, batch: &Batch<'_>, place: Place<'_>) -> Result<Option<Timestamp>, Reason> {
        let mut values = batch.table();
        batch.read(batch.len(), &mut values);
        match template.evaluate(&self.around().scope(&values, place.line())) {
            Term::Null => Ok(None),
            term => self.read_time(term.to_text().unwrap_or_default().as_bytes()),
        }
    }

    #[inline]
    fn read_time(&mut self, text: &[u8]) -> Result<Option<Timestamp>, Reason> {
        self.runtime.time.read(text, &self.context).map(Some).ok_or(Reason::BAD_TIME)
    }

    /// What expressions may look at besides a line and its values.
    #[inline]
    fn around(&self) -> Around<'w> {
        let (plan, home) = (self.plan, self.home);
        Around { host: &home.host_name, file: &self.origin.file, routes: &plan.routes, directory: &plan.directory }
    }

    /// Makes records of the events of a batch. `has_line` says that their lines are theirs alone.
    pub(super) fn append(&mut self, batch: &Batch<'_>, has_line: bool) {
        let mut found = std::mem::take(&mut self.runtime.found);
        let (first, last_time) = (self.records.len(), self.last_time);
        self.numbers(first, batch);
        self.times(first, batch);
        self.severities(first, batch, &mut found);
        found.clear();
        self.look(false, batch, &mut found);
        self.errors(first, &found);
        self.plain_words(first, batch, &mut found);
        self.kinds(first, batch, &mut found);
        self.settle(first, batch, &mut found);
        if self.keep == Keep::Everything {
            self.rest(batch, has_line);
        }
        for &Failed { before, cut, reason } in &batch.failed {
            let time = self.last_time_of(first..first + before).unwrap_or(last_time);
            self.runtime.failed.push((time, cut, reason));
        }
        self.runtime.found = found;
    }

    /// The time of the last of these records that has a possible one.
    fn last_time_of(&self, rows: Range<usize>) -> Option<Timestamp> {
        let marks_of = |row: usize| self.records.marks.get(row).copied().unwrap_or(0);
        let row = rows.rev().find(|&row| marks_of(row) & (mark::NO_TIME | mark::BAD_TIME) == 0)?;
        Some(Timestamp(self.records.time[row]))
    }

    /// Appends the fields.
    fn numbers(&mut self, first: usize, batch: &Batch<'_>) {
        let around = self.around();
        for (field, sources) in self.bound.numbers.iter().enumerate().filter(|(_, sources)| !sources.is_empty()) {
            let spec = &self.plan.fields[field];
            let column = &mut self.records.fields[field];
            column.resize(first, MISSING);
            column.resize(first + batch.len(), MISSING);
            for from in sources {
                match from {
                    NumberFrom::Scaled(slot, scaled) => scaled.fill(batch, *slot, &mut column[first..]),
                    NumberFrom::Expression(template) => {
                        let mut values = batch.table();
                        let open = |(_, value): &(usize, &mut i64)| **value == MISSING;
                        for (row, value) in column[first..].iter_mut().enumerate().filter(open) {
                            batch.read(row, &mut values);
                            let scope = around.scope(&values, batch.place(row).line());
                            *value = number_of(&template.evaluate(&scope), spec);
                        }
                    }
                }
            }
        }
    }

    /// Elapsed times of the records from `first` on, in stored units; none where no line can have one.
    fn elapsed(&self, first: usize) -> &[i64] {
        self.bound.elapsed_field.and_then(|field| self.records.fields[field].get(first..)).unwrap_or_default()
    }

    /// Appends times, and the marks of those that are none or impossible.
    fn times(&mut self, first: usize, batch: &Batch<'_>) {
        for (at, row) in batch.rows.iter().enumerate() {
            let mut marks = if row.cut { mark::CUT } else { 0 };
            let time = match row.time {
                Some(time) => {
                    let time = match self.bound.shift {
                        Shift::None => time,
                        shift => self.shifted(time, shift, self.elapsed(first).get(at).copied().unwrap_or(MISSING)),
                    };
                    if Plan::is_bad_time(time, self.now) {
                        marks |= mark::BAD_TIME;
                    } else {
                        self.last_time = time;
                    }
                    time
                }
                None => {
                    marks |= mark::NO_TIME;
                    self.last_time
                }
            };
            self.records.time.push(time.0);
            if marks != 0 {
                pad(&mut self.records.marks, first + at, 0, marks);
            }
        }
    }

    fn shifted(&self, time: Timestamp, shift: Shift, elapsed: i64) -> Timestamp {
        if elapsed == MISSING {
            return time;
        }
        // The field counts parts of a millisecond by its scale.
        let scale = self.bound.elapsed_field.map_or(6, |field| self.plan.fields[field].scale);
        let nanos = i128::from(elapsed) * i128::from(magpie_model::time::MILLISECOND) / 10i128.pow(scale.min(18));
        let nanos = i64::try_from(nanos).unwrap_or(0).max(0);
        if shift == Shift::ToStart { time.minus(nanos) } else { time.plus(nanos) }
    }

    fn severities(&mut self, first: usize, batch: &Batch<'_>, found: &mut Found) {
        let around = self.around();
        found.severity.clear();
        if self.bound.severity.is_empty() {
            return;
        }
        let number = |word: &str| [severity_of(word) as u32, 0, 0];
        resolve(&self.bound.severity, &mut self.runtime.severity, batch, around, &mut found.severity, number);
        self.records.severity.resize(first, Severity::Unset as u8);
        self.records.severity.extend(found.severity.iter().map(|severity| severity[0] as u8));
    }

    /// Looks up what is wanted, or all that tells a call from a log line, as far as it was not looked up yet.
    fn look(&mut self, all: bool, batch: &Batch<'_>, found: &mut Found) {
        let (plan, everything) = (self.plan, all || self.keep == Keep::Everything);
        let wants = |column: Column| everything || plan.shown[column.index()];
        if found.status.is_empty() && (wants(Column::Status) || self.bound.error_field.is_some()) {
            self.statuses(batch, &mut found.status);
        }
        if found.service.is_empty() && wants(Column::Service) {
            self.word(Column::Service, batch, &mut found.service);
        }
        for side in [Side::Caller, Side::Callee] {
            let (party, module) = columns_of(side);
            let (parties, modules) = found.of_mut(side);
            if modules.is_empty() && wants(module) {
                self.word(module, batch, modules);
            }
            // What names no module beside its party is of the party's.
            if parties.is_empty() && (wants(party) || modules.iter().any(|module| module[0] == NULL)) {
                self.party(party, module, batch, parties);
                if side == Side::Caller {
                    self.forwarded(batch, parties);
                }
            }
        }
    }

    /// What is found says in the second place whether it is a failure.
    fn statuses(&mut self, batch: &Batch<'_>, found: &mut Vec<Remembered>) {
        let around = self.around();
        let at = Column::Status.index();
        let words = self.dictionaries.of_mut(Column::Status);
        let make = |word: &str| [words.intern(word), u32::from(is_failure(word)), 0];
        resolve(&self.bound.words[at], &mut self.runtime.memos[at], batch, around, found, make);
    }

    /// Whether somebody looks at a column of the records.
    pub(super) fn wants(&self, column: Column) -> bool {
        self.keep == Keep::Everything || self.plan.shown[column.index()]
    }

    /// The `error` flag, unless the line or the mapping set it.
    fn errors(&mut self, first: usize, found: &Found) {
        let Some(field) = self.bound.error_field else { return };
        let one = self.plan.fields[field].one();
        let rows = self.records.len();
        let column = &mut self.records.fields[field];
        column.resize(first, MISSING);
        column.resize(rows, MISSING);
        let flags = column[first..].iter_mut().enumerate().filter(|(_, flag)| **flag == MISSING);
        for (at, flag) in flags {
            let failed = found.status.get(at).is_some_and(|status| status[1] != 0)
                || found.severity.get(at).is_some_and(|severity| severity[0] >= Severity::Error as u32);
            *flag = if failed { one } else { 0 };
        }
    }

    /// Appends the columns without rules of their own.
    fn plain_words(&mut self, first: usize, batch: &Batch<'_>, found: &mut Found) {
        for at in 0..self.runtime.plain.len() {
            let column = self.runtime.plain[at];
            if !self.wants(column) {
                continue;
            }
            let words = match column {
                Column::Status => &mut found.status,
                Column::Service => &mut found.service,
                _ => {
                    self.word(column, batch, &mut found.plain);
                    &mut found.plain
                }
            };
            if column == Column::Host {
                words.iter_mut().filter(|word| word[0] == NULL).for_each(|word| word[0] = self.home.host);
            }
            append_codes(&mut self.records.text[column.index()], first, words.iter().map(|word| word[0]));
        }
    }

    /// The host that a line says it was written on, as the party of its side: logs of many hosts come by way of one.
    fn writer(&mut self, batch: &Batch<'_>, found: &mut Vec<Remembered>) {
        let around = self.around();
        let (plan, side, dictionaries) = (self.plan, self.bound.side, &mut *self.dictionaries);
        let (party, module) = columns_of(side);
        let make = |text: &str| remember(plan, side, party, module, text, dictionaries);
        resolve(&self.bound.writer, &mut self.runtime.writers, batch, around, found, make);
    }

    /// A trusted proxy is not the source: whom it names is.
    fn forwarded(&mut self, batch: &Batch<'_>, sources: &mut [Remembered]) {
        let Some(slot) = self.bound.forwarded else { return };
        let (plan, side, dictionaries) = (self.plan, self.bound.side, &mut *self.dictionaries);
        for (row, source) in sources.iter_mut().enumerate().filter(|(_, source)| source[2] & TRUSTED != 0) {
            let Some(header) = batch.bytes(row, slot) else { continue };
            let client =
                self.runtime.forwarded.get(header, || match plan.directory.forwarded(std::str::from_utf8(header).unwrap_or_default()) {
                    Some(address) => remember(plan, side, Column::Source, Column::SourceModule, address, dictionaries),
                    None => NOTHING,
                });
            if client[0] != NULL {
                *source = client;
            }
        }
    }

    fn party(&mut self, column: Column, module: Column, batch: &Batch<'_>, found: &mut Vec<Remembered>) {
        let around = self.around();
        let (plan, side, dictionaries) = (self.plan, self.bound.side, &mut *self.dictionaries);
        let at = column.index();
        let make = |text: &str| remember(plan, side, column, module, text, dictionaries);
        resolve(&self.bound.words[at], &mut self.runtime.memos[at], batch, around, found, make);
    }

    fn word(&mut self, column: Column, batch: &Batch<'_>, found: &mut Vec<Remembered>) {
        let around = self.around();
        let at = column.index();
        let words = self.dictionaries.of_mut(column);
        resolve(&self.bound.words[at], &mut self.runtime.memos[at], batch, around, found, |word| [words.intern(word), 0, 0]);
    }

    /// Appends what the records tell of. What nobody shows is looked up only where it decides that.
    fn kinds(&mut self, first: usize, batch: &Batch<'_>, found: &mut Found) {
        found.kinds.clear();
        if let Some(kind) = self.bound.kind {
            found.kinds.resize(batch.len(), kind as u8);
        } else {
            found.tell_kinds(batch.len(), self.elapsed(first));
            if self.keep == Keep::Measures && found.kinds.contains(&(Kind::Log as u8)) {
                self.look(true, batch, found);
                found.tell_kinds(batch.len(), self.elapsed(first));
            }
        }
        self.records.kind.resize(first, Kind::Log as u8);
        self.records.kind.extend_from_slice(&found.kinds);
        if self.bound.side != Side::Callee {
            self.records.side.resize(first, Side::Callee as u8);
            self.records.side.resize(first + batch.len(), self.bound.side as u8);
        }
    }

    /// Appends the parties: what a line leaves open is the host that wrote it, `(unknown)` or `(outside)`.
    fn settle(&mut self, first: usize, batch: &Batch<'_>, found: &mut Found) {
        self.writer(batch, &mut found.writer);
        let side = self.bound.side;
        for side in [Side::Caller, Side::Callee] {
            let (parties, modules) = found.of_mut(side);
            parties.resize(batch.len(), NOTHING);
            modules.resize(batch.len(), NOTHING);
        }
        let ((writers, writer_modules), (peers, peer_modules)) = (found.of(side), found.of(other(side)));
        let calls = || found.kinds.iter().map(|&kind| kind == Kind::Call as u8);
        let or = |code: u32, other: u32| if code == NULL { other } else { code };
        let home = self.home;
        let of_call = |is_call: bool, code: u32| if is_call { code } else { NULL };
        let hosts = || found.writer.iter();
        let (own, own_module) = columns_of(side);
        let (theirs, their_module) = columns_of(other(side));
        if self.wants(own) {
            let own_codes = writers
                .iter()
                .zip(hosts())
                .zip(calls())
                .map(|((writer, host), is_call)| or(writer[0], of_call(is_call, or(host[0], home.writer))));
            append_codes(&mut self.records.text[own.index()], first, own_codes);
        }
        // The writer's side: what the line says, who the rules say that is, what the source is configured to be.
        if self.wants(own_module) {
            let own_modules = writers.iter().zip(hosts()).zip(writer_modules).zip(calls()).map(|(((writer, host), module), is_call)| {
                or(module[0], or(writer[1], or(host[1], or(home.writer_module, of_call(is_call, home.writer_unknown)))))
            });
            append_codes(&mut self.records.text[own_module.index()], first, own_modules);
        }
        if self.wants(theirs) {
            append_codes(&mut self.records.text[theirs.index()], first, peers.iter().map(|peer| peer[0]));
        }
        if self.wants(their_module) {
            let their_modules = peers.iter().zip(peer_modules).zip(calls()).map(|((peer, module), is_call)| {
                let stranger = if peer[2] & FROM_OUTSIDE != 0 { home.peer_outside } else { home.peer_unknown };
                or(module[0], or(peer[1], of_call(is_call, stranger)))
            });
            append_codes(&mut self.records.text[their_module.index()], first, their_modules);
        }
    }

    /// Appends what only the store keeps: id, place, message, ids of the run and the trace, attributes. Columns that no
    /// line of this format can fill are left to the end of the work.
    fn rest(&mut self, batch: &Batch<'_>, has_line: bool) {
        let first = self.records.id.len();
        let (seed, sub) = (self.id_seed, self.sub);
        self.records.offset.extend(batch.rows.iter().map(|row| row.offset));
        self.records.id.extend(batch.rows.iter().map(|row| record_id(seed, row.offset, sub)));
        let mut events = EventTexts::of(batch, self.around());
        self.messages(first, &mut events, has_line);
        let (texts, records) = (&self.bound.texts, &mut *self.records);
        if !texts.job_id.is_empty() {
            records.job_id.resize(first);
            (0..batch.len()).for_each(|row| records.job_id.push(&events.get(&texts.job_id, row).unwrap_or_default()));
        }
        for (sources, column) in [(&texts.trace_id, &mut records.trace_id), (&texts.span_id, &mut records.span_id)] {
            if !sources.is_empty() {
                column.resize(first);
                (0..batch.len()).for_each(|row| column.push(&events.get(sources, row).unwrap_or_default().to_ascii_lowercase()));
            }
        }
        if !texts.attempt.is_empty() {
            records.attempt.resize(first, 0);
            let mut number = |row| events.get(&texts.attempt, row).and_then(|text| text.trim().parse().ok());
            records.attempt.extend((0..batch.len()).map(|row| number(row).unwrap_or(0)));
        }
        self.attributes(first, &mut events);
    }

    /// Appends what has no column: what the sender says, what the mapping wants, and what the lines say besides.
    fn attributes(&mut self, first: usize, events: &mut EventTexts<'_>) {
        let (bound, said, batch) = (self.bound, self.said(), events.batch());
        if said.is_empty() && bound.attributes.is_empty() && !batch.has_extra() {
            return;
        }
        let column = &mut self.records.attributes;
        column.resize(first);
        let wanted: Vec<(u32, &WordFrom)> = bound.attributes.iter().map(|(name, from)| (column.names.intern(name), from)).collect();
        let said: Vec<(u32, &str)> = said.iter().map(|(name, text)| (column.names.intern(name), text.as_str())).collect();
        for row in 0..batch.len() {
            said.iter().for_each(|(name, text)| column.add_coded(*name, text));
            for &(name, from) in &wanted {
                if let Some(text) = events.get(std::slice::from_ref(from), row)
                    && !is_nothing(text.as_bytes())
                {
                    column.add_coded(name, &text);
                }
            }
            batch.extra(row).iter().for_each(|(key, value)| column.add(key, value));
            column.end_row();
        }
    }

    /// What the sender says of the container that wrote the lines.
    pub(super) fn said(&self) -> &'w [(String, String)] {
        self.origin.sender.as_deref().map_or(&[], |sender| &sender.attributes)
    }

    /// Appends the messages: the decoded body with the lines that joined the event, else the raw line.
    fn messages(&mut self, first: usize, events: &mut EventTexts<'_>, has_line: bool) {
        if !self.home.keep_raw {
            return;
        }
        let (bound, messages) = (self.bound, &mut self.records.message);
        messages.resize(first);
        if bound.texts.message.is_empty() && has_line {
            events.batch().lines().for_each(|line| messages.push(line));
            return;
        }
        for row in 0..events.batch().len() {
            let place = events.place(row);
            let more = if bound.parser.wants_whole_event() { "" } else { &place.line()[place.first..] };
            // A logger may be given a stack trace and no text.
            let has_no_text = !more.is_empty() && events.is_empty(&bound.texts.message, row);
            match events.get(&bound.texts.message, row) {
                None if has_no_text => messages.push(more.trim_start_matches(['\r', '\n'])),
                Some(body) => {
                    if more.is_empty() {
                        messages.push(&body)
                    } else {
                        messages.push(&format!("{body}{more}"))
                    }
                }
                None => messages.push(if has_line { place.line() } else { "" }),
            }
        }
    }
}

/// The stored value of what an expression gave.
fn number_of(term: &Term<'_>, spec: &FieldSpec) -> i64 {
    match term.to_number() {
        Some(number) => number.scaled(spec.scale).unwrap_or(MISSING),
        None if spec.flag => term.to_text().map_or(MISSING, |word| flag_of(&word)),
        None => MISSING,
    }
}

/// Appends codes to a column that may lack rows before `first`.
#[inline]
fn append_codes(column: &mut Vec<u32>, first: usize, codes: impl Iterator<Item = u32>) {
    column.resize(first, NULL);
    column.extend(codes);
}

/// A party for the memo: its code, its module's code where a rule names one, and what it is.
#[cold]
fn remember(plan: &Plan, side: Side, column: Column, module: Column, text: &str, dictionaries: &mut Dictionaries) -> Remembered {
    let Some(who) = plan.directory.who(text) else { return NOTHING };
    let code = dictionaries.of_mut(column).intern(&who.host);
    let module = who.module.map_or(NULL, |name| dictionaries.of_mut(module).intern(name));
    let trusted = if who.trusted { TRUSTED } else { 0 };
    let outside = if column == Column::Source && side == Side::Callee && is_outside(plan, &who) { FROM_OUTSIDE } else { 0 };
    [code, module, trusted | outside]
}

/// A client that is not part of the watched system: where hosts are configured, one they do not list; else a public address.
fn is_outside(plan: &Plan, who: &Who<'_>) -> bool {
    if plan.directory.is_configured() { !who.listed } else { who.public }
}
