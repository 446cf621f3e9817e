//! Processes that must not outlive this one, however it ends.
//!
//! Who is killed with `kill -9` has no time to kill its children. So a little process of its own, the program started again, is told
//! of each process group over a pipe; when the pipe closes, whoever held its other end is gone, and what is left is killed. The
//! death signal of Linux would reach only the child itself and not what it has started, would come when the thread ends that made
//! the child, and needs code between fork and exec that the compiler cannot check.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

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
    groups: BTreeSet<i32>,
}

/// The guarding process; it ends when its input ends.
#[derive(Debug)]
struct Guarding {
    child: Child,
    input: ChildStdin,
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
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        watching.groups.insert(group.as_raw_pid());
        if let Some(guarding) = &mut watching.guarding
            && writeln!(guarding.input, "+{}", group.as_raw_pid()).is_ok()
        {
            return Ok(());
        }
        // There is none, or it was killed: a new one hears of all groups.
        watching.guarding = None;
        let mut guarding = self.start()?;
        let all: String = watching.groups.iter().map(|group| format!("+{group}\n")).collect();
        guarding.input.write_all(all.as_bytes())?;
        watching.guarding = Some(guarding);
        Ok(())
    }

    /// The group has ended.
    pub(super) fn forget(&self, group: Pid) {
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        watching.groups.remove(&group.as_raw_pid());
        if let Some(guarding) = &mut watching.guarding
            && writeln!(guarding.input, "-{}", group.as_raw_pid()).is_err()
        {
            watching.guarding = None;
        }
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

/// The guarding process: reads `+GROUP` and `-GROUP`, and kills the groups that are left when the input ends.
pub fn guard_processes(input: impl BufRead) {
    let mut groups = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        let (Some(sign), Ok(group)) = (line.chars().next(), line.get(1..).unwrap_or_default().parse::<i32>()) else { continue };
        match sign {
            '+' => drop(groups.insert(group)),
            _ => drop(groups.remove(&group)),
        }
    }
    for group in groups.into_iter().filter_map(Pid::from_raw) {
        // A group without processes is what is wanted.
        let _ = kill_process_group(group, Signal::KILL);
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
        let told = format!("+{}\n+{}\nnonsense\n-{}\n", one.as_raw_pid(), other.as_raw_pid(), other.as_raw_pid());
        guard_processes(told.as_bytes());
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
        guard.watching.lock().unwrap().guarding = Some(killed);
        guard.watch(pid(12)).unwrap();
        guard.forget(pid(11));
        // A pipe keeps what was written until it is read, so this ends.
        while std::fs::read_to_string(&heard).unwrap_or_default() != "+11\n+12\n-11\n" {
            std::thread::yield_now();
        }
    }
}
