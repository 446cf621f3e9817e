//! Lines that were counted where they were written: what an agent sends of them when it may not send them one by one.
//!
//! A partial is a record with the mark [`mark::FROM_AGENT`]: its time is the start of the agent's bucket, its columns are those that
//! the lines have in common, and this, as JSON in one attribute, is what they add up to. So a partial travels, is kept, compacted
//! and removed as records are, and whoever folds records folds it too, with its weight. Everything by which a monitor may
//! group or choose is a column, hence it can be folded for monitors that did not exist when it was made.
//!
//! Sums and sketches hold integers in the scale of their field. A field whose scale is another one by now cannot be converted
//! exactly and is left out, as one that the agent does not know.

use serde::{Deserialize, Serialize};

use crate::distinct::Distinct;
use crate::record::{Record, mark};
use crate::{Bucketing, FieldPartial, FieldSpec, Partial, Sketch};

/// Name of the attribute.
pub const ATTRIBUTE: &str = "magpie.partial";
/// Version of the form; another one is refused.
pub const VERSION: u32 = 1;

/// Records of one partial at most.
const MOST_RECORDS: u64 = 1 << 32;

/// What the lines of a partial add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPartial {
    /// [`VERSION`].
    pub version: u32,
    /// Fingerprint of what the agent's configuration says of the source: by which the lines became records.
    pub config: String,
    /// Length of the agent's bucket in ns.
    pub bucket: i64,
    /// Number of records.
    pub records: u64,
    /// Of these, how many are known from one side only.
    pub one_sided: u64,
    /// The fields that have values.
    pub fields: Vec<AgentField>,
}

/// The values of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentField {
    /// Its name.
    pub name: String,
    /// Its scale at the agent.
    pub scale: u32,
    /// What they add up to; always with a sketch, with different values where the agent's field keeps them.
    pub values: FieldPartial,
}

impl AgentPartial {
    /// What a record with the mark stands for; `None` if that cannot be read.
    pub fn of(record: &Record) -> Option<Self> {
        Self::among(record.attributes.iter().map(|(key, text)| (key.as_str(), text.as_str())))
    }

    /// The same, by the attributes of such a record.
    pub fn among<'a>(mut attributes: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        Self::from_text(attributes.find(|(key, _)| *key == ATTRIBUTE)?.1)
    }

    /// Reads what [`Self::to_text`] wrote; `None` if it is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|partial: &Self| partial.version == VERSION)
    }

    /// As it stands in the attribute.
    pub fn to_text(&self) -> String {
        // Numbers and texts can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As a partial of these fields. Different words of a column are the record's own and not in here.
    pub fn to_partial(&self, specs: &[FieldSpec]) -> Partial {
        let fields = specs.iter().map(|spec| self.field(spec)).collect();
        Partial { records: self.records, one_sided: self.one_sided, fields }
    }

    fn field(&self, spec: &FieldSpec) -> FieldPartial {
        let none = FieldPartial::new(spec);
        let Some(known) = self.fields.iter().find(|field| field.name == spec.name && field.scale == spec.scale) else { return none };
        let sketch = none.sketch.and_then(|_| known.values.sketch.clone());
        let distinct = none.distinct.map(|none| known.values.distinct.clone().unwrap_or(none));
        FieldPartial { sketch, distinct, ..known.values.clone() }
    }

    /// Whether the numbers can be those of lines: what is taken must be able to be added to everything else.
    fn is_consistent(&self) -> bool {
        self.records <= MOST_RECORDS && self.one_sided <= self.records && self.fields.iter().all(|field| field.is_consistent(self.records))
    }

    /// Why a server with this bucket and these fields cannot count it exactly; `None` if it can.
    pub fn refusal(&self, bucket: Bucketing, fields: &[FieldSpec]) -> Option<String> {
        if !self.is_consistent() {
            return Some("its numbers contradict each other".to_owned());
        }
        if self.bucket <= 0 || bucket.length() % self.bucket != 0 {
            let [mine, its] = [bucket.length(), self.bucket].map(|ns| ns as f64 / 1e9);
            return Some(format!("the server's `bucket` is {mine} s, no multiple of the agent's, {its} s"));
        }
        self.fields.iter().find_map(|field| {
            let name = &field.name;
            let spec = fields.iter().find(|spec| spec.name == *name)?;
            if spec.scale != field.scale {
                return Some(format!("field `{name}` has {} decimals here and {} at the agent", spec.scale, field.scale));
            }
            let counts_values = spec.wants_distinct() && spec.distinct_of.is_none();
            let lacks = counts_values && field.values.distinct.is_none();
            lacks.then(|| format!("field `{name}` is aggregated by `distinct` here, which it is not at the agent"))
        })
    }
}

impl AgentField {
    fn is_consistent(&self, records: u64) -> bool {
        let FieldPartial { count, set, sum, min, max, sketch, distinct } = &self.values;
        let has_range = *count == 0 || min <= max;
        let [least, greatest] = [min, max].map(|bound| i128::from(*bound) * i128::from(*count));
        let has_sum = if *count == 0 { *sum == 0 } else { (least..=greatest).contains(sum) };
        let has_bins = sketch.as_ref().is_none_or(|sketch| {
            let bins = sketch.bins();
            let counted: u64 = bins.iter().map(|(_, count)| u64::from(*count)).sum();
            bins.is_sorted_by(|left, right| left.0 < right.0) && counted == *count && **sketch == Sketch::from_runs(bins.iter().copied())
        });
        let has_hashes = distinct.as_ref().is_none_or(|distinct| Distinct::from_bytes(&distinct.to_bytes()).is_some());
        *count <= records && set <= count && has_range && has_sum && has_bins && has_hashes
    }
}

/// Why a record that claims to be a partial cannot be taken by a server with this bucket and these fields.
pub fn refusal(record: &Record, bucket: Bucketing, fields: &[FieldSpec]) -> Option<String> {
    if record.marks & mark::FROM_AGENT == 0 {
        return None;
    }
    match AgentPartial::of(record) {
        Some(partial) => partial.refusal(bucket, fields),
        None => Some(format!("its `{ATTRIBUTE}` is not of version {VERSION}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Aggregate;

    fn spec(scale: u32, aggregates: &[Aggregate]) -> FieldSpec {
        FieldSpec::number("bytes", scale, None, aggregates)
    }

    fn partial() -> AgentPartial {
        let mut values = FieldPartial { sketch: Some(Box::default()), ..FieldPartial::new(&spec(0, &[])) };
        [i64::MAX, i64::MAX, -7, 0].into_iter().for_each(|value| values.add(value));
        let fields = vec![AgentField { name: "bytes".into(), scale: 0, values }];
        AgentPartial { version: VERSION, config: "c".into(), bucket: 60, records: 5, one_sided: 0, fields }
    }

    #[test]
    fn a_partial_is_the_same_after_the_log_and_gives_what_a_field_asks_for() {
        let partial = AgentPartial::from_text(&partial().to_text()).unwrap();
        assert_eq!(partial, self::partial(), "a sum beyond 64 bits included");
        let values = &partial.fields[0].values;
        let of = |spec: FieldSpec| partial.to_partial(&[spec]).fields.remove(0);
        assert_eq!(of(spec(0, &[Aggregate::P95])), *values);
        assert_eq!(of(spec(0, &[Aggregate::Sum])), FieldPartial { sketch: None, ..values.clone() });
        assert_eq!(of(spec(1, &[Aggregate::Sum])).count, 0, "of another scale");
        assert_eq!(AgentPartial::from_text(&partial.to_text().replace("\"version\":1", "\"version\":2")), None);
    }

    #[test]
    fn numbers_that_no_lines_have_are_refused() {
        type Spoil = fn(&mut AgentPartial);
        let spoils: [Spoil; 8] = [
            |of| of.records = u64::MAX,
            |of| of.one_sided = 6,
            |of| of.fields[0].values.count = 6,
            |of| of.fields[0].values.set = 5,
            |of| of.fields[0].values.sum = i128::MAX,
            |of| of.fields[0].values.min = i64::MAX,
            |of| of.fields[0].values.sketch = Some(Box::new(Sketch::from_runs([(1, 2)].into_iter()))),
            |of| of.fields[0].values.distinct = serde_json::from_str("{\"hashes\":[2,1]}").unwrap(),
        ];
        for (number, spoil) in spoils.into_iter().enumerate() {
            let mut partial = partial();
            assert_eq!(partial.refusal(Bucketing::new(60).unwrap(), &[]), None);
            spoil(&mut partial);
            let told = partial.refusal(Bucketing::new(60).unwrap(), &[]);
            assert_eq!(told.as_deref(), Some("its numbers contradict each other"), "spoil {number}");
        }
    }

    #[test]
    fn what_cannot_be_counted_exactly_is_refused_with_its_reason() {
        for (bucket, fields, reason) in [
            (120, vec![spec(0, &[Aggregate::P95])], None),
            (120, vec![], None),
            (90, vec![], Some("no multiple")),
            (30, vec![], Some("no multiple")),
            (60, vec![spec(2, &[])], Some("`bytes` has 2 decimals here and 0")),
            (60, vec![spec(0, &[Aggregate::Distinct])], Some("by `distinct` here")),
        ] {
            let told = partial().refusal(Bucketing::new(bucket).unwrap(), &fields);
            assert_eq!(told.is_some(), reason.is_some(), "{told:?}");
            assert!(reason.is_none_or(|reason| told.as_ref().is_some_and(|told| told.contains(reason))), "{told:?}");
        }
    }
}
