//! The sequential front: takes chunks of all inputs, finds formats and whole events, and deals work to lanes.
//!
//! The last event of a file may go on in the next chunk, so it is held until the file has been silent for a moment. What
//! is held when the process stops is read again from its position; only what was pushed, which cannot be read again, is
//! handed out.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use magpie_model::config::Config;
use magpie_model::origin::{Chunk, Origin, Position};
use magpie_pipeline::normalise::intake::{Intake, Work};
use magpie_pipeline::normalise::plan::Plan;

use super::operator::{Gauges, Task};
use super::progress::Progress;

/// Silence after which an event is taken to be whole.
const SILENCE: Duration = Duration::from_millis(300);
/// Silence after which an input is forgotten; should it go on, its format is detected anew.
const FORGET: Duration = Duration::from_secs(3_600);
/// How often silence is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// The way to one operator.
pub(super) struct Lane {
    pub(super) send: SyncSender<Task>,
    pub(super) gauges: Arc<Gauges>,
}

pub(super) struct Taking {
    intake: Intake,
    names: Vec<String>,
    lanes: Vec<Lane>,
    progress: Arc<Progress>,
    heard: HashMap<Input, Heard>,
    looked: Instant,
}

/// What tells inputs apart: index of the source, generation, host.
type Input = (usize, u64, Arc<str>);

fn input_of(origin: &Origin) -> Input {
    (origin.input, origin.generation, Arc::clone(&origin.host))
}

/// An input that was read from.
struct Heard {
    origin: Arc<Origin>,
    last: Instant,
    /// Whether an event may be held.
    holds: bool,
}

impl Taking {
    pub(super) fn new(plan: &Arc<Plan>, config: &Config, lanes: Vec<Lane>, progress: Arc<Progress>) -> Self {
        let names = config.sources.iter().map(|source| source.name.clone()).collect();
        Self { intake: Intake::new(Arc::clone(plan)), names, lanes, progress, heard: HashMap::new(), looked: Instant::now() }
    }

    /// Takes chunks until nobody sends any more.
    pub(super) fn run(mut self, arriving: &Receiver<Chunk>) {
        loop {
            match arriving.recv_timeout(LOOK) {
                Ok(chunk) => self.take(chunk),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.looked.elapsed() >= LOOK {
                self.flush_silent();
            }
        }
        let pushed = self.heard.values().map(|heard| Arc::clone(&heard.origin)).filter(|origin| origin.sender.is_some());
        for origin in pushed.collect::<Vec<Arc<Origin>>>() {
            self.flush(&origin);
        }
    }

    fn take(&mut self, chunk: Chunk) {
        let origin = Arc::clone(&chunk.origin);
        if !chunk.events.is_empty() {
            self.deal(origin.generation, Task::Events(chunk));
            return;
        }
        if chunk.bytes.is_empty() && !chunk.entries.is_empty() {
            self.deal(origin.generation, Task::Contained(chunk.entries));
            return;
        }
        if chunk.bytes.is_empty() {
            let input = self.names.get(origin.input).cloned().unwrap_or_default();
            let position = Position { input, file: origin.file.to_string(), generation: origin.generation, offset: chunk.end };
            self.deal(origin.generation, Task::Position(position));
            return;
        }
        let works = self.intake.take(chunk);
        if let Some(format) = self.intake.format(&origin) {
            self.progress.format(origin.input, &format.format, format.confidence);
        }
        let before = self.heard.insert(input_of(&origin), Heard { origin: Arc::clone(&origin), last: Instant::now(), holds: true });
        // A file that was renamed is another origin to the intake, which still holds the end of the old one.
        if let Some(before) = before.filter(|before| before.holds && before.origin.file != origin.file) {
            self.flush(&before.origin);
        }
        works.into_iter().for_each(|work| self.deal_work(work));
    }

    fn flush_silent(&mut self) {
        self.looked = Instant::now();
        let silent: Vec<Arc<Origin>> = self
            .heard
            .values()
            .filter(|heard| heard.holds && heard.last.elapsed() >= SILENCE)
            .map(|heard| Arc::clone(&heard.origin))
            .collect();
        for origin in silent {
            self.flush(&origin);
            if let Some(heard) = self.heard.get_mut(&input_of(&origin)) {
                heard.holds = false;
            }
        }
        let intake = &mut self.intake;
        self.heard.retain(|_, heard| {
            let keep = heard.holds || heard.last.elapsed() < FORGET;
            if !keep {
                intake.forget(&heard.origin);
            }
            keep
        });
    }

    fn flush(&mut self, origin: &Origin) {
        if let Some(work) = self.intake.flush(origin) {
            self.deal_work(work);
        }
    }

    fn deal_work(&mut self, work: Work) {
        self.deal(work.chunk.origin.generation, Task::Work(work));
    }

    /// All work of one input takes one lane, so that it stays in order. A full lane makes everything behind it wait.
    fn deal(&self, generation: u64, task: Task) {
        let lane = &self.lanes[(generation % self.lanes.len() as u64) as usize];
        lane.gauges.queued.fetch_add(1, Ordering::Relaxed);
        if lane.send.send(task).is_err() {
            tracing::error!("an operator has ended");
        }
    }
}
