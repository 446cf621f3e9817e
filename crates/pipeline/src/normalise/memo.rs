//! Raw bytes of a value → what was made of them last time.
//!
//! A system has few clients, routes and targets, and a line names each of them again: finding `10.0.3.17` in a small
//! table costs a few nanoseconds, parsing it, asking who it is and interning the answer a hundred. The table is bounded:
//! when it is full it starts anew, and a hostile input of distinct values only loses the shortcut.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// What is remembered of a value: codes and flags, by agreement with who asks.
pub(super) type Remembered = [u32; 3];

const FIRST_SLOTS: usize = 256;
const MOST_SLOTS: usize = 1 << 14;
const LONGEST_KEY: usize = 192;
const MOST_PROBES: usize = 8;

/// A key's length, first and last eight bytes: all of it up to sixteen bytes, which most keys have not more than.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    first: u64,
    last: u64,
    len: u32,
}

impl Ends {
    /// Of no key: none is that long.
    const NONE: Self = Self { first: 0, last: 0, len: u32::MAX };

    #[inline(always)]
    fn of(key: &[u8]) -> Self {
        let len = key.len() as u32;
        if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
            return Self { first: u64::from_le_bytes(*first), last: u64::from_le_bytes(*last), len };
        }
        if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
            return Self { first: u64::from(u32::from_le_bytes(*first)), last: u64::from(u32::from_le_bytes(*last)), len };
        }
        let first = match *key {
            [one, two, three] => u64::from(one) << 16 | u64::from(two) << 8 | u64::from(three),
            [one, two] => u64::from(one) << 8 | u64::from(two),
            [one] => one.into(),
            _ => 0,
        };
        Self { first, last: 0, len }
    }

    #[inline(always)]
    fn is_whole(&self) -> bool {
        self.len <= 16
    }

    #[inline(always)]
    fn hash(&self) -> u64 {
        const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
        const LAST: u64 = 0xd1b5_4a32_d192_ed03;
        let product = u128::from(self.first ^ FIRST) * u128::from(self.last ^ u64::from(self.len) << 56 ^ LAST);
        product as u64 ^ (product >> 64) as u64
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    ends: Ends,
    /// Where a key that its ends do not tell whole is kept.
    start: u32,
    value: Remembered,
}

impl Slot {
    const EMPTY: Self = Self { ends: Ends::NONE, start: 0, value: [0; 3] };
}

/// A bounded table keyed by raw bytes.
#[derive(Debug)]
pub(super) struct Memo {
    slots: Vec<Slot>,
    keys: Vec<u8>,
    used: usize,
    hasher: FixedState,
    hits: u32,
    misses: u32,
    /// What was made of a word that is the same in every line.
    constant: Option<Remembered>,
    /// Lookups that will not be tried, after too many in vain.
    resting: u32,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            slots: vec![Slot::EMPTY; FIRST_SLOTS],
            keys: Vec::new(),
            used: 0,
            hasher: FixedState::with_seed(0x6d65_6d6f),
            hits: 0,
            misses: 0,
            constant: None,
            resting: 0,
        }
    }
}

impl Memo {
    /// What was remembered of `key`, or what `make` makes of it now.
    #[inline(always)]
    pub(super) fn get(&mut self, key: &[u8], make: impl FnOnce() -> Remembered) -> Remembered {
        let ends = Ends::of(key);
        if ends.is_whole() {
            let hash = ends.hash();
            // Most keys stand where their hash says. While the table rests it is empty.
            let slot = &self.slots[hash as usize & (self.slots.len() - 1)];
            if slot.ends == ends {
                self.hits = self.hits.wrapping_add(1);
                return slot.value;
            }
            return self.get_farther(hash, ends, key, make);
        }
        self.get_farther(self.hasher.hash_one(key), ends, key, make)
    }

    #[inline(never)]
    fn get_farther(&mut self, hash: u64, ends: Ends, key: &[u8], make: impl FnOnce() -> Remembered) -> Remembered {
        if self.resting > 0 {
            self.resting -= 1;
            return make();
        }
        if let Some(value) = self.find(hash, &ends, key) {
            self.hits = self.hits.wrapping_add(1);
            return value;
        }
        let value = make();
        self.insert(hash, ends, key, value);
        self.rest_if_useless();
        value
    }

    /// What `make` made the first time: for a word that is the same in every line.
    #[inline]
    pub(super) fn constant(&mut self, make: impl FnOnce() -> Remembered) -> Remembered {
        *self.constant.get_or_insert_with(make)
    }

    #[inline]
    fn hash(&self, ends: &Ends, key: &[u8]) -> u64 {
        if ends.is_whole() { ends.hash() } else { self.hasher.hash_one(key) }
    }

    /// Values that hardly repeat, such as URLs with a session in them, are not worth remembering: tried again later.
    fn rest_if_useless(&mut self) {
        const TRIED: u32 = 8_192;
        const REST: u32 = 262_144;
        self.misses += 1;
        if self.misses < TRIED {
            return;
        }
        if self.misses / 3 > self.hits {
            self.resting = REST;
            self.slots = vec![Slot::EMPTY; FIRST_SLOTS];
            self.keys.clear();
            self.used = 0;
        }
        (self.hits, self.misses) = (0, 0);
    }

    #[inline]
    fn find(&self, hash: u64, ends: &Ends, key: &[u8]) -> Option<Remembered> {
        for probe in 0..MOST_PROBES {
            let slot = &self.slots[(hash as usize).wrapping_add(probe) & (self.slots.len() - 1)];
            if slot.ends == Ends::NONE {
                return None;
            }
            if slot.ends == *ends && (ends.is_whole() || self.key_of(slot) == key) {
                return Some(slot.value);
            }
        }
        None
    }

    fn key_of(&self, slot: &Slot) -> &[u8] {
        &self.keys[slot.start as usize..][..slot.ends.len as usize]
    }

    #[cold]
    fn insert(&mut self, hash: u64, ends: Ends, key: &[u8], value: Remembered) {
        if key.len() > LONGEST_KEY {
            return;
        }
        if self.used * 2 >= self.slots.len() {
            self.make_room();
        }
        let slots = self.slots.len();
        for probe in 0..MOST_PROBES {
            let slot = &mut self.slots[(hash as usize).wrapping_add(probe) & (slots - 1)];
            if slot.ends == Ends::NONE {
                *slot = Slot { ends, start: self.keys.len() as u32, value };
                if !ends.is_whole() {
                    self.keys.extend_from_slice(key);
                }
                self.used += 1;
                return;
            }
        }
    }

    fn make_room(&mut self) {
        let slots = self.slots.len();
        let old = std::mem::replace(&mut self.slots, vec![Slot::EMPTY; (slots * 2).min(MOST_SLOTS)]);
        let keys = std::mem::take(&mut self.keys);
        self.used = 0;
        if slots == MOST_SLOTS {
            return;
        }
        for slot in old.into_iter().filter(|slot| slot.ends != Ends::NONE) {
            let key = if slot.ends.is_whole() { &[] } else { &keys[slot.start as usize..][..slot.ends.len as usize] };
            self.insert(self.hash(&slot.ends, key), slot.ends, key, slot.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_once_is_not_made_again_and_memory_stays() {
        let mut memo = Memo::default();
        let mut made = 0;
        for _ in 0..3 {
            for n in 0..100u32 {
                let value = memo.get(format!("10.0.0.{n}").as_bytes(), || {
                    made += 1;
                    [n, 0, 0]
                });
                assert_eq!(value, [n, 0, 0]);
            }
        }
        assert_eq!(made, 100);
        for n in 0..200_000u32 {
            assert_eq!(memo.get(n.to_string().as_bytes(), || [n, 1, 2]), [n, 1, 2]);
        }
        for _ in 0..2 {
            for n in 0..600u32 {
                // Texts of every length that differ in the middle alone.
                let key = format!("{}{n:03}{}", "a".repeat(n as usize % 40), "b".repeat(n as usize % 40));
                assert_eq!(memo.get(key.as_bytes(), || [n, 3, 4]), [n, 3, 4]);
            }
        }
        assert!(memo.slots.len() <= MOST_SLOTS && memo.keys.len() <= MOST_SLOTS * LONGEST_KEY);
    }
}
