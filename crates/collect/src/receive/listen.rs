//! Ports: connections are accepted up to a bound, cut off when their client is too slow, and end with their owner.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::http::{Service, Takes};
use super::tls::Identity;
use super::{Common, Error, syslog};

/// Connections of a port; one more waits until another has ended.
const CONNECTIONS: usize = 512;
/// Time for a TLS handshake, and for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of the head of a request.
const LARGEST_HEAD: usize = 32 << 10;
/// Headers of a request.
const MOST_HEADERS: usize = 64;
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 64;
/// How often a silent HTTP/2 connection is asked whether it lives, and how long it has to answer.
const ALIVE: Duration = Duration::from_secs(30);
/// Time for requests under way when the port closes.
const DRAIN: Duration = Duration::from_secs(5);
/// Pause after the system refused to accept, so that a lack of file descriptors is no busy loop.
const PAUSE: Duration = Duration::from_millis(50);

/// Where to listen, and who may come in.
#[derive(Clone)]
pub struct Door {
    /// The address.
    pub listen: SocketAddr,
    /// Certificate and key; without, the port speaks plain text.
    pub identity: Option<Identity>,
    /// What senders must show.
    pub token: Option<Arc<str>>,
}

/// A port that is served; closes when it is told to.
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
    close: watch::Sender<bool>,
}

impl Listening {
    /// Serves requests over HTTP/1 and HTTP/2.
    ///
    /// # Errors
    /// The port cannot be had.
    pub fn http(runtime: &Handle, door: &Door, takes: Takes, common: Common) -> Result<Self, Error> {
        let service = Service { common, takes, token: door.token.clone(), room: super::body::Room::default() };
        let traffic = Arc::clone(&service.common.traffic);
        let graceful = Arc::new(tokio::sync::Mutex::new(Some(GracefulShutdown::new())));
        let watcher = Arc::clone(&graceful);
        Self::tcp(
            runtime,
            door,
            traffic,
            move |stream, peer, _| {
                let (service, watcher) = (service.clone(), Arc::clone(&watcher));
                async move {
                    let connection = serve(stream, peer, service);
                    let watched = match &*watcher.lock().await {
                        Some(graceful) => graceful.watch(connection),
                        None => return,
                    };
                    // A client that went away or broke the protocol is no event for us.
                    let _ = watched.await;
                }
            },
            move || async move {
                if let Some(graceful) = graceful.lock().await.take() {
                    graceful.shutdown().await;
                }
            },
        )
    }

    /// Takes syslog over TCP, with TLS where the door has a certificate.
    ///
    /// # Errors
    /// The port cannot be had.
    pub fn syslog_tcp(runtime: &Handle, door: &Door, common: Common) -> Result<Self, Error> {
        let traffic = Arc::clone(&common.traffic);
        let connect = move |stream, peer, closing| syslog::serve_stream(stream, peer, common.clone(), closing);
        Self::tcp(runtime, door, traffic, connect, || async {})
    }

    /// Takes syslog in datagrams.
    ///
    /// # Errors
    /// The port cannot be had.
    pub fn syslog_udp(runtime: &Handle, listen: SocketAddr, common: Common) -> Result<Self, Error> {
        let failed = |source| Error::Listen { address: listen, source };
        let socket = runtime.block_on(tokio::net::UdpSocket::bind(listen)).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let (close, closing) = watch::channel(false);
        let task = runtime.spawn(syslog::serve_datagrams(socket, common, closing));
        Ok(Self { address, task, close })
    }

    /// Closes the port, waits a while for what is under way, and ends the rest.
    pub async fn close(self) {
        // An error means that the task has ended.
        let _ = self.close.send(true);
        let _ = self.task.await;
    }

    fn tcp<C, F, E, G>(runtime: &Handle, door: &Door, traffic: Arc<super::Traffic>, connect: C, end: E) -> Result<Self, Error>
    where
        C: Fn(Stream, IpAddr, watch::Receiver<bool>) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
        E: FnOnce() -> G + Send + 'static,
        G: Future<Output = ()> + Send,
    {
        let failed = |source| Error::Listen { address: door.listen, source };
        let listener = runtime.block_on(TcpListener::bind(door.listen)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (close, closing) = watch::channel(false);
        let identity = door.identity.clone();
        let task = runtime.spawn(async move {
            let mut connections = JoinSet::new();
            accept(&listener, identity.as_ref(), &traffic, Arc::new(connect), &mut connections, closing).await;
            drop(listener);
            let drained = async {
                end().await;
                while connections.join_next().await.is_some() {}
            };
            let _ = timeout(DRAIN, drained).await;
            connections.shutdown().await;
        });
        Ok(Self { address, task, close })
    }
}

/// A connection, encrypted or not.
pub(super) type Stream = Box<dyn Duplex>;

/// Reads and writes.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

async fn accept<C, F>(
    listener: &TcpListener,
    identity: Option<&Identity>,
    traffic: &Arc<super::Traffic>,
    connect: Arc<C>,
    connections: &mut JoinSet<()>,
    mut closing: watch::Receiver<bool>,
) where
    C: Fn(Stream, IpAddr, watch::Receiver<bool>) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let told = closing.clone();
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return,
            Some(_) = connections.join_next() => continue,
            next = next => next,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (identity, connect, traffic, told) = (identity.cloned(), Arc::clone(&connect), Arc::clone(traffic), told.clone());
        connections.spawn(async move {
            let _permit = permit;
            traffic.connections.fetch_add(1, Ordering::Relaxed);
            match shake_hands(stream, identity.as_ref()).await {
                Ok(stream) => connect(stream, peer.ip(), told).await,
                Err(error) => traffic.refuse(format!("{}: TLS: {error}", peer.ip())),
            }
            traffic.connections.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn shake_hands(stream: TcpStream, identity: Option<&Identity>) -> io::Result<Stream> {
    // Answers are small and must not wait for more of them.
    let _ = stream.set_nodelay(true);
    let Some(identity) = identity else { return Ok(Box::new(stream)) };
    let shaken = timeout(HEAD_PATIENCE, identity.acceptor().accept(stream)).await;
    Ok(Box::new(shaken.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??))
}

/// One connection of HTTP, of the version that the client chose.
fn serve(
    stream: Stream,
    peer: IpAddr,
    service: Service,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + Send {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_headers(MOST_HEADERS).max_buf_size(LARGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(LARGEST_HEAD as u32)
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE);
    let answering = service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(service.answer(request, peer).await) }
    });
    builder.serve_connection(TokioIo::new(stream), answering).into_owned()
}
