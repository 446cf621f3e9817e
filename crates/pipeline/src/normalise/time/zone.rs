//! Zones: offsets and abbreviations as logs write them, and the configured zone of times that name none.
//!
//! IANA rules come from a database inside the binary, so that two machines read one log alike, whatever their system
//! has installed. Where a wall-clock time exists twice or not at all, jiff's "compatible" rule decides (RFC 5545).

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::cursor::Cursor;

/// The zone called `name`: an IANA name, an offset such as `+08:00`, or an abbreviation such as `EST`.
///
/// An IANA name is looked up before an abbreviation, so that `EST5EDT` and `CET` keep their rules.
pub fn zone(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if let Some(found) = iana(name) {
        return Some(found);
    }
    let mut cursor = Cursor::new(name.as_bytes(), 0);
    let seconds = match mark(&mut cursor)? {
        Mark::Offset(seconds) | Mark::Abbreviation(_, seconds) => seconds,
        Mark::Named(zone) => return Some(zone),
    };
    if !cursor.rest().is_empty() {
        return None;
    }
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}

/// Seconds since the epoch of a wall-clock time given as if it were UTC.
pub(super) fn to_utc(zone: &TimeZone, wall: i64) -> Option<i64> {
    if let Ok(offset) = zone.to_fixed_offset() {
        return wall.checked_sub(i64::from(offset.seconds()));
    }
    let wall = TimeZone::UTC.to_datetime(jiff::Timestamp::from_second(wall).ok()?);
    Some(zone.to_ambiguous_timestamp(wall).compatible().ok()?.as_second())
}

/// The wall-clock time at `utc`, both in seconds since the epoch.
pub(super) fn to_wall(zone: &TimeZone, utc: i64) -> i64 {
    match jiff::Timestamp::from_second(utc) {
        Ok(time) => utc.saturating_add(i64::from(zone.to_offset(time).seconds())),
        Err(_) => utc,
    }
}

/// Whether clocks in this zone call the moment's zone by that abbreviation: `CST` in Asia/Shanghai is not Chicago's.
fn calls_itself(zone: &TimeZone, abbreviation: &[u8], wall: i64) -> bool {
    let Ok(time) = jiff::Timestamp::from_second(wall) else { return false };
    zone.to_offset_info(time).abbreviation().as_bytes() == abbreviation
}

fn iana(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// What a timestamp itself says about its zone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// An offset in seconds.
    Offset(i32),
    /// An abbreviation (at most five letters, zero-padded) and the offset it usually means.
    Abbreviation([u8; 5], i32),
    /// An IANA zone.
    Named(TimeZone),
}

impl Mark {
    /// Seconds since the epoch of `wall` in the marked zone.
    pub(super) fn to_utc(&self, wall: i64, configured: &TimeZone) -> Option<i64> {
        match self {
            Self::Offset(offset) => wall.checked_sub(i64::from(*offset)),
            Self::Abbreviation(letters, offset) => {
                let length = letters.iter().take_while(|byte| **byte != 0).count();
                if calls_itself(configured, &letters[..length], wall) {
                    return to_utc(configured, wall);
                }
                wall.checked_sub(i64::from(*offset))
            }
            Self::Named(zone) => to_utc(zone, wall),
        }
    }
}

/// Reads a zone at the cursor: `Z`, `±hh`, `±hhmm`, `±hh:mm`, `UTC`, `EST` …, `Europe/Berlin`; leaves the cursor alone if there is none.
pub(super) fn mark(cursor: &mut Cursor<'_>) -> Option<Mark> {
    let start = *cursor;
    let found = match cursor.peek()? {
        b'+' | b'-' => offset(cursor),
        b'A'..=b'Z' | b'a'..=b'z' => named(cursor),
        _ => None,
    };
    let ends = !cursor.peek().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if found.is_none() || !ends {
        *cursor = start;
        return None;
    }
    found
}

fn offset(cursor: &mut Cursor<'_>) -> Option<Mark> {
    let sign = if cursor.one_of(b"+-")? == b'-' { -1 } else { 1 };
    let run = cursor.digits_ahead();
    if run == 3 {
        // Db2 writes minutes (ibm.com/docs/en/db2, "Interpreting an informational record in the db2diag log files").
        let minutes = i32::try_from(cursor.number(3, 3)?).ok()?;
        return (minutes <= 15 * 60).then(|| Mark::Offset(sign * minutes * 60));
    }
    if !matches!(run, 2 | 4) {
        return None;
    }
    let hours = cursor.two()?;
    let minutes = if run == 4 {
        cursor.two()?
    } else if cursor.peek() == Some(b':') && cursor.rest().get(1).is_some_and(u8::is_ascii_digit) {
        cursor.at += 1;
        cursor.two()?
    } else {
        0
    };
    (hours <= 15 && minutes < 60).then(|| Mark::Offset(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)))
}

fn named(cursor: &mut Cursor<'_>) -> Option<Mark> {
    let start = cursor.at;
    let word = cursor.word();
    if cursor.peek() == Some(b'/') {
        if !REGIONS.contains(&word) {
            return None;
        }
        let rest = cursor.bytes.get(start..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(byte)).count();
        cursor.at = start + length;
        return std::str::from_utf8(&rest[..length]).ok().and_then(iana).map(Mark::Named);
    }
    let (name, hours) = ABBREVIATIONS.iter().find(|(name, _)| name.as_bytes() == word)?;
    if matches!(*name, "UTC" | "GMT") && matches!(cursor.peek(), Some(b'+' | b'-')) {
        return offset(cursor);
    }
    let mut letters = [0; 5];
    letters.get_mut(..word.len())?.copy_from_slice(word);
    Some(Mark::Abbreviation(letters, (hours * 3600.0) as i32))
}

const REGIONS: [&[u8]; 11] =
    [b"Africa", b"America", b"Antarctica", b"Arctic", b"Asia", b"Atlantic", b"Australia", b"Europe", b"Indian", b"Pacific", b"Etc"];

/// Abbreviations and hours east of UTC: RFC 2822's, and those common in logs. Where one has several meanings (CST, IST, BST)
/// it is the one of the most clocks, unless the configured zone uses it itself.
const ABBREVIATIONS: [(&str, f32); 39] = [
    ("Z", 0.0),
    ("z", 0.0),
    ("UTC", 0.0),
    ("GMT", 0.0),
    ("UT", 0.0),
    ("WET", 0.0),
    ("EST", -5.0),
    ("EDT", -4.0),
    ("CST", -6.0),
    ("CDT", -5.0),
    ("MST", -7.0),
    ("MDT", -6.0),
    ("PST", -8.0),
    ("PDT", -7.0),
    ("AKST", -9.0),
    ("AKDT", -8.0),
    ("HST", -10.0),
    ("AST", -4.0),
    ("ADT", -3.0),
    ("NST", -3.5),
    ("BRT", -3.0),
    ("WEST", 1.0),
    ("BST", 1.0),
    ("CET", 1.0),
    ("CEST", 2.0),
    ("MEZ", 1.0),
    ("MESZ", 2.0),
    ("EET", 2.0),
    ("EEST", 3.0),
    ("SAST", 2.0),
    ("MSK", 3.0),
    ("IST", 5.5),
    ("HKT", 8.0),
    ("SGT", 8.0),
    ("AWST", 8.0),
    ("JST", 9.0),
    ("KST", 9.0),
    ("AEST", 10.0),
    ("AEDT", 11.0),
];
