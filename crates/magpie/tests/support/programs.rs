//! Programs that others wrote and tests run: those of the system, and what `.ci/senders` has put beside it.
//!
//! `make test` runs that script before the tests. Where a program is missing all the same, the test is skipped and says so past
//! the test runner, which keeps to itself what passing tests print.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Where `.ci/senders` puts what the system does not have.
pub(crate) fn senders() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    let cache = || std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("magpie/senders");
    std::env::var_os("MAGPIE_SENDERS").map_or_else(cache, PathBuf::from)
}

/// The path of a program; `None`, and said so, without it.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let beside = senders().join("bin");
    let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    let found =
        [beside.as_path()].into_iter().chain(folders.iter().map(Path::new)).map(|folder| folder.join(name)).find(|path| path.exists());
    if found.is_none() {
        skipped(&format!("no {name}; .ci/senders installs it"));
    }
    found
}

/// Says that a test is skipped, and what it lacks.
pub(crate) fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // What `eprintln!` writes is kept back when the test passes.
    let _ = writeln!(std::io::stderr(), "skipped {test}: {why}");
}
