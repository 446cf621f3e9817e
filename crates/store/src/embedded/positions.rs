//! How far files were read, one place for each content however often its file was renamed.
//!
//! Rotation gives a file another name, and each log another file: so a name is no key, and the list has a bound.

use std::collections::HashMap;

use magpie_model::origin::Position;

/// Files that are remembered at most, some 20 MB of manifest; those that were read longest ago go.
const MOST_FILES: usize = 1 << 17;

/// Positions by source and generation.
#[derive(Clone, Debug, Default)]
pub(super) struct Positions {
    known: HashMap<(String, u64), Known>,
    /// How many changes there were.
    changes: u64,
}

#[derive(Clone, Debug)]
struct Known {
    position: Position,
    /// The change that it was last named in.
    touched: u64,
}

impl Positions {
    /// Notes how far files are read now.
    pub(super) fn extend(&mut self, positions: &[Position]) {
        self.extend_within(positions, MOST_FILES);
    }

    fn extend_within(&mut self, positions: &[Position], most: usize) {
        for position in positions {
            self.changes += 1;
            let known = Known { position: position.clone(), touched: self.changes };
            let key = (position.input.clone(), position.generation);
            let place = self.known.entry(key).or_insert_with(|| known.clone());
            // Content is only ever read further. What version 0.1 wrote has a position for each name, in no order.
            if place.position.offset <= position.offset {
                *place = known;
            }
        }
        // Not one by one: looking for the oldest costs a look at all.
        if self.known.len() > most + most / 8 {
            let mut touched: Vec<u64> = self.known.values().map(|known| known.touched).collect();
            let surplus = touched.len() - most;
            let (_, &mut oldest_kept, _) = touched.select_nth_unstable(surplus);
            self.known.retain(|_, known| known.touched >= oldest_kept);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// All of them, in the order in which they were last changed.
    pub(super) fn oldest_first(&self) -> Vec<Position> {
        let mut known: Vec<&Known> = self.known.values().collect();
        known.sort_unstable_by_key(|known| known.touched);
        known.into_iter().map(|known| known.position.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(file: &str, generation: u64, offset: u64) -> Position {
        Position { input: "shop".into(), file: file.into(), generation, offset }
    }

    #[test]
    fn a_renamed_file_has_one_position_the_furthest() {
        let (early, late) = (position("a.log", 1, 10), position("a.log.1", 1, 30));
        for order in [[&early, &late], [&late, &early]] {
            let mut positions = Positions::default();
            order.into_iter().for_each(|position| positions.extend(std::slice::from_ref(position)));
            assert_eq!(positions.oldest_first(), std::slice::from_ref(&late));
        }
    }

    #[test]
    fn what_was_read_longest_ago_is_forgotten_first() {
        let mut positions = Positions::default();
        for generation in 0..8 {
            positions.extend_within(&[position("a.log", generation, 1)], 8);
        }
        positions.extend_within(&[position("a.log", 0, 2), position("a.log", 8, 1)], 8);
        assert_eq!(positions.oldest_first().len(), 9, "some more than the bound, until it is worth a look at all");
        positions.extend_within(&[position("a.log", 9, 1)], 8);
        let kept: Vec<u64> = positions.oldest_first().iter().map(|position| position.generation).collect();
        assert_eq!(kept, [3, 4, 5, 6, 7, 0, 8, 9]);
    }
}
