//! Several formats in one file: each line is read by the first format that can.
//!
//! The order is fixed when the reader is made, and no line changes it, so that the result does not depend on which
//! operator reads which part.

use std::sync::Arc;

use magpie_model::Kind;

use crate::normalise::time::TimeForm;
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Mixed {
    names: Vec<String>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    parser: Arc<dyn LineParser>,
    /// This reader's slot for each of the part's slots; `None` when they are the same.
    slots: Option<Vec<usize>>,
    /// Of events only, where other parts are calls: the slots that would make a call of a line, and their names.
    not_acts: Vec<(usize, &'static str)>,
}

/// What makes a call of a line that names a party.
const ACTS: [&str; 3] = ["method", "path", "service"];

impl Mixed {
    pub(in crate::normalise) fn new(parsers: Vec<Arc<dyn LineParser>>) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut parts = Vec::new();
        for parser in parsers {
            let slots: Vec<usize> = parser
                .names()
                .iter()
                .map(|name| {
                    names.iter().position(|known| known == name).unwrap_or_else(|| {
                        names.push(name.clone());
                        names.len() - 1
                    })
                })
                .collect();
            let is_same = slots.iter().enumerate().all(|(from, to)| from == *to);
            parts.push(Part { parser, slots: (!is_same).then_some(slots), not_acts: Vec::new() });
        }
        let of_events = |part: &Part| part.parser.habits().kind == Some(Kind::Log);
        if !parts.iter().all(of_events) {
            for part in parts.iter_mut().filter(|part| of_events(part)) {
                part.not_acts = ACTS.into_iter().filter_map(|act| Some((names.iter().position(|name| name == act)?, act))).collect();
            }
        }
        Self { names, parts }
    }
}

impl Mixed {
    /// Reads a line by one of the formats.
    pub(super) fn parse_by<'a>(&self, part: usize, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        self.parts.get(part).ok_or(Reason::UNKNOWN_FORMAT)?.read(line, values)
    }

    /// Whether a line begins an event by one of the formats.
    pub(super) fn starts_by(&self, part: usize, line: &str) -> Option<bool> {
        self.parts.get(part)?.parser.starts_event(line)
    }
}

impl Part {
    fn read<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        self.read_slots(line, values)?;
        for (slot, name) in &self.not_acts {
            if let Value::Text(text) = *values.get(*slot) {
                values.set(*slot, Value::Missing);
                if values.wants_extra() {
                    values.extra.push(((*name).into(), text.into()));
                }
            }
        }
        Ok(())
    }

    fn read_slots<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let Some(slots) = &self.slots else { return self.parser.parse(line, values) };
        let wanted: Vec<bool> = slots.iter().map(|slot| values.wants(*slot)).collect();
        let mut own = Values::wanting(&wanted, values.wants_extra());
        self.parser.parse(line, &mut own)?;
        for (from, to) in slots.iter().enumerate() {
            if own.get(from) != &Value::Missing {
                values.set(*to, own.get(from).clone());
            }
        }
        values.extra.append(&mut own.extra);
        Ok(())
    }
}

impl LineParser for Mixed {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut reason = Reason::UNKNOWN_FORMAT;
        for part in &self.parts {
            match part.read(line, values) {
                Ok(()) => return Ok(()),
                Err(Reason::NOT_AN_EVENT) => return Err(Reason::NOT_AN_EVENT),
                Err(other) => reason = if reason == Reason::UNKNOWN_FORMAT { other } else { reason },
            }
            values.clear();
        }
        Err(reason)
    }

    fn tells_writer(&self) -> bool {
        self.parts.iter().all(|part| part.parser.tells_writer())
    }

    /// What all the formats agree on.
    fn habits(&self) -> Habits {
        let mut habits = self.parts.iter().map(|part| part.parser.habits());
        let first = habits.next().unwrap_or_default();
        habits.fold(first, |all, one| Habits {
            kind: all.kind.filter(|kind| one.kind == Some(*kind)),
            side: all.side.filter(|side| one.side == Some(*side)),
            time: all.time.or(one.time),
        })
    }

    fn time_form(&self) -> Option<&TimeForm> {
        None
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        let mut all = Some(false);
        for part in &self.parts {
            // A format of one line for each call says so of any line; here others have stack traces.
            let is_of_calls = part.parser.habits().kind == Some(Kind::Call) && !part.parser.has_partial_lines();
            match part.parser.starts_event(line) {
                Some(true) if !is_of_calls => return Some(true),
                Some(false) => {}
                Some(true) | None => all = None,
            }
        }
        all
    }

    fn has_blank_lines(&self) -> bool {
        self.parts.iter().any(|part| part.parser.has_blank_lines())
    }

    /// A part that would be given the first line reads the others as more of its message.
    fn wants_whole_event(&self) -> bool {
        self.parts.iter().any(|part| part.parser.wants_whole_event())
    }

    fn continues(&self, line: &str) -> bool {
        self.parts.iter().any(|part| part.parser.continues(line))
    }
}
