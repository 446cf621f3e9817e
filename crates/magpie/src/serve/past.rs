//! The rows that a monitor would have had in a range, for a preview: read where they are stored already, else made again.
//!
//! A day of a busy system is many millions of records, but few rows. A monitor in force with the same columns and
//! conditions has exactly the rows that are wanted; a monitor without conditions is a sum of base rows, as far as averages
//! and counts are judged. Only what neither can tell, such as a percentile by columns that nobody kept, is folded from
//! records. Time is worked off from the newest slice back, so that what is cut off when time or room is over is the oldest.

use std::time::{Duration, Instant};

use magpie_model::completeness::{Completeness, SourceCount};
use magpie_model::config::{Config, Monitor};
use magpie_model::query::{RollupQuery, TimeRange};
use magpie_model::rollup::Recipe;
use magpie_model::time::HOUR;
use magpie_model::{Aggregate, PartialTable, Timestamp};
use magpie_pipeline::aggregate::recipes;
use magpie_store::{BASE, TelemetryStore};

use crate::engine::again::Again;

/// Rows of the monitor that are held at once.
const MOST_ROWS: usize = 300_000;

/// Where the rows of a monitor come from.
#[derive(Debug, PartialEq)]
enum Origin {
    /// The rows of this monitor in force, which are the same.
    Monitor(String),
    /// Base rows, folded.
    Base,
    /// Nobody stored them: the records, folded again.
    Records,
}

impl Origin {
    /// For the one monitor of `trial`, whose other parts are those `in_force`.
    fn of(store: &dyn TelemetryStore, in_force: &Config, trial: &Config) -> Self {
        let Some(monitor) = trial.monitors.first() else { return Self::Records };
        let unfolded = store.unfolded();
        let is_whole = |recipe: &Recipe| !unfolded.iter().any(|segment| segment.recipes.contains(recipe));
        let known = in_force.monitors.iter().zip(recipes(in_force));
        if let Some((like, _)) = known.into_iter().find(|(known, recipe)| is_like(known, recipe, monitor, trial) && is_whole(recipe)) {
            return Self::Monitor(like.name.clone());
        }
        if is_of_base(in_force, monitor) { Self::Base } else { Self::Records }
    }
}

/// Whether a monitor in force has the rows of another, with the fields that its thresholds ask for.
fn is_like(known: &Monitor, recipe: &Recipe, monitor: &Monitor, trial: &Config) -> bool {
    let thresholds = known.thresholds.iter().chain(&monitor.thresholds).cloned().collect();
    let (name, fields) = (known.name.clone(), known.fields.clone());
    let same = Monitor { name, fields, thresholds, ..monitor.clone() };
    recipes(&Config { monitors: vec![same], ..trial.clone() }).first() == Some(recipe)
}

/// Whether base rows tell a monitor's: they know no conditions, no percentiles and no different values.
fn is_of_base(in_force: &Config, monitor: &Monitor) -> bool {
    let plain = Monitor::plain(&monitor.name, &monitor.by);
    let is_kept = |name: &str| in_force.fields.iter().any(|spec| spec.name == name && spec.distinct_of.is_none());
    monitor.kinds == plain.kinds
        && monitor.filter.is_empty()
        && monitor.by.iter().all(|column| in_force.base.contains(column))
        && monitor.thresholds.iter().all(|threshold| match threshold.aggregate {
            None => true,
            Some(aggregate) => aggregate.quantile().is_none() && aggregate != Aggregate::Distinct && is_kept(&threshold.field),
        })
}

/// A monitor's rows of a range.
pub(super) struct Past {
    pub(super) range: TimeRange,
    pub(super) table: PartialTable,
    counts: Vec<SourceCount>,
    /// Whether it begins later than was asked for.
    pub(super) truncated: bool,
    /// Whether records had to be folded again.
    pub(super) folded: bool,
}

impl Past {
    /// Reads the rows of the one monitor of `trial` for at most about `patience`.
    pub(super) fn read(
        store: &dyn TelemetryStore,
        in_force: &Config,
        trial: &Config,
        range: TimeRange,
        patience: Duration,
    ) -> magpie_store::Result<Self> {
        let begin = Instant::now();
        let mut rows = Rows { store, trial, origin: Origin::of(store, in_force, trial), again: Again::new(trial) };
        // A range of all time begins where there is something.
        let oldest = store.segments().iter().map(|segment| trial.bucket.start(segment.from)).min().unwrap_or(range.from);
        let from = range.from.max(oldest);
        let mut past = Self {
            range: TimeRange { from: range.to.max(from), to: range.to.max(from) },
            table: rows.shape(),
            counts: Vec::new(),
            truncated: false,
            folded: rows.origin == Origin::Records,
        };
        let mut length = trial.bucket.length() * (HOUR / trial.bucket.length()).max(1);
        while past.range.from > from && !past.truncated {
            let slice = TimeRange { from: past.range.from.minus(length).max(from), to: past.range.from };
            let slice_begin = Instant::now();
            match rows.of(slice, begin, patience)?.filter(|table| past.table.rows.len() + table.rows.len() <= MOST_ROWS) {
                Some(table) => past.add(&table, slice.from),
                None => past.truncated = true,
            }
            if slice_begin.elapsed() < patience / 20 {
                length = length.saturating_mul(2);
            }
        }
        past.counts = store.source_counts(past.range)?;
        past.table.resolve_sides();
        past.table.rows.sort_by_key(|row| row.bucket);
        Ok(past)
    }

    fn add(&mut self, table: &PartialTable, from: Timestamp) {
        self.range.from = from;
        if self.table.rows.is_empty() {
            (self.table.by, self.table.fields) = (table.by.clone(), table.fields.clone());
            self.table.dictionaries.clone_from(&table.dictionaries);
        }
        if !table.rows.is_empty() {
            self.table.append(table);
        }
    }

    /// How complete a bucket is, or all of them.
    pub(super) fn completeness(&self, bucket: Option<Timestamp>) -> Completeness {
        let mut completeness = Completeness::default();
        self.counts.iter().filter(|count| bucket.is_none_or(|bucket| count.bucket == bucket)).for_each(|count| completeness.add(count));
        completeness
    }
}

/// Reads slice after slice.
struct Rows<'a> {
    store: &'a dyn TelemetryStore,
    trial: &'a Config,
    origin: Origin,
    again: Again,
}

impl Rows<'_> {
    /// The table without rows.
    fn shape(&mut self) -> PartialTable {
        self.again.shapes().pop().unwrap_or_else(|| PartialTable::new("".into(), Vec::new(), Vec::new().into()))
    }

    /// The rows of a slice, both sides; `None` when time or room is over.
    fn of(&mut self, slice: TimeRange, begin: Instant, patience: Duration) -> magpie_store::Result<Option<PartialTable>> {
        if begin.elapsed() >= patience {
            return Ok(None);
        }
        match &self.origin {
            Origin::Monitor(name) => self.stored(slice, name.clone()).map(Some),
            Origin::Base => self.stored(slice, BASE.to_owned()).map(Some),
            Origin::Records => self.folded(slice, begin, patience),
        }
    }

    fn stored(&self, range: TimeRange, monitor: String) -> magpie_store::Result<PartialTable> {
        let wanted = self.trial.monitors.first();
        let judged = |monitor: &Monitor| monitor.thresholds.iter().map(|threshold| threshold.field.clone()).collect();
        let (by, fields) = (wanted.map(|monitor| monitor.by.clone()), wanted.map(judged));
        self.store.rollups(&RollupQuery { by, fields, ..RollupQuery::of(monitor, range, Some(self.trial.bucket.length())) })
    }

    fn folded(&mut self, slice: TimeRange, begin: Instant, patience: Duration) -> magpie_store::Result<Option<PartialTable>> {
        let (mut table, mut in_time) = (self.shape(), true);
        self.store.scan(slice, &mut |batch| {
            in_time &= begin.elapsed() < patience && table.rows.len() <= MOST_ROWS;
            if in_time {
                self.again.fold(batch).iter().for_each(|fresh| table.append(fresh));
                table.fold();
            }
            Ok(())
        })?;
        Ok(in_time.then_some(table))
    }
}

#[cfg(test)]
mod tests {
    use magpie_model::alert::AlertSeverity;
    use magpie_model::{Column, Condition, FieldSpec, Threshold};

    use super::*;

    fn judged(field: &str, aggregate: Aggregate) -> Threshold {
        Threshold {
            monitor: "tried".into(),
            field: field.into(),
            aggregate: Some(aggregate),
            condition: Condition::Above(1.0),
            hold: 0,
            severity: AlertSeverity::Warning,
            labels: Default::default(),
        }
    }

    #[test]
    fn base_rows_tell_what_has_no_condition_and_no_percentile() {
        let config = Config { base: vec![Column::Source, Column::Service], fields: vec![FieldSpec::error()], ..Config::default() };
        let by = |by: &[Column], thresholds: &[Threshold]| Monitor { thresholds: thresholds.to_vec(), ..Monitor::plain("tried", by) };
        let filter = vec![magpie_model::config::Where::Column(Column::Source, vec!["a".into()])];
        for (monitor, expected) in [
            (by(&[Column::Service], &[]), true),
            (by(&[Column::Service], &[judged("error", Aggregate::Count)]), true),
            (by(&[Column::Service], &[judged("error", Aggregate::P95)]), false),
            (by(&[Column::Service], &[judged("error", Aggregate::Distinct)]), false),
            (by(&[Column::Service], &[judged("nobody_kept_it", Aggregate::Avg)]), false),
            (by(&[Column::Host], &[]), false),
            (Monitor { filter, ..by(&[Column::Service], &[]) }, false),
            (Monitor { kinds: Vec::new(), ..by(&[Column::Service], &[]) }, false),
        ] {
            assert_eq!(is_of_base(&config, &monitor), expected, "{monitor:?}");
        }
    }
}
