//! How a run's row follows its state: the pure step from an event to what is written.
//!
//! The state machine of `flows` says what an event means; here its answer becomes a change of the stored run, with the attempt
//! that began or ended. Functions of what they are given: the store calls them within a transaction.

use magpie_flows::retry::Policy;
use magpie_flows::run::state::{RunEvent, RunState};
use magpie_flows::run::{Fault, RetryFrom};
use magpie_model::Timestamp;
use magpie_model::run::{Attempt, Doubt, FaultNote, Status, StepName};
use magpie_model::time::MILLISECOND;
use magpie_store::runs::{Change, HeldRun, Lease};
use serde::{Deserialize, Serialize};

/// What an executor keeps of a run beside its row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Where it stands.
    pub(super) state: RunState,
    /// Where the next attempt goes on; settled once the attempt has begun.
    #[serde(default)]
    pub(super) from: Option<RetryFrom>,
    /// Whether a person decided that interrupted steps run again.
    #[serde(default)]
    pub(super) repeat_interrupted: bool,
    /// When the present attempt started, before any interruption.
    #[serde(default)]
    pub(super) attempt_started: Option<Timestamp>,
}

impl Plan {
    /// Of a run that was just triggered.
    pub(super) fn triggered(now: Timestamp) -> Self {
        Self { state: RunState::triggered(now), from: None, repeat_interrupted: false, attempt_started: None }
    }

    /// What is stored of a run; a state that cannot be read makes it one that has failed.
    pub(super) fn of(held: &HeldRun) -> Self {
        serde_json::from_value(held.state.clone()).unwrap_or_else(|_| {
            let mut plan = Self::triggered(held.run.queued);
            plan.state.status = held.run.status;
            plan.state.attempt = held.run.attempt;
            plan
        })
    }

    /// The form in which it is stored.
    pub(super) fn to_value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Moves a run; `None` when the event means nothing in its state.
pub(super) fn moved(held: HeldRun, event: RunEvent, policy: &Policy, now: Timestamp, random: f64) -> Option<Change> {
    let before = Plan::of(&held);
    let mut plan = before.clone();
    plan.state = before.state.after(event, policy, now, random).ok()?;
    let attempt = attempt_of(&before, &mut plan, now);
    Some(Change { attempt, ..Change::to(written(held, &plan, now)) })
}

/// Moves a run whose attempt has ended. One that is to be cancelled is not tried again because its attempt failed just before it heard.
pub(super) fn ended(held: HeldRun, event: RunEvent, policy: &Policy, now: Timestamp, random: f64) -> Option<Change> {
    let is_unwanted = held.cancel.is_some();
    let change = moved(held, event, policy, now, random)?;
    if !is_unwanted || change.held.run.status != Status::Retrying {
        return Some(change);
    }
    let cancelled = moved(change.held, RunEvent::Cancel, policy, now, random)?;
    Some(Change { attempt: change.attempt, ..cancelled })
}

/// Leases a run to an owner: one that is due begins or goes on, one that was abandoned goes on.
pub(super) fn leased(held: HeldRun, lease: Lease, policy: &Policy, now: Timestamp) -> Option<Change> {
    let before = Plan::of(&held);
    let mut plan = before.clone();
    if matches!(plan.state.status, Status::Running | Status::Waiting) {
        plan.state = plan.state.after(RunEvent::Interrupted, policy, now, 0.0).ok()?;
    }
    plan.state = plan.state.after(RunEvent::Leased, policy, now, 0.0).ok()?;
    let attempt = attempt_of(&before, &mut plan, now);
    let mut held = written(held, &plan, now);
    held.lease = Some(lease);
    Some(Change { attempt, ..Change::to(held) })
}

/// The attempt that began or ended between two states.
fn attempt_of(before: &Plan, after: &mut Plan, now: Timestamp) -> Option<Attempt> {
    let (was, is) = (&before.state, &after.state);
    if is.attempt > was.attempt {
        after.attempt_started = Some(now);
    }
    let started = after.attempt_started.unwrap_or(now);
    let is_active = |status: Status| matches!(status, Status::Running | Status::Waiting);
    let began = is.attempt > was.attempt && is_active(is.status);
    let could_not_start = is.attempt > was.attempt && !is_active(is.status);
    // One that was interrupted and waits to go on has not ended either.
    let was_open = is_active(was.status) || (was.status == Status::Queued && was.resumes);
    let ended = was_open && (is.status == Status::Retrying || is.status.is_final());
    if is.status == Status::Retrying {
        // What has succeeded stays: a retry goes on from the step that failed.
        after.from = Some(RetryFrom::FailedStep);
    }
    let status = if is.status == Status::Retrying { Status::Failed } else { is.status };
    let fault = is.fault.as_ref().map(note);
    if began {
        Some(Attempt { attempt: is.attempt, started, ended: None, status: Status::Running, fault: None })
    } else if ended || could_not_start {
        Some(Attempt { attempt: is.attempt, started, ended: Some(now), status, fault: fault.filter(|_| status != Status::Succeeded) })
    } else {
        None
    }
}

/// The row of a run in a state. Who holds it stays, while it is held at all.
pub(super) fn written(mut held: HeldRun, plan: &Plan, now: Timestamp) -> HeldRun {
    let (run, state) = (&mut held.run, &plan.state);
    let was_final = run.status.is_final();
    run.status = state.status;
    run.attempt = state.attempt;
    run.started = state.started;
    run.retries = state.retries;
    run.by_hand = state.by_hand;
    run.next_try = state.due.filter(|_| state.status == Status::Retrying);
    run.open = state.is_open_failure();
    run.first_try = state.status == Status::Succeeded && state.attempt == 1;
    run.fault = state.fault.as_ref().map(note);
    run.doubtful = state.doubtful.as_ref().map(|key| Doubt { pointer: key.pointer.clone(), iteration: key.iteration.clone() });
    if was_final && !state.status.is_final() {
        run.idle_ms += run.ended.filter(|_| run.started.is_some()).map_or(0.0, |ended| milliseconds(ended, now));
    }
    if !was_final || !state.status.is_final() {
        run.ended = state.status.is_final().then_some(now);
    }
    run.duration_ms = run.ended.zip(run.started).map(|(ended, started)| (milliseconds(started, ended) - run.idle_ms).max(0.0));
    run.step = run
        .fault
        .as_ref()
        // What ended the run as a whole, such as its own timeout, is in no step.
        .filter(|fault| !["", "/"].contains(&fault.pointer.as_str()))
        .map(|fault| StepName { pointer: fault.pointer.clone(), name: fault.pointer.rsplit('/').next().unwrap_or_default().to_owned() });
    if state.waived.is_none() {
        run.waived = None;
    }
    if !matches!(state.status, Status::Running | Status::Waiting) {
        held.lease = None;
        held.cancel = None;
    }
    held.due = state.due;
    held.state = plan.to_value();
    held
}

fn milliseconds(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from) as f64 / MILLISECOND as f64
}

/// An error as it is shown.
pub(super) fn note(fault: &Fault) -> FaultNote {
    FaultNote {
        kind: fault.kind.clone(),
        title: fault.title.clone(),
        detail: fault.detail.clone(),
        status: fault.status,
        pointer: fault.instance.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_flows::run::{Ending, JobId, Standard};
    use magpie_model::Signature;
    use magpie_model::run::{Run, RunKind, Trigger, TriggerKind};
    use magpie_model::time::SECOND;
    use serde_json::json;

    fn triggered() -> HeldRun {
        let trigger = Trigger { kind: TriggerKind::Manual, by: None, due: None };
        let run = Run::triggered(JobId::new(Timestamp(0), 0), "a.b", RunKind::Flow, trigger, Timestamp(0));
        HeldRun { run, state: Plan::triggered(Timestamp(0)).to_value(), due: Some(Timestamp(0)), lease: None, cancel: None }
    }

    fn lease() -> Lease {
        Lease { owner: "me".into(), until: Timestamp(100 * SECOND) }
    }

    /// Status, attempt, whether it is leased, when it is due in s, and the attempt that is written.
    fn told(change: &Change) -> (Status, u32, bool, Option<i64>, Option<(u32, Status)>) {
        let held = &change.held;
        let attempt = change.attempt.as_ref().map(|attempt| (attempt.attempt, attempt.status));
        (held.run.status, held.run.attempt, held.lease.is_some(), held.due.map(|due| due.0 / SECOND), attempt)
    }

    #[test]
    fn a_failure_is_tried_again_and_then_a_success() {
        let policy = Policy::RUN_DEFAULT;
        let at = |seconds: i64| Timestamp(seconds * SECOND);
        let first = leased(triggered(), lease(), &policy, at(1)).unwrap();
        assert_eq!(told(&first), (Status::Running, 1, true, None, Some((1, Status::Running))));
        let fault = Fault::new(Standard::Runtime, "no").at("/do/0/a");
        let failed = moved(first.held, RunEvent::Ended(Ending::Failed(fault)), &policy, at(2), 0.0).unwrap();
        assert_eq!(told(&failed), (Status::Retrying, 1, false, Some(12), Some((1, Status::Failed))));
        assert_eq!(Plan::of(&failed.held).from, Some(RetryFrom::FailedStep));
        assert_eq!(failed.held.run.step.as_ref().unwrap().name, "a");
        let second = leased(failed.held, lease(), &policy, at(12)).unwrap();
        let done = moved(second.held, RunEvent::Ended(Ending::Succeeded(json!(1))), &policy, at(13), 0.0).unwrap();
        assert_eq!(told(&done), (Status::Succeeded, 2, false, None, Some((2, Status::Succeeded))));
        let run = &done.held.run;
        assert_eq!((run.first_try, run.open, run.retries, run.duration_ms, run.ended), (false, false, 1, Some(12_000.0), Some(at(13))));
    }

    #[test]
    fn what_fails_just_before_it_hears_that_it_is_cancelled_is_not_tried_again() {
        let (policy, at) = (Policy::RUN_DEFAULT, |seconds: i64| Timestamp(seconds * SECOND));
        let mut first = leased(triggered(), lease(), &policy, at(1)).unwrap().held;
        first.cancel = Some(Signature { by: "ann".into(), at: at(2), comment: "enough".into() });
        let failure = |pointer: &str| RunEvent::Ended(Ending::Failed(Fault::new(Standard::Runtime, "no").at(pointer)));
        let cancelled = ended(first.clone(), failure("/do/0/a"), &policy, at(2), 0.0).unwrap();
        assert_eq!(told(&cancelled), (Status::Cancelled, 1, false, None, Some((1, Status::Failed))));
        first.cancel = None;
        assert_eq!(ended(first, failure("/do/0/a"), &policy, at(2), 0.0).unwrap().held.run.status, Status::Retrying);
    }

    #[test]
    fn the_hours_in_which_a_failure_waited_for_a_person_are_no_part_of_its_duration() {
        let (once, at) = (Policy { max_retries: Some(0), ..Policy::RUN_DEFAULT }, |seconds: i64| Timestamp(seconds * SECOND));
        let failure = || RunEvent::Ended(Ending::Failed(Fault::new(Standard::Runtime, "no").at("/do/0/a")));
        let first = leased(triggered(), lease(), &once, at(1)).unwrap();
        let failed = moved(first.held, failure(), &once, at(3), 0.0).unwrap();
        assert_eq!((failed.held.run.status, failed.held.run.duration_ms), (Status::Failed, Some(2_000.0)));
        let retried = moved(failed.held, RunEvent::RetryByHand, &once, at(7_203), 0.0).unwrap();
        assert_eq!((retried.held.run.idle_ms, retried.held.run.duration_ms), (7_200_000.0, None));
        let second = leased(retried.held, lease(), &once, at(7_204)).unwrap();
        let done = moved(second.held, RunEvent::Ended(Ending::Succeeded(json!(1))), &once, at(7_207), 0.0).unwrap();
        assert_eq!((done.held.run.status, done.held.run.duration_ms), (Status::Succeeded, Some(6_000.0)));
    }

    #[test]
    fn an_abandoned_run_goes_on_in_the_same_attempt() {
        let policy = Policy::RUN_DEFAULT;
        let first = leased(triggered(), lease(), &policy, Timestamp(SECOND)).unwrap();
        let again = leased(first.held, lease(), &policy, Timestamp(9 * SECOND)).unwrap();
        assert_eq!(told(&again), (Status::Running, 1, true, None, None));
        assert_eq!(Plan::of(&again.held).attempt_started, Some(Timestamp(SECOND)), "its timeout counts from there");
    }

    #[test]
    fn an_attempt_that_is_cancelled_while_it_waits_to_go_on_has_ended() {
        let policy = Policy::RUN_DEFAULT;
        let first = leased(triggered(), lease(), &policy, Timestamp(SECOND)).unwrap();
        let waits = moved(first.held, RunEvent::Interrupted, &policy, Timestamp(2 * SECOND), 0.0).unwrap();
        assert_eq!(told(&waits), (Status::Queued, 1, false, Some(2), None));
        let cancelled = moved(waits.held, RunEvent::Cancel, &policy, Timestamp(3 * SECOND), 0.0).unwrap();
        assert_eq!(told(&cancelled), (Status::Cancelled, 1, false, None, Some((1, Status::Cancelled))));
    }

    #[test]
    fn what_could_not_start_has_an_attempt_too() {
        let change =
            moved(triggered(), RunEvent::CouldNotStart("the queue is full".into()), &Policy::RUN_DEFAULT, Timestamp(0), 0.0).unwrap();
        assert_eq!(told(&change), (Status::Retrying, 1, false, Some(10), Some((1, Status::Failed))));
        assert!(moved(triggered(), RunEvent::GoesOn, &Policy::RUN_DEFAULT, Timestamp(0), 0.0).is_none());
    }
}
