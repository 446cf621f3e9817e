//! Measured fields: exact integers in a declared scale, and the aggregations over them.
//!
//! A field is an `i64` counting the 10^-scale part of its unit (`elapsed_ms` with scale 6 counts nanoseconds). Integers
//! add up to the same sum in any order, floats do not; so floats appear only when a number is shown.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Column, Partial};

/// A missing field value in a column of values.
pub const MISSING: i64 = i64::MIN;

/// What is declared of a measured field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Name in the API, the files and the UI.
    pub name: String,
    /// Decimal digits kept after the point of the unit: a value `v` means `v / 10^scale`.
    pub scale: u32,
    /// Unit of the value, after UCUM as OpenTelemetry uses it: `ms`, `By`, `1`.
    pub unit: Option<String>,
    /// Whether `count` counts only records where the value is not zero.
    pub flag: bool,
    /// For a distinct count: the column whose values are counted. Such a field has no values of its own.
    pub distinct_of: Option<Column>,
    /// The aggregations to keep and show; the first is the one meant when none is named.
    pub aggregates: Vec<Aggregate>,
}

impl FieldSpec {
    /// `elapsed_ms`: time the callee took, shown in ms, counted in ns.
    pub fn elapsed() -> Self {
        Self::number(
            "elapsed_ms",
            6,
            Some("ms"),
            &[
                Aggregate::Avg,
                Aggregate::Min,
                Aggregate::Max,
                Aggregate::Sum,
                Aggregate::P50,
                Aggregate::P90,
                Aggregate::P95,
                Aggregate::P99,
            ],
        )
    }

    /// `client_elapsed_ms`: the same call as its caller measured it.
    pub fn client_elapsed() -> Self {
        Self { name: "client_elapsed_ms".to_owned(), ..Self::elapsed() }
    }

    /// `bytes`: size of the response.
    pub fn bytes() -> Self {
        Self::number("bytes", 0, Some("By"), &[Aggregate::Sum, Aggregate::Avg, Aggregate::Max])
    }

    /// `error`: the flag that every record has (design, "Who is who").
    pub fn error() -> Self {
        Self::flag("error")
    }

    /// `warning`: the flag for calls that a module itself complained about.
    pub fn warning() -> Self {
        Self::flag("warning")
    }

    /// A number.
    pub fn number(name: &str, scale: u32, unit: Option<&str>, aggregates: &[Aggregate]) -> Self {
        Self {
            name: name.to_owned(),
            scale,
            unit: unit.map(str::to_owned),
            flag: false,
            distinct_of: None,
            aggregates: aggregates.to_vec(),
        }
    }

    /// A flag, counted where it is set.
    pub fn flag(name: &str) -> Self {
        Self { name: name.to_owned(), scale: 0, unit: None, flag: true, distinct_of: None, aggregates: vec![Aggregate::Count] }
    }

    /// Whether a quantile sketch must be kept.
    pub fn wants_sketch(&self) -> bool {
        self.aggregates.iter().any(|aggregate| aggregate.quantile().is_some())
    }

    /// Whether distinct values must be kept.
    pub fn wants_distinct(&self) -> bool {
        self.distinct_of.is_some() || self.aggregates.contains(&Aggregate::Distinct)
    }

    /// One unit in stored counts: 10^scale.
    pub fn one(&self) -> i64 {
        10i64.pow(self.scale.min(18))
    }

    /// A stored value as the number people see.
    pub fn shown(&self, value: i64) -> f64 {
        value as f64 / self.one() as f64
    }

    /// A stored sum as the number people see; the whole part stays exact up to 2^53.
    pub fn shown_sum(&self, sum: i128) -> f64 {
        let one = i128::from(self.one());
        (sum / one) as f64 + (sum % one) as f64 / one as f64
    }

    /// Reads a decimal number exactly into this scale, rounding half away from zero; `None` if it is no number or too large.
    pub fn parse(&self, text: &str) -> Option<i64> {
        parse_decimal(text, self.scale)
    }
}

/// Reads `-12.5`, `1e-3`, `+7` exactly into units of 10^-scale, rounding half away from zero.
///
/// `None` for anything else and for what does not fit; never the value that stands for "missing".
pub fn parse_decimal(text: &str, scale: u32) -> Option<i64> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    let mut mantissa: i128 = 0;
    let mut exponent: i32 = 0;
    let mut seen_point = false;
    let mut seen_digit = false;
    let mut at = 0;
    while at < digits.len() {
        match digits[at] {
            digit @ b'0'..=b'9' => {
                seen_digit = true;
                if mantissa < 10i128.pow(36) {
                    mantissa = mantissa * 10 + i128::from(digit - b'0');
                    exponent -= i32::from(seen_point);
                } else {
                    exponent += i32::from(!seen_point);
                }
            }
            b'.' if !seen_point => seen_point = true,
            b'e' | b'E' if seen_digit => {
                let written: i32 = std::str::from_utf8(&digits[at + 1..]).ok()?.parse().ok()?;
                exponent = exponent.checked_add(written)?;
                break;
            }
            _ => return None,
        }
        at += 1;
    }
    if !seen_digit {
        return None;
    }
    let shift = exponent.checked_add(i32::try_from(scale).ok()?)?;
    let value = shift_decimal(mantissa, shift)?;
    let value = i64::try_from(if negative { -value } else { value }).ok()?;
    (value != MISSING).then_some(value)
}

/// `value / 10^scale` printed exactly, digit by digit from the integers, without trailing zeros: the other way of
/// [`parse_decimal`], for sums too. At most 18 digits stand after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// In units of 10^-scale.
    pub value: i128,
    /// Digits after the point.
    pub scale: u32,
}

impl Decimal {
    /// Appends it to text: for who prints millions of them.
    pub fn append_to(self, text: &mut Vec<u8>) {
        let scale = self.scale.min(18) as usize;
        let magnitude = self.value.unsigned_abs();
        let mut digits = [b'0'; 48];
        let mut start = digits.len();
        let mut large = magnitude;
        while large > u128::from(u64::MAX) {
            start -= 1;
            digits[start] += (large % 10) as u8;
            large /= 10;
        }
        // Dividing 64 bits is many times as fast as dividing 128, and two digits cost no more than one.
        let mut small = large as u64;
        while small >= 10 {
            start -= 2;
            let pair = (small % 100) as u8;
            digits[start] += pair / 10;
            digits[start + 1] += pair % 10;
            small /= 100;
        }
        if small > 0 {
            start -= 1;
            digits[start] += small as u8;
        }
        let point = digits.len() - scale;
        let end = digits[point..].iter().rposition(|&digit| digit != b'0').map_or(point, |last| point + last + 1);
        if self.value < 0 {
            text.push(b'-');
        }
        text.extend_from_slice(&digits[start.min(point - 1)..point]);
        if end > point {
            text.push(b'.');
            text.extend_from_slice(&digits[point..end]);
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.append_to(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

fn shift_decimal(mantissa: i128, shift: i32) -> Option<i128> {
    if mantissa == 0 {
        return Some(0);
    }
    if shift >= 0 {
        return mantissa.checked_mul(10i128.checked_pow(u32::try_from(shift).ok()?)?);
    }
    match 10i128.checked_pow(shift.unsigned_abs()) {
        Some(divisor) => Some((mantissa + divisor / 2) / divisor),
        None => Some(0),
    }
}

/// How the values of a field in one bucket become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// Sum divided by the number of values.
    Avg,
    /// Of a flag: records where it is set; of any other field: records where it is present.
    Count,
    /// Sum of the values.
    Sum,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
    /// Median, within the sketch's relative error.
    P50,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// `Count` per second of the bucket.
    Rate,
    /// Number of different values.
    Distinct,
}

impl Aggregate {
    /// All aggregations.
    pub const ALL: [Self; 11] =
        [Self::Avg, Self::Count, Self::Sum, Self::Min, Self::Max, Self::P50, Self::P90, Self::P95, Self::P99, Self::Rate, Self::Distinct];

    /// The name in configuration, API and UI.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Rate => "rate",
            Self::Distinct => "distinct",
        }
    }

    /// The aggregation of that name; `average` and `mean` are `avg`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "average" | "mean" => Some(Self::Avg),
            "median" => Some(Self::P50),
            _ => Self::ALL.into_iter().find(|aggregate| aggregate.name() == name),
        }
    }

    /// The quantile asked for, of those that need a sketch.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            _ => None,
        }
    }

    /// The aggregated value as people see it, in the field's unit; `None` when there is nothing to tell.
    ///
    /// `field` is the index of `spec` in the partial's fields; `bucket` the bucket's length in ns.
    pub fn of(self, partial: &Partial, field: usize, spec: &FieldSpec, bucket: i64) -> Option<f64> {
        let values = partial.fields.get(field)?;
        let count = if spec.flag { values.set } else { values.count };
        match self {
            Self::Count => Some(count as f64),
            Self::Rate => Some(count as f64 / (bucket as f64 / crate::time::SECOND as f64)),
            Self::Distinct => values.distinct.as_ref().map(|distinct| distinct.estimate()),
            _ if values.count == 0 => None,
            Self::Sum => Some(spec.shown_sum(values.sum)),
            Self::Avg => Some(values.sum as f64 / (values.count as f64 * spec.one() as f64)),
            Self::Min => Some(spec.shown(values.min)),
            Self::Max => Some(spec.shown(values.max)),
            Self::P50 | Self::P90 | Self::P95 | Self::P99 => {
                let quantile = self.quantile()?;
                values
                    .sketch
                    .as_ref()?
                    .quantile(quantile)
                    .map(|value| value.clamp(values.min as f64, values.max as f64) / spec.one() as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_print_exactly() {
        for (value, scale, text) in [
            (43_500_000, 6, "43.5"),
            (1, 6, "0.000001"),
            (-1_500, 3, "-1.5"),
            (-5, 1, "-0.5"),
            (7, 0, "7"),
            (0, 6, "0"),
            (i128::from(i64::MAX) * 4, 6, "36893488147419.103228"),
            (i128::MIN, 18, "-170141183460469231731.687303715884105728"),
        ] {
            assert_eq!(Decimal { value, scale }.to_string(), text);
        }
    }

    #[test]
    fn decimals_read_exactly() {
        for (text, scale, value) in [
            ("0.043", 9, Some(43_000_000)),
            ("0.043", 2, Some(4)),
            ("0.045", 2, Some(5)),
            ("-0.045", 2, Some(-5)),
            ("1e-3", 6, Some(1_000)),
            ("1.5E2", 0, Some(150)),
            (".5", 1, Some(5)),
            ("5.", 1, Some(50)),
            ("0.0000000000000000000000000000000000000000001", 6, Some(0)),
            ("123456789012345678901234567890", 0, None),
            ("0e999999", 0, Some(0)),
            ("1e999999", 0, None),
            ("-", 0, None),
            (".", 0, None),
            ("1.2.3", 0, None),
            ("0x10", 0, None),
            ("", 0, None),
            ("-9223372036854775808", 0, None),
        ] {
            assert_eq!(parse_decimal(text, scale), value, "{text} at scale {scale}");
        }
    }
}
