//! What can go wrong in a command, and the exit code that tells it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fmt, io};

use magpie_model::config::{ConfigError, Problem};
use serde_json::Value;

/// Result of a command.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The configuration has mistakes.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// A file could not be used.
    #[error("could not {doing} `{}`", path.display())]
    File {
        /// What was attempted.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An input could not be read.
    #[error(transparent)]
    Collect(#[from] magpie_collect::Error),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] magpie_store::Error),
    /// Output could not be written.
    #[error("could not write the output")]
    Output(#[from] io::Error),
    /// A running Magpie could not be asked.
    #[error("could not ask `{server}`: {reason}")]
    Server {
        /// Its address.
        server: String,
        /// What happened.
        reason: String,
    },
    /// A running Magpie refused.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Something else that was attempted did not work.
    #[error("could not {doing}")]
    Failed {
        /// What was attempted.
        doing: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a running Magpie refused a request.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// What is wrong.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) fix: String,
    /// Each mistake of a document, with its line.
    pub(crate) mistakes: Vec<String>,
    /// The API's code for it, with its values.
    pub(crate) code: String,
    pub(crate) values: Value,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mistakes.is_empty() {
            let between = if self.fix.is_empty() { "" } else { "; " };
            return write!(f, "{}{between}{}", self.detail, self.fix);
        }
        // The detail would say the same without the lines.
        write!(f, "{}:", self.fix)?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl Error {
    /// For `map_err` on operations with a file.
    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { doing, path, source }
    }

    /// For `map_err` on anything else.
    pub(crate) fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::Failed { doing, source: source.into() }
    }

    /// Mistakes found after a configuration was read, by those who compile its expressions.
    pub(crate) fn config(path: impl Into<PathBuf>, problems: Vec<Problem>) -> Self {
        Self::Config(ConfigError { path: path.into(), problems })
    }

    /// 2 for what the user can mend in the command line or configuration, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::from(1),
        }
    }

    /// Whether the reader of our output went away (`magpie report | head`): no error to a user.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The error and its causes in one line.
    pub(crate) fn chain(&self) -> String {
        chain(self)
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
