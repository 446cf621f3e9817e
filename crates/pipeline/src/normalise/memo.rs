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

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Upper half of the hash; 0 for an empty slot.
    tag: u32,
    start: u32,
    len: u32,
    value: Remembered,
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
    /// Lookups that will not be tried, after too many in vain.
    resting: u32,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            slots: vec![Slot::default(); FIRST_SLOTS],
            keys: Vec::new(),
            used: 0,
            hasher: FixedState::with_seed(0x6d65_6d6f),
            hits: 0,
            misses: 0,
            resting: 0,
        }
    }
}

impl Memo {
    /// What was remembered of `key`, or what `make` makes of it now.
    #[inline]
    pub(super) fn get(&mut self, key: &str, make: impl FnOnce() -> Remembered) -> Remembered {
        if self.resting > 0 {
            self.resting -= 1;
            return make();
        }
        let hash = self.hasher.hash_one(key.as_bytes());
        match self.find(hash, key.as_bytes()) {
            Some(value) => {
                self.hits = self.hits.wrapping_add(1);
                value
            }
            None => {
                let value = make();
                self.insert(hash, key.as_bytes(), value);
                self.rest_if_useless();
                value
            }
        }
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
            self.slots = vec![Slot::default(); FIRST_SLOTS];
            self.keys.clear();
            self.used = 0;
        }
        (self.hits, self.misses) = (0, 0);
    }

    #[inline]
    fn find(&self, hash: u64, key: &[u8]) -> Option<Remembered> {
        let tag = tag(hash);
        for probe in 0..MOST_PROBES {
            let slot = &self.slots[(hash as usize).wrapping_add(probe) & (self.slots.len() - 1)];
            if slot.tag == tag && slot.len as usize == key.len() && same(&self.keys[slot.start as usize..][..key.len()], key) {
                return Some(slot.value);
            }
            if slot.tag == 0 {
                return None;
            }
        }
        None
    }

    #[cold]
    fn insert(&mut self, hash: u64, key: &[u8], value: Remembered) {
        if key.len() > LONGEST_KEY {
            return;
        }
        if self.used * 2 >= self.slots.len() {
            self.make_room();
        }
        let slots = self.slots.len();
        for probe in 0..MOST_PROBES {
            let slot = &mut self.slots[(hash as usize).wrapping_add(probe) & (slots - 1)];
            if slot.tag == 0 {
                *slot = Slot { tag: tag(hash), start: self.keys.len() as u32, len: key.len() as u32, value };
                self.keys.extend_from_slice(key);
                self.used += 1;
                return;
            }
        }
    }

    fn make_room(&mut self) {
        let slots = self.slots.len();
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); (slots * 2).min(MOST_SLOTS)]);
        let keys = std::mem::take(&mut self.keys);
        self.used = 0;
        if slots == MOST_SLOTS {
            return;
        }
        for slot in old.into_iter().filter(|slot| slot.tag != 0) {
            let key = &keys[slot.start as usize..][..slot.len as usize];
            self.insert(self.hasher.hash_one(key), key, slot.value);
        }
    }
}

/// Whether two texts of one length are equal, eight bytes at a time: keys are short, and a call of the library's
/// comparison was a sixth of all the time.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    let word = |bytes: &[u8], at: usize| bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes);
    let length = a.len();
    if length < 8 {
        return a.iter().zip(b).all(|(a, b)| a == b);
    }
    let (first, second) = (a.chunks_exact(8), b.chunks_exact(8));
    // The last word overlaps the one before it.
    first.zip(second).all(|(a, b)| word(a, 0) == word(b, 0)) && word(a, length - 8) == word(b, length - 8)
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
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
                let value = memo.get(&format!("10.0.0.{n}"), || {
                    made += 1;
                    [n, 0, 0]
                });
                assert_eq!(value, [n, 0, 0]);
            }
        }
        assert_eq!(made, 100);
        for n in 0..200_000u32 {
            assert_eq!(memo.get(&n.to_string(), || [n, 1, 2]), [n, 1, 2]);
        }
        assert!(memo.slots.len() <= MOST_SLOTS && memo.keys.len() <= MOST_SLOTS * LONGEST_KEY);
    }
}
