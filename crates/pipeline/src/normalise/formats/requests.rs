//! Requests that servers log in words of their own: name servers, uWSGI, Dubbo, Oracle's listener, AWS network load balancers.
//!
//! Each line says who asked for what, and most how it went. Sources: coredns.io "log", bind9.readthedocs.io "queries", unbound.conf(5)
//! `log-queries` and `log-replies`, dnsmasq(8) `--log-queries`; uwsgi-docs.readthedocs.io "LogFormat"; dubbo.apache.org "accesslog"; Oracle "Net
//! Services Administrator's Guide", listener log; docs.aws.amazon.com "Access logs for your Network Load Balancer".

use magpie_model::{Kind, Side, config::LoggedTime};

use super::keys::{BYTES, ELAPSED_S, HOST, METHOD, NAMES, PATH, SERVICE, SEVERITY, SOURCE, STATUS, TARGET, TIME};
use super::tokens::{Tokens, duration, given, is_decimal, is_digits};
use super::{copy, extra, owned};
use crate::normalise::time::{Form, TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

const TARGET_MODULE: usize = 9;
const ELAPSED_MS: usize = ELAPSED_S + 1;

/// Whose log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Asked {
    /// CoreDNS, BIND, Unbound, dnsmasq.
    Dns,
    Uwsgi,
    Dubbo,
    /// Oracle's listener.
    Tns,
    /// AWS network load balancers, of TLS.
    Nlb,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Requests {
    names: Vec<String>,
    asked: Asked,
    time: TimeForm,
}

impl Requests {
    pub(in crate::normalise) fn new(asked: Asked) -> Self {
        Self { names: owned(&NAMES), asked, time: TimeForm::auto() }
    }
}

impl LineParser for Requests {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.asked {
            Asked::Dns => dns(line, values),
            Asked::Uwsgi => uwsgi(line, values),
            Asked::Dubbo => dubbo(line, values),
            Asked::Tns => tns(line, values),
            Asked::Nlb => nlb(line, values),
        }
        .ok_or(Reason::NO_MATCH)
    }

    fn habits(&self) -> Habits {
        let time = match self.asked {
            Asked::Dns | Asked::Nlb => LoggedTime::End,
            Asked::Uwsgi | Asked::Dubbo | Asked::Tns => LoggedTime::Start,
        };
        // The listener also tells of services that come and go.
        let kind = (self.asked != Asked::Tns).then_some(Kind::Call);
        Habits { kind, side: Some(Side::Callee), time: Some(time) }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn has_partial_lines(&self) -> bool {
        self.asked == Asked::Tns
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        // Oracle's errors stand on lines of their own behind the request.
        (self.asked == Asked::Tns).then(|| scan(line).is_some_and(|(range, _)| range.start == 0))
    }
}

fn dns<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    // Behind a priority of syslog, and the version that RFC 5424 has.
    let line = line.strip_prefix('<').and_then(|rest| rest.split_once('>')).map_or(line, |(_, rest)| rest.trim_start_matches("1 "));
    let found = scan(line).filter(|(range, _)| range.start <= 1);
    let time = found.as_ref().map(|(range, _)| range.clone());
    if let Some(time) = &time {
        values.text(TIME, line.get(time.clone())?);
    }
    if let Some((range, Form::MonthDay)) = &found {
        let host = line.get(range.end..)?.split_ascii_whitespace().next().filter(|host| !host.ends_with(':'));
        copy(HOST, host.unwrap_or_default(), values);
    }
    let text = line.get(time.map_or(0, |time| time.end)..)?.trim_start_matches([']', ' ']);
    coredns(text, values).or_else(|| bind(text, values)).or_else(|| unbound(text, values)).or_else(|| dnsmasq(text, values))
}

/// `[INFO] 10.0.3.17:41022 - 50759 "A IN shop.example. udp 54 false 512" NOERROR qr,aa,rd 106 0.000168s`
fn coredns<'a>(text: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(text);
    tokens.bracketed()?;
    let client = tokens.word().filter(|word| word.contains(':'))?;
    tokens.word().filter(|word| *word == "-")?;
    tokens.word().filter(|word| is_digits(word))?;
    let mut asked = tokens.quoted()?.split(' ');
    let (kind, _, name, protocol) = (asked.next()?, asked.next()?, asked.next()?, asked.next()?);
    let code = tokens.word()?;
    let (_flags, bytes) = (tokens.word()?, tokens.word()?);
    let (seconds, _) = duration(tokens.word()?)?;
    values.text(SOURCE, client);
    set_question(kind, name, values);
    extra("protocol", protocol, values);
    set_answer(code, values);
    copy(BYTES, bytes, values);
    values.text(ELAPSED_S, seconds);
    Some(())
}

/// `client @0x7f8 10.0.3.17#41022 (shop.example): query: shop.example IN A +E(0)K (10.0.9.4)`
fn bind<'a>(text: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (head, query) = text.split_once(": query: ")?;
    let client = head.get(head.rfind("client ")? + "client ".len()..)?;
    let address = client.split(' ').find(|word| word.contains('#'))?.split('#').next()?;
    let mut words = query.split(' ');
    let (name, kind) = (words.next()?, words.nth(1)?);
    values.text(SOURCE, address);
    set_question(kind, name, values);
    if let Some(server) = query.rsplit_once('(').and_then(|(_, server)| server.strip_suffix(')')) {
        values.text(TARGET, server);
    }
    Some(())
}

/// `unbound[123:0] info: 10.0.3.17 shop.example. A IN NOERROR 0.043210 0 61`, without an answer where queries are logged.
fn unbound<'a>(text: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (_, rest) = text.split_once("unbound").and_then(|(_, rest)| rest.split_once("info: "))?;
    let mut words = rest.split(' ');
    let (client, name, kind) = (words.next()?, words.next()?, words.next()?);
    if !name.ends_with('.') || !client.contains(['.', ':']) || words.next()? != "IN" {
        return None;
    }
    values.text(SOURCE, client);
    set_question(kind, name, values);
    if let (Some(code), Some(seconds)) = (words.next(), words.next().filter(|seconds| is_decimal(seconds))) {
        set_answer(code, values);
        values.text(ELAPSED_S, seconds);
        copy(BYTES, words.nth(1).unwrap_or_default(), values);
    }
    Some(())
}

/// `dnsmasq[123]: query[A] shop.example from 10.0.3.17`
fn dnsmasq<'a>(text: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (_, rest) = text.split_once("]: query[").or_else(|| text.split_once(" query["))?;
    let (kind, rest) = rest.split_once("] ")?;
    let (name, client) = rest.split_once(" from ")?;
    values.text(SOURCE, client);
    set_question(kind, name, values);
    Some(())
}

/// What was asked, as a service: the type and the last two labels, since a service for each name would be one for each request.
fn set_question<'a>(kind: &'a str, name: &'a str, values: &mut Values<'a>) {
    let whole = name.trim_end_matches('.');
    let zone = whole.rmatch_indices('.').nth(1).and_then(|(at, _)| whole.get(at + 1..)).unwrap_or(whole);
    values.set(SERVICE, Value::Owned(format!("{kind} {}", zone.to_ascii_lowercase())));
    extra("name", whole, values);
}

/// The response code; a name that does not exist is an answer like any other.
fn set_answer<'a>(code: &'a str, values: &mut Values<'a>) {
    values.text(STATUS, code);
    if !matches!(code, "NOERROR" | "NXDOMAIN" | "YXDOMAIN" | "YXRRSET" | "NXRRSET") {
        values.text(SEVERITY, "error");
    }
}

/// `[pid: 12|app: 0|req: 1/1] 10.0.3.17 (user) {34 vars in 421 bytes} [Sun Nov 22 10:15:03 2026] GET /item/12 => generated 5120 bytes in
/// 43 msecs (HTTP/1.1 200) 2 headers in 81 bytes (1 switches on core 0)`
fn uwsgi<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let worker = tokens.bracketed()?.strip_prefix("pid: ")?;
    let client = tokens.word()?;
    let user = tokens.rest.trim_start().strip_prefix('(')?.split(')').next()?;
    let (_, rest) = tokens.rest.split_once(" [")?;
    let (time, rest) = rest.split_once("] ")?;
    let (asked, answered) = rest.split_once(" => generated ")?;
    let (method, path) = asked.split_once(' ')?;
    let (bytes, answered) = answered.split_once(" bytes in ")?;
    let (elapsed, answered) = answered.split_once(' ')?;
    let (unit, answered) = answered.split_once(' ')?;
    let status = answered.split(')').next()?.rsplit(' ').next()?;
    values.text(TIME, time);
    copy(SOURCE, client, values);
    values.text(METHOD, method);
    values.text(PATH, path);
    values.text(STATUS, status);
    values.text(BYTES, bytes);
    values.text(if unit == "micros" { ELAPSED_MS + 1 } else { ELAPSED_MS }, elapsed);
    extra("user", user, values);
    extra("pid", worker.split('|').next()?, values);
    Some(())
}

/// `[2026-11-22 10:15:03] 10.0.0.9:53122 -> 10.0.0.7:20880 - com.shop.StockService reserve(java.lang.Long,int) [7,2]`; version 3 writes
/// the time of the answer behind the first one.
fn dubbo<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let time = tokens.bracketed()?;
    scan(time).filter(|(range, _)| range.start == 0)?;
    tokens.blanks();
    if tokens.eat("-> [") {
        tokens.until(b']')?;
    }
    let client = tokens.word()?;
    tokens.word().filter(|word| *word == "->")?;
    let (server, _) = (tokens.word()?, tokens.word().filter(|word| *word == "-")?);
    let interface = tokens.word()?;
    let method = tokens.rest.trim_start().split(['(', ' ']).next()?;
    if !client.contains(':') || !server.contains(':') || method.is_empty() {
        return None;
    }
    // `group/interface:version`
    let name = interface.rsplit('/').next()?.split(':').next()?;
    values.text(TIME, time);
    values.text(SOURCE, client);
    values.text(TARGET, server);
    values.set(SERVICE, Value::Owned(format!("{name}/{method}")));
    extra("interface", interface, values);
    Some(())
}

/// `22-NOV-2026 10:15:04 * (CONNECT_DATA=(SERVICE_NAME=shop)…) * (ADDRESS=(PROTOCOL=tcp)(HOST=10.0.0.9)(PORT=51234)) * establish * shop * 0`
fn tns<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let parts: Vec<&str> = line.split(" * ").collect();
    let ([time, .., code], 3..) = (parts.as_slice(), parts.len()) else { return None };
    let time = scan(time).filter(|(range, form)| range.len() == time.len() && form.is_dated()).and_then(|(range, _)| time.get(range))?;
    let code = code.lines().next().map(str::trim).filter(|code| is_digits(code))?;
    values.text(TIME, time);
    values.text(STATUS, code);
    if code != "0" {
        values.text(SEVERITY, "error");
    }
    let event = parts.iter().skip(1).find(|part| !part.starts_with('('))?;
    if !parts[1].starts_with("(CONNECT_DATA=") {
        extra("event", event, values);
        return Some(());
    }
    let member = |name: &str| line.get(line.find(name)? + name.len()..)?.split(')').next().and_then(given);
    let address = parts.iter().find(|part| part.starts_with("(ADDRESS="));
    let host = address.and_then(|address| address.get(address.find("(HOST=")? + "(HOST=".len()..)?.split(')').next());
    if let Some(client) = host.or_else(|| member("(HOST=")) {
        values.text(SOURCE, client);
    }
    values.text(SERVICE, event);
    if let Some(module) = member("(SERVICE_NAME=").or_else(|| parts.get(parts.len() - 2).copied().filter(|part| part != event)) {
        values.text(TARGET_MODULE, module);
    }
    if let Some(program) = member("(PROGRAM=") {
        extra("program", program, values);
    }
    Some(())
}

/// `tls 2.0 2026-11-22T10:15:03 net/shop/c6e7 g3d4 10.0.3.17:51234 10.0.9.4:443 5 2 98 246 …`
fn nlb<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let kind = tokens.word().filter(|kind| *kind == "tls")?;
    tokens.word().filter(|version| is_decimal(version))?;
    let time = tokens.word()?;
    extra("elb", tokens.word().filter(|name| name.starts_with("net/"))?, values);
    extra("listener", tokens.word()?, values);
    let (client, server) = (tokens.word()?, tokens.word()?);
    let (elapsed, handshake) = (tokens.word()?, tokens.word()?);
    let (received, sent) = (tokens.word()?, tokens.word()?);
    // Times of AWS are UTC.
    values.set(TIME, Value::Owned(format!("{time}Z")));
    copy(SOURCE, client, values);
    copy(TARGET, server, values);
    values.text(SERVICE, kind);
    copy(ELAPSED_MS, elapsed, values);
    copy(BYTES, sent, values);
    extra("handshake_ms", handshake, values);
    extra("received_bytes", received, values);
    Some(())
}
