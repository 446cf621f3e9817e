//! Thresholds and the alerts they raise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Timestamp};

/// When a threshold is exceeded. Limits are in the field's unit as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// The value is greater than the limit; equal is not above.
    Above(f64),
    /// The value is less than the limit; equal is not below.
    Below(f64),
    /// The combination was not seen in the `within` nanoseconds before.
    New {
        /// How far back "seen before" reaches, in ns.
        within: i64,
    },
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertSeverity {
    /// For the record.
    Info,
    /// Look soon.
    #[default]
    Warning,
    /// Somebody must act.
    Critical,
}

impl AlertSeverity {
    /// `info`, `warning` or `critical`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A limit on one aggregation of one field of one monitor's rollups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Name of the monitor.
    pub monitor: String,
    /// Name of the field, or `records` for the number of records itself.
    pub field: String,
    /// The aggregation judged; `None` for `records` and `new`.
    pub aggregate: Option<Aggregate>,
    /// When it is exceeded.
    pub condition: Condition,
    /// How long it must be exceeded before the alert fires, in ns.
    pub hold: i64,
    /// How much it matters.
    pub severity: AlertSeverity,
    /// Labels copied to the alert.
    pub labels: BTreeMap<String, String>,
}

impl Threshold {
    /// The field whose threshold it is, as labels show it: `elapsed_ms: 200`, `p95 elapsed_ms: 200`.
    pub fn title(&self, default: Option<Aggregate>) -> String {
        let field = match self.aggregate {
            Some(aggregate) if Some(aggregate) != default => format!("{} {}", aggregate.name(), self.field),
            _ => self.field.clone(),
        };
        match self.condition {
            Condition::Above(limit) => format!("{field}: {limit}"),
            Condition::Below(limit) => format!("{field}: < {limit}"),
            Condition::New { .. } => "new".to_owned(),
        }
    }

    /// A name that stays as long as what is judged stays: monitor, aggregation, field and condition.
    pub fn id(&self) -> String {
        let aggregate = self.aggregate.map_or("", Aggregate::name);
        let condition = match self.condition {
            Condition::Above(limit) => format!("above {limit}"),
            Condition::Below(limit) => format!("below {limit}"),
            Condition::New { within } => format!("new within {}", crate::time::format_duration(within)),
        };
        format!("{}/{} {} {condition}", self.monitor, aggregate, self.field)
    }
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Exceeded, but not for long enough.
    Pending,
    /// Exceeded for long enough.
    Firing,
    /// No longer exceeded.
    Resolved,
}

impl AlertState {
    /// `pending`, `firing` or `resolved`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// One episode of one threshold on one combination of a monitor's dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Stable id of the episode: a hash of threshold, combination and `since`, 16 hex digits.
    pub id: String,
    /// The monitor.
    pub monitor: String,
    /// Dimension values of the combination; a missing value is left out.
    pub dimensions: BTreeMap<String, String>,
    /// The field, or `records`.
    pub field: String,
    /// The aggregation judged.
    pub aggregate: Option<Aggregate>,
    /// The condition it broke.
    pub condition: Condition,
    /// Where it stands.
    pub state: AlertState,
    /// How much it matters.
    pub severity: AlertSeverity,
    /// Labels of the threshold.
    pub labels: BTreeMap<String, String>,
    /// The value in the last judged bucket that had one, in the field's unit; `None` of what has no value (`new`).
    pub value: Option<f64>,
    /// The last judged bucket had no data: `value` is older.
    #[serde(default)]
    pub no_data: bool,
    /// Start of the first bucket in which it was exceeded.
    pub since: Timestamp,
    /// When it began to fire: end of the bucket that completed `for`.
    pub fired: Option<Timestamp>,
    /// When it ended: end of the first bucket in which it was not exceeded.
    pub resolved: Option<Timestamp>,
    /// Start of the last judged bucket.
    pub judged: Timestamp,
    /// Share of lines behind the value, 0 to 1.
    pub complete: f64,
    /// Judged on a bucket that is still open.
    pub provisional: bool,
}
