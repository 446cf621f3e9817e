//! What is folded into what: the grain of the first fold and each monitor's projection of it.
//!
//! The grain is every column that some monitor keeps, the side and the class of `selection`: no finer than what is asked
//! for, since every row costs memory and time. Monitors fold out of each other where they can, the coarse out of the
//! finer. All this is decided here once, from the configuration, so that the hot loops only follow positions.

use std::cmp::Reverse;
use std::sync::Arc;

use magpie_model::config::{Config, Monitor};
use magpie_model::rollup::{KEY_WIDTH, key_columns};
use magpie_model::{Column, FieldSpec};

use super::selection::Selection;

/// Name under which the base rows themselves are kept when they are asked for; no monitor may have it.
pub const BASE: &str = "base";

/// One monitor's projection of the grain.
#[derive(Clone, Debug)]
pub(super) struct MonitorPlan {
    pub(super) name: Arc<str>,
    pub(super) by: Vec<Column>,
    /// Index in the grain's columns of each of the monitor's key columns.
    pub(super) positions: Vec<usize>,
    /// Index in the configured fields of each of its fields.
    pub(super) fields: Vec<usize>,
    pub(super) specs: Arc<[FieldSpec]>,
    /// Number of its condition in the selection.
    pub(super) condition: usize,
    /// Number of the projection that has its rows.
    pub(super) projection: usize,
}

/// Rows that one or several monitors show: those that meet a condition, by some columns of the grain.
#[derive(Clone, Debug)]
pub(super) struct Projection {
    /// Indices in the grain's columns, ascending.
    pub(super) positions: Vec<usize>,
    pub(super) condition: usize,
    /// The projection before this one that it is folded out of; `None` for the bucket itself.
    pub(super) parent: Option<usize>,
}

/// The whole layout.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Columns of the first fold's keys.
    pub(super) columns: Vec<Column>,
    pub(super) monitors: Vec<MonitorPlan>,
    /// The finest first.
    pub(super) projections: Vec<Projection>,
    pub(super) fields: Arc<[FieldSpec]>,
    /// Fields whose values some monitor wants in a sketch.
    pub(super) sketched: Vec<usize>,
    /// Fields of which some monitor wants the number of different values.
    pub(super) distinct: Vec<usize>,
}

impl Plan {
    /// The layout for a configuration; with `base`, the base rows are kept too, without sketches.
    pub(super) fn of(config: &Config, base: bool) -> (Self, Selection) {
        let mut monitors: Vec<(Monitor, bool)> = config.monitors.iter().map(|monitor| (bounded(monitor), true)).collect();
        if base {
            monitors.push((bounded(&Monitor::plain(BASE, &config.base)), false));
        }
        let mut columns: Vec<Column> = Vec::new();
        for column in monitors.iter().flat_map(|(monitor, _)| key_columns(&monitor.by)) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let (selection, conditions) = Selection::of(monitors.iter().map(|(monitor, _)| monitor));
        let mut monitors: Vec<MonitorPlan> = monitors
            .iter()
            .zip(conditions)
            .map(|((monitor, sketches), condition)| plan_monitor(monitor, *sketches, condition, &columns, config))
            .collect();
        let projections = project(&mut monitors);
        let wanted = |wants: fn(&FieldSpec) -> bool| {
            let mut fields: Vec<usize> = monitors
                .iter()
                .flat_map(|monitor| monitor.fields.iter().zip(monitor.specs.iter()))
                .filter(|(_, spec)| wants(spec))
                .map(|(&field, _)| field)
                .collect();
            fields.sort_unstable();
            fields.dedup();
            fields
        };
        let (sketched, distinct) = (wanted(FieldSpec::wants_sketch), wanted(FieldSpec::wants_distinct));
        (Self { columns, monitors, projections, fields: config.fields.clone().into(), sketched, distinct }, selection)
    }
}

/// The projections that these monitors need; each monitor is told its own.
fn project(monitors: &mut [MonitorPlan]) -> Vec<Projection> {
    let of = |monitor: &MonitorPlan| {
        let mut positions = monitor.positions.clone();
        positions.sort_unstable();
        (positions, monitor.condition)
    };
    let mut distinct: Vec<(Vec<usize>, usize)> = monitors.iter().map(of).collect();
    distinct.sort_unstable_by_key(|(positions, condition)| (Reverse(positions.len()), positions.clone(), *condition));
    distinct.dedup();
    for monitor in monitors {
        let own = of(monitor);
        monitor.projection = distinct.iter().position(|known| *known == own).unwrap_or_default();
    }
    let covers = |finer: &(Vec<usize>, usize), (positions, condition): &(Vec<usize>, usize)| {
        finer.1 == *condition && positions.iter().all(|position| finer.0.contains(position))
    };
    let parent = |at: usize| distinct[..at].iter().rposition(|finer| covers(finer, &distinct[at]));
    let parents: Vec<Option<usize>> = (0..distinct.len()).map(parent).collect();
    let with_parent = distinct.into_iter().zip(parents);
    with_parent.map(|((positions, condition), parent)| Projection { positions, condition, parent }).collect()
}

/// A monitor whose key fits [`KEY_WIDTH`]; the checked configuration allows no other.
fn bounded(monitor: &Monitor) -> Monitor {
    let mut monitor = monitor.clone();
    while key_columns(&monitor.by).len() > KEY_WIDTH {
        monitor.by.pop();
    }
    monitor
}

fn plan_monitor(monitor: &Monitor, sketches: bool, condition: usize, columns: &[Column], config: &Config) -> MonitorPlan {
    let judged = |name: &str| monitor.thresholds.iter().any(|threshold| threshold.field == name);
    let wanted = |name: &String| monitor.fields.is_empty() || monitor.fields.contains(name) || judged(name);
    let fields: Vec<usize> = (0..config.fields.len())
        .filter(|&field| wanted(&config.fields[field].name) && (sketches || config.fields[field].distinct_of.is_none()))
        .collect();
    let specs: Arc<[FieldSpec]> = fields.iter().map(|&field| spec(&config.fields[field], sketches)).collect();
    let positions = key_columns(&monitor.by).iter().filter_map(|column| columns.iter().position(|known| known == column)).collect();
    MonitorPlan { name: monitor.name.as_str().into(), by: monitor.by.clone(), positions, fields, specs, condition, projection: 0 }
}

fn spec(spec: &FieldSpec, sketches: bool) -> FieldSpec {
    let mut spec = spec.clone();
    if !sketches {
        spec.aggregates.retain(|aggregate| aggregate.quantile().is_none() && *aggregate != magpie_model::Aggregate::Distinct);
    }
    spec
}
