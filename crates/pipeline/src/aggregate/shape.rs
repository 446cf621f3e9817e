//! How a row lies in memory: its key packed into as few bits, and each field into as few words, as what came so far needs.
//!
//! A busy bucket has more rows than the processor's second cache would hold at full width, and waiting for memory is most
//! of what folding costs; so a field that never came takes nothing, a flag one word, and only what needs 128-bit sums gets
//! them. A shape only ever widens; rows of the old shape are then written anew, which happens a handful of times.

use magpie_model::field::MISSING;

use super::rows::Values;

/// Number of the key's part that says whose log told of it.
pub(super) const SIDE: usize = 0;
/// Number of the key's part that says which monitors take it.
pub(super) const CLASS: usize = 1;
/// Number of the part of the first column.
pub(super) const COLUMNS: usize = 2;

/// Magnitude that values of a [`Form::Middle`] field stay below.
const MIDDLE: i64 = 1 << 40;
/// Records of one bucket up to which sums of [`Form::Middle`] cannot leave 64 bits.
pub(super) const MIDDLE_RECORDS: u64 = 1 << 22;

/// Where each part of a key lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    parts: Vec<PackedPart>,
    words: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PackedPart {
    word: usize,
    shift: u32,
    bits: u32,
}

impl PackedPart {
    fn mask(self) -> u64 {
        (1 << self.bits) - 1
    }
}

impl Packing {
    /// Room for parts of so many bits, at most 32 each; where it costs no word, with a bit to grow.
    pub(super) fn of(bits: &[u32]) -> Self {
        let exact = Self::exactly(bits.iter().copied());
        let roomy = Self::exactly(bits.iter().enumerate().map(|(part, &bits)| if part == SIDE { bits } else { (bits + 1).min(32) }));
        if roomy.words > exact.words { exact } else { roomy }
    }

    fn exactly(bits: impl Iterator<Item = u32>) -> Self {
        let (mut word, mut shift) = (0, 0);
        let parts = bits
            .map(|bits| {
                if shift + bits > 64 {
                    (word, shift) = (word + 1, 0);
                }
                let part = PackedPart { word, shift, bits };
                shift += bits;
                part
            })
            .collect();
        Self { parts, words: word + 1 }
    }

    pub(super) fn fits(&self, bits: &[u32]) -> bool {
        self.parts.len() == bits.len() && self.parts.iter().zip(bits).all(|(part, &bits)| bits <= part.bits)
    }

    /// 64-bit words of a key.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// Word and shift of a part.
    pub(super) fn place(&self, part: usize) -> (usize, u32) {
        (self.parts[part].word, self.parts[part].shift)
    }

    /// A part of a key.
    #[inline]
    pub(super) fn get(&self, key: &[u64], part: usize) -> u32 {
        let part = self.parts[part];
        (key[part.word] >> part.shift & part.mask()) as u32
    }

    /// Sets a part that is still 0.
    #[inline]
    pub(super) fn set(&self, key: &mut [u64], part: usize, value: u32) {
        let part = self.parts[part];
        debug_assert!(u64::from(value) <= part.mask(), "a code beyond its dictionary");
        key[part.word] |= (u64::from(value) & part.mask()) << part.shift;
    }

    /// What a key must be masked with to keep these parts only.
    pub(super) fn mask(&self, parts: impl Iterator<Item = usize>) -> Vec<u64> {
        let mut mask = vec![0; self.words];
        parts.map(|part| self.parts[part]).for_each(|part| mask[part.word] |= part.mask() << part.shift);
        mask
    }
}

/// How the values of a field are kept, from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// No value came: no words.
    Absent,
    /// Only 0 and 1 came: how many values, and how many of them 1, in one word.
    Flag,
    /// 32-bit values: their sum; least and greatest in one word.
    Small,
    /// Values below [`MIDDLE`]: sum, least, greatest.
    Middle,
    /// Any: lower and upper half of the sum, least, greatest.
    Wide,
}

impl Form {
    fn words(self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Flag => 1,
            Self::Small => 2,
            Self::Middle => 3,
            Self::Wide => 4,
        }
    }

    fn of(value: i64) -> Self {
        match value {
            MISSING => Self::Absent,
            0 | 1 => Self::Flag,
            _ if i32::try_from(value).is_ok() => Self::Small,
            _ if is_middle(value) => Self::Middle,
            _ => Self::Wide,
        }
    }
}

#[inline]
fn is_middle(value: i64) -> bool {
    (-MIDDLE..MIDDLE).contains(&value)
}

/// Where a field lies in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FieldShape {
    form: Form,
    /// Whether a word before the values says how many values and how many non-zero ones there are; without it, every
    /// record has a value that is not zero.
    counted: bool,
    at: usize,
}

/// The shape of all rows of a folder: key, number of records, fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) packing: Packing,
    fields: Vec<FieldShape>,
    stride: usize,
    /// A row without records, after its key.
    blank: Vec<u64>,
}

impl Shape {
    /// The narrowest shape.
    pub(super) fn new(packing: Packing, fields: usize) -> Self {
        let absent = FieldShape { form: Form::Absent, counted: false, at: 0 };
        let mut shape = Self { packing, fields: vec![absent; fields], stride: 0, blank: Vec::new() };
        shape.lay_out();
        shape
    }

    /// The same with another packing of keys.
    pub(super) fn packed(&self, packing: Packing) -> Self {
        let mut shape = Self { packing, ..self.clone() };
        shape.lay_out();
        shape
    }

    /// The same, with room for these values of a field. `fresh` says that no record was folded without them yet.
    pub(super) fn widened(&self, field: usize, values: &[i64], fresh: bool) -> Self {
        let mut shape = self.clone();
        let FieldShape { form, counted, .. } = self.fields[field];
        let needed = values.iter().map(|&value| Form::of(value)).max().unwrap_or(Form::Absent);
        let gaps = values.iter().any(|&value| value == MISSING || value == 0);
        let were_gaps = match form {
            Form::Absent => !fresh,
            Form::Flag => true,
            _ => counted,
        };
        shape.fields[field].form = form.max(needed);
        shape.fields[field].counted = shape.fields[field].form > Form::Flag && (gaps || were_gaps);
        shape.lay_out();
        shape
    }

    /// Whether some field's sums could leave 64 bits beyond [`MIDDLE_RECORDS`].
    pub(super) fn has_middle(&self) -> bool {
        self.fields.iter().any(|field| field.form == Form::Middle)
    }

    /// The same, with room for sums of more than [`MIDDLE_RECORDS`] values.
    pub(super) fn for_many_records(&self) -> Self {
        let mut shape = self.clone();
        shape.fields.iter_mut().filter(|field| field.form == Form::Middle).for_each(|field| field.form = Form::Wide);
        shape.lay_out();
        shape
    }

    fn lay_out(&mut self) {
        self.blank = vec![0];
        for field in &mut self.fields {
            field.at = self.packing.words + self.blank.len();
            self.blank.extend((0..usize::from(field.counted)).map(|_| 0));
            match field.form {
                Form::Absent => {}
                Form::Flag => self.blank.push(0),
                Form::Small => self.blank.extend([0, pair(i32::MAX, i32::MIN)]),
                Form::Middle => self.blank.extend([0, i64::MAX as u64, i64::MIN as u64]),
                Form::Wide => self.blank.extend([0, 0, i64::MAX as u64, i64::MIN as u64]),
            }
            debug_assert_eq!(self.packing.words + self.blank.len(), field.at + usize::from(field.counted) + field.form.words());
        }
        self.stride = self.packing.words + self.blank.len();
    }

    /// 64-bit words of a row.
    #[inline]
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// A row without records, after its key.
    pub(super) fn blank(&self) -> &[u64] {
        &self.blank
    }

    /// The key of a row.
    #[inline]
    pub(super) fn key<'a>(&self, row: &'a [u64]) -> &'a [u64] {
        &row[..self.packing.words]
    }

    /// Number of records of a row, and of those known from one side only.
    #[inline]
    pub(super) fn records(&self, row: &[u64]) -> (u64, u64) {
        let word = row[self.packing.words];
        (word & u64::from(u32::MAX), word >> 32)
    }

    /// Counts a record in each of `rows`; `one_sided` gives 1 for one known from one side only.
    pub(super) fn count_records(&self, cells: &mut [u64], rows: &[u32], one_sided: impl Iterator<Item = u8>) {
        for (&row, one_sided) in rows.iter().zip(one_sided) {
            cells[row as usize * self.stride + self.packing.words] += 1 | u64::from(one_sided) << 32;
        }
    }

    /// Whether a field's form can take these values. What was counted before must have its values already.
    pub(super) fn fits(&self, field: usize, values: &[i64]) -> bool {
        // Every value is looked at: without a way out early these loops take a fraction of a cycle per value.
        let all = |fits: fn(i64) -> bool| values.iter().fold(true, |all, &value| all & fits(value));
        match (self.fields[field].form, self.fields[field].counted) {
            (Form::Absent, _) => all(|value| value == MISSING),
            (Form::Flag, _) => all(|value| value as u64 <= 1 || value == MISSING),
            (Form::Small, false) => all(|value| i64::from(value as i32) == value && value != 0),
            (Form::Small, true) => all(|value| i64::from(value as i32) == value || value == MISSING),
            (Form::Middle, false) => all(|value| is_middle(value) && value != 0),
            (Form::Middle, true) => all(|value| is_middle(value) || value == MISSING),
            (Form::Wide, false) => all(|value| value != MISSING && value != 0),
            (Form::Wide, true) => true,
        }
    }

    /// Adds to each of `rows` its value of a field, whose form must fit.
    pub(super) fn add(&self, field: usize, cells: &mut [u64], rows: &[u32], values: &[i64]) {
        let FieldShape { form, counted, at } = self.fields[field];
        let mut target = Target { cells, stride: self.stride, at };
        match (form, counted) {
            (Form::Absent, _) => {}
            (Form::Flag, _) => target.add_flags(rows, values),
            (Form::Small, false) => target.add_small::<false>(rows, values),
            (Form::Small, true) => target.add_small::<true>(rows, values),
            (Form::Middle, false) => target.add_middle::<false>(rows, values),
            (Form::Middle, true) => target.add_middle::<true>(rows, values),
            (Form::Wide, false) => target.add_wide::<false>(rows, values),
            (Form::Wide, true) => target.add_wide::<true>(rows, values),
        }
    }

    /// Adds all that another row of this shape holds.
    #[inline]
    pub(super) fn merge(&self, mine: &mut [u64], theirs: &[u64]) {
        mine[self.packing.words] += theirs[self.packing.words];
        for &FieldShape { form, counted, at } in &self.fields {
            if counted {
                mine[at] += theirs[at];
            }
            let at = at + usize::from(counted);
            let (mine, theirs) = (&mut mine[at..at + form.words()], &theirs[at..at + form.words()]);
            match (form, mine, theirs) {
                (Form::Flag, [mine], [theirs]) => *mine += theirs,
                (Form::Small, [sum, range], [more, other]) => {
                    *sum = sum.wrapping_add(*more);
                    let ((min, max), (other_min, other_max)) = (of_pair(*range), of_pair(*other));
                    *range = pair(min.min(other_min), max.max(other_max));
                }
                (Form::Middle, [sum, min, max], [more, other_min, other_max]) => {
                    *sum = sum.wrapping_add(*more);
                    *min = (*min as i64).min(*other_min as i64) as u64;
                    *max = (*max as i64).max(*other_max as i64) as u64;
                }
                (Form::Wide, [low, high, min, max], [more_low, more_high, other_min, other_max]) => {
                    let (sum, carry) = low.overflowing_add(*more_low);
                    *low = sum;
                    *high = high.wrapping_add(*more_high).wrapping_add(u64::from(carry));
                    *min = (*min as i64).min(*other_min as i64) as u64;
                    *max = (*max as i64).max(*other_max as i64) as u64;
                }
                _ => {}
            }
        }
    }

    /// The numbers of a field in a row.
    #[inline]
    pub(super) fn values(&self, row: &[u64], field: usize) -> Values {
        let FieldShape { form, counted, at } = self.fields[field];
        let (records, _) = self.records(row);
        let (count, set) = if counted { halves(row[at]) } else { (records, records) };
        let at = at + usize::from(counted);
        match (form, &row[at..at + form.words()]) {
            (Form::Flag, &[word]) => {
                let (count, set) = halves(word);
                let none = Values::NONE;
                let min = if count == 0 { none.min } else { i64::from(set == count) };
                let max = if count == 0 { none.max } else { i64::from(set > 0) };
                Values { count, set, sum: i128::from(set), min, max }
            }
            (Form::Small, &[sum, range]) if count > 0 => {
                let (min, max) = of_pair(range);
                Values { count, set, sum: i128::from(sum as i64), min: min.into(), max: max.into() }
            }
            (Form::Middle, &[sum, min, max]) => Values { count, set, sum: i128::from(sum as i64), min: min as i64, max: max as i64 },
            (Form::Wide, &[low, high, min, max]) => {
                let sum = i128::from(high as i64) << 64 | i128::from(low);
                Values { count, set, sum, min: min as i64, max: max as i64 }
            }
            _ => Values::NONE,
        }
    }

    /// Writes a row of another shape into a blank row of this one; this shape must be as wide.
    pub(super) fn take_over(&self, row: &mut [u64], before: &Self, from: &[u64]) {
        for part in 0..self.packing.parts.len() {
            self.packing.set(row, part, before.packing.get(from, part));
        }
        row[self.packing.words] = from[before.packing.words];
        for (number, &FieldShape { form, counted, at }) in self.fields.iter().enumerate() {
            let values = before.values(from, number);
            let counts = values.count | values.set << 32;
            if counted {
                row[at] = counts;
            }
            let at = at + usize::from(counted);
            let (min, max) = (values.min as u64, values.max as u64);
            match (form, &mut row[at..at + form.words()]) {
                (Form::Flag, [word]) => *word = counts,
                (Form::Small, [sum, range]) if values.count > 0 => {
                    *sum = values.sum as u64;
                    *range = pair(values.min as i32, values.max as i32);
                }
                (Form::Middle, words) if values.count > 0 => words.copy_from_slice(&[values.sum as u64, min, max]),
                (Form::Wide, words) if values.count > 0 => words.copy_from_slice(&[values.sum as u64, (values.sum >> 64) as u64, min, max]),
                _ => {}
            }
        }
    }
}

/// Rows that values of one field are added to.
struct Target<'a> {
    cells: &'a mut [u64],
    stride: usize,
    at: usize,
}

impl Target<'_> {
    #[inline]
    fn words<const WORDS: usize>(&mut self, row: u32) -> &mut [u64; WORDS] {
        let start = row as usize * self.stride + self.at;
        // The length is that of the form which the shape gave this field.
        self.cells[start..].first_chunk_mut().expect("a row has all words of its shape")
    }

    fn add_flags(&mut self, rows: &[u32], values: &[i64]) {
        for (&row, &value) in rows.iter().zip(values) {
            let [word] = self.words(row);
            // Nothing is counted for a value that is missing.
            let count = if value == MISSING { 0 } else { 1 | (value as u64) << 32 };
            *word = word.wrapping_add(count);
        }
    }

    fn add_small<const COUNTED: bool>(&mut self, rows: &[u32], values: &[i64]) {
        for (&row, &value) in rows.iter().zip(values) {
            let (sum, range) = if COUNTED {
                if value == MISSING {
                    continue;
                }
                let [counts, sum, range] = self.words(row);
                *counts = counts.wrapping_add(count_of(value));
                (sum, range)
            } else {
                let [sum, range] = self.words(row);
                (sum, range)
            };
            // Cannot leave 64 bits: a bucket is drained before 2^32 values.
            *sum = sum.wrapping_add(value as u64);
            let (min, max) = of_pair(*range);
            *range = pair(min.min(value as i32), max.max(value as i32));
        }
    }

    fn add_middle<const COUNTED: bool>(&mut self, rows: &[u32], values: &[i64]) {
        for (&row, &value) in rows.iter().zip(values) {
            let (sum, min, max) = if COUNTED {
                if value == MISSING {
                    continue;
                }
                let [counts, sum, min, max] = self.words(row);
                *counts = counts.wrapping_add(count_of(value));
                (sum, min, max)
            } else {
                let [sum, min, max] = self.words(row);
                (sum, min, max)
            };
            // Cannot leave 64 bits: beyond `MIDDLE_RECORDS` the field is widened.
            *sum = sum.wrapping_add(value as u64);
            *min = (*min as i64).min(value) as u64;
            *max = (*max as i64).max(value) as u64;
        }
    }

    fn add_wide<const COUNTED: bool>(&mut self, rows: &[u32], values: &[i64]) {
        for (&row, &value) in rows.iter().zip(values) {
            let (low, high, min, max) = if COUNTED {
                if value == MISSING {
                    continue;
                }
                let [counts, low, high, min, max] = self.words(row);
                *counts = counts.wrapping_add(count_of(value));
                (low, high, min, max)
            } else {
                let [low, high, min, max] = self.words(row);
                (low, high, min, max)
            };
            let (sum, carry) = low.overflowing_add(value as u64);
            *low = sum;
            // Cannot leave 128 bits: a bucket is drained long before 2^63 values.
            *high = high.wrapping_add((value >> 63) as u64).wrapping_add(u64::from(carry));
            *min = (*min as i64).min(value) as u64;
            *max = (*max as i64).max(value) as u64;
        }
    }
}

/// One value in a word of counts.
#[inline]
fn count_of(value: i64) -> u64 {
    1 | u64::from(value != 0) << 32
}

#[inline]
fn halves(word: u64) -> (u64, u64) {
    (word & u64::from(u32::MAX), word >> 32)
}

#[inline]
fn pair(min: i32, max: i32) -> u64 {
    u64::from(min as u32) | u64::from(max as u32) << 32
}

#[inline]
fn of_pair(word: u64) -> (i32, i32) {
    (word as i32, (word >> 32) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = i64> {
        prop_oneof![
            Just(MISSING),
            0i64..2,
            -9i64..9,
            any::<i32>().prop_map(i64::from),
            -MIDDLE - 1..MIDDLE + 1,
            Just(i64::MAX),
            any::<i64>(),
        ]
    }

    /// Folds values into one row, widening as need be.
    fn fold(values: &[i64], start: Form) -> (Shape, Vec<u64>) {
        let mut shape = Shape::new(Packing::of(&[1, 1, 3]), 1);
        shape.fields[0] = FieldShape { form: start, counted: start > Form::Flag, at: 0 };
        shape.lay_out();
        let mut row = vec![0; shape.packing.words()];
        row.extend(shape.blank());
        for (number, value) in values.iter().enumerate() {
            if !shape.fits(0, &[*value]) {
                let wider = shape.widened(0, &[*value], number == 0);
                let mut widened = vec![0; wider.packing.words()];
                widened.extend(wider.blank());
                wider.take_over(&mut widened, &shape, &row);
                (shape, row) = (wider, widened);
            }
            assert!(shape.fits(0, &[*value]), "{shape:?}");
            shape.count_records(&mut row, &[0], [1].into_iter());
            shape.add(0, &mut row, &[0], &[*value]);
        }
        (shape, row)
    }

    fn plainly(values: &[i64]) -> Values {
        let present = || values.iter().copied().filter(|&value| value != MISSING);
        Values {
            count: present().count() as u64,
            set: present().filter(|&value| value != 0).count() as u64,
            sum: present().map(i128::from).sum(),
            min: present().min().unwrap_or(i64::MAX),
            max: present().max().unwrap_or(i64::MIN),
        }
    }

    proptest! {
        #[test]
        fn a_row_holds_the_same_whatever_its_shape_was(values in prop::collection::vec(value(), 1..12), wide in any::<bool>(), cut in 0usize..12) {
            let (shape, row) = fold(&values, if wide { Form::Wide } else { Form::Absent });
            prop_assert_eq!(shape.values(&row, 0), plainly(&values));
            prop_assert_eq!(shape.records(&row), (values.len() as u64, values.len() as u64));
            // Merging two rows of one shape holds what both hold.
            let (left, right) = values.split_at(cut.min(values.len()));
            let ((_, mut mine), (_, theirs)) = (fold(left, Form::Wide), fold(right, Form::Wide));
            let (shape, _) = fold(&[], Form::Wide);
            shape.merge(&mut mine, &theirs);
            prop_assert_eq!(shape.values(&mine, 0), plainly(&values));
        }

        #[test]
        fn narrow_rows_merge_as_wide_ones(left in prop::collection::vec(value(), 1..6), right in prop::collection::vec(value(), 1..6)) {
            let all: Vec<i64> = left.iter().chain(&right).copied().collect();
            let (shape, _) = fold(&all, Form::Absent);
            let into = |values: &[i64]| {
                let (before, row) = fold(values, Form::Absent);
                let mut widened = vec![0; shape.packing.words()];
                widened.extend(shape.blank());
                shape.take_over(&mut widened, &before, &row);
                widened
            };
            let mut mine = into(&left);
            shape.merge(&mut mine, &into(&right));
            prop_assert_eq!(shape.values(&mine, 0), plainly(&all));
        }

        #[test]
        fn keys_come_apart_as_they_were_put_together(parts in prop::collection::vec((1u32..=32, any::<u32>()), 1..9)) {
            let bits: Vec<u32> = parts.iter().map(|&(bits, _)| bits).collect();
            let packing = Packing::of(&bits);
            let value = |(bits, value): (u32, u32)| value >> (32 - bits);
            let mut key = vec![0; packing.words()];
            parts.iter().enumerate().for_each(|(number, &part)| packing.set(&mut key, number, value(part)));
            for (number, &part) in parts.iter().enumerate() {
                prop_assert_eq!(packing.get(&key, number), value(part));
            }
            prop_assert!(packing.fits(&bits));
        }
    }
}
