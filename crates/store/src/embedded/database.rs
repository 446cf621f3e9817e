//! One SQLite file: a thread that owns the only writing connection, and connections for reading.
//!
//! The writer commits what waits together, so that many small changes share one sync; each change is a savepoint of its
//! own, and its caller hears only after the commit. Readers have connections of their own and never wait for the
//! writer. Which tables there are is told by whoever opens it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{Error, Result};

/// Changes committed together at most.
const GROUP: usize = 256;
/// Changes that may wait; then callers wait, as they would for the disk.
const WAITING: usize = 1_024;
/// Reading connections kept.
const READERS: usize = 4;
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

type Outcome = rusqlite::Result<()>;

/// A change that waits for the writer.
struct Job {
    change: Box<dyn FnMut(&Transaction<'_>) -> Outcome + Send>,
    doing: &'static str,
    done: Box<dyn FnOnce(Result<()>) + Send>,
}

/// An open database.
pub(super) struct Database {
    path: PathBuf,
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
}

impl Database {
    /// Opens a file, or makes one, and brings it to the present version by the statements that lead from one to the next.
    pub(super) fn open(dir: &Path, name: &str, migrations: &[&str]) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
        let path = dir.join(name);
        let mut connection = Connection::open(&path).map_err(Error::sqlite("open"))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;")
            .map_err(Error::sqlite("set up"))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        migrate(&mut connection, &path, migrations)?;
        let (jobs, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name(format!("{name}-writer"));
        let writer = thread.spawn(move || write_all(connection, &waiting)).map_err(Error::io("start the writer of", &path))?;
        Ok(Self { path, jobs: Some(jobs), writer: Some(writer), readers: Mutex::default() })
    }

    /// Runs a change on the writer's connection and waits for its commit.
    pub(super) fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (told, outcome) = sync_channel(1);
        let done = move |outcome| {
            // A caller that is gone does not need to hear.
            let _ = told.send(outcome);
        };
        self.write_soon(doing, change, Box::new(done));
        outcome.recv().map_err(|_| Error::Closed)?
    }

    /// The same without waiting: `done` hears what came of it, on the writer's thread, and must not block.
    pub(super) fn write_soon<T: Send + 'static>(
        &self,
        doing: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
        done: Box<dyn FnOnce(Result<T>) + Send>,
    ) {
        let result = Arc::new(Mutex::new(None));
        let (slot, mut change) = (Arc::clone(&result), Some(change));
        let change = move |transaction: &Transaction<'_>| {
            if let Some(change) = change.take() {
                let value = change(transaction)?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            }
            Ok(())
        };
        let told = move |outcome: Result<()>| {
            let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
            done(outcome.and_then(|()| value.ok_or(Error::Closed)));
        };
        self.submit(doing, change, Box::new(told));
    }

    /// Hands a change to the writer; `done` hears on the writer's thread, and must not block.
    pub(super) fn submit(
        &self,
        doing: &'static str,
        change: impl FnMut(&Transaction<'_>) -> Outcome + Send + 'static,
        done: Box<dyn FnOnce(Result<()>) + Send>,
    ) {
        let job = Job { change: Box::new(change), doing, done };
        match &self.jobs {
            None => (job.done)(Err(Error::Closed)),
            Some(jobs) => {
                if let Err(refused) = jobs.send(job) {
                    (refused.0.done)(Err(Error::Closed));
                }
            }
        }
    }

    /// Runs a question on a reading connection.
    pub(super) fn read<T>(&self, doing: &'static str, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.path, flags).map_err(Error::sqlite("open"))?;
                connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;").map_err(Error::sqlite("set up"))?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS);
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

impl Drop for Database {
    fn drop(&mut self) {
        // Without senders the writer ends after what still waits.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<()> {
    let known = migrations.len() as u32;
    // Within one transaction, so that of two processes which open a new file one waits for the other.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Error::sqlite("migrate"))?;
    let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(Error::sqlite("read the version"))?;
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    for (from, statements) in migrations.iter().enumerate().skip(found as usize) {
        transaction.execute_batch(statements).map_err(Error::sqlite("migrate"))?;
        transaction.pragma_update(None, "user_version", from as u32 + 1).map_err(Error::sqlite("migrate"))?;
    }
    transaction.commit().map_err(Error::sqlite("migrate"))
}

/// The writer's thread: commits what waits, together.
fn write_all(mut connection: Connection, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP - 1));
        let outcomes = commit(&mut connection, &mut group);
        for (job, outcome) in group.into_iter().zip(outcomes) {
            (job.done)(outcome.map_err(Error::sqlite(job.doing)));
        }
    }
}

fn commit(connection: &mut Connection, group: &mut [Job]) -> Vec<Outcome> {
    let all = |error: &rusqlite::Error| -> Vec<Outcome> {
        let text = error.to_string();
        let again = || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code_of(error)), Some(text.clone()));
        (0..group.len()).map(|_| Err(again())).collect()
    };
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return all(&error),
    };
    let outcomes = group.iter_mut().map(|job| in_savepoint(&mut transaction, job)).collect();
    match transaction.commit() {
        Ok(()) => outcomes,
        Err(error) => {
            let text = error.to_string();
            let again = || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code_of(&error)), Some(text.clone()));
            (0..group.len()).map(|_| Err(again())).collect()
        }
    }
}

fn code_of(error: &rusqlite::Error) -> i32 {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => error.extended_code,
        _ => rusqlite::ffi::SQLITE_ERROR,
    }
}

fn in_savepoint(transaction: &mut Transaction<'_>, job: &mut Job) -> Outcome {
    transaction.prepare_cached("SAVEPOINT job")?.execute([])?;
    let outcome = (job.change)(transaction);
    if outcome.is_err() {
        transaction.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    transaction.prepare_cached("RELEASE job")?.execute([])?;
    outcome
}
