//! Standard input of a running Magpie: bytes that cannot be read again go to the write-ahead log first.
//!
//! A chunk is passed on only after it is on disk. What a crash left in the log and not in a segment is passed on again
//! at the next start, with the same ids.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use magpie_collect::ReadOnce;
use magpie_model::config::{Config, Input, Source};
use magpie_model::origin::{Chunk, Origin};
use magpie_store::{LogEntry, LogPosition, TelemetryStore};

use super::ingest::spawn;
use super::now;
use super::progress::Progress;
use super::upkeep;
use crate::error::Result;

/// The path that stands for standard input.
pub(super) const STDIN: &str = "-";

/// Which log entries are contained in what was read of a stream, by the offset where they end.
#[derive(Debug, Default)]
pub(super) struct Acknowledgements(Mutex<VecDeque<(u64, u64, LogPosition)>>);

impl Acknowledgements {
    fn add(&self, generation: u64, end: u64, position: LogPosition) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((generation, end, position));
    }

    /// The last entry that ends at or before `end`; it and those before are forgotten.
    pub(super) fn up_to(&self, generation: u64, end: u64) -> Option<LogPosition> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = None;
        while let Some(&(of, at, position)) = entries.front()
            && (of != generation || at <= end)
        {
            // An entry of an earlier stream is complete once a later stream is worked on.
            last = Some(position);
            entries.pop_front();
        }
        last
    }
}

/// The thread that reads standard input.
pub(super) struct Stdin(JoinHandle<()>);

impl Stdin {
    /// Starts reading if a source wants standard input; passes on what a crash left behind in any case.
    pub(super) fn start(
        config: &Config,
        store: Arc<dyn TelemetryStore>,
        acknowledgements: Arc<Acknowledgements>,
        chunks: SyncSender<Chunk>,
        stop: Arc<AtomicBool>,
        progress: Arc<Progress>,
    ) -> Result<Option<Self>> {
        let mut left = Vec::new();
        store.unsealed_log(&mut |position, entry| left.push((position, entry)))?;
        let source = config
            .sources
            .iter()
            .enumerate()
            .find(|(_, source)| source.input == Input::Stdin)
            .map(|(input, source)| (input, source.clone()));
        if left.is_empty() && source.is_none() {
            return Ok(None);
        }
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        let work = move || {
            for (position, entry) in left {
                match restore(&entry, &names) {
                    Some(chunk) => {
                        acknowledgements.add(chunk.origin.generation, chunk.end, position);
                        if chunks.send(chunk).is_err() {
                            return;
                        }
                    }
                    None => progress.error(format!("the log has input of `{}`, which is no source any more", entry.input), now()),
                }
            }
            if let Some((input, source)) = source {
                read(input, &source, &*store, &acknowledgements, &chunks, &stop, &progress);
            }
        };
        Ok(Some(Self(spawn("stdin".to_owned(), work)?)))
    }

    pub(super) fn join(self) {
        upkeep::join(self.0);
    }
}

fn read(
    input: usize,
    source: &Source,
    store: &dyn TelemetryStore,
    acknowledgements: &Acknowledgements,
    chunks: &SyncSender<Chunk>,
    stop: &Arc<AtomicBool>,
    progress: &Progress,
) {
    let host = source.host.clone().unwrap_or_else(magpie_collect::host_name).into();
    let options = ReadOnce { input, host, max_line: source.max_line, prompt: true, stop: Arc::clone(stop), ..ReadOnce::default() };
    let mut sink = |chunk: Chunk| {
        let entry = LogEntry { input: source.name.clone(), body: body(&chunk) };
        // Nothing is accepted that cannot be stored: a full disk makes the writer of the pipe wait.
        let position = loop {
            match store.log(std::slice::from_ref(&entry)) {
                Ok(position) => break position,
                Err(_) if stop.load(Ordering::Relaxed) => return ControlFlow::Break(()),
                Err(error) => {
                    progress.error(format!("could not log standard input: {error}"), now());
                    std::thread::sleep(Duration::from_millis(200));
                }
            }
        };
        acknowledgements.add(chunk.origin.generation, chunk.end, position);
        if chunks.send(chunk).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let summary = magpie_collect::read_file(Path::new(STDIN), &options, &mut |_| {}, &mut sink);
    if let Some(error) = summary.error {
        progress.error(format!("standard input: {error}"), now());
    }
}

/// Generation, offset and end of a chunk (each 8 bytes, little-endian), length of the host's name (2 bytes), the name, the bytes.
fn body(chunk: &Chunk) -> Vec<u8> {
    let host = chunk.origin.host.as_bytes();
    let mut body = Vec::with_capacity(chunk.bytes.len() + host.len() + 34);
    for number in [chunk.origin.generation, chunk.offset, chunk.end, chunk.origin.modified.0 as u64] {
        body.extend_from_slice(&number.to_le_bytes());
    }
    body.extend_from_slice(&(host.len() as u16).to_le_bytes());
    body.extend_from_slice(host);
    body.extend_from_slice(&chunk.bytes);
    body
}

fn restore(entry: &LogEntry, names: &[String]) -> Option<Chunk> {
    let input = names.iter().position(|name| *name == entry.input)?;
    let (numbers, rest) = entry.body.split_at_checked(32)?;
    let number = |at: usize| numbers[at * 8..at * 8 + 8].try_into().map(u64::from_le_bytes).unwrap_or_default();
    let (length, rest) = rest.split_at_checked(2)?;
    let (host, bytes) = rest.split_at_checked(usize::from(u16::from_le_bytes([length[0], length[1]])))?;
    let origin = Origin {
        input,
        host: String::from_utf8_lossy(host).into(),
        file: STDIN.into(),
        generation: number(0),
        modified: magpie_model::Timestamp(number(3) as i64),
    };
    Some(Chunk { origin: Arc::new(origin), offset: number(1), bytes: bytes.to_vec(), cuts: Vec::new(), first_line: 0, end: number(2) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_chunk_comes_back_as_it_was() {
        let origin = Origin { input: 1, host: "web-1".into(), file: STDIN.into(), generation: 7, modified: magpie_model::Timestamp(-5) };
        let chunk = Chunk { origin: Arc::new(origin), offset: 10, bytes: b"a\nb\n".to_vec(), cuts: vec![], first_line: 0, end: 14 };
        let entry = LogEntry { input: "pipe".into(), body: body(&chunk) };
        let back = restore(&entry, &["other".into(), "pipe".into()]).unwrap();
        assert_eq!((&back.origin, back.offset, back.bytes.as_slice(), back.end), (&chunk.origin, 10, &b"a\nb\n"[..], 14));
        assert!(restore(&entry, &[]).is_none());
        assert!(restore(&LogEntry { body: vec![1, 2, 3], ..entry }, &["pipe".into()]).is_none());
    }

    #[test]
    fn an_entry_counts_once_all_of_it_was_worked_on() {
        let entries = Acknowledgements::default();
        for (end, position) in [(10, 1), (20, 2), (30, 3)] {
            entries.add(7, end, LogPosition(position));
        }
        assert_eq!(
            (entries.up_to(7, 9), entries.up_to(7, 25), entries.up_to(7, 25), entries.up_to(7, 30)),
            (None, Some(LogPosition(2)), None, Some(LogPosition(3)))
        );
    }
}
