//! Searches over short distances, sixteen bytes at a time.
//!
//! The values of a log line are a few bytes long, so that calling a vector search for each of them costs more than the
//! search: the first blocks are compared right here, and only what lies farther away is left to `memchr`. Which byte ends
//! a value is the parser's to know.

use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

use super::batch::Line;

/// Bytes compared at once.
pub(super) const BLOCK: usize = 16;

/// Blocks that are compared here before the vector search is called.
const NEAR: usize = 2;

/// A bit for each byte of the block that is that of the other. Together with the edits around it, about 7 % fewer
/// instructions per line of an access log than a search by eight bytes without vectors (callgrind, example `normalise_speed`).
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "vector instructions that every x86-64 has")]
#[inline(always)]
fn marks(block: &[u8; BLOCK], wanted: &[u8; BLOCK]) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8};
    // SAFETY: SSE2 is part of x86-64 itself, and the sixteen bytes that are loaded, aligned or not, are those of the blocks.
    unsafe {
        let (block, wanted) = (_mm_loadu_si128(block.as_ptr().cast()), _mm_loadu_si128(wanted.as_ptr().cast()));
        _mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)) as u32
    }
}

/// A bit for each byte of the block that is that of the other.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn marks(block: &[u8; BLOCK], wanted: &[u8; BLOCK]) -> u32 {
    block.iter().zip(wanted).enumerate().fold(0, |mask, (at, (found, wanted))| mask | u32::from(found == wanted) << at)
}

/// A bit for each byte of the block that is `byte`.
#[inline(always)]
fn equal(block: &[u8; BLOCK], byte: u8) -> u32 {
    marks(block, &[byte; BLOCK])
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

/// Where the piece with a number stands, counted from 0 between separators, if both its ends are near the beginning.
#[inline(always)]
pub(super) fn near_piece(block: &[u8; BLOCK], separator: u8, at: usize) -> Option<Range<usize>> {
    let separators = equal(block, separator);
    let mut behind = separators;
    for _ in 0..at {
        behind &= behind.wrapping_sub(1);
    }
    let before = u32::BITS - (separators ^ behind).leading_zeros();
    (behind != 0).then(|| before as usize..behind.trailing_zeros() as usize)
}

/// Where the path of a request target ends that begins with a slash, if that is near: at its query, its fragment or a blank.
#[inline(always)]
pub(super) fn near_path_end(target: &[u8; BLOCK], length: usize) -> Option<usize> {
    let ends = equal(target, b'?') | equal(target, b'#') | equal(target, b' ');
    let end = (ends.trailing_zeros() as usize).min(length);
    (length > 0 && target[0] == b'/' && end <= BLOCK).then_some(end)
}

/// The bytes of a block from `from` on, with zeros behind them.
#[inline(always)]
pub(super) fn shifted(block: &[u8; BLOCK], from: usize) -> [u8; BLOCK] {
    (u128::from_le_bytes(*block) >> (from % BLOCK * 8)).to_le_bytes()
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

/// Whether a byte stands within a range of the bytes, which is short as a rule.
#[inline]
pub(super) fn stands_within(bytes: &[u8], range: Range<usize>, byte: u8) -> bool {
    match bytes.get(range.start..).and_then(|rest| rest.first_chunk()) {
        Some(block) if range.len() <= BLOCK => equal(block, byte) & ((1 << range.len()) - 1) != 0,
        _ => bytes.get(range).is_some_and(|piece| memchr(byte, piece).is_some()),
    }
}

/// Place of the first of three bytes.
#[inline]
pub(super) fn find_any(bytes: &[u8], [one, other, third]: [u8; 3]) -> Option<usize> {
    let marked = |block: &[u8; BLOCK]| equal(block, one) | equal(block, other) | equal(block, third);
    search(bytes, 0, marked, |rest| memchr3(one, other, third, rest))
}

/// The quote that ends a JSON string which begins at `from`; `None` where an escape comes first, or nothing ends it.
#[inline(always)]
pub(super) fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        let marks = equal(block, b'"') | equal(block, b'\\');
        if marks != 0 {
            let first = marks.trailing_zeros() as usize;
            return (block[first % BLOCK] == b'"').then(|| at.wrapping_add(first));
        }
        at = at.wrapping_add(BLOCK);
    }
    string_end_in_rest(bytes, at)
}

/// The same for the last bytes of a chunk.
#[cold]
fn string_end_in_rest(bytes: &[u8], from: usize) -> Option<usize> {
    let end = from + bytes.get(from..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    (bytes[end] == b'"').then_some(end)
}

/// Place of the first byte from `from` on that is no digit; the length where there is none.
#[inline(always)]
pub(super) fn digits_end(bytes: &[u8], from: usize) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut at = from;
    while let Some(eight) = bytes.get(at..at.wrapping_add(8)).and_then(|rest| rest.first_chunk::<8>()) {
        let digits = u64::from_le_bytes(*eight) ^ (EACH * b'0' as u64);
        let others = (digits.wrapping_add(EACH * (0x7f - 9)) | digits) & (EACH << 7);
        if others != 0 {
            // What one byte adds to the next is wrong only above the first that is no digit.
            return at.wrapping_add(others.trailing_zeros() as usize / 8);
        }
        at = at.wrapping_add(8);
    }
    digits_end_in_rest(bytes, at)
}

#[cold]
fn digits_end_in_rest(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())
}

/// Finds the end of a value that begins at a place.
type FindEnd = fn(&[u8], usize) -> Option<usize>;

/// A bit for each quote and backslash.
#[inline(always)]
fn quotes(block: &[u8; BLOCK]) -> u32 {
    equal(block, b'"') | equal(block, b'\\')
}

/// Text of any length that is compared a block at a time.
#[derive(Debug)]
pub(super) struct Gap {
    length: usize,
    first: [u8; BLOCK],
    /// A bit for each byte of the first block that stands behind the text.
    behind: u32,
    /// The blocks behind the first, and the last of them with the bits behind it.
    more: Box<[([u8; BLOCK], u32)]>,
}

impl Gap {
    pub(super) fn new(text: &[u8]) -> Self {
        let mut blocks = text.chunks(BLOCK).map(|chunk| {
            let mut block = [0; BLOCK];
            block[..chunk.len()].copy_from_slice(chunk);
            (block, 0xffff & u32::MAX.unbounded_shl(chunk.len() as u32))
        });
        let (first, behind) = blocks.next().unwrap_or(([0; BLOCK], 0xffff));
        Self { length: text.len(), first, behind, more: blocks.collect() }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether it is compared at once.
    pub(super) fn is_short(&self) -> bool {
        self.more.is_empty()
    }

    /// Whether the text stands at `at`; not near the end of the bytes, where no whole block stands.
    #[inline(always)]
    pub(super) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let first = bytes.get(at..at.wrapping_add(BLOCK)).and_then(|block| block.first_chunk());
        first.is_some_and(|first| self.begins(first)) && self.goes_on_at(bytes, at)
    }

    #[inline(always)]
    fn begins(&self, block: &[u8; BLOCK]) -> bool {
        marks(block, &self.first) | self.behind == 0xffff
    }

    /// Where a JSON string ends whose inner part begins at `from`, and whether this text, which begins with its quote, stands there. Not
    /// true of one that is longer than two blocks.
    #[inline(always)]
    pub(super) fn end_string<const LONG: bool>(&self, bytes: &[u8], from: usize) -> (usize, bool) {
        let Some(window) = bytes.get(from..from.wrapping_add(3 * BLOCK)).and_then(|window| window.first_chunk::<{ 3 * BLOCK }>()) else {
            return (from, false);
        };
        let Some([first, second]) = window.first_chunk::<{ 2 * BLOCK }>().map(|two| two.as_chunks::<BLOCK>().0) else {
            return (from, false);
        };
        // Where no quote is found there is none at the last place either.
        let place = (quotes(first) | quotes(second) << BLOCK | 1 << 31).trailing_zeros() as usize % (2 * BLOCK);
        let is_here = window[place..].first_chunk().is_some_and(|block| self.begins(block));
        let place = from.wrapping_add(place);
        (place, is_here && (!LONG || self.goes_on_at(bytes, place)))
    }

    /// The same of a string of any length.
    #[inline(always)]
    pub(super) fn end_long_string(&self, bytes: &[u8], from: usize) -> (usize, bool) {
        let window = bytes.get(from..from.wrapping_add(FOUR)).and_then(|window| window.first_chunk::<FOUR>());
        let found = window.map_or(0, |window| {
            window.as_chunks::<BLOCK>().0.iter().rev().fold(0, |found, block| found << BLOCK | u64::from(quotes(block)))
        });
        let place = if found != 0 { Some(from.wrapping_add(found.trailing_zeros() as usize)) } else { string_end(bytes, from) };
        place.map_or((from, false), |place| (place, self.is_at(bytes, place)))
    }

    /// The same of a number; `far` finds the end of one that is longer than seven bytes or has more than digits and points.
    #[inline(always)]
    pub(super) fn end_number<const LONG: bool>(&self, bytes: &[u8], from: usize, far: FindEnd) -> (usize, bool) {
        const EACH: u64 = 0x0101_0101_0101_0101;
        const TOPS: u64 = EACH << 7;
        let Some(window) = bytes.get(from..from.wrapping_add(8 + BLOCK)).and_then(|window| window.first_chunk::<{ 8 + BLOCK }>()) else {
            return (from, false);
        };
        let digits = window.first_chunk::<8>().map_or(0, |eight| u64::from_le_bytes(*eight)) ^ (EACH * b'0' as u64);
        // Tops that are set by what is no digit, and by what is no point; none takes from its neighbour.
        let others = (digits & !TOPS).wrapping_add(EACH * (0x7f - 9)) | digits;
        let point = digits ^ (EACH * (b'.' ^ b'0') as u64);
        let end = others & ((point & !TOPS).wrapping_add(EACH * 0x7f) | point) & TOPS;
        let place = end.trailing_zeros() as usize / 8 % 8;
        if place == 0 || others & 0x80 != 0 {
            return self.end_rare_number(bytes, from, far);
        }
        let is_here = window[place..].first_chunk().is_some_and(|block| self.begins(block));
        let place = from.wrapping_add(place);
        (place, is_here && (!LONG || self.goes_on_at(bytes, place)))
    }

    #[cold]
    #[inline(never)]
    fn end_rare_number(&self, bytes: &[u8], from: usize, far: FindEnd) -> (usize, bool) {
        far(bytes, from).map_or((from, false), |place| (place, self.is_at(bytes, place)))
    }

    #[inline(always)]
    fn goes_on_at(&self, bytes: &[u8], at: usize) -> bool {
        let mut at = at;
        self.more.iter().all(|(block, behind)| {
            at = at.wrapping_add(BLOCK);
            let found = bytes.get(at..at.wrapping_add(BLOCK)).and_then(|block| block.first_chunk());
            found.is_some_and(|found| marks(found, block) | behind == 0xffff)
        })
    }
}

/// Whether two texts are equal; for those of sixteen to thirty-two bytes, as most times are, without a call.
#[inline(always)]
pub(super) fn equal_texts(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    match (left.first_chunk::<BLOCK>(), right.first_chunk::<BLOCK>(), left.last_chunk::<BLOCK>(), right.last_chunk::<BLOCK>()) {
        (Some(left_start), Some(right_start), Some(left_end), Some(right_end)) if left.len() <= 2 * BLOCK => {
            let word = |block: &[u8; BLOCK]| u128::from_le_bytes(*block);
            (word(left_start) ^ word(right_start)) | (word(left_end) ^ word(right_end)) == 0
        }
        _ => left == right,
    }
}

/// What of fixed text is looked for near where a value begins.
struct Near {
    spread: [u8; BLOCK],
    word: u64,
    mask: u64,
}

impl Near {
    /// Place of the first byte in the block at `from`, or the block's last one, and whether the text's first eight bytes stand there.
    #[inline(always)]
    fn find<const SINGLE: bool>(&self, bytes: &[u8], from: u32) -> (usize, bool) {
        let from = from as usize;
        let Some(block) = bytes.get(from..from + BLOCK + 8).and_then(|block| block.first_chunk::<{ BLOCK + 8 }>()) else {
            return (from, false);
        };
        let Some(first) = block.first_chunk::<BLOCK>() else { return (from, false) };
        let marks = marks(first, &self.spread);
        let after = (marks | 1 << (BLOCK - 1)).trailing_zeros() as usize;
        let place = from.wrapping_add(after);
        if SINGLE {
            return (place, marks != 0);
        }
        let word = block[after..].first_chunk::<8>().map_or(0, |eight| u64::from_le_bytes(*eight));
        (place, (word ^ self.word) & self.mask == 0)
    }
}

/// In the place of a line: what it is split at was not found yet. No text is that long.
const OPEN: u32 = 1 << 31;

/// Fixed text, ready to be compared at once where it is short.
#[derive(Debug)]
pub(super) struct Needle {
    text: Box<[u8]>,
    length: usize,
    first: u8,
    /// The first byte, once for every byte of a block.
    spread: [u8; BLOCK],
    /// The first eight bytes, of which the mask tells which count.
    word: u64,
    mask: u64,
    /// The last eight bytes of a longer text.
    last: u64,
}

impl Needle {
    /// `None` for the empty text.
    pub(super) fn new(text: impl AsRef<[u8]>) -> Option<Self> {
        let text = text.as_ref();
        let (mut bytes, mut mask) = ([0; 8], [0; 8]);
        let short = text.len().min(8);
        bytes[..short].copy_from_slice(&text[..short]);
        mask[..short].fill(0xff);
        let first = *text.first()?;
        let (word, mask) = (u64::from_le_bytes(bytes), u64::from_le_bytes(mask));
        let last = text.last_chunk::<8>().map_or(0, |last| u64::from_le_bytes(*last));
        Some(Self { first, spread: [first; BLOCK], length: text.len(), text: text.into(), word, mask, last })
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether the text stands at `at`.
    #[inline(always)]
    pub(super) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(eight) = bytes.get(at..at.wrapping_add(8)).and_then(|rest| rest.first_chunk::<8>()) else {
            return self.is_at_rare(bytes, at);
        };
        (u64::from_le_bytes(*eight) ^ self.word) & self.mask == 0 && (self.length <= 8 || self.ends_at(bytes, at.wrapping_add(self.length)))
    }

    /// Whether the longer text, which begins right, ends before `end`.
    #[inline(always)]
    fn ends_at(&self, bytes: &[u8], end: usize) -> bool {
        let Some(eight) = bytes.get(..end).and_then(|text| text.last_chunk::<8>()) else { return false };
        u64::from_le_bytes(*eight) == self.last && (self.length <= 16 || bytes[end - self.length..end] == *self.text)
    }

    #[cold]
    fn is_at_rare(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(&self.text))
    }

    /// Place of the first appearance within `bytes[from..end]`. Bytes behind the end are looked at, too, where there are any:
    /// a line in the middle of its chunk has no end that blocks would have to respect.
    ///
    /// No place is beyond the bytes, so that none of these sums can overflow; and the bytes guard themselves.
    #[inline(always)]
    pub(super) fn find(&self, bytes: &[u8], from: usize, end: usize) -> Option<usize> {
        let mut place = self.find_first(bytes, from, end);
        while self.length > 1 && place < end && !self.is_at(bytes, place) {
            place = self.find_first(bytes, place.wrapping_add(1), end);
        }
        (place < end && self.length <= end.wrapping_sub(place)).then_some(place)
    }

    /// Finds the first appearance from where each line is split up to, takes line, beginning and place to `ended`, and goes on
    /// behind it.
    ///
    /// What is not found in the block where a value begins is looked for afterwards: so no line waits for a branch that was
    /// foreseen wrongly. Takes and gives how many lines have failed, for which nothing needs to be looked for.
    pub(super) fn end_all(&self, bytes: &[u8], lines: &mut [Line], failed: usize, ended: impl FnMut(usize, usize, usize)) -> usize {
        if self.length == 1 {
            self.end_each::<true>(bytes, lines, failed, ended)
        } else {
            self.end_each::<false>(bytes, lines, failed, ended)
        }
    }

    #[inline(always)]
    fn end_each<const SINGLE: bool>(
        &self,
        bytes: &[u8],
        lines: &mut [Line],
        failed: usize,
        mut ended: impl FnMut(usize, usize, usize),
    ) -> usize {
        /// Lines by which it is judged whether to look near at all.
        const TRIED: usize = 8;
        let tried = TRIED.min(lines.len());
        let (first, rest) = lines.split_at_mut(tried);
        let open = self.end_near::<SINGLE>(bytes, first, 0, &mut ended);
        if open > TRIED / 2 {
            return self.end_far::<false>(bytes, first, 0, &mut ended) + self.end_far::<true>(bytes, rest, tried, &mut ended);
        }
        if open + self.end_near::<SINGLE>(bytes, rest, tried, &mut ended) > failed {
            return self.end_far::<false>(bytes, lines, 0, &mut ended);
        }
        failed
    }

    /// Looks in the block where each value begins; how many lines have the text farther away, which are marked as open.
    #[inline(always)]
    fn end_near<const SINGLE: bool>(
        &self,
        bytes: &[u8],
        lines: &mut [Line],
        first: usize,
        ended: &mut impl FnMut(usize, usize, usize),
    ) -> usize {
        let near = Near { spread: self.spread, word: self.word, mask: self.mask };
        let (length, long) = (self.length, self.length > 8);
        let mut open: usize = 0;
        for (line, row) in lines.iter_mut().zip(first..) {
            let (place, is_here) = near.find::<SINGLE>(bytes, line.at);
            let end = place.wrapping_add(length);
            let is_found = is_here & (end <= line.end as usize) && (!long || self.ends_at(bytes, end));
            ended(row, line.at as usize, place);
            line.at = if is_found { end as u32 } else { line.at | OPEN };
            open = open.wrapping_add(usize::from(!is_found));
        }
        open
    }

    /// Looks through the rest of each line, or of those that are open; how many of the lines have failed.
    #[inline(always)]
    fn end_far<const ALL: bool>(
        &self,
        bytes: &[u8],
        lines: &mut [Line],
        first: usize,
        ended: &mut impl FnMut(usize, usize, usize),
    ) -> usize {
        let mut failed: usize = 0;
        for (line, row) in lines.iter_mut().zip(first..) {
            if ALL || line.at & OPEN != 0 {
                let from = (line.at & !OPEN) as usize;
                let place = self.find(bytes, from, line.end as usize);
                ended(row, from, place.unwrap_or(from));
                line.at = place.map_or(Line::FAILED, |place| place.wrapping_add(self.length) as u32);
                failed = failed.wrapping_add(usize::from(place.is_none()));
            }
        }
        failed
    }

    /// Place of the first byte, or anything not before `end`.
    #[inline(always)]
    fn find_first(&self, bytes: &[u8], from: usize, end: usize) -> usize {
        let mut at = from;
        while at < end {
            let two = bytes.get(at..at.wrapping_add(2 * BLOCK)).and_then(|two| two.first_chunk::<{ 2 * BLOCK }>());
            let Some([one, other]) = two.map(|two| two.as_chunks::<BLOCK>().0) else { return find_in_rest(bytes, at, end, self.first) };
            let marks = marks(one, &self.spread) | marks(other, &self.spread) << BLOCK;
            if marks != 0 {
                return at.wrapping_add(marks.trailing_zeros() as usize);
            }
            at = at.wrapping_add(2 * BLOCK);
        }
        end
    }
}

#[cold]
fn find_in_rest(bytes: &[u8], from: usize, end: usize, byte: u8) -> usize {
    let place = bytes.get(from..end).and_then(|rest| rest.iter().position(|&found| found == byte));
    place.map_or(end, |at| from + at)
}

/// Place of the first line end from `from` on; the length where there is none.
#[inline]
pub(super) fn line_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(blocks) = bytes.get(at..).and_then(|rest| rest.first_chunk::<FOUR>()) {
        let found = line_ends(blocks);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += FOUR;
    }
    memchr(b'\n', &bytes[at.min(bytes.len())..]).map_or(bytes.len(), |place| at + place)
}

/// Bytes in which line ends are looked for at once.
pub(super) const FOUR: usize = 4 * BLOCK;

/// A bit for each line end.
#[inline(always)]
pub(super) fn line_ends(bytes: &[u8; FOUR]) -> u64 {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    blocks.iter().rev().fold(0, |found, block| found << BLOCK | u64::from(marks(block, &[b'\n'; BLOCK])))
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
                let ended: Vec<u8> = bytes.iter().map(|&byte| if byte == b'x' { b'\n' } else { byte }).collect();
                assert_eq!(
                    line_end(&ended.repeat(3), from),
                    ended.repeat(3)[from..].iter().position(|&b| b == b'\n').map_or(3 * ended.len(), |at| from + at)
                );
                let numerals: Vec<u8> = bytes.iter().map(|&byte| b"0123456789./:x\x80\xff"[byte as usize % 16]).collect();
                let end = numerals[from..].iter().position(|byte| !byte.is_ascii_digit()).map_or(numerals.len(), |at| from + at);
                assert_eq!(digits_end(&numerals, from), end, "{numerals:?} from {from}");
                let to = random.usize(from..=bytes.len());
                assert_eq!(stands_within(&bytes, from..to, byte), bytes[from..to].contains(&byte), "{byte} in {bytes:?}, {from} to {to}");
                assert_eq!(find_any(&bytes[from..], [byte, b'b', b'y']).map(|at| from + at), plain(&[byte, b'b', b'y']));
                assert_eq!(find_either(&bytes, from, byte, b'b'), plain(&[byte, b'b']), "{byte} or b in {bytes:?} from {from}");
            }
            let written: Vec<u8> = bytes.iter().map(|&byte| b"abc\"de\\f"[byte as usize % 8]).collect();
            let mark = written[from..].iter().position(|byte| b"\"\\".contains(byte)).map(|at| from + at);
            assert_eq!(string_end(&written, from), mark.filter(|&at| written[at] == b'"'), "{written:?} from {from}");
            for text in ["a", "ab", "a\0", "aba", "abababab", "abaabbaba"] {
                let end = random.usize(from..=bytes.len());
                let place = bytes[from..end].windows(text.len()).position(|window| window == text.as_bytes()).map(|at| from + at);
                let needle = Needle::new(text).unwrap();
                assert_eq!(needle.find(&bytes, from, end), place, "{text} in {bytes:?} from {from} to {end}");
                assert!(place.is_none_or(|place| needle.is_at(&bytes, place)));
            }
        }
        for (left, right) in [("", ""), ("a", "b"), ("a", ""), ("0123456789", "0123456789"), ("0123456789", "0123456x89")] {
            assert_eq!(equal_texts(left.as_bytes(), right.as_bytes()), left == right, "{left} and {right}");
        }
        assert_eq!(find(b"abc", 4, b'a'), None);
        assert!(Needle::new("").is_none());
    }
}
