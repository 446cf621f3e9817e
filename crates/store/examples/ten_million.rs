//! Measures the embedded store on ten million records: writing, room on disk, and the five queries of requirement A7.
//!
//! `cargo run --release -p magpie-store --example ten_million [RECORDS] [DIRECTORY]`. Records have 15 columns and messages
//! of about 120 bytes, drawn from a seed, over one day; they are appended in batches of 8,192 as the pipeline does and
//! sealed at 64 MiB. With a directory, the data is kept there and used again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use magpie_model::query::{ColumnFilter, HistogramQuery, RecordQuery, TextMatch, TimeRange};
use magpie_model::record::{Dictionaries, RecordBatch, Records};
use magpie_model::{Bucketing, Column, FieldSpec, Kind, Severity, Timestamp, time};
use magpie_store::embedded::{EmbeddedTelemetry, Options};
use magpie_store::{Append, Declared, SealReason, TelemetryStore};

const BATCH: usize = 8_192;
const SEAL_BYTES: u64 = 64 << 20;
const START: i64 = 1_795_305_600 * time::SECOND;
const APPLICATIONS: [&str; 12] =
    ["billing", "catalog", "checkout", "gateway", "mail", "order", "payment", "report", "search", "stock", "user", "video"];
const OPERATIONS: [&str; 6] = ["read", "transform", "validate", "write", "send", "commit"];
const VERBS: [&str; 8] = ["accepted", "processed", "forwarded", "rejected", "retried", "stored", "received", "completed"];
/// In one record of a million.
const RARE: &str = "flibbertigibbet";

fn fields() -> Arc<[FieldSpec]> {
    Arc::new([FieldSpec::elapsed(), FieldSpec::bytes(), FieldSpec::error()])
}

/// Makes batches; the same for the same count.
struct Generator {
    random: fastrand::Rng,
    dictionaries: Dictionaries,
    fields: Arc<[FieldSpec]>,
    made: u64,
    total: u64,
}

impl Generator {
    fn new(total: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(7), dictionaries: Dictionaries::default(), fields: fields(), made: 0, total }
    }

    fn batch(&mut self) -> Option<RecordBatch> {
        let rows = BATCH.min((self.total - self.made) as usize);
        if rows == 0 {
            return None;
        }
        let mut records = Records::new(self.fields.len());
        let mut message = String::new();
        (0..rows).for_each(|_| self.push(&mut records, &mut message));
        Some(RecordBatch { records, dictionaries: self.dictionaries.clone().into(), fields: Arc::clone(&self.fields) })
    }

    fn push(&mut self, records: &mut Records, message: &mut String) {
        use std::fmt::Write;
        let random = &mut self.random;
        let number = self.made;
        self.made += 1;
        // Runs of 20 records; several hundred runs are under way at once.
        let job = number / 20_000 * 1_000 + random.u64(0..1_000);
        let application = APPLICATIONS[(job % 12) as usize];
        let elapsed = random.i64(1_000_000..400_000_000);
        let bytes = random.i64(200..60_000);
        let failed = random.u32(0..50) == 0;
        let severity =
            if failed { Severity::Error } else { [Severity::Info, Severity::Info, Severity::Debug, Severity::Warn][random.usize(0..4)] };
        message.clear();
        let verb = VERBS[random.usize(0..8)];
        let rare = if number % 1_000_000 == 500_000 { RARE } else { "message" };
        let _ = write!(
            message,
            "{application} worker-{} {verb} {rare} order {} for customer {} from 10.0.{}.{} in {:.3} ms, {bytes} bytes, job {job:08x}",
            random.u32(0..32),
            random.u32(0..10_000_000),
            random.u32(0..100_000),
            random.u32(0..16),
            random.u32(0..256),
            elapsed as f64 / 1e6,
        );
        records.id.push(fastrand::Rng::with_seed(number).u64(..));
        records.time.push(START + (number as i128 * i128::from(time::DAY) / i128::from(self.total)) as i64);
        records.kind.push(Kind::Run as u8);
        records.severity.push(severity as u8);
        records.side.push(0);
        records.marks.push(0);
        for column in Column::ALL {
            let words = self.dictionaries.of_mut(column);
            records.text[column.index()].push(match column {
                Column::Region => words.intern(["cn-north", "cn-east", "eu-west"][(job % 3) as usize]),
                Column::Application => words.intern(application),
                Column::Version => words.intern(["1.4.0", "1.4.1", "2.0.0"][(job % 5 % 3) as usize]),
                Column::Flow => words.intern(&format!("{application}-flow-{}", job % 7)),
                Column::Component => words.intern(["http", "database", "logger", "mapper"][random.usize(0..4)]),
                Column::Operation => words.intern(OPERATIONS[random.usize(0..6)]),
                Column::Host => words.intern(&format!("10.0.1.{}", job % 40)),
                Column::File => words.intern(&format!("/var/log/{application}.log")),
                _ => 0,
            });
        }
        records.fields[0].push(elapsed);
        records.fields[1].push(bytes);
        records.fields[2].push(i64::from(failed));
        records.message.push(message);
        records.job_id.push(&format!("{job:08x}"));
        records.trace_id.push("");
        records.span_id.push("");
        records.attempt.push(1);
        records.offset.push(number * 130);
        records.attributes.end_row();
    }
}

fn write(store: &EmbeddedTelemetry, total: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut generator = Generator::new(total);
    let (mut spent, mut used) = (Duration::ZERO, Duration::ZERO);
    let mut open = 0;
    while let Some(batch) = generator.batch() {
        open += batch.records.memory() as u64;
        // Only the store's work counts, not the making of records.
        let (begun, cpu_before) = (Instant::now(), cpu());
        store.append(Append { batches: vec![batch], ..Append::default() })?;
        if open >= SEAL_BYTES {
            store.seal(SealReason::Size)?;
            open = 0;
        }
        spent += begun.elapsed();
        used += cpu() - cpu_before;
    }
    let (begun, cpu_before) = (Instant::now(), cpu());
    store.seal(SealReason::Shutdown)?;
    spent += begun.elapsed();
    used += cpu() - cpu_before;
    let rows = total as f64 / 1e6;
    println!("written: {:.2} M rows/s, {:.2} µs of CPU per row", rows / spent.as_secs_f64(), used.as_secs_f64() / rows);
    Ok(())
}

/// CPU time of this process, from Linux's accounting in hundredths of a second; nothing elsewhere.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Least and middle time of seven runs, after one to warm up.
fn measure<T>(mut query: impl FnMut() -> Result<T, magpie_store::Error>) -> Result<(T, Duration, Duration), magpie_store::Error> {
    let mut last = query()?;
    let mut times = Vec::new();
    for _ in 0..7 {
        let begun = Instant::now();
        last = query()?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok((last, times[0], times[3]))
}

fn show(name: &str, found: u64, least: Duration, middle: Duration, target: &str) {
    println!("| {name} | {found} | {:.1} ms | {:.1} ms | {target} |", least.as_secs_f64() * 1e3, middle.as_secs_f64() * 1e3);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let total: u64 = std::env::args().nth(1).map_or(Ok(10_000_000), |text| text.parse())?;
    let kept: Option<PathBuf> = std::env::args().nth(2).map(Into::into);
    let temporary = std::env::temp_dir().join(format!("magpie-ten-million-{}", std::process::id()));
    let dir = kept.clone().unwrap_or_else(|| temporary.clone());
    let declared = Declared { fields: fields(), base: Column::DIMENSIONS.to_vec(), bucket: Bucketing::minute(), recipes: Vec::new() };
    let store = EmbeddedTelemetry::open(&dir, declared, Options::default())?;
    if store.stats().rows == 0 {
        write(&store, total)?;
        let begun = Instant::now();
        let mut merged = 0;
        loop {
            let step = store.compact()?;
            if step.segments == 0 {
                break;
            }
            merged += step.rows;
        }
        println!("compacted: {:.2} M rows/s, {merged} rows rewritten", merged as f64 / begun.elapsed().as_secs_f64() / 1e6);
    }
    let stats = store.stats();
    println!("stored: {} rows in {} segments, {:.1} B/row\n", stats.rows, stats.segments, stats.bytes as f64 / stats.rows as f64);
    println!("| query | found | least | middle of 7 | target |\n| --- | --- | --- | --- | --- |");
    let all = RecordQuery::range(TimeRange::ALL);
    let filtered = |filter: ColumnFilter| RecordQuery { filters: vec![filter], ..all.clone() };
    let text = |text: TextMatch| RecordQuery { text: Some(text), ..all.clone() };
    let job = format!("{:08x}", total / 2 / 20_000 * 1_000 + 5);
    for (name, query, target) in [
        ("newest 100 of an application", filtered(ColumnFilter::Is(Column::Application, vec!["search".into()])), "20 ms"),
        ("one job id", filtered(ColumnFilter::JobId(job)), "20 ms"),
        ("rare word", text(TextMatch::Words(RARE.into())), "80 ms"),
        ("substring", text(TextMatch::Substring("ibbertigi".into())), "1000 ms"),
    ] {
        let (page, least, middle) = measure(|| store.search(&query))?;
        show(name, page.records.len() as u64, least, middle, target);
    }
    let by_level = HistogramQuery { records: all.clone(), step: time::MINUTE, by: None };
    let (bars, least, middle) = measure(|| store.histogram(&by_level))?;
    show("per-minute counts by level", bars.iter().map(|bar| bar.records).sum(), least, middle, "250 ms");
    let (record, least, middle) = measure(|| store.record(fastrand::Rng::with_seed(total / 3).u64(..)))?;
    show("one record by id", u64::from(record.is_some_and(|record| record.time > Timestamp(START))), least, middle, "-");
    drop(store);
    if kept.is_none() {
        std::fs::remove_dir_all(temporary)?;
    }
    Ok(())
}
