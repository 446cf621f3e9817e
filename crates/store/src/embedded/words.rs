//! Words of messages, and a bloom filter that tells which row groups cannot hold one.
//!
//! A word is a lower-cased run of letters and digits, or a single CJK character (design 9). The filter is the split
//! block filter of the Parquet specification's bloom filters (one 256-bit block per word, one bit in each of its eight
//! 32-bit lanes), kept beside the columns since Parquet's own is for whole values. It begins at a fixed size and is
//! folded in half while it stays sparse; a question reads one block of 32 bytes.

use std::ops::Range;

/// Blocks of a filter before folding: 192 KiB, enough for 150,000 different words at 1 % of errors. Three times a power
/// of two, because half of it, 96 KiB, is what 20,000 lines with four numbers each need.
const BLOCKS: usize = 3 << 11;
/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = 32;
/// Words that are remembered as seen lately.
const RECENT: usize = 4_096;
/// Share of falsely suspected row groups up to which a filter is folded.
const FALSE_SHARE: f64 = 0.01;
/// The specification's odd multipliers, one per lane.
const SALT: [u32; 8] = [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// What a byte is to a word.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Separator,
    Word,
    Wide,
}

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Separator; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() {
            classes[byte] = Class::Word;
        } else if byte >= 0x80 {
            classes[byte] = Class::Wide;
        }
        byte += 1;
    }
    classes
}

static CLASSES: [Class; 256] = classes();

/// Whether a character is a word of its own: Han, kana, Hangul and their extensions.
pub(super) fn is_cjk(character: char) -> bool {
    matches!(character as u32,
        0x1100..=0x11ff | 0x2e80..=0x2fdf | 0x3040..=0x30ff | 0x3100..=0x312f | 0x31a0..=0x31bf | 0x31f0..=0x31ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// Places of a text's words, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let range = next_word(text, at)?;
        at = range.end;
        Some(range)
    })
}

fn next_word(text: &str, mut at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match CLASSES[bytes[at] as usize] {
            Class::Separator => at += 1,
            Class::Word => return Some(at..word_end(text, at)),
            Class::Wide => {
                let character = text[at..].chars().next()?;
                if is_cjk(character) {
                    return Some(at..at + character.len_utf8());
                }
                if character.is_alphanumeric() {
                    return Some(at..word_end(text, at));
                }
                at += character.len_utf8();
            }
        }
    }
    None
}

fn word_end(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match CLASSES[bytes[at] as usize] {
            Class::Word => at += 1,
            Class::Separator => break,
            Class::Wide => match text[at..].chars().next() {
                Some(character) if character.is_alphanumeric() && !is_cjk(character) => at += character.len_utf8(),
                _ => break,
            },
        }
    }
    at
}

/// A word in the form in which words are equal.
pub(super) fn lowered(word: &str) -> String {
    word.to_lowercase()
}

/// Hash of a word, letters of any case; written to files, so it may never change.
pub(super) fn hash(word: &str) -> u64 {
    if word.is_ascii() {
        return hash_lowered(word.as_bytes(), true);
    }
    // Some letters beyond ASCII have a lower form within it, such as the Kelvin sign.
    let lowered = lowered(word);
    hash_lowered(lowered.as_bytes(), lowered.is_ascii())
}

fn hash_lowered(bytes: &[u8], lower: bool) -> u64 {
    // Eight bytes at a time: in ASCII letters and digits, bit 5 is what tells lower from upper case, and digits have it set.
    let fold = if lower { 0x2020_2020_2020_2020 } else { 0 };
    let mut hash = bytes.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        hash = mix(hash ^ (u64::from_le_bytes(*chunk) | fold));
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = mix(hash ^ (u64::from_le_bytes(last) | fold));
    }
    hash ^ (hash >> 32)
}

fn mix(value: u64) -> u64 {
    let product = u128::from(value) * 0x9fb2_1c65_1e98_df25;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Bytes that are told apart at once.
const WINDOW: usize = 64;
/// Bytes that are looked at from the start of a window: a word of up to eight letters may begin at its last one.
const SEEN: usize = WINDOW + 8;

/// Gives the [`hash`]es of the words of a text that has [`SEEN`] bytes behind it, whatever they are. It ends before the first
/// window with something else than ASCII, and says where.
#[inline(always)]
fn ascii_words(texts: &[u8], place: Range<usize>, mut each: impl FnMut(u64)) -> usize {
    let mut at = place.start;
    while at < place.end {
        let Some(seen) = texts[at..].first_chunk::<SEEN>() else { return at };
        let Some(window) = seen.first_chunk::<WINDOW>() else { return at };
        if !is_ascii(window) && !texts[at..place.end.min(at + WINDOW)].is_ascii() {
            return at;
        }
        let mut words = word_bytes(window);
        if place.end - at < WINDOW {
            words &= !(u64::MAX << (place.end - at));
        }
        let mut next = at + WINDOW;
        while words != 0 {
            let start = words.trailing_zeros() as usize % WINDOW;
            // The carry runs through the lowest run of bits and stops behind it.
            let behind = words.wrapping_add(words & words.wrapping_neg());
            if behind == 0 {
                // The word may go on behind the window: the next one begins with it.
                next = at + start;
                if start == 0 {
                    let length = texts[at..place.end].iter().position(|byte| !byte.is_ascii_alphanumeric());
                    next = length.map_or(place.end, |length| at + length);
                    if next < place.end && !texts[next].is_ascii() {
                        return at;
                    }
                    each(hash_lowered(&texts[at..next], true));
                }
                break;
            }
            let length = behind.trailing_zeros() as usize - start;
            let hash = if length <= 8 {
                hash_short(seen[start..start + 8].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight)), length)
            } else {
                hash_lowered(&seen[start..start + length], true)
            };
            each(hash);
            words &= behind;
        }
        at = next;
    }
    place.end
}

fn is_ascii(window: &[u8; WINDOW]) -> bool {
    let (lanes, _) = window.as_chunks::<8>();
    lanes.iter().fold(0, |all, lane| all | u64::from_le_bytes(*lane)) & 0x8080_8080_8080_8080 == 0
}

/// A bit for every letter or digit of ASCII.
#[inline(always)]
fn word_bytes(window: &[u8; WINDOW]) -> u64 {
    let are_words: [u8; WINDOW] = std::array::from_fn(|at| {
        let byte = window[at];
        u8::from(byte.wrapping_sub(b'0') < 10) | u8::from((byte | 0x20).wrapping_sub(b'a') < 26)
    });
    let (lanes, _) = are_words.as_chunks::<8>();
    lanes.iter().enumerate().fold(0, |mask, (at, lane)| {
        // Gathers the lowest bits of eight bytes in one.
        let bits = u64::from_le_bytes(*lane).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask | bits << (8 * at)
    })
}

/// [`hash`] of the first so many of eight bytes: from one to all of them.
#[inline(always)]
fn hash_short(eight: u64, length: usize) -> u64 {
    /// What is kept of eight bytes, by how many of them are the word's.
    const KEPT: [u64; 16] = {
        let mut kept = [u64::MAX; 16];
        let mut length = 0;
        while length < 8 {
            kept[length] = (1 << (8 * length)) - 1;
            length += 1;
        }
        kept
    };
    let hash = mix(length as u64 ^ 0x9e37_79b9_7f4a_7c15 ^ (eight & KEPT[length % 16] | 0x2020_2020_2020_2020));
    hash ^ (hash >> 32)
}

/// A filter being filled.
pub(super) struct WordFilter {
    blocks: Vec<[u32; 8]>,
    /// Words seen lately: most words of a log are the same few.
    recent: Box<[u64; RECENT]>,
}

impl Default for WordFilter {
    fn default() -> Self {
        Self { blocks: vec![[0; 8]; BLOCKS], recent: Box::new([0; RECENT]) }
    }
}

impl WordFilter {
    /// Adds the words of texts that lie one behind the other, each from its offset to the next one's.
    pub(super) fn add(&mut self, texts: &[u8], offsets: &[i32]) {
        for ends in offsets.windows(2) {
            let place = ends[0] as usize..ends[1] as usize;
            if texts.len() - place.end < SEEN {
                self.add_last(&texts[place]);
                continue;
            }
            let end = place.end;
            let rest = ascii_words(texts, place, |hash| self.add_hash(hash));
            if rest < end {
                self.add_rest(&texts[rest..end]);
            }
        }
    }

    /// Adds the words of a text, character by character.
    #[cold]
    fn add_rest(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        words(&text).for_each(|word| self.add_hash(hash(&text[word])));
    }

    /// Adds the words of a text that has too little behind it.
    #[cold]
    fn add_last(&mut self, text: &[u8]) {
        let padded = [text, &[0; SEEN]].concat();
        let rest = ascii_words(&padded, 0..text.len(), |hash| self.add_hash(hash));
        self.add_rest(&text[rest..]);
    }

    #[inline]
    fn add_hash(&mut self, hash: u64) {
        let recent = &mut self.recent[hash as usize % RECENT];
        if *recent != hash {
            *recent = hash;
            let at = place(hash, self.blocks.len());
            for (lane, bit) in self.blocks[at].iter_mut().zip(bits(hash)) {
                *lane |= bit;
            }
        }
    }

    /// The filter as bytes, as small as its error allows.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while self.blocks.len().is_multiple_of(2) {
            let pairs = self.blocks.as_chunks::<2>().0.iter();
            let folded: Vec<[u32; 8]> = pairs.map(|[one, other]| std::array::from_fn(|lane| one[lane] | other[lane])).collect();
            if false_share(&folded) > FALSE_SHARE {
                break;
            }
            self.blocks = folded;
        }
        self.blocks.iter().flatten().flat_map(|lane| lane.to_le_bytes()).collect()
    }
}

/// The filter of no words at all.
pub(super) fn filter_of_nothing() -> Vec<u8> {
    vec![0; BLOCK_BYTES]
}

/// Offset of the block that a word is in, in a filter of `bytes` bytes.
pub(super) fn block_offset(hash: u64, bytes: usize) -> usize {
    place(hash, (bytes / BLOCK_BYTES).max(1)) * BLOCK_BYTES
}

/// Whether a block may hold the word.
pub(super) fn may_hold(block: &[u8], hash: u64) -> bool {
    block.as_chunks::<4>().0.iter().zip(bits(hash)).all(|(lane, bit)| u32::from_le_bytes(*lane) & bit != 0)
}

/// Half as many blocks halve the place, so neighbours fold into one and a folded filter needs no new hashes.
fn place(hash: u64, blocks: usize) -> usize {
    (((hash >> 32) * blocks as u64) >> 32) as usize
}

fn bits(hash: u64) -> [u32; 8] {
    SALT.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27))
}

fn false_share(blocks: &[[u32; 8]]) -> f64 {
    let of_block = |block: &[u32; 8]| block.iter().map(|lane| f64::from(lane.count_ones()) / 32.0).product::<f64>();
    blocks.iter().map(of_block).sum::<f64>() / blocks.len() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits_and_single_cjk_characters() {
        for (text, expected) in [
            ("GET /video/search?q=abc", vec!["GET", "video", "search", "q", "abc"]),
            ("超时 error_42", vec!["超", "时", "error", "42"]),
            ("naïve café №5", vec!["naïve", "café", "5"]),
            ("", vec![]),
            ("日志2号", vec!["日", "志", "2", "号"]),
        ] {
            assert_eq!(words(text).map(|range| &text[range]).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn words_of_ascii_are_found_the_same_by_windows() {
        let mut texts: Vec<String> = ["", "a", " ", "-a-", "GET /video/search?q=abc HTTP/1.1"].map(str::to_owned).to_vec();
        texts.extend((55..=75).map(|length| format!("{} {}", "x".repeat(length), "Y9".repeat(70 - length / 2))));
        texts.extend((120..=136).map(|length| format!("a {}", "x".repeat(length))));
        texts.extend((0..128u8).map(|byte| format!("a{}b{}", byte as char, byte as char)));
        for text in texts {
            let mut found = Vec::new();
            let texts = format!("{text}{}", "and what is behind ".repeat(4));
            assert_eq!(ascii_words(texts.as_bytes(), 0..text.len(), |hash| found.push(hash)), text.len());
            let expected: Vec<_> = words(&text).map(|word| hash(&text[word])).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_hash_knows_no_case() {
        for (one, other) in [("ConnectionRefused", "connectionREFUSED"), ("ÉTÉ", "été"), ("a1", "A1"), ("300\u{212a}", "300k")] {
            assert_eq!(hash(one), hash(other));
        }
        assert_ne!(hash("a"), hash("b"));
        assert_ne!(hash("abcdefgh"), hash("abcdefg"));
    }

    fn offsets(texts: &[String]) -> Vec<i32> {
        std::iter::once(0)
            .chain(texts.iter().scan(0, |end, text| {
                *end += text.len() as i32;
                Some(*end)
            }))
            .collect()
    }

    proptest! {
        #[test]
        fn words_beside_other_characters_are_the_same(
            texts in prop::collection::vec("[a-cA-C1éÉ超 ._]{0,9}|[a-z]{55,75}[é超 ]?([a-z0-9 ]{30,70}é?){0,2}", 1..9)
        ) {
            let mut together = WordFilter::default();
            together.add(texts.concat().as_bytes(), &offsets(&texts));
            let mut alone = WordFilter::default();
            texts.iter().flat_map(|text| words(text).map(|word| hash(&text[word]))).for_each(|hash| alone.add_hash(hash));
            prop_assert_eq!(together.blocks, alone.blocks);
        }
    }

    #[test]
    fn a_filter_never_misses_a_word_and_seldom_suspects_another() {
        for count in [1, 100, 40_000] {
            let mut filter = WordFilter::default();
            let texts: Vec<String> = (0..count).map(|n| format!("Word w{n} of")).collect();
            filter.add(texts.concat().as_bytes(), &offsets(&texts));
            let bytes = filter.finish();
            let holds = |word: &str| {
                let at = block_offset(hash(word), bytes.len());
                may_hold(&bytes[at..at + BLOCK_BYTES], hash(word))
            };
            assert!((0..count).all(|n| holds(&format!("W{n}"))));
            let suspected = (0..10_000).filter(|n| holds(&format!("x{n}"))).count();
            assert!(suspected <= 200, "{suspected} of 10,000 with {count} words in {} bytes", bytes.len());
        }
    }
}
