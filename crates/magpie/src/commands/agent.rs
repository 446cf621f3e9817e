//! `magpie agent`: read what modules on this host write and ship it to a server, until told to stop.
//!
//! SIGHUP puts the configuration in force that the file has by then; one with a mistake changes nothing, and is told.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use magpie_collect::agent::{Agent, AgentStatus};
use magpie_model::config::agent::AgentConfig;

use super::serve::{Signals, log_to_stderr};
use crate::cli::AgentArgs;
use crate::error::{Error, Result};
use crate::{edge, settings};

/// How long is tried to send what was read, once asked to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT.
pub(super) fn run(args: &AgentArgs) -> Result<ExitCode> {
    log_to_stderr();
    let config = load(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::failed("start the runtime"))?;
    let signals = runtime.block_on(async { Signals::listen() })?;
    let status = StatusPort::open(config.status)?;
    let shared = Arc::new(Shared(Mutex::new(Agent::start(config, edge::normalise)?)));
    let ended = runtime.block_on(watch(&shared, args, status, signals));
    // The status port went with its runtime, and with it the other references.
    drop(runtime);
    if let Some(Shared(agent)) = Arc::into_inner(shared) {
        agent.into_inner().unwrap_or_else(PoisonError::into_inner).stop(PATIENCE);
    }
    ended.map(|()| ExitCode::SUCCESS)
}

fn load(args: &AgentArgs) -> Result<AgentConfig> {
    let mut config = settings::load_agent(&args.config)?;
    if let Some(dir) = &args.data_dir {
        config.data_dir.clone_from(dir);
    }
    Ok(config)
}

/// The agent, which is locked for as long as its configuration is being changed.
struct Shared(Mutex<Agent>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Agent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where it is asked how it stands. Stays open while the configuration is changed.
struct StatusPort(Option<(SocketAddr, TcpListener)>);

impl StatusPort {
    fn open(address: Option<SocketAddr>) -> Result<Self> {
        let Some(address) = address else { return Ok(Self(None)) };
        let failed = || Error::failed(format!("listen on {address} for the agent's status"));
        let listener = TcpListener::bind(address).map_err(failed())?;
        listener.set_nonblocking(true).map_err(failed())?;
        Ok(Self(Some((address, listener))))
    }

    fn address(&self) -> Option<SocketAddr> {
        self.0.as_ref().map(|(address, _)| *address)
    }

    /// Answers for ever.
    async fn serve(&self, agent: &Arc<Shared>) -> Result<()> {
        let Some((_, listener)) = &self.0 else { return std::future::pending().await };
        let failed = || Error::failed("serve the agent's status");
        let listener = listener.try_clone().and_then(tokio::net::TcpListener::from_std).map_err(failed())?;
        let routes = Router::new().route("/status", get(told)).route("/metrics", get(metrics)).with_state(Arc::clone(agent));
        axum::serve(listener, routes).await.map_err(failed())
    }
}

/// Answers on the status port and changes the configuration on SIGHUP, until a signal says stop.
async fn watch(agent: &Arc<Shared>, args: &AgentArgs, mut status: StatusPort, signals: Signals) -> Result<()> {
    let Signals { stop, mut hangup } = signals;
    let mut stop = std::pin::pin!(stop.asked());
    loop {
        tokio::select! {
            served = status.serve(agent) => return served,
            () = &mut stop => return Ok(()),
            _ = hangup.recv() => {}
        }
        match reload(agent, args, &status).await {
            Ok(moved) => {
                status = moved.unwrap_or(status);
                tracing::info!("configuration reloaded");
            }
            Err(error) if agent.lock().is_running() => tracing::error!(%error, "configuration not reloaded, the old one stays"),
            Err(error) => return Err(error),
        }
    }
}

/// Puts the file's configuration in force; gives the status port if it is another one now.
async fn reload(agent: &Arc<Shared>, args: &AgentArgs, status: &StatusPort) -> Result<Option<StatusPort>> {
    let config = load(args)?;
    let moved = if config.status == status.address() { None } else { Some(StatusPort::open(config.status)?) };
    let agent = Arc::clone(agent);
    let changed = tokio::task::spawn_blocking(move || agent.lock().change(config)).await;
    changed.map_err(Error::failed("reload the configuration"))??;
    Ok(moved)
}

/// Asked for by a thread that may wait, since the agent may be locked.
async fn ask(agent: Arc<Shared>) -> AgentStatus {
    let asked = tokio::task::spawn_blocking(move || agent.lock().status()).await;
    asked.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

async fn told(State(agent): State<Arc<Shared>>) -> Json<AgentStatus> {
    Json(ask(agent).await)
}

async fn metrics(State(agent): State<Arc<Shared>>) -> String {
    ask(agent).await.metrics()
}
