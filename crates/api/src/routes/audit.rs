//! Who changed what: alerts, silences, monitors and parsers from the store of state, flows and runs from theirs, as one list.
//!
//! The two stores number their entries each for itself, and flows and runs may be shared with another Magpie. So a page is merged by
//! time, and a cursor says of each store where to go on.

use magpie_model::attention::AuditEntry;
use serde::Serialize;
use serde_json::json;

use super::get;
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, limit_parameter};
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let told = "Every change that a person made over the API, of alerts, monitors, parsers, flows, schedules and runs, and what the watched \
                folder of flows published; newest first, kept as long as alerts or runs.";
    vec![get("/api/v1/audit", "listAudit", "process", "Audit", audit).told("Who changed what", told).with([
        Parameter::text("subject", Place::Query, "Of this alert, silence, document, flow or run only, by id or name."),
        Parameter::text("cursor", Place::Query, "Continue a page."),
        limit_parameter(100, 1_000),
    ])]
}

/// Where a page goes on in each store: before the entry of this number; `None` begins with the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cursor {
    state: Option<u64>,
    runs: Option<u64>,
}

impl Cursor {
    /// `7-12`: before 7 in the one and before 12 in the other; without a number, from the newest on.
    fn read(text: &str) -> Option<Self> {
        let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
        let (state, runs) = text.split_once('-')?;
        Some(Self { state: number(state)?, runs: number(runs)? })
    }

    fn text(self) -> String {
        let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        format!("{}-{}", number(self.state), number(self.runs))
    }
}

/// An entry, with a number that no other has.
#[derive(Debug, PartialEq, Serialize)]
struct Shown {
    #[serde(flatten)]
    entry: AuditEntry,
    about: &'static str,
}

fn audit(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let limit = call.query.limit(100, 1_000)?;
    let read = |text: &str| {
        Cursor::read(text)
            .ok_or_else(|| Problem::parameter("cursor", format!("cursor `{text}` was not made here"), "use `next` of the page before"))
    };
    let cursor = call.query.one("cursor").map_or(Ok(Cursor::default()), read)?;
    let subject = call.query.one("subject");
    let of_state = shared.api.state.audit(subject, cursor.state, limit + 1)?;
    let of_runs = match &shared.api.runs {
        Some(runs) => runs.store.audit(subject, cursor.runs, limit + 1)?,
        None => Vec::new(),
    };
    let (entries, next) = merged(of_state, of_runs, cursor, limit);
    Reply::json(&json!({"entries": entries, "next": next.map(Cursor::text)}))
}

/// The newest of both, and where it goes on; `None` when nothing is left.
fn merged(of_state: Vec<AuditEntry>, of_runs: Vec<AuditEntry>, mut cursor: Cursor, limit: usize) -> (Vec<Shown>, Option<Cursor>) {
    let (mut of_state, mut of_runs) = (of_state.into_iter().peekable(), of_runs.into_iter().peekable());
    let mut entries = Vec::new();
    while entries.len() < limit {
        let is_state = match (of_state.peek(), of_runs.peek()) {
            (Some(state), Some(run)) => state.at >= run.at,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let (next, about, before) =
            if is_state { (of_state.next(), "state", &mut cursor.state) } else { (of_runs.next(), "runs", &mut cursor.runs) };
        let Some(entry) = next else { break };
        *before = Some(entry.id);
        entries.push(Shown { entry, about });
    }
    let is_more = of_state.peek().is_some() || of_runs.peek().is_some();
    (entries, is_more.then_some(cursor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Timestamp;

    fn entry(id: u64, at: i64) -> AuditEntry {
        AuditEntry { id, at: Timestamp(at), by: "ann".into(), action: "a".into(), subject: "s".into(), comment: String::new() }
    }

    #[test]
    fn pages_of_two_stores_follow_each_other_without_gap_or_repetition() {
        let state = [entry(4, 9), entry(3, 8), entry(2, 2), entry(1, 1)];
        let runs = [entry(3, 7), entry(2, 8), entry(1, 2)];
        let before = |all: &[AuditEntry], id: Option<u64>, limit: usize| {
            all.iter().filter(|entry| id.is_none_or(|id| entry.id < id)).take(limit).cloned().collect::<Vec<_>>()
        };
        for limit in 1..=8 {
            let (mut told, mut cursor) = (Vec::new(), Cursor::default());
            loop {
                let (page, next) = merged(before(&state, cursor.state, limit + 1), before(&runs, cursor.runs, limit + 1), cursor, limit);
                assert!(page.len() <= limit);
                told.extend(page.into_iter().map(|shown| (shown.about, shown.entry.id)));
                let Some(next) = next else { break };
                assert_eq!(Cursor::read(&next.text()), Some(next));
                cursor = next;
            }
            let expected = [("state", 4), ("state", 3), ("runs", 3), ("runs", 2), ("state", 2), ("runs", 1), ("state", 1)];
            assert_eq!(told, expected, "in pages of {limit}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "7", "7-x", "-1-2", "7-12-3"] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
