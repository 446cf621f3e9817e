//! Which monitors take a record: kinds and `where:`, decided on the record itself.
//!
//! It must be decided before anything is folded, since a combination beyond the ceiling loses its words and could no
//! longer be tested. Monitors with equal conditions share one; the set of conditions that a record meets is its class,
//! a number that becomes part of the key, so that a folded row still knows who takes it.

use hashbrown::{HashMap, HashSet};
use magpie_model::config::{Monitor, Where};
use magpie_model::record::Dictionaries;
use magpie_model::{Column, Kind, Records};

/// Class of records that no monitor takes.
pub(super) const UNTAKEN: u32 = 0;

/// What a monitor asks of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    /// Bit per kind.
    kinds: u8,
    /// Bit per severity.
    severities: u8,
    columns: Vec<ColumnCondition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ColumnCondition {
    column: Column,
    words: HashSet<String>,
    /// Per code of the column's dictionary, as far as it has been looked at.
    holds: Vec<bool>,
}

/// The conditions of all monitors and the classes met so far.
#[derive(Debug)]
pub(super) struct Selection {
    conditions: Vec<Condition>,
    classes: HashMap<Box<[u64]>, u32>,
    /// Bits of each class.
    sets: Vec<Box<[u64]>>,
    met: Vec<u64>,
    last: u32,
}

impl Selection {
    /// Conditions of these monitors, and for each monitor the number of its condition.
    pub(super) fn of<'a>(monitors: impl Iterator<Item = &'a Monitor>) -> (Self, Vec<usize>) {
        let mut conditions: Vec<Condition> = Vec::new();
        let mut of_monitor = Vec::new();
        for monitor in monitors {
            let condition = Condition::of(monitor);
            let known = conditions.iter().position(|known| *known == condition);
            of_monitor.push(known.unwrap_or_else(|| {
                conditions.push(condition);
                conditions.len() - 1
            }));
        }
        let none: Box<[u64]> = vec![0; conditions.len().div_ceil(64)].into();
        let classes = HashMap::from_iter([(none.clone(), UNTAKEN)]);
        (Self { met: none.to_vec(), conditions, classes, sets: vec![none], last: UNTAKEN }, of_monitor)
    }

    /// Looks at words that came into the dictionaries since the last time.
    pub(super) fn learn(&mut self, dictionaries: &Dictionaries) {
        for condition in self.conditions.iter_mut().flat_map(|condition| &mut condition.columns) {
            let dictionary = dictionaries.of(condition.column);
            for code in condition.holds.len()..dictionary.len() {
                condition.holds.push(condition.words.contains(dictionary.get(code as u32)));
            }
        }
    }

    /// Forgets the dictionaries.
    pub(super) fn forget(&mut self) {
        self.conditions.iter_mut().flat_map(|condition| &mut condition.columns).for_each(|column| column.holds.clear());
    }

    /// The class of a record.
    #[inline]
    pub(super) fn class_of(&mut self, records: &Records, row: usize) -> u32 {
        if let [condition] = self.conditions.as_slice()
            && condition.columns.is_empty()
        {
            // The usual case: every monitor takes all calls.
            return if condition.holds(records, row) { self.only() } else { UNTAKEN };
        }
        self.met.fill(0);
        for (number, condition) in self.conditions.iter().enumerate() {
            self.met[number / 64] |= u64::from(condition.holds(records, row)) << (number % 64);
        }
        if *self.sets[self.last as usize] != *self.met {
            self.last = self.class_of_met();
        }
        self.last
    }

    /// Whether its kind alone decides the class of a record.
    pub(super) fn goes_by_kind(&self) -> bool {
        self.conditions.iter().all(|condition| condition.columns.is_empty() && condition.severities == u8::MAX)
    }

    /// Number of classes met so far, [`UNTAKEN`] included; every class is less than that.
    pub(super) fn classes(&self) -> usize {
        self.sets.len()
    }

    /// Whether all records that were taken so far meet this condition and are of one class.
    pub(super) fn takes_all(&self, condition: usize) -> bool {
        self.sets.len() == 2 && self.takes(1, condition)
    }

    /// Whether records of this class meet this condition.
    pub(super) fn takes(&self, class: u32, condition: usize) -> bool {
        self.sets[class as usize][condition / 64] >> (condition % 64) & 1 == 1
    }

    fn only(&mut self) -> u32 {
        if self.sets.len() == 1 {
            self.met[0] = 1;
            return self.class_of_met();
        }
        1
    }

    fn class_of_met(&mut self) -> u32 {
        if let Some(&class) = self.classes.get(self.met.as_slice()) {
            return class;
        }
        let class = self.sets.len() as u32;
        self.classes.insert(self.met.clone().into(), class);
        self.sets.push(self.met.clone().into());
        class
    }
}

impl Condition {
    fn of(monitor: &Monitor) -> Self {
        let kinds: &[Kind] = if monitor.kinds.is_empty() { &[Kind::Call] } else { &monitor.kinds };
        let mut condition = Self { kinds: kinds.iter().fold(0, |bits, &kind| bits | 1 << kind as u8), severities: !0, columns: Vec::new() };
        for filter in &monitor.filter {
            match filter {
                Where::Severity(severities) => {
                    condition.severities &= severities.iter().fold(0, |bits, &severity| bits | 1 << severity as u8);
                }
                Where::Column(column, words) => {
                    let words = words.iter().cloned().collect();
                    condition.columns.push(ColumnCondition { column: *column, words, holds: Vec::new() });
                }
            }
        }
        condition
    }

    #[inline]
    fn holds(&self, records: &Records, row: usize) -> bool {
        self.kinds >> (records.kind[row] & 7) & 1 == 1
            && self.severities >> (records.severity[row] & 7) & 1 == 1
            && self.columns.iter().all(|condition| {
                let code = records.text[condition.column.index()][row];
                // A code beyond the dictionary would be a bug of its owner; it holds no word.
                condition.holds.get(code as usize).copied().unwrap_or(false)
            })
    }
}
