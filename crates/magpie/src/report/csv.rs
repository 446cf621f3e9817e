//! The rows of all monitors as CSV (RFC 4180), one table after the other, each with its header.

use std::io::{self, Write};

use magpie_model::{Aggregate, Partial, Timestamp};

use super::{MonitorTable, Report};

/// Writes every monitor; a blank line lies between two tables. Rows are rendered by `threads`.
pub(crate) fn write(report: &Report, threads: usize, out: &mut dyn Write) -> io::Result<()> {
    for (at, monitor) in report.monitors.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write_monitor(monitor, report.bucket, threads, out)?;
    }
    Ok(())
}

fn write_monitor(monitor: &MonitorTable, bucket: i64, threads: usize, out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<(usize, Aggregate)> = shown(monitor);
    let mut header: Vec<String> = vec!["monitor".into(), "bucket".into()];
    header.extend(monitor.by.iter().map(|column| column.name().to_owned()));
    header.push("records".into());
    header.extend(columns.iter().map(|&(at, aggregate)| format!("{}_{}", monitor.table.fields[at].name, aggregate.name())));
    writeln!(out, "{}", header.join(","))?;
    let name = quoted(&monitor.name);
    let write_row = |time: Option<Timestamp>, words: &[&str], partial: &Partial, text: &mut Vec<u8>| -> io::Result<()> {
        write!(text, "{name},")?;
        if let Some(time) = time {
            write!(text, "{time}")?;
        }
        for word in words {
            write!(text, ",{}", quoted(word))?;
        }
        write!(text, ",{}", partial.records)?;
        for &(at, aggregate) in &columns {
            match aggregate.of(partial, at, &monitor.table.fields[at], bucket) {
                Some(value) => write!(text, ",{value}")?,
                None => write!(text, ",")?,
            }
        }
        writeln!(text)
    };
    let renderer = || {
        |time: Option<Timestamp>, words: &[&str], partial: &Partial, text: &mut Vec<u8>| {
            // Writing to memory cannot fail.
            let _ = write_row(time, words, partial, text);
        }
    };
    monitor.render_rows(threads, renderer, |text| out.write_all(text))
}

/// The aggregations that are kept, of fields that have a value in some row.
fn shown(monitor: &MonitorTable) -> Vec<(usize, Aggregate)> {
    let used = |at: usize| monitor.table.rows.iter().any(|row| row.partial.fields[at].count > 0);
    let fields = monitor.table.fields.iter().enumerate().filter(|(at, spec)| spec.distinct_of.is_some() || used(*at));
    fields.flat_map(|(at, spec)| spec.aggregates.iter().map(move |&aggregate| (at, aggregate))).collect()
}

fn quoted(word: &str) -> String {
    if word.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", word.replace('"', "\"\"")) } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_where_csv_needs_it() {
        assert_eq!(["a", "a,b", "say \"x\""].map(quoted), ["a", "\"a,b\"", "\"say \"\"x\"\"\""]);
    }
}
