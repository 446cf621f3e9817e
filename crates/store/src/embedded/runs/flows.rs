//! Flows with their kept versions.

use magpie_model::run::{FlowRow, FlowVersion, OverlapRule, Run, TriggerPort};
use magpie_model::{Signature, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::super::attention;
use super::{from_json, to_json};
use crate::runs::{FlowChange, FlowChanged, Publish};

/// All flows by id, or one, with what is found about their runs.
pub(super) fn all(connection: &Connection, flow: Option<&str>) -> rusqlite::Result<Vec<FlowRow>> {
    let of_flow = if flow.is_some() { "WHERE flow = ?1" } else { "" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT row, usual, (SELECT run FROM runs WHERE runs.flow = flows.flow ORDER BY queued DESC LIMIT 1) AS last
        FROM flows {of_flow} ORDER BY flow"
    ))?;
    let read = |row: &Row<'_>| {
        let (text, last): (String, Option<String>) = (row.get("row")?, row.get("last")?);
        let usual_ms = row.get("usual")?;
        let last_run: Option<Run> = last.map(|text| from_json(&text)).transpose()?;
        let last_run = last_run.map(|run| Run { usual_ms, ..run });
        Ok(FlowRow { usual_ms, last_run, ..row_of(&text)? })
    };
    match flow {
        Some(flow) => statement.query_map([flow], read)?.collect(),
        None => statement.query_map([], read)?.collect(),
    }
}

fn present(transaction: &Transaction<'_>, flow: &str) -> rusqlite::Result<Option<FlowRow>> {
    let text: Option<String> =
        transaction.prepare_cached("SELECT row FROM flows WHERE flow = ?1")?.query_row([flow], |row| row.get(0)).optional()?;
    text.map(|text| row_of(&text)).transpose()
}

/// A stored row. What can start it follows from the rest: rows of earlier versions know fewer ways.
fn row_of(text: &str) -> rusqlite::Result<FlowRow> {
    let row: FlowRow = from_json(text)?;
    Ok(FlowRow { triggers: TriggerPort::of(row.kind, row.schedule.as_ref()), ..row })
}

/// Changes a flow, all of it or nothing.
pub(super) fn change(transaction: &Transaction<'_>, change: FlowChange) -> rusqlite::Result<FlowChanged> {
    let FlowChange { flow, row, save, expected, publish, action, signature } = change;
    let before = present(transaction, &flow)?;
    let revision = before.as_ref().map_or(0, |row| row.revision);
    if expected.is_some_and(|expected| expected != revision) {
        return Ok(FlowChanged::Conflict);
    }
    let mut after = match row(before) {
        Err(reason) => return Ok(FlowChanged::Refused(reason)),
        Ok(None) => {
            transaction.execute("DELETE FROM flows WHERE flow = ?1", [&flow])?;
            note(transaction, action, &flow, &signature)?;
            return Ok(FlowChanged::Done(None));
        }
        Ok(Some(after)) => after,
    };
    if let Some((source, version)) = save {
        // Numbers go on after a deletion, so that a run's revision never means another document.
        let newest = "SELECT coalesce(max(revision), 0) FROM versions WHERE flow = ?1";
        let newest: i64 = transaction.prepare_cached(newest)?.query_row([&flow], |row| row.get(0))?;
        after.revision = newest.unsigned_abs() + 1;
        let insert = "INSERT INTO versions (flow, revision, version, source, author, at, comment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        transaction.execute(insert, params![flow, newest + 1, version, source, signature.by, signature.at.0, signature.comment])?;
    }
    if let Some(publish) = publish {
        let live = match publish {
            Publish::New => after.revision,
            Publish::Revision(revision) => revision,
        };
        after.published = Some(live);
        let mark = "UPDATE versions SET published = ?3 WHERE flow = ?1 AND revision = ?2";
        transaction.execute(mark, params![flow, live as i64, signature.at.0])?;
    }
    after.draft = Some(after.revision).filter(|newest| after.published != Some(*newest) && *newest > 0);
    put(transaction, &after)?;
    note(transaction, action, &flow, &signature)?;
    Ok(FlowChanged::Done(Some(Box::new(after))))
}

fn note(transaction: &Transaction<'_>, action: Option<&str>, flow: &str, signature: &Signature) -> rusqlite::Result<()> {
    action.map_or(Ok(()), |action| attention::note_any(transaction, action, flow, signature))
}

fn put(transaction: &Transaction<'_>, row: &FlowRow) -> rusqlite::Result<()> {
    let room = (row.overlap != OverlapRule::Allow && row.kind == magpie_model::run::RunKind::Flow).then_some(row.concurrency);
    // What is found when it is read is not kept.
    let kept = FlowRow { last_run: None, usual_ms: None, ..row.clone() };
    let put = "INSERT INTO flows (flow, application, room, row) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET application = excluded.application, room = excluded.room, row = excluded.row";
    transaction.execute(put, params![row.flow, row.application, room, to_json(&kept)?]).map(drop)
}

const VERSIONS: &str = "SELECT versions.*, (SELECT json_extract(row, '$.published') FROM flows WHERE flows.flow = versions.flow) AS live
    FROM versions WHERE flow = ?1";

pub(super) fn versions(connection: &Connection, flow: &str) -> rusqlite::Result<Vec<FlowVersion>> {
    let mut statement = connection.prepare_cached(&format!("{VERSIONS} ORDER BY revision DESC"))?;
    statement.query_map([flow], version_of)?.collect()
}

pub(super) fn version(connection: &Connection, flow: &str, revision: u64) -> rusqlite::Result<Option<(FlowVersion, String)>> {
    let mut statement = connection.prepare_cached(&format!("{VERSIONS} AND revision = ?2"))?;
    let read = |row: &Row<'_>| Ok((version_of(row)?, row.get("source")?));
    statement.query_row(params![flow, i64::try_from(revision).unwrap_or(i64::MAX)], read).optional()
}

fn version_of(row: &Row<'_>) -> rusqlite::Result<FlowVersion> {
    let (revision, live): (i64, Option<i64>) = (row.get("revision")?, row.get("live")?);
    Ok(FlowVersion {
        revision: revision.unsigned_abs(),
        version: row.get("version")?,
        by: row.get("author")?,
        at: Timestamp(row.get("at")?),
        comment: row.get("comment")?,
        published_at: row.get::<_, Option<i64>>("published")?.map(Timestamp),
        live: live == Some(revision),
    })
}
