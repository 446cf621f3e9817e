//! `magpie demo`: a live little system of real services, Magpie following its logs, and faults to switch on.
//!
//! Everything lies in a temporary directory that goes with the process.

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use magpie_model::config::{self, Config, ConfigError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::serve::{Signals, bind, check_loopback, runtime};
use crate::cli::DemoArgs;
use crate::demo::{DemoSystem, Fault, FaultSwitch, WEBHOOK};
use crate::error::{Error, Result};
use crate::serve::Service;
use crate::stderr;

/// How often the demo's partner places an order.
const PARTNER: Duration = Duration::from_secs(15);

/// Runs until `q`, a signal, or the given time is over.
pub(super) fn run(args: &DemoArgs) -> Result<ExitCode> {
    check_loopback(args.listen)?;
    let lasting = match &args.duration {
        Some(text) => {
            let nanos = magpie_model::time::parse_duration(text).and_then(|nanos| u64::try_from(nanos).ok());
            Some(Duration::from_nanos(nanos.ok_or_else(|| Error::Usage(format!("`{text}` is not a duration; write it as 30s or 5m")))?))
        }
        None => None,
    };
    let runtime = runtime()?;
    // Before there is anything that a signal could leave behind.
    let signals = runtime.block_on(async { Signals::listen() })?;
    let folder = tempfile::Builder::new().prefix("magpie-demo-").tempdir().map_err(Error::failed("make a temporary folder"))?;
    runtime.block_on(demo(args, folder.path(), lasting, signals))?;
    folder.close().map_err(Error::failed("remove the temporary folder"))?;
    Ok(ExitCode::SUCCESS)
}

async fn demo(args: &DemoArgs, folder: &std::path::Path, lasting: Option<Duration>, signals: Signals) -> Result<()> {
    let listener = bind(args.listen).await?;
    let logs = folder.join("logs");
    std::fs::create_dir_all(&logs).map_err(Error::file("create", &logs))?;
    let faults = Arc::new(FaultSwitch::default());
    let system = DemoSystem::start(&logs, Arc::clone(&faults)).await.map_err(Error::failed("start the demo's services"))?;
    let (flows, files) = (folder.join("flows"), folder.join("files"));
    system.write_flows(&flows, &files).map_err(Error::file("write the demo's flows into", &flows))?;
    let text = format!(
        "{}flows: {{ dir: '{}', allow: {{ directories: ['{}'] }} }}\n",
        system.config_yaml(&folder.join("data")),
        flows.display(),
        files.display()
    );
    let listen = args.listen;
    let load = move || -> Result<Config, ConfigError> {
        let config = config::read(&text, std::path::Path::new("the demo"), &|name| std::env::var(name).ok())?;
        Ok(Config { listen, ..config })
    };
    let config = load()?;
    let switch = Arc::clone(&faults);
    let service = tokio::task::spawn_blocking(move || Service::start(config, Box::new(load), 2, Some(switch)))
        .await
        .map_err(Error::failed("start"))??;
    greet(args, &system)?;
    let api = service.api();
    let partner = tokio::spawn(order_by_webhook(listen));
    let served = magpie_api::serve(listener, api, ended(faults, lasting, signals)).await.map_err(Error::failed("serve the API"));
    partner.abort();
    let stopping = Arc::clone(&service);
    tokio::task::spawn_blocking(move || stopping.stop()).await.map_err(Error::failed("stop"))?;
    if system.lost_events() > 0 {
        stderr::tell(format_args!("warning: {} log events of the services could not be written", system.lost_events()));
    }
    system.stop().await.map_err(Error::failed("stop the demo's services"))?;
    served
}

fn greet(args: &DemoArgs, system: &DemoSystem) -> Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "Magpie watches a little shop: six services, calling each other over HTTP, each with logs of its own.")?;
    writeln!(
        out,
        "  API      http://{}/api/v1/graph   (also alerts, records, rollups, sources, flows, runs, schedules, health)",
        args.listen
    )?;
    writeln!(out, "  the shop http://{}/", system.gateway())?;
    writeln!(out, "  ask      magpie graph · magpie alerts · magpie logs --follow   (with --server {})", args.listen)?;
    for (key, fault) in Fault::ALL.into_iter().enumerate() {
        writeln!(out, "  press {}  {}: {}", key + 1, fault.name(), fault.description())?;
    }
    writeln!(out, "  press q  to end; nothing is left behind")?;
    Ok(())
}

/// The partner whose webhook places an order now and then, until it is aborted. An order that Magpie does not take is lost to it:
/// a real partner would try again.
async fn order_by_webhook(magpie: std::net::SocketAddr) {
    loop {
        tokio::time::sleep(PARTNER).await;
        let body = format!("{{\"user\": \"{}\", \"sku\": \"SKU-{}\"}}", fastrand::u32(1..5_000), 1_000 + fastrand::u32(..300));
        let request = format!(
            "POST /api/v1/hooks/{WEBHOOK} HTTP/1.1\r\nHost: {magpie}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let placed = async {
            let mut connection = tokio::net::TcpStream::connect(magpie).await?;
            connection.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            connection.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer.starts_with("HTTP/1.1 202"))
        };
        match tokio::time::timeout(PARTNER, placed).await {
            Ok(Ok(true)) => {}
            other => tracing::warn!(?other, "the demo's webhook was not taken"),
        }
    }
}

/// Ready when the demo is to end. Keys are read only from a terminal.
async fn ended(faults: Arc<FaultSwitch>, lasting: Option<Duration>, mut signals: Signals) {
    let time_is_over = async {
        match lasting {
            Some(lasting) => tokio::time::sleep(lasting).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = signals.stop.asked() => {}
        // The terminal was closed.
        _ = signals.hangup.recv() => {}
        () = time_is_over => {}
        () = keys(&faults) => {}
    }
}

/// Switches faults by keys until `q`.
async fn keys(faults: &FaultSwitch) {
    let Some(_raw) = std::io::stdin().is_terminal().then(RawKeys::enter).flatten() else { return std::future::pending().await };
    let mut pressed = pressed_keys();
    while let Some(key) = pressed.recv().await {
        match key {
            b'q' | b'Q' | 3 | 4 => return,
            digit @ b'1'..=b'9' => {
                if let Some(fault) = Fault::ALL.get(usize::from(digit - b'1')) {
                    let on = faults.toggle(*fault);
                    // What cannot be shown is done all the same.
                    let _ = writeln!(anstream::stdout(), "{} is {}\r", fault.name(), if on { "ON" } else { "off" });
                }
            }
            _ => {}
        }
    }
}

/// Keys as they are pressed. The thread cannot be woken from its read; it ends with the process.
fn pressed_keys() -> tokio::sync::mpsc::Receiver<u8> {
    let (send, receive) = tokio::sync::mpsc::channel(8);
    std::thread::spawn(move || {
        let mut key = [0u8; 1];
        while std::io::stdin().read_exact(&mut key).is_ok() && send.blocking_send(key[0]).is_ok() {}
    });
    receive
}

/// Lets single keys through without Enter; the terminal is put back when this goes.
struct RawKeys(rustix::termios::Termios);

impl RawKeys {
    fn enter() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut single = before.clone();
        single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Now, &single).ok()?;
        Some(Self(before))
    }
}

impl Drop for RawKeys {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}
