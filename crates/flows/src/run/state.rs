//! The state machine of a run: what an event means for it, as one pure function.
//!
//! ```text
//! queued ─► running ⇄ waiting ─► succeeded
//!    ▲         │
//!    │         ├─► retrying ─► running …
//!    │         ├─► failed | timed_out | cancelled ──(a person retries)──► queued
//!    └─────────┘ interrupted: goes on after its last finished step, the same attempt
//! ```

use magpie_model::Timestamp;
pub use magpie_model::run::Status;
use serde::{Deserialize, Serialize};

use super::fault::{Fault, Standard};
use super::interpreter::Ending;
use super::journal::StepKey;
use crate::retry::Policy;

/// A run's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// Where it stands.
    pub status: Status,
    /// The attempt that runs or ran last; 0 before the first.
    pub attempt: u32,
    /// Attempts that were retries by the policy.
    pub retries: u32,
    /// Those of them before a person retried last, which the policy's limits no longer count.
    #[serde(default)]
    pub retries_before: u32,
    /// Whether a person retried. The policy's counts and times then begin anew.
    pub by_hand: bool,
    /// Whether the attempt was interrupted and goes on instead of beginning.
    pub resumes: bool,
    /// When the first attempt started.
    pub started: Option<Timestamp>,
    /// When the first attempt started that the policy's limits count: since the trigger or since a person retried.
    #[serde(default)]
    pub counted_from: Option<Timestamp>,
    /// When it is due; for `queued` and `retrying`.
    pub due: Option<Timestamp>,
    /// What the last attempt failed with.
    pub fault: Option<Fault>,
    /// An interrupted step that only a person may repeat.
    pub doubtful: Option<StepKey>,
    /// Why a person gave up a failed run.
    pub waived: Option<String>,
}

/// What happens to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    /// A worker begins, or goes on with, an attempt.
    Leased,
    /// The attempt waits.
    Waits,
    /// The attempt goes on after waiting.
    GoesOn,
    /// The attempt has ended.
    Ended(Ending),
    /// The attempt could not be started, and why.
    CouldNotStart(String),
    /// The worker is gone; its lease ran out.
    Interrupted,
    /// A person cancels.
    Cancel,
    /// A person retries; also decides about a doubtful step.
    RetryByHand,
    /// A person gives a failed run up, with a reason.
    Waive(String),
}

/// An event that means nothing in a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run that is {status} cannot {event}")]
pub struct Refused {
    status: &'static str,
    event: &'static str,
}

impl RunState {
    /// A run that was just triggered.
    pub fn triggered(now: Timestamp) -> Self {
        Self {
            status: Status::Queued,
            attempt: 0,
            retries: 0,
            retries_before: 0,
            by_hand: false,
            resumes: false,
            started: None,
            counted_from: None,
            due: Some(now),
            fault: None,
            doubtful: None,
            waived: None,
        }
    }

    /// Whether it stands in the failure inbox.
    pub fn is_open_failure(&self) -> bool {
        matches!(self.status, Status::Failed | Status::TimedOut) && self.waived.is_none()
    }

    /// The state after an event; `random` lies in 0..1.
    ///
    /// # Errors
    /// When the event cannot happen in this state.
    pub fn after(&self, event: RunEvent, policy: &Policy, now: Timestamp, random: f64) -> Result<Self, Refused> {
        use Status::{Cancelled, Failed, Queued, Retrying, Running, Succeeded, TimedOut, Waiting};
        let mut next = self.clone();
        match (self.status, event) {
            (Queued | Retrying, RunEvent::Leased) => {
                next.begins(now);
                next.status = Running;
                next.resumes = false;
                next.due = None;
            }
            (Running, RunEvent::Waits) => next.status = Waiting,
            (Waiting, RunEvent::GoesOn) => next.status = Running,
            (Running | Waiting, RunEvent::Ended(ending)) => return Ok(self.ended(ending, policy, now, random)),
            (Queued | Retrying, RunEvent::CouldNotStart(reason)) => {
                next.begins(now);
                let fault = Fault::new(Standard::Configuration, format!("it could not be started: {reason}"));
                return Ok(next.failed(fault, Failed, policy, now, random));
            }
            (Running | Waiting, RunEvent::Interrupted) => next.goes_on(now),
            (Queued | Running | Waiting | Retrying, RunEvent::Cancel) => {
                next.status = Cancelled;
                next.due = None;
            }
            (Failed | TimedOut | Cancelled | Retrying, RunEvent::RetryByHand) => {
                next.status = Queued;
                next.due = Some(now);
                next.by_hand = true;
                next.resumes = false;
                next.retries_before = self.retries;
                next.counted_from = None;
                next.waived = None;
                next.doubtful = None;
            }
            (Failed | TimedOut, RunEvent::Waive(reason)) if self.waived.is_none() => next.waived = Some(reason),
            (Succeeded | Failed | Cancelled | TimedOut | Queued | Running | Waiting | Retrying, event) => {
                return Err(Refused { status: self.status.name(), event: verb(&event) });
            }
        }
        Ok(next)
    }

    fn ended(&self, ending: Ending, policy: &Policy, now: Timestamp, random: f64) -> Self {
        let mut next = self.clone();
        match ending {
            Ending::Succeeded(_) => {
                next.status = Status::Succeeded;
                next.fault = None;
            }
            Ending::Failed(fault) => return next.failed(fault, Status::Failed, policy, now, random),
            Ending::TimedOut(fault) => return next.failed(fault, Status::TimedOut, policy, now, random),
            Ending::Doubtful(step) => {
                next.status = Status::Failed;
                let detail = "it was interrupted in this step, and repeating it could do something twice";
                next.fault = Some(Fault::new(Standard::Runtime, detail).at(&step.pointer));
                next.doubtful = Some(step);
            }
            Ending::Suspended(_) => next.goes_on(now),
        }
        next
    }

    /// An attempt starts, unless the one before goes on.
    fn begins(&mut self, now: Timestamp) {
        if self.resumes {
            return;
        }
        self.attempt += 1;
        self.started.get_or_insert(now);
        if self.retries == self.retries_before {
            self.counted_from = Some(now);
        }
    }

    /// The same attempt goes on.
    fn goes_on(&mut self, now: Timestamp) {
        self.status = Status::Queued;
        self.resumes = true;
        self.due = Some(now);
    }

    /// A failed attempt: tried again if the policy says so, else failed for good.
    fn failed(mut self, fault: Fault, for_good: Status, policy: &Policy, now: Timestamp, random: f64) -> Self {
        // What was stored before limits began anew knows only its first start.
        let elapsed = now.since(self.counted_from.or(self.started).unwrap_or(now));
        let pause = policy.pause(self.retries.saturating_sub(self.retries_before) + 1, elapsed, random);
        self.fault = Some(fault);
        self.resumes = false;
        match pause {
            Some(pause) => {
                self.status = Status::Retrying;
                self.retries += 1;
                self.due = Some(now.plus(pause));
            }
            None => {
                self.status = for_good;
                self.due = None;
            }
        }
        self
    }
}

fn verb(event: &RunEvent) -> &'static str {
    match event {
        RunEvent::Leased => "be leased",
        RunEvent::Waits => "wait",
        RunEvent::GoesOn => "go on",
        RunEvent::Ended(_) => "end",
        RunEvent::CouldNotStart(_) => "fail to start",
        RunEvent::Interrupted => "be interrupted",
        RunEvent::Cancel => "be cancelled",
        RunEvent::RetryByHand => "be retried",
        RunEvent::Waive(_) => "be waived",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::Backoff;
    use magpie_model::time::SECOND;
    use serde_json::json;

    fn failed() -> RunEvent {
        RunEvent::Ended(Ending::Failed(Fault::new(Standard::Runtime, "no")))
    }

    fn timed_out() -> RunEvent {
        RunEvent::Ended(Ending::TimedOut(Fault::new(Standard::Timeout, "late")))
    }

    fn doubtful() -> RunEvent {
        RunEvent::Ended(Ending::Doubtful(StepKey { pointer: "/do/0/post".into(), iteration: String::new() }))
    }

    /// The story of a run: events, and after each the status, the attempt and in how many seconds it is due.
    #[test]
    fn stories() {
        use RunEvent::{Cancel, CouldNotStart, GoesOn, Interrupted, Leased, RetryByHand, Waits};
        let succeeded = || RunEvent::Ended(Ending::Succeeded(json!(1)));
        let suspended = || RunEvent::Ended(Ending::Suspended(crate::run::JournalError("away".into())));
        for (name, story) in [
            ("the first try", vec![(Leased, "running 1"), (Waits, "waiting 1"), (GoesOn, "running 1"), (succeeded(), "succeeded 1")]),
            (
                "the second try",
                vec![(Leased, "running 1"), (failed(), "retrying 1 10s"), (Leased, "running 2"), (succeeded(), "succeeded 2")],
            ),
            (
                "all fail, then a person retries",
                vec![
                    (Leased, "running 1"),
                    (failed(), "retrying 1 10s"),
                    (Leased, "running 2"),
                    (failed(), "retrying 2 20s"),
                    (Leased, "running 3"),
                    (failed(), "failed 3"),
                    (RetryByHand, "queued 3 0s"),
                    (Leased, "running 4"),
                    (failed(), "retrying 4 10s"),
                    (Leased, "running 5"),
                    (failed(), "retrying 5 20s"),
                    (Leased, "running 6"),
                    (failed(), "failed 6"),
                    (RetryByHand, "queued 6 0s"),
                    (Leased, "running 7"),
                    (succeeded(), "succeeded 7"),
                ],
            ),
            (
                "a person does not want to wait for the next retry",
                vec![
                    (Leased, "running 1"),
                    (failed(), "retrying 1 10s"),
                    (RetryByHand, "queued 1 0s"),
                    (Leased, "running 2"),
                    (failed(), "retrying 2 10s"),
                ],
            ),
            (
                "interrupted",
                vec![
                    (Leased, "running 1"),
                    (Interrupted, "queued 1 0s"),
                    (Leased, "running 1"),
                    (suspended(), "queued 1 0s"),
                    (Leased, "running 1"),
                ],
            ),
            (
                "cancelled while it was to go on",
                vec![
                    (Leased, "running 1"),
                    (Interrupted, "queued 1 0s"),
                    (Cancel, "cancelled 1"),
                    (RetryByHand, "queued 1 0s"),
                    (Leased, "running 2"),
                ],
            ),
            (
                "never started",
                vec![
                    (CouldNotStart("queue full".into()), "retrying 1 10s"),
                    (CouldNotStart("again".into()), "retrying 2 20s"),
                    (CouldNotStart("again".into()), "failed 3"),
                ],
            ),
            (
                "too slow",
                vec![
                    (Leased, "running 1"),
                    (timed_out(), "retrying 1 10s"),
                    (Leased, "running 2"),
                    (timed_out(), "retrying 2 20s"),
                    (Leased, "running 3"),
                    (timed_out(), "timed_out 3"),
                ],
            ),
            ("doubtful", vec![(Leased, "running 1"), (doubtful(), "failed 1"), (RetryByHand, "queued 1 0s"), (Leased, "running 2")]),
            (
                "cancelled",
                vec![
                    (Leased, "running 1"),
                    (Waits, "waiting 1"),
                    (Cancel, "cancelled 1"),
                    (RetryByHand, "queued 1 0s"),
                    (Cancel, "cancelled 1"),
                ],
            ),
        ] {
            let now = Timestamp(1_000 * SECOND);
            let mut state = RunState::triggered(now);
            for (event, expected) in story {
                let shown = format!("{event:?}");
                state = state.after(event, &Policy::RUN_DEFAULT, now, 0.0).unwrap_or_else(|error| panic!("{name}: {error}"));
                let due = state.due.map_or(String::new(), |due| format!(" {}s", due.since(now) / SECOND));
                assert_eq!(format!("{} {}{due}", state.status.name(), state.attempt), expected, "{name}: {shown}");
            }
        }
    }

    #[test]
    fn the_limit_of_the_whole_time_begins_anew_when_a_person_retries() {
        let policy = Policy { delay: SECOND, backoff: Backoff::Constant, total_limit: Some(10 * SECOND), ..Policy::RUN_DEFAULT };
        let at = |seconds: i64| Timestamp(seconds * SECOND);
        let after = |state: RunState, event: RunEvent, seconds: i64| state.after(event, &policy, at(seconds), 0.0).unwrap();
        let running = after(RunState::triggered(at(0)), RunEvent::Leased, 0);
        let given_up = after(running, failed(), 10);
        assert_eq!(given_up.status, Status::Failed, "a retry would start after the limit");
        // An hour later; it waits for its turn for longer than the limit is.
        let queued = after(given_up, RunEvent::RetryByHand, 3_600);
        let again = after(after(queued, RunEvent::Leased, 3_620), failed(), 3_621);
        assert_eq!((again.status, again.due, again.started), (Status::Retrying, Some(at(3_622)), Some(at(0))));
        let over = after(after(again, RunEvent::Leased, 3_622), failed(), 3_630);
        assert_eq!((over.status, over.retries), (Status::Failed, 1), "ten seconds after the retry by hand");
    }

    #[test]
    fn what_cannot_happen_is_refused() {
        let now = Timestamp(0);
        let start = RunState::triggered(now);
        let running = start.after(RunEvent::Leased, &Policy::RUN_DEFAULT, now, 0.0).unwrap();
        let done = running.after(RunEvent::Ended(Ending::Succeeded(json!(1))), &Policy::RUN_DEFAULT, now, 0.0).unwrap();
        for (state, event, words) in [
            (&start, RunEvent::Waits, "a run that is queued cannot wait"),
            (&running, RunEvent::Leased, "a run that is running cannot be leased"),
            (&running, RunEvent::RetryByHand, "cannot be retried"),
            (&done, RunEvent::Cancel, "a run that is succeeded cannot be cancelled"),
            (&done, RunEvent::Waive("x".into()), "cannot be waived"),
        ] {
            let error = state.after(event, &Policy::RUN_DEFAULT, now, 0.0).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_failure_is_open_until_it_is_waived_or_retried() {
        let now = Timestamp(0);
        let policy = Policy { max_retries: Some(0), ..Policy::RUN_DEFAULT };
        let running = RunState::triggered(now).after(RunEvent::Leased, &policy, now, 0.0).unwrap();
        let failed = running.after(failed(), &policy, now, 0.0).unwrap();
        assert!(failed.is_open_failure() && failed.status.is_final());
        let waived = failed.after(RunEvent::Waive("known".into()), &policy, now, 0.0).unwrap();
        assert!(!waived.is_open_failure());
        assert!(!failed.after(RunEvent::RetryByHand, &policy, now, 0.0).unwrap().is_open_failure());
    }
}
