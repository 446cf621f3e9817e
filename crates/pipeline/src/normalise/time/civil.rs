//! From what a timestamp says to a moment: calendar arithmetic, and the year or date that it leaves out.
//!
//! A missing year is the one that puts the time not later than a day after a moment near the line (the file's last
//! change); a missing date is that moment's date, or the day before where the clock would otherwise lie ahead of it.

use jiff::tz::TimeZone;
use magpie_model::{Timestamp, time};

use super::forms::{Reading, When};
use super::zone;
use crate::normalise::values::TimeContext;

const DAY_SECONDS: i64 = 86_400;

/// The moment a reading means.
pub(super) fn resolve(reading: &Reading, context: &TimeContext) -> Option<Timestamp> {
    let seconds = match reading.when {
        When::Epoch(seconds) => Some(seconds),
        When::Wall { year: Some(year), month_day: Some((month, day)), second } => {
            let wall = days(year, month, day)? * DAY_SECONDS + i64::from(second);
            to_utc(reading, wall, &context.zone)
        }
        When::Wall { year: None, month_day: Some((month, day)), second } => without_year(reading, (month, day), second, context),
        When::Wall { second, .. } => without_date(reading, second, context),
    }?;
    seconds.checked_mul(time::SECOND)?.checked_add(i64::from(reading.nanos)).map(Timestamp)
}

/// Whether the moment depends on the one near the line.
pub(super) fn needs_near(reading: &Reading) -> bool {
    matches!(reading.when, When::Wall { year: None, .. } | When::Wall { month_day: None, .. })
}

fn to_utc(reading: &Reading, wall: i64, configured: &TimeZone) -> Option<i64> {
    match &reading.zone {
        Some(mark) => mark.to_utc(wall, configured),
        None => zone::to_utc(configured, wall),
    }
}

fn near_seconds(context: &TimeContext) -> i64 {
    context.near.0.div_euclid(time::SECOND)
}

fn without_year(reading: &Reading, (month, day): (u8, u8), second: u32, context: &TimeContext) -> Option<i64> {
    let near = near_seconds(context);
    let (year, ..) = date(zone::to_wall(&context.zone, near).div_euclid(DAY_SECONDS));
    // From one year ahead, for logs of New Year's night, back to the last leap year.
    for year in (year - 8..=year + 1).rev() {
        let Some(days) = days(year, month, day) else { continue };
        let utc = to_utc(reading, days * DAY_SECONDS + i64::from(second), &context.zone)?;
        if utc <= near + DAY_SECONDS {
            return Some(utc);
        }
    }
    None
}

fn without_date(reading: &Reading, second: u32, context: &TimeContext) -> Option<i64> {
    let near = near_seconds(context);
    let today = zone::to_wall(&context.zone, near).div_euclid(DAY_SECONDS) * DAY_SECONDS;
    let utc = to_utc(reading, today + i64::from(second), &context.zone)?;
    let later = Timestamp(utc.checked_mul(time::SECOND)?.checked_add(i64::from(reading.nanos))?) > context.near;
    if later { to_utc(reading, today - DAY_SECONDS + i64::from(second), &context.zone) } else { Some(utc) }
}

/// Days from 1970-01-01 to a date; `None` for a date the calendar lacks.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(super) fn days(year: i32, month: u8, day: u8) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The date (year, month, day) so many days after 1970-01-01; the inverse of [`days`].
fn date(days: i64) -> (i32, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (i32::try_from(year).unwrap_or(1970), u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::{date, days};

    #[test]
    fn dates_and_days_are_inverse() {
        for (days_after, expected) in [(0, (1970, 1, 1)), (-1, (1969, 12, 31)), (19_782, (2024, 2, 29)), (20_779, (2026, 11, 22))] {
            assert_eq!(date(days_after), expected);
            assert_eq!(days(expected.0, expected.1, expected.2), Some(days_after));
        }
        for (year, month, day) in [(2026, 2, 29), (2026, 13, 1), (2026, 4, 31), (1900, 2, 29), (2026, 1, 0)] {
            assert_eq!(days(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}
