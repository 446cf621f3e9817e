//! The ten loghub sets, a web site's access log, and two systems seen as interactions: `auto`, and the configurations in `examples/`.
//!
//! What a line means is taken from the structured tables that come with the data; nobody here wrote either. Skipped when
//! the data is absent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use magpie_model::config::{self, Config, Source};
use magpie_model::origin::{Chunk, Origin};
use magpie_model::{Column, Kind, Record, Severity, Timestamp};
use magpie_pipeline::normalise::plan::{Keep, Plan};
use magpie_pipeline::normalise::{Intake, Normaliser};

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn data(file: &str) -> Option<Vec<u8>> {
    let path = magpie_testkit::shared("data")?.join(file);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn example(file: &str) -> Config {
    let path = workspace().join("examples").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    config::read(&text, Path::new(file), &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

fn auto() -> Config {
    Config {
        sources: vec![Source { name: "auto".to_owned(), multiline: config::Multiline::Off, ..Source::default() }],
        ..Config::default()
    }
}

/// All records of a file, in the order of its lines. The file was last changed at the end of 2005.
fn records(config: &Config, bytes: Vec<u8>) -> Vec<Record> {
    let plan = Plan::compile(config).unwrap_or_else(|problems| panic!("{problems:?}"));
    let modified = Timestamp::parse_rfc3339("2005-12-31T00:00:00Z").unwrap();
    let origin = Arc::new(Origin::new(0, "here".into(), "x.log".into(), 1, modified));
    let end = bytes.len() as u64;
    let mut intake = Intake::new(Arc::clone(&plan));
    let mut works =
        intake.take(Chunk { origin, offset: 0, bytes, cuts: Vec::new(), first_line: 1, end, events: Vec::new(), entries: Vec::new() });
    works.extend(intake.flush_all());
    let mut operator = Normaliser::new(plan, Keep::Everything);
    let now = Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").unwrap();
    works.iter().for_each(|work| operator.normalise(work, now));
    let batch = operator.take_batch();
    (0..batch.records.len()).map(|row| batch.records.get(row, &batch.fields, &batch.dictionaries)).collect()
}

/// The rows of a structured table, each as name → text.
fn table(csv: &[u8]) -> Vec<std::collections::HashMap<String, String>> {
    let text = String::from_utf8_lossy(csv).replace("\r\n", "\n");
    let mut rows = text.lines().map(split_csv);
    let header = rows.next().expect("a header");
    rows.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn split_csv(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// The set, its level column, its component column, and the moments of its first and last line.
const SETS: [(&str, &str, &str, &str, &str); 10] = [
    ("Apache", "Level", "", "2005-12-04T04:47:44Z", "2005-12-05T19:15:57Z"),
    ("BGL", "Level", "Component", "2005-06-03T22:42:50.675872Z", ""),
    ("HDFS", "Level", "Component", "2008-11-09T20:36:15Z", ""),
    ("Hadoop", "Level", "Component", "2015-10-18T18:01:47.978Z", ""),
    ("HealthApp", "", "Component", "2017-12-23T22:15:29.606Z", ""),
    ("Linux", "", "Component", "2005-06-14T15:16:01Z", ""),
    ("OpenSSH", "", "Component", "2005-12-10T06:55:46Z", ""),
    ("OpenStack", "Level", "Component", "2017-05-16T00:00:00.008Z", ""),
    ("Spark", "Level", "Component", "2017-06-09T20:10:40Z", ""),
    ("Zookeeper", "Level", "Component", "2015-07-29T17:41:44.747Z", ""),
];

#[test]
fn auto_finds_time_and_level() {
    for (set, level, ..) in SETS {
        let Some(log) = data(&format!("loghub/{set}_2k.log")) else { return };
        let found = records(&auto(), log);
        let timed = found.iter().filter(|record| record.marks & magpie_model::record::mark::NO_TIME == 0).count();
        assert_eq!(found.len(), 2000, "{set}");
        assert!(timed >= 1980, "{set}: {timed} times");
        let levels = found.iter().filter(|record| record.severity != Severity::Unset).count();
        assert!(level.is_empty() || levels >= 1980, "{set}: {levels} levels");
    }
}

#[test]
fn auto_reads_every_line_of_an_access_log() {
    let Some(log) = data("elastic/apache_logs") else { return };
    let found = records(&auto(), log);
    assert_eq!(found.len(), 10_000);
    for record in &found {
        let whole = record.kind == Kind::Call && record.text(Column::ParseError).is_none() && record.text(Column::Source).is_some();
        assert!(whole && record.text(Column::Status).is_some() && record.marks == 0, "{record:?}");
    }
}

#[test]
fn our_configurations_agree_with_the_structured_tables() {
    for (set, level, component, first, last) in SETS {
        let (Some(log), Some(csv)) = (data(&format!("loghub/{set}_2k.log")), data(&format!("loghub/{set}_2k.log_structured.csv"))) else {
            return;
        };
        let found = records(&example(&format!("loghub/{}.yaml", set.to_lowercase())), log);
        let rows = table(&csv);
        assert_eq!(found.len(), rows.len(), "{set}");
        assert_eq!(found[0].time.to_string(), first, "{set}");
        assert!(last.is_empty() || found[1999].time.to_string() == last, "{set}: {}", found[1999].time);
        let mut equal = 0;
        for (record, row) in found.iter().zip(&rows) {
            let same_level = level.is_empty() || Severity::from_word(&row[level]) == Some(record.severity);
            let same_component = component.is_empty() || record.text(Column::Component) == Some(row[component].as_str());
            let same_content = record.message.trim() == row["Content"].trim();
            let same = same_level && same_component && same_content && same_time(set, record, row);
            equal += usize::from(same);
            if !same {
                eprintln!("{set}: {record:?}\n  is not {row:?}");
            }
        }
        assert!(equal >= 1990, "{set}: {equal} of 2000 lines");
        eprintln!("{set}: {equal} of 2000 lines");
    }
}

/// Whether the record's time is what the row's own columns say.
fn same_time(set: &str, record: &Record, row: &std::collections::HashMap<String, String>) -> bool {
    let shown = record.time.to_string();
    let clock = shown.get(11..19).unwrap_or_default();
    match set {
        // The table has the epoch, which no zone can bend.
        "BGL" => (record.time.0 / 1_000_000_000).to_string() == row["Timestamp"],
        "HealthApp" => {
            let part = |at: usize| row["Time"].split(['-', ':']).nth(at).and_then(|part| part.parse::<u32>().ok());
            let own = |from: usize| shown.get(from..from + 2).and_then(|part| part.parse::<u32>().ok());
            (own(11), own(14), own(17)) == (part(1), part(2), part(3))
        }
        "HDFS" => clock.replace(':', "") == row["Time"],
        "Apache" => row["Time"].contains(clock),
        _ => row["Time"].starts_with(clock),
    }
}

#[test]
fn nova_api_lines_are_interactions() {
    let Some(log) = data("loghub/OpenStack_2k.log") else { return };
    let lines = String::from_utf8_lossy(&log).lines().filter(|line| line.contains(" HTTP/1.1\" status: ")).count();
    let found = records(&example("openstack.yaml"), log);
    let calls: Vec<&Record> = found.iter().filter(|record| record.kind == Kind::Call).collect();
    assert_eq!((found.len(), calls.len()), (2000, lines));
    let first = calls[0];
    let words =
        [Column::Source, Column::TargetModule, Column::Status, Column::Operation].map(|column| first.text(column).unwrap_or_default());
    assert_eq!(words, ["10.11.10.1", "nova-api", "200", "GET"]);
    assert_eq!((first.fields["elapsed_ms"], first.fields["bytes"]), (247_782_900, 1893));
    let services: std::collections::BTreeSet<&str> = calls.iter().filter_map(|record| record.text(Column::Service)).collect();
    assert!(services.len() < 30, "routes are templates: {services:#?}");
    assert!(calls.iter().all(|record| !record.text(Column::Service).unwrap_or_default().contains("54fadb412c4e40cdbaed9335e4c35a9e")));
}

#[test]
fn transfers_between_data_nodes_are_interactions() {
    let Some(log) = data("loghub/HDFS_2k.log") else { return };
    let lines = String::from_utf8_lossy(&log).lines().filter(|line| line.contains(" src: /") && line.contains(" dest: /")).count();
    let found = records(&example("hdfs.yaml"), log);
    let calls: Vec<&Record> = found.iter().filter(|record| record.kind == Kind::Call).collect();
    assert_eq!((found.len(), calls.len()), (2000, lines));
    let words = [Column::Source, Column::SourceModule, Column::Service, Column::Target, Column::TargetModule]
        .map(|column| calls[0].text(column).unwrap_or_default());
    assert_eq!(words, ["10.251.30.6", "hdfs", "receiving block", "10.251.30.6", "hdfs"]);
}

/// Container logs of the Train Ticket system: Docker's wrapper, then the application's own line.
#[test]
fn auto_looks_into_train_tickets_containers() {
    let Some(shared) = magpie_testkit::shared("") else { return };
    let tool = shared.join("tools/trainticket.py");
    let out = std::env::temp_dir().join(format!("magpie-containers-{}", std::process::id()));
    let mut command = std::process::Command::new("python3");
    command.arg(&tool).arg("containers").arg(shared.join("data/trainticket-2023-01-29")).arg(&out);
    if !tool.is_file() || !command.status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no shared data (MAGPIE_SHARED), or no python3");
        return;
    }
    let mut lines = 0;
    for node in std::fs::read_dir(&out).unwrap() {
        for pod in std::fs::read_dir(node.unwrap().path()).unwrap() {
            let path = pod.unwrap().path();
            let found = records(&auto(), std::fs::read(&path).unwrap());
            lines += found.len();
            for record in &found {
                let of_application = record.text(Column::Component).is_some_and(|name| name.contains('.')) && record.trace_id.len() == 32;
                let is_message = !record.message.is_empty() && !record.message.contains("TraceID") && !record.message.starts_with('{');
                let has_time = record.time > Timestamp::parse_rfc3339("2023-01-29T00:00:00Z").unwrap();
                assert!(of_application && is_message && has_time && record.severity != Severity::Unset, "{}: {record:?}", path.display());
            }
        }
    }
    std::fs::remove_dir_all(&out).unwrap();
    assert!(lines > 30_000, "{lines}");
}
