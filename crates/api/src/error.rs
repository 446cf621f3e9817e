//! What can keep the port for people from being served.

use std::io;
use std::net::SocketAddr;

/// Result of serving.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The port could not be served. Refused requests are no errors: they are answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listening socket does not know its address.
    #[error("could not learn the address of the listening socket")]
    Address(#[source] io::Error),
    /// Tokens would pass in plain text, so only this machine may ask.
    #[error("`{0}` is reachable from other machines, and this port has no TLS; listen on 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
}
