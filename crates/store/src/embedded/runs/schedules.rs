//! Due times that were decided: each a row with its outcome and reason, so that none passes unseen.

use magpie_model::Timestamp;
use magpie_model::query::TimeRange;
use magpie_model::run::{ABSENT, Counted, DueDecision, DueOutcome, DueRow, DueShift, DueTally, JobId, Run, Status};
use magpie_model::time::DAY;
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
        outcome: DueOutcome::of(decision, run.as_ref().map(|run| (run.status, run.attempt))),
        reason: row.get("reason")?,
        run,
        shift: shift.and_then(|shift| DueShift::from_name(&shift)),
    })
}

/// How much later than its due time a run may be triggered, or earlier, in ns: what was made further from every due time of a range
/// was made by none of them.
const SLACK: i64 = 2 * DAY;

/// Due times by what became of them, and the runs that none of them made.
pub(super) fn tallies(connection: &Connection, range: TimeRange, step: i64) -> rusqlite::Result<Vec<DueTally>> {
    const DUE: &str = "SELECT due.flow, due.due / ?3 * ?3, decision, status, min(attempt, 2), count(*)
        FROM due LEFT JOIN runs USING (job_id) WHERE due.due >= ?1 AND due.due < ?2 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2";
    const OTHERS: &str = "SELECT flow, queued / ?3 * ?3, status, count(*) FROM runs
        WHERE queued >= ?1 AND queued < ?2
        AND job_id NOT IN (SELECT job_id FROM due WHERE due >= ?1 - ?4 AND due < ?2 + ?4 AND job_id IS NOT NULL)
        GROUP BY 1, 2, 3 ORDER BY 1, 2";
    let (from, to) = (range.from.0.max(i64::MIN + SLACK), range.to.0.min(i64::MAX - SLACK));
    let tally = |row: &Row<'_>, what, count: usize| -> rusqlite::Result<DueTally> {
        Ok(DueTally { flow: row.get(0)?, at: Timestamp(row.get(1)?), what, count: row.get::<_, i64>(count)?.unsigned_abs() })
    };
    let status = |word: String| known(Status::from_name(&word), &word);
    let of_due = |row: &Row<'_>| {
        let (decision, word): (String, Option<String>) = (row.get(2)?, row.get(3)?);
        let decision = known(DueDecision::from_name(&decision), &decision)?;
        let run = word.map(status).transpose()?.zip(row.get::<_, Option<u32>>(4)?);
        tally(row, Counted::Due(DueOutcome::of(decision, run)), 5)
    };
    let of_run = |row: &Row<'_>| tally(row, Counted::Run(status(row.get(2)?)?), 3);
    let mut statement = connection.prepare_cached(DUE)?;
    let mut tallies: Vec<DueTally> = statement.query_map(params![from, to, step], of_due)?.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare_cached(OTHERS)?;
    for other in statement.query_map(params![from, to, step, SLACK], of_run)? {
        tallies.push(other?);
    }
    Ok(tallies)
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

/// Writes a decision; `false` when there was one. A run takes also a due time that passed because nothing was told of one.
pub(super) fn put(transaction: &Transaction<'_>, note: &DueNote, job_id: Option<JobId>) -> rusqlite::Result<bool> {
    let insert = "INSERT INTO due (flow, due, decision, reason, shift, job_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT DO UPDATE SET decision = excluded.decision, reason = excluded.reason, job_id = excluded.job_id
        WHERE excluded.job_id IS NOT NULL AND due.job_id IS NULL AND due.reason = ?7";
    let DueNote { flow, due, decision, reason, shift } = note;
    let job_id = job_id.map(|job_id| job_id.to_bytes());
    let values = params![flow, due.0, decision.name(), reason, shift.map(DueShift::name), job_id, ABSENT];
    Ok(transaction.prepare_cached(insert)?.execute(values)? > 0)
}

/// Whether a due time was decided for good.
pub(super) fn is_decided(transaction: &Transaction<'_>, flow: &str, due: Timestamp) -> rusqlite::Result<bool> {
    let found: Option<i64> = transaction
        .prepare_cached("SELECT 1 FROM due WHERE flow = ?1 AND due = ?2 AND NOT (job_id IS NULL AND reason IS ?3)")?
        .query_row(params![flow, due.0, ABSENT], |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}
