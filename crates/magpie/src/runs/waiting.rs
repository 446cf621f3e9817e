//! Triggers while the store of runs is away: each is kept in a sealed file beside it, and entered when the store is back.
//!
//! Whoever triggered has a job id and an answer by then, so what is entered is a run in any case: one whose first attempt could not be
//! made, and which is tried again by itself. A reconciler: it looks at the files that wait and enters them, oldest first; entering one
//! twice makes one run, so it does not matter when a process is killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magpie_api::RunRefusal;
use magpie_model::run::{FlowRow, JobId, Run, Trigger};
use magpie_model::{Signature, Timestamp};
use magpie_store::embedded::TriggerSpool;
use magpie_store::runs::Cause;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shared::Shared;
use super::trigger::{self, Told, Wanted};

/// How often it is looked whether the store is back.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// The triggers that wait, and what they look like meanwhile.
pub(super) struct Waiting {
    spool: TriggerSpool,
    runs: Mutex<BTreeMap<JobId, Run>>,
}

impl Waiting {
    /// Those beside the store of this directory.
    pub(super) fn open(dir: &Path) -> magpie_store::Result<Self> {
        Ok(Self { spool: TriggerSpool::open(dir)?, runs: Mutex::default() })
    }

    /// The runs that the store does not have yet, as far as this process took them.
    pub(super) fn runs(&self) -> Vec<Run> {
        self.known().values().cloned().collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<JobId, Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a run is made of, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    row: FlowRow,
    revision: Option<u64>,
    input: Value,
    trigger: Trigger,
    late: bool,
    signature: Option<Signature>,
    time: Timestamp,
    away: String,
}

/// Keeps a trigger until the store is back. When it returns, it is on disk.
pub(super) fn keep(shared: &Shared, wanted: &Wanted, told: &Told) -> Result<Run, RunRefusal> {
    let Wanted { row, revision, input, trigger, late, signature, .. } = wanted;
    let away = told.away.clone().unwrap_or_default();
    let kept = Kept {
        row: row.clone(),
        revision: *revision,
        input: input.clone(),
        trigger: trigger.clone(),
        late: *late,
        signature: signature.clone(),
        time: told.time,
        away: away.clone(),
    };
    let bytes = serde_json::to_vec(&kept).map_err(|error| RunRefusal::Failed(error.to_string()))?;
    let run = trigger::first(shared, wanted, told)?.held.run;
    let waiting = &shared.waiting;
    if let Err(error) = waiting.spool.put(told.job_id, &bytes) {
        return Err(RunRefusal::Away(format!("{away}; and the trigger cannot be kept beside it: {}", crate::error::chain(&error))));
    }
    tracing::warn!(job_id = %told.job_id, flow = row.flow, away, "a trigger waits for the store of runs");
    waiting.known().insert(told.job_id, run.clone());
    shared.changed(&run);
    Ok(run)
}

/// One look at what waits.
pub(super) fn look(shared: &Arc<Shared>) {
    let found = match shared.waiting.spool.waiting() {
        Ok(found) => found,
        Err(error) => return tracing::error!(%error, "triggers that wait cannot be read"),
    };
    // What another process has entered is gone.
    shared.waiting.known().retain(|job_id, _| found.contains(job_id));
    for job_id in found {
        match enter(shared, job_id) {
            Ok(()) => drop(shared.waiting.known().remove(&job_id)),
            // The others would hear the same.
            Err(reason) => return tracing::warn!(%job_id, reason, "a trigger still waits for the store of runs"),
        }
    }
}

fn enter(shared: &Arc<Shared>, job_id: JobId) -> Result<(), String> {
    let spool = &shared.waiting.spool;
    let Some(kept) = read(spool, job_id)? else { return Ok(()) };
    let Kept { row, revision, input, trigger, late, signature, time, away } = kept;
    let wanted = Wanted { row, revision, input, trigger, cause: Cause::None, late, signature };
    trigger::enter(shared, &wanted, &Told { job_id, time, away: Some(away) }).map_err(|error| error.to_string())?;
    spool.remove(job_id).map_err(|error| error.to_string())
}

/// What was kept; one that this Magpie cannot read is put aside, so that it does not hold up others.
fn read(spool: &TriggerSpool, job_id: JobId) -> Result<Option<Kept>, String> {
    let kept = match spool.get(job_id) {
        Err(error @ magpie_store::Error::Io { .. }) => return Err(error.to_string()),
        Err(error) => Err(error.to_string()),
        Ok(None) => return Ok(None),
        Ok(Some(bytes)) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
    };
    match kept {
        Ok(kept) => Ok(Some(kept)),
        Err(reason) => {
            tracing::error!(%job_id, reason, "a trigger that waits cannot be read, and is put aside in `runs-waiting`");
            spool.put_aside(job_id).map(|()| None).map_err(|error| error.to_string())
        }
    }
}
