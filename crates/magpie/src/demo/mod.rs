//! `magpie demo`'s watched system: a little video shop of six services on seven hosts that really runs.
//! It exists so that a newcomer sees Magpie at work within a minute, on logs that come about as logs do: services call each other over
//! HTTP on the loopback network, under load that changes, each writes its own files in its own format, and faults can be switched on and off.
//! Magpie learns nothing from inside: it follows the files like any others. So this module knows no other part of Magpie, and wiring the
//! two together is the command line's affair.
//!
//! ```text
//! clients 127.0.9.1-32 ─► gateway ─┬─► search ──► video
//!                                  ├─► video (on two hosts)
//!                                  ├─► user
//!                                  └─► order ─┬─► user
//!                                             └─► stock
//! ```

mod caller;
mod fault;
mod flows;
mod lines;
mod load;
mod log_file;
mod server;
mod services;
mod sources;
#[cfg(test)]
mod tests;
mod trace;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use caller::Caller;
use log_file::LogFile;
use services::{Gateway, Hosts, Order, OrderLogs, Search, SearchLogs, Stock, Upstreams, User, Video};

pub(crate) use fault::{Fault, FaultSwitch};
pub(crate) use flows::WEBHOOK;
use sources::DemoSource;

/// The running system. It stops when dropped, but only [`DemoSystem::stop`] lets requests finish and waits for all tasks.
#[derive(Debug)]
pub(crate) struct DemoSystem {
    logs: PathBuf,
    gateway: SocketAddr,
    services: Services,
    callers: Vec<Caller>,
    stop_load: watch::Sender<bool>,
    stop_servers: watch::Sender<bool>,
    clients: JoinSet<()>,
    servers: JoinSet<io::Result<()>>,
}

/// The services, held to count what their logs lost.
#[derive(Debug)]
struct Services {
    gateway: Arc<Gateway>,
    search: Arc<Search>,
    videos: [Arc<Video>; 2],
    user: Arc<User>,
    order: Arc<Order>,
    stock: Arc<Stock>,
}

/// A listening socket for each host, opened before any service exists, so that each can be told where the others are.
struct Listeners {
    edge: TcpListener,
    search: TcpListener,
    videos: [TcpListener; 2],
    user: TcpListener,
    order: TcpListener,
    stock: TcpListener,
}

impl DemoSystem {
    /// Starts all services and the load. Log files are made below `logs`, which stays the caller's to remove.
    ///
    /// Fails if a log file cannot be made or if the system does not answer to addresses in 127.0.0.0/8.
    pub(crate) async fn start(logs: &Path, faults: Arc<FaultSwitch>) -> io::Result<DemoSystem> {
        let listeners = Listeners::open().await?;
        let gateway = listeners.edge.local_addr()?;
        let callers = [sources::EDGE, sources::SEARCH, sources::ORDER].map(|host| Caller::from_address(host.address));
        let services = Services::wire(logs, &listeners, &callers, &faults)?;
        let mut system = DemoSystem {
            logs: logs.to_owned(),
            gateway,
            services,
            callers: callers.to_vec(),
            stop_load: watch::Sender::new(false),
            stop_servers: watch::Sender::new(false),
            clients: JoinSet::new(),
            servers: JoinSet::new(),
        };
        system.serve(listeners)?;
        load::start(gateway, &system.stop_load.subscribe(), &mut system.clients);
        Ok(system)
    }

    fn serve(&mut self, listeners: Listeners) -> io::Result<()> {
        let Services { gateway, search, videos: [video_1, video_2], user, order, stock } = &self.services;
        let [video_1_listener, video_2_listener] = listeners.videos;
        let stop = || self.stop_servers.subscribe();
        let servers = &mut self.servers;
        server::serve(listeners.edge, Arc::clone(gateway), stop(), servers)?;
        server::serve(listeners.search, Arc::clone(search), stop(), servers)?;
        server::serve(video_1_listener, Arc::clone(video_1), stop(), servers)?;
        server::serve(video_2_listener, Arc::clone(video_2), stop(), servers)?;
        server::serve(listeners.user, Arc::clone(user), stop(), servers)?;
        server::serve(listeners.order, Arc::clone(order), stop(), servers)?;
        server::serve(listeners.stock, Arc::clone(stock), stop(), servers)
    }

    /// Writes the shop's integration flows into a folder; what they keep goes to `files`.
    pub(crate) fn write_flows(&self, folder: &Path, files: &Path) -> io::Result<()> {
        flows::write(folder, files, self.gateway)
    }

    /// A complete Magpie configuration that follows this system's logs and keeps its data in `data_dir`.
    pub(crate) fn config_yaml(&self, data_dir: &Path) -> String {
        sources::config_yaml(&self.logs, data_dir)
    }

    /// Where the gateway listens, for whoever wants to send a request of their own.
    pub(crate) fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// Log events that could not be written, for example because the disk is full.
    pub(crate) fn lost_events(&self) -> u64 {
        let Services { gateway, search, videos, user, order, stock } = &self.services;
        let videos: u64 = videos.iter().map(|video| video.access_log.lost()).sum();
        videos + gateway.lost_events() + search.lost_events() + user.log.lost() + order.lost_events() + stock.access_log.lost()
    }

    /// Stops the load, then the services, each after the requests in progress, and waits until every task has ended.
    /// Returns the first error of a server, if one had failed.
    pub(crate) async fn stop(mut self) -> io::Result<()> {
        self.stop_load.send_replace(true);
        while self.clients.join_next().await.is_some() {}
        self.stop_servers.send_replace(true);
        let mut result = Ok(());
        while let Some(ended) = self.servers.join_next().await {
            result = result.and(ended.map_err(io::Error::other).flatten());
        }
        for caller in &self.callers {
            caller.close().await;
        }
        result
    }
}

impl Listeners {
    async fn open() -> io::Result<Listeners> {
        Ok(Listeners {
            edge: server::listen(sources::EDGE.address).await?,
            search: server::listen(sources::SEARCH.address).await?,
            videos: [server::listen(sources::VIDEO_1.address).await?, server::listen(sources::VIDEO_2.address).await?],
            user: server::listen(sources::USER.address).await?,
            order: server::listen(sources::ORDER.address).await?,
            stock: server::listen(sources::STOCK.address).await?,
        })
    }

    /// The hosts of video, with a turn of their own for each caller.
    fn video_hosts(&self) -> io::Result<Hosts> {
        let [first, second] = &self.videos;
        Ok(Hosts::new(first.local_addr()?, &[second.local_addr()?]))
    }
}

fn only(listener: &TcpListener) -> io::Result<Hosts> {
    Ok(Hosts::new(listener.local_addr()?, &[]))
}

impl Services {
    fn wire(
        logs: &Path,
        listeners: &Listeners,
        [from_gateway, from_search, from_order]: &[Caller; 3],
        faults: &Arc<FaultSwitch>,
    ) -> io::Result<Services> {
        let open = |source: DemoSource| LogFile::open(&logs.join(source.file));
        let upstreams = Upstreams {
            search: only(&listeners.search)?,
            video: listeners.video_hosts()?,
            user: only(&listeners.user)?,
            order: only(&listeners.order)?,
        };
        let order_logs = OrderLogs {
            proxy: open(sources::ORDER_PROXY)?,
            called: open(sources::ORDER_CALLED)?,
            application: open(sources::ORDER_APPLICATION)?,
        };
        Ok(Services {
            gateway: Arc::new(Gateway::start(
                from_gateway.clone(),
                upstreams,
                open(sources::GATEWAY_ACCESS)?,
                open(sources::GATEWAY_ERROR)?,
            )),
            search: Arc::new(Search {
                caller: from_search.clone(),
                video: listeners.video_hosts()?,
                logs: SearchLogs { served: open(sources::SEARCH_SERVED)?, called: open(sources::SEARCH_CALLED)? },
                faults: Arc::clone(faults),
            }),
            videos: [
                Arc::new(Video { access_log: open(sources::VIDEO_1_ACCESS)? }),
                Arc::new(Video { access_log: open(sources::VIDEO_2_ACCESS)? }),
            ],
            user: Arc::new(User { log: open(sources::USER_LOG)?, host: sources::USER.name }),
            order: Arc::new(Order::start(
                from_order.clone(),
                only(&listeners.user)?,
                only(&listeners.stock)?,
                order_logs,
                Arc::clone(faults),
                sources::ORDER.name,
            )),
            stock: Arc::new(Stock { access_log: open(sources::STOCK_ACCESS)?, faults: Arc::clone(faults) }),
        })
    }
}
