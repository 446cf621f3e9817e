//! The pipeline at the agent: makes records of lines where a source of the agent says how they are read.
//!
//! The agent's crate knows no formats and the pipeline no agents; here one is given to the other.

use std::sync::Arc;

use magpie_collect::agent::Normalise;
use magpie_model::config::agent::{AgentConfig, AgentSource};
use magpie_model::config::{Config, ConfigError, Problem};
use magpie_model::edge::EdgeEvent;
use magpie_model::origin::{Chunk, Origin};
use magpie_pipeline::aggregate::Counting;
use magpie_pipeline::normalise::counts::Counts;
use magpie_pipeline::normalise::intake::{Intake, Work};
use magpie_pipeline::normalise::normaliser::Normaliser;
use magpie_pipeline::normalise::plan::{Keep, Plan};

use crate::serve::now;

/// Checks what only the pipeline can: patterns, expressions, names of formats.
///
/// # Errors
/// All mistakes with their lines.
pub(crate) fn check(config: &AgentConfig) -> Result<(), ConfigError> {
    plan(config).map(|_| ()).map_err(|problems| ConfigError { path: config.path.clone(), problems })
}

/// What makes records by this configuration; `None` where the server makes them all.
///
/// # Errors
/// What [`check`] would tell, in one line.
pub(crate) fn normalise(config: &AgentConfig) -> Result<Option<Box<dyn Normalise>>, String> {
    let told = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let (Some(plan), Some(normalising)) = (plan(config).map_err(told)?, &config.normalising) else { return Ok(None) };
    let reads = config.sources.iter().map(|source| source.reading.is_some()).collect();
    let normaliser = Normaliser::new(Arc::clone(&plan), Keep::Everything);
    let counting = config.sources.iter().map(|source| counting(normalising, source)).collect();
    Ok(Some(Box::new(Edge { reads, counting, intake: Intake::new(plan), normaliser })))
}

fn plan(config: &AgentConfig) -> Result<Option<Arc<Plan>>, Vec<Problem>> {
    config.normalising.as_ref().map(Plan::compile).transpose()
}

/// How events of a source are counted.
fn counting(config: &Config, source: &AgentSource) -> Counting {
    let words = format!("{:?} {:?} {:?} {:?} {:?}", source.reading, config.fields, config.hosts, config.routes, config.trusted_proxies);
    let version = format!("{:016x}", magpie_model::distinct::hash(words.as_bytes()));
    Counting { fields: config.fields.clone(), bucket: config.bucket, config: version, sample: source.sample.unwrap_or(0) }
}

struct Edge {
    /// By index of the source.
    reads: Vec<bool>,
    counting: Vec<Counting>,
    intake: Intake,
    normaliser: Normaliser,
}

impl Edge {
    fn work(&mut self, work: Work) -> Vec<Chunk> {
        let chunks = self.normaliser.make_events(work, now());
        // The server counts what it takes.
        self.normaliser.counts.fill(Counts::default());
        chunks
    }
}

impl Normalise for Edge {
    fn reads(&self, input: usize) -> bool {
        self.reads.get(input).copied().unwrap_or_default()
    }

    fn take(&mut self, chunk: Chunk) -> Vec<Chunk> {
        let works = self.intake.take(chunk);
        works.into_iter().flat_map(|work| self.work(work)).collect()
    }

    fn flush(&mut self, origin: &Origin) -> Vec<Chunk> {
        self.intake.flush(origin).map(|work| self.work(work)).unwrap_or_default()
    }

    fn forget(&mut self, origin: &Origin) {
        self.intake.forget(origin);
    }

    fn count(&mut self, input: usize, events: Vec<EdgeEvent>) -> Vec<EdgeEvent> {
        // Every source has one; events of none stay as they are.
        match self.counting.get(input) {
            Some(counting) => counting.count(events),
            None => events,
        }
    }
}
