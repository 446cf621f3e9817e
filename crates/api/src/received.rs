//! What the receivers of a source count: for the sources of the API and for `/metrics`.

use serde::Serialize;

/// What came to the ports of a source, or of which agents told under its name. Counts begin when the source is configured as it is,
/// and never decrease until then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReceivedReport {
    /// Connections that are open now.
    pub connections: u64,
    /// Requests, datagrams that came together, and reads of connections that were kept.
    pub accepted: u64,
    /// Requests and connections that were refused: their senders were told.
    pub refused: Vec<RefusedReason>,
    /// Spans and log records within accepted requests that can be joined to nothing: told as partial success.
    pub rejected: u64,
    /// Reads of connections whose sender had to wait.
    pub waited: u64,
    /// Messages that are lost because there was no room: their senders cannot be told.
    pub dropped: u64,
    /// Datagrams that the kernel dropped; `None` without a port for them, or where it cannot be known.
    pub dropped_by_kernel: Option<u64>,
    /// Gaps that agents told of: lines that were gone before they could be read.
    pub gaps: u64,
    /// Bytes of the gaps.
    pub gap_bytes: u64,
}

/// Refusals for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RefusedReason {
    /// The reason: `busy`, `malformed` ...
    pub reason: String,
    /// Requests or connections.
    pub count: u64,
}
