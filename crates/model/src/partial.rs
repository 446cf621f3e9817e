//! What is folded of many records into one row, and how two such rows become one.
//!
//! Everything here is an integer or a set, and `merge` is commutative and associative: operators, segments and
//! machines may fold in any grouping and the result is the same bit for bit. An average travels as sum and count.

use serde::{Deserialize, Serialize};

use crate::{FieldSpec, Sketch, distinct::Distinct, field::MISSING};

/// Records folded into one row: their number, and each measured field's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Number of records.
    pub records: u64,
    /// Of these, how many are known from one side's span only (design 4).
    pub one_sided: u64,
    /// Per field, in the order of the configured fields.
    pub fields: Vec<FieldPartial>,
}

impl Partial {
    /// An empty partial for these fields.
    pub fn new(fields: &[FieldSpec]) -> Self {
        Self { records: 0, one_sided: 0, fields: fields.iter().map(FieldPartial::new).collect() }
    }

    /// Adds all that `other` folded. Both must have the same fields.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.fields.len(), other.fields.len(), "partials of different fields");
        self.records += other.records;
        self.one_sided += other.one_sided;
        for (mine, theirs) in self.fields.iter_mut().zip(&other.fields) {
            mine.merge(theirs);
        }
    }
}

/// The values of one field, folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPartial {
    /// Records where the field is present.
    pub count: u64,
    /// Records where it is present and not zero.
    pub set: u64,
    /// Sum of the values in stored units.
    pub sum: i128,
    /// Least value; `i64::MAX` without values.
    pub min: i64,
    /// Greatest value; `i64::MIN` without values.
    pub max: i64,
    /// Quantile sketch, when one is wanted.
    pub sketch: Option<Box<Sketch>>,
    /// Different values, when they are wanted.
    pub distinct: Option<Box<Distinct>>,
}

impl FieldPartial {
    /// No values yet; keeps what the declaration asks for.
    pub fn new(spec: &FieldSpec) -> Self {
        Self {
            count: 0,
            set: 0,
            sum: 0,
            min: i64::MAX,
            max: i64::MIN,
            sketch: spec.wants_sketch().then(Box::default),
            distinct: spec.wants_distinct().then(Box::default),
        }
    }

    /// Adds one value; [`MISSING`] adds nothing. Values of a column-based distinct count come by `distinct` itself.
    pub fn add(&mut self, value: i64) {
        if value == MISSING {
            return;
        }
        self.count += 1;
        self.set += u64::from(value != 0);
        self.sum += i128::from(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if let Some(sketch) = &mut self.sketch {
            sketch.add(value);
        }
        if let Some(distinct) = &mut self.distinct {
            distinct.add(&value.to_le_bytes());
        }
    }

    /// Adds all that `other` folded.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.set += other.set;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        merge_optional(&mut self.sketch, &other.sketch, Sketch::merge);
        merge_optional(&mut self.distinct, &other.distinct, Distinct::merge);
    }
}

fn merge_optional<T: Clone>(mine: &mut Option<Box<T>>, theirs: &Option<Box<T>>, merge: fn(&mut T, &T)) {
    match (mine, theirs) {
        (Some(mine), Some(theirs)) => merge(mine, theirs),
        (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
        (_, None) => {}
    }
}
