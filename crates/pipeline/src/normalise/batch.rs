//! Understood events that wait to become records together, as pieces of the text they stand in.
//!
//! A value is where it stands, eight bytes, whatever its length: so the values of a hundred lines fit the processor's
//! first cache, and `rows` can work off one column of all of them after the other. What does not stand in the text as it
//! is (an unescaped string, a number that only exists in binary) is written down beside it.

use std::ops::Range;

use magpie_model::Timestamp;

use super::bytes::{BLOCK, Needle};
use super::json::together::Shape;
use super::memo::Memo;
use super::normaliser::Place;
use super::values::{Extra, Reason, Value, Values};

/// Events that become records together: enough that deciding what a column is made of costs nothing per event.
pub(super) const BATCH: usize = 128;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    start: u32,
    /// The lower bits are the length.
    length: u32,
}

/// In `start`: stands beside the text, not in it.
const BESIDE: u32 = 1 << 31;
/// In `length`: is a flag, not a word.
const FLAG: u32 = 1 << 31;
/// Longest text whose parts a piece can name.
pub(super) const LONGEST: usize = BESIDE as usize - 1;

impl Piece {
    /// The line does not have it.
    pub const MISSING: Self = Self { start: u32::MAX, length: 0 };

    /// From one place of the text to another.
    #[inline(always)]
    pub(super) fn between(start: usize, end: usize) -> Self {
        Self { start: start as u32, length: end.wrapping_sub(start) as u32 }
    }

    /// Where it stands in the text.
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.length as usize
    }
}

/// What a parser may remember from line to line: which slots are asked for, and which keys came at which place.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) wanted: Vec<bool>,
    pub(super) wants_extra: bool,
    pub(super) keys: Keys,
}

/// Keys of lines that have them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) known: Vec<Key>,
    pub(super) by_text: Option<Box<Memo>>,
    /// Per place in the line, the key that stood there last.
    pub(super) expected: Vec<u32>,
    /// What stands around the values of most lines.
    pub(super) shape: Shape,
}

/// A key as it is written, quotes and colon included, and what the parser uses its values for.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) written: Needle,
    pub(super) using: u32,
}

impl Memory {
    pub(super) fn new((wanted, extra): &(Vec<bool>, bool)) -> Self {
        Self { wanted: wanted.clone(), wants_extra: *extra, keys: Keys::default() }
    }
}

/// A line that is split together with others; places are those of the text.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Up to where it is split; [`Line::FAILED`] where that came to nothing.
    pub(super) at: u32,
    pub(super) end: u32,
}

impl Line {
    /// Beyond every text.
    pub(super) const FAILED: u32 = u32::MAX;

    pub(super) fn new(range: Range<usize>) -> Self {
        Self { at: range.start as u32, end: range.end as u32 }
    }

    /// Whether all of it was split.
    #[inline]
    pub(super) fn is_split(self) -> bool {
        self.at == self.end
    }
}

/// One event of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) offset: u64,
    pub(super) time: Option<Timestamp>,
    /// Where the event stands in the text, and how much of it is its first line.
    start: u32,
    length: u32,
    first: u32,
    /// How many extra values there are up to its end.
    extra_end: u32,
    pub(super) cut: bool,
}

/// An event that was not understood: it has no values, and becomes a record after the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    /// How many of the others stand before it.
    pub(super) before: usize,
    pub(super) cut: bool,
    pub(super) reason: Reason,
}

/// Memory of a batch that is worked off, for the next one.
#[derive(Debug, Default)]
pub(super) struct Spare {
    pieces: Vec<Piece>,
    rows: Vec<Row>,
    beside: String,
}

/// Events of one text.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) text: &'a [u8],
    width: usize,
    /// Row by row; behind those of the events, the row that is being filled.
    pieces: Vec<Piece>,
    beside: String,
    extra: Vec<Extra<'a>>,
    pub(super) rows: Vec<Row>,
    pub(super) failed: Vec<Failed>,
}

impl<'a> Batch<'a> {
    /// For events of `text`, whose parser has so many slots.
    pub(super) fn new(text: &'a [u8], width: usize, spare: Spare) -> Self {
        let Spare { mut pieces, mut rows, mut beside } = spare;
        rows.clear();
        beside.clear();
        if pieces.len() < width {
            pieces.resize(width, Piece::MISSING);
        }
        Self { text, width, pieces, beside, extra: Vec::new(), rows, failed: Vec::new() }
    }

    /// Gives the memory back.
    pub(super) fn into_spare(self) -> Spare {
        Spare { pieces: self.pieces, rows: self.rows, beside: self.beside }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.failed.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= BATCH || self.failed.len() >= BATCH
    }

    /// Where an event stands and what it says.
    pub(super) fn place(&self, row: usize) -> Place<'a> {
        let Row { offset, start, length, first, cut, .. } = self.rows[row];
        let text = self.text.get(start as usize..(start + length) as usize).unwrap_or_default();
        Place { offset, start: start as usize, text, first: first as usize, cut }
    }

    /// What each event says. Where all of the text they stand in is UTF-8, as it nearly always is, that is found out once.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'a str> {
        let start = self.rows.first().map_or(0, |row| row.start as usize);
        let end = self.rows.last().map_or(0, |row| (row.start + row.length) as usize);
        let text = std::str::from_utf8(self.text.get(start..end).unwrap_or_default()).unwrap_or_default();
        self.rows.iter().enumerate().map(move |(at, row)| {
            let place = (row.start as usize).wrapping_sub(start);
            text.get(place..place.wrapping_add(row.length as usize)).unwrap_or_else(|| self.place(at).line())
        })
    }

    /// The row to fill for the next event; in it stands what was there before.
    #[inline]
    pub(super) fn open_row(&mut self) -> &mut [Piece] {
        self.open_rows(1)
    }

    /// The rows to fill for so many events.
    #[inline]
    pub(super) fn open_rows(&mut self, rows: usize) -> &mut [Piece] {
        let start = self.len() * self.width;
        let end = start + rows * self.width;
        if self.pieces.len() < end {
            self.pieces.resize(end * 2, Piece::MISSING);
        }
        &mut self.pieces[start..end]
    }

    /// Makes the pieces of a later row those of the row for the next event.
    #[inline]
    pub(super) fn move_to_open_row(&mut self, row: usize) {
        let (open, width) = (self.len(), self.width);
        if row != open {
            self.pieces.copy_within(row * width..(row + 1) * width, open * width);
        }
    }

    /// Fills the row for the next event with what a parser found.
    pub(super) fn fill(&mut self, values: &Values<'_>) {
        self.open_row().fill(Piece::MISSING);
        let start = self.len() * self.width;
        for slot in 0..self.width {
            let (text, kind) = match values.get(slot) {
                Value::Missing => continue,
                Value::Text(text) => {
                    self.pieces[start + slot] = self.piece_of(text);
                    continue;
                }
                value @ Value::Bool(_) => (value.to_text(), FLAG),
                value => (value.to_text(), 0),
            };
            self.pieces[start + slot] = text.map_or(Piece::MISSING, |text| beside(&mut self.beside, &text, kind));
        }
    }

    /// The piece that a value of the line is; parsers also have words of their own, which stand nowhere in the text.
    fn piece_of(&mut self, word: &str) -> Piece {
        let start = (word.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if start <= self.text.len() && word.len() <= self.text.len() - start {
            return Piece::between(start, start + word.len());
        }
        beside(&mut self.beside, word, 0)
    }

    /// Adds values without a slot to the row being filled.
    pub(super) fn add_extra(&mut self, extra: impl IntoIterator<Item = Extra<'a>>) {
        self.extra.extend(extra);
    }

    /// Forgets what was begun for the next event.
    pub(super) fn drop_row(&mut self) {
        self.extra.truncate(self.rows.last().map_or(0, |row| row.extra_end as usize));
    }

    /// Keeps the filled row as an event.
    #[inline(always)]
    pub(super) fn end_row(&mut self, place: Place<'_>, time: Option<Timestamp>) {
        self.rows.push(Row {
            offset: place.offset,
            time,
            start: place.start as u32,
            length: place.text.len() as u32,
            first: place.first as u32,
            extra_end: self.extra.len() as u32,
            cut: place.cut,
        });
    }

    /// Keeps an event that was not understood.
    pub(super) fn fail(&mut self, place: Place<'_>, reason: Reason) {
        self.drop_row();
        self.failed.push(Failed { before: self.len(), cut: place.cut, reason });
    }

    /// Forgets all events and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.beside.clear();
        self.extra.clear();
        self.rows.clear();
        self.failed.clear();
    }

    /// Where the values of one slot stand, event by event.
    #[inline(always)]
    pub(super) fn pieces(&self, slot: usize) -> impl Iterator<Item = Piece> {
        let (width, len) = (self.width.max(1), self.len());
        self.pieces.get(..len * width).unwrap_or_default().chunks_exact(width).map(move |row| row[slot])
    }

    /// The eight bytes that begin where a value does, and how long it is; `None` for a value beside the text and in its last bytes.
    #[inline(always)]
    pub(super) fn word(&self, piece: Piece) -> Option<(u64, usize)> {
        let start = piece.start as usize;
        let eight = self.text.get(start..start.wrapping_add(8))?.first_chunk::<8>()?;
        Some((u64::from_le_bytes(*eight), piece.length as usize))
    }

    /// The sixteen bytes that begin where a value does, and how long it is; `None` for a value beside the text and in its last bytes.
    #[inline(always)]
    pub(super) fn block(&self, piece: Piece) -> Option<(&[u8; BLOCK], usize)> {
        let start = piece.start as usize;
        let block = self.text.get(start..start.wrapping_add(BLOCK))?.first_chunk()?;
        Some((block, piece.length as usize))
    }

    /// The text of a value.
    #[inline(always)]
    pub(super) fn text_of(&self, piece: Piece) -> Option<&[u8]> {
        let start = piece.start as usize;
        if piece.start & BESIDE == 0 {
            return self.text.get(start..start.wrapping_add(piece.length as usize));
        }
        if piece == Piece::MISSING { None } else { self.beside_of(piece) }
    }

    #[inline(never)]
    fn beside_of(&self, piece: Piece) -> Option<&[u8]> {
        let start = (piece.start & !BESIDE) as usize;
        let length = (piece.length & !FLAG) as usize;
        self.beside.as_bytes().get(start..start + length)
    }

    /// The text of a value; of the event being filled, too.
    #[inline(always)]
    pub(super) fn bytes(&self, row: usize, slot: usize) -> Option<&[u8]> {
        self.text_of(self.pieces[row * self.width + slot])
    }

    /// A value as a parser would hand it out.
    pub(super) fn value(&self, row: usize, slot: usize) -> Value<'_> {
        let piece = self.pieces[row * self.width + slot];
        let Some(bytes) = self.text_of(piece) else { return Value::Missing };
        if piece.start & BESIDE != 0 && piece.length & FLAG != 0 {
            return Value::Bool(bytes == b"true");
        }
        // Pieces are cut where characters begin.
        Value::Text(std::str::from_utf8(bytes).unwrap_or_default())
    }

    /// Puts all values of an event into a table that expressions can look at.
    pub(super) fn read<'b>(&'b self, row: usize, values: &mut Values<'b>) {
        values.clear();
        for slot in 0..self.width {
            values.set(slot, self.value(row, slot));
        }
        values.extra.extend(self.extra(row).iter().map(|(key, value)| (key.as_ref().into(), value.as_ref().into())));
    }

    /// A table to [`Batch::read`] into.
    pub(super) fn table<'b>(&self) -> Values<'b> {
        Values::new(self.width)
    }

    /// Whether any event has values without a slot.
    pub(super) fn has_extra(&self) -> bool {
        !self.extra.is_empty()
    }

    /// Values without a slot.
    pub(super) fn extra(&self, row: usize) -> &[Extra<'a>] {
        let end_of = |row: usize| self.rows.get(row).map(|row| row.extra_end as usize);
        let start = row.checked_sub(1).and_then(end_of).unwrap_or_default();
        &self.extra[start..end_of(row).unwrap_or(self.extra.len())]
    }
}

/// Writes a value down beside the text.
fn beside(written: &mut String, word: &str, kind: u32) -> Piece {
    let start = written.len();
    if start + word.len() > LONGEST {
        return Piece::MISSING;
    }
    written.push_str(word);
    Piece { start: start as u32 | BESIDE, length: word.len() as u32 | kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back_as_they_were() {
        let text = "alpha beta";
        let place = Place { offset: 0, start: 0, text: text.as_bytes(), first: text.len(), cut: false };
        let mut batch = Batch::new(text.as_bytes(), 6, Spare::default());
        for row in 0..3usize {
            let mut values = Values::new(6);
            values.text(0, &text[row..5]);
            values.text(1, "elsewhere");
            values.set(2, Value::Owned(format!("own {row}")));
            values.set(3, Value::Bool(row == 1));
            values.set(4, Value::Integer(-7));
            values.extra.extend((0..row).map(|n| (format!("key {n}").into(), "x".into())));
            batch.fill(&values);
            batch.add_extra(values.extra);
            batch.end_row(place, None);
        }
        batch.add_extra([("lost".into(), "x".into())]);
        batch.drop_row();
        let mut values = batch.table();
        for row in 0..3usize {
            batch.read(row, &mut values);
            assert_eq!(values.get(0), &Value::Text(&text[row..5]));
            assert_eq!(values.get(1), &Value::Text("elsewhere"));
            assert_eq!(values.get(2).to_text().as_deref(), Some(format!("own {row}").as_str()));
            assert_eq!(values.get(3), &Value::Bool(row == 1));
            assert_eq!(values.get(4), &Value::Text("-7"));
            assert_eq!(values.get(5), &Value::Missing);
            assert_eq!(values.extra.len(), row);
            assert_eq!(batch.bytes(row, 5), None);
        }
    }

    #[test]
    fn lines_are_what_events_say_whatever_stands_between_them() {
        for text in [&b"one\nzwei \xc3\xa9\n\nfour"[..], b"one\n\xff\xfe\nthree\nfour \xc3\xa9"] {
            let mut batch = Batch::new(text, 0, Spare::default());
            let mut start = 0;
            for line in text.split(|&byte| byte == b'\n') {
                batch.end_row(Place { offset: start as u64, start, text: line, first: line.len(), cut: false }, None);
                start += line.len() + 1;
            }
            let expected: Vec<&str> = (0..batch.len()).map(|row| batch.place(row).line()).collect();
            assert_eq!(batch.lines().collect::<Vec<_>>(), expected);
            assert!(expected.iter().filter(|line| !line.is_empty()).count() >= 3);
        }
    }
}
