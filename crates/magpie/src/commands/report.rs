//! `magpie report`: what is in these logs?
//!
//! Sets up monitors from the command line or the configuration, lets `engine` fold, judges every bucket in time order,
//! and hands the outcome to one of the forms in `report`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use magpie_model::alert::AlertState;
use magpie_model::completeness::Completeness;
use magpie_model::config::{Config, Monitor};
use magpie_model::graph::Graph;
use magpie_model::{Aggregate, Alert, Bucketing, Column, Kind, PartialRow, PartialTable, Timestamp, time};
use magpie_pipeline::aggregate::{self, Folded};
use magpie_pipeline::judge::{JudgeState, Rules};
use magpie_pipeline::normalise::counts::Counts;
use magpie_pipeline::normalise::plan::Plan;
use magpie_pipeline::normalise::spans::PairingCounts;

use super::{measures, output};
use crate::cli::ReportArgs;
use crate::engine::{self, Outcome, inputs, shown};
use crate::error::{Error, Result, chain};
use crate::report::{self, FormatCount, MonitorTable, ReasonCount, Report, View};
use crate::serve::now;
use crate::stderr;

/// Name of the monitor over everything, for the sparkline.
const EVERYTHING: &str = "(everything)";
/// Name of the monitor over the modules, for the picture when the first monitor has too many edges.
const MODULES: &str = "modules";
/// Edges that a picture with services may have.
const MOST_EDGES: usize = 60;

/// Exits with 3 when asked to fail on alerts and one fired.
pub(super) fn run(args: &ReportArgs) -> Result<ExitCode> {
    let (mut config, inputs) = inputs::resolve(&args.files, &args.read)?;
    let (view, asked) = prepare(&mut config, args)?;
    let plan = Plan::compile(&config).map_err(|problems| Error::config(&config.path, problems))?;
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from).min(256));
    let bar = output::ReadingBar::new(args.quiet);
    let outcome = engine::run(&config, &plan, &inputs, threads, now(), &|progress| bar.show(progress));
    bar.clear();
    let unreadable = tell_unreadable(&outcome);
    let report = assemble(&config, outcome, args, threads);
    for warning in measures::absent(&asked, &report.monitors) {
        stderr::tell(format_args!("warning: {warning}"));
    }
    write(&report, view, threads, args)?;
    let fired = report.alerts.iter().any(|alert| alert.fired.is_some());
    Ok(ExitCode::from(if unreadable {
        1
    } else if args.fail_on_alert && fired {
        3
    } else {
        0
    }))
}

fn tell_unreadable(outcome: &Outcome) -> bool {
    let mut any = false;
    for file in &outcome.files {
        if let Some(error) = &file.error {
            any = true;
            stderr::tell(format_args!("warning: {}; what stands before is in the report", chain(error)));
        }
    }
    any
}

/// Puts what the command line says into the configuration. Also gives the fields that it names.
fn prepare(config: &mut Config, args: &ReportArgs) -> Result<(View, Vec<String>)> {
    if let Some(bucket) = &args.bucket {
        let nanos = time::parse_duration(bucket).and_then(Bucketing::new);
        config.bucket = nanos.ok_or_else(|| Error::Usage(format!("`{bucket}` is not a length of a bucket; write it as 1m, 30s or 1h")))?;
    }
    if args.read.config.is_none() {
        keep_percentiles(config);
    }
    let fields = args.field.iter().map(|text| measures::field(text, config)).collect::<Result<Vec<_>>>()?;
    let by = measures::columns(&args.by)?;
    let x = match args.x.as_slice() {
        [only] if only == "time" => Vec::new(),
        several if several.iter().any(|name| name == "time") => {
            let help = "write --x time, and name the dimensions with --by";
            return Err(Error::Usage(format!("`time` stands alone on the horizontal axis; {help}")));
        }
        dimensions => measures::columns(dimensions)?,
    };
    monitors(config, &by, &x, args.read.config.is_some());
    let first = config.monitors[0].name.clone();
    let mut asked: Vec<String> = fields.iter().map(|(at, _)| config.fields[*at].name.clone()).collect();
    for text in &args.threshold {
        let rule = measures::threshold(text, &first, config)?;
        asked.push(rule.field.clone());
        for monitor in config.monitors.iter_mut().filter(|monitor| monitor.name == first || monitor.name == MODULES) {
            monitor.thresholds.push(magpie_model::Threshold { monitor: monitor.name.clone(), ..rule.clone() });
        }
    }
    Ok((View { x, fields, top: args.top, color: false, width: 0 }, asked))
}

/// A report without a configuration shows percentiles of everything measured.
fn keep_percentiles(config: &mut Config) {
    for spec in config.fields.iter_mut().filter(|spec| !spec.flag) {
        for aggregate in [Aggregate::P50, Aggregate::P90, Aggregate::P95, Aggregate::P99] {
            if !spec.aggregates.contains(&aggregate) {
                spec.aggregates.push(aggregate);
            }
        }
    }
}

/// The monitors of a report: what `--by` asks for, else the configured ones, else a useful set; plus what the picture,
/// the sparkline and `--x` need.
fn monitors(config: &mut Config, by: &[Column], x: &[Column], configured: bool) {
    let mut monitors = Vec::new();
    if !by.is_empty() {
        let name: Vec<&str> = by.iter().map(|column| column.name()).collect();
        monitors.push(Monitor { kinds: kinds_of(by), ..Monitor::plain(&name.join(","), by) });
    } else if configured {
        monitors.append(&mut config.monitors);
    } else {
        monitors.push(Monitor::plain("interactions", &[Column::SourceModule, Column::TargetModule, Column::Service]));
        monitors.push(Monitor::plain(MODULES, &[Column::SourceModule, Column::TargetModule]));
        monitors.push(Monitor { kinds: vec![Kind::Log], ..Monitor::plain("logs", &[Column::TargetModule, Column::Component]) });
    }
    let covers = |monitor: &Monitor| x.iter().all(|column| monitor.by.contains(column));
    if !x.is_empty() && !monitors.iter().any(covers) {
        monitors.push(Monitor::plain("x", x));
    }
    monitors.push(Monitor::plain(EVERYTHING, &[]));
    for column in by.iter().chain(x).filter(|column| column.is_dimension()) {
        if !config.base.contains(column) {
            config.base.push(*column);
        }
    }
    config.monitors = monitors;
}

/// Interactions have the dimensions; a column like `component` is of plain log events too.
fn kinds_of(by: &[Column]) -> Vec<Kind> {
    let of_logs = shown::free_columns(by).into_iter().any(|column| column != Column::Status);
    if of_logs { vec![Kind::Call, Kind::Log] } else { vec![Kind::Call] }
}

fn assemble(config: &Config, outcome: Outcome, args: &ReportArgs, threads: usize) -> Report {
    let folded = Arc::new(outcome.folded);
    let series = shown::series(&folded, EVERYTHING);
    let alerts = judge(config, &folded, series.last().map(|(bucket, _)| *bucket));
    let first = &config.monitors[0];
    let listed = |alert: &&Alert| alert.monitor != MODULES || first.name == MODULES;
    let tables = tables(config, &folded, args, threads);
    let graph = picture(config, &tables, &alerts, range_of(config, &series));
    let mut listed: Vec<Alert> = alerts.iter().filter(listed).cloned().collect();
    listed.sort_by(|left, right| (right.since, &right.id).cmp(&(left.since, &left.id)));
    Report {
        records: outcome.seen.records,
        unparsed: outcome.counts.iter().map(|counts| counts.unparsed).sum(),
        from: outcome.seen.times.map(|(from, _)| from),
        to: outcome.seen.times.map(|(_, to)| to),
        bucket: config.bucket.length(),
        formats: formats(config, &outcome.formats, &outcome.counts),
        reasons: reasons(config, &outcome.counts),
        severities: outcome.seen.severities.clone(),
        fields: config.fields.clone().into(),
        series,
        graph,
        alerts: listed,
        remarks: remarks(&outcome.seen, &outcome.counts, &folded, outcome.pairing),
        monitors: tables,
    }
}

/// Judges each monitor's buckets in time order, up to `last`, the last bucket that anything was in. Pending alerts that never fired
/// and are over are left out.
fn judge(config: &Config, folded: &Folded, last: Option<Timestamp>) -> Vec<Alert> {
    let mut alerts: BTreeMap<String, Alert> = BTreeMap::new();
    for monitor in config.monitors.iter().filter(|monitor| !monitor.thresholds.is_empty()) {
        let alone = Config { monitors: vec![monitor.clone()], ..config.clone() };
        let rules = Rules::new(&alone);
        for alert in judge_monitor(&rules, &monitor.name, folded, last) {
            alerts.insert(alert.id.clone(), alert);
        }
    }
    alerts.into_values().filter(|alert| alert.fired.is_some() || alert.state != AlertState::Resolved).collect()
}

fn judge_monitor(rules: &Rules, monitor: &str, folded: &Folded, last: Option<Timestamp>) -> Vec<Alert> {
    let (mut state, mut alerts) = (JudgeState::default(), Vec::new());
    let Some(rows) = folded.rows(monitor) else { return alerts };
    let empty = || PartialTable::new(monitor.into(), rows.by().to_vec(), rows.fields().into());
    let complete = |bucket| aggregate::completeness(folded.sources(), bucket, Timestamp::MAX, folded.sources().len() as u64);
    let mut table = empty();
    let mut close = |table: &PartialTable, bucket: Timestamp| {
        let completeness: Completeness = complete(bucket);
        alerts.extend(rules.judge_bucket(&mut state, bucket, std::slice::from_ref(table), &completeness));
    };
    shown::for_each_shown(&rows, |bucket, words, partial| {
        if table.rows.first().is_some_and(|row| row.bucket != bucket) {
            close(&table, table.rows[0].bucket);
            table = empty();
        }
        let mut row = PartialRow { bucket, key: Default::default(), partial: partial.clone() };
        for (position, word) in words.iter().enumerate() {
            row.key.codes[position] = table.dictionaries[position].intern(word);
        }
        table.rows.push(row);
    });
    if let Some(row) = table.rows.first() {
        close(&table, row.bucket);
    }
    if let Some(last) = last {
        close(&empty(), last);
    }
    alerts.extend(rules.open_alerts(&state));
    alerts
}

/// The tables of the monitors that are shown, in their order; made at once, those with the most rows first.
fn tables(config: &Config, folded: &Arc<Folded>, args: &ReportArgs, threads: usize) -> Vec<MonitorTable> {
    let shown: Vec<&Monitor> = config.monitors.iter().filter(|monitor| monitor.name != EVERYTHING).collect();
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by_cached_key(|&at| Reverse(folded.rows(&shown[at].name).map_or(0, |rows| rows.kept_bytes())));
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, Option<MonitorTable>)> {
        let taken = std::iter::from_fn(|| order.get(next.fetch_add(1, Ordering::Relaxed)));
        taken.map(|&at| (at, monitor_table(shown[at], folded, args))).collect()
    };
    let mut made = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(shown.len())).map(|_| scope.spawn(work)).collect();
        let mut made = work();
        made.extend(others.into_iter().flat_map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        made
    });
    made.sort_unstable_by_key(|(at, _)| *at);
    made.into_iter().filter_map(|(_, table)| table).collect()
}

fn monitor_table(monitor: &Monitor, folded: &Arc<Folded>, args: &ReportArgs) -> Option<MonitorTable> {
    let (table, is_folded) = if args.json && !args.total {
        // JSON tells all rows and nothing else, so they are read one by one and never stand in memory together.
        let rows = folded.rows(&monitor.name)?;
        (PartialTable::new(monitor.name.as_str().into(), rows.by().to_vec(), rows.fields().into()), true)
    } else {
        shown::table(folded, &monitor.name, args.total)?
    };
    let buckets = (is_folded && !args.total).then(|| Arc::clone(folded));
    Some(MonitorTable {
        name: monitor.name.clone(),
        by: monitor.by.clone(),
        table,
        buckets,
        thresholds: monitor.thresholds.clone(),
        of_calls: monitor.kinds == [Kind::Call],
        total: args.total,
    })
}

fn range_of(config: &Config, series: &[(Timestamp, magpie_model::Partial)]) -> i64 {
    match (series.first(), series.last()) {
        (Some((first, _)), Some((last, _))) => last.since(*first).saturating_add(config.bucket.length()),
        _ => config.bucket.length(),
    }
}

/// The picture of the first monitor that shows calls between modules and is not too crowded.
fn picture(config: &Config, tables: &[MonitorTable], alerts: &[Alert], range: i64) -> Graph {
    let draws = |table: &&MonitorTable| table.by.iter().any(|column| column.is_dimension()) && table.name != "logs";
    let combinations = |table: &MonitorTable| {
        let mut folded = table.table.clone();
        folded.fold_buckets();
        folded.rows.len()
    };
    let calm = tables.iter().filter(draws).find(|table| combinations(table) <= MOST_EDGES && !table.table.rows.is_empty());
    let Some(table) = calm.or_else(|| tables.iter().find(|table| table.name == MODULES)).or_else(|| tables.iter().find(draws)) else {
        return Graph::default();
    };
    // What fired and ended within the report still marks its edge: the picture is of the whole range.
    let marked: Vec<Alert> = alerts
        .iter()
        .map(|alert| Alert { state: if alert.fired.is_some() { AlertState::Firing } else { alert.state }, ..alert.clone() })
        .collect();
    let thresholds = config.monitor(&table.name).map_or(&[][..], |monitor| &monitor.thresholds);
    Graph::draw(table.table.clone(), thresholds, &marked, range)
}

fn formats(config: &Config, files: &[engine::FileFormat], counts: &[Counts]) -> Vec<FormatCount> {
    let mut formats: Vec<FormatCount> = Vec::new();
    let mut last = None;
    for file in files {
        let source = config.sources.get(file.input).map_or_else(|| file.file.clone(), |source| source.name.clone());
        if last == Some((file.input, &file.format)) {
            continue;
        }
        // Counts are kept per source; they stand with the first format its files were read as.
        let counted = counts.get(file.input).filter(|_| last.is_none_or(|(input, _)| input != file.input));
        let read = counted.map(Counts::share_read).filter(|_| config.sources.get(file.input).is_some_and(|source| source.parse.is_own()));
        formats.push(FormatCount {
            source,
            format: file.format.clone(),
            confidence: read.unwrap_or(file.confidence),
            records: counted.map_or(0, |counts| counts.parsed),
            unparsed: counted.map_or(0, |counts| counts.unparsed),
        });
        last = Some((file.input, &file.format));
    }
    formats
}

fn reasons(config: &Config, counts: &[Counts]) -> Vec<ReasonCount> {
    let mut reasons = Vec::new();
    for (source, counts) in config.sources.iter().zip(counts) {
        for (reason, count) in &counts.reasons {
            let samples =
                counts.samples.iter().filter(|sample| sample.reason == *reason).map(|sample| sample.text.clone()).take(5).collect();
            reasons.push(ReasonCount { source: source.name.clone(), reason: reason.0.to_owned(), count: *count, samples });
        }
    }
    reasons.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.source.cmp(&right.source)));
    reasons
}

/// Everything that is not whole, by name; what did not happen is left out.
fn remarks(seen: &engine::Seen, counts: &[Counts], folded: &Folded, pairing: PairingCounts) -> Vec<(&'static str, u64)> {
    let sum = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>();
    let all = [
        ("cut_lines", sum(|counts| counts.cut)),
        ("not_utf8", sum(|counts| counts.lossy)),
        ("skipped_headers", sum(|counts| counts.skipped)),
        ("without_time", seen.untimed),
        ("bad_time", seen.bad_times),
        ("folded_into_other", folded.counts().other),
        ("with_values_in_other", folded.counts().other_values),
        ("late_pairs", pairing.late_pairs),
        ("duplicate_spans", pairing.duplicates),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn write(report: &Report, mut view: View, threads: usize, args: &ReportArgs) -> Result<()> {
    let named = |form: &Option<Option<PathBuf>>| form.clone().flatten();
    let path = args.output.clone().or_else(|| named(&args.html)).or_else(|| named(&args.svg));
    let mut out = output::Output::open(path.as_deref().map(Path::new))?;
    (view.color, view.width) = (out.color, out.width);
    if args.json {
        report::json::write(report, threads, &mut out)?;
    } else if args.csv {
        report::csv::write(report, threads, &mut out)?;
    } else if args.html.is_some() {
        report::html::write(report, &view, &mut out)?;
    } else if args.svg.is_some() {
        report::svg::write(report, &view, &mut out)?;
    } else {
        report::terminal::write(report, &view, &mut out)?;
    }
    out.finish()
}
