//! Making, leasing and moving runs. Every write of a run goes through here, so that its columns always fit its row.

use std::collections::HashMap;

use magpie_model::run::{Attempt, DueDecision, JobId, Run, RunKind};
use magpie_model::{Signature, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::super::attention;
use super::filter::ACTIVE;
use super::vault::Vault;
use super::{events, from_json, job_of, schedules, steps, to_json};
use crate::runs::{Admission, Advance, Cause, Change, DueNote, HeldRun, Inserted, Lease, NewRun};

/// Runs looked at in one round of leasing, for each one that is wanted.
const LOOK: usize = 4;

/// Makes a run, if its cause is open and others of its flow leave room.
pub(super) fn insert(transaction: &Transaction<'_>, vault: &Vault, new: &NewRun) -> rusqlite::Result<Inserted> {
    let run = &new.held.run;
    if held(transaction, run.job_id)?.is_some() {
        return Ok(Inserted::Known);
    }
    if is_settled(transaction, new)? {
        return Ok(Inserted::Settled);
    }
    if let Admission::Below(room) = new.admission
        && active(transaction, &run.flow)?.len() >= room as usize
    {
        if let Cause::Due { due, shift, .. } = &new.cause {
            let reason = Some("overlap".to_owned());
            let note = DueNote { flow: run.flow.clone(), due: *due, decision: DueDecision::Skipped, reason, shift: *shift };
            schedules::put(transaction, &note, None)?;
        }
        settle(transaction, new, true)?;
        return Ok(Inserted::Overlaps);
    }
    let mut replaced = Vec::new();
    if new.admission == Admission::Replacing {
        replaced = active(transaction, &run.flow)?;
        let by =
            Signature { by: magpie_model::attention::ITSELF.to_owned(), at: run.queued, comment: "replaced by the next run".to_owned() };
        for job_id in &replaced {
            transaction.execute("UPDATE runs SET cancel = ?2 WHERE job_id = ?1", params![job_id.to_bytes(), to_json(&by)?])?;
        }
    }
    settle(transaction, new, false)?;
    put(transaction, &new.held)?;
    let sealed = vault.seal_input(run.job_id, &new.input);
    transaction.prepare_cached("INSERT INTO run_data (job_id, labels, input, kept) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        run.job_id.to_bytes(),
        to_json(&new.labels)?,
        to_json(&new.shown)?,
        sealed
    ])?;
    if let Some(attempt) = &new.attempt {
        put_attempt(transaction, run.job_id, attempt)?;
    }
    if let Some(signature) = &new.signature {
        attention::note(transaction, "trigger run", &run.job_id.to_string(), signature)?;
    }
    Ok(Inserted::Made { replaced })
}

fn is_settled(transaction: &Transaction<'_>, new: &NewRun) -> rusqlite::Result<bool> {
    match &new.cause {
        Cause::None => Ok(false),
        Cause::Due { due, .. } => schedules::is_decided(transaction, &new.held.run.flow, *due),
        Cause::Events { up_to } => Ok(events::consumed(transaction, &new.held.run.flow)?.is_some_and(|consumed| consumed >= *up_to)),
    }
}

/// Notes what the run was made for; `left_out` when it was not made.
fn settle(transaction: &Transaction<'_>, new: &NewRun, left_out: bool) -> rusqlite::Result<()> {
    let run = &new.held.run;
    match &new.cause {
        Cause::Due { due, decision, reason, shift } if !left_out => {
            let note = DueNote { flow: run.flow.clone(), due: *due, decision: *decision, reason: reason.clone(), shift: *shift };
            schedules::put(transaction, &note, Some(run.job_id)).map(drop)
        }
        Cause::Events { up_to } => events::consume(transaction, &run.flow, *up_to).map(drop),
        Cause::None | Cause::Due { .. } => Ok(()),
    }
}

/// Runs of a flow that have not ended.
fn active(transaction: &Transaction<'_>, flow: &str) -> rusqlite::Result<Vec<JobId>> {
    let mut statement = transaction.prepare_cached(&format!("SELECT job_id FROM runs WHERE flow = ?1 AND {ACTIVE}"))?;
    let found = statement.query_map([flow], |row| row.get::<_, Vec<u8>>(0))?;
    found.map(|bytes| job_of(&bytes?)).collect()
}

/// Writes the whole row of a run.
fn put(transaction: &Transaction<'_>, held: &HeldRun) -> rusqlite::Result<()> {
    const PUT: &str = "INSERT INTO runs (
            job_id, flow, application, region, version, kind, status, attempt, made_by, queued, ended, duration, retries, first_try, open,
            due, owner, until, cancel, state, run
        ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
        ON CONFLICT DO UPDATE SET version = excluded.version, status = excluded.status, attempt = excluded.attempt, ended = excluded.ended,
            duration = excluded.duration, retries = excluded.retries, first_try = excluded.first_try, open = excluded.open,
            due = excluded.due, owner = excluded.owner, until = excluded.until, cancel = excluded.cancel, state = excluded.state,
            run = excluded.run";
    let Run { flow, application, region, version, .. } = &held.run;
    let run = &held.run;
    let duration = run.ended.zip(run.started).map(|(ended, started)| ended.since(started));
    let cancel = held.cancel.as_ref().map(to_json).transpose()?;
    let values = params![
        run.job_id.to_bytes(),
        flow,
        application,
        region,
        version,
        run.kind.name(),
        run.status.name(),
        run.attempt,
        run.trigger.kind.name(),
        run.queued.0,
        run.ended.map(|time| time.0),
        duration,
        run.retries,
        run.first_try,
        run.open,
        held.due.map(|time| time.0),
        held.lease.as_ref().map(|lease| lease.owner.as_str()),
        held.lease.as_ref().map(|lease| lease.until.0),
        cancel,
        to_json(&held.state)?,
        to_json(run)?
    ];
    transaction.prepare_cached(PUT)?.execute(values).map(drop)
}

const HELD: &str = "SELECT run, state, due, owner, until, cancel FROM runs";

fn held_of(row: &Row<'_>) -> rusqlite::Result<HeldRun> {
    let (run, state): (String, String) = (row.get("run")?, row.get("state")?);
    let (owner, until): (Option<String>, Option<i64>) = (row.get("owner")?, row.get("until")?);
    let cancel: Option<String> = row.get("cancel")?;
    Ok(HeldRun {
        run: from_json(&run)?,
        state: from_json(&state)?,
        due: row.get::<_, Option<i64>>("due")?.map(Timestamp),
        lease: owner.zip(until).map(|(owner, until)| Lease { owner, until: Timestamp(until) }),
        cancel: cancel.map(|text| from_json(&text)).transpose()?,
    })
}

pub(super) fn held(connection: &Connection, job_id: JobId) -> rusqlite::Result<Option<HeldRun>> {
    connection.prepare_cached(&format!("{HELD} WHERE job_id = ?1"))?.query_row([job_id.to_bytes()], held_of).optional()
}

/// Takes runs that are due, as far as their flows have room, and those whose lease ran out.
pub(super) fn lease(
    transaction: &Transaction<'_>,
    vault: &Vault,
    now: Timestamp,
    limit: usize,
    advance: &Advance,
) -> rusqlite::Result<Vec<HeldRun>> {
    let mut taken = Vec::new();
    let look = i64::try_from(limit.saturating_mul(LOOK)).unwrap_or(i64::MAX);
    let mut abandoned = transaction.prepare_cached(&format!("{HELD} WHERE until < ?1 ORDER BY until LIMIT ?2"))?;
    let abandoned: Vec<HeldRun> = abandoned.query_map(params![now.0, look], held_of)?.collect::<rusqlite::Result<_>>()?;
    for held in abandoned.into_iter().take(limit) {
        taken.extend(moved(transaction, vault, held, advance)?.filter(|held| held.lease.is_some()));
    }
    let mut room = rooms(transaction)?;
    let full: Vec<&String> = room.iter().filter(|(_, room)| **room <= 0).map(|(flow, _)| flow).collect();
    let due = format!("{HELD} WHERE due <= ?1 AND owner IS NULL AND flow NOT IN (SELECT value FROM json_each(?3)) ORDER BY due LIMIT ?2");
    let due: Vec<HeldRun> =
        transaction.prepare_cached(&due)?.query_map(params![now.0, look, to_json(&full)?], held_of)?.collect::<rusqlite::Result<_>>()?;
    for held in due {
        if taken.len() >= limit {
            break;
        }
        let left = room.get_mut(&held.run.flow);
        if left.as_ref().is_some_and(|left| **left <= 0) {
            continue;
        }
        if let Some(held) = moved(transaction, vault, held, advance)?.filter(|held| held.lease.is_some()) {
            taken.push(held);
            if let Some(left) = left {
                *left -= 1;
            }
        }
    }
    Ok(taken)
}

/// How many more runs of each limited flow may be leased.
fn rooms(transaction: &Transaction<'_>) -> rusqlite::Result<HashMap<String, i64>> {
    let mut statement = transaction.prepare_cached(
        "SELECT flow, room - (SELECT count(*) FROM runs WHERE runs.flow = flows.flow AND owner IS NOT NULL) FROM flows WHERE room IS NOT NULL",
    )?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn moved(transaction: &Transaction<'_>, vault: &Vault, held: HeldRun, advance: &Advance) -> rusqlite::Result<Option<HeldRun>> {
    let Some(change) = advance(held) else { return Ok(None) };
    apply(transaction, vault, change).map(Some)
}

/// Writes a change, all of it.
fn apply(transaction: &Transaction<'_>, vault: &Vault, change: Change) -> rusqlite::Result<HeldRun> {
    let Change { held, attempt, input, output, dropped, audit } = change;
    let job_id = held.run.job_id;
    put(transaction, &held)?;
    if let Some(attempt) = attempt {
        put_attempt(transaction, job_id, &attempt)?;
    }
    if let Some((whole, shown)) = input {
        let put = "UPDATE run_data SET kept = ?2, input = ?3 WHERE job_id = ?1";
        transaction.prepare_cached(put)?.execute(params![job_id.to_bytes(), vault.seal_input(job_id, &whole), to_json(&shown)?])?;
    }
    if let Some(output) = output {
        let put = "UPDATE run_data SET output = ?2 WHERE job_id = ?1";
        transaction.prepare_cached(put)?.execute(params![job_id.to_bytes(), to_json(&output)?])?;
    }
    steps::drop_all(transaction, job_id, &dropped)?;
    if let Some((action, signature)) = audit {
        attention::note(transaction, &action, &job_id.to_string(), &signature)?;
    }
    Ok(held)
}

fn put_attempt(transaction: &Transaction<'_>, job_id: JobId, attempt: &Attempt) -> rusqlite::Result<()> {
    let put = "INSERT INTO attempts (job_id, attempt, row) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET row = excluded.row";
    transaction.prepare_cached(put)?.execute(params![job_id.to_bytes(), attempt.attempt, to_json(attempt)?]).map(drop)
}

pub(super) fn change(
    transaction: &Transaction<'_>,
    vault: &Vault,
    job_id: JobId,
    owner: Option<&str>,
    advance: &Advance,
) -> rusqlite::Result<Option<HeldRun>> {
    let Some(held) = held(transaction, job_id)? else { return Ok(None) };
    if owner.is_some() && held.lease.as_ref().map(|lease| lease.owner.as_str()) != owner {
        return Ok(None);
    }
    moved(transaction, vault, held, advance)
}

pub(super) fn renew(
    transaction: &Transaction<'_>,
    owner: &str,
    until: Timestamp,
    jobs: &[JobId],
) -> rusqlite::Result<Vec<(JobId, Option<Signature>)>> {
    let mut statement = transaction.prepare_cached("UPDATE runs SET until = ?3 WHERE job_id = ?1 AND owner = ?2 RETURNING cancel")?;
    let mut renewed = Vec::new();
    for job_id in jobs {
        let found: Option<Option<String>> = statement.query_row(params![job_id.to_bytes(), owner, until.0], |row| row.get(0)).optional()?;
        if let Some(cancel) = found {
            renewed.push((*job_id, cancel.map(|text| from_json(&text)).transpose()?));
        }
    }
    Ok(renewed)
}

/// Ends the leases of all owners whose names begin so, since they are gone.
pub(super) fn release(transaction: &Transaction<'_>, instance: &str) -> rusqlite::Result<u64> {
    let ended = transaction.execute(
        "UPDATE runs SET until = 0 WHERE owner IS NOT NULL AND substr(owner, 1, length(?1)) = ?1 AND kind = ?2",
        params![instance, RunKind::Flow.name()],
    )?;
    Ok(ended as u64)
}

pub(super) fn queued(connection: &Connection) -> rusqlite::Result<u64> {
    let count = format!("SELECT count(*) FROM runs WHERE status = 'queued' AND {ACTIVE}");
    let count: i64 = connection.prepare_cached(&count)?.query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

pub(super) fn next_due(connection: &Connection, after: Timestamp) -> rusqlite::Result<Option<Timestamp>> {
    let first = "SELECT min(due) FROM runs WHERE due > ?1";
    let due: Option<i64> = connection.prepare_cached(first)?.query_row([after.0], |row| row.get(0))?;
    Ok(due.map(Timestamp))
}

pub(super) fn kept_input(connection: &Connection, job_id: JobId) -> rusqlite::Result<Option<Vec<u8>>> {
    let kept = "SELECT kept FROM run_data WHERE job_id = ?1";
    let found: Option<Option<Vec<u8>>> = connection.prepare_cached(kept)?.query_row([job_id.to_bytes()], |row| row.get(0)).optional()?;
    Ok(found.flatten())
}
