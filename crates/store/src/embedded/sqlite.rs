//! The embedded state store: alerts, documents and sightings as tables of one SQLite file.
//!
//! How changes are committed and who waits for whom is `database`'s. A database and not files of ours, because these are
//! few rows that change together.

use std::collections::BTreeMap;
use std::path::Path;

use magpie_model::attention::AuditEntry;
use magpie_model::{Alert, AlertState, Attention, Signature, Silence, Timestamp};
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};

use super::attention;
use super::database::Database;
use crate::Result;
use crate::state::{AlertQuery, Document, JudgeState, Judged, StateStore};

/// Statements that lead from one version to the next.
const MIGRATIONS: [&str; 2] = [FIRST, attention::TABLES];

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

/// The state store in one SQLite file.
pub struct SqliteState {
    database: Database,
}

impl SqliteState {
    /// Opens the database of a data directory, or makes one, and brings it to the present version.
    pub fn open(dir: &Path) -> Result<Self> {
        Ok(Self { database: Database::open(dir, "state.db", &MIGRATIONS)? })
    }
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
        self.database.write("commit a round of judging", move |transaction| {
            transaction
                .execute("INSERT OR REPLACE INTO judge (id, state, bucket) VALUES (1, ?1, ?2)", params![judged.state, judged.bucket.0])?;
            judged.alerts.iter().try_for_each(|alert| put_alert(transaction, alert))?;
            for id in &judged.withdrawn {
                transaction.execute("DELETE FROM alerts WHERE id = ?1", [id])?;
            }
            Ok(())
        })
    }

    fn put_alerts(&self, alerts: &[Alert]) -> Result<()> {
        let alerts = alerts.to_vec();
        self.database.write("put alerts", move |transaction| alerts.iter().try_for_each(|alert| put_alert(transaction, alert)))
    }

    fn judge_state(&self) -> Result<Option<JudgeState>> {
        self.database.read("read the state of judging", |connection| {
            let state = |row: &Row<'_>| Ok(JudgeState { state: row.get(0)?, bucket: Timestamp(row.get(1)?) });
            connection.query_row("SELECT state, bucket FROM judge", [], state).optional()
        })
    }

    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>> {
        let (conditions, mut values) = alert_conditions(query);
        values.push(Box::new(i64::try_from(query.limit).unwrap_or(i64::MAX)));
        self.database.read("read alerts", |connection| {
            let mut statement =
                connection.prepare(&format!("SELECT alert FROM alerts WHERE {conditions} ORDER BY since DESC, id LIMIT ?"))?;
            let values: Vec<&dyn ToSql> = values.iter().map(|value| &**value).collect();
            statement.query_map(values.as_slice(), alert_of)?.collect()
        })
    }

    fn alert(&self, id: &str) -> Result<Option<Alert>> {
        self.database
            .read("read an alert", |connection| connection.query_row("SELECT alert FROM alerts WHERE id = ?1", [id], alert_of).optional())
    }

    fn expire_alerts(&self, before: Timestamp, oldest: Timestamp) -> Result<u64> {
        self.database.write("remove old alerts", move |transaction| {
            let removed = transaction.execute("DELETE FROM alerts WHERE state = 'resolved' AND resolved < ?1", [before.min(oldest).0])?;
            attention::expire(transaction, before)?;
            Ok(removed as u64)
        })
    }

    fn acknowledge(&self, alert: &str, signature: &Signature) -> Result<bool> {
        let (alert, signature) = (alert.to_owned(), signature.clone());
        self.database.write("acknowledge an alert", move |transaction| attention::acknowledge(transaction, &alert, &signature))
    }

    fn unacknowledge(&self, alert: &str, signature: &Signature) -> Result<bool> {
        let (alert, signature) = (alert.to_owned(), signature.clone());
        self.database.write("take back an acknowledgement", move |transaction| attention::unacknowledge(transaction, &alert, &signature))
    }

    fn comment(&self, alert: &str, signature: &Signature) -> Result<Option<u64>> {
        let (alert, signature) = (alert.to_owned(), signature.clone());
        self.database.write("comment on an alert", move |transaction| attention::comment(transaction, &alert, &signature))
    }

    fn attention(&self, alerts: &[&str]) -> Result<BTreeMap<String, Attention>> {
        let alerts = serde_json::Value::from(alerts).to_string();
        self.database.read("read what was done about alerts", |connection| attention::of_alerts(connection, &alerts))
    }

    fn put_silence(&self, silence: &Silence, now: Timestamp) -> Result<String> {
        let silence = silence.clone();
        self.database.write("put a silence", move |transaction| attention::put_silence(transaction, &silence, now))
    }

    fn end_silence(&self, id: &str, signature: &Signature) -> Result<Option<Silence>> {
        let (id, signature) = (id.to_owned(), signature.clone());
        self.database.write("end a silence", move |transaction| attention::end_silence(transaction, &id, &signature))
    }

    fn silences(&self, ending_after: Timestamp, limit: usize) -> Result<Vec<Silence>> {
        self.database.read("read silences", |connection| attention::silences(connection, ending_after, limit))
    }

    fn audit(&self, subject: Option<&str>, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>> {
        self.database.read("read what was changed", |connection| attention::audit(connection, subject, before, limit))
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
        self.database.write("put a document", move |transaction| {
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
        let newest = self.database.read("read a document", |connection| {
            let newest = "SELECT * FROM documents WHERE kind = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1";
            connection.query_row(newest, [kind, name], document_of).optional()
        })?;
        Ok(newest.filter(|document| document.content.is_some()))
    }

    fn documents(&self, kind: &str) -> Result<Vec<Document>> {
        self.database.read("read documents", |connection| {
            let newest = "SELECT * FROM documents AS d WHERE kind = ?1 AND content IS NOT NULL
                AND version = (SELECT max(version) FROM documents WHERE kind = d.kind AND name = d.name) ORDER BY name";
            connection.prepare(newest)?.query_map([kind], document_of)?.collect()
        })
    }

    fn document_versions(&self, kind: &str, name: &str) -> Result<Vec<Document>> {
        self.database.read("read a document's versions", |connection| {
            let all = "SELECT * FROM documents WHERE kind = ?1 AND name = ?2 ORDER BY version DESC";
            connection.prepare(all)?.query_map([kind, name], document_of)?.collect()
        })
    }

    fn mark_seen(&self, scope: &str, seen: &[(String, Timestamp)]) -> Result<()> {
        let (scope, seen) = (scope.to_owned(), seen.to_vec());
        self.database.write("remember what was seen", move |transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO seen (scope, name, at) VALUES (?1, ?2, ?3) ON CONFLICT (scope, name) DO UPDATE SET at = max(at, excluded.at)",
            )?;
            seen.iter().try_for_each(|(name, at)| statement.execute(params![scope, name, at.0]).map(|_| ()))
        })
    }

    fn last_seen(&self, scope: &str, since: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        self.database.read("read what was seen", |connection| {
            let mut statement = connection.prepare_cached("SELECT name, at FROM seen WHERE scope = ?1 AND at >= ?2 ORDER BY name")?;
            statement.query_map(params![scope, since.0], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))?.collect()
        })
    }
}
