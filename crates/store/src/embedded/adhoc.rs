//! Rollups that nobody stored: records folded by any columns when they are asked for, newest first, up to a number of them.
//!
//! Combinations that a monitor or the base dimension has are answered from their rows, which is a thousand times cheaper; this is
//! for a question that is asked once. How far it came is part of the answer.

use std::sync::Arc;

use magpie_model::query::{FoldQuery, FoldedRecords, RollupQuery};
use magpie_model::rollup::key_columns;

use super::answers::for_each_part;
use super::fold::{BaseFold, RollupFold};
use super::matcher::Matcher;
use super::part::Part;
use super::store::EmbeddedTelemetry;
use crate::{Error, Result};

/// Most rows of an answer.
const MOST_ROWS: usize = 200_000;

/// Folds the records that a query means.
pub(super) fn fold_records(store: &EmbeddedTelemetry, query: &FoldQuery) -> Result<FoldedRecords> {
    let declared = store.declared();
    let matcher = Matcher::new(&query.records, &declared.fields)?;
    let rollup = RollupQuery { by: Some(query.by.clone()), ..RollupQuery::of("(records)", query.records.range, query.step) };
    let mut fold = RollupFold::new(&rollup, &query.by, Arc::clone(&declared.fields))?;
    let mut base = BaseFold::new(&query.by, Arc::clone(&declared.fields), declared.bucket);
    debug_assert!(key_columns(&query.by).len() <= magpie_model::rollup::KEY_WIDTH, "checked by the fold before");
    let (mut scanned, mut complete) = (0, true);
    for_each_part(store.view(), &|from, to| matcher.reaches(from, to), &mut |part| {
        if scanned >= query.most {
            complete = false;
            return Ok(false);
        }
        let rows = matcher.rows(&part)?;
        if rows.is_empty() {
            return Ok(true);
        }
        scanned += rows.len() as u64;
        add_rows(&mut base, &part, &rows)?;
        fold.take(base.take());
        if fold.rows() > MOST_ROWS {
            return Err(Error::Query(format!("more than {MOST_ROWS} rows: ask by fewer columns, for a shorter range or a longer step")));
        }
        Ok(true)
    })?;
    let (mut table, _) = fold.finish();
    table.sort();
    Ok(FoldedRecords { table, scanned, complete })
}

fn add_rows(base: &mut BaseFold, part: &Part, rows: &[u32]) -> Result<()> {
    match part {
        Part::Open(open) => {
            let mut wanted = vec![false; open.batch.num_rows()];
            rows.iter().for_each(|&row| wanted[row as usize] = true);
            base.add_rows(&open.batch, |row, _| wanted[row]);
        }
        Part::Group(reader, group, _) => {
            let some = (rows.len() < part.rows()).then_some(rows);
            base.add_rows(&base.read(reader, *group, some)?, |_, _| true);
        }
    }
    Ok(())
}
