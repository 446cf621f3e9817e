//! Flows, runs and watched jobs on the command line, against the real binary that serves: what is printed, and the exit codes.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

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
    world.printed(&["runs", "retry", end, "--from", "start", "--input", r#"{"ok":true}"#, "--comment", "paid"]);
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
    let audit = world.running.get("/api/v1/audit");
    assert!(audit["entries"].is_array());
    world.printed(&["flows", "disable", "t.fails"]);
    assert!(world.told(&["flows", "run", "t.fails"]).0.contains("disabled"));
}

#[test]
fn a_watched_job_is_a_run_with_its_output_as_log_and_its_exit_code_as_status() {
    let world = World::new();
    let (output, code) = world.exec("backup", &[], "echo begun; echo 'disk is slow' >&2; exit 3");
    assert!(code == 3 && output.contains("begun") && output.contains("disk is slow"), "{code} {output}");
    let run = world.newest("backup");
    assert_eq!((&run["status"], &run["kind"]), (&"failed".into(), &"job".into()));
    let messages = world.messages(run["job_id"].as_str().unwrap(), 5);
    assert!(["begun", "disk is slow"].iter().all(|line| messages.iter().any(|message| message == line)), "{messages:?}");
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
    assert!(world.printed(&["schedules", "pause", "nightly", "--reason", "stocktaking"]).contains("paused"));
    let (refused, code) = world.exec("nightly", &["--schedule", "every day"], "true");
    assert!(code == 2 && refused.contains("--schedule"), "{code} {refused}");
}

fn files(folder: &str) -> usize {
    fs::read_dir(Path::new(folder)).map_or(0, Iterator::count)
}
