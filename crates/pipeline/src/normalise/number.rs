//! Numbers of a line → stored counts of a field, exactly.
//!
//! `{elapsed_s * 1000}` into a field with six decimal places is one multiplication of the digits by a power of ten that
//! was worked out beforehand; whatever is longer or stranger goes the exact way round.

use magpie_model::{FieldSpec, field::MISSING};

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

    /// The stored value; [`MISSING`] for what is no number or does not fit.
    #[inline]
    pub(super) fn of(&self, value: &Value<'_>) -> i64 {
        match value {
            Value::Missing | Value::Time(_) => MISSING,
            Value::Text(text) => self.of_text(text),
            Value::Owned(text) => self.of_text(text),
            Value::Integer(number) => self.exact(Some(Decimal::whole(*number))),
            Value::Float(number) => self.exact(Decimal::parse(&number.to_string())),
            Value::Bool(flag) => self.exact(Some(if *flag { Decimal::ONE } else { Decimal::ZERO })),
        }
    }

    #[inline]
    fn of_text(&self, text: &str) -> i64 {
        if let Some((digits, places)) = short_decimal(text.as_bytes())
            && let Some(&multiplier) = self.multipliers.get(places as usize)
            && multiplier != 0
            && let Some(value) = digits.checked_mul(multiplier)
            && value != MISSING
        {
            return value;
        }
        self.of_rare_text(text)
    }

    #[cold]
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
            assert_eq!(elapsed.of(&value), stored, "{value:?}");
        }
        let warning = Scaled::new(Decimal::ONE, &FieldSpec::warning());
        for (text, stored) in [("1", 1), ("0", 0), ("true", 1), ("False", 0), ("oh dear", 1), ("-", MISSING)] {
            assert_eq!(warning.of(&Value::Text(text)), stored, "{text}");
        }
    }

    #[test]
    fn the_short_way_equals_the_exact_way() {
        let eighth = Decimal::parse("0.125").unwrap();
        let spec = FieldSpec::elapsed();
        let scaled = Scaled::new(eighth, &spec);
        for text in ["1", "0.5", "0.043", "123.456789", "-7.1", "0.000008", "0.0000001"] {
            let exact = Decimal::parse(text).unwrap().times(eighth).unwrap().scaled(spec.scale).unwrap();
            assert_eq!(scaled.of(&Value::Text(text)), exact, "{text}");
        }
    }
}
