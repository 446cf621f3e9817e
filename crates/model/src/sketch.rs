//! A mergeable quantile sketch with integer arithmetic only.
//!
//! A DDSketch (Masson, Rim, Lee, VLDB 2019) with the linearly interpolated logarithm of its authors' implementation: a
//! value's bin is its power of two and its next six bits, so bins are at most 1/64 of a value wide and their middle is
//! off by less than 1/128 (0.79 %). Counts of bins add up, hence merging in any grouping and order is exactly equal; and
//! no logarithm is computed, hence every machine finds the same bin.

use serde::{Deserialize, Serialize};

/// Greatest relative error of [`Sketch::quantile`] for values of 64 and above (in stored units); below it is exact.
pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

const SUB_BITS: u32 = 6;

/// Counts of values by bin, sparse and ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// (bin, count) in ascending order of bins; negative bins hold negative values.
    bins: Vec<(i16, u32)>,
    /// Counts that a bin's `u32` could not take, kept so that no total is lost.
    overflow: u64,
}

impl Sketch {
    /// A sketch of counted bins, which must be in ascending order; bins are those of [`bin_of`].
    pub fn from_runs(runs: impl Iterator<Item = (i16, u32)>) -> Self {
        let bins: Vec<(i16, u32)> = runs.collect();
        debug_assert!(bins.is_sorted_by(|left, right| left.0 < right.0), "bins out of order");
        Self { bins, overflow: 0 }
    }

    /// Adds one value.
    pub fn add(&mut self, value: i64) {
        self.add_count(bin_of(value), 1);
    }

    /// Adds every value that `other` holds.
    pub fn merge(&mut self, other: &Self) {
        if self.bins.is_empty() {
            self.bins.clone_from(&other.bins);
        } else {
            merge_bins(&mut self.bins, &other.bins, &mut self.overflow);
        }
        self.overflow += other.overflow;
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|&(_, count)| u64::from(count)).sum::<u64>() + self.overflow
    }

    /// The least value that at least `quantile` (0 to 1) of all values do not exceed, in stored units; `None` without
    /// values. That is the nearest rank: of n values in order the one in place ⌈quantile · n⌉, the first at the least.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let counted: u64 = self.bins.iter().map(|&(_, count)| u64::from(count)).sum();
        let rank = nearest_rank(quantile, counted);
        let mut seen = 0;
        for &(bin, count) in &self.bins {
            seen += u64::from(count);
            if seen >= rank {
                return Some(middle_of(bin));
            }
        }
        None
    }

    /// The bins with their counts, in ascending order.
    pub fn bins(&self) -> &[(i16, u32)] {
        &self.bins
    }

    /// Least and greatest value of a bin, in stored units.
    pub fn bounds(bin: i16) -> (f64, f64) {
        let (low, width) = magnitude_of(bin.unsigned_abs());
        if bin < 0 { (-(low + width - 1.0), -low) } else { (low, low + width - 1.0) }
    }

    /// The sketch as bytes: per bin, zigzag difference to the bin before and the count, as LEB128.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bins.len() * 3 + 2);
        write_varint(&mut bytes, self.overflow);
        let mut before = 0i32;
        for &(bin, count) in &self.bins {
            let step = i32::from(bin) - before;
            write_varint(&mut bytes, u64::from(((step << 1) ^ (step >> 31)) as u32));
            write_varint(&mut bytes, u64::from(count));
            before = i32::from(bin);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` if it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let overflow = read_varint(&mut rest)?;
        // A bin takes two bytes at least.
        let mut bins: Vec<(i16, u32)> = Vec::with_capacity(rest.len() / 2);
        let mut before = 0i32;
        while !rest.is_empty() {
            let zigzag = u32::try_from(read_varint(&mut rest)?).ok()?;
            let step = ((zigzag >> 1) as i32) ^ -((zigzag & 1) as i32);
            let bin = i16::try_from(before.checked_add(step)?).ok()?;
            if bins.last().is_some_and(|&(last, _)| last >= bin) {
                return None;
            }
            bins.push((bin, u32::try_from(read_varint(&mut rest)?).ok()?));
            before = i32::from(bin);
        }
        Some(Self { bins, overflow })
    }

    fn add_count(&mut self, bin: i16, count: u32) {
        match self.bins.binary_search_by_key(&bin, |&(bin, _)| bin) {
            Ok(at) => add_capped(&mut self.bins[at].1, count, &mut self.overflow),
            Err(at) => self.bins.insert(at, (bin, count)),
        }
    }
}

/// ⌈quantile · count⌉, at least 1. What a product of floats has too much (0.07 · 100 > 7) is no reason for the next rank.
fn nearest_rank(quantile: f64, count: u64) -> u64 {
    let product = quantile.clamp(0.0, 1.0) * count as f64;
    ((product * (1.0 - 1e-12)).ceil() as u64).clamp(1, count.max(1))
}

/// Adds bins to others, in place: memory is moved only where a bin is new, which is seldom once many were merged.
fn merge_bins(bins: &mut Vec<(i16, u32)>, more: &[(i16, u32)], overflow: &mut u64) {
    let mut new = 0;
    let mut at = 0;
    for &(bin, count) in more {
        at += bins[at..].partition_point(|known| known.0 < bin);
        match bins.get_mut(at) {
            Some(known) if known.0 == bin => add_capped(&mut known.1, count, overflow),
            _ => new += 1,
        }
    }
    // From the end, each known bin moves once, by as many places as there are new ones before it.
    let mut left = bins.len();
    bins.resize(left + new, (0, 0));
    for &(bin, count) in more.iter().rev() {
        if new == 0 {
            break;
        }
        while left > 0 && bins[left - 1].0 > bin {
            left -= 1;
            bins[left + new] = bins[left];
        }
        if left == 0 || bins[left - 1].0 < bin {
            new -= 1;
            bins[left + new] = (bin, count);
        }
    }
}

/// Adds without wrapping; what does not fit is counted, so the total stays right and merging stays associative.
fn add_capped(count: &mut u32, more: u32, overflow: &mut u64) {
    let sum = u64::from(*count) + u64::from(more);
    *count = sum.min(u64::from(u32::MAX)) as u32;
    *overflow += sum - u64::from(*count);
}

/// The bin of a value: exact below 64, then power of two and six bits.
pub fn bin_of(value: i64) -> i16 {
    let magnitude = value.unsigned_abs();
    let bin = if magnitude < (1 << SUB_BITS) {
        magnitude as i16
    } else {
        let exponent = 63 - magnitude.leading_zeros();
        let mantissa = (magnitude >> (exponent - SUB_BITS)) & ((1 << SUB_BITS) - 1);
        (((exponent - SUB_BITS + 1) << SUB_BITS) as i16) + mantissa as i16
    };
    if value < 0 { -bin } else { bin }
}

/// Least value and width of a bin of positive values.
fn magnitude_of(bin: u16) -> (f64, f64) {
    let bin = u32::from(bin);
    if bin < (1 << SUB_BITS) {
        return (f64::from(bin), 1.0);
    }
    let shift = (bin >> SUB_BITS) - 1;
    let mantissa = (bin & ((1 << SUB_BITS) - 1)) + (1 << SUB_BITS);
    (f64::from(mantissa) * 2f64.powi(shift as i32), 2f64.powi(shift as i32))
}

fn middle_of(bin: i16) -> f64 {
    let (low, high) = Sketch::bounds(bin);
    (low + high) / 2.0
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if shift == 63 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch_of(values: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        values.iter().for_each(|&value| sketch.add(value));
        sketch
    }

    #[test]
    fn small_values_are_exact() {
        let sketch = sketch_of(&(0..=50).collect::<Vec<_>>());
        assert_eq!((sketch.quantile(0.0), sketch.quantile(0.5), sketch.quantile(1.0)), (Some(0.0), Some(25.0), Some(50.0)));
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn quantiles_are_values_of_the_nearest_rank() {
        for (values, quantile, expected) in [
            (&[10, 20][..], 0.5, 10.0),
            (&[10, 20], 0.51, 20.0),
            (&[10, 20, 30], 0.5, 20.0),
            (&[10, 20, 30, 40], 0.5, 20.0),
            (&[10, 20, 30, 40], 0.75, 30.0),
            (&[10, 20, 30, 40], 0.95, 40.0),
            (&[10], 0.0, 10.0),
            (&[10, 20], 1.0, 20.0),
        ] {
            assert_eq!(sketch_of(values).quantile(quantile), Some(expected), "{quantile} of {values:?}");
        }
        for (quantile, count, rank) in [(0.07, 100, 7), (0.95, 20, 19), (0.99, 100, 99), (0.99, 1_000_000_000, 990_000_000), (0.5, 0, 1)] {
            assert_eq!(nearest_rank(quantile, count), rank, "{quantile} of {count}");
        }
    }

    #[test]
    fn a_full_bin_overflows_into_the_total() {
        let mut sketch = Sketch { bins: vec![(1, u32::MAX)], overflow: 0 };
        sketch.add(1);
        assert_eq!(sketch.count(), u64::from(u32::MAX) + 1);
    }

    proptest! {
        #[test]
        fn every_bin_holds_its_values(value in any::<i64>()) {
            let (low, high) = Sketch::bounds(bin_of(value));
            let value = value as f64;
            prop_assert!(low <= value && value <= high, "{low} <= {value} <= {high}");
        }

        #[test]
        fn quantiles_keep_the_stated_error(mut values in prop::collection::vec(-1_000_000_000_000i64..1_000_000_000_000, 1..300), quantile in 0.0f64..=1.0) {
            let found = sketch_of(&values).quantile(quantile).unwrap();
            values.sort_unstable();
            let exact = values[(quantile * values.len() as f64).ceil().max(1.0) as usize - 1] as f64;
            prop_assert!((found - exact).abs() <= exact.abs() * RELATIVE_ERROR, "{found} for {exact}");
        }

        #[test]
        fn merging_in_any_grouping_is_equal(a in prop::collection::vec(any::<i64>(), 0..50), b in prop::collection::vec(any::<i64>(), 0..50), c in prop::collection::vec(any::<i64>(), 0..50)) {
            let (sa, sb, sc) = (sketch_of(&a), sketch_of(&b), sketch_of(&c));
            let mut left = sa.clone();
            left.merge(&sb);
            left.merge(&sc);
            let mut right = sc.clone();
            let mut inner = sb.clone();
            inner.merge(&sa);
            right.merge(&inner);
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(&left, &sketch_of(&[a, b, c].concat()));
            prop_assert_eq!(Sketch::from_bytes(&left.to_bytes()), Some(left));
        }

        #[test]
        fn foreign_bytes_are_refused_not_believed(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(sketch) = Sketch::from_bytes(&bytes) {
                prop_assert_eq!(Sketch::from_bytes(&sketch.to_bytes()), Some(sketch));
            }
        }
    }
}
