//! The child's side: expressions come in on standard input, values go out on standard output.
//!
//! A message is its length as four bytes, little end first, and that many bytes of JSON. The child limits its own memory
//! before it reads the first one, and ends when its input ends; the deadline is kept by the parent, which kills it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::jq;

/// Longest message in bytes.
pub(super) const MAX_MESSAGE: usize = 64 << 20;
/// Compiled expressions that are remembered.
const REMEMBERED: usize = 1024;

/// What the parent asks.
#[derive(Serialize)]
pub(super) struct Question<'a> {
    pub(super) expression: &'a str,
    pub(super) input: &'a Value,
    pub(super) variables: BTreeMap<&'a str, &'a Value>,
}

#[derive(Deserialize)]
struct Asked {
    expression: String,
    input: Value,
    variables: BTreeMap<String, Value>,
}

/// What the child answers.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    /// The value.
    Value(Value),
    /// The expression is not valid.
    Invalid(String),
    /// The expression failed on this input.
    Failed(String),
}

/// Serves expressions until the input ends; `memory_bytes` limits what this process may take beyond what it has.
///
/// # Errors
/// When input or output fail, or a message is longer than 64 MiB.
pub fn serve_expressions(mut input: impl Read, mut output: impl Write, memory_bytes: u64) -> io::Result<()> {
    limit_memory(memory_bytes);
    let mut compiled = HashMap::new();
    loop {
        let mut length = [0; 4];
        match input.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_MESSAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the question is too long"));
        }
        let mut question = vec![0; length];
        input.read_exact(&mut question)?;
        let asked: Asked = serde_json::from_slice(&question)?;
        drop(question);
        let answer = serde_json::to_vec(&answer(&asked, &mut compiled))?;
        let length = u32::try_from(answer.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the answer is too long"))?;
        output.write_all(&length.to_le_bytes())?;
        output.write_all(&answer)?;
        output.flush()?;
    }
}

type Compiled = HashMap<(String, Vec<String>), Rc<jq::Filter>>;

fn answer(asked: &Asked, compiled: &mut Compiled) -> Answer {
    let names: Vec<String> = asked.variables.keys().cloned().collect();
    let key = (asked.expression.clone(), names);
    let filter = match compiled.get(&key) {
        Some(filter) => Rc::clone(filter),
        None => match jq::on_deep_stack(&asked.expression, || jq::compile(&key.0, &key.1)) {
            Err(notice) => return Answer::Invalid(notice.message),
            Ok(filter) => {
                if compiled.len() >= REMEMBERED {
                    compiled.clear();
                }
                let filter = Rc::new(filter);
                compiled.insert(key, Rc::clone(&filter));
                filter
            }
        },
    };
    match jq::run(&filter, &asked.input, asked.variables.values().map(jq::val)) {
        Ok(value) => Answer::Value(value),
        Err(error) => Answer::Failed(error),
    }
}

/// Limits the address space to what is mapped now plus `bytes`: an allocation beyond that ends the process.
fn limit_memory(bytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let mapped = std::fs::read_to_string("/proc/self/statm").ok();
    let pages: u64 = mapped.and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0);
    let limit = pages.saturating_mul(rustix::param::page_size() as u64).saturating_add(bytes);
    // A system that knows no such limit still has the deadline and the limit of the answer.
    let _ = setrlimit(Resource::As, Rlimit { current: Some(limit), maximum: Some(limit) });
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}
