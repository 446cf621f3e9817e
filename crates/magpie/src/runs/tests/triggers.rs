//! What starts, ends and holds up runs: limits, the queue, overlap, cancelling, events, restarts; the store away.

use magpie_model::run::{RunFilter, RunQuery, Trigger};
use magpie_store::runs::Cause;

use super::super::trigger::{Told, Wanted};
use super::super::waiting;
use super::*;

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

#[test]
fn a_run_keeps_its_place_while_one_of_its_branches_works_and_a_limit_of_time_sleeps() {
    let world = World::new(|config| {
        config.flows.slots = 1;
        config.flows.allow.shell = true;
    });
    let [begun, go] = ["begun", "go"].map(|name| world.dir.path().join(name));
    let command = "touch \"$1\"; while [ ! -e \"$2\" ]; do sleep 0.05; done; sleep 0.3";
    let works = format!("{{run: {{shell: {{command: '{command}', arguments: ['{}', '{}']}}}}}}", begun.display(), go.display());
    let branches = format!("[{{sleeps: {{wait: {{minutes: 5}}}}}}, {{works: {works}}}]");
    let both =
        world.publish(&flow("both", "", &format!("timeout: {{after: {{hours: 1}}}}\ndo: [{{f: {{fork: {{branches: {branches}}}}}}}]")));
    let short = world.publish(&flow("short", "", "do: [{a: {set: {b: 1}}}]"));
    let both = world.trigger(&both, json!({})).unwrap().job_id;
    wait_for("the branch that works", || begun.exists().then_some(()));
    assert_eq!(world.run(both).status, Status::Running);
    let short = world.trigger(&short, json!({})).unwrap().job_id;
    std::fs::write(&go, "").unwrap();
    let started = world.until(short, Status::Succeeded).started.unwrap();
    let steps = world.api.store.steps(both).unwrap();
    let ended = steps.iter().find(|step| step.name == "works").and_then(|step| step.ended);
    assert!(ended.is_some_and(|ended| started >= ended), "{started} while the other worked, until {ended:?}");
    world.until(both, Status::Waiting);
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
    let logged = world.logged();
    let told = ["attempt 1 started", "attempt 1 goes on after an interruption"].map(|told| logged.matches(told).count());
    assert_eq!(told, [1, 1], "{logged}");
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

/// Takes the only place of a writer of the state database, as a backup, a stuck process or a full disk does.
fn lock(world: &World) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(world.dir.path().join("runs.db")).unwrap();
    connection.execute_batch("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE").unwrap();
    connection
}

#[test]
fn a_trigger_while_the_store_is_locked_has_a_job_id_and_is_tried_again_by_itself() {
    let (outside, world) = (Outside::start(), World::new(|_| {}));
    let at = &outside.address;
    // What `overlap: skip` would leave out was acknowledged here: both runs are made, one after the other.
    let metadata = ", retry: {delay: {milliseconds: 10}}, schedule: {overlap: skip, concurrency: 1}";
    let source = flow("sync", metadata, &format!("do:\n  - post: {{call: http, with: {{method: post, endpoint: '{at}/order'}}}}\n"));
    let id = world.publish(&source);
    wait_for("its row in memory", || world.runs.as_ref()?.shared.flows.read().unwrap().contains_key(&id).then_some(()));
    let locked = lock(&world);
    let begin = Instant::now();
    let first = world.trigger(&id, json!({"card": "4711-4711"})).unwrap();
    let second = world.trigger(&id, json!({"card": "4712-4712"})).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!((first.status, first.attempt), (Status::Retrying, 1));
    assert!(first.fault.unwrap().detail.unwrap().contains("the store of runs was away"));
    let waiting: Vec<JobId> = world.api.backend.waiting().iter().map(|run| run.job_id).collect();
    assert_eq!(waiting, [first.job_id, second.job_id]);
    for file in std::fs::read_dir(world.dir.path().join("runs-waiting")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|text| text == b"4711-4711"), "an input lies open");
    }
    drop(locked);
    for job_id in [first.job_id, second.job_id] {
        wait_for("its run", || world.api.store.run(job_id).unwrap());
        let done = world.until(job_id, Status::Succeeded);
        assert!(done.attempt <= 2);
    }
    wait_for("nothing that waits", || world.api.backend.waiting().is_empty().then_some(()));
    let all = RunQuery { filter: RunFilter::range(TimeRange::ALL), limit: 9, after: None };
    assert_eq!((world.api.store.runs(&all).unwrap().total, outside.asked("/order")), (2, 2), "each is made once");
}

#[test]
fn a_trigger_that_waited_for_the_store_has_a_failed_attempt_that_a_success_folds_away() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("quick", ", retry: {delay: {milliseconds: 10}}", "do: [{a: {set: {b: 1}}}]\n"));
    let shared = &world.runs.as_ref().unwrap().shared;
    let row = world.api.store.flow(&id).unwrap().unwrap();
    let trigger = Trigger { kind: TriggerKind::Webhook, by: None, due: None };
    let wanted = Wanted { row, revision: None, input: json!({}), trigger, cause: Cause::None, late: false, signature: Some(signed("")) };
    let told = Told { job_id: JobId::new(now(), 7), time: now(), away: Some("the disk is full".to_owned()) };
    waiting::keep(shared, &wanted, &told).unwrap();
    let done = wait_for("its success", || {
        let detail = world.api.store.run(told.job_id).unwrap()?;
        (detail.run.status == Status::Succeeded).then_some(detail)
    });
    assert_eq!(done.attempts.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [Status::Failed, Status::Succeeded]);
    assert_eq!((done.run.attempt, done.run.first_try, done.run.queued), (2, false, told.time));
    let superseded = world.api.store.superseded(&RunFilter::range(TimeRange::ALL)).unwrap();
    assert_eq!(superseded[0].job_id, told.job_id);
    let line = wait_for("a line of the attempt that could not be made", || {
        world.logged().lines().find(|line| line.contains("the disk is full")).map(str::to_owned)
    });
    assert!(line.contains(&told.job_id.to_string()) && line.contains("\"attempt\":\"1\""), "{line}");
    // Kept once more, as after a crash between entering and forgetting it, it makes no second run.
    waiting::keep(shared, &wanted, &told).unwrap();
    wait_for("nothing that waits", || world.api.backend.waiting().is_empty().then_some(()));
    assert_eq!(world.run(told.job_id).attempt, 2);
}

#[test]
fn a_trigger_that_can_be_kept_nowhere_is_refused() {
    let world = World::new(|_| {});
    let id = world.publish(&flow("quick", "", "do: [{a: {set: {b: 1}}}]\n"));
    let locked = lock(&world);
    let folder = world.dir.path().join("runs-waiting");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let refused = world.trigger(&id, json!({})).unwrap_err();
    assert!(matches!(&refused, RunRefusal::Away(reason) if reason.contains("cannot be kept")), "{refused}");
    drop(locked);
}
