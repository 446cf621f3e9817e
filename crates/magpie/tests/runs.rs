//! Runs of flows in the real binary, killed and asked again: none is lost, none is done twice.
//!
//! A service outside counts what is asked of it. A step that may do something twice (POST) is asked once, or its run waits for a
//! person; one that may be repeated (PUT) at least once; and every run comes to an end. Moments of killing are random; the
//! seed is printed, and `MAGPIE_SEED` repeats it.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use support::disks::SmallDisk;
use support::outside::Outside;
use support::{PATIENCE, Place, Running, ask, free_address, wait_for};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// Each run asks for its own paths, so that what is asked twice is seen.
fn counted_flow(outside: &Outside) -> String {
    let at = &outside.address;
    format!(
        "document: {{dsl: '1.0.3', namespace: t, name: counted, version: '1.0.0', metadata: {{application: shop, schedule: {{concurrency: 8}}}}}}
do:
  - begin: {{set: {{n: '${{ $workflow.input.n }}'}}}}
  - put1: {{call: http, with: {{method: put, endpoint: '{at}/put/{{n}}/1'}}, output: {{as: $workflow.input}}}}
  - post1: {{call: http, with: {{method: post, endpoint: '{at}/post/{{n}}/1', body: {{}}}}, output: {{as: $workflow.input}}}}
  - put2: {{call: http, with: {{method: put, endpoint: '{at}/put/{{n}}/2'}}, output: {{as: $workflow.input}}}}
  - post2: {{call: http, with: {{method: post, endpoint: '{at}/post/{{n}}/2', body: {{}}}}, output: {{as: $workflow.input}}}}
  - done: {{set: {{ok: true}}}}
"
    )
}

fn outside() -> Outside {
    Outside::start(|_, _| {
        // So slow that a kill falls into steps, not only between them.
        std::thread::sleep(Duration::from_millis(15));
        (200, "{}".to_owned())
    })
}

fn trigger(running: &Running, flow: &str, input: Value) -> Option<String> {
    let body = json!({ "input": input }).to_string();
    let answer = ask(&running.address, "POST", &format!("/api/v1/flows/{flow}/runs"), &JSON, &body)?;
    (answer.status == 202).then(|| answer.json()["job_id"].as_str().unwrap().to_owned())
}

fn runs(running: &Running) -> Vec<Value> {
    let (mut runs, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = running.get(&format!("/api/v1/runs?from=2020-01-01T00:00:00Z&limit=100{cursor}"));
        runs.extend(page["runs"].as_array().unwrap().iter().cloned());
        match page["next"].as_str().or(page["cursor"].as_str()) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return runs,
        }
    }
}

/// Waits until every run has ended, and gives how many of each status.
fn all_ended(running: &Running, expected: usize) -> HashMap<String, usize> {
    wait_for("end of all runs", PATIENCE * 2, || {
        let runs = runs(running);
        let ended = runs.iter().filter(|run| ["succeeded", "failed"].contains(&run["status"].as_str().unwrap())).count();
        (runs.len() >= expected && ended == runs.len()).then(|| {
            let mut counts = HashMap::new();
            for run in runs {
                *counts.entry(run["status"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            counts
        })
    })
}

/// Posts at most once, puts at least once where the run came so far; every run has either succeeded or waits for a person.
fn nothing_is_done_twice(running: &Running, outside: &Outside) -> (usize, usize) {
    let asked = outside.asked();
    let twice: Vec<_> = asked.iter().filter(|(what, times)| what.starts_with("POST") && **times > 1).collect();
    assert!(twice.is_empty(), "posted twice: {twice:?}");
    let (mut succeeded, mut doubtful) = (0, 0);
    for run in runs(running) {
        let id = run["job_id"].as_str().unwrap();
        let detail = running.get(&format!("/api/v1/runs/{id}"));
        let number = &detail["input"]["n"];
        if run["status"] == "succeeded" {
            succeeded += 1;
            for what in ["PUT /put/{n}/1", "POST /post/{n}/1", "PUT /put/{n}/2", "POST /post/{n}/2"] {
                let what = what.replace("{n}", &number.to_string());
                assert!(asked.get(&what).is_some_and(|times| *times >= 1), "{what} was never asked");
            }
        } else {
            doubtful += 1;
            assert!(run["open"] == true && run["doubtful"]["pointer"].as_str().is_some_and(|at| at.contains("post")), "{run}");
        }
    }
    (succeeded, doubtful)
}

fn random() -> fastrand::Rng {
    let seed = std::env::var("MAGPIE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("MAGPIE_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

#[test]
fn kill_9_in_mid_run_loses_no_run_and_repeats_no_effect() {
    let (outside, mut random) = (outside(), random());
    let place = Place::new("flows: { dir: '{dir}/flows' }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    std::fs::write(place.path("flows/counted.yaml"), counted_flow(&outside)).unwrap();
    let (mut accepted, mut number) = (0, 0);
    for _ in 0..4 {
        let running = place.serve();
        running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
        for _ in 0..10 {
            accepted += usize::from(trigger(&running, "t.counted", json!({ "n": number })).is_some());
            number += 1;
        }
        std::thread::sleep(Duration::from_millis(random.u64(20..400)));
        running.kill_9();
    }
    let running = place.serve();
    let counts = all_ended(&running, accepted);
    assert_eq!(counts.values().sum::<usize>(), accepted, "{counts:?}");
    let (succeeded, doubtful) = nothing_is_done_twice(&running, &outside);
    eprintln!("{succeeded} runs succeeded, {doubtful} wait for a person");
    assert!(succeeded > 0);
    // A run is on the map and in the logs like any other module and line.
    let logged = running.wait_for("/api/v1/records?kind=run&limit=1000&from=2020-01-01T00:00:00Z", PATIENCE, |answer| {
        answer["records"].as_array().is_some_and(|records| records.iter().any(|record| record["flow"] == "t.counted"))
    });
    let record = logged["records"].as_array().unwrap().iter().find(|record| record["component"] == "http").unwrap();
    assert_eq!((&record["application"], &record["kind"], &record["version"]), (&json!("shop"), &json!("run"), &json!("1.0.0")));
    assert!(record["message"].as_str().is_some_and(|message| !message.is_empty() && !message.contains('{')), "{record}");
    let call = &running.get("/api/v1/records?kind=call&limit=1&from=2020-01-01T00:00:00Z")["records"][0];
    assert_eq!((&call["source_module"], &call["flow"]), (&json!("t.counted"), &json!("t.counted")), "{call}");
}

#[test]
fn a_file_that_is_replaced_by_an_upgrade_leaves_the_running_magpie_its_helpers() {
    let place = Place::new("flows: { dir: '{dir}/flows', allow: { shell: true } }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    let flow = "document: {dsl: '1.0.3', namespace: t, name: short, version: '1.0.0', metadata: {retry: {limit: {attempt: {count: 0}}}}}
do:
  - sum: {set: {sum: '${ .a + 1 }'}}
  - shell: {run: {shell: {command: 'test \"$1\" = 42', arguments: ['${ .sum | tostring }']}}}
";
    std::fs::write(place.path("flows/short.yaml"), flow).unwrap();
    let (program, address) = (place.path("magpie"), free_address());
    std::fs::copy(env!("CARGO_BIN_EXE_magpie"), &program).unwrap();
    let mut command = std::process::Command::new(&program);
    command.args(place.command(&address).get_args()).stdin(std::process::Stdio::null());
    let running = Running::start(&mut command, address, place.path("stderr")).ready();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    std::fs::remove_file(&program).unwrap();
    std::fs::write(&program, "the next version\n").unwrap();
    trigger(&running, "t.short", json!({ "a": 41 })).unwrap();
    assert_eq!(all_ended(&running, 1), HashMap::from([("succeeded".to_owned(), 1)]), "{}", running.told());
}

#[test]
fn two_magpies_on_one_database_never_run_a_step_twice_at_once() {
    let outside = outside();
    let (one, other) = (Place::new(""), Place::new(""));
    let state = tempfile::tempdir().unwrap();
    let shared = state.path().display();
    one.configure(&format!("flows: {{ dir: '{{dir}}/flows', state_dir: '{shared}' }}\n"));
    other.configure(&format!("flows: {{ state_dir: '{shared}' }}\n"));
    std::fs::create_dir(one.path("flows")).unwrap();
    std::fs::write(one.path("flows/counted.yaml"), counted_flow(&outside)).unwrap();
    let (first, second) = (one.serve(), other.serve());
    second.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    for number in 0..30 {
        let to = if number % 2 == 0 { &first } else { &second };
        trigger(to, "t.counted", json!({ "n": number })).unwrap();
    }
    // The other takes over what the one leaves behind, once its leases have run out.
    first.kill_9();
    all_ended(&second, 30);
    let (succeeded, doubtful) = nothing_is_done_twice(&second, &outside);
    assert_eq!(succeeded + doubtful, 30);
    assert!(succeeded >= 14, "only {succeeded}");
}

#[test]
fn due_times_that_passed_while_it_was_down_have_rows_with_their_reason() {
    let place = Place::new("flows: { dir: '{dir}/flows' }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    let flow =
        "document: {dsl: '1.0.3', namespace: t, name: tick, version: '1.0.0'}\nschedule: {every: {seconds: 1}}\ndo: [{a: {set: {b: 1}}}]\n";
    std::fs::write(place.path("flows/tick.yaml"), flow).unwrap();
    let running = place.serve();
    let past = |running: &Running, outcome: &str| {
        wait_for(outcome, PATIENCE, || {
            let path = format!("/api/v1/schedules/t.tick/due?from=2020-01-01T00:00:00Z&to={}", jiff::Timestamp::now());
            let rows = running.try_get(&path)?["due"].as_array()?.clone();
            let wanted: Vec<Value> = rows.into_iter().filter(|row| row["outcome"] == outcome).collect();
            (!wanted.is_empty()).then_some(wanted)
        })
    };
    past(&running, "ran");
    running.kill_9();
    let down = std::time::Instant::now();
    wait_for("nine seconds without it", PATIENCE, || (down.elapsed() > Duration::from_secs(9)).then_some(()));
    let running = place.serve();
    let missed = past(&running, "missed");
    assert!(missed.iter().all(|row| row["reason"] == "down"), "{missed:?}");
}

#[test]
fn expressions_that_loop_end_with_their_parent() {
    let place = Place::new("flows: { dir: '{dir}/flows' }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    let flow = "document: {dsl: '1.0.3', namespace: t, name: loop, version: '1.0.0'}\ndo: [{a: {set: {b: '${ [repeat(1)] }'}}}]\n";
    std::fs::write(place.path("flows/loop.yaml"), flow).unwrap();
    let running = place.serve();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    trigger(&running, "t.loop", json!({})).unwrap();
    let parent = running.child.id();
    let children = wait_for("a child that evaluates", PATIENCE, || Some(children_of(parent)).filter(|children| !children.is_empty()));
    running.kill_9();
    wait_for("the end of its children", PATIENCE, || children.iter().all(|child| has_ended(*child)).then_some(()));
}

#[test]
fn what_a_step_started_does_not_outlive_a_magpie_that_is_killed() {
    let place = Place::new("flows: { dir: '{dir}/flows', allow: { shell: true } }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    let pids = place.path("pids");
    // A child of the shell, which would live on as an orphan.
    let flow = format!(
        "document: {{dsl: '1.0.3', namespace: t, name: sleeps, version: '1.0.0'}}\ndo:\n  - a: {{run: {{shell: {{command: 'sleep 600 & echo $$ $! > {}; wait'}}}}}}\n",
        pids.display()
    );
    std::fs::write(place.path("flows/sleeps.yaml"), flow).unwrap();
    let running = place.serve();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    trigger(&running, "t.sleeps", json!({})).unwrap();
    let started: Vec<u32> = wait_for("its processes", PATIENCE, || {
        let written = std::fs::read_to_string(&pids).ok()?;
        let pids: Vec<u32> = written.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        (pids.len() == 2).then_some(pids)
    });
    assert!(started.iter().all(|process| !has_ended(*process)));
    running.kill_9();
    wait_for("the end of its processes", PATIENCE, || started.iter().all(|process| has_ended(*process)).then_some(()));
}

#[test]
fn a_trigger_that_was_acknowledged_while_the_database_was_locked_survives_kill_9() {
    let (outside, place) = (outside(), Place::new("flows: { dir: '{dir}/flows' }\n"));
    std::fs::create_dir(place.path("flows")).unwrap();
    std::fs::write(place.path("flows/counted.yaml"), counted_flow(&outside)).unwrap();
    let running = place.serve();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    // So that its definition and its row are known.
    trigger(&running, "t.counted", json!({ "n": 0 })).unwrap();
    all_ended(&running, 1);
    let locked = rusqlite::Connection::open(place.data().join("runs.db")).unwrap();
    locked.execute_batch("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE").unwrap();
    let first = trigger(&running, "t.counted", json!({ "n": 1 })).unwrap();
    let health = running.get("/api/v1/health");
    assert!(health["reasons"].to_string().contains("1 trigger waits"), "{}", health["reasons"]);
    let others = (2..4).map(|number| trigger(&running, "t.counted", json!({ "n": number })).unwrap());
    let ids: Vec<String> = [first].into_iter().chain(others).collect();
    let listed = running.get("/api/v1/runs?flow=t.counted&status=retrying");
    assert_eq!(listed["waiting"].as_array().map(Vec::len), Some(3), "{listed}");
    let one = running.get(&format!("/api/v1/runs/{}", ids[0]));
    assert!(one["fault"]["detail"].as_str().is_some_and(|detail| detail.contains("the store of runs was away")), "{one}");
    let health = running.get("/api/v1/health");
    assert!(health["reasons"].to_string().contains("3 triggers wait"), "{}", health["reasons"]);
    running.kill_9();
    drop(locked);
    let running = place.serve();
    let counts = all_ended(&running, 4);
    assert_eq!(counts, HashMap::from([("succeeded".to_owned(), 4)]));
    for id in &ids {
        assert_eq!(running.get(&format!("/api/v1/runs/{id}"))["status"], "succeeded");
    }
    assert_eq!(nothing_is_done_twice(&running, &outside).0, 4);
}

#[test]
fn a_full_disk_refuses_triggers_and_loses_none_that_was_acknowledged() {
    let place = Place::new("flows: { dir: '{dir}/flows' }\n");
    let Some(disk) = SmallDisk::new(&place.data(), 48) else { return };
    std::fs::create_dir(place.path("flows")).unwrap();
    let flow = "document: {dsl: '1.0.3', namespace: t, name: kept, version: '1.0.0'}\ndo:\n  - keep: {set: {n: '${ .n }'}}\n";
    std::fs::write(place.path("flows/kept.yaml"), flow).unwrap();
    let address = free_address();
    let running = Running::start(&mut disk.on_it(&place.command(&address)), address.clone(), place.path("stderr")).ready();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    let mut acknowledged = Vec::new();
    for round in 0..2 {
        acknowledged.push(trigger(&running, "t.kept", json!({ "n": round })).unwrap());
        disk.fill();
        // What the database has set aside before takes some all the same.
        let refused = wait_for("a refusal", PATIENCE, || {
            let body = json!({ "input": { "n": round, "filler": "x".repeat(50_000) } }).to_string();
            let answer = ask(&address, "POST", "/api/v1/flows/t.kept/runs", &JSON, &body)?;
            if answer.status == 202 {
                acknowledged.push(answer.json()["job_id"].as_str().unwrap().to_owned());
            }
            (answer.status != 202).then_some(answer)
        });
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert!(refused.head.contains("\r\nretry-after: 1"), "{}", refused.head);
        disk.free();
        wait_for("a taken trigger", PATIENCE, || {
            acknowledged.push(trigger(&running, "t.kept", json!({ "n": round }))?);
            Some(())
        });
    }
    let counts = all_ended(&running, acknowledged.len());
    assert_eq!(counts, HashMap::from([("succeeded".to_owned(), acknowledged.len())]), "{}", running.told());
    for id in &acknowledged {
        assert_eq!(running.get(&format!("/api/v1/runs/{id}"))["status"], "succeeded");
    }
}

#[test]
fn sighup_applies_what_flows_may_do_and_tells_what_needs_a_restart() {
    let place = Place::new("flows: { dir: '{dir}/flows' }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    let flow = "document: {dsl: '1.0.3', namespace: t, name: shell, version: '1.0.0', metadata: {retry: {delay: {milliseconds: 10}, limit: {attempt: {count: 1}}}}}\ndo: [{a: {run: {shell: {command: 'true'}}}}]\n";
    std::fs::write(place.path("flows/shell.yaml"), flow).unwrap();
    let running = place.serve();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| !flows.is_empty()));
    trigger(&running, "t.shell", json!({})).unwrap();
    assert_eq!(all_ended(&running, 1), HashMap::from([("failed".to_owned(), 1)]));
    place.configure("flows: { dir: '{dir}/flows', slots: 3, allow: { shell: true } }\n");
    running.signal(rustix::process::Signal::HUP);
    wait_for("what was reloaded", PATIENCE, || {
        let told = running.told();
        (told.contains("flows changed") && told.contains("flows.slots changes with the next start")).then_some(())
    });
    trigger(&running, "t.shell", json!({})).unwrap();
    assert_eq!(all_ended(&running, 2), HashMap::from([("failed".to_owned(), 1), ("succeeded".to_owned(), 1)]));
}

fn status_of(process: u32) -> Option<(String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut words = stat.rsplit(')').next()?.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn children_of(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|process| status_of(*process).is_some_and(|(_, of)| of == parent)).collect()
}

fn has_ended(process: u32) -> bool {
    status_of(process).is_none_or(|(state, _)| state == "Z")
}
