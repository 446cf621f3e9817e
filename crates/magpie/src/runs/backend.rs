//! What the API asks about flows and runs, answered by the parts that know.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use magpie_api::{
    Diagram, DueTimes, EventTaken, FlowRefusal, FlowSave, JobAttempt, JobBegin, JobLines, RetryFrom, RetryPreview, RetryRequest,
    RetryVersion, RunRefusal, RunsBackend, TriggerRequest, Validation,
};
use magpie_flows::connector;
use magpie_flows::definition::{Definition, SCHEMA_TEXT, Tree, UNSUPPORTED_CALLS};
use magpie_flows::run::JobId;
use magpie_flows::run::state::RunEvent;
use magpie_model::Signature;
use magpie_model::query::TimeRange;
use magpie_model::run::{FlowOrigin, FlowRow, Run, RunKind, Trigger, Waiver};
use magpie_store::runs::{Advance, Cause, Change, HeldRun};
use serde_json::{Value, json};

use super::events::Heard;
use super::moves;
use super::shared::Shared;
use super::trigger::{self, Made, Wanted};
use super::{describe, executor, expected, folder, jobs, manage, retry, triggers};
use crate::serve::now;

/// How long whoever posts an event waits for the runs that it starts.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long whoever cancels a run waits for its end.
const CANCEL: Duration = Duration::from_secs(3);
/// Pause between two looks meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// Flows and runs, for the API.
pub(crate) struct Answers(pub(super) Arc<Shared>);

impl RunsBackend for Answers {
    fn validate(&self, source: &str) -> Validation {
        manage::validate(&self.0, source)
    }

    fn schema(&self) -> Value {
        let mut schema = Tree::read(SCHEMA_TEXT).map(|tree| tree.value).unwrap_or_default();
        let connectors: Vec<Value> = connector::catalogue()
            .map(|connector| {
                json!({
                    "name": connector.name, "summary": connector.summary, "required": connector.required, "optional": connector.optional,
                })
            })
            .collect();
        schema["x-connectors"] = connectors.into();
        schema["x-unsupported-calls"] = json!(UNSUPPORTED_CALLS);
        schema
    }

    fn save_flow(&self, save: FlowSave) -> Result<FlowRow, FlowRefusal> {
        manage::save(&self.0, save)
    }

    fn publish_flow(&self, flow: &str, revision: Option<u64>, signature: Signature) -> Result<FlowRow, FlowRefusal> {
        manage::publish(&self.0, flow, revision, signature)
    }

    fn enable_flow(&self, flow: &str, enabled: bool, signature: Signature) -> Result<FlowRow, FlowRefusal> {
        manage::enable(&self.0, flow, enabled, signature)
    }

    fn delete_flow(&self, flow: &str, signature: Signature) -> Result<(), FlowRefusal> {
        manage::delete(&self.0, flow, signature)
    }

    fn diagram(&self, flow: &str, revision: u64) -> Option<Diagram> {
        let (_, source) = self.0.store.version(flow, revision).ok()??;
        Definition::read(&source).ok().map(|definition| describe::diagram(&definition))
    }

    fn mistaken_source(&self, flow: &FlowRow) -> Option<String> {
        let file = flow.file.as_ref().filter(|_| flow.origin == FlowOrigin::Folder && flow.problem.is_some())?;
        folder::read(Path::new(file)).ok()
    }

    fn trigger(&self, request: TriggerRequest) -> Result<Run, RunRefusal> {
        let row = self.flow(&request.flow)?;
        if row.kind == RunKind::Flow && !row.enabled {
            return Err(RunRefusal::Disabled(request.flow));
        }
        let by = Some(request.signature.by.clone()).filter(|by| !by.is_empty());
        let wanted = Wanted {
            row,
            revision: request.revision,
            input: request.input,
            trigger: Trigger { kind: request.kind, by, due: None },
            cause: Cause::None,
            late: false,
            signature: Some(request.signature),
        };
        match trigger::make(&self.0, &wanted)? {
            Made::Run(run) => Ok(*run),
            Made::Overlaps | Made::Settled => Err(RunRefusal::Overlaps(request.flow)),
        }
    }

    fn waiting(&self) -> Vec<Run> {
        self.0.waiting.runs()
    }

    fn post_event(&self, event: Value) -> Result<EventTaken, RunRefusal> {
        let event = triggers::completed(event).map_err(|(member, message)| RunRefusal::Wrong { member, message })?;
        let event_id = event["id"].as_str().unwrap_or_default().to_owned();
        let mut started = self.0.triggered.subscribe();
        let heard = self.0.events.listening() as u64;
        // Whoever sends an event sends it again with the same id: it needs no other place to wait.
        let (number, is_new) = self.0.events.put(&event).map_err(|error| RunRefusal::Away(crate::error::chain(&error)))?;
        if !is_new {
            return Ok(EventTaken { event_id, triggered: Vec::new(), heard: 0 });
        }
        let waiting: HashMap<String, Arc<Heard>> = self.0.triggers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let deadline = Instant::now() + PATIENCE;
        while waiting.values().any(|heard| heard.done.load(Ordering::Relaxed) < number) && Instant::now() < deadline {
            std::thread::sleep(LOOK);
        }
        let mut triggered = Vec::new();
        while let Ok((up_to, job_id)) = started.try_recv() {
            if up_to == number {
                triggered.push(job_id);
            }
        }
        Ok(EventTaken { event_id, triggered, heard })
    }

    fn retry_preview(&self, job_id: JobId, from: &RetryFrom, version: RetryVersion) -> Result<RetryPreview, RunRefusal> {
        retry::preview(&self.0, job_id, from, version)
    }

    fn retry(&self, job_id: JobId, request: RetryRequest) -> Result<Run, RunRefusal> {
        retry::retry(&self.0, job_id, request)
    }

    fn cancel(&self, job_id: JobId, signature: Signature) -> Result<Run, RunRefusal> {
        let asked = executor::cancel(&self.0, job_id, signature).map_err(failed)?;
        let Some(asked) = asked else {
            let present = self.held(job_id)?;
            return Err(RunRefusal::State { status: present.run.status, verb: "be cancelled" });
        };
        let deadline = Instant::now() + CANCEL;
        let mut held = asked;
        while !held.run.status.is_final() && Instant::now() < deadline {
            std::thread::sleep(LOOK);
            held = self.held(job_id)?;
        }
        Ok(held.run)
    }

    fn waive(&self, job_id: JobId, signature: Signature) -> Result<Run, RunRefusal> {
        if signature.comment.trim().is_empty() {
            let message = "say why the run is given up".to_owned();
            return Err(RunRefusal::Wrong { member: "reason".to_owned(), message });
        }
        let policy = self.0.policy(None);
        let advance: Advance = Arc::new(move |held: HeldRun| {
            let mut change = moves::moved(held, RunEvent::Waive(signature.comment.clone()), &policy, now(), 0.0)?;
            let (reason, by, at) = (signature.comment.clone(), signature.by.clone(), signature.at);
            change.held.run.waived = Some(Waiver { reason, by, at });
            Some(Change { audit: Some(("waive run".to_owned(), signature.clone())), ..change })
        });
        match self.0.store.change(job_id, None, advance).map_err(failed)? {
            Some(held) => {
                self.0.changed(&held.run);
                Ok(held.run)
            }
            None => Err(RunRefusal::State { status: self.held(job_id)?.run.status, verb: "be waived" }),
        }
    }

    fn pause(&self, flow: &str, signature: Signature) -> Result<FlowRow, FlowRefusal> {
        manage::pause(&self.0, flow, true, signature)
    }

    fn resume(&self, flow: &str, signature: Signature) -> Result<FlowRow, FlowRefusal> {
        manage::pause(&self.0, flow, false, signature)
    }

    fn due_times(&self, flow: &str, range: TimeRange, limit: usize) -> DueTimes {
        let row = self.0.store.flow(flow).ok().flatten().filter(|row| row.enabled && row.paused.is_none());
        let Some(row) = row else { return DueTimes::default() };
        if row.kind == RunKind::Job {
            let decided = self.0.store.last_due(flow).ok().flatten();
            let (due, transitions) = expected::to_come(&row, decided, TimeRange { from: range.from.max(now()), ..range }, limit);
            return DueTimes { due, transitions };
        }
        let Ok(definition) = self.0.definitions.published(&row) else { return DueTimes::default() };
        let (zone, from) = (self.0.zone(), range.from.max(now()).minus(1));
        let due = describe::due_after(&definition, &zone, row.enabled_at, from, range.to.minus(1), limit);
        DueTimes { due, transitions: describe::zone_changes(&definition, &zone, from) }
    }

    fn begin_job(&self, job: JobBegin) -> Result<JobId, RunRefusal> {
        jobs::begin(&self.0, &job)
    }

    fn job_lines(&self, job_id: JobId, lines: JobLines) -> Result<(), RunRefusal> {
        jobs::lines(&self.0, job_id, &lines)
    }

    fn job_attempt(&self, job_id: JobId, attempt: JobAttempt) -> Result<Run, RunRefusal> {
        jobs::attempt(&self.0, job_id, attempt)
    }
}

impl Answers {
    fn flow(&self, flow: &str) -> Result<FlowRow, RunRefusal> {
        let found = self.0.flow(flow).map_err(|error| RunRefusal::Away(crate::error::chain(&error)))?;
        found.ok_or_else(|| RunRefusal::NoFlow(flow.to_owned()))
    }

    fn held(&self, job_id: JobId) -> Result<HeldRun, RunRefusal> {
        self.0.store.held(job_id).map_err(failed)?.ok_or_else(|| RunRefusal::NoRun(job_id.to_string()))
    }
}

fn failed(error: magpie_store::Error) -> RunRefusal {
    RunRefusal::Failed(error.to_string())
}
