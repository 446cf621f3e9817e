//! A checked source as YAML, to be pasted into a configuration file: what was chosen over the API can move there.
//!
//! Only what differs from the default is written. Texts stand in double quotes as JSON writes them, which every YAML reader
//! understands; reading the result gives the same source.

use std::fmt::Write as _;

use super::{Guard, Input, LoggedTime, Multiline, Parse, Source, TlsFiles};
use crate::Side;

/// The source as an entry of `sources:`.
pub fn source_yaml(source: &Source) -> String {
    let default = Source::default();
    let mut yaml = format!("- name: {}\n", text(&source.name));
    let mut line = |key: &str, value: &str| _ = writeln!(yaml, "  {key}: {value}");
    line_of_input(&source.input, &mut line);
    if source.parse != Parse::Auto && !matches!(source.input, Input::Otlp { .. }) {
        line("parse", &parse(&source.parse));
    }
    if !source.map.is_empty() {
        line("map", &flow(source.map.iter().map(|(name, written)| (name.as_str(), text(&written.text)))));
    }
    if source.side == Side::Caller {
        line("side", source.side.name());
    }
    source.kind.into_iter().for_each(|kind| line("kind", kind.name()));
    for (key, value) in [("module", &source.module), ("host", &source.host), ("zone", &source.zone)] {
        value.iter().for_each(|value| line(key, &text(value)));
    }
    if !source.set.is_empty() {
        line("set", &flow(source.set.iter().map(|(column, word)| (column.name(), text(word)))));
    }
    match source.time {
        Some(LoggedTime::Start) => line("time", "start"),
        Some(LoggedTime::End) => line("time", "end"),
        None => {}
    }
    if !source.keep_raw {
        line("keep_raw", "false");
    }
    match &source.multiline {
        Multiline::Auto => {}
        Multiline::Off => line("multiline", "off"),
        Multiline::Start(start) => line("multiline", &flow([("start", text(&start.text))].into_iter())),
    }
    if source.max_line != default.max_line {
        line("max_line", &source.max_line.to_string());
    }
    yaml
}

fn line_of_input(input: &Input, line: &mut impl FnMut(&str, &str)) {
    let (include, exclude, follow, from_end) = match input {
        Input::File { include, exclude, follow, from_end } => (include, exclude, follow, from_end),
        Input::Stdin => return line("stdin", "true"),
        Input::Agent => return line("agent", "true"),
        Input::Otlp { grpc, http, guard } => {
            let ports = [("grpc", grpc), ("http", http)].into_iter();
            let ports = ports.filter_map(|(key, port)| Some((key, text(&port.as_ref()?.to_string()))));
            return line("otlp", &flow(ports.chain(members_of(guard))));
        }
        Input::Http { listen, guard } => {
            return line("http", &flow([("listen", text(&listen.to_string()))].into_iter().chain(members_of(guard))));
        }
        Input::Syslog { udp, tcp, tls } => {
            let ports = [("udp", udp), ("tcp", tcp)].into_iter();
            let ports = ports.filter_map(|(key, port)| Some((key, text(&port.as_ref()?.to_string()))));
            let tls = tls.as_ref().map(|(listen, files)| {
                let listen = [("listen", text(&listen.to_string()))].into_iter();
                ("tls", flow(listen.chain(members_of_files(files))))
            });
            return line("syslog", &flow(ports.chain(tls)));
        }
    };
    let mut members = vec![("include", list(include))];
    if !exclude.is_empty() {
        members.push(("exclude", list(exclude)));
    }
    if !follow {
        members.push(("follow", "false".to_owned()));
    }
    if *from_end {
        members.push(("from", "end".to_owned()));
    }
    line("file", &flow(members.into_iter()));
}

/// The token is a secret: whoever shows a source to somebody shows its place only.
fn members_of(guard: &Guard) -> impl Iterator<Item = (&'static str, String)> {
    let tls = guard.tls.as_ref().map(|files| ("tls", flow(members_of_files(files))));
    let token = guard.token.as_ref().map(|_| ("token", "\"${MAGPIE_TOKEN}\"".to_owned()));
    tls.into_iter().chain(token)
}

fn members_of_files(files: &TlsFiles) -> impl Iterator<Item = (&'static str, String)> {
    let path = |path: &std::path::Path| text(&path.display().to_string());
    let needed = [("certificate", path(&files.certificate)), ("key", path(&files.key))];
    needed.into_iter().chain(files.client_ca.as_ref().map(|roots| ("client_ca", path(roots))))
}

fn parse(parse: &Parse) -> String {
    let one = |key, value| flow([(key, value)].into_iter());
    match parse {
        Parse::Auto => "auto".to_owned(),
        Parse::Format(name) => one("format", text(name)),
        Parse::Pattern(written) => one("pattern", text(&written.text)),
        Parse::Regex(written) => one("regex", text(&written.text)),
        Parse::Vrl(written) => one("vrl", text(&written.text)),
        Parse::Grok { pattern, definitions } => {
            let mut members = vec![("grok", text(&pattern.text))];
            if !definitions.is_empty() {
                members.push(("definitions", flow(definitions.iter().map(|(name, value)| (name.as_str(), text(value))))));
            }
            flow(members.into_iter())
        }
        Parse::Json { paths } => one("json", flow(paths.iter().map(|(name, path)| (name.as_str(), text(path))))),
        Parse::Csv { delimiter, columns } => {
            let mut members = vec![("delimiter", if *delimiter == '\t' { "tab".to_owned() } else { text(&delimiter.to_string()) })];
            if !columns.is_empty() {
                members.push(("columns", list(columns)));
            }
            one("csv", flow(members.into_iter()))
        }
    }
}

fn flow<'m>(members: impl Iterator<Item = (&'m str, String)>) -> String {
    let members: Vec<String> = members.map(|(key, value)| format!("{}: {value}", text(key))).collect();
    format!("{{ {} }}", members.join(", "))
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|item| text(item)).collect::<Vec<_>>().join(", "))
}

/// A text as it reads back: plain where nobody could mistake it, else in quotes; `${` is not to be replaced.
fn text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n");
    if is_plain { text.to_owned() } else { serde_json::Value::from(text.replace("${", "$${")).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;
    use std::path::Path;

    #[test]
    fn what_is_written_reads_back() {
        for yaml in [
            "- { name: web, file: { include: [/var/log/*.log] } }",
            "- { name: 'a b: c', stdin: true, parse: nginx, module: 'on', host: 10.0.0.1, side: caller, kind: call }",
            "- { name: w, file: { include: [a, 'b ${X:-c}'], exclude: ['*.gz'], follow: false, from: end }, parse: { pattern: '<a> \"<b>\" $${c}' } }",
            "- { name: r, stdin: true, parse: { regex: '^(?P<a>\\d+)\\s' }, map: { service: '{route(a)}', elapsed_ms: '{b * 1000}' }, zone: Asia/Shanghai }",
            "- { name: g, stdin: true, parse: { grok: '%{X:a}', definitions: { X: '\\d+' } }, set: { region: eu, category: x }, time: start }",
            "- { name: j, stdin: true, parse: { json: { source: 'a.b', '查': 'c' } }, keep_raw: false, multiline: off, max_line: 4KiB }",
            "- { name: o, otlp: { grpc: '127.0.0.1:4317' } }",
            "- { name: s, syslog: { udp: '[::1]:514', tls: { listen: '0.0.0.0:6514', certificate: /c, key: /k, client_ca: /r } } }",
            "- { name: h, http: { listen: '127.0.0.1:80', tls: { certificate: 'a b', key: /k } }, parse: json }",
            "- { name: a, agent: true, module: cart }",
            "- { name: c, stdin: true, parse: { csv: { delimiter: tab, columns: [a, b] } }, multiline: { start: '^\\[' } }",
        ] {
            let source = |yaml: &str| {
                let indented: String = yaml.lines().map(|line| format!("  {line}\n")).collect();
                let config =
                    read(&format!("sources:\n{indented}"), Path::new("x"), &|_| None).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
                let mut source = config.sources[0].clone();
                // Lines are where things stand, not what they are.
                let unline = |parse: &mut Parse| match parse {
                    Parse::Pattern(written) | Parse::Regex(written) | Parse::Grok { pattern: written, .. } => written.line = 0,
                    _ => {}
                };
                unline(&mut source.parse);
                source.map.iter_mut().for_each(|(_, written)| written.line = 0);
                if let Multiline::Start(start) = &mut source.multiline {
                    start.line = 0;
                }
                source
            };
            let first = source(yaml);
            let again = source(&source_yaml(&first));
            assert_eq!(format!("{again:?}"), format!("{first:?}"), "{}", source_yaml(&first));
        }
    }
}
