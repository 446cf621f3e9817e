//! A disk that is full or slow and a clock that jumps, for one real process while it runs: by a library that is loaded before
//! the C library (`faults.c`), so it needs no rights and touches nobody else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::text;

/// Switches of one process.
pub(crate) struct Faults {
    switches: tempfile::TempDir,
    below: PathBuf,
}

impl Faults {
    /// All off. The disk is that of the folder.
    pub(crate) fn below(folder: &Path) -> Self {
        Self { switches: tempfile::tempdir().unwrap(), below: folder.to_owned() }
    }

    /// A process that is started by this command obeys the switches.
    pub(crate) fn install(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library()).env("MAGPIE_FAULTS", self.switches.path()).env("MAGPIE_FAULTS_BELOW", &self.below);
    }

    /// Nothing can be written.
    pub(crate) fn disk_full(&self, on: bool) {
        self.switch("full", on);
    }

    /// A write takes 2 ms, a sync 150 ms.
    pub(crate) fn disk_slow(&self, on: bool) {
        self.switch("slow", on);
    }

    /// The time of day is so many seconds ahead.
    pub(crate) fn clock(&self, seconds: i64) {
        let fresh = self.switches.path().join("clock.new");
        std::fs::write(&fresh, seconds.to_string()).unwrap();
        std::fs::rename(fresh, self.switches.path().join("clock")).unwrap();
    }

    /// All off.
    pub(crate) fn none(&self) {
        self.disk_full(false);
        self.disk_slow(false);
        self.clock(0);
    }

    fn switch(&self, name: &str, on: bool) {
        let path = self.switches.path().join(name);
        if on {
            std::fs::write(path, "").unwrap();
        } else if path.exists() {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// Compiled once per test program.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/faults.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.so", std::process::id()));
        let compiler = Command::new("cc").args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).output();
        let output = compiler.expect("a C compiler, which building needs, too");
        assert!(output.status.success(), "{}", text(&output.stderr));
        library
    })
}
