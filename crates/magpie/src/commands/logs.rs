//! `magpie logs`: stored records of a running Magpie, oldest first like a log file, and with `--follow` what comes next.
//!
//! Following opens the stream before it asks for the past, and shows what came meanwhile after it, each record once: so
//! nothing is missed between the two. What the stream itself left out, because it was read too slowly, is told.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::client::{self, Query, Server};
use super::event::EventForm;
use super::output::Output;
use crate::cli::LogsArgs;
use crate::error::{Error, Result};
use crate::report::numbers;

/// Most records that the API gives at once.
const PAGE: usize = 1_000;
/// Records of the stream that wait while the past is asked for.
const MOST_WAITING: usize = 10_000;

/// Prints what was found.
pub(super) fn run(args: &LogsArgs) -> Result<ExitCode> {
    let filters = filters(args)?;
    let server = Server::new(&args.server.server);
    let out = Output::open(None)?;
    let form = EventForm::of_stdout(out.color, out.width);
    let printer = Printer { out, form, json: args.server.json };
    if args.follow {
        client::block_on(follow(&server, args, &filters, printer))?;
    } else {
        let (records, next) = client::block_on(past(&server, args, &filters))?;
        printer.page(records, next)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The filters as parameters of the API.
fn filters(args: &LogsArgs) -> Result<Vec<(String, String)>> {
    let mut filters = Vec::new();
    for text in &args.filter {
        let (name, value) =
            text.split_once('=').ok_or_else(|| Error::Usage(format!("`{text}` is no filter; write it as status=500 or status!=200")))?;
        match name.trim_end().strip_suffix('!') {
            Some(column) => filters.push((format!("not.{}", column.trim()), value.to_owned())),
            None => filters.push((name.trim().to_owned(), value.to_owned())),
        }
    }
    filters.extend(args.severity.iter().map(|severity| ("severity".to_owned(), severity.trim().to_lowercase())));
    let how = if args.regex {
        "regex"
    } else if args.words {
        "words"
    } else {
        "q"
    };
    if !args.text.is_empty() {
        filters.push((how.to_owned(), args.text.join(" ")));
    }
    Ok(filters)
}

fn query(filters: &[(String, String)]) -> Query {
    let mut query = Query::default();
    filters.iter().for_each(|(name, value)| query.add(name, value));
    query
}

/// Records newest first, at most as many as asked for, and the cursor where more would be.
async fn past(server: &Server, args: &LogsArgs, filters: &[(String, String)]) -> Result<(Vec<Value>, Value)> {
    let (mut records, mut next) = (Vec::new(), Value::Null);
    while records.len() < args.limit {
        let mut query = query(filters);
        query.add("from", &args.server.from);
        query.add("to", &args.server.to);
        query.add("limit", &(args.limit - records.len()).min(PAGE).to_string());
        if let Some(cursor) = next.as_str() {
            query.add("cursor", cursor);
        }
        let mut page = server.get("/api/v1/records", &query).await?;
        if let Value::Array(found) = page["records"].take() {
            records.extend(found);
        }
        next = page["next"].take();
        if next.is_null() {
            break;
        }
    }
    Ok((records, next))
}

/// Writes records.
struct Printer {
    out: Output,
    form: EventForm,
    json: bool,
}

impl Printer {
    /// A page as the API gives it, or its records oldest first.
    fn page(mut self, records: Vec<Value>, next: Value) -> Result<()> {
        if self.json {
            writeln!(self.out, "{}", json!({"records": records, "next": next}))?;
        } else {
            records.iter().rev().try_for_each(|record| self.form.write(record, &mut self.out))?;
        }
        self.out.finish()
    }

    fn record(&mut self, record: &Value) -> Result<()> {
        if self.json {
            writeln!(self.out, "{record}")?;
        } else {
            self.form.write(record, &mut self.out)?;
        }
        Ok(())
    }
}

/// Where following stands.
enum Following {
    /// The past is not shown yet: what came meanwhile, and how many more did not fit.
    Waiting(Vec<Value>, u64),
    /// The past is shown.
    Live,
}

async fn follow(server: &Server, args: &LogsArgs, filters: &[(String, String)], printer: Printer) -> Result<()> {
    let mut stream = query(filters);
    stream.add("topics", "records");
    let (opened, printer, following) = (Notify::new(), RefCell::new(printer), RefCell::new(Following::Waiting(Vec::new(), 0)));
    let mut each = |name: &str, data: &str| -> Result<()> {
        match name {
            "hello" => opened.notify_one(),
            "record" => take(data, &mut following.borrow_mut(), &mut printer.borrow_mut())?,
            "lagged" => tell_missed(data),
            _ => {}
        }
        Ok(())
    };
    let first = async {
        opened.notified().await;
        let (records, _) = past(server, args, filters).await?;
        show_past(&records, &mut following.borrow_mut(), &mut printer.borrow_mut())
    };
    tokio::try_join!(server.stream("/api/v1/stream", &stream, &mut each), first)?;
    anstream::eprintln!("the server ended the stream");
    Ok(())
}

fn take(data: &str, following: &mut Following, printer: &mut Printer) -> Result<()> {
    let record: Value = serde_json::from_str(data).map_err(Error::failed("read a record of the stream"))?;
    match following {
        Following::Live => {
            printer.record(&record)?;
            printer.out.flush()?;
        }
        Following::Waiting(waiting, _) if waiting.len() < MOST_WAITING => waiting.push(record),
        Following::Waiting(_, missed) => *missed += 1,
    }
    Ok(())
}

fn show_past(records: &[Value], following: &mut Following, printer: &mut Printer) -> Result<()> {
    let shown: HashSet<&str> = records.iter().filter_map(|record| record["id"].as_str()).collect();
    records.iter().rev().try_for_each(|record| printer.record(record))?;
    if let Following::Waiting(waiting, missed) = std::mem::replace(following, Following::Live) {
        let fresh = waiting.iter().filter(|record| record["id"].as_str().is_none_or(|id| !shown.contains(id)));
        fresh.into_iter().try_for_each(|record| printer.record(record))?;
        if missed > 0 {
            tell_too_fast(missed);
        }
    }
    printer.out.flush()?;
    Ok(())
}

fn tell_missed(data: &str) {
    let missed: Value = serde_json::from_str(data).unwrap_or_default();
    match (missed["records"].as_u64().unwrap_or(0), missed["batches"].as_u64().unwrap_or(0)) {
        (0, 0) => {}
        (0, _) => anstream::eprintln!("warning: some records came too fast to be shown"),
        (records, _) => tell_too_fast(records),
    }
}

fn tell_too_fast(records: u64) {
    anstream::eprintln!("warning: {} came too fast to be shown", numbers::counted(records, "record"));
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn args(line: &str) -> LogsArgs {
        match Cli::parse_from(["magpie", "logs"].into_iter().chain(line.split_whitespace())).command {
            Command::Logs(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_typed_becomes_parameters() {
        for (line, expected) in [
            ("", vec![]),
            ("timeout", vec![("q", "timeout")]),
            ("target_module:video severity>=warn", vec![("q", "target_module:video severity>=warn")]),
            ("--words timeout", vec![("words", "timeout")]),
            ("--regex time.ut", vec![("regex", "time.ut")]),
            ("--severity error,FATAL", vec![("severity", "error"), ("severity", "fatal")]),
            ("--where status=500 --where target_module!=video", vec![("status", "500"), ("not.target_module", "video")]),
            ("--where attr.query=a=b --where status=", vec![("attr.query", "a=b"), ("status", "")]),
        ] {
            let filters = filters(&args(line)).unwrap();
            assert_eq!(filters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected, "{line}");
        }
        assert!(filters(&args("--where status")).unwrap_err().to_string().contains("status=500"));
    }
}
