//! Ordinary application logs: the order of time, level, thread, process and component is learned from sample lines.
//!
//! log4j, logback, Spring Boot, java.util.logging, Python, .NET, PostgreSQL and a thousand home-made layouts are all "some head,
//! then the message". A column of the head is what nearly all sample lines agree it is; what no rule explains stays part of
//! the message. A line that does not follow the layout is read by its time and its first level word alone. Trace ids
//! are found by the words that announce them (`TraceID: …`, `trace_id=…`), wherever they stand.

use std::sync::Arc;

use magpie_model::Timestamp;

use super::ending::{Ended, Ending};
use super::heads::{Columns, Role, WIDTH};
use super::keys::{APPLICATION, COMPONENT, MESSAGE, NAMES, PID, SEVERITY, SOURCE, SPAN_ID, THREAD, TIME, TRACE_ID};
use super::layout::{Class, Piece, Pieces, ceph, is_detail, is_name, letter_level, level_of, topics};
use super::structured::{Structured, Syntax};
use super::tokens::{is_digits, is_ip};
use super::trace_context::TraceContext;
use super::{body, extra, join, owned};
use crate::normalise::route::is_uuid;
use crate::normalise::time::{Form, TimeForm, is_continuation, scan, settle_order};
use crate::normalise::values::{LineParser, Reason, Value, Values};

/// The reader.
#[derive(Clone, Debug)]
pub(in crate::normalise) struct Learned {
    names: Vec<String>,
    roles: Vec<Role>,
    form: Option<Form>,
    /// Only of numeric dates, whose order is known from all lines together; other forms tell themselves apart.
    time: Option<TimeForm>,
    traces: Vec<(String, usize)>,
    /// How lines end with the component, where they do.
    ending: Option<Ending>,
    /// What reads the keys and values that stand in place of a message.
    body: Option<(Syntax, Structured)>,
    /// How far behind the start of a line its time may begin: what tracers put before it is long.
    reach: usize,
    /// Whether Ceph's numbers of detail stand in place of a level.
    has_details: bool,
    /// Whether a dash stands right before the message, as in SkyWalking's `-%msg`.
    has_dash: bool,
}

/// How far a time may stand behind the start of any line, at least.
const REACH: usize = 64;

impl Learned {
    /// The layout that the sample lines have in common; `None` where they have neither time nor level.
    pub(in crate::normalise) fn from_sample(sample: &[&str]) -> Option<Self> {
        let mut lines: Vec<&str> = sample.iter().copied().filter(|line| !is_continuation(line)).collect();
        if lines.is_empty() {
            lines = sample.to_vec();
        }
        Self::with_bodies(&lines).or_else(|| Self::of_heads(&lines)).or_else(|| Self::of_some(&lines))
    }

    /// What most lines have behind their heads in place of a message.
    pub(in crate::normalise) fn body(&self) -> Option<Syntax> {
        self.body.as_ref().map(|(syntax, _)| *syntax)
    }

    fn with_bodies(lines: &[&str]) -> Option<Self> {
        let syntax = body::common_syntax(lines)?;
        let heads = |more: usize| -> Vec<&str> { lines.iter().filter_map(|line| line.get(..body::body_of(line)?.0 + more)).collect() };
        // Between bars, what the last column of a head is shows by something following it.
        let learned = Self::of_heads(&heads(usize::from(matches!(syntax, Syntax::Separated(_)))))?;
        let heads = heads(0);
        let is_bare = |head: &&&str| {
            let mut values = Values::new(NAMES.len());
            let is_read = learned.by_layout(head, &mut values).is_some();
            is_read && values.get(MESSAGE).to_text().is_none_or(|message| message.trim().is_empty())
        };
        let bare = heads.iter().filter(is_bare).count();
        (bare * 10 >= heads.len() * 9).then(|| Self { body: Some((syntax, body::reader(syntax, lines))), ..learned })
    }

    fn of_heads(lines: &[&str]) -> Option<Self> {
        let form = common_form(lines);
        let heads: Vec<Vec<Piece<'_>>> = lines
            .iter()
            .filter(|line| form.is_none() || scan(line).is_some_and(|(_, found)| same_family(found, form)))
            .map(|line| if form.is_some() { Pieces::scanned(line) } else { Pieces::new(line, None) }.take(WIDTH).collect())
            .collect();
        let columns = Columns { heads: &heads };
        let roles = columns.roles(form.is_some())?;
        let reach = reach_of(lines, form);
        let form = form.map(|form| settle(form, lines));
        let ends = |ending: &Ending| lines.iter().filter(|line| ending.of(line).is_some()).count() * 10 >= lines.len() * 9;
        let has_component = roles.iter().any(|role| matches!(role, Role::Component | Role::Tag));
        let ending = [Ending::Parentheses, Ending::Bars].into_iter().find(|ending| !has_component && ends(ending));
        let traces = trace_words(lines);
        let mut learned = Self {
            names: owned(&NAMES),
            roles,
            form,
            time: time_form(form),
            traces,
            ending,
            body: None,
            reach,
            has_details: false,
            has_dash: false,
        };
        let has_detail = |line: &&&str| {
            // Threads are addresses: `7f1234567700`.
            let mut words = line.split_ascii_whitespace().skip(1).take(2);
            let is_thread = words.any(|word| word.len() >= 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
            is_thread && learned.message_of_layout(line).is_some_and(|text| ceph(&text).is_some())
        };
        learned.has_details =
            learned.roles == [Role::Time, Role::Thread] && lines.iter().filter(has_detail).count() * 10 >= lines.len() * 9;
        learned.has_dash = lines.iter().filter(|line| learned.begins_with_dash(line)).count() * 10 >= lines.len() * 9;
        Some(learned)
    }

    /// The layout of the lines that begin with a time, else of those that begin with a level, where only some do.
    fn of_some(lines: &[&str]) -> Option<Self> {
        let is_timed = |line: &str| scan(line).is_some_and(|(range, form)| range.start <= 1 && form.is_dated());
        let is_levelled = |line: &str| {
            let first = Pieces::new(line, None).next().filter(|piece| piece.class == Class::Level);
            first.is_some_and(|piece| line.starts_with('[') || piece.text.bytes().all(|byte| byte.is_ascii_uppercase()))
        };
        let only = |is: &dyn Fn(&str) -> bool| -> Vec<&str> { lines.iter().copied().filter(|line| is(line)).collect() };
        let some = [only(&is_timed), only(&is_levelled)].into_iter().find(|some| !some.is_empty())?;
        if some.len() == lines.len() { None } else { Self::from_sample(&some) }
    }

    fn message_of_layout(&self, line: &str) -> Option<String> {
        let mut values = Values::new(NAMES.len());
        self.by_layout(line, &mut values)?;
        values.get(MESSAGE).to_text().map(|text| text.into_owned())
    }

    fn begins_with_dash(&self, line: &str) -> bool {
        let message = self.message_of_layout(line);
        let is_dash = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || "[('\"".contains(next));
        message.is_some_and(|message| message.strip_prefix('-').is_some_and(is_dash))
    }

    /// The message of a line, for finding the format inside.
    pub(in crate::normalise) fn message(&self, line: &str) -> Option<String> {
        let mut values = Values::new(NAMES.len());
        self.parse(line, &mut values).ok()?;
        values.get(MESSAGE).to_text().map(|text| text.into_owned())
    }

    /// The events of a sample in whose first half some line begins with a time, when lines that do not belong to those that do: what is
    /// written before and between is any text, or the time stands on a line of its own. `None` where all lines are alike.
    pub(in crate::normalise) fn joined(sample: &[&str]) -> Option<Vec<String>> {
        let form_of = |line: &str| scan(line).filter(|(range, _)| range.start <= 1).map(|(_, form)| form);
        let (first, form) = sample.iter().enumerate().find_map(|(at, line)| Some((at, form_of(line)?)))?;
        if first * 2 > sample.len() {
            return None;
        }
        let events = join(&sample[first..], |_, line| !form_of(line).is_some_and(|found| same_family(found, Some(form))));
        (events.len() >= 2 && events.len() < sample.len()).then_some(events)
    }

    /// Reads a head, and keys and values behind it.
    fn by_body<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Option<()> {
        let (syntax, body) = self.body.as_ref()?;
        let (head, text) = line.split_at_checked(body::start_of(line, *syntax)?)?;
        self.by_layout(head, values)?;
        let is_bare = values.get(MESSAGE).to_text().is_none_or(|message| message.trim().is_empty());
        values.set(MESSAGE, Value::Missing);
        (is_bare && body.parse(text, values).is_ok()).then_some(())
    }

    fn by_layout<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Option<()> {
        let time = match self.form {
            Some(form) => Some(scan(line).filter(|(_, found)| same_family(*found, Some(form)))?.0),
            None => None,
        };
        let mut pieces = Pieces::new(line, time);
        for (at, role) in self.roles.iter().enumerate() {
            let before = pieces.at();
            let piece = pieces.next()?;
            // Where a line lacks a column before the level, this is the level already.
            let is_optional = matches!(role, Role::Unnamed | Role::Thread | Role::Host | Role::Component);
            if is_optional && piece.class == Class::Level && self.roles[at..].contains(&Role::Level) {
                pieces.set_at(before);
                continue;
            }
            let fits = match role {
                Role::Time => piece.class == Class::Time,
                Role::Level => piece.class == Class::Level || level_of(piece.text).is_some(),
                Role::Tag => piece.class == Class::Tag,
                Role::Process => {
                    // Ruby's `#7` is no name.
                    let is_known = matches!(piece.class, Class::Number | Class::Nothing | Class::Bracketed | Class::Name | Class::Tag);
                    is_known || piece.text.starts_with('#')
                }
                _ => piece.class != Class::Time,
            };
            if !fits {
                // MySQL's `[System]` stands where others have a level.
                if *role == Role::Level && piece.class == Class::Bracketed && is_name(piece.text) {
                    if piece.text == "System" {
                        values.text(SEVERITY, "info");
                    }
                    continue;
                }
                // Where a column is missing that the message stands behind, this is the message.
                let is_message = *role == Role::Tag || *role == Role::Level && is_detail(piece.text);
                if !is_message {
                    return None;
                }
                pieces.set_at(before);
                break;
            }
            set(*role, piece, values);
        }
        pieces.separators();
        if !self.roles.contains(&Role::Level) {
            level_of_message(&mut pieces, values);
        }
        spans(&pieces, values);
        let rest = request_tag(pieces.rest(), values);
        let rest = match ceph(rest).filter(|_| self.has_details) {
            Some((level, rest)) => {
                values.text(SEVERITY, level.name());
                rest
            }
            None => rest,
        };
        let message = if self.has_dash { rest.strip_prefix('-').unwrap_or(rest) } else { rest };
        match self.ending.and_then(|ending| ending.of(message)) {
            Some(Ended { text, component, thread }) => {
                values.text(COMPONENT, component);
                values.text(MESSAGE, text);
                thread.into_iter().for_each(|thread| values.text(THREAD, thread));
            }
            None => values.text(MESSAGE, message),
        }
        Some(())
    }

    /// Time and first level word of a line that has another head than the others.
    fn by_search<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        let found = scan(line);
        if self.form.is_some() && found.is_none() {
            return Err(Reason::NO_MATCH);
        }
        let mut message = 0;
        if let Some((range, _)) = &found {
            values.text(TIME, line.get(range.clone()).unwrap_or_default());
        }
        let mut pieces = Pieces::new(line, found.map(|(range, _)| range));
        let mut between: Vec<Piece<'_>> = Vec::new();
        for _ in 0..WIDTH {
            let Some(piece) = pieces.next() else { break };
            match piece.class {
                Class::Time => message = pieces.at(),
                Class::Level if piece.text.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                    values.text(SEVERITY, piece.text);
                    message = pieces.at();
                    // What stood before the level is no part of the message any more.
                    for piece in between.drain(..) {
                        match piece.class {
                            Class::Bracketed if is_digits(piece.text) => values.text(PID, piece.text),
                            _ => context(piece, values),
                        }
                    }
                    break;
                }
                _ => between.push(piece),
            }
        }
        if message == 0 && self.form.is_none() {
            return Err(Reason::NO_MATCH);
        }
        spans(&pieces, values);
        pieces.set_at(message);
        pieces.separators();
        values.text(MESSAGE, pieces.rest());
        Ok(())
    }

    /// Takes trace and span ids; where they begin the message, they leave it.
    fn traces<'a>(&self, line: &'a str, values: &mut Values<'a>) {
        for (word, slot) in &self.traces {
            let Some(at) = line.find(word.as_str()) else { continue };
            let after = line.get(at + word.len()..).unwrap_or_default().trim_start_matches([' ', '=', ':', '"', '[']);
            let id = hex_run(after);
            if id.len() < 8 {
                continue;
            }
            values.text(*slot, id);
            let Some(message) = values.get(MESSAGE).to_text().map(|text| text.len()) else { continue };
            let message = line.get(line.len() - message..).unwrap_or_default();
            if let Some(rest) = message.strip_prefix(word.as_str()) {
                let rest = rest.trim_start_matches([' ', '=', ':', '"', '[']);
                if let Some(rest) = rest.strip_prefix(id) {
                    values.text(MESSAGE, rest.trim_start_matches(['"', ']', ',', ' ']));
                }
            }
        }
    }
}

/// The message behind the id of its request, which Rails puts before it: `[5a1b2c3d-0000-4000-8000-000000000001] Started GET "/"`.
fn request_tag<'a>(message: &'a str, values: &mut Values<'a>) -> &'a str {
    const END: usize = "[5a1b2c3d-0000-4000-8000-000000000001".len();
    let is_tagged = message.as_bytes().get(END) == Some(&b']') && message.starts_with('[') && message.is_char_boundary(END);
    if !is_tagged || !is_uuid(&message.as_bytes()[1..END]) {
        return message;
    }
    extra("request_id", &message[1..END], values);
    message[END + 1..].strip_prefix(' ').unwrap_or(&message[END + 1..])
}

/// Takes the level that a message begins with, in capitals, in brackets or before a colon, where lines have no column for it.
fn level_of_message<'a>(pieces: &mut Pieces<'a>, values: &mut Values<'a>) {
    let message = pieces.rest();
    let mut after = pieces.clone();
    let Some(Piece { text, class: Class::Level, .. }) = after.next() else { return };
    let is_marked = message.starts_with(['[', '(', '<']) || message.get(text.len()..).is_some_and(|rest| rest.starts_with(':'));
    if is_marked || text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        values.text(SEVERITY, text);
        after.separators();
        *pieces = after;
    }
}

fn hex_run(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| byte.is_ascii_hexdigit() || *byte == b'-').count();
    text.get(..length).unwrap_or_default()
}

fn set<'a>(role: Role, piece: Piece<'a>, values: &mut Values<'a>) {
    if piece.class == Class::Bracketed
        && let Some(context) = TraceContext::of(piece.text)
    {
        for (slot, part) in [(APPLICATION, context.application), (TRACE_ID, context.trace), (SPAN_ID, context.span)] {
            if let Some(part) = part {
                values.text(slot, part);
            }
        }
        return;
    }
    match role {
        Role::Time => values.text(TIME, piece.text),
        Role::Level => match (letter_level(piece.text), topics(piece.text)) {
            (Some(level), _) => values.text(SEVERITY, level.name()),
            (None, Some((topic, level))) => {
                values.text(COMPONENT, topic);
                values.text(SEVERITY, level);
            }
            (None, None) => values.text(SEVERITY, piece.text),
        },
        Role::Component | Role::Tag => component(piece.text, values),
        // Jenkins' `[id=27]`.
        Role::Thread => values.text(THREAD, piece.text.strip_prefix("id=").unwrap_or(piece.text)),
        Role::Process => values.text(PID, piece.text.trim_start_matches("pid").trim_start_matches(['#', '-', '=', ':', ' '])),
        Role::Host => values.text(super::keys::HOST, piece.text),
        Role::Unnamed => context(piece, values),
    }
}

fn spans<'a>(pieces: &Pieces<'a>, values: &mut Values<'a>) {
    if let Some(spans) = pieces.spans().filter(|_| values.wants_extra()) {
        values.extra.push(("spans".into(), spans.into()));
    }
}

/// What a head has besides: pairs name themselves.
fn context<'a>(piece: Piece<'a>, values: &mut Values<'a>) {
    if !values.wants_extra() || piece.class == Class::Nothing || !piece.text.contains(char::is_alphanumeric) {
        return;
    }
    // `user=%u,db=%d,app=%a,client=%h`, as PostgreSQL is told to for pgBadger.
    if piece.class == Class::Pair && piece.text.split(',').skip(1).any(|pair| pair.contains('=')) {
        for (key, value) in piece.text.split(',').filter_map(|pair| pair.split_once('=')) {
            match key {
                _ if value.is_empty() || value == "[unknown]" => {}
                "client" | "host" | "remote" if is_ip(value.split('(').next().unwrap_or_default()) => {
                    values.text(SOURCE, value.split('(').next().unwrap_or_default());
                }
                "app" => values.text(APPLICATION, value),
                _ => extra(key, value, values),
            }
        }
        return;
    }
    // `[traceId=…, userId=7]`, as the context of a logger is written; ids are found by their words.
    let pairs = || piece.text.split(", ").map(|pair| pair.split_once('='));
    if piece.class == Class::Bracketed && pairs().all(|pair| pair.is_some_and(|(key, _)| is_name(key))) {
        let is_id = |key: &str| TRACE_WORDS.iter().any(|(word, _)| *word == key);
        pairs().flatten().filter(|(key, _)| !is_id(key)).for_each(|(key, value)| extra(key, value, values));
        return;
    }
    let pair = piece.text.split_once('=').filter(|(key, value)| piece.class == Class::Pair && !key.is_empty() && !value.is_empty());
    let (key, value) = pair.unwrap_or(("context", piece.text));
    values.extra.push((key.into(), value.into()));
}

/// A component without what loggers append: `[pid]`, `@line`, `#line`, `(file:line)`; and without the client, `10.0.0.9(51234):`, that
/// PostgreSQL on RDS puts before user and database.
fn component<'a>(text: &'a str, values: &mut Values<'a>) {
    let mut name = text;
    if let Some((client, rest)) = name.split_once("):")
        && let Some((address, _)) = client.split_once('(').filter(|(_, port)| is_digits(port))
    {
        values.text(SOURCE, address);
        name = rest;
    }
    if let Some((before, pid)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('['))
        && pid.bytes().all(|byte| byte.is_ascii_digit())
    {
        name = before.trim_end_matches(':');
        values.text(PID, pid);
    }
    // SonarQube's `web[request][o.s.s.p.Platform]`: program, request and class.
    if let Some((program, class)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once("][")).filter(|(_, class)| !class.is_empty()) {
        name = class;
        let (program, request) = program.split_once('[').unwrap_or((program, ""));
        [program, request].into_iter().for_each(|part| extra("context", part, values));
    }
    // rspamd's `#1234(normal)`: process and kind of process.
    if let Some((pid, kind)) =
        name.strip_prefix('#').and_then(|rest| rest.strip_suffix(')')?.split_once('(')).filter(|(pid, _)| is_digits(pid))
    {
        name = kind;
        values.text(PID, pid);
    }
    // Gitea's `cmd/web.go:242:runWeb()`.
    if let Some((place, _)) = name.strip_suffix("()").and_then(|call| call.rsplit_once(':')) {
        name = place;
    }
    for mark in ['@', '#', ':', '.'] {
        if let Some((before, number)) = name.rsplit_once(mark)
            && !before.is_empty()
            // lighttpd's `server.c.1464`.
            && (mark != '.' || before.ends_with(".c"))
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            name = before;
            if values.wants_extra() {
                values.extra.push(("line".into(), number.into()));
            }
            // log4j's `[%t:%C{1}@%L]`: the thread stands before the class.
            if mark == '@'
                && let Some((thread, class)) = name.rsplit_once(':')
            {
                values.text(THREAD, thread);
                name = class;
            }
            break;
        }
    }
    if name.contains(char::is_alphanumeric) {
        values.text(COMPONENT, name);
    }
}

/// How far behind the start of a line its time may begin: further than usual where at least one line in ten has it there.
fn reach_of(lines: &[&str], form: Option<Form>) -> usize {
    let start = |line: &&str| scan(line).filter(|(_, found)| same_family(*found, form)).map(|(range, _)| range.start);
    let far: Vec<usize> = lines.iter().filter_map(start).filter(|start| (REACH..4 * REACH).contains(start)).collect();
    if far.len() * 10 >= lines.len() { far.into_iter().max().unwrap_or(REACH) } else { REACH }
}

fn same_family(found: Form, wanted: Option<Form>) -> bool {
    match (found, wanted) {
        (Form::Numeric(_), Some(Form::Numeric(_))) => true,
        (found, Some(wanted)) => found == wanted,
        (_, None) => false,
    }
}

/// The form of time that most lines have, if at least six in ten have it.
fn common_form(lines: &[&str]) -> Option<Form> {
    let mut counts: Vec<(Form, usize)> = Vec::new();
    for line in lines {
        let Some((_, form)) = scan(line) else { continue };
        match counts.iter_mut().find(|(known, _)| same_family(form, Some(*known))) {
            Some((_, count)) => *count += 1,
            None => counts.push((form, 1)),
        }
    }
    let (form, count) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    (count * 10 >= lines.len() * 6).then_some(form)
}

fn time_form(form: Option<Form>) -> Option<TimeForm> {
    form.filter(|form| matches!(form, Form::Numeric(_))).map(TimeForm::of)
}

fn settle(form: Form, lines: &[&str]) -> Form {
    let samples: Vec<&str> = lines.iter().filter_map(|line| scan(line).and_then(|(range, _)| line.get(range))).collect();
    settle_order(form, &samples, Timestamp::MAX)
}

const TRACE_WORDS: [(&str, usize); 16] = [
    ("TraceID", TRACE_ID),
    ("TraceId", TRACE_ID),
    ("traceID", TRACE_ID),
    ("traceId", TRACE_ID),
    ("trace_id", TRACE_ID),
    ("traceid", TRACE_ID),
    ("trace-id", TRACE_ID),
    ("trace.id", TRACE_ID),
    ("SpanID", SPAN_ID),
    ("SpanId", SPAN_ID),
    ("spanID", SPAN_ID),
    ("spanId", SPAN_ID),
    ("span_id", SPAN_ID),
    ("spanid", SPAN_ID),
    ("span-id", SPAN_ID),
    ("span.id", SPAN_ID),
];

/// The words before ids that at least three in ten lines have.
fn trace_words(lines: &[&str]) -> Vec<(String, usize)> {
    let mut words = Vec::new();
    for (word, slot) in TRACE_WORDS {
        let count = lines.iter().filter(|line| line.contains(word)).count();
        if count * 10 >= lines.len() * 3 && count > 0 {
            words.push((word.to_owned(), slot));
        }
    }
    words
}

impl LineParser for Learned {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        if self.by_body(line, values).is_some() {
            return Ok(());
        }
        values.clear();
        if self.by_layout(line, values).is_none() {
            values.clear();
            self.by_search(line, values)?;
        }
        if !self.traces.is_empty() {
            self.traces(line, values);
        }
        Ok(())
    }

    fn tells_writer(&self) -> bool {
        self.body.as_ref().is_none_or(|(_, body)| body.tells_writer())
    }

    fn with_names(&self, names: &[String]) -> Option<Arc<dyn LineParser>> {
        let (syntax, body) = self.body.as_ref()?;
        let body = body.with_more(names);
        Some(Arc::new(Self { names: body.names().to_vec(), body: Some((*syntax, body)), ..self.clone() }))
    }

    fn time_form(&self) -> Option<&TimeForm> {
        self.time.as_ref()
    }

    /// Where lines with a time begin events, blank ones stand within the traces of some, as in those of loguru.
    fn has_blank_lines(&self) -> bool {
        self.form.is_some()
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        self.form?;
        // An indented `Build Date: 2026-…` tells of the event before it.
        let is_detail = |before: &str| before.starts_with([' ', '\t']) && before.contains(": ");
        Some(
            scan(line).is_some_and(|(range, found)| {
                range.start <= self.reach && same_family(found, self.form) && !is_detail(&line[..range.start])
            }),
        )
    }
}
