//! The report as one JSON object, written row by row.
//!
//! Sums, minima and maxima are printed as exact decimals, straight from the integers they are; only averages and
//! percentiles are floats. Rows are never collected as a tree: a report may have a million.

use std::io::{self, Write};

use magpie_model::{Aggregate, Alert, Decimal, FieldPartial, FieldSpec, Partial, Severity, Timestamp};
use serde_json::json;

use super::{MonitorTable, Report};

/// Writes the whole object and a line end; rows are rendered by `threads`.
pub(crate) fn write(report: &Report, threads: usize, out: &mut dyn Write) -> io::Result<()> {
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
        write_monitor(monitor, report.bucket, threads, out)?;
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

fn write_monitor(monitor: &MonitorTable, bucket: i64, threads: usize, out: &mut dyn Write) -> io::Result<()> {
    let by: Vec<&str> = monitor.by.iter().map(|column| column.name()).collect();
    write!(out, "{{\"name\":{},\"by\":{},\"rows\":[", json!(monitor.name), json!(by))?;
    let renderer = || {
        let mut rows = RowWriter::new(&by, &monitor.table.fields, bucket);
        move |time: Option<Timestamp>, words: &[&str], partial: &Partial, text: &mut Vec<u8>| rows.row(time, words, partial, text)
    };
    let mut is_first = true;
    monitor.render_rows(threads, renderer, |text| {
        // Each row is written behind a comma.
        let text = text.get(usize::from(std::mem::take(&mut is_first))..).unwrap_or_default();
        out.write_all(text)
    })?;
    write!(out, "]}}")
}

/// Writes rows of one monitor, each behind a comma: a report may have a million, so nothing is formatted twice that is the
/// same for all of them, and nothing is allocated.
struct RowWriter<'a> {
    /// `,"source":` and so on.
    names: Vec<String>,
    /// `"elapsed_ms":{"count":` and so on.
    fields: Vec<(String, &'a FieldSpec)>,
    bucket: i64,
    /// The bucket of the row before, as it begins a row; empty before the first.
    start: (Option<Timestamp>, Vec<u8>),
}

impl<'a> RowWriter<'a> {
    fn new(by: &[&str], fields: &'a [FieldSpec], bucket: i64) -> Self {
        Self {
            names: by.iter().map(|name| format!(",\"{name}\":")).collect(),
            fields: fields.iter().map(|spec| (format!("\"{}\":{{\"count\":", spec.name), spec)).collect(),
            bucket,
            start: (None, Vec::new()),
        }
    }

    fn row(&mut self, time: Option<Timestamp>, words: &[&str], partial: &Partial, line: &mut Vec<u8>) {
        if self.start.1.is_empty() || self.start.0 != time {
            let written = time.map_or_else(|| ",{\"bucket\":null".to_owned(), |time| format!(",{{\"bucket\":\"{time}\""));
            self.start = (time, written.into_bytes());
        }
        line.extend_from_slice(&self.start.1);
        for (name, word) in self.names.iter().zip(words) {
            line.extend_from_slice(name.as_bytes());
            push_word(line, word);
        }
        self.partial(partial, line);
        line.push(b'}');
    }

    fn partial(&self, partial: &Partial, line: &mut Vec<u8>) {
        line.extend_from_slice(b",\"records\":");
        push_number(line, partial.records.into(), 0);
        if partial.one_sided > 0 {
            line.extend_from_slice(b",\"one_sided\":");
            push_number(line, partial.one_sided.into(), 0);
        }
        line.extend_from_slice(b",\"fields\":{");
        let mut written = 0;
        for (at, (name, spec)) in self.fields.iter().enumerate() {
            if partial.fields[at].count > 0 || spec.flag || spec.distinct_of.is_some() {
                if written > 0 {
                    line.push(b',');
                }
                written += 1;
                line.extend_from_slice(name.as_bytes());
                push_field(line, partial, at, spec, self.bucket);
            }
        }
        line.push(b'}');
    }
}

fn push_field(line: &mut Vec<u8>, partial: &Partial, at: usize, spec: &FieldSpec, bucket: i64) {
    let values: &FieldPartial = &partial.fields[at];
    push_number(line, if spec.flag { values.set } else { values.count }.into(), 0);
    line.extend_from_slice(b",\"sum\":");
    push_number(line, values.sum, spec.scale);
    if values.count == 0 {
        line.extend_from_slice(b",\"avg\":null,\"min\":null,\"max\":null");
    } else {
        line.extend_from_slice(b",\"avg\":");
        push_float(line, Aggregate::Avg.of(partial, at, spec, bucket));
        line.extend_from_slice(b",\"min\":");
        push_number(line, values.min.into(), spec.scale);
        line.extend_from_slice(b",\"max\":");
        push_number(line, values.max.into(), spec.scale);
    }
    if values.sketch.is_some() {
        for aggregate in [Aggregate::P50, Aggregate::P95, Aggregate::P99] {
            push_aggregate(line, aggregate, partial, at, spec, bucket);
        }
    } else {
        line.extend_from_slice(b",\"p50\":null,\"p95\":null,\"p99\":null");
    }
    for aggregate in [Aggregate::P90, Aggregate::Rate, Aggregate::Distinct] {
        if spec.aggregates.contains(&aggregate) {
            push_aggregate(line, aggregate, partial, at, spec, bucket);
        }
    }
    line.push(b'}');
}

fn push_aggregate(line: &mut Vec<u8>, aggregate: Aggregate, partial: &Partial, at: usize, spec: &FieldSpec, bucket: i64) {
    line.extend_from_slice(b",\"");
    line.extend_from_slice(aggregate.name().as_bytes());
    line.extend_from_slice(b"\":");
    push_float(line, aggregate.of(partial, at, spec, bucket));
}

/// A JSON string; `null` for the empty word.
fn push_word(line: &mut Vec<u8>, word: &str) {
    if word.is_empty() {
        line.extend_from_slice(b"null");
    } else if word.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        line.push(b'"');
        line.extend_from_slice(word.as_bytes());
        line.push(b'"');
    } else {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(line, word);
    }
}

fn push_number(line: &mut Vec<u8>, value: i128, scale: u32) {
    Decimal { value, scale }.append_to(line);
}

/// A JSON number; `null` for what is none.
fn push_float(line: &mut Vec<u8>, value: Option<f64>) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(line, &value);
}

fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "null".to_owned(), |time| format!("\"{time}\""))
}

fn comma(out: &mut dyn Write, at: usize) -> io::Result<()> {
    if at > 0 { out.write_all(b",") } else { Ok(()) }
}
