//! The commands that ask a running Magpie, and `doctor` on what it left: the real binary on a log of ours.
//!
//! One `serve` follows a small access log; every command is typed as a user would, on a terminal's terms (text) and on a
//! program's (`--json`).

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn magpie(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_magpie"));
    command.args(arguments).env_remove("MAGPIE_SERVER").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A `serve` on a log with calls of the last minutes; killed when dropped.
struct Running {
    child: Child,
    address: String,
    log: PathBuf,
    config: String,
    data: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An access line of `ago` seconds ago.
fn line(ago: i64, path: &str, status: u16) -> String {
    let time = (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(ago)).to_zoned(jiff::tz::TimeZone::UTC);
    format!("10.0.3.17 - - [{}] \"GET {path} HTTP/1.1\" {status} 512 \"-\" \"curl/8.1\"\n", time.strftime("%d/%b/%Y:%H:%M:%S %z"))
}

impl Running {
    fn start(dir: &Path) -> Self {
        let log = dir.join("shop.log");
        let calls: String = (0..6).map(|nth| line(300 - nth, "/item/1", if nth == 5 { 503 } else { 200 })).collect();
        std::fs::write(&log, calls).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (config, data) = (dir.join("magpie.yaml"), dir.join("data"));
        let written = format!(
            "data_dir: {}\nlisten: {free}\nbucket: 5s\nsources:\n  - name: shop\n    module: shop\n    file: {{ include: ['{}'] }}\n    parse: {{ format: combined }}\n\
             monitors:\n  - name: shop-calls\n    by: [source, target_module, service]\n    thresholds:\n      - {{ field: records, above: 0.5, severity: critical }}\n",
            data.display(),
            log.display()
        );
        std::fs::write(&config, written).unwrap();
        let config = config.to_string_lossy().into_owned();
        let child = magpie(&["serve", "-c", &config]).stderr(Stdio::null()).spawn().unwrap();
        Self { child, address: free.to_string(), log, config, data }
    }

    /// A command on this server.
    fn ask(&self, arguments: &[&str]) -> Output {
        magpie(&[arguments, &["--server", &self.address]].concat()).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ask(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
    }

    /// Asks until the answer is as wanted.
    fn wait_for(&self, arguments: &[&str], wanted: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let output = self.ask(arguments);
            let told = text(&output.stdout);
            if output.status.success() && wanted(&told) {
                return told;
            }
            assert!(begin.elapsed() < PATIENCE, "{arguments:?} gives {told} {}", text(&output.stderr));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn stop(mut self) -> (String, PathBuf) {
        let killed = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(killed.success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        (self.config.clone(), self.data.clone())
    }
}

fn doctor(config: &str, more: &[&str]) -> (Option<i32>, Value) {
    let output = magpie(&[&["doctor", "--json", "-c", config], more].concat()).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|_| Value::String(text(&output.stderr))))
}

fn follow(running: &Running) -> (Child, impl Iterator<Item = Value> + use<>) {
    let mut child = magpie(&["logs", "--follow", "--json", "--where", "status=418", "--server", &running.address])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()))
}

fn append(log: &Path, text: &str) {
    std::fs::OpenOptions::new().append(true).open(log).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_running_magpie_is_asked_and_its_directory_examined() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    running.wait_for(&["logs"], |told| told.lines().count() == 6);

    let told = text(&running.ask(&["logs", "--where", "status=503"]).stdout);
    assert!(told.lines().count() == 1 && told.contains("10.0.3.17 → shop  GET /item/{id}  503"), "{told}");
    for (arguments, records) in [
        (&["logs"][..], 6),
        (&["logs", "--limit", "4"], 4),
        (&["logs", "--where", "status!=503"], 5),
        (&["logs", "curl"], 6),
        (&["logs", "status:503"], 1),
        (&["logs", "curl -status:5*", "source:10.*"], 5),
        (&["logs", "status>=500 \"no such text\""], 0),
        (&["logs", "--regex", "\" 50[0-9] "], 1),
        (&["logs", "--words", "no such words"], 0),
        (&["logs", "--to", "now-1h", "--from", "now-2h"], 0),
    ] {
        let page = running.json(arguments);
        assert_eq!(page["records"].as_array().map(Vec::len), Some(records), "{arguments:?}: {page}");
    }
    let refused = running.ask(&["logs", "--where", "staus=1"]);
    assert!(refused.status.code() == Some(1) && text(&refused.stderr).contains("did you mean `status`"), "{refused:?}");

    let graph = running.json(&["graph"]);
    assert_eq!((graph["monitor"].as_str(), graph["edges"][0]["records"].as_u64()), (Some("shop-calls"), Some(6)), "{graph}");
    assert_eq!(running.json(&["graph", "records>100"])["edges"].as_array().map(Vec::len), Some(0));
    let mistaken = running.ask(&["graph", "recrods>100"]);
    assert!(text(&mistaken.stderr).contains("column 1"), "{mistaken:?}");
    let drawn = text(&running.ask(&["graph", "--monitor", "shop-calls"]).stdout);
    assert!(drawn.contains("10.0.3.17") && drawn.contains("──▶ shop") && drawn.contains("/item/{id}"), "{drawn}");

    let alerts = running.wait_for(&["alerts", "--history"], |told| told.contains("shop-calls"));
    assert!(
        alerts.contains("critical")
            && alerts.contains("10.0.3.17 → shop /item/{id}")
            && alerts.contains("records ")
            && alerts.contains(" > 0.5"),
        "{alerts}"
    );
    assert_eq!(running.json(&["alerts", "--history"])["alerts"][0]["monitor"], "shop-calls");

    append(&running.log, &line(2, "/teapot", 418));
    running.wait_for(&["logs", "--where", "status=418"], |told| told.lines().count() == 1);
    let (mut child, mut records) = follow(&running);
    assert_eq!(records.next().unwrap()["service"], "/teapot", "what is stored comes first");
    append(&running.log, &line(1, "/kettle", 418));
    assert_eq!(records.next().unwrap()["service"], "/kettle", "then what comes");
    child.kill().unwrap();
    child.wait().unwrap();

    let (code, told) = doctor(&running.config, &[]);
    assert!(code == Some(1) && told.to_string().contains(&format!("process {}", running.child.id())), "{told}");
    let (config, data) = running.stop();
    examined(&config, &data);
}

/// A sound directory, a damaged one, and what repairing makes of it.
fn examined(config: &str, data: &Path) {
    let (code, told) = doctor(config, &[]);
    assert_eq!((code, &told["sound"], &told["records"]), (Some(0), &true.into(), &8.into()), "{told}");
    assert!(told["rollups"]["rows"].as_u64() > Some(2) && told["rollups"]["differences"] == 0, "{told}");

    let damaged = records_file(data);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&damaged, bytes).unwrap();
    let (code, told) = doctor(config, &[]);
    assert_eq!((code, &told["sound"], &told["findings"][0]["damage"]), (Some(3), &false.into(), &true.into()), "{told}");
    assert!(damaged.exists(), "nothing is changed without --repair");
    let (code, told) = doctor(config, &["--repair"]);
    assert_eq!((code, &told["findings"][0]["action"]), (Some(3), &"moved to quarantine".into()), "{told}");
    assert!(!damaged.exists());
    let (code, told) = doctor(config, &[]);
    assert_eq!((code, &told["sound"]), (Some(0), &true.into()), "{told}");
}

fn records_file(data: &Path) -> PathBuf {
    let files = std::fs::read_dir(data.join("segments")).unwrap().flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.to_string_lossy().ends_with(".records.parquet")).expect("a segment")
}

#[test]
fn rollups_that_do_not_say_what_the_records_say_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    running.wait_for(&["logs"], |told| told.lines().count() == 6);
    let (config, data) = running.stop();
    // The same monitor, now limited to calls that failed: what is stored says otherwise, and rightly so.
    let changed = std::fs::read_to_string(&config).unwrap().replace("    thresholds:", "    where: { status: '503' }\n    thresholds:");
    std::fs::write(&config, changed).unwrap();
    let (code, told) = doctor(&config, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told["rollups"]["notes"][0].as_str().unwrap().contains("monitor shop-calls is compared from"), "{told}");
    // Without the memory of the change it is a difference that nothing explains.
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(Path::new(&data).join(name));
    }
    let (code, told) = doctor(&config, &[]);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told["rollups"]["differences"].as_u64() > Some(0) && told["rollups"]["shown"][0].as_str().unwrap().contains("monitor shop-calls"),
        "{told}"
    );
}

#[test]
fn where_nothing_answers_or_nothing_is_it_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    let nothing = dir.path().to_string_lossy().into_owned();
    for (arguments, code, told) in [
        (&["logs", "--server", &free][..], 1, "nothing answers there"),
        (&["graph", "--server", &free], 1, "nothing answers there"),
        (&["alerts", "--server", &free], 1, "nothing answers there"),
        (&["doctor", "--data-dir", &nothing], 2, "is no data directory"),
    ] {
        let output = magpie(arguments).output().unwrap();
        let err = text(&output.stderr);
        assert!(output.status.code() == Some(code) && err.contains(told), "{arguments:?}: {err}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "doctor makes nothing");
}
