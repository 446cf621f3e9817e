//! Access logs that are a fixed row of pieces: Envoy, AWS ALB and its classic elder, S3, HAProxy, Squid, Gin, Morgan, and what has
//! a `#Fields:` line (IIS, CloudFront).
//!
//! Each is a list of column names; only what is not a plain copy (requests, sums of times, addresses of names) is code.
//! Sources: envoyproxy.io "Default format string" (and Istio's), docs.aws.amazon.com "Access logs for your Application Load
//! Balancer" and "Amazon S3 server access log format", the HAProxy configuration manual 8.2.3, wiki.squid-cache.org "Log format", gin-gonic.com "defaultLogFormatter", expressjs.com "morgan", W3C "Extended Log
//! File Format". Envoy, HAProxy log the start of a request; the others its end.

use magpie_model::{Kind, Side, config::LoggedTime, field::parse_decimal};

use super::keys::{ELAPSED_S, METHOD, NAMES, PATH, SERVICE, SOURCE, STATUS, TARGET, TIME};
use super::tokens::{Tokens, compound_duration, duration, given, is_decimal, is_digits, request};
use super::{copy, extra, owned, set_duration};
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

const TARGET_MODULE: usize = 9;
const FORWARDED_FOR: usize = 11;
const BYTES: usize = 15;
const ELAPSED_MS: usize = 17;
const ELAPSED_NS: usize = 19;

/// Which format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Row {
    Envoy,
    Alb,
    S3,
    Haproxy,
    Squid,
    Gin,
    Morgan,
    /// Names of the columns.
    W3c(Vec<String>),
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Columns {
    names: Vec<String>,
    row: Row,
    time: TimeForm,
}

impl Columns {
    pub(in crate::normalise) fn new(row: Row) -> Self {
        Self { names: owned(&NAMES), row, time: TimeForm::auto() }
    }

    /// IIS logs, when one of the first lines names the fields.
    pub(in crate::normalise) fn w3c(sample: &[&str]) -> Option<Self> {
        let fields = sample.iter().find_map(|line| line.strip_prefix("#Fields: "))?;
        Some(Self::new(Row::W3c(fields.split_ascii_whitespace().map(str::to_owned).collect())))
    }
}

impl LineParser for Columns {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match &self.row {
            Row::Envoy => envoy(line, values).ok_or(Reason::NO_MATCH),
            Row::Alb => alb(line, values).ok_or(Reason::NO_MATCH),
            Row::S3 => s3(line, values).ok_or(Reason::NO_MATCH),
            Row::Haproxy => haproxy(line, values).ok_or(Reason::NO_MATCH),
            Row::Squid => squid(line, values).ok_or(Reason::NO_MATCH),
            Row::Gin => gin(line, values).ok_or(Reason::NO_MATCH),
            Row::Morgan => morgan(line, values).ok_or(Reason::NO_MATCH),
            Row::W3c(fields) => w3c(fields, line, values),
        }
    }

    fn habits(&self) -> Habits {
        let time = match self.row {
            Row::Envoy | Row::Haproxy | Row::S3 => LoggedTime::Start,
            Row::Alb | Row::Squid | Row::Gin | Row::Morgan | Row::W3c(_) => LoggedTime::End,
        };
        Habits { kind: Some(Kind::Call), side: Some(Side::Callee), time: Some(time) }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, _line: &str) -> Option<bool> {
        Some(true)
    }
}

/// Sets method and path from a request line; from an absolute URL only the path.
fn set_request<'a>(text: &'a str, values: &mut Values<'a>) {
    let Some((method, path)) = request(text) else {
        values.text(METHOD, "(malformed)");
        return extra("request", text, values);
    };
    values.text(METHOD, method);
    values.text(PATH, path_of(path));
}

fn path_of(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => url,
    }
}

/// A status is three digits, or 0 or `-` where there was no answer.
fn set_status<'a>(piece: &'a str, values: &mut Values<'a>) -> Option<()> {
    if !(is_digits(piece) && (piece.len() == 3 || piece == "0") || piece == "-") {
        return None;
    }
    copy(STATUS, piece, values);
    Some(())
}

fn envoy<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let time = tokens.bracketed()?;
    if !time.as_bytes().first()?.is_ascii_digit() || !time.contains('T') {
        return None;
    }
    values.text(TIME, time);
    let line = tokens.quoted()?;
    // A connection without HTTP has no request.
    if line != "- - -" {
        set_request(line, values);
    }
    set_status(tokens.word()?, values)?;
    extra("response_flags", tokens.word()?, values);
    let pieces: Vec<&str> = std::iter::from_fn(|| tokens.piece()).collect();
    // Istio writes three details between the flags and the sizes.
    let skip = if is_digits(pieces.first()?) { 0 } else { 3 };
    let piece = |at: usize| pieces.get(at + skip).copied();
    copy(BYTES, piece(1)?, values);
    copy(ELAPSED_MS, piece(2)?, values);
    for (at, slot) in [(4, FORWARDED_FOR), (8, TARGET)] {
        if let Some(text) = piece(at) {
            copy(slot, text, values);
        }
    }
    for (at, key) in [(3, "upstream_ms"), (5, "user_agent"), (6, "request_id"), (7, "authority")] {
        if let Some(text) = piece(at) {
            extra(key, text, values);
        }
    }
    if let Some(cluster) = piece(9) {
        extra("upstream_cluster", cluster, values);
    }
    if let Some(peer) = piece(12) {
        copy(SOURCE, peer, values);
    }
    // Without Istio's addresses, the first forwarded address is all that is known of the client.
    if !values.get(SOURCE).is_present()
        && let Some(first) = piece(4).and_then(given)
    {
        values.text(SOURCE, first.rsplit(',').next()?.trim());
    }
    Some(())
}

fn alb<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let first = tokens.word()?;
    if matches!(first, "http" | "https" | "h2" | "grpcs" | "ws" | "wss") {
        extra("type", first, values);
        values.text(TIME, tokens.word()?);
    } else if first.as_bytes().get(10) == Some(&b'T') && first.ends_with('Z') {
        // The classic load balancer's row is the same without the type.
        values.text(TIME, first);
    } else {
        return None;
    }
    extra("elb", tokens.word()?, values);
    copy(SOURCE, tokens.word()?, values);
    copy(TARGET, tokens.word()?, values);
    // Times are -1 where a step was not reached; then no elapsed time is known.
    let mut total: Option<i64> = Some(0);
    for _ in 0..3 {
        let part = parse_decimal(tokens.word()?, 9)?;
        total = total.filter(|_| part >= 0).and_then(|total| total.checked_add(part));
    }
    if let Some(total) = total {
        values.set(ELAPSED_NS, Value::Integer(total));
    }
    set_status(tokens.word()?, values)?;
    extra("target_status", tokens.word()?, values);
    extra("received_bytes", tokens.word()?, values);
    copy(BYTES, tokens.word()?, values);
    set_request(tokens.quoted()?, values);
    for key in ["user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "x_amzn_trace_id", "domain_name"] {
        match tokens.piece() {
            Some(piece) => extra(key, piece, values),
            None => break,
        }
    }
    Some(())
}

/// Owner, bucket, time, client, requester, request id, operation, key, request, status, error, bytes, size, total and turn-around
/// time in ms, referer, agent, and more.
fn s3<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let owner = tokens.word()?;
    if owner.len() != 64 || !owner.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let bucket = tokens.word()?;
    copy(TARGET_MODULE, bucket, values);
    values.text(TIME, tokens.bracketed()?);
    copy(SOURCE, tokens.word()?, values);
    extra("requester", tokens.word()?, values);
    extra("request_id", tokens.word()?, values);
    let operation = tokens.word()?;
    extra("key", tokens.word()?, values);
    extra("request", tokens.piece()?, values);
    // An object's key in the path would make a route of each, and rules of a bucket have no request.
    values.text(SERVICE, operation);
    set_status(tokens.word()?, values)?;
    extra("error_code", tokens.word()?, values);
    copy(BYTES, tokens.word()?, values);
    extra("object_size", tokens.word()?, values);
    copy(ELAPSED_MS, tokens.word()?, values);
    extra("turn_around_ms", tokens.word()?, values);
    extra("referer", tokens.piece()?, values);
    extra("user_agent", tokens.piece()?, values);
    Some(())
}

fn haproxy<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let open = line.find(" [").filter(|at| line.as_bytes().get(at + 4) == Some(&b'/'))?;
    let client = line.get(..open)?;
    let client = client.rsplit_once(' ').map_or(client, |(_, client)| client);
    if !client.contains([':', '.']) {
        return None;
    }
    let mut tokens = Tokens::new(line.get(open..)?);
    copy(SOURCE, client, values);
    values.text(TIME, tokens.bracketed()?);
    extra("frontend", tokens.word()?.trim_end_matches('~'), values);
    let (backend, server) = tokens.word()?.split_once('/')?;
    copy(TARGET_MODULE, backend, values);
    if !server.starts_with('<') {
        copy(TARGET, server, values);
    }
    let timers = tokens.word()?;
    let total = timers.rsplit('/').next()?.trim_start_matches('+');
    if !timers.contains('/') || !is_digits(total.trim_start_matches('-')) {
        return None;
    }
    if is_digits(total) {
        values.text(ELAPSED_MS, total);
    }
    if timers.matches('/').count() == 2 {
        // TCP mode: no status, no request.
        copy(BYTES, tokens.word()?.trim_start_matches('+'), values);
        extra("termination", tokens.word()?, values);
        return Some(());
    }
    let status = tokens.word()?;
    if status != "-1" {
        set_status(status, values)?;
    }
    copy(BYTES, tokens.word()?.trim_start_matches('+'), values);
    tokens.word()?;
    tokens.word()?;
    extra("termination", tokens.word()?, values);
    let at = tokens.rest.find('"')?;
    tokens.rest = tokens.rest.get(at..)?;
    set_request(tokens.quoted().unwrap_or(tokens.rest), values);
    Some(())
}

fn squid<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let mut time = tokens.word()?;
    if is_decimal(time) {
        Some(()).filter(|()| time.find('.') == Some(10))?;
    } else {
        // `logformat` has other times: `%tl` has a zone behind it.
        let (range, _) = scan(line).filter(|(range, form)| range.start == 0 && form.is_dated())?;
        time = line.get(range.clone())?;
        tokens.rest = line.get(range.end..)?;
    }
    values.text(TIME, time);
    let elapsed = tokens.word()?;
    if !is_digits(elapsed) {
        return None;
    }
    values.text(ELAPSED_MS, elapsed);
    copy(SOURCE, tokens.word()?, values);
    let (outcome, status) = tokens.word()?.split_once('/')?;
    extra("cache", outcome, values);
    set_status(status, values)?;
    copy(BYTES, tokens.word()?, values);
    copy(METHOD, tokens.word()?, values);
    values.text(PATH, path_of(tokens.word()?));
    extra("user", tokens.word()?, values);
    if let Some((_, peer)) = tokens.word().and_then(|peer| peer.split_once('/')) {
        copy(TARGET, peer, values);
    }
    Some(())
}

/// `[GIN] 2026/11/22 - 10:15:03 | 200 |     12.345ms |        10.0.0.5 | GET      "/items/5"`
fn gin<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let is_gin = line.starts_with("[GIN] ");
    let mut parts = line.trim_start_matches("[GIN] ").split('|').map(str::trim);
    let time = parts.next()?;
    match time.split_once(" - ").filter(|_| is_gin) {
        Some((date, time)) => values.set(TIME, Value::Owned(format!("{date} {time}"))),
        // Fiber's lines are alike, but for the name and the date.
        None if !is_gin && scan(time).is_some_and(|(range, _)| range == (0..time.len())) => values.text(TIME, time),
        None => return None,
    }
    set_status(parts.next()?, values)?;
    let elapsed = parts.next()?;
    match (duration(elapsed), compound_duration(elapsed)) {
        (Some((number, name)), _) => set_duration(number, name, ELAPSED_S, values),
        (None, Some(seconds)) => values.set(ELAPSED_S, Value::Owned(seconds)),
        (None, None) => return None,
    }
    copy(SOURCE, parts.next()?, values);
    let request = parts.next()?;
    let (method, path) = request.split_once(' ').or_else(|| Some((request, parts.next()?)))?;
    if !is_gin && !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    copy(METHOD, method, values);
    copy(PATH, path.trim().trim_matches('"'), values);
    Some(())
}

/// What Next.js (`GET /items/5 200 in 12ms`) and Express log without a time: `GET /items/5 200 12.345 ms - 512` (`dev`), `GET /items/5 200 512 - 12.345 ms` (`tiny`), and
/// the same behind `10.0.0.5 - ` and with a protocol (`short`). A request that was given up has neither status nor time.
fn morgan<'a>(line: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut tokens = Tokens::new(line);
    let mut method = tokens.word()?;
    let is_method = |word: &str| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    let is_short = !is_method(method);
    if is_short {
        if !method.contains(['.', ':']) {
            return None;
        }
        values.text(SOURCE, method);
        extra("user", tokens.word()?, values);
        method = tokens.word().filter(|word| is_method(word))?;
    }
    let path = tokens.word().filter(|path| path.starts_with('/') || path.contains("://") || *path == "*")?;
    if is_short && !tokens.word()?.starts_with("HTTP/") {
        return None;
    }
    set_status(tokens.word()?, values)?;
    if let Some(taken) = tokens.rest.strip_prefix(" in ") {
        // Next.js, which may tell behind it of what that consists.
        let (number, unit) = duration(taken.split(' ').next()?)?;
        copy(METHOD, method, values);
        copy(PATH, path_of(path), values);
        set_duration(number, unit, ELAPSED_S, values);
        return Some(());
    }
    let (bytes, elapsed) = match tokens.rest.trim_start().split_once(" - ")? {
        (elapsed, bytes) if elapsed.ends_with(" ms") => (bytes, elapsed),
        (bytes, elapsed) => (bytes, elapsed),
    };
    let elapsed = elapsed.strip_suffix(" ms").unwrap_or(elapsed);
    if !(is_decimal(elapsed) || elapsed == "-") || !(is_digits(bytes) || bytes == "-") {
        return None;
    }
    copy(METHOD, method, values);
    copy(PATH, path_of(path), values);
    copy(BYTES, bytes, values);
    copy(ELAPSED_MS, elapsed, values);
    Some(())
}

/// `date` and `time` are two columns of one time, in UTC; `time-taken` is in seconds with decimals, or as IIS has it in whole ms.
fn w3c<'a>(fields: &[String], line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    if line.starts_with('#') {
        return Err(Reason::NOT_AN_EVENT);
    }
    let mut tokens = Tokens::new(line);
    let (mut date, mut query) = (None, None);
    for field in fields {
        let piece = tokens.piece().ok_or(Reason::BAD_COLUMNS)?;
        match field.as_str() {
            "date" => date = Some(piece),
            "time" => values.set(TIME, Value::Owned(date.map_or_else(|| piece.to_owned(), |date| format!("{date} {piece} UTC")))),
            "c-ip" => copy(SOURCE, piece, values),
            "s-ip" => copy(TARGET, piece, values),
            "cs-method" => copy(METHOD, piece, values),
            "cs-uri-stem" | "cs-uri" => copy(PATH, path_of(piece), values),
            "cs-uri-query" => query = given(piece),
            "sc-status" => copy(STATUS, piece, values),
            "sc-bytes" => copy(BYTES, piece, values),
            "time-taken" => copy(if piece.contains('.') { ELAPSED_S } else { ELAPSED_MS }, piece, values),
            "X-Forwarded-For" | "x-forwarded-for" => copy(FORWARDED_FOR, piece, values),
            _ if values.wants_extra() && given(piece).is_some() => values.extra.push((field.clone().into(), piece.into())),
            _ => {}
        }
    }
    if let Some(query) = query
        && values.wants_extra()
    {
        values.extra.push(("query".into(), query.into()));
    }
    if tokens.word().is_some() { Err(Reason::BAD_COLUMNS) } else { Ok(()) }
}
