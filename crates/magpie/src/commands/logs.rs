//! `magpie logs`: stored records of a running Magpie, oldest first like a log file, and with `--follow` what comes next.

use std::process::ExitCode;

use serde_json::Value;

use super::client::{self, Query, Server};
use super::following::{Printer, follow};
use crate::cli::LogsArgs;
use crate::error::{Error, Result};

/// Most records that the API gives at once.
const PAGE: usize = 1_000;

/// Prints what was found.
pub(super) fn run(args: &LogsArgs) -> Result<ExitCode> {
    let filters = filters(args)?;
    let server = Server::reach(&args.server.reach)?;
    let printer = Printer::new(args.server.json)?;
    if args.follow {
        let mut stream = query(&filters);
        stream.add("topics", "records");
        let before = async { past(&server, args, &filters).await.map(|(records, _)| records) };
        client::block_on(follow(&server, stream, before, printer))?;
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
