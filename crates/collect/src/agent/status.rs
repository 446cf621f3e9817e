//! What an agent says of itself: as JSON, and as Prometheus metrics.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use magpie_model::agent_partial::AgentPartial;
use magpie_model::origin::Chunk;
use serde::Serialize;

use crate::SourceStatus;

/// Counted as it happens, since start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) records: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) wire_bytes: AtomicU64,
    pub(super) retries: AtomicU64,
    /// Bytes that have to be sent again, until the ceiling has been charged with them.
    pub(super) in_vain: AtomicU64,
    pub(super) rejected: AtomicU64,
    pub(super) dropped: Arc<AtomicU64>,
    /// Lines that were counted instead of sent.
    pub(super) counted_lines: AtomicU64,
    /// Bytes of what was counted and waits on disk.
    pub(super) counted_bytes: AtomicU64,
    pub(super) throttled: AtomicBool,
    last: Mutex<(Option<String>, Option<String>)>,
    /// By name of the source.
    normalised: Mutex<BTreeMap<String, NormalisedStatus>>,
}

impl Counts {
    pub(super) fn worked(&self, server: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0.as_deref() != Some(server) || last.1.is_some() {
            tracing::info!(server, "sending");
            *last = (Some(server.to_owned()), None);
        }
    }

    pub(super) fn failed(&self, server: &str, why: &str) {
        let told = format!("{server}: {why}");
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.1.as_ref() != Some(&told) {
            tracing::warn!(server, why, "a server cannot be sent to; trying again");
            last.1 = Some(told);
        }
    }

    /// Notes what was counted and is on disk.
    pub(super) fn counted(&self, chunk: &Chunk) {
        let partials = chunk.events.iter().flat_map(|event| &event.records).filter_map(|edge| AgentPartial::of(&edge.record));
        self.counted_lines.fetch_add(partials.map(|partial| partial.records).sum(), Relaxed);
    }

    /// Notes what became of lines of a source that is normalised here.
    pub(super) fn normalised(&self, source: &str, events: u64, unparsed: u64) {
        let mut normalised = self.normalised.lock().unwrap_or_else(PoisonError::into_inner);
        let first = || NormalisedStatus { source: source.to_owned(), events: 0, unparsed: 0 };
        let status = normalised.entry(source.to_owned()).or_insert_with(first);
        status.events += events;
        status.unparsed += unparsed;
    }

    /// With the state of the sources and of positions.
    pub(super) fn status(&self, agent: &str, sources: Vec<SourceStatus>, queue: &[(String, u64)], error: Option<String>) -> AgentStatus {
        let (server, last_error) = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        AgentStatus {
            agent: agent.to_owned(),
            server,
            last_error: last_error.or(error),
            records: self.records.load(Relaxed),
            requests: self.requests.load(Relaxed),
            wire_bytes: self.wire_bytes.load(Relaxed),
            retries: self.retries.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            counted: self.counted_lines.load(Relaxed),
            counted_bytes: self.counted_bytes.load(Relaxed),
            throttled: self.throttled.load(Relaxed),
            normalised: self.normalised.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect(),
            queue: queue.iter().map(|(source, bytes)| QueueStatus { source: source.clone(), bytes: *bytes }).collect(),
            sources,
        }
    }
}

/// What was made of lines of a source that is normalised here, since start.
#[derive(Clone, Debug, Serialize)]
pub struct NormalisedStatus {
    /// Its name.
    pub source: String,
    /// Events, those that were not understood included.
    pub events: u64,
    /// Events that were not understood.
    pub unparsed: u64,
}

/// A disk queue.
#[derive(Clone, Debug, Serialize)]
pub struct QueueStatus {
    /// Name of its source.
    pub source: String,
    /// Bytes on disk.
    pub bytes: u64,
}

/// An agent at a moment.
#[derive(Clone, Debug, Serialize)]
pub struct AgentStatus {
    /// Its id.
    pub agent: String,
    /// The server that took the last request.
    pub server: Option<String>,
    /// What keeps it from sending now, or from keeping its positions.
    pub last_error: Option<String>,
    /// Records that a server has acknowledged, since start.
    pub records: u64,
    /// Requests sent, failed ones included.
    pub requests: u64,
    /// Bytes of their bodies.
    pub wire_bytes: u64,
    /// Requests that have to be sent again.
    pub retries: u64,
    /// Records that a server will never store.
    pub rejected: u64,
    /// Datagrams that found no room.
    pub dropped: u64,
    /// Events that were counted instead of sent.
    pub counted: u64,
    /// Bytes of what was counted and waits on disk to be sent.
    pub counted_bytes: u64,
    /// Whether a ceiling holds it back now.
    pub throttled: bool,
    /// Sources that are normalised here.
    pub normalised: Vec<NormalisedStatus>,
    /// Disk queues of inputs that cannot be read again.
    pub queue: Vec<QueueStatus>,
    /// What was read.
    pub sources: Vec<SourceStatus>,
}

impl AgentStatus {
    /// As Prometheus reads it.
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, rows: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP magpie_agent_{name} {help}\n# TYPE magpie_agent_{name} {kind}");
            for (labels, value) in rows {
                let _ = writeln!(text, "magpie_agent_{name}{labels} {value}");
            }
        };
        let one = |value: u64| vec![(String::new(), value)];
        for (name, help, value) in [
            ("records_total", "Records acknowledged by a server.", self.records),
            ("requests_total", "Requests sent.", self.requests),
            ("sent_bytes_total", "Bytes of request bodies.", self.wire_bytes),
            ("retries_total", "Requests that had to be sent again.", self.retries),
            ("rejected_total", "Records that a server will never store.", self.rejected),
            ("dropped_total", "Datagrams that found no room.", self.dropped),
            ("counted_total", "Events that were counted instead of sent.", self.counted),
        ] {
            metric(name, "counter", help, &one(value));
        }
        metric("counted_bytes", "gauge", "Bytes of what was counted and waits on disk.", &one(self.counted_bytes));
        metric("throttled", "gauge", "Whether a ceiling holds it back now.", &one(u64::from(self.throttled)));
        let of = |value: fn(&SourceStatus) -> u64| -> Vec<(String, u64)> {
            self.sources.iter().map(|source| (format!("{{source=\"{}\"}}", escaped(&source.name)), value(source))).collect()
        };
        metric("read_bytes_total", "counter", "Bytes read of a source.", &of(|source| source.bytes));
        metric("lag_bytes", "gauge", "Bytes written and not read yet.", &of(|source| source.lag_bytes));
        metric("backlog_bytes", "gauge", "The part of the lag that is read beside new lines.", &of(|source| source.backlog_bytes));
        metric("gaps_total", "counter", "Ranges that vanished before they could be read.", &of(|source| source.gaps));
        metric("lost_bytes_total", "counter", "Bytes of those ranges.", &of(|source| source.lost_bytes));
        metric("cut_lines_total", "counter", "Lines longer than the limit.", &of(|source| source.cut_lines));
        metric("open_files", "gauge", "Files held open.", &of(|source| source.open as u64));
        metric("unreadable_files", "gauge", "Files that cannot be read.", &of(|source| source.unreadable as u64));
        let of = |value: fn(&NormalisedStatus) -> u64| -> Vec<(String, u64)> {
            self.normalised.iter().map(|status| (format!("{{source=\"{}\"}}", escaped(&status.source)), value(status))).collect()
        };
        metric("events_total", "counter", "Events of a source that is normalised here.", &of(|status| status.events));
        metric("unparsed_total", "counter", "Those of them that were not understood.", &of(|status| status.unparsed));
        let queue: Vec<_> = self.queue.iter().map(|queue| (format!("{{source=\"{}\"}}", escaped(&queue.source)), queue.bytes)).collect();
        metric("queue_bytes", "gauge", "Bytes of a disk queue.", &queue);
        text
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_told_per_source() {
        let counts = Counts::default();
        counts.records.store(12, Relaxed);
        counts.normalised("web", 4, 1);
        counts.normalised("web", 3, 1);
        let source = SourceStatus { name: "a\"b".into(), lag_bytes: 7, ..SourceStatus::default() };
        let metrics = counts.status("id", vec![source], &[("pipe".into(), 3)], None).metrics();
        for line in [
            "magpie_agent_records_total 12",
            "# TYPE magpie_agent_lag_bytes gauge",
            "magpie_agent_lag_bytes{source=\"a\\\"b\"} 7",
            "magpie_agent_queue_bytes{source=\"pipe\"} 3",
            "magpie_agent_events_total{source=\"web\"} 7",
            "magpie_agent_unparsed_total{source=\"web\"} 2",
        ] {
            assert!(metrics.lines().any(|other| other == line), "{line} in\n{metrics}");
        }
    }
}
