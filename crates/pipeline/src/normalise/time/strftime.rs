//! Time formats that a user writes, compiled once: `%d/%b/%Y:%H:%M:%S %z`, or Java's `dd/MMM/yyyy HH:mm:ss,SSS`.
//!
//! Directives are those of strptime(3) as C, Python and Ruby share them, with `%f` and `%L` for fractions and `%s` for
//! the epoch. Padding is forgiving on reading: `%d` and `%e` both take `7`, `07` and ` 7`.

use magpie_model::{Code, Notice};

use super::cursor::Cursor;
use super::forms::{Reading, When, century};
use super::zone::{Mark, mark};

/// A compiled format.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strftime {
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Literal(u8),
    Blanks,
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    DayOfYear,
    WeekdayName,
    Hour,
    Hour12,
    Minute,
    Second,
    Fraction,
    /// A point or comma and a fraction, both optional.
    PointFraction,
    HalfDay,
    Zone,
    /// Seconds (1), milliseconds (1,000) … since 1970.
    Epoch(u64),
}

#[derive(Default)]
struct Parts {
    year: Option<i32>,
    month: Option<u8>,
    day: Option<u8>,
    day_of_year: Option<u16>,
    hour: u8,
    afternoon: Option<bool>,
    minute: u8,
    second: u8,
    nanos: u32,
    fraction: Option<std::ops::Range<usize>>,
    zone: Option<Mark>,
    epoch: Option<i64>,
}

impl Strftime {
    /// Compiles a format; the error says which directive is not known.
    pub(super) fn compile(format: &str) -> Result<Self, Notice> {
        let mut items = Vec::new();
        if !format.contains('%') && looks_like_java(format) {
            java(format, &mut items)?;
        } else {
            percent(format, &mut items)?;
        }
        if items.iter().all(|item| matches!(item, Item::Literal(_) | Item::Blanks)) {
            let message = format!("time format `{format}` names no part of a time");
            return Err(Code::TimeFormatEmpty.says(message, &[("format", &format)]));
        }
        Ok(Self { items })
    }

    /// Reads a time at the cursor.
    pub(super) fn read(&self, cursor: &mut Cursor<'_>) -> Option<Reading> {
        let mut parts = Parts::default();
        for item in &self.items {
            take(*item, cursor, &mut parts)?;
        }
        parts.reading()
    }
}

fn percent(format: &str, items: &mut Vec<Item>) -> Result<(), Notice> {
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            literal(letter, items);
            continue;
        }
        let mut directive = String::new();
        while letters.peek().is_some_and(|next| "-_0^#:.E".contains(*next) || next.is_ascii_digit()) {
            directive.extend(letters.next());
        }
        let Some(letter) = letters.next() else {
            return Err(Code::TimeFormatOpen.says(format!("time format `{format}` ends in `%`"), &[("format", &format)]));
        };
        let point = directive.contains('.');
        let item: &[Item] = match letter {
            'Y' | 'G' => &[Item::Year],
            'y' | 'g' => &[Item::ShortYear],
            'm' => &[Item::Month],
            'b' | 'B' | 'h' => &[Item::MonthName],
            'd' | 'e' => &[Item::Day],
            'j' => &[Item::DayOfYear],
            'a' | 'A' => &[Item::WeekdayName],
            'H' | 'k' => &[Item::Hour],
            'I' | 'l' => &[Item::Hour12],
            'M' => &[Item::Minute],
            'S' => &[Item::Second],
            'f' | 'N' | 'L' if point => &[Item::PointFraction],
            'f' | 'N' | 'L' => &[Item::Fraction],
            'p' | 'P' => &[Item::HalfDay],
            'z' | 'Z' => &[Item::Zone],
            's' => &[Item::Epoch(1)],
            'Q' => &[Item::Epoch(1_000)],
            'T' => &[Item::Hour, Item::Literal(b':'), Item::Minute, Item::Literal(b':'), Item::Second],
            'R' => &[Item::Hour, Item::Literal(b':'), Item::Minute],
            'F' => &[Item::Year, Item::Literal(b'-'), Item::Month, Item::Literal(b'-'), Item::Day],
            'D' => &[Item::Month, Item::Literal(b'/'), Item::Day, Item::Literal(b'/'), Item::ShortYear],
            'c' => &[
                Item::WeekdayName,
                Item::Blanks,
                Item::MonthName,
                Item::Blanks,
                Item::Day,
                Item::Blanks,
                Item::Hour,
                Item::Literal(b':'),
                Item::Minute,
                Item::Literal(b':'),
                Item::Second,
                Item::Blanks,
                Item::Year,
            ],
            'n' | 't' => &[Item::Blanks],
            '%' => &[Item::Literal(b'%')],
            other => return Err(not_known(format, &format!("%{other}"))),
        };
        items.extend_from_slice(item);
    }
    Ok(())
}

fn not_known(format: &str, directive: &str) -> Notice {
    let message = format!("time format `{format}`: `{directive}` is not known");
    Code::TimeFormatUnknown.says(message, &[("directive", &directive), ("format", &format)])
}

fn literal(letter: char, items: &mut Vec<Item>) {
    if letter == ' ' || letter == '\t' {
        items.push(Item::Blanks);
        return;
    }
    let mut bytes = [0; 4];
    items.extend(letter.encode_utf8(&mut bytes).bytes().map(Item::Literal));
}

fn looks_like_java(format: &str) -> bool {
    format.contains("yy") || format.contains("uu") || format.contains("HH") || format.contains("hh")
}

/// The letters of `java.time.format.DateTimeFormatter` and `SimpleDateFormat`; quoted text is literal.
fn java(format: &str, items: &mut Vec<Item>) -> Result<(), Notice> {
    let letters: Vec<char> = format.chars().collect();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let run = letters[at..].iter().take_while(|other| **other == letter).count();
        at += run;
        let item = match (letter, run) {
            ('y' | 'u', 2) => Item::ShortYear,
            ('y' | 'u', _) => Item::Year,
            ('M' | 'L', 3..) => Item::MonthName,
            ('M' | 'L', _) => Item::Month,
            ('d', _) => Item::Day,
            ('D', _) => Item::DayOfYear,
            ('E', _) => Item::WeekdayName,
            ('H' | 'k', _) => Item::Hour,
            ('h' | 'K', _) => Item::Hour12,
            ('m', _) => Item::Minute,
            ('s', _) => Item::Second,
            ('S' | 'n', _) => Item::Fraction,
            ('a', _) => Item::HalfDay,
            ('z' | 'Z' | 'X' | 'x' | 'V' | 'O', _) => Item::Zone,
            ('\'', 2) => Item::Literal(b'\''),
            ('\'', 1) => {
                while let Some(&quoted) = letters.get(at) {
                    at += 1;
                    if quoted == '\'' {
                        break;
                    }
                    literal(quoted, items);
                }
                continue;
            }
            (other, _) if other.is_ascii_alphabetic() && other != 'T' => {
                return Err(not_known(format, &other.to_string()));
            }
            (other, _) => {
                (0..run).for_each(|_| literal(other, items));
                continue;
            }
        };
        items.push(item);
    }
    Ok(())
}

fn take(item: Item, cursor: &mut Cursor<'_>, parts: &mut Parts) -> Option<()> {
    match item {
        Item::Literal(byte) => cursor.eat(byte).then_some(())?,
        Item::Blanks => {
            cursor.blanks();
        }
        Item::Year => parts.year = i32::try_from(cursor.number(1, 4)?).ok(),
        Item::ShortYear => parts.year = Some(century(cursor.two()?)),
        Item::Month => parts.month = Some(padded(cursor)?),
        Item::MonthName => parts.month = Some(cursor.month()?),
        Item::Day => parts.day = Some(padded(cursor)?),
        Item::DayOfYear => parts.day_of_year = u16::try_from(cursor.number(1, 3)?).ok(),
        Item::WeekdayName => {
            cursor.weekday()?;
        }
        Item::Hour | Item::Hour12 => parts.hour = padded(cursor)?,
        Item::Minute => parts.minute = padded(cursor)?,
        Item::Second => parts.second = padded(cursor)?,
        Item::Fraction => {
            let start = cursor.at;
            parts.nanos = cursor.fraction()?;
            parts.fraction = Some(start..cursor.at);
        }
        Item::PointFraction => {
            if cursor.one_of(b".,").is_some() {
                take(Item::Fraction, cursor, parts)?;
            }
        }
        Item::HalfDay => {
            let word = cursor.word();
            parts.afternoon = Some(word.eq_ignore_ascii_case(b"pm"));
            (word.eq_ignore_ascii_case(b"pm") || word.eq_ignore_ascii_case(b"am")).then_some(())?;
        }
        Item::Zone => parts.zone = Some(mark(cursor)?),
        Item::Epoch(unit) => {
            let value = cursor.number(1, 19)?;
            parts.epoch = i64::try_from(value / unit).ok();
            parts.nanos = u32::try_from((value % unit) * (1_000_000_000 / unit)).ok()?;
        }
    }
    Some(())
}

fn padded(cursor: &mut Cursor<'_>) -> Option<u8> {
    cursor.blanks();
    cursor.one_or_two()
}

impl Parts {
    fn reading(self) -> Option<Reading> {
        if let Some(seconds) = self.epoch {
            return Some(Reading { when: When::Epoch(seconds), nanos: self.nanos, fraction: self.fraction, zone: None });
        }
        let hour = match self.afternoon {
            Some(afternoon) if (1..=12).contains(&self.hour) => self.hour % 12 + if afternoon { 12 } else { 0 },
            Some(_) => return None,
            None => self.hour,
        };
        if hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let month_day = match (self.month, self.day, self.day_of_year, self.year) {
            (Some(month), Some(day), ..) => Some((month, day)),
            (Some(month), None, ..) => Some((month, 1)),
            (None, None, Some(day), Some(year)) => Some(nth_day(year, day)?),
            _ => None,
        };
        let second = u32::from(hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second);
        let when = When::Wall { year: self.year, month_day, second };
        Some(Reading { when, nanos: self.nanos, fraction: self.fraction, zone: self.zone })
    }
}

fn nth_day(year: i32, day_of_year: u16) -> Option<(u8, u8)> {
    let mut left = day_of_year;
    for month in 1..=12 {
        for day in 1..=31 {
            if super::civil::days(year, month, day).is_none() {
                break;
            }
            left = left.checked_sub(1)?;
            if left == 0 {
                return Some((month, day));
            }
        }
    }
    None
}
