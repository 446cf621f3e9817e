//! Rollup rows as JSON: exact counts and sums, and every aggregation that the partial can tell.
//!
//! Sums, minima and maxima are written as the decimals they are, digit by digit from the integers; only averages,
//! rates and percentiles are floats. The members are those of `magpie report --json`.

use magpie_model::{Aggregate, Decimal, FieldPartial, FieldSpec, Partial, PartialRow, PartialTable, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// A row of a table whose sides are resolved.
pub(crate) struct Row<'a> {
    pub(crate) table: &'a PartialTable,
    pub(crate) row: &'a PartialRow,
    /// Start of the bucket; `None` when the whole range is one row.
    pub(crate) bucket: Option<Timestamp>,
    /// Time that the row covers in ns, for rates.
    pub(crate) span: i64,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("bucket", &self.bucket)?;
        for (position, column) in self.table.by.iter().enumerate() {
            map.serialize_entry(column.name(), &self.table.value(self.row, position))?;
        }
        map.serialize_entry("side", self.row.key.side.name())?;
        map.serialize_entry("records", &self.row.partial.records)?;
        map.serialize_entry("one_sided", &self.row.partial.one_sided)?;
        map.serialize_entry("fields", &Fields { partial: &self.row.partial, specs: &self.table.fields, span: self.span })?;
        map.end()
    }
}

struct Fields<'a> {
    partial: &'a Partial,
    specs: &'a [FieldSpec],
    span: i64,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (at, (spec, values)) in self.specs.iter().zip(&self.partial.fields).enumerate() {
            let told = values.count > 0 || spec.flag || spec.distinct_of.is_some();
            if told {
                map.serialize_entry(&spec.name, &Field { partial: self.partial, at, spec, values, span: self.span })?;
            }
        }
        map.end()
    }
}

struct Field<'a> {
    partial: &'a Partial,
    at: usize,
    spec: &'a FieldSpec,
    values: &'a FieldPartial,
    span: i64,
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let known = self.values.count > 0;
        let exact = |value: i128| raw(Decimal { value, scale: self.spec.scale });
        map.serialize_entry("count", &if self.spec.flag { self.values.set } else { self.values.count })?;
        map.serialize_entry("sum", &exact(self.values.sum))?;
        map.serialize_entry("min", &known.then(|| exact(i128::from(self.values.min))))?;
        map.serialize_entry("max", &known.then(|| exact(i128::from(self.values.max))))?;
        for aggregate in
            [Aggregate::Avg, Aggregate::Rate, Aggregate::P50, Aggregate::P90, Aggregate::P95, Aggregate::P99, Aggregate::Distinct]
        {
            map.serialize_entry(aggregate.name(), &aggregate.of(self.partial, self.at, self.spec, self.span))?;
        }
        map.end()
    }
}

fn raw(decimal: Decimal) -> Option<Box<RawValue>> {
    RawValue::from_string(decimal.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::{Column, Key};

    #[test]
    fn a_row_tells_exact_sums_and_every_aggregation() {
        let specs = [FieldSpec::elapsed(), FieldSpec::error(), FieldSpec::bytes()];
        let mut table = PartialTable::new("m".into(), vec![Column::Source], specs.to_vec().into());
        let mut partial = Partial::new(&specs);
        partial.records = 3;
        for value in [1, i64::MAX - 1, i64::MAX - 1] {
            partial.fields[0].add(value);
        }
        partial.fields[1].add(0);
        let mut key = Key::default();
        key.codes[0] = table.dictionaries[0].intern("a");
        table.rows.push(PartialRow { bucket: Timestamp(0), key, partial });
        let row = Row { table: &table, row: &table.rows[0], bucket: Some(Timestamp(0)), span: 60_000_000_000 };
        let text = serde_json::to_string(&row).unwrap();
        assert!(text.starts_with(r#"{"bucket":"1970-01-01T00:00:00Z","source":"a","side":"callee","records":3,"one_sided":0,"#), "{text}");
        assert!(
            text.contains(r#""elapsed_ms":{"count":3,"sum":18446744073709.551613,"min":0.000001,"max":9223372036854.775806,"#),
            "{text}"
        );
        assert!(text.contains(r#""error":{"count":0,"sum":0,"min":0,"max":0,"avg":0.0,"rate":0.0,"p50":null"#), "{text}");
        assert!(!text.contains("bytes"), "a field without values is left out: {text}");
    }
}
