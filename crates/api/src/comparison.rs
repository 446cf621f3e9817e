//! An edge in one range against the same edge in another: new, gone, slower, faster, more or less broken.
//!
//! A difference is told only where chance does not make it: the share of errors by a test of two proportions, the time taken
//! by its size on enough calls. Broken comes before slow: an edge that fails faster is worse, not faster.

use std::collections::BTreeMap;

use magpie_model::graph::Edge;
use serde::Serialize;

/// Fewest calls in each range by which times are compared.
const FEWEST: u64 = 5;
/// Times differ when one is so many times the other ...
const RATIO: f64 = 1.2;
/// ... and by so many ms.
const LEAST_MS: f64 = 1.0;
/// Shares of errors differ when they are so many standard errors apart ...
const DEVIATIONS: f64 = 3.0;
/// ... and by this share of calls.
const LEAST_SHARE: f64 = 0.01;

/// How an edge changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    New,
    Gone,
    Worse,
    Better,
    Slower,
    Faster,
    Same,
}

impl Change {
    pub(crate) const NAMES: [&'static str; 7] = ["new", "gone", "worse", "better", "slower", "faster", "same"];
}

/// What an edge was in the other range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Comparison {
    pub(crate) state: Change,
    pub(crate) records: u64,
    pub(crate) fields: BTreeMap<String, BTreeMap<String, f64>>,
}

/// What makes two edges the same one.
type Name = (String, String, Option<String>, Option<String>);

fn name(edge: &Edge) -> Name {
    (edge.source.clone(), edge.target.clone(), edge.service.clone(), edge.extra.clone())
}

/// Each present edge with its comparison; the edges that are gone are added, without calls.
pub(crate) fn compare(now: Vec<Edge>, before: Vec<Edge>) -> Vec<(Edge, Comparison)> {
    let mut others: BTreeMap<Name, Edge> = before.into_iter().map(|edge| (name(&edge), edge)).collect();
    let mut compared: Vec<(Edge, Comparison)> = now
        .into_iter()
        .map(|edge| match others.remove(&name(&edge)) {
            Some(other) => {
                let state = change(&edge, &other);
                (edge, Comparison { state, records: other.records, fields: other.fields })
            }
            None => (edge, Comparison { state: Change::New, records: 0, fields: BTreeMap::new() }),
        })
        .collect();
    compared.extend(others.into_values().map(|other| {
        let comparison = Comparison { state: Change::Gone, records: other.records, fields: other.fields.clone() };
        (Edge { records: 0, fields: BTreeMap::new(), thresholds: Vec::new(), alert: None, ..other }, comparison)
    }));
    compared
}

fn value(edge: &Edge, field: &str, aggregate: &str) -> Option<f64> {
    edge.fields.get(field)?.get(aggregate).copied()
}

fn change(now: &Edge, before: &Edge) -> Change {
    let errors = |edge: &Edge| value(edge, "error", "count").unwrap_or(0.0);
    match broken((errors(now), now.records), (errors(before), before.records)) {
        Some(true) => return Change::Worse,
        Some(false) => return Change::Better,
        None => {}
    }
    let (Some(time), Some(other)) = (value(now, "elapsed_ms", "avg"), value(before, "elapsed_ms", "avg")) else { return Change::Same };
    if now.records.min(before.records) < FEWEST || (time - other).abs() < LEAST_MS {
        Change::Same
    } else if time >= other * RATIO {
        Change::Slower
    } else if other >= time * RATIO {
        Change::Faster
    } else {
        Change::Same
    }
}

/// Whether the share of errors grew (`Some(true)`) or fell; `None` when chance may have made the difference.
fn broken(now: (f64, u64), before: (f64, u64)) -> Option<bool> {
    let (calls, others) = (now.1 as f64, before.1 as f64);
    if calls == 0.0 || others == 0.0 {
        return None;
    }
    let difference = now.0 / calls - before.0 / others;
    let pooled = (now.0 + before.0) / (calls + others);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / calls + 1.0 / others)).sqrt();
    let differs = difference.abs() >= LEAST_SHARE && deviation > 0.0 && difference.abs() / deviation >= DEVIATIONS;
    differs.then_some(difference > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(target: &str, records: u64, errors: f64, elapsed: Option<f64>) -> Edge {
        let mut fields: BTreeMap<String, BTreeMap<String, f64>> = [("error".to_owned(), [("count".to_owned(), errors)].into())].into();
        fields.extend(elapsed.map(|value| ("elapsed_ms".to_owned(), [("avg".to_owned(), value)].into())));
        let (source, target) = ("web/".to_owned(), target.to_owned());
        Edge { source, target, service: None, extra: None, records, fields, thresholds: vec![], alert: None }
    }

    #[test]
    fn what_changed_and_what_chance_may_have_made() {
        use Change::{Better, Faster, Same, Slower, Worse};
        // Calls, errors and ms, now and before.
        for (now, before, state) in [
            ((100, 0.0, Some(50.0)), (100, 0.0, Some(50.0)), Same),
            ((100, 0.0, Some(80.0)), (100, 0.0, Some(50.0)), Slower),
            ((100, 0.0, Some(50.0)), (100, 0.0, Some(80.0)), Faster),
            ((100, 0.0, Some(55.0)), (100, 0.0, Some(50.0)), Same),
            ((100, 0.0, Some(0.9)), (100, 0.0, Some(0.3)), Same),
            ((4, 0.0, Some(500.0)), (100, 0.0, Some(50.0)), Same),
            ((100, 20.0, Some(5.0)), (100, 0.0, Some(50.0)), Worse),
            ((100, 0.0, Some(500.0)), (100, 20.0, Some(50.0)), Better),
            ((100, 2.0, None), (100, 0.0, None), Same),
            ((2, 1.0, None), (2, 0.0, None), Same),
            ((100_000, 600.0, None), (100_000, 100.0, None), Same),
            ((10, 10.0, None), (1_000, 0.0, None), Worse),
        ] {
            let of = |(records, errors, elapsed)| edge("video/", records, errors, elapsed);
            assert_eq!(change(&of(now), &of(before)), state, "{now:?} {before:?}");
        }
    }

    #[test]
    fn edges_that_are_new_and_edges_that_are_gone() {
        let compared =
            compare(vec![edge("a/", 1, 0.0, None), edge("b/", 2, 0.0, None)], vec![edge("b/", 3, 0.0, None), edge("c/", 4, 0.0, None)]);
        let told: Vec<_> = compared.iter().map(|(edge, other)| (edge.target.as_str(), edge.records, other.state, other.records)).collect();
        assert_eq!(told, [("a/", 1, Change::New, 0), ("b/", 2, Change::Same, 3), ("c/", 0, Change::Gone, 4)]);
    }
}
