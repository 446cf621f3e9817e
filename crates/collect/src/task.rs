//! Threads that own a task.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread that owns a task for as long as the process lives or is asked to stop.
///
/// If it panics, the whole process aborts, after the panic was told: whoever looks after the process starts it anew, and it goes on
/// from what is on disk. A process that lived on without its sender or its judge would look well and do nothing.
pub fn spawn_task<T: Send + 'static>(name: String, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name).spawn(move || {
        let _guard = AbortOnPanic;
        work()
    })
}

struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    const INNER: &str = "MAGPIE_TEST_PANICKING_TASK";

    /// Runs itself as a process of its own, which would live for a minute.
    #[test]
    fn a_task_that_panics_takes_the_process_with_it() {
        if std::env::var_os(INNER).is_some() {
            spawn_task("sender".to_owned(), || panic!("a defect")).unwrap();
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let begin = Instant::now();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture", "task::tests::a_task_that_panics_takes_the_process_with_it"]).env(INNER, "1");
        let output = command.output().unwrap();
        assert_eq!(output.status.signal(), Some(6), "it ends with SIGABRT: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("thread 'sender'"), "the panic is told: {output:?}");
        assert!(begin.elapsed() < Duration::from_secs(50));
    }

    #[test]
    fn a_task_gives_what_it_came_to() {
        assert_eq!(spawn_task("sum".to_owned(), || 1 + 1).unwrap().join().unwrap(), 2);
    }
}
