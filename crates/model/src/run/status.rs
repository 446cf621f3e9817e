//! Where a run stands, and what made it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its turn.
    Queued,
    /// Is being run.
    Running,
    /// Waits for a time or an event.
    Waiting,
    /// Failed, and will be tried again by itself.
    Retrying,
    /// Ended well.
    Succeeded,
    /// Failed for good, until a person retries it.
    Failed,
    /// A person ended it.
    Cancelled,
    /// Its timeout ended it, for good.
    TimedOut,
}

impl Status {
    /// All of them, in the order of a run's life.
    pub const ALL: [Self; 8] =
        [Self::Queued, Self::Running, Self::Waiting, Self::Retrying, Self::Succeeded, Self::Failed, Self::Cancelled, Self::TimedOut];

    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::TimedOut)
    }

    /// Whether it ended badly, for good.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut)
    }

    /// Its name in API, files and tables, such as `timed_out`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What kind of thing made a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A due time of its schedule.
    Schedule,
    /// A person.
    Manual,
    /// An event that its `schedule.on` asks for.
    Event,
    /// A call of its address by a program.
    Webhook,
    /// Another flow.
    Flow,
    /// A retry that became a run of its own.
    Retry,
    /// `magpie exec` around a command.
    Exec,
}

impl TriggerKind {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Schedule, Self::Manual, Self::Event, Self::Webhook, Self::Flow, Self::Retry, Self::Exec];

    /// Its name in API and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Event => "event",
            Self::Webhook => "webhook",
            Self::Flow => "flow",
            Self::Retry => "retry",
            Self::Exec => "exec",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What made a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// What kind of thing.
    pub kind: TriggerKind,
    /// Who, or which flow or event; `None` for the schedule.
    #[serde(default)]
    pub by: Option<String>,
    /// The due time it is for.
    #[serde(default)]
    pub due: Option<Timestamp>,
}
