//! What can go wrong while bytes are collected, each with the path it happened to.
//!
//! None of these stops a source: a file that cannot be read is reported in its status or summary and, when followed,
//! tried again.

use std::io;
use std::path::PathBuf;

/// A failure to find, open or read an input.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pattern is not a glob; the text says at which character and why.
    #[error("`{pattern}` is not a path pattern: {reason}")]
    Pattern {
        /// As configured.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Sources that the agent normalises cannot be read as they say.
    #[error("the agent cannot normalise: {reason}")]
    Normalise {
        /// What is wrong.
        reason: String,
    },
    /// A pattern or path that leads to no file.
    #[error("no file matches `{pattern}`")]
    NoMatch {
        /// As given.
        pattern: String,
    },
    /// A folder, device or socket where a file is needed.
    #[error("`{}` is {what}, not a file", path.display())]
    NotAFile {
        /// Which one.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The file could not be opened.
    #[error("could not open `{}`", path.display())]
    Open {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be read to its end; what was read before that point has been handed on.
    #[error("could not read `{}` beyond byte {offset}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Offset in the decompressed content.
        offset: u64,
        /// Why; `UnexpectedEof` for compressed data that ends too early.
        source: io::Error,
    },
    /// A folder could not be listed.
    #[error("could not look into `{}`", path.display())]
    List {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The thread that follows a source could not be started.
    #[error("could not start following `{source_name}`")]
    Start {
        /// Name of the source.
        source_name: String,
        /// Why.
        source: io::Error,
    },
    /// A directory that must be kept could not be used.
    #[error("could not keep data in `{}`", path.display())]
    Data {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it.
    #[error("`{}` is in use by another agent; give each its own `data_dir`", path.display())]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// A configuration that names another data directory than the one in use.
    #[error("the data directory stays `{}` as long as the agent runs; restart it to use another one", path.display())]
    OtherData {
        /// The one in use.
        path: PathBuf,
    },
    /// An address could not be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// As configured.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A certificate or key cannot be used.
    #[error("could not use the certificate or key in `{}`: {reason}", path.display())]
    Tls {
        /// Where it stands.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The address of a server makes no sense.
    #[error("`{server}` is not the address of a server, such as https://magpie.example:4318")]
    Server {
        /// As configured.
        server: String,
    },
    /// The token cannot stand in a header.
    #[error("the token has characters that cannot be sent; it is plain ASCII without line ends")]
    Token,
}

impl Error {
    /// The error with its causes in one line, for a status field.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        text
    }
}
