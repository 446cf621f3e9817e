//! What `run: container` asks of a container runtime, by the command line that the real binary gives to one that stands in for it and
//! writes down what it is called with; and what is told when there is none.
//!
//! The stand-in takes the place of the runtime only: docker and podman need a daemon or rights that a machine for tests may lack.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{PATIENCE, Running, free_address, magpie, text, wait_for};
use tempfile::TempDir;

/// Writes its arguments, one a line, and its input; prints on both outputs. `sleep` as the image stays until it is killed.
const STAND_IN: &str = r#"#!/bin/sh
printf '%s\n' "$@" >> "$HOME/called"; echo "DOCKER_HOST=$DOCKER_HOST" >> "$HOME/called"; echo --- >> "$HOME/called"
[ "$1" = run ] || exit 0
for word; do [ "$word" = sleep ] && exec /bin/sleep 600; done
/bin/cat > "$HOME/input"
echo out; echo err >&2; exit 3
"#;

const FULL: &str = r#"document: {dsl: '1.0.3', namespace: t, name: full, version: '1.0.0', metadata: {retry: {limit: {attempt: {count: 0}}}}}
do:
  - pack:
      run:
        container:
          image: registry.example.com/pack:1.2
          name: ${ "pack-" + .order }
          command: pack "$1"
          arguments: ['${ .order }', '; rm -rf /']
          environment: {LEVEL: '${ .level }', KEEP: as it is}
          ports: {8080: 80}
          volumes: {/srv/in: '/in:ro'}
          stdin: ${ .input }
          pullPolicy: always
          lifetime: {cleanup: always}
        return: all
"#;

const PLAIN: &str =
    "document: {dsl: '1.0.3', namespace: t, name: plain, version: '1.0.0', metadata: {retry: {limit: {attempt: {count: 0}}}}}
do:
  - wait: {run: {container: {image: sleep, arguments: [a b]}}}
";

struct World {
    running: Running,
    dir: TempDir,
}

impl World {
    /// A Magpie that finds nothing on its `PATH` but these.
    fn new(runtimes: &[&str]) -> Self {
        let (dir, address) = (tempfile::tempdir().unwrap(), free_address());
        let bin = dir.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for runtime in runtimes {
            fs::write(bin.join(runtime), STAND_IN.replace("$HOME/called", &format!("$HOME/called-{runtime}"))).unwrap();
            fs::set_permissions(bin.join(runtime), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let config = dir.path().join("magpie.yaml");
        let data = dir.path().join("data");
        fs::write(&config, format!("data_dir: {}\nflows: {{ allow: {{ container: true }} }}\n", data.display())).unwrap();
        let mut command = magpie(&["serve", "--config", config.to_str().unwrap(), "--listen", &address]);
        command.env("PATH", bin).env("HOME", dir.path()).env("DOCKER_HOST", "tcp://127.0.0.1:2375");
        let running = Running::start(&mut command, address, dir.path().join("told")).ready();
        Self { running, dir }
    }

    fn told(&self, arguments: &[&str]) -> String {
        text(&magpie(arguments).env("MAGPIE_SERVER", &self.running.address).output().unwrap().stdout)
    }

    fn publish(&self, flow: &str) {
        let file = self.path("flow.yaml");
        fs::write(&file, flow).unwrap();
        let told = self.told(&["flows", "publish", file.to_str().unwrap()]);
        assert!(told.contains("is live"), "{told}");
    }

    /// The newest run of a flow, with all its details.
    fn run(&self, flow: &str) -> Value {
        let listed = self.running.get(&format!("/api/v1/runs?flow={flow}&limit=1"));
        self.running.get(&format!("/api/v1/runs/{}", listed["runs"][0]["job_id"].as_str().unwrap()))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// The calls of a runtime, each with its words; the last word is what it was told of its daemon.
fn calls(file: &Path) -> Vec<Vec<String>> {
    let written = fs::read_to_string(file).unwrap_or_default();
    written.split_terminator("---\n").map(|call| call.lines().map(str::to_owned).collect()).collect()
}

#[test]
fn all_that_a_flow_says_of_a_container_stands_on_the_command_line_and_values_only_as_arguments() {
    let world = World::new(&["docker", "podman"]);
    world.publish(FULL);
    let input = r#"{"order": "7", "level": 3, "input": "two\nlines"}"#;
    world.told(&["flows", "run", "t.full", "--input", input, "--wait"]);
    let expected = [
        "run",
        "--interactive",
        "--name",
        "pack-7",
        "--env",
        "KEEP=as it is",
        "--env",
        "LEVEL=3",
        "--publish",
        "8080:80",
        "--volume",
        "/srv/in:/in:ro",
        "--pull",
        "always",
        "--rm",
        "--entrypoint",
        "sh",
        "--",
        "registry.example.com/pack:1.2",
        "-c",
        "pack \"$1\"",
        "sh",
        "7",
        "; rm -rf /",
        "DOCKER_HOST=tcp://127.0.0.1:2375",
    ];
    assert_eq!(calls(&world.path("called-docker")), [expected]);
    assert!(!world.path("called-podman").exists(), "docker is there");
    assert_eq!(fs::read_to_string(world.path("input")).unwrap(), "two\nlines");
    let run = world.run("t.full");
    assert_eq!((&run["status"], &run["output"]["code"]), (&"succeeded".into(), &3.into()));
    assert_eq!((&run["output"]["stdout"], &run["output"]["stderr"]), (&"out".into(), &"err".into()));
}

#[test]
fn podman_runs_containers_where_docker_is_not_there_and_cancelling_kills_and_removes_them_by_name() {
    let world = World::new(&["podman"]);
    world.publish(PLAIN);
    let started: Value = serde_json::from_str(&world.told(&["flows", "run", "t.plain", "--json"])).unwrap();
    let job_id = started["job_id"].as_str().unwrap();
    let called = || calls(&world.path("called-podman"));
    let first = wait_for("the call", PATIENCE, || called().into_iter().next());
    let name = first[3].clone();
    assert!(name.starts_with(&format!("magpie-{job_id}-")), "{name}");
    assert_eq!(first[4..9], ["--pull", "missing", "--", "sleep", "a b"]);
    world.told(&["runs", "cancel", job_id]);
    let removed = wait_for("the end of the container", PATIENCE, || called().into_iter().nth(2));
    assert_eq!(called()[1], ["kill", &name, "DOCKER_HOST=tcp://127.0.0.1:2375"]);
    assert_eq!(removed, ["rm", "--force", &name, "DOCKER_HOST=tcp://127.0.0.1:2375"]);
    assert_eq!(world.run("t.plain")["status"], "cancelled");
}

#[test]
fn a_container_does_not_outlive_a_magpie_that_is_killed() {
    let mut world = World::new(&["docker"]);
    world.publish(PLAIN);
    world.told(&["flows", "run", "t.plain"]);
    let file = world.path("called-docker");
    let first = wait_for("the call", PATIENCE, || calls(&file).into_iter().next());
    world.running.child.kill().unwrap();
    // Killed, and removed: the step that is repeated runs under the same name.
    let removed = wait_for("the end of the container", PATIENCE, || calls(&file).into_iter().nth(2));
    assert_eq!(calls(&file)[1], ["kill", &first[3], "DOCKER_HOST=tcp://127.0.0.1:2375"]);
    assert_eq!(removed, ["rm", "--force", &first[3], "DOCKER_HOST=tcp://127.0.0.1:2375"]);
}

#[test]
fn without_a_runtime_the_run_says_what_to_install() {
    let world = World::new(&[]);
    world.publish(PLAIN);
    world.told(&["flows", "run", "t.plain", "--wait"]);
    let run = world.run("t.plain");
    let told = "there is no container runtime: install `docker` or `podman` where Magpie finds it on its PATH";
    assert_eq!((&run["status"], &run["fault"]["detail"]), (&"failed".into(), &told.into()));
}
