//! Connections: accepted up to a bound, cut off when their client is too slow, and ended in order at shutdown.
//!
//! hyper is driven directly and not through `axum::serve`, which has neither limits for heads nor timeouts. Every
//! connection is a task of a set that `serve` owns; when it returns, none is left.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::endpoint;
use crate::shared::Shared;
use crate::{Api, Error, Limits, Result};

/// Pause after the system refused to accept, so that a lack of file descriptors is no busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is ready, then ends streams at once and waits for other requests up to the limit.
pub async fn serve(listener: TcpListener, api: Api, shutdown: impl Future<Output = ()>) -> Result<()> {
    let address = listener.local_addr().map_err(Error::Address)?;
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    let limits = api.limits;
    let (close, closing) = watch::channel(false);
    let shared = Arc::new(Shared::new(api, address.port(), closing));
    let router = endpoint::router(Arc::clone(&shared));
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (permit, accepted) = accept(&listener, &room) => match accepted {
                Ok(stream) => connect(&mut connections, &graceful, &router, &limits, stream, permit),
                Err(_) => {
                    shared.meters.refused.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    // An error means that no request is left that could listen.
    let _ = close.send(true);
    let _ = tokio::time::timeout(limits.drain, graceful.shutdown()).await;
    connections.shutdown().await;
    Ok(())
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (Option<OwnedSemaphorePermit>, io::Result<TcpStream>) {
    let permit = Arc::clone(room).acquire_owned().await.ok();
    (permit, listener.accept().await.map(|(stream, _)| stream))
}

fn connect(
    connections: &mut JoinSet<()>,
    graceful: &GracefulShutdown,
    router: &Router,
    limits: &Limits,
    stream: TcpStream,
    permit: Option<OwnedSemaphorePermit>,
) {
    // Without it a small event could wait for an acknowledgement; a socket that refuses the option works all the same.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Patient::new(stream, limits.write_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.headers)
        .max_header_size(limits.head)
        .serve_connection(io, TowerToHyperService::new(router.clone()));
    let watched = graceful.watch(connection);
    connections.spawn(async move {
        let _permit = permit;
        // A client that went away or broke the protocol is no event for us: hyper has answered what could be answered.
        let _ = watched.await;
    });
}

/// A connection that ends when its client reads nothing for too long.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, waiting: None }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads nothing"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context);
        self.watch(context, closed)
    }
}
