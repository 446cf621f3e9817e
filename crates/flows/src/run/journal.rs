//! The journal of a run: what each step took, gave and did, under (step pointer, iteration), so that a run can go on.
//!
//! The interpreter tells the journal when a step begins and when it has ended, and asks nothing of it while it runs. To go on
//! after an interruption it is given a [`Replay`] of what was stored: ended steps are taken from there, never repeated. What
//! of a failed attempt is kept for the next one is decided by [`carry_over`], a pure function.

use std::collections::HashMap;

use magpie_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::BoxFuture;
use super::fault::Fault;
use crate::definition::Effect;

/// Which execution of which step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepKey {
    /// JSON pointer of the task in its document, behind the pointers of the calls that led to that document.
    pub pointer: String,
    /// Counters of the loops around it, joined by `.`: `2` is the third item, `~1` the second visit by a backward `then`,
    /// `!1` the first retry of a `try`. Empty outside of all.
    pub iteration: String,
}

/// A step that begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Which.
    pub key: StepKey,
    /// Attempt of the run, from 1.
    pub attempt: u32,
    /// Name of the task.
    pub name: String,
    /// Keyword of the task: `call`, `set` ...
    pub kind: String,
    /// Its raw input.
    pub input: Value,
    /// When.
    pub started: Timestamp,
    /// Whether it may be repeated by itself if no end is ever told.
    pub repeatable: bool,
}

/// A step that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Which.
    pub key: StepKey,
    /// Attempt of the run, from 1.
    pub attempt: u32,
    /// Name of the task.
    pub name: String,
    /// Keyword of the task.
    pub kind: String,
    /// Its input after its filter.
    pub input: Value,
    /// How it ended.
    pub end: End,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum End {
    /// It has an output.
    Succeeded {
        /// The output after its filter.
        output: Value,
        /// The context after it, when it or a step in it exported.
        context: Option<Value>,
        /// Where the flow goes on, when not at the next task.
        next: Option<String>,
    },
    /// Its `if` did not hold.
    Skipped,
    /// It raised an error.
    Failed {
        /// The error.
        fault: Fault,
    },
}

/// The journal could not be written; the run stops and can be resumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the step could not be stored: {0}")]
pub struct JournalError(pub String);

/// Stores what happens. `begin` returns when the step is stored, since an effect follows; `finish` likewise.
pub trait Journal: Send + Sync {
    /// A step begins.
    fn begin<'a>(&'a self, step: &'a Begun) -> BoxFuture<'a, Result<(), JournalError>>;
    /// A step has ended.
    fn finish<'a>(&'a self, step: &'a Finished) -> BoxFuture<'a, Result<(), JournalError>>;
}

/// What was stored of a run.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    finished: HashMap<StepKey, Finished>,
    begun: HashMap<StepKey, Begun>,
}

impl Replay {
    /// From the stored steps; of several with one key the last stands.
    pub fn new(begun: impl IntoIterator<Item = Begun>, finished: impl IntoIterator<Item = Finished>) -> Self {
        let finished: HashMap<_, _> = finished.into_iter().map(|step| (step.key.clone(), step)).collect();
        let begun = begun.into_iter().filter(|step| !finished.contains_key(&step.key)).map(|step| (step.key.clone(), step)).collect();
        Self { finished, begun }
    }

    /// The stored end of a step.
    pub fn finished(&self, key: &StepKey) -> Option<&Finished> {
        self.finished.get(key)
    }

    /// A step that began and of whose end nothing is stored.
    pub fn interrupted(&self, key: &StepKey) -> Option<&Begun> {
        self.begun.get(key)
    }

    /// Interrupted steps that must not be repeated by themselves; they need a person's decision.
    pub fn doubtful(&self) -> Vec<&Begun> {
        let mut doubtful: Vec<&Begun> = self.begun.values().filter(|step| !step.repeatable).collect();
        doubtful.sort_by(|one, other| one.key.cmp(&other.key));
        doubtful
    }
}

/// Where a retry of a failed run goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryFrom {
    /// From the beginning: every step again.
    Start,
    /// From the step that failed: what has succeeded stays.
    FailedStep,
    /// From a step: it and all that began after it run again.
    Step(StepKey),
}

/// The ended steps that the next attempt takes over; the others run again. `fault` is what the attempt failed with.
pub fn carry_over(finished: &[Finished], from: &RetryFrom, fault: Option<&Fault>) -> Vec<Finished> {
    match from {
        RetryFrom::Start => Vec::new(),
        RetryFrom::FailedStep => {
            let failed = fault.map(|fault| fault.instance.as_str()).unwrap_or_default();
            let again = |step: &&Finished| matches!(step.end, End::Failed { .. }) && is_around(&step.key.pointer, failed);
            finished.iter().filter(|step| !again(step)).cloned().collect()
        }
        RetryFrom::Step(key) => {
            let Some(from) = finished.iter().find(|step| step.key == *key) else { return finished.to_vec() };
            let again = |step: &&Finished| step.key == *key || is_around(&step.key.pointer, &key.pointer) || step.started > from.started;
            finished.iter().filter(|step| !again(step)).cloned().collect()
        }
    }
}

/// Keys of the ended steps that would run again, in the order they ran: the preview of a retry.
pub fn would_repeat(finished: &[Finished], from: &RetryFrom, fault: Option<&Fault>) -> Vec<StepKey> {
    let kept = carry_over(finished, from, fault);
    let mut again: Vec<&Finished> = finished.iter().filter(|step| !kept.iter().any(|kept| kept.key == step.key)).collect();
    again.sort_by_key(|step| step.started);
    again.into_iter().map(|step| step.key.clone()).collect()
}

/// Whether a step is, or holds, the step at `inner`.
fn is_around(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Begun {
    /// The flag of an effect.
    pub fn repeatable(effect: Effect) -> bool {
        effect == Effect::Repeatable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Standard;

    fn step(pointer: &str, started: i64, ok: bool) -> Finished {
        let end = if ok {
            End::Succeeded { output: Value::Null, context: None, next: None }
        } else {
            End::Failed { fault: Fault::new(Standard::Runtime, "no").at("/do/1/try/catch/do/0/second") }
        };
        let key = StepKey { pointer: pointer.into(), iteration: String::new() };
        Finished {
            key,
            attempt: 1,
            name: String::new(),
            kind: String::new(),
            input: Value::Null,
            end,
            started: Timestamp(started),
            ended: Timestamp(started),
        }
    }

    #[test]
    fn what_runs_again_by_where_the_retry_starts() {
        let finished = [
            step("/do/0/first", 1, true),
            step("/do/1/try/try/0/caught", 3, false),
            step("/do/1/try/catch/do/0/second", 4, false),
            step("/do/1/try", 2, false),
        ];
        let End::Failed { fault } = &finished[3].end else { panic!("it failed") };
        let first = StepKey { pointer: "/do/0/first".into(), iteration: String::new() };
        for (from, expected) in [
            (RetryFrom::Start, vec!["/do/0/first", "/do/1/try", "/do/1/try/try/0/caught", "/do/1/try/catch/do/0/second"]),
            (RetryFrom::FailedStep, vec!["/do/1/try", "/do/1/try/catch/do/0/second"]),
            (RetryFrom::Step(first), vec!["/do/0/first", "/do/1/try", "/do/1/try/try/0/caught", "/do/1/try/catch/do/0/second"]),
            (RetryFrom::Step(finished[1].key.clone()), vec!["/do/1/try", "/do/1/try/try/0/caught", "/do/1/try/catch/do/0/second"]),
        ] {
            let again: Vec<String> = would_repeat(&finished, &from, Some(fault)).into_iter().map(|key| key.pointer).collect();
            assert_eq!(again, expected, "{from:?}");
        }
    }

    #[test]
    fn interrupted_steps_that_must_not_repeat_are_named() {
        let begun = |pointer: &str, repeatable| Begun {
            key: StepKey { pointer: pointer.into(), iteration: String::new() },
            attempt: 1,
            name: String::new(),
            kind: String::new(),
            input: Value::Null,
            started: Timestamp(0),
            repeatable,
        };
        let replay = Replay::new(
            [begun("/do/0/first", false), begun("/do/1/post", false), begun("/do/2/get", true)],
            [step("/do/0/first", 0, true)],
        );
        let doubtful: Vec<&str> = replay.doubtful().iter().map(|step| step.key.pointer.as_str()).collect();
        assert_eq!(doubtful, ["/do/1/post"]);
    }
}
