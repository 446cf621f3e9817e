//! Events → partials, at an agent that may not send them one by one.
//!
//! What an event's records have in common makes the row: bucket, kind, severity, side, marks, and every column; so the rows fold into any
//! monitor as the records would have, and whatever is no column (text, ids, attributes) is left out. A partial cannot be taken apart again, so its
//! bytes are in the store wholly or not at all; hence pieces end with an event and have so many rows at most.

use std::collections::BTreeMap;

use magpie_model::agent_partial::{ATTRIBUTE, AgentField, AgentPartial, VERSION};
use magpie_model::edge::{EdgeEvent, EdgeRecord};
use magpie_model::field::MISSING;
use magpie_model::record::{Record, mark};
use magpie_model::{Bucketing, Column, FieldPartial, FieldSpec, Kind, Severity, Side, Timestamp};

/// Rows of one piece at most.
const MOST_ROWS: usize = 1_000;

/// Counts events of one source.
#[derive(Clone, Debug)]
pub struct Counting {
    /// The fields as the agent knows them.
    pub fields: Vec<FieldSpec>,
    /// The time that lines are counted by.
    pub bucket: Bucketing,
    /// [`AgentPartial::config`].
    pub config: String,
    /// One of so many events is kept to be looked at, and the first of each piece; none for 0.
    pub sample: u64,
}

/// What records of one row have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    bucket: Timestamp,
    kind: Kind,
    severity: Severity,
    side: Side,
    marks: u8,
    columns: BTreeMap<Column, String>,
}

/// A piece that is being counted.
#[derive(Debug, Default)]
struct Piece {
    length: u64,
    rows: BTreeMap<Row, AgentPartial>,
    samples: Vec<EdgeRecord>,
}

impl Counting {
    /// Counts events that follow each other; gives one event for each piece, with the bytes of all of its events.
    pub fn count(&self, events: Vec<EdgeEvent>) -> Vec<EdgeEvent> {
        let (mut pieces, mut piece) = (Vec::new(), Piece::default());
        let mut unsampled = 0;
        for event in events {
            piece.length += event.length;
            let is_sample = self.sample > 0 && unsampled % self.sample == 0;
            unsampled += 1;
            for edge in event.records {
                self.add(&edge, &mut piece);
                if is_sample {
                    piece.samples.push(sampled(edge));
                }
            }
            if piece.rows.len() >= MOST_ROWS {
                pieces.push(std::mem::take(&mut piece).into_event());
                unsampled = 0;
            }
        }
        if piece.length > 0 {
            pieces.push(piece.into_event());
        }
        pieces
    }

    fn add(&self, edge: &EdgeRecord, piece: &mut Piece) {
        let Record { time, kind, severity, side, marks, columns, .. } = &edge.record;
        // Whether a time is possible is asked of the server's clock.
        let marks = *marks & !mark::BAD_TIME;
        let bucket = self.bucket.start(*time);
        let row = Row { bucket, kind: *kind, severity: *severity, side: *side, marks, columns: columns.clone() };
        let partial = piece.rows.entry(row).or_insert_with(|| AgentPartial {
            version: VERSION,
            config: self.config.clone(),
            bucket: self.bucket.length(),
            ..AgentPartial::default()
        });
        partial.records += 1;
        partial.one_sided += u64::from(marks & mark::ONE_SIDED);
        for (name, number) in &edge.measures {
            let Some(spec) = self.fields.iter().find(|spec| spec.name == *name) else { continue };
            let value = spec.parse(number).unwrap_or(MISSING);
            match partial.fields.iter_mut().find(|field| field.name == *name) {
                Some(field) => field.values.add(value),
                None => partial.fields.push(first(spec, value)),
            }
        }
    }
}

/// A field with its first value; the sketch is always made, for monitors that will ask for it.
fn first(spec: &FieldSpec, value: i64) -> AgentField {
    let mut values = FieldPartial { sketch: Some(Box::default()), ..FieldPartial::new(spec) };
    values.add(value);
    AgentField { name: spec.name.clone(), scale: spec.scale, values }
}

fn sampled(mut edge: EdgeRecord) -> EdgeRecord {
    edge.record.marks |= mark::SAMPLED;
    edge
}

impl Piece {
    fn into_event(self) -> EdgeEvent {
        let partials = self.rows.into_iter().map(|(row, mut partial)| {
            partial.fields.sort_by(|left, right| left.name.cmp(&right.name));
            let Row { bucket: time, kind, severity, side, marks, columns } = row;
            let attributes = vec![(ATTRIBUTE.to_owned(), partial.to_text())];
            let record = Record { time, kind, severity, side, marks: marks | mark::FROM_AGENT, columns, attributes, ..Record::default() };
            EdgeRecord { record, measures: Vec::new() }
        });
        EdgeEvent { length: self.length, records: partials.chain(self.samples).collect() }
    }
}
