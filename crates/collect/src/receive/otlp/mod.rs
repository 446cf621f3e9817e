//! OTLP requests: what is in them, in the form in which the pipeline reads them.
//!
//! A request in Protocol Buffers is written anew as OTLP/JSON, one line per resource, so that both encodings, and files of
//! such lines, go one way and give the same records. Blocks that an agent sends are not log events but parts of files, and
//! are given as such ([`agent`]). What attributes mean is the pipeline's business.

pub(crate) mod agent;
mod ids;
mod records;
mod schema;
mod transcode;
mod walk;

use std::sync::Arc;

pub(crate) use agent::Run;

use super::protobuf::{Fields, Malformed};
use crate::redact::Redaction;

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `ExportLogsServiceRequest`.
    Logs,
    /// `ExportTraceServiceRequest`.
    Traces,
}

/// What a request held.
#[derive(Debug, Default, PartialEq)]
pub struct Request {
    /// OTLP/JSON, a line for each resource.
    pub lines: Vec<u8>,
    /// Parts of files.
    pub runs: Vec<Run>,
    /// Spans or log records that can never be stored, and why.
    pub rejected: Rejected,
}

/// What is told as `partial_success`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// Spans or log records.
    pub count: u64,
    /// Why the last of them was rejected.
    pub reason: String,
}

impl Rejected {
    pub(crate) fn add(&mut self, count: u64, reason: impl Into<String>) {
        if count > 0 {
            self.count += count;
            self.reason = reason.into();
        }
    }
}

/// Reads a request in Protocol Buffers.
///
/// # Errors
/// It is not one. Nothing of it may be stored then.
pub fn read_protobuf(signal: Signal, bytes: &[u8], redaction: &Arc<Redaction>) -> Result<Request, Malformed> {
    let mut request = Request::default();
    let mut fields = Fields::of(bytes);
    while let Some((number, value)) = fields.next()? {
        // `resource_spans` and `resource_logs` are field 1 of their requests.
        if number != 1 {
            continue;
        }
        let block = value.bytes(number)?;
        if signal == Signal::Logs
            && let Some(resource) = agent::resource(block)?
        {
            agent::read(block, &resource, redaction, &mut request)?;
            continue;
        }
        transcode::resource(signal, block, redaction, &mut request.lines)?;
        if signal == Signal::Traces {
            ids::count_nameless_in_protobuf(block, &mut request.rejected)?;
        }
    }
    Ok(request)
}

/// Reads a request in JSON; the text tells what is wrong with one that is none.
///
/// # Errors
/// It is not one. Nothing of it may be stored then.
pub fn read_json(signal: Signal, bytes: Vec<u8>, redaction: &Redaction) -> Result<Request, String> {
    let text = String::from_utf8(bytes).map_err(|error| format!("the body is not UTF-8: {}", error.utf8_error()))?;
    let mut request = Request::default();
    let resources = walk::check(signal, &text, &mut request.rejected)?;
    if resources == 0 {
        return Ok(request);
    }
    let mut line = text.into_bytes();
    // Raw line ends cannot stand within a string of JSON, so they are blanks between its tokens.
    line.iter_mut().filter(|byte| matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    if !redaction.is_empty() {
        line = redaction.json(&line);
    }
    line.push(b'\n');
    request.lines = line;
    Ok(request)
}

#[cfg(test)]
mod tests;
