//! Watched jobs: what `magpie exec` tells of a command that others run.
//!
//! All of it can be told twice, so that a wrapper that did not hear the answer just tells it again.

use std::collections::BTreeMap;

use magpie_model::run::{JobId, Status};
use magpie_model::{Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// Name of the attribute of a job's record that has the number of its line in the run, from 1.
pub const LINE: &str = "line";

/// A watched job that begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobBegin {
    /// Its name, which is its id among flows.
    pub flow: String,
    /// Id of the run; `None` makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// What is run, as far as it is to be shown.
    pub command: Vec<String>,
    /// Host that runs it.
    pub host: String,
    /// Application; empty for none.
    #[serde(default)]
    pub application: String,
    /// Region; empty for none.
    #[serde(default)]
    pub region: String,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// When it is expected; `None` leaves what was told before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<JobSchedule>,
    /// When it began.
    pub started: Timestamp,
    /// Attempts that its policy allows.
    #[serde(default = "one")]
    pub max_attempts: u32,
    /// How long an attempt may take, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

fn one() -> u32 {
    1
}

/// When a watched job is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSchedule {
    /// A cron expression of 5 or 6 fields.
    pub cron: String,
    /// IANA name of its zone; the configured one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// How late it may come, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_ms: Option<u64>,
}

/// Lines that follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobLines {
    /// Attempt that wrote them, from 1.
    pub attempt: u32,
    /// Lines of the run before these.
    pub first: u64,
    /// The lines.
    pub lines: Vec<JobLine>,
    /// Lines lost before these, which count in `first`.
    #[serde(default)]
    pub lost: u64,
}

/// A line that a watched job wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobLine {
    /// When.
    pub time: Timestamp,
    /// How serious, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Where it was written.
    pub stream: JobStream,
    /// The line, without its end.
    pub text: String,
}

/// Where a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStream {
    /// The output.
    Stdout,
    /// The error output.
    Stderr,
    /// By the wrapper itself.
    Magpie,
}

impl JobStream {
    /// `stdout`, `stderr` or `magpie`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Magpie => "magpie",
        }
    }
}

/// How an attempt of a watched job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobAttempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// Running, succeeded, failed, cancelled or timed out.
    pub status: Status,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// Signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// What went wrong, when it is not the exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When the next attempt begins; `None` when this was the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<Timestamp>,
}
