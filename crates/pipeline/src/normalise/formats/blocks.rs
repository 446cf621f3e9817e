//! Events that are blocks of lines: java.util.logging's two, the console of .NET, PHP's errors, the slow query log of MySQL and
//! MariaDB; entries of the systemd journal as it exports them; and what `diagnostics` and `windows_event` read.
//!
//! Where a block begins, one line alone can say; what it means, only the whole block. Sources: docs.oracle.com
//! `java.util.logging.SimpleFormatter`, learn.microsoft.com "Console log formatting", php.net "error_log", dev.mysql.com "The Slow Query Log",
//! systemd.io "Journal Export Formats".

use std::ops::Range;

use magpie_model::{Kind, Side, config::LoggedTime};

use super::finished::Finished;
use super::keys::{BYTES, COMPONENT, ELAPSED_S, MESSAGE, METHOD, NAMES, OPERATION, PATH, SERVICE, SEVERITY, SOURCE, STATUS, TIME};
use super::layout::{is_name, level_of};
use super::structured::Structured;
use super::tokens::{duration, given, is_decimal, is_digits};
use super::{diagnostics, extra, join, owned, windows_event};
use crate::normalise::time::{TimeForm, scan};
use crate::normalise::values::{Habits, LineParser, Reason, Value, Values};

/// Which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::normalise) enum Block {
    /// `java.util.logging`, as it is set up by default.
    Jul,
    /// The simple console formatter of .NET.
    DotNet,
    /// The error log of PHP.
    Php,
    /// The slow query log of MySQL and MariaDB.
    SlowQuery,
    /// Db2's diagnostic log.
    Db2,
    /// IBM MQ's error log.
    Mq,
    /// Requests as Rails logs them by default.
    Rails,
    /// Events of Windows as XML.
    WindowsEvent,
    /// Reports of Erlang's error logger.
    Erlang,
    /// What `journalctl -o export` writes.
    Journal,
}

const ALL: [Block; 10] = [
    Block::Jul,
    Block::DotNet,
    Block::Php,
    Block::SlowQuery,
    Block::Db2,
    Block::Mq,
    Block::Rails,
    Block::WindowsEvent,
    Block::Erlang,
    Block::Journal,
];

/// The reader.
#[derive(Debug)]
pub(in crate::normalise) struct Blocks {
    names: Vec<String>,
    block: Block,
    time: TimeForm,
}

impl Blocks {
    pub(in crate::normalise) fn new(block: Block) -> Self {
        Self { names: owned(&NAMES), block, time: TimeForm::auto() }
    }

    /// The events of a sample of such lines; `None` where there are no blocks in it.
    pub(in crate::normalise) fn joined(sample: &[&str]) -> Option<Vec<String>> {
        ALL.into_iter().find_map(|block| {
            let goes_on = |event: &str| event.rsplit('\n').next().is_some_and(|line| block.continues(line));
            let events = join(sample, |event, line| goes_on(event) || !block.begins(line) && (!line.is_empty() || block.has_blank_lines()));
            let reader = Self::new(block);
            let is_block = |event: &String| event.contains('\n') && reader.parse(event, &mut Values::new(NAMES.len())) == Ok(());
            events.iter().any(is_block).then_some(events)
        })
    }
}

impl LineParser for Blocks {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn parse<'a>(&self, event: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
        match self.block {
            Block::Jul => jul(event, values).ok_or(Reason::NO_MATCH),
            Block::DotNet => dot_net(event, values).ok_or(Reason::NO_MATCH),
            Block::Php => php(event, values).ok_or(Reason::NO_MATCH),
            Block::SlowQuery => slow_query(event, values),
            Block::Db2 => diagnostics::db2(event, values).ok_or(Reason::NO_MATCH),
            Block::Mq => diagnostics::mq(event, values).ok_or(Reason::NO_MATCH),
            Block::Rails => diagnostics::rails(event, values).ok_or(Reason::NO_MATCH),
            Block::Erlang => diagnostics::erlang(event, values).ok_or(Reason::NO_MATCH),
            Block::Journal if !event.contains("\n__REALTIME_TIMESTAMP=") => Err(Reason::NO_MATCH),
            Block::Journal => {
                Structured::entry(event, values);
                Ok(())
            }
            Block::WindowsEvent if windows_event::is_frame(event) => Err(Reason::NOT_AN_EVENT),
            Block::WindowsEvent => windows_event::read(event, values).ok_or(Reason::NO_MATCH),
        }
    }

    fn habits(&self) -> Habits {
        match self.block {
            // Some of its lines tell of requests.
            Block::DotNet => Habits { side: Some(Side::Callee), time: Some(LoggedTime::End), ..Habits::default() },
            Block::Jul | Block::Php | Block::Db2 | Block::Mq | Block::WindowsEvent | Block::Erlang | Block::Journal => {
                Habits { kind: Some(Kind::Log), ..Habits::default() }
            }
            Block::Rails => Habits { kind: Some(Kind::Call), side: Some(Side::Callee), time: Some(LoggedTime::Start) },
            Block::SlowQuery => Habits { kind: Some(Kind::Call), side: Some(Side::Callee), time: Some(LoggedTime::End) },
        }
    }

    fn time_form(&self) -> Option<&TimeForm> {
        Some(&self.time)
    }

    fn starts_event(&self, line: &str) -> Option<bool> {
        Some(self.block.begins(line))
    }

    fn has_partial_lines(&self) -> bool {
        matches!(self.block, Block::Jul | Block::SlowQuery | Block::Rails)
    }

    fn continues(&self, line: &str) -> bool {
        self.block.continues(line)
    }

    fn wants_whole_event(&self) -> bool {
        true
    }

    fn has_blank_lines(&self) -> bool {
        self.block.has_blank_lines()
    }
}

impl Block {
    fn begins(self, line: &str) -> bool {
        match self {
            Self::Jul => jul_head(line).is_some(),
            Self::DotNet => dot_net_head(line).is_some(),
            // WordPress writes lines of its own into the file.
            Self::Php => line.starts_with('[') && line.get(1..).is_some_and(|rest| scan(rest).is_some_and(|(range, _)| range.start == 0)),
            Self::SlowQuery => line.starts_with(SLOW_TIME) || line.starts_with(SLOW_USER) || is_slow_header(line),
            Self::Db2 => diagnostics::db2_head(line).is_some(),
            Self::Mq => diagnostics::mq_head(line).is_some(),
            Self::Rails => diagnostics::rails_head(line).is_some(),
            Self::WindowsEvent => windows_event::begins(line),
            Self::Erlang => diagnostics::erlang_head(line).is_some(),
            Self::Journal => line.starts_with("__CURSOR="),
        }
    }

    /// Whether lines without text stand within events.
    fn has_blank_lines(self) -> bool {
        matches!(self, Self::Mq | Self::Rails | Self::WindowsEvent | Self::Erlang)
    }

    fn continues(self, line: &str) -> bool {
        match self {
            Self::Jul => jul_head(line).is_some(),
            Self::DotNet | Self::Php | Self::Db2 | Self::Mq | Self::Rails | Self::WindowsEvent | Self::Erlang | Self::Journal => false,
            // MariaDB writes the time only where it has changed, and every entry has the line of the user.
            Self::SlowQuery => line.starts_with(SLOW_TIME),
        }
    }
}

/// `Nov 28, 2026 9:15:02 AM org.apache.catalina.core.StandardService startInternal`: time, class and method.
fn jul_head(line: &str) -> Option<(&str, &str, &str)> {
    let first = *line.as_bytes().first()?;
    if !first.is_ascii_alphanumeric() {
        return None;
    }
    let (Range { start: 0, end }, _) = scan(line)? else { return None };
    let mut words = line.get(end..)?.split_ascii_whitespace();
    let (class, method) = (words.next()?, words.next()?);
    let is_head = words.next().is_none() && is_name(class) && level_of(class).is_none() && is_method(method);
    is_head.then_some((line.get(..end)?, class, method))
}

/// As the virtual machine names methods: `lambda$start$0`, `<init>`, too.
fn is_method(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_$<>".contains(&byte)) && !text.as_bytes()[0].is_ascii_digit()
}

fn jul<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (head, rest) = event.split_once('\n')?;
    let (time, class, method) = jul_head(head.trim_end())?;
    let (level, message) = rest.split_once(':')?;
    level_of(level)?;
    values.text(TIME, time);
    values.text(COMPONENT, class);
    values.text(OPERATION, method);
    values.text(SEVERITY, level);
    values.text(MESSAGE, message.strip_prefix(' ').unwrap_or(message));
    Some(())
}

/// `info: Microsoft.Hosting.Lifetime[14]`, perhaps behind a time: time, level, category, number of the event, and what follows.
fn dot_net_head(line: &str) -> Option<(Option<&str>, &'static str, &str, &str, &str)> {
    let time = match line.as_bytes().first()? {
        first if first.is_ascii_digit() || *first == b'[' => scan(line).map(|(range, _)| range).filter(|range| range.start <= 1),
        _ => None,
    };
    let rest = line.get(time.as_ref().map_or(0, |range| range.end)..)?.trim_start_matches([']', ' ']);
    let (word, rest) = rest.split_once(": ")?;
    let level = match word {
        "trce" => "trace",
        "dbug" => "debug",
        "info" => "info",
        "warn" => "warn",
        "fail" => "error",
        "crit" => "fatal",
        _ => return None,
    };
    let (category, rest) = rest.split_once('[')?;
    let (number, rest) = rest.split_once(']')?;
    let is_head = is_name(category) && is_digits(number.trim_start_matches('-')) && (rest.is_empty() || rest.starts_with(' '));
    is_head.then_some((time.and_then(|range| line.get(range)), level, category, number, rest))
}

fn dot_net<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    const INDENT: &str = "      ";
    let (head, more) = event.split_once('\n').unwrap_or((event, ""));
    let (time, level, category, number, rest) = dot_net_head(head.trim_end())?;
    if let Some(time) = time {
        values.text(TIME, time);
    }
    values.text(SEVERITY, level);
    values.text(COMPONENT, category);
    extra("event_id", number, values);
    let unindented = |line: &'a str| line.strip_prefix(INDENT).unwrap_or(line);
    match (rest.trim_start(), more.contains('\n')) {
        ("", false) => {
            let message = unindented(more);
            values.text(MESSAGE, message);
            if let Some(Finished { method, path, status, bytes, elapsed }) = Finished::of(message) {
                let elapsed = duration(elapsed).map(|(number, _)| number);
                for (slot, value) in
                    [(METHOD, Some(method)), (PATH, Some(path)), (STATUS, Some(status)), (BYTES, bytes), (ELAPSED_S + 1, elapsed)]
                {
                    value.into_iter().for_each(|value| values.text(slot, value));
                }
            }
        }
        ("", true) => values.set(MESSAGE, Value::Owned(more.split('\n').map(unindented).collect::<Vec<_>>().join("\n"))),
        (message, _) if more.is_empty() => values.text(MESSAGE, message),
        (message, _) => values.set(MESSAGE, Value::Owned(format!("{message}\n{more}"))),
    }
    Some(())
}

/// `[28-Nov-2026 09:15:02 UTC] PHP Warning:  Undefined variable`: the time, and what follows.
fn php_head(line: &str) -> Option<(&str, &str)> {
    let (time, text) = line.strip_prefix('[')?.split_once("] PHP ")?;
    (time.len() >= 20 && time.as_bytes()[2] == b'-' && time.as_bytes()[0].is_ascii_digit()).then_some((time, text))
}

fn php<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (time, text) = php_head(event)?;
    values.text(TIME, time);
    let (kind, message) = text.split_once(':').unwrap_or(("", text));
    let level = match kind {
        "Fatal error" | "Parse error" | "Core error" | "Compile error" => "fatal",
        "Recoverable fatal error" | "User Error" => "error",
        "Warning" | "Core warning" | "Compile warning" | "User Warning" => "warn",
        "Notice" | "User Notice" | "Deprecated" | "User Deprecated" | "Strict Standards" => "info",
        // The lines of a stack trace that PHP logs one by one.
        _ => {
            values.text(MESSAGE, text);
            return Some(());
        }
    };
    values.text(SEVERITY, level);
    values.text(MESSAGE, message.trim_start());
    extra("kind", kind, values);
    Some(())
}

const SLOW_TIME: &str = "# Time: ";
const SLOW_USER: &str = "# User@Host: ";

/// What a server writes whenever it opens the log.
fn is_slow_header(line: &str) -> bool {
    line.contains(", Version: ") && line.ends_with(':')
        || line.starts_with("Tcp port: ")
        || line.starts_with("Time                 Id Command")
}

fn slow_query<'a>(event: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    if event.lines().all(|line| is_slow_header(line) || line.starts_with(SLOW_TIME)) {
        return Err(Reason::NOT_AN_EVENT);
    }
    read_slow_query(event, values).ok_or(Reason::NO_MATCH)
}

fn read_slow_query<'a>(event: &'a str, values: &mut Values<'a>) -> Option<()> {
    let (mut time, mut logged, mut elapsed) = (None, None, None);
    let mut rest = event;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Some(text) = line.strip_prefix(SLOW_TIME) {
            time = Some(text.trim()).filter(|text| text.contains('T'));
        } else if let Some(user) = line.strip_prefix(SLOW_USER) {
            slow_user(user, values);
        } else if let Some(pairs) = line.strip_prefix("# ") {
            elapsed = elapsed.or(slow_pairs(pairs, values));
        } else if let Some(seconds) = line.strip_prefix("SET timestamp=") {
            logged = Some(seconds.trim_end_matches(';')).filter(|seconds| is_decimal(seconds));
        } else if let Some(database) = line.strip_prefix("use ").and_then(|name| name.strip_suffix(';')) {
            extra("db", database, values);
        } else {
            break;
        }
        rest = after;
    }
    values.text(ELAPSED_S, elapsed?);
    values.text(TIME, time.or(logged)?);
    let verb: String = rest.chars().take_while(char::is_ascii_alphabetic).take(16).collect();
    values.set(SERVICE, Value::Owned(if verb.is_empty() { "(statement)".to_owned() } else { verb.to_ascii_uppercase() }));
    values.text(MESSAGE, rest.trim_end());
    Some(())
}

/// `shop[shop] @ app-1 [10.0.0.7]  Id:    42`
fn slow_user<'a>(text: &'a str, values: &mut Values<'a>) {
    let Some((user, rest)) = text.split_once(" @ ") else { return };
    extra("user", user.split('[').next().unwrap_or(user), values);
    let (name, rest) = rest.split_once('[').unwrap_or((rest, ""));
    let address = rest.split(']').next().unwrap_or_default();
    if let Some(client) = given(address).or_else(|| given(name.trim())) {
        values.text(SOURCE, client);
    }
    if let Some((_, id)) = rest.split_once("Id:") {
        extra("connection", id.trim(), values);
    }
}

/// `Query_time: 2.1  Lock_time: 0.0 Rows_sent: 1`: what is not the elapsed time becomes attributes.
fn slow_pairs<'a>(text: &'a str, values: &mut Values<'a>) -> Option<&'a str> {
    let mut elapsed = None;
    let mut words = text.split_ascii_whitespace();
    while let (Some(key), Some(value)) = (words.next().and_then(|word| word.strip_suffix(':')), words.next()) {
        match key {
            "Query_time" => elapsed = Some(value).filter(|value| is_decimal(value)),
            "Schema" | "Db" => extra("db", value, values),
            _ => extra(key, value, values),
        }
    }
    elapsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_a_sample_are_joined_once() {
        let query = "# Time: 2026-11-28T09:15:02Z\n# User@Host: a[a] @ b [10.0.0.7]\n# Query_time: 2.1\nSET timestamp=1;\nSELECT 1;";
        let lines: Vec<&str> = query.lines().chain(query.lines()).collect();
        let events = Blocks::joined(&lines).unwrap();
        assert_eq!(events, [query, query]);
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        assert_eq!(Blocks::joined(&events).unwrap(), events);
    }
}
