//! Finds the timestamp in a line whose format nobody told: the first that is clearly one.
//!
//! A timestamp begins where a token begins and ends where it ends, so `app-2026-11-22.log` is no time. Numbers alone are
//! believed to be epochs only as one of the first tokens. Whether `03/04/2026` is April is settled over several lines.

use std::ops::Range;

use jiff::tz::TimeZone;
use magpie_model::{Timestamp, time};

use super::cursor::Cursor;
use super::forms::{DateOrder, Form, When};
use super::{TimeForm, civil, is_plausible};
use crate::normalise::values::TimeContext;

/// How far into a line a timestamp is looked for, in bytes.
const REACH: usize = 256;

/// The first timestamp near the start of `line`: where it stands and of which form it is.
///
/// A bare clock stands where it is one of the first tokens; behind them, a dated time anywhere in reach goes before it.
pub fn scan(line: &str) -> Option<(Range<usize>, Form)> {
    let bytes = line.as_bytes();
    let mut clock = None;
    let mut tokens = 0;
    for at in 0..bytes.len().min(REACH) {
        if !starts_token(bytes, at) {
            continue;
        }
        tokens += 1;
        let Some((range, form)) = at_token(bytes, at, tokens) else { continue };
        // Behind a colon, a clock is more often a piece of something else: `ab:12:34:56`.
        if !form.is_dated() && at > 0 && bytes[at - 1] == b':' {
            continue;
        }
        if form.is_dated() || (tokens <= 3 && clock.is_none()) {
            return Some((range, form));
        }
        clock = clock.or(Some((range, form)));
    }
    clock
}

fn starts_token(bytes: &[u8], at: usize) -> bool {
    if !bytes[at].is_ascii_alphanumeric() {
        return false;
    }
    // Behind a name, or as Zabbix has it behind a process: `1234:20261122:101503.123`.
    let is_compact = || bytes.get(at..at + 9).is_some_and(|date| date[8] == b':' && date[..8].iter().all(u8::is_ascii_digit));
    let is_named = || bytes[at - 1] == b':' && at > 1 && (!bytes[at - 2].is_ascii_digit() || is_compact());
    at == 0
        || !bytes[at - 1].is_ascii()
        || is_named()
        || matches!(
            bytes[at - 1],
            b' ' | b'\t' | b'[' | b'(' | b'{' | b'<' | b'>' | b'"' | b'\'' | b'|' | b',' | b';' | b'=' | b'#' | b'*' | b'%'
        )
}

fn at_token(bytes: &[u8], at: usize, tokens: usize) -> Option<(Range<usize>, Form)> {
    for form in candidates(bytes, at, tokens) {
        let mut cursor = Cursor::new(bytes, at);
        // klog's four digits are a date only where klog puts them; elsewhere they are a process id before a clock.
        if *form == Form::Klog && cursor.digits_ahead() == 4 {
            continue;
        }
        let Some(reading) = form.read(&mut cursor) else { continue };
        let sound = match reading.when {
            When::Epoch(seconds) => is_plausible(Timestamp::from_seconds(seconds)),
            When::Wall { year: Some(year), month_day: Some((month, day)), .. } => {
                (1990..2100).contains(&year) && civil::days(year, month, day).is_some()
            }
            When::Wall { year: None, month_day: Some((month, day)), .. } => civil::days(2024, month, day).is_some(),
            When::Wall { .. } => true,
        };
        if sound && ends_token(bytes, cursor.at) {
            return Some((at..cursor.at, *form));
        }
    }
    None
}

/// The forms a token may be of, by its first byte and its place.
fn candidates(bytes: &[u8], at: usize, tokens: usize) -> &'static [Form] {
    const LETTERS: &[Form] = &[Form::MonthDay, Form::DayMonth];
    const DIGITS: &[Form] = &[
        Form::Iso,
        Form::DayMonth,
        Form::Short,
        Form::Numeric(DateOrder::YearFirst),
        Form::Numeric(DateOrder::MonthFirst),
        Form::Numeric(DateOrder::DayFirst),
        Form::Klog,
        Form::Clock,
    ];
    const EARLY_DIGITS: &[Form] = &[
        Form::Iso,
        Form::DayMonth,
        Form::Short,
        Form::Numeric(DateOrder::YearFirst),
        Form::Numeric(DateOrder::MonthFirst),
        Form::Numeric(DateOrder::DayFirst),
        Form::Klog,
        Form::Epoch,
        Form::Clock,
    ];
    match bytes[at] {
        b'0'..=b'9' if tokens <= 2 => EARLY_DIGITS,
        b'0'..=b'9' => DIGITS,
        _ => LETTERS,
    }
}

fn ends_token(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None => true,
        Some(b'.' | b'-' | b'_' | b'/' | b'@') => bytes.get(at + 1).is_none_or(|next| matches!(next, b' ' | b'\t')),
        Some(byte) => !byte.is_ascii_alphanumeric(),
    }
}

/// The form all `samples` (texts that [`scan`] found to be `form`) agree on, where the order of a numeric date is open.
///
/// An order is out when a sample cannot be read by it; of those left, the one with the fewest times in the future of
/// `near`, then the one whose times lie closest together.
pub fn settle_order(form: Form, samples: &[&str], near: Timestamp) -> Form {
    settle_among(&[DateOrder::YearFirst, DateOrder::MonthFirst, DateOrder::DayFirst], form, samples, near)
}

/// The same where only some orders can be.
pub fn settle_among(orders: &[DateOrder], form: Form, samples: &[&str], near: Timestamp) -> Form {
    if !matches!(form, Form::Numeric(_)) {
        return form;
    }
    let context = TimeContext { zone: TimeZone::UTC, near };
    orders
        .iter()
        .copied()
        .map(Form::Numeric)
        .min_by_key(|form| {
            let form = TimeForm::of(*form);
            let times: Vec<Timestamp> = samples.iter().filter_map(|text| form.parse(text, &context)).collect();
            let future = times.iter().filter(|moment| **moment > near.plus(time::DAY)).count();
            let span = match (times.iter().min(), times.iter().max()) {
                (Some(first), Some(last)) => last.since(*first),
                _ => i64::MAX,
            };
            // A separator of points is day first in nearly all countries that use it; and so are Dubbo's `22/11/26 10:15:03:250`.
            let is_habit = |text: &&str| text.contains('.') || text.matches(':').count() == 3 && orders.contains(&DateOrder::YearFirst);
            let habit = samples.first().is_some_and(is_habit) && form != TimeForm::of(Form::Numeric(DateOrder::DayFirst));
            (samples.len() - times.len(), future, span / time::DAY, habit)
        })
        .unwrap_or(form)
}

/// How lines of stack traces begin.
const CONTINUED: [&str; 7] = [
    "Caused by:",
    "at ",
    "...",
    "Traceback (most recent call last)",
    "Suppressed:",
    "During handling of the above exception",
    "The above exception was",
];

/// Whether a line looks like the continuation of the event before: indented, empty, or a stack trace's words.
pub fn is_continuation(line: &str) -> bool {
    line.is_empty()
        || line.starts_with([' ', '\t', '}', ']', ')'])
        || CONTINUED.iter().any(|start| line.starts_with(start))
        || is_exception(line)
}

/// `java.lang.IllegalStateException: text`, `ValueError: text`: the first line of a stack trace.
fn is_exception(line: &str) -> bool {
    let word = line.split([':', ' ']).next().unwrap_or_default();
    let known = word.ends_with("Exception") || word.ends_with("Error");
    known && word.len() > 9 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(&byte))
}
