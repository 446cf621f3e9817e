//! Figures over runs, folded from the covering index in one pass.

use std::collections::BTreeMap;

use magpie_model::Timestamp;
use magpie_model::run::{Day, FailureGroup, Failures, FlowTally, Overview, OverviewQuery, Run, RunKind, Status, Tally, TrendBar};
use magpie_model::time::MILLISECOND;
use rusqlite::{Connection, OptionalExtension, Row};

use super::filter::{ACTIVE, Conditions, FAULT_KIND, FAULT_POINTER, FAULT_STATUS};
use super::known;
use super::reading::{RUN, run_of, select};

/// Runs of the lists beside the figures.
const LISTED: usize = 50;
/// Bars of a trend at most.
const BARS: i64 = 2_000;

/// What is folded of one run.
struct Counted {
    flow: String,
    application: String,
    kind: RunKind,
    status: Status,
    queued: Timestamp,
    duration: Option<i64>,
    retries: u64,
    first_try: bool,
    open: bool,
}

/// A tally that is being made.
#[derive(Default)]
struct Fold {
    tally: Tally,
    durations: Vec<i64>,
}

impl Fold {
    fn add(&mut self, run: &Counted) {
        let tally = &mut self.tally;
        tally.runs += 1;
        tally.retries += run.retries;
        tally.open += u64::from(run.open);
        match run.status {
            Status::Succeeded => {
                tally.succeeded += 1;
                tally.first_try += u64::from(run.first_try);
                tally.retried += u64::from(!run.first_try);
                self.durations.extend(run.duration);
            }
            Status::Failed | Status::TimedOut => tally.failed += 1,
            Status::Cancelled => tally.cancelled += 1,
            Status::Queued | Status::Running | Status::Waiting | Status::Retrying => tally.active += 1,
        }
    }

    fn done(mut self) -> Tally {
        self.durations.sort_unstable();
        self.tally.avg_ms = average(&self.durations);
        self.tally.p95_ms = percentile_95(&self.durations);
        self.tally
    }
}

/// Average of times in ns, in ms.
fn average(durations: &[i64]) -> Option<f64> {
    let sum: i128 = durations.iter().map(|&nanos| i128::from(nanos)).sum();
    (!durations.is_empty()).then(|| sum as f64 / durations.len() as f64 / MILLISECOND as f64)
}

/// The time in ms that 95 % of the ascending times in ns take at most (nearest rank).
pub(super) fn percentile_95(durations: &[i64]) -> Option<f64> {
    let rank = (durations.len() * 95).div_ceil(100);
    durations.get(rank.checked_sub(1)?).map(|&nanos| nanos as f64 / MILLISECOND as f64)
}

pub(super) fn overview(connection: &Connection, query: &OverviewQuery) -> rusqlite::Result<Overview> {
    let runs = counted(connection, query, &Conditions::of(&query.filter, true))?;
    let (mut total, mut flows) = (Fold::default(), BTreeMap::<String, (String, RunKind, Fold)>::new());
    for run in &runs {
        total.add(run);
        let (_, _, fold) = flows.entry(run.flow.clone()).or_insert_with(|| (run.application.clone(), run.kind, Fold::default()));
        fold.add(run);
    }
    let mut days = days(connection, query)?;
    for (flow, (application, kind, _)) in &days {
        // A flow that ran in the last days and not in the range has a row too.
        flows.entry(flow.clone()).or_insert_with(|| (application.clone(), *kind, Fold::default()));
    }
    let mut told = Vec::new();
    for (flow, (application, kind, fold)) in flows {
        let last = last_run(connection, &flow)?;
        let days = days.remove(&flow).map_or_else(|| empty_days(query), |(_, _, days)| days);
        told.push(FlowTally {
            usual_ms: last.as_ref().and_then(|run| run.usual_ms),
            application,
            kind,
            tally: fold.done(),
            last,
            days,
            flow,
        });
    }
    let now = Conditions::of(&query.filter, false);
    let running = format!("{RUN} WHERE {ACTIVE} AND {} ORDER BY queued ASC LIMIT {LISTED}", now.text);
    let counted = |condition: &str| {
        let question = format!("SELECT count(*), min(queued) FROM runs WHERE {condition} AND {}", now.text);
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Option<i64>>(1)?.map(Timestamp)));
        connection.prepare_cached(&question)?.query_row(&*now.values(), read)
    };
    let ((running_total, running_since), (open_total, open_since)) = (counted(ACTIVE)?, counted("open = 1")?);
    let inbox = failures(connection, &now, LISTED)?;
    Ok(Overview {
        total: total.done(),
        flows: told,
        trend: trend(query, &runs),
        running: select(connection, &running, &now.values())?,
        running_total,
        running_since,
        open: inbox.groups,
        open_groups: inbox.total,
        open_total,
        open_since,
        applications: applications(connection)?,
        newest_application: newest_application(connection)?,
    })
}

/// The failure inbox, by what runs failed with.
pub(super) fn failures(connection: &Connection, conditions: &Conditions, limit: usize) -> rusqlite::Result<Failures> {
    // Of each group the row that failed last, with the figures of all its rows.
    let question = format!(
        "SELECT run, (SELECT usual FROM flows WHERE flows.flow = grouped.flow) AS usual, number, first, last, since,
            count(*) OVER () AS total, sum(number) OVER () AS runs
        FROM (SELECT flow, run, count(*) OVER alike AS number, min(failed) OVER alike AS first, max(failed) OVER alike AS last,
                min(queued) OVER alike AS since, row_number() OVER (alike ORDER BY failed DESC, job_id DESC) AS place
            FROM (SELECT *, coalesce(ended, queued) AS failed FROM runs WHERE open = 1 AND {})
            WINDOW alike AS (PARTITION BY flow, {FAULT_KIND}, {FAULT_STATUS}, {FAULT_POINTER})) AS grouped
        WHERE place = 1 ORDER BY last DESC LIMIT {limit}",
        conditions.text
    );
    let number = |row: &Row<'_>, name| Ok::<_, rusqlite::Error>(row.get::<_, i64>(name)?.unsigned_abs());
    let moment = |row: &Row<'_>, name| Ok::<_, rusqlite::Error>(Timestamp(row.get(name)?));
    let mut found = Failures::default();
    let mut statement = connection.prepare_cached(&question)?;
    let mut rows = statement.query(&*conditions.values())?;
    while let Some(row) = rows.next()? {
        (found.total, found.runs) = (number(row, "total")?, number(row, "runs")?);
        let (first, last, since) = (moment(row, "first")?, moment(row, "last")?, moment(row, "since")?);
        found.groups.push(FailureGroup { newest: run_of(row)?, count: number(row, "number")?, first, last, since });
    }
    Ok(found)
}

fn counted(connection: &Connection, _: &OverviewQuery, conditions: &Conditions) -> rusqlite::Result<Vec<Counted>> {
    let question =
        format!("SELECT flow, application, kind, status, queued, duration, retries, first_try, open FROM runs WHERE {}", conditions.text);
    let mut statement = connection.prepare_cached(&question)?;
    let read = |row: &Row<'_>| {
        let (kind, status) = (row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_str()?);
        Ok(Counted {
            flow: row.get(0)?,
            application: row.get(1)?,
            kind: known(RunKind::from_name(kind), kind)?,
            status: known(Status::from_name(status), status)?,
            queued: Timestamp(row.get(4)?),
            duration: row.get(5)?,
            retries: row.get::<_, i64>(6)?.unsigned_abs(),
            first_try: row.get(7)?,
            open: row.get(8)?,
        })
    };
    statement.query_map(&*conditions.values(), read)?.collect()
}

type DaysOfFlow = BTreeMap<String, (String, RunKind, Vec<Day>)>;

/// The last days of each flow.
fn days(connection: &Connection, query: &OverviewQuery) -> rusqlite::Result<DaysOfFlow> {
    let (Some(&from), Some(&to)) = (query.days.first(), query.days.last()) else { return Ok(BTreeMap::new()) };
    let mut conditions = Conditions::of(&query.filter, false);
    conditions.add("queued >= ? AND queued < ?", [from.0, to.0]);
    let mut days = DaysOfFlow::new();
    for run in counted(connection, query, &conditions)? {
        let (_, _, of_flow) = days.entry(run.flow).or_insert_with(|| (run.application, run.kind, empty_days(query)));
        let at = query.days.partition_point(|&start| start <= run.queued);
        if let Some(day) = at.checked_sub(1).and_then(|at| of_flow.get_mut(at)) {
            match run.status {
                Status::Succeeded => day.succeeded += 1,
                Status::Failed | Status::TimedOut => day.failed += 1,
                _ => day.other += 1,
            }
        }
    }
    Ok(days)
}

fn empty_days(query: &OverviewQuery) -> Vec<Day> {
    let starts = query.days.iter().take(query.days.len().saturating_sub(1));
    starts.map(|&day| Day { day, ..Day::default() }).collect()
}

/// The range in bars, also those in which nothing ran.
fn trend(query: &OverviewQuery, runs: &[Counted]) -> Vec<TrendBar> {
    let step = query.step.max(1);
    let start_of = |time: Timestamp| Timestamp(time.0.div_euclid(step).saturating_mul(step));
    let mut bars: BTreeMap<Timestamp, (TrendBar, Vec<i64>)> = BTreeMap::new();
    let range = query.filter.range;
    let (first, last) = (range.from.0.div_euclid(step), range.to.minus(1).0.div_euclid(step));
    if last.saturating_sub(first) < BARS {
        for bar in first..=last {
            let bucket = Timestamp(bar.saturating_mul(step));
            bars.insert(bucket, (TrendBar { bucket, ..TrendBar::default() }, Vec::new()));
        }
    }
    for run in runs {
        let bucket = start_of(run.queued);
        let (bar, durations) = bars.entry(bucket).or_insert_with(|| (TrendBar { bucket, ..TrendBar::default() }, Vec::new()));
        match run.status {
            Status::Succeeded => {
                bar.succeeded += 1;
                bar.first_try += u64::from(run.first_try);
                durations.extend(run.duration);
            }
            Status::Failed | Status::TimedOut => bar.failed += 1,
            _ => bar.other += 1,
        }
    }
    bars.into_values().map(|(bar, durations)| TrendBar { avg_ms: average(&durations), ..bar }).collect()
}

fn last_run(connection: &Connection, flow: &str) -> rusqlite::Result<Option<Run>> {
    connection.prepare_cached(&format!("{RUN} WHERE flow = ?1 ORDER BY queued DESC LIMIT 1"))?.query_row([flow], run_of).optional()
}

fn applications(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let all = "SELECT DISTINCT application FROM flows WHERE application <> '' ORDER BY application";
    connection.prepare_cached(all)?.query_map([], |row| row.get(0))?.collect()
}

fn newest_application(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let newest = "SELECT application FROM runs WHERE application <> '' ORDER BY queued DESC LIMIT 1";
    connection.prepare_cached(newest)?.query_row([], |row| row.get(0)).optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_one_of_the_times() {
        let times = |count: i64| (1..=count).map(|ms| ms * MILLISECOND).collect::<Vec<_>>();
        for (count, expected) in [(0, None), (1, Some(1.0)), (2, Some(2.0)), (20, Some(19.0)), (100, Some(95.0))] {
            assert_eq!(percentile_95(&times(count)), expected, "{count}");
        }
    }
}
