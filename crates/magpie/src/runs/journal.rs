//! The journal of one attempt: steps into the store, and before them the lines that they logged.
//!
//! A step that may do something twice is on disk before it begins; any other begins while its note is still on the way,
//! since repeating it does no harm. Every end is on disk, with its lines, before the run goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use magpie_flows::run::{Begun, BoxFuture, End, Finished, Journal, JournalError, LogLine, Redactor, RunLog, StepKey};
use magpie_model::run::{JobId, StepData, StepRow, StepStatus};
use magpie_model::time::MILLISECOND;
use magpie_store::RunStore;
use magpie_store::runs::{KeptStep, StepId, StepWrite};
use serde_json::Value;
use tokio::sync::oneshot;

use super::moves::note;
use super::records::{Lines, Plain, Records, Who};
use super::shown::shown;
use crate::serve::now;

/// Kinds of steps that end at once: nobody would see them run.
const INSTANT: [&str; 3] = ["set", "switch", "raise"];
/// Lines that a run may log before the next step of it ends; more are counted and left out, so that its memory is bounded. Waiting
/// for the disk instead would hold up the step, and its calls with it.
const LINES: u64 = 10_000;

/// How what a run called is named, as for every other source of calls.
pub(super) trait Naming: Send + Sync {
    /// The module of a host, where it is known.
    fn module_of(&self, target: &str) -> Option<String>;
    /// The route that a path is an instance of.
    fn route_of(&self, path: &str) -> String;
}

/// Journal and log of one attempt.
pub(super) struct Attempted {
    pub(super) store: Arc<dyn RunStore>,
    pub(super) records: Arc<Records>,
    pub(super) job_id: JobId,
    pub(super) owner: String,
    pub(super) who: Who,
    pub(super) redactor: Redactor,
    written: Mutex<Written>,
    naming: Arc<dyn Naming>,
}

/// What was logged and is not on disk yet.
#[derive(Default)]
struct Written {
    lines: Lines,
    count: u64,
    /// Lines that were left out since, with the attempt they belong to.
    left_out: u64,
    attempt: u32,
    /// What each step did and called last.
    did: HashMap<StepKey, (String, Option<String>)>,
}

impl Attempted {
    pub(super) fn new(
        store: Arc<dyn RunStore>,
        records: Arc<Records>,
        (job_id, owner): (JobId, String),
        who: Who,
        redactor: Redactor,
        naming: Arc<dyn Naming>,
    ) -> Self {
        Self { store, records, job_id, owner, who, redactor, written: Mutex::default(), naming }
    }

    /// Lines that are not on disk yet.
    pub(super) fn take_lines(&self) -> Lines {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.count = 0;
        let left_out = std::mem::take(&mut written.left_out);
        let mut lines = std::mem::take(&mut written.lines);
        if left_out > 0 {
            self.records.count_lost(left_out);
            let message = format!("{left_out} lines more were not kept: a step logged more than {LINES} before it ended");
            let plain = Plain { time: now(), severity: "warn", component: "run", operation: "lost", category: "output", message: &message };
            lines.add_plain(&self.who, &self.job_id.to_string(), written.attempt, &plain);
        }
        lines
    }

    /// Hands a step to the store; the answer comes when it is on disk.
    fn write(&self, row: StepRow, kept: Vec<u8>, data: StepData) -> oneshot::Receiver<magpie_store::Result<()>> {
        let (told, answer) = oneshot::channel();
        let step = StepWrite { job_id: self.job_id, owner: self.owner.clone(), row, kept, data };
        self.store.write_step(step, Box::new(move |outcome| drop(told.send(outcome))));
        answer
    }

    fn row(&self, key: &StepKey, attempt: u32, name: &str, kind: &str) -> StepRow {
        StepRow {
            pointer: key.pointer.clone(),
            iteration: key.iteration.clone(),
            attempt,
            name: name.to_owned(),
            kind: kind.to_owned(),
            depth: 0,
            parent: None,
            status: StepStatus::Running,
            started: None,
            ended: None,
            duration_ms: None,
            operation: None,
            target: None,
            target_module: None,
            fault: None,
        }
    }

    fn ended_row(&self, step: &Finished) -> StepRow {
        let mut row = self.row(&step.key, step.attempt, &step.name, &step.kind);
        row.started = Some(step.started);
        row.ended = Some(step.ended);
        row.duration_ms = Some(step.ended.since(step.started) as f64 / MILLISECOND as f64);
        let did = self.written.lock().unwrap_or_else(PoisonError::into_inner).did.remove(&step.key);
        if let Some((operation, target)) = did {
            row.target_module = target.as_deref().and_then(|target| self.naming.module_of(target));
            (row.operation, row.target) = (Some(operation), target);
        }
        row.status = match &step.end {
            End::Succeeded { .. } => StepStatus::Succeeded,
            End::Skipped => StepStatus::Skipped,
            End::Failed { .. } => StepStatus::Failed,
        };
        if let End::Failed { fault } = &step.end {
            let mut fault = note(fault);
            fault.title = fault.title.map(|title| self.redactor.text(&title));
            fault.detail = fault.detail.map(|detail| self.redactor.text(&detail));
            row.fault = Some(fault);
        }
        row
    }

    fn ended_data(&self, step: &Finished) -> StepData {
        let mut data = StepData { input: shown(&self.redactor, &step.input), ..StepData::default() };
        match &step.end {
            End::Succeeded { output, context, .. } => {
                data.output = shown(&self.redactor, output);
                if let Some(context) = context {
                    data.context = shown(&self.redactor, context);
                }
            }
            End::Skipped => {}
            End::Failed { fault } => data.error = self.redactor.value(&fault.to_value()),
        }
        data
    }
}

impl Journal for Attempted {
    fn begin<'a>(&'a self, step: &'a Begun) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            if step.repeatable && INSTANT.contains(&step.kind.as_str()) {
                return Ok(());
            }
            // What was logged before it can be read while it runs, however long that takes.
            if !self.records.append(self.take_lines()).await {
                return Err(JournalError("the run log has ended".to_owned()));
            }
            let mut row = self.row(&step.key, step.attempt, &step.name, &step.kind);
            row.started = Some(step.started);
            let data = StepData { input: shown(&self.redactor, &step.input), ..StepData::default() };
            let answer = self.write(row, kept(&Begun { input: Value::Null, ..step.clone() })?, data);
            if step.repeatable {
                return Ok(());
            }
            stored(answer.await)
        })
    }

    fn finish<'a>(&'a self, step: &'a Finished) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            if !self.records.append(self.take_lines()).await {
                return Err(JournalError("the run log has ended".to_owned()));
            }
            // Its input is not needed to go on after it.
            let whole = Finished { input: Value::Null, ..step.clone() };
            stored(self.write(self.ended_row(step), kept(&whole)?, self.ended_data(step)).await)
        })
    }
}

impl RunLog for Attempted {
    fn write(&self, mut line: LogLine) {
        // The message keeps the path as it was asked for; a service is a route, so that each order is not one of its own.
        let message = self.redactor.text(&line.message);
        // All of these may be computed: some services want their token within the path.
        line.category = self.redactor.text(&line.category);
        line.operation = self.redactor.text(&line.operation);
        if let Some(call) = &mut line.call {
            call.service = routed(&self.redactor.text(&call.service), &*self.naming);
            call.target = self.redactor.text(&call.target);
            line.operation.clone_from(&call.service);
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.attempt = line.attempt;
        if written.count < LINES {
            written.count += 1;
            written.lines.add(&self.who, &line, &message);
        } else {
            written.left_out += 1;
        }
        let key = StepKey { pointer: line.step, iteration: line.iteration };
        match line.call {
            Some(call) => drop(written.did.insert(key, (call.service, Some(call.target)))),
            // What a step called says more than that it ended.
            None => drop(written.did.entry(key).or_insert((line.operation, None))),
        }
    }
}

/// `GET /orders/1001` → `GET /orders/{id}`.
fn routed(service: &str, naming: &dyn Naming) -> String {
    match service.split_once(' ') {
        Some((method, path)) => format!("{method} {}", naming.route_of(path)),
        None => service.to_owned(),
    }
}

fn kept<T: serde::Serialize>(step: &T) -> Result<Vec<u8>, JournalError> {
    serde_json::to_vec(step).map_err(|error| JournalError(error.to_string()))
}

fn stored(answer: Result<magpie_store::Result<()>, oneshot::error::RecvError>) -> Result<(), JournalError> {
    match answer {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(JournalError(error.to_string())),
        Err(_) => Err(JournalError("the store has ended".to_owned())),
    }
}

/// What was kept of steps: those that began, and those that ended with their rows' ids.
pub(super) fn read_kept(kept: &[KeptStep]) -> (Vec<Begun>, Vec<(StepId, Finished)>) {
    let (mut begun, mut finished) = (Vec::new(), Vec::new());
    for step in kept {
        if step.status == StepStatus::Running {
            begun.extend(serde_json::from_slice::<Begun>(&step.kept));
        } else {
            finished.extend(serde_json::from_slice::<Finished>(&step.kept).map(|ended| (step.id.clone(), ended)));
        }
    }
    (begun, finished)
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::{Severity, Timestamp};
    use magpie_store::embedded::SqliteRuns;

    struct Nobody;

    impl Naming for Nobody {
        fn module_of(&self, _: &str) -> Option<String> {
            None
        }

        fn route_of(&self, path: &str) -> String {
            path.to_owned()
        }
    }

    #[tokio::test]
    async fn lines_beyond_what_a_step_may_log_are_counted_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let (store, records) = (Arc::new(SqliteRuns::open(dir.path()).unwrap()), Records::start(dir.path()).unwrap());
        let job_id = JobId::new(Timestamp(0), 1);
        let redactor = Redactor::new(&Value::Null, 4_000);
        let who = Who::default();
        let attempted = Attempted::new(store, Arc::clone(&records), (job_id, "me".into()), who, redactor, Arc::new(Nobody));
        let line = LogLine {
            job_id,
            attempt: 2,
            step: "/do/0/a".into(),
            iteration: String::new(),
            time: Timestamp(0),
            severity: Severity::Info,
            component: "logger".into(),
            operation: "log".into(),
            category: "output".into(),
            message: "hello".into(),
            elapsed: None,
            call: None,
        };
        for _ in 0..LINES + 7 {
            RunLog::write(&attempted, line.clone());
        }
        assert!(records.append(attempted.take_lines()).await);
        assert!(attempted.take_lines().is_empty(), "it is told once");
        assert_eq!(records.gauges().2, 7);
        records.stop();
        let file = std::fs::read_dir(dir.path().join("run-logs")).unwrap().next().unwrap().unwrap().path();
        let written = std::fs::read_to_string(file).unwrap();
        let last: Value = serde_json::from_str(written.lines().last().unwrap()).unwrap();
        assert_eq!(written.lines().count() as u64, LINES + 1);
        assert_eq!(
            (last["message"].as_str().unwrap().split(':').next().unwrap(), &last["attempt"]),
            ("7 lines more were not kept", &Value::from("2"))
        );
    }
}
