//! Processes that must not outlive this one, however it ends.
//!
//! Who is killed with `kill -9` has no time to kill its children. So a little process of its own, the program started again, is told
//! of each process group over a pipe; when the pipe closes, whoever held its other end is gone, and what is left is killed. The
//! death signal of Linux would reach only the child itself and not what it has started, would come when the thread ends that made
//! the child, and needs code between fork and exec that the compiler cannot check. What a group has started elsewhere, such as a
//! container of a daemon, is ended by a call that is told with it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

/// A call that ends what a group has started elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ending {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
}

impl Ending {
    /// The call, which hears and says nothing.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0("magpie").args(&self.arguments).env_clear().envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// Tells the guarding process of groups, and starts it when the first one comes.
#[derive(Debug)]
pub struct Guard {
    program: PathBuf,
    arguments: Vec<String>,
    watching: Mutex<Watching>,
}

#[derive(Debug, Default)]
struct Watching {
    guarding: Option<Guarding>,
    /// What it was told, by the name under which it is forgotten.
    told: BTreeMap<String, String>,
    /// Number of the next ending.
    next: u64,
}

/// The guarding process; it ends when its input ends.
#[derive(Debug)]
struct Guarding {
    child: Child,
    input: ChildStdin,
}

impl Guarding {
    /// Asked before it is told anything: a process that is being started at this moment may hold its end of the pipe, too, and
    /// then writing to one that was killed succeeds.
    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Guarding {
    fn drop(&mut self) {
        // Somebody has killed it, or nobody guards any more: it does not stay as a zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Guard {
    /// A guard that starts this program, with arguments that make it call [`guard_processes`].
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Self {
        Self { program, arguments, watching: Mutex::default() }
    }

    /// The group is killed when this process ends, until it is forgotten.
    ///
    /// # Errors
    /// When the guarding process cannot be started.
    pub(super) fn watch(&self, group: Pid) -> io::Result<()> {
        self.tell(|_| (group.as_raw_pid().to_string(), String::new())).map(drop)
    }

    /// The group has ended.
    pub(super) fn forget(&self, group: Pid) {
        self.untell(&group.as_raw_pid().to_string());
    }

    /// This is called when this process ends, until what is given is forgotten. Told before the program starts, so that there is no moment
    /// in which nobody would end what it makes elsewhere.
    ///
    /// # Errors
    /// When the guarding process cannot be started.
    pub(super) fn promise(&self, ending: &Ending) -> io::Result<String> {
        let ending = serde_json::to_string(ending)?;
        self.tell(|number| (format!("{ELSEWHERE}{number}"), format!(" {ending}")))
    }

    /// It has ended by itself.
    pub(super) fn untell(&self, name: &str) {
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        watching.told.remove(name);
        if let Some(guarding) = &mut watching.guarding
            && writeln!(guarding.input, "-{name}").is_err()
        {
            watching.guarding = None;
        }
    }

    fn tell(&self, what: impl FnOnce(u64) -> (String, String)) -> io::Result<String> {
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        watching.next += 1;
        let (name, rest) = what(watching.next);
        watching.told.insert(name.clone(), rest.clone());
        if let Some(guarding) = &mut watching.guarding
            && guarding.is_alive()
            && writeln!(guarding.input, "+{name}{rest}").is_ok()
        {
            return Ok(name);
        }
        // There is none, or it was killed: a new one hears of all.
        watching.guarding = None;
        let mut guarding = self.start()?;
        let all: String = watching.told.iter().map(|(name, rest)| format!("+{name}{rest}\n")).collect();
        guarding.input.write_all(all.as_bytes())?;
        watching.guarding = Some(guarding);
        Ok(name)
    }

    /// In a group of its own, so that a signal of the terminal does not reach it before us.
    fn start(&self) -> io::Result<Guarding> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or_else(|| io::Error::other("the guarding process has no input"))?;
        Ok(Guarding { child, input })
    }
}

/// Begins the names of endings; those of groups are their numbers.
const ELSEWHERE: char = 'e';

/// The guarding process: reads `+GROUP`, `+e1 ENDING` and, with a minus, what is over; and ends what is left when its input ends.
pub fn guard_processes(input: impl BufRead) {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for line in input.lines().map_while(Result::ok) {
        let (sign, line) = line.split_at_checked(1).unwrap_or_default();
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        match sign {
            "+" => drop(told.insert(name.to_owned(), rest.to_owned())),
            _ => drop(told.remove(name)),
        }
    }
    // Groups first: numbers come before letters.
    for (name, rest) in told {
        if let Some(group) = name.parse().ok().and_then(Pid::from_raw) {
            // A group without processes is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        } else if let Ok(ending) = serde_json::from_str::<Ending>(&rest) {
            // Nobody waits here for what a daemon does.
            let _ = ending.command().process_group(0).spawn();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> (Child, Pid) {
        let child = Command::new("sh").args(["-c", "sleep 60 & wait"]).process_group(0).spawn().unwrap();
        let pid = Pid::from_raw(child.id() as i32).unwrap();
        (child, pid)
    }

    #[test]
    fn what_is_left_when_the_input_ends_is_killed_and_what_was_forgotten_is_not() {
        let ((mut left, one), (mut ended, other)) = (group(), group());
        let dir = tempfile::tempdir().unwrap();
        let touch = |name: &str| Ending {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), format!("echo $A > '{}'", dir.path().join(name).display())],
            environment: vec![("A".to_owned(), "ended".to_owned())],
        };
        let json = |name: &str| serde_json::to_string(&touch(name)).unwrap();
        let (group, forgotten) = (one.as_raw_pid(), other.as_raw_pid());
        let told = format!("+{group}\n+{forgotten}\n+e1 {}\n+e2 {}\nnonsense\n\n-{forgotten}\n-e2\n", json("one"), json("other"));
        guard_processes(told.as_bytes());
        while std::fs::read_to_string(dir.path().join("one")).unwrap_or_default() != "ended\n" {
            std::thread::yield_now();
        }
        assert!(!dir.path().join("other").exists(), "what was forgotten is not ended elsewhere, either");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&left.wait().unwrap()), Some(9));
        assert!(ended.try_wait().unwrap().is_none(), "it goes on");
        kill_process_group(other, Signal::KILL).unwrap();
        ended.wait().unwrap();
    }

    #[test]
    fn a_guard_that_was_killed_is_replaced_and_the_new_one_is_told_of_all_groups() {
        let dir = tempfile::tempdir().unwrap();
        let heard = dir.path().join("heard");
        let guard = Guard::new("sh".into(), vec!["-c".to_owned(), format!("exec cat > '{}'", heard.display())]);
        let pid = |number| Pid::from_raw(number).unwrap();
        guard.watch(pid(11)).unwrap();
        let mut killed = guard.watching.lock().unwrap().guarding.take().unwrap();
        killed.child.kill().unwrap();
        killed.child.wait().unwrap();
        // As if its input were still held by somebody: what is written there is read by nobody.
        let mut holds = Command::new("sleep").arg("600").stdin(Stdio::piped()).spawn().unwrap();
        killed.input = holds.stdin.take().unwrap();
        guard.watching.lock().unwrap().guarding = Some(killed);
        guard.watch(pid(12)).unwrap();
        holds.kill().unwrap();
        holds.wait().unwrap();
        guard.forget(pid(11));
        // A pipe keeps what was written until it is read, so this ends.
        let said = || std::fs::read_to_string(&heard).unwrap_or_default();
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while said() != "+11\n+12\n-11\n" && std::time::Instant::now() < patience {
            std::thread::yield_now();
        }
        assert_eq!(said(), "+11\n+12\n-11\n");
    }
}
