//! Runtime expressions: jq programs over the data of a run.
//!
//! An expression whose work is bounded by its own length and its input (paths, comparisons, literals, a few functions) is
//! evaluated in this process. All others may loop or grow, which cannot be interrupted in process; they go to pooled child
//! processes that have a deadline and a memory limit. Both use the same jq, so the answer does not depend on the way.

mod direct;
mod jq;
mod pool;
mod serve;

use std::collections::BTreeMap;
use std::sync::Arc;

use magpie_model::{Code, Notice};
use serde_json::{Map, Value};

use crate::run::BoxFuture;

pub use direct::is_bounded;
pub use pool::{Evaluator, PoolOptions};
pub use serve::serve_expressions;

/// Longest expression in bytes.
pub const MAX_BYTES: usize = 16 << 10;

/// Variables of an expression, without their `$`.
pub type Variables = BTreeMap<String, Arc<Value>>;

/// Why an expression gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It is not jq, or names something unknown.
    #[error("{0}")]
    Invalid(String),
    /// It failed on this input.
    #[error("`{expression}` failed: {reason}")]
    Failed {
        /// The expression.
        expression: String,
        /// What jq says.
        reason: String,
    },
    /// It ran longer than it may.
    #[error("`{expression}` was stopped after {seconds} s")]
    TooSlow {
        /// The expression.
        expression: String,
        /// Its deadline.
        seconds: u64,
    },
    /// Its process ended: it needed more memory than it may have, or nested too deeply.
    #[error("`{expression}` was stopped: it needs more than {mebibytes} MiB of memory, or nests too deeply")]
    TooLarge {
        /// The expression.
        expression: String,
        /// Its memory.
        mebibytes: u64,
    },
    /// The process for expressions could not be used.
    #[error("expressions cannot be evaluated: {0}")]
    Unavailable(String),
}

/// Evaluates expressions; the interpreter knows no more of jq than this.
pub trait Expressions: Send + Sync {
    /// The value of a bare expression (without `${ }`): its only output, `null` for none, a list of all for several.
    fn evaluate<'a>(
        &'a self,
        expression: &'a str,
        input: &'a Value,
        variables: &'a Variables,
    ) -> BoxFuture<'a, Result<Value, ExpressionError>>;
}

/// The expression inside a text of the form `${ … }`.
pub fn strict(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}').map(str::trim)
}

/// Whether an expression is jq and names only known variables and functions.
///
/// # Errors
/// What is wrong with it, in a sentence that quotes it.
pub fn check(expression: &str, variables: &[String]) -> Result<(), Notice> {
    if expression.len() > MAX_BYTES {
        let bytes = expression.len();
        let message = format!("the expression has {bytes} bytes; at most {MAX_BYTES} are allowed");
        return Err(Code::JqTooLong.says(message, &[("bytes", &bytes), ("limit", &MAX_BYTES)]));
    }
    jq::on_deep_stack(expression, || jq::compile(expression, variables).map(drop))
}

/// Evaluates every text of the form `${ … }` in a value.
///
/// # Errors
/// The first expression that fails.
pub async fn fill(expressions: &dyn Expressions, template: &Value, input: &Value, variables: &Variables) -> Result<Value, ExpressionError> {
    if !has_expression(template) {
        return Ok(template.clone());
    }
    Ok(match template {
        Value::String(text) => match strict(text) {
            Some(expression) => expressions.evaluate(expression, input, variables).await?,
            None => template.clone(),
        },
        Value::Array(items) => {
            let mut filled = Vec::with_capacity(items.len());
            for item in items {
                filled.push(Box::pin(fill(expressions, item, input, variables)).await?);
            }
            Value::Array(filled)
        }
        Value::Object(entries) => {
            let mut filled = Map::new();
            for (key, value) in entries {
                filled.insert(key.clone(), Box::pin(fill(expressions, value, input, variables)).await?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

fn has_expression(template: &Value) -> bool {
    match template {
        Value::String(text) => strict(text).is_some(),
        Value::Array(items) => items.iter().any(has_expression),
        Value::Object(entries) => entries.values().any(has_expression),
        _ => false,
    }
}

/// What jq takes for true: all but `false` and `null`.
pub fn holds(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}
