//! Ordinary application logs: the order of time, level, thread, process and component is learned from sample lines.
//!
//! log4j, logback, Spring Boot, java.util.logging, Python, .NET, PostgreSQL and a thousand home-made layouts are all "some head,
//! then the message". A column of the head is what nearly all sample lines agree it is; what no rule explains stays part of
//! the message. A line that does not follow the layout is read by its time and its first level word alone. Trace ids
//! are found by the words that announce them (`TraceID: …`, `trace_id=…`), wherever they stand.

use std::collections::HashMap;

use magpie_model::Timestamp;

use super::keys::{COMPONENT, MESSAGE, NAMES, PID, SEVERITY, SPAN_ID, THREAD, TIME, TRACE_ID};
use super::layout::{Class, Piece, Pieces, is_name, letter_level, level_of};
use super::owned;
use crate::normalise::time::{Form, TimeForm, is_continuation, scan, settle_order};
use crate::normalise::values::{LineParser, Reason, Values};

/// What a column of the head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Time,
    Level,
    Component,
    /// A name with a colon behind it; where a line lacks it, the message begins.
    Tag,
    Thread,
    Process,
    Host,
    Unnamed,
}

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Learned {
    names: Vec<String>,
    roles: Vec<Role>,
    form: Option<Form>,
    /// Only of numeric dates, whose order is known from all lines together; other forms tell themselves apart.
    time: Option<TimeForm>,
    traces: Vec<(String, usize)>,
}

/// Columns looked at.
const WIDTH: usize = 12;

impl Learned {
    /// The layout that the sample lines have in common; `None` where they have neither time nor level.
    pub(in crate::normalise) fn from_sample(sample: &[&str]) -> Option<Self> {
        let lines: Vec<&str> = sample.iter().copied().filter(|line| !is_continuation(line)).collect();
        let form = common_form(&lines);
        let heads: Vec<Vec<Piece<'_>>> = lines
            .iter()
            .filter(|line| form.is_none() || scan(line).is_some_and(|(_, found)| same_family(found, form)))
            .map(|line| if form.is_some() { Pieces::scanned(line) } else { Pieces::new(line, None) }.take(WIDTH).collect())
            .collect();
        let columns = Columns { heads: &heads };
        let roles = columns.roles(form.is_some())?;
        let form = form.map(|form| settle(form, &lines));
        Some(Self { names: owned(&NAMES), roles, form, time: time_form(form), traces: trace_words(&lines) })
    }

    fn by_layout<'a>(&self, line: &'a str, values: &mut Values<'a>) -> Option<()> {
        let time = match self.form {
            Some(form) => Some(scan(line).filter(|(_, found)| same_family(*found, Some(form)))?.0),
            None => None,
        };
        let mut pieces = Pieces::new(line, time);
        for role in &self.roles {
            let before = pieces.at();
            let piece = pieces.next()?;
            let fits = match role {
                Role::Time => piece.class == Class::Time,
                Role::Level => level_of(piece.text).is_some(),
                Role::Tag => piece.class == Class::Tag,
                Role::Process => matches!(piece.class, Class::Number | Class::Nothing | Class::Bracketed | Class::Name | Class::Tag),
                _ => piece.class != Class::Time,
            };
            if !fits {
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
        values.text(MESSAGE, pieces.rest());
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
        for _ in 0..WIDTH {
            let Some(piece) = pieces.next() else { break };
            match piece.class {
                Class::Time => message = pieces.at(),
                Class::Level if piece.text.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                    values.text(SEVERITY, piece.text);
                    message = pieces.at();
                    break;
                }
                _ => {}
            }
        }
        if message == 0 && self.form.is_none() {
            return Err(Reason::NO_MATCH);
        }
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

/// What PostgreSQL writes in place of a level where a line goes on about the one before it.
fn is_detail(word: &str) -> bool {
    matches!(word, "STATEMENT" | "DETAIL" | "HINT" | "CONTEXT" | "QUERY" | "LOCATION")
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
    match role {
        Role::Time => values.text(TIME, piece.text),
        Role::Level => match letter_level(piece.text) {
            Some(level) => values.text(SEVERITY, level.name()),
            None => values.text(SEVERITY, piece.text),
        },
        Role::Component | Role::Tag => component(piece.text, values),
        Role::Thread => values.text(THREAD, piece.text),
        Role::Process => values
            .text(PID, piece.text.trim_start_matches('#').trim_start_matches("pid-").trim_start_matches("pid=").trim_start_matches("pid:")),
        Role::Host => values.text(super::keys::HOST, piece.text),
        Role::Unnamed => {
            if values.wants_extra() && piece.class != Class::Nothing && !piece.text.is_empty() {
                values.extra.push(("context".into(), piece.text.into()));
            }
        }
    }
}

/// A component without what loggers append: `[pid]`, `@line`, `#line`, `(file:line)`.
fn component<'a>(text: &'a str, values: &mut Values<'a>) {
    let mut name = text;
    if let Some((before, pid)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('['))
        && pid.bytes().all(|byte| byte.is_ascii_digit())
    {
        name = before;
        values.text(PID, pid);
    }
    for mark in ['@', '#', ':'] {
        if let Some((before, number)) = name.rsplit_once(mark)
            && !before.is_empty()
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
    values.text(COMPONENT, name);
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

/// The sample lines' heads, looked at column by column.
struct Columns<'a> {
    heads: &'a [Vec<Piece<'a>>],
}

impl Columns<'_> {
    /// How many in a hundred lines have, in this column, a piece for which `is` holds.
    fn share(&self, column: usize, is: impl Fn(&Piece<'_>) -> bool) -> usize {
        let count = self.heads.iter().filter(|head| head.get(column).is_some_and(&is)).count();
        count * 100 / self.heads.len().max(1)
    }

    fn class_share(&self, column: usize, class: Class) -> usize {
        self.share(column, |piece| piece.class == class)
    }

    fn best(&self, from: usize, share: impl Fn(usize) -> usize, least: usize) -> Option<usize> {
        (from..WIDTH).rev().max_by_key(|column| share(*column)).filter(|column| share(*column) >= least)
    }

    /// Number of different texts in a column.
    fn distinct(&self, column: usize) -> usize {
        let mut seen: HashMap<&str, ()> = HashMap::new();
        self.heads.iter().filter_map(|head| head.get(column)).for_each(|piece| {
            seen.insert(piece.text, ());
        });
        seen.len()
    }

    fn level_column(&self) -> Option<usize> {
        let words = self.best(0, |column| self.class_share(column, Class::Level), 60);
        let letters = || self.best(0, |column| self.class_share(column, Class::Letter), 95);
        words.or_else(letters)
    }

    fn roles(&self, has_time: bool) -> Option<Vec<Role>> {
        if self.heads.is_empty() {
            return None;
        }
        let time = if has_time { Some(self.best(0, |column| self.class_share(column, Class::Time), 60)?) } else { None };
        let level = self.level_column();
        let last = match (time, level) {
            (None, None) => return None,
            // Without a time only the first word, or the first behind a bracket, is believed to be a level.
            (None, Some(level)) if level > 1 || (level == 1 && self.class_share(0, Class::Bracketed) < 90) => return None,
            (time, level) => time.max(level)?.max(self.closing().unwrap_or(0)),
        };
        let mut roles: Vec<Role> = (0..=last)
            .map(|column| match column {
                _ if Some(column) == time => Role::Time,
                _ if Some(column) == level => Role::Level,
                _ => self.inner_role(column, time),
            })
            .collect();
        if !roles.contains(&Role::Component) {
            self.extend(&mut roles);
        }
        last_name_is_component(&mut roles);
        name_bracket(self, &mut roles);
        while roles.len() > last + 1 && roles.last() == Some(&Role::Unnamed) {
            roles.pop();
        }
        Some(roles)
    }

    /// A column between time and level, or before both.
    fn inner_role(&self, column: usize, time: Option<usize>) -> Role {
        let named = self.share(column, |piece| matches!(piece.class, Class::Dotted | Class::Tag));
        if self.is_process(column) {
            Role::Process
        } else if self.is_inside(column) {
            if self.is_thread(column) { Role::Thread } else { Role::Component }
        } else if self.class_share(column, Class::Bracketed) >= 90 || time.is_none_or(|time| column < time) {
            Role::Unnamed
        } else if named >= 80 {
            Role::Component
        } else if named + self.class_share(column, Class::Name) >= 90 {
            // `time - app - INFO - text`: between separators stands a name that is the component.
            if self.share(column, |piece| piece.separated) >= 90 { Role::Component } else { Role::Host }
        } else {
            Role::Unnamed
        }
    }

    fn is_inside(&self, column: usize) -> bool {
        self.share(column, |piece| piece.inside) >= 90
    }

    /// The last column of a head that is one bracket.
    fn closing(&self) -> Option<usize> {
        (0..WIDTH).rev().find(|column| self.is_inside(*column))
    }

    fn is_process(&self, column: usize) -> bool {
        let digits = |text: &str| {
            let bare = text.trim_start_matches("pid").trim_start_matches("PID").trim_start_matches(['-', '=', ':', ' ', '#', '~']);
            !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit())
        };
        self.share(column, |piece| piece.class == Class::Nothing || digits(piece.text)) >= 90
            && self.share(column, |piece| digits(piece.text)) >= 50
    }

    /// Columns behind time and level, up to the component.
    fn extend(&self, roles: &mut Vec<Role>) {
        let start = roles.len();
        let mut pending = Vec::new();
        for column in start..WIDTH {
            let share = |class| self.class_share(column, class);
            // Behind the name of a class in a bracket, a word with a colon is the message's.
            let is_named = (start..column).any(|column| self.is_class(column));
            if self.is_process(column) {
                pending.push(Role::Process);
            } else if !is_named && share(Class::Tag) >= 85 && self.is_label(column) {
                roles.append(&mut pending);
                roles.push(Role::Tag);
                return;
            } else if !is_named && self.is_component(column) {
                roles.append(&mut pending);
                roles.push(Role::Component);
                return self.trailing_process(roles);
            } else if share(Class::Bracketed) >= 90 && pending.len() < 4 {
                pending.push(Role::Unnamed);
            } else {
                break;
            }
        }
        // No component: brackets right behind the level stay head only when they look like threads, names or request ids.
        let is_head = |column| self.is_thread(column) || self.is_context(column) || self.is_followed_by_separator(column);
        let keep = pending.iter().enumerate().take_while(|(at, role)| **role == Role::Process || is_head(start + at)).count();
        roles.extend(pending.into_iter().take(keep));
    }

    /// Names with points in them, or plain ones that a separator ends.
    fn is_component(&self, column: usize) -> bool {
        let share = |class| self.class_share(column, class);
        let is_dotted = share(Class::Dotted) + share(Class::Tag) >= 90;
        let is_ended = share(Class::Name) + share(Class::Dotted) >= 90 && self.is_followed_by_separator(column);
        (is_dotted || is_ended) && self.is_label(column)
    }

    /// A process id behind the component, if a separator follows it.
    fn trailing_process(&self, roles: &mut Vec<Role>) {
        if !roles.contains(&Role::Process) && self.is_process(roles.len()) && self.is_followed_by_separator(roles.len()) {
            roles.push(Role::Process);
        }
    }

    /// Whether a column repeats itself as names of components do.
    fn is_label(&self, column: usize) -> bool {
        self.heads.len() < 8 || self.distinct(column) * 10 <= self.heads.len() * 8
    }

    /// A bracket with the name of a class or package in it.
    fn is_class(&self, column: usize) -> bool {
        let is_class = |piece: &Piece<'_>| piece.class == Class::Bracketed && piece.text.contains('.') && is_name(piece.text);
        self.share(column, |piece| is_class(piece) && !is_thread(piece.text)) >= 90
    }

    fn is_thread(&self, column: usize) -> bool {
        self.share(column, |piece| is_thread(piece.text)) >= 60
    }

    fn is_followed_by_separator(&self, column: usize) -> bool {
        self.share(column + 1, |piece| piece.separated) >= 85
    }

    fn is_context(&self, column: usize) -> bool {
        self.share(column, |piece| !piece.text.contains(' ')) >= 90
            && (self.heads.len() < 8 || self.distinct(column) * 2 <= self.heads.len())
    }
}

/// Of several names between time and level, the first is the host and the last the component.
fn last_name_is_component(roles: &mut [Role]) {
    let names: Vec<usize> = (0..roles.len()).filter(|at| roles[*at] == Role::Host).collect();
    let has_component = roles.iter().any(|role| matches!(role, Role::Component | Role::Tag));
    if let [_, between @ .., last] = names.as_slice() {
        between.iter().for_each(|at| roles[*at] = Role::Unnamed);
        roles[*last] = if has_component { Role::Unnamed } else { Role::Component };
    }
}

/// Gives brackets their names: one that looks like a thread is the thread; of the others one with points, else the last, is the
/// component, if no other is.
fn name_bracket(columns: &Columns<'_>, roles: &mut [Role]) {
    let has_component = roles.iter().any(|role| matches!(role, Role::Component | Role::Tag));
    let brackets: Vec<usize> =
        (0..roles.len()).filter(|at| roles[*at] == Role::Unnamed && columns.class_share(*at, Class::Bracketed) >= 90).collect();
    let (threads, others): (Vec<usize>, Vec<usize>) = brackets.into_iter().partition(|at| columns.is_thread(*at));
    if let Some(thread) = threads.first() {
        roles[*thread] = Role::Thread;
    }
    if has_component {
        if threads.is_empty()
            && let [only] = others.as_slice()
        {
            roles[*only] = Role::Thread;
        }
        return;
    }
    let is_named = |at: &&usize| columns.share(**at, |piece| !piece.text.contains(' ')) >= 60;
    let is_dotted = |at: &&usize| columns.share(**at, |piece| piece.text.contains(['.', '@', '$'])) >= 60;
    if let Some(found) = others.iter().filter(is_named).find(is_dotted).or_else(|| others.iter().rev().find(is_named)) {
        roles[*found] = Role::Component;
    }
}

fn is_thread(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let known = ["main", "exec-", "thread", "worker", "pool-", "nio-", "scheduling", "eventloop", "dispatcher", "async", "tid", "handler "];
    known.iter().any(|word| lower.contains(word)) && !lower.contains("::") && !lower.contains('@')
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
        if self.by_layout(line, values).is_none() {
            values.clear();
            self.by_search(line, values)?;
        }
        if !self.traces.is_empty() {
            self.traces(line, values);
        }
        Ok(())
    }

    fn time_form(&self) -> Option<&TimeForm> {
        self.time.as_ref()
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        self.form?;
        Some(scan(line).is_some_and(|(range, found)| range.start <= 64 && same_family(found, self.form)))
    }
}
