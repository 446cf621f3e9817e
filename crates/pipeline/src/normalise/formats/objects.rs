//! JSON objects that are written over several lines: Elasticsearch's stack traces, and what was printed to be looked at.
//!
//! Every event begins with a brace in the first column; its first line alone is no object then, and all of it is read.

use super::join;
use super::json::Members;

/// The events of a sample where some objects end in a later line than they begin; `None` where none does.
pub(in crate::normalise) fn joined_objects(sample: &[&str]) -> Option<Vec<String>> {
    if !sample.iter().any(|line| line.starts_with('{') && !is_whole(line)) {
        return None;
    }
    let events = join(sample, |event, line| event.starts_with('{') && !line.starts_with('{') && !is_whole(event));
    events.iter().any(|event| event.contains('\n') && is_whole(event)).then_some(events)
}

/// Whether a text is an object from its first brace to its last.
fn is_whole(text: &str) -> bool {
    let Some(mut members) = Members::of(text) else { return false };
    members.by_ref().count() > 0 && members.ended_well()
}
