//! Runs of records that queries read alike: an open batch in memory, or a row group of a segment.
//!
//! A query asks for the columns it needs, for the rows that are still of interest; a row group then decodes no more
//! than that (late materialisation), a batch in memory gives what it has. Which rows are of interest is decided in
//! `matcher`.

use std::sync::Arc;

use arrow_array::RecordBatch as Batch;
use magpie_model::{FieldSpec, Timestamp};

use super::columns;
use super::live::Segment;
use super::segment::RecordsReader;
use crate::Result;

/// A run of records.
#[derive(Clone)]
pub(super) enum Part {
    /// In memory, in order of arrival.
    Open(Arc<OpenBatch>),
    /// A row group, ordered by time and id, of a segment that stays as long as it is read.
    Group(Arc<RecordsReader>, usize, #[expect(dead_code, reason = "held so that the files stay")] Arc<Segment>),
}

/// An open batch with its range of time.
pub(super) struct OpenBatch {
    /// The columns.
    pub batch: Batch,
    /// Oldest time, in ns.
    pub from: i64,
    /// Newest time, in ns.
    pub to: i64,
}

impl OpenBatch {
    /// Of a batch that has records.
    pub(super) fn new(batch: Batch) -> Self {
        let times = columns::times(&batch);
        let (from, to) = (times.iter().copied().min().unwrap_or(0), times.iter().copied().max().unwrap_or(0));
        Self { batch, from, to }
    }
}

/// Columns of some rows.
pub(super) struct Loaded {
    /// The columns.
    pub batch: Batch,
    /// Whether the batch has only the rows asked for; else it has all of the part.
    dense: bool,
}

impl Loaded {
    /// Index in the batch of the `nth` row asked for, which is `row` of the part.
    pub(super) fn at(&self, nth: usize, row: u32) -> usize {
        if self.dense { nth } else { row as usize }
    }
}

impl Part {
    /// Number of records.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Open(open) => open.batch.num_rows(),
            Self::Group(reader, group, _) => reader.groups()[*group].rows,
        }
    }

    /// Time of the oldest record.
    pub(super) fn from(&self) -> Timestamp {
        Timestamp(match self {
            Self::Open(open) => open.from,
            Self::Group(reader, group, _) => reader.groups()[*group].from,
        })
    }

    /// Time of the newest record.
    pub(super) fn to(&self) -> Timestamp {
        Timestamp(match self {
            Self::Open(open) => open.to,
            Self::Group(reader, group, _) => reader.groups()[*group].to,
        })
    }

    /// Whether records are ordered by time and id.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Self::Group(..))
    }

    /// Name of the column of a field, and its declaration here.
    pub(super) fn field(&self, name: &str) -> Option<(String, FieldSpec)> {
        match self {
            Self::Open(open) => {
                let (at, spec) = columns::declared(open.batch.schema_ref()).into_iter().find(|(_, spec)| spec.name == name)?;
                Some((open.batch.schema_ref().field(at).name().clone(), spec))
            }
            Self::Group(reader, ..) => {
                let (at, spec) = reader.fields().iter().find(|(_, spec)| spec.name == name)?;
                Some((reader.name(*at), spec.clone()))
            }
        }
    }

    /// Columns by name, for some rows in ascending order. Names that the part does not have are left out.
    pub(super) fn load(&self, names: &[&str], rows: &[u32]) -> Result<Loaded> {
        match self {
            Self::Open(open) => Ok(Loaded { batch: open.batch.clone(), dense: false }),
            Self::Group(reader, group, _) => {
                let places: Vec<usize> = names.iter().filter_map(|name| reader.place(name)).collect();
                // Decoding everything is cheaper than jumping, unless most of it can be left out.
                let dense = rows.len() * 4 < self.rows() && !rows.is_empty();
                let batch = reader.read(*group, &places, dense.then_some(rows))?;
                Ok(Loaded { batch, dense })
            }
        }
    }

    /// All columns of some rows in ascending order.
    pub(super) fn load_all(&self, rows: &[u32]) -> Result<Loaded> {
        match self {
            Self::Open(open) => Ok(Loaded { batch: open.batch.clone(), dense: false }),
            Self::Group(reader, group, _) => {
                let dense = rows.len() < self.rows() && !rows.is_empty();
                Ok(Loaded { batch: reader.read_all(*group, dense.then_some(rows))?, dense })
            }
        }
    }
}
