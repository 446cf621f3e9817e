//! Fields, rules and columns as they are typed on a command line: `p95(elapsed_ms)`, `error>10 for 3m`, `source,service`.

use std::collections::BTreeMap;

use magpie_model::alert::AlertSeverity;
use magpie_model::config::{Config, nearest, unknown};
use magpie_model::{Aggregate, Column, Condition, FieldSpec, Threshold, time};

use crate::error::{Error, Result};
use crate::report::MonitorTable;

/// Columns by name; at most one that is no dimension.
pub(crate) fn columns(names: &[String]) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let column =
            Column::from_name(name).ok_or_else(|| Error::Usage(unknown("column", name, Column::ALL.iter().map(|column| column.name()))))?;
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    if columns.iter().filter(|column| !column.is_dimension()).count() > 1 {
        return Err(Error::Usage(
            "at most one column besides source, source_module, service, target and target_module can be folded by".to_owned(),
        ));
    }
    Ok(columns)
}

/// A field with its aggregation. A field that is not known is declared as a number; an aggregation that is not kept is.
pub(crate) fn field(text: &str, config: &mut Config) -> Result<(usize, Aggregate)> {
    let (aggregate, name) = split(text.trim(), config)?;
    if name == "records" {
        let help = "is no field but what is counted, and always shown; write a field such as elapsed_ms, or a rule such as 'records>100'";
        return Err(Error::Usage(format!("`{text}` {help}")));
    }
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c)) || Column::from_name(name).is_some() {
        return Err(Error::Usage(format!("`{text}` is no field; write a name such as elapsed_ms, or p95(elapsed_ms)")));
    }
    let at = match config.field(name) {
        Some(at) => at,
        None => {
            let numbers = [Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::Sum, Aggregate::P50, Aggregate::P95, Aggregate::P99];
            config.fields.push(FieldSpec::number(name, 6, None, &numbers));
            config.fields.len() - 1
        }
    };
    let spec = &mut config.fields[at];
    let aggregate = aggregate.or(spec.aggregates.first().copied()).unwrap_or(Aggregate::Avg);
    if !spec.aggregates.contains(&aggregate) {
        spec.aggregates.push(aggregate);
    }
    Ok((at, aggregate))
}

/// An aggregation and the name of its field: `p95(elapsed_ms)`, or as configurations may write it, `elapsed_ms.p95`.
fn split<'a>(text: &'a str, config: &Config) -> Result<(Option<Aggregate>, &'a str)> {
    if let Some((word, name)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let known = || Aggregate::ALL.iter().map(|aggregate| aggregate.name());
        let aggregate = Aggregate::from_name(word).ok_or_else(|| Error::Usage(unknown("aggregate", word, known())))?;
        return Ok((Some(aggregate), name.trim()));
    }
    let suffixed = text.rsplit_once('.').filter(|_| config.field(text).is_none());
    let aggregate = suffixed.and_then(|(name, word)| Some((Some(Aggregate::from_name(word)?), name)));
    Ok(aggregate.unwrap_or((None, text)))
}

/// A rule such as `elapsed_ms>200`, `p95(elapsed_ms) > 500 for 3m`, `records<1`.
pub(crate) fn threshold(text: &str, monitor: &str, config: &mut Config) -> Result<Threshold> {
    let wrong = || Error::Usage(format!("`{text}` is no rule; write it as 'elapsed_ms>200', 'p95(elapsed_ms)>500 for 3m' or 'records<1'"));
    let at = text.find(['<', '>']).ok_or_else(wrong)?;
    let (left, right) = (text[..at].trim(), text[at + 1..].trim());
    let (limit, hold) = match right.split_once(" for ") {
        Some((limit, hold)) => (limit.trim(), time::parse_duration(hold).ok_or_else(wrong)?),
        None => (right, 0),
    };
    let limit: f64 = limit.parse().ok().filter(|limit: &f64| limit.is_finite()).ok_or_else(wrong)?;
    let condition = if text.as_bytes()[at] == b'>' { Condition::Above(limit) } else { Condition::Below(limit) };
    let (field, aggregate) = match left {
        "records" => ("records".to_owned(), None),
        _ => {
            let (at, aggregate) = field(left, config)?;
            (config.fields[at].name.clone(), Some(aggregate))
        }
    };
    Ok(Threshold {
        monitor: monitor.to_owned(),
        field,
        aggregate,
        condition,
        hold,
        severity: AlertSeverity::Warning,
        labels: BTreeMap::new(),
    })
}

/// What to say of fields that were asked for and that no record has: most often they are misspelt, and a rule about them
/// never fires.
pub(crate) fn absent(asked: &[String], tables: &[MonitorTable]) -> Vec<String> {
    if asked.is_empty() {
        return Vec::new();
    }
    let mut known = vec!["records"];
    for table in tables {
        let fields = &table.table.fields;
        let mut found: Vec<bool> = fields.iter().map(|spec| spec.flag || spec.distinct_of.is_some()).collect();
        let read = table.for_each_row(|_, _, partial| {
            for (found, field) in found.iter_mut().zip(&partial.fields) {
                *found |= field.count > 0;
            }
            Ok(())
        });
        debug_assert!(read.is_ok(), "reading rows fails only where writing them does");
        known.extend(fields.iter().zip(found).filter(|(_, found)| *found).map(|(spec, _)| spec.name.as_str()));
    }
    let mut missing: Vec<&String> = asked.iter().filter(|name| !known.contains(&name.as_str())).collect();
    missing.sort_unstable();
    missing.dedup();
    let warning = |name: &String| match nearest(name, &known) {
        Some(near) => format!("no record has the field '{name}'; did you mean '{near}'?"),
        None => format!("no record has the field '{name}'"),
    };
    missing.into_iter().map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_typed() {
        for (text, field, aggregate, condition, hold) in [
            ("elapsed_ms>200", "elapsed_ms", Some(Aggregate::Avg), Condition::Above(200.0), 0),
            ("p95(elapsed_ms) > 0.5 for 3m", "elapsed_ms", Some(Aggregate::P95), Condition::Above(0.5), 3 * time::MINUTE),
            ("records<1", "records", None, Condition::Below(1.0), 0),
            ("error>10", "error", Some(Aggregate::Count), Condition::Above(10.0), 0),
            ("queue_ms>3", "queue_ms", Some(Aggregate::Avg), Condition::Above(3.0), 0),
            ("elapsed_ms.max>3", "elapsed_ms", Some(Aggregate::Max), Condition::Above(3.0), 0),
            ("queue.ms>3", "queue.ms", Some(Aggregate::Avg), Condition::Above(3.0), 0),
        ] {
            let mut config = Config::default();
            let rule = threshold(text, "m", &mut config).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((rule.field.as_str(), rule.aggregate, rule.condition, rule.hold), (field, aggregate, condition, hold), "{text}");
        }
        for text in [
            "elapsed_ms",
            "elapsed_ms>",
            "rate(records)>1",
            "elapsed_ms>fast",
            ">3",
            "p51(elapsed_ms)>3",
            "source>3",
            "elapsed_ms>3 for ever",
        ] {
            assert!(threshold(text, "m", &mut Config::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn one_free_column_at_most() {
        assert_eq!(columns(&["source".into(), " service".into()]).unwrap(), [Column::Source, Column::Service]);
        assert!(columns(&["status".into(), "host".into()]).is_err());
        assert!(columns(&["sorce".into()]).unwrap_err().to_string().contains("did you mean `source`"));
    }
}
