//! Standard input of a running Magpie: bytes that cannot be read again go to the write-ahead log first.
//!
//! A chunk is passed on only after it is on disk.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;

use magpie_collect::{ReadOnce, Redaction};
use magpie_model::config::{Config, Input, Source};
use magpie_model::origin::{Chunk, Origin};
use magpie_model::{Code, Notice};
use magpie_store::TelemetryStore;

use super::ingest::spawn;
use super::logged::Outstanding;
use super::progress::Progress;
use super::{now, upkeep};
use crate::error::Result;

/// The path that stands for standard input.
pub(super) const STDIN: &str = "-";

/// The thread that reads standard input.
pub(super) struct Stdin(JoinHandle<()>);

/// What it reads with.
pub(super) struct Way {
    pub(super) store: Arc<dyn TelemetryStore>,
    pub(super) outstanding: Arc<Outstanding>,
    pub(super) chunks: SyncSender<Chunk>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) progress: Arc<Progress>,
    pub(super) redaction: Arc<Redaction>,
}

impl Stdin {
    /// Starts reading if a source wants standard input.
    pub(super) fn start(config: &Config, way: Way) -> Result<Option<Self>> {
        let source = config.sources.iter().enumerate().find(|(_, source)| source.input == Input::Stdin);
        let Some((input, source)) = source.map(|(input, source)| (input, source.clone())) else { return Ok(None) };
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        Ok(Some(Self(spawn("stdin".to_owned(), move || read(input, &source, &names, &way))?)))
    }

    pub(super) fn join(self) {
        upkeep::join(self.0);
    }
}

fn read(input: usize, source: &Source, names: &[String], way: &Way) {
    let host = source.host.clone().unwrap_or_else(magpie_collect::host_name).into();
    let options = ReadOnce {
        input,
        host,
        max_line: source.max_line,
        prompt: true,
        redaction: Arc::clone(&way.redaction),
        stop: Arc::clone(&way.stop),
        ..ReadOnce::default()
    };
    let mut sink = |mut chunk: Chunk| {
        chunk.origin = Arc::new(Origin { sender: Some(Arc::default()), ..(*chunk.origin).clone() });
        // Nothing is accepted that cannot be stored: a full disk makes the writer of the pipe wait.
        while let Err(error) = way.outstanding.log(&*way.store, std::slice::from_mut(&mut chunk), names) {
            if way.stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            way.progress.error(Notice::failed(Code::StdinNotLogged, "could not log standard input", &crate::error::chain(&error)), now());
            std::thread::sleep(Duration::from_millis(200));
        }
        if way.chunks.send(chunk).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let summary = magpie_collect::read_file(Path::new(STDIN), &options, &mut sink);
    if let Some(error) = summary.error {
        way.progress.error(Notice::failed(Code::StdinFailed, "standard input", &crate::error::chain(&error)), now());
    }
}
