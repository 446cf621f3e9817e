//! Words as small integers: interning happens once, in the normaliser; afterwards a dimension is a `u32`.
//!
//! Code 0 is "no value" and code 1 is `(other)`, so a dictionary with a ceiling has a place for what no longer fits
//! (design 7). Values live in one buffer: ten million distinct values cost no ten million allocations, and above the
//! ceiling they cost nothing at all.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Code of a missing value.
pub const NULL: u32 = 0;
/// Code of `(other)`: a value beyond the ceiling.
pub const OTHER_CODE: u32 = 1;

/// An append-only set of words, each with a code that stays.
#[derive(Clone, Debug)]
pub struct Dictionary {
    bytes: String,
    ends: Vec<u32>,
    codes: HashTable<u32>,
    ceiling: usize,
    folded: u64,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self::with_ceiling(usize::MAX)
    }
}

impl Dictionary {
    /// An empty dictionary that keeps at most `ceiling` distinct values of its own.
    pub fn with_ceiling(ceiling: usize) -> Self {
        let mut bytes = String::new();
        bytes.push_str(crate::OTHER);
        let mut dictionary =
            Self { ends: vec![0, bytes.len() as u32], bytes, codes: HashTable::new(), ceiling: ceiling.saturating_add(2), folded: 0 };
        let hash = hash(crate::OTHER);
        dictionary.codes.insert_unique(hash, OTHER_CODE, |_| hash);
        dictionary
    }

    /// The code of `word`, new if need be; [`OTHER_CODE`] once the ceiling is reached; [`NULL`] for the empty word.
    pub fn intern(&mut self, word: &str) -> u32 {
        if word.is_empty() {
            return NULL;
        }
        let hash = hash(word);
        if let Some(&code) = self.codes.find(hash, |&code| self.get(code) == word) {
            return code;
        }
        // The buffer is addressed by u32: what would not fit folds like any value beyond the ceiling.
        let end = self.bytes.len() + word.len();
        if self.ends.len() >= self.ceiling || end > u32::MAX as usize {
            self.folded += 1;
            return OTHER_CODE;
        }
        let code = self.ends.len() as u32;
        self.bytes.push_str(word);
        self.ends.push(end as u32);
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.codes.insert_unique(hash, code, |&code| crate::dictionary::hash(slice(bytes, ends, code)));
        code
    }

    /// The code of `word` if it is known.
    pub fn find(&self, word: &str) -> Option<u32> {
        if word.is_empty() {
            return Some(NULL);
        }
        self.codes.find(hash(word), |&code| self.get(code) == word).copied()
    }

    /// The word of a code that this dictionary gave out; the empty word for [`NULL`].
    pub fn get(&self, code: u32) -> &str {
        slice(&self.bytes, &self.ends, code)
    }

    /// The word of a code, `None` for [`NULL`].
    pub fn value(&self, code: u32) -> Option<&str> {
        (code != NULL).then(|| self.get(code))
    }

    /// Number of codes given out, with those of "no value" and `(other)`.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no word of its own was interned.
    pub fn is_empty(&self) -> bool {
        self.ends.len() <= 2
    }

    /// How many times a word was folded into `(other)`.
    pub fn folded(&self) -> u64 {
        self.folded
    }

    /// All words with their codes, without "no value".
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (1..self.ends.len() as u32).map(|code| (code, self.get(code)))
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4 + self.codes.capacity() * 5
    }
}

fn slice<'a>(bytes: &'a str, ends: &[u32], code: u32) -> &'a str {
    if code == NULL {
        return "";
    }
    &bytes[ends[code as usize - 1] as usize..ends[code as usize] as usize]
}

fn hash(word: &str) -> u64 {
    FixedState::with_seed(0x6d61_6770).hash_one(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_code() {
        let mut words = Dictionary::default();
        let codes: Vec<u32> = ["video", "user", "video", "", "(other)"].into_iter().map(|word| words.intern(word)).collect();
        assert_eq!(codes, [2, 3, 2, NULL, OTHER_CODE]);
        assert_eq!((words.get(2), words.value(NULL), words.find("user"), words.find("stock")), ("video", None, Some(3), None));
    }

    #[test]
    fn beyond_the_ceiling_words_fold_and_memory_stays() {
        let mut words = Dictionary::with_ceiling(2);
        let codes: Vec<u32> = ["a", "b", "c", "d", "a"].into_iter().map(|word| words.intern(word)).collect();
        assert_eq!(codes, [2, 3, OTHER_CODE, OTHER_CODE, 2]);
        assert_eq!((words.len(), words.folded()), (4, 2));
    }

    #[test]
    fn many_words_survive_growth() {
        let mut words = Dictionary::default();
        for n in 0..10_000 {
            assert_eq!(words.intern(&format!("word {n}")), n + 2);
        }
        assert!((0..10_000).all(|n| words.find(&format!("word {n}")) == Some(n + 2)));
    }
}
