//! The trait for what Magpie concluded: where judging stands, alerts and what people did about them, and small documents by
//! name.
//!
//! Everything here is transactional: when a call returns, its change is on disk, all of it. Judging writes its state,
//! the last judged bucket and the transitions of alerts together (design 2), so that a crash neither repeats nor
//! forgets a notification. Whatever a person changes is noted with who and when, in the same transaction. How thresholds are
//! judged is `pipeline`'s.

use std::collections::BTreeMap;

use magpie_model::attention::AuditEntry;
use magpie_model::query::TimeRange;
use magpie_model::{Alert, AlertState, Attention, Signature, Silence, Timestamp};
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
    /// Who put it, when (by the caller's clock), and why.
    #[serde(flatten)]
    pub signature: Signature,
    /// The content; `None` when this version deleted it.
    pub content: Option<serde_json::Value>,
}

/// Storage of state.
pub trait StateStore: Send + Sync {
    /// Writes the outcome of a round of judging, all of it or nothing.
    fn commit_judged(&self, judged: &Judged) -> Result<()>;

    /// Writes alerts that no judging of buckets made, in place of those of the same id.
    fn put_alerts(&self, alerts: &[Alert]) -> Result<()>;

    /// Where judging stands; `None` before the first round.
    fn judge_state(&self) -> Result<Option<JudgeState>>;

    /// Alerts, now or in the past.
    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>>;

    /// One alert.
    fn alert(&self, id: &str) -> Result<Option<Alert>>;

    /// Removes resolved alerts that ended before `before` and before the oldest record, with what people did about them; gives
    /// their number. Silences that ended before `before`, and what was noted of changes before, go with them.
    fn expire_alerts(&self, before: Timestamp, oldest: Timestamp) -> Result<u64>;

    /// Notes that somebody looks after an alert, in place of who did before; `false` when there is no such alert.
    fn acknowledge(&self, alert: &str, signature: &Signature) -> Result<bool>;

    /// Takes that back; `false` when there is no such alert. `signature` says who takes it back.
    fn unacknowledge(&self, alert: &str, signature: &Signature) -> Result<bool>;

    /// Adds a remark, `signature.comment`, to an alert; gives its number, or `None` when there is no such alert.
    fn comment(&self, alert: &str, signature: &Signature) -> Result<Option<u64>>;

    /// What people did about some alerts; those about which nobody did anything are left out.
    fn attention(&self, alerts: &[&str]) -> Result<BTreeMap<String, Attention>>;

    /// Stores a new silence at a moment; gives its id.
    fn put_silence(&self, silence: &Silence, now: Timestamp) -> Result<String>;

    /// Ends a silence at the signature's moment, unless it has ended before. Gives it as it is then; `None` when there is none.
    fn end_silence(&self, id: &str, signature: &Signature) -> Result<Option<Silence>>;

    /// Silences that end after a moment, also those that have not begun; the newest first, at most `limit`.
    fn silences(&self, ending_after: Timestamp, limit: usize) -> Result<Vec<Silence>>;

    /// What people changed, the newest first: of one subject if it is named, before an entry if its number is given.
    fn audit(&self, subject: Option<&str>, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>>;

    /// Puts a document; `None` as content deletes it. With `expected` (0 for "does not exist yet"), nothing is written
    /// unless that is the present version. Gives the new version, or `None` when another change came first.
    fn put_document(
        &self,
        kind: &str,
        name: &str,
        content: Option<&serde_json::Value>,
        expected: Option<u64>,
        signature: &Signature,
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
