//! Numbers of a line → stored counts of a field, exactly.
//!
//! `{elapsed_s * 1000}` into a field with six decimal places is one multiplication of the digits by a power of ten that
//! was worked out beforehand; whatever is longer or stranger goes the exact way round.

use magpie_model::{FieldSpec, field::MISSING};

use super::batch::{Batch, Piece};
use super::expr::{Decimal, short_decimal};
use super::values::Value;

/// Digits after the point for which the multiplier is known beforehand.
const KNOWN: usize = 10;

/// A slot times a constant, in the scale of a field.
#[derive(Clone, Debug)]
pub(super) struct Scaled {
    factor: Decimal,
    scale: u32,
    /// By digits after the point: what to multiply the digits with; 0 where that is no whole number.
    multipliers: [i64; KNOWN],
    flag: bool,
}

impl Scaled {
    pub(super) fn new(factor: Decimal, spec: &FieldSpec) -> Self {
        let mut multipliers = [0; KNOWN];
        for (digits, multiplier) in multipliers.iter_mut().enumerate() {
            let whole = factor.shifted(spec.scale as i32).and_then(|factor| factor.shifted(-(digits as i32)));
            *multiplier = whole.and_then(Decimal::as_whole).unwrap_or(0);
        }
        Self { factor, scale: spec.scale, multipliers, flag: spec.flag }
    }

    /// Sets those of `values` that are missing to the stored values of a slot, event by event; what is no number, or does
    /// not fit, stays [`MISSING`].
    pub(super) fn fill(&self, batch: &Batch<'_>, slot: usize, values: &mut [i64]) {
        if self.fill_short(batch, slot, values) == 0 {
            return;
        }
        let left = values.iter_mut().zip(batch.pieces(slot)).enumerate();
        for (row, (value, _)) in left.filter(|(_, (value, piece))| **value == MISSING && *piece != Piece::MISSING) {
            *value = self.of_row(batch, row, slot);
        }
    }

    /// Does so with those that are as short as most; how many it leaves. A loop of its own, as short as can be.
    #[inline(never)]
    fn fill_short(&self, batch: &Batch<'_>, slot: usize, values: &mut [i64]) -> usize {
        let mut left = 0;
        for (value, piece) in values.iter_mut().zip(batch.pieces(slot)) {
            if *value == MISSING {
                let short = batch.word(piece).and_then(|(word, length)| self.of_decimal(decimal_of_word(word, length)?));
                *value = short.unwrap_or(MISSING);
                left += usize::from(short.is_none() && piece != Piece::MISSING);
            }
        }
        left
    }

    /// The stored value of what is not as short as most.
    #[inline(never)]
    fn of_row(&self, batch: &Batch<'_>, row: usize, slot: usize) -> i64 {
        let Some(text) = batch.bytes(row, slot) else { return MISSING };
        short_decimal(text).and_then(|decimal| self.of_decimal(decimal)).unwrap_or_else(|| self.of_rare(&batch.value(row, slot)))
    }

    /// The stored value of digits and how many of them stand behind the point; `None` where that takes the exact way.
    #[inline(always)]
    fn of_decimal(&self, (digits, places): (i64, u32)) -> Option<i64> {
        let multiplier = *self.multipliers.get(places as usize)?;
        digits.checked_mul(multiplier).filter(|&value| multiplier != 0 && value != MISSING)
    }

    #[cold]
    fn of_rare(&self, value: &Value<'_>) -> i64 {
        match value {
            Value::Text(text) => self.of_rare_text(text),
            Value::Bool(flag) => self.exact(Some(if *flag { Decimal::ONE } else { Decimal::ZERO })),
            _ => MISSING,
        }
    }

    fn of_rare_text(&self, text: &str) -> i64 {
        let text = text.trim();
        match Decimal::parse(text) {
            Some(number) => self.exact(Some(number)),
            None if self.flag => flag_of(text),
            None => MISSING,
        }
    }

    fn exact(&self, number: Option<Decimal>) -> i64 {
        number.and_then(|number| number.times(self.factor)?.scaled(self.scale)).unwrap_or(MISSING)
    }
}

/// The decimal that the first `length` bytes of a word are, and how many of its digits stand behind the point; `None` for what
/// is longer than the word, or anything but digits with at most one point between them.
///
/// All bytes at once, whatever the length: numbers of a log differ in length from line to line, and a loop over their digits
/// waits at each end for a branch that could not be foreseen. The first digit is the lowest byte.
#[inline(always)]
fn decimal_of_word(word: u64, length: usize) -> Option<(i64, u32)> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = EACH << 7;
    const POINTS: u64 = EACH * (b'.' ^ b'0') as u64;
    let first = (word as u8).wrapping_sub(b'0');
    if length == 1 && first < 10 {
        return Some((first.into(), 0));
    }
    if length.wrapping_sub(1) >= 8 {
        return None;
    }
    // The last digit on top, zeros in front.
    let mut digits = (word ^ (EACH * b'0' as u64)).wrapping_shl(64 - 8 * length as u32);
    let mut behind = 0;
    let other = digits ^ POINTS;
    let points = other.wrapping_sub(EACH) & !other & TOPS;
    if points != 0 && length > 1 {
        // What stands before the point moves into its place.
        let point = (points & points.wrapping_neg()) >> 7;
        let before = digits & point.wrapping_sub(1);
        digits = before << 8 | digits & !(point << 8).wrapping_sub(1);
        behind = (63 - points.trailing_zeros()) / 8;
    }
    if (digits.wrapping_add(EACH * (0x7f - 9)) | digits) & TOPS != 0 {
        return None;
    }
    // Pairs of digits, then four at once.
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let outer = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let inner = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    Some((i64::from((outer.wrapping_add(inner) >> 32) as u32), behind))
}

/// A flag written as a word: set unless the word says no; missing where nothing is said.
pub(super) fn flag_of(word: &str) -> i64 {
    match word.to_ascii_lowercase().as_str() {
        "" | "-" => MISSING,
        "false" | "no" | "off" | "null" | "none" | "n" | "f" | "0" => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::batch::Spare;
    use crate::normalise::normaliser::Place;
    use crate::normalise::values::Values;

    fn stored(scaled: &Scaled, value: Value<'static>) -> i64 {
        let (mut batch, mut values) = (Batch::new(b"", 1, Spare::default()), Values::new(1));
        values.set(0, value);
        batch.fill(&values);
        batch.end_row(Place { offset: 0, start: 0, text: b"", first: 0, cut: false }, None);
        let mut stored = [MISSING];
        scaled.fill(&batch, 0, &mut stored);
        stored[0]
    }

    /// The same of a text that stands in its line.
    fn stored_in_line(scaled: &Scaled, text: &str) -> i64 {
        let line = format!("{text} and what follows");
        let mut batch = Batch::new(line.as_bytes(), 1, Spare::default());
        batch.open_row()[0] = Piece::between(0, text.len());
        batch.end_row(Place { offset: 0, start: 0, text: line.as_bytes(), first: line.len(), cut: false }, None);
        let mut stored = [MISSING];
        scaled.fill(&batch, 0, &mut stored);
        stored[0]
    }

    #[test]
    fn numbers_become_stored_counts() {
        let thousand = Decimal::parse("1000").unwrap();
        let elapsed = Scaled::new(thousand, &FieldSpec::elapsed());
        for (value, stored) in [
            (Value::Text("0.043"), 43_000_000),
            (Value::Text("-1"), -1_000_000_000),
            (Value::Text("0.0000000004"), 0),
            (Value::Text("1e-3"), 1_000_000),
            (Value::Text("9999999999999"), MISSING),
            (Value::Text("-"), MISSING),
            (Value::Text(""), MISSING),
            (Value::Integer(2), 2_000_000_000),
            (Value::Float(0.1), 100_000_000),
            (Value::Bool(true), 1_000_000_000),
            (Value::Missing, MISSING),
        ] {
            assert_eq!(super::tests::stored(&elapsed, value.clone()), stored, "{value:?}");
        }
        let warning = Scaled::new(Decimal::ONE, &FieldSpec::warning());
        for (text, stored) in [("1", 1), ("0", 0), ("true", 1), ("False", 0), ("oh dear", 1), ("-", MISSING)] {
            assert_eq!(super::tests::stored(&warning, Value::Text(text)), stored, "{text}");
        }
    }

    #[test]
    fn a_word_reads_as_the_decimal_it_is() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..100_000 {
            let text: Vec<u8> = (0..random.usize(0..10)).map(|_| b"0123456789..-/:x"[random.usize(0..16)]).collect();
            let mut bytes = [b'7'; 16];
            bytes[..text.len()].copy_from_slice(&text);
            let word = u64::from_le_bytes(*bytes.first_chunk().unwrap());
            let expected = short_decimal(&text).filter(|_| text.len() <= 8 && text[0] != b'-');
            assert_eq!(decimal_of_word(word, text.len()), expected, "{:?}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn the_short_way_equals_the_exact_way() {
        let eighth = Decimal::parse("0.125").unwrap();
        let spec = FieldSpec::elapsed();
        let scaled = Scaled::new(eighth, &spec);
        for text in ["1", "0.5", "5.", ".5", "0.043", "123.456789", "-7.1", "0.000008", "0.0000001"] {
            let exact = Decimal::parse(text).unwrap().times(eighth).unwrap().scaled(spec.scale).unwrap();
            assert_eq!(stored(&scaled, Value::Text(text)), exact, "{text}");
            assert_eq!(stored_in_line(&scaled, text), exact, "{text}");
        }
    }
}
