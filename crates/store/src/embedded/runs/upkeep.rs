//! What is forgotten, and what is worked out now and then.

use magpie_model::Timestamp;
use rusqlite::{Transaction, params};

use super::filter::ACTIVE;
use super::overview::percentile_95;
use crate::runs::Swept;

/// Runs looked at in one transaction, so that the writer is soon free again.
const AT_ONCE: usize = 500;
/// Past successes that say what is usual.
const USUAL_OF: i64 = 200;

/// One round: some of what can go; called until nothing is left.
pub(super) fn sweep(transaction: &Transaction<'_>, before: Timestamp) -> rusqlite::Result<Swept> {
    let emptied = empty_settled(transaction)?;
    let old = format!("SELECT job_id FROM runs WHERE queued < ?1 AND NOT {ACTIVE} AND open = 0 LIMIT {AT_ONCE}");
    let old: Vec<Vec<u8>> = transaction.prepare_cached(&old)?.query_map([before.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for table in ["runs", "run_data", "attempts", "steps"] {
        let mut delete = transaction.prepare_cached(&format!("DELETE FROM {table} WHERE job_id = ?1"))?;
        for job_id in &old {
            delete.execute([job_id])?;
        }
    }
    transaction.execute("DELETE FROM due WHERE due < ?1 AND (job_id IS NULL OR job_id NOT IN (SELECT job_id FROM runs))", [before.0])?;
    // The last one stays: it says how far its numbers have come to whoever begins to listen.
    transaction.execute("DELETE FROM events WHERE at < ?1 AND number < (SELECT max(number) FROM events)", [before.0])?;
    transaction.execute("DELETE FROM audit WHERE at < ?1", [before.0])?;
    Ok(Swept { runs: old.len() as u64, emptied })
}

/// Removes the kept data of runs that need no retry any more.
fn empty_settled(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    let settled = format!(
        "SELECT job_id FROM run_data JOIN runs USING (job_id) WHERE run_data.kept IS NOT NULL
            AND (status = 'succeeded' OR json_extract(run, '$.waived') IS NOT NULL) LIMIT {AT_ONCE}"
    );
    let settled: Vec<Vec<u8>> = transaction.prepare_cached(&settled)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for job_id in &settled {
        transaction.prepare_cached("UPDATE run_data SET kept = NULL WHERE job_id = ?1")?.execute([job_id])?;
        transaction.prepare_cached("UPDATE steps SET kept = NULL WHERE job_id = ?1 AND kept IS NOT NULL")?.execute([job_id])?;
    }
    Ok(settled.len() as u64)
}

/// Works out how long the runs of each flow usually take.
pub(super) fn renew_usual(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let flows: Vec<String> =
        transaction.prepare_cached("SELECT flow FROM flows")?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let past = "SELECT duration FROM runs WHERE flow = ?1 AND status = 'succeeded' AND duration IS NOT NULL ORDER BY queued DESC LIMIT ?2";
    for flow in flows {
        let mut durations: Vec<i64> =
            transaction.prepare_cached(past)?.query_map(params![flow, USUAL_OF], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        durations.sort_unstable();
        transaction.prepare_cached("UPDATE flows SET usual = ?2 WHERE flow = ?1")?.execute(params![flow, percentile_95(&durations)])?;
    }
    Ok(())
}
