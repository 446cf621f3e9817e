//! Cuts a stream of bytes into pieces of whole lines, without looking at each line.
//!
//! Only the last newline of each piece is searched, from the end; whether a line is longer than the limit shows in one
//! probe per `max_line` bytes (a window of `max_line + 1` bytes without a newline holds the middle of one). So cutting
//! runs at the speed of reading. Memory is bounded by the limit: of a longer line the head is kept, the rest is counted
//! and thrown away as it arrives. Where bytes come from and who takes the pieces is told by `once` and `follow`.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use magpie_model::origin::Cut;
use memchr::{memchr, memrchr};

/// Bytes that a chunk has about: large enough that handing it over costs little per line, small enough to stay in the
/// processor's second cache until it is parsed.
pub const CHUNK: usize = 256 << 10;

/// Tells whether a line, without its line end, starts an event.
pub(crate) type StartsEvent<'a> = &'a dyn Fn(&[u8]) -> bool;

/// How far back from the end of a piece the start of an event is searched; an event longer than that is split.
const EVENT_REACH: usize = 256 << 10;

/// Buffers that go around: whoever is done with a chunk gives its bytes back, and the reader fills them again instead of
/// asking the system for fresh pages.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// Buffers kept at most; more are freed.
    const KEPT: usize = 32;

    /// Returns a chunk's bytes for reuse.
    pub fn give_back(&self, bytes: Vec<u8>) {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < Self::KEPT && bytes.capacity() >= CHUNK / 2 && bytes.capacity() <= 8 * CHUNK {
            free.push(bytes);
        }
    }

    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }
}

/// Whole lines on their way into a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) bytes: Vec<u8>,
    pub(crate) cuts: Vec<Cut>,
    pub(crate) offset: u64,
    pub(crate) end: u64,
}

/// Collects bytes until there are whole lines to hand out.
pub(crate) struct Cutter {
    /// Initialised room; the bytes in hand are `room[..filled]` and start at a line start.
    room: Vec<u8>,
    filled: usize,
    /// Offset of `room[0]` in the content.
    offset: u64,
    max_line: usize,
    /// `room[..searched]` has no newline.
    searched: usize,
    /// While the end of an over-long line is awaited: bytes left out of it so far. Its head is all of the room.
    skipping: Option<u64>,
    /// The over-long line at the start of the room has ended; bytes left out of it.
    skipped: Option<u64>,
}

impl Cutter {
    /// Shortest limit on lines.
    const MIN_LINE: usize = 16;

    /// `offset` is where the first byte to come stands in the content.
    pub(crate) fn new(offset: u64, max_line: usize) -> Self {
        let max_line = max_line.max(Self::MIN_LINE);
        Self { room: Vec::new(), filled: 0, offset, max_line, searched: 0, skipping: None, skipped: None }
    }

    /// Bytes in hand.
    pub(crate) fn held(&self) -> usize {
        self.filled
    }

    /// Up to where everything was handed out.
    pub(crate) fn handed_out(&self) -> u64 {
        self.offset
    }

    /// Offset of the next byte to read.
    pub(crate) fn read_offset(&self) -> u64 {
        self.offset + self.filled as u64 + self.skipping.or(self.skipped).unwrap_or(0)
    }

    /// Reads once, at most `count` bytes; 0 at the end of file.
    pub(crate) fn fill(&mut self, from: &mut dyn Read, count: usize) -> io::Result<usize> {
        let until = self.filled + count;
        if self.room.len() < until {
            // What is left of the piece before makes pieces of about a size: a little more room fits all of them.
            if self.room.capacity() < until {
                self.room.reserve_exact(until + until / 8 - self.room.len());
            }
            self.room.resize(until, 0);
        }
        loop {
            match from.read(&mut self.room[self.filled..until]) {
                Ok(read) => {
                    self.accept(read);
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the `count` bytes behind `filled` in, or leaves them out if they belong to an over-long line.
    fn accept(&mut self, count: usize) {
        let fresh = self.filled..self.filled + count;
        let Some(so_far) = self.skipping else {
            self.filled += count;
            return;
        };
        match memchr(b'\n', &self.room[fresh.clone()]) {
            None => self.skipping = Some(so_far + count as u64),
            Some(line_rest) => {
                self.room.copy_within(fresh.start + line_rest..fresh.end, self.filled);
                self.filled += count - line_rest;
                self.skipping = None;
                self.skipped = Some(so_far + line_rest as u64);
            }
        }
    }

    /// Hands out the whole lines in hand, or none. With `starts`, the piece ends just before the last line that starts
    /// an event, if there is one within reach.
    pub(crate) fn piece(&mut self, starts: Option<StartsEvent<'_>>, buffers: Option<&Buffers>) -> Option<Piece> {
        let Some(last) = memrchr(b'\n', &self.room[self.searched..self.filled]) else {
            self.searched = self.filled;
            self.leave_out_beyond_limit();
            return None;
        };
        let mut upto = self.searched + last + 1;
        if let Some(starts) = starts {
            upto = last_start(&self.room[..upto], starts).unwrap_or(upto);
        }
        Some(self.hand_out(upto, buffers))
    }

    /// Hands out the events that are known to be whole: up to the last line that starts one. One that is longer than the
    /// reach is split.
    pub(crate) fn whole_events(&mut self, starts: StartsEvent<'_>, buffers: Option<&Buffers>) -> Option<Piece> {
        let Some(last) = memrchr(b'\n', &self.room[..self.filled]) else {
            self.leave_out_beyond_limit();
            return None;
        };
        match last_start(&self.room[..=last], starts) {
            Some(upto) => Some(self.hand_out(upto, buffers)),
            None if last > EVENT_REACH => Some(self.hand_out(last + 1, buffers)),
            None => None,
        }
    }

    /// Hands out what is left: a line without an end.
    pub(crate) fn rest(&mut self) -> Option<Piece> {
        self.leave_out_beyond_limit();
        (self.filled > 0).then(|| self.hand_out(self.filled, None))
    }

    /// The room is one unfinished line; of one above the limit only the head stays.
    fn leave_out_beyond_limit(&mut self) {
        if self.skipping.is_none() && self.filled > self.max_line {
            let kept = character_boundary(&self.room[..self.filled], self.max_line);
            self.skipping = Some((self.filled - kept) as u64);
            self.filled = kept;
            self.searched = kept;
        }
    }

    fn hand_out(&mut self, upto: usize, buffers: Option<&Buffers>) -> Piece {
        let left = self.filled - upto;
        // Of a file that may have been read to its end nothing is kept: there may be thousands.
        let mut next = buffers.filter(|_| left > 0).map(Buffers::take).unwrap_or_default();
        if next.len() < left {
            next.resize(left, 0);
        }
        next[..left].copy_from_slice(&self.room[upto..self.filled]);
        let mut bytes = std::mem::replace(&mut self.room, next);
        bytes.truncate(upto);

        let offset = self.offset;
        let left_out = self.skipped.take().or(self.skipping.take());
        let mut cuts: Vec<Cut> = left_out.map(|dropped| Cut { at: 0, dropped }).into_iter().collect();
        self.offset += upto as u64 + left_out.unwrap_or(0);
        self.filled = left;
        self.searched = 0;
        limit_lines(&mut bytes, self.max_line, &mut cuts);
        Piece { bytes, cuts, offset, end: self.offset }
    }
}

/// Where the last line of `lines` that starts an event begins; `None` if there is none within reach but the first.
fn last_start(lines: &[u8], starts: StartsEvent<'_>) -> Option<usize> {
    let reach = lines.len().saturating_sub(EVENT_REACH);
    let mut line_end = lines.len();
    while line_end > reach {
        let begin = memrchr(b'\n', &lines[..line_end - 1]).map_or(0, |newline| newline + 1);
        if begin == 0 {
            return None;
        }
        let line = &lines[begin..line_end - 1];
        if starts(line.strip_suffix(b"\r").unwrap_or(line)) {
            return Some(begin);
        }
        line_end = begin;
    }
    None
}

/// Shortens each line of `bytes` that is longer than `max_line`, its line end not counted. An unfinished last line is
/// within the limit already.
fn limit_lines(bytes: &mut Vec<u8>, max_line: usize, cuts: &mut Vec<Cut>) {
    let end = bytes.len();
    let (mut read, mut write) = (0, 0);
    while end - read > max_line + 1 {
        let window = &bytes[read..=read + max_line];
        if let Some(newline) = memrchr(b'\n', window) {
            keep(bytes, &mut read, &mut write, newline + 1);
            continue;
        }
        let length = memchr(b'\n', &bytes[read..]).unwrap_or(end - read);
        let kept = character_boundary(&bytes[read..read + length], max_line);
        cuts.push(Cut { at: write, dropped: (length - kept) as u64 });
        keep(bytes, &mut read, &mut write, kept);
        read += length - kept;
    }
    let count = end - read;
    keep(bytes, &mut read, &mut write, count);
    bytes.truncate(write);
}

/// Moves `count` bytes down to where the kept bytes end.
fn keep(bytes: &mut [u8], read: &mut usize, write: &mut usize, count: usize) {
    if read != write {
        bytes.copy_within(*read..*read + count, *write);
    }
    *read += count;
    *write += count;
}

/// The largest length up to `limit` that does not split a UTF-8 character; `limit` itself in what is not UTF-8.
fn character_boundary(line: &[u8], limit: usize) -> usize {
    let is_continuation = |at: usize| line.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (limit.saturating_sub(3)..=limit).rev().find(|at| !is_continuation(*at)).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that comes out of `input` when `step` bytes arrive at a time.
    fn cut(input: &[u8], max_line: usize, step: usize) -> Vec<Piece> {
        let mut cutter = Cutter::new(0, max_line);
        let mut source = input;
        let mut pieces = Vec::new();
        while cutter.fill(&mut source, step).expect("reads") > 0 {
            assert!(cutter.held() <= max_line.max(16) + 2 * step, "memory is bounded");
            pieces.extend(cutter.piece(None, None));
        }
        pieces.extend(cutter.rest());
        pieces
    }

    /// The lines and what was left out of each, found the slow way.
    fn expected(input: &[u8], max_line: usize) -> (Vec<u8>, Vec<u64>) {
        let (mut bytes, mut dropped) = (Vec::new(), Vec::new());
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let kept = if text.len() > max_line { character_boundary(text, max_line) } else { text.len() };
            bytes.extend_from_slice(&text[..kept]);
            bytes.extend_from_slice(&line[text.len()..]);
            if kept < text.len() {
                dropped.push((text.len() - kept) as u64);
            }
        }
        (bytes, dropped)
    }

    #[test]
    fn pieces_hold_whole_lines_and_say_what_was_cut() {
        let long = "x".repeat(20);
        for (name, input, want, cuts) in [
            ("nothing", String::new(), String::new(), vec![]),
            ("no line end", "abc".into(), "abc".into(), vec![]),
            ("plain", "a\nb\n".into(), "a\nb\n".into(), vec![]),
            ("carriage returns stay", "a\r\nb\r\n".into(), "a\r\nb\r\n".into(), vec![]),
            ("NULs are bytes like others", "a\0\0\nb".into(), "a\0\0\nb".into(), vec![]),
            ("empty lines", "\n\n\n".into(), "\n\n\n".into(), vec![]),
            ("exactly the limit", format!("{}\nb\n", "x".repeat(16)), format!("{}\nb\n", "x".repeat(16)), vec![]),
            ("above the limit", format!("a\n{long}\nb\n"), format!("a\n{}\nb\n", "x".repeat(16)), vec![(2, 4)]),
            ("no line end, above the limit", format!("a\n{long}"), format!("a\n{}", "x".repeat(16)), vec![(2, 4)]),
            ("not within a character", format!("{}äöü\n", "x".repeat(15)), format!("{}\n", "x".repeat(15)), vec![(0, 6)]),
        ] {
            for step in [1, 3, 16, 1000] {
                let (mut bytes, mut found, mut offset) = (Vec::new(), Vec::new(), 0);
                for piece in cut(input.as_bytes(), 16, step) {
                    assert_eq!(piece.offset, offset, "{name}");
                    found.extend(piece.cuts.iter().map(|cut| (bytes.len() + cut.at, cut.dropped)));
                    bytes.extend_from_slice(&piece.bytes);
                    offset = piece.end;
                }
                assert_eq!(String::from_utf8_lossy(&bytes), want, "{name}, {step} bytes at a time");
                assert_eq!(found, cuts, "{name}, {step} bytes at a time");
                assert_eq!(offset, input.len() as u64, "{name}");
            }
        }
    }

    #[test]
    fn a_piece_ends_before_the_last_line_that_starts_an_event() {
        let starts: StartsEvent<'_> = &|line| line.starts_with(b"E");
        for (input, handed, left) in [
            ("E1\n at\nE2\n at\n", "E1\n at\n", "E2\n at\n"),
            ("E1\nE2\n", "E1\n", "E2\n"),
            ("E1\n at\n", "E1\n at\n", ""),
            (" at\n at\n", " at\n at\n", ""),
        ] {
            let mut cutter = Cutter::new(0, 100);
            cutter.fill(&mut input.as_bytes(), 100).expect("reads");
            let piece = cutter.piece(Some(starts), None).expect("lines");
            assert_eq!(String::from_utf8_lossy(&piece.bytes), handed);
            let rest = cutter.piece(None, None).map(|piece| piece.bytes).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&rest), left);
        }
    }

    #[test]
    fn a_file_that_was_read_to_its_end_keeps_no_buffer() {
        let buffers = Buffers::default();
        let room_after = |input: &[u8]| {
            buffers.give_back(Vec::with_capacity(CHUNK));
            let mut cutter = Cutter::new(0, 1_000);
            cutter.fill(&mut &*input, CHUNK).unwrap();
            let piece = cutter.piece(None, Some(&buffers)).unwrap();
            assert_eq!(piece.end, 8);
            cutter.room.capacity()
        };
        assert_eq!(room_after(b"one\ntwo\n"), 0);
        assert!(room_after(b"one\ntwo\nthr") >= CHUNK);
    }

    proptest! {
        #[test]
        fn cutting_equals_splitting_line_by_line(
            input in proptest::collection::vec(prop_oneof![3 => Just(b'x'), 1 => Just(b'\n'), 1 => any::<u8>()], 0..600),
            max_line in 16_usize..80,
            step in 1_usize..200,
        ) {
            let pieces = cut(&input, max_line, step);
            let (bytes, dropped) = expected(&input, max_line);
            prop_assert_eq!(pieces.iter().flat_map(|piece| piece.bytes.clone()).collect::<Vec<u8>>(), bytes);
            prop_assert_eq!(pieces.iter().flat_map(|piece| piece.cuts.iter().map(|cut| cut.dropped)).collect::<Vec<u64>>(), dropped);
            for piece in &pieces {
                let left_out: u64 = piece.cuts.iter().map(|cut| cut.dropped).sum();
                prop_assert_eq!(piece.end - piece.offset, piece.bytes.len() as u64 + left_out);
            }
        }
    }
}
