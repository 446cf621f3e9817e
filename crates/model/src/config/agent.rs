//! The configuration of `magpie agent`: what to read on this host, where to send it, and how much that may cost.
//!
//! It is a file of its own, since an agent has neither a store nor monitors; how it is read, with a line and a suggestion
//! for every mistake, is the same as for the server's. What lines mean is decided by the server, by the name of the source,
//! unless the source says it here (`normalising`).

mod normalising;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::document::{self, Mapping, Node, Reading};
use super::problem::ConfigError;
use super::{Config, Multiline, Redact, Source, sources, written};

const KEYS: [&str; 17] = [
    "agent",
    "data_dir",
    "servers",
    "protocol",
    "token",
    "tls",
    "compression",
    "limits",
    "redact",
    "status",
    "sources",
    "zone",
    "fields",
    "hosts",
    "trusted_proxies",
    "routes",
    "bucket",
];
const SOURCE_KEYS: [&str; 26] = [
    "name",
    "file",
    "kubernetes",
    "docker",
    "journald",
    "stdin",
    "syslog",
    "module",
    "host",
    "application",
    "region",
    "version",
    "multiline",
    "max_line",
    "parse",
    "map",
    "side",
    "kind",
    "set",
    "flow",
    "time",
    "zone",
    "keep_raw",
    "category",
    "when_full",
    "sample",
];
const INPUTS: [&str; 6] = ["file", "kubernetes", "docker", "journald", "stdin", "syslog"];
const LIMIT_KEYS: [&str; 7] = ["rate", "cpu", "queue", "batch", "unsent", "backlog", "counted"];
const TLS_KEYS: [&str; 3] = ["ca", "cert", "key"];

/// On log lines level 1 is smaller than 3 as well as faster: long matches only, where 3 spends bytes on short ones (`benches/README.md`).
const ZSTD_LEVEL: i32 = 1;

/// The whole checked configuration of an agent.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Where it was read from; for messages.
    pub path: PathBuf,
    /// Host of the lines, `host.name`; this machine's own name when not set.
    pub name: Option<String>,
    /// Where positions and the disk queue are kept.
    pub data_dir: PathBuf,
    /// Base addresses of OTLP receivers of one store, in the order in which they are tried.
    pub servers: Vec<String>,
    /// How they are spoken to.
    pub protocol: Protocol,
    /// Sent as `Authorization: Bearer …`.
    pub token: Option<String>,
    /// For `https` servers.
    pub tls: AgentTls,
    /// How requests are compressed.
    pub compression: Compression,
    /// What it may cost.
    pub limits: AgentLimits,
    /// What is masked in lines before they are kept or sent.
    pub redact: Vec<Redact>,
    /// Loopback address of `/metrics` and `/status`; none when not set.
    pub status: Option<SocketAddr>,
    /// The inputs.
    pub sources: Vec<AgentSource>,
    /// How lines of sources are read that are normalised here, by the same numbers; `None` if there are no such sources.
    pub normalising: Option<Config>,
}

/// Files in PEM form; the system's roots, and no client certificate, when not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentTls {
    /// Certificates that servers are checked against.
    pub ca: Option<PathBuf>,
    /// The agent's own certificate chain and private key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Over what OTLP goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf over HTTP/1.1, by custom on port 4318.
    Http,
    /// gRPC, by custom on port 4317.
    Grpc,
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Zstandard of this level.
    Zstd(i32),
    /// gzip of this level.
    Gzip(u32),
    /// Not at all.
    None,
}

/// What an agent may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgentLimits {
    /// Bytes per second on the wire; no ceiling when not set.
    pub rate: Option<u64>,
    /// Share of one core, such as 0.1; no ceiling when not set.
    pub cpu: Option<f64>,
    /// Bytes on disk for inputs that cannot be read again.
    pub queue: u64,
    /// Bytes of lines in one request at most.
    pub batch: usize,
    /// Bytes of lines in memory that wait to be sent; full: files are not read, they hold what waits.
    pub unsent: usize,
    /// Bytes by which the files of a source that counts may be behind; what is beyond is counted.
    pub backlog: u64,
    /// Bytes on disk of what was counted; full: nothing is counted any more.
    pub counted: u64,
}

impl Default for AgentLimits {
    fn default() -> Self {
        Self { rate: None, cpu: None, queue: 256 << 20, batch: 1 << 20, unsent: 2 << 20, backlog: 1 << 30, counted: 64 << 20 }
    }
}

/// One input.
#[derive(Clone, Debug)]
pub struct AgentSource {
    /// Unique name; the server reads the lines as its source of that name says.
    pub name: String,
    /// Where the bytes come from.
    pub input: AgentInput,
    /// The module that writes it (`service.name`).
    pub module: Option<String>,
    /// Host of the lines, if it is not the agent's.
    pub host: Option<String>,
    /// `service.namespace`.
    pub application: Option<String>,
    /// `cloud.region`.
    pub region: Option<String>,
    /// `service.version`.
    pub version: Option<String>,
    /// Which lines start an event; others are joined to it. `None`: the server joins.
    pub starts: Option<String>,
    /// Longest line in bytes; the rest is cut off and counted.
    pub max_line: usize,
    /// How its lines are read here; `None`: they are sent as they are, and the server reads them.
    pub reading: Option<Box<Source>>,
    /// Whether lines are counted when more waits than is allowed: then one event of so many is sent nevertheless, none for 0.
    pub sample: Option<u64>,
}

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentInput {
    /// Files by glob.
    File {
        /// Patterns of paths to read.
        include: Vec<String>,
        /// Patterns of paths to leave out.
        exclude: Vec<String>,
        /// Begin at the end of files that are there at the first start.
        from_end: bool,
        /// What a path says of the container that wrote it.
        containers: Option<Containers>,
    },
    /// The systemd journal, of these units or of all.
    Journald {
        /// Names of units.
        units: Vec<String>,
    },
    /// Standard input.
    Stdin,
    /// Messages of RFC 3164 or 5424.
    Syslog {
        /// Datagrams.
        udp: Option<SocketAddr>,
        /// Streams, framed by line ends or by length.
        tcp: Option<SocketAddr>,
    },
}

/// Whose habit of naming log files of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containers {
    /// `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`.
    Kubernetes,
    /// `/var/lib/docker/containers/<id>/<id>-json.log`.
    Docker,
}

impl AgentInput {
    /// Whether its bytes stay where they are and can be read again.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }
}

impl Containers {
    /// Where they are when nothing else is said.
    pub fn default_pattern(self) -> &'static str {
        match self {
            Self::Kubernetes => "/var/log/containers/*.log",
            Self::Docker => "/var/lib/docker/containers/*/*-json.log",
        }
    }
}

/// The published JSON Schema of an agent's configuration, as `magpie check --schema=agent` prints it.
pub const SCHEMA: &str = include_str!("agent-schema.json");

/// Every key that is known, those of the limits with their section; for the documentation's test.
pub fn keys() -> Vec<String> {
    let limits = LIMIT_KEYS.iter().map(|key| format!("limits.{key}"));
    KEYS.iter().chain(&SOURCE_KEYS).filter(|key| **key != "limits").map(|&key| key.to_owned()).chain(limits).collect()
}

/// Whether a configuration is one of an agent: it says to which servers lines go.
pub fn is_agent(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("servers:"))
}

/// Reads the configuration of an agent. `path` is for messages; `environment` answers `${NAME}`.
///
/// # Errors
/// All mistakes with their lines.
pub fn read(text: &str, path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<AgentConfig, ConfigError> {
    let failed = |problems| ConfigError { path: path.to_owned(), problems };
    let document = document::parse(text).map_err(|problem| failed(vec![problem]))?;
    let mut reading = Reading::new(environment);
    let mut config = AgentConfig {
        path: path.to_owned(),
        name: None,
        data_dir: PathBuf::from("./magpie-agent"),
        servers: Vec::new(),
        protocol: Protocol::Http,
        token: None,
        tls: AgentTls::default(),
        compression: Compression::Zstd(ZSTD_LEVEL),
        limits: AgentLimits::default(),
        redact: Vec::new(),
        status: None,
        sources: Vec::new(),
        normalising: None,
    };
    let top = document.as_ref().and_then(|document| reading.mapping(Node::new(document), "the configuration", &KEYS));
    match top {
        Some(top) => fill(&mut config, &top, &mut reading),
        None => reading.problem(1, "an agent needs `servers:` and `sources:`"),
    }
    if reading.problems.is_empty() {
        return Ok(config);
    }
    reading.problems.sort_by_key(|problem| problem.line);
    Err(failed(reading.problems))
}

fn fill(config: &mut AgentConfig, top: &Mapping<'_>, reading: &mut Reading<'_>) {
    config.name = sources::optional_text(top, "agent", reading);
    if let Some(dir) = sources::optional_text(top, "data_dir", reading) {
        config.data_dir = dir.into();
    }
    config.token = sources::optional_text(top, "token", reading);
    config.servers = servers(top, reading);
    if let Some(node) = top.get("protocol") {
        let words = [("http", Protocol::Http), ("grpc", Protocol::Grpc)];
        config.protocol = reading.word(node, "protocol", &words).unwrap_or(Protocol::Http);
    }
    if let Some(node) = top.get("tls") {
        config.tls = tls(node, reading);
    }
    if let Some(compression) = top.get("compression").and_then(|node| compression(node, reading)) {
        config.compression = compression;
    }
    if let Some(node) = top.get("limits") {
        config.limits = limits(node, reading);
    }
    if let Some(node) = top.get("redact") {
        config.redact = written::redact(node, reading);
    }
    config.status = top.get("status").and_then(|node| loopback(node, reading));
    match top.get("sources") {
        Some(node) => config.sources = read_sources(node, reading),
        None => reading.problem(top.line, "an agent needs `sources:`, the logs to read"),
    }
    config.normalising = normalising::config(config, top, reading);
}

fn servers(top: &Mapping<'_>, reading: &mut Reading<'_>) -> Vec<String> {
    let Some(node) = top.get("servers") else {
        reading.problem(top.line, "an agent needs `servers:`, such as `servers: [http://127.0.0.1:4318]`");
        return Vec::new();
    };
    let mut servers = Vec::new();
    for text in reading.texts(node, "a server") {
        let address = text.text.trim_end_matches('/');
        let host = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace)) {
            reading.problem(text.line, format!("server `{}` is not an address such as `https://magpie.example:4318`", text.text));
        }
        servers.push(address.to_owned());
    }
    if servers.is_empty() {
        reading.problem(node.line(), "servers must name at least one");
    }
    servers
}

fn tls(node: Node<'_>, reading: &mut Reading<'_>) -> AgentTls {
    let Some(mapping) = reading.mapping(node, "tls", &TLS_KEYS) else { return AgentTls::default() };
    let mut file = |key| sources::optional_text(&mapping, key, reading).map(PathBuf::from);
    let (ca, cert, key) = (file("ca"), file("cert"), file("key"));
    let identity = match (cert, key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => {
            reading.problem(mapping.line, "tls has `cert:` without `key:`");
            None
        }
        (None, Some(_)) => {
            reading.problem(mapping.line, "tls has `key:` without `cert:`");
            None
        }
    };
    AgentTls { ca, identity }
}

fn compression(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Compression> {
    let words = [("zstd", Compression::Zstd(ZSTD_LEVEL)), ("gzip", Compression::Gzip(6)), ("none", Compression::None)];
    reading.word(node, "compression", &words)
}

fn limits(node: Node<'_>, reading: &mut Reading<'_>) -> AgentLimits {
    let mut limits = AgentLimits::default();
    let Some(mapping) = reading.mapping(node, "limits", &LIMIT_KEYS) else { return limits };
    limits.rate = mapping.get("rate").and_then(|node| reading.size(node, "rate"));
    if let Some(rate) = limits.rate.filter(|rate| *rate < 1_000) {
        reading.problem(mapping.line, format!("rate is {rate} bytes per second: less than 1 kB sends nothing useful"));
    }
    limits.cpu = mapping.get("cpu").and_then(|node| {
        let share = reading.number(node, "cpu")?;
        if !(0.01..=64.0).contains(&share) {
            reading.problem(node.line(), format!("cpu `{share}` is the share of one core, 0.01 or more: 0.1 is a tenth"));
        }
        Some(share)
    });
    if let Some(queue) = mapping.get("queue").and_then(|node| reading.size(node, "queue")) {
        limits.queue = queue.max(1 << 20);
    }
    if let Some(backlog) = mapping.get("backlog").and_then(|node| reading.size(node, "backlog")) {
        limits.backlog = backlog;
    }
    if let Some(counted) = mapping.get("counted").and_then(|node| reading.size(node, "counted")) {
        limits.counted = counted.max(1 << 20);
    }
    for (key, place, range) in [("batch", &mut limits.batch, 4 << 10..16 << 20), ("unsent", &mut limits.unsent, 64 << 10..1 << 30)] {
        if let Some(size) = mapping.get(key).and_then(|node| reading.size(node, key)) {
            *place = usize::try_from(size).unwrap_or(usize::MAX).clamp(range.start, range.end);
        }
    }
    limits
}

fn loopback(node: Node<'_>, reading: &mut Reading<'_>) -> Option<SocketAddr> {
    let address = address(node, "status", reading)?;
    if !address.ip().is_loopback() {
        reading.problem(
            node.line(),
            format!("status `{address}` is reachable from other machines, and tells paths; use 127.0.0.1:{}", address.port()),
        );
    }
    Some(address)
}

fn address(node: Node<'_>, what: &str, reading: &mut Reading<'_>) -> Option<SocketAddr> {
    let text = reading.text(node, what)?;
    let address = text.text.parse().ok();
    if address.is_none() {
        reading.problem(text.line, format!("{what} `{}` is not an address with port, such as 127.0.0.1:5514", text.text));
    }
    address
}

fn read_sources(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<AgentSource> {
    if node.is_mapping() {
        reading.problem(node.line(), "sources must be a list: begin each source with `- name: …`");
        return Vec::new();
    }
    let (mut names, mut stdin, mut sources) = (HashSet::new(), false, Vec::new());
    for node in reading.sequence(node) {
        let Some(source) = source(node, reading) else { continue };
        if !names.insert(source.name.clone()) {
            reading.problem(node.line(), format!("a second source named `{}`; names must differ", source.name));
        }
        if source.input == AgentInput::Stdin && std::mem::replace(&mut stdin, true) {
            reading.problem(node.line(), "a second source reads standard input; there is only one");
        }
        sources.push(source);
    }
    sources
}

fn source(node: Node<'_>, reading: &mut Reading<'_>) -> Option<AgentSource> {
    let mapping = reading.mapping(node, "a source", &SOURCE_KEYS)?;
    let name = sources::required_text(&mapping, "name", reading)?;
    let input = input(&mapping, reading)?;
    let mut text = |key| sources::optional_text(&mapping, key, reading);
    let (module, host, application, region, version) = (text("module"), text("host"), text("application"), text("region"), text("version"));
    let read_here = normalising::source(&mapping, &name, reading).map(Box::new);
    let sample = normalising::sample(&mapping, reading);
    let multiline = match &read_here {
        Some(source) => Some(source.multiline.clone()),
        None => mapping.get("multiline").map(|node| sources::multiline(node, reading)),
    };
    let starts = match multiline {
        Some(Multiline::Start(start)) => Some(start.text),
        Some(Multiline::Auto | Multiline::Off) | None => None,
    };
    let max_line = mapping.get("max_line").and_then(|node| reading.size(node, "max_line")).unwrap_or(1 << 20);
    let max_line = usize::try_from(max_line).unwrap_or(usize::MAX).clamp(64, 8 << 20);
    Some(AgentSource { name, input, module, host, application, region, version, starts, max_line, reading: read_here, sample })
}

fn input(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<AgentInput> {
    let given: Vec<&str> = INPUTS.into_iter().filter(|key| mapping.get(key).is_some()).collect();
    let [key] = given.as_slice() else {
        let names = INPUTS.map(|key| format!("`{key}`")).join(", ");
        reading.problem(mapping.line, format!("a source of an agent needs exactly one of {names}"));
        return None;
    };
    let node = mapping.get(key)?;
    match *key {
        "file" => file(node, reading),
        "kubernetes" => containers(node, Containers::Kubernetes, reading),
        "docker" => containers(node, Containers::Docker, reading),
        "journald" => journald(node, reading),
        "stdin" => Some(AgentInput::Stdin),
        _ => syslog(node, reading),
    }
}

fn file(node: Node<'_>, reading: &mut Reading<'_>) -> Option<AgentInput> {
    match sources::file(node, reading)? {
        super::Input::File { include, exclude, from_end, follow } => {
            if !follow {
                reading.problem(node.line(), "an agent always follows; leave `follow` out");
            }
            Some(AgentInput::File { include, exclude, from_end, containers: None })
        }
        _ => None,
    }
}

/// `true`, or patterns of paths.
fn containers(node: Node<'_>, habit: Containers, reading: &mut Reading<'_>) -> Option<AgentInput> {
    let paths: Vec<String> = reading.texts(node, "a path").into_iter().map(|path| path.text).collect();
    let include = if paths.iter().any(|path| path == "true") { vec![habit.default_pattern().to_owned()] } else { paths };
    if include.is_empty() {
        reading.problem(node.line(), format!("write `true` for {}, or patterns of paths", habit.default_pattern()));
    }
    Some(AgentInput::File { include, exclude: Vec::new(), from_end: false, containers: Some(habit) })
}

fn journald(node: Node<'_>, reading: &mut Reading<'_>) -> Option<AgentInput> {
    if !node.is_mapping() {
        reading.flag(node, "journald")?;
        return Some(AgentInput::Journald { units: Vec::new() });
    }
    let mapping = reading.mapping(node, "journald", &["units"])?;
    let units = mapping.get("units").map(|node| reading.texts(node, "a unit")).unwrap_or_default();
    Some(AgentInput::Journald { units: units.into_iter().map(|unit| unit.text).collect() })
}

fn syslog(node: Node<'_>, reading: &mut Reading<'_>) -> Option<AgentInput> {
    let mapping = reading.mapping(node, "syslog", &["udp", "tcp"])?;
    let udp = mapping.get("udp").and_then(|node| address(node, "udp", reading));
    let tcp = mapping.get("tcp").and_then(|node| address(node, "tcp", reading));
    if udp.is_none() && tcp.is_none() {
        reading.problem(mapping.line, "syslog needs `udp:` or `tcp:` with an address, such as 127.0.0.1:5514");
    }
    Some(AgentInput::Syslog { udp, tcp })
}

#[cfg(test)]
mod tests;
