//! The demo as a whole: it is started, watched through its files as Magpie will watch it, made to fail, and stopped.
//! Nothing waits for a fixed time: each test polls the files until they show what it expects, and fails after a deadline.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::sources::SOURCES;
use super::sources::{self, LogSide};
use super::{DemoSource, DemoSystem, Fault, FaultSwitch};

const DEADLINE: Duration = Duration::from_secs(20);

struct Demo {
    dir: TempDir,
    faults: Arc<FaultSwitch>,
    system: DemoSystem,
}

impl Demo {
    async fn start() -> Demo {
        let dir = tempfile::tempdir().unwrap();
        let faults = Arc::new(FaultSwitch::default());
        let system = DemoSystem::start(dir.path(), Arc::clone(&faults)).await.unwrap();
        Demo { dir, faults, system }
    }

    fn lines(&self, source: DemoSource) -> Vec<String> {
        lines(self.dir.path(), source)
    }

    /// Polls until `holds` of this demo; fails with `what` after the deadline.
    async fn until(&self, what: &str, holds: impl Fn(&Demo) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(begin.elapsed() < DEADLINE, "waited too long for: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops the demo; its files stay until the directory is dropped.
    async fn stop(self) -> TempDir {
        assert_eq!(self.system.lost_events(), 0);
        self.system.stop().await.unwrap();
        self.dir
    }
}

fn lines(dir: &Path, source: DemoSource) -> Vec<String> {
    let text = fs::read_to_string(dir.join(source.file)).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{}: torn last line", source.name);
    text.lines().map(str::to_owned).collect()
}

/// What every line of each file must look like, as its real writer would have it.
fn grammar(source: DemoSource) -> Regex {
    const COMBINED: &str = concat!(
        r#"^127\.0\.\d+\.\d+ - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "(GET|POST) /\S* HTTP/1\.1" "#,
        r#"\d{3} (\d+|-) "[^"]+" "[^"]+" "#
    );
    const NGINX: &str = r#"rt=\d+\.\d{3} ua="(127\.[0-9.]+:\d+|-)" us="(\d{3}|-)" ut="(\d+\.\d{3}|-)"$"#;
    const APACHE: &str = r"\d+ (HIT|MISS)$";
    const SLOG: &str =
        r#"^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(INFO|WARN|ERROR) msg="[a-z ]+"( [a-z_]+=("[^"]*"|[^ "=]+))+$"#;
    const HAPROXY: &str = concat!(
        r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d order-1 haproxy\[\d+\]: 127\.0\.1\.1:\d+ ",
        r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] order-in order/order-1 0/0/0/\d+/\d+ \d{3} \d+ - - ---- ",
        r#"\d+/\d+/\d+/\d+/0 0/0 "(GET|POST) /orders\S* HTTP/1\.1"$"#
    );
    const ENVOY: &str = concat!(
        r#"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "(GET|POST) /stock/\S+ HTTP/1\.1" \d{3} - \d+ \d+ \d+ \d+ "127\.0\.5\.1" "#,
        r#""order/3\.0 [^"]*" "[0-9a-f-]{36}" "stock\.internal" "127\.0\.6\.1:\d+"$"#
    );
    const LOG4J: &str = r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO |WARN |ERROR) \[[a-z0-9-]+\] com\.example\.order\.[A-Za-z]+ - \S|\tat |\t\.\.\. |Caused by: |com\.example\.)";
    const NGINX_ERROR: &str = r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(notice|error)\] \d+#\d+: (start worker processes$|\*\d+ upstream )";
    const JSON: &str = r"^\{.*\}$";
    let (begin, rest) = match source.name {
        "gateway-access" => (COMBINED, NGINX),
        "video-1-access" | "video-2-access" => (COMBINED, APACHE),
        "gateway-error" => ("", NGINX_ERROR),
        "search-served" | "search-called" => ("", SLOG),
        "order-proxy" => ("", HAPROXY),
        "order-application" => ("", LOG4J),
        "stock-access" => ("", ENVOY),
        "user" | "order-called" => ("", JSON),
        other => panic!("no grammar for {other}"),
    };
    Regex::new(&format!("{begin}{rest}")).unwrap()
}

/// The calls in a log, as (address of the other side, method, path, status) and how often each was logged. Unanswered ones are left out.
fn calls(lines: &[String], pattern: &str) -> BTreeMap<[String; 4], usize> {
    let pattern = Regex::new(pattern).unwrap();
    let mut calls = BTreeMap::new();
    for line in lines {
        let Some(found) = pattern.captures(line) else { continue };
        let call = ["peer", "method", "path", "status"].map(|name| found[name].to_owned());
        *calls.entry(call).or_default() += 1;
    }
    calls
}

/// Calls of one server as that server sees them: with the caller's address in the first place.
fn seen_from(calls: BTreeMap<[String; 4], usize>, caller: &str) -> BTreeMap<[String; 4], usize> {
    calls.into_iter().map(|([_, method, path, status], count)| ([caller.to_owned(), method, path, status], count)).collect()
}

const SLOG_CALL: &str = r"method=(?<method>\S+) peer=(?<peer>[0-9.]+):\d+ path=(?<path>\S+) status=(?<status>\d+)";
const ECS_CALL: &str = concat!(
    r#""http\.request\.method":"(?<method>[A-Z]+)","url\.path":"(?<path>[^"]+)","destination\.ip":"(?<peer>[^"]+)","#,
    r#".*"http\.response\.status_code":(?<status>\d+)"#
);
const APACHE_CALL: &str = r#"^(?<peer>127\.0\.2\.1) .*"(?<method>[A-Z]+) (?<path>\S+) HTTP/1\.1" (?<status>\d+)"#;
const ENVOY_CALL: &str = r#""(?<method>[A-Z]+) (?<path>\S+) HTTP/1\.1" (?<status>\d+) - \d+ \d+ \d+ \d+ "(?<peer>[^"]+)""#;

#[tokio::test]
async fn every_file_is_written_in_its_format_and_both_sides_of_a_call_agree() {
    let demo = Demo::start().await;
    demo.until("some lines in every file", |demo| {
        let enough = |source: DemoSource| demo.lines(source).len() >= if source.side == LogSide::Events { 1 } else { 30 };
        SOURCES.into_iter().all(enough)
    })
    .await;
    let dir = demo.stop().await;
    for source in SOURCES {
        let grammar = grammar(source);
        for line in lines(dir.path(), source) {
            assert!(grammar.is_match(&line), "{}: {line}", source.name);
            if source.format.contains("JSON") {
                serde_json::from_str::<Value>(&line).unwrap();
            }
        }
    }

    let gave_up = lines(dir.path(), sources::GATEWAY_ACCESS).iter().filter(|line| line.contains(" 504 ")).count();
    let called = lines(dir.path(), sources::SEARCH_CALLED);
    for (source, address) in [(sources::VIDEO_1_ACCESS, "127.0.3.1"), (sources::VIDEO_2_ACCESS, "127.0.3.2")] {
        let called = to_peer(&called, address);
        let served = calls(&lines(dir.path(), source), APACHE_CALL);
        assert_two_sides_agree(&called, SLOG_CALL, &served, "127.0.2.1", gave_up);
    }
    let called = to_peer(&lines(dir.path(), sources::ORDER_CALLED), "127.0.6.1");
    let served = calls(&lines(dir.path(), sources::STOCK_ACCESS), ENVOY_CALL);
    assert_two_sides_agree(&called, ECS_CALL, &served, "127.0.5.1", gave_up);
}

fn to_peer(called: &[String], address: &str) -> Vec<String> {
    called.iter().filter(|line| line.contains(address)).cloned().collect()
}

/// Every answered call of `called` is in `served`. What `served` has beyond that are calls whose answer nobody took: those that `called`
/// lists as unanswered, and at most one for each of the gateway's timeouts, since a request that is dropped drops its call unlogged.
fn assert_two_sides_agree(called: &[String], pattern: &str, served: &BTreeMap<[String; 4], usize>, caller: &str, gave_up: usize) {
    let answered = seen_from(calls(called, pattern), caller);
    for (call, count) in &answered {
        assert!(served.get(call).is_some_and(|there| there >= count), "{call:?}: {count} times at the caller, but {:?}", served.get(call));
    }
    let (answered, served): (usize, usize) = (answered.values().sum(), served.values().sum());
    assert!(answered >= 10, "too few calls to compare: {answered}");
    let unanswered = called.len() - answered;
    assert!(served <= answered + unanswered + gave_up, "{served} served, {answered} answered, {unanswered} not, {gave_up} given up");
}

#[tokio::test]
async fn a_slow_search_is_logged_as_slow_and_recovers() {
    let demo = Demo::start().await;
    let slow = |line: &String| {
        let millis = line.split(" duration_ms=").nth(1).and_then(|rest| rest.split(' ').next());
        millis.unwrap().parse::<f64>().unwrap() > 350.0 && line.contains(" level=WARN ") && line.contains(" warn=1 ")
    };
    let last_are = |demo: &Demo, slowness: bool| {
        let lines = demo.lines(sources::SEARCH_SERVED);
        lines.len() >= 10 && lines.iter().rev().take(10).all(|line| slow(line) == slowness)
    };
    demo.until("ten usual searches", |demo| last_are(demo, false)).await;
    demo.faults.set(Fault::SlowSearch, true);
    demo.until("ten slow searches", |demo| last_are(demo, true)).await;
    demo.faults.set(Fault::SlowSearch, false);
    demo.until("ten usual searches again", |demo| last_are(demo, false)).await;
    demo.stop().await;
}

#[tokio::test]
async fn order_errors_reach_the_proxy_log_with_their_stack_traces() {
    let demo = Demo::start().await;
    demo.faults.set(Fault::OrderErrors, true);
    let failed = |demo: &Demo| demo.lines(sources::ORDER_PROXY).iter().filter(|line| line.contains(" 500 ")).count();
    demo.until("five failed orders", |demo| failed(demo) >= 5).await;
    let dir = demo.stop().await;
    let events = lines(dir.path(), sources::ORDER_APPLICATION);
    let count = |begin: &str| events.iter().filter(|line| line.starts_with(begin)).count();
    let errors = events.iter().filter(|line| line.contains(" ERROR ")).count();
    assert!(errors >= 5);
    assert_eq!(errors, count("com.example.order.OrderStoreException: "));
    assert_eq!(errors, count("Caused by: "));
    let proxied = lines(dir.path(), sources::ORDER_PROXY);
    assert_eq!(errors, proxied.iter().filter(|line| line.contains(" 500 ")).count());
}

#[tokio::test]
async fn a_silent_stock_logs_nothing_and_is_no_longer_called_until_it_is_back() {
    let demo = Demo::start().await;
    let stock_calls = |demo: &Demo| demo.lines(sources::ORDER_CALLED).iter().filter(|line| line.contains("127.0.6.1")).count();
    let breaker = |demo: &Demo, text: &str| demo.lines(sources::ORDER_APPLICATION).iter().any(|line| line.contains(text));
    demo.until("calls of stock", |demo| demo.lines(sources::STOCK_ACCESS).len() >= 5).await;

    demo.faults.set(Fault::SilentStock, true);
    demo.until("the breaker opens", |demo| breaker(demo, "changed from CLOSED to OPEN")).await;
    // Calls that were under way when the breaker opened end within their patience of 300 ms.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (served, called) = (demo.lines(sources::STOCK_ACCESS).len(), stock_calls(&demo));
    let orders = demo.lines(sources::ORDER_PROXY).len();
    demo.until("ten more orders", |demo| demo.lines(sources::ORDER_PROXY).len() >= orders + 10).await;
    assert_eq!((served, called), (demo.lines(sources::STOCK_ACCESS).len(), stock_calls(&demo)));

    demo.faults.set(Fault::SilentStock, false);
    demo.until("the breaker closes", |demo| breaker(demo, "changed from OPEN to CLOSED")).await;
    demo.until("stock is called again", |demo| demo.lines(sources::STOCK_ACCESS).len() > served).await;
    demo.stop().await;
}

#[tokio::test]
async fn a_stopped_demo_leaves_no_task_and_only_its_own_files() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let demo = Demo::start().await;
    demo.until("requests", |demo| demo.lines(sources::GATEWAY_ACCESS).len() >= 20).await;
    assert!(tasks() > before);
    // Stopping while stock hangs is the hard case: calls are open that nobody will answer.
    demo.faults.set(Fault::SilentStock, true);
    let gateway = demo.system.gateway();
    let begin = Instant::now();
    let dir = demo.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(tasks(), before);
    assert!(tokio::net::TcpStream::connect(gateway).await.is_err());
    let mut left: Vec<_> = walk(dir.path());
    let mut expected: Vec<_> = SOURCES.map(|source| dir.path().join(source.file)).to_vec();
    left.sort();
    expected.sort();
    assert_eq!(left, expected);
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named_in_the_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("occupied");
    fs::write(&file, "").unwrap();
    let error = DemoSystem::start(&file, Arc::default()).await.unwrap_err().to_string();
    assert!(error.starts_with("could not open demo log `") && error.contains("occupied"), "{error}");
}

#[tokio::test]
async fn the_configuration_is_accepted_and_names_every_file_that_is_written() {
    let demo = Demo::start().await;
    let yaml = demo.system.config_yaml(Path::new("data"));
    let config = magpie_model::config::read(&yaml, Path::new("magpie.yaml"), &|_| None).unwrap();
    assert_eq!(config.data_dir, Path::new("data"));
    assert_eq!(config.sources.len(), SOURCES.len());
    for (configured, source) in config.sources.iter().zip(&SOURCES) {
        let path = demo.dir.path().join(source.file);
        assert!(path.exists(), "{}", source.name);
        let magpie_model::config::Input::File { include, .. } = &configured.input else { panic!("{} is not a file", source.name) };
        assert_eq!(include, &[path.display().to_string()]);
        assert_eq!((configured.name.as_str(), configured.module.as_deref()), (source.name, Some(source.host.module)));
        let caller = configured.side == magpie_model::Side::Caller;
        assert_eq!(caller, source.side == LogSide::Caller, "{}", source.name);
    }
    demo.stop().await;
}
