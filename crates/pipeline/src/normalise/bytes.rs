//! Searches over short distances, sixteen bytes at a time.
//!
//! The values of a log line are a few bytes long, so that calling a vector search for each of them costs more than the
//! search: the first blocks are compared right here, and only what lies farther away is left to `memchr`. Which byte ends
//! a value is the parser's to know.

use memchr::{memchr, memchr2};

/// Bytes compared at once.
const BLOCK: usize = 16;

/// Blocks that are compared here before the vector search is called.
const NEAR: usize = 2;

/// A bit for each byte of the block that is `byte`. Together with the edits around it, about 7 % fewer instructions per line
/// of an access log than a search by eight bytes without vectors (callgrind, example `normalise_speed`).
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "vector instructions that every x86-64 has")]
#[inline]
fn equal(block: &[u8; BLOCK], byte: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let both = u128::from_le_bytes(*block);
    // SAFETY: SSE2 is part of x86-64 itself, and none of these instructions reads memory.
    unsafe {
        let block = _mm_set_epi64x((both >> 64) as i64, both as i64);
        _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(byte as i8))) as u32
    }
}

/// A bit for each byte of the block that is `byte`.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn equal(block: &[u8; BLOCK], byte: u8) -> u32 {
    block.iter().enumerate().fold(0, |mask, (at, &found)| mask | u32::from(found == byte) << at)
}

/// Place of the first byte from `from` on that `marked` marks in its block; `far` searches what is farther away.
#[inline]
fn search(bytes: &[u8], from: usize, marked: impl Fn(&[u8; BLOCK]) -> u32, far: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut at = from;
    for _ in 0..NEAR {
        let rest = bytes.get(at..)?;
        let Some(block) = rest.first_chunk::<BLOCK>() else {
            // The last bytes are looked at in a block that begins before them.
            let Some(block) = bytes.last_chunk::<BLOCK>() else { return Some(at + far(rest)?) };
            let marks = marked(block) >> (BLOCK - rest.len());
            return (marks != 0).then(|| at + marks.trailing_zeros() as usize);
        };
        let marks = marked(block);
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    Some(at + far(bytes.get(at..)?)?)
}

/// Place of the first `byte` from `from` on.
#[inline]
pub(super) fn find(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    search(bytes, from, |block| equal(block, byte), |rest| memchr(byte, rest))
}

/// Place of the first of either byte from `from` on.
#[inline]
pub(super) fn find_either(bytes: &[u8], from: usize, one: u8, other: u8) -> Option<usize> {
    search(bytes, from, |block| equal(block, one) | equal(block, other), |rest| memchr2(one, other, rest))
}

/// The eight bytes from `at`, first byte lowest, zeros beyond the end; `None` in a text of less than eight.
#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    match bytes.get(at..)?.first_chunk::<8>() {
        Some(eight) => Some(u64::from_le_bytes(*eight)),
        None => u64::from_le_bytes(*bytes.last_chunk::<8>()?).checked_shr(8 * (8 + at - bytes.len()) as u32),
    }
}

/// Fixed text, ready to be compared at once where it is short.
#[derive(Debug)]
pub(super) struct Needle {
    text: Box<[u8]>,
    first: u8,
    word: u64,
    /// Which bytes of the word count; none where the text is too long for one.
    mask: u64,
}

impl Needle {
    /// `None` for the empty text.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let mut bytes = [0; 8];
        let mut mask = [0; 8];
        if text.len() <= 8 {
            bytes[..text.len()].copy_from_slice(text);
            mask[..text.len()].fill(0xff);
        }
        Some(Self { first: *text.first()?, text: text.into(), word: u64::from_le_bytes(bytes), mask: u64::from_le_bytes(mask) })
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether the text stands at `at`.
    #[inline]
    pub(super) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        match word(bytes, at) {
            Some(word) if self.mask != 0 => (word ^ self.word) & self.mask == 0 && bytes.len() - at >= self.text.len(),
            _ => bytes.get(at..).is_some_and(|rest| rest.starts_with(&self.text)),
        }
    }

    /// Place of the first appearance from `from` on.
    #[inline(always)]
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut place = find(bytes, from, self.first)?;
        while self.text.len() > 1 && !self.is_at(bytes, place) {
            place = find(bytes, place + 1, self.first)?;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_search_finds_what_a_plain_one_finds() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..random.usize(0..60)).map(|_| b"ab\0\x01\x80\xffxyz"[random.usize(0..9)]).collect();
            let from = random.usize(0..=bytes.len());
            let plain = |wanted: &[u8]| bytes[from..].iter().position(|byte| wanted.contains(byte)).map(|at| from + at);
            for byte in *b"ab\0\x01\x80" {
                assert_eq!(find(&bytes, from, byte), plain(&[byte]), "{byte} in {bytes:?} from {from}");
                assert_eq!(find_either(&bytes, from, byte, b'b'), plain(&[byte, b'b']), "{byte} or b in {bytes:?} from {from}");
            }
            for text in ["a", "ab", "a\0", "aba", "abababab", "abaabbaba"] {
                let place = bytes[from..].windows(text.len()).position(|window| window == text.as_bytes()).map(|at| from + at);
                let needle = Needle::new(text).unwrap();
                assert_eq!(needle.find(&bytes, from), place, "{text} in {bytes:?} from {from}");
                assert!(place.is_none_or(|place| needle.is_at(&bytes, place)));
            }
        }
        assert_eq!(find(b"abc", 4, b'a'), None);
        assert!(Needle::new("").is_none());
    }
}
