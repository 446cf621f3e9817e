//! A threshold made ready for judging: its stable id, its exact limit, and the verdict on a row.
//!
//! It also knows what can be said of a bucket that is still open: only what more records cannot take back.

use std::cmp::Ordering;

use magpie_model::{Aggregate, Condition, FieldSpec, Partial, Threshold};

use super::episode::Verdict;
use super::exact::{Limit, Value};

/// A threshold, ready.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) threshold: Threshold,
    limit: Limit,
}

impl Rule {
    pub(super) fn new(threshold: &Threshold) -> Self {
        let limit = match threshold.condition {
            Condition::Above(limit) | Condition::Below(limit) => limit,
            Condition::New { .. } => 0.0,
        };
        Self { id: threshold.id(), threshold: threshold.clone(), limit: Limit::new(limit) }
    }

    /// How far back "seen before" reaches, for rules about what was never seen.
    pub(super) fn new_within(&self) -> Option<i64> {
        match self.threshold.condition {
            Condition::New { within } => Some(within),
            Condition::Above(_) | Condition::Below(_) => None,
        }
    }

    /// Whether a combination that is absent matters: the number of records may fall below a limit by being 0.
    pub(super) fn minds_absence(&self) -> bool {
        self.counts_records() && matches!(self.threshold.condition, Condition::Below(_))
    }

    /// The verdict on a row, of a threshold that is not about newness.
    pub(super) fn judge(&self, partial: &Partial, fields: &[FieldSpec], bucket: i64) -> Verdict {
        match self.value(partial, fields, bucket) {
            Some(value) => self.verdict(value),
            None => Verdict::NoData,
        }
    }

    /// The verdict on a combination that was there in the last day and is absent: no records, and no data in the fields.
    pub(super) fn judge_absent(&self) -> Verdict {
        match self.threshold.condition {
            Condition::New { .. } => Verdict::Calm(None),
            _ if self.counts_records() => self.verdict(Value::whole(0)),
            _ => Verdict::NoData,
        }
    }

    /// The verdict on a row of an open bucket; `None` while more records could change it.
    pub(super) fn judge_early(&self, partial: &Partial, fields: &[FieldSpec], bucket: i64) -> Option<Verdict> {
        let verdict = self.judge(partial, fields, bucket);
        (matches!(verdict, Verdict::Exceeded(_)) && self.only_grows(partial, fields)).then_some(verdict)
    }

    fn only_grows(&self, partial: &Partial, fields: &[FieldSpec]) -> bool {
        let least = fields.iter().position(|spec| spec.name == self.threshold.field).map(|field| partial.fields[field].min);
        match (self.threshold.condition, self.threshold.aggregate) {
            (Condition::Above(_), _) if self.counts_records() => true,
            (Condition::Above(_), Some(Aggregate::Count | Aggregate::Rate | Aggregate::Max)) => true,
            (Condition::Above(_), Some(Aggregate::Sum)) => least.is_some_and(|least| least >= 0),
            (Condition::Below(_), Some(Aggregate::Min)) => true,
            _ => false,
        }
    }

    fn counts_records(&self) -> bool {
        self.threshold.field == "records" && self.threshold.aggregate.is_none()
    }

    fn value(&self, partial: &Partial, fields: &[FieldSpec], bucket: i64) -> Option<Value> {
        if self.counts_records() {
            return Some(Value::whole(partial.records));
        }
        let field = fields.iter().position(|spec| spec.name == self.threshold.field)?;
        let aggregate = self.threshold.aggregate.or_else(|| fields[field].aggregates.first().copied()).unwrap_or(Aggregate::Avg);
        Value::of(aggregate, partial, field, &fields[field], bucket)
    }

    fn verdict(&self, value: Value) -> Verdict {
        let exceeded = match self.threshold.condition {
            Condition::Above(_) => value.compare(self.limit) == Ordering::Greater,
            Condition::Below(_) => value.compare(self.limit) == Ordering::Less,
            Condition::New { .. } => false,
        };
        if exceeded { Verdict::Exceeded(Some(value.shown())) } else { Verdict::Calm(Some(value.shown())) }
    }
}
