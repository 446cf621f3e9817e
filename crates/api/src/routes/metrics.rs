//! `/metrics`: the process, its port, its sources, its store, its alerts, and the calls between modules.
//!
//! Names follow Prometheus' conventions: base units, `_total` for counters. Counters begin with the process and never
//! decrease: those of sources are the backend's promise, those of calls are told in `service_graph`.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::atomic::Ordering;

use magpie_model::time::SECOND;
use magpie_store::AlertQuery;

use crate::endpoint::{Call, Reply};
use crate::problem::Problem;
use crate::service_graph::{escape, heading};
use crate::shared::Shared;
use crate::shown_alert::{MOST_SILENCES, ShownAlert, shown};
use crate::{Health, ReceivedReport, SourceReport};

/// Alerts that are counted at most.
const MOST_ALERTS: usize = 100_000;

/// A metric with its values by labels.
struct Family<'a> {
    out: &'a mut String,
    name: &'static str,
}

impl Family<'_> {
    fn value(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let written: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let braces = if written.is_empty() { String::new() } else { format!("{{{}}}", written.join(",")) };
        let _ = writeln!(self.out, "{}{braces} {value}", self.name);
    }
}

fn family<'a>(out: &'a mut String, name: &'static str, kind: &str, help: &str) -> Family<'a> {
    heading(out, name, kind, help);
    Family { out, name }
}

pub(super) fn metrics(shared: &Shared, _call: &Call) -> Result<Reply, Problem> {
    let mut out = String::new();
    process(&mut out);
    port(shared, &mut out);
    health(&shared.api.backend.health(), &mut out);
    let reports = shared.api.backend.sources();
    sources(&reports, &mut out);
    receivers(&reports, &mut out);
    store(shared, &mut out);
    alerts(shared, &mut out)?;
    shared.api.service_graph.write(&mut out);
    let mut reply = Reply::text(out);
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(reply)
}

/// What the kernel tells of this process; nothing where it does not.
fn process(out: &mut String) {
    if let Some(ticks) = std::fs::read_to_string("/proc/self/stat").ok().and_then(|text| processor_ticks(&text)) {
        let seconds = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
        family(out, "process_cpu_seconds_total", "counter", "Processor time used.").value(&[], seconds);
    }
    if let Ok(text) = std::fs::read_to_string("/proc/self/statm")
        && let Some(pages) = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok())
    {
        let bytes = pages * rustix::param::page_size() as u64;
        family(out, "process_resident_memory_bytes", "gauge", "Memory in use.").value(&[], bytes);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        family(out, "process_open_fds", "gauge", "Open file descriptors.").value(&[], files.count());
    }
}

/// User and system time out of `/proc/self/stat`, counted behind the name, which may hold anything (proc_pid_stat(5)).
fn processor_ticks(stat: &str) -> Option<u64> {
    let mut rest = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = rest.next()?.parse().ok()?;
    user.checked_add(rest.next()?.parse().ok()?)
}

fn port(shared: &Shared, out: &mut String) {
    let answered = shared.meters.all_answered();
    let mut requests = family(out, "magpie_http_requests_total", "counter", "Requests answered.");
    for (labels, times) in &answered {
        let status = labels.status.to_string();
        requests.value(&[("endpoint", labels.endpoint), ("method", labels.method), ("status", &status)], times.count);
    }
    let mut took = family(out, "magpie_http_request_seconds_total", "counter", "Time until the head of the response, summed.");
    for (labels, times) in &answered {
        let status = labels.status.to_string();
        took.value(&[("endpoint", labels.endpoint), ("method", labels.method), ("status", &status)], times.total.as_secs_f64());
    }
    let open = shared.api.limits.streams - shared.streams.available_permits();
    family(out, "magpie_stream_clients", "gauge", "Open live streams.").value(&[], open);
    let missed = shared.meters.missed.load(Ordering::Relaxed);
    family(out, "magpie_stream_missed_total", "counter", "Events that clients of live streams missed.").value(&[], missed);
    let refused = shared.meters.refused.load(Ordering::Relaxed);
    family(out, "magpie_http_accept_errors_total", "counter", "Connections that could not be accepted.").value(&[], refused);
}

fn health(health: &Health, out: &mut String) {
    family(out, "magpie_build_info", "gauge", "The version, as a label.").value(&[("version", &health.version)], 1);
    let started = health.started.0 as f64 / SECOND as f64;
    family(out, "process_start_time_seconds", "gauge", "When the process started, since the epoch.").value(&[], started);
    family(out, "magpie_ready", "gauge", "1 when answers are right.")
        .value(&[("verdict", health.verdict.name())], u8::from(health.verdict.is_ready()));
    let mut length = family(out, "magpie_queue_length", "gauge", "Entries in a queue.");
    health.queues.iter().for_each(|queue| length.value(&[("queue", &queue.name)], queue.length));
    let mut bound = family(out, "magpie_queue_bound", "gauge", "Most entries of a queue.");
    health.queues.iter().for_each(|queue| bound.value(&[("queue", &queue.name)], queue.bound));
    let mut dropped = family(out, "magpie_queue_dropped_total", "counter", "Entries dropped because a queue was full.");
    health.queues.iter().for_each(|queue| dropped.value(&[("queue", &queue.name)], queue.dropped));
    let mut records = family(out, "magpie_operator_records_total", "counter", "Records made by an operator.");
    health.operators.iter().for_each(|operator| records.value(&[("operator", &operator.name)], operator.records));
    if let Some(lag) = health.judge_lag_ms {
        family(out, "magpie_judge_lag_seconds", "gauge", "How far judging is behind the watermark.").value(&[], lag as f64 / 1e3);
    }
    if let Some(disk) = health.disk {
        family(out, "magpie_disk_free_bytes", "gauge", "Free bytes on the disk of the data directory.").value(&[], disk.free_bytes);
    }
    let errors: u64 = health.errors.iter().map(|error| error.count).sum();
    family(out, "magpie_errors", "gauge", "Errors among the last kinds that were seen.").value(&[], errors);
}

fn sources(sources: &[SourceReport], out: &mut String) {
    let mut bytes = family(out, "magpie_source_bytes_total", "counter", "Bytes read.");
    sources.iter().for_each(|source| bytes.value(&[("input", &source.name)], source.bytes));
    let mut parsed = family(out, "magpie_source_parsed_total", "counter", "Events understood.");
    sources.iter().for_each(|source| parsed.value(&[("input", &source.name)], source.parsed));
    let mut unparsed = family(out, "magpie_source_unparsed_total", "counter", "Events not understood, by reason.");
    for source in sources {
        source.unparsed.iter().for_each(|of| unparsed.value(&[("input", &source.name), ("reason", &of.reason)], of.count));
    }
    let mut lag = family(out, "magpie_source_lag_bytes", "gauge", "Bytes written and not read yet.");
    sources.iter().for_each(|source| lag.value(&[("input", &source.name)], source.lag_bytes));
    let mut seconds = family(out, "magpie_source_lag_seconds", "gauge", "Age of what was read last, as the API's sources tell it.");
    for source in sources {
        if let Some(lag) = source.lag_seconds {
            seconds.value(&[("input", &source.name)], lag);
        }
    }
    let mut files = family(out, "magpie_source_files", "gauge", "Files known.");
    sources.iter().for_each(|source| files.value(&[("input", &source.name)], source.files));
    let mut last = family(out, "magpie_source_last_record_seconds", "gauge", "Event time of the last record, since the epoch.");
    for source in sources {
        if let Some(time) = source.last_record {
            last.value(&[("input", &source.name)], time.0 as f64 / SECOND as f64);
        }
    }
}

/// A name, its help, and what it counts.
type Count = (&'static str, &'static str, fn(&ReceivedReport) -> u64);

const RECEIVED: [Count; 6] = [
    ("magpie_receiver_accepted_total", "Requests, and reads of connections, that were kept.", |received| received.accepted),
    ("magpie_receiver_rejected_total", "Spans and log records told as partial success.", |received| received.rejected),
    ("magpie_receiver_waited_total", "Reads of connections whose sender had to wait.", |received| received.waited),
    ("magpie_receiver_dropped_total", "Messages lost because there was no room.", |received| received.dropped),
    ("magpie_receiver_gaps_total", "Gaps that agents told of.", |received| received.gaps),
    ("magpie_receiver_gap_bytes_total", "Bytes gone before an agent could read them.", |received| received.gap_bytes),
];

fn receivers(sources: &[SourceReport], out: &mut String) {
    let received: Vec<(&str, &ReceivedReport)> =
        sources.iter().filter_map(|source| Some((source.name.as_str(), source.received.as_ref()?))).collect();
    for (name, help, count) in RECEIVED {
        let mut family = family(out, name, "counter", help);
        received.iter().for_each(|(input, received)| family.value(&[("input", input)], count(received)));
    }
    let mut refused = family(out, "magpie_receiver_refused_total", "counter", "Requests and connections refused, by reason.");
    for (input, received) in &received {
        received.refused.iter().for_each(|of| refused.value(&[("input", input), ("reason", &of.reason)], of.count));
    }
    let mut kernel = family(out, "magpie_receiver_kernel_dropped_total", "counter", "Datagrams that the kernel dropped unread.");
    for (input, received) in &received {
        received.dropped_by_kernel.into_iter().for_each(|dropped| kernel.value(&[("input", input)], dropped));
    }
    let mut connections = family(out, "magpie_receiver_connections", "gauge", "Open connections.");
    received.iter().for_each(|(input, received)| connections.value(&[("input", input)], received.connections));
}

fn store(shared: &Shared, out: &mut String) {
    let stats = shared.api.telemetry.stats();
    for (name, help, value) in [
        ("magpie_store_open_rows", "Records that are not durable yet.", stats.open_rows),
        ("magpie_store_open_bytes", "Memory they take, about.", stats.open_bytes),
        ("magpie_store_segments", "Sealed segments.", stats.segments),
        ("magpie_store_rows", "Records in sealed segments.", stats.rows),
        ("magpie_store_bytes", "Bytes of sealed segments.", stats.bytes),
        ("magpie_store_log_bytes", "Bytes of the write-ahead log.", stats.log_bytes),
    ] {
        family(out, name, "gauge", help).value(&[], value);
    }
}

fn alerts(shared: &Shared, out: &mut String) -> Result<(), Problem> {
    type Counts<'a> = BTreeMap<(&'a str, &'a str, &'a str), u64>;
    let alerts = shown(shared, shared.api.state.alerts(&AlertQuery { limit: MOST_ALERTS, ..AlertQuery::now() })?)?;
    let count = |wanted: &dyn Fn(&ShownAlert) -> bool| {
        let mut counts = Counts::new();
        for ShownAlert { alert, .. } in alerts.iter().filter(|shown| wanted(shown)) {
            *counts.entry((&alert.monitor, alert.severity.name(), alert.state.name())).or_default() += 1;
        }
        counts
    };
    for (name, help, counts) in [
        ("magpie_alerts", "Alerts now.", count(&|_| true)),
        ("magpie_alerts_silenced", "Alerts now that a silence covers.", count(&|shown| shown.silenced.is_some())),
        ("magpie_alerts_acknowledged", "Alerts now that somebody looks after.", count(&|shown| shown.acknowledged.is_some())),
    ] {
        let mut family = family(out, name, "gauge", help);
        for ((monitor, severity, state), count) in &counts {
            family.value(&[("monitor", monitor), ("severity", severity), ("state", state)], count);
        }
    }
    let now = shared.api.backend.now();
    let active = shared.api.state.silences(now, MOST_SILENCES)?.iter().filter(|silence| silence.is_active(now)).count();
    family(out, "magpie_silences_active", "gauge", "Silences in force.").value(&[], active);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        assert_eq!(processor_ticks("7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 1 0"), Some(175));
        assert_eq!(processor_ticks("7 (a"), None);
        assert_eq!(processor_ticks(""), None);
    }

    #[test]
    fn values_are_written_with_escaped_labels() {
        let mut out = String::new();
        let mut family = family(&mut out, "a_total", "counter", "Help.");
        family.value(&[("reason", "a \"b\"\nc\\d")], 1);
        family.value(&[], 2.5);
        assert_eq!(out, "# HELP a_total Help.\n# TYPE a_total counter\na_total{reason=\"a \\\"b\\\"\\nc\\\\d\"} 1\na_total 2.5\n");
    }
}
