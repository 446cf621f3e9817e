//! Points in time and the buckets they fall into.
//!
//! A [`Timestamp`] is nanoseconds since the Unix epoch in UTC, because merging needs integers and half of the formats
//! log microseconds. Buckets align to the epoch, so that two machines and two runs cut time alike.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds in one millisecond.
pub const MILLISECOND: i64 = 1_000_000;
/// Nanoseconds in one second.
pub const SECOND: i64 = 1_000 * MILLISECOND;
/// Nanoseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Nanoseconds in one day.
pub const DAY: i64 = 24 * HOUR;

/// Nanoseconds since 1970-01-01T00:00:00Z; covers the years 1678 to 2261.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The epoch itself.
    pub const EPOCH: Self = Self(0);
    /// Before every other time.
    pub const MIN: Self = Self(i64::MIN);
    /// After every other time.
    pub const MAX: Self = Self(i64::MAX);

    /// Whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// This time moved by `nanos`, stopping at the ends of the range.
    #[must_use]
    pub fn plus(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// This time moved back by `nanos`, stopping at the ends of the range.
    #[must_use]
    pub fn minus(self, nanos: i64) -> Self {
        Self(self.0.saturating_sub(nanos))
    }

    /// Nanoseconds from `earlier` to this time; negative when it is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, such as `2026-11-22T10:15:03.25+08:00`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(timestamp.as_nanosecond()).ok().map(Self)
    }
}

/// RFC 3339 in UTC, with as many digits after the second as are needed (0, 3, 6 or 9).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(time) = jiff::Timestamp::from_nanosecond(i128::from(self.0)) else {
            return write!(f, "{}ns", self.0);
        };
        let digits = match self.0.rem_euclid(SECOND) {
            0 => 0,
            n if n % MILLISECOND == 0 => 3,
            n if n % 1_000 == 0 => 6,
            _ => 9,
        };
        write!(f, "{time:.digits$}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an RFC 3339 time")))
    }
}

/// The time unit of aggregation: buckets of one length, aligned to the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bucketing {
    nanos: i64,
}

impl Bucketing {
    /// Buckets of `nanos` nanoseconds; `None` unless it is positive.
    pub fn new(nanos: i64) -> Option<Self> {
        (nanos > 0).then_some(Self { nanos })
    }

    /// One minute, the default.
    pub fn minute() -> Self {
        Self { nanos: MINUTE }
    }

    /// Length of a bucket in nanoseconds.
    pub fn length(self) -> i64 {
        self.nanos
    }

    /// Start of the bucket that `time` falls into.
    pub fn start(self, time: Timestamp) -> Timestamp {
        Timestamp(time.0.saturating_sub(time.0.rem_euclid(self.nanos)))
    }

    /// First moment after the bucket that starts at `start`.
    pub fn end(self, start: Timestamp) -> Timestamp {
        start.plus(self.nanos)
    }
}

/// Reads a duration as people write it, `90s`, `1m30s`, `2h`, `7d`, `250ms`, into nanoseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => MILLISECOND,
            "s" | "sec" => SECOND,
            "m" | "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return None,
        };
        rest = rest[letters..].trim_start();
        total = total.checked_add(number.checked_mul(unit)?)?;
    }
    Some(total)
}

/// Writes a duration in the form [`parse_duration`] reads, largest units first: `1m30s`.
pub fn format_duration(nanos: i64) -> String {
    if nanos == 0 {
        return "0s".to_owned();
    }
    let mut rest = nanos;
    let mut text = String::new();
    for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (MILLISECOND, "ms"), (1_000, "us"), (1, "ns")] {
        if rest >= unit {
            text.push_str(&format!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_align_to_the_epoch_also_before_it() {
        let minute = Bucketing::minute();
        for (time, start) in [(0, 0), (59 * SECOND, 0), (60 * SECOND, 60 * SECOND), (-1, -60 * SECOND), (-60 * SECOND, -60 * SECOND)] {
            assert_eq!(minute.start(Timestamp(time)), Timestamp(start), "time {time}");
        }
    }

    #[test]
    fn durations_read_and_write() {
        for (text, nanos) in [("90s", 90 * SECOND), ("1m30s", 90 * SECOND), ("2h", 2 * HOUR), ("250ms", 250 * MILLISECOND), ("7d", 7 * DAY)]
        {
            assert_eq!(parse_duration(text), Some(nanos), "{text}");
            assert_eq!(parse_duration(&format_duration(nanos)), Some(nanos));
        }
        for text in ["", "5", "5 parsecs", "m", "-3s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn times_print_as_rfc_3339_and_read_back() {
        for text in ["2026-11-22T10:15:03Z", "1969-12-31T23:59:59.999Z", "2026-11-22T10:15:03.000000001Z"] {
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap().to_string(), text);
        }
    }
}
