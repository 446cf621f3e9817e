//! What a monitor's rows are made by, as fingerprints: two configurations with the same fingerprint make the same rows.
//!
//! The store notes them with each segment, so that a change of a monitor shows as segments whose rows are still to be made
//! anew. Thresholds are no part of it, except for what they make a field keep.

use magpie_model::config::{Config, Where};
use magpie_model::rollup::Recipe;
use magpie_model::{Column, FieldSpec, distinct};

use super::plan::Plan;

/// The recipes of all monitors, in the order of the configuration.
pub fn recipes(config: &Config) -> Vec<Recipe> {
    let (plan, _) = Plan::of(config, false);
    let recipe = |(monitor, plan): (&magpie_model::config::Monitor, &super::plan::MonitorPlan)| {
        let mut words = vec!["1".to_owned(), monitor.name.clone(), config.bucket.length().to_string()];
        words.extend(plan.by.iter().map(|column| column.name().to_owned()));
        words.push("where".to_owned());
        for condition in &monitor.filter {
            match condition {
                Where::Column(column, values) => {
                    words.push(column.name().to_owned());
                    words.extend(values.iter().cloned());
                }
                Where::Severity(severities) => words.extend(severities.iter().map(|severity| format!("severity {}", severity.name()))),
            }
            words.push("and".to_owned());
        }
        words.extend(monitor.kinds.iter().map(|kind| kind.name().to_owned()));
        let rows = fingerprint(&words);
        words.extend(plan.specs.iter().map(field));
        Recipe { monitor: monitor.name.clone(), rows, fields: fingerprint(&words) }
    };
    config.monitors.iter().zip(&plan.monitors).map(recipe).collect()
}

/// What of a field shows in a partial.
fn field(spec: &FieldSpec) -> String {
    let distinct = spec.distinct_of.map_or("", Column::name);
    format!("{} {} {} {} {distinct}", spec.name, spec.scale, spec.flag, spec.wants_sketch())
}

fn fingerprint(words: &[String]) -> String {
    let mut bytes = Vec::new();
    // Each word with its length, so that no two lists read alike.
    for word in words {
        bytes.extend((word.len() as u64).to_le_bytes());
        bytes.extend(word.as_bytes());
    }
    format!("{:016x}", distinct::hash(&bytes))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn recipe(monitor: &str, more: &str) -> Recipe {
        let text = format!("monitors:\n  - {monitor}\n{more}");
        recipes(&magpie_model::config::read(&text, Path::new("m.yaml"), &|_| None).unwrap()).remove(0)
    }

    #[test]
    fn only_what_changes_rows_or_fields_changes_the_fingerprints() {
        let base = recipe("{ name: m, by: [source], where: { target: [a, b] } }", "");
        for (monitor, more, rows, fields) in [
            ("{ name: m, by: [source], where: { target: [a, b] } }", "", true, true),
            ("{ name: m, by: [source], where: { target: [a, b] }, thresholds: [{ field: records, above: 1 }] }", "", true, true),
            ("{ name: m, by: [source], where: { target: [a, b] }, thresholds: [{ field: p95(bytes), above: 1 }] }", "", true, false),
            ("{ name: m, by: [source], where: { target: [a, b] }, fields: [bytes] }", "", true, false),
            ("{ name: m, by: [source], where: { target: [a, b] } }", "fields: { elapsed_ms: avg, more: avg }\n", true, false),
            ("{ name: m, by: [source, target], where: { target: [a, b] } }", "", false, false),
            ("{ name: m, by: [source], where: { target: [a] } }", "", false, false),
            ("{ name: m, by: [source], where: { target_module: [a, b] } }", "", false, false),
            ("{ name: m, by: [source], where: { target: [a, b], kind: log } }", "", false, false),
            ("{ name: n, by: [source], where: { target: [a, b] } }", "", false, false),
            ("{ name: m, by: [source], where: { target: [a, b] } }", "bucket: 5m\n", false, false),
        ] {
            let other = recipe(monitor, more);
            assert_eq!((other.rows == base.rows, other.fields == base.fields), (rows, fields), "{monitor} {more}");
        }
    }
}
