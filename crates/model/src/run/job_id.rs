//! Job ids: sortable, made at the trigger, carried by every record of a run and by the calls it makes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;
use crate::time::MILLISECOND;

/// A UUID of version 7 (RFC 9562): its first 48 bits are the time in ms, so ids sort by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(u128);

impl JobId {
    /// An id for this moment; `random` makes ids of one ms distinct.
    pub fn new(now: Timestamp, random: u128) -> Self {
        let millis = (now.0.max(0) / MILLISECOND) as u128 & 0xffff_ffff_ffff;
        let random_high = random >> 64 & 0xfff;
        let random_low = random & 0x3fff_ffff_ffff_ffff;
        Self(millis << 80 | 0x7 << 76 | random_high << 64 | 0b10 << 62 | random_low)
    }

    /// When it was made, to the ms.
    pub fn time(self) -> Timestamp {
        Timestamp(((self.0 >> 80) as i64).saturating_mul(MILLISECOND))
    }

    /// Its bits, the first ones first.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The id of these bits.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The trace of a run: its id without the dashes.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.0)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b, c, d, e) =
            (self.0 >> 96, self.0 >> 80 & 0xffff, self.0 >> 64 & 0xffff, self.0 >> 48 & 0xffff, self.0 & 0xffff_ffff_ffff);
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
    }
}

/// What is not a job id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a job id")]
pub struct NotAJobId(String);

impl FromStr for JobId {
    type Err = NotAJobId;

    fn from_str(text: &str) -> Result<Self, NotAJobId> {
        let digits: String = text.chars().filter(|&c| c != '-').collect();
        let is_id = digits.len() == 32 && matches!(text.len(), 32 | 36) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = if is_id { u128::from_str_radix(&digits, 16).ok() } else { None };
        number.map(Self).ok_or_else(|| NotAJobId(text.to_owned()))
    }
}

impl Serialize for JobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let id = JobId::new(Timestamp(1_700_000_000_123 * MILLISECOND + 7), u128::MAX);
        assert_eq!(id.to_string(), "018bcfe5-687b-7fff-bfff-ffffffffffff");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(JobId::from_bytes(id.to_bytes()), id);
        assert_eq!(id.time(), Timestamp(1_700_000_000_123 * MILLISECOND));
        assert!(JobId::new(Timestamp(1_700_000_000_124 * MILLISECOND), 0) > id);
        for wrong in ["", "x", "018bcfe5-687b-7fff-bfff-fffffffffff", "+18bcfe5687b7fffbfffffffffffffff0"] {
            assert!(wrong.parse::<JobId>().is_err(), "{wrong}");
        }
    }
}
