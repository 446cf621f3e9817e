//! Lines of many programs in one file, each of which is named before its lines: every program has a format of its own.
//!
//! What two programs write is seldom told apart by its looks alone: the layout of one is a bad guess of the other's. The output of `docker
//! compose logs` names who wrote each line, so the format is found for each of them.

use std::sync::Arc;

use hashbrown::HashMap;

use super::mixed::Mixed;
use crate::normalise::values::{Habits, LineParser, Reason, Values};

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct ByWriter {
    parts: Mixed,
    of: HashMap<String, usize>,
    /// What reads the lines of those that the sample does not have.
    others: Option<usize>,
}

impl ByWriter {
    /// The formats of programs by their names, and that of all others where there is one.
    pub(in crate::normalise) fn new(writers: Vec<(String, Arc<dyn LineParser>)>, others: Option<Arc<dyn LineParser>>) -> Self {
        let (names, mut parsers): (Vec<String>, Vec<Arc<dyn LineParser>>) = writers.into_iter().unzip();
        let of = names.into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        let rest = others.is_some().then_some(parsers.len());
        parsers.extend(others);
        Self { parts: Mixed::new(parsers), of, others: rest }
    }

    fn part_of(&self, writer: &str) -> Option<usize> {
        self.of.get(writer).copied().or(self.others)
    }
}

impl LineParser for ByWriter {
    fn names(&self) -> &[String] {
        self.parts.names()
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        self.parts.parse(line, values)
    }

    fn parse_of<'a>(&self, writer: &str, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let part = self.part_of(writer).ok_or(Reason::NO_MATCH)?;
        self.parts.parse_by(part, line, values)
    }

    fn starts_event_of(&self, writer: &str, line: &str) -> Option<bool> {
        self.parts.starts_by(self.part_of(writer)?, line)
    }

    fn habits(&self) -> Habits {
        self.parts.habits()
    }

    fn tells_writer(&self) -> bool {
        self.parts.tells_writer()
    }
}
