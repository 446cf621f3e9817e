//! Lines that become records here: between what was read and what is sent, for sources that say how they are read.
//!
//! What a line means is the pipeline's business, which this crate does not know: the binary gives it in as a [`Normalise`]. Here
//! is what makes its results the server's own: lines come with what the server would know of their file, and an event is whole
//! when its file has been silent for as long as the server would wait. What comes out has the place of its lines, so it is
//! acknowledged, cut and sent again as lines are.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use magpie_model::edge::EdgeEvent;
use magpie_model::origin::{Chunk, Origin, Sender};

use super::otlp::Labels;
use super::status::Counts;

/// Silence after which an event is taken to be whole: the server's.
const SILENCE: Duration = Duration::from_millis(300);
/// Silence after which a file is forgotten; should it go on, its format is detected anew.
const FORGET: Duration = Duration::from_secs(3_600);

/// Makes records of lines.
pub trait Normalise: Send {
    /// Whether lines of this source become records here.
    fn reads(&self, input: usize) -> bool;

    /// Takes the next lines of a file. Gives events, or lines that are better read by the server, of all whose end is known; with
    /// ranges that fill those of the lines.
    fn take(&mut self, chunk: Chunk) -> Vec<Chunk>;

    /// Gives the last event of a file that is silent or has ended.
    fn flush(&mut self, origin: &Origin) -> Vec<Chunk>;

    /// Forgets a file that will not go on.
    fn forget(&mut self, origin: &Origin);

    /// Counts events that follow each other: gives events that each stand for many, with the same bytes in all.
    fn count(&mut self, input: usize, events: Vec<EdgeEvent>) -> Vec<EdgeEvent>;
}

/// The step between reading and sending.
pub(super) struct Edge {
    normalise: Option<Box<dyn Normalise>>,
    agent: String,
    labels: Arc<Vec<Labels>>,
    counts: Arc<Counts>,
    files: HashMap<(usize, u64), File>,
}

struct File {
    /// As it is known here.
    origin: Arc<Origin>,
    /// As the server will know it.
    sent: Arc<Origin>,
    last: Instant,
    /// Whether an event may be held.
    holds: bool,
}

impl Edge {
    pub(super) fn new(normalise: Option<Box<dyn Normalise>>, agent: String, labels: Arc<Vec<Labels>>, counts: Arc<Counts>) -> Self {
        Self { normalise, agent, labels, counts, files: HashMap::new() }
    }

    /// Takes what was read; gives what can be sent.
    pub(super) fn take(&mut self, chunks: Vec<Chunk>, now: Instant) -> Vec<Chunk> {
        let Some(mut normalise) = self.normalise.take() else { return chunks };
        let mut ready = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            if normalise.reads(chunk.origin.input) {
                self.one(&mut *normalise, chunk, now, &mut ready);
            } else {
                ready.push(chunk);
            }
        }
        self.normalise = Some(normalise);
        self.count(&ready);
        ready
    }

    fn one(&mut self, normalise: &mut dyn Normalise, mut chunk: Chunk, now: Instant, ready: &mut Vec<Chunk>) {
        let key = (chunk.origin.input, chunk.origin.generation);
        let said = self.files.get(&key).filter(|known| known.origin.file == chunk.origin.file).and_then(|known| known.sent.sender.clone());
        let sent = Arc::new(self.as_sent(&chunk.origin, said));
        let before = self.files.insert(key, File { origin: Arc::clone(&chunk.origin), sent: Arc::clone(&sent), last: now, holds: true });
        // A file that was renamed is another origin to the normaliser, which still holds the end of the old one.
        if let Some(before) = before.filter(|before| before.holds && before.sent.file != sent.file) {
            ready.extend(known_as(&before.origin, normalise.flush(&before.sent)));
        }
        let origin = std::mem::replace(&mut chunk.origin, sent);
        ready.extend(known_as(&origin, normalise.take(chunk)));
    }

    /// Counts what can be counted of these chunks, which it puts in order. What holds no events stays as it is.
    pub(super) fn fold(&mut self, mut chunks: Vec<Chunk>) -> Vec<Chunk> {
        let Some(normalise) = &mut self.normalise else { return chunks };
        let file = |chunk: &Chunk| (chunk.origin.input, chunk.origin.generation);
        chunks.sort_by_key(|chunk| (file(chunk), chunk.offset));
        let goes_on = |one: &Chunk, next: &Chunk| {
            file(one) == file(next) && one.end == next.offset && !one.events.is_empty() && !next.events.is_empty()
        };
        let mut runs: Vec<Chunk> = Vec::new();
        for chunk in chunks {
            match runs.last_mut() {
                Some(run) if goes_on(run, &chunk) => {
                    run.end = chunk.end;
                    run.events.extend(chunk.events);
                }
                _ => runs.push(chunk),
            }
        }
        for run in runs.iter_mut().filter(|run| !run.events.is_empty()) {
            run.events = normalise.count(run.origin.input, std::mem::take(&mut run.events));
        }
        runs
    }

    /// Gives the last events of files that are silent, of the sources that are asked for; of all, when nothing more will come.
    pub(super) fn flush(&mut self, all: bool, now: Instant, wanted: &dyn Fn(usize) -> bool) -> Vec<Chunk> {
        let Some(normalise) = &mut self.normalise else { return Vec::new() };
        let mut ready = Vec::new();
        for file in self
            .files
            .values_mut()
            .filter(|file| file.holds && wanted(file.origin.input) && (all || now.duration_since(file.last) >= SILENCE))
        {
            file.holds = false;
            ready.extend(known_as(&file.origin, normalise.flush(&file.sent)));
        }
        self.files.retain(|_, file| {
            let keep = file.holds || now.duration_since(file.last) < FORGET;
            if !keep {
                normalise.forget(&file.sent);
            }
            keep
        });
        self.count(&ready);
        ready
    }

    fn count(&self, chunks: &[Chunk]) {
        for chunk in chunks.iter().filter(|chunk| !chunk.events.is_empty()) {
            let unparsed = chunk.events.iter().filter(|event| event.is_unparsed()).count();
            let source = self.labels.get(chunk.origin.input).map_or("", |labels| &labels.source);
            self.counts.normalised(source, chunk.events.len() as u64, unparsed as u64);
        }
    }

    /// What the server will know of the file, from what is sent with it; `said` is what was said of that file before.
    fn as_sent(&self, origin: &Origin, said: Option<Arc<Sender>>) -> Origin {
        let labels = self.labels.get(origin.input);
        let file = labels.and_then(|labels| labels.path).map_or_else(|| Arc::clone(&origin.file), Into::into);
        let sender = said.unwrap_or_else(|| Arc::new(self.sender_of(labels, &origin.file)));
        Origin { file, sender: Some(sender), ..origin.clone() }
    }

    fn sender_of(&self, labels: Option<&Labels>, file: &str) -> Sender {
        let mut sender = Sender { agent: self.agent.clone(), ..Sender::default() };
        let of_file = labels.map_or_else(Vec::new, |labels| (labels.of_path)(file));
        for (key, value) in labels.into_iter().flat_map(|labels| labels.attributes.iter()).cloned().chain(of_file) {
            sender.describe(key, value);
        }
        sender
    }
}

/// Chunks of a file, under the origin by which it is known here.
fn known_as(origin: &Arc<Origin>, chunks: Vec<Chunk>) -> impl Iterator<Item = Chunk> {
    chunks.into_iter().map(|chunk| Chunk { origin: Arc::clone(origin), ..chunk })
}
