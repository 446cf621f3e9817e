//! The report as one JSON object, written row by row.
//!
//! Sums, minima and maxima are printed as exact decimals, straight from the integers they are; only averages and
//! percentiles are floats. Rows are never collected as a tree: a report may have a million.

use std::io::{self, Write};

use magpie_model::{Aggregate, Alert, FieldPartial, FieldSpec, Partial, Severity, Timestamp};
use serde_json::json;

use super::{MonitorTable, Report};

/// Writes the whole object and a line end.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "{{\"records\":{},\"unparsed\":{},\"from\":{},\"to\":{}",
        report.records,
        report.unparsed,
        time(report.from),
        time(report.to)
    )?;
    write!(out, ",\"bucket\":\"{}\",\"formats\":[", magpie_model::time::format_duration(report.bucket))?;
    for (at, format) in report.formats.iter().enumerate() {
        comma(out, at)?;
        let object = json!({
            "source": format.source, "format": format.format, "confidence": format.confidence,
            "records": format.records, "unparsed": format.unparsed,
        });
        write!(out, "{object}")?;
    }
    write!(out, "],\"reasons\":[")?;
    for (at, reason) in report.reasons.iter().enumerate() {
        comma(out, at)?;
        write!(out, "{}", json!({"source": reason.source, "reason": reason.reason, "count": reason.count, "samples": reason.samples}))?;
    }
    write!(out, "],\"severities\":{{")?;
    for (at, (severity, count)) in report.severities.iter().filter(|(severity, _)| **severity != Severity::Unset).enumerate() {
        comma(out, at)?;
        write!(out, "\"{}\":{count}", severity.name())?;
    }
    write!(out, "}},\"monitors\":[")?;
    for (at, monitor) in report.monitors.iter().enumerate() {
        comma(out, at)?;
        write_monitor(monitor, report.bucket, out)?;
    }
    write!(out, "],\"alerts\":[")?;
    for (at, alert) in report.alerts.iter().enumerate() {
        comma(out, at)?;
        serde_json::to_writer(&mut *out, &alert_json(alert))?;
    }
    write!(out, "],\"remarks\":{{")?;
    for (at, (name, count)) in report.remarks.iter().enumerate() {
        comma(out, at)?;
        write!(out, "\"{name}\":{count}")?;
    }
    writeln!(out, "}}}}")
}

/// An alert with its condition as `above`, `below` or `new`, as the configuration writes it.
pub(crate) fn alert_json(alert: &Alert) -> serde_json::Value {
    serde_json::to_value(alert).unwrap_or_default()
}

fn write_monitor(monitor: &MonitorTable, bucket: i64, out: &mut dyn Write) -> io::Result<()> {
    let by: Vec<&str> = monitor.by.iter().map(|column| column.name()).collect();
    write!(out, "{{\"name\":{},\"by\":{},\"rows\":[", json!(monitor.name), json!(by))?;
    let mut at = 0;
    monitor.for_each_row(|time, words, partial| {
        comma(out, at)?;
        at += 1;
        match time {
            Some(time) => write!(out, "{{\"bucket\":\"{time}\"")?,
            None => write!(out, "{{\"bucket\":null")?,
        }
        for (name, word) in by.iter().zip(words) {
            write!(out, ",\"{name}\":")?;
            if word.is_empty() { out.write_all(b"null")? } else { serde_json::to_writer(&mut *out, word)? }
        }
        write_partial(partial, &monitor.table.fields, bucket, out)?;
        out.write_all(b"}")
    })?;
    write!(out, "]}}")
}

fn write_partial(partial: &Partial, fields: &[FieldSpec], bucket: i64, out: &mut dyn Write) -> io::Result<()> {
    write!(out, ",\"records\":{}", partial.records)?;
    if partial.one_sided > 0 {
        write!(out, ",\"one_sided\":{}", partial.one_sided)?;
    }
    write!(out, ",\"fields\":{{")?;
    let present = fields.iter().enumerate().filter(|(at, spec)| partial.fields[*at].count > 0 || spec.flag || spec.distinct_of.is_some());
    for (written, (at, spec)) in present.enumerate() {
        comma(out, written)?;
        write!(out, "\"{}\":", spec.name)?;
        write_field(partial, at, spec, bucket, out)?;
    }
    write!(out, "}}")
}

fn write_field(partial: &Partial, at: usize, spec: &FieldSpec, bucket: i64, out: &mut dyn Write) -> io::Result<()> {
    let values: &FieldPartial = &partial.fields[at];
    write!(out, "{{\"count\":{},\"sum\":", if spec.flag { values.set } else { values.count })?;
    write_decimal(values.sum, spec.scale, out)?;
    if values.count == 0 {
        write!(out, ",\"avg\":null,\"min\":null,\"max\":null")?;
    } else {
        write!(out, ",\"avg\":{},\"min\":", float(Aggregate::Avg.of(partial, at, spec, bucket)))?;
        write_decimal(i128::from(values.min), spec.scale, out)?;
        write!(out, ",\"max\":")?;
        write_decimal(i128::from(values.max), spec.scale, out)?;
    }
    for aggregate in [Aggregate::P50, Aggregate::P95, Aggregate::P99] {
        write!(out, ",\"{}\":{}", aggregate.name(), float(aggregate.of(partial, at, spec, bucket)))?;
    }
    for aggregate in [Aggregate::P90, Aggregate::Rate, Aggregate::Distinct] {
        if spec.aggregates.contains(&aggregate) {
            write!(out, ",\"{}\":{}", aggregate.name(), float(aggregate.of(partial, at, spec, bucket)))?;
        }
    }
    write!(out, "}}")
}

/// Writes `value / 10^scale` exactly, without trailing zeros.
fn write_decimal(value: i128, scale: u32, out: &mut dyn Write) -> io::Result<()> {
    let one = 10u128.pow(scale.min(18));
    let magnitude = value.unsigned_abs();
    let (whole, mut rest) = (magnitude / one, magnitude % one);
    if value < 0 {
        write!(out, "-")?;
    }
    write!(out, "{whole}")?;
    if rest == 0 {
        return Ok(());
    }
    let mut digits = scale.min(18) as usize;
    while rest % 10 == 0 {
        rest /= 10;
        digits -= 1;
    }
    write!(out, ".{rest:0digits$}")
}

fn float(value: Option<f64>) -> serde_json::Value {
    value.map_or(serde_json::Value::Null, Into::into)
}

fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "null".to_owned(), |time| format!("\"{time}\""))
}

fn comma(out: &mut dyn Write, at: usize) -> io::Result<()> {
    if at > 0 { out.write_all(b",") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (value, scale, text) in [
            (43_500_000, 6, "43.5"),
            (1, 6, "0.000001"),
            (-1_500, 3, "-1.5"),
            (7, 0, "7"),
            (i128::from(i64::MAX) * 4, 6, "36893488147419.103228"),
        ] {
            let mut out = Vec::new();
            write_decimal(value, scale, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
