//! The configuration: what was checked. What a user wrote is `written`, and becomes this or a list of errors.
//!
//! Everything downstream trusts these types: names are unique, columns exist, limits are in range. Expressions stay
//! text with their line, because compiling them is the pipeline's business; its errors name that line.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

mod access;
pub mod agent;
mod document;
mod flows;
pub mod monitor_document;
mod monitors;
mod problem;
mod receivers;
mod sources;
mod written;
mod yaml;

pub use access::{Access, Token, User};
pub use document::parse_size;
pub use flows::{Allowed, Flows, RunRetry, SecretFrom, SecretRule};
pub use problem::{ConfigError, Problem, nearest, unknown, unknown_word};
pub use written::read;
pub use yaml::source_yaml;

use crate::tier::Tier;
use crate::{Bucketing, Column, FieldSpec, Kind, Severity, Side, Threshold, time};

/// A text of the configuration file with the line it stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Line in the file, from 1; 0 when it comes from the command line.
    pub line: usize,
}

/// The whole checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it was read from; for messages.
    pub path: PathBuf,
    /// Where segments and state are kept.
    pub data_dir: PathBuf,
    /// Address of the port for people.
    pub listen: SocketAddr,
    /// The time unit of aggregation.
    pub bucket: Bucketing,
    /// How long after its end a bucket stays open for late lines, in ns.
    pub lateness: i64,
    /// How long a silent source holds others back, in ns.
    pub idle: i64,
    /// How long a span waits for its other half, in ns.
    pub span_wait: i64,
    /// Zone of times that name none (IANA name).
    pub zone: String,
    /// The inputs.
    pub sources: Vec<Source>,
    /// Measured fields; `error` is always among them.
    pub fields: Vec<FieldSpec>,
    /// The finest grain of aggregation.
    pub base: Vec<Column>,
    /// The monitors; thresholds refer to them by name.
    pub monitors: Vec<Monitor>,
    /// Who is who.
    pub hosts: Vec<HostRule>,
    /// Tiers of modules, where they are not to be derived.
    pub tiers: BTreeMap<String, Tier>,
    /// Networks whose forwarded addresses are believed, as CIDR or address.
    pub trusted_proxies: Vec<String>,
    /// How services are templated.
    pub routes: Vec<RouteRule>,
    /// How long things are kept.
    pub retention: Retention,
    /// Ceilings (design 7).
    pub limits: Limits,
    /// Flows and their runs.
    pub flows: Flows,
    /// Who may use the API; `None` for everybody who reaches it.
    pub access: Option<Access>,
    /// What is masked in raw lines before anything is written.
    pub redact: Vec<Redact>,
}

/// What is masked in raw lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redact {
    /// Numbers of payment cards, told by their check digit.
    Cards,
    /// Bearer tokens, passwords and keys by their names, JSON web tokens, keys of well-known makers.
    Tokens,
    /// What a regular expression finds: its groups, or all of it when it has none.
    Pattern(Written),
}

/// One input and how its lines become records.
#[derive(Clone, Debug)]
pub struct Source {
    /// Unique name; `input` of its records.
    pub name: String,
    /// Where the bytes come from.
    pub input: Input,
    /// How a line is read.
    pub parse: Parse,
    /// Column or field name and its expression, in order.
    pub map: Vec<(String, Written)>,
    /// Whose log it is.
    pub side: Side,
    /// Kind of its records; decided per line when not set.
    pub kind: Option<Kind>,
    /// The module that wrote it.
    pub module: Option<String>,
    /// The host that wrote it; the machine's own name or what the file says when not set.
    pub host: Option<String>,
    /// Fixed values of columns (`application`, `region`, `version` ...).
    pub set: BTreeMap<Column, String>,
    /// Whether the logged time is the request's start or end; the format's own habit when not set.
    pub time: Option<LoggedTime>,
    /// Zone of times that name none; the global one when not set.
    pub zone: Option<String>,
    /// Whether the raw line is kept as `message`.
    pub keep_raw: bool,
    /// How lines join to events.
    pub multiline: Multiline,
    /// Longest line in bytes; the rest is cut off and counted.
    pub max_line: usize,
}

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Files by glob.
    File {
        /// Patterns of paths to read.
        include: Vec<String>,
        /// Patterns of paths to leave out.
        exclude: Vec<String>,
        /// Keep following (`serve`) or read once.
        follow: bool,
        /// Start new files at the end instead of the beginning.
        from_end: bool,
    },
    /// Standard input.
    Stdin,
    /// OTLP logs and traces, and what agents send.
    Otlp {
        /// Port for gRPC.
        grpc: Option<SocketAddr>,
        /// Port for HTTP.
        http: Option<SocketAddr>,
        /// Who may come in.
        guard: Guard,
    },
    /// Syslog from the network.
    Syslog {
        /// Port for datagrams.
        udp: Option<SocketAddr>,
        /// Port for plain TCP.
        tcp: Option<SocketAddr>,
        /// Port for TCP with TLS, and its files.
        tls: Option<(SocketAddr, TlsFiles)>,
    },
    /// Lines as bodies of HTTP requests.
    Http {
        /// The port.
        listen: SocketAddr,
        /// Who may come in.
        guard: Guard,
    },
    /// Files that agents send under this source's name, through any `otlp:` source.
    Agent,
}

/// Who may send to a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Certificate and key; without, the port speaks plain text.
    pub tls: Option<TlsFiles>,
    /// What senders must show as `authorization: Bearer …`.
    pub token: Option<String>,
}

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and those between it and its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Roots of the certificates that senders must have; without, senders need none.
    pub client_ca: Option<PathBuf>,
}

/// Default ports of OTLP, on this machine only.
pub const OTLP_GRPC: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4317);
/// See [`OTLP_GRPC`].
pub const OTLP_HTTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4318);

/// How a line is read into named values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parse {
    /// Detect the format from the first lines.
    Auto,
    /// A named format, such as `nginx` or `logfmt`.
    Format(String),
    /// Text with values in angle brackets.
    Pattern(Written),
    /// A regular expression with named groups.
    Regex(Written),
    /// A grok expression.
    Grok {
        /// The expression.
        pattern: Written,
        /// The user's own definitions.
        definitions: BTreeMap<String, String>,
    },
    /// JSON lines; values are taken by path.
    Json {
        /// Value name → dotted path.
        paths: BTreeMap<String, String>,
    },
    /// Delimited text.
    Csv {
        /// One character.
        delimiter: char,
        /// Column names; the first line of the file when empty.
        columns: Vec<String>,
    },
    /// A VRL program (only in builds with the `vrl` feature).
    Vrl(Written),
}

impl Parse {
    /// By a format's name; hyphens and underscores are the same to people who type.
    pub fn named(name: &str) -> Self {
        if name == "auto" { Self::Auto } else { Self::Format(name.replace('-', "_")) }
    }

    /// Whether the user wrote how lines are read, so that no detection was sure of it to some degree.
    pub fn is_own(&self) -> bool {
        !matches!(self, Self::Auto | Self::Format(_))
    }
}

/// Which moment of a request its line's time is. A record's `time` is the end; where `time: start` is declared, it is the
/// start: the elapsed time is subtracted from an end that was logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedTime {
    /// When it began.
    Start,
    /// When it ended.
    End,
}

/// How lines join to events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Multiline {
    /// Lines that look like continuations (indented, `Caused by:`, no time where all others have one) join.
    Auto,
    /// A line that matches this starts an event; all others continue.
    Start(Written),
    /// Every line is an event.
    Off,
}

/// A named subset of the dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    /// Unique name.
    pub name: String,
    /// The columns: any of the dimensions, and at most one other.
    pub by: Vec<Column>,
    /// Fields by name; all when empty.
    pub fields: Vec<String>,
    /// Limits to values; all must hold.
    pub filter: Vec<Where>,
    /// Kinds of records it takes: calls, unless `where: { kind: … }` says otherwise.
    pub kinds: Vec<Kind>,
    /// Its thresholds.
    pub thresholds: Vec<Threshold>,
    /// Version in the state store, of one that was made over the API; `None` for those of the file.
    pub version: Option<u64>,
}

/// A condition of a monitor's `where:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// The column has one of these values; the empty word stands for "no value".
    Column(Column, Vec<String>),
    /// The severity is one of these.
    Severity(Vec<Severity>),
}

/// One entry of `hosts:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    /// IP, CIDR, MAC, host name or container name.
    pub matches: Vec<String>,
    /// What to call the host; its canonical address when not set.
    pub host: Option<String>,
    /// Its module.
    pub module: Option<String>,
    /// Line in the file.
    pub line: usize,
}

/// One rule for templating services, tried before the built-in ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// A path with `*` for one segment and `**` for the rest, or a regular expression between slashes with `~` before.
    pub matches: Written,
    /// The route to use.
    pub route: String,
}

/// How long records, rollups and alerts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Age in ns; 30 days by default.
    pub age: i64,
    /// Bytes on disk; the oldest go first. `None` for no limit.
    pub size: Option<u64>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age: 30 * time::DAY, size: None }
    }
}

/// Ceilings that keep memory bounded whatever comes in (design 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Different values of `service`.
    pub services: usize,
    /// Different values of `source`.
    pub sources: usize,
    /// Different values of any other column.
    pub values: usize,
    /// Combinations per bucket and monitor.
    pub combinations: usize,
    /// Buckets open at once, per operator.
    pub open_buckets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { services: 10_000, sources: 200_000, values: 50_000, combinations: 100_000, open_buckets: 4_096 }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self {
            name: String::new(),
            input: Input::Stdin,
            parse: Parse::Auto,
            map: Vec::new(),
            side: Side::Callee,
            kind: None,
            module: None,
            host: None,
            set: BTreeMap::new(),
            time: None,
            zone: None,
            keep_raw: true,
            multiline: Multiline::Auto,
            max_line: 1 << 20,
        }
    }
}

impl Default for Config {
    /// What holds when nothing is written: no sources, the built-in fields, one monitor over the modules.
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            data_dir: PathBuf::from("./magpie-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 6247)),
            bucket: Bucketing::minute(),
            lateness: 10 * time::SECOND,
            idle: 30 * time::SECOND,
            span_wait: 30 * time::SECOND,
            zone: "UTC".to_owned(),
            sources: Vec::new(),
            fields: default_fields(),
            base: Column::DIMENSIONS.to_vec(),
            monitors: vec![Monitor::plain("modules", &[Column::SourceModule, Column::TargetModule])],
            hosts: Vec::new(),
            tiers: BTreeMap::new(),
            trusted_proxies: Vec::new(),
            routes: Vec::new(),
            retention: Retention::default(),
            limits: Limits::default(),
            flows: Flows::default(),
            access: None,
            redact: Vec::new(),
        }
    }
}

impl Monitor {
    /// A monitor over `by` without limits or thresholds.
    pub fn plain(name: &str, by: &[Column]) -> Self {
        Self {
            name: name.to_owned(),
            by: by.to_vec(),
            fields: Vec::new(),
            filter: Vec::new(),
            kinds: vec![Kind::Call],
            thresholds: Vec::new(),
            version: None,
        }
    }
}

impl Config {
    /// The monitor of that name.
    pub fn monitor(&self, name: &str) -> Option<&Monitor> {
        self.monitors.iter().find(|monitor| monitor.name == name)
    }

    /// Index of the field of that name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|spec| spec.name == name)
    }

    /// All thresholds of all monitors.
    pub fn thresholds(&self) -> impl Iterator<Item = &Threshold> {
        self.monitors.iter().flat_map(|monitor| &monitor.thresholds)
    }
}

/// The fields that are known without configuration.
pub fn default_fields() -> Vec<FieldSpec> {
    vec![FieldSpec::elapsed(), FieldSpec::client_elapsed(), FieldSpec::bytes(), FieldSpec::warning(), FieldSpec::error()]
}

/// The published JSON Schema of the configuration, as `magpie check --schema` prints it.
pub const SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_schema_knows_the_keys_that_are_read() {
        let schema: serde_json::Value = serde_json::from_str(super::SCHEMA).unwrap();
        let keys = |object: &serde_json::Value| object["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        let known = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(keys(&schema), known(&super::written::KEYS));
        assert_eq!(keys(&schema["$defs"]["source"]), known(&super::sources::KEYS));
    }
}
