//! Stories of flows and runs against a real store, executor and HTTP service, in this process.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use magpie_api::{
    FlowRefusal, FlowSave, JobAttempt, JobBegin, JobLine, JobLines, JobStream, Live, RetryEffect, RetryFrom, RetryRequest, RetryVersion,
    RunRefusal, TriggerRequest,
};
use magpie_model::config::{Config, SecretFrom, SecretRule};
use magpie_model::query::TimeRange;
use magpie_model::run::{DueOutcome, JobId, Run, Status, TriggerKind};
use magpie_model::time::{DAY, SECOND};
use magpie_model::{Signature, Timestamp};
use magpie_store::embedded::{EmbeddedTelemetry, Options, SqliteState};
use magpie_store::runs::StepId;
use magpie_store::{AlertQuery, StateStore};
use serde_json::{Value, json};

use super::{Runs, watchdog};
use crate::serve::{declared, now};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers by path: the status codes in turn, the last one for good; counts requests.
#[derive(Clone)]
struct Outside {
    address: String,
    answers: Arc<Mutex<HashMap<String, Vec<u16>>>>,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl Outside {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let outside =
            Self { address: format!("http://{}", listener.local_addr().unwrap()), answers: Arc::default(), asked: Arc::default() };
        let serving = outside.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(connection));
            }
        });
        outside
    }

    fn answer(&self, path: &str, statuses: &[u16]) {
        self.answers.lock().unwrap().insert(path.to_owned(), statuses.to_vec());
    }

    fn asked(&self, path: &str) -> u32 {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }

    fn serve(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        loop {
            let (mut head, mut length) = (String::new(), 0);
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            *self.asked.lock().unwrap().entry(path.clone()).or_default() += 1;
            let status = match self.answers.lock().unwrap().get_mut(&path) {
                Some(statuses) if statuses.len() > 1 => statuses.remove(0),
                Some(statuses) => statuses[0],
                None => 200,
            };
            let body = json!({"path": path}).to_string();
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if connection.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

struct World {
    runs: Option<Runs>,
    api: magpie_api::Runs,
    state: Arc<dyn StateStore>,
    config: Config,
    dir: tempfile::TempDir,
    telemetry: Arc<EmbeddedTelemetry>,
}

impl World {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config { data_dir: dir.path().to_owned(), ..Config::default() };
        change(&mut config);
        let telemetry = Arc::new(EmbeddedTelemetry::open(dir.path(), declared(&config), Options::default()).unwrap());
        let state: Arc<dyn StateStore> = Arc::new(SqliteState::open(dir.path()).unwrap());
        let runs = Runs::start(&config, Arc::clone(&state), Arc::clone(&telemetry) as _, Arc::new(Live::default())).unwrap();
        Self { api: runs.api(), runs: Some(runs), state, config, dir, telemetry }
    }

    /// Ends all tasks and starts again on the same data.
    fn restart(&mut self) {
        self.runs.take().unwrap().stop();
        let runs = Runs::start(&self.config, Arc::clone(&self.state), Arc::clone(&self.telemetry) as _, Arc::new(Live::default())).unwrap();
        self.api = runs.api();
        self.runs = Some(runs);
    }

    fn publish(&self, source: &str) -> String {
        let save = FlowSave { flow: None, source: source.to_owned(), expected: None, publish: true, signature: signed("") };
        self.api.backend.save_flow(save).unwrap().flow
    }

    fn trigger(&self, flow: &str, input: Value) -> Result<Run, RunRefusal> {
        let (flow, signature) = (flow.to_owned(), signed(""));
        self.api.backend.trigger(TriggerRequest { flow, input, revision: None, kind: TriggerKind::Manual, signature })
    }

    fn run(&self, job_id: JobId) -> Run {
        self.api.store.run(job_id).unwrap().unwrap().run
    }

    /// Waits until a run is in a state.
    fn until(&self, job_id: JobId, status: Status) -> Run {
        wait_for(status.name(), || {
            let run = self.run(job_id);
            (run.status == status).then_some(run)
        })
    }

    /// What a run logged, as `component operation: message`.
    fn logged(&self) -> String {
        let folder = self.dir.path().canonicalize().unwrap().join("run-logs");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runs) = self.runs.take() {
            runs.stop();
        }
    }
}

fn signed(comment: &str) -> Signature {
    Signature { by: "ann".to_owned(), at: now(), comment: comment.to_owned() }
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "no {what} within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn flow(name: &str, metadata: &str, rest: &str) -> String {
    format!("document: {{dsl: '1.0.3', namespace: t, name: {name}, version: '1.0.0', metadata: {{application: shop{metadata}}}}}\n{rest}")
}

fn retry(from: RetryFrom) -> RetryRequest {
    RetryRequest { from, input: None, version: RetryVersion::Same, signature: signed("fixed") }
}

const QUICK: &str = ", retry: {delay: {milliseconds: 50}, limit: {attempt: {count: 2}}}";

#[test]
fn a_run_that_fails_once_succeeds_by_itself_and_what_succeeded_is_not_done_again() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    outside.answer("/flaky", &[503, 200]);
    let at = &outside.address;
    let source = flow(
        "flaky",
        QUICK,
        &format!(
            "do:\n  - post: {{call: http, with: {{method: post, endpoint: '{at}/order', body: {{a: 1}}}}}}\n  - flaky: {{call: http, with: {{method: post, endpoint: '{at}/flaky'}}}}\n"
        ),
    );
    let id = world.publish(&source);
    let run = world.trigger(&id, json!({"password": "x", "n": 1})).unwrap();
    let done = world.until(run.job_id, Status::Succeeded);
    assert_eq!((done.attempt, done.retries, done.first_try, done.open), (2, 1, false, false));
    assert_eq!((outside.asked("/order"), outside.asked("/flaky")), (1, 2), "the order is not placed again");
    let detail = world.api.store.run(run.job_id).unwrap().unwrap();
    assert_eq!(detail.attempts.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [Status::Failed, Status::Succeeded]);
    assert_eq!((&detail.input.value, detail.input.redacted.len()), (&json!({"password": "(hidden)", "n": 1}), 1));
    let steps = world.api.store.steps(run.job_id).unwrap();
    assert_eq!(steps.iter().map(|step| (step.name.as_str(), step.attempt)).collect::<Vec<_>>(), [("post", 1), ("flaky", 1), ("flaky", 2)]);
    assert_eq!(steps[0].operation.as_deref(), Some("POST /order"));
    let logged = world.logged();
    assert!(logged.contains("\"source_module\":\"t.flaky\"") && logged.contains(&run.job_id.to_string()), "{logged}");
    let superseded = world.api.store.superseded(&magpie_model::run::RunFilter::range(TimeRange::ALL)).unwrap();
    assert_eq!(superseded[0].attempt, 2);
}

#[test]
fn a_run_that_fails_for_good_waits_with_its_input_until_a_person_retries_it() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    outside.answer("/broken", &[500]);
    let at = &outside.address;
    let source = flow(
        "broken",
        QUICK,
        &format!(
            "do:\n  - put: {{call: http, with: {{method: put, endpoint: '{at}/first'}}}}\n  - broken: {{call: http, with: {{method: post, endpoint: '{at}/broken'}}}}\n"
        ),
    );
    let id = world.publish(&source);
    let job_id = world.trigger(&id, json!({"n": 7})).unwrap().job_id;
    let failed = world.until(job_id, Status::Failed);
    assert_eq!((failed.attempt, failed.open, failed.fault.unwrap().status), (3, true, 500));
    assert_eq!(world.api.store.kept_input(job_id).unwrap().unwrap(), br#"{"n":7}"#);
    let preview = world.api.backend.retry_preview(job_id, &RetryFrom::Failed, RetryVersion::Same).unwrap();
    let steps: Vec<_> = preview.steps.iter().map(|step| (step.name.as_str(), step.again, step.effect)).collect();
    assert_eq!(steps, [("put", false, RetryEffect::Repeatable), ("broken", true, RetryEffect::Unsafe)]);
    let from = RetryFrom::Step { pointer: "/do/9/x".into(), iteration: String::new() };
    assert!(matches!(world.api.backend.retry(job_id, retry(from)), Err(RunRefusal::NoStep { .. })));

    outside.answer("/broken", &[200]);
    world.api.backend.retry(job_id, retry(RetryFrom::Failed)).unwrap();
    let done = world.until(job_id, Status::Succeeded);
    assert_eq!((done.attempt, done.by_hand, done.open, outside.asked("/first")), (4, true, false, 1));
    assert!(matches!(world.api.backend.retry(job_id, retry(RetryFrom::Start)), Err(RunRefusal::State { .. })), "it has succeeded");
    let audit = world.api.store.audit(Some(&job_id.to_string()), None, 9).unwrap();
    assert_eq!((audit[0].action.as_str(), audit[0].comment.as_str()), ("retry run", "from the failed step: fixed"));
}

#[test]
fn a_secret_is_shown_nowhere() {
    let place = tempfile::tempdir().unwrap();
    let (file, secret) = (place.path().join("token"), "s3cr3t-of-the-shop");
    std::fs::write(&file, format!("{secret}\n")).unwrap();
    let world = World::new(|config| {
        let rule = SecretRule { from: SecretFrom::File(file), flows: vec!["t.secretive".into()] };
        config.flows.secrets.insert("token".into(), rule);
        config.flows.retry.attempts = 1;
    });
    let steps = "use: {secrets: [token]}\ndo:\n  - keep: {set: {key: '${ $secrets.token }'}}\n  - tell: {call: logger, with: {message: '${ \"it is \\(.key)\" }'}}\n  - no: {raise: {error: {type: 'https://x/y', status: 400, title: no, detail: '${ \"refused \\(.key)\" }'}}}\n";
    let id = world.publish(&flow("secretive", "", steps));
    let job_id = world.trigger(&id, json!({"note": secret})).unwrap().job_id;
    let failed = world.until(job_id, Status::Failed);
    assert_eq!(failed.fault.unwrap().detail.as_deref(), Some("refused (hidden)"));
    let detail = world.api.store.run(job_id).unwrap().unwrap();
    let steps = world.api.store.steps(job_id).unwrap();
    let data: Vec<_> = steps
        .iter()
        .map(|step| {
            let id = StepId { pointer: step.pointer.clone(), iteration: step.iteration.clone(), attempt: step.attempt };
            world.api.store.step_data(job_id, &id).unwrap().unwrap()
        })
        .collect();
    let told = format!("{detail:?} {steps:?} {data:?} {}", world.logged());
    assert!(!told.contains(secret) && told.contains("it is (hidden)"), "{told}");
    // Nor does the database have it in the clear, although the retry needs it.
    assert_eq!(world.api.store.kept_input(job_id).unwrap().unwrap(), format!("{{\"note\":\"{secret}\"}}").into_bytes());
    for name in ["runs.db", "runs.db-wal"] {
        let bytes = std::fs::read(world.dir.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{name}");
    }
}

#[test]
fn a_retry_with_another_input_begins_anew_and_a_waived_run_leaves_the_inbox() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    let at = &outside.address;
    let source = flow(
        "picky",
        ", retry: {limit: {attempt: {count: 0}}}",
        &format!(
            "do:\n  - look: {{call: http, with: {{method: get, endpoint: '{at}/look'}}, output: {{as: $workflow.input}}}}\n  - check: {{switch: [{{ok: {{when: .ok == true, then: end}}}}]}}\n  - no: {{raise: {{error: {{type: 'https://x/y', status: 400, title: no}}}}}}\n"
        ),
    );
    let id = world.publish(&source);
    let job_id = world.trigger(&id, json!({"ok": false})).unwrap().job_id;
    world.until(job_id, Status::Failed);
    let other = RetryRequest { input: Some(json!({"ok": true})), ..retry(RetryFrom::Failed) };
    world.api.backend.retry(job_id, other).unwrap();
    world.until(job_id, Status::Succeeded);
    assert_eq!(outside.asked("/look"), 2);

    let second = world.trigger(&id, json!({"ok": false})).unwrap().job_id;
    world.until(second, Status::Failed);
    assert!(matches!(world.api.backend.waive(second, signed(" ")), Err(RunRefusal::Wrong { .. })), "a reason is needed");
    let waived = world.api.backend.waive(second, signed("test data")).unwrap();
    assert_eq!((waived.open, waived.waived.unwrap().reason.as_str()), (false, "test data"));
}

#[test]
fn inputs_that_could_not_be_kept_and_disabled_flows_are_refused_at_the_trigger() {
    let world = World::new(|config| config.flows.max_input = 50);
    let id = world.publish(&flow("small", "", "do: [{a: {set: {b: 1}}}]"));
    assert_eq!(world.trigger(&id, json!("x".repeat(60))).unwrap_err(), RunRefusal::TooLarge { bytes: 62, limit: 50 });
    world.api.backend.enable_flow(&id, false, signed("")).unwrap();
    assert_eq!(world.trigger(&id, json!({})).unwrap_err(), RunRefusal::Disabled(id.clone()));
    assert!(matches!(world.trigger("t.none", json!({})), Err(RunRefusal::NoFlow(_))));
}

#[test]
fn a_trigger_beyond_the_queue_is_a_run_that_is_tried_again() {
    let world = World::new(|config| {
        config.flows.queue = 0;
        config.flows.retry.delay = SECOND / 20;
        config.flows.retry.attempts = 2;
    });
    let id = world.publish(&flow("a", "", "do: [{a: {set: {b: 1}}}]"));
    let run = world.trigger(&id, json!({})).unwrap();
    assert_eq!((run.status, run.attempt), (Status::Retrying, 1));
    assert!(run.fault.unwrap().detail.unwrap().contains("flows.queue"));
    let done = world.until(run.job_id, Status::Succeeded);
    assert_eq!(done.attempt, 2);
}

#[test]
fn cancelling_ends_processes_with_their_children() {
    let world = World::new(|config| config.flows.allow.shell = true);
    let file = world.dir.path().join("pids");
    let source = flow(
        "slow",
        "",
        &format!(
            "do:\n  - sleep: {{run: {{shell: {{command: 'sleep 1000 & echo $! > \"$1\"; echo $$ >> \"$1\"; wait', arguments: ['{}']}}}}}}\n",
            file.display()
        ),
    );
    let id = world.publish(&source);
    let job_id = world.trigger(&id, json!({})).unwrap().job_id;
    let pids: Vec<i32> = wait_for("processes", || {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let pids: Vec<i32> = text.lines().filter_map(|line| line.parse().ok()).collect();
        (pids.len() == 2 && text.ends_with('\n')).then_some(pids)
    });
    let cancelled = world.api.backend.cancel(job_id, signed("enough")).unwrap();
    assert_eq!(cancelled.status, Status::Cancelled);
    for pid in pids {
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        wait_for("end of a process", || is_gone(pid).then_some(()));
    }
    assert!(matches!(world.api.backend.cancel(job_id, signed("")), Err(RunRefusal::State { .. })));
}

/// Whether a process has ended; one that nobody has waited for yet has.
fn is_gone(pid: rustix::process::Pid) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    state.is_empty() || state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

#[test]
fn overlapping_runs_are_skipped_queued_or_replaced_as_the_flow_says() {
    let world = World::new(|_| {});
    let waits = "do: [{wait: {wait: {seconds: 30}}}]";
    let skip = world.publish(&flow("skip", ", schedule: {overlap: skip}", waits));
    let first = world.trigger(&skip, json!({})).unwrap().job_id;
    assert_eq!(world.trigger(&skip, json!({})).unwrap_err(), RunRefusal::Overlaps(skip.clone()));
    world.until(first, Status::Waiting);

    let queue = world.publish(&flow("queue", ", schedule: {overlap: queue}", waits));
    let first = world.trigger(&queue, json!({})).unwrap().job_id;
    let second = world.trigger(&queue, json!({})).unwrap().job_id;
    world.until(first, Status::Waiting);
    assert_eq!(world.run(second).status, Status::Queued);
    world.api.backend.cancel(first, signed("")).unwrap();
    world.until(second, Status::Waiting);

    let replace = world.publish(&flow("replace", ", schedule: {overlap: replace}", waits));
    let first = world.trigger(&replace, json!({})).unwrap().job_id;
    world.until(first, Status::Waiting);
    let second = world.trigger(&replace, json!({})).unwrap().job_id;
    world.until(first, Status::Cancelled);
    world.until(second, Status::Waiting);
}

#[test]
fn a_run_that_waits_goes_on_after_a_restart_and_an_event_meanwhile_is_not_lost() {
    let mut world = World::new(|_| {});
    let id =
        world.publish(&flow("listens", "", "do:\n  - first: {set: {a: 1}}\n  - hear: {listen: {to: {one: {with: {type: order.paid}}}}}\n"));
    let job_id = world.trigger(&id, json!({})).unwrap().job_id;
    world.until(job_id, Status::Waiting);
    world.runs.take().unwrap().stop();
    // Another process takes the event.
    world.api.store.put_event(&json!({"source": "s", "id": "1", "type": "order.paid", "data": {"n": 5}}), now()).unwrap();
    let runs = Runs::start(&world.config, Arc::clone(&world.state), Arc::clone(&world.telemetry) as _, Arc::new(Live::default())).unwrap();
    world.api = runs.api();
    world.runs = Some(runs);
    let done = world.until(job_id, Status::Succeeded);
    assert_eq!(done.attempt, 1, "it is the same attempt");
    let output = world.api.store.run(job_id).unwrap().unwrap().output.value;
    assert_eq!(output, json!([{"n": 5}]));
}

#[test]
fn an_event_starts_the_flows_that_ask_for_it_once() {
    let mut world = World::new(|_| {});
    let source = flow("on-order", "", "schedule: {on: {one: {with: {type: order.placed}}}}\ndo: [{keep: {set: {got: '${ .[0].data }'}}}]");
    let id = world.publish(&source);
    wait_for("somebody who listens", || (world.api.store.consumed(&id).unwrap().is_some()).then_some(()));
    let event = json!({"source": "shop", "id": "1", "type": "order.placed", "data": {"n": 1}});
    let taken = world.api.backend.post_event(event.clone()).unwrap();
    assert_eq!((taken.event_id.as_str(), taken.triggered.len()), ("1", 1));
    assert_eq!(world.api.backend.post_event(event).unwrap().triggered.len(), 0, "sent again");
    let done = world.until(taken.triggered[0], Status::Succeeded);
    assert_eq!((done.trigger.kind, done.trigger.by.as_deref()), (TriggerKind::Event, Some("order.placed 1")));
    assert!(matches!(world.api.backend.post_event(json!({"id": "2"})), Err(RunRefusal::Wrong { member, .. }) if member == "type"));
    world.restart();
    let taken = world.api.backend.post_event(json!({"type": "order.placed", "data": {"n": 2}})).unwrap();
    let runs = |world: &World| {
        let filter = magpie_model::run::RunFilter { flows: vec![id.clone()], ..magpie_model::run::RunFilter::range(TimeRange::ALL) };
        world.api.store.runs(&magpie_model::run::RunQuery { filter, limit: 9, after: None }).unwrap().total
    };
    assert!(!taken.event_id.is_empty());
    wait_for("the second run", || (runs(&world) == 2).then_some(()));
}

#[test]
fn every_due_time_has_a_row_and_a_pause_is_a_reason() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("tick", "", "schedule: {every: {seconds: 1}}\ndo: [{a: {set: {b: 1}}}]"));
    let rows = || world.api.store.due_rows(Some(&id), TimeRange::ALL).unwrap();
    wait_for("two runs", || (rows().iter().filter(|row| row.outcome == DueOutcome::Ran).count() >= 2).then_some(()));
    world.api.backend.pause(&id, signed("maintenance")).unwrap();
    wait_for("a time that passed while it was paused", || (rows().first()?.outcome == DueOutcome::Paused).then_some(()));
    let rows = rows();
    for pair in rows.windows(2) {
        assert_eq!(pair[0].due.since(pair[1].due), SECOND, "none is left out");
    }
    let row = world.api.store.flow(&id).unwrap().unwrap();
    assert_eq!((row.paused.unwrap().reason.as_str(), row.schedule.unwrap().next), ("maintenance", None));
    world.api.backend.resume(&id, signed("")).unwrap();
    wait_for("the next time", || world.api.store.flow(&id).unwrap().unwrap().schedule.unwrap().next);
    let to_come = world.api.backend.due_times(&id, TimeRange { from: now(), to: now().plus(DAY) }, 3);
    assert_eq!(to_come.due.len(), 3);
}

#[test]
fn a_schedule_that_missed_is_an_alert_until_it_runs_again() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("yearly", ", schedule: {missed: skip}", "schedule: {cron: '0 0 1 1 *'}\ndo: [{a: {set: {b: 1}}}]"));
    let note = magpie_store::runs::DueNote {
        flow: id.clone(),
        due: now().minus(60 * SECOND),
        decision: magpie_model::run::DueDecision::Missed,
        reason: Some("down".to_owned()),
        shift: None,
    };
    world.api.store.note_due(vec![note]).unwrap();
    let firing = || {
        let query = AlertQuery { monitor: Some(watchdog::MONITOR.to_owned()), ..AlertQuery::now() };
        world.state.alerts(&query).unwrap()
    };
    let alert = wait_for("an alert", || firing().into_iter().next());
    assert_eq!((alert.dimensions["flow"].as_str(), alert.field.as_str()), (id.as_str(), "missed_s"));
    wait_for("a word on the flow", || world.api.store.flow(&id).unwrap().unwrap().watchdog);
    let ran = magpie_store::runs::DueNote {
        flow: id.clone(),
        due: now().minus(SECOND),
        decision: magpie_model::run::DueDecision::Run,
        reason: None,
        shift: None,
    };
    world.api.store.note_due(vec![ran]).unwrap();
    wait_for("the end of the alert", || firing().is_empty().then_some(()));
}

#[test]
fn a_file_publishes_at_once_and_a_wrong_one_leaves_the_old_one_live() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let world = World::new(|config| config.flows.dir = Some(dir.clone()));
    let file = dir.join("sync.yaml");
    std::fs::write(&file, flow("sync", "", "do: [{a: {set: {b: 1}}}]")).unwrap();
    let row = || world.api.store.flow("t.sync").unwrap();
    wait_for("the flow", || row().filter(|row| row.published == Some(1)));
    std::fs::write(&file, flow("sync", "", "do: [{a: {sett: {b: 12}}}]")).unwrap();
    let wrong = wait_for("the problem", || row().filter(|row| row.problem.is_some()));
    assert_eq!((wrong.published, wrong.problem.unwrap().line), (Some(1), 2));
    assert!(matches!(world.api.backend.delete_flow("t.sync", signed("")), Err(FlowRefusal::OfFolder { .. })));
    std::fs::write(&file, flow("sync", "", "do: [{a: {set: {b: 123}}}]")).unwrap();
    wait_for("the mended flow", || row().filter(|row| row.published == Some(2) && row.problem.is_none()));
    std::fs::remove_file(&file).unwrap();
    wait_for("no flow", || row().is_none().then_some(()));
}

#[test]
fn drafts_change_nothing_until_they_are_published() {
    let world = World::new(|_| {});
    let one = flow("draft", "", "do: [{a: {set: {b: 1}}}]");
    let id = world.publish(&one);
    let save = |source: &str, expected| FlowSave {
        flow: Some(id.clone()),
        source: source.to_owned(),
        expected,
        publish: false,
        signature: signed("try"),
    };
    let two = one.replace("b: 1", "b: 2");
    let row = world.api.backend.save_flow(save(&two, Some(1))).unwrap();
    assert_eq!((row.revision, row.published, row.draft), (2, Some(1), Some(2)));
    assert_eq!(world.api.backend.save_flow(save(&two, Some(1))).unwrap_err(), FlowRefusal::Changed(id.clone()));
    let run = world.trigger(&id, json!({})).unwrap();
    assert_eq!(run.revision, 1);
    let grpc = one.replace(
        "do: [{a: {set: {b: 1}}}]",
        "do: [{a: {call: grpc, with: {proto: {endpoint: 'file://x'}, service: {name: s, host: h}, method: m}}}]",
    );
    let row = world.api.backend.save_flow(save(&grpc, None)).unwrap();
    assert!(matches!(world.api.backend.publish_flow(&id, None, signed("")), Err(FlowRefusal::Mistakes(_))), "revision {}", row.revision);
    let row = world.api.store.flow(&id).unwrap().unwrap();
    assert_eq!((row.published, row.problem.is_some()), (Some(1), true));
    let row = world.api.backend.publish_flow(&id, Some(2), signed("")).unwrap();
    assert_eq!((row.published, row.draft, row.problem), (Some(2), Some(3), None));
    let validation = world.api.backend.validate("document: {}");
    assert!(!validation.valid && validation.problems[0].line == 1);
}

#[test]
fn a_watched_job_fails_is_tried_again_and_succeeds() {
    let world = World::new(|_| {});
    let begin = |job_id| JobBegin {
        flow: "nightly-backup".into(),
        job_id,
        command: vec!["backup".into(), "--all".into()],
        host: "db-1".into(),
        application: "shop".into(),
        region: "eu".into(),
        labels: Default::default(),
        started: now(),
        schedule: None,
        max_attempts: 2,
        timeout_ms: None,
    };
    let told = |attempt, status, next_try| JobAttempt {
        attempt,
        status,
        started: now(),
        ended: Some(now()),
        code: Some(2),
        signal: None,
        detail: None,
        next_try,
    };
    let backend = &world.api.backend;
    let job_id = backend.begin_job(begin(None)).unwrap();
    assert_eq!(backend.begin_job(begin(Some(job_id))).unwrap(), job_id, "told twice, it is one run");
    backend.job_attempt(job_id, told(1, Status::Running, None)).unwrap();
    let line = |stream, text: &str| JobLine { time: now(), severity: None, stream, text: text.into() };
    let lines = vec![line(JobStream::Stdout, "copied 5 files"), line(JobStream::Stderr, "error: the disk is full")];
    backend.job_lines(job_id, JobLines { attempt: 1, first: 0, lines, lost: 0 }).unwrap();
    let failed = backend.job_attempt(job_id, told(1, Status::Failed, Some(now().plus(SECOND)))).unwrap();
    assert_eq!((failed.status, failed.attempt, failed.next_try.is_some()), (Status::Retrying, 1, true));
    assert_eq!(backend.job_attempt(job_id, told(2, Status::Running, None)).unwrap().status, Status::Running);
    let done = backend.job_attempt(job_id, told(2, Status::Succeeded, None)).unwrap();
    assert_eq!((done.status, done.attempt, done.first_try, done.retries), (Status::Succeeded, 2, false, 1));
    assert_eq!(backend.job_attempt(job_id, told(2, Status::Failed, None)).unwrap(), done, "what has ended stays");
    assert!(matches!(world.trigger("nightly-backup", json!({})), Err(RunRefusal::WatchedJob(_))));
    let logged = world.logged();
    assert!(logged.contains("copied 5 files") && logged.contains("\"severity\":\"error\""), "{logged}");
    let nothing = JobLines { attempt: 1, first: 0, lines: Vec::new(), lost: 0 };
    assert!(matches!(backend.job_lines(JobId::new(Timestamp(0), 1), nothing), Err(RunRefusal::NoRun(_))));
}
