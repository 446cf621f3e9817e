//! Values of one event → one row of columns: the part of an operator that runs for every line.
//!
//! Words go through a memo keyed by the raw bytes, per column and origin of the word; numbers are read in the scale of
//! their field; who is who is settled from the codes. The rules of missing parties are those of the design's "Who is
//! who": the host that wrote a line stands in for the side it is on, what cannot be named is `(unknown)`, and a client
//! that no rule lists is `(outside)`.

use std::borrow::Cow;

use magpie_model::dictionary::NULL;
use magpie_model::field::MISSING;
use magpie_model::origin::Origin;
use magpie_model::record::{Dictionaries, mark};
use magpie_model::{Column, Kind, OUTSIDE, Severity, Side, Timestamp, UNKNOWN};

use super::bind::{Bound, NumberFrom, Shift, TimeFrom, WordFrom};
use super::expr::{Scope, Term};
use super::memo::{Memo, Remembered};
use super::normaliser::{Operation, Place, pad, record_id};
use super::number::flag_of;
use super::plan::{Keep, Plan};
use super::route::path_of;
use super::time::TimeReader;
use super::values::{Reason, Value, Values};
use super::who::Who;

/// What a remembered party is, as bits.
const TRUSTED: u32 = 1;
const FROM_OUTSIDE: u32 = 2;

const NOTHING: Remembered = [NULL; 3];

/// What an operator remembers for one format.
#[derive(Debug)]
pub(super) struct Runtime {
    memos: Vec<Vec<Memo>>,
    severity: Vec<Memo>,
    forwarded: Memo,
    time: TimeReader,
    /// Columns without rules of their own that some line may fill.
    plain: Vec<Column>,
}

/// What is the same for every line of an input.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) input: u32,
    pub(super) file: u32,
    pub(super) host: u32,
    host_name: String,
    /// The host that wrote the line, as the party of its side, and its module.
    writer: u32,
    writer_module: u32,
    /// Codes of `(unknown)` for the writer's and the other side's module, and of `(outside)` for the other's.
    writer_unknown: u32,
    peer_unknown: u32,
    peer_outside: u32,
    keep_raw: bool,
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
    pub(super) fn new(bound: &Bound) -> Self {
        let memos = |sources: &Vec<WordFrom>| sources.iter().map(|_| Memo::default()).collect::<Vec<_>>();
        let special =
            [Column::Source, Column::SourceModule, Column::Target, Column::TargetModule, Column::Status, Column::Input, Column::File];
        let plain = Column::ALL.into_iter().filter(|column| !special.contains(column) && !bound.words[column.index()].is_empty());
        Self {
            memos: bound.words.iter().map(memos).collect(),
            severity: memos(&bound.severity),
            forwarded: Memo::default(),
            time: TimeReader::new(bound.form.clone()),
            plain: plain.collect(),
        }
    }

    pub(super) fn home(&mut self, plan: &Plan, side: Side, origin: &Origin, dictionaries: &mut Dictionaries) -> Home {
        let source = plan.config.sources.get(origin.input);
        let written = source.and_then(|source| source.host.as_deref()).unwrap_or(&origin.host);
        let who = plan.directory.who(written);
        let host_name = who.as_ref().map_or_else(String::new, |who| who.host.clone());
        let module = source.and_then(|source| source.module.as_deref()).or(who.and_then(|who| who.module)).unwrap_or_default();
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
            host_name,
        }
    }
}

/// The raw text of a value, if it has one without being put together.
#[inline]
fn raw<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Owned(text) => Some(text),
        _ => None,
    }
}

/// `-` is how many formats write nothing.
#[inline]
fn is_nothing(text: &str) -> bool {
    text.is_empty() || text == "-"
}

/// The first of `sources` that gives a word, and what `make` makes of it.
#[inline]
fn resolve(sources: &[WordFrom], memos: &mut [Memo], scope: &Scope<'_, '_>, mut make: impl FnMut(&str) -> Remembered) -> Remembered {
    for (from, memo) in sources.iter().zip(memos) {
        let found = match from {
            WordFrom::Constant(text) => memo.constant(|| make(text)),
            WordFrom::Slot(slot) => match scope.values.get(*slot) {
                Value::Missing => continue,
                value => match raw(value) {
                    Some(text) if is_nothing(text) => continue,
                    Some(text) => memo.get(text, || make(text)),
                    None => make(&value.to_text().unwrap_or_default()),
                },
            },
            WordFrom::Route(slot) => match raw(scope.values.get(*slot)) {
                Some(text) if !is_nothing(text) => {
                    let path = path_of(text);
                    memo.get(path, || make(&scope.routes.route(path)))
                }
                _ => continue,
            },
            WordFrom::Single(template, slot) => match raw(scope.values.get(*slot)) {
                Some(text) => memo.get(text, || template.evaluate(scope).to_text().map_or(NOTHING, |word| make(&word))),
                None => template.evaluate(scope).to_text().map_or(NOTHING, |word| make(&word)),
            },
            WordFrom::Expression(template) => template.evaluate(scope).to_text().map_or(NOTHING, |word| make(&word)),
        };
        if found[0] != NULL {
            return found;
        }
    }
    NOTHING
}

/// The first of `sources` that gives a text.
fn text_of<'s>(sources: &'s [WordFrom], scope: &Scope<'s, '_>) -> Option<Cow<'s, str>> {
    sources.iter().find_map(|from| {
        let text = match from {
            WordFrom::Constant(text) => Cow::Borrowed(text.as_str()),
            WordFrom::Slot(slot) => scope.values.get(*slot).to_text()?,
            WordFrom::Route(slot) => Cow::Owned(scope.routes.route(&scope.values.get(*slot).to_text()?)),
            WordFrom::Single(template, _) | WordFrom::Expression(template) => Cow::Owned(template.evaluate(scope).to_text()?.into_owned()),
        };
        (!text.is_empty()).then_some(text)
    })
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

/// The parties of a record, as codes.
struct Parties {
    source: Remembered,
    source_module: u32,
    target: Remembered,
    target_module: u32,
}

impl Operation<'_> {
    /// Appends one record.
    #[inline]
    pub(super) fn record(&mut self, place: Place<'_>, values: &Values<'_>, has_line: bool) -> Result<(), Reason> {
        let scope = Scope {
            values,
            line: place.text,
            host: &self.home.host_name,
            file: &self.origin.file,
            routes: &self.plan.routes,
            directory: &self.plan.directory,
        };
        let time = self.time(&scope)?;
        let row = self.records.len();
        let elapsed = self.numbers(&scope);
        let mut marks = if place.cut { mark::CUT } else { 0 };
        let time = match time {
            Some(time) => {
                let time = self.shifted(time, elapsed);
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
            pad(&mut self.records.marks, row, 0, marks);
        }
        let severity = self.severity(&scope);
        if severity != Severity::Unset {
            pad(&mut self.records.severity, row, 0, severity as u8);
        }
        let status = self.status(row, &scope);
        self.error(row, status[1] != 0 || severity >= Severity::Error);
        let service = self.plain_words(row, &scope);
        let parties = self.parties(&scope);
        let has_party =
            parties.source[0] != NULL || parties.target[0] != NULL || parties.source_module != NULL || parties.target_module != NULL;
        let measured = status[0] != NULL || elapsed != MISSING;
        // Of a request a line tells at least two things: who, what for, and how it went.
        let is_call = [has_party, service, measured].into_iter().filter(|told| *told).count() >= 2;
        let kind = self.bound.kind.unwrap_or(if is_call { Kind::Call } else { Kind::Log });
        if kind != Kind::Log {
            pad(&mut self.records.kind, row, 0, kind as u8);
        }
        if self.bound.side != Side::Callee {
            pad(&mut self.records.side, row, 0, self.bound.side as u8);
        }
        self.settle(row, parties, kind);
        if self.keep == Keep::Everything {
            self.rest(place, &scope, has_line);
        }
        Ok(())
    }

    fn time(&mut self, scope: &Scope<'_, '_>) -> Result<Option<Timestamp>, Reason> {
        let mut read = |text: &str| self.runtime.time.read(text, &self.context).map(Some).ok_or(Reason::BAD_TIME);
        match &self.bound.time {
            TimeFrom::Nowhere => Ok(None),
            TimeFrom::Slot(slot) => match scope.values.get(*slot) {
                Value::Missing => Ok(None),
                Value::Time(time) => Ok(Some(*time)),
                Value::Text(text) if is_nothing(text) => Ok(None),
                Value::Text(text) => read(text),
                value => read(&value.to_text().unwrap_or_default()),
            },
            TimeFrom::Expression(template) => match template.evaluate(scope) {
                Term::Null => Ok(None),
                term => read(&term.to_text().unwrap_or_default()),
            },
        }
    }

    fn shifted(&self, time: Timestamp, elapsed: i64) -> Timestamp {
        if elapsed == MISSING || self.bound.shift == Shift::None {
            return time;
        }
        // The field counts parts of a millisecond by its scale.
        let scale = self.bound.elapsed_field.map_or(6, |field| self.plan.fields[field].scale);
        let nanos = i128::from(elapsed) * i128::from(magpie_model::time::MILLISECOND) / 10i128.pow(scale.min(18));
        let nanos = i64::try_from(nanos).unwrap_or(0).max(0);
        if self.bound.shift == Shift::ToStart { time.minus(nanos) } else { time.plus(nanos) }
    }

    /// Appends the fields; hands back the elapsed time in stored units.
    #[inline]
    fn numbers(&mut self, scope: &Scope<'_, '_>) -> i64 {
        let row = self.records.len();
        let mut elapsed = MISSING;
        for (field, sources) in self.bound.numbers.iter().enumerate() {
            let mut value = MISSING;
            for from in sources {
                value = match from {
                    NumberFrom::Scaled(slot, scaled) => scaled.of(scope.values.get(*slot)),
                    NumberFrom::Expression(template) => {
                        let spec = &self.plan.fields[field];
                        let term = template.evaluate(scope);
                        match term.to_number() {
                            Some(number) => number.scaled(spec.scale).unwrap_or(MISSING),
                            None if spec.flag => term.to_text().map_or(MISSING, |word| flag_of(&word)),
                            None => MISSING,
                        }
                    }
                };
                if value != MISSING {
                    break;
                }
            }
            if value != MISSING {
                pad(&mut self.records.fields[field], row, MISSING, value);
                if Some(field) == self.bound.elapsed_field {
                    elapsed = value;
                }
            }
        }
        elapsed
    }

    #[inline]
    fn severity(&mut self, scope: &Scope<'_, '_>) -> Severity {
        if self.bound.severity.is_empty() {
            return Severity::Unset;
        }
        let code = resolve(&self.bound.severity, &mut self.runtime.severity, scope, |word| [severity_of(word) as u32, 0, 0]);
        Severity::from_number(code[0] as u8).unwrap_or_default()
    }

    /// Appends the status; says in the second place whether it is a failure.
    #[inline]
    fn status(&mut self, row: usize, scope: &Scope<'_, '_>) -> Remembered {
        let at = Column::Status.index();
        if self.bound.words[at].is_empty() {
            return NOTHING;
        }
        let words = self.dictionaries.of_mut(Column::Status);
        let status =
            resolve(&self.bound.words[at], &mut self.runtime.memos[at], scope, |word| [words.intern(word), u32::from(is_failure(word)), 0]);
        if status[0] != NULL && self.wants(Column::Status) {
            pad(&mut self.records.text[at], row, NULL, status[0]);
        }
        status
    }

    fn wants(&self, column: Column) -> bool {
        self.keep == Keep::Everything || self.plan.measured[column.index()]
    }

    /// The `error` flag, unless the line or the mapping set it.
    #[inline]
    fn error(&mut self, row: usize, failed: bool) {
        if let Some(field) = self.bound.error_field
            && self.records.fields[field].len() <= row
        {
            let one = self.plan.fields[field].one();
            pad(&mut self.records.fields[field], row, MISSING, if failed { one } else { 0 });
        }
    }

    /// Appends the columns without rules of their own; says whether there is a service.
    #[inline]
    fn plain_words(&mut self, row: usize, scope: &Scope<'_, '_>) -> bool {
        let mut has_service = false;
        for at in 0..self.runtime.plain.len() {
            let column = self.runtime.plain[at];
            if !self.wants(column) {
                continue;
            }
            let words = self.dictionaries.of_mut(column);
            let index = column.index();
            let word = resolve(&self.bound.words[index], &mut self.runtime.memos[index], scope, |word| [words.intern(word), 0, 0]);
            if word[0] != NULL {
                has_service |= column == Column::Service;
                pad(&mut self.records.text[index], row, NULL, word[0]);
            } else if column == Column::Host && self.home.host != NULL {
                pad(&mut self.records.text[index], row, NULL, self.home.host);
            }
        }
        has_service
    }

    /// What the line says of the two sides.
    #[inline]
    fn parties(&mut self, scope: &Scope<'_, '_>) -> Parties {
        let mut source = self.party(Column::Source, Column::SourceModule, scope);
        if source[2] & TRUSTED != 0
            && let Some(slot) = self.bound.forwarded
            && let Some(header) = raw(scope.values.get(slot))
        {
            let (plan, side, dictionaries) = (self.plan, self.bound.side, &mut *self.dictionaries);
            let client = self.runtime.forwarded.get(header, || match plan.directory.forwarded(header) {
                Some(address) => remember(plan, side, Column::Source, Column::SourceModule, address, dictionaries),
                None => NOTHING,
            });
            if client[0] != NULL {
                source = client;
            }
        }
        Parties {
            source,
            source_module: self.module(Column::SourceModule, scope),
            target: self.party(Column::Target, Column::TargetModule, scope),
            target_module: self.module(Column::TargetModule, scope),
        }
    }

    #[inline]
    fn party(&mut self, column: Column, module: Column, scope: &Scope<'_, '_>) -> Remembered {
        let (plan, side, dictionaries) = (self.plan, self.bound.side, &mut *self.dictionaries);
        let at = column.index();
        resolve(&self.bound.words[at], &mut self.runtime.memos[at], scope, |text| remember(plan, side, column, module, text, dictionaries))
    }

    #[inline]
    fn module(&mut self, column: Column, scope: &Scope<'_, '_>) -> u32 {
        let at = column.index();
        let words = self.dictionaries.of_mut(column);
        resolve(&self.bound.words[at], &mut self.runtime.memos[at], scope, |word| [words.intern(word), 0, 0])[0]
    }

    /// Appends the parties: what the line leaves open is the host that wrote it, `(unknown)` or `(outside)`.
    #[inline]
    fn settle(&mut self, row: usize, parties: Parties, kind: Kind) {
        let side = self.bound.side;
        let (writer, writer_module, peer, peer_module) = match side {
            Side::Callee => (parties.target, parties.target_module, parties.source, parties.source_module),
            Side::Caller => (parties.source, parties.source_module, parties.target, parties.target_module),
        };
        let is_call = kind == Kind::Call;
        let home = self.home;
        // The writer's side: what the line says, who the rules say that is, what the source is configured to be.
        let writer_code = if writer[0] == NULL && is_call { home.writer } else { writer[0] };
        let first = |codes: [u32; 3]| codes.into_iter().find(|&code| code != NULL).unwrap_or(NULL);
        let unknown = |code: u32| if is_call { code } else { NULL };
        let writer_module = first([writer_module, first([writer[1], home.writer_module, NULL]), unknown(home.writer_unknown)]);
        let stranger = if peer[2] & FROM_OUTSIDE != 0 { home.peer_outside } else { home.peer_unknown };
        let peer_module = first([peer_module, peer[1], unknown(stranger)]);
        let (own, own_module) = columns_of(side);
        let (theirs, their_module) = columns_of(other(side));
        for (column, code) in [(own, writer_code), (own_module, writer_module), (theirs, peer[0]), (their_module, peer_module)] {
            if code != NULL {
                pad(&mut self.records.text[column.index()], row, NULL, code);
            }
        }
    }

    /// Appends what only the store keeps: id, place, message, ids of the run and the trace, attributes.
    fn rest(&mut self, place: Place<'_>, scope: &Scope<'_, '_>, has_line: bool) {
        let records = &mut *self.records;
        records.id.push(record_id(self.id_seed, place.offset, self.sub));
        records.offset.push(place.offset);
        let texts = &self.bound.texts;
        if self.home.keep_raw {
            match text_of(&texts.message, scope) {
                Some(body) => {
                    let more = if self.bound.parser.wants_whole_event() { "" } else { &place.text[place.first..] };
                    if more.is_empty() { records.message.push(&body) } else { records.message.push(&format!("{body}{more}")) }
                }
                None => records.message.push(if has_line { place.text } else { "" }),
            }
        } else {
            records.message.push("");
        }
        records.job_id.push(&text_of(&texts.job_id, scope).unwrap_or_default());
        records.trace_id.push(&text_of(&texts.trace_id, scope).unwrap_or_default().to_ascii_lowercase());
        records.span_id.push(&text_of(&texts.span_id, scope).unwrap_or_default().to_ascii_lowercase());
        let attempt = text_of(&texts.attempt, scope).and_then(|text| text.trim().parse().ok());
        records.attempt.push(attempt.unwrap_or(0));
        for (name, from) in &self.bound.attributes {
            if let Some(text) = text_of(std::slice::from_ref(from), scope)
                && !is_nothing(&text)
            {
                records.attributes.add(name, &text);
            }
        }
        for (key, value) in &scope.values.extra {
            records.attributes.add(key, value);
        }
        records.attributes.end_row();
    }
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
