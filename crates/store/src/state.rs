//! The trait for what Magpie concluded: where judging stands, alerts, and small documents by name.
//!
//! Everything here is transactional: when a call returns, its change is on disk, all of it. Judging writes its state,
//! the last judged bucket and the transitions of alerts together (design 2), so that a crash neither repeats nor
//! forgets a notification. How thresholds are judged is `pipeline`'s.

use magpie_model::query::TimeRange;
use magpie_model::{Alert, AlertState, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The outcome of a round of judging.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The judge's own state, in the pipeline's form.
    pub state: Vec<u8>,
    /// Start of the last judged bucket.
    pub bucket: Timestamp,
    /// Alerts as they are now; replace those of the same id.
    pub alerts: Vec<Alert>,
    /// Ids of alerts that late data has undone.
    pub withdrawn: Vec<String>,
}

/// Where judging stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeState {
    /// The judge's own state.
    pub state: Vec<u8>,
    /// Start of the last judged bucket.
    pub bucket: Timestamp,
}

/// Which alerts to give; all conditions must hold. Newest `since` first.
#[derive(Clone, Debug)]
pub struct AlertQuery {
    /// In one of these states; empty for any.
    pub states: Vec<AlertState>,
    /// Of this monitor.
    pub monitor: Option<String>,
    /// With these dimension values.
    pub dimensions: Vec<(String, String)>,
    /// Active at some time in this range.
    pub range: TimeRange,
    /// At most so many.
    pub limit: usize,
}

impl Default for AlertQuery {
    fn default() -> Self {
        Self { states: Vec::new(), monitor: None, dimensions: Vec::new(), range: TimeRange::ALL, limit: 1_000 }
    }
}

impl AlertQuery {
    /// What is pending or firing now.
    pub fn now() -> Self {
        Self { states: vec![AlertState::Pending, AlertState::Firing], ..Self::default() }
    }
}

/// A JSON document with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What it is, such as `monitor` or `view`.
    pub kind: String,
    /// Its name, unique within its kind.
    pub name: String,
    /// Counts its changes, from 1. Goes on after a deletion.
    pub version: u64,
    /// When it was put, by the caller's clock.
    pub changed: Timestamp,
    /// The content; `None` when this version deleted it.
    pub content: Option<serde_json::Value>,
}

/// Storage of state.
pub trait StateStore: Send + Sync {
    /// Writes the outcome of a round of judging, all of it or nothing.
    fn commit_judged(&self, judged: &Judged) -> Result<()>;

    /// Where judging stands; `None` before the first round.
    fn judge_state(&self) -> Result<Option<JudgeState>>;

    /// Alerts, now or in the past.
    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>>;

    /// One alert.
    fn alert(&self, id: &str) -> Result<Option<Alert>>;

    /// Removes resolved alerts that ended before `before`; gives their number.
    fn expire_alerts(&self, before: Timestamp) -> Result<u64>;

    /// Puts a document; `None` as content deletes it. With `expected` (0 for "does not exist yet"), nothing is written
    /// unless that is the present version. Gives the new version, or `None` when another change came first.
    fn put_document(
        &self,
        kind: &str,
        name: &str,
        content: Option<&serde_json::Value>,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<u64>>;

    /// The present document.
    fn document(&self, kind: &str, name: &str) -> Result<Option<Document>>;

    /// All present documents of a kind, by name.
    fn documents(&self, kind: &str) -> Result<Vec<Document>>;

    /// All versions of a document, newest first.
    fn document_versions(&self, kind: &str, name: &str) -> Result<Vec<Document>>;

    /// Remembers when things of a scope (such as `source`) were last seen; a time never moves back.
    fn mark_seen(&self, scope: &str, seen: &[(String, Timestamp)]) -> Result<()>;

    /// What was seen in a scope at or after `since`, by name.
    fn last_seen(&self, scope: &str, since: Timestamp) -> Result<Vec<(String, Timestamp)>>;
}
