//! For tests only: what tests of several crates need alike.
//!
//! Public data sets are not part of the repository. A test that compares with them asks here, and says that it was
//! skipped when they are not there; the same behaviours have small fixtures beside each test.

use std::path::PathBuf;
use std::process::Command;

/// A file or folder below the shared folder: where `MAGPIE_SHARED` points, else beside the checkout. Says on standard
/// error that the test is skipped when it is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("MAGPIE_SHARED").map_or_else(beside, PathBuf::from);
    let wanted = folder.join(path);
    if !wanted.exists() {
        eprintln!("skipped: `{path}` is not in the shared folder (set MAGPIE_SHARED)");
        return None;
    }
    Some(wanted)
}

/// What the tool of the recorded Train Ticket system prints: `otlp FILE` writes its spans as requests, `edges` prints the calls
/// between its modules. `None`, and said so, without the data or Python.
///
/// # Panics
/// The tool fails.
pub fn train_ticket(arguments: &[&str]) -> Option<String> {
    let shared = shared("")?;
    let (command, rest) = arguments.split_first()?;
    let data = shared.join("data/trainticket-2023-01-29");
    let Ok(output) = Command::new("python3").arg(shared.join("tools/trainticket.py")).arg(command).arg(data).args(rest).output() else {
        eprintln!("skipped: no python3");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
