//! Numbers as people read them: one formatter for each kind of number.
//!
//! All forms show a number in the same words: durations and short forms with three significant digits, a narrow
//! no-break space before each unit, and nothing rounded up to all or down to nothing. Exact values are for JSON and CSV.

use magpie_model::time::{DAY, HOUR, MINUTE, SECOND};
use magpie_model::{Aggregate, FieldSpec, Timestamp};

/// What stands between a number and its unit: U+202F.
const GAP: char = '\u{202f}';
/// What is shown where there is no data.
pub(crate) const NO_DATA: &str = "–";

/// How many: `5,208`; from 100,000 short: `184k`, `1.2M`.
pub(crate) fn count(count: u64) -> String {
    if count < 100_000 { grouped(count) } else { short(count as f64) }
}

/// How many of what, in the number of the noun: `1 record`, `5,208 records`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A duration given in ns: `412 µs`, `9 ms`, `1.24 s`, `4 m 51 s`, `2 h 05 m`.
pub(crate) fn duration(nanos: f64) -> String {
    if nanos == 0.0 || !nanos.is_finite() {
        return if nanos == 0.0 { "0".to_owned() } else { NO_DATA.to_owned() };
    }
    if nanos < 0.0 {
        return format!("-{}", duration(-nanos));
    }
    for (unit, name) in [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")] {
        let limit = if name == "s" { 60.0 } else { 1000.0 };
        let rounded = three_digits(nanos / unit);
        if rounded < limit {
            return format!("{}{GAP}{name}", trimmed(rounded));
        }
    }
    let seconds = (nanos / 1e9).round() as i64;
    let (unit, per, names) = match seconds.saturating_mul(SECOND) {
        whole if whole < HOUR => (60, 1, ["m", "s"]),
        whole if whole < DAY => (3_600, 60, ["h", "m"]),
        _ => (86_400, 3_600, ["d", "h"]),
    };
    let (large, small) = (seconds / unit, seconds % unit / per);
    match per {
        1 => format!("{large}{GAP}{} {small}{GAP}{}", names[0], names[1]),
        _ => format!("{large}{GAP}{} {small:02}{GAP}{}", names[0], names[1]),
    }
}

/// How often: `1,204/s`, `347/min`, `12/h`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        0.0 => "0".to_owned(),
        odd if !odd.is_finite() => NO_DATA.to_owned(),
        fast if fast >= 100.0 => format!("{}/s", plain(fast.round())),
        slow if slow * 60.0 >= 1.0 => format!("{}/min", plain(three_digits(slow * 60.0))),
        rare => format!("{}/h", plain(three_digits(rare * 3_600.0))),
    }
}

/// A part of a whole, 0 to 1: `97 %`, `0.4 %`, `< 0.1 %`; 100 % only when it is all.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        odd if !odd.is_finite() => NO_DATA.to_owned(),
        zero if zero <= 0.0 => "0".to_owned(),
        tiny if tiny < 0.1 => format!("<{GAP}0.1{GAP}%"),
        small if small < 1.0 => format!("{:.1}{GAP}%", (small * 10.0).floor() / 10.0),
        most if (99.0..100.0).contains(&most) => format!("{}{GAP}%", trimmed((most * 10.0).floor() / 10.0)),
        _ => format!("{:.0}{GAP}%", percent),
    }
}

/// A size: `512 B`, `214.6 MB`; decimal units.
pub(crate) fn bytes(bytes: f64) -> String {
    if bytes == 0.0 || !bytes.is_finite() {
        return if bytes == 0.0 { "0".to_owned() } else { NO_DATA.to_owned() };
    }
    if bytes.abs() < 999.5 {
        return format!("{}{GAP}B", plain(bytes.round()));
    }
    let mut scaled = bytes;
    for name in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        scaled /= 1_000.0;
        if scaled.abs() < 999.95 || name == "EB" {
            return format!("{scaled:.1}{GAP}{name}");
        }
    }
    NO_DATA.to_owned()
}

/// A number of no particular kind: whole numbers exactly up to 99,999, else three significant digits.
pub(crate) fn plain(number: f64) -> String {
    match number {
        odd if !odd.is_finite() => NO_DATA.to_owned(),
        negative if negative < 0.0 => format!("-{}", plain(-negative)),
        whole if whole.fract() == 0.0 && whole < 1e5 => grouped(whole as u64),
        large if large >= 1e5 => short(large),
        large if large >= 1_000.0 => grouped(large.round() as u64),
        small => trimmed(three_digits(small)),
    }
}

/// A value of a field by the kind that its unit and aggregation make it.
pub(crate) fn value(spec: &FieldSpec, aggregate: Aggregate, value: f64) -> String {
    match aggregate {
        Aggregate::Count | Aggregate::Distinct => return plain(value.round()),
        Aggregate::Rate => return rate(value),
        _ => {}
    }
    match spec.unit.as_deref() {
        Some("ns") => duration(value),
        Some("us" | "µs") => duration(value * 1e3),
        Some("ms") => duration(value * 1e6),
        Some("s") => duration(value * 1e9),
        Some("min") => duration(value * MINUTE as f64),
        Some("h") => duration(value * HOUR as f64),
        Some("By") => bytes(value),
        Some("%") => share(value / 100.0),
        None | Some("" | "1") => plain(value),
        Some(unit) => format!("{}{GAP}{unit}", plain(value)),
    }
}

/// The time of day, UTC: `14:31:58`, with milliseconds only where there are some.
pub(crate) fn time(time: Timestamp) -> String {
    let text = time.to_string();
    let clock = text.split_once('T').map_or(text.as_str(), |(_, clock)| clock).trim_end_matches('Z');
    clock.get(..12).unwrap_or(clock).to_owned()
}

/// The day, UTC: `2026-11-22`.
pub(crate) fn date(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('T').map_or_else(|| text.clone(), |(date, _)| date.to_owned())
}

/// Day and time of day to the second, UTC: `2026-11-22 14:31:58`.
pub(crate) fn moment(at: Timestamp) -> String {
    let time = time(at);
    format!("{} {}", date(at), time.get(..8).unwrap_or(&time))
}

/// A moment on an axis that covers `range` ns, as short as it is still clear.
pub(crate) fn tick(at: Timestamp, range: i64) -> String {
    let clock = time(at);
    match range {
        short if short < 5 * MINUTE => clock,
        day if day <= DAY => clock.get(..5).unwrap_or(&clock).to_owned(),
        days if days < 30 * DAY => format!("{} {}", date(at).get(5..).unwrap_or(""), clock.get(..5).unwrap_or(&clock)),
        _ => date(at),
    }
}

/// How long something has lasted: `14 min`, `3 h`, `40 s`.
pub(crate) fn since(nanos: i64) -> String {
    let (number, unit) = match nanos.max(0) {
        short if short < MINUTE => (short / SECOND, "s"),
        minutes if minutes < 2 * HOUR => (minutes / MINUTE, "min"),
        hours if hours < 2 * DAY => (hours / HOUR, "h"),
        days => (days / DAY, "d"),
    };
    format!("{number}{GAP}{unit}")
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn short(number: f64) -> String {
    let mut scaled = number;
    for suffix in ["k", "M", "G", "T", "P"] {
        scaled = three_digits(scaled / 1_000.0);
        if scaled < 1_000.0 {
            return format!("{}{suffix}", trimmed(scaled));
        }
    }
    format!("{number:.2e}")
}

/// Rounded to three significant digits.
fn three_digits(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let digits = 2 - number.abs().log10().floor() as i32;
    let factor = 10f64.powi(digits.abs());
    if digits >= 0 { (number * factor).round() / factor } else { (number / factor).round() * factor }
}

/// Without zeros at the end of a fraction.
fn trimmed(number: f64) -> String {
    let decimals = (2 - number.abs().log10().floor().min(2.0) as i32).clamp(0, 9) as usize;
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spaced(text: &str) -> String {
        text.replace(GAP, " ")
    }

    #[test]
    fn counts() {
        let shown = [0, 7, 5_208, 99_999, 100_000, 184_321, 999_600, 1_200_000, 1_244_000_000].map(count);
        assert_eq!(shown, ["0", "7", "5,208", "99,999", "100k", "184k", "1M", "1.2M", "1.24G"]);
    }

    #[test]
    fn durations() {
        for (nanos, text) in [
            (0.0, "0"),
            (412.0, "412 ns"),
            (41_234.0, "41.2 µs"),
            (9e6, "9 ms"),
            (412.4e6, "412 ms"),
            (999.7e6, "1 s"),
            (1.2351e9, "1.24 s"),
            (59.97e9, "1 m 0 s"),
            (291e9, "4 m 51 s"),
            (7_500e9, "2 h 05 m"),
            (100.0 * 3_600e9, "4 d 04 h"),
            (-9e6, "-9 ms"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(spaced(&duration(nanos)), text, "{nanos} ns");
        }
    }

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        for (part, text) in [
            (0.0, "0"),
            (0.0004, "< 0.1 %"),
            (0.0049, "0.4 %"),
            (0.31, "31 %"),
            (0.97, "97 %"),
            (0.9951, "99.5 %"),
            (0.999_999, "99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(spaced(&share(part)), text, "{part}");
        }
    }

    #[test]
    fn rates_sizes_and_plain_numbers() {
        assert_eq!([0.0, 1_204.0, 347.0 / 60.0, 12.0 / 3_600.0].map(rate), ["0", "1,204/s", "347/min", "12/h"]);
        assert_eq!(
            [0.0, 512.0, 999.7, 214_600_000.0, 1e12].map(|size| spaced(&bytes(size))),
            ["0", "512 B", "1.0 kB", "214.6 MB", "1.0 TB"]
        );
        assert_eq!([0.0, 0.12345, 12.5, -3.0, 5_208.25, 1_200_000.0].map(plain), ["0", "0.123", "12.5", "-3", "5,208", "1.2M"]);
    }

    #[test]
    fn the_unit_and_the_aggregation_choose_the_kind() {
        for (spec, aggregate, number, text) in [
            (FieldSpec::elapsed(), Aggregate::Avg, 1_240.0, "1.24 s"),
            (FieldSpec::elapsed(), Aggregate::Count, 5_208.0, "5,208"),
            (FieldSpec::bytes(), Aggregate::Sum, 2_100_000.0, "2.1 MB"),
            (FieldSpec::error(), Aggregate::Rate, 0.5, "30/min"),
            (FieldSpec::number("queue", 0, Some("{jobs}"), &[]), Aggregate::Max, 12.0, "12 {jobs}"),
        ] {
            assert_eq!(spaced(&value(&spec, aggregate, number)), text);
        }
    }

    #[test]
    fn times_are_as_long_as_they_must_be() {
        let at = Timestamp::parse_rfc3339("2026-11-22T14:31:58.105Z").unwrap();
        assert_eq!([time(at), date(at), moment(at)], ["14:31:58.105", "2026-11-22", "2026-11-22 14:31:58"]);
        assert_eq!([MINUTE, HOUR, 3 * DAY, 90 * DAY].map(|range| tick(at, range)), ["14:31:58.105", "14:31", "11-22 14:31", "2026-11-22"]);
        assert_eq!([40 * SECOND, 14 * MINUTE, 3 * HOUR, 9 * DAY].map(|length| spaced(&since(length))), ["40 s", "14 min", "3 h", "9 d"]);
        assert_eq!(time(Timestamp::MIN).len(), 12);
    }
}
