//! Turns UTF-16 into UTF-8 while it is read, so that everything behind it sees one encoding.
//!
//! Windows programs write such logs, and a line end is two bytes there: cutting at `\n` before decoding would split
//! characters. Lone surrogates become U+FFFD, never an error; offsets behind this reader count UTF-8 bytes.

use std::io::{self, Read};

/// Byte order of a UTF-16 text, as its byte order mark tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// `FF FE`.
    Little,
    /// `FE FF`.
    Big,
}

/// Reads UTF-8 from UTF-16. A character whose second half has not been written yet waits for it, also across an end of
/// file that turns out not to be the end.
pub(crate) struct Utf16Reader<R> {
    inner: R,
    order: Order,
    /// Bytes read and not yet decoded: up to three.
    raw: Vec<u8>,
    /// UTF-8 not yet taken, from `taken`.
    text: Vec<u8>,
    taken: usize,
}

impl<R: Read> Utf16Reader<R> {
    /// Bytes taken from `inner` at a time.
    const STEP: usize = 64 << 10;

    /// `inner` stands just behind the byte order mark.
    pub(crate) fn new(inner: R, order: Order) -> Self {
        Self { inner, order, raw: Vec::new(), text: Vec::new(), taken: 0 }
    }

    /// Reads a step and decodes it; false at the end of file.
    fn refill(&mut self) -> io::Result<bool> {
        let kept = self.raw.len();
        self.raw.resize(kept + Self::STEP, 0);
        let read = self.inner.read(&mut self.raw[kept..]);
        self.raw.truncate(kept + *read.as_ref().unwrap_or(&0));
        if read? == 0 {
            return Ok(false);
        }
        self.text.clear();
        self.taken = 0;
        let used = decode(&self.raw, self.order, &mut self.text);
        self.raw.drain(..used);
        Ok(true)
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let count = into.len().min(self.text.len() - self.taken);
        into[..count].copy_from_slice(&self.text[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

/// Appends the UTF-8 of all complete characters; returns how many bytes they took.
fn decode(raw: &[u8], order: Order, text: &mut Vec<u8>) -> usize {
    let unit = |pair: &[u8]| match order {
        Order::Little => u16::from_le_bytes([pair[0], pair[1]]),
        Order::Big => u16::from_be_bytes([pair[0], pair[1]]),
    };
    let mut whole = raw.len() & !1;
    if whole >= 2 && (0xD800..0xDC00).contains(&unit(&raw[whole - 2..whole])) {
        whole -= 2;
    }
    let mut utf8 = [0; 4];
    for character in char::decode_utf16(raw[..whole].chunks_exact(2).map(unit)) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn both_orders_give_the_same_text_however_little_arrives_at_a_time() {
        let text = "ä line 行\nwith 😀 and more\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        for (order, bytes) in [
            (Order::Little, units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>()),
            (Order::Big, units.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ] {
            let mut read = String::new();
            Utf16Reader::new(Drip(&bytes), order).read_to_string(&mut read).expect("reads");
            assert_eq!(read, text);
        }
    }

    #[test]
    fn a_lone_surrogate_becomes_the_replacement_character() {
        let bytes: Vec<u8> = [0x61u16, 0xDC00, 0x62, 0xD800, 0x63].iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut read = String::new();
        Utf16Reader::new(&bytes[..], Order::Little).read_to_string(&mut read).expect("reads");
        assert_eq!(read, "a\u{FFFD}b\u{FFFD}c");
    }
}
