//! The demo as Magpie sees it: its hosts, its log files, how each is read, and the configuration that follows from them.
//! Kept as one table, so that what the services write and what Magpie is told about it cannot drift apart.
//! The configuration is the ordinary YAML of any user: the demo's logs take the normal path.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// One demo host: an address of its own on the loopback network, and the module that runs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DemoHost {
    /// The host's name.
    pub(crate) name: &'static str,
    /// The module deployed on it.
    pub(crate) module: &'static str,
    /// Its address; it listens there and calls from there.
    pub(crate) address: IpAddr,
}

const fn host(name: &'static str, module: &'static str, network: u8, number: u8) -> DemoHost {
    DemoHost { name, module, address: IpAddr::V4(Ipv4Addr::new(127, 0, network, number)) }
}

pub(super) const EDGE: DemoHost = host("edge-1", "gateway", 1, 1);
pub(super) const SEARCH: DemoHost = host("search-1", "search", 2, 1);
pub(super) const VIDEO_1: DemoHost = host("video-1", "video", 3, 1);
pub(super) const VIDEO_2: DemoHost = host("video-2", "video", 3, 2);
pub(super) const USER: DemoHost = host("user-1", "user", 4, 1);
pub(super) const ORDER: DemoHost = host("order-1", "order", 5, 1);
pub(super) const STOCK: DemoHost = host("stock-1", "stock", 6, 1);

/// Every host of the demo.
pub(crate) const HOSTS: [DemoHost; 7] = [EDGE, SEARCH, VIDEO_1, VIDEO_2, USER, ORDER, STOCK];

/// Where the clients outside come from.
pub(crate) const CLIENT_NETWORK: &str = "127.0.9.0/24";

/// Whose view of a call a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogSide {
    /// The log of the module that was called.
    Callee,
    /// The log of the module that called.
    Caller,
    /// Not a log of calls.
    Events,
}

/// Which moment of a call the time in its line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeOf {
    /// When the call, or the event, ended.
    End,
    /// When the call began.
    Start,
}

/// One log file of the demo and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DemoSource {
    /// Name of the source.
    pub(crate) name: &'static str,
    /// File relative to the demo's directory; a full one is renamed to `<file>.1`.
    pub(crate) file: &'static str,
    /// The host that writes it.
    pub(crate) host: DemoHost,
    /// The format by its common name.
    pub(crate) format: &'static str,
    /// Whose view it is.
    pub(crate) side: LogSide,
    /// What its times mean.
    pub(crate) time: TimeOf,
    /// The `parse:` and `map:` keys of the source, as YAML.
    pub(crate) parse_yaml: &'static str,
}

pub(super) const GATEWAY_ACCESS: DemoSource = DemoSource {
    name: "gateway-access",
    file: "edge-1/access.log",
    host: EDGE,
    format: "nginx combined with request time and upstream",
    side: LogSide::Callee,
    time: TimeOf::End,
    parse_yaml: r#"
parse:
  pattern: '<source> - - [<time:%d/%b/%Y:%H:%M:%S %z>] "<method> <path> <_>" <status> <bytes> "<_>" "<_>" rt=<elapsed_s> ua="<_>" us="<_>" ut="<_>"'
map:
  service: '{route(path)}'
  elapsed_ms: '{elapsed_s * 1000}'
"#,
};

pub(super) const GATEWAY_ERROR: DemoSource = DemoSource {
    name: "gateway-error",
    file: "edge-1/error.log",
    host: EDGE,
    format: "nginx error",
    side: LogSide::Events,
    time: TimeOf::End,
    parse_yaml: r#"
parse: { format: nginx-error }
"#,
};

pub(super) const SEARCH_SERVED: DemoSource = DemoSource {
    name: "search-served",
    file: "search-1/server.log",
    host: SEARCH,
    format: "logfmt (Go slog)",
    side: LogSide::Callee,
    time: TimeOf::End,
    parse_yaml: r#"
parse: { format: logfmt }
map:
  source: '{client}'
  service: '{route(path)}'
  elapsed_ms: '{duration_ms}'
  warning: '{warn}'
"#,
};

pub(super) const SEARCH_CALLED: DemoSource = DemoSource {
    name: "search-called",
    file: "search-1/client.log",
    host: SEARCH,
    format: "logfmt (Go slog)",
    side: LogSide::Caller,
    time: TimeOf::End,
    parse_yaml: r#"
parse: { format: logfmt }
map:
  target: '{peer}'
  service: '{route(path)}'
  elapsed_ms: '{duration_ms}'
"#,
};

const VIDEO_PARSE: &str = r#"
parse:
  pattern: '<source> - - [<time:%d/%b/%Y:%H:%M:%S %z>] "<method> <path> <_>" <status> <bytes> "<_>" "<_>" <elapsed_us> <cache>'
map:
  service: '{route(path)}'
  elapsed_ms: '{elapsed_us / 1000}'
  warning: '{cache == "MISS"}'
"#;

pub(super) const VIDEO_1_ACCESS: DemoSource = DemoSource {
    name: "video-1-access",
    file: "video-1/access.log",
    host: VIDEO_1,
    format: "Apache combined with %D and cache header",
    side: LogSide::Callee,
    time: TimeOf::Start,
    parse_yaml: VIDEO_PARSE,
};

pub(super) const VIDEO_2_ACCESS: DemoSource =
    DemoSource { name: "video-2-access", file: "video-2/access.log", host: VIDEO_2, ..VIDEO_1_ACCESS };

pub(super) const USER_LOG: DemoSource = DemoSource {
    name: "user",
    file: "user-1/user.log",
    host: USER,
    format: "pino-http JSON",
    side: LogSide::Callee,
    time: TimeOf::End,
    parse_yaml: r#"
parse:
  json:
    time: time
    level: level
    source: req.remoteAddress
    method: req.method
    path: req.url
    status: res.statusCode
    bytes: res.headers.content-length
    elapsed_ms: responseTime
map:
  service: '{route(path)}'
  warning: '{level == 40}'
"#,
};

pub(super) const ORDER_PROXY: DemoSource = DemoSource {
    name: "order-proxy",
    file: "order-1/haproxy.log",
    host: ORDER,
    format: "HAProxy HTTP behind an RFC 3164 header",
    side: LogSide::Callee,
    time: TimeOf::Start,
    parse_yaml: r#"
parse: { format: haproxy }
"#,
};

pub(super) const ORDER_CALLED: DemoSource = DemoSource {
    name: "order-called",
    file: "order-1/client.log",
    host: ORDER,
    format: "ECS JSON (ecs-logging-java)",
    side: LogSide::Caller,
    time: TimeOf::End,
    parse_yaml: r#"
parse:
  json:
    time: '@timestamp'
    level: log.level
    target: destination.ip
    method: http.request.method
    path: url.path
    status: http.response.status_code
    bytes: http.response.body.bytes
    duration_ns: event.duration
    outcome: event.outcome
    trace_id: trace.id
map:
  service: '{route(path)}'
  elapsed_ms: '{duration_ns / 1000000}'
  error: '{outcome == "failure"}'
"#,
};

pub(super) const ORDER_APPLICATION: DemoSource = DemoSource {
    name: "order-application",
    file: "order-1/application.log",
    host: ORDER,
    format: "log4j with stack traces",
    side: LogSide::Events,
    time: TimeOf::End,
    parse_yaml: r#"
parse: { format: log4j }
"#,
};

pub(super) const STOCK_ACCESS: DemoSource = DemoSource {
    name: "stock-access",
    file: "stock-1/access.log",
    host: STOCK,
    format: "Envoy default",
    side: LogSide::Callee,
    time: TimeOf::Start,
    parse_yaml: r#"
parse: { format: envoy }
"#,
};

/// Every log file of the demo.
pub(crate) const SOURCES: [DemoSource; 11] = [
    GATEWAY_ACCESS,
    GATEWAY_ERROR,
    SEARCH_SERVED,
    SEARCH_CALLED,
    VIDEO_1_ACCESS,
    VIDEO_2_ACCESS,
    USER_LOG,
    ORDER_PROXY,
    ORDER_CALLED,
    ORDER_APPLICATION,
    STOCK_ACCESS,
];

/// What does not depend on the directory. Buckets, lateness and idle limit are short, so that a fault is an alert within 15 s: at worst it
/// begins just after a bucket did, so the first whole bucket is closed after 5 + 5 + 2 + 1 s. In quiet times, about twenty records of the
/// rarest edge fall into a bucket; the limits lie well apart from what is usual and from what a fault makes of it. Flows call once in
/// many buckets, so that no limit tells their silence from their pauses: the monitor that judges silence leaves them out.
const SETTINGS: &str = r#"bucket: 5s
lateness: 2s
idle: 1s
zone: UTC
fields:
  elapsed_ms: { aggregate: [avg, p95, max], unit: ms }
  error: { aggregate: count }
  warning: { aggregate: count }
  bytes: { aggregate: sum, unit: By }
monitors:
  - name: modules
    by: [source_module, target_module]
    where: { flow: '' }
    thresholds:
      - { field: elapsed_ms, above: 250, severity: warning }
      - { field: error, above: 5, severity: critical }
      - { field: records, below: 1, severity: critical }
  - name: modules-and-flows
    by: [source_module, target_module]
    thresholds:
      - { field: elapsed_ms, above: 250, severity: warning }
  - name: services
    by: [source_module, target_module, service]
    thresholds:
      - { field: elapsed_ms, aggregate: p95, above: 400, severity: warning }
  - name: hosts
    by: [target, target_module]
    thresholds:
      - { field: warning, above: 25, severity: warning }
  - name: clients
    by: [source]
    where: { target_module: gateway }
"#;

/// Renders the complete configuration of a Magpie that follows the demo's logs in `logs` and keeps its data in `data_dir`.
pub(super) fn config_yaml(logs: &Path, data_dir: &Path) -> String {
    let mut yaml = format!("data_dir: {}\n{SETTINGS}hosts:\n", quoted(&data_dir.display().to_string()));
    for DemoHost { name, module, address } in HOSTS {
        push(&mut yaml, format_args!("  - {{ match: [{address}], host: {name}, module: {module} }}\n"));
    }
    push(&mut yaml, format_args!("  - {{ match: [{CLIENT_NETWORK}], module: (outside) }}\nsources:\n"));
    for source in &SOURCES {
        push_source(&mut yaml, logs, source);
    }
    yaml
}

fn push_source(yaml: &mut String, logs: &Path, source: &DemoSource) {
    let DemoSource { name, host, side, parse_yaml, .. } = source;
    let file = quoted(&logs.join(source.file).display().to_string());
    let whose = match side {
        LogSide::Callee => "side: callee",
        LogSide::Caller => "side: caller",
        LogSide::Events => "kind: log",
    };
    push(
        yaml,
        format_args!(
            "  - name: {name}\n    file: {{ include: [{file}] }}\n    host: {}\n    module: {}\n    {whose}\n",
            host.address, host.module
        ),
    );
    for line in parse_yaml.trim_matches('\n').lines() {
        push(yaml, format_args!("    {line}\n"));
    }
}

fn push(yaml: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = yaml.write_fmt(text);
}

/// A YAML single-quoted scalar.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_file_and_address_is_its_own() {
        let names: BTreeSet<_> = SOURCES.iter().map(|source| source.name).collect();
        let files: BTreeSet<_> = SOURCES.iter().map(|source| source.file).collect();
        let addresses: BTreeSet<_> = HOSTS.iter().map(|host| host.address).collect();
        assert_eq!((names.len(), files.len(), addresses.len()), (SOURCES.len(), SOURCES.len(), HOSTS.len()));
    }

    #[test]
    fn a_log_lies_in_its_hosts_directory() {
        for source in SOURCES {
            assert_eq!(source.file.split('/').next(), Some(source.host.name), "{}", source.name);
        }
    }

    #[test]
    fn a_source_is_rendered_with_its_side_and_parser() {
        let yaml = config_yaml(Path::new("/tmp/o'demo"), Path::new("/tmp/data"));
        assert!(yaml.starts_with("data_dir: '/tmp/data'\nbucket: 5s\nlateness: 2s\n"), "{yaml}");
        let expected = "  - name: search-called
    file: { include: ['/tmp/o''demo/search-1/client.log'] }
    host: 127.0.2.1
    module: search
    side: caller
    parse: { format: logfmt }
    map:
      target: '{peer}'
      service: '{route(path)}'
      elapsed_ms: '{duration_ms}'
";
        assert!(yaml.contains(expected), "{yaml}");
        assert!(yaml.contains("  - { match: [127.0.3.2], host: video-2, module: video }\n"), "{yaml}");
        assert!(yaml.contains("    module: order\n    kind: log\n    parse: { format: log4j }\n"), "{yaml}");
    }
}
