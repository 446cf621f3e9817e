//! The real binary as a process of its own: started, asked over HTTP, signalled, killed.
//!
//! Nothing in here waits for luck: whatever takes time is asked for again until it is there or the patience of a slow
//! machine is over. Each process has a free loopback port and a directory of the test; one that a failing test leaves
//! behind is killed. What is asked and what must come out is written in the tests.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod certificates;
pub(crate) mod disks;
pub(crate) mod faults;
pub(crate) mod outside;
pub(crate) mod programs;

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often is looked again.
const LOOK: Duration = Duration::from_millis(25);

/// The binary with arguments, and nothing of the environment that it would listen to.
pub(crate) fn magpie<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_magpie"));
    command.args(arguments).env_remove("MAGPIE_SERVER").env_remove("MAGPIE_TOKEN").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// What a command printed, which must have worked.
pub(crate) fn printed<S: AsRef<std::ffi::OsStr> + std::fmt::Debug>(arguments: &[S]) -> String {
    let output = magpie(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?} gives {}: {}", output.status, text(&output.stderr));
    text(&output.stdout)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A port that was free a moment ago, and that no other test of this program is given. It lies below those that connections go out from:
/// one of them could take it while the process that listens there is started anew.
pub(crate) fn free_address() -> String {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(..)));
    let addresses = std::iter::repeat_with(|| format!("127.0.0.1:{}", 12_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 20_000));
    let is_free = |address: &String| TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok();
    addresses.take(20_000).find(is_free).expect("a free port")
}

/// Looks until something is there; `what` says what is missing when the patience is over.
pub(crate) fn wait_for<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < patience, "no {what} within {patience:?}");
        std::thread::sleep(LOOK);
    }
}

pub(crate) fn append(path: &Path, bytes: impl AsRef<[u8]>) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(bytes.as_ref()).unwrap();
}

/// `ago` before now, as access logs write it.
pub(crate) fn access_time(ago: Duration) -> String {
    jiff::Timestamp::now().checked_sub(ago).unwrap().to_zoned(jiff::tz::TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S %z").to_string()
}

/// An answer: status, head in small letters, and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in an answer with {}: {}", self.status, self.body))
    }
}

/// One request over a connection of its own; `None` while nobody answers.
pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let mut connection = TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    connection.write_all(format!("{request}\r\n{body}").as_bytes()).ok()?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).ok()?;
    let answer = text(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok())?;
    // A process that is killed while it answers cuts the body.
    (body.len() == length).then_some(())?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// A process that serves; killed when it goes out of scope.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
    told: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts a command that listens on `address`; what it writes to standard error is kept in `told`.
    pub(crate) fn start(command: &mut Command, address: String, told: PathBuf) -> Self {
        let errors = OpenOptions::new().create(true).append(true).open(&told).unwrap();
        let child = command.stdout(Stdio::null()).stderr(errors).spawn().unwrap();
        Self { child, address, told }
    }

    /// Everything it has written to standard error.
    pub(crate) fn told(&self) -> String {
        // A device has no end.
        let is_file = std::fs::metadata(&self.told).is_ok_and(|told| told.is_file());
        if is_file { std::fs::read_to_string(&self.told).unwrap_or_default() } else { String::new() }
    }

    /// Waits until it says that its answers are right.
    pub(crate) fn ready(mut self) -> Self {
        wait_for("readiness", PATIENCE, || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status}: {}", self.told());
            }
            ask(&self.address, "GET", "/readyz", &[], "").filter(|answer| answer.status == 200)
        });
        self
    }

    /// The JSON of an answer, while it answers.
    pub(crate) fn try_get(&self, path: &str) -> Option<Value> {
        ask(&self.address, "GET", path, &[], "").filter(|answer| answer.status == 200).map(|answer| answer.json())
    }

    /// The JSON of an answer that must come.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = ask(&self.address, "GET", path, &[], "").unwrap_or_else(|| panic!("no answer to {path}: {}", self.told()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// Asks until the answer is as wanted.
    pub(crate) fn wait_for(&self, path: &str, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let begin = Instant::now();
        loop {
            if let Some(answer) = self.try_get(path) {
                if wanted(&answer) {
                    return answer;
                }
                last = answer;
            }
            assert!(begin.elapsed() < patience, "{path} is not as wanted after {patience:?}: {last}\n{}", self.told());
            std::thread::sleep(LOOK);
        }
    }

    /// All records that fit `filters`, page by page.
    pub(crate) fn records(&self, filters: &str) -> Vec<Value> {
        let (mut records, mut cursor) = (Vec::new(), String::new());
        loop {
            // A busy machine may take longer for a page than the server allows itself.
            let page = self.wait_for(&format!("/api/v1/records?limit=1000&{filters}{cursor}"), PATIENCE * 5, |_| true);
            records.extend(page["records"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return records,
            }
        }
    }

    /// Its standard input, where that is a pipe.
    pub(crate) fn stdin(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Whether it has not ended by itself.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: it has no say in it.
    pub(crate) fn kill_9(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        wait_for("end after SIGTERM", PATIENCE, || self.child.try_wait().unwrap())
    }
}

/// A directory with a configuration, for one process after the other.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
}

impl Place {
    /// `{dir}` in the configuration is the directory; data go to `data` in it.
    pub(crate) fn new(config: &str) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        place.configure(config);
        place
    }

    pub(crate) fn configure(&self, config: &str) {
        let config = config.replace("{dir}", &self.dir.path().display().to_string());
        std::fs::write(self.config(), format!("data_dir: {}\n{config}", self.data().display())).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("magpie.yaml")
    }

    pub(crate) fn command(&self, address: &str) -> Command {
        magpie(&["serve", "-c", &self.config().display().to_string(), "--listen", address])
    }

    /// `magpie serve`, not necessarily ready.
    pub(crate) fn spawn(&self) -> Running {
        let address = free_address();
        Running::start(&mut self.command(&address), address, self.path("stderr"))
    }

    pub(crate) fn serve(&self) -> Running {
        self.spawn().ready()
    }

    /// `magpie serve` with something to read on its standard input.
    pub(crate) fn serve_stdin(&self, input: impl Into<Stdio>) -> Running {
        let address = free_address();
        Running::start(self.command(&address).stdin(input), address, self.path("stderr")).ready()
    }

    /// What `magpie doctor` says of the data.
    pub(crate) fn examine(&self) -> (Output, Value) {
        let output = magpie(&["doctor", "--json", "-c", &self.config().display().to_string()]).output().unwrap();
        let told = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
        (output, told)
    }

    /// The data are sound and hold so many records.
    pub(crate) fn is_sound_with(&self, records: usize) {
        let (output, told) = self.examine();
        assert!(output.status.success(), "doctor: {told}");
        assert_eq!(
            (&told["sound"], &told["rollups"]["differences"], told["records"].as_u64()),
            (&true.into(), &0.into(), Some(records as u64)),
            "{told}"
        );
    }
}
