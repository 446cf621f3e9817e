//! Disks of a test: one that is small, so that it can be filled, and one that is slow. Both are of the system, not of the program
//! that is tested: a file system of its own in a mount namespace, and `fsync` that is held up by `strace`.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::programs::{program, skipped};

/// A file system in memory, mounted where only its own processes see it; gone when it is dropped.
pub(crate) struct SmallDisk {
    holder: Child,
    nsenter: PathBuf,
    /// Options of `nsenter`.
    enter: &'static [&'static str],
    filler: PathBuf,
}

impl SmallDisk {
    /// Of so many MiB at a folder; `None`, and said so, where this account may not have one.
    pub(crate) fn new(at: &Path, mib: u32) -> Option<Self> {
        let (unshare, nsenter) = (program("unshare")?, program("nsenter")?);
        std::fs::create_dir_all(at).unwrap();
        let script = format!("mount -t tmpfs -o size={mib}m none '{0}' && echo ready && exec cat", at.display());
        let ways: [(&[&str], &[&str]); 2] = [(&["-Urm"], &["-U", "-m", "--preserve-credentials"]), (&["-m"], &["-m"])];
        for (leave, enter) in ways {
            let mut command = Command::new(&unshare);
            command.args(leave).args(["sh", "-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut holder = command.spawn().unwrap();
            let mut told = String::new();
            let _ = BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut told);
            if told == "ready\n" {
                return Some(Self { holder, nsenter, enter, filler: at.join("filler") });
            }
            let _ = holder.kill();
            let _ = holder.wait();
        }
        skipped("this account may not mount a file system of its own");
        None
    }

    /// The command, so that it sees the disk. The process stays the one that is started.
    pub(crate) fn on_it(&self, command: &Command) -> Command {
        let mut entered = Command::new(&self.nsenter);
        entered.args(["-t", &self.holder.id().to_string()]).args(self.enter).arg("--").arg(command.get_program()).args(command.get_args());
        entered.env("NO_COLOR", "1").stdin(Stdio::null());
        entered
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let mut filler = std::fs::File::create(self.outside(&self.filler)).unwrap();
        for piece in [1 << 20, 1 << 12, 1] {
            while filler.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.outside(&self.filler)).unwrap();
    }

    /// A path on the disk, as it is seen from here.
    fn outside(&self, path: &Path) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.holder.id(), path.display()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.holder.stdin.take());
        let _ = self.holder.stdout.take().map(|mut rest| rest.read_to_end(&mut Vec::new()));
        let _ = self.holder.wait();
    }
}

/// The command, on a disk that takes so many ms for everything that must be durable; `None`, and said so, without `strace`.
pub(crate) fn slowly(command: &Command, ms: u32) -> Option<Command> {
    let strace = program("strace")?;
    let calls = "fsync,fdatasync";
    let mut traced = Command::new(strace);
    traced.args(["-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null"]);
    traced.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:delay_enter={ms}ms")]);
    traced.arg(command.get_program()).args(command.get_args()).env("NO_COLOR", "1").stdin(Stdio::null());
    Some(traced)
}
