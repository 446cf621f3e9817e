//! What a written configuration becomes, and what is said about a wrong one.

use std::path::Path;

use magpie_model::config::{Config, Input, Multiline, Parse, read};
use magpie_model::{Aggregate, Column, Condition, Kind, Side, time};

fn load(text: &str) -> Config {
    read(text, Path::new("magpie.yaml"), &|name| (name == "LOGS").then(|| "/var/log/shop".to_owned()))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn mistakes(text: &str) -> Vec<String> {
    let error = read(text, Path::new("magpie.yaml"), &|_| None).expect_err("the mistake was accepted");
    error.problems.iter().map(ToString::to_string).collect()
}

const DESIGN: &str = r#"
data_dir: ./data
bucket: 5m
sources:
  - name: search-frontend
    file: { include: ["${LOGS}/*.log"] }
    parse:
      pattern: '<source> - - [<time:%d/%b/%Y:%H:%M:%S %z>] "<method> <path> <_>" <status>'
    map:
      service: '{route(path)}'
      target_module: video-search
      elapsed_ms: '{elapsed_s * 1000}'
      slow: '{elapsed_s > 1}'
    side: caller
    application: shop
    multiline: { start: '^\d' }
    max_line: 64KiB
fields:
  elapsed_ms: { aggregate: avg, unit: ms }
  warning:    { aggregate: count }
  bytes:      { aggregate: [sum, p95], unit: By }
  slow:       { aggregate: count }
  clients:    { of: source }
monitors:
  - name: client-to-module
    by: [source, target_module]
    where: { source_module: search-frontend, kind: [call, log] }
    thresholds:
      - { field: elapsed_ms, above: 200, for: 3m, severity: warning }
      - { field: warning, above: 100, severity: critical, labels: { team: search } }
      - { field: p99(elapsed_ms), above: 900 }
      - { field: records, below: 1 }
      - { new: 7d }
hosts:
  10.0.0.0/8: video
  10.0.3.17: { host: web-1, module: search-frontend }
retention: { age: 7d, size: 2GB }
"#;

#[test]
fn the_design_s_example_reads_as_meant() {
    let config = load(DESIGN);
    let source = &config.sources[0];
    assert_eq!(config.bucket.length(), 5 * time::MINUTE);
    assert_eq!(source.input, Input::File { include: vec!["/var/log/shop/*.log".into()], exclude: vec![], follow: true, from_end: false });
    assert!(matches!(&source.parse, Parse::Pattern(pattern) if pattern.line == 8));
    assert_eq!((source.side, source.max_line, source.set[&Column::Application].as_str()), (Side::Caller, 64 << 10, "shop"));
    assert!(matches!(&source.multiline, Multiline::Start(start) if start.text == r"^\d"));
    let monitor = &config.monitors[0];
    assert_eq!(
        (monitor.by.as_slice(), monitor.kinds.as_slice()),
        ([Column::Source, Column::TargetModule].as_slice(), [Kind::Call, Kind::Log].as_slice())
    );
    let conditions: Vec<(&str, Option<Aggregate>, Condition)> =
        monitor.thresholds.iter().map(|t| (t.field.as_str(), t.aggregate, t.condition)).collect();
    assert_eq!(
        conditions,
        [
            ("elapsed_ms", Some(Aggregate::Avg), Condition::Above(200.0)),
            ("warning", Some(Aggregate::Count), Condition::Above(100.0)),
            ("elapsed_ms", Some(Aggregate::P99), Condition::Above(900.0)),
            ("records", None, Condition::Below(1.0)),
            ("records", None, Condition::New { within: 7 * time::DAY }),
        ]
    );
    assert_eq!(monitor.thresholds[0].hold, 3 * time::MINUTE);
    assert_eq!((config.retention.age, config.retention.size), (7 * time::DAY, Some(2_000_000_000)));
    assert_eq!((config.hosts[0].module.as_deref(), config.hosts[1].host.as_deref()), (Some("video"), Some("web-1")));
}

#[test]
fn fields_know_their_nature() {
    let config = load(DESIGN);
    let field = |name: &str| &config.fields[config.field(name).unwrap()];
    assert_eq!((field("elapsed_ms").scale, field("bytes").scale), (6, 0));
    assert!(field("warning").flag && field("slow").flag && field("error").flag && !field("bytes").flag);
    assert!(field("elapsed_ms").wants_sketch(), "a threshold on p99 keeps a sketch");
    assert_eq!(field("clients").distinct_of, Some(Column::Source));
}

#[test]
fn an_empty_file_is_the_default() {
    let config = load("");
    assert_eq!((config.sources.len(), config.bucket.length(), config.listen.port()), (0, time::MINUTE, 6247));
}

#[test]
fn mistakes_name_line_and_fix() {
    for (text, expected) in [
        ("soruces: []", "line 1: unknown key in the configuration `soruces`, did you mean `sources`?"),
        ("bucket: 0s", "line 1: bucket must be longer than nothing"),
        ("bucket: soon", "line 1: bucket `soon` is not a duration; write it as `30s`, `5m`, `1h30m` or `7d`"),
        ("listen: 0.0.0.0:80", "line 1: listen `0.0.0.0:80` is reachable from other machines, and this port has no TLS; use 127.0.0.1:80"),
        (
            "sources:\n  - name: a\n    files: x",
            "line 2: a source needs `file:` with the paths to read, or one of `stdin`, `otlp`, `syslog`, `http`, `agent` (is `files` meant to be it?)",
        ),
        ("sources:\n  - { name: a, stdin: true }\n  - { name: a, stdin: true }", "line 3: a second source named `a`; names must differ"),
        (
            "sources:\n  - { name: a, stdin: true, parse: { pattern: x, regex: y } }",
            "line 2: parse needs exactly one of `format`, `pattern`, `regex`, `grok`, `json`, `csv`, `vrl`",
        ),
        ("monitors:\n  - name: m\n    by: [source, traget]", "line 3: unknown column `traget`, did you mean `target`?"),
        (
            "monitors:\n  - name: m\n    by: [status, region]",
            "line 3: a monitor may have one column besides the dimensions, not 2: status, region",
        ),
        (
            "base: [source]\nmonitors:\n  - name: m\n    by: [target]",
            "line 4: `target` is not in `base:`, the finest grain of aggregation; add it there",
        ),
        (
            "monitors:\n  - name: m\n    by: [source]\n    thresholds:\n      - { field: elapsed, above: 1 }",
            "line 5: unknown field `elapsed`, did you mean `elapsed_ms`?; declare it under `fields:`",
        ),
        (
            "monitors:\n  - name: m\n    by: [source]\n    thresholds:\n      - { field: elapsed_ms, above: 1, below: 2 }",
            "line 5: a threshold needs exactly one of `above:`, `below:` and `new:`",
        ),
        (
            "base: [source, source_module, service, target, target_module, host, region, version]\nmonitors:\n  - name: m\n    by: [source, source_module, service, target, host, region, version]",
            "line 4: a monitor may have at most 6 columns",
        ),
        ("zone: Mars/Olympus", "line 1: zone `Mars/Olympus` is not known; use an IANA name such as `Asia/Shanghai` or `UTC`"),
        ("data_dir: ${NOWHERE}", "line 1: environment variable `NOWHERE` is not set; set it, or give a default as `${NOWHERE:-default}`"),
        ("sources:\n  - { name: a, sylog: { udp: '127.0.0.1:5514' } }", "line 2: unknown key in a source `sylog`, did you mean `syslog`?"),
        ("sources:\n  - { name: a, stdin: true, agent: true }", "line 2: a source reads from one place, not from `stdin:` and `agent:`"),
        ("sources:\n  - name: a\n    otlp: { htp: '127.0.0.1:4318' }", "line 3: unknown key in otlp `htp`, did you mean `http`?"),
        (
            "sources:\n  - name: a\n    otlp: { http: '0.0.0.0:4318' }",
            "line 3: `0.0.0.0:4318` is reachable from other machines and lacks `tls:` and `token:`; or listen on 127.0.0.1",
        ),
        (
            "sources:\n  - name: a\n    otlp: { grpc: '[::]:4317', token: 0123456789abcdef }",
            "line 3: `[::]:4317` is reachable from other machines and lacks `tls:`: the token and the logs would pass in plain text; or listen on 127.0.0.1",
        ),
        (
            "sources:\n  - name: a\n    http: { listen: '10.0.0.1:80', tls: { certificate: c, key: k } }",
            "line 3: `10.0.0.1:80` is reachable from other machines and lacks `token:`: anybody could send; or listen on 127.0.0.1",
        ),
        (
            "sources:\n  - name: a\n    http: { listen: '127.0.0.1:80', token: short }",
            "line 3: a token has at least 16 characters, such as `openssl rand -hex 32` makes",
        ),
        (
            "sources:\n  - name: a\n    syslog: { udp: '0.0.0.0:514' }",
            "line 3: `0.0.0.0:514` is reachable from other machines: syslog over UDP or plain TCP has neither encryption nor a secret; listen on 127.0.0.1, or use `tls:` with `client_ca:`",
        ),
        (
            "sources:\n  - name: a\n    syslog: { tls: { listen: '0.0.0.0:6514', certificate: c, key: k } }",
            "line 3: `0.0.0.0:6514` is reachable from other machines: syslog has no token, so senders must have certificates: add `client_ca:`",
        ),
        (
            "sources:\n  - { name: a, otlp: true, parse: json }",
            "line 2: an `otlp:` source reads OTLP; lines of agents are read by the source of the agent's name (`agent: true`)",
        ),
        ("redact: [card]", "line 1: unknown redact `card`, did you mean `cards`?"),
        ("redact: [{ pattern: 'x*' }]", "line 1: the pattern finds nothing everywhere; it must need at least a character"),
        ("fields:\n  source: avg", "line 2: `source` is the name of a column; a measured field needs another name"),
    ] {
        assert!(mistakes(text).iter().any(|mistake| mistake == expected), "{text}\n{:#?}\nexpected {expected}", mistakes(text));
    }
}

#[test]
fn broken_yaml_names_the_line() {
    let found = mistakes("sources:\n  - name: [a\n");
    assert!(found[0].starts_with("line ") && found[0].contains("not valid YAML"), "{found:?}");
}

#[test]
fn all_mistakes_are_named_at_once() {
    assert_eq!(mistakes("bucket: x\nlateness: y\nzone: z\n").len(), 3);
}
