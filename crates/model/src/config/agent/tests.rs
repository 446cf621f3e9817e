//! What is read of an agent's configuration, and what is told of mistakes in it.

use super::*;

fn problems(text: &str) -> String {
    match read(text, Path::new("agent.yaml"), &|_| None) {
        Ok(_) => String::new(),
        Err(error) => error.problems.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

const RIGHT: &str = "servers: [http://127.0.0.1:4318/]\nsources:\n  - { name: a, file: [/var/log/a.log] }\n";

#[test]
fn what_is_right_is_read_with_defaults() {
    let config = read(RIGHT, Path::new("agent.yaml"), &|_| None).unwrap();
    assert_eq!(
        (config.servers, config.limits, config.compression),
        (vec!["http://127.0.0.1:4318".to_owned()], AgentLimits::default(), Compression::Zstd(ZSTD_LEVEL))
    );
    assert!(matches!(&config.sources[0].input, AgentInput::File { include, from_end: false, .. } if include == &["/var/log/a.log"]));
    assert!(is_agent(RIGHT) && !is_agent("sources: []\n"));
}

#[test]
fn a_source_that_says_how_its_lines_are_read_is_normalised_by_it() {
    let text = format!(
        "{}  - {{ name: b, stdin: true, parse: {{ pattern: '<status> <waited>' }}, map: {{ slow: '{{waited > 5}}' }}, side: caller, flow: f }}
fields: {{ waited: {{ unit: s }}, slow: count }}\nzone: Asia/Shanghai\n",
        RIGHT
    );
    let config = read(&text, Path::new("agent.yaml"), &|_| None).unwrap();
    let normalising = config.normalising.unwrap();
    assert_eq!((normalising.sources[0].name.as_str(), normalising.zone.as_str()), ("a", "Asia/Shanghai"));
    let source = &normalising.sources[1];
    assert_eq!((source.side, source.set[&crate::Column::Flow].as_str()), (crate::Side::Caller, "f"));
    assert!(matches!(&source.parse, crate::config::Parse::Pattern(written) if written.line == 4));
    assert_eq!(normalising.field("slow").map(|at| normalising.fields[at].flag), Some(true));
    assert!(config.sources[0].reading.is_none() && config.sources[1].reading.is_some());
}

#[test]
fn the_schema_knows_the_keys_that_are_read() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    for (object, known) in [
        (&schema, &KEYS[..]),
        (&schema["$defs"]["source"], &SOURCE_KEYS),
        (&schema["properties"]["limits"], &LIMIT_KEYS),
        (&schema["properties"]["tls"], &TLS_KEYS),
    ] {
        let keys: HashSet<&str> = object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, known.iter().copied().collect());
    }
}

#[test]
fn mistakes_are_told_with_line_and_suggestion() {
    for (text, told) in [
        ("", "line 1: an agent needs `servers:` and `sources:`"),
        (&format!("severs: []\n{RIGHT}"), "line 1: unknown key in the configuration `severs`, did you mean `servers`?"),
        (&RIGHT.replace("http://127.0.0.1:4318/", "magpie:4318"), "line 1: server `magpie:4318` is not an address such as"),
        (&RIGHT.replace("file: [/var/log/a.log]", "stdin: true, docker: true"), "line 3: a source of an agent needs exactly one of"),
        (&RIGHT.replace("file: [/var/log/a.log]", "syslog: { udp: here }"), "line 3: udp `here` is not an address with port"),
        (&format!("{RIGHT}  - {{ name: a, stdin: true }}\n"), "line 4: a second source named `a`"),
        (&format!("{RIGHT}status: 0.0.0.0:80\n"), "line 4: status `0.0.0.0:80` is reachable from other machines"),
        (&format!("{RIGHT}limits: {{ cpu: 0 }}\n"), "line 4: cpu `0` is the share of one core"),
        (&format!("{RIGHT}protocol: udp\n"), "line 4: unknown protocol `udp`"),
        (&format!("{RIGHT}tls: {{ cert: a.pem }}\n"), "line 4: tls has `cert:` without `key:`"),
    ] {
        assert!(problems(text).starts_with(told), "{text}\ngives: {}\nnot: {told}", problems(text));
    }
}
