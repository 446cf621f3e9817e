//! Stored records folded again: for `doctor`, for the rows of monitors that are newer than the records, and for previews.
//!
//! What was decided when a record was first folded stands with it (design 7), so the rows are those of then. Fields are
//! those that the configuration has now; one that a record was not stored with, or in another scale, is missing.

use magpie_model::config::{Config, Monitor};
use magpie_model::field::MISSING;
use magpie_model::record::{Dictionaries, RecordBatch};
use magpie_model::{FieldSpec, PartialTable, Records};
use magpie_pipeline::aggregate::Folder;

/// Folds batches of stored records.
pub(crate) struct Again {
    folder: Folder,
    fields: Vec<FieldSpec>,
}

impl Again {
    /// For all monitors of a configuration.
    pub(crate) fn new(config: &Config) -> Self {
        Self { folder: Folder::repeating(config), fields: config.fields.clone() }
    }

    /// For some monitors, with everything else as the configuration has it.
    pub(crate) fn of(config: &Config, monitors: Vec<Monitor>) -> Self {
        Self::new(&Config { monitors, ..config.clone() })
    }

    /// Tables without rows: which columns and fields [`Self::fold`] will give.
    pub(crate) fn shapes(&mut self) -> Vec<PartialTable> {
        self.folder.drain(&Dictionaries::default()).tables
    }

    /// The partials of a batch, one table per monitor.
    pub(crate) fn fold(&mut self, batch: &RecordBatch) -> Vec<PartialTable> {
        let mut records = aligned(batch, &self.fields);
        let rows = 0..records.len();
        self.folder.fold(&mut records, &batch.dictionaries, rows);
        self.folder.drain(&batch.dictionaries).tables
    }
}

/// The records with the fields that the configuration declares, in its order.
fn aligned(batch: &RecordBatch, fields: &[FieldSpec]) -> Records {
    let mut records = batch.records.clone();
    let column = |spec: &FieldSpec| {
        let at = batch.fields.iter().position(|stored| stored.name == spec.name && stored.scale == spec.scale);
        at.map_or_else(|| vec![MISSING; batch.records.len()], |at| batch.records.fields[at].clone())
    };
    records.fields = fields.iter().map(column).collect();
    records
}
