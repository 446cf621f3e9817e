//! The embedded store of flows and runs: tables of one SQLite file, with what retries need encrypted.
//!
//! A file of its own and not tables beside the alerts: the journal of runs is written all the time, and judging must not
//! wait behind it; and two Magpies may share this file alone. `queue` makes, leases and moves runs; `steps` is the journal;
//! `flows`, `schedules` and `events` keep what triggers, `spool` keeps triggers while the file is away; `reading` and `overview` answer; `upkeep` forgets.

mod events;
mod filter;
mod flows;
mod overview;
mod queue;
mod reading;
mod schedules;
mod spool;
mod steps;
mod tables;
mod upkeep;
mod vault;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use magpie_model::Signature;
use magpie_model::Timestamp;
use magpie_model::attention::AuditEntry;
use magpie_model::query::TimeRange;
use magpie_model::run::{
    DueRow, DueTally, Failures, FlowRow, FlowVersion, JobId, Overview, OverviewQuery, RunDetail, RunFilter, RunPage, RunQuery, Standing,
    StepData, StepRow, Superseded,
};
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::attention;
use super::database::Database;
use crate::runs::{
    Advance, Done, DueNote, FlowChange, FlowChanged, HeldRun, Inserted, KeptStep, NewRun, RunStore, StepId, StepWrite, StoredEvent, Swept,
};
use crate::{Error, Result};
pub use spool::TriggerSpool;
use vault::Vault;

/// Flows and runs in one SQLite file.
pub struct SqliteRuns {
    database: Database,
    vault: Arc<Vault>,
}

impl SqliteRuns {
    /// Opens the database and the key of a directory, or makes them, and brings the tables to the present version.
    pub fn open(dir: &Path) -> Result<Self> {
        let database = Database::open(dir, "runs.db", &tables::MIGRATIONS)?;
        Ok(Self { database, vault: Arc::new(Vault::open(dir)?) })
    }
}

/// For values that are kept as JSON.
fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// For values that are kept as JSON.
fn from_json<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// A word that only this program writes.
fn known<T>(found: Option<T>, what: &str) -> rusqlite::Result<T> {
    found.ok_or_else(|| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, format!("`{what}` is not known").into()))
}

fn job_of(bytes: &[u8]) -> rusqlite::Result<JobId> {
    let bytes: [u8; 16] =
        bytes.try_into().map_err(|_| rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, "a job id has 16 bytes".into()))?;
    Ok(JobId::from_bytes(bytes))
}

impl RunStore for SqliteRuns {
    fn flows(&self) -> Result<Vec<FlowRow>> {
        self.database.read("read flows", |connection| flows::all(connection, None))
    }

    fn flow(&self, flow: &str) -> Result<Option<FlowRow>> {
        Ok(self.database.read("read a flow", |connection| flows::all(connection, Some(flow)))?.pop())
    }

    fn change_flow(&self, change: FlowChange) -> Result<FlowChanged> {
        self.database.write("change a flow", move |transaction| flows::change(transaction, change))
    }

    fn versions(&self, flow: &str) -> Result<Vec<FlowVersion>> {
        self.database.read("read a flow's versions", |connection| flows::versions(connection, flow))
    }

    fn version(&self, flow: &str, revision: u64) -> Result<Option<(FlowVersion, String)>> {
        self.database.read("read a flow's version", |connection| flows::version(connection, flow, revision))
    }

    fn insert_soon(&self, run: NewRun, done: Box<dyn FnOnce(Result<Inserted>) + Send>) {
        let vault = Arc::clone(&self.vault);
        self.database.write_soon("make a run", move |transaction| queue::insert(transaction, &vault, &run), done);
    }

    fn lease(&self, now: Timestamp, limit: usize, advance: Advance) -> Result<Vec<HeldRun>> {
        let vault = Arc::clone(&self.vault);
        self.database.write("lease runs", move |transaction| queue::lease(transaction, &vault, now, limit, &advance))
    }

    fn queued(&self) -> Result<u64> {
        self.database.read("count queued runs", queue::queued)
    }

    fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>> {
        self.database.read("read when a run is due", |connection| queue::next_due(connection, after))
    }

    fn change(&self, job_id: JobId, owner: Option<&str>, advance: Advance) -> Result<Option<HeldRun>> {
        let (vault, owner) = (Arc::clone(&self.vault), owner.map(str::to_owned));
        self.database.write("change a run", move |transaction| queue::change(transaction, &vault, job_id, owner.as_deref(), &advance))
    }

    fn renew(&self, owner: &str, until: Timestamp, jobs: &[JobId]) -> Result<Vec<(JobId, Option<Signature>)>> {
        let (owner, jobs) = (owner.to_owned(), jobs.to_vec());
        self.database.write("renew leases", move |transaction| queue::renew(transaction, &owner, until, &jobs))
    }

    fn release(&self, instance: &str) -> Result<u64> {
        let instance = instance.to_owned();
        self.database.write("release leases", move |transaction| queue::release(transaction, &instance))
    }

    fn held(&self, job_id: JobId) -> Result<Option<HeldRun>> {
        self.database.read("read a run", |connection| queue::held(connection, job_id))
    }

    fn kept_input(&self, job_id: JobId) -> Result<Option<Vec<u8>>> {
        let kept = self.database.read("read a kept input", |connection| queue::kept_input(connection, job_id))?;
        kept.map(|sealed| self.vault.open_input(job_id, &sealed)).transpose()
    }

    fn write_step(&self, step: StepWrite, done: Done) {
        let sealed = self.vault.seal_step(step.job_id, &step_id(&step.row), &step.kept);
        let lost = |outcome: Result<()>| match outcome {
            Err(Error::Sqlite { source: rusqlite::Error::StatementChangedRows(0), .. }) => Err(Error::NotHeld),
            outcome => outcome,
        };
        self.database.submit(
            "store a step",
            move |transaction| steps::write(transaction, &step, &sealed),
            Box::new(move |outcome| done(lost(outcome))),
        );
    }

    fn kept_steps(&self, job_id: JobId) -> Result<Vec<KeptStep>> {
        let mut kept = self.database.read("read a run's journal", |connection| steps::kept(connection, job_id))?;
        for step in &mut kept {
            step.kept = self.vault.open_step(job_id, &step.id, &step.kept)?;
        }
        Ok(kept)
    }

    fn runs(&self, query: &RunQuery) -> Result<RunPage> {
        self.database.read("read runs", |connection| reading::page(connection, query))
    }

    fn find(&self, job_id: &str) -> Result<Vec<JobId>> {
        self.database.read("find a run", |connection| reading::find(connection, job_id))
    }

    fn run(&self, job_id: JobId) -> Result<Option<RunDetail>> {
        self.database.read("read a run", |connection| reading::detail(connection, job_id))
    }

    fn steps(&self, job_id: JobId) -> Result<Vec<StepRow>> {
        self.database.read("read a run's steps", |connection| steps::rows(connection, job_id))
    }

    fn step_data(&self, job_id: JobId, step: &StepId) -> Result<Option<StepData>> {
        self.database.read("read a step", |connection| steps::data(connection, job_id, step))
    }

    fn overview(&self, query: &OverviewQuery) -> Result<Overview> {
        self.database.read("read the overview", |connection| overview::overview(connection, query))
    }

    fn failures(&self, filter: &RunFilter, limit: usize) -> Result<Failures> {
        let conditions = filter::Conditions::of(filter, true);
        self.database.read("read the failure inbox", |connection| overview::failures(connection, &conditions, limit))
    }

    fn standings(&self, jobs: &[JobId]) -> Result<BTreeMap<JobId, Standing>> {
        self.database.read("read where runs stand", |connection| reading::standings(connection, jobs))
    }

    fn superseded(&self, filter: &RunFilter) -> Result<Vec<Superseded>> {
        self.database.read("read superseded attempts", |connection| reading::superseded(connection, filter))
    }

    fn due_rows(&self, flow: Option<&str>, range: TimeRange) -> Result<Vec<DueRow>> {
        self.database.read("read due times", |connection| schedules::rows(connection, flow, range))
    }

    fn due_tallies(&self, range: TimeRange, step: i64) -> Result<Vec<DueTally>> {
        self.database.read("count due times", |connection| schedules::tallies(connection, range, step))
    }

    fn last_due(&self, flow: &str) -> Result<Option<Timestamp>> {
        self.database.read("read the last due time", |connection| schedules::last(connection, flow))
    }

    fn note_due(&self, notes: Vec<DueNote>) -> Result<u64> {
        self.database.write("note due times", move |transaction| schedules::note(transaction, &notes))
    }

    fn put_event(&self, event: &Value, at: Timestamp) -> Result<(u64, bool)> {
        let event = event.clone();
        self.database.write("store an event", move |transaction| events::put(transaction, &event, at))
    }

    fn events(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>> {
        self.database.read("read events", |connection| events::after(connection, after, limit))
    }

    fn event_before(&self, at: Timestamp) -> Result<u64> {
        self.database.read("read events", |connection| events::before(connection, at))
    }

    fn consumed(&self, flow: &str) -> Result<Option<u64>> {
        self.database.read("read what a flow consumed", |connection| events::consumed(connection, flow))
    }

    fn begin_consuming(&self, flow: &str, after: u64) -> Result<u64> {
        let flow = flow.to_owned();
        self.database.write("note what a flow consumed", move |transaction| events::begin_consuming(transaction, &flow, after))
    }

    fn renew_usual(&self) -> Result<()> {
        self.database.write("renew what is usual", upkeep::renew_usual)
    }

    fn sweep(&self, before: Timestamp) -> Result<Swept> {
        self.database.write("remove old runs", move |transaction| upkeep::sweep(transaction, before))
    }

    fn audit(&self, subject: Option<&str>, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>> {
        self.database.read("read what was changed", |connection| attention::audit(connection, subject, before, limit))
    }
}

fn step_id(row: &StepRow) -> StepId {
    StepId { pointer: row.pointer.clone(), iteration: row.iteration.clone(), attempt: row.attempt }
}
