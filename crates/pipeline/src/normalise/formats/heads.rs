//! What the columns of a layout are: time, level, thread, process, component, as nearly all sample lines agree.

use std::collections::HashMap;

use super::layout::{Class, Piece, is_name};
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
        words.or_else(letters)
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
            match () {
                () if self.is_separated(column) && self.is_thread(column) => Role::Thread,
                () if self.is_separated(column) => Role::Component,
                // Of a request, no name of a host.
                () if self.share(column, |piece| is_uuid(piece.text.as_bytes())) >= 90 => Role::Unnamed,
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
    // A process of Erlang: `<0.684.0>`.
    if text.matches('.').count() == 2 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let known = ["main", "exec-", "thread", "worker", "pool-", "nio-", "scheduling", "eventloop", "dispatcher", "async", "tid", "handler "];
    known.iter().any(|word| lower.contains(word)) && !lower.contains("::") && !lower.contains('@')
}
