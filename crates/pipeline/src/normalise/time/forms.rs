//! The forms in which logs write time, each read by hand from a cursor.
//!
//! A form is a family: what differs only in separators, padding, fraction or zone is one form, so that a file with mixed
//! fractions needs no second guess. Which form a file uses is found in `scan`; calendars and zones are `civil`'s.

use std::ops::Range;

use super::cursor::Cursor;
use super::zone::{Mark, mark};

/// Which number of a purely numeric date is what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `17/06/09`: year, month, day.
    YearFirst,
    /// `06/17/2009`, as in the United States.
    MonthFirst,
    /// `17/06/2009`, `17.06.2009`, as in most of the world.
    DayFirst,
}

/// A family of timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Year first, four digits: RFC 3339, ISO 8601 (also basic), `2026/11/22 10:15:03`, `2005-06-03-15.42.50.675872`, `20171223-22:15:29:606`,
    /// `2026年11月22日 10:15:03`, `2026年11月22日 下午3时04分05秒`.
    Iso,
    /// Day, month's name, year: `22/Nov/2026:10:15:03 +0000` (Common Log Format), RFC 2822, `22-Nov-2026 10:15:03`.
    DayMonth,
    /// Month's name, day: `Nov 22 10:15:03` (RFC 3164), asctime `Sun Nov 22 10:15:03 2026`, `Nov 22, 2026 10:15:03 AM`,
    /// `nov/22/2026 10:15:03`.
    MonthDay,
    /// Numbers only with one or two digits first: `11/22/2026 10:15:03 AM`, `22.11.2026 10:15`, `17/06/09 20:10:40`.
    Numeric(DateOrder),
    /// `081109 203615`: year, month, day, then hour, minute, second, two digits each (also `081109 20:36:15`).
    Short,
    /// `1122 10:15:03.123456`: month and day (klog); `11-22 10:15:03.123` (Android), `11-22|10:15:03` (Geth), `11/22-10:15:03` (Snort).
    Klog,
    /// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by size; a decimal fraction may follow. Seconds also
    /// as `1.795342503e+09`.
    Epoch,
    /// `10:15:03.123` without a date.
    Clock,
}

/// What a timestamp says, before zone and missing parts are filled in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) when: When,
    /// Nanoseconds after the second.
    pub(super) nanos: u32,
    /// Where the fraction's digits stand, if it is a plain decimal fraction.
    pub(super) fraction: Option<Range<usize>>,
    pub(super) zone: Option<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Seconds since 1970 in UTC.
    Epoch(i64),
    Wall {
        year: Option<i32>,
        month_day: Option<(u8, u8)>,
        /// Seconds after midnight, at most 86,400 (a leap second).
        second: u32,
    },
}

struct ClockTime {
    second: u32,
    nanos: u32,
    fraction: Option<Range<usize>>,
}

impl Form {
    /// All forms, in the order in which a text is tried: the more it takes to match, the earlier.
    pub const ALL: [Self; 10] = [
        Self::Iso,
        Self::DayMonth,
        Self::MonthDay,
        Self::Short,
        Self::Klog,
        Self::Numeric(DateOrder::YearFirst),
        Self::Numeric(DateOrder::MonthFirst),
        Self::Numeric(DateOrder::DayFirst),
        Self::Epoch,
        Self::Clock,
    ];

    /// Reads a timestamp of this form at the cursor, and moves the cursor behind it.
    pub(super) fn read(self, cursor: &mut Cursor<'_>) -> Option<Reading> {
        let reading = match self {
            Self::Iso => iso(cursor),
            Self::DayMonth => day_month(cursor),
            Self::MonthDay => month_day(cursor),
            Self::Numeric(order) => numeric(cursor, order),
            Self::Short => short(cursor),
            Self::Klog => klog(cursor),
            Self::Epoch => epoch(cursor),
            Self::Clock => clock_only(cursor),
        }?;
        (!cursor.peek().is_some_and(|byte| byte.is_ascii_alphanumeric())).then_some(reading)
    }

    /// Whether a reading of this form has a year, month and day.
    pub fn is_dated(self) -> bool {
        self != Self::Clock
    }
}

fn wall(year: Option<i32>, month: u8, day: u8, clock: ClockTime, zone: Option<Mark>) -> Option<Reading> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let when = When::Wall { year, month_day: Some((month, day)), second: clock.second };
    Some(Reading { when, nanos: clock.nanos, fraction: clock.fraction, zone })
}

fn iso(cursor: &mut Cursor<'_>) -> Option<Reading> {
    let run = cursor.digits_ahead();
    let year = i32::try_from(cursor.number(4, 4)?).ok()?;
    if !matches!(run, 4 | 8 | 14) {
        return None;
    }
    if run == 4 && cursor.eat_word("年") {
        return chinese(cursor, year);
    }
    let separator = if run == 4 { Some(cursor.one_of(b"-/.")?) } else { None };
    let month = if separator.is_some() { cursor.one_or_two()? } else { cursor.two()? };
    if separator.is_some_and(|byte| !cursor.eat(byte)) {
        return None;
    }
    let day = if separator.is_some() { cursor.one_or_two()? } else { cursor.two()? };
    if run == 14 {
        let clock = compact_clock(cursor)?;
        let zone = trailing_zone(cursor);
        return wall(Some(year), month, day, clock, zone);
    }
    let before_clock = *cursor;
    if let Some(clock) = after_date(cursor) {
        let zone = trailing_zone(cursor);
        return wall(Some(year), month, day, clock, zone);
    }
    *cursor = before_clock;
    // A date alone is a time only when it is the whole text; eight bare digits are more often a number.
    let whole = separator.is_some() && cursor.rest().is_empty();
    whole.then_some(ClockTime { second: 0, nanos: 0, fraction: None }).and_then(|clock| wall(Some(year), month, day, clock, None))
}

/// What follows the year of a date in Chinese: `11月22日 10:15:03`, `11月22日 下午3时04分05秒`.
fn chinese(cursor: &mut Cursor<'_>, year: i32) -> Option<Reading> {
    let month = cursor.one_or_two().filter(|_| cursor.eat_word("月"))?;
    let day = cursor.one_or_two().filter(|_| cursor.eat_word("日") || cursor.eat_word("号"))?;
    cursor.blanks();
    let before_noon = cursor.eat_word("上午");
    let after_noon = !before_noon && cursor.eat_word("下午");
    cursor.blanks();
    let before_clock = *cursor;
    let mut time = clock(cursor).or_else(|| {
        *cursor = before_clock;
        chinese_clock(cursor)
    })?;
    const HALF: u32 = 12 * 3_600;
    if after_noon && time.second < HALF {
        time.second += HALF;
    } else if before_noon && (HALF..HALF + 3_600).contains(&time.second) {
        time.second -= HALF;
    }
    let zone = trailing_zone(cursor);
    wall(Some(year), month, day, time, zone)
}

/// `15时04分05秒`, `15点04分`.
fn chinese_clock(cursor: &mut Cursor<'_>) -> Option<ClockTime> {
    let hour = cursor.one_or_two().filter(|_| cursor.eat_word("时") || cursor.eat_word("点"))?;
    let minute = cursor.one_or_two().filter(|_| cursor.eat_word("分"))?;
    let second = if cursor.digits_ahead() > 0 { cursor.one_or_two().filter(|_| cursor.eat_word("秒"))? } else { 0 };
    checked_clock(hour, minute, second, 0, None)
}

/// The clock that follows a date, after `T`, blanks, a comma, `_`, `-` or `:`.
fn after_date(cursor: &mut Cursor<'_>) -> Option<ClockTime> {
    match cursor.peek()? {
        // Erlang has two colons.
        b':' => cursor.at += if cursor.rest().starts_with(b"::") { 2 } else { 1 },
        b'T' | b't' | b'_' | b'-' => cursor.at += 1,
        b',' => {
            cursor.at += 1;
            cursor.blanks();
        }
        b' ' | b'\t' => {
            cursor.blanks();
            // `2026-11-22 - 10:15:03` and `2026-11-22 at 10:15:03` exist, too.
            if cursor.rest().starts_with(b"- ") || cursor.rest().starts_with(b"| ") {
                cursor.at += 2;
            } else if cursor.rest().starts_with(b"at ") {
                cursor.at += 3;
            }
        }
        _ => return None,
    }
    match (cursor.digits_ahead(), cursor.rest().get(2)) {
        (6, _) => compact_clock(cursor),
        (2, Some(b'-')) => dashed_clock(cursor),
        _ => clock(cursor),
    }
}

/// `10-15-03`: of programs whose times are names of files, too.
fn dashed_clock(cursor: &mut Cursor<'_>) -> Option<ClockTime> {
    let hour = cursor.two()?;
    let minute = cursor.two_after(b'-')?;
    let second = cursor.two_after(b'-')?;
    let (nanos, fraction) = decimal(cursor);
    checked_clock(hour, minute, second, nanos, fraction)
}

fn compact_clock(cursor: &mut Cursor<'_>) -> Option<ClockTime> {
    let (hour, minute, second) = (cursor.two()?, cursor.two()?, cursor.two()?);
    let (nanos, fraction) = decimal(cursor);
    checked_clock(hour, minute, second, nanos, fraction)
}

/// `HH:MM[:SS[.fraction]] [AM|PM]`; also with points between.
fn clock(cursor: &mut Cursor<'_>) -> Option<ClockTime> {
    let mut hour = cursor.one_or_two()?;
    let separator = cursor.one_of(b":.")?;
    let minute = cursor.two().or_else(|| cursor.one_or_two())?;
    let (mut second, mut nanos, mut fraction) = (0, 0, None);
    let has_second = cursor.peek() == Some(separator) && cursor.rest().get(1).is_some_and(u8::is_ascii_digit);
    if has_second {
        cursor.at += 1;
        second = cursor.two().or_else(|| cursor.one_or_two())?;
        if cursor.peek() == Some(b':') && cursor.rest().get(1).is_some_and(u8::is_ascii_digit) {
            cursor.at += 1;
            // After a colon stand milliseconds, which some write without leading zeros, or six digits of microseconds.
            nanos = match cursor.digits_ahead() {
                6 => u32::try_from(cursor.number(6, 6)?).ok()? * 1_000,
                _ => u32::try_from(cursor.number(1, 3)?).ok()? * 1_000_000,
            };
        } else {
            (nanos, fraction) = decimal(cursor);
        }
    } else if separator == b'.' {
        return None;
    }
    if let Some(afternoon) = half_of_day(cursor) {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    checked_clock(hour, minute, second, nanos, fraction)
}

fn checked_clock(hour: u8, minute: u8, second: u8, nanos: u32, fraction: Option<Range<usize>>) -> Option<ClockTime> {
    (hour < 24 && minute < 60 && second <= 60).then(|| ClockTime {
        second: u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second),
        nanos,
        fraction,
    })
}

fn decimal(cursor: &mut Cursor<'_>) -> (u32, Option<Range<usize>>) {
    let has = matches!(cursor.peek(), Some(b'.' | b',')) && cursor.rest().get(1).is_some_and(u8::is_ascii_digit);
    if !has {
        return (0, None);
    }
    cursor.at += 1;
    let start = cursor.at;
    match cursor.fraction() {
        Some(nanos) => (nanos, Some(start..cursor.at)),
        None => (0, None),
    }
}

/// `AM` (false) or `PM` (true), after an optional blank.
fn half_of_day(cursor: &mut Cursor<'_>) -> Option<bool> {
    let start = *cursor;
    cursor.blanks();
    let word = cursor.word();
    if word.eq_ignore_ascii_case(b"am") {
        return Some(false);
    }
    if word.eq_ignore_ascii_case(b"pm") {
        return Some(true);
    }
    *cursor = start;
    None
}

/// A zone right after the clock, or after one blank.
fn trailing_zone(cursor: &mut Cursor<'_>) -> Option<Mark> {
    let start = *cursor;
    if cursor.blanks() > 1 {
        *cursor = start;
        return None;
    }
    let found = mark(cursor);
    if found.is_none() {
        *cursor = start;
    }
    found
}

fn weekday_before(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.peek()?.is_ascii_alphabetic() {
        let start = *cursor;
        if cursor.weekday().is_none() {
            *cursor = start;
            return Some(());
        }
        cursor.eat(b',');
        cursor.blanks();
    }
    Some(())
}

fn day_month(cursor: &mut Cursor<'_>) -> Option<Reading> {
    weekday_before(cursor)?;
    let day = cursor.one_or_two()?;
    cursor.one_of(b"/- .")?;
    cursor.blanks();
    let month = cursor.month()?;
    let before_year = *cursor;
    if let Some(year) = year_after(cursor) {
        let clock = after_date(cursor)?;
        let zone = trailing_zone(cursor);
        return wall(Some(year), month, day, clock, zone);
    }
    *cursor = before_year;
    let clock = after_date(cursor)?;
    let zone = trailing_zone(cursor);
    wall(None, month, day, clock, zone)
}

fn year_after(cursor: &mut Cursor<'_>) -> Option<i32> {
    cursor.one_of(b"/- .,")?;
    cursor.blanks();
    let year = match cursor.digits_ahead() {
        4 => i32::try_from(cursor.number(4, 4)?).ok()?,
        2 => century(cursor.two()?),
        _ => return None,
    };
    // `22 Nov 10:15` has no year: what follows the two digits must not be a clock.
    (!cursor.rest().first().is_some_and(|byte| *byte == b':' && year < 2100 && before_clock(cursor))).then_some(year)
}

/// Whether the `:` ahead is the one inside `10:15:03` rather than the one of `2026:10:15:03`.
fn before_clock(cursor: &Cursor<'_>) -> bool {
    let four_digits = cursor.at >= 4 && cursor.bytes[cursor.at - 4..cursor.at].iter().all(u8::is_ascii_digit);
    !four_digits && cursor.rest().iter().filter(|byte| **byte == b':').take(3).count() < 3
}

/// POSIX: 69 to 99 are 1969 to 1999.
pub(super) fn century(two_digits: u8) -> i32 {
    i32::from(two_digits) + if two_digits >= 69 { 1900 } else { 2000 }
}

fn month_day(cursor: &mut Cursor<'_>) -> Option<Reading> {
    weekday_before(cursor)?;
    let month = cursor.month()?;
    cursor.eat(b'.');
    // RouterOS writes `nov/22/2026`.
    let slashed = cursor.eat(b'/');
    if !slashed && cursor.blanks() == 0 && !cursor.eat(b'-') {
        return None;
    }
    let day = cursor.one_or_two()?;
    if slashed && !cursor.eat(b'/') {
        return None;
    }
    let before_year = *cursor;
    // `Nov 22, 2026 10:15:03 AM` and `Nov 22 2026 10:15:03`.
    let year = written_year(cursor);
    if year.is_none() {
        *cursor = before_year;
    }
    let clock = after_date(cursor)?;
    let mut zone = trailing_zone(cursor);
    if year.is_some() {
        return wall(year, month, day, clock, zone);
    }
    // asctime and `date` put the year last, perhaps behind a zone.
    let before_year = *cursor;
    cursor.blanks();
    let last = (cursor.digits_ahead() == 4).then(|| cursor.number(4, 4)).flatten().and_then(|year| i32::try_from(year).ok());
    let ends = !cursor.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b":-/".contains(&byte));
    match last.filter(|year| (1970..2100).contains(year) && ends) {
        Some(year) => {
            zone = zone.or_else(|| trailing_zone(cursor));
            wall(Some(year), month, day, clock, zone)
        }
        None => {
            *cursor = before_year;
            wall(None, month, day, clock, zone)
        }
    }
}

fn written_year(cursor: &mut Cursor<'_>) -> Option<i32> {
    cursor.eat(b',');
    cursor.blanks();
    if cursor.digits_ahead() != 4 {
        return None;
    }
    let year = i32::try_from(cursor.number(4, 4)?).ok()?;
    matches!(cursor.peek(), Some(b' ' | b',' | b'T' | b'\t')).then_some(year)
}

fn numeric(cursor: &mut Cursor<'_>, order: DateOrder) -> Option<Reading> {
    let first = cursor.one_or_two()?;
    let separator = cursor.one_of(b"/-.")?;
    let second = cursor.one_or_two()?;
    if !cursor.eat(separator) {
        return None;
    }
    let run = cursor.digits_ahead();
    let last = u16::try_from(cursor.number(2, 4)?).ok()?;
    let short = u8::try_from(last % 100).ok()?;
    let (year, month, day) = match (order, run) {
        (DateOrder::YearFirst, 2) => (century(first), second, short),
        (DateOrder::MonthFirst, 2) => (century(short), first, second),
        (DateOrder::DayFirst, 2) => (century(short), second, first),
        (DateOrder::MonthFirst, 4) => (i32::from(last), first, second),
        (DateOrder::DayFirst, 4) => (i32::from(last), second, first),
        _ => return None,
    };
    let clock = after_date(cursor)?;
    let zone = trailing_zone(cursor);
    wall(Some(year), month, day, clock, zone)
}

fn short(cursor: &mut Cursor<'_>) -> Option<Reading> {
    if cursor.digits_ahead() != 6 {
        return None;
    }
    let (year, month, day) = (century(cursor.two()?), cursor.two()?, cursor.two()?);
    if cursor.blanks() == 0 {
        return None;
    }
    let clock = if cursor.digits_ahead() == 6 { compact_clock(cursor)? } else { clock(cursor)? };
    wall(Some(year), month, day, clock, None)
}

fn klog(cursor: &mut Cursor<'_>) -> Option<Reading> {
    let is_klog = cursor.digits_ahead() == 4;
    let separator = cursor.rest().get(2).copied().filter(|byte| cursor.digits_ahead() == 2 && b"-/".contains(byte));
    if !is_klog && separator.is_none() {
        return None;
    }
    let month = cursor.two()?;
    cursor.at += usize::from(!is_klog);
    let day = cursor.two()?;
    // Snort's `11/22-10:15:03`, Geth's `11-22|10:15:03`.
    let follows = match separator {
        Some(b'/') => cursor.eat(b'-'),
        Some(_) => cursor.blanks() > 0 || cursor.eat(b'|'),
        None => cursor.blanks() > 0,
    };
    if !follows {
        return None;
    }
    let clock = clock(cursor)?;
    wall(None, month, day, clock, None)
}

fn clock_only(cursor: &mut Cursor<'_>) -> Option<Reading> {
    let start = cursor.at;
    let clock = clock(cursor)?;
    let text = &cursor.bytes[start..cursor.at];
    // `10:15` and `3.15.42` are more often something else; `10:15AM` is not.
    let has_half = matches!(text, [.., b'a' | b'A' | b'p' | b'P', b'm' | b'M']);
    if text.iter().filter(|byte| **byte == b':').count() < 2 && !has_half {
        return None;
    }
    let zone = trailing_zone(cursor);
    let when = When::Wall { year: None, month_day: None, second: clock.second };
    Some(Reading { when, nanos: clock.nanos, fraction: clock.fraction, zone })
}

/// `1.795342503123456e+09`, as encoders of floats write seconds.
fn scientific_epoch(cursor: &mut Cursor<'_>) -> Option<Reading> {
    let rest = cursor.rest();
    let end = rest.iter().position(|byte| !(byte.is_ascii_digit() || *byte == b'.'))?;
    let digits: Vec<u8> = rest[..end].iter().copied().filter(u8::is_ascii_digit).collect();
    let exponent = [b"e+09".as_slice(), b"e9", b"e+9"].into_iter().find(|exponent| rest[end..].starts_with(exponent))?;
    let (whole, fraction) = (digits.get(..10)?, digits.get(10..)?);
    let seconds = std::str::from_utf8(whole).ok()?.parse().ok()?;
    let nanos = fraction.iter().chain(std::iter::repeat(&b'0')).take(9).fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    cursor.at += end + exponent.len();
    Some(Reading { when: When::Epoch(seconds), nanos, fraction: None, zone: None })
}

fn epoch(cursor: &mut Cursor<'_>) -> Option<Reading> {
    let run = cursor.digits_ahead();
    if run == 1 && cursor.rest().get(1) == Some(&b'.') {
        return scientific_epoch(cursor);
    }
    let unit: u64 = match run {
        9..=11 => 1,
        12..=14 => 1_000,
        15..=17 => 1_000_000,
        18 | 19 => 1_000_000_000,
        _ => return None,
    };
    let value = cursor.number(run, run)?;
    let seconds = i64::try_from(value / unit).ok()?;
    let nanos_per_unit = 1_000_000_000 / unit;
    let mut nanos = u32::try_from((value % unit) * nanos_per_unit).ok()?;
    let (part, fraction) = decimal(cursor);
    nanos = nanos.saturating_add(u32::try_from(u64::from(part) / unit).ok()?);
    Some(Reading { when: When::Epoch(seconds), nanos, fraction: fraction.filter(|_| unit == 1), zone: None })
}
