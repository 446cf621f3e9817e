//! A source's mapping bound to the slots of its parser: for every column and field, where its value comes from.
//!
//! Binding happens once per input and format, so that a line costs no look-up of a name. What `map:` says comes first,
//! then what `set` fixes, then the parser's value of that name; a null falls through to the next.

use std::sync::Arc;

use magpie_model::config::{Config, LoggedTime, Problem, Source, Written, unknown_word};
use magpie_model::{Column, FieldSpec, Kind, Side};

use super::expr::{Decimal, NameRef, Template};
use super::number::Scaled;
use super::plan::Keep;
use super::time::TimeForm;
use super::values::{Detected, LineParser};

/// Where a word comes from.
#[derive(Clone, Debug)]
pub(super) enum WordFrom {
    Constant(String),
    Slot(usize),
    /// The route of a path: what follows `?` is cut off before anything is looked up.
    Route(usize),
    /// A piece of a slot between separators, counted from 0; it, too, is cut out before anything is looked up.
    Piece {
        slot: usize,
        separator: String,
        at: usize,
    },
    /// An expression over one slot: its result is remembered by its input.
    Single(Template, usize),
    Expression(Template),
}

/// Where a number comes from.
#[derive(Clone, Debug)]
pub(super) enum NumberFrom {
    Scaled(usize, Scaled),
    Expression(Template),
}

/// Where the time comes from.
#[derive(Clone, Debug)]
pub(super) enum TimeFrom {
    Nowhere,
    Slot(usize),
    Expression(Template),
}

/// Moves the logged time to the moment that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shift {
    None,
    ToStart,
    ToEnd,
}

/// Texts with columns of their own that are not words.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub(super) message: Vec<WordFrom>,
    pub(super) job_id: Vec<WordFrom>,
    pub(super) trace_id: Vec<WordFrom>,
    pub(super) span_id: Vec<WordFrom>,
    pub(super) attempt: Vec<WordFrom>,
}

/// A parser with everything that becomes of its values.
#[derive(Debug)]
pub struct Bound {
    /// Name of the format.
    pub format: String,
    /// How sure the detection is, 0 to 1; 1 for what was configured.
    pub confidence: f64,
    pub(super) parser: Arc<dyn LineParser>,
    pub(super) kind: Option<Kind>,
    pub(super) side: Side,
    pub(super) time: TimeFrom,
    pub(super) form: TimeForm,
    pub(super) shift: Shift,
    /// Per column, in order of their numbers.
    pub(super) words: Vec<Vec<WordFrom>>,
    /// The host that wrote a line, where the line says so and the source does not.
    pub(super) writer: Vec<WordFrom>,
    pub(super) forwarded: Option<usize>,
    pub(super) severity: Vec<WordFrom>,
    /// Per field, in order of their declaration.
    pub(super) numbers: Vec<Vec<NumberFrom>>,
    pub(super) error_field: Option<usize>,
    pub(super) elapsed_field: Option<usize>,
    pub(super) texts: Texts,
    /// Name and source of what has no column.
    pub(super) attributes: Vec<(String, WordFrom)>,
    /// Whether the parser can say which lines begin an event.
    pub(super) tells_events: bool,
    /// Slots looked at, and whether extra values are, when everything is kept.
    pub(super) wanted: (Vec<bool>, bool),
    /// The same, when only measures are.
    pub(super) measured: (Vec<bool>, bool),
}

/// A parser that has no opinion on any of these has none on other lines: asking it would only cost time.
const TRIAL_LINES: [&str; 10] = [
    "x",
    " x",
    "2026-11-22 10:15:03 x",
    "{\"a\":1}",
    "<13>1 x",
    "[x] x",
    "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:15:03Z\"}",
    "2026-11-22T10:15:03Z stdout F x",
    "web-1  | x",
    "2026-11-22T10:15:03.123456789Z x",
];

struct Binder<'b> {
    config: &'b Config,
    source: &'b Source,
    names: &'b [String],
    /// Whether every name the parser can produce is known.
    closed: bool,
    mapped: Vec<(String, Template)>,
    problems: Vec<Problem>,
}

impl Bound {
    /// Binds a parser to a source. `closed` says that the parser's names are all there are, so that any other is a mistake.
    pub(super) fn new(config: &Config, source: &Source, detected: Detected, closed: bool, columns: &[bool]) -> Result<Self, Vec<Problem>> {
        let parser = if closed { detected.parser } else { asked(detected.parser, config, source) };
        let mut binder = Binder { config, source, names: parser.names(), closed, mapped: Vec::new(), problems: Vec::new() };
        binder.compile_map();
        if !binder.problems.is_empty() {
            return Err(binder.problems);
        }
        let habits = parser.habits();
        let mut bound = Self {
            format: detected.name,
            confidence: detected.confidence,
            kind: source.kind.or(habits.kind),
            side: if source.side == Side::Caller { Side::Caller } else { habits.side.unwrap_or(source.side) },
            time: binder.time(),
            form: parser.time_form().cloned().unwrap_or_else(TimeForm::auto),
            shift: shift(habits.time, source.time),
            words: Column::ALL.iter().map(|&column| binder.words(column)).collect(),
            writer: if source.host.is_none() && parser.tells_writer() { binder.words(Column::Host) } else { Vec::new() },
            forwarded: binder.slot("forwarded_for"),
            severity: binder.texts("severity", &["severity"]),
            numbers: (0..config.fields.len()).map(|field| binder.numbers(field)).collect(),
            error_field: config.field("error"),
            elapsed_field: config.field("elapsed_ms"),
            texts: binder.all_texts(),
            attributes: binder.attributes(),
            // A format that reads none of the first lines knows no beginning of an event either: all would be one.
            tells_events: detected.confidence > 0.0
                && (habits.kind != Some(Kind::Call) || parser.has_partial_lines())
                && TRIAL_LINES.iter().any(|line| parser.starts_event(line).is_some()),
            wanted: (vec![true; parser.names().len()], true),
            measured: (vec![false; parser.names().len()], false),
            parser: Arc::clone(&parser),
        };
        bound.mark_measured(columns);
        Ok(bound)
    }

    /// What is looked at when only measures are kept.
    fn mark_measured(&mut self, columns: &[bool]) {
        let mut measured = (vec![false; self.parser.names().len()], false);
        let mut see = |from: &WordFrom| match from {
            WordFrom::Constant(_) => {}
            WordFrom::Slot(slot) | WordFrom::Route(slot) | WordFrom::Piece { slot, .. } | WordFrom::Single(_, slot) => {
                measured.0[*slot] = true;
            }
            WordFrom::Expression(template) => {
                template.slots().into_iter().for_each(|slot| measured.0[slot] = true);
                measured.1 |= template.wants_extra();
            }
        };
        for (sources, _) in self.words.iter().zip(columns).filter(|(_, wanted)| **wanted) {
            sources.iter().for_each(&mut see);
        }
        self.severity.iter().for_each(&mut see);
        self.writer.iter().for_each(&mut see);
        self.words[Column::Status.index()].iter().for_each(&mut see);
        self.forwarded.into_iter().for_each(|slot| see(&WordFrom::Slot(slot)));
        match &self.time {
            TimeFrom::Nowhere => {}
            TimeFrom::Slot(slot) => see(&WordFrom::Slot(*slot)),
            TimeFrom::Expression(template) => see(&WordFrom::Expression(template.clone())),
        }
        for from in self.numbers.iter().flatten() {
            match from {
                NumberFrom::Scaled(slot, _) => see(&WordFrom::Slot(*slot)),
                NumberFrom::Expression(template) => see(&WordFrom::Expression(template.clone())),
            }
        }
        self.measured = measured;
    }

    pub(super) fn wants(&self, keep: Keep) -> &(Vec<bool>, bool) {
        match keep {
            Keep::Everything => &self.wanted,
            Keep::Measures => &self.measured,
        }
    }
}

/// The parser with slots for what the mapping and the declared fields ask it for, so that these look at slots and not for names.
fn asked(parser: Arc<dyn LineParser>, config: &Config, source: &Source) -> Arc<dyn LineParser> {
    let is_open = |name: &String| {
        let is_mapped = source.map.iter().any(|(target, _)| target == name);
        !is_mapped && !parser.names().contains(name) && !matches!(name.as_str(), "host" | "file" | "line")
    };
    let declared = config.fields.iter().filter(|spec| is_declared(spec)).map(|spec| spec.name.clone());
    let mut names: Vec<String> = names_of_map(source).into_iter().chain(declared).filter(is_open).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { parser } else { parser.with_names(&names).unwrap_or(parser) }
}

/// Whether a field is one of the configuration's own, whose values lines have by its name.
fn is_declared(spec: &FieldSpec) -> bool {
    let is_plain = spec.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    is_plain && spec.distinct_of.is_none() && !BUILT_IN.contains(&spec.name.as_str())
}

/// Names in the mapping's expressions, as far as they can be told without knowing the parser.
pub(super) fn names_of_map(source: &Source) -> Vec<String> {
    let mut names = std::cell::RefCell::new(Vec::new());
    for (_, written) in &source.map {
        let note = |name: &str| {
            names.borrow_mut().push(name.to_owned());
            Ok(NameRef::Extra(name.to_owned()))
        };
        // Mistakes are told when the mapping is bound.
        let _ = Template::compile(&written.text, &note);
    }
    std::mem::take(names.get_mut())
}

/// From what the format logs to what the configuration asks for.
fn shift(logged: Option<LoggedTime>, asked: Option<LoggedTime>) -> Shift {
    match (logged, asked) {
        (Some(LoggedTime::End) | None, Some(LoggedTime::Start)) => Shift::ToStart,
        (Some(LoggedTime::Start), Some(LoggedTime::End)) => Shift::ToEnd,
        _ => Shift::None,
    }
}

/// The parser's names that make up a column by themselves, first one first.
fn slots_of(column: Column) -> &'static [&'static str] {
    match column {
        Column::Operation => &["operation", "method"],
        Column::Input | Column::File | Column::ParseError => &[],
        _ => &[],
    }
}

/// How the elapsed time may be called, and how many milliseconds one of it is.
const ELAPSED: [(&str, &str); 4] = [("elapsed_ms", "1"), ("elapsed_s", "1000"), ("elapsed_us", "0.001"), ("elapsed_ns", "0.000001")];

/// The fields that formats measure by themselves.
const BUILT_IN: [&str; 5] = ["elapsed_ms", "client_elapsed_ms", "bytes", "warning", "error"];

/// Names that become something other than an attribute, besides columns and fields.
const CANONICAL: [&str; 13] = [
    "time",
    "severity",
    "message",
    "method",
    "path",
    "forwarded_for",
    "elapsed_s",
    "elapsed_us",
    "elapsed_ns",
    "job_id",
    "trace_id",
    "span_id",
    "attempt",
];

impl Binder<'_> {
    fn slot(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn compile_map(&mut self) {
        for (target, written) in &self.source.map {
            match self.compile(target, written) {
                Ok(template) => self.mapped.push((target.clone(), template)),
                Err(problem) => self.problems.push(problem),
            }
        }
    }

    fn compile(&self, target: &str, written: &Written) -> Result<Template, Problem> {
        let names = |name: &str| {
            if let Some(slot) = self.slot(name) {
                return Ok(NameRef::Slot(slot));
            }
            if let Some((_, template)) = self.mapped.iter().find(|(mapped, _)| mapped == name) {
                return Ok(NameRef::Mapped(Box::new(template.clone())));
            }
            match name {
                "host" => Ok(NameRef::Host),
                "file" => Ok(NameRef::File),
                "line" => Ok(NameRef::Line),
                _ if self.closed => Err(unknown_word("value", name, self.names.iter().map(String::as_str).chain(["host", "file", "line"]))),
                _ => Ok(NameRef::Extra(name.to_owned())),
            }
        };
        Template::compile(&written.text, &names).map_err(|error| {
            let message = format!("`{}`, {error}", written.text);
            Problem { column: Some(error.column), ..Problem::of_member(format!("map.{target}"), written.line, message, error.told) }
        })
    }

    fn mapping(&self, target: &str) -> Option<&Template> {
        self.mapped.iter().find(|(mapped, _)| mapped == target).map(|(_, template)| template)
    }

    fn word_from(template: &Template) -> WordFrom {
        if let Some(text) = template.constant() {
            WordFrom::Constant(text.to_owned())
        } else if let Some(slot) = template.slot() {
            WordFrom::Slot(slot)
        } else if let Some(slot) = template.routed_slot() {
            WordFrom::Route(slot)
        } else if let Some((slot, separator, at)) = template.piece_of_slot() {
            WordFrom::Piece { slot, separator: separator.to_owned(), at }
        } else if let Some(slot) = template.single_input() {
            WordFrom::Single(template.clone(), slot)
        } else {
            WordFrom::Expression(template.clone())
        }
    }

    fn words(&self, column: Column) -> Vec<WordFrom> {
        let mut sources: Vec<WordFrom> = self.mapping(column.name()).map(Self::word_from).into_iter().collect();
        sources.extend(self.source.set.get(&column).map(|text| WordFrom::Constant(text.clone())));
        if !matches!(column, Column::Input | Column::File | Column::ParseError) {
            let own = [column.name()];
            let names = if slots_of(column).is_empty() { &own[..] } else { slots_of(column) };
            sources.extend(names.iter().filter_map(|name| self.slot(name)).map(WordFrom::Slot));
        }
        if column == Column::Service {
            sources.extend(self.slot("path").map(WordFrom::Route));
        }
        // Nothing after a constant is ever looked at.
        if let Some(at) = sources.iter().position(|from| matches!(from, WordFrom::Constant(text) if !text.is_empty())) {
            sources.truncate(at + 1);
        }
        sources
    }

    fn texts(&self, target: &str, slots: &[&str]) -> Vec<WordFrom> {
        let mapped = self.mapping(target).map(Self::word_from);
        mapped.into_iter().chain(slots.iter().filter_map(|name| self.slot(name)).map(WordFrom::Slot)).collect()
    }

    fn all_texts(&self) -> Texts {
        Texts {
            message: self.texts("message", &["message"]),
            job_id: self.texts("job_id", &["job_id"]),
            trace_id: self.texts("trace_id", &["trace_id"]),
            span_id: self.texts("span_id", &["span_id"]),
            attempt: self.texts("attempt", &["attempt"]),
        }
    }

    fn time(&self) -> TimeFrom {
        match self.mapping("time") {
            Some(template) => template.slot().map_or_else(|| TimeFrom::Expression(template.clone()), TimeFrom::Slot),
            None => self.slot("time").map_or(TimeFrom::Nowhere, TimeFrom::Slot),
        }
    }

    fn numbers(&self, field: usize) -> Vec<NumberFrom> {
        let spec = &self.config.fields[field];
        if spec.distinct_of.is_some() {
            return Vec::new();
        }
        let mut sources: Vec<NumberFrom> = Vec::new();
        if let Some(template) = self.mapping(&spec.name) {
            sources.push(match template.scaled_slot() {
                Some((slot, factor)) => NumberFrom::Scaled(slot, Scaled::new(factor, spec)),
                None => NumberFrom::Expression(template.clone()),
            });
        }
        if spec.name == "elapsed_ms" {
            for (name, factor) in ELAPSED {
                let factor = Decimal::parse(factor).unwrap_or(Decimal::ONE);
                sources.extend(self.slot(name).map(|slot| NumberFrom::Scaled(slot, Scaled::new(factor, spec))));
            }
        } else if let Some(slot) = self.slot(&spec.name) {
            sources.push(NumberFrom::Scaled(slot, Scaled::new(Decimal::ONE, spec)));
        } else if !self.closed && sources.is_empty() && is_declared(spec) {
            // What is inside an envelope has no slots of its own.
            let by_name = |name: &str| Ok(NameRef::Extra(name.to_owned()));
            sources.extend(Template::compile(&format!("{{{}}}", spec.name), &by_name).ok().map(NumberFrom::Expression));
        }
        sources
    }

    fn is_column_or_field(&self, name: &str) -> bool {
        CANONICAL.contains(&name)
            || Column::from_name(name).is_some_and(|column| !matches!(column, Column::Input | Column::File | Column::ParseError))
            || self.config.field(name).is_some()
    }

    fn attributes(&self) -> Vec<(String, WordFrom)> {
        let slots = self.names.iter().enumerate().filter(|(_, name)| !self.is_column_or_field(name) && self.mapping(name).is_none());
        let slots = slots.map(|(slot, name)| (name.clone(), WordFrom::Slot(slot)));
        let mapped = self.mapped.iter().filter(|(name, _)| !self.is_column_or_field(name));
        slots.chain(mapped.map(|(name, template)| (name.clone(), Self::word_from(template)))).collect()
    }
}
