//! What is folded into what: the grain of the first fold and each monitor's projection of it.
//!
//! The grain is the base dimension, the free columns that monitors add, the side and the class of `selection`. Everything
//! about layout is decided here once, from the configuration, so that the hot loops only follow positions.

use std::sync::Arc;

use magpie_model::config::{Config, Monitor};
use magpie_model::rollup::{KEY_WIDTH, key_columns};
use magpie_model::{Column, FieldSpec, Side};

use super::selection::Selection;

/// Name under which the base rows themselves are kept when they are asked for; no monitor may have it.
pub const BASE: &str = "base";

/// The layout of the first fold.
#[derive(Clone, Debug)]
pub(super) struct Grain {
    /// The base dimension, then free columns.
    pub(super) columns: Vec<Column>,
    /// 64-bit words of a key.
    pub(super) width: usize,
}

impl Grain {
    fn of<'a>(columns: impl Iterator<Item = &'a Column>) -> Self {
        let mut distinct: Vec<Column> = Vec::new();
        for &column in columns {
            if !distinct.contains(&column) {
                distinct.push(column);
            }
        }
        Self { width: distinct.len() / 2 + 1, columns: distinct }
    }
}

/// A key's 32-bit parts: part 0 is side and class, part n the code of column n - 1.
#[inline]
pub(super) fn part(key: &[u64], number: usize) -> u32 {
    (key[number / 2] >> (number % 2 * 32)) as u32
}

/// Sets a part that is still 0.
#[inline]
pub(super) fn set_part(key: &mut [u64], number: usize, value: u32) {
    key[number / 2] |= u64::from(value) << (number % 2 * 32);
}

/// Part 0 of a key. Classes are few: each is a different set of monitors.
#[inline]
pub(super) fn head(class: u32, side: u8) -> u32 {
    class << 1 | u32::from(side == Side::Caller as u8)
}

/// Class and side from part 0 of a key.
pub(super) fn class_and_side(head: u32) -> (u32, Side) {
    (head >> 1, if head & 1 == 1 { Side::Caller } else { Side::Callee })
}

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
}

/// The whole layout.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) grain: Grain,
    pub(super) monitors: Vec<MonitorPlan>,
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
        let grain =
            Grain::of(config.base.iter().chain([&Column::TargetModule]).chain(monitors.iter().flat_map(|(monitor, _)| &monitor.by)));
        let (selection, conditions) = Selection::of(monitors.iter().map(|(monitor, _)| monitor));
        let monitors: Vec<MonitorPlan> = monitors
            .iter()
            .zip(conditions)
            .map(|((monitor, sketches), condition)| plan_monitor(monitor, *sketches, condition, &grain, config))
            .collect();
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
        (Self { grain, monitors, fields: config.fields.clone().into(), sketched, distinct }, selection)
    }
}

/// A monitor whose key fits [`KEY_WIDTH`]; the checked configuration allows no other.
fn bounded(monitor: &Monitor) -> Monitor {
    let mut monitor = monitor.clone();
    while key_columns(&monitor.by).len() > KEY_WIDTH {
        monitor.by.pop();
    }
    monitor
}

fn plan_monitor(monitor: &Monitor, sketches: bool, condition: usize, grain: &Grain, config: &Config) -> MonitorPlan {
    let judged = |name: &str| monitor.thresholds.iter().any(|threshold| threshold.field == name);
    let wanted = |name: &String| monitor.fields.is_empty() || monitor.fields.contains(name) || judged(name);
    let fields: Vec<usize> = (0..config.fields.len())
        .filter(|&field| wanted(&config.fields[field].name) && (sketches || config.fields[field].distinct_of.is_none()))
        .collect();
    let specs: Arc<[FieldSpec]> = fields.iter().map(|&field| spec(&config.fields[field], sketches)).collect();
    let positions = key_columns(&monitor.by).iter().filter_map(|column| grain.columns.iter().position(|known| known == column)).collect();
    MonitorPlan { name: monitor.name.as_str().into(), by: monitor.by.clone(), positions, fields, specs, condition }
}

fn spec(spec: &FieldSpec, sketches: bool) -> FieldSpec {
    let mut spec = spec.clone();
    if !sketches {
        spec.aggregates.retain(|aggregate| aggregate.quantile().is_none() && *aggregate != magpie_model::Aggregate::Distinct);
    }
    spec
}
