//! Times as people write them in a URL: RFC 3339, epoch milliseconds, `now-2h`, or a date and time of day.
//!
//! A time without a zone is in the zone of the configuration, so that what stands in a log can be pasted. `now` is an
//! argument here; the clock is the caller's.

use jiff::civil;
use jiff::tz::TimeZone;
use magpie_model::Timestamp;
use magpie_model::time::{HOUR, MILLISECOND, SECOND, parse_duration};

/// The forms, for messages and the OpenAPI document.
pub(crate) const FORMS: &str =
    "RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone";

/// Reads a time; `None` for anything else.
pub(crate) fn parse(text: &str, now: Timestamp, zone: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("now") {
        return relative(rest.trim(), now);
    }
    if let Ok(milliseconds) = text.parse::<i64>() {
        return milliseconds.checked_mul(MILLISECOND).map(Timestamp);
    }
    if let Some(time) = Timestamp::parse_rfc3339(&restore_plus(text)) {
        return Some(time);
    }
    let civil = text.parse::<civil::DateTime>().or_else(|_| text.parse::<civil::Date>().map(|date| date.at(0, 0, 0, 0))).ok()?;
    let zoned = civil.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok().map(Timestamp)
}

/// The midnight that begins the day of `now` in a zone, or one so many days after (before, when negative).
pub(crate) fn midnight(now: Timestamp, zone: &str, days: i64) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let moment = jiff::Timestamp::from_nanosecond(now.0.into()).unwrap_or_default();
    let day = moment.to_zoned(zone.clone()).date().saturating_add(jiff::Span::new().days(days));
    let begins = day.to_zoned(zone).map_or(moment, |zoned| zoned.timestamp());
    Timestamp(i64::try_from(begins.as_nanosecond()).unwrap_or(now.0))
}

/// The start of the hour of a moment, as clocks of a zone show it.
pub(crate) fn hour(time: Timestamp, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let moment = jiff::Timestamp::from_nanosecond(time.0.into()).unwrap_or_default();
    let offset = i64::from(zone.to_offset(moment).seconds()) * SECOND;
    Timestamp((time.0.saturating_add(offset)).div_euclid(HOUR).saturating_mul(HOUR).saturating_sub(offset))
}

fn relative(rest: &str, now: Timestamp) -> Option<Timestamp> {
    if rest.is_empty() {
        return Some(now);
    }
    // A `+` that was not encoded arrives as a space and is gone by now: what is left begins with a digit.
    let (sign, duration) = match rest.split_at_checked(1)? {
        ("-", duration) => (-1, duration),
        ("+", duration) => (1, duration),
        _ => (1, rest),
    };
    Some(now.plus(sign * parse_duration(duration)?))
}

/// `2026-11-20T10:00:00+08:00` typed into a URL arrives with a space in place of the plus.
fn restore_plus(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains(':') && offset.len() == 5 && offset.as_bytes()[2] == b':' => format!("{time}+{offset}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let now = Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").unwrap();
        for (text, expected) in [
            ("now", Some("2026-11-20T12:00:00Z")),
            ("now-2h", Some("2026-11-20T10:00:00Z")),
            ("now - 1h30m", Some("2026-11-20T10:30:00Z")),
            ("now+5m", Some("2026-11-20T12:05:00Z")),
            ("now 5m", Some("2026-11-20T12:05:00Z")),
            ("1795168800000", Some("2026-11-20T10:00:00Z")),
            ("2026-11-20T10:00:00Z", Some("2026-11-20T10:00:00Z")),
            ("2026-11-20T10:00:00.25+08:00", Some("2026-11-20T02:00:00.250Z")),
            ("2026-11-20T10:00:00 08:00", Some("2026-11-20T02:00:00Z")),
            ("2026-11-20 10:00", Some("2026-11-20T02:00:00Z")),
            ("2026-11-20 10:00:30", Some("2026-11-20T02:00:30Z")),
            ("2026-11-20T10:00", Some("2026-11-20T02:00:00Z")),
            ("2026-11-20", Some("2026-11-19T16:00:00Z")),
            ("yesterday", None),
            ("now-2", None),
            ("now-99999999999999d", None),
            ("2026-13-01", None),
            ("99999999999999999", None),
            ("", None),
        ] {
            let read = parse(text, now, "Asia/Shanghai").map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected, "`{text}`");
        }
    }

    #[test]
    fn days_begin_at_midnight_of_their_zone_also_where_the_clock_changes() {
        let now = Timestamp::parse_rfc3339("2026-03-29T12:00:00Z").unwrap();
        for (zone, days, expected) in [
            ("UTC", 0, "2026-03-29T00:00:00Z"),
            ("Europe/Berlin", 0, "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", 1, "2026-03-29T22:00:00Z"),
            ("Europe/Berlin", -6, "2026-03-22T23:00:00Z"),
            ("Asia/Shanghai", 0, "2026-03-28T16:00:00Z"),
            ("no such zone", 0, "2026-03-29T00:00:00Z"),
        ] {
            assert_eq!(midnight(now, zone, days).to_string(), expected, "{zone} {days}");
        }
    }

    #[test]
    fn hours_begin_as_the_clocks_of_their_zone_show_it() {
        for (zone, time, expected) in [
            ("UTC", "2026-03-29T12:44:59Z", "2026-03-29T12:00:00Z"),
            ("Asia/Kolkata", "2026-03-29T12:44:59Z", "2026-03-29T12:30:00Z"),
            ("Asia/Kathmandu", "2026-03-29T12:14:59Z", "2026-03-29T11:15:00Z"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        ] {
            assert_eq!(hour(Timestamp::parse_rfc3339(time).unwrap(), zone).to_string(), expected, "{zone}");
        }
    }

    #[test]
    fn the_earliest_now_stops_at_the_end_of_time() {
        assert_eq!(parse("now-1h", Timestamp::MIN, "UTC"), Some(Timestamp::MIN));
        assert_eq!(parse("now-1h", Timestamp(HOUR), "no such zone"), Some(Timestamp::EPOCH));
    }
}
