//! What the columns of a layout are: time, level, thread, process, component, as nearly all sample lines agree.

use std::collections::HashMap;

use super::layout::{Class, Piece, is_name};
use super::tokens::{is_digits, is_ip};
use super::trace_context::TraceContext;
use crate::normalise::route::is_uuid;

/// What a column of the head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
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

/// Columns looked at.
pub(super) const WIDTH: usize = 12;

/// The sample lines' heads, looked at column by column.
pub(super) struct Columns<'a> {
    pub(super) heads: &'a [Vec<Piece<'a>>],
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
        // Where some lines lack the column before it, as PostgreSQL's own processes have no user and database, it stands one further left.
        let level = |column| self.class_share(column, Class::Level);
        let shifted = || (1..WIDTH).find(|&column| level(column) >= 20 && level(column - 1) + level(column) >= 80);
        words.or_else(letters).or_else(shifted)
    }

    /// What each column is, up to where the message begins; `None` where there is neither time nor level.
    pub(super) fn roles(&self, has_time: bool) -> Option<Vec<Role>> {
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
        self.name_lone_worker(&mut roles);
        last_name_is_component(&mut roles);
        second_process_is_thread(&mut roles);
        name_bracket(self, &mut roles);
        let stays = |column| self.is_glued(column) || self.is_followed_by_separator(column);
        while roles.len() > last + 1 && roles.last() == Some(&Role::Unnamed) && !stays(roles.len() - 1) {
            roles.pop();
        }
        Some(roles)
    }

    /// A column between time and level, or before both.
    fn inner_role(&self, column: usize, time: Option<usize>) -> Role {
        let mut named = self.share(column, |piece| matches!(piece.class, Class::Dotted | Class::Tag));
        if named >= 20 {
            named += self.class_share(column, Class::Level);
        }
        if self.is_process(column) {
            Role::Process
        } else if self.is_numbered_thread(column) && self.class_share(column, Class::Bracketed) < 90 {
            Role::Thread
        } else if self.is_inside(column) {
            match () {
                () if self.is_thread(column) => Role::Thread,
                () if self.class_share(column, Class::Number) >= 60 => Role::Unnamed,
                () => Role::Component,
            }
        } else if self.class_share(column, Class::Bracketed) >= 90 || time.is_none_or(|time| column < time) {
            Role::Unnamed
        } else if named >= 80 {
            Role::Component
        } else if named + self.class_share(column, Class::Name) >= 90 {
            // `time - app - INFO - text`: between separators stands a name that is the component.
            match () {
                // Of a request, no name of a host.
                () if self.share(column, |piece| is_id(piece.text)) >= 90 => Role::Unnamed,
                () if self.is_separated(column) && self.is_thread(column) => Role::Thread,
                () if self.is_separated(column) || self.is_followed_by_separator(column) => Role::Component,
                () if self.is_thread(column) => Role::Thread,
                // Two lines are no proof of a host.
                () if self.heads.len() < 3 => Role::Unnamed,
                () => Role::Host,
            }
        } else {
            Role::Unnamed
        }
    }

    /// Where no other name says who writes, a name between separators does: a program may be called `order-worker`.
    fn name_lone_worker(&self, roles: &mut [Role]) {
        if roles.iter().any(|role| matches!(role, Role::Component | Role::Tag)) {
            return;
        }
        let lone =
            (0..roles.len()).find(|at| roles[*at] == Role::Thread && self.is_separated(*at) && self.class_share(*at, Class::Name) >= 90);
        if let Some(lone) = lone {
            roles[lone] = Role::Component;
        }
    }

    fn is_separated(&self, column: usize) -> bool {
        self.share(column, |piece| piece.separated) >= 90
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
            // No process has leading zeros: logrus writes the seconds since it began as `[0012]`.
            && self.share(column, |piece| piece.text.len() > 1 && piece.text.starts_with('0')) < 10
            // Nor does it share the time's bracket where it has one digit: Samba writes its level of detail there.
            && (!self.is_inside(column) || self.share(column, |piece| piece.text.len() == 1) < 60)
            // Nor is one negative, or one of two digits behind a thread that is an address: Ceph writes its levels so.
            && self.share(column, |piece| piece.text.starts_with('-') && piece.text.len() > 1) == 0
            && !(column > 0
                && self.share(column, |piece| piece.text.len() <= 2) >= 90
                && self.share(column - 1, |piece| piece.text.len() >= 10 && piece.class != Class::Time && is_id(piece.text)) >= 90)
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
            } else if share(Class::Name) + share(Class::Dotted) >= 90 && self.is_bare_thread(column) {
                pending.push(Role::Thread);
            } else if !is_named && share(Class::Tag) >= 80 && self.is_label(column) && !self.is_key(column) {
                roles.append(&mut pending);
                roles.push(Role::Tag);
                return;
            } else if !is_named && self.is_component(column) && !self.is_key(column) {
                roles.append(&mut pending);
                roles.push(Role::Component);
                return self.trailing(roles);
            } else if share(Class::Bracketed) >= 90 && pending.len() < 4 || self.is_before_class(column) {
                pending.push(Role::Unnamed);
            } else {
                break;
            }
        }
        // No component: brackets right behind the level stay head only when they look like threads, names or request ids.
        let is_head =
            |column| self.is_glued(column) || self.is_thread(column) || self.is_context(column) || self.is_followed_by_separator(column);
        let keep = pending.iter().enumerate().take_while(|(at, role)| **role == Role::Process || is_head(start + at)).count();
        roles.extend(pending.into_iter().take(keep));
    }

    /// Whether a column is a bracket right behind the piece before it.
    fn is_glued(&self, column: usize) -> bool {
        self.share(column, |piece| piece.glued) >= 90
    }

    /// Names with points in them, or plain ones that something else than text follows: a separator, a bracket, the numbers of process
    /// and thread, or blanks up to where the next column begins in all lines.
    fn is_component(&self, column: usize) -> bool {
        let share = |class| self.class_share(column, class);
        let is_dotted = share(Class::Dotted) + share(Class::Tag) >= 90;
        let is_ended = || {
            self.is_followed_by_separator(column)
                || self.class_share(column + 1, Class::Bracketed) >= 90
                || self.is_process(column + 1) && self.is_process(column + 2) && self.share(column + 3, |_| true) >= 90
                || self.is_padded(column)
        };
        let is_id = || self.share(column, |piece| is_id(piece.text)) >= 60;
        (is_dotted || share(Class::Name) + share(Class::Dotted) >= 90 && is_ended()) && self.is_label(column) && !is_id()
    }

    /// Whether a word stands right before a class that a dash ends, as the user does in Nexus' log.
    fn is_before_class(&self, column: usize) -> bool {
        let is_word = |piece: &Piece<'_>| matches!(piece.class, Class::Name | Class::Other) && !piece.separated;
        self.share(column, is_word) >= 90
            && self.class_share(column + 1, Class::Dotted) >= 90
            && self.share(column + 1, |piece| piece.separated) == 0
            && self.is_followed_by_separator(column + 1)
    }

    /// What is written before each message and names nobody.
    fn is_key(&self, column: usize) -> bool {
        self.share(column, |piece| matches!(piece.text, "msg" | "message" | "tag" | "clientid")) >= 50
    }

    /// Files with the number of a line.
    fn is_place(&self, column: usize) -> bool {
        self.share(column, |piece| is_place(piece.text)) >= 60
    }

    /// Whether names of several lengths are filled up with blanks, so that what follows them begins at one place.
    fn is_padded(&self, column: usize) -> bool {
        let starts = |head: &&Vec<Piece<'_>>| Some((head.get(column)?.text.len(), head.get(column + 1)?.start));
        let found: Vec<(usize, usize)> = self.heads.iter().filter_map(|head| starts(&head)).collect();
        let Some((length, start)) = found.first().copied() else { return false };
        // Tables of routes are filled up, too.
        let is_method = |piece: &Piece<'_>| matches!(piece.text, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS");
        if self.share(column, is_method) >= 60 {
            return false;
        }
        let at_start = found.iter().filter(|(_, at)| *at == start).count();
        found.len() >= 3 && at_start * 100 >= self.heads.len() * 90 && found.iter().any(|(other, _)| *other != length)
    }

    /// What stands between the component and the message: process and thread as numbers, or brackets that a separator ends.
    fn trailing(&self, roles: &mut Vec<Role>) {
        let (is_dotted, first) = (self.class_share(roles.len() - 1, Class::Dotted) >= 90, roles.len());
        while roles.len() < WIDTH {
            let at = roles.len();
            let is_ended = self.is_followed_by_separator(at);
            let is_bracketed = self.class_share(at, Class::Bracketed) >= 90;
            let role = if self.is_process(at) && (is_ended || !is_dotted || is_bracketed) {
                if roles.contains(&Role::Process) { Role::Thread } else { Role::Process }
            } else if is_bracketed && is_ended {
                Role::Unnamed
            } else if is_bracketed && !is_dotted && at == first && self.is_context(at) && !self.is_place(at) {
                Role::Thread
            } else {
                return;
            };
            roles.push(role);
        }
    }

    /// Whether a column repeats itself as names of components do.
    fn is_label(&self, column: usize) -> bool {
        self.heads.len() < 8 || self.distinct(column) * 10 <= self.heads.len() * 8
    }

    /// Whether a column has what links lines to traces, or room for it.
    fn has_traces(&self, column: usize) -> bool {
        self.share(column, |piece| TraceContext::of(piece.text).is_some()) >= 10
    }

    /// A bracket with the name of a class or package in it.
    fn is_class(&self, column: usize) -> bool {
        let is_class = |piece: &Piece<'_>| piece.class == Class::Bracketed && piece.text.contains('.') && is_name(piece.text);
        self.share(column, |piece| is_class(piece) && !is_thread(piece.text)) >= 90
    }

    fn is_thread(&self, column: usize) -> bool {
        self.share(column, |piece| is_thread(piece.text)) >= 60
    }

    /// Threads of a pool, which are numbered: no name of a component is.
    fn is_numbered_thread(&self, column: usize) -> bool {
        let is_numbered = |text: &str| text.trim_end_matches(')').ends_with(|last: char| last.is_ascii_digit());
        self.share(column, |piece| is_thread(piece.text) && is_numbered(piece.text)) >= 60
    }

    /// Threads without brackets.
    fn is_bare_thread(&self, column: usize) -> bool {
        let is_hex = |text: &str| text.len() >= 8 && text.starts_with(|first: char| first.is_ascii_digit()) && is_id(text);
        let is_id = self.share(column, |piece| is_hex(piece.text)) >= 90;
        is_id
            || self.is_label(column) && (self.is_numbered_thread(column) || self.is_thread(column) && self.is_followed_by_separator(column))
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

/// Of two numbers, as Android has them, the second is the thread.
fn second_process_is_thread(roles: &mut [Role]) {
    let numbers: Vec<usize> = (0..roles.len()).filter(|at| roles[*at] == Role::Process).collect();
    if let [_, second, ..] = numbers.as_slice()
        && !roles.contains(&Role::Thread)
    {
        roles[*second] = Role::Thread;
    }
}

/// Gives brackets their names: one that looks like a thread is the thread; of the others one with points, else the last, is the
/// component, if no other is.
fn name_bracket(columns: &Columns<'_>, roles: &mut [Role]) {
    let has_component = roles.iter().any(|role| matches!(role, Role::Component | Role::Tag));
    // Brackets behind the component are what it is asked about: a context, perhaps empty.
    let end = roles.iter().position(|role| matches!(role, Role::Component | Role::Tag)).unwrap_or(roles.len());
    let brackets: Vec<usize> =
        (0..end).filter(|at| roles[*at] == Role::Unnamed && columns.class_share(*at, Class::Bracketed) >= 90).collect();
    let (threads, others): (Vec<usize>, Vec<usize>) = brackets.into_iter().partition(|at| columns.is_thread(*at));
    if let Some(thread) = threads.first() {
        roles[*thread] = Role::Thread;
    }
    if has_component {
        if !roles.contains(&Role::Thread)
            && let [only] = others.as_slice()
            && !columns.has_traces(*only)
            && columns.share(*only, |piece| piece.text.is_empty() || is_id(piece.text)) < 60
        {
            roles[*only] = Role::Thread;
        }
        return;
    }
    let is_named = |at: &&usize| columns.share(**at, |piece| !piece.text.contains(' ') && !is_value(piece.text)) >= 60;
    let is_dotted = |at: &&usize| columns.share(**at, |piece| piece.text.contains(['.', '@', '$'])) >= 60;
    if let Some(found) = others.iter().filter(is_named).find(is_dotted).or_else(|| others.iter().rev().find(is_named)) {
        roles[*found] = Role::Component;
    }
}

/// What is in a bracket and names nothing: a number, a time since the start (`12.345s`), an id, trace and span.
fn is_value(text: &str) -> bool {
    let is_number = text.trim_end_matches("ms").trim_end_matches('s').bytes().all(|byte| byte.is_ascii_digit() || b".-:*".contains(&byte));
    // LiteSpeed writes the client and the virtual host: `[10.0.3.17:51234#shop]`.
    let is_client = || text.split(['#', '-']).next().is_some_and(is_ip);
    is_number || is_id(text) || TraceContext::of(text).is_some() || is_client()
}

/// An id of a request, a query or a thread, in hexadecimal.
fn is_id(text: &str) -> bool {
    let is_hex = text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte.is_ascii_digit());
    is_hex || is_uuid(text.as_bytes()) || text.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A file and the number of a line in it.
fn is_place(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(file, line)| file.contains(['.', '/']) && is_digits(line))
}

fn is_thread(text: &str) -> bool {
    if is_place(text) || text.contains('#') || TraceContext::of(text).is_some() {
        return false;
    }
    // A process of Erlang: `<0.684.0>`.
    if text.matches('.').count() == 2 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return true;
    }
    // A class may be called a thread: `c.x.j.core.thread.ExecutorRegistryThread`.
    if text.matches('.').count() >= 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(&byte)) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let known = ["main", "exec-", "thread", "worker", "pool-", "nio-", "scheduling", "eventloop", "dispatcher", "async", "tid", "handler "];
    known.iter().any(|word| lower.contains(word)) && !lower.contains("::") && !lower.contains('@')
}
