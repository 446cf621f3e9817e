//! Records as a file: the same filters as the search, sent page by page as they are read, newest first.
//!
//! The first page is read before the answer begins, so that a mistake is told as one; an error after that breaks the
//! connection off, which a client sees, rather than ending a file that looks whole. A client that reads slowly is waited for,
//! and one that goes away ends the reading with the next page.

use magpie_model::FieldSpec;
use magpie_model::config::Config;
use magpie_model::query::{RecordQuery, TimeRange};
use magpie_model::record::Record;
use serde_json::{Map, Value, json};

use super::get;
use crate::endpoint::{Call, Endpoint, Handler, Reply};
use crate::filters::{filter_parameters, record_query};
use crate::params::{Parameter, Place, limit_parameter, range_parameters};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::streamed::{Piece, Pieces, Streamed};

const MOST_RECORDS: usize = 1_000_000;
const FAIR_RECORDS: usize = 100_000;
/// Records read at once.
const PAGE: usize = 2_000;
/// Columns of a CSV file without `columns`.
const FAIR_COLUMNS: [&str; 14] = [
    "time",
    "severity",
    "kind",
    "source",
    "source_module",
    "service",
    "target",
    "target_module",
    "status",
    "elapsed_ms",
    "host",
    "file",
    "offset",
    "message",
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let forms = json!({"type": "string", "enum": ["jsonl", "csv"], "default": "jsonl"});
    let export = get("/api/v1/records/export", "exportRecords", "records", "", |_, _| Ok(Reply::text("")))
        .told(
            "Records as a file",
            "Newest first, sent as they are read. `jsonl`: a Record a line; `csv`: RFC 4180 with a header. A connection that breaks off \
             means that the file is not whole.",
        )
        .with([
            Parameter::new("format", Place::Query, "`jsonl` (application/x-ndjson) or `csv` (text/csv).", forms),
            Parameter::text(
                "columns",
                Place::Repeated,
                "Members of the record, repeated or with commas, such as time,severity,attr.user,message. Without: all of them for jsonl, \
                 the usual ones for csv.",
            ),
        ])
        .with(range_parameters("One hour before `to` without; `to` is now without."))
        .with(filter_parameters())
        .with([limit_parameter(FAIR_RECORDS, MOST_RECORDS)]);
    vec![Endpoint { content_type: "application/x-ndjson", reply: None, handler: Handler::Stream(export_records), ..export }]
}

/// How a record becomes a line.
enum Form {
    Lines(Vec<String>),
    Csv(Vec<String>),
}

struct Export {
    query: RecordQuery,
    left: usize,
    form: Form,
    fields: Vec<FieldSpec>,
    began: bool,
}

fn export_records(shared: &Shared, call: &Call) -> Result<Streamed, Problem> {
    let config = shared.api.backend.config();
    let range = call.query.range(shared.api.backend.now(), &config.zone, super::records::last_hour(shared))?;
    let columns = columns(call, &config)?;
    let (form, content_type, ending) = match call.query.one("format").unwrap_or("jsonl") {
        "jsonl" => (Form::Lines(columns), "application/x-ndjson", "jsonl"),
        "csv" if columns.is_empty() => (Form::Csv(FAIR_COLUMNS.map(str::to_owned).to_vec()), "text/csv; charset=utf-8", "csv"),
        "csv" => (Form::Csv(columns), "text/csv; charset=utf-8", "csv"),
        other => return Err(Problem::parameter("format", format!("`{other}` is no form of export"), "use jsonl or csv")),
    };
    let export = Export {
        query: record_query(&call.query, range, &config)?,
        left: call.query.limit(FAIR_RECORDS, MOST_RECORDS)?,
        form,
        fields: config.fields.clone(),
        began: false,
    };
    Ok(Streamed { content_type, file: file_name(range, ending), pieces: Box::new(export) })
}

fn columns(call: &Call, config: &Config) -> Result<Vec<String>, Problem> {
    let known = super::completion::record_names(config);
    let names = call.query.listed("columns");
    for name in &names {
        let is_attribute = name.strip_prefix("attr.").is_some_and(|key| !key.is_empty());
        if !is_attribute && !known.contains(name) {
            let fix = format!("use some of {}, or attr.NAME", known.join(", "));
            return Err(Problem::parameter("columns", magpie_model::config::unknown("column", name, known), fix));
        }
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// `magpie-records-20261120T100000Z.jsonl`: the time is that at which the range ends.
fn file_name(range: TimeRange, ending: &str) -> String {
    let time: String = range.to.to_string().chars().take_while(|&c| c != '.').filter(|c| c.is_ascii_alphanumeric()).collect();
    format!("magpie-records-{}Z.{ending}", time.trim_end_matches('Z'))
}

impl Pieces for Export {
    fn next(&mut self, shared: &Shared) -> Result<Piece, Problem> {
        let mut bytes = Vec::new();
        if let (Form::Csv(columns), false) = (&self.form, self.began) {
            row(&mut bytes, columns.iter().map(String::as_str));
        }
        self.began = true;
        self.query.limit = self.left.min(PAGE);
        let page = shared.api.telemetry.search(&self.query)?;
        for record in &page.records {
            self.form.write(record, &self.fields, &mut bytes)?;
        }
        self.left -= page.records.len().min(self.left);
        self.query.after = page.next;
        Ok(Piece { bytes: bytes.into(), is_last: self.left == 0 || page.next.is_none() })
    }
}

impl Form {
    fn write(&self, record: &Record, fields: &[FieldSpec], bytes: &mut Vec<u8>) -> Result<(), Problem> {
        let whole = record.to_json(fields);
        match self {
            Self::Lines(columns) => {
                let chosen = |name: &String| Some((name.clone(), member(&whole, name)?.clone()));
                let value = if columns.is_empty() { whole } else { columns.iter().filter_map(chosen).collect::<Map<_, _>>().into() };
                serde_json::to_writer(&mut *bytes, &value).map_err(|error| Problem::internal(&error))?;
                bytes.push(b'\n');
            }
            Self::Csv(columns) => {
                let cells: Vec<String> = columns.iter().map(|name| member(&whole, name).map(cell).unwrap_or_default()).collect();
                row(bytes, cells.iter().map(String::as_str));
            }
        }
        Ok(())
    }
}

fn member<'r>(record: &'r Value, name: &str) -> Option<&'r Value> {
    match name.strip_prefix("attr.") {
        Some(key) => record["attributes"].get(key),
        None => record.get(name),
    }
}

fn cell(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A line after RFC 4180: cells with a comma, a quote or a line end stand in quotes, quotes are doubled.
fn row<'c>(bytes: &mut Vec<u8>, cells: impl Iterator<Item = &'c str>) {
    for (nth, cell) in cells.enumerate() {
        if nth > 0 {
            bytes.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            bytes.extend(format!("\"{}\"", cell.replace('"', "\"\"")).into_bytes());
        } else {
            bytes.extend(cell.as_bytes());
        }
    }
    bytes.extend(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Timestamp;

    #[test]
    fn cells_are_quoted_as_rfc_4180_says() {
        let mut bytes = Vec::new();
        row(&mut bytes, ["a", "b,c", "say \"x\"", "two\nlines", ""].into_iter());
        assert_eq!(String::from_utf8(bytes).unwrap(), "a,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",\r\n");
    }

    #[test]
    fn the_file_is_named_after_the_end_of_its_range() {
        let to = Timestamp::parse_rfc3339("2026-11-20T10:00:00.5Z").unwrap();
        assert_eq!(file_name(TimeRange { from: Timestamp(0), to }, "csv"), "magpie-records-20261120T100000Z.csv");
    }
}
