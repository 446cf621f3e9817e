//! Processes on this host: each in a process group and a working directory of its own, both gone when it ends.
//!
//! A process that is no longer waited for is killed with all it has started, also when nobody is left who could wait (`guard`). Its output is bounded: more of it is an error,
//! since a result that is silently cut would be a wrong one.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::BoxFuture;
use super::guard::{Ending, Guard};
use super::world::{ProcessError, ProcessResult, ProcessRunner, ProcessSpec};

/// Variables that are passed on.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

/// Longest time that ending something elsewhere may take.
const ABORT: Duration = Duration::from_secs(30);

/// Runs processes on this host.
#[derive(Clone, Debug)]
pub struct HostProcesses {
    /// Longest output and error output, in bytes each.
    pub output_bytes: usize,
    /// Who kills them when this process is killed; nobody without.
    pub guard: Option<Arc<Guard>>,
}

impl Default for HostProcesses {
    fn default() -> Self {
        Self { output_bytes: 4 << 20, guard: None }
    }
}

impl ProcessRunner for HostProcesses {
    fn run(&self, spec: ProcessSpec) -> BoxFuture<'static, Result<ProcessResult, ProcessError>> {
        let (limit, guard) = (self.output_bytes, self.guard.clone());
        Box::pin(async move {
            let program = spec.program.clone();
            run(spec, limit, guard).await.map_err(|error| ProcessError(format!("`{program}` could not be run: {error}")))
        })
    }

    fn finds(&self, program: &str) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    }
}

/// Kills a process group when it goes out of scope.
struct Group {
    leader: Option<Pid>,
    guard: Option<Arc<Guard>>,
}

impl Group {
    fn of(child: &Child, guard: Option<Arc<Guard>>) -> io::Result<Self> {
        let group = Self { leader: child.id().and_then(|id| Pid::from_raw(id as i32)), guard };
        if let (Some(leader), Some(guard)) = (group.leader, &group.guard) {
            guard.watch(leader)?;
        }
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(leader) = self.leader else { return };
        // A group without processes is what is wanted.
        let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        if let Some(guard) = &self.guard {
            guard.forget(leader);
        }
    }
}

/// Ends what a program has started elsewhere, unless it has ended by itself.
struct Abort {
    ending: Option<Ending>,
    /// Who does so when this process is killed, and the name under which it was told.
    promised: Option<(Arc<Guard>, String)>,
}

impl Abort {
    fn of(ending: Option<Ending>, guard: Option<&Arc<Guard>>) -> io::Result<Self> {
        let promised = match (&ending, guard) {
            (Some(ending), Some(guard)) => Some((Arc::clone(guard), guard.promise(ending)?)),
            _ => None,
        };
        Ok(Self { ending, promised })
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some((guard, name)) = &self.promised {
            guard.untell(name);
        }
        let (Some(ending), Ok(runtime)) = (self.ending.take(), tokio::runtime::Handle::try_current()) else { return };
        let mut command = Command::from(ending.command());
        command.kill_on_drop(true);
        runtime.spawn(async move {
            // It may have ended in between; then there is nothing to end.
            let _ = tokio::time::timeout(ABORT, command.status()).await;
        });
    }
}

fn passed_on(more: &'static [&'static str]) -> impl Iterator<Item = (String, String)> {
    PASSED_ON.iter().chain(more).filter_map(|&name| Some((name.to_owned(), std::env::var(name).ok()?)))
}

async fn run(spec: ProcessSpec, limit: usize, guard: Option<Arc<Guard>>) -> io::Result<ProcessResult> {
    let directory = tempfile::Builder::new().prefix("magpie-run-").tempdir()?;
    if let Some((name, content)) = &spec.file {
        tokio::fs::write(directory.path().join(name), content).await?;
    }
    let environment: Vec<(String, String)> = passed_on(spec.passed_on).collect();
    let ending = spec.abort.as_deref().and_then(<[String]>::split_first);
    let ending = ending.map(|(program, arguments)| Ending {
        program: program.clone(),
        arguments: arguments.to_vec(),
        environment: environment.clone(),
    });
    let mut abort = Abort::of(ending, guard.as_ref())?;
    let mut child = Command::new(&spec.program)
        .args(&spec.arguments)
        .env_clear()
        .envs(environment)
        .envs(&spec.environment)
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = Group::of(&child, guard)?;
    let stdin = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A process that does not read its input is not wrong.
            let _ = stdin.write_all(&spec.stdin).await;
        }
        Ok(())
    };
    let outputs = async { tokio::try_join!(feed, read(stdout, limit), read(stderr, limit)) };
    let ((), stdout, stderr) = outputs.await?;
    let status = child.wait().await?;
    abort.ending = None;
    drop(group);
    let signal = || std::os::unix::process::ExitStatusExt::signal(&status).map_or(1, |signal| 128 + signal);
    Ok(ProcessResult { code: status.code().unwrap_or_else(signal), stdout, stderr })
}

async fn read(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<Vec<u8>> {
    let Some(pipe) = pipe else { return Ok(Vec::new()) };
    let mut read = Vec::new();
    pipe.take(limit as u64 + 1).read_to_end(&mut read).await?;
    if read.len() > limit {
        return Err(io::Error::other(format!("it prints more than {} MiB", limit >> 20)));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(command: &str, arguments: &[&str]) -> ProcessSpec {
        let arguments = ["-c", command, "sh"].iter().chain(arguments).map(|text| (*text).to_owned()).collect();
        ProcessSpec { program: "sh".into(), arguments, ..ProcessSpec::default() }
    }

    #[tokio::test]
    async fn output_code_input_and_arguments() {
        let mut spec = shell("cat; echo \"$1|$A|$SECRET\"; echo err >&2; exit 3", &["; rm -rf /"]);
        spec.stdin = b"in ".to_vec();
        spec.environment.insert("A".into(), "a".into());
        let result = HostProcesses::default().run(spec).await.unwrap();
        assert_eq!(result, ProcessResult { code: 3, stdout: b"in ; rm -rf /|a|\n".to_vec(), stderr: b"err\n".to_vec() });
        assert!(HostProcesses::default().run(ProcessSpec { program: "no-such-program".into(), ..ProcessSpec::default() }).await.is_err());
        let signalled = HostProcesses::default().run(shell("kill -TERM $$", &[])).await.unwrap();
        assert_eq!(signalled.code, 128 + 15);
    }

    #[tokio::test]
    async fn what_was_started_elsewhere_is_ended_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ended");
        let abort =
            |spec: ProcessSpec| ProcessSpec { abort: Some(vec!["sh".into(), "-c".into(), format!("touch '{}'", file.display())]), ..spec };
        HostProcesses::default().run(abort(shell("true", &[]))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!file.exists(), "it ended by itself");
        let running = HostProcesses::default().run(abort(shell("sleep 60", &[])));
        assert!(tokio::time::timeout(Duration::from_millis(100), running).await.is_err());
        for _ in 0..200 {
            if file.exists() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing ended it");
    }

    #[tokio::test]
    async fn too_much_output_is_an_error() {
        let error = HostProcesses { output_bytes: 1 << 20, guard: None }.run(shell("yes", &[])).await.unwrap_err();
        assert!(error.to_string().contains("more than 1 MiB"), "{error}");
    }

    #[tokio::test]
    async fn who_is_no_longer_waited_for_is_killed_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("alive");
        let command = "(while true; do echo x >> \"$1\"; sleep 0.02; done) & wait";
        let running = HostProcesses::default().run(shell(command, &[file.to_str().unwrap()]));
        assert!(tokio::time::timeout(Duration::from_millis(300), running).await.is_err());
        tokio::time::sleep(Duration::from_millis(100)).await;
        let length = std::fs::metadata(&file).unwrap().len();
        assert!(length > 0, "it ran");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(std::fs::metadata(&file).unwrap().len(), length, "its child still writes");
    }
}
