//! The command: in a process group of its own, so that whatever ends it ends all that it has started.
//!
//! What it writes is passed on as it comes, and told line by line. A signal that we get is passed to the group; so is the end of its
//! time. A group that does not end by itself then is killed.

use std::io::{self, IsTerminal, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use magpie_api::JobStream;
use magpie_model::Timestamp;
use magpie_model::run::Status;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};
use tokio::task::JoinHandle;

use super::feed::Feed;
use super::lines::Lines;
use crate::error::{Error, Result};
use crate::serve::now;

/// Time that a group has to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// Time that output may still come after the command has ended: something that it left behind may hold its streams open.
const REST: Duration = Duration::from_secs(1);

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, from somebody else.
    Signalled(i32),
    /// Its time ran out.
    TimedOut,
    /// We were told to end it, by this signal.
    Cancelled(i32),
    /// It never began: our exit code, and why.
    NotStarted(u8, String),
}

/// How and when a command ended.
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) at: Timestamp,
}

impl Ended {
    /// What the attempt's status is.
    pub(super) fn status(&self) -> Status {
        match self.end {
            End::Exited(0) => Status::Succeeded,
            End::Exited(_) | End::Signalled(_) | End::NotStarted(..) => Status::Failed,
            End::TimedOut => Status::TimedOut,
            End::Cancelled(_) => Status::Cancelled,
        }
    }

    /// Our exit code, as a shell would give it.
    pub(super) fn code(&self) -> u8 {
        match &self.end {
            End::Exited(code) => (code & 0xff) as u8,
            End::Signalled(signal) | End::Cancelled(signal) => 128u8.saturating_add((signal & 0x7f) as u8),
            End::TimedOut => 124,
            End::NotStarted(code, _) => *code,
        }
    }

    /// Why it failed, when the exit code does not say it.
    pub(super) fn detail(&self) -> Option<String> {
        match &self.end {
            End::Exited(0) => None,
            End::Exited(code) => Some(format!("the command ended with exit code {code}")),
            End::Signalled(signal) => Some(format!("the command was ended by signal {signal}")),
            End::TimedOut => Some("the command took longer than --timeout".to_owned()),
            End::Cancelled(0) => Some("it was cancelled".to_owned()),
            End::Cancelled(signal) => Some(format!("`magpie exec` was ended by signal {signal}")),
            End::NotStarted(_, reason) => Some(reason.clone()),
        }
    }
}

/// The signals that ask us to end.
pub(super) struct Signals([unix::Signal; 3]);

impl Signals {
    pub(super) fn new() -> Result<Self> {
        let on = |kind| unix::signal(kind).map_err(Error::failed("listen for signals"));
        Ok(Self([on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?]))
    }

    /// The next one, by its number.
    pub(super) async fn next(&mut self) -> i32 {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => Signal::INT.as_raw(),
            _ = terminate.recv() => Signal::TERM.as_raw(),
            _ = hangup.recv() => Signal::HUP.as_raw(),
        }
    }
}

/// Runs the command to its end.
pub(super) async fn run(command: &[String], timeout: Option<Duration>, quiet: bool, feed: &Arc<Feed>, signals: &mut Signals) -> Ended {
    let end = match start(command) {
        Ok(child) => watch(child, timeout, quiet, feed, signals).await,
        Err(error) => {
            let code = if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 };
            let reason = format!("`{}` could not be started: {error}", command.first().map_or("", String::as_str));
            super::warn(&reason);
            End::NotStarted(code, reason)
        }
    };
    Ended { end, at: now() }
}

fn start(command: &[String]) -> io::Result<Child> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    // A process group in the background may not read from a terminal: it would be stopped.
    let input = if io::stdin().is_terminal() { Stdio::null() } else { Stdio::inherit() };
    Command::new(program).args(arguments).process_group(0).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

async fn watch(mut child: Child, timeout: Option<Duration>, quiet: bool, feed: &Arc<Feed>, signals: &mut Signals) -> End {
    let group = child.id().and_then(|id| Pid::from_raw(id as i32));
    let streams = [
        child.stdout.take().map(|from| tokio::task::spawn_local(pass_on(from, JobStream::Stdout, quiet, Arc::clone(feed)))),
        child.stderr.take().map(|from| tokio::task::spawn_local(pass_on(from, JobStream::Stderr, quiet, Arc::clone(feed)))),
    ];
    let time = async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    let asked = tokio::select! {
        status = child.wait() => {
            drain(streams).await;
            return status.map_or(End::Signalled(0), of);
        }
        signal = signals.next() => End::Cancelled(signal),
        () = feed.cancelled() => End::Cancelled(0),
        () = time => End::TimedOut,
    };
    let signal = match asked {
        End::Cancelled(number) => Signal::from_named_raw(number).unwrap_or(Signal::TERM),
        _ => Signal::TERM,
    };
    end(&mut child, group, signal, signals).await;
    drain(streams).await;
    asked
}

/// Asks the group to end, and kills it when it does not, or when we are asked again.
async fn end(child: &mut Child, group: Option<Pid>, signal: Signal, signals: &mut Signals) {
    let send = |signal| group.map(|group| kill_process_group(group, signal));
    // A group that is gone is what is wanted.
    let _ = send(signal);
    tokio::select! {
        _ = child.wait() => {}
        () = tokio::time::sleep(GRACE) => {}
        _ = signals.next() => {}
    }
    let _ = send(Signal::KILL);
    let _ = child.wait().await;
}

fn of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exited(code),
        (None, signal) => End::Signalled(signal.unwrap_or(0)),
    }
}

async fn drain(streams: [Option<JoinHandle<()>>; 2]) {
    for mut stream in streams.into_iter().flatten() {
        if tokio::time::timeout(REST, &mut stream).await.is_err() {
            stream.abort();
        }
    }
}

/// Passes a stream on, and tells its lines.
async fn pass_on(mut from: impl AsyncRead + Unpin, stream: JobStream, quiet: bool, feed: Arc<Feed>) {
    let (mut piece, mut lines) = (vec![0; 8 << 10], Lines::default());
    let mut each = |line: String| feed.line(stream, line);
    loop {
        match from.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(length) => {
                if !quiet {
                    write(stream, &piece[..length]);
                }
                lines.take(&piece[..length], &mut each);
            }
        }
    }
    lines.end(&mut each);
}

/// A reader of ours that has gone away is no reason to end the command.
fn write(stream: JobStream, piece: &[u8]) {
    let _ = match stream {
        JobStream::Stdout => io::stdout().write_all(piece).and_then(|()| io::stdout().flush()),
        JobStream::Stderr | JobStream::Magpie => io::stderr().write_all(piece),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        for (end, code, status) in [
            (End::Exited(0), 0, Status::Succeeded),
            (End::Exited(3), 3, Status::Failed),
            (End::Signalled(9), 137, Status::Failed),
            (End::TimedOut, 124, Status::TimedOut),
            (End::Cancelled(15), 143, Status::Cancelled),
            (End::NotStarted(127, "x".into()), 127, Status::Failed),
        ] {
            let ended = Ended { end, at: Timestamp(0) };
            assert_eq!((ended.code(), ended.status()), (code, status), "{:?}", ended.end);
            assert_eq!(ended.detail().is_none(), status == Status::Succeeded);
        }
    }
}
