//! The report as one JSON object, written row by row.
//!
//! Sums, minima and maxima are printed as exact decimals, straight from the integers they are; only averages and
//! percentiles are floats. Rows are never collected as a tree: a report may have a million.

use std::io::{self, Write};

use magpie_model::{Aggregate, Alert, Decimal, FieldPartial, FieldSpec, Partial, Severity, Timestamp};
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
    let exact = |value: i128| Decimal { value, scale: spec.scale };
    write!(out, "{{\"count\":{},\"sum\":{}", if spec.flag { values.set } else { values.count }, exact(values.sum))?;
    if values.count == 0 {
        write!(out, ",\"avg\":null,\"min\":null,\"max\":null")?;
    } else {
        let average = float(Aggregate::Avg.of(partial, at, spec, bucket));
        let (min, max) = (exact(i128::from(values.min)), exact(i128::from(values.max)));
        write!(out, ",\"avg\":{average},\"min\":{min},\"max\":{max}")?;
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

fn float(value: Option<f64>) -> serde_json::Value {
    value.map_or(serde_json::Value::Null, Into::into)
}

fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "null".to_owned(), |time| format!("\"{time}\""))
}

fn comma(out: &mut dyn Write, at: usize) -> io::Result<()> {
    if at > 0 { out.write_all(b",") } else { Ok(()) }
}
