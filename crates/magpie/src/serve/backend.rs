//! What the API asks of a running Magpie, answered from its tasks.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use magpie_api::{
    Backend, DiskReport, Event, FaultReport, Health, OperatorReport, ParseRefusal, ParseReply, ParseRequest, QueueReport, Reloaded,
    SourceReport, UnparsedReason, Verdict,
};
use magpie_collect::SourceStatus;
use magpie_model::config::{Config, ConfigError, Parse, Source};
use magpie_model::time::SECOND;
use tokio::sync::broadcast;

use super::ingest::{Ingest, WORKS};
use super::operator::MOST_OPEN;
use super::{Service, now, tryout};
use crate::demo::Fault;

/// An error is a reason to look for so long.
const RECENT: i64 = 60 * SECOND;

impl Backend for Service {
    fn config(&self) -> Arc<Config> {
        Self::config(self)
    }

    fn sources(&self) -> Vec<SourceReport> {
        let (config, ingest) = (Self::config(self), self.ingest());
        let Some(ingest) = ingest.as_ref() else { return Vec::new() };
        config.sources.iter().enumerate().map(|(input, source)| self.source(ingest, input, source)).collect()
    }

    fn parse(&self, request: ParseRequest) -> Result<ParseReply, ParseRefusal> {
        tryout::parse(&Self::config(self), request)
    }

    fn health(&self) -> Health {
        let ingest = self.ingest();
        let mut health =
            Health { version: env!("CARGO_PKG_VERSION").to_owned(), started: self.started, disk: self.disk(), ..Health::default() };
        let Some(ingest) = ingest.as_ref() else {
            return Health { verdict: Verdict::Starting, reasons: vec!["reading is being started or stopped".to_owned()], ..health };
        };
        let open = self.telemetry.stats().open_bytes;
        health.queues.push(QueueReport { name: "open segment (bytes)".to_owned(), length: open, bound: MOST_OPEN, dropped: 0 });
        for (number, gauges) in ingest.gauges.iter().enumerate() {
            let name = format!("operator {number}");
            health.queues.push(QueueReport {
                name: format!("intake to {name}"),
                length: gauges.queued.load(Ordering::Relaxed),
                bound: WORKS as u64,
                dropped: 0,
            });
            let (records, folded) = (gauges.records.load(Ordering::Relaxed), gauges.folded.load(Ordering::Relaxed));
            health.operators.push(OperatorReport { name, records, open_buckets: 0, folded });
        }
        health.last_seal = ingest.progress.last_seal();
        health.judge_lag_ms = ingest.progress.judge_lag().and_then(|nanos| u64::try_from(nanos / 1_000_000).ok());
        health.errors = ingest.progress.errors();
        health.reasons.extend(health.errors.iter().filter(|error| now().since(error.time) < RECENT).map(|error| error.message.clone()));
        if open > MOST_OPEN {
            health.reasons.push("the disk does not take segments as fast as lines come; reading waits".to_owned());
        }
        health.verdict = if health.reasons.is_empty() { Verdict::Ok } else { Verdict::Degraded };
        health
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.live.subscribe()
    }

    fn reload(&self) -> Result<Reloaded, ConfigError> {
        let changes = Self::reload(self)?;
        Ok(Reloaded { path: Self::config(self).path.display().to_string(), changes })
    }

    fn faults(&self) -> Option<Vec<FaultReport>> {
        let faults = self.faults.as_ref()?;
        Some(Fault::ALL.into_iter().map(|fault| report(fault, faults.is_on(fault))).collect())
    }

    fn set_fault(&self, name: &str, on: bool) -> Option<FaultReport> {
        let faults = self.faults.as_ref()?;
        let fault = Fault::from_str(name).ok()?;
        faults.set(fault, on);
        Some(report(fault, on))
    }
}

fn report(fault: Fault, on: bool) -> FaultReport {
    FaultReport { name: fault.name().to_owned(), description: fault.description().to_owned(), on }
}

impl Service {
    fn source(&self, ingest: &Ingest, input: usize, source: &Source) -> SourceReport {
        let status = ingest.tailers.iter().find(|(of, _)| *of == input).map_or_else(SourceStatus::default, |(_, tailer)| tailer.status());
        let counts = ingest.progress.counts(input);
        let format = ingest.progress.format_of(input);
        let unparsed = counts.reasons.iter().map(|(reason, count)| UnparsedReason {
            reason: reason.0.to_owned(),
            count: *count,
            samples: counts.samples.iter().filter(|sample| sample.reason == *reason).map(|sample| sample.text.clone()).collect(),
        });
        let seconds = (now().since(self.started).max(SECOND) / SECOND) as f64;
        SourceReport {
            name: source.name.clone(),
            files: status.files as u64,
            bytes: status.bytes,
            lag_bytes: status.lag_bytes,
            bytes_per_second: status.bytes as f64 / seconds,
            format: format.as_ref().map(|(name, _)| name.clone()),
            confidence: format.filter(|_| source.parse == Parse::Auto).map(|(_, confidence)| confidence),
            parsed: counts.parsed,
            unparsed: unparsed.collect(),
            last_record: ingest.progress.last_record(&source.name),
            error: status.last_error,
        }
    }

    fn disk(&self) -> Option<DiskReport> {
        let room = rustix::fs::statvfs(&Self::config(self).data_dir).ok()?;
        Some(DiskReport { free_bytes: room.f_bavail * room.f_frsize, total_bytes: room.f_blocks * room.f_frsize })
    }
}
