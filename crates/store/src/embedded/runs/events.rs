//! Events as rows, so that none that was acknowledged is lost: they have numbers, and each trigger knows how far it is.

use magpie_model::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::Value;

use super::{from_json, to_json};
use crate::runs::StoredEvent;

pub(super) fn put(transaction: &Transaction<'_>, event: &Value, at: Timestamp) -> rusqlite::Result<(u64, bool)> {
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let (source, id) = (text("source"), text("id"));
    let insert = "INSERT INTO events (source, id, at, event) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    let is_new = transaction.prepare_cached(insert)?.execute(params![source, id, at.0, to_json(event)?])? > 0;
    let number = "SELECT number FROM events WHERE source = ?1 AND id = ?2";
    let number: i64 = transaction.prepare_cached(number)?.query_row([source, id], |row| row.get(0))?;
    Ok((number.unsigned_abs(), is_new))
}

pub(super) fn after(connection: &Connection, after: u64, limit: usize) -> rusqlite::Result<Vec<StoredEvent>> {
    let mut statement = connection.prepare_cached("SELECT number, at, event FROM events WHERE number > ?1 ORDER BY number LIMIT ?2")?;
    let stored = statement.query_map(params![number(after), number(limit as u64)], |row| {
        let text: String = row.get(2)?;
        Ok(StoredEvent { number: row.get::<_, i64>(0)?.unsigned_abs(), at: Timestamp(row.get(1)?), event: from_json(&text)? })
    })?;
    stored.collect()
}

pub(super) fn before(connection: &Connection, at: Timestamp) -> rusqlite::Result<u64> {
    let newest = "SELECT coalesce(max(number), 0) FROM events WHERE at < ?1";
    let found: i64 = connection.prepare_cached(newest)?.query_row([at.0], |row| row.get(0))?;
    Ok(found.unsigned_abs())
}

pub(super) fn consumed(connection: &Connection, flow: &str) -> rusqlite::Result<Option<u64>> {
    let found: Option<i64> =
        connection.prepare_cached("SELECT up_to FROM consumers WHERE flow = ?1")?.query_row([flow], |row| row.get(0)).optional()?;
    Ok(found.map(i64::unsigned_abs))
}

pub(super) fn begin_consuming(transaction: &Transaction<'_>, flow: &str, after: u64) -> rusqlite::Result<u64> {
    let insert = "INSERT INTO consumers (flow, up_to) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    transaction.execute(insert, params![flow, number(after)])?;
    Ok(consumed(transaction, flow)?.unwrap_or(after))
}

/// Moves a trigger on; `false` when it was there already.
pub(super) fn consume(transaction: &Transaction<'_>, flow: &str, up_to: u64) -> rusqlite::Result<bool> {
    let put = "INSERT INTO consumers (flow, up_to) VALUES (?1, ?2)
        ON CONFLICT DO UPDATE SET up_to = excluded.up_to WHERE up_to < excluded.up_to";
    Ok(transaction.execute(put, params![flow, number(up_to)])? > 0)
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
