//! The systemd journal, through `journalctl` as a child: it knows the files' format, their rotation and who may read them.
//!
//! Each entry is a line of JSON that carries its cursor; where reading goes on is the cursor of the last line in the queue,
//! so nothing is read twice however either process ends. A child that ends is started again, later each time.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::feeds::{Stop, append, spawn};
use super::spool::Spool;
use crate::Error;

/// First and longest wait before a child that ended is started again.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];
/// How far from the end of a file of the queue its last cursor is looked for.
const REACH: u64 = 4 << 20;
/// Name of the file that keeps the cursor when the queue is empty.
const CURSOR: &str = "cursor";

/// Follows the journal into its queue.
pub(super) fn follow(units: Vec<String>, spool: Arc<Spool>, stop: Stop) -> Result<JoinHandle<()>, Error> {
    spawn("journal", move || {
        let mut cursor = last_cursor(&spool);
        let mut wait = WAITS[0];
        while !stop.asked() {
            match start(&units, cursor.as_deref()) {
                Ok(child) => {
                    if read(child, &spool, &stop, &mut cursor) {
                        wait = WAITS[0];
                    }
                }
                Err(error) => tracing::error!(%error, "journalctl cannot be started; trying again"),
            }
            rest(wait, &stop);
            wait = (wait * 2).min(WAITS[1]);
        }
    })
}

fn rest(wait: Duration, stop: &Stop) {
    let mut left = wait;
    while !left.is_zero() && !stop.asked() {
        let part = left.min(Duration::from_millis(100));
        std::thread::sleep(part);
        left -= part;
    }
}

/// What is there at the first start is left; from then on everything is read.
fn start(units: &[String], cursor: Option<&str>) -> std::io::Result<Child> {
    let mut command = Command::new("journalctl");
    command.args(["--output=json", "--follow", "--no-pager", "--all"]);
    match cursor {
        Some(cursor) => command.args(["--lines=all", &format!("--after-cursor={cursor}")]),
        None => command.arg("--lines=0"),
    };
    for unit in units {
        command.arg(format!("--unit={unit}"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// Reads until the child ends or the agent stops; whether there was anything.
fn read(mut child: Child, spool: &Spool, stop: &Stop, cursor: &mut Option<String>) -> bool {
    let Some(output) = child.stdout.take() else { return false };
    let any = std::thread::scope(|scope| {
        // Reading waits for the next entry, so somebody else must end the child when it is time.
        let reading = scope.spawn(|| {
            let (mut lines, mut line, mut any) = (BufReader::new(output), Vec::new(), false);
            while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                if line.ends_with(b"\n") && append(spool, &line, stop) {
                    any = true;
                    *cursor = cursor_of(&line).or(cursor.take());
                    keep(spool.folder(), cursor.as_deref());
                } else if stop.asked() {
                    break;
                }
                line.clear();
            }
            any
        });
        while !reading.is_finished() && !stop.asked() {
            std::thread::sleep(Duration::from_millis(50));
        }
        // It may have ended by itself.
        let _ = child.kill();
        reading.join().unwrap_or(false)
    });
    match child.wait() {
        Ok(status) if !stop.asked() => tracing::warn!(%status, "journalctl ended; it is started again"),
        _ => {}
    }
    any
}

/// Kept beside the queue for the time when all of its lines are sent and deleted. Not worth a failure: then the queue's tells.
fn keep(folder: &Path, cursor: Option<&str>) {
    let Some(cursor) = cursor else { return };
    let fresh = folder.join("cursor.new");
    if std::fs::write(&fresh, cursor).is_ok() {
        let _ = std::fs::rename(&fresh, folder.join(CURSOR));
    }
}

/// Of the last whole line in the queue, else the one that was kept.
fn last_cursor(spool: &Spool) -> Option<String> {
    let queued = spool.newest_first().iter().find_map(|path| {
        let mut file = std::fs::File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(REACH))).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        bytes.truncate(memchr::memrchr(b'\n', &bytes)? + 1);
        bytes.split(|byte| *byte == b'\n').rev().find_map(cursor_of)
    });
    queued.or_else(|| std::fs::read_to_string(spool.folder().join(CURSOR)).ok())
}

fn cursor_of(line: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Entry {
        #[serde(rename = "__CURSOR")]
        cursor: String,
    }
    serde_json::from_slice::<Entry>(line).ok().map(|entry| entry.cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_goes_on_behind_the_last_whole_line_of_the_queue() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1 << 20, Arc::default()).unwrap();
        assert_eq!(last_cursor(&spool), None);
        keep(folder.path(), Some("s=0"));
        assert_eq!(last_cursor(&spool), Some("s=0".into()));
        spool.append(b"{\"__CURSOR\":\"s=1\",\"MESSAGE\":\"a\"}\n{\"__CURSOR\":\"s=2\"}\n{\"__CURSOR\":\"s=3").unwrap();
        assert_eq!(last_cursor(&spool), Some("s=2".into()), "a torn line is read again");
    }
}
