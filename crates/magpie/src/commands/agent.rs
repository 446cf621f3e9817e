//! `magpie agent`: read what modules on this host write and ship it to a server, until told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use magpie_collect::agent::{Agent, AgentStatus};

use super::serve::{StopSignals, log_to_stderr};
use crate::cli::AgentArgs;
use crate::error::{Error, Result};
use crate::settings;

/// How long is tried to send what was read, once asked to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT.
pub(super) fn run(args: &AgentArgs) -> Result<ExitCode> {
    log_to_stderr();
    let mut config = settings::load_agent(&args.config)?;
    if let Some(dir) = &args.data_dir {
        config.data_dir.clone_from(dir);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::failed("start the runtime"))?;
    let signals = runtime.block_on(async { StopSignals::listen() })?;
    let agent = Arc::new(Agent::start(&config)?);
    runtime.block_on(watch(&agent, config.status, signals))?;
    // The status port went with its runtime, and with it the other references.
    drop(runtime);
    if let Some(agent) = Arc::into_inner(agent) {
        agent.stop(PATIENCE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers on the status port until a signal says stop.
async fn watch(agent: &Arc<Agent>, status: Option<SocketAddr>, signals: StopSignals) -> Result<()> {
    let Some(address) = status else {
        signals.asked().await;
        return Ok(());
    };
    let listener =
        tokio::net::TcpListener::bind(address).await.map_err(Error::failed(format!("listen on {address} for the agent's status")))?;
    let routes = Router::new().route("/status", get(told)).route("/metrics", get(metrics)).with_state(Arc::clone(agent));
    tokio::select! {
        served = axum::serve(listener, routes) => served.map_err(Error::failed("serve the agent's status")),
        () = signals.asked() => Ok(()),
    }
}

async fn told(State(agent): State<Arc<Agent>>) -> Json<AgentStatus> {
    Json(agent.status())
}

async fn metrics(State(agent): State<Arc<Agent>>) -> String {
    agent.status().metrics()
}
