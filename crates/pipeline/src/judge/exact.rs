//! Values and limits compared without rounding: above 100 must not fire at 100, nor 0.3 at three times 0.1.
//!
//! A rolled-up value is a fraction of integers (an average: sum over count times the field's scale), a limit is the decimal
//! that a person wrote; both sides of the comparison are products of integers, compared in 256 bits. Only percentiles and
//! distinct counts, which are estimates anyway, are compared as floats.

use std::cmp::Ordering;

use magpie_model::{Aggregate, FieldSpec, Partial, time};

/// A value as it is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// Numerator and (positive) denominator.
    Fraction(i128, u128),
    /// An estimate.
    Float(f64),
}

impl Value {
    /// A whole number.
    pub(super) fn whole(number: u64) -> Self {
        Self::Fraction(number.into(), 1)
    }

    /// The aggregated value of a field in the field's unit; `None` when there is nothing to tell.
    pub(super) fn of(aggregate: Aggregate, partial: &Partial, field: usize, spec: &FieldSpec, bucket: i64) -> Option<Self> {
        let values = partial.fields.get(field)?;
        let one = spec.one() as u128;
        let count = if spec.flag { values.set } else { values.count };
        Some(match aggregate {
            Aggregate::Count => Self::whole(count),
            Aggregate::Rate => Self::Fraction(i128::from(count) * i128::from(time::SECOND), bucket.max(1) as u128),
            Aggregate::Distinct => Self::Float(aggregate.of(partial, field, spec, bucket)?),
            _ if values.count == 0 => return None,
            Aggregate::Sum => Self::Fraction(values.sum, one),
            Aggregate::Avg => Self::Fraction(values.sum, one * u128::from(values.count)),
            Aggregate::Min => Self::Fraction(values.min.into(), one),
            Aggregate::Max => Self::Fraction(values.max.into(), one),
            Aggregate::P50 | Aggregate::P90 | Aggregate::P95 | Aggregate::P99 => Self::Float(aggregate.of(partial, field, spec, bucket)?),
        })
    }

    /// The value as people see it.
    pub(super) fn shown(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Fraction(numerator, denominator) => {
                let denominator_signed = i128::try_from(denominator).unwrap_or(i128::MAX);
                (numerator / denominator_signed) as f64 + (numerator % denominator_signed) as f64 / denominator as f64
            }
        }
    }

    /// How the value compares to a limit.
    pub(super) fn compare(self, limit: Limit) -> Ordering {
        match self {
            Self::Float(value) => value.total_cmp(&limit.written),
            Self::Fraction(numerator, denominator) => limit.compare_fraction(numerator, denominator),
        }
    }
}

/// A limit as it was written: the shortest decimal that reads as its float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limit {
    written: f64,
    /// The limit is `mantissa * 10^exponent`.
    mantissa: i128,
    exponent: i32,
}

/// Powers of ten beyond this are larger than any value, or smaller than any difference.
const MOST_DIGITS: u32 = 38;

impl Limit {
    pub(super) fn new(written: f64) -> Self {
        // `{:e}` writes the shortest decimal that reads back as the same float: `1.5e-7`.
        let text = format!("{written:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
        let mantissa = digits.replace('.', "").parse().unwrap_or(0);
        Self { written, mantissa, exponent: exponent.parse::<i32>().unwrap_or(0) - fraction }
    }

    fn compare_fraction(self, numerator: i128, denominator: u128) -> Ordering {
        if !self.written.is_finite() {
            return 0f64.total_cmp(&self.written);
        }
        let sign = numerator.signum().cmp(&self.mantissa.signum());
        if sign != Ordering::Equal || numerator == 0 {
            return sign;
        }
        // numerator / denominator against mantissa * 10^exponent, magnitudes first.
        let digits = self.exponent.unsigned_abs();
        let magnitudes = if digits > MOST_DIGITS {
            if self.exponent > 0 { Ordering::Less } else { Ordering::Greater }
        } else {
            let power = 10u128.pow(digits);
            let mantissa = self.mantissa.unsigned_abs();
            if self.exponent >= 0 {
                compare_products([numerator.unsigned_abs(), 1, 1], [mantissa, power, denominator])
            } else {
                compare_products([numerator.unsigned_abs(), power, 1], [mantissa, denominator, 1])
            }
        };
        if numerator < 0 { magnitudes.reverse() } else { magnitudes }
    }
}

/// Compares products of three factors each, exactly.
fn compare_products(left: [u128; 3], right: [u128; 3]) -> Ordering {
    product(left).cmp(&product(right))
}

/// 64-bit limbs of a product of three 128-bit factors.
const LIMBS: usize = 6;

/// A product of three 128-bit factors in 64-bit limbs, greatest first.
fn product(factors: [u128; 3]) -> [u64; LIMBS] {
    let mut limbs = [0u64; LIMBS];
    limbs[0] = 1;
    for factor in factors {
        let mut result = [0u64; LIMBS];
        add_times(&mut result, &limbs, factor as u64, 0);
        add_times(&mut result, &limbs, (factor >> 64) as u64, 1);
        limbs = result;
    }
    limbs.reverse();
    limbs
}

/// Adds `limbs * factor * 2^(64 * shift)` to `result`; both have their least limb first. Never overflows for three factors.
fn add_times(result: &mut [u64; LIMBS], limbs: &[u64; LIMBS], factor: u64, shift: usize) {
    let mut carry = 0u128;
    for (place, limb) in result[shift..].iter_mut().zip(limbs) {
        let sum = u128::from(*limb) * u128::from(factor) + u128::from(*place) + carry;
        *place = sum as u64;
        carry = sum >> 64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn decimals_compare_as_written() {
        for (numerator, denominator, limit, expected) in [
            (100, 1, 100.0, Equal),
            (101, 1, 100.0, Greater),
            (3, 10, 0.3, Equal), // three times 0.1: as floats 0.30000000000000004
            (200_000_000, 1_000_000, 200.0, Equal),
            (200_000_001, 1_000_000, 200.0, Greater),
            (600_000_001, 3_000_000, 200.0, Greater), // avg of three, over by a third of a nanosecond
            (599_999_999, 3_000_000, 200.0, Less),
            (-5, 1, -4.5, Less),
            (-5, 1, 3.0, Less),
            (0, 1, -0.5, Greater),
            (0, 7, 0.0, Equal),
            (1, 1, 1e300, Less),
            (1, 1, 1e-300, Greater),
            (-1, 1, -1e300, Greater),
            (i128::MAX, 1, 1e38, Greater),
            (i128::MAX, u128::MAX, 0.5, Less),
        ] {
            assert_eq!(
                Value::Fraction(numerator, denominator).compare(Limit::new(limit)),
                expected,
                "{numerator}/{denominator} to {limit}"
            );
        }
    }

    #[test]
    fn an_infinite_limit_is_never_passed() {
        assert_eq!(Value::whole(u64::MAX).compare(Limit::new(f64::INFINITY)), Less);
        assert_eq!(Value::whole(0).compare(Limit::new(f64::NEG_INFINITY)), Greater);
    }
}
