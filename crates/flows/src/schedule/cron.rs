//! Cron expressions of five fields (minute, hour, day of month, month, day of week) or six (second first).
//!
//! The meaning is that of crontab(5): lists, ranges, steps and English names; when both days are restricted, either may match.
//! Beyond it `?` stands for `*`, `L` as day of month for its last day, and `@hourly` to `@yearly` for their usual lines.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use magpie_model::{Code, Notice, Told};

/// Days that are searched for the next one: enough for 29 February across a century that has none.
const SEARCHED_DAYS: usize = 9 * 366;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    written: String,
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    last_day: bool,
    months: u64,
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
    every_hour: bool,
}

/// What is wrong with a cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` is not a cron expression: {reason}")]
pub struct CronError {
    expression: String,
    reason: String,
    told: Box<Told>,
}

impl CronError {
    /// The same with its code.
    pub fn notice(&self) -> Notice {
        Notice::new(self.to_string(), (*self.told).clone())
    }
}

struct Field {
    name: &'static str,
    from: u32,
    to: u32,
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", from: 0, to: 59, names: &[] };
const MINUTE: Field = Field { name: "minute", from: 0, to: 59, names: &[] };
const HOUR: Field = Field { name: "hour", from: 0, to: 23, names: &[] };
const DAY: Field = Field { name: "day of month", from: 1, to: 31, names: &[] };
const MONTH: Field =
    Field { name: "month", from: 1, to: 12, names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] };
const WEEKDAY: Field = Field { name: "day of week", from: 0, to: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl Cron {
    /// Parses an expression.
    ///
    /// # Errors
    /// Which field is wrong, and what it may be.
    pub fn parse(written: &str) -> Result<Self, CronError> {
        let expression = written;
        let fail = |Notice { message: reason, told }| CronError { expression: written.to_owned(), reason, told: Box::new(told) };
        let line = macro_line(written.trim()).unwrap_or(written);
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (second, rest) = match fields[..] {
            [_, _, _, _, _] => ("0", &fields[..]),
            [second, ..] if fields.len() == 6 => (second, &fields[1..]),
            _ => {
                let count = fields.len();
                let reason = format!("it has {count} fields; write five (minute hour day month weekday), or six with the second first");
                return Err(fail(Code::CronFields.says(reason, &[("count", &count), ("expression", &expression)])));
            }
        };
        let last_day = rest[2].split(',').any(|part| part.eq_ignore_ascii_case("l"));
        let days: Vec<&str> = rest[2].split(',').filter(|part| !part.eq_ignore_ascii_case("l")).collect();
        let weekdays = WEEKDAY.bits(rest[4], expression).map_err(fail)?;
        let cron = Self {
            seconds: SECOND.bits(second, expression).map_err(fail)?,
            minutes: MINUTE.bits(rest[0], expression).map_err(fail)?,
            hours: HOUR.bits(rest[1], expression).map_err(fail)?,
            days: if days.is_empty() { 0 } else { DAY.bits(&days.join(","), expression).map_err(fail)? },
            last_day,
            months: MONTH.bits(rest[3], expression).map_err(fail)?,
            weekdays: (weekdays | (weekdays >> 7)) & 0x7f,
            any_day: is_any(rest[2]),
            any_weekday: is_any(rest[4]),
            every_hour: rest[1].starts_with('*') || rest[1] == "?",
            written: written.to_owned(),
        };
        match cron.next_local(DateTime::constant(2000, 1, 1, 0, 0, 0, 0)) {
            Some(_) => Ok(cron),
            None => Err(fail(Code::CronNever.says("no day ever matches it", &[("expression", &expression)]))),
        }
    }

    /// Whether it is meant by elapsed time (its hour is `*` or `*/n`), not by the clock on the wall.
    pub fn is_every_hour(&self) -> bool {
        self.every_hour
    }

    /// The first matching local time after `after`, by the calendar alone.
    pub fn next_local(&self, after: DateTime) -> Option<DateTime> {
        let mut date = after.date();
        let mut earliest = after.time().second() as u32 + 60 * (after.time().minute() as u32 + 60 * after.time().hour() as u32) + 1;
        for _ in 0..SEARCHED_DAYS {
            if self.matches_day(date)
                && let Some(time) = self.next_time(earliest)
            {
                return Some(date.to_datetime(time));
            }
            date = date.tomorrow().ok()?;
            earliest = 0;
        }
        None
    }

    fn matches_day(&self, date: Date) -> bool {
        let bit = |bits: u64, index: i8| bits >> index & 1 == 1;
        let by_day = bit(self.days, date.day()) || (self.last_day && date.day() == date.days_in_month());
        let by_weekday = bit(self.weekdays, date.weekday().to_sunday_zero_offset());
        let day = match (self.any_day, self.any_weekday) {
            (true, true) => true,
            (true, false) => by_weekday,
            (false, true) => by_day,
            (false, false) => by_day || by_weekday,
        };
        bit(self.months, date.month()) && day
    }

    /// The first matching time of a day at or after so many seconds.
    fn next_time(&self, earliest: u32) -> Option<Time> {
        let (hour, minute, second) = (earliest / 3600, earliest / 60 % 60, earliest % 60);
        let first = |bits: u64| bits.trailing_zeros();
        let from = |bits: u64, least: u32| (least < 64 && bits >> least != 0).then(|| least + (bits >> least).trailing_zeros());
        let next = if hour > 23 {
            None
        } else if self.hours >> hour & 1 == 1 {
            let in_hour = if self.minutes >> minute & 1 == 1 { from(self.seconds, second).map(|second| (minute, second)) } else { None };
            let in_hour = in_hour.or_else(|| from(self.minutes, minute + 1).map(|minute| (minute, first(self.seconds))));
            in_hour.map(|(minute, second)| (hour, minute, second))
        } else {
            None
        };
        let later = || from(self.hours, hour + 1).map(|hour| (hour, first(self.minutes), first(self.seconds)));
        let (hour, minute, second) = next.or_else(later)?;
        Time::new(hour as i8, minute as i8, second as i8, 0).ok()
    }
}

/// The expression as it was written.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn macro_line(written: &str) -> Option<&'static str> {
    Some(match written {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => return None,
    })
}

fn is_any(field: &str) -> bool {
    field == "*" || field == "?"
}

impl Field {
    /// The values of a field; `cron` is the expression that it is of.
    fn bits(&self, written: &str, cron: &str) -> Result<u64, Notice> {
        written.split(',').try_fold(0, |bits, part| Ok(bits | self.part(part, cron)?))
    }

    fn part(&self, part: &str, cron: &str) -> Result<u64, Notice> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (from, to) = if is_any(range) {
            (self.from, self.to.min(if self.name == WEEKDAY.name { 6 } else { self.to }))
        } else if let Some((from, to)) = range.split_once('-') {
            (self.number(from, cron)?, self.number(to, cron)?)
        } else {
            let from = self.number(range, cron)?;
            (from, if step.is_some() { self.to } else { from })
        };
        let step = match step {
            None => 1,
            Some(step) => step.parse().ok().filter(|&step: &usize| step > 0).ok_or_else(|| {
                let message = format!("the step `{step}` of the {} is not a positive number", self.name);
                Code::CronStep.says(message, &[("expression", &cron), ("step", &step), ("what", &self.name)])
            })?,
        };
        if from > to {
            let message = format!("the range `{range}` of the {} ends before it starts", self.name);
            return Err(Code::CronRange.says(message, &[("expression", &cron), ("range", &range), ("what", &self.name)]));
        }
        Ok((from..=to).step_by(step).fold(0, |bits, value| bits | 1 << value))
    }

    fn number(&self, text: &str, cron: &str) -> Result<u32, Notice> {
        let by_name = self.names.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|at| at as u32 + self.from);
        let number = by_name.or_else(|| text.parse().ok().filter(|number| (self.from..=self.to).contains(number)));
        number.ok_or_else(|| {
            let Self { name, from, to, .. } = self;
            let message = format!("the {name} `{text}` is not in {from} to {to}");
            Code::CronNumber.says(message, &[("expression", &cron), ("from", from), ("text", &text), ("to", to), ("what", name)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, after: &str) -> String {
        Cron::parse(cron).unwrap().next_local(after.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_next_local_time() {
        for (cron, after, expected) in [
            ("0 0 * * *", "2026-11-22T00:00:00", "2026-11-23T00:00:00"),
            ("*/15 * * * *", "2026-11-22T10:14:59", "2026-11-22T10:15:00"),
            ("*/15 * * * *", "2026-11-22T10:45:00", "2026-11-22T11:00:00"),
            ("*/10 * * * * *", "2026-11-22T10:14:51", "2026-11-22T10:15:00"),
            ("30 8-17/3 * * mon-fri", "2026-11-20T17:31:00", "2026-11-23T08:30:00"),
            ("0 12 31 * *", "2026-11-22T00:00:00", "2026-12-31T12:00:00"),
            ("0 12 L * *", "2026-02-01T00:00:00", "2026-02-28T12:00:00"),
            ("0 12 L * *", "2028-02-01T00:00:00", "2028-02-29T12:00:00"),
            ("0 0 29 2 *", "2026-03-01T00:00:00", "2028-02-29T00:00:00"),
            ("0 0 29 2 *", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),
            ("0 0 13 * 5", "2026-11-22T00:00:00", "2026-11-27T00:00:00"),
            ("0 0 ? * 7", "2026-11-22T00:00:00", "2026-11-29T00:00:00"),
            ("59 23 31 12 *", "2026-12-31T23:59:00", "2027-12-31T23:59:00"),
            ("0 0 1,15 jan,JUL *", "2026-01-15T00:00:00", "2026-07-01T00:00:00"),
            ("@weekly", "2026-11-22T00:00:00", "2026-11-29T00:00:00"),
            ("5/20 * * * *", "2026-11-22T10:05:00", "2026-11-22T10:25:00"),
        ] {
            assert_eq!(next(cron, after), expected, "{cron} after {after}");
        }
    }

    #[test]
    fn wrong_expressions_say_what_is_wrong() {
        for (cron, words) in [
            ("* * * *", "4 fields"),
            ("60 * * * *", "minute `60` is not in 0 to 59"),
            ("* * * * funday", "day of week `funday`"),
            ("*/0 * * * *", "step `0`"),
            ("30-10 * * * *", "ends before it starts"),
            ("0 0 31 2 *", "no day ever matches"),
            ("@reboot", "1 fields"),
        ] {
            let error = Cron::parse(cron).unwrap_err().to_string();
            assert!(error.contains(words), "{cron}: {error}");
        }
    }
}
