//! Job ids: sortable, made at the trigger, carried by every record of a run and by the calls it makes.

use std::fmt;
use std::str::FromStr;

use magpie_model::Timestamp;
use magpie_model::time::MILLISECOND;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

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

    /// The header `traceparent` (W3C Trace Context) of a call that a step makes: the id is the trace, the step is the span.
    pub fn traceparent(self, pointer: &str, iteration: &str, attempt: u32) -> String {
        format!("00-{:032x}-{}-01", self.0, self.span(pointer, iteration, attempt))
    }

    /// Span id of a step: 16 hexadecimal digits, the same for the same step, iteration and attempt.
    pub fn span(self, pointer: &str, iteration: &str, attempt: u32) -> String {
        self.digest(&[pointer, iteration, &attempt.to_string()]).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Id of something that a step makes: the same when the step is repeated.
    pub fn derived(self, pointer: &str, iteration: &str) -> String {
        let bytes = self.digest(&[pointer, iteration]);
        let number = bytes.iter().take(16).fold(0u128, |number, &byte| number << 8 | u128::from(byte));
        // Version 8 of RFC 9562: made by an own rule.
        Self(number & !(0xf << 76) & !(0b11 << 62) | 0x8 << 76 | 0b10 << 62).to_string()
    }

    fn digest(self, parts: &[&str]) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(self.0.to_be_bytes());
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        digest.finalize().into()
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
        assert_eq!(id.time(), Timestamp(1_700_000_000_123 * MILLISECOND));
        assert!(JobId::new(Timestamp(1_700_000_000_124 * MILLISECOND), 0) > id);
        for wrong in ["", "x", "018bcfe5-687b-7fff-bfff-fffffffffff", "+18bcfe5687b7fffbfffffffffffffff0"] {
            assert!(wrong.parse::<JobId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_step_makes_has_the_same_id_when_it_is_repeated() {
        let id = JobId::new(Timestamp(0), 1);
        assert_eq!(id.derived("/do/0/a", ""), id.derived("/do/0/a", ""));
        assert_ne!(id.derived("/do/0/a", ""), id.derived("/do/0/a", "1"));
        let parent = id.traceparent("/do/0/a", "", 1);
        assert_eq!((parent.len(), &parent[..3], &parent[52..]), (55, "00-", "-01"));
        assert_ne!(parent, id.traceparent("/do/0/a", "", 2));
    }
}
