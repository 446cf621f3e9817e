//! What the API asks of a running Magpie, answered from its tasks.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use magpie_api::{
    Backend, BackfillReport, DiskReport, Event, FaultReport, Health, MonitorChange, MonitorRefusal, OperatorReport, ParseRefusal,
    ParseReply, ParseRequest, ParserChoice, ParserRefusal, ParserReport, Preview, PreviewRequest, QueueReport, ReceivedReport,
    RefusedReason, Reloaded, RetentionReport, SourceReport, UnparsedReason, Upload, UploadRefusal, Uploaded, Verdict,
};
use magpie_collect::receive::Traffic;
use magpie_collect::{Redaction, SourceStatus};
use magpie_model::attention::Signature;
use magpie_model::config::{Config, ConfigError, Input, Parse, Source};
use magpie_model::time::SECOND;
use magpie_model::{Code, Notice, Timestamp};
use magpie_pipeline::normalise::plan::Plan;
use tokio::sync::broadcast;

use super::ingest::{Ingest, WORKS};
use super::operator::MOST_OPEN;
use super::{Service, now, overrides, preview, receive, tryout, uploads, vitals};
use crate::demo::Fault;
use crate::runs::records;

/// An error is a reason to look for so long.
const RECENT: i64 = 60 * SECOND;

impl Backend for Service {
    fn config(&self) -> Arc<Config> {
        Self::config(self)
    }

    fn sources(&self) -> Vec<SourceReport> {
        let (config, ingest) = (Self::config(self), self.ingest());
        let Some(ingest) = ingest.as_ref() else { return Vec::new() };
        let chosen = self.state.documents(overrides::KIND).unwrap_or_else(|error| {
            ingest
                .progress
                .error(Notice::failed(Code::ParsersUnread, "could not read the chosen parsers", &crate::error::chain(&error)), now());
            Vec::new()
        });
        let reports = config.sources.iter().enumerate().map(|(input, source)| {
            let parser = overrides::report(source, &chosen);
            (source, SourceReport { parser, ..self.source(ingest, input, source) })
        });
        // A built-in source is shown once somebody has used it.
        let is_builtin =
            |source: &Source| uploads::is_builtin(&config, source) || records::is_builtin(source) || receive::is_builtin(source);
        let is_sent_to = |report: &SourceReport| report.received.as_ref().is_some_and(|received| !received.refused.is_empty());
        let is_used =
            |report: &SourceReport| report.files > 0 || report.bytes > 0 || report.parsed + report.unparsed_total > 0 || is_sent_to(report);
        reports.filter(|(source, report)| is_used(report) || !is_builtin(source)).map(|(_, report)| report).collect()
    }

    fn parse(&self, request: ParseRequest) -> Result<ParseReply, ParseRefusal> {
        tryout::parse(&Self::config(self), request)
    }

    fn upload(&self, mut upload: Upload) -> Result<Uploaded, UploadRefusal> {
        // A piece is written as it is, so what must not be written is masked before; its length stays.
        let masks =
            Redaction::compile(&Self::config(self).redact).map_err(|reason| UploadRefusal::Failed { name: upload.name.clone(), reason })?;
        upload.content = masks.text(&upload.content).into_owned();
        self.uploads.take(&upload)
    }

    fn set_parser(&self, source: &str, choice: Option<ParserChoice>, by: &str) -> Result<(), ParserRefusal> {
        let config = Self::config(self);
        let Some(known) = config.sources.iter().find(|known| known.name == source) else {
            return Err(ParserRefusal::NoSuchSource(source.to_owned()));
        };
        if let Some(choice) = &choice {
            let alone = Config { sources: vec![overrides::lay_over(known, choice)], ..(*config).clone() };
            Plan::compile(&alone).map_err(|mistakes| ParseRefusal { mistakes })?;
        }
        let failed = |reason: &dyn std::fmt::Display| ParserRefusal::Failed(reason.to_string());
        let present = self.state.document(overrides::KIND, source).map_err(|error| failed(&error))?;
        if choice.is_none() && present.is_none() {
            return Ok(());
        }
        let by = choice.as_ref().and_then(|choice| choice.by.clone()).unwrap_or_else(|| by.to_owned());
        let signature = Signature { by, at: now(), comment: String::new() };
        let content = choice.map(|choice| serde_json::to_value(choice).map_err(|error| failed(&error))).transpose()?;
        self.state.put_document(overrides::KIND, source, content.as_ref(), None, &signature).map_err(|error| failed(&error))?;
        Self::reload(self).map(drop).map_err(|error| failed(&error))
    }

    fn health(&self) -> Health {
        let ingest = self.ingest();
        let mut health = Health { version: env!("CARGO_PKG_VERSION").to_owned(), started: self.started, ..Health::default() };
        health.memory = vitals::memory();
        // In this order, so that the room of what is told to be there is told, too.
        health.oldest = self.telemetry.segments().iter().map(|segment| segment.from).min();
        health.disk = self.disk();
        let retention = Self::config(self).retention;
        health.retention = RetentionReport { age_seconds: retention.age as f64 / SECOND as f64, size_bytes: retention.size };
        let Some(ingest) = ingest.as_ref() else {
            return Health {
                verdict: Verdict::Starting,
                reasons: vec![Notice::new("reading is being started or stopped", Code::ReadingStarts.with(&[]))],
                ..health
            };
        };
        let open = self.telemetry.stats().open_bytes;
        health.queues.push(QueueReport { name: "open segment (bytes)".to_owned(), length: open, bound: MOST_OPEN, dropped: 0 });
        let waiting = ingest.gate.waiting_bytes();
        health.queues.push(QueueReport { name: "sent and kept (bytes)".to_owned(), length: waiting, bound: receive::ROOM, dropped: 0 });
        health.queues.extend(self.runs.queues());
        let away = health.queues.iter().find(|queue| queue.name.starts_with("triggers") && queue.length > 0);
        if let Some(QueueReport { length, .. }) = away {
            let waiting = if *length == 1 { "1 trigger waits".to_owned() } else { format!("{length} triggers wait") };
            let told = Code::TriggersWait.with(&[("count", length)]);
            health.reasons.push(Notice::new(format!("the store of runs is away; {waiting} for it"), told));
        }
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
        for source in 0..Self::config(self).sources.len() {
            let rate = ingest.rates.of(source);
            health.records_per_second += rate.events;
            health.bytes_per_second += rate.bytes;
        }
        health.last_seal = ingest.progress.last_seal();
        health.judge_lag_ms = ingest.progress.judge_lag().and_then(|nanos| u64::try_from(nanos / 1_000_000).ok());
        health.errors = ingest.progress.errors();
        health.reasons.extend(health.errors.iter().filter(|error| now().since(error.time) < RECENT).map(|error| error.notice.clone()));
        if open > MOST_OPEN {
            let message = "the disk does not take segments as fast as lines come; reading waits";
            health.reasons.push(Notice::new(message, Code::DiskSlow.with(&[])));
        }
        health.verdict = if health.reasons.is_empty() { Verdict::Ok } else { Verdict::Degraded };
        health
    }

    fn closed_before(&self) -> Option<Timestamp> {
        self.ingest().as_ref().map(|ingest| ingest.progress.last_closed())
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.live.subscribe()
    }

    fn reload(&self) -> Result<Reloaded, ConfigError> {
        let changes = Self::reload(self)?;
        Ok(Reloaded { path: Self::config(self).path.display().to_string(), changes })
    }

    fn change_monitor(&self, change: MonitorChange) -> Result<u64, MonitorRefusal> {
        self.change(&change)
    }

    fn preview(&self, request: PreviewRequest) -> Result<Preview, MonitorRefusal> {
        preview::preview(&*self.telemetry, &Self::config(self), &request, now())
    }

    fn backfill(&self, monitor: &str) -> Option<BackfillReport> {
        self.backfills.of(monitor)
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

/// Whether others send what is read there.
fn is_received(source: &Source) -> bool {
    !matches!(source.input, Input::File { .. } | Input::Stdin)
}

fn received(traffic: &Traffic) -> ReceivedReport {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let refused = traffic.refused().into_iter();
    ReceivedReport {
        connections: of(&traffic.connections),
        accepted: of(&traffic.deliveries),
        refused: refused.map(|(reason, count)| RefusedReason { reason: reason.name().to_owned(), count }).collect(),
        rejected: of(&traffic.rejected),
        waited: of(&traffic.waited),
        dropped: of(&traffic.dropped),
        dropped_by_kernel: traffic.dropped_by_kernel(),
        gaps: of(&traffic.gaps),
        gap_bytes: of(&traffic.gap_bytes),
    }
}

/// Nothing is behind when everything is read; else the last record says how old what is read now is.
fn lag_seconds(status: &SourceStatus, last_record: Option<Timestamp>) -> Option<f64> {
    if status.lag_bytes == 0 {
        return Some(0.0);
    }
    last_record.map(|last| (now().since(last).max(0)) as f64 / SECOND as f64)
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
        let rate = ingest.rates.of(input);
        let last_record = ingest.progress.last_record(&source.name);
        let sent = ingest.traffic(input);
        SourceReport {
            name: source.name.clone(),
            files: status.files as u64,
            bytes: ingest.progress.bytes_before(input) + status.bytes + sent.map_or(0, |sent| sent.bytes.load(Ordering::Relaxed)),
            lag_bytes: status.lag_bytes,
            lag_seconds: lag_seconds(&status, last_record),
            delay: ingest.progress.delay(&source.name, now()),
            bytes_per_second: rate.bytes,
            lines_per_second: rate.events,
            hosts: ingest.progress.hosts(&source.name),
            // Told by who knows what was chosen.
            parser: ParserReport::default(),
            format: format.as_ref().map(|(name, _)| name.clone()),
            confidence: format.filter(|_| source.parse == Parse::Auto).map(|(_, confidence)| confidence),
            parsed: counts.parsed,
            unparsed_total: counts.unparsed,
            unparsed: unparsed.collect(),
            last_record,
            received: sent.filter(|_| is_received(source)).map(received),
            error: status.last_error.or_else(|| sent.and_then(Traffic::trouble)),
        }
    }

    fn disk(&self) -> Option<DiskReport> {
        let room = rustix::fs::statvfs(&Self::config(self).data_dir).ok()?;
        let stats = self.telemetry.stats();
        Some(DiskReport {
            free_bytes: room.f_bavail * room.f_frsize,
            total_bytes: room.f_blocks * room.f_frsize,
            used_bytes: stats.bytes + stats.log_bytes,
        })
    }
}
