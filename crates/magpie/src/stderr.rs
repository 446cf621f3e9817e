//! Standard error, which perhaps nobody can hear: it may be closed, or a file on a disk that is full. The macros of the standard
//! library panic then; what is done here goes on.

use std::fmt::Display;
use std::io::{self, Write};

/// Says a line to whoever called.
pub(crate) fn tell(line: impl Display) {
    let _ = anstream::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Where the log of a long-running process goes.
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
