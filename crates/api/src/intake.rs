//! What people change about the input: files they hand over, and parsers they choose for a source.
//!
//! Both are done by the process behind [`crate::Backend`]; these are the questions, the answers and the refusals.

use std::collections::BTreeMap;

use magpie_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ParseRefusal, ParseRequest};

/// Name of the built-in source of uploaded files.
pub const UPLOADS: &str = "uploads";

/// A piece of a file that is handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// Name of the file; the answer says under which one it is kept.
    pub name: String,
    /// Bytes of the file before this piece.
    #[serde(default)]
    pub offset: u64,
    /// The piece.
    pub content: String,
    /// Whether the file ends with it.
    #[serde(default)]
    pub last: bool,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uploaded {
    /// Name under which the file is kept, and under which its next piece must come.
    pub name: String,
    /// Bytes of the file so far: `offset` of the next piece.
    pub bytes: u64,
    /// The source that reads it.
    pub source: String,
    /// Path of the file: `file` of its records.
    pub file: String,
}

/// Why a piece was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadRefusal {
    /// It does not continue the file.
    #[error("`{name}` has {bytes} bytes, the piece begins at {offset}")]
    NotNext {
        /// The file.
        name: String,
        /// Its length.
        bytes: u64,
        /// Where the piece begins.
        offset: u64,
    },
    /// The disk is nearly full, or the file too long.
    #[error("{0}")]
    NoRoom(String),
    /// It could not be written.
    #[error("could not write `{name}`: {reason}")]
    Failed {
        /// The file.
        name: String,
        /// Why not.
        reason: String,
    },
}

/// A parser that shall read a source from now on, in place of the configured one. At most one of `format`, `pattern`, `regex`,
/// `grok`, `json`; `auto` without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParserChoice {
    /// A named format, or `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Text with values in angle brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// A regular expression with named groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// A grok expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grok: Option<String>,
    /// Value name → dotted path of a JSON member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<BTreeMap<String, String>>,
    /// Column or field name → expression.
    pub map: BTreeMap<String, String>,
    /// Zone of times that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl ParserChoice {
    /// The same as a request to try it.
    pub fn as_request(&self) -> ParseRequest {
        let Self { format, pattern, regex, grok, json, map, zone, .. } = self.clone();
        ParseRequest { format, pattern, regex, grok, json, map, zone, ..ParseRequest::default() }
    }
}

/// The parser of a source as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ParserReport {
    /// Where it was chosen.
    pub origin: ParserOrigin,
    /// What was chosen.
    #[serde(flatten)]
    pub choice: ParserChoice,
    /// When it was chosen; `None` from the file.
    pub at: Option<Timestamp>,
    /// Counts the choices made over the API; `None` from the file.
    pub version: Option<u64>,
}

/// Where a parser was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParserOrigin {
    /// In the configuration file.
    #[default]
    File,
    /// Over the API.
    Ui,
}

/// Why a parser was not put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParserRefusal {
    /// There is no such source.
    #[error("there is no source `{0}`")]
    NoSuchSource(String),
    /// It could not be built.
    #[error(transparent)]
    Parser(#[from] ParseRefusal),
    /// It could not be stored, or the sources could not be started with it; the old one stays.
    #[error("{0}")]
    Failed(String),
}
