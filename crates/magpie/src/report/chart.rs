//! What a chart of a report shows: which values, over time or over any combination of dimensions (requirement I11).
//!
//! Values are folded here from partials, so an average over a longer column is the true average and not one of
//! averages. A terminal and a page draw the same values; how, is theirs.

use std::collections::HashMap;

use magpie_model::{Aggregate, AlertState, Column, Condition, FieldPartial, Partial, PartialRow, Timestamp};

use super::{MonitorTable, Report, View, label, numbers};
use crate::engine::shown;

/// Shown for a value that records do not have.
const ABSENT: &str = "(none)";

/// What is measured: the number of records, or one aggregation of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure(pub(crate) Option<(usize, Aggregate)>);

impl Measure {
    /// The number of records.
    pub(crate) const CALLS: Self = Self(None);

    /// Value in the field's unit; `length` is what the partial covers, in ns.
    pub(crate) fn of(self, partial: &Partial, report: &Report, length: i64) -> Option<f64> {
        match self.0 {
            None => Some(partial.records as f64),
            Some((field, aggregate)) => aggregate.of(partial, field, report.fields.get(field)?, length),
        }
    }

    /// The value as people read it.
    pub(crate) fn show(self, value: Option<f64>, report: &Report) -> String {
        match (value, self.0) {
            (None, _) => numbers::NO_DATA.to_owned(),
            (Some(value), None) => numbers::plain(value.round()),
            (Some(value), Some((field, aggregate))) => match report.fields.get(field) {
                Some(spec) => numbers::value(spec, aggregate, value),
                None => numbers::plain(value),
            },
        }
    }

    /// Its name: `calls` (`records`, when there are no calls), `p95 elapsed_ms`, `error`.
    pub(crate) fn title(self, report: &Report) -> String {
        match self.0.and_then(|(field, aggregate)| Some((report.fields.get(field)?, aggregate))) {
            None if report.graph.edges.is_empty() => "records".to_owned(),
            None => "calls".to_owned(),
            Some((spec, Aggregate::Count)) if spec.flag => spec.name.clone(),
            Some((spec, aggregate)) => format!("{} {}", aggregate.name(), spec.name),
        }
    }

    /// Its name over the rows of one monitor, which may count more than calls.
    pub(crate) fn title_in(self, monitor: &MonitorTable, report: &Report) -> String {
        if self == Self::CALLS && !monitor.of_calls { "records".to_owned() } else { self.title(report) }
    }

    /// Whether values of several rows add up, so that bars start at zero and gaps mean zero.
    pub(crate) fn adds_up(self) -> bool {
        matches!(self.0, None | Some((_, Aggregate::Count | Aggregate::Sum | Aggregate::Rate)))
    }

    /// The limits that a monitor sets on it.
    pub(crate) fn limits(self, monitor: &MonitorTable, report: &Report) -> Vec<f64> {
        let of_it = monitor.thresholds.iter().filter(|threshold| match self.0 {
            None => threshold.field == "records",
            Some((field, aggregate)) => report.fields.get(field).is_some_and(|spec| {
                spec.name == threshold.field && threshold.aggregate.or(spec.aggregates.first().copied()) == Some(aggregate)
            }),
        });
        of_it
            .filter_map(|threshold| match threshold.condition {
                Condition::Above(limit) | Condition::Below(limit) => Some(limit),
                Condition::New { .. } => None,
            })
            .collect()
    }
}

/// What was asked to be charted; when nothing was, the first field that is a measured time, else the first with values.
pub(crate) fn measures(report: &Report, view: &View) -> Vec<Measure> {
    if !view.fields.is_empty() {
        return view.fields.iter().map(|&field| Measure(Some(field))).collect();
    }
    let used = |at: &usize| report.series.iter().any(|(_, partial)| partial.fields.get(*at).is_some_and(|values| values.count > 0));
    let plain: Vec<usize> = (0..report.fields.len()).filter(|at| !report.fields[*at].flag).filter(used).collect();
    let timed = plain.iter().copied().find(|at| report.fields[*at].unit.as_deref() == Some("ms"));
    match timed.or(plain.first().copied()) {
        Some(at) => vec![Measure(Some((at, report.fields[at].aggregates.first().copied().unwrap_or(Aggregate::Avg))))],
        None => vec![Measure::CALLS],
    }
}

/// Some buckets as one column of a chart.
#[derive(Clone, Debug)]
pub(crate) struct TimeColumn {
    /// Start of its first bucket.
    pub(crate) start: Timestamp,
    /// Everything in it; `None` where no bucket has records.
    pub(crate) partial: Option<Partial>,
}

/// A time axis: equal columns, gaps included.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeAxis {
    /// Length of a column in ns: a whole number of buckets.
    pub(crate) length: i64,
    /// The columns, ascending.
    pub(crate) columns: Vec<TimeColumn>,
}

impl TimeAxis {
    /// Adds a bucket to the column it falls into.
    fn add(&mut self, start: Timestamp, partial: &Partial) {
        let Some(first) = self.columns.first() else { return };
        let at = (i128::from(start.0) - i128::from(first.start.0)).div_euclid(i128::from(self.length.max(1)));
        let Some(column) = usize::try_from(at).ok().and_then(|at| self.columns.get_mut(at)) else { return };
        match &mut column.partial {
            Some(mine) => mine.merge(partial),
            None => column.partial = Some(partial.clone()),
        }
    }

    /// Values of a measure, column by column; a gap is 0 where values add up, else no data.
    pub(crate) fn values(&self, measure: Measure, report: &Report) -> Vec<Option<f64>> {
        let gap = measure.adds_up().then_some(0.0);
        self.columns.iter().map(|column| column.partial.as_ref().map_or(gap, |partial| measure.of(partial, report, self.length))).collect()
    }

    /// From the start of the first column to the end of the last, in ns.
    pub(crate) fn range(&self) -> i64 {
        self.length.saturating_mul(self.columns.len() as i64)
    }
}

/// Folds buckets, in any order, into at most `most` equal columns.
pub(crate) fn time_axis<'a>(
    buckets: impl Iterator<Item = (Timestamp, &'a Partial)> + Clone,
    span: Option<(Timestamp, Timestamp)>,
    bucket: i64,
    most: usize,
) -> TimeAxis {
    let Some((first, last)) = span.or_else(|| span_of(buckets.clone())) else { return TimeAxis::default() };
    let bucket = i128::from(bucket.max(1));
    let number = (i128::from(last.0) - i128::from(first.0)) / bucket + 1;
    let per_column = (number + most.max(1) as i128 - 1) / most.max(1) as i128;
    let length = i64::try_from(per_column * bucket).unwrap_or(i64::MAX);
    let columns = usize::try_from((number + per_column - 1) / per_column).unwrap_or(most);
    let mut axis = TimeAxis { length, columns: Vec::with_capacity(columns) };
    axis.columns.extend((0..columns).map(|at| TimeColumn { start: first.plus(length.saturating_mul(at as i64)), partial: None }));
    for (start, partial) in buckets {
        axis.add(start, partial);
    }
    axis
}

fn span_of<'a>(buckets: impl Iterator<Item = (Timestamp, &'a Partial)>) -> Option<(Timestamp, Timestamp)> {
    buckets.map(|(start, _)| start).fold(None, |span, start| match span {
        None => Some((start, start)),
        Some((first, last)) => Some((first.min(start), last.max(start))),
    })
}

/// All calls over time.
pub(crate) fn all_over_time(report: &Report, most: usize) -> TimeAxis {
    time_axis(report.series.iter().map(|(start, partial)| (*start, partial)), None, report.bucket, most)
}

/// One combination of dimension values.
#[derive(Clone, Debug)]
pub(crate) struct Combination {
    /// Codes of the values, in the order of the columns asked for.
    codes: Vec<u32>,
    /// The values.
    pub(crate) words: Vec<String>,
    /// Calls.
    pub(crate) records: u64,
    /// The measure.
    pub(crate) value: Option<f64>,
    /// Worst present state of its alerts.
    pub(crate) alert: Option<AlertState>,
}

impl Combination {
    /// Its values in one line; a single column's value stands alone, several read as a call.
    pub(crate) fn label(&self, columns: &[Column]) -> String {
        match self.words.as_slice() {
            [word] => word.clone(),
            words => label::combination(columns.iter().copied().zip(words.iter().map(String::as_str))),
        }
    }
}

/// A monitor's rows folded by some of its columns, greatest value first, then by name.
///
/// Only the measured field is folded, so that ranking a million rows does not copy a million sketches.
pub(crate) fn ranked(report: &Report, monitor: &MonitorTable, columns: &[Column], measure: Measure) -> Vec<Combination> {
    let Some(positions) = positions(monitor, columns) else { return Vec::new() };
    let mut folded: HashMap<Vec<u32>, Partial> = HashMap::new();
    for row in &monitor.table.rows {
        let codes = codes(row, &positions);
        let narrow = narrow(&row.partial, measure);
        match folded.get_mut(&codes) {
            Some(mine) => mine.merge(&narrow),
            None => {
                folded.insert(codes, narrow);
            }
        }
    }
    let length = covered(report);
    let states = alert_states(report, monitor, columns);
    let mut ranked: Vec<Combination> = folded
        .into_iter()
        .map(|(codes, partial)| {
            let words: Vec<String> = codes.iter().zip(&positions).map(|(&code, &at)| word(monitor, at, code)).collect();
            let value = match measure.0 {
                None => Some(partial.records as f64),
                Some((field, aggregate)) => report.fields.get(field).and_then(|spec| aggregate.of(&partial, 0, spec, length)),
            };
            let alert = states.get(&words).copied();
            Combination { codes, words, records: partial.records, value, alert }
        })
        .collect();
    ranked.sort_by(|a, b| {
        let (left, right) = (a.value.unwrap_or(f64::NEG_INFINITY), b.value.unwrap_or(f64::NEG_INFINITY));
        right.total_cmp(&left).then_with(|| a.words.cmp(&b.words))
    });
    ranked
}

/// Rows of some combinations over time, on the axis of the whole report; `None` where buckets were folded away.
pub(crate) fn over_time(
    report: &Report,
    monitor: &MonitorTable,
    columns: &[Column],
    of: &[&Combination],
    most: usize,
) -> Option<Vec<TimeAxis>> {
    let positions = positions(monitor, columns)?;
    let span = span_of(report.series.iter().map(|(start, partial)| (*start, partial)));
    let places: HashMap<Vec<&str>, usize> =
        of.iter().enumerate().map(|(at, combination)| (combination.words.iter().map(String::as_str).collect(), at)).collect();
    let mut axes: Vec<TimeAxis> = of.iter().map(|_| time_axis(std::iter::empty(), span, report.bucket, most)).collect();
    let mut add = |bucket: Timestamp, words: Vec<&str>, partial: &Partial| {
        if let Some(&at) = places.get(&words) {
            axes[at].add(bucket, partial);
        }
    };
    match &monitor.buckets {
        Some(folded) => shown::for_each_shown(&folded.rows(&monitor.name)?, |bucket, words, partial| {
            add(bucket, positions.iter().map(|&at| if words[at].is_empty() { ABSENT } else { words[at] }).collect(), partial);
        }),
        None if monitor.total => return None,
        None => monitor.table.rows.iter().for_each(|row| {
            add(row.bucket, positions.iter().map(|&at| monitor.table.value(row, at).unwrap_or(ABSENT)).collect(), &row.partial);
        }),
    }
    Some(axes)
}

/// Everything that one combination folded, all fields.
pub(crate) fn whole(monitor: &MonitorTable, columns: &[Column], of: &[&Combination]) -> Vec<Partial> {
    let mut wholes: Vec<Partial> = of.iter().map(|_| Partial::new(&monitor.table.fields)).collect();
    let Some(positions) = positions(monitor, columns) else { return wholes };
    let places: HashMap<&[u32], usize> = of.iter().enumerate().map(|(at, combination)| (combination.codes.as_slice(), at)).collect();
    for row in &monitor.table.rows {
        if let Some(&at) = places.get(codes(row, &positions).as_slice()) {
            wholes[at].merge(&row.partial);
        }
    }
    wholes
}

/// The first monitor that has all these columns.
pub(crate) fn monitor_with<'a>(report: &'a Report, columns: &[Column]) -> Option<&'a MonitorTable> {
    report.monitors.iter().find(|monitor| columns.iter().all(|column| monitor.by.contains(column)))
}

/// What the whole report covers, in whole buckets, in ns.
pub(crate) fn covered(report: &Report) -> i64 {
    let (Some(from), Some(to)) = (report.from, report.to) else { return report.bucket.max(1) };
    let buckets = (i128::from(to.0) - i128::from(from.0)) / i128::from(report.bucket.max(1)) + 1;
    i64::try_from(buckets * i128::from(report.bucket.max(1))).unwrap_or(i64::MAX)
}

fn positions(monitor: &MonitorTable, columns: &[Column]) -> Option<Vec<usize>> {
    columns.iter().map(|column| monitor.by.iter().position(|by| by == column)).collect()
}

fn codes(row: &PartialRow, positions: &[usize]) -> Vec<u32> {
    positions.iter().map(|&at| row.key.codes[at]).collect()
}

fn word(monitor: &MonitorTable, position: usize, code: u32) -> String {
    monitor.table.dictionaries[position].value(code).unwrap_or(ABSENT).to_owned()
}

fn narrow(partial: &Partial, measure: Measure) -> Partial {
    let field = measure.0.and_then(|(field, aggregate)| Some((partial.fields.get(field)?, aggregate)));
    let fields = field.map(|(values, aggregate)| FieldPartial {
        sketch: if aggregate.quantile().is_some() { values.sketch.clone() } else { None },
        distinct: if aggregate == Aggregate::Distinct { values.distinct.clone() } else { None },
        ..*values
    });
    Partial { records: partial.records, one_sided: partial.one_sided, fields: fields.into_iter().collect() }
}

/// For the values of these columns, the worst present state among the monitor's alerts.
fn alert_states(report: &Report, monitor: &MonitorTable, columns: &[Column]) -> HashMap<Vec<String>, AlertState> {
    let mut states: HashMap<Vec<String>, AlertState> = HashMap::new();
    for alert in report.alerts.iter().filter(|alert| alert.monitor == monitor.name && alert.state != AlertState::Resolved) {
        let words = columns.iter().map(|column| alert.dimensions.get(column.name()).map_or(ABSENT, String::as_str).to_owned()).collect();
        let state = states.entry(words).or_insert(alert.state);
        *state = (*state).max(alert.state);
    }
    states
}

#[cfg(test)]
mod tests {
    use magpie_model::time::MINUTE;

    use super::*;
    use crate::report::sample;

    #[test]
    fn columns_of_several_buckets_hold_true_averages() {
        let report = sample::shop();
        let fine = all_over_time(&report, 1_000);
        let coarse = all_over_time(&report, 10);
        let elapsed = Measure(Some((0, Aggregate::Avg)));
        assert_eq!((fine.length, fine.columns.len()), (MINUTE, 30));
        assert_eq!((coarse.length, coarse.columns.len()), (3 * MINUTE, 10));
        let (mut sum, mut count) = (0.0, 0.0);
        for column in &fine.columns[..3] {
            let values = &column.partial.as_ref().unwrap().fields[0];
            sum += values.sum as f64 / 1e6;
            count += values.count as f64;
        }
        let average = coarse.values(elapsed, &report)[0].unwrap();
        assert!((average - sum / count).abs() < 1e-9, "{average}");
    }

    #[test]
    fn a_gap_is_no_calls_and_no_data_in_the_rest() {
        let mut report = sample::shop();
        report.series.remove(5);
        let axis = all_over_time(&report, 1_000);
        assert_eq!(axis.values(Measure::CALLS, &report)[5], Some(0.0));
        assert_eq!(axis.values(Measure(Some((0, Aggregate::Avg))), &report)[5], None);
    }

    #[test]
    fn times_centuries_apart_make_no_more_columns_than_asked_for() {
        let mut report = sample::shop();
        let partial = report.series[0].1.clone();
        report.series = vec![(Timestamp(i64::MIN + 1), partial.clone()), (Timestamp(i64::MAX - 1), partial)];
        let axis = all_over_time(&report, 60);
        assert!(axis.columns.len() <= 60);
        let calls: f64 = axis.values(Measure::CALLS, &report).into_iter().flatten().sum();
        assert_eq!(calls, 2.0 * report.series[0].1.records as f64);
    }

    #[test]
    fn combinations_fold_rows_and_carry_their_alert() {
        let report = sample::shop();
        let by_target = ranked(&report, &report.monitors[0], &[Column::TargetModule], Measure(Some((0, Aggregate::Avg))));
        let shown: Vec<(String, u64, Option<AlertState>)> =
            by_target.iter().take(2).map(|target| (target.words[0].clone(), target.records, target.alert)).collect();
        assert_eq!(shown[0], ("payment".to_owned(), 5_220, Some(AlertState::Firing)));
        let all: u64 = by_target.iter().map(|target| target.records).sum();
        assert_eq!(all, report.series.iter().map(|(_, partial)| partial.records).sum::<u64>());
    }
}
