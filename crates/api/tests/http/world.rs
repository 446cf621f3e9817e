//! A little history in a real store, served on a real socket: ten minutes from 10:00, two callers of `video`, one alert.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use magpie_api::{
    Api, Backend, BackfillReport, BackfillState, DelayReport, DiskReport, EpisodePreview, ErrorReport, Event, FaultReport, Health, Live,
    MONITOR, MemoryReport, MonitorChange, MonitorRefusal, OperatorReport, ParseRefusal, ParseReply, ParseRequest, ParsedEvent,
    ParserChoice, ParserOrigin, ParserRefusal, ParserReport, Preview, PreviewRequest, QueueReport, ReceivedReport, RefusedReason, Reloaded,
    RetentionReport, SourceReport, ThresholdPreview, UnparsedReason, Upload, UploadRefusal, Uploaded, ValueSpan, Verdict,
};
use magpie_model::alert::{AlertSeverity, Condition};
use magpie_model::completeness::SourceCount;
use magpie_model::config::{Access, Config, ConfigError, Monitor, Problem, Source, monitor_document};
use magpie_model::query::TimeRange;
use magpie_model::record::{Dictionaries, RecordBatch};
use magpie_model::time::{MILLISECOND, MINUTE, SECOND};
use magpie_model::{
    Aggregate, Alert, AlertState, Code, Column, Key, Kind, Notice, Partial, PartialRow, PartialTable, Record, Records, Severity, Side,
    Threshold, Timestamp,
};
use magpie_store::embedded::{EmbeddedTelemetry, Options, SqliteState};
use magpie_store::{Append, Declared, Judged, StateStore, TelemetryStore};
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, oneshot};
use tokio::task::JoinHandle;

/// Ten o'clock.
pub(crate) fn ten() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-20T10:00:00Z").unwrap()
}

/// The state of a process: what the API is told, and what it may change.
pub(crate) struct Known {
    pub(crate) config: Arc<Config>,
    /// Who may ask; a test may change it as a reload does.
    pub(crate) access: Mutex<Option<Access>>,
    /// Monitors made over the API, and where their versions are.
    pub(crate) made: Mutex<Vec<Monitor>>,
    pub(crate) state: Arc<dyn StateStore>,
    pub(crate) live: Live,
    pub(crate) verdict: Mutex<Verdict>,
    pub(crate) closed_before: Mutex<Option<Timestamp>>,
    pub(crate) faults: Mutex<Option<Vec<FaultReport>>>,
    /// Content of uploaded files, by name.
    pub(crate) uploaded: Mutex<BTreeMap<String, String>>,
    /// Parsers chosen over the API, by source, and how many times.
    pub(crate) chosen: Mutex<BTreeMap<String, (ParserChoice, u64)>>,
    /// How long telling of sources takes.
    pub(crate) stall: Mutex<Duration>,
    /// Told when somebody asks for the sources.
    pub(crate) asked: Notify,
}

impl Backend for Known {
    fn config(&self) -> Arc<Config> {
        let (made, access) = (self.made.lock().unwrap(), self.access.lock().unwrap().clone());
        if made.is_empty() && access.is_none() {
            return Arc::clone(&self.config);
        }
        let monitors = self.config.monitors.iter().chain(made.iter()).cloned().collect();
        Arc::new(Config { monitors, access, ..(*self.config).clone() })
    }

    fn change_monitor(&self, change: MonitorChange) -> Result<u64, MonitorRefusal> {
        let MonitorChange { name, document, expected, signature } = change;
        let mut made = self.made.lock().unwrap();
        let present = made.iter().find(|monitor| monitor.name == name).and_then(|monitor| monitor.version);
        if self.config.monitor(&name).is_some() {
            return Err(MonitorRefusal::OfFile(name));
        }
        match (present, &document, expected) {
            (None, None, _) => return Err(MonitorRefusal::Unknown(name)),
            (Some(_), Some(_), Some(0)) => return Err(MonitorRefusal::Exists(name)),
            _ => {}
        }
        let read = |document| monitor_document::read(&document, &mut (*self.config).clone());
        let monitor = document.map(read).transpose().map_err(MonitorRefusal::Mistakes)?;
        let content = monitor.as_ref().map(monitor_document::write);
        let expected = expected.or(Some(present.unwrap_or(0)));
        let put = self.state.put_document(MONITOR, &name, content.as_ref(), expected, &signature).unwrap();
        let version = put.ok_or_else(|| MonitorRefusal::Changed(name.clone()))?;
        made.retain(|monitor| monitor.name != name);
        made.extend(monitor.map(|monitor| Monitor { version: Some(version), ..monitor }));
        Ok(version)
    }

    fn preview(&self, request: PreviewRequest) -> Result<Preview, MonitorRefusal> {
        let monitor = monitor_document::read(&request.document, &mut (*self.config).clone()).map_err(MonitorRefusal::Mistakes)?;
        let TimeRange { from, to } = request.range;
        let of = |threshold: &Threshold| ThresholdPreview {
            title: threshold.title(None),
            field: threshold.field.clone(),
            aggregate: threshold.aggregate,
            condition: threshold.condition,
            fired: 1,
            flaps: 0,
            episodes: vec![EpisodePreview { dimensions: Default::default(), since: from, fired: from, resolved: None, peak: Some(1.5) }],
            truncated: false,
        };
        let thresholds = monitor.thresholds.iter().map(of).collect();
        Ok(Preview { from, to, buckets: 10, complete: 1.0, combinations: 2, records: 20, thresholds, truncated: false, folded: false })
    }

    fn backfill(&self, monitor: &str) -> Option<BackfillReport> {
        let to = ten().plus(10 * MINUTE);
        let report = BackfillReport { state: BackfillState::Running, from: ten(), to, done: 5, total: 20, error: None };
        self.config.monitor(monitor).is_none().then_some(report)
    }

    fn sources(&self) -> Vec<SourceReport> {
        self.asked.notify_one();
        let stall = *self.stall.lock().unwrap();
        std::thread::sleep(stall);
        let unparsed = UnparsedReason { reason: "no time".into(), count: 2, samples: vec!["garbage".into()] };
        let source = SourceReport {
            name: "web".into(),
            files: 1,
            bytes: 4_096,
            lag_bytes: 12,
            lag_seconds: Some(1.5),
            delay: Some(DelayReport { p50_ms: 350.0, p99_ms: 1_200.0 }),
            bytes_per_second: 10.5,
            lines_per_second: 0.5,
            hosts: vec!["web-1".into()],
            parser: self.parser("web"),
            unparsed_total: 2,
            format: Some("nginx".into()),
            confidence: Some(0.97),
            parsed: 20,
            unparsed: vec![unparsed],
            last_record: Some(ten().plus(9 * MINUTE)),
            received: Some(ReceivedReport {
                connections: 2,
                accepted: 30,
                refused: vec![RefusedReason { reason: "busy".into(), count: 4 }],
                dropped: 5,
                dropped_by_kernel: Some(6),
                ..ReceivedReport::default()
            }),
            error: None,
        };
        vec![source, SourceReport { name: "idle".into(), error: Some("no file matches".into()), ..SourceReport::default() }]
    }

    fn parse(&self, request: ParseRequest) -> Result<ParseReply, ParseRefusal> {
        if request.pattern.as_deref() == Some("<") {
            return Err(unclosed());
        }
        let lines = request.lines.unwrap_or_else(|| request.text.unwrap_or_default().lines().map(str::to_owned).collect());
        let events = lines.iter().zip(1..).map(|(line, number)| {
            let mut record = Record { id: number, time: ten(), message: line.clone(), ..Record::default() };
            if line.is_empty() {
                record.set(Column::ParseError, "empty");
            }
            let spans = vec![ValueSpan { column: "message".into(), start: 0, end: line.encode_utf16().count() }];
            ParsedEvent { line: number, record, spans }
        });
        Ok(ParseReply { format: request.format.unwrap_or_else(|| "auto".into()), confidence: Some(0.5), events: events.collect() })
    }

    fn upload(&self, upload: Upload) -> Result<Uploaded, UploadRefusal> {
        if upload.content.contains("too much") {
            return Err(UploadRefusal::NoRoom("the disk is nearly full".into()));
        }
        let mut uploaded = self.uploaded.lock().unwrap();
        let content = uploaded.entry(upload.name.clone()).or_default();
        let bytes = content.len() as u64;
        if bytes != upload.offset {
            return Err(UploadRefusal::NotNext { name: upload.name, bytes, offset: upload.offset });
        }
        content.push_str(&upload.content);
        let file = format!("/data/uploads/{}", upload.name);
        Ok(Uploaded { name: upload.name, bytes: content.len() as u64, source: "uploads".into(), file })
    }

    fn set_parser(&self, source: &str, choice: Option<ParserChoice>, _by: &str) -> Result<(), ParserRefusal> {
        if !self.config.sources.iter().any(|known| known.name == source) {
            return Err(ParserRefusal::NoSuchSource(source.into()));
        }
        let mut chosen = self.chosen.lock().unwrap();
        match choice {
            Some(choice) if choice.pattern.as_deref() == Some("<") => {
                return Err(unclosed().into());
            }
            Some(choice) => {
                let version = chosen.get(source).map_or(1, |(_, version)| version + 1);
                chosen.insert(source.into(), (choice, version));
            }
            None => _ = chosen.remove(source),
        }
        Ok(())
    }

    fn closed_before(&self) -> Option<Timestamp> {
        *self.closed_before.lock().unwrap()
    }

    fn health(&self) -> Health {
        let verdict = *self.verdict.lock().unwrap();
        Health {
            verdict,
            reasons: if verdict == Verdict::Ok { vec![] } else { vec![Notice::new("a disk is full", Code::DiskSlow.with(&[]))] },
            version: "1.2.3".into(),
            started: ten(),
            queues: vec![QueueReport { name: "collect→pipeline".into(), length: 1, bound: 8, dropped: 0 }],
            operators: vec![OperatorReport { name: "operator 0".into(), records: 20, open_buckets: 1, folded: 0 }],
            disk: Some(DiskReport { free_bytes: 5, total_bytes: 10, used_bytes: 2 }),
            memory: Some(MemoryReport { used_bytes: 100, limit_bytes: None }),
            records_per_second: 2.5,
            bytes_per_second: 100.0,
            oldest: Some(ten()),
            retention: RetentionReport { age_seconds: 86_400.0, size_bytes: None },
            last_seal: None,
            judge_lag_ms: Some(1_500),
            errors: vec![ErrorReport { time: ten(), notice: Notice::failed(Code::StdinFailed, "standard input", &"closed"), count: 3 }],
        }
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.live.subscribe()
    }

    fn reload(&self) -> Result<Reloaded, ConfigError> {
        Err(ConfigError {
            path: PathBuf::from("magpie.yaml"),
            problems: vec![Problem::new(7, "unknown monitor `serch`, did you mean `search`?")],
        })
    }

    fn faults(&self) -> Option<Vec<FaultReport>> {
        self.faults.lock().unwrap().clone()
    }

    fn set_fault(&self, name: &str, on: bool) -> Option<FaultReport> {
        let mut faults = self.faults.lock().unwrap();
        let fault = faults.as_mut()?.iter_mut().find(|fault| fault.name == name)?;
        fault.on = on;
        Some(fault.clone())
    }

    fn now(&self) -> Timestamp {
        ten().plus(10 * MINUTE)
    }
}

impl Known {
    fn parser(&self, source: &str) -> ParserReport {
        match self.chosen.lock().unwrap().get(source).cloned() {
            Some((choice, version)) => ParserReport { origin: ParserOrigin::Ui, choice, at: Some(ten()), version: Some(version) },
            None => {
                ParserReport { choice: ParserChoice { format: Some("auto".into()), ..ParserChoice::default() }, ..ParserReport::default() }
            }
        }
    }
}

/// A served API.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) known: Arc<Known>,
    pub(crate) api: Api,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<magpie_api::Result<()>>,
    _dir: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// `change` may set the limits.
    pub(crate) async fn with(change: impl FnOnce(&mut Api)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Arc::new(config());
        let declared =
            Declared { fields: config.fields.clone().into(), base: config.base.clone(), bucket: config.bucket, recipes: Vec::new() };
        let telemetry = EmbeddedTelemetry::open(dir.path(), declared, Options::default()).unwrap();
        let state = SqliteState::open(dir.path()).unwrap();
        telemetry.append(history(&config)).unwrap();
        let judged = Judged {
            state: vec![],
            bucket: ten(),
            alerts: vec![alert(AlertState::Firing), alert(AlertState::Resolved)],
            withdrawn: vec![],
        };
        state.commit_judged(&judged).unwrap();
        let state: Arc<dyn StateStore> = Arc::new(state);
        let known = Arc::new(Known {
            config,
            access: Mutex::default(),
            made: Mutex::default(),
            state: Arc::clone(&state),
            live: Live::default(),
            verdict: Mutex::default(),
            closed_before: Mutex::default(),
            faults: Mutex::default(),
            stall: Mutex::default(),
            uploaded: Mutex::default(),
            chosen: Mutex::default(),
            asked: Notify::new(),
        });
        let mut api = Api::new(Arc::new(telemetry), state, Arc::clone(&known) as Arc<dyn Backend>);
        // The same whether the web UI was built or not.
        api.pages = &[];
        change(&mut api);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(magpie_api::serve(listener, api.clone(), async {
            let _ = stopped.await;
        }));
        Self { address, known, api, stop: Some(stop), served, _dir: dir }
    }

    /// Stores more records.
    pub(crate) fn append(&self, more: &[Record]) {
        let fields = &self.known.config.fields;
        let (mut records, mut dictionaries) = (Records::new(fields.len()), Dictionaries::default());
        more.iter().for_each(|record| records.push(record, fields, &mut dictionaries));
        let batch = RecordBatch { records, dictionaries: dictionaries.into(), fields: fields.clone().into() };
        self.api.telemetry.append(Append { batches: vec![batch], ..Append::default() }).unwrap();
    }

    /// Begins the shutdown.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until nothing is served any more.
    pub(crate) async fn ended(self) -> magpie_api::Result<()> {
        self.served.await.unwrap()
    }
}

fn config() -> Config {
    let threshold = Threshold {
        monitor: "modules".into(),
        field: "elapsed_ms".into(),
        aggregate: Some(Aggregate::Avg),
        condition: Condition::Above(200.0),
        hold: MINUTE,
        severity: AlertSeverity::Critical,
        labels: [("team".to_owned(), "video".to_owned())].into(),
    };
    let monitor = Monitor { thresholds: vec![threshold], ..Monitor::plain("modules", &[Column::SourceModule, Column::TargetModule]) };
    let source = |name: &str| Source { name: name.into(), module: Some("shop".into()), ..Source::default() };
    Config { monitors: vec![monitor], sources: vec![source("web"), source("idle")], zone: "Asia/Shanghai".into(), ..Config::default() }
}

/// Twenty calls, two per minute: `web` → `video`, 100 ms more every minute, and `batch` → `video`, with an error in the last.
fn history(config: &Config) -> Append {
    let (mut records, mut dictionaries) = (Records::new(config.fields.len()), Dictionaries::default());
    let by = vec![Column::SourceModule, Column::TargetModule];
    let mut table = PartialTable::new("modules".into(), by, config.fields.clone().into());
    for nth in 0..20 {
        let record = call(nth);
        records.push(&record, &config.fields, &mut dictionaries);
        let mut partial = Partial::new(&config.fields);
        partial.records = 1;
        for (values, spec) in partial.fields.iter_mut().zip(&config.fields) {
            if let Some(&value) = record.fields.get(&spec.name) {
                values.add(value);
            }
        }
        let mut key = Key { side: record.side, ..Key::default() };
        key.codes[0] = table.dictionaries[0].intern(record.text(Column::SourceModule).unwrap_or(""));
        key.codes[1] = table.dictionaries[1].intern("video");
        table.rows.push(PartialRow { bucket: config.bucket.start(record.time), key, partial });
    }
    let counts = (0..10).map(|minute| SourceCount {
        input: "web".into(),
        bucket: ten().plus(minute * MINUTE),
        parsed: 2,
        unparsed: u64::from(minute == 9),
        ..SourceCount::default()
    });
    Append {
        batches: vec![RecordBatch { records, dictionaries: dictionaries.into(), fields: config.fields.clone().into() }],
        partials: vec![table],
        counts: counts.collect(),
        watermark: Some(ten().plus(10 * MINUTE)),
        ..Append::default()
    }
}

/// The `nth` call of the history.
pub(crate) fn call(nth: i64) -> Record {
    let (minute, is_batch) = (nth / 2, nth % 2 == 1);
    let failed = nth == 19;
    let mut record = Record {
        id: 0x1000 + nth as u64,
        time: ten().plus(minute * MINUTE + if is_batch { 30 * SECOND } else { 0 }),
        kind: Kind::Call,
        severity: if failed { Severity::Error } else { Severity::Info },
        side: Side::Callee,
        message: format!("GET /video/{nth}?q=猫 {}", if failed { "failed" } else { "ok" }),
        trace_id: format!("{nth:032x}"),
        attributes: vec![("user".into(), format!("u{}", nth % 3))],
        ..Record::default()
    };
    record.set(Column::SourceModule, if is_batch { "batch" } else { "web" });
    record.set(Column::Source, if is_batch { "10.0.0.2" } else { "10.0.0.1" });
    record.set(Column::TargetModule, "video");
    record.set(Column::Target, "10.0.9.4");
    record.set(Column::Service, "/video/{id}");
    record.set(Column::Status, if failed { "500" } else { "200" });
    record.set(Column::Input, "web");
    record.set(Column::File, "access.log");
    record.offset = 100 * nth as u64;
    record.fields.insert("elapsed_ms".into(), if is_batch { 5 } else { 100 * minute } * MILLISECOND);
    record.fields.insert("bytes".into(), 512);
    record.fields.insert("error".into(), i64::from(failed));
    record
}

/// `web` → `video` is slow, or `batch` → `video` was.
pub(crate) fn alert(state: AlertState) -> Alert {
    let resolved = state == AlertState::Resolved;
    Alert {
        id: if resolved { "00000000000000bb" } else { "00000000000000aa" }.into(),
        monitor: "modules".into(),
        dimensions: [("source_module", if resolved { "batch" } else { "web" }), ("target_module", "video")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        field: "elapsed_ms".into(),
        aggregate: Some(Aggregate::Avg),
        condition: Condition::Above(200.0),
        state,
        severity: AlertSeverity::Critical,
        labels: [("team".to_owned(), "video".to_owned())].into(),
        value: Some(900.0),
        since: ten().plus(if resolved { 0 } else { 3 * MINUTE }),
        fired: Some(ten().plus(4 * MINUTE)),
        resolved: resolved.then(|| ten().plus(5 * MINUTE)),
        judged: ten().plus(9 * MINUTE),
        complete: 0.97,
        no_data: false,
        provisional: false,
    }
}

/// What the pipeline says of the pattern `<`.
fn unclosed() -> ParseRefusal {
    let told = magpie_model::Code::PatternUnclosed.with(&[]);
    let mistake = Problem { column: Some(1), ..Problem::of_member("pattern", 0, "pattern, column 1: this `<` is never closed", told) };
    ParseRefusal { mistakes: vec![mistake] }
}
