//! The heat map: how the values of a field are distributed, bucket by bucket, from the sketches of the rollups.
//!
//! A sketch has 64 bins between one power of two and the next; a picture needs four. Bins are joined to quarters of an octave,
//! whose bounds are the same in every bucket, so that rows line up.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use magpie_model::sketch::Sketch;
use magpie_model::time::SECOND;
use magpie_model::{Code, FieldSpec, Timestamp};
use serde::Serialize;

use super::get;
use super::rollups::Scan;
use super::selection::{Selection, read_step_parameter, selection_parameters};
use crate::endpoint::{Call, Endpoint, Reply};
use crate::params::{Parameter, Place, unknown_name};
use crate::problem::Problem;
use crate::shared::Shared;

/// Bits of a bin that are joined: 16 bins become one.
const JOINED: u32 = 4;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let field = Parameter { required: true, ..Parameter::text("field", Place::Query, "A field that keeps percentiles.") };
    vec![
        get("/api/v1/rollups/heatmap", "getHeatmap", "rollups", "Heatmap", heatmap)
            .told("Values of a field over time", "Counts by time and value, from the sketches; combinations of a bucket are added up.")
            .with([
                field,
                Parameter::text(
                    "step",
                    Place::Query,
                    "Length of a column, a multiple of the configured bucket, such as 5m; the bucket without.",
                ),
            ])
            .with(selection_parameters()),
    ]
}

#[derive(Serialize)]
struct Heatmap<'a> {
    field: &'a str,
    unit: Option<&'a str>,
    from: Timestamp,
    to: Timestamp,
    step_seconds: f64,
    rows: Vec<Bucket>,
    scan: Option<Scan>,
}

#[derive(Serialize)]
struct Bucket {
    bucket: Timestamp,
    bins: Vec<Bin>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Bin {
    low: f64,
    high: f64,
    count: u64,
}

fn heatmap(shared: &Shared, call: &Call) -> Result<Reply, Problem> {
    let config = shared.api.backend.config();
    let name = call.query.one("field").unwrap_or("");
    let Some(at) = config.field(name) else {
        let known: Vec<&str> = config.fields.iter().map(|spec| spec.name.as_str()).collect();
        return Err(unknown_name(StatusCode::BAD_REQUEST, "field", name, &known));
    };
    let spec = &config.fields[at];
    if !spec.wants_sketch() {
        let fix = format!("declare a percentile of it: `fields: {{ {name}: {{ aggregate: [avg, p95] }} }}`");
        return Err(
            Problem::parameter("field", format!("`{name}` keeps no percentiles"), fix).coded(Code::NoPercentiles, &[("field", &name)])
        );
    }
    let selection = Selection::read(shared, call, &config, read_step_parameter(call, &config)?)?;
    let Some(step) = selection.step else {
        return Err(Problem::parameter("step", "a heat map needs buckets", "give a length such as 5m"));
    };
    let (table, scan) = selection.rows_with_scan(shared)?;
    let mut buckets: BTreeMap<Timestamp, Sketch> = BTreeMap::new();
    if let Some(at) = table.fields.iter().position(|field| field.name == spec.name) {
        for row in &table.rows {
            let sketch = row.partial.fields.get(at).and_then(|values| values.sketch.as_deref());
            sketch.into_iter().for_each(|sketch| buckets.entry(row.bucket).or_default().merge(sketch));
        }
    }
    Reply::json(&Heatmap {
        field: &spec.name,
        unit: spec.unit.as_deref(),
        from: selection.range.from,
        to: selection.range.to,
        step_seconds: step as f64 / SECOND as f64,
        rows: buckets.into_iter().map(|(bucket, sketch)| Bucket { bucket, bins: joined(&sketch, spec) }).collect(),
        scan,
    })
}

/// The bins of a sketch in quarters of an octave, ascending, in the field's unit; `high` is the `low` of the next.
fn joined(sketch: &Sketch, spec: &FieldSpec) -> Vec<Bin> {
    let one = spec.one() as f64;
    let mut groups: BTreeMap<i16, u64> = BTreeMap::new();
    for &(bin, count) in sketch.bins() {
        // Least values come first, so that negative ones descend by size.
        let group = (bin.unsigned_abs() >> JOINED) as i16;
        *groups.entry(if bin < 0 { -group - 1 } else { group }).or_default() += u64::from(count);
    }
    let bin = |(group, count): (i16, u64)| {
        let size = if group < 0 { -group - 1 } else { group };
        let (first, last) = (size << JOINED, (size << JOINED) | ((1 << JOINED) - 1));
        let (low, high) = (Sketch::bounds(first).0, Sketch::bounds(last).1 + 1.0);
        let (low, high) = if group < 0 { (-high, -low) } else { (low, high) };
        Bin { low: low / one, high: high / one, count }
    };
    groups.into_iter().map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_join_to_quarters_of_an_octave() {
        let spec = FieldSpec { scale: 0, ..FieldSpec::elapsed() };
        let sketch = |values: &[i64]| {
            let mut sketch = Sketch::default();
            values.iter().for_each(|&value| sketch.add(value));
            sketch
        };
        let bin = |low, high, count| Bin { low, high, count };
        for (values, bins) in [
            (&[][..], vec![]),
            (&[0, 15, 16], vec![bin(0.0, 16.0, 2), bin(16.0, 32.0, 1)]),
            (&[64, 79, 80, 127, 128], vec![bin(64.0, 80.0, 2), bin(80.0, 96.0, 1), bin(112.0, 128.0, 1), bin(128.0, 160.0, 1)]),
            (&[-20, -3, 3], vec![bin(-32.0, -16.0, 1), bin(-16.0, -0.0, 1), bin(0.0, 16.0, 1)]),
        ] {
            assert_eq!(joined(&sketch(values), &spec), bins, "{values:?}");
        }
    }
}
