//! The journal as rows: each step under run, attempt, pointer and iteration.

use magpie_model::run::{JobId, StepData, StepRow, StepStatus, settle};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{from_json, known, reading, to_json};
use crate::runs::{KeptStep, StepId, StepWrite};

/// Writes that a step began or has ended. [`rusqlite::Error::StatementChangedRows`] with 0 when the run is leased by others.
pub(super) fn write(transaction: &Transaction<'_>, step: &StepWrite, sealed: &[u8]) -> rusqlite::Result<()> {
    let put = "INSERT INTO steps (job_id, attempt, pointer, iteration, status, started, row, data, kept)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM runs WHERE job_id = ?1 AND owner = ?10)
        ON CONFLICT DO UPDATE SET status = excluded.status, started = excluded.started, row = excluded.row, data = excluded.data,
            kept = excluded.kept, dropped = 0";
    let (row, started) = (&step.row, step.row.started.unwrap_or_default().0);
    let values = params![
        step.job_id.to_bytes(),
        row.attempt,
        row.pointer,
        row.iteration,
        row.status.name(),
        started,
        to_json(row)?,
        to_json(&step.data)?,
        sealed,
        step.owner
    ];
    match transaction.prepare_cached(put)?.execute(values)? {
        0 => Err(rusqlite::Error::StatementChangedRows(0)),
        _ => Ok(()),
    }
}

/// What is kept of steps that still count. Later attempts come last, so that they stand where both know a step.
pub(super) fn kept(connection: &Connection, job_id: JobId) -> rusqlite::Result<Vec<KeptStep>> {
    let all = "SELECT attempt, pointer, iteration, status, kept FROM steps
        WHERE job_id = ?1 AND dropped = 0 AND kept IS NOT NULL ORDER BY attempt, started";
    let mut statement = connection.prepare_cached(all)?;
    let steps = statement.query_map([job_id.to_bytes()], |row| {
        let status: String = row.get(3)?;
        let id = StepId { attempt: row.get(0)?, pointer: row.get(1)?, iteration: row.get(2)? };
        Ok(KeptStep { id, status: known(StepStatus::from_name(&status), &status)?, kept: row.get(4)? })
    })?;
    steps.collect()
}

/// Marks steps that run again.
pub(super) fn drop_all(transaction: &Transaction<'_>, job_id: JobId, steps: &[StepId]) -> rusqlite::Result<()> {
    let mark = "UPDATE steps SET dropped = 1 WHERE job_id = ?1 AND attempt = ?2 AND pointer = ?3 AND iteration = ?4";
    let mut statement = transaction.prepare_cached(mark)?;
    for step in steps {
        statement.execute(params![job_id.to_bytes(), step.attempt, step.pointer, step.iteration])?;
    }
    Ok(())
}

/// The steps of a run in the order in which they began, with the step that each is in; what was open when that or the attempt ended, ended
/// with it.
pub(super) fn rows(connection: &Connection, job_id: JobId) -> rusqlite::Result<Vec<StepRow>> {
    let all = "SELECT row FROM steps WHERE job_id = ?1 ORDER BY attempt, started, pointer, iteration";
    let mut statement = connection.prepare_cached(all)?;
    let rows = statement.query_map([job_id.to_bytes()], |row| row.get::<_, String>(0))?;
    let mut rows: Vec<StepRow> = rows.map(|text| from_json(&text?)).collect::<rusqlite::Result<_>>()?;
    let pointers: std::collections::HashSet<String> = rows.iter().map(|row| row.pointer.clone()).collect();
    for row in &mut rows {
        let around: Vec<&str> = prefixes(&row.pointer).filter(|prefix| pointers.contains(*prefix)).collect();
        row.depth = around.len() as u32;
        row.parent = around.first().map(|parent| (*parent).to_owned());
    }
    settle(&mut rows, &reading::attempts(connection, job_id)?);
    Ok(rows)
}

/// The pointers around a pointer, the nearest first.
fn prefixes(pointer: &str) -> impl Iterator<Item = &str> {
    let mut rest = pointer;
    std::iter::from_fn(move || {
        let (before, _) = rest.rsplit_once('/')?;
        rest = before;
        Some(before)
    })
    .filter(|prefix| !prefix.is_empty())
}

pub(super) fn data(connection: &Connection, job_id: JobId, step: &StepId) -> rusqlite::Result<Option<StepData>> {
    let one = "SELECT data FROM steps WHERE job_id = ?1 AND attempt = ?2 AND pointer = ?3 AND iteration = ?4";
    let values = params![job_id.to_bytes(), step.attempt, step.pointer, step.iteration];
    let found: Option<String> = connection.prepare_cached(one)?.query_row(values, |row| row.get(0)).optional()?;
    found.map(|text| from_json(&text)).transpose()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_step_is_in_what_its_pointer_begins_with() {
        let around: Vec<&str> = super::prefixes("/do/1/each/do/0/keep").collect();
        assert_eq!(around, ["/do/1/each/do/0", "/do/1/each/do", "/do/1/each", "/do/1", "/do"]);
    }
}
