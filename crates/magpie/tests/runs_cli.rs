//! Flows, runs and watched jobs on the command line, against the real binary that serves: what is printed, and the exit codes.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{PATIENCE, Running, free_address, magpie, text, wait_for};
use tempfile::TempDir;

const FAILS: &str =
    "document: {dsl: '1.0.3', namespace: t, name: fails, version: '1.0.0', metadata: {retry: {limit: {attempt: {count: 1}}}}}
do:
  - check: {if: '${ .ok != true }', raise: {error: {type: 'https://example.com/no', status: 500, title: No, detail: no money}}}
  - done: {set: {paid: true}}
";

struct World {
    running: Running,
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        let (dir, address) = (tempfile::tempdir().unwrap(), free_address());
        let config = dir.path().join("magpie.yaml");
        let logs = dir.path().join("*.log");
        let written = format!(
            "data_dir: {}\nsources:\n  - name: app\n    file: {{ include: ['{}'] }}\n",
            dir.path().join("data").display(),
            logs.display()
        );
        fs::write(&config, written).unwrap();
        let mut command = magpie(&["serve", "--config", config.to_str().unwrap(), "--listen", &address]);
        let running = Running::start(&mut command, address, dir.path().join("told")).ready();
        Self { running, dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// What a command printed to both outputs, and its exit code.
    fn told(&self, arguments: &[&str]) -> (String, i32) {
        let output = magpie(arguments).env("MAGPIE_SERVER", &self.running.address).env("USER", "ann").output().unwrap();
        told(&output)
    }

    /// What a command that must work printed.
    fn printed(&self, arguments: &[&str]) -> String {
        let (printed, code) = self.told(arguments);
        assert_eq!(code, 0, "{arguments:?}: {printed}");
        printed
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.printed(arguments)).unwrap()
    }

    /// `magpie exec` around a shell command.
    fn exec(&self, name: &str, options: &[&str], command: &str) -> (String, i32) {
        let spool = self.path("spool");
        self.told(&[&["exec", "--flow", name, "--spool", &spool], options, &["--", "sh", "-c", command]].concat())
    }

    /// The messages of a run's log, when there are as many as wanted.
    fn messages(&self, job_id: &str, wanted: usize) -> Vec<String> {
        wait_for("run log", PATIENCE, || {
            let logs = self.json(&["runs", "logs", job_id, "--json"]);
            let messages = logs["records"].as_array()?.iter().map(|record| record["message"].as_str().unwrap_or("").to_owned());
            let messages: Vec<String> = messages.collect();
            (messages.len() >= wanted).then_some(messages)
        })
    }

    fn newest(&self, flow: &str) -> Value {
        self.json(&["runs", "list", "--flow", flow, "--limit", "1", "--json"])["runs"][0].clone()
    }
}

fn told(output: &Output) -> (String, i32) {
    (format!("{}{}", text(&output.stdout), text(&output.stderr)), output.status.code().unwrap_or(-1))
}

#[test]
fn saving_a_schedule_tells_when_it_is_due_and_how_the_next_changes_of_the_clock_move_it() {
    let world = World::new();
    let file = world.path("night.yaml");
    let source = "document: {dsl: '1.0.3', namespace: t, name: night, version: '1.0.0', metadata: {timezone: Europe/Berlin}}\nschedule: {cron: '30 2 * * *'}\ndo: [{a: {set: {b: 1}}}]\n";
    fs::write(&file, source).unwrap();
    let told = world.printed(&["flows", "publish", &file]);
    assert_eq!(told.lines().filter(|line| line.starts_with("due next ") || line.starts_with("     ")).count(), 5, "{told}");
    let (summer, winter) = ("UTC+1 before, UTC+2 after", "UTC+2 before, UTC+1 after");
    assert!(told.contains(summer) && told.contains(winter), "{told}");
}

#[test]
fn a_run_that_waits_for_its_next_try_is_retried_at_once_and_a_misspelt_flow_is_told_with_the_nearest() {
    let world = World::new();
    let file = world.path("patient.yaml");
    fs::write(&file, FAILS.replace("t, name: fails", "t, name: patient").replace("{limit", "{delay: PT1H, limit")).unwrap();
    world.printed(&["flows", "publish", &file]);
    let (told, code) = world.told(&["flows", "run", "t.patien"]);
    assert_eq!((told.contains("did you mean `t.patient`? `magpie flows list` lists all flows"), code), (true, 1), "{told}");

    let (told, code) = world.told(&["flows", "publish", "t.patient.yaml"]);
    assert_eq!((told.contains("`t.patient.yaml` is neither a file nor a flow"), code), (true, 1), "{told}");

    let job_id = world.json(&["flows", "run", "t.patient", "--json"])["job_id"].as_str().unwrap().to_owned();
    let until_attempt = |attempt: u64| {
        wait_for("attempt that waits for the next", PATIENCE, || {
            let run = world.newest("t.patient");
            (run["attempt"] == attempt && run["status"] == "retrying").then_some(run)
        })
    };
    assert_eq!(until_attempt(1)["by_hand"], false, "the next try is an hour away");
    let (told, code) = world.told(&["runs", "retry", &job_id, "--from", "/do/9/none"]);
    assert_eq!((told.contains(&format!("`magpie runs retry {job_id} --preview`")), code), (true, 1), "{told}");
    world.printed(&["runs", "retry", &job_id, "--comment", "the bank is back"]);
    assert_eq!(until_attempt(2)["by_hand"], true);
}

#[test]
fn failures_that_are_alike_are_one_row_of_the_inbox_and_are_retried_and_waived_together() {
    let world = World::new();
    let file = world.path("fails.yaml");
    // The step that fails and its error depend on the input.
    let book = "do:\n  - book: {if: '${ .late == true }', raise: {error: {type: 'https://example.com/late', status: 503}}}\n";
    fs::write(&file, FAILS.replace("count: 1", "count: 0").replace("do:\n", book)).unwrap();
    world.printed(&["flows", "publish", &file]);
    let run = |input: &str| world.told(&["flows", "run", "t.fails", "--input", input, "--wait"]).1;
    let codes = [run("{}"), run(r#"{"late":true}"#), run("{}"), run("{}"), run(r#"{"ok":true}"#)];
    assert_eq!(codes, [4, 4, 4, 4, 0]);
    let inbox = || -> Vec<(u64, String)> {
        let told = world.json(&["runs", "inbox", "--json"]);
        let group = |group: &Value| (group["count"].as_u64().unwrap(), group["newest"]["fault"]["pointer"].as_str().unwrap().to_owned());
        told["groups"].as_array().unwrap().iter().map(group).collect()
    };
    let (check, book) = ("/do/1/check".to_owned(), "/do/0/book".to_owned());
    assert_eq!(inbox(), [(3, check), (1, book.clone())]);
    let printed = world.printed(&["runs", "inbox"]);
    assert!(printed.contains("no money") && printed.contains("book"), "{printed}");
    let overview = world.printed(&["runs", "overview"]);
    assert!(overview.contains("4 failures in the inbox:") && overview.contains("no money"), "{overview}");

    let newest = world.json(&["runs", "inbox", "--json"])["groups"][0]["newest"]["job_id"].as_str().unwrap().to_owned();
    let preview = world.printed(&["runs", "retry", &newest, "--alike", "--preview"]);
    assert!(preview.contains("3 runs failed alike:") && preview.contains("/do/1/check"), "{preview}");
    let retried = world.json(&["runs", "retry", &newest, "--alike", "--json"]);
    assert_eq!(retried["runs"].as_array().unwrap().len(), 3);
    wait_for("all three to have failed again", PATIENCE, || (inbox().first()?.0 == 3).then_some(()));
    let waived = world.json(&["runs", "waive", &newest, "--alike", "--reason", "the bank was down", "--json"]);
    assert_eq!(waived["runs"].as_array().unwrap().iter().filter(|run| run["waived"]["reason"] == "the bank was down").count(), 3);
    assert_eq!(inbox(), [(1, book)]);
    let (told, code) = world.told(&["runs", "waive", &newest, "--alike", "--reason", "x"]);
    assert!(code == 2 && told.contains("is not in the failure inbox"), "{code} {told}");
}

#[test]
fn a_document_is_checked_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        fs::write(dir.path().join(name), content).unwrap();
        dir.path().join(name).to_str().unwrap().to_owned()
    };
    let (good, bad) = (file("good.yaml", FAILS), file("bad.yaml", "document: {dsl: '1.0.3', namespace: t}\ndo: 3\n"));
    let ask = |path: &str| told(&magpie(&["flows", "validate", path]).output().unwrap());
    assert_eq!(ask(&good), ("t.fails 1.0.0 is valid\n".to_owned(), 0));
    let (mistakes, code) = ask(&bad);
    assert!(code == 3 && mistakes.contains("bad.yaml:1: ") && mistakes.contains("bad.yaml:2: "), "{code} {mistakes}");
    assert_eq!(ask("/no/such/file").1, 1);
}

#[test]
fn a_flow_is_published_fails_is_retried_by_hand_and_its_failed_attempts_are_folded_away() {
    let world = World::new();
    let file = world.path("fails.yaml");
    fs::write(&file, FAILS).unwrap();
    assert_eq!(world.printed(&["flows", "publish", &file, "--comment", "first"]), "t.fails 1.0.0: save 1 is live\n");
    assert!(world.printed(&["flows", "list"]).contains("t.fails"));
    let (told, code) = world.told(&["flows", "run", "t.fails", "--wait"]);
    assert!(code == 4 && told.contains("failed") && told.contains("no money"), "{code} {told}");
    let run = world.newest("t.fails");
    assert_eq!((&run["open"], &run["trigger"]["by"]), (&true.into(), &"ann".into()));
    let id = run["job_id"].as_str().unwrap();
    let end = &id[id.len() - 12..];
    assert!(world.printed(&["runs", "list", "--open"]).contains(end));
    assert!(world.messages(end, 2).iter().any(|message| message.contains("no money")), "what it failed with is in its log");
    let preview = world.printed(&["runs", "retry", end, "--preview"]);
    assert!(preview.contains("check") && preview.contains("yes"), "{preview}");
    world.printed(&["runs", "retry", end, "--input", r#"{"ok":true}"#, "--comment", "paid"]);
    let run = wait_for("success", PATIENCE, || Some(world.newest("t.fails")).filter(|run| run["status"] == "succeeded"));
    assert_eq!((&run["by_hand"], &run["open"]), (&true.into(), &false.into()));
    let folded = wait_for("log of the last attempt", PATIENCE, || {
        let logs = world.json(&["runs", "logs", end, "--json"]);
        let is_there = logs["records"].as_array()?.iter().any(|record| record["attempt"] == run["attempt"]);
        is_there.then_some(logs)
    });
    assert!(folded["folded"].as_u64().unwrap() > 0, "{folded}");
    assert!(folded["records"].as_array().unwrap().iter().all(|record| record["severity"] != "error"), "{folded}");
    let all = world.json(&["runs", "logs", end, "--attempts", "--json"]);
    assert!(all["records"].as_array().unwrap().iter().any(|record| record["severity"] == "error"));
    assert!(world.printed(&["runs", "show", end]).contains("succeeded"));
    let (refused, code) = world.told(&["runs", "waive", end, "--reason", "x"]);
    assert!(code == 1 && refused.contains("cannot be waived"), "{code} {refused}");
    world.printed(&["flows", "disable", "t.fails"]);
    let audit = world.running.get("/api/v1/audit");
    let entries = audit["entries"].as_array().unwrap().iter().filter(|entry| entry["by"] == "ann");
    let done: Vec<(&str, &str)> = entries.map(|entry| (entry["action"].as_str().unwrap(), entry["subject"].as_str().unwrap())).collect();
    assert_eq!(done, [("disable flow", "t.fails"), ("retry run", id), ("trigger run", id), ("publish flow", "t.fails")]);
    assert!(world.told(&["flows", "run", "t.fails"]).0.contains("disabled"));
}

#[test]
fn a_watched_job_is_a_run_with_its_output_as_log_and_its_exit_code_as_status() {
    let world = World::new();
    let (output, code) = world.exec("backup", &[], "echo begun; echo 'disk is slow' >&2; exit 3");
    assert!(code == 3 && output.contains("begun") && output.contains("disk is slow"), "{code} {output}");
    let run = world.newest("backup");
    assert_eq!((&run["status"], &run["kind"]), (&"failed".into(), &"job".into()));
    let mut messages = world.messages(run["job_id"].as_str().unwrap(), 5);
    messages.reverse(); // the newest is told first
    let expected = ["attempt 1 started", "begun", "disk is slow", "attempt 1 failed with exit code 3"];
    assert!(messages[0].starts_with("begun on ") && messages[0].contains(": sh -c"), "{messages:?}");
    let mut own = messages[1..].to_vec();
    own[1..3].sort(); // two streams, so in any order
    assert_eq!(own, expected, "in the order of what happened");
    let flag = world.path("flag");
    let (_, code) = world.exec("backup", &["--retries", "1", "--backoff", "1ms"], &format!("[ -e {flag} ] || {{ touch {flag}; exit 1; }}"));
    let run = world.newest("backup");
    assert_eq!((code, &run["status"], &run["attempt"]), (0, &"succeeded".into(), &2.into()));
    assert_eq!(world.exec("slow", &["--timeout", "300ms"], "sleep 60").1, 124);
    assert_eq!(world.newest("slow")["status"], "timed_out");
    assert_eq!(world.told(&["exec", "--flow", "none", "--spool", &world.path("spool"), "--", "/no/such/program"]).1, 127);
    assert_eq!(world.exec("b d", &[], "true").1, 2);
}

#[test]
fn a_wrapped_command_keeps_its_exit_code_where_nothing_can_be_told() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, nobody) = (dir.path().join("spool").display().to_string(), free_address());
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut exec = magpie(&["exec", "--flow", "backup", "--spool", &spool, "--", "sh", "-c", "echo done; echo oh >&2; exit 7"]);
    let ended = exec.env("MAGPIE_SERVER", nobody).stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(ended.code(), Some(7));
}

impl World {
    /// `magpie exec` around a shell command that is still running.
    fn exec_in_background(&self, name: &str, command: &str) -> std::process::Child {
        let spool = self.path("spool");
        magpie(&["exec", "--flow", name, "--spool", &spool, "--", "sh", "-c", command])
            .env("MAGPIE_SERVER", &self.running.address)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The newest run of a job, once it stands like this.
    fn until(&self, flow: &str, status: &str) -> Value {
        wait_for(status, PATIENCE, || Some(self.newest(flow)).filter(|run| run["status"] == status))
    }
}

#[test]
fn a_signal_reaches_the_command_and_the_run_is_cancelled() {
    let world = World::new();
    let trapped = world.path("trapped");
    // The command may clean up; what it started is ended with it.
    let command = format!("trap 'echo cleaning; touch {trapped}; exit 0' TERM; echo begun; while true; do sleep 0.05; done");
    let mut exec = world.exec_in_background("signalled", &command);
    world.until("signalled", "running");
    wait_for("its first line", PATIENCE, || {
        let id = world.newest("signalled")["job_id"].as_str()?.to_owned();
        world.messages(&id, 1).iter().any(|message| message == "begun").then_some(())
    });
    kill_process(Pid::from_child(&exec), Signal::TERM).unwrap();
    let code = wait_for("its end", PATIENCE, || exec.try_wait().unwrap());
    assert_eq!(code.code(), Some(128 + 15), "as a shell tells it");
    assert!(Path::new(&trapped).exists(), "the command heard of it");
    let run = world.until("signalled", "cancelled");
    assert!(run["fault"]["detail"].as_str().is_some_and(|detail| detail.contains("signal 15")), "{run}");
    let messages = world.messages(run["job_id"].as_str().unwrap(), 4);
    assert!(messages.iter().any(|message| message == "cleaning"), "what it writes at its end is told: {messages:?}");
}

#[test]
fn a_run_that_is_cancelled_at_the_server_ends_its_command() {
    let world = World::new();
    // It writes all the time, which must not keep the wrapper from hearing of it.
    let mut exec = world.exec_in_background("unwanted", "while true; do echo busy; sleep 0.2; done");
    let run = world.until("unwanted", "running");
    world.printed(&["runs", "cancel", run["job_id"].as_str().unwrap(), "--comment", "wrong day"]);
    let code = wait_for("the end of the command", PATIENCE, || exec.try_wait().unwrap());
    assert_ne!(code.code(), Some(0));
    assert_eq!(world.newest("unwanted")["status"], "cancelled");
    let audit = world.running.get(&format!("/api/v1/audit?subject={}", run["job_id"].as_str().unwrap()));
    assert_eq!((&audit["entries"][0]["action"], &audit["entries"][0]["comment"]), (&"cancel run".into(), &"wrong day".into()));
}

#[test]
fn a_job_that_does_not_come_is_an_alert_and_late_when_it_comes_after_all() {
    let world = World::new();
    let schedule = ["--schedule", "* * * * * *", "--timezone", "UTC", "--grace", "1s"];
    assert_eq!(world.exec("punctual", &schedule, "true").1, 0);
    let alert = wait_for("an alert of the watchdog", PATIENCE, || {
        let alerts = world.running.get("/api/v1/alerts?state=firing");
        alerts["alerts"].as_array()?.iter().find(|alert| alert.to_string().contains("punctual")).cloned()
    });
    assert!(alert.to_string().contains("missed_s"), "{alert}");
    let due = || {
        let path = "/api/v1/schedules/punctual/due?outcome=missed&outcome=late&outcome=ran&limit=5000&from=now-1h&to=now";
        world.running.get(path)["due"].as_array().unwrap().clone()
    };
    assert!(due().iter().any(|row| row["outcome"] == "missed" && row["reason"] == "absent"));
    // Its schedule asks for one each second, so some due time is missed at any moment, and the run takes the last of them.
    assert_eq!(world.exec("punctual", &[], "true").1, 0);
    let id = world.newest("punctual")["job_id"].clone();
    let row = wait_for("its due time", PATIENCE, || due().into_iter().find(|row| row["run"]["job_id"] == id));
    assert!(["late", "ran"].contains(&row["outcome"].as_str().unwrap()), "{row}");
}

#[test]
fn run_logs_are_followed_on_the_terminal() {
    let world = World::new();
    let mut exec = world.exec_in_background("chatty", "echo past; sleep 1; while true; do echo present; sleep 0.2; done");
    let run = world.until("chatty", "running");
    let id = run["job_id"].as_str().unwrap();
    wait_for("what is past", PATIENCE, || world.messages(id, 1).iter().any(|message| message == "past").then_some(()));
    let mut follow =
        magpie(&["runs", "logs", id, "--follow"]).env("MAGPIE_SERVER", &world.running.address).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("past")), "it begins with what was logged");
    let fresh = lines.by_ref().filter(|line| line.contains("present")).take(5).count();
    assert_eq!(fresh, 5, "and goes on with what is");
    follow.kill().unwrap();
    follow.wait().unwrap();
    kill_process(Pid::from_child(&exec), Signal::TERM).unwrap();
    exec.wait().unwrap();
}

#[test]
fn a_job_that_nobody_could_be_told_of_is_told_with_the_next_one() {
    let world = World::new();
    let spool = world.path("spool");
    let (output, code) = world.exec("away", &["--server", "127.0.0.1:1"], "echo while you were away; exit 5");
    assert!(code == 5 && output.contains("while you were away") && output.contains("kept in"), "{code} {output}");
    assert_eq!(files(&spool), 1);
    assert_eq!(world.exec("next", &[], "true").1, 0);
    assert_eq!(files(&spool), 0, "all of it is handed over");
    let run = world.newest("away");
    assert_eq!(run["status"], "failed");
    assert!(world.messages(run["job_id"].as_str().unwrap(), 3).iter().any(|message| message == "while you were away"));
}

#[test]
fn an_expected_job_has_a_schedule_with_due_times() {
    let world = World::new();
    assert_eq!(world.exec("nightly", &["--schedule", "* * * * *", "--timezone", "Europe/Berlin", "--grace", "1h"], "true").1, 0);
    let schedule = wait_for("next due time", PATIENCE, || {
        let listed = world.json(&["schedules", "list", "--json"]);
        Some(listed["schedules"][0].clone()).filter(|schedule| schedule["next"].is_string())
    });
    assert_eq!((&schedule["schedule"]["timezone"], &schedule["last"]["outcome"]), (&"Europe/Berlin".into(), &"ran".into()));
    assert!(world.printed(&["schedules", "due", "nightly"]).contains("ran"));
    let to_come = |arguments: &[&str]| world.json(arguments)["due"].as_array().unwrap().iter().any(|row| row["outcome"] == "due");
    assert!(to_come(&["schedules", "due", "nightly", "--to", "now+2d", "--json"]));
    assert!(!to_come(&["schedules", "due", "nightly", "--json"]), "what is to come has nothing to tell");
    assert!(world.printed(&["schedules", "pause", "nightly", "--reason", "stocktaking"]).contains("paused"));
    let (refused, code) = world.exec("nightly", &["--schedule", "every day"], "true");
    assert!(code == 2 && refused.contains("--schedule"), "{code} {refused}");
    let (refused, code) = world.exec("nightly", &["--schedule", "* * * * *", "--timezone", "Mars/Olympus"], "true");
    assert!(code == 2 && refused.contains("--timezone `Mars/Olympus`"), "{code} {refused}");
    let file = world.path("fails.yaml");
    fs::write(&file, FAILS).unwrap();
    world.printed(&["flows", "publish", &file]);
    let (refused, code) = world.exec("t.fails", &[], "echo it runs all the same");
    assert!(code == 0 && refused.contains("it runs all the same") && refused.contains("is a flow that Magpie runs"), "{code} {refused}");
}

#[test]
fn due_times_to_come_are_counted_for_a_day_of_seconds_and_what_is_not_counted_is_told() {
    let world = World::new();
    let file = world.path("often.yaml");
    fs::write(&file, FAILS.replace("t, name: fails", "t, name: often").replace("do:\n", "schedule: {every: {seconds: 1}}\ndo:\n")).unwrap();
    world.printed(&["flows", "publish", &file]);
    let to_come = |to: &str| world.printed(&["schedules", "list", "--from", "now", "--to", to]);
    assert!(to_come("now+23h").contains("82,"), "each of them: {}", to_come("now+23h"));
    assert!(to_come("now+2d").contains("100k+"), "{}", to_come("now+2d"));
}

#[test]
fn runs_by_hand_stand_among_the_due_times_with_how_they_went() {
    let world = World::new();
    let file = world.path("fails.yaml");
    fs::write(&file, FAILS.replace("do:\n", "schedule: {cron: '* * * * *'}\ndo:\n").replace("count: 1", "count: 0")).unwrap();
    world.printed(&["flows", "publish", &file]);
    assert_eq!(world.told(&["flows", "run", "t.fails", "--wait"]).1, 4);
    let run = world.newest("t.fails");
    let due = wait_for("a due time", PATIENCE + PATIENCE, || {
        Some(world.json(&["schedules", "due", "t.fails", "--json"])).filter(|due| due["due"][0]["run"]["ended"].is_string())
    });
    assert_eq!((&due["due"][0]["outcome"], &due["others"][0]["job_id"]), (&"failed".into(), &run["job_id"]));
    let printed = world.printed(&["schedules", "due", "t.fails"]);
    let line = |word: &str| printed.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
    let id = run["job_id"].as_str().unwrap();
    let by_hand = line("manual ann");
    assert!(by_hand.contains(&id[id.len() - 12..]) && by_hand.contains("failed") && by_hand.contains("no money"), "{printed}");
    assert_eq!(world.json(&["schedules", "due", "t.fails", "--outcome", "missed", "--json"])["others"].as_array().unwrap().len(), 0);
}

fn files(folder: &str) -> usize {
    fs::read_dir(Path::new(folder)).map_or(0, Iterator::count)
}

#[test]
fn a_file_that_cannot_be_published_is_shown_with_its_mistake_and_its_source() {
    let place = support::Place::new("flows: { dir: '{dir}/flows' }\n");
    std::fs::create_dir(place.path("flows")).unwrap();
    let source = "document: {dsl: '1.0.3', namespace: t, name: wrong, version: '1.0.0'}\ndo: [{a: {sett: {b: 1}}}]\n";
    std::fs::write(place.path("flows").join("wrong.yaml"), source).unwrap();
    let running = place.serve();
    running.wait_for("/api/v1/flows", PATIENCE, |answer| answer["flows"].as_array().is_some_and(|flows| flows.len() == 1));
    let printed = |arguments: &[&str]| {
        let output = magpie(arguments).env("MAGPIE_SERVER", &running.address).output().unwrap();
        text(&output.stdout)
    };
    let shown = printed(&["flows", "show", "t.wrong"]);
    assert!(shown.contains("line 2: /do/0/a/sett: unknown key `sett`") && !shown.contains("version"), "{shown}");
    assert_eq!(printed(&["flows", "show", "t.wrong", "--source"]), source);
}

#[test]
fn the_preview_of_a_retry_has_one_row_for_the_items_of_a_loop() {
    let world = World::new();
    let file = world.path("loop.yaml");
    let flow = "document: {dsl: '1.0.3', namespace: t, name: loop, version: '1.0.0', metadata: {retry: {limit: {attempt: {count: 0}}}}}
do:
  - each: {for: {each: n, in: '${ [1, 2, 3] }'}, do: [{told: {call: logger, with: {message: '${ $n }'}}}]}
  - check: {raise: {error: {type: 'https://x/y', status: 402, title: no money}}}
";
    fs::write(&file, flow).unwrap();
    world.printed(&["flows", "publish", &file]);
    world.told(&["flows", "run", "t.loop", "--wait"]);
    let run = world.newest("t.loop");
    let preview = world.printed(&["runs", "retry", run["job_id"].as_str().unwrap(), "--preview"]);
    let rows: Vec<Vec<&str>> = preview.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    assert!(rows.contains(&vec!["told", "3", "no"]) && rows.contains(&vec!["check", "1", "yes"]), "{preview}");
    assert_eq!(preview.matches("told").count(), 2, "name and pointer of one row: {preview}");
}
