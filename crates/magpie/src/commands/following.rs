//! Records as they come: what `magpie logs --follow` and `magpie runs logs --follow` do alike.
//!
//! Following opens the stream before it asks for the past, and shows what came meanwhile after it, each record once: so
//! nothing is missed between the two. What the stream itself left out, because it was read too slowly, is told.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Write;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::client::{Query, Server};
use super::event::EventForm;
use super::output::Output;
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::stderr;

/// Records of the stream that wait while the past is asked for.
const MOST_WAITING: usize = 10_000;

/// Writes records.
pub(super) struct Printer {
    out: Output,
    form: EventForm,
    json: bool,
}

impl Printer {
    /// To standard output; `json` as the API gives them, one a line when they come one by one.
    pub(super) fn new(json: bool) -> Result<Self> {
        let out = Output::open(None)?;
        let form = EventForm::of_stdout(out.color, out.width);
        Ok(Self { out, form, json })
    }

    /// A page as the API gives it, or its records oldest first.
    pub(super) fn page(mut self, records: Vec<Value>, next: Value) -> Result<()> {
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

/// Shows the past, newest first as the API gives it, and then what the stream tells, until the server ends it.
pub(super) async fn follow(server: &Server, stream: Query, past: impl Future<Output = Result<Vec<Value>>>, printer: Printer) -> Result<()> {
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
        let records = past.await?;
        show_past(&records, &mut following.borrow_mut(), &mut printer.borrow_mut())
    };
    tokio::try_join!(server.stream("/api/v1/stream", &stream, &mut each), first)?;
    stderr::tell("the server ended the stream");
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
        (0, _) => stderr::tell("warning: some records came too fast to be shown"),
        (records, _) => tell_too_fast(records),
    }
}

fn tell_too_fast(records: u64) {
    stderr::tell(format_args!("warning: {} came too fast to be shown", numbers::counted(records, "record")));
}
