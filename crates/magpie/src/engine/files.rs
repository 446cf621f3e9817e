//! The files of a report as work for operators, piece by piece.

use std::sync::Arc;

use magpie_collect::{Buffers, FileSummary, ReadOnce, Reading};
use magpie_pipeline::normalise::intake::{Intake, Work};
use magpie_pipeline::normalise::plan::Plan;

use super::inputs::{InputFile, Inputs};

/// How far reading has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes taken from disk (compressed ones, where the file is).
    pub(crate) read: u64,
    /// Bytes on disk in all; `None` when a stream is among the inputs.
    pub(crate) total: Option<u64>,
}

/// What a file was read as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FileFormat {
    /// Index of its source.
    pub(crate) input: usize,
    /// Its path.
    pub(crate) file: String,
    /// Name of the format.
    pub(crate) format: String,
    /// Share of sampled lines it read.
    pub(crate) confidence: f64,
}

/// The files, one after the other. One that fails does not stop the others.
pub(super) struct Files<'a> {
    left: std::slice::Iter<'a, InputFile>,
    reading: Option<(&'a InputFile, Reading)>,
    intake: Intake,
    buffers: Buffers,
    progress: &'a (dyn Fn(Progress) + Sync),
    /// Bytes of the files before, and of all.
    done: u64,
    total: Option<u64>,
    formats: Vec<FileFormat>,
    summaries: Vec<FileSummary>,
}

impl<'a> Files<'a> {
    pub(super) fn new(plan: &Arc<Plan>, inputs: &'a Inputs, buffers: &Buffers, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Self {
            left: inputs.files.iter(),
            reading: None,
            intake: Intake::new(Arc::clone(plan)),
            buffers: buffers.clone(),
            progress,
            done: 0,
            total: inputs.sizes(),
            formats: Vec::new(),
            summaries: Vec::new(),
        }
    }

    /// What the files were read as, by source and path, and what came of each.
    pub(super) fn finish(mut self) -> (Vec<FileFormat>, Vec<FileSummary>) {
        self.formats.sort_by(|left, right| (left.input, &left.file).cmp(&(right.input, &right.file)));
        (self.formats, self.summaries)
    }

    fn open(&mut self, file: &'a InputFile) {
        let options = ReadOnce {
            input: file.input,
            host: Arc::clone(&file.host),
            max_line: file.max_line,
            buffers: self.buffers.clone(),
            ..ReadOnce::default()
        };
        match Reading::open(&file.path, options) {
            Ok(reading) => self.reading = Some((file, reading)),
            Err(error) => self.end(file, FileSummary::unopened(&file.path, error)),
        }
    }

    /// The last event of a file, if one was held back.
    fn close(&mut self, file: &'a InputFile, reading: Reading) -> Vec<Work> {
        let origin = Arc::clone(reading.origin());
        let rest = self.intake.flush(&origin);
        if let Some(bound) = self.intake.format(&origin) {
            self.formats.push(FileFormat {
                input: file.input,
                file: file.path.display().to_string(),
                format: bound.format.clone(),
                confidence: bound.confidence,
            });
        }
        self.intake.forget(&origin);
        self.end(file, reading.summary());
        Vec::from_iter(rest)
    }

    fn end(&mut self, file: &InputFile, summary: FileSummary) {
        self.summaries.push(summary);
        self.done += file.size.unwrap_or(0);
        (self.progress)(Progress { read: self.done, total: self.total });
    }
}

/// What one chunk made whole, at times nothing.
impl Iterator for Files<'_> {
    type Item = Vec<Work>;

    fn next(&mut self) -> Option<Vec<Work>> {
        let Some((file, mut reading)) = self.reading.take() else {
            let file = self.left.next()?;
            self.open(file);
            return Some(Vec::new());
        };
        let Some(chunk) = reading.next() else { return Some(self.close(file, reading)) };
        (self.progress)(Progress { read: self.done + reading.taken(), total: self.total });
        self.reading = Some((file, reading));
        Some(self.intake.take(chunk))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use magpie_model::config::{Config, Source};

    use super::*;

    fn file(path: &Path) -> InputFile {
        let size = std::fs::metadata(path).ok().map(|metadata| metadata.len());
        InputFile { path: path.to_owned(), input: 0, host: "here".into(), max_line: 1 << 20, size }
    }

    #[test]
    fn progress_reaches_the_total_and_a_file_that_fails_does_not_stop_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let lines = "2026-11-22T10:00:00Z INFO shop ready\n".repeat(20_000);
        for (name, content) in [("a.log", lines.as_bytes()), ("damaged.gz", b"\x1f\x8b\x08 is no gzip"), ("b.log", lines.as_bytes())] {
            std::fs::write(folder.path().join(name), content).expect("writes");
        }
        let inputs = Inputs { files: ["a.log", "damaged.gz", "b.log"].map(|name| file(&folder.path().join(name))).to_vec() };
        let plan = Plan::compile(&Config { sources: vec![Source::default()], ..Config::default() }).expect("compiles");
        let (seen, buffers) = (Mutex::new(Vec::new()), Buffers::default());
        let progress = |step: Progress| seen.lock().expect("not poisoned").push(step);

        let mut files = Files::new(&plan, &inputs, &buffers, &progress);
        let bytes: usize = files.by_ref().flatten().map(|work| work.chunk.bytes.len()).sum();
        let (formats, summaries) = files.finish();

        assert_eq!(bytes, 2 * lines.len());
        assert_eq!(summaries.iter().map(|summary| summary.error.is_some()).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(formats.len(), 2, "one for each file that held anything");
        let seen = seen.into_inner().expect("not poisoned");
        assert!(seen.is_sorted_by_key(|step| step.read));
        assert_eq!(seen.last(), Some(&Progress { read: inputs.sizes().expect("all are files"), total: inputs.sizes() }));
    }
}
