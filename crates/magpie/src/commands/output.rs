//! Where output goes: a terminal with its width and colours, a pipe, or a file.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Characters per line where nobody says.
const WIDTH: usize = 100;

/// A place to write to.
pub(crate) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    /// Whether colours may be used.
    pub(crate) color: bool,
    /// Characters per line.
    pub(crate) width: usize,
}

impl Output {
    /// Standard output, or the file.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) => {
                let file = File::create(path).map_err(Error::file("create", path))?;
                Ok(Self { writer: BufWriter::with_capacity(1 << 16, Box::new(file)), color: false, width: WIDTH })
            }
            None => {
                let color = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
                let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
                Ok(Self { writer: BufWriter::with_capacity(1 << 16, Box::new(io::stdout())), color, width })
            }
        }
    }

    /// Writes what is held back.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.writer.flush()?;
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A bar on a terminal for bytes read; nothing elsewhere.
pub(crate) struct ReadingBar(Option<indicatif::ProgressBar>);

impl ReadingBar {
    /// A bar, unless it is not wanted or standard error is no terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        let wanted = !quiet && io::stderr().is_terminal();
        Self(wanted.then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            bar.set_style(style("{spinner} {bytes} read, {bytes_per_sec}"));
            bar
        }))
    }

    /// Shows how far reading has come.
    pub(crate) fn show(&self, progress: crate::engine::Progress) {
        let Some(bar) = &self.0 else { return };
        if let Some(total) = progress.total
            && bar.length() != Some(total)
        {
            bar.set_length(total);
            bar.set_style(style("{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"));
        }
        bar.set_position(progress.read);
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> indicatif::ProgressStyle {
    indicatif::ProgressStyle::with_template(template).unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
}
