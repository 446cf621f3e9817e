//! `magpie serve`: follow, store, judge, serve, until told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use magpie_model::config::{Config, ConfigError};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::ServeArgs;
use crate::error::{Error, Result};
use crate::serve::Service;
use crate::settings;
use crate::stderr;

/// Runs until SIGTERM or SIGINT; SIGHUP reads the configuration again.
pub(super) fn run(args: &ServeArgs) -> Result<ExitCode> {
    log_to_stderr();
    let (path, data_dir, listen) = (args.config.clone(), args.data_dir.clone(), args.listen);
    listen.map_or(Ok(()), check_loopback)?;
    let load = move || -> Result<Config, Error> {
        let mut config = settings::load_to_serve(&path)?;
        if let Some(dir) = &data_dir {
            config.data_dir.clone_from(dir);
        }
        if let Some(listen) = listen {
            config.listen = listen;
        }
        Ok(config)
    };
    let config = load()?;
    if config.sources.is_empty() {
        // Not an error: files can be handed over, and the first page says how to go on.
        tracing::warn!(config = %args.config.display(), "no sources yet; add one under `sources:` (see `magpie check --schema`)");
    }
    let reload_path = args.config.clone();
    let reload = move || load().map_err(|error| as_config_error(error, &reload_path));
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from).min(64));
    let listen = config.listen;
    let runtime = runtime()?;
    let signals = runtime.block_on(async { Signals::listen() })?;
    // A port that is taken is told before a data directory is made and read into; held only later, since nobody answers until then.
    drop(runtime.block_on(bind(listen))?);
    let service = Service::start(config, Box::new(reload), threads, None)?;
    let outcome = runtime.block_on(serve(&service, listen, signals));
    service.stop();
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Refuses an address that others can reach, before anything is opened or read.
pub(super) fn check_loopback(listen: SocketAddr) -> Result<()> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    Err(Error::Usage(format!("`{listen}` is reachable from other machines, and this port has no TLS; listen on 127.0.0.1 or [::1]")))
}

fn as_config_error(error: Error, path: &std::path::Path) -> ConfigError {
    match error {
        Error::Config(error) => error,
        other => ConfigError { path: path.to_owned(), problems: vec![magpie_model::config::Problem::new(0, other.chain())] },
    }
}

/// For the API and signals; everything else has threads of its own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Error::failed("start the runtime"))
}

/// Serves the API until a signal says stop.
async fn serve(service: &Arc<Service>, listen: SocketAddr, signals: Signals) -> Result<()> {
    let listener = bind(listen).await?;
    tracing::info!(address = %listen, "serving");
    let reloads = tokio::spawn(reload_on_hangup(Arc::clone(service), signals.hangup));
    let served = magpie_api::serve(listener, service.api(), signals.stop.asked()).await.map_err(Error::failed("serve the API"));
    reloads.abort();
    served
}

/// Takes the port, or says who may have it.
pub(super) async fn bind(listen: SocketAddr) -> Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(listen)
        .await
        .map_err(Error::failed(format!("listen on {listen} (is another Magpie running? use --listen)")))
}

/// Signals that wait to be answered. Asked for before anything is started: one that comes meanwhile must not end the
/// process before it can clean up.
pub(super) struct Signals {
    pub(super) stop: StopSignals,
    pub(super) hangup: Signal,
}

/// SIGTERM and SIGINT.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on no signal of these ends the process by itself. Called within the runtime.
    pub(super) fn listen() -> Result<Self> {
        Ok(Self { stop: StopSignals::listen()?, hangup: listen(SignalKind::hangup())? })
    }
}

fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(Error::failed("listen for signals"))
}

impl StopSignals {
    /// From now on neither ends the process by itself. Called within the runtime.
    pub(super) fn listen() -> Result<Self> {
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Ready once the process was asked to stop.
    pub(super) async fn asked(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        tracing::info!("stopping");
    }
}

async fn reload_on_hangup(service: Arc<Service>, mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        let service = Arc::clone(&service);
        match tokio::task::spawn_blocking(move || service.reload()).await {
            Ok(Ok(changes)) => tracing::info!(?changes, "configuration reloaded"),
            Ok(Err(error)) => tracing::error!(%error, "configuration not reloaded, the old one stays"),
            Err(_) => return,
        }
    }
}

/// Structured lines on standard error, `info` and worse.
pub(super) fn log_to_stderr() {
    let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    tracing_subscriber::fmt().with_writer(|| stderr::Log).with_ansi(color).with_max_level(tracing::Level::INFO).with_target(false).init();
}
