//! The executor: leases runs that are due, makes their attempts, and writes how they ended.
//!
//! A run has one owner: the task that makes its attempt, here or in another process. The queue is the table of runs; at most as
//! many attempts as there are places work at once, and what waits gives its place away. Leases are renewed while
//! a run is here; whoever loses one stops without writing.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use magpie_flows::retry::Policy;
use magpie_flows::run::state::RunEvent;
use magpie_model::run::{JobId, RunKind, Status};
use magpie_model::time::SECOND;
use magpie_store::runs::{Advance, HeldRun, Lease};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinSet;

use super::attempt;
use super::jobs;
use super::moves;
use super::shared::{Here, Shared, Stop};
use crate::serve::now;

/// Length of a lease, in ns.
pub(super) const LEASE: i64 = 15 * SECOND;
/// How often leases are renewed.
const RENEW: Duration = Duration::from_secs(4);
/// Longest time between two looks at the queue.
const LOOK: Duration = Duration::from_secs(1);
/// Runs leased at once.
const AT_ONCE: usize = 64;
/// Runs that are here at most, those that wait included; others stay in the table.
const HERE: usize = 20_000;

/// Leases and runs until it is aborted; the tasks of its runs end with it.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut attempts = JoinSet::new();
    loop {
        while attempts.try_join_next().is_some() {}
        if take(&shared, &mut attempts).await {
            continue;
        }
        tokio::select! {
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(until_due(&shared).await) => {}
            Some(_) = attempts.join_next() => {}
        }
    }
}

/// Takes what is due, as far as there is room; whether there may be more.
async fn take(shared: &Arc<Shared>, attempts: &mut JoinSet<()>) -> bool {
    let mut permits: Vec<OwnedSemaphorePermit> = Vec::new();
    while permits.len() < AT_ONCE && attempts.len() + permits.len() < HERE {
        let Ok(permit) = Arc::clone(&shared.places).try_acquire_owned() else { break };
        permits.push(permit);
    }
    if permits.is_empty() {
        // Somebody ends or waits soon; until then there is no place.
        tokio::time::sleep(Duration::from_millis(5)).await;
        return false;
    }
    let (leasing, wanted) = (Arc::clone(shared), permits.len());
    let taken = tokio::task::spawn_blocking(move || leasing.store.lease(now(), wanted, leasing_by(&leasing))).await;
    let taken = match taken {
        Ok(Ok(taken)) => taken,
        Ok(Err(error)) => {
            tracing::error!(%error, "runs cannot be leased");
            return false;
        }
        Err(_) => return false,
    };
    let is_full = taken.len() == wanted;
    for held in taken {
        let Some(permit) = permits.pop() else { break };
        start(shared, attempts, held, permit);
    }
    is_full
}

/// What a run is after it is leased. A watched job that gives no sign of life has failed; one that is to be cancelled is.
fn leasing_by(shared: &Arc<Shared>) -> Advance {
    let (owner, until, policy) = (shared.owner.clone(), shared.lease_until(), shared.policy(None));
    Arc::new(move |held: HeldRun| {
        let time = now();
        if held.run.kind == RunKind::Job {
            return jobs::lost(held, &policy, time);
        }
        if held.cancel.is_some() {
            return moves::moved(held, RunEvent::Cancel, &policy, time, 0.0);
        }
        moves::leased(held, Lease { owner: owner.clone(), until }, &policy, time)
    })
}

fn start(shared: &Arc<Shared>, attempts: &mut JoinSet<()>, held: HeldRun, permit: OwnedSemaphorePermit) {
    let job_id = held.run.job_id;
    let (stop, stopped) = mpsc::channel(1);
    shared.here.lock().unwrap_or_else(PoisonError::into_inner).insert(job_id, Here { stop });
    shared.changed(&held.run);
    let shared = Arc::clone(shared);
    attempts.spawn(async move {
        let going = Going(Arc::clone(&shared), job_id);
        attempt::make(&shared, held, permit, stopped).await;
        drop(going);
        shared.wake.notify_one();
    });
}

/// Takes a run off the list of those that are here, however its task ends.
struct Going(Arc<Shared>, JobId);

impl Drop for Going {
    fn drop(&mut self) {
        self.0.here.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// How long until something is due, at most until the next look.
async fn until_due(shared: &Arc<Shared>) -> Duration {
    let store = Arc::clone(&shared.store);
    let next = tokio::task::spawn_blocking(move || store.next_due(now())).await;
    match next {
        Ok(Ok(Some(due))) => Duration::from_nanos(due.since(now()).max(0).unsigned_abs()).min(LOOK),
        _ => LOOK,
    }
}

/// Renews leases until it is aborted.
pub(super) async fn renew(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(RENEW).await;
        let jobs: Vec<JobId> = shared.here.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        if jobs.is_empty() {
            continue;
        }
        let (renewing, asked) = (Arc::clone(&shared), jobs.clone());
        let renewed = tokio::task::spawn_blocking(move || renewing.store.renew(&renewing.owner, renewing.lease_until(), &asked)).await;
        let renewed = match renewed {
            Ok(Ok(renewed)) => renewed,
            Ok(Err(error)) => {
                tracing::error!(%error, "leases of runs cannot be renewed");
                continue;
            }
            Err(_) => continue,
        };
        let here = shared.here.lock().unwrap_or_else(PoisonError::into_inner);
        for job_id in jobs {
            let answer = renewed.iter().find(|(renewed, _)| *renewed == job_id);
            let stop = match answer {
                None => Stop::Lost,
                Some((_, Some(_))) => Stop::Cancelled,
                Some((_, None)) => continue,
            };
            if let Some(here) = here.get(&job_id) {
                // A run that was told already does not need to hear it twice.
                let _ = here.stop.try_send(stop);
            }
        }
    }
}

/// Moves a run that nobody works on, or tells who works on it; gives it as it is then.
pub(super) fn cancel(shared: &Arc<Shared>, job_id: JobId, signature: magpie_model::Signature) -> magpie_store::Result<Option<HeldRun>> {
    let advance: Advance = Arc::new(move |mut held: HeldRun| {
        let audit = Some(("cancel run".to_owned(), signature.clone()));
        if held.lease.is_some() && held.run.kind == RunKind::Flow {
            held.cancel = Some(signature.clone());
            return Some(magpie_store::runs::Change { audit, ..magpie_store::runs::Change::to(held) });
        }
        let change = moves::moved(held, RunEvent::Cancel, &Policy::RUN_DEFAULT, now(), 0.0)?;
        Some(magpie_store::runs::Change { audit, ..change })
    });
    let held = shared.store.change(job_id, None, advance)?;
    if let Some(held) = &held {
        shared.changed(&held.run);
        if held.run.status != Status::Cancelled
            && let Some(here) = shared.here.lock().unwrap_or_else(PoisonError::into_inner).get(&job_id)
        {
            let _ = here.stop.try_send(Stop::Cancelled);
        }
        shared.wake.notify_one();
    }
    Ok(held)
}
