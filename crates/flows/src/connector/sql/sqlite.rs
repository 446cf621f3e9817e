//! SQLite files within the directories that the configuration allows.
//!
//! Attaching other databases is switched off, since that would reach files outside; a statement that nobody waits for any more is
//! interrupted.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{Connection, InterruptHandle, OpenFlags, ToSql};
use serde_json::{Map, Number, Value, json};

use super::{Context, Done, Failure, Part, Rows, Work, text};
use crate::connector::{blocking, files};

/// How long a statement waits for another's lock.
const BUSY: Duration = Duration::from_secs(5);

/// Interrupts a statement when its task is dropped.
struct Interrupt(Arc<InterruptHandle>);

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

pub(super) async fn run(context: Context<'_>, arguments: Value, work: Work) -> Result<Done, Failure> {
    let allowed = context.world.permissions.directories.clone();
    let most_bytes = context.world.limits.output_bytes;
    let (connection, arguments) = blocking(move || {
        let path = files::within(&allowed, text(&arguments, "database")?)?;
        Ok((open(&path, work == Work::Query)?, arguments))
    })
    .await?;
    let _interrupt = Interrupt(Arc::new(connection.get_interrupt_handle()));
    let mut connection = connection;
    let done = move || match work {
        Work::Query => query(&mut connection, &arguments, most_bytes),
        Work::Exec | Work::Transaction => exec(&mut connection, &arguments, work, most_bytes),
    };
    blocking(done).await.map(Done::output)
}

fn open(path: &Path, read_only: bool) -> Result<Connection, Failure> {
    let flags = match read_only {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let connection = connection.map_err(|error| Failure::new(format!("could not open `{}`: {error}", path.display())))?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0).map_err(failed)?;
    Ok(connection)
}

fn failed(error: rusqlite::Error) -> Failure {
    Failure::new(format!("SQL: {error}"))
}

fn query(connection: &mut Connection, arguments: &Value, most_bytes: usize) -> Result<Value, Failure> {
    let mut statement = connection.prepare(text(arguments, "sql")?).map_err(failed)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    bind(&mut statement, &arguments["parameters"])?;
    let mut found = Rows::new(most_bytes);
    read(&mut statement, &names, &mut found)?;
    Ok(Value::Array(found.found))
}

/// Runs a statement to its end, and keeps its rows.
fn read(statement: &mut rusqlite::Statement<'_>, names: &[String], found: &mut Rows) -> Result<(), Failure> {
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let (mut shown, mut bytes) = (Map::new(), 0);
        for (index, name) in names.iter().enumerate() {
            let value = row.get_ref(index).map_err(failed)?;
            bytes += name.len() + size(value);
            shown.insert(name.clone(), cell(value));
        }
        found.push(shown, bytes)?;
    }
    Ok(())
}

/// Rows come back from a statement that has `RETURNING`.
fn exec(connection: &mut Connection, arguments: &Value, work: Work, most_bytes: usize) -> Result<Value, Failure> {
    let transaction = connection.transaction().map_err(failed)?;
    let mut done = Vec::new();
    for (index, part) in work.parts(arguments)?.into_iter().enumerate() {
        done.push(work.of_part(index, exec_part(&transaction, &part, most_bytes))?);
    }
    transaction.commit().map_err(failed)?;
    Ok(work.outcome(done))
}

fn exec_part(connection: &Connection, part: &Part<'_>, most_bytes: usize) -> Result<Value, Failure> {
    let mut statement = connection.prepare(part.sql).map_err(failed)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let (mut found, mut changes) = (Rows::new(most_bytes), 0);
    for parameters in &part.batch {
        bind(&mut statement, parameters)?;
        let before = connection.total_changes();
        read(&mut statement, &names, &mut found)?;
        // What the last statement changed stays told after one that changes nothing.
        changes += if connection.total_changes() > before { connection.changes() } else { 0 };
    }
    let mut done = json!({ "changes": changes, "last_insert_rowid": connection.last_insert_rowid() });
    if !names.is_empty() {
        done["rows"] = Value::Array(found.found);
    }
    Ok(done)
}

fn bind(statement: &mut rusqlite::Statement<'_>, parameters: &Value) -> Result<(), Failure> {
    let expected = statement.parameter_count();
    let given = match parameters {
        Value::Null => 0,
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate().take(expected) {
                statement.raw_bind_parameter(index + 1, Bound(value)).map_err(failed)?;
            }
            values.len()
        }
        Value::Object(values) => {
            for (name, value) in values {
                let index = [":", "@", "$"].iter().find_map(|sign| statement.parameter_index(&format!("{sign}{name}")).ok().flatten());
                let index = index.ok_or_else(|| Failure::new(format!("the statement has no parameter `:{name}`")))?;
                statement.raw_bind_parameter(index, Bound(value)).map_err(failed)?;
            }
            values.len()
        }
        other => return Err(Failure::new(format!("`parameters` must be a list or a mapping, and is {other}"))),
    };
    if given == expected { Ok(()) } else { Err(Failure::new(format!("the statement has {expected} parameters, and {given} are given"))) }
}

/// A JSON value as SQLite has it; lists and mappings as their JSON text.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Owned(Cell::Null),
            Value::Bool(flag) => ToSqlOutput::Owned(Cell::Integer(i64::from(*flag))),
            Value::Number(number) => ToSqlOutput::Owned(match number.as_i64() {
                Some(number) => Cell::Integer(number),
                None => Cell::Real(number.as_f64().unwrap_or_default()),
            }),
            Value::String(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            other => ToSqlOutput::Owned(Cell::Text(other.to_string())),
        })
    }
}

/// Bytes of a value, about.
fn size(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into(),
        ValueRef::Blob(bytes) => STANDARD.encode(bytes).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(connection: &mut Connection, arguments: &Value) -> Result<Value, Failure> {
        super::exec(connection, arguments, Work::Exec, usize::MAX)
    }

    fn all(connection: &mut Connection, arguments: &Value) -> Result<Value, Failure> {
        query(connection, arguments, usize::MAX)
    }

    #[test]
    fn rows_are_written_in_one_transaction_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open(&directory.path().join("a.db"), false).unwrap();
        exec(&mut connection, &json!({"sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, tags TEXT)"}))
            .unwrap();
        let insert = "INSERT INTO t (name, price, tags) VALUES (:name, :price, :tags)";
        let batch = json!([{"name": "a'; DROP TABLE t; --", "price": 1.5, "tags": ["x"]}, {"name": "b", "price": null, "tags": true}]);
        let done = exec(&mut connection, &json!({"sql": insert, "batch": batch})).unwrap();
        assert_eq!(done, json!({"changes": 2, "last_insert_rowid": 2}));
        let rows = all(&mut connection, &json!({"sql": "SELECT * FROM t WHERE id <= ? ORDER BY id", "parameters": [2]})).unwrap();
        assert_eq!(
            rows,
            json!([{"id": 1, "name": "a'; DROP TABLE t; --", "price": 1.5, "tags": "[\"x\"]"}, {"id": 2, "name": "b", "price": null, "tags": "1"}])
        );
        let bounded = query(&mut connection, &json!({"sql": "SELECT zeroblob(1000) AS z FROM t"}), 1_500).unwrap_err().message;
        assert!(bounded.contains("more than 1500 bytes"), "{bounded}");
        let half = json!({"sql": insert, "batch": [{"name": "c", "price": 1, "tags": null}, {"name": null, "price": 1, "tags": null}]});
        assert!(exec(&mut connection, &half).is_err());
        assert_eq!(all(&mut connection, &json!({"sql": "SELECT count(*) AS n FROM t"})).unwrap(), json!([{"n": 2}]));
    }

    #[test]
    fn other_files_cannot_be_reached_and_mistakes_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open(&directory.path().join("a.db"), false).unwrap();
        for sql in ["ATTACH DATABASE '/tmp/other.db' AS other", "VACUUM INTO '/tmp/other.db'"] {
            assert!(all(&mut connection, &json!({"sql": sql})).is_err(), "{sql}");
        }
        for (arguments, words) in [
            (json!({"sql": "SELECT ?", "parameters": []}), "1 parameters, and 0"),
            (json!({"sql": "SELECT :a", "parameters": {"b": 1}}), "no parameter `:b`"),
            (json!({"sql": "SELEC 1"}), "syntax error"),
            (json!({"sql": 5}), "`sql` must be a text"),
        ] {
            let error = all(&mut connection, &arguments).unwrap_err().message;
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn statements_of_a_transaction_are_all_done_or_none() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open(&directory.path().join("a.db"), false).unwrap();
        for sql in ["CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT)", "CREATE TABLE stock (item TEXT, n INTEGER CHECK (n >= 0))"] {
            exec(&mut connection, &json!({ "sql": sql })).unwrap();
        }
        let mut transaction = |statements: Value| {
            super::exec(&mut connection, &json!({ "statements": statements }), Work::Transaction, usize::MAX)
                .map_err(|failure| failure.message)
        };
        let order = json!({"sql": "INSERT INTO orders (item) VALUES (:item) RETURNING id", "parameters": {"item": "pen"}});
        let stock = json!({"sql": "INSERT INTO stock VALUES (?, ?)", "batch": [["pen", 1], ["ink", 5]]});
        assert_eq!(
            transaction(json!([order, stock])).unwrap(),
            json!([{"changes": 1, "last_insert_rowid": 1, "rows": [{"id": 1}]}, {"changes": 2, "last_insert_rowid": 2}])
        );
        let take = json!({"sql": "UPDATE stock SET n = n - 2 WHERE item = 'pen'"});
        assert_eq!(transaction(json!([order, take])).unwrap_err(), "statement 2: SQL: CHECK constraint failed: n >= 0");
        assert_eq!(all(&mut connection, &json!({"sql": "SELECT count(*) AS n FROM orders"})).unwrap(), json!([{"n": 1}]));
    }
}
