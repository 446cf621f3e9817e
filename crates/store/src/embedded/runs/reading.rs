//! Runs as lists and pages show them.

use std::collections::BTreeMap;

use magpie_model::run::{Attempt, JobId, Run, RunDetail, RunFilter, RunPage, RunQuery, Shown, Standing, Status, StepName, Superseded};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::filter::{Conditions, job_condition};
use super::{from_json, job_of, known};

/// Runs that an end of an id may stand for.
const MOST_FOUND: usize = 20;

/// A run's row with what is usual for its flow.
pub(super) const RUN: &str = "SELECT run, (SELECT usual FROM flows WHERE flows.flow = runs.flow) AS usual FROM runs";

pub(super) fn run_of(row: &Row<'_>) -> rusqlite::Result<Run> {
    let text: String = row.get("run")?;
    Ok(Run { usual_ms: row.get("usual")?, ..from_json(&text)? })
}

pub(super) fn page(connection: &Connection, query: &RunQuery) -> rusqlite::Result<RunPage> {
    let mut conditions = Conditions::of(&query.filter, true);
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM runs WHERE {}", conditions.text))?
        .query_row(&*conditions.values(), |row| row.get(0))?;
    if let Some(after) = query.after {
        let before = "(queued, job_id) < (SELECT queued, job_id FROM runs WHERE job_id = ?)";
        conditions.add(before, [after.to_bytes().to_vec()]);
    }
    conditions.values.push(Box::new(i64::try_from(query.limit.saturating_add(1)).unwrap_or(i64::MAX)));
    let mut runs =
        select(connection, &format!("{RUN} WHERE {} ORDER BY queued DESC, job_id DESC LIMIT ?", conditions.text), &conditions.values())?;
    let is_more = runs.len() > query.limit;
    runs.truncate(query.limit);
    let next = runs.last().filter(|_| is_more).map(|run| run.job_id);
    Ok(RunPage { runs, next, total: total.unsigned_abs() })
}

/// Runs of a question, with the steps they are in.
pub(super) fn select(connection: &Connection, question: &str, values: &[&dyn ToSql]) -> rusqlite::Result<Vec<Run>> {
    let mut runs: Vec<Run> = connection.prepare_cached(question)?.query_map(values, run_of)?.collect::<rusqlite::Result<_>>()?;
    for run in runs.iter_mut().filter(|run| !run.status.is_final()) {
        if let Some(step) = running_step(connection, run.job_id)? {
            run.step = Some(step);
        }
    }
    Ok(runs)
}

/// The step that began last of those that have not ended.
fn running_step(connection: &Connection, job_id: JobId) -> rusqlite::Result<Option<StepName>> {
    let newest = "SELECT pointer, json_extract(row, '$.name') FROM steps
        WHERE job_id = ?1 AND status = 'running' AND dropped = 0 ORDER BY started DESC, length(pointer) DESC LIMIT 1";
    let step = |row: &Row<'_>| Ok(StepName { pointer: row.get(0)?, name: row.get(1)? });
    connection.prepare_cached(newest)?.query_row([job_id.to_bytes()], step).optional()
}

pub(super) fn find(connection: &Connection, job_id: &str) -> rusqlite::Result<Vec<JobId>> {
    let (condition, values) = job_condition(job_id);
    let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
    let question = format!("SELECT job_id FROM runs WHERE {condition} ORDER BY queued DESC LIMIT {MOST_FOUND}");
    let mut statement = connection.prepare_cached(&question)?;
    let found = statement.query_map(&*values, |row| row.get::<_, Vec<u8>>(0))?;
    found.map(|bytes| job_of(&bytes?)).collect()
}

pub(super) fn detail(connection: &Connection, job_id: JobId) -> rusqlite::Result<Option<RunDetail>> {
    let id = job_id.to_bytes();
    let Some(run) = select(connection, &format!("{RUN} WHERE job_id = ?1"), &[&id as &dyn ToSql])?.pop() else { return Ok(None) };
    let data = "SELECT labels, input, output, kept IS NOT NULL FROM run_data WHERE job_id = ?1";
    let data: Option<(String, String, Option<String>, bool)> =
        connection.prepare_cached(data)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).optional()?;
    let (labels, input, output, kept) = match data {
        Some((labels, input, output, kept)) => {
            let output = output.map(|text| from_json(&text)).transpose()?.unwrap_or_default();
            (from_json(&labels)?, from_json(&input)?, output, kept)
        }
        None => (BTreeMap::new(), Shown::default(), Shown::default(), false),
    };
    Ok(Some(RunDetail { run, input, output, labels, attempts: attempts(connection, job_id)?, kept }))
}

pub(super) fn attempts(connection: &Connection, job_id: JobId) -> rusqlite::Result<Vec<Attempt>> {
    let mut statement = connection.prepare_cached("SELECT row FROM attempts WHERE job_id = ?1 ORDER BY attempt")?;
    let rows = statement.query_map([job_id.to_bytes()], |row| row.get::<_, String>(0))?;
    rows.map(|text| from_json(&text?)).collect()
}

pub(super) fn standings(connection: &Connection, jobs: &[JobId]) -> rusqlite::Result<BTreeMap<JobId, Standing>> {
    let one = "SELECT status, attempt, (SELECT count(*) FROM attempts WHERE attempts.job_id = runs.job_id) FROM runs WHERE job_id = ?1";
    let mut statement = connection.prepare_cached(one)?;
    let mut standings = BTreeMap::new();
    for job_id in jobs {
        let standing = |row: &Row<'_>| {
            let status: String = row.get(0)?;
            Ok(Standing { status: known(Status::from_name(&status), &status)?, attempt: row.get(1)?, attempts: row.get(2)? })
        };
        standings.extend(statement.query_row([job_id.to_bytes()], standing).optional()?.map(|standing| (*job_id, standing)));
    }
    Ok(standings)
}

/// Runs that succeeded late, of which something may have happened in the range: they were triggered before its end, and ended
/// after its beginning.
pub(super) fn superseded(connection: &Connection, filter: &RunFilter) -> rusqlite::Result<Vec<Superseded>> {
    let conditions = Conditions::of(filter, false);
    let question = format!(
        "SELECT job_id, attempt FROM runs WHERE status = 'succeeded' AND attempt > 1 AND queued < ? AND ended >= ? AND {}",
        conditions.text
    );
    let mut values: Vec<&dyn ToSql> = params![filter.range.to.0, filter.range.from.0].to_vec();
    values.extend(conditions.values());
    let mut statement = connection.prepare_cached(&question)?;
    let found = statement.query_map(&*values, |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    found
        .map(|row| {
            let (job_id, attempt) = row?;
            Ok(Superseded { job_id: job_of(&job_id)?, attempt })
        })
        .collect()
}
