//! The embedded state store: SQLite with a write-ahead log, every commit synced.
//!
//! One thread owns the only writing connection and commits what waits together, so that many small changes share one
//! sync; each change is a savepoint of its own, and its caller hears only after the commit. Readers have connections of
//! their own and never wait for the writer. A database and not files of ours, because these are few rows that change
//! together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use magpie_model::attention::AuditEntry;
use magpie_model::{Alert, AlertState, Attention, Signature, Silence, Timestamp};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, ToSql, Transaction, params};

use super::attention;
use crate::state::{AlertQuery, Document, JudgeState, Judged, StateStore};
use crate::{Error, Result};

/// Version of the tables, as SQLite's `user_version`.
const VERSION: u32 = 2;
/// Changes committed together at most.
const GROUP: usize = 128;
/// Reading connections kept.
const READERS: usize = 4;

/// Statements that lead from one version to the next.
const MIGRATIONS: [&str; VERSION as usize] = [FIRST, attention::TABLES];

/// The tables of version 1.
const FIRST: &str = "
    CREATE TABLE judge (id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL, bucket INTEGER NOT NULL) STRICT;
    CREATE TABLE alerts (
        id TEXT PRIMARY KEY, monitor TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL, resolved INTEGER, alert TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX alerts_by_state ON alerts (state, since);
    CREATE INDEX alerts_by_since ON alerts (since);
    CREATE TABLE documents (
        kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, changed INTEGER NOT NULL, content TEXT,
        PRIMARY KEY (kind, name, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE seen (scope TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (scope, name)) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_by_time ON seen (scope, at);
";

type Outcome = rusqlite::Result<()>;

/// A change that waits for the writer.
struct Job {
    change: Box<dyn FnMut(&Transaction<'_>) -> Outcome + Send>,
    done: SyncSender<Outcome>,
}

/// The state store in one SQLite file.
pub struct SqliteState {
    path: PathBuf,
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
}

impl SqliteState {
    /// Opens the database of a data directory, or makes one, and brings it to the present version.
    pub fn open(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
        let path = dir.join("state.db");
        let mut connection = Connection::open(&path).map_err(Error::sqlite("open"))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;")
            .map_err(Error::sqlite("set up"))?;
        migrate(&mut connection, &path)?;
        // The bound is the answer to "what if it is full": callers wait, as they would for the disk.
        let (jobs, waiting) = sync_channel(GROUP);
        let writer = std::thread::Builder::new().name("state-writer".to_owned()).spawn(move || write_all(connection, &waiting));
        let writer = writer.map_err(Error::io("start the writer of", &path))?;
        Ok(Self { path, jobs: Some(jobs), writer: Some(writer), readers: Mutex::default() })
    }

    /// Runs a change on the writer's connection and waits for its commit.
    fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (done, outcome) = sync_channel(1);
        let result = std::sync::Arc::new(Mutex::new(None));
        let (slot, mut change) = (std::sync::Arc::clone(&result), Some(change));
        let change = move |transaction: &Transaction<'_>| {
            if let Some(change) = change.take() {
                let value = change(transaction)?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            }
            Ok(())
        };
        let job = Job { change: Box::new(change), done };
        self.jobs.as_ref().ok_or(Error::Closed)?.send(job).map_err(|_| Error::Closed)?;
        outcome.recv().map_err(|_| Error::Closed)?.map_err(Error::sqlite(doing))?;
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or(Error::Closed)
    }

    /// Runs a question on a reading connection.
    fn read<T>(&self, doing: &'static str, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.path, flags).map_err(Error::sqlite("open"))?;
                connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;").map_err(Error::sqlite("set up"))?;
                connection
            }
        };
        let answer = question(&connection).map_err(Error::sqlite(doing))?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        Ok(answer)
    }
}

impl Drop for SqliteState {
    fn drop(&mut self) {
        // Without senders the writer ends after what still waits.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(Error::sqlite("read the version"))?;
    if found > VERSION {
        return Err(Error::Newer { path: path.to_owned(), found, known: VERSION });
    }
    for (from, statements) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let transaction = connection.transaction().map_err(Error::sqlite("migrate"))?;
        transaction.execute_batch(statements).map_err(Error::sqlite("migrate"))?;
        transaction.pragma_update(None, "user_version", from as u32 + 1).map_err(Error::sqlite("migrate"))?;
        transaction.commit().map_err(Error::sqlite("migrate"))?;
    }
    Ok(())
}

/// The writer's thread: commits what waits, together.
fn write_all(mut connection: Connection, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP - 1));
        let outcomes = commit(&mut connection, &mut group);
        for (job, outcome) in group.into_iter().zip(outcomes) {
            // A caller that is gone does not need to hear.
            let _ = job.done.send(outcome);
        }
    }
}

fn commit(connection: &mut Connection, group: &mut [Job]) -> Vec<Outcome> {
    let all = |error: rusqlite::Error| -> Vec<Outcome> {
        let text = error.to_string();
        let again = || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code_of(&error)), Some(text.clone()));
        group_of(group.len(), again)
    };
    let mut transaction = match connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return all(error),
    };
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group.iter_mut() {
        outcomes.push(in_savepoint(&mut transaction, job));
    }
    match transaction.commit() {
        Ok(()) => outcomes,
        Err(error) => {
            let text = error.to_string();
            group_of(outcomes.len(), || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code_of(&error)), Some(text.clone())))
        }
    }
}

fn group_of(length: usize, error: impl Fn() -> rusqlite::Error) -> Vec<Outcome> {
    (0..length).map(|_| Err(error())).collect()
}

fn code_of(error: &rusqlite::Error) -> i32 {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => error.extended_code,
        _ => rusqlite::ffi::SQLITE_ERROR,
    }
}

fn in_savepoint(transaction: &mut Transaction<'_>, job: &mut Job) -> Outcome {
    transaction.execute_batch("SAVEPOINT job")?;
    let outcome = (job.change)(transaction);
    match &outcome {
        Ok(()) => transaction.execute_batch("RELEASE job")?,
        Err(_) => transaction.execute_batch("ROLLBACK TO job; RELEASE job")?,
    }
    outcome
}

fn json_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn alert_of(row: &Row<'_>) -> rusqlite::Result<Alert> {
    let text: String = row.get("alert")?;
    serde_json::from_str(&text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}

fn document_of(row: &Row<'_>) -> rusqlite::Result<Document> {
    let text: Option<String> = row.get("content")?;
    let content = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Document {
        kind: row.get("kind")?,
        name: row.get("name")?,
        version: row.get::<_, i64>("version")? as u64,
        signature: attention::signature_of(row)?,
        content: content.map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?,
    })
}

fn put_alert(transaction: &Transaction<'_>, alert: &Alert) -> rusqlite::Result<()> {
    let text = serde_json::to_string(alert).map_err(json_error)?;
    let mut statement = transaction
        .prepare_cached("INSERT OR REPLACE INTO alerts (id, monitor, state, since, resolved, alert) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let resolved = alert.resolved.map(|time| time.0);
    statement.execute(params![alert.id, alert.monitor, alert.state.name(), alert.since.0, resolved, text])?;
    Ok(())
}

/// The conditions of a query for alerts, with their parameters.
fn alert_conditions(query: &AlertQuery) -> (String, Vec<Box<dyn ToSql>>) {
    let mut conditions = vec!["since < ? AND (resolved IS NULL OR resolved >= ?)".to_owned()];
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(query.range.to.0), Box::new(query.range.from.0)];
    if !query.states.is_empty() {
        conditions.push(format!("state IN ({})", vec!["?"; query.states.len()].join(", ")));
        values.extend(query.states.iter().map(|state: &AlertState| Box::new(state.name()) as Box<dyn ToSql>));
    }
    if let Some(monitor) = &query.monitor {
        conditions.push("monitor = ?".to_owned());
        values.push(Box::new(monitor.clone()));
    }
    for (name, value) in &query.dimensions {
        conditions.push("EXISTS (SELECT 1 FROM json_each(alert, '$.dimensions') WHERE key = ? AND value = ?)".to_owned());
        values.push(Box::new(name.clone()));
        values.push(Box::new(value.clone()));
    }
    (conditions.join(" AND "), values)
}

impl StateStore for SqliteState {
    fn commit_judged(&self, judged: &Judged) -> Result<()> {
        let judged = judged.clone();
        self.write("commit a round of judging", move |transaction| {
            transaction
                .execute("INSERT OR REPLACE INTO judge (id, state, bucket) VALUES (1, ?1, ?2)", params![judged.state, judged.bucket.0])?;
            judged.alerts.iter().try_for_each(|alert| put_alert(transaction, alert))?;
            for id in &judged.withdrawn {
                transaction.execute("DELETE FROM alerts WHERE id = ?1", [id])?;
            }
            Ok(())
        })
    }

    fn judge_state(&self) -> Result<Option<JudgeState>> {
        self.read("read the state of judging", |connection| {
            let state = |row: &Row<'_>| Ok(JudgeState { state: row.get(0)?, bucket: Timestamp(row.get(1)?) });
            connection.query_row("SELECT state, bucket FROM judge", [], state).optional()
        })
    }

    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>> {
        let (conditions, mut values) = alert_conditions(query);
        values.push(Box::new(i64::try_from(query.limit).unwrap_or(i64::MAX)));
        self.read("read alerts", |connection| {
            let mut statement =
                connection.prepare(&format!("SELECT alert FROM alerts WHERE {conditions} ORDER BY since DESC, id LIMIT ?"))?;
            let values: Vec<&dyn ToSql> = values.iter().map(|value| &**value).collect();
            statement.query_map(values.as_slice(), alert_of)?.collect()
        })
    }

    fn alert(&self, id: &str) -> Result<Option<Alert>> {
        self.read("read an alert", |connection| connection.query_row("SELECT alert FROM alerts WHERE id = ?1", [id], alert_of).optional())
    }

    fn expire_alerts(&self, before: Timestamp) -> Result<u64> {
        self.write("remove old alerts", move |transaction| {
            let removed = transaction.execute("DELETE FROM alerts WHERE state = 'resolved' AND resolved < ?1", [before.0])?;
            attention::expire(transaction, before)?;
            Ok(removed as u64)
        })
    }

    fn acknowledge(&self, alert: &str, signature: &Signature) -> Result<bool> {
        let (alert, signature) = (alert.to_owned(), signature.clone());
        self.write("acknowledge an alert", move |transaction| attention::acknowledge(transaction, &alert, &signature))
    }

    fn unacknowledge(&self, alert: &str, signature: &Signature) -> Result<bool> {
        let (alert, signature) = (alert.to_owned(), signature.clone());
        self.write("take back an acknowledgement", move |transaction| attention::unacknowledge(transaction, &alert, &signature))
    }

    fn comment(&self, alert: &str, signature: &Signature) -> Result<Option<u64>> {
        let (alert, signature) = (alert.to_owned(), signature.clone());
        self.write("comment on an alert", move |transaction| attention::comment(transaction, &alert, &signature))
    }

    fn attention(&self, alerts: &[&str]) -> Result<BTreeMap<String, Attention>> {
        let alerts = serde_json::Value::from(alerts).to_string();
        self.read("read what was done about alerts", |connection| attention::of_alerts(connection, &alerts))
    }

    fn put_silence(&self, silence: &Silence, now: Timestamp) -> Result<String> {
        let silence = silence.clone();
        self.write("put a silence", move |transaction| attention::put_silence(transaction, &silence, now))
    }

    fn end_silence(&self, id: &str, signature: &Signature) -> Result<Option<Silence>> {
        let (id, signature) = (id.to_owned(), signature.clone());
        self.write("end a silence", move |transaction| attention::end_silence(transaction, &id, &signature))
    }

    fn silences(&self, ending_after: Timestamp, limit: usize) -> Result<Vec<Silence>> {
        self.read("read silences", |connection| attention::silences(connection, ending_after, limit))
    }

    fn audit(&self, subject: Option<&str>, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>> {
        self.read("read what was changed", |connection| attention::audit(connection, subject, before, limit))
    }

    fn put_document(
        &self,
        kind: &str,
        name: &str,
        content: Option<&serde_json::Value>,
        expected: Option<u64>,
        signature: &Signature,
    ) -> Result<Option<u64>> {
        let (kind, name, content) = (kind.to_owned(), name.to_owned(), content.map(ToString::to_string));
        let signature = signature.clone();
        self.write("put a document", move |transaction| {
            let newest = "SELECT version, content IS NULL FROM documents WHERE kind = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1";
            let newest: Option<(i64, bool)> =
                transaction.query_row(newest, [&kind, &name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let (version, deleted) = newest.unwrap_or((0, true));
            let present = if deleted { 0 } else { version as u64 };
            if expected.is_some_and(|expected| expected != present) {
                return Ok(None);
            }
            let insert =
                "INSERT INTO documents (kind, name, version, changed, content, author, comment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let Signature { by, at, comment } = &signature;
            transaction.execute(insert, params![kind, name, version + 1, at.0, content, by, comment])?;
            let action = if content.is_some() { "put" } else { "delete" };
            attention::note(transaction, &format!("{action} {kind}"), &name, &signature)?;
            Ok(Some(version as u64 + 1))
        })
    }

    fn document(&self, kind: &str, name: &str) -> Result<Option<Document>> {
        let newest = self.read("read a document", |connection| {
            let newest = "SELECT * FROM documents WHERE kind = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1";
            connection.query_row(newest, [kind, name], document_of).optional()
        })?;
        Ok(newest.filter(|document| document.content.is_some()))
    }

    fn documents(&self, kind: &str) -> Result<Vec<Document>> {
        self.read("read documents", |connection| {
            let newest = "SELECT * FROM documents AS d WHERE kind = ?1 AND content IS NOT NULL
                AND version = (SELECT max(version) FROM documents WHERE kind = d.kind AND name = d.name) ORDER BY name";
            connection.prepare(newest)?.query_map([kind], document_of)?.collect()
        })
    }

    fn document_versions(&self, kind: &str, name: &str) -> Result<Vec<Document>> {
        self.read("read a document's versions", |connection| {
            let all = "SELECT * FROM documents WHERE kind = ?1 AND name = ?2 ORDER BY version DESC";
            connection.prepare(all)?.query_map([kind, name], document_of)?.collect()
        })
    }

    fn mark_seen(&self, scope: &str, seen: &[(String, Timestamp)]) -> Result<()> {
        let (scope, seen) = (scope.to_owned(), seen.to_vec());
        self.write("remember what was seen", move |transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO seen (scope, name, at) VALUES (?1, ?2, ?3) ON CONFLICT (scope, name) DO UPDATE SET at = max(at, excluded.at)",
            )?;
            seen.iter().try_for_each(|(name, at)| statement.execute(params![scope, name, at.0]).map(|_| ()))
        })
    }

    fn last_seen(&self, scope: &str, since: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        self.read("read what was seen", |connection| {
            let mut statement = connection.prepare_cached("SELECT name, at FROM seen WHERE scope = ?1 AND at >= ?2 ORDER BY name")?;
            statement.query_map(params![scope, since.0], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))?.collect()
        })
    }
}
