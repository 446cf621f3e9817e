//! The graph: who calls whom, with values, thresholds and alert state on every edge.

use magpie_model::graph::Graph;
use magpie_model::{Threshold, Timestamp};
use magpie_store::AlertQuery;
use serde::Serialize;

use super::get;
use super::selection::{Selection, Shown, selection_parameters};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::limit_parameter;
use crate::problem::Problem;
use crate::shared::Shared;

const MOST_EDGES: usize = 20_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/graph", "getGraph", "graph", "Graph", graph)
            .told("Who calls whom", "Values are those of the whole range; alert states are those of now.")
            .with(selection_parameters())
            .with([limit_parameter(2_000, MOST_EDGES)]),
    ]
}

#[derive(Serialize)]
struct Drawn {
    by: Vec<&'static str>,
    from: Timestamp,
    to: Timestamp,
    #[serde(flatten)]
    graph: Graph,
    truncated: bool,
    completeness: Option<Shown>,
}

fn graph(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let limit = call.query.limit(2_000, MOST_EDGES)?;
    let selection = Selection::read(shared, call, &config, None)?;
    let mut table = selection.rows(shared)?;
    let truncated = table.rows.len() > limit;
    if truncated {
        // The busiest edges are what a picture is for.
        table.rows.sort_by_key(|row| std::cmp::Reverse(row.partial.records));
        table.rows.truncate(limit);
    }
    let by = table.by.iter().map(|column| column.name()).collect();
    // Thresholds are about the monitor's own combinations, not about sums over some of its columns.
    let monitor = selection.monitor.as_deref().filter(|_| selection.by.is_none()).and_then(|name| config.monitor(name));
    let thresholds: &[Threshold] = monitor.map_or(&[], |monitor| &monitor.thresholds);
    let alerts = match monitor {
        Some(monitor) => {
            shared.api.state.alerts(&AlertQuery { monitor: Some(monitor.name.clone()), limit: MOST_EDGES, ..AlertQuery::now() })?
        }
        None => Vec::new(),
    };
    let graph = Graph::draw(table, thresholds, &alerts, selection.length());
    let completeness = selection.completeness(shared)?.pop().map(Shown::from);
    Reply::json(&Drawn { by, from: selection.range.from, to: selection.range.to, graph, truncated, completeness })
}
