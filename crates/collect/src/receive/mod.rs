//! Bytes that others send: OTLP, syslog, and lines over HTTP.
//!
//! ```text
//! connection ─► limits, token ─► unpack ─► decode ─► redact ─► Keeper ─► answer
//! ```
//!
//! A receiver says yes only after its [`Keeper`] has: what was acknowledged is on disk. When the keeper has no room, or its disk
//! takes nothing, each sender is told in its own language - 429 with `Retry-After`, `RESOURCE_EXHAUSTED` with `RetryInfo`,
//! or a TCP connection that is not read - and nothing is lost. What a line means, and which bytes of a file are there
//! already, is the keeper's business.

mod answer;
mod body;
mod grpc;
mod heard;
mod http;
mod kernel;
mod lines;
mod listen;
pub mod otlp;
mod protobuf;
mod syslog;
mod tls;
mod traffic;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use magpie_model::origin::Cut;

pub use http::{Takes, read_body, read_call};
pub use listen::{Door, Listening};
pub use otlp::agent::{Holds, Run, SentFile};
pub use protobuf::Malformed;
pub use syslog::{Framing, NoSyslog};
pub use tls::Identity;
pub use traffic::{Reason, Traffic};

/// What came in one request, or was read from one connection: all of it is kept, or nothing.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Whole lines.
    pub lines: Vec<u8>,
    /// Lines of which a part was left out.
    pub cuts: Vec<Cut>,
    /// Parts of files that an agent sends.
    pub runs: Vec<Run>,
}

/// Who sent a delivery, and through which source it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Index of the configured source.
    pub input: usize,
    /// Address of the sender.
    pub peer: IpAddr,
}

/// Where deliveries go.
pub trait Keeper: Send + Sync + 'static {
    /// Returns when the delivery is on disk. May block; called on threads that may wait.
    ///
    /// # Errors
    /// Nothing of it was kept.
    fn keep(&self, sent: Sent, delivery: Delivery) -> Result<(), Refusal>;
}

/// Why a delivery was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was kept before has not been worked off yet.
    #[error("what was sent before is not worked off yet; send it again")]
    Busy {
        /// When there may be room.
        retry_after: Duration,
    },
    /// The disk takes nothing, or the receiver is being stopped.
    #[error("{reason}")]
    Unavailable {
        /// What is wrong.
        reason: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// It can never be kept.
    #[error("{0}")]
    Invalid(String),
}

impl Refusal {
    /// When it is worth trying again; `None` for never.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } | Self::Unavailable { retry_after, .. } => Some(*retry_after),
            Self::Invalid(_) => None,
        }
    }
}

/// A receiver that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or not ours.
    #[error("could not listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Certificate or key.
    #[error("TLS: {what} `{}`", path.display())]
    Tls {
        /// What could not be done.
        what: String,
        /// With which file.
        path: std::path::PathBuf,
    },
}

/// Everything that receivers of one source share.
#[derive(Clone)]
pub struct Common {
    /// Index of the configured source.
    pub input: usize,
    /// Its name.
    pub name: Arc<str>,
    /// Where deliveries go.
    pub keeper: Arc<dyn Keeper>,
    /// What must not be written.
    pub redaction: Arc<crate::Redaction>,
    /// Longest line in bytes.
    pub max_line: usize,
    /// What it counts.
    pub traffic: Arc<Traffic>,
}
