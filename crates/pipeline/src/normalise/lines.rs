//! Where the lines of a text end and whether they are UTF-8, found some lines ahead of who asks.
//!
//! Each line by itself would have to wait for the end of the one before it, and guess how far its own end is. Nearly all logs are
//! ASCII, which shows in a quarter of the time that the full check takes, but only of more than a line.

use super::bytes::{FOUR, line_end, line_ends};

/// Bytes that are looked at together.
const AHEAD: usize = 4 << 10;

/// The lines of a text.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    /// Places of line ends; those before `next` were asked for, and those from `found` on are none.
    ends: Vec<u32>,
    next: usize,
    found: usize,
    /// Up to here line ends were looked for.
    searched: usize,
    /// From the line asked for last up to here, all is text.
    text_until: usize,
}

impl<'a> Lines<'a> {
    /// The lines of a text that is not longer than 32 bits can tell.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, ends: vec![0; AHEAD], next: 0, found: 0, searched: 0, text_until: 0 }
    }

    /// Place of the first line end from `from` on, the length where there is none; asked for in ascending order.
    #[inline]
    pub(super) fn end(&mut self, from: usize) -> usize {
        loop {
            while let Some(&end) = self.ends[..self.found].get(self.next) {
                if end as usize >= from {
                    return end as usize;
                }
                self.next += 1;
            }
            if !self.look_ahead() {
                return line_end(self.bytes, from.max(self.searched));
            }
        }
    }

    /// Finds the line ends of the next bytes; `false` near the end of the text.
    #[inline(never)]
    fn look_ahead(&mut self) -> bool {
        let rest = self.bytes.get(self.searched..).unwrap_or_default();
        let (blocks, _) = rest[..rest.len().min(AHEAD)].as_chunks::<FOUR>();
        (self.next, self.found) = (0, 0);
        let mut seen = [0; FOUR];
        for (at, block) in (self.searched..).step_by(FOUR).zip(blocks) {
            seen.iter_mut().zip(block).for_each(|(seen, byte)| *seen |= byte);
            let mut marks = line_ends(block);
            // A block has one line end or none: which of both cannot be foreseen, and so is not asked.
            self.ends[self.found] = at as u32 + (marks | 1 << (FOUR - 1)).trailing_zeros();
            self.found += usize::from(marks != 0);
            marks &= marks.wrapping_sub(1);
            while marks != 0 {
                self.ends[self.found] = at as u32 + marks.trailing_zeros();
                self.found += 1;
                marks &= marks - 1;
            }
        }
        let searched = self.searched + blocks.len() * FOUR;
        if self.text_until >= self.searched && seen.is_ascii() {
            self.text_until = self.text_until.max(searched);
        }
        self.searched = searched;
        !blocks.is_empty()
    }

    /// Whether the bytes from `start` to `end` are UTF-8; both are asked for in ascending order.
    #[inline]
    pub(super) fn is_text(&mut self, start: usize, end: usize) -> bool {
        end <= self.text_until || self.check_ahead(start, end)
    }

    #[inline(never)]
    fn check_ahead(&mut self, start: usize, end: usize) -> bool {
        self.text_until = self.text_until.max(start);
        while self.text_until < end {
            let block = &self.bytes[self.text_until..self.bytes.len().min(self.text_until + AHEAD)];
            if block.is_ascii() {
                self.text_until += block.len();
                continue;
            }
            match std::str::from_utf8(block) {
                Ok(_) => self.text_until += block.len(),
                // The character that a block ends within is looked at again with the next one.
                Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => self.text_until += error.valid_up_to(),
                Err(error) => {
                    self.text_until += error.valid_up_to();
                    break;
                }
            }
        }
        self.text_until >= end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_and_are_text_where_plain_searches_say_so() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..500 {
            let mut bytes = Vec::new();
            for _ in 0..random.usize(0..200) {
                let piece: &[u8] = [&b"plain"[..], "é".as_bytes(), "漢字".as_bytes(), b"\xff", b"\xe6\xbc", b"\n"][random.usize(0..6)];
                let often = if piece.is_ascii() { random.usize(1..300) } else { 1 };
                bytes.extend(piece.repeat(if piece == b"\n" { random.usize(1..3) } else { often }));
            }
            let (mut lines, mut start) = (Lines::of(&bytes), 0);
            for line in bytes.split_inclusive(|&byte| byte == b'\n') {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                assert_eq!(lines.is_text(start, start + text.len()), std::str::from_utf8(text).is_ok(), "{start} of {bytes:?}");
                if random.usize(0..4) > 0 {
                    assert_eq!(lines.end(start), start + text.len(), "{start} of {bytes:?}");
                }
                start += line.len();
            }
            assert_eq!(lines.end(start), bytes.len());
        }
    }
}
