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
/// Up to here seven of eight slots stay empty, so that hardly a key is found elsewhere than where its hash says.
const FEW_SLOTS: usize = 1 << 12;
const MOST_SLOTS: usize = 1 << 14;
const LONGEST_KEY: usize = 192;
const MOST_PROBES: usize = 8;

/// Bytes of a key that stand in its slot; most keys have not more.
pub(super) const WHOLE: usize = 16;

/// By the length of a key, which bits of two words of eight bytes are of it.
const MASKS: [[u64; 2]; WHOLE + 1] = {
    let mut masks = [[u64::MAX; 2]; WHOLE + 1];
    let mut length = 0;
    while length < WHOLE {
        let mask = (1u128 << (8 * length)) - 1;
        masks[length] = [mask as u64, (mask >> 64) as u64];
        length += 1;
    }
    masks
};

/// A key of at most sixteen bytes, with zeros behind it; of a longer one its hash, and where it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    words: [u64; 2],
    length: u32,
}

impl Key {
    /// The key that the first `length` bytes of a block are, unless it is longer. What stands behind it is masked: keys differ in length
    /// from line to line, and a branch for each length could not be foreseen.
    #[inline(always)]
    pub(super) fn beginning(block: &[u8; WHOLE], length: usize) -> Option<Self> {
        let masks = MASKS.get(length)?;
        let block = u128::from_le_bytes(*block);
        Some(Self { words: [block as u64 & masks[0], (block >> 64) as u64 & masks[1]], length: length as u32 })
    }

    #[inline(always)]
    fn of(key: &[u8]) -> Option<Self> {
        (key.len() <= WHOLE).then(|| Self::short(key))
    }

    fn short(key: &[u8]) -> Self {
        let length = key.len() as u32;
        let words = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
            (Some(first), Some(last)) => {
                [u64::from_le_bytes(*first), u64::from_le_bytes(*last).unbounded_shr(u64::BITS * 2 - u8::BITS * length)]
            }
            _ => [key.iter().rev().fold(0, |word, &byte| word << u8::BITS | u64::from(byte)), 0],
        };
        Self { words, length }
    }

    #[inline(always)]
    fn is_whole(&self) -> bool {
        self.length <= WHOLE as u32
    }

    #[inline(always)]
    fn hash(&self) -> u64 {
        if self.is_whole() { self.hash_of_words() } else { self.words[0] }
    }

    #[inline(always)]
    fn hash_of_words(&self) -> u64 {
        const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
        const LAST: u64 = 0xd1b5_4a32_d192_ed03;
        let [first, last] = self.words;
        let product = u128::from(first ^ FIRST) * u128::from(last ^ u64::from(self.length) << 56 ^ LAST);
        product as u64 ^ (product >> 64) as u64
    }
}

/// A key and what is remembered of it: half a line of the processor's cache.
#[derive(Clone, Copy, Debug)]
struct Slot {
    words: [u64; 2],
    length: u32,
    value: Remembered,
}

impl Slot {
    /// No key is that long.
    const EMPTY: Self = Self { words: [0; 2], length: u32::MAX, value: [0; 3] };

    fn new(key: Key, value: Remembered) -> Self {
        Self { words: key.words, length: key.length, value }
    }

    fn is_empty(&self) -> bool {
        self.length == Self::EMPTY.length
    }

    fn key(&self) -> Key {
        Key { words: self.words, length: self.length }
    }

    #[inline(always)]
    fn is_of(&self, key: &Key) -> bool {
        let [first, last] = self.words;
        (first ^ key.words[0]) | (last ^ key.words[1]) | u64::from(self.length ^ key.length) == 0
    }
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
    #[inline]
    pub(super) fn get(&mut self, key: &[u8], make: impl FnOnce() -> Remembered) -> Remembered {
        let Some(short) = Key::of(key) else { return self.get_long(key, make) };
        match self.recall(&short) {
            Some(value) => {
                self.hits = self.hits.wrapping_add(1);
                value
            }
            None => self.get_farther(short.hash_of_words(), short, key, make),
        }
    }

    /// What was remembered of a short key, if it stands where its hash says, as most do. While the table rests it is empty.
    #[inline(always)]
    pub(super) fn recall(&self, key: &Key) -> Option<Remembered> {
        let slot = &self.slots[key.hash_of_words() as usize & (self.slots.len() - 1)];
        slot.is_of(key).then_some(slot.value)
    }

    /// Counts what was recalled.
    pub(super) fn count_hits(&mut self, hits: usize) {
        self.hits = self.hits.wrapping_add(hits as u32);
    }

    #[inline(never)]
    fn get_long(&mut self, key: &[u8], make: impl FnOnce() -> Remembered) -> Remembered {
        let hash = self.hasher.hash_one(key);
        self.get_farther(hash, Key { words: [hash, 0], length: key.len() as u32 }, key, make)
    }

    #[inline(never)]
    fn get_farther(&mut self, hash: u64, key: Key, bytes: &[u8], make: impl FnOnce() -> Remembered) -> Remembered {
        if self.resting > 0 {
            self.resting -= 1;
            return make();
        }
        if let Some(value) = self.find(hash, &key, bytes) {
            self.hits = self.hits.wrapping_add(1);
            return value;
        }
        let value = make();
        if bytes.len() <= LONGEST_KEY {
            self.insert(hash, key, bytes, value);
        }
        self.rest_if_useless();
        value
    }

    /// What `make` made the first time: for a word that is the same in every line.
    #[inline]
    pub(super) fn constant(&mut self, make: impl FnOnce() -> Remembered) -> Remembered {
        *self.constant.get_or_insert_with(make)
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
    fn find(&self, hash: u64, key: &Key, bytes: &[u8]) -> Option<Remembered> {
        for probe in 0..MOST_PROBES {
            let slot = &self.slots[(hash as usize).wrapping_add(probe) & (self.slots.len() - 1)];
            if slot.is_empty() {
                return None;
            }
            let is_it = if key.is_whole() { slot.is_of(key) } else { slot.length == key.length && self.long_key(slot) == bytes };
            if is_it {
                return Some(slot.value);
            }
        }
        None
    }

    fn long_key(&self, slot: &Slot) -> &[u8] {
        &self.keys[slot.words[1] as usize..][..slot.length as usize]
    }

    #[cold]
    fn insert(&mut self, hash: u64, key: Key, bytes: &[u8], value: Remembered) {
        let sparse = if self.slots.len() < FEW_SLOTS { 8 } else { 2 };
        if self.used * sparse >= self.slots.len() {
            self.make_room();
        }
        let Some(place) = self.vacant(hash) else { return };
        let key = if key.is_whole() { key } else { Key { words: [hash, self.keys.len() as u64], ..key } };
        if !key.is_whole() {
            self.keys.extend_from_slice(bytes);
        }
        self.slots[place] = Slot::new(key, value);
        self.used += 1;
    }

    /// A free slot near where a hash says.
    fn vacant(&self, hash: u64) -> Option<usize> {
        let mut places = (0..MOST_PROBES).map(|probe| (hash as usize).wrapping_add(probe) & (self.slots.len() - 1));
        places.find(|&place| self.slots[place].is_empty())
    }

    fn make_room(&mut self) {
        let slots = self.slots.len();
        let old = std::mem::replace(&mut self.slots, vec![Slot::EMPTY; (slots * 2).min(MOST_SLOTS)]);
        self.used = 0;
        if slots == MOST_SLOTS {
            self.keys.clear();
            return;
        }
        for slot in old.into_iter().filter(|slot| !slot.is_empty()) {
            if let Some(place) = self.vacant(slot.key().hash()) {
                self.slots[place] = slot;
                self.used += 1;
            }
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
