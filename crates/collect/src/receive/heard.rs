//! A connection of HTTP that must speak in time, and of which is known whether a request is on its way.
//!
//! hyper gives a head its time only once it knows the version, and takes a connection that waits for its next request for one
//! whose head is slow. So the first bytes have a time of their own here, and what was heard since the last answer is remembered.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// With which HTTP/2 begins (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether bytes came that no answer was given to.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<AtomicBool>);

impl Heard {
    /// What came is answered.
    pub(super) fn answered(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether a request has begun.
    pub(super) fn something(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream with a time for its first bytes.
pub(super) struct Timed<S> {
    stream: S,
    heard: Heard,
    /// Bytes of the preface that came.
    seen: usize,
    /// Until then the version must be known; `None` once it is.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    /// To be called on a runtime.
    pub(super) fn new(stream: S, patience: Duration) -> (Self, Heard) {
        let heard = Heard::default();
        (Self { stream, heard: heard.clone(), seen: 0, deadline: Some(Box::pin(sleep(patience))) }, heard)
    }

    fn hear(&mut self, read: &[u8]) {
        self.heard.0.store(true, Ordering::Relaxed);
        if self.deadline.is_some() {
            let is_preface = PREFACE[self.seen..].starts_with(read);
            self.seen += read.len();
            if !is_preface || self.seen == PREFACE.len() {
                self.deadline = None;
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.hear(&buffer.filled()[before..]);
        }
        match &mut self.deadline {
            Some(deadline) if read.is_pending() => deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into())),
            _ => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Whether a connection that has said this, and nothing more, is given up.
    async fn is_given_up(said: &[u8]) -> bool {
        let (mut client, server) = tokio::io::duplex(1_024);
        let (mut timed, heard) = Timed::new(server, Duration::from_millis(5));
        client.write_all(said).await.unwrap();
        let mut got = vec![0; said.len()];
        timed.read_exact(&mut got).await.unwrap();
        assert_eq!((got.as_slice(), heard.something()), (said, !said.is_empty()));
        heard.answered();
        assert!(!heard.something());
        let more = tokio::time::timeout(Duration::from_millis(200), timed.read_u8()).await;
        matches!(more, Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut)
    }

    #[test]
    fn who_does_not_say_which_version_it_speaks_is_given_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (said, given_up) in [(&b""[..], true), (b"P", true), (&PREFACE[..23], true), (PREFACE, false), (b"PO", false), (b"GET", false)]
        {
            assert_eq!(runtime.block_on(is_given_up(said)), given_up, "{said:?}");
        }
    }
}
