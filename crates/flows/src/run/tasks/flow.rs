//! Tasks that decide what runs next: loops, branches, cases, errors raised and caught.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{select_ok, try_join_all};
use serde_json::Value;

use super::{Data, Going, Next, Scope, Standard, Step, Stop, ended, fault};
use crate::definition::{Case, For, RetryRef, RetrySpec, TaskList, Try};
use crate::expression::holds;
use crate::run::Fault;
use crate::run::world::Lifecycle;

type Worked = Result<(Data, Option<Next>), Stop>;

/// `for`: the tasks once for each item; an item's output is the next one's input.
pub(super) async fn repeat(going: &Going, it: &For, step: &Step<'_>, scope: &mut Scope) -> Worked {
    let collection = going.evaluate(&it.collection, &step.input, scope, Some(step), (Some(&step.input), None)).await?;
    let items = match collection {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other => return Err(fault(step, Standard::Expression, format!("`{}` gave {other}, which is not a list", it.collection))),
    };
    let before = scope.variables.clone();
    let depth = scope.iteration.len();
    let mut data = Arc::clone(&step.input);
    for (index, item) in items.into_iter().enumerate() {
        scope.variables.insert(it.each.clone(), Arc::new(item));
        scope.variables.insert(it.at.clone(), Arc::new(index.into()));
        if let Some(condition) = &it.condition {
            let value = going.evaluate(condition, &data, scope, Some(step), (Some(&step.input), None)).await?;
            if !holds(&value) {
                break;
            }
        }
        scope.iteration.push(index.to_string());
        let result = going.list(&it.tasks, data, scope).await;
        scope.iteration.truncate(depth);
        let (output, next) = result?;
        data = output;
        if next == Next::End {
            scope.variables = before;
            return Ok((data, Some(Next::End)));
        }
    }
    scope.variables = before;
    Ok((data, None))
}

/// `fork`: all branches at once; their outputs as a list, or the output of the first that ends well.
pub(super) async fn fork(going: &Going, branches: &TaskList, compete: bool, step: &Step<'_>, scope: &mut Scope) -> Worked {
    let open = AtomicUsize::new(branches.len());
    going.world.observer.forked(branches.len());
    let run = |index: usize| {
        let mut own = scope.clone();
        own.exported = false;
        let (branch, input, counted) = (&branches[index], Arc::clone(&step.input), OpenBranch { going, open: &open });
        Box::pin(async move {
            let _counted = counted;
            going.task(branch, input, &mut own).await.map(|(data, next)| (data, next, own))
        })
    };
    let futures = (0..branches.len()).map(run);
    if compete {
        let ((data, next, own), _others_are_stopped) = select_ok(futures).await?;
        adopt(scope, own);
        return Ok(ended((data, next)));
    }
    let mut outputs = Vec::with_capacity(branches.len());
    let mut end = None;
    for (data, next, own) in try_join_all(futures).await? {
        outputs.push((*data).clone());
        adopt(scope, own);
        if next == Next::End {
            end = Some(Next::End);
        }
    }
    Ok((Arc::new(Value::Array(outputs)), end))
}

/// A branch that has not ended; it is told when it has, also when a faster one has won.
struct OpenBranch<'a> {
    going: &'a Going,
    open: &'a AtomicUsize,
}

impl Drop for OpenBranch<'_> {
    fn drop(&mut self) {
        if self.open.fetch_sub(1, Ordering::Relaxed) > 1 {
            self.going.world.observer.branch_ended();
        }
    }
}

/// What a branch exported becomes the context; of several branches, mappings are merged in the order of the branches.
fn adopt(scope: &mut Scope, branch: Scope) {
    if !branch.exported {
        return;
    }
    scope.context = match (&*scope.context, &*branch.context) {
        (Value::Object(before), Value::Object(after)) => {
            let mut merged = before.clone();
            merged.extend(after.clone());
            Arc::new(Value::Object(merged))
        }
        _ => branch.context,
    };
    scope.exported = true;
}

/// `switch`: where the first case that holds leads; without one, the default case, else the task's own `then`.
pub(super) async fn switch(going: &Going, cases: &[Case], step: &Step<'_>, scope: &Scope) -> Worked {
    for case in cases {
        if let Some(when) = &case.when {
            let value = going.evaluate(when, &step.input, scope, Some(step), (Some(&step.input), None)).await?;
            if holds(&value) {
                return Ok((Arc::clone(&step.input), Some(Next::of(Some(&case.then)))));
            }
        }
    }
    let default = cases.iter().find(|case| case.when.is_none());
    Ok((Arc::clone(&step.input), default.map(|case| Next::of(Some(&case.then)))))
}

/// `raise`: the error.
pub(super) async fn raise(going: &Going, error: &Value, step: &Step<'_>, scope: &Scope) -> Stop {
    let written = match error {
        Value::String(name) => match scope.definition.uses.errors.get(name) {
            Some(error) => error,
            None => return fault(step, Standard::Configuration, format!("there is no error `{name}`")),
        },
        written => written,
    };
    match going.filled(written, step, scope).await {
        Err(stop) => stop,
        Ok(filled) => match serde_json::from_value::<Fault>(filled) {
            Ok(raised) => Stop::Fault(raised.at(&step.key.pointer)),
            Err(error) => fault(step, Standard::Expression, format!("this is not an error: {error}")),
        },
    }
}

/// `try`: the tasks; a caught error is retried by its policy, then handled.
///
/// When the retries are used up, `catch.do` runs; without it the error is raised again, since nothing has handled it.
pub(super) async fn attempt(going: &Going, it: &Try, step: &Step<'_>, scope: &mut Scope) -> Worked {
    let depth = scope.iteration.len();
    let variables = scope.variables.clone();
    let mut retry = 0u32;
    loop {
        if retry > 0 {
            scope.iteration.push(format!("!{retry}"));
        }
        let result = tried(going, it, step, scope).await;
        scope.iteration.truncate(depth);
        scope.variables.clone_from(&variables);
        let caught = match result {
            Ok(done) => return Ok(ended(done)),
            Err(Stop::Fault(caught)) => caught,
            Err(other) => return Err(other),
        };
        scope.variables.insert(it.variable.clone(), Arc::new(caught.to_value()));
        if !is_caught(going, it, &caught, step, scope).await? {
            scope.variables = variables;
            return Err(Stop::Fault(caught));
        }
        retry += 1;
        let pause = pause(going, it, &caught, retry, step, scope).await?;
        if let Some(pause) = pause {
            scope.variables.clone_from(&variables);
            going.world.observer.on(&Lifecycle::TaskRetried(step.key.pointer.clone(), pause));
            let until = going.world.clock.now().plus(pause);
            going.world.clock.rest_until(until).await;
            continue;
        }
        let result = match &it.handler {
            Some(handler) => going.list(handler, Arc::clone(&step.input), scope).await.map(ended),
            None if it.retry.is_some() => Err(Stop::Fault(caught)),
            None => Ok((Arc::clone(&step.input), None)),
        };
        scope.variables = variables;
        return result;
    }
}

/// One attempt, within the time that the policy allows it.
async fn tried(going: &Going, it: &Try, step: &Step<'_>, scope: &mut Scope) -> Result<(Data, Next), Stop> {
    let limit = match policy_of(it, scope).and_then(|policy| policy.limit.attempt.duration.clone()) {
        None => None,
        Some(span) => Some(going.span(&span, &step.input, scope, Some(step), &step.key.pointer).await?),
    };
    let work = going.list(&it.tasks, Arc::clone(&step.input), scope);
    match limit {
        None => work.await,
        Some(nanos) => going.limited(work, going.world.clock.now().plus(nanos), &format!("{}/try", step.key.pointer)).await?,
    }
}

fn policy_of<'a>(it: &'a Try, scope: &'a Scope) -> Option<&'a RetrySpec> {
    match it.retry.as_ref()? {
        RetryRef::Written(policy) => Some(policy),
        RetryRef::Named(name) => scope.definition.uses.retries.get(name),
    }
}

async fn is_caught(going: &Going, it: &Try, caught: &Fault, step: &Step<'_>, scope: &Scope) -> Result<bool, Stop> {
    if !caught.matches(&it.filter) {
        return Ok(false);
    }
    Ok(condition(going, it.when.as_deref(), true, step, scope).await?
        && !condition(going, it.except_when.as_deref(), false, step, scope).await?)
}

async fn condition(going: &Going, condition: Option<&str>, without: bool, step: &Step<'_>, scope: &Scope) -> Result<bool, Stop> {
    match condition {
        None => Ok(without),
        Some(text) => going.evaluate(text, &step.input, scope, Some(step), (Some(&step.input), None)).await.map(|value| holds(&value)),
    }
}

/// The pause before a retry in ns; `None` when there is none.
async fn pause(going: &Going, it: &Try, caught: &Fault, retry: u32, step: &Step<'_>, scope: &mut Scope) -> Result<Option<i64>, Stop> {
    let Some(spec) = policy_of(it, scope).cloned() else { return Ok(None) };
    // The policy may be shared by tasks that name the error differently, so it is also known as `$error`.
    scope.variables.insert("error".into(), Arc::new(caught.to_value()));
    let wanted = condition(going, spec.when.as_deref(), true, step, scope).await?
        && !condition(going, spec.except_when.as_deref(), false, step, scope).await?;
    if !wanted {
        return Ok(None);
    }
    let mut spans = std::collections::HashMap::new();
    for span in spec.spans() {
        let nanos = going.span(span, &step.input, scope, Some(step), &step.key.pointer).await?;
        spans.insert(format!("{span:?}"), nanos);
    }
    let policy = spec.policy(|span| Ok::<i64, Stop>(spans.get(&format!("{span:?}")).copied().unwrap_or_default()))?;
    let elapsed = going.world.clock.now().since(step.started);
    Ok(policy.pause(retry, elapsed, going.world.clock.random()))
}
