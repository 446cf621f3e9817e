//! Due times that were decided: each a row with its outcome and reason, so that none passes unseen.

use magpie_model::Timestamp;
use magpie_model::query::TimeRange;
use magpie_model::run::{DueDecision, DueRow, DueShift, JobId, Run};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};

use super::{from_json, known};
use crate::runs::DueNote;

pub(super) fn rows(connection: &Connection, flow: Option<&str>, range: TimeRange) -> rusqlite::Result<Vec<DueRow>> {
    let of_flow = if flow.is_some() { "AND due.flow = ?3" } else { "" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT due.flow, due.due, decision, reason, shift, run FROM due LEFT JOIN runs USING (job_id)
        WHERE due.due >= ?1 AND due.due < ?2 {of_flow} ORDER BY due.due DESC, due.flow"
    ))?;
    let mut values: Vec<&dyn ToSql> = vec![&range.from.0, &range.to.0];
    if let Some(flow) = &flow {
        values.push(flow);
    }
    statement.query_map(values.as_slice(), due_of)?.collect()
}

fn due_of(row: &Row<'_>) -> rusqlite::Result<DueRow> {
    let (decision, shift): (String, Option<String>) = (row.get("decision")?, row.get("shift")?);
    let run: Option<String> = row.get("run")?;
    let run: Option<Run> = run.map(|text| from_json(&text)).transpose()?;
    let decision = known(DueDecision::from_name(&decision), &decision)?;
    Ok(DueRow {
        flow: row.get("flow")?,
        due: Timestamp(row.get("due")?),
        outcome: DueRow::outcome_of(decision, run.as_ref()),
        reason: row.get("reason")?,
        run,
        shift: shift.and_then(|shift| DueShift::from_name(&shift)),
    })
}

pub(super) fn last(connection: &Connection, flow: &str) -> rusqlite::Result<Option<Timestamp>> {
    let found: Option<i64> = connection.prepare_cached("SELECT max(due) FROM due WHERE flow = ?1")?.query_row([flow], |row| row.get(0))?;
    Ok(found.map(Timestamp))
}

pub(super) fn note(transaction: &Transaction<'_>, notes: &[DueNote]) -> rusqlite::Result<u64> {
    let mut new = 0;
    for note in notes {
        new += u64::from(put(transaction, note, None)?);
    }
    Ok(new)
}

/// Writes a decision; `false` when there was one.
pub(super) fn put(transaction: &Transaction<'_>, note: &DueNote, job_id: Option<JobId>) -> rusqlite::Result<bool> {
    let insert = "INSERT INTO due (flow, due, decision, reason, shift, job_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    let DueNote { flow, due, decision, reason, shift } = note;
    let job_id = job_id.map(|job_id| job_id.to_bytes());
    let values = params![flow, due.0, decision.name(), reason, shift.map(DueShift::name), job_id];
    Ok(transaction.prepare_cached(insert)?.execute(values)? > 0)
}

/// Whether a due time was decided.
pub(super) fn is_decided(transaction: &Transaction<'_>, flow: &str, due: Timestamp) -> rusqlite::Result<bool> {
    let found: Option<i64> = transaction
        .prepare_cached("SELECT 1 FROM due WHERE flow = ?1 AND due = ?2")?
        .query_row(params![flow, due.0], |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}
