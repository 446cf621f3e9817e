//! What people did, as rows of the state database: acknowledgements, comments, silences, and the note of each change.
//!
//! Functions over a transaction or a connection; whose they are, and when they are committed, is `sqlite`'s. Every change
//! writes its line of `audit` itself, so that none can be forgotten.

use std::collections::BTreeMap;

use magpie_model::attention::{AuditEntry, Comment, ITSELF};
use magpie_model::{Attention, Signature, Silence, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// The tables, from version 2 on.
pub(super) const TABLES: &str = "
    CREATE TABLE acknowledgements (
        alert TEXT PRIMARY KEY, author TEXT NOT NULL, at INTEGER NOT NULL, comment TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE comments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, alert TEXT NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL, comment TEXT NOT NULL
    ) STRICT;
    CREATE INDEX comments_by_alert ON comments (alert, id);
    CREATE TABLE silences (
        id INTEGER PRIMARY KEY AUTOINCREMENT, starts INTEGER NOT NULL, ends INTEGER NOT NULL, author TEXT NOT NULL,
        comment TEXT NOT NULL, matchers TEXT NOT NULL
    ) STRICT;
    CREATE INDEX silences_by_end ON silences (ends);
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, author TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL, comment TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_subject ON audit (subject, id);
    ALTER TABLE documents ADD COLUMN author TEXT NOT NULL DEFAULT '';
    ALTER TABLE documents ADD COLUMN comment TEXT NOT NULL DEFAULT '';
";

/// Writes the note of a change that a person made.
pub(super) fn note(transaction: &Transaction<'_>, action: &str, subject: &str, signature: &Signature) -> rusqlite::Result<()> {
    if signature.by == ITSELF { Ok(()) } else { note_any(transaction, action, subject, signature) }
}

/// The same, also of what Magpie did by itself.
pub(super) fn note_any(transaction: &Transaction<'_>, action: &str, subject: &str, signature: &Signature) -> rusqlite::Result<()> {
    let insert = "INSERT INTO audit (at, author, action, subject, comment) VALUES (?1, ?2, ?3, ?4, ?5)";
    let Signature { by, at, comment } = signature;
    transaction.prepare_cached(insert)?.execute(params![at.0, by, action, subject, comment]).map(drop)
}

/// Notes that somebody looks after an alert.
pub(super) fn acknowledge(transaction: &Transaction<'_>, alert: &str, signature: &Signature) -> rusqlite::Result<bool> {
    if !is_alert(transaction, alert)? {
        return Ok(false);
    }
    let Signature { by, at, comment } = signature;
    let put = "INSERT OR REPLACE INTO acknowledgements (alert, author, at, comment) VALUES (?1, ?2, ?3, ?4)";
    transaction.execute(put, params![alert, by, at.0, comment])?;
    note(transaction, "acknowledge", alert, signature)?;
    Ok(true)
}

/// Takes an acknowledgement back; that there was none is no change and not noted.
pub(super) fn unacknowledge(transaction: &Transaction<'_>, alert: &str, signature: &Signature) -> rusqlite::Result<bool> {
    if !is_alert(transaction, alert)? {
        return Ok(false);
    }
    if transaction.execute("DELETE FROM acknowledgements WHERE alert = ?1", [alert])? > 0 {
        note(transaction, "unacknowledge", alert, signature)?;
    }
    Ok(true)
}

/// Adds a remark.
pub(super) fn comment(transaction: &Transaction<'_>, alert: &str, signature: &Signature) -> rusqlite::Result<Option<u64>> {
    if !is_alert(transaction, alert)? {
        return Ok(None);
    }
    let Signature { by, at, comment } = signature;
    let insert = "INSERT INTO comments (alert, author, at, comment) VALUES (?1, ?2, ?3, ?4)";
    transaction.execute(insert, params![alert, by, at.0, comment])?;
    let id = transaction.last_insert_rowid();
    note(transaction, "comment", alert, signature)?;
    Ok(Some(id as u64))
}

fn is_alert(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
    let found = transaction.query_row("SELECT 1 FROM alerts WHERE id = ?1", [id], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// What people did about some alerts.
pub(super) fn of_alerts(connection: &Connection, alerts: &str) -> rusqlite::Result<BTreeMap<String, Attention>> {
    let mut all: BTreeMap<String, Attention> = BTreeMap::new();
    let acknowledged = "SELECT alert, author, at, comment FROM acknowledgements WHERE alert IN (SELECT value FROM json_each(?1))";
    let mut statement = connection.prepare_cached(acknowledged)?;
    let mut rows = statement.query([alerts])?;
    while let Some(row) = rows.next()? {
        all.entry(row.get("alert")?).or_default().acknowledged = Some(signature_of(row)?);
    }
    let comments =
        "SELECT id, alert, author, at, comment FROM comments WHERE alert IN (SELECT value FROM json_each(?1)) ORDER BY alert, id";
    let mut statement = connection.prepare_cached(comments)?;
    let mut rows = statement.query([alerts])?;
    while let Some(row) = rows.next()? {
        let Signature { by, at, comment } = signature_of(row)?;
        let id = row.get::<_, i64>("id")? as u64;
        all.entry(row.get("alert")?).or_default().comments.push(Comment { id, by, at, text: comment });
    }
    Ok(all)
}

/// Who, when and why, of a row that has these columns; documents call the time `changed`.
pub(super) fn signature_of(row: &Row<'_>) -> rusqlite::Result<Signature> {
    let at = if row.as_ref().column_index("at").is_ok() { row.get("at")? } else { row.get("changed")? };
    Ok(Signature { by: row.get("author")?, at: Timestamp(at), comment: row.get("comment")? })
}

/// Stores a silence; gives its number.
pub(super) fn put_silence(transaction: &Transaction<'_>, silence: &Silence, now: Timestamp) -> rusqlite::Result<String> {
    let matchers = serde_json::to_string(&silence.matchers).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let insert = "INSERT INTO silences (starts, ends, author, comment, matchers) VALUES (?1, ?2, ?3, ?4, ?5)";
    transaction.execute(insert, params![silence.starts.0, silence.ends.0, silence.by, silence.comment, matchers])?;
    let id = transaction.last_insert_rowid().to_string();
    let signature = Signature { by: silence.by.clone(), at: now, comment: silence.comment.clone() };
    note(transaction, "silence", &id, &signature)?;
    Ok(id)
}

/// Ends a silence. One that has not begun yet ends where it begins: it never was in force.
pub(super) fn end_silence(transaction: &Transaction<'_>, id: &str, signature: &Signature) -> rusqlite::Result<Option<Silence>> {
    let Ok(number) = id.parse::<i64>() else { return Ok(None) };
    let end = "UPDATE silences SET ends = max(starts, ?2) WHERE id = ?1 AND ends > ?2";
    if transaction.execute(end, params![number, signature.at.0])? > 0 {
        note(transaction, "end silence", id, signature)?;
    }
    transaction.query_row("SELECT * FROM silences WHERE id = ?1", [number], silence_of).optional()
}

/// Silences that end after a moment.
pub(super) fn silences(connection: &Connection, ending_after: Timestamp, limit: usize) -> rusqlite::Result<Vec<Silence>> {
    let mut statement = connection.prepare_cached("SELECT * FROM silences WHERE ends > ?1 ORDER BY id DESC LIMIT ?2")?;
    statement.query_map(params![ending_after.0, i64::try_from(limit).unwrap_or(i64::MAX)], silence_of)?.collect()
}

fn silence_of(row: &Row<'_>) -> rusqlite::Result<Silence> {
    let matchers: String = row.get("matchers")?;
    Ok(Silence {
        id: row.get::<_, i64>("id")?.to_string(),
        matchers: serde_json::from_str(&matchers)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))?,
        starts: Timestamp(row.get("starts")?),
        ends: Timestamp(row.get("ends")?),
        by: row.get("author")?,
        comment: row.get("comment")?,
    })
}

/// The notes of changes.
pub(super) fn audit(
    connection: &Connection,
    subject: Option<&str>,
    before: Option<u64>,
    limit: usize,
) -> rusqlite::Result<Vec<AuditEntry>> {
    let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let entry = |row: &Row<'_>| {
        let Signature { by, at, comment } = signature_of(row)?;
        let id = row.get::<_, i64>("id")? as u64;
        Ok(AuditEntry { id, at, by, action: row.get("action")?, subject: row.get("subject")?, comment })
    };
    match subject {
        Some(subject) => {
            let of_one = "SELECT * FROM audit WHERE subject = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
            connection.prepare_cached(of_one)?.query_map(params![subject, before, limit], entry)?.collect()
        }
        None => {
            let all = "SELECT * FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
            connection.prepare_cached(all)?.query_map(params![before, limit], entry)?.collect()
        }
    }
}

/// Removes what belongs to alerts that are gone, silences that ended before, and old notes.
pub(super) fn expire(transaction: &Transaction<'_>, before: Timestamp) -> rusqlite::Result<()> {
    // An alert that late lines withdrew may come back under its id: what was said of it stays as long as it could.
    for table in ["acknowledgements", "comments"] {
        let orphans = format!("DELETE FROM {table} WHERE at < ?1 AND alert NOT IN (SELECT id FROM alerts)");
        transaction.execute(&orphans, [before.0])?;
    }
    transaction.execute("DELETE FROM silences WHERE ends < ?1", [before.0])?;
    transaction.execute("DELETE FROM audit WHERE at < ?1", [before.0])?;
    Ok(())
}
