//! The steps of a run, keyed by pointer, iteration and attempt.

use serde::{Deserialize, Serialize};

use super::{Attempt, FaultNote, Shown};
use crate::Timestamp;
use crate::time::MILLISECOND;

/// How a step ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// It began, and nothing is known of its end.
    Running,
    /// It has an output.
    Succeeded,
    /// Its condition did not hold.
    Skipped,
    /// It raised an error, or was interrupted where nobody knows what it has done.
    Failed,
    /// What it was part of ended before it: its run was cancelled, its attempt took too long, or another branch was faster.
    Cancelled,
    /// The attempt ended before it.
    Unreached,
}

impl StepStatus {
    /// Its name in API and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unreached => "unreached",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Running, Self::Succeeded, Self::Skipped, Self::Failed, Self::Cancelled, Self::Unreached];
        all.into_iter().find(|status| status.name() == name)
    }
}

/// One execution of a step, as a timeline shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// JSON pointer of the task.
    pub pointer: String,
    /// Counters of the loops around it; empty outside of all.
    pub iteration: String,
    /// Attempt of the run.
    pub attempt: u32,
    /// Name of the task.
    pub name: String,
    /// Keyword of the task: `call`, `set` ...
    pub kind: String,
    /// How many steps it is in.
    pub depth: u32,
    /// Pointer of the step it is in.
    pub parent: Option<String>,
    /// How it ended.
    pub status: StepStatus,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How long it took, in ms.
    pub duration_ms: Option<f64>,
    /// What it did, such as `GET /orders`.
    pub operation: Option<String>,
    /// Host and port that it called.
    pub target: Option<String>,
    /// Module of that host, where it is known.
    pub target_module: Option<String>,
    /// The error it raised.
    pub fault: Option<FaultNote>,
}

/// Ends the steps whose own end nobody could write, because what they were part of ended first: the task around them, or the attempt. Needs
/// each step's parent.
pub fn settle(steps: &mut [StepRow], attempts: &[Attempt]) {
    let ends: Vec<Option<End>> = steps.iter().map(|step| end_of(step, steps, attempts)).collect();
    for (step, end) in steps.iter_mut().zip(ends) {
        let Some(End { at, status, fault }) = end else { continue };
        (step.status, step.ended, step.fault) = (status, Some(at), fault);
        step.duration_ms = step.started.map(|started| at.since(started) as f64 / MILLISECOND as f64);
    }
}

struct End {
    at: Timestamp,
    status: StepStatus,
    fault: Option<FaultNote>,
}

fn end_of(step: &StepRow, steps: &[StepRow], attempts: &[Attempt]) -> Option<End> {
    if step.status != StepStatus::Running {
        return None;
    }
    let around = std::iter::successors(parent_of(step, steps), |step| parent_of(step, steps));
    if let Some(at) = around.filter_map(|parent| parent.ended).min() {
        return Some(End { at, status: StepStatus::Cancelled, fault: None });
    }
    let attempt = attempts.iter().find(|attempt| attempt.attempt == step.attempt)?;
    // An attempt that was interrupted in a step names it.
    let fault = attempt.fault.clone().filter(|fault| fault.pointer == step.pointer);
    let status = if fault.is_some() { StepStatus::Failed } else { StepStatus::Cancelled };
    Some(End { at: attempt.ended?, status, fault })
}

/// The row of the task around a step: in the same attempt, in the same loops or in those around it.
fn parent_of<'a>(step: &StepRow, steps: &'a [StepRow]) -> Option<&'a StepRow> {
    let parent = step.parent.as_ref()?;
    let is_around =
        |iteration: &str| iteration.is_empty() || step.iteration == iteration || step.iteration.starts_with(&format!("{iteration}."));
    let rows = steps.iter().filter(|row| row.pointer == *parent && row.attempt == step.attempt && is_around(&row.iteration));
    rows.max_by_key(|row| row.iteration.len())
}

/// What a step took and gave, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepData {
    /// Its input.
    pub input: Shown,
    /// Its output; null unless it succeeded.
    pub output: Shown,
    /// Its error; null unless it failed.
    pub error: serde_json::Value,
    /// The context after it, when it exported.
    pub context: Shown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Status;

    const AT: fn(i64) -> Timestamp = |ms| Timestamp(ms * MILLISECOND);

    fn step(pointer: &str, parent: Option<&str>, iteration: &str, (status, ended): (StepStatus, Option<i64>)) -> StepRow {
        StepRow {
            pointer: pointer.to_owned(),
            iteration: iteration.to_owned(),
            attempt: 1,
            name: pointer.rsplit('/').next().unwrap_or_default().to_owned(),
            kind: "call".to_owned(),
            depth: 0,
            parent: parent.map(str::to_owned),
            status,
            started: Some(AT(10)),
            ended: ended.map(AT),
            duration_ms: None,
            operation: None,
            target: None,
            target_module: None,
            fault: None,
        }
    }

    fn attempt(status: Status, ended: Option<i64>, pointer: &str) -> Attempt {
        let fault = FaultNote { kind: "runtime".to_owned(), title: None, detail: None, status: 500, pointer: pointer.to_owned() };
        Attempt { attempt: 1, started: AT(0), ended: ended.map(AT), status, fault: Some(fault).filter(|fault| !fault.pointer.is_empty()) }
    }

    #[test]
    fn a_step_ends_with_what_it_is_part_of() {
        use StepStatus::{Cancelled, Failed, Running, Succeeded};
        let fork = |status| step("/do/0/race", None, "", status);
        let branch = |status| step("/do/0/race/slow", Some("/do/0/race"), "", status);
        let open = (Running, None);
        for (name, around, attempt, expected) in [
            ("all of it runs", fork(open), attempt(Status::Running, None, ""), (Running, None)),
            ("another branch was faster", fork((Succeeded, Some(40))), attempt(Status::Running, None, ""), (Cancelled, Some(AT(40)))),
            ("the run was cancelled", fork(open), attempt(Status::Cancelled, Some(50), ""), (Cancelled, Some(AT(50)))),
            ("the attempt took too long", fork(open), attempt(Status::TimedOut, Some(60), "/"), (Cancelled, Some(AT(60)))),
            ("it was interrupted in it", fork(open), attempt(Status::Failed, Some(70), "/do/0/race/slow"), (Failed, Some(AT(70)))),
        ] {
            let mut steps = [around, branch(open)];
            settle(&mut steps, &[attempt]);
            assert_eq!((steps[1].status, steps[1].ended), expected, "{name}");
            assert_eq!(steps[1].duration_ms, expected.1.map(|at| (at.0 / MILLISECOND - 10) as f64), "{name}");
            assert_eq!(steps[1].fault.is_some(), expected.0 == Failed, "{name}");
        }
    }

    #[test]
    fn a_step_of_a_loop_ends_with_its_own_iteration_and_what_has_ended_stays() {
        let each = |iteration, status| step("/do/0/each", None, iteration, status);
        let inner = |iteration, status| step("/do/0/each/do/0/ask", Some("/do/0/each"), iteration, status);
        let (open, done) = ((StepStatus::Running, None), (StepStatus::Succeeded, Some(20)));
        let mut steps = [each("1", open), each("10", done), inner("1.0", open), inner("10.0", open), inner("10.1", done)];
        settle(&mut steps, &[attempt(Status::Running, None, "")]);
        let statuses = steps.map(|step| step.status);
        assert_eq!(
            statuses,
            [StepStatus::Running, StepStatus::Succeeded, StepStatus::Running, StepStatus::Cancelled, StepStatus::Succeeded]
        );
    }
}
