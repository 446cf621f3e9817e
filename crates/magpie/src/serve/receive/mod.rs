//! What others send: the ports of the configuration, and the gate behind them.
//!
//! Ports live on a runtime of their own, so that a flood of senders does not hold up the API. They close before anything behind
//! them stops: what was acknowledged goes through.

mod gate;
mod room;
#[cfg(test)]
mod simulation_tests;

use std::net::SocketAddr;
use std::sync::Arc;

use magpie_collect::Redaction;
use magpie_collect::receive::{Common, Door, Identity, Keeper, Listening, Takes, Traffic};
use magpie_model::config::{Config, Guard, Input, OTLP_GRPC, OTLP_HTTP, Source};

pub(super) use gate::{Before, Gate, ROOM};

use crate::error::{Error, Result};

/// The source of those who send OTLP, where the configuration has none.
pub(super) const OTLP: &str = "otlp";
/// The source of files of agents whose own source the configuration does not have.
pub(super) const AGENTS: &str = "agents";
/// Threads that serve ports.
const THREADS: usize = 2;

/// Open ports.
pub(super) struct Receivers {
    runtime: tokio::runtime::Runtime,
    open: Vec<Listening>,
    /// By index of the source.
    pub(super) traffic: Vec<Option<Arc<Traffic>>>,
}

impl Receivers {
    /// Opens the ports of a configuration.
    ///
    /// # Errors
    /// A port that the configuration names cannot be had. The default ports are nobody's wish: without them it goes on.
    pub(super) fn start(config: &Config, gate: &Arc<Gate>, redaction: &Arc<Redaction>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(64)
            .thread_name("receive")
            .enable_all()
            .build()
            .map_err(Error::failed("start the receivers"))?;
        let mut receivers = Self { runtime, open: Vec::new(), traffic: gate.traffic.clone() };
        for (input, source) in config.sources.iter().enumerate() {
            let Some(traffic) = receivers.traffic[input].clone() else { continue };
            let common = Common {
                input,
                name: source.name.as_str().into(),
                keeper: Arc::clone(gate) as Arc<dyn Keeper>,
                redaction: Arc::clone(redaction),
                max_line: source.max_line,
                traffic: Arc::clone(&traffic),
            };
            if let Err(error) = receivers.open(source, common) {
                if !is_builtin(source) {
                    return Err(Error::failed(format!("open the ports of source `{}`", source.name))(error));
                }
                tracing::warn!(%error, "others cannot send OTLP here: the default ports are taken; name other ones under `otlp:`");
                traffic.tell(error.to_string());
            }
        }
        Ok(receivers)
    }

    fn open(&mut self, source: &Source, common: Common) -> std::result::Result<(), magpie_collect::receive::Error> {
        let runtime = self.runtime.handle().clone();
        match &source.input {
            Input::Otlp { grpc, http, guard } => {
                for listen in [grpc, http].into_iter().flatten() {
                    self.open.push(Listening::http(&runtime, &door(*listen, guard)?, Takes::Otlp, common.clone())?);
                }
            }
            Input::Http { listen, guard } => {
                self.open.push(Listening::http(&runtime, &door(*listen, guard)?, Takes::Lines, common)?);
            }
            Input::Syslog { udp, tcp, tls } => {
                if let Some(listen) = udp {
                    self.open.push(Listening::syslog_udp(&runtime, *listen, common.clone())?);
                }
                if let Some(listen) = tcp {
                    self.open.push(Listening::syslog_tcp(&runtime, &door(*listen, &Guard::default())?, common.clone())?);
                }
                if let Some((listen, files)) = tls {
                    let guard = Guard { tls: Some(files.clone()), token: None };
                    self.open.push(Listening::syslog_tcp(&runtime, &door(*listen, &guard)?, common)?);
                }
            }
            Input::File { .. } | Input::Stdin | Input::Agent => {}
        }
        Ok(())
    }

    /// Closes all ports; requests under way are answered.
    pub(super) fn close(self) {
        let Self { runtime, open, .. } = self;
        runtime.block_on(async {
            for listening in open {
                listening.close().await;
            }
        });
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    }
}

fn door(listen: SocketAddr, guard: &Guard) -> std::result::Result<Door, magpie_collect::receive::Error> {
    let identity = guard.tls.as_ref().map(Identity::read).transpose()?;
    Ok(Door { listen, identity, token: guard.token.as_deref().map(Into::into) })
}

/// The configuration with the sources that are there without being named.
pub(super) fn with_builtin_sources(mut config: Config) -> Config {
    let has = |name: &str| config.sources.iter().any(|source| source.name == name);
    let takes_otlp = config.sources.iter().any(|source| matches!(source.input, Input::Otlp { .. }));
    let (otlp, agents) = (!takes_otlp && !has(OTLP), !has(AGENTS));
    if otlp {
        config.sources.push(builtin_otlp());
    }
    if agents {
        config.sources.push(Source { name: AGENTS.to_owned(), input: Input::Agent, ..Source::default() });
    }
    config
}

fn builtin_otlp() -> Source {
    let input = Input::Otlp { grpc: Some(OTLP_GRPC), http: Some(OTLP_HTTP), guard: Guard::default() };
    let parse = magpie_model::config::Parse::Format("otlp".to_owned());
    Source { name: OTLP.to_owned(), input, parse, ..Source::default() }
}

/// Whether a source is one of those, or says the same.
pub(super) fn is_builtin(source: &Source) -> bool {
    match source.name.as_str() {
        OTLP => source.input == builtin_otlp().input,
        AGENTS => source.input == Input::Agent,
        _ => false,
    }
}
