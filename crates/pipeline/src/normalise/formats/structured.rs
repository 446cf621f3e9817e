//! Lines of keys and values: JSON lines of any logger, logfmt, and pairs with something else than blanks between.
//!
//! All hand their members to one filler, which knows from `keys` what a name means; nested JSON objects are flattened
//! with points. A duration without a unit is read in the unit that the sample lines make likely. An access line (method
//! or path, and a status) is a call; all else are logs, so the kind is left to the line. Traefik logs the end of a
//! request in `time`, Caddy its end in `ts`, Envoy's JSON its start in `start_time`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::clef;
use super::json::{Json, Members, unescape};
use super::keys::{
    BYTES, COMPONENT, ELAPSED_S, HOST, MESSAGE, METHOD, Meaning, NAMES, OPERATION, PATH, SERVICE, SEVERITY, SOURCE, STATUS, TARGET, TIME,
    TRACE_ID, VERSION, level_word, meaning,
};
use super::layout::{letter_level, level_of};
use super::owned;
use super::pairs::{Pairs, Separated};
use super::tokens::{compound_duration, duration, is_digits, is_ip, request, size};
use crate::normalise::batch::{Line, Memory, Piece};
use crate::normalise::bytes::{find_either, stands_within};
use crate::normalise::json::plain::{self, Look, Plain, PlainValue, UNASKED};
use crate::normalise::json::together;
use crate::normalise::values::{LineParser, Reason, Value, Values, split_each};

/// How deep nested objects are opened; deeper ones stay JSON text.
const DEPTH: usize = 4;

/// The syntax of a structured line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Syntax {
    /// One object per line.
    Json,
    /// `key=value key="quoted value"`.
    Logfmt,
    /// `key=value|key=value`, or whatever stands between.
    Separated(Separated),
}

/// The reader.
#[derive(Clone, Debug)]
pub(in crate::normalise) struct Structured {
    /// The names that every such reader knows, then those it was asked for.
    names: Vec<String>,
    syntax: Syntax,
    /// Slot for durations that name no unit.
    unit: usize,
    /// Whether `host` is the name that requests were for, as `$host` of nginx.
    has_virtual_hosts: bool,
}

impl Structured {
    pub(in crate::normalise) fn new(syntax: Syntax, sample: &[&str]) -> Self {
        let unit = ELAPSED_S + learn_unit(syntax, sample);
        Self { names: owned(&NAMES), syntax, unit, has_virtual_hosts: sample.iter().any(|line| names_virtual_host(syntax, line)) }
    }

    /// A reader that has learned nothing.
    fn probe(syntax: Syntax) -> Self {
        Self { names: Vec::new(), syntax, unit: ELAPSED_S, has_virtual_hosts: false }
    }

    /// A reader of pairs with what the sample has between them; `None` where it has none.
    pub(in crate::normalise) fn separated_by(sample: &[&str]) -> Option<Self> {
        Some(Self::new(Syntax::Separated(Separated::of_sample(sample)?), sample))
    }

    /// Whether its lines are LTSV.
    pub(in crate::normalise) fn is_ltsv(&self) -> bool {
        matches!(self.syntax, Syntax::Separated(separated) if separated.is_ltsv())
    }

    /// The same reader that is asked for these names, too.
    pub(super) fn with_more(&self, names: &[String]) -> Self {
        let names = self.names.iter().chain(names).cloned().collect();
        Self { names, ..self.clone() }
    }

    /// An entry of several lines, each `KEY=value`, as the journal exports them.
    pub(super) fn entry<'a>(event: &'a str, values: &mut Values<'a>) {
        let reader = Self::probe(Syntax::Logfmt);
        for (key, value) in event.lines().filter_map(|line| line.split_once('=')) {
            reader.put(Cow::Borrowed(key), Cow::Borrowed(value), values);
        }
    }

    fn put<'a>(&self, key: Cow<'a, str>, value: Cow<'a, str>, values: &mut Values<'a>) {
        let known = values.meanings.get_or_insert_default().get(key.as_bytes(), || [meaning(&key).to_number(), 0, 0]);
        match Meaning::from_number(known[0]) {
            // A server's address may turn out to be a component.
            Meaning::Slot(slot) if slot != TARGET && !values.wants(slot) && !values.wants_extra() => {}
            // `service=30ms`, as Heroku's router tells how long the application took.
            Meaning::Slot(SERVICE) if duration(&value).is_some() => self.elapsed(value, values),
            Meaning::Slot(slot) => self.fill(slot, key, value, values),
            Meaning::Elapsed if is_elapsed(&value) => self.elapsed(value, values),
            Meaning::Elapsed | Meaning::Attribute => self.attribute(key, value, values),
        }
    }

    fn elapsed<'a>(&self, value: Cow<'a, str>, values: &mut Values<'a>) {
        let unit = duration(&value).and_then(|(number, name)| Some((number.to_owned(), NAMES.iter().position(|n| *n == name)?)));
        let unit = unit.or_else(|| Some((compound_duration(&value)?, ELAPSED_S)));
        let (number, slot) = unit.map_or_else(|| (as_value(value), self.unit), |(number, slot)| (Value::Owned(number), slot));
        if values.wants(slot) && !values.get(slot).is_present() {
            values.set(slot, number);
        }
    }

    fn fill<'a>(&self, slot: usize, key: Cow<'a, str>, value: Cow<'a, str>, values: &mut Values<'a>) {
        if value.is_empty() || value == "-" {
            return;
        }
        // An operation of gRPC is a path: `/order.v1.Order/Get`.
        let slot = if slot == OPERATION && value.starts_with('/') && !values.get(PATH).is_present() { PATH } else { slot };
        // The version of GELF stands before the text.
        if key == GELF_TEXT && values.get(VERSION).to_text().is_some_and(|version| version == "1.1") {
            values.set(VERSION, Value::Missing);
        }
        // Rust's tracing writes the module path as `target`.
        let slot = if slot == TARGET && is_module_path(value.as_bytes()) { COMPONENT } else { slot };
        if slot == SEVERITY
            && let Some(word) = level_word(&value)
        {
            return values.text(SEVERITY, word);
        }
        if slot == TIME
            && let Some(joined) = values.get(TIME).to_text().and_then(|date| date_and_clock(&date, &value))
        {
            return values.set(TIME, Value::Owned(joined));
        }
        // Heroku writes its own code before the status of the answer.
        if slot == STATUS
            && is_digits(&value)
            && let Some(code) = values.get(STATUS).to_text().filter(|code| !is_digits(code)).map(|code| code.into_owned())
        {
            values.set(STATUS, as_value(value));
            return self.attribute(Cow::Borrowed("code"), Cow::Owned(code), values);
        }
        if values.get(slot).is_present()
            || slot == SOURCE && is_no_address(value.as_bytes())
            || slot == METHOD && is_no_method(value.as_bytes())
            || slot == VERSION && value.starts_with(PROTOCOL)
        {
            return self.attribute(key, value, values);
        }
        let value = if slot == TRACE_ID { id_of_resource(value) } else { value };
        // nginx lists the upstreams that it tried one after the other.
        let value = if slot == TARGET { last_of_list(value) } else { value };
        let bytes = size(&value).filter(|_| slot == BYTES);
        values.set(slot, bytes.map_or_else(|| as_value(value), |bytes| Value::Owned(bytes.to_string())));
    }

    fn attribute<'a>(&self, key: Cow<'a, str>, value: Cow<'a, str>, values: &mut Values<'a>) {
        // `request: "GET / HTTP/1.1"`, as nginx writes it into JSON.
        if key == "request"
            && let Some((method, path)) = request(&value)
        {
            values.set(METHOD, Value::Owned(method.to_owned()));
            return values.set(PATH, Value::Owned(path.to_owned()));
        }
        // A client has a name as often as an address, and what a mapping asks for by its name stays where it finds it.
        if key == CLIENT && self.asked(CLIENT).is_none() && !values.get(SOURCE).is_present() && is_ip(&value) {
            return values.set(SOURCE, as_value(value));
        }
        // What Loki exports; elsewhere it is the number of a line of code.
        if key == LINE && !is_digits(&value) && !values.get(MESSAGE).is_present() && self.asked(LINE).is_none() {
            return values.set(MESSAGE, as_value(value));
        }
        // MongoDB's levels are a letter, and a number behind that of debug.
        if key == "s"
            && !values.get(SEVERITY).is_present()
            && let Some(level) = letter_level(value.trim_end_matches(|last: char| last.is_ascii_digit()))
        {
            return values.text(SEVERITY, level.name());
        }
        if key == MONGO_COMPONENT
            && !values.get(COMPONENT).is_present()
            && values.get(SEVERITY).is_present()
            && value.len() > 1
            && value.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            return values.set(COMPONENT, as_value(value));
        }
        if key == ADDRESSES
            && !values.get(SOURCE).is_present()
            && let Some(first) = value.split('"').nth(1).filter(|first| is_ip(first))
        {
            return values.set(SOURCE, Value::Owned(first.to_owned()));
        }
        // Heroku's router: who served it; its `host` is what was asked for.
        if key == "dyno" && !value.is_empty() && !values.get(TARGET).is_present() {
            if let Some(asked) = values.get(HOST).to_text().map(|asked| asked.into_owned()) {
                values.set(HOST, Value::Missing);
                values.extra.extend(values.wants_extra().then_some((Cow::Borrowed("host"), Cow::Owned(asked))));
            }
            return values.set(TARGET, as_value(value));
        }
        // FortiGate writes date, clock and zone one by one.
        if key == ZONE
            && let Some(time) = values.get(TIME).to_text().filter(|time| time.len() == "2026-11-22 10:15:03".len())
        {
            let time = format!("{time}{value}");
            return values.set(TIME, Value::Owned(time));
        }
        // log4j2 and clouds write a time as two numbers.
        if let Some(nanos) = nanos_of(&key, &value)
            && let Some(seconds) = values.get(TIME).to_text().filter(|seconds| is_digits(seconds))
        {
            let time = format!("{seconds}.{nanos:09}");
            return values.set(TIME, Value::Owned(time));
        }
        // Loggers write what went wrong as `error`; Magpie's `error` is a flag.
        let key = if key == "error" { Cow::Borrowed("error.message") } else { key };
        if let Some(slot) = self.asked(&key) {
            if !values.get(slot).is_present() {
                values.set(slot, as_value(value));
            }
        } else if values.wants_extra() {
            values.extra.push((key, value));
        }
    }

    /// The slot of a name that the configuration asks for.
    fn asked(&self, key: &str) -> Option<usize> {
        let asked = self.names.get(NAMES.len()..)?;
        asked.iter().position(|name| name == key).map(|at| NAMES.len() + at)
    }

    fn object<'a>(&self, text: &'a str, prefix: &str, depth: usize, values: &mut Values<'a>) -> Result<(), Reason> {
        let mut members = Members::of(text).ok_or(Reason::BAD_JSON)?;
        for (key, value) in members.by_ref() {
            let key: Cow<'a, str> = match (prefix.is_empty(), key.contains('\\')) {
                (true, false) => Cow::Borrowed(key),
                (true, true) => Cow::Owned(unescape(key)),
                (false, _) => Cow::Owned(format!("{prefix}.{}", unescape(key))),
            };
            match value {
                Json::Array(list) if key == JOURNAL_MESSAGE => {
                    let text = bytes_of(list).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                    self.put(key, text.map_or(Cow::Borrowed(list), Cow::Owned), values);
                }
                Json::Text(text) | Json::Number(text) | Json::Array(text) => self.put(key, Cow::Borrowed(text), values),
                Json::Escaped(raw) => self.put(key, Cow::Owned(unescape(raw)), values),
                Json::Bool(flag) => self.put(key, Cow::Borrowed(if flag { "true" } else { "false" }), values),
                Json::Null => {}
                Json::Object(text) if depth < DEPTH => self.object(text, &key, depth + 1, values)?,
                Json::Object(text) => self.put(key, Cow::Borrowed(text), values),
            }
        }
        members.ended_well().then_some(()).ok_or(Reason::BAD_JSON)
    }

    fn logfmt<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        // A time or a level before the pairs is a head, which a layout reads.
        let first = line.split(' ').next().unwrap_or_default();
        if !first.contains('=') && (first.starts_with(|one: char| one.is_ascii_digit() || one == '[') || is_level(first)) {
            return Err(Reason::NO_MATCH);
        }
        let mut pairs = 0;
        let mut words = 0;
        for (key, value) in Pairs::of(line) {
            match value {
                Some(value) => {
                    pairs += 1;
                    self.put(Cow::Borrowed(key), value, values);
                }
                None => words += 1,
            }
        }
        if pairs < 2 || words > pairs {
            return Err(Reason::NO_MATCH);
        }
        Ok(())
    }

    fn separated<'a>(&self, separated: Separated, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let is_access = separated.is_ltsv() && separated.tells_of_request(line);
        let mut pairs = 0;
        for (key, value) in separated.pairs(line) {
            let Some(value) = value else { return Err(Reason::NO_MATCH) };
            pairs += 1;
            self.put(Cow::Borrowed(if is_access { ltsv_name(key) } else { key }), value, values);
        }
        if pairs < 2 { Err(Reason::NO_MATCH) } else { Ok(()) }
    }
}

/// The journal's text, which `journalctl` writes as a list of its bytes where some of them cannot be printed, as those of colours.
const JOURNAL_MESSAGE: &str = "MESSAGE";

/// The bytes of a JSON array of numbers.
fn bytes_of(array: &str) -> Option<Vec<u8>> {
    let inner = array.strip_prefix('[')?.strip_suffix(']')?;
    inner.split(',').map(|number| number.trim().parse().ok()).collect()
}

/// What a plain value is used for: a slot, [`UNASKED`], or this.
const ELAPSED: u32 = u32::MAX - 1;

impl Plain for Structured {
    fn use_of(&self, key: &str, memory: &Memory) -> Option<u32> {
        let wants = |slot: usize| memory.wants_extra || memory.wanted.get(slot) == Some(&true);
        let slot = match meaning(key) {
            // What completes a line by others of its members.
            _ if matches!(key, GELF_TEXT | clef::TIME_KEY | clef::TEMPLATE_KEY) => return None,
            // Words of severity are put into other words.
            Meaning::Slot(SEVERITY) => return (!wants(SEVERITY)).then_some(UNASKED),
            Meaning::Elapsed => return Some(ELAPSED),
            Meaning::Slot(slot) => Some(slot).filter(|&slot| slot == TARGET || wants(slot)),
            Meaning::Attribute
                if matches!(
                    key,
                    "request" | "error" | "s" | MONGO_COMPONENT | ADDRESSES | LINE | ZONE | NANOS_OF_LOG4J | NANOS_OF_CLOUDS
                ) =>
            {
                return None;
            }
            Meaning::Attribute => match self.asked(key) {
                None if memory.wants_extra || key == CLIENT => return None,
                asked => asked,
            },
        };
        Some(slot.map_or(UNASKED, |slot| slot as u32))
    }

    #[inline]
    fn take(&self, using: u32, value: PlainValue<'_>, pieces: &mut [Piece], memory: &Memory) -> Option<()> {
        let slot = match using {
            UNASKED => return Some(()),
            ELAPSED if value.is_flag || !is_decimal(value.bytes()) => return None,
            ELAPSED if memory.wanted.get(self.unit) == Some(&true) => self.unit,
            ELAPSED => return Some(()),
            slot => slot as usize,
        };
        let is_known = slot < NAMES.len() && using != ELAPSED;
        if is_known && matches!(value.bytes(), [] | [b'-']) {
            return Some(());
        }
        let is_second = matches!(slot, TIME | STATUS) && pieces.get(slot).is_some_and(|piece| *piece != Piece::MISSING);
        if is_second || is_put_otherwise(slot, value.text, value.piece.range()) {
            return None;
        }
        let piece = pieces.get_mut(slot)?;
        if *piece == Piece::MISSING {
            *piece = value.piece;
            return Some(());
        }
        // What a slot has no room for becomes an attribute.
        (!is_known || !memory.wants_extra).then_some(())
    }

    fn look(&self, slot: usize) -> Look {
        match slot {
            SOURCE | TARGET | METHOD | TRACE_ID | BYTES | VERSION | OPERATION => Look::Whole,
            _ if slot == self.unit => Look::Whole,
            _ if slot < NAMES.len() => Look::Length,
            _ => Look::Never,
        }
    }

    #[inline]
    fn surely_takes(&self, slot: usize, text: &[u8], value: Range<usize>) -> bool {
        let Some(written) = text.get(value.clone()) else { return false };
        !matches!(written, [] | [b'-']) && (slot != self.unit || is_decimal(written)) && !is_put_otherwise(slot, text, value)
    }
}

/// Whether a value is put elsewhere than in its slot, or in other words.
#[inline(always)]
fn is_put_otherwise(slot: usize, text: &[u8], value: Range<usize>) -> bool {
    let written = text.get(value.clone()).unwrap_or_default();
    match slot {
        SOURCE => is_no_address(written),
        METHOD => is_no_method(written),
        VERSION => written.starts_with(PROTOCOL.as_bytes()),
        OPERATION => written.first() == Some(&b'/'),
        TRACE_ID => written.starts_with(RESOURCE),
        TARGET => is_module_path(written) || stands_within(text, value, b','),
        BYTES => written.last().is_some_and(u8::is_ascii_alphabetic),
        _ => false,
    }
}

#[inline]
fn is_decimal(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// The key of who asks, where its value is an address.
const CLIENT: &str = "client";

/// The key of a whole line, where its value is no number.
const LINE: &str = "line";

/// The key of a message of GELF.
const GELF_TEXT: &str = "short_message";

/// How the version of a protocol begins, which is none of an application.
const PROTOCOL: &str = "HTTP/";

/// The key of who asked the servers of Kubernetes, over which proxies.
const ADDRESSES: &str = "sourceIPs";

/// The key of MongoDB's component, which is in capitals.
const MONGO_COMPONENT: &str = "c";

/// The key of a zone that stands apart from its time.
const ZONE: &str = "tz";
const NANOS_OF_LOG4J: &str = "instant.nanoOfSecond";
const NANOS_OF_CLOUDS: &str = "timestamp.nanos";

/// The nanoseconds of a time whose seconds have a key of their own.
fn nanos_of(key: &str, value: &str) -> Option<u32> {
    matches!(key, NANOS_OF_LOG4J | NANOS_OF_CLOUDS).then(|| value.parse().ok()).flatten()
}

/// A date and a clock that have a key each, as one time.
fn date_and_clock(date: &str, clock: &str) -> Option<String> {
    let is_date = date.len() == 10 && !date.contains(':') && date.contains(['-', '/']);
    (is_date && clock.as_bytes().get(2) == Some(&b':')).then(|| format!("{date} {clock}"))
}

fn is_level(word: &str) -> bool {
    word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && level_of(word).is_some()
}

/// Whether a text is an elapsed time, which `latency=fast` is not.
fn is_elapsed(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_alphabetic()) || duration(text).is_some() || compound_duration(text).is_some()
}

/// Google's clouds write a trace as the name of a resource: `projects/shop/traces/5e8eeb48b08784d0`.
const RESOURCE: &[u8] = b"projects/";

fn id_of_resource(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.as_bytes().starts_with(RESOURCE) {
        return value;
    }
    let id = value.rfind('/').map_or(0, |at| at + 1);
    match value {
        Cow::Borrowed(text) => Cow::Borrowed(&text[id..]),
        Cow::Owned(text) => Cow::Owned(text[id..].to_owned()),
    }
}

/// Whether a `method` is none of a request: OpenLDAP numbers its ways to authenticate.
fn is_no_method(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit)
}

/// Whether a `source` is none that asks: a place in the code (slog's `/app/main.go:42`, Prometheus's `main.go:42`), or what was asked
/// (Elasticsearch's slow log).
fn is_no_address(text: &[u8]) -> bool {
    const LANGUAGES: [&[u8]; 8] = [b".go", b".rs", b".py", b".js", b".ts", b".java", b".rb", b".cs"];
    if text.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    // `[2001:db8::1]:443`.
    let bracketed = std::str::from_utf8(text).ok().and_then(|text| text.strip_prefix('[')?.split_once(']'));
    if bracketed.is_some_and(|(address, _)| is_ip(address)) {
        return false;
    }
    let file = memchr::memrchr(b':', text).map_or(text, |at| &text[..at]);
    matches!(text.first(), Some(b'/' | b'{' | b'[')) && !text.ends_with(b"]") || LANGUAGES.iter().any(|ending| file.ends_with(ending))
}

fn last_of_list(list: Cow<'_, str>) -> Cow<'_, str> {
    match list.rsplit_once(", ").map(|(_, last)| last.len()) {
        None => list,
        Some(length) => match list {
            Cow::Borrowed(list) => Cow::Borrowed(&list[list.len() - length..]),
            Cow::Owned(list) => Cow::Owned(list[list.len() - length..].to_owned()),
        },
    }
}

/// Whether a `target` is no address: a name without points and colons, or a path of modules. None begins with a digit.
fn is_module_path(text: &[u8]) -> bool {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let mut colons = memchr::memchr_iter(b':', text);
    find_either(text, 0, b'.', b':').is_none() || colons.any(|at| text.get(at + 1) == Some(&b':'))
}

fn as_value(value: Cow<'_, str>) -> Value<'_> {
    match value {
        Cow::Borrowed(text) => Value::Text(text),
        Cow::Owned(text) => Value::Owned(text),
    }
}

/// The labels of LTSV's web servers, by the names that other logs have for them.
fn ltsv_name(label: &str) -> &str {
    match label {
        "host" => "client_ip",
        "forwardedfor" => "forwarded_for",
        "req" => "request",
        "ua" => "user_agent",
        "reqtime" => "request_time",
        _ => label,
    }
}

/// The unit of durations that name none, as 0 (s), 1 (ms), 2 (µs) or 3 (ns): by the size of those in the sample.
///
/// Whole numbers of a million and more are nanoseconds (slog, zap), other whole numbers milliseconds; decimals are seconds where
/// all are below ten (Caddy), else milliseconds. Echo writes nanoseconds, and the same for people beside them.
fn learn_unit(syntax: Syntax, sample: &[&str]) -> usize {
    if sample.iter().any(|line| line.contains("latency_human")) {
        return 3;
    }
    // FortiGate's sessions last seconds.
    if sample.iter().any(|line| line.contains(" logid=") && line.contains(" devid=")) {
        return 0;
    }
    let probe = Structured::probe(syntax);
    let (mut largest, mut has_decimals) = (0f64, false);
    for line in sample {
        let mut values = Values::new(NAMES.len());
        let _ = probe.parse(line, &mut values);
        if let Some(text) = values.get(ELAPSED_S).to_text()
            && let Ok(number) = text.parse::<f64>()
        {
            largest = largest.max(number);
            has_decimals |= !is_digits(&text);
        }
    }
    match (has_decimals, largest) {
        (false, 1_000_000.0..) => 3,
        (true, ..10.0) => 0,
        _ => 1,
    }
}

/// Whether a line tells of a request by whose `host` it names what was asked for: a name of several parts, or one with a port. Machines
/// are a `hostname`, or a `host` without points.
fn names_virtual_host(syntax: Syntax, line: &str) -> bool {
    let is_named = match syntax {
        Syntax::Json => line.contains("\"host\":\"") || line.contains("\"host\": \""),
        Syntax::Logfmt | Syntax::Separated(_) => line.match_indices("host=").any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric)),
    };
    if !is_named {
        return false;
    }
    let mut values = Values::new(NAMES.len());
    let _ = Structured::probe(syntax).parse(line, &mut values);
    let is_request = values.get(METHOD).is_present() && values.get(PATH).is_present();
    is_request && values.get(HOST).to_text().is_some_and(|host| host.contains(['.', ':']))
}

impl LineParser for Structured {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn tells_writer(&self) -> bool {
        !self.has_virtual_hosts
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.syntax {
            Syntax::Json => {
                self.object(line, "", 0, values)?;
                if clef::is_of_serilog(line) {
                    clef::complete(line, values);
                }
                Ok(())
            }
            Syntax::Logfmt => self.logfmt(line, values),
            Syntax::Separated(separated) => self.separated(separated, line, values),
        }
    }

    fn with_names(&self, names: &[String]) -> Option<Arc<dyn LineParser>> {
        Some(Arc::new(self.with_more(names)))
    }

    fn split(&self, text: &[u8], line: Range<usize>, pieces: &mut [Piece], memory: &mut Memory) -> bool {
        self.syntax == Syntax::Json && plain::split(self, text, line, pieces, memory)
    }

    fn split_all(&self, text: &[u8], lines: &mut [Line], pieces: &mut [Piece], memory: &mut Memory) {
        match self.syntax {
            Syntax::Json => together::split_all(self, text, lines, pieces, memory),
            _ => split_each(self, text, lines, pieces, memory),
        }
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        (self.syntax == Syntax::Json).then(|| line.starts_with('{'))
    }

    fn begins_with(&self, first: u8) -> bool {
        self.syntax == Syntax::Json && first == b'{'
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::json::together::tests::check_together;

    /// What the plain way reads, if it does, must be what the whole one reads.
    fn check(parser: &dyn LineParser, line: &str, memory: &mut Memory) -> bool {
        let mut pieces = vec![Piece::MISSING; parser.names().len()];
        let is_plain = parser.split(line.as_bytes(), 0..line.len(), &mut pieces, memory);
        if is_plain {
            let mut values = Values::wanting(&memory.wanted, memory.wants_extra);
            assert_eq!(parser.parse(line, &mut values), Ok(()), "{line}");
            for (slot, piece) in pieces.iter().enumerate() {
                let text = (*piece != Piece::MISSING).then(|| line[piece.range()].to_owned());
                assert_eq!(text, values.get(slot).to_text().map(|text| text.into_owned()), "{line}: {}", parser.names()[slot]);
            }
            assert!(values.extra.is_empty(), "{line}");
        }
        is_plain
    }

    #[test]
    fn plain_lines_are_split_and_others_left_to_the_scanner() {
        let parser = Structured::new(Syntax::Json, &[]).with_names(&["agent".to_owned()]).unwrap();
        for (wants_extra, wants_severity) in [(false, false), (true, true)] {
            let mut wanted = vec![true; parser.names().len()];
            wanted[SEVERITY] = wants_severity;
            let mut memory = Memory::new(&(wanted, wants_extra));
            for (line, is_plain) in [
                (r#"{"time":"t","source":"10.0.0.1","path":"/a","agent":"x/1","elapsed":0.1,"target":"10.0.0.2:80"}"#, [true, true]),
                (r#"{"time": "t", "agent": "", "ok": true, "status": 200, "bytes": null }"#, [true, false]),
                (r#"{"agent":"a","agent":"b","path":"","source":"-","duration":"12ms"}"#, [false, false]),
                (r#"{"level":"warn","msg":"x"}"#, [true, false]),
                (r#"{"target":"a::b","time":"t"}"#, [false, false]),
                (r#"{"request":"GET /a HTTP/1.1"}"#, [false, false]),
                (r#"{"path":"a\"b"}"#, [false, false]),
                (r#"{"path":"/a","http":{"method":"GET"}}"#, [false, false]),
                (r#"{"path":"/a""#, [false, false]),
                (r#"{"path":"/a","bytes":"12kB"}"#, [false, false]),
            ] {
                assert_eq!(check(&*parser, line, &mut memory), is_plain[usize::from(wants_extra)], "{line}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn lines_split_together_as_each_alone(
            odd in 1usize..30,
            wants_extra: bool,
            values in proptest::collection::vec((r#""(10\.0\.0\.[1-9](:80)?|-|a::b|a,b|/main\.go:4|x\\\\n|12kB|1ms)?"|[0-9.]{1,9}|-1|true|null"#, "[0-9]{1,9}"), 60..200),
        ) {
            let parser = Structured::new(Syntax::Json, &[]).with_names(&["agent".to_owned()]).unwrap();
            let line = |(at, (value, number)): (usize, &(String, String))| {
                let odd_of = |turn: usize, usual: &str| if at % odd == 0 && at / odd % 8 == turn { value.clone() } else { usual.to_owned() };
                let [time, source, path, agent] = [(0, "\"t\""), (1, "\"10.0.0.1\""), (2, "\"/a\""), (3, "\"x/1\"")].map(|(turn, usual)| odd_of(turn, usual));
                let [target, elapsed, bytes, more] = [(4, "\"10.0.0.2:80\""), (5, "0.1"), (6, number), (7, number)].map(|(turn, usual)| odd_of(turn, usual));
                format!(
                    r#"{{"time":{time},"source":{source},"path":{path},"bytes":{bytes},"agent":{agent},"target":{target},"elapsed":{elapsed},"more":{more},"ts":""}}"#
                )
            };
            let lines: Vec<String> = values.iter().enumerate().map(line).collect();
            check_together(&*parser, &lines, wants_extra);
        }
    }
}
