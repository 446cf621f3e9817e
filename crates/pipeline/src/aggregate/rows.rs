//! Rows of closed buckets as bytes: what a report keeps to its end for each of a million combinations.
//!
//! A row in memory takes some hundred bytes, most of them zero or equal to their neighbour; written as variable-length
//! integers with one byte per field that says what need not be written, it takes about thirty. Nothing here goes to
//! disk, so the form may change at any time; what segments store is `store`'s business.

use magpie_model::{FieldPartial, FieldSpec, Partial, Sketch, distinct::Distinct};

/// No values at all: nothing follows.
const NONE: u8 = 1;
/// Every record of the row has a value.
const EVERY: u8 = 2;
/// Every value is not zero.
const ALL_SET: u8 = 4;
/// Every value is zero.
const NONE_SET: u8 = 8;
/// All values are equal: least, greatest and sum follow from one.
const ONE_VALUE: u8 = 16;
/// A sketch follows.
const SKETCH: u8 = 32;
/// A set of different values follows.
const DISTINCT: u8 = 64;

/// The plain numbers of one field in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) count: u64,
    pub(super) set: u64,
    pub(super) sum: i128,
    pub(super) min: i64,
    pub(super) max: i64,
}

impl Values {
    /// Of no records at all.
    pub(super) const NONE: Self = Self { count: 0, set: 0, sum: 0, min: i64::MAX, max: i64::MIN };
}

/// Bytes that are being written.
///
/// The vector is longer than what was written, so that a number is written as one word without looking at its bytes.
#[derive(Debug, Default)]
pub(super) struct Pen {
    bytes: Vec<u8>,
    at: usize,
}

impl Pen {
    /// What was written since the last time this was asked.
    pub(super) fn take(&mut self) -> &[u8] {
        let written = &self.bytes[..self.at];
        self.at = 0;
        written
    }

    /// Appends a number as LEB128.
    #[inline(always)]
    pub(super) fn number(&mut self, value: u64) {
        self.make_room(16);
        if value >= 1 << 56 {
            return self.wide(value.into());
        }
        // Spreads groups of 7 bits over bytes, all at once.
        let halves = (value & 0x00ff_ffff_f000_0000) << 4 | (value & 0x0fff_ffff);
        let quarters = (halves & 0x0fff_c000_0fff_c000) << 2 | (halves & 0x3fff_0000_3fff);
        let groups = (quarters & 0x3f80_3f80_3f80_3f80) << 1 | (quarters & 0x007f_007f_007f_007f);
        let length = (63 - (groups | 1).leading_zeros() as usize) / 8 + 1;
        let more = 0x8080_8080_8080_8080 & ((1 << (8 * (length - 1))) - 1);
        self.bytes[self.at..self.at + 8].copy_from_slice(&(groups | more).to_le_bytes());
        self.at += length;
    }

    /// Appends one byte.
    #[inline]
    fn byte(&mut self, byte: u8) {
        self.make_room(1);
        self.bytes[self.at] = byte;
        self.at += 1;
    }

    /// Appends a number of any size as LEB128.
    #[cold]
    fn wide(&mut self, mut value: u128) {
        self.make_room(20);
        while value >= 0x80 {
            self.bytes[self.at] = (value as u8 & 0x7f) | 0x80;
            self.at += 1;
            value >>= 7;
        }
        self.bytes[self.at] = value as u8;
        self.at += 1;
    }

    /// Appends a number that may be negative.
    #[inline]
    fn signed(&mut self, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.number(((value << 1) ^ (value >> 63)) as u64),
            Err(_) => self.wide(((value << 1) ^ (value >> 127)) as u128),
        }
    }

    /// Appends bytes after their number.
    fn slice(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.make_room(bytes.len());
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Appends what `write` writes, after the number of its bytes.
    pub(super) fn measured(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.at;
        self.byte(0);
        write(self);
        let length = self.at - start - 1;
        if length < 0x80 {
            self.bytes[start] = length as u8;
            return;
        }
        // Only rows with sketches are that long: their length takes more bytes than the one left for it.
        let end = self.at;
        self.number(length as u64);
        let digits = self.at - end;
        self.bytes.copy_within(start + 1..end + digits, start);
        self.bytes[start..end + digits - 1].rotate_right(digits);
        self.at = end + digits - 1;
    }

    #[inline]
    fn make_room(&mut self, bytes: usize) {
        if self.bytes.len() - self.at < bytes {
            self.grow(bytes);
        }
    }

    #[cold]
    fn grow(&mut self, bytes: usize) {
        self.bytes.resize((self.at + bytes) * 2, 0);
    }

    /// Appends a field's numbers, and its sketch and distinct set as their own bytes where they exist.
    #[inline]
    pub(super) fn field(&mut self, records: u64, values: &Values, sketch: Option<&[u8]>, distinct: Option<&[u8]>) {
        let one_value = values.min == values.max;
        let mut head = 0;
        for (holds, bit) in [
            (values.count == 0, NONE),
            (values.count == records, EVERY),
            (values.set == values.count, ALL_SET),
            (values.set == 0, NONE_SET),
            (one_value, ONE_VALUE),
            (sketch.is_some(), SKETCH),
            (distinct.is_some(), DISTINCT),
        ] {
            head |= if holds { bit } else { 0 };
        }
        self.byte(head);
        if values.count > 0 {
            if head & EVERY == 0 {
                self.number(values.count);
            }
            if head & (ALL_SET | NONE_SET) == 0 {
                self.number(values.set);
            }
            self.signed(values.min.into());
            if !one_value {
                self.number(values.max.wrapping_sub(values.min) as u64);
                self.signed(values.sum);
            }
        }
        for bytes in [sketch, distinct].into_iter().flatten() {
            self.slice(bytes);
        }
    }

    /// Appends some fields of a partial; of each, what its declaration asks for.
    pub(super) fn partial<'a>(&mut self, partial: &Partial, fields: impl Iterator<Item = (usize, &'a FieldSpec)>) {
        for (field, spec) in fields {
            let FieldPartial { count, set, sum, min, max, ref sketch, ref distinct } = partial.fields[field];
            let sketch = sketch.as_ref().filter(|_| spec.wants_sketch()).map(|sketch| sketch.to_bytes());
            let distinct = distinct.as_ref().filter(|_| spec.wants_distinct()).map(|distinct| distinct.to_bytes());
            self.field(partial.records, &Values { count, set, sum, min, max }, sketch.as_deref(), distinct.as_deref());
        }
    }
}

/// Reads the fields of a row into `partial`, whose `records` is already known, and which has the sketches and sets that its fields ask for.
pub(super) fn read_partial(bytes: &mut &[u8], partial: &mut Partial) {
    for field in &mut partial.fields {
        let head = read_byte(bytes);
        (field.count, field.set, field.sum, field.min, field.max) = (0, 0, 0, i64::MAX, i64::MIN);
        if head & NONE == 0 {
            field.count = if head & EVERY != 0 { partial.records } else { read(bytes) as u64 };
            field.set = match (head & ALL_SET != 0, head & NONE_SET != 0) {
                (true, _) => field.count,
                (_, true) => 0,
                _ => read(bytes) as u64,
            };
            field.min = unzigzag(read(bytes)) as i64;
            if head & ONE_VALUE != 0 {
                field.max = field.min;
                field.sum = i128::from(field.min) * i128::from(field.count);
            } else {
                field.max = (i128::from(field.min) + read(bytes) as i128) as i64;
                field.sum = unzigzag(read(bytes));
            }
        }
        // Where nothing was counted, they are as those of a fresh partial.
        let sketch = (head & SKETCH != 0).then(|| read_slice(bytes));
        if let Some(field) = &mut field.sketch {
            **field = sketch.and_then(Sketch::from_bytes).unwrap_or_default();
        }
        let distinct = (head & DISTINCT != 0).then(|| read_slice(bytes));
        if let Some(field) = &mut field.distinct {
            **field = distinct.and_then(Distinct::from_bytes).unwrap_or_default();
        }
    }
}

/// Reads a number that [`Pen`] wrote; what is cut short reads as if zeros followed.
#[inline]
pub(super) fn read(bytes: &mut &[u8]) -> u128 {
    let mut small = 0u64;
    for shift in (0..63).step_by(7) {
        let byte = read_byte(bytes);
        small |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u128::from(small);
        }
    }
    let mut value = u128::from(small);
    for shift in (63..128).step_by(7) {
        let byte = read_byte(bytes);
        value |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

/// Reads one byte, 0 at the end.
#[inline]
pub(super) fn read_byte(bytes: &mut &[u8]) -> u8 {
    let Some((&byte, rest)) = bytes.split_first() else { return 0 };
    *bytes = rest;
    byte
}

fn read_slice<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = (read(bytes) as usize).min(bytes.len());
    let (slice, rest) = bytes.split_at(length);
    *bytes = rest;
    slice
}

fn unzigzag(value: u128) -> i128 {
    ((value >> 1) as i128) ^ -((value & 1) as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Aggregate;
    use proptest::prelude::*;

    fn specs() -> Vec<FieldSpec> {
        let mut bytes = FieldSpec::bytes();
        bytes.aggregates.push(Aggregate::Distinct);
        vec![FieldSpec::elapsed(), bytes, FieldSpec::warning()]
    }

    proptest! {
        #[test]
        fn a_row_reads_back_as_it_was(values in prop::collection::vec(prop::collection::vec(prop_oneof![Just(i64::MIN), 0i64..3, any::<i64>()], 3), 0..20)) {
            let specs = specs();
            let mut partial = Partial::new(&specs);
            for row in &values {
                partial.records += 1;
                partial.fields.iter_mut().zip(row).for_each(|(field, &value)| field.add(value));
            }
            let mut pen = Pen::default();
            pen.measured(|pen| pen.partial(&partial, specs.iter().enumerate()));
            let mut read_back = Partial { records: partial.records, ..Partial::new(&specs) };
            let mut rest = pen.take();
            prop_assert_eq!(read(&mut rest) as usize, rest.len());
            read_partial(&mut rest, &mut read_back);
            prop_assert!(rest.is_empty());
            prop_assert_eq!(read_back, partial);
        }

        #[test]
        fn numbers_read_back(value in any::<u128>(), shift in 0u32..128) {
            let mut pen = Pen::default();
            pen.wide(value >> shift);
            pen.signed((value >> shift) as i128);
            pen.number((value >> shift) as u64);
            let mut bytes = pen.take();
            prop_assert_eq!(read(&mut bytes), value >> shift);
            prop_assert_eq!(unzigzag(read(&mut bytes)), (value >> shift) as i128);
            prop_assert_eq!(read(&mut bytes), u128::from((value >> shift) as u64));
            prop_assert!(bytes.is_empty());
        }
    }
}
