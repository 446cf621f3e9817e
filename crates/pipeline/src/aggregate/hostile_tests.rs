//! Input made to break memory: it must stay bounded and the totals exact.
//!
//! In debug builds a million records under ceilings cut to a tenth, in release builds ten million under the real ones.

use magpie_model::config::{Config, Monitor};
use magpie_model::record::{Dictionaries, mark};
use magpie_model::{Column, FieldSpec, Kind, Records, Timestamp, time};

use super::{Ceilings, Folded, Folder};

const SCALE: usize = if cfg!(debug_assertions) { 10 } else { 1 };
const RECORDS: usize = 10_000_000 / SCALE;
const BATCH: usize = 8_192;

fn config() -> Config {
    let limits = Config::default().limits;
    Config {
        fields: vec![FieldSpec::elapsed(), FieldSpec::error()],
        monitors: vec![Monitor::plain("clients", &[Column::Source]), Monitor::plain("calls", &Column::DIMENSIONS)],
        limits: magpie_model::config::Limits {
            services: limits.services / SCALE,
            sources: limits.sources / SCALE,
            values: limits.values / SCALE,
            combinations: limits.combinations / SCALE,
            open_buckets: limits.open_buckets / SCALE,
        },
        ..Config::default()
    }
}

fn ceilings(config: &Config) -> Ceilings {
    let real = Ceilings::from(&config.limits);
    Ceilings { open_rows: real.open_rows / SCALE, notes: real.notes / SCALE, kept_bytes: real.kept_bytes / SCALE, ..real }
}

/// What came of the hostile input: rows and totals, and the greatest memory the folder held meanwhile.
struct Outcome {
    folded: Folded,
    peak: usize,
    marked: u64,
    sum: i128,
}

/// Folds calls whose words and time `fill` decides; the elapsed time is the record's number.
fn endure(fill: impl Fn(usize, &mut Dictionaries, &mut Records)) -> Outcome {
    let config = config();
    let limits = config.limits;
    let mut dictionaries = Dictionaries::with_ceilings(|column| match column {
        Column::Service => limits.services,
        Column::Source => limits.sources,
        _ => limits.values,
    });
    let mut folder = Folder::with(&config, ceilings(&config), false);
    let mut records = Records::new(2);
    let (mut peak, mut marked, mut sum) = (0, 0, 0i128);
    for start in (0..RECORDS).step_by(BATCH) {
        records.clear();
        for number in start..(start + BATCH).min(RECORDS) {
            records.kind.push(Kind::Call as u8);
            records.severity.push(0);
            records.side.push(0);
            records.marks.push(0);
            records.fields[0].push(number as i64);
            records.fields[1].push(1);
            records.text.iter_mut().for_each(|codes| codes.push(0));
            fill(number, &mut dictionaries, &mut records);
            sum += number as i128;
        }
        let rows = 0..records.len();
        folder.fold(&mut records, &dictionaries, rows);
        marked += records.marks.iter().filter(|&&marks| marks & mark::FOLDED != 0).count() as u64;
        peak = peak.max(folder.memory());
    }
    Outcome { folded: folder.finish(&dictionaries), peak, marked, sum }
}

fn set(records: &mut Records, column: Column, code: u32) {
    if let Some(last) = records.text[column.index()].last_mut() {
        *last = code;
    }
}

/// Every monitor must hold every record and its value, whatever became of the words.
fn assert_exact(outcome: &Outcome) {
    for monitor in ["clients", "calls"] {
        let (mut records, mut sum, mut set) = (0, 0, 0);
        outcome.folded.rows(monitor).unwrap().for_each_row(|row| {
            records += row.partial.records;
            sum += row.partial.fields[0].sum;
            set += row.partial.fields[1].set;
        });
        assert_eq!((records, sum, set), (RECORDS as u64, outcome.sum, RECORDS as u64), "totals of {monitor}");
    }
    let counts = outcome.folded.counts();
    assert_eq!((counts.folded, counts.other), (RECORDS as u64, outcome.marked));
}

fn megabytes(bytes: usize) -> usize {
    bytes >> 20
}

/// Bytes that one folder may hold: kept rows, and the open ones with their notes.
fn bound() -> usize {
    (96 + 160) / SCALE
}

#[test]
fn ten_million_distinct_values() {
    let outcome = endure(|number, dictionaries, records| {
        records.time.push(number as i64 * time::MILLISECOND / 10);
        let code = dictionaries.of_mut(Column::Source).intern(&format!("10.{number}"));
        set(records, Column::Source, code);
    });
    assert_exact(&outcome);
    assert!(megabytes(outcome.peak) < bound(), "{} MB", megabytes(outcome.peak));
}

#[test]
fn ten_million_distinct_five_fold_combinations() {
    // 26^5 combinations of few words each: no dictionary ever fills, only the combinations do.
    let outcome = endure(|number, dictionaries, records| {
        records.time.push(number as i64);
        let mut rest = number;
        for column in Column::DIMENSIONS {
            let code = dictionaries.of_mut(column).intern(
                [
                    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x",
                    "y", "z",
                ][rest % 26],
            );
            set(records, column, code);
            rest /= 26;
        }
    });
    assert_exact(&outcome);
    assert_eq!(outcome.marked as usize, RECORDS - config().limits.combinations, "one bucket, so all others fold");
    assert!(megabytes(outcome.peak) < bound(), "{} MB", megabytes(outcome.peak));
}

#[test]
fn random_times_over_fifty_years() {
    let outcome = endure(|number, dictionaries, records| {
        // A fixed multiplication scatters the numbers over the years.
        let scattered = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) % (50 * 366 * 24 * 3_600);
        records.time.push(Timestamp::from_seconds(scattered as i64).0);
        let code = dictionaries.of_mut(Column::TargetModule).intern("video");
        set(records, Column::TargetModule, code);
    });
    assert_exact(&outcome);
    assert!(outcome.folded.counts().drained_early > 0);
    assert!(outcome.folded.counts().coarse > 0, "the ceiling of kept rows was not reached");
    assert!(megabytes(outcome.peak) < bound(), "{} MB", megabytes(outcome.peak));
}
