//! `run`: shell commands, scripts, containers and other flows. Off unless the config file allows the kind.
//!
//! A command stands in the flow as it is written; values reach it only as arguments, environment or standard input, so that
//! data can never become a command.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Data, Going, Scope, Standard, Step, Stop, fault, text_of};
use crate::definition::{Process, Run, Yields};
use crate::run::StepIds;
use crate::run::world::{ProcessResult, ProcessSpec};

/// Programs that run containers, the first that is there; both understand the same command line.
const CONTAINER_RUNTIMES: [&str; 2] = ["docker", "podman"];
/// Ends a container that nobody waits for. It is killed first, since removing alone lets it work on for a while; and it is removed, since a step that is
/// repeated after an interruption runs under the same name.
const ABORT_CONTAINER: &str = r#""$0" kill "$1"; exec "$0" rm --force "$1""#;
const NO_RUNTIME: &str = "there is no container runtime: install `docker` or `podman` where Magpie finds it on its PATH";
/// Where runtimes find their daemon, their settings and the folders of their user.
const RUNTIME_VARIABLES: [&str; 8] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "CONTAINER_HOST",
    "CONTAINERS_CONF",
    "XDG_RUNTIME_DIR",
];

/// `run`: a process or another flow.
pub(super) async fn run(going: &Going, run: &Run, step: &Step<'_>, scope: &mut Scope) -> Result<Data, Stop> {
    let permissions = &going.world.permissions;
    let spec = match &run.process {
        Process::Workflow(workflow) => return subflow(going, workflow, step, scope).await,
        Process::Shell(shell) => {
            allowed(permissions.shell, "shell", step)?;
            shell_spec(going, shell, step, scope).await?
        }
        Process::Script(script) => {
            allowed(permissions.script, "script", step)?;
            script_spec(going, script, step, scope).await?
        }
        Process::Container(container) => {
            allowed(permissions.container, "container", step)?;
            let name = format!("magpie-{}-{}", going.job, going.job.span(&step.key.pointer, &step.key.iteration, going.attempt));
            let runtime = CONTAINER_RUNTIMES.into_iter().find(|runtime| going.world.processes.finds(runtime));
            let runtime = runtime.ok_or_else(|| fault(step, Standard::Configuration, NO_RUNTIME))?;
            container_spec(runtime, &going.filled(container, step, scope).await?, &name)
        }
    };
    let process = going.world.processes.run(spec);
    if !run.wait {
        // The run ends when this has ended; what it prints is not asked for.
        going.detached.lock().await.spawn(async move {
            let _ = process.await;
        });
        return Ok(Arc::clone(&step.input));
    }
    let result = process.await.map_err(|error| fault(step, Standard::Runtime, error.to_string()))?;
    yielded(run.yields, &result, step).map(Arc::new)
}

fn allowed(is_allowed: bool, kind: &str, step: &Step<'_>) -> Result<(), Stop> {
    if is_allowed {
        return Ok(());
    }
    Err(fault(step, Standard::Configuration, format!("`run: {kind}` is switched off; allow it in the configuration under `flows.allow`")))
}

/// The output; an exit code other than 0 is an error unless the flow asks for the code.
fn yielded(yields: Yields, result: &ProcessResult, step: &Step<'_>) -> Result<Value, Stop> {
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    };
    if result.code != 0 && !matches!(yields, Yields::Code | Yields::All) {
        let errors = text(&result.stderr);
        let last: Vec<&str> = errors.lines().rev().take(5).collect();
        let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
        return Err(fault(
            step,
            Standard::Runtime,
            format!("the process ended with code {}{}{last}", result.code, if last.is_empty() { "" } else { ": " }),
        ));
    }
    Ok(match yields {
        Yields::Stdout => text(&result.stdout).into(),
        Yields::Stderr => text(&result.stderr).into(),
        Yields::Code => result.code.into(),
        Yields::All => json!({ "code": result.code, "stdout": text(&result.stdout), "stderr": text(&result.stderr) }),
        Yields::None => Value::Null,
    })
}

/// Arguments, environment and input that both shell and scripts take.
async fn values(
    going: &Going,
    written: &Value,
    step: &Step<'_>,
    scope: &Scope,
) -> Result<(Vec<String>, BTreeMap<String, String>, Vec<u8>), Stop> {
    let arguments = going.filled(&written["arguments"], step, scope).await?;
    let environment = going.filled(&written["environment"], step, scope).await?;
    let stdin = going.filled(&written["stdin"], step, scope).await?;
    Ok((
        arguments.as_array().into_iter().flatten().map(text_of).collect(),
        environment.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text_of(value))).collect(),
        text_of(&stdin).into_bytes(),
    ))
}

async fn shell_spec(going: &Going, shell: &Value, step: &Step<'_>, scope: &Scope) -> Result<ProcessSpec, Stop> {
    let (values, environment, stdin) = values(going, shell, step, scope).await?;
    let command = shell["command"].as_str().unwrap_or_default().to_owned();
    let arguments = ["-c".to_owned(), command, "sh".to_owned()].into_iter().chain(values).collect();
    Ok(ProcessSpec { program: "sh".into(), arguments, environment, stdin, ..ProcessSpec::default() })
}

async fn script_spec(going: &Going, script: &Value, step: &Step<'_>, scope: &Scope) -> Result<ProcessSpec, Stop> {
    let (values, environment, stdin) = values(going, script, step, scope).await?;
    let code = script["code"].as_str().unwrap_or_default().to_owned();
    let (program, name) = match script["language"].as_str().unwrap_or_default() {
        "python" => ("python3", "script.py"),
        // Node decides by the file's name how `import` and `require` are understood.
        "javascript" | "js" if is_module(&code) => ("node", "script.mjs"),
        "javascript" | "js" => ("node", "script.cjs"),
        other => return Err(fault(step, Standard::Configuration, format!("scripts in `{other}` are not run"))),
    };
    let arguments = std::iter::once(name.to_owned()).chain(values).collect();
    Ok(ProcessSpec {
        program: program.into(),
        arguments,
        environment,
        stdin,
        file: Some((name.to_owned(), code)),
        ..ProcessSpec::default()
    })
}

fn is_module(code: &str) -> bool {
    code.lines().map(str::trim_start).any(|line| line.starts_with("import ") || line.starts_with("import{") || line.starts_with("export "))
}

/// The call of the container runtime; `name` if the flow gives none.
fn container_spec(runtime: &str, container: &Value, name: &str) -> ProcessSpec {
    let name = container["name"].as_str().unwrap_or(name);
    let mut arguments = vec!["run".to_owned(), "--interactive".into()];
    let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    option("--name", name.to_owned());
    for (name, value) in container["environment"].as_object().into_iter().flatten() {
        option("--env", format!("{name}={}", text_of(value)));
    }
    for (host, inside) in container["ports"].as_object().into_iter().flatten() {
        option("--publish", format!("{host}:{}", text_of(inside)));
    }
    for (host, inside) in container["volumes"].as_object().into_iter().flatten() {
        option("--volume", format!("{host}:{}", text_of(inside)));
    }
    let pull = match container["pullPolicy"].as_str() {
        Some("always") => "always",
        Some("never") => "never",
        _ => "missing",
    };
    option("--pull", pull.into());
    if container["lifetime"]["cleanup"] == "always" {
        arguments.push("--rm".into());
    }
    let values = container["arguments"].as_array().into_iter().flatten().map(text_of);
    let image = container["image"].as_str().unwrap_or_default().to_owned();
    match container["command"].as_str() {
        Some(command) => {
            arguments.extend(["--entrypoint".to_owned(), "sh".into(), "--".into(), image, "-c".into(), command.to_owned(), "sh".into()]);
            arguments.extend(values);
        }
        None => {
            arguments.extend(["--".to_owned(), image]);
            arguments.extend(values);
        }
    }
    ProcessSpec {
        program: runtime.to_owned(),
        arguments,
        stdin: text_of(&container["stdin"]).into_bytes(),
        passed_on: &RUNTIME_VARIABLES,
        abort: Some(["/bin/sh", "-c", ABORT_CONTAINER, runtime, name].map(str::to_owned).to_vec()),
        ..ProcessSpec::default()
    }
}

/// `run: workflow`: the steps of the other flow are steps of this run, behind this step's pointer.
async fn subflow(going: &Going, workflow: &Value, step: &Step<'_>, scope: &mut Scope) -> Result<Data, Stop> {
    let text = |key: &str| workflow[key].as_str().unwrap_or_default();
    let version = workflow["version"].as_str().unwrap_or("latest");
    let found = going.world.flows.find(text("namespace"), text("name"), version).await;
    let definition = found.ok_or_else(|| {
        let name = format!("{}/{} {version}", text("namespace"), text("name"));
        fault(step, Standard::Configuration, format!("there is no published flow {name}"))
    })?;
    let input = match &workflow["input"] {
        Value::Null => Arc::clone(&step.input),
        written => Arc::new(going.filled(written, step, scope).await?),
    };
    let prefix = format!("{}/run/workflow", step.key.pointer);
    let started = step.started;
    let iteration = (!step.key.iteration.is_empty()).then(|| step.key.iteration.clone());
    going.document(definition, input, &prefix, started, scope.depth + 1, iteration).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_reach_a_container_only_as_arguments() {
        let spec = container_spec(
            "podman",
            &json!({
                "image": "alpine", "command": "echo $1", "arguments": ["; rm -rf /"], "name": "n", "environment": {"A": 1},
                "ports": {"8080": 80}, "volumes": {"/data": "/in"}, "pullPolicy": "never", "lifetime": {"cleanup": "always"}, "stdin": "hi",
            }),
            "other",
        );
        let line = spec.arguments.join(" ");
        assert_eq!(
            line,
            "run --interactive --name n --env A=1 --publish 8080:80 --volume /data:/in --pull never --rm --entrypoint sh -- alpine -c echo $1 sh ; rm -rf /"
        );
        assert_eq!(spec.program, "podman");
        assert_eq!(spec.stdin, b"hi");
        assert_eq!(spec.abort.unwrap()[2..], [ABORT_CONTAINER, "podman", "n"]);
        assert_eq!(spec.arguments.last().map(String::as_str), Some("; rm -rf /"), "one argument, whatever it holds");
    }

    #[test]
    fn modules_are_told_from_scripts() {
        assert!(is_module("// c\nimport { a } from 'node:fs';"));
        assert!(!is_module("const a = require('fs'); // import x"));
    }
}
