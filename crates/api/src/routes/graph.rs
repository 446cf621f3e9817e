//! The graph: who calls whom, with values, thresholds and alert state on every edge, and what is different from another range.

use std::collections::{BTreeMap, BTreeSet};

use magpie_model::config::Config;
use magpie_model::graph::{Edge, Graph, Node};
use magpie_model::query::{RollupQuery, TimeRange};
use magpie_model::query_line::edges::EdgeFilter;
use magpie_model::tier::{Tier, Tiers};
use magpie_model::{Alert, Column, FieldSpec, PartialTable, Threshold, Timestamp};
use magpie_store::{AlertQuery, BASE};
use serde::Serialize;

use super::get;
use super::selection::{Selection, Shown, selection_parameters};
use crate::comparison::{Comparison, compare};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::filters::{line_parameter, line_problem, query_line};
use crate::params::{Parameter, Place, limit_parameter};
use crate::problem::Problem;
use crate::shared::Shared;

const MOST_EDGES: usize = 20_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let description = "Values are those of the whole range; alert states are those of now. With a range to compare with, every edge says \
        how it changed, and edges that are gone are listed without calls: `worse` and `better` by the share of errors (three standard \
        errors and a hundredth apart), else `slower` and `faster` by the average of elapsed_ms (a fifth and 1 ms apart, on five calls in \
        each range).";
    vec![
        get("/api/v1/graph", "getGraph", "graph", "Graph", graph)
            .told("Who calls whom", description)
            .with([
                Parameter::text("compare_from", Place::Query, "First moment of the range to compare with; as `from`."),
                Parameter::text("compare_to", Place::Query, "First moment after it."),
                line_parameter("edges, by the columns of the graph, its fields, `records` and `alert`"),
            ])
            .with(selection_parameters())
            .with([limit_parameter(2_000, MOST_EDGES)]),
    ]
}

#[derive(Serialize)]
struct Drawn {
    monitor: String,
    by: Vec<&'static str>,
    from: Timestamp,
    to: Timestamp,
    compared: Option<TimeRange>,
    nodes: Vec<DrawnNode>,
    edges: Vec<DrawnEdge>,
    edges_total: usize,
    truncated: bool,
    completeness: Option<Shown>,
}

#[derive(Serialize)]
struct DrawnNode {
    #[serde(flatten)]
    node: Node,
    tier: Option<Tier>,
    hosts: usize,
    #[serde(flatten)]
    calls_of: CallsOf,
}

/// Calls of a node by others.
#[derive(Clone, Copy, Default, Serialize)]
struct CallsOf {
    records: u64,
    errors: u64,
}

#[derive(Serialize)]
struct DrawnEdge {
    #[serde(flatten)]
    edge: Edge,
    compare: Option<Comparison>,
}

fn graph(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let limit = call.query.limit(2_000, MOST_EDGES)?;
    let line = query_line(&call.query)?;
    let selection = Selection::read(shared, call, &config, None)?;
    let other = compared(shared, call, &config)?.map(|range| selection.over(range, &config));
    let (graph, by, fields) = draw(shared, &config, &selection)?;
    let filter = EdgeFilter::bind(&line, &by, &fields).map_err(line_problem)?;
    let calls = calls_of(&graph.edges);
    let mut nodes: BTreeMap<String, Node> = graph.nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
    let edges: Vec<(Edge, Option<Comparison>)> = match &other {
        None => graph.edges.into_iter().map(|edge| (edge, None)).collect(),
        Some(other) => {
            let (before, ..) = draw(shared, &config, other)?;
            before.nodes.into_iter().for_each(|node| _ = nodes.entry(node.id.clone()).or_insert(node));
            compare(graph.edges, before.edges).into_iter().map(|(edge, comparison)| (edge, Some(comparison))).collect()
        }
    };
    let is_meant = |edge: &Edge| match (nodes.get(&edge.source), nodes.get(&edge.target)) {
        (Some(source), Some(target)) => filter.keeps(edge, source, target),
        _ => false,
    };
    let mut edges: Vec<(Edge, Option<Comparison>)> = edges.into_iter().filter(|(edge, _)| is_meant(edge)).collect();
    let edges_total = edges.len();
    keep_busiest(&mut edges, limit);
    let kept: BTreeSet<&str> = edges.iter().flat_map(|(edge, _)| [edge.source.as_str(), edge.target.as_str()]).collect();
    let structure = Structure::read(shared, &config, selection.range)?;
    let nodes = nodes.into_values().filter(|node| kept.contains(node.id.as_str()));
    let nodes = nodes.map(|node| structure.told(node, &calls)).collect();
    Reply::json(&Drawn {
        monitor: graph.monitor,
        by: by.iter().map(|column| column.name()).collect(),
        from: selection.range.from,
        to: selection.range.to,
        compared: other.map(|other| other.range),
        nodes,
        edges_total,
        truncated: edges.len() < edges_total,
        edges: edges.into_iter().map(|(edge, compare)| DrawnEdge { edge, compare }).collect(),
        completeness: selection.completeness(shared)?.pop().map(Shown::from),
    })
}

fn compared(shared: &Shared, call: &Call, config: &Config) -> Result<Option<TimeRange>, Problem> {
    let now = shared.api.backend.now();
    let moment = |name| call.query.moment(name, now, &config.zone);
    match (moment("compare_from")?, moment("compare_to")?) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from < to => Ok(Some(TimeRange { from, to })),
        (Some(_), Some(_)) => Err(Problem::parameter("compare_from", "compare_from is not before compare_to", "let it be earlier")),
        (None, _) => Err(Problem::parameter("compare_from", "compare_to is given without compare_from", "give both")),
        (_, None) => Err(Problem::parameter("compare_to", "compare_from is given without compare_to", "give both")),
    }
}

/// The graph of a selection, with the columns and fields of its rows.
fn draw(shared: &Shared, config: &Config, selection: &Selection) -> Result<(Graph, Vec<Column>, Vec<FieldSpec>), Problem> {
    let table = selection.rows(shared)?;
    let (by, fields) = (table.by.clone(), table.fields.to_vec());
    // Thresholds are about the monitor's own combinations, not about sums over some of its columns.
    let monitor = selection.monitor.as_deref().filter(|_| selection.by.is_none()).and_then(|name| config.monitor(name));
    let thresholds: &[Threshold] = monitor.map_or(&[], |monitor| &monitor.thresholds);
    let alerts: Vec<Alert> = match monitor {
        Some(monitor) => {
            shared.api.state.alerts(&AlertQuery { monitor: Some(monitor.name.clone()), limit: MOST_EDGES, ..AlertQuery::now() })?
        }
        None => Vec::new(),
    };
    Ok((Graph::draw(table, thresholds, &alerts, selection.length()), by, fields))
}

/// The busiest edges are what a picture is for; those with an alert are what it is looked at for. Their order stays.
fn keep_busiest(edges: &mut Vec<(Edge, Option<Comparison>)>, limit: usize) {
    if edges.len() <= limit {
        return;
    }
    let mut order: Vec<usize> = (0..edges.len()).collect();
    let rank = |at: usize| {
        let (edge, compare) = &edges[at];
        (edge.alert.is_none(), std::cmp::Reverse(edge.records.max(compare.as_ref().map_or(0, |compare| compare.records))))
    };
    order.sort_by_key(|&at| rank(at));
    let kept: BTreeSet<usize> = order.into_iter().take(limit).collect();
    let mut at = 0;
    edges.retain(|_| {
        at += 1;
        kept.contains(&(at - 1))
    });
}

fn calls_of(edges: &[Edge]) -> BTreeMap<String, CallsOf> {
    let mut calls: BTreeMap<String, CallsOf> = BTreeMap::new();
    for edge in edges {
        let of = calls.entry(edge.target.clone()).or_default();
        of.records += edge.records;
        of.errors += edge.fields.get("error").and_then(|values| values.get("count")).map_or(0, |&count| count as u64);
    }
    calls
}

/// What the range shows of modules besides the graph: their tiers and their hosts.
struct Structure {
    tiers: Tiers,
    hosts: BTreeMap<String, BTreeSet<String>>,
}

impl Structure {
    /// Told by the base dimension, whatever monitor and filter are looked at: a module does not change its tier with the view.
    fn read(shared: &Shared, config: &Config, range: TimeRange) -> Result<Self, Problem> {
        let mut structure = Self { tiers: Tiers::new(&config.tiers), hosts: BTreeMap::new() };
        let wanted = [Column::Source, Column::SourceModule, Column::Target, Column::TargetModule];
        let by: Vec<Column> = wanted.into_iter().filter(|column| config.base.contains(column)).collect();
        if by.is_empty() {
            return Ok(structure);
        }
        let query = RollupQuery { by: Some(by), fields: Some(Vec::new()), ..RollupQuery::of(BASE, range, None) };
        let table = shared.api.telemetry.rollups(&query)?;
        structure.observe(&table);
        Ok(structure)
    }

    fn observe(&mut self, table: &PartialTable) {
        let place = |column: Column| table.by.iter().position(|&by| by == column);
        let places = [Column::SourceModule, Column::TargetModule, Column::Source, Column::Target].map(place);
        for row in &table.rows {
            let [caller, callee, source, target] = places.map(|place| place.and_then(|at| table.value(row, at)).unwrap_or(""));
            self.tiers.observe(caller, callee);
            for (module, host) in [(caller, source), (callee, target)] {
                if !module.is_empty() && !host.is_empty() {
                    self.hosts.entry(module.to_owned()).or_default().insert(host.to_owned());
                }
            }
        }
    }

    fn told(&self, node: Node, calls: &BTreeMap<String, CallsOf>) -> DrawnNode {
        let tier = node.module.as_deref().and_then(|module| self.tiers.of(module));
        let hosts = match (&node.host, &node.module) {
            (Some(_), _) => 1,
            (None, Some(module)) => self.hosts.get(module).map_or(0, BTreeSet::len),
            (None, None) => 0,
        };
        let calls_of = calls.get(&node.id).copied().unwrap_or_default();
        DrawnNode { node, tier, hosts, calls_of }
    }
}
