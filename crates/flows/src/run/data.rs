//! Data on its way through a task: filters, variables, schemas and bounds.
//!
//! Every error here carries the pointer of the step whose data it was.

use std::sync::{Arc, PoisonError};

use futures_util::future::{Either, select};
use magpie_model::Timestamp;
use serde_json::Value;

use super::fault::{Fault, Standard};
use super::interpreter::{Data, Going, Scope, Step, Stop};
use crate::definition::{Schema, SchemaSpec, Span, TimeoutSpec, span_of};
use crate::expression::{self, Variables};

impl Going {
    /// Refuses an output that is larger than a step may give.
    pub(super) fn bounded(&self, output: &Value, pointer: &str) -> Result<(), Fault> {
        let limit = self.world.limits.output_bytes;
        // Counting stops at the limit; nothing is written.
        struct Counter(usize);
        impl std::io::Write for Counter {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| std::io::Error::other("too large"))?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        serde_json::to_writer(Counter(limit), output)
            .map_err(|_| Fault::new(Standard::Runtime, format!("the output has more than {} MiB", limit >> 20)).at(pointer))
    }

    /// Work that must end before a time.
    pub(super) async fn limited<T>(&self, work: impl Future<Output = T>, until: Timestamp, pointer: &str) -> Result<T, Fault> {
        let work = std::pin::pin!(work);
        match select(work, self.world.clock.sleep_until(until)).await {
            Either::Left((result, _)) => Ok(result),
            Either::Right(_) => Err(Fault::new(Standard::Timeout, "it took longer than its timeout allows").at(pointer)),
        }
    }

    pub(super) async fn timeout_of(
        &self,
        timeout: Option<&TimeoutSpec>,
        input: &Data,
        scope: &Scope,
        step: Option<&Step<'_>>,
        pointer: &str,
    ) -> Result<Option<i64>, Stop> {
        let after = match timeout {
            None => return Ok(None),
            Some(TimeoutSpec::Written { after }) => after.clone(),
            Some(TimeoutSpec::Named(name)) => match scope.definition.uses.timeouts.get(name) {
                Some(TimeoutSpec::Written { after }) => after.clone(),
                _ => return Err(Fault::new(Standard::Configuration, format!("there is no timeout `{name}`")).at(pointer).into()),
            },
        };
        self.span(&after, input, scope, step, pointer).await.map(Some)
    }

    /// The length of a span in ns.
    pub(super) async fn span(&self, span: &Span, input: &Data, scope: &Scope, step: Option<&Step<'_>>, pointer: &str) -> Result<i64, Stop> {
        match span {
            Span::Fixed(nanos) => Ok(*nanos),
            Span::Expression(text) => {
                let value = self.evaluate(text, input, scope, step, (Some(input), None)).await?;
                let nanos = span_of(&value);
                nanos.ok_or_else(|| {
                    Fault::new(Standard::Expression, format!("`{text}` gave `{value}`, which is not a duration")).at(pointer).into()
                })
            }
        }
    }

    /// Checks data against a schema that the flow declares.
    pub(super) fn valid(&self, schema: Option<&SchemaSpec>, data: &Value, what: &str, pointer: &str) -> Result<(), Fault> {
        let Some(document) = schema.and_then(|schema| schema.document.as_ref()) else { return Ok(()) };
        let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        let known = schemas.entry(format!("{pointer}\0{what}")).or_insert_with(|| Arc::new(Schema::plain(document.clone())));
        let failures = known.check(data);
        match failures.first() {
            None => Ok(()),
            Some(first) => {
                let more = if failures.len() > 1 { format!(" (and {} more)", failures.len() - 1) } else { String::new() };
                let place = if first.pointer.is_empty() { String::new() } else { format!(" at {}", first.pointer) };
                Err(Fault::new(Standard::Validation, format!("{what} is not valid{place}: {}{more}", first.message)).at(pointer))
            }
        }
    }

    /// Applies `from` or `as`: a text is an expression with or without `${ }`, a mapping may hold some.
    pub(super) async fn filtered(
        &self,
        filter: Option<&Value>,
        data: &Data,
        scope: &Scope,
        step: Option<&Step<'_>>,
        seen: (Option<&Data>, Option<&Data>),
        pointer: &str,
    ) -> Result<Data, Stop> {
        let Some(filter) = filter else { return Ok(Arc::clone(data)) };
        let variables = self.variables(scope, step, seen);
        let value = match filter {
            Value::String(text) => self.evaluate_with(text, data, &variables, pointer).await?,
            template => self.filled_with(template, data, &variables, pointer).await?,
        };
        Ok(Arc::new(value))
    }

    /// The variables of an expression; `seen` are the input and output that it may name.
    pub(super) fn variables(&self, scope: &Scope, step: Option<&Step<'_>>, seen: (Option<&Data>, Option<&Data>)) -> Variables {
        let null = Arc::new(Value::Null);
        let or_null = |data: Option<&Data>| data.map_or_else(|| Arc::clone(&null), Arc::clone);
        let mut variables = scope.variables.clone();
        variables.insert("context".into(), Arc::clone(&scope.context));
        variables.insert("input".into(), or_null(seen.0));
        variables.insert("output".into(), or_null(seen.1));
        variables.insert("secrets".into(), Arc::clone(&scope.secrets));
        variables.insert("task".into(), or_null(step.map(|step| &step.descriptor)));
        variables.insert("workflow".into(), Arc::clone(&scope.workflow));
        variables.insert("runtime".into(), Arc::clone(&self.runtime));
        variables.entry("authorization".into()).or_insert(null);
        variables
    }

    pub(super) async fn evaluate(
        &self,
        text: &str,
        data: &Value,
        scope: &Scope,
        step: Option<&Step<'_>>,
        seen: (Option<&Data>, Option<&Data>),
    ) -> Result<Value, Stop> {
        let pointer = step.map(|step| step.key.pointer.as_str()).unwrap_or_default();
        self.evaluate_with(text, data, &self.variables(scope, step, seen), pointer).await
    }

    /// Evaluates an expression, with or without `${ }`.
    pub(super) async fn evaluate_with(&self, text: &str, data: &Value, variables: &Variables, pointer: &str) -> Result<Value, Stop> {
        let bare = expression::strict(text).unwrap_or(text);
        let value = self.world.expressions.evaluate(bare, data, variables).await;
        value.map_err(|error| Fault::new(Standard::Expression, error.to_string()).at(pointer).into())
    }

    pub(super) async fn filled_with(&self, template: &Value, data: &Value, variables: &Variables, pointer: &str) -> Result<Value, Stop> {
        let value = expression::fill(&*self.world.expressions, template, data, variables).await;
        value.map_err(|error| Fault::new(Standard::Expression, error.to_string()).at(pointer).into())
    }

    /// Evaluates every `${ … }` in a value over the step's input.
    pub(super) async fn filled(&self, template: &Value, step: &Step<'_>, scope: &Scope) -> Result<Value, Stop> {
        let variables = self.variables(scope, Some(step), (Some(&step.input), None));
        self.filled_with(template, &step.input, &variables, &step.key.pointer).await
    }
}
