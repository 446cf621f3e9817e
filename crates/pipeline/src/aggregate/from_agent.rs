//! Partials that agents have made of lines: records that stand for many, folded with their weight.
//!
//! They are few and each is a row already, so they do not go through the tables of open buckets: they are merged by the grain's
//! columns, and handed to every monitor that takes them when the folder is drained, as further rows that meet equal ones when
//! they are read. What a monitor asks of a record, it asks of the partial, which has every column of its lines.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use magpie_model::agent_partial::AgentPartial;
use magpie_model::dictionary::{NULL, OTHER_CODE};
use magpie_model::record::{Records, mark};
use magpie_model::{Column, Partial, Side};

use super::bucket::SourceTally;
use super::plan::Plan;

/// Where a partial belongs: bucket, class, side, and the codes of the grain's columns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) bucket: i64,
    pub(super) class: u32,
    pub(super) side: Side,
    pub(super) codes: Box<[u32]>,
}

/// Partials since the last drain.
#[derive(Debug, Default)]
pub(super) struct FromAgent {
    pub(super) rows: BTreeMap<Place, Partial>,
    /// Combinations of each bucket.
    named: HashMap<i64, usize>,
}

impl FromAgent {
    /// Adds what the record in a row stands for. Beyond the ceiling of its bucket it loses its combination, which is marked.
    pub(super) fn add(&mut self, records: &mut Records, row: usize, partial: &Partial, plan: &Plan, mut place: Place, ceiling: usize) {
        let named = self.named.entry(place.bucket).or_default();
        let is_known = self.rows.contains_key(&place);
        if records.marks[row] & mark::FOLDED != 0 || !is_known && *named >= ceiling {
            records.marks[row] |= mark::FOLDED;
            place.codes.fill(OTHER_CODE);
        } else if !is_known {
            *named += 1;
        }
        self.rows.entry(place).or_insert_with(|| Partial::new(&plan.fields)).merge(partial);
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.named.clear();
    }

    /// Bytes of memory held, about.
    pub(super) fn memory(&self) -> usize {
        self.rows.iter().map(|(place, partial)| 96 + place.codes.len() * 4 + partial.fields.len() * 96).sum()
    }
}

/// What the record in a row stands for, with the different words that are its own; `None` if that cannot be read.
pub(super) fn partial_of(records: &Records, row: usize, plan: &Plan, word_hashes: &[Vec<u64>]) -> Option<Partial> {
    let mut partial = AgentPartial::among(records.attributes.row(row))?.to_partial(&plan.fields);
    for (&field, hashes) in plan.distinct.iter().zip(word_hashes) {
        let Some(column) = plan.fields[field].distinct_of else { continue };
        let code = records.text[column.index()][row];
        if let (Some(distinct), Some(&hash)) = (&mut partial.fields[field].distinct, hashes.get(code as usize).filter(|_| code != NULL)) {
            distinct.add_hash(hash);
        }
    }
    Some(partial)
}

/// The grain's codes of a row.
pub(super) fn codes_of(records: &Records, row: usize, plan: &Plan) -> Box<[u32]> {
    plan.columns.iter().map(|column| records.text[column.index()][row]).collect()
}

impl SourceTally {
    /// Counts the lines that a partial stands for.
    pub(super) fn add_partial(&mut self, lines: u64, unparsed: bool, marks: u8, late: bool) {
        *(if unparsed { &mut self.unparsed } else { &mut self.parsed }) += lines;
        self.from_agent += lines;
        self.late += if late { lines } else { 0 };
        self.bad_time += if marks & mark::BAD_TIME != 0 { lines } else { 0 };
    }
}

/// Whether a record's line was not understood.
pub(super) fn is_unparsed(records: &Records, row: usize) -> bool {
    records.text[Column::ParseError.index()][row] != NULL
}
