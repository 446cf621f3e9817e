//! Ports: connections are accepted up to a bound, cut off when their client is too slow, and end with their owner.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::heard::{Heard, Timed};
use super::http::{LARGEST_HEAD, Service, Takes};
use super::tls::Identity;
use super::traffic::{Reason, Traffic};
use super::{Common, Error, syslog};

/// Connections of a port; one more is turned away.
const CONNECTIONS: usize = 512;
/// Connections that are told so at once; of more, none is told.
const TURNED_AWAY: usize = 64;
/// Time to tell them.
const TURNING_AWAY: Duration = Duration::from_secs(1);
/// What HTTP is told.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// Time for a TLS handshake, and for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
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
        let (traffic, counted) = (Arc::clone(&service.common.traffic), Arc::clone(&service.common.traffic));
        let graceful = Arc::new(tokio::sync::Mutex::new(Some(GracefulShutdown::new())));
        let watcher = Arc::clone(&graceful);
        Self::tcp(
            runtime,
            door,
            traffic,
            FULL,
            move |stream, peer, _| {
                let (service, watcher, counted) = (service.clone(), Arc::clone(&watcher), Arc::clone(&counted));
                async move {
                    let (stream, heard) = Timed::new(stream, HEAD_PATIENCE);
                    let connection = serve(stream, heard.clone(), peer, service);
                    let watched = match &*watcher.lock().await {
                        Some(graceful) => graceful.watch(connection),
                        None => return,
                    };
                    if let Err(error) = watched.await
                        && let Some(reason) = reason_of(&*error, &heard)
                    {
                        counted.refuse(reason, format!("{peer}: {error}"));
                    }
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
        Self::tcp(runtime, door, traffic, b"", connect, || async {})
    }

    /// Takes syslog in datagrams.
    ///
    /// # Errors
    /// The port cannot be had.
    pub fn syslog_udp(runtime: &Handle, listen: SocketAddr, common: Common) -> Result<Self, Error> {
        let failed = |source| Error::Listen { address: listen, source };
        let socket = runtime.block_on(tokio::net::UdpSocket::bind(listen)).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        common.traffic.takes_datagrams(address);
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

    fn tcp<C, F, E, G>(runtime: &Handle, door: &Door, traffic: Arc<Traffic>, full: &'static [u8], connect: C, end: E) -> Result<Self, Error>
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
        let port = Port { listener, identity: door.identity.clone(), traffic, full, connect: Arc::new(connect) };
        let task = runtime.spawn(async move {
            let mut connections = JoinSet::new();
            port.accept(&mut connections, closing).await;
            drop(port);
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

/// What accepts the connections of a port.
struct Port<C> {
    listener: TcpListener,
    identity: Option<Identity>,
    traffic: Arc<Traffic>,
    /// What is told to who finds no room.
    full: &'static [u8],
    connect: Arc<C>,
}

impl<C, F> Port<C>
where
    C: Fn(Stream, IpAddr, watch::Receiver<bool>) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    /// Accepts until told to close.
    async fn accept(&self, connections: &mut JoinSet<()>, mut closing: watch::Receiver<bool>) {
        let (room, turned_away) = (Arc::new(Semaphore::new(CONNECTIONS)), Arc::new(Semaphore::new(TURNED_AWAY)));
        let told = closing.clone();
        loop {
            let accepted = tokio::select! {
                _ = closing.wait_for(|closing| *closing) => return,
                Some(_) = connections.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
                connections.spawn(self.serve(stream, peer.ip(), told.clone(), permit));
                continue;
            }
            self.traffic.refuse(Reason::Connections, format!("{}: {CONNECTIONS} connections are open, as many as there may be", peer.ip()));
            // Nobody waits for a handshake here.
            if self.identity.is_none()
                && let Ok(permit) = Arc::clone(&turned_away).try_acquire_owned()
            {
                connections.spawn(turn_away(stream, self.full, permit));
            }
        }
    }

    fn serve(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        told: watch::Receiver<bool>,
        permit: OwnedSemaphorePermit,
    ) -> impl Future<Output = ()> + Send + use<C, F> {
        let (identity, connect, traffic) = (self.identity.clone(), Arc::clone(&self.connect), Arc::clone(&self.traffic));
        async move {
            let _permit = permit;
            let _connected = traffic.connected();
            match shake_hands(stream, identity.as_ref()).await {
                Ok(stream) => connect(stream, peer, told).await,
                Err(error) => traffic.refuse(Reason::Handshake, format!("{peer}: TLS: {error}")),
            }
        }
    }
}

/// Tells a client that there is no room for it. What it has sent is read away: a connection that is closed over unread bytes
/// takes the answer with it.
async fn turn_away(mut stream: TcpStream, told: &'static [u8], permit: OwnedSemaphorePermit) {
    let telling = async {
        let _ = stream.write_all(told).await;
        let _ = stream.shutdown().await;
        let mut unread = [0; 1 << 10];
        while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
    };
    let _ = timeout(TURNING_AWAY, telling).await;
    drop(permit);
}

/// Why a connection of HTTP ended, where that is the client's doing: one that went away, or was silent between two requests,
/// is no event.
fn reason_of(error: &(dyn std::error::Error + Send + Sync + 'static), heard: &Heard) -> Option<Reason> {
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
        return Some(Reason::Slow);
    }
    match error.downcast_ref::<hyper::Error>()? {
        error if error.is_timeout() => heard.something().then_some(Reason::Slow),
        error if error.is_parse_too_large() => Some(Reason::HeadTooLarge),
        error if error.is_parse() => Some(Reason::Malformed),
        _ => None,
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
    stream: Timed<Stream>,
    heard: Heard,
    peer: IpAddr,
    service: Service,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + Send {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_headers(MOST_HEADERS).max_buf_size(LARGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        // What is a little larger is refused by us, so that it is counted.
        .max_header_list_size(2 * LARGEST_HEAD as u32)
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE);
    let answering = service_fn(move |request| {
        let (service, heard) = (service.clone(), heard.clone());
        async move {
            let answer = service.answer(request, peer).await;
            heard.answered();
            Ok::<_, Infallible>(answer)
        }
    });
    builder.serve_connection(TokioIo::new(stream), answering).into_owned()
}
