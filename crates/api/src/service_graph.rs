//! Calls between modules as counters that Grafana's service graph understands: `traces_service_graph_request_*`.
//!
//! Counters begin at zero with the process and never decrease, as Prometheus demands. The two logs of one call are not
//! summed: per bucket the callee's side counts, else the caller's, as in every rollup. When a callee's log comes after its
//! caller's, the bucket's figure may fall; what is shown then stays until the true figure has passed it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use magpie_model::agent_partial::{AgentField, AgentPartial};
use magpie_model::record::{RecordBatch, mark};
use magpie_model::{Bucketing, Column, FieldSpec, Kind, OTHER, Side, Sketch, Timestamp, UNKNOWN, dictionary::NULL, field::MISSING};

/// Most pairs of modules; calls of further pairs are counted as `(other)` → `(other)`.
const EDGES: usize = 10_000;
/// Buckets per pair in which the sides can still be chosen between; the oldest is settled when one more begins.
const OPEN: usize = 4;
/// Upper bounds of the histogram in seconds, those of OpenTelemetry's `http.server.request.duration`.
const BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Pairs that are found without a hash table.
const RECENT: usize = 256;

/// The calling and the called module.
type Pair = (Arc<str>, Arc<str>);

/// Counters of calls, per pair of modules.
#[derive(Debug, Default)]
pub struct ServiceGraph {
    edges: Mutex<HashMap<Pair, Edge>>,
}

/// Calls from one module to another.
#[derive(Debug, Default)]
struct Edge {
    settled: Tally,
    /// Whether a callee's log was settled on: a caller's line that comes later still was counted by it.
    callee_settled: bool,
    /// Start of the bucket → what the callee's and the caller's log tell.
    open: BTreeMap<i64, [Tally; 2]>,
    /// The greatest figures that were shown.
    shown: Tally,
}

/// Some calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    requests: u64,
    failed: u64,
    timed: u64,
    /// Sum of the elapsed times in ns.
    nanos: u64,
    /// Calls up to each bound; while a batch is counted, at the first bound that a call does not exceed.
    within: [u64; BOUNDS.len()],
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.each(other, |mine, theirs| mine.saturating_add(theirs));
    }

    fn raise(&mut self, other: &Self) {
        self.each(other, u64::max);
    }

    fn each(&mut self, other: &Self, join: impl Fn(u64, u64) -> u64) {
        self.requests = join(self.requests, other.requests);
        self.failed = join(self.failed, other.failed);
        self.timed = join(self.timed, other.timed);
        self.nanos = join(self.nanos, other.nanos);
        for (mine, theirs) in self.within.iter_mut().zip(other.within) {
            *mine = join(*mine, theirs);
        }
    }

    /// The calls that a record of an agent's partial stands for. Of the time, what lies in a bin of the sketch counts as its greatest.
    fn counted(&mut self, batch: &RecordBatch, row: usize) {
        let Some(counted) = AgentPartial::among(batch.records.attributes.row(row)) else { return };
        self.requests += counted.records;
        for AgentField { name, scale, values } in &counted.fields {
            if name == "error" {
                self.failed += values.set;
            }
            if name != "elapsed_ms" {
                continue;
            }
            let seconds = |value: f64| value / 10f64.powi(*scale as i32) / 1e3;
            self.timed += values.count;
            self.nanos = self.nanos.saturating_add((seconds(values.sum as f64) * 1e9) as u64);
            for &(bin, count) in values.sketch.iter().flat_map(|sketch| sketch.bins()) {
                let longest = seconds(Sketch::bounds(bin).1);
                let first = BOUNDS.iter().filter(|&&bound| longest > bound).count();
                self.within.get_mut(first).into_iter().for_each(|within| *within += u64::from(count));
            }
        }
    }

    /// A call; `elapsed` is what it took in the clock's unit, negative where that is not known.
    fn call(&mut self, failed: bool, elapsed: i64, clock: &Clock) {
        self.requests += 1;
        self.failed += u64::from(failed);
        if elapsed < 0 {
            return;
        }
        self.timed += 1;
        self.nanos = self.nanos.saturating_add(clock.nanos(elapsed));
        let first = clock.bounds.iter().filter(|&&bound| elapsed > bound).count();
        self.within.get_mut(first).into_iter().for_each(|within| *within += 1);
    }

    /// Makes calls up to each bound of those that were counted at the first bound above them.
    fn accumulate(mut self) -> Self {
        let mut sum = 0;
        for within in &mut self.within {
            sum += *within;
            *within = sum;
        }
        self
    }
}

/// The unit of stored elapsed times: the 10^-scale part of a millisecond.
struct Clock {
    scale: u32,
    /// [`BOUNDS`] in that unit.
    bounds: [i64; BOUNDS.len()],
}

impl Clock {
    fn new(scale: u32) -> Self {
        let scale = scale.min(18);
        Self { scale, bounds: BOUNDS.map(|bound| (bound * 10f64.powi(scale as i32 + 3)).round() as i64) }
    }

    /// Saturates at `u64::MAX` ns, which is 584 years.
    fn nanos(&self, elapsed: i64) -> u64 {
        let elapsed = elapsed as u64;
        match self.scale {
            0..=6 => elapsed.saturating_mul(10u64.pow(6 - self.scale)),
            _ => elapsed / 10u64.pow(self.scale - 6),
        }
    }
}

/// What calls of a batch are counted by: codes of the two modules, the bucket's start, and whether it is the caller's log.
type CallsOf = (u32, u32, i64, bool);

/// Tallies of a batch. Most calls are of pairs that were counted a moment ago, and those need no hash table.
struct Tallies {
    tallies: Vec<(CallsOf, Tally)>,
    places: HashMap<CallsOf, usize>,
    /// Places by a few bits of the two codes.
    recent: [usize; RECENT],
}

impl Default for Tallies {
    fn default() -> Self {
        Self { tallies: Vec::new(), places: HashMap::new(), recent: [0; RECENT] }
    }
}

impl Tallies {
    #[inline]
    fn of(&mut self, calls: CallsOf) -> &mut Tally {
        let nearby = (calls.0.wrapping_mul(31) ^ calls.1) as usize % RECENT;
        let mut place = self.recent[nearby];
        if self.tallies.get(place).is_none_or(|(known, _)| *known != calls) {
            place = *self.places.entry(calls).or_insert(self.tallies.len());
            if place == self.tallies.len() {
                self.tallies.push((calls, Tally::default()));
            }
            self.recent[nearby] = place;
        }
        &mut self.tallies[place].1
    }
}

impl Edge {
    fn add(&mut self, bucket: i64, side: Side, tally: &Tally) {
        let is_settled = self.open.len() == OPEN && self.open.first_key_value().is_some_and(|(&oldest, _)| bucket < oldest);
        if is_settled && side == Side::Caller && self.callee_settled {
            return;
        }
        self.open.entry(bucket).or_default()[side as usize].add(tally);
        while self.open.len() > OPEN {
            if let Some((_, sides)) = self.open.pop_first() {
                self.settled.add(chosen(&sides));
                self.callee_settled |= sides[Side::Callee as usize].requests > 0;
            }
        }
    }

    fn show(&mut self) -> &Tally {
        let mut now = self.settled;
        self.open.values().for_each(|sides| now.add(chosen(sides)));
        self.shown.raise(&now);
        &self.shown
    }
}

fn chosen(sides: &[Tally; 2]) -> &Tally {
    if sides[Side::Callee as usize].requests > 0 { &sides[Side::Callee as usize] } else { &sides[Side::Caller as usize] }
}

impl ServiceGraph {
    /// Counts the calls of a batch. To be called once for every batch that the pipeline makes.
    pub fn observe(&self, batch: &RecordBatch, bucketing: Bucketing) {
        let records = &batch.records;
        let (clients, servers) = (&records.text[Column::SourceModule.index()], &records.text[Column::TargetModule.index()]);
        let (elapsed, error) = (values(batch, "elapsed_ms"), values(batch, "error"));
        let clock = Clock::new(elapsed.map_or(0, |(spec, _)| spec.scale));
        let mut tallies = Tallies::default();
        let mut bucket = 0..0;
        for row in 0..records.len() {
            if records.kind[row] != Kind::Call as u8 || records.marks[row] & mark::UNCOUNTED != 0 {
                continue;
            }
            if !bucket.contains(&records.time[row]) {
                let start = bucketing.start(Timestamp(records.time[row]));
                bucket = start.0..bucketing.end(start).0;
            }
            let tally = tallies.of((clients[row], servers[row], bucket.start, records.side[row] == Side::Caller as u8));
            if records.marks[row] & mark::FROM_AGENT != 0 {
                tally.counted(batch, row);
                continue;
            }
            let failed = error.is_some_and(|(_, values)| values[row] != MISSING && values[row] != 0);
            // A value that is missing is below zero, too.
            tally.call(failed, elapsed.map_or(MISSING, |(_, values)| values[row]), &clock);
        }
        let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
        for ((client, server, bucket, is_caller), tally) in tallies.tallies {
            let side = if is_caller { Side::Caller } else { Side::Callee };
            edge(&mut edges, name(batch, Column::SourceModule, client), name(batch, Column::TargetModule, server)).add(
                bucket,
                side,
                &tally.accumulate(),
            );
        }
    }

    /// Writes the counters in Prometheus' text format.
    pub(crate) fn write(&self, out: &mut String) {
        let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
        let mut shown: Vec<(String, Tally)> = edges
            .iter_mut()
            .map(|((client, server), edge)| (format!("client=\"{}\",server=\"{}\"", escape(client), escape(server)), *edge.show()))
            .collect();
        drop(edges);
        shown.sort_by(|left, right| left.0.cmp(&right.0));
        heading(out, "traces_service_graph_request_total", "counter", "Calls between modules.");
        for (labels, tally) in &shown {
            let _ = writeln!(out, "traces_service_graph_request_total{{{labels}}} {}", tally.requests);
        }
        heading(out, "traces_service_graph_request_failed_total", "counter", "Calls between modules whose flag error is set.");
        for (labels, tally) in &shown {
            let _ = writeln!(out, "traces_service_graph_request_failed_total{{{labels}}} {}", tally.failed);
        }
        let seconds = "traces_service_graph_request_server_seconds";
        heading(out, seconds, "histogram", "Time of calls between modules, of those that tell it.");
        for (labels, tally) in &shown {
            for (within, bound) in tally.within.iter().zip(BOUNDS) {
                let _ = writeln!(out, "{seconds}_bucket{{{labels},le=\"{bound}\"}} {within}");
            }
            let _ = writeln!(out, "{seconds}_bucket{{{labels},le=\"+Inf\"}} {}", tally.timed);
            let _ = writeln!(out, "{seconds}_sum{{{labels}}} {}", tally.nanos as f64 / 1e9);
            let _ = writeln!(out, "{seconds}_count{{{labels}}} {}", tally.timed);
        }
    }
}

/// `# HELP` and `# TYPE` of a metric.
pub(crate) fn heading(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A label's value in Prometheus' text format.
pub(crate) fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn values<'a>(batch: &'a RecordBatch, name: &str) -> Option<(&'a FieldSpec, &'a [i64])> {
    let at = batch.fields.iter().position(|spec| spec.name == name)?;
    Some((&batch.fields[at], &batch.records.fields[at]))
}

fn name(batch: &RecordBatch, column: Column, code: u32) -> &str {
    if code == NULL { UNKNOWN } else { batch.dictionaries.of(column).get(code) }
}

fn edge<'a>(edges: &'a mut HashMap<Pair, Edge>, client: &str, server: &str) -> &'a mut Edge {
    let mut pair: Pair = (client.into(), server.into());
    if edges.len() >= EDGES && !edges.contains_key(&pair) {
        pair = (OTHER.into(), OTHER.into());
    }
    edges.entry(pair).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::record::Dictionaries;
    use magpie_model::time::{MINUTE, SECOND};
    use magpie_model::{Record, Records};

    fn batch(calls: &[(i64, &str, &str, Side, i64, bool)]) -> RecordBatch {
        let fields = [FieldSpec::elapsed(), FieldSpec::error()];
        let (mut records, mut dictionaries) = (Records::new(fields.len()), Dictionaries::default());
        for &(time, client, server, side, elapsed, failed) in calls {
            let mut record = Record { time: Timestamp(time), kind: Kind::Call, side, ..Record::default() };
            record.set(Column::SourceModule, client);
            record.set(Column::TargetModule, server);
            record.fields.insert("elapsed_ms".into(), elapsed * 1_000_000);
            record.fields.insert("error".into(), i64::from(failed));
            records.push(&record, &fields, &mut dictionaries);
        }
        RecordBatch { records, dictionaries: dictionaries.into(), fields: fields.to_vec().into() }
    }

    fn value(graph: &ServiceGraph, line: &str) -> Option<f64> {
        let mut text = String::new();
        graph.write(&mut text);
        text.lines().find_map(|written| written.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
    }

    const TOTAL: &str = "traces_service_graph_request_total{client=\"web\",server=\"video\"}";

    #[test]
    fn calls_are_counted_once_and_never_fewer() {
        let graph = ServiceGraph::default();
        let minute = Bucketing::minute();
        let caller = |time| (time, "web", "video", Side::Caller, 40, false);
        let callee = |time| (time, "web", "video", Side::Callee, 30, true);
        for (calls, total) in [
            // Only the caller's log is there: it counts.
            (vec![caller(0), caller(SECOND), caller(2 * SECOND)], 3.0),
            // The callee's log of the same calls comes: no sum, and no step back.
            (vec![callee(0), callee(SECOND)], 3.0),
            (vec![callee(2 * SECOND)], 3.0),
            (vec![callee(3 * SECOND)], 4.0),
            // A minute in which the callee says nothing.
            (vec![caller(MINUTE), caller(MINUTE)], 6.0),
            // Old buckets settle; late calls count all the same.
            (vec![callee(2 * MINUTE), callee(3 * MINUTE), callee(4 * MINUTE), callee(5 * MINUTE)], 10.0),
            (vec![callee(1)], 11.0),
            (vec![caller(1)], 11.0),
        ] {
            graph.observe(&batch(&calls), minute);
            assert_eq!(value(&graph, TOTAL), Some(total), "after {calls:?}");
        }
    }

    #[test]
    fn failures_and_times_have_the_names_that_grafana_asks_for() {
        let graph = ServiceGraph::default();
        let calls = [
            (0, "web", "video", Side::Callee, 30, true),
            (0, "web", "video", Side::Callee, 400, false),
            (0, "a\"b", "", Side::Callee, 1, false),
        ];
        graph.observe(&batch(&calls), Bucketing::minute());
        for (line, expected) in [
            ("traces_service_graph_request_failed_total{client=\"web\",server=\"video\"}", 1.0),
            ("traces_service_graph_request_server_seconds_sum{client=\"web\",server=\"video\"}", 0.43),
            ("traces_service_graph_request_server_seconds_count{client=\"web\",server=\"video\"}", 2.0),
            ("traces_service_graph_request_server_seconds_bucket{client=\"web\",server=\"video\",le=\"0.025\"}", 0.0),
            ("traces_service_graph_request_server_seconds_bucket{client=\"web\",server=\"video\",le=\"0.05\"}", 1.0),
            ("traces_service_graph_request_server_seconds_bucket{client=\"web\",server=\"video\",le=\"+Inf\"}", 2.0),
            ("traces_service_graph_request_total{client=\"a\\\"b\",server=\"(unknown)\"}", 1.0),
        ] {
            assert_eq!(value(&graph, line), Some(expected), "{line}");
        }
    }

    #[test]
    fn elapsed_times_of_any_scale_fall_under_their_bounds() {
        for (scale, elapsed, nanos, first) in [
            (0, 5, 5_000_000, Some(0.005)),
            (0, 6, 6_000_000, Some(0.01)),
            (3, 25_000, 25_000_000, Some(0.025)),
            (3, 25_001, 25_001_000, Some(0.05)),
            (6, 10_000_000_000, 10_000_000_000, Some(10.0)),
            (6, 10_000_000_001, 10_000_000_001, None),
            (9, 7_500_000_000_999, 7_500_000_000, Some(10.0)),
        ] {
            let mut tally = Tally::default();
            tally.call(false, elapsed, &Clock::new(scale));
            assert_eq!((tally.timed, tally.nanos), (1, nanos), "{elapsed} of scale {scale}");
            let within = tally.accumulate().within;
            let expected = BOUNDS.map(|bound| u64::from(first.is_some_and(|first| bound >= first)));
            assert_eq!(within, expected, "{elapsed} of scale {scale}");
        }
        let mut tally = Tally::default();
        [MISSING, -1].into_iter().for_each(|elapsed| tally.call(true, elapsed, &Clock::new(6)));
        assert_eq!((tally.requests, tally.failed, tally.timed), (2, 2, 0));
    }

    #[test]
    fn calls_of_pairs_that_share_a_place_are_kept_apart() {
        let graph = ServiceGraph::default();
        let names: Vec<String> = (0..3 * RECENT).map(|nth| format!("m{nth}")).collect();
        for _ in 0..2 {
            let calls: Vec<_> = names.iter().chain(&names).map(|name| (0, name.as_str(), "x", Side::Callee, 1, false)).collect();
            graph.observe(&batch(&calls), Bucketing::minute());
        }
        for name in &names {
            assert_eq!(value(&graph, &format!("traces_service_graph_request_total{{client=\"{name}\",server=\"x\"}}")), Some(4.0));
        }
    }

    #[test]
    fn beyond_the_ceiling_pairs_fold() {
        let graph = ServiceGraph::default();
        let names: Vec<String> = (0..EDGES + 5).map(|nth| format!("m{nth}")).collect();
        let calls: Vec<_> = names.iter().map(|name| (0, name.as_str(), "x", Side::Callee, 1, false)).collect();
        graph.observe(&batch(&calls), Bucketing::minute());
        assert_eq!(graph.edges.lock().unwrap().len(), EDGES + 1);
        assert_eq!(value(&graph, "traces_service_graph_request_total{client=\"(other)\",server=\"(other)\"}"), Some(5.0));
    }
}
