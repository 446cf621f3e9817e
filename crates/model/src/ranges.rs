//! Which bytes of a file there are: disjoint ranges, ascending.
//!
//! Whoever sends a file may send parts of it in any order, and again, cut elsewhere. What is left of a new part is what
//! no range covers yet. Ranges that touch become one, so that a file that is sent without holes is a single range.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Disjoint ranges, ascending; never empty ones, never two that touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds a range.
    pub fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        // All that overlap or touch it.
        let first = self.0.partition_point(|&(_, end)| end < range.start);
        let after = first + self.0[first..].partition_point(|&(start, _)| start <= range.end);
        let (mut start, mut end) = (range.start, range.end);
        if first < after {
            start = start.min(self.0[first].0);
            end = end.max(self.0[after - 1].1);
        }
        self.0.splice(first..after, [(start, end)]);
    }

    /// The parts of a range that are not covered, ascending.
    pub fn missing(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut missing = Vec::new();
        let mut at = range.start;
        let first = self.0.partition_point(|&(_, end)| end <= range.start);
        for &(start, end) in self.0[first..].iter().take_while(|&&(start, _)| start < range.end) {
            if at < start {
                missing.push(at..start);
            }
            at = end;
        }
        if at < range.end {
            missing.push(at..range.end);
        }
        missing
    }

    /// Number of ranges: one more than there are holes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is covered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().map(|&(start, end)| start..end)
    }
}

impl From<Vec<(u64, u64)>> for Ranges {
    fn from(pairs: Vec<(u64, u64)>) -> Self {
        let mut ranges = Self::default();
        pairs.into_iter().for_each(|(start, end)| ranges.insert(start..end));
        ranges
    }
}

impl From<Ranges> for Vec<(u64, u64)> {
    fn from(ranges: Ranges) -> Self {
        ranges.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_touches_becomes_one() {
        let mut ranges = Ranges::default();
        for (range, expected) in [
            (10..20, vec![(10, 20)]),
            (30..40, vec![(10, 20), (30, 40)]),
            (5..5, vec![(10, 20), (30, 40)]),
            (20..30, vec![(10, 40)]),
            (50..60, vec![(10, 40), (50, 60)]),
            (0..100, vec![(0, 100)]),
        ] {
            ranges.insert(range);
            assert_eq!(Vec::from(ranges.clone()), expected);
        }
    }

    proptest! {
        #[test]
        fn ranges_say_what_a_set_of_bytes_says(inserted in prop::collection::vec((0u64..64, 0u64..16), 0..20), asked in (0u64..64, 0u64..32)) {
            let mut ranges = Ranges::default();
            let mut bytes = std::collections::BTreeSet::new();
            for (start, length) in inserted {
                ranges.insert(start..start + length);
                bytes.extend(start..start + length);
            }
            let covered: Vec<u64> = ranges.iter().flatten().collect();
            prop_assert_eq!(covered, bytes.iter().copied().collect::<Vec<_>>());
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
            let range = asked.0..asked.0 + asked.1;
            let missing: Vec<u64> = ranges.missing(range.clone()).into_iter().flatten().collect();
            prop_assert_eq!(missing, range.filter(|byte| !bytes.contains(byte)).collect::<Vec<_>>());
        }
    }
}
