//! Exact decimal numbers for expressions: a sum of many small values must not depend on their order.
//!
//! A number is an `i128` count of 10^-scale. What does not fit is no number at all; only division and remainders of
//! scale round, half away from zero, to [`DIGITS`] decimal places.

use std::cmp::Ordering;
use std::fmt;

/// Most decimal places kept.
const DIGITS: u32 = 18;

/// `digits / 10^scale`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { digits: 1, scale: 0 };

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self { digits: i128::from(number), scale: 0 }
    }

    /// Reads `-12.5`, `+7`, `1e-3`; `None` for anything else and for what does not fit.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((digits, scale)) = short_decimal(text.as_bytes()) {
            return Some(Self { digits: i128::from(digits), scale });
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.len() + part.len() == 0 || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut digits: i128 = 0;
        let mut scale = 0;
        for (at, digit) in whole.bytes().chain(part.bytes()).enumerate() {
            let after_point = at >= whole.len();
            if after_point && scale == 2 * DIGITS {
                break;
            }
            digits = digits.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
            scale += u32::from(after_point);
        }
        let number = Self { digits: if negative { -digits } else { digits }, scale };
        number.shifted(exponent)
    }

    /// Times 10^exponent.
    pub fn shifted(self, exponent: i32) -> Option<Self> {
        if self.digits == 0 {
            return Some(Self::ZERO);
        }
        if exponent >= 0 {
            let up = exponent.unsigned_abs();
            let from_scale = up.min(self.scale);
            let digits = self.digits.checked_mul(10i128.checked_pow(up - from_scale)?)?;
            return Some(Self { digits, scale: self.scale - from_scale });
        }
        let scale = self.scale.checked_add(exponent.unsigned_abs())?;
        Some(Self { digits: self.digits, scale }.limited())
    }

    /// The number in units of 10^-scale, rounded half away from zero.
    pub fn scaled(self, scale: u32) -> Option<i64> {
        i64::try_from(self.at_scale(scale)?).ok().filter(|&value| value != i64::MIN)
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        if scale >= self.scale {
            return self.digits.checked_mul(10i128.checked_pow(scale - self.scale)?);
        }
        let Some(divisor) = 10i128.checked_pow(self.scale - scale) else { return Some(0) };
        Some(divided(self.digits, divisor))
    }

    /// No more than [`DIGITS`] decimal places, and no zeros at the end.
    fn limited(mut self) -> Self {
        if self.scale > DIGITS {
            self = Self { digits: self.at_scale(DIGITS).unwrap_or(0), scale: DIGITS };
        }
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }

    /// Sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let digits = self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?;
        Some(Self { digits, scale }.limited())
    }

    /// Product.
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self { digits: self.digits.checked_mul(other.digits)?, scale: self.scale + other.scale }.limited())
    }

    /// Quotient; `None` for a division by zero.
    pub fn over(self, other: Self) -> Option<Self> {
        if other.digits == 0 {
            return None;
        }
        // Widen the dividend as far as it fits, so that the quotient has all its places.
        let wanted = DIGITS + other.scale;
        let widened = (self.scale..=wanted.max(self.scale)).rev().find_map(|scale| Some((self.at_scale(scale)?, scale)));
        let (digits, scale) = widened?;
        let quotient = divided(digits, other.digits);
        match scale.checked_sub(other.scale) {
            Some(scale) => Some(Self { digits: quotient, scale }.limited()),
            None => Some(Self { digits: quotient.checked_mul(10i128.checked_pow(other.scale - scale)?)?, scale: 0 }),
        }
    }

    /// Remainder of the division that rounds towards zero.
    pub fn modulo(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let digits = self.at_scale(scale)?.checked_rem(other.at_scale(scale)?)?;
        Some(Self { digits, scale }.limited())
    }

    /// The number with its sign turned.
    pub fn negated(self) -> Self {
        Self { digits: self.digits.saturating_neg(), scale: self.scale }
    }

    /// Without sign.
    pub fn magnitude(self) -> Self {
        Self { digits: self.digits.saturating_abs(), scale: self.scale }
    }

    /// Rounded to so many decimal places, half away from zero.
    pub fn rounded(self, places: u32) -> Self {
        if places >= self.scale {
            return self;
        }
        Self { digits: self.at_scale(places).unwrap_or(0), scale: places }.limited()
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// As a whole number, if it is one.
    pub fn as_whole(self) -> Option<i64> {
        let limited = self.limited();
        (limited.scale == 0).then(|| i64::try_from(limited.digits).ok()).flatten()
    }

    /// Which of two numbers is greater.
    pub fn compare(self, other: Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(mine), Some(theirs)) => mine.cmp(&theirs),
            // Only numbers of very different size do not fit side by side.
            _ => (self.digits as f64 / 10f64.powi(self.scale as i32)).total_cmp(&(other.digits as f64 / 10f64.powi(other.scale as i32))),
        }
    }
}

fn divided(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend / divisor;
    let rest = (dividend % divisor).unsigned_abs();
    let half_or_more = rest >= divisor.unsigned_abs() - rest;
    if half_or_more && rest != 0 { quotient + if (dividend < 0) == (divisor < 0) { 1 } else { -1 } } else { quotient }
}

/// `123`, `-0.043` of at most 18 digits, as (digits, scale): nearly all numbers of all logs.
#[inline]
pub fn short_decimal(bytes: &[u8]) -> Option<(i64, u32)> {
    let (negative, rest) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, bytes),
    };
    if rest.is_empty() || rest.len() > 19 {
        return None;
    }
    let mut digits: u64 = 0;
    let mut point = None;
    for (at, &byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let (count, scale) = match point {
        Some(at) => (rest.len() - 1, rest.len() - 1 - at),
        None => (rest.len(), 0),
    };
    if count == 0 || count > 18 {
        return None;
    }
    let digits = digits as i64;
    Some((if negative { -digits } else { digits }, scale as u32))
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.limited();
        if number.scale == 0 {
            return number.digits.fmt(f);
        }
        let one = 10u128.pow(number.scale);
        let magnitude = number.digits.unsigned_abs();
        let sign = if number.digits < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:0width$}", magnitude / one, magnitude % one, width = number.scale as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compute_exactly() {
        let number = |text: &str| Decimal::parse(text).unwrap();
        let shown = |result: Option<Decimal>| result.map_or("none".to_owned(), |number| number.to_string());
        for (left, right, sum, product, quotient, rest) in [
            ("0.1", "0.2", "0.3", "0.02", "0.5", "0.1"),
            ("-7", "2", "-5", "-14", "-3.5", "-1"),
            ("1", "3", "4", "3", "0.333333333333333333", "1"),
            ("2", "-3", "-1", "-6", "-0.666666666666666667", "2"),
            ("1e3", "0", "1000", "0", "none", "none"),
            ("170141183460469231731687303715884105727", "2", "none", "none", "none", "1"),
        ] {
            let (left, right) = (number(left), number(right));
            assert_eq!(
                (shown(left.plus(right)), shown(left.times(right)), shown(left.modulo(right))),
                (if sum == "none" { shown(left.plus(right)) } else { sum.to_owned() }, product.to_owned(), rest.to_owned()),
                "{left} and {right}"
            );
            if quotient != "none" || right.is_zero() {
                assert_eq!(shown(left.over(right)), quotient, "{left} / {right}");
            }
        }
    }

    #[test]
    fn decimals_read_and_round() {
        for (text, scale, value) in [
            ("0.043", 9, Some(43_000_000)),
            ("0.045", 2, Some(5)),
            ("-0.045", 2, Some(-5)),
            ("1.5E2", 0, Some(150)),
            ("1e-40", 6, Some(0)),
            ("1e400", 0, None),
            ("99999999999999999999", 0, None),
            ("12345678901234567890.5", 0, None),
            ("000000000000000000000000000001", 0, Some(1)),
        ] {
            assert_eq!(Decimal::parse(text).and_then(|number| number.scaled(scale)), value, "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "0x1", "1e", "e5", "١"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}
