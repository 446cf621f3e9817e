//! Numbers of a line → stored counts of a field, exactly.
//!
//! `{elapsed_s * 1000}` into a field with six decimal places is one multiplication of the digits by a power of ten that
//! was worked out beforehand; whatever is longer or stranger goes the exact way round.

use magpie_model::{FieldSpec, field::MISSING};

use super::batch::Batch;
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
    #[inline]
    pub(super) fn fill(&self, batch: &Batch<'_>, slot: usize, values: &mut [i64]) {
        for (row, (value, text)) in values.iter_mut().zip(batch.column(slot)).enumerate() {
            if let Some(text) = text
                && *value == MISSING
            {
                *value = self.of_text(text).unwrap_or_else(|| self.of_rare(&batch.value(row, slot)));
            }
        }
    }

    /// The stored value of a short number; `None` for all others.
    #[inline(always)]
    fn of_text(&self, text: &[u8]) -> Option<i64> {
        if let Some((digits, places)) = plain_decimal(text).or_else(|| short_decimal(text))
            && let Some(&multiplier) = self.multipliers.get(places as usize)
            && multiplier != 0
            && let Some(value) = digits.checked_mul(multiplier)
            && value != MISSING
        {
            return Some(value);
        }
        None
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

/// Digits with at most one point between them, and how many stand behind it.
#[inline(always)]
fn plain_decimal(text: &[u8]) -> Option<(i64, u32)> {
    const MOST: usize = 18;
    let (mut digits, mut behind, mut counted) = (0i64, 0u32, 0u32);
    for &byte in text.get(..text.len().min(MOST + 1))? {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits = digits.wrapping_mul(10).wrapping_add(digit.into());
            behind = behind.wrapping_add(counted);
        } else if byte == b'.' && counted == 0 {
            counted = 1;
        } else {
            return None;
        }
    }
    let numerals = text.len() - counted as usize;
    (numerals > 0 && text.len() <= MOST).then_some((digits, behind))
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
    fn the_short_way_equals_the_exact_way() {
        let eighth = Decimal::parse("0.125").unwrap();
        let spec = FieldSpec::elapsed();
        let scaled = Scaled::new(eighth, &spec);
        for text in ["1", "0.5", "5.", ".5", "0.043", "123.456789", "-7.1", "0.000008", "0.0000001"] {
            let exact = Decimal::parse(text).unwrap().times(eighth).unwrap().scaled(spec.scale).unwrap();
            assert_eq!(stored(&scaled, Value::Text(text)), exact, "{text}");
        }
    }
}
