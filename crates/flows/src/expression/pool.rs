//! The parent's side: bounded expressions run here, the rest in child processes that are asked one question at a time.
//!
//! A child that answers goes back to the pool; one that does not answer in time is killed and replaced, so that a looping
//! expression costs one process and its deadline, never the server.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::serve::{Answer, MAX_MESSAGE, Question};
use super::{ExpressionError, Expressions, MAX_BYTES, Variables, is_bounded, jq};
use crate::run::BoxFuture;

/// Compiled expressions that are remembered.
const REMEMBERED: usize = 4096;

/// How children are started and limited.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// The program; the running one, started again.
    pub program: PathBuf,
    /// Arguments that make it call [`super::serve_expressions`].
    pub arguments: Vec<String>,
    /// Longest time for one expression.
    pub deadline: Duration,
    /// Memory that the program's arguments grant, in bytes; only told in errors.
    pub memory_bytes: u64,
    /// Most children at once.
    pub children: usize,
}

/// Evaluates expressions in this process or in children.
pub struct Evaluator {
    options: PoolOptions,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
    compiled: Mutex<Compiled>,
}

/// By expression and names of variables; nothing for those that go to a child.
type Compiled = HashMap<(String, Vec<String>), Option<Arc<jq::Filter>>>;

struct Worker {
    input: ChildStdin,
    output: ChildStdout,
    /// Killed when dropped.
    _child: Child,
}

impl Evaluator {
    /// An evaluator without children yet; they are started when they are needed.
    pub fn new(options: PoolOptions) -> Self {
        Self { places: Semaphore::new(options.children.max(1)), options, idle: Mutex::default(), compiled: Mutex::default() }
    }

    /// The compiled form of an expression that may run here.
    fn direct(&self, expression: &str, variables: &Variables) -> Result<Option<Arc<jq::Filter>>, ExpressionError> {
        let names: Vec<String> = variables.keys().cloned().collect();
        let key = (expression.to_owned(), names);
        if let Some(known) = self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let compiled = jq::on_deep_stack(expression, || match is_bounded(expression) {
            true => jq::compile(expression, &key.1).map(|filter| Some(Arc::new(filter))),
            false => Ok(None),
        });
        let compiled = compiled.map_err(|notice| ExpressionError::Invalid(notice.message))?;
        let mut remembered = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, compiled.clone());
        Ok(compiled)
    }

    async fn ask(&self, expression: &str, input: &Value, variables: &Variables) -> Result<Value, ExpressionError> {
        let unavailable = |reason: String| ExpressionError::Unavailable(reason);
        let _place = self.places.acquire().await.map_err(|error| unavailable(error.to_string()))?;
        let variables = variables.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
        let question = serde_json::to_vec(&Question { expression, input, variables }).map_err(|error| unavailable(error.to_string()))?;
        if question.len() > MAX_MESSAGE {
            return Err(unavailable(format!("input and variables have more than {} MiB", MAX_MESSAGE >> 20)));
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start().map_err(|error| unavailable(format!("could not start `{}`: {error}", self.options.program.display())))?,
        };
        // Dropping the worker kills it: on the deadline, on an error, and when the run is cancelled in between.
        match tokio::time::timeout(self.options.deadline, worker.exchange(&question)).await {
            Err(_) => Err(ExpressionError::TooSlow { expression: expression.to_owned(), seconds: self.options.deadline.as_secs() }),
            Ok(Err(_)) => Err(ExpressionError::TooLarge { expression: expression.to_owned(), mebibytes: self.options.memory_bytes >> 20 }),
            Ok(Ok(answer)) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
                match answer {
                    Answer::Value(value) => Ok(value),
                    Answer::Invalid(reason) => Err(ExpressionError::Invalid(reason)),
                    Answer::Failed(reason) => Err(ExpressionError::Failed { expression: expression.to_owned(), reason }),
                }
            }
        }
    }

    fn start(&self) -> std::io::Result<Worker> {
        let mut child = Command::new(&self.options.program)
            .arg0("magpie")
            .args(&self.options.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| std::io::Error::other("the child has no pipes"))?;
        Ok(Worker { input, output, _child: child })
    }
}

impl Worker {
    async fn exchange(&mut self, question: &[u8]) -> std::io::Result<Answer> {
        self.input.write_all(&(question.len() as u32).to_le_bytes()).await?;
        self.input.write_all(question).await?;
        let mut length = [0; 4];
        self.output.read_exact(&mut length).await?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_MESSAGE {
            return Err(std::io::Error::other("the answer is too long"));
        }
        let mut answer = vec![0; length];
        self.output.read_exact(&mut answer).await?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// Whether `$name` stands in the expression.
fn names(expression: &str, name: &str) -> bool {
    expression.match_indices('$').any(|(at, _)| expression[at + 1..].starts_with(name))
}

impl Expressions for Evaluator {
    fn evaluate<'a>(
        &'a self,
        expression: &'a str,
        input: &'a Value,
        variables: &'a Variables,
    ) -> BoxFuture<'a, Result<Value, ExpressionError>> {
        Box::pin(async move {
            if expression.len() > MAX_BYTES {
                return Err(ExpressionError::Invalid(format!("the expression has more than {MAX_BYTES} bytes")));
            }
            if expression == "." {
                return Ok(input.clone());
            }
            // What an expression does not name costs nothing: neither conversion nor transport.
            let variables: &Variables = &variables
                .iter()
                .filter(|(name, _)| names(expression, name))
                .map(|(name, value)| (name.clone(), Arc::clone(value)))
                .collect();
            match self.direct(expression, variables)? {
                Some(filter) => jq::run(&filter, input, variables.values().map(|value| jq::val(value)))
                    .map_err(|reason| ExpressionError::Failed { expression: expression.to_owned(), reason }),
                None => self.ask(expression, input, variables).await,
            }
        })
    }
}
