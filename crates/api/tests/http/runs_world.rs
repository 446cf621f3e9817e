//! Flows and runs in a real store: a scheduled flow whose run succeeded on its second attempt, one with a failed and a running
//! run, and a watched job. What acts on them in a process is the binary's; here it moves the store by the same calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use magpie_api::{
    Diagram, DiagramEdge, DiagramNode, DueTimes, EventTaken, FlowRefusal, FlowSave, JobAttempt, JobBegin, JobLines, NextDue,
    ProblemSeverity, RetryEffect, RetryFrom, RetryPreview, RetryRequest, RetryStep, RetryVersion, RunRefusal, Runs, RunsBackend,
    SourceProblem, TriggerRequest, Validation, ZoneChange,
};
use magpie_model::query::TimeRange;
use magpie_model::run::{
    Attempt, DueDecision, DueShift, FaultNote, FlowOrigin, FlowRow, JobId, Pause, Run, RunKind, ScheduleKind, ScheduleText, Shown, Status,
    StepData, StepRow, StepStatus, Trigger, TriggerKind, TriggerPort, Waiver,
};
use magpie_model::time::{HOUR, MINUTE, SECOND};
use magpie_model::{Code, Column, Kind, Record, Severity, Signature, Timestamp};
use magpie_store::RunStore;
use magpie_store::embedded::SqliteRuns;
use magpie_store::runs::{
    Admission, Cause, Change, DueNote, FlowChange, FlowChanged, HeldRun, Inserted, Lease, NewRun, Publish, StepWrite,
};
use serde_json::{Value, json};

use crate::world::{World, ten};

/// A retried success, a first-try success, a failure, and one that runs.
pub(crate) const RETRIED: &str = "019aa0a6-f080-7001-8000-000000000001";
pub(crate) const CLEAN: &str = "019aa0a6-f080-7002-8000-000000000002";
pub(crate) const FAILED: &str = "019aa0a6-f080-7003-8000-000000000003";
pub(crate) const RUNNING: &str = "019aa0a6-f080-7004-8000-000000000004";

/// One that was triggered while the store was away.
const WAITING: &str = "019aa0a6-f080-7005-8000-000000000005";

const OWNER: &str = "test";
const STEP: &str = "/do/0/fetch";

/// A world with runs in it.
pub(crate) async fn world() -> World {
    let runs = Acting::new();
    let lines = Arc::clone(&runs.lines);
    let world = World::with(|api| api.runs = Some(Runs { store: Arc::clone(&runs.store), backend: Arc::new(runs) })).await;
    world.append(&records());
    drop(lines);
    world
}

/// What the runs logged: of the retried one two lines of each attempt.
fn records() -> Vec<Record> {
    let lines = [
        (RETRIED, "demo.sync", 1, Severity::Info, "fetching"),
        (RETRIED, "demo.sync", 1, Severity::Error, "the shop is away"),
        (RETRIED, "demo.sync", 2, Severity::Info, "fetching again"),
        (RETRIED, "demo.sync", 2, Severity::Info, "done"),
        (CLEAN, "demo.sync", 1, Severity::Info, "done"),
        (FAILED, "demo.pay", 1, Severity::Info, "paying"),
        (FAILED, "demo.pay", 1, Severity::Error, "no money"),
    ];
    let record = |(nth, (job, flow, attempt, severity, message)): (usize, (&str, &str, u32, Severity, &str))| {
        let mut record = Record {
            id: 0x9000 + nth as u64,
            time: ten().plus(nth as i64 * MINUTE),
            kind: Kind::Run,
            severity,
            message: message.into(),
            job_id: job.into(),
            attempt,
            ..Record::default()
        };
        record.set(Column::Flow, flow);
        record.set(Column::Application, "shop");
        record
    };
    lines.into_iter().enumerate().map(record).collect()
}

/// What acts on the store.
struct Acting {
    store: Arc<dyn RunStore>,
    lines: Arc<Mutex<Vec<(JobId, u64, String)>>>,
    _dir: tempfile::TempDir,
}

fn signed(comment: &str) -> Signature {
    Signature { by: "ann".into(), at: ten(), comment: comment.into() }
}

fn flow_row(flow: &str, kind: RunKind) -> FlowRow {
    let origin = if kind == RunKind::Job { FlowOrigin::Exec } else { FlowOrigin::Api };
    FlowRow {
        title: Some("Orders of the shop".into()),
        application: "shop".into(),
        labels: BTreeMap::from([("team".into(), "shop".into())]),
        version: "1.0.0".into(),
        triggers: vec![TriggerPort::Manual],
        ..FlowRow::new(flow, kind, origin, ten())
    }
}

fn run(job_id: &str, flow: &str, queued: Timestamp) -> Run {
    let trigger = Trigger { kind: TriggerKind::Manual, by: Some("ann".into()), due: None };
    let run = Run::triggered(job_id.parse().unwrap(), flow, RunKind::Flow, trigger, queued);
    Run { application: "shop".into(), version: "1.0.0".into(), revision: 1, ..run }
}

fn fault() -> FaultNote {
    FaultNote {
        kind: "https://serverlessworkflow.io/spec/1.0.0/errors/communication".into(),
        title: Some("Communication".into()),
        detail: Some("the shop is away".into()),
        status: 503,
        pointer: STEP.into(),
    }
}

impl Acting {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store: Arc<dyn RunStore> = Arc::new(SqliteRuns::open(dir.path()).unwrap());
        let acting = Self { store, lines: Arc::default(), _dir: dir };
        acting.put(flow_row("demo.pay", RunKind::Flow), Some("document: pay"), Some(Publish::New));
        let schedule =
            ScheduleText { kind: ScheduleKind::Cron, text: "0 * * * *".into(), timezone: "UTC".into(), next: Some(ten().plus(HOUR)) };
        let sync = FlowRow { schedule: Some(schedule), ..flow_row("demo.sync", RunKind::Flow) };
        acting.put(sync, Some("document: sync"), Some(Publish::New));
        acting.put(flow_row("nightly-backup", RunKind::Job), None, None);
        let due = Trigger { kind: TriggerKind::Schedule, by: None, due: Some(ten()) };
        let cause = Cause::Due { due: ten(), decision: DueDecision::Run, reason: None, shift: None };
        acting.insert(Run { trigger: due, ..run(RETRIED, "demo.sync", ten()) }, cause);
        acting.attempt(RETRIED, Status::Retrying);
        acting.attempt(RETRIED, Status::Succeeded);
        acting.insert(run(CLEAN, "demo.sync", ten().plus(4 * MINUTE)), Cause::None);
        acting.attempt(CLEAN, Status::Succeeded);
        acting.insert(run(FAILED, "demo.pay", ten().plus(5 * MINUTE)), Cause::None);
        acting.attempt(FAILED, Status::Failed);
        acting.insert(run(RUNNING, "demo.pay", ten().plus(7 * MINUTE)), Cause::None);
        acting.attempt(RUNNING, Status::Running);
        let missed = |hours: i64, decision, reason: &str| DueNote {
            flow: "demo.sync".into(),
            due: ten().minus(hours * HOUR),
            decision,
            reason: Some(reason.into()),
            shift: (hours == 2).then_some(DueShift::Back),
        };
        acting.store.note_due(vec![missed(1, DueDecision::Missed, "down"), missed(2, DueDecision::Skipped, "overlap")]).unwrap();
        acting
    }

    fn put(&self, row: FlowRow, source: Option<&str>, publish: Option<Publish>) -> FlowRow {
        let change = FlowChange {
            flow: row.flow.clone(),
            row: Box::new(move |_| Ok(Some(row))),
            save: source.map(|source| (source.to_owned(), "1.0.0".to_owned())),
            expected: None,
            publish,
            action: Some("save flow"),
            signature: signed("because"),
        };
        match self.store.change_flow(change).unwrap() {
            FlowChanged::Done(Some(row)) => *row,
            other => panic!("{other:?}"),
        }
    }

    fn insert(&self, run: Run, cause: Cause) {
        let shown = Shown { value: json!({"card": "***"}), cut: false, redacted: vec!["/card".into()] };
        let due = Some(run.queued);
        let inserted = self.store.insert(NewRun {
            held: HeldRun { run, state: json!({}), due, lease: None, cancel: None },
            labels: BTreeMap::from([("team".into(), "shop".into())]),
            attempt: None,
            input: br#"{"card":"4711"}"#.to_vec(),
            shown,
            admission: Admission::Always,
            cause,
            signature: None,
        });
        assert!(matches!(inserted.unwrap(), Inserted::Made { .. }));
    }

    /// One attempt of a run, with its step, to the status given.
    fn attempt(&self, job_id: &str, status: Status) {
        let job_id: JobId = job_id.parse().unwrap();
        let until = ten().plus(HOUR);
        let begin = move |mut held: HeldRun| {
            held.run.attempt += 1;
            held.run.status = Status::Running;
            held.run.started = held.run.started.or(Some(held.run.queued.plus(SECOND)));
            held.lease = Some(Lease { owner: OWNER.into(), until });
            held.due = None;
            let started = held.run.queued.plus(i64::from(held.run.attempt) * SECOND);
            let attempt = Attempt { attempt: held.run.attempt, started, ended: None, status: Status::Running, fault: None };
            Some(Change { attempt: Some(attempt), ..Change::to(held) })
        };
        let run = self.store.change(job_id, None, Arc::new(begin)).unwrap().unwrap().run;
        let has_failed = status.is_failure() || status == Status::Retrying;
        self.step(&run, if has_failed { StepStatus::Failed } else { StepStatus::Succeeded });
        if status != Status::Running {
            self.end(job_id, status);
        }
    }

    fn step(&self, run: &Run, status: StepStatus) {
        let row = StepRow {
            pointer: STEP.into(),
            iteration: String::new(),
            attempt: run.attempt,
            name: "fetch".into(),
            kind: "call".into(),
            depth: 0,
            parent: None,
            status,
            started: run.started,
            ended: run.started.map(|started| started.plus(SECOND)),
            duration_ms: Some(1_000.0),
            operation: Some("GET /orders".into()),
            target: Some("shop:80".into()),
            target_module: Some("shop".into()),
            fault: (status == StepStatus::Failed).then(fault),
        };
        let shown =
            |value, redacted: &[&str]| Shown { value, cut: false, redacted: redacted.iter().map(|&pointer| pointer.to_owned()).collect() };
        let data = StepData {
            input: shown(json!({"token": "***"}), &["/token"]),
            output: shown(json!(if status == StepStatus::Failed { 0 } else { 7 }), &[]),
            error: if status == StepStatus::Failed { serde_json::to_value(fault()).unwrap() } else { Value::Null },
            context: Shown::default(),
        };
        let (told, hear) = std::sync::mpsc::channel();
        let write = StepWrite { job_id: run.job_id, owner: OWNER.into(), row, kept: vec![], data };
        self.store.write_step(write, Box::new(move |done| told.send(done).unwrap()));
        hear.recv().unwrap().unwrap();
    }

    fn end(&self, job_id: JobId, status: Status) {
        let end = move |mut held: HeldRun| {
            let ended = held.run.started.map(|started| started.plus(10 * SECOND));
            let has_failed = status.is_failure() || status == Status::Retrying;
            held.run.status = status;
            held.run.ended = if status.is_final() { ended } else { None };
            held.run.duration_ms = held.run.ended.map(|_| 10_000.0);
            held.run.first_try = status == Status::Succeeded && held.run.attempt == 1;
            held.run.open = status.is_failure();
            held.run.retries += u32::from(status == Status::Retrying);
            held.run.fault = has_failed.then(fault);
            held.lease = None;
            let shown = if has_failed { Status::Failed } else { status };
            let started = held.run.queued.plus(i64::from(held.run.attempt) * SECOND);
            let attempt = Attempt { attempt: held.run.attempt, started, ended, status: shown, fault: has_failed.then(fault) };
            let output = (status == Status::Succeeded).then(|| Shown { value: json!({"orders": 7}), ..Shown::default() });
            Some(Change { attempt: Some(attempt), output, ..Change::to(held) })
        };
        self.store.change(job_id, None, Arc::new(end)).unwrap();
    }

    /// Moves a run if it stands in one of these states.
    fn moved(
        &self,
        job_id: JobId,
        verb: &'static str,
        from: &'static [Status],
        change: impl Fn(&mut Run) + Send + Sync + 'static,
    ) -> Result<Run, RunRefusal> {
        let before = self.store.held(job_id).unwrap().ok_or_else(|| RunRefusal::NoRun(job_id.to_string()))?.run;
        if !from.contains(&before.status) {
            return Err(RunRefusal::State { status: before.status, verb });
        }
        let advance = move |mut held: HeldRun| {
            change(&mut held.run);
            held.lease = None;
            Some(Change::to(held))
        };
        Ok(self.store.change(job_id, None, Arc::new(advance)).unwrap().unwrap().run)
    }

    fn row(&self, flow: &str) -> Result<FlowRow, FlowRefusal> {
        self.store.flow(flow).unwrap().ok_or_else(|| FlowRefusal::Unknown(flow.to_owned()))
    }
}

fn mistake() -> SourceProblem {
    SourceProblem {
        line: 3,
        column: Some(5),
        pointer: "/do".into(),
        message: "`do` is missing".into(),
        severity: ProblemSeverity::Error,
        told: Some(magpie_model::Code::KeyMissing.with(&[("key", &"do")])),
    }
}

fn diagram() -> Diagram {
    let node = |id: &str, name: &str, kind: &str, parent: Option<&str>| DiagramNode {
        id: id.into(),
        name: name.into(),
        kind: kind.into(),
        parent: parent.map(str::to_owned),
    };
    let nodes = vec![
        node("start", "start", "start", None),
        node(STEP, "fetch", "call", None),
        node("/do/1/each", "each", "for", None),
        node("/do/1/each/do/0/put", "put", "call", Some("/do/1/each")),
        node("end", "end", "end", None),
    ];
    let edge = |from: &str, to: &str| DiagramEdge { from: from.into(), to: to.into(), label: None };
    Diagram { nodes, edges: vec![edge("start", STEP), edge(STEP, "/do/1/each"), edge("/do/1/each", "end")] }
}

impl RunsBackend for Acting {
    fn validate(&self, source: &str) -> Validation {
        let valid = source.starts_with("document:");
        Validation {
            valid,
            problems: if valid { vec![] } else { vec![mistake()] },
            flow: valid.then(|| "demo.sync".into()),
            diagram: valid.then(diagram),
            due: vec![NextDue { due: ten().plus(HOUR), shift: Some(DueShift::Forward) }],
            transitions: vec![ZoneChange { at: ten(), before: 3_600, after: 7_200 }],
        }
    }

    fn schema(&self) -> Value {
        json!({"type": "object"})
    }

    fn save_flow(&self, save: FlowSave) -> Result<FlowRow, FlowRefusal> {
        let FlowSave { flow, source, expected, publish, .. } = save;
        let Some(named) = source.strip_prefix("document: ").map(|name| format!("demo.{name}")) else {
            return Err(FlowRefusal::Mistakes(vec![mistake()]));
        };
        let present = self.store.flow(&named).unwrap();
        match (flow, &present) {
            (Some(flow), _) if flow != named => return Err(FlowRefusal::OtherFlow { flow, named }),
            (Some(flow), None) => return Err(FlowRefusal::Unknown(flow)),
            (None, Some(_)) => return Err(FlowRefusal::Exists(named)),
            _ => {}
        }
        if expected.is_some_and(|expected| present.as_ref().is_some_and(|row| row.revision != expected)) {
            return Err(FlowRefusal::Changed(named));
        }
        let row = present.unwrap_or_else(|| flow_row(&named, RunKind::Flow));
        Ok(self.put(row, Some(&source), publish.then_some(Publish::New)))
    }

    fn publish_flow(&self, flow: &str, revision: Option<u64>, _signature: Signature) -> Result<FlowRow, FlowRefusal> {
        let row = self.row(flow)?;
        let revision = revision.unwrap_or(row.revision);
        if self.store.version(flow, revision).unwrap().is_none() {
            return Err(FlowRefusal::NoRevision { flow: flow.into(), revision });
        }
        Ok(self.put(row, None, Some(Publish::Revision(revision))))
    }

    fn enable_flow(&self, flow: &str, enabled: bool, _signature: Signature) -> Result<FlowRow, FlowRefusal> {
        Ok(self.put(FlowRow { enabled, ..self.row(flow)? }, None, None))
    }

    fn delete_flow(&self, flow: &str, _signature: Signature) -> Result<(), FlowRefusal> {
        let row = self.row(flow)?;
        if row.kind == RunKind::Job { Err(FlowRefusal::WatchedJob(row.flow)) } else { Ok(()) }
    }

    fn mistaken_source(&self, _flow: &FlowRow) -> Option<String> {
        None
    }

    fn diagram(&self, _flow: &str, _revision: u64) -> Option<Diagram> {
        Some(diagram())
    }

    fn trigger(&self, request: TriggerRequest) -> Result<Run, RunRefusal> {
        let row = self.row(&request.flow).map_err(|_| RunRefusal::NoFlow(request.flow.clone()))?;
        if !row.enabled {
            return Err(RunRefusal::Disabled(row.flow));
        }
        let number = u128::from(request.kind == TriggerKind::Webhook) + 2 * u128::from(request.input == json!({}));
        let job_id = JobId::new(ten().plus(9 * MINUTE), number);
        let trigger = Trigger { kind: request.kind, by: Some(request.signature.by), due: None };
        let run = Run { trigger, ..run(&job_id.to_string(), &row.flow, ten().plus(9 * MINUTE)) };
        self.insert(run.clone(), Cause::None);
        Ok(run)
    }

    fn waiting(&self) -> Vec<Run> {
        vec![Run { status: Status::Retrying, ..run(WAITING, "demo.pay", ten().plus(8 * MINUTE)) }]
    }

    fn post_event(&self, event: Value) -> Result<EventTaken, RunRefusal> {
        Ok(EventTaken { event_id: event["id"].as_str().unwrap().into(), triggered: vec![], heard: 1 })
    }

    fn retry_preview(&self, job_id: JobId, from: &RetryFrom, _version: RetryVersion) -> Result<RetryPreview, RunRefusal> {
        if self.store.held(job_id).unwrap().is_none() {
            return Err(RunRefusal::NoRun(job_id.to_string()));
        }
        let step = |pointer: &str, again| RetryStep {
            pointer: pointer.into(),
            iteration: String::new(),
            name: "fetch".into(),
            again,
            doubtful: false,
            effect: RetryEffect::Repeatable,
        };
        Ok(RetryPreview {
            steps: vec![step(STEP, *from == RetryFrom::Start)],
            warnings: vec![Code::RetryTwice.says("it calls the shop", &[("step", &"shop")])],
            firing: vec![],
        })
    }

    fn retry(&self, job_id: JobId, request: RetryRequest) -> Result<Run, RunRefusal> {
        if let RetryFrom::Step { pointer, .. } = &request.from
            && pointer != STEP
        {
            return Err(RunRefusal::NoStep { job_id: job_id.to_string(), pointer: pointer.clone() });
        }
        self.moved(job_id, "be retried", &[Status::Failed, Status::TimedOut, Status::Cancelled], |run| {
            (run.status, run.by_hand, run.open) = (Status::Queued, true, false);
        })
    }

    fn cancel(&self, job_id: JobId, _signature: Signature) -> Result<Run, RunRefusal> {
        self.moved(job_id, "be cancelled", &[Status::Queued, Status::Running, Status::Waiting, Status::Retrying], |run| {
            run.status = Status::Cancelled;
        })
    }

    fn waive(&self, job_id: JobId, signature: Signature) -> Result<Run, RunRefusal> {
        self.moved(job_id, "be waived", &[Status::Failed, Status::TimedOut], move |run| {
            run.open = false;
            run.waived = Some(Waiver { reason: signature.comment.clone(), by: signature.by.clone(), at: signature.at });
        })
    }

    fn pause(&self, flow: &str, signature: Signature) -> Result<FlowRow, FlowRefusal> {
        let row = self.row(flow)?;
        let pause = Pause { by: signature.by, at: signature.at, reason: signature.comment };
        if row.schedule.is_none() {
            Err(FlowRefusal::NoSchedule(row.flow))
        } else {
            Ok(self.put(FlowRow { paused: Some(pause), ..row }, None, None))
        }
    }

    fn resume(&self, flow: &str, _signature: Signature) -> Result<FlowRow, FlowRefusal> {
        Ok(self.put(FlowRow { paused: None, ..self.row(flow)? }, None, None))
    }

    fn due_times(&self, flow: &str, range: TimeRange, limit: usize) -> DueTimes {
        if flow != "demo.sync" {
            return DueTimes::default();
        }
        let hours = (1..48).map(|hour| ten().plus(hour * HOUR)).filter(|due| range.contains(*due));
        DueTimes { due: hours.take(limit).map(|due| NextDue { due, shift: None }).collect(), transitions: vec![] }
    }

    fn begin_job(&self, job: JobBegin) -> Result<JobId, RunRefusal> {
        let job_id = job.job_id.unwrap_or_else(|| JobId::new(job.started, 7));
        if self.store.held(job_id).unwrap().is_none() {
            self.insert(Run { kind: RunKind::Job, revision: 0, ..run(&job_id.to_string(), &job.flow, job.started) }, Cause::None);
        }
        Ok(job_id)
    }

    fn job_lines(&self, job_id: JobId, lines: JobLines) -> Result<(), RunRefusal> {
        let mut all = self.lines.lock().unwrap();
        let numbered = lines.lines.into_iter().zip(lines.first + 1..).map(|(line, number)| (job_id, number, line.text));
        for line in numbered {
            assert!(!all.iter().any(|(job, number, _)| (*job, *number) == (job_id, line.1)), "a line is taken once");
            all.push(line);
        }
        Ok(())
    }

    fn job_attempt(&self, job_id: JobId, attempt: JobAttempt) -> Result<Run, RunRefusal> {
        let all = &[Status::Queued, Status::Running, Status::Succeeded, Status::Failed];
        self.moved(job_id, "begin", all, move |run| {
            (run.status, run.attempt, run.started, run.ended) = (attempt.status, attempt.attempt, Some(attempt.started), attempt.ended);
        })
    }
}
