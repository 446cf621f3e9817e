//! What a receiver counts: for the API's `sources` and for `/metrics`. Whatever comes to a port and is not kept is in one of
//! these counts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::kernel;

/// Why something is not taken: each has a status of HTTP and a code of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not what it says it is.
    Malformed,
    /// Without the token of the source.
    NoToken,
    /// From a web page.
    Forbidden,
    /// Nothing is taken there.
    NotFound,
    /// Not by `POST`.
    WrongMethod,
    /// A body above the bound, packed or unpacked.
    TooLarge,
    /// A head above the bound.
    HeadTooLarge,
    /// In an encoding that is not taken.
    WrongType,
    /// What was kept before has not been worked off.
    Busy,
    /// The disk takes nothing, or the port is being closed.
    Unavailable,
    /// It did not come in time.
    Slow,
    /// No connection with TLS came about.
    Handshake,
    /// There are as many connections as there may be.
    Connections,
}

impl Reason {
    /// As in `/metrics` and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NoToken => "no_token",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::WrongMethod => "wrong_method",
            Self::TooLarge => "too_large",
            Self::HeadTooLarge => "head_too_large",
            Self::WrongType => "wrong_type",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Slow => "slow",
            Self::Handshake => "handshake",
            Self::Connections => "connections",
        }
    }
}

/// Counts of one source since its receivers were configured as they are.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Connections that are open now.
    pub connections: AtomicU64,
    /// Bytes that were kept, unpacked.
    pub bytes: AtomicU64,
    /// Requests, or reads of a connection, that were kept.
    pub deliveries: AtomicU64,
    /// Spans and log records of kept requests that can be joined to nothing: told as `partial_success`.
    pub rejected: AtomicU64,
    /// Reads of a syslog connection that had to wait, because there was no room or the disk took nothing.
    pub waited: AtomicU64,
    /// Messages that came while there was no room, and are lost: their sender cannot be told.
    pub dropped: AtomicU64,
    /// Bytes that agents could not read before they were gone.
    pub gap_bytes: AtomicU64,
    /// Gaps that agents told of.
    pub gaps: AtomicU64,
    /// Requests and connections that were refused.
    refused: Mutex<BTreeMap<Reason, u64>>,
    /// Where datagrams come in.
    datagrams: Mutex<Option<SocketAddr>>,
    /// The last refusal.
    error: Mutex<Option<String>>,
}

impl Traffic {
    /// Counts what was kept.
    pub(crate) fn kept(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        // What goes wrong at present is told, not what once went wrong.
        *lock(&self.error) = None;
    }

    /// Counts what was refused.
    pub(crate) fn refuse(&self, reason: Reason, told: impl Into<String>) {
        *lock(&self.refused).entry(reason).or_default() += 1;
        self.tell(told);
    }

    /// What was refused, by reason.
    pub fn refused(&self) -> BTreeMap<Reason, u64> {
        lock(&self.refused).clone()
    }

    /// A connection that is open until the guard goes.
    pub(crate) fn connected(&self) -> Connected<'_> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connected(self)
    }

    /// Where the datagrams of this source come in.
    pub(crate) fn takes_datagrams(&self, at: SocketAddr) {
        *lock(&self.datagrams) = Some(at);
    }

    /// Datagrams that the kernel has dropped since the port was opened; `None` without such a port, or where it cannot be known.
    pub fn dropped_by_kernel(&self) -> Option<u64> {
        let port = *lock(&self.datagrams);
        kernel::dropped_datagrams(port?)
    }

    /// Notes what goes wrong.
    pub fn tell(&self, reason: impl Into<String>) {
        *lock(&self.error) = Some(reason.into());
    }

    /// What went wrong last, unless something was kept since; else what is known to be lost.
    pub fn trouble(&self) -> Option<String> {
        let error = lock(&self.error).clone();
        error.or_else(|| self.lost())
    }

    fn lost(&self) -> Option<String> {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let dropped = of(&self.dropped) + self.dropped_by_kernel().unwrap_or(0);
        match (dropped, of(&self.gaps)) {
            (0, 0) => None,
            (0, gaps) => Some(format!("{gaps} gaps: {} bytes were gone before an agent could read them", of(&self.gap_bytes))),
            (dropped, _) => Some(format!("{dropped} messages found no room in time and are lost")),
        }
    }
}

/// A connection; ends when it is dropped, however its task ends.
pub(crate) struct Connected<'t>(&'t Traffic);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
