//! The inputs that cannot be read again, each with its disk queue.
//!
//! They outlive a change of the configuration as long as what they read stays the same: closing a port for a moment would lose
//! datagrams, and what is under way on a connection.

use std::sync::Arc;
use std::thread::JoinHandle;

use magpie_model::config::agent::{AgentConfig, AgentInput, AgentSource};

use super::feeds::{self, Stop};
use super::spool::Spool;
use super::status::Counts;
use super::{join, journal};
use crate::{Error, Redaction};

/// One such input, being read.
pub(super) struct Fed {
    name: String,
    input: AgentInput,
    spool: Arc<Spool>,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl Fed {
    /// Begins to read; `None` if the source is files.
    pub(super) fn start(
        config: &AgentConfig,
        source: &AgentSource,
        redaction: &Arc<Redaction>,
        counts: &Counts,
    ) -> Result<Option<Self>, Error> {
        let data = |source| Error::Data { path: config.data_dir.clone(), source };
        let Some(spool) = queue(config, source, redaction).map_err(data)? else { return Ok(None) };
        let (spool, stop) = (Arc::new(spool), Stop::default());
        let mut fed = Self { name: source.name.clone(), input: source.input.clone(), spool, stop, threads: Vec::new() };
        match fed.feed(counts) {
            Ok(()) => Ok(Some(fed)),
            Err(error) => {
                fed.end();
                Err(error)
            }
        }
    }

    /// Whether this source is read by it.
    pub(super) fn reads(&self, source: &AgentSource) -> bool {
        self.name == source.name && self.input == source.input
    }

    pub(super) fn spool(&self) -> &Arc<Spool> {
        &self.spool
    }

    /// Name of the source.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Stops reading. What is in the queue stays there.
    pub(super) fn end(self) {
        self.stop.ask();
        self.threads.into_iter().for_each(join);
    }

    fn feed(&mut self, counts: &Counts) -> Result<(), Error> {
        let (spool, stop) = (|| Arc::clone(&self.spool), || self.stop.clone());
        match &self.input {
            AgentInput::File { .. } => {}
            AgentInput::Stdin => self.threads.push(feeds::stdin(spool(), stop())?),
            AgentInput::Journald { units } => self.threads.push(journal::follow(units.clone(), spool(), stop())?),
            AgentInput::Syslog { udp, tcp } => {
                if let Some(address) = udp {
                    self.threads.push(feeds::udp(*address, spool(), Arc::clone(&counts.dropped), stop())?);
                }
                if let Some(address) = tcp {
                    self.threads.push(feeds::tcp(*address, spool(), stop())?);
                }
            }
        }
        Ok(())
    }
}

/// The disk queue of an input that cannot be read again.
fn queue(config: &AgentConfig, source: &AgentSource, redaction: &Arc<Redaction>) -> std::io::Result<Option<Spool>> {
    if let AgentInput::File { .. } = source.input {
        return Ok(None);
    }
    let name: String = source.name.chars().map(|one| if one.is_alphanumeric() || "-_.".contains(one) { one } else { '_' }).collect();
    let folder = std::path::absolute(config.data_dir.join("queue").join(name.trim_start_matches('.')))?;
    Spool::open(&folder, config.limits.queue, Arc::clone(redaction)).map(Some)
}
