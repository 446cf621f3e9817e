//! What is judged: one threshold on one combination of its monitor's dimensions.
//!
//! Combinations are words, not codes, because they outlive every dictionary; thresholds are their stable ids, so that a
//! reloaded configuration with its thresholds in another order goes on where it was.

use magpie_model::{PartialRow, PartialTable};
use serde::{Deserialize, Serialize};

/// Values of a monitor's dimensions in its order; the empty word for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Combination(pub Vec<String>);

impl Combination {
    /// The combination of a row.
    pub fn of(table: &PartialTable, row: &PartialRow) -> Self {
        Self((0..table.by.len()).map(|at| table.value(row, at).unwrap_or("").to_owned()).collect())
    }
}

/// One threshold on one combination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Subject {
    /// `Threshold::id`.
    pub(super) threshold: String,
    pub(super) combination: Combination,
}

/// Maps with keys that are no strings, as lists of pairs: JSON knows no others.
pub(super) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::judge) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(in crate::judge) fn deserialize<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
