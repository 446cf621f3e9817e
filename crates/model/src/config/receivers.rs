//! `otlp:`, `syslog:` and `http:` of a source: ports that others send to, and who may.
//!
//! What is reachable from other machines needs TLS and a secret: a token, or client certificates where a protocol has no place
//! for one. A configuration that opens a port without is refused, with the reason.

use std::net::SocketAddr;

use super::document::{Mapping, Node, Reading};
use super::{Guard, Input, OTLP_GRPC, OTLP_HTTP, TlsFiles};

/// Shortest token.
const SHORTEST_TOKEN: usize = 16;

/// `otlp: { grpc: 127.0.0.1:4317, http: 127.0.0.1:4318, tls: …, token: … }`; `otlp: true` for the default ports.
pub(super) fn otlp(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Input> {
    if !node.is_mapping() {
        let on = reading.flag(node, "otlp")?;
        if !on {
            reading.problem(node.line(), "an `otlp:` source is on; leave the source out to switch it off");
            return None;
        }
        return Some(Input::Otlp { grpc: Some(OTLP_GRPC), http: Some(OTLP_HTTP), guard: Guard::default() });
    }
    let mapping = reading.mapping(node, "otlp", &["grpc", "http", "tls", "token"])?;
    let (mut grpc, mut http) = (port(&mapping, "grpc", reading), port(&mapping, "http", reading));
    if mapping.get("grpc").is_none() && mapping.get("http").is_none() {
        (grpc, http) = (Some(OTLP_GRPC), Some(OTLP_HTTP));
    }
    let guard = guard(&mapping, reading);
    for address in [grpc, http].into_iter().flatten() {
        check(address, &guard, mapping.line, reading);
    }
    Some(Input::Otlp { grpc, http, guard })
}

/// `http: 127.0.0.1:4319`, or a mapping with `listen`, `tls` and `token`.
pub(super) fn http(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Input> {
    if !node.is_mapping() {
        let listen = address(node, "http", reading)?;
        check(listen, &Guard::default(), node.line(), reading);
        return Some(Input::Http { listen, guard: Guard::default() });
    }
    let mapping = reading.mapping(node, "http", &["listen", "tls", "token"])?;
    let Some(listen) = port(&mapping, "listen", reading) else {
        if mapping.get("listen").is_none() {
            reading.problem(mapping.line, "http needs `listen:`, such as `127.0.0.1:4319`");
        }
        return None;
    };
    let guard = guard(&mapping, reading);
    check(listen, &guard, mapping.line, reading);
    Some(Input::Http { listen, guard })
}

/// `syslog: { udp: 127.0.0.1:5514, tcp: 127.0.0.1:5514, tls: { listen, certificate, key, client_ca } }`.
pub(super) fn syslog(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Input> {
    let mapping = reading.mapping(node, "syslog", &["udp", "tcp", "tls"])?;
    let (udp, tcp) = (port(&mapping, "udp", reading), port(&mapping, "tcp", reading));
    for address in [udp, tcp].into_iter().flatten().filter(|address| !address.ip().is_loopback()) {
        let reason =
            "syslog over UDP or plain TCP has neither encryption nor a secret; listen on 127.0.0.1, or use `tls:` with `client_ca:`";
        reading.problem(mapping.line, format!("`{address}` is reachable from other machines: {reason}"));
    }
    let tls = mapping.get("tls").and_then(|node| syslog_tls(node, reading));
    if mapping.get("udp").or(mapping.get("tcp")).or(mapping.get("tls")).is_none() {
        reading.problem(mapping.line, "syslog needs at least one of `udp`, `tcp` and `tls`, such as `udp: 127.0.0.1:5514`");
    }
    Some(Input::Syslog { udp, tcp, tls })
}

fn syslog_tls(node: Node<'_>, reading: &mut Reading<'_>) -> Option<(SocketAddr, TlsFiles)> {
    let mapping = reading.mapping(node, "tls", &["listen", "certificate", "key", "client_ca"])?;
    let files = tls_files(&mapping, reading)?;
    let Some(listen) = port(&mapping, "listen", reading) else {
        reading.problem(mapping.line, "tls needs `listen:`, such as `0.0.0.0:6514`");
        return None;
    };
    if !listen.ip().is_loopback() && files.client_ca.is_none() {
        let reason = "syslog has no token, so senders must have certificates: add `client_ca:`";
        reading.problem(mapping.line, format!("`{listen}` is reachable from other machines: {reason}"));
    }
    Some((listen, files))
}

fn guard(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Guard {
    let tls = mapping
        .get("tls")
        .and_then(|node| reading.mapping(node, "tls", &["certificate", "key", "client_ca"]))
        .and_then(|mapping| tls_files(&mapping, reading));
    let token = mapping.get("token").and_then(|node| reading.text(node, "token"));
    if let Some(token) = token.as_ref().filter(|token| token.text.len() < SHORTEST_TOKEN) {
        reading.problem(token.line, format!("a token has at least {SHORTEST_TOKEN} characters, such as `openssl rand -hex 32` makes"));
    }
    Guard { tls, token: token.map(|token| token.text) }
}

fn tls_files(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<TlsFiles> {
    let mut path = |key: &str| mapping.get(key).and_then(|node| reading.text(node, key)).map(|text| text.text.into());
    let (certificate, key, client_ca) = (path("certificate"), path("key"), path("client_ca"));
    let (Some(certificate), Some(key)) = (certificate, key) else {
        reading.problem(mapping.line, "tls needs `certificate:` and `key:`, files in PEM");
        return None;
    };
    Some(TlsFiles { certificate, key, client_ca })
}

/// A port that other machines reach needs both.
fn check(address: SocketAddr, guard: &Guard, line: usize, reading: &mut Reading<'_>) {
    if address.ip().is_loopback() {
        return;
    }
    let lacks = match (&guard.tls, &guard.token) {
        (None, None) => "`tls:` and `token:`",
        (None, Some(_)) => "`tls:`: the token and the logs would pass in plain text",
        (Some(_), None) => "`token:`: anybody could send",
        (Some(_), Some(_)) => return,
    };
    reading.problem(line, format!("`{address}` is reachable from other machines and lacks {lacks}; or listen on 127.0.0.1"));
}

fn port(mapping: &Mapping<'_>, key: &str, reading: &mut Reading<'_>) -> Option<SocketAddr> {
    mapping.get(key).and_then(|node| address(node, key, reading))
}

fn address(node: Node<'_>, what: &str, reading: &mut Reading<'_>) -> Option<SocketAddr> {
    let text = reading.text(node, what)?;
    let address = text.text.parse().ok();
    if address.is_none() {
        reading.problem(text.line, format!("{what} `{}` is not an address with a port, such as `127.0.0.1:4318`", text.text));
    }
    address
}
